// SPDX-License-Identifier: GPL-2.0
/*
 * The ingress hook: which segments it takes and what the engine is told of
 * them. What it leaves alone is in rx_host_test.c.
 */
#include "wire.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

#define DATA	700

static const struct wr_packet plain = {
	.seq = 0xfffffe00, .ack = 0x80000000, .wnd = 0x1234,
	.flags = CHIM_ACK | CHIM_PSH, .len = DATA,
};

static void expect_data(struct wire *w, u32 len)
{
	u32 i, bad = 0;

	for (i = 0; i < min_t(u32, len, WR_KEEP); i++)
		bad += w->data[i] != wr_byte(i);
	KUNIT_EXPECT_EQ(w->test, bad, 0U);
}

/* Injects, and sees that the engine got it, for @conn. */
static void expect_taken(struct wire *w, const struct wr_chain *c,
			 struct sk_buff *skb)
{
	int segs = w->segs;

	w->conn = NULL;
	wr_inject(w, skb);
	KUNIT_EXPECT_EQ(w->test, w->segs, segs + 1);
	KUNIT_EXPECT_PTR_EQ(w->test, w->conn, c->conn);
	KUNIT_EXPECT_TRUE(w->test, skb_queue_empty(&w->up));
}

static void expect_seg(struct wire *w, const struct wr_packet *p, u32 off)
{
	struct kunit *test = w->test;

	KUNIT_EXPECT_EQ(test, w->seg.off, off);
	KUNIT_EXPECT_EQ(test, w->seg.len, p->len);
	KUNIT_EXPECT_EQ(test, w->seg.seq, p->seq);
	KUNIT_EXPECT_EQ(test, w->seg.ack, p->ack);
	KUNIT_EXPECT_EQ(test, w->seg.wnd, p->wnd);
	KUNIT_EXPECT_EQ(test, w->seg.flags, p->flags);
	KUNIT_EXPECT_FALSE(test, w->seg.has_ts);
	KUNIT_EXPECT_FALSE(test, w->seg.bad_options);
	KUNIT_EXPECT_EQ(test, w->seg.n_sack, 0);
	KUNIT_EXPECT_EQ(test, w->seg.segs, 1);
	KUNIT_EXPECT_FALSE(test, w->seg.ce);
	expect_data(w, p->len);
}

static void take_and_count(struct kunit *test, bool ip6)
{
	struct wire *w = test->priv;
	struct wr_chain c = ip6 ? wr_offload6(w) : wr_offload4(w);
	u32 off = ip6 ? 60 : 40;
	struct chim_mib own, other;

	w->verdict = CHIM_SEG_KEPT;
	expect_taken(w, &c, wr_make(w, &c, &plain));
	expect_seg(w, &plain, off);
	KUNIT_EXPECT_FALSE(test, wr_freed(w));
	KUNIT_EXPECT_EQ(test, skb_queue_len(&w->kept), 1U);

	own = wr_mib(w, ip6 ? CHIM_MIB_IP6 : CHIM_MIB_IP4);
	other = wr_mib(w, ip6 ? CHIM_MIB_IP4 : CHIM_MIB_IP6);
	KUNIT_EXPECT_EQ(test, own.in_receives, 1ULL);
	KUNIT_EXPECT_EQ(test, own.in_octets, off + DATA + 0ULL);
	KUNIT_EXPECT_EQ(test, own.in_delivers, 1ULL);
	KUNIT_EXPECT_EQ(test, own.in_segs, 1ULL);
	KUNIT_EXPECT_EQ(test, own.in_errors + own.in_header_errors +
			own.in_discards + own.in_truncated, 0ULL);
	KUNIT_EXPECT_EQ(test, other.in_receives, 0ULL);
}

static void rx_takes_ip4(struct kunit *test)
{
	CHIM_COVERS(test, "OBJ-053 STT-030 STT-031");
	take_and_count(test, false);
}

static void rx_takes_ip6(struct kunit *test)
{
	CHIM_COVERS(test, "OBJ-053 STT-030 STT-031");
	take_and_count(test, true);
}

