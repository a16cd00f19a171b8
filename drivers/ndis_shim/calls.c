// SPDX-License-Identifier: GPL-2.0
/*
 * What protocols ask of miniports: state operations and I/O requests.
 *
 * Any context, hard interrupt included. A handler of the miniport is called in an
 * RCU section that began before the binding was seen to be open, so that closing
 * it can wait for them all.
 */
#include "ndis_shim/call.h"
#include "ndis_shim/complete.h"
#include "ndis_shim/convert.h"
#include "ndis_shim/list.h"
#include "ndis_shim/misuse.h"
#include "ndis_shim/tree.h"

/* The binding, in an RCU section of the caller's; NULL was counted. */
static struct chimn_binding *enter(NDIS_HANDLE handle, const char *who)
{
	struct chimn_binding *binding = chimn_binding_find(handle);

	if (!binding || !refcount_inc_not_zero(&binding->obj.refs)) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, who);
		return NULL;
	}
	if (chimn_protocol_offloads(binding->protocol))
		return binding;
	chimn_misuse(CHIMN_MISUSE_CLIENT, who);
	chimn_binding_put(binding, 1);
	return NULL;
}

/* Why nothing can go down: NDIS_STATUS_SUCCESS if it can. */
static NDIS_STATUS obstacle(const struct chimn_binding *binding, const char *who)
{
	if (chimn_binding_closes(binding)) {
		chimn_misuse(CHIMN_MISUSE_CLOSING, who);
		return NDIS_STATUS_FAILURE;
	}
	/* NDI-019 */
	if (!chimn_miniport_offloads(binding->adapter->miniport))
		return NDIS_STATUS_NOT_SUPPORTED;
	return NDIS_STATUS_SUCCESS;
}

/* --- state operations ------------------------------------------------------ */

static ndis_state_fn_t *handler_of(const struct chimn_miniport *miniport,
				   enum chimn_verb verb)
{
	switch (verb) {
	case CHIMN_INITIATE:
		return miniport->generic.InitiateOffloadHandler;
	case CHIMN_QUERY:
		return miniport->generic.QueryOffloadHandler;
	case CHIMN_UPDATE:
		return miniport->generic.UpdateOffloadHandler;
	case CHIMN_INVALIDATE:
		return miniport->generic.InvalidateOffloadHandler;
	case CHIMN_TERMINATE:
	default:
		return miniport->generic.TerminateOffloadHandler;
	}
}

/* The reference becomes that of the operation. */
static void hand_down(struct chimn_binding *binding,
		      PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree,
		      enum chimn_verb verb, const char *who)
{
	struct chimn_adapter *adapter = binding->adapter;
	NDIS_STATUS status;

	if (!chimn_pointer_ok(tree, __alignof__(*tree)) ||
	    tree->Header.Size < sizeof(*tree)) {
		chimn_misuse(CHIMN_MISUSE_POINTER, who);
		chimn_binding_put(binding, 1);
		return;
	}
	status = obstacle(binding, who);
	if (status != NDIS_STATUS_SUCCESS) {
		chimn_convert_refuse(tree, status);
		chimn_complete_tree(binding, tree, verb);
		return;
	}
	if (!chimn_tree_begin(tree, binding, verb, who)) {
		chimn_binding_put(binding, 1);
		return;
	}
	CHIMN_CALL(adapter->obj.ms, VOID,
		   (NDIS_HANDLE, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST),
		   handler_of(adapter->miniport, verb), adapter->context,
		   chimn_convert_down(tree, binding, verb));
}

static void operate(NDIS_HANDLE handle, PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree,
		    enum chimn_verb verb, const char *who)
{
	struct chimn_binding *binding;

	rcu_read_lock();
	binding = enter(handle, who);
	if (binding)
		hand_down(binding, tree, verb, who);
	rcu_read_unlock();
}

/**
 * NdisInitiateOffload() - offload state (NDI-010, IMD-050)
 * @NdisBindingHandle: from NdisOpenAdapterEx()
 * @OffloadBlockList: the tree, in protocol form; the miniport's until the
 *	protocol's completion handler is called with it. The root's header must be
 *	of full size
 *
 * A tree that cannot go down is completed before this returns, with a Status in
 * each block: NDIS_STATUS_NOT_SUPPORTED if the miniport has no chimney functions
 * (NDI-019), _FAILURE on a binding that closes. What names no binding, is no
 * tree, or is outstanding already, is not completed but counted.
 *
 * Context: any. So for the four functions below.
 */
VOID NdisInitiateOffload(NDIS_HANDLE NdisBindingHandle,
			 PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	operate(NdisBindingHandle, OffloadBlockList, CHIMN_INITIATE, __func__);
}

