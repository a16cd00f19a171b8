// SPDX-License-Identifier: GPL-2.0
/* The end of a stream: FIN, reset, abort, invalidation, termination. */
#include "delivery.h"

/* --- FIN ------------------------------------------------------------------- */

/* The event comes when the application has all data, and only once. */
static void fin_after_data_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 60);

	CHIM_COVERS(test, "EVT-030 D-56 X-53");
	dl_data(dl, 100, true);
	dl_fin(dl);
	DL_INDICATING(dl, 100);
	DL_QUIET(dl);
	dl_return(dl, 10);
	DL_QUIET(dl);
	dl_post(dl, a);
	DL_COMPLETES(dl, a);
	DL_INDICATES(dl, 30, 30);
	DL_EVENT(dl, CHIM_CALL_DISCONNECT);
	DL_QUIET(dl);
	KUNIT_EXPECT_EQ(test, dl->tcb.told, CHIM_PEND_FIN);
	KUNIT_EXPECT_EQ(test, dl->tcb.pend, 0);
}

/* Outstanding requests succeed first, with what they have. */
static void fin_ends_requests_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_nopush(dl, 60), *b = dl_push(dl, 60);
	struct dl_req *z = dl_push(dl, 0);

	CHIM_COVERS(test, "RCV-059 R-09 X-50 X-52 O-05");
	dl_post(dl, a, b, z);
	dl_data(dl, 10, false);
	DL_QUIET(dl);
	dl_fin(dl);
	DL_COMPLETES(dl, a, b, z);
	DL_ENDED(dl, a, CHIM_END_OK, 10);
	DL_ENDED(dl, b, CHIM_END_OK, 0);
	DL_ENDED(dl, z, CHIM_END_OK, 0);
	DL_NO_TIMER(dl);
	DL_EVENT(dl, CHIM_CALL_DISCONNECT);
	DL_QUIET(dl);
}

/* A host that posts again from within still gets its event. */
static void fin_and_eager_host_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 60), *b = dl_push(dl, 60);
	struct dl_req *c = dl_push(dl, 60), *z = dl_push(dl, 0);

	CHIM_COVERS(test, "RCV-056 R-09 X-52");
	dl_post(dl, a);
	dl_fin(dl);
	DL_COMPLETING(dl, a);
	dl_post(dl, b);
	DL_QUIET(dl);
	dl_return(dl, 0);
	DL_CALLS(dl, CHIM_CALL_DISCONNECT);
	dl_post(dl, c, z);
	DL_QUIET(dl);
	dl_return(dl, 0);
	DL_COMPLETES(dl, b, c, z);
	DL_ENDED(dl, b, CHIM_END_OK, 0);
	DL_ENDED(dl, c, CHIM_END_STATE, 0);
	DL_ENDED(dl, z, CHIM_END_OK, 0);
	DL_QUIET(dl);
}

/* After the event requests are refused, zero-byte ones succeed. */
static void post_after_fin_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 60), *z = dl_push(dl, 0);
	struct dl_req *p = dl_req(dl, 60, 0, 10), *b = dl_push(dl, 60);

	CHIM_COVERS(test, "RCV-056 RCV-059 X-52");
	dl_fin(dl);
	DL_EVENT(dl, CHIM_CALL_DISCONNECT);
	dl_post(dl, a, z, p);
	DL_NO_TIMER(dl);
	DL_COMPLETES(dl, a, z, p);
	DL_ENDED(dl, a, CHIM_END_STATE, 0);
	DL_ENDED(dl, z, CHIM_END_OK, 0);
	DL_ENDED(dl, p, CHIM_END_STATE, 0);
	KUNIT_EXPECT_FALSE(test, dl_data(dl, 10, false));
	/* The block remembers when the queues are gone. */
	chim_rx_init(&dl->flow.rx);
	dl_post(dl, b);
	DL_COMPLETES(dl, b);
	DL_ENDED(dl, b, CHIM_END_STATE, 0);
}

/* --- reset by the peer ----------------------------------------------------- */

