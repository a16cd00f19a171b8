// SPDX-License-Identifier: GPL-2.0
/*
 * Event and status indications to a client.
 *
 * The worker makes those that concern the adapter or its own operations,
 * between requests, so they are serialized with offloads (INI-067) and have
 * returned before a later termination completes (TRM-052). Those of a
 * connection come from its owner, and ending the connection waits for that.
 */
#include "ndis/indicate.h"

#include "ndis/codec.h"
#include "ndis/miniport.h"
#include "state/conn.h"
#include "trace.h"

#include <linux/bottom_half.h>

static void tcp_event(struct chim_binding *binding, struct chim_conn *conn,
		      TCP_OFFLOAD_EVENT_TYPE type, ULONG info)
{
	struct chim_adapter *adapter = binding->adapter;

	atomic64_inc(&adapter->stats.events);
	trace_chim_event(adapter->ifindex, READ_ONCE(conn->obj.handle), type, info);
	local_bh_disable();	/* REG-012: DISPATCH_LEVEL */
	binding->events.NdisTcpOffloadEventHandler(conn->obj.ndis_handle, type,
						   info);
	local_bh_enable();
}

/**
 * chim_indicate_corrupt() - the state of a connection is corrupt (QRY-052)
 * @binding: the client
 * @conn: its connection
 *
 * Context: worker, after the operation that found it has completed.
 */
void chim_indicate_corrupt(struct chim_binding *binding,
			   struct chim_conn *conn)
{
	tcp_event(binding, conn, TcpIndicateRetrieve, HardwareFailure);
	tcp_event(binding, conn, TcpIndicateAbort, 0);
}

static const TCP_UPLOAD_REASON reasons[CHIM_UPLOADS] = {
	[CHIM_UPLOAD_NONE] = UploadRequested,
	[CHIM_UPLOAD_INVALID] = InvalidState,
	[CHIM_UPLOAD_URGENT] = ReceivedUrgentData,
	[CHIM_UPLOAD_TIMEOUT] = TimeoutExpiration,
	[CHIM_UPLOAD_REQUESTED] = UploadRequested,
	[CHIM_UPLOAD_HARDWARE] = HardwareFailure,
	[CHIM_UPLOAD_DROPS] = HighDropRate,
	[CHIM_UPLOAD_FRAGMENTS] = HighFragmentation,
	[CHIM_UPLOAD_DISORDER] = HighOutOfOrderPackets,
	[CHIM_UPLOAD_ACTIVITY] = LowActivity,
	[CHIM_UPLOAD_PREPOST] = NoBufferPreposting,
	[CHIM_UPLOAD_SMALL_IO] = SmallIO,
};

/**
 * chim_indicate_event() - make an event of the engine known (EVT-010, EVT-011)
 * @conn: the connection
 * @kind: CHIM_CALL_ABORT, _DISCONNECT, _UPLOAD or _BACKLOG
 * @info: enum chim_upload, or bytes
 *
 * Context: owner of the connection or worker, no lock held, softirqs disabled
 * (REG-012).
 */
void chim_indicate_event(struct chim_conn *conn, enum chim_call_kind kind,
			 u32 info)
{
	struct chim_binding *binding = chim_binding_of(conn->obj.owner);

	switch (kind) {
	case CHIM_CALL_ABORT:
		tcp_event(binding, conn, TcpIndicateAbort, 0);
		break;
	case CHIM_CALL_DISCONNECT:
		tcp_event(binding, conn, TcpIndicateDisconnect, 0);
		break;
	case CHIM_CALL_UPLOAD:
		tcp_event(binding, conn, TcpIndicateRetrieve, reasons[info]);
		break;
	case CHIM_CALL_BACKLOG:
		tcp_event(binding, conn, TcpIndicateSendBacklogChange, info);
		break;
	default:
		break;
	}
}

/* A block and what lies behind it, for NeighborReachabilityQuery (D-39). */
struct stale_query {
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST block;
	NEIGHBOR_OFFLOAD_STATE_CONST c;
	NEIGHBOR_OFFLOAD_STATE_CACHED cached;
	NEIGHBOR_OFFLOAD_STATE_DELEGATED deleg;
};

static_assert(offsetof(struct stale_query, c) ==
	      sizeof(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST));
static_assert(offsetofend(struct stale_query, deleg) ==
	      offsetof(struct stale_query, c) +
	      sizeof(NEIGHBOR_OFFLOAD_STATE_CONST) +
	      sizeof(NEIGHBOR_OFFLOAD_STATE_CACHED) +
	      sizeof(NEIGHBOR_OFFLOAD_STATE_DELEGATED));

/* NBR-053, NBR-055 */
static void write_query(struct stale_query *q, struct chim_neigh *neigh,
			u32 now)
{
	const struct chim_type *type = chim_type(NeighborOffloadState);
	struct chim_neigh_cached cached;
	struct chim_neigh_deleg d;

	memset(q, 0, sizeof(*q));
	q->block.Header.Type = NeighborOffloadState;
	q->block.Header.Revision = NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	q->block.Header.Size = sizeof(q->block);
	q->block.Status = NDIS_STATUS_SUCCESS;
	q->block.NdisOffloadHandle = neigh->obj.ndis_handle;
	q->c.Header.Length = sizeof(q->c);
	q->cached.Header.Length = sizeof(q->cached);
	q->deleg.Header.Length = sizeof(q->deleg);
	chim_neigh_read(neigh, now, &cached, &d);
	cached.hrd = now - READ_ONCE(neigh->hrt);
	chim_put_neigh_const(&q->block, type, &neigh->c);
	chim_put_neigh_cached(&q->block, type, &cached);
	chim_put_neigh_deleg(&q->block, type, &d);
}

