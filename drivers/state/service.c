// SPDX-License-Identifier: GPL-2.0
/*
 * Service of a connection: what turns events into runs of the engine, and
 * results into frames and calls to the host.
 *
 * Whoever has an event takes the lock, runs the engine, and becomes the owner
 * unless there is one. The owner makes the calls that are due, without the
 * lock, lets the engine send, and sends the frames, without the lock again. An
 * event that finds an owner leaves it a mark: the owner goes round once more
 * before it gives up. So an answer that the host gives from within a call goes
 * out with the acknowledgment of what it answers.
 */
#include "state/service.h"

#include "state/clock.h"
#include "state/conn.h"
#include "state/space.h"
#include "tcp/flow.h"

#include <linux/bottom_half.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

/* The inbox of a connection that takes nothing any more. */
#define INBOX_CLOSED	((struct llist_node *)1)

const struct chim_conn_ops *chim_conn_ops;

/**
 * struct service - one round of service
 * @run: the engine's part
 * @conn: the connection
 * @space: where it is
 * @forwarded: forwarded lists that are dealt with, by how they ended
 */
struct service {
	struct chim_run run;
	struct chim_conn *conn;
	struct chim_space *space;
	struct llist_node *forwarded[CHIM_END_STATE + 1];
};

static struct chim_conn *conn_of(const struct chim_run *run)
{
	return container_of(run->tcb, struct chim_conn, tcb);
}

/* Frames wait in a ring, so that one pointer knows both ends. */
static void queue_frame(struct chim_conn *conn, struct sk_buff *skb)
{
	struct sk_buff *last = conn->out;

	if (last) {
		skb->next = last->next;
		last->next = skb;
	} else {
		skb->next = skb;
	}
	conn->out = skb;
}

static struct sk_buff *take_frames(struct chim_conn *conn)
{
	struct sk_buff *last = conn->out, *first;

	if (!last)
		return NULL;
	first = last->next;
	last->next = NULL;
	conn->out = NULL;
	return first;
}

static int emit(struct chim_run *run, const struct chim_frame *frame)
{
	struct chim_conn *conn = conn_of(run);
	struct sk_buff *skb;
	int taken = 0;

	skb = chim_conn_ops->build(conn, frame, &taken);
	if (!skb)
		return -ENOMEM;
	queue_frame(conn, skb);
	return taken;
}

static void copy(struct chim_run *run, struct chim_rreq *req, u32 at,
		 const struct sk_buff *skb, u32 off, u32 len)
{
	chim_conn_ops->copy(req, at, skb, off, len);
}

static bool describe(struct chim_run *run, struct sk_buff *skb)
{
	return chim_conn_ops->describe(conn_of(run), skb);
}

static void forget(struct chim_run *run, struct sk_buff *skb)
{
	chim_conn_ops->forget(conn_of(run), skb);
}

static void *alloc_mem(struct chim_run *run, size_t size)
{
	return kzalloc(size, GFP_ATOMIC | __GFP_NOWARN);
}

static void free_mem(struct chim_run *run, void *memory, size_t size)
{
	kfree(memory);
}

static const struct chim_tcp_ops tcp_ops = {
	.emit = emit,
	.copy = copy,
	.describe = describe,
	.forget = forget,
	.alloc = alloc_mem,
	.free = free_mem,
};

/* D-29: an invalidated path or neighbor silences what depends on it. */
static bool is_muted(const struct chim_conn *conn)
{
	const struct chim_path *path = conn->path;

	return chim_obj_marked(&path->obj, CHIM_OBJ_INVALID) ||
	       chim_obj_marked(&rcu_dereference(path->neigh)->obj,
			       CHIM_OBJ_INVALID);
}

/**
 * chim_conn_run() - prepare a run of the engine
 * @conn: the connection
 * @run: filled in
 *
 * Context: RCU read side, softirqs disabled, connection locked unless nobody
 * else can have it yet.
 */
