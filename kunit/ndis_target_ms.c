// SPDX-License-Identifier: GPL-2.0
/* The same offload target, in the Windows calling convention. */
#define NT_MS	1
#include "ndis_target.c"
