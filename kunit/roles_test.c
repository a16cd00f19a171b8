// SPDX-License-Identifier: GPL-2.0
/* Roles of blocks: placeholders, linkers, new offload nodes. */
#include "witness.h"

static void placeholder_any_type_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct witness w;
	int type;

	CHIM_COVERS(test, "BLK-130 BLK-131 BLK-132 BLK-134 BLK-060");
	witness_take(fx, &w);
	/* Nothing lies behind these blocks: reading there would be found. */
	for (verb = 0; verb < CHIM_VERBS; verb++)
		for (type = 0; type <= 0xff; type++)
			wt_done(fx, verb, wt_bare(fx, type, NULL));
	witness_check_all(fx, &w);
}

/* Placeholder, placeholder, then blocks that can be used. */
static void placeholder_links_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *one, *two, *path;
	enum chim_verb verb;
	struct fx_chain c;

	CHIM_COVERS(test, "BLK-133 BLK-135 BLK-060");
	c = fx_offload4(fx);
	for (verb = CHIM_QUERY; verb < CHIM_VERBS; verb++) {
		struct tb *conn = wt_good(fx, verb, c);

		one = wt_bare(fx, 0, NULL);
		two = wt_bare(fx, 0, NULL);
		path = wt_bare(fx, 0, NULL);
		tb_next(one, two);
		tb_depend(two, path);
		tb_depend(path, conn);
		wt_done(fx, verb, one);
		FX_EXPECT_STATUS(test, two, NDIS_STATUS_SUCCESS);
		FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
		FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
	}
	KUNIT_EXPECT_NULL(test, tb_obj(fx, c.conn));
}

static void placeholder_links_initiate_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *one = wt_bare(fx, 0, NULL), *neigh = tb_neigh(fx);
	struct tb *path, *conn = tb_conn(fx), *on;
	struct fx_chain c = fx_offload4(fx);

	CHIM_COVERS(test, "BLK-133 BLK-135");
	/* Beside what is new, and below it where a linker stands between. */
	path = wt_bare(fx, Ip4OffloadState, &c.path->context);
	on = wt_bare(fx, TcpOffloadState, NULL);
	tb_next(one, neigh);
	tb_depend(one, path);
	tb_depend(path, on);
	tb_next(on, conn);
	wt_done(fx, CHIM_INITIATE, one);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, on, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, pr_conn(fx, conn)->path,
			    pr_path(fx, c.path));
}

/* Whatever becomes of its dependents, whatever became of what is below it. */
static void placeholder_success_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	PVOID forged = (PVOID)0x1234567890abcdefUL;
	enum chim_verb verb;
	struct witness w;

	CHIM_COVERS(test, "BLK-135 BLK-080");
	witness_take(fx, &w);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		struct tb *neigh = wt_bare(fx, NeighborOffloadConstState,
					   &forged);
		struct tb *path = wt_bare(fx, 0, NULL);
		struct tb *conn = wt_bare(fx, TcpOffloadConstState, &forged);
		struct tb *first = wt_bare(fx, 0, NULL);

		tb_next(first, neigh);
		tb_depend(neigh, path);
		tb_depend(path, conn);
		wt_done(fx, verb, first);
		FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_FAILURE);
		FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
		FX_EXPECT_STATUS(test, conn, NDIS_STATUS_FAILURE);
		/* The same with the failing block at the root. */
		fx_run(fx, verb, neigh);
		FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_FAILURE);
		FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
		FX_EXPECT_STATUS(test, conn, NDIS_STATUS_FAILURE);
	}
	witness_check_all(fx, &w);
}

/* A failure goes through a placeholder to what hangs above it. */
static void placeholder_failure_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx), *between = wt_bare(fx, 0, NULL);
	struct tb *conn = tb_conn(fx), *beside = tb_neigh(fx);

	CHIM_COVERS(test, "BLK-135 TREE-031 TREE-033");
	tb_ncached(neigh)->DlDestinationAddress[0] = 1;	/* multicast */
	tb_depend(neigh, between);
	tb_depend(between, conn);
	tb_next(beside, neigh);
	wt_done(fx, CHIM_INITIATE, beside);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, between, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_SKIPPED), 1ULL);
	KUNIT_EXPECT_NULL(test, conn->context);
}

/* --- linkers ------------------------------------------------------------- */

