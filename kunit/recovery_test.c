// SPDX-License-Identifier: GPL-2.0
/* Recoveries with SACK: what counts behind them, and a second loss. */
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

/* The peer has segments [@from, @to) of those from BD_SND on. */
static void have(struct bd *bd, u32 from, u32 to)
{
	bd_sack(bd, BD_SND + 1000 * from, BD_SND + 1000 * to);
}

/*
 * RFC 3465: what was acknowledged before a loss still counts for the next step,
 * but for no more than one, since the window is smaller now. What the end of the
 * recovery acknowledges counts as far as it is new.
 */
static void recovery_credit_test(struct kunit *test)
{
	static const struct {
		u32 before;
		u32 needed;
	} cases[] = {
		{ 0, 4000 }, { 1000, 3000 }, { 3000, 1000 }, { 4000, 0 },
		{ 9000, 0 },
	};
	struct bd *bd = test->priv;
	u32 i, acked;

	CHIM_COVERS(test, "TCP-034 TCP-062");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 una = cases[i].before / 1000;

		bd_reset(bd);
		bd->c.flags = CHIM_CONN_SACK;
		bd->d.ssthresh = 5000;
		open_busy(bd);
		if (una)
			bd_ack(bd, 1000 * una);
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, BD_CWND);
		/* All but one: the last acknowledgment tells of that alone. */
		have(bd, una + 1, una + 10);
		bd_drain(bd);
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 5000U);
		bd_ack(bd, bd->tcb.recover - bd->tcb.snd_una);
		KUNIT_EXPECT_EQ(test, (int)bd->tcb.cong, (int)CHIM_CONG_OPEN);
		for (acked = 0; acked < cases[i].needed; acked += 1000) {
			KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 5000U);
			bd_ack(bd, 1000);
		}
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 6000U);
		bd_drain(bd);
	}
}

/* RFC 5681, section 4.3: what was sent after it has arrived, and it has not. */
static void recovery_again_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 end;

	CHIM_COVERS(test, "TCP-062 TCP-034 TCP-035");
	bd->c.flags = CHIM_CONN_SACK;
	open_busy(bd);
	have(bd, 1, 4);
	BD_DATA(bd, BD_SND, 1000);
	BD_QUIET(bd);
	/* All that was out before: nothing follows from that. */
	have(bd, 1, 10);
	BD_DATA(bd, BD_SND + 10000, 1000);
	BD_DATA(bd, BD_SND + 11000, 1000);
	BD_DATA(bd, BD_SND + 12000, 1000);
	BD_DATA(bd, BD_SND + 13000, 1000);
	BD_QUIET(bd);
	have(bd, 1, 12);
	while (bd_count(bd))
		KUNIT_EXPECT_TRUE(test, seq_from(bd_next(bd)->seq,
						 BD_SND + 14000));
	KUNIT_EXPECT_EQ(test, bd->tcb.ssthresh, 5000U);
	/* The third segment sent after it. */
	end = bd->tcb.snd_max;
	have(bd, 1, 13);
	BD_DATA(bd, BD_SND, 1000);
	KUNIT_EXPECT_EQ(test, bd->tcb.ssthresh, 2500U);
	KUNIT_EXPECT_EQ(test, bd->tcb.recover, end);
	/* Once more, not with each that follows. */
	have(bd, 1, 14);
	while (bd_count(bd))
		KUNIT_EXPECT_TRUE(test, seq_from(bd_next(bd)->seq, end));
	KUNIT_EXPECT_EQ(test, bd->tcb.ssthresh, 2500U);
	bd_ack(bd, end - BD_SND);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.cong, (int)CHIM_CONG_OPEN);
}

/* A timeout begins anew. */
static void recovery_timeout_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-034");
	bd->d.ssthresh = 5000;
	open_busy(bd);
	bd_ack(bd, 9000);
	KUNIT_EXPECT_EQ(test, bd->tcb.flow->cwnd_acked, 9000U);
	bd_advance(bd, bd->tcb.rt_due - bd->now);
	bd_drain(bd);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.cong, (int)CHIM_CONG_LOSS);
	KUNIT_EXPECT_EQ(test, bd->tcb.flow->cwnd_acked, 0U);
}

/*
 * RFC 6582, section 3.2: the timeout came too soon. What it sent again comes twice,
 * and the echoes of that are no loss, even once all that was out is acknowledged.
 */
