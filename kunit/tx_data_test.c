// SPDX-License-Identifier: GPL-2.0
/* Frames with data: pages, segmentation, and what does not fit. */
#include "wire.h"

#include "wire/tx.h"

#include <linux/rtnetlink.h>
#include <net/rtnetlink.h>

#define MSS	1448
#define ALL	(CHIM_ACK | CHIM_PSH | CHIM_FIN | CHIM_CWR)

/* Starts below the wrap, so that the segments go across it. */
static struct chim_frame frame_of(struct wire *w, u32 len)
{
	return (struct chim_frame) {
		.seq = 0xfffffe00, .ack = 77, .wnd = 0x1000, .mss = MSS,
		.flags = CHIM_ACK | CHIM_PSH, .len = len,
		.timestamps = true, .tsval = 0x11223344, .tsecr = 0x55667788,
		.req = &w->req, .off = 3,
	};
}

static u8 *room(struct wire *w, u32 len)
{
	u8 *data = kunit_kzalloc(w->test, len ?: 1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(w->test, data);
	return data;
}

static void expect_bytes(struct wire *w, const u8 *data, u32 at, u32 len)
{
	u32 i, bad = 0;

	for (i = 0; i < len; i++)
		bad += data[i] != wr_byte(w->at + at + i);
	KUNIT_EXPECT_EQ(w->test, bad, 0U);
}

/* Reads segments off the wire that carry @len bytes of @frame. */
static void expect_segments(struct wire *w, const struct chim_frame *frame,
			    u32 len, u8 last_flags)
{
	u8 *data = room(w, U16_MAX);
	u32 done = 0, n = 0, id = 0;
	struct kunit *test = w->test;
	struct pr_seg s;

	do {
		KUNIT_ASSERT_TRUE(test, wr_segment(w, &s, data, U16_MAX));
		KUNIT_ASSERT_LE(test, s.data_len, min_t(u32, len - done,
							frame->mss));
		KUNIT_EXPECT_EQ(test, s.seq, frame->seq + done);
		KUNIT_EXPECT_EQ(test, s.ack, frame->ack);
		KUNIT_EXPECT_EQ(test, s.wnd, frame->wnd);
		KUNIT_EXPECT_EQ(test, s.tcp_sum, 0);
		KUNIT_EXPECT_EQ(test, s.ip_sum, 0);
		KUNIT_EXPECT_EQ(test, s.opts_len, frame->timestamps ? 12 : 0);
		expect_bytes(w, data, frame->off + done, s.data_len);
		/* RFC 3168: CWR on the first only; the end is the last's. */
		done += s.data_len;
		KUNIT_EXPECT_EQ(test, s.flags, done == len ?
				last_flags & (n ? ~CHIM_CWR : 0xff) :
				last_flags & ~(CHIM_PSH | CHIM_FIN |
					       (n ? CHIM_CWR : 0)));
		if (s.version == 4) {
			KUNIT_EXPECT_GE(test, s.id, 0x8000);
			KUNIT_EXPECT_EQ(test, s.frag, 0x4000);
			if (n)
				KUNIT_EXPECT_EQ(test, s.id, id + 1);
			id = s.id;
		}
		n++;
	} while (done < len);
	KUNIT_EXPECT_EQ(test, n, DIV_ROUND_UP(len, frame->mss));
	KUNIT_EXPECT_FALSE(test, wr_segment(w, &s, NULL, 0));
}

static void data_one_segment(struct kunit *test)
{
	static const u32 lens[] = { 1, 2, 100, 535, 1447, 1448 };
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct chim_frame frame;
	int i, j;

	CHIM_COVERS(test, "OBJ-051 SND-040 SND-041 CON-010");
	for (i = 0; i < 2; i++) {
		for (j = 0; j < ARRAY_SIZE(lens); j++) {
			frame = frame_of(w, lens[j]);
			frame.flags = ALL;
			KUNIT_EXPECT_EQ(test, wr_send(c[i].conn, &frame),
					(int)lens[j]);
			expect_segments(w, &frame, lens[j], ALL);
		}
	}
}

/* What a device that sums and cuts itself is told. */
static void data_for_the_device(struct kunit *test)
{
	static const u32 lens[] = { 1, MSS, MSS + 1, 2 * MSS, 65000 };
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct skb_shared_info *info;
	struct chim_frame frame;
	struct sk_buff *skb;
	int i, j, taken;

	for (i = 0; i < 2; i++) {
		for (j = 0; j < ARRAY_SIZE(lens); j++) {
			frame = frame_of(w, lens[j]);
			frame.flags |= j & 1 ? CHIM_CWR : 0;
			skb = wr_build(c[i].conn, &frame, &taken);
			KUNIT_ASSERT_NOT_NULL(test, skb);
			info = skb_shinfo(skb);
			KUNIT_EXPECT_EQ(test, taken, (int)lens[j]);
			KUNIT_EXPECT_EQ(test, skb->data_len, lens[j]);
			KUNIT_EXPECT_EQ(test, (int)skb->ip_summed,
					CHECKSUM_PARTIAL);
			KUNIT_EXPECT_EQ(test, skb_checksum_start_offset(skb),
					i ? 54 : 34);
			KUNIT_EXPECT_EQ(test, skb->csum_offset, 16);
			KUNIT_EXPECT_EQ(test, info->gso_size,
					lens[j] > MSS ? MSS : 0);
			KUNIT_EXPECT_EQ(test, info->gso_segs, lens[j] > MSS ?
					DIV_ROUND_UP(lens[j], MSS) : 0);
			KUNIT_EXPECT_EQ(test, info->gso_type, lens[j] > MSS ?
					(i ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4) |
					(j & 1 ? SKB_GSO_TCP_ECN : 0) : 0U);
			kfree_skb(skb);
		}
	}
}

/* The stack cuts; and so that every number stays in the upper half. */
static void data_many_segments(struct kunit *test)
{
	static const struct {
		u32 len;
		u16 mss;
		int ip_id;
	} rows[] = {
		{ MSS + 1, MSS, 0 }, { 2 * MSS, MSS, 0x7ffe },
		{ 2 * MSS, MSS, 0x7fff }, { 3 * MSS - 1, MSS, 0x7ffe },
		{ 65000, MSS, 0x7fe0 }, { 65000, MSS, -3 },
		{ 65000, 48, 0x7f00 }, { 40000, 536, 0x12347fff },
	};
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct chim_frame frame;
	int i, j;

	CHIM_COVERS(test, "SND-040 SND-041 SND-042 SND-044 PTH-012");
	for (i = 0; i < 2; i++) {
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			frame = frame_of(w, rows[j].len);
			frame.mss = rows[j].mss;
			frame.flags = ALL;
			atomic_set(&c[i].path->ip_id, rows[j].ip_id);
			KUNIT_EXPECT_EQ(test, wr_send(c[i].conn, &frame),
					(int)rows[j].len);
			expect_segments(w, &frame, rows[j].len, ALL);
		}
	}
}