static void linker_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *link, *path = tb_path4(fx), *conn = tb_conn(fx);
	struct tb *other = tb_conn(fx);
	struct chim_neigh *neigh;
	struct fx_chain c;

	CHIM_COVERS(test, "BLK-150 BLK-151 BLK-154 BLK-155");
	c = fx_offload4(fx);
	neigh = pr_neigh(fx, c.neigh);
	/* Nothing lies behind a linker: reading there would be found. */
	link = wt_bare(fx, NeighborOffloadState, &c.neigh->context);
	tb_depend(link, path);
	tb_depend(path, conn);
	wt_done(fx, CHIM_INITIATE, link);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, chim_path_neigh(pr_path(fx, path)), neigh);
	KUNIT_EXPECT_EQ(test, neigh->obj.deps, 2U);

	link = wt_bare(fx, Ip4OffloadState, &path->context);
	tb_depend(link, other);
	wt_done(fx, CHIM_INITIATE, link);
	FX_EXPECT_STATUS(test, other, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, pr_conn(fx, other)->path,
			    pr_path(fx, path));
	KUNIT_EXPECT_EQ(test, pr_path(fx, path)->obj.deps, 2U);
	KUNIT_EXPECT_EQ(test, pr_path(fx, c.path)->obj.deps, 1U);
}

/* Any of the Types of a layer names the layer. */
static void linker_types_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload6(fx);
	struct tb *link, *dep;
	u8 type;

	CHIM_COVERS(test, "BLK-150 BLK-151");
	for (type = NeighborOffloadConstState; type <= NeighborOffloadState;
	     type++) {
		link = wt_bare(fx, type, &c.neigh->context);
		dep = tb_path6(fx);
		tb_depend(link, dep);
		wt_done(fx, CHIM_INITIATE, link);
		FX_EXPECT_STATUS(test, dep, NDIS_STATUS_SUCCESS);
	}
	for (type = Ip6OffloadConstState; type <= Ip6OffloadState; type++) {
		link = wt_bare(fx, type, &c.path->context);
		dep = tb_conn(fx);
		tb_depend(link, dep);
		wt_done(fx, CHIM_INITIATE, link);
		FX_EXPECT_STATUS(test, dep, NDIS_STATUS_SUCCESS);
	}
}

static void linker_promise_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct witness w;

	CHIM_COVERS(test, "BLK-152");
	witness_take(fx, &w);
	wt_refused(fx, CHIM_INITIATE,
		   wt_bare(fx, NeighborOffloadState, &w.c.neigh->context),
		   CHIM_WHY_LINKER_EMPTY);
	wt_refused(fx, CHIM_INITIATE,
		   wt_bare(fx, Ip4OffloadState, &w.c.path->context),
		   CHIM_WHY_LINKER_EMPTY);
	wt_refused(fx, CHIM_INITIATE,
		   wt_bare(fx, TcpOffloadState, &w.c.conn->context),
		   CHIM_WHY_LINKER_EMPTY);
	witness_check_all(fx, &w);
}

static void bad_linker(struct fx *fx, u8 type, PVOID *location, struct tb *dep,
		       enum chim_why why)
{
	struct tb *link = wt_bare(fx, type, location);

	tb_depend(link, dep);
	wt_refused(fx, CHIM_INITIATE, link, why);
	FX_EXPECT_STATUS(fx->test, dep, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_NULL(fx->test, dep->context);
}

static void linker_unknown_test(struct kunit *test)
{
	PVOID forged = (PVOID)0x1fffffff00000000UL;
	struct fx *fx = test->priv;
	struct witness w;

	CHIM_COVERS(test, "BLK-153 BLK-152 TREE-031");
	witness_take(fx, &w);
	bad_linker(fx, NeighborOffloadState, &forged, tb_path4(fx),
		   CHIM_WHY_HANDLE);
	bad_linker(fx, NeighborOffloadState, &w.c.path->context, tb_path4(fx),
		   CHIM_WHY_LAYER);
	bad_linker(fx, NeighborOffloadState, &w.c.conn->context, tb_path4(fx),
		   CHIM_WHY_LAYER);
	bad_linker(fx, Ip4OffloadState, &w.c.neigh->context, tb_conn(fx),
		   CHIM_WHY_LAYER);
	bad_linker(fx, Ip6OffloadState, &w.c.path->context, tb_conn(fx),
		   CHIM_WHY_LAYER);
	bad_linker(fx, TcpOffloadState, &w.c.conn->context, tb_conn(fx),
		   CHIM_WHY_LINK);
	witness_check_all(fx, &w);
}

/* Two dependents of which @bad have nowhere to go. */
static void linker_status(struct fx *fx, struct fx_chain c, int bad,
			  NDIS_STATUS status)
{
	struct tb *link = wt_bare(fx, Ip4OffloadState, &c.path->context);
	struct tb *dep[2] = { tb_conn(fx), tb_conn(fx) };
	int i;

	for (i = 0; i < 2; i++) {
		tb_depend(link, dep[i]);
		if (i < bad)
			tb_tdeleg(dep[i])->State = TcpConnectionListen;
	}
	fx_run(fx, CHIM_INITIATE, link);
	FX_EXPECT_STATUS(fx->test, link, status);
	for (i = 0; i < 2; i++)
		FX_EXPECT_STATUS(fx->test, dep[i],
				 i < bad ? NDIS_STATUS_FAILURE :
					   NDIS_STATUS_SUCCESS);
}

static void linker_status_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c;

