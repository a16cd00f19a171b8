// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of offloaded connections do not reach the host's TCP. What the target
 * leaves alone comes up to here: while a connection changes hands it waits, and
 * is then passed to whoever has the connection.
 *
 * The hook is the last one before TCP, and netfilter calls it in the same RCU
 * section as TCP. So a grace period after a connection is in the table no
 * segment of it is on its way to TCP any more.
 */
#include "host/hold.h"

#include "host/conn.h"
#include "host/send.h"
#include "host/why.h"

#include <linux/hashtable.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#define TABLE_BITS	14
/* What waits is for a moment. */
#define HELD_MAX	1024

/* Covers changes of the table; readers are under RCU. */
static DEFINE_SPINLOCK(table_lock);
static DEFINE_HASHTABLE(table, TABLE_BITS);
static unsigned int net_id;

/* What each namespace has: hooks, from the first connection on. */
struct hold_net {
	struct mutex lock;	/* covers @hooked */
	bool hooked;
};

static u32 key(const struct chim_host_tuple *t)
{
	return jhash_3words(jhash(&t->remote, sizeof(t->remote), 0),
			    (__force u32)t->lport << 16 |
			    (__force u32)t->rport,
			    jhash(&t->local, sizeof(t->local), 0), 0);
}

static bool same(const struct chim_host_tuple *a,
		 const struct chim_host_tuple *b)
{
	return a->net == b->net && a->family == b->family &&
	       a->lport == b->lport && a->rport == b->rport &&
	       ipv6_addr_equal(&a->local, &b->local) &&
	       ipv6_addr_equal(&a->remote, &b->remote);
}

/**
 * struct way_in - by which device a segment has come
 * @dif: the device, or the VRF that it belongs to
 * @sdif: the device, if it belongs to a VRF
 */
struct way_in {
	int dif;
	int sdif;
};

/*
 * As TCP finds the socket: another one that is bound to another device may have the
 * same addresses. Called under RCU. Memory of a socket stays that of one meanwhile.
 */
static struct chim_host_conn *find(const struct chim_host_tuple *t,
				   const struct way_in *in)
{
	struct chim_host_conn *conn;
	int dev;

	hash_for_each_possible_rcu(table, conn, held.node, key(t)) {
		dev = READ_ONCE(conn->sk->sk_bound_dev_if);
		if (same(&conn->tuple, t) &&
		    inet_sk_bound_dev_eq(t->net, dev, in->dif, in->sdif))
			return conn;
	}
	return NULL;
}

/* --- where the TCP header is; -1: none that could be ours ----------------- */

static int offset4(const struct sk_buff *skb)
{
	const struct iphdr *ip = ip_hdr(skb);

	if (ip->protocol != IPPROTO_TCP || ip_is_fragment(ip))
		return -1;
	return skb_network_offset(skb) + ip->ihl * 4;
}

static int offset6(const struct sk_buff *skb)
{
	u8 protocol = ipv6_hdr(skb)->nexthdr;
	__be16 fragment;
	int offset;

	offset = ipv6_skip_exthdr(skb, skb_network_offset(skb) +
				  sizeof(struct ipv6hdr), &protocol, &fragment);
	return offset < 0 || protocol != IPPROTO_TCP || fragment ? -1 : offset;
}

static int offset_of(const struct sk_buff *skb, u32 family)
{
	return family == 4 ? offset4(skb) : offset6(skb);
}

/* --- what becomes of a segment -------------------------------------------- */

