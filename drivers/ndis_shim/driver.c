// SPDX-License-Identifier: GPL-2.0
/* Drivers: how they register, and how they go. */
#include "ndis_shim/driver.h"

#include "ndis_shim/adapter.h"
#include "ndis_shim/binding.h"
#include "ndis_shim/call.h"
#include "ndis_shim/link.h"
#include "ndis_shim/misuse.h"

#include <linux/slab.h>

#define NDIS_MAJOR	6

/* Covers who is there and who is bound to whom, see driver.h. */
DEFINE_MUTEX(chimn_lock);
static LIST_HEAD(protocols);

/**
 * chimn_protocol_named() - a protocol by its name
 * @name: the name
 *
 * Context: chimn_lock held.
 * Return: the protocol, held, or NULL.
 */
struct chimn_protocol *chimn_protocol_named(const char *name)
{
	struct chimn_protocol *protocol;

	lockdep_assert_held(&chimn_lock);
	list_for_each_entry(protocol, &protocols, node)
		if (!strcmp(protocol->name, name) &&
		    refcount_inc_not_zero(&protocol->obj.refs))
			return protocol;
	return NULL;
}

/* --- miniport drivers ---------------------------------------------------- */

/**
 * chimn_miniport_make() - a miniport driver that has no functions yet
 * @ms: its functions will have the Windows calling convention
 * @context: MiniportDriverContext
 *
 * Context: process, may sleep.
 * Return: the driver, registering, or NULL.
 */
struct chimn_miniport *chimn_miniport_make(bool ms, NDIS_HANDLE context)
{
	struct chimn_miniport *miniport;

	miniport = kzalloc(sizeof(*miniport), GFP_KERNEL);
	if (!miniport)
		return NULL;
	miniport->obj.ms = ms;
	miniport->context = context;
	miniport->registering = true;
	INIT_LIST_HEAD(&miniport->adapters);
	if (chimn_obj_add(&miniport->obj, CHIMN_MINIPORT)) {
		kfree(miniport);
		return NULL;
	}
	return miniport;
}

/**
 * chimn_miniport_free() - a miniport driver without adapters goes
 * @miniport: the driver
 *
 * Context: process, may sleep.
 */
void chimn_miniport_free(struct chimn_miniport *miniport)
{
	chimn_obj_drain(&miniport->obj, "miniport driver");
	chimn_obj_remove(&miniport->obj);
	kfree_rcu(miniport, obj.rcu);
}

static NDIS_STATUS check_header(const NDIS_OBJECT_HEADER *header, size_t size)
{
	if (!chimn_pointer_ok(header, __alignof__(*header)))
		return NDIS_STATUS_INVALID_PARAMETER;
	return header->Revision && header->Size >= size ?
	       NDIS_STATUS_SUCCESS : NDIS_STATUS_BAD_CHARACTERISTICS;
}

/**
 * chimn_miniport_register() - NdisMRegisterMiniportDriver
 * @ms: the functions have the Windows calling convention
 * @context: MiniportDriverContext
 * @chars: its functions
 * @out: set before SetOptionsHandler is called
 *
 * Context: process, may sleep.
 * Return: a status.
 */
NDIS_STATUS chimn_miniport_register(bool ms, NDIS_HANDLE context,
				    const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *chars,
				    PNDIS_HANDLE out)
{
	struct chimn_miniport *miniport;
	NDIS_STATUS status;

	status = check_header(&chars->Header, sizeof(*chars));
	if (status != NDIS_STATUS_SUCCESS)
		return status;
	if (chars->MajorNdisVersion != NDIS_MAJOR)
		return NDIS_STATUS_BAD_VERSION;
	if (!chars->InitializeHandlerEx || !chars->HaltHandlerEx)
		return NDIS_STATUS_BAD_CHARACTERISTICS;
	miniport = chimn_miniport_make(ms, context);
	if (!miniport)
		return NDIS_STATUS_RESOURCES;
	miniport->chars = *chars;
	*out = miniport->obj.handle;
	if (chars->SetOptionsHandler)
		status = CHIMN_CALL(ms, NDIS_STATUS, (NDIS_HANDLE, NDIS_HANDLE),
				    chars->SetOptionsHandler,
				    miniport->obj.handle, context);
	miniport->registering = false;
	if (status != NDIS_STATUS_SUCCESS)
		chimn_miniport_free(miniport);
	return status;
}

