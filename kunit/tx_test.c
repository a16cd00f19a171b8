// SPDX-License-Identifier: GPL-2.0
/*
 * Frames without data: every field of every header, and what becomes of a frame
 * that cannot be sent. Data is in tx_data_test.c.
 */
#include "wire.h"

#include "wire/tx.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

static const u8 dev_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const u8 hop_mac[6] = { 2, 0, 0, 0, 0, 2 };
static const u8 own_mac[6] = { 2, 7, 7, 7, 7, 7 };

static const struct chim_frame plain = {
	.seq = 0x80000001, .ack = 0xfffffff0, .wnd = 0xabcd, .flags = CHIM_ACK,
};

static bool eq(const void *a, const void *b, size_t len)
{
	return !memcmp(a, b, len);
}

/* Sends, and reads what arrives at the device. */
static struct pr_seg sent(struct wire *w, const struct wr_chain *c,
			  const struct chim_frame *frame)
{
	struct pr_seg s = {};

	KUNIT_EXPECT_EQ(w->test, wr_send(c->conn, frame), 0);
	KUNIT_ASSERT_TRUE(w->test, wr_segment(w, &s, NULL, 0));
	KUNIT_EXPECT_EQ(w->test, s.tcp_sum, 0);
	KUNIT_EXPECT_EQ(w->test, s.ip_sum, 0);
	return s;
}

static void expect_tcp(struct kunit *test, const struct wr_chain *c,
		       const struct pr_seg *s)
{
	KUNIT_EXPECT_EQ(test, s->sport, ntohs(c->cc.lport));
	KUNIT_EXPECT_EQ(test, s->dport, 0x1f91);
	KUNIT_EXPECT_EQ(test, s->seq, 0x80000001U);
	KUNIT_EXPECT_EQ(test, s->ack, 0xfffffff0U);
	KUNIT_EXPECT_EQ(test, s->doff, 20);
	KUNIT_EXPECT_EQ(test, s->reserved, 0);
	KUNIT_EXPECT_EQ(test, s->flags, CHIM_ACK);
	KUNIT_EXPECT_EQ(test, s->wnd, 0xabcd);
	KUNIT_EXPECT_EQ(test, s->urg, 0);
	KUNIT_EXPECT_EQ(test, s->data_len, 0U);
}

static void expect_eth(struct kunit *test, const struct pr_seg *s, u16 proto)
{
	KUNIT_EXPECT_TRUE(test, eq(s->dst, hop_mac, 6));
	KUNIT_EXPECT_TRUE(test, eq(s->src, dev_mac, 6));
	KUNIT_EXPECT_EQ(test, s->tags, 0);
	KUNIT_EXPECT_EQ(test, s->ethertype, proto);
	KUNIT_EXPECT_EQ(test, s->len, 14U + s->ip_len);
}

static void tx_fields_ip4(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct pr_seg s = sent(w, &c, &plain);

	CHIM_COVERS(test, "OBJ-051 NBR-011 NBR-015 TCP-044 CON-013 CON-034");
	CHIM_COVERS(test, "CON-035 SND-040 SND-041 VLN-050 D-43 O-02 O-14");
	expect_eth(test, &s, 0x0800);
	KUNIT_EXPECT_EQ(test, s.version, 4);
	KUNIT_EXPECT_EQ(test, s.ip_hlen, 20);
	KUNIT_EXPECT_EQ(test, s.ip_len, 40);
	KUNIT_EXPECT_EQ(test, s.tos, 0xb8);
	KUNIT_EXPECT_EQ(test, s.ttl, 77);
	KUNIT_EXPECT_EQ(test, s.frag, 0x4000);	/* DF, no fragment */
	KUNIT_EXPECT_EQ(test, s.proto, 6);
	KUNIT_EXPECT_TRUE(test, eq(s.saddr, &c.pc.src, 4));
	KUNIT_EXPECT_TRUE(test, eq(s.daddr, &c.pc.dst, 4));
	expect_tcp(test, &c, &s);
	KUNIT_EXPECT_FALSE(test, wr_segment(w, &s, NULL, 0));
}

