// SPDX-License-Identifier: GPL-2.0
/* NeighborReachabilityQuery: when the host is asked, and what it answers. */
#include "peer.h"

#include <linux/bottom_half.h>

#define STALE	1000U	/* NceStaleTicks of these tests */

/**
 * struct asked - what the host was asked, and what it says
 * @calls: how often
 * @code: the code
 * @neigh: which neighbor
 * @block: the block
 * @hrd: HRD in it
 * @nrd: NRD in it
 * @vlan: VLAN in it
 * @answer: the host's answer
 * @length: what the host makes of the structure's Length, unless it is 0
 * @atomic: softirqs were off
 * @again: ask about the same neighbor from within
 */
struct asked {
	int calls;
	ULONG code;
	struct tb *neigh;
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST block;
	u32 hrd;
	u32 nrd;
	u32 vlan;
	u32 answer;
	u32 length;
	bool atomic;
	struct tb *again;
};

static void ask(struct fx *fx, struct tb *conn, bool doubt)
{
	struct chim_conn *c = pr_conn(fx, conn);

	local_bh_disable();
	rcu_read_lock();
	chim_conn_ops->stale(c, rcu_dereference(c->path->neigh), doubt);
	rcu_read_unlock();
	local_bh_enable();
}

static void answer(struct fx *fx, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block,
		   ULONG code)
{
	struct asked *a = fx->priv;
	NEIGHBOR_OFFLOAD_STATE_CONST *c = (void *)(block + 1);
	NEIGHBOR_OFFLOAD_STATE_CACHED *v = (void *)(c + 1);
	NEIGHBOR_OFFLOAD_STATE_DELEGATED *d = (void *)(v + 1);

	a->calls++;
	a->code = code;
	a->neigh = block->NdisOffloadHandle;
	a->block = *block;
	a->hrd = v->HostReachabilityDelta;
	a->nrd = d->NicReachabilityDelta;
	a->vlan = c->VlanId;
	a->atomic = in_softirq();
	KUNIT_EXPECT_EQ(fx->test, c->Header.Length, (u32)sizeof(*c));
	KUNIT_EXPECT_EQ(fx->test, v->Header.Length, (u32)sizeof(*v));
	KUNIT_EXPECT_EQ(fx->test, d->Header.Length, (u32)sizeof(*d));
	if (a->again)
		ask(fx, a->again, true);
	v->HostReachabilityDelta = a->answer;
	if (a->length)
		v->Header.Length = a->length;
}

/* A timer may still ask when a test is over: it is not on the test's stack. */
static struct asked *asked(struct kunit *test)
{
	struct asked *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, a);
	return a;
}

static struct fx_chain offload(struct fx *fx, struct asked *a, bool ip6)
{
	struct fx_chain c = { tb_neigh(fx), ip6 ? tb_path6(fx) : tb_path4(fx),
			      tb_conn(fx) };

	tb_nconst(c.neigh)->VlanId = 7;
	tb_ncached(c.neigh)->HostReachabilityDelta = 100;
	tb_ndeleg(c.neigh)->NicReachabilityDelta = 100;
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	fx_run(fx, CHIM_INITIATE, c.neigh);
	WRITE_ONCE(fx->adapter->space.tcp.stale_ticks, STALE);
	fx->priv = a;
	fx->on_stale = answer;
	return c;
}

static void post(struct fx *fx, struct tb *conn)
{
	tl_post(fx, &conn->context, CHIM_IO_SEND, &tl_new(fx, 10, 0)->nbl);
}

static u32 host_delta(struct fx *fx, struct tb *neigh)
{
	struct chim_neigh_cached v;
	struct chim_neigh_deleg d;

	chim_neigh_read(pr_neigh(fx, neigh), 0, &v, &d);
	return v.hrd;
}

