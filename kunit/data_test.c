// SPDX-License-Identifier: GPL-2.0
/* Data between the host's buffers and skbs. */
#include "buffers.h"
#include "covers.h"

#include "ndis/data.h"
#include "ndis/mdl.h"
#include "ndis/nbl.h"

#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/skbuff.h>

#define LEN	30000

/* A frame as the wire makes it: headers, some room, no data yet. */
static struct sk_buff *frame(struct kunit *test, u32 room)
{
	struct sk_buff *skb = alloc_skb(100 + room, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	/* The allocator gives more than it was asked for. */
	skb_reserve(skb, skb_tailroom(skb) - 100 - room);
	memset(skb_put(skb, 100), 0x77, 100);
	return skb;
}

/* Requests of a list of any buffers, linked. */
static struct chim_sreq *requests(struct kunit *test, PNET_BUFFER_LIST list)
{
	struct chim_sreq *first = NULL, **link = &first;
	PNET_BUFFER_LIST nbl;
	u32 len;

	for (nbl = list; nbl; nbl = nbl->Next) {
		struct chim_sreq *req = chim_nbl_sreq(nbl);

		KUNIT_ASSERT_TRUE(test, chim_nbl_measure(nbl, &len));
		*req = (struct chim_sreq) { .len = len };
		memset(chim_cursor_of(nbl), 0, sizeof(struct chim_cursor));
		*link = req;
		link = &req->next;
	}
	return first;
}

static void expect_data(struct kunit *test, const struct sk_buff *skb, u32 at,
			const u8 *bytes, u32 len)
{
	u8 *got = kunit_kzalloc(test, len + 1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, got);
	KUNIT_EXPECT_EQ(test, skb_copy_bits(skb, at, got, len), 0);
	KUNIT_EXPECT_EQ(test, memcmp(got, bytes, len), 0);
	kunit_kfree(test, got);
}

static int fill_how(struct sk_buff *skb, const struct chim_sreq *req, u32 off,
		    u32 len, enum chim_fill how)
{
	int got;

	local_bh_disable();
	got = chim_data_fill(skb, req, off, len, how);
	local_bh_enable();
	return got;
}

static int fill(struct sk_buff *skb, const struct chim_sreq *req, u32 off,
		u32 len)
{
	return fill_how(skb, req, off, len, CHIM_FILL_LEND);
}

/* As for a device that hands frames on to somebody on this machine. */
static int fill_copies(struct sk_buff *skb, const struct chim_sreq *req,
		       u32 off, u32 len)
{
	return fill_how(skb, req, off, len, CHIM_FILL_COPY);
}

/* Fills a frame and looks at every byte. */
static void expect_fill(struct kunit *test, const struct chim_sreq *req,
			u32 off, u32 len, const u8 *bytes)
{
	struct sk_buff *skb = frame(test, 0);
	u32 truesize = skb->truesize;

	KUNIT_ASSERT_EQ(test, fill(skb, req, off, len), (int)len);
	KUNIT_EXPECT_EQ(test, skb->len, 100 + len);
	KUNIT_EXPECT_EQ(test, skb->data_len, len);
	KUNIT_EXPECT_EQ(test, skb->truesize, truesize + len);
	expect_data(test, skb, 100, bytes + off, len);
	kfree_skb(skb);
}

/* Any part of a request in any memory. */
static void fill_test(struct kunit *test)
{
	static const u32 pieces[] = { 1500, 4096, 5000, LEN };
	static const u32 parts[][2] = {
		{ 0, 1 }, { 0, 1460 }, { 1, 1460 }, { 1499, 2 }, { 1500, 1 },
		{ 4095, 4097 }, { 8000, 8000 }, { LEN - 1, 1 }, { 0, 0 },
		{ LEN - 9000, 9000 }, { 300, 1 }, { 0, 8192 },
	};
	const u8 *bytes = buf_data(test, LEN, 1);
	struct chim_sreq *req;
	enum buf_kind kind;
	int i, j;

	CHIM_COVERS(test, "INI-103");
	for (kind = BUF_MAPPED; kind < BUF_KINDS; kind++)
		for (i = 0; i < ARRAY_SIZE(pieces); i++) {
			req = requests(test, buf_list(test, kind, bytes, LEN,
						      pieces[i]));
			for (j = 0; j < ARRAY_SIZE(parts); j++)
				expect_fill(test, req, parts[j][0],
					    parts[j][1], bytes);
		}
}

/*
 * Pages that can be referenced are: what the host writes shows in the frame. The
 * slab allocator has none of its own behind pieces larger than these.
 */
static void reference_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, LEN, 2);
	enum buf_kind kind;
	u32 i;

	CHIM_COVERS(test, "INI-103");
	for (kind = BUF_MAPPED; kind < BUF_KINDS; kind++) {
		PNET_BUFFER_LIST list = buf_list(test, kind, bytes, 16384, 8000);
		struct chim_sreq *req = requests(test, list);
		struct sk_buff *skb = frame(test, 0);
		u8 *flipped = buf_data(test, 16384, 2);

		KUNIT_ASSERT_EQ(test, fill(skb, req, 0, 16384), 16384);
		/* Who receives it on this machine must take a copy. */
		KUNIT_EXPECT_EQ(test, !!skb_zcopy(skb), buf_referable(kind));
		buf_flip(list);
		for (i = 0; buf_referable(kind) && i < 16384; i++)
			flipped[i] ^= 0xff;
		expect_data(test, skb, 100, flipped, 16384);
		KUNIT_EXPECT_EQ(test, skb_orphan_frags_rx(skb, GFP_KERNEL), 0);
		buf_flip(list);
		expect_data(test, skb, 100, flipped, 16384);
		kfree_skb(skb);
	}
}

