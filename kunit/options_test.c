// SPDX-License-Identifier: GPL-2.0
/* TCP headers as they come: well formed, odd and broken. */
#include "covers.h"
#include "tcp/engine.h"

#include <linux/prandom.h>
#include <linux/slab.h>

#define HEADER	60

/* A header with these options; the length says how many there are. */
static void make(u8 *h, const u8 *opts, u32 len)
{
	static const u8 fixed[20] = {
		0x04, 0xd2, 0x1f, 0x91, 0xff, 0xff, 0xff, 0xf0,
		0x80, 0x00, 0x00, 0x01, 0x00, 0x18, 0xab, 0xcd,
		0x00, 0x00, 0x00, 0x00,
	};

	memcpy(h, fixed, sizeof(fixed));
	memcpy(h + 20, opts, len);
	h[12] = (5 + len / 4) << 4;
}

static void parse_fields(struct kunit *test)
{
	struct chim_seg seg;
	u8 h[HEADER + 1];
	int off, flags;

	CHIM_COVERS(test, "TCP-043");
	for (off = 0; off < 2; off++) {		/* aligned or not */
		make(h + off, NULL, 0);
		for (flags = 0; flags < 256; flags++) {
			h[off + 13] = flags;
			memset(&seg, 0xff, sizeof(seg));
			KUNIT_ASSERT_TRUE(test, chim_tcp_parse(h + off, 20,
							       &seg));
			KUNIT_EXPECT_EQ(test, seg.flags, flags);
		}
		KUNIT_EXPECT_EQ(test, seg.seq, 0xfffffff0U);
		KUNIT_EXPECT_EQ(test, seg.ack, 0x80000001U);
		KUNIT_EXPECT_EQ(test, seg.wnd, 0xabcd);
		KUNIT_EXPECT_FALSE(test, seg.has_ts);
		KUNIT_EXPECT_EQ(test, seg.tsval, 0U);
		KUNIT_EXPECT_EQ(test, seg.tsecr, 0U);
		KUNIT_EXPECT_FALSE(test, seg.bad_options);
		KUNIT_EXPECT_EQ(test, seg.n_sack, 0);
	}
}

/* What the caller fills in is left alone. */
static void parse_leaves_the_rest(struct kunit *test)
{
	struct chim_seg seg = {
		.skb = (struct sk_buff *)test, .off = 52, .len = 7, .segs = 3,
		.ce = true,
	};
	u8 h[HEADER];

	make(h, NULL, 0);
	KUNIT_ASSERT_TRUE(test, chim_tcp_parse(h, 20, &seg));
	KUNIT_EXPECT_PTR_EQ(test, (void *)seg.skb, (void *)test);
	KUNIT_EXPECT_EQ(test, seg.off, 52U);
	KUNIT_EXPECT_EQ(test, seg.len, 7U);
	KUNIT_EXPECT_EQ(test, seg.segs, 3);
	KUNIT_EXPECT_TRUE(test, seg.ce);
}

static void parse_header_length(struct kunit *test)
{
	struct chim_seg seg;
	u8 h[HEADER] = {};
	u32 doff, len;

	for (doff = 0; doff < 16; doff++) {
		for (len = 0; len <= HEADER; len++) {
			/* Exactly so many bytes, so that KASAN sees more. */
			u8 *exact = kmemdup(h, len ?: 1, GFP_KERNEL);
			bool ok = len >= 20 && doff >= 5 && doff * 4 <= len;

			KUNIT_ASSERT_NOT_NULL(test, exact);
			if (len > 12)
				exact[12] = doff << 4;
			memset(&seg, 0x11, sizeof(seg));
			KUNIT_EXPECT_EQ(test, chim_tcp_parse(exact, len, &seg),
					ok);
			if (!ok)
				KUNIT_EXPECT_EQ(test, seg.seq, 0x11111111U);
			kfree(exact);
		}
	}
}