static void tx_fields_ip6(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload6(w);
	struct pr_seg s = sent(w, &c, &plain);

	CHIM_COVERS(test, "OBJ-051 NBR-011 NBR-015 TCP-044 CON-013 CON-033");
	CHIM_COVERS(test, "CON-034 CON-035 SND-040 SND-043 VLN-050 D-42 O-14");
	expect_eth(test, &s, 0x86dd);
	KUNIT_EXPECT_EQ(test, s.version, 6);
	KUNIT_EXPECT_EQ(test, s.ip_len, 60);
	KUNIT_EXPECT_EQ(test, s.tos, 0xb8);
	KUNIT_EXPECT_EQ(test, s.flow, 0xabcdeU);
	KUNIT_EXPECT_EQ(test, s.ttl, 77);
	KUNIT_EXPECT_EQ(test, s.proto, 6);	/* no fragment header */
	KUNIT_EXPECT_TRUE(test, eq(s.saddr, &c.pc.src, 16));
	KUNIT_EXPECT_TRUE(test, eq(s.daddr, &c.pc.dst, 16));
	expect_tcp(test, &c, &s);
	KUNIT_EXPECT_FALSE(test, wr_segment(w, &s, NULL, 0));
}

/* Where a capture or a driver looks for the headers. */
static void tx_header_offsets(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct sk_buff *skb;
	int i, taken;

	for (i = 0; i < 2; i++) {
		skb = wr_build(c[i].conn, &plain, &taken);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		KUNIT_EXPECT_EQ(test, taken, 0);
		KUNIT_EXPECT_EQ(test, skb_mac_offset(skb), 0);
		KUNIT_EXPECT_EQ(test, skb_network_offset(skb), 14);
		KUNIT_EXPECT_EQ(test, skb_transport_offset(skb), i ? 54 : 34);
		KUNIT_EXPECT_EQ(test, (int)skb->ip_summed, CHECKSUM_NONE);
		KUNIT_EXPECT_EQ(test, (int)ntohs(skb->protocol),
				i ? ETH_P_IPV6 : ETH_P_IP);
		KUNIT_EXPECT_EQ(test, skb->tstamp, 0);
		KUNIT_EXPECT_GE(test, (int)skb_headroom(skb) + ETH_HLEN,
				LL_RESERVED_SPACE(w->dev));
		kfree_skb(skb);
	}
}

/* Sums over contents that stress them: carries, all ones, all zeros. */
static void tx_checksums(struct kunit *test)
{
	static const u32 numbers[] = {
		0, 1, 0xffff, 0x10000, 0xfffeffff, 0xffff0000, 0xffffffff,
	};
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct chim_frame frame = plain;
	struct pr_seg s;
	int i, j, k;

	CHIM_COVERS(test, "OBJ-051");
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		for (j = 0; j < ARRAY_SIZE(numbers); j++) {
			frame.seq = numbers[i];
			frame.ack = numbers[j];
			for (k = 0; k < 2; k++) {
				s = sent(w, &c[k], &frame);
				KUNIT_EXPECT_EQ(test, s.seq, numbers[i]);
				KUNIT_EXPECT_EQ(test, s.ack, numbers[j]);
			}
		}
	}
}

static void tx_flags(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct chim_frame frame = plain;
	int flags;

	for (flags = 0; flags < 256; flags++) {
		frame.flags = flags;
		KUNIT_EXPECT_EQ(test, sent(w, &c, &frame).flags, flags);
	}
}

/* --- options ------------------------------------------------------------- */

static u32 word(const struct pr_seg *s, int at)
{
	const u8 *o = s->opts + at;

	return o[0] << 24 | o[1] << 16 | o[2] << 8 | o[3];
}

static void expect_options(struct kunit *test, const struct pr_seg *s,
			   bool ts, u32 blocks)
{
	u32 at = 0, i;

	KUNIT_EXPECT_EQ(test, s->opts_len, (ts ? 12 : 0) +
			(blocks ? 4 + 8 * blocks : 0));
	KUNIT_EXPECT_EQ(test, s->data_len, 0U);
	if (ts) {
		KUNIT_EXPECT_EQ(test, word(s, 0), 0x0101080aU);
		KUNIT_EXPECT_EQ(test, word(s, 4), 0xfffffff1U);
		KUNIT_EXPECT_EQ(test, word(s, 8), 0x89abcdefU);
		at = 12;
	}
	if (!blocks)
		return;
	KUNIT_EXPECT_EQ(test, word(s, at), 0x01010500U + 2 + 8 * blocks);
	for (i = 0; i < blocks; i++) {
		KUNIT_EXPECT_EQ(test, word(s, at + 4 + 8 * i), 0xfffff000 + i);
		KUNIT_EXPECT_EQ(test, word(s, at + 8 + 8 * i), 0x1000 + i);
	}
}

