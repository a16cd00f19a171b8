// SPDX-License-Identifier: GPL-2.0
/* Trees: the order of the walk, layers, and what a failure means to others. */
#include "witness.h"

/* --- the walk ------------------------------------------------------------ */

#define SAMPLE	10

/* Handles count up: bits 32 to 59 say when an object was made. */
static u32 when_made(struct tb *tb)
{
	return (u64)tb->context >> 32 & GENMASK(27, 0);
}

/* N1(P1(TCP1,TCP2),P2(TCP3)),N2(P3(TCP4,TCP5)), in the order of the visits. */
static void make_sample(struct fx *fx, struct tb **tb)
{
	static const char layers[] = "NPTTPTNPTT";
	struct tb *neigh = NULL, *path = NULL;
	int i;

	for (i = 0; i < SAMPLE; i++) {
		if (layers[i] == 'N') {
			tb[i] = tb_neigh(fx);
			if (neigh)
				tb_next(neigh, tb[i]);
			neigh = tb[i];
		} else if (layers[i] == 'P') {
			tb[i] = tb_path4(fx);
			tb_depend(neigh, tb[i]);
			path = tb[i];
		} else {
			tb[i] = tb_conn(fx);
			tb_depend(path, tb[i]);
		}
	}
}

static void order_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *tb[SAMPLE];
	int i;

	CHIM_COVERS(test, "TREE-010 TREE-011 TREE-012 BLK-060");
	make_sample(fx, tb);
	fx_run(fx, CHIM_INITIATE, tb[0]);
	for (i = 0; i < SAMPLE; i++) {
		FX_EXPECT_STATUS(test, tb[i], NDIS_STATUS_SUCCESS);
		KUNIT_EXPECT_EQ_MSG(test, when_made(tb[i]) - when_made(tb[0]),
				    (u32)i, "block %d was not visit %d", i, i);
	}
}

/* The handler leaves everything but its own members of the root alone. */
static void expect_untouched(struct fx *fx, struct tb **tb, int n,
			     const struct tb *was)
{
	struct tb now;
	int i;

	for (i = 0; i < n; i++) {
		now = *tb[i];
		if (!i)
			memcpy(now.b.MiniportReserved,
			       was[i].b.MiniportReserved,
			       sizeof(now.b.MiniportReserved));
		KUNIT_EXPECT_EQ(fx->test, 0,
				memcmp(&now, &was[i], sizeof(now)));
	}
}

static void outside_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct pr_hold *hold;
	enum chim_verb verb;
	struct tb *tb[3];
	struct fx_chain c;
	struct tb *was;
	int i;

	CHIM_COVERS(test, "TREE-013 INI-010 QRY-010 UPD-013 INV-010 TRM-010");
	hold = kunit_kzalloc(test, sizeof(*hold), GFP_KERNEL);
	was = kunit_kcalloc(test, 3, sizeof(*was), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, hold && was);
	c = fx_offload4(fx);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		bool new = verb == CHIM_INITIATE;

		tb[0] = new ? tb_neigh(fx) :
			tb_ref(fx, c.neigh, NeighborOffloadCachedState);
		tb[1] = new ? tb_path4(fx) :
			tb_ref(fx, c.path, Ip4OffloadCachedState);
		tb[2] = new ? tb_conn(fx) :
			tb_ref(fx, c.conn, TcpOffloadCachedState);
		tb_depend(tb[0], tb[1]);
		tb_depend(tb[1], tb[2]);
		for (i = 0; i < 3; i++)
			was[i] = *tb[i];
		pr_hold(fx, hold);
		fx_submit(fx, verb, tb[0]);
		expect_untouched(fx, tb, 3, was);
		pr_release(fx, hold);
		for (i = 0; i < 3; i++)
			KUNIT_EXPECT_NE(test, (u32)tb[i]->b.Status,
					(u32)NDIS_STATUS_PENDING);
	}
}

/* --- a connection works before the tree is done --------------------------- */

static struct {
	struct fx *fx;
	struct tb *conn;
	struct tb *later;
	int calls;
} early;

