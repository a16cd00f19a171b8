// SPDX-License-Identifier: GPL-2.0
/* Terminate: delegated state goes back, objects end, nothing is left. */
#include "lists.h"
#include "terminate.h"

#include "ndis/attach.h"

#include <linux/sched.h>
#include <linux/slab.h>

#define POISON	0xa5

u8 tm_type(struct tb *of)
{
	switch (of->b.Header.Type) {
	case NeighborOffloadState:
		return NeighborOffloadDelegatedState;
	case Ip4OffloadState:
		return Ip4OffloadDelegatedState;
	case Ip6OffloadState:
		return Ip6OffloadDelegatedState;
	default:
		return TcpOffloadDelegatedState;
	}
}

struct tb *tm_ref(struct fx *fx, struct tb *of)
{
	return tb_ref(fx, of, tm_type(of));
}

struct tb *tm_tree(struct fx *fx, struct fx_chain c)
{
	struct tb *neigh = tm_ref(fx, c.neigh);
	struct tb *path = tm_ref(fx, c.path);

	tb_depend(neigh, path);
	tb_depend(path, tm_ref(fx, c.conn));
	return neigh;
}

static void terminate_defers_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *end = tm_ref(fx, c.conn);
	struct tb *again = tm_ref(fx, c.conn);
	struct pr_hold hold;

	CHIM_COVERS(test, "TRM-010 TRM-011");
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_TERMINATE, end);
	fx_submit(fx, CHIM_TERMINATE, again);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[CHIM_TERMINATE]), 0);
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_PENDING);
	KUNIT_EXPECT_NOT_NULL(test, tb_obj(fx, c.conn));
	pr_release(fx, &hold);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[CHIM_TERMINATE]), 2);
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, again, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].p, (void *)&end->b);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].handle, FX_DRIVER_HANDLE);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[1].p, (void *)&again->b);
}

/* What was handed over comes back, brought up to date. */
static void terminate_returns_state_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx), *path = tb_path6(fx);
	struct tb *conn = tb_conn(fx), *end_n, *end_p, *end_c;
	TCP_OFFLOAD_STATE_DELEGATED *d = tb_tdeleg(conn);

	CHIM_COVERS(test, "TRM-030 TRM-032 NBR-037 TMR-015");
	tb_ndeleg(neigh)->NicReachabilityDelta = 5;
	tb_tcached(conn)->Flags = TCP_FLAG_KEEP_ALIVE_ENABLED;
	d->KeepAlive.TimeoutDelta = 5000;
	d->KeepAlive.ProbeCount = 1;
	d->SsThresh = 4711;
	d->DWnd = 99;
	tb_depend(neigh, path);
	tb_depend(path, conn);
	wt_done(fx, CHIM_INITIATE, neigh);
	fx_advance(fx, 40);
	end_n = tm_ref(fx, neigh);
	end_p = tm_ref(fx, path);
	end_c = tm_ref(fx, conn);
	tb_depend(end_n, end_p);
	tb_depend(end_p, end_c);
	wt_done(fx, CHIM_TERMINATE, end_n);
	FX_EXPECT_STATUS(test, end_p, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, end_c, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, tb_ndeleg(end_n)->NicReachabilityDelta, 45U);
	d->KeepAlive.TimeoutDelta -= 40;
	d->TsRecentAge += 40;
	d->TsTime += 40;
	KUNIT_EXPECT_EQ(test, memcmp(d, tb_tdeleg(end_c), sizeof(*d)), 0);
	wt_empty(fx);
}

/* Behind any other type than a delegated one there is nothing for us. */
static void terminate_without_state_test(struct kunit *test)
{
	static const u8 types[] = { TcpOffloadConstState, TcpOffloadCachedState,
				    TcpOffloadState };
	struct fx *fx = test->priv;
	struct tb *end;
	int i;

	CHIM_COVERS(test, "TRM-030 TRM-031 D-24");
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct fx_chain c = fx_offload4(fx);

		end = tb_ref(fx, c.conn, types[i]);
		memset(end->state, POISON, sizeof(end->state));
		wt_done(fx, CHIM_TERMINATE, end);
		KUNIT_EXPECT_NULL(test, memchr_inv(end->state, POISON,
						   sizeof(end->state)));
		KUNIT_EXPECT_NULL(test, tb_obj(fx, c.conn));
		/* One with no memory behind the block at all. */
		wt_done(fx, CHIM_TERMINATE, wt_bare_ref(fx, c.path));
		wt_done(fx, CHIM_TERMINATE, wt_bare_ref(fx, c.neigh));
	}
	wt_empty(fx);
}

static void set_state(struct chim_conn *conn, u8 state)
{
	spin_lock_bh(&conn->lock);
	conn->tcb.state = state;
	spin_unlock_bh(&conn->lock);
}

