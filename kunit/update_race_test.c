// SPDX-License-Identifier: GPL-2.0
/*
 * Senders that look at objects while updates and relinks go on: what they see
 * of one structure is all old or all new, and never older than what has been
 * completed. Only on several processors does this have teeth; KCSAN, where it
 * is built in, looks at the same accesses.
 */
#include "probe.h"
#include "witness.h"

#include <linux/kthread.h>

#define SENDERS		3
#define ROUNDS		200
#define QUEUE_MAX	32

/**
 * struct race - what senders and the writer share
 * @fx: the fixture
 * @conn: what the senders look at
 * @path: what the senders look at
 * @done: generation that has been completed
 * @begun: generation that may be seen
 * @first: completed by each sender after its first look
 * @look: one look
 * @torn: looks that saw a mixture
 * @stale: looks that saw what was over, or what was yet to come
 * @threads: the senders
 */
struct race {
	struct fx *fx;
	struct chim_conn *conn;
	struct chim_path *path;
	u32 done;
	u32 begun;
	struct completion first;
	void (*look)(struct race *race);
	atomic_t torn;
	atomic_t stale;
	struct task_struct *threads[SENDERS];
};

static int sender(void *arg)
{
	struct race *race = arg;
	bool looked = false;

	while (!kthread_should_stop()) {
		race->look(race);
		if (!looked)
			complete(&race->first);
		looked = true;
		cond_resched();
	}
	return 0;
}

/*
 * The objects are of generation @g. Every sender has looked at least once when
 * this returns.
 */
static void start(struct race *race, struct fx *fx, struct fx_chain c, u32 g,
		  void (*look)(struct race *race))
{
	int i;

	memset(race, 0, sizeof(*race));
	race->fx = fx;
	race->conn = pr_conn(fx, c.conn);
	race->path = pr_path(fx, c.path);
	race->look = look;
	race->done = g;
	race->begun = g;
	init_completion(&race->first);
	for (i = 0; i < SENDERS; i++) {
		race->threads[i] = kthread_run(sender, race, "chim-sender%d", i);
		KUNIT_EXPECT_FALSE(fx->test, IS_ERR(race->threads[i]));
	}
	for (i = 0; i < SENDERS; i++)
		if (!IS_ERR(race->threads[i]))
			wait_for_completion(&race->first);
}

static void stop(struct race *race)
{
	struct kunit *test = race->fx->test;
	int i;

	for (i = 0; i < SENDERS; i++)
		if (!IS_ERR(race->threads[i]))
			kthread_stop(race->threads[i]);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->torn), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->stale), 0);
}

/* From here on a sender may see @generation. */
static void begin(struct race *race, u32 generation)
{
	/* Pairs with judge(). */
	smp_store_release(&race->begun, generation);
}

/* From here on it must not see anything older. */
static void finish(struct race *race, u32 generation)
{
	/* Pairs with finished(). */
	smp_store_release(&race->done, generation);
}

static u32 finished(struct race *race)
{
	/* Pairs with finish(): looks come after. */
	return smp_load_acquire(&race->done);
}

static void judge(struct race *race, u32 floor, u32 seen, bool whole)
{
	if (!whole)
		atomic_inc(&race->torn);
	/* Pairs with begin(), which came before what has been seen. */
	if (seen < floor || seen > smp_load_acquire(&race->begun))
		atomic_inc(&race->stale);
}

/* --- a connection -------------------------------------------------------- */

/* Every value of generation @g says so; the window opens with each. */
static void fill_conn(struct tb *ref, u32 g)
{
	TCP_OFFLOAD_STATE_CACHED *v = tb_tcached(ref);

	v->InitialRcvWnd = 65536 + g * 128;
	v->FlowLabel = g;
	v->TtlOrHopLimit = g % 255 + 1;
	v->TosOrTrafficClass = g & 0xff;
	v->UserPriority = g & 7;
}

static bool conn_whole(u32 g, u16 wnd, u8 ttl, u8 tos, u8 prio)
{
	return wnd == 512 + g && ttl == g % 255 + 1 && tos == (g & 0xff) &&
	       prio == (g & 7);
}

