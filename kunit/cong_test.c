// SPDX-License-Identifier: GPL-2.0
/* Congestion control: how much may be in the network. */
#include "bed.h"

#include "tcp/cong.h"

/* Ten segments are out, from BD_SND on, and there is more to send. */
static void open_busy(struct bd *bd)
{
	bd_open(bd);
	bd_send(bd, 50000);
	KUNIT_ASSERT_EQ(bd->test, bd->tcb.snd_max, BD_SND + BD_CWND);
	bd_drain(bd);
}

/* --- growth ---------------------------------------------------------------- */

/* RFC 5681, section 3.1 */
static void cong_slow_start_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i, cwnd = 2000;

	CHIM_COVERS(test, "TCP-034");
	bd->d.cwnd = 2000;
	bd->d.ssthresh = 8000;
	bd_open(bd);
	bd_send(bd, 100000);
	KUNIT_EXPECT_EQ(test, bd_count(bd), 2U);
	while (cwnd < 8000) {
		bd_drain(bd);
		bd_ack(bd, 1000);
		cwnd += 1000;
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, cwnd);
		KUNIT_EXPECT_EQ(test, bd_count(bd), 2U);
	}
	/* Congestion avoidance: a segment for each window of data. */
	for (i = 0; i < 3; i++, cwnd += 1000) {
		u32 acked;

		for (acked = 1000; acked < cwnd; acked += 1000) {
			bd_ack(bd, 1000);
			KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, cwnd);
		}
		bd_ack(bd, 1000);
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, cwnd + 1000);
	}
}

/* A window that is not used does not grow. */
static void cong_unused_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-034");
	bd_open(bd);
	for (i = 0; i < 50; i++) {
		bd_send(bd, 1000);
		bd_ack(bd, 1000);
	}
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, BD_CWND);
}

/* CON-053, X-05: as it came, but never too large to count with. */
static void cong_handover_test(struct kunit *test)
{
	static const struct {
		u32 cwnd;
		u32 ssthresh;
		u32 used;
	} cases[] = {
		{ 1000, 2000, 1000 },
		{ 1, 0, 1 },
		{ 0, 1, 0 },
		{ 1 << 30, U32_MAX, 1 << 30 },
		{ (1 << 30) + 1, 1 << 30, 1 << 30 },
		{ U32_MAX, U32_MAX, 1 << 30 },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "CON-053 X-05 R-13");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd->d.cwnd = cases[i].cwnd;
		bd->d.ssthresh = cases[i].ssthresh;
		bd_open(bd);
		bd_end(bd);
		KUNIT_EXPECT_EQ(test, bd->d.cwnd, cases[i].used);
		KUNIT_EXPECT_EQ(test, bd->d.ssthresh, cases[i].ssthresh);
	}
	/* However small, a segment goes. */
	bd_reset(bd);
	bd->d.cwnd = 0;
	bd_open(bd);
	bd_send(bd, 5000);
	BD_DATA(bd, BD_SND, 1000);
	BD_QUIET(bd);
}

/* The largest there may be does not grow further. */
static void cong_largest_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_run run;

	CHIM_COVERS(test, "X-05");
	bd->tcb.cwnd = CHIM_CWND_MAX;
	bd->tcb.ssthresh = U32_MAX;
	bd->tcb.snd_max = CHIM_CWND_MAX;
	bd_begin(bd, &run);
	chim_cong_acked(&run, 1000, 0, false);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, (u32)CHIM_CWND_MAX);
	memset(&bd->tcb, 0, sizeof(bd->tcb));
}

/* All is acknowledged, and the next frame may be as long as the window. */
static void open_rested(struct bd *bd)
{
	bd->d.cwnd = 40000;
	bd->burst = 40000;
	bd_open(bd);
	bd_send(bd, 1000);
	bd_ack(bd, 1000);
	bd_drain(bd);
}

/* RFC 5681, section 4.1: after a pause it starts from what is safe. */
static void cong_idle_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-034");
	open_rested(bd);
	bd_skip(bd, 100);
	bd_send(bd, 1000);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 40000U);
	bd_ack(bd, 1000);
	bd_skip(bd, 5000);
	bd_send(bd, 40000);
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_max - bd->tcb.snd_una, 10000U);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 10000U);
	KUNIT_EXPECT_GE(test, bd->tcb.ssthresh, 30000U);
}

/* The flow, which knows when something was sent, is long gone by then. */
static void cong_long_idle_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-034");
	open_rested(bd);
	bd_advance(bd, 60000);
	KUNIT_EXPECT_NULL(test, bd->tcb.flow);
	bd_send(bd, 40000);
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_max - bd->tcb.snd_una, 10000U);
}

/* --- a timeout ------------------------------------------------------------- */

