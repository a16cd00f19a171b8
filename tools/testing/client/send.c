// SPDX-License-Identifier: GPL-2.0
/* Send, disconnect and forward requests that come back. */
#include "client.h"

#include <linux/skbuff.h>

/* Bytes that the target says it has transferred; called with the lock held. */
static u32 transferred(struct chimc_conn *conn, struct chimc_slot *slot)
{
	u32 bytes = (ULONG_PTR)NET_BUFFER_LIST_INFO(&slot->nbl,
						    TcpOffloadBytesTransferred);

	if (bytes > slot->len) {
		chimc_violation(conn, "more bytes are sent than there were");
		bytes = slot->len;
	}
	if (chimc_slot_left(slot) != slot->len - bytes)
		chimc_violation(conn, "a buffer is not advanced by the bytes sent");
	return bytes;
}

/* What is left of a request waits for what becomes of the connection. */
static void set_aside(struct chimc_conn *conn, struct chimc_slot *slot)
{
	if (slot->len) {
		slot->kind = CHIMC_SEND;
		list_move_tail(&slot->node, &conn->rest);
	} else {
		list_move_tail(&slot->node, &conn->send_free);
	}
}

static void account(struct chimc_conn *conn, struct chimc_slot *slot)
{
	u32 bytes = transferred(conn, slot);

	if (bytes && slot->offset != conn->r.tx_done)
		chimc_violation(conn, "acknowledged data is out of order");
	conn->r.tx_done += bytes;
	slot->offset += bytes;
	slot->len -= bytes;
}

static void send_ended(struct chimc_conn *conn, struct chimc_slot *slot)
{
	NDIS_STATUS status = slot->nbl.Status;

	if (slot != list_first_entry(&conn->sends, struct chimc_slot, node))
		chimc_violation(conn, "a send request overtakes another");
	WRITE_ONCE(slot->posted, false);
	conn->r.sends++;
	account(conn, slot);
	switch (status) {
	case NDIS_STATUS_SUCCESS:
		if (slot->len)
			chimc_violation(conn, "a send succeeds in part");
		if (!list_empty(&conn->rest))
			chimc_violation(conn, "a send succeeds after one has failed");
		list_move_tail(&slot->node, &conn->send_free);
		break;
	case NDIS_STATUS_UPLOAD_IN_PROGRESS:
		set_aside(conn, slot);
		break;
	case NDIS_STATUS_REQUEST_ABORTED:
		if (!conn->abortive && !(conn->r.events & CHIMC_EV_ABORT))
			chimc_violation(conn, "a send is aborted for no reason");
		list_move_tail(&slot->node, &conn->send_free);
		break;
	default:
		pr_warn_ratelimited("chimney_client: status 0x%08x, %u bytes left\n",
				    status, slot->len);
		chimc_violation(conn, "a send has a status it must not have");
		list_move_tail(&slot->node, &conn->send_free);
	}
}

static void after(struct chimc_conn *conn)
{
	if (!conn)
		return;
	chimc_flow_pump(conn);
	chimc_check_done(conn);
}

/**
 * chimc_send_complete() - NdisTcpOffloadSendComplete
 * @handle: driver handle
 * @list: requests
 *
 * Context: as the target calls it.
 */
VOID chimc_send_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	struct chimc_conn *conn = NULL;
	PNET_BUFFER_LIST next;
	struct chimc_slot *slot;

	for (; list; list = next) {
		next = list->Next;
		slot = chimc_slot_of(list, CHIMC_SEND);
		if (!slot)
			continue;
		if (slot->conn != conn)
			after(conn);
		conn = slot->conn;
		spin_lock_bh(&conn->lock);
		send_ended(conn, slot);
		spin_unlock_bh(&conn->lock);
	}
	after(conn);
}

/* A FIN that could not be sent is asked for again after the next offload. */
static void fin_ended(struct chimc_conn *conn, struct chimc_slot *slot)
{
	NDIS_STATUS status = slot->nbl.Status;

	/* In a termination sends may still come back otherwise (TRM-070). */
	if (!list_empty(&conn->sends) &&
	    status != NDIS_STATUS_UPLOAD_IN_PROGRESS)
		chimc_violation(conn, "a disconnect overtakes a send");
	conn->r.fin_status = status;
	account(conn, slot);
	if (status == NDIS_STATUS_SUCCESS) {
		if (slot->len)
			chimc_violation(conn, "a disconnect succeeds in part");
	} else if (status == NDIS_STATUS_UPLOAD_IN_PROGRESS) {
		conn->fin_owed = true;
		if (slot->len) {
			conn->fin = NULL;
			set_aside(conn, slot);
		}
	} else if (status != NDIS_STATUS_REQUEST_ABORTED) {
		chimc_violation(conn, "a disconnect has a status it must not have");
	} else if (!conn->abortive && !(conn->r.events & CHIMC_EV_ABORT)) {
		chimc_violation(conn, "a disconnect is aborted for no reason");
	}
}

