/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client of chim_attach() as a protocol driver of chimney_ndis: handlers as a
 * target would have, which call NDIS, and a protocol's, which call the client. Used
 * by the client for tests and by KUnit, which include this once each, after they
 * have said how things are found:
 *
 *   proto_of(CONTEXT)		the struct proto behind a ProtocolBindingContext
 *   proto_object(HANDLE)	what the client knows an object by
 *   proto_note(HANDLE, OBJECT)	keeps that, for as long as the handle is used
 */
#ifndef CHIMC_PROTOCOL_H
#define CHIMC_PROTOCOL_H

#include "proto.h"

#include <ndischimney.h>

static struct proto *proto_of(NDIS_HANDLE context);
static NDIS_HANDLE proto_object(PNDIS_OFFLOAD_HANDLE handle);
static void proto_note(PNDIS_OFFLOAD_HANDLE handle, NDIS_HANDLE object);

/* --- trees -------------------------------------------------------------------- */

static PNDIS_OFFLOAD_HANDLE proto_handle_at(PVOID context)
{
	return CONTAINING_RECORD(context, NDIS_OFFLOAD_HANDLE,
				 MiniportOffloadContext);
}

/*
 * Blocks of the client are in miniport form; what that loses is kept. Its trees are
 * no deeper than there are layers of state.
 */
static void proto_to_protocol(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST p;
	PVOID *context;

	for (; block; block = block->NextBlock) {
		p = (PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST)block;
		context = block->MiniportOffloadContext;
		block->ProtocolReserved[1] = block->NdisOffloadHandle;
		p->OffloadHandle = context ? proto_handle_at(context) : NULL;
		if (context && block->ProtocolReserved[1])
			proto_note(p->OffloadHandle, block->ProtocolReserved[1]);
		proto_to_protocol(block->DependentBlockList);
	}
}

static void proto_to_miniport(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST block)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST m;
	PNDIS_OFFLOAD_HANDLE handle;

	for (; block; block = block->NextBlock) {
		m = (PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST)block;
		handle = block->OffloadHandle;
		m->MiniportOffloadContext = handle ?
			&handle->MiniportOffloadContext : NULL;
		m->NdisOffloadHandle = block->ProtocolReserved[1];
		proto_to_miniport(block->DependentBlockList);
	}
}

#define PROTO_STATE(name, function, done) \
	static VOID name(NDIS_HANDLE context, \
			 PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree) \
	{ \
		proto_to_protocol(tree); \
		function(proto_of(context)->binding, \
			 (PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST)tree); \
	} \
	static VOID name##_done(NDIS_HANDLE context, \
				PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree) \
	{ \
		struct proto *proto = proto_of(context); \
		struct chim_attach *attach = proto->attach; \
		\
		proto->completed = context; \
		proto_to_miniport(tree); \
		attach->ndis->done(attach->NdisMiniportDriverHandle, \
				   (PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST)tree); \
	}

PROTO_STATE(initiate, NdisInitiateOffload, NdisMInitiateOffloadComplete)
PROTO_STATE(query, NdisQueryOffloadState, NdisMQueryOffloadStateComplete)
PROTO_STATE(update, NdisUpdateOffload, NdisMUpdateOffloadComplete)
PROTO_STATE(invalidate, NdisInvalidateOffload, NdisMInvalidateOffloadComplete)
PROTO_STATE(terminate, NdisTerminateOffload, NdisMTerminateOffloadComplete)

static VOID offload_event(NDIS_HANDLE context,
			  PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST block, ULONG code)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST m = (void *)block;
	struct chim_attach *attach = proto_of(context)->attach;
	PNDIS_OFFLOAD_HANDLE handle = block->OffloadHandle;

	m->NdisOffloadHandle = proto_object(handle);
	attach->ndis->NdisMOffloadEventIndicate(attach->NdisMiniportDriverHandle,
						m, code);
	block->OffloadHandle = handle;
}

/* --- I/O ------------------------------------------------------------------------ */

#define PROTO_IO_DONE(name, done) \
	static VOID name##_done(NDIS_HANDLE context, PNET_BUFFER_LIST list) \
	{ \
		struct proto *proto = proto_of(context); \
		\
		proto->completed = context; \
		proto->events->done(proto->attach->NdisMiniportDriverHandle, \
				    list); \
	}

#define PROTO_IO(name, function, done) \
	static NDIS_STATUS name(NDIS_HANDLE context, PVOID object, \
				PNET_BUFFER_LIST list) \
	{ \
		return function(proto_of(context)->binding, \
				proto_handle_at(object), list); \
	} \
	PROTO_IO_DONE(name, done)

PROTO_IO(send, NdisOffloadTcpSend, NdisTcpOffloadSendComplete)
PROTO_IO(receive, NdisOffloadTcpReceive, NdisTcpOffloadReceiveComplete)
PROTO_IO(forward, NdisOffloadTcpForward, NdisTcpOffloadForwardComplete)
PROTO_IO_DONE(disconnect, NdisTcpOffloadDisconnectComplete)

static NDIS_STATUS disconnect(NDIS_HANDLE context, PVOID object,
			      PNET_BUFFER_LIST list, ULONG flags)
{
	return NdisOffloadTcpDisconnect(proto_of(context)->binding,
					proto_handle_at(object), list, flags);
}

static NDIS_STATUS give_back(NDIS_HANDLE context, PNET_BUFFER_LIST list)
{
	return NdisOffloadTcpReceiveReturn(proto_of(context)->binding, list);
}

/* --- what a protocol registers ----------------------------------------------------- */

static VOID event(PVOID handle, ULONG type, ULONG info);
static NDIS_STATUS indicate(PVOID handle, PNET_BUFFER_LIST list,
			    NDIS_STATUS status, PULONG consumed);

static NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS proto_generic = {
	.Header.Revision =
		NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(proto_generic),
	.InitiateOffloadCompleteHandler = initiate_done,
	.TerminateOffloadCompleteHandler = terminate_done,
	.UpdateOffloadCompleteHandler = update_done,
	.InvalidateOffloadCompleteHandler = invalidate_done,
	.QueryOffloadCompleteHandler = query_done,
	.IndicateOffloadEventHandler = offload_event,
};

static NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS proto_tcp = {
	.Header.Revision =
		NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(proto_tcp),
	.OffloadType = NdisTcpChimneyOffload,
	.TcpOffloadSendCompleteHandler = send_done,
	.TcpOffloadReceiveCompleteHandler = receive_done,
	.TcpOffloadDisconnectCompleteHandler = disconnect_done,
	.TcpOffloadForwardCompleteHandler = forward_done,
	.TcpOffloadEventHandler = event,
	.TcpOffloadReceiveIndicateHandler = indicate,
};

static NDIS_STATUS proto_set_options(NDIS_HANDLE handle, NDIS_HANDLE context)
{
	NDIS_STATUS status = NdisSetOptionalHandlers(handle,
						     &proto_generic.Header);

	return status ?: NdisSetOptionalHandlers(handle, &proto_tcp.Header);
}

/* It opens adapters itself, and closes them when it is told to. */
static NDIS_STATUS proto_bind(NDIS_HANDLE driver, NDIS_HANDLE context,
			      PNDIS_BIND_PARAMETERS parameters)
{
	return NDIS_STATUS_NOT_SUPPORTED;
}

static NDIS_STATUS proto_unbind(NDIS_HANDLE handle, NDIS_HANDLE context)
{
	return NdisCloseAdapterEx(handle);
}

#endif /* CHIMC_PROTOCOL_H */
