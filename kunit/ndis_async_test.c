// SPDX-License-Identifier: GPL-2.0
/* What drivers may do later: bind, unbind, restart and pause. */
#include "ndis_host.h"
#include "ndis_target.h"

#include "ndis_shim/link.h"
#include "ndis_shim/misuse.h"

#include <linux/completion.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

/**
 * struct as - a protocol driver that is slow, and what was called
 * @test: the test
 * @protocol: its handle
 * @binding: of its one binding
 * @bind_status: what BindAdapterHandlerEx returns
 * @unbind_status: what UnbindAdapterHandlerEx returns; if it is not
 *	NDIS_STATUS_PENDING, the adapter is closed before
 * @inside: complete from within UnbindAdapterHandlerEx
 * @bind_context: of the last bind
 * @unbind_context: of the last unbind
 * @binds: calls of BindAdapterHandlerEx
 * @unbinds: calls of UnbindAdapterHandlerEx
 * @moved: calls of functions that must not be called
 * @told: to unbind
 */
struct as {
	struct kunit *test;
	NDIS_HANDLE protocol;
	NDIS_HANDLE binding;
	NDIS_STATUS bind_status;
	NDIS_STATUS unbind_status;
	bool inside;
	NDIS_HANDLE bind_context;
	NDIS_HANDLE unbind_context;
	int binds;
	int unbinds;
	int moved;
	struct completion told;
};

static NDIS_STATUS bind_adapter(NDIS_HANDLE driver, NDIS_HANDLE context,
				PNDIS_BIND_PARAMETERS parameters)
{
	NDIS_OPEN_PARAMETERS p = {
		.Header.Type = NDIS_OBJECT_TYPE_OPEN_PARAMETERS,
		.Header.Revision = NDIS_OPEN_PARAMETERS_REVISION_1,
		.Header.Size = sizeof(p),
		.AdapterName = parameters->AdapterName,
	};
	struct as *as = driver;

	as->binds++;
	as->bind_context = context;
	if (as->bind_status == NDIS_STATUS_SUCCESS ||
	    as->bind_status == NDIS_STATUS_PENDING)
		KUNIT_EXPECT_EQ(as->test, NdisOpenAdapterEx(as->protocol, as, &p,
							    context, &as->binding),
				NDIS_STATUS_SUCCESS);
	return as->bind_status;
}

static NDIS_STATUS unbind_adapter(NDIS_HANDLE unbind, NDIS_HANDLE context)
{
	struct as *as = context;

	as->unbinds++;
	/* Who has opened that one closes it, too. */
	if (!as->test)
		return NDIS_STATUS_SUCCESS;
	as->unbind_context = unbind;
	if (as->unbind_status != NDIS_STATUS_PENDING || as->inside)
		KUNIT_EXPECT_EQ(as->test, NdisCloseAdapterEx(as->binding),
				NDIS_STATUS_SUCCESS);
	if (as->inside)
		NdisCompleteUnbindAdapterEx(unbind);
	complete(&as->told);
	return as->unbind_status;
}

static VOID opened(NDIS_HANDLE context, NDIS_STATUS status)
{
	struct as *as = context;

	as->moved++;
}

static VOID closed(NDIS_HANDLE context)
{
	struct as *as = context;

	as->moved++;
}

static void slow_protocol(struct kunit *test, struct as *as)
{
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS c = {
		.Header.Type = NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,
		.Header.Revision =
			NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1,
		.Header.Size = sizeof(c),
		.MajorNdisVersion = 6,
		.Name = NDIS_STRING_CONST("slow"),
		.BindAdapterHandlerEx = bind_adapter,
		.UnbindAdapterHandlerEx = unbind_adapter,
		.OpenAdapterCompleteHandlerEx = opened,
		.CloseAdapterCompleteHandlerEx = closed,
	};

	as->test = test;
	init_completion(&as->told);
	KUNIT_ASSERT_EQ(test, NdisRegisterProtocolDriver(as, &c, &as->protocol),
			NDIS_STATUS_SUCCESS);
}

static int link_slow(void)
{
	return chimn_link_add(&init_net, "slow", "nt0");
}

static int unlink_slow(void)
{
	return chimn_link_remove(&init_net, "slow", "nt0");
}

