// SPDX-License-Identifier: GPL-2.0
/*
 * Calls from where it hurts: from a hard interrupt, from within completions,
 * from several threads, and ten thousand at a time.
 */
#include "lists.h"
#include "witness.h"

#include <linux/hrtimer.h>
#include <linux/kthread.h>

/* --- from a hard interrupt ----------------------------------------------- */

struct interrupt {
	struct hrtimer timer;
	struct fx *fx;
	struct tb *tree[CHIM_VERBS];
	struct tl *list[TL_IOS];
	NET_BUFFER_LIST *back;
	bool hard;
	bool returned;
	struct completion done;
};

static void call_io(struct interrupt *in)
{
	NDIS_HANDLE context = in->fx->attach.MiniportAdapterContext;
	enum chim_io io;

	for (io = 0; io < TL_IOS; io++)
		tl_post(in->fx, NULL, io, &in->list[io]->nbl);
	in->fx->tcp.TcpOffloadReceiveReturnHandler(context, in->back);
}

static enum hrtimer_restart interrupt(struct hrtimer *timer)
{
	struct interrupt *in = container_of(timer, struct interrupt, timer);
	enum chim_verb verb;

	in->hard = in_hardirq() && irqs_disabled();
	for (verb = 0; verb < CHIM_VERBS; verb++)
		fx_submit(in->fx, verb, in->tree[verb]);
	call_io(in);
	/* The worker of another processor may be done with them by now. */
	in->returned = true;
	complete(&in->done);
	return HRTIMER_NORESTART;
}

static void raise_interrupt(struct interrupt *in)
{
	init_completion(&in->done);
	hrtimer_init(&in->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	in->timer.function = interrupt;
	hrtimer_start(&in->timer, 1, HRTIMER_MODE_REL_HARD);
	wait_for_completion(&in->done);
	hrtimer_cancel(&in->timer);
	fx_flush(in->fx);
}

/* A neighbor is made, queried, updated, invalidated and ended. */
static void life(struct fx *fx, struct tb *neigh, struct tb **tree)
{
	enum chim_verb verb;

	tree[CHIM_INITIATE] = neigh;
	for (verb = CHIM_QUERY; verb < CHIM_VERBS; verb++)
		tree[verb] = wt_ref(fx, verb, neigh);
}

/* Received data that a connection is given and gives back. */
static PNET_BUFFER_LIST buffered(struct fx *fx)
{
	struct tb *conn = tb_conn(fx), *link = wt_bare_ref(fx,
							    fx_offload4(fx).path);
	struct {
		NET_BUFFER_LIST nbl;
		NET_BUFFER nb;
		MDL mdl;
		u8 data[64];
	} *b = kunit_kzalloc(fx->test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(fx->test, b);
	b->mdl.MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL;
	b->mdl.MappedSystemVa = b->data;
	b->mdl.ByteCount = sizeof(b->data);
	b->nb.CurrentMdl = &b->mdl;
	b->nb.MdlChain = &b->mdl;
	b->nb.DataLength = sizeof(b->data);
	b->nbl.FirstNetBuffer = &b->nb;
	tb_tdeleg(conn)->BufferedData = &b->nbl;
	tb_depend(link, conn);
	wt_done(fx, CHIM_INITIATE, link);
	conn = wt_ref(fx, CHIM_TERMINATE, conn);
	wt_done(fx, CHIM_TERMINATE, conn);
	KUNIT_ASSERT_NOT_NULL(fx->test, tb_tdeleg(conn)->BufferedData);
	return tb_tdeleg(conn)->BufferedData;
}

static void hard_interrupt_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct interrupt *in;
	enum chim_verb verb;
	struct witness w;
	int i;

	CHIM_COVERS(test, "UPD-011 UPD-012 REG-010");
	in = kunit_kzalloc(test, sizeof(*in), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, in);
	in->fx = fx;
	in->back = buffered(fx);
	witness_take(fx, &w);
	life(fx, tb_neigh(fx), in->tree);
	for (i = 0; i < ARRAY_SIZE(in->list); i++)
		in->list[i] = tl_new(fx, 10, 0);
	fx->logged = 0;
	raise_interrupt(in);
	KUNIT_EXPECT_TRUE(test, in->hard);
	KUNIT_EXPECT_TRUE(test, in->returned);
	for (verb = 0; verb < CHIM_VERBS; verb++)
		FX_EXPECT_STATUS(test, in->tree[verb], NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), TL_IOS);
	/* One call each, in the order in which they were made. */
	KUNIT_EXPECT_EQ(test, fx->logged, CHIM_VERBS + TL_IOS);
	for (i = 0; i < fx->logged; i++) {
		KUNIT_EXPECT_EQ(test, (u32)fx->log[i].call,
				(u32)(i < CHIM_VERBS ? FX_COMPLETE : FX_IO));
		KUNIT_EXPECT_EQ(test, fx->log[i].a,
				i < CHIM_VERBS ? (u32)i :
				tl_completion(i - CHIM_VERBS));
	}
	witness_check_all(fx, &w);
}

