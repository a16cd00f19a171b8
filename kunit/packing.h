/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What packs data for engines that stand alone: skbs in one piece, so that their
 * bytes can be looked at without a copy.
 */
#ifndef CHIM_KUNIT_PACKING_H
#define CHIM_KUNIT_PACKING_H

#include "tcp/tcb.h"

/* Most bytes in one: few, so that they fill up. */
#define PK_BYTES	6000

/* Like @pack of struct chim_tcp_ops, but for the description. */
static inline struct sk_buff *pk_pack(struct sk_buff *to,
				      struct sk_buff *skb)
{
	const struct chim_rx_cb *cb = chim_rx_cb(skb);
	u32 len = cb->end - cb->seq;

	if (to && to->len + len > PK_BYTES)
		return NULL;
	if (!to) {
		to = alloc_skb(max_t(u32, len, PK_BYTES), GFP_ATOMIC);
		if (!to)
			return NULL;
		memset(chim_rx_cb(to), 0, sizeof(struct chim_rx_cb));
	}
	skb_copy_bits(skb, cb->off, skb_put(to, len), len);
	return to;
}

#endif /* CHIM_KUNIT_PACKING_H */
