// SPDX-License-Identifier: GPL-2.0
/* What the timers have in common, and the one of FIN_WAIT_2. */
#include "bed.h"

#define FIN_WAIT2	120000U

static void quiet_until(struct bd *bd, u32 ticks)
{
	bd_advance(bd, ticks - 1);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
	bd_advance(bd, 1);
}

/* TMR-010: each runs for itself. */
static void timer_all_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_rreq *req;

	CHIM_COVERS(test, "TMR-010 TMR-111 CAP-043");
	bd->v.flags = CHIM_CONN_KEEPALIVE;
	bd->d.ka_left = 10000;
	bd_open(bd);
	bd_send(bd, 10);
	BD_DATA(bd, BD_SND, 10);
	req = bd_post(bd, 1000, 0);
	bd_data(bd, BD_RCV, 100);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.timers,
			(u32)(CHIM_TIMER_KEEPALIVE | CHIM_TIMER_DELACK |
			      CHIM_TIMER_PUSH | CHIM_TIMER_RETRANSMIT));
	quiet_until(bd, 200);
	BD_ACK(bd);
	quiet_until(bd, 100);
	BD_DATA(bd, BD_SND, 10);
	quiet_until(bd, 200);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_FILLED(bd, req, CHIM_END_OK, 100);
	quiet_until(bd, 400);
	BD_DATA(bd, BD_SND, 10);
	bd_ack(bd, 10);
	BD_CALL(bd, CHIM_CALL_SENT);
	quiet_until(bd, 10000);
	BD_BARE(bd, BD_SND + 9, CHIM_ACK);
}

/* TMR-011: a tick is as long as the host says. */
static void timer_granularity_test(struct kunit *test)
{
	static const u32 tps[] = { 10, 100, 1000, 37 };
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-011 D-63 TMR-051");
	for (i = 0; i < ARRAY_SIZE(tps); i++) {
		bd_reset(bd);
		bd->cfg.tps = tps[i];
		bd->d.srtt = 0;
		bd_open(bd);
		bd_send(bd, 100);
		bd_drain(bd);
		quiet_until(bd, tps[i]);
		BD_DATA(bd, BD_SND, 100);
		bd_ack(bd, 100);
		BD_CALL(bd, CHIM_CALL_SENT);
		bd_disconnect(bd, 0);
		bd_ack(bd, 1);
		bd_drain(bd);
		quiet_until(bd, 120 * tps[i]);
		BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
	}
}

/* TMR-012: three weeks of milliseconds, from any point of the clock. */
static void timer_weeks_test(struct kunit *test)
{
	static const u32 at[] = { 0, -1, 0x80000000, BD_NOW };
	u32 weeks = 3U * 7 * 24 * 3600 * 1000;
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-012");
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		bd_reset(bd);
		bd->now = at[i];
		bd->v.flags = CHIM_CONN_KEEPALIVE;
		bd->v.ka_timeout = weeks;
		bd->d.ka_left = weeks;
		bd_open(bd);
		quiet_until(bd, weeks);
		BD_BARE(bd, BD_SND - 1, CHIM_ACK);
		bd_ack(bd, 0);
		quiet_until(bd, weeks);
		BD_BARE(bd, BD_SND - 1, CHIM_ACK);
	}
}

/* One that is overdue by far is so, and not far ahead. */
static void timer_overdue_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 left;

	CHIM_COVERS(test, "TMR-012");
	bd_open(bd);
	bd_send(bd, 100);
	bd_drain(bd);
	bd_skip(bd, 20U * 24 * 3600 * 1000);
	KUNIT_EXPECT_TRUE(test, chim_tcp_due(&bd->tcb, bd->now, &left));
	KUNIT_EXPECT_EQ(test, left, 0U);
	bd_timer(bd);
	BD_DATA(bd, BD_SND, 100);
}

/* A look before its time does nothing. */
static void timer_early_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-010");
	bd_open(bd);
	bd_send(bd, 100);
	bd_data(bd, BD_RCV, 100);
	bd_drain(bd);
	for (i = 0; i < 100; i++)
		bd_timer(bd);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
}

/* --- push timer: handed over neither way ----------------------------------- */

