// SPDX-License-Identifier: GPL-2.0
/*
 * The ingress hook: what it leaves to the host's stack. Each frame must get
 * there as it came, and count nowhere.
 */
#include "wire.h"

#include "tcp/flow.h"
#include "wire/rx.h"

#include <linux/etherdevice.h>
#include <linux/file.h>
#include <linux/if_vlan.h>
#include <linux/prandom.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>

static const struct wr_packet plain = {
	.seq = 5000, .ack = 6000, .wnd = 7000, .flags = CHIM_ACK, .len = 100,
};

/* The first fragment of a datagram, with more to come. */
static struct sk_buff *first_fragment(struct wire *w, const struct wr_chain *c,
				      const struct wr_packet *p)
{
	struct sk_buff *skb = wr_make(w, c, p);

	if (!p->ext)
		return skb;
	skb->data[54] = IPPROTO_TCP;
	skb->data[57] = 1;
	return skb;
}

/* Connections of both families, and that they are there. */
static void offload_both(struct wire *w, struct wr_chain *c)
{
	int i;

	w->verdict = CHIM_SEG_DONE;
	c[0] = wr_offload4(w);
	c[1] = wr_offload6(w);
	for (i = 0; i < 2; i++)
		wr_inject(w, wr_make(w, &c[i], &plain));
	KUNIT_ASSERT_EQ(w->test, w->segs, 2);
}

static void bad_addr(struct wr_chain *c, int byte)
{
	if (byte < 16)
		((u8 *)&c->pc.src)[byte] ^= 0x10;
	else
		((u8 *)&c->pc.dst)[byte - 16] ^= 0x10;
}

/* Every byte of the tuple matters. */
static void host_strangers(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2], odd;
	int i, byte;

	CHIM_COVERS(test, "OBJ-053 STT-012 TRM-095");
	offload_both(w, c);
	for (i = 0; i < 2; i++) {
		for (byte = 0; byte < 32; byte++) {
			if (!i && byte % 16 >= 4)
				continue;
			odd = c[i];
			bad_addr(&odd, byte);
			wr_expect_up(w, wr_make(w, &odd, &plain));
		}
		for (byte = 0; byte < 4; byte++) {
			odd = c[i];
			((u8 *)&odd.cc.lport)[byte] ^= 0x40;
			wr_expect_up(w, wr_make(w, &odd, &plain));
		}
		odd = c[i];
		swap(odd.cc.lport, odd.cc.rport);
		wr_expect_up(w, wr_make(w, &odd, &plain));
	}
}

/* ARP, ICMP, RIP, which runs over UDP, and anything else that is not TCP. */
static void host_other_protocols(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_packet p = plain;
	struct wr_chain c[2];
	struct sk_buff *skb;
	int i, proto;

	CHIM_COVERS(test, "NSP-012 PTH-014 TCP-030");
	offload_both(w, c);
	for (i = 0; i < 2; i++) {
		for (proto = 1; proto < 256; proto++) {
			if (proto == 6)
				continue;
			p.proto = proto;
			wr_expect_up(w, wr_make(w, &c[i], &p));
		}
	}
	/* The bytes of a TCP segment, but said to be something else. */
	for (i = 0; i < 2; i++) {
		skb = wr_make(w, &c[i], &plain);
		*(__be16 *)(skb->data + 12) = htons(i ? 0x88b5 : ETH_P_ARP);
		wr_expect_up(w, skb);
		skb = wr_make(w, &c[i], &plain);
		*(__be16 *)(skb->data + 12) = htons(i ? ETH_P_IP : ETH_P_IPV6);
		wr_expect_up(w, skb);
	}
}

static void host_fragments(struct kunit *test)
{
	static const u16 frags[] = { 0x2000, 0x6000, 1, 0x1fff, 0x2001, 0x4001 };
	struct wire *w = test->priv;
	struct wr_packet p = plain;
	struct wr_chain c[2];
	int i;

	CHIM_COVERS(test, "NSP-010 NSP-011 TCP-037");
	offload_both(w, c);
	for (i = 0; i < ARRAY_SIZE(frags); i++) {
		p.frag = frags[i];
		wr_expect_up(w, wr_make(w, &c[0], &p));
	}
	p.frag = 0;
	p.ext = 44;
	wr_expect_up(w, wr_make(w, &c[1], &p));
	/* Flags that do not make it a fragment. */
	for (i = 0; i < 4; i++) {
		p = plain;
		p.frag = i << 14;
		wr_inject(w, wr_make(w, &c[0], &p));
		KUNIT_EXPECT_EQ(test, w->segs, 3 + i);
	}
}

