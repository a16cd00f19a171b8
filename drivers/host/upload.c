// SPDX-License-Identifier: GPL-2.0
/*
 * A connection comes back into its live socket.
 *
 * What has not been acknowledged are the socket's own skbs, as it once wrote
 * them. Those that have been sent go through the write queue once more, in
 * repair, where TCP moves them to its retransmit queue as if it had sent them;
 * the rest is just queued again.
 */
#include "host/upload.h"

#include "host/bind.h"
#include "host/block.h"
#include "host/conn.h"
#include "host/cork.h"
#include "host/count.h"
#include "host/filter.h"
#include "host/hold.h"
#include "host/info.h"
#include "host/lower.h"
#include "host/park.h"
#include "host/recv.h"
#include "host/send.h"
#include "host/track.h"
#include "host/ulp.h"
#include "host/why.h"
#include "host/write.h"

#include <linux/ktime.h>
#include <linux/tcp.h>
#include <net/tcp.h>

#define GFP_SURE	(GFP_KERNEL | __GFP_NOFAIL)

/* As often as any timeout can be doubled before it is as long as can be. */
#define BACKOFF_MAX	15

/* --- the data ------------------------------------------------------------- */

/* Each request begins where the one before it ends, the first one at SndUna. */
static bool contiguous(const struct chim_host_conn *conn, u32 una)
{
	struct chim_host_req *req;
	u32 end, left;

	for (req = conn->sends; req; req = chim_host_send_next(conn, req)) {
		left = chim_host_req_left(req);
		end = TCP_SKB_CB(req->skb)->end_seq;
		if (left && end - left != una)
			return false;
		if (left)
			una = end;
	}
	return una == tcp_sk(conn->sk)->snd_nxt;
}

/* One that has not been told of a first byte that is SndUna is not ours. */
static bool sound(const struct chim_host_conn *conn,
		  const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	const struct tcp_sock *tp = tcp_sk(conn->sk);

	return d->SndUna == tp->snd_una && d->RcvNxt == tp->rcv_nxt &&
	       !before(d->SndMax, d->SndUna) && !after(d->SndMax, tp->snd_nxt) &&
	       contiguous(conn, d->SndUna);
}

static void free_skb(struct chim_host_conn *conn, struct chim_host_req *req)
{
	tcp_wmem_free_skb(conn->sk, req->skb);
	chim_host_req_free(req);
}

static void enqueue(struct sk_buff_head *queue, struct sk_buff *skb, u8 sacked)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	cb->sacked = sacked;
	memset(&cb->tx, 0, sizeof(cb->tx));
	tcp_skb_pcount_set(skb, 0);
	INIT_LIST_HEAD(&skb->tcp_tsorted_anchor);
	__skb_queue_tail(queue, skb);
}

/* Without the bytes before @una, some of which are not acknowledged. */
static struct sk_buff *trim(struct sock *sk, struct sk_buff *skb, u32 una)
{
	struct sk_buff *rest;

	if (!before(TCP_SKB_CB(skb)->seq, una))
		return skb;
	rest = chim_host_split(sk, skb, una - TCP_SKB_CB(skb)->seq, GFP_SURE);
	tcp_wmem_free_skb(sk, skb);
	return rest;
}

static void put_unsent(struct sock *sk, struct sk_buff_head *unsent,
		       struct sk_buff *skb)
{
	chim_host_count_unsent(tcp_sk(sk), skb->len);
	enqueue(unsent, skb, 0);
}

/* Sorts what came back into what has been sent, and what has not. */
static void sort(struct chim_host_conn *conn,
		 const TCP_OFFLOAD_STATE_DELEGATED *d,
		 struct sk_buff_head *flight, struct sk_buff_head *unsent)
{
	struct sk_buff *skb, *tail;
	struct chim_host_req *req;

	while ((req = conn->sends)) {
		chim_host_send_del(conn, req);
		if (!chim_host_req_left(req)) {
			free_skb(conn, req);
			continue;
		}
		skb = trim(conn->sk, req->skb, d->SndUna);
		chim_host_req_free(req);
		if (!before(TCP_SKB_CB(skb)->seq, d->SndMax)) {
			put_unsent(conn->sk, unsent, skb);
			continue;
		}
		tail = NULL;
		if (after(TCP_SKB_CB(skb)->end_seq, d->SndMax))
			tail = chim_host_split(conn->sk, skb, d->SndMax -
					       TCP_SKB_CB(skb)->seq, GFP_SURE);
		enqueue(flight, skb, TCPCB_REPAIRED);
		if (tail)
			put_unsent(conn->sk, unsent, tail);
	}
}

