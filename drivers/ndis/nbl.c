// SPDX-License-Identifier: GPL-2.0
/* Data that is handed over with a connection. */
#include "ndis/nbl.h"

#include "state/space.h"

#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>

/* A buffer list of our own, with all it needs, in one piece of memory. */
struct buffered {
	NET_BUFFER_LIST nbl;
	NET_BUFFER nb;
	MDL mdl;
	u8 data[];
};

#define BUFFERED_MAX	SZ_16M

/*
 * BLK-109: a buffer from the host is locked but need not be mapped. If it is
 * not, its page frame numbers lie directly behind the MDL.
 */
static void copy_from_pages(u8 *to, const MDL *mdl, u32 offset, u32 len)
{
	const ULONG64 *pfns = (const ULONG64 *)(mdl + 1);
	u32 at = mdl->ByteOffset + offset;

	while (len) {
		u32 piece = min_t(u32, len, PAGE_SIZE - offset_in_page(at));

		memcpy_from_page(to, pfn_to_page(pfns[at >> PAGE_SHIFT]),
				 offset_in_page(at), piece);
		to += piece;
		at += piece;
		len -= piece;
	}
}

static void copy_from_mdl(u8 *to, const MDL *mdl, u32 offset, u32 len)
{
	if (mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA |
			     MDL_SOURCE_IS_NONPAGED_POOL))
		memcpy(to, (u8 *)mdl->MappedSystemVa + offset, len);
	else
		copy_from_pages(to, mdl, offset, len);
}

/* Copies the data of one buffer, which is backed(). */
static void copy_from_nb(u8 *to, const NET_BUFFER *nb)
{
	const MDL *mdl = nb->CurrentMdl;
	u32 offset = nb->CurrentMdlOffset;
	u32 len = nb->DataLength;

	while (len) {
		u32 piece = min(len, mdl->ByteCount - offset);

		copy_from_mdl(to, mdl, offset, piece);
		to += piece;
		len -= piece;
		offset = 0;
		mdl = mdl->Next;
	}
}

static bool mdl_usable(const MDL *mdl, u32 offset, u32 len)
{
	const ULONG64 *pfns = (const ULONG64 *)(mdl + 1);
	u64 first = (u64)mdl->ByteOffset + offset;
	u64 page;

	if (!len)
		return true;
	if (mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA |
			     MDL_SOURCE_IS_NONPAGED_POOL))
		return chim_pointer_ok(mdl->MappedSystemVa, 1);
	/* Further on there is no page frame number to be read. */
	if (mdl->ByteOffset >= PAGE_SIZE)
		return false;
	for (page = first >> PAGE_SHIFT;
	     page <= (first + len - 1) >> PAGE_SHIFT; page++)
		if (!pfn_valid(pfns[page]))
			return false;
	return true;
}

/*
 * Do the MDLs of a buffer hold all of its data (BLK-107)? A chain that never
 * ends is found by a second pointer at half the speed.
 */
static bool backed(const NET_BUFFER *nb)
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

/*
 * Bytes in a list of single buffers (BLK-107). A list that never ends is
 * found by a second pointer at half the speed.
 */
static bool measure(PNET_BUFFER_LIST list, struct chim_held *held, u64 *bytes)
{
	PNET_BUFFER_LIST slow = list, nbl;
	bool odd = false;

	*bytes = 0;
	for (nbl = list; nbl; nbl = nbl->Next) {
		if (!chim_pointer_ok(nbl, __alignof__(void *)) ||
		    !chim_pointer_ok(nbl->FirstNetBuffer, sizeof(void *)) ||
		    nbl->FirstNetBuffer->Next || !backed(nbl->FirstNetBuffer))
			return false;
		*bytes += nbl->FirstNetBuffer->DataLength;
		if (*bytes >= CHIM_DATA_MAX)
			return false;
		if (held && nbl->FirstNetBuffer->DataLength) {
			held->head = held->head ?: nbl;
			held->tail = nbl;
		}
		slow = odd ? slow->Next : slow;
		odd = !odd;
		if (nbl->Next == slow)
			return false;
	}
	return true;
}

