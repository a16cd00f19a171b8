// SPDX-License-Identifier: GPL-2.0
/*
 * A protocol driver as a loader of Windows binaries would have it: it finds the NDIS
 * functions by name, and every function of its own is in the Windows calling
 * convention.
 */
#include "covers.h"
#include "ndis_msabi.h"
#include "ndis_target.h"

#include "ndis_shim/link.h"

#include <net/net_namespace.h>

/**
 * struct win - the driver, and the last call of each kind
 * @ms: the NDIS functions
 * @protocol: its handle
 * @binding: its binding
 * @object: the object it offloads
 * @block: that object's block
 * @request: its OID request
 * @calls: what was called, a letter each
 * @status: of the last OID request, or status code
 * @type: of the last event
 * @info: of the last event
 */
static struct win {
	struct ms_ndis ms;
	NDIS_HANDLE protocol;
	NDIS_HANDLE binding;
	NDIS_OFFLOAD_HANDLE object;
	NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST block;
	NDIS_OID_REQUEST request;
	char calls[32];
	NDIS_STATUS status;
	ULONG type;
	ULONG info;
} win;

/* A capital letter for a call with the wrong arguments. */
static void note(char what, bool good)
{
	win.calls[strlen(win.calls)] = good ? what : what - 'a' + 'A';
}

static void expect_calls(struct kunit *test, const char *calls)
{
	KUNIT_EXPECT_STREQ(test, win.calls, calls);
	memset(win.calls, 0, sizeof(win.calls));
}

#define DONE(name, letter) \
	static VOID CHIMN_MS name(NDIS_HANDLE context, \
				  PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree) \
	{ \
		note(letter, context == &win && tree == &win.block); \
	}

DONE(initiated, 'i')
DONE(queried, 'q')
DONE(updated, 'u')
DONE(invalidated, 'v')
DONE(terminated, 't')

#define IO_DONE(name, letter) \
	static VOID CHIMN_MS name(NDIS_HANDLE context, PNET_BUFFER_LIST list) \
	{ \
		note(letter, context == &win && list && !list->Next); \
	}

IO_DONE(sent, 's')
IO_DONE(received, 'r')
IO_DONE(disconnected, 'd')
IO_DONE(forwarded, 'f')

static VOID CHIMN_MS asked(NDIS_HANDLE context,
			   PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST block, ULONG code)
{
	note('a', context == &win && block->OffloadHandle == &win.object &&
	     code == NeighborReachabilityQuery);
}

static VOID CHIMN_MS event(PVOID object, ULONG type, ULONG info)
{
	note('e', object == &win.object);
	win.type = type;
	win.info = info;
}

static NDIS_STATUS CHIMN_MS indicated(PVOID object, PNET_BUFFER_LIST list,
				      NDIS_STATUS status, PULONG consumed)
{
	note('n', object == &win.object && list && status == NDIS_STATUS_SUCCESS);
	*consumed = 17;
	return NDIS_STATUS_OFFLOAD_DATA_PARTIALLY_ACCEPTED;
}

static VOID CHIMN_MS oid_done(NDIS_HANDLE context, PNDIS_OID_REQUEST request,
			      NDIS_STATUS status)
{
	note('o', context == &win && request == &win.request);
	win.status = status;
}

static VOID CHIMN_MS on_status(NDIS_HANDLE context,
			       PNDIS_STATUS_INDICATION indication)
{
	note('x', context == &win);
	win.status = indication->StatusCode;
}

static NDIS_STATUS CHIMN_MS bind_adapter(NDIS_HANDLE driver, NDIS_HANDLE context,
					 PNDIS_BIND_PARAMETERS parameters)
{
	NDIS_OPEN_PARAMETERS p = {
		.Header.Type = NDIS_OBJECT_TYPE_OPEN_PARAMETERS,
		.Header.Revision = NDIS_OPEN_PARAMETERS_REVISION_1,
		.Header.Size = sizeof(p),
		.AdapterName = parameters->AdapterName,
	};

	note('b', driver == &win.protocol);
	return win.ms.NdisOpenAdapterEx(win.protocol, &win, &p, context,
					&win.binding);
}

