// SPDX-License-Identifier: GPL-2.0
/*
 * Many tasks at a time. On two processors and under KCSAN this is where a
 * missing lock or barrier would show; the suites beside it run one task.
 */
#include "terminate.h"

#include "ndis/attach.h"

#include <linux/kthread.h>
#include <linux/sched.h>

#define CHURNERS	3
#define ROUNDS		500	/* of four operations each */
#define UPDATES		3000
#define VISITS		40	/* of a client that comes and goes */

static bool over;		/* for tasks that have no end of their own */

/**
 * struct task - one of them
 * @fn: what it does
 * @fx: the client it works for
 * @c: blocks of its objects
 * @use: blocks that use them
 * @end: blocks that end them
 * @ops: operations that it ran
 * @bad: what was not as it should be
 * @done: it has ended
 */
struct task {
	void (*fn)(struct task *t);
	struct fx *fx;
	struct fx_chain c;
	struct fx_chain use;
	struct fx_chain end;
	int ops;
	int bad;
	struct completion done;
};

static int run_task(void *data)
{
	struct task *t = data;

	t->fn(t);
	complete(&t->done);
	return 0;
}

static void start(struct task *t, void (*fn)(struct task *t), const char *name)
{
	struct task_struct *thread;

	t->fn = fn;
	init_completion(&t->done);
	thread = kthread_run(run_task, t, "chim-%s", name);
	if (IS_ERR(thread)) {
		KUNIT_FAIL(t->fx->test, "no thread");
		complete(&t->done);
	}
}

static int finish(struct kunit *test, struct task *t)
{
	wait_for_completion(&t->done);
	KUNIT_EXPECT_EQ(test, t->bad, 0);
	return t->ops;
}

/* Whoever waits for a tree is found in its block. */
static void wake_owner(struct fx *fx, enum chim_verb verb,
		       PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct completion *done = tree->ProtocolReserved[1];

	if (done)
		complete(done);
}

static void run(struct task *t, enum chim_verb verb, struct tb *root)
{
	DECLARE_COMPLETION_ONSTACK(done);

	root->b.ProtocolReserved[1] = &done;
	fx_submit(t->fx, verb, root);
	wait_for_completion(&done);
	root->b.ProtocolReserved[1] = NULL;
	t->ops++;
	t->bad += root->b.Status != NDIS_STATUS_SUCCESS;
}

static void drain_frames(struct fx *fx)
{
	struct sk_buff *skb;

	while ((skb = fx_frame(fx)))
		kfree_skb(skb);
}

static void equip(struct fx *fx, struct task *t, u8 nr)
{
	t->fx = fx;
	t->c = (struct fx_chain){ tb_neigh(fx), tb_path4(fx), tb_conn(fx) };
	t->c.path->src[2] = nr;
	t->c.path->dst[2] = nr;
	tb_depend(t->c.neigh, t->c.path);
	tb_depend(t->c.path, t->c.conn);
	t->use = (struct fx_chain){ pr_cached(fx, t->c.neigh),
				    pr_cached(fx, t->c.path),
				    pr_cached(fx, t->c.conn) };
	t->end = (struct fx_chain){ tm_ref(fx, t->c.neigh),
				    tm_ref(fx, t->c.path),
				    tm_ref(fx, t->c.conn) };
	tb_depend(t->end.neigh, t->end.path);
	tb_depend(t->end.path, t->end.conn);
}

/* Objects come, are used, and go. */
static void churn(struct task *t)
{
	TCP_OFFLOAD_STATE_CACHED *v = tb_tcached(t->use.conn);
	u32 wnd;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		run(t, CHIM_INITIATE, t->c.neigh);
		wnd = 70000 + i * 256;
		v->InitialRcvWnd = wnd;
		run(t, CHIM_UPDATE, t->use.conn);
		v->InitialRcvWnd = 0;
		run(t, CHIM_QUERY, t->use.conn);
		t->bad += v->InitialRcvWnd != wnd;
		run(t, CHIM_TERMINATE, t->end.neigh);
		t->bad += t->end.conn->b.Status != NDIS_STATUS_SUCCESS;
		t->bad += tb_tdeleg(t->end.conn)->RcvWnd != wnd;
		t->c.neigh->context = NULL;
		t->c.path->context = NULL;
		t->c.conn->context = NULL;
		drain_frames(t->fx);
	}
}

