// SPDX-License-Identifier: GPL-2.0
/*
 * Segments in: at the ingress hook of a network device.
 *
 * Only a whole, sound segment of an offloaded connection is taken. All else
 * goes up to the host's stack as it came: fragments, IP options, extension
 * headers, ICMP, bad headers and bad sums, strangers (NSP-010 to NSP-013,
 * TRM-095, STT-070). That stack hands over what it finds to be the target's by
 * forwarding it.
 *
 * The hook runs after generic receive offload, taps and traffic control, and
 * behind every other ingress hook, so captures and filters see all frames.
 */
#include "wire/rx.h"

#include "adapter.h"
#include "state/conn.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/prefetch.h>
#include <linux/tcp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>

#define TCP_HEADER_MAX	60

#if IS_ENABLED(CONFIG_CHIMNEY_KUNIT_TEST)
enum chim_verdict (*chim_ingress_sink)(struct chim_conn *conn,
				       struct chim_seg *seg) = chim_conn_segment;
#else
#define chim_ingress_sink chim_conn_segment
#endif

/**
 * struct arrival - a datagram that may be the target's
 * @skb: the frame; data begins at the IP header
 * @tuple: addresses and ports
 * @ip: IP header
 * @ip_len: bytes of it, extension headers included
 * @len: bytes of the datagram, without padding of the frame
 * @tos: type of service or traffic class
 * @buffer: for an IP header that does not lie in one piece
 */
struct arrival {
	struct sk_buff *skb;
	struct chim_tuple tuple;
	const void *ip;
	u32 ip_len;
	u32 len;
	u8 tos;
	union {
		struct iphdr ip4;
		struct ipv6hdr ip6;
	} buffer;
};

static bool read_ip4(struct arrival *a)
{
	const struct iphdr *ip;

	ip = skb_header_pointer(a->skb, 0, sizeof(*ip), &a->buffer);
	if (!ip || ip->version != 4 || ip->ihl != sizeof(*ip) / 4)
		return false;
	if (ip->protocol != IPPROTO_TCP || ip_is_fragment(ip))
		return false;
	a->ip = ip;
	a->ip_len = sizeof(*ip);
	a->len = ntohs(ip->tot_len);
	a->tos = ip->tos;
	a->tuple.family = AF_INET;
	a->tuple.local.v4 = ip->daddr;
	a->tuple.remote.v4 = ip->saddr;
	return true;
}

/*
 * The one extension header that passes is none of the wire: it tells the
 * length of segments that were merged into more than 64 KiB.
 */
static bool read_ip6(struct arrival *a)
{
	const struct ipv6hdr *ip;

	ip = skb_header_pointer(a->skb, 0, sizeof(*ip), &a->buffer);
	if (!ip || ip->version != 6)
		return false;
	a->ip_len = sizeof(*ip);
	a->len = sizeof(*ip) + ntohs(ip->payload_len);
	if (ip->nexthdr != IPPROTO_TCP) {
		if (!skb_is_gso(a->skb) || !ipv6_has_hopopt_jumbo(a->skb))
			return false;
		a->ip_len += sizeof(struct hop_jumbo_hdr);
		a->len = a->skb->len;
	}
	a->ip = ip;
	a->tos = ipv6_get_dsfield(ip);
	a->tuple.family = AF_INET6;
	a->tuple.local.v6 = ip->daddr;
	a->tuple.remote.v6 = ip->saddr;
	return true;
}

/*
 * Of the fragments of a datagram the first alone has the ports. Returns where
 * they are, or 0 if this is none.
 */
static u32 first_fragment4(struct arrival *a)
{
	const struct iphdr *ip;

	ip = skb_header_pointer(a->skb, 0, sizeof(*ip), &a->buffer);
	if (!ip || ip->version != 4 || ip->protocol != IPPROTO_TCP ||
	    (ip->frag_off & htons(IP_MF | IP_OFFSET)) != htons(IP_MF))
		return 0;
	a->tuple.family = AF_INET;
	a->tuple.local.v4 = ip->daddr;
	a->tuple.remote.v4 = ip->saddr;
	return ip->ihl * 4;
}

