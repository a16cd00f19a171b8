// SPDX-License-Identifier: GPL-2.0
/* How a connection fares: optional uploads, and the send backlog. */
#include "bed.h"

#define SECOND	1000U

/* A second is over: what happened in it is judged, and the host told. */
static void judge(struct bd *bd)
{
	bd_skip(bd, SECOND);
	bd_serve(bd);
}

/* Upload reason of the last second, or none. */
static u32 asked(struct bd *bd)
{
	const struct bd_call *call;
	u32 reason = CHIM_UPLOAD_NONE;

	judge(bd);
	while ((call = bd_call(bd)))
		if (call->kind == CHIM_CALL_UPLOAD)
			reason = call->info;
	return reason;
}

static void expect_asked(struct bd *bd, bool asks, u32 reason)
{
	if (!asks)
		reason = CHIM_UPLOAD_NONE;
	KUNIT_EXPECT_EQ(bd->test, asked(bd), reason);
}

/* A hundred of each kind, of which @bad go wrong. */
static void lose(struct bd *bd, u32 bad)
{
	u32 i;

	for (i = 0; i < 100; i++) {
		bd_send(bd, 1000);
		if (i < bad)
			bd_dup(bd, 1);
		bd_ack(bd, bd->tcb.snd_max - bd->tcb.snd_una);
	}
}

static void disorder(struct bd *bd, u32 bad)
{
	u32 i;

	for (i = 0; i < 100; i++)
		bd_data(bd, bd->tcb.rcv_nxt + (i < bad ? 5000 : 0), 10);
}

static void fragments(struct bd *bd, u32 bad)
{
	struct chim_run run;
	u32 i;

	for (i = 0; i < 100; i++) {
		bd_begin(bd, &run);
		if (i < bad)
			chim_tcp_fragment(&run);
		else
			bd_data(bd, bd->tcb.rcv_nxt, 10);
	}
}

/* In bytes: of 100000, so many are indicated. */
static void prepost(struct bd *bd, u32 bad)
{
	u32 i;

	for (i = 0; i < 100; i++) {
		if (i >= bad)
			bd_post(bd, 1000, 0);
		bd_data(bd, bd->tcb.rcv_nxt, 1000);
	}
}

/* Requests of a mean size of 100 - @bad bytes. */
static void small_io(struct bd *bd, u32 bad)
{
	u32 i;

	for (i = 0; i < 100; i++) {
		bd_send(bd, 100 - bad);
		bd_ack(bd, 100 - bad);
	}
}

static const struct {
	size_t limit;	/* member of struct chim_tcp_cfg */
	void (*act)(struct bd *bd, u32 bad);
	u32 reason;
} reasons[] = {
	{ offsetof(struct chim_tcp_cfg, up_disorder), disorder,
	  CHIM_UPLOAD_DISORDER },
	{ offsetof(struct chim_tcp_cfg, up_fragments), fragments,
	  CHIM_UPLOAD_FRAGMENTS },
	{ offsetof(struct chim_tcp_cfg, up_prepost), prepost,
	  CHIM_UPLOAD_PREPOST },
};

static void set_limit(struct bd *bd, size_t member, u32 value)
{
	*(u32 *)((u8 *)&bd->cfg + member) = value;
}

/* EVT-080, EVT-081: when so many percent go wrong, if a limit is set. */
static void watch_reasons_test(struct kunit *test)
{
	static const struct {
		u32 limit;
		u32 bad;
		bool asks;
	} cases[] = {
		{ 0, 100, false }, { 50, 49, false }, { 50, 50, true },
		{ 1, 0, false }, { 1, 1, true }, { 100, 99, false },
		{ 100, 100, true },
	};
	struct bd *bd = test->priv;
	u32 i, j;

	CHIM_COVERS(test, "EVT-080 EVT-081 EVT-074 O-09");
	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		for (j = 0; j < ARRAY_SIZE(cases); j++) {
			bd_reset(bd);
			set_limit(bd, reasons[i].limit, cases[j].limit);
			bd_open(bd);
			reasons[i].act(bd, cases[j].bad);
			expect_asked(bd, cases[j].asks, reasons[i].reason);
		}
}

static void watch_drops_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "EVT-080 O-09");
	bd->cfg.up_drops = 10;
	bd->cfg.dup_acks = 1;
	bd_open(bd);
	lose(bd, 5);
	KUNIT_EXPECT_EQ(test, asked(bd), (u32)CHIM_UPLOAD_NONE);
	lose(bd, 20);
	KUNIT_EXPECT_EQ(test, asked(bd), (u32)CHIM_UPLOAD_DROPS);
}