/* Pages that the host shares may be kept as they are. */
static void share_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, LEN, 2);
	PNET_BUFFER_LIST list = buf_list(test, BUF_BLOCK, bytes, 16384, 8000);
	struct chim_sreq *req = requests(test, list);
	struct sk_buff *skb = frame(test, 0);
	u8 *flipped = buf_data(test, 16384, 2);
	u32 i;

	CHIM_COVERS(test, "INI-103");
	KUNIT_EXPECT_EQ(test, fill_how(skb, req, 0, 16384, CHIM_FILL_SHARE),
			16384);
	KUNIT_EXPECT_FALSE(test, skb_zcopy(skb));
	KUNIT_EXPECT_EQ(test, skb_orphan_frags_rx(skb, GFP_KERNEL), 0);
	buf_flip(list);
	for (i = 0; i < 16384; i++)
		flipped[i] ^= 0xff;
	expect_data(test, skb, 100, flipped, 16384);
	kfree_skb(skb);
}

/*
 * A frame that stays on this machine has a copy of its own. Its memory is used
 * again when it is gone, and not before.
 */
static void bounce_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, LEN, 10);
	PNET_BUFFER_LIST list = buf_list(test, BUF_BLOCK, bytes, LEN, LEN);
	struct chim_sreq *req = requests(test, list);
	struct sk_buff *kept = frame(test, 0), *skb;
	int i;

	CHIM_COVERS(test, "SND-060");
	KUNIT_EXPECT_EQ(test, fill_copies(kept, req, 0, 16384), 16384);
	KUNIT_EXPECT_FALSE(test, skb_zcopy(kept));
	buf_flip(list);
	/* As many as go round the ring more than once. */
	for (i = 0; i < 1000; i++) {
		skb = frame(test, 0);
		KUNIT_ASSERT_EQ(test, fill_copies(skb, req, 0, 16384), 16384);
		kfree_skb(skb);
	}
	expect_data(test, kept, 100, bytes, 16384);
	kfree_skb(kept);
}

/* References to the memory of @skb that are not its own. */
static unsigned int other_refs(const struct sk_buff *skb)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	unsigned int i, refs = 0;

	for (i = 0; i < info->nr_frags; i++)
		refs += page_count(skb_frag_page(&info->frags[i])) - 1;
	return refs;
}

