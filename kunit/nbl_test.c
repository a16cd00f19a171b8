// SPDX-License-Identifier: GPL-2.0
/* Data handed over with a connection, and given back with it. */
#include "covers.h"

#include "ndis/nbl.h"

#include <linux/mm.h>
#include <linux/string.h>

#define LEN	10000

/* The status a host leaves in its lists; the target must not touch it. */
#define BUF_STATUS	((NDIS_STATUS)0x5a5a5a5a)

/**
 * enum buf_kind - how the memory behind an MDL can be reached
 * @BUF_MAPPED: mapped for the system
 * @BUF_POOL: never unmapped
 * @BUF_PAGES: locked, known by page frame number only
 */
enum buf_kind {
	BUF_MAPPED,
	BUF_POOL,
	BUF_PAGES,
};

/*
 * Every structure is an allocation of its own and so is every piece of data,
 * so that reading past one is found out.
 */
static u8 *buf_data(struct kunit *test, u32 len, u32 seed)
{
	u8 *data = kunit_kmalloc(test, max(len, 1U), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, data);
	for (i = 0; i < len; i++)
		data[i] = (seed + i) * 2654435761U >> 24;
	return data;
}

/* Pages that lie anywhere, with the data at @offset of the first. */
static void fill_pages(struct kunit *test, ULONG64 *pfns, const u8 *data,
		       u32 len, u32 offset)
{
	while (len) {
		u32 piece = min_t(u32, len, PAGE_SIZE - offset);
		u8 *page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, page);
		KUNIT_ASSERT_TRUE(test, PAGE_ALIGNED(page));
		memcpy(page + offset, data, piece);
		*pfns++ = page_to_pfn(virt_to_page(page));
		data += piece;
		len -= piece;
		offset = 0;
	}
}

static MDL *buf_mdl(struct kunit *test, enum buf_kind kind, const u8 *data,
		    u32 len, u32 offset)
{
	u32 pages = kind == BUF_PAGES ? DIV_ROUND_UP(offset + len, PAGE_SIZE) :
					0;
	MDL *mdl = kunit_kzalloc(test, sizeof(*mdl) + pages * sizeof(ULONG64),
				 GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mdl);
	mdl->Size = sizeof(*mdl) + pages * sizeof(ULONG64);
	mdl->MdlFlags = MDL_PAGES_LOCKED;
	mdl->ByteCount = len;
	mdl->ByteOffset = offset;
	if (kind == BUF_PAGES) {
		/* What is not mapped has an address that means nothing. */
		mdl->MappedSystemVa = (PVOID)0xdead0000;
		fill_pages(test, (ULONG64 *)(mdl + 1), data, len, offset);
		return mdl;
	}
	if (kind == BUF_MAPPED)
		mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
	else
		mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
	mdl->MappedSystemVa = buf_data(test, len, 0);
	memcpy(mdl->MappedSystemVa, data, len);
	return mdl;
}

/* A list of one buffer of any MDLs. */
static PNET_BUFFER_LIST buf_wrap(struct kunit *test, MDL *mdls, u32 offset,
				 u32 len)
{
	PNET_BUFFER_LIST nbl = kunit_kzalloc(test, sizeof(*nbl), GFP_KERNEL);
	PNET_BUFFER nb = kunit_kzalloc(test, sizeof(*nb), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, nbl);
	KUNIT_ASSERT_NOT_NULL(test, nb);
	nbl->FirstNetBuffer = nb;
	nbl->Status = BUF_STATUS;
	nb->MdlChain = mdls;
	nb->CurrentMdl = mdls;
	nb->CurrentMdlOffset = offset;
	nb->DataOffset = offset;
	nb->DataLength = len;
	return nbl;
}

/* One list, one buffer, the MDLs of which hold @piece bytes each. */
static PNET_BUFFER_LIST buf_list(struct kunit *test, enum buf_kind kind,
				 const u8 *data, u32 len, u32 piece)
{
	MDL *mdls = NULL, **end = &mdls;
	u32 at;

	for (at = 0; at < len; at += piece) {
		u32 offset = kind == BUF_PAGES ? at * 7 % PAGE_SIZE : 0;

		*end = buf_mdl(test, kind, data + at, min(piece, len - at),
			       offset);
		end = &(*end)->Next;
	}
	return buf_wrap(test, mdls, 0, len);
}

