// SPDX-License-Identifier: GPL-2.0
/* Lists of the host's: sound or not, what is in them, and giving them back. */
#include "buffers.h"
#include "covers.h"

#include "ndis/data.h"
#include "ndis/mdl.h"
#include "ndis/nbl.h"

#include <linux/skbuff.h>

#define LEN	10000

static void expect_bytes(struct kunit *test, PNET_BUFFER_LIST list, u64 bytes)
{
	u64 got = 1;

	KUNIT_EXPECT_TRUE(test, chim_nbl_measure_list(list, &got));
	KUNIT_EXPECT_EQ(test, got, bytes);
}

static void expect_broken(struct kunit *test, PNET_BUFFER_LIST list)
{
	u64 bytes;

	KUNIT_EXPECT_FALSE(test, chim_nbl_measure_list(list, &bytes));
}

static void nothing_test(struct kunit *test)
{
	expect_bytes(test, NULL, 0);
	KUNIT_EXPECT_NULL(test, chim_nbl_adopt(NULL));
}

/* Each structure is a request, those without data as well. */
static void adopt_test(struct kunit *test)
{
	static const u32 sizes[] = { 0, 200, 0, 400, 1, 0, 0 };
	PNET_BUFFER_LIST nbl[ARRAY_SIZE(sizes)];
	const u8 *bytes = buf_data(test, LEN, 1);
	struct chim_sreq *req;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		nbl[i] = buf_list(test, BUF_MAPPED, bytes, sizes[i], 64);
		if (i)
			buf_append(nbl[0], nbl[i]);
	}
	expect_bytes(test, nbl[0], 601);
	req = chim_nbl_adopt(nbl[0]);
	for (i = 0; i < ARRAY_SIZE(sizes); i++, req = req->next) {
		KUNIT_ASSERT_NOT_NULL(test, req);
		KUNIT_EXPECT_PTR_EQ(test, chim_sreq_nbl(req), nbl[i]);
		KUNIT_EXPECT_EQ(test, req->len, sizes[i]);
		KUNIT_EXPECT_EQ(test, req->flags, CHIM_SREQ_OFFLOADED);
		KUNIT_EXPECT_NULL(test, chim_cursor_of(nbl[i])->nb);
		KUNIT_EXPECT_PTR_EQ(test, nbl[i]->Next,
				    i + 1 < ARRAY_SIZE(sizes) ? nbl[i + 1] :
								NULL);
	}
	KUNIT_EXPECT_NULL(test, req);
	KUNIT_EXPECT_TRUE(test, buf_untouched(nbl[0]));
}

/* One NET_BUFFER in each list, and it must be there. */
static void bad_lists_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 100, 5);
	PNET_BUFFER_LIST list;

	CHIM_COVERS(test, "BLK-107");
	list = buf_list(test, BUF_MAPPED, bytes, 100, 100);
	buf_add_buffer(list, buf_list(test, BUF_MAPPED, bytes, 100, 100));
	expect_broken(test, list);
	list = buf_list(test, BUF_MAPPED, bytes, 100, 100);
	buf_append(list, buf_list(test, BUF_MAPPED, bytes, 100, 100));
	expect_bytes(test, list, 200);
	list->Next->FirstNetBuffer = NULL;
	expect_broken(test, list);
	list->Next->FirstNetBuffer = (PNET_BUFFER)8;
	expect_broken(test, list);
	list->Next->FirstNetBuffer = (void *)list->FirstNetBuffer + 1;
	expect_broken(test, list);
	expect_broken(test, (PNET_BUFFER_LIST)1);
	expect_broken(test, (void *)list + 1);
	list->Next = (PNET_BUFFER_LIST)16;
	expect_broken(test, list);
}

/* A ring of lists: @lead before it, @ring in it; with @len bytes each. */
static PNET_BUFFER_LIST endless(struct kunit *test, int lead, int ring, u32 len)
{
	const u8 *bytes = buf_data(test, 1, 5);
	PNET_BUFFER_LIST nbl[10];
	int i;

	for (i = 0; i < lead + ring; i++) {
		nbl[i] = buf_list(test, BUF_MAPPED, bytes, len, 1);
		if (i)
			nbl[i - 1]->Next = nbl[i];
	}
	nbl[i - 1]->Next = nbl[lead];
	return nbl[0];
}

