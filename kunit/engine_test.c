// SPDX-License-Identifier: GPL-2.0
/* Hand-over of a connection: what comes, what goes on, what goes back. */
#include "bed.h"

/* --- delegated variables --------------------------------------------------- */

/* CON-050 to CON-060: what nothing has touched goes back as it came. */
static void engine_variables_test(struct kunit *test)
{
	static const u32 seqs[] = { 0, 1, -1, -500, 0x7fffffff, 0x80000000 };
	struct bd *bd = test->priv;
	struct chim_conn_deleg d;
	u32 i;

	CHIM_COVERS(test, "CON-050 CON-052 CON-053 CON-056 CON-057 CON-058 CON-059 CON-060");
	for (i = 0; i < ARRAY_SIZE(seqs); i++) {
		bd_reset(bd);
		bd->v.flags = CHIM_CONN_KEEPALIVE;
		bd->d = (struct chim_conn_deleg) {
			.state = CHIM_TCP_ESTABLISHED,
			.rcv_nxt = seqs[i] + 77,
			.rcv_wnd = BD_WND,
			.snd_una = seqs[i],
			.snd_nxt = seqs[i] + 500,
			.snd_max = seqs[i] + 500,
			.snd_wnd = 400,
			.max_snd_wnd = 54321,
			.snd_wl1 = seqs[i] + 70,
			.cwnd = 300,
			.ssthresh = 7654321,
			.ts_recent = 111,
			.ts_recent_age = 222,
			.ts_time = 333,
			.total_rt = 444,
			.ka_left = 5555,
			.rt_left = 6666,
			.dwnd = 0xdeadbeef,
			.srtt = 88,
			.rttvar = 99,
			.dup_acks = 1,
			.wnd_probes = 0,
			.ka_probes = 2,
			.rt_count = 3,
		};
		bd_adopt(bd, 600);
		d = bd->d;
		bd_open(bd);
		bd_end(bd);
		/* None of the host's. */
		d.snd_backlog = bd->d.snd_backlog;
		KUNIT_EXPECT_EQ(test, memcmp(&d, &bd->d, sizeof(d)), 0);
	}
}

/* CON-050: in every state in which it may come. */
static void engine_states_test(struct kunit *test)
{
	static const u8 states[] = {
		CHIM_TCP_ESTABLISHED, CHIM_TCP_FIN_WAIT1, CHIM_TCP_FIN_WAIT2,
		CHIM_TCP_CLOSE_WAIT, CHIM_TCP_CLOSING, CHIM_TCP_LAST_ACK,
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "CON-050 X-02 X-03");
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		bool fin = states[i] == CHIM_TCP_FIN_WAIT1 ||
			   states[i] == CHIM_TCP_CLOSING ||
			   states[i] == CHIM_TCP_LAST_ACK;

		bd_reset(bd);
		bd->d.state = states[i];
		bd->d.snd_max += fin;
		bd->d.snd_nxt += fin;
		bd_open(bd);
		bd_serve(bd);
		BD_NO_CALL(bd);
		BD_QUIET(bd);
		bd_end(bd);
		KUNIT_EXPECT_EQ(test, bd->d.state, (u32)states[i]);
	}
}

/* the largest window is at least the window. */
static void engine_max_window_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_deleg d;

	CHIM_COVERS(test, "X-11");
	bd->d.snd_wnd = 5000;
	bd->d.max_snd_wnd = 10;
	bd_open(bd);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, d.max_snd_wnd, 5000U);
}

/* no window is so large that sequence numbers wrap within it. */
static void engine_huge_window_test(struct kunit *test)
{
	static const u32 wnds[][2] = {
		{ U32_MAX, U32_MAX }, { U32_MAX, 0 }, { BIT(31), BIT(31) },
		{ BD_WND, BIT(31) }, { BD_WND, U32_MAX }, { BIT(30), BIT(30) },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "X-05 R-13");
	for (i = 0; i < ARRAY_SIZE(wnds); i++) {
		bd_reset(bd);
		bd->d.snd_wnd = wnds[i][0];
		bd->d.max_snd_wnd = wnds[i][1];
		bd_open(bd);
		KUNIT_EXPECT_EQ(test, bd->tcb.snd_wnd,
				min_t(u32, wnds[i][0], BIT(30)));
		bd_send(bd, 1000);
		BD_DATA(bd, BD_SND, 1000);
		bd_data(bd, BD_RCV, 100);
		KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 100);
		bd_end(bd);
	}
}