void chim_conn_run(struct chim_conn *conn, struct chim_run *run)
{
	struct chim_space *space = conn->obj.owner->space;
	bool ip6 = conn->path->c.family == AF_INET6;

	memset(run, 0, sizeof(*run));
	run->ops = &tcp_ops;
	run->cfg = &space->tcp;
	run->mib = this_cpu_ptr(space->mib) + (ip6 ? CHIM_MIB_IP6 :
						     CHIM_MIB_IP4);
	run->tcb = &conn->tcb;
	run->c = &conn->c;
	run->v = &conn->v;
	run->now = chim_clock_now(space->clock);
	run->mtu = READ_ONCE(conn->path->mtu);
	run->burst = READ_ONCE(space->burst);
	run->ip_len = ip6 ? 40 : 20;
	run->muted = is_muted(conn);
}

static void begin(struct service *s, struct chim_conn *conn)
{
	chim_conn_run(conn, &s->run);
	s->conn = conn;
	s->space = conn->obj.owner->space;
	memset(s->forwarded, 0, sizeof(s->forwarded));
}

/* Time passes and objects change while the host is called. */
static void go_on(struct service *s)
{
	s->run.now = chim_clock_now(s->space->clock);
	s->run.mtu = READ_ONCE(s->conn->path->mtu);
	s->run.muted = is_muted(s->conn);
	s->run.mss = 0;
}

static bool inbox_add(struct chim_conn *conn, struct llist_node *node)
{
	struct llist_node *first;

	do {
		first = READ_ONCE(conn->inbox);
		if (first == INBOX_CLOSED)
			return false;
		node->next = first;
	} while (cmpxchg(&conn->inbox, first, node) != first);
	return true;
}

static struct llist_node *inbox_take(struct chim_conn *conn)
{
	struct llist_node *first;

	do {
		first = READ_ONCE(conn->inbox);
		if (!first || first == INBOX_CLOSED)
			return NULL;
	} while (cmpxchg(&conn->inbox, first, NULL) != first);
	return llist_reverse_order(first);
}

/* D-54 */
static enum chim_end forward_end(const struct chim_tcb *tcb)
{
	if (tcb->flags & CHIM_TCB_ABORTED)
		return CHIM_END_ABORTED;
	if (tcb->flags & (CHIM_TCB_HALTED | CHIM_TCB_INVALID))
		return CHIM_END_UPLOAD;
	return CHIM_END_OK;
}

/* FWD-013: like segments from the wire, but what is for the host it has had. */
static void forward(struct service *s, struct llist_node *node,
		    struct chim_io_item *item)
{
	enum chim_end why;

	while (chim_conn_ops->segment(item)) {
		enum chim_verdict verdict;

		verdict = chim_tcp_segment(&s->run, &item->seg);
		if (verdict != CHIM_SEG_KEPT)
			kfree_skb(item->seg.skb);
	}
	why = forward_end(&s->conn->tcb);
	node->next = s->forwarded[why];
	s->forwarded[why] = node;
}

static void take_item(struct service *s, struct llist_node *node)
{
	struct chim_io_item item = {};

	chim_conn_ops->unpack(node, &item);
	switch (item.io) {
	case CHIM_IO_SEND:
		chim_tcp_send(&s->run, item.sends);
		break;
	case CHIM_IO_RECEIVE:
		chim_tcp_receive(&s->run, item.reqs);
		break;
	case CHIM_IO_DISCONNECT:
		chim_tcp_disconnect(&s->run, item.sends);
		break;
	case CHIM_IO_ABORT:
		chim_tcp_abort(&s->run, item.sends);
		break;
	case CHIM_IO_FORWARD:
		forward(s, node, &item);
		break;
	}
}

static void take_items(struct service *s, struct llist_node *node)
{
	struct llist_node *next;

	for (; node; node = next) {
		next = node->next;
		take_item(s, node);
	}
}

static bool take_inbox(struct service *s)
{
	struct llist_node *node = inbox_take(s->conn);

	take_items(s, node);
	return node;
}

static void make_call(struct chim_conn *conn, struct chim_call *call,
		      u32 *accepted)
{
	const struct chim_conn_ops *ops = chim_conn_ops;

	*accepted = 0;
	switch (call->kind) {
	case CHIM_CALL_SENT:
		ops->sent(conn, call->sent);
		break;
	case CHIM_CALL_COMPLETE:
		ops->received(conn, call->reqs);
		break;
	case CHIM_CALL_INDICATE:
		*accepted = ops->indicate(conn, call->skbs, call->bytes);
		break;
	default:
		ops->event(conn, call->kind, call->info);
		break;
	}
}

