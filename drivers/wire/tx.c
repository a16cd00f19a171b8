// SPDX-License-Identifier: GPL-2.0
/*
 * Segments out: headers from connection, path and neighbor (OBJ-051).
 *
 * A frame is built under the connection's lock and sent without it. All is
 * read within one RCU section and each set of cached variables once, so a
 * frame has the old values of an object or the new ones, never a mixture
 * (UPD-060, UPD-102).
 */
#include "wire/tx.h"

#include "adapter.h"
#include "state/conn.h"
#include "state/service.h"
#include "trace.h"

#include <linux/etherdevice.h>
#include <linux/hash.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/inet_ecn.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>

/* SND-042 to SND-044: the upper half of the space is the target's. */
#define IP_ID_BASE	0x8000
#define IP_IDS		0x8000

#define TCP_OPTIONS_MAX	40
#define IP_TCP_MIN	(sizeof(struct iphdr) + sizeof(struct tcphdr))
#define IP_TCP_MAX	(sizeof(struct ipv6hdr) + sizeof(struct tcphdr) + \
			 TCP_OPTIONS_MAX)
/* SACK blocks that fit beside timestamps (RFC 2018, section 3). */
#define SACK_BESIDE_TS	3

static struct chim_adapter *adapter_of(const struct chim_conn *conn)
{
	return container_of(conn->obj.owner->space, struct chim_adapter, space);
}

static struct chim_mib *mib_of(const struct chim_conn *conn)
{
	return this_cpu_ptr(conn->obj.owner->space->mib) +
	       (conn->path->c.family == AF_INET ? CHIM_MIB_IP4 : CHIM_MIB_IP6);
}

static u32 ip_len(const struct chim_conn *conn)
{
	return conn->path->c.family == AF_INET ? sizeof(struct iphdr) :
						 sizeof(struct ipv6hdr);
}

static u32 sack_blocks(const struct chim_frame *frame)
{
	return min_t(u32, frame->n_sack, frame->timestamps ? SACK_BESIDE_TS :
							     CHIM_SACK_MAX);
}

static u32 tcp_len(const struct chim_frame *frame)
{
	u32 len = sizeof(struct tcphdr);

	if (frame->timestamps)
		len += TCPOLEN_TSTAMP_ALIGNED;
	if (frame->n_sack)
		len += TCPOLEN_SACK_BASE_ALIGNED +
		       sack_blocks(frame) * TCPOLEN_SACK_PERBLOCK;
	return len;
}

static void place_headers(struct sk_buff *skb, const struct chim_conn *conn)
{
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ip_len(conn));
}

/* Room for all headers, IP and TCP header in place. */
static struct sk_buff *start(const struct chim_conn *conn,
			     const struct chim_frame *frame,
			     const struct net_device *dev)
{
	u32 len = ip_len(conn) + tcp_len(frame);
	u32 reserve = LL_RESERVED_SPACE(dev);
	struct sk_buff *skb;

	skb = alloc_skb(reserve + len + frame->garbage,
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, reserve);
	skb_put(skb, len);
	place_headers(skb, conn);
	return skb;
}

/* No more than an IP datagram holds, and the device takes segments. */
static u32 most_data(u32 headers, const struct chim_frame *frame,
		     const struct net_device *dev)
{
	u32 most = U16_MAX - headers;

	if (frame->len > frame->mss)
		most = min_t(u32, most, max_t(u32, dev->gso_max_segs, 1) *
					frame->mss);
	return min(frame->len, most);
}

/* Whole segments only, unless it is all there is or less than one. */
static u32 whole(const struct chim_frame *frame, u32 len)
{
	if (len < frame->len && len > frame->mss)
		len -= len % frame->mss;
	return len;
}

/*
 * Devices that only exist in software and have no other below them pass frames
 * on to somebody on this machine, as a veth does.
 */
static bool stays_here(const struct net_device *dev)
{
	return dev->rtnl_link_ops && !dev->dev.parent &&
	       list_empty(&dev->adj_list.lower);
}

static enum chim_fill how_to_fill(const struct chim_conn *conn,
				  const struct net_device *dev)
{
	if (conn->obj.owner->shares_pages)
		return CHIM_FILL_SHARE;
	return stays_here(dev) ? CHIM_FILL_COPY : CHIM_FILL_LEND;
}