/* Data first, then the event, then the requests, one with its count. */
static void reset_after_data_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 60), *b = dl_nopush(dl, 60);
	struct dl_req *c = dl_push(dl, 60);

	CHIM_COVERS(test, "RCV-054 EVT-053 R-08 D-57 X-53");
	dl_data(dl, 100, false);
	DL_INDICATES(dl, 100, 0);
	dl_rst(dl);
	DL_QUIET(dl);
	dl_post(dl, a, b, c);
	DL_COMPLETES(dl, a);
	DL_ENDED(dl, a, CHIM_END_OK, 60);
	DL_CALLS(dl, CHIM_CALL_ABORT);
	KUNIT_EXPECT_EQ(test, dl->tcb.told, 0);
	dl_return(dl, 0);
	KUNIT_EXPECT_EQ(test, dl->tcb.told, CHIM_PEND_ABORT);
	DL_COMPLETES(dl, b, c);
	DL_ENDED(dl, b, CHIM_END_ABORTED, 40);
	DL_ENDED(dl, c, CHIM_END_ABORTED, 0);
	DL_QUIET(dl);
}

/* To a host that asked for it at once where data was refused, which it gets back. */
static void reset_at_refusal_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 60);
	u32 undelivered;

	CHIM_COVERS(test, "EVT-050 EVT-051 R-15");
	dl->run.resets_first = true;
	dl_data(dl, 100, false);
	DL_INDICATING(dl, 100);
	dl_rst(dl);
	DL_QUIET(dl);
	dl_return(dl, 10);
	DL_CALLS(dl, CHIM_CALL_ABORT);
	dl_post(dl, a);
	dl_return(dl, 0);
	DL_COMPLETES(dl, a);
	DL_ENDED(dl, a, CHIM_END_ABORTED, 0);
	DL_QUIET(dl);
	KUNIT_EXPECT_EQ(test, dl->tcb.told, CHIM_PEND_ABORT);
	KUNIT_EXPECT_NULL(test, dl_stop(dl, &undelivered));
	KUNIT_EXPECT_EQ(test, undelivered, 90U);
}

/* Data that it has not refused comes first to it as well. */
static void reset_before_refusal_test(struct kunit *test)
{
	struct dl *dl = test->priv;

	CHIM_COVERS(test, "X-53 R-15");
	dl->run.resets_first = true;
	dl_data(dl, 100, false);
	dl_rst(dl);
	DL_INDICATES(dl, 100, 0);
	DL_EVENT(dl, CHIM_CALL_ABORT);
	DL_QUIET(dl);
}

/* The end of the stream is not. */
static void fin_at_refusal_test(struct kunit *test)
{
	struct dl *dl = test->priv;

	CHIM_COVERS(test, "EVT-030");
	dl->run.resets_first = true;
	dl_data(dl, 100, false);
	DL_INDICATES(dl, 100, 0);
	dl_fin(dl);
	DL_QUIET(dl);
	dl_post(dl, dl_push(dl, 0));
	DL_CALLS(dl, CHIM_CALL_COMPLETE);
	dl_return(dl, 0);
	DL_INDICATES(dl, 100, 100);
	DL_EVENT(dl, CHIM_CALL_DISCONNECT);
	DL_QUIET(dl);
}

/* What is posted during the event or later is aborted as well. */
static void post_after_reset_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 60), *b = dl_push(dl, 60);
	struct dl_req *z = dl_push(dl, 0);

	CHIM_COVERS(test, "RCV-059 EVT-053");
	dl_rst(dl);
	DL_CALLS(dl, CHIM_CALL_ABORT);
	dl_post(dl, a, z);
	dl_return(dl, 0);
	DL_COMPLETES(dl, a, z);
	DL_ENDED(dl, a, CHIM_END_ABORTED, 0);
	DL_ENDED(dl, z, CHIM_END_ABORTED, 0);
	dl_post(dl, b);
	DL_COMPLETES(dl, b);
	DL_ENDED(dl, b, CHIM_END_ABORTED, 0);
	KUNIT_EXPECT_FALSE(test, dl_data(dl, 1, true));
}

/* A reset supersedes a FIN that is not reported. */
static void reset_after_fin_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 60);

	CHIM_COVERS(test, "X-53");
	dl_data(dl, 10, false);
	dl_post(dl, a);
	dl_fin(dl);
	dl_rst(dl);
	DL_EVENT(dl, CHIM_CALL_ABORT);
	DL_COMPLETES(dl, a);
	DL_ENDED(dl, a, CHIM_END_ABORTED, 10);
	DL_QUIET(dl);
	KUNIT_EXPECT_EQ(test, dl->tcb.told, CHIM_PEND_ABORT);
}