/* Lists that never end, with data and without, from any length to any ring. */
static void endless_lists_test(struct kunit *test)
{
	int lead, ring, len;

	for (len = 0; len < 2; len++)
		for (lead = 0; lead < 5; lead++)
			for (ring = 1; ring < 6; ring++)
				expect_broken(test, endless(test, lead, ring,
							    len));
}

/* What is given back has every structure once, and an end. */
static void mend_test(struct kunit *test)
{
	PNET_BUFFER_LIST list, nbl;
	int lead, ring, n;

	for (lead = 0; lead < 5; lead++)
		for (ring = 1; ring < 6; ring++) {
			list = endless(test, lead, ring, 0);
			chim_nbl_mend(list);
			for (n = 0, nbl = list; nbl && n < 20; nbl = nbl->Next)
				n++;
			KUNIT_EXPECT_EQ(test, n, lead + ring);
		}
	list = buf_wrap(test, NULL, 0, 0);
	chim_nbl_mend(list);
	KUNIT_EXPECT_NULL(test, list->Next);
	buf_append(list, buf_wrap(test, NULL, 0, 0));
	buf_append(list, buf_wrap(test, NULL, 0, 0));
	chim_nbl_mend(list);
	KUNIT_EXPECT_NOT_NULL(test, list->Next->Next);
	list->Next->Next->Next = (PNET_BUFFER_LIST)24;
	chim_nbl_mend(list);
	KUNIT_EXPECT_NULL(test, list->Next->Next->Next);
	list->Next = (void *)list + 1;
	chim_nbl_mend(list);
	KUNIT_EXPECT_NULL(test, list->Next);
}

/* Buffers of a send: any number of them, but they must end. */
static void buffers_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 100, 2);
	PNET_BUFFER_LIST list;
	int lead, ring, i;
	u32 len;

	list = buf_list(test, BUF_MAPPED, bytes, 30, 10);
	for (i = 0; i < 3; i++)
		buf_add_buffer(list, buf_list(test, BUF_MAPPED, bytes, 50, 25));
	KUNIT_EXPECT_TRUE(test, chim_nbl_measure(list, &len));
	KUNIT_EXPECT_EQ(test, len, 180U);
	KUNIT_EXPECT_FALSE(test, chim_nbl_single(list));
	for (lead = 0; lead < 4; lead++)
		for (ring = 1; ring < 5; ring++) {
			PNET_BUFFER nb[8];

			for (i = 0; i < lead + ring; i++) {
				nb[i] = buf_wrap(test, NULL, 0, 0)->FirstNetBuffer;
				if (i)
					nb[i - 1]->Next = nb[i];
			}
			nb[i - 1]->Next = nb[lead];
			list = buf_wrap(test, NULL, 0, 0);
			list->FirstNetBuffer = nb[0];
			KUNIT_EXPECT_FALSE(test, chim_nbl_measure(list, &len));
		}
}

static void bad_mdls_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, LEN, 6);
	MDL *mdl = buf_mdl(test, BUF_MAPPED, bytes, 100, 0);

	CHIM_COVERS(test, "BLK-107");
	expect_broken(test, buf_wrap(test, NULL, 0, 1));
	expect_broken(test, buf_wrap(test, (MDL *)8, 0, 1));
	expect_broken(test, buf_wrap(test, (void *)mdl + 1, 0, 1));
	expect_broken(test, buf_wrap(test, mdl, 0, 101));
	expect_broken(test, buf_wrap(test, mdl, 1, 100));
	expect_broken(test, buf_wrap(test, mdl, 101, 1));
	expect_broken(test, buf_wrap(test, mdl, U32_MAX, 1));
	expect_bytes(test, buf_wrap(test, mdl, 100, 0), 0);
	mdl->MappedSystemVa = NULL;
	expect_broken(test, buf_wrap(test, mdl, 0, 100));
	mdl = buf_mdl(test, BUF_PAGES, bytes, 100, 0);
	mdl->ByteOffset = PAGE_SIZE;
	expect_broken(test, buf_wrap(test, mdl, 0, 100));
	mdl->ByteOffset = U32_MAX;
	expect_broken(test, buf_wrap(test, mdl, 0, 100));
	mdl->ByteOffset = 0;
	*(ULONG64 *)(mdl + 1) = ~0ULL;
	expect_broken(test, buf_wrap(test, mdl, 0, 100));
}