/* Something that waits for one of us, in a thread of its own. */
struct waiter {
	struct work_struct work;
	struct nt *nt;		/* to be unloaded, or */
	struct as *as;		/* to be deregistered, or unlinked if it is NULL */
	int err;
	bool done;
};

static void wait_in_work(struct work_struct *work)
{
	struct waiter *waiter = container_of(work, struct waiter, work);

	if (waiter->nt)
		nt_linux.unload(waiter->nt);
	else if (waiter->as)
		NdisDeregisterProtocolDriver(waiter->as->protocol);
	else
		waiter->err = unlink_slow();
	WRITE_ONCE(waiter->done, true);
}

static void start(struct waiter *waiter)
{
	INIT_WORK_ONSTACK(&waiter->work, wait_in_work);
	queue_work(system_unbound_wq, &waiter->work);
}

static void finish(struct kunit *test, struct waiter *waiter)
{
	flush_work(&waiter->work);
	destroy_work_on_stack(&waiter->work);
	KUNIT_EXPECT_TRUE(test, waiter->done);
	KUNIT_EXPECT_EQ(test, waiter->err, 0);
}

/* --- binding -------------------------------------------------------------------- */

/* Nothing is done to a protocol that has not said yet that it is bound. */
static void ndis_async_bind_test(struct kunit *test)
{
	struct nt nt = { .name = "nt0", .chimney = true };
	struct as as = { .bind_status = NDIS_STATUS_PENDING };
	struct waiter unload = { .nt = &nt };
	NDIS_HANDLE protocol, binding;

	KUNIT_ASSERT_EQ(test, nt_linux.load(&nt), NDIS_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, nd_register("other", false, &protocol),
			NDIS_STATUS_SUCCESS);
	slow_protocol(test, &as);
	KUNIT_EXPECT_EQ(test, link_slow(), 0);
	KUNIT_EXPECT_EQ(test, as.binds, 1);
	KUNIT_EXPECT_EQ(test, NdisReEnumerateProtocolBindings(as.protocol),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, as.binds, 1);
	KUNIT_EXPECT_EQ(test, unlink_slow(), -EBUSY);
	start(&unload);
	/* From then on the adapter goes. */
	while (nd_open(protocol, &as, "nt0", &binding) == NDIS_STATUS_SUCCESS) {
		NdisCloseAdapterEx(binding);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, as.unbinds, 0);
	NdisCompleteBindAdapterEx(as.bind_context, NDIS_STATUS_SUCCESS);
	finish(test, &unload);
	KUNIT_EXPECT_EQ(test, as.unbinds, 1);
	KUNIT_EXPECT_EQ(test, as.moved, 0);
	KUNIT_EXPECT_EQ(test, unlink_slow(), 0);
	NdisDeregisterProtocolDriver(as.protocol);
	NdisDeregisterProtocolDriver(protocol);
}

/* One that fails in the end may be tried again. */
static void ndis_async_bind_fails_test(struct kunit *test)
{
	struct nt nt = { .name = "nt0", .chimney = true };
	struct as as = { .bind_status = NDIS_STATUS_PENDING };
	u64 unasked = chimn_misused(CHIMN_MISUSE_UNASKED);

	slow_protocol(test, &as);
	KUNIT_EXPECT_EQ(test, link_slow(), 0);
	KUNIT_EXPECT_EQ(test, as.binds, 0);
	KUNIT_ASSERT_EQ(test, nt_linux.load(&nt), NDIS_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, as.binds, 1);
	NdisCloseAdapterEx(as.binding);
	NdisCompleteBindAdapterEx(as.bind_context, NDIS_STATUS_RESOURCES);
	/* Said already, said of what is no link, and never said at all. */
	NdisCompleteBindAdapterEx(as.bind_context, NDIS_STATUS_SUCCESS);
	NdisCompleteBindAdapterEx(&as, NDIS_STATUS_SUCCESS);
	NdisCompleteBindAdapterEx(NULL, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_UNASKED), unasked + 3);
	as.bind_status = NDIS_STATUS_RESOURCES;
	NdisReEnumerateProtocolBindings(as.protocol);
	KUNIT_EXPECT_EQ(test, as.binds, 2);
	as.bind_status = NDIS_STATUS_SUCCESS;
	NdisReEnumerateProtocolBindings(as.protocol);
	KUNIT_EXPECT_EQ(test, as.binds, 3);
	/* It is bound now. */
	NdisReEnumerateProtocolBindings(as.protocol);
	KUNIT_EXPECT_EQ(test, as.binds, 3);
	KUNIT_EXPECT_EQ(test, unlink_slow(), 0);
	KUNIT_EXPECT_EQ(test, as.unbinds, 1);
	NdisDeregisterProtocolDriver(as.protocol);
	nt_linux.unload(&nt);
}

