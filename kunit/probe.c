// SPDX-License-Identifier: GPL-2.0
/* What the suites look at. */
#include "probe.h"

#include "wire/tx.h"

/* --- segments ------------------------------------------------------------ */

/*
 * Nothing here uses what the driver builds headers with: every field is read
 * from the bytes, every sum is added up.
 */
static u32 be(const u8 *at, int bytes)
{
	u32 v = 0;

	while (bytes--)
		v = v << 8 | *at++;
	return v;
}

/* Ones' complement addition of 16-bit words, as RFC 1071 has it. */
static u32 add_up(u32 sum, const u8 *at, u32 len)
{
	for (; len > 1; len -= 2, at += 2)
		sum += be(at, 2);
	if (len)
		sum += *at << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static u16 invert(u32 sum)
{
	return ~sum & 0xffff;
}

static void take_tag(struct pr_seg *seg, u16 tci, bool beside)
{
	seg->tags++;
	seg->beside = beside;
	seg->vid = tci & 0xfff;
	seg->cfi = tci >> 12 & 1;
	seg->prio = tci >> 13;
}

static const u8 *take_eth(struct pr_seg *seg, const struct sk_buff *skb)
{
	const u8 *at = skb->data;

	seg->len = skb->len;
	if (skb_vlan_tag_present(skb))
		take_tag(seg, skb_vlan_tag_get(skb), true);
	memcpy(seg->dst, at, 6);
	memcpy(seg->src, at + 6, 6);
	for (at += 12; be(at, 2) == 0x8100; at += 4)
		take_tag(seg, be(at + 2, 2), false);
	seg->ethertype = be(at, 2);
	return at + 2;
}

static const u8 *take_ip4(struct pr_seg *seg, const u8 *at)
{
	seg->ip_hlen = (at[0] & 15) * 4;
	seg->tos = at[1];
	seg->ip_len = be(at + 2, 2);
	seg->id = be(at + 4, 2);
	seg->frag = be(at + 6, 2);
	seg->ttl = at[8];
	seg->proto = at[9];
	seg->ip_sum = invert(add_up(0, at, seg->ip_hlen));
	memcpy(seg->saddr, at + 12, 4);
	memcpy(seg->daddr, at + 16, 4);
	return at + seg->ip_hlen;
}

static const u8 *take_ip6(struct pr_seg *seg, const u8 *at)
{
	u32 first = be(at, 4);

	seg->ip_hlen = 40;
	seg->tos = first >> 20 & 0xff;
	seg->flow = first & 0xfffff;
	seg->ip_len = be(at + 4, 2) + 40;
	seg->proto = at[6];
	seg->ttl = at[7];
	memcpy(seg->saddr, at + 8, 16);
	memcpy(seg->daddr, at + 24, 16);
	return at + 40;
}

/* Pseudo header and all: RFC 9293, section 3.1, and RFC 8200, section 8.1. */
static u16 tcp_sum(const struct pr_seg *seg, const u8 *at)
{
	u32 len = seg->ip_len - seg->ip_hlen;
	int addr = seg->version == 4 ? 4 : 16;
	u32 sum = len + seg->proto;

	sum = add_up(sum, seg->saddr, addr);
	sum = add_up(sum, seg->daddr, addr);
	return invert(add_up(sum, at, len));
}

static void take_tcp(struct pr_seg *seg, const u8 *at)
{
	seg->tcp_sum = tcp_sum(seg, at);
	seg->sport = be(at, 2);
	seg->dport = be(at + 2, 2);
	seg->seq = be(at + 4, 4);
	seg->ack = be(at + 8, 4);
	seg->doff = (at[12] >> 4) * 4;
	seg->reserved = at[12] & 15;
	seg->flags = at[13];
	seg->wnd = be(at + 14, 2);
	seg->urg = be(at + 18, 2);
	seg->opts_len = seg->doff - 20;
	memcpy(seg->opts, at + 20, min_t(int, seg->opts_len, 40));
	seg->data_len = seg->ip_len - seg->ip_hlen - seg->doff;
}

/* The kernel's own IPv6 speaks on a device too; it does not speak TCP here. */
static bool take_apart(struct pr_seg *seg, const struct sk_buff *skb)
{
	const u8 *at;

	memset(seg, 0, sizeof(*seg));
	at = take_eth(seg, skb);
	seg->version = *at >> 4;
	at = seg->version == 4 ? take_ip4(seg, at) : take_ip6(seg, at);
	if (seg->proto != 6)
		return false;
	take_tcp(seg, at);
	return true;
}

bool pr_segment(struct fx *fx, struct pr_seg *seg)
{
	struct sk_buff *skb;
	struct pr_seg found;
	bool ours = false;

	while (!ours) {
		skb = fx_frame(fx);
		if (!skb)
			return false;
		ours = !skb_linearize(skb) && take_apart(&found, skb);
		kfree_skb(skb);
	}
	*seg = found;
	return true;
}

bool pr_ack(struct fx *fx, struct tb *conn, struct pr_seg *seg)
{
	struct sk_buff *skb = chim_tx_alloc(fx->adapter);

	KUNIT_ASSERT_NOT_NULL(fx->test, skb);
	while (pr_segment(fx, seg))
		;
	chim_tx_ack(fx->adapter, pr_conn(fx, conn), skb);
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
