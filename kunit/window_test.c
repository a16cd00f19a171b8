// SPDX-License-Identifier: GPL-2.0
/*
 * The receive window: what an update of InitialRcvWnd does to it, and what
 * the host has promised already.
 */
#include "lists.h"
#include "probe.h"

#define SHIFT	7	/* of the connections of the fixture */
#define WND	65536

/* Updates to @wnd; how many segments said so, the last one in @seg. */
static int set_window(struct fx *fx, struct tb *conn, u32 wnd, u16 flags,
		      struct pr_seg *seg)
{
	struct tb *ref;
	int sent = 0;

	tb_tcached(conn)->InitialRcvWnd = wnd;
	ref = pr_cached(fx, conn);
	tb_tcached(ref)->Flags |= flags;
	fx_run(fx, CHIM_UPDATE, ref);
	FX_EXPECT_STATUS(fx->test, ref, NDIS_STATUS_SUCCESS);
	while (pr_segment(fx, seg))
		sent++;
	return sent;
}

static u32 rcv_wnd(struct fx *fx, struct tb *conn)
{
	return tb_tdeleg(pr_query(fx, conn))->RcvWnd;
}

static struct tb *offload_conn(struct fx *fx, struct tb *conn)
{
	struct tb *neigh = tb_neigh(fx), *path = tb_path4(fx);

	tb_depend(neigh, path);
	tb_depend(path, conn);
	fx_run(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(fx->test, conn, NDIS_STATUS_SUCCESS);
	return conn;
}

/* Both families; with the flag and without it. */
static void window_increase(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conns[] = { fx_offload4(fx).conn, fx_offload6(fx).conn };
	struct pr_seg s;
	int i;

	CHIM_COVERS(test, "UPD-144 UPD-145 D-28 R-05 R-06 X-23 X-24");
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, set_window(fx, conns[i], 2 * WND,
						 TCP_FLAG_UPDATE_RCV_WND, &s),
				1);
		KUNIT_EXPECT_EQ(test, s.wnd, 2 * WND >> SHIFT);
		KUNIT_EXPECT_EQ(test, s.version, i ? 6 : 4);
		KUNIT_EXPECT_EQ(test, rcv_wnd(fx, conns[i]), 2U * WND);
		KUNIT_EXPECT_EQ(test, set_window(fx, conns[i], 3 * WND, 0, &s),
				1);
		KUNIT_EXPECT_EQ(test, s.wnd, 3 * WND >> SHIFT);
		KUNIT_EXPECT_EQ(test, rcv_wnd(fx, conns[i]), 3U * WND);
	}
}

/* No threshold as for windows that open by consumption. */
static void window_increase_small(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct pr_seg s;

	CHIM_COVERS(test, "R-06 X-24");
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, WND + 1, 0, &s), 1);
	KUNIT_EXPECT_EQ(test, rcv_wnd(fx, conn), WND + 1U);
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, WND + 128, 0, &s), 1);
	KUNIT_EXPECT_EQ(test, s.wnd, (WND >> SHIFT) + 1);
}

static void window_flag_without_change(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tb *before = pr_query(fx, conn);
	struct pr_seg s;

	CHIM_COVERS(test, "R-05 X-23");
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, WND,
					 TCP_FLAG_UPDATE_RCV_WND, &s), 0);
	KUNIT_EXPECT_TRUE(test, pr_same(pr_query(fx, conn), before));
}

/*
 * The edge that was promised stays; what is taken away is owed, and comes off
 * what later increases announce.
 */
static void window_decrease(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	u16 flag = TCP_FLAG_UPDATE_RCV_WND;
	struct pr_seg s;

	CHIM_COVERS(test, "UPD-146 D-28 X-25");
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, WND - 8192, flag, &s), 0);
	KUNIT_EXPECT_EQ(test, rcv_wnd(fx, conn), (u32)WND);
	KUNIT_EXPECT_EQ(test, tb_tcached(pr_query(fx, conn))->InitialRcvWnd,
			WND - 8192U);
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, WND - 1, flag, &s), 0);
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, WND, flag, &s), 0);
	KUNIT_EXPECT_EQ(test, rcv_wnd(fx, conn), (u32)WND);
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, WND - 4096, 0, &s), 0);
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, WND + 1280, flag, &s), 1);
	KUNIT_EXPECT_EQ(test, s.wnd, (WND + 1280) >> SHIFT);
	KUNIT_EXPECT_EQ(test, rcv_wnd(fx, conn), WND + 1280U);
}

/* What another update announces on the way has the promised edge as well. */
static void window_decrease_is_no_promise_broken(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct pr_seg s;

	CHIM_COVERS(test, "D-28 X-25");
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, 0, 0, &s), 0);
	KUNIT_ASSERT_TRUE(test, pr_ack(fx, conn, &s));
	KUNIT_EXPECT_EQ(test, s.wnd, WND >> SHIFT);
	KUNIT_EXPECT_EQ(test, rcv_wnd(fx, conn), (u32)WND);
}

