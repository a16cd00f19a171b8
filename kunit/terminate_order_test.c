// SPDX-License-Identifier: GPL-2.0
/* Terminate: dependents go before what they depend on, wherever they stand. */
#include "terminate.h"

/* Two neighbors, two paths on the first, a connection on each path. */
struct grove {
	struct tb *neigh[2];
	struct tb *path[2];
	struct tb *conn[2];
};

static void plant(struct fx *fx, struct grove *g)
{
	int i;

	for (i = 0; i < 2; i++) {
		g->neigh[i] = tb_neigh(fx);
		g->path[i] = tb_path4(fx);
		g->path[i]->dst[1] = i;
		g->conn[i] = tb_conn(fx);
		tb_depend(g->neigh[0], g->path[i]);
		tb_depend(g->path[i], g->conn[i]);
	}
	tb_next(g->neigh[0], g->neigh[1]);
	wt_done(fx, CHIM_INITIATE, g->neigh[0]);
	FX_EXPECT_STATUS(fx->test, g->conn[0], NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(fx->test, g->conn[1], NDIS_STATUS_SUCCESS);
	fx->logged = 0;
}

/* The same with a block that ends it for every object. */
static void fell(struct fx *fx, const struct grove *g, struct grove *end)
{
	int i;

	for (i = 0; i < 2; i++) {
		end->neigh[i] = tm_ref(fx, g->neigh[i]);
		end->path[i] = tm_ref(fx, g->path[i]);
		end->conn[i] = tm_ref(fx, g->conn[i]);
	}
}

static void expect_all(struct fx *fx, const struct grove *end)
{
	int i;

	for (i = 0; i < 2; i++) {
		FX_EXPECT_STATUS(fx->test, end->neigh[i], NDIS_STATUS_SUCCESS);
		FX_EXPECT_STATUS(fx->test, end->path[i], NDIS_STATUS_SUCCESS);
		FX_EXPECT_STATUS(fx->test, end->conn[i], NDIS_STATUS_SUCCESS);
	}
	wt_empty(fx);
}

/* The host forgot the dependents: refused, and nothing has changed. */
static void dependents_left_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct witness w;

	CHIM_COVERS(test, "TRM-017");
	witness_take(fx, &w);
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, w.c.neigh),
		   CHIM_WHY_DEPENDENTS);
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, w.c.path),
		   CHIM_WHY_DEPENDENTS);
	witness_check_all(fx, &w);
	wt_done(fx, CHIM_TERMINATE, tm_tree(fx, w.c));
	wt_empty(fx);
}

/* One dependent of two is missing: only what it depends on stays. */
static void dependent_missing_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct grove g, end;

	CHIM_COVERS(test, "TRM-017 R-14");
	plant(fx, &g);
	fell(fx, &g, &end);
	tb_depend(end.neigh[0], end.path[0]);
	tb_depend(end.neigh[0], end.path[1]);
	tb_depend(end.path[0], end.conn[0]);
	tb_next(end.neigh[0], end.neigh[1]);
	fx_run(fx, CHIM_TERMINATE, end.neigh[0]);
	FX_EXPECT_STATUS(test, end.neigh[0], NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, end.neigh[1], NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, end.path[0], NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, end.path[1], NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, end.conn[0], NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_DEPENDENTS), 2ULL);
	pr_query(fx, g.conn[1]);
	fell(fx, &g, &end);
	tb_depend(end.neigh[0], end.path[1]);
	tb_depend(end.path[1], end.conn[1]);
	wt_done(fx, CHIM_TERMINATE, end.neigh[0]);
	wt_empty(fx);
}

/* The tree has the connections crossed: each below the other's path. */
static void crossed_connections_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct grove g, end;

	CHIM_COVERS(test, "X-41 TRM-017");
	plant(fx, &g);
	fell(fx, &g, &end);
	tb_depend(end.neigh[0], end.path[0]);
	tb_depend(end.neigh[0], end.path[1]);
	tb_depend(end.path[0], end.conn[1]);
	tb_depend(end.path[1], end.conn[0]);
	tb_next(end.neigh[0], end.neigh[1]);
	wt_done(fx, CHIM_TERMINATE, end.neigh[0]);
	expect_all(fx, &end);
}

/* Both neighbors stand before the one block that has the paths. */
static void dependents_after_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *placeholder = tb_placeholder(fx);
	struct grove g, end;

	CHIM_COVERS(test, "X-41 TRM-017");
	plant(fx, &g);
	fell(fx, &g, &end);
	tb_next(end.neigh[0], end.neigh[1]);
	tb_next(end.neigh[0], placeholder);
	tb_depend(placeholder, end.path[0]);
	tb_depend(placeholder, end.path[1]);
	tb_depend(end.path[1], end.conn[0]);
	tb_depend(end.path[1], end.conn[1]);
	wt_done(fx, CHIM_TERMINATE, end.neigh[0]);
	FX_EXPECT_STATUS(test, placeholder, NDIS_STATUS_SUCCESS);
	expect_all(fx, &end);
}

