// SPDX-License-Identifier: GPL-2.0
/*
 * chimney_over: puts chimney_ndis, and intermediate drivers that are linked already,
 * between a client of chim_attach() and the target. For tests.
 */
#include "over.h"

#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#define NAME_MAX_CHARS	64

/**
 * struct over - a client as a protocol driver
 * @attach: the client's attachment
 * @protocol: handle of the protocol
 * @binding: handle of its binding
 * @events: the client's
 */
struct over {
	struct chim_attach *attach;
	NDIS_HANDLE protocol;
	NDIS_HANDLE binding;
	NDIS_TCP_OFFLOAD_EVENT_HANDLERS events;
};

static PNDIS_OFFLOAD_HANDLE handle_at(PVOID context)
{
	return CONTAINING_RECORD(context, NDIS_OFFLOAD_HANDLE,
				 MiniportOffloadContext);
}

/* What the client knows an object by is kept in front of that. */
static NDIS_HANDLE object_of(PVOID handle)
{
	return ((PVOID *)handle)[-1];
}

static void set_object(PVOID handle, NDIS_HANDLE object)
{
	((PVOID *)handle)[-1] = object;
}

/* --- trees ------------------------------------------------------------------ */

/* Trees of the client are as deep as there are layers. */
static void to_protocol(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST p;
	PVOID *context;

	for (; block; block = block->NextBlock) {
		p = (PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST)block;
		context = block->MiniportOffloadContext;
		block->ProtocolReserved[1] = block->NdisOffloadHandle;
		p->OffloadHandle = context ? handle_at(context) : NULL;
		/* Kept above, since the handle has taken its place. */
		if (context && block->ProtocolReserved[1])
			set_object(p->OffloadHandle, block->ProtocolReserved[1]);
		to_protocol(block->DependentBlockList);
	}
}

static void to_miniport(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST block)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST m;
	PNDIS_OFFLOAD_HANDLE handle;

	for (; block; block = block->NextBlock) {
		m = (PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST)block;
		handle = block->OffloadHandle;
		m->MiniportOffloadContext = handle ?
			&handle->MiniportOffloadContext : NULL;
		m->NdisOffloadHandle = block->ProtocolReserved[1];
		to_miniport(block->DependentBlockList);
	}
}

#define STATE(name, function, done) \
	static VOID name(NDIS_HANDLE context, \
			 PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree) \
	{ \
		struct over *over = context; \
		\
		to_protocol(tree); \
		function(over->binding, \
			 (PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST)tree); \
	} \
	static VOID name##_done(NDIS_HANDLE context, \
				PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree) \
	{ \
		struct over *over = context; \
		struct chim_attach *attach = over->attach; \
		\
		to_miniport(tree); \
		attach->ndis->done(attach->NdisMiniportDriverHandle, \
				   (PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST)tree); \
	}

STATE(initiate, NdisInitiateOffload, NdisMInitiateOffloadComplete)
STATE(query, NdisQueryOffloadState, NdisMQueryOffloadStateComplete)
STATE(update, NdisUpdateOffload, NdisMUpdateOffloadComplete)
STATE(invalidate, NdisInvalidateOffload, NdisMInvalidateOffloadComplete)
STATE(terminate, NdisTerminateOffload, NdisMTerminateOffloadComplete)

static VOID offload_event(NDIS_HANDLE context,
			  PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST block, ULONG code)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST m = (void *)block;
	PNDIS_OFFLOAD_HANDLE handle = block->OffloadHandle;
	struct over *over = context;
	struct chim_attach *attach = over->attach;

	m->NdisOffloadHandle = object_of(handle);
	attach->ndis->NdisMOffloadEventIndicate(attach->NdisMiniportDriverHandle,
						m, code);
	block->OffloadHandle = handle;
}

/* --- I/O --------------------------------------------------------------------- */

#define IO(name, function, done) \
	static NDIS_STATUS name(NDIS_HANDLE context, PVOID object, \
				PNET_BUFFER_LIST list) \
	{ \
		struct over *over = context; \
		\
		return function(over->binding, handle_at(object), list); \
	} \
	static VOID name##_done(NDIS_HANDLE context, PNET_BUFFER_LIST list) \
	{ \
		struct over *over = context; \
		\
		over->events.done(over->attach->NdisMiniportDriverHandle, \
				  list); \
	}

IO(send, NdisOffloadTcpSend, NdisTcpOffloadSendComplete)
IO(receive, NdisOffloadTcpReceive, NdisTcpOffloadReceiveComplete)
IO(forward, NdisOffloadTcpForward, NdisTcpOffloadForwardComplete)

