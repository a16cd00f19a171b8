// SPDX-License-Identifier: GPL-2.0
/* OID requests that pend: a miniport has one at a time. */
#include "ndis_host.h"
#include "ndis_target.h"
#include "probe.h"

#include "ndis_shim/misuse.h"

#include <linux/workqueue.h>

#define MANY	40

struct od {
	struct fx *fx;
	struct nt nt;
	NDIS_OID_REQUEST *r;	/* MANY of them */
};

/* The host over @depth intermediate drivers over the other target. */
static struct od *setup(struct kunit *test, unsigned int depth)
{
	struct od *od = kunit_kzalloc(test, sizeof(*od), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, od);
	od->fx = test->priv;
	od->nt.name = "nt0";
	od->nt.chimney = true;
	od->nt.answer = NDIS_STATUS_PENDING;
	od->r = kunit_kcalloc(test, MANY, sizeof(*od->r), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, od->r);
	for (i = 0; i < MANY; i++) {
		od->r[i].RequestType = NdisRequestQueryInformation;
		od->r[i].DATA.QUERY_INFORMATION.Oid = OID_TCP4_OFFLOAD_STATS;
		od->r[i].DATA.QUERY_INFORMATION.InformationBufferLength = i;
	}
	KUNIT_ASSERT_EQ(test, nt_linux.load(&od->nt), NDIS_STATUS_SUCCESS);
	nd_over(od->fx, "nt0", depth, false);
	return od;
}

static void teardown(struct od *od)
{
	nd_end(od->fx);
	nt_linux.unload(&od->nt);
}

/* Which request it is, whoever has copied it. */
static u32 number(const NDIS_OID_REQUEST *request)
{
	return request->DATA.QUERY_INFORMATION.InformationBufferLength;
}

/* Completions so far, and the last of them. */
static void expect_last(struct od *od, int n, int i, NDIS_STATUS status)
{
	struct kunit *test = od->fx->test;
	struct fx_entry *last = &od->fx->log[od->fx->logged - 1];

	KUNIT_ASSERT_EQ(test, atomic_read(&od->fx->oids), n);
	KUNIT_EXPECT_PTR_EQ(test, last->p, (void *)&od->r[i]);
	KUNIT_EXPECT_EQ(test, (NDIS_STATUS)last->a, status);
}

static void one_at_a_time(struct kunit *test, unsigned int depth)
{
	struct od *od = setup(test, depth);
	int i, done = atomic_read(&od->fx->oids);

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, od->fx->oid_request(od->fx, &od->r[i]),
				NDIS_STATUS_PENDING);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, od->nt.n_oids, i + 1);
		KUNIT_EXPECT_EQ(test, number(od->nt.oid), (u32)i);
		nt_linux.answer(&od->nt, od->nt.oid, NDIS_STATUS_FAILURE + i);
		expect_last(od, ++done, i, NDIS_STATUS_FAILURE + i);
	}
	KUNIT_EXPECT_EQ(test, od->nt.n_oids, 3);
	/* Free again: the answer comes at once. */
	od->nt.answer = NDIS_STATUS_SUCCESS;
	KUNIT_EXPECT_EQ(test, od->fx->oid_request(od->fx, &od->r[0]),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, atomic_read(&od->fx->oids), done);
	teardown(od);
}

static void ndis_oid_order_test(struct kunit *test)
{
	one_at_a_time(test, 0);
	one_at_a_time(test, 1);
	one_at_a_time(test, 3);
}

/* One that waited is answered within the handler: its binding is told. */
static void ndis_oid_answer_test(struct kunit *test)
{
	struct od *od = setup(test, 0);
	int done = atomic_read(&od->fx->oids);

	od->fx->oid_request(od->fx, &od->r[0]);
	od->fx->oid_request(od->fx, &od->r[1]);
	od->fx->oid_request(od->fx, &od->r[2]);
	od->nt.answer = NDIS_STATUS_SUCCESS;
	nt_linux.answer(&od->nt, &od->r[0], NDIS_STATUS_FAILURE);
	expect_last(od, done + 3, 2, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, od->r[1].DATA.QUERY_INFORMATION.BytesWritten, 42U);
	KUNIT_EXPECT_EQ(test, od->nt.n_oids, 3);
	teardown(od);
}

/* However many wait, a miniport that completes at once is not called deeper. */
static void ndis_oid_inside_test(struct kunit *test)
{
	struct od *od = setup(test, 0);
	int i, done = atomic_read(&od->fx->oids);

	for (i = 0; i < MANY; i++)
		od->fx->oid_request(od->fx, &od->r[i]);
	KUNIT_EXPECT_EQ(test, od->nt.n_oids, 1);
	od->nt.inside = true;
	nt_linux.answer(&od->nt, &od->r[0], NDIS_STATUS_SUCCESS);
	expect_last(od, done + MANY, MANY - 1, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, od->nt.deepest, 1);
	KUNIT_EXPECT_EQ(test, od->fx->oid_request(od->fx, &od->r[0]),
			NDIS_STATUS_PENDING);
	expect_last(od, done + MANY + 1, 0, NDIS_STATUS_SUCCESS);
	teardown(od);
}