static void buf_append(PNET_BUFFER_LIST list, PNET_BUFFER_LIST nbl)
{
	while (list->Next)
		list = list->Next;
	list->Next = nbl;
}

static bool nb_equals(const NET_BUFFER *nb, const u8 *data)
{
	u32 offset = nb->CurrentMdlOffset;
	u32 len = nb->DataLength;
	const MDL *mdl;

	for (mdl = nb->CurrentMdl; len; mdl = mdl->Next) {
		u32 piece;

		if (!mdl || offset > mdl->ByteCount)
			return false;
		piece = min(len, mdl->ByteCount - offset);
		if (memcmp(mdl->MappedSystemVa + offset, data, piece))
			return false;
		data += piece;
		len -= piece;
		offset = 0;
	}
	return true;
}

static bool buf_equals(PNET_BUFFER_LIST list, const u8 *data, u32 len)
{
	for (; list; list = list->Next) {
		const NET_BUFFER *nb = list->FirstNetBuffer;

		if (nb->Next || nb->DataLength > len || !nb_equals(nb, data))
			return false;
		data += nb->DataLength;
		len -= nb->DataLength;
	}
	return !len;
}

static bool buf_untouched(PNET_BUFFER_LIST list)
{
	for (; list; list = list->Next)
		if (list->Status != BUF_STATUS)
			return false;
	return true;
}

static enum chim_why take_buffered(PNET_BUFFER_LIST list,
				   struct chim_held **held)
{
	const struct chim_data data = { .buffered = list };

	return chim_held_take(NULL, &data, held);
}

static enum chim_why take_chain(PNET_BUFFER_LIST chain, struct chim_held **held)
{
	const struct chim_data data = {};

	return chim_held_take(chain, &data, held);
}

static void nothing_test(struct kunit *test)
{
	struct chim_data data = { .head = (PNET_BUFFER_LIST)1 };
	PNET_BUFFER_LIST chain = (PNET_BUFFER_LIST)1;
	struct chim_held *held;

	KUNIT_EXPECT_EQ(test, take_chain(NULL, &held), CHIM_OK);
	KUNIT_EXPECT_NULL(test, held);
	KUNIT_EXPECT_EQ(test, chim_held_send_data(held), 0ULL);
	KUNIT_EXPECT_EQ(test, chim_held_buffered(held), 0U);
	chim_held_return(held, &chain, &data);
	KUNIT_EXPECT_NULL(test, chain);
	KUNIT_EXPECT_NULL(test, data.head);
	KUNIT_EXPECT_NULL(test, data.tail);
	KUNIT_EXPECT_NULL(test, data.buffered);
	chim_held_drop(NULL);
	chim_buffered_free(NULL);
}

/* What the sizes are, the ends are those with data (INI-101). */
static void chain_test(struct kunit *test)
{
	static const u32 sizes[] = { 0, 200, 0, 400, 1, 0, 0 };
	PNET_BUFFER_LIST nbl[ARRAY_SIZE(sizes)], chain;
	const u8 *bytes = buf_data(test, LEN, 1);
	struct chim_held *held;
	struct chim_data data;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		nbl[i] = buf_list(test, BUF_MAPPED, bytes, sizes[i], 64);
		if (i)
			buf_append(nbl[0], nbl[i]);
	}
	KUNIT_ASSERT_EQ(test, take_chain(nbl[0], &held), CHIM_OK);
	KUNIT_EXPECT_EQ(test, chim_held_send_data(held), 601ULL);
	KUNIT_EXPECT_EQ(test, chim_held_buffered(held), 0U);
	chim_held_return(held, &chain, &data);
	KUNIT_EXPECT_PTR_EQ(test, chain, nbl[0]);
	KUNIT_EXPECT_PTR_EQ(test, data.head, nbl[1]);
	KUNIT_EXPECT_PTR_EQ(test, data.tail, nbl[4]);
	KUNIT_EXPECT_NULL(test, data.buffered);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		KUNIT_EXPECT_PTR_EQ(test, nbl[i]->Next,
				    i + 1 < ARRAY_SIZE(sizes) ? nbl[i + 1] :
								NULL);
	KUNIT_EXPECT_TRUE(test, buf_untouched(chain));
}

