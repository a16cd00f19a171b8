// SPDX-License-Identifier: GPL-2.0
/*
 * What programs send: from the socket's write queue into requests, and back
 * when it is acknowledged. The socket's skbs are not copied and stay charged to
 * it; a request describes the memory of one.
 */
#include "host/send.h"

#include "compat.h"
#include "host/bind.h"
#include "host/conn.h"
#include "host/cork.h"
#include "host/count.h"
#include "host/follow.h"
#include "host/lower.h"
#include "host/park.h"
#include "host/reach.h"
#include "host/recv.h"
#include "host/why.h"
#include "host/write.h"
#include "spare.h"

#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/tcp.h>

/* Enough for 64 KiB in the memory that TCP takes for it. */
#define POOL_MDLS	3

static struct kmem_cache *pool;
static DEFINE_PER_CPU(void *, spare);

/*
 * The target is to find zeros wherever nothing is said. They stay from one use to the
 * next: neither of us writes there.
 */
static void construct(void *object)
{
	struct chim_host_req *req = object;

	memset(&req->nbl, 0, sizeof(req->nbl));
	memset(&req->nb, 0, sizeof(req->nb));
}

/**
 * chim_host_req_init() - get ready
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int chim_host_req_init(void)
{
	pool = kmem_cache_create("chim_host_req",
				 struct_size_t(struct chim_host_req, mdls,
					       POOL_MDLS),
				 __alignof__(struct chim_host_req), 0,
				 construct);
	return pool ? 0 : -ENOMEM;
}

/**
 * chim_host_req_exit() - undo chim_host_req_init(); no request is left
 *
 * Context: process, may sleep.
 */
void chim_host_req_exit(void)
{
	chim_spare_purge(&spare, pool);
	kmem_cache_destroy(pool);
}

static void describe(struct chim_host_req *req, void *at, u32 len)
{
	MDL *mdl = &req->mdls[req->n_mdls];

	*mdl = (MDL){
		.Size = sizeof(*mdl),
		.MdlFlags = MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL,
		.MappedSystemVa = at,
		.StartVa = (void *)((unsigned long)at & PAGE_MASK),
		.ByteOffset = offset_in_page(at),
		.ByteCount = len,
	};
	if (req->n_mdls)
		mdl[-1].Next = mdl;
	req->n_mdls++;
}

/* Kernels for 64 bits have all pages mapped. */
static void describe_skb(struct chim_host_req *req, const struct sk_buff *skb)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	int i;

	if (skb_headlen(skb))
		describe(req, skb->data, skb_headlen(skb));
	for (i = 0; i < info->nr_frags; i++)
		describe(req, skb_frag_address(&info->frags[i]),
			 skb_frag_size(&info->frags[i]));
}

static void arm(struct chim_host_req *req)
{
	u32 skip = req->skb ? req->skb->len - req->len : 0;
	NET_BUFFER *nb = &req->nb;

	req->nbl.Next = NULL;
	req->nbl.FirstNetBuffer = nb;
	NET_BUFFER_LIST_INFO(&req->nbl, TcpOffloadBytesTransferred) = NULL;
	req->nbl.ProtocolReserved[0] = req;
	req->nbl.Status = NDIS_STATUS_PENDING;
	nb->MdlChain = req->mdls;
	nb->CurrentMdl = nb->MdlChain;
	nb->DataOffset = skip;
	nb->DataLength = req->len;
	while (skip && skip >= nb->CurrentMdl->ByteCount) {
		skip -= nb->CurrentMdl->ByteCount;
		nb->CurrentMdl = nb->CurrentMdl->Next;
	}
	nb->CurrentMdlOffset = skip;
}

/**
 * chim_host_req_alloc() - a request
 * @conn: the connection
 * @skb: its data, without a list of fragments; NULL makes an empty request to
 *	receive
 * @skip: bytes at the start of @skb that are none of it; fewer than it has
 * @gfp: how to get memory
 *
 * Context: as @gfp says.
 * Return: the request, armed, or NULL.
 */
struct chim_host_req *chim_host_req_alloc(struct chim_host_conn *conn,
					  struct sk_buff *skb, u32 skip,
					  gfp_t gfp)
{
	u32 count = skb ? skb_shinfo(skb)->nr_frags + !!skb_headlen(skb) : 1;
	struct kmem_cache *from = count <= POOL_MDLS ? pool : NULL;
	struct chim_host_req *req;

	gfp |= __GFP_NOWARN;
	req = from ? chim_spare_alloc(&spare, from, gfp) :
		     kmalloc(struct_size(req, mdls, count), gfp);
	if (!req)
		return NULL;
	if (!from)
		construct(req);
	req->pool = from;
	req->conn = conn;
	req->skb = skb;
	req->kind = skb ? CHIM_HOST_SEND : CHIM_HOST_LIFT;
	req->len = skb ? skb->len - skip : 0;
	req->counted = 0;
	req->back = false;
	req->n_mdls = 0;
	INIT_LIST_HEAD(&req->node);
	if (skb)
		describe_skb(req, skb);
	else
		describe(req, req, sizeof(*req));
	arm(req);
	return req;
}

