// SPDX-License-Identifier: GPL-2.0
/*
 * Event and status indications to a client.
 *
 * The worker makes them all, between requests, so they are serialized with
 * offloads (INI-067) and have returned before a later termination completes
 * (TRM-052).
 */
#include "ndis/indicate.h"

#include "state/conn.h"
#include "trace.h"

#include <linux/bottom_half.h>

static void tcp_event(struct chim_binding *binding, struct chim_conn *conn,
		      TCP_OFFLOAD_EVENT_TYPE type, ULONG info)
{
	struct chim_adapter *adapter = binding->adapter;

	atomic64_inc(&adapter->stats.events);
	trace_chim_event(adapter->ifindex, conn->obj.handle, type, info);
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

/**
 * chim_indicate_invalid() - ask for the upload of a stopped connection
 * @binding: the client
 * @conn: its connection, which had something to send (INV-032, D-30)
 *
 * Context: worker.
 */
void chim_indicate_invalid(struct chim_binding *binding,
			   struct chim_conn *conn)
{
	tcp_event(binding, conn, TcpIndicateRetrieve, InvalidState);
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
	if (news & BIT(CHIM_NEWS_UPLOAD_ALL))
		chim_indicate_all(adapter, NDIS_STATUS_UPLOAD_ALL, NULL, 0);
}