/* Options, ECN, no data; numbers that come in on either side of 2^32. */
static void rx_header_fields(struct kunit *test)
{
	static const struct wr_packet p = {
		.seq = 0xffffffff, .ack = 0, .wnd = 0xffff, .flags = 0xff,
		.tos = 0xbb, .opts_len = 24,
		.opts = { 1, 1, 8, 10, 0x80, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff,
			  1, 1, 5, 10, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 0x10 },
	};
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	int i;

	w->verdict = CHIM_SEG_DONE;
	for (i = 0; i < 2; i++) {
		expect_taken(w, &c[i], wr_make(w, &c[i], &p));
		KUNIT_EXPECT_EQ(test, w->seg.off, i ? 84U : 64U);
		KUNIT_EXPECT_EQ(test, w->seg.len, 0U);
		KUNIT_EXPECT_EQ(test, w->seg.seq, 0xffffffffU);
		KUNIT_EXPECT_EQ(test, w->seg.ack, 0U);
		KUNIT_EXPECT_EQ(test, w->seg.wnd, 0xffff);
		KUNIT_EXPECT_EQ(test, w->seg.flags, 0xff);
		KUNIT_EXPECT_TRUE(test, w->seg.ce);
		KUNIT_EXPECT_TRUE(test, w->seg.has_ts);
		KUNIT_EXPECT_EQ(test, w->seg.tsval, 0x80000001U);
		KUNIT_EXPECT_EQ(test, w->seg.tsecr, 0x7fffffffU);
		KUNIT_EXPECT_EQ(test, w->seg.n_sack, 1);
		KUNIT_EXPECT_EQ(test, w->seg.sack[0].start, 0xfffffff0U);
		KUNIT_EXPECT_EQ(test, w->seg.sack[0].end, 0x10U);
	}
}

static void rx_ecn(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct wr_packet p = plain;
	int i, tos;

	CHIM_COVERS(test, "TCP-063");
	w->verdict = CHIM_SEG_DONE;
	for (i = 0; i < 2; i++) {
		for (tos = 0; tos < 256; tos += 5) {
			p.tos = tos;
			expect_taken(w, &c[i], wr_make(w, &c[i], &p));
			KUNIT_EXPECT_EQ(test, w->seg.ce, (tos & 3) == 3);
		}
	}
}

static void rx_verdicts(struct kunit *test)
{
	static const enum chim_verdict all[] = {
		CHIM_SEG_KEPT, CHIM_SEG_DONE, CHIM_SEG_DROPPED,
	};
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct sk_buff *skb, *copy;
	int i;

	CHIM_COVERS(test, "TRM-093 STT-012 STT-050");
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		w->verdict = all[i];
		expect_taken(w, &c, wr_make(w, &c, &plain));
		KUNIT_EXPECT_EQ(test, wr_freed(w), all[i] != CHIM_SEG_KEPT);
		KUNIT_EXPECT_EQ(test, wr_mib(w, CHIM_MIB_IP4).in_receives,
				i + 1ULL);
		KUNIT_EXPECT_EQ(test, wr_mib(w, CHIM_MIB_IP4).in_segs,
				i + 1ULL);
	}
	/* Whatever is not processed goes up as it was, and does not count. */
	w->verdict = CHIM_SEG_HOST;
	skb = wr_make(w, &c, &plain);
	copy = skb_copy(skb, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	wr_inject(w, skb);
	KUNIT_EXPECT_EQ(test, w->segs, i + 1);
	KUNIT_EXPECT_TRUE(test, wr_went_up(w, copy));
	KUNIT_EXPECT_EQ(test, wr_mib(w, CHIM_MIB_IP4).in_receives, i + 0ULL);
	KUNIT_EXPECT_EQ(test, wr_mib(w, CHIM_MIB_IP4).in_segs, i + 0ULL);
	kfree_skb(copy);
}

