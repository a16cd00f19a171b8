// SPDX-License-Identifier: GPL-2.0
/* Round-trip times and the retransmission timeout. */
#include "bed.h"

#include "tcp/rtt.h"

/* --- the timeout ----------------------------------------------------------- */

static const struct {
	u32 tps;
	u16 srtt;	/* times 8 */
	u16 rttvar;	/* times 4 */
	u8 doublings;
	u32 rto;
} timeouts[] = {
	/* RFC 6298, 2.1: a second before the first sample. */
	{ 1000, 0, 0, 0, 1000 },
	{ 100, 0, 0, 0, 100 },
	{ 10, 0, 0, 0, 10 },
	{ 1, 0, 0, 0, 1 },
	/* 2.3: SRTT + max(G, 4 * RTTVAR) */
	{ 1000, 800, 200, 0, 300 },
	{ 1000, 8 * 500, 0, 0, 501 },
	{ 1000, 8 * 8191, 65535, 0, 8191 + 65535 },
	/* Never less than a fifth of a second. */
	{ 1000, 8, 4, 0, 200 },
	{ 100, 8, 0, 0, 20 },
	{ 10, 8, 0, 0, 2 },
	/* 5.5: doubled for each expiry, 2.5: up to a limit. */
	{ 1000, 800, 200, 1, 600 },
	{ 1000, 800, 200, 2, 1200 },
	{ 1000, 800, 200, 8, 76800 },
	{ 1000, 800, 200, 9, 120000 },
	{ 1000, 800, 200, 16, 120000 },
	{ 1000, 800, 200, 255, 120000 },
	{ 1000, 65535, 65535, 255, 120000 },
	{ 10, 800, 200, 255, 1200 },
};

static void rtt_timeout_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_run run;
	u32 i;

	CHIM_COVERS(test, "TCP-040 TMR-011 CON-054 CON-055");
	bd_begin(bd, &run);
	for (i = 0; i < ARRAY_SIZE(timeouts); i++) {
		bd->cfg.tps = timeouts[i].tps;
		bd->tcb.srtt = timeouts[i].srtt;
		bd->tcb.rttvar = timeouts[i].rttvar;
		KUNIT_EXPECT_EQ(test,
				chim_rtt_timeout(&run, timeouts[i].doublings),
				timeouts[i].rto);
	}
}

/* --- samples --------------------------------------------------------------- */

/* RFC 6298, 2.2 and 2.3, in the scaled form of CON-054 and CON-055. */
static const struct {
	u16 srtt;
	u16 rttvar;
	u32 ticks;
	u16 new_srtt;
	u16 new_rttvar;
} samples[] = {
	{ 0, 0, 100, 800, 200 },
	{ 800, 200, 100, 800, 150 },
	/* SRTT += 1/8 of the error, RTTVAR += 1/4 of (error - RTTVAR) */
	{ 800, 200, 180, 880, 230 },
	{ 800, 200, 20, 720, 230 },
	{ 800, 200, 0, 700, 250 },
	{ 800, 0, 100, 800, 0 },
	/* the fields have 16 bits. */
	{ 0, 0, 8191, 65528, 16382 },
	{ 0, 0, 1000000, 65528, 16382 },
	{ 65535, 65535, U32_MAX, 65535, 49152 },
	/* A time of nothing is a time all the same. */
	{ 0, 0, 0, 1, 0 },
	{ 1, 0, 0, 1, 0 },
};

static void rtt_sample_test(struct kunit *test)
{
	struct chim_tcb tcb;
	u32 i;

	CHIM_COVERS(test, "TCP-040 CON-054 CON-055 X-06 R-13");
	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		memset(&tcb, 0, sizeof(tcb));
		tcb.srtt = samples[i].srtt;
		tcb.rttvar = samples[i].rttvar;
		chim_rtt_sample(&tcb, samples[i].ticks);
		KUNIT_EXPECT_EQ(test, (u32)tcb.srtt, (u32)samples[i].new_srtt);
		KUNIT_EXPECT_EQ(test, (u32)tcb.rttvar,
				(u32)samples[i].new_rttvar);
	}
}

