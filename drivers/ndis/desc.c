// SPDX-License-Identifier: GPL-2.0
/* Descriptions of received data. */
#include "ndis/desc.h"

#include "ndis/binding.h"
#include "ndis/data.h"
#include "state/conn.h"
#include "tcp/tcb.h"

#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

/* Where a description is. */
enum desc_state {
	DESC_OURS,
	DESC_CALL,	/* the host is being shown it */
	DESC_EARLY,	/* the host returned it before that call has */
	DESC_OUT,	/* the host has it */
};

/**
 * struct desc - describes the data of one skb
 * @node: in the table of the binding, unless DESC_OURS
 * @skbs: first of the skbs whose data @nbl shows, linked through skb->next;
 *	valid unless DESC_OURS
 * @room: bytes at @mdls
 * @state: enum desc_state
 * @pooled: the pool it is from, or NULL
 * @nbl: used if this skb is the first one of an indication
 * @nb: the one buffer of @nbl (REG-071)
 * @mdls: MDLs of this skb's data, each followed by its page frame numbers
 */
struct desc {
	struct hlist_node node;
	struct sk_buff *skbs;
	u32 room;
	u8 state;
	struct kmem_cache *pooled;
	NET_BUFFER_LIST nbl;
	NET_BUFFER nb;
	u8 mdls[] __aligned(__alignof__(MDL));
};

/* Enough for a segment that fills an Ethernet frame, in two pieces. */
#define SMALL_ROOM	(2 * (sizeof(MDL) + 2 * sizeof(ULONG64)))

/*
 * For single segments, and for packed data. Segments that go to the host without
 * the chimney take the system's own way, so there is no pool for them.
 */
static struct kmem_cache *pool, *packed_pool;

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
	pool = kmem_cache_create("chim_indication", sizeof(struct desc) + SMALL_ROOM,
				 __alignof__(struct desc), 0, construct);
	packed_pool = kmem_cache_create("chim_packed", sizeof(struct desc) +
					PAGES_ROOM(CHIM_DESC_PAGES),
					__alignof__(struct desc), 0, construct);
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
	kmem_cache_destroy(packed_pool);
	kmem_cache_destroy(pool);
}

/* --- what an skb's data lies in ------------------------------------------ */

typedef bool piece_fn_t(void *ctx, u8 *va, u32 len);

static bool walk_frags(const struct sk_buff *skb, u32 *off, u32 *len,
		       piece_fn_t *fn, void *ctx)
{
	u32 n, size;
	int i;

	for (i = 0; *len && i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		size = skb_frag_size(frag);
		if (*off >= size) {
			*off -= size;
			continue;
		}
		n = min(*len, size - *off);
		if (!fn(ctx, (u8 *)skb_frag_address(frag) + *off, n))
			return false;
		*len -= n;
		*off = 0;
	}
	return true;
}

/*
 * Calls @fn for every stretch of @len bytes from @off on. Both come back less
 * by what was in this skb.
 */
static bool walk(const struct sk_buff *skb, u32 *off, u32 *len, piece_fn_t *fn,
		 void *ctx)
{
	u32 head = skb_headlen(skb), n;
	const struct sk_buff *part;

	if (*off < head) {
		n = min(*len, head - *off);
		if (n && !fn(ctx, skb->data + *off, n))
			return false;
		*len -= n;
		*off = 0;
	} else {
		*off -= head;
	}
	if (!walk_frags(skb, off, len, fn, ctx))
		return false;
	skb_walk_frags(skb, part)
		if (*len && !walk(part, off, len, fn, ctx))
			return false;
	return true;
}

static u32 pages_of(const u8 *va, u32 len)
{
	return PFN_UP(offset_in_page(va) + (size_t)len);
}

static u32 mdl_room(const u8 *va, u32 len)
{
	return sizeof(MDL) + pages_of(va, len) * sizeof(ULONG64);
}

static bool add_room(void *ctx, u8 *va, u32 len)
{
	u32 *room = ctx;

	*room += mdl_room(va, len);
	return true;
}

static void free_desc(struct desc *desc)
{
	if (desc->pooled)
		kmem_cache_free(desc->pooled, desc);
	else
		kfree(desc);
}

