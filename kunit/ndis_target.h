/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A minimal offload target, a miniport driver in NDIS style: it takes everything,
 * does nothing with it, and completes at once or when it is told to.
 */
#ifndef CHIM_KUNIT_NDIS_TARGET_H
#define CHIM_KUNIT_NDIS_TARGET_H

#include "ndis_shim/verb.h"

#include <ndischimney.h>

#include <linux/types.h>

#define NT_MAX	16

/**
 * struct nt - the target
 * @driver: handle of its driver
 * @adapter: handle of its adapter
 * @name: of its adapter
 * @hold: keep what comes
 * @chimney: register chimney functions
 * @answer: what an OID request returns; NDIS_STATUS_PENDING keeps it
 * @status: what blocks get, and requests
 * @trees: kept
 * @verbs: for what
 * @n_trees: how many came, kept or not
 * @lists: kept
 * @ios: for what
 * @n_lists: how many calls came
 * @flags: of the last disconnect
 * @returned: last list that was returned
 * @n_returned: how many were
 * @contexts: MiniportOffloadContext of the last I/O request, and what is there
 * @oid: the last OID request, kept if pending
 * @n_oids: how many came
 * @inside: complete them from within the handler, with @status
 * @nested: such calls under way
 * @deepest: most of them at once
 * @handles: NdisOffloadHandle of objects, in the order in which they came
 * @n_handles: how many
 * @seen: the root of the last tree as it came
 * @to: DestinationHandle of indications
 * @halted: HaltHandlerEx was called
 * @events: what NDIS offers
 */
struct nt {
	NDIS_HANDLE driver;
	NDIS_HANDLE adapter;
	const char *name;
	bool hold;
	bool chimney;
	NDIS_STATUS answer;
	NDIS_STATUS status;
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST trees[NT_MAX];
	enum chimn_verb verbs[NT_MAX];
	int n_trees;
	PNET_BUFFER_LIST lists[NT_MAX];
	enum chimn_io ios[NT_MAX];
	int n_lists;
	ULONG flags;
	PNET_BUFFER_LIST returned;
	int n_returned;
	PVOID contexts[2];
	PNDIS_OID_REQUEST oid;
	int n_oids;
	bool inside;
	int nested;
	int deepest;
	NDIS_HANDLE handles[NT_MAX];
	int n_handles;
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST seen;
	NDIS_HANDLE to;
	bool halted;
	NDIS_TCP_OFFLOAD_EVENT_HANDLERS events;
};

/**
 * struct nt_ops - what a test has the target do
 * @load: register, and make the adapter
 * @unload: undo that
 * @complete: complete a tree, for some verb, with some handle
 * @complete_list: complete requests of some kind
 * @event: indicate an event
 * @receive: indicate data
 * @ask: indicate a reachability query
 * @report: indicate a status
 * @answer: complete an OID request
 */
struct nt_ops {
	NDIS_STATUS (*load)(struct nt *nt);
	void (*unload)(struct nt *nt);
	void (*complete)(NDIS_HANDLE handle,
			 PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree,
			 enum chimn_verb verb);
	void (*complete_list)(struct nt *nt, PNET_BUFFER_LIST list,
			      enum chimn_io io);
	void (*event)(struct nt *nt, NDIS_HANDLE object, ULONG type, ULONG info);
	NDIS_STATUS (*receive)(struct nt *nt, NDIS_HANDLE object,
			       PNET_BUFFER_LIST list, PULONG consumed);
	void (*ask)(struct nt *nt, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block);
	void (*report)(struct nt *nt, NDIS_STATUS code);
	void (*answer)(struct nt *nt, PNDIS_OID_REQUEST request,
		       NDIS_STATUS status);
};

/* Compiled twice: for the calling convention of Linux, and for that of Windows. */
extern const struct nt_ops nt_linux;
extern const struct nt_ops nt_windows;

#endif /* CHIM_KUNIT_NDIS_TARGET_H */
