// SPDX-License-Identifier: GPL-2.0
/* The retransmit timer: when, how often, how long. */
#include "bed.h"

/* Runs the clock to just before @ticks, and then there. */
static void quiet_until(struct bd *bd, u32 ticks)
{
	bd_advance(bd, ticks - 1);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
	bd_advance(bd, 1);
}

/* --- backoff and limits ---------------------------------------------------- */

/* TMR-130, TMR-135: so many times, then the host is asked. */
static void retransmit_limit_test(struct kunit *test)
{
	static const u8 limits[] = { 0, 1, 5, 6 };
	struct bd *bd = test->priv;
	u32 i, j;

	CHIM_COVERS(test, "TMR-130 TMR-135 EVT-078 D-66 TCP-039 TCP-040 CAP-043");
	CHIM_COVERS(test, "STT-051 STT-052");
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		bd_reset(bd);
		bd->cfg.retransmissions = limits[i];
		bd_open(bd);
		bd_send(bd, 1000);
		bd_drain(bd);
		for (j = 0; j < limits[i]; j++) {
			quiet_until(bd, BD_RTO << j);
			BD_DATA(bd, BD_SND, 1000);
			KUNIT_EXPECT_EQ(test, (u32)bd->tcb.rt_count, j + 1);
		}
		quiet_until(bd, BD_RTO << j);
		BD_QUIET(bd);
		BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
		BD_STATE(bd, CHIM_TCP_ESTABLISHED);
		bd_advance(bd, 1000000);
		BD_QUIET(bd);
		BD_NO_CALL(bd);
		KUNIT_EXPECT_EQ(test, bd->mib.rexmit_segs, (u64)limits[i]);
		KUNIT_EXPECT_EQ(test, bd->mib.out_segs, 1ULL);
	}
}

/* TMR-131, TMR-133: by time instead, from the first retransmission on. */
static void retransmit_max_rt_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_deleg d;

	CHIM_COVERS(test, "TMR-131 TMR-133 CON-032 CON-057 EVT-078");
	bd->cfg.retransmissions = 1;
	bd->v.max_rt = 2000;
	bd_open(bd);
	bd_send(bd, 1000);
	bd_drain(bd);
	quiet_until(bd, 300);
	BD_DATA(bd, BD_SND, 1000);
	quiet_until(bd, 600);
	BD_DATA(bd, BD_SND, 1000);
	bd_skip(bd, 100);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, d.total_rt, 700U);
	quiet_until(bd, 1100);
	BD_DATA(bd, BD_SND, 1000);
	/* The timeout would be 2400; the limit comes first. */
	quiet_until(bd, 200);
	BD_QUIET(bd);
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->d.total_rt, 2000U);
	KUNIT_EXPECT_EQ(test, bd->d.state, (u32)CHIM_TCP_ESTABLISHED);
}

static void retransmit_for_ever_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i, rto = BD_RTO;

	CHIM_COVERS(test, "TMR-132 TCP-040");
	bd->cfg.retransmissions = 1;
	bd->v.max_rt = U32_MAX;
	bd_open(bd);
	bd_send(bd, 1000);
	bd_drain(bd);
	for (i = 0; i < 400; i++) {
		quiet_until(bd, rto);
		BD_DATA(bd, BD_SND, 1000);
		rto = min(2 * rto, 120000U);
	}
	BD_NO_CALL(bd);
	bd_ack(bd, 1000);
	BD_CALL(bd, CHIM_CALL_SENT);
}

/* TMR-133: the next segment has a count and a time of its own. */
static void retransmit_next_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_deleg d;

	CHIM_COVERS(test, "TMR-133 TMR-130 CON-057");
	bd_open(bd);
	bd_send(bd, 2000);
	bd_drain(bd);
	bd_advance(bd, BD_RTO + 2 * BD_RTO + 10);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.rt_count, 2U);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, d.total_rt, 2 * BD_RTO + 10);
	bd_drain(bd);
	bd_ack(bd, 1000);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, (u32)d.rt_count, 0U);
	KUNIT_EXPECT_EQ(test, d.total_rt, 0U);
	/* It goes at once: everything behind a loss is sent again. */
	BD_DATA(bd, BD_SND + 1000, 1000);
	/* The timeout stays as it was until one could be measured (RFC 6298, 5.7). */
	quiet_until(bd, 4 * BD_RTO);
	BD_DATA(bd, BD_SND + 1000, 1000);
	/* Nothing is left to be acknowledged: the timer stops. */
	bd_ack(bd, 1000);
	BD_CALL(bd, CHIM_CALL_SENT);
	KUNIT_EXPECT_FALSE(test, bd->tcb.timers & CHIM_TIMER_RETRANSMIT);
}