static void look_at_conn(struct race *race)
{
	u32 floor = finished(race);
	struct chim_conn_cached v;
	struct chim_conn_deleg d;
	u32 g;

	chim_conn_read(race->conn, &v, &d);
	g = v.flow_label;
	judge(race, floor, g,
	      conn_whole(g, d.rcv_wnd >> 7, v.ttl, v.tos, v.prio));
}

static void drain(struct fx *fx)
{
	struct sk_buff *skb;

	while ((skb = fx_frame(fx)))
		kfree_skb(skb);
}

/* Generation 0, before any sender looks. */
static struct fx_chain offload(struct fx *fx, struct tb *neigh)
{
	struct fx_chain c = { neigh, tb_path6(fx), tb_conn(fx) };

	fill_conn(c.conn, 0);
	tb_tdeleg(c.conn)->RcvWnd = 65536;
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	fx_run(fx, CHIM_INITIATE, c.neigh);
	FX_EXPECT_STATUS(fx->test, c.conn, NDIS_STATUS_SUCCESS);
	return c;
}

static void race_conn(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = offload(fx, tb_neigh(fx));
	struct race race;
	struct tb *ref;
	u32 g;

	CHIM_COVERS(test, "UPD-060 UPD-034");
	start(&race, fx, c, 0, look_at_conn);
	for (g = 1; g <= ROUNDS; g++) {
		ref = pr_cached(fx, c.conn);
		fill_conn(ref, g);
		begin(&race, g);
		fx_run(fx, CHIM_UPDATE, ref);
		FX_EXPECT_STATUS(test, ref, NDIS_STATUS_SUCCESS);
		finish(&race, g);
		drain(fx);
	}
	stop(&race);
}

/* --- a neighbor ---------------------------------------------------------- */

/* A neighbor of its own for every relink: number @k, values @g. */
static void fill_mac(u8 *mac, u8 what, u32 k, u32 g)
{
	mac[0] = 2;
	mac[1] = what;
	mac[2] = k >> 8;
	mac[3] = k;
	mac[4] = g >> 8;
	mac[5] = g;
}

static struct tb *make_neigh(struct fx *fx, u32 k)
{
	struct tb *neigh = tb_neigh(fx);

	fill_mac(tb_nconst(neigh)->DlSourceAddress, 's', k, 0);
	fill_mac(tb_ncached(neigh)->DlDestinationAddress, 'd', k, 0);
	tb_nconst(neigh)->VlanId = k;
	return neigh;
}

static bool neigh_whole(u32 k, u32 g, const u8 *src, const u8 *dst)
{
	u8 s[6], d[6];

	fill_mac(s, 's', k, 0);
	fill_mac(d, 'd', k, g);
	return !memcmp(s, src, 6) && !memcmp(d, dst, 6);
}

/* As the driver does when it builds a frame. */
static void look_at_neigh(struct race *race)
{
	u32 floor = finished(race);
	const struct chim_neigh_set *set;
	const struct chim_neigh *neigh;
	u32 k, g;

	rcu_read_lock();
	neigh = rcu_dereference(race->path->neigh);
	set = rcu_dereference(neigh->set);
	k = neigh->c.vlan;
	g = set->v.hrd;
	judge(race, floor, k,
	      neigh_whole(k, g, neigh->c.src, set->v.dst));
	rcu_read_unlock();
}

/* Relinks @path from @old to a new neighbor, which it returns, and ends @old. */
static struct tb *move_on(struct fx *fx, struct race *race, struct tb *old,
			  struct fx_chain c, u32 k)
{
	struct tb *neigh = make_neigh(fx, k), *root;