/* A protocol does not go before its bind has ended. */
static void ndis_async_deregister_test(struct kunit *test)
{
	struct nt nt = { .name = "nt0", .chimney = true };
	struct as as = { .bind_status = NDIS_STATUS_PENDING }, other = {};
	struct waiter gone = { .as = &as };
	NDIS_HANDLE again = NULL;

	KUNIT_ASSERT_EQ(test, nt_linux.load(&nt), NDIS_STATUS_SUCCESS);
	slow_protocol(test, &as);
	KUNIT_EXPECT_EQ(test, link_slow(), 0);
	start(&gone);
	while (nd_open(as.protocol, &other, "nt0", &again) !=
	       NDIS_STATUS_CLOSING) {
		NdisCloseAdapterEx(again);
		cond_resched();
	}
	KUNIT_EXPECT_FALSE(test, READ_ONCE(gone.done));
	KUNIT_EXPECT_EQ(test, as.unbinds, 0);
	NdisCompleteBindAdapterEx(as.bind_context, NDIS_STATUS_SUCCESS);
	finish(test, &gone);
	KUNIT_EXPECT_EQ(test, as.unbinds, 1);
	KUNIT_EXPECT_EQ(test, unlink_slow(), 0);
	nt_linux.unload(&nt);
}

/* --- unbinding -------------------------------------------------------------------- */

static void ndis_async_unbind_test(struct kunit *test)
{
	struct nt nt = { .name = "nt0", .chimney = true };
	struct as as = { .unbind_status = NDIS_STATUS_PENDING };
	u64 unasked = chimn_misused(CHIMN_MISUSE_UNASKED);
	struct waiter unlink = { };

	KUNIT_ASSERT_EQ(test, nt_linux.load(&nt), NDIS_STATUS_SUCCESS);
	slow_protocol(test, &as);
	KUNIT_EXPECT_EQ(test, link_slow(), 0);
	start(&unlink);
	wait_for_completion(&as.told);
	KUNIT_EXPECT_EQ(test, NdisCloseAdapterEx(as.binding),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(unlink.done));
	NdisCompleteUnbindAdapterEx(as.unbind_context);
	finish(test, &unlink);
	NdisCompleteUnbindAdapterEx(as.unbind_context);
	NdisCompleteUnbindAdapterEx(NULL);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_UNASKED), unasked + 2);
	/* From within the handler, before it says that it is pending. */
	as.inside = true;
	KUNIT_EXPECT_EQ(test, link_slow(), 0);
	NdisDeregisterProtocolDriver(as.protocol);
	KUNIT_EXPECT_EQ(test, as.unbinds, 2);
	KUNIT_EXPECT_EQ(test, as.moved, 0);
	KUNIT_EXPECT_EQ(test, unlink_slow(), 0);
	nt_linux.unload(&nt);
}

/* A binding that is left open is closed for it. */
static void ndis_async_left_open_test(struct kunit *test)
{
	struct nt nt = { .name = "nt0", .chimney = true };
	struct as as = { .unbind_status = NDIS_STATUS_PENDING };
	u64 open = chimn_misused(CHIMN_MISUSE_OPEN);
	struct waiter unload = { .nt = &nt };

	KUNIT_ASSERT_EQ(test, nt_linux.load(&nt), NDIS_STATUS_SUCCESS);
	slow_protocol(test, &as);
	KUNIT_EXPECT_EQ(test, link_slow(), 0);
	start(&unload);
	wait_for_completion(&as.told);
	NdisCompleteUnbindAdapterEx(as.unbind_context);
	finish(test, &unload);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_OPEN), open + 1);
	KUNIT_EXPECT_EQ(test, NdisCloseAdapterEx(as.binding),
			NDIS_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, unlink_slow(), 0);
	NdisDeregisterProtocolDriver(as.protocol);
}