/**
 * chim_host_req_free() - done with a request; not with its skb
 * @req: not out
 *
 * Context: any.
 */
void chim_host_req_free(struct chim_host_req *req)
{
	if (req->pool)
		chim_spare_free(&spare, req->pool, req);
	else
		kfree(req);
}

/**
 * chim_host_req_lend() - struct chim_ndis @lend: the skb of a request
 * @list: a send request that is out
 * @len: how long its data is to be
 *
 * As TCP does it for its device.
 *
 * Context: as the target calls it, softirqs disabled.
 * Return: a clone, or NULL.
 */
struct sk_buff *chim_host_req_lend(PNET_BUFFER_LIST list, u32 len)
{
	const struct chim_host_req *req = list->ProtocolReserved[0];
	struct sk_buff *skb = req->skb, *clone;

	/* Before that it is in a queue of TCP's, by the word that is saved here. */
	if (smp_load_acquire(&req->conn->state) != CHIM_HOST_OFFLOADED)
		return NULL;
	if (!skb || skb->len != len || req->len != len || !skb->nohdr ||
	    skb_cloned(skb))
		return NULL;
	tcp_skb_tsorted_save(skb) {
		clone = skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN);
	} tcp_skb_tsorted_restore(skb);
	if (clone)
		clone->tstamp = 0;
	return clone;
}

/**
 * chim_host_req_left() - bytes that the target has not had acknowledged
 * @req: came back
 *
 * Context: any.
 * Return: bytes.
 */
u32 chim_host_req_left(const struct chim_host_req *req)
{
	return min_t(u32, req->nb.DataLength, req->len);
}

/**
 * chim_host_req_complete() - a completion of the target, of whatever kind
 * @handle: driver handle
 * @list: requests
 *
 * Context: as the target calls it, softirqs disabled.
 */
VOID chim_host_req_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	struct chim_host_conn *conn = NULL;
	struct chim_host_req *req;
	PNET_BUFFER_LIST next;

	for (; list; list = next) {
		next = list->Next;
		req = list->ProtocolReserved[0];
		switch (req->kind) {
		case CHIM_HOST_FORWARD:
			kfree_skb(req->skb);
			chim_host_req_free(req);
			break;
		case CHIM_HOST_LIFT:
			conn = req->conn;
			WRITE_ONCE(conn->lifting, false);
			chim_host_req_free(req);
			break;
		case CHIM_HOST_SEND:
			conn = req->conn;
			/* Pairs with the acquire in chim_host_drain_done(). */
			smp_store_release(&req->back, true);
			break;
		}
	}
	if (conn)
		chim_host_kick(conn);
}

/* --- requests that have come back ----------------------------------------- */

/* It takes nothing more, and what came behind would go out in its place. */
static void stall(struct chim_host_conn *conn)
{
	if (conn->stalled || READ_ONCE(conn->aborted))
		return;
	conn->stalled = true;
	chim_host_conn_todo(conn, CHIM_HOST_UPLOAD, CHIM_HOST_UP_TARGET);
}

/* Of one that has come back: it was not sent, or not acknowledged, as a whole. */
static bool is_rest(const struct chim_host_req *req)
{
	return chim_host_req_left(req) ||
	       req->nbl.Status != NDIS_STATUS_SUCCESS;
}

/* What was not acknowledged stays on the list, for the upload. */
static bool sent(struct chim_host_conn *conn, struct chim_host_req *req)
{
	chim_host_count_acked(tcp_sk(conn->sk), req);
	if (is_rest(req)) {
		stall(conn);
		return false;
	}
	chim_host_send_del(conn, req);
	tcp_wmem_free_skb(conn->sk, req->skb);
	chim_host_req_free(req);
	return true;
}

/* As TCP does it when it is the buffer that holds a writer up. */
static void grow_sndbuf(struct sock *sk)
{
	int max = READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_wmem[2]);
	int size = sk->sk_sndbuf;

	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK ||
	    sk_under_memory_pressure(sk) || size >= max)
		return;
	WRITE_ONCE(sk->sk_sndbuf, min(size + size / 2, max));
}

