// SPDX-License-Identifier: GPL-2.0
/*
 * Neighbors in the kernel's table: what it knows of them is what the target is
 * told, and what offloaded connections show of them it is told in return.
 */
#include "host/reach.h"

#include "host/bind.h"
#include "host/block.h"
#include "host/conn.h"
#include "host/lower.h"
#include "host/why.h"

#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <net/arp.h>
#include <net/dst.h>
#include <net/ipv6_stubs.h>
#include <net/neighbour.h>
#include <net/sock.h>
#include <net/tcp.h>

/* Reachable times are seconds: more often would tell nothing new. */
#define CONFIRM_EVERY	(HZ / 4)

/* A new entry, if there is none, is to be resolved by who asks for it. */
static struct neighbour *find(const struct chim_host_bind *bind,
			      const struct chim_host_neigh *neigh)
{
	struct neigh_table *tbl = neigh->family == 4 ? &arp_tbl :
						       ipv6_stub->nd_tbl;
	struct net_device *dev;
	struct neighbour *n = NULL;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(bind->net, bind->ifindex);
	if (dev && netif_running(dev))
		n = __neigh_lookup(tbl, &neigh->addr, dev, 1);
	rcu_read_unlock();
	return n;
}

/* While the table calls it reachable, it is. */
static void read_time(const struct chim_host_neigh *neigh,
		      const struct neighbour *n, struct chim_host_reach *reach)
{
	unsigned long confirmed = READ_ONCE(n->confirmed);
	bool reachable = READ_ONCE(n->nud_state) & NUD_CONNECTED;

	reach->hrd = reachable ? 0 : chim_host_ticks(jiffies - confirmed);
	/* Pairs with the release in chim_host_reach_query(). */
	reach->answered = smp_load_acquire(&neigh->asked) &&
			  (reachable || !time_before(confirmed,
						     READ_ONCE(neigh->asked_at)));
}

static enum chim_host_known read_entry(const struct chim_host_neigh *neigh,
				       struct neighbour *n,
				       struct chim_host_reach *reach)
{
	u8 state;

	neigh_ha_snapshot((char *)reach->mac, n, n->dev);
	state = READ_ONCE(n->nud_state);
	read_time(neigh, n, reach);
	if (state & NUD_VALID && is_valid_ether_addr(reach->mac))
		return CHIM_HOST_KNOWN;
	/*
	 * One that is new, because somebody has deleted the old one; or that one,
	 * which is called failed until it is gone.
	 */
	neigh_event_send(n, NULL);
	return state & NUD_FAILED ? CHIM_HOST_FAILED : CHIM_HOST_UNRESOLVED;
}

/**
 * chim_host_reach_read() - what does the kernel's table say of a neighbor?
 * @bind: its adapter
 * @neigh: the neighbor
 * @reach: set if it is known
 *
 * Context: process.
 * Return: how it stands. One that is not there is asked for its address.
 */
enum chim_host_known chim_host_reach_read(const struct chim_host_bind *bind,
					  const struct chim_host_neigh *neigh,
					  struct chim_host_reach *reach)
{
	struct neighbour *n = find(bind, neigh);
	enum chim_host_known known;

	if (!n)
		return CHIM_HOST_UNRESOLVED;
	known = read_entry(neigh, n, reach);
	neigh_release(n);
	return known;
}

/**
 * chim_host_reach_query() - NeighborReachabilityQuery (NBR-051)
 * @bind: the adapter
 * @tree: a block of a neighbor, with its state
 *
 * The answer is that it was reachable a moment ago. Where the table is not sure
 * of that, it finds out, and the target is told: that answer only keeps it from
 * asking again meanwhile (NBR-057).
 *
 * Context: as the target calls it, softirqs disabled.
 */
void chim_host_reach_query(const struct chim_host_bind *bind,
			   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct chim_host_neigh *neigh = tree->NdisOffloadHandle;
	NEIGHBOR_OFFLOAD_STATE_CACHED v;
	u8 *at = (u8 *)(tree + 1) + sizeof(NEIGHBOR_OFFLOAD_STATE_CONST);
	struct neighbour *n = find(bind, neigh);

	chim_host_count(CHIM_HOST_QUERIED, 1);
	if (n && !(READ_ONCE(n->nud_state) & NUD_CONNECTED)) {
		/* Also if an earlier answer is still to come. */
		WRITE_ONCE(neigh->asked_at, jiffies);
		/* Pairs with the acquire in read_time(). */
		smp_store_release(&neigh->asked, true);
		neigh_event_send(n, NULL);
	}
	if (n)
		neigh_release(n);
	/* It need not be aligned. */
	memcpy(&v, at, sizeof(v));
	v.HostReachabilityDelta = 0;
	memcpy(at, &v, sizeof(v));
}

/**
 * chim_host_reach_confirm() - a connection makes progress, so its next hop is
 * reachable (RFC 4861, section 7.3.1)
 * @conn: offloaded
 *
 * The entry is used as by TCP itself: one that was stale becomes reachable, and
 * is not probed, since it is confirmed in time.
 *
 * Context: socket's spinlock held, or socket owned.
 */
void chim_host_reach_confirm(struct chim_host_conn *conn)
{
	struct neighbour *n = NULL;
	struct dst_entry *dst;

	if ((u16)(tcp_jiffies32 - conn->confirmed) < CONFIRM_EVERY)
		return;
	conn->confirmed = tcp_jiffies32;
	rcu_read_lock();
	dst = rcu_dereference(conn->sk->sk_dst_cache);
	if (dst)
		n = dst_neigh_lookup(dst, chim_host_remote(conn->sk));
	rcu_read_unlock();
	if (!n)
		return;
	neigh_confirm(n);
	neigh_event_send(n, NULL);
	neigh_release(n);
}