static void wrap_buffered(struct buffered *b, u32 len)
{
	b->mdl.Size = sizeof(b->mdl);
	b->mdl.MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL | MDL_PAGES_LOCKED;
	b->mdl.MappedSystemVa = b->data;
	b->mdl.StartVa = (PVOID)((unsigned long)b->data & PAGE_MASK);
	b->mdl.ByteOffset = offset_in_page(b->data);
	b->mdl.ByteCount = len;
	b->nb.MdlChain = &b->mdl;
	b->nb.CurrentMdl = &b->mdl;
	b->nb.DataLength = len;
	b->nbl.FirstNetBuffer = &b->nb;
}

static enum chim_why copy_buffered(PNET_BUFFER_LIST list,
				   PNET_BUFFER_LIST *out)
{
	struct buffered *b;
	u64 bytes;
	u8 *to;

	if (!measure(list, NULL, &bytes))
		return CHIM_WHY_SEND_CHAIN;
	if (!bytes)
		return CHIM_OK;
	b = bytes > BUFFERED_MAX ? NULL :
				   kvzalloc(struct_size(b, data, bytes),
					    CHIM_GFP);
	if (!b)
		return CHIM_WHY_BUFFERED;	/* INI-082, D-17 */
	for (to = b->data; list; list = list->Next) {
		copy_from_nb(to, list->FirstNetBuffer);
		to += list->FirstNetBuffer->DataLength;
	}
	wrap_buffered(b, bytes);
	*out = &b->nbl;
	return CHIM_OK;
}

/**
 * chim_held_take() - take over the data that comes with a connection
 * @chain: NetBufferListChain of its block, stays the host's memory
 * @data: buffer members of its delegated state; the send pointers are ignored
 *	(INI-101, INI-102)
 * @out: set to what is held, or NULL if there is nothing
 *
 * Context: worker, may sleep.
 * Return: CHIM_OK, or why not; then the lists are as they were (INI-041).
 */
enum chim_why chim_held_take(PNET_BUFFER_LIST chain,
			     const struct chim_data *data,
			     struct chim_held **out)
{
	struct chim_held *held;
	enum chim_why why;

	*out = NULL;
	if (!chain && !data->buffered)
		return CHIM_OK;
	held = kzalloc(sizeof(*held), CHIM_GFP);
	if (!held)
		return CHIM_WHY_NOMEM;
	why = CHIM_WHY_SEND_CHAIN;
	if (!measure(chain, held, &held->send_data))
		goto free_held;
	held->chain = chain;
	why = copy_buffered(data->buffered, &held->buffered);
	if (why)
		goto free_held;
	*out = held;
	return CHIM_OK;

free_held:
	kfree(held);
	return why;
}

/**
 * chim_held_send_data() - how much send data is outstanding?
 * @held: what is held, or NULL
 *
 * Context: worker.
 * Return: bytes.
 */
u64 chim_held_send_data(const struct chim_held *held)
{
	return held ? held->send_data : 0;
}

/**
 * chim_held_buffered() - how much was received but not delivered?
 * @held: what is held, or NULL
 *
 * Context: worker.
 * Return: bytes.
 */
u32 chim_held_buffered(const struct chim_held *held)
{
	if (!held || !held->buffered)
		return 0;
	return held->buffered->FirstNetBuffer->DataLength;
}

/**
 * chim_held_return() - give the data back with a termination
 * @held: what is held, or NULL; freed
 * @chain: set to the send data, in the order it came (TRM-071), or to NULL
 *	(TRM-074)
 * @data: set; the buffered data is the host's until it comes back through
 *	MiniportTcpOffloadReceiveReturn (TRM-092)
 *
 * Context: worker. Does not allocate.
 */
void chim_held_return(struct chim_held *held, PNET_BUFFER_LIST *chain,
		      struct chim_data *data)
{
	memset(data, 0, sizeof(*data));
	*chain = NULL;
	if (!held)
		return;
	*chain = held->chain;
	data->head = held->head;
	data->tail = held->tail;
	data->buffered = held->buffered;
	kfree(held);
}

/**
 * chim_held_drop() - forget the data, which the host keeps
 * @held: what is held, or NULL; freed
 *
 * Context: worker. Does not allocate.
 */
void chim_held_drop(struct chim_held *held)
{
	if (!held)
		return;
	chim_buffered_free(held->buffered);
	kfree(held);
}

/**
 * chim_buffered_free() - free buffered data that was handed back
 * @nbl: from chim_held_return(), or NULL
 *
 * Context: any.
 */
void chim_buffered_free(PNET_BUFFER_LIST nbl)
{
	if (nbl)
		kvfree(container_of(nbl, struct buffered, nbl));
}
