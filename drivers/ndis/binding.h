/* SPDX-License-Identifier: GPL-2.0 */
/* A binding: one client on one adapter. */
#ifndef CHIM_NDIS_BINDING_H
#define CHIM_NDIS_BINDING_H

#include "adapter.h"
#include "ndis/out.h"

#include <chimney/target.h>

/**
 * struct chim_enabled - capabilities the host has enabled (CAP-011)
 * @encapsulation: NDIS_ENCAPSULATION_*
 * @ip4: IPv4 connections
 * @ip6: IPv6 connections
 * @sack: selective acknowledgment
 */
struct chim_enabled {
	u32 encapsulation;
	bool ip4;
	bool ip6;
	bool sack;
};

/**
 * struct chim_binding - one client on one adapter
 * @node: in the adapter's list; written by the worker, read under RCU
 * @rcu: frees it
 * @owner: what objects refer to
 * @adapter: held
 * @ndis: the client's functions
 * @driver_handle: first argument of completions (INI-012)
 * @adapter_handle: first argument of status indications
 * @events: copy of the chimney's event handlers (REG-053)
 * @enabled: written by the worker
 * @out: received data that the host has not returned
 * @power: OID_PNP_SET_POWER that waits for the terminations; worker only
 * @asleep: in a power state other than D0; worker only
 * @closing: detaching; nothing  is offloaded any more;
 *	written by the worker (WRITE_ONCE)
 */
struct chim_binding {
	struct list_head node;
	struct rcu_head rcu;
	struct chim_owner owner;
	struct chim_adapter *adapter;
	const struct chim_ndis *ndis;
	NDIS_HANDLE driver_handle;
	NDIS_HANDLE adapter_handle;
	NDIS_TCP_OFFLOAD_EVENT_HANDLERS events;
	struct chim_enabled enabled;
	struct chim_out out;
	PNDIS_OID_REQUEST power;
	bool asleep;
	bool closing;
};

static inline struct chim_binding *chim_binding_of(struct chim_owner *owner)
{
	return container_of(owner, struct chim_binding, owner);
}

void chim_binding_reclaim(struct chim_binding *binding);

#endif /* CHIM_NDIS_BINDING_H */
