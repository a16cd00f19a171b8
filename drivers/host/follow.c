// SPDX-License-Identifier: GPL-2.0
/*
 * An offloaded connection follows its socket: options, route, path MTU, next hop.
 * The socket keeps its route as ever. Whoever leaves the socket looks whether it
 * is still good, and news of the host have all sockets looked at (news.c).
 */
#include "host/follow.h"

#include "host/bind.h"
#include "host/cached.h"
#include "host/conn.h"
#include "host/filter.h"
#include "host/fit.h"
#include "host/info.h"
#include "host/lower.h"
#include "host/upload.h"
#include "host/why.h"

#include <linux/jiffies.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp.h>

/* A next hop that has not answered for so long does not. */
#define WAIT_MAX	(2 * HZ)

static bool route_due(const struct chim_host_conn *conn)
{
	const struct sock *sk = conn->sk;
	u32 cookie = sk->sk_family == AF_INET6 ? inet6_sk(sk)->dst_cookie : 0;
	struct dst_entry *dst;
	bool due;

	rcu_read_lock();
	dst = rcu_dereference(sk->sk_dst_cache);
	due = !dst || !dst_check(dst, cookie) || dst_mtu(dst) != conn->seen.mtu;
	rcu_read_unlock();
	return due;
}

/**
 * chim_host_follow_first() - is the route to be looked at before anything is sent?
 * @conn: offloaded
 *
 * There may be a policy of IPsec, which nobody is told of.
 *
 * Context: any; the socket exists.
 * Return: true if chim_host_follow() is to do so.
 */
bool chim_host_follow_first(const struct chim_host_conn *conn)
{
	/* The look-out has no lock: it looks again. */
	u32 looked = data_race(conn->seen.routes);

	return !rcu_access_pointer(conn->sk->sk_dst_cache) ||
	       chim_host_routes(conn->sk) != looked;
}

/**
 * chim_host_follow_due() - is the target behind what the socket says?
 * @conn: offloaded
 *
 * Options that programs set are looked at each time, unless data has passed: then
 * this owner has read or written, and none of them is set on the way. The rest, which
 * the host tells of besides, and defaults of the system are looked at once in a tick.
 *
 * Context: socket's spinlock held, or socket owned.
 * Return: true if chim_host_follow() has something to do.
 */
bool chim_host_follow_due(struct chim_host_conn *conn)
{
	const struct tcp_sock *tp = tcp_sk(conn->sk);
	u16 now = tcp_jiffies32, moved = tp->write_seq + tp->copied_seq;
	u32 options;

	if (moved != conn->passed) {
		conn->passed = moved;
		if (conn->looked == now)
			return false;
	}
	options = chim_host_cached_options(conn->sk);
	if (options == conn->options && conn->looked == now)
		return false;
	conn->options = options;
	conn->looked = now;
	return route_due(conn) || (u16)READ_ONCE(conn->path->moves) != conn->moved ||
	       chim_host_fit_options(conn->sk) || chim_host_cached_due(conn);
}

/**
 * chim_host_follow_changed() - has a program set options since somebody looked?
 * @conn: offloaded
 *
 * Newer kernels set some of them without the socket's lock: no owner leaves who would
 * look.
 *
 * Context: any; the socket exists.
 * Return: true if so.
 */
bool chim_host_follow_changed(const struct chim_host_conn *conn)
{
	/* Nobody's lock is held: who finds a change looks again. */
	return data_race(chim_host_cached_options(conn->sk) != conn->options);
}

/**
 * chim_host_follow_stuck() - has nothing been acknowledged for the user timeout?
 * @conn: offloaded
 *
 * Context: any; the socket exists.
 * Return: true if so; chim_host_follow() looks why.
 */
bool chim_host_follow_stuck(const struct chim_host_conn *conn)
{
	const struct inet_connection_sock *icsk = inet_csk(conn->sk);
	/* The look-out has no lock: it looks again. */
	u32 limit = msecs_to_jiffies(data_race(icsk->icsk_user_timeout));
	/* Likewise. */
	u32 since = data_race(icsk->icsk_probes_tstamp);

	return limit && since && tcp_jiffies32 - since >= limit;
}

/*
 * MaxRT is not for a window that is closed. So that the peer answers probes is enough
 * for the target, but not for TCP.
 */
static enum chim_host_why follow_window(struct chim_host_conn *conn)
{
	TCP_OFFLOAD_STATE_DELEGATED d;