/* --- the values ----------------------------------------------------------- */

static void write_window(struct tcp_sock *tp,
			 const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	tp->snd_wnd = d->SndWnd;
	tp->snd_wl1 = d->SendWL1;
	tp->max_window = max_t(u32, d->MaxSndWnd, d->SndWnd);
	tp->rcv_wup = tp->rcv_nxt;
	tp->rcv_wnd = d->RcvWnd;
	tp->rcv_ssthresh = max(tp->rcv_ssthresh, tp->rcv_wnd);
}

static void write_times(struct tcp_sock *tp,
			const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	if (!tp->rx_opt.tstamp_ok)
		return;
	tp->rx_opt.ts_recent = d->TsRecent;
	tp->rx_opt.ts_recent_stamp = ktime_get_seconds() -
				     d->TsRecentAge / MSEC_PER_SEC;
	tp->tsoffset = d->TsTime - chim_host_now();
}

static void restart_congestion(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	tcp_sk(sk)->snd_cwnd_cnt = 0;
	if (icsk->icsk_ca_ops->set_state)
		icsk->icsk_ca_ops->set_state(sk, TCP_CA_Open);
	icsk->icsk_ca_state = TCP_CA_Open;
	tcp_ca_event(sk, CA_EVENT_CWND_RESTART);
}

/*
 * What is being retransmitted goes on where the target has got to. TCP is in its
 * state after a timeout then, which it leaves when that is acknowledged.
 */
static void write_retransmission(struct sock *sk,
				 const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	u8 count = min_t(u32, d->Retransmit.Count, BACKOFF_MAX);

	if (tp->srtt_us)
		icsk->icsk_rto = min_t(u32, __tcp_set_rto(tp), TCP_RTO_MAX);
	tp->retrans_stamp = 0;
	if (!count || d->SndMax == d->SndUna || !d->SndWnd)
		return;
	if (icsk->icsk_ca_ops->set_state)
		icsk->icsk_ca_ops->set_state(sk, TCP_CA_Loss);
	icsk->icsk_ca_state = TCP_CA_Loss;
	tp->frto = 0;
	icsk->icsk_retransmits = count;
	icsk->icsk_backoff = count;
	icsk->icsk_rto = min_t(u64, (u64)icsk->icsk_rto << count, TCP_RTO_MAX);
	/* 0 would mean that there is none. */
	tp->retrans_stamp = chim_host_now() - d->TotalRT ?: 1;
}

static void write_values(struct sock *sk, const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	struct tcp_sock *tp = tcp_sk(sk);

	write_window(tp, d);
	chim_host_info_mirror(sk, d);
	restart_congestion(sk);
	write_times(tp, d);
	WRITE_ONCE(tp->snd_nxt, d->SndMax);
	tp->snd_sml = d->SndUna;
	tp->high_seq = d->SndMax;
	write_retransmission(sk, d);
	tp->lsndtime = tcp_jiffies32;
	tcp_fast_path_check(sk);
}

/* --- back to work --------------------------------------------------------- */

/* As if TCP had sent it: its timer runs, nothing is measured by it. */
static void push_flight(struct chim_host_conn *conn,
			struct sk_buff_head *flight,
			const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	struct inet_connection_sock *icsk = inet_csk(conn->sk);
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	u32 probing = icsk->icsk_mtup.enabled;
	u8 repair = tp->repair, queue = tp->repair_queue;
	u32 left = d->Retransmit.TimeoutDelta;

	if (skb_queue_empty(flight))
		return;
	skb_queue_splice_init(flight, &sk->sk_write_queue);
	icsk->icsk_mtup.enabled = 0;
	tp->repair = 1;
	tp->repair_queue = TCP_SEND_QUEUE;
	chim_host_run_base_cb(conn);
	tp->repair_queue = queue;
	tp->repair = repair;
	icsk->icsk_mtup.enabled = probing;
	/* TCP has begun it anew. */
	if (left != CHIM_HOST_IDLE)
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS,
					  max(msecs_to_jiffies(left), 1UL),
					  TCP_RTO_MAX);
}