/* --- send data that comes along -------------------------------------------- */

/* The requests of the pages' figure (D-20). */
static const u32 figure[] = { 200, 400, 400, 400, 400, 200 };

/*
 * INI-104 to INI-108: SND.NXT at 1000, SND.MAX at 1600 or 1800: from there up
 * to SND.MAX once more, then what was never sent, then later requests. The bed
 * sees that each byte is from its place.
 */
static void engine_adopt_test(struct kunit *test)
{
	static const u32 max[] = { 1000, 1600, 1800, 2000 };
	struct bd *bd = test->priv;
	struct bd_sreq *req[6];
	u32 i, j;

	CHIM_COVERS(test, "INI-104 INI-105 INI-107 INI-108 INI-109 SND-016 D-19 D-20");
	for (i = 0; i < ARRAY_SIZE(max); i++) {
		u32 at = BD_SND + 1000;

		bd_reset(bd);
		bd->d.snd_nxt = BD_SND + 1000;
		bd->d.snd_max = BD_SND + max[i];
		bd->d.rt_left = 5000;
		for (j = 0; j < ARRAY_SIZE(figure); j++)
			req[j] = bd_adopt(bd, figure[j]);
		bd_load(bd);
		BD_QUIET(bd);
		bd_start(bd);
		if (max[i] > 1000) {
			BD_DATA(bd, at, max[i] - 1000);
			at = BD_SND + max[i];
		}
		if (max[i] < 2000)
			BD_DATA(bd, at, BD_SND + 2000 - at);
		BD_QUIET(bd);
		KUNIT_EXPECT_EQ(test, bd->tcb.snd_max, BD_SND + 2000);
		bd_send(bd, 50);
		BD_DATA(bd, BD_SND + 2000, 50);
		bd_ack(bd, 599);
		BD_ENDED(bd, req[0], CHIM_END_OK, 0);
		BD_PENDING(bd, req[1]);
		bd_ack(bd, 1401);
		for (j = 0; j < ARRAY_SIZE(figure); j++) {
			BD_ENDED(bd, req[j], CHIM_END_OK, 0);
			KUNIT_EXPECT_EQ(test, req[j]->order, j + 1);
		}
	}
}

/* INI-106: what the host sent is acknowledged, or sent again, from here. */
static void engine_adopt_lost_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *a, *b;

	CHIM_COVERS(test, "INI-106 INI-109");
	bd->d.snd_nxt += 1500;
	bd->d.snd_max += 1500;
	bd->d.rt_left = 100;
	a = bd_adopt(bd, 700);
	b = bd_adopt(bd, 800);
	bd_open(bd);
	BD_QUIET(bd);
	bd_ack(bd, 300);
	BD_NO_CALL(bd);
	bd_advance(bd, BD_RTO);
	BD_DATA(bd, BD_SND + 300, 1000);
	bd_ack(bd, 1200);
	BD_ENDED(bd, a, CHIM_END_OK, 0);
	BD_ENDED(bd, b, CHIM_END_OK, 0);
	BD_QUIET(bd);
}

/* INI-067: it is not completed before the offload is. */
static void engine_adopt_hold_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *a;

	CHIM_COVERS(test, "INI-067 X-18");
	bd->d.snd_nxt += 500;
	bd->d.snd_max += 500;
	a = bd_adopt(bd, 500);
	bd_load(bd);
	bd_ack(bd, 500);
	BD_PENDING(bd, a);
	BD_NO_CALL(bd);
	bd_start(bd);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_ENDED(bd, a, CHIM_END_OK, 0);
}