/* One for each datagram, if it is of any interest; seen by the first of them. */
static void host_fragments_counted(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_packet p = plain;
	struct wr_chain c[2], odd;
	int i, n;

	CHIM_COVERS(test, "NSP-010 NSP-011 TCP-037 O-09");
	offload_both(w, c);
	for (i = 0; i < 2; i++) {
		struct chim_tcb *tcb = &c[i].conn->tcb;

		p = plain;
		p.frag = i ? 0 : 0x2000;
		p.ext = i ? 44 : 0;
		w->adapter->space.tcp.up_fragments = 0;
		wr_expect_up(w, first_fragment(w, &c[i], &p));
		KUNIT_EXPECT_NULL(test, tcb->flow);
		w->adapter->space.tcp.up_fragments = 50;
		for (n = 0; n < 3; n++)
			wr_expect_up(w, first_fragment(w, &c[i], &p));
		odd = c[i];
		odd.cc.lport ^= htons(1);
		wr_expect_up(w, first_fragment(w, &odd, &p));
		p.frag = 1;
		wr_expect_up(w, wr_make(w, &c[0], &p));
		KUNIT_ASSERT_NOT_NULL(test, tcb->flow);
		KUNIT_EXPECT_EQ(test, tcb->flow->opt.fragments, 3U);
	}
}

static void host_ip_options(struct kunit *test)
{
	static const u8 exts[] = { 0, 43, 60, 51, 135, 139, 140, 253 };
	struct wire *w = test->priv;
	struct wr_packet p = plain;
	struct wr_chain c[2];
	struct sk_buff *skb;
	int i;

	CHIM_COVERS(test, "NSP-013 NSP-014 CAP-016");
	offload_both(w, c);
	for (i = 4; i <= 40; i += 4) {
		p.ip_opts = i;
		wr_expect_up(w, wr_make(w, &c[0], &p));
	}
	/* Options that look like the header they hide, and add up to nothing. */
	skb = wr_make(w, &c[0], &p);
	memcpy(skb->data + 34, skb->data + 74, 20);
	for (i = 0; i < 20; i++)
		skb->data[54 + i] = ~skb->data[34 + i];
	wr_fix_sums(skb);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	wr_expect_up(w, skb);
	p.ip_opts = 0;
	for (i = 0; i < ARRAY_SIZE(exts); i++) {
		p.ext = exts[i] ?: 1;
		skb = wr_make(w, &c[1], &p);
		skb->data[14 + 6] = exts[i];
		wr_expect_up(w, skb);
	}
}

/* A byte of an IPv4 header, of an IPv6 one, or of TCP; all sums made good. */
struct change {
	int at;
	u8 mask;
	u8 value;
};

static void expect_up_changed(struct wire *w, const struct wr_chain *c,
			      const struct change *how)
{
	struct sk_buff *skb = wr_make(w, c, &plain);
	u8 *at = skb->data + how->at;

	*at = (*at & ~how->mask) | how->value;
	if ((skb->data[14] & 15) >= 5 || skb->data[14] >> 4 == 6)
		wr_fix_sums(skb);
	wr_expect_up(w, skb);
}

