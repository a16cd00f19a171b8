// SPDX-License-Identifier: GPL-2.0
/*
 * Segments out: headers from connection, path and neighbor (OBJ-051).
 *
 * All is read within one RCU section and each set of cached variables once,
 * so a frame has the old values of an object or the new ones, never a mixture
 * (UPD-060, UPD-102). Nothing is sent under the connection's lock.
 */
#include "wire/tx.h"

#include "trace.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>

/* SND-042 to SND-044: the upper half of the space is the target's. */
#define IP_ID_BASE	0x8000
#define IP_ID_MASK	0x7fff

#define TS_OPTION_LEN	TCPOLEN_TSTAMP_ALIGNED
#define IP_HEADER_MAX	sizeof(struct ipv6hdr)
#define ACK_MAX		(ETH_HLEN + IP_HEADER_MAX + \
			 sizeof(struct tcphdr) + TS_OPTION_LEN)

/**
 * chim_tx_alloc() - memory for a segment without data
 * @adapter: where it will be sent
 *
 * Apart from sending, so that an update can still be refused when memory is
 * short.
 *
 * Context: any but hard interrupt.
 * Return: a buffer for chim_tx_ack(), or NULL, which is counted.
 */
struct sk_buff *chim_tx_alloc(struct chim_adapter *adapter)
{
	struct net_device *dev;
	struct sk_buff *skb;
	u32 reserve = LL_MAX_HEADER;

	rcu_read_lock();
	dev = rcu_dereference(adapter->dev);
	if (dev)
		reserve = LL_RESERVED_SPACE(dev);
	rcu_read_unlock();
	skb = alloc_skb(reserve + ACK_MAX, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb) {
		atomic64_inc(&adapter->stats.tx_nomem);
		return NULL;
	}
	skb_reserve(skb, reserve + ACK_MAX);
	return skb;
}

/* RFC 7323, section 3.2, laid out as in its appendix A. */
static void push_timestamps(struct sk_buff *skb, const struct chim_ack *ack)
{
	__be32 *option = skb_push(skb, TS_OPTION_LEN);

	option[0] = htonl(TCPOPT_NOP << 24 | TCPOPT_NOP << 16 |
			  TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
	option[1] = htonl(ack->tsval);
	option[2] = htonl(ack->tsecr);
}

/* RFC 9293, section 3.1; the checksum waits for the addresses. */
static void push_tcp(struct sk_buff *skb, const struct chim_ack *ack)
{
	struct tcphdr *th;

	if (ack->timestamps)
		push_timestamps(skb, ack);
	th = skb_push(skb, sizeof(*th));
	memset(th, 0, sizeof(*th));
	th->source = ack->lport;
	th->dest = ack->rport;
	th->seq = htonl(ack->seq);
	th->ack_seq = htonl(ack->ack);
	th->doff = skb->len / 4;
	th->ack = 1;
	th->window = htons(ack->wnd);
	skb_reset_transport_header(skb);
}

static void push_ip4(struct sk_buff *skb, const struct chim_ack *ack,
		     struct chim_path *path)
{
	const struct chim_path_const *c = &path->c;
	struct tcphdr *th = tcp_hdr(skb);
	u32 len = skb->len;
	struct iphdr *iph;

	th->check = tcp_v4_check(len, c->src.v4, c->dst.v4,
				 csum_partial(th, len, 0));
	iph = skb_push(skb, sizeof(*iph));
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = ack->tos;
	iph->tot_len = htons(skb->len);
	iph->id = htons(IP_ID_BASE |
			(atomic_inc_return(&path->ip_id) & IP_ID_MASK));
	iph->frag_off = htons(IP_DF);	/* SND-041 */
	iph->ttl = ack->ttl;
	iph->protocol = IPPROTO_TCP;
	iph->check = 0;
	iph->saddr = c->src.v4;
	iph->daddr = c->dst.v4;
	iph->check = ip_fast_csum(iph, iph->ihl);
	skb->protocol = htons(ETH_P_IP);
	skb_reset_network_header(skb);
}

static void push_ip6(struct sk_buff *skb, const struct chim_ack *ack,
		     const struct chim_path *path)
{
	const struct chim_path_const *c = &path->c;
	struct tcphdr *th = tcp_hdr(skb);
	u32 len = skb->len;
	struct ipv6hdr *ip6h;

	th->check = tcp_v6_check(len, &c->src.v6, &c->dst.v6,
				 csum_partial(th, len, 0));
	ip6h = skb_push(skb, sizeof(*ip6h));
	ip6_flow_hdr(ip6h, ack->tos, htonl(ack->flow_label));
	ip6h->payload_len = htons(len);
	ip6h->nexthdr = IPPROTO_TCP;
	ip6h->hop_limit = ack->ttl;
	ip6h->saddr = c->src.v6;
	ip6h->daddr = c->dst.v6;
	skb->protocol = htons(ETH_P_IPV6);
	skb_reset_network_header(skb);
}

static void push_eth(struct sk_buff *skb, struct net_device *dev,
		     const struct chim_neigh *neigh)
{
	const struct chim_neigh_set *set = rcu_dereference(neigh->set);
	bool own = is_zero_ether_addr(neigh->c.src);	/* NBR-010, NBR-011 */
	struct ethhdr *eth;

	eth = skb_push(skb, sizeof(*eth));
	ether_addr_copy(eth->h_dest, set->v.dst);
	ether_addr_copy(eth->h_source, own ? dev->dev_addr : neigh->c.src);
	eth->h_proto = skb->protocol;
	skb_reset_mac_header(skb);
}

/* VLN-050 to VLN-054; the CFI bit stays zero. */
static void put_tag(struct sk_buff *skb, const struct chim_neigh *neigh,
		    u8 prio)
{
	if (neigh->c.vlan || prio)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q),
				       prio << VLAN_PRIO_SHIFT | neigh->c.vlan);
}

