// SPDX-License-Identifier: GPL-2.0
/*
 * Data that waits, in less memory.
 *
 * An skb takes up to several times the bytes in it: its head, the rest of its
 * pages, its description. Where that adds up, the bytes are copied one behind the
 * other into skbs of our own. Data that the host is about to get stays as it came.
 *
 * What the host sees does not change by it: skbs are joined only where nothing
 * asks for the boundary between them.
 */
#include "tcp/pack.h"

#include "tcp/flow.h"
#include "tcp/recvq.h"

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>

/* Less than this is let be, and so is a small part of what there is. */
#define WASTE_MIN	SZ_4K
#define WASTE_DIV	64
/* About what an skb of our own takes beside its pages. */
#define OVERHEAD	SZ_1K
/* What a step may take, before what it spares is given back. */
#define STEP		SZ_8K
/* A stretch of so many bytes is worth it, however little each skb wastes. */
#define STRETCH		SZ_64K

static struct sk_buff *next_in_queue(struct sk_buff *skb)
{
	return skb->next;
}

/* The next one out of order, unless there is a gap or a boundary between. */
static struct sk_buff *next_in_tree(struct sk_buff *skb)
{
	struct rb_node *node = rb_next(&skb->rbnode);
	const struct chim_rx_cb *cb = chim_rx_cb(skb);
	struct sk_buff *next;

	if (!node || cb->psh || cb->fin)
		return NULL;
	next = rb_entry(node, struct sk_buff, rbnode);
	return chim_rx_cb(next)->seq == cb->end ? next : NULL;
}

/**
 * chim_pack_waste() - memory that could be spared
 * @skb: data that waits
 *
 * Of an skb of our own that is the part in front that has been delivered.
 *
 * Context: connection locked.
 * Return: bytes, 0 if they are a small part of the whole.
 */
u32 chim_pack_waste(struct sk_buff *skb)
{
	const struct chim_rx_cb *cb = chim_rx_cb(skb);
	u32 bytes = cb->end - cb->seq;

	if (cb->packed)
		return cb->off > bytes ? cb->off : 0;
	if (skb->truesize < bytes + bytes / 8)
		return 0;
	return skb->truesize - bytes;
}

/* Do @skb and what follows take less memory in an skb of our own? */
static bool worth(struct sk_buff *skb,
		  struct sk_buff *(*next)(struct sk_buff *skb))
{
	u32 bytes = 0, memory = 0;

	for (; skb && bytes < STRETCH && chim_pack_waste(skb); skb = next(skb)) {
		bytes += chim_recvq_bytes(skb);
		memory += skb->truesize;
	}
	return OVERHEAD + PAGE_ALIGN(bytes) < memory;
}

/* May more be put behind the data of @skb? */
static bool has_room(struct sk_buff *skb)
{
	const struct chim_rx_cb *cb = chim_rx_cb(skb);

	return cb->packed && !cb->fin &&
	       cb->off + cb->end - cb->seq == skb->len;
}

/*
 * Copies @skb behind @to, or into a new one if @to is NULL or full; @to is then
 * that. False if memory is short. @skb is still there.
 */
static bool pack(struct chim_run *run, struct sk_buff **to,
		 struct sk_buff *skb)
{
	const struct chim_rx_cb *from = chim_rx_cb(skb);
	struct sk_buff *into = NULL;
	struct chim_rx_cb *cb;

	if (*to)
		into = run->ops->pack(run, *to, skb);
	if (!into) {
		*to = NULL;
		into = run->ops->pack(run, NULL, skb);
		if (!into)
			return false;
		cb = chim_rx_cb(into);
		cb->seq = from->seq;
		cb->off = 0;
		cb->packed = true;
	}
	cb = chim_rx_cb(into);
	cb->end = from->end;
	cb->psh = from->psh;
	cb->fin = from->fin;
	*to = into;
	return true;
}

