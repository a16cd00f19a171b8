// SPDX-License-Identifier: GPL-2.0
/* Loads the example intermediate driver. */
#include "entry.h"

MODULE_DESCRIPTION("Example intermediate driver of the TCP chimney");
