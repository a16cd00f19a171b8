// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to the target. Only one call of a handler is under way on a
 * connection (SND-018, RCV-013): whoever comes meanwhile leaves a mark, and
 * the one at work looks again.
 */
#include "client.h"

#include <linux/math64.h>
#include <linux/slab.h>

#define POST_BATCH	16

static bool add_slots(struct chimc_conn *conn, enum chimc_kind kind, u32 count,
		      u32 size, struct list_head *list)
{
	struct chimc_slot *slot;

	while (count--) {
		slot = chimc_slot_alloc(conn, kind, size, GFP_KERNEL);
		if (!slot)
			return false;
		list_add_tail(&slot->node, list);
	}
	return true;
}

/**
 * chimc_flow_prepare() - the requests that a role needs
 * @conn: its role is set
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int chimc_flow_prepare(struct chimc_conn *conn)
{
	const struct chimc_role *role = &conn->role;
	bool ok = true;

	if (role->tx_total > role->tx_offset)
		ok = add_slots(conn, CHIMC_SEND, role->send_depth,
			       role->send_size, &conn->send_free);
	/* One is there to lift a refusal. */
	ok = ok && add_slots(conn, CHIMC_RECEIVE, max(role->recv_depth, 1U),
			     role->recv_size, &conn->recv_free);
	conn->fin = chimc_slot_alloc(conn, CHIMC_DISCONNECT,
				     role->fin_data ?: 1, GFP_KERNEL);
	conn->kill = chimc_slot_alloc(conn, CHIMC_DISCONNECT, 1, GFP_KERNEL);
	return ok && conn->fin && conn->kill ? 0 : -ENOMEM;
}

/**
 * chimc_flow_free() - done with them
 * @conn: not offloaded
 *
 * What the target has kept, against the contract, is left to it.
 *
 * Context: process.
 */
void chimc_flow_free(struct chimc_conn *conn)
{
	chimc_slot_free_list(&conn->send_free);
	chimc_slot_free_list(&conn->recv_free);
	chimc_slot_free_list(&conn->rest);
	if (conn->fin && !conn->fin->posted)
		chimc_slot_free(conn->fin);
	if (conn->kill && !conn->kill->posted)
		chimc_slot_free(conn->kill);
	conn->fin = NULL;
	conn->kill = NULL;
}

/* --- what may be asked for; called with the lock held --------------------- */

static bool may_call(const struct chimc_conn *conn)
{
	return conn->state == CHIMC_RUNNING && !conn->stopping;
}

/* How far the role lets the stream go by now. */
static u64 tx_limit(const struct chimc_conn *conn)
{
	const struct chimc_role *role = &conn->role;
	u64 credit = conn->r.rx_next;

	if (!role->rx_unit)
		return role->tx_total;
	if (role->rx_unit > 1)
		credit = div64_u64(credit, role->rx_unit);
	return min(role->tx_total, role->tx_ahead + credit * role->tx_unit);
}

/* Where the disconnect request's own data begin. */
static u64 fin_at(const struct chimc_role *role)
{
	if (!(role->flags & CHIMC_ROLE_CLOSE) || role->tx_total == U64_MAX)
		return U64_MAX;
	return role->tx_total - min_t(u64, role->fin_data, role->tx_total);
}

static void post(struct chimc_conn *conn, struct chimc_slot *slot, u32 len,
		 struct list_head *list)
{
	chimc_slot_arm(slot, len);
	WRITE_ONCE(slot->posted, true);
	list_move_tail(&slot->node, list);
}

/* The requests for one call, oldest first, linked; NULL if there are none. */
static struct chimc_slot *take_sends(struct chimc_conn *conn)
{
	const struct chimc_role *role = &conn->role;
	struct chimc_slot *first = NULL, *last = NULL, *slot;
	u32 count = max(role->send_batch, 1U);
	u64 limit;

