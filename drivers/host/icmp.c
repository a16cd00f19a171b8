// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP messages about offloaded connections: packets too big, redirects. The
 * kernel finds the socket by what they quote, and changes its route; nobody is
 * told. So they are looked at on their way in, and the connection is looked at
 * when the kernel is done with them.
 */
#include "host/icmp.h"

#include "host/conn.h"
#include "host/hold.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

/* What a message quotes of a segment's TCP header, at the least. */
struct ports {
	__be16 source;
	__be16 dest;
};

static bool read_ports(const struct sk_buff *skb, int offset,
		       struct chim_host_tuple *t)
{
	struct ports buf, *ports;

	ports = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!ports)
		return false;
	t->lport = ports->source;
	t->rport = ports->dest;
	return true;
}

static bool quotes4(const struct sk_buff *skb, struct chim_host_tuple *t)
{
	int offset = skb_network_offset(skb) + ip_hdrlen(skb);
	struct icmphdr icmp_buf, *icmp;
	struct iphdr buf, *ip;

	if (ip_hdr(skb)->protocol != IPPROTO_ICMP || ip_is_fragment(ip_hdr(skb)))
		return false;
	icmp = skb_header_pointer(skb, offset, sizeof(icmp_buf), &icmp_buf);
	if (!icmp || (icmp->type != ICMP_REDIRECT &&
		      (icmp->type != ICMP_DEST_UNREACH ||
		       icmp->code != ICMP_FRAG_NEEDED)))
		return false;
	offset += sizeof(*icmp);
	ip = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!ip || ip->protocol != IPPROTO_TCP)
		return false;
	memcpy(&t->local, &ip->saddr, sizeof(ip->saddr));
	memcpy(&t->remote, &ip->daddr, sizeof(ip->daddr));
	return read_ports(skb, offset + ip->ihl * 4, t);
}

/* The target sends no extension headers. Of redirects netevents tell. */
static bool quotes6(const struct sk_buff *skb, struct chim_host_tuple *t)
{
	int offset = skb_network_offset(skb) + sizeof(struct ipv6hdr);
	u8 protocol = ipv6_hdr(skb)->nexthdr;
	struct icmp6hdr icmp_buf, *icmp;
	struct ipv6hdr buf, *ip;
	__be16 fragment;

	offset = ipv6_skip_exthdr(skb, offset, &protocol, &fragment);
	if (offset < 0 || protocol != IPPROTO_ICMPV6 || fragment)
		return false;
	icmp = skb_header_pointer(skb, offset, sizeof(icmp_buf), &icmp_buf);
	if (!icmp || icmp->icmp6_type != ICMPV6_PKT_TOOBIG)
		return false;
	offset += sizeof(*icmp);
	ip = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!ip || ip->nexthdr != IPPROTO_TCP)
		return false;
	t->local = ip->saddr;
	t->remote = ip->daddr;
	return read_ports(skb, offset + sizeof(*ip), t);
}

/*
 * The packet goes its way from here, so that the kernel is done when we look. Others may
 * have hooks behind this one, and see all that is not about connections of ours.
 */
static unsigned int pass(struct sk_buff *skb, const struct nf_hook_state *state,
			 const struct chim_host_tuple *t,
			 const struct chim_host_way_in *in)
{
	struct sock *sk = chim_host_hold_find(t, in);

	if (!sk)
		return NF_ACCEPT;
	/* One that comes from a queue has softirqs enabled, which ICMP does not expect. */
	local_bh_disable();
	state->okfn(state->net, state->sk, skb);
	local_bh_enable();
	chim_host_hold_todo(sk, CHIM_HOST_FOLLOW);
	sock_put(sk);
	return NF_STOLEN;
}

static unsigned int hook4(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	struct chim_host_tuple t = { .net = state->net, .family = 4 };
	struct chim_host_way_in in = { inet_iif(skb), inet_sdif(skb) };

	return quotes4(skb, &t) ? pass(skb, state, &t, &in) : NF_ACCEPT;
}

static unsigned int hook6(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	struct chim_host_tuple t = { .net = state->net, .family = 6 };
	struct chim_host_way_in in = { inet6_iif(skb), inet6_sdif(skb) };

	return quotes6(skb, &t) ? pass(skb, state, &t, &in) : NF_ACCEPT;
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
 * chim_host_icmp_get() - look at the ICMP messages of a namespace
 * @net: the namespace
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chim_host_icmp_get(struct net *net)
{
	return nf_register_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

/**
 * chim_host_icmp_put() - undo chim_host_icmp_get()
 * @net: the namespace
 *
 * Context: process, may sleep.
 */
void chim_host_icmp_put(struct net *net)
{
	nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}
