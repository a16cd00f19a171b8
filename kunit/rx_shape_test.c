// SPDX-License-Identifier: GPL-2.0
/* The ingress hook: frames that do not lie in one piece, or are not one. */
#include "wire.h"

#include <linux/etherdevice.h>

#define MSS	536
#define SEGS	9

static const struct wr_packet plain = {
	.seq = 0xfffffff0, .ack = 1, .wnd = 500, .flags = CHIM_ACK | CHIM_PSH,
	.len = 300,
};

static void expect_taken(struct wire *w, const struct wr_chain *c,
			 struct sk_buff *skb, u32 len)
{
	int segs = w->segs;
	u32 i, bad = 0;

	w->conn = NULL;
	wr_inject(w, skb);
	KUNIT_ASSERT_EQ(w->test, w->segs, segs + 1);
	KUNIT_EXPECT_PTR_EQ(w->test, w->conn, c->conn);
	KUNIT_EXPECT_EQ(w->test, w->seg.len, len);
	for (i = 0; i < min_t(u32, len, WR_KEEP); i++)
		bad += w->data[i] != wr_byte(i);
	KUNIT_EXPECT_EQ(w->test, bad, 0U);
}

/* Leaves @linear bytes where they are and moves the rest to a page. */
static void scatter(struct wire *w, struct sk_buff *skb, u32 linear)
{
	u32 len = skb->len - linear;
	struct page *page;

	if (!len)
		return;
	page = alloc_pages(GFP_KERNEL | __GFP_COMP, get_order(len + 1));
	KUNIT_ASSERT_NOT_NULL(w->test, page);
	memcpy(page_address(page) + 1, skb->data + linear, len);
	memset(skb->data + linear, 0xee, len);
	skb_trim(skb, linear);
	skb_add_rx_frag(skb, 0, page, 1, len, page_size(page));
}

/* Headers may lie anywhere; only the MAC header is where it must be. */
static void shape_pages(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct wr_packet p = plain;
	struct sk_buff *skb;
	u32 i, linear, hlen;

	CHIM_COVERS(test, "OBJ-053");
	p.opts_len = 20;
	p.opts[0] = 254;
	p.opts[1] = 20;
	w->verdict = CHIM_SEG_DONE;
	for (i = 0; i < 2; i++) {
		hlen = i ? 94 : 74;
		for (linear = 14; linear < hlen + 4; linear++) {
			skb = wr_make(w, &c[i], &p);
			scatter(w, skb, linear);
			expect_taken(w, &c[i], skb, p.len);
			KUNIT_EXPECT_EQ(test, w->seg.off, hlen - 14);
			KUNIT_EXPECT_TRUE(test, wr_freed(w));
		}
	}
}

static void shape_pages_bad_sum(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct sk_buff *skb;

	CHIM_COVERS(test, "STT-070");
	skb = wr_make(w, &c, &plain);
	skb->data[skb->len - 1] ^= 0x80;
	scatter(w, skb, 14 + 45);
	wr_expect_up(w, skb);
}

/* --- merged -------------------------------------------------------------- */

/* What the stack's own merging leaves behind: one header, one long datagram. */
static struct sk_buff *merged(struct wire *w, const struct wr_chain *c, u32 len,
			      u16 segs)
{
	bool ip6 = c->pc.family == AF_INET6;
	struct wr_packet p = plain;
	struct sk_buff *skb;

	p.len = len;
	skb = wr_make(w, c, &p);
	skb_shinfo(skb)->gso_size = MSS;
	skb_shinfo(skb)->gso_segs = segs;
	skb_shinfo(skb)->gso_type = ip6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4;
	skb_partial_csum_set(skb, ip6 ? 54 : 34, 16);
	return skb;
}

