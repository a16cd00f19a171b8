// SPDX-License-Identifier: GPL-2.0
/* The delivery algorithm, branch by branch of its charts S, R, F, N and T. */
#include "delivery.h"

/* --- S: a segment has arrived ---------------------------------------------- */

/* S.1: what comes during a call waits for its end. */
static void segment_while_busy_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 30), *b = dl_nopush(dl, 100);

	CHIM_COVERS(test, "RCV-050 RCV-111 D-53");
	dl_post(dl, a, b);
	dl_data(dl, 30, false);
	DL_COMPLETING(dl, a);
	dl_data(dl, 40, true);
	dl_data(dl, 40, true);
	KUNIT_EXPECT_EQ(test, b->r.filled, 0U);
	DL_QUIET(dl);
	dl_return(dl, 0);
	KUNIT_EXPECT_EQ(test, b->r.filled, 80U);
	DL_QUIET(dl);
	dl_data(dl, 20, false);
	DL_COMPLETES(dl, b);
	DL_QUIET(dl);
}

/* S.2: a segment goes to the requests there are, never to the host. */
static void segment_to_requests_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 100);

	CHIM_COVERS(test, "RCV-015 RCV-080 RCV-110 RCV-111");
	dl_post(dl, a);
	dl_data(dl, 60, false);
	KUNIT_EXPECT_EQ(test, a->r.filled, 60U);
	DL_QUIET(dl);
	dl_data(dl, 40, false);
	DL_COMPLETES(dl, a);
	DL_ENDED(dl, a, CHIM_END_OK, 100);
	DL_QUIET(dl);
}

/* S.3: a segment that finds buffered data goes behind it and stays there. */
static void segment_behind_buffered_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_nopush(dl, 150), *b = dl_push(dl, 10);

	CHIM_COVERS(test, "RCV-085 RCV-088 RCV-111");
	dl_data(dl, 100, true);
	DL_INDICATES(dl, 100, 0);
	DL_QUIET(dl);
	dl_data(dl, 60, true);
	DL_QUIET(dl);
	KUNIT_EXPECT_EQ(test, dl->flow.rx.bytes, 160U);
	dl_post(dl, a, b);
	DL_COMPLETES(dl, a, b);
	DL_QUIET(dl);
}

/* S.4: without requests and without buffered data a segment is indicated. */
static void segment_indicated_test(struct kunit *test)
{
	struct dl *dl = test->priv;

	CHIM_COVERS(test, "RCV-095 RCV-111 X-16 X-45");
	dl_data(dl, 1, false);
	DL_NO_TIMER(dl);
	DL_INDICATES(dl, 1, 1);
	DL_QUIET(dl);
	dl_data(dl, 99, false);
	DL_INDICATES(dl, 99, 99);
	DL_QUIET(dl);
	DL_NO_TIMER(dl);
}

/* --- R: requests are posted ------------------------------------------------ */

/* R.1: posted from within a completion, they wait for its end. */
static void post_while_busy_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 50), *b = dl_push(dl, 20);
	struct dl_req *c = dl_push(dl, 30);

	CHIM_COVERS(test, "RCV-051 RCV-080 RCV-111");
	dl_post(dl, a);
	dl_data(dl, 100, false);
	DL_COMPLETING(dl, a);
	dl_post(dl, b);
	dl_post(dl, c);
	KUNIT_EXPECT_EQ(test, b->r.filled, 0U);
	DL_QUIET(dl);
	dl_return(dl, 0);
	/* They come before the indication of what is left. */
	DL_COMPLETES(dl, b, c);
	DL_QUIET(dl);
}

/* R.2: without buffered data they are queued. */
static void post_without_data_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 10), *b = dl_nopush(dl, 10);

	CHIM_COVERS(test, "RCV-111 RCV-032 D-47");
	dl_post(dl, a, b);
	DL_QUIET(dl);
	DL_NO_TIMER(dl);
	KUNIT_EXPECT_EQ(test, dl->flow.rx.room, 20ULL);
}

