// SPDX-License-Identifier: GPL-2.0
/* Adapters: how they come and go. */
#include "ndis_shim/adapter.h"

#include "ndis_shim/binding.h"
#include "ndis_shim/call.h"
#include "ndis_shim/link.h"
#include "ndis_shim/misuse.h"
#include "ndis_shim/wait.h"

#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/slab.h>

/* Those that can be opened by name, under chimn_lock. */
static LIST_HEAD(named);

static struct chimn_adapter *find_named(const char *name)
{
	struct chimn_adapter *adapter;

	lockdep_assert_held(&chimn_lock);
	list_for_each_entry(adapter, &named, node)
		if (!strcmp(adapter->name, name))
			return adapter;
	return NULL;
}

static struct chimn_adapter *make(struct chimn_miniport *miniport,
				  const char *name)
{
	struct chimn_adapter *adapter = kzalloc(sizeof(*adapter), GFP_KERNEL);

	if (!adapter)
		return NULL;
	adapter->obj.ms = miniport->obj.ms;
	adapter->miniport = miniport;
	strscpy(adapter->name, name, CHIMN_NAME_MAX);
	INIT_LIST_HEAD(&adapter->bindings);
	INIT_LIST_HEAD(&adapter->node);
	INIT_LIST_HEAD(&adapter->oids);
	spin_lock_init(&adapter->lock);
	init_completion(&adapter->moved);
	if (chimn_obj_add(&adapter->obj, CHIMN_ADAPTER)) {
		kfree(adapter);
		return NULL;
	}
	mutex_lock(&chimn_lock);
	list_add_tail_rcu(&adapter->miniport_node, &miniport->adapters);
	mutex_unlock(&chimn_lock);
	return adapter;
}

/* Nobody else holds it, or will. */
static void free_adapter(struct chimn_adapter *adapter)
{
	mutex_lock(&chimn_lock);
	list_del_rcu(&adapter->miniport_node);
	mutex_unlock(&chimn_lock);
	chimn_obj_remove(&adapter->obj);
	kfree_rcu(adapter, obj.rcu);
}

/* --- adapters of chimney.ko ------------------------------------------------ */

/* A miniport like any other, apart from how it is made. */
static const struct chim_ndis ndis = {
	.name = "ndis",
	.owner = THIS_MODULE,
	.NdisSetOptionalHandlers = NdisSetOptionalHandlers,
	.NdisMGetOffloadHandlers = NdisMGetOffloadHandlers,
	.NdisMInitiateOffloadComplete = NdisMInitiateOffloadComplete,
	.NdisMQueryOffloadStateComplete = NdisMQueryOffloadStateComplete,
	.NdisMUpdateOffloadComplete = NdisMUpdateOffloadComplete,
	.NdisMInvalidateOffloadComplete = NdisMInvalidateOffloadComplete,
	.NdisMTerminateOffloadComplete = NdisMTerminateOffloadComplete,
	.NdisMOffloadEventIndicate = NdisMOffloadEventIndicate,
	.NdisMIndicateStatusEx = NdisMIndicateStatusEx,
	.NdisMOidRequestComplete = NdisMOidRequestComplete,
};

static int ifindex_of(struct net *net, const char *name)
{
	struct net_device *dev;
	int ifindex = 0;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, name);
	if (dev)
		ifindex = dev->ifindex;
	rcu_read_unlock();
	return ifindex;
}

static struct chimn_adapter *wrap(struct net *net, const char *name)
{
	struct chimn_miniport *miniport;
	struct chimn_adapter *adapter;
	int ifindex;

	ifindex = ifindex_of(net, name);
	if (!ifindex)
		return NULL;
	miniport = chimn_miniport_make(false, NULL);
	if (!miniport)
		return NULL;
	miniport->chars.OidRequestHandler = chim_oid_request;
	adapter = make(miniport, name);
	if (!adapter)
		goto free_miniport;
	adapter->wrapped = true;
	adapter->attach.ndis = &ndis;
	adapter->attach.NdisMiniportDriverHandle = miniport->obj.handle;
	adapter->attach.MiniportAdapterHandle = adapter->obj.handle;
	if (chim_attach(net, ifindex, &adapter->attach))
		goto free_adapter;
	miniport->registering = false;
	adapter->context = adapter->attach.MiniportAdapterContext;
	return adapter;

free_adapter:
	free_adapter(adapter);
free_miniport:
	chimn_miniport_free(miniport);
	return NULL;
}

