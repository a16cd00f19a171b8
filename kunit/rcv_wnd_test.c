// SPDX-License-Identifier: GPL-2.0
/* The window we offer: scale, debts and promises, when it is announced. */
#include "bed.h"

/* CON-012: the scale holds if the flag says so. */
static void rcv_wnd_scale_test(struct kunit *test)
{
	static const struct {
		u8 flags;
		u8 shift;
		u32 wnd;
		u16 field;
	} cases[] = {
		{ 0, 7, 60000, 60000 },
		{ 0, 7, 100000, 65535 },
		{ CHIM_CONN_WSCALE, 0, 60000, 60000 },
		{ CHIM_CONN_WSCALE, 7, 128000, 1000 },
		{ CHIM_CONN_WSCALE, 7, 128127, 1000 },
		{ CHIM_CONN_WSCALE, 1, 200000, 65535 },
		{ CHIM_CONN_WSCALE, 14, 1 << 29, 32768 },
		{ CHIM_CONN_WSCALE, 15, 1 << 29, 32768 },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "CON-012 D-23 TCP-043");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd->c.flags = cases[i].flags;
		bd->c.rcv_wscale = cases[i].shift;
		bd->d.rcv_wnd = 0;
		bd->v.rcv_wnd = cases[i].wnd;
		bd_open(bd);
		bd_data(bd, BD_RCV - 1, 1);
		KUNIT_EXPECT_EQ(test, (u32)bd_next(bd)->wnd,
				(u32)cases[i].field);
	}
}

/* Likewise the window of the peer. */
static void rcv_wnd_peer_scale_test(struct kunit *test)
{
	static const struct {
		u8 flags;
		u8 shift;
		u32 wnd;
	} cases[] = {
		{ 0, 7, 1000 },
		{ CHIM_CONN_WSCALE, 0, 1000 },
		{ CHIM_CONN_WSCALE, 7, 128000 },
		{ CHIM_CONN_WSCALE, 14, 16384000 },
		{ CHIM_CONN_WSCALE, 15, 16384000 },
	};
	struct bd *bd = test->priv;
	struct chim_conn_deleg d;
	u32 i;

	CHIM_COVERS(test, "CON-012 CON-053 X-11 TCP-043");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd->c.flags = cases[i].flags;
		bd->c.snd_wscale = cases[i].shift;
		bd->d.max_snd_wnd = 20000;
		bd->d.snd_wnd = 20000;
		bd_open(bd);
		bd_peer_window(bd, 1000);
		bd_read(bd, &d);
		KUNIT_EXPECT_EQ(test, d.snd_wnd, cases[i].wnd);
		KUNIT_EXPECT_EQ(test, d.max_snd_wnd,
				max(cases[i].wnd, 20000U));
	}
}

/* Rounding to the scale moves the edge that is told by less than a unit. */
static void rcv_wnd_rounding_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i, edge = BD_RCV;

	CHIM_COVERS(test, "CON-012 R-13");
	bd->c.flags = CHIM_CONN_WSCALE;
	bd->c.rcv_wscale = 10;
	bd->cfg.ack_segs = 1;
	bd->accept = 0;
	bd_open(bd);
	for (i = 0; i < 50; i++) {
		const struct chim_frame *f;
		u32 told;

		bd_data(bd, bd->tcb.rcv_nxt, 37 + i);
		f = bd_frame(bd);
		KUNIT_ASSERT_NOT_NULL(test, f);
		told = f->ack + (f->wnd << 10);
		if (i)
			KUNIT_EXPECT_TRUE(test, seq_after(told + 1024, edge));
		/* Not less than there is, and less than a unit more. */
		KUNIT_EXPECT_GE(test, told - BD_RCV, i ? BD_WND : 0U);
		KUNIT_EXPECT_LT(test, told - BD_RCV, BD_WND + 1024);
		edge = told;
	}
}

/* --- promises and debts ---------------------------------------------------- */

/* what the host promised and what it has set. */
static const struct {
	u32 initial;
	u32 promised;
	u32 buffered;
	u32 wnd;	/* the window after the offload */
	u32 debt;
} offered[] = {
	{ 10000, 10000, 0, 10000, 0 },
	{ 10000, 9000, 1000, 9000, 0 },
	{ 10000, 5000, 1000, 9000, 0 },		/* widened */
	{ 10000, 0, 0, 10000, 0 },
	{ 10000, 12000, 0, 12000, 2000 },	/* kept, not opened */
	{ 10000, 9500, 1000, 9500, 500 },
	{ 10000, 0, 10000, 0, 0 },
	{ 10000, 0, 13000, 0, 3000 },		/* the surplus is a debt */
	{ 10000, 100, 13000, 100, 3100 },
	{ 0, 0, 0, 0, 0 },			/* */
	{ 1U << 31, 1U << 30, 0, 1U << 31, 0 },
	/* No peer was told of so much. */
	{ 10000, U32_MAX, 0, 1U << 30, (1U << 30) - 10000 },
	{ 10000, U32_MAX, 13000, 1U << 30, (1U << 30) + 3000 },
};