static bool right(struct sk_buff *skb, u32 offset, u32 family)
{
	return skb_csum_unnecessary(skb) ||
	       !nf_checksum(skb, NF_INET_LOCAL_IN, offset, IPPROTO_TCP,
			    family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
}

/* Consumes it. What is faulty is not counted: the host's TCP would have. */
static void forward(struct chim_host_conn *conn, struct sk_buff *skb)
{
	int offset = offset_of(skb, conn->tuple.family);

	if (offset < 0 || !right(skb, offset, conn->tuple.family) ||
	    !pskb_pull(skb, offset)) {
		kfree_skb(skb);
		return;
	}
	skb_orphan(skb);
	skb_dst_drop(skb);
	chim_host_forward(conn, skb);
}

/* Called with the lock of the queue held. */
static unsigned int keep(struct chim_host_conn *conn, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	skb_orphan(skb);
	if (skb_queue_len(&conn->held.queue) >= HELD_MAX ||
	    !skb_dst_force(skb)) {
		chim_host_count(CHIM_HOST_SEGS_DROPPED, 1);
		return NF_DROP;
	}
	dev_hold(skb->dev);
	/* Always the same for a family; read while others are still kept. */
	WRITE_ONCE(conn->held.okfn, state->okfn);
	__skb_queue_tail(&conn->held.queue, skb);
	chim_host_count(CHIM_HOST_SEGS_HELD, 1);
	return NF_STOLEN;
}

static unsigned int judge(struct chim_host_conn *conn, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	unsigned int verdict = NF_ACCEPT;
	enum chim_host_state now;

	spin_lock_bh(&conn->held.queue.lock);
	now = conn->held.verdict;
	if (now == CHIM_HOST_HELD)
		verdict = keep(conn, skb, state);
	spin_unlock_bh(&conn->held.queue.lock);
	if (now != CHIM_HOST_OFFLOADED)
		return verdict;
	forward(conn, skb);
	return NF_STOLEN;
}

static unsigned int take(struct sk_buff *skb, int offset,
			 const struct nf_hook_state *state,
			 struct chim_host_tuple *t, const struct way_in *in)
{
	struct chim_host_conn *conn;
	struct tcphdr buf, *th;

	th = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!th)
		return NF_ACCEPT;
	t->lport = th->dest;
	t->rport = th->source;
	conn = find(t, in);
	return conn ? judge(conn, skb, state) : NF_ACCEPT;
}

static unsigned int hook4(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	struct chim_host_tuple t = { .net = state->net, .family = 4 };
	struct way_in in = { inet_iif(skb), inet_sdif(skb) };
	int offset = offset4(skb);

	if (offset < 0)
		return NF_ACCEPT;
	memcpy(&t.local, &ip_hdr(skb)->daddr, sizeof(__be32));
	memcpy(&t.remote, &ip_hdr(skb)->saddr, sizeof(__be32));
	return take(skb, offset, state, &t, &in);
}