/* Timestamps or not, up to four blocks; beside timestamps three fit. */
static void tx_options(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct chim_frame frame = plain;
	struct pr_seg s;
	int i, ts, n;

	CHIM_COVERS(test, "CON-010 CON-011 TCP-043");
	frame.tsval = 0xfffffff1;
	frame.tsecr = 0x89abcdef;
	for (n = 0; n < CHIM_SACK_MAX; n++) {
		frame.sack[n].start = 0xfffff000 + n;
		frame.sack[n].end = 0x1000 + n;
	}
	for (i = 0; i < 2; i++) {
		for (ts = 0; ts < 2; ts++) {
			for (n = 0; n <= CHIM_SACK_MAX; n++) {
				frame.timestamps = ts;
				frame.n_sack = n;
				s = sent(w, &c[i], &frame);
				expect_options(test, &s, ts,
					       ts ? min(n, 3) : n);
			}
		}
	}
}

/* --- values that change -------------------------------------------------- */

static void tx_identification(struct kunit *test)
{
	static const int starts[] = {
		0, 0x7ffd, 0xfffd, S32_MAX - 1, S32_MIN, -2,
	};
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct pr_seg s;
	u16 last = 0;
	int i, j;

	CHIM_COVERS(test, "SND-042 SND-044 X-59");
	KUNIT_EXPECT_EQ(test, sent(w, &c, &plain).id, 0x8000);
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		atomic_set(&c.path->ip_id, starts[i]);
		for (j = 0; j < 5; j++) {
			s = sent(w, &c, &plain);
			KUNIT_EXPECT_GE(test, s.id, 0x8000);
			KUNIT_EXPECT_NE(test, s.id, last);
			last = s.id;
		}
	}
}

static void tx_ecn(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct chim_frame frame = plain;
	int i, tos;

	CHIM_COVERS(test, "TCP-063 TCP-014 D-69");
	for (i = 0; i < 2; i++) {
		for (tos = 0; tos < 256; tos++) {
			c[i].conn->v.tos = tos;
			frame.ect = true;
			KUNIT_EXPECT_EQ(test, sent(w, &c[i], &frame).tos,
					(tos & 0xfc) | 2);
			frame.ect = false;
			KUNIT_EXPECT_EQ(test, sent(w, &c[i], &frame).tos, tos);
		}
	}
}

static void tx_cached_values(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct pr_seg s;
	int i, n;

	CHIM_COVERS(test, "CON-033 CON-034 CON-035 VLN-051");
	for (i = 0; i < 2; i++) {
		for (n = 1; n < 8; n++) {
			c[i].conn->v.ttl = 255 - n;
			c[i].conn->v.tos = 0x1f * n;
			c[i].conn->v.flow_label = 0x11111 * n;
			c[i].conn->v.prio = n;
			s = sent(w, &c[i], &plain);
			KUNIT_EXPECT_EQ(test, s.ttl, 255 - n);
			KUNIT_EXPECT_EQ(test, s.tos, 0x1f * n);
			KUNIT_EXPECT_EQ(test, s.flow, i ? 0x11111U * n : 0);
			KUNIT_EXPECT_EQ(test, s.prio, n);
		}
	}
}

static void tx_source_address(struct kunit *test)
{
	static const u8 new_mac[6] = { 2, 3, 4, 5, 6, 7 };
	struct wire *w = test->priv;
	struct wr_chain own = wr_values(w, false), dev = wr_offload4(w);
	struct sockaddr sa = { .sa_family = w->dev->type };

	CHIM_COVERS(test, "NBR-010 NBR-011");
	memcpy(own.nc.src, own_mac, 6);
	wr_offload(w, &own);
	KUNIT_EXPECT_TRUE(test, eq(sent(w, &own, &plain).src, own_mac, 6));
	KUNIT_EXPECT_TRUE(test, eq(sent(w, &dev, &plain).src, dev_mac, 6));

	/* What is configured for the interface may change under way. */
	memcpy(sa.sa_data, new_mac, 6);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_set_mac_address(w->dev, &sa, NULL), 0);
	rtnl_unlock();
	KUNIT_EXPECT_TRUE(test, eq(sent(w, &own, &plain).src, own_mac, 6));
	KUNIT_EXPECT_TRUE(test, eq(sent(w, &dev, &plain).src, new_mac, 6));
}

