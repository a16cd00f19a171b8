// SPDX-License-Identifier: GPL-2.0
/*
 * I/O requests: the five handlers, and the completions.
 *
 * The handlers may be called in hard interrupt context (REG-010). A request
 * lies in the host's own structures, so taking one allocates nothing and
 * cannot fail (SND-011, SND-012, RCV-011): it is put into its connection's
 * inbox. What cannot go there is completed by the worker, since a handler
 * never completes itself (SND-010, RCV-010, DSC-010, FWD-010).
 */
#include "ndis/io.h"

#include "ndis/data.h"
#include "ndis/mdl.h"
#include "ndis/miniport.h"
#include "ndis/nbl.h"
#include "ndis/tree.h"
#include "state/conn.h"

#include <linux/build_bug.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>

/* No segment is longer: the length of a datagram has 16 bits. */
#define SEGMENT_MAX	U16_MAX

/**
 * struct ticket - what the first structure of a call says about it
 * @req: place in the queue of the adapter
 * @node: place in the inbox of the connection
 * @status: why it was refused, while in the queue
 * @io: enum chim_io
 *
 * It lies over the request of that structure and leaves room for what is in
 * there.
 */
struct ticket {
	union {
		struct chim_req req;
		struct llist_node node;
	};
	NDIS_STATUS status;
	u32 io;
};

static_assert(sizeof(struct ticket) <= CHIM_NBL_ROOM);
static_assert(offsetof(struct chim_sreq, next) == 0);
static_assert(offsetof(struct chim_rreq, next) == 0);
static_assert(offsetofend(struct chim_sreq, left) <=
	      offsetof(struct ticket, io));
static_assert(offsetofend(struct chim_rreq, why) <=
	      offsetof(struct ticket, io));

static struct ticket *ticket_of(PNET_BUFFER_LIST nbl)
{
	return chim_nbl_room(nbl);
}

/* --- handlers ------------------------------------------------------------ */

static void init_send(PNET_BUFFER_LIST nbl, u32 len, u8 flags)
{
	*chim_nbl_sreq(nbl) = (struct chim_sreq) {
		.len = len,
		.flags = flags,
	};
}

/* D-45: a request may come with data of the host's in it. */
static bool init_receive(PNET_BUFFER_LIST nbl, u32 len)
{
	unsigned long filled = (unsigned long)
		NET_BUFFER_LIST_INFO(nbl, TcpReceiveBytesTransferred);
	bool nopush = (unsigned long)NET_BUFFER_LIST_INFO(nbl, TcpReceiveNoPush);

	if (filled > len)
		return false;
	*chim_nbl_rreq(nbl) = (struct chim_rreq) {
		.len = len,
		.filled = filled,
		.flags = (nopush ? CHIM_RREQ_NOPUSH : 0) |
			 (filled ? CHIM_RREQ_PRELOADED : 0),
	};
	return true;
}

/* Makes a request of one structure; false if it is none. */
static bool init_request(PNET_BUFFER_LIST nbl, enum chim_io io)
{
	u32 len;

	if (!chim_nbl_measure(nbl, &len))
		return false;
	memset(chim_cursor_of(nbl), 0, sizeof(struct chim_cursor));
	/* D-21, DSC-011, DSC-037 */
	if (io != CHIM_IO_SEND && !chim_nbl_single(nbl))
		return false;
	switch (io) {
	case CHIM_IO_SEND:
		init_send(nbl, len, 0);
		return true;
	case CHIM_IO_RECEIVE:
		return init_receive(nbl, len);
	case CHIM_IO_DISCONNECT:
		init_send(nbl, len, CHIM_SREQ_DISCONNECT);
		return !nbl->Next;
	case CHIM_IO_ABORT:
		init_send(nbl, 0, CHIM_SREQ_DISCONNECT);
		return !nbl->Next;
	case CHIM_IO_FORWARD:
		return len <= SEGMENT_MAX;
	case CHIM_IO_UNWANTED:
		/* What a send turns out to be when it is submitted. */
		break;
	}
	return false;
}

