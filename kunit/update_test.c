// SPDX-License-Identifier: GPL-2.0
/*
 * Update: the heart of the target. The handler, the completion, and updates
 * that meet each other or come at the wrong time; what they change is in
 * update_values_test.c.
 */
#include "probe.h"
#include "witness.h"

#include "ndis/attach.h"

#include <linux/hrtimer.h>

#define POISON	((void *)0xdead00000000a5a8UL)

/* An update of @neigh that shows: HostReachabilityDelta. */
static struct tb *hrd_update(struct fx *fx, struct tb *neigh, u32 hrd)
{
	struct tb *ref = pr_cached(fx, neigh);

	tb_ncached(ref)->HostReachabilityDelta = hrd;
	return ref;
}

static u32 hrd(struct fx *fx, struct tb *neigh)
{
	struct chim_neigh_cached cached;
	struct chim_neigh_deleg deleg;

	chim_neigh_read(pr_neigh(fx, neigh), 0, &cached, &deleg);
	return cached.hrd;
}

static struct tb *ttl_update(struct fx *fx, struct tb *conn, u8 ttl)
{
	struct tb *ref = pr_cached(fx, conn);

	tb_tcached(ref)->TtlOrHopLimit = ttl;
	return ref;
}

static u8 ttl(struct fx *fx, struct tb *conn)
{
	struct pr_seg seg = {};

	KUNIT_EXPECT_TRUE(fx->test, pr_ack(fx, conn, &seg));
	return seg.ttl;
}

/* --- the handler --------------------------------------------------------- */

/* Links and values that would be fatal, put right before the worker looks. */
static void update_handler_only_enqueues(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *ref = hrd_update(fx, c.neigh, 4711);
	struct chim_neigh *neigh = pr_neigh(fx, c.neigh);
	void *set = rcu_access_pointer(neigh->set);
	struct pr_hold hold;
	struct tb before;

	CHIM_COVERS(test, "UPD-010 UPD-013 UPD-030");
	ref->b.NextBlock = POISON;
	ref->b.DependentBlockList = POISON;
	ref->b.MiniportOffloadContext = POISON;
	before = *ref;
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_UPDATE, ref);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_COMPLETE), 0);
	KUNIT_EXPECT_PTR_EQ(test, (void *)rcu_access_pointer(neigh->set), set);
	/* Only what is the target's own has changed. */
	memcpy(before.b.MiniportReserved, ref->b.MiniportReserved,
	       sizeof(before.b.MiniportReserved));
	KUNIT_EXPECT_EQ(test, memcmp(&before, ref, sizeof(before)), 0);
	ref->b.NextBlock = NULL;
	ref->b.DependentBlockList = NULL;
	ref->b.MiniportOffloadContext = &c.neigh->context;
	pr_release(fx, &hold);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_COMPLETE), 1);
	FX_EXPECT_STATUS(test, ref, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, hrd(fx, c.neigh), 4711U);
}

/* Both arguments count: the same handler serves every adapter. */
static void update_goes_to_its_adapter(struct kunit *test)
{
	struct fx *fx = test->priv, *other = fx_second_adapter(test);
	struct tb *neigh = fx_offload4(other).neigh;
	struct tb *ref = hrd_update(other, neigh, 5);
	struct tb *wrong = hrd_update(fx, neigh, 6);

	CHIM_COVERS(test, "UPD-010");
	KUNIT_EXPECT_PTR_EQ(test, fx->generic.UpdateOffloadHandler,
			    other->generic.UpdateOffloadHandler);
	fx_run(other, CHIM_UPDATE, ref);
	FX_EXPECT_STATUS(test, ref, NDIS_STATUS_SUCCESS);
	fx_run(fx, CHIM_UPDATE, wrong);
	FX_EXPECT_STATUS(test, wrong, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, hrd(other, neigh), 5U);
	fx_end(other);
}

struct from_irq {
	struct hrtimer timer;
	struct fx *fx;
	struct tb *tree;
	bool hard;
	struct completion done;
};

static enum hrtimer_restart call_handler(struct hrtimer *timer)
{
	struct from_irq *f = container_of(timer, struct from_irq, timer);

	f->hard = in_hardirq() && irqs_disabled();
	fx_submit(f->fx, CHIM_UPDATE, f->tree);
	complete(&f->done);
	return HRTIMER_NORESTART;
}