/**
 * NdisQueryOffloadState() - query offloaded state (NDI-010)
 * @NdisBindingHandle: see NdisInitiateOffload()
 * @OffloadBlockList: see NdisInitiateOffload()
 */
VOID NdisQueryOffloadState(NDIS_HANDLE NdisBindingHandle,
			   PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	operate(NdisBindingHandle, OffloadBlockList, CHIMN_QUERY, __func__);
}

/**
 * NdisUpdateOffload() - update offloaded state
 * @NdisBindingHandle: see NdisInitiateOffload()
 * @OffloadBlockList: see NdisInitiateOffload()
 */
VOID NdisUpdateOffload(NDIS_HANDLE NdisBindingHandle,
		       PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	operate(NdisBindingHandle, OffloadBlockList, CHIMN_UPDATE, __func__);
}

/**
 * NdisInvalidateOffload() - invalidate offloaded state
 * @NdisBindingHandle: see NdisInitiateOffload()
 * @OffloadBlockList: see NdisInitiateOffload()
 */
VOID NdisInvalidateOffload(NDIS_HANDLE NdisBindingHandle,
			   PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	operate(NdisBindingHandle, OffloadBlockList, CHIMN_INVALIDATE, __func__);
}

/**
 * NdisTerminateOffload() - take offloaded state back (NDI-010)
 * @NdisBindingHandle: see NdisInitiateOffload()
 * @OffloadBlockList: see NdisInitiateOffload()
 */
VOID NdisTerminateOffload(NDIS_HANDLE NdisBindingHandle,
			  PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	operate(NdisBindingHandle, OffloadBlockList, CHIMN_TERMINATE, __func__);
}

/* --- I/O requests ----------------------------------------------------------- */

/* Calls the handler; the context leads to where it is kept, as in a block. */
static void call_io(struct chimn_binding *binding, PNDIS_OFFLOAD_HANDLE object,
		    PNET_BUFFER_LIST list, enum chimn_io io, ULONG flags)
{
	struct chimn_adapter *adapter = binding->adapter;
	const NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS *tcp =
		&adapter->miniport->tcp;
	PVOID context = &object->MiniportOffloadContext;	/* NDI-015 */
	ndis_tcp_io_fn_t *handler;

	if (io == CHIMN_DISCONNECT) {
		CHIMN_CALL(adapter->obj.ms, NDIS_STATUS,
			   (NDIS_HANDLE, PVOID, PNET_BUFFER_LIST, ULONG),
			   tcp->TcpOffloadDisconnectHandler, adapter->context,
			   context, list, flags);
		return;
	}
	handler = io == CHIMN_SEND ? tcp->TcpOffloadSendHandler :
		  io == CHIMN_RECEIVE ? tcp->TcpOffloadReceiveHandler :
					tcp->TcpOffloadForwardHandler;
	CHIMN_CALL(adapter->obj.ms, NDIS_STATUS,
		   (NDIS_HANDLE, PVOID, PNET_BUFFER_LIST), handler,
		   adapter->context, context, list);
}

