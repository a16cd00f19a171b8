// SPDX-License-Identifier: GPL-2.0
/* Trees of a million blocks, wide and deep. */
#include "witness.h"

#include <linux/vmalloc.h>

/* Emulation with KCSAN is slow; there, races are what is looked for. */
#define BLOCKS	(IS_ENABLED(CONFIG_KCSAN) ? 20000 : 1000000)
#define DEEP	(BLOCKS / 10)

/* A block with room for the smaller state structures. */
struct slim {
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST b;
	union {
		OFFLOAD_STATE_HEADER header;
		PATH_OFFLOAD_STATE_CACHED path;
		NEIGHBOR_OFFLOAD_STATE_DELEGATED neigh;
	};
};

static_assert(offsetof(struct slim, header) ==
	      sizeof(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST));

static struct slim *slim;

static int wide_init(struct kunit *test)
{
	slim = vzalloc(array_size(BLOCKS, sizeof(*slim)));
	if (!slim)
		return -ENOMEM;
	return fx_init(test);
}

static void wide_exit(struct kunit *test)
{
	fx_exit(test);
	vfree(slim);
	slim = NULL;
}

/* A row of blocks of one Type that all name one place. */
static void make_row(struct fx *fx, int blocks, u8 type, u32 length,
		     PVOID *location)
{
	int i;

	for (i = 0; i < blocks; i++) {
		struct slim *s = &slim[i];

		memset(s, 0, sizeof(*s));
		s->b.Header.Type = type;
		s->b.Header.Revision =
			NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
		s->b.Header.Size = sizeof(s->b);
		s->b.Status = NDIS_STATUS_PENDING;
		s->b.MiniportOffloadContext = location;
		s->header.Length = length;
		if (i)
			slim[i - 1].b.NextBlock = &s->b;
	}
	slim[0].b.ProtocolReserved[0] = fx;
}

static struct tb *first(void)
{
	return container_of(&slim[0].b, struct tb, b);
}

static u32 count_status(int blocks, NDIS_STATUS status)
{
	u32 count = 0;
	int i;

	for (i = 0; i < blocks; i++)
		count += slim[i].b.Status == status;
	return count;
}

static void expect_all(struct kunit *test, NDIS_STATUS status)
{
	KUNIT_EXPECT_EQ(test, count_status(BLOCKS, status), (u32)BLOCKS);
}

/* Nothing to do but for the last one. */
static void wide_initiate_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx);
	struct witness w;

	CHIM_COVERS(test, "TREE-015 BLK-134");
	witness_take(fx, &w);
	make_row(fx, BLOCKS, 0, 0, NULL);
	slim[BLOCKS - 1].b.NextBlock = &neigh->b;
	fx_run(fx, CHIM_INITIATE, first());
	expect_all(test, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_NOT_NULL(test, tb_obj(fx, neigh));
	witness_check(fx, &w);
}

static void wide_query_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct witness w;
	int i;

	CHIM_COVERS(test, "TREE-015");
	witness_take(fx, &w);
	fx_advance(fx, 77);
	make_row(fx, BLOCKS, NeighborOffloadDelegatedState,
		 sizeof(NEIGHBOR_OFFLOAD_STATE_DELEGATED), &w.c.neigh->context);
	fx_run(fx, CHIM_QUERY, first());
	expect_all(test, NDIS_STATUS_SUCCESS);
	for (i = 0; i < BLOCKS; i++)
		if (slim[i].neigh.NicReachabilityDelta != 77)
			break;
	KUNIT_EXPECT_EQ(test, i, BLOCKS);
}

/* The last one wins; one in two is out of range and changes nothing. */
static void wide_update_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *back;
	struct fx_chain c;
	int i;

	CHIM_COVERS(test, "TREE-015 UPD-056");
	c = fx_offload4(fx);
	make_row(fx, BLOCKS, Ip4OffloadCachedState, sizeof(PATH_OFFLOAD_STATE_CACHED),
		 &c.path->context);
	for (i = 0; i < BLOCKS; i++)
		slim[i].path.PathMtu = i & 1 ? 1 + i % 60 : 600 + i % 512;
	fx_run(fx, CHIM_UPDATE, first());
	KUNIT_EXPECT_EQ(test, count_status(BLOCKS, NDIS_STATUS_SUCCESS), BLOCKS / 2U);
	KUNIT_EXPECT_EQ(test, count_status(BLOCKS, NDIS_STATUS_FAILURE), BLOCKS / 2U);
	back = pr_query(fx, c.path);
	KUNIT_EXPECT_EQ(test, tb_pcached(back)->PathMtu,
			600U + (BLOCKS - 2) % 512);
}

