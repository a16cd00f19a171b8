// SPDX-License-Identifier: GPL-2.0
/*
 * What a program writes: skbs as TCP makes them.
 *
 * And the short way of a short message: from sendmsg() into the write queue, as TCP puts
 * it there, without what TCP then asks of a connection on which it must do nothing.
 * What is in the least uncommon goes TCP's own way, and is sent all the same: who
 * leaves the socket looks what there is in the queue (park.c).
 */
#include "host/write.h"

#include "host/conn.h"
#include "host/drain.h"

#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/tcp.h>
#include <net/tcp.h>

/* Longer ones are seldom the only one, and the copy is what they cost. */
#define SHORT_MAX	2048

#define FLAGS_PLAIN	(MSG_DONTWAIT | MSG_NOSIGNAL)

static bool is_plain(const struct msghdr *msg, size_t size)
{
	return size && size <= SHORT_MAX && !msg->msg_controllen &&
	       !(msg->msg_flags & ~FLAGS_PLAIN);
}

/* Nothing to wait for, to add to, to hold back or to report. */
static bool is_open(const struct sock *sk)
{
	const struct chim_host_conn *conn = chim_host_conn_of(sk);

	return conn && conn->state == CHIM_HOST_OFFLOADED && !conn->stalled &&
	       (1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT) &&
	       !sk->sk_err && !(sk->sk_shutdown & SEND_SHUTDOWN) &&
	       skb_queue_empty(&sk->sk_write_queue) &&
	       !(tcp_sk(sk)->nonagle & (TCP_NAGLE_CORK | TCP_NAGLE_PUSH)) &&
	       !(sk->sk_tsflags & SOF_TIMESTAMPING_TX_RECORD_MASK) &&
	       sk_stream_memory_free(sk);
}

/**
 * chim_host_skb() - an skb as TCP makes it
 * @sk: the socket that is charged for it
 * @linear: bytes of data that need not be in pages
 * @more: bytes that it is to be charged for besides
 * @gfp: how to get memory
 *
 * Context: as @gfp says; socket's spinlock held, or socket owned.
 * Return: the skb, empty and in no queue, or NULL.
 */
struct sk_buff *chim_host_skb(struct sock *sk, u32 linear, u32 more, gfp_t gfp)
{
	struct sk_buff *skb = alloc_skb_fclone(MAX_TCP_HEADER + linear, gfp);

	if (!skb)
		return NULL;
	/* Who must have it has it, where memory for data is short, too. */
	if (!sk_wmem_schedule(sk, skb->truesize + more) &&
	    !(gfp & __GFP_NOFAIL)) {
		kfree_skb(skb);
		return NULL;
	}
	skb_reserve(skb, MAX_TCP_HEADER);
	skb->ip_summed = CHECKSUM_PARTIAL;
	INIT_LIST_HEAD(&skb->tcp_tsorted_anchor);
	__skb_header_release(skb);
	sk_wmem_queued_add(sk, skb->truesize);
	sk_mem_charge(sk, skb->truesize);
	return skb;
}

/**
 * chim_host_split() - cut an skb of the socket's in two
 * @sk: the socket
 * @skb: not out
 * @len: bytes that stay in it
 * @gfp: how to get memory
 *
 * Context: as @gfp says; socket's spinlock held, or socket owned.
 * Return: the rest, in no queue, or NULL.
 */
struct sk_buff *chim_host_split(struct sock *sk, struct sk_buff *skb, u32 len,
				gfp_t gfp)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 truesize = skb->truesize, rest = skb->len - len;
	/* What went with a SYN, or has probed the path MTU, need not be in pages. */
	u32 linear = skb_headlen(skb) > len ? skb_headlen(skb) - len : 0;
	struct sk_buff *tail;

	/* Somebody may still be sending what we gave him before. */
	if (skb_unclone(skb, gfp))
		return NULL;
	skb->truesize = truesize;
	tail = chim_host_skb(sk, linear, 0, gfp);
	if (!tail)
		return NULL;
	rest = min(rest, skb->truesize);
	tail->truesize += rest;
	skb->truesize -= rest;
	memcpy(tail->cb, skb->cb, sizeof(tail->cb));
	TCP_SKB_CB(tail)->seq = cb->seq + len;
	cb->end_seq = TCP_SKB_CB(tail)->seq;
	cb->tcp_flags &= ~TCPHDR_PSH;
	cb->eor = 0;
	skb_split(skb, tail, len);
	/* Both are shorter than what TCP counted the segments of. */
	tcp_skb_pcount_set(skb, 0);
	tcp_skb_pcount_set(tail, 0);
	return tail;
}

static void queue(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);

	cb->seq = tp->write_seq;
	cb->end_seq = cb->seq + skb->len;
	cb->tcp_flags = TCPHDR_ACK | TCPHDR_PSH;
	__skb_queue_tail(&sk->sk_write_queue, skb);
	WRITE_ONCE(tp->write_seq, cb->end_seq);
	tp->pushed_seq = cb->end_seq;
}

/* Bytes written, -EFAULT, or 0 if TCP is to do it. */
static int write_short(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct page_frag *frag = sk_page_frag(sk);
	struct sk_buff *skb;
	int err;

	if (!sk_page_frag_refill(sk, frag) || frag->size - frag->offset < size)
		return 0;
	/* In pages, since all that cuts it relies on that. */
	skb = chim_host_skb(sk, 0, size, sk->sk_allocation);
	if (!skb)
		return 0;
	err = skb_copy_to_page_nocache(sk, &msg->msg_iter, skb, frag->page,
				       frag->offset, size);
	if (err) {
		tcp_skb_tsorted_anchor_cleanup(skb);
		tcp_wmem_free_skb(sk, skb);
		return err;
	}
	skb_fill_page_desc(skb, 0, frag->page, frag->offset, size);
	get_page(frag->page);
	frag->offset += size;
	queue(sk, skb);
	return size;
}

/**
 * chim_host_sendmsg() - tcp_sendmsg()
 * @sk: the socket
 * @msg: what is to be sent
 * @size: bytes
 *
 * Context: process, may sleep; socket not owned.
 * Return: as tcp_sendmsg().
 */
int chim_host_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	int ret = 0;

	chim_host_call_begin();
	lock_sock(sk);
	if (is_plain(msg, size) && is_open(sk))
		ret = write_short(sk, msg, size);
	if (!ret)
		ret = tcp_sendmsg_locked(sk, msg, size);
	release_sock(sk);
	chim_host_call_end();
	return ret;
}