/*
 * Makes requests of all structures of a call and links them but for the first
 * one, whose link is that of the inbox. A list that never ends is found by a
 * second pointer at half the speed.
 */
static bool init_requests(PNET_BUFFER_LIST list, enum chim_io io)
{
	PNET_BUFFER_LIST slow = list, nbl;
	bool odd = false;

	for (nbl = list; nbl; nbl = nbl->Next) {
		if (!chim_pointer_ok(nbl, __alignof__(void *)) ||
		    !init_request(nbl, io))
			return false;
		if (nbl->Next)
			*(void **)chim_nbl_room(nbl) = chim_nbl_room(nbl->Next);
		slow = odd ? slow->Next : slow;
		odd = !odd;
		if (nbl->Next == slow)
			return false;
	}
	return true;
}

/*
 * MiniportOffloadContext is what the host has of us for the connection, or
 * leads to where that is, as in a block: pages and practice differ. A handle
 * cannot be taken for an address, nor the other way round.
 */
static u64 handle_at(PVOID context)
{
	u64 layer = (u64)context >> CHIM_HANDLE_LAYER_SHIFT;

	if (layer > 0 && layer <= CHIM_LAYERS)
		return (u64)context;
	if (!chim_pointer_ok(context, sizeof(PVOID)))
		return 0;
	return (u64)READ_ONCE(*(PVOID *)context);
}

/* The connection a request is for; NULL with *@why set if it cannot be used. */
static struct chim_conn *find_conn(struct chim_binding *binding, PVOID context,
				   enum chim_why *why) __must_hold(RCU)
{
	struct chim_obj *obj = chim_space_find(binding->owner.space,
					       handle_at(context));

	*why = CHIM_OK;
	if (!obj)
		*why = CHIM_WHY_HANDLE;
	else if (obj->owner != &binding->owner)
		*why = CHIM_WHY_OWNER;
	else if (obj->layer != CHIM_CONN)
		*why = CHIM_WHY_LAYER;
	else if (!chim_obj_sound(obj))
		*why = CHIM_WHY_CORRUPT;
	return *why ? NULL : chim_conn(obj);
}

/* QRY-053: what finds corrupt state is not to be done again by the host. */
static NDIS_STATUS refusal(enum chim_why why)
{
	if (why == CHIM_WHY_CORRUPT)
		return NDIS_STATUS_REQUEST_ABORTED;
	return NDIS_STATUS_UPLOAD_IN_PROGRESS;
}

static void refuse(struct chim_binding *binding, PNET_BUFFER_LIST list,
		   enum chim_io io, NDIS_STATUS status)
{
	struct ticket *ticket = ticket_of(list);

	ticket->status = status;
	ticket->io = io;
	ticket->req.tag = (unsigned long)binding | CHIM_TAG_IO;
	chim_queue_add(&binding->adapter->queue, &ticket->req);
}

static void refuse_broken(struct chim_binding *binding, PNET_BUFFER_LIST list,
			  enum chim_io io)
{
	chim_refuse(&binding->adapter->stats, CHIM_WHY_LIST);
	chim_nbl_mend(list);
	refuse(binding, list, io, NDIS_STATUS_FAILURE);
}

/* STA-014: new data would only go the way of the connection. */
static bool unwanted(const struct chim_adapter *adapter, enum chim_io io)
{
	return io == CHIM_IO_SEND && READ_ONCE(adapter->evacuating) &&
	       READ_ONCE(adapter->paused);
}

static void submit(struct chim_binding *binding, PVOID context,
		   PNET_BUFFER_LIST list, enum chim_io io)
{
	struct chim_stats *stats = &binding->adapter->stats;
	struct chim_conn *conn;
	enum chim_why why;

	ticket_of(list)->io = unwanted(binding->adapter, io) ?
			      CHIM_IO_UNWANTED : io;
	rcu_read_lock();
	conn = find_conn(binding, context, &why);
	/* An inbox that is closed is that of a connection that ends. */
	if (!conn || !chim_conn_submit(conn, &ticket_of(list)->node,
				       io == CHIM_IO_ABORT)) {
		if (why)
			chim_refuse(stats, why);
		refuse(binding, list, io, refusal(why));
	}
	rcu_read_unlock();
}