static void shape_merged(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	u32 len = SEGS * MSS - 7;
	struct chim_mib mib;
	struct sk_buff *skb;
	u32 i;

	CHIM_COVERS(test, "STT-030 STT-031");
	w->verdict = CHIM_SEG_DONE;
	for (i = 0; i < 2; i++) {
		skb = merged(w, &c[i], len, SEGS);
		scatter(w, skb, i ? 74 : 54);
		expect_taken(w, &c[i], skb, len);
		KUNIT_EXPECT_EQ(test, w->seg.segs, SEGS);
		mib = wr_mib(w, i ? CHIM_MIB_IP6 : CHIM_MIB_IP4);
		KUNIT_EXPECT_EQ(test, mib.in_receives, 0ULL + SEGS);
		KUNIT_EXPECT_EQ(test, mib.in_delivers, 0ULL + SEGS);
		KUNIT_EXPECT_EQ(test, mib.in_segs, 0ULL + SEGS);
		KUNIT_EXPECT_EQ(test, mib.in_octets,
				len + 0ULL + SEGS * (i ? 60 : 40));
	}
}

/* A virtual device may leave the number out. */
static void shape_merged_uncounted(struct kunit *test)
{
	static const struct {
		u32 len;
		u16 segs;
	} rows[] = {
		{ 0, 1 }, { 1, 1 }, { MSS, 1 }, { MSS + 1, 2 }, { 4 * MSS, 4 },
		{ 4 * MSS + 1, 5 },
	};
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	int i;

	w->verdict = CHIM_SEG_DONE;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		expect_taken(w, &c, merged(w, &c, rows[i].len, 0), rows[i].len);
		KUNIT_EXPECT_EQ(test, w->seg.segs, rows[i].segs);
	}
}

/* Merging may also hang the frames of the rest on the first. */
static struct sk_buff *hung(struct wire *w, const struct wr_chain *c, u32 len)
{
	struct sk_buff *skb = merged(w, c, len, DIV_ROUND_UP(len, MSS));
	u32 first = skb->len - len + MSS, at = first;
	struct sk_buff **next = &skb_shinfo(skb)->frag_list;
	u32 rest = skb->len - first, n;