static void timer_push_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_rreq *req;

	CHIM_COVERS(test, "TMR-110 TMR-114 TMR-115");
	bd_open(bd);
	KUNIT_EXPECT_FALSE(test, bd->tcb.timers & CHIM_TIMER_PUSH);
	req = bd_post(bd, 1000, 0);
	bd_data(bd, BD_RCV, 100);
	KUNIT_EXPECT_TRUE(test, bd->tcb.timers & CHIM_TIMER_PUSH);
	bd_end(bd);
	BD_FILLED(bd, req, CHIM_END_OK, 100);
	KUNIT_EXPECT_FALSE(test, bd->tcb.timers & CHIM_TIMER_PUSH);
	KUNIT_EXPECT_EQ(test, bd->d.rt_left, CHIM_TICKS_NONE);
	KUNIT_EXPECT_EQ(test, bd->d.ka_left, CHIM_TICKS_NONE);
}

/* --- FIN_WAIT_2 ------------------------------------------------------------ */

static void enter_fin_wait2(struct bd *bd)
{
	bd_open(bd);
	bd_disconnect(bd, 0);
	bd_ack(bd, 1);
	BD_STATE(bd, CHIM_TCP_FIN_WAIT2);
	bd_drain(bd);
}

static void timer_fin_wait2_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-050 TMR-051 TMR-053 TMR-054 R-07 D-58 EVT-078");
	bd->now = -FIN_WAIT2 / 2;
	enter_fin_wait2(bd);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.timers & ~CHIM_TIMER_IDLE,
			(u32)CHIM_TIMER_RETRANSMIT);
	quiet_until(bd, FIN_WAIT2);
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
	BD_NO_CALL(bd);
	BD_QUIET(bd);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->d.state, (u32)CHIM_TCP_CLOSED);
}

/* TMR-052: by any acceptable segment, and by no other. */
static void timer_fin_wait2_restart_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-052");
	enter_fin_wait2(bd);
	bd_advance(bd, FIN_WAIT2 - 1);
	bd_ack(bd, 0);
	bd_advance(bd, FIN_WAIT2 - 1);
	bd_data(bd, BD_RCV, 100);
	bd_drain(bd);
	bd_advance(bd, FIN_WAIT2 - 1);
	bd_peer_window(bd, 0);
	bd_advance(bd, FIN_WAIT2 - 1);
	/* Beyond the window, and within it but with a bad number. */
	bd_data(bd, BD_RCV + 100 + BD_WND, 1);
	bd_data(bd, BD_RCV - 50, 1);
	bd_drain(bd);
	bd_advance(bd, 1);
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
}

static void timer_fin_wait2_handover_test(struct kunit *test)
{
	static const u32 left[] = { 1, 7777, FIN_WAIT2, CHIM_TICKS_NONE };
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-055 TMR-013 TMR-015 X-02");
	for (i = 0; i < ARRAY_SIZE(left); i++) {
		u32 wait = min(left[i], FIN_WAIT2);

		bd_reset(bd);
		bd->d.state = CHIM_TCP_FIN_WAIT2;
		bd->d.rt_left = left[i];
		bd_open(bd);
		bd_skip(bd, wait - 1);
		bd_end(bd);
		KUNIT_EXPECT_EQ(test, bd->d.state, (u32)CHIM_TCP_FIN_WAIT2);
		KUNIT_EXPECT_EQ(test, bd->d.rt_left, 1U);
		KUNIT_EXPECT_EQ(test, bd->d.ka_left, CHIM_TICKS_NONE);

		bd_reset(bd);
		bd->d.state = CHIM_TCP_FIN_WAIT2;
		bd->d.rt_left = left[i];
		bd_open(bd);
		quiet_until(bd, wait);
		BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
	}
}

/* The peer's FIN ends it. */
static void timer_fin_wait2_over_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-050 TMR-016");
	enter_fin_wait2(bd);
	bd_flags(bd, BD_RCV, CHIM_FIN | CHIM_ACK);
	BD_STATE(bd, CHIM_TCP_TIME_WAIT);
	bd_drain(bd);
	bd_advance(bd, 2 * FIN_WAIT2);
	BD_NO_CALL(bd);
	BD_QUIET(bd);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->d.rt_left, CHIM_TICKS_NONE);
}

static struct kunit_case timer_cases[] = {
	KUNIT_CASE(timer_all_test),
	KUNIT_CASE(timer_granularity_test),
	KUNIT_CASE(timer_weeks_test),
	KUNIT_CASE(timer_overdue_test),
	KUNIT_CASE(timer_early_test),
	KUNIT_CASE(timer_push_test),
	KUNIT_CASE(timer_fin_wait2_test),
	KUNIT_CASE(timer_fin_wait2_restart_test),
	KUNIT_CASE(timer_fin_wait2_handover_test),
	KUNIT_CASE(timer_fin_wait2_over_test),
	{}
};

static struct kunit_suite timer_suite = {
	.name = "chim_timer",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = timer_cases,
};

kunit_test_suite(timer_suite);
