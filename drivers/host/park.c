// SPDX-License-Identifier: GPL-2.0
/*
 * What keeps the kernel's TCP still while the target has the connection.
 *
 * A thread may sleep in the middle of tcp_sendmsg() or tcp_recvmsg() when its
 * socket is offloaded, and goes on afterwards in the same function. So those
 * functions stay as they are and find a connection on which there is nothing to
 * do: the peer's window is closed and a timer seems to be running, so nothing
 * is sent, tried or probed; our own window is as open as can be, so that there
 * is no reason to tell the peer of it. The work is done in release_cb, through
 * which every owner of the socket leaves.
 */
#include "host/park.h"

#include "compat.h"
#include "host/conn.h"
#include "host/cork.h"
#include "host/follow.h"
#include "host/recv.h"
#include "host/send.h"
#include "host/ulp.h"

#include <linux/lockdep.h>
#include <linux/tcp.h>
#include <net/tcp.h>

/* Twice this is no less than any window_clamp: __tcp_cleanup_rbuf(). */
#define OPEN_WINDOW	0x3fffffff

/**
 * chim_host_park_window() - our window is open, wherever RCV.NXT is
 * @conn: parked
 *
 * No segment is acceptable to tcp_sequence(): rcv_wup is right of all of them.
 *
 * Context: socket's spinlock held, or socket owned.
 */
void chim_host_park_window(struct chim_host_conn *conn)
{
	struct tcp_sock *tp = tcp_sk(conn->sk);

	tp->rcv_wnd = 0;
	tp->rcv_wup = tp->rcv_nxt + OPEN_WINDOW;
	tp->pred_flags = 0;
}

/* Also what a straggler may have changed. */
static void normalise(struct chim_host_conn *conn)
{
	struct inet_connection_sock *icsk = inet_csk(conn->sk);
	struct sock *sk = conn->sk;

	tcp_sk(sk)->snd_wnd = 0;
	icsk->icsk_pending = ICSK_TIME_RETRANS;
	icsk->icsk_timeout = jiffies + MAX_JIFFY_OFFSET / 2;
	icsk->icsk_retransmits = 0;
	icsk->icsk_backoff = 0;
	icsk->icsk_ack.pending = 0;
	if (timer_pending(&icsk->icsk_retransmit_timer))
		sk_stop_timer(sk, &icsk->icsk_retransmit_timer);
	if (timer_pending(&icsk->icsk_delack_timer))
		sk_stop_timer(sk, &icsk->icsk_delack_timer);
	if (timer_pending(chim_keepalive_timer(sk)))
		sk_stop_timer(sk, chim_keepalive_timer(sk));
	chim_host_park_window(conn);
}

/**
 * chim_host_park_clock() - what TCP counts its time as, for TCP_INFO
 * @conn: parked
 *
 * It thinks that the peer's window is what keeps it from sending. It is busy then.
 * Here begins also what is counted for the user timeout: that something waits.
 *
 * Context: socket's spinlock held, or socket owned.
 */
void chim_host_park_clock(struct chim_host_conn *conn)
{
	u8 now = conn->sends ? TCP_CHRONO_BUSY : TCP_CHRONO_UNSPEC;
	struct inet_connection_sock *icsk = inet_csk(conn->sk);
	struct tcp_sock *tp = tcp_sk(conn->sk);

	/* Not by the type: TCP changes that as soon as something is written. */
	if (now == TCP_CHRONO_UNSPEC)
		icsk->icsk_probes_tstamp = 0;
	else if (!icsk->icsk_probes_tstamp)
		icsk->icsk_probes_tstamp = tcp_jiffies32;
	if (tp->chrono_type == now)
		return;
	if (tp->chrono_type > TCP_CHRONO_UNSPEC)
		tp->chrono_stat[TCP_CHRONO_BUSY - 1] += tcp_jiffies32 -
							tp->chrono_start;
	tp->chrono_start = tcp_jiffies32;
	tp->chrono_type = now;
}

/*
 * What TCP has begun with probes of the window, or of the path's MTU, it must not
 * judge by what becomes of the connection meanwhile. Since when nothing has been
 * acknowledged is kept in its place, for the user timeout.
 */
static void park_probes(const struct chim_host_conn *conn)
{
	struct inet_connection_sock *icsk = inet_csk(conn->sk);

	icsk->icsk_probes_out = 0;
	icsk->icsk_mtup.probe_size = 0;
	if (!conn->sends)
		icsk->icsk_probes_tstamp = 0;
	else if (icsk->icsk_pending != ICSK_TIME_PROBE0 ||
		 !icsk->icsk_probes_tstamp)
		icsk->icsk_probes_tstamp = tcp_jiffies32;
}