/* A list without a byte comes back all the same: it is the host's. */
static void empty_chain_test(struct kunit *test)
{
	PNET_BUFFER_LIST nbl = buf_wrap(test, NULL, 0, 0), chain;
	struct chim_held *held;
	struct chim_data data;

	KUNIT_ASSERT_EQ(test, take_chain(nbl, &held), CHIM_OK);
	KUNIT_EXPECT_EQ(test, chim_held_send_data(held), 0ULL);
	chim_held_return(held, &chain, &data);
	KUNIT_EXPECT_PTR_EQ(test, chain, nbl);
	KUNIT_EXPECT_NULL(test, data.head);
	KUNIT_EXPECT_NULL(test, data.tail);
}

static void expect_copy(struct kunit *test, PNET_BUFFER_LIST list,
			const u8 *bytes, u32 len)
{
	PNET_BUFFER_LIST chain;
	struct chim_held *held;
	struct chim_data data;
	const MDL *mdl;

	KUNIT_ASSERT_EQ(test, take_buffered(list, &held), CHIM_OK);
	KUNIT_EXPECT_EQ(test, chim_held_buffered(held), len);
	KUNIT_EXPECT_EQ(test, chim_held_send_data(held), 0ULL);
	KUNIT_EXPECT_TRUE(test, buf_untouched(list));
	chim_held_return(held, &chain, &data);
	KUNIT_EXPECT_NULL(test, chain);
	KUNIT_ASSERT_NOT_NULL(test, data.buffered);
	KUNIT_EXPECT_TRUE(test, buf_equals(data.buffered, bytes, len));
	/* A host may find the bytes in either way. */
	mdl = data.buffered->FirstNetBuffer->CurrentMdl;
	KUNIT_EXPECT_PTR_EQ(test, mdl->MappedSystemVa,
			    mdl->StartVa + mdl->ByteOffset);
	KUNIT_EXPECT_PTR_EQ(test, data.buffered->FirstNetBuffer->MdlChain,
			    (PMDL)mdl);
	KUNIT_EXPECT_EQ(test, mdl->ByteCount, len);
	chim_buffered_free(data.buffered);
}

static void copy_test(struct kunit *test)
{
	static const u32 pieces[] = { 1, 100, 4096, 9999, LEN };
	const u8 *bytes = buf_data(test, LEN, 2);
	enum buf_kind kind;
	int i;

	CHIM_COVERS(test, "BLK-109");
	for (kind = BUF_MAPPED; kind <= BUF_PAGES; kind++)
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

static void expect_why(struct kunit *test, PNET_BUFFER_LIST list,
		       enum chim_why buffered, enum chim_why chain)
{
	struct chim_held *held = (struct chim_held *)1;
	enum chim_why why = take_buffered(list, &held);

	KUNIT_EXPECT_EQ(test, why, buffered);
	if (!why)
		chim_held_drop(held);
	else
		KUNIT_EXPECT_NULL(test, held);
	held = (struct chim_held *)1;
	why = take_chain(list, &held);
	KUNIT_EXPECT_EQ(test, why, chain);
	if (!why)
		chim_held_drop(held);
	else
		KUNIT_EXPECT_NULL(test, held);
}

static void expect_broken(struct kunit *test, PNET_BUFFER_LIST list)
{
	expect_why(test, list, CHIM_WHY_SEND_CHAIN, CHIM_WHY_SEND_CHAIN);
}

/* One NET_BUFFER in each list, and it must be there. */
static void bad_lists_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 100, 5);
	PNET_BUFFER_LIST list;

	CHIM_COVERS(test, "BLK-107");
	list = buf_list(test, BUF_MAPPED, bytes, 100, 100);
	list->FirstNetBuffer->Next =
		buf_list(test, BUF_MAPPED, bytes, 100, 100)->FirstNetBuffer;
	expect_broken(test, list);
	list = buf_list(test, BUF_MAPPED, bytes, 100, 100);
	buf_append(list, buf_list(test, BUF_MAPPED, bytes, 100, 100));
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