static void recovery_echo_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 cwnd, again = 0;

	CHIM_COVERS(test, "TCP-063 TCP-034");
	open_busy(bd);
	bd_advance(bd, BD_RTO);
	BD_DATA(bd, BD_SND, 1000);
	bd_ack(bd, 10000);
	BD_DATA(bd, BD_SND + 10000, 1000);
	bd_drain(bd);
	cwnd = bd->tcb.cwnd;
	bd_dup(bd, 5);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, cwnd);
	/* From the next one on duplicates count again. */
	bd_ack(bd, 1000);
	bd_drain(bd);
	bd_dup(bd, 3);
	while (bd_count(bd))
		again += bd_next(bd)->seq == BD_SND + 11000;
	KUNIT_EXPECT_EQ(test, again, 1U);
}

/*
 * RFC 5681, section 3.1: of five segments that are acknowledged after a timeout one
 * was sent again, so one has left the network. Whether the peer had reported the
 * others makes no difference.
 */
static void recovery_leap_test(struct kunit *test)
{
	static const struct {
		bool sack;
		bool early;	/* reported before the timeout, which forgets it */
		bool late;	/* and behind it */
	} cases[] = {
		{}, { true }, { true, true }, { true, true, true },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-034");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		if (cases[i].sack)
			bd->c.flags = CHIM_CONN_SACK;
		open_busy(bd);
		if (cases[i].early)
			have(bd, 1, 3);
		bd_advance(bd, bd->tcb.rt_due - bd->now);
		bd_drain(bd);
		if (cases[i].late)
			have(bd, 1, 5);
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 1000U);
		bd_ack(bd, 5000);
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 2000U);
		BD_DATA(bd, BD_SND + 5000, 1000);
		BD_DATA(bd, BD_SND + 6000, 1000);
		BD_QUIET(bd);
		/* One acknowledgment for both opens it as two would. */
		bd_ack(bd, 2000);
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 4000U);
		bd_drain(bd);
	}
}

/* A FIN that a peer reports with all bytes before it is no byte. */
static void recovery_fin_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-034 TCP-062");
	bd->c.flags = CHIM_CONN_SACK;
	bd_open(bd);
	bd_disconnect(bd, 5000);
	bd_drain(bd);
	bd_sack(bd, BD_SND + 1000, BD_SND + 5001);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.cong, (int)CHIM_CONG_RECOVERY);
	bd_sack(bd, BD_SND, BD_SND + 5001);
	bd_drain(bd);
	bd_ack(bd, 5001);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.cong, (int)CHIM_CONG_OPEN);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, bd->tcb.ssthresh);
}

/* No memory for the fast retransmit: it goes once the window has room for it. */
static void recovery_starved_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-062 TCP-034");
	bd->c.flags = CHIM_CONN_SACK;
	open_busy(bd);
	bd->fail_emit = 1;
	have(bd, 1, 4);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.cong, (int)CHIM_CONG_RECOVERY);
	KUNIT_EXPECT_EQ(test, bd->fail_emit, 0);
	BD_QUIET(bd);
	/* In the network: 6 to 10, and none of them again. */
	have(bd, 1, 6);
	BD_DATA(bd, BD_SND, 1000);
	BD_QUIET(bd);
	have(bd, 1, 7);
	while (bd_count(bd))
		KUNIT_EXPECT_TRUE(test, seq_from(bd_next(bd)->seq, BD_SND + 10000));
}

/* Nor for the second: what comes behind tells of that loss, not of a third. */
static void recovery_starved_again_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-034");
	bd->c.flags = CHIM_CONN_SACK;
	open_busy(bd);
	have(bd, 1, 10);
	KUNIT_EXPECT_EQ(test, bd->tcb.ssthresh, 5000U);
	have(bd, 1, 12);
	bd_drain(bd);
	bd->fail_emit = 1;
	have(bd, 1, 13);
	KUNIT_EXPECT_EQ(test, bd->fail_emit, 0);
	KUNIT_EXPECT_EQ(test, bd->tcb.ssthresh, 2500U);
	for (i = 14; i < 16; i++) {
		have(bd, 1, i);
		KUNIT_EXPECT_EQ(test, bd->tcb.ssthresh, 2500U);
	}
	bd_drain(bd);
}

static struct kunit_case recovery_cases[] = {
	KUNIT_CASE(recovery_credit_test),
	KUNIT_CASE(recovery_timeout_test),
	KUNIT_CASE(recovery_again_test),
	KUNIT_CASE(recovery_starved_test),
	KUNIT_CASE(recovery_starved_again_test),
	KUNIT_CASE(recovery_echo_test),
	KUNIT_CASE(recovery_leap_test),
	KUNIT_CASE(recovery_fin_test),
	{}
};

static struct kunit_suite recovery_suite = {
	.name = "chim_recovery",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = recovery_cases,
};

kunit_test_suite(recovery_suite);
