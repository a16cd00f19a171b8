// SPDX-License-Identifier: GPL-2.0
/* Invalidation: what depends on the object falls silent and stays. */
#include "probe.h"
#include "witness.h"

static struct tb *bare(struct fx *fx, struct tb *of)
{
	return wt_bare_ref(fx, of);
}

static void run(struct fx *fx, enum chim_verb verb, struct tb *root)
{
	fx_run(fx, verb, root);
	FX_EXPECT_STATUS(fx->test, root, NDIS_STATUS_SUCCESS);
}

static void invalidate(struct fx *fx, struct tb *of)
{
	run(fx, CHIM_INVALIDATE, bare(fx, of));
}

static bool marked(struct fx *fx, struct tb *tb)
{
	return chim_obj_marked(tb_obj(fx, tb), CHIM_OBJ_INVALID);
}

static int asked(struct fx *fx, struct tb *conn)
{
	return pr_events(fx, conn, TcpIndicateRetrieve, InvalidState);
}

/* The block a connection, path or neighbor of @c was offloaded with. */
static struct tb *block_of(struct fx_chain c, int layer)
{
	struct tb *const blocks[] = { c.neigh, c.path, c.conn };

	return blocks[layer];
}

/* While the worker stands still the handler has nothing to wait for. */
static void invalidate_only_enqueues(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *root = bare(fx, c.conn);
	struct pr_hold hold;

	CHIM_COVERS(test, "INV-010 INV-011");
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_INVALIDATE, root);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_COMPLETE), 0);
	KUNIT_EXPECT_FALSE(test, marked(fx, c.conn));
	FX_EXPECT_STATUS(test, root, NDIS_STATUS_PENDING);
	pr_release(fx, &hold);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_COMPLETE), 1);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].p, (void *)root);
	KUNIT_EXPECT_EQ(test, fx->log[0].a, (u32)CHIM_INVALIDATE);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].handle, FX_DRIVER_HANDLE);
	FX_EXPECT_STATUS(test, root, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, marked(fx, c.conn));
}

/* Blocks that end where their memory ends, whatever their Type promises. */
static void invalidate_reads_no_state(struct kunit *test)
{
	static const u8 types[][4] = {
		{ NeighborOffloadConstState, NeighborOffloadCachedState,
		  NeighborOffloadDelegatedState, NeighborOffloadState },
		{ Ip4OffloadConstState, Ip4OffloadCachedState,
		  Ip4OffloadDelegatedState, Ip4OffloadState },
		{ TcpOffloadConstState, TcpOffloadCachedState,
		  TcpOffloadDelegatedState, TcpOffloadState },
	};
	struct fx *fx = test->priv;
	int layer, i;

	CHIM_COVERS(test, "INV-012");
	for (layer = 0; layer < CHIM_LAYERS; layer++) {
		for (i = 0; i < 4; i++) {
			struct tb *to = block_of(fx_offload4(fx), layer);

			run(fx, CHIM_INVALIDATE,
			    wt_bare(fx, types[layer][i], &to->context));
			KUNIT_EXPECT_TRUE(test, marked(fx, to));
		}
	}
}

/* Placeholders refer to nothing; the other blocks to what their location says. */
static void invalidate_goes_by_context(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), d = fx_offload4(fx);
	struct tb *root = wt_bare(fx, NeighborOffloadConstState, NULL);
	struct tb *dep = wt_bare(fx, Ip4OffloadConstState, NULL);
	struct tb *leaf = bare(fx, c.conn);

	CHIM_COVERS(test, "INV-013");
	tb_depend(root, dep);
	tb_depend(dep, leaf);
	run(fx, CHIM_INVALIDATE, root);
	FX_EXPECT_STATUS(test, dep, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, leaf, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, marked(fx, c.conn));
	KUNIT_EXPECT_FALSE(test, marked(fx, c.path));
	KUNIT_EXPECT_FALSE(test, marked(fx, c.neigh));
	KUNIT_EXPECT_FALSE(test, marked(fx, d.conn));

	leaf = bare(fx, c.path);
	leaf->b.MiniportOffloadContext = &d.path->context;
	run(fx, CHIM_INVALIDATE, leaf);
	KUNIT_EXPECT_TRUE(test, marked(fx, d.path));
	KUNIT_EXPECT_FALSE(test, marked(fx, c.path));
}