/* The worker comes by when the second neighbor needs its source address. */
static int look_early(void *ctx, const u8 *addr)
{
	struct kunit *test = early.fx->test;
	struct chim_adapter *adapter = early.fx->adapter;
	struct chim_tuple tuple;
	struct chim_conn *conn;
	struct chim_obj *obj;

	early.calls++;
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&early.fx->completions[0]));
	KUNIT_EXPECT_NULL(test, early.later->context);
	obj = tb_obj(early.fx, early.conn);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	if (!obj)
		return 0;
	conn = chim_conn(obj);
	chim_conn_tuple(conn, &tuple);
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, conn,
			    chim_space_match(&adapter->space, &tuple));
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, pr_send(conn));
	return 0;
}

static void forget(void *ctx, const u8 *addr)
{
}

static const struct chim_res_ops early_ops = {
	.hwaddr_add = look_early,
	.hwaddr_del = forget,
};

static void operational_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx), *path = tb_path4(fx);
	struct pr_seg seg;

	CHIM_COVERS(test, "TREE-014");
	early.fx = fx;
	early.conn = tb_conn(fx);
	early.later = tb_neigh(fx);
	early.calls = 0;
	fx->adapter->space.resources.ops = &early_ops;
	tb_nconst(early.later)->DlSourceAddress[0] = 2;
	tb_nconst(early.later)->DlSourceAddress[5] = 7;
	tb_depend(neigh, path);
	tb_depend(path, early.conn);
	tb_next(neigh, early.later);
	wt_done(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(test, early.later, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, early.calls, 1);
	KUNIT_EXPECT_TRUE(test, pr_segment(fx, &seg));
}

/* --- layers -------------------------------------------------------------- */

static struct tb *at_layer(struct fx_chain c, int layer)
{
	return layer == CHIM_NEIGH ? c.neigh :
	       layer == CHIM_PATH ? c.path : c.conn;
}

/* A block of layer @b where none belongs, @dependent on one of layer @a. */
static void misfit(struct fx *fx, enum chim_verb verb, int a, bool dependent,
		   int b)
{
	struct fx_chain c = fx_offload4(fx);
	struct tb *first, *second;
	struct witness w;

	witness_take(fx, &w);
	first = wt_ref(fx, verb, at_layer(c, a));
	second = wt_ref(fx, verb, at_layer(w.c, b));
	if (dependent)
		tb_depend(first, second);
	else
		tb_next(first, second);
	fx_run(fx, verb, first);
	KUNIT_EXPECT_EQ_MSG(fx->test, (u32)second->b.Status,
			    (u32)NDIS_STATUS_FAILURE, "%s: %d %s %d",
			    chim_verb_name(verb), a,
			    dependent ? "below" : "before", b);
	witness_check(fx, &w);
	/* What has others above it cannot end, all else can be done. */
	if (verb == CHIM_TERMINATE)
		return;
	FX_EXPECT_STATUS(fx->test, first, dependent && a == CHIM_CONN ?
			 NDIS_STATUS_FAILURE : NDIS_STATUS_SUCCESS);
}

static void misfits(struct kunit *test, int a, bool dependent, int fits)
{
	enum chim_verb verb;
	int b;

	for (verb = CHIM_QUERY; verb < CHIM_VERBS; verb++)
		for (b = CHIM_NEIGH; b < CHIM_LAYERS; b++)
			if (b != fits)
				misfit(test->priv, verb, a, dependent, b);
}

static void next_promise_test(struct kunit *test)
{
	int layer;

	CHIM_COVERS(test, "BLK-061 BLK-066");
	for (layer = CHIM_NEIGH; layer < CHIM_LAYERS; layer++)
		misfits(test, layer, false, layer);
}

static void neigh_promise_test(struct kunit *test)
{
	CHIM_COVERS(test, "BLK-062 BLK-066");
	misfits(test, CHIM_NEIGH, true, CHIM_PATH);
}

static void path_promise_test(struct kunit *test)
{
	CHIM_COVERS(test, "BLK-063 BLK-066");
	misfits(test, CHIM_PATH, true, CHIM_CONN);
}

static void conn_promise_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct tb *conn;
	struct witness w;

	CHIM_COVERS(test, "BLK-064 BLK-066");
	misfits(test, CHIM_CONN, true, -1);
	/* Not even a placeholder may be there. */
	witness_take(fx, &w);
	for (verb = CHIM_QUERY; verb < CHIM_VERBS; verb++) {
		struct tb *dep = wt_bare(fx, 0, NULL);

		conn = wt_ref(fx, verb, w.c.conn);
		tb_depend(conn, dep);
		wt_refused(fx, verb, conn, CHIM_WHY_LINK);
		FX_EXPECT_STATUS(test, dep, NDIS_STATUS_SUCCESS);
	}
	witness_check_all(fx, &w);
}