/* Whatever state a connection is in, and no segment says that it ended. */
static void terminate_every_state_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c;
	struct pr_seg seg;
	struct tb *end;
	u8 state;

	CHIM_COVERS(test, "TRM-013 TRM-018");
	for (state = TcpConnectionClosed; state <= TcpConnectionTimeWait;
	     state++) {
		c = fx_offload4(fx);
		set_state(pr_conn(fx, c.conn), state);
		end = tm_ref(fx, c.conn);
		wt_done(fx, CHIM_TERMINATE, end);
		KUNIT_EXPECT_EQ(test, (u8)tb_tdeleg(end)->State, state);
		wt_done(fx, CHIM_TERMINATE, tm_ref(fx, c.path));
		wt_done(fx, CHIM_TERMINATE, tm_ref(fx, c.neigh));
	}
	c = fx_offload4(fx);
	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.neigh));
	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.conn));
	wt_done(fx, CHIM_TERMINATE, tm_tree(fx, c));
	KUNIT_EXPECT_FALSE(test, pr_segment(fx, &seg));
	wt_empty(fx);
}

/* A connection whose upload was asked for, because it must not send. */
static void terminate_stopped_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct pr_seg seg;

	CHIM_COVERS(test, "TRM-013 TRM-018");
	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.neigh));
	KUNIT_EXPECT_FALSE(test, pr_nudge(fx, c.conn, &seg));
	KUNIT_EXPECT_EQ(test, pr_events(fx, c.conn, TcpIndicateRetrieve,
					InvalidState), 1);
	wt_done(fx, CHIM_TERMINATE, tm_tree(fx, c));
	KUNIT_EXPECT_FALSE(test, pr_segment(fx, &seg));
	wt_empty(fx);
}

struct steps {
	struct chim_obj *obj;
	struct tb *end;
	struct chim_tuple tuple;
	bool filled;
	bool status;
	bool alive;
	bool hidden;
};

/* Could a received segment find the connection? */
static bool is_hidden(struct fx *fx, const struct chim_tuple *tuple)
{
	bool hidden;

	rcu_read_lock();
	hidden = !chim_space_match(&fx->adapter->space, tuple);
	rcu_read_unlock();
	return hidden;
}

/*
 * Were the object freed before completion, then only now: the barrier waits
 * for it, and KASAN sees the access.
 */
static void note_steps(struct fx *fx, enum chim_verb verb,
		       PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct steps *s = fx->priv;

	rcu_barrier();
	s->filled = tb_tdeleg(s->end)->SsThresh == 65535;
	s->status = tree->Status == NDIS_STATUS_SUCCESS;
	s->alive = READ_ONCE(s->obj->canary) == CHIM_OBJ_CANARY;
	s->hidden = is_hidden(fx, &s->tuple);
}

static void terminate_steps_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct steps s = {
		.obj = tb_obj(fx, c.conn),
		.end = tm_ref(fx, c.conn),
	};

	CHIM_COVERS(test, "TRM-014");
	chim_conn_tuple(chim_conn(s.obj), &s.tuple);
	KUNIT_EXPECT_FALSE(test, is_hidden(fx, &s.tuple));
	fx->priv = &s;
	fx->on_complete = note_steps;
	wt_done(fx, CHIM_TERMINATE, s.end);
	KUNIT_EXPECT_TRUE(test, s.filled);
	KUNIT_EXPECT_TRUE(test, s.status);
	KUNIT_EXPECT_TRUE(test, s.alive);
	KUNIT_EXPECT_TRUE(test, s.hidden);
	fx->on_complete = NULL;
}

/* Room for one of everything, many times over. */
static void terminate_frees_test(struct kunit *test)
{
	struct chim_adapter_config config = {
		.limits.objects = { 1, 1, 1 },
		.limits.resources = { 1, 1, 1 },
	};
	struct fx *fx = fx_adapter_with(test, &config);
	struct chim_resources *res = &fx->adapter->space.resources;
	struct fx_chain c;
	int i, kind;

	CHIM_COVERS(test, "TRM-015");
	/* It can listen to more addresses without hearing everything. */
	fx->dev->priv_flags |= IFF_UNICAST_FLT;
	for (i = 1; i <= 50; i++) {
		c = (struct fx_chain){ tb_neigh(fx), tb_path4(fx), tb_conn(fx) };
		tb_nconst(c.neigh)->VlanId = i;
		tb_nconst(c.neigh)->DlSourceAddress[0] = 2;
		tb_nconst(c.neigh)->DlSourceAddress[5] = i + 10;
		c.path->src[1] = i;
		tb_depend(c.neigh, c.path);
		tb_depend(c.path, c.conn);
		wt_done(fx, CHIM_INITIATE, c.neigh);
		KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 1);
		wt_done(fx, CHIM_TERMINATE, tm_tree(fx, c));
	}
	wt_empty(fx);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->adapter->space.conns.nelems), 0);
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 0);
	for (kind = 0; kind < CHIM_RES_KINDS; kind++)
		KUNIT_EXPECT_EQ(test, res->count[kind], 0U);
	fx_end(fx);
}

