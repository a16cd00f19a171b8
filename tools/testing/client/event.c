// SPDX-License-Identifier: GPL-2.0
/* Events, violations, and whether a role is over. */
#include "client.h"

#include <linux/ktime.h>

static atomic_t module_violations;

/**
 * chimc_violation() - the target has done what it must not
 * @conn: on which connection, or NULL
 * @why: what
 *
 * Context: any, with or without the connection's lock.
 */
void chimc_violation(struct chimc_conn *conn, const char *why)
{
	pr_warn_ratelimited("chimney_client: connection %u: violation: %s\n",
			    conn ? conn->id : 0, why);
	if (!conn) {
		atomic_inc(&module_violations);
		return;
	}
	if (!conn->r.violations++)
		strscpy(conn->r.why, why, sizeof(conn->r.why));
	conn->r.events |= CHIMC_EV_VIOLATION;
}

/**
 * chimc_module_violations() - those on no certain connection
 *
 * Context: any.
 * Return: how many.
 */
u32 chimc_module_violations(void)
{
	return atomic_read(&module_violations);
}

/**
 * chimc_told() - note what happened, and tell the program what is new
 * @conn: the connection
 * @events: CHIMC_EV_*
 *
 * Context: any, without the connection's lock.
 */
void chimc_told(struct chimc_conn *conn, u32 events)
{
	u32 news;

	spin_lock_bh(&conn->lock);
	news = events & ~conn->r.events;
	conn->r.events |= events;
	spin_unlock_bh(&conn->lock);
	if (news)
		chimc_netlink_event(conn, news);
}

/* Called with the lock held. */
static bool sent_all(const struct chimc_conn *conn)
{
	const struct chimc_role *role = &conn->role;

	if (conn->r.tx_done < role->tx_total || !list_empty(&conn->sends))
		return false;
	if (role->flags & (CHIMC_ROLE_CLOSE | CHIMC_ROLE_ABORT))
		return conn->fin_sent ||
		       conn->r.fin_status == (u32)NDIS_STATUS_SUCCESS;
	return true;
}

static bool received_all(const struct chimc_conn *conn)
{
	const struct chimc_role *role = &conn->role;

	if (conn->r.events & CHIMC_EV_FIN || conn->abortive)
		return true;
	return !(role->flags & CHIMC_ROLE_WAIT_FIN) &&
	       conn->r.rx_next >= role->rx_total;
}

/* All data is acknowledged, and it is the role to end with a reset. */
static bool abort_due(const struct chimc_conn *conn)
{
	return conn->role.flags & CHIMC_ROLE_ABORT && !conn->abortive &&
	       !conn->kill_wanted && conn->r.tx_done >= conn->role.tx_total &&
	       conn->r.rx_next >= conn->role.rx_total;
}

static bool cycle_due(struct chimc_conn *conn)
{
	if (!conn->role.cycle || conn->stopping ||
	    conn->r.rx_next + conn->r.tx_done < conn->cycle_at)
		return false;
	conn->cycle_at = conn->r.rx_next + conn->r.tx_done + conn->role.cycle;
	return true;
}

/* The state that a connection was offloaded with tells of a FIN. */
static void check_carried(struct chimc_conn *conn)
{
	bool fin;

	spin_lock_bh(&conn->lock);
	fin = !(conn->r.events & CHIMC_EV_FIN) &&
	      conn->r.rx_next >= conn->peer_fin_at;
	spin_unlock_bh(&conn->lock);
	if (!fin)
		return;
	chimc_told(conn, CHIMC_EV_FIN);
	chimc_flow_seal(conn);
	chimc_flow_pump(conn);
}

/**
 * chimc_check_done() - is the role over, or anything else due?
 * @conn: the connection
 *
 * Context: any, without the connection's lock.
 */
void chimc_check_done(struct chimc_conn *conn)
{
	bool done, kill, cycle;

	check_carried(conn);
	spin_lock_bh(&conn->lock);
	done = !(conn->r.events & CHIMC_EV_DONE) &&
	       conn->state == CHIMC_RUNNING && sent_all(conn) &&
	       received_all(conn);
	if (done)
		conn->r.ns = ktime_get_ns() - conn->start;
	kill = abort_due(conn);
	cycle = !done && cycle_due(conn);
	spin_unlock_bh(&conn->lock);
	if (done)
		chimc_told(conn, CHIMC_EV_DONE);
	if (kill)
		chimc_flow_abort(conn);
	if (cycle)
		chimc_conn_task(conn, CHIMC_WORK_CYCLE);
}

static void on_disconnect(struct chimc_conn *conn)
{
	if (conn->r.events & CHIMC_EV_FIN || conn->peer_fin_at != U64_MAX)
		chimc_violation(conn, "a second disconnect event");
	if (conn->r.events & CHIMC_EV_ABORT || conn->abortive)
		chimc_violation(conn, "a disconnect event after a reset");
	chimc_told(conn, CHIMC_EV_FIN);
	chimc_flow_seal(conn);
	chimc_flow_pump(conn);
	chimc_check_done(conn);
}

static void on_retrieve(struct chimc_conn *conn, ULONG reason)
{
	const u32 flags = conn->role.flags;

	if (!reason || reason > HardwareFailure)
		chimc_violation(conn, "a retrieve event for no known reason");
	conn->r.reason = reason;
	conn->r.retrieves++;
	chimc_told(conn, CHIMC_EV_RETRIEVE);
	if (flags & CHIMC_ROLE_AGAIN)
		chimc_conn_task(conn, CHIMC_WORK_CYCLE);
	else if (!(flags & CHIMC_ROLE_STAY))
		chimc_conn_task(conn, CHIMC_WORK_UPLOAD);
}

/**
 * chimc_event() - NdisTcpOffloadEventHandler
 * @object: connection
 * @type: TCP_OFFLOAD_EVENT_TYPE
 * @info: depends on it
 *
 * Context: as the target calls it.
 */
VOID chimc_event(NDIS_HANDLE object, ULONG type, ULONG info)
{
	struct chimc_conn *conn = object;

	if (conn->state != CHIMC_RUNNING)
		chimc_violation(conn, "an event of a connection that is not offloaded");
	switch (type) {
	case TcpIndicateDisconnect:
		on_disconnect(conn);
		break;
	case TcpIndicateAbort:
		if (conn->r.events & CHIMC_EV_ABORT || conn->abortive)
			chimc_violation(conn, "an abort event after a reset");
		chimc_told(conn, CHIMC_EV_ABORT);
		if (!(conn->role.flags & CHIMC_ROLE_STAY))
			chimc_conn_task(conn, CHIMC_WORK_UPLOAD);
		break;
	case TcpIndicateRetrieve:
		on_retrieve(conn, info);
		break;
	case TcpIndicateSendBacklogChange:
		conn->r.backlog = info;
		chimc_told(conn, CHIMC_EV_BACKLOG);
		break;
	default:
		chimc_violation(conn, "an event of no known type");
	}
}