/* R.3: with buffered data they are filled as they come. */
static void post_with_data_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 40), *b = dl_push(dl, 40);

	CHIM_COVERS(test, "RCV-089 RCV-110 RCV-111 X-45");
	dl_data(dl, 100, false);
	DL_INDICATES(dl, 100, 0);
	dl_post(dl, a, b);
	DL_COMPLETES(dl, a, b);
	DL_ENDED(dl, a, CHIM_END_OK, 40);
	DL_ENDED(dl, b, CHIM_END_OK, 40);
	/* The ban is lifted: what is left is indicated (D-52). */
	DL_INDICATES(dl, 20, 20);
	DL_QUIET(dl);
}

/* An indication that is due but not made gives way to a request. */
static void post_before_indication_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 100);

	CHIM_COVERS(test, "RCV-080");
	dl_data(dl, 100, false);
	dl_post(dl, a);
	DL_COMPLETES(dl, a);
	DL_QUIET(dl);
}

/* --- F: requests are filled ------------------------------------------------ */

/* F.1, F.2: oldest data first, oldest request first, all in one completion. */
static void fill_in_order_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *req[6];
	static const u32 lens[] = { 1, 50, 7, 200, 3, 40 };
	u32 i, sum = 0;

	CHIM_COVERS(test, "RCV-011 RCV-016 RCV-017 RCV-034 RCV-061");
	for (i = 0; i < ARRAY_SIZE(req); i++) {
		req[i] = dl_req(dl, lens[i], i & 1 ? CHIM_RREQ_NOPUSH : 0, 0);
		sum += lens[i];
	}
	dl_post_list(dl, req, 2);
	dl_post_list(dl, req + 2, 4);
	for (i = 0; i < sum - 40; i++)
		dl_data(dl, 1, false);
	DL_COMPLETES(dl, req[0], req[1], req[2], req[3], req[4]);
	DL_QUIET(dl);
	dl_data(dl, 39, true);
	DL_QUIET(dl);
	dl_data(dl, 1, true);
	DL_COMPLETES(dl, req[5]);
	KUNIT_EXPECT_TRUE(test, dl->read < DL_START);
}

/* F.2, F.7: filled ones and the partly filled one go in one call. */
static void fill_and_push_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 50), *b = dl_push(dl, 50);
	struct dl_req *c = dl_push(dl, 50);

	CHIM_COVERS(test, "RCV-036 RCV-061 RCV-111");
	dl_post(dl, a, b, c);
	dl_data(dl, 60, true);
	DL_NO_TIMER(dl);
	DL_COMPLETES(dl, a, b);
	DL_ENDED(dl, b, CHIM_END_OK, 10);
	/* The next segment starts in the next request. */
	dl_data(dl, 5, true);
	DL_COMPLETES(dl, c);
	DL_ENDED(dl, c, CHIM_END_OK, 5);
	DL_QUIET(dl);
}

/* F.3: a completion stops the timer; F.8 starts it for what is begun next. */
static void fill_stops_timer_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 50), *b = dl_push(dl, 50);

	CHIM_COVERS(test, "RCV-111 D-47");
	dl_post(dl, a, b);
	dl_data(dl, 30, false);
	DL_TIMER(dl, DL_PUSH_TICKS);
	dl_data(dl, 20, false);
	DL_NO_TIMER(dl);
	DL_COMPLETES(dl, a);
	dl->run.now += 30;
	dl_data(dl, 10, false);
	DL_TIMER(dl, DL_PUSH_TICKS);
	DL_QUIET(dl);
}

/* F.4: what finds no room is indicated, after the completion. */
static void fill_and_indicate_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 30), *b = dl_nopush(dl, 30);

	CHIM_COVERS(test, "RCV-050 RCV-111 RCV-112");
	dl_post(dl, a, b);
	dl_data(dl, 100, true);
	DL_COMPLETING(dl, a, b);
	DL_QUIET(dl);
	dl_return(dl, 0);
	DL_INDICATES(dl, 40, 40);
	DL_QUIET(dl);
}

/* F.5: all is delivered, and an empty request does not end by a push. */
static void fill_exactly_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 30), *b = dl_push(dl, 30);

	CHIM_COVERS(test, "RCV-111");
	dl_post(dl, a, b);
	dl_data(dl, 30, true);
	DL_COMPLETES(dl, a);
	DL_QUIET(dl);
	DL_NO_TIMER(dl);
}