/* From @pooled, if it is not NULL; then @room is what that has. */
static bool get_desc(struct sk_buff *skb, struct kmem_cache *pooled, u32 room,
		     gfp_t gfp)
{
	struct desc *desc;

	gfp |= __GFP_NOWARN;
	desc = pooled ? kmem_cache_alloc(pooled, gfp) :
			kmalloc(struct_size(desc, mdls, room), gfp);
	if (desc) {
		desc->pooled = pooled;
		desc->room = room;
		desc->state = DESC_OURS;
	}
	chim_rx_cb(skb)->desc = desc;
	return desc;
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
	u32 off = 0, len = skb->len, room = 0;

	walk(skb, &off, &len, add_room, &room);
	return room > SMALL_ROOM ? get_desc(skb, NULL, room, gfp) :
				   get_desc(skb, pool, SMALL_ROOM, gfp);
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
	return get_desc(skb, packed_pool, PAGES_ROOM(CHIM_DESC_PAGES), gfp);
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
	const struct desc *desc = chim_rx_cb(skb)->desc;

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
		free_desc(cb->desc);
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
	struct desc *desc = cb->desc;

	b->at = desc->mdls;
	b->room = desc->room;
	return walk(skb, &off, &len, add_mdl, b);
}

/* RCV-081, RCV-082: one list of one buffer with all MDLs. */
static struct desc *build(const struct chim_conn *conn, struct sk_buff *skbs)
{
	const struct chim_binding *binding = chim_binding_of(conn->obj.owner);
	struct desc *desc = chim_rx_cb(skbs)->desc;
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

/* --- what is with the host ----------------------------------------------- */

/**
 * chim_out_init() - the client has nothing
 * @out: of its binding
 *
 * Context: any; nobody else may use @out yet.
 */
void chim_out_init(struct chim_out *out)
{
	int i;

	spin_lock_init(&out->lock);
	out->count = 0;
	for (i = 0; i < CHIM_OUT_BUCKETS; i++)
		INIT_HLIST_HEAD(&out->table[i]);
}

static struct hlist_head *bucket(struct chim_out *out,
				 const NET_BUFFER_LIST *nbl)
{
	return &out->table[hash_ptr(nbl, ilog2(CHIM_OUT_BUCKETS))];
}

static void put_out(struct chim_out *out, struct desc *desc,
		    enum desc_state state)
{
	unsigned long flags;

