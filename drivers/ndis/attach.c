// SPDX-License-Identifier: GPL-2.0
/* Attaching clients to adapters, and what an adapter asks of its clients. */
#include "ndis/attach.h"

#include "ndis/indicate.h"
#include "ndis/io.h"
#include "ndis/miniport.h"
#include "ndis/oid.h"

#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/slab.h>

/* REG-031: two calls, one for the generic and one for the TCP set. */
static int set_handlers(struct chim_binding *binding)
{
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS generic;
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS tcp;
	const struct chim_ndis *ndis = binding->ndis;
	NDIS_STATUS status;

	/* Copies: the client may write to what it is given. */
	generic = chim_provider_generic;
	tcp = chim_provider_tcp;
	status = ndis->NdisSetOptionalHandlers(binding->driver_handle,
					       &generic.Header);
	if (status == NDIS_STATUS_SUCCESS)
		status = ndis->NdisSetOptionalHandlers(binding->driver_handle,
						       &tcp.Header);
	return status == NDIS_STATUS_SUCCESS ? 0 : -EOPNOTSUPP;
}

static bool events_complete(const NDIS_TCP_OFFLOAD_EVENT_HANDLERS *events)
{
	return events->NdisTcpOffloadEventHandler &&
	       events->NdisTcpOffloadReceiveHandler &&
	       events->NdisTcpOffloadSendComplete &&
	       events->NdisTcpOffloadReceiveComplete &&
	       events->NdisTcpOffloadDisconnectComplete &&
	       events->NdisTcpOffloadForwardComplete;
}

/* REG-050 to REG-053 */
static int get_handlers(struct chim_binding *binding)
{
	const NDIS_TCP_OFFLOAD_EVENT_HANDLERS *events;
	PNDIS_OFFLOAD_EVENT_HANDLERS handlers = NULL;
	NDIS_STATUS status;

	status = binding->ndis->NdisMGetOffloadHandlers(binding->adapter_handle,
							NdisTcpChimneyOffload,
							&handlers);
	if (status != NDIS_STATUS_SUCCESS || !handlers)
		return -EOPNOTSUPP;
	events = (const NDIS_TCP_OFFLOAD_EVENT_HANDLERS *)handlers;
	if (handlers->Header.Type != NDIS_OBJECT_TYPE_DEFAULT ||
	    handlers->Header.Revision !=
	    NDIS_TCP_OFFLOAD_EVENT_HANDLERS_REVISION_1 ||
	    handlers->Header.Size < sizeof(*events) || !events_complete(events))
		return -EPROTO;
	binding->events = *events;
	return 0;
}

static bool ndis_complete(const struct chim_ndis *ndis)
{
	return ndis->name && ndis->NdisSetOptionalHandlers &&
	       ndis->NdisMGetOffloadHandlers &&
	       ndis->NdisMInitiateOffloadComplete &&
	       ndis->NdisMQueryOffloadStateComplete &&
	       ndis->NdisMUpdateOffloadComplete &&
	       ndis->NdisMInvalidateOffloadComplete &&
	       ndis->NdisMTerminateOffloadComplete &&
	       ndis->NdisMOffloadEventIndicate &&
	       ndis->NdisMIndicateStatusEx && ndis->NdisMOidRequestComplete;
}

/* What the worker is to do with a binding. */
struct binding_call {
	struct chim_job call;
	struct chim_binding *binding;
	int err;
};

static int run_call(struct chim_binding *binding,
		    void (*fn)(struct chim_adapter *, struct chim_job *))
{
	struct binding_call bc = { .call.fn = fn, .binding = binding };

	chim_adapter_call(binding->adapter, &bc.call);
	return bc.err;
}

/*
 * The clients of an adapter that closes have been told, or will be by a
 * request that is queued already: one that comes later would never be.
 */
static void bind(struct chim_adapter *adapter, struct chim_job *call)
{
	struct binding_call *bc = container_of(call, struct binding_call, call);

	if (READ_ONCE(adapter->closing))
		bc->err = -ENODEV;
	else
		list_add_tail_rcu(&bc->binding->node, &adapter->bindings);
}

