// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of connections that are taken over do not reach the host's TCP,
 * which would answer with a reset. While a connection is offloaded, what the
 * target has left alone is forwarded to it; at other times it is dropped and
 * the peer sends it again.
 */
#include "client.h"

#include <linux/hashtable.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#define TABLE_BITS	14

/* Covers changes of the table; readers are under RCU. */
static DEFINE_SPINLOCK(table_lock);
static DEFINE_HASHTABLE(table, TABLE_BITS);
static unsigned int net_id;

/* What each namespace has: hooks, from the first connection on. */
struct hold_net {
	struct mutex lock;	/* covers @hooked */
	bool hooked;
};

static u32 key(const struct chimc_tuple *t)
{
	return jhash_3words(jhash(&t->remote, sizeof(t->remote), 0),
			    (__force u32)t->lport << 16 |
			    (__force u32)t->rport,
			    jhash(&t->local, sizeof(t->local), 0), 0);
}

static bool same(const struct chimc_tuple *a, const struct chimc_tuple *b)
{
	return a->net == b->net && a->family == b->family &&
	       a->lport == b->lport && a->rport == b->rport &&
	       ipv6_addr_equal(&a->local, &b->local) &&
	       ipv6_addr_equal(&a->remote, &b->remote);
}

/* Called under RCU. */
static struct chimc_conn *find(const struct chimc_tuple *t)
{
	struct chimc_conn *conn;

	hash_for_each_possible_rcu(table, conn, hold, key(t))
		if (same(&conn->tuple, t))
			return conn;
	return NULL;
}

static bool right(struct sk_buff *skb, u32 offset, u8 family)
{
	return skb_csum_unnecessary(skb) ||
	       !nf_checksum(skb, NF_INET_LOCAL_IN, offset, IPPROTO_TCP, family);
}

static unsigned int take(struct sk_buff *skb, u32 offset, u32 len, u8 family,
			 struct chimc_tuple *t)
{
	struct chimc_conn *conn;
	struct tcphdr buf, *th;

	th = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!th)
		return NF_ACCEPT;
	t->lport = th->dest;
	t->rport = th->source;
	conn = find(t);
	if (!conn)
		return NF_ACCEPT;
	conn->r.dropped++;
	if (!(conn->role.flags & CHIMC_ROLE_NO_FORWARD) &&
	    READ_ONCE(conn->state) == CHIMC_RUNNING &&
	    right(skb, offset, family))
		chimc_forward(conn, skb, offset, len);
	return NF_DROP;
}

static unsigned int hook4(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	const struct iphdr *ip = ip_hdr(skb);
	struct chimc_tuple t = { .net = state->net, .family = 4 };

	if (ip->protocol != IPPROTO_TCP || ip_is_fragment(ip))
		return NF_ACCEPT;
	memcpy(&t.local, &ip->daddr, sizeof(ip->daddr));
	memcpy(&t.remote, &ip->saddr, sizeof(ip->saddr));
	return take(skb, skb_network_offset(skb) + ip->ihl * 4,
		    ntohs(ip->tot_len) - ip->ihl * 4, NFPROTO_IPV4, &t);
}

static unsigned int hook6(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	const struct ipv6hdr *ip = ipv6_hdr(skb);
	struct chimc_tuple t = {
		.net = state->net,
		.family = 6,
		.local = ip->daddr,
		.remote = ip->saddr,
	};
	u8 protocol = ip->nexthdr;
	__be16 fragment;
	int offset;

	offset = ipv6_skip_exthdr(skb, skb_network_offset(skb) + sizeof(*ip),
				  &protocol, &fragment);
	if (offset < 0 || protocol != IPPROTO_TCP || fragment)
		return NF_ACCEPT;
	return take(skb, offset, skb->len - offset, NFPROTO_IPV6, &t);
}

static const struct nf_hook_ops hooks[] = {
	{
		.hook = hook4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = hook6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_LAST,
	},
};

/**
 * chimc_hold() - keep a connection's segments from the host's TCP
 * @conn: its tuple is set
 *
 * They are, once a grace period has passed. Holds a reference.
 *
 * Context: process, may sleep.
 */
void chimc_hold(struct chimc_conn *conn)
{
	struct hold_net *hn = net_generic(conn->tuple.net, net_id);

	mutex_lock(&hn->lock);
	if (!hn->hooked && !nf_register_net_hooks(conn->tuple.net, hooks,
						  ARRAY_SIZE(hooks)))
		hn->hooked = true;
	mutex_unlock(&hn->lock);
	refcount_inc(&conn->refs);
	conn->held = true;
	spin_lock_bh(&table_lock);
	hash_add_rcu(table, &conn->hold, key(&conn->tuple));
	spin_unlock_bh(&table_lock);
}

/**
 * chimc_unhold() - segments reach the host's TCP again
 * @conn: the connection
 *
 * Context: process. Does nothing the second time.
 */
void chimc_unhold(struct chimc_conn *conn)
{
	bool was;

	spin_lock_bh(&table_lock);
	was = conn->held;
	if (was)
		hash_del_rcu(&conn->hold);
	conn->held = false;
	spin_unlock_bh(&table_lock);
	if (was)
		chimc_conn_put(conn);
}

static int __net_init net_init(struct net *net)
{
	struct hold_net *hn = net_generic(net, net_id);

	mutex_init(&hn->lock);
	return 0;
}

static void __net_exit net_pre_exit(struct net *net)
{
	struct hold_net *hn = net_generic(net, net_id);

	chimc_conn_release_all(net);
	if (hn->hooked)
		nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
	hn->hooked = false;
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.id = &net_id,
	.size = sizeof(struct hold_net),
};

/**
 * chimc_hold_init() - get ready
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chimc_hold_init(void)
{
	return register_pernet_subsys(&net_ops);
}

/**
 * chimc_hold_exit() - undo chimc_hold_init(); all connections are released
 *
 * Context: process, may sleep.
 */
void chimc_hold_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}
