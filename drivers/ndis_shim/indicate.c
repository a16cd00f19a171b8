// SPDX-License-Identifier: GPL-2.0
/*
 * Indications: from miniports to protocols.
 *
 * An object is known by the NDIS_OFFLOAD_HANDLE of the driver above, where
 * NdisReserved names the binding (NDI-016).
 */
#include "ndis_shim/indicate.h"

#include "ndis_shim/call.h"
#include "ndis_shim/complete.h"
#include "ndis_shim/misuse.h"

#include <linux/rculist.h>

/* The binding, held; NULL was counted. */
static struct chimn_binding *binding_of(NDIS_HANDLE object, const char *who)
{
	PNDIS_OFFLOAD_HANDLE handle = object;
	struct chimn_binding *binding = NULL;

	if (chimn_pointer_ok(handle, __alignof__(*handle)))
		binding = chimn_binding_get(READ_ONCE(handle->NdisReserved));
	if (!binding)
		chimn_misuse(CHIMN_MISUSE_OBJECT, who);
	return binding;
}

/* --- the chimney's event handlers -------------------------------------------- */

static VOID tcp_event(NDIS_HANDLE object, ULONG type, ULONG info)
{
	struct chimn_binding *binding;

	binding = binding_of(object, "NdisTcpOffloadEventHandler");
	if (!binding)
		return;
	CHIMN_CALL(binding->obj.ms, VOID, (PVOID, ULONG, ULONG),
		   binding->protocol->tcp.TcpOffloadEventHandler, object, type,
		   info);
	chimn_binding_put(binding, 1);
}

/* What nobody is there for is the miniport's to keep. */
static NDIS_STATUS tcp_receive(NDIS_HANDLE object, PNET_BUFFER_LIST list,
			       NDIS_STATUS status, PULONG consumed)
{
	struct chimn_binding *binding;
	NDIS_STATUS result;

	binding = binding_of(object, "NdisTcpOffloadReceiveHandler");
	if (!binding) {
		*consumed = 0;
		return NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED;
	}
	result = CHIMN_CALL(binding->obj.ms, NDIS_STATUS,
			    (PVOID, PNET_BUFFER_LIST, NDIS_STATUS, PULONG),
			    binding->protocol->tcp.TcpOffloadReceiveIndicateHandler,
			    object, list, status, consumed);
	chimn_binding_put(binding, 1);
	return result;
}

static VOID send_complete(NDIS_HANDLE miniport, PNET_BUFFER_LIST list)
{
	chimn_completed(miniport, list, CHIMN_SEND, "NdisTcpOffloadSendComplete");
}

static VOID receive_complete(NDIS_HANDLE miniport, PNET_BUFFER_LIST list)
{
	chimn_completed(miniport, list, CHIMN_RECEIVE,
			"NdisTcpOffloadReceiveComplete");
}

static VOID disconnect_complete(NDIS_HANDLE miniport, PNET_BUFFER_LIST list)
{
	chimn_completed(miniport, list, CHIMN_DISCONNECT,
			"NdisTcpOffloadDisconnectComplete");
}

static VOID forward_complete(NDIS_HANDLE miniport, PNET_BUFFER_LIST list)
{
	chimn_completed(miniport, list, CHIMN_FORWARD,
			"NdisTcpOffloadForwardComplete");
}

/* In the convention of Linux; the other is made of these. */
NDIS_TCP_OFFLOAD_EVENT_HANDLERS chimn_event_handlers = {
	.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
	.Header.Revision = NDIS_TCP_OFFLOAD_EVENT_HANDLERS_REVISION_1,
	.Header.Size = sizeof(chimn_event_handlers),
	.NdisTcpOffloadEventHandler = tcp_event,
	.NdisTcpOffloadReceiveHandler = tcp_receive,
	.NdisTcpOffloadSendComplete = send_complete,
	.NdisTcpOffloadReceiveComplete = receive_complete,
	.NdisTcpOffloadDisconnectComplete = disconnect_complete,
	.NdisTcpOffloadForwardComplete = forward_complete,
};

/* D-73: the handle may be that of the adapter or of its driver. */
static bool is_miniport(NDIS_HANDLE handle)
{
	bool found;

	rcu_read_lock();
	found = chimn_obj_find(handle, CHIMN_ADAPTER) ||
		chimn_obj_find(handle, CHIMN_MINIPORT);
	rcu_read_unlock();
	return found;
}

/**
 * chimn_offload_handlers() - NdisMGetOffloadHandlers
 * @miniport: handle
 * @type: which chimney
 * @out: set
 * @handlers: to this
 *
 * Context: process.
 * Return: a status.
 */
NDIS_STATUS chimn_offload_handlers(NDIS_HANDLE miniport,
				   NDIS_CHIMNEY_OFFLOAD_TYPE type,
				   PNDIS_OFFLOAD_EVENT_HANDLERS *out,
				   PNDIS_TCP_OFFLOAD_EVENT_HANDLERS handlers)
{
	if (!is_miniport(miniport)) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, "NdisMGetOffloadHandlers");
		return NDIS_STATUS_INVALID_PARAMETER;
	}
	if (type != NdisTcpChimneyOffload)
		return STATUS_NOT_SUPPORTED;
	*out = (PNDIS_OFFLOAD_EVENT_HANDLERS)handlers;
	return STATUS_SUCCESS;
}