/**
 * NdisMRegisterMiniportDriver() - register a miniport driver (REG-030)
 * @DriverObject: its DriverUnload becomes the driver's, or NULL
 * @RegistryPath: not used
 * @MiniportDriverContext: handed to the driver's functions
 * @Characteristics: copied
 * @NdisMiniportDriverHandle: set
 *
 * Context: process, may sleep. Calls SetOptionsHandler.
 * Return: NDIS_STATUS_SUCCESS; _BAD_VERSION unless it is for NDIS 6;
 * _BAD_CHARACTERISTICS if functions are missing; what SetOptionsHandler said.
 */
NDIS_STATUS NdisMRegisterMiniportDriver(PDRIVER_OBJECT DriverObject,
					PUNICODE_STRING RegistryPath,
					NDIS_HANDLE MiniportDriverContext,
					PNDIS_MINIPORT_DRIVER_CHARACTERISTICS Characteristics,
					PNDIS_HANDLE NdisMiniportDriverHandle)
{
	NDIS_STATUS status;

	status = chimn_miniport_register(false, MiniportDriverContext,
					 Characteristics,
					 NdisMiniportDriverHandle);
	if (status == NDIS_STATUS_SUCCESS && DriverObject)
		DriverObject->DriverUnload = Characteristics->UnloadHandler;
	return status;
}

/**
 * NdisMDeregisterMiniportDriver() - undo NdisMRegisterMiniportDriver()
 * @NdisMiniportDriverHandle: from there
 *
 * Adapters that are left are halted, and bindings to them closed, first.
 *
 * Context: process, may sleep.
 */
VOID NdisMDeregisterMiniportDriver(NDIS_HANDLE NdisMiniportDriverHandle)
{
	struct chimn_miniport *miniport;
	struct chimn_adapter *adapter;

	rcu_read_lock();
	miniport = (struct chimn_miniport *)
		chimn_obj_find(NdisMiniportDriverHandle, CHIMN_MINIPORT);
	if (miniport && test_and_set_bit(0, &miniport->obj.closing))
		miniport = NULL;
	rcu_read_unlock();
	if (!miniport) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
		return;
	}
	while ((adapter = chimn_adapter_of(miniport)))
		chimn_adapter_halt(adapter);
	chimn_miniport_free(miniport);
}

/* --- protocol drivers ---------------------------------------------------- */

/**
 * chimn_protocol_register() - NdisRegisterProtocolDriver
 * @ms: the functions have the Windows calling convention
 * @context: ProtocolDriverContext
 * @chars: its functions
 * @out: set before SetOptionsHandler is called
 *
 * Context: process, may sleep.
 * Return: a status.
 */
NDIS_STATUS chimn_protocol_register(bool ms, NDIS_HANDLE context,
				    const NDIS_PROTOCOL_DRIVER_CHARACTERISTICS *chars,
				    PNDIS_HANDLE out)
{
	struct chimn_protocol *protocol;
	NDIS_STATUS status;

	status = check_header(&chars->Header, sizeof(*chars));
	if (status != NDIS_STATUS_SUCCESS)
		return status;
	if (chars->MajorNdisVersion != NDIS_MAJOR)
		return NDIS_STATUS_BAD_VERSION;
	if (!chars->BindAdapterHandlerEx || !chars->UnbindAdapterHandlerEx)
		return NDIS_STATUS_BAD_CHARACTERISTICS;
	protocol = kzalloc(sizeof(*protocol), GFP_KERNEL);
	if (!protocol)
		return NDIS_STATUS_RESOURCES;
	status = NDIS_STATUS_BAD_CHARACTERISTICS;
	if (!chimn_name_read(protocol->name, &chars->Name))
		goto free_protocol;
	protocol->obj.ms = ms;
	protocol->context = context;
	protocol->chars = *chars;
	protocol->registering = true;
	INIT_LIST_HEAD(&protocol->bindings);
	status = NDIS_STATUS_RESOURCES;
	if (chimn_obj_add(&protocol->obj, CHIMN_PROTOCOL))
		goto free_protocol;
	status = NDIS_STATUS_SUCCESS;
	*out = protocol->obj.handle;
	if (chars->SetOptionsHandler)
		status = CHIMN_CALL(ms, NDIS_STATUS, (NDIS_HANDLE, NDIS_HANDLE),
				    chars->SetOptionsHandler,
				    protocol->obj.handle, context);
	protocol->registering = false;
	if (status != NDIS_STATUS_SUCCESS)
		goto remove_protocol;
	mutex_lock(&chimn_lock);
	list_add_tail(&protocol->node, &protocols);
	mutex_unlock(&chimn_lock);
	chimn_links_bind();
	return NDIS_STATUS_SUCCESS;

remove_protocol:
	chimn_obj_remove(&protocol->obj);
	synchronize_rcu();
free_protocol:
	kfree(protocol);
	return status;
}

