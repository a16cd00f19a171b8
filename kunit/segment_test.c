// SPDX-License-Identifier: GPL-2.0
/* Segments in: what is acceptable, timestamps, blind resets. */
#include "bed.h"

/* --- acceptance ------------------------------------------------------------ */

/*
 * RFC 9293, section 3.10.7.4, first: against a window of 1000 bytes from
 * RCV.NXT, which is @at. What is not acceptable is acknowledged and else
 * ignored; @took bytes are taken.
 */
static const struct {
	s32 seq;
	u32 len;
	u32 took;
	bool ack;	/* at once */
} in_window[] = {
	{ 0, 1, 1, false },
	{ 0, 1000, 1000, false },
	{ 0, 1001, 1000, true },	/* cut at the edge */
	{ 0, 3000, 1000, true },
	{ -1, 1, 0, true },
	{ -1, 2, 1, true },
	{ -500, 500, 0, true },
	{ -500, 501, 1, true },
	{ -500, 2000, 1000, true },
	{ 1, 1, 0, true },		/* out of order */
	{ 999, 1, 0, true },
	{ 1000, 1, 0, true },
	{ 1000000, 1, 0, true },
	{ -1000000, 1, 0, true },
	{ S32_MAX, 1, 0, true },
	{ S32_MIN, 1, 0, true },
};

static void segment_window_test(struct kunit *test)
{
	static const u32 at[] = { 0, 1, -1, -500, -999, -1000, -1001, S32_MAX };
	struct bd *bd = test->priv;
	u32 i, j;

	CHIM_COVERS(test, "TCP-031");
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		for (j = 0; j < ARRAY_SIZE(in_window); j++) {
			u32 nxt = at[i] + in_window[j].took;

			bd_reset(bd);
			bd->d.rcv_nxt = at[i];
			bd->d.snd_wl1 = at[i];
			bd->d.rcv_wnd = 1000;
			bd->v.rcv_wnd = 1000;
			bd->accept = 0;
			bd_open(bd);
			bd_data(bd, at[i] + in_window[j].seq, in_window[j].len);
			KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, nxt);
			KUNIT_EXPECT_EQ(test, bd_count(bd),
					(u32)in_window[j].ack);
			if (in_window[j].ack)
				BD_ACK(bd);
		}
	}
}

/* The four cases of the RFC's table with a closed window. */
static void segment_closed_window_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-031 TCP-032");
	bd->d.rcv_wnd = 0;
	bd->d.rcv_nxt = -1;
	bd->d.snd_wl1 = -1;
	bd->v.rcv_wnd = 1;
	bd->buffered = 1;
	bd->accept = 0;
	bd->d.snd_nxt += 100;
	bd->d.snd_max += 100;
	bd_adopt(bd, 100);
	bd_load(bd);
	bd_start(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, 0U);
	bd_drain(bd);
	/* An acknowledgment at RCV.NXT counts. */
	bd_ack(bd, 40);
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_una, BD_SND + 40);
	BD_QUIET(bd);
	/* So does that of a window probe, whose byte is turned away. */
	bd_data(bd, -1, 1);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, (u32)-1);
	BD_ACK(bd);
	/* One beyond is not acceptable, with text or without. */
	bd_flags(bd, 0, CHIM_ACK);
	BD_ACK(bd);
	bd_data(bd, 0, 1);
	BD_ACK(bd);
	BD_QUIET(bd);
}

/* RFC 5961, section 7: the other end may find our answers unacceptable, too. */
static void segment_answers_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;
	int i;

	CHIM_COVERS(test, "RST-014");
	bd_open(bd);
	bd_send(bd, 500);
	bd_drain(bd);
	seg = bd_seg(bd);
	seg.ack = bd->tcb.snd_max + 1000;
	bd_input(bd, &seg);
	BD_ACK(bd);
	for (i = 0; i < 100; i++)
		bd_input(bd, &seg);
	BD_QUIET(bd);
	/* What has text may have been lost on the way, and RST its challenge. */
	bd_data(bd, bd->tcb.rcv_nxt - 500, 100);
	BD_ACK(bd);
	bd_flags(bd, bd->tcb.rcv_nxt + 1, CHIM_RST);
	BD_ACK(bd);
	bd_flags(bd, bd->tcb.rcv_nxt + 1, CHIM_RST);
	BD_QUIET(bd);
	bd_skip(bd, READ_ONCE(bd->cfg.tps) / 2);
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, bd_next(bd)->len, 0U);
}