static NDIS_STATUS CHIMN_MS unbind_adapter(NDIS_HANDLE unbind, NDIS_HANDLE context)
{
	note('c', context == &win);
	return win.ms.NdisCloseAdapterEx(win.binding);
}

/* --- registration ------------------------------------------------------------- */

static NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS generic = {
	.Header.Revision =
		NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(generic),
	.InitiateOffloadCompleteHandler = (void *)initiated,
	.TerminateOffloadCompleteHandler = (void *)terminated,
	.UpdateOffloadCompleteHandler = (void *)updated,
	.InvalidateOffloadCompleteHandler = (void *)invalidated,
	.QueryOffloadCompleteHandler = (void *)queried,
	.IndicateOffloadEventHandler = (void *)asked,
};

static NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS tcp = {
	.Header.Revision =
		NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(tcp),
	.OffloadType = NdisTcpChimneyOffload,
	.TcpOffloadSendCompleteHandler = (void *)sent,
	.TcpOffloadReceiveCompleteHandler = (void *)received,
	.TcpOffloadDisconnectCompleteHandler = (void *)disconnected,
	.TcpOffloadForwardCompleteHandler = (void *)forwarded,
	.TcpOffloadEventHandler = (void *)event,
	.TcpOffloadReceiveIndicateHandler = (void *)indicated,
};

static NDIS_STATUS CHIMN_MS set_options(NDIS_HANDLE handle, NDIS_HANDLE context)
{
	NDIS_STATUS status;

	note('y', context == &win.protocol);
	status = win.ms.NdisSetOptionalHandlers(handle, &generic.Header);
	return status ?: win.ms.NdisSetOptionalHandlers(handle, &tcp.Header);
}

static void register_win(struct kunit *test)
{
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS c = {
		.Header.Type = NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,
		.Header.Revision =
			NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1,
		.Header.Size = sizeof(c),
		.MajorNdisVersion = 6,
		.Name = NDIS_STRING_CONST("win"),
		.SetOptionsHandler = (void *)set_options,
		.BindAdapterHandlerEx = (void *)bind_adapter,
		.UnbindAdapterHandlerEx = (void *)unbind_adapter,
		.OidRequestCompleteHandler = (void *)oid_done,
		.StatusHandlerEx = (void *)on_status,
	};

	KUNIT_ASSERT_TRUE(test, ms_resolve(&win.ms));
	KUNIT_ASSERT_EQ(test, win.ms.NdisRegisterProtocolDriver(&win.protocol, &c,
								&win.protocol),
			NDIS_STATUS_SUCCESS);
}

/* --- what it asks for -------------------------------------------------------------- */

static void fill_block(void)
{
	memset(&win.block, 0, sizeof(win.block));
	win.block.Header.Type = NeighborOffloadState;
	win.block.Header.Revision = NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST_REVISION_1;
	win.block.Header.Size = sizeof(win.block);
	win.block.OffloadHandle = &win.object;
}

static void ask_for_state(struct kunit *test)
{
	fill_block();
	win.ms.NdisInitiateOffload(win.binding, &win.block);
	KUNIT_EXPECT_NOT_NULL(test, win.object.MiniportOffloadContext);
	fill_block();
	win.ms.NdisQueryOffloadState(win.binding, &win.block);
	fill_block();
	win.ms.NdisUpdateOffload(win.binding, &win.block);
	fill_block();
	win.ms.NdisInvalidateOffload(win.binding, &win.block);
	expect_calls(test, "iquv");
}

static void ask_for_io(struct kunit *test)
{
	NET_BUFFER_LIST_POOL_PARAMETERS p = {
		.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
		.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
		.fAllocateNetBuffer = TRUE,
	};
	NDIS_HANDLE pool = win.ms.NdisAllocateNetBufferListPool(NULL, &p);
	PNET_BUFFER_LIST list = win.ms.NdisAllocateNetBufferList(pool, 0, 0);

	KUNIT_ASSERT_NOT_NULL(test, list);
	KUNIT_EXPECT_EQ(test, win.ms.NdisOffloadTcpSend(win.binding, &win.object,
							list),
			NDIS_STATUS_PENDING);
	KUNIT_EXPECT_EQ(test, win.ms.NdisOffloadTcpReceive(win.binding,
							   &win.object, list),
			NDIS_STATUS_PENDING);
	KUNIT_EXPECT_EQ(test, win.ms.NdisOffloadTcpForward(win.binding,
							   &win.object, list),
			NDIS_STATUS_PENDING);
	KUNIT_EXPECT_EQ(test, win.ms.NdisOffloadTcpDisconnect(win.binding,
							      &win.object, list, 1),
			NDIS_STATUS_PENDING);
	expect_calls(test, "srfd");
	win.ms.NdisFreeNetBufferList(list);
	win.ms.NdisFreeNetBufferListPool(pool);
}

