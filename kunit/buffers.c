// SPDX-License-Identifier: GPL-2.0
/* Buffers of a host in every kind of memory. */
#include "buffers.h"

#include <linux/mm.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

u8 *buf_data(struct kunit *test, u32 len, u32 seed)
{
	u8 *data = kunit_kmalloc(test, max(len, 1U), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, data);
	for (i = 0; i < len; i++)
		data[i] = (seed + i) * 2654435761U >> 24;
	return data;
}

/* --- memory that has pages ----------------------------------------------- */

static int keep(struct kunit_resource *res, void *memory)
{
	res->data = memory;
	return 0;
}

/* Whoever referenced a page must have let go of it by now. */
static void free_block(struct kunit_resource *res)
{
	struct page *page = virt_to_page(res->data);

	if (page_count(page) != 1)
		pr_err("page still has %d references\n", page_count(page));
	WARN_ON(page_count(page) != 1);
	__free_pages(page, compound_order(page));
}

static void free_vmalloc(struct kunit_resource *res)
{
	vfree(res->data);
}

static u8 *get_block(struct kunit *test, u32 size)
{
	int order = get_order(size);
	u8 *at;

	at = (u8 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO | __GFP_COMP, order);
	KUNIT_ASSERT_NOT_NULL(test, at);
	kunit_alloc_resource(test, keep, free_block, GFP_KERNEL, at);
	return at;
}

static u8 *get_vmalloc(struct kunit *test, u32 size)
{
	u8 *at = vzalloc(size);

	KUNIT_ASSERT_NOT_NULL(test, at);
	kunit_alloc_resource(test, keep, free_vmalloc, GFP_KERNEL, at);
	return at;
}

static u8 *get_page_of(struct kunit *test, enum buf_kind kind)
{
	u8 *page;

	if (kind == BUF_FRAMES)
		return get_block(test, PAGE_SIZE);
	page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_TRUE(test, PAGE_ALIGNED(page));
	return page;
}

/* Pages that lie anywhere, with the data at @offset of the first. */
static void fill_pages(struct kunit *test, enum buf_kind kind, ULONG64 *pfns,
		       const u8 *data, u32 len, u32 offset)
{
	while (len) {
		u32 piece = min_t(u32, len, PAGE_SIZE - offset);
		u8 *page = get_page_of(test, kind);

		memcpy(page + offset, data, piece);
		*pfns++ = page_to_pfn(virt_to_page(page));
		data += piece;
		len -= piece;
		offset = 0;
	}
}

static bool by_frame(enum buf_kind kind)
{
	return kind == BUF_PAGES || kind == BUF_FRAMES;
}

static u8 *get_mapped(struct kunit *test, enum buf_kind kind, u32 len,
		      u32 offset)
{
	if (kind == BUF_BLOCK)
		return get_block(test, offset + max(len, 1U)) + offset;
	if (kind == BUF_VMALLOC)
		return get_vmalloc(test, offset + max(len, 1U)) + offset;
	return buf_data(test, len, 0);
}

/* --- structures ---------------------------------------------------------- */

MDL *buf_mdl(struct kunit *test, enum buf_kind kind, const u8 *data, u32 len,
	     u32 offset)
{
	u32 pages = by_frame(kind) ? DIV_ROUND_UP(offset + len, PAGE_SIZE) : 0;
	MDL *mdl = kunit_kzalloc(test, sizeof(*mdl) + pages * sizeof(ULONG64),
				 GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mdl);
	mdl->Size = sizeof(*mdl) + pages * sizeof(ULONG64);
	mdl->MdlFlags = MDL_PAGES_LOCKED;
	mdl->ByteCount = len;
	mdl->ByteOffset = offset;
	if (by_frame(kind)) {
		/* What is not mapped has an address that means nothing. */
		mdl->MappedSystemVa = (PVOID)0xdead0000;
		fill_pages(test, kind, (ULONG64 *)(mdl + 1), data, len, offset);
		return mdl;
	}
	if (kind == BUF_POOL)
		mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
	else
		mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
	mdl->MappedSystemVa = get_mapped(test, kind, len, offset);
	memcpy(mdl->MappedSystemVa, data, len);
	return mdl;
}