/* Likewise where nothing else is going on at either end, from the first one on. */
static void segment_answers_idle_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;
	u32 i, j;

	bd_open(bd);
	seg = bd_seg(bd);
	seg.seq += 100000;
	for (i = 0; i < 4; i++) {
		for (j = 0; j < 50; j++) {
			bd_input(bd, &seg);
			KUNIT_EXPECT_EQ(test, bd_count(bd), !j ? 1U : 0U);
			bd_drain(bd);
			KUNIT_EXPECT_NULL(test, bd->tcb.flow);
			bd_skip(bd, 10);
		}
	}
}

/* RFC 9293, section 3.10.7.4, fifth; RFC 5961, section 5.2. */
static const struct {
	s32 ack;	/* from SND.UNA; 2000 bytes are out, 60000 is the window */
	u32 moved;
	bool answer;
} acks[] = {
	{ 0, 0, false },
	{ 1, 1, false },
	{ 2000, 2000, false },
	{ 2001, 0, true },
	{ 1 << 30, 0, true },
	{ S32_MAX, 0, true },
	{ S32_MIN, 0, true },
	{ -1, 0, false },
	{ -60000, 0, false },
	{ -60001, 0, true },
};

static void segment_ack_range_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-031");
	for (i = 0; i < ARRAY_SIZE(acks); i++) {
		bd_reset(bd);
		bd->d.snd_una = -1000;
		bd->d.snd_nxt = -1000;
		bd->d.snd_max = -1000;
		bd_open(bd);
		bd_send(bd, 2000);
		bd_drain(bd);
		bd_ack(bd, acks[i].ack);
		KUNIT_EXPECT_EQ(test, bd->tcb.snd_una, -1000 + acks[i].moved);
		KUNIT_EXPECT_EQ(test, bd_count(bd), (u32)acks[i].answer);
	}
}

static void segment_no_ack_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;

	CHIM_COVERS(test, "TCP-031");
	bd_open(bd);
	bd_send(bd, 100);
	bd_drain(bd);
	seg = bd_seg(bd);
	seg.flags = CHIM_PSH;
	seg.len = 10;
	seg.ack += 100;
	KUNIT_EXPECT_EQ(test, bd_input(bd, &seg), CHIM_SEG_DONE);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV);
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_una, BD_SND);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
}

static void segment_bad_options_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;

	CHIM_COVERS(test, "TCP-031 STT-055");
	bd_open(bd);
	seg = bd_seg(bd);
	seg.len = 10;
	seg.bad_options = true;
	KUNIT_EXPECT_EQ(test, bd_input(bd, &seg), CHIM_SEG_DROPPED);
	KUNIT_EXPECT_EQ(test, bd->mib.in_errors, 1ULL);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV);
	BD_QUIET(bd);
}

/* --- PAWS and the timestamp to echo ---------------------------------------- */

#define DAYS_24		(24U * 24 * 3600 * 1000)

static const struct {
	u32 recent;
	u32 tsval;
	bool taken;
} paws[] = {
	{ 1000, 1000, true },
	{ 1000, 1001, true },
	{ 1000, 999, false },
	{ 0, -1, false },
	{ -1, 0, true },
	{ -1, 1, true },
	{ -1, -2, false },
	{ 1, -1, false },
	{ 0, S32_MAX, true },
	{ -5, S32_MAX - 5, true },
	{ -5, 0x80000000U, false },
};