static void cong_timeout_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-034 TCP-039");
	open_busy(bd);
	bd_advance(bd, BD_RTO);
	BD_DATA(bd, BD_SND, 1000);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.ssthresh, 5000U);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 1000U);
	/* Once for each segment. */
	bd_advance(bd, 2 * BD_RTO);
	BD_DATA(bd, BD_SND, 1000);
	KUNIT_EXPECT_EQ(test, bd->tcb.ssthresh, 5000U);
	/* Slow start over everything behind it. */
	bd_ack(bd, 1000);
	BD_DATA(bd, BD_SND + 1000, 1000);
	BD_DATA(bd, BD_SND + 2000, 1000);
	BD_QUIET(bd);
	for (i = 3; i < 7; i++) {
		bd_ack(bd, 1000);
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, min(i, 5U) * 1000);
	}
	/* What was there all the time need not go again. */
	bd_drain(bd);
	bd_ack(bd, BD_SND + 10000 - bd->tcb.snd_una);
	BD_DATA(bd, BD_SND + 10000, 1000);
}

/* RFC 6582, section 4: echoes of what was sent again are no loss. */
static void cong_echo_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-063 TCP-034");
	open_busy(bd);
	bd_advance(bd, BD_RTO);
	bd_drain(bd);
	bd_ack(bd, 3000);
	bd_drain(bd);
	bd_dup(bd, 5);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.cong, (int)CHIM_CONG_LOSS);
}

/* --- fast retransmit and recovery ------------------------------------------ */

/* TCP-035: after so many duplicates, not before. */
static void cong_threshold_test(struct kunit *test)
{
	static const u32 thresholds[] = { 1, 2, 3, 5, 20 };
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-034 TCP-035 CAP-043");
	for (i = 0; i < ARRAY_SIZE(thresholds); i++) {
		bd_reset(bd);
		bd->cfg.dup_acks = thresholds[i];
		bd->d.snd_wnd = BD_CWND;	/* no limited transmit */
		bd->wnd = BD_CWND;
		open_busy(bd);
		bd_dup(bd, thresholds[i] - 1);
		BD_QUIET(bd);
		bd_dup(bd, 1);
		BD_DATA(bd, BD_SND, 1000);
		BD_QUIET(bd);
	}
}

/* What is no duplicate: data, another window, nothing in flight. */
static void cong_no_duplicate_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-034 TCP-035");
	open_busy(bd);
	for (i = 0; i < 5; i++)
		bd_data(bd, bd->tcb.rcv_nxt, 10);
	for (i = 0; i < 5; i++)
		bd_peer_window(bd, BD_WND - 1 - i);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.dup_acks, 0U);
	bd_ack(bd, BD_CWND);
	bd_reset(bd);
	bd_open(bd);
	bd_dup(bd, 10);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.dup_acks, 0U);
	BD_QUIET(bd);
}

/* RFC 5681, section 3.2; RFC 3042; RFC 6582, section 3.2. */
static void cong_recovery_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-034 TCP-063");
	open_busy(bd);
	/* Limited transmit. */
	bd_dup(bd, 1);
	BD_DATA(bd, BD_SND + 10000, 1000);
	bd_dup(bd, 1);
	BD_DATA(bd, BD_SND + 11000, 1000);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, BD_CWND);
	/* What it sent does not count for the threshold. */
	bd_dup(bd, 1);
	BD_DATA(bd, BD_SND, 1000);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.ssthresh, 5000U);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 8000U);
	/* Each further one inflates the window: 12 are out. */
	bd_dup(bd, 4);
	BD_QUIET(bd);
	bd_dup(bd, 1);
	BD_DATA(bd, BD_SND + 12000, 1000);
	BD_QUIET(bd);
	/* Partial: the next hole at once, the window deflated. */
	bd_ack(bd, 4000);
	BD_DATA(bd, BD_SND + 4000, 1000);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 10000U);
	bd_drain(bd);
	/* All that was out at the time: recovery ends without a burst. */
	bd_ack(bd, 8000);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.cong, (int)CHIM_CONG_OPEN);
	KUNIT_EXPECT_LE(test, bd->tcb.cwnd, 5000U);
	KUNIT_EXPECT_LE(test, bd_count(bd), 3U);
}

/* Duplicates from before the last loss start no second recovery. */
static void cong_once_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-063");
	bd->d.snd_wnd = BD_CWND;
	bd->wnd = BD_CWND;
	open_busy(bd);
	bd_dup(bd, 3);
	bd_drain(bd);
	bd_ack(bd, 2000);
	BD_DATA(bd, BD_SND + 2000, 1000);
	bd_drain(bd);
	bd_dup(bd, 10);
	while (bd_count(bd))
		KUNIT_EXPECT_TRUE(test, seq_from(bd_next(bd)->seq,
						 BD_SND + BD_CWND));
}