/* --- from within completions --------------------------------------------- */

struct follow {
	struct tb *tree[CHIM_VERBS];
	enum chim_verb verb;
	int left;
	atomic_t done;
};

static void call_again(struct fx *fx, enum chim_verb verb,
		       PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct follow *f = fx->priv;

	if (f->left-- > 0)
		fx_submit(fx, f->verb, f->tree[f->verb]);
	atomic_inc(&f->done);
}

static void run_follow(struct fx *fx, struct follow *f, enum chim_verb verb,
		       struct tb *tree, int calls)
{
	f->left = calls - 1;
	atomic_set(&f->done, 0);
	fx->priv = f;
	fx->on_complete = call_again;
	fx_submit(fx, verb, tree);
	wait_event(fx->wait, atomic_read(&f->done) == calls);
	fx_flush(fx);
	fx->on_complete = NULL;
}

/* Each of the five from within the completion of each of the five. */
static void from_completion_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb outer, inner;
	struct tb *first, *neigh;
	struct witness w;
	struct follow f;

	CHIM_COVERS(test, "UPD-036 INI-060");
	witness_take(fx, &w);
	for (outer = 0; outer < CHIM_VERBS; outer++) {
		for (inner = 0; inner < CHIM_VERBS; inner++) {
			bool gone = outer == CHIM_TERMINATE &&
				    inner != CHIM_INITIATE;
			bool late = outer == CHIM_INVALIDATE &&
				    inner == CHIM_UPDATE;

			neigh = tb_neigh(fx);
			life(fx, neigh, f.tree);
			f.verb = inner;
			first = neigh;
			if (outer != CHIM_INITIATE) {
				wt_done(fx, CHIM_INITIATE, neigh);
				first = wt_ref(fx, outer, neigh);
			}
			if (inner == CHIM_INITIATE)
				f.tree[inner] = tb_neigh(fx);
			run_follow(fx, &f, outer, first, 2);
			FX_EXPECT_STATUS(test, first, NDIS_STATUS_SUCCESS);
			FX_EXPECT_STATUS(test, f.tree[inner], gone || late ?
					 NDIS_STATUS_FAILURE :
					 NDIS_STATUS_SUCCESS);
		}
	}
	witness_check(fx, &w);
}

#define AGAIN	5000

/* The very tree that is being completed: it is the host's again. */
static void same_from_completion_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	u64 busy = fx_refused(fx, CHIM_WHY_BUSY);
	enum chim_verb verb;
	struct witness w;
	struct follow f;

	CHIM_COVERS(test, "UPD-036 BLK-083");
	witness_take(fx, &w);
	for (verb = CHIM_QUERY; verb <= CHIM_UPDATE; verb++) {
		f.verb = verb;
		f.tree[verb] = wt_good(fx, verb, w.c);
		run_follow(fx, &f, verb, f.tree[verb], AGAIN);
		FX_EXPECT_STATUS(test, f.tree[verb], NDIS_STATUS_SUCCESS);
	}
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_BUSY), busy);
	witness_check_all(fx, &w);
}

/* --- many at a time ------------------------------------------------------ */

#define IN_FLIGHT	10000

struct flight {
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST *tree;
	int landed;
	int strays;
};

static void land(struct fx *fx, enum chim_verb verb,
		 PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct flight *f = fx->priv;

	if (f->landed >= IN_FLIGHT || f->tree[f->landed] != tree ||
	    verb != f->landed % CHIM_VERBS)
		f->strays++;
	f->landed++;
}