/* TCP looks at when it last heard of the peer, not at its timer alone. */
static void restart_keepalive(struct sock *sk,
			      const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 when = keepalive_time_when(tp), left = when, sent;

	if (!sock_flag(sk, SOCK_KEEPOPEN))
		return;
	if (d->KeepAlive.TimeoutDelta != CHIM_HOST_IDLE)
		left = msecs_to_jiffies(d->KeepAlive.TimeoutDelta);
	if (!d->KeepAlive.ProbeCount) {
		tp->rcv_tstamp = tcp_jiffies32 - when + min(left, when);
	} else if (!tp->packets_out && !tcp_send_head(sk)) {
		inet_csk(sk)->icsk_probes_out = d->KeepAlive.ProbeCount;
		sent = d->KeepAlive.ProbeCount * keepalive_intvl_when(tp);
		tp->rcv_tstamp = tcp_jiffies32 - when - sent + min(left, sent);
	}
	inet_csk_reset_keepalive_timer(sk, left);
}

static void go_on(struct chim_host_conn *conn,
		  const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	struct inet_connection_sock *icsk = inet_csk(conn->sk);
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *last = skb_peek_tail(&sk->sk_write_queue);
	bool held = last && chim_host_held_back(conn, last);
	u8 nonagle = tp->nonagle;

	/* The peer hears from us at once, with data or without. */
	chim_host_ack_now(sk);
	/* TCP does not know any more which data is held back by MSG_MORE. */
	if (held)
		tp->nonagle |= TCP_NAGLE_CORK;
	chim_host_run_base_cb(conn);
	tp->nonagle = nonagle;
	if (!tp->packets_out && !skb_queue_empty(&sk->sk_write_queue) &&
	    !icsk->icsk_pending)
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_PROBE0,
					  tcp_probe0_base(sk), TCP_RTO_MAX);
	/* Without data that waits for the window, that is not what is counted. */
	if (tp->packets_out || skb_queue_empty(&sk->sk_write_queue))
		icsk->icsk_probes_tstamp = 0;
	restart_keepalive(sk, d);
}

/*
 * A writer who sleeps may have left one. TCP's timer of window probes would send it,
 * and wait for somebody to acknowledge nothing. The writer looks for it anew.
 */
static void drop_empty(struct sock *sk)
{
	struct sk_buff *skb = tcp_write_queue_tail(sk);

	if (!skb || TCP_SKB_CB(skb)->seq != TCP_SKB_CB(skb)->end_seq)
		return;
	tcp_unlink_write_queue(skb, sk);
	tcp_wmem_free_skb(sk, skb);
}

static void thaw(struct chim_host_conn *conn,
		 const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	struct sk_buff_head flight, unsent;
	struct sock *sk = conn->sk;

	__skb_queue_head_init(&flight);
	__skb_queue_head_init(&unsent);
	chim_host_park_clock(conn);
	sort(conn, d, &flight, &unsent);
	drop_empty(sk);
	/* Behind it what has been written meanwhile. */
	skb_queue_splice_tail_init(&sk->sk_write_queue, &unsent);
	chim_host_unpark(conn);
	write_values(sk, d);
	push_flight(conn, &flight, d);
	skb_queue_splice_tail_init(&unsent, &sk->sk_write_queue);
	go_on(conn, d);
	/* If nothing is out any more, no acknowledgment wakes a writer. */
	sk->sk_write_space(sk);
}

/* Nothing can be sent any more; what was received can still be read. */
static void kill(struct chim_host_conn *conn, int err)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	struct chim_host_req *req;
	struct sk_buff *skb;

	while ((req = conn->sends)) {
		chim_host_send_del(conn, req);
		free_skb(conn, req);
	}
	chim_host_unpark(conn);
	tp->rcv_wup = tp->rcv_nxt;
	/* TCP has ended it meanwhile, and said why. */
	if (sk->sk_state == TCP_CLOSE)
		return;
	/* As TCP does it: somebody may wait for pages of his in there. */
	while ((skb = tcp_send_head(sk))) {
		tcp_unlink_write_queue(skb, sk);
		tcp_wmem_free_skb(sk, skb);
	}
	WRITE_ONCE(sk->sk_err, err);
	/* Pairs with the check of the state in tcp_poll(). */
	smp_wmb();
	local_bh_disable();
	tcp_done(sk);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
	local_bh_enable();
}