/* No number is used twice by frames that follow each other. */
static void data_identifications(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct chim_frame frame;
	struct pr_seg s;
	u16 last = 0x7fff;
	int i;

	CHIM_COVERS(test, "SND-042");
	for (i = 1; i < 30; i++) {
		frame = frame_of(w, i * MSS);
		wr_send(c.conn, &frame);
		while (wr_segment(w, &s, NULL, 0)) {
			KUNIT_EXPECT_EQ(test, s.id, last + 1);
			last = s.id;
		}
	}
}

/* --- fewer bytes than asked for ------------------------------------------ */

static void data_taken(struct kunit *test)
{
	static const struct {
		u32 len;
		u32 limit;
		u32 taken;
	} rows[] = {
		{ 10 * MSS, 10 * MSS, 10 * MSS },
		{ 10 * MSS, 10 * MSS - 1, 9 * MSS },
		{ 10 * MSS, 9 * MSS, 9 * MSS },
		{ 10 * MSS, MSS + 1, MSS },
		{ 10 * MSS, MSS, MSS },
		{ 10 * MSS, MSS - 1, MSS - 1 },
		{ 10 * MSS, 1, 1 },
		{ 10 * MSS - 5, 10 * MSS, 10 * MSS - 5 },
		{ 10 * MSS - 5, 10 * MSS - 6, 9 * MSS },
		{ MSS, MSS - 1, MSS - 1 },
		{ 7, 5, 5 },
	};
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct chim_frame frame;
	bool all;
	int i, j;

	for (i = 0; i < 2; i++) {
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			w->limit = rows[j].limit;
			frame = frame_of(w, rows[j].len);
			frame.flags = ALL;
			all = rows[j].taken == rows[j].len;
			KUNIT_EXPECT_EQ_MSG(test, wr_send(c[i].conn, &frame),
					    (int)rows[j].taken, "row %d", j);
			expect_segments(w, &frame, rows[j].taken, all ? ALL :
					ALL & ~(CHIM_FIN | CHIM_PSH));
		}
	}
}