/**
 * chimn_adapter_exists() - can there be such an adapter?
 * @net: namespace, for network devices
 * @name: name
 *
 * Context: chimn_lock held.
 * Return: true if opening it is worth a try.
 */
bool chimn_adapter_exists(struct net *net, const char *name)
{
	return find_named(name) || ifindex_of(net, name);
}

/**
 * chimn_adapter_open() - an adapter by its name
 * @net: namespace, for network devices
 * @name: of an instance of a miniport driver, or else of a network device that
 *	is an adapter of chimney.ko
 *
 * Each binding to chimney.ko is a client of its own there.
 *
 * Context: process, may sleep; not under RTNL.
 * Return: the adapter, held, to be closed; or NULL.
 */
struct chimn_adapter *chimn_adapter_open(struct net *net, const char *name)
{
	struct chimn_adapter *adapter;

	mutex_lock(&chimn_lock);
	adapter = find_named(name);
	if (adapter && !refcount_inc_not_zero(&adapter->obj.refs))
		adapter = NULL;
	mutex_unlock(&chimn_lock);
	return adapter ?: wrap(net, name);
}

/**
 * chimn_adapter_detach() - the binding to an adapter of chimney.ko closes
 * @adapter: any; nobody calls a handler for requests any more
 *
 * What is outstanding is completed, and indicated data waited for.
 *
 * Context: process, may sleep.
 */
void chimn_adapter_detach(struct chimn_adapter *adapter)
{
	if (adapter->wrapped)
		chim_detach(&adapter->attach);
}

/**
 * chimn_adapter_close() - undo chimn_adapter_open()
 * @adapter: detached, and without this binding
 *
 * Context: process, may sleep.
 */
void chimn_adapter_close(struct chimn_adapter *adapter)
{
	struct chimn_miniport *miniport = adapter->miniport;

	if (!adapter->wrapped) {
		chimn_obj_put(&adapter->obj, 1);
		return;
	}
	free_adapter(adapter);
	chimn_miniport_free(miniport);
}

/* --- instances of miniport drivers ----------------------------------------- */

/**
 * chimn_adapter_of() - an adapter of a driver, to be halted
 * @miniport: the driver
 *
 * Context: process.
 * Return: the first that nobody is halting, or NULL.
 */
struct chimn_adapter *chimn_adapter_of(struct chimn_miniport *miniport)
{
	struct chimn_adapter *adapter, *found = NULL;

	mutex_lock(&chimn_lock);
	list_for_each_entry(adapter, &miniport->adapters, miniport_node)
		if (!test_and_set_bit(0, &adapter->obj.closing)) {
			found = adapter;
			break;
		}
	mutex_unlock(&chimn_lock);
	return found;
}

/* How a restart or a pause ended, once it has. */
static NDIS_STATUS moved(struct chimn_adapter *adapter, NDIS_STATUS status)
{
	if (status != NDIS_STATUS_PENDING)
		return status;
	while (!wait_for_completion_timeout(&adapter->moved,
					    READ_ONCE(chimn_wait_max)))
		chimn_wait_said("%s has not said yet that it runs, or pauses",
				adapter->name);
	return adapter->moved_status;
}

static NDIS_STATUS restart_instance(struct chimn_adapter *adapter)
{
	NDIS_MINIPORT_RESTART_PARAMETERS parameters = {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision = 1,
		.Header.Size = sizeof(parameters),
	};
	MINIPORT_RESTART_HANDLER handler = adapter->miniport->chars.RestartHandler;

	if (!handler)
		return NDIS_STATUS_SUCCESS;
	reinit_completion(&adapter->moved);
	return moved(adapter, CHIMN_CALL(adapter->obj.ms, NDIS_STATUS,
					 (NDIS_HANDLE, PNDIS_MINIPORT_RESTART_PARAMETERS),
					 handler, adapter->context, &parameters));
}

static void pause_instance(struct chimn_adapter *adapter)
{
	NDIS_MINIPORT_PAUSE_PARAMETERS parameters = {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision = 1,
		.Header.Size = sizeof(parameters),
	};
	MINIPORT_PAUSE_HANDLER handler = adapter->miniport->chars.PauseHandler;

	if (!handler)
		return;
	reinit_completion(&adapter->moved);
	moved(adapter, CHIMN_CALL(adapter->obj.ms, NDIS_STATUS,
				  (NDIS_HANDLE, PNDIS_MINIPORT_PAUSE_PARAMETERS),
				  handler, adapter->context, &parameters));
}