static void unbind(struct chim_adapter *adapter, struct chim_job *call)
{
	struct chim_binding *binding =
		container_of(call, struct binding_call, call)->binding;
	u32 *count = binding->owner.count;

	WRITE_ONCE(binding->closing, true);
	chim_miniport_unpark(adapter, binding);
	if (count[CHIM_NEIGH])
		pr_notice("chimney: client %s left on ifindex %d with %u neighbors, %u paths, %u connections: ended\n",
			  binding->ndis->name, adapter->ifindex,
			  count[CHIM_NEIGH], count[CHIM_PATH],
			  count[CHIM_CONN]);
	chim_binding_reclaim(binding);
	chim_oid_abandon(binding);
	list_del_rcu(&binding->node);
}

static struct chim_binding *make_binding(struct chim_adapter *adapter,
					 const struct chim_attach *attach)
{
	struct chim_binding *binding = kzalloc(sizeof(*binding), GFP_KERNEL);

	if (!binding)
		return NULL;
	binding->owner.space = &adapter->space;
	binding->owner.shares_pages = attach->ndis->shares_pages;
	binding->owner.resets_first = attach->ndis->resets_first;
	chim_out_init(&binding->out);
	binding->adapter = adapter;
	binding->ndis = attach->ndis;
	binding->driver_handle = attach->NdisMiniportDriverHandle;
	binding->adapter_handle = attach->MiniportAdapterHandle;
	return binding;
}

/**
 * chim_attach() - attach a client to the adapter of a network device
 * @net: namespace
 * @ifindex: of the device
 * @attach: who attaches; @attach->MiniportAdapterContext is set
 *
 * The client's NdisSetOptionalHandlers and NdisMGetOffloadHandlers are called
 * before this returns (REG-030 to REG-036, REG-050 to REG-053).
 *
 * Context: process, may sleep; not under RTNL.
 * Return: 0; -EINVAL if a function is missing; -ENODEV if the device is no
 * adapter (any more); -EOPNOTSUPP if the client has no chimney; -EPROTO if its event
 * handlers are of an unknown form; -ENOMEM.
 */
int chim_attach(struct net *net, int ifindex, struct chim_attach *attach)
{
	struct chim_binding *binding;
	struct chim_adapter *adapter;
	int err;

	if (!ndis_complete(attach->ndis))
		return -EINVAL;
	adapter = chim_adapter_get(net, ifindex);
	if (!adapter)
		return -ENODEV;
	err = -ENODEV;
	if (!try_module_get(attach->ndis->owner))
		goto put_adapter;
	err = -ENOMEM;
	binding = make_binding(adapter, attach);
	if (!binding)
		goto put_module;
	err = set_handlers(binding);
	if (!err)
		err = get_handlers(binding);
	if (!err)
		err = run_call(binding, bind);
	if (err)
		goto free_binding;
	attach->MiniportAdapterContext = binding;
	return 0;

free_binding:
	kfree(binding);
put_module:
	module_put(attach->ndis->owner);
put_adapter:
	chim_adapter_put(adapter);
	return err;
}
EXPORT_SYMBOL_GPL(chim_attach);

/**
 * chim_detach() - detach a client
 * @attach: as given to chim_attach()
 *
 * The client calls no handler any more. Requests that it has made before are
 * completed first; objects that it has left are ended, and the log says so;
 * their requests and send data are completed. Then this waits until all data
 * that was indicated, or passed back in a termination, has been returned
 * (RTN-014): the handler for that alone may still be called meanwhile.
 * None of the client's functions is called once this returns.
 *
 * Context: process, may sleep; not under RTNL, not from within a completion
 * or indication.
 */
