// SPDX-License-Identifier: GPL-2.0
/*
 * Keepalive and retransmission: what updates do to timers and counts that the
 * target keeps. No timer fires here; what is left of one is queried.
 */
#include "probe.h"

#define OFF		U32_MAX
#define TIMEOUT		10000
#define KA		TCP_FLAG_KEEP_ALIVE_ENABLED
#define KA_RESTART	TCP_FLAG_KEEP_ALIVE_RESTART
#define RT_RESTART	TCP_FLAG_MAX_RT_RESTART

/* Left of the keepalive timer, unanswered probes, time spent retransmitting. */
struct timers {
	u32 left;
	u32 probes;
	u32 total_rt;
};

static struct timers timers(struct fx *fx, struct tb *conn)
{
	TCP_OFFLOAD_STATE_DELEGATED *d = tb_tdeleg(pr_query(fx, conn));

	return (struct timers){
		.left = d->KeepAlive.TimeoutDelta,
		.probes = d->KeepAlive.ProbeCount,
		.total_rt = d->TotalRT,
	};
}

/* A connection with keepalive off, one probe unanswered or not. */
static struct tb *conn_with(struct fx *fx, u16 flags, u32 left, u8 probes)
{
	struct tb *neigh = tb_neigh(fx), *path = tb_path4(fx);
	struct tb *conn = tb_conn(fx);

	tb_tcached(conn)->Flags = flags;
	tb_tcached(conn)->KaTimeout = TIMEOUT;
	tb_tcached(conn)->MaxRT = 500;
	tb_tdeleg(conn)->KeepAlive.TimeoutDelta = left;
	tb_tdeleg(conn)->KeepAlive.ProbeCount = probes;
	tb_tdeleg(conn)->TotalRT = 77;
	tb_depend(neigh, path);
	tb_depend(path, conn);
	fx_run(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(fx->test, conn, NDIS_STATUS_SUCCESS);
	return conn;
}

/* Keepalive is on, a quarter of the time has passed, two probes are out. */
static struct tb *conn_in_progress(struct fx *fx)
{
	struct tb *conn = conn_with(fx, KA, TIMEOUT, 2);

	fx_advance(fx, TIMEOUT / 4);
	return conn;
}

static NDIS_STATUS update(struct fx *fx, struct tb *ref)
{
	fx_run(fx, CHIM_UPDATE, ref);
	return ref->b.Status;
}

/* Updates to the values that @conn's block holds now, with these flags. */
static void set(struct fx *fx, struct tb *conn, u16 flags)
{
	tb_tcached(conn)->Flags = flags;
	KUNIT_EXPECT_EQ(fx->test, update(fx, pr_cached(fx, conn)),
			NDIS_STATUS_SUCCESS);
}

static void keepalive_starts_and_stops(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = conn_with(fx, 0, OFF, 0);

	CHIM_COVERS(test, "UPD-140");
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, OFF);
	set(fx, conn, KA);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, (u32)TIMEOUT);
	fx_advance(fx, 300);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, TIMEOUT - 300U);
	/* It goes on while the flag stays set. */
	set(fx, conn, KA | TCP_FLAG_NAGLING_ENABLED);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, TIMEOUT - 300U);
	set(fx, conn, 0);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, OFF);
	set(fx, conn, KA);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, (u32)TIMEOUT);
}

/* Probes of one run would end the next one early. */
static void keepalive_starts_without_probes(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = conn_in_progress(fx);

	CHIM_COVERS(test, "UPD-140 X-10");
	KUNIT_EXPECT_EQ(test, timers(fx, conn).probes, 2U);
	set(fx, conn, 0);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).probes, 0U);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, OFF);
	conn = conn_with(fx, 0, OFF, 3);
	set(fx, conn, KA);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).probes, 0U);
}

static void keepalive_restart(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = conn_in_progress(fx);

	CHIM_COVERS(test, "UPD-142 D-25 X-26");
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, TIMEOUT - TIMEOUT / 4U);
	set(fx, conn, KA | KA_RESTART);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, (u32)TIMEOUT);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).probes, 0U);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).total_rt, 77U);
}

static void keepalive_restart_while_off(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = conn_with(fx, 0, OFF, 0);

	CHIM_COVERS(test, "UPD-142");
	set(fx, conn, KA_RESTART | RT_RESTART);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, OFF);
}