/* MDLs of no bytes that lead back; those with bytes fill any length. */
static void endless_mdls_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, LEN, 7);
	int lead, ring, i;

	for (lead = 0; lead < 4; lead++)
		for (ring = 1; ring < 6; ring++) {
			MDL *mdl[9];

			for (i = 0; i < lead + ring; i++) {
				mdl[i] = buf_mdl(test, BUF_MAPPED, bytes,
						 i < lead, 0);
				if (i)
					mdl[i - 1]->Next = mdl[i];
			}
			mdl[i - 1]->Next = mdl[lead];
			expect_broken(test, buf_wrap(test, mdl[0], 0, LEN));
		}
}

/* No sum of lengths is too large to notice. */
static void large_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 1, 0);
	MDL *mdl = buf_mdl(test, BUF_MAPPED, bytes, 1, 0);
	PNET_BUFFER_LIST list;

	/* Says so, and is never looked into. */
	mdl->ByteCount = U32_MAX;
	list = buf_wrap(test, mdl, 0, CHIM_REQUEST_MAX - 1);
	expect_bytes(test, list, CHIM_REQUEST_MAX - 1);
	list->FirstNetBuffer->DataLength = CHIM_REQUEST_MAX;
	expect_broken(test, list);
	list->FirstNetBuffer->DataLength = U32_MAX;
	expect_broken(test, list);
	list->FirstNetBuffer->DataLength = CHIM_REQUEST_MAX - 1;
	buf_append(list, buf_wrap(test, mdl, 0, CHIM_REQUEST_MAX - 1));
	expect_bytes(test, list, 2 * CHIM_REQUEST_MAX - 2);
	buf_append(list, buf_wrap(test, mdl, 0, 1));
	expect_bytes(test, list, 2 * CHIM_REQUEST_MAX - 1);
	buf_append(list, buf_wrap(test, mdl, 0, 1));
	expect_broken(test, list);
}

/* NdisAdvanceNetBufferDataStart: to any place, in one step or in many. */
static void advance_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 400, 8);
	u32 step, at;

	CHIM_COVERS(test, "SND-066 RCV-058");
	for (step = 1; step <= 300; step += 7) {
		PNET_BUFFER_LIST list;
		PNET_BUFFER nb;
		MDL *mdl;

		/* 100, 0, 1 and 299 bytes, the first 50 of which are unused. */
		mdl = buf_mdl(test, BUF_MAPPED, bytes, 100, 0);
		mdl->Next = buf_mdl(test, BUF_MAPPED, bytes, 0, 0);
		mdl->Next->Next = buf_mdl(test, BUF_PAGES, bytes + 100, 1, 0);
		mdl->Next->Next->Next = buf_mdl(test, BUF_MAPPED, bytes + 101,
						299, 0);
		list = buf_wrap(test, mdl, 50, 300);
		nb = list->FirstNetBuffer;
		for (at = 0; at + step <= 300; at += step) {
			chim_nb_advance(nb, step);
			KUNIT_EXPECT_EQ(test, nb->DataLength, 300 - at - step);
			KUNIT_EXPECT_EQ(test, nb->DataOffset, 50 + at + step);
			KUNIT_EXPECT_TRUE(test, chim_nb_backed(nb));
			KUNIT_EXPECT_TRUE(test, buf_equals(list,
							   bytes + 50 + at + step,
							   300 - at - step));
			KUNIT_EXPECT_PTR_EQ(test, nb->MdlChain, mdl);
		}
	}
}

/* The end of the data is not the end of the chain: nothing beyond is read. */
static void advance_end_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 100, 8);
	MDL *mdl = buf_mdl(test, BUF_MAPPED, bytes, 100, 0);
	PNET_BUFFER nb;

	mdl->Next = (MDL *)8;
	nb = buf_wrap(test, mdl, 20, 80)->FirstNetBuffer;
	chim_nb_advance(nb, 80);
	KUNIT_EXPECT_PTR_EQ(test, nb->CurrentMdl, mdl);
	KUNIT_EXPECT_EQ(test, nb->CurrentMdlOffset, 100U);
	KUNIT_EXPECT_EQ(test, nb->DataLength, 0U);
	chim_nb_advance(nb, 0);
	KUNIT_EXPECT_EQ(test, nb->DataOffset, 100U);
}

/* --- copies of buffered data --------------------------------------------- */