static void rcv_wnd_offered_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_deleg d;
	u32 i;

	CHIM_COVERS(test, "X-13 X-14 X-15 R-13 CON-053");
	for (i = 0; i < ARRAY_SIZE(offered); i++) {
		bd_reset(bd);
		bd->v.rcv_wnd = offered[i].initial;
		bd->d.rcv_wnd = offered[i].promised;
		bd->buffered = offered[i].buffered;
		bd_load(bd);
		KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, offered[i].wnd);
		KUNIT_EXPECT_EQ(test, bd->tcb.rcv_debt, offered[i].debt);
		bd_read(bd, &d);
		KUNIT_EXPECT_EQ(test, d.rcv_wnd, offered[i].wnd);
	}
}

/* the surplus must be consumed before the window opens at all. */
static void rcv_wnd_surplus_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "X-14 R-13");
	bd->v.rcv_wnd = 4000;
	bd->d.rcv_wnd = 0;
	bd->buffered = 6000;
	bd->accept = 2000;
	bd_open(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, 0U);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_debt, 0U);
	BD_QUIET(bd);
	bd->accept = 0;
	bd_post(bd, 500, 0);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, 500U);
	BD_QUIET(bd);
	bd_post(bd, 500, 0);
	BD_ACK(bd);
	BD_QUIET(bd);
}

/* a larger InitialRcvWnd pays the debt first. */
static void rcv_wnd_increase_debt_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_cached v;

	CHIM_COVERS(test, "X-14 D-28 UPD-146");
	bd->v.rcv_wnd = 4000;
	bd->d.rcv_wnd = 6000;
	bd_open(bd);
	v = bd->v;
	v.rcv_wnd = 5000;
	bd_update(bd, &v, CHIM_CONN_RCV_WND);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, 6000U);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_debt, 1000U);
	BD_QUIET(bd);
	v.rcv_wnd = 7500;
	bd_update(bd, &v, CHIM_CONN_RCV_WND);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, 7500U);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_debt, 0U);
	KUNIT_EXPECT_EQ(test, (u32)bd_next(bd)->wnd, 7500U);
}

/*
 * D-28: a smaller one takes effect as what was promised is used up; the right
 * edge stays where it is until then, also for the host.
 */
static void rcv_wnd_decrease_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_cached v;
	struct chim_conn_deleg d;
	const struct chim_frame *f;

	CHIM_COVERS(test, "D-28 UPD-145 UPD-146 X-25 X-40");
	bd_open(bd);
	v = bd->v;
	v.rcv_wnd = 20000;
	bd_update(bd, &v, CHIM_CONN_RCV_WND);
	BD_QUIET(bd);
	bd_read(bd, &d);
	KUNIT_EXPECT_EQ(test, d.rcv_wnd, BD_WND);
	while (bd->tcb.rcv_nxt != BD_RCV + 40000) {
		bd_data(bd, bd->tcb.rcv_nxt, 1000);
		while ((f = bd_frame(bd)))
			KUNIT_EXPECT_EQ(test, f->ack + f->wnd,
					BD_RCV + BD_WND);
		bd_read(bd, &d);
		KUNIT_EXPECT_EQ(test, d.rcv_nxt + d.rcv_wnd, BD_RCV + BD_WND);
	}
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_debt, 0U);
	while (bd->tcb.rcv_nxt != BD_RCV + 50000)
		bd_data(bd, bd->tcb.rcv_nxt, 1000);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, 20000U);
	while ((f = bd_frame(bd)))
		KUNIT_EXPECT_EQ(test, (u32)f->wnd, 20000U);
}

/* --- when it is announced -------------------------------------------------- */

/* at once if it is larger, with or without the flag. */
static void rcv_wnd_update_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_cached v;

	CHIM_COVERS(test, "R-05 R-06 D-28 UPD-144 UPD-145 UPD-146 UPD-147 X-23");
	bd_open(bd);
	v = bd->v;
	v.rcv_wnd = BD_WND + 1;
	bd_update(bd, &v, CHIM_CONN_RCV_WND);
	KUNIT_EXPECT_EQ(test, (u32)bd_next(bd)->wnd, BD_WND + 1);
	v.rcv_wnd = BD_WND + 10;
	bd_update(bd, &v, 0);
	KUNIT_EXPECT_EQ(test, (u32)bd_next(bd)->wnd, BD_WND + 10);
	/* A command acts once: nothing more comes of it. */
	bd_advance(bd, 5000);
	bd_update(bd, &v, CHIM_CONN_RCV_WND);
	BD_QUIET(bd);
}

