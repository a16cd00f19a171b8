// SPDX-License-Identifier: GPL-2.0
/* State objects: what they are called, what they hold, what they hang on. */
#include "terminate.h"

#include <linux/slab.h>

#define MANY	30

/* --- names --------------------------------------------------------------- */

/* A tree of one neighbor, MANY paths and a connection on each. */
struct crowd {
	struct tb *neigh;
	struct tb *path[MANY];
	struct tb *conn[MANY];
};

static struct crowd *offload_crowd(struct fx *fx)
{
	struct crowd *crowd = kunit_kzalloc(fx->test, sizeof(*crowd),
					    GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(fx->test, crowd);
	crowd->neigh = tb_neigh(fx);
	for (i = 0; i < MANY; i++) {
		crowd->path[i] = i & 1 ? tb_path4(fx) : tb_path6(fx);
		crowd->conn[i] = tb_conn(fx);
		tb_depend(crowd->neigh, crowd->path[i]);
		tb_depend(crowd->path[i], crowd->conn[i]);
	}
	wt_done(fx, CHIM_INITIATE, crowd->neigh);
	for (i = 0; i < MANY; i++)
		FX_EXPECT_STATUS(fx->test, crowd->conn[i],
				 NDIS_STATUS_SUCCESS);
	return crowd;
}

static void own_area_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct crowd *crowd = offload_crowd(fx);
	struct tb *all[2 * MANY + 1];
	int i, j, n = 0;

	CHIM_COVERS(test, "OBJ-030");
	all[n++] = crowd->neigh;
	for (i = 0; i < MANY; i++) {
		all[n++] = crowd->path[i];
		all[n++] = crowd->conn[i];
	}
	for (i = 0; i < n; i++) {
		KUNIT_ASSERT_NOT_NULL(test, tb_obj(fx, all[i]));
		for (j = 0; j < i; j++) {
			KUNIT_EXPECT_PTR_NE(test, all[i]->context,
					    all[j]->context);
			KUNIT_EXPECT_PTR_NE(test, tb_obj(fx, all[i]),
					    tb_obj(fx, all[j]));
		}
	}
}

/* The handle of the block that brought the object, not of a later one. */
static void ndis_handle_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *of[] = { c.neigh, c.path, c.conn };
	int i;

	CHIM_COVERS(test, "OBJ-031 OBJ-032 D-16");
	for (i = 0; i < ARRAY_SIZE(of); i++) {
		wt_done(fx, CHIM_UPDATE, pr_cached(fx, of[i]));
		pr_query(fx, of[i]);
		KUNIT_EXPECT_PTR_EQ(test, tb_obj(fx, of[i])->ndis_handle,
				    (void *)of[i]);
	}
}

static void expect_same_name(struct fx *fx, const struct fx_chain *c,
			     PVOID *was)
{
	struct tb *of[] = { c->neigh, c->path, c->conn };
	int i;

	for (i = 0; i < ARRAY_SIZE(of); i++) {
		KUNIT_EXPECT_PTR_EQ(fx->test, of[i]->context, was[i]);
		KUNIT_ASSERT_NOT_NULL(fx->test, tb_obj(fx, of[i]));
		KUNIT_EXPECT_EQ(fx->test, tb_obj(fx, of[i])->handle,
				(u64)was[i]);
		pr_query(fx, of[i]);
	}
}

/* Whatever is done to it and beside it, an object keeps its name. */
static void name_stays_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), other;
	PVOID was[] = { c.neigh->context, c.path->context, c.conn->context };
	struct tb *link;
	int i;

	CHIM_COVERS(test, "OBJ-033");
	for (i = 0; i < 5; i++) {
		other = fx_offload6(fx);
		wt_done(fx, CHIM_UPDATE, pr_cached(fx, c.conn));
		link = tb_ref(fx, other.neigh, NeighborOffloadConstState);
		tb_depend(link, tb_ref(fx, c.path, Ip4OffloadConstState));
		wt_done(fx, CHIM_UPDATE, link);
		expect_same_name(fx, &c, was);
		link = tb_ref(fx, c.neigh, NeighborOffloadConstState);
		tb_depend(link, tb_ref(fx, c.path, Ip4OffloadConstState));
		wt_done(fx, CHIM_UPDATE, link);
		wt_done(fx, CHIM_TERMINATE, tm_tree(fx, other));
		expect_same_name(fx, &c, was);
	}
	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.neigh));
	expect_same_name(fx, &c, was);
}

/* Both kinds of events there are without segments. */
static void event_handle_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), bad = fx_offload6(fx);
	struct tb *ref = pr_cached(fx, c.conn);
	int i;

	CHIM_COVERS(test, "OBJ-034");
	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.neigh));
	tb_tcached(ref)->InitialRcvWnd += 100000;
	wt_done(fx, CHIM_UPDATE, ref);
	pr_conn(fx, bad.conn)->obj.canary ^= 1;
	wt_refused(fx, CHIM_QUERY, wt_ref(fx, CHIM_QUERY, bad.conn),
		   CHIM_WHY_CORRUPT);
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 3);
	KUNIT_EXPECT_EQ(test, pr_events(fx, c.conn, TcpIndicateRetrieve,
					InvalidState), 1);
	KUNIT_EXPECT_EQ(test, pr_events(fx, bad.conn, TcpIndicateRetrieve,
					HardwareFailure), 1);
	KUNIT_EXPECT_EQ(test, pr_events(fx, bad.conn, TcpIndicateAbort, 0), 1);
	for (i = 0; i < fx->logged; i++)
		if (fx->log[i].call == FX_EVENT)
			KUNIT_EXPECT_TRUE(test, fx->log[i].atomic);
}