/* Corrupt state: failure, then the news, in this order; the rest goes on. */
static void invalidate_corrupt(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), d = fx_offload4(fx);
	struct tb *root = bare(fx, c.conn), *next = bare(fx, d.conn);

	CHIM_COVERS(test, "INV-014 D-31");
	tb_obj(fx, c.conn)->canary = 0;
	tb_next(root, next);
	fx_run(fx, CHIM_INVALIDATE, root);
	FX_EXPECT_STATUS(test, root, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, next, NDIS_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, fx->logged, 3);
	KUNIT_EXPECT_EQ(test, (int)fx->log[0].call, (int)FX_COMPLETE);
	KUNIT_EXPECT_EQ(test, (int)fx->log[1].call, (int)FX_EVENT);
	KUNIT_EXPECT_EQ(test, fx->log[1].a, (u32)TcpIndicateRetrieve);
	KUNIT_EXPECT_EQ(test, fx->log[1].b, (u32)HardwareFailure);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[1].handle, (void *)c.conn);
	KUNIT_EXPECT_EQ(test, (int)fx->log[2].call, (int)FX_EVENT);
	KUNIT_EXPECT_EQ(test, fx->log[2].a, (u32)TcpIndicateAbort);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[2].handle, (void *)c.conn);
}

static void invalidate_tree(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload6(fx);
	struct tb *root = bare(fx, c.neigh), *dep = bare(fx, c.path);
	struct tb *leaf = bare(fx, c.conn);
	int i;

	CHIM_COVERS(test, "INV-014 INV-030");
	tb_depend(root, dep);
	tb_depend(dep, leaf);
	/* Doing it twice does no harm. */
	for (i = 0; i < 2; i++) {
		run(fx, CHIM_INVALIDATE, root);
		FX_EXPECT_STATUS(test, dep, NDIS_STATUS_SUCCESS);
		FX_EXPECT_STATUS(test, leaf, NDIS_STATUS_SUCCESS);
		KUNIT_EXPECT_TRUE(test, marked(fx, c.neigh));
		KUNIT_EXPECT_TRUE(test, marked(fx, c.path));
		KUNIT_EXPECT_TRUE(test, marked(fx, c.conn));
		KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
	}
}

static void invalidate_any_tcp_state(struct kunit *test)
{
	struct fx *fx = test->priv;
	u32 state;

	CHIM_COVERS(test, "INV-015 INV-035");
	for (state = 0; state < CHIM_TCP_STATES; state++) {
		struct tb *conn = fx_offload4(fx).conn;

		pr_conn(fx, conn)->tcb.state = state;
		invalidate(fx, conn);
		KUNIT_EXPECT_TRUE(test, marked(fx, conn));
	}
}

/* Of each layer: the connection above says no more, a stranger does. */
static void invalidate_silences(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain other = fx_offload4(fx);
	struct pr_seg s;
	int layer, ip6;

	CHIM_COVERS(test, "INV-031 INV-035 D-29");
	for (layer = 0; layer < CHIM_LAYERS; layer++) {
		for (ip6 = 0; ip6 < 2; ip6++) {
			struct fx_chain c = ip6 ? fx_offload6(fx) :
						  fx_offload4(fx);
			struct tb *ref = pr_cached(fx, c.conn);
			u64 frames;

			invalidate(fx, block_of(c, layer));
			frames = atomic64_read(&fx->adapter->stats.tx_frames);
			tb_tcached(ref)->InitialRcvWnd *= 2;
			fx_run(fx, CHIM_UPDATE, ref);
			KUNIT_EXPECT_FALSE(test, pr_segment(fx, &s));
			KUNIT_EXPECT_EQ(test, (u64)atomic64_read(&fx->adapter->stats.tx_frames),
					frames);
			KUNIT_EXPECT_TRUE(test, pr_nudge(fx, other.conn, &s));
		}
	}
}