/**
 * chim_host_park() - keep the kernel's TCP still
 * @conn: its retransmit queue is empty
 * @sends: requests to send that are out
 *
 * Context: process, socket owned; no segment reaches it.
 */
void chim_host_park(struct chim_host_conn *conn, struct list_head *sends)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);

	tp->packets_out = 0;
	tp->sacked_out = 0;
	tp->lost_out = 0;
	tp->retrans_out = 0;
	tp->compressed_ack = 0;
	tp->highest_sack = NULL;
	tp->tlp_high_seq = 0;
	tp->undo_marker = 0;
	tcp_clear_all_retrans_hints(tp);
	INIT_LIST_HEAD(&tp->tsorted_sent_queue);
	conn->sends = list_first_entry_or_null(sends, struct chim_host_req, node);
	/* What is left is a ring. */
	list_del_init(sends);
	/* What TCP measures as it receives, and grows the buffer by. */
	if (!tp->rcv_rtt_est.rtt_us)
		tp->rcv_rtt_est.rtt_us = tp->srtt_us;
	/* One that waits for the spinlock finds no owner later, and starts anew. */
	sk_stop_timer_sync(sk, chim_keepalive_timer(sk));
	park_probes(conn);
	normalise(conn);
}

/**
 * chim_host_unpark() - nothing of the invariants is left
 * @conn: uploaded
 *
 * Context: process, socket owned.
 */
void chim_host_unpark(struct chim_host_conn *conn)
{
	struct inet_connection_sock *icsk = inet_csk(conn->sk);

	icsk->icsk_pending = 0;
	icsk->icsk_timeout = jiffies;
	chim_host_cork_stop(conn);
	WRITE_ONCE(conn->push, false);
}

/* What timers have left to the owner is not to be done. */
static void forget_timers(struct sock *sk)
{
	if (test_and_clear_bit(TCP_WRITE_TIMER_DEFERRED, &sk->sk_tsq_flags))
		__sock_put(sk);
	if (test_and_clear_bit(TCP_DELACK_TIMER_DEFERRED, &sk->sk_tsq_flags))
		__sock_put(sk);
}

/**
 * chim_host_release_cb() - an owner leaves the socket
 * @sk: the socket
 *
 * Context: socket's spinlock held, softirqs disabled, socket owned.
 */
void chim_host_release_cb(struct sock *sk)
{
	struct chim_host_conn *conn = chim_host_conn_of(sk);

	if (conn->later) {
		conn->later = false;
		chim_host_conn_do(conn);
	}
	if (conn->state == CHIM_HOST_OFFLOADED) {
		forget_timers(sk);
		normalise(conn);
		chim_host_take(conn);
		chim_host_drain_done(conn);
		if (sk->sk_state != TCP_CLOSE && !READ_ONCE(conn->aborted)) {
			chim_host_harvest(conn);
			chim_host_park_clock(conn);
			if (conn->refused)
				chim_host_lift(conn);
			if (chim_host_follow_due(conn))
				chim_host_conn_todo(conn, CHIM_HOST_FOLLOW, 0);
		}
	}
	chim_host_ulp_base(sk)->release_cb(sk);
}

/**
 * chim_host_ack_now() - have TCP acknowledge when it next does what was left to it
 * @sk: the socket
 *
 * Context: process, socket owned.
 */
void chim_host_ack_now(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	icsk->icsk_ack.pending |= ICSK_ACK_SCHED | ICSK_ACK_TIMER;
	icsk->icsk_ack.timeout = jiffies;
	if (!test_and_set_bit(TCP_DELACK_TIMER_DEFERRED, &sk->sk_tsq_flags))
		sock_hold(sk);
}

/**
 * chim_host_run_base_cb() - have TCP do what was left to the socket's owner
 * @conn: the connection
 *
 * That is the one way to functions of TCP that are not exported: to send what
 * is in the write queue (TCP_TSQ_DEFERRED), to send an acknowledgment
 * (TCP_DELACK_TIMER_DEFERRED). In some kernels TCP gives up ownership on the way.
 * Nobody notices: the spinlock is held until it is taken back.
 *
 * Context: process, socket owned.
 */
void chim_host_run_base_cb(struct chim_host_conn *conn)
{
	struct sock *sk = conn->sk;
	bool given_up;

	spin_lock_bh(&sk->sk_lock.slock);
	if (!test_and_set_bit(TCP_TSQ_DEFERRED, &sk->sk_tsq_flags))
		sock_hold(sk);
	chim_host_ulp_base(sk)->release_cb(sk);
	given_up = !sk->sk_lock.owned;
	sk->sk_lock.owned = 1;
	spin_unlock_bh(&sk->sk_lock.slock);
	/* As lock_sock_nested() does it. */
	if (given_up)
		mutex_acquire(&sk->sk_lock.dep_map, 0, 0, _RET_IP_);
}