/* --- what it is told ----------------------------------------------------------------- */

static void be_told(struct kunit *test, const struct nt_ops *ops, struct nt *nt)
{
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST block = {
		.NdisOffloadHandle = nt->handles[0],
	};
	NET_BUFFER_LIST list = { };
	ULONG consumed = 0;

	ops->event(nt, nt->handles[0], TcpIndicateRetrieve, LowActivity);
	KUNIT_EXPECT_EQ(test, win.type, (ULONG)TcpIndicateRetrieve);
	KUNIT_EXPECT_EQ(test, win.info, (ULONG)LowActivity);
	KUNIT_EXPECT_EQ(test, ops->receive(nt, nt->handles[0], &list, &consumed),
			NDIS_STATUS_OFFLOAD_DATA_PARTIALLY_ACCEPTED);
	KUNIT_EXPECT_EQ(test, consumed, 17U);
	KUNIT_EXPECT_EQ(test, win.ms.NdisOffloadTcpReceiveReturn(win.binding, &list),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, nt->returned, &list);
	ops->ask(nt, &block);
	ops->report(nt, NDIS_STATUS_UPLOAD_ALL);
	KUNIT_EXPECT_EQ(test, win.status, NDIS_STATUS_UPLOAD_ALL);
	expect_calls(test, "enax");
	nt->answer = NDIS_STATUS_PENDING;
	win.request.RequestType = NdisRequestQueryInformation;
	KUNIT_EXPECT_EQ(test, win.ms.NdisOidRequest(win.binding, &win.request),
			NDIS_STATUS_PENDING);
	ops->answer(nt, nt->oid, NDIS_STATUS_RESOURCES);
	KUNIT_EXPECT_EQ(test, win.status, NDIS_STATUS_RESOURCES);
	expect_calls(test, "o");
}

static void over_target(struct kunit *test, const struct nt_ops *ops)
{
	struct nt nt = { .name = "nt0", .chimney = true };

	if (!IS_ENABLED(CONFIG_X86_64))
		kunit_skip(test, "no such binaries on this machine");
	memset(&win, 0, sizeof(win));
	KUNIT_ASSERT_EQ(test, ops->load(&nt), NDIS_STATUS_SUCCESS);
	register_win(test);
	KUNIT_ASSERT_EQ(test, chimn_link_add(&init_net, "win", "nt0"), 0);
	expect_calls(test, "yb");
	ask_for_state(test);
	ask_for_io(test);
	be_told(test, ops, &nt);
	fill_block();
	win.ms.NdisTerminateOffload(win.binding, &win.block);
	expect_calls(test, "t");
	KUNIT_EXPECT_EQ(test, chimn_link_remove(&init_net, "win", "nt0"), 0);
	expect_calls(test, "c");
	win.ms.NdisDeregisterProtocolDriver(win.protocol);
	ops->unload(&nt);
}

static void ndis_windows_linux_test(struct kunit *test)
{
	CHIM_COVERS(test, "NDI-010 NDI-015 NDI-016 NDI-018");
	over_target(test, &nt_linux);
}

static void ndis_windows_windows_test(struct kunit *test)
{
	CHIM_COVERS(test, "NDI-010 NDI-015 NDI-016 NDI-018");
	over_target(test, &nt_windows);
}

static struct kunit_case ndis_windows_cases[] = {
	KUNIT_CASE(ndis_windows_linux_test),
	KUNIT_CASE(ndis_windows_windows_test),
	{}
};

static struct kunit_suite ndis_windows_suite = {
	.name = "chim_ndis_windows",
	.test_cases = ndis_windows_cases,
};

kunit_test_suite(ndis_windows_suite);