static NDIS_STATUS handle_io(NDIS_HANDLE handle, PVOID context,
			     PNET_BUFFER_LIST list, enum chim_io io)
{
	struct chim_binding *binding = handle;

	if (!binding)
		return NDIS_STATUS_PENDING;
	if (!chim_pointer_ok(list, __alignof__(void *)))
		chim_refuse(&binding->adapter->stats, CHIM_WHY_LIST);
	else if (!init_requests(list, io))
		refuse_broken(binding, list, io);
	else
		submit(binding, context, list, io);
	return NDIS_STATUS_PENDING;
}

static NDIS_STATUS io_send(NDIS_HANDLE handle, PVOID context,
			   PNET_BUFFER_LIST list)
{
	return handle_io(handle, context, list, CHIM_IO_SEND);
}

static NDIS_STATUS io_receive(NDIS_HANDLE handle, PVOID context,
			      PNET_BUFFER_LIST list)
{
	return handle_io(handle, context, list, CHIM_IO_RECEIVE);
}

static NDIS_STATUS io_disconnect(NDIS_HANDLE handle, PVOID context,
				 PNET_BUFFER_LIST list, ULONG flags)
{
	return handle_io(handle, context, list,
			 flags & TCP_DISCONNECT_ABORTIVE_CLOSE ?
			 CHIM_IO_ABORT : CHIM_IO_DISCONNECT);
}

static NDIS_STATUS io_forward(NDIS_HANDLE handle, PVOID context,
			      PNET_BUFFER_LIST list)
{
	return handle_io(handle, context, list, CHIM_IO_FORWARD);
}

/* RTN-010. The binding stays until the call is over, whatever it gave back. */
static NDIS_STATUS io_return(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	struct chim_binding *binding = handle;

	if (!binding)
		return NDIS_STATUS_SUCCESS;
	rcu_read_lock();
	chim_out_return(binding, list);
	rcu_read_unlock();
	return NDIS_STATUS_SUCCESS;
}

const NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS chim_provider_tcp = {
	.Header.Type = NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_CHARACTERISTICS,
	.Header.Revision =
		NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(chim_provider_tcp),
	.OffloadType = NdisTcpChimneyOffload,
	.TcpOffloadSendHandler = io_send,
	.TcpOffloadReceiveHandler = io_receive,
	.TcpOffloadDisconnectHandler = io_disconnect,
	.TcpOffloadForwardHandler = io_forward,
	.TcpOffloadReceiveReturnHandler = io_return,
};

/* --- what the service asks ----------------------------------------------- */

/**
 * chim_io_unpack() - what one call of a handler has asked for
 * @node: from chim_conn_submit()
 * @item: filled in as far as its @io goes
 *
 * Everything was looked at and linked by the handler already.
 *
 * Context: connection's lock held.
 */
void chim_io_unpack(struct llist_node *node, struct chim_io_item *item)
{
	PNET_BUFFER_LIST list = chim_nbl_of(node);
	void *next = list->Next ? chim_nbl_room(list->Next) : NULL;

	item->io = ticket_of(list)->io;
	switch (item->io) {
	case CHIM_IO_RECEIVE:
		item->reqs = chim_nbl_rreq(list);
		item->reqs->next = next;
		break;
	case CHIM_IO_FORWARD:
		item->list = list;
		break;
	default:
		item->sends = chim_nbl_sreq(list);
		item->sends->next = next;
	}
}