	CHIM_COVERS(test, "BLK-155 D-05 D-12");
	c = fx_offload4(fx);
	linker_status(fx, c, 0, NDIS_STATUS_SUCCESS);
	linker_status(fx, c, 1, NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS);
	linker_status(fx, c, 2, NDIS_STATUS_FAILURE);
}

/* --- new offload nodes --------------------------------------------------- */

static void new_node_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx), *path = tb_path6(fx);
	struct tb *conn = tb_conn(fx);

	CHIM_COVERS(test, "BLK-170");
	tb_depend(neigh, path);
	tb_depend(path, conn);
	KUNIT_EXPECT_NULL(test, neigh->context);
	wt_done(fx, CHIM_INITIATE, neigh);
	KUNIT_EXPECT_NOT_NULL(test, tb_obj(fx, neigh));
	KUNIT_EXPECT_NOT_NULL(test, tb_obj(fx, path));
	KUNIT_EXPECT_NOT_NULL(test, tb_obj(fx, conn));
	KUNIT_EXPECT_EQ(test, fx->adapter->space.count[CHIM_NEIGH], 1U);
	KUNIT_EXPECT_EQ(test, fx->adapter->space.count[CHIM_PATH], 1U);
	KUNIT_EXPECT_EQ(test, fx->adapter->space.count[CHIM_CONN], 1U);
}

/* Less than the whole state of an object makes no object. */
static void new_node_promise_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *tb, *link;
	struct witness w;
	PVOID none = NULL;
	int type;

	CHIM_COVERS(test, "BLK-171");
	witness_take(fx, &w);
	for (type = NeighborOffloadConstState; type < TcpOffloadState; type++) {
		const struct chim_type *t = chim_type(type);

		if (!t || t->parts == CHIM_PART_ALL)
			continue;
		/* Nothing lies behind it: reading there would be found. */
		tb = wt_bare(fx, type, &none);
		link = t->layer == CHIM_PATH ? w.c.neigh : w.c.path;
		link = wt_bare_ref(fx, link);
		tb_depend(link, tb);
		fx_run(fx, CHIM_INITIATE,
		       t->layer == CHIM_NEIGH ? tb : link);
		FX_EXPECT_STATUS(test, tb, NDIS_STATUS_FAILURE);
		KUNIT_EXPECT_NULL(test, none);
	}
	/* No state at all: no structure there has its Length. */
	tb = tb_neigh(fx);
	memset(tb->state, 0, sizeof(tb->state));
	wt_refused(fx, CHIM_INITIATE, tb, CHIM_WHY_LENGTH);
	memset(tb->state, 0xff, sizeof(tb->state));
	wt_refused(fx, CHIM_INITIATE, tb, CHIM_WHY_LENGTH);
	witness_check_all(fx, &w);
}

static struct kunit_case roles_cases[] = {
	KUNIT_CASE(placeholder_any_type_test),
	KUNIT_CASE(placeholder_links_test),
	KUNIT_CASE(placeholder_links_initiate_test),
	KUNIT_CASE(placeholder_success_test),
	KUNIT_CASE(placeholder_failure_test),
	KUNIT_CASE(linker_test),
	KUNIT_CASE(linker_types_test),
	KUNIT_CASE(linker_promise_test),
	KUNIT_CASE(linker_unknown_test),
	KUNIT_CASE(linker_status_test),
	KUNIT_CASE(new_node_test),
	KUNIT_CASE(new_node_promise_test),
	{}
};

static struct kunit_suite roles_suite = {
	.name = "chim_roles",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = roles_cases,
};

kunit_test_suite(roles_suite);