/* All of a neighbor's variables say the same number. */
static void update_neigh(struct task *t)
{
	NEIGHBOR_OFFLOAD_STATE_CACHED *v = tb_ncached(t->use.neigh);
	int i;

	for (i = 0; i < UPDATES; i++) {
		memset(v->DlDestinationAddress + 1, i, ETH_ALEN - 1);
		v->HostReachabilityDelta = i & 0xff;
		run(t, CHIM_UPDATE, t->use.neigh);
	}
}

static void query_neigh(struct task *t)
{
	NEIGHBOR_OFFLOAD_STATE_CACHED *v = tb_ncached(t->use.neigh);
	int i;

	for (i = 0; i < UPDATES; i++) {
		run(t, CHIM_QUERY, t->use.neigh);
		t->bad += !!memchr_inv(v->DlDestinationAddress + 1,
				       v->HostReachabilityDelta, ETH_ALEN - 1);
	}
}

/* A path goes to and fro between two neighbors. */
static void relink(struct task *t)
{
	struct tb *const neigh[] = { t->use.neigh, t->use.conn };
	int i;

	for (i = 0; i < UPDATES; i++) {
		struct tb *to = neigh[i & 1];

		to->b.DependentBlockList = &t->use.path->b;
		run(t, CHIM_UPDATE, to);
		t->bad += t->use.path->b.Status != NDIS_STATUS_SUCCESS;
	}
}

/* Reads like somebody who lists the objects, or sends on them. */
static void look(struct chim_obj *obj, u32 now)
{
	struct chim_neigh_cached nv;
	struct chim_neigh_deleg nd;
	struct chim_conn_cached v;
	struct chim_conn_deleg d;

	if (obj->layer == CHIM_NEIGH)
		chim_neigh_read(chim_neigh(obj), now, &nv, &nd);
	else if (obj->layer == CHIM_CONN)
		chim_conn_read(chim_conn(obj), &v, &d);
	if (obj->layer == CHIM_CONN)
		chim_conn_stopped(chim_conn(obj));
}

static void read_all(struct task *t)
{
	struct chim_space *space = &t->fx->adapter->space;
	struct chim_obj *obj;
	u32 index = 0;

	while (!READ_ONCE(over)) {
		rcu_read_lock();
		obj = chim_space_next(space, &index);
		if (obj) {
			t->bad += !chim_obj_sound(obj);
			look(obj, chim_clock_now(&t->fx->adapter->clock));
		} else {
			index = 0;
		}
		rcu_read_unlock();
		cond_resched();
	}
}

/* Another client leaves everything behind, time and again. */
static void visit(struct task *t)
{
	const struct chim_ndis *ndis = t->fx->attach.ndis;
	int i;

	for (i = 0; i < VISITS; i++) {
		run(t, CHIM_INITIATE, t->c.neigh);
		t->c.neigh->context = NULL;
		t->c.path->context = NULL;
		t->c.conn->context = NULL;
		fx_submit(t->fx, CHIM_QUERY, t->use.neigh);
		t->bad += !!fx_reattach(t->fx, ndis);
	}
}

/* What an administrator does, and the device. */
static void disturb(struct task *t)
{
	while (!READ_ONCE(over)) {
		chim_miniport_pause(t->fx->adapter, true, 0);
		chim_miniport_upload_all(t->fx->adapter);
		chim_adapter_tell(t->fx->adapter, CHIM_NEWS_LINK);
		chim_miniport_pause(t->fx->adapter, false, 0);
		cond_resched();
	}
}