/* Data in small pieces fills a frame early; the rest is for the next. */
static void data_small_pieces(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct chim_frame frame = frame_of(w, 60000);
	u32 fits;
	int taken;

	for (w->piece = 1; w->piece < PAGE_SIZE; w->piece = w->piece * 3 + 1) {
		fits = MAX_SKB_FRAGS * w->piece;
		taken = wr_send(c.conn, &frame);
		KUNIT_EXPECT_LE(test, taken, (int)fits);
		KUNIT_EXPECT_GT(test, taken, 0);
		expect_segments(w, &frame, taken, CHIM_ACK);
	}
}

static void data_no_memory(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct chim_frame frame = frame_of(w, 100);
	int taken, pages = page_count(w->pages);

	CHIM_COVERS(test, "STT-035");
	w->fill_err = -ENOMEM;
	KUNIT_EXPECT_NULL(test, wr_build(c.conn, &frame, &taken));
	w->fill_err = 0;
	w->limit = 0;
	KUNIT_EXPECT_NULL(test, wr_build(c.conn, &frame, &taken));
	KUNIT_EXPECT_EQ(test, atomic64_read(&w->adapter->stats.tx_nomem), 2);
	KUNIT_EXPECT_EQ(test, wr_mib(w, CHIM_MIB_IP4).out_discards, 2ULL);
	KUNIT_EXPECT_EQ(test, page_count(w->pages), pages);
}

/* What becomes of the host's pages: what the host says, then what the device is. */
static void data_pages(struct kunit *test)
{
	static const struct rtnl_link_ops software;
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct chim_frame frame = frame_of(w, 1000);

	CHIM_COVERS(test, "SND-060");
	wr_send(c.conn, &frame);
	KUNIT_EXPECT_EQ(test, w->how, CHIM_FILL_LEND);
	w->dev->rtnl_link_ops = &software;
	wr_send(c.conn, &frame);
	KUNIT_EXPECT_EQ(test, w->how, CHIM_FILL_COPY);
	w->owner.shares_pages = true;
	wr_send(c.conn, &frame);
	KUNIT_EXPECT_EQ(test, w->how, CHIM_FILL_SHARE);
	w->dev->rtnl_link_ops = NULL;
	wr_send(c.conn, &frame);
	KUNIT_EXPECT_EQ(test, w->how, CHIM_FILL_SHARE);
}

/* The first bytes as a client's own skb has them; it has sent them before. */
static struct sk_buff *own_skb(struct wire *w, u32 len, u32 headroom)
{
	struct sk_buff *skb = alloc_skb(headroom, GFP_KERNEL);
	u32 at, n;

	KUNIT_ASSERT_NOT_NULL(w->test, skb);
	skb_reserve(skb, headroom);
	__skb_header_release(skb);
	for (at = 0; at < len; at += n) {
		n = min_t(u32, len - at, PAGE_SIZE);
		get_page(w->pages + (at >> PAGE_SHIFT));
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags,
				w->pages + (at >> PAGE_SHIFT), 0, n, n);
	}
	skb_shinfo(skb)->gso_size = 536;
	skb_shinfo(skb)->gso_segs = 99;
	skb_shinfo(skb)->gso_type = SKB_GSO_TCPV6;
	return skb;
}

