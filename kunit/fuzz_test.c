// SPDX-License-Identifier: GPL-2.0
/*
 * Random trees with random faults, all verbs, always the same ones. Nobody
 * says what becomes of a tree; what must hold whatever becomes of it is
 * checked after each.
 */
#include "fuzz.h"

/* Emulation with KCSAN is slow; there, races are what is looked for. */
#define TREES		(IS_ENABLED(CONFIG_KCSAN) ? 500 : 20000)
#define CHECK_EVERY	128

/* The first thing that is wrong ends the run. */
static bool holds(struct fuzz *f, bool what, const char *name, int block)
{
	if (!what)
		KUNIT_FAIL(f->fx->test, "tree %u, %s, block %d: %s", f->tree,
			   chim_verb_name(f->verb), block, name);
	return what;
}

/* --- what must hold ------------------------------------------------------ */

static int number_of(struct fuzz *f, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b)
{
	int i;

	for (i = 0; i < f->n; i++)
		if (&f->tb[i]->b == b)
			return i;
	return -1;
}

/* Once round for each block that can be new: no stack, no marks in blocks. */
static void reach(struct fuzz *f)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b;
	int i, nr;
	bool more;

	memset(f->reached, 0, sizeof(f->reached));
	f->reached[0] = true;
	do {
		more = false;
		for (i = 0; i < 2 * f->n; i++) {
			b = &f->tb[i / 2]->b;
			if (!f->reached[i / 2] || b->Header.Size < sizeof(*b))
				continue;
			nr = number_of(f, i & 1 ? b->NextBlock :
						  b->DependentBlockList);
			if (nr < 0 || f->reached[nr])
				continue;
			f->reached[nr] = true;
			more = true;
		}
	} while (more);
}

static void remember(struct fuzz *f)
{
	int i;

	for (i = 0; i < f->n; i++)
		f->was[i] = *f->tb[i];
	memcpy(f->placed, f->place, sizeof(f->placed));
}

static bool status_ok(struct fuzz *f, NDIS_STATUS status)
{
	if (status == NDIS_STATUS_SUCCESS || status == NDIS_STATUS_FAILURE)
		return true;
	if (f->verb != CHIM_INITIATE)
		return false;
	return status == NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS ||
	       status == NDIS_STATUS_OFFLOAD_PATH_MTU ||
	       status == NDIS_STATUS_OFFLOAD_TCP_RCV_WINDOW ||
	       status == NDIS_STATUS_OFFLOAD_VLAN_MISMATCH;
}

/* All but Status, MiniportReserved and Scratch is as it was. */
static bool members_kept(const struct tb *now, const struct tb *was)
{
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST b = now->b;

	b.Status = was->b.Status;
	memcpy(b.MiniportReserved, was->b.MiniportReserved,
	       sizeof(b.MiniportReserved));
	memcpy(b.Scratch, was->b.Scratch, sizeof(b.Scratch));
	return !memcmp(&b, &was->b, sizeof(b));
}

static bool is_placeholder(const struct tb *tb)
{
	return tb->b.Header.Size >= sizeof(tb->b) &&
	       tb->b.Header.Revision ==
	       NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1 &&
	       !tb->b.MiniportOffloadContext;
}

static bool block_ok(struct fuzz *f, int i)
{
	const struct tb *now = f->tb[i], *was = &f->was[i];
	bool failed = now->b.Status == NDIS_STATUS_FAILURE;
	bool writes = f->verb == CHIM_QUERY || f->verb == CHIM_TERMINATE;
	bool same = !memcmp(now->state, was->state, sizeof(now->state));

	if (!f->reached[i])
		return holds(f, !memcmp(now, was, sizeof(*now)),
			     "not in the tree, but changed", i);
	return holds(f, status_ok(f, now->b.Status), "Status", i) &&
	       holds(f, members_kept(now, was), "member changed", i) &&
	       holds(f, !is_placeholder(now) || !now->b.Status,
		     "placeholder failed", i) &&
	       holds(f, (writes && !failed) || same, "state changed", i);
}

/* A handle comes where there was none, in an initiate tree only. */
static bool places_ok(struct fuzz *f)
{
	int layer, i;

	for (layer = 0; layer < CHIM_LAYERS; layer++)
		for (i = 0; i < FUZZ_PLACES; i++)
			if (f->place[layer][i] != f->placed[layer][i] &&
			    !holds(f, f->verb == CHIM_INITIATE &&
				   !f->placed[layer][i], "handle changed", i))
				return false;
	return true;
}

static bool tree_ok(struct fuzz *f)
{
	int i;

	if (!holds(f, f->completions == 1 && f->done == &f->tb[0]->b,
		   "not completed once", 0) || !places_ok(f))
		return false;
	for (i = 0; i < f->n; i++)
		if (!block_ok(f, i))
			return false;
	return true;
}

/* The objects agree with the counts, and the counts with each other. */
static bool space_ok(struct fuzz *f)
{
	struct chim_space *space = &f->fx->adapter->space;
	u32 count[CHIM_LAYERS] = {}, deps[CHIM_LAYERS] = {};
	struct chim_obj *obj, *on;
	u32 index = 0;
	int i;

	rcu_read_lock();
	while ((obj = chim_space_next(space, &index))) {
		count[obj->layer]++;
		deps[obj->layer] += obj->deps;
		if (obj->layer == CHIM_NEIGH)
			continue;
		on = obj->layer == CHIM_PATH ?
		     &chim_path_neigh(chim_path(obj))->obj :
		     &chim_conn(obj)->path->obj;
		if (chim_space_find(space, on->handle) != on || !on->deps)
			break;
	}
	rcu_read_unlock();
	for (i = 0; i < CHIM_LAYERS && !obj; i++)
		if (count[i] != space->count[i])
			break;
	return holds(f, !obj, "depends on what is gone", 0) &&
	       holds(f, i == CHIM_LAYERS, "counts", 0) &&
	       holds(f, deps[CHIM_NEIGH] == count[CHIM_PATH] &&
		     deps[CHIM_PATH] == count[CHIM_CONN] &&
		     !deps[CHIM_CONN], "counts of dependents", 0);
}