/* Many samples of one length lead there, from anywhere. */
static void rtt_converge_test(struct kunit *test)
{
	static const u32 lengths[] = { 1, 50, 1000, 8000 };
	struct chim_tcb tcb = {};
	u32 i, j;

	CHIM_COVERS(test, "TCP-040");
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (j = 0; j < 200; j++)
			chim_rtt_sample(&tcb, lengths[i]);
		KUNIT_EXPECT_LE(test, abs((int)(tcb.srtt >> 3) -
					  (int)lengths[i]), 1);
		KUNIT_EXPECT_LE(test, (int)tcb.rttvar, 4);
	}
}

/* CON-054, CON-055: as they came, so they go. */
static void rtt_handover_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_deleg d;

	CHIM_COVERS(test, "CON-054 CON-055");
	bd->d.srtt = 12345;
	bd->d.rttvar = 54321;
	bd_open(bd);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, (u32)d.srtt, 12345U);
	KUNIT_EXPECT_EQ(test, (u32)d.rttvar, 54321U);
}

/* --- what is timed --------------------------------------------------------- */

/* One segment at a time; the clock passes zero meanwhile. */
static void rtt_timed_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-040");
	bd->now = -30;
	bd->d.srtt = 0;
	bd_open(bd);
	bd_send(bd, 2000);
	bd_skip(bd, 50);
	bd_ack(bd, 999);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.srtt, 0);
	bd_skip(bd, 10);
	bd_ack(bd, 1);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.srtt, 8 * 60);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.rttvar, 4 * 30);
	/* The second of the two was not timed. */
	bd_ack(bd, 1000);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.srtt, 8 * 60);
}

/* Karn: what was sent twice tells nothing. */
static void rtt_karn_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-040");
	bd_open(bd);
	bd_send(bd, 1000);
	bd_advance(bd, BD_RTO);
	bd_ack(bd, 1000);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.srtt, 800);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.rttvar, 200);
	/* The next one does again. */
	bd_send(bd, 1000);
	bd_skip(bd, 180);
	bd_ack(bd, 1000);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.srtt, 880);
}

/*
 * RFC 6298, section 5; RFC 1122, section 4.2.3.1: the path has become longer than
 * the timeout. The next segment waits as long as the last one had to, so that it
 * can be timed; then the timeout is that of the new time.
 */
static void rtt_backoff_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-040");
	bd->d.srtt = 8 * 20;
	bd->d.rttvar = 4 * 5;
	bd_open(bd);
	bd_send(bd, 1000);
	BD_DATA(bd, BD_SND, 1000);
	bd_advance(bd, 200);
	BD_DATA(bd, BD_SND, 1000);
	bd_advance(bd, 100);
	bd_ack(bd, 1000);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.srtt, 8 * 20);
	/* Nothing of it is told the host. */
	bd_send(bd, 1000);
	BD_DATA(bd, BD_SND + 1000, 1000);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.rt_count, 0);
	bd_advance(bd, 300);
	BD_QUIET(bd);
	bd_ack(bd, 1000);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.srtt, 8 * 20 + 280);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.rttvar, 4 * 5 + 275);
	/* 440 / 8 + 295 */
	bd_send(bd, 1000);
	BD_DATA(bd, BD_SND + 2000, 1000);
	bd_advance(bd, 349);
	BD_QUIET(bd);
	bd_advance(bd, 1);
	BD_DATA(bd, BD_SND + 2000, 1000);
}

/* One timeout after the other: it grows with each segment, up to the limit. */
static void rtt_backoff_grows_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i, wait = BD_RTO;

	CHIM_COVERS(test, "TCP-040");
	bd_open(bd);
	for (i = 0; i < 20; i++) {
		bd_send(bd, 1000);
		bd_drain(bd);
		bd_advance(bd, wait - 1);
		BD_QUIET(bd);
		bd_advance(bd, 1);
		BD_DATA(bd, BD_SND + 1000 * i, 1000);
		bd_ack(bd, 1000);
		wait = min(2 * wait, 120000U);
	}
	/* With timestamps there is always a measurement. */
	bd_reset(bd);
	bd->c.flags = CHIM_CONN_TIMESTAMPS;
	bd->d.ts_time = 1000;
	bd_open(bd);
	for (i = 0; i < 3; i++) {
		struct chim_seg seg;

		bd_send(bd, 900);
		bd_drain(bd);
		bd_advance(bd, bd->tcb.rt_due - bd->now);
		seg = bd_seg(bd);
		seg.ack += 900;
		seg.tsecr = bd_next(bd)->tsval;
		bd_skip(bd, 100);
		bd_input(bd, &seg);
		KUNIT_EXPECT_LE(test, bd->tcb.srtt >> 3, 100U);
		bd_drain(bd);
	}
	bd_send(bd, 900);
	KUNIT_EXPECT_LE(test, bd->tcb.rt_due - bd->now, BD_RTO);
}

