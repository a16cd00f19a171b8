// SPDX-License-Identifier: GPL-2.0
/*
 * What the target has received: from indications into the socket's receive
 * queue, and what it has to say otherwise.
 *
 * Data is accepted as long as the queue is not full. After that it is refused
 * and stays with the target, whose window closes; when there is room again, an empty
 * request to receive lifts the refusal.
 */
#include "host/recv.h"

#include "host/bind.h"
#include "host/conn.h"
#include "host/lower.h"
#include "host/park.h"
#include "host/reach.h"
#include "host/send.h"
#include "host/why.h"

#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/tcp.h>

/* Most that is copied into one piece: memory of that size is to be had. */
#define PIECE_MAX	SKB_MAX_ORDER(0, 0)

/* Without the socket's spinlock, a good guess. */
static u32 memory_used(const struct chim_host_conn *conn)
{
	return atomic_read(&conn->sk->sk_rmem_alloc) +
	       READ_ONCE(conn->rxq_bytes);
}

static u32 unread(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return tp->rcv_nxt - READ_ONCE(tp->copied_seq);
}

/* Small pieces: there is little data in much memory. */
static bool below_mark(const struct sock *sk)
{
	return unread(sk) < READ_ONCE(sk->sk_rcvlowat);
}

/* Is there less than the part of what TCP would promise room for, in sixteenths? */
static bool has_less(const struct chim_host_conn *conn, u32 part)
{
	const struct sock *sk = conn->sk;
	u32 promised = tcp_win_from_space(sk, READ_ONCE(sk->sk_rcvbuf));

	return (u64)unread(sk) + READ_ONCE(conn->rxq_bytes) <
	       (u64)promised * part / 16;
}

/*
 * Where all sockets together, or those of a control group, have taken too much, a
 * socket gets more once its program has read what there is.
 */
static bool has_room(const struct chim_host_conn *conn)
{
	u64 size = READ_ONCE(conn->sk->sk_rcvbuf);
	u32 used = memory_used(conn);

	if (used && unlikely(tcp_under_memory_pressure(conn->sk)) &&
	    !below_mark(conn->sk))
		return false;
	if (used < size)
		return true;
	/* An skb takes all of its memory until its last byte has been read. */
	return used < 2 * size && has_less(conn, 16);
}

/*
 * When there is so much room, TCP opens a window that was closed. Not more may be asked
 * for: the program may look at what it leaves there, and wait for the rest.
 */
static bool may_lift(const struct chim_host_conn *conn)
{
	return has_room(conn) && (has_less(conn, 15) || below_mark(conn->sk));
}

/**
 * chim_host_lift_due() - has data that was refused waited for too long?
 * @conn: offloaded
 *
 * Where memory is short, that ends without anybody's leaving the socket.
 *
 * Context: any; the socket exists, and is looked at without its lock.
 * Return: whether there is room for it by now.
 */
bool chim_host_lift_due(const struct chim_host_conn *conn)
{
	bool due;

	/* Whoever is mistaken looks again in a second, or finds nothing to do. */
	due = data_race(conn->refused && may_lift(conn));
	return due && !READ_ONCE(conn->lifting);
}

/**
 * struct place - where in a chain of MDLs
 * @mdl: in this one
 * @offset: bytes before it, possibly all that @mdl has
 * @left: bytes from there on
 */
struct place {
	const MDL *mdl;
	u32 offset;
	u32 left;
};

static struct place start_of(const NET_BUFFER *nb)
{
	return (struct place){
		.mdl = nb->CurrentMdl,
		.offset = nb->CurrentMdlOffset,
		.left = nb->DataLength,
	};
}

/* The next stretch of memory; moves on. */
static void *stretch(struct place *p, u32 *len)
{
	void *at;

	while (p->offset >= p->mdl->ByteCount) {
		p->offset -= p->mdl->ByteCount;
		p->mdl = p->mdl->Next;
	}
	at = p->mdl->MappedSystemVa + p->offset;
	*len = min(p->mdl->ByteCount - p->offset, p->left);
	p->offset += *len;
	p->left -= *len;
	return at;
}

/* What drivers take for a segment at least, as long as nothing is merged. */
static u32 charge(u32 len)
{
	return ALIGN(len, PAGE_SIZE / 2);
}