/* --- what takes long ---------------------------------------------------------------- */

/* A bind, and then an unbind, that are waited for. */
static void ndis_async_wait_test(struct kunit *test)
{
	struct nt nt = { .name = "nt0", .chimney = true };
	struct as as = {
		.bind_status = NDIS_STATUS_PENDING,
		.unbind_status = NDIS_STATUS_PENDING,
	};
	struct waiter gone = { .as = &as };

	KUNIT_ASSERT_EQ(test, nt_linux.load(&nt), NDIS_STATUS_SUCCESS);
	slow_protocol(test, &as);
	KUNIT_EXPECT_EQ(test, link_slow(), 0);
	nd_impatient();
	start(&gone);
	KUNIT_EXPECT_TRUE(test, nd_hear());
	KUNIT_EXPECT_EQ(test, READ_ONCE(as.unbinds), 0);
	NdisCompleteBindAdapterEx(as.bind_context, NDIS_STATUS_SUCCESS);
	wait_for_completion(&as.told);
	KUNIT_EXPECT_TRUE(test, nd_hear());
	KUNIT_EXPECT_FALSE(test, READ_ONCE(gone.done));
	KUNIT_EXPECT_EQ(test, NdisCloseAdapterEx(as.binding),
			NDIS_STATUS_SUCCESS);
	NdisCompleteUnbindAdapterEx(as.unbind_context);
	finish(test, &gone);
	nd_patient();
	KUNIT_EXPECT_EQ(test, unlink_slow(), 0);
	nt_linux.unload(&nt);
}

/* --- restart and pause --------------------------------------------------------------- */

/* A miniport that takes its time; what happens to it is written down. */
static struct {
	NDIS_HANDLE driver;
	NDIS_HANDLE adapter;
	NDIS_STATUS restart;	/* how it ends */
	bool inside;		/* from within the handler */
	bool keep;		/* a pause, until the test ends it */
	struct work_struct work;
	char log[16];
} mp;

static void note(char what)
{
	mp.log[strlen(mp.log)] = what;
}

static void restarted(struct work_struct *work)
{
	note('r');
	NdisMRestartComplete(mp.adapter, mp.restart);
}

static void paused(struct work_struct *work)
{
	note('p');
	NdisMPauseComplete(mp.adapter);
}

static NDIS_STATUS later(work_func_t fn)
{
	INIT_WORK(&mp.work, fn);
	if (mp.inside)
		fn(&mp.work);
	else
		schedule_work(&mp.work);
	return NDIS_STATUS_PENDING;
}

static NDIS_STATUS mp_restart(NDIS_HANDLE context,
			      PNDIS_MINIPORT_RESTART_PARAMETERS parameters)
{
	note('R');
	return later(restarted);
}

static NDIS_STATUS mp_pause(NDIS_HANDLE context,
			    PNDIS_MINIPORT_PAUSE_PARAMETERS parameters)
{
	note('P');
	return mp.keep ? NDIS_STATUS_PENDING : later(paused);
}

static NDIS_STATUS mp_initialize(NDIS_HANDLE handle, NDIS_HANDLE context,
				 PNDIS_MINIPORT_INIT_PARAMETERS parameters)
{
	note('I');
	mp.adapter = handle;
	return NDIS_STATUS_SUCCESS;
}

static VOID mp_halt(NDIS_HANDLE context, NDIS_HALT_ACTION action)
{
	note('H');
}

static NDIS_STATUS make_instance(void)
{
	NDIS_STRING name = NDIS_STRING_CONST("nt0");

	memset(mp.log, 0, sizeof(mp.log));
	return NdisIMInitializeDeviceInstanceEx(mp.driver, &name, NULL);
}

static NDIS_STATUS register_mp(void)
{
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS c = {
		.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
		.Header.Revision = 1,
		.Header.Size = sizeof(c),
		.MajorNdisVersion = 6,
		.InitializeHandlerEx = mp_initialize,
		.HaltHandlerEx = mp_halt,
		.PauseHandler = mp_pause,
		.RestartHandler = mp_restart,
	};

	return NdisMRegisterMiniportDriver(NULL, NULL, NULL, &c, &mp.driver);
}