	fx_run(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(fx->test, neigh, NDIS_STATUS_SUCCESS);
	root = wt_bare_ref(fx, neigh);
	tb_depend(root, wt_bare_ref(fx, c.path));
	begin(race, k);
	fx_run(fx, CHIM_UPDATE, root);
	FX_EXPECT_STATUS(fx->test, root, NDIS_STATUS_SUCCESS);
	finish(race, k);
	root = wt_bare_ref(fx, old);
	fx_run(fx, CHIM_TERMINATE, root);
	FX_EXPECT_STATUS(fx->test, root, NDIS_STATUS_SUCCESS);
	return neigh;
}

static void update_neigh(struct fx *fx, struct tb *neigh, u32 k, u32 g)
{
	struct tb *ref = pr_cached(fx, neigh);

	fill_mac(tb_ncached(ref)->DlDestinationAddress, 'd', k, g);
	tb_ncached(ref)->HostReachabilityDelta = g;
	fx_run(fx, CHIM_UPDATE, ref);
	FX_EXPECT_STATUS(fx->test, ref, NDIS_STATUS_SUCCESS);
}

static void race_link(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = make_neigh(fx, 1);
	struct fx_chain c = offload(fx, neigh);
	struct race race;
	u32 k;

	CHIM_COVERS(test, "UPD-034 UPD-060 UPD-102 UPD-107");
	start(&race, fx, c, 1, look_at_neigh);
	for (k = 2; k <= ROUNDS; k++) {
		neigh = move_on(fx, &race, neigh, c, k);
		update_neigh(fx, neigh, k, k * 3);
	}
	stop(&race);
}

/* Only the values move; the highest that may be seen is that of HRD. */
static void look_at_set(struct race *race)
{
	u32 floor = finished(race);
	const struct chim_neigh_set *set;
	u32 g;

	rcu_read_lock();
	set = rcu_dereference(rcu_dereference(race->path->neigh)->set);
	g = set->v.hrd;
	judge(race, floor, g, !memcmp(set->v.dst, ((u8 []){
		2, 'd', 0, 1, g >> 8, g }), 6));
	rcu_read_unlock();
}

static void race_neigh(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = make_neigh(fx, 1);
	struct fx_chain c = offload(fx, neigh);
	struct race race;
	u32 g;

	CHIM_COVERS(test, "UPD-034 UPD-060");
	start(&race, fx, c, 0, look_at_set);
	for (g = 1; g <= ROUNDS; g++) {
		begin(&race, g);
		update_neigh(fx, neigh, 1, g);
		finish(&race, g);
	}
	stop(&race);
}

/* --- frames -------------------------------------------------------------- */

/* Sends, unless nobody takes the frames off the wire. */
static void send(struct race *race)
{
	if (skb_queue_len_lockless(&race->fx->tx) <= QUEUE_MAX)
		pr_send(race->conn);
}

/* Of one object each: all values of one generation. */
static void check_frame(struct race *race, const struct pr_seg *s)
{
	u32 g = s->dst[4] << 8 | s->dst[5];

	judge(race, 0, s->flow,
	      conn_whole(s->flow, s->wnd, s->ttl, s->tos, s->prio) &&
	      neigh_whole(s->vid, g, s->src, s->dst) && !s->tcp_sum);
}

static int check_frames(struct race *race)
{
	struct pr_seg s;
	int n;

	for (n = 0; pr_segment(race->fx, &s); n++)
		check_frame(race, &s);
	return n;
}

/* All three layers change while segments are sent. */
static void race_frames(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = make_neigh(fx, 1);
	struct fx_chain c = offload(fx, neigh);
	struct race race;
	struct tb *ref;
	int frames = 0;
	u32 g;

	CHIM_COVERS(test, "UPD-060 UPD-102 UPD-120 UPD-153 UPD-154");
	start(&race, fx, c, 0, send);
	for (g = 1; g <= ROUNDS; g++) {
		ref = pr_cached(fx, c.conn);
		fill_conn(ref, g);
		begin(&race, g);
		fx_run(fx, CHIM_UPDATE, ref);
		FX_EXPECT_STATUS(test, ref, NDIS_STATUS_SUCCESS);
		neigh = move_on(fx, &race, neigh, c, g + 1);
		update_neigh(fx, neigh, g + 1, g);
		frames += check_frames(&race);
	}
	stop(&race);
	check_frames(&race);
	KUNIT_EXPECT_GE(test, frames, ROUNDS);
	KUNIT_EXPECT_EQ(test, atomic_read(&race.torn), 0);
}

static struct kunit_case update_race_cases[] = {
	KUNIT_CASE(race_conn),
	KUNIT_CASE(race_neigh),
	KUNIT_CASE(race_link),
	KUNIT_CASE(race_frames),
	{}
};

static struct kunit_suite update_race_suite = {
	.name = "chim_update_race",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = update_race_cases,
};

kunit_test_suite(update_race_suite);