/* Before something is sent, if neither side has seen the neighbor for long. */
static void query_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct asked *a = asked(test);
	struct fx_chain c;
	int ip6;

	CHIM_COVERS(test, "NBR-050 NBR-051 NBR-053 NBR-055 NBR-058 NBR-059 NBR-060");
	CHIM_COVERS(test, "REG-012 D-39 D-40 OBJ-034");
	for (ip6 = 0; ip6 < 2; ip6++) {
		memset(a, 0, sizeof(*a));
		c = offload(fx, a, ip6);
		fx_advance(fx, STALE - 100);
		post(fx, c.conn);
		KUNIT_EXPECT_EQ(test, a->calls, 0);
		fx_advance(fx, 1);
		post(fx, c.conn);
		KUNIT_ASSERT_EQ(test, a->calls, 1);
		KUNIT_EXPECT_EQ(test, a->code, (u32)NeighborReachabilityQuery);
		KUNIT_EXPECT_PTR_EQ(test, a->neigh, c.neigh);
		KUNIT_EXPECT_TRUE(test, a->atomic);
		KUNIT_EXPECT_EQ(test, (u32)a->block.Header.Type,
				(u32)NeighborOffloadState);
		KUNIT_EXPECT_EQ(test, (u32)a->block.Header.Revision,
				NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1);
		KUNIT_EXPECT_EQ(test, (u64)a->block.Header.Size,
				(u64)NDIS_SIZEOF_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1);
		KUNIT_EXPECT_NULL(test, a->block.NextBlock);
		KUNIT_EXPECT_NULL(test, a->block.DependentBlockList);
		KUNIT_EXPECT_EQ(test, (u32)a->block.Status,
				(u32)NDIS_STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, a->vlan, 7U);
		KUNIT_EXPECT_EQ(test, a->hrd, STALE + 1);
		KUNIT_EXPECT_EQ(test, a->nrd, STALE + 1);
	}
}

/* What the host has seen counts as much as what we have. */
static void answer_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct asked *a = asked(test);
	struct fx_chain c = offload(fx, a, false);
	int calls;

	CHIM_COVERS(test, "NBR-056 NBR-057 OBJ-012 NBR-031");
	a->answer = 400;
	fx_advance(fx, STALE);
	post(fx, c.conn);
	KUNIT_EXPECT_EQ(test, a->calls, 1);
	KUNIT_EXPECT_EQ(test, host_delta(fx, c.neigh), 400U);
	fx_advance(fx, STALE - 400);
	post(fx, c.conn);
	KUNIT_EXPECT_EQ(test, a->calls, 1);
	a->answer = 0;
	fx_advance(fx, 1);
	post(fx, c.conn);
	KUNIT_EXPECT_EQ(test, a->calls, 2);
	KUNIT_EXPECT_EQ(test, a->hrd, STALE + 1);
	KUNIT_EXPECT_EQ(test, host_delta(fx, c.neigh), 0U);
	/* Zero: nothing more for NceStaleTicks. */
	fx_advance(fx, STALE);
	post(fx, c.conn);
	KUNIT_EXPECT_EQ(test, a->calls, 2);
	fx_advance(fx, 1);
	post(fx, c.conn);
	KUNIT_EXPECT_EQ(test, a->calls, 3);
	/*
	 * An answer that is none leaves things as they are, so that whatever is
	 * sent asks again: a retransmission too, which may come in between.
	 */
	fx_advance(fx, STALE + 1);
	a->length = 3;
	a->answer = 0;
	post(fx, c.conn);
	KUNIT_EXPECT_GE(test, READ_ONCE(a->calls), 4);
	KUNIT_EXPECT_EQ(test, host_delta(fx, c.neigh), STALE + 1);
	calls = READ_ONCE(a->calls);
	post(fx, c.conn);
	KUNIT_EXPECT_GT(test, READ_ONCE(a->calls), calls);
}

/* Nobody answers, so nothing shows forward progress: reported all the same. */
static void no_progress_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct asked *a = asked(test);
	struct fx_chain c = offload(fx, a, false);

	CHIM_COVERS(test, "NBR-052");
	fx_advance(fx, STALE + 1);
	post(fx, c.conn);
	KUNIT_EXPECT_EQ(test, a->calls, 1);
	KUNIT_EXPECT_EQ(test, a->nrd, STALE + 101);
	/* The retransmission is the next that is sent. */
	fx_advance(fx, 4 * STALE);
	chim_conn_kick(pr_conn(fx, c.conn));
	KUNIT_EXPECT_EQ(test, a->calls, 2);
	KUNIT_EXPECT_EQ(test, a->nrd, 5 * STALE + 101);
}