static u32 first_fragment6(struct arrival *a)
{
	const struct frag_hdr *frag;
	const struct ipv6hdr *ip;
	struct frag_hdr buffer;

	ip = skb_header_pointer(a->skb, 0, sizeof(*ip), &a->buffer);
	if (!ip || ip->version != 6 || ip->nexthdr != NEXTHDR_FRAGMENT)
		return 0;
	frag = skb_header_pointer(a->skb, sizeof(*ip), sizeof(buffer), &buffer);
	if (!frag || frag->nexthdr != IPPROTO_TCP ||
	    (frag->frag_off & htons(IP6_OFFSET | IP6_MF)) != htons(IP6_MF))
		return 0;
	a->tuple.family = AF_INET6;
	a->tuple.local.v6 = ip->daddr;
	a->tuple.remote.v6 = ip->saddr;
	return sizeof(*ip) + sizeof(*frag);
}

static bool read_ip(struct arrival *a)
{
	bool ok;

	switch (a->skb->protocol) {
	case htons(ETH_P_IP):
		ok = read_ip4(a);
		break;
	case htons(ETH_P_IPV6):
		ok = read_ip6(a);
		break;
	default:
		return false;
	}
	return ok && a->len <= a->skb->len;
}

static bool read_ports(struct arrival *a)
{
	__be16 buffer[2];
	const __be16 *ports;

	ports = skb_header_pointer(a->skb, a->ip_len, sizeof(buffer), buffer);
	if (!ports)
		return false;
	a->tuple.rport = ports[0];
	a->tuple.lport = ports[1];
	return true;
}

/*
 * Fills in what the header says, and where the data lies. Of a segment whose
 * data is in pages only the header itself lies in one piece.
 */
static bool read_tcp(struct arrival *a, struct chim_seg *seg)
{
	u32 len = a->len - a->ip_len, size;
	u8 buffer[TCP_HEADER_MAX];
	const u8 *header;

	if (a->len < a->ip_len + sizeof(struct tcphdr))
		return false;
	header = skb_header_pointer(a->skb, a->ip_len, sizeof(struct tcphdr),
				    buffer);
	if (!header)
		return false;
	size = (header[12] >> 4) * 4;
	len = min(len, size);
	if (len > sizeof(struct tcphdr))
		header = skb_header_pointer(a->skb, a->ip_len, len, buffer);
	if (!header || !chim_tcp_parse(header, len, seg))
		return false;
	seg->off = a->ip_len + size;
	seg->len = a->len - seg->off;
	return true;
}

static bool ip_sound(const struct arrival *a)
{
	return a->tuple.family != AF_INET ||
	       !ip_fast_csum(a->ip, sizeof(struct iphdr) / 4);
}

/* Is @sum, of the TCP header and its data, what the header says? */
static bool sum_fits(const struct arrival *a, u32 len, __wsum sum)
{
	const struct ipv6hdr *ip6 = a->ip;
	const struct iphdr *ip4 = a->ip;

	if (a->tuple.family == AF_INET)
		return !csum_tcpudp_magic(ip4->saddr, ip4->daddr, len,
					  IPPROTO_TCP, sum);
	return !csum_ipv6_magic(&ip6->saddr, &ip6->daddr, len, IPPROTO_TCP,
				sum);
}

/*
 * What the device or a sender on this machine vouches for is believed; a sum
 * the device has taken over the whole frame is used as far as it is of help.
 */
static bool tcp_sound(const struct arrival *a)
{
	struct sk_buff *skb = a->skb;
	u32 len = a->len - a->ip_len;
	__wsum sum;

	if (skb_csum_unnecessary(skb))
		return true;
	if (skb->ip_summed == CHECKSUM_COMPLETE && skb->len == a->len) {
		sum = skb_checksum(skb, 0, a->ip_len, 0);
		if (sum_fits(a, len, csum_sub(skb->csum, sum)))
			return true;
	}
	return sum_fits(a, len, skb_checksum(skb, a->ip_len, len, 0));
}

static bool listens(const struct net_device *dev, const u8 *addr)
{
	const struct netdev_hw_addr *ha;

	list_for_each_entry_rcu(ha, &dev->mc.list, list)
		if (ether_addr_equal(ha->addr, addr))
			return true;
	return false;
}

/*
 * NBR-013. The stack takes a frame to a source address of a neighbor for
 * somebody else's, since it is not the device's own.
 */
static bool addressed(const struct sk_buff *skb, const struct chim_neigh *neigh)
{
	const u8 *dst;

	if (likely(skb->pkt_type == PACKET_HOST))
		return true;
	if (skb->mac_len < ETH_HLEN)
		return false;
	dst = eth_hdr(skb)->h_dest;
	if (skb->pkt_type == PACKET_OTHERHOST)
		return !is_zero_ether_addr(neigh->c.src) &&
		       ether_addr_equal(dst, neigh->c.src);
	return skb->pkt_type == PACKET_MULTICAST && listens(skb->dev, dst);
}

