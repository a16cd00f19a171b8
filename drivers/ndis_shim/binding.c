// SPDX-License-Identifier: GPL-2.0
/*
 * Bindings: opening an adapter, and closing it again.
 *
 * Closing goes in steps. Once @closing is set, and a grace period has passed,
 * nobody calls a handler for new requests any more. Then what is outstanding
 * comes back, each with a reference, while received data may still be returned.
 * When the last reference is gone the handle goes, and a grace period later
 * nothing in NDIS knows of the binding.
 */
#include "ndis_shim/binding.h"

#include "ndis_shim/call.h"
#include "ndis_shim/indicate.h"
#include "ndis_shim/link.h"
#include "ndis_shim/misuse.h"
#include "ndis_shim/wait.h"

#include <linux/nsproxy.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

static struct chimn_binding *make(struct chimn_protocol *protocol,
				  NDIS_HANDLE context)
{
	struct chimn_binding *binding = kzalloc(sizeof(*binding), GFP_KERNEL);

	if (!binding)
		return NULL;
	binding->obj.ms = protocol->obj.ms;
	binding->protocol = protocol;
	binding->context = context;
	if (chimn_obj_add(&binding->obj, CHIMN_BINDING)) {
		kfree(binding);
		return NULL;
	}
	return binding;
}

/* False if one of the two is going. */
static bool publish(struct chimn_binding *binding, NDIS_HANDLE bind_context)
{
	bool good;

	mutex_lock(&chimn_lock);
	good = !test_bit(0, &binding->protocol->obj.closing) &&
	       !test_bit(0, &binding->adapter->obj.closing);
	if (good) {
		binding->link = chimn_link_check(bind_context);
		list_add_tail(&binding->node, &binding->protocol->bindings);
		list_add_tail_rcu(&binding->adapter_node,
				  &binding->adapter->bindings);
	}
	mutex_unlock(&chimn_lock);
	return good;
}

static struct net *net_of(NDIS_HANDLE bind_context)
{
	const struct chimn_link *link;
	struct net *net;

	mutex_lock(&chimn_lock);
	link = chimn_link_check(bind_context);
	net = get_net(link ? link->net : current->nsproxy->net_ns);
	mutex_unlock(&chimn_lock);
	return net;
}

static NDIS_STATUS open_adapter(struct chimn_protocol *protocol,
				NDIS_HANDLE context, const char *name,
				NDIS_HANDLE bind_context, PNDIS_HANDLE out)
{
	struct net *net = net_of(bind_context);
	struct chimn_binding *binding;
	NDIS_STATUS status;

	status = NDIS_STATUS_RESOURCES;
	binding = make(protocol, context);
	if (!binding)
		goto put_net;
	status = NDIS_STATUS_ADAPTER_NOT_FOUND;
	binding->adapter = chimn_adapter_open(net, name);
	if (!binding->adapter)
		goto remove_binding;
	/* Indications may come as soon as it is published. */
	*out = binding->obj.handle;
	status = NDIS_STATUS_CLOSING;
	if (!publish(binding, bind_context))
		goto close_adapter;
	chimn_indicate_missed(*out);
	put_net(net);
	return NDIS_STATUS_SUCCESS;

close_adapter:
	*out = NULL;
	chimn_adapter_detach(binding->adapter);
	chimn_adapter_close(binding->adapter);
remove_binding:
	chimn_obj_remove(&binding->obj);
	kfree_rcu(binding, obj.rcu);
put_net:
	put_net(net);
	return status;
}

/**
 * NdisOpenAdapterEx() - bind a protocol to an adapter
 * @NdisProtocolHandle: of the protocol
 * @ProtocolBindingContext: handed to the protocol's functions
 * @OpenParameters: AdapterName is used: an instance of a miniport driver, or a
 *	network device that is an adapter of chimney.ko
 * @BindContext: as given to BindAdapterHandlerEx; NULL outside of it, then the
 *	network device is one of the calling task's namespace
 * @NdisBindingHandle: set
 *
 * Never pending: OpenAdapterCompleteHandlerEx is not called.
 *
 * Context: process, may sleep; not under RTNL.
 * Return: NDIS_STATUS_SUCCESS; _ADAPTER_NOT_FOUND; _CLOSING; _RESOURCES;
 * _INVALID_PARAMETER.
 */
