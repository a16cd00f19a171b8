// SPDX-License-Identifier: GPL-2.0
/* The keepalive timer: probes, and the validation after a blind reset. */
#include "bed.h"

#define TIMEOUT		10000U
#define INTERVAL	1000U
#define PROBES		5U
#define MITIGATION	300000U

static void quiet_until(struct bd *bd, u32 ticks)
{
	bd_advance(bd, ticks - 1);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
	bd_advance(bd, 1);
}

/* The next frame is a probe. */
#define PROBE(_bed) do {							\
	struct bd *_p = (_bed);						\
									\
	BD_BARE(_p, _p->tcb.snd_una - 1, CHIM_ACK);			\
} while (0)

static void open_alive(struct bd *bd)
{
	bd->v.flags = CHIM_CONN_KEEPALIVE;
	bd->d.ka_left = TIMEOUT;
	bd_open(bd);
}

/* --- normal processing ----------------------------------------------------- */

/* TMR-071 to TMR-073, TMR-075 */
static void keepalive_probes_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_deleg d;
	u32 i;

	CHIM_COVERS(test, "TMR-071 TMR-072 TMR-073 TMR-074 TMR-075 O-10 CON-032 EVT-078");
	bd->now = -TIMEOUT / 2;
	open_alive(bd);
	bd_advance(bd, TIMEOUT - 1);
	BD_QUIET(bd);
	bd_advance(bd, 1);
	for (i = 1; i <= PROBES; i++) {
		PROBE(bd);
		bd_read(bd, &d);
		KUNIT_EXPECT_EQ(test, (u32)d.ka_probes, i);
		KUNIT_EXPECT_EQ(test, d.ka_left, INTERVAL);
		quiet_until(bd, INTERVAL);
	}
	BD_QUIET(bd);
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
	bd_advance(bd, 1000000);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
}

/* More than can be counted are never sent. */
static void keepalive_many_probes_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-073 TMR-075");
	bd->v.ka_probes = 1000;
	open_alive(bd);
	bd_advance(bd, TIMEOUT);
	for (i = 0; i < 255; i++) {
		PROBE(bd);
		bd_advance(bd, INTERVAL);
	}
	BD_QUIET(bd);
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
}

/* Any acceptable segment is a sign of life. */
static void keepalive_answer_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-071 TMR-074 TMR-075");
	open_alive(bd);
	for (i = 0; i < 20; i++) {
		bd_advance(bd, TIMEOUT + 2 * INTERVAL);
		KUNIT_EXPECT_EQ(test, (u32)bd->tcb.ka_probes, 3U);
		bd_drain(bd);
		if (i & 1)
			bd_data(bd, bd->tcb.rcv_nxt, 10);
		else
			bd_ack(bd, 0);
		KUNIT_EXPECT_EQ(test, (u32)bd->tcb.ka_probes, 0U);
		bd_advance(bd, TIMEOUT - 1);
		bd_drain(bd);
		bd_advance(bd, 1);
		PROBE(bd);
		bd_ack(bd, 0);
	}
	/* One that is not acceptable is none. */
	bd_advance(bd, TIMEOUT - 1);
	bd_data(bd, bd->tcb.rcv_nxt - 1, 1);
	bd_drain(bd);
	bd_advance(bd, 1);
	PROBE(bd);
}

/* TMR-070 */
static void keepalive_off_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-070 TMR-016 X-10");
	bd->d.ka_left = 5;
	bd_open(bd);
	bd_ack(bd, 0);
	bd_advance(bd, 10000000);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->d.ka_left, CHIM_TICKS_NONE);
	KUNIT_EXPECT_EQ(test, (u32)bd->d.ka_probes, 0U);
}

/* what is in flight is probe enough. */
static void keepalive_in_flight_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct chim_frame *f;

	CHIM_COVERS(test, "X-08 TMR-071");
	bd->v.max_rt = U32_MAX;
	open_alive(bd);
	bd_send(bd, 100);
	bd_advance(bd, 10 * TIMEOUT);
	while ((f = bd_frame(bd)))
		KUNIT_EXPECT_EQ(test, f->len, 100U);
	bd_ack(bd, 100);
	bd_drain(bd);
	quiet_until(bd, TIMEOUT);
	PROBE(bd);
}