static void update_from_hard_irq(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct from_irq *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	CHIM_COVERS(test, "UPD-011 UPD-012");
	KUNIT_ASSERT_NOT_NULL(test, f);
	f->fx = fx;
	f->tree = hrd_update(fx, c.neigh, 12);
	init_completion(&f->done);
	hrtimer_init(&f->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	f->timer.function = call_handler;
	hrtimer_start(&f->timer, ns_to_ktime(1), HRTIMER_MODE_REL_HARD);
	wait_for_completion(&f->done);
	hrtimer_cancel(&f->timer);
	fx_flush(fx);
	KUNIT_EXPECT_TRUE(test, f->hard);
	FX_EXPECT_STATUS(test, f->tree, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, hrd(fx, c.neigh), 12U);
}

#ifdef CONFIG_FAILSLAB
static unsigned int handler_allocations(struct fx *fx, struct tb *tree)
{
	unsigned int left;

	/* Counts down at each allocation that may not sleep. */
	current->fail_nth = 100;
	fx_submit(fx, CHIM_UPDATE, tree);
	left = current->fail_nth;
	current->fail_nth = 0;
	return 100 - left;
}

/* Those that may sleep are found by update_from_hard_irq(). */
static void update_handler_allocates_nothing(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *first = hrd_update(fx, c.neigh, 1);
	struct tb *second = hrd_update(fx, c.neigh, 2);
	struct pr_hold hold;

	CHIM_COVERS(test, "UPD-012");
	pr_hold(fx, &hold);
	/* Waking the worker may allocate for the kernel's own debugging. */
	fx_submit(fx, CHIM_UPDATE, first);
	KUNIT_EXPECT_EQ(test, handler_allocations(fx, second), 0U);
	pr_release(fx, &hold);
	FX_EXPECT_STATUS(test, first, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, second, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, hrd(fx, c.neigh), 2U);
}
#endif /* CONFIG_FAILSLAB */

/* --- the completion ------------------------------------------------------ */

static struct task_struct *completed_by;

static void note_task(struct fx *fx, enum chim_verb verb,
		      PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	completed_by = current;
}

/* Good trees and bad ones: each comes back once, as it was handed in. */
static void update_completes_once(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *trees[] = {
		tb_placeholder(fx), pr_cached(fx, c.neigh),
		pr_cached(fx, c.path), pr_cached(fx, c.conn),
		ttl_update(fx, c.conn, 0), pr_cached(fx, c.conn),
	};
	int i;

	CHIM_COVERS(test, "UPD-014 UPD-030 UPD-031");
	trees[0]->b.MiniportOffloadContext = NULL;
	trees[5]->b.Header.Revision = 99;
	tb_next(trees[1], pr_cached(fx, c.neigh));
	tb_depend(trees[2], pr_cached(fx, c.conn));
	fx->on_complete = note_task;
	for (i = 0; i < ARRAY_SIZE(trees); i++) {
		completed_by = NULL;
		fx->logged = 0;
		fx_run(fx, CHIM_UPDATE, trees[i]);
		KUNIT_EXPECT_EQ(test, fx->logged, 1);
		KUNIT_EXPECT_PTR_EQ(test, fx->log[0].p, (void *)trees[i]);
		KUNIT_EXPECT_EQ(test, fx->log[0].a, (u32)CHIM_UPDATE);
		KUNIT_EXPECT_PTR_EQ(test, fx->log[0].handle, FX_DRIVER_HANDLE);
		KUNIT_EXPECT_PTR_NE(test, completed_by, current);
		KUNIT_EXPECT_NOT_NULL(test, completed_by);
		FX_EXPECT_STATUS(test, trees[i], i < 4 ? NDIS_STATUS_SUCCESS :
				 NDIS_STATUS_FAILURE);
	}
}

/* Reasons for which an initiate would say more. */
static void update_has_two_statuses(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *root = pr_cached(fx, c.neigh), *mtu = pr_cached(fx, c.path);
	struct tb *wnd = pr_cached(fx, c.conn), *good = pr_cached(fx, c.conn);

	CHIM_COVERS(test, "UPD-032");
	root->b.Status = NDIS_STATUS_RESOURCES;
	mtu->b.Status = NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS;
	good->b.Status = NDIS_STATUS_FAILURE;
	tb_ncached(root)->DlDestinationAddress[0] = 1;
	tb_pcached(mtu)->PathMtu = 70000;
	tb_tcached(wnd)->InitialRcvWnd = U32_MAX;
	tb_depend(root, mtu);
	tb_depend(mtu, wnd);
	tb_depend(mtu, good);
	fx_run(fx, CHIM_UPDATE, root);
	FX_EXPECT_STATUS(test, root, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, mtu, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, wnd, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, good, NDIS_STATUS_SUCCESS);
}

/* What a sender sees from within the completion. */
struct view {
	struct tb *conn;
	struct tb *path;
	struct chim_neigh *neigh;
	u32 hrd;
	u32 mtu;
	struct chim_conn_cached v;
	struct chim_conn_deleg d;
};

static void look(struct fx *fx, enum chim_verb verb,
		 PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct view *view = fx->priv;
	struct chim_path *path = chim_path(tb_obj(fx, view->path));

	rcu_read_lock();
	view->neigh = rcu_dereference(path->neigh);
	view->hrd = rcu_dereference(view->neigh->set)->v.hrd;
	rcu_read_unlock();
	view->mtu = READ_ONCE(path->mtu);
	chim_conn_read(chim_conn(tb_obj(fx, view->conn)), &view->v, &view->d);
}

static void update_is_visible_at_completion(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), d = fx_offload4(fx);
	struct view view = { .conn = c.conn, .path = c.path };
	struct tb *root = hrd_update(fx, d.neigh, 99);
	struct tb *dep = pr_cached(fx, c.path), *leaf = pr_cached(fx, c.conn);

	CHIM_COVERS(test, "UPD-034");
	tb_pcached(dep)->PathMtu = 999;
	tb_tcached(leaf)->TtlOrHopLimit = 99;
	tb_tcached(leaf)->InitialRcvWnd += 128;
	tb_depend(root, dep);
	tb_depend(dep, leaf);
	fx->priv = &view;
	fx->on_complete = look;
	fx_run(fx, CHIM_UPDATE, root);
	fx->on_complete = NULL;
	KUNIT_EXPECT_PTR_EQ(test, view.neigh, pr_neigh(fx, d.neigh));
	KUNIT_EXPECT_EQ(test, view.hrd, 99U);
	KUNIT_EXPECT_EQ(test, view.mtu, 999U);
	KUNIT_EXPECT_EQ(test, view.v.ttl, 99);
	KUNIT_EXPECT_EQ(test, view.d.rcv_wnd, 513U << 7);
}