/**
 * chim_indicate_stale() - ask the host about a next hop (NBR-050 to NBR-060)
 * @conn: a connection that is about to send
 * @neigh: its neighbor
 * @doubt: a segment was retransmitted too often (R-01, D-41)
 *
 * Does so if it is time to, and if nobody else is asking about the neighbor.
 * NeighborReachabilityInDoubt is reserved and never indicated (NBR-059).
 *
 * Context: owner of the connection, no lock held, softirqs disabled, RCU read
 * side.
 */
void chim_indicate_stale(struct chim_conn *conn, struct chim_neigh *neigh,
			 bool doubt)
{
	struct chim_binding *binding = chim_binding_of(neigh->obj.owner);
	struct chim_adapter *adapter = binding->adapter;
	u32 now = chim_clock_now(&adapter->clock);
	struct chim_neigh_cached answer;
	struct stale_query q;

	if (!chim_neigh_ask(neigh, now,
			    READ_ONCE(adapter->space.tcp.stale_ticks), doubt))
		return;
	write_query(&q, neigh, now);
	atomic64_inc(&adapter->stats.events);
	binding->ndis->NdisMOffloadEventIndicate(binding->driver_handle,
						 &q.block,
						 NeighborReachabilityQuery);
	/* NBR-056; an answer that is none leaves HRT as it is. */
	if (chim_get_neigh_cached(&q.block, chim_type(NeighborOffloadState),
				  &answer))
		answer.hrd = now - READ_ONCE(neigh->hrt);
	chim_neigh_answer(neigh, now, answer.hrd);
}

/**
 * chim_indicate_status() - make a status indication to one client
 * @binding: the client
 * @code: the status code
 * @buffer: its status buffer, or NULL
 * @size: bytes in @buffer
 *
 * Context: worker.
 */
void chim_indicate_status(struct chim_binding *binding, NDIS_STATUS code,
			  PVOID buffer, ULONG size)
{
	NDIS_STATUS_INDICATION indication = {
		.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION,
		.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1,
		.Header.Size = sizeof(indication),
		.SourceHandle = binding->adapter_handle,
		.StatusCode = code,
		.StatusBuffer = buffer,
		.StatusBufferSize = size,
	};

	atomic64_inc(&binding->adapter->stats.events);
	trace_chim_status(binding->adapter->ifindex, code);
	binding->ndis->NdisMIndicateStatusEx(binding->adapter_handle,
					     &indication);
}

/**
 * chim_indicate_all() - make a status indication to every client
 * @adapter: the adapter
 * @code: the status code
 * @buffer: its status buffer, or NULL
 * @size: bytes in @buffer
 *
 * Context: worker, the only writer of the list.
 */
void chim_indicate_all(struct chim_adapter *adapter, NDIS_STATUS code,
		       PVOID buffer, ULONG size)
{
	struct chim_binding *binding;

	list_for_each_entry(binding, &adapter->bindings, node)
		chim_indicate_status(binding, code, buffer, size);
}

static bool link_is_up(struct chim_adapter *adapter)
{
	struct net_device *dev;
	bool up;

	rcu_read_lock();
	dev = rcu_dereference(adapter->dev);
	up = dev && netif_running(dev) && netif_oper_up(dev);
	rcu_read_unlock();
	return up;
}

/* TRM-110: report it and leave the decision to the host. */
static void indicate_link(struct chim_adapter *adapter)
{
	bool up = link_is_up(adapter);
	NDIS_LINK_STATE state = {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision = NDIS_LINK_STATE_REVISION_1,
		.Header.Size = sizeof(state),
		.MediaConnectState = up ? MediaConnectStateConnected :
					  MediaConnectStateDisconnected,
		.XmitLinkSpeed = NDIS_LINK_SPEED_UNKNOWN,
		.RcvLinkSpeed = NDIS_LINK_SPEED_UNKNOWN,
		.PauseFunctions = NdisPauseFunctionsUnknown,
	};

	if (up == adapter->link_up)
		return;
	adapter->link_up = up;
	chim_indicate_all(adapter, NDIS_STATUS_LINK_STATE, &state,
			  sizeof(state));
}

/**
 * chim_indicate_news() - tell the clients what has happened to the device
 * @adapter: the adapter
 * @news: BIT(enum chim_news)
 *
 * Context: worker.
 */
void chim_indicate_news(struct chim_adapter *adapter, unsigned long news)
{
	if (news & BIT(CHIM_NEWS_LINK))
		indicate_link(adapter);
	if (!(news & BIT(CHIM_NEWS_UPLOAD_ALL)))
		return;
	WRITE_ONCE(adapter->evacuating, adapter->space.count[CHIM_CONN] > 0);
	chim_indicate_all(adapter, NDIS_STATUS_UPLOAD_ALL, NULL, 0);
	if (READ_ONCE(adapter->closing))
		chim_miniport_unpark(adapter, NULL);
}