static void halt_instance(struct chimn_adapter *adapter)
{
	CHIMN_CALL(adapter->obj.ms, VOID, (NDIS_HANDLE, NDIS_HALT_ACTION),
		   adapter->miniport->chars.HaltHandlerEx, adapter->context,
		   NdisHaltDeviceInstanceDeInitialized);
}

static NDIS_STATUS initialize(struct chimn_adapter *adapter,
			      NDIS_HANDLE device_context)
{
	NDIS_MINIPORT_INIT_PARAMETERS parameters = {
		.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INIT_PARAMETERS,
		.Header.Revision = NDIS_MINIPORT_INIT_PARAMETERS_REVISION_1,
		.Header.Size = sizeof(parameters),
		.IMDeviceInstanceContext = device_context,
	};
	struct chimn_miniport *miniport = adapter->miniport;
	NDIS_STATUS status;

	status = CHIMN_CALL(adapter->obj.ms, NDIS_STATUS,
			    (NDIS_HANDLE, NDIS_HANDLE, PNDIS_MINIPORT_INIT_PARAMETERS),
			    miniport->chars.InitializeHandlerEx,
			    adapter->obj.handle, miniport->context, &parameters);
	if (status != NDIS_STATUS_SUCCESS)
		return status;
	status = restart_instance(adapter);
	if (status != NDIS_STATUS_SUCCESS)
		halt_instance(adapter);
	return status;
}

/* False if there is one of that name, or the driver is going. */
static bool publish(struct chimn_adapter *adapter)
{
	bool good;

	mutex_lock(&chimn_lock);
	good = !find_named(adapter->name) &&
	       !test_bit(0, &adapter->miniport->obj.closing);
	if (good)
		list_add_tail(&adapter->node, &named);
	mutex_unlock(&chimn_lock);
	return good;
}

/**
 * NdisIMInitializeDeviceInstanceEx() - make an instance of a miniport driver
 * @DriverHandle: of the driver, an intermediate driver or any other
 * @DriverInstance: name of the adapter, by which protocols open it
 * @DeviceContext: handed to InitializeHandlerEx
 *
 * Context: process, may sleep. Calls InitializeHandlerEx, RestartHandler, and
 * BindAdapterHandlerEx of protocols that are linked to the name.
 * Return: NDIS_STATUS_SUCCESS; _INVALID_PARAMETER; _RESOURCES; _FAILURE if there
 * is such an adapter; what the handlers say.
 */
NDIS_STATUS NdisIMInitializeDeviceInstanceEx(NDIS_HANDLE DriverHandle,
					     PNDIS_STRING DriverInstance,
					     NDIS_HANDLE DeviceContext)
{
	struct chimn_miniport *miniport;
	struct chimn_adapter *adapter;
	char name[CHIMN_NAME_MAX];
	NDIS_STATUS status;

	if (!chimn_name_read(name, DriverInstance))
		return NDIS_STATUS_INVALID_PARAMETER;
	miniport = (void *)chimn_obj_get(DriverHandle, CHIMN_MINIPORT);
	if (!miniport) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
		return NDIS_STATUS_INVALID_PARAMETER;
	}
	status = NDIS_STATUS_RESOURCES;
	adapter = make(miniport, name);
	if (!adapter)
		goto put_miniport;
	status = initialize(adapter, DeviceContext);
	if (status != NDIS_STATUS_SUCCESS)
		goto free_adapter;
	status = NDIS_STATUS_FAILURE;
	if (!publish(adapter))
		goto halt;
	chimn_links_bind();
	return NDIS_STATUS_SUCCESS;

halt:
	pause_instance(adapter);
	halt_instance(adapter);
free_adapter:
	free_adapter(adapter);
put_miniport:
	chimn_obj_put(&miniport->obj, 1);
	return status;
}

/**
 * chimn_adapter_halt() - the end of an instance
 * @adapter: of a miniport driver that has registered; closing
 *
 * Protocols are unbound first.
 *
 * Context: process, may sleep.
 */