/* None is begun before all have been asked for; each is completed once. */
static void in_flight_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *life_of[CHIM_VERBS];
	struct flight f = {};
	struct pr_hold *hold;
	enum chim_verb verb;
	struct witness w;
	int i;

	CHIM_COVERS(test, "INI-060 QRY-013 UPD-083 UPD-031 BLK-082");
	hold = kunit_kzalloc(test, sizeof(*hold), GFP_KERNEL);
	f.tree = kunit_kcalloc(test, IN_FLIGHT, sizeof(*f.tree), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, hold && f.tree);
	witness_take(fx, &w);
	for (i = 0; i < IN_FLIGHT; i += CHIM_VERBS) {
		life(fx, tb_neigh(fx), life_of);
		for (verb = 0; verb < CHIM_VERBS; verb++)
			f.tree[i + verb] = &life_of[verb]->b;
	}
	fx->priv = &f;
	fx->on_complete = land;
	pr_hold(fx, hold);
	for (i = 0; i < IN_FLIGHT; i++)
		fx_submit(fx, i % CHIM_VERBS,
			  container_of(f.tree[i], struct tb, b));
	KUNIT_EXPECT_EQ(test, f.landed, 0);
	pr_release(fx, hold);
	fx->on_complete = NULL;
	KUNIT_EXPECT_EQ(test, f.landed, IN_FLIGHT);
	KUNIT_EXPECT_EQ(test, f.strays, 0);
	for (i = 0; i < IN_FLIGHT; i++)
		if (f.tree[i]->Status != NDIS_STATUS_SUCCESS)
			break;
	KUNIT_EXPECT_EQ(test, i, IN_FLIGHT);
	witness_check_all(fx, &w);
}

/* --- from several threads ------------------------------------------------ */

#define THREADS	4
#define LIVES	500

struct thread {
	struct task_struct *task;
	struct fx *fx;
	struct tb *neigh;
	struct tb *tree[CHIM_VERBS];
	struct completion done;
	int failed;
};

static void wake_thread(struct fx *fx, enum chim_verb verb,
			PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct thread *t = tree->ProtocolReserved[1];

	complete(&t->done);
}

static int live(void *data)
{
	struct thread *t = data;
	enum chim_verb verb;
	int i;

	for (i = 0; i < LIVES; i++) {
		t->neigh->context = NULL;
		for (verb = 0; verb < CHIM_VERBS; verb++) {
			fx_submit(t->fx, verb, t->tree[verb]);
			wait_for_completion(&t->done);
			t->failed += t->tree[verb]->b.Status !=
				     NDIS_STATUS_SUCCESS;
		}
	}
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

static int start(struct thread *t)
{
	int i, started = 0;

	for (i = 0; i < THREADS; i++) {
		t[i].task = kthread_run(live, &t[i], "chim-storm/%d", i);
		started += !IS_ERR(t[i].task);
	}
	return started;
}

static void threads_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct thread *t;
	enum chim_verb verb;
	struct witness w;
	int i, started;

	CHIM_COVERS(test, "INI-060 UPD-083");
	t = kunit_kcalloc(test, THREADS, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	witness_take(fx, &w);
	fx->on_complete = wake_thread;
	for (i = 0; i < THREADS; i++) {
		init_completion(&t[i].done);
		t[i].fx = fx;
		t[i].neigh = tb_neigh(fx);
		life(fx, t[i].neigh, t[i].tree);
		for (verb = 0; verb < CHIM_VERBS; verb++)
			t[i].tree[verb]->b.ProtocolReserved[1] = &t[i];
	}
	started = start(t);
	wait_event(fx->wait, atomic_read(&fx->completions[CHIM_TERMINATE]) ==
			     started * LIVES);
	KUNIT_EXPECT_EQ(test, started, THREADS);
	for (i = 0; i < THREADS; i++) {
		if (!IS_ERR(t[i].task))
			kthread_stop(t[i].task);
		KUNIT_EXPECT_EQ(test, t[i].failed, 0);
	}
	fx->on_complete = NULL;
	fx_flush(fx);
	witness_check_all(fx, &w);
}

static struct kunit_case storm_cases[] = {
	KUNIT_CASE(hard_interrupt_test),
	KUNIT_CASE(from_completion_test),
	KUNIT_CASE(same_from_completion_test),
	KUNIT_CASE(in_flight_test),
	KUNIT_CASE(threads_test),
	{}
};

static struct kunit_suite storm_suite = {
	.name = "chim_storm",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = storm_cases,
};

kunit_test_suite(storm_suite);
