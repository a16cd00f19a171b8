// SPDX-License-Identifier: GPL-2.0
/* Drivers of chimney_ndis: registration, binding, links, OIDs; several at once. */
#include "lists.h"
#include "ndis_host.h"
#include "ndis_im.h"
#include "ndis_target.h"
#include "probe.h"

#include "ndis_shim/binding.h"
#include "ndis_shim/link.h"
#include "ndis_shim/misuse.h"

#include <net/net_namespace.h>

/* --- registration --------------------------------------------------------------- */

static NDIS_STATUS init_refuses(NDIS_HANDLE handle, NDIS_HANDLE context,
				PNDIS_MINIPORT_INIT_PARAMETERS parameters)
{
	return NDIS_STATUS_RESOURCES;
}

static VOID no_halt(NDIS_HANDLE context, NDIS_HALT_ACTION action)
{
}

static NDIS_STATUS (*on_options)(NDIS_HANDLE handle);

static NDIS_STATUS set_options(NDIS_HANDLE handle, NDIS_HANDLE context)
{
	return on_options(handle);
}

static void good_miniport(NDIS_MINIPORT_DRIVER_CHARACTERISTICS *c)
{
	memset(c, 0, sizeof(*c));
	c->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
	c->Header.Revision = 1;
	c->Header.Size = sizeof(*c);
	c->MajorNdisVersion = 6;
	c->InitializeHandlerEx = init_refuses;
	c->HaltHandlerEx = no_halt;
}

static void unload(PDRIVER_OBJECT object)
{
}

static void ndis_driver_register_test(struct kunit *test)
{
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS c;
	DRIVER_OBJECT object = { };
	NDIS_STRING name = NDIS_STRING_CONST("x");
	NDIS_HANDLE handle;

	CHIM_COVERS(test, "REG-030");
	good_miniport(&c);
	c.MajorNdisVersion = 5;
	KUNIT_EXPECT_EQ(test, NdisMRegisterMiniportDriver(NULL, NULL, NULL, &c,
							  &handle),
			NDIS_STATUS_BAD_VERSION);
	good_miniport(&c);
	c.HaltHandlerEx = NULL;
	KUNIT_EXPECT_EQ(test, NdisMRegisterMiniportDriver(NULL, NULL, NULL, &c,
							  &handle),
			NDIS_STATUS_BAD_CHARACTERISTICS);
	good_miniport(&c);
	c.Header.Size--;
	KUNIT_EXPECT_EQ(test, NdisMRegisterMiniportDriver(NULL, NULL, NULL, &c,
							  &handle),
			NDIS_STATUS_BAD_CHARACTERISTICS);
	good_miniport(&c);
	c.UnloadHandler = unload;
	KUNIT_EXPECT_EQ(test, NdisMRegisterMiniportDriver(&object, NULL, NULL,
							  &c, &handle),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, object.DriverUnload == unload);
	/* What InitializeHandlerEx says. */
	KUNIT_EXPECT_EQ(test, NdisIMInitializeDeviceInstanceEx(handle, &name,
							       NULL),
			NDIS_STATUS_RESOURCES);
	KUNIT_EXPECT_EQ(test, NdisIMInitializeDeviceInstanceEx(handle, NULL,
							       NULL),
			NDIS_STATUS_INVALID_PARAMETER);
	NdisMDeregisterMiniportDriver(handle);
}

static NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS generic;
static NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS tcp;

static NDIS_STATUS options(NDIS_HANDLE handle)
{
	return NdisSetOptionalHandlers(handle, &generic.Header);
}

static NDIS_STATUS options_tcp(NDIS_HANDLE handle)
{
	return NdisSetOptionalHandlers(handle, &tcp.Header);
}

