// SPDX-License-Identifier: GPL-2.0
/* The peer of a connection. */
#include "peer.h"

#include <linux/bottom_half.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>

/* SndWnd of the fixture's connections, scaled. */
#define PEER_WND	(65536 >> 7)

static struct sk_buff *bytes(struct fx *fx, u32 len, u8 first)
{
	struct sk_buff *skb = alloc_skb(len, GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(fx->test, skb);
	for (i = 0; i < len; i++)
		*(u8 *)skb_put(skb, 1) = first + i;
	return skb;
}

enum chim_verdict pe_send(struct fx *fx, struct tb *conn, struct pe_seg s)
{
	struct chim_seg seg = {
		.skb = bytes(fx, s.len, s.first),
		.len = s.len,
		.seq = s.seq,
		.ack = s.ack,
		.wnd = PEER_WND,
		.segs = 1,
		.flags = s.flags | CHIM_ACK,
	};
	enum chim_verdict verdict;

	local_bh_disable();
	rcu_read_lock();
	verdict = chim_conn_segment(pr_conn(fx, conn), &seg);
	rcu_read_unlock();
	local_bh_enable();
	if (verdict != CHIM_SEG_KEPT)
		kfree_skb(seg.skb);
	return verdict;
}

void pe_ack(struct fx *fx, struct tb *conn, u32 ack)
{
	struct chim_tcb *tcb = &pr_conn(fx, conn)->tcb;

	pe_send(fx, conn, (struct pe_seg) { .seq = tcb->rcv_nxt, .ack = ack });
}

void pe_data(struct fx *fx, struct tb *conn, u32 len, u8 first)
{
	struct chim_tcb *tcb = &pr_conn(fx, conn)->tcb;
	struct pe_seg seg = {
		.seq = tcb->rcv_nxt,
		.ack = tcb->snd_max,
		.len = len,
		.first = first,
	};

	KUNIT_EXPECT_EQ(fx->test, (int)pe_send(fx, conn, seg),
			(int)CHIM_SEG_KEPT);
}

struct tl *pe_forward(struct fx *fx, struct pe_seg seg)
{
	struct tl *tl = tl_new(fx, sizeof(struct tcphdr) + seg.len, 0);
	struct tcphdr *th = (struct tcphdr *)tl->data;
	u32 i;

	memset(th, 0, sizeof(*th));
	th->seq = htonl(seg.seq);
	th->ack_seq = htonl(seg.ack);
	th->window = htons(PEER_WND);
	tl->data[12] = sizeof(*th) / 4 << 4;
	tl->data[13] = seg.flags | CHIM_ACK;
	for (i = 0; i < seg.len; i++)
		tl->data[sizeof(*th) + i] = seg.first + i;
	return tl;
}