/* Old or new as a whole, and the new one from the first frame on. */
static void tx_next_hop(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload6(w), other = wr_values(w, false);
	struct chim_neigh_cached v = { .dst = { 2, 9, 9, 9, 9, 9 } };

	CHIM_COVERS(test, "TCP-044 NBR-015 UPD-120 UPD-101");
	KUNIT_EXPECT_EQ(test, chim_neigh_update(c.neigh, &v, 0),
			(enum chim_why)CHIM_OK);
	KUNIT_EXPECT_TRUE(test, eq(sent(w, &c, &plain).dst, v.dst, 6));
	other.nv.dst[5] = 0x77;
	other.nc.vlan = 99;
	wr_offload(w, &other);
	chim_path_link(c.path, other.neigh);
	KUNIT_EXPECT_TRUE(test, eq(sent(w, &c, &plain).dst, other.nv.dst, 6));
	KUNIT_EXPECT_EQ(test, sent(w, &c, &plain).vid, 99);
	chim_path_link(c.path, c.neigh);
	KUNIT_EXPECT_TRUE(test, eq(sent(w, &c, &plain).dst, v.dst, 6));
	KUNIT_EXPECT_EQ(test, sent(w, &c, &plain).tags, 0);
}

/* --- tags ---------------------------------------------------------------- */

static void expect_tag(struct wire *w, bool ip6, u16 vid, u8 prio, bool beside)
{
	struct wr_chain c = wr_values(w, ip6);
	struct kunit *test = w->test;
	struct pr_seg s;

	c.nc.vlan = vid;
	c.cv.prio = prio;
	wr_offload(w, &c);
	s = sent(w, &c, &plain);
	KUNIT_EXPECT_EQ(test, s.tags, vid || prio);
	KUNIT_EXPECT_EQ(test, s.vid, vid);
	KUNIT_EXPECT_EQ(test, s.prio, prio);
	KUNIT_EXPECT_FALSE(test, s.cfi);
	KUNIT_EXPECT_EQ(test, s.tags && s.beside, s.tags && beside);
	KUNIT_EXPECT_EQ(test, s.ethertype, ip6 ? 0x86dd : 0x0800);
}

static void expect_tags(struct wire *w, bool beside)
{
	int ip6;

	for (ip6 = 0; ip6 < 2; ip6++) {
		expect_tag(w, ip6, 0, 0, beside);
		expect_tag(w, ip6, 0, 1, beside);
		expect_tag(w, ip6, 0, 7, beside);
		expect_tag(w, ip6, 1, 0, beside);
		expect_tag(w, ip6, 0x5a5, 4, beside);
		expect_tag(w, ip6, 0xffe, 7, beside);
	}
}

/* The device inserts the tag. */
static void tx_tag_beside(struct kunit *test)
{
	CHIM_COVERS(test, "VLN-010 VLN-050 VLN-051 VLN-052 VLN-053 VLN-054");
	CHIM_COVERS(test, "NBR-014 VLN-055 D-38");
	expect_tags(test->priv, true);
}

/* The device cannot, so the tag must be in the frame. */
static void tx_tag_in_frame(struct kunit *test)
{
	struct wire *w = test->priv;

	CHIM_COVERS(test, "VLN-010 VLN-050 VLN-051 VLN-052 VLN-053 VLN-054");
	CHIM_COVERS(test, "NBR-014");
	rtnl_lock();
	w->dev->wanted_features &= ~NETIF_F_HW_VLAN_CTAG_TX;
	w->dev->features &= ~NETIF_F_HW_VLAN_CTAG_TX;
	rtnl_unlock();
	expect_tags(w, false);
}

/* --- queues -------------------------------------------------------------- */

/* One connection, one queue: what the host's hash says, or the handle. */
static void tx_queue(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long all = 0;
	struct wr_chain c;
	struct sk_buff *skb;
	int i, j, taken;

	CHIM_COVERS(test, "RSS-012");
	for (i = 0; i < 16; i++) {
		c = wr_values(w, false);
		c.cc.hash = i * 0x11111111;
		wr_offload(w, &c);
		w->tx_queues = 0;
		for (j = 0; j < 8; j++)
			sent(w, &c, &plain);
		KUNIT_EXPECT_EQ(test, hweight_long(w->tx_queues), 1U);
		all |= w->tx_queues;
		skb = wr_build(c.conn, &plain, &taken);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		KUNIT_EXPECT_TRUE(test, skb->l4_hash);
		if (i)
			KUNIT_EXPECT_EQ(test, skb->hash, c.cc.hash);
		kfree_skb(skb);
	}
	KUNIT_EXPECT_EQ(test, hweight_long(all), 0U + WR_QUEUES);
}

/* --- what cannot be sent ------------------------------------------------- */