/* not behind the peer's FIN. */
static void rcv_wnd_after_fin_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_cached v;

	CHIM_COVERS(test, "X-48");
	bd->accept = 0;
	bd_open(bd);
	while (bd->tcb.rcv_nxt != BD_RCV + 5000)
		bd_data(bd, bd->tcb.rcv_nxt, 1000);
	bd_flags(bd, BD_RCV + 5000, CHIM_FIN | CHIM_ACK);
	bd_drain(bd);
	v = bd->v;
	v.rcv_wnd += 1000;
	bd_update(bd, &v, CHIM_CONN_RCV_WND);
	bd_post(bd, 5000, 0);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 5000);
	BD_QUIET(bd);
}

/* an MSS, or half of InitialRcvWnd if that is less. */
static void rcv_wnd_growth_test(struct kunit *test)
{
	static const struct {
		u32 initial;
		u32 step;
	} cases[] = {
		{ 4000, 1000 }, { 2000, 1000 }, { 1000, 500 }, { 100, 50 },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "X-47 TCP-064 TMR-153");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd->v.rcv_wnd = cases[i].initial;
		bd->d.rcv_wnd = cases[i].initial;
		bd->accept = 0;
		bd_open(bd);
		while (bd->tcb.rcv_wnd)
			bd_data(bd, bd->tcb.rcv_nxt,
				min(BD_MSS, bd->tcb.rcv_wnd));
		bd_advance(bd, 1000);
		bd_drain(bd);
		bd_post(bd, cases[i].step - 1, 0);
		bd_advance(bd, 5000);
		BD_QUIET(bd);
		bd_post(bd, 1, 0);
		KUNIT_EXPECT_EQ(test, (u32)bd_next(bd)->wnd, cases[i].step);
		BD_QUIET(bd);
	}
}

/* An acknowledgment sent meanwhile does not open it by less either. */
static void rcv_wnd_no_silly_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "X-47 TCP-064");
	bd->v.rcv_wnd = 4000;
	bd->d.rcv_wnd = 4000;
	bd->accept = 0;
	bd_open(bd);
	while (bd->tcb.rcv_wnd)
		bd_data(bd, bd->tcb.rcv_nxt, 1000);
	bd_drain(bd);
	bd_post(bd, 999, 0);
	bd_data(bd, bd->tcb.rcv_nxt - 1, 1);
	KUNIT_EXPECT_EQ(test, (u32)bd_next(bd)->wnd, 0U);
	bd_post(bd, 1, 0);
	KUNIT_EXPECT_EQ(test, (u32)bd_next(bd)->wnd, 1000U);
}

static void post_one(struct bd *bd, const struct bd_call *call)
{
	int *left = bd->priv;

	if (call->kind == CHIM_CALL_COMPLETE && (*left)--)
		bd_post(bd, 1000, 0);
}

/* one update for all that a run consumes. */
static void rcv_wnd_one_update_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	int left = 2;

	CHIM_COVERS(test, "X-48");
	bd->v.rcv_wnd = 4000;
	bd->d.rcv_wnd = 4000;
	bd->accept = 0;
	bd_open(bd);
	while (bd->tcb.rcv_wnd)
		bd_data(bd, bd->tcb.rcv_nxt, 1000);
	bd_drain(bd);
	bd->priv = &left;
	bd->on_call = post_one;
	bd_post(bd, 1000, 0);
	KUNIT_EXPECT_EQ(test, (u32)bd_next(bd)->wnd, 3000U);
	BD_QUIET(bd);
}

static struct kunit_case rcv_wnd_cases[] = {
	KUNIT_CASE(rcv_wnd_scale_test),
	KUNIT_CASE(rcv_wnd_peer_scale_test),
	KUNIT_CASE(rcv_wnd_rounding_test),
	KUNIT_CASE(rcv_wnd_offered_test),
	KUNIT_CASE(rcv_wnd_surplus_test),
	KUNIT_CASE(rcv_wnd_increase_debt_test),
	KUNIT_CASE(rcv_wnd_decrease_test),
	KUNIT_CASE(rcv_wnd_update_test),
	KUNIT_CASE(rcv_wnd_after_fin_test),
	KUNIT_CASE(rcv_wnd_growth_test),
	KUNIT_CASE(rcv_wnd_no_silly_test),
	KUNIT_CASE(rcv_wnd_one_update_test),
	{}
};

static struct kunit_suite rcv_wnd_suite = {
	.name = "chim_rcv_wnd",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = rcv_wnd_cases,
};

kunit_test_suite(rcv_wnd_suite);