/* Commands do not linger: neither an update nor a query sees them again. */
static void restart_acts_once(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = conn_in_progress(fx);

	CHIM_COVERS(test, "UPD-147 O-07");
	set(fx, conn, KA | KA_RESTART | RT_RESTART);
	KUNIT_EXPECT_EQ(test, tb_tcached(pr_query(fx, conn))->Flags, KA);
	pr_conn(fx, conn)->tcb.total_rt = 50;
	pr_conn(fx, conn)->tcb.ka_probes = 1;
	fx_advance(fx, 10);
	set(fx, conn, KA);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, TIMEOUT - 10U);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).probes, 1U);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).total_rt, 50U);
}

/* What changes, with which flag; what becomes of time left and probe count. */
static void keepalive_values(struct kunit *test)
{
	static const struct {
		u16 flags;
		u8 probes;
		u32 timeout;
		u32 interval;
		bool timer_reset;
		bool count_reset;
	} rows[] = {
		/* Neither flag: nothing is reset (D-26). */
		{ 0, 9, TIMEOUT, 1000, false, false },
		{ 0, 5, 20000, 1000, false, false },
		{ 0, 5, TIMEOUT, 2000, false, false },
		/* Nothing changes: a retransmission flag resets nothing. */
		{ RT_RESTART, 5, TIMEOUT, 1000, false, false },
		{ RT_RESTART, 9, TIMEOUT, 1000, false, true },
		{ RT_RESTART, 5, 20000, 1000, true, false },
		{ RT_RESTART, 5, TIMEOUT, 2000, true, false },
		{ RT_RESTART, 5, 20000, 2000, true, false },
		{ RT_RESTART, 9, 20000, 2000, true, true },
		{ KA_RESTART, 9, TIMEOUT, 1000, true, true },
		{ KA_RESTART, 5, 20000, 2000, true, true },
		{ KA_RESTART | RT_RESTART, 9, 20000, 2000, true, true },
	};
	struct fx *fx = test->priv;
	int i;

	CHIM_COVERS(test, "UPD-149 UPD-150 D-26");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tb *conn = conn_in_progress(fx);
		struct timers t;

		tb_tcached(conn)->KaProbeCount = rows[i].probes;
		tb_tcached(conn)->KaTimeout = rows[i].timeout;
		tb_tcached(conn)->KaInterval = rows[i].interval;
		set(fx, conn, KA | rows[i].flags);
		t = timers(fx, conn);
		KUNIT_EXPECT_EQ_MSG(test, t.left, rows[i].timer_reset ?
				    rows[i].timeout : TIMEOUT * 3 / 4,
				    "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, t.probes,
				    rows[i].count_reset ? 0U : 2U, "row %d", i);
	}
}

/* A new KaTimeout is the one a later start takes. */
static void keepalive_new_timeout(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = conn_in_progress(fx);

	tb_tcached(conn)->KaTimeout = 600;
	set(fx, conn, KA);
	set(fx, conn, KA | KA_RESTART);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, 600U);
	fx_advance(fx, 599);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, 1U);
	/* Overdue is due at once, not off. */
	fx_advance(fx, 2);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, 0U);
}

static void keepalive_never(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = conn_with(fx, 0, OFF, 0);

	CHIM_COVERS(test, "X-08");
	tb_tcached(conn)->KaTimeout = U32_MAX;
	set(fx, conn, KA);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, OFF);
	tb_tcached(conn)->KaTimeout = 600;
	set(fx, conn, KA | KA_RESTART);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, 600U);
	tb_tcached(conn)->KaTimeout = U32_MAX;
	set(fx, conn, KA | KA_RESTART);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, OFF);
}

/* What is left at offload: TimeoutDelta, KaProbeCount, KaTimeout, result. */
static void keepalive_at_offload(struct kunit *test)
{
	static const u32 rows[][4] = {
		{ OFF, 5, TIMEOUT, OFF },
		{ 1234, 5, TIMEOUT, 1234 },
		{ 1234, 0, TIMEOUT, 1234 },
		{ 0, 5, TIMEOUT, 0 },
		{ 0, 0, TIMEOUT, TIMEOUT },
		{ 0, 0, U32_MAX, OFF },
	};
	struct fx *fx = test->priv;
	struct timers now;
	int i;

	CHIM_COVERS(test, "X-08");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tb *neigh = tb_neigh(fx), *path = tb_path4(fx);
		struct tb *conn = tb_conn(fx);

		tb_tcached(conn)->Flags = KA;
		tb_tdeleg(conn)->KeepAlive.TimeoutDelta = rows[i][0];
		tb_tcached(conn)->KaProbeCount = rows[i][1];
		tb_tcached(conn)->KaTimeout = rows[i][2];
		tb_depend(neigh, path);
		tb_depend(path, conn);
		fx_run(fx, CHIM_INITIATE, neigh);
		FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
		now = timers(fx, conn);
		/* What is due at once may have been sent by now. */
		if (!rows[i][3] && now.probes)
			now.left = 0;
		KUNIT_EXPECT_EQ_MSG(test, now.left, rows[i][3], "row %d", i);
	}
}