/* TMR-013, TMR-014: what the host hands over. */
static void keepalive_resume_test(struct kunit *test)
{
	static const struct {
		u32 left;
		u32 timeout;
		u32 probes;
		u32 due;	/* none: never */
	} cases[] = {
		{ CHIM_TICKS_NONE, TIMEOUT, PROBES, CHIM_TICKS_NONE },
		{ 1, TIMEOUT, PROBES, 1 },
		{ 5000, TIMEOUT, PROBES, 5000 },
		{ 20000, TIMEOUT, PROBES, 20000 },
		{ 0, TIMEOUT, PROBES, 0 },
		{ 0, CHIM_TICKS_NONE, 0, CHIM_TICKS_NONE },
		{ 0, 0, 0, CHIM_TICKS_NONE },
		{ 7, CHIM_TICKS_NONE, PROBES, 7 },
	};
	struct bd *bd = test->priv;
	struct chim_conn_deleg d;
	u32 i;

	CHIM_COVERS(test, "TMR-013 TMR-014 TMR-017 CON-059 X-08 X-10");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd->v.flags = CHIM_CONN_KEEPALIVE;
		bd->v.ka_timeout = cases[i].timeout;
		bd->v.ka_probes = cases[i].probes;
		bd->d.ka_left = cases[i].left;
		bd->d.ka_probes = 2;
		bd_open(bd);
		bd_read(bd, &d);
		KUNIT_EXPECT_EQ(test, d.ka_left, cases[i].due);
		KUNIT_EXPECT_EQ(test, (u32)d.ka_probes, 2U);
		if (cases[i].due == CHIM_TICKS_NONE) {
			bd_advance(bd, 1000000);
			BD_QUIET(bd);
			continue;
		}
		bd_advance(bd, cases[i].due);
		PROBE(bd);
		KUNIT_EXPECT_EQ(test, (u32)bd->tcb.ka_probes, 3U);
	}
	/* No probes: a whole interval. */
	bd_reset(bd);
	bd->v.flags = CHIM_CONN_KEEPALIVE;
	bd->v.ka_probes = 0;
	bd->d.ka_left = 0;
	bd_load(bd);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, d.ka_left, TIMEOUT);
}

/* an update may bring zero; never probe without pause. */
static void keepalive_zero_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_cached v;

	CHIM_COVERS(test, "X-09");
	open_alive(bd);
	v = bd->v;
	v.ka_interval = 0;
	bd_update(bd, &v, 0);
	quiet_until(bd, TIMEOUT);
	PROBE(bd);
	quiet_until(bd, 1000);
	PROBE(bd);
	bd_ack(bd, 0);
	v.ka_timeout = 0;
	bd_update(bd, &v, CHIM_CONN_KA_RESTART);
	BD_QUIET(bd);
	bd_ack(bd, 0);
	bd_advance(bd, 100);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
}

/* --- updates --------------------------------------------------------------- */

/* UPD-140, X-10 */
static void keepalive_switch_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_cached v;

	CHIM_COVERS(test, "UPD-140 TMR-070");
	open_alive(bd);
	bd_advance(bd, TIMEOUT + INTERVAL);
	bd_drain(bd);
	v = bd->v;
	v.flags = 0;
	bd_update(bd, &v, 0);
	bd_advance(bd, 10 * TIMEOUT);
	BD_QUIET(bd);
	v.flags = CHIM_CONN_KEEPALIVE;
	bd_update(bd, &v, 0);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.ka_probes, 0U);
	quiet_until(bd, TIMEOUT);
	PROBE(bd);
}

/* UPD-142, UPD-147, D-25 */
static void keepalive_restart_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "UPD-142 UPD-147 D-25 X-26");
	open_alive(bd);
	bd_advance(bd, TIMEOUT + INTERVAL + 10);
	bd_drain(bd);
	bd_update(bd, &bd->v, CHIM_CONN_KA_RESTART);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.ka_probes, 0U);
	quiet_until(bd, TIMEOUT);
	PROBE(bd);
	/* Of the other command keepalive takes no notice by itself. */
	bd_skip(bd, 10);
	bd_update(bd, &bd->v, CHIM_CONN_RT_RESTART);
	KUNIT_EXPECT_EQ(test, (u32)bd->tcb.ka_probes, 1U);
	quiet_until(bd, INTERVAL - 10);
	PROBE(bd);
}