/* --- the operation -------------------------------------------------------- */

static PNET_BUFFER_LIST terminate(struct chim_host_conn *conn,
				  TCP_OFFLOAD_STATE_DELEGATED *d)
{
	struct chim_host_bind *bind = conn->path->bind;
	struct chim_host_block block;

	chim_host_block_deleg(&block, &conn->context);
	if (chim_host_bind_end(bind, &block.b) != NDIS_STATUS_SUCCESS) {
		memset(d, 0, sizeof(*d));
		d->State = TcpConnectionClosed;
		return NULL;
	}
	chim_host_block_read(&block, d);
	/* All of our own requests are in our list, wherever they come back. */
	return d->BufferedData;
}

/* What is in the chain has not been counted: it was never completed. */
static void count_rest(struct chim_host_conn *conn)
{
	struct chim_host_req *req;

	for (req = conn->sends; req; req = chim_host_send_next(conn, req))
		chim_host_count_acked(tcp_sk(conn->sk), req);
}

static bool closed(const struct chim_host_conn *conn,
		   const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	return READ_ONCE(conn->aborted) || d->State == TcpConnectionClosed ||
	       conn->sk->sk_state == TCP_CLOSE;
}

static void take_back(struct chim_host_conn *conn, u32 why)
{
	TCP_OFFLOAD_STATE_DELEGATED d;
	PNET_BUFFER_LIST buffered = terminate(conn, &d);
	int state = conn->sk->sk_state;

	/* The target makes no calls any more. */
	chim_host_take(conn);
	chim_host_drain_done(conn);
	chim_host_take_buffered(conn, buffered);
	if (d.State == TcpConnectionCloseWait)
		chim_host_take_fin(conn);
	count_rest(conn);
	if (closed(conn, &d)) {
		chim_host_track_return(conn, NULL);
		kill(conn, state == TCP_CLOSE_WAIT ? EPIPE : ECONNRESET);
	} else if (!sound(conn, &d)) {
		pr_warn_ratelimited("chimney_host: una %x %x max %x %x rcv %x %x\n",
				    d.SndUna, tcp_sk(conn->sk)->snd_una,
				    d.SndMax, tcp_sk(conn->sk)->snd_nxt,
				    d.RcvNxt, tcp_sk(conn->sk)->rcv_nxt);
		chim_host_count(CHIM_HOST_LOST, 1);
		chim_host_track_return(conn, NULL);
		kill(conn, ECONNRESET);
	} else if (why == CHIM_HOST_UP_USER_TIMEOUT && !d.SndWnd) {
		/*
		 * As TCP does it when it finds that with its own probes. Now it
		 * would begin with what the target has probed with, for long.
		 */
		chim_host_track_return(conn, &d);
		kill(conn, ETIMEDOUT);
	} else {
		/* First that: it sends. */
		chim_host_track_return(conn, &d);
		thaw(conn, &d);
	}
}

/**
 * chim_host_upload() - take a socket's connection back
 * @conn: the socket's, offloaded
 * @why: enum chim_host_why
 *
 * Blocks for a grace period, and for the target. Afterwards the socket has the
 * connection again, whatever its state by then.
 *
 * Context: process, may sleep; socket owned.
 */
void chim_host_upload(struct chim_host_conn *conn, u32 why)
{
	struct chim_host_path *path = conn->path;
	struct chim_host_bind *bind = path->bind;
	struct chim_host_held held;

	chim_host_hold_again(conn, &held);
	/* Nothing more goes there, and it need not be asked for (TRM-076). */
	conn->stalled = true;
	take_back(conn, why);
	WRITE_ONCE(conn->state, CHIM_HOST_NATIVE);
	/* As long as it is on an adapter, others may say why it is to leave. */
	WRITE_ONCE(conn->path, NULL);
	WRITE_ONCE(conn->why, why);
	chim_host_ulp_name(conn->sk, false);
	chim_host_unhold(conn);
	chim_host_count(CHIM_HOST_UPLOADED, 1);
	chim_host_count(why, 1);
	chim_host_path_put(path);
	chim_host_bind_put(bind);
	chim_host_filter_put(sock_net(conn->sk));
}
