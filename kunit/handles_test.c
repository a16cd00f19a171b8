// SPDX-License-Identifier: GPL-2.0
/*
 * Handles that name nothing, not any more, or something of somebody else; and
 * objects that are asked for, updated or ended twice.
 */
#include "witness.h"

#include <linux/prandom.h>

/* Every verb on a block that says it names the connection at @location. */
static void refuse_conn(struct fx *fx, struct tb *of, PVOID *location,
			enum chim_why why)
{
	enum chim_verb verb;
	struct tb *tb, *dep;

	for (verb = CHIM_QUERY; verb < CHIM_VERBS; verb++) {
		tb = wt_ref(fx, verb, of);
		tb->b.MiniportOffloadContext = location;
		wt_refused(fx, verb, tb, why);
	}
	/* In an initiate tree only what has dependents is a reference. */
	tb = wt_bare(fx, of->b.Header.Type, location);
	if (of->b.Header.Type == TcpOffloadState) {
		wt_refused(fx, CHIM_INITIATE, tb, why);
		return;
	}
	dep = of->b.Header.Type == NeighborOffloadState ? tb_path4(fx) :
							  tb_conn(fx);
	tb_depend(tb, dep);
	wt_refused(fx, CHIM_INITIATE, tb, why);
	FX_EXPECT_STATUS(fx->test, dep, NDIS_STATUS_FAILURE);
}

static void refuse_chain(struct fx *fx, struct fx_chain of, struct fx_chain at,
			 enum chim_why why)
{
	refuse_conn(fx, of.neigh, &at.neigh->context, why);
	refuse_conn(fx, of.path, &at.path->context, why);
	refuse_conn(fx, of.conn, &at.conn->context, why);
}

static void stale_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain old, now;
	struct witness w;

	CHIM_COVERS(test, "UPD-085 OBJ-036 BLK-153");
	old = fx_offload4(fx);
	wt_done(fx, CHIM_TERMINATE, wt_ref(fx, CHIM_TERMINATE, old.conn));
	wt_done(fx, CHIM_TERMINATE, wt_ref(fx, CHIM_TERMINATE, old.path));
	wt_done(fx, CHIM_TERMINATE, wt_ref(fx, CHIM_TERMINATE, old.neigh));
	wt_empty(fx);
	refuse_chain(fx, old, old, CHIM_WHY_HANDLE);
	/* The same places taken again do not make the old names good. */
	witness_take(fx, &w);
	now = w.c;
	KUNIT_EXPECT_EQ(test, (u32)(u64)now.neigh->context,
			(u32)(u64)old.neigh->context);
	KUNIT_EXPECT_PTR_NE(test, now.neigh->context, old.neigh->context);
	refuse_chain(fx, now, old, CHIM_WHY_HANDLE);
	witness_check_all(fx, &w);
}

static void foreign_adapter_test(struct kunit *test)
{
	struct fx *fx = test->priv, *other = fx_second_adapter(test);
	struct witness mine, theirs;

	CHIM_COVERS(test, "OBJ-036 BLK-153 UPD-085");
	witness_take(fx, &mine);
	witness_take(other, &theirs);
	/* The same place in the other adapter's space, and never the same. */
	refuse_chain(fx, mine.c, theirs.c, CHIM_WHY_HANDLE);
	refuse_chain(other, theirs.c, mine.c, CHIM_WHY_HANDLE);
	witness_check_all(fx, &mine);
	witness_check_all(other, &theirs);
	fx_end(other);
	witness_check_all(fx, &mine);
}

static void foreign_client_test(struct kunit *test)
{
	struct fx *fx = test->priv, *other = fx_second_client(fx);
	struct witness mine, theirs;

	CHIM_COVERS(test, "UPD-085 BLK-153");
	witness_take(fx, &mine);
	witness_take(other, &theirs);
	refuse_chain(fx, mine.c, theirs.c, CHIM_WHY_OWNER);
	refuse_chain(other, theirs.c, mine.c, CHIM_WHY_OWNER);
	witness_check(fx, &mine);
	witness_check_all(other, &theirs);
	fx_end(other);
	witness_check(fx, &mine);
}

