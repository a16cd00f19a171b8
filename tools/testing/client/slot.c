// SPDX-License-Identifier: GPL-2.0
/*
 * Requests: a buffer list with one buffer, MDLs and memory, used again and
 * again. In what form the memory is described is the role's choice.
 */
#include "client.h"

#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

/* Unused bytes before the data, and odd sizes of MDLs. */
#define LEAD		13
#define MDLS		3
#define FIRST_MDL	517

static u32 pages_of(u32 bytes)
{
	return DIV_ROUND_UP(bytes, PAGE_SIZE) + 1;
}

static MDL *mdl_at(const struct chimc_slot *slot, u32 nr)
{
	return slot->mdls + nr * slot->stride;
}

static unsigned long pfn_of(const u8 *at)
{
	return is_vmalloc_addr(at) ? vmalloc_to_pfn(at) :
				     page_to_pfn(virt_to_page(at));
}

/* An MDL over some memory; unmapped ones have page frame numbers behind. */
static void describe(MDL *mdl, u8 *at, u32 len, bool unmapped)
{
	u64 *pfns = (u64 *)(mdl + 1);
	u8 *page = (u8 *)((unsigned long)at & PAGE_MASK);

	mdl->Size = sizeof(*mdl);
	mdl->StartVa = page;
	mdl->ByteOffset = offset_in_page(at);
	mdl->ByteCount = len;
	mdl->MdlFlags = MDL_PAGES_LOCKED;
	if (!unmapped) {
		mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
		mdl->MappedSystemVa = at;
		return;
	}
	for (; page < at + len; page += PAGE_SIZE)
		*pfns++ = pfn_of(page);
}

static void describe_all(struct chimc_slot *slot, u32 flags)
{
	bool unmapped = flags & CHIMC_ROLE_PFN;
	u32 at = 0, len, i;

	for (i = 0; i < slot->n_mdls; i++) {
		len = i + 1 < slot->n_mdls ? FIRST_MDL + 2 * i : slot->size - at;
		describe(mdl_at(slot, i), slot->data + at, len, unmapped);
		if (i)
			mdl_at(slot, i - 1)->Next = mdl_at(slot, i);
		at += len;
	}
}

/* Pages, since pages can be sent from where they are. */
static u8 *alloc_data(u32 size, gfp_t gfp)
{
	struct page *page = alloc_pages(gfp | __GFP_NOWARN | __GFP_COMP,
					get_order(size));

	if (page)
		return page_address(page);
	return gfpflags_allow_blocking(gfp) ? vmalloc(size) : NULL;
}

static void free_data(u8 *data)
{
	if (is_vmalloc_addr(data))
		vfree(data);
	else if (data)
		put_page(virt_to_page(data));
}

/**
 * chimc_slot_alloc() - a request to use
 * @conn: for which connection
 * @kind: what it will ask for
 * @size: bytes of memory; 0 makes one that cannot carry data
 * @gfp: how to get it
 *
 * Context: as @gfp says.
 * Return: the slot or NULL.
 */
struct chimc_slot *chimc_slot_alloc(struct chimc_conn *conn,
				    enum chimc_kind kind, u32 size, gfp_t gfp)
{
	u32 flags = kind == CHIMC_FORWARD ? 0 : conn->role.flags;
	struct chimc_slot *slot = kzalloc(sizeof(*slot), gfp);

	if (!slot)
		return NULL;
	/* The last MDL must not be empty. */
	slot->size = size + (flags & CHIMC_ROLE_LEAD ? LEAD : 0);
	slot->n_mdls = flags & CHIMC_ROLE_SPLIT &&
		       slot->size > MDLS * FIRST_MDL ? MDLS : 1;
	slot->stride = ALIGN(sizeof(MDL) + sizeof(u64) *
			     (flags & CHIMC_ROLE_PFN ? pages_of(slot->size) : 0),
			     16);
	slot->mdls = kcalloc(slot->n_mdls, slot->stride, gfp);
	slot->data = slot->size ? alloc_data(slot->size, gfp) : NULL;
	if (!slot->mdls || (slot->size && !slot->data))
		goto free_slot;
	slot->magic = CHIMC_SLOT_MAGIC;
	slot->kind = kind;
	slot->conn = conn;
	slot->nbl.FirstNetBuffer = &slot->nb;
	slot->nbl.ProtocolReserved[0] = slot;
	INIT_LIST_HEAD(&slot->node);
	describe_all(slot, flags);
	return slot;

free_slot:
	free_data(slot->data);
	kfree(slot->mdls);
	kfree(slot);
	return NULL;
}

/**
 * chimc_slot_free() - done with a request
 * @slot: not posted, or NULL
 *
 * Context: any; vmalloc memory is freed later if it must be.
 */
void chimc_slot_free(struct chimc_slot *slot)
{
	if (!slot)
		return;
	slot->magic = 0;
	free_data(slot->data);
	kfree(slot->mdls);
	kfree(slot);
}

/**
 * chimc_slot_free_list() - done with several
 * @list: of slots, emptied
 *
 * Context: process.
 */
void chimc_slot_free_list(struct list_head *list)
{
	struct chimc_slot *slot, *next;

	list_for_each_entry_safe(slot, next, list, node) {
		list_del(&slot->node);
		chimc_slot_free(slot);
	}
}