/* Makes all calls that are due. Locked on entry and on return, not between. */
static void make_calls(struct service *s)
	__must_hold(&s->conn->lock)
{
	struct chim_conn *conn = s->conn;
	struct chim_call call;
	u32 accepted;

	while (chim_tcp_next_call(&s->run, &call)) {
		spin_unlock(&conn->lock);
		make_call(conn, &call, &accepted);
		spin_lock(&conn->lock);
		go_on(s);
		chim_tcp_returned(&s->run, &call, accepted);
		take_inbox(s);
	}
}

static unsigned long to_jiffies(const struct chim_space *space, u32 ticks)
{
	u32 tps = READ_ONCE(space->tcp.tps);

	return DIV_ROUND_UP_ULL((u64)ticks * HZ, tps);
}

/*
 * The timer may run out before a deadline, never behind it: most deadlines
 * move on before they pass, and are only looked at when it does.
 */
static void arm_timer(struct service *s)
{
	struct chim_conn *conn = s->conn;
	unsigned long expires;
	u32 left;

	if (test_bit(CHIM_CONN_DEAD, &conn->bits) ||
	    !chim_tcp_due(&conn->tcb, s->run.now, &left))
		return;
	expires = jiffies + max(to_jiffies(s->space, left), 1UL);
	if (!timer_pending(&conn->timer) ||
	    time_before(expires, conn->timer.expires))
		mod_timer(&conn->timer, expires);
}

/* NBR-034, NBR-050: without the lock, before anything is sent. */
static void note_neigh(struct service *s, bool sending)
{
	struct chim_neigh *neigh = rcu_dereference(s->conn->path->neigh);
	u32 now = s->run.now, stale = READ_ONCE(s->space->tcp.stale_ticks);
	bool doubt = s->run.doubt;

	if (s->run.progress && READ_ONCE(neigh->nrt) != now)
		WRITE_ONCE(neigh->nrt, now);
	s->run.progress = false;
	s->run.doubt = false;
	if (doubt || (sending && stale && now - READ_ONCE(neigh->nrt) > stale &&
		      now - READ_ONCE(neigh->hrt) > stale))
		chim_conn_ops->stale(s->conn, neigh, doubt);
}

static void send_frames(struct chim_conn *conn, struct sk_buff *skb)
{
	struct sk_buff *next;

	for (; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		chim_conn_ops->xmit(conn, skb);
	}
}

/* What no owner is needed for, since it has no order to keep. */
static void complete_rest(struct service *s)
{
	struct chim_conn *conn = s->conn;
	enum chim_end why;

	if (s->run.refused)
		chim_conn_ops->sent(conn, s->run.refused);
	if (s->run.refused_reqs)
		chim_conn_ops->received(conn, s->run.refused_reqs);
	s->run.refused = NULL;
	s->run.refused_reqs = NULL;
	for (why = CHIM_END_OK; why <= CHIM_END_STATE; why++) {
		struct llist_node *node = s->forwarded[why], *next;

		s->forwarded[why] = NULL;
		for (; node; node = next) {
			next = node->next;
			chim_conn_ops->forwarded(conn, node, why);
		}
	}
}

static bool has_rest(const struct service *s)
{
	int why;

	if (s->run.refused || s->run.refused_reqs)
		return true;
	for (why = 0; why <= CHIM_END_STATE; why++)
		if (s->forwarded[why])
			return true;
	return false;
}

static void disown(struct chim_conn *conn)
{
	clear_bit_unlock(CHIM_CONN_OWNED, &conn->bits);
	smp_mb__after_atomic();
	if (test_bit(CHIM_CONN_WAITED, &conn->bits))
		wake_up_bit(&conn->bits, CHIM_CONN_OWNED);
}

/*
 * D-30: asked for when there is something to send, not before. Returns true if
 * that is news: a call that is held back must not keep the owner going round.
 */
static bool ask_if_muted(struct service *s)
{
	u8 was = s->run.tcb->pend;

	if (!s->run.wanted)
		return false;
	s->run.wanted = false;
	chim_tcp_upload(&s->run, CHIM_UPLOAD_INVALID);
	return s->run.tcb->pend & ~was & CHIM_PEND_UPLOAD;
}

/*
 * Does what runs want done, until nothing is left. Locked on entry, unlocked
 * on return; softirqs are disabled, RCU is held.
 */