/* RFC 6298, 5.3: each acknowledgment of new data starts it anew. */
static void retransmit_rearm_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-040");
	bd->now = -250;
	bd_open(bd);
	bd_send(bd, 3000);
	bd_drain(bd);
	bd_advance(bd, BD_RTO - 1);
	bd_ack(bd, 1000);
	BD_QUIET(bd);
	/* 999 / 8 + 349 after this round trip. */
	quiet_until(bd, 473);
	BD_DATA(bd, BD_SND + 1000, 1000);
	/* One that acknowledges nothing does not. */
	bd_advance(bd, 2 * 473 - 1);
	bd_ack(bd, 0);
	bd_advance(bd, 1);
	BD_DATA(bd, BD_SND + 1000, 1000);
}

/* --- MaxRT changes meanwhile ----------------------------------------------- */

/* UPD-143, D-27: only the flag, or a change to another limit. */
static void retransmit_restart_test(struct kunit *test)
{
	static const struct {
		u32 was;
		u32 is;
		u8 commands;
		bool reset;
	} cases[] = {
		{ 0, 0, 0, false },
		{ 0, 0, CHIM_CONN_KA_RESTART, false },
		{ 0, 0, CHIM_CONN_RT_RESTART, true },
		{ 50000, 50000, 0, false },
		{ 50000, 50000, CHIM_CONN_RT_RESTART, true },
		{ 0, 50000, 0, true },
		{ 50000, 60000, 0, true },
		{ 50000, 0, 0, false },
		{ 0, U32_MAX, 0, true },
	};
	struct bd *bd = test->priv;
	struct chim_conn_cached v;
	struct chim_conn_deleg d;
	u32 i;

	CHIM_COVERS(test, "UPD-143 UPD-147 TMR-134 D-27 X-26");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd->v.max_rt = cases[i].was;
		bd_open(bd);
		bd_send(bd, 1000);
		bd_advance(bd, BD_RTO + 500);
		v = bd->v;
		v.max_rt = cases[i].is;
		v.ttl = 9;
		bd_update(bd, &v, cases[i].commands);
		bd_read(bd, &d);
		KUNIT_EXPECT_EQ(test, d.total_rt, !cases[i].reset * 500U);
		KUNIT_EXPECT_EQ(test, (u32)d.rt_count, 1U);
	}
}

/* UPD-151: a shorter limit ends the wait of a long timeout. */
static void retransmit_shorter_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_cached v;

	CHIM_COVERS(test, "UPD-151 TMR-131");
	bd->v.max_rt = U32_MAX;
	bd_open(bd);
	bd_send(bd, 1000);
	bd_advance(bd, BD_RTO * 7);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.rt_count, 3U);
	bd_drain(bd);
	v = bd->v;
	v.max_rt = 1000;
	bd_update(bd, &v, 0);
	bd_advance(bd, 999);
	BD_NO_CALL(bd);
	bd_advance(bd, 1);
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
}

/* A longer one, or none, keeps the segment going. */
static void retransmit_longer_test(struct kunit *test)
{
	static const u32 longer[] = { 10000, U32_MAX };
	struct bd *bd = test->priv;
	struct chim_conn_cached v;
	u32 i;

	CHIM_COVERS(test, "UPD-151 TMR-131 TMR-132");
	for (i = 0; i < ARRAY_SIZE(longer); i++) {
		bd_reset(bd);
		bd->v.max_rt = 1000;
		bd_open(bd);
		bd_send(bd, 1000);
		bd_advance(bd, BD_RTO + 500);
		v = bd->v;
		v.max_rt = longer[i];
		bd_update(bd, &v, 0);
		bd_advance(bd, 9000);
		bd_drain(bd);
		KUNIT_EXPECT_EQ(test, (int)bd->tcb.upload, 0);
		bd_ack(bd, 1000);
		BD_CALL(bd, CHIM_CALL_SENT);
	}
}

/* --- handed over ----------------------------------------------------------- */

/* TMR-013, TMR-015: it goes on where the host's stood. */
static void retransmit_resume_test(struct kunit *test)
{
	static const u32 left[] = { 0, 1, 299, 5000, 100000 };
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-013 TMR-015 TMR-017 CON-059 X-10");
	for (i = 0; i < ARRAY_SIZE(left); i++) {
		bd_reset(bd);
		bd->now = -(left[i] / 2);
		bd->d.snd_nxt += 1000;
		bd->d.snd_max += 1000;
		bd->d.rt_left = left[i];
		bd->d.rt_count = 2;
		bd->d.total_rt = 900;
		bd_adopt(bd, 1000);
		bd_open(bd);
		if (left[i])
			quiet_until(bd, left[i]);
		else
			bd_timer(bd);
		BD_DATA(bd, BD_SND, 1000);
		bd_skip(bd, 100);
		bd_end(bd);
		KUNIT_EXPECT_EQ(test, (u32)bd->d.rt_count, 3U);
		KUNIT_EXPECT_EQ(test, bd->d.rt_left, (BD_RTO << 3) - 100);
		KUNIT_EXPECT_EQ(test, bd->d.total_rt, 900 + left[i] + 100);
	}
}