/* Returns the bytes of data that the frame takes, or -ENOMEM. */
static int add_data(struct sk_buff *skb, const struct chim_frame *frame,
		    const struct net_device *dev, enum chim_fill how)
{
	u32 most = whole(frame, most_data(skb->len, frame, dev));
	int len;

	len = chim_conn_ops->fill(skb, frame->req, frame->off, most, how);
	if (len <= 0)
		return -ENOMEM;
	most = whole(frame, len);
	if (most < len && __pskb_trim(skb, skb->len - (len - most)))
		return -ENOMEM;
	return most;
}

/*
 * A frame of all that the client's own skb has: that is sent as TCP sends it, by a
 * clone with headers in the room before the data.
 */
static struct sk_buff *start_lent(const struct chim_conn *conn,
				  const struct chim_frame *frame,
				  const struct net_device *dev)
{
	u32 len = ip_len(conn) + tcp_len(frame);
	struct skb_shared_info *info;
	struct sk_buff *skb;

	if (!frame->len || frame->off || frame->garbage ||
	    most_data(len, frame, dev) < frame->len)
		return NULL;
	skb = chim_conn_ops->lend(conn, frame->req, frame->len);
	if (!skb)
		return NULL;
	if (skb_headroom(skb) < LL_RESERVED_SPACE(dev) + len) {
		kfree_skb(skb);
		return NULL;
	}
	skb_push(skb, len);
	place_headers(skb, conn);
	info = skb_shinfo(skb);
	info->gso_size = 0;
	info->gso_segs = 0;
	info->gso_type = 0;
	return skb;
}

/* To be cut by the device, or before it by the stack. */
static void make_gso(struct sk_buff *skb, const struct chim_frame *frame,
		     u8 family, u32 len)
{
	struct skb_shared_info *info = skb_shinfo(skb);

	if (len <= frame->mss)
		return;
	info->gso_size = frame->mss;
	info->gso_segs = DIV_ROUND_UP(len, frame->mss);
	info->gso_type = family == AF_INET ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6;
	/* RFC 3168, section 6.1.2: on the first segment only. */
	if (frame->flags & CHIM_CWR)
		info->gso_type |= SKB_GSO_TCP_ECN;
}