/* Lists that never end, with data and without, from any length to any ring. */
static void endless_lists_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 1, 5);
	int lead, ring, len, i;

	for (len = 0; len < 2; len++)
		for (lead = 0; lead < 5; lead++)
			for (ring = 1; ring < 6; ring++) {
				PNET_BUFFER_LIST nbl[10];

				for (i = 0; i < lead + ring; i++) {
					nbl[i] = buf_list(test, BUF_MAPPED,
							  bytes, len, 1);
					if (i)
						nbl[i - 1]->Next = nbl[i];
				}
				nbl[i - 1]->Next = nbl[lead];
				expect_broken(test, nbl[0]);
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
	expect_why(test, buf_wrap(test, mdl, 100, 0), CHIM_OK, CHIM_OK);
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

/* D-17, INI-082; and no sum of lengths is too large to notice. */
static void large_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 1, 0);
	MDL *mdl = buf_mdl(test, BUF_MAPPED, bytes, 1, 0);
	PNET_BUFFER_LIST list;

	/* Says so, and is never looked into. */
	mdl->ByteCount = U32_MAX;
	list = buf_wrap(test, mdl, 0, SZ_16M + 1);
	expect_why(test, list, CHIM_WHY_BUFFERED, CHIM_OK);
	list->FirstNetBuffer->DataLength = U32_MAX;
	expect_why(test, list, CHIM_WHY_BUFFERED, CHIM_OK);
	buf_append(list, buf_wrap(test, mdl, 0, 1));
	expect_broken(test, list);
	list->Next->FirstNetBuffer->DataLength = U32_MAX;
	expect_broken(test, list);
}

/* The host's buffers may go as soon as the data is taken (INI-081). */
static void own_copy_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 1000, 8);
	PNET_BUFFER_LIST list = buf_list(test, BUF_MAPPED, bytes, 1000, 1000);
	PNET_BUFFER_LIST chain;
	struct chim_held *held;
	struct chim_data data;

	KUNIT_ASSERT_EQ(test, take_buffered(list, &held), CHIM_OK);
	memset(list->FirstNetBuffer->CurrentMdl->MappedSystemVa, 0xff, 1000);
	memset(list->FirstNetBuffer, 0xff, sizeof(*list->FirstNetBuffer));
	memset(list, 0xff, sizeof(*list));
	chim_held_return(held, &chain, &data);
	KUNIT_ASSERT_NOT_NULL(test, data.buffered);
	KUNIT_EXPECT_TRUE(test, buf_equals(data.buffered, bytes, 1000));
	chim_buffered_free(data.buffered);
}

/* A client that goes keeps its lists; the copy is freed with the rest. */
static void drop_test(struct kunit *test)
{
	const u8 *bytes = buf_data(test, 1000, 9);
	PNET_BUFFER_LIST chain = buf_list(test, BUF_MAPPED, bytes, 1000, 100);
	const struct chim_data data = {
		.buffered = buf_list(test, BUF_MAPPED, bytes, 1000, 100),
	};
	struct chim_held *held;

	KUNIT_ASSERT_EQ(test, chim_held_take(chain, &data, &held), CHIM_OK);
	KUNIT_EXPECT_EQ(test, chim_held_send_data(held), 1000ULL);
	KUNIT_EXPECT_EQ(test, chim_held_buffered(held), 1000U);
	chim_held_drop(held);
	KUNIT_EXPECT_TRUE(test, buf_untouched(chain));
	KUNIT_EXPECT_TRUE(test, buf_equals(chain, bytes, 1000));
}

static struct kunit_case nbl_cases[] = {
	KUNIT_CASE(nothing_test),
	KUNIT_CASE(chain_test),
	KUNIT_CASE(empty_chain_test),
	KUNIT_CASE(copy_test),
	KUNIT_CASE(pages_test),
	KUNIT_CASE(join_test),
	KUNIT_CASE(bad_lists_test),
	KUNIT_CASE(endless_lists_test),
	KUNIT_CASE(bad_mdls_test),
	KUNIT_CASE(endless_mdls_test),
	KUNIT_CASE(large_test),
	KUNIT_CASE(own_copy_test),
	KUNIT_CASE(drop_test),
	{}
};

static struct kunit_suite nbl_suite = {
	.name = "chim_nbl",
	.test_cases = nbl_cases,
};

kunit_test_suite(nbl_suite);