/* Options, how many bytes, and what comes of them. */
static const struct {
	const char *name;
	u8 len;
	bool has_ts;
	bool bad;
	u8 n_sack;
	u8 opts[40];
} rows[] = {
	{ "end", 4, false, false, 0, { 0, 8, 10, 0 } },
	{ "nops", 8, false, false, 0, { 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ "aligned timestamps", 12, true, false, 0,
	  { 1, 1, 8, 10, 1, 2, 3, 4, 0xfc, 0xfb, 0xfa, 0xf9 } },
	{ "timestamps first", 12, true, false, 0,
	  { 8, 10, 1, 2, 3, 4, 0xfc, 0xfb, 0xfa, 0xf9, 1, 1 } },
	{ "timestamps, end", 12, true, false, 0,
	  { 8, 10, 1, 2, 3, 4, 0xfc, 0xfb, 0xfa, 0xf9, 0, 0xff } },
	{ "end, timestamps", 12, false, false, 0,
	  { 1, 0, 8, 10, 1, 2, 3, 4, 0xfc, 0xfb, 0xfa, 0xf9 } },
	{ "timestamps too short", 12, false, false, 0,
	  { 1, 1, 8, 6, 1, 2, 3, 4, 1, 1, 1, 1 } },
	{ "timestamps too long", 12, false, false, 0, { 8, 12 } },
	{ "timestamps cut off", 8, false, true, 0, { 1, 1, 8, 10, 1, 2, 3 } },
	{ "one block", 12, false, false, 1,
	  { 1, 1, 5, 10, 0, 0, 0, 1, 0xff, 0xff, 0xff, 1 } },
	{ "two blocks", 20, false, false, 2,
	  { 1, 1, 5, 18, 0, 0, 0, 1, 0xff, 0xff, 0xff, 1, 0, 0, 0, 2,
	    0xff, 0xff, 0xff, 2 } },
	{ "three beside timestamps", 40, true, false, 3,
	  { 1, 1, 8, 10, 1, 2, 3, 4, 0xfc, 0xfb, 0xfa, 0xf9, 1, 1, 5,
	    26, 0, 0, 0, 1, 0xff, 0xff, 0xff, 1, 0, 0, 0, 2, 0xff, 0xff,
	    0xff, 2, 0, 0, 0, 3, 0xff, 0xff, 0xff, 3 } },
	{ "four blocks", 36, false, false, 4,
	  { 1, 1, 5, 34, 0, 0, 0, 1, 0xff, 0xff, 0xff, 1, 0, 0, 0, 2,
	    0xff, 0xff, 0xff, 2, 0, 0, 0, 3, 0xff, 0xff, 0xff, 3, 0, 0,
	    0, 4, 0xff, 0xff, 0xff, 4 } },
	{ "four options of one", 40, false, false, 4,
	  { 5, 10, 0, 0, 0, 1, 0xff, 0xff, 0xff, 1, 5, 10, 0, 0, 0, 2,
	    0xff, 0xff, 0xff, 2, 5, 10, 0, 0, 0, 3, 0xff, 0xff, 0xff, 3,
	    5, 10, 0, 0, 0, 4, 0xff, 0xff, 0xff, 4 } },
	{ "no block", 4, false, false, 0, { 5, 2, 1, 1 } },
	{ "half a block", 8, false, false, 0, { 5, 6, 1, 2, 3, 4, 1, 1 } },
	{ "blocks cut off", 12, false, true, 0,
	  { 1, 1, 5, 18, 0, 0, 0, 1, 0xff, 0xff, 0xff, 1 } },
	{ "unknown", 8, false, false, 0, { 254, 8 } },
	{ "unknown, then timestamps", 16, true, false, 0,
	  { 254, 4, 9, 9, 8, 10, 1, 2, 3, 4, 0xfc, 0xfb, 0xfa, 0xf9,
	    1, 1 } },
	{ "unknown without data", 4, false, false, 0, { 77, 2, 77, 2 } },
	{ "options of a SYN", 20, true, false, 0,
	  { 2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0xfc, 0xfb, 0xfa,
	    0xf9, 3, 3, 7, 0 } },
	{ "length 0", 4, false, true, 0, { 254, 0, 0, 0 } },
	{ "length 1", 4, false, true, 0, { 254, 1, 0, 0 } },
	{ "length past the end", 4, false, true, 0, { 254, 5, 0, 0 } },
	{ "length of all", 4, false, false, 0, { 254, 4, 0, 0 } },
	{ "largest length", 4, false, true, 0, { 254, 255, 0, 0 } },
	{ "no length", 4, false, true, 0, { 1, 1, 1, 254 } },
	{ "timestamps, then broken", 12, true, true, 0,
	  { 8, 10, 1, 2, 3, 4, 0xfc, 0xfb, 0xfa, 0xf9, 9, 1 } },
};

static void parse_options(struct kunit *test)
{
	struct chim_seg seg;
	u8 h[HEADER];
	int i, n;

	CHIM_COVERS(test, "TCP-061 X-57");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		make(h, rows[i].opts, rows[i].len);
		KUNIT_ASSERT_TRUE(test, chim_tcp_parse(h, 20 + rows[i].len,
						       &seg));
		KUNIT_EXPECT_EQ_MSG(test, seg.has_ts, rows[i].has_ts, "%s",
				    rows[i].name);
		KUNIT_EXPECT_EQ_MSG(test, seg.tsval,
				    rows[i].has_ts ? 0x01020304U : 0, "%s",
				    rows[i].name);
		KUNIT_EXPECT_EQ_MSG(test, seg.tsecr,
				    rows[i].has_ts ? 0xfcfbfaf9 : 0, "%s",
				    rows[i].name);
		KUNIT_EXPECT_EQ_MSG(test, seg.bad_options, rows[i].bad, "%s",
				    rows[i].name);
		KUNIT_EXPECT_EQ_MSG(test, seg.n_sack, rows[i].n_sack, "%s",
				    rows[i].name);
		for (n = 0; n < min(seg.n_sack, rows[i].n_sack); n++) {
			KUNIT_EXPECT_EQ(test, seg.sack[n].start, n + 1U);
			KUNIT_EXPECT_EQ(test, seg.sack[n].end,
					0xffffff00U + n + 1);
		}
	}
}