/* False if it has as many pieces as it can have. */
static bool refer(struct sk_buff *skb, struct page *page, u32 offset, u32 len)
{
	int n = skb_shinfo(skb)->nr_frags;

	if (skb_can_coalesce(skb, n, page, offset)) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[n - 1], len);
	} else if (n < MAX_SKB_FRAGS) {
		get_page(page);
		skb_fill_page_desc(skb, n, page, offset, len);
	} else {
		return false;
	}
	skb->len += len;
	skb->data_len += len;
	skb->truesize += charge(len);
	return true;
}

static struct sk_buff *next_skb(struct sk_buff_head *list, u32 room)
{
	struct sk_buff *skb = alloc_skb(room, GFP_KERNEL | __GFP_NOFAIL);

	__skb_queue_tail(list, skb);
	return skb;
}

static void copy(struct sk_buff_head *list, const void *at, u32 len)
{
	u32 n;

	for (; len; at += n, len -= n) {
		n = min_t(u32, len, PIECE_MAX);
		skb_put_data(next_skb(list, n), at, n);
	}
}

/*
 * The target gives the page of returned data back, and does not write to it
 * (chimney/target.h). So a reference is enough, except for what kmalloc() gave.
 */
static void take_over(const NET_BUFFER *nb, struct sk_buff_head *list)
{
	struct place p = start_of(nb);
	struct sk_buff *skb = NULL;
	struct page *page;
	u32 len, offset;
	void *at;

	__skb_queue_head_init(list);
	while (p.left) {
		at = stretch(&p, &len);
		page = virt_to_head_page(at);
		offset = at - page_address(page);
		if (PageSlab(page)) {
			copy(list, at, len);
			skb = NULL;
		} else if (!skb || !refer(skb, page, offset, len)) {
			skb = next_skb(list, 0);
			refer(skb, page, offset, len);
		}
	}
}

/* As TCP does it, so that small segments do not take more memory than they are. */
static bool merge(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	bool stolen;
	int delta;

	if (!tail || TCP_SKB_CB(tail)->end_seq != cb->seq ||
	    TCP_SKB_CB(tail)->tcp_flags & TCPHDR_FIN ||
	    !skb_try_coalesce(tail, skb, &stolen, &delta))
		return false;
	atomic_add(delta, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, delta);
	TCP_SKB_CB(tail)->end_seq = cb->end_seq;
	if (cb->has_rxtstamp) {
		TCP_SKB_CB(tail)->has_rxtstamp = true;
		tail->tstamp = skb->tstamp;
		skb_hwtstamps(tail)->hwtstamp = skb_hwtstamps(skb)->hwtstamp;
	}
	kfree_skb_partial(skb, stolen);
	return true;
}

/*
 * Queues data in sequence. What the target has acknowledged cannot be given
 * back, so it is charged to the socket even where memory is short.
 */
static void deliver(struct chim_host_conn *conn, struct sk_buff *skb)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	/* About as many as there were. */
	u32 segs = 1;

	if (skb->len > tp->advmss)
		segs = DIV_ROUND_UP(skb->len, max_t(u32, tp->advmss, 1));
	memset(cb, 0, sizeof(*cb));
	cb->has_rxtstamp = skb->tstamp || skb_hwtstamps(skb)->hwtstamp;
	cb->seq = tp->rcv_nxt;
	cb->end_seq = cb->seq + skb->len;
	cb->tcp_flags = TCPHDR_ACK;
	sk_rmem_schedule(sk, skb, skb->truesize);
	tp->bytes_received += skb->len;
	tp->segs_in += segs;
	tp->data_segs_in += segs;
	WRITE_ONCE(tp->rcv_nxt, cb->end_seq);
	if (!merge(sk, skb)) {
		tcp_add_receive_queue(sk, skb);
		skb_set_owner_r(skb, sk);
	}
	inet_csk(sk)->icsk_ack.lrcvtime = tcp_jiffies32;
	tp->rcv_tstamp = tcp_jiffies32;
	chim_host_park_window(conn);
}

/**
 * chim_host_take_fin() - the peer sends nothing more
 * @conn: all data before it has been taken
 *
 * Context: socket's spinlock held, or socket owned.
 */