	if (!may_call(conn) || conn->abortive || conn->fin_posted ||
	    conn->r.events & CHIMC_EV_ABORT || !list_empty(&conn->rest))
		return NULL;
	limit = min(tx_limit(conn), fin_at(role));
	while (count-- && conn->r.tx_next < limit &&
	       !list_empty(&conn->send_free)) {
		slot = list_first_entry(&conn->send_free, struct chimc_slot,
					node);
		slot->kind = CHIMC_SEND;
		slot->offset = conn->r.tx_next;
		/* One that came with the connection may be smaller. */
		post(conn, slot, min3(limit - conn->r.tx_next,
				      (u64)role->send_size,
				      (u64)chimc_slot_room(slot)),
		     &conn->sends);
		conn->r.tx_next += slot->len;
		if (last)
			last->nbl.Next = &slot->nbl;
		first = first ?: slot;
		last = slot;
	}
	return first;
}

/* One that sends nothing closes last. */
static bool closes_last(const struct chimc_conn *conn)
{
	return !conn->role.tx_total && !(conn->r.events & CHIMC_EV_FIN) &&
	       conn->r.rx_next < conn->role.rx_total;
}

static bool take_fin(struct chimc_conn *conn)
{
	const struct chimc_role *role = &conn->role;

	if (!may_call(conn) || conn->abortive || conn->fin_posted ||
	    conn->fin_sent || !conn->fin || conn->fin->posted ||
	    conn->r.events & CHIMC_EV_ABORT || !list_empty(&conn->rest) ||
	    !(role->flags & CHIMC_ROLE_CLOSE) || closes_last(conn) ||
	    conn->r.tx_next < fin_at(role) || tx_limit(conn) < role->tx_total)
		return false;
	conn->fin_posted = true;
	conn->fin->offset = conn->r.tx_next;
	chimc_slot_arm(conn->fin, role->tx_total - conn->r.tx_next);
	WRITE_ONCE(conn->fin->posted, true);
	conn->r.tx_next = role->tx_total;
	return true;
}

static bool take_kill(struct chimc_conn *conn)
{
	if (!may_call(conn) || !conn->kill_wanted || conn->kill->posted)
		return false;
	conn->kill_wanted = false;
	conn->abortive = true;
	chimc_slot_arm(conn->kill, 0);
	WRITE_ONCE(conn->kill->posted, true);
	return true;
}

static struct chimc_slot *take_receives(struct chimc_conn *conn)
{
	struct chimc_slot *first = NULL, *last = NULL, *slot;
	u32 count = POST_BATCH, len;

	if (!may_call(conn) || conn->abortive || conn->rx_over ||
	    conn->r.events & (CHIMC_EV_FIN | CHIMC_EV_ABORT))
		return NULL;
	while (count-- && !list_empty(&conn->recv_free) &&
	       (conn->role.recv_depth || conn->lift)) {
		slot = list_first_entry(&conn->recv_free, struct chimc_slot,
					node);
		/* Every other refusal is lifted by a request of no bytes. */
		len = conn->lift && conn->r.refused & 1 ? 0 :
							  conn->role.recv_size;
		conn->lift = false;
		conn->banned = false;
		post(conn, slot, len, &conn->recvs);
		if (conn->role.flags & CHIMC_ROLE_NOPUSH)
			NET_BUFFER_LIST_INFO(&slot->nbl, TcpReceiveNoPush) =
				(PVOID)(ULONG_PTR)TRUE;
		if (last)
			last->nbl.Next = &slot->nbl;
		first = first ?: slot;
		last = slot;
	}
	return first;
}

/* --- calls; without the lock ---------------------------------------------- */

static void expect_pending(struct chimc_conn *conn, NDIS_STATUS status)
{
	if (status != NDIS_STATUS_PENDING)
		chimc_violation(conn, "a handler returns something else than pending");
}

static void fill(struct chimc_conn *conn, struct chimc_slot *slot)
{
	if (!(conn->role.flags & CHIMC_ROLE_RAW))
		chimc_fill(chimc_slot_at(slot), slot->len, slot->offset,
			   conn->role.tx_seed, &conn->tx_hash);
}

static void call_send(struct chimc_conn *conn, struct chimc_slot *first)
{
	struct chimc_bind *bind = conn->bind;
	NDIS_HANDLE adapter = bind->attach.MiniportAdapterContext;
	PNET_BUFFER_LIST nbl;

	for (nbl = &first->nbl; nbl; nbl = nbl->Next)
		fill(conn, nbl->ProtocolReserved[0]);
	expect_pending(conn,
		       bind->tcp.TcpOffloadSendHandler(adapter, &conn->context,
						       &first->nbl));
}