/**
 * NdisRegisterProtocolDriver() - register a protocol driver
 * @ProtocolDriverContext: handed to the driver's functions
 * @Characteristics: copied
 * @NdisProtocolHandle: set
 *
 * Context: process, may sleep. Calls SetOptionsHandler, and BindAdapterHandlerEx
 * for every link that names the protocol.
 * Return: as NdisMRegisterMiniportDriver().
 */
NDIS_STATUS NdisRegisterProtocolDriver(NDIS_HANDLE ProtocolDriverContext,
				       PNDIS_PROTOCOL_DRIVER_CHARACTERISTICS Characteristics,
				       PNDIS_HANDLE NdisProtocolHandle)
{
	return chimn_protocol_register(false, ProtocolDriverContext,
				       Characteristics,
				       NdisProtocolHandle);
}

/**
 * NdisDeregisterProtocolDriver() - undo NdisRegisterProtocolDriver()
 * @NdisProtocolHandle: from there
 *
 * Bindings that are left are unbound first; binds in progress are waited for.
 *
 * Context: process, may sleep.
 */
VOID NdisDeregisterProtocolDriver(NDIS_HANDLE NdisProtocolHandle)
{
	struct chimn_protocol *protocol;

	rcu_read_lock();
	protocol = (struct chimn_protocol *)
		chimn_obj_find(NdisProtocolHandle, CHIMN_PROTOCOL);
	if (protocol && test_and_set_bit(0, &protocol->obj.closing))
		protocol = NULL;
	rcu_read_unlock();
	if (!protocol) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
		return;
	}
	mutex_lock(&chimn_lock);
	list_del(&protocol->node);
	mutex_unlock(&chimn_lock);
	chimn_binding_unbind_of(protocol);
	chimn_obj_drain(&protocol->obj, protocol->name);
	chimn_obj_remove(&protocol->obj);
	kfree_rcu(protocol, obj.rcu);
}

/* --- optional handlers ---------------------------------------------------- */

