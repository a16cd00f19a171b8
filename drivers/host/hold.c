// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of offloaded connections do not reach the host's TCP. What the target
 * leaves alone comes up to here: while a connection changes hands it waits, and
 * is then passed to whoever has the connection.
 *
 * The hook is the last one before TCP, and netfilter calls it in the same RCU
 * section as TCP. So a grace period after a connection is held no segment of it
 * is on its way to TCP any more.
 */
#include "host/hold.h"

#include "host/conn.h"
#include "host/send.h"
#include "host/why.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/sock.h>

/* What waits is for a moment. */
#define HELD_MAX	1024

static unsigned int net_id;

/* What each namespace has: hooks, from the first connection on. */
struct hold_net {
	struct mutex lock;	/* covers @hooked */
	bool hooked;
};

/*
 * As TCP finds the socket of a segment, in the same table. Called under RCU; to be
 * put with sock_gen_put().
 */
static struct sock *find(const struct chim_host_tuple *t,
			 const struct chim_host_way_in *in)
{
	struct inet_hashinfo *info = t->net->ipv4.tcp_death_row.hashinfo;

#if IS_ENABLED(CONFIG_IPV6)
	if (t->family == 6)
		return __inet6_lookup_established(t->net, info, &t->remote,
						  t->rport, &t->local,
						  ntohs(t->lport), in->dif,
						  in->sdif);
#endif
	return __inet_lookup_established(t->net, info, t->remote.s6_addr32[0],
					 t->rport, t->local.s6_addr32[0],
					 ntohs(t->lport), in->dif, in->sdif);
}

/* Called under RCU. */
static struct chim_host_conn *conn_of(const struct sock *sk)
{
	return sk_fullsock(sk) && sk->sk_protocol == IPPROTO_TCP ?
	       chim_host_conn_of(sk) : NULL;
}

/* --- where the TCP header is; -1: none that could be ours ----------------- */

static int offset4(const struct sk_buff *skb)
{
	const struct iphdr *ip = ip_hdr(skb);

	if (ip->protocol != IPPROTO_TCP || ip_is_fragment(ip))
		return -1;
	return skb_network_offset(skb) + ip->ihl * 4;
}

/* That of the first of more fragments has one, too: @more is set. */
static int offset6(const struct sk_buff *skb, bool *more)
{
	u8 protocol = ipv6_hdr(skb)->nexthdr;
	__be16 fragment;
	int offset;

	offset = ipv6_skip_exthdr(skb, skb_network_offset(skb) +
				  sizeof(struct ipv6hdr), &protocol, &fragment);
	*more = fragment;
	return offset < 0 || protocol != IPPROTO_TCP ? -1 : offset;
}

static int offset_of(const struct sk_buff *skb, u32 family)
{
	bool more;

	return family == 4 ? offset4(skb) : offset6(skb, &more);
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
	u32 family = chim_host_is_v4(conn->sk) ? 4 : 6;
	int offset = offset_of(skb, family);

	if (offset < 0 || !right(skb, offset, family) ||
	    !pskb_pull(skb, offset)) {
		kfree_skb(skb);
		return;
	}
	skb_orphan(skb);
	skb_dst_drop(skb);
	chim_host_forward(conn, skb);
}

/* Called with the socket's spinlock held. */
static unsigned int keep(struct chim_host_held *held, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	skb_orphan(skb);
	if (skb_queue_len(&held->queue) >= HELD_MAX || !skb_dst_force(skb)) {
		chim_host_count(CHIM_HOST_SEGS_DROPPED, 1);
		return NF_DROP;
	}
	dev_hold(skb->dev);
	/* Always the same; read while others are still kept. */
	WRITE_ONCE(held->okfn, state->okfn);
	__skb_queue_tail(&held->queue, skb);
	chim_host_count(CHIM_HOST_SEGS_HELD, 1);
	return NF_STOLEN;
}

/* False if it has just changed hands: then its state says whose it is. */
static bool let_wait(struct chim_host_conn *conn, struct sk_buff *skb,
		     const struct nf_hook_state *state, unsigned int *verdict)
{
	struct chim_host_held *held;

	bh_lock_sock_nested(conn->sk);
	held = conn->held;
	if (held)
		*verdict = keep(held, skb, state);
	bh_unlock_sock(conn->sk);
	return held;
}

/*
 * Behind this hook IPv6 makes a segment of fragments, and TCP gets it. The peer sends
 * it again, when the connection is TCP's.
 */
static unsigned int judge_fragment(struct chim_host_conn *conn)
{
	/* Pairs as in judge(). */
	if (smp_load_acquire(&conn->held))
		return NF_DROP;
	if (READ_ONCE(conn->state) != CHIM_HOST_OFFLOADED)
		return NF_ACCEPT;
	chim_host_conn_todo(conn, CHIM_HOST_UPLOAD, CHIM_HOST_UP_FRAGMENTED);
	return NF_DROP;
}

static unsigned int judge(struct chim_host_conn *conn, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	unsigned int verdict;

	/* Pairs with the release in take_held(). */
	if (smp_load_acquire(&conn->held) &&
	    let_wait(conn, skb, state, &verdict))
		return verdict;
	if (READ_ONCE(conn->state) != CHIM_HOST_OFFLOADED)
		return NF_ACCEPT;
	forward(conn, skb);
	return NF_STOLEN;
}