static void wide_relink_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *root, *neigh = tb_neigh(fx);
	struct fx_chain c;

	CHIM_COVERS(test, "TREE-015 UPD-100");
	c = fx_offload4(fx);
	wt_done(fx, CHIM_INITIATE, neigh);
	make_row(fx, BLOCKS, Ip4OffloadConstState, 0, &c.path->context);
	root = wt_bare_ref(fx, neigh);
	root->b.DependentBlockList = &slim[0].b;
	wt_done(fx, CHIM_UPDATE, root);
	expect_all(test, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, chim_path_neigh(pr_path(fx, c.path)),
			    pr_neigh(fx, neigh));
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, neigh)->obj.deps, 1U);
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, c.neigh)->obj.deps, 0U);
}

static void wide_invalidate_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c;
	struct witness w;

	CHIM_COVERS(test, "TREE-015");
	witness_take(fx, &w);
	c = fx_offload4(fx);
	make_row(fx, BLOCKS, TcpOffloadConstState, 0, &c.conn->context);
	fx_run(fx, CHIM_INVALIDATE, first());
	expect_all(test, NDIS_STATUS_SUCCESS);
	witness_check(fx, &w);
}

/* All of them wait for the connection that the last one brings along. */
static void wide_terminate_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn;
	struct fx_chain c;
	struct witness w;

	CHIM_COVERS(test, "TREE-015 TRM-017");
	witness_take(fx, &w);
	c = fx_offload4(fx);
	conn = wt_bare_ref(fx, c.conn);
	make_row(fx, BLOCKS, Ip4OffloadConstState, 0, &c.path->context);
	slim[BLOCKS - 1].b.DependentBlockList = &conn->b;
	fx_run(fx, CHIM_TERMINATE, first());
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, count_status(BLOCKS, NDIS_STATUS_SUCCESS), 1U);
	KUNIT_EXPECT_EQ(test, count_status(BLOCKS, NDIS_STATUS_FAILURE), BLOCKS - 1U);
	witness_check(fx, &w);
}

/* Links that should be three deep, as deep as others are wide. */
static void deep_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct witness w;
	int i;

	CHIM_COVERS(test, "TREE-015 BLK-065");
	witness_take(fx, &w);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		make_row(fx, DEEP, TcpOffloadConstState, 0,
			 &w.c.conn->context);
		for (i = 0; i < DEEP; i++) {
			swap(slim[i].b.NextBlock,
			     slim[i].b.DependentBlockList);
			if (i <= CHIM_CONN)
				slim[i].b.MiniportOffloadContext = NULL;
		}
		fx_run(fx, verb, first());
		KUNIT_EXPECT_EQ(test, count_status(DEEP, NDIS_STATUS_FAILURE),
				(u32)DEEP - CHIM_LAYERS);
		KUNIT_EXPECT_EQ(test, count_status(DEEP, NDIS_STATUS_SUCCESS),
				(u32)CHIM_LAYERS);
	}
	witness_check_all(fx, &w);
}

static struct kunit_case wide_cases[] = {
	KUNIT_CASE(wide_initiate_test),
	KUNIT_CASE(wide_query_test),
	KUNIT_CASE(wide_update_test),
	KUNIT_CASE(wide_relink_test),
	KUNIT_CASE(wide_invalidate_test),
	KUNIT_CASE(wide_terminate_test),
	KUNIT_CASE(deep_test),
	{}
};

static struct kunit_suite wide_suite = {
	.name = "chim_wide",
	.init = wide_init,
	.exit = wide_exit,
	.test_cases = wide_cases,
};

kunit_test_suite(wide_suite);