static NDIS_STATUS check_io(struct chimn_binding *binding,
			    PNDIS_OFFLOAD_HANDLE object, const char *who)
{
	NDIS_STATUS status = obstacle(binding, who);

	if (status != NDIS_STATUS_SUCCESS)
		return status;
	if (!chimn_pointer_ok(object, __alignof__(*object)) ||
	    READ_ONCE(object->NdisReserved) != binding->obj.handle ||
	    !READ_ONCE(object->MiniportOffloadContext)) {
		chimn_misuse(CHIMN_MISUSE_OBJECT, who);
		return NDIS_STATUS_UPLOAD_IN_PROGRESS;	/* as a target would */
	}
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS request(NDIS_HANDLE handle, PNDIS_OFFLOAD_HANDLE object,
			   PNET_BUFFER_LIST list, enum chimn_io io, ULONG flags,
			   const char *who)
{
	NDIS_STATUS result = NDIS_STATUS_INVALID_PARAMETER, status;
	struct chimn_binding *binding;
	unsigned int n;

	rcu_read_lock();
	binding = enter(handle, who);
	if (!binding)
		goto unlock;
	n = chimn_list_begin(list, binding, io, who);
	if (!n)
		goto put_binding;
	/* Each structure has a reference, until it is completed. */
	refcount_add(n, &binding->obj.refs);
	status = check_io(binding, object, who);
	if (status == NDIS_STATUS_SUCCESS)
		call_io(binding, object, list, io, flags);
	else
		chimn_complete_list(binding, list, io, status);
	result = NDIS_STATUS_PENDING;	/* NDI-018 */
put_binding:
	chimn_binding_put(binding, 1);
unlock:
	rcu_read_unlock();
	return result;
}

/**
 * NdisOffloadTcpSend() - send on an offloaded connection
 * @NdisBindingHandle: from NdisOpenAdapterEx()
 * @NdisOffloadHandle: the caller's, of the connection
 * @NetBufferList: the request; the miniport's until it is completed
 *
 * What cannot go down is completed with a failure before this returns.
 *
 * Context: any. So for the three functions below.
 * Return: NDIS_STATUS_PENDING (NDI-018); _INVALID_PARAMETER, without a completion,
 * if there is no such binding or no such list.
 */
NDIS_STATUS NdisOffloadTcpSend(NDIS_HANDLE NdisBindingHandle,
			       PNDIS_OFFLOAD_HANDLE NdisOffloadHandle,
			       PNET_BUFFER_LIST NetBufferList)
{
	return request(NdisBindingHandle, NdisOffloadHandle, NetBufferList,
		       CHIMN_SEND, 0, __func__);
}

/**
 * NdisOffloadTcpReceive() - post buffers for received data
 * @NdisBindingHandle: see NdisOffloadTcpSend()
 * @NdisOffloadHandle: see NdisOffloadTcpSend()
 * @NetBufferList: see NdisOffloadTcpSend()
 *
 * Return: see NdisOffloadTcpSend().
 */
NDIS_STATUS NdisOffloadTcpReceive(NDIS_HANDLE NdisBindingHandle,
				  PNDIS_OFFLOAD_HANDLE NdisOffloadHandle,
				  PNET_BUFFER_LIST NetBufferList)
{
	return request(NdisBindingHandle, NdisOffloadHandle, NetBufferList,
		       CHIMN_RECEIVE, 0, __func__);
}

/**
 * NdisOffloadTcpDisconnect() - close the sending direction, or abort
 * @NdisBindingHandle: see NdisOffloadTcpSend()
 * @NdisOffloadHandle: see NdisOffloadTcpSend()
 * @NetBufferList: see NdisOffloadTcpSend()
 * @Flags: TCP_DISCONNECT_*
 *
 * Return: see NdisOffloadTcpSend().
 */
NDIS_STATUS NdisOffloadTcpDisconnect(NDIS_HANDLE NdisBindingHandle,
				     PNDIS_OFFLOAD_HANDLE NdisOffloadHandle,
				     PNET_BUFFER_LIST NetBufferList, ULONG Flags)
{
	return request(NdisBindingHandle, NdisOffloadHandle, NetBufferList,
		       CHIMN_DISCONNECT, Flags, __func__);
}

/**
 * NdisOffloadTcpForward() - hand segments of a connection to its target
 * @NdisBindingHandle: see NdisOffloadTcpSend()
 * @NdisOffloadHandle: see NdisOffloadTcpSend()
 * @NetBufferList: see NdisOffloadTcpSend()
 *
 * Return: see NdisOffloadTcpSend().
 */
NDIS_STATUS NdisOffloadTcpForward(NDIS_HANDLE NdisBindingHandle,
				  PNDIS_OFFLOAD_HANDLE NdisOffloadHandle,
				  PNET_BUFFER_LIST NetBufferList)
{
	return request(NdisBindingHandle, NdisOffloadHandle, NetBufferList,
		       CHIMN_FORWARD, 0, __func__);
}

/**
 * NdisOffloadTcpReceiveReturn() - give indicated data back
 * @NdisBindingHandle: from NdisOpenAdapterEx(); may be closing
 * @NetBufferList: the data
 *
 * Context: any.
 * Return: NDIS_STATUS_SUCCESS (NDI-018); _INVALID_PARAMETER if there is no such
 * binding.
 */
NDIS_STATUS NdisOffloadTcpReceiveReturn(NDIS_HANDLE NdisBindingHandle,
					PNET_BUFFER_LIST NetBufferList)
{
	NDIS_STATUS status = NDIS_STATUS_INVALID_PARAMETER;
	struct chimn_binding *binding;
	struct chimn_adapter *adapter;

	rcu_read_lock();
	binding = enter(NdisBindingHandle, __func__);
	if (!binding)
		goto unlock;
	adapter = binding->adapter;
	if (chimn_miniport_offloads(adapter->miniport) && NetBufferList) {
		CHIMN_CALL(adapter->obj.ms, NDIS_STATUS,
			   (NDIS_HANDLE, PNET_BUFFER_LIST),
			   adapter->miniport->tcp.TcpOffloadReceiveReturnHandler,
			   adapter->context, NetBufferList);
		status = NDIS_STATUS_SUCCESS;
	}
	chimn_binding_put(binding, 1);
unlock:
	rcu_read_unlock();
	return status;
}
