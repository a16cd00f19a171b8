/* SPDX-License-Identifier: GPL-2.0 */
/* The usual name for OIDs and what they carry. */
#ifndef _NDIS_NTDDNDIS_H
#define _NDIS_NTDDNDIS_H

#include "ndistypes.h"
#include "ndisstatus.h"
#include "ndisobject.h"
#include "ndisoid.h"
#include "ndisoffload.h"
#include "ndisindicate.h"

#endif /* _NDIS_NTDDNDIS_H */