/* Padding of a short frame is no data. */
static void rx_padding(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct wr_packet p = plain;
	struct sk_buff *skb;
	int i, sum;

	w->verdict = CHIM_SEG_DONE;
	for (i = 0; i < 2; i++) {
		for (p.len = 0; p.len < 4; p.len++) {
			for (p.pad = 0; p.pad < 7; p.pad++) {
				expect_taken(w, &c[i], wr_make(w, &c[i], &p));
				expect_seg(w, &p, i ? 60 : 40);
			}
		}
		/* The device has summed up the padding as well. */
		for (sum = 0; sum < 2; sum++) {
			p.len = 2;
			p.pad = 4 + sum;
			skb = wr_make(w, &c[i], &p);
			skb->csum = skb_checksum(skb, 14, skb->len - 14, 0);
			skb->ip_summed = CHECKSUM_COMPLETE;
			expect_taken(w, &c[i], skb);
			expect_seg(w, &p, i ? 60 : 40);
		}
	}
}

static struct sk_buff *with_sum(struct wire *w, const struct wr_chain *c,
				int summed, bool good)
{
	struct sk_buff *skb = wr_make(w, c, &plain);
	u32 tcp = c->pc.family == AF_INET ? 34 : 54;

	if (!good)
		skb->data[tcp + 16] ^= 1;
	skb->ip_summed = summed;
	if (summed == CHECKSUM_COMPLETE)
		skb->csum = skb_checksum(skb, 14, skb->len - 14, 0);
	if (summed == CHECKSUM_PARTIAL)
		skb_partial_csum_set(skb, tcp, 16);
	return skb;
}

/* What others vouch for is believed, even if the bytes say otherwise. */
static void rx_checksums(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct sk_buff *skb;
	int i;

	CHIM_COVERS(test, "STT-070");
	w->verdict = CHIM_SEG_DONE;
	for (i = 0; i < 2; i++) {
		expect_taken(w, &c[i], with_sum(w, &c[i], CHECKSUM_NONE, true));
		expect_taken(w, &c[i], with_sum(w, &c[i], CHECKSUM_COMPLETE,
						true));
		expect_taken(w, &c[i], with_sum(w, &c[i], CHECKSUM_UNNECESSARY,
						false));
		expect_taken(w, &c[i], with_sum(w, &c[i], CHECKSUM_PARTIAL,
						false));
		wr_expect_up(w, with_sum(w, &c[i], CHECKSUM_NONE, false));
		wr_expect_up(w, with_sum(w, &c[i], CHECKSUM_COMPLETE, false));
		/* A device that errs is not the peer's fault. */
		skb = with_sum(w, &c[i], CHECKSUM_COMPLETE, true);
		skb->csum = csum_add(skb->csum, (__force __wsum)1);
		expect_taken(w, &c[i], skb);
	}
}

/* --- tags ---------------------------------------------------------------- */

/* Beside the frame, or in it, as the device does it. */
static struct sk_buff *tag(struct sk_buff *skb, u16 proto, u16 tci, bool beside)
{
	if (beside) {
		__vlan_hwaccel_put_tag(skb, htons(proto), tci);
		return skb;
	}
	return vlan_insert_tag(skb, htons(proto), tci);
}

/* Protocol of the tag, tag, and whether a neighbor of VLAN 5 takes it. */
static const struct {
	u16 proto;
	u16 tci;
	bool fits;
} tags[] = {
	{ ETH_P_8021Q, 5, true },
	{ ETH_P_8021Q, 0xe005, true },
	{ ETH_P_8021Q, 0x1005, true },
	{ ETH_P_8021Q, 0, false },
	{ ETH_P_8021Q, 0xe000, false },
	{ ETH_P_8021Q, 4, false },
	{ ETH_P_8021Q, 0x105, false },
	{ ETH_P_8021Q, 0xfff, false },
	{ ETH_P_8021AD, 5, false },
};