static void expect_counts(struct wire *w, u64 frames, u64 dropped, u64 stopped)
{
	struct chim_stats *stats = &w->adapter->stats;
	struct chim_mib mib = wr_mib(w, CHIM_MIB_IP4);

	KUNIT_EXPECT_EQ(w->test, atomic64_read(&stats->tx_frames), (s64)frames);
	KUNIT_EXPECT_EQ(w->test, atomic64_read(&stats->tx_dropped),
			(s64)dropped);
	KUNIT_EXPECT_EQ(w->test, atomic64_read(&stats->tx_stopped),
			(s64)stopped);
	KUNIT_EXPECT_EQ(w->test, mib.out_discards, dropped);
}

static void tx_stopped(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct chim_obj *objs[] = {
		&c.conn->obj, &c.path->obj, &c.neigh->obj,
	};
	struct sk_buff *skb;
	struct pr_seg s;
	int i, taken;

	CHIM_COVERS(test, "INV-031 D-29 STT-036");
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		skb = wr_build(c.conn, &plain, &taken);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		chim_obj_mark(objs[i], CHIM_OBJ_INVALID);
		wr_xmit(c.conn, skb);
		KUNIT_EXPECT_FALSE(test, wr_segment(w, &s, NULL, 0));
		chim_obj_unmark(objs[i], CHIM_OBJ_INVALID);
	}
	expect_counts(w, 0, 0, 3);
	KUNIT_EXPECT_EQ(test, wr_mib(w, CHIM_MIB_IP4).out_requests, 0ULL);
	KUNIT_EXPECT_EQ(test, wr_mib(w, CHIM_MIB_IP4).out_no_routes, 2ULL);
	sent(w, &c, &plain);
	expect_counts(w, 1, 0, 3);
}

static void tx_device_down(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct pr_seg s;

	CHIM_COVERS(test, "STT-035 STT-032");
	rtnl_lock();
	dev_close(w->dev);
	rtnl_unlock();
	wr_send(c.conn, &plain);
	KUNIT_EXPECT_FALSE(test, wr_segment(w, &s, NULL, 0));
	expect_counts(w, 0, 1, 0);
	KUNIT_EXPECT_EQ(test, wr_mib(w, CHIM_MIB_IP4).out_requests, 1ULL);
	KUNIT_EXPECT_EQ(test, wr_mib(w, CHIM_MIB_IP4).out_octets, 40ULL);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_open(w->dev, NULL), 0);
	rtnl_unlock();
	sent(w, &c, &plain);
	expect_counts(w, 1, 1, 0);
}

/* The device says that it is busy, and a device without a queue drops then. */
static void tx_device_busy(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);

	CHIM_COVERS(test, "STT-035");
	w->refuse = NETDEV_TX_BUSY;
	wr_send(c.conn, &plain);
	expect_counts(w, 0, 1, 0);
	w->refuse = 0;
	sent(w, &c, &plain);
	expect_counts(w, 1, 1, 0);
}

/* It goes between building and sending, or before. */
static void tx_device_gone(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct sk_buff *skb;
	int taken;

	CHIM_COVERS(test, "STT-035");
	skb = wr_build(c.conn, &plain, &taken);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	wr_lose_dev(w);
	wr_xmit(c.conn, skb);
	expect_counts(w, 0, 1, 0);
	KUNIT_EXPECT_NULL(test, wr_build(c.conn, &plain, &taken));
	expect_counts(w, 0, 2, 0);
}

static struct kunit_case tx_cases[] = {
	KUNIT_CASE(tx_fields_ip4),
	KUNIT_CASE(tx_fields_ip6),
	KUNIT_CASE(tx_header_offsets),
	KUNIT_CASE(tx_checksums),
	KUNIT_CASE(tx_flags),
	KUNIT_CASE(tx_options),
	KUNIT_CASE(tx_identification),
	KUNIT_CASE(tx_ecn),
	KUNIT_CASE(tx_cached_values),
	KUNIT_CASE(tx_source_address),
	KUNIT_CASE(tx_next_hop),
	KUNIT_CASE(tx_tag_beside),
	KUNIT_CASE(tx_tag_in_frame),
	KUNIT_CASE(tx_queue),
	KUNIT_CASE(tx_stopped),
	KUNIT_CASE(tx_device_down),
	KUNIT_CASE(tx_device_busy),
	KUNIT_CASE(tx_device_gone),
	{}
};

static struct kunit_suite tx_suite = {
	.name = "chim_tx",
	.init = wr_init,
	.exit = wr_exit,
	.test_cases = tx_cases,
};

kunit_test_suite(tx_suite);