/**
 * NdisMGetOffloadHandlers() - what NDIS offers a target (REG-050)
 * @NdisMiniportHandle: of the miniport's adapter, or of its driver
 * @ChimneyOffloadType: NdisTcpChimneyOffload; all others are reserved
 * @OffloadHandlers: set to an NDIS_TCP_OFFLOAD_EVENT_HANDLERS; to be copied
 *
 * Context: process; from within InitializeHandlerEx.
 * Return: STATUS_SUCCESS, STATUS_NOT_SUPPORTED, NDIS_STATUS_INVALID_PARAMETER.
 */
NDIS_STATUS NdisMGetOffloadHandlers(NDIS_HANDLE NdisMiniportHandle,
				    NDIS_CHIMNEY_OFFLOAD_TYPE ChimneyOffloadType,
				    PNDIS_OFFLOAD_EVENT_HANDLERS *OffloadHandlers)
{
	return chimn_offload_handlers(NdisMiniportHandle, ChimneyOffloadType,
				      OffloadHandlers, &chimn_event_handlers);
}

/* --- events of neighbors ------------------------------------------------------ */

/**
 * NdisMOffloadEventIndicate() - ask the driver above about a neighbor (O-08)
 * @NdisMiniportHandle: of the miniport's adapter, or of its driver
 * @OffloadBlockList: a block whose NdisOffloadHandle names the neighbor, with the
 *	neighbor's state behind it, where the answer is written
 * @IndicationCode: NeighborReachabilityQuery
 *
 * Context: softirqs off (REG-012).
 */
VOID NdisMOffloadEventIndicate(NDIS_HANDLE NdisMiniportHandle,
			       PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList,
			       ULONG IndicationCode)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block = OffloadBlockList;
	struct chimn_binding *binding;
	PVOID *context;

	if (!chimn_pointer_ok(block, __alignof__(*block))) {
		chimn_misuse(CHIMN_MISUSE_POINTER, __func__);
		return;
	}
	binding = binding_of(block->NdisOffloadHandle, __func__);
	if (!binding)
		return;
	/* In the protocol form this word is reserved. */
	context = block->MiniportOffloadContext;
	block->MiniportOffloadContext = NULL;
	CHIMN_CALL(binding->obj.ms, VOID,
		   (NDIS_HANDLE, PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST, ULONG),
		   binding->protocol->generic.IndicateOffloadEventHandler,
		   binding->context, (PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST)block,
		   IndicationCode);
	block->MiniportOffloadContext = context;
	chimn_binding_put(binding, 1);
}

/* --- status --------------------------------------------------------------------- */

static void indicate_status(struct chimn_binding *binding,
			    PNDIS_STATUS_INDICATION indication)
{
	if (!binding->protocol->chars.StatusHandlerEx)
		return;
	CHIMN_CALL(binding->obj.ms, VOID, (NDIS_HANDLE, PNDIS_STATUS_INDICATION),
		   binding->protocol->chars.StatusHandlerEx, binding->context,
		   indication);
}

/**
 * chimn_indicate_missed() - tell a new binding what came too early for it
 * @handle: of the binding, which may have been closed again
 *
 * An adapter of chimney.ko may close as soon as it is attached to, and says only
 * once that everything is to be uploaded.
 *
 * Context: process.
 */
void chimn_indicate_missed(NDIS_HANDLE handle)
{
	NDIS_STATUS_INDICATION indication = {
		.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION,
		.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1,
		.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1,
		.StatusCode = NDIS_STATUS_UPLOAD_ALL,
	};
	struct chimn_binding *binding;

	/* It is in the list; pairs with that of NdisMIndicateStatusEx(). */
	smp_mb();
	rcu_read_lock();
	binding = chimn_binding_find(handle);
	if (binding && READ_ONCE(binding->adapter->upload)) {
		indication.SourceHandle = binding->adapter->obj.handle;
		indicate_status(binding, &indication);
	}
	rcu_read_unlock();
}

/**
 * NdisMIndicateStatusEx() - tell the protocols of an adapter something
 * @MiniportAdapterHandle: of the adapter
 * @StatusIndication: what; any code, those of the chimney above all. With
 *	DestinationHandle set, which is the RequestHandle of some OID request, only
 *	who has made that is told
 *
 * Serves STA-010, STA-030 and STA-050.
 *
 * Context: any. The protocols' StatusHandlerEx may not sleep.
 */
VOID NdisMIndicateStatusEx(NDIS_HANDLE MiniportAdapterHandle,
			   PNDIS_STATUS_INDICATION StatusIndication)
{
	struct chimn_adapter *adapter;
	struct chimn_binding *binding;
	bool told = false;
	NDIS_HANDLE to;

	if (!chimn_pointer_ok(StatusIndication, __alignof__(void *))) {
		chimn_misuse(CHIMN_MISUSE_POINTER, __func__);
		return;
	}
	rcu_read_lock();
	adapter = (void *)chimn_obj_find(MiniportAdapterHandle, CHIMN_ADAPTER);
	if (!adapter) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
		goto unlock;
	}
	if (adapter->wrapped &&
	    StatusIndication->StatusCode == NDIS_STATUS_UPLOAD_ALL) {
		WRITE_ONCE(adapter->upload, true);
		/* Either the binding is found, or it looks. */
		smp_mb();
	}
	to = StatusIndication->DestinationHandle;
	list_for_each_entry_rcu(binding, &adapter->bindings, adapter_node) {
		if (to && to != binding->obj.handle)
			continue;
		indicate_status(binding, StatusIndication);
		told = true;
	}
	if (to && !told)
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
unlock:
	rcu_read_unlock();
}