static void rx_any_tag(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	int i, j;

	CHIM_COVERS(test, "VLN-070 NBR-014");
	w->verdict = CHIM_SEG_DONE;
	for (i = 0; i < 2; i++) {
		expect_taken(w, &c[i], wr_make(w, &c[i], &plain));
		for (j = 0; j < ARRAY_SIZE(tags) * 2; j++) {
			expect_taken(w, &c[i], tag(wr_make(w, &c[i], &plain),
						   tags[j / 2].proto,
						   tags[j / 2].tci, j & 1));
			expect_seg(w, &plain, i ? 60 : 40);
		}
	}
	KUNIT_EXPECT_EQ(test, atomic64_read(&w->adapter->stats.rx_vlan), 0);
}

/* Neither the connection nor the host's stack sees it. */
static void expect_dropped(struct wire *w, struct sk_buff *skb)
{
	u64 dropped = atomic64_read(&w->adapter->stats.rx_vlan);
	u64 counted = wr_mib(w, CHIM_MIB_IP4).in_receives +
		      wr_mib(w, CHIM_MIB_IP6).in_receives;
	int segs = w->segs;

	wr_inject(w, skb);
	KUNIT_EXPECT_EQ(w->test, w->segs, segs);
	KUNIT_EXPECT_TRUE(w->test, skb_queue_empty(&w->up));
	KUNIT_EXPECT_TRUE(w->test, wr_freed(w));
	KUNIT_EXPECT_EQ(w->test, atomic64_read(&w->adapter->stats.rx_vlan),
			(s64)dropped + 1);
	KUNIT_EXPECT_EQ(w->test, counted, wr_mib(w, CHIM_MIB_IP4).in_receives +
			wr_mib(w, CHIM_MIB_IP6).in_receives);
}

static void rx_one_tag(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_values(w, false), wr_values(w, true) };
	struct sk_buff *skb;
	int i, j;

	CHIM_COVERS(test, "VLN-071 NBR-014");
	w->verdict = CHIM_SEG_DONE;
	for (i = 0; i < 2; i++) {
		c[i].nc.vlan = 5;
		wr_offload(w, &c[i]);
		expect_dropped(w, wr_make(w, &c[i], &plain));
		for (j = 0; j < ARRAY_SIZE(tags) * 2; j++) {
			skb = tag(wr_make(w, &c[i], &plain), tags[j / 2].proto,
				  tags[j / 2].tci, j & 1);
			if (tags[j / 2].fits)
				expect_taken(w, &c[i], skb);
			else
				expect_dropped(w, skb);
		}
	}
}

/* --- addresses ----------------------------------------------------------- */

static struct sk_buff *to_mac(struct wire *w, const struct wr_chain *c,
			      const u8 *dst)
{
	struct wr_packet p = plain;

	memcpy(p.dst, dst, ETH_ALEN);
	return wr_make(w, c, &p);
}

static void rx_mac_addresses(struct kunit *test)
{
	static const u8 own[] = { 2, 7, 7, 7, 7, 7 };
	static const u8 other[] = { 2, 7, 7, 7, 7, 8 };
	static const u8 group[] = { 0x03, 0xbf, 10, 0, 0, 1 };
	static const u8 all[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct wire *w = test->priv;
	struct wr_chain dev = wr_offload4(w), src = wr_values(w, true);

	CHIM_COVERS(test, "NBR-013 NBR-011");
	w->verdict = CHIM_SEG_DONE;
	memcpy(src.nc.src, own, ETH_ALEN);
	wr_offload(w, &src);
	expect_taken(w, &dev, to_mac(w, &dev, w->dev->dev_addr));
	expect_taken(w, &src, to_mac(w, &src, own));
	wr_expect_up(w, to_mac(w, &dev, own));
	wr_expect_up(w, to_mac(w, &dev, other));
	wr_expect_up(w, to_mac(w, &src, other));
	wr_expect_up(w, to_mac(w, &dev, all));

	/* A group only as long as the interface has it enabled. */
	wr_expect_up(w, to_mac(w, &dev, group));
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_mc_add(w->dev, group), 0);
	rtnl_unlock();
	expect_taken(w, &dev, to_mac(w, &dev, group));
	expect_taken(w, &src, to_mac(w, &src, group));
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_mc_del(w->dev, group), 0);
	rtnl_unlock();
	wr_expect_up(w, to_mac(w, &src, group));
}

