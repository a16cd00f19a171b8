// SPDX-License-Identifier: GPL-2.0
/*
 * What the charts of the delivery algorithm leave out: requests without bytes
 * or with host data, partial acceptance, the order after a call, the hand-over,
 * memory, the window.
 */
#include "delivery.h"

/* --- zero-byte requests ---------------------------------------------------- */

/* Without data one stays where it is; with data it ends and takes none. */
static void zero_at_head_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *z = dl_push(dl, 0), *a = dl_push(dl, 40);

	CHIM_COVERS(test, "RCV-059 RCV-090 D-49");
	dl_post(dl, z);
	DL_QUIET(dl);
	dl_post(dl, a);
	DL_QUIET(dl);
	dl_data(dl, 40, false);
	DL_COMPLETES(dl, z, a);
	DL_ENDED(dl, z, CHIM_END_OK, 0);
	DL_ENDED(dl, a, CHIM_END_OK, 40);
	DL_QUIET(dl);
}

/* One that is reached when the data is used up waits for more. */
static void zero_behind_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 10), *y = dl_nopush(dl, 0);
	struct dl_req *z = dl_push(dl, 0);

	CHIM_COVERS(test, "RCV-017 RCV-090 D-49");
	dl_post(dl, a, y, z);
	dl_data(dl, 10, true);
	DL_COMPLETES(dl, a);
	DL_QUIET(dl);
	dl_data(dl, 5, false);
	DL_COMPLETES(dl, y, z);
	DL_INDICATES(dl, 5, 5);
	DL_QUIET(dl);
}

/* One lifts the ban: it is completed, then the data is indicated again. */
static void zero_lifts_ban_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *y = dl_push(dl, 0), *z = dl_push(dl, 0);

	CHIM_COVERS(test, "RCV-088 RCV-089 RCV-090 D-49 D-52");
	dl_data(dl, 20, true);
	DL_INDICATES(dl, 20, 0);
	DL_QUIET(dl);
	dl_post(dl, y);
	DL_COMPLETES(dl, y);
	DL_ENDED(dl, y, CHIM_END_OK, 0);
	DL_INDICATES(dl, 20, 0);
	DL_QUIET(dl);
	dl_post(dl, z);
	DL_COMPLETES(dl, z);
	DL_INDICATES(dl, 20, 20);
	DL_QUIET(dl);
}

/* Posted during an indication, it lifts the ban which that one would bring. */
static void zero_in_indication_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *z = dl_push(dl, 0);

	CHIM_COVERS(test, "RCV-090 X-46");
	dl_data(dl, 20, false);
	DL_INDICATING(dl, 20);
	dl_post(dl, z);
	dl_return(dl, 0);
	DL_COMPLETES(dl, z);
	DL_INDICATES(dl, 20, 0);
	DL_QUIET(dl);
}

/* --- requests with host data ----------------------------------------------- */

/* A push request with data runs the timer at once, and ends by it. */
static void preloaded_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_req(dl, 50, 0, 20), *b = dl_req(dl, 50, 0, 20);

	CHIM_COVERS(test, "RCV-032 RCV-033 RCV-035 D-45 D-47 X-49");
	dl_post(dl, a);
	DL_TIMER(dl, DL_PUSH_TICKS);
	DL_QUIET(dl);
	dl->run.now += 10;
	dl_post(dl, b);
	DL_TIMER(dl, DL_PUSH_TICKS - 10);
	dl_data(dl, 5, false);
	KUNIT_EXPECT_EQ(test, a->r.filled, 25U);
	DL_QUIET(dl);
	dl_expire(dl);
	DL_COMPLETES(dl, a);
	DL_ENDED(dl, a, CHIM_END_OK, 5);
	/* The next one has data in it as well. */
	DL_TIMER(dl, DL_PUSH_TICKS);
	dl_expire(dl);
	DL_COMPLETES(dl, b);
	DL_ENDED(dl, b, CHIM_END_OK, 0);
}

/* PSH of data that went before it ends it, as the charts have it. */
static void preloaded_pushed_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 30), *b = dl_req(dl, 50, 0, 20);
	struct dl_req *c = dl_req(dl, 50, 0, 20);

	CHIM_COVERS(test, "RCV-036 D-45 D-51 X-49");
	dl_post(dl, a, b);
	dl_data(dl, 30, true);
	DL_COMPLETES(dl, a, b);
	DL_ENDED(dl, b, CHIM_END_OK, 0);
	/* But not one that is posted afterwards: R.2 stops. */
	dl_post(dl, c);
	DL_QUIET(dl);
	DL_TIMER(dl, DL_PUSH_TICKS);
	dl_data(dl, 10, true);
	DL_COMPLETES(dl, c);
	DL_ENDED(dl, c, CHIM_END_OK, 10);
}