static void segment_paws_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;
	u32 i;

	CHIM_COVERS(test, "TCP-042 TCP-043 TSP-016");
	for (i = 0; i < ARRAY_SIZE(paws); i++) {
		bool taken = paws[i].taken;

		bd_reset(bd);
		bd->c.flags = CHIM_CONN_TIMESTAMPS;
		bd->d.ts_recent = paws[i].recent;
		bd_open(bd);
		seg = bd_seg(bd);
		seg.tsval = paws[i].tsval;
		seg.len = 10;
		bd_input(bd, &seg);
		KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt - BD_RCV, taken * 10U);
		KUNIT_EXPECT_EQ(test, bd->tcb.ts_recent,
				taken ? paws[i].tsval : paws[i].recent);
		/* Rejected, it is acknowledged at once. */
		KUNIT_EXPECT_EQ(test, bd_count(bd), (u32)!taken);
	}
}

/* RFC 7323, section 5: not for RST, not if the option is missing or off. */
static void segment_paws_exempt_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;

	CHIM_COVERS(test, "TCP-042");
	bd->c.flags = CHIM_CONN_TIMESTAMPS;
	bd->d.ts_recent = 1000;
	bd_open(bd);
	seg = bd_seg(bd);
	seg.has_ts = false;
	seg.len = 10;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 10);
	seg = bd_seg(bd);
	seg.tsval = 999;
	seg.flags = CHIM_RST;
	bd_input(bd, &seg);
	BD_STATE(bd, CHIM_TCP_CLOSED);

	bd_reset(bd);
	bd->d.ts_recent = 1000;
	bd_open(bd);
	seg = bd_seg(bd);
	seg.has_ts = true;
	seg.tsval = 999;
	seg.len = 10;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 10);
	KUNIT_EXPECT_EQ(test, bd->tcb.ts_recent, 1000U);
}

/* RFC 7323, section 5.5, from TsRecentAge of the offload on. */
static void segment_paws_old_test(struct kunit *test)
{
	static const struct {
		u32 age;
		bool taken;
	} ages[] = {
		{ 0, false }, { DAYS_24, false }, { DAYS_24 + 1, true },
	};
	struct bd *bd = test->priv;
	struct chim_seg seg;
	u32 i;

	CHIM_COVERS(test, "TCP-042 TSP-016");
	for (i = 0; i < ARRAY_SIZE(ages); i++) {
		bd_reset(bd);
		bd->c.flags = CHIM_CONN_TIMESTAMPS;
		bd->d.ts_recent = 1000;
		bd->d.ts_recent_age = ages[i].age;
		bd_open(bd);
		seg = bd_seg(bd);
		seg.tsval = 500;
		seg.len = 10;
		bd_input(bd, &seg);
		KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt - BD_RCV,
				ages[i].taken * 10U);
	}
}

/* RFC 7323, section 4.3: from a segment that spans Last.ACK.sent only. */
static void segment_ts_recent_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;
	struct chim_conn_deleg d;

	CHIM_COVERS(test, "TSP-016 TCP-043");
	bd->c.flags = CHIM_CONN_TIMESTAMPS;
	bd->d.ts_recent = 1000;
	bd->d.ts_recent_age = 77;
	bd_open(bd);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, d.ts_recent, 1000U);
	KUNIT_EXPECT_EQ(test, d.ts_recent_age, 77U);
	/* The first of two: its stamp is echoed, not that of the second. */
	seg = bd_seg(bd);
	seg.tsval = 1010;
	seg.len = 10;
	bd_input(bd, &seg);
	bd_skip(bd, 5);
	seg = bd_seg(bd);
	seg.tsval = 1020;
	seg.len = 10;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, bd_next(bd)->tsecr, 1010U);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, d.ts_recent, 1010U);
	KUNIT_EXPECT_EQ(test, d.ts_recent_age, 5U);
	/* One out of order tells nothing. */
	seg = bd_seg(bd);
	seg.tsval = 1030;
	seg.seq += 100;
	seg.len = 10;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, bd->tcb.ts_recent, 1010U);
}

