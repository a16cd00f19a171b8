// SPDX-License-Identifier: GPL-2.0
/* The host's memory: what NET_BUFFER structures and their MDLs describe. */
#include "ndis/mdl.h"

#include "ndis/tree.h"

#include <linux/build_bug.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/net.h>

static_assert(sizeof(struct chim_cursor) <=
	      sizeof_field(NET_BUFFER, MiniportReserved));

static bool mapped(const MDL *mdl)
{
	return mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA |
				MDL_SOURCE_IS_NONPAGED_POOL);
}

static const ULONG64 *pfns_of(const MDL *mdl)
{
	return (const ULONG64 *)(mdl + 1);
}

static bool pages_usable(const MDL *mdl, u32 offset, u32 len)
{
	u64 first = (u64)mdl->ByteOffset + offset;
	u64 page;

	/* Further on there is no page frame number to be read. */
	if (mdl->ByteOffset >= PAGE_SIZE)
		return false;
	for (page = first >> PAGE_SHIFT;
	     page <= (first + len - 1) >> PAGE_SHIFT; page++)
		if (!pfn_valid(pfns_of(mdl)[page]))
			return false;
	return true;
}

static bool mdl_usable(const MDL *mdl, u32 offset, u32 len)
{
	if (!len)
		return true;
	if (mapped(mdl))
		return chim_pointer_ok(mdl->MappedSystemVa, 1);
	return pages_usable(mdl, offset, len);
}

/**
 * chim_nb_backed() - do the MDLs of a buffer hold all of its data? (BLK-107)
 * @nb: a buffer from the host
 *
 * A chain that never ends is found by a second pointer at half the speed.
 *
 * Context: any, hard interrupt included.
 * Return: false if the data must not be touched.
 */
bool chim_nb_backed(const NET_BUFFER *nb)
{
	const MDL *mdl = nb->CurrentMdl, *slow = mdl;
	u32 offset = nb->CurrentMdlOffset;
	u32 len = nb->DataLength;
	bool odd = false;

	while (len) {
		u32 piece;

		if (!chim_pointer_ok(mdl, __alignof__(*mdl)) ||
		    offset > mdl->ByteCount)
			return false;
		piece = min(len, mdl->ByteCount - offset);
		if (!mdl_usable(mdl, offset, piece))
			return false;
		len -= piece;
		offset = 0;
		mdl = mdl->Next;
		slow = odd ? slow->Next : slow;
		odd = !odd;
		if (len && mdl == slow)
			return false;
	}
	return true;
}

/**
 * chim_nb_advance() - what NdisAdvanceNetBufferDataStart does, without FreeMdl
 * @nb: a buffer that is backed
 * @bytes: how far; at most its data
 *
 * A buffer without data left stands at the end of the last MDL that had some:
 * what comes after it was never looked at.
 *
 * Context: any (SND-066, RCV-058, DSC-058).
 */
void chim_nb_advance(PNET_BUFFER nb, u32 bytes)
{
	PMDL mdl = nb->CurrentMdl;
	u32 offset = nb->CurrentMdlOffset;
	u32 left = bytes;

	if (!bytes)
		return;
	while (left > mdl->ByteCount - offset) {
		left -= mdl->ByteCount - offset;
		mdl = mdl->Next;
		offset = 0;
	}
	offset += left;
	/* The next byte, if there is one, is where data begins. */
	if (bytes < nb->DataLength && offset == mdl->ByteCount) {
		mdl = mdl->Next;
		offset = 0;
	}
	nb->CurrentMdl = mdl;
	nb->CurrentMdlOffset = offset;
	nb->DataOffset += bytes;
	nb->DataLength -= bytes;
}

/**
 * chim_cursor_of() - the cursor that lies in a request
 * @nbl: a request of ours, with at least one buffer
 *
 * Context: any.
 * Return: the cursor; clear it before its first use.
 */
struct chim_cursor *chim_cursor_of(const NET_BUFFER_LIST *nbl)
{
	return (struct chim_cursor *)nbl->FirstNetBuffer->MiniportReserved;
}

static void enter(struct chim_cursor *cursor, const NET_BUFFER *nb)
{
	cursor->nb = nb;
	cursor->mdl = nb->CurrentMdl;
	cursor->off = nb->CurrentMdlOffset;
	cursor->left = nb->DataLength;
}

/**
 * chim_cursor_start() - stand at the first byte of a list's data
 * @cursor: the cursor
 * @nbl: the list, whose buffers are backed
 *
 * Context: any.
 */
void chim_cursor_start(struct chim_cursor *cursor, const NET_BUFFER_LIST *nbl)
{
	cursor->at = 0;
	enter(cursor, nbl->FirstNetBuffer);
}

/* Who could not use all of a piece comes back to the rest of it. */
static bool step_back(struct chim_cursor *cursor, u32 bytes)
{
	const NET_BUFFER *nb = cursor->nb;
	u32 start;

	if (!nb->DataLength)
		return false;
	start = cursor->mdl == nb->CurrentMdl ? nb->CurrentMdlOffset : 0;
	if (bytes > cursor->off - start)
		return false;
	cursor->at -= bytes;
	cursor->off -= bytes;
	cursor->left += bytes;
	return true;
}

