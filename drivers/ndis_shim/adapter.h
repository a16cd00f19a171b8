/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Adapters: instances of miniport drivers. An adapter of chimney.ko is one like
 * all others, made when it is opened.
 */
#ifndef CHIMN_ADAPTER_H
#define CHIMN_ADAPTER_H

#include "ndis_shim/driver.h"

#include <chimney/target.h>

#include <linux/spinlock.h>

struct chimn_oid;
struct net;

/**
 * struct chimn_adapter - an adapter
 * @obj: what it is found by; held by bindings to it
 * @miniport: its driver, held
 * @miniport_node: in the driver's list, under chimn_lock; RCU
 * @node: in the list of adapters with a name, under chimn_lock
 * @name: what protocols open it by
 * @context: MiniportAdapterContext
 * @bindings: to it, under chimn_lock; read under RCU
 * @wrapped: an adapter of chimney.ko, of one binding
 * @attach: the attachment then
 * @upload: NDIS_STATUS_UPLOAD_ALL was indicated
 * @lock: covers the three below, and what requests hold
 * @oids: OID requests that wait, struct chimn_oid
 * @oid: the one that the miniport has, or NULL
 * @serving: somebody hands down what waits
 * @moved: a pause or restart has completed
 * @moved_status: how
 */
struct chimn_adapter {
	struct chimn_obj obj;
	struct chimn_miniport *miniport;
	struct list_head miniport_node;
	struct list_head node;
	char name[CHIMN_NAME_MAX];
	NDIS_HANDLE context;
	struct list_head bindings;
	bool wrapped;
	struct chim_attach attach;
	bool upload;
	spinlock_t lock;		/* see above */
	struct list_head oids;
	struct chimn_oid *oid;
	bool serving;
	struct completion moved;
	NDIS_STATUS moved_status;
};

struct chimn_adapter *chimn_adapter_open(struct net *net, const char *name);
void chimn_adapter_detach(struct chimn_adapter *adapter);
void chimn_adapter_close(struct chimn_adapter *adapter);
bool chimn_adapter_exists(struct net *net, const char *name);
struct chimn_adapter *chimn_adapter_of(struct chimn_miniport *miniport);
void chimn_adapter_halt(struct chimn_adapter *adapter);

#endif /* CHIMN_ADAPTER_H */