static struct task *tasks(struct kunit *test, int n)
{
	struct task *t = kunit_kcalloc(test, n, sizeof(*t), GFP_KERNEL);
	struct fx *fx = test->priv;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	fx->on_complete = wake_owner;
	WRITE_ONCE(over, false);
	for (i = 0; i < n; i++)
		equip(fx, &t[i], i);
	return t;
}

/* Tasks with objects of their own, one that looks, one that disturbs. */
static void churn_test(struct kunit *test)
{
	struct task *t = tasks(test, CHURNERS + 2);
	int i, ops = 0;

	start(&t[CHURNERS], read_all, "read");
	start(&t[CHURNERS + 1], disturb, "disturb");
	for (i = 0; i < CHURNERS; i++)
		start(&t[i], churn, "churn");
	for (i = 0; i < CHURNERS; i++)
		ops += finish(test, &t[i]);
	WRITE_ONCE(over, true);
	finish(test, &t[CHURNERS]);
	finish(test, &t[CHURNERS + 1]);
	KUNIT_EXPECT_EQ(test, ops, CHURNERS * ROUNDS * 4);
	wt_empty(test->priv);
}

/* One object, two tasks: what is read was written in one go. */
static void update_and_query_test(struct kunit *test)
{
	struct task *t = tasks(test, 4);
	struct fx *fx = test->priv;
	int ops = 0;

	wt_done(fx, CHIM_INITIATE, t[0].c.neigh);
	/* All start with the same number. */
	memset(tb_ncached(t[0].use.neigh)->DlDestinationAddress + 1, 0, 5);
	wt_done(fx, CHIM_UPDATE, t[0].use.neigh);
	t[1].use.neigh = pr_cached(fx, t[0].c.neigh);
	wt_done(fx, CHIM_INITIATE, t[2].c.neigh);
	/* What to link to, this way and that. */
	t[2].use.neigh = tb_ref(fx, t[0].c.neigh, NeighborOffloadState);
	t[2].use.conn = tb_ref(fx, t[2].c.neigh, NeighborOffloadState);
	start(&t[0], update_neigh, "update");
	start(&t[1], query_neigh, "query");
	start(&t[2], relink, "relink");
	start(&t[3], read_all, "read");
	ops += finish(test, &t[0]);
	ops += finish(test, &t[1]);
	ops += finish(test, &t[2]);
	WRITE_ONCE(over, true);
	finish(test, &t[3]);
	KUNIT_EXPECT_EQ(test, ops, 3 * UPDATES);
	/* The second chain's path may hang on the first chain's neighbor. */
	wt_done(fx, CHIM_TERMINATE, t[2].end.conn);
	wt_done(fx, CHIM_TERMINATE, tm_ref(fx, t[2].c.path));
	wt_done(fx, CHIM_TERMINATE, tm_ref(fx, t[2].c.neigh));
	wt_done(fx, CHIM_TERMINATE, t[0].end.neigh);
	wt_empty(fx);
}

/* Handlers are called while another client detaches and attaches. */
static void detach_test(struct kunit *test)
{
	struct task *t = tasks(test, CHURNERS + 1);
	struct fx *fx = test->priv;
	struct fx *other = fx_second_client(fx);
	struct task *visitor = &t[CHURNERS];
	int i, ops = 0;

	other->on_complete = wake_owner;
	equip(other, visitor, 99);
	start(visitor, visit, "visit");
	for (i = 0; i < CHURNERS; i++)
		start(&t[i], churn, "churn");
	for (i = 0; i < CHURNERS; i++)
		ops += finish(test, &t[i]);
	KUNIT_EXPECT_EQ(test, finish(test, visitor), VISITS);
	KUNIT_EXPECT_EQ(test, ops, CHURNERS * ROUNDS * 4);
	fx_end(other);
	wt_empty(fx);
}

static struct kunit_case stress_cases[] = {
	KUNIT_CASE(churn_test),
	KUNIT_CASE(update_and_query_test),
	KUNIT_CASE(detach_test),
	{}
};

static struct kunit_suite stress_suite = {
	.name = "chim_stress",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = stress_cases,
};

kunit_test_suite(stress_suite);