/* overdue is 0, not running is -1. */
static void retransmit_left_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_deleg d;

	CHIM_COVERS(test, "TMR-014 TMR-015 TMR-016 TMR-017 X-07 X-10");
	bd_open(bd);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, d.rt_left, CHIM_TICKS_NONE);
	KUNIT_EXPECT_EQ(test, d.ka_left, CHIM_TICKS_NONE);
	bd_send(bd, 1000);
	bd_skip(bd, BD_RTO - 1);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, d.rt_left, 1U);
	bd_skip(bd, 1);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, d.rt_left, 0U);
	bd_skip(bd, 5000);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, d.rt_left, 0U);
	KUNIT_EXPECT_EQ(test, d.ka_left, CHIM_TICKS_NONE);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->d.rt_left, 0U);
}

/* Data in flight without a timer of the host's would wait for ever. */
static void retransmit_not_running_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-014 INI-106");
	bd->d.snd_nxt += 1000;
	bd->d.snd_max += 1000;
	bd_adopt(bd, 1000);
	bd_open(bd);
	BD_QUIET(bd);
	quiet_until(bd, BD_RTO);
	BD_DATA(bd, BD_SND, 1000);
}

/* --- doubt about the next hop ---------------------------------------------- */

/* the n-th retransmission goes out, then the host is asked. */
static void retransmit_doubt_test(struct kunit *test)
{
	static const u8 limits[] = { 1, 3 };
	struct bd *bd = test->priv;
	u32 i, j;

	CHIM_COVERS(test, "CAP-046 R-01 X-58 EVT-079");
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		bd_reset(bd);
		bd->cfg.doubt = limits[i];
		bd_open(bd);
		bd_send(bd, 1000);
		bd_drain(bd);
		for (j = 0; j < limits[i]; j++) {
			KUNIT_EXPECT_EQ(test, bd->doubt, 0U);
			quiet_until(bd, BD_RTO << j);
			BD_DATA(bd, BD_SND, 1000);
		}
		KUNIT_EXPECT_EQ(test, bd->doubt, 1U);
		BD_UPLOAD(bd, CHIM_UPLOAD_REQUESTED);
		BD_NO_CALL(bd);
		bd_advance(bd, 1000000);
		BD_QUIET(bd);
	}
	/* Off: as many as there may be. */
	bd_reset(bd);
	bd_open(bd);
	bd_send(bd, 1000);
	bd_advance(bd, 1000000);
	KUNIT_EXPECT_EQ(test, bd->doubt, 0U);
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
}

/* --- memory ---------------------------------------------------------------- */

/* A frame that cannot be made is like one that is lost. */
static void retransmit_no_memory_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-039");
	bd_open(bd);
	bd_send(bd, 1000);
	bd_drain(bd);
	bd->fail_emit = 1;
	bd_advance(bd, BD_RTO);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, bd->mib.out_discards, 1ULL);
	bd_advance(bd, 5000);
	BD_DATA(bd, BD_SND, 1000);
	bd_ack(bd, 1000);
	BD_CALL(bd, CHIM_CALL_SENT);
}

static struct kunit_case retransmit_cases[] = {
	KUNIT_CASE(retransmit_limit_test),
	KUNIT_CASE(retransmit_max_rt_test),
	KUNIT_CASE(retransmit_for_ever_test),
	KUNIT_CASE(retransmit_next_test),
	KUNIT_CASE(retransmit_rearm_test),
	KUNIT_CASE(retransmit_restart_test),
	KUNIT_CASE(retransmit_shorter_test),
	KUNIT_CASE(retransmit_longer_test),
	KUNIT_CASE(retransmit_resume_test),
	KUNIT_CASE(retransmit_left_test),
	KUNIT_CASE(retransmit_not_running_test),
	KUNIT_CASE(retransmit_doubt_test),
	KUNIT_CASE(retransmit_no_memory_test),
	{}
};

static struct kunit_suite retransmit_suite = {
	.name = "chim_timer_retransmit",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = retransmit_cases,
};

kunit_test_suite(retransmit_suite);
