// SPDX-License-Identifier: GPL-2.0
/* Service of a connection: the events that set it going, and its end. */
#include "state/service.h"

#include "state/conn.h"
#include "state/inbox.h"
#include "state/round.h"
#include "state/space.h"

#include <linux/bottom_half.h>
#include <linux/skbuff.h>
#include <linux/wait_bit.h>

const struct chim_conn_ops *chim_conn_ops;

/**
 * chim_conn_segment() - a segment of the connection has come
 * @conn: the connection
 * @seg: the segment; changed
 *
 * Context: RCU read side, softirqs disabled; takes the connection's lock.
 * Return: what becomes of the skb.
 */
enum chim_verdict chim_conn_segment(struct chim_conn *conn,
				    struct chim_seg *seg)
{
	enum chim_verdict verdict;
	struct chim_round r;

	spin_lock(&conn->lock);
	if (test_bit(CHIM_CONN_DEAD, &conn->bits)) {
		spin_unlock(&conn->lock);
		return CHIM_SEG_HOST;	/* TRM-093, X-34 */
	}
	chim_round_begin(&r, conn);
	verdict = chim_tcp_segment(&r.run, seg);
	if (verdict == CHIM_SEG_HOST) {
		spin_unlock(&conn->lock);
		return verdict;
	}
	chim_round_serve(&r);
	return verdict;
}

/* Serves what has come, if the connection still takes anything. */
static void serve_inbox(struct chim_conn *conn, bool in_handler)
{
	struct chim_round r;

	spin_lock(&conn->lock);
	if (test_bit(CHIM_CONN_DEAD, &conn->bits)) {
		spin_unlock(&conn->lock);
		return;
	}
	chim_round_begin(&r, conn);
	r.in_handler = in_handler;
	chim_round_serve(&r);
}

/**
 * chim_conn_submit() - the host asks something of a connection
 * @conn: the connection
 * @node: for the boundary to unpack; the connection's if taken
 * @urgent: it is not to wait for the call to the host that may be under way
 *
 * An owner takes all there is before it gives up. Where the lock cannot be taken,
 * the request is served a little later. The host is not called from in here: what
 * that is needed for is done in a softirq.
 *
 * Context: any, hard interrupt included; RCU read side.
 * Return: false if the connection takes nothing any more.
 */
bool chim_conn_submit(struct chim_conn *conn, struct llist_node *node,
		      bool urgent)
{
	if (!chim_inbox_add(conn, node))
		return false;
	/* Pairs with the owner's look at the inbox after it gave up. */
	if (!urgent && test_bit(CHIM_CONN_OWNED, &conn->bits))
		return true;
	if (in_hardirq() || irqs_disabled()) {
		chim_inbox_kick(conn);
		return true;
	}
	local_bh_disable();
	serve_inbox(conn, true);
	local_bh_enable();
	return true;
}

/**
 * chim_conn_kicked() - serve the connections of a space that were kicked
 * @t: the space's tasklet
 *
 * Context: softirq.
 */
void chim_conn_kicked(struct tasklet_struct *t)
{
	struct chim_space *space = from_tasklet(space, t, kick);
	struct llist_node *node = llist_del_all(&space->kicked), *next;

	rcu_read_lock();
	for (; node; node = next) {
		struct chim_conn *conn;

		conn = llist_entry(node, struct chim_conn, kick);
		next = node->next;
		/* What comes from here on kicks again. */
		chim_inbox_unkick(conn);
		serve_inbox(conn, false);
	}
	rcu_read_unlock();
}

static void serve_timer(struct chim_conn *conn)
{
	struct chim_round r;

	spin_lock(&conn->lock);
	if (test_bit(CHIM_CONN_DEAD, &conn->bits)) {
		spin_unlock(&conn->lock);
		return;
	}
	chim_round_begin(&r, conn);
	chim_tcp_timer(&r.run);
	chim_round_serve(&r);
}

/**
 * chim_conn_expired() - the timer of a connection has run out
 * @timer: the timer
 *
 * Context: softirq.
 */
void chim_conn_expired(struct timer_list *timer)
{
	struct chim_conn *conn = from_timer(conn, timer, timer);

	rcu_read_lock();
	serve_timer(conn);
	rcu_read_unlock();
}

/**
 * chim_conn_kick() - look at timers and what can be sent now
 * @conn: the connection
 *
 * Context: process or softirq; takes the connection's lock.
 */