void chim_host_take_fin(struct chim_host_conn *conn)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);

	if (sk->sk_state != TCP_ESTABLISHED)
		return;
	WRITE_ONCE(tp->rcv_nxt, tp->rcv_nxt + 1);
	chim_host_park_window(conn);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	sock_set_flag(sk, SOCK_DONE);
	tcp_set_state(sk, TCP_CLOSE_WAIT);
	if (sock_flag(sk, SOCK_DEAD))
		return;
	sk->sk_state_change(sk);
	sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
}

/**
 * chim_host_take() - what came while somebody owned the socket
 * @conn: the connection
 *
 * Context: socket's spinlock held, by its owner or when there is none; or
 * socket owned and the target has ended.
 */
void chim_host_take(struct chim_host_conn *conn)
{
	struct sk_buff *skb, *next;
	struct llist_node *node;
	bool some;

	if (llist_empty(&conn->rxq) && !conn->fin)
		return;
	node = __llist_del_all(&conn->rxq);
	if (node && node->next)
		node = llist_reverse_order(node);
	some = node;
	llist_for_each_entry_safe(skb, next, node, ll_node) {
		skb_mark_not_on_list(skb);
		WRITE_ONCE(conn->rxq_bytes, conn->rxq_bytes - skb->truesize);
		deliver(conn, skb);
	}
	if (conn->fin)
		chim_host_take_fin(conn);
	if (some) {
		chim_host_reach_confirm(conn);
		conn->sk->sk_data_ready(conn->sk);
	}
}

/* A single buffer list. */
static void give_back(struct chim_host_bind *bind, PNET_BUFFER_LIST list)
{
	list->Next = NULL;
	bind->tcp.TcpOffloadReceiveReturnHandler(bind->attach.MiniportAdapterContext,
						 list);
}

/**
 * chim_host_take_buffered() - data that comes back with the connection
 * @conn: uploaded
 * @list: buffer lists of the target's
 *
 * Context: process, may sleep; socket owned.
 */
void chim_host_take_buffered(struct chim_host_conn *conn, PNET_BUFFER_LIST list)
{
	struct sk_buff_head pieces;
	const NET_BUFFER *nb;
	PNET_BUFFER_LIST next;
	struct sk_buff *skb;
	bool some = list;

	for (; list; list = next) {
		next = list->Next;
		for (nb = list->FirstNetBuffer; nb; nb = nb->Next) {
			take_over(nb, &pieces);
			while ((skb = __skb_dequeue(&pieces)))
				deliver(conn, skb);
		}
		give_back(conn->path->bind, list);
	}
	if (some)
		conn->sk->sk_data_ready(conn->sk);
}

/**
 * chim_host_kick() - look at what has come, unless the socket's owner will
 * @conn: the connection
 *
 * Context: softirqs disabled.
 */
void chim_host_kick(struct chim_host_conn *conn)
{
	struct sock *sk = conn->sk;

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk)) {
		chim_host_take(conn);
		chim_host_drain_done(conn);
	}
	bh_unlock_sock(sk);
}