/* At termination the host gets the edge that the peer knows. */
static void window_decrease_returned(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tb *end = tb_ref(fx, conn, TcpOffloadDelegatedState);
	struct pr_seg s;

	CHIM_COVERS(test, "X-25");
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, WND / 2, 0, &s), 0);
	fx_run(fx, CHIM_TERMINATE, end);
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, tb_tdeleg(end)->RcvWnd, (u32)WND);
}

static void window_command_acts_once(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = tb_conn(fx), *ref;
	struct pr_seg s;

	CHIM_COVERS(test, "UPD-147 O-07");
	tb_tcached(conn)->Flags = TCP_FLAG_UPDATE_RCV_WND |
				  TCP_FLAG_NAGLING_ENABLED;
	offload_conn(fx, conn);
	KUNIT_EXPECT_EQ(test, tb_tcached(pr_query(fx, conn))->Flags,
			TCP_FLAG_NAGLING_ENABLED);
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, WND + 1280, 0, &s), 1);
	KUNIT_EXPECT_EQ(test, tb_tcached(pr_query(fx, conn))->Flags,
			TCP_FLAG_NAGLING_ENABLED);
	/* An update of something else does not announce it again. */
	tb_tcached(conn)->Flags = TCP_FLAG_NAGLING_ENABLED;
	ref = pr_cached(fx, conn);
	tb_tcached(ref)->TtlOrHopLimit = 9;
	fx_run(fx, CHIM_UPDATE, ref);
	FX_EXPECT_STATUS(test, ref, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, pr_segment(fx, &s));
}

static void window_after_fin(struct kunit *test)
{
	static const struct {
		TCP_OFFLOAD_CONNECTION_STATE state;
		int sent;
	} rows[] = {
		{ TcpConnectionEstablished, 1 },
		{ TcpConnectionFinWait1, 1 },
		{ TcpConnectionFinWait2, 1 },
		{ TcpConnectionCloseWait, 0 },
		{ TcpConnectionClosing, 0 },
		{ TcpConnectionLastAck, 0 },
	};
	struct fx *fx = test->priv;
	struct pr_seg s;
	struct tb *conn;
	int i;

	CHIM_COVERS(test, "X-48");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		conn = tb_conn(fx);
		tb_tdeleg(conn)->State = rows[i].state;
		offload_conn(fx, conn);
		KUNIT_EXPECT_EQ_MSG(test, set_window(fx, conn, 2 * WND,
						     TCP_FLAG_UPDATE_RCV_WND,
						     &s),
				    rows[i].sent, "state %d", rows[i].state);
	}
}

static void expect_refused(struct fx *fx, struct tb *conn, u32 wnd)
{
	u64 refused = fx_refused(fx, CHIM_WHY_RCV_WINDOW);
	struct tb *before = pr_query(fx, conn);
	struct tb *ref = pr_cached(fx, conn);
	struct pr_seg s;

	tb_tcached(ref)->InitialRcvWnd = wnd;
	tb_tcached(ref)->Flags |= TCP_FLAG_UPDATE_RCV_WND;
	tb_tcached(ref)->TtlOrHopLimit = 9;
	fx_run(fx, CHIM_UPDATE, ref);
	FX_EXPECT_STATUS(fx->test, ref, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(fx->test, fx_refused(fx, CHIM_WHY_RCV_WINDOW),
			refused + 1);
	KUNIT_EXPECT_FALSE(fx->test, pr_segment(fx, &s));
	KUNIT_EXPECT_TRUE(fx->test, pr_same(pr_query(fx, conn), before));
}

/* The limit of the adapter, and that of the protocol. */
static void window_too_large(struct kunit *test)
{
	struct chim_adapter_config config = { .limits.rcv_wnd = 100000 };
	struct fx *small = fx_adapter_with(test, &config);
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tb *limited = fx_offload4(small).conn;
	struct pr_seg s;

	CHIM_COVERS(test, "UPD-032 UPD-057");
	expect_refused(fx, conn, (1 << 30) + 1);
	expect_refused(fx, conn, U32_MAX);
	expect_refused(small, limited, 100001);
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, 1 << 30, 0, &s), 1);
	KUNIT_EXPECT_EQ(test, s.wnd, U16_MAX);
	KUNIT_EXPECT_EQ(test, set_window(small, limited, 100000, 0, &s), 1);
	KUNIT_EXPECT_EQ(test, s.wnd, 100000 >> SHIFT);
	fx_end(small);
}

/* A closed window is accepted, and opened by an update. */
static void window_zero(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = tb_conn(fx);
	struct pr_seg s;

	CHIM_COVERS(test, "X-15");
	tb_tcached(conn)->InitialRcvWnd = 0;
	tb_tdeleg(conn)->RcvWnd = 0;
	offload_conn(fx, conn);
	KUNIT_EXPECT_EQ(test, rcv_wnd(fx, conn), 0U);
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, 1280, 0, &s), 1);
	KUNIT_EXPECT_EQ(test, s.wnd, 1280 >> SHIFT);
}