/* --- blind resets ---------------------------------------------------------- */

static const struct {
	s32 seq;	/* from RCV.NXT, the window is 1000 */
	enum { DROP, ABORT, CHALLENGE } then;
} resets[] = {
	{ 0, ABORT },
	{ 1, CHALLENGE },
	{ 999, CHALLENGE },
	{ 1001, DROP },
	{ 100000, DROP },
	{ -1, DROP },
	{ -1000, DROP },
	{ S32_MAX, DROP },
	{ S32_MIN, DROP },
};

static void segment_reset_test(struct kunit *test)
{
	static const u32 at[] = { 0, -1, -500, -1000, 0x7fffffff };
	struct bd *bd = test->priv;
	u32 i, j;

	CHIM_COVERS(test, "RST-010 RST-011 RST-012 RST-013 EVT-050");
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		for (j = 0; j < ARRAY_SIZE(resets); j++) {
			bd_reset(bd);
			bd->d.rcv_nxt = at[i];
			bd->d.snd_wl1 = at[i];
			bd->d.rcv_wnd = 1000;
			bd->v.rcv_wnd = 1000;
			bd_open(bd);
			bd_flags(bd, at[i] + resets[j].seq, CHIM_RST);
			if (resets[j].then == CHALLENGE)
				BD_ACK(bd);
			BD_QUIET(bd);
			if (resets[j].then == ABORT)
				BD_CALL(bd, CHIM_CALL_ABORT);
			BD_NO_CALL(bd);
			BD_STATE(bd, resets[j].then == ABORT ?
				 CHIM_TCP_CLOSED : CHIM_TCP_ESTABLISHED);
		}
	}
}

/* One challenge a period; an acceptable segment ends it. */
static void segment_reset_once_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "RST-013 RST-014");
	bd_open(bd);
	bd_flags(bd, BD_RCV + 5, CHIM_RST);
	BD_ACK(bd);
	bd_flags(bd, BD_RCV + 6, CHIM_RST);
	bd_advance(bd, 10000);
	bd_flags(bd, BD_RCV + 7, CHIM_RST | CHIM_ACK);
	/* Not acceptable: ends nothing, though it is answered. */
	bd_data(bd, BD_RCV - 10, 5);
	BD_ACK(bd);
	bd_flags(bd, BD_RCV + 8, CHIM_RST);
	BD_QUIET(bd);
	bd_ack(bd, 0);
	bd_flags(bd, BD_RCV + 9, CHIM_RST);
	BD_ACK(bd);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
}

/* --- SYN ------------------------------------------------------------------- */

static const struct {
	s32 seq;	/* the window is 1000 */
	bool upload;
} syns[] = {
	{ 0, true },
	{ 1, false },
	{ 999, false },
	{ 1000, false },
	{ 100000, false },
	{ -1, false },
	{ -2, false },
	{ S32_MIN, false },
};

static void segment_syn_test(struct kunit *test)
{
	static const u32 at[] = { 0, -1, -500, -1000, 0x7fffffff };
	struct bd *bd = test->priv;
	u32 i, j;

	CHIM_COVERS(test, "RST-030 RST-032 RST-033 D-70 EVT-079");
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		for (j = 0; j < ARRAY_SIZE(syns); j++) {
			bd_reset(bd);
			bd->d.rcv_nxt = at[i];
			bd->d.snd_wl1 = at[i];
			bd->d.rcv_wnd = 1000;
			bd->v.rcv_wnd = 1000;
			bd_open(bd);
			bd_flags(bd, at[i] + syns[j].seq, CHIM_SYN);
			if (!syns[j].upload)
				BD_ACK(bd);
			BD_QUIET(bd);
			if (syns[j].upload)
				BD_UPLOAD(bd, CHIM_UPLOAD_REQUESTED);
			BD_NO_CALL(bd);
			bd_end(bd);
			KUNIT_EXPECT_EQ(test, bd->d.state, syns[j].upload ?
					(u32)CHIM_TCP_CLOSED :
					(u32)CHIM_TCP_ESTABLISHED);
		}
	}
}

