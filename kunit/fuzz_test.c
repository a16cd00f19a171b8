// SPDX-License-Identifier: GPL-2.0
/*
 * Random trees with random faults, all verbs, always the same ones. Nobody
 * says what becomes of a tree; what must hold whatever becomes of it is
 * checked after each.
 */
#include "witness.h"

#include <linux/prandom.h>

#define TREES		20000
#define BLOCKS		24	/* in a tree, at most */
#define PLACES		12	/* for handles, of each layer */
#define FORGED		4
#define CHECK_EVERY	128

/**
 * struct fuzz - all that a run has
 * @fx: the fixture
 * @rnd: where chance comes from
 * @like: a valid new block of each kind, to copy state from
 * @tb: blocks; each in memory of its own, so that KASAN sees an overrun
 * @was: the blocks before the operation
 * @n: blocks in use
 * @depth: of each block, when the tree was still one
 * @reached: can be reached from the root
 * @place: where handles are kept
 * @placed: the same before the operation
 * @forged: what is no handle
 * @done: tree of the last completion
 * @completions: since the last tree was submitted
 * @tree: number of the tree
 * @verb: what is done to it
 */
struct fuzz {
	struct fx *fx;
	struct rnd_state rnd;
	struct tb *like[4];
	struct tb *tb[BLOCKS];
	struct tb *was;
	int n;
	int depth[BLOCKS];
	bool reached[BLOCKS];
	PVOID place[CHIM_LAYERS][PLACES];
	PVOID placed[CHIM_LAYERS][PLACES];
	PVOID forged[FORGED];
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST done;
	int completions;
	u32 tree;
	enum chim_verb verb;
};

static u32 below(struct fuzz *f, u32 ceiling)
{
	return prandom_u32_state(&f->rnd) % ceiling;
}

static bool one_in(struct fuzz *f, u32 n)
{
	return !below(f, n);
}

/* The first thing that is wrong ends the run. */
static bool holds(struct fuzz *f, bool what, const char *name, int block)
{
	if (!what)
		KUNIT_FAIL(f->fx->test, "tree %u, %s, block %d: %s", f->tree,
			   chim_verb_name(f->verb), block, name);
	return what;
}

/* --- trees --------------------------------------------------------------- */

static void link_blocks(struct fuzz *f, int base)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b, to;
	int i, at;

	f->n = 1 + below(f, BLOCKS);
	f->depth[0] = 0;
	for (i = 1; i < f->n; i++) {
		b = &f->tb[i]->b;
		at = below(f, i);
		to = &f->tb[at]->b;
		if (one_in(f, 2) && (base + f->depth[at] < CHIM_CONN ||
				     one_in(f, 40))) {
			f->depth[i] = f->depth[at] + 1;
			b->NextBlock = to->DependentBlockList;
			to->DependentBlockList = b;
		} else {
			f->depth[i] = f->depth[at];
			b->NextBlock = to->NextBlock;
			to->NextBlock = b;
		}
	}
}

/* Types of the kinds of blocks: const, cached, delegated, all. */
static const u8 kinds[4][4] = {
	{ NeighborOffloadConstState, NeighborOffloadCachedState,
	  NeighborOffloadDelegatedState, NeighborOffloadState },
	{ Ip4OffloadConstState, Ip4OffloadCachedState,
	  Ip4OffloadDelegatedState, Ip4OffloadState },
	{ Ip6OffloadConstState, Ip6OffloadCachedState,
	  Ip6OffloadDelegatedState, Ip6OffloadState },
	{ TcpOffloadConstState, TcpOffloadCachedState,
	  TcpOffloadDelegatedState, TcpOffloadState },
};

/* Whatever its Type is now, where it has addresses they can be written to. */
static void set_addresses(struct tb *tb)
{
	const struct chim_type *type = chim_type(tb->b.Header.Type);

	if (!type || type->layer != CHIM_PATH ||
	    !(type->parts & CHIM_PART_CONST))
		return;
	tb_pconst(tb)->SourceAddress = tb->src;
	tb_pconst(tb)->DestinationAddress = tb->dst;
}

