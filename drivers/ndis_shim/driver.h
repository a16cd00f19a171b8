/* SPDX-License-Identifier: GPL-2.0 */
/* Drivers: miniports and protocols, as they have registered. */
#ifndef CHIMN_DRIVER_H
#define CHIMN_DRIVER_H

#include "ndis_shim/handle.h"
#include "ndis_shim/name.h"

#include <ndischimney.h>

#include <linux/list.h>
#include <linux/mutex.h>

/**
 * struct chimn_miniport - a miniport driver
 * @obj: what it is found by; held by its adapters
 * @context: MiniportDriverContext
 * @chars: its functions
 * @registering: NdisSetOptionalHandlers may be called
 * @generic: its state handlers
 * @tcp: its I/O handlers
 * @has_generic: @generic was set
 * @has_tcp: @tcp was set
 * @adapters: its instances, under chimn_lock; read under RCU
 */
struct chimn_miniport {
	struct chimn_obj obj;
	NDIS_HANDLE context;
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS chars;
	bool registering;
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS generic;
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS tcp;
	bool has_generic;
	bool has_tcp;
	struct list_head adapters;
};

/**
 * struct chimn_protocol - a protocol driver
 * @obj: what it is found by; held by its bindings
 * @node: in the list of all, under chimn_lock
 * @name: what links name it by
 * @context: ProtocolDriverContext
 * @chars: its functions
 * @registering: NdisSetOptionalHandlers may be called
 * @generic: its completions of state operations
 * @tcp: its completions of I/O requests, its indications
 * @has_generic: @generic was set
 * @has_tcp: @tcp was set
 * @bindings: under chimn_lock
 */
struct chimn_protocol {
	struct chimn_obj obj;
	struct list_head node;
	char name[CHIMN_NAME_MAX];
	NDIS_HANDLE context;
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS chars;
	bool registering;
	NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS generic;
	NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS tcp;
	bool has_generic;
	bool has_tcp;
	struct list_head bindings;
};

/* Who is there and who is bound to whom; no driver is called under it. */
extern struct mutex chimn_lock;

/* NDI-019: neither set is enough without the other. */
static inline bool chimn_miniport_offloads(const struct chimn_miniport *m)
{
	return m->has_generic && m->has_tcp;
}

static inline bool chimn_protocol_offloads(const struct chimn_protocol *p)
{
	return p->has_generic && p->has_tcp;
}

struct chimn_protocol *chimn_protocol_named(const char *name);
struct chimn_miniport *chimn_miniport_make(bool ms, NDIS_HANDLE context);
NDIS_STATUS chimn_miniport_register(bool ms, NDIS_HANDLE context,
				    const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *chars,
				    PNDIS_HANDLE out);
NDIS_STATUS chimn_protocol_register(bool ms, NDIS_HANDLE context,
				    const NDIS_PROTOCOL_DRIVER_CHARACTERISTICS *chars,
				    PNDIS_HANDLE out);
void chimn_miniport_free(struct chimn_miniport *miniport);

#endif /* CHIMN_DRIVER_H */