/* CON-056: the count goes on where the host's stood. */
static void cong_count_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "CON-056 TCP-035");
	bd->d.snd_nxt += 5000;
	bd->d.snd_max += 5000;
	bd->d.dup_acks = 2;
	bd->d.rt_left = 1000;
	bd_adopt(bd, 5000);
	bd_open(bd);
	bd_dup(bd, 1);
	BD_DATA(bd, BD_SND, 1000);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, (u32)bd->d.dup_acks, 3U);
	/* And is returned. */
	bd_reset(bd);
	open_busy(bd);
	bd_dup(bd, 2);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, (u32)bd->d.dup_acks, 2U);
}

/* --- with SACK: RFC 6675 --------------------------------------------------- */

/* The peer has segments [@from, @to) of those from BD_SND on. */
static void have(struct bd *bd, u32 from, u32 to)
{
	bd_sack(bd, BD_SND + 1000 * from, BD_SND + 1000 * to);
}

static void cong_sack_recovery_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-062 TCP-034 TCP-063 CON-011 CAP-017");
	bd->c.flags = CHIM_CONN_SACK;
	open_busy(bd);
	have(bd, 1, 2);
	BD_DATA(bd, BD_SND + 10000, 1000);
	have(bd, 1, 3);
	BD_DATA(bd, BD_SND + 11000, 1000);
	have(bd, 1, 4);
	BD_DATA(bd, BD_SND, 1000);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.ssthresh, 5000U);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 5000U);
	/* In the network: 4 to 12, and 0 again, which makes 9. */
	have(bd, 1, 8);
	BD_QUIET(bd);
	have(bd, 1, 9);
	BD_DATA(bd, BD_SND + 12000, 1000);
	BD_QUIET(bd);
	/* All but the first: it is not sent a third time. */
	have(bd, 1, 13);
	while (bd_count(bd))
		KUNIT_EXPECT_TRUE(test, seq_from(bd_next(bd)->seq,
						 BD_SND + 13000));
	bd_ack(bd, 13000);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.cong, (int)CHIM_CONG_OPEN);
}

/* Several holes: each is filled once, in order, as there is room. */
static void cong_sack_holes_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;

	CHIM_COVERS(test, "TCP-062 CON-011");
	bd->c.flags = CHIM_CONN_SACK;
	bd->d.snd_wnd = BD_CWND;
	bd->wnd = BD_CWND;
	open_busy(bd);
	/* 0, 2 and 4 are lost; four ranges tell so at once. */
	seg = bd_seg(bd);
	seg.n_sack = 3;
	seg.sack[0].start = BD_SND + 5000;
	seg.sack[0].end = BD_SND + 10000;
	seg.sack[1].start = BD_SND + 3000;
	seg.sack[1].end = BD_SND + 4000;
	seg.sack[2].start = BD_SND + 1000;
	seg.sack[2].end = BD_SND + 2000;
	bd_input(bd, &seg);
	BD_DATA(bd, BD_SND, 1000);
	BD_DATA(bd, BD_SND + 2000, 1000);
	BD_DATA(bd, BD_SND + 4000, 1000);
	BD_QUIET(bd);
	/* The same again changes nothing. */
	bd_input(bd, &seg);
	BD_QUIET(bd);
	bd_ack(bd, 10000);
	BD_DATA(bd, BD_SND + 10000, 1000);
}

/* Fewer acknowledgments than the threshold, but more bytes. */
static void cong_sack_bytes_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-062 TCP-035");
	bd->c.flags = CHIM_CONN_SACK;
	open_busy(bd);
	have(bd, 1, 4);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.cong, (int)CHIM_CONG_RECOVERY);
	BD_DATA(bd, BD_SND, 1000);
}

/* RFC 2018, section 8: a timeout believes nothing. */
static void cong_sack_timeout_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-062");
	bd->c.flags = CHIM_CONN_SACK;
	bd->d.snd_wnd = BD_CWND;
	bd->wnd = BD_CWND;
	open_busy(bd);
	have(bd, 1, 3);
	bd_advance(bd, BD_RTO);
	BD_DATA(bd, BD_SND, 1000);
	bd_ack(bd, 1000);
	BD_DATA(bd, BD_SND + 1000, 1000);
	BD_DATA(bd, BD_SND + 2000, 1000);
	/* What is reported again is passed over. */
	bd_drain(bd);
	have(bd, 3, 9);
	BD_QUIET(bd);
	bd_ack(bd, 8000);
	BD_DATA(bd, BD_SND + 9000, 1000);
}