/* Readers sleep in the same place: they are not woken for it. */
static void check_space(struct sock *sk)
{
	/* Pairs with that of tcp_poll(). */
	smp_mb();
	if (!sk->sk_socket || !test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		return;
	grow_sndbuf(sk);
	sk->sk_write_space(sk);
}

/* What the target takes no more comes back before what it still has. */
static void look_behind(struct chim_host_conn *conn, struct chim_host_req *req)
{
	while ((req = chim_host_send_next(conn, req)))
		/* Pairs as in chim_host_drain_done(). */
		if (smp_load_acquire(&req->back) && is_rest(req))
			stall(conn);
}

/**
 * chim_host_drain_done() - deal with the requests that have come back
 * @conn: the connection
 *
 * They do in the order in which they were sent. One that is out of it is dealt with
 * when those before it have come back, at the latest when the offload ends.
 *
 * Context: socket's spinlock held, or socket owned.
 */
void chim_host_drain_done(struct chim_host_conn *conn)
{
	struct chim_host_req *req, *next;
	bool freed = false;

	/* Pairs with the release in chim_host_req_complete(). */
	for (req = conn->sends; req && smp_load_acquire(&req->back); req = next) {
		next = chim_host_send_next(conn, req);
		freed |= sent(conn, req);
	}
	/* Likewise. */
	if (req && smp_load_acquire(&chim_host_send_last(conn)->back))
		look_behind(conn, req);
	if (freed) {
		chim_host_park_clock(conn);
		chim_host_reach_confirm(conn);
		check_space(conn->sk);
		chim_host_cork_acked(conn);
	}
}

/* --- what is written ------------------------------------------------------ */

static struct chim_host_req *take_one(struct chim_host_conn *conn,
				      struct sk_buff *skb)
{
	struct chim_host_req *req;

	req = chim_host_req_alloc(conn, skb, 0, GFP_ATOMIC);
	if (!req) {
		chim_host_conn_todo(conn, CHIM_HOST_KICK, 0);
		return NULL;
	}
	tcp_unlink_write_queue(skb, conn->sk);
	chim_host_send_add(conn, req);
	WRITE_ONCE(tcp_sk(conn->sk)->snd_nxt, TCP_SKB_CB(skb)->end_seq);
	chim_host_count_sent(tcp_sk(conn->sk), skb->len);
	return req;
}

/**
 * chim_host_harvest() - hand what programs have written to the target
 * @conn: offloaded
 *
 * An empty skb at the end of the queue may be somebody's who is still at work.
 *
 * Context: socket's spinlock held, by its owner or when there is none.
 */
void chim_host_harvest(struct chim_host_conn *conn)
{
	const struct chim_host_bind *bind = conn->path->bind;
	PNET_BUFFER_LIST first = NULL, *link = &first;
	struct sock *sk = conn->sk;
	struct chim_host_req *req;
	struct sk_buff *skb;
	bool held = false;

	if (conn->stalled)
		return;
	if (skb_queue_empty(&sk->sk_write_queue) &&
	    !chim_host_cork_waits(conn)) {
		conn->push = false;
		return;
	}
	if (chim_host_follow_first(conn)) {
		chim_host_conn_todo(conn, CHIM_HOST_FOLLOW, 0);
		return;
	}
	while ((skb = skb_peek(&sk->sk_write_queue)) && skb->len) {
		/* TCP has it as it is: to cut it would part it from its stamps. */
		if (chim_host_unfit_data(sk, skb)) {
			chim_host_conn_todo(conn, CHIM_HOST_UPLOAD,
					    CHIM_HOST_UP_DATA);
			break;
		}
		held = chim_host_cork_holds(conn, skb);
		if (held)
			break;
		req = take_one(conn, skb);
		if (!req)
			break;
		*link = &req->nbl;
		link = &req->nbl.Next;
	}
	chim_host_cork_watch(conn, held);
	if (first)
		bind->tcp.TcpOffloadSendHandler(bind->attach.MiniportAdapterContext,
						&conn->context, first);
}

/**
 * chim_host_forward() - hand a segment to the target that it did not take
 * @conn: offloaded, and stays so while this runs
 * @skb: from the TCP header on, its checksums right; consumed
 *
 * Context: softirq, RCU read side.
 */
void chim_host_forward(struct chim_host_conn *conn, struct sk_buff *skb)
{
	struct chim_host_bind *bind = conn->path->bind;
	struct chim_host_req *req;

	if (skb_linearize(skb))
		goto drop;
	req = chim_host_req_alloc(conn, skb, 0, GFP_ATOMIC);
	if (!req)
		goto drop;
	req->kind = CHIM_HOST_FORWARD;
	chim_host_count(CHIM_HOST_FORWARDED, 1);
	bind->tcp.TcpOffloadForwardHandler(bind->attach.MiniportAdapterContext,
					   &conn->context, &req->nbl);
	return;

drop:
	kfree_skb(skb);
}