/* Congestion is a drop too: a device that is down drops all and calls it so. */
static void count(struct chim_adapter *adapter, int err)
{
	if (err)
		atomic64_inc(&adapter->stats.tx_dropped);
	else
		atomic64_inc(&adapter->stats.tx_frames);
}

/**
 * chim_tx_ack() - send an acknowledgment of what has been received
 * @adapter: where
 * @conn: for which connection
 * @skb: from chim_tx_alloc(); consumed
 *
 * The checksums are complete, so that every capture shows them right; for so
 * few bytes that costs no more than leaving them to the device.
 *
 * Context: process or softirq; takes the connection's lock, but not while the
 * frame is sent.
 */
void chim_tx_ack(struct chim_adapter *adapter, struct chim_conn *conn,
		 struct sk_buff *skb)
{
	u32 now = chim_clock_now(&adapter->clock);
	struct chim_path *path = conn->path;
	const struct chim_neigh *neigh;
	struct net_device *dev;
	struct chim_ack ack;

	rcu_read_lock();
	dev = rcu_dereference(adapter->dev);
	if (!dev) {
		atomic64_inc(&adapter->stats.tx_dropped);
		goto free_skb;
	}
	if (chim_conn_stopped(conn)) {
		atomic64_inc(&adapter->stats.tx_stopped);
		goto free_skb;
	}
	neigh = rcu_dereference(path->neigh);
	chim_conn_ack(conn, now, &ack);
	push_tcp(skb, &ack);
	if (path->c.family == AF_INET)
		push_ip4(skb, &ack, path);
	else
		push_ip6(skb, &ack, path);
	push_eth(skb, dev, neigh);
	put_tag(skb, neigh, ack.prio);
	skb->dev = dev;
	skb->priority = ack.prio;
	skb->ip_summed = CHECKSUM_NONE;
	trace_chim_tx(adapter->ifindex, conn->obj.handle, ack.seq, ack.ack,
		      ack.wnd);
	count(adapter, dev_queue_xmit(skb));
	rcu_read_unlock();
	return;

free_skb:
	rcu_read_unlock();
	kfree_skb(skb);
}