/* In nonpush mode neither timer nor PSH ends it. */
static void preloaded_nopush_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_req(dl, 50, CHIM_RREQ_NOPUSH, 20);

	CHIM_COVERS(test, "RCV-033 RCV-037 D-45 X-49");
	dl_post(dl, a);
	DL_NO_TIMER(dl);
	dl_data(dl, 20, true);
	DL_NO_TIMER(dl);
	dl_expire(dl);
	DL_QUIET(dl);
	dl_data(dl, 10, false);
	DL_COMPLETES(dl, a);
	DL_ENDED(dl, a, CHIM_END_OK, 30);
}

/* A full one is filled from the start. */
static void preloaded_full_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_req(dl, 20, CHIM_RREQ_NOPUSH, 20);
	struct dl_req *b = dl_push(dl, 10), *c = dl_req(dl, 20, 0, 20);

	CHIM_COVERS(test, "RCV-034 D-45");
	dl_post(dl, a);
	DL_COMPLETES(dl, a);
	DL_NO_TIMER(dl);
	dl_post(dl, b, c);
	DL_QUIET(dl);
	dl_data(dl, 1, true);
	DL_COMPLETES(dl, b, c);
	DL_QUIET(dl);
}

/* One behind an empty request cannot end before it. */
static void preloaded_behind_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 10), *b = dl_req(dl, 50, 0, 20);

	CHIM_COVERS(test, "RCV-017 RCV-032 TMR-115");
	dl_post(dl, a, b);
	DL_TIMER(dl, DL_PUSH_TICKS);
	dl_expire(dl);
	DL_QUIET(dl);
	DL_NO_TIMER(dl);
	dl_data(dl, 10, false);
	DL_COMPLETES(dl, a);
	DL_TIMER(dl, DL_PUSH_TICKS);
	dl_expire(dl);
	DL_COMPLETES(dl, b);
}

/* --- PSH without a segment at hand ----------------------------------------- */

static const struct {
	bool first;
	bool second;
	bool ends;
} pushes[] = {
	{ false, false, false },
	{ true, false, false },
	{ false, true, true },
	{ true, true, true },
};

/* Refused data that a request takes whole: its last byte decides. */
static void pushed_when_refused_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	int i;

	CHIM_COVERS(test, "D-51");
	for (i = 0; i < ARRAY_SIZE(pushes); i++) {
		struct dl_req *a = dl_push(dl, 50);

		dl_data(dl, 10, pushes[i].first);
		dl_data(dl, 10, pushes[i].second);
		DL_INDICATES(dl, 20, 0);
		dl_post(dl, a);
		if (pushes[i].ends) {
			DL_NO_TIMER(dl);
		} else {
			DL_QUIET(dl);
			DL_TIMER(dl, DL_PUSH_TICKS);
			dl_expire(dl);
		}
		DL_COMPLETES(dl, a);
		DL_ENDED(dl, a, CHIM_END_OK, 20);
		DL_QUIET(dl);
	}
}

/* Segments that came during a call go one by one: each one's PSH counts. */
static void pushed_when_busy_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 5), *b = dl_push(dl, 50);
	struct dl_req *c = dl_push(dl, 50);

	CHIM_COVERS(test, "RCV-036 D-51 D-53");
	dl_post(dl, a);
	dl_data(dl, 5, false);
	DL_COMPLETING(dl, a);
	dl_data(dl, 10, true);
	dl_data(dl, 10, false);
	dl_post(dl, b, c);
	dl_return(dl, 0);
	DL_COMPLETES(dl, b);
	DL_ENDED(dl, b, CHIM_END_OK, 10);
	DL_QUIET(dl);
	KUNIT_EXPECT_EQ(test, c->r.filled, 10U);
	DL_TIMER(dl, DL_PUSH_TICKS);
}

/* --- partial acceptance ---------------------------------------------------- */

