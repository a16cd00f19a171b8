// SPDX-License-Identifier: GPL-2.0
/* What the suites look at. */
#include "probe.h"

#include "wire/tx.h"

/* --- segments ------------------------------------------------------------ */

bool pr_segment(struct fx *fx, struct pr_seg *seg)
{
	struct sk_buff *skb;
	struct pr_seg found;
	bool ours = false;

	while (!ours) {
		skb = fx_frame(fx);
		if (!skb)
			return false;
		ours = !skb_linearize(skb) && sg_parse(&found, skb, NULL);
		kfree_skb(skb);
	}
	*seg = found;
	return true;
}

static u16 scaled_window(const struct chim_conn *conn)
{
	u8 shift = conn->c.flags & CHIM_CONN_WSCALE ? conn->c.rcv_wscale : 0;

	return min_t(u32, conn->tcb.rcv_wnd >> min_t(u8, shift, 14), 0xffff);
}

static struct sk_buff *build_ack(struct chim_conn *conn)
{
	struct chim_adapter *adapter = container_of(conn->obj.owner->space,
						    struct chim_adapter, space);
	struct chim_frame frame = { .flags = CHIM_ACK };
	struct sk_buff *skb;
	int taken;

	spin_lock(&conn->lock);
	frame.seq = conn->tcb.snd_max;
	frame.ack = conn->tcb.rcv_nxt;
	frame.wnd = scaled_window(conn);
	frame.timestamps = conn->c.flags & CHIM_CONN_TIMESTAMPS;
	frame.tsval = chim_clock_now(&adapter->clock) + conn->tcb.ts_delta;
	frame.tsecr = conn->tcb.ts_recent;
	skb = chim_tx_build(conn, &frame, &taken);
	spin_unlock(&conn->lock);
	return skb;
}

bool pr_send(struct chim_conn *conn)
{
	struct sk_buff *skb;

	local_bh_disable();
	rcu_read_lock();
	skb = build_ack(conn);
	if (skb)
		chim_tx_xmit(conn, skb);
	rcu_read_unlock();
	local_bh_enable();
	return skb;
}

bool pr_ack(struct fx *fx, struct tb *conn, struct pr_seg *seg)
{
	while (pr_segment(fx, seg))
		;
	KUNIT_ASSERT_TRUE(fx->test, pr_send(pr_conn(fx, conn)));
	return pr_segment(fx, seg);
}

bool pr_nudge(struct fx *fx, struct tb *conn, struct pr_seg *seg)
{
	struct tb *ref;

	while (pr_segment(fx, seg))
		;
	tb_tcached(conn)->InitialRcvWnd += 1280;
	ref = pr_cached(fx, conn);
	tb_tcached(ref)->Flags |= TCP_FLAG_UPDATE_RCV_WND;
	fx_run(fx, CHIM_UPDATE, ref);
	FX_EXPECT_STATUS(fx->test, ref, NDIS_STATUS_SUCCESS);
	return pr_segment(fx, seg);
}

/* --- state --------------------------------------------------------------- */

static u8 cached_type(u8 all)
{
	switch (all) {
	case NeighborOffloadState:
		return NeighborOffloadCachedState;
	case Ip4OffloadState:
		return Ip4OffloadCachedState;
	case Ip6OffloadState:
		return Ip6OffloadCachedState;
	default:
		return TcpOffloadCachedState;
	}
}

static u32 part_len(struct tb *tb, u8 part)
{
	const OFFLOAD_STATE_HEADER *header = tb_part(tb, part);

	return header->Length;
}

struct tb *pr_cached(struct fx *fx, struct tb *of)
{
	struct tb *ref = tb_ref(fx, of, cached_type(of->b.Header.Type));

	memcpy(tb_part(ref, CHIM_PART_CACHED), tb_part(of, CHIM_PART_CACHED),
	       part_len(of, CHIM_PART_CACHED));
	return ref;
}

struct tb *pr_query(struct fx *fx, struct tb *of)
{
	struct tb *tb = tb_ref(fx, of, of->b.Header.Type);

	fx_run(fx, CHIM_QUERY, tb);
	FX_EXPECT_STATUS(fx->test, tb, NDIS_STATUS_SUCCESS);
	return tb;
}

static bool same_part(struct tb *a, struct tb *b, u8 part)
{
	return !memcmp(tb_part(a, part), tb_part(b, part), part_len(a, part));
}

bool pr_same(struct tb *a, struct tb *b)
{
	bool path = chim_type(a->b.Header.Type)->layer == CHIM_PATH;

	/* The constant variables of a path are where pointers lead. */
	return !memcmp(a->src, b->src, sizeof(a->src)) &&
	       !memcmp(a->dst, b->dst, sizeof(a->dst)) &&
	       (path || same_part(a, b, CHIM_PART_CONST)) &&
	       same_part(a, b, CHIM_PART_CACHED) &&
	       same_part(a, b, CHIM_PART_DELEG);
}

struct chim_neigh *pr_neigh(struct fx *fx, struct tb *tb)
{
	struct chim_obj *obj = tb_obj(fx, tb);

	KUNIT_ASSERT_NOT_NULL(fx->test, obj);
	return chim_neigh(obj);
}

struct chim_path *pr_path(struct fx *fx, struct tb *tb)
{
	struct chim_obj *obj = tb_obj(fx, tb);

	KUNIT_ASSERT_NOT_NULL(fx->test, obj);
	return chim_path(obj);
}

struct chim_conn *pr_conn(struct fx *fx, struct tb *tb)
{
	struct chim_obj *obj = tb_obj(fx, tb);

	KUNIT_ASSERT_NOT_NULL(fx->test, obj);
	return chim_conn(obj);
}

/* --- calls of the client ------------------------------------------------- */

int pr_events(struct fx *fx, struct tb *conn, u32 type, u32 info)
{
	int i, n = 0;

	for (i = 0; i < min(fx->logged, FX_LOG_MAX); i++) {
		const struct fx_entry *e = &fx->log[i];

		if (e->call == FX_EVENT && e->a == type && e->b == info &&
		    e->handle == conn)
			n++;
	}
	return n;
}

int pr_calls(struct fx *fx, enum fx_call call)
{
	int i, n = 0;

	for (i = 0; i < min(fx->logged, FX_LOG_MAX); i++)
		if (fx->log[i].call == call)
			n++;
	return n;
}

/* --- the worker ---------------------------------------------------------- */

static void stand(struct chim_adapter *adapter, struct chim_job *call)
{
	struct pr_hold *hold = container_of(call, struct pr_hold, call);

	complete(&hold->standing);
	wait_for_completion(&hold->go);
}

void pr_hold(struct fx *fx, struct pr_hold *hold)
{
	memset(hold, 0, sizeof(*hold));
	init_completion(&hold->standing);
	init_completion(&hold->go);
	init_completion(&hold->call.done);
	hold->call.fn = stand;
	hold->call.req.tag = CHIM_TAG_CALL;
	chim_queue_add(&fx->adapter->queue, &hold->call.req);
	wait_for_completion(&hold->standing);
}

void pr_release(struct fx *fx, struct pr_hold *hold)
{
	complete(&hold->go);
	wait_for_completion(&hold->call.done);
	fx_flush(fx);
}