/* a FIN of the host's is sent again, and completes nothing. */
static void engine_adopt_fin_test(struct kunit *test)
{
	static const struct {
		u8 state;
		u8 then;
	} cases[] = {
		{ CHIM_TCP_FIN_WAIT1, CHIM_TCP_FIN_WAIT2 },
		{ CHIM_TCP_CLOSING, CHIM_TCP_TIME_WAIT },
		{ CHIM_TCP_LAST_ACK, CHIM_TCP_CLOSED },
	};
	struct bd *bd = test->priv;
	struct bd_sreq *req;
	const struct chim_frame *f;
	u32 i, len;

	CHIM_COVERS(test, "X-02 R-12 INI-105 INI-106");
	for (i = 0; i < ARRAY_SIZE(cases) * 2; i++) {
		len = i & 1 ? 700 : 0;
		bd_reset(bd);
		bd->d.state = cases[i / 2].state;
		bd->d.snd_nxt += len + 1;
		bd->d.snd_max += len + 1;
		req = len ? bd_adopt(bd, len) : NULL;
		bd_open(bd);
		BD_QUIET(bd);
		bd_advance(bd, BD_RTO);
		f = bd_frame(bd);
		KUNIT_ASSERT_NOT_NULL(test, f);
		KUNIT_EXPECT_EQ(test, f->seq, BD_SND);
		KUNIT_EXPECT_EQ(test, f->len, len);
		KUNIT_EXPECT_TRUE(test, f->flags & CHIM_FIN);
		bd_ack(bd, len + 1);
		BD_STATE(bd, cases[i / 2].then);
		if (req) {
			BD_CALL(bd, CHIM_CALL_SENT);
			BD_ENDED(bd, req, CHIM_END_OK, 0);
		}
		if (cases[i / 2].then != CHIM_TCP_FIN_WAIT2)
			BD_UPLOAD(bd, CHIM_UPLOAD_REQUESTED);
		BD_NO_CALL(bd);
	}
}

/* the peer's was reported by the host. */
static void engine_adopt_closed_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_rreq *req;

	CHIM_COVERS(test, "X-03");
	bd->d.state = CHIM_TCP_CLOSE_WAIT;
	bd_open(bd);
	BD_NO_CALL(bd);
	req = bd_post(bd, 100, 0);
	BD_FILLED(bd, req, CHIM_END_STATE, 0);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	bd_data(bd, BD_RCV, 100);
	BD_ACK(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV);
	bd_send(bd, 100);
	BD_DATA(bd, BD_SND, 100);
	BD_NO_CALL(bd);
}

/* TMR-031: an acknowledgment that the host has left owing is made up for. */
static void engine_ack_owed_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-031 TMR-030");
	bd_open(bd);
	BD_QUIET(bd);
	/* The peer has had none, and tries again. */
	bd_data(bd, BD_RCV - 500, 500);
	BD_ACK(bd);
	BD_NO_CALL(bd);
}

/*
 * TMR-113: a host that goes on timing data of its own, and hands over none of
 * it: what comes from here on is delivered by itself.
 */
static void engine_kept_data_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_rreq *req;

	CHIM_COVERS(test, "TMR-113 TMR-110 X-13");
	bd->d.rcv_wnd = BD_WND - 500;
	bd_open(bd);
	KUNIT_EXPECT_FALSE(test, bd->tcb.timers & CHIM_TIMER_PUSH);
	req = bd_post(bd, 1000, 0);
	bd_advance(bd, 1000);
	BD_PENDING(bd, req);
	bd_data(bd, BD_RCV, 100);
	bd_advance(bd, 499);
	BD_PENDING(bd, req);
	bd_advance(bd, 1);
	BD_FILLED(bd, req, CHIM_END_OK, 100);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 100);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, BD_WND);
}

/* --- send data that goes back ---------------------------------------------- */

/* TRM-070, TRM-071, TRM-073: each request one way, in order, with its rest. */
static void engine_back_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req[4];
	u32 i;

	CHIM_COVERS(test, "TRM-070 TRM-071 TRM-073 D-33 D-34 D-44");
	bd->d.cwnd = 2000;
	bd_open(bd);
	for (i = 0; i < 4; i++)
		req[i] = bd_send(bd, 1000 + i);
	bd_ack(bd, 1400);
	BD_ENDED(bd, req[0], CHIM_END_OK, 0);
	bd_end(bd);
	KUNIT_EXPECT_FALSE(test, req[0]->back);
	for (i = 1; i < 4; i++) {
		KUNIT_EXPECT_TRUE(test, req[i]->back);
		KUNIT_EXPECT_EQ(test, req[i]->r.left,
				i == 1 ? 1001U - 400 : 1000 + i);
	}
	KUNIT_EXPECT_EQ(test, bd->d.snd_una, BD_SND + 1400);
	KUNIT_EXPECT_TRUE(test, seq_from(bd->d.snd_max, bd->d.snd_nxt));
	KUNIT_EXPECT_TRUE(test, seq_after(bd->d.snd_max, BD_SND + 2000));
}