	for (; rest; rest -= n, at += n) {
		n = min_t(u32, rest, MSS);
		*next = alloc_skb(n + 20, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(w->test, *next);
		skb_reserve(*next, 20);
		skb_put_data(*next, skb->data + at, n);
		skb->truesize += (*next)->truesize;
		next = &(*next)->next;
	}
	rest = skb->len - first;
	skb_trim(skb, first);
	skb->len += rest;
	skb->data_len += rest;
	return skb;
}

static void shape_frag_list(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	u32 len = 3 * MSS + 5;
	struct sk_buff *skb;
	int i;

	w->verdict = CHIM_SEG_DONE;
	for (i = 0; i < 2; i++) {
		expect_taken(w, &c[i], hung(w, &c[i], len), len);
		KUNIT_EXPECT_EQ(test, w->seg.segs, 4);
		KUNIT_EXPECT_TRUE(test, wr_freed(w));
		/* The sum is found right without anybody's word. */
		skb = hung(w, &c[i], len);
		skb->ip_summed = CHECKSUM_NONE;
		expect_taken(w, &c[i], skb, len);
		skb = hung(w, &c[i], len);
		skb->ip_summed = CHECKSUM_NONE;
		skb_shinfo(skb)->frag_list->data[3] ^= 4;
		wr_inject(w, skb);
		KUNIT_EXPECT_EQ(test, w->segs, (i + 1) * 2);
	}
}

/* --- shared -------------------------------------------------------------- */

/* Somebody else has the frame as well and must keep it as it is. */
static void shape_shared(struct kunit *test)
{
	static const enum chim_verdict all[] = {
		CHIM_SEG_KEPT, CHIM_SEG_DONE, CHIM_SEG_DROPPED,
	};
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct sk_buff *skb, *copy;
	int i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		w->verdict = all[i];
		skb = wr_make(w, &c, &plain);
		copy = skb_copy(skb, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		expect_taken(w, &c, skb_get(skb), plain.len);
		KUNIT_EXPECT_PTR_NE(test, w->seg.skb, skb);
		KUNIT_EXPECT_FALSE(test, skb_shared(skb));
		KUNIT_EXPECT_EQ(test, memcmp(skb->data, copy->data + 14,
					     skb->len), 0);
		KUNIT_EXPECT_FALSE(test, wr_freed(w));
		kfree_skb(skb);
		kfree_skb(copy);
		KUNIT_EXPECT_EQ(test, wr_freed(w), all[i] != CHIM_SEG_KEPT);
	}
	KUNIT_EXPECT_EQ(test, skb_queue_len(&w->kept), 1U);
}

static void shape_shared_goes_up(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct sk_buff *skb = wr_make(w, &c, &plain);
	struct sk_buff *copy = skb_copy(skb, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	w->verdict = CHIM_SEG_HOST;
	expect_taken(w, &c, skb_get(skb), plain.len);
	KUNIT_EXPECT_TRUE(test, wr_went_up(w, copy));
	KUNIT_EXPECT_FALSE(test, skb_shared(skb));
	kfree_skb(skb);
	kfree_skb(copy);
}

/* A capture has a clone: the bytes must not change under it. */
static void shape_cloned(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct wr_packet p = plain;
	struct sk_buff *skb, *clone, *copy;

	p.pad = 9;
	skb = wr_make(w, &c, &p);
	clone = skb_clone(skb, GFP_KERNEL);
	copy = skb_copy(skb, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, clone && copy);
	w->verdict = CHIM_SEG_KEPT;
	expect_taken(w, &c, skb, p.len);
	KUNIT_EXPECT_PTR_EQ(test, w->seg.skb, skb);
	KUNIT_EXPECT_EQ(test, clone->len, copy->len);
	KUNIT_EXPECT_EQ(test, memcmp(clone->data, copy->data, copy->len), 0);
	kfree_skb(clone);
	kfree_skb(copy);
}

/* What lies in the reserves for the worst case is not kept, as TCP keeps none. */
static void shape_reserves(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct sk_buff *skb;
	struct chim_mib mib;
	int i;

	CHIM_COVERS(test, "STT-035");
	w->verdict = CHIM_SEG_KEPT;
	for (i = 0; i < 2; i++) {
		skb = wr_make(w, &c[i], &plain);
		skb->pfmemalloc = 1;
		wr_inject(w, skb);
		KUNIT_EXPECT_EQ(test, w->segs, i);
		KUNIT_EXPECT_TRUE(test, skb_queue_empty(&w->up));
		KUNIT_EXPECT_TRUE(test, wr_freed(w));
		mib = wr_mib(w, i ? CHIM_MIB_IP6 : CHIM_MIB_IP4);
		KUNIT_EXPECT_EQ(test, mib.in_discards, 1ULL);
		KUNIT_EXPECT_EQ(test, mib.in_receives, 1ULL);
		KUNIT_EXPECT_EQ(test, mib.in_delivers, 0ULL);
		expect_taken(w, &c[i], wr_make(w, &c[i], &plain), plain.len);
	}
}

static struct kunit_case rx_shape_cases[] = {
	KUNIT_CASE(shape_pages),
	KUNIT_CASE(shape_pages_bad_sum),
	KUNIT_CASE(shape_merged),
	KUNIT_CASE(shape_merged_uncounted),
	KUNIT_CASE(shape_frag_list),
	KUNIT_CASE(shape_shared),
	KUNIT_CASE(shape_shared_goes_up),
	KUNIT_CASE(shape_cloned),
	KUNIT_CASE(shape_reserves),
	{}
};

static struct kunit_suite rx_shape_suite = {
	.name = "chim_rx_shape",
	.init = wr_init,
	.exit = wr_exit,
	.test_cases = rx_shape_cases,
};

kunit_test_suite(rx_shape_suite);