static void call_receive(struct chimc_conn *conn, struct chimc_slot *first)
{
	struct chimc_bind *bind = conn->bind;
	NDIS_HANDLE adapter = bind->attach.MiniportAdapterContext;

	expect_pending(conn,
		       bind->tcp.TcpOffloadReceiveHandler(adapter,
							  &conn->context,
							  &first->nbl));
}

static void call_disconnect(struct chimc_conn *conn, struct chimc_slot *slot,
			    ULONG flags)
{
	struct chimc_bind *bind = conn->bind;
	NDIS_HANDLE adapter = bind->attach.MiniportAdapterContext;

	if (slot->len)
		fill(conn, slot);
	expect_pending(conn,
		       bind->tcp.TcpOffloadDisconnectHandler(adapter,
							     &conn->context,
							     &slot->nbl,
							     flags));
}

/*
 * One call, with the lock released; false if there is nothing to ask for.
 * Called with the lock held and @pumping set.
 */
static bool step(struct chimc_conn *conn)
	__must_hold(&conn->lock)
{
	struct chimc_slot *sends = NULL, *receives = NULL;
	bool fin = false, kill;

	kill = take_kill(conn);
	if (!kill)
		receives = take_receives(conn);
	if (!kill && !receives)
		sends = take_sends(conn);
	if (!kill && !receives && !sends)
		fin = take_fin(conn);
	spin_unlock_bh(&conn->lock);
	if (kill)
		call_disconnect(conn, conn->kill, TCP_DISCONNECT_ABORTIVE_CLOSE);
	else if (receives)
		call_receive(conn, receives);
	else if (sends)
		call_send(conn, sends);
	else if (fin)
		call_disconnect(conn, conn->fin, TCP_DISCONNECT_GRACEFUL_CLOSE);
	spin_lock_bh(&conn->lock);
	return kill || receives || sends || fin;
}

/**
 * chimc_flow_pump() - ask for whatever the role wants by now
 * @conn: the connection
 *
 * Context: process or softirq, also from within the target's calls.
 */
void chimc_flow_pump(struct chimc_conn *conn)
{
	spin_lock_bh(&conn->lock);
	if (conn->pumping) {
		conn->again = true;
		goto unlock;
	}
	conn->pumping = true;
	do {
		conn->again = false;
		while (step(conn))
			;
	} while (conn->again);
	conn->pumping = false;
	if (conn->stopping)
		wake_up_all(&conn->idle);
unlock:
	spin_unlock_bh(&conn->lock);
}

static bool stopped(struct chimc_conn *conn)
{
	bool done;

	spin_lock_bh(&conn->lock);
	done = !conn->pumping && !conn->calls;
	spin_unlock_bh(&conn->lock);
	return done;
}

/**
 * chimc_flow_stop() - ask for nothing any more (TRM-053, TRM-076)
 * @conn: the connection
 *
 * Context: process, may sleep: no handler is called once this returns.
 */
void chimc_flow_stop(struct chimc_conn *conn)
{
	spin_lock_bh(&conn->lock);
	conn->stopping = true;
	spin_unlock_bh(&conn->lock);
	wait_event(conn->idle, stopped(conn));
}

/**
 * chimc_flow_seal() - the peer sends nothing more: what is there to answer?
 * @conn: the connection
 *
 * Context: any.
 */
void chimc_flow_seal(struct chimc_conn *conn)
{
	spin_lock_bh(&conn->lock);
	if (conn->role.rx_unit)
		conn->role.tx_total = tx_limit(conn);
	spin_unlock_bh(&conn->lock);
}

/**
 * chimc_flow_abort() - reset the connection
 * @conn: the connection
 *
 * Context: any.
 */
void chimc_flow_abort(struct chimc_conn *conn)
{
	spin_lock_bh(&conn->lock);
	conn->kill_wanted = !conn->abortive;
	spin_unlock_bh(&conn->lock);
	chimc_flow_pump(conn);
}