PNET_BUFFER_LIST buf_wrap(struct kunit *test, MDL *mdls, u32 offset, u32 len)
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
	/* What a host leaves there must not be taken for ours. */
	memset(nb->MiniportReserved, 0xa5, sizeof(nb->MiniportReserved));
	return nbl;
}

PNET_BUFFER_LIST buf_list(struct kunit *test, enum buf_kind kind,
			  const u8 *data, u32 len, u32 piece)
{
	MDL *mdls = NULL, **end = &mdls;
	u32 at;

	for (at = 0; at < len; at += piece) {
		*end = buf_mdl(test, kind, data + at, min(piece, len - at),
			       at * 7 % PAGE_SIZE);
		end = &(*end)->Next;
	}
	return buf_wrap(test, mdls, 0, len);
}

void buf_append(PNET_BUFFER_LIST list, PNET_BUFFER_LIST nbl)
{
	while (list->Next)
		list = list->Next;
	list->Next = nbl;
}

void buf_add_buffer(PNET_BUFFER_LIST list, PNET_BUFFER_LIST nbl)
{
	PNET_BUFFER nb = list->FirstNetBuffer;

	while (nb->Next)
		nb = nb->Next;
	nb->Next = nbl->FirstNetBuffer;
}

/* --- looking at them ----------------------------------------------------- */

static bool mapped(const MDL *mdl)
{
	return mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA |
				MDL_SOURCE_IS_NONPAGED_POOL);
}

/* A byte by its page frame number, which follows every MDL that has any. */
static u8 *frame_byte(const MDL *mdl, u32 offset)
{
	const ULONG64 *pfns = (const ULONG64 *)(mdl + 1);
	u64 at = (u64)mdl->ByteOffset + offset;

	return (u8 *)page_address(pfn_to_page(pfns[at >> PAGE_SHIFT])) +
	       offset_in_page(at);
}

static u8 *byte_at(const MDL *mdl, u32 offset)
{
	if (mapped(mdl))
		return (u8 *)mdl->MappedSystemVa + offset;
	return frame_byte(mdl, offset);
}

/* MDLs that are mapped and have page frame numbers must agree with themselves. */
static bool mdl_equals(const MDL *mdl, u32 offset, const u8 *data, u32 len)
{
	bool both = mapped(mdl) && mdl->Size > sizeof(*mdl);
	u32 i;

	for (i = offset; i < offset + len; i++) {
		if (*byte_at(mdl, i) != data[i - offset])
			return false;
		if (both && frame_byte(mdl, i) != byte_at(mdl, i))
			return false;
	}
	return true;
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
		if (!mdl_equals(mdl, offset, data, piece))
			return false;
		data += piece;
		len -= piece;
		offset = 0;
	}
	return true;
}

bool buf_equals(PNET_BUFFER_LIST list, const u8 *data, u32 len)
{
	const NET_BUFFER *nb;

	for (; list; list = list->Next)
		for (nb = list->FirstNetBuffer; nb; nb = nb->Next) {
			if (nb->DataLength > len || !nb_equals(nb, data))
				return false;
			data += nb->DataLength;
			len -= nb->DataLength;
		}
	return !len;
}

void buf_flip(PNET_BUFFER_LIST list)
{
	const NET_BUFFER *nb;
	const MDL *mdl;
	u32 i;

	for (; list; list = list->Next)
		for (nb = list->FirstNetBuffer; nb; nb = nb->Next)
			for (mdl = nb->MdlChain; mdl; mdl = mdl->Next)
				for (i = 0; i < mdl->ByteCount; i++)
					*byte_at(mdl, i) ^= 0xff;
}

bool buf_untouched(PNET_BUFFER_LIST list)
{
	for (; list; list = list->Next)
		if (list->Status != BUF_STATUS)
			return false;
	return true;
}