static void segment_syn_throttle_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "RST-033 RST-034 RST-031");
	/* The three seconds pass the turn of the clock. */
	bd->now = -1500;
	bd_open(bd);
	bd_flags(bd, BD_RCV + 5, CHIM_SYN);
	BD_ACK(bd);
	bd_skip(bd, 2999);
	bd_flags(bd, BD_RCV + 6, CHIM_SYN);
	BD_QUIET(bd);
	/* Outside the window there is no such limit. */
	bd_flags(bd, BD_RCV - 5, CHIM_SYN);
	BD_ACK(bd);
	bd_flags(bd, BD_RCV - 5, CHIM_SYN);
	BD_ACK(bd);
	bd_skip(bd, 1);
	bd_flags(bd, BD_RCV + 6, CHIM_SYN | CHIM_ACK);
	BD_ACK(bd);
	bd_flags(bd, BD_RCV + 6, CHIM_SYN | CHIM_ACK);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
}

/* In every state in which a connection can be here. */
static void segment_syn_states_test(struct kunit *test)
{
	static const u8 states[] = {
		CHIM_TCP_ESTABLISHED, CHIM_TCP_FIN_WAIT1, CHIM_TCP_FIN_WAIT2,
		CHIM_TCP_CLOSE_WAIT, CHIM_TCP_CLOSING, CHIM_TCP_LAST_ACK,
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "RST-032 D-70 EVT-082 D-58");
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		bool fin = states[i] == CHIM_TCP_FIN_WAIT1 ||
			   states[i] == CHIM_TCP_CLOSING ||
			   states[i] == CHIM_TCP_LAST_ACK;

		bd_reset(bd);
		bd->d.state = states[i];
		bd->d.snd_max += fin;
		bd->d.snd_nxt += fin;
		bd_open(bd);
		bd_flags(bd, BD_RCV, CHIM_SYN);
		BD_QUIET(bd);
		BD_UPLOAD(bd, CHIM_UPLOAD_REQUESTED);
		BD_STATE(bd, CHIM_TCP_CLOSED);
	}
}

static void segment_syn_time_wait_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "RST-032 RST-035");
	bd->d.state = CHIM_TCP_FIN_WAIT2;
	bd_open(bd);
	bd_flags(bd, BD_RCV, CHIM_FIN | CHIM_ACK);
	BD_STATE(bd, CHIM_TCP_TIME_WAIT);
	bd_drain(bd);
	KUNIT_EXPECT_EQ(test, bd_flags(bd, BD_RCV + 1, CHIM_SYN),
			CHIM_SEG_HOST);
	BD_STATE(bd, CHIM_TCP_TIME_WAIT);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
}

static struct kunit_case segment_cases[] = {
	KUNIT_CASE(segment_window_test),
	KUNIT_CASE(segment_closed_window_test),
	KUNIT_CASE(segment_answers_test),
	KUNIT_CASE(segment_answers_idle_test),
	KUNIT_CASE(segment_ack_range_test),
	KUNIT_CASE(segment_no_ack_test),
	KUNIT_CASE(segment_bad_options_test),
	KUNIT_CASE(segment_paws_test),
	KUNIT_CASE(segment_paws_exempt_test),
	KUNIT_CASE(segment_paws_old_test),
	KUNIT_CASE(segment_ts_recent_test),
	KUNIT_CASE(segment_reset_test),
	KUNIT_CASE(segment_reset_once_test),
	KUNIT_CASE(segment_syn_test),
	KUNIT_CASE(segment_syn_throttle_test),
	KUNIT_CASE(segment_syn_states_test),
	KUNIT_CASE(segment_syn_time_wait_test),
	{}
};

static struct kunit_suite segment_suite = {
	.name = "chim_segment",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = segment_cases,
};

kunit_test_suite(segment_suite);