static unsigned int hook6(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	struct chim_host_tuple t = {
		.net = state->net,
		.family = 6,
		.local = ipv6_hdr(skb)->daddr,
		.remote = ipv6_hdr(skb)->saddr,
	};
	struct way_in in = { inet6_iif(skb), inet6_sdif(skb) };
	int offset = offset6(skb);

	return offset < 0 ? NF_ACCEPT : take(skb, offset, state, &t, &in);
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

/* --- the table ------------------------------------------------------------ */

static void set_verdict(struct chim_host_conn *conn,
			enum chim_host_state verdict)
{
	spin_lock_bh(&conn->held.queue.lock);
	conn->held.verdict = verdict;
	spin_unlock_bh(&conn->held.queue.lock);
}

/**
 * chim_host_hold() - keep a connection's segments waiting
 * @conn: not in the table; its tuple is set
 *
 * They do, once a grace period has passed.
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chim_host_hold(struct chim_host_conn *conn)
{
	struct hold_net *hn = net_generic(conn->tuple.net, net_id);
	int err = 0;

	mutex_lock(&hn->lock);
	if (!hn->hooked)
		err = nf_register_net_hooks(conn->tuple.net, hooks,
					    ARRAY_SIZE(hooks));
	hn->hooked |= !err;
	mutex_unlock(&hn->lock);
	if (err)
		return err;
	set_verdict(conn, CHIM_HOST_HELD);
	spin_lock_bh(&table_lock);
	hash_add_rcu(table, &conn->held.node, key(&conn->tuple));
	spin_unlock_bh(&table_lock);
	return 0;
}

/**
 * chim_host_hold_again() - keep segments waiting, instead of passing them on
 * @conn: offloaded
 *
 * None is passed on once this returns.
 *
 * Context: process, may sleep.
 */
void chim_host_hold_again(struct chim_host_conn *conn)
{
	set_verdict(conn, CHIM_HOST_HELD);
	synchronize_net();
}

/* What waits by now; if nothing does, what comes has the other verdict. */
static bool take_held(struct chim_host_conn *conn, struct sk_buff_head *list,
		      enum chim_host_state verdict)
{
	bool some;

	__skb_queue_head_init(list);
	spin_lock_bh(&conn->held.queue.lock);
	some = !skb_queue_empty(&conn->held.queue);
	if (some)
		skb_queue_splice_init(&conn->held.queue, list);
	else
		conn->held.verdict = verdict;
	spin_unlock_bh(&conn->held.queue.lock);
	return some;
}

/**
 * chim_host_pass_on() - pass segments to the target: those that wait, and all
 * that come
 * @conn: held, offloaded by now
 *
 * Context: process.
 */
void chim_host_pass_on(struct chim_host_conn *conn)
{
	struct sk_buff_head list;
	struct sk_buff *skb;

	while (take_held(conn, &list, CHIM_HOST_OFFLOADED))
		while ((skb = __skb_dequeue(&list))) {
			struct net_device *dev = skb->dev;

			local_bh_disable();
			rcu_read_lock();
			forward(conn, skb);
			rcu_read_unlock();
			local_bh_enable();
			dev_put(dev);
		}
}

/**
 * chim_host_unhold() - segments reach the host's TCP again: first those that
 * wait, in the place where they were taken out
 * @conn: held, the host's again
 *
 * Context: process.
 */
void chim_host_unhold(struct chim_host_conn *conn)
{
	struct sk_buff_head list;
	struct sk_buff *skb;

	while (take_held(conn, &list, CHIM_HOST_NATIVE))
		while ((skb = __skb_dequeue(&list))) {
			typeof(conn->held.okfn) okfn = READ_ONCE(conn->held.okfn);
			struct net_device *dev = skb->dev;

			local_bh_disable();
			rcu_read_lock();
			okfn(conn->tuple.net, NULL, skb);
			rcu_read_unlock();
			local_bh_enable();
			dev_put(dev);
		}
	spin_lock_bh(&table_lock);
	hash_del_rcu(&conn->held.node);
	spin_unlock_bh(&table_lock);
}

/**
 * chim_host_hold_todo() - have something done for a connection, if it is here
 * @tuple: its addresses, which others bound to other devices may share
 * @bit: CHIM_HOST_*
 *
 * Context: any but hard interrupts.
 */
void chim_host_hold_todo(const struct chim_host_tuple *tuple, unsigned int bit)
{
	struct chim_host_conn *conn;

	rcu_read_lock();
	hash_for_each_possible_rcu(table, conn, held.node, key(tuple)) {
		if (!same(&conn->tuple, tuple))
			continue;
		/* One that is held or offloaded has a socket. */
		spin_lock_bh(&conn->held.queue.lock);
		if (conn->held.verdict != CHIM_HOST_NATIVE)
			chim_host_conn_todo(conn, bit, 0);
		spin_unlock_bh(&conn->held.queue.lock);
	}
	rcu_read_unlock();
}

static int __net_init net_init(struct net *net)
{
	struct hold_net *hn = net_generic(net, net_id);

	mutex_init(&hn->lock);
	return 0;
}

/* Sockets hold their namespace: none of this one is left. */
static void __net_exit net_pre_exit(struct net *net)
{
	struct hold_net *hn = net_generic(net, net_id);

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
 * chim_host_hold_init() - get ready
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chim_host_hold_init(void)
{
	return register_pernet_subsys(&net_ops);
}

/**
 * chim_host_hold_exit() - undo chim_host_hold_init(); no socket is left
 *
 * Context: process, may sleep.
 */
void chim_host_hold_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}