/* Good values for the most part, few enough of them to meet again. */
static void vary(struct fuzz *f, struct tb *tb, u8 layer, u8 parts)
{
	static const u32 mtus[] = { 1500, 1400, 1300, 9000, 10 };
	static const u32 windows[] = { 0, 65536, 70000, BIT(20), BIT(31) };

	if (layer == CHIM_PATH) {
		tb->src[3] = 1 + below(f, 3);
		tb->dst[3] = 1 + below(f, 3);
		if (parts & CHIM_PART_CACHED)
			tb_pcached(tb)->PathMtu = mtus[below(f, 5)];
		return;
	}
	if (layer == CHIM_NEIGH) {
		if (parts & CHIM_PART_CONST)
			tb_nconst(tb)->VlanId = one_in(f, 8) ? below(f, 4096) :
							       0;
		if (parts & CHIM_PART_CACHED)
			tb_ncached(tb)->DlDestinationAddress[0] =
				one_in(f, 16) ? 3 : 2;
		return;
	}
	if (parts & CHIM_PART_CONST)
		tb_tconst(tb)->LocalPort = 1 + below(f, 64);
	if (parts & CHIM_PART_CACHED) {
		tb_tcached(tb)->Flags = below(f, 32);
		tb_tcached(tb)->InitialRcvWnd = windows[below(f, 5)];
		tb_tcached(tb)->TtlOrHopLimit = below(f, 16);
	}
	if (parts & CHIM_PART_DELEG)
		tb_tdeleg(tb)->State = one_in(f, 8) ? below(f, 16) :
						TcpConnectionEstablished;
}

static void fill_state(struct fuzz *f, struct tb *tb, struct tb *like)
{
	const struct chim_type *type = chim_type(tb->b.Header.Type);
	OFFLOAD_STATE_HEADER *header;
	int i;

	memcpy(tb->src, like->src, sizeof(tb->src));
	memcpy(tb->dst, like->dst, sizeof(tb->dst));
	memset(tb->state, 0, sizeof(tb->state));
	for (i = 0; i < 3; i++) {
		if (!(type->parts & BIT(i)))
			continue;
		header = tb_part(like, BIT(i));
		memcpy(tb_part(tb, BIT(i)), header, header->Length);
	}
	set_addresses(tb);
	vary(f, tb, type->layer, type->parts);
}

/*
 * Each layer has its places, of those of paths IPv4 the odd ones. A reference
 * may use any, but what is new goes where it belongs, or soon nothing would be
 * what it is taken for.
 */
static PVOID *find_place(struct fuzz *f, int kind)
{
	int layer = kind == 0 ? CHIM_NEIGH : kind == 3 ? CHIM_CONN : CHIM_PATH;
	u32 nr = below(f, PLACES);
	PVOID *any = &f->place[below(f, CHIM_LAYERS)][nr];

	if (one_in(f, 40))
		return &f->forged[below(f, FORGED)];
	if (one_in(f, 40) && *any)
		return any;
	if (layer == CHIM_PATH)
		nr = (nr & ~1) | (kind & 1);
	return &f->place[layer][nr];
}

/* The Type that the verb has most to do with, or another one. */
static u8 pick_type(struct fuzz *f, int kind)
{
	static const u8 usual[CHIM_VERBS] = {
		[CHIM_INITIATE] = 3,
		[CHIM_QUERY] = 3,
		[CHIM_UPDATE] = 1,
		[CHIM_INVALIDATE] = 0,
		[CHIM_TERMINATE] = 2,
	};

	return kinds[kind][one_in(f, 4) ? below(f, 4) : usual[f->verb]];
}

static void fill_block(struct fuzz *f, int i, int base)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b = &f->tb[i]->b;
	int layer = base + f->depth[i];
	int kind;

	if (layer >= CHIM_LAYERS || one_in(f, 60))
		layer = below(f, CHIM_LAYERS);
	kind = layer == CHIM_NEIGH ? 0 : layer == CHIM_CONN ? 3 :
					 1 + below(f, 2);
	b->Header.Type = pick_type(f, kind);
	fill_state(f, f->tb[i], f->like[kind]);
	b->MiniportOffloadContext = one_in(f, 8) ? NULL : find_place(f, kind);
}

static void blank_block(struct fuzz *f, int i)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b = &f->tb[i]->b;

	prandom_bytes_state(&f->rnd, b, sizeof(*b));
	b->Header.Revision = NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	b->Header.Size = sizeof(*b);
	b->NextBlock = NULL;
	b->DependentBlockList = NULL;
	b->Status = NDIS_STATUS_PENDING;
	b->ProtocolReserved[0] = f->fx;
	b->NdisOffloadHandle = f->tb[i];
	b->NetBufferListChain = NULL;
}

/* --- faults -------------------------------------------------------------- */