static NDIS_STATUS disconnect(NDIS_HANDLE context, PVOID object,
			      PNET_BUFFER_LIST list, ULONG flags)
{
	struct over *over = context;

	return NdisOffloadTcpDisconnect(over->binding, handle_at(object), list,
					flags);
}

static VOID disconnect_done(NDIS_HANDLE context, PNET_BUFFER_LIST list)
{
	struct over *over = context;

	over->events.NdisTcpOffloadDisconnectComplete(over->attach->NdisMiniportDriverHandle,
						      list);
}

static NDIS_STATUS give_back(NDIS_HANDLE context, PNET_BUFFER_LIST list)
{
	struct over *over = context;

	return NdisOffloadTcpReceiveReturn(over->binding, list);
}

/*
 * An indication has no context but the object's. The clients of this are one
 * module with one table, so that of the last to attach is that of all.
 */
static const NDIS_TCP_OFFLOAD_EVENT_HANDLERS *client_events;

static VOID event(PVOID handle, ULONG type, ULONG info)
{
	client_events->NdisTcpOffloadEventHandler(object_of(handle), type, info);
}

static NDIS_STATUS indicate(PVOID handle, PNET_BUFFER_LIST list,
			    NDIS_STATUS status, PULONG consumed)
{
	return client_events->NdisTcpOffloadReceiveHandler(object_of(handle),
							   list, status,
							   consumed);
}

/* --- requests and status --------------------------------------------------------- */

NDIS_STATUS chimc_over_oid_request(NDIS_HANDLE context,
				   PNDIS_OID_REQUEST request)
{
	struct over *over = context;

	return NdisOidRequest(over->binding, request);
}
EXPORT_SYMBOL_GPL(chimc_over_oid_request);

static VOID oid_done(NDIS_HANDLE context, PNDIS_OID_REQUEST request,
		     NDIS_STATUS status)
{
	struct over *over = context;
	struct chim_attach *attach = over->attach;

	attach->ndis->NdisMOidRequestComplete(attach->MiniportAdapterHandle,
					      request, status);
}

static VOID on_status(NDIS_HANDLE context, PNDIS_STATUS_INDICATION indication)
{
	struct over *over = context;
	struct chim_attach *attach = over->attach;

	attach->ndis->NdisMIndicateStatusEx(attach->MiniportAdapterHandle,
					    indication);
}

/* --- the protocol -------------------------------------------------------------------- */

static NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS client = {
	.Header.Revision =
		NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(client),
	.InitiateOffloadCompleteHandler = initiate_done,
	.TerminateOffloadCompleteHandler = terminate_done,
	.UpdateOffloadCompleteHandler = update_done,
	.InvalidateOffloadCompleteHandler = invalidate_done,
	.QueryOffloadCompleteHandler = query_done,
	.IndicateOffloadEventHandler = offload_event,
};

static NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS client_tcp = {
	.Header.Revision =
		NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(client_tcp),
	.OffloadType = NdisTcpChimneyOffload,
	.TcpOffloadSendCompleteHandler = send_done,
	.TcpOffloadReceiveCompleteHandler = receive_done,
	.TcpOffloadDisconnectCompleteHandler = disconnect_done,
	.TcpOffloadForwardCompleteHandler = forward_done,
	.TcpOffloadEventHandler = event,
	.TcpOffloadReceiveIndicateHandler = indicate,
};

static NDIS_STATUS set_options(NDIS_HANDLE handle, NDIS_HANDLE context)
{
	NDIS_STATUS status = NdisSetOptionalHandlers(handle, &client.Header);

	return status ?: NdisSetOptionalHandlers(handle, &client_tcp.Header);
}

static NDIS_STATUS bind_adapter(NDIS_HANDLE driver, NDIS_HANDLE context,
				PNDIS_BIND_PARAMETERS parameters)
{
	return NDIS_STATUS_NOT_SUPPORTED;
}

static NDIS_STATUS unbind_adapter(NDIS_HANDLE handle, NDIS_HANDLE context)
{
	return NdisCloseAdapterEx(handle);
}

static NDIS_STATUS register_protocol(struct over *over)
{
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS c = {
		.Header.Type = NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,
		.Header.Revision =
			NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1,
		.Header.Size = sizeof(c),
		.MajorNdisVersion = 6,
		.Name = NDIS_STRING_CONST("over"),
		.SetOptionsHandler = set_options,
		.BindAdapterHandlerEx = bind_adapter,
		.UnbindAdapterHandlerEx = unbind_adapter,
		.OidRequestCompleteHandler = oid_done,
		.StatusHandlerEx = on_status,
	};

	return NdisRegisterProtocolDriver(over, &c, &over->protocol);
}

