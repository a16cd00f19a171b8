// SPDX-License-Identifier: GPL-2.0
/* The client of a fixture as a protocol driver of chimney_ndis. */
#include "ndis_host.h"

#include "ndis_im.h"
#include "ndis_shim/link.h"
#include "ndis_shim/name.h"

#include <net/net_namespace.h>

PNDIS_OFFLOAD_HANDLE nd_handle(struct tb *tb)
{
	return (PNDIS_OFFLOAD_HANDLE)&tb->reserved;
}

/* --- trees ------------------------------------------------------------------ */

/* Blocks of the fixture are in miniport form; what that loses is kept. */
static void to_protocol(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST p;
	PVOID *context;

	for (; block; block = block->NextBlock) {
		p = (PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST)block;
		context = block->MiniportOffloadContext;
		block->ProtocolReserved[1] = block->NdisOffloadHandle;
		p->OffloadHandle = !context ? NULL :
			CONTAINING_RECORD(context, NDIS_OFFLOAD_HANDLE,
					  MiniportOffloadContext);
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
		struct fx *fx = context; \
		\
		to_protocol(tree); \
		function(fx->ndis->binding, \
			 (PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST)tree); \
	} \
	static VOID name##_done(NDIS_HANDLE context, \
				PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree) \
	{ \
		struct fx *fx = context; \
		\
		fx->ndis->context = context; \
		to_miniport(tree); \
		fx_ndis.done(FX_DRIVER_HANDLE, \
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
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST *m = (void *)block;
	PNDIS_OFFLOAD_HANDLE handle = block->OffloadHandle;

	m->NdisOffloadHandle = container_of((PVOID *)handle, struct tb,
					    reserved);
	fx_ndis.NdisMOffloadEventIndicate(FX_DRIVER_HANDLE, m, code);
	block->OffloadHandle = handle;
}

/* --- I/O --------------------------------------------------------------------- */

static PNDIS_OFFLOAD_HANDLE handle_at(PVOID context)
{
	return CONTAINING_RECORD(context, NDIS_OFFLOAD_HANDLE,
				 MiniportOffloadContext);
}

#define IO(name, function, done) \
	static NDIS_STATUS name(NDIS_HANDLE context, PVOID object, \
				PNET_BUFFER_LIST list) \
	{ \
		struct fx *fx = context; \
		\
		return function(fx->ndis->binding, handle_at(object), list); \
	} \
	static VOID name##_done(NDIS_HANDLE context, PNET_BUFFER_LIST list) \
	{ \
		struct fx *fx = context; \
		\
		fx->ndis->context = context; \
		fx_events.done(FX_DRIVER_HANDLE, list); \
	}

IO(send, NdisOffloadTcpSend, NdisTcpOffloadSendComplete)
IO(receive, NdisOffloadTcpReceive, NdisTcpOffloadReceiveComplete)
IO(forward, NdisOffloadTcpForward, NdisTcpOffloadForwardComplete)

static NDIS_STATUS disconnect(NDIS_HANDLE context, PVOID object,
			      PNET_BUFFER_LIST list, ULONG flags)
{
	struct fx *fx = context;

	return NdisOffloadTcpDisconnect(fx->ndis->binding, handle_at(object),
					list, flags);
}

static VOID disconnect_done(NDIS_HANDLE context, PNET_BUFFER_LIST list)
{
	struct fx *fx = context;

	fx->ndis->context = context;
	fx_events.NdisTcpOffloadDisconnectComplete(FX_DRIVER_HANDLE, list);
}

static NDIS_STATUS give_back(NDIS_HANDLE context, PNET_BUFFER_LIST list)
{
	struct fx *fx = context;

	return NdisOffloadTcpReceiveReturn(fx->ndis->binding, list);
}

static struct tb *tb_of(PVOID object)
{
	return container_of((PVOID *)object, struct tb, reserved);
}

static VOID event(PVOID object, ULONG type, ULONG info)
{
	fx_events.NdisTcpOffloadEventHandler(tb_of(object), type, info);
}

static NDIS_STATUS indicate(PVOID object, PNET_BUFFER_LIST list,
			    NDIS_STATUS status, PULONG consumed)
{
	return fx_events.NdisTcpOffloadReceiveHandler(tb_of(object), list,
						      status, consumed);
}

static NDIS_STATUS oid_request(NDIS_HANDLE context, PNDIS_OID_REQUEST request)
{
	struct fx *fx = context;

	return NdisOidRequest(fx->ndis->binding, request);
}

static VOID oid_done(NDIS_HANDLE context, PNDIS_OID_REQUEST request,
		     NDIS_STATUS status)
{
	fx_ndis.NdisMOidRequestComplete(context, request, status);
}

static VOID on_status(NDIS_HANDLE context, PNDIS_STATUS_INDICATION indication)
{
	struct fx *fx = context;

	fx->ndis->status_source = indication->SourceHandle;
	fx_ndis.NdisMIndicateStatusEx(fx, indication);
}

/* --- the protocol --------------------------------------------------------------- */

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
	NDIS_STATUS status;

	status = NdisSetOptionalHandlers(handle, &client.Header);
	if (status != NDIS_STATUS_SUCCESS)
		return status;
	return NdisSetOptionalHandlers(handle, &client_tcp.Header);
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

NDIS_STATUS nd_register(const char *name, bool offloads, NDIS_HANDLE *protocol)
{
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS c = {
		.Header.Type = NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,
		.Header.Revision =
			NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1,
		.Header.Size = sizeof(c),
		.MajorNdisVersion = 6,
		.SetOptionsHandler = offloads ? set_options : NULL,
		.BindAdapterHandlerEx = bind_adapter,
		.UnbindAdapterHandlerEx = unbind_adapter,
		.OidRequestCompleteHandler = oid_done,
		.StatusHandlerEx = on_status,
	};
	struct chimn_wide wide;

	chimn_name_write(&wide, name);
	c.Name = wide.string;
	return NdisRegisterProtocolDriver(NULL, &c, protocol);
}

NDIS_STATUS nd_open(NDIS_HANDLE protocol, NDIS_HANDLE context, const char *name,
		    NDIS_HANDLE *binding)
{
	struct chimn_wide wide;
	NDIS_OPEN_PARAMETERS p = {
		.Header.Type = NDIS_OBJECT_TYPE_OPEN_PARAMETERS,
		.Header.Revision = NDIS_OPEN_PARAMETERS_REVISION_1,
		.Header.Size = sizeof(p),
		.AdapterName = &wide.string,
	};

	chimn_name_write(&wide, name);
	return NdisOpenAdapterEx(protocol, context, &p, NULL, binding);
}

static u64 resolve(struct fx *fx, PVOID context)
{
	unsigned int i;

	for (i = 0; i < fx->ndis->depth; i++)
		context = im_context(context);
	return (u64)context;
}

static void set_handlers(struct fx *fx)
{
	fx->generic.InitiateOffloadHandler = initiate;
	fx->generic.QueryOffloadHandler = query;
	fx->generic.UpdateOffloadHandler = update;
	fx->generic.InvalidateOffloadHandler = invalidate;
	fx->generic.TerminateOffloadHandler = terminate;
	fx->tcp.TcpOffloadSendHandler = send;
	fx->tcp.TcpOffloadReceiveHandler = receive;
	fx->tcp.TcpOffloadDisconnectHandler = disconnect;
	fx->tcp.TcpOffloadForwardHandler = forward;
	fx->tcp.TcpOffloadReceiveReturnHandler = give_back;
	fx->oid_request = oid_request;
	fx->resolve = resolve;
	fx->attach.MiniportAdapterContext = fx;
}

void nd_over(struct fx *fx, const char *name, unsigned int depth, bool enable)
{
	struct kunit *test = fx->test;
	char at[CHIMN_NAME_MAX] = "";
	struct nd *nd;
	unsigned int i;

	if (!fx->ndis && fx->attach.MiniportAdapterContext)
		chim_detach(&fx->attach);
	nd = kunit_kzalloc(test, sizeof(*nd), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, nd);
	nd->depth = depth;
	fx->ndis = nd;
	KUNIT_ASSERT_TRUE(test, im_load());
	strscpy(at, name, sizeof(at));
	for (i = 0; i < depth; i++) {
		chimn_link_add(&init_net, "passthru", at);
		memmove(at + 3, at, strlen(at) + 1);
		memcpy(at, "im.", 3);
	}
	KUNIT_ASSERT_EQ(test, nd_register("kunit", true, &nd->protocol),
			NDIS_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, nd_open(nd->protocol, fx, at, &nd->binding),
			NDIS_STATUS_SUCCESS);
	set_handlers(fx);
	if (enable)
		fx_enable(fx, true, true, true);
	fx->logged = 0;
}

void nd_end(struct fx *fx)
{
	struct nd *nd = fx->ndis;

	if (!nd)
		return;
	fx->attach.MiniportAdapterContext = NULL;
	if (nd->protocol)
		NdisDeregisterProtocolDriver(nd->protocol);
	im_unload();
	chimn_links_teardown();
	fx->ndis = NULL;
	fx->resolve = NULL;
	fx->oid_request = chim_oid_request;
}