#define FORGED	512	/* in one tree */
#define ROUNDS	64

static void make_row(struct fx *fx, struct tb **row, PVOID *at, u8 type)
{
	int i;

	for (i = 0; i < FORGED; i++) {
		row[i] = wt_bare(fx, type, &at[i]);
		if (i)
			row[i - 1]->b.NextBlock = &row[i]->b;
	}
}

/* Random numbers of 64 bits, all different, none of them a handle. */
static void random_handles_test(struct kunit *test)
{
	static const u8 types[CHIM_LAYERS] = {
		NeighborOffloadConstState, Ip4OffloadConstState,
		TcpOffloadConstState
	};
	struct fx *fx = test->priv;
	struct rnd_state rnd;
	enum chim_verb verb;
	struct witness w;
	struct tb **row;
	PVOID *at;
	int i, j;

	CHIM_COVERS(test, "OBJ-036 BLK-153");
	row = kunit_kcalloc(test, FORGED, sizeof(*row), GFP_KERNEL);
	at = kunit_kcalloc(test, FORGED, sizeof(*at), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, row && at);
	witness_take(fx, &w);
	make_row(fx, row, at, 0);
	prandom_seed_state(&rnd, 793);
	for (i = 0; i < ROUNDS; i++) {
		prandom_bytes_state(&rnd, at, FORGED * sizeof(*at));
		for (verb = 0; verb < CHIM_VERBS; verb++) {
			for (j = 0; j < FORGED; j++)
				row[j]->b.Header.Type = types[i % CHIM_LAYERS];
			fx_run(fx, verb, row[0]);
			for (j = 0; j < FORGED; j++)
				FX_EXPECT_STATUS(test, row[j],
						 NDIS_STATUS_FAILURE);
		}
	}
	witness_check_all(fx, &w);
}

/* A handle with one bit wrong. */
static void near_misses_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct witness w;
	PVOID near;
	int bit;

	CHIM_COVERS(test, "OBJ-036");
	witness_take(fx, &w);
	for (bit = 0; bit < 64; bit++) {
		near = (PVOID)((u64)w.c.conn->context ^ BIT_ULL(bit));
		refuse_conn(fx, w.c.conn, &near, CHIM_WHY_HANDLE);
		near = (PVOID)((u64)w.c.neigh->context ^ BIT_ULL(bit));
		refuse_conn(fx, w.c.neigh, &near, CHIM_WHY_HANDLE);
	}
	/* An address of the target's own would be worse. */
	near = tb_obj(fx, w.c.conn);
	refuse_conn(fx, w.c.conn, &near, CHIM_WHY_HANDLE);
	witness_check_all(fx, &w);
}

/* --- twice --------------------------------------------------------------- */

static void duplicate_conn_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *link, *twin, *path, *second;
	struct witness w;

	CHIM_COVERS(test, "INI-032");
	witness_take(fx, &w);
	/* On the same path, and on another path with the same addresses. */
	twin = tb_conn(fx);
	tb_tconst(twin)->LocalPort = tb_tconst(w.c.conn)->LocalPort;
	link = wt_bare_ref(fx, w.c.path);
	tb_depend(link, twin);
	fx_run(fx, CHIM_INITIATE, link);
	FX_EXPECT_STATUS(test, twin, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_NULL(test, twin->context);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_DUPLICATE), 1ULL);
	witness_check_all(fx, &w);

	link = wt_bare_ref(fx, w.c.neigh);
	path = tb_path4(fx);
	second = tb_conn(fx);
	tb_depend(link, path);
	tb_depend(path, twin);
	tb_depend(path, second);
	wt_done(fx, CHIM_INITIATE, link);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS);
	FX_EXPECT_STATUS(test, twin, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, second, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_DUPLICATE), 2ULL);
}

