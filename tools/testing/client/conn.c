// SPDX-License-Identifier: GPL-2.0
/*
 * State operations on a connection, one at a time, and whether what comes back
 * from them agrees with what has been sent and received.
 */
#include "client.h"

#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>

static NDIS_STATUS run(struct chimc_conn *conn, ndis_state_fn_t *handler,
		       struct chimc_block *block)
{
	chimc_bind_run(conn->bind, handler, &block->b);
	return block->b.Status;
}

/* Our FIN is in the sequence space; the peer's FIN is. */
static bool fin_counts(u32 state)
{
	return state == TcpConnectionFinWait1 ||
	       state == TcpConnectionFinWait2 ||
	       state == TcpConnectionClosing ||
	       state == TcpConnectionLastAck ||
	       state == TcpConnectionTimeWait;
}

static bool fin_acked(u32 state)
{
	return state == TcpConnectionFinWait2 || state == TcpConnectionTimeWait;
}

static bool peer_fin_counts(u32 state)
{
	return state == TcpConnectionCloseWait ||
	       state == TcpConnectionClosing ||
	       state == TcpConnectionLastAck ||
	       state == TcpConnectionTimeWait;
}

/* --- initiate ------------------------------------------------------------- */

/* What came from the program, or back from the target, as a request. */
static int make_rest(struct chimc_conn *conn)
{
	u32 len = conn->give_len[CHIMC_QUEUE_SEND];
	struct chimc_slot *slot;

	if (!len)
		return 0;
	slot = chimc_slot_alloc(conn, CHIMC_SEND, len, GFP_KERNEL);
	if (!slot)
		return -ENOMEM;
	chimc_slot_arm(slot, len);
	memcpy(chimc_slot_at(slot), conn->give[CHIMC_QUEUE_SEND], len);
	slot->offset = conn->r.tx_done;
	list_add_tail(&slot->node, &conn->rest);
	return 0;
}

static struct chimc_slot *make_buffered(struct chimc_conn *conn)
{
	u32 len = conn->give_len[CHIMC_QUEUE_RECV];
	struct chimc_slot *slot;

	slot = chimc_slot_alloc(conn, CHIMC_RECEIVE, len, GFP_KERNEL);
	if (!slot)
		return NULL;
	chimc_slot_arm(slot, len);
	memcpy(chimc_slot_at(slot), conn->give[CHIMC_QUEUE_RECV], len);
	return slot;
}

/* The chain of outstanding send data (INI-100), posted with the offload. */
static PNET_BUFFER_LIST chain_rest(struct chimc_conn *conn)
{
	PNET_BUFFER_LIST first = NULL, last = NULL;
	struct chimc_slot *slot;

	list_for_each_entry(slot, &conn->rest, node) {
		slot->nbl.Next = NULL;
		slot->nbl.Status = NDIS_STATUS_PENDING;
		memset(slot->nbl.NetBufferListInfo, 0,
		       sizeof(slot->nbl.NetBufferListInfo));
		slot->kind = CHIMC_SEND;
		slot->posted = true;
		if (last)
			last->Next = &slot->nbl;
		first = first ?: &slot->nbl;
		last = &slot->nbl;
	}
	list_splice_tail_init(&conn->rest, &conn->sends);
	return first;
}

static void unchain(struct chimc_conn *conn)
{
	struct chimc_slot *slot;

	spin_lock_bh(&conn->lock);
	list_for_each_entry(slot, &conn->sends, node) {
		slot->posted = false;
		/* INI-041 */
		if (slot->nbl.Status != NDIS_STATUS_PENDING)
			chimc_violation(conn, "a failed offload touches send data");
	}
	list_splice_tail_init(&conn->sends, &conn->rest);
	spin_unlock_bh(&conn->lock);
}

/*
 * Where the streams are in the sequence space. Before the target is asked: it
 * may deliver data before its completion has been noticed here.
 */