static void expect_refused(struct fx *fx, struct tb *conn, u32 timeout,
			   u32 interval)
{
	u64 refused = fx_refused(fx, CHIM_WHY_KEEPALIVE);
	struct tb *before = pr_query(fx, conn);
	struct tb *ref = pr_cached(fx, conn);

	tb_tcached(ref)->Flags = KA | KA_RESTART | RT_RESTART;
	tb_tcached(ref)->KaTimeout = timeout;
	tb_tcached(ref)->KaInterval = interval;
	KUNIT_EXPECT_EQ(fx->test, update(fx, ref), NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(fx->test, fx_refused(fx, CHIM_WHY_KEEPALIVE),
			refused + 1);
	KUNIT_EXPECT_TRUE(fx->test, pr_same(pr_query(fx, conn), before));
}

/* Never probe without a pause. */
static void keepalive_zero(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = conn_in_progress(fx);
	struct tb *off = conn_with(fx, 0, OFF, 0);

	CHIM_COVERS(test, "X-09 UPD-057");
	expect_refused(fx, conn, 0, 1000);
	expect_refused(fx, conn, TIMEOUT, 0);
	expect_refused(fx, off, 0, 0);
	/* While it is off the values do not matter. */
	tb_tcached(off)->KaTimeout = 0;
	tb_tcached(off)->KaInterval = 0;
	set(fx, off, 0);
}

/* Flag, new MaxRT; is TotalRT reset? The old MaxRT is 500. */
static void total_rt(struct kunit *test)
{
	static const struct {
		u16 flag;
		u32 max_rt;
		bool reset;
	} rows[] = {
		{ RT_RESTART, 500, true },
		{ RT_RESTART, 900, true },
		{ RT_RESTART, 0, true },
		{ 0, 500, false },
		{ 0, 900, true },
		{ 0, 100, true },
		{ 0, 0, false },
		{ KA_RESTART, 500, false },
	};
	struct fx *fx = test->priv;
	int i;

	CHIM_COVERS(test, "UPD-143 D-27 X-26");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tb *conn = conn_with(fx, 0, OFF, 0);

		KUNIT_EXPECT_EQ(test, timers(fx, conn).total_rt, 77U);
		tb_tcached(conn)->MaxRT = rows[i].max_rt;
		set(fx, conn, rows[i].flag);
		KUNIT_EXPECT_EQ_MSG(test, timers(fx, conn).total_rt,
				    rows[i].reset ? 0U : 77U, "row %d", i);
	}
}

/* An update of something else does not prolong a dying connection. */
static void total_rt_unrelated(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = conn_with(fx, KA, 40, 2);

	CHIM_COVERS(test, "D-27");
	tb_tcached(conn)->TtlOrHopLimit = 5;
	tb_tcached(conn)->InitialRcvWnd += 1280;
	set(fx, conn, KA | TCP_FLAG_UPDATE_RCV_WND);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).total_rt, 77U);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).left, 40U);
	KUNIT_EXPECT_EQ(test, timers(fx, conn).probes, 2U);
}

static struct kunit_case keepalive_cases[] = {
	KUNIT_CASE(keepalive_starts_and_stops),
	KUNIT_CASE(keepalive_starts_without_probes),
	KUNIT_CASE(keepalive_restart),
	KUNIT_CASE(keepalive_restart_while_off),
	KUNIT_CASE(restart_acts_once),
	KUNIT_CASE(keepalive_values),
	KUNIT_CASE(keepalive_new_timeout),
	KUNIT_CASE(keepalive_never),
	KUNIT_CASE(keepalive_at_offload),
	KUNIT_CASE(keepalive_zero),
	KUNIT_CASE(total_rt),
	KUNIT_CASE(total_rt_unrelated),
	{}
};

static struct kunit_suite keepalive_suite = {
	.name = "chim_keepalive",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = keepalive_cases,
};

kunit_test_suite(keepalive_suite);