/* RFC 7323 and RFC 2018, laid out as in their appendix A and section 3. */
static void put_options(__be32 *at, const struct chim_frame *frame)
{
	u32 n = sack_blocks(frame);
	u32 i;

	if (frame->timestamps) {
		*at++ = htonl(TCPOPT_NOP << 24 | TCPOPT_NOP << 16 |
			      TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
		*at++ = htonl(frame->tsval);
		*at++ = htonl(frame->tsecr);
	}
	if (!n)
		return;
	*at++ = htonl(TCPOPT_NOP << 24 | TCPOPT_NOP << 16 | TCPOPT_SACK << 8 |
		      (TCPOLEN_SACK_BASE + n * TCPOLEN_SACK_PERBLOCK));
	for (i = 0; i < n; i++) {
		*at++ = htonl(frame->sack[i].start);
		*at++ = htonl(frame->sack[i].end);
	}
}

/* RFC 9293, section 3.1; the checksum waits for the addresses. */
static void put_tcp(struct sk_buff *skb, const struct chim_conn *conn,
		    const struct chim_frame *frame, u8 flags)
{
	struct tcphdr *th = tcp_hdr(skb);

	memset(th, 0, sizeof(*th));
	th->source = conn->c.lport;
	th->dest = conn->c.rport;
	th->seq = htonl(frame->seq);
	th->ack_seq = htonl(frame->ack);
	th->doff = tcp_len(frame) / 4;
	tcp_flag_byte(th) = flags;
	th->window = htons(frame->wnd);
	put_options((__be32 *)(th + 1), frame);
}

static __sum16 tcp_sum(const struct chim_path_const *c, u32 len, __wsum sum)
{
	if (c->family == AF_INET)
		return tcp_v4_check(len, c->src.v4, c->dst.v4, sum);
	return tcp_v6_check(len, &c->src.v6, &c->dst.v6, sum);
}

/*
 * Where there is no data, sums are complete, so that every capture shows them
 * right; for so few bytes that costs no more than leaving them to the device.
 */
static void put_sum(struct sk_buff *skb, const struct chim_path_const *c)
{
	u32 len = skb->len - skb_transport_offset(skb);
	struct tcphdr *th = tcp_hdr(skb);

	if (len == th->doff * 4) {
		th->check = tcp_sum(c, len, csum_partial(th, len, 0));
		return;
	}
	th->check = ~tcp_sum(c, len, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);
}

/*
 * Whoever cuts the frame counts up from here, so the last segment's number
 * must be one of ours too.
 */
static u16 take_ids(struct chim_path *path, u32 segs)
{
	int old = atomic_read(&path->ip_id);
	u32 first;

	do {
		first = old & (IP_IDS - 1);
		if (first + segs > IP_IDS)
			first = 0;
	} while (!atomic_try_cmpxchg(&path->ip_id, &old, first + segs));
	return IP_ID_BASE + first;
}

static u8 service(const struct chim_conn *conn, const struct chim_frame *frame)
{
	if (frame->ect)
		return (conn->v.tos & ~INET_ECN_MASK) | INET_ECN_ECT_0;
	return conn->v.tos;
}

static void put_ip4(struct sk_buff *skb, const struct chim_conn *conn,
		    const struct chim_frame *frame)
{
	const struct chim_path_const *c = &conn->path->c;
	struct iphdr *iph = ip_hdr(skb);

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = service(conn, frame);
	iph->tot_len = htons(skb->len);
	iph->id = htons(take_ids(conn->path,
				 skb_shinfo(skb)->gso_segs ?: 1));
	iph->frag_off = htons(IP_DF);	/* SND-041 */
	iph->ttl = conn->v.ttl;
	iph->protocol = IPPROTO_TCP;
	iph->saddr = c->src.v4;
	iph->daddr = c->dst.v4;
	iph->check = 0;
	iph->check = ip_fast_csum(iph, iph->ihl);
	skb->protocol = htons(ETH_P_IP);
}

static void put_ip6(struct sk_buff *skb, const struct chim_conn *conn,
		    const struct chim_frame *frame)
{
	const struct chim_path_const *c = &conn->path->c;
	struct ipv6hdr *ip6h = ipv6_hdr(skb);

	ip6_flow_hdr(ip6h, service(conn, frame), htonl(conn->v.flow_label));
	ip6h->payload_len = htons(skb->len - sizeof(*ip6h));
	ip6h->nexthdr = IPPROTO_TCP;
	ip6h->hop_limit = conn->v.ttl;
	ip6h->saddr = c->src.v6;
	ip6h->daddr = c->dst.v6;
	skb->protocol = htons(ETH_P_IPV6);
}

static void put_eth(struct sk_buff *skb, const struct net_device *dev,
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

/*
 * Without a socket the stack would choose the queue by the sending processor,
 * and one connection's frames might overtake each other. So the processor it
 * goes by is the same for all of them.
 */
static void put_queue(struct sk_buff *skb, const struct chim_conn *conn)
{
	u32 hash = conn->c.hash ?: hash_ptr(conn, 32);

	skb_set_hash(skb, hash, PKT_HASH_TYPE_L4);
#ifdef CONFIG_XPS
	skb->sender_cpu = reciprocal_scale(hash, nr_cpu_ids) + 1;
#endif
}

static void put_headers(struct sk_buff *skb, struct chim_conn *conn,
			const struct chim_frame *frame,
			const struct net_device *dev, u8 flags)
{
	const struct chim_neigh *neigh = rcu_dereference(conn->path->neigh);

	put_tcp(skb, conn, frame, flags);
	put_sum(skb, &conn->path->c);
	if (conn->path->c.family == AF_INET)
		put_ip4(skb, conn, frame);
	else
		put_ip6(skb, conn, frame);
	put_eth(skb, dev, neigh);
	put_tag(skb, neigh, conn->v.prio);
	put_queue(skb, conn);
	skb->priority = conn->v.prio;
}

/**
 * chim_tx_build() - make a frame, or several of equal make
 * @conn: the connection, locked
 * @frame: what it says
 * @taken: set to the bytes of data in it
 *
 * Fewer bytes than asked for are taken if pages run out; then they are whole
 * segments if there is at least one, and FIN and PSH wait for the rest (struct
 * chim_tcp_ops).
 *
 * Context: softirqs disabled, RCU read side, connection locked.
 * Return: the frame for chim_tx_xmit(), or NULL if memory is short or there is
 * no device; either is counted (STT-035).
 */
struct sk_buff *chim_tx_build(struct chim_conn *conn,
			      const struct chim_frame *frame, int *taken)
{
	struct chim_adapter *adapter = adapter_of(conn);
	const struct net_device *dev;
	u8 flags = frame->flags;
	struct sk_buff *skb;
	bool lent;
	int len = 0;

	lockdep_assert_held(&conn->lock);
	dev = rcu_dereference(adapter->dev);
	if (!dev) {
		atomic64_inc(&adapter->stats.tx_dropped);
		goto discard;
	}
	skb = start_lent(conn, frame, dev);
	lent = skb;
	if (!skb)
		skb = start(conn, frame, dev);
	if (!skb)
		goto count_nomem;
	if (frame->garbage) {
		skb_put_u8(skb, 0);
		len = 1;
	} else if (frame->len) {
		len = lent ? frame->len :
			     add_data(skb, frame, dev, how_to_fill(conn, dev));
		if (len < 0)
			goto free_skb;
		if (len < frame->len)
			flags &= ~(CHIM_FIN | CHIM_PSH);
		make_gso(skb, frame, conn->path->c.family, len);
	}
	put_headers(skb, conn, frame, dev, flags);
	*taken = len;
	return skb;

free_skb:
	kfree_skb(skb);
count_nomem:
	atomic64_inc(&adapter->stats.tx_nomem);
discard:
	mib_of(conn)->out_discards++;
	return NULL;
}

/* STT-032: as they will be on the wire. */
static void count_out(struct chim_mib *mib, const struct sk_buff *skb, u32 segs)
{
	u32 headers = skb_transport_offset(skb) + tcp_hdrlen(skb) - ETH_HLEN;

	mib->out_requests += segs;
	mib->out_octets += skb->len - ETH_HLEN + (segs - 1) * headers;
}

/*
 * A queue that is congested has still taken the frame, or another of the same
 * kind is gone. But a device that is down drops all and calls that congestion.
 */
static bool was_sent(const struct net_device *dev, int err)
{
	return !err || (err == NET_XMIT_CN && netif_running(dev));
}

/**
 * chim_tx_xmit() - send a frame
 * @conn: the connection
 * @skb: from chim_tx_build(); consumed
 *
 * It may have waited a while: nothing is sent if the connection was
 * invalidated meanwhile (INV-031), and the device may have gone. What the
 * device or its queue refuses is lost like on the wire, but known to be so.
 *
 * Context: softirqs disabled, RCU read side; no lock held, since the frame may
 * come straight back.
 */
void chim_tx_xmit(struct chim_conn *conn, struct sk_buff *skb)
{
	struct chim_adapter *adapter = adapter_of(conn);
	u32 segs = skb_shinfo(skb)->gso_segs ?: 1;
	const struct tcphdr *th = tcp_hdr(skb);
	struct chim_mib *mib = mib_of(conn);
	struct net_device *dev;
	int err;

	if (chim_conn_stopped(conn)) {
		atomic64_inc(&adapter->stats.tx_stopped);
		/* STT-036: without its path, or next hop, it has no route. */
		if (!chim_obj_marked(&conn->obj, CHIM_OBJ_INVALID))
			mib->out_no_routes += segs;
		kfree_skb(skb);
		return;
	}
	dev = rcu_dereference(adapter->dev);
	if (!dev) {
		atomic64_inc(&adapter->stats.tx_dropped);
		mib->out_discards += segs;
		kfree_skb(skb);
		return;
	}
	trace_chim_tx(adapter->ifindex, READ_ONCE(conn->obj.handle), ntohl(th->seq),
		      ntohl(th->ack_seq), ntohs(th->window));
	count_out(mib, skb, segs);
	skb->dev = dev;
	err = dev_queue_xmit(skb);
	if (was_sent(dev, err)) {
		atomic64_inc(&adapter->stats.tx_frames);
	} else {
		atomic64_inc(&adapter->stats.tx_dropped);
		mib->out_discards += segs;
	}
	if (unlikely(err))
		chim_conn_congested(conn);
}

/**
 * chim_tx_burst() - most bytes of data that a device should be given at a time
 * @dev: the device
 *
 * One frame that the stack need not cut itself: within the sizes the device
 * was set to, an IP datagram, and the pages of a frame if the data begins
 * anywhere in one. A device that cuts nothing gets the same, since cutting late
 * is cheaper than sending often. Never less than a segment of the device's MTU.
 *
 * Context: any.
 * Return: bytes.
 */
u32 chim_tx_burst(const struct net_device *dev)
{
	u32 mtu = min_t(u32, READ_ONCE(dev->mtu), U16_MAX);
	u32 segment = mtu > IP_TCP_MIN ? mtu - IP_TCP_MIN : 1;
	u32 frame = min_t(u32, READ_ONCE(dev->gso_max_size),
			  GSO_LEGACY_MAX_SIZE) - 1;
	u32 data;

	data = frame > ETH_HLEN + IP_TCP_MAX ? frame - ETH_HLEN - IP_TCP_MAX : 0;
	data = min_t(u64, data, (u64)READ_ONCE(dev->gso_max_segs) * segment);
	data = min_t(u32, data, (MAX_SKB_FRAGS - 1) * PAGE_SIZE);
	return max(data, segment);
}