static void host_bad_headers(struct kunit *test)
{
	static const struct change changes4[] = {
		{ 14, 0xf0, 0x50 }, { 14, 0xf0, 0x60 },	/* version */
		{ 14, 0x0f, 4 }, { 14, 0x0f, 0 },	/* header length */
		{ 14 + 3, 0xff, 20 + 120 + 1 },		/* more than there is */
		{ 14 + 2, 0xff, 1 },
		{ 14 + 3, 0xff, 39 },			/* less than headers */
		{ 34 + 12, 0xf0, 0x40 }, { 34 + 12, 0xf0, 0 },
	};
	static const struct change changes6[] = {
		{ 14, 0xf0, 0x40 }, { 14, 0xf0, 0x70 },
		{ 14 + 5, 0xff, 120 + 1 }, { 14 + 4, 0xff, 1 },
		{ 14 + 5, 0xff, 19 },
		{ 54 + 12, 0xf0, 0x40 }, { 54 + 12, 0xf0, 0 },
	};
	struct wire *w = test->priv;
	struct wr_packet p = plain;
	struct wr_chain c[2];
	struct sk_buff *skb;
	int i;

	CHIM_COVERS(test, "STT-070 STT-033 STT-034");
	offload_both(w, c);
	for (i = 0; i < ARRAY_SIZE(changes4); i++)
		expect_up_changed(w, &c[0], &changes4[i]);
	for (i = 0; i < ARRAY_SIZE(changes6); i++)
		expect_up_changed(w, &c[1], &changes6[i]);
	/* A TCP header that is longer than the datagram. */
	p.len = 39;
	for (i = 0; i < 2; i++) {
		skb = wr_make(w, &c[i], &p);
		skb->data[(i ? 54 : 34) + 12] = 0xf0;
		wr_fix_sums(skb);
		wr_expect_up(w, skb);
	}
}

/* One bit at a time, in every header: no sum is right any more. */
static void host_bad_sums(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2];
	struct sk_buff *skb;
	int i, bit;

	CHIM_COVERS(test, "STT-070");
	offload_both(w, c);
	for (i = 0; i < 2; i++) {
		skb = wr_make(w, &c[i], &plain);
		for (bit = 14 * 8; bit < skb->len * 8; bit++) {
			/* What IPv6 does not sum up, or counts otherwise. */
			if (i && bit < 22 * 8)
				continue;
			skb->data[bit / 8] ^= 1 << (bit & 7);
			wr_expect_up(w, skb_copy(skb, GFP_KERNEL));
			skb->data[bit / 8] ^= 1 << (bit & 7);
		}
		kfree_skb(skb);
	}
}

static void host_truncated(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2];
	struct sk_buff *skb;
	int i, len;

	CHIM_COVERS(test, "STT-034 STT-070");
	offload_both(w, c);
	for (i = 0; i < 2; i++) {
		for (len = 15; len < (i ? 60 : 40) + 14 + 100; len++) {
			skb = wr_make(w, &c[i], &plain);
			skb_trim(skb, len);
			wr_expect_up(w, skb);
		}
	}
}

/* Any bytes changed: whatever the hook makes of it, it survives. */
static void host_mutations(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_packet p = plain;
	struct rnd_state rnd;
	struct wr_chain c[2];
	struct sk_buff *skb, *copy;
	int i, n, segs;

	offload_both(w, c);
	prandom_seed_state(&rnd, 0x4057);
	p.opts_len = 40;
	p.len = 30;
	for (i = 0; i < 4000; i++) {
		skb = wr_make(w, &c[i & 1], &p);
		for (n = prandom_u32_state(&rnd) % 4; n; n--)
			skb->data[14 + prandom_u32_state(&rnd) % 70] =
				prandom_u32_state(&rnd);
		if (prandom_u32_state(&rnd) & 1)
			skb_trim(skb, 14 + prandom_u32_state(&rnd) % 130);
		/* As if the device had found the sums good. */
		if (prandom_u32_state(&rnd) & 1)
			skb->ip_summed = CHECKSUM_UNNECESSARY;
		copy = skb_copy(skb, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		segs = w->segs;
		wr_inject(w, skb);
		if (w->segs == segs)
			KUNIT_EXPECT_TRUE(test, wr_went_up(w, copy));
		else
			KUNIT_EXPECT_LE(test, w->seg.off + w->seg.len,
					copy->len - 14);
		kfree_skb(copy);
	}
	KUNIT_EXPECT_GT(test, w->segs, 100);
}

/* --- when nothing is, or is any more ------------------------------------- */

/* A corrupted TCP header with nothing offloaded is none of ours. */
static void host_nothing_offloaded(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_values(w, false);
	struct sk_buff *skb = wr_make(w, &c, &plain);

	CHIM_COVERS(test, "STT-072");
	skb->data[34 + 16] ^= 1;
	wr_expect_up(w, skb);
	wr_expect_up(w, wr_make(w, &c, &plain));
	/* Beside an offloaded connection it is the same. */
	wr_offload4(w);
	wr_expect_up(w, wr_make(w, &c, &plain));
}

static void host_terminated(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2];

	CHIM_COVERS(test, "TRM-095 NSP-015 X-34");
	offload_both(w, c);
	wr_terminate(w, &c[0]);
	wr_expect_up(w, wr_make(w, &c[0], &plain));
	wr_inject(w, wr_make(w, &c[1], &plain));
	KUNIT_EXPECT_EQ(test, w->segs, 3);
	wr_terminate(w, &c[1]);
	wr_expect_up(w, wr_make(w, &c[1], &plain));
}

