// SPDX-License-Identifier: GPL-2.0
/* The persist timer: rounds of probes of a closed window. */
#include "bed.h"

static void quiet_until(struct bd *bd, u32 ticks)
{
	bd_advance(bd, ticks - 1);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
	bd_advance(bd, 1);
}

/* What the peer answers with as long as its window is closed. */
static void refuse(struct bd *bd)
{
	u32 before = bd_count(bd);

	bd_ack(bd, 0);
	KUNIT_EXPECT_EQ(bd->test, bd_count(bd), before);
}

static void open_closed(struct bd *bd, u32 len)
{
	bd->d.snd_wnd = 0;
	bd->wnd = 0;
	bd_open(bd);
	if (len)
		bd_send(bd, len);
	BD_QUIET(bd);
}

/* TMR-091 to TMR-093: RTO, then RTO, 2 RTO, 4 RTO between probes. */
static void persist_round_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-091 TMR-092 TMR-093 TCP-032 D-68");
	bd->now = -1000;
	open_closed(bd, 3000);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.rt_count, 0U);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.wnd_probes, 0U);
	quiet_until(bd, BD_RTO);
	for (i = 0; i < 5; i++) {
		BD_DATA(bd, BD_SND, 1);
		KUNIT_EXPECT_EQ(test, (u32)bd->tcb.rt_count, i + 1);
		quiet_until(bd, BD_RTO << i);
	}
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.wnd_probes, 0U);
}

/* TMR-094, D-65: the answer to a probe starts the next round. */
static void persist_next_round_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-094 D-65 CON-058");
	open_closed(bd, 3000);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, (u32)bd->tcb.wnd_probes, i);
		/* Before the first probe of a round it changes nothing. */
		bd_advance(bd, (BD_RTO << i) - 1);
		refuse(bd);
		KUNIT_EXPECT_EQ(test, (u32)bd->tcb.wnd_probes, i);
		bd_advance(bd, 1);
		BD_DATA(bd, BD_SND, 1);
		quiet_until(bd, BD_RTO);
		BD_DATA(bd, BD_SND, 1);
		KUNIT_EXPECT_EQ(test, (u32)bd->tcb.rt_count, 2U);
		refuse(bd);
		KUNIT_EXPECT_EQ(test, (u32)bd->tcb.rt_count, 0U);
	}
}

/* A byte of a probe that is taken all the same. */
static void persist_byte_taken_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-094 TCP-032");
	open_closed(bd, 3000);
	bd_advance(bd, BD_RTO);
	BD_DATA(bd, BD_SND, 1);
	bd_ack(bd, 1);
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_una, BD_SND + 1);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.wnd_probes, 1U);
	quiet_until(bd, 2 * BD_RTO);
	BD_DATA(bd, BD_SND + 1, 1);
}

/* TMR-095: at any point. */
static void persist_opened_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-095 TMR-090 TCP-032");
	for (i = 0; i < 4; i++) {
		bd_reset(bd);
		open_closed(bd, 3000);
		if (i == 1)
			bd_advance(bd, BD_RTO);
		if (i >= 2)
			bd_advance(bd, 2 * BD_RTO);
		if (i == 3)
			refuse(bd);
		bd_drain(bd);
		bd_peer_window(bd, BD_WND);
		KUNIT_EXPECT_EQ(test, (u32)bd->tcb.wnd_probes, 0U);
		KUNIT_EXPECT_EQ(test, (u32)bd->tcb.rt_count, 0U);
		/* All of it, the byte of the probe included. */
		if (i) {
			BD_DATA(bd, BD_SND, 1);
			BD_DATA(bd, BD_SND + 1, 1000);
			BD_DATA(bd, BD_SND + 1001, 1000);
			BD_DATA(bd, BD_SND + 2001, 999);
		} else {
			BD_DATA(bd, BD_SND, 1000);
			BD_DATA(bd, BD_SND + 1000, 1000);
			BD_DATA(bd, BD_SND + 2000, 1000);
		}
		/* From here on it is the retransmit timer. */
		quiet_until(bd, BD_RTO);
		KUNIT_EXPECT_EQ(test, (u32)bd->tcb.rt_count, 1U);
		KUNIT_EXPECT_GT(test, bd_next(bd)->len, 0U);
		bd_drain(bd);
		bd_ack(bd, 3000);
		BD_CALL(bd, CHIM_CALL_SENT);
	}
}

/* TMR-096 */
static void persist_limit_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-096 EVT-078 CAP-043");
	bd->cfg.retransmissions = 3;
	open_closed(bd, 3000);
	/* The limit is one of a round: a peer that answers is probed on. */
	for (i = 0; i < 10; i++) {
		bd_advance(bd, min(BD_RTO << i, 120000U));
		BD_DATA(bd, BD_SND, 1);
		refuse(bd);
	}
	bd_advance(bd, 120000);
	for (i = 0; i < 4; i++) {
		BD_DATA(bd, BD_SND, 1);
		BD_NO_CALL(bd);
		bd_advance(bd, BD_RTO << i);
	}
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
	bd_advance(bd, 1000000);
	BD_QUIET(bd);
}