static void locate(struct chimc_conn *conn)
{
	const struct chimc_values *v = &conn->values;

	conn->seq_una = v->snd_una - (u32)conn->r.tx_done;
	if (fin_acked(v->state))
		conn->seq_una--;
	conn->seq_rcv = v->rcv_nxt - (u32)conn->r.rx_next -
			conn->give_len[CHIMC_QUEUE_RECV];
	if (peer_fin_counts(v->state)) {
		conn->seq_rcv--;
		conn->peer_fin_at = conn->r.rx_next +
				    conn->give_len[CHIMC_QUEUE_RECV];
	}
	conn->fin_sent = fin_counts(v->state);
	conn->fin_owed = false;
	conn->fin_posted = conn->fin_sent;
}

/* From the callback on the target may call; we may once this is done. */
static void begin(struct chimc_conn *conn)
{
	if (!conn->start)
		conn->start = ktime_get_ns();
	spin_lock_bh(&conn->lock);
	conn->stopping = false;
	spin_unlock_bh(&conn->lock);
	chimc_flow_pump(conn);
	chimc_check_done(conn);
}

/* Called with the mutex held; path and requests are there. */
static NDIS_STATUS initiate(struct chimc_conn *conn)
{
	struct chimc_slot *buffered = NULL;
	struct chimc_block linker, block;
	enum chimc_state before = conn->state;
	PNET_BUFFER_LIST chain;

	if (conn->give_len[CHIMC_QUEUE_RECV]) {
		buffered = make_buffered(conn);
		if (!buffered)
			return NDIS_STATUS_RESOURCES;
	}
	locate(conn);
	spin_lock_bh(&conn->lock);
	conn->context = NULL;
	conn->state = CHIMC_RUNNING;
	conn->stopping = true;
	conn->rx_short = false;
	conn->rx_over = false;
	conn->rx_refused = false;
	conn->banned = false;
	chain = chain_rest(conn);
	spin_unlock_bh(&conn->lock);

	chimc_block_head(&linker, conn->path->family == 4 ?
			 Ip4OffloadConstState : Ip6OffloadConstState,
			 &conn->path->context);
	chimc_block_conn(&block, conn, chain,
			 buffered ? &buffered->nbl : NULL);
	linker.b.DependentBlockList = &block.b;
	run(conn, conn->bind->generic.InitiateOffloadHandler, &linker);
	/* INI-081: it has been copied. */
	chimc_slot_free(buffered);
	if (block.b.Status != NDIS_STATUS_SUCCESS) {
		conn->state = before;
		unchain(conn);
		return block.b.Status;
	}
	if (!conn->context)
		chimc_violation(conn, "an offload succeeds without a handle");
	begin(conn);
	return NDIS_STATUS_SUCCESS;
}

/**
 * chimc_conn_offload() - hand a connection over for the first time
 * @conn: held; its values, role and data are set
 * @mac: of the next hop
 * @ifindex: device
 *
 * Context: process, may sleep; the mutex is held.
 * Return: Status of the connection's block.
 */
NDIS_STATUS chimc_conn_offload(struct chimc_conn *conn, const u8 *mac,
			       int ifindex)
{
	const struct chimc_role *role = &conn->role;
	struct chimc_values *v = &conn->values;
	NDIS_STATUS status = NDIS_STATUS_RESOURCES;

	if (conn->state != CHIMC_HELD || conn->bind)
		return NDIS_STATUS_INVALID_STATE;
	if (chimc_bind_get(conn->tuple.net, ifindex, &conn->bind))
		return NDIS_STATUS_NOT_SUPPORTED;
	if (chimc_path_get(conn->bind, &conn->tuple, mac, v->vlan, v->mtu,
			   &conn->path))
		return NDIS_STATUS_OFFLOAD_PATH_ENTRIES;
	conn->r.tx_next = role->tx_offset;
	conn->r.tx_done = role->tx_offset - conn->give_len[CHIMC_QUEUE_SEND];
	conn->r.rx_next = role->rx_offset;
	conn->tx_hash = role->tx_hash;
	conn->rx_hash = role->rx_hash;
	conn->cycle_at = conn->r.tx_done + conn->r.rx_next + role->cycle;
	if (!chimc_flow_prepare(conn) && !make_rest(conn))
		status = initiate(conn);
	if (status != NDIS_STATUS_SUCCESS) {
		chimc_path_put(conn->bind, conn->path);
		conn->path = NULL;
	}
	return status;
}

