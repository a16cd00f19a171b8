/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The usual name for the chimney: trees, states, handlers, functions, on top of
 * NDIS.
 */
#ifndef _NDIS_NDISCHIMNEY_H
#define _NDIS_NDISCHIMNEY_H

#include "ndis.h"
#include "ndisstate.h"
#include "ndisblock.h"
#include "ndishandler.h"

#define NDIS_ENTRY(ret, name, params, args)	ret name params;
#define NDIS_ENTRY_CB(ret, name, params, args)	ret name params;
#include "ndischimneyentries.h"
#undef NDIS_ENTRY
#undef NDIS_ENTRY_CB

#endif /* _NDIS_NDISCHIMNEY_H */