/* Every possible count, within skbs and between them. */
static void partly_accepted_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	u32 n;

	CHIM_COVERS(test, "RCV-086 RCV-088 D-50 X-46");
	for (n = 1; n < 12; n++) {
		struct dl_req *a = dl_push(dl, 2), *z = dl_push(dl, 0);

		dl_data(dl, 3, false);
		dl_data(dl, 4, false);
		dl_data(dl, 5, false);
		DL_INDICATING(dl, 12);
		dl_data(dl, 7, false);
		dl_return(dl, n);
		KUNIT_EXPECT_EQ(test, dl->flow.rx.bytes, 19 - n);
		DL_QUIET(dl);
		dl_post(dl, a, z);
		DL_COMPLETES(dl, a, z);
		DL_ENDED(dl, a, CHIM_END_OK, 2);
		DL_INDICATES(dl, 17 - n, 17 - n);
		DL_QUIET(dl);
		KUNIT_EXPECT_EQ(test, dl->skbs, 0);
	}
}

/* --- the timer and calls --------------------------------------------------- */

/* An expiry during a call comes last, after requests and segments. */
static void expire_while_busy_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 10), *b = dl_push(dl, 50);

	CHIM_COVERS(test, "RCV-050 D-53");
	dl_post(dl, a, b);
	dl_data(dl, 15, false);
	DL_TIMER(dl, DL_PUSH_TICKS);
	DL_COMPLETING(dl, a);
	dl_expire(dl);
	DL_NO_TIMER(dl);
	dl_data(dl, 20, false);
	DL_QUIET(dl);
	dl_return(dl, 0);
	DL_COMPLETES(dl, b);
	DL_ENDED(dl, b, CHIM_END_OK, 25);
	DL_QUIET(dl);
}

/* ... and finds nothing if they have filled the request. */
static void expire_too_late_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 10), *b = dl_push(dl, 20);
	struct dl_req *c = dl_push(dl, 50);

	CHIM_COVERS(test, "TMR-115 D-53");
	dl_post(dl, a, b);
	dl_data(dl, 15, false);
	DL_COMPLETING(dl, a);
	dl_expire(dl);
	dl_post(dl, c);
	dl_data(dl, 15, false);
	dl_return(dl, 0);
	DL_COMPLETES(dl, b);
	DL_QUIET(dl);
	dl_data(dl, 5, false);
	DL_QUIET(dl);
	DL_TIMER(dl, DL_PUSH_TICKS);
}

/* New data restarts the timer even if it has to wait itself. */
static void restart_while_busy_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 10), *b = dl_push(dl, 50);

	CHIM_COVERS(test, "RCV-038 D-46");
	dl_post(dl, a, b);
	dl_data(dl, 15, false);
	DL_COMPLETING(dl, a);
	dl->run.now += 40;
	dl_data(dl, 5, false);
	DL_TIMER(dl, DL_PUSH_TICKS);
	dl_return(dl, 0);
	DL_TIMER(dl, DL_PUSH_TICKS);
	DL_QUIET(dl);
}

/* --- data handed over ------------------------------------------------------ */

/* Nothing happens before the offload has completed; then all in order. */
static void hand_over_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	u32 rcv_nxt = dl->tcb.rcv_nxt;

	CHIM_COVERS(test, "INI-065 INI-083 INI-085 R-04 D-18 X-17");
	dl_preload(dl, 200);
	KUNIT_EXPECT_EQ(test, dl->tcb.rcv_nxt, rcv_nxt);
	dl_data(dl, 10, true);
	DL_QUIET(dl);
	dl_expire(dl);
	DL_QUIET(dl);
	dl_start(dl);
	KUNIT_EXPECT_EQ(test, dl->tcb.rcv_nxt, rcv_nxt + 10);
	DL_INDICATES(dl, 210, 210);
	DL_QUIET(dl);
	KUNIT_EXPECT_EQ(test, dl->tcb.rcv_nxt, rcv_nxt + 10);
}

/* Requests posted from within the completion come first. */
static void hand_over_to_request_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 150), *b = dl_nopush(dl, 20);
	struct dl_req *c = dl_push(dl, 60);

	CHIM_COVERS(test, "INI-065 INI-084 INI-085 R-04 D-18 D-47");
	dl_preload(dl, 200);
	dl_post(dl, a);
	dl_data(dl, 30, false);
	DL_QUIET(dl);
	KUNIT_EXPECT_EQ(test, a->r.filled, 0U);
	dl_start(dl);
	DL_COMPLETES(dl, a);
	DL_INDICATES(dl, 80, 0);
	DL_QUIET(dl);
	dl_post(dl, b, c);
	DL_COMPLETES(dl, b, c);
}