static void watch_small_test(struct kunit *test)
{
	static const struct {
		u32 limit;
		u32 bad;
		bool asks;
	} cases[] = {
		{ 0, 99, false }, { 60, 40, false }, { 61, 40, true },
		{ 100, 0, false }, { 101, 0, true },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "EVT-081 O-09");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd->cfg.up_small = cases[i].limit;
		bd_open(bd);
		small_io(bd, cases[i].bad);
		expect_asked(bd, cases[i].asks, CHIM_UPLOAD_SMALL_IO);
	}
}

/* Too little happened to tell. */
static void watch_little_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "O-09");
	bd->cfg.up_small = 1000;
	bd->cfg.up_disorder = 1;
	bd->cfg.up_prepost = 1;
	bd_open(bd);
	for (i = 0; i < 5; i++) {
		bd_send(bd, 1);
		bd_ack(bd, 1);
		bd_data(bd, bd->tcb.rcv_nxt + 500, 1);
		bd_data(bd, bd->tcb.rcv_nxt, 1);
	}
	KUNIT_EXPECT_EQ(test, asked(bd), (u32)CHIM_UPLOAD_NONE);
}

/* Each second for itself. */
static void watch_period_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "O-09");
	bd->cfg.up_disorder = 50;
	bd_open(bd);
	for (i = 0; i < 5; i++) {
		disorder(bd, 49);
		KUNIT_EXPECT_EQ(test, asked(bd), (u32)CHIM_UPLOAD_NONE);
	}
	disorder(bd, 51);
	KUNIT_EXPECT_EQ(test, asked(bd), (u32)CHIM_UPLOAD_DISORDER);
}

/* EVT-082, D-58 */
static void watch_half_closed_test(struct kunit *test)
{
	static const struct {
		bool ours;
		bool acked;
		bool theirs;
		u8 state;
	} cases[] = {
		{ true, false, false, CHIM_TCP_FIN_WAIT1 },
		{ true, true, false, CHIM_TCP_FIN_WAIT2 },
		{ false, false, true, CHIM_TCP_CLOSE_WAIT },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "EVT-082 D-58");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd->cfg.up_small = 1000;
		bd->cfg.up_disorder = 1;
		bd_open(bd);
		small_io(bd, 50);
		disorder(bd, 100);
		if (cases[i].ours)
			bd_disconnect(bd, 0);
		if (cases[i].acked)
			bd_ack(bd, 1);
		if (cases[i].theirs)
			bd_flags(bd, bd->tcb.rcv_nxt, CHIM_FIN | CHIM_ACK);
		BD_STATE(bd, cases[i].state);
		KUNIT_EXPECT_EQ(test, asked(bd), (u32)CHIM_UPLOAD_NONE);
	}
}

static void watch_activity_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "EVT-081 O-09");
	bd->cfg.up_idle = 60000;
	bd_open(bd);
	bd_send(bd, 10);
	bd_ack(bd, 10);
	bd_drain(bd);
	bd_advance(bd, 59000);
	BD_NO_CALL(bd);
	bd_advance(bd, 61000);
	BD_UPLOAD(bd, CHIM_UPLOAD_ACTIVITY);
	/* One that never does anything. */
	bd_reset(bd);
	bd->cfg.up_idle = 60000;
	bd_open(bd);
	bd_advance(bd, 59000);
	BD_NO_CALL(bd);
	bd_advance(bd, 61000);
	BD_UPLOAD(bd, CHIM_UPLOAD_ACTIVITY);
}

/*
 * A message now and then, each of them done before the next: that is no rest, at
 * whatever moment it is looked (EVT-081), and the window need not be found anew
 * (RFC 5681, section 4.1).
 */
static void watch_busy_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct bd_call *call;
	u32 i;

	CHIM_COVERS(test, "EVT-081 O-09 TCP-034");
	bd->cfg.up_idle = 2000;
	bd->d.cwnd = 40000;
	bd_open(bd);
	for (i = 0; i < 100; i++) {
		if (i % 2)
			bd_data(bd, bd->tcb.rcv_nxt, 10);
		bd_send(bd, 1000);
		bd_ack(bd, 1000);
		bd_drain(bd);
		bd_advance(bd, 100);
		while ((call = bd_call(bd)))
			KUNIT_EXPECT_NE(test, (int)call->kind, (int)CHIM_CALL_UPLOAD);
		KUNIT_ASSERT_NOT_NULL(test, bd->tcb.flow);
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 40000U);
	}
	/* Two seconds from the last message on. */
	bd_drain(bd);
	bd_advance(bd, 1899);
	BD_NO_CALL(bd);
	bd_advance(bd, 1);
	BD_UPLOAD(bd, CHIM_UPLOAD_ACTIVITY);
	KUNIT_EXPECT_NULL(test, bd->tcb.flow);
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 10000U);
}

