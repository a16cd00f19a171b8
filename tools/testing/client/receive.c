// SPDX-License-Identifier: GPL-2.0
/* Received data: requests that come back, and indications. */
#include "client.h"

/* The target calls one at a time (RCV-050). */
static void rx_begin(struct chimc_conn *conn)
{
	if (test_and_set_bit(0, &conn->in_rx))
		chimc_violation(conn, "two receive calls at a time");
	if (conn->state != CHIMC_RUNNING)
		chimc_violation(conn, "data of a connection that is not offloaded");
}

static void rx_end(struct chimc_conn *conn)
{
	clear_bit(0, &conn->in_rx);
}

/* Bytes of the stream, contiguous in memory. */
static void take_bytes(struct chimc_conn *conn, const u8 *at, u32 len)
{
	u64 bad = CHIMC_ALL_GOOD;

	if (!(conn->role.flags & CHIMC_ROLE_RAW))
		bad = chimc_check(at, len, conn->r.rx_next, conn->role.rx_seed,
				  &conn->rx_hash);
	if (bad != CHIMC_ALL_GOOD && conn->r.bad == CHIMC_ALL_GOOD) {
		conn->r.bad = bad;
		chimc_violation(conn, "received data is not what was sent");
	}
	conn->r.rx_next += len;
}

static void check_late(struct chimc_conn *conn, u32 bytes)
{
	if (!bytes)
		return;
	if (conn->r.events & CHIMC_EV_FIN)
		chimc_violation(conn, "data after the peer's FIN");
	if (conn->rx_refused)
		chimc_violation(conn, "data after a receive was refused");
	if (conn->rx_short)
		chimc_violation(conn, "data after a nonpush request came back short");
}

static u32 transferred(struct chimc_conn *conn, struct chimc_slot *slot)
{
	u32 bytes = (ULONG_PTR)NET_BUFFER_LIST_INFO(&slot->nbl,
						    TcpOffloadBytesTransferred);

	if (bytes > slot->len) {
		chimc_violation(conn, "more bytes are received than there was room");
		bytes = slot->len;
	}
	if (chimc_slot_left(slot) != slot->len - bytes)
		chimc_violation(conn, "a buffer is not advanced by the bytes received");
	return bytes;
}

static void check_status(struct chimc_conn *conn, struct chimc_slot *slot,
			 u32 bytes)
{
	switch (slot->nbl.Status) {
	case NDIS_STATUS_SUCCESS:
		if (bytes < slot->len &&
		    conn->role.flags & CHIMC_ROLE_NOPUSH)
			conn->rx_short = true;
		/* The end is near. */
		if (!bytes && slot->len)
			conn->rx_over = true;
		break;
	case NDIS_STATUS_UPLOAD_IN_PROGRESS:
		conn->rx_over = true;
		break;
	case NDIS_STATUS_REQUEST_ABORTED:
		if (!conn->abortive && !(conn->r.events & CHIMC_EV_ABORT))
			chimc_violation(conn, "a receive is aborted for no reason");
		break;
	case NDIS_STATUS_INVALID_STATE:
		/*
		 * The event must still come, and no data before it; unless
		 * the FIN is older than the offload: then there is none, and
		 * data that was handed over is indicated.
		 */
		conn->rx_refused = !(conn->r.events & CHIMC_EV_FIN) &&
				   conn->peer_fin_at == U64_MAX;
		conn->rx_over = true;
		break;
	default:
		chimc_violation(conn, "a receive has a status it must not have");
	}
}

static void receive_ended(struct chimc_conn *conn, struct chimc_slot *slot)
{
	u32 bytes = transferred(conn, slot);

	if (slot != list_first_entry(&conn->recvs, struct chimc_slot, node))
		chimc_violation(conn, "a receive request overtakes another");
	check_late(conn, bytes);
	check_status(conn, slot, bytes);
	take_bytes(conn, chimc_slot_at(slot), bytes);
	spin_lock_bh(&conn->lock);
	conn->r.receives++;
	WRITE_ONCE(slot->posted, false);
	list_move_tail(&slot->node, &conn->recv_free);
	spin_unlock_bh(&conn->lock);
}

/**
 * chimc_receive_complete() - NdisTcpOffloadReceiveComplete
 * @handle: driver handle
 * @list: requests
 *
 * Context: as the target calls it.
 */
VOID chimc_receive_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	struct chimc_conn *conn = NULL;
	struct chimc_slot *slot;
	PNET_BUFFER_LIST next;

	for (; list; list = next) {
		next = list->Next;
		slot = chimc_slot_of(list, CHIMC_RECEIVE);
		if (!slot)
			continue;
		if (conn && conn != slot->conn)
			chimc_violation(conn, "requests of two connections in one list");
		if (!conn)
			rx_begin(slot->conn);
		conn = slot->conn;
		receive_ended(conn, slot);
	}
	if (!conn)
		return;
	/* From within the call: RCV-051. */
	chimc_flow_pump(conn);
	rx_end(conn);
	chimc_check_done(conn);
}

/* --- indications ---------------------------------------------------------- */