/* ... even if its requests are being completed, and follows it if it is. */
static void reset_at_fin_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 60), *b = dl_push(dl, 60);
	struct dl_req *c = dl_push(dl, 60);

	CHIM_COVERS(test, "X-53");
	dl_post(dl, a);
	dl_fin(dl);
	DL_COMPLETING(dl, a);
	dl_rst(dl);
	dl_post(dl, b);
	dl_return(dl, 0);
	DL_EVENT(dl, CHIM_CALL_ABORT);
	DL_COMPLETES(dl, b);
	DL_QUIET(dl);
	dl_post(dl, c);
	DL_COMPLETES(dl, c);
	DL_ENDED(dl, c, CHIM_END_ABORTED, 0);
}

static void reset_after_event_test(struct kunit *test)
{
	struct dl *dl = test->priv;

	CHIM_COVERS(test, "EVT-030");
	dl_fin(dl);
	DL_CALLS(dl, CHIM_CALL_DISCONNECT);
	dl_rst(dl);
	DL_QUIET(dl);
	dl_return(dl, 0);
	DL_EVENT(dl, CHIM_CALL_ABORT);
	DL_QUIET(dl);
}

/* --- abort by the host ----------------------------------------------------- */

/* Undelivered data is gone, requests are aborted, no event follows. */
static void abort_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 10), *b = dl_push(dl, 60);
	struct dl_req *c = dl_push(dl, 60), *d = dl_push(dl, 60);

	CHIM_COVERS(test, "RCV-054 X-55");
	dl_post(dl, a, b, c);
	dl_data(dl, 30, false);
	dl_fin(dl);
	dl_abort(dl);
	DL_NO_TIMER(dl);
	DL_COMPLETES(dl, a, b, c);
	DL_ENDED(dl, a, CHIM_END_OK, 10);
	DL_ENDED(dl, b, CHIM_END_ABORTED, 20);
	DL_ENDED(dl, c, CHIM_END_ABORTED, 0);
	DL_QUIET(dl);
	KUNIT_EXPECT_FALSE(test, dl_data(dl, 10, true));
	dl_post(dl, d);
	DL_COMPLETES(dl, d);
	DL_ENDED(dl, d, CHIM_END_ABORTED, 0);
	DL_QUIET(dl);
	KUNIT_EXPECT_EQ(test, dl->tcb.told, 0);
}

static void abort_refused_test(struct kunit *test)
{
	struct dl *dl = test->priv;

	CHIM_COVERS(test, "X-55");
	dl_data(dl, 30, false);
	DL_INDICATES(dl, 30, 0);
	dl_data(dl, 30, false);
	dl_rst(dl);
	dl_abort(dl);
	KUNIT_EXPECT_EQ(test, dl->skbs, 0);
	KUNIT_EXPECT_EQ(test, dl->flow.rx.bytes, 0U);
	DL_QUIET(dl);
}

static const u32 taken[] = { 0, 1, 10, 29, 30 };

/* During an indication: what is not accepted is dropped when it returns. */
static void abort_in_indication_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	int i;

	CHIM_COVERS(test, "X-55");
	for (i = 0; i < ARRAY_SIZE(taken); i++) {
		struct dl_req *a = dl_push(dl, 60);

		dl_data(dl, 10, false);
		dl_data(dl, 20, false);
		DL_INDICATING(dl, 30);
		dl_data(dl, 5, false);
		dl_abort(dl);
		dl_post(dl, a);
		DL_QUIET(dl);
		dl_return(dl, taken[i]);
		KUNIT_EXPECT_EQ(test, dl->skbs, 0);
		KUNIT_EXPECT_EQ(test, dl->flow.rx.bytes, 0U);
		DL_COMPLETES(dl, a);
		DL_ENDED(dl, a, CHIM_END_ABORTED, 0);
		DL_QUIET(dl);
		/* As new. */
		dl->tcb.flags &= ~CHIM_TCB_ABORTED;
		dl->read = dl->seq;
		dl->tcb.rcv_wnd = dl->wnd;
	}
}

/* --- invalidation and termination ------------------------------------------ */

/* An invalidated connection makes no call and takes nothing in. */
static void invalidated_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 60), *b = dl_push(dl, 10);
	u32 undelivered;

	CHIM_COVERS(test, "R-10");
	dl_data(dl, 30, false);
	DL_INDICATING(dl, 30);
	dl->flow.rx.flags |= CHIM_RX_STOPPED;
	KUNIT_EXPECT_FALSE(test, dl_data(dl, 5, false));
	dl_return(dl, 20);
	DL_QUIET(dl);
	dl_post(dl, a, b);
	KUNIT_EXPECT_EQ(test, a->r.filled, 0U);
	DL_QUIET(dl);
	dl_expire(dl);
	dl_fin(dl);
	DL_QUIET(dl);
	KUNIT_EXPECT_TRUE(test, dl_is_list(dl_stop(dl, &undelivered),
					   DL_LIST(a, b), 2));
	KUNIT_EXPECT_EQ(test, undelivered, 10U);
	DL_ENDED(dl, a, CHIM_END_UPLOAD, 0);
}

