// SPDX-License-Identifier: GPL-2.0
/* Descriptions of received data. */
#include "ndis/desc.h"

#include "ndis/binding.h"
#include "ndis/data.h"
#include "ndis/stretch.h"
#include "spare.h"
#include "state/conn.h"
#include "tcp/tcb.h"

#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

/* Enough for a segment that fills an Ethernet frame, in two pieces. */
#define SMALL_ROOM	(2 * (sizeof(MDL) + 2 * sizeof(ULONG64)))

/*
 * For single segments, and for packed data. Segments that go to the host without
 * the chimney take the system's own way, so there is no pool for them.
 */
static struct kmem_cache *pool, *packed_pool;
static DEFINE_PER_CPU(void *, spare);
static DEFINE_PER_CPU(void *, packed_spare);

/* What MDLs of @pages take that lie apart. */
#define PAGES_ROOM(pages) ((pages) * (sizeof(MDL) + sizeof(ULONG64)))

/* Keeps the allocator from clearing what is set each time anyway. */
static void construct(void *desc)
{
}

/**
 * chim_desc_setup() - make the pools of descriptions (REG-070)
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int chim_desc_setup(void)
{
	pool = kmem_cache_create("chim_indication", sizeof(struct chim_desc) + SMALL_ROOM,
				 __alignof__(struct chim_desc), 0, construct);
	packed_pool = kmem_cache_create("chim_packed", sizeof(struct chim_desc) +
					PAGES_ROOM(CHIM_DESC_PAGES),
					__alignof__(struct chim_desc), 0, construct);
	if (pool && packed_pool)
		return 0;
	kmem_cache_destroy(packed_pool);
	kmem_cache_destroy(pool);
	return -ENOMEM;
}

/**
 * chim_desc_teardown() - destroy the pools
 *
 * Context: module unload. Complains if the host has something left.
 */
void chim_desc_teardown(void)
{
	chim_spare_purge(&packed_spare, packed_pool);
	kmem_cache_destroy(packed_pool);
	chim_spare_purge(&spare, pool);
	kmem_cache_destroy(pool);
}

/* --- making them --------------------------------------------------------- */

static u32 pages_of(const u8 *va, u32 len)
{
	return PFN_UP(offset_in_page(va) + (size_t)len);
}

static u32 mdl_room(const u8 *va, u32 len)
{
	return sizeof(MDL) + pages_of(va, len) * sizeof(ULONG64);
}

static bool add_piece(void *ctx, u8 *va, u32 len)
{
	u32 *pieces = ctx;

	++*pieces;
	return true;
}

/**
 * chim_desc_free() - free a description
 * @desc: %CHIM_DESC_OURS, and in no skb's mark any more
 *
 * Context: any, hard interrupt included.
 */
void chim_desc_free(struct chim_desc *desc)
{
	if (desc->pooled == pool)
		chim_spare_free(&spare, pool, desc);
	else if (desc->pooled)
		chim_spare_free(&packed_spare, packed_pool, desc);
	else
		kfree(desc);
}

static bool get_desc(struct sk_buff *skb, u32 room, gfp_t gfp)
{
	struct kmem_cache *pooled = NULL;
	struct chim_desc *desc;

	gfp |= __GFP_NOWARN;
	if (room <= SMALL_ROOM) {
		pooled = pool;
		room = SMALL_ROOM;
		desc = chim_spare_alloc(&spare, pool, gfp);
	} else if (room <= PAGES_ROOM(CHIM_DESC_PAGES)) {
		pooled = packed_pool;
		room = PAGES_ROOM(CHIM_DESC_PAGES);
		desc = chim_spare_alloc(&packed_spare, packed_pool, gfp);
	} else {
		desc = kmalloc(struct_size(desc, mdls, room), gfp);
	}
	if (desc) {
		desc->pooled = pooled;
		desc->room = room;
		desc->state = CHIM_DESC_OURS;
	}
	chim_rx_cb(skb)->desc = desc;
	return desc;
}

/*
 * Of @pieces pieces, each in as many pages as it can be. Cutting the skb may move
 * its head, to where it is in one page more.
 */
static u32 most_room(u32 pieces, u32 len)
{
	return pieces * sizeof(MDL) +
	       (2 * pieces + len / PAGE_SIZE) * sizeof(ULONG64);
}

/**
 * chim_desc_make() - describe the data of an skb
 * @skb: received data, which does not grow any more; sets the description in
 *	its mark
 * @gfp: how to allocate
 *
 * Context: any that @gfp allows.
 * Return: false if memory is short.
 */
bool chim_desc_make(struct sk_buff *skb, gfp_t gfp)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	u32 off = 0, len = skb->len, pieces = 0;

	if (unlikely(info->frag_list))
		chim_stretch_walk(skb, &off, &len, add_piece, &pieces);
	else
		pieces = 1 + info->nr_frags;
	return get_desc(skb, most_room(pieces, skb->len), gfp);
}

/**
 * chim_desc_reserve() - describe an skb that is to have %CHIM_DESC_PAGES pages
 * @skb: without data; sets the description in its mark
 * @gfp: how to allocate
 *
 * Context: any that @gfp allows.
 * Return: false if memory is short.
 */
bool chim_desc_reserve(struct sk_buff *skb, gfp_t gfp)
{
	return get_desc(skb, PAGES_ROOM(CHIM_DESC_PAGES), gfp);
}

