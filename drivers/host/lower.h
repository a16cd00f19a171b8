/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_LOWER_H
#define _CHIM_HOST_LOWER_H

#include "host/why.h"

#include <chimney/target.h>

#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/types.h>

struct chim_host_bind;
struct chim_host_hop;
struct chim_host_seen;
struct chim_host_tuple;

/**
 * struct chim_host_neigh - a next hop, as long as a path of ours is linked to it
 * @node: in the list of its adapter
 * @refs: paths
 * @context: the target's handle
 * @family: 4 or 6
 * @addr: by which the kernel's table knows it
 * @mac: as the target knows it
 * @asked: the target has asked about it, and has no answer yet
 * @asked_at: when, in jiffies
 * @failed: the table has called it failed since it was last known
 * @failed_at: since when, in jiffies
 * @lost: it does not answer, or the target does not take its address
 */
struct chim_host_neigh {
	struct list_head node;
	unsigned int refs;
	PVOID context;
	u32 family;
	struct in6_addr addr;
	u8 mac[ETH_ALEN];
	bool asked;
	unsigned long asked_at;
	bool failed;
	unsigned long failed_at;
	bool lost;
};

/**
 * struct chim_host_path - a path, as long as a connection of ours is on it
 * @bind: its adapter
 * @node: in the list of that
 * @refs: connections
 * @rcu: frees it
 * @context: the target's handle
 * @neigh: next hop
 * @family: 4 or 6
 * @mtu: as the target knows it
 * @moves: how often it was linked to another next hop
 * @local: our address
 * @remote: the peer's
 */
struct chim_host_path {
	struct chim_host_bind *bind;
	struct list_head node;
	unsigned int refs;
	struct rcu_head rcu;
	PVOID context;
	struct chim_host_neigh *neigh;
	u32 family;
	u32 mtu;
	u32 moves;
	struct in6_addr local;
	struct in6_addr remote;
};

struct chim_host_path *chim_host_path_get(struct chim_host_bind *bind,
					  const struct chim_host_tuple *tuple,
					  const struct chim_host_hop *hop,
					  u32 *moves);
void chim_host_path_put(struct chim_host_path *path);
enum chim_host_why chim_host_path_follow(struct chim_host_path *path,
					 const struct chim_host_seen *was,
					 const struct chim_host_hop *now,
					 bool resolved);
bool chim_host_neighs_follow(struct chim_host_bind *bind);

#endif /* _CHIM_HOST_LOWER_H */