/* The same blocks, in memory that can be given back. */
static struct tb *movable(struct kunit *test, struct tb *tb)
{
	struct tb *copy = kmemdup(tb, sizeof(*tb), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	return copy;
}

static void free_tree(struct fx *fx, enum chim_verb verb,
		      PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST next;

	for (; tree; tree = next) {
		if (tree->DependentBlockList)
			free_tree(fx, verb, tree->DependentBlockList);
		next = tree->NextBlock;
		memset(tree, 0xee, sizeof(struct tb));
		kfree(tree);
	}
}

/* One that asks for an upload has something left to do afterwards. */
static void update_lets_go_of_the_tree(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), d = fx_offload4(fx);
	struct tb *root = movable(test, hrd_update(fx, c.neigh, 4));
	struct tb *dep = movable(test, pr_cached(fx, c.path));
	struct tb *conn = pr_cached(fx, c.conn), *leaf;

	CHIM_COVERS(test, "UPD-035");
	fx_run(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.path));
	tb_tcached(conn)->InitialRcvWnd *= 2;
	leaf = movable(test, conn);
	tb_obj(fx, d.conn)->canary = 0;
	tb_depend(root, dep);
	tb_depend(dep, leaf);
	tb_depend(dep, movable(test, pr_cached(fx, d.conn)));
	fx->logged = 0;
	fx->on_complete = free_tree;
	fx_submit(fx, CHIM_UPDATE, root);
	fx_flush(fx);
	fx->on_complete = NULL;
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_COMPLETE), 1);
	KUNIT_EXPECT_EQ(test, hrd(fx, c.neigh), 4U);
	KUNIT_EXPECT_EQ(test, pr_events(fx, c.conn, TcpIndicateRetrieve,
					InvalidState), 1);
	KUNIT_EXPECT_EQ(test, pr_events(fx, d.conn, TcpIndicateRetrieve,
					HardwareFailure), 1);
}