static NDIS_STATUS try_options(NDIS_STATUS (*fn)(NDIS_HANDLE handle))
{
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS c;
	NDIS_STATUS status;
	NDIS_HANDLE handle;

	on_options = fn;
	good_miniport(&c);
	c.SetOptionsHandler = set_options;
	status = NdisMRegisterMiniportDriver(NULL, NULL, NULL, &c, &handle);
	if (status == NDIS_STATUS_SUCCESS)
		NdisMDeregisterMiniportDriver(handle);
	return status;
}

static void ndis_driver_options_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	u64 late = chimn_misused(CHIMN_MISUSE_REGISTER);
	NDIS_HANDLE protocol;

	CHIM_COVERS(test, "REG-031 REG-032 REG-033 REG-034 REG-035 REG-036");
	CHIM_COVERS(test, "IMD-011 IMD-012 IMD-013");
	generic = fx->generic;
	tcp = fx->tcp;
	/* Neither Type nor Flags matter. */
	generic.Header.Type = 0;
	generic.Flags = ~0U;
	tcp.Header.Type = 0xff;
	tcp.Flags = ~0U;
	KUNIT_EXPECT_EQ(test, try_options(options), NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, try_options(options_tcp), NDIS_STATUS_SUCCESS);
	tcp.OffloadType = NdisIpsecChimneyOffload;
	KUNIT_EXPECT_EQ(test, try_options(options_tcp),
			NDIS_STATUS_NOT_SUPPORTED);
	tcp = fx->tcp;
	tcp.TcpOffloadForwardHandler = NULL;
	KUNIT_EXPECT_EQ(test, try_options(options_tcp),
			NDIS_STATUS_BAD_CHARACTERISTICS);
	generic.QueryOffloadHandler = NULL;
	KUNIT_EXPECT_EQ(test, try_options(options),
			NDIS_STATUS_BAD_CHARACTERISTICS);
	generic = fx->generic;
	generic.Header.Size++;
	KUNIT_EXPECT_EQ(test, try_options(options),
			NDIS_STATUS_BAD_CHARACTERISTICS);
	generic = fx->generic;
	generic.Header.Revision = 2;
	KUNIT_EXPECT_EQ(test, try_options(options),
			NDIS_STATUS_BAD_CHARACTERISTICS);
	/* Too late. */
	KUNIT_ASSERT_EQ(test, nd_register("late", true, &protocol),
			NDIS_STATUS_SUCCESS);
	generic = fx->generic;
	KUNIT_EXPECT_EQ(test, NdisSetOptionalHandlers(protocol, &generic.Header),
			NDIS_STATUS_INVALID_STATE);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_REGISTER), late + 1);
	NdisDeregisterProtocolDriver(protocol);
}

static void ndis_driver_handlers_test(struct kunit *test)
{
	struct nt nt = { .name = "nt0", .chimney = true };
	PNDIS_OFFLOAD_EVENT_HANDLERS handlers = NULL;

	CHIM_COVERS(test, "REG-050 REG-051 REG-052 D-73");
	KUNIT_ASSERT_EQ(test, nt_linux.load(&nt), NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, NdisMGetOffloadHandlers(nt.adapter,
						      NdisIpsecChimneyOffload,
						      &handlers),
			STATUS_NOT_SUPPORTED);
	KUNIT_EXPECT_NULL(test, handlers);
	KUNIT_EXPECT_EQ(test, NdisMGetOffloadHandlers(nt.driver,
						      NdisTcpChimneyOffload,
						      &handlers), STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, handlers->Header.Type, NDIS_OBJECT_TYPE_DEFAULT);
	KUNIT_EXPECT_EQ(test, handlers->Header.Revision,
			NDIS_TCP_OFFLOAD_EVENT_HANDLERS_REVISION_1);
	KUNIT_EXPECT_EQ(test, (size_t)handlers->Header.Size,
			sizeof(NDIS_TCP_OFFLOAD_EVENT_HANDLERS));
	nt_linux.unload(&nt);
}

/* --- no chimney -------------------------------------------------------------------- */