static struct tb *new_at(struct fx *fx, int layer)
{
	return layer == CHIM_NEIGH ? tb_neigh(fx) :
	       layer == CHIM_PATH ? tb_path4(fx) : tb_conn(fx);
}

/* New objects in wrong places: at @place of a tree that is right else. */
static void new_misfit(struct fx *fx, int place, bool dependent, int layer)
{
	struct tb *tb[CHIM_LAYERS] = {
		tb_neigh(fx), tb_path4(fx), tb_conn(fx)
	};
	struct tb *odd = new_at(fx, layer);
	u64 level = fx_refused(fx, CHIM_WHY_LEVEL);

	tb_depend(tb[0], tb[1]);
	tb_depend(tb[1], tb[2]);
	if (dependent)
		tb_depend(tb[place], odd);
	else
		tb_next(tb[place], odd);
	fx_run(fx, CHIM_INITIATE, tb[0]);
	FX_EXPECT_STATUS(fx->test, odd, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_NULL(fx->test, odd->context);
	KUNIT_EXPECT_EQ(fx->test, fx_refused(fx, CHIM_WHY_LEVEL), level + 1);
	FX_EXPECT_STATUS(fx->test, tb[2], dependent && place == CHIM_CONN ?
			 NDIS_STATUS_FAILURE : NDIS_STATUS_SUCCESS);
}

static void new_misfit_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	int place, layer;

	CHIM_COVERS(test, "BLK-061 BLK-062 BLK-063 BLK-064 BLK-066");
	for (place = CHIM_NEIGH; place < CHIM_LAYERS; place++) {
		for (layer = CHIM_NEIGH; layer < CHIM_LAYERS; layer++) {
			if (layer != place)
				new_misfit(fx, place, false, layer);
			if (layer != place + 1)
				new_misfit(fx, place, true, layer);
		}
	}
}

/* Nothing stands on a fourth level, whatever the three below it are. */
static void level_promise_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct witness w;
	struct tb *tb[5];
	int i, top;

	CHIM_COVERS(test, "BLK-065 BLK-066 BLK-133");
	witness_take(fx, &w);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		for (top = CHIM_NEIGH; top < CHIM_LAYERS; top++) {
			for (i = 0; i < ARRAY_SIZE(tb) - 1; i++)
				tb[i] = wt_bare(fx, 0, NULL);
			tb[i] = verb == CHIM_INITIATE ? new_at(fx, top) :
				wt_ref(fx, verb, at_layer(w.c, top));
			for (i = 0; i < ARRAY_SIZE(tb) - 1; i++)
				tb_depend(tb[i], tb[i + 1]);
			wt_done(fx, verb, tb[0]);
			FX_EXPECT_STATUS(test, tb[3], NDIS_STATUS_SUCCESS);
			FX_EXPECT_STATUS(test, tb[4], NDIS_STATUS_FAILURE);
		}
	}
	witness_check_all(fx, &w);
}

/* --- failures ------------------------------------------------------------ */

static void root_fails_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *tb[SAMPLE];
	int i;

	CHIM_COVERS(test, "TREE-030 TREE-031 TREE-033 D-13");
	make_sample(fx, tb);
	tb_ncached(tb[0])->DlDestinationAddress[0] = 1;	/* multicast */
	fx_run(fx, CHIM_INITIATE, tb[0]);
	for (i = 0; i < SAMPLE; i++) {
		FX_EXPECT_STATUS(test, tb[i], NDIS_STATUS_FAILURE);
		KUNIT_EXPECT_NULL(test, tb[i]->context);
	}
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_SKIPPED),
			SAMPLE - 1ULL);
	wt_empty(fx);
}