/* F.6: a nonpush request ends when it is full, and only then. */
static void fill_nopush_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_nopush(dl, 100);

	CHIM_COVERS(test, "RCV-030 RCV-037 RCV-111 X-49");
	dl_post(dl, a);
	dl_data(dl, 99, true);
	DL_NO_TIMER(dl);
	DL_QUIET(dl);
	dl_expire(dl);
	DL_QUIET(dl);
	dl_data(dl, 1, false);
	DL_COMPLETES(dl, a);
	DL_ENDED(dl, a, CHIM_END_OK, 100);
}

/* F.7: PSH ends a partly filled push request. */
static void fill_pushed_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 100);

	CHIM_COVERS(test, "RCV-030 RCV-036 RCV-111");
	dl_post(dl, a);
	dl_data(dl, 10, false);
	DL_TIMER(dl, DL_PUSH_TICKS);
	DL_QUIET(dl);
	dl_data(dl, 10, true);
	DL_NO_TIMER(dl);
	DL_COMPLETES(dl, a);
	DL_ENDED(dl, a, CHIM_END_OK, 20);
	DL_QUIET(dl);
}

/* F.8: the timer starts with the first byte, and new data restarts it. */
static void fill_starts_timer_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 100);

	CHIM_COVERS(test, "RCV-032 RCV-038 RCV-111 TMR-111 D-46 D-47");
	dl_post(dl, a);
	dl->run.now += 1000;
	dl_data(dl, 10, false);
	DL_TIMER(dl, DL_PUSH_TICKS);
	dl->run.now += 60;
	DL_TIMER(dl, DL_PUSH_TICKS - 60);
	dl_data(dl, 10, false);
	DL_TIMER(dl, DL_PUSH_TICKS);
	dl->cfg.push_ticks = 7;
	dl_data(dl, 10, false);
	DL_TIMER(dl, 7);
	DL_QUIET(dl);
}

/* --- N: data is indicated -------------------------------------------------- */

/* N.1: not during a call. */
static void indicate_while_busy_test(struct kunit *test)
{
	struct dl *dl = test->priv;

	CHIM_COVERS(test, "RCV-050 RCV-111");
	dl_data(dl, 10, false);
	DL_INDICATING(dl, 10);
	dl_data(dl, 20, false);
	dl_data(dl, 30, true);
	DL_QUIET(dl);
	dl_return(dl, 10);
	DL_INDICATES(dl, 50, 50);
	DL_QUIET(dl);
}

/* N.3.2: accepted, and a request was posted from within: it gets the rest. */
static void accepted_with_request_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 25);

	CHIM_COVERS(test, "RCV-080 RCV-093 RCV-111");
	dl->v.rcv_ind_size = 10;
	dl_data(dl, 10, false);
	dl_data(dl, 10, false);
	dl_data(dl, 20, false);
	DL_INDICATING(dl, 10);
	dl_post(dl, a);
	dl_return(dl, 10);
	DL_COMPLETES(dl, a);
	DL_INDICATES(dl, 5, 5);
	DL_QUIET(dl);
}

/* N.3.3: accepted, and no request: the rest follows, whole skbs at a time. */
static void accepted_in_pieces_test(struct kunit *test)
{
	struct dl *dl = test->priv;

	CHIM_COVERS(test, "RCV-093 RCV-111 RCV-113");
	dl->v.rcv_ind_size = 25;
	dl_data(dl, 10, false);
	dl_data(dl, 10, false);
	dl_data(dl, 10, false);
	dl_data(dl, 60, false);
	dl_data(dl, 24, false);
	DL_INDICATES(dl, 30, 30);
	DL_INDICATES(dl, 60, 60);
	DL_INDICATING(dl, 24);
	/* The suggestion holds for the next one. */
	dl->v.rcv_ind_size = 0;
	dl_data(dl, 30, false);
	dl_data(dl, 30, false);
	dl_return(dl, 24);
	DL_INDICATES(dl, 60, 60);
	DL_QUIET(dl);
}

