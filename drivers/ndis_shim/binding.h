/* SPDX-License-Identifier: GPL-2.0 */
/* Bindings: a protocol on an adapter. */
#ifndef CHIMN_BINDING_H
#define CHIMN_BINDING_H

#include "ndis_shim/adapter.h"

struct chimn_link;

/**
 * struct chimn_binding - a protocol on an adapter
 * @obj: what it is found by; held by whatever is outstanding
 * @protocol: held
 * @adapter: held
 * @node: in the protocol's list, under chimn_lock
 * @adapter_node: in the adapter's, under chimn_lock; RCU
 * @context: ProtocolBindingContext
 * @link: what it was bound for, or NULL; compared only
 * @unbinding: the protocol has been told to close it; under chimn_lock
 */
struct chimn_binding {
	struct chimn_obj obj;
	struct chimn_protocol *protocol;
	struct chimn_adapter *adapter;
	struct list_head node;
	struct list_head adapter_node;
	NDIS_HANDLE context;
	const struct chimn_link *link;
	bool unbinding;
};

static inline struct chimn_binding *chimn_binding_find(NDIS_HANDLE handle)
{
	return (struct chimn_binding *)chimn_obj_find(handle, CHIMN_BINDING);
}

static inline struct chimn_binding *chimn_binding_get(NDIS_HANDLE handle)
{
	return (struct chimn_binding *)chimn_obj_get(handle, CHIMN_BINDING);
}

static inline void chimn_binding_put(struct chimn_binding *binding,
				     unsigned int n)
{
	chimn_obj_put(&binding->obj, n);
}

static inline bool chimn_binding_closes(const struct chimn_binding *binding)
{
	return test_bit(0, &binding->obj.closing);
}

void chimn_binding_unbind_of(struct chimn_protocol *protocol);
void chimn_binding_unbind_from(struct chimn_adapter *adapter);
bool chimn_binding_unbind_link(const struct chimn_link *link);
bool chimn_binding_linked(const struct chimn_link *link);

#endif /* CHIMN_BINDING_H */