/* --- runs ---------------------------------------------------------------- */

static void note(struct fx *fx, enum chim_verb verb,
		 PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct fuzz *f = fx->priv;

	f->completions++;
	f->done = tree;
}

/* Of the places of objects that are gone, some are used again, some are not. */
static void recycle(struct fuzz *f)
{
	struct chim_space *space = &f->fx->adapter->space;
	int layer, i;

	rcu_read_lock();
	for (layer = 0; layer < CHIM_LAYERS; layer++)
		for (i = 0; i < FUZZ_PLACES; i++)
			if (!chim_space_find(space, (u64)f->place[layer][i]) &&
			    !fuzz_one_in(f, 8))
				f->place[layer][i] = NULL;
	rcu_read_unlock();
}

static bool run_tree(struct fuzz *f)
{
	bool ok;

	fuzz_make_tree(f);
	remember(f);
	reach(f);
	f->completions = 0;
	f->done = NULL;
	fx_run(f->fx, f->verb, f->tb[0]);
	ok = tree_ok(f);
	if (f->verb == CHIM_TERMINATE)
		recycle(f);
	skb_queue_purge(&f->fx->tx);
	return ok && (f->tree % CHECK_EVERY || space_ok(f));
}

/* Ends all objects of a layer but the witness's, through their handles. */
static void end_layer(struct fuzz *f, struct witness *w, u8 layer)
{
	static const u8 type[] = {
		NeighborOffloadConstState, 0, TcpOffloadConstState
	};
	struct chim_space *space = &f->fx->adapter->space;
	struct chim_obj *obj;
	PVOID handle;
	u32 index = 0;
	struct tb *tb;

	tb = wt_bare(f->fx, type[layer], &handle);
	do {
		rcu_read_lock();
		obj = chim_space_next(space, &index);
		rcu_read_unlock();
		if (!obj || obj->layer != layer)
			continue;
		handle = (PVOID)obj->handle;
		if (handle == w->c.neigh->context ||
		    handle == w->c.path->context ||
		    handle == w->c.conn->context)
			continue;
		if (layer == CHIM_PATH)
			tb->b.Header.Type =
				chim_path(obj)->c.family == AF_INET ?
				Ip4OffloadConstState : Ip6OffloadConstState;
		wt_done(f->fx, CHIM_TERMINATE, tb);
	} while (obj);
}

static void end_all(struct fuzz *f, struct witness *w)
{
	end_layer(f, w, CHIM_CONN);
	end_layer(f, w, CHIM_PATH);
	end_layer(f, w, CHIM_NEIGH);
	witness_check_all(f->fx, w);
	wt_done(f->fx, CHIM_TERMINATE, wt_bare_ref(f->fx, w->c.conn));
	wt_done(f->fx, CHIM_TERMINATE, wt_bare_ref(f->fx, w->c.path));
	wt_done(f->fx, CHIM_TERMINATE, wt_bare_ref(f->fx, w->c.neigh));
	wt_empty(f->fx);
}

static struct fuzz *make_fuzz(struct fx *fx)
{
	struct fuzz *f = kunit_kzalloc(fx->test, sizeof(*f), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(fx->test, f);
	f->fx = fx;
	f->like[0] = tb_neigh(fx);
	f->like[1] = tb_path4(fx);
	f->like[2] = tb_path6(fx);
	f->like[3] = tb_conn(fx);
	for (i = 0; i < FUZZ_BLOCKS; i++)
		f->tb[i] = tb_placeholder(fx);
	f->was = kunit_kcalloc(fx->test, FUZZ_BLOCKS, sizeof(*f->was), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(fx->test, f->was);
	fx->priv = f;
	return f;
}

static void fuzz_test(struct kunit *test)
{
	u64 granted, refused = 0;
	struct fx *fx = test->priv;
	struct fuzz *f = make_fuzz(fx);
	struct witness w;
	bool ok = true;
	int i;

	CHIM_COVERS(test, "BLK-080 BLK-081 BLK-101 BLK-135 TREE-016 UPD-031");
	witness_take(fx, &w);
	fx->on_complete = note;
	prandom_seed_state(&f->rnd, 0x6e64697336ULL);
	for (f->tree = 0; ok && f->tree < TREES; f->tree++)
		ok = run_tree(f);
	fx->on_complete = NULL;
	/* A run in which nothing succeeds or nothing fails shows nothing. */
	for (i = 1; i < CHIM_WHY_COUNT; i++)
		refused += fx_refused(fx, i);
	for (i = 0; i < CHIM_VERBS; i++) {
		granted = atomic64_read(&fx->adapter->stats.blocks[i]);
		kunit_info(test, "%s: %llu blocks\n", chim_verb_name(i),
			   granted);
		KUNIT_EXPECT_GT(test, granted, TREES / 10ULL);
	}
	KUNIT_EXPECT_GT(test, refused, (u64)TREES);
	end_all(f, &w);
	for (i = 0; i < CHIM_RES_KINDS; i++)
		KUNIT_EXPECT_EQ(test, fx->adapter->space.resources.count[i],
				0U);
}

static struct kunit_case fuzz_cases[] = {
	KUNIT_CASE(fuzz_test),
	{}
};

static struct kunit_suite fuzz_suite = {
	.name = "chim_fuzz",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = fuzz_cases,
};

kunit_test_suite(fuzz_suite);
