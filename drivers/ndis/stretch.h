/* SPDX-License-Identifier: GPL-2.0 */
/* The stretches of memory that an skb's data lies in. */
#ifndef CHIM_NDIS_STRETCH_H
#define CHIM_NDIS_STRETCH_H

#include <linux/types.h>

struct sk_buff;

/* Is called for @len bytes at @va; false ends it. */
typedef bool chim_stretch_fn_t(void *ctx, u8 *va, u32 len);

bool chim_stretch_walk(const struct sk_buff *skb, u32 *off, u32 *len,
		       chim_stretch_fn_t *fn, void *ctx);

#endif /* CHIM_NDIS_STRETCH_H */