NDIS_STATUS NdisOpenAdapterEx(NDIS_HANDLE NdisProtocolHandle,
			      NDIS_HANDLE ProtocolBindingContext,
			      PNDIS_OPEN_PARAMETERS OpenParameters,
			      NDIS_HANDLE BindContext, PNDIS_HANDLE NdisBindingHandle)
{
	struct chimn_protocol *protocol;
	char name[CHIMN_NAME_MAX];
	NDIS_STATUS status;

	if (!chimn_pointer_ok(OpenParameters, __alignof__(void *)) ||
	    !chimn_name_read(name, OpenParameters->AdapterName))
		return NDIS_STATUS_INVALID_PARAMETER;
	protocol = (void *)chimn_obj_get(NdisProtocolHandle, CHIMN_PROTOCOL);
	if (!protocol) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
		return NDIS_STATUS_INVALID_PARAMETER;
	}
	status = open_adapter(protocol, ProtocolBindingContext, name,
			      BindContext, NdisBindingHandle);
	/* An open binding keeps its protocol. */
	if (status != NDIS_STATUS_SUCCESS)
		chimn_obj_put(&protocol->obj, 1);
	return status;
}

/**
 * NdisCloseAdapterEx() - undo NdisOpenAdapterEx()
 * @NdisBindingHandle: from there
 *
 * Waits for whatever is outstanding, and says so if that takes long. With
 * chimney.ko below, it is completed, and objects that are left are ended; other
 * miniports complete when they do. Never pending: CloseAdapterCompleteHandlerEx
 * is not called. Nothing of the protocol is called for this binding once it
 * returns.
 *
 * Context: process, may sleep; not from within a completion or indication.
 * Return: NDIS_STATUS_SUCCESS; _INVALID_PARAMETER; _CLOSING if it is being closed.
 */
NDIS_STATUS NdisCloseAdapterEx(NDIS_HANDLE NdisBindingHandle)
{
	struct chimn_binding *binding;
	bool closing = false;

	rcu_read_lock();
	binding = chimn_binding_find(NdisBindingHandle);
	if (binding)
		closing = test_and_set_bit(0, &binding->obj.closing);
	rcu_read_unlock();
	if (!binding) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
		return NDIS_STATUS_INVALID_PARAMETER;
	}
	if (closing)
		return NDIS_STATUS_CLOSING;
	synchronize_rcu();
	chimn_adapter_detach(binding->adapter);
	chimn_obj_drain(&binding->obj, binding->protocol->name);
	mutex_lock(&chimn_lock);
	list_del(&binding->node);
	list_del_rcu(&binding->adapter_node);
	mutex_unlock(&chimn_lock);
	chimn_obj_remove(&binding->obj);
	synchronize_rcu();
	chimn_adapter_close(binding->adapter);
	chimn_obj_put(&binding->protocol->obj, 1);
	kfree(binding);
	return NDIS_STATUS_SUCCESS;
}

/* --- unbinding -------------------------------------------------------------- */

/**
 * struct order - what is needed to tell a protocol to close a binding
 * @node: in the list of all that are being carried out
 * @protocol: held
 * @handle: of the binding, and UnbindContext
 * @context: ProtocolBindingContext
 * @done: NdisCompleteUnbindAdapterEx() was called
 */
struct order {
	struct list_head node;
	struct chimn_protocol *protocol;
	NDIS_HANDLE handle;
	NDIS_HANDLE context;
	struct completion done;
};

/* Under chimn_lock. */
static LIST_HEAD(orders);

/* Takes down @binding, unless it has been told already. */
static bool give_order(struct chimn_binding *binding, struct order *order)
{
	lockdep_assert_held(&chimn_lock);
	if (binding->unbinding ||
	    !refcount_inc_not_zero(&binding->protocol->obj.refs))
		return false;
	binding->unbinding = true;
	order->protocol = binding->protocol;
	order->handle = binding->obj.handle;
	order->context = binding->context;
	init_completion(&order->done);
	list_add(&order->node, &orders);
	return true;
}

static bool is_open(NDIS_HANDLE handle)
{
	bool open;

	rcu_read_lock();
	open = chimn_binding_find(handle);
	rcu_read_unlock();
	return open;
}

static void carry_out(struct order *order)
{
	struct chimn_protocol *protocol = order->protocol;
	NDIS_STATUS status;

	status = CHIMN_CALL(protocol->obj.ms, NDIS_STATUS,
			    (NDIS_HANDLE, NDIS_HANDLE),
			    protocol->chars.UnbindAdapterHandlerEx,
			    order->handle, order->context);
	while (status == NDIS_STATUS_PENDING &&
	       !wait_for_completion_timeout(&order->done,
					    READ_ONCE(chimn_wait_max)))
		chimn_wait_said("%s has not said yet that it is unbound",
				protocol->name);
	mutex_lock(&chimn_lock);
	list_del(&order->node);
	mutex_unlock(&chimn_lock);
	if (is_open(order->handle)) {
		chimn_misuse(CHIMN_MISUSE_OPEN, protocol->name);
		NdisCloseAdapterEx(order->handle);
	}
	chimn_obj_put(&protocol->obj, 1);
}

