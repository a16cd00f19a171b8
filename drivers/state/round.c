// SPDX-License-Identifier: GPL-2.0
/*
 * A round of service: one event of a connection, and all that follows.
 *
 * Whoever has an event takes the lock, runs the engine, and becomes the owner
 * unless there is one. The owner makes the calls that are due, without the
 * lock, lets the engine send, and sends the frames, without the lock again. An
 * event that finds an owner leaves it a mark, a request is just left in the
 * inbox: the owner goes round once more before it gives up. So an answer that the
 * host gives from within a call goes out with the acknowledgment of what it
 * answers.
 */
#include "state/round.h"

#include "state/clock.h"
#include "state/conn.h"
#include "state/inbox.h"
#include "state/space.h"
#include "tcp/flow.h"

#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

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

/**
 * chim_conn_frames() - take the frames that wait to be sent
 * @conn: the connection
 *
 * Context: connection locked, by the owner.
 * Return: the frames in order, linked through skb->next, or NULL.
 */
struct sk_buff *chim_conn_frames(struct chim_conn *conn)
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

static struct sk_buff *pack(struct chim_run *run, struct sk_buff *to,
			    struct sk_buff *skb)
{
	return chim_conn_ops->pack(to, skb);
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
	.pack = pack,
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

/* Is so much waiting that no more is to wait? */
static bool is_tight(const struct chim_space *space)
{
	return (s64)atomic_long_read(&space->held) >> 10 >=
	       READ_ONCE(space->limits.rcv_mem);
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
	run->resets_first = conn->obj.owner->resets_first;
	run->tight = is_tight(space);
	run->mss = 0;
	run->shown = false;
	run->wanted = false;
	run->progress = false;
	run->doubt = false;
	run->released = 0;
}

/**
 * chim_round_begin() - begin a round
 * @r: filled in
 * @conn: the connection
 *
 * Context: RCU read side, softirqs disabled, connection locked.
 */
void chim_round_begin(struct chim_round *r, struct chim_conn *conn)
{
	chim_conn_run(conn, &r->run);
	r->conn = conn;
	r->space = conn->obj.owner->space;
	r->looked = jiffies;
	r->in_handler = false;
}

/*
 * Objects change while the host is called and frames are sent. Time passes as well,
 * but rarely enough to be worth another look at the clock.
 */
static void go_on(struct chim_round *r)
{
	u32 tick = jiffies;

	if (unlikely(r->looked != tick)) {
		r->looked = tick;
		r->run.now = chim_clock_now(r->space->clock);
	}
	r->run.mtu = READ_ONCE(r->conn->path->mtu);
	r->run.muted = is_muted(r->conn);
	r->run.mss = 0;
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
static void forward(struct chim_round *r, struct llist_node *node,
		    struct chim_io_item *item)
{
	struct chim_conn *conn = r->conn;

	while (chim_conn_ops->segment(item)) {
		enum chim_verdict verdict;

		verdict = chim_tcp_segment(&r->run, &item->seg);
		if (verdict != CHIM_SEG_KEPT)
			kfree_skb(item->seg.skb);
	}
	chim_conn_ops->judge(conn, node, forward_end(&conn->tcb));
	chim_ended_other(&conn->tcb, node);
}

static void take_item(struct chim_round *r, struct llist_node *node)
{
	struct chim_io_item item;

	chim_conn_ops->unpack(node, &item);
	switch (item.io) {
	case CHIM_IO_UNWANTED:
		if (!(r->conn->tcb.flags & CHIM_TCB_ABORTED))
			chim_tcp_upload(&r->run, CHIM_UPLOAD_REQUESTED);
		fallthrough;
	case CHIM_IO_SEND:
		chim_tcp_send(&r->run, item.sends);
		break;
	case CHIM_IO_RECEIVE:
		chim_tcp_receive(&r->run, item.reqs);
		break;
	case CHIM_IO_DISCONNECT:
		chim_tcp_disconnect(&r->run, item.sends);
		break;
	case CHIM_IO_ABORT:
		chim_tcp_abort(&r->run, item.sends);
		break;
	case CHIM_IO_FORWARD:
		forward(r, node, &item);
		break;
	}
}

/**
 * chim_round_items() - run what handlers have submitted
 * @r: the round
 * @node: the nodes, in the order they came, linked, or NULL
 *
 * Context: connection locked.
 */
void chim_round_items(struct chim_round *r, struct llist_node *node)
{
	struct llist_node *next;

	for (; node; node = next) {
		next = node->next;
		take_item(r, node);
	}
}

static void take_inbox(struct chim_round *r)
{
	chim_round_items(r, chim_inbox_take(r->conn));
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
static void make_calls(struct chim_round *r)
	__must_hold(&r->conn->lock)
{
	struct chim_conn *conn = r->conn;
	struct chim_call call;
	u32 accepted;

	while (chim_tcp_next_call(&r->run, &call)) {
		spin_unlock(&conn->lock);
		make_call(conn, &call, &accepted);
		spin_lock(&conn->lock);
		go_on(r);
		/* What the host has asked for from within comes first. */
		take_inbox(r);
		chim_tcp_returned(&r->run, &call, accepted);
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
static void arm_timer(struct chim_round *r)
{
	struct chim_conn *conn = r->conn;
	unsigned long expires;
	u32 left;

	if (test_bit(CHIM_CONN_DEAD, &conn->bits) ||
	    !chim_tcp_due(&conn->tcb, r->run.now, &left))
		return;
	expires = jiffies + max(to_jiffies(r->space, left), 1UL);
	if (!timer_pending(&conn->timer) ||
	    time_before(expires, conn->timer.expires))
		mod_timer(&conn->timer, expires);
}

/**
 * chim_round_charge() - count what received data takes while it waits
 * @r: the round
 *
 * Most data does not: it was delivered within the round, and nothing has changed.
 *
 * Context: connection locked, by its owner.
 */
void chim_round_charge(struct chim_round *r)
{
	struct chim_flow *flow = r->conn->tcb.flow;
	long more = -(long)r->run.released;

	r->run.released = 0;
	if (flow) {
		u32 held = chim_flow_held(flow);

		more += (long)held - flow->charged;
		flow->charged = held;
	}
	if (more)
		atomic_long_add(more, &r->space->held);
}

/* NBR-050: has nothing been heard of the next hop for too long? */
static bool is_stale(const struct chim_round *r, const struct chim_neigh *neigh)
{
	u32 now = r->run.now, stale = READ_ONCE(r->space->tcp.stale_ticks);

	return stale && now - READ_ONCE(neigh->nrt) > stale &&
	       now - READ_ONCE(neigh->hrt) > stale;
}

/*
 * NBR-034, NBR-050: without the lock, before anything is sent. @ask: there is
 * something to send, and the host may be asked.
 */
static void note_neigh(struct chim_round *r, bool ask)
{
	struct chim_neigh *neigh = rcu_dereference(r->conn->path->neigh);
	bool doubt = r->run.doubt;
	u32 now = r->run.now;

	if (r->run.progress && READ_ONCE(neigh->nrt) != now)
		WRITE_ONCE(neigh->nrt, now);
	r->run.progress = false;
	r->run.doubt = false;
	if (doubt || (ask && is_stale(r, neigh)))
		chim_conn_ops->stale(r->conn, neigh, doubt);
}

/**
 * chim_conn_send() - send frames that were built
 * @conn: the connection
 * @skb: the frames, linked through skb->next; consumed
 *
 * Context: RCU read side, softirqs disabled, by the owner, without the lock.
 */
void chim_conn_send(struct chim_conn *conn, struct sk_buff *skb)
{
	struct sk_buff *next;

	for (; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		chim_conn_ops->xmit(conn, skb);
	}
}

/**
 * chim_round_take() - take out what is to be completed and has no queue
 * @r: the round
 *
 * Context: connection locked, by its owner.
 */
void chim_round_take(struct chim_round *r)
{
	chim_ended_take(&r->conn->tcb, &r->ended);
}

/**
 * chim_round_complete() - complete what chim_round_take() has taken
 * @r: the round
 *
 * Context: RCU read side, softirqs disabled, by the owner, without the lock.
 */
void chim_round_complete(struct chim_round *r)
{
	struct chim_conn *conn = r->conn;
	struct llist_node *node, *next;

	if (r->ended.sends)
		chim_conn_ops->sent(conn, r->ended.sends);
	if (r->ended.reqs)
		chim_conn_ops->received(conn, r->ended.reqs);
	for (node = r->ended.others; node; node = next) {
		next = node->next;
		chim_conn_ops->forwarded(conn, node);
	}
}

/**
 * chim_conn_disown() - give up a connection
 * @conn: the connection
 *
 * Context: by its owner.
 */
void chim_conn_disown(struct chim_conn *conn)
{
	clear_bit_unlock(CHIM_CONN_OWNED, &conn->bits);
	/* Pairs with that of wait_on_bit(): a waiter is seen, or sees. */
	smp_mb__after_atomic();
	if (test_bit(CHIM_CONN_WAITED, &conn->bits))
		wake_up_bit(&conn->bits, CHIM_CONN_OWNED);
}

/* D-30: asked for when there is something to send, not before. */
static void ask_if_muted(struct chim_round *r)
{
	if (!r->run.wanted)
		return;
	r->run.wanted = false;
	chim_tcp_upload(&r->run, CHIM_UPLOAD_INVALID);
}

/*
 * The RST of an abortive disconnect does not wait for the call that the owner is
 * in (DSC-034); what is before it in the queue goes with it. Locked on entry,
 * unlocked on return.
 */
static void leave_to_owner(struct chim_round *r)
	__releases(&r->conn->lock)
{
	struct chim_conn *conn = r->conn;
	struct sk_buff *frames = NULL;

	ask_if_muted(r);
	set_bit(CHIM_CONN_AGAIN, &conn->bits);
	if (conn->tcb.flags & CHIM_TCB_ABORTED)
		frames = chim_conn_frames(conn);
	spin_unlock(&conn->lock);
	note_neigh(r, frames && !r->in_handler);
	chim_conn_send(conn, frames);
}

/*
 * A handler calls nobody back: its caller may hold a lock that it also takes in
 * what would be called (SND-010, RCV-010, DSC-010, FWD-010). Returns true if
 * there are calls to make, or will be before something is sent; a softirq does.
 */
static bool leave_calls(struct chim_round *r)
{
	if (!chim_tcp_call_due(&r->run) && !r->conn->tcb.ended &&
	    !is_stale(r, rcu_dereference(r->conn->path->neigh)))
		return false;
	chim_inbox_kick(r->conn);
	return true;
}

/* Sends, and completes what has no queue. Without the lock meanwhile. */
static void hand_out(struct chim_round *r, struct sk_buff *frames)
	__must_hold(&r->conn->lock)
{
	struct chim_conn *conn = r->conn;

	if (!r->in_handler)
		chim_round_take(r);
	spin_unlock(&conn->lock);
	note_neigh(r, frames && !r->in_handler);
	chim_conn_send(conn, frames);
	if (!r->in_handler)
		chim_round_complete(r);
	spin_lock(&conn->lock);
	go_on(r);
}

/**
 * chim_round_serve() - do what the runs want done, until nothing is left
 * @r: the round
 *
 * Context: RCU read side, softirqs disabled, connection locked; unlocks it.
 */
void chim_round_serve(struct chim_round *r)
	__releases(&r->conn->lock)
{
	struct chim_conn *conn = r->conn;
	struct sk_buff *frames;
	bool again;

	if (test_and_set_bit(CHIM_CONN_OWNED, &conn->bits)) {
		take_inbox(r);
		leave_to_owner(r);
		return;
	}
next:
	do {
		take_inbox(r);
		if (!r->in_handler)
			make_calls(r);
		else if (leave_calls(r))
			break;
		/* Whoever left it did so under the lock: all is seen by now. */
		if (test_bit(CHIM_CONN_AGAIN, &conn->bits))
			clear_bit(CHIM_CONN_AGAIN, &conn->bits);
		chim_tcp_output(&r->run);
		ask_if_muted(r);
		/* Sending has found a reason for a call. */
		again = conn->tcb.pend && chim_tcp_call_due(&r->run);
		chim_flow_rest(&r->run);
		arm_timer(r);
		chim_round_charge(r);
		frames = chim_conn_frames(conn);
		if (frames || r->run.progress || r->run.doubt || conn->tcb.ended)
			hand_out(r, frames);
	} while (again || test_bit(CHIM_CONN_AGAIN, &conn->bits) ||
		 chim_inbox_waits(conn));
	chim_conn_disown(conn);
	/* Somebody may have found an owner a moment ago. */
	if (unlikely(chim_inbox_waits(conn)) &&
	    !test_and_set_bit(CHIM_CONN_OWNED, &conn->bits))
		goto next;
	spin_unlock(&conn->lock);
}
