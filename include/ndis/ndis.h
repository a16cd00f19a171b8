/* SPDX-License-Identifier: GPL-2.0 */
/* The usual name for all of NDIS but the chimney. */
#ifndef _NDIS_NDIS_H
#define _NDIS_NDIS_H

#include "ndistypes.h"
#include "ndisstatus.h"
#include "ndisobject.h"
#include "ndisnbl.h"
#include "ndisoid.h"
#include "ndisoffload.h"
#include "ndisindicate.h"
#include "ndisdriver.h"
#include "ndispool.h"
#include "ndisfunction.h"

/* Last: nothing of the kernel's may come after it. */
#ifdef NDIS_OLD_ANNOTATIONS
#include "specstrings.h"
#endif

#endif /* _NDIS_NDIS_H */