static void expect_copy(struct kunit *test, PNET_BUFFER_LIST list,
			const u8 *bytes, u32 len)
{
	u8 *got = kunit_kzalloc(test, len, GFP_KERNEL);
	struct sk_buff *skb;

	KUNIT_ASSERT_NOT_NULL(test, got);
	expect_bytes(test, list, len);
	skb = chim_data_gather(list, len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_EXPECT_TRUE(test, buf_untouched(list));
	/* INI-081: the host's memory may go now. */
	buf_flip(list);
	KUNIT_EXPECT_EQ(test, skb->len, len);
	KUNIT_EXPECT_EQ(test, skb_copy_bits(skb, 0, got, len), 0);
	KUNIT_EXPECT_EQ(test, memcmp(got, bytes, len), 0);
	kfree_skb(skb);
	kunit_kfree(test, got);
}

static void copy_test(struct kunit *test)
{
	static const u32 pieces[] = { 1, 100, 4096, 9999, LEN };
	const u8 *bytes = buf_data(test, LEN, 2);
	enum buf_kind kind;
	int i;

	CHIM_COVERS(test, "BLK-109 INI-081");
	for (kind = BUF_MAPPED; kind < BUF_KINDS; kind++)
		for (i = 0; i < ARRAY_SIZE(pieces); i++) {
			u32 len = pieces[i] == 1 ? 50 : LEN;

			expect_copy(test, buf_list(test, kind, bytes, len,
						   pieces[i]), bytes, len);
		}
}

/* Where in a page the data starts, and where it ends. */
static void pages_test(struct kunit *test)
{
	static const struct {
		u32 offset;	/* of the MDL in its page */
		u32 skip;	/* of the data in the MDL */
		u32 len;
	} rows[] = {
		{ 0, 0, 1 },
		{ 4095, 0, 1 },
		{ 4095, 0, 2 },
		{ 4095, 1, 1 },
		{ 4000, 96, 4096 },
		{ 0, 4096, 1 },
		{ 1, 4095, 4097 },
		{ 17, 5000, 5000 },
		{ 0, 0, LEN },
	};
	const u8 *bytes = buf_data(test, LEN, 3);
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		MDL *mdl = buf_mdl(test, BUF_PAGES, bytes, LEN, rows[i].offset);

		expect_copy(test, buf_wrap(test, mdl, rows[i].skip,
					   rows[i].len),
			    bytes + rows[i].skip, rows[i].len);
	}
}

/* Buffer lists, MDLs of each kind and of no bytes, an offset in the first. */
static void join_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, LEN, 4);
	PNET_BUFFER_LIST list;
	MDL *mdl, *first;

	first = buf_mdl(test, BUF_MAPPED, bytes, 500, 0);
	mdl = buf_mdl(test, BUF_POOL, bytes, 0, 0);
	first->Next = mdl;
	mdl->Next = buf_mdl(test, BUF_PAGES, bytes + 500, 6000, 123);
	mdl = mdl->Next;
	mdl->Next = buf_mdl(test, BUF_PAGES, bytes, 0, 0);
	mdl = mdl->Next;
	mdl->Next = buf_mdl(test, BUF_POOL, bytes + 6500, 3500, 0);
	list = buf_wrap(test, first, 200, 7000);
	buf_append(list, buf_wrap(test, NULL, 0, 0));
	buf_append(list, buf_list(test, BUF_MAPPED, bytes + 7200, 2800, 999));
	expect_copy(test, list, bytes + 200, 9800);
}

/* More than one skb can hold, and sizes around where its parts end. */
static void long_test(struct kunit *test)
{
	static const u32 sizes[] = {
		1023, 1024, 1025, 65535, 65536, 65537, 131072, 200001,
	};
	const u8 *bytes = buf_data(test, 200001, 5);
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		expect_copy(test, buf_list(test, BUF_POOL, bytes, sizes[i],
					   30000), bytes, sizes[i]);
}

static struct kunit_case nbl_cases[] = {
	KUNIT_CASE(nothing_test),
	KUNIT_CASE(adopt_test),
	KUNIT_CASE(bad_lists_test),
	KUNIT_CASE(endless_lists_test),
	KUNIT_CASE(mend_test),
	KUNIT_CASE(buffers_test),
	KUNIT_CASE(bad_mdls_test),
	KUNIT_CASE(endless_mdls_test),
	KUNIT_CASE(large_test),
	KUNIT_CASE(advance_test),
	KUNIT_CASE(advance_end_test),
	KUNIT_CASE(copy_test),
	KUNIT_CASE(pages_test),
	KUNIT_CASE(join_test),
	KUNIT_CASE(long_test),
	{}
};

static struct kunit_suite nbl_suite = {
	.name = "chim_nbl",
	.test_cases = nbl_cases,
};

kunit_test_suite(nbl_suite);
