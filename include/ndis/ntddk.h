/* SPDX-License-Identifier: GPL-2.0 */
/* The usual name for the system's types; only those NDIS needs are there. */
#ifndef _NDIS_NTDDK_H
#define _NDIS_NTDDK_H

#include "ndistypes.h"
#include "ndisstatus.h"
#include "ndisnbl.h"
#include "ndisservice.h"

/* Last: nothing of the kernel's may come after it. */
#ifdef NDIS_OLD_ANNOTATIONS
#include "specstrings.h"
#endif

#endif /* _NDIS_NTDDK_H */
