/* SPDX-License-Identifier: GPL-2.0 */
/* Frames whose pages are the host's. */
#ifndef CHIM_NDIS_FOREIGN_H
#define CHIM_NDIS_FOREIGN_H

struct sk_buff;

void chim_foreign_mark(struct sk_buff *skb);
void chim_foreign_teardown(void);

#endif /* CHIM_NDIS_FOREIGN_H */
