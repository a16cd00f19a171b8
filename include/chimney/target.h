/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How an NDIS client reaches the offload target of a network device.
 *
 * A client (an NDIS shim, our own NDIS functions, a host stack, a test) hands
 * the target the NDIS functions that a miniport driver calls, and is handed
 * the target's handlers in return, just as a miniport would register them.
 */
#ifndef _CHIMNEY_TARGET_H
#define _CHIMNEY_TARGET_H

#include <ndischimney.h>

#include <linux/types.h>

struct module;
struct net;
struct sk_buff;

/**
 * struct chim_ndis - the NDIS functions a client brings
 * @name: name of the client, shown to users
 * @owner: module these functions are in, which is then held while attached;
 *	NULL for a module that detaches as it is unloaded
 * @shares_pages: data of its send requests is not written to any more as long as
 *	somebody has a reference to its page, even if the request has completed
 * @resets_first: the client is told of a reset by the peer at once, also where it
 *	has refused data; that comes back with the connection. Else it is told once
 *	it has taken the data
 * @awaits_resume: what the client initiates during a pause is refused with
 *	NDIS_STATUS_PAUSED. Else it is set aside until the pause is over
 * @lend: for a client that is Linux itself, and optional: a clone of the skb that
 *	holds the data of a send request, if it holds nothing else, is @len bytes
 *	long, and nobody else has one; else NULL. Room for headers before the
 *	data, and the skb's sizes of segments, are the target's. Softirqs off,
 *	and under the connection's lock, also from within a handler: it takes no
 *	lock and calls no handler. @shares_pages has to be true as well
 * @take: for a client that is Linux itself, and optional: received data as it
 *	came, in skbs of nothing else (linked through skb->next, @bytes in all,
 *	their cb free to use). It is offered before it is indicated, in the same
 *	context and order. True if they are the client's from then on; else the
 *	data is indicated
 * @NdisSetOptionalHandlers: takes the target's two provider structures
 *	(REG-031); process context; anything but NDIS_STATUS_SUCCESS ends the
 *	attachment
 * @NdisMGetOffloadHandlers: gives the chimney's event handlers (REG-050);
 *	process context
 * @NdisMInitiateOffloadComplete: process context, no lock held; may call back
 *	into any handler. So the next four:
 * @NdisMQueryOffloadStateComplete: see above
 * @NdisMUpdateOffloadComplete: see above
 * @NdisMInvalidateOffloadComplete: see above
 * @NdisMTerminateOffloadComplete: see above
 * @NdisMOffloadEventIndicate: softirqs off (REG-012)
 * @NdisMIndicateStatusEx: process context; status indications such as
 *	NDIS_STATUS_UPLOAD_ALL
 * @NdisMOidRequestComplete: process context; ends a request that was pending
 *
 * None but @lend and @take may be NULL. They are called until chim_detach() has returned.
 *
 * Data that NdisTcpOffloadReceiveHandler indicates lies in memory that the kernel
 * has mapped for good, and is not written to any more. Once it is returned the
 * target only drops its references: a Linux client may keep what does not lie in
 * memory of kmalloc() by a reference to the page.
 */
struct chim_ndis {
	const char *name;
	struct module *owner;
	bool shares_pages;
	bool resets_first;
	bool awaits_resume;
	struct sk_buff *(*lend)(PNET_BUFFER_LIST list, u32 len);
	bool (*take)(NDIS_HANDLE NdisOffloadHandle, struct sk_buff *skbs,
		     u32 bytes);
	NDIS_STATUS (*NdisSetOptionalHandlers)(NDIS_HANDLE NdisHandle,
					       PNDIS_DRIVER_OPTIONAL_HANDLERS Handlers);
	NDIS_STATUS (*NdisMGetOffloadHandlers)(NDIS_HANDLE NdisMiniportHandle,
					       NDIS_CHIMNEY_OFFLOAD_TYPE Type,
					       PNDIS_OFFLOAD_EVENT_HANDLERS *Handlers);
	NDIS_M_OFFLOAD_COMPLETE NdisMInitiateOffloadComplete;
	NDIS_M_OFFLOAD_COMPLETE NdisMQueryOffloadStateComplete;
	NDIS_M_OFFLOAD_COMPLETE NdisMUpdateOffloadComplete;
	NDIS_M_OFFLOAD_COMPLETE NdisMInvalidateOffloadComplete;
	NDIS_M_OFFLOAD_COMPLETE NdisMTerminateOffloadComplete;
	NDIS_M_OFFLOAD_EVENT_INDICATE NdisMOffloadEventIndicate;
	NDIS_M_INDICATE_STATUS_EX NdisMIndicateStatusEx;
	NDIS_M_OID_REQUEST_COMPLETE NdisMOidRequestComplete;
};

/**
 * struct chim_attach - one client on one adapter
 * @ndis: the client's functions; must stay until chim_detach()
 * @NdisMiniportDriverHandle: what NdisMRegisterMiniportDriver would have
 *	given; passed to every completion (INI-012)
 * @MiniportAdapterHandle: the client's handle for the adapter; passed to
 *	status indications and OID completions
 * @MiniportAdapterContext: set by chim_attach(); first argument of every
 *	handler, valid until chim_detach()
 */
struct chim_attach {
	const struct chim_ndis *ndis;
	NDIS_HANDLE NdisMiniportDriverHandle;
	NDIS_HANDLE MiniportAdapterHandle;
	NDIS_HANDLE MiniportAdapterContext;
};

int chim_attach(struct net *net, int ifindex, struct chim_attach *attach);
void chim_detach(struct chim_attach *attach);
NDIS_STATUS chim_oid_request(NDIS_HANDLE MiniportAdapterContext,
			     PNDIS_OID_REQUEST OidRequest);

#endif /* _CHIMNEY_TARGET_H */
