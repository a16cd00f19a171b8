// SPDX-License-Identifier: GPL-2.0
/*
 * Hostile trees: links and pointers that lead where none may. The block that
 * has one fails, and nothing else is harmed.
 */
#include "witness.h"

/* Addresses that are none, or not of what should be there. */
static const unsigned long nowhere[] = {
	0x1, 0x8, 0x10, 0x7f8, 0x1000, 0x12340, 0x12345, 0x400000,
	0x10000000, -1UL, -8UL, -152UL,
};

static void handler_pointers_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	u64 before = fx_refused(fx, CHIM_WHY_NULL_TREE);
	enum chim_verb verb;
	struct witness w;
	u64 refused = 0;
	int i;

	witness_take(fx, &w);
	fx->logged = 0;
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		fx_submit(fx, verb, NULL);
		refused++;
		for (i = 0; i < ARRAY_SIZE(nowhere); i++, refused++)
			fx_submit(fx, verb, (struct tb *)nowhere[i]);
	}
	fx->generic.UpdateOffloadHandler(NULL, &tb_placeholder(fx)->b);
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_NULL_TREE),
			before + refused);
	KUNIT_EXPECT_EQ(test, fx->logged, 0);
	witness_check_all(fx, &w);
}

/* Of two links that lead nowhere one at a time; the other is followed. */
static void bad_link(struct fx *fx, enum chim_verb verb, struct fx_chain c,
		     unsigned long to, bool dependent)
{
	struct tb *bad = verb == CHIM_INITIATE ? tb_neigh(fx) :
						 wt_ref(fx, verb, c.neigh);
	struct tb *other = wt_bare(fx, 0, NULL);

	if (dependent) {
		bad->b.DependentBlockList = (PVOID)to;
		bad->b.NextBlock = &other->b;
	} else {
		bad->b.NextBlock = (PVOID)to;
		bad->b.DependentBlockList = &other->b;
	}
	wt_refused(fx, verb, bad, CHIM_WHY_LINK);
	FX_EXPECT_STATUS(fx->test, other, NDIS_STATUS_SUCCESS);
}

static void links_nowhere_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct witness w;
	int i;

	CHIM_COVERS(test, "BLK-061 BLK-062 TREE-016");
	witness_take(fx, &w);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		for (i = 0; i < ARRAY_SIZE(nowhere); i++) {
			bad_link(fx, verb, w.c, nowhere[i], false);
			bad_link(fx, verb, w.c, nowhere[i], true);
		}
	}
	witness_check_all(fx, &w);
}

/* A link to memory that is there but is no block. */
static void wild_link(struct fx *fx, enum chim_verb verb, struct fx_chain c,
		      u8 with)
{
	struct tb *root = wt_bare(fx, 0, NULL), *wild;
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST *b;

	wild = kunit_kmalloc(fx->test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(fx->test, wild);
	memset(wild, with, PAGE_SIZE);
	tb_depend(root, wild);
	wt_done(fx, verb, root);
	FX_EXPECT_STATUS(fx->test, wild, NDIS_STATUS_FAILURE);
	/* What the target may write in a block, and no more. */
	b = &wild->b;
	memset(&b->Status, with, sizeof(b->Status));
	memset(b->Scratch, with, sizeof(b->Scratch));
	KUNIT_EXPECT_NULL(fx->test, memchr_inv(wild, with, PAGE_SIZE));
}

static void links_wild_test(struct kunit *test)
{
	static const u8 fill[] = { 0, 0x11, 0x5a, 0x6b, 0xa5, 0xcc, 0xff };
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct witness w;
	int i;

	CHIM_COVERS(test, "BLK-062 BLK-010 BLK-011");
	witness_take(fx, &w);
	for (verb = 0; verb < CHIM_VERBS; verb++)
		for (i = 0; i < ARRAY_SIZE(fill); i++)
			wild_link(fx, verb, w.c, fill[i]);
	witness_check_all(fx, &w);
}

static void context_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct witness w;
	PVOID *location;
	struct tb *tb;
	int i;

	CHIM_COVERS(test, "OBJ-036 BLK-153");
	witness_take(fx, &w);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		for (i = 0; i < ARRAY_SIZE(nowhere); i++) {
			location = (PVOID *)nowhere[i];
			tb = wt_good(fx, verb, w.c);
			tb->b.MiniportOffloadContext = location;
			wt_refused(fx, verb, tb, CHIM_WHY_CONTEXT);
		}
	}
	/* Mapped, and full of what is no handle: never followed. */
	location = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, location);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		for (i = verb == CHIM_INITIATE; i <= 0xff; i++) {
			memset(location, i, PAGE_SIZE);
			tb = wt_good(fx, verb, w.c);
			tb->b.MiniportOffloadContext = location;
			wt_refused(fx, verb, tb, CHIM_WHY_HANDLE);
			KUNIT_EXPECT_NULL(test,
					  memchr_inv(location, i, PAGE_SIZE));
		}
	}
	witness_check_all(fx, &w);
}