/**
 * NdisCompleteUnbindAdapterEx() - UnbindAdapterHandlerEx had returned
 * NDIS_STATUS_PENDING
 * @UnbindContext: as given there
 *
 * The binding is closed by then.
 *
 * Context: process, may sleep.
 */
VOID NdisCompleteUnbindAdapterEx(NDIS_HANDLE UnbindContext)
{
	struct order *order;
	bool found = false;

	mutex_lock(&chimn_lock);
	list_for_each_entry(order, &orders, node)
		if (order->handle == UnbindContext &&
		    !completion_done(&order->done)) {
			complete(&order->done);
			found = true;
			break;
		}
	mutex_unlock(&chimn_lock);
	if (!found)
		chimn_misuse(CHIMN_MISUSE_UNASKED, __func__);
}

/*
 * Unbinds @binding. One whose protocol has not said yet that it is bound is left
 * alone, and noted in @pending.
 */
static bool try_order(struct chimn_binding *binding, struct order *order,
		      bool *pending)
{
	if (!binding->unbinding && chimn_link_check(binding->link)) {
		*pending = true;
		return false;
	}
	return give_order(binding, order);
}

/* One of a list, in which bindings are @offset bytes before their nodes. */
static bool unbind_one(struct list_head *bindings, size_t offset)
{
	struct chimn_binding *binding;
	bool found = false, pending;
	struct list_head *node;
	struct order order;
	u64 binds;

	do {
		pending = false;
		mutex_lock(&chimn_lock);
		binds = chimn_link_binds();
		list_for_each(node, bindings) {
			binding = (void *)((u8 *)node - offset);
			found = try_order(binding, &order, &pending);
			if (found)
				break;
		}
		mutex_unlock(&chimn_lock);
		if (!found && pending)
			chimn_link_wait(binds);
	} while (!found && pending);
	if (found)
		carry_out(&order);
	return found;
}

/**
 * chimn_binding_unbind_of() - unbind a protocol from all of its adapters
 * @protocol: closing; a bind in progress is waited for
 *
 * Context: process, may sleep.
 */
void chimn_binding_unbind_of(struct chimn_protocol *protocol)
{
	while (unbind_one(&protocol->bindings,
			  offsetof(struct chimn_binding, node)))
		;
}

/**
 * chimn_binding_unbind_from() - unbind all protocols from an adapter
 * @adapter: closing; a bind in progress is waited for
 *
 * Context: process, may sleep.
 */
void chimn_binding_unbind_from(struct chimn_adapter *adapter)
{
	while (unbind_one(&adapter->bindings,
			  offsetof(struct chimn_binding, adapter_node)))
		;
}

static struct chimn_binding *find_linked(const struct chimn_link *link)
{
	struct chimn_protocol *protocol = chimn_protocol_named(link->protocol);
	struct chimn_binding *binding, *found = NULL;

	if (!protocol)
		return NULL;
	list_for_each_entry(binding, &protocol->bindings, node)
		if (binding->link == link)
			found = binding;
	chimn_obj_put(&protocol->obj, 1);
	return found;
}

/**
 * chimn_binding_linked() - is there a binding for a link?
 * @link: the link
 *
 * Context: chimn_lock held.
 * Return: true if the protocol was told to bind, and did.
 */
bool chimn_binding_linked(const struct chimn_link *link)
{
	lockdep_assert_held(&chimn_lock);
	return find_linked(link);
}

/**
 * chimn_binding_unbind_link() - unbind what was bound for a link
 * @link: the link
 *
 * Context: process, may sleep.
 * Return: false if nothing was.
 */
bool chimn_binding_unbind_link(const struct chimn_link *link)
{
	struct chimn_binding *binding;
	struct order order;
	bool found;

	mutex_lock(&chimn_lock);
	binding = find_linked(link);
	found = binding && give_order(binding, &order);
	if (binding)
		binding->link = NULL;
	mutex_unlock(&chimn_lock);
	if (found)
		carry_out(&order);
	return found;
}

/**
 * NdisReEnumerateProtocolBindings() - bind to what is linked and not bound
 * @NdisProtocolHandle: of the protocol
 *
 * Context: process, may sleep. Calls BindAdapterHandlerEx.
 * Return: NDIS_STATUS_SUCCESS or _INVALID_PARAMETER.
 */
NDIS_STATUS NdisReEnumerateProtocolBindings(NDIS_HANDLE NdisProtocolHandle)
{
	struct chimn_obj *obj;

	obj = chimn_obj_get(NdisProtocolHandle, CHIMN_PROTOCOL);
	if (!obj) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
		return NDIS_STATUS_INVALID_PARAMETER;
	}
	chimn_links_bind();
	chimn_obj_put(obj, 1);
	return NDIS_STATUS_SUCCESS;
}