/* One place for the handles of two objects; a tree that is offloaded again. */
static void shared_location_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *one = tb_neigh(fx), *two = tb_neigh(fx);
	struct witness w;

	CHIM_COVERS(test, "BLK-150 BLK-152");
	two->b.MiniportOffloadContext = &one->context;
	tb_next(one, two);
	wt_done(fx, CHIM_INITIATE, one);
	FX_EXPECT_STATUS(test, two, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_NOT_NULL(test, tb_obj(fx, one));
	KUNIT_EXPECT_EQ(test, fx->adapter->space.count[CHIM_NEIGH], 1U);

	witness_take(fx, &w);
	fx_run(fx, CHIM_INITIATE, w.c.neigh);
	FX_EXPECT_STATUS(test, w.c.conn, NDIS_STATUS_FAILURE);
	witness_check_all(fx, &w);
}

/* A linker names a path; that it stands on another neighbor moves nothing. */
static void linker_moves_nothing_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx), *link, *conn = tb_conn(fx);
	struct fx_chain c = fx_offload4(fx);
	struct chim_neigh *was;

	CHIM_COVERS(test, "BLK-154");
	was = pr_neigh(fx, c.neigh);
	link = wt_bare_ref(fx, c.path);
	tb_depend(neigh, link);
	tb_depend(link, conn);
	fx_run(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, chim_path_neigh(pr_path(fx, c.path)), was);
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, neigh)->obj.deps, 0U);
}

static void dependents_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *root, *path, *more = tb_path4(fx), *link;
	struct witness w;

	CHIM_COVERS(test, "TRM-017 R-14");
	witness_take(fx, &w);
	wt_refused(fx, CHIM_TERMINATE, wt_ref(fx, CHIM_TERMINATE, w.c.neigh),
		   CHIM_WHY_DEPENDENTS);
	wt_refused(fx, CHIM_TERMINATE, wt_ref(fx, CHIM_TERMINATE, w.c.path),
		   CHIM_WHY_DEPENDENTS);
	root = wt_ref(fx, CHIM_TERMINATE, w.c.neigh);
	path = wt_ref(fx, CHIM_TERMINATE, w.c.path);
	tb_depend(root, path);
	wt_refused(fx, CHIM_TERMINATE, path, CHIM_WHY_DEPENDENTS);
	fx_run(fx, CHIM_TERMINATE, root);
	FX_EXPECT_STATUS(test, root, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_FAILURE);
	witness_check_all(fx, &w);
	/* All of its dependents but one. */
	link = wt_bare_ref(fx, w.c.neigh);
	tb_depend(link, more);
	wt_done(fx, CHIM_INITIATE, link);
	tb_depend(path, wt_ref(fx, CHIM_TERMINATE, w.c.conn));
	fx_run(fx, CHIM_TERMINATE, root);
	FX_EXPECT_STATUS(test, root, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_NOT_NULL(test, tb_obj(fx, w.c.neigh));
	KUNIT_EXPECT_NOT_NULL(test, tb_obj(fx, more));
}

/* Both orders, both in one tree and one after the other. */
static void terminate_twice_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh[2], *path, *conn[2];
	struct fx_chain c;
	struct witness w;

	CHIM_COVERS(test, "TRM-017");
	c = fx_offload4(fx);
	witness_take(fx, &w);
	neigh[0] = wt_ref(fx, CHIM_TERMINATE, c.neigh);
	neigh[1] = wt_ref(fx, CHIM_TERMINATE, c.neigh);
	path = wt_ref(fx, CHIM_TERMINATE, c.path);
	conn[0] = wt_ref(fx, CHIM_TERMINATE, c.conn);
	conn[1] = wt_ref(fx, CHIM_TERMINATE, c.conn);
	/* The neighbor stands in the way of nothing, before and behind. */
	tb_next(neigh[0], neigh[1]);
	tb_depend(neigh[1], path);
	tb_depend(path, conn[0]);
	tb_next(conn[0], conn[1]);
	fx_run(fx, CHIM_TERMINATE, neigh[0]);
	FX_EXPECT_STATUS(test, conn[0], NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, conn[1], NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (neigh[0]->b.Status == NDIS_STATUS_SUCCESS) +
			(neigh[1]->b.Status == NDIS_STATUS_SUCCESS), 1);
	KUNIT_EXPECT_EQ(test, (neigh[0]->b.Status == NDIS_STATUS_FAILURE) +
			(neigh[1]->b.Status == NDIS_STATUS_FAILURE), 1);
	fx_run(fx, CHIM_TERMINATE, neigh[0]);
	FX_EXPECT_STATUS(test, neigh[0], NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, conn[0], NDIS_STATUS_FAILURE);
	witness_check(fx, &w);
}