/* A failure above the root costs what hangs there, and nothing beside it. */
static void dependents_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *tb[SAMPLE];
	int i;

	CHIM_COVERS(test, "TREE-031 TREE-033 D-13");
	make_sample(fx, tb);
	tb_pcached(tb[1])->PathMtu = 10;
	fx_run(fx, CHIM_INITIATE, tb[0]);
	FX_EXPECT_STATUS(test, tb[0], NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS);
	for (i = 1; i < SAMPLE; i++)
		FX_EXPECT_STATUS(test, tb[i], i <= 3 ? NDIS_STATUS_FAILURE :
						       NDIS_STATUS_SUCCESS);
	/* They would do by themselves: they were not tried. */
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_SKIPPED), 2ULL);
	KUNIT_EXPECT_EQ(test, fx->adapter->space.count[CHIM_CONN], 3U);
}

/* The table of connections takes no more: like memory that has run out. */
static void allow_conns(struct fx *fx, u32 conns)
{
	fx->adapter->space.conns.max_elems = conns;
}

static void resources_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *tb[SAMPLE];
	int i;

	CHIM_COVERS(test, "TREE-032 INI-033");
	make_sample(fx, tb);
	allow_conns(fx, 1);
	fx_run(fx, CHIM_INITIATE, tb[0]);
	for (i = 3; i < SAMPLE; i++)
		if (tb[i]->b.Header.Type == TcpOffloadState)
			FX_EXPECT_STATUS(test, tb[i], NDIS_STATUS_RESOURCES);
	FX_EXPECT_STATUS(test, tb[2], NDIS_STATUS_SUCCESS);
	/* TCP5 was tried as well, on a path made after TCP2 had failed. */
	KUNIT_EXPECT_NOT_NULL(test, tb_obj(fx, tb[7]));
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_SKIPPED), 0ULL);
}

static void sample_failure_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx), *path[2], *conn[3];
	int i;

	CHIM_COVERS(test, "TREE-034 TREE-031 TREE-032 TREE-033");
	for (i = 0; i < 2; i++) {
		path[i] = tb_path4(fx);
		tb_depend(neigh, path[i]);
	}
	for (i = 0; i < 3; i++) {
		conn[i] = tb_conn(fx);
		tb_depend(path[i / 2], conn[i]);
	}
	memset(path[1]->dst, 0, sizeof(path[1]->dst));
	allow_conns(fx, 1);
	fx_run(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS);
	FX_EXPECT_STATUS(test, path[0], NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS);
	FX_EXPECT_STATUS(test, conn[0], NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, conn[1], NDIS_STATUS_RESOURCES);
	FX_EXPECT_STATUS(test, path[1], NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, conn[2], NDIS_STATUS_FAILURE);
}

/* Only the next layer counts, all of it, and nothing behind the block. */
static void immediate_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *tb[SAMPLE];
	int i;

	CHIM_COVERS(test, "TREE-035 D-14 INI-030 INI-031");
	make_sample(fx, tb);
	tb_tdeleg(tb[3])->State = TcpConnectionClosed;	/* TCP2, the last one */
	fx_run(fx, CHIM_INITIATE, tb[0]);
	for (i = 0; i < SAMPLE; i++)
		FX_EXPECT_STATUS(test, tb[i], i == 3 ? NDIS_STATUS_FAILURE :
				 i == 1 ? NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS :
					  NDIS_STATUS_SUCCESS);
	make_sample(fx, tb);
	tb_pcached(tb[7])->PathMtu = 10;		/* P3 */
	fx_run(fx, CHIM_INITIATE, tb[0]);
	FX_EXPECT_STATUS(test, tb[0], NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, tb[6], NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS);
	FX_EXPECT_STATUS(test, tb[7], NDIS_STATUS_FAILURE);
}

static struct kunit_case tree_cases[] = {
	KUNIT_CASE(order_test),
	KUNIT_CASE(outside_test),
	KUNIT_CASE(operational_test),
	KUNIT_CASE(next_promise_test),
	KUNIT_CASE(neigh_promise_test),
	KUNIT_CASE(path_promise_test),
	KUNIT_CASE(conn_promise_test),
	KUNIT_CASE(new_misfit_test),
	KUNIT_CASE(level_promise_test),
	KUNIT_CASE(root_fails_test),
	KUNIT_CASE(dependents_test),
	KUNIT_CASE(resources_test),
	KUNIT_CASE(sample_failure_test),
	KUNIT_CASE(immediate_test),
	{}
};

static struct kunit_suite tree_suite = {
	.name = "chim_tree",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = tree_cases,
};

kunit_test_suite(tree_suite);