static unsigned int take(struct sk_buff *skb, int offset, bool more,
			 const struct nf_hook_state *state,
			 struct chim_host_tuple *t,
			 const struct chim_host_way_in *in)
{
	unsigned int verdict = NF_ACCEPT;
	struct chim_host_conn *conn;
	struct tcphdr buf, *th;
	struct sock *sk;

	/* Whoever has found it for TCP holds it. */
	if (skb->sk) {
		conn = conn_of(skb->sk);
		return conn ? judge(conn, skb, state) : verdict;
	}
	th = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!th)
		return verdict;
	t->lport = th->dest;
	t->rport = th->source;
	sk = find(t, in);
	if (!sk)
		return verdict;
	conn = conn_of(sk);
	if (conn)
		verdict = more ? judge_fragment(conn) :
				 judge(conn, skb, state);
	sock_gen_put(sk);
	return verdict;
}

static unsigned int hook4(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	struct chim_host_tuple t = { .net = state->net, .family = 4 };
	struct chim_host_way_in in = { inet_iif(skb), inet_sdif(skb) };
	int offset = offset4(skb);
	unsigned int verdict;

	if (offset < 0)
		return NF_ACCEPT;
	memcpy(&t.local, &ip_hdr(skb)->daddr, sizeof(__be32));
	memcpy(&t.remote, &ip_hdr(skb)->saddr, sizeof(__be32));
	/* A packet that comes from a queue has them enabled. */
	local_bh_disable();
	verdict = take(skb, offset, false, state, &t, &in);
	local_bh_enable();
	return verdict;
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
	struct chim_host_way_in in = { inet6_iif(skb), inet6_sdif(skb) };
	unsigned int verdict;
	bool more;
	int offset = offset6(skb, &more);

	if (offset < 0)
		return NF_ACCEPT;
	local_bh_disable();
	verdict = take(skb, offset, more, state, &t, &in);
	local_bh_enable();
	return verdict;
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

/* --- changing hands -------------------------------------------------------- */

static void keep_in(struct chim_host_conn *conn, struct chim_host_held *held)
{
	__skb_queue_head_init(&held->queue);
	spin_lock_bh(&conn->sk->sk_lock.slock);
	WRITE_ONCE(conn->held, held);
	spin_unlock_bh(&conn->sk->sk_lock.slock);
}

/**
 * chim_host_hold() - keep a connection's segments waiting
 * @conn: native
 * @held: where; until chim_host_pass_on() or chim_host_unhold()
 *
 * They do, once a grace period has passed.
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chim_host_hold(struct chim_host_conn *conn, struct chim_host_held *held)
{
	struct hold_net *hn = net_generic(sock_net(conn->sk), net_id);
	int err = 0;

	mutex_lock(&hn->lock);
	if (!hn->hooked)
		err = nf_register_net_hooks(sock_net(conn->sk), hooks,
					    ARRAY_SIZE(hooks));
	hn->hooked |= !err;
	mutex_unlock(&hn->lock);
	if (err)
		return err;
	keep_in(conn, held);
	return 0;
}

/**
 * chim_host_hold_again() - keep segments waiting, instead of passing them on
 * @conn: offloaded
 * @held: where; until chim_host_unhold()
 *
 * None is passed on once this returns.
 *
 * Context: process, may sleep.
 */
void chim_host_hold_again(struct chim_host_conn *conn,
			  struct chim_host_held *held)
{
	keep_in(conn, held);
	synchronize_net();
}

/* What waits by now; if nothing does, what comes goes to whose the connection is. */
static bool take_held(struct chim_host_conn *conn, struct sk_buff_head *list)
{
	struct chim_host_held *held = conn->held;
	bool some;

	__skb_queue_head_init(list);
	spin_lock_bh(&conn->sk->sk_lock.slock);
	some = !skb_queue_empty(&held->queue);
	if (some)
		skb_queue_splice_init(&held->queue, list);
	else
		/* Pairs with the acquire in judge(). */
		smp_store_release(&conn->held, NULL);
	spin_unlock_bh(&conn->sk->sk_lock.slock);
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

	while (take_held(conn, &list))
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
	const struct chim_host_held *held = conn->held;
	struct sk_buff_head list;
	struct sk_buff *skb;

	while (take_held(conn, &list))
		while ((skb = __skb_dequeue(&list))) {
			typeof(held->okfn) okfn = READ_ONCE(held->okfn);
			struct net_device *dev = skb->dev;

			local_bh_disable();
			rcu_read_lock();
			okfn(sock_net(conn->sk), NULL, skb);
			rcu_read_unlock();
			local_bh_enable();
			dev_put(dev);
		}
}

/**
 * chim_host_hold_find() - the socket of a connection, if it is not TCP's alone
 * @tuple: its addresses
 * @in: others bound to other devices may share them
 *
 * Context: any but hard interrupts; RCU read side.
 * Return: the socket, to be put with sock_put(), or NULL.
 */
struct sock *chim_host_hold_find(const struct chim_host_tuple *tuple,
				 const struct chim_host_way_in *in)
{
	struct sock *sk = find(tuple, in);
	struct chim_host_conn *conn;

	if (!sk)
		return NULL;
	conn = conn_of(sk);
	if (conn && (READ_ONCE(conn->held) ||
		     READ_ONCE(conn->state) != CHIM_HOST_NATIVE))
		return sk;
	sock_gen_put(sk);
	return NULL;
}

/**
 * chim_host_hold_todo() - have something done for a connection
 * @sk: its socket, from chim_host_hold_find()
 * @bit: CHIM_HOST_*
 *
 * Context: any but hard interrupts; RCU read side.
 */
void chim_host_hold_todo(const struct sock *sk, int bit)
{
	struct chim_host_conn *conn = conn_of(sk);

	if (conn && refcount_inc_not_zero(&conn->refs)) {
		chim_host_conn_todo(conn, bit, 0);
		chim_host_conn_put(conn);
	}
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