/* One block list in two calls at a time: it is carried out once. */
static void same_tree_twice_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct pr_hold *hold;
	enum chim_verb verb;
	struct fx_chain c;
	struct tb *tb;

	CHIM_COVERS(test, "INI-061");
	hold = kunit_kzalloc(test, sizeof(*hold), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, hold);
	c = fx_offload4(fx);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		u64 busy = fx_refused(fx, CHIM_WHY_BUSY);

		tb = wt_good(fx, verb, c);
		fx->logged = 0;
		pr_hold(fx, hold);
		fx_submit(fx, verb, tb);
		fx_submit(fx, verb, tb);
		fx_submit(fx, CHIM_TERMINATE, tb);
		pr_release(fx, hold);
		FX_EXPECT_STATUS(test, tb, NDIS_STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, fx->logged, 1);
		KUNIT_EXPECT_EQ(test, fx->log[0].a, (u32)verb);
		KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_BUSY), busy + 2);
	}
	/* Completed, it is as good as new. */
	wt_refused(fx, CHIM_TERMINATE, tb, CHIM_WHY_HANDLE);
}

/* --- update during terminate --------------------------------------------- */

static void update_in_terminate(struct fx *fx, enum chim_verb verb,
				PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	fx->on_complete = NULL;
	fx_submit(fx, CHIM_UPDATE, fx->priv);
}

static void update_during_terminate_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *before, *end, *after, *inside;
	struct pr_hold *hold;
	struct fx_chain c;
	struct witness w;
	int i;

	CHIM_COVERS(test, "UPD-085 UPD-086 TRM-053");
	hold = kunit_kzalloc(test, sizeof(*hold), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, hold);
	witness_take(fx, &w);
	c = fx_offload4(fx);
	before = pr_cached(fx, c.conn);
	after = pr_cached(fx, c.conn);
	inside = pr_cached(fx, c.conn);
	end = wt_ref(fx, CHIM_TERMINATE, c.conn);
	fx->priv = inside;
	pr_hold(fx, hold);
	fx_submit(fx, CHIM_UPDATE, before);
	fx_submit(fx, CHIM_TERMINATE, end);
	fx_submit(fx, CHIM_UPDATE, after);
	pr_release(fx, hold);
	FX_EXPECT_STATUS(test, before, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, after, NDIS_STATUS_FAILURE);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_PTR_EQ(test, fx->log[i].p, (void *)
				    (i == 0 ? before : i == 1 ? end : after));

	/* From within the completion that ends it: c is freed only after. */
	c = fx_offload4(fx);
	inside->b.MiniportOffloadContext = &c.conn->context;
	fx->on_complete = update_in_terminate;
	wt_done(fx, CHIM_TERMINATE, wt_ref(fx, CHIM_TERMINATE, c.conn));
	fx_flush(fx);
	FX_EXPECT_STATUS(test, inside, NDIS_STATUS_FAILURE);
	witness_check(fx, &w);
}

static struct kunit_case handles_cases[] = {
	KUNIT_CASE(stale_test),
	KUNIT_CASE(foreign_adapter_test),
	KUNIT_CASE(foreign_client_test),
	KUNIT_CASE(random_handles_test),
	KUNIT_CASE(near_misses_test),
	KUNIT_CASE(duplicate_conn_test),
	KUNIT_CASE(shared_location_test),
	KUNIT_CASE(linker_moves_nothing_test),
	KUNIT_CASE(dependents_test),
	KUNIT_CASE(terminate_twice_test),
	KUNIT_CASE(same_tree_twice_test),
	KUNIT_CASE(update_during_terminate_test),
	{}
};

static struct kunit_suite handles_suite = {
	.name = "chim_handles",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = handles_cases,
};

kunit_test_suite(handles_suite);
