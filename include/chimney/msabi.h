/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The NDIS functions of chimney_ndis for callers in the calling convention of
 * 64-bit Windows, that is, for a shim that runs Windows binaries.
 */
#ifndef _CHIMNEY_MSABI_H
#define _CHIMNEY_MSABI_H

/**
 * struct chim_ndis_entry - an NDIS function
 * @name: its name, as binaries import it
 * @entry: its address, in the Windows calling convention
 */
struct chim_ndis_entry {
	const char *name;
	void *entry;
};

const struct chim_ndis_entry *chim_ndis_entries(unsigned int *n);

#endif /* _CHIMNEY_MSABI_H */