/* --- terminate ------------------------------------------------------------ */

/* Send data passed back in the termination (TRM-072). */
static void take_chain(struct chimc_conn *conn, PNET_BUFFER_LIST chain)
{
	struct chimc_slot *slot;
	PNET_BUFFER_LIST next;
	u32 left;

	for (; chain; chain = next) {
		next = chain->Next;
		slot = chimc_slot_of(chain, CHIMC_SEND);
		if (!slot || slot->conn != conn)
			continue;
		spin_lock_bh(&conn->lock);
		if (slot != list_first_entry(&conn->sends, struct chimc_slot,
					     node))
			chimc_violation(conn, "send data comes back out of order");
		left = chimc_slot_left(slot);
		conn->r.tx_done += slot->len - left;
		slot->offset += slot->len - left;
		slot->len = left;
		slot->posted = false;
		list_move_tail(&slot->node, left ? &conn->rest :
						   &conn->send_free);
		spin_unlock_bh(&conn->lock);
	}
}

#define ENDED	(CHIMC_EV_FIN | CHIMC_EV_ABORT)

/* TRM-051: nothing may be out any more. What is, is never touched again. */
static void check_drained(struct chimc_conn *conn)
{
	if (!list_empty(&conn->sends))
		chimc_violation(conn, "a termination leaves send requests");
	if (!list_empty(&conn->recvs))
		chimc_violation(conn, "a termination leaves receive requests");
	if (!list_empty(&conn->forwards))
		chimc_violation(conn, "a termination leaves forwarded segments");
	if ((conn->fin && conn->fin->posted) ||
	    (conn->kill && conn->kill->posted))
		chimc_violation(conn, "a termination leaves a disconnect");
	if (conn->rx_refused && !(conn->r.events & ENDED) &&
	    !peer_fin_counts(conn->values.state))
		chimc_violation(conn, "a receive was refused for no reason");
	if (test_bit(0, &conn->in_rx))
		chimc_violation(conn, "a termination overtakes a receive call");
}

static void check_sequence(struct chimc_conn *conn,
			   const struct chimc_values *v, u32 rest, u32 buffered)
{
	u32 una = conn->seq_una + (u32)conn->r.tx_done + fin_acked(v->state);
	u32 rcv = conn->seq_rcv + (u32)conn->r.rx_next + buffered +
		  peer_fin_counts(v->state);
	u32 flight = v->snd_max - v->snd_una;

	if (conn->r.events & CHIMC_EV_ABORT || conn->abortive ||
	    v->state == TcpConnectionClosed)
		return;
	if (v->snd_una != una)
		chimc_violation(conn, "SndUna is not behind what was acknowledged");
	if (v->rcv_nxt != rcv)
		chimc_violation(conn, "RcvNxt is not behind what was received");
	if (fin_counts(v->state) && !fin_acked(v->state))
		flight--;
	if ((s32)flight < 0 || flight > rest)
		chimc_violation(conn, "SndMax is beyond the send data");
	if ((s32)(v->snd_nxt - v->snd_una) < 0 ||
	    (s32)(v->snd_max - v->snd_nxt) < 0)
		chimc_violation(conn, "SndUna, SndNxt, SndMax are not in order");
}

/* Rest and buffered data as one piece each, for the program and a cycle. */
static void keep_data(struct chimc_conn *conn, int queue, u32 len)
{
	kvfree(conn->give[queue]);
	conn->give[queue] = len ? kvmalloc(len, GFP_KERNEL | __GFP_NOFAIL) :
				  NULL;
	conn->give_len[queue] = len;
}