void chimn_adapter_halt(struct chimn_adapter *adapter)
{
	struct chimn_miniport *miniport = adapter->miniport;

	mutex_lock(&chimn_lock);
	list_del_init(&adapter->node);
	mutex_unlock(&chimn_lock);
	chimn_binding_unbind_from(adapter);
	pause_instance(adapter);
	chimn_obj_drain(&adapter->obj, adapter->name);
	halt_instance(adapter);
	free_adapter(adapter);
	chimn_obj_put(&miniport->obj, 1);
}

/**
 * NdisIMDeInitializeDeviceInstance() - undo NdisIMInitializeDeviceInstanceEx()
 * @NdisMiniportHandle: of the adapter, as given to InitializeHandlerEx
 *
 * Context: process, may sleep. Unbinds protocols, calls PauseHandler and
 * HaltHandlerEx.
 * Return: NDIS_STATUS_SUCCESS; _INVALID_PARAMETER for what is no such adapter.
 */
NDIS_STATUS NdisIMDeInitializeDeviceInstance(NDIS_HANDLE NdisMiniportHandle)
{
	struct chimn_adapter *adapter;

	rcu_read_lock();
	adapter = (void *)chimn_obj_find(NdisMiniportHandle, CHIMN_ADAPTER);
	if (adapter && (adapter->wrapped ||
			test_and_set_bit(0, &adapter->obj.closing)))
		adapter = NULL;
	rcu_read_unlock();
	if (!adapter) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
		return NDIS_STATUS_INVALID_PARAMETER;
	}
	chimn_adapter_halt(adapter);
	return NDIS_STATUS_SUCCESS;
}

/* --- what a miniport says of itself ----------------------------------------- */

/**
 * NdisMSetMiniportAttributes() - a miniport says what NDIS is to know of it
 * @NdisMiniportAdapterHandle: of the adapter
 * @MiniportAttributes: registration attributes, of which MiniportAdapterContext
 *	is used (D-73); all others are taken and not looked at
 *
 * Context: process; from within InitializeHandlerEx.
 * Return: NDIS_STATUS_SUCCESS or _INVALID_PARAMETER.
 */
NDIS_STATUS NdisMSetMiniportAttributes(NDIS_HANDLE NdisMiniportAdapterHandle,
				       PNDIS_MINIPORT_ADAPTER_ATTRIBUTES MiniportAttributes)
{
	NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES *r;
	struct chimn_adapter *adapter;
	NDIS_STATUS status = NDIS_STATUS_INVALID_PARAMETER;

	if (!chimn_pointer_ok(MiniportAttributes, __alignof__(void *)))
		return status;
	r = &MiniportAttributes->RegistrationAttributes;
	rcu_read_lock();
	adapter = (void *)chimn_obj_find(NdisMiniportAdapterHandle,
					 CHIMN_ADAPTER);
	if (!adapter || adapter->wrapped) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
	} else {
		status = NDIS_STATUS_SUCCESS;
		if (r->Header.Type ==
		    NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES)
			WRITE_ONCE(adapter->context, r->MiniportAdapterContext);
	}
	rcu_read_unlock();
	return status;
}

static void note_moved(NDIS_HANDLE handle, NDIS_STATUS status, const char *who)
{
	struct chimn_adapter *adapter;

	rcu_read_lock();
	adapter = (void *)chimn_obj_find(handle, CHIMN_ADAPTER);
	if (adapter) {
		adapter->moved_status = status;
		complete(&adapter->moved);
	} else {
		chimn_misuse(CHIMN_MISUSE_HANDLE, who);
	}
	rcu_read_unlock();
}

/**
 * NdisMPauseComplete() - PauseHandler had returned NDIS_STATUS_PENDING
 * @MiniportAdapterHandle: of the adapter
 *
 * Context: any.
 */
VOID NdisMPauseComplete(NDIS_HANDLE MiniportAdapterHandle)
{
	note_moved(MiniportAdapterHandle, NDIS_STATUS_SUCCESS, __func__);
}

/**
 * NdisMRestartComplete() - RestartHandler had returned NDIS_STATUS_PENDING
 * @MiniportAdapterHandle: of the adapter
 * @Status: how it ended
 *
 * Context: any.
 */
VOID NdisMRestartComplete(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status)
{
	note_moved(MiniportAdapterHandle, Status, __func__);
}