/* What is sent from elsewhere than an update is held back as well. */
static void invalidate_silences_sender(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct pr_seg s;
	int layer;

	CHIM_COVERS(test, "INV-031 D-29");
	for (layer = 0; layer < CHIM_LAYERS; layer++) {
		struct fx_chain c = fx_offload4(fx);

		KUNIT_EXPECT_TRUE(test, pr_ack(fx, c.conn, &s));
		invalidate(fx, block_of(c, layer));
		KUNIT_EXPECT_FALSE(test, pr_ack(fx, c.conn, &s));
		KUNIT_EXPECT_EQ(test,
				atomic64_read(&fx->adapter->stats.tx_stopped),
				layer + 1);
	}
}

/* Nothing is asked for until there is something to send, and then once. */
static void invalidate_asks_once(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct pr_seg s;
	int layer;

	CHIM_COVERS(test, "INV-032 D-30");
	for (layer = CHIM_NEIGH; layer <= CHIM_PATH; layer++) {
		struct fx_chain c = fx_offload4(fx);
		struct tb *still = pr_cached(fx, c.conn);

		invalidate(fx, block_of(c, layer));
		tb_tcached(still)->TtlOrHopLimit = 3;
		run(fx, CHIM_UPDATE, still);
		KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
		KUNIT_EXPECT_FALSE(test, pr_nudge(fx, c.conn, &s));
		KUNIT_EXPECT_EQ(test, asked(fx, c.conn), 1);
		KUNIT_EXPECT_FALSE(test, pr_nudge(fx, c.conn, &s));
		invalidate(fx, block_of(c, layer));
		KUNIT_EXPECT_FALSE(test, pr_nudge(fx, c.conn, &s));
		KUNIT_EXPECT_EQ(test, asked(fx, c.conn), 1);
		KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 1);
	}
}

/* The event comes with the operation that needs to send, softirqs off (REG-012). */
static void invalidate_asks_atomically(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *ref = pr_cached(fx, c.conn);

	CHIM_COVERS(test, "INV-032");
	invalidate(fx, c.path);
	fx->logged = 0;
	tb_tcached(ref)->InitialRcvWnd *= 2;
	run(fx, CHIM_UPDATE, ref);
	KUNIT_ASSERT_EQ(test, fx->logged, 2);
	KUNIT_EXPECT_EQ(test, (int)fx->log[0].call, (int)FX_EVENT);
	KUNIT_EXPECT_TRUE(test, fx->log[0].atomic);
	KUNIT_EXPECT_EQ(test, (int)fx->log[1].call, (int)FX_COMPLETE);
	KUNIT_EXPECT_EQ(test, asked(fx, c.conn), 1);
}

