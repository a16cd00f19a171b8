// SPDX-License-Identifier: GPL-2.0
/* Policies: which sockets are offloaded without being named. */
#include "host/rule.h"

#include "host/scan.h"

#include <linux/rculist.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/tcp.h>

static unsigned int rules_id;
static atomic_t last_id;
/* Policies of all namespaces. */
static atomic_t total;

/**
 * chim_host_rules_of() - the policies of a namespace
 * @net: the namespace
 *
 * Context: any.
 * Return: its policies.
 */
struct chim_host_rules *chim_host_rules_of(const struct net *net)
{
	return net_generic(net, rules_id);
}

/**
 * chim_host_rule_add() - add a policy
 * @net: namespace
 * @like: what it is to be
 * @id: set to its number
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM or -ENOSPC.
 */
int chim_host_rule_add(struct net *net, const struct chim_host_rule *like,
		       u32 *id)
{
	struct chim_host_rules *rules = chim_host_rules_of(net);
	struct chim_host_rule *rule = kmemdup(like, sizeof(*like), GFP_KERNEL);
	int err = 0;

	if (!rule)
		return -ENOMEM;
	mutex_lock(&rules->lock);
	if (rules->count == CHIMNEY_HOST_POLICIES_MAX) {
		err = -ENOSPC;
		goto unlock;
	}
	rule->id = atomic_inc_return(&last_id);
	*id = rule->id;
	list_add_tail_rcu(&rule->node, &rules->list);
	WRITE_ONCE(rules->count, rules->count + 1);
	atomic_inc(&total);
	rule = NULL;
	chim_host_scan_soon(rules);
unlock:
	mutex_unlock(&rules->lock);
	kfree(rule);
	return err;
}

/**
 * chim_host_rule_del() - delete policies
 * @net: namespace
 * @id: number of one, or 0 for all
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOENT if there is none of that number.
 */
int chim_host_rule_del(struct net *net, u32 id)
{
	struct chim_host_rules *rules = chim_host_rules_of(net);
	struct chim_host_rule *rule, *next;
	int err = id ? -ENOENT : 0;

	mutex_lock(&rules->lock);
	list_for_each_entry_safe(rule, next, &rules->list, node) {
		if (id && rule->id != id)
			continue;
		list_del_rcu(&rule->node);
		WRITE_ONCE(rules->count, rules->count - 1);
		atomic_dec(&total);
		kfree_rcu(rule, rcu);
		err = 0;
	}
	mutex_unlock(&rules->lock);
	return err;
}

static u64 bytes_of(const struct tcp_sock *tp)
{
	/* Counters that TCP writes as they come; whichever value will do. */
	return data_race(READ_ONCE(tp->bytes_acked) +
			 READ_ONCE(tp->bytes_received));
}

static bool matches(const struct chim_host_rule *rule, const struct sock *sk)
{
	const struct dst_entry *dst;

	if ((rule->lport && rule->lport != inet_sk(sk)->inet_sport) ||
	    (rule->rport && rule->rport != inet_sk(sk)->inet_dport))
		return false;
	if (rule->min_bytes && bytes_of(tcp_sk(sk)) < rule->min_bytes)
		return false;
	if (!rule->ifindex)
		return true;
	dst = rcu_dereference(sk->sk_dst_cache);
	return dst && READ_ONCE(dst->dev)->ifindex == rule->ifindex;
}

/**
 * chim_host_rule_match() - the policy that a socket is under
 * @net: namespace
 * @sk: a full TCP socket; whether it is old enough is not looked at
 * @action: enum chimney_host_action
 *
 * Context: RCU read side.
 * Return: the first one that matches, or NULL.
 */
struct chim_host_rule *chim_host_rule_match(const struct net *net,
					    const struct sock *sk, u32 action)
{
	struct chim_host_rules *rules = chim_host_rules_of(net);
	struct chim_host_rule *rule;

	list_for_each_entry_rcu(rule, &rules->list, node)
		if (rule->action == action && matches(rule, sk))
			return rule;
	return NULL;
}

static int __net_init net_init(struct net *net)
{
	struct chim_host_rules *rules = chim_host_rules_of(net);

	rules->net = net;
	mutex_init(&rules->lock);
	INIT_LIST_HEAD(&rules->list);
	chim_host_scan_init(rules);
	return 0;
}

/* No socket of a program is left: sockets hold their namespace. */
static void __net_exit net_exit(struct net *net)
{
	chim_host_rule_del(net, 0);
	chim_host_scan_exit(chim_host_rules_of(net));
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &rules_id,
	.size = sizeof(struct chim_host_rules),
};

/**
 * chim_host_rule_init() - get ready
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chim_host_rule_init(void)
{
	return register_pernet_subsys(&net_ops);
}

/**
 * chim_host_rule_exit() - undo chim_host_rule_init()
 *
 * Context: process, may sleep.
 */
void chim_host_rule_exit(void)
{
	unregister_pernet_subsys(&net_ops);
	/* Each has gone with its namespace. */
	WARN_ON(atomic_read(&total));
}