/* Doubt asks whatever was seen, but not twice within NceStaleTicks (D-41). */
static void doubt_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct asked *a = asked(test);
	struct fx_chain c = offload(fx, a, false);

	CHIM_COVERS(test, "D-41 NBR-057");
	ask(fx, c.conn, false);
	KUNIT_EXPECT_EQ(test, a->calls, 0);
	ask(fx, c.conn, true);
	KUNIT_EXPECT_EQ(test, a->calls, 1);
	KUNIT_EXPECT_EQ(test, a->code, (u32)NeighborReachabilityQuery);
	ask(fx, c.conn, true);
	fx_advance(fx, STALE);
	ask(fx, c.conn, true);
	KUNIT_EXPECT_EQ(test, a->calls, 1);
	fx_advance(fx, 1);
	ask(fx, c.conn, true);
	KUNIT_EXPECT_EQ(test, a->calls, 2);
	/* NceStaleTicks 0 switches it off. */
	WRITE_ONCE(fx->adapter->space.tcp.stale_ticks, 0);
	fx_advance(fx, 100000);
	ask(fx, c.conn, true);
	ask(fx, c.conn, false);
	KUNIT_EXPECT_EQ(test, a->calls, 2);
}

/* One question at a time, also if the answer takes a turn through us. */
static void reentry_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct asked *a = asked(test);
	struct fx_chain c = offload(fx, a, false);

	a->again = c.conn;
	fx_advance(fx, STALE + 1);
	ask(fx, c.conn, false);
	KUNIT_EXPECT_EQ(test, a->calls, 1);
	a->again = NULL;
}

static const struct {
	u32 nrt;
	u32 hrt;
	u32 now;
	u32 stale;
	bool asks;
} times[] = {
	{ 1000, 1000, 2000, 1000, false },
	{ 1000, 1000, 2001, 1000, true },
	{ 1001, 1000, 2001, 1000, false },
	{ 1000, 1001, 2001, 1000, false },
	{ 1000, 1000, 1000, 1, false },
	{ 1000, 1000, 0xffffffff, 0, false },
	/* across 2^32 */
	{ 0xffffff00, 0xffffff00, 0xe8, 0x1e8, false },
	{ 0xffffff00, 0xffffff00, 0xe9, 0x1e8, true },
	{ 0xffffffff, 0xfffffffe, 0, 1, false },
	{ 0xfffffffe, 0xfffffffe, 0, 1, true },
	{ 0, 0, 0xffffffff, 0xfffffffe, true },
	{ 0, 0, 0xffffffff, 0xffffffff, false },
};

static void times_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct asked *a = asked(test);
	struct fx_chain c = offload(fx, a, false);
	struct chim_neigh *neigh = pr_neigh(fx, c.neigh);
	bool asks;
	int i;

	CHIM_COVERS(test, "NBR-031 NBR-050");
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		neigh->nrt = times[i].nrt;
		neigh->hrt = times[i].hrt;
		rcu_read_lock();
		asks = chim_neigh_ask(neigh, times[i].now, times[i].stale,
				      false);
		if (asks)
			chim_neigh_answer(neigh, times[i].now, 5);
		rcu_read_unlock();
		KUNIT_EXPECT_EQ_MSG(test, asks, times[i].asks, "row %d", i);
		if (asks)
			KUNIT_EXPECT_EQ(test, neigh->hrt, times[i].now - 5);
	}
}

static struct kunit_case stale_cases[] = {
	KUNIT_CASE(query_test),
	KUNIT_CASE(answer_test),
	KUNIT_CASE(no_progress_test),
	KUNIT_CASE(doubt_test),
	KUNIT_CASE(reentry_test),
	KUNIT_CASE(times_test),
	{}
};

static struct kunit_suite stale_suite = {
	.name = "chim_stale",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = stale_cases,
};

kunit_test_suite(stale_suite);