static void serve(struct service *s)
	__releases(&s->conn->lock)
{
	struct chim_conn *conn = s->conn;
	struct sk_buff *frames;
	bool again;

	take_inbox(s);
	if (test_and_set_bit(CHIM_CONN_OWNED, &conn->bits)) {
		set_bit(CHIM_CONN_AGAIN, &conn->bits);
		spin_unlock(&conn->lock);
		note_neigh(s, false);
		complete_rest(s);
		return;
	}
	do {
		clear_bit(CHIM_CONN_AGAIN, &conn->bits);
		make_calls(s);
		chim_tcp_output(&s->run);
		again = ask_if_muted(s);
		chim_flow_rest(&s->run);
		arm_timer(s);
		frames = take_frames(conn);
		if (frames || s->run.progress || s->run.doubt || has_rest(s)) {
			spin_unlock(&conn->lock);
			note_neigh(s, frames);
			send_frames(conn, frames);
			complete_rest(s);
			spin_lock(&conn->lock);
			go_on(s);
			again |= take_inbox(s);
		}
	} while (again || test_bit(CHIM_CONN_AGAIN, &conn->bits));
	disown(conn);
	spin_unlock(&conn->lock);
}

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
	struct service s;

	spin_lock(&conn->lock);
	if (test_bit(CHIM_CONN_DEAD, &conn->bits)) {
		spin_unlock(&conn->lock);
		return CHIM_SEG_HOST;	/* TRM-093, X-34 */
	}
	begin(&s, conn);
	verdict = chim_tcp_segment(&s.run, seg);
	if (verdict == CHIM_SEG_HOST) {
		spin_unlock(&conn->lock);
		return verdict;
	}
	serve(&s);
	return verdict;
}

/* Serves what has come, if the connection still takes anything. */
static void serve_inbox(struct chim_conn *conn)
{
	struct service s;

	spin_lock(&conn->lock);
	if (test_bit(CHIM_CONN_DEAD, &conn->bits)) {
		spin_unlock(&conn->lock);
		return;
	}
	begin(&s, conn);
	serve(&s);
}

static void unkick(struct chim_conn *conn)
{
	clear_bit_unlock(CHIM_CONN_KICKED, &conn->bits);
	smp_mb__after_atomic();
	wake_up_bit(&conn->bits, CHIM_CONN_KICKED);
}

/*
 * The mark goes before the look: either the worker that ends the connection
 * sees it and waits, or we see that the inbox is closed, and the worker has
 * taken what was in there.
 */
static void kick(struct chim_conn *conn)
{
	struct chim_space *space = conn->obj.owner->space;

	if (test_and_set_bit(CHIM_CONN_KICKED, &conn->bits))
		return;
	if (READ_ONCE(conn->inbox) == INBOX_CLOSED)
		unkick(conn);
	else if (llist_add(&conn->kick, &space->kicked))
		tasklet_schedule(&space->kick);
}

/**
 * chim_conn_submit() - the host asks something of a connection
 * @conn: the connection
 * @node: for the boundary to unpack; the connection's if taken
 *
 * Where the lock cannot be taken, the request is served a little later.
 *
 * Context: any, hard interrupt included; RCU read side.
 * Return: false if the connection takes nothing any more.
 */
bool chim_conn_submit(struct chim_conn *conn, struct llist_node *node)
{
	if (!inbox_add(conn, node))
		return false;
	if (in_hardirq() || irqs_disabled()) {
		kick(conn);
		return true;
	}
	local_bh_disable();
	serve_inbox(conn);
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
		clear_bit(CHIM_CONN_KICKED, &conn->bits);
		smp_mb__after_atomic();
		serve_inbox(conn);
		wake_up_bit(&conn->bits, CHIM_CONN_KICKED);
	}
	rcu_read_unlock();
}