static NDIS_STATUS ask(struct fx *fx, NDIS_REQUEST_TYPE type, NDIS_OID oid)
{
	static u32 buffer[16];

	return fx_oid(fx, type, oid, buffer, sizeof(buffer));
}

static void ndis_driver_blocked_test(struct kunit *test)
{
	struct nt nt = { .name = "nt0", .answer = NDIS_STATUS_SUCCESS };
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx), *path = tb_path4(fx);
	struct tl *tl = tl_new(fx, 1, 0);

	CHIM_COVERS(test, "NDI-019 IMD-015 IMD-014");
	KUNIT_ASSERT_EQ(test, nt_linux.load(&nt), NDIS_STATUS_SUCCESS);
	nd_over(fx, "nt0", 0, false);
	tb_depend(neigh, path);
	fx_run(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_NOT_SUPPORTED);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_NOT_SUPPORTED);
	KUNIT_EXPECT_NULL(test, neigh->context);
	KUNIT_EXPECT_EQ(test, tl_post(fx, &neigh->context, CHIM_IO_SEND,
				      &tl->nbl), NDIS_STATUS_PENDING);
	KUNIT_EXPECT_EQ(test, tl->nbl.Status, NDIS_STATUS_NOT_SUPPORTED);
	KUNIT_EXPECT_EQ(test, nt.n_trees + nt.n_lists, 0);
	/* What the driver would say is not asked for. */
	KUNIT_EXPECT_EQ(test, ask(fx, NdisRequestQueryInformation,
				  OID_TCP_CONNECTION_OFFLOAD_HARDWARE_CAPABILITIES),
			NDIS_STATUS_NOT_SUPPORTED);
	KUNIT_EXPECT_EQ(test, ask(fx, NdisRequestQueryInformation,
				  OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG),
			NDIS_STATUS_NOT_SUPPORTED);
	KUNIT_EXPECT_NULL(test, nt.oid);
	/* All else is, a set above all. */
	KUNIT_EXPECT_EQ(test, ask(fx, NdisRequestSetInformation,
				  OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_NOT_NULL(test, nt.oid);
	nd_end(fx);
	nt_linux.unload(&nt);
}

/* An intermediate driver that lets no connection get round it. */
static void ndis_driver_barrier_test(struct kunit *test)
{
	struct nt nt = { .name = "nt0", .chimney = true };
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx);

	CHIM_COVERS(test, "IMD-016 NDI-019");
	KUNIT_ASSERT_EQ(test, nt_linux.load(&nt), NDIS_STATUS_SUCCESS);
	im_allow(false);
	nd_over(fx, "nt0", 1, false);
	nt.answer = NDIS_STATUS_SUCCESS;
	KUNIT_EXPECT_EQ(test, ask(fx, NdisRequestQueryInformation,
				  OID_TCP_TASK_OFFLOAD),
			NDIS_STATUS_NOT_SUPPORTED);
	KUNIT_EXPECT_NULL(test, nt.oid);
	KUNIT_EXPECT_EQ(test, ask(fx, NdisRequestSetInformation,
				  OID_TCP_TASK_OFFLOAD), NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_NOT_NULL(test, nt.oid);
	im_allow(true);
	fx_run(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_NOT_SUPPORTED);
	KUNIT_EXPECT_EQ(test, nt.n_trees, 0);
	nd_end(fx);
	nt_linux.unload(&nt);
}

/* --- OIDs ---------------------------------------------------------------------------- */

/* Through an intermediate driver, which makes a request of its own of it. */
static void ndis_driver_oid_test(struct kunit *test)
{
	struct nt nt = { .name = "nt0", .chimney = true };
	struct fx *fx = test->priv;
	NDIS_OID_REQUEST *request = kunit_kzalloc(test, sizeof(*request),
						  GFP_KERNEL);
	u64 unasked = chimn_misused(CHIMN_MISUSE_UNASKED);
	u64 busy = chimn_misused(CHIMN_MISUSE_BUSY);
	int oids = atomic_read(&fx->oids);

	CHIM_COVERS(test, "IMD-014");
	KUNIT_ASSERT_NOT_NULL(test, request);
	KUNIT_ASSERT_EQ(test, nt_linux.load(&nt), NDIS_STATUS_SUCCESS);
	nd_over(fx, "nt0", 1, false);
	request->RequestType = NdisRequestQueryInformation;
	request->DATA.QUERY_INFORMATION.Oid = OID_TCP4_OFFLOAD_STATS;
	nt.answer = NDIS_STATUS_SUCCESS;
	KUNIT_EXPECT_EQ(test, fx->oid_request(fx, request), NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, request->DATA.QUERY_INFORMATION.BytesWritten, 42U);
	nt.answer = NDIS_STATUS_PENDING;
	KUNIT_EXPECT_EQ(test, fx->oid_request(fx, request), NDIS_STATUS_PENDING);
	KUNIT_EXPECT_EQ(test, fx->oid_request(fx, request),
			NDIS_STATUS_INVALID_STATE);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_BUSY), busy + 1);
	nt.oid->DATA.QUERY_INFORMATION.BytesWritten = 17;
	nt_linux.answer(&nt, nt.oid, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->oids), oids + 1);
	KUNIT_EXPECT_EQ(test, (NDIS_STATUS)fx->log[0].a, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, request->DATA.QUERY_INFORMATION.BytesWritten, 17U);
	/* Nobody has asked. */
	nt_linux.answer(&nt, request, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_UNASKED), unasked + 1);
	nd_end(fx);
	nt_linux.unload(&nt);
}

