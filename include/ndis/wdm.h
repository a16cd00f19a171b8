/* SPDX-License-Identifier: GPL-2.0 */
/* The usual name for the system's types; only those NDIS needs are there. */
#ifndef _NDIS_WDM_H
#define _NDIS_WDM_H

#include "ndistypes.h"
#include "ndisstatus.h"
#include "ndisnbl.h"
#include "ndisservice.h"

#endif /* _NDIS_WDM_H */