void chim_conn_kick(struct chim_conn *conn)
{
	local_bh_disable();
	rcu_read_lock();
	serve_timer(conn);
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * chim_conn_congested() - the device or its queue has dropped a frame
 * @conn: the connection
 *
 * Context: RCU read side, softirqs disabled; takes the connection's lock.
 */
void chim_conn_congested(struct chim_conn *conn)
{
	struct chim_run run;

	spin_lock(&conn->lock);
	if (!test_bit(CHIM_CONN_DEAD, &conn->bits)) {
		chim_conn_run(conn, &run);
		chim_tcp_congested(&run);
	}
	spin_unlock(&conn->lock);
}

/**
 * chim_conn_fragment() - a fragment has come that belongs to the connection
 * @conn: the connection
 *
 * The host gets it and may forward what it makes of it; here it only counts
 * (O-09).
 *
 * Context: RCU read side, softirqs disabled; takes the connection's lock.
 */
void chim_conn_fragment(struct chim_conn *conn)
{
	struct chim_round r;

	spin_lock(&conn->lock);
	if (test_bit(CHIM_CONN_DEAD, &conn->bits)) {
		spin_unlock(&conn->lock);
		return;
	}
	chim_round_begin(&r, conn);
	chim_tcp_fragment(&r.run);
	chim_round_serve(&r);
}

/**
 * chim_conn_start() - the operation that offloaded a connection has completed
 * @conn: the connection
 *
 * Context: worker; takes the connection's lock.
 */
void chim_conn_start(struct chim_conn *conn)
{
	struct chim_round r;

	local_bh_disable();
	rcu_read_lock();
	spin_lock(&conn->lock);
	chim_round_begin(&r, conn);
	chim_tcp_start(&r.run);
	chim_round_serve(&r);
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * chim_conn_update() - replace the cached variables (UPD-140 to UPD-154)
 * @conn: the connection
 * @v: new values that chim_conn_check() found good
 *
 * The commands among the flags act now and are not kept (UPD-147, O-07). A
 * larger window is announced before this returns, unless the owner is at it.
 *
 * Context: worker; takes the connection's lock. Cannot fail.
 */
void chim_conn_update(struct chim_conn *conn, const struct chim_conn_cached *v)
{
	struct chim_conn_cached old;
	struct chim_round r;

	local_bh_disable();
	rcu_read_lock();
	spin_lock(&conn->lock);
	old = conn->v;
	conn->v = *v;
	conn->v.flags &= CHIM_CONN_SETTINGS;
	chim_round_begin(&r, conn);
	chim_tcp_update(&r.run, &old, v->flags & CHIM_CONN_COMMANDS);
	chim_round_serve(&r);
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * chim_conn_invalidate() - stop a connection for good
 * @conn: the connection, marked
 *
 * No call to the host is under way when this returns.
 *
 * Context: worker, may sleep; takes the connection's lock. Does not allocate.
 */
void chim_conn_invalidate(struct chim_conn *conn)
{
	struct chim_run run;

	chim_conn_own(conn);
	rcu_read_lock();
	chim_conn_run(conn, &run);
	chim_tcp_invalidate(&run);
	chim_conn_disown(conn);
	spin_unlock(&conn->lock);
	/* What came meanwhile was left to us. */
	if (chim_inbox_waits(conn))
		serve_inbox(conn, false);
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * chim_conn_own() - become the owner of a connection, and lock it
 * @conn: the connection
 *
 * Context: worker, may sleep.
 */
void chim_conn_own(struct chim_conn *conn)
	__acquires(&conn->lock)
{
	spin_lock_bh(&conn->lock);
	while (test_and_set_bit(CHIM_CONN_OWNED, &conn->bits)) {
		set_bit(CHIM_CONN_WAITED, &conn->bits);
		spin_unlock_bh(&conn->lock);
		wait_on_bit(&conn->bits, CHIM_CONN_OWNED, TASK_UNINTERRUPTIBLE);
		spin_lock_bh(&conn->lock);
	}
	clear_bit(CHIM_CONN_WAITED, &conn->bits);
}

static void pass_up(struct chim_conn *conn, struct sk_buff *skb)
{
	struct sk_buff *next;

	for (; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		chim_conn_ops->pass_up(conn, skb);
	}
}

/* The event first, then sends, then receives. */
static void tell_rest(struct chim_round *r, struct chim_rest *rest)
{
	struct chim_conn *conn = r->conn;

	if (rest->abort)
		chim_conn_ops->event(conn, CHIM_CALL_ABORT, 0);
	if (rest->done)
		chim_conn_ops->sent(conn, rest->done);
	if (rest->reqs)
		chim_conn_ops->received(conn, rest->reqs);
	chim_round_complete(r);
	pass_up(conn, rest->urgent);
	rest->abort = false;
	rest->done = NULL;
	rest->reqs = NULL;
	rest->urgent = NULL;
}

/**
 * chim_conn_stop() - end the service of a connection (X-34, TRM-050 to TRM-055)
 * @conn: the connection, not found any more by segments; its handle is still there,
 *	since what it has left to send is sent (TRM-055)
 * @d: set to its delegated variables
 * @rest: set to what the host gets back: @sends and @skbs; all else has been
 *	given to it
 *
 * Handlers that find it are refused from the start. When this returns, no call to
 * the host is under way and none will be made.
 *
 * Context: worker, may sleep. Does not allocate.
 */
void chim_conn_stop(struct chim_conn *conn, struct chim_conn_deleg *d,
		    struct chim_rest *rest)
{
	struct llist_node *node;
	struct sk_buff *frames;
	struct chim_round r;

	node = chim_inbox_close(conn);
	chim_conn_own(conn);
	rcu_read_lock();
	chim_round_begin(&r, conn);
	chim_round_items(&r, node);
	chim_tcp_quiesce(&r.run);
	set_bit(CHIM_CONN_DEAD, &conn->bits);
	chim_tcp_read(&r.run, d);
	chim_tcp_close(&r.run, rest);
	chim_round_charge(&r);
	chim_round_take(&r);
	frames = chim_conn_frames(conn);
	spin_unlock(&conn->lock);
	chim_conn_send(conn, frames);
	tell_rest(&r, rest);
	rcu_read_unlock();
	local_bh_enable();
	del_timer_sync(&conn->timer);
}
