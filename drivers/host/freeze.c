// SPDX-License-Identifier: GPL-2.0
/* A live socket's connection goes to the target. */
#include "host/freeze.h"

#include "compat.h"
#include "host/bind.h"
#include "host/block.h"
#include "host/cached.h"
#include "host/conn.h"
#include "host/cork.h"
#include "host/count.h"
#include "host/filter.h"
#include "host/fit.h"
#include "host/hold.h"
#include "host/lower.h"
#include "host/news.h"
#include "host/park.h"
#include "host/recv.h"
#include "host/send.h"
#include "host/track.h"
#include "host/ulp.h"
#include "host/why.h"

#include <linux/err.h>
#include <linux/tcp.h>
#include <net/tcp.h>

/* --- the values ----------------------------------------------------------- */

/*
 * What routers lose without a word, TCP has found by trying (RFC 4821). The target
 * does not try: for it, the peer takes no more.
 */
static u16 remote_mss(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	u32 mss = tcp_sk(sk)->rx_opt.mss_clamp;

	if (icsk->icsk_mtup.enabled)
		mss = min_t(u32, mss, icsk->icsk_mtup.search_low -
				      icsk->icsk_af_ops->net_header_len -
				      sizeof(struct tcphdr));
	return mss;
}

static void read_const(const struct chim_host_conn *conn,
		       TCP_OFFLOAD_STATE_CONST *c)
{
	const struct tcp_options_received *opt = &tcp_sk(conn->sk)->rx_opt;

	c->Header.Length = sizeof(*c);
	c->Flags = (opt->tstamp_ok ? TCP_FLAG_TIMESTAMP_ENABLED : 0) |
		   (opt->sack_ok ? TCP_FLAG_SACK_ENABLED : 0) |
		   (opt->wscale_ok ? TCP_FLAG_WINDOW_SCALING_ENABLED : 0);
	c->RemotePort = (__force u16)inet_sk(conn->sk)->inet_dport;
	c->LocalPort = (__force u16)inet_sk(conn->sk)->inet_sport;
	c->SndWindScale = opt->snd_wscale;
	c->RcvWindScale = opt->rcv_wscale;
	c->RemoteMss = remote_mss(conn->sk);
}

/* What the peer may still send, by what it has been told. */
static u32 open_window(const struct tcp_sock *tp)
{
	return tcp_receive_window(tp);
}

/* A loss probe, or a wait for reordering, is not the target's business. */
static u32 time_left(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	long left = (long)(icsk->icsk_timeout - jiffies);

	if (icsk->icsk_pending != ICSK_TIME_RETRANS)
		left = icsk->icsk_rto;
	return left > 0 ? chim_host_ticks(left) : 0;
}

/* The probes that are out, and when the next one is due. */
static void read_keepalive(struct sock *sk, TCP_OFFLOAD_STATE_DELEGATED *d)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);
	long left;

	d->KeepAlive.TimeoutDelta = CHIM_HOST_IDLE;
	if (!sock_flag(sk, SOCK_KEEPOPEN))
		return;
	left = keepalive_time_when(tp) - keepalive_time_elapsed(tp);
	/* With data to be sent they are probes of the window. */
	if (icsk->icsk_probes_out && !tp->packets_out && !tcp_send_head(sk)) {
		d->KeepAlive.ProbeCount = icsk->icsk_probes_out;
		left = chim_keepalive_timer(sk)->expires - jiffies;
	}
	d->KeepAlive.TimeoutDelta = chim_host_ticks(max(left, 1L));
}

/* A dead peer is given up when all is counted together, whoever counts. */
static void read_retransmission(const struct sock *sk,
				TCP_OFFLOAD_STATE_DELEGATED *d)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);

	d->Retransmit.TimeoutDelta = tp->packets_out ? time_left(sk) :
						       CHIM_HOST_IDLE;
	d->Retransmit.Count = icsk->icsk_retransmits;
	if (icsk->icsk_retransmits && tp->retrans_stamp)
		d->TotalRT = chim_host_now() - tp->retrans_stamp;
}