/* A closed adapter serves what it has until the clients have let go. */
static void host_closed(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2];

	offload_both(w, c);
	chim_adapter_close(w->adapter);
	wr_inject(w, wr_make(w, &c[0], &plain));
	KUNIT_EXPECT_EQ(test, w->segs, 3);
	rtnl_lock();
	chim_adapter_lose_dev(w->adapter);
	KUNIT_EXPECT_NULL(test, w->adapter->ingress.dev);
	chim_adapter_lose_dev(w->adapter);
	rtnl_unlock();
	wr_expect_up(w, wr_make(w, &c[0], &plain));
}

/* A second adapter on the device takes its own and leaves the first's. */
static void host_reopened(struct kunit *test)
{
	const struct chim_adapter_config config = {};
	struct wire *w = test->priv;
	struct chim_adapter *again;
	struct wr_chain c[2];

	offload_both(w, c);
	chim_adapter_close(w->adapter);
	rtnl_lock();
	again = chim_adapter_add(w->dev, &config, NULL);
	rtnl_unlock();
	KUNIT_ASSERT_FALSE(test, IS_ERR(again));
	wr_inject(w, wr_make(w, &c[1], &plain));
	KUNIT_EXPECT_EQ(test, w->segs, 3);
	chim_adapter_close(again);
	wr_inject(w, wr_make(w, &c[0], &plain));
	KUNIT_EXPECT_EQ(test, w->segs, 4);
}

static void host_unregistered(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2];

	offload_both(w, c);
	wr_lose_dev(w);
	KUNIT_EXPECT_TRUE(test, w->adapter->closing);
	KUNIT_EXPECT_NULL(test, w->adapter->ingress.dev);
	KUNIT_EXPECT_PTR_EQ(test, (void *)rcu_access_pointer(w->adapter->dev),
			    NULL);
}

/* --- urgent data ----------------------------------------------------------- */

static const struct wr_packet urgent = {
	.seq = 2000, .ack = 1000, .wnd = 7000, .flags = CHIM_ACK | CHIM_URG,
	.len = 100,
};

/* NSP-035: what was held goes up when the connection ends. */
static void host_urgent(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct sk_buff *skb = wr_make(w, &c, &urgent);
	struct sk_buff *copy = skb_copy(skb, GFP_KERNEL);

	CHIM_COVERS(test, "NSP-034 NSP-035");
	KUNIT_ASSERT_NOT_NULL(test, copy);
	chim_ingress_sink = chim_conn_segment;
	wr_inject(w, skb);
	KUNIT_EXPECT_TRUE(test, skb_queue_empty(&w->up));
	wr_terminate(w, &c);
	KUNIT_EXPECT_TRUE(test, wr_went_up(w, copy));
	kfree_skb(copy);
}

/* Unless the device it came from has gone meanwhile. */
static void host_urgent_unregistered(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);

	chim_ingress_sink = chim_conn_segment;
	wr_inject(w, wr_make(w, &c, &urgent));
	wr_lose_dev(w);
	KUNIT_EXPECT_FALSE(test, wr_freed(w));
	wr_terminate(w, &c);
	KUNIT_EXPECT_TRUE(test, wr_freed(w));
	KUNIT_EXPECT_TRUE(test, skb_queue_empty(&w->up));
}

/* --- VLAN devices ---------------------------------------------------------- */