/* Values and counts stay, and the termination gives everything back. */
static void invalidate_keeps_objects(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *before[CHIM_LAYERS], *end;
	int layer;

	CHIM_COVERS(test, "INV-033 O-12");
	for (layer = 0; layer < CHIM_LAYERS; layer++) {
		before[layer] = pr_query(fx, block_of(c, layer));
		invalidate(fx, block_of(c, layer));
	}
	for (layer = CHIM_CONN; layer >= CHIM_NEIGH; layer--) {
		KUNIT_EXPECT_EQ(test, fx->adapter->space.count[layer], 1U);
		KUNIT_EXPECT_TRUE(test, pr_same(pr_query(fx, block_of(c, layer)),
						before[layer]));
	}
	KUNIT_EXPECT_EQ(test, fx->adapter->space.resources.count[CHIM_RES_IPADDR],
			1U);
	end = tb_ref(fx, c.conn, TcpOffloadDelegatedState);
	run(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_EQ(test, tb_tdeleg(end)->RcvNxt, 2000U);
	run(fx, CHIM_TERMINATE, bare(fx, c.path));
	run(fx, CHIM_TERMINATE, bare(fx, c.neigh));
	wt_empty(fx);
}

/* The host forgets them: they end when it leaves. */
static void invalidate_and_forget(struct kunit *test)
{
	struct fx *fx = test->priv, *other = fx_second_client(fx);
	struct fx_chain c = fx_offload4(other);
	int layer;

	CHIM_COVERS(test, "INV-034");
	for (layer = 0; layer < CHIM_LAYERS; layer++)
		invalidate(other, block_of(c, layer));
	KUNIT_EXPECT_EQ(test, fx->adapter->space.count[CHIM_CONN], 1U);
	fx_end(other);
	wt_empty(fx);
}

/* No update, no way back: the connection can only be uploaded. */
static void invalidate_is_final(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *before, *ref;
	struct pr_seg s;
	int layer;

	CHIM_COVERS(test, "UPD-082 UPD-085 R-10 X-32");
	for (layer = 0; layer < CHIM_LAYERS; layer++) {
		invalidate(fx, block_of(c, layer));
		before = pr_query(fx, block_of(c, layer));
		ref = pr_cached(fx, block_of(c, layer));
		if (layer == CHIM_NEIGH)
			tb_ncached(ref)->HostReachabilityDelta++;
		else if (layer == CHIM_PATH)
			tb_pcached(ref)->PathMtu--;
		else
			tb_tcached(ref)->InitialRcvWnd *= 2;
		fx_run(fx, CHIM_UPDATE, ref);
		FX_EXPECT_STATUS(test, ref, NDIS_STATUS_FAILURE);
		KUNIT_EXPECT_TRUE(test, pr_same(pr_query(fx, block_of(c, layer)),
						before));
	}
	KUNIT_EXPECT_FALSE(test, pr_segment(fx, &s));
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_INVALID), 3ULL);
}

/* Neither promise nor patience of the host: both at once, in order. */
static void invalidate_before_terminate(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *trees[] = {
		bare(fx, c.conn), bare(fx, c.path), bare(fx, c.conn),
		bare(fx, c.path),
	};
	struct pr_hold hold;
	int i;

	CHIM_COVERS(test, "INV-036");
	pr_hold(fx, &hold);
	for (i = 0; i < 4; i++)
		fx_submit(fx, i < 2 ? CHIM_INVALIDATE : CHIM_TERMINATE,
			  trees[i]);
	pr_release(fx, &hold);
	KUNIT_ASSERT_EQ(test, fx->logged, 4);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_PTR_EQ(test, fx->log[i].p, (void *)trees[i]);
		FX_EXPECT_STATUS(test, trees[i], NDIS_STATUS_SUCCESS);
	}
}

static struct kunit_case invalidate_cases[] = {
	KUNIT_CASE(invalidate_only_enqueues),
	KUNIT_CASE(invalidate_reads_no_state),
	KUNIT_CASE(invalidate_goes_by_context),
	KUNIT_CASE(invalidate_corrupt),
	KUNIT_CASE(invalidate_tree),
	KUNIT_CASE(invalidate_any_tcp_state),
	KUNIT_CASE(invalidate_silences),
	KUNIT_CASE(invalidate_silences_sender),
	KUNIT_CASE(invalidate_asks_once),
	KUNIT_CASE(invalidate_asks_atomically),
	KUNIT_CASE(invalidate_keeps_objects),
	KUNIT_CASE(invalidate_and_forget),
	KUNIT_CASE(invalidate_is_final),
	KUNIT_CASE(invalidate_before_terminate),
	{}
};

static struct kunit_suite invalidate_suite = {
	.name = "chim_invalidate",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = invalidate_cases,
};

kunit_test_suite(invalidate_suite);