static void take_buffered(struct chimc_conn *conn, PNET_BUFFER_LIST buffered)
{
	struct chimc_bind *bind = conn->bind;
	NDIS_HANDLE adapter = bind->attach.MiniportAdapterContext;
	struct chimc_hash hash = conn->rx_hash;
	u32 len = chimc_nbl_bytes(buffered);

	keep_data(conn, CHIMC_QUEUE_RECV, len);
	if (!buffered)
		return;
	if (chimc_nbl_copy(buffered, conn->give[CHIMC_QUEUE_RECV]) != len)
		chimc_violation(conn, "buffered data has fewer bytes than it says");
	if (!(conn->role.flags & CHIMC_ROLE_RAW) &&
	    chimc_check(conn->give[CHIMC_QUEUE_RECV], len, conn->r.rx_next,
			conn->role.rx_seed, &hash) != CHIMC_ALL_GOOD)
		chimc_violation(conn, "buffered data is not what was sent");
	bind->tcp.TcpOffloadReceiveReturnHandler(adapter, buffered);
}

static u32 take_rest(struct chimc_conn *conn)
{
	struct chimc_slot *slot;
	u64 at = conn->r.tx_done;
	u32 len = 0;

	list_for_each_entry(slot, &conn->rest, node) {
		if (slot->offset != at)
			chimc_violation(conn, "send data that comes back has a gap");
		at += slot->len;
	}
	len = at - conn->r.tx_done;
	keep_data(conn, CHIMC_QUEUE_SEND, len);
	len = 0;
	list_for_each_entry(slot, &conn->rest, node) {
		slot->nbl.Next = NULL;
		len += chimc_nbl_copy(&slot->nbl,
				      conn->give[CHIMC_QUEUE_SEND] + len);
	}
	return len;
}

/* Called with the mutex held. The path stays. */
static NDIS_STATUS terminate(struct chimc_conn *conn)
{
	PNET_BUFFER_LIST buffered = NULL;
	struct chimc_values *v = &conn->values;
	struct chimc_block block;
	NDIS_STATUS status;
	u32 rest;

	if (conn->state != CHIMC_RUNNING)
		return NDIS_STATUS_INVALID_STATE;
	chimc_flow_stop(conn);
	chimc_block_conn_deleg(&block, &conn->context);
	status = run(conn, conn->bind->generic.TerminateOffloadHandler, &block);
	if (status == NDIS_STATUS_SUCCESS)
		chimc_block_read_deleg(&block, v, &buffered);
	else
		chimc_violation(conn, "a termination does not succeed");
	take_chain(conn, block.b.NetBufferListChain);
	check_drained(conn);
	conn->state = CHIMC_UPLOADED;
	rest = take_rest(conn);
	take_buffered(conn, buffered);
	v->send_bytes = rest;
	v->recv_bytes = conn->give_len[CHIMC_QUEUE_RECV];
	if (status == NDIS_STATUS_SUCCESS)
		check_sequence(conn, v, rest, v->recv_bytes);
	return status;
}

/**
 * chimc_conn_terminate() - end the offload
 * @conn: the connection; its values and data are then those that came back
 *
 * Context: process, may sleep; the mutex is held.
 * Return: Status of the connection's block.
 */
NDIS_STATUS chimc_conn_terminate(struct chimc_conn *conn)
{
	NDIS_STATUS status = terminate(conn);

	if (status == NDIS_STATUS_INVALID_STATE)
		return status;
	chimc_path_put(conn->bind, conn->path);
	conn->path = NULL;
	chimc_told(conn, CHIMC_EV_UPLOADED);
	return status;
}

/**
 * chimc_conn_cycle() - end the offload and begin it again
 * @conn: the connection; its values are then those that came back
 *
 * A connection in a state that cannot be offloaded stays with us.
 *
 * Context: process, may sleep; the mutex is held.
 * Return: Status of the connection's block in the second operation.
 */
