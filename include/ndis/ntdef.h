/* SPDX-License-Identifier: GPL-2.0 */
/* The usual name for plain types. */
#ifndef _NDIS_NTDEF_H
#define _NDIS_NTDEF_H

#include "ndistypes.h"
#include "ndisservice.h"

#endif /* _NDIS_NTDEF_H */
