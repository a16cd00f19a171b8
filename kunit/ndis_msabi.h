/* SPDX-License-Identifier: GPL-2.0 */
/* The NDIS functions as a loader of Windows binaries would resolve them. */
#ifndef CHIM_KUNIT_NDIS_MSABI_H
#define CHIM_KUNIT_NDIS_MSABI_H

#include "ndis_shim/call.h"

#include <ndischimney.h>

/* A pointer for each function, in the order of the list. */
struct ms_ndis {
#define NDIS_ENTRY(ret, name, params, args)	ret (CHIMN_MS *name) params;
#define NDIS_ENTRY_CB(ret, name, params, args)	ret (CHIMN_MS *name) params;
#include <ndisentries.h>
#include <ndischimneyentries.h>
#undef NDIS_ENTRY
#undef NDIS_ENTRY_CB
};

/* By name; false if one is missing. */
bool ms_resolve(struct ms_ndis *ms);

#endif /* CHIM_KUNIT_NDIS_MSABI_H */
