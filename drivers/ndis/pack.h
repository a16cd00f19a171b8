/* SPDX-License-Identifier: GPL-2.0 */
/* Received data in skbs of our own. */
#ifndef CHIM_NDIS_PACK_H
#define CHIM_NDIS_PACK_H

struct sk_buff;

struct sk_buff *chim_pack(struct sk_buff *to, struct sk_buff *skb);

#endif /* CHIM_NDIS_PACK_H */