static void addresses_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *link, *path, *query;
	struct witness w;
	int i;

	CHIM_COVERS(test, "INI-015");
	witness_take(fx, &w);
	for (i = -1; i < 2 * (int)ARRAY_SIZE(nowhere); i++) {
		const UCHAR *at = i < 0 ? NULL : (PVOID)nowhere[i / 2];

		path = i & 1 ? tb_path4(fx) : tb_path6(fx);
		query = tb_ref(fx, w.c.path, Ip4OffloadConstState);
		if (i & 1) {
			tb_pconst(path)->SourceAddress = at;
			tb_pconst(query)->DestinationAddress = at;
		} else {
			tb_pconst(path)->DestinationAddress = at;
			tb_pconst(query)->SourceAddress = at;
		}
		link = wt_bare_ref(fx, w.c.neigh);
		tb_depend(link, path);
		fx_run(fx, CHIM_INITIATE, link);
		FX_EXPECT_STATUS(test, path, NDIS_STATUS_FAILURE);
		KUNIT_EXPECT_NULL(test, path->context);
		/* What it can write it does. */
		wt_done(fx, CHIM_QUERY, query);
	}
	witness_check_all(fx, &w);
}

/* --- trees that are none ------------------------------------------------- */

/* Names of the blocks of a knot: two of each layer. */
enum { N, N2, P, P2, T, T2, KNOT };

struct edge {
	u8 from;
	bool dependent;
	u8 to;
};

/**
 * struct knot - a set of blocks that is no tree
 * @edge: links, besides N over P to T
 * @edges: how many there are
 * @bad: the block whose link leads to a block that is in the tree already
 */
struct knot {
	struct edge edge[4];
	u8 edges;
	u8 bad;
};

static const struct knot knots[] = {
	{ { { N, false, N } }, 1, N },
	{ { { P, false, P } }, 1, P },
	{ { { T, false, T } }, 1, T },
	{ { { P, false, N } }, 1, P },
	{ { { T, false, N } }, 1, T },
	{ { { T, false, P } }, 1, T },
	{ { { T, true, T } }, 1, T },
	{ { { T, true, N } }, 1, T },
	{ { { T, true, P } }, 1, T },
	{ { { T, false, T2 }, { T2, false, T } }, 2, T2 },
	{ { { P, false, P2 }, { P2, false, P } }, 2, P2 },
	{ { { N, false, N2 }, { N2, false, N } }, 2, N2 },
	{ { { N, false, N2 }, { N2, false, N2 } }, 2, N2 },
	{ { { N, false, N2 }, { N2, true, N } }, 2, N2 },
	{ { { P, false, P2 }, { P2, true, P2 } }, 2, P2 },
	{ { { P, false, P2 }, { P2, true, N } }, 2, P2 },
	/* shared, not circular */
	{ { { N, false, N2 }, { N2, true, P } }, 2, N2 },
	{ { { P, false, P2 }, { P2, true, T } }, 2, P2 },
	{ { { N, false, N2 }, { N2, true, P2 }, { P2, false, P } }, 3, P2 },
	{ { { P, false, P2 }, { P2, true, T2 }, { T2, false, T } }, 3, T2 },
	/* two links of one block to the same: the second is the bad one */
	{ { { N, false, P } }, 1, N },
	{ { { P, false, T } }, 1, P },
};

static void tie(struct tb **tb, const struct knot *k)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b;
	int i;

	tb[N]->b.DependentBlockList = &tb[P]->b;
	tb[P]->b.DependentBlockList = &tb[T]->b;
	for (i = 0; i < k->edges; i++) {
		b = &tb[k->edge[i].from]->b;
		if (k->edge[i].dependent)
			b->DependentBlockList = &tb[k->edge[i].to]->b;
		else
			b->NextBlock = &tb[k->edge[i].to]->b;
	}
}

static bool is_tied(const struct knot *k, u8 nr)
{
	int i;

	for (i = 0; i < k->edges; i++)
		if (k->edge[i].to == nr)
			return true;
	return nr == N || nr == P || nr == T;
}

static void expect_knot(struct fx *fx, enum chim_verb verb, struct tb **tb,
			const struct knot *k)
{
	int i;

	for (i = 0; i < KNOT; i++) {
		bool failed = tb[i]->b.Status == NDIS_STATUS_FAILURE;

		if (!is_tied(k, i))
			continue;
		KUNIT_EXPECT_NE_MSG(fx->test, (u32)tb[i]->b.Status,
				    (u32)NDIS_STATUS_PENDING,
				    "%s, knot %zu, block %d",
				    chim_verb_name(verb), k - knots, i);
		if (i == k->bad)
			KUNIT_EXPECT_TRUE_MSG(fx->test, failed,
					      "%s, knot %zu, block %d",
					      chim_verb_name(verb), k - knots,
					      i);
	}
}