static void serve_timer(struct chim_conn *conn)
{
	struct service s;

	spin_lock(&conn->lock);
	if (test_bit(CHIM_CONN_DEAD, &conn->bits)) {
		spin_unlock(&conn->lock);
		return;
	}
	begin(&s, conn);
	chim_tcp_timer(&s.run);
	serve(&s);
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
 * chim_conn_start() - the operation that offloaded a connection has completed
 * @conn: the connection
 *
 * Context: worker; takes the connection's lock.
 */
void chim_conn_start(struct chim_conn *conn)
{
	struct service s;

	local_bh_disable();
	rcu_read_lock();
	spin_lock(&conn->lock);
	begin(&s, conn);
	chim_tcp_start(&s.run);
	serve(&s);
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
	struct service s;

	local_bh_disable();
	rcu_read_lock();
	spin_lock(&conn->lock);
	old = conn->v;
	conn->v = *v;
	conn->v.flags &= CHIM_CONN_SETTINGS;
	begin(&s, conn);
	chim_tcp_update(&s.run, &old, v->flags & CHIM_CONN_COMMANDS);
	serve(&s);
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
	rcu_read_unlock();
	disown(conn);
	spin_unlock_bh(&conn->lock);
}

/**
 * chim_conn_own() - become the owner of a connection, and lock it
 * @conn: the connection
 *
 * Context: worker, may sleep.
 */
void chim_conn_own(struct chim_conn *conn)
{
	for (;;) {
		spin_lock_bh(&conn->lock);
		if (!test_and_set_bit(CHIM_CONN_OWNED, &conn->bits))
			break;
		set_bit(CHIM_CONN_WAITED, &conn->bits);
		spin_unlock_bh(&conn->lock);
		wait_on_bit(&conn->bits, CHIM_CONN_OWNED, TASK_UNINTERRUPTIBLE);
	}
	clear_bit(CHIM_CONN_WAITED, &conn->bits);
}

static void pass_up(struct sk_buff *skb)
{
	struct sk_buff *next;

	for (; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
#ifdef CONFIG_NET_CLS_ACT
		/* Taps have seen it, and our hook has had it. */
		skb->tc_skip_classify = 1;
#endif
		netif_receive_skb(skb);
	}
}

/* The event first, then sends, then receives. */
static void tell_rest(struct service *s, struct chim_rest *rest)
{
	struct chim_conn *conn = s->conn;

	if (rest->abort)
		chim_conn_ops->event(conn, CHIM_CALL_ABORT, 0);
	if (rest->done)
		chim_conn_ops->sent(conn, rest->done);
	if (rest->reqs)
		chim_conn_ops->received(conn, rest->reqs);
	complete_rest(s);
	pass_up(rest->urgent);
	rest->abort = false;
	rest->done = NULL;
	rest->reqs = NULL;
	rest->urgent = NULL;
}

/**
 * chim_conn_kill() - a connection that was never offloaded takes nothing
 * @conn: the connection
 *
 * Context: worker, may sleep.
 */
void chim_conn_kill(struct chim_conn *conn)
{
	WARN_ON_ONCE(xchg(&conn->inbox, INBOX_CLOSED));
	spin_lock_bh(&conn->lock);
	set_bit(CHIM_CONN_DEAD, &conn->bits);
	spin_unlock_bh(&conn->lock);
}

/**
 * chim_conn_stop() - end the service of a connection (X-34, TRM-050 to TRM-055)
 * @conn: the connection, not found any more by segments and handlers
 * @d: set to its delegated variables
 * @rest: set to what the host gets back: @sends and @skbs; all else has been
 *	given to it
 *
 * When this returns, no call to the host is under way and none will be made.
 *
 * Context: worker, may sleep. Does not allocate.
 */
void chim_conn_stop(struct chim_conn *conn, struct chim_conn_deleg *d,
		    struct chim_rest *rest)
{
	struct llist_node *node;
	struct sk_buff *frames;
	struct service s;

	node = xchg(&conn->inbox, INBOX_CLOSED);
	wait_on_bit(&conn->bits, CHIM_CONN_KICKED, TASK_UNINTERRUPTIBLE);
	chim_conn_own(conn);
	rcu_read_lock();
	begin(&s, conn);
	take_items(&s, node ? llist_reverse_order(node) : NULL);
	chim_tcp_quiesce(&s.run);
	set_bit(CHIM_CONN_DEAD, &conn->bits);
	chim_tcp_read(&s.run, d);
	chim_tcp_close(&s.run, rest);
	frames = take_frames(conn);
	spin_unlock(&conn->lock);
	send_frames(conn, frames);
	tell_rest(&s, rest);
	rcu_read_unlock();
	local_bh_enable();
	del_timer_sync(&conn->timer);
}
