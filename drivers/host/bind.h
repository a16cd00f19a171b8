/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_BIND_H
#define _CHIM_HOST_BIND_H

#include <chimney/target.h>

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/mutex.h>

struct net;

/**
 * struct chim_host_bind - the host stack on one adapter
 * @node: in the list of all
 * @refs: connections that use it
 * @net: namespace of the device
 * @ifindex: the device
 * @attach: the attachment
 * @generic: the target's state handlers
 * @tcp: the target's I/O handlers
 * @lower: covers the two lists, and what hangs on what
 * @neighs: neighbors that are offloaded
 * @paths: paths that are offloaded
 * @paused: it was asked to offload nothing, and not to do so again (STA-032)
 * @oid_done: an OID request has completed
 * @oid_status: how
 */
struct chim_host_bind {
	struct list_head node;
	unsigned int refs;
	struct net *net;
	int ifindex;
	struct chim_attach attach;
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS generic;
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS tcp;
	struct mutex lower;		/* see above */
	struct list_head neighs;
	struct list_head paths;
	bool paused;
	struct completion oid_done;
	NDIS_STATUS oid_status;
};

struct chim_host_bind *chim_host_bind_get(struct net *net, int ifindex);
void chim_host_bind_put(struct chim_host_bind *bind);
bool chim_host_bind_neighs(const struct net *net);
void chim_host_bind_run(struct chim_host_bind *bind, ndis_state_fn_t *handler,
			PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree);
NDIS_STATUS chim_host_bind_end(struct chim_host_bind *bind,
			       PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block);

#endif /* _CHIM_HOST_BIND_H */
