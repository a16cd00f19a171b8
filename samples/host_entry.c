// SPDX-License-Identifier: GPL-2.0
/* Loads the example host stack. */
#include "entry.h"

MODULE_DESCRIPTION("Example host stack of the TCP chimney, over NDIS");