/* VLN-070, VLN-071; a tag in the frame has been taken out of it by now. */
static bool tagged_right(const struct sk_buff *skb,
			 const struct chim_neigh *neigh)
{
	if (!neigh->c.vlan)
		return true;
	return skb_vlan_tag_present(skb) &&
	       skb->vlan_proto == htons(ETH_P_8021Q) &&
	       skb_vlan_tag_get_id(skb) == neigh->c.vlan;
}

/* Frames of a VLAN device on top of this one never were this interface's. */
static bool belongs_above(const struct sk_buff *skb)
{
	return skb_vlan_tag_present(skb) &&
	       __vlan_find_dev_deep_rcu(skb->dev, skb->vlan_proto,
					skb_vlan_tag_get_id(skb));
}

static u16 segments(const struct sk_buff *skb, u32 len)
{
	const struct skb_shared_info *info = skb_shinfo(skb);

	if (!info->gso_size)
		return 1;
	if (info->gso_segs)
		return info->gso_segs;
	/* Whoever merged them elsewhere may have left the number out. */
	return clamp_t(u32, DIV_ROUND_UP(len, info->gso_size), 1, U16_MAX);
}

static struct chim_mib *mib_of(struct chim_space *space, u8 family)
{
	return this_cpu_ptr(space->mib) +
	       (family == AF_INET ? CHIM_MIB_IP4 : CHIM_MIB_IP6);
}

/* STT-012, STT-030, STT-031, STT-050: as they were on the wire. */
static void count(struct chim_space *space, u8 family, u32 segs, u32 octets)
{
	struct chim_mib *mib = mib_of(space, family);

	mib->in_receives += segs;
	mib->in_octets += octets;
	mib->in_delivers += segs;
	mib->in_segs += segs;
}

/* STT-035: faultless, but there is no memory for it; it counts as lost. */
static void discard(struct chim_space *space, const struct arrival *a)
{
	struct chim_mib *mib = mib_of(space, a->tuple.family);

	mib->in_receives++;
	mib->in_octets += a->len;
	mib->in_discards++;
	kfree_skb(a->skb);
}

/* @own: what the engine is given, which is @a->skb unless that is shared. */
static unsigned int hand_over(struct chim_space *space, struct chim_conn *conn,
			      struct arrival *a, struct chim_seg *seg,
			      struct sk_buff *own)
{
	struct sk_buff *skb = a->skb;
	u32 segs = segments(skb, seg->len);
	u32 octets = a->len + (segs - 1) * seg->off;

	/*
	 * A sender on this machine need not wait for the host to read, and its
	 * pages may not be what they were when the host does.
	 */
	skb_orphan(own);
	if (skb_orphan_frags_rx(own, GFP_ATOMIC)) {
		if (own != skb)
			kfree_skb(own);
		discard(space, a);
		return NF_STOLEN;
	}
	seg->skb = own;
	seg->ce = INET_ECN_is_ce(a->tos);
	seg->segs = segs;
	switch (chim_ingress_sink(conn, seg)) {
	case CHIM_SEG_HOST:
		if (own != skb)
			consume_skb(own);
		return NF_ACCEPT;
	case CHIM_SEG_KEPT:
		break;
	case CHIM_SEG_DONE:
		consume_skb(own);
		break;
	case CHIM_SEG_DROPPED:
		kfree_skb(own);
		break;
	}
	if (own != skb)
		consume_skb(skb);
	count(space, a->tuple.family, segs, octets);
	return NF_STOLEN;
}

static unsigned int receive(struct chim_adapter *adapter,
			    struct chim_conn *conn, struct arrival *a)
{
	struct chim_space *space = &adapter->space;
	struct sk_buff *own = a->skb;
	const struct chim_neigh *neigh;
	struct chim_seg seg;
	bool right;