/* Probes of a closed window say nothing of the path. */
static void rtt_backoff_probes_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-040 TMR-092");
	bd_open(bd);
	bd_peer_window(bd, 0);
	bd_send(bd, 1000);
	bd_advance(bd, BD_RTO);
	BD_DATA(bd, BD_SND, 1);
	bd->wnd = BD_WND;
	bd_ack(bd, 1);
	BD_DATA(bd, BD_SND + 1, 999);
	bd_advance(bd, BD_RTO - 1);
	BD_QUIET(bd);
	bd_advance(bd, 1);
	BD_DATA(bd, BD_SND + 1, 999);
}

/* Nor what was sent before the offload, without timestamps. */
static void rtt_adopted_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-040");
	bd->d.snd_nxt += 1000;
	bd->d.snd_max += 1000;
	bd_adopt(bd, 1000);
	bd_open(bd);
	bd_skip(bd, 50);
	bd_ack(bd, 1000);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.srtt, 800);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.rttvar, 200);
}

/* --- timestamps: the example of the pages (D-67) --------------------------- */

static void rtt_timestamp_example_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;

	CHIM_COVERS(test, "TSP-010 TSP-011 TSP-012 TSP-013 TSP-014 D-67 X-12");
	bd->c.flags = CHIM_CONN_TIMESTAMPS;
	bd->now = 200;
	bd->d.ts_time = 100;
	bd->d.srtt = 0;
	bd->d.snd_nxt += 10;
	bd->d.snd_max += 10;
	bd_adopt(bd, 10);
	bd_open(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.ts_delta, (u32)-100);
	/* An echo of what the host sent before the offload. */
	bd->now = 205;
	seg = bd_seg(bd);
	seg.ack += 10;
	seg.tsecr = 100;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.srtt, 8 * 5);
	bd->now = 210;
	bd_send(bd, 10);
	KUNIT_EXPECT_EQ(test, bd_next(bd)->tsval, 110U);
	bd->now = 250;
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->d.ts_time, 150U);
}

static void rtt_timestamp_again_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TSP-011 TSP-015 D-67");
	bd->c.flags = CHIM_CONN_TIMESTAMPS;
	bd->now = 320;
	bd->d.ts_time = 350;
	bd_open(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.ts_delta, 30U);
	bd_send(bd, 10);
	KUNIT_EXPECT_EQ(test, bd_next(bd)->tsval, 350U);
}

/* Across the turn of either clock, and from hand to hand. */
static void rtt_timestamp_monotonic_test(struct kunit *test)
{
	static const u32 times[] = { 0, 1, -1, -100, 0x7fffffff, 0x80000000 };
	struct bd *bd = test->priv;
	u32 i, last;

	CHIM_COVERS(test, "TSP-012 TSP-014 TSP-015");
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		bd_reset(bd);
		bd->c.flags = CHIM_CONN_TIMESTAMPS;
		bd->now = -150;
		bd->d.ts_time = times[i];
		bd_open(bd);
		bd_skip(bd, 200);
		bd_send(bd, 10);
		last = bd_next(bd)->tsval;
		KUNIT_EXPECT_EQ(test, last, times[i] + 200);
		bd_skip(bd, 50);
		bd_ack(bd, 10);
		bd_end(bd);
		KUNIT_EXPECT_EQ(test, bd->d.ts_time, times[i] + 250);
	}
}