void chim_detach(struct chim_attach *attach)
{
	struct chim_binding *binding = attach->MiniportAdapterContext;
	struct chim_adapter *adapter = binding->adapter;

	run_call(binding, unbind);
	chim_out_wait(binding);
	module_put(attach->ndis->owner);
	kfree_rcu(binding, rcu);
	chim_adapter_put(adapter);
	attach->MiniportAdapterContext = NULL;
}
EXPORT_SYMBOL_GPL(chim_detach);

/**
 * chim_owner_next() - walk the clients of an adapter
 * @adapter: the adapter
 * @after: the client before, NULL to start
 *
 * Context: RCU read side.
 * Return: the client, or NULL at the end.
 */
const struct chim_owner *chim_owner_next(struct chim_adapter *adapter,
					 const struct chim_owner *after)
{
	struct list_head *at = &adapter->bindings;
	struct chim_binding *binding;

	if (after)
		at = &container_of(after, struct chim_binding, owner)->node;
	binding = list_next_or_null_rcu(&adapter->bindings, at,
					struct chim_binding, node);
	return binding ? &binding->owner : NULL;
}

/**
 * chim_owner_name() - name of the client that owns an object
 * @owner: from the object
 *
 * Context: RCU read side in which the object was found.
 * Return: the name the client gave itself.
 */
const char *chim_owner_name(const struct chim_owner *owner)
{
	return container_of(owner, struct chim_binding, owner)->ndis->name;
}

/**
 * chim_attach_owns() - is an object that of a client?
 * @attach: an attached client
 * @obj: the object
 *
 * Context: RCU read side in which the object was found.
 * Return: true if its handle may be used with this attachment (OBJ-036).
 */
bool chim_attach_owns(const struct chim_attach *attach,
		      const struct chim_obj *obj)
{
	const struct chim_binding *binding = attach->MiniportAdapterContext;

	return obj->owner == &binding->owner;
}

struct pause_call {
	struct chim_job call;
	u32 capacity;
	bool pause;
};

static void resume(struct chim_adapter *adapter, u32 capacity)
{
	NDIS_TCP_CONNECTION_OFFLOAD config;

	/* STA-034, STA-035: the only moment at which capabilities change. */
	if (capacity)
		WRITE_ONCE(adapter->capacity, capacity);
	WRITE_ONCE(adapter->paused, false);
	WRITE_ONCE(adapter->evacuating, false);
	chim_oid_capabilities(adapter, &config);
	chim_indicate_all(adapter, NDIS_STATUS_OFFLOAD_RESUME, &config,
			  sizeof(config));	/* D-61 */
	chim_miniport_unpark(adapter, NULL);
}

static void set_paused(struct chim_adapter *adapter, struct chim_job *call)
{
	struct pause_call *pc = container_of(call, struct pause_call, call);

	if (pc->pause == adapter->paused)
		return;
	if (pc->pause) {
		WRITE_ONCE(adapter->paused, true);
		chim_indicate_all(adapter, NDIS_STATUS_OFFLOAD_PAUSE, NULL, 0);
	} else {
		resume(adapter, pc->capacity);
	}
}

/**
 * chim_miniport_pause() - ask for no more offloads, or for new ones
 * @adapter: the adapter
 * @pause: NDIS_STATUS_OFFLOAD_PAUSE (STA-010) or _RESUME (STA-030)
 * @capacity: with a resume, connections to report as capacity from now on;
 *	0 leaves it
 *
 * Objects that are there go on (STA-011).
 *
 * Context: process, may sleep; not under RTNL.
 */
void chim_miniport_pause(struct chim_adapter *adapter, bool pause,
			 u32 capacity)
{
	struct pause_call pc = {
		.call.fn = set_paused,
		.capacity = capacity,
		.pause = pause,
	};

	chim_adapter_call(adapter, &pc.call);
}

/**
 * chim_miniport_upload_all() - ask for the upload of everything (STA-050)
 * @adapter: the adapter
 *
 * Context: any.
 */
void chim_miniport_upload_all(struct chim_adapter *adapter)
{
	chim_adapter_tell(adapter, CHIM_NEWS_UPLOAD_ALL);
}