/* N.4.1: refused, but a request was posted from within. */
static void refused_with_request_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 60);

	CHIM_COVERS(test, "RCV-085 RCV-089 RCV-111 X-46");
	dl_data(dl, 100, false);
	DL_INDICATING(dl, 100);
	dl_post(dl, a);
	dl_return(dl, 0);
	DL_COMPLETES(dl, a);
	DL_INDICATES(dl, 40, 0);
	/* A request of an earlier call lifts no later ban. */
	DL_QUIET(dl);
	dl_data(dl, 10, false);
	DL_QUIET(dl);
}

/* N.4.2: refused, and nothing is posted: kept until something is. */
static void refused_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 300);

	CHIM_COVERS(test, "RCV-085 RCV-088 RCV-111");
	dl_data(dl, 100, false);
	dl_data(dl, 50, false);
	DL_INDICATES(dl, 150, 0);
	DL_QUIET(dl);
	dl_expire(dl);
	DL_QUIET(dl);
	dl_data(dl, 50, false);
	DL_QUIET(dl);
	dl_post(dl, a);
	DL_QUIET(dl);
	KUNIT_EXPECT_EQ(test, a->r.filled, 200U);
	/* Delivered, and new data is not under the ban. */
	dl_data(dl, 110, false);
	DL_COMPLETES(dl, a);
	DL_INDICATES(dl, 10, 10);
}

/* --- T: the push timer expires --------------------------------------------- */

/* T.1: nothing is partly filled. */
static void expire_without_part_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 10), *b = dl_push(dl, 10);

	CHIM_COVERS(test, "RCV-111 TMR-115");
	dl_expire(dl);
	DL_QUIET(dl);
	dl_post(dl, a, b);
	dl_expire(dl);
	DL_QUIET(dl);
	dl_data(dl, 10, false);
	DL_COMPLETES(dl, a);
	dl_expire(dl);
	DL_QUIET(dl);
	/* It is not remembered either. */
	dl_data(dl, 5, false);
	DL_QUIET(dl);
	DL_TIMER(dl, DL_PUSH_TICKS);
}

/* T.3: a partly filled push request is completed. */
static void expire_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 10), *b = dl_push(dl, 10);

	CHIM_COVERS(test, "RCV-035 RCV-110 RCV-111");
	dl_post(dl, a, b);
	dl_data(dl, 3, false);
	DL_QUIET(dl);
	dl_expire(dl);
	DL_COMPLETES(dl, a);
	DL_ENDED(dl, a, CHIM_END_OK, 3);
	DL_NO_TIMER(dl);
	DL_QUIET(dl);
}

static struct kunit_case deliver_cases[] = {
	KUNIT_CASE(segment_while_busy_test),
	KUNIT_CASE(segment_to_requests_test),
	KUNIT_CASE(segment_behind_buffered_test),
	KUNIT_CASE(segment_indicated_test),
	KUNIT_CASE(post_while_busy_test),
	KUNIT_CASE(post_without_data_test),
	KUNIT_CASE(post_with_data_test),
	KUNIT_CASE(post_before_indication_test),
	KUNIT_CASE(fill_in_order_test),
	KUNIT_CASE(fill_and_push_test),
	KUNIT_CASE(fill_stops_timer_test),
	KUNIT_CASE(fill_and_indicate_test),
	KUNIT_CASE(fill_exactly_test),
	KUNIT_CASE(fill_nopush_test),
	KUNIT_CASE(fill_pushed_test),
	KUNIT_CASE(fill_starts_timer_test),
	KUNIT_CASE(indicate_while_busy_test),
	KUNIT_CASE(accepted_with_request_test),
	KUNIT_CASE(accepted_in_pieces_test),
	KUNIT_CASE(refused_with_request_test),
	KUNIT_CASE(refused_test),
	KUNIT_CASE(expire_without_part_test),
	KUNIT_CASE(expire_test),
	{}
};

static struct kunit_suite deliver_suite = {
	.name = "chim_deliver",
	.init = dl_init,
	.exit = dl_exit,
	.test_cases = deliver_cases,
};

kunit_test_suite(deliver_suite);