/* A client's skb is sent as it is, if it is all and has room for headers. */
static void data_lent(struct kunit *test)
{
	static const u32 lens[] = { 1, MSS, MSS + 1, 30000 };
	static const u32 headrooms[] = { 256, 40 };
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct chim_frame frame;
	struct sk_buff *skb;
	int i, j, k;

	for (i = 0; i < 2 * 2 * ARRAY_SIZE(lens); i++) {
		j = i / 4;
		k = i / 2 % 2;
		skb = own_skb(w, lens[j], headrooms[k]);
		frame = frame_of(w, lens[j]);
		frame.off = 0;
		w->lends = skb;
		w->fill_err = k ? 0 : -ENOMEM;
		KUNIT_EXPECT_EQ(test, wr_send(c[i % 2].conn, &frame),
				(int)lens[j]);
		expect_segments(w, &frame, lens[j], frame.flags);
		KUNIT_EXPECT_EQ(test, skb->len, lens[j]);
		KUNIT_EXPECT_EQ(test, skb_headroom(skb), headrooms[k]);
		kfree_skb(skb);
	}
	w->lends = NULL;
	w->fill_err = 0;
}

/* Whatever was taken, no page stays behind. */
static void data_pages_return(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	int pages = page_count(w->pages), taken;
	struct chim_frame frame;
	struct sk_buff *skb;
	u32 len;

	for (len = 1; len < 60000; len = len * 3 + 7) {
		w->limit = len - len / 5;
		frame = frame_of(w, len);
		skb = wr_build(c.conn, &frame, &taken);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		KUNIT_EXPECT_GT(test, page_count(w->pages), pages);
		kfree_skb(skb);
		KUNIT_EXPECT_EQ(test, page_count(w->pages), pages);
	}
}

/* One byte that nobody may take for data: RFC 9293, section 3.8.4. */
static void data_garbage(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct chim_frame frame = {
		.seq = 41, .ack = 42, .flags = CHIM_ACK, .len = 1,
		.garbage = true,
	};
	struct pr_seg s;
	u8 byte;
	int i;

	for (i = 0; i < 2; i++) {
		byte = 0xff;
		KUNIT_EXPECT_EQ(test, wr_send(c[i].conn, &frame), 1);
		KUNIT_ASSERT_TRUE(test, wr_segment(w, &s, &byte, 1));
		KUNIT_EXPECT_EQ(test, s.data_len, 1U);
		KUNIT_EXPECT_EQ(test, byte, 0);
		KUNIT_EXPECT_EQ(test, s.seq, 41U);
		KUNIT_EXPECT_EQ(test, s.tcp_sum, 0);
		KUNIT_EXPECT_EQ(test, s.ip_sum, 0);
	}
}

/* --- statistics and sizes ------------------------------------------------ */

/* Datagrams as they are on the wire, whoever cuts them. */
static void data_counts(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	struct chim_frame frame;
	struct chim_mib mib;
	struct pr_seg s;
	u64 n, octets;
	u32 len;
	int i;

	CHIM_COVERS(test, "STT-032 STT-014");
	for (i = 0; i < 2; i++) {
		n = 0;
		octets = 0;
		for (len = 1; len < 60000; len = len * 2 + 9) {
			frame = frame_of(w, len);
			wr_send(c[i].conn, &frame);
			while (wr_segment(w, &s, NULL, 0)) {
				n++;
				octets += s.ip_len;
			}
			mib = wr_mib(w, i ? CHIM_MIB_IP6 : CHIM_MIB_IP4);
			KUNIT_EXPECT_EQ(test, mib.out_requests, n);
			KUNIT_EXPECT_EQ(test, mib.out_octets, octets);
		}
		if (!i)
			KUNIT_EXPECT_EQ(test, wr_mib(w, CHIM_MIB_IP6).out_octets,
					0ULL);
	}
}

static void set_sizes(struct wire *w, u32 mtu, u32 gso_size, u16 gso_segs)
{
	rtnl_lock();
	WRITE_ONCE(w->dev->gso_max_size, gso_size);
	w->dev->gso_max_segs = gso_segs;
	KUNIT_EXPECT_EQ(w->test, dev_set_mtu(w->dev, mtu), 0);
	netdev_state_change(w->dev);
	rtnl_unlock();
}