/* The reader that cannot be wrong: an option at a time, no shortcuts. */
static void expect(const u8 *h, u32 len, struct chim_seg *seg)
{
	u32 at = 20, n, i;

	memset(seg, 0, sizeof(*seg));
	while (at < len && h[at] != 0) {
		if (h[at] == 1) {
			at++;
			continue;
		}
		if (at + 1 >= len || h[at + 1] < 2 || at + h[at + 1] > len) {
			seg->bad_options = true;
			return;
		}
		n = h[at + 1];
		if (h[at] == 8 && n == 10) {
			seg->has_ts = true;
			seg->tsval = h[at + 2] << 24 | h[at + 3] << 16 |
				     h[at + 4] << 8 | h[at + 5];
		}
		for (i = 2; h[at] == 5 && n % 8 == 2 && i < n; i += 8)
			seg->n_sack++;
		at += n;
	}
}

/* Rows with some bytes changed, in memory of just their size. */
static void parse_mutations(struct kunit *test)
{
	struct rnd_state rnd;
	struct chim_seg seg, want;
	u32 i, len, n;
	u8 *h;

	prandom_seed_state(&rnd, 0x0c41);
	for (i = 0; i < 30000; i++) {
		n = prandom_u32_state(&rnd) % ARRAY_SIZE(rows);
		len = 20 + rows[n].len;
		h = kmalloc(len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, h);
		make(h, rows[n].opts, rows[n].len);
		for (n = prandom_u32_state(&rnd) % 4; n; n--)
			h[20 + prandom_u32_state(&rnd) % (len - 20)] =
				prandom_u32_state(&rnd) >> 13 &
				(n & 1 ? 0xff : 0x0f);
		KUNIT_EXPECT_TRUE(test, chim_tcp_parse(h, len, &seg));
		expect(h, len, &want);
		KUNIT_EXPECT_EQ(test, seg.bad_options, want.bad_options);
		KUNIT_EXPECT_EQ(test, seg.has_ts, want.has_ts);
		KUNIT_EXPECT_EQ(test, seg.tsval, want.tsval);
		KUNIT_EXPECT_EQ(test, seg.n_sack, want.n_sack);
		kfree(h);
	}
}

static struct kunit_case options_cases[] = {
	KUNIT_CASE(parse_fields),
	KUNIT_CASE(parse_leaves_the_rest),
	KUNIT_CASE(parse_header_length),
	KUNIT_CASE(parse_options),
	KUNIT_CASE(parse_mutations),
	{}
};

static struct kunit_suite options_suite = {
	.name = "chim_options",
	.test_cases = options_cases,
};

kunit_test_suite(options_suite);