/* UPD-148: the next step is made by the new values. */
static void keepalive_values_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_cached v;

	CHIM_COVERS(test, "UPD-148");
	open_alive(bd);
	bd_advance(bd, TIMEOUT);
	PROBE(bd);
	v = bd->v;
	v.ka_interval = 50;
	v.ka_probes = 3;
	v.ka_timeout = 700;
	bd_update(bd, &v, 0);
	quiet_until(bd, INTERVAL);
	PROBE(bd);
	quiet_until(bd, 50);
	PROBE(bd);
	bd_ack(bd, 0);
	quiet_until(bd, 700);
	PROBE(bd);
	quiet_until(bd, 50);
	PROBE(bd);
	quiet_until(bd, 50);
	PROBE(bd);
	quiet_until(bd, 50);
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
}

/* UPD-149, UPD-150, D-26: with either flag, and not without. */
static void keepalive_reset_test(struct kunit *test)
{
	static const struct {
		u8 commands;
		bool probes;
		bool times;
		bool count_reset;
		bool time_reset;
	} cases[] = {
		{ 0, true, true, false, false },
		{ CHIM_CONN_RT_RESTART, true, false, true, false },
		{ CHIM_CONN_RT_RESTART, false, true, false, true },
		{ CHIM_CONN_RT_RESTART, true, true, true, true },
		{ CHIM_CONN_RT_RESTART, false, false, false, false },
		{ CHIM_CONN_KA_RESTART, true, true, true, true },
	};
	struct bd *bd = test->priv;
	struct chim_conn_cached v;
	struct chim_conn_deleg d;
	u32 i, left;

	CHIM_COVERS(test, "UPD-149 UPD-150 D-26");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		open_alive(bd);
		bd_advance(bd, TIMEOUT + 100);
		v = bd->v;
		if (cases[i].probes)
			v.ka_probes = 9;
		if (cases[i].times)
			v.ka_interval = 3000;
		bd_update(bd, &v, cases[i].commands);
		bd_read(bd, &d);
		KUNIT_EXPECT_EQ(test, d.ka_probes, !cases[i].count_reset);
		left = INTERVAL - 100;
		if (cases[i].time_reset)
			left = TIMEOUT;
		KUNIT_EXPECT_EQ(test, d.ka_left, left);
	}
}

/* --- validation after a challenge ------------------------------------------ */

static void challenge(struct bd *bd, u8 flags)
{
	bd_flags(bd, bd->tcb.rcv_nxt + 5, flags);
	BD_ACK(bd);
}

/* RST-050 to RST-052, RST-054 */
static void mitigate_test(struct kunit *test)
{
	static const u8 flags[] = { CHIM_RST, CHIM_SYN };
	static const struct {
		u32 probes;
		u32 interval;
		u32 sent;
		u32 apart;
	} cases[] = {
		{ 5, 1000, 5, 1000 },
		{ 0, 0, 10, 1000 },
		{ 1, 70, 1, 70 },
		{ 0, 20, 10, 20 },
	};
	struct bd *bd = test->priv;
	u32 i, j;

	CHIM_COVERS(test, "RST-050 RST-051 RST-052 RST-054 D-70 TMR-070 O-10");
	for (i = 0; i < ARRAY_SIZE(cases) * 2; i++) {
		bd_reset(bd);
		bd->now = -MITIGATION / 2;
		bd->v.ka_probes = cases[i / 2].probes;
		bd->v.ka_interval = cases[i / 2].interval;
		bd_open(bd);
		challenge(bd, flags[i & 1]);
		quiet_until(bd, MITIGATION);
		for (j = 0; j < cases[i / 2].sent; j++) {
			PROBE(bd);
			quiet_until(bd, cases[i / 2].apart);
		}
		BD_QUIET(bd);
		BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
		BD_STATE(bd, CHIM_TCP_CLOSED);
	}
}