/* --- several ---------------------------------------------------------------------------- */

/* Two host stacks on one intermediate driver: each gets what is its own. */
static void ndis_driver_two_hosts_test(struct kunit *test)
{
	struct nt nt = { .name = "nt0", .chimney = true, .hold = true };
	struct fx *fx = test->priv, *two = fx_second_client(fx);
	struct tl *a = tl_new(fx, 1, 0), *b = tl_new(two, 1, 0);
	struct tb *neigh = tb_neigh(fx), *other = tb_neigh(two);
	struct tb *conn;
	struct nd *nd;

	CHIM_COVERS(test, "IMD-075 NDI-017 NDI-016");
	KUNIT_ASSERT_EQ(test, nt_linux.load(&nt), NDIS_STATUS_SUCCESS);
	nd_over(fx, "nt0", 1, false);
	chim_detach(&two->attach);
	nd = kunit_kzalloc(test, sizeof(*nd), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, nd);
	nd_init(two, nd);
	two->generic = fx->generic;
	two->tcp = fx->tcp;
	two->attach.MiniportAdapterContext = two;
	KUNIT_ASSERT_EQ(test, nd_open(fx->ndis->protocol, two, "im.nt0",
				      &two->ndis->proto.binding), NDIS_STATUS_SUCCESS);
	fx_submit(fx, CHIM_INITIATE, neigh);
	fx_submit(two, CHIM_INITIATE, other);
	/* The other way round. */
	nt_linux.complete(nt.adapter, nt.trees[1], CHIMN_INITIATE);
	KUNIT_EXPECT_EQ(test, atomic_read(&two->completions[CHIM_INITIATE]), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[CHIM_INITIATE]), 0);
	nt_linux.complete(nt.adapter, nt.trees[0], CHIMN_INITIATE);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[CHIM_INITIATE]), 1);
	conn = neigh;
	tl_post(fx, &conn->context, CHIM_IO_DISCONNECT, &a->nbl);
	tl_post(two, &other->context, CHIM_IO_DISCONNECT, &b->nbl);
	/* In one list, as a miniport may. */
	a->nbl.Next = &b->nbl;
	nt_linux.complete_list(&nt, &a->nbl, CHIMN_DISCONNECT);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&two->ios), 1);
	nt_linux.event(&nt, nt.handles[1], TcpIndicateAbort, 0);
	KUNIT_EXPECT_EQ(test, pr_events(two, other, TcpIndicateAbort, 0), 1);
	KUNIT_EXPECT_EQ(test, pr_events(fx, neigh, TcpIndicateAbort, 0), 0);
	nt_linux.report(&nt, NDIS_STATUS_OFFLOAD_PAUSE);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_STATUS), 1);
	KUNIT_EXPECT_EQ(test, pr_calls(two, FX_STATUS), 1);
	NdisCloseAdapterEx(two->ndis->proto.binding);
	two->attach.MiniportAdapterContext = NULL;
	nt.hold = false;
	nd_end(fx);
	nt_linux.unload(&nt);
}