/* What an echo cannot be is not believed. */
static void rtt_echo_bad_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;

	CHIM_COVERS(test, "TSP-013");
	bd->c.flags = CHIM_CONN_TIMESTAMPS;
	bd->d.ts_time = 1000;
	bd_open(bd);
	bd_send(bd, 3000);
	seg = bd_seg(bd);
	seg.ack += 1000;
	seg.tsecr = 1001;
	bd_input(bd, &seg);
	seg = bd_seg(bd);
	seg.ack += 1000;
	seg.tsecr = 0;
	bd_input(bd, &seg);
	seg = bd_seg(bd);
	seg.ack += 500;
	seg.has_ts = false;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.srtt, 800);
	/* Only what acknowledges something new is a sample. */
	bd_skip(bd, 20);
	seg = bd_seg(bd);
	seg.tsecr = 1000;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.srtt, 800);
	seg.ack += 500;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.srtt, 720);
}

/* What takes the place of one that has expired is as good as any other. */
static void rtt_timestamp_renewed_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;
	u32 nxt;

	CHIM_COVERS(test, "TCP-042 TSP-016");
	bd->c.flags = CHIM_CONN_TIMESTAMPS;
	bd->d.ts_recent = 1000;
	bd->d.ts_recent_age = 24U * 24 * 3600 * 1000 + 1;
	bd_open(bd);
	seg = bd_seg(bd);
	seg.tsval = 500;
	seg.len = 10;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, bd->tcb.ts_recent, 500U);
	KUNIT_EXPECT_EQ(test, bd->tcb.ts_recent_at, bd->now);
	/* It is echoed, and protects. */
	bd_advance(bd, 1000);
	KUNIT_EXPECT_EQ(test, bd_next(bd)->tsecr, 500U);
	nxt = bd->tcb.rcv_nxt;
	seg = bd_seg(bd);
	seg.tsval = 499;
	seg.len = 10;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, nxt);
}

/* CON-010: in every segment, or in none; the bed looks at each. */
static void rtt_timestamp_flag_test(struct kunit *test)
{
	static const u8 flags[] = { 0, CHIM_CONN_TIMESTAMPS };
	struct bd *bd = test->priv;
	const struct chim_frame *f;
	u32 i, n;

	CHIM_COVERS(test, "CON-010 TCP-043");
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		bd_reset(bd);
		bd->c.flags = flags[i];
		bd->v.flags = CHIM_CONN_KEEPALIVE;
		bd_open(bd);
		bd_data(bd, BD_RCV - 1, 1);		/* acknowledgment */
		bd_send(bd, 100);			/* data */
		bd_advance(bd, BD_RTO);			/* sent again */
		bd_ack(bd, 100);
		bd_advance(bd, 10000);			/* keepalive */
		bd_ack(bd, 0);
		bd_peer_window(bd, 0);
		bd_send(bd, 100);
		bd_advance(bd, BD_RTO);			/* window probe */
		bd_peer_window(bd, 10000);
		bd_disconnect(bd, 0);			/* FIN */
		bd_abort(bd);				/* RST */
		for (n = 0; (f = bd_frame(bd)); n++)
			KUNIT_EXPECT_EQ(test, f->timestamps, !!flags[i]);
		KUNIT_EXPECT_GE(test, n, 8U);
	}
}

static struct kunit_case rtt_cases[] = {
	KUNIT_CASE(rtt_timeout_test),
	KUNIT_CASE(rtt_sample_test),
	KUNIT_CASE(rtt_converge_test),
	KUNIT_CASE(rtt_handover_test),
	KUNIT_CASE(rtt_timed_test),
	KUNIT_CASE(rtt_karn_test),
	KUNIT_CASE(rtt_backoff_test),
	KUNIT_CASE(rtt_backoff_grows_test),
	KUNIT_CASE(rtt_backoff_probes_test),
	KUNIT_CASE(rtt_adopted_test),
	KUNIT_CASE(rtt_timestamp_example_test),
	KUNIT_CASE(rtt_timestamp_again_test),
	KUNIT_CASE(rtt_timestamp_monotonic_test),
	KUNIT_CASE(rtt_echo_bad_test),
	KUNIT_CASE(rtt_timestamp_renewed_test),
	KUNIT_CASE(rtt_timestamp_flag_test),
	{}
};

static struct kunit_suite rtt_suite = {
	.name = "chim_rtt",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = rtt_cases,
};

kunit_test_suite(rtt_suite);