NDIS_STATUS chimc_conn_cycle(struct chimc_conn *conn)
{
	NDIS_STATUS status = terminate(conn);
	u32 state = conn->values.state;

	if (status == NDIS_STATUS_INVALID_STATE)
		return status;
	if (status == NDIS_STATUS_SUCCESS && !conn->fin) {
		conn->fin = chimc_slot_alloc(conn, CHIMC_DISCONNECT, 1,
					     GFP_KERNEL);
		status = conn->fin ? status : NDIS_STATUS_RESOURCES;
	}
	if (status == NDIS_STATUS_SUCCESS && state != TcpConnectionClosed &&
	    state != TcpConnectionTimeWait && !conn->abortive &&
	    !(conn->r.events & CHIMC_EV_ABORT)) {
		status = initiate(conn);
		if (status == NDIS_STATUS_SUCCESS) {
			conn->r.cycles++;
			return status;
		}
		chimc_told(conn, CHIMC_EV_FAILED);
	}
	chimc_path_put(conn->bind, conn->path);
	conn->path = NULL;
	chimc_told(conn, CHIMC_EV_UPLOADED);
	return status;
}

/* --- the others ----------------------------------------------------------- */

/**
 * chimc_conn_update() - give the connection other cached variables
 * @conn: the connection
 * @v: the cached ones count
 *
 * Context: process, may sleep; the mutex is held.
 * Return: Status of its block.
 */
NDIS_STATUS chimc_conn_update(struct chimc_conn *conn,
			      const struct chimc_values *v)
{
	const size_t first = offsetof(struct chimc_values, keepalive);
	struct chimc_block block;
	NDIS_STATUS status;

	if (conn->state != CHIMC_RUNNING)
		return NDIS_STATUS_INVALID_STATE;
	chimc_block_conn_cached(&block, &conn->context, v);
	status = run(conn, conn->bind->generic.UpdateOffloadHandler, &block);
	if (status != NDIS_STATUS_SUCCESS)
		return status;
	/* From the first cached member to before the first delegated one. */
	memcpy((u8 *)&conn->values + first, (const u8 *)v + first,
	       offsetof(struct chimc_values, state) - first);
	conn->values.restart = 0;
	return status;
}

/**
 * chimc_conn_query() - ask for the delegated variables
 * @conn: the connection
 * @v: set
 *
 * Context: process, may sleep; the mutex is held.
 * Return: Status of its block.
 */
NDIS_STATUS chimc_conn_query(struct chimc_conn *conn, struct chimc_values *v)
{
	struct chimc_block block;
	NDIS_STATUS status;

	*v = conn->values;
	if (conn->state != CHIMC_RUNNING)
		return NDIS_STATUS_INVALID_STATE;
	chimc_block_conn_deleg(&block, &conn->context);
	status = run(conn, conn->bind->generic.QueryOffloadHandler, &block);
	if (status == NDIS_STATUS_SUCCESS)
		chimc_block_read_deleg(&block, v, NULL);
	return status;
}

/**
 * chimc_conn_invalidate() - invalidate an object
 * @conn: the connection
 * @layer: 0 for it, 1 for its path, 2 for its neighbor
 *
 * Context: process, may sleep; the mutex is held.
 * Return: Status of the block.
 */
NDIS_STATUS chimc_conn_invalidate(struct chimc_conn *conn, u32 layer)
{
	struct chimc_block block;

	if (conn->state != CHIMC_RUNNING)
		return NDIS_STATUS_INVALID_STATE;
	if (!layer)
		chimc_block_head(&block, TcpOffloadConstState, &conn->context);
	else if (layer == 1)
		chimc_block_head(&block, conn->path->family == 4 ?
				 Ip4OffloadConstState : Ip6OffloadConstState,
				 &conn->path->context);
	else
		chimc_block_head(&block, NeighborOffloadConstState,
				 &conn->path->neigh->context);
	return run(conn, conn->bind->generic.InvalidateOffloadHandler, &block);
}