/* 8 and 4 times what was measured, in ticks of a millisecond. */
static void read_times(struct sock *sk, TCP_OFFLOAD_STATE_DELEGATED *d)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	d->SRtt = min_t(u32, DIV_ROUND_UP(tp->srtt_us, USEC_PER_MSEC), U16_MAX);
	d->RttVar = min_t(u32, DIV_ROUND_UP(tp->mdev_us, USEC_PER_MSEC),
			  U16_MAX);
	d->TsRecent = tp->rx_opt.ts_recent;
	d->TsRecentAge = (ktime_get_seconds() - tp->rx_opt.ts_recent_stamp) *
			 MSEC_PER_SEC;
	d->TsTime = chim_host_now() + tp->tsoffset;
	read_keepalive(sk, d);
	read_retransmission(sk, d);
}

/* The kernel counts segments, the target bytes. */
static u32 in_bytes(const struct tcp_sock *tp, u32 segments)
{
	if (segments >= TCP_INFINITE_SSTHRESH)
		return TCP_INFINITE_SSTHRESH;
	return min_t(u64, (u64)segments * tp->mss_cache, TCP_INFINITE_SSTHRESH);
}

static void read_deleg(const struct chim_host_conn *conn,
		       TCP_OFFLOAD_STATE_DELEGATED *d)
{
	const struct tcp_sock *tp = tcp_sk(conn->sk);

	d->Header.Length = sizeof(*d);
	d->State = conn->sk->sk_state == TCP_CLOSE_WAIT ?
		   TcpConnectionCloseWait : TcpConnectionEstablished;
	d->RcvNxt = tp->rcv_nxt;
	d->RcvWnd = open_window(tp);
	d->SndUna = tp->snd_una;
	d->SndNxt = tp->snd_nxt;
	d->SndMax = tp->snd_nxt;
	d->SndWnd = tp->snd_wnd;
	d->MaxSndWnd = max(tp->max_window, tp->snd_wnd);
	d->SendWL1 = tp->snd_wl1;
	d->CWnd = in_bytes(tp, tcp_snd_cwnd(tp));
	d->SsThresh = in_bytes(tp, tp->snd_ssthresh);
	read_times(conn->sk, d);
}

/* --- the data ------------------------------------------------------------- */

static enum chim_host_why add_send(struct chim_host_conn *conn,
				   struct sk_buff *skb,
				   struct list_head *sends)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 una = tcp_sk(conn->sk)->snd_una;
	struct chim_host_req *req;

	if (skb_zcopy(skb))
		return CHIM_HOST_ZEROCOPY;
	if (chim_host_stamped(skb))
		return CHIM_HOST_STAMPS;
	if (cb->tcp_flags & (TCPHDR_SYN | TCPHDR_FIN | TCPHDR_URG) ||
	    skb_has_frag_list(skb))
		return CHIM_HOST_URGENT;
	req = chim_host_req_alloc(conn, skb, before(cb->seq, una) ?
				  una - cb->seq : 0, GFP_KERNEL);
	if (!req)
		return CHIM_HOST_MEMORY;
	list_add_tail(&req->node, sends);
	return CHIM_HOST_FITS;
}

/* Requests for all that is to be sent; the skbs stay where they are. */
static enum chim_host_why add_sends(struct chim_host_conn *conn,
				    struct list_head *sends)
{
	enum chim_host_why why = CHIM_HOST_FITS;
	struct sock *sk = conn->sk;
	struct sk_buff *skb;

	/* TCP may have sent an empty one: tcp_sendpage() when memory is short. */
	for (skb = skb_rb_first(&sk->tcp_rtx_queue); skb && !why;
	     skb = skb_rb_next(skb))
		if (skb->len)
			why = add_send(conn, skb, sends);
	if (why)
		return why;
	skb_queue_walk(&sk->sk_write_queue, skb) {
		/* Somebody's who sleeps in the middle of his work. */
		if (!skb->len || chim_host_held_back(conn, skb))
			break;
		why = add_send(conn, skb, sends);
		if (why)
			break;
	}
	return why;
}

