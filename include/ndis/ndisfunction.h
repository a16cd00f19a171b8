/* SPDX-License-Identifier: GPL-2.0 */
/* Prototypes of the NDIS functions other than those of the chimney. */
#ifndef _NDIS_NDISFUNCTION_H
#define _NDIS_NDISFUNCTION_H

#include "ndisdriver.h"
#include "ndispool.h"

#define NDIS_ENTRY(ret, name, params, args)	ret name params;
#define NDIS_ENTRY_CB(ret, name, params, args)	ret name params;
#include "ndisentries.h"
#undef NDIS_ENTRY
#undef NDIS_ENTRY_CB

#endif /* _NDIS_NDISFUNCTION_H */