/* Requests come back, a partly filled one as success, the rest not. */
static void stop_requests(struct dl *dl, u8 flags)
{
	struct dl_req *a = dl_push(dl, 10), *b = dl_req(dl, 60, flags, 0);
	struct dl_req *c = dl_req(dl, 60, 0, 20), *z = dl_push(dl, 0);
	u32 undelivered;

	dl_post(dl, a, b, c, z);
	dl_data(dl, 30, false);
	KUNIT_EXPECT_EQ(dl->test, dl_timer(dl, DL_PUSH_TICKS), !flags);
	KUNIT_EXPECT_TRUE(dl->test, dl_is_list(dl_stop(dl, &undelivered),
					       DL_LIST(a, b, c, z), 4));
	DL_ENDED(dl, a, CHIM_END_OK, 10);
	DL_ENDED(dl, b, CHIM_END_OK, 20);
	DL_ENDED(dl, c, CHIM_END_UPLOAD, 0);
	DL_ENDED(dl, z, CHIM_END_UPLOAD, 0);
	KUNIT_EXPECT_EQ(dl->test, undelivered, 0U);
	DL_QUIET(dl);
}

static void stop_requests_test(struct kunit *test)
{
	struct dl *dl = test->priv;

	CHIM_COVERS(test, "RCV-055 RCV-059 TMR-114 X-50");
	stop_requests(dl, 0);
	chim_rx_init(&dl->flow.rx);
	stop_requests(dl, CHIM_RREQ_NOPUSH);
}

/* After a reset they are aborted, one with its count. */
static void stop_reset_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 60), *b = dl_push(dl, 60);
	struct chim_rreq *reqs;

	CHIM_COVERS(test, "RCV-054 EVT-053");
	dl_post(dl, a, b);
	dl_data(dl, 30, false);
	dl_rst(dl);
	KUNIT_EXPECT_NULL(test, chim_rx_stop(&dl->run, CHIM_END_ABORTED,
					     &reqs));
	KUNIT_EXPECT_TRUE(test, dl_is_list(reqs, DL_LIST(a, b), 2));
	DL_ENDED(dl, a, CHIM_END_ABORTED, 30);
	DL_ENDED(dl, b, CHIM_END_ABORTED, 0);
	DL_QUIET(dl);
}

/* Data comes back, the FIN behind it is not reported. */
static void stop_data_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	u32 undelivered;

	CHIM_COVERS(test, "TMR-114 X-36 R-11");
	dl_data(dl, 30, false);
	DL_INDICATES(dl, 30, 11);
	dl_data(dl, 40, true);
	dl_fin(dl);
	KUNIT_EXPECT_NULL(test, dl_stop(dl, &undelivered));
	KUNIT_EXPECT_EQ(test, undelivered, 59U);
	DL_QUIET(dl);
	KUNIT_EXPECT_EQ(test, dl->tcb.told, 0);
}

static struct kunit_case deliver_end_cases[] = {
	KUNIT_CASE(fin_after_data_test),
	KUNIT_CASE(fin_ends_requests_test),
	KUNIT_CASE(fin_and_eager_host_test),
	KUNIT_CASE(post_after_fin_test),
	KUNIT_CASE(reset_after_data_test),
	KUNIT_CASE(reset_at_refusal_test),
	KUNIT_CASE(reset_before_refusal_test),
	KUNIT_CASE(fin_at_refusal_test),
	KUNIT_CASE(post_after_reset_test),
	KUNIT_CASE(reset_after_fin_test),
	KUNIT_CASE(reset_at_fin_test),
	KUNIT_CASE(reset_after_event_test),
	KUNIT_CASE(abort_test),
	KUNIT_CASE(abort_refused_test),
	KUNIT_CASE(abort_in_indication_test),
	KUNIT_CASE(invalidated_test),
	KUNIT_CASE(stop_requests_test),
	KUNIT_CASE(stop_reset_test),
	KUNIT_CASE(stop_data_test),
	{}
};

static struct kunit_suite deliver_end_suite = {
	.name = "chim_deliver_end",
	.init = dl_init,
	.exit = dl_exit,
	.test_cases = deliver_end_cases,
};

kunit_test_suite(deliver_end_suite);