/**
 * chim_desc_fits() - may an skb come to have so many pages?
 * @skb: the skb
 * @pages: all of its pages
 *
 * Context: whoever has @skb.
 * Return: false if that is too many, or too many for the description it has.
 */
bool chim_desc_fits(struct sk_buff *skb, u32 pages)
{
	const struct chim_desc *desc = chim_rx_cb(skb)->desc;

	return pages <= CHIM_DESC_PAGES &&
	       (!desc || desc->room >= PAGES_ROOM(pages));
}

/**
 * chim_desc_describe() - see struct chim_conn_ops
 * @conn: the connection
 * @skb: received data
 *
 * Context: connection's lock held, softirqs disabled.
 * Return: false if memory is short.
 */
bool chim_desc_describe(struct chim_conn *conn, struct sk_buff *skb)
{
	return chim_desc_make(skb, GFP_ATOMIC);
}

/**
 * chim_desc_forget() - see struct chim_conn_ops
 * @conn: the connection
 * @skb: described data; the caller frees it
 *
 * Context: connection's lock held, softirqs disabled.
 */
void chim_desc_forget(struct chim_conn *conn, struct sk_buff *skb)
{
	struct chim_rx_cb *cb = chim_rx_cb(skb);

	if (cb->desc)
		chim_desc_free(cb->desc);
	cb->desc = NULL;
}

/**
 * chim_desc_drop() - free data that nobody wants
 * @skbs: linked through skb->next, each described
 *
 * Context: any, hard interrupt included.
 */
void chim_desc_drop(struct sk_buff *skbs)
{
	struct sk_buff *next;

	for (; skbs; skbs = next) {
		next = skbs->next;
		chim_desc_forget(NULL, skbs);
		skb_mark_not_on_list(skbs);
		dev_consume_skb_any(skbs);
	}
}

/* --- the list the host gets ---------------------------------------------- */

/**
 * struct builder - MDLs that are being made
 * @at: where the next one goes
 * @room: bytes there
 * @link: what is to lead to it
 * @bytes: data in all of them
 */
struct builder {
	u8 *at;
	u32 room;
	PMDL *link;
	u32 bytes;
};

static bool add_mdl(void *ctx, u8 *va, u32 len)
{
	u32 need = mdl_room(va, len), i;
	struct builder *b = ctx;
	MDL *mdl = (MDL *)b->at;
	ULONG64 *pfns = (ULONG64 *)(mdl + 1);

	if (need > b->room)
		return false;
	*mdl = (MDL) {
		.Size = need,
		.MdlFlags = MDL_MAPPED_TO_SYSTEM_VA | MDL_PAGES_LOCKED,
		.MappedSystemVa = va,
		.StartVa = (PVOID)((unsigned long)va & PAGE_MASK),
		.ByteCount = len,
		.ByteOffset = offset_in_page(va),
	};
	for (i = 0; i < pages_of(va, len); i++)
		pfns[i] = page_to_pfn(virt_to_page(va)) + i;
	*b->link = mdl;
	b->link = &mdl->Next;
	b->at += need;
	b->room -= need;
	b->bytes += len;
	return true;
}

/* Data that changed hands since it was described shows as a lack of room. */
static bool add_skb(struct builder *b, struct sk_buff *skb)
{
	const struct chim_rx_cb *cb = chim_rx_cb(skb);
	u32 off = cb->off, len = cb->end - cb->seq;
	struct chim_desc *desc = cb->desc;

	b->at = desc->mdls;
	b->room = desc->room;
	return chim_stretch_walk(skb, &off, &len, add_mdl, b);
}

/**
 * chim_desc_build() - make the list that the host gets (RCV-081, RCV-082)
 * @conn: the connection
 * @skbs: the data, described, linked through skb->next
 *
 * It is one list of one buffer with all MDLs. Does not allocate.
 *
 * Context: whoever has @skbs.
 * Return: the description whose list it is, or NULL if the data is not what was
 * described.
 */
struct chim_desc *chim_desc_build(const struct chim_conn *conn,
				  struct sk_buff *skbs)
{
	const struct chim_binding *binding = chim_binding_of(conn->obj.owner);
	struct chim_desc *desc = chim_rx_cb(skbs)->desc;
	PNET_BUFFER_LIST nbl = &desc->nbl;
	PNET_BUFFER nb = &desc->nb;
	struct builder b = { .link = &nb->MdlChain };
	struct sk_buff *skb;

	memset(nbl, 0, sizeof(*nbl));
	memset(nb, 0, sizeof(*nb));
	for (skb = skbs; skb; skb = skb->next)
		if (WARN_ON_ONCE(!add_skb(&b, skb)))
			return NULL;
	nb->CurrentMdl = nb->MdlChain;
	nb->DataLength = b.bytes;
	nb->NdisPoolHandle = pool;
	nbl->FirstNetBuffer = nb;
	nbl->NdisPoolHandle = pool;
	nbl->SourceHandle = binding->adapter_handle;
	nbl->Status = NDIS_STATUS_SUCCESS;
	/* RSS-011 */
	NET_BUFFER_LIST_INFO(nbl, NetBufferListHashValue) =
		(PVOID)(unsigned long)conn->c.hash;
	desc->skbs = skbs;
	return desc;
}