static void take_buffer(struct chimc_conn *conn, const NET_BUFFER *nb, u32 left)
{
	u32 offset = nb->CurrentMdlOffset, len;
	const MDL *mdl = nb->CurrentMdl;
	const u8 *at;

	while (left && mdl) {
		if (offset >= mdl->ByteCount) {
			offset -= mdl->ByteCount;
			mdl = mdl->Next;
			continue;
		}
		len = left;
		at = chimc_mdl_map(mdl, offset, &len);
		take_bytes(conn, at, len);
		offset += len;
		left -= len;
	}
	if (left)
		chimc_violation(conn, "an indication has fewer bytes than it says");
}

static bool well_formed(struct chimc_conn *conn, PNET_BUFFER_LIST list,
			NDIS_STATUS status)
{
	if (status != NDIS_STATUS_SUCCESS)
		chimc_violation(conn, "an indication has another status than success");
	if (list->Next || !list->FirstNetBuffer || list->FirstNetBuffer->Next) {
		chimc_violation(conn, "an indication is not one list of one buffer");
		return false;
	}
	if (!list->FirstNetBuffer->DataLength)
		chimc_violation(conn, "an indication is empty");
	if (conn->banned)
		chimc_violation(conn, "refused data is indicated again");
	return true;
}

/* How much of it the role takes. */
static u32 choose(struct chimc_conn *conn, u32 len)
{
	const struct chimc_role *role = &conn->role;
	u64 nr = ++conn->r.indications;

	if (role->refuse && !(nr % role->refuse))
		return 0;
	if (role->partly && !(nr % role->partly))
		return len / 2;
	return len;
}

/* Every other time the ban is lifted before it is there. */
static void refuse(struct chimc_conn *conn)
{
	bool now;

	spin_lock_bh(&conn->lock);
	conn->lift = true;
	/* A request that is on its way may lift it at once. */
	conn->banned = !conn->pumping;
	now = conn->r.refused & 2;
	conn->r.refused++;
	spin_unlock_bh(&conn->lock);
	if (now)
		chimc_flow_pump(conn);
	else
		chimc_conn_task(conn, CHIMC_WORK_POST);
}

/* The target's until now, ours until it is returned. */
static void keep(struct chimc_conn *conn, PNET_BUFFER_LIST list)
{
	bool first, enough;

	spin_lock_bh(&conn->lock);
	enough = conn->n_kept > conn->role.keep;
	spin_unlock_bh(&conn->lock);
	if (enough)
		chimc_receive_return(conn);
	spin_lock_bh(&conn->lock);
	first = !conn->kept;
	list->Next = conn->kept;
	conn->kept = list;
	conn->n_kept++;
	spin_unlock_bh(&conn->lock);
	if (first && !conn->role.keep)
		chimc_conn_task(conn, CHIMC_WORK_RETURN);
}

/**
 * chimc_receive_return() - return the indications that are kept
 * @conn: the connection; it may have been uploaded (RTN-012)
 *
 * Context: any.
 */
void chimc_receive_return(struct chimc_conn *conn)
{
	struct chimc_bind *bind = conn->bind;
	PNET_BUFFER_LIST list;
	NDIS_HANDLE adapter;

	spin_lock_bh(&conn->lock);
	list = conn->kept;
	conn->kept = NULL;
	conn->r.returned += conn->n_kept;
	conn->n_kept = 0;
	spin_unlock_bh(&conn->lock);
	if (!list)
		return;
	adapter = bind->attach.MiniportAdapterContext;
	if (bind->tcp.TcpOffloadReceiveReturnHandler(adapter, list) !=
	    NDIS_STATUS_SUCCESS)
		chimc_violation(conn, "a return does not succeed");
}

/**
 * chimc_receive_indicate() - NdisTcpOffloadReceiveHandler
 * @object: connection
 * @list: data
 * @status: NDIS_STATUS_SUCCESS
 * @consumed: set to the bytes taken
 *
 * Context: as the target calls it.
 * Return: whether all, some or none of it is taken.
 */
NDIS_STATUS chimc_receive_indicate(NDIS_HANDLE object, PNET_BUFFER_LIST list,
				   NDIS_STATUS status, PULONG consumed)
{
	struct chimc_conn *conn = object;
	NDIS_STATUS answer;
	u32 len, take;

	*consumed = 0;
	rx_begin(conn);
	answer = NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED;
	if (!well_formed(conn, list, status))
		goto end;
	len = list->FirstNetBuffer->DataLength;
	take = choose(conn, len);
	check_late(conn, len);
	take_buffer(conn, list->FirstNetBuffer, take);
	*consumed = take;
	if (take == len) {
		answer = NDIS_STATUS_SUCCESS;
		keep(conn, list);
		chimc_flow_pump(conn);
	} else {
		if (take) {
			answer = NDIS_STATUS_OFFLOAD_DATA_PARTIALLY_ACCEPTED;
			conn->r.partly++;
		}
		refuse(conn);
	}
end:
	rx_end(conn);
	chimc_check_done(conn);
	return answer;
}