static void ndis_oid_misuse_test(struct kunit *test)
{
	struct od *od = setup(test, 0);
	u64 unasked = chimn_misused(CHIMN_MISUSE_UNASKED);
	u64 busy = chimn_misused(CHIMN_MISUSE_BUSY);
	int done = atomic_read(&od->fx->oids);

	od->fx->oid_request(od->fx, &od->r[0]);
	od->fx->oid_request(od->fx, &od->r[1]);
	/* The miniport does not have this one yet, nor nothing at all. */
	nt_linux.answer(&od->nt, &od->r[1], NDIS_STATUS_SUCCESS);
	nt_linux.answer(&od->nt, NULL, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_UNASKED), unasked + 2);
	KUNIT_EXPECT_EQ(test, od->fx->oid_request(od->fx, &od->r[1]),
			NDIS_STATUS_INVALID_STATE);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_BUSY), busy + 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&od->fx->oids), done);
	nt_linux.answer(&od->nt, &od->r[0], NDIS_STATUS_SUCCESS);
	nt_linux.answer(&od->nt, &od->r[1], NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, atomic_read(&od->fx->oids), done + 2);
	teardown(od);
}

/* What a miniport says because of a request is for the one that has made it. */
static void ndis_oid_destination_test(struct kunit *test)
{
	struct od *od = setup(test, 0);
	NDIS_HANDLE protocol, binding;
	u64 wrong;

	KUNIT_ASSERT_EQ(test, nd_register("other", true, &protocol),
			NDIS_STATUS_SUCCESS);
	/* The same client once more, so that all that is said is counted. */
	KUNIT_ASSERT_EQ(test, nd_open(protocol, od->fx, "nt0", &binding),
			NDIS_STATUS_SUCCESS);
	nt_linux.report(&od->nt, NDIS_STATUS_OFFLOAD_PAUSE);
	KUNIT_EXPECT_EQ(test, pr_calls(od->fx, FX_STATUS), 2);
	od->nt.answer = NDIS_STATUS_SUCCESS;
	od->fx->oid_request(od->fx, &od->r[0]);
	od->nt.to = od->nt.oid->RequestHandle;
	KUNIT_EXPECT_PTR_EQ(test, od->nt.to, od->fx->ndis->proto.binding);
	nt_linux.report(&od->nt, NDIS_STATUS_OFFLOAD_PAUSE);
	KUNIT_EXPECT_EQ(test, pr_calls(od->fx, FX_STATUS), 3);
	wrong = chimn_misused(CHIMN_MISUSE_HANDLE);
	od->nt.to = od->nt.adapter;
	nt_linux.report(&od->nt, NDIS_STATUS_OFFLOAD_PAUSE);
	KUNIT_EXPECT_EQ(test, pr_calls(od->fx, FX_STATUS), 3);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_HANDLE), wrong + 1);
	NdisCloseAdapterEx(binding);
	NdisDeregisterProtocolDriver(protocol);
	teardown(od);
}

struct closer {
	struct work_struct work;
	NDIS_HANDLE binding;
};

static void close_binding(struct work_struct *work)
{
	struct closer *closer = container_of(work, struct closer, work);

	NdisCloseAdapterEx(closer->binding);
}

/* What waits when its binding closes does not reach the miniport any more. */
static void ndis_oid_close_test(struct kunit *test)
{
	struct od *od = setup(test, 0);
	struct closer closer = { .binding = od->fx->ndis->proto.binding };
	NDIS_OID_REQUEST late = { };
	int done = atomic_read(&od->fx->oids);

	od->fx->oid_request(od->fx, &od->r[0]);
	od->fx->oid_request(od->fx, &od->r[1]);
	INIT_WORK_ONSTACK(&closer.work, close_binding);
	queue_work(system_unbound_wq, &closer.work);
	/* The last one that still waits is one of MANY as well. */
	while (NdisOidRequest(closer.binding, &late) != NDIS_STATUS_CLOSING)
		cond_resched();
	nt_linux.answer(&od->nt, &od->r[0], NDIS_STATUS_SUCCESS);
	flush_work(&closer.work);
	destroy_work_on_stack(&closer.work);
	KUNIT_EXPECT_EQ(test, od->nt.n_oids, 1);
	KUNIT_EXPECT_GE(test, atomic_read(&od->fx->oids), done + 2);
	KUNIT_EXPECT_EQ(test, (NDIS_STATUS)od->fx->log[od->fx->logged - 1].a,
			NDIS_STATUS_CLOSING);
	teardown(od);
}

static void exit_oid(struct kunit *test)
{
	struct fx *fx = test->priv;

	if (fx)
		nd_end(fx);
	fx_exit(test);
}

static struct kunit_case ndis_oid_cases[] = {
	KUNIT_CASE(ndis_oid_order_test),
	KUNIT_CASE(ndis_oid_answer_test),
	KUNIT_CASE(ndis_oid_inside_test),
	KUNIT_CASE(ndis_oid_misuse_test),
	KUNIT_CASE(ndis_oid_destination_test),
	KUNIT_CASE(ndis_oid_close_test),
	{}
};

static struct kunit_suite ndis_oid_suite = {
	.name = "chim_ndis_oid",
	.init = fx_init,
	.exit = exit_oid,
	.test_cases = ndis_oid_cases,
};

kunit_test_suite(ndis_oid_suite);
