// SPDX-License-Identifier: GPL-2.0
/* The stretches of memory that an skb's data lies in. */
#include "ndis/stretch.h"

#include <linux/skbuff.h>

static bool walk_frags(const struct sk_buff *skb, u32 *off, u32 *len,
		       chim_stretch_fn_t *fn, void *ctx)
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

/**
 * chim_stretch_walk() - go through the memory of an skb's data
 * @skb: the skb
 * @off: begin so many bytes behind skb->data; comes back less by what was in
 *	this skb
 * @len: bytes; comes back less by those that @fn was called for
 * @fn: called for each stretch in turn
 * @ctx: for @fn
 *
 * Context: whoever has @skb, and what @fn needs.
 * Return: false if @fn has returned false.
 */
bool chim_stretch_walk(const struct sk_buff *skb, u32 *off, u32 *len,
		       chim_stretch_fn_t *fn, void *ctx)
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
		if (*len && !chim_stretch_walk(part, off, len, fn, ctx))
			return false;
	return true;
}