/* --- memory ---------------------------------------------------------------- */

/* What is placed at once needs no description and is freed. */
static void no_description_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 10), *b = dl_nopush(dl, 30);

	dl->starve = true;
	dl_post(dl, a, b);
	KUNIT_EXPECT_TRUE(test, dl_data(dl, 25, true));
	KUNIT_EXPECT_TRUE(test, dl_data(dl, 15, true));
	KUNIT_EXPECT_EQ(test, dl->skbs, 0);
	KUNIT_EXPECT_EQ(test, dl->described, 0);
	DL_COMPLETES(dl, a, b);
}

/* What must wait and cannot be described is not received. */
static void no_memory_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 10), *b = dl_push(dl, 10);

	dl->starve = true;
	KUNIT_EXPECT_FALSE(test, dl_data(dl, 1, false));
	DL_QUIET(dl);
	dl_post(dl, a, b);
	KUNIT_EXPECT_FALSE(test, dl_data(dl, 21, true));
	KUNIT_EXPECT_EQ(test, a->r.filled, 0U);
	DL_QUIET(dl);
	KUNIT_EXPECT_TRUE(test, dl_data(dl, 15, false));
	dl->run.now += 30;
	DL_COMPLETING(dl, a);
	/* There is room, but not now. */
	KUNIT_EXPECT_FALSE(test, dl_data(dl, 5, true));
	DL_TIMER(dl, DL_PUSH_TICKS - 30);
	dl_return(dl, 0);
	DL_QUIET(dl);
	dl->starve = false;
	KUNIT_EXPECT_TRUE(test, dl_data(dl, 6, true));
	dl->starve = true;
	KUNIT_EXPECT_FALSE(test, dl_data(dl, 6, true));
	DL_COMPLETES(dl, b);
	DL_INDICATES(dl, 1, 1);
}

/* --- the window ------------------------------------------------------------ */

/* It opens by what is placed and what is accepted, refused or not. */
static void window_test(struct kunit *test)
{
	struct dl *dl = test->priv;
	struct dl_req *a = dl_push(dl, 40);
	u32 wnd = dl->wnd;

	CHIM_COVERS(test, "X-48");
	dl_data(dl, 100, false);
	KUNIT_EXPECT_EQ(test, dl->tcb.rcv_wnd, wnd - 100);
	DL_INDICATING(dl, 100);
	KUNIT_EXPECT_EQ(test, dl->tcb.rcv_wnd, wnd - 100);
	dl_return(dl, 30);
	KUNIT_EXPECT_EQ(test, dl->tcb.rcv_wnd, wnd - 70);
	dl_post(dl, a);
	KUNIT_EXPECT_EQ(test, dl->tcb.rcv_wnd, wnd - 30);
	DL_COMPLETES(dl, a);
	DL_INDICATES(dl, 30, 30);
	KUNIT_EXPECT_EQ(test, dl->tcb.rcv_wnd, wnd);
}

static struct kunit_case deliver_request_cases[] = {
	KUNIT_CASE(zero_at_head_test),
	KUNIT_CASE(zero_behind_test),
	KUNIT_CASE(zero_lifts_ban_test),
	KUNIT_CASE(zero_in_indication_test),
	KUNIT_CASE(preloaded_test),
	KUNIT_CASE(preloaded_pushed_test),
	KUNIT_CASE(preloaded_nopush_test),
	KUNIT_CASE(preloaded_full_test),
	KUNIT_CASE(preloaded_behind_test),
	KUNIT_CASE(pushed_when_refused_test),
	KUNIT_CASE(pushed_when_busy_test),
	KUNIT_CASE(partly_accepted_test),
	KUNIT_CASE(expire_while_busy_test),
	KUNIT_CASE(expire_too_late_test),
	KUNIT_CASE(restart_while_busy_test),
	KUNIT_CASE(hand_over_test),
	KUNIT_CASE(hand_over_to_request_test),
	KUNIT_CASE(no_description_test),
	KUNIT_CASE(no_memory_test),
	KUNIT_CASE(window_test),
	{}
};

static struct kunit_suite deliver_request_suite = {
	.name = "chim_deliver_request",
	.init = dl_init,
	.exit = dl_exit,
	.test_cases = deliver_request_cases,
};

kunit_test_suite(deliver_request_suite);