/* Unused bytes before the data. */
static u32 lead(const struct chimc_slot *slot)
{
	return slot->kind != CHIMC_FORWARD && slot->size > LEAD &&
	       slot->conn->role.flags & CHIMC_ROLE_LEAD ? LEAD : 0;
}

/**
 * chimc_slot_room() - most bytes it can carry
 * @slot: the slot
 *
 * Context: any.
 * Return: bytes.
 */
u32 chimc_slot_room(const struct chimc_slot *slot)
{
	return slot->size - lead(slot);
}

/**
 * chimc_slot_arm() - make the structures new for another use
 * @slot: not posted
 * @len: bytes of data, or of room
 *
 * Context: any.
 */
void chimc_slot_arm(struct chimc_slot *slot, u32 len)
{
	NET_BUFFER *nb = &slot->nb;

	if (WARN_ON_ONCE(len > chimc_slot_room(slot)))
		len = chimc_slot_room(slot);
	slot->len = len;
	slot->nbl.Next = NULL;
	slot->nbl.Status = NDIS_STATUS_PENDING;
	memset(slot->nbl.NetBufferListInfo, 0,
	       sizeof(slot->nbl.NetBufferListInfo));
	memset(nb, 0, sizeof(*nb));
	nb->MdlChain = mdl_at(slot, 0);
	nb->CurrentMdl = nb->MdlChain;
	nb->DataOffset = lead(slot);
	nb->CurrentMdlOffset = nb->DataOffset;
	nb->DataLength = len;
}

/**
 * chimc_slot_at() - where its data start
 * @slot: the slot
 *
 * Context: any.
 * Return: the place; @slot->len bytes from there on are contiguous.
 */
u8 *chimc_slot_at(struct chimc_slot *slot)
{
	return slot->data + lead(slot);
}

/**
 * chimc_slot_left() - bytes that its buffer still stands for
 * @slot: posted or completed
 *
 * Context: any.
 * Return: bytes.
 */
u32 chimc_slot_left(const struct chimc_slot *slot)
{
	return slot->nb.DataLength;
}

/**
 * chimc_slot_of() - the request behind a buffer list that came back
 * @nbl: what came back
 * @kind: what it must have asked for
 *
 * Context: any.
 * Return: the slot, or NULL: it is none of ours, or was not out.
 */
struct chimc_slot *chimc_slot_of(PNET_BUFFER_LIST nbl, enum chimc_kind kind)
{
	struct chimc_slot *slot = nbl->ProtocolReserved[0];

	if (!slot || &slot->nbl != nbl || slot->magic != CHIMC_SLOT_MAGIC) {
		chimc_violation(NULL, "a buffer list comes that is none of ours");
		return NULL;
	}
	if (!READ_ONCE(slot->posted) || slot->kind != kind) {
		chimc_violation(slot->conn, "a request completes that is not out");
		return NULL;
	}
	return slot;
}

/**
 * chimc_mdl_map() - the memory of an MDL
 * @mdl: mapped, or in lowmem pages
 * @offset: from its start
 * @len: bytes wanted, cut to what is contiguous
 *
 * Context: any.
 * Return: the memory.
 */
void *chimc_mdl_map(const MDL *mdl, u32 offset, u32 *len)
{
	const u64 *pfns = (const u64 *)(mdl + 1);
	u32 at = mdl->ByteOffset + offset;

	*len = min(*len, mdl->ByteCount - offset);
	if (mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA |
			     MDL_SOURCE_IS_NONPAGED_POOL))
		return mdl->MappedSystemVa + offset;
	*len = min_t(u32, *len, PAGE_SIZE - offset_in_page(at));
	return page_address(pfn_to_page(pfns[at >> PAGE_SHIFT])) +
	       offset_in_page(at);
}

static u32 nb_copy(const NET_BUFFER *nb, u8 *to)
{
	u32 offset = nb->CurrentMdlOffset, left = nb->DataLength, len;
	const MDL *mdl = nb->CurrentMdl;

	while (left && mdl) {
		if (offset >= mdl->ByteCount) {
			offset -= mdl->ByteCount;
			mdl = mdl->Next;
			continue;
		}
		len = left;
		memcpy(to, chimc_mdl_map(mdl, offset, &len), len);
		to += len;
		offset += len;
		left -= len;
	}
	return nb->DataLength - left;
}

/**
 * chimc_nbl_copy() - the data of buffer lists
 * @list: linked
 * @to: memory, of at least chimc_nbl_bytes()
 *
 * Context: any.
 * Return: bytes copied.
 */
u32 chimc_nbl_copy(PNET_BUFFER_LIST list, u8 *to)
{
	const NET_BUFFER *nb;
	u32 done = 0;

	for (; list; list = list->Next)
		for (nb = list->FirstNetBuffer; nb; nb = nb->Next)
			done += nb_copy(nb, to + done);
	return done;
}

/**
 * chimc_nbl_bytes() - bytes in buffer lists
 * @list: linked, or NULL
 *
 * Context: any.
 * Return: bytes.
 */
u32 chimc_nbl_bytes(PNET_BUFFER_LIST list)
{
	const NET_BUFFER *nb;
	u32 bytes = 0;

	for (; list; list = list->Next)
		for (nb = list->FirstNetBuffer; nb; nb = nb->Next)
			bytes += nb->DataLength;
	return bytes;
}