/**
 * chim_cursor_seek() - stand at a byte of a list's data
 * @cursor: a cursor of this list, or one that is all zero
 * @nbl: the list, whose buffers are backed
 * @at: which byte; at most the length of the data
 *
 * Context: any.
 */
void chim_cursor_seek(struct chim_cursor *cursor, const NET_BUFFER_LIST *nbl,
		      u32 at)
{
	u32 skip, here;

	if (!cursor->nb ||
	    (at < cursor->at && !step_back(cursor, cursor->at - at)))
		chim_cursor_start(cursor, nbl);
	while ((skip = at - cursor->at)) {
		if (skip >= cursor->left) {
			cursor->at += cursor->left;
			cursor->left = 0;
			if (!cursor->nb->Next)
				return;
			enter(cursor, cursor->nb->Next);
			continue;
		}
		here = min(skip, cursor->mdl->ByteCount - cursor->off);
		cursor->at += here;
		cursor->off += here;
		cursor->left -= here;
		if (here < skip) {
			cursor->mdl = cursor->mdl->Next;
			cursor->off = 0;
		}
	}
}

/**
 * chim_cursor_take() - the next bytes, as many as lie in one MDL
 * @cursor: moved behind them
 * @max: at most so many; not zero
 * @piece: set
 *
 * Context: any.
 * Return: false at the end of the data.
 */
bool chim_cursor_take(struct chim_cursor *cursor, u32 max,
		      struct chim_piece *piece)
{
	while (!cursor->left) {
		if (!cursor->nb->Next)
			return false;
		enter(cursor, cursor->nb->Next);
	}
	while (cursor->off == cursor->mdl->ByteCount) {
		cursor->mdl = cursor->mdl->Next;
		cursor->off = 0;
	}
	piece->mdl = cursor->mdl;
	piece->off = cursor->off;
	piece->len = min3(max, cursor->left,
			  cursor->mdl->ByteCount - cursor->off);
	cursor->at += piece->len;
	cursor->off += piece->len;
	cursor->left -= piece->len;
	return true;
}

/**
 * chim_piece_map() - an address for bytes of a piece
 * @piece: the piece
 * @done: bytes of it to leave out; less than its length
 * @len: set to how many bytes from there on the address is good for
 *
 * Undo with chim_piece_unmap(), last mapped first.
 *
 * Context: any but hard interrupt.
 * Return: the address.
 */
u8 *chim_piece_map(const struct chim_piece *piece, u32 done, u32 *len)
{
	const MDL *mdl = piece->mdl;
	u64 at = (u64)mdl->ByteOffset + piece->off + done;

	*len = piece->len - done;
	if (mapped(mdl))
		return (u8 *)mdl->MappedSystemVa + piece->off + done;
	*len = min_t(u32, *len, PAGE_SIZE - offset_in_page(at));
	return (u8 *)kmap_local_page(pfn_to_page(pfns_of(mdl)[at >> PAGE_SHIFT])) +
	       offset_in_page(at);
}

/**
 * chim_piece_unmap() - undo chim_piece_map()
 * @piece: the piece
 * @va: the address
 *
 * Context: any but hard interrupt.
 */
void chim_piece_unmap(const struct chim_piece *piece, u8 *va)
{
	if (!mapped(piece->mdl))
		kunmap_local(va);
}

/* The kernel may map memory that has no pages, or none of its own. */
static struct page *linear_page(const u8 *va)
{
	return virt_addr_valid(va) ? virt_to_page(va) : NULL;
}

/**
 * chim_piece_page() - a page that holds bytes of a piece
 * @piece: the piece
 * @done: bytes of it to leave out; less than its length
 * @off: set to their offset in the page
 * @len: set to how many bytes from there on this page holds
 *
 * Of pages that belong together the first is returned, so that neighbors are
 * seen to be neighbors; @off may then be larger than a page.
 *
 * Context: any.
 * Return: the page, or NULL if the bytes cannot be referenced and must be
 * copied: memory of the slab allocator, or none with pages.
 */
struct page *chim_piece_page(const struct chim_piece *piece, u32 done,
			     u32 *off, u32 *len)
{
	const MDL *mdl = piece->mdl;
	struct page *page, *head;
	bool linear = false;
	const u8 *va;
	u64 at;

	if (!mapped(mdl)) {
		at = (u64)mdl->ByteOffset + piece->off + done;
		page = pfn_to_page(pfns_of(mdl)[at >> PAGE_SHIFT]);
	} else {
		va = (u8 *)mdl->MappedSystemVa + piece->off + done;
		at = (unsigned long)va;
		linear = !is_vmalloc_addr(va);
		page = linear ? linear_page(va) : vmalloc_to_page(va);
	}
	*off = offset_in_page(at);
	*len = min_t(u32, piece->len - done, PAGE_SIZE - *off);
	if (!page || !sendpage_ok(page))
		return NULL;
	head = compound_head(page);
	*off += (page_to_pfn(page) - page_to_pfn(head)) << PAGE_SHIFT;
	/* Here pages that belong together have addresses that do so too. */
	if (linear)
		*len = min_t(size_t, piece->len - done,
			     page_size(head) - *off);
	return head;
}