/* "im." for each intermediate driver, and the name of the device. */
static int name_of(struct net *net, int ifindex, unsigned int depth, WCHAR *name)
{
	struct net_device *dev = dev_get_by_index(net, ifindex);
	char text[NAME_MAX_CHARS] = "";
	unsigned int i;

	if (!dev)
		return -ENODEV;
	for (i = 0; i < depth; i++)
		strlcat(text, "im.", sizeof(text));
	strlcat(text, dev->name, sizeof(text));
	dev_put(dev);
	for (i = 0; i < NAME_MAX_CHARS; i++)
		name[i] = text[i];
	return 0;
}

static NDIS_STATUS open_adapter(struct over *over, const WCHAR *name)
{
	NDIS_STRING string;
	NDIS_OPEN_PARAMETERS p = {
		.Header.Type = NDIS_OBJECT_TYPE_OPEN_PARAMETERS,
		.Header.Revision = NDIS_OPEN_PARAMETERS_REVISION_1,
		.Header.Size = sizeof(p),
		.AdapterName = &string,
	};

	NdisInitUnicodeString(&string, name);
	return NdisOpenAdapterEx(over->protocol, over, &p, NULL, &over->binding);
}

static NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS generic = {
	.Header.Type =
		NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS,
	.InitiateOffloadHandler = initiate,
	.TerminateOffloadHandler = terminate,
	.UpdateOffloadHandler = update,
	.InvalidateOffloadHandler = invalidate,
	.QueryOffloadHandler = query,
};

static NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS tcp = {
	.Header.Type = NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_CHARACTERISTICS,
	.OffloadType = NdisTcpChimneyOffload,
	.TcpOffloadSendHandler = send,
	.TcpOffloadReceiveHandler = receive,
	.TcpOffloadDisconnectHandler = disconnect,
	.TcpOffloadForwardHandler = forward,
	.TcpOffloadReceiveReturnHandler = give_back,
};

static void exchange(struct over *over)
{
	struct chim_attach *attach = over->attach;
	PNDIS_OFFLOAD_EVENT_HANDLERS handlers = NULL;

	attach->ndis->NdisSetOptionalHandlers(attach->NdisMiniportDriverHandle,
					      &generic.Header);
	attach->ndis->NdisSetOptionalHandlers(attach->NdisMiniportDriverHandle,
					      &tcp.Header);
	attach->ndis->NdisMGetOffloadHandlers(attach->MiniportAdapterHandle,
					      NdisTcpChimneyOffload, &handlers);
	client_events = (const NDIS_TCP_OFFLOAD_EVENT_HANDLERS *)handlers;
	over->events = *client_events;
}

/**
 * chimc_over_attach() - as chim_attach(), with others in between
 * @net: namespace
 * @ifindex: of the device
 * @depth: intermediate drivers, which are linked to it already
 * @attach: who attaches
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV, -ENOMEM, -EOPNOTSUPP.
 */
int chimc_over_attach(struct net *net, int ifindex, unsigned int depth,
		      struct chim_attach *attach)
{
	struct over *over = kzalloc(sizeof(*over), GFP_KERNEL);
	WCHAR name[NAME_MAX_CHARS];
	int err;

	if (!over)
		return -ENOMEM;
	over->attach = attach;
	err = name_of(net, ifindex, depth, name);
	if (err)
		goto free_over;
	exchange(over);
	err = -EOPNOTSUPP;
	if (register_protocol(over) != NDIS_STATUS_SUCCESS)
		goto free_over;
	err = -ENODEV;
	if (open_adapter(over, name) != NDIS_STATUS_SUCCESS)
		goto deregister;
	attach->MiniportAdapterContext = over;
	return 0;

deregister:
	NdisDeregisterProtocolDriver(over->protocol);
free_over:
	kfree(over);
	return err;
}
EXPORT_SYMBOL_GPL(chimc_over_attach);

/**
 * chimc_over_detach() - undo chimc_over_attach()
 * @attach: as given there
 *
 * Context: process, may sleep.
 */
void chimc_over_detach(struct chim_attach *attach)
{
	struct over *over = attach->MiniportAdapterContext;

	NdisDeregisterProtocolDriver(over->protocol);
	attach->MiniportAdapterContext = NULL;
	kfree(over);
}
EXPORT_SYMBOL_GPL(chimc_over_detach);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("The reference client over chimney_ndis");