/* A host gives back what it got: nothing is lost on the way, or sent twice. */
static void engine_round_trip_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_deleg d;
	u32 i, left;

	CHIM_COVERS(test, "CON-052 TRM-073 INI-108");
	bd_open(bd);
	bd_send(bd, 30000);
	for (i = 0; i < 5; i++) {
		bd_ack(bd, 1300);
		if (i & 1)
			bd_advance(bd, BD_RTO);
		bd_end(bd);
		d = bd->d;
		left = 30000 - (d.snd_una - BD_SND);
		bd_reset(bd);
		bd->d = d;
		bd_adopt(bd, left);
		bd_open(bd);
	}
	while (bd->tcb.snd_una != BD_SND + 30000) {
		KUNIT_ASSERT_NE(test, bd->tcb.snd_una, bd->tcb.snd_max);
		bd_drain(bd);
		bd_ack(bd, min(1000U, bd->tcb.snd_max - bd->tcb.snd_una));
	}
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_QUIET(bd);
}

/* --- memory ---------------------------------------------------------------- */

/* An idle connection has its block only, and wakes up as it was. */
static void engine_idle_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req;
	u32 i;

	CHIM_COVERS(test, "CON-052");
	bd_open(bd);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_NULL(test, bd->tcb.flow);
		bd_send(bd, 100);
		bd_ack(bd, 100);
		bd_data(bd, bd->tcb.rcv_nxt, 100);
		KUNIT_EXPECT_NOT_NULL(test, bd->tcb.flow);
		bd_advance(bd, 10000);
	}
	KUNIT_EXPECT_EQ(test, bd->blocks, 0);
	bd_drain(bd);
	req = bd_disconnect(bd, 0);
	bd_ack(bd, 1);
	BD_ENDED(bd, req, CHIM_END_OK, 0);
	bd_advance(bd, 10000);
	KUNIT_EXPECT_NULL(test, bd->tcb.flow);
	bd_flags(bd, bd->tcb.rcv_nxt, CHIM_FIN | CHIM_ACK);
	bd_drain(bd);
	bd_advance(bd, 10000);
	/* What was told stays told. */
	bd_send(bd, 1);
	bd_serve(bd);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_NO_CALL(bd);
}

/* TRM-111: without memory for the queues the host is asked to take it back. */
static void engine_no_memory_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *s;
	struct bd_rreq *r;
	u32 i;

	CHIM_COVERS(test, "TRM-111 TRM-112 EVT-079");
	for (i = 0; i < 3; i++) {
		bd_reset(bd);
		bd_open(bd);
		bd->fail_alloc = 1;
		if (i == 2) {
			r = bd_post(bd, 100, 0);
			BD_FILLED(bd, r, CHIM_END_UPLOAD, 0);
		} else {
			s = i ? bd_disconnect(bd, 0) : bd_send(bd, 100);
			BD_ENDED(bd, s, CHIM_END_UPLOAD, i ? 0 : 100);
		}
		BD_UPLOAD(bd, CHIM_UPLOAD_REQUESTED);
		BD_NO_CALL(bd);
		BD_QUIET(bd);
	}
}

static struct kunit_case engine_cases[] = {
	KUNIT_CASE(engine_variables_test),
	KUNIT_CASE(engine_states_test),
	KUNIT_CASE(engine_max_window_test),
	KUNIT_CASE(engine_huge_window_test),
	KUNIT_CASE(engine_adopt_test),
	KUNIT_CASE(engine_adopt_lost_test),
	KUNIT_CASE(engine_adopt_hold_test),
	KUNIT_CASE(engine_adopt_fin_test),
	KUNIT_CASE(engine_adopt_closed_test),
	KUNIT_CASE(engine_ack_owed_test),
	KUNIT_CASE(engine_kept_data_test),
	KUNIT_CASE(engine_back_test),
	KUNIT_CASE(engine_round_trip_test),
	KUNIT_CASE(engine_idle_test),
	KUNIT_CASE(engine_no_memory_test),
	{}
};

static struct kunit_suite engine_suite = {
	.name = "chim_engine",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = engine_cases,
};

kunit_test_suite(engine_suite);