static PNET_BUFFER_LIST chain_sends(struct list_head *sends)
{
	PNET_BUFFER_LIST first = NULL, *link = &first;
	struct chim_host_req *req;

	list_for_each_entry(req, sends, node) {
		*link = &req->nbl;
		link = &req->nbl.Next;
	}
	return first;
}

static void drop_sends(struct list_head *sends)
{
	struct chim_host_req *req, *next;

	list_for_each_entry_safe(req, next, sends, node) {
		list_del(&req->node);
		chim_host_req_free(req);
	}
}

/* The target has them: they leave the queues of TCP. */
static void take_sends(struct chim_host_conn *conn, struct list_head *sends)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	u32 nxt = tp->snd_nxt;
	struct chim_host_req *req;
	struct sk_buff *skb;

	list_for_each_entry(req, sends, node) {
		skb = req->skb;
		if (before(TCP_SKB_CB(skb)->seq, nxt)) {
			list_del(&skb->tcp_tsorted_anchor);
			tcp_rtx_queue_unlink(skb, sk);
			skb->next = NULL;
			skb->prev = NULL;
			skb->dev = NULL;
		} else {
			tcp_unlink_write_queue(skb, sk);
			chim_host_count_sent(tp, skb->len);
		}
		WRITE_ONCE(tp->snd_nxt, TCP_SKB_CB(skb)->end_seq);
	}
	/* Those that are empty. */
	while ((skb = skb_rb_first(&sk->tcp_rtx_queue)))
		tcp_rtx_queue_unlink_and_free(skb, sk);
}

/* --- the operation -------------------------------------------------------- */

static NDIS_STATUS initiate(struct chim_host_conn *conn,
			    const struct chim_host_values *values,
			    struct list_head *sends)
{
	struct chim_host_path *path = conn->path;
	struct chim_host_block linker, block;

	conn->context = NULL;
	chim_host_block_head(&linker, path->family == 4 ? Ip4OffloadConstState :
							  Ip6OffloadConstState,
			     &path->context);
	chim_host_block_conn(&block, &conn->context, conn, values,
			     chain_sends(sends));
	linker.b.DependentBlockList = &block.b;
	chim_host_bind_run(path->bind,
			   path->bind->generic.InitiateOffloadHandler,
			   &linker.b);
	if (linker.b.Status == NDIS_STATUS_PAUSED)
		return linker.b.Status;
	return block.b.Status;
}

/* What the target has told of, and what was seen, before. */
static void start_anew(struct chim_host_conn *conn)
{
	conn->aborted = false;
	conn->stalled = false;
	conn->lifting = false;
	conn->confirmed = tcp_jiffies32;
	conn->looked = tcp_jiffies32 - 1;
	/* Workers write beside these. */
	spin_lock_bh(&conn->sk->sk_lock.slock);
	conn->fin = false;
	conn->refused = false;
	spin_unlock_bh(&conn->sk->sk_lock.slock);
}

/* From here on the target may call; it finds that the socket has an owner. */
static enum chim_host_why hand_over(struct chim_host_conn *conn,
				    struct list_head *sends)
{
	struct chim_host_values values = {};
	enum chim_host_why why;
	NDIS_STATUS status;

	conn->push = false;
	why = chim_host_fit_now(conn->sk);
	if (!why)
		why = add_sends(conn, sends);
	if (why)
		goto drop;
	read_const(conn, &values.c);
	chim_host_cached_read(conn, &values.v);
	/* The peer may send what it has been promised. */
	values.v.InitialRcvWnd = max(values.v.InitialRcvWnd,
				     open_window(tcp_sk(conn->sk)));
	chim_host_cached_told(conn, &values.v);
	read_deleg(conn, &values.d);
	start_anew(conn);
	status = initiate(conn, &values, sends);
	if (status == NDIS_STATUS_SUCCESS)
		return CHIM_HOST_FITS;
	why = status == NDIS_STATUS_PAUSED ? CHIM_HOST_PAUSED : CHIM_HOST_TARGET;
drop:
	drop_sends(sends);
	return why;
}

static enum chim_host_why freeze(struct chim_host_conn *conn)
{
	struct chim_host_held held;
	enum chim_host_why why;
	LIST_HEAD(sends);