/* One long request is no rest either, though nothing else is asked for. */
static void watch_long_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "O-09 TCP-034");
	bd_open(bd);
	bd_send(bd, 10);
	bd_ack(bd, 10);
	bd_advance(bd, 100);
	bd_send(bd, 50000);
	for (i = 0; i < 19; i++) {
		bd_advance(bd, 98);
		bd_ack(bd, 1000);
		bd_drain(bd);
	}
	bd_ack(bd, bd->tcb.snd_max - bd->tcb.snd_una);
	while (bd->tcb.snd_una != bd->tcb.snd_max)
		bd_ack(bd, bd->tcb.snd_max - bd->tcb.snd_una);
	bd_drain(bd);
	bd_advance(bd, 1999);
	KUNIT_EXPECT_NOT_NULL(test, bd->tcb.flow);
	bd_advance(bd, 1);
	KUNIT_EXPECT_NULL(test, bd->tcb.flow);
}

/* --- send backlog ---------------------------------------------------------- */

static u32 backlog(struct bd *bd)
{
	struct chim_run run;

	bd_begin(bd, &run);
	return chim_tcp_backlog(&run);
}

/* CON-080 to CON-082 */
static void watch_backlog_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 before;

	CHIM_COVERS(test, "CON-080 CON-081 CON-082");
	bd_open(bd);
	before = backlog(bd);
	KUNIT_EXPECT_GE(test, before, 2 * BD_CWND);
	bd_send(bd, 100);
	KUNIT_EXPECT_EQ(test, backlog(bd), before);
	bd_send(bd, 1000000);
	KUNIT_EXPECT_EQ(test, backlog(bd), before);
	/* It follows the path, and is no more than the peer takes. */
	bd->tcb.cwnd = 20000;
	KUNIT_EXPECT_GT(test, backlog(bd), before);
	bd->tcb.cwnd = CHIM_CWND_MAX;
	KUNIT_EXPECT_EQ(test, backlog(bd), 2 * BD_WND);
	bd->tcb.cwnd = 1;
	KUNIT_EXPECT_GE(test, backlog(bd), BD_MSS);
}

/* EVT-100, EVT-101: when it has changed by much, and not at every turn. */
static void watch_backlog_event_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 was;

	CHIM_COVERS(test, "EVT-100 EVT-101");
	bd_open(bd);
	bd_send(bd, 1);
	judge(bd);
	KUNIT_EXPECT_EQ(test, bd->backlog, 0U);
	bd->tcb.cwnd = BD_CWND + 2000;
	judge(bd);
	KUNIT_EXPECT_EQ(test, bd->backlog, 0U);
	bd->tcb.cwnd = 2 * BD_CWND;
	bd_serve(bd);
	bd_serve(bd);
	KUNIT_EXPECT_EQ(test, bd->backlog, 0U);
	judge(bd);
	was = bd->backlog;
	KUNIT_EXPECT_EQ(test, was, backlog(bd));
	/* Within the same second it is not told again. */
	bd->tcb.cwnd = BD_CWND / 2;
	bd_serve(bd);
	bd_serve(bd);
	KUNIT_EXPECT_EQ(test, bd->backlog, was);
	judge(bd);
	KUNIT_EXPECT_EQ(test, bd->backlog, backlog(bd));
}

static struct kunit_case watch_cases[] = {
	KUNIT_CASE(watch_reasons_test),
	KUNIT_CASE(watch_drops_test),
	KUNIT_CASE(watch_small_test),
	KUNIT_CASE(watch_little_test),
	KUNIT_CASE(watch_period_test),
	KUNIT_CASE(watch_half_closed_test),
	KUNIT_CASE(watch_activity_test),
	KUNIT_CASE(watch_busy_test),
	KUNIT_CASE(watch_long_test),
	KUNIT_CASE(watch_backlog_test),
	KUNIT_CASE(watch_backlog_event_test),
	{}
};

static struct kunit_suite watch_suite = {
	.name = "chim_watch",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = watch_cases,
};

kunit_test_suite(watch_suite);
