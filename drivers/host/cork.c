// SPDX-License-Identifier: GPL-2.0
/*
 * What is written and held back: by TCP_CORK as long as there is the cork, by MSG_MORE
 * until TCP would look at it again. After some time both end.
 */
#include "host/cork.h"

#include "host/conn.h"
#include "host/park.h"
#include "host/send.h"
#include "host/write.h"

#include <linux/slab.h>
#include <linux/timer.h>
#include <net/tcp.h>

/**
 * struct chim_host_cork - what is held back by TCP_CORK or MSG_MORE goes in time
 * @timer: until then
 * @conn: the connection; they are freed together
 */
struct chim_host_cork {
	struct timer_list timer;
	struct chim_host_conn *conn;
};

static bool is_corked(const struct tcp_sock *tp)
{
	return tp->nonagle & TCP_NAGLE_CORK;
}

/**
 * chim_host_held_back() - is more to come before this is to be sent?
 * @conn: the connection
 * @skb: in the write queue
 *
 * As tcp_nagle_test() sees it for a segment that is not full. MSG_MORE has left
 * out the PSH flag.
 *
 * Context: socket's spinlock held, or socket owned.
 * Return: whether it is held back by TCP_CORK or MSG_MORE.
 */
bool chim_host_held_back(const struct chim_host_conn *conn,
			 const struct sk_buff *skb)
{
	const struct tcp_sock *tp = tcp_sk(conn->sk);

	if (READ_ONCE(conn->push) || !tcp_skb_is_last(conn->sk, skb) ||
	    tp->nonagle & TCP_NAGLE_PUSH)
		return false;
	return is_corked(tp) ||
	       !(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_PSH);
}

/* Full segments of it can go. */
static bool cut_full(struct chim_host_conn *conn, struct sk_buff *skb)
{
	u32 mss = tcp_sk(conn->sk)->mss_cache;
	struct sk_buff *rest;

	if (skb->len < mss)
		return false;
	if (!(skb->len % mss))
		return true;
	rest = chim_host_split(conn->sk, skb, skb->len - skb->len % mss,
			       GFP_ATOMIC | __GFP_NOWARN);
	if (rest)
		__skb_queue_after(&conn->sk->sk_write_queue, skb, rest);
	return rest;
}

/* No owner comes by who would see that something is out now. */
static void send_held(struct chim_host_conn *conn)
{
	if (conn->sk->sk_state == TCP_CLOSE || READ_ONCE(conn->aborted))
		return;
	chim_host_harvest(conn);
	chim_host_park_clock(conn);
}

/* What is held back has waited for long enough. */
static void cork_timer(struct timer_list *timer)
{
	struct chim_host_cork *cork = from_timer(cork, timer, timer);
	struct chim_host_conn *conn = cork->conn;
	struct sock *sk = conn->sk;

	bh_lock_sock(sk);
	if (READ_ONCE(conn->state) == CHIM_HOST_OFFLOADED) {
		WRITE_ONCE(conn->push, true);
		/* Otherwise the owner does it. */
		if (!sock_owned_by_user(sk))
			send_held(conn);
	}
	bh_unlock_sock(sk);
	sock_put(sk);
}

/* Few connections ever hold anything back. Without memory for the timer, none does. */
static bool can_wait(struct chim_host_conn *conn)
{
	struct chim_host_cork *cork = conn->cork;

	if (cork)
		return true;
	cork = kmalloc(sizeof(*cork), GFP_ATOMIC | __GFP_NOWARN);
	if (!cork)
		return false;
	timer_setup(&cork->timer, cork_timer, 0);
	cork->conn = conn;
	conn->cork = cork;
	return true;
}

/**
 * chim_host_cork_holds() - is it held back, in the write queue?
 * @conn: the connection
 * @skb: the first there; of what is more than a segment the rest becomes one of its own
 *
 * Context: socket's spinlock held, by its owner or when there is none.
 * Return: true if so.
 */
bool chim_host_cork_holds(struct chim_host_conn *conn, struct sk_buff *skb)
{
	return chim_host_held_back(conn, skb) && !cut_full(conn, skb) &&
	       can_wait(conn);
}

/**
 * chim_host_cork_waits() - is something held back?
 * @conn: the connection
 *
 * Context: socket's spinlock held, or socket owned.
 * Return: whether it goes when a timer runs out.
 */
bool chim_host_cork_waits(const struct chim_host_conn *conn)
{
	return conn->cork && timer_pending(&conn->cork->timer);
}

/**
 * chim_host_cork_stop() - nothing is held back any more
 * @conn: the connection
 *
 * Context: socket's spinlock held, or socket owned.
 */
void chim_host_cork_stop(struct chim_host_conn *conn)
{
	if (conn->cork)
		sk_stop_timer(conn->sk, &conn->cork->timer);
}

/**
 * chim_host_cork_watch() - all that is not held back has gone
 * @conn: the connection
 * @held: whether something is
 *
 * TCP waits as long, with the timer of its window probes.
 *
 * Context: socket's spinlock held, or socket owned.
 */
void chim_host_cork_watch(struct chim_host_conn *conn, bool held)
{
	conn->push = false;
	if (held == chim_host_cork_waits(conn))
		return;
	if (held)
		sk_reset_timer(conn->sk, &conn->cork->timer,
			       jiffies + TCP_RTO_MIN);
	else
		chim_host_cork_stop(conn);
}

/*
 * TCP does not remember MSG_MORE: what was held back for it goes with the next
 * acknowledgment, unless Nagle's algorithm has it wait.
 */
static bool is_due(const struct chim_host_conn *conn)
{
	const struct tcp_sock *tp = tcp_sk(conn->sk);

	return chim_host_cork_waits(conn) && !is_corked(tp) &&
	       (!conn->sends || tp->nonagle & TCP_NAGLE_OFF);
}

/**
 * chim_host_cork_acked() - some of what was sent has been acknowledged
 * @conn: the connection
 *
 * Context: socket's spinlock held. Its owner has it harvested when he leaves.
 */
void chim_host_cork_acked(struct chim_host_conn *conn)
{
	if (!is_due(conn))
		return;
	WRITE_ONCE(conn->push, true);
	if (!sock_owned_by_user_nocheck(conn->sk))
		send_held(conn);
}

/**
 * chim_host_uncork() - a program has set TCP_CORK
 * @sk: the socket, with the ULP
 *
 * If the cork is off by now, nothing is held back, as with TCP.
 *
 * Context: process, may sleep; socket not owned.
 */
void chim_host_uncork(struct sock *sk)
{
	struct chim_host_conn *conn;

	if (skb_queue_empty_lockless(&sk->sk_write_queue))
		return;
	lock_sock(sk);
	conn = chim_host_conn_of(sk);
	if (conn && conn->state == CHIM_HOST_OFFLOADED &&
	    !is_corked(tcp_sk(sk)))
		WRITE_ONCE(conn->push, true);
	release_sock(sk);
}