static NDIS_STATUS set_provider(struct chimn_miniport *miniport,
				PNDIS_DRIVER_OPTIONAL_HANDLERS handlers)
{
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS *g = (void *)handlers;
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS *t = (void *)handlers;

	if (handlers->Size == sizeof(*g)) {
		if (!g->InitiateOffloadHandler || !g->TerminateOffloadHandler ||
		    !g->UpdateOffloadHandler || !g->InvalidateOffloadHandler ||
		    !g->QueryOffloadHandler)
			return NDIS_STATUS_BAD_CHARACTERISTICS;
		miniport->generic = *g;
		miniport->has_generic = true;
		return NDIS_STATUS_SUCCESS;
	}
	if (handlers->Size != sizeof(*t))
		return NDIS_STATUS_BAD_CHARACTERISTICS;
	if (t->OffloadType != NdisTcpChimneyOffload)	/* REG-034 */
		return NDIS_STATUS_NOT_SUPPORTED;
	if (!t->TcpOffloadSendHandler || !t->TcpOffloadReceiveHandler ||
	    !t->TcpOffloadDisconnectHandler || !t->TcpOffloadForwardHandler ||
	    !t->TcpOffloadReceiveReturnHandler)
		return NDIS_STATUS_BAD_CHARACTERISTICS;
	miniport->tcp = *t;
	miniport->has_tcp = true;
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS set_client(struct chimn_protocol *protocol,
			      PNDIS_DRIVER_OPTIONAL_HANDLERS handlers)
{
	NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS *g = (void *)handlers;
	NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS *t = (void *)handlers;

	if (handlers->Size == sizeof(*g)) {
		if (!g->InitiateOffloadCompleteHandler ||
		    !g->TerminateOffloadCompleteHandler ||
		    !g->UpdateOffloadCompleteHandler ||
		    !g->InvalidateOffloadCompleteHandler ||
		    !g->QueryOffloadCompleteHandler ||
		    !g->IndicateOffloadEventHandler)
			return NDIS_STATUS_BAD_CHARACTERISTICS;
		protocol->generic = *g;
		protocol->has_generic = true;
		return NDIS_STATUS_SUCCESS;
	}
	if (handlers->Size != sizeof(*t))
		return NDIS_STATUS_BAD_CHARACTERISTICS;
	if (t->OffloadType != NdisTcpChimneyOffload)	/* IMD-013 */
		return NDIS_STATUS_NOT_SUPPORTED;
	if (!t->TcpOffloadSendCompleteHandler ||
	    !t->TcpOffloadReceiveCompleteHandler ||
	    !t->TcpOffloadDisconnectCompleteHandler ||
	    !t->TcpOffloadForwardCompleteHandler || !t->TcpOffloadEventHandler ||
	    !t->TcpOffloadReceiveIndicateHandler)
		return NDIS_STATUS_BAD_CHARACTERISTICS;
	protocol->tcp = *t;
	protocol->has_tcp = true;
	return NDIS_STATUS_SUCCESS;
}

/**
 * NdisSetOptionalHandlers() - register chimney functions (REG-031, IMD-011)
 * @NdisHandle: of the driver, as given to its SetOptionsHandler
 * @OptionalHandlers: one of the four characteristics structures, copied
 *
 * Which one it is, is told by the kind of driver and the size: Type does not
 * matter (REG-035), and neither do Flags (REG-036).
 *
 * Context: process; from within SetOptionsHandler.
 * Return: NDIS_STATUS_SUCCESS; _BAD_CHARACTERISTICS for an unknown structure or
 * one with functions missing; _NOT_SUPPORTED for another chimney than TCP;
 * _INVALID_STATE outside of registration; _INVALID_PARAMETER.
 */
NDIS_STATUS NdisSetOptionalHandlers(NDIS_HANDLE NdisHandle,
				    PNDIS_DRIVER_OPTIONAL_HANDLERS OptionalHandlers)
{
	struct chimn_protocol *protocol;
	struct chimn_miniport *miniport;
	NDIS_STATUS status = NDIS_STATUS_INVALID_PARAMETER;
	bool late = false;

	if (!chimn_pointer_ok(OptionalHandlers, __alignof__(void *)))
		return status;
	if (OptionalHandlers->Revision != 1)
		return NDIS_STATUS_BAD_CHARACTERISTICS;
	rcu_read_lock();
	miniport = (void *)chimn_obj_find(NdisHandle, CHIMN_MINIPORT);
	protocol = (void *)chimn_obj_find(NdisHandle, CHIMN_PROTOCOL);
	if (miniport) {
		late = !miniport->registering;
		if (!late)
			status = set_provider(miniport, OptionalHandlers);
	} else if (protocol) {
		late = !protocol->registering;
		if (!late)
			status = set_client(protocol, OptionalHandlers);
	} else {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
	}
	rcu_read_unlock();
	if (!late)
		return status;
	chimn_misuse(CHIMN_MISUSE_REGISTER, __func__);
	return NDIS_STATUS_INVALID_STATE;
}

/**
 * NdisIMAssociateMiniport() - say that two drivers are one
 * @DriverHandle: of the miniport driver
 * @ProtocolHandle: of the protocol driver
 *
 * Nothing depends on it here.
 *
 * Context: process.
 */
VOID NdisIMAssociateMiniport(NDIS_HANDLE DriverHandle,
			     NDIS_HANDLE ProtocolHandle)
{
}