/* --- links --------------------------------------------------------------- */

static void links_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), d = fx_offload6(fx);
	struct tb *low = tb_neigh(fx), *high = tb_neigh(fx);

	CHIM_COVERS(test, "OBJ-050");
	KUNIT_EXPECT_PTR_EQ(test, pr_conn(fx, c.conn)->path,
			    pr_path(fx, c.path));
	KUNIT_EXPECT_PTR_EQ(test, pr_conn(fx, d.conn)->path,
			    pr_path(fx, d.path));
	KUNIT_EXPECT_PTR_EQ(test, chim_path_neigh(pr_path(fx, c.path)),
			    pr_neigh(fx, c.neigh));
	KUNIT_EXPECT_PTR_EQ(test, chim_path_neigh(pr_path(fx, d.path)),
			    pr_neigh(fx, d.neigh));
	/* No neighbor hangs on another. */
	tb_depend(low, high);
	fx_run(fx, CHIM_INITIATE, low);
	FX_EXPECT_STATUS(test, low, NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS);
	FX_EXPECT_STATUS(test, high, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, low)->obj.deps, 0U);
}

/* Any number on one, in one tree or in many, and one less when one goes. */
static void share_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct crowd *crowd = offload_crowd(fx);
	struct tb *path = crowd->path[1], *conn[MANY], *link;
	int i;

	CHIM_COVERS(test, "OBJ-052");
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, crowd->neigh)->obj.deps, (u32)MANY);
	for (i = 0; i < MANY; i++) {
		link = wt_bare_ref(fx, path);
		conn[i] = tb_conn(fx);
		tb_depend(link, conn[i]);
		wt_done(fx, CHIM_INITIATE, link);
		FX_EXPECT_STATUS(test, conn[i], NDIS_STATUS_SUCCESS);
		KUNIT_EXPECT_PTR_EQ(test, pr_conn(fx, conn[i])->path,
				    pr_path(fx, path));
	}
	KUNIT_EXPECT_EQ(test, pr_path(fx, path)->obj.deps, MANY + 1U);
	KUNIT_EXPECT_EQ(test, pr_path(fx, crowd->path[0])->obj.deps, 1U);
	wt_done(fx, CHIM_TERMINATE, tm_ref(fx, conn[7]));
	KUNIT_EXPECT_EQ(test, pr_path(fx, path)->obj.deps, (u32)MANY);
}

/* --- variables ----------------------------------------------------------- */

static u8 const_type(const struct tb *of)
{
	switch (of->b.Header.Type) {
	case NeighborOffloadState:
		return NeighborOffloadConstState;
	case Ip4OffloadState:
		return Ip4OffloadConstState;
	case Ip6OffloadState:
		return Ip6OffloadConstState;
	default:
		return TcpOffloadConstState;
	}
}

/* A host that sends other constant or delegated values changes none. */
static void expect_kept(struct fx *fx, struct tb *of)
{
	const u8 types[] = { const_type(of), tm_type(of), of->b.Header.Type };
	struct tb *was = pr_query(fx, of), *ref, *now;
	int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		ref = tb_ref(fx, of, types[i]);
		memset(ref->state, 0xee, sizeof(ref->state));
		wt_done(fx, CHIM_UPDATE, ref);
		now = pr_query(fx, of);
		KUNIT_EXPECT_TRUE(fx->test, pr_same(was, now));
	}
}

static void constants_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), d = fx_offload6(fx);

	CHIM_COVERS(test, "OBJ-010 OBJ-011 OBJ-013");
	expect_kept(fx, c.neigh);
	expect_kept(fx, c.path);
	expect_kept(fx, c.conn);
	expect_kept(fx, d.path);
}

/* Times run and windows move; nobody is told. */
static void silent_changes_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = { tb_neigh(fx), tb_path4(fx), tb_conn(fx) };
	struct tb *was, *now, *ref;

	CHIM_COVERS(test, "OBJ-014");
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	tb_tcached(c.conn)->Flags = TCP_FLAG_KEEP_ALIVE_ENABLED;
	tb_tdeleg(c.conn)->KeepAlive.TimeoutDelta = 500;
	wt_done(fx, CHIM_INITIATE, c.neigh);
	was = pr_query(fx, c.conn);
	ref = pr_cached(fx, c.conn);
	tb_tcached(ref)->InitialRcvWnd += 100000;
	wt_done(fx, CHIM_UPDATE, ref);
	fx_advance(fx, 501);
	now = pr_query(fx, c.conn);
	fx_flush(fx);
	KUNIT_EXPECT_NE(test, tb_tdeleg(now)->TsTime, tb_tdeleg(was)->TsTime);
	KUNIT_EXPECT_NE(test, tb_tdeleg(now)->RcvWnd, tb_tdeleg(was)->RcvWnd);
	KUNIT_EXPECT_EQ(test, tb_tdeleg(now)->KeepAlive.TimeoutDelta, 0U);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_STATUS), 0);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_COMPLETE), fx->logged);
}

static struct kunit_case object_cases[] = {
	KUNIT_CASE(own_area_test),
	KUNIT_CASE(ndis_handle_test),
	KUNIT_CASE(name_stays_test),
	KUNIT_CASE(event_handle_test),
	KUNIT_CASE(links_test),
	KUNIT_CASE(share_test),
	KUNIT_CASE(constants_test),
	KUNIT_CASE(silent_changes_test),
	{}
};

static struct kunit_suite object_suite = {
	.name = "chim_object",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = object_cases,
};

kunit_test_suite(object_suite);