	if (chim_host_hold(conn, &held))
		return CHIM_HOST_MEMORY;
	synchronize_net();
	/* What was on its way is in the backlog by now. */
	if (conn->sk->sk_backlog.tail)
		__sk_flush_backlog(conn->sk);
	/* The target owes nothing that it has not received. */
	if (inet_csk_ack_scheduled(conn->sk)) {
		chim_host_ack_now(conn->sk);
		chim_host_run_base_cb(conn);
	}
	chim_host_track_leave(conn);
	why = hand_over(conn, &sends);
	if (why) {
		chim_host_track_stay(conn);
		chim_host_unhold(conn);
		return why;
	}
	take_sends(conn, &sends);
	chim_host_park(conn, &sends);
	/* Pairs with chim_host_req_lend(): its skbs are in no queue any more. */
	smp_store_release(&conn->state, CHIM_HOST_OFFLOADED);
	chim_host_pass_on(conn);
	return CHIM_HOST_FITS;
}

/* Memory that is short now says nothing of the device. */
static enum chim_host_why unbound(int err)
{
	switch (err) {
	case -ENODEV:
		return CHIM_HOST_ADAPTER;
	case -ENOMEM:
		return CHIM_HOST_MEMORY;
	case -EAGAIN:
		return CHIM_HOST_PAUSED;
	default:
		return CHIM_HOST_TARGET;
	}
}

static enum chim_host_why offload(struct chim_host_conn *conn)
{
	struct chim_host_bind *bind;
	struct chim_host_path *path;
	struct chim_host_tuple tuple;
	struct chim_host_hop hop;
	enum chim_host_why why;
	u32 moved;

	why = chim_host_fit(conn->sk);
	if (why)
		return why;
	/* What changes once this has looked is told of. */
	if (chim_host_news_get(sock_net(conn->sk)))
		return CHIM_HOST_MEMORY;
	why = chim_host_hop(conn->sk, &hop);
	if (why)
		return why;
	bind = chim_host_bind_get(sock_net(conn->sk), hop.ifindex);
	if (IS_ERR(bind))
		return unbound(PTR_ERR(bind));
	if (READ_ONCE(bind->paused)) {
		why = CHIM_HOST_PAUSED;
		goto put_bind;
	}
	chim_host_tuple_read(conn->sk, &tuple);
	path = chim_host_path_get(bind, &tuple, &hop, &moved);
	if (IS_ERR(path)) {
		why = unbound(PTR_ERR(path));
		goto put_bind;
	}
	conn->moved = moved;
	conn->seen.mtu = hop.mtu;
	conn->seen.routes = hop.routes;
	conn->seen.digest = chim_host_hop_digest(&hop);
	WRITE_ONCE(conn->waits, false);
	WRITE_ONCE(conn->path, path);
	why = freeze(conn);
	if (!why)
		return why;
	WRITE_ONCE(conn->path, NULL);
	chim_host_path_put(path);
put_bind:
	chim_host_bind_put(bind);
	return why;
}

/**
 * chim_host_offload() - hand a socket's connection to the target
 * @conn: the socket's, native
 *
 * Blocks for a grace period, and for the target.
 *
 * Context: process, may sleep; socket owned.
 * Return: 0, or -errno: nothing has changed.
 */
int chim_host_offload(struct chim_host_conn *conn)
{
	struct net *net = sock_net(conn->sk);
	enum chim_host_why why;

	chim_host_filter_get(net);
	/* First that: from its offload on, somebody may say why it is to end. */
	atomic_andnot(CHIM_HOST_UPLOAD, &conn->todo);
	WRITE_ONCE(conn->why, CHIM_HOST_FITS);
	why = offload(conn);
	if (why) {
		WRITE_ONCE(conn->why, why);
		chim_host_filter_put(net);
		return chim_host_refuse(why);
	}
	WRITE_ONCE(conn->moves, conn->moves + 1);
	chim_host_ulp_name(conn->sk, true);
	chim_host_count(CHIM_HOST_FITS, 1);
	return 0;
}