/* What the host gave, RcvWnd then, what an update must give to open it. */
static const struct promise {
	u32 initial;
	u32 promised;
	u32 buffered;
	u32 returned;
	u32 debt;
} promises[] = {
	/* The window is widened to what it should be. */
	{ 65536, 65536, 0, 65536, 0 },
	{ 65536, 30000, 0, 65536, 0 },
	{ 65536, 0, 0, 65536, 0 },
	{ 65536, 60000, 1000, 64536, 0 },
	{ 65536, 64536, 1000, 64536, 0 },
	{ 65536, 0, 65536, 0, 0 },
	/* More has been promised. */
	{ 65536, 65537, 0, 65537, 1 },
	{ 65536, 65536, 1000, 65536, 1000 },
	{ 65536, 2000, 65536, 2000, 2000 },
	{ 65536, 90000, 0, 90000, 24464 },
	/* More is buffered than there is room for. */
	{ 65536, 0, 70000, 0, 4464 },
	{ 65536, 2000, 70000, 2000, 6464 },
	{ 0, 0, 70000, 0, 70000 },
};

static void check_promise(struct fx *fx, const struct promise *p)
{
	struct tb *conn = tb_conn(fx);
	struct pr_seg s;

	tb_tcached(conn)->InitialRcvWnd = p->initial;
	tb_tdeleg(conn)->RcvWnd = p->promised;
	if (p->buffered)
		tb_tdeleg(conn)->BufferedData = &tl_new(fx, p->buffered, 0)->nbl;
	offload_conn(fx, conn);
	/* A window that is wider than promised may be announced. */
	while (pr_segment(fx, &s))
		;
	KUNIT_EXPECT_EQ(fx->test, rcv_wnd(fx, conn), p->returned);
	if (p->debt) {
		KUNIT_EXPECT_EQ(fx->test,
				set_window(fx, conn, p->initial + p->debt, 0,
					   &s), 0);
		KUNIT_EXPECT_EQ(fx->test, rcv_wnd(fx, conn), p->returned);
	}
	KUNIT_EXPECT_EQ(fx->test,
			set_window(fx, conn, p->initial + p->debt + 1280, 0,
				   &s), 1);
	KUNIT_EXPECT_EQ(fx->test, s.wnd, (p->returned + 1280) >> SHIFT);
	KUNIT_EXPECT_EQ(fx->test, rcv_wnd(fx, conn), p->returned + 1280);
}

static void window_promises(struct kunit *test)
{
	int i;

	CHIM_COVERS(test, "CON-030 R-13 X-13 X-14");
	for (i = 0; i < ARRAY_SIZE(promises); i++) {
		kunit_info(test, "row %d\n", i);
		check_promise(test->priv, &promises[i]);
	}
}

/* No peer was told of so much; it must not wrap round to a small debt. */
static void window_promise_absurd(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = tb_conn(fx);
	struct pr_seg s;

	CHIM_COVERS(test, "R-13");
	tb_tdeleg(conn)->RcvWnd = U32_MAX;
	tb_tdeleg(conn)->BufferedData = &tl_new(fx, 5, 0)->nbl;
	offload_conn(fx, conn);
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, 0, 0, &s), 0);
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, 1 << 30, 0, &s), 0);
	KUNIT_EXPECT_EQ(test, rcv_wnd(fx, conn), 1U << 30);

	conn = tb_conn(fx);
	tb_tdeleg(conn)->RcvWnd = U32_MAX;
	tb_tdeleg(conn)->BufferedData = &tl_new(fx, WND + 5, 0)->nbl;
	offload_conn(fx, conn);
	KUNIT_EXPECT_EQ(test, set_window(fx, conn, 1 << 30, 0, &s), 0);
	KUNIT_EXPECT_EQ(test, rcv_wnd(fx, conn), 1U << 30);
}

static struct kunit_case window_cases[] = {
	KUNIT_CASE(window_increase),
	KUNIT_CASE(window_increase_small),
	KUNIT_CASE(window_flag_without_change),
	KUNIT_CASE(window_decrease),
	KUNIT_CASE(window_decrease_is_no_promise_broken),
	KUNIT_CASE(window_decrease_returned),
	KUNIT_CASE(window_command_acts_once),
	KUNIT_CASE(window_after_fin),
	KUNIT_CASE(window_too_large),
	KUNIT_CASE(window_zero),
	KUNIT_CASE(window_promises),
	KUNIT_CASE(window_promise_absurd),
	{}
};

static struct kunit_suite window_suite = {
	.name = "chim_window",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = window_cases,
};

kunit_test_suite(window_suite);