static void drop(struct chim_run *run, struct sk_buff *skb)
{
	if (chim_rx_cb(skb)->desc)
		run->ops->forget(run, skb);
	skb_mark_not_on_list(skb);
	consume_skb(skb);
}

static void pack_queue(struct chim_run *run, struct chim_rx *rx)
{
	struct sk_buff **link = &rx->head, *to = NULL, *skb;

	while ((skb = *link)) {
		struct sk_buff *had;

		if (to && !has_room(to))
			to = NULL;
		had = to;
		if (!chim_pack_waste(skb) ||
		    (!to && !worth(skb, next_in_queue)) ||
		    !pack(run, &to, skb)) {
			to = skb;
			link = &skb->next;
			continue;
		}
		if (to == had) {
			*link = skb->next;
		} else {
			to->next = skb->next;
			*link = to;
			link = &to->next;
		}
		drop(run, skb);
	}
	rx->tail = link;
}

/**
 * chim_pack_waiting() - data waits for a request of the host
 * @run: the run; its block has a flow
 *
 * PSH counts only where all data ends (D-51), so it is no boundary here. But
 * RcvIndicationSize asks for the skbs as they came (RCV-093), as long as they take no
 * more than twice their data: it is a suggestion (RCV-094), and memory is not.
 *
 * Context: connection locked; the delivery algorithm rests.
 */
void chim_pack_waiting(struct chim_run *run)
{
	struct chim_rx *rx = chim_recvq(run);

	if (rx->waste <= max_t(u32, WASTE_MIN, rx->bytes / WASTE_DIV) ||
	    (run->v->rcv_ind_size && rx->waste <= rx->bytes))
		return;
	rx->waste = 0;
	pack_queue(run, rx);
}

/* In the tree @skb gives way to @to, which is new, or has its data now. */
static void replace(struct chim_ooo *ooo, struct sk_buff *skb,
		    struct sk_buff *to, bool new)
{
	ooo->bytes -= skb->truesize;
	if (new) {
		rb_replace_node(&skb->rbnode, &to->rbnode, &ooo->tree);
		ooo->bytes += to->truesize;
	} else {
		rb_erase(&skb->rbnode, &ooo->tree);
	}
	RB_CLEAR_NODE(&skb->rbnode);
	skb->dev = NULL;
	skb->prev = NULL;
	if (ooo->last == skb)
		ooo->last = to;
}

static void pack_tree(struct chim_run *run, struct chim_ooo *ooo)
{
	struct rb_node *node = rb_first(&ooo->tree);
	u32 limit = READ_ONCE(run->cfg->ooo_bytes);
	struct sk_buff *to = NULL, *before = NULL;

	while (node) {
		struct sk_buff *skb = rb_entry(node, struct sk_buff, rbnode);
		struct sk_buff *had;
		u32 size;

		node = rb_next(node);
		if (before && (next_in_tree(before) != skb ||
			       !has_room(before)))
			before = NULL;
		to = before;
		had = to;
		size = to ? to->truesize : 0;
		before = skb;
		if (ooo->bytes + STEP > limit || !chim_pack_waste(skb) ||
		    (!to && !worth(skb, next_in_tree)) || !pack(run, &to, skb))
			continue;
		if (to == had)
			ooo->bytes += to->truesize - size;
		replace(ooo, skb, to, to != had);
		drop(run, skb);
		before = to;
	}
}

/**
 * chim_pack_early() - data waits for what is missing in front of it
 * @run: the run; its block has a flow
 *
 * PSH is a boundary here: each segment will count by itself (chart S).
 *
 * Context: connection locked.
 */
void chim_pack_early(struct chim_run *run)
{
	struct chim_ooo *ooo = &run->tcb->flow->ooo;

	if (ooo->waste <= max_t(u32, WASTE_MIN, ooo->bytes / WASTE_DIV))
		return;
	ooo->waste = 0;
	pack_tree(run, ooo);
}