/* When memory is short the kernel gets it back, without what is in a frame. */
static void shrink_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, LEN, 11);
	PNET_BUFFER_LIST list = buf_list(test, BUF_BLOCK, bytes, LEN, LEN);
	struct chim_sreq *req = requests(test, list);
	struct sk_buff *kept = frame(test, 0), *skb;
	int i;

	CHIM_COVERS(test, "SND-060");
	/* A ring with pages may be back at the kept one's place, and leave it. */
	drop_slab();
	/* The page that a processor is filling stays, so it fills others. */
	migrate_disable();
	KUNIT_EXPECT_EQ(test, fill_copies(kept, req, 0, 16384), 16384);
	buf_flip(list);
	for (i = 0; i < 8; i++) {
		skb = frame(test, 0);
		KUNIT_EXPECT_EQ(test, fill_copies(skb, req, 0, 16384), 16384);
		kfree_skb(skb);
	}
	migrate_enable();
	KUNIT_EXPECT_GT(test, other_refs(kept), 0);
	drop_slab();
	KUNIT_EXPECT_EQ(test, other_refs(kept), 0);
	for (i = 0; i < 100; i++) {
		skb = frame(test, 0);
		KUNIT_ASSERT_EQ(test, fill_copies(skb, req, 0, 16384), 16384);
		kfree_skb(skb);
	}
	expect_data(test, kept, 100, bytes, 16384);
	kfree_skb(kept);
}

/* Few bytes are copied, behind the headers if there is room. */
static void small_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 1000, 3);
	PNET_BUFFER_LIST list = buf_list(test, BUF_BLOCK, bytes, 1000, 1000);
	struct chim_sreq *req = requests(test, list);
	struct sk_buff *skb = frame(test, 64), *other = frame(test, 63);

	KUNIT_EXPECT_EQ(test, fill(skb, req, 7, 64), 64);
	KUNIT_EXPECT_FALSE(test, skb_is_nonlinear(skb));
	KUNIT_EXPECT_EQ(test, fill(other, req, 7, 64), 64);
	KUNIT_EXPECT_EQ(test, skb_shinfo(other)->nr_frags, 1);
	buf_flip(list);
	expect_data(test, skb, 100, bytes + 7, 64);
	expect_data(test, other, 100, bytes + 7, 64);
	kfree_skb(skb);
	kfree_skb(other);
}

/* Many small pieces share a fragment, so a frame holds any number of them. */
static void crumbs_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 4000, 4);
	struct chim_sreq *req = requests(test, buf_list(test, BUF_MAPPED, bytes,
							4000, 10));
	struct sk_buff *skb = frame(test, 0);

	KUNIT_EXPECT_EQ(test, fill(skb, req, 0, 4000), 4000);
	KUNIT_EXPECT_LE(test, skb_shinfo(skb)->nr_frags, 4);
	expect_data(test, skb, 100, bytes, 4000);
	kfree_skb(skb);
}

/* Pages that belong together make one fragment. */
static void coalesce_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, LEN, 5);
	struct chim_sreq *req = requests(test, buf_list(test, BUF_BLOCK, bytes,
							LEN, LEN));
	struct sk_buff *skb = frame(test, 0);

	KUNIT_EXPECT_EQ(test, fill(skb, req, 100, 20000), 20000);
	KUNIT_EXPECT_EQ(test, skb_shinfo(skb)->nr_frags, 1);
	expect_data(test, skb, 100, bytes + 100, 20000);
	kfree_skb(skb);
}