static void dependents_before_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *placeholder = tb_placeholder(fx);
	struct tb *inner = tb_placeholder(fx);
	struct grove g, end;

	CHIM_COVERS(test, "X-41 TRM-017");
	plant(fx, &g);
	fell(fx, &g, &end);
	tb_next(placeholder, end.neigh[1]);
	tb_next(placeholder, end.neigh[0]);
	tb_depend(placeholder, inner);
	tb_depend(inner, end.conn[0]);
	tb_depend(inner, end.conn[1]);
	tb_next(inner, end.path[0]);
	tb_next(inner, end.path[1]);
	wt_done(fx, CHIM_TERMINATE, placeholder);
	expect_all(fx, &end);
}

/* A relinked path stands below its old neighbor, its new one comes first. */
static void relinked_path_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *link, *path;
	struct grove g, end;

	CHIM_COVERS(test, "X-41 TRM-017");
	plant(fx, &g);
	link = tb_ref(fx, g.neigh[1], NeighborOffloadState);
	path = tb_ref(fx, g.path[0], Ip4OffloadState);
	tb_depend(link, path);
	wt_done(fx, CHIM_UPDATE, link);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
	fell(fx, &g, &end);
	tb_next(end.neigh[1], end.neigh[0]);
	tb_depend(end.neigh[0], end.path[0]);
	tb_depend(end.neigh[0], end.path[1]);
	tb_depend(end.path[0], end.conn[0]);
	tb_depend(end.path[1], end.conn[1]);
	wt_done(fx, CHIM_TERMINATE, end.neigh[1]);
	expect_all(fx, &end);
}

/* Paths at the root, and connections at the root. */
static void short_trees_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct grove g, end;

	CHIM_COVERS(test, "TRM-017");
	plant(fx, &g);
	fell(fx, &g, &end);
	tb_next(end.path[0], end.path[1]);
	tb_depend(end.path[1], end.conn[0]);
	tb_depend(end.path[1], end.conn[1]);
	wt_done(fx, CHIM_TERMINATE, end.path[0]);
	tb_next(end.neigh[0], end.neigh[1]);
	wt_done(fx, CHIM_TERMINATE, end.neigh[0]);
	expect_all(fx, &end);
}

/* Separate operations that wait together: in order they all succeed. */
static void queued_in_order_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct pr_hold hold;
	struct grove g, end;
	struct tb *order[6];
	int i;

	CHIM_COVERS(test, "R-14 X-41");
	plant(fx, &g);
	fell(fx, &g, &end);
	memcpy(order, end.conn, sizeof(end.conn));
	memcpy(order + 2, end.path, sizeof(end.path));
	memcpy(order + 4, end.neigh, sizeof(end.neigh));
	pr_hold(fx, &hold);
	for (i = 0; i < ARRAY_SIZE(order); i++)
		fx_submit(fx, CHIM_TERMINATE, order[i]);
	pr_release(fx, &hold);
	for (i = 0; i < ARRAY_SIZE(order); i++)
		KUNIT_EXPECT_PTR_EQ(test, fx->log[i].p, (void *)&order[i]->b);
	expect_all(fx, &end);
}

/* Behind a neighbor in the queue, a dependent's end is too late. */
static void queued_out_of_order_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct pr_hold hold;
	struct grove g, end;

	CHIM_COVERS(test, "R-14 TRM-017");
	plant(fx, &g);
	fell(fx, &g, &end);
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_TERMINATE, end.conn[0]);
	fx_submit(fx, CHIM_TERMINATE, end.neigh[0]);
	fx_submit(fx, CHIM_TERMINATE, end.path[0]);
	fx_submit(fx, CHIM_TERMINATE, end.path[1]);
	fx_submit(fx, CHIM_TERMINATE, end.conn[1]);
	pr_release(fx, &hold);
	FX_EXPECT_STATUS(test, end.conn[0], NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, end.neigh[0], NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, end.path[0], NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, end.path[1], NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, end.conn[1], NDIS_STATUS_SUCCESS);
	wt_done(fx, CHIM_TERMINATE, end.path[1]);
	wt_done(fx, CHIM_TERMINATE, end.neigh[0]);
	wt_done(fx, CHIM_TERMINATE, end.neigh[1]);
	wt_empty(fx);
}

/* An object named twice ends once; the second block changes nothing. */
static void named_twice_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *first = tm_ref(fx, c.conn), *second = tm_ref(fx, c.conn);
	u64 before = fx_refused(fx, CHIM_WHY_HANDLE);

	CHIM_COVERS(test, "OBJ-036");
	tb_next(first, second);
	wt_done(fx, CHIM_TERMINATE, first);
	FX_EXPECT_STATUS(test, second, NDIS_STATUS_FAILURE);
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, c.conn), CHIM_WHY_HANDLE);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_HANDLE), before + 2);
	KUNIT_EXPECT_EQ(test, tb_obj(fx, c.path)->deps, 0U);
}

static struct kunit_case order_cases[] = {
	KUNIT_CASE(dependents_left_test),
	KUNIT_CASE(dependent_missing_test),
	KUNIT_CASE(crossed_connections_test),
	KUNIT_CASE(dependents_after_test),
	KUNIT_CASE(dependents_before_test),
	KUNIT_CASE(relinked_path_test),
	KUNIT_CASE(short_trees_test),
	KUNIT_CASE(queued_in_order_test),
	KUNIT_CASE(queued_out_of_order_test),
	KUNIT_CASE(named_twice_test),
	{}
};

static struct kunit_suite order_suite = {
	.name = "chim_terminate_order",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = order_cases,
};

kunit_test_suite(order_suite);