	prefetchw(&conn->lock);
	prefetchw(&conn->tcb);
	neigh = rcu_dereference(conn->path->neigh);
	if (!addressed(own, neigh) || !read_tcp(a, &seg) || !ip_sound(a))
		return NF_ACCEPT;
	right = tagged_right(own, neigh);
	/* Not dropped (VLN-070), but the other interface's. */
	if (!(right && neigh->c.vlan) && belongs_above(own))
		return NF_ACCEPT;
	if (unlikely(!right)) {
		atomic64_inc(&adapter->stats.rx_vlan);
		kfree_skb(own);
		return NF_STOLEN;
	}
	if (!tcp_sound(a))
		return NF_ACCEPT;
	/*
	 * From the reserves that are there so that memory can be freed: what waits
	 * for a host that may be waiting for just that must not use them up.
	 */
	if (unlikely(skb_pfmemalloc(own))) {
		discard(space, a);
		return NF_STOLEN;
	}
	if (unlikely(skb_shared(own))) {
		own = skb_clone(own, GFP_ATOMIC);
		if (!own) {
			discard(space, a);
			return NF_STOLEN;
		}
	}
	return hand_over(space, conn, a, &seg, own);
}

/*
 * The host's stack puts fragments together (NSP-010, TCP-037); here it only
 * counts that a datagram of a connection came in such (O-09).
 */
static void note_fragment(struct chim_space *space, struct arrival *a)
{
	struct chim_conn *conn;

	a->ip_len = a->skb->protocol == htons(ETH_P_IP) ? first_fragment4(a) :
		    a->skb->protocol == htons(ETH_P_IPV6) ? first_fragment6(a) :
		    0;
	if (!a->ip_len || !read_ports(a))
		return;
	conn = chim_space_match(space, &a->tuple);
	if (conn && addressed(a->skb, rcu_dereference(conn->path->neigh)))
		chim_conn_fragment(conn);
}

static unsigned int on_ingress(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct chim_adapter *adapter = priv;
	struct chim_space *space = &adapter->space;
	struct chim_conn *conn;
	struct arrival a;

	/* The common case of a machine that offloads little. */
	if (!READ_ONCE(space->count[CHIM_CONN]))
		return NF_ACCEPT;
	a.skb = skb;
	if (!read_ip(&a)) {
		if (unlikely(READ_ONCE(space->tcp.up_fragments)))
			note_fragment(space, &a);
		return NF_ACCEPT;
	}
	if (!read_ports(&a))
		return NF_ACCEPT;
	conn = chim_space_match(space, &a.tuple);
	return conn ? receive(adapter, conn, &a) : NF_ACCEPT;
}

/**
 * chim_rx_pass_up() - give the host's stack a segment that was held (NSP-035)
 * @conn: the connection it came for
 * @skb: the segment; consumed
 *
 * It has no hold on its device, which is good as long as it is the adapter's: a
 * device that goes is taken away first, and waits for readers. What the host
 * forwarded has none, and the host has had it.
 *
 * Context: RCU read side, softirqs disabled, no lock held.
 */
void chim_rx_pass_up(struct chim_conn *conn, struct sk_buff *skb)
{
	const struct chim_adapter *adapter;

	adapter = container_of(conn->obj.owner->space, struct chim_adapter, space);
	if (!skb->dev || skb->dev != rcu_dereference(adapter->dev)) {
		kfree_skb(skb);
		return;
	}
#ifdef CONFIG_NET_CLS_ACT
	/* Taps have seen it, and our hook has had it. */
	skb->tc_skip_classify = 1;
#endif
	netif_receive_skb(skb);
}

/**
 * chim_ingress_add() - begin to take segments from a device
 * @adapter: the adapter
 * @dev: its device
 *
 * Segments may be taken before this returns.
 *
 * Context: process, under RTNL.
 * Return: 0 or -errno.
 */
int chim_ingress_add(struct chim_adapter *adapter, struct net_device *dev)
{
	struct nf_hook_ops *ops = &adapter->ingress;
	int err;

	ASSERT_RTNL();
	*ops = (struct nf_hook_ops) {
		.hook = on_ingress,
		.dev = dev,
		.priv = adapter,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS,
		.priority = INT_MAX,
	};
	err = nf_register_net_hook(dev_net(dev), ops);
	if (err)
		ops->dev = NULL;
	return err;
}

/**
 * chim_ingress_del() - take no more segments
 * @adapter: the adapter; doing this again does nothing
 *
 * When this returns, the hook does not run and no longer looks at @adapter or
 * its objects. While a device moves to another namespace, its old one is the
 * one in which it is hooked.
 *
 * Context: process, under RTNL, may sleep.
 */
void chim_ingress_del(struct chim_adapter *adapter)
{
	struct nf_hook_ops *ops = &adapter->ingress;

	ASSERT_RTNL();
	if (!ops->dev)
		return;
	nf_unregister_net_hook(dev_net(ops->dev), ops);
	synchronize_net();
	ops->dev = NULL;
}