/* A frame is filled as far as it goes, and the next goes on from there. */
static void full_test(struct kunit *test)
{
	u32 len = 40 * 1000, at = 0;
	const u8 *bytes = buf_data(test, len, 6);
	struct chim_sreq *req = requests(test, buf_list(test, BUF_FRAMES, bytes,
							len, 1000));
	int frames = 0;

	while (at < len) {
		struct sk_buff *skb = frame(test, 0);
		int got = fill(skb, req, at, len - at);

		KUNIT_ASSERT_GT(test, got, 0);
		KUNIT_EXPECT_LE(test, skb_shinfo(skb)->nr_frags,
				(unsigned char)MAX_SKB_FRAGS);
		expect_data(test, skb, 100, bytes + at, got);
		kfree_skb(skb);
		at += got;
		frames++;
	}
	KUNIT_EXPECT_EQ(test, at, len);
	KUNIT_EXPECT_GE(test, frames, 2);
	/* Nothing can be added to a frame that is full. */
}

/* Over buffers, lists and MDLs without data, from any place to any place. */
static void join_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 4000, 7);
	PNET_BUFFER_LIST list;
	struct chim_sreq *req;
	u32 off, len;
	MDL *mdl;

	CHIM_COVERS(test, "SND-013 SND-015");
	mdl = buf_mdl(test, BUF_MAPPED, bytes, 500, 0);
	mdl->Next = buf_mdl(test, BUF_POOL, bytes, 0, 0);
	mdl->Next->Next = buf_mdl(test, BUF_FRAMES, bytes + 500, 700, 4000);
	list = buf_wrap(test, mdl, 0, 1200);
	buf_add_buffer(list, buf_wrap(test, NULL, 0, 0));
	buf_add_buffer(list, buf_list(test, BUF_BLOCK, bytes + 1200, 800, 300));
	buf_append(list, buf_wrap(test, NULL, 0, 0));
	buf_append(list, buf_list(test, BUF_VMALLOC, bytes + 2000, 2000, 999));
	buf_append(list, buf_wrap(test, NULL, 0, 0));
	req = requests(test, list);
	for (off = 0; off <= 4000; off += 97)
		for (len = 1; off + len <= 4000; len += 431)
			expect_fill(test, req, off, len, bytes);
	/* Backwards as well: a segment is sent again. */
	for (off = 3999; off > 50; off -= 50)
		expect_fill(test, req, off, 1, bytes);
}

/* The frames of a transfer, in order and with parts sent again. */
static void cursor_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, LEN, 8);
	struct chim_sreq *req = requests(test, buf_list(test, BUF_POOL, bytes,
							LEN, 100));
	u32 at;

	for (at = 0; at + 1460 <= LEN; at += 1460) {
		expect_fill(test, req, at, 1460, bytes);
		if (at % 5 == 0)
			expect_fill(test, req, at / 2, 1000, bytes);
	}
	expect_fill(test, req, 110, 1460, bytes);
	KUNIT_EXPECT_EQ(test, chim_cursor_of(chim_sreq_nbl(req))->at, 1570U);
}

/* Out of memory is said so, and then nothing has happened. */
static void nothing_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 10, 9);
	PNET_BUFFER_LIST list = buf_list(test, BUF_MAPPED, bytes, 10, 10);
	struct sk_buff *skb = frame(test, 0);
	struct chim_sreq *req = requests(test, list);

	KUNIT_EXPECT_EQ(test, fill(skb, req, 10, 5), -ENOMEM);
	KUNIT_EXPECT_EQ(test, skb->len, 100U);
	KUNIT_EXPECT_EQ(test, fill(skb, req, 3, 0), 0);
	kfree_skb(skb);
}

/* --- received data ------------------------------------------------------- */