static PVOID nowhere(struct fuzz *f)
{
	static const unsigned long at[] = {
		0, 1, 8, 0x100, 0x12340, 0x400000, -1UL, -8UL, -152UL,
	};

	return (PVOID)at[below(f, ARRAY_SIZE(at))];
}

static PVOID bad_link(struct fuzz *f)
{
	return one_in(f, 2) ? nowhere(f) : &f->tb[below(f, f->n)]->b;
}

static void break_state(struct fuzz *f, struct tb *tb)
{
	static const ULONG lengths[] = { 0, 8, 11, 12, 24, 43, 45, 128, ~0U };
	const struct chim_type *type = chim_type(tb->b.Header.Type);
	OFFLOAD_STATE_HEADER *header;
	u8 part;

	part = BIT(below(f, 3));
	if (!type || !(type->parts & part))
		return;
	header = tb_part(tb, part);
	header->Length = lengths[below(f, ARRAY_SIZE(lengths))];
	header->RecognizedOptions = prandom_u32_state(&f->rnd);
}

static void break_block(struct fuzz *f)
{
	static const u16 sizes[] = { 0, 4, 28, 96, 151, 153, 0xffff };
	struct tb *tb = f->tb[below(f, f->n)];
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b = &tb->b;

	switch (below(f, 7)) {
	case 0:
		b->Header.Size = sizes[below(f, ARRAY_SIZE(sizes))];
		break;
	case 1:
		b->Header.Revision = below(f, 256);
		break;
	case 2:
		b->Header.Type = one_in(f, 2) ? below(f, 20) : below(f, 256);
		set_addresses(tb);
		break;
	case 3:
		b->NextBlock = bad_link(f);
		break;
	case 4:
		b->DependentBlockList = bad_link(f);
		break;
	case 5:
		b->MiniportOffloadContext = nowhere(f);
		break;
	default:
		break_state(f, tb);
		break;
	}
}

static void make_tree(struct fuzz *f)
{
	static const u8 bases[] = {
		CHIM_NEIGH, CHIM_NEIGH, CHIM_NEIGH, CHIM_PATH, CHIM_CONN
	};
	/* Enough must come, and stay valid, for others to find something. */
	static const u8 verbs[] = {
		CHIM_INITIATE, CHIM_INITIATE, CHIM_INITIATE, CHIM_INITIATE,
		CHIM_INITIATE, CHIM_QUERY, CHIM_QUERY, CHIM_UPDATE,
		CHIM_UPDATE, CHIM_UPDATE, CHIM_TERMINATE,
	};
	int faults = one_in(f, 2) ? 1 + below(f, 3) : 0;
	int i, base;

	f->verb = one_in(f, 16) ? CHIM_INVALIDATE :
				  verbs[below(f, ARRAY_SIZE(verbs))];
	base = f->verb == CHIM_INITIATE && !one_in(f, 8) ?
	       CHIM_NEIGH : bases[below(f, ARRAY_SIZE(bases))];
	prandom_bytes_state(&f->rnd, f->forged, sizeof(f->forged));
	for (i = 0; i < BLOCKS; i++)
		blank_block(f, i);
	link_blocks(f, base);
	for (i = 0; i < f->n; i++)
		fill_block(f, i, base);
	while (faults--)
		break_block(f);
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

	if (!f->reached[i])
		return holds(f, !memcmp(now, was, sizeof(*now)),
			     "not in the tree, but changed", i);
	return holds(f, status_ok(f, now->b.Status), "Status", i) &&
	       holds(f, members_kept(now, was), "member changed", i) &&
	       holds(f, !is_placeholder(now) || !now->b.Status,
		     "placeholder failed", i) &&
	       holds(f, (writes && !failed) ||
			!memcmp(now->state, was->state, sizeof(now->state)),
		     "state changed", i);
}

/* A handle comes where there was none, in an initiate tree only. */
static bool places_ok(struct fuzz *f)
{
	int layer, i;

	for (layer = 0; layer < CHIM_LAYERS; layer++)
		for (i = 0; i < PLACES; i++)
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
		for (i = 0; i < PLACES; i++)
			if (!chim_space_find(space, (u64)f->place[layer][i]) &&
			    !one_in(f, 8))
				f->place[layer][i] = NULL;
	rcu_read_unlock();
}

static bool run_tree(struct fuzz *f)
{
	bool ok;

	make_tree(f);
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
	for (i = 0; i < BLOCKS; i++)
		f->tb[i] = tb_placeholder(fx);
	f->was = kunit_kcalloc(fx->test, BLOCKS, sizeof(*f->was), GFP_KERNEL);
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