/* TCP-061: without the flag they are passed over. */
static void cong_sack_off_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-061 CON-011");
	bd->d.snd_wnd = BD_CWND;
	bd->wnd = BD_CWND;
	open_busy(bd);
	have(bd, 1, 9);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.dup_acks, 1U);
	KUNIT_EXPECT_NULL(test, bd->tcb.flow->board);
	bd_ack(bd, 5000);
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_una, BD_SND + 5000);
}

/* --- told of congestion ---------------------------------------------------- */

/* RFC 3168, section 6.1.2: once for each window, and the peer is told. */
static void cong_ecn_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;
	const struct chim_frame *f;

	CHIM_COVERS(test, "TCP-063");
	bd->cfg.ecn = true;
	bd_open(bd);
	bd_send(bd, 50000);
	while ((f = bd_frame(bd)))
		KUNIT_EXPECT_TRUE(test, f->ect);
	seg = bd_seg(bd);
	seg.ack += 1000;
	seg.flags |= CHIM_ECE;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 5000U);
	KUNIT_EXPECT_EQ(test, bd->tcb.ssthresh, 5000U);
	BD_QUIET(bd);
	seg.ack += 3000;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 5000U);
	/* What tells of congestion has not let it grow: 6000 are in flight. */
	seg.ack += 2000;
	seg.flags &= ~CHIM_ECE;
	bd_input(bd, &seg);
	f = bd_frame(bd);
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_EXPECT_TRUE(test, f->flags & CHIM_CWR);
	/* Once, and not on what is sent again. */
	bd_drain(bd);
	seg.ack += 1000;
	bd_input(bd, &seg);
	KUNIT_EXPECT_FALSE(test, bd_next(bd)->flags & CHIM_CWR);
	bd_drain(bd);
	bd_advance(bd, 1000);
	f = bd_frame(bd);
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_EXPECT_FALSE(test, f->ect);
}

static void cong_ecn_off_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;
	const struct chim_frame *f;

	CHIM_COVERS(test, "TCP-063");
	bd_open(bd);
	bd_send(bd, 50000);
	while ((f = bd_frame(bd)))
		KUNIT_EXPECT_FALSE(test, f->ect);
	seg = bd_seg(bd);
	seg.ack += 1000;
	seg.flags |= CHIM_ECE;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 11000U);
}

/* The device's own queue has dropped something: likewise, quietly. */
static void cong_device_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-034");
	open_busy(bd);
	bd_congested(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 5000U);
	bd_congested(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 5000U);
	bd_ack(bd, 10000);
	KUNIT_EXPECT_FALSE(test, bd_next(bd)->flags & CHIM_CWR);
	bd_reset(bd);
	bd_open(bd);
	bd_congested(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, BD_CWND);
}

/* What the queue dropped is sent again at once, and the window falls once. */
static void cong_dropped_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-034 TCP-035");
	open_busy(bd);
	bd_congested(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 5000U);
	bd_dup(bd, 3);
	BD_DATA(bd, BD_SND, 1000);
	KUNIT_EXPECT_EQ(test, bd->tcb.ssthresh, 5000U);
	bd_reset(bd);
	bd->c.flags |= CHIM_CONN_SACK;
	open_busy(bd);
	bd_congested(bd);
	bd_sack(bd, BD_SND + 1000, BD_SND + 5000);
	BD_DATA(bd, BD_SND, 1000);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 5000U);
}

static struct kunit_case cong_cases[] = {
	KUNIT_CASE(cong_slow_start_test),
	KUNIT_CASE(cong_unused_test),
	KUNIT_CASE(cong_handover_test),
	KUNIT_CASE(cong_largest_test),
	KUNIT_CASE(cong_idle_test),
	KUNIT_CASE(cong_long_idle_test),
	KUNIT_CASE(cong_timeout_test),
	KUNIT_CASE(cong_echo_test),
	KUNIT_CASE(cong_threshold_test),
	KUNIT_CASE(cong_no_duplicate_test),
	KUNIT_CASE(cong_recovery_test),
	KUNIT_CASE(cong_once_test),
	KUNIT_CASE(cong_count_test),
	KUNIT_CASE(cong_sack_recovery_test),
	KUNIT_CASE(cong_sack_holes_test),
	KUNIT_CASE(cong_sack_bytes_test),
	KUNIT_CASE(cong_sack_timeout_test),
	KUNIT_CASE(cong_sack_off_test),
	KUNIT_CASE(cong_ecn_test),
	KUNIT_CASE(cong_ecn_off_test),
	KUNIT_CASE(cong_device_test),
	KUNIT_CASE(cong_dropped_test),
	{}
};

static struct kunit_suite cong_suite = {
	.name = "chim_cong",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = cong_cases,
};

kunit_test_suite(cong_suite);