/* What "ip link add link DEV type vlan id 5" sends. */
static void put_vlan(struct wire *w, struct sk_buff *msg)
{
	struct nlmsghdr *nlh;
	struct nlattr *info, *data;

	nlh = nlmsg_put(msg, 0, 0, RTM_NEWLINK, sizeof(struct ifinfomsg),
			NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
	memset(nlmsg_data(nlh), 0, sizeof(struct ifinfomsg));
	nla_put_string(msg, IFLA_IFNAME, "chimw.5");
	nla_put_u32(msg, IFLA_LINK, w->dev->ifindex);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, "vlan");
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	nla_put_u16(msg, IFLA_VLAN_ID, 5);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	nlmsg_end(msg, nlh);
}

/* A device of VLAN 5 above, up, which goes with the one below it. */
static void make_vlan(struct wire *w)
{
	struct sk_buff *msg = nlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	struct msghdr hdr = {};
	struct net_device *dev;
	struct socket *sock;
	struct file *file;
	struct kvec vec;

	KUNIT_ASSERT_NOT_NULL(w->test, msg);
	put_vlan(w, msg);
	vec.iov_base = msg->data;
	vec.iov_len = msg->len;
	KUNIT_ASSERT_EQ(w->test, 0, sock_create_kern(&init_net, AF_NETLINK, SOCK_RAW,
						     NETLINK_ROUTE, &sock));
	/* Its opener is who may do so. */
	file = sock_alloc_file(sock, 0, NULL);
	KUNIT_ASSERT_FALSE(w->test, IS_ERR(file));
	kernel_sendmsg(sock, &hdr, &vec, 1, msg->len);
	fput(file);
	kfree_skb(msg);
	rtnl_lock();
	dev = __dev_get_by_name(&init_net, "chimw.5");
	if (dev)
		dev_open(dev, NULL);
	rtnl_unlock();
	KUNIT_ASSERT_NOT_NULL(w->test, dev);
}

static struct sk_buff *tagged(struct wire *w, const struct wr_chain *c, u16 vlan)
{
	struct sk_buff *skb = wr_make(w, c, &plain);

	__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), vlan);
	return skb;
}

/* It has the frames of its VLAN, unless they are the neighbor's (VLN-070). */
static void host_vlan_device(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_values(w, false), own = wr_values(w, true);

	CHIM_COVERS(test, "VLN-070 VLN-071");
	w->verdict = CHIM_SEG_DONE;
	own.nc.vlan = 5;
	wr_offload(w, &c);
	wr_offload(w, &own);
	wr_inject(w, tagged(w, &c, 5));
	KUNIT_EXPECT_EQ(test, w->segs, 1);
	make_vlan(w);
	wr_inject(w, tagged(w, &c, 5));
	KUNIT_EXPECT_EQ(test, w->segs, 1);
	KUNIT_EXPECT_EQ(test, skb_queue_len(&w->up), 1U);
	wr_inject(w, tagged(w, &c, 6));
	wr_inject(w, wr_make(w, &c, &plain));
	wr_inject(w, tagged(w, &own, 5));
	KUNIT_EXPECT_EQ(test, w->segs, 4);
	KUNIT_EXPECT_EQ(test, atomic64_read(&w->adapter->stats.rx_vlan), 0);
}

static struct kunit_case rx_host_cases[] = {
	KUNIT_CASE(host_strangers),
	KUNIT_CASE(host_other_protocols),
	KUNIT_CASE(host_fragments),
	KUNIT_CASE(host_fragments_counted),
	KUNIT_CASE(host_ip_options),
	KUNIT_CASE(host_bad_headers),
	KUNIT_CASE(host_bad_sums),
	KUNIT_CASE(host_truncated),
	KUNIT_CASE(host_mutations),
	KUNIT_CASE(host_nothing_offloaded),
	KUNIT_CASE(host_terminated),
	KUNIT_CASE(host_closed),
	KUNIT_CASE(host_reopened),
	KUNIT_CASE(host_unregistered),
	KUNIT_CASE(host_urgent),
	KUNIT_CASE(host_urgent_unregistered),
	KUNIT_CASE(host_vlan_device),
	{}
};

static struct kunit_suite rx_host_suite = {
	.name = "chim_rx_host",
	.init = wr_init,
	.exit = wr_exit,
	.test_cases = rx_host_cases,
};

kunit_test_suite(rx_host_suite);