/* --- links ---------------------------------------------------------------------------------- */

static void ndis_driver_link_test(struct kunit *test)
{
	struct nt nt = { .name = "nt0", .chimney = true };
	struct net *net = &init_net;
	NDIS_HANDLE protocol, binding;

	CHIM_COVERS(test, "IMD-010");
	/* The links first, the wrong way round; the drivers later. */
	KUNIT_EXPECT_EQ(test, chimn_link_add(net, "passthru", "im.nt0"), 0);
	KUNIT_EXPECT_EQ(test, chimn_link_add(net, "passthru", "nt0"), 0);
	KUNIT_EXPECT_EQ(test, chimn_link_add(net, "passthru", "nt0"), -EEXIST);
	KUNIT_ASSERT_TRUE(test, im_load());
	KUNIT_ASSERT_EQ(test, nd_register("kunit", true, &protocol),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, nd_open(protocol, test, "im.im.nt0", &binding),
			NDIS_STATUS_ADAPTER_NOT_FOUND);
	KUNIT_ASSERT_EQ(test, nt_linux.load(&nt), NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, nd_open(protocol, test, "\\Device\\im.im.nt0",
				      &binding), NDIS_STATUS_SUCCESS);
	/* What goes takes along what stands on it. */
	KUNIT_EXPECT_EQ(test, chimn_link_remove(net, "passthru", "nt0"), 0);
	KUNIT_EXPECT_EQ(test, chimn_link_remove(net, "passthru", "nt0"), -ENOENT);
	KUNIT_EXPECT_EQ(test, nd_open(protocol, test, "im.nt0", &binding),
			NDIS_STATUS_ADAPTER_NOT_FOUND);
	KUNIT_EXPECT_EQ(test, nd_open(protocol, test, "nt0", &binding),
			NDIS_STATUS_SUCCESS);
	nt_linux.unload(&nt);
	KUNIT_EXPECT_EQ(test, NdisCloseAdapterEx(binding),
			NDIS_STATUS_INVALID_PARAMETER);
	im_unload();
	NdisDeregisterProtocolDriver(protocol);
	chimn_links_teardown();
}

static void exit_driver(struct kunit *test)
{
	struct fx *fx = test->priv;

	if (fx)
		nd_end(fx);
	fx_exit(test);
}

static struct kunit_case ndis_driver_cases[] = {
	KUNIT_CASE(ndis_driver_register_test),
	KUNIT_CASE(ndis_driver_options_test),
	KUNIT_CASE(ndis_driver_handlers_test),
	KUNIT_CASE(ndis_driver_blocked_test),
	KUNIT_CASE(ndis_driver_barrier_test),
	KUNIT_CASE(ndis_driver_oid_test),
	KUNIT_CASE(ndis_driver_two_hosts_test),
	KUNIT_CASE(ndis_driver_link_test),
	{}
};

static struct kunit_suite ndis_driver_suite = {
	.name = "chim_ndis_driver",
	.init = fx_init,
	.exit = exit_driver,
	.test_cases = ndis_driver_cases,
};

kunit_test_suite(ndis_driver_suite);