/* Takes from an skb what TCP would not find on it. */
static void clean(struct sk_buff *skb)
{
	skb->prev = NULL;
	skb->dev = NULL;
	/* That of its sender, if he is on this machine. */
	skb_clear_delivery_time(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
}

/* Called with the socket's spinlock held. */
static void accept(struct chim_host_conn *conn, struct sk_buff *skbs)
{
	u32 bytes = conn->rxq_bytes;
	struct sk_buff *next;

	for (; skbs; skbs = next) {
		next = skbs->next;
		clean(skbs);
		bytes += skbs->truesize;
		__llist_add(&skbs->ll_node, &conn->rxq);
	}
	WRITE_ONCE(conn->rxq_bytes, bytes);
	if (!sock_owned_by_user(conn->sk))
		chim_host_take(conn);
}

/**
 * chim_host_take_skbs() - struct chim_ndis @take: data is there
 * @object: connection
 * @skbs: the data
 * @bytes: how much
 *
 * Context: as the target calls it, softirqs disabled.
 * Return: whether all or none of it is taken.
 */
bool chim_host_take_skbs(NDIS_HANDLE object, struct sk_buff *skbs, u32 bytes)
{
	struct chim_host_conn *conn = object;
	bool room;

	bh_lock_sock(conn->sk);
	room = has_room(conn);
	if (room)
		accept(conn, skbs);
	bh_unlock_sock(conn->sk);
	return room;
}

/**
 * chim_host_indicate() - NdisTcpOffloadReceiveHandler
 * @object: connection
 * @list: data that was not taken when it was offered
 * @status: NDIS_STATUS_SUCCESS
 * @consumed: set to 0
 *
 * Context: as the target calls it, softirqs disabled.
 * Return: that it is not accepted: it stays with the target, see above.
 */
NDIS_STATUS chim_host_indicate(NDIS_HANDLE object, PNET_BUFFER_LIST list,
			       NDIS_STATUS status, PULONG consumed)
{
	struct chim_host_conn *conn = object;
	bool room;

	*consumed = 0;
	bh_lock_sock(conn->sk);
	conn->refused = true;
	room = has_room(conn);
	bh_unlock_sock(conn->sk);
	chim_host_count(CHIM_HOST_REFUSED_DATA, 1);
	/* Nobody may read if there is nothing to be read. */
	if (room)
		chim_host_conn_todo(conn, CHIM_HOST_KICK, 0);
	return NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED;
}

/**
 * chim_host_lift() - let the target indicate again what was refused
 * @conn: offloaded
 *
 * Context: socket's spinlock held, by its owner or when there is none.
 */
void chim_host_lift(struct chim_host_conn *conn)
{
	struct chim_host_bind *bind = conn->path->bind;
	struct chim_host_req *req;

	if (!conn->refused || READ_ONCE(conn->lifting) || !may_lift(conn))
		return;
	req = chim_host_req_alloc(conn, NULL, 0, GFP_ATOMIC);
	if (!req) {
		chim_host_conn_todo(conn, CHIM_HOST_KICK, 0);
		return;
	}
	conn->refused = false;
	WRITE_ONCE(conn->lifting, true);
	bind->tcp.TcpOffloadReceiveHandler(bind->attach.MiniportAdapterContext,
					   &conn->context, &req->nbl);
}

/* Of TcpIndicateRetrieve. UploadRequested is all that no other one says. */
static enum chim_host_why reason(ULONG info)
{
	static const u8 whys[] = {
		[LowActivity] = CHIM_HOST_UP_IDLE,
		[HighDropRate] = CHIM_HOST_UP_DROPS,
		[SmallIO] = CHIM_HOST_UP_SMALL_IO,
		[NoBufferPreposting] = CHIM_HOST_UP_PREPOST,
		[ReceivedUrgentData] = CHIM_HOST_UP_URGENT,
		[HighFragmentation] = CHIM_HOST_UP_FRAGMENTS,
		[HighOutOfOrderPackets] = CHIM_HOST_UP_DISORDER,
		[TimeoutExpiration] = CHIM_HOST_UP_TIMEOUT,
		[InvalidState] = CHIM_HOST_UP_INVALID,
		[HardwareFailure] = CHIM_HOST_UP_HARDWARE,
	};

	return info < ARRAY_SIZE(whys) && whys[info] ? whys[info] :
						       CHIM_HOST_UP_TARGET;
}

/**
 * chim_host_event() - NdisTcpOffloadEventHandler
 * @object: connection
 * @type: TCP_OFFLOAD_EVENT_TYPE
 * @info: depends on it
 *
 * Context: as the target calls it, softirqs disabled.
 */
VOID chim_host_event(NDIS_HANDLE object, ULONG type, ULONG info)
{
	struct chim_host_conn *conn = object;

	switch (type) {
	case TcpIndicateDisconnect:
		bh_lock_sock(conn->sk);
		conn->fin = true;
		bh_unlock_sock(conn->sk);
		chim_host_kick(conn);
		break;
	case TcpIndicateAbort:
		WRITE_ONCE(conn->aborted, true);
		chim_host_conn_todo(conn, CHIM_HOST_UPLOAD, CHIM_HOST_UP_RESET);
		break;
	case TcpIndicateRetrieve:
		chim_host_conn_todo(conn, CHIM_HOST_UPLOAD, reason(info));
		break;
	}
}
