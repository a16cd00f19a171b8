/* SPDX-License-Identifier: GPL-2.0 */
/* Policies: which sockets are offloaded without being named. */
#ifndef _CHIM_HOST_RULE_H
#define _CHIM_HOST_RULE_H

#include <linux/atomic.h>
#include <linux/chimney_host_netlink.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

struct net;
struct netlink_ext_ack;
struct sock;

/**
 * struct chim_host_rule - a policy
 * @node: in the list of its namespace, in order of @id
 * @rcu: frees it
 * @id: its number
 * @action: enum chimney_host_action
 * @ifindex: device, or 0 for any
 * @lport: the socket's port, or 0 for any
 * @rport: the peer's port, or 0 for any
 * @min_age: seconds for which the socket must have matched otherwise
 * @min_bytes: bytes acknowledged and received
 * @offloads: what has come of it
 */
struct chim_host_rule {
	struct list_head node;
	struct rcu_head rcu;
	u32 id;
	u32 action;
	int ifindex;
	__be16 lport;
	__be16 rport;
	u32 min_age;
	u64 min_bytes;
	atomic64_t offloads;
};

/**
 * struct chim_host_rules - the policies of a network namespace
 * @net: the namespace
 * @lock: covers changes of the list
 * @list: the policies, read under RCU
 * @count: how many
 * @scan: looks for sockets while there are policies to offload
 * @due: sockets that match, by cookie: the second from which on they may be
 *	offloaded; marked when seen
 * @jobs: offloads that are being tried
 */
struct chim_host_rules {
	struct net *net;
	struct mutex lock;		/* see above */
	struct list_head list;
	unsigned int count;
	struct delayed_work scan;
	struct xarray due;
	atomic_t jobs;
};

struct chim_host_rules *chim_host_rules_of(const struct net *net);
int chim_host_rule_add(struct net *net, const struct chim_host_rule *like,
		       u32 *id);
int chim_host_rule_del(struct net *net, u32 id);
struct chim_host_rule *chim_host_rule_match(const struct net *net,
					    const struct sock *sk, u32 action);
int chim_host_rule_init(void);
void chim_host_rule_exit(void);

#endif /* _CHIM_HOST_RULE_H */