static bool read_segment(const NET_BUFFER_LIST *nbl, struct chim_seg *seg)
{
	u32 len = nbl->FirstNetBuffer->DataLength, header;
	struct sk_buff *skb;

	if (len < sizeof(struct tcphdr))
		return false;
	skb = chim_data_gather(nbl, len, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return false;
	header = ((struct tcphdr *)skb->data)->doff * 4;
	if (header < sizeof(struct tcphdr) || header > len ||
	    !chim_tcp_parse(skb->data, header, seg)) {
		kfree_skb(skb);
		return false;
	}
	seg->skb = skb;
	seg->off = header;
	seg->len = len - header;
	seg->segs = 1;
	return true;
}

/**
 * chim_io_segment() - the next segment of a forwarded list (FWD-012, FWD-013)
 * @item: the call; @item->seg is set
 *
 * One that cannot be read, for lack of memory or because it is none, is left
 * out like one that was lost on the wire.
 *
 * Context: connection's lock held, softirqs disabled.
 * Return: false if there is none left.
 */
bool chim_io_segment(struct chim_io_item *item)
{
	PNET_BUFFER_LIST nbl;

	memset(&item->seg, 0, sizeof(item->seg));
	while ((nbl = item->list)) {
		/* Only the first copy is made: nothing behind it is looked at. */
		item->list = nbl->Next;
		if (read_segment(nbl, &item->seg))
			return true;
	}
	return false;
}

/* --- completions --------------------------------------------------------- */

/* QRY-053: nobody can go on where state is lost or the client has left. */
static bool abandoned(const struct chim_conn *conn)
{
	return !chim_obj_sound(&conn->obj) ||
	       READ_ONCE(chim_binding_of(conn->obj.owner)->closing);
}

static NDIS_STATUS end_status(const struct chim_conn *conn, enum chim_end why)
{
	switch (why) {
	case CHIM_END_OK:
		return NDIS_STATUS_SUCCESS;
	case CHIM_END_UPLOAD:
		if (abandoned(conn))
			return NDIS_STATUS_REQUEST_ABORTED;
		return NDIS_STATUS_UPLOAD_IN_PROGRESS;
	case CHIM_END_STATE:
		return NDIS_STATUS_INVALID_STATE;
	default:
		return NDIS_STATUS_REQUEST_ABORTED;
	}
}

/* SND-065, SND-066, RCV-057, RCV-058, DSC-058: over all buffers in turn. */
static void finish(const struct chim_conn *conn, PNET_BUFFER_LIST nbl,
		   enum chim_end why, u32 bytes)
{
	PNET_BUFFER nb;
	u32 left = bytes, n;

	for (nb = nbl->FirstNetBuffer; nb && left; nb = nb->Next) {
		n = min_t(u32, left, nb->DataLength);
		chim_nb_advance(nb, n);
		left -= n;
	}
	NET_BUFFER_LIST_INFO(nbl, TcpOffloadBytesTransferred) =
		(PVOID)(unsigned long)bytes;
	nbl->Status = end_status(conn, why);
	nbl->Next = NULL;
}

/**
 * chim_io_sent() - complete send and disconnect requests
 * @conn: the connection
 * @sends: the requests, in order; each says how it ended
 *
 * Sends between two disconnects go in one call (SND-067); a disconnect goes in
 * one of its own (DSC-014), after the sends before it (DSC-032, DSC-054).
 *
 * Context: owner of the connection or worker, no lock held, softirqs disabled.
 */
void chim_io_sent(struct chim_conn *conn, struct chim_sreq *sends)
{
	struct chim_binding *binding = chim_binding_of(conn->obj.owner);
	const NDIS_TCP_OFFLOAD_EVENT_HANDLERS *events = &binding->events;
	PNET_BUFFER_LIST first = NULL, *link = &first, nbl;
	struct chim_sreq *next;
	bool disconnect;

	for (; sends; sends = next) {
		next = sends->next;
		disconnect = sends->flags & CHIM_SREQ_DISCONNECT;
		nbl = chim_sreq_nbl(sends);
		finish(conn, nbl, sends->why, sends->len - sends->left);
		if (!disconnect) {
			*link = nbl;
			link = &nbl->Next;
		}
		if (first && (disconnect || !next)) {
			events->NdisTcpOffloadSendComplete(binding->driver_handle,
							   first);
			first = NULL;
			link = &first;
		}
		if (disconnect)
			events->NdisTcpOffloadDisconnectComplete(binding->driver_handle,
								 nbl);
	}
}

/**
 * chim_io_received() - complete receive requests (RCV-057, RCV-058, RCV-061)
 * @conn: the connection
 * @reqs: the requests, in the order of posting; each says how it ended
 *
 * Bytes that the host had placed count as well: so many are valid (RCV-054).
 *
 * Context: owner of the connection or worker, no lock held, softirqs disabled.
 */
void chim_io_received(struct chim_conn *conn, struct chim_rreq *reqs)
{
	struct chim_binding *binding = chim_binding_of(conn->obj.owner);
	PNET_BUFFER_LIST first = NULL, *link = &first, nbl;

	for (; reqs; reqs = reqs->next) {
		nbl = chim_rreq_nbl(reqs);
		finish(conn, nbl, reqs->why, reqs->filled);
		*link = nbl;
		link = &nbl->Next;
	}
	if (first)
		binding->events.NdisTcpOffloadReceiveComplete(binding->driver_handle,
							      first);
}

/**
 * chim_io_judge() - note what became of a forwarded list (D-54)
 * @conn: the connection
 * @node: from chim_conn_submit()
 * @why: what became of it
 *
 * Context: connection's lock held.
 */
void chim_io_judge(struct chim_conn *conn, struct llist_node *node,
		   enum chim_end why)
{
	ticket_of(chim_nbl_of(node))->status = end_status(conn, why);
}

/**
 * chim_io_forwarded() - complete a forwarded list (FWD-018)
 * @conn: the connection
 * @node: from chim_conn_submit(), after chim_io_judge()
 *
 * Context: owner of the connection or worker, no lock held, softirqs disabled.
 */
void chim_io_forwarded(struct chim_conn *conn, struct llist_node *node)
{
	struct chim_binding *binding = chim_binding_of(conn->obj.owner);
	PNET_BUFFER_LIST list = chim_nbl_of(node), nbl;
	NDIS_STATUS status = ticket_of(list)->status;

	for (nbl = list; nbl; nbl = nbl->Next)
		nbl->Status = status;
	binding->events.NdisTcpOffloadForwardComplete(binding->driver_handle,
						      list);
}

static ndis_tcp_complete_fn_t *completion(const struct chim_binding *binding,
					  enum chim_io io)
{
	const NDIS_TCP_OFFLOAD_EVENT_HANDLERS *events = &binding->events;

	switch (io) {
	case CHIM_IO_SEND:
		return events->NdisTcpOffloadSendComplete;
	case CHIM_IO_RECEIVE:
		return events->NdisTcpOffloadReceiveComplete;
	case CHIM_IO_FORWARD:
		return events->NdisTcpOffloadForwardComplete;
	default:
		return events->NdisTcpOffloadDisconnectComplete;
	}
}

/**
 * chim_io_take() - complete a request that a handler has refused
 * @binding: the client
 * @req: in the first of its buffer lists; all are the client's again
 *
 * Context: worker, softirqs on.
 */
void chim_io_take(struct chim_binding *binding, struct chim_req *req)
{
	struct ticket *ticket = container_of(req, struct ticket, req);
	PNET_BUFFER_LIST list = chim_nbl_of(ticket), nbl;
	NDIS_STATUS status = ticket->status;
	enum chim_io io = ticket->io;

	for (nbl = list; nbl; nbl = nbl->Next) {
		nbl->Status = status;
		NET_BUFFER_LIST_INFO(nbl, TcpOffloadBytesTransferred) = NULL;
	}
	/* As any other completion (REG-012). */
	local_bh_disable();
	rcu_read_lock();
	completion(binding, io)(binding->driver_handle, list);
	rcu_read_unlock();
	local_bh_enable();
}