/* A limit as large as the host's variable counts is one all the same. */
static void persist_large_limit_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-096 CAP-043");
	bd->cfg.retransmissions = U8_MAX;
	open_closed(bd, 3000);
	bd_advance(bd, BD_RTO);
	BD_DATA(bd, BD_SND, 1);
	bd->tcb.rt_count = U8_MAX - 3;
	for (i = U8_MAX - 3; i < U8_MAX; i++) {
		bd_advance(bd, 120000);
		BD_DATA(bd, BD_SND, 1);
		BD_NO_CALL(bd);
		KUNIT_ASSERT_EQ(test, (u32)bd->tcb.rt_count, i + 1);
	}
	bd_advance(bd, 120000);
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
	BD_QUIET(bd);
}

/* TMR-090: no persist timer while the window is open, or nothing waits. */
static void persist_nothing_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-090 TMR-016");
	open_closed(bd, 0);
	KUNIT_EXPECT_FALSE(test, bd->tcb.timers & CHIM_TIMER_RETRANSMIT);
	refuse(bd);
	bd_advance(bd, 100000);
	BD_QUIET(bd);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->d.rt_left, CHIM_TICKS_NONE);
	bd_reset(bd);
	bd_open(bd);
	bd_send(bd, 1000);
	bd_ack(bd, 1000);
	KUNIT_EXPECT_FALSE(test, bd->tcb.timers & CHIM_TIMER_RETRANSMIT);
}

/* TMR-091: the window closes over data in flight. */
static void persist_in_flight_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-091 TMR-092 TMR-095");
	bd_open(bd);
	bd_send(bd, 3000);
	bd_drain(bd);
	bd_advance(bd, BD_RTO);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.rt_count, 1U);
	bd_drain(bd);
	bd_peer_window(bd, 0);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.rt_count, 0U);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.wnd_probes, 0U);
	BD_QUIET(bd);
	quiet_until(bd, BD_RTO);
	BD_DATA(bd, BD_SND, 1);
	bd->wnd = BD_WND;
	bd_ack(bd, 3000);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_QUIET(bd);
}

/* A FIN alone waits for the window like a byte. */
static void persist_fin_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-092 DSC-050");
	open_closed(bd, 0);
	bd_disconnect(bd, 0);
	BD_QUIET(bd);
	quiet_until(bd, BD_RTO);
	BD_BARE(bd, BD_SND, CHIM_FIN | CHIM_ACK);
	BD_STATE(bd, CHIM_TCP_FIN_WAIT1);
	quiet_until(bd, BD_RTO);
	BD_BARE(bd, BD_SND, CHIM_FIN | CHIM_ACK);
	bd_ack(bd, 1);
	BD_STATE(bd, CHIM_TCP_FIN_WAIT2);
	BD_CALL(bd, CHIM_CALL_SENT);
}

/* TMR-097, TMR-013, X-11: in the middle of a round, and back again. */
static void persist_handover_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_deleg d;

	CHIM_COVERS(test, "TMR-097 TMR-013 TMR-015 TMR-090 CON-058 X-11");
	open_closed(bd, 3000);
	bd_advance(bd, BD_RTO);			/* first round */
	refuse(bd);
	bd_advance(bd, 2 * BD_RTO);		/* second */
	bd_advance(bd, BD_RTO);
	bd_skip(bd, 50);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, (u32)bd->d.wnd_probes, 1U);
	KUNIT_EXPECT_EQ(test, (u32)bd->d.rt_count, 2U);
	KUNIT_EXPECT_EQ(test, bd->d.rt_left, 2 * BD_RTO - 50);
	d = bd->d;
	bd_reset(bd);
	bd->d = d;
	bd->wnd = 0;
	bd_adopt(bd, 3000);
	bd_open(bd);
	quiet_until(bd, 2 * BD_RTO - 50);
	BD_DATA(bd, BD_SND, 1);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.rt_count, 3U);
	quiet_until(bd, 4 * BD_RTO);
	BD_DATA(bd, BD_SND, 1);
	refuse(bd);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.wnd_probes, 2U);
	quiet_until(bd, 4 * BD_RTO);
	BD_DATA(bd, BD_SND, 1);
}

/*
 * A peer whose window is closed takes nothing from beyond it: what has probed it
 * does not count for an acknowledgment.
 */
static void persist_ack_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct chim_frame *f;

	CHIM_COVERS(test, "TCP-032");
	open_closed(bd, 500);
	quiet_until(bd, BD_RTO);
	BD_DATA(bd, BD_SND, 1);
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_max, BD_SND + 1);
	bd_data(bd, bd->tcb.rcv_nxt, 2000);
	f = bd_next(bd);
	KUNIT_EXPECT_EQ(test, f->seq, BD_SND);
	KUNIT_EXPECT_EQ(test, f->ack, bd->tcb.rcv_nxt);
	bd_abort(bd);
	f = bd_next(bd);
	KUNIT_EXPECT_EQ(test, f->seq, BD_SND);
	KUNIT_EXPECT_TRUE(test, f->flags & CHIM_RST);
}

static struct kunit_case persist_cases[] = {
	KUNIT_CASE(persist_round_test),
	KUNIT_CASE(persist_next_round_test),
	KUNIT_CASE(persist_byte_taken_test),
	KUNIT_CASE(persist_opened_test),
	KUNIT_CASE(persist_limit_test),
	KUNIT_CASE(persist_large_limit_test),
	KUNIT_CASE(persist_nothing_test),
	KUNIT_CASE(persist_in_flight_test),
	KUNIT_CASE(persist_fin_test),
	KUNIT_CASE(persist_handover_test),
	KUNIT_CASE(persist_ack_test),
	{}
};

static struct kunit_suite persist_suite = {
	.name = "chim_timer_persist",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = persist_cases,
};

kunit_test_suite(persist_suite);