static void call_back(struct fx *fx, enum chim_verb verb,
		      PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct tb **again = fx->priv;
	struct chim_conn_cached v;

	might_sleep();		/* finds spinlocks and RCU read sides */
	chim_conn_read(chim_conn(tb_obj(fx, again[CHIM_VERBS])), &v, NULL);
	fx->on_complete = NULL;
	for (verb = 0; verb < CHIM_VERBS; verb++)
		fx_submit(fx, verb, again[verb]);
}

/* Every handler is called from within the completion. */
static void update_completion_calls_back(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *again[CHIM_VERBS + 1] = {
		[CHIM_INITIATE] = tb_neigh(fx),
		[CHIM_QUERY] = tb_ref(fx, c.conn, TcpOffloadState),
		[CHIM_UPDATE] = ttl_update(fx, c.conn, 8),
		[CHIM_INVALIDATE] = wt_bare_ref(fx, c.conn),
		[CHIM_TERMINATE] = wt_bare_ref(fx, c.conn),
		[CHIM_VERBS] = c.conn,
	};
	int verb;

	CHIM_COVERS(test, "UPD-036");
	fx->priv = again;
	fx->on_complete = call_back;
	fx_run(fx, CHIM_UPDATE, ttl_update(fx, c.conn, 7));
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, tb_tcached(again[CHIM_QUERY])->TtlOrHopLimit, 7);
	for (verb = 0; verb < CHIM_VERBS; verb++)
		FX_EXPECT_STATUS(test, again[verb], NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_COMPLETE), 6);
}

/* --- together, and at the wrong time ------------------------------------- */

static void update_several_in_progress(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *refs[12];
	struct fx_chain c[4];
	struct pr_hold hold;
	int i;

	CHIM_COVERS(test, "UPD-083");
	for (i = 0; i < 4; i++)
		c[i] = fx_offload4(fx);
	pr_hold(fx, &hold);
	for (i = 0; i < 4; i++) {
		refs[i * 3] = hrd_update(fx, c[i].neigh, 100 + i);
		refs[i * 3 + 1] = pr_cached(fx, c[i].path);
		refs[i * 3 + 2] = ttl_update(fx, c[i].conn, 100 + i);
	}
	for (i = 0; i < 12; i++)
		fx_submit(fx, CHIM_UPDATE, refs[i]);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_COMPLETE), 0);
	pr_release(fx, &hold);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_COMPLETE), 12);
	for (i = 0; i < 12; i++)
		FX_EXPECT_STATUS(test, refs[i], NDIS_STATUS_SUCCESS);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, hrd(fx, c[i].neigh), 100U + i);
		KUNIT_EXPECT_EQ(test, ttl(fx, c[i].conn), 100 + i);
	}
}

/* Two at a time for one object are not allowed, but the last one wins. */
static void update_overlapping(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *refs[10];
	struct pr_hold hold;
	int i;

	CHIM_COVERS(test, "UPD-081 UPD-084 O-13 X-30");
	pr_hold(fx, &hold);
	for (i = 0; i < 10; i++) {
		refs[i] = ttl_update(fx, c.conn, 10 + i);
		fx_submit(fx, CHIM_UPDATE, refs[i]);
	}
	pr_release(fx, &hold);
	KUNIT_ASSERT_EQ(test, fx->logged, 10);
	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_PTR_EQ(test, fx->log[i].p, (void *)refs[i]);
		FX_EXPECT_STATUS(test, refs[i], NDIS_STATUS_SUCCESS);
	}
	KUNIT_EXPECT_EQ(test, ttl(fx, c.conn), 19);
}

static void update_before_terminate(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *update = ttl_update(fx, c.conn, 5);
	struct tb *end = wt_bare_ref(fx, c.conn);
	struct tb *late = ttl_update(fx, c.conn, 6);
	struct pr_hold hold;

	CHIM_COVERS(test, "UPD-086 UPD-085");
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_UPDATE, update);
	fx_submit(fx, CHIM_TERMINATE, end);
	fx_submit(fx, CHIM_UPDATE, late);
	pr_release(fx, &hold);
	KUNIT_ASSERT_EQ(test, fx->logged, 3);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].p, (void *)update);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[1].p, (void *)end);
	FX_EXPECT_STATUS(test, update, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, late, NDIS_STATUS_FAILURE);
}