/* Each of several finds its own; a tuple means nothing on another device. */
static void rx_lookup(struct kunit *test)
{
	struct wire *w = test->priv;
	const int n = 8;
	struct wr_chain *c;
	int i;

	CHIM_COVERS(test, "OBJ-053 CON-013");
	c = kunit_kcalloc(test, n, sizeof(*c), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c);
	w->verdict = CHIM_SEG_DONE;
	for (i = 0; i < n; i++) {
		c[i] = wr_values(w, i & 4);
		c[i].cc.lport = htons(i & 1 ? 0x1f91 : 0x911f);
		c[i].cc.rport = htons(i & 1 ? 0x911f : 0x1f91);
		if (i & 2)
			swap(c[i].pc.src, c[i].pc.dst);
		wr_offload(w, &c[i]);
	}
	for (i = 0; i < n; i++)
		expect_taken(w, &c[i], wr_make(w, &c[i], &plain));
}

/* --- order --------------------------------------------------------------- */

/* As they come; and no hash is computed, which is the host's to say. */
static void rx_order(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct wr_packet p = plain;
	struct sk_buff *skb;
	u32 seq = plain.seq;
	u8 first;
	int i;

	CHIM_COVERS(test, "RSS-011 RSS-012");
	w->verdict = CHIM_SEG_KEPT;
	for (i = 0; i < 20; i++) {
		p.len = i + 1;
		p.seq = seq + i * i;
		expect_taken(w, &c, wr_make(w, &c, &p));
	}
	i = 0;
	while ((skb = skb_dequeue(&w->kept))) {
		KUNIT_EXPECT_EQ(test, skb->len, 40U + ++i);
		KUNIT_EXPECT_FALSE(test, skb->l4_hash || skb->sw_hash);
		KUNIT_EXPECT_EQ(test, skb_copy_bits(skb, 40, &first, 1), 0);
		KUNIT_EXPECT_EQ(test, first, wr_byte(0));
		kfree_skb(skb);
	}
	KUNIT_EXPECT_EQ(test, i, 20);
}

static void rx_captures_see_all(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	int i;

	for (i = 0; i < 3; i++) {
		w->verdict = CHIM_SEG_KEPT + i;
		expect_taken(w, &c, wr_make(w, &c, &plain));
		KUNIT_EXPECT_EQ(test, w->tapped, i + 1);
	}
}

static int orphaned;

static void on_orphan(struct sk_buff *skb)
{
	orphaned++;
}

/* The socket of a sender on this machine gets its memory back at once. */
static void rx_lets_senders_go(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct sk_buff *skb = wr_make(w, &c, &plain);

	orphaned = 0;
	skb->destructor = on_orphan;
	w->verdict = CHIM_SEG_KEPT;
	expect_taken(w, &c, skb);
	KUNIT_EXPECT_EQ(test, orphaned, 1);
	KUNIT_EXPECT_FALSE(test, wr_freed(w));
}

static struct kunit_case rx_cases[] = {
	KUNIT_CASE(rx_takes_ip4),
	KUNIT_CASE(rx_takes_ip6),
	KUNIT_CASE(rx_header_fields),
	KUNIT_CASE(rx_ecn),
	KUNIT_CASE(rx_verdicts),
	KUNIT_CASE(rx_padding),
	KUNIT_CASE(rx_checksums),
	KUNIT_CASE(rx_any_tag),
	KUNIT_CASE(rx_one_tag),
	KUNIT_CASE(rx_mac_addresses),
	KUNIT_CASE(rx_lookup),
	KUNIT_CASE(rx_order),
	KUNIT_CASE(rx_captures_see_all),
	KUNIT_CASE(rx_lets_senders_go),
	{}
};

static struct kunit_suite rx_suite = {
	.name = "chim_rx",
	.init = wr_init,
	.exit = wr_exit,
	.test_cases = rx_cases,
};

kunit_test_suite(rx_suite);
