// SPDX-License-Identifier: GPL-2.0
/* The client of a fixture as a protocol driver of chimney_ndis. */
#include "ndis_host.h"

#include "ndis_im.h"
#include "ndis_shim/link.h"
#include "ndis_shim/name.h"
#include "ndis_shim/wait.h"

#include "../tools/testing/client/protocol.h"

#include <linux/jiffies.h>
#include <linux/sched.h>
#include <net/net_namespace.h>

PNDIS_OFFLOAD_HANDLE nd_handle(struct tb *tb)
{
	return (PNDIS_OFFLOAD_HANDLE)&tb->reserved;
}

static struct proto *proto_of(NDIS_HANDLE context)
{
	struct fx *fx = context;

	return &fx->ndis->proto;
}

/* The handle is a part of the block. */
static NDIS_HANDLE proto_object(PNDIS_OFFLOAD_HANDLE handle)
{
	return container_of((PVOID *)handle, struct tb, reserved);
}

static void proto_note(PNDIS_OFFLOAD_HANDLE handle, NDIS_HANDLE object)
{
}

/* --- indications, requests and status ------------------------------------------- */

static VOID event(PVOID object, ULONG type, ULONG info)
{
	fx_events.NdisTcpOffloadEventHandler(proto_object(object), type, info);
}

static NDIS_STATUS indicate(PVOID object, PNET_BUFFER_LIST list,
			    NDIS_STATUS status, PULONG consumed)
{
	return fx_events.NdisTcpOffloadReceiveHandler(proto_object(object), list,
						      status, consumed);
}

static NDIS_STATUS oid_request(NDIS_HANDLE context, PNDIS_OID_REQUEST request)
{
	struct fx *fx = context;

	return NdisOidRequest(fx->ndis->proto.binding, request);
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

NDIS_STATUS nd_register(const char *name, bool offloads, NDIS_HANDLE *protocol)
{
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS c = {
		.Header.Type = NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,
		.Header.Revision =
			NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1,
		.Header.Size = sizeof(c),
		.MajorNdisVersion = 6,
		.SetOptionsHandler = offloads ? proto_set_options : NULL,
		.BindAdapterHandlerEx = proto_bind,
		.UnbindAdapterHandlerEx = proto_unbind,
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

void nd_init(struct fx *fx, struct nd *nd)
{
	nd->proto.attach = &fx->attach;
	nd->proto.events = &fx_events;
	fx->ndis = nd;
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
	nd_init(fx, nd);
	KUNIT_ASSERT_TRUE(test, im_load());
	strscpy(at, name, sizeof(at));
	for (i = 0; i < depth; i++) {
		chimn_link_add(&init_net, "passthru", at);
		memmove(at + 3, at, strlen(at) + 1);
		memcpy(at, "im.", 3);
	}
	KUNIT_ASSERT_EQ(test, nd_register("kunit", true, &nd->protocol),
			NDIS_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, nd_open(nd->protocol, fx, at, &nd->proto.binding),
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

/* --- what is waited for ----------------------------------------------------------- */

static unsigned long wait_max;

void nd_impatient(void)
{
	wait_max = chimn_wait_max;
	WRITE_ONCE(chimn_wait_max, 1);
}

void nd_patient(void)
{
	if (wait_max)
		WRITE_ONCE(chimn_wait_max, wait_max);
	wait_max = 0;
}

bool nd_hear(void)
{
	/* A limit for what hangs, never a measure. */
	unsigned long end = jiffies + 60 * HZ;
	u64 said = chimn_waits();

	while (chimn_waits() == said && time_before(jiffies, end))
		cond_resched();
	return chimn_waits() != said;
}