/* The host's handle for the connection is gone when the completion returns. */
static void free_handle(struct fx *fx, enum chim_verb verb,
			PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	if (verb != CHIM_TERMINATE)
		return;
	kfree(fx->priv);
	fx->priv = NULL;
}

/* Everything that makes an event of a live connection. */
static void provoke_events(struct fx *fx, struct fx_chain c)
{
	struct tb *update = pr_cached(fx, c.conn);

	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.neigh));
	tb_tcached(update)->InitialRcvWnd += 10000;
	fx_run(fx, CHIM_UPDATE, update);
	fx_run(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.conn));
	fx_run(fx, CHIM_QUERY, tb_ref(fx, c.conn, TcpOffloadState));
	fx_run(fx, CHIM_TERMINATE, tm_ref(fx, c.conn));
	fx_advance(fx, 10000000);
	chim_miniport_upload_all(fx->adapter);
	fx_flush(fx);
}

static void terminate_forgets_handle_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = { tb_neigh(fx), tb_path4(fx), tb_conn(fx) };
	struct tb *handle = kmemdup(c.conn, sizeof(*c.conn), GFP_KERNEL);
	struct pr_seg seg;

	CHIM_COVERS(test, "TRM-016");
	KUNIT_ASSERT_NOT_NULL(test, handle);
	c.conn->b.NdisOffloadHandle = handle;
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	wt_done(fx, CHIM_INITIATE, c.neigh);
	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.neigh));
	KUNIT_EXPECT_FALSE(test, pr_nudge(fx, c.conn, &seg));
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 1);
	fx->priv = handle;
	fx->on_complete = free_handle;
	wt_done(fx, CHIM_TERMINATE, tm_ref(fx, c.conn));
	KUNIT_EXPECT_NULL(test, fx->priv);
	provoke_events(fx, c);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 1);
}

/* Whatever happens, an object stays until the host ends it. */
static void terminate_only_by_host_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	int i;

	CHIM_COVERS(test, "TRM-012");
	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.conn));
	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.path));
	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.neigh));
	chim_miniport_upload_all(fx->adapter);
	chim_miniport_pause(fx->adapter, true, 0);
	fx_advance(fx, 100000000);
	set_state(pr_conn(fx, c.conn), TcpConnectionClosed);
	fx_lose_dev(fx);
	fx_flush(fx);
	for (i = 0; i < CHIM_LAYERS; i++)
		KUNIT_EXPECT_EQ(test, fx->adapter->space.count[i], 1U);
	pr_query(fx, c.conn);
	pr_query(fx, c.path);
	pr_query(fx, c.neigh);
	wt_done(fx, CHIM_TERMINATE, tm_tree(fx, c));
	wt_empty(fx);
}

/* The host should have waited for these; the target does. */
static void terminate_after_others_test(struct kunit *test)
{
	static const enum chim_verb order[] = { CHIM_UPDATE, CHIM_QUERY,
		CHIM_INVALIDATE, CHIM_QUERY, CHIM_TERMINATE };
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *blocks[ARRAY_SIZE(order)];
	struct pr_hold hold;
	int i;

	CHIM_COVERS(test, "TRM-050 TRM-053 INV-036");
	for (i = 0; i < ARRAY_SIZE(order); i++)
		blocks[i] = wt_good(fx, order[i], c);
	tb_tcached(blocks[0])->TtlOrHopLimit = 17;
	pr_hold(fx, &hold);
	for (i = 0; i < ARRAY_SIZE(order); i++)
		fx_submit(fx, order[i], blocks[i]);
	pr_release(fx, &hold);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		KUNIT_EXPECT_PTR_EQ(test, fx->log[i].p, (void *)&blocks[i]->b);
		KUNIT_EXPECT_EQ(test, fx->log[i].a, (u32)order[i]);
		FX_EXPECT_STATUS(test, blocks[i], NDIS_STATUS_SUCCESS);
	}
	KUNIT_EXPECT_EQ(test, tb_tcached(blocks[3])->TtlOrHopLimit, 17);
}

static struct kunit_case terminate_cases[] = {
	KUNIT_CASE(terminate_defers_test),
	KUNIT_CASE(terminate_returns_state_test),
	KUNIT_CASE(terminate_without_state_test),
	KUNIT_CASE(terminate_every_state_test),
	KUNIT_CASE(terminate_stopped_test),
	KUNIT_CASE(terminate_steps_test),
	KUNIT_CASE(terminate_frees_test),
	KUNIT_CASE(terminate_forgets_handle_test),
	KUNIT_CASE(terminate_only_by_host_test),
	KUNIT_CASE(terminate_after_others_test),
	{}
};

static struct kunit_suite terminate_suite = {
	.name = "chim_terminate",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = terminate_cases,
};

kunit_test_suite(terminate_suite);