/* As large as device and headers allow; the adapter keeps up with both. */
static void data_burst(struct kunit *test)
{
	static const struct {
		u32 mtu;
		u32 gso_size;
		u16 gso_segs;
		u32 burst;
	} rows[] = {
		{ 1500, 65536, 65535, 65535 - 114 },
		{ 1500, 65535, 65535, 65534 - 114 },
		{ 1500, 524280, 65535, 65535 - 114 },
		{ 1500, 32768, 65535, 32767 - 114 },
		{ 1500, 65536, 1, 1460 },
		{ 1500, 65536, 10, 14600 },
		{ 1500, 1000, 65535, 1460 },
		{ 9000, 65536, 4, 4 * 8960 },
		{ 65535, 65536, 65535, 65495 },
		{ 68, 65536, 65535, 65535 - 114 },
	};
	struct wire *w = test->priv;
	int i;

	KUNIT_EXPECT_EQ(test, w->adapter->space.burst, 65535U - 114);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		set_sizes(w, rows[i].mtu, rows[i].gso_size, rows[i].gso_segs);
		KUNIT_EXPECT_EQ_MSG(test, chim_tx_burst(w->dev), rows[i].burst,
				    "row %d", i);
		KUNIT_EXPECT_EQ(test, w->adapter->space.burst, rows[i].burst);
		KUNIT_EXPECT_EQ(test, w->adapter->space.limits.mtu,
				rows[i].mtu);
	}
}

/* The largest burst fits, wherever in a page it begins, and goes out whole. */
static void data_burst_fits(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c[2] = { wr_offload4(w), wr_offload6(w) };
	u32 burst = chim_tx_burst(w->dev);
	struct chim_frame frame;
	int i;

	for (i = 0; i < 2; i++) {
		for (w->at = 0; w->at < PAGE_SIZE; w->at += PAGE_SIZE / 3) {
			frame = frame_of(w, burst);
			frame.off = w->at ? PAGE_SIZE - 1 - w->at : 0;
			KUNIT_EXPECT_EQ(test, wr_send(c[i].conn, &frame),
					(int)burst);
			expect_segments(w, &frame, burst, frame.flags);
		}
	}
}

/* A device that takes few segments at a time is given no more. */
static void data_few_segments(struct kunit *test)
{
	struct wire *w = test->priv;
	struct wr_chain c = wr_offload4(w);
	struct chim_frame frame = frame_of(w, 20 * 536 + 1);

	frame.mss = 536;
	set_sizes(w, 1500, 65536, 7);
	KUNIT_EXPECT_EQ(test, wr_send(c.conn, &frame), 7 * 536);
	expect_segments(w, &frame, 7 * 536, CHIM_ACK);
	/* More than a datagram can hold is never built. */
	set_sizes(w, 1500, 65536, 65535);
	frame.len = 70000;
	KUNIT_EXPECT_EQ(test, wr_send(c.conn, &frame),
			rounddown(65535 - 52, 536));
	expect_segments(w, &frame, rounddown(65535 - 52, 536), CHIM_ACK);
}

static struct kunit_case tx_data_cases[] = {
	KUNIT_CASE(data_one_segment),
	KUNIT_CASE(data_for_the_device),
	KUNIT_CASE(data_many_segments),
	KUNIT_CASE(data_identifications),
	KUNIT_CASE(data_taken),
	KUNIT_CASE(data_small_pieces),
	KUNIT_CASE(data_no_memory),
	KUNIT_CASE(data_pages),
	KUNIT_CASE(data_lent),
	KUNIT_CASE(data_pages_return),
	KUNIT_CASE(data_garbage),
	KUNIT_CASE(data_counts),
	KUNIT_CASE(data_burst),
	KUNIT_CASE(data_burst_fits),
	KUNIT_CASE(data_few_segments),
	{}
};

static struct kunit_suite tx_data_suite = {
	.name = "chim_tx_data",
	.init = wr_init,
	.exit = wr_exit,
	.test_cases = tx_data_cases,
};

kunit_test_suite(tx_data_suite);