static void kill_ended(struct chimc_conn *conn, struct chimc_slot *slot)
{
	if (!list_empty(&conn->sends))
		chimc_violation(conn, "an abort overtakes a send");
	if (slot->nbl.Status != NDIS_STATUS_SUCCESS &&
	    slot->nbl.Status != NDIS_STATUS_UPLOAD_IN_PROGRESS)
		chimc_violation(conn, "an abortive disconnect fails");
	conn->r.fin_status = slot->nbl.Status;
}

/**
 * chimc_disconnect_complete() - NdisTcpOffloadDisconnectComplete
 * @handle: driver handle
 * @list: the request
 *
 * Context: as the target calls it.
 */
VOID chimc_disconnect_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	struct chimc_slot *slot = chimc_slot_of(list, CHIMC_DISCONNECT);
	struct chimc_conn *conn;

	if (!slot)
		return;
	conn = slot->conn;
	if (list->Next)
		chimc_violation(conn, "more than a disconnect completes");
	spin_lock_bh(&conn->lock);
	WRITE_ONCE(slot->posted, false);
	if (slot == conn->kill)
		kill_ended(conn, slot);
	else
		fin_ended(conn, slot);
	spin_unlock_bh(&conn->lock);
	after(conn);
}

/* --- forwarding ----------------------------------------------------------- */

/* Is there somebody who wants it? Then he cannot go until @calls is zero. */
static bool enter(struct chimc_conn *conn, struct chimc_slot *slot)
{
	bool may;

	spin_lock_bh(&conn->lock);
	may = conn->state == CHIMC_RUNNING && !conn->stopping;
	if (may) {
		conn->calls++;
		conn->r.forwarded++;
		slot->posted = true;
		list_add_tail(&slot->node, &conn->forwards);
	}
	spin_unlock_bh(&conn->lock);
	return may;
}

static void leave(struct chimc_conn *conn)
{
	spin_lock_bh(&conn->lock);
	if (!--conn->calls && conn->stopping)
		wake_up_all(&conn->idle);
	spin_unlock_bh(&conn->lock);
}

/**
 * chimc_forward() - hand a segment to the target that it did not take
 * @conn: its connection
 * @skb: the datagram, its checksums right
 * @offset: of the TCP header from skb->data
 * @len: bytes of header and data
 *
 * Context: softirq.
 */
void chimc_forward(struct chimc_conn *conn, const struct sk_buff *skb,
		   u32 offset, u32 len)
{
	struct chimc_bind *bind = conn->bind;
	struct chimc_slot *slot;
	NDIS_HANDLE adapter;

	if (READ_ONCE(conn->state) != CHIMC_RUNNING)
		return;
	slot = chimc_slot_alloc(conn, CHIMC_FORWARD, len, GFP_ATOMIC);
	if (!slot)
		return;
	chimc_slot_arm(slot, len);
	if (skb_copy_bits(skb, offset, slot->data, len) || !enter(conn, slot)) {
		chimc_slot_free(slot);
		return;
	}
	adapter = bind->attach.MiniportAdapterContext;
	if (bind->tcp.TcpOffloadForwardHandler(adapter, &conn->context,
					       &slot->nbl) !=
	    NDIS_STATUS_PENDING)
		chimc_violation(conn, "a forward returns something else than pending");
	leave(conn);
}

/**
 * chimc_forward_complete() - NdisTcpOffloadForwardComplete
 * @handle: driver handle
 * @list: segments
 *
 * Context: as the target calls it.
 */
VOID chimc_forward_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	struct chimc_conn *conn;
	struct chimc_slot *slot;
	PNET_BUFFER_LIST next;

	for (; list; list = next) {
		next = list->Next;
		slot = chimc_slot_of(list, CHIMC_FORWARD);
		if (!slot)
			continue;
		conn = slot->conn;
		if (list->Status != NDIS_STATUS_SUCCESS &&
		    list->Status != NDIS_STATUS_UPLOAD_IN_PROGRESS &&
		    list->Status != NDIS_STATUS_REQUEST_ABORTED)
			chimc_violation(conn, "a forward has a status it must not have");
		spin_lock_bh(&conn->lock);
		list_del(&slot->node);
		spin_unlock_bh(&conn->lock);
		chimc_slot_free(slot);
	}
}
