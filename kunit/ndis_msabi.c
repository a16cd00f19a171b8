// SPDX-License-Identifier: GPL-2.0
/* The NDIS functions as a loader of Windows binaries would resolve them. */
#include "ndis_msabi.h"

#include <chimney/msabi.h>

#include <linux/string.h>

static void *find(const char *name)
{
	const struct chim_ndis_entry *entries;
	unsigned int i, n;

	entries = chim_ndis_entries(&n);
	for (i = 0; i < n; i++)
		if (!strcmp(entries[i].name, name))
			return entries[i].entry;
	return NULL;
}

bool ms_resolve(struct ms_ndis *ms)
{
	bool good = true;

#define NDIS_ENTRY(ret, name, params, args) \
	ms->name = (void *)find(#name); \
	good &= !!ms->name;
#define NDIS_ENTRY_CB(ret, name, params, args) \
	NDIS_ENTRY(ret, name, params, args)
#include <ndisentries.h>
#include <ndischimneyentries.h>
	return good;
}