/* RST-050: unless it would expire later; not sooner than five minutes. */
static void mitigate_running_test(struct kunit *test)
{
	static const struct {
		u32 left;
		u32 due;
	} cases[] = {
		{ 1, MITIGATION }, { MITIGATION - 1, MITIGATION },
		{ MITIGATION, MITIGATION }, { MITIGATION + 1, MITIGATION + 1 },
		{ 2 * MITIGATION, 2 * MITIGATION },
		{ CHIM_TICKS_NONE, MITIGATION },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "RST-050");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd->v.flags = CHIM_CONN_KEEPALIVE;
		bd->d.ka_left = cases[i].left;
		bd_open(bd);
		challenge(bd, CHIM_RST);
		/* A second challenge does not put it off. */
		bd_skip(bd, 5);
		challenge(bd, CHIM_SYN);
		quiet_until(bd, cases[i].due - 5);
		PROBE(bd);
	}
}

/* RST-053 */
static void mitigate_count_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "RST-053");
	bd->d.ka_probes = 3;
	bd_open(bd);
	challenge(bd, CHIM_RST);
	quiet_until(bd, MITIGATION);
	PROBE(bd);
	quiet_until(bd, INTERVAL);
	PROBE(bd);
	quiet_until(bd, INTERVAL);
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
}

/* RST-055 */
static void mitigate_handover_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "RST-055");
	bd_open(bd);
	challenge(bd, CHIM_RST);
	bd_skip(bd, 1000);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, (u32)bd->d.ka_probes, 0U);
	KUNIT_EXPECT_EQ(test, bd->d.ka_left, MITIGATION - 1000);
	bd_reset(bd);
	bd_open(bd);
	challenge(bd, CHIM_RST);
	bd_advance(bd, MITIGATION + INTERVAL + 400);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, (u32)bd->d.ka_probes, 2U);
	KUNIT_EXPECT_EQ(test, bd->d.ka_left, INTERVAL - 400);
}

/* RST-056: an acceptable segment ends it, and starts what is normal. */
static void mitigate_answered_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "RST-056 RST-014");
	for (i = 0; i < 4; i++) {
		bd_reset(bd);
		bd->v.flags = i & 1 ? CHIM_CONN_KEEPALIVE : 0;
		bd->d.ka_left = i & 1 ? TIMEOUT : CHIM_TICKS_NONE;
		bd_open(bd);
		challenge(bd, CHIM_RST);
		if (i & 2) {
			bd_advance(bd, MITIGATION);
			PROBE(bd);
		}
		bd_data(bd, bd->tcb.rcv_nxt, 10);
		KUNIT_EXPECT_EQ(test, (u32)bd->tcb.ka_probes, 0U);
		bd_advance(bd, 200);
		BD_ACK(bd);
		bd_drain(bd);
		if (i & 1) {
			quiet_until(bd, TIMEOUT - 200);
			PROBE(bd);
			continue;
		}
		bd_advance(bd, 3 * MITIGATION);
		BD_QUIET(bd);
		BD_NO_CALL(bd);
	}
}

/* It goes on whatever is in flight, and whatever the host switches off. */
static void mitigate_goes_on_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_cached v;

	CHIM_COVERS(test, "RST-050 TMR-070");
	open_alive(bd);
	challenge(bd, CHIM_RST);
	v = bd->v;
	v.flags = 0;
	bd_update(bd, &v, 0);
	quiet_until(bd, MITIGATION);
	PROBE(bd);
}

static struct kunit_case keepalive_cases[] = {
	KUNIT_CASE(keepalive_probes_test),
	KUNIT_CASE(keepalive_many_probes_test),
	KUNIT_CASE(keepalive_answer_test),
	KUNIT_CASE(keepalive_off_test),
	KUNIT_CASE(keepalive_in_flight_test),
	KUNIT_CASE(keepalive_resume_test),
	KUNIT_CASE(keepalive_zero_test),
	KUNIT_CASE(keepalive_switch_test),
	KUNIT_CASE(keepalive_restart_test),
	KUNIT_CASE(keepalive_values_test),
	KUNIT_CASE(keepalive_reset_test),
	KUNIT_CASE(mitigate_test),
	KUNIT_CASE(mitigate_running_test),
	KUNIT_CASE(mitigate_count_test),
	KUNIT_CASE(mitigate_handover_test),
	KUNIT_CASE(mitigate_answered_test),
	KUNIT_CASE(mitigate_goes_on_test),
	{}
};

static struct kunit_suite keepalive_suite = {
	.name = "chim_timer_keepalive",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = keepalive_cases,
};

kunit_test_suite(keepalive_suite);