/* A received skb in every shape: linear, fragments, a list of more skbs. */
static struct sk_buff *received(struct kunit *test, const u8 *bytes, u32 len)
{
	PNET_BUFFER_LIST list = buf_list(test, BUF_POOL, bytes, len, 5000);
	struct sk_buff *skb = chim_data_gather(list, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	return skb;
}

/* What hangs on a list behind the bytes asked for is not looked at. */
static void gather_first_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 3000, 11);
	PNET_BUFFER_LIST list = buf_list(test, BUF_POOL, bytes, 2000, 700);
	PNET_BUFFER_LIST rest = buf_list(test, BUF_POOL, bytes + 2000, 1000, 700);
	struct sk_buff *skb;

	buf_append(list, rest);
	skb = chim_data_gather(list, 3000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	expect_data(test, skb, 0, bytes, 3000);
	kfree_skb(skb);
	/* Whoever looks at it walks through an MDL that is none. */
	rest->FirstNetBuffer->CurrentMdl = NULL;
	skb = chim_data_gather(list, 2000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	expect_data(test, skb, 0, bytes, 2000);
	kfree_skb(skb);
}

static void expect_copied(struct kunit *test, PNET_BUFFER_LIST list, u32 room,
			  const struct sk_buff *skb, const u8 *bytes)
{
	u8 *want = kunit_kzalloc(test, room, GFP_KERNEL);
	struct chim_rreq *req = chim_nbl_rreq(list);
	u32 at = 0, off = 17, step = 1;

	KUNIT_ASSERT_NOT_NULL(test, want);
	*req = (struct chim_rreq) { .len = room };
	memset(chim_cursor_of(list), 0, sizeof(struct chim_cursor));
	/* What the host had put there stays. */
	for (; at < 3; at++)
		want[at] = bytes[at];
	while (at < room) {
		u32 n = min(step, room - at);

		chim_data_copy(req, at, skb, off, n);
		memcpy(want + at, bytes + off, n);
		at += n;
		off += n;
		step = step * 3 + 1;
	}
	KUNIT_EXPECT_TRUE(test, buf_equals(list, want, room));
	kunit_kfree(test, want);
}

static void copy_test(struct kunit *test)
{
	static const u32 pieces[] = { 100, 4096, 5000, LEN };
	const u8 *bytes = buf_data(test, 140000, 10);
	struct sk_buff *skb = received(test, bytes, 140000);
	enum buf_kind kind;
	int i;

	CHIM_COVERS(test, "BLK-109 RCV-033");
	for (kind = BUF_MAPPED; kind < BUF_KINDS; kind++)
		for (i = 0; i < ARRAY_SIZE(pieces); i++)
			expect_copied(test, buf_list(test, kind, bytes, LEN,
						     pieces[i]), LEN, skb,
				      bytes);
	kfree_skb(skb);
}

/* The part of the buffer before its data, and behind it, is not ours. */
static void copy_bounds_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 1000, 11);
	struct sk_buff *skb = received(test, bytes, 1000);
	MDL *mdl = buf_mdl(test, BUF_PAGES, bytes, 300, 4000);
	PNET_BUFFER_LIST list = buf_wrap(test, mdl, 50, 200);
	u8 *want = buf_data(test, 300, 11);
	struct chim_rreq *req = chim_nbl_rreq(list);

	*req = (struct chim_rreq) { .len = 200 };
	memset(chim_cursor_of(list), 0, sizeof(struct chim_cursor));
	chim_data_copy(req, 0, skb, 500, 200);
	memcpy(want + 50, bytes + 500, 200);
	KUNIT_EXPECT_TRUE(test, buf_equals(buf_wrap(test, mdl, 0, 300), want,
					   300));
	kfree_skb(skb);
}

static struct kunit_case data_cases[] = {
	KUNIT_CASE(fill_test),
	KUNIT_CASE(reference_test),
	KUNIT_CASE(share_test),
	KUNIT_CASE(bounce_test),
	KUNIT_CASE(shrink_test),
	KUNIT_CASE(small_test),
	KUNIT_CASE(crumbs_test),
	KUNIT_CASE(coalesce_test),
	KUNIT_CASE(full_test),
	KUNIT_CASE(join_test),
	KUNIT_CASE(cursor_test),
	KUNIT_CASE(nothing_test),
	KUNIT_CASE(gather_first_test),
	KUNIT_CASE(copy_test),
	KUNIT_CASE(copy_bounds_test),
	{}
};

static struct kunit_suite data_suite = {
	.name = "chim_data",
	.test_cases = data_cases,
};

kunit_test_suite(data_suite);