	spin_lock_irqsave(&out->lock, flags);
	desc->state = state;
	hlist_add_head(&desc->node, bucket(out, &desc->nbl));
	out->count++;
	spin_unlock_irqrestore(&out->lock, flags);
}

static void take_in(struct chim_out *out, struct desc *desc)
	__must_hold(&out->lock)
{
	hlist_del(&desc->node);
	desc->state = DESC_OURS;
	if (!--out->count)
		wake_up_var(&out->count);
}

static struct desc *find(struct chim_out *out, const NET_BUFFER_LIST *nbl)
	__must_hold(&out->lock)
{
	struct desc *desc;

	hlist_for_each_entry(desc, bucket(out, nbl), node)
		if (&desc->nbl == nbl)
			return desc;
	return NULL;
}

/*
 * Takes one structure back from the host. False if it has no such structure:
 * then @nbl may be anything, and where it leads is not for us to know.
 */
static bool take_back(struct chim_out *out, PNET_BUFFER_LIST nbl,
		      PNET_BUFFER_LIST *next, struct sk_buff **skbs)
{
	struct desc *desc;
	unsigned long flags;
	bool known = false;

	*skbs = NULL;
	spin_lock_irqsave(&out->lock, flags);
	desc = find(out, nbl);
	if (desc && desc->state != DESC_EARLY) {
		known = true;
		*next = desc->nbl.Next;
		if (desc->state == DESC_CALL) {
			desc->state = DESC_EARLY;
		} else {
			*skbs = desc->skbs;
			take_in(out, desc);
		}
	}
	spin_unlock_irqrestore(&out->lock, flags);
	return known;
}

/**
 * chim_out_return() - the host returns indicated data (area RTN)
 * @binding: the client
 * @list: its list, which may hold structures of several indications (RTN-011)
 *	and of connections that have ended (RTN-012)
 *
 * A structure that is not out, because it was returned before or never was
 * ours, is counted, and what follows it stays with the host.
 *
 * Context: any, hard interrupt included.
 */
void chim_out_return(struct chim_binding *binding, PNET_BUFFER_LIST list)
{
	PNET_BUFFER_LIST next;
	struct sk_buff *skbs;

	for (; list; list = next) {
		if (!take_back(&binding->out, list, &next, &skbs)) {
			chim_refuse(&binding->adapter->stats,
				    CHIM_WHY_RETURNED);
			return;
		}
		chim_desc_drop(skbs);
	}
}

static bool nothing_out(struct chim_out *out)
{
	unsigned long flags;
	bool nothing;

	/* Under the lock, so that who took the last one in has left. */
	spin_lock_irqsave(&out->lock, flags);
	nothing = !out->count;
	spin_unlock_irqrestore(&out->lock, flags);
	return nothing;
}

/**
 * chim_out_wait() - wait until the client has returned everything (RTN-014)
 * @binding: the client, all of whose connections have ended
 *
 * Context: process, may sleep.
 */
void chim_out_wait(struct chim_binding *binding)
{
	struct chim_out *out = &binding->out;

	if (nothing_out(out))
		return;
	pr_notice("chimney: client %s on ifindex %d has received data that it must return\n",
		  binding->ndis->name, binding->adapter->ifindex);
	wait_var_event(&out->count, nothing_out(out));
}

/*
 * What the host made of an indication: bytes it took (RCV-084 to RCV-087,
 * D-08). @keeps: it has the structures.
 */
static u32 judge(NDIS_STATUS status, u32 consumed, u32 bytes, bool *keeps)
{
	*keeps = status == NDIS_STATUS_SUCCESS;
	if (status == NDIS_STATUS_SUCCESS)
		return bytes;
	if (status == NDIS_STATUS_OFFLOAD_DATA_PARTIALLY_ACCEPTED)
		return min(consumed, bytes);
	return 0;
}

/* True if the data is to be freed: all of it was taken, and it is back. */
static bool end_call(struct chim_binding *binding, struct desc *desc,
		     bool keeps, bool all)
{
	struct chim_out *out = &binding->out;
	unsigned long flags;
	bool early;

	spin_lock_irqsave(&out->lock, flags);
	early = desc->state == DESC_EARLY;
	if (keeps && !early)
		desc->state = DESC_OUT;
	else
		take_in(out, desc);
	spin_unlock_irqrestore(&out->lock, flags);
	/* What was not given cannot be returned. */
	if (early && !keeps)
		chim_refuse(&binding->adapter->stats, CHIM_WHY_RETURNED);
	return keeps ? early : all;
}

/**
 * chim_desc_indicate() - show received data to the host (RCV-081 to RCV-087)
 * @conn: the connection
 * @skbs: the data, described, linked through skb->next
 * @bytes: how much there is
 *
 * Context: owner of the connection, no lock held, softirqs disabled (REG-012).
 * Return: bytes the host took. If all, @skbs are gone, or will be when the host
 * returns them; if fewer, they are the caller's as before.
 */
u32 chim_desc_indicate(struct chim_conn *conn, struct sk_buff *skbs, u32 bytes)
{
	struct chim_binding *binding = chim_binding_of(conn->obj.owner);
	struct desc *desc = build(conn, skbs);
	ULONG consumed = 0;
	NDIS_STATUS status;
	bool keeps;
	u32 taken;

	if (!desc)
		return 0;
	put_out(&binding->out, desc, DESC_CALL);
	status = binding->events.NdisTcpOffloadReceiveHandler(conn->obj.ndis_handle,
							      &desc->nbl,
							      NDIS_STATUS_SUCCESS,
							      &consumed);
	taken = judge(status, consumed, bytes, &keeps);
	if (end_call(binding, desc, keeps, taken == bytes))
		chim_desc_drop(skbs);
	return taken;
}

/**
 * chim_desc_hand_back() - pass undelivered data back (TRM-091, TRM-092, X-38)
 * @conn: the connection, which ends
 * @skbs: the data, described, linked through skb->next, or NULL
 *
 * Context: worker. Does not allocate.
 * Return: a list of one structure, which the host returns one day, or NULL.
 */
PNET_BUFFER_LIST chim_desc_hand_back(struct chim_conn *conn,
				     struct sk_buff *skbs)
{
	struct chim_binding *binding = chim_binding_of(conn->obj.owner);
	struct desc *desc;

	if (!skbs)
		return NULL;
	desc = build(conn, skbs);
	if (!desc) {
		chim_desc_drop(skbs);
		return NULL;
	}
	put_out(&binding->out, desc, DESC_OUT);
	return &desc->nbl;
}