static struct tb *knot_objects(struct fx *fx, struct fx_chain *c, int nr)
{
	switch (nr / 2) {
	case CHIM_NEIGH:
		return c[nr & 1].neigh;
	case CHIM_PATH:
		return c[nr & 1].path;
	default:
		return c[nr & 1].conn;
	}
}

static void later_knot(struct fx *fx, enum chim_verb verb,
		       const struct knot *k)
{
	struct fx_chain c[2] = { fx_offload4(fx), fx_offload4(fx) };
	u64 links = fx_refused(fx, CHIM_WHY_LINK);
	struct tb *tb[KNOT], *bad, *was;
	struct witness w;
	int i;

	witness_take(fx, &w);
	for (i = 0; i < KNOT; i++)
		tb[i] = wt_ref(fx, verb, knot_objects(fx, c, i));
	tie(tb, k);
	bad = knot_objects(fx, c, k->bad);
	was = pr_query(fx, bad);
	fx_run(fx, verb, tb[N]);
	expect_knot(fx, verb, tb, k);
	KUNIT_EXPECT_EQ_MSG(fx->test, fx_refused(fx, CHIM_WHY_LINK), links + 1,
			    "%s, knot %zu", chim_verb_name(verb), k - knots);
	/* The object of the block that failed is as it was. */
	KUNIT_ASSERT_NOT_NULL(fx->test, tb_obj(fx, bad));
	KUNIT_EXPECT_TRUE(fx->test, pr_same(pr_query(fx, bad), was));
	KUNIT_EXPECT_FALSE(fx->test, chim_obj_marked(tb_obj(fx, bad), 0xff));
	witness_check(fx, &w);
}

static void later_knots_test(struct kunit *test)
{
	enum chim_verb verb;
	int i;

	CHIM_COVERS(test, "TREE-016 BLK-064");
	for (verb = CHIM_QUERY; verb < CHIM_VERBS; verb++)
		for (i = 0; i < ARRAY_SIZE(knots); i++)
			later_knot(test->priv, verb, &knots[i]);
}

static void new_knot(struct fx *fx, const struct knot *k)
{
	struct tb *tb[KNOT] = {
		[N] = tb_neigh(fx), [N2] = tb_neigh(fx),
		[P] = tb_path4(fx), [P2] = tb_path4(fx),
		[T] = tb_conn(fx), [T2] = tb_conn(fx),
	};

	tie(tb, k);
	fx_run(fx, CHIM_INITIATE, tb[N]);
	expect_knot(fx, CHIM_INITIATE, tb, k);
	KUNIT_EXPECT_NULL(fx->test, tb[k->bad]->context);
}

static void new_knots_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct witness w;
	int i;

	CHIM_COVERS(test, "TREE-016 BLK-064");
	witness_take(fx, &w);
	for (i = 0; i < ARRAY_SIZE(knots); i++)
		new_knot(fx, &knots[i]);
	witness_check(fx, &w);
}

/* Placeholders in a ring: nothing to fail, and no end but the one we make. */
static void placeholder_ring_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct tb *tb[8];
	int i, mode;

	CHIM_COVERS(test, "TREE-016 BLK-135");
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		for (mode = 0; mode < 4; mode++) {
			for (i = 0; i < ARRAY_SIZE(tb); i++)
				tb[i] = wt_bare(fx, 0, NULL);
			for (i = 0; i < ARRAY_SIZE(tb); i++) {
				PVOID to = &tb[(i + 1) % ARRAY_SIZE(tb)]->b;

				if (mode == 3 || (i * mode) & 1)
					tb[i]->b.DependentBlockList = to;
				if (mode == 3 || !((i * mode) & 1))
					tb[i]->b.NextBlock = to;
			}
			fx_run(fx, verb, tb[0]);
			for (i = 0; i < ARRAY_SIZE(tb); i++)
				FX_EXPECT_STATUS(test, tb[i],
						 NDIS_STATUS_SUCCESS);
		}
	}
}

static struct kunit_case hostile_cases[] = {
	KUNIT_CASE(handler_pointers_test),
	KUNIT_CASE(links_nowhere_test),
	KUNIT_CASE(links_wild_test),
	KUNIT_CASE(context_test),
	KUNIT_CASE(addresses_test),
	KUNIT_CASE(later_knots_test),
	KUNIT_CASE(new_knots_test),
	KUNIT_CASE(placeholder_ring_test),
	{}
};

static struct kunit_suite hostile_suite = {
	.name = "chim_hostile",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = hostile_cases,
};

kunit_test_suite(hostile_suite);
