// SPDX-License-Identifier: GPL-2.0
/*
 * Received data in skbs of our own: nothing but pages, each filled before the
 * next one is begun. When and what is packed is for drivers/tcp/pack.c to say.
 */
#include "ndis/pack.h"

#include "ndis/desc.h"
#include "tcp/tcb.h"

#include <linux/mm.h>
#include <linux/skbuff.h>

static_assert(CHIM_DESC_PAGES <= MAX_SKB_FRAGS);

#define GFP	(GFP_ATOMIC | __GFP_NOWARN)

static struct sk_buff *make(bool described)
{
	struct sk_buff *skb = alloc_skb(0, GFP);

	if (!skb)
		return NULL;
	memset(chim_rx_cb(skb), 0, sizeof(struct chim_rx_cb));
	if (described && !chim_desc_reserve(skb, GFP)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

/* Pages for @len more bytes. What is there at a failure serves the next time. */
static bool grow(struct sk_buff *skb, u32 len)
{
	u32 want = DIV_ROUND_UP(skb->len + len, PAGE_SIZE);
	u32 have = skb_shinfo(skb)->nr_frags;
	struct page *page;

	if (!chim_desc_fits(skb, want))
		return false;
	for (; have < want; have++) {
		page = alloc_page(GFP);
		if (!page)
			return false;
		skb_fill_page_desc(skb, have, page, 0, 0);
		skb->truesize += PAGE_SIZE;
	}
	return true;
}

static void copy(struct sk_buff *to, struct sk_buff *skb, u32 off,
		 u32 len)
{
	u32 n;

	for (; len; len -= n, off += n) {
		skb_frag_t *frag = &skb_shinfo(to)->frags[to->len / PAGE_SIZE];
		u32 at = offset_in_page(to->len);

		n = min_t(u32, len, PAGE_SIZE - at);
		skb_copy_bits(skb, off, (u8 *)skb_frag_address(frag) + at, n);
		skb_frag_size_add(frag, n);
		to->len += n;
		to->data_len += n;
	}
}

/**
 * chim_pack() - see struct chim_tcp_ops
 * @to: an skb made here, or NULL
 * @skb: received data
 *
 * Context: connection's lock held, softirqs disabled.
 * Return: the skb that has the data, or NULL.
 */
struct sk_buff *chim_pack(struct sk_buff *to, struct sk_buff *skb)
{
	const struct chim_rx_cb *cb = chim_rx_cb(skb);
	struct sk_buff *into = to ?: make(cb->desc);
	u32 len = cb->end - cb->seq;

	if (!into)
		return NULL;
	if (grow(into, len)) {
		copy(into, skb, cb->off, len);
		return into;
	}
	if (!to) {
		chim_desc_forget(NULL, into);
		kfree_skb(into);
	}
	return NULL;
}