	if (!chim_host_follow_stuck(conn) || !chim_host_info_renew(conn, &d) ||
	    d.SndWnd || !chim_host_follow_stuck(conn))
		return CHIM_HOST_FITS;
	return CHIM_HOST_UP_USER_TIMEOUT;
}

static enum chim_host_why follow_route(struct chim_host_conn *conn)
{
	bool waited = conn->waits;
	struct chim_host_hop now;
	enum chim_host_why why;

	WRITE_ONCE(conn->waits, true);
	/* First that, then the table: pairs with the queueing of work in news.c. */
	smp_mb();
	conn->moved = READ_ONCE(conn->path->moves);
	why = chim_host_route(conn->sk, &now);
	if (why != CHIM_HOST_NEIGHBOR)
		WRITE_ONCE(conn->waits, false);
	else if (!waited)
		conn->waits_from = tcp_jiffies32;
	else if ((u16)(tcp_jiffies32 - conn->waits_from) > WAIT_MAX)
		return CHIM_HOST_UP_HOP;
	if ((why && why != CHIM_HOST_NEIGHBOR) ||
	    now.ifindex != conn->path->bind->ifindex)
		return CHIM_HOST_UP_ROUTE;
	why = chim_host_path_follow(conn->path, &conn->seen, &now,
				    !conn->waits);
	if (!conn->waits)
		conn->seen.digest = chim_host_hop_digest(&now);
	conn->seen.mtu = now.mtu;
	conn->seen.routes = now.routes;
	return why;
}

static enum chim_host_why follow_rules(const struct chim_host_conn *conn)
{
	switch (chim_host_filter(conn->sk)) {
	case CHIM_HOST_RULES:
		return CHIM_HOST_UP_RULES;
	case CHIM_HOST_HOOKS:
		return CHIM_HOST_UP_HOOKS;
	case CHIM_HOST_CGROUP:
		return CHIM_HOST_UP_CGROUP;
	default:
		return CHIM_HOST_FITS;
	}
}

static enum chim_host_why follow_options(const struct chim_host_conn *conn)
{
	switch (chim_host_fit_options(conn->sk)) {
	case CHIM_HOST_FILTER:
		return CHIM_HOST_UP_FILTER;
	case CHIM_HOST_MIN_TTL:
		return CHIM_HOST_UP_MIN_TTL;
	case CHIM_HOST_IP_OPTIONS:
		return CHIM_HOST_UP_IP_OPTIONS;
	case CHIM_HOST_PACING:
		return CHIM_HOST_UP_PACING;
	case CHIM_HOST_MARK:
		return CHIM_HOST_UP_MARK;
	case CHIM_HOST_PRIORITY:
		return CHIM_HOST_UP_PRIORITY;
	case CHIM_HOST_TXTIME:
		return CHIM_HOST_UP_TXTIME;
	case CHIM_HOST_FRAGMENT:
		return CHIM_HOST_UP_FRAGMENT;
	case CHIM_HOST_MD5:
	case CHIM_HOST_REPAIR:
	case CHIM_HOST_USED:
		return CHIM_HOST_UP_OPTION;
	default:
		return CHIM_HOST_FITS;
	}
}

/**
 * chim_host_follow() - bring the target to what the socket says
 * @conn: offloaded
 *
 * What cannot be followed ends the offload: TCP itself can.
 *
 * Context: process, may sleep; socket owned.
 */
void chim_host_follow(struct chim_host_conn *conn)
{
	enum chim_host_why why = follow_options(conn);

	if (!why)
		why = follow_rules(conn);
	if (!why)
		why = follow_window(conn);
	if (!why)
		why = follow_route(conn);
	if (!why && !chim_host_cached_update(conn))
		why = CHIM_HOST_UP_UPDATE;
	if (why)
		chim_host_upload(conn, why);
}

/**
 * chim_host_follow_set() - a program has set an option
 * @conn: the connection
 *
 * The target has it as well when this returns: what the program sends next is sent
 * that way. Of SOL_SOCKET nobody is told; those follow later.
 *
 * Context: process, may sleep; socket not owned.
 */
void chim_host_follow_set(struct chim_host_conn *conn)
{
	struct sock *sk = conn->sk;

	lock_sock(sk);
	if (conn->state == CHIM_HOST_OFFLOADED && !READ_ONCE(conn->aborted) &&
	    (chim_host_fit_options(sk) || chim_host_cached_due(conn)))
		chim_host_follow(conn);
	release_sock(sk);
}