/* The update comes before the offload is complete, and right behind it. */
static void update_during_offload(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx), *early = hrd_update(fx, neigh, 3);
	struct tb *behind = hrd_update(fx, neigh, 4);
	struct pr_hold hold;

	CHIM_COVERS(test, "UPD-080 UPD-085");
	/* A paused target keeps the offload in progress. */
	chim_miniport_pause(fx->adapter, true, 0);
	fx_submit(fx, CHIM_INITIATE, neigh);
	fx_run(fx, CHIM_UPDATE, early);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_PENDING);
	FX_EXPECT_STATUS(test, early, NDIS_STATUS_FAILURE);
	chim_miniport_pause(fx->adapter, false, 0);
	fx_flush(fx);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, hrd(fx, neigh), 0U);

	neigh = tb_neigh(fx);
	behind->b.MiniportOffloadContext = &neigh->context;
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_INITIATE, neigh);
	fx_submit(fx, CHIM_UPDATE, behind);
	pr_release(fx, &hold);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, behind, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, hrd(fx, neigh), 4U);
}

static void update_while_paused(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *ref = ttl_update(fx, c.conn, 5);
	struct pr_seg s;

	CHIM_COVERS(test, "UPD-087");
	chim_miniport_pause(fx->adapter, true, 0);
	fx_run(fx, CHIM_UPDATE, ref);
	FX_EXPECT_STATUS(test, ref, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, ttl(fx, c.conn), 5);
	KUNIT_EXPECT_TRUE(test, pr_nudge(fx, c.conn, &s));
	chim_miniport_pause(fx->adapter, false, 0);
}

/* Never offloaded, forged, stale: nothing there to update. */
static void update_unknown(struct kunit *test)
{
	static const u64 forged[] = { 1, U64_MAX, 0x1000000000000000 };
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx), *ref;
	struct witness w;
	int i;

	CHIM_COVERS(test, "UPD-085");
	witness_take(fx, &w);
	for (i = 0; i <= ARRAY_SIZE(forged); i++) {
		ref = hrd_update(fx, neigh, 5);
		wt_refused(fx, CHIM_UPDATE, ref, CHIM_WHY_HANDLE);
		if (i < ARRAY_SIZE(forged))
			neigh->context = (PVOID)forged[i];
	}
	neigh->context = NULL;
	fx_run(fx, CHIM_INITIATE, neigh);
	fx_run(fx, CHIM_TERMINATE, wt_bare_ref(fx, neigh));
	ref = hrd_update(fx, neigh, 5);
	wt_refused(fx, CHIM_UPDATE, ref, CHIM_WHY_HANDLE);
	witness_check_all(fx, &w);
}

/* No reason to update: nothing happens, and nothing is sent. */
static void update_without_a_reason(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *root = pr_cached(fx, c.neigh), *dep = pr_cached(fx, c.path);
	struct tb *leaf = pr_cached(fx, c.conn);
	struct witness w;
	struct pr_seg s;

	CHIM_COVERS(test, "UPD-088 X-22");
	witness_look(fx, &w, c);
	tb_tcached(leaf)->Flags |= TCP_FLAG_UPDATE_RCV_WND;
	tb_depend(root, dep);
	tb_depend(dep, leaf);
	fx_run(fx, CHIM_UPDATE, root);
	FX_EXPECT_STATUS(test, root, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, dep, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, leaf, NDIS_STATUS_SUCCESS);
	witness_check_all(fx, &w);
	KUNIT_EXPECT_FALSE(test, pr_segment(fx, &s));
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
}

static struct kunit_case update_cases[] = {
	KUNIT_CASE(update_handler_only_enqueues),
	KUNIT_CASE(update_goes_to_its_adapter),
	KUNIT_CASE(update_from_hard_irq),
#ifdef CONFIG_FAILSLAB
	KUNIT_CASE(update_handler_allocates_nothing),
#endif
	KUNIT_CASE(update_completes_once),
	KUNIT_CASE(update_has_two_statuses),
	KUNIT_CASE(update_is_visible_at_completion),
	KUNIT_CASE(update_lets_go_of_the_tree),
	KUNIT_CASE(update_completion_calls_back),
	KUNIT_CASE(update_several_in_progress),
	KUNIT_CASE(update_overlapping),
	KUNIT_CASE(update_before_terminate),
	KUNIT_CASE(update_during_offload),
	KUNIT_CASE(update_while_paused),
	KUNIT_CASE(update_unknown),
	KUNIT_CASE(update_without_a_reason),
	{}
};

static struct kunit_suite update_suite = {
	.name = "chim_update",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = update_cases,
};

kunit_test_suite(update_suite);