static void ndis_async_restart_test(struct kunit *test)
{
	u64 wrong = chimn_misused(CHIMN_MISUSE_HANDLE);
	struct as as = { };

	KUNIT_ASSERT_EQ(test, register_mp(), NDIS_STATUS_SUCCESS);
	slow_protocol(test, &as);
	NdisIMAssociateMiniport(mp.driver, as.protocol);
	KUNIT_EXPECT_EQ(test, link_slow(), 0);
	/* Nobody is bound to an adapter that does not run, and none is halted. */
	for (mp.inside = false; ; mp.inside = true) {
		mp.restart = NDIS_STATUS_SUCCESS;
		KUNIT_EXPECT_EQ(test, make_instance(), NDIS_STATUS_SUCCESS);
		KUNIT_EXPECT_STREQ(test, mp.log, "IRr");
		KUNIT_EXPECT_EQ(test, as.binds, 1 + mp.inside);
		KUNIT_EXPECT_EQ(test,
				NdisIMDeInitializeDeviceInstance(mp.adapter),
				NDIS_STATUS_SUCCESS);
		KUNIT_EXPECT_STREQ(test, mp.log, "IRrPpH");
		KUNIT_EXPECT_EQ(test, as.unbinds, 1 + mp.inside);
		mp.restart = NDIS_STATUS_RESOURCES;
		KUNIT_EXPECT_EQ(test, make_instance(), NDIS_STATUS_RESOURCES);
		KUNIT_EXPECT_STREQ(test, mp.log, "IRrH");
		if (mp.inside)
			break;
	}
	KUNIT_EXPECT_EQ(test, as.binds, 2);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_HANDLE), wrong);
	NdisMRestartComplete(mp.adapter, NDIS_STATUS_SUCCESS);
	NdisMPauseComplete(mp.adapter);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_HANDLE), wrong + 2);
	KUNIT_EXPECT_EQ(test, unlink_slow(), 0);
	NdisDeregisterProtocolDriver(as.protocol);
	NdisMDeregisterMiniportDriver(mp.driver);
}

static void halt_in_work(struct work_struct *work)
{
	NdisMDeregisterMiniportDriver(mp.driver);
}

/* An adapter is halted once it has said that it pauses, be that as late as it may. */
static void ndis_async_pause_test(struct kunit *test)
{
	struct work_struct halt;

	mp.inside = true;
	mp.restart = NDIS_STATUS_SUCCESS;
	KUNIT_ASSERT_EQ(test, register_mp(), NDIS_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, make_instance(), NDIS_STATUS_SUCCESS);
	mp.keep = true;
	nd_impatient();
	INIT_WORK_ONSTACK(&halt, halt_in_work);
	queue_work(system_unbound_wq, &halt);
	KUNIT_EXPECT_TRUE(test, nd_hear());
	KUNIT_EXPECT_STREQ(test, mp.log, "IRrP");
	NdisMPauseComplete(mp.adapter);
	flush_work(&halt);
	destroy_work_on_stack(&halt);
	mp.keep = false;
	nd_patient();
	KUNIT_EXPECT_STREQ(test, mp.log, "IRrPH");
}

static struct kunit_case ndis_async_cases[] = {
	KUNIT_CASE(ndis_async_bind_test),
	KUNIT_CASE(ndis_async_bind_fails_test),
	KUNIT_CASE(ndis_async_deregister_test),
	KUNIT_CASE(ndis_async_unbind_test),
	KUNIT_CASE(ndis_async_left_open_test),
	KUNIT_CASE(ndis_async_wait_test),
	KUNIT_CASE(ndis_async_restart_test),
	KUNIT_CASE(ndis_async_pause_test),
	{}
};

static void exit_async(struct kunit *test)
{
	nd_patient();
	chimn_links_teardown();
}

static struct kunit_suite ndis_async_suite = {
	.name = "chim_ndis_async",
	.exit = exit_async,
	.test_cases = ndis_async_cases,
};

kunit_test_suite(ndis_async_suite);
