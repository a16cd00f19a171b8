/* SPDX-License-Identifier: GPL-2.0 */
/* Data out of order: kept, reported, joined. */
#ifndef CHIM_TCP_OOO_H
#define CHIM_TCP_OOO_H

#include "tcp/flow.h"

bool chim_ooo_add(struct chim_run *run, struct sk_buff *skb);
struct sk_buff *chim_ooo_next(struct chim_run *run);
void chim_ooo_took(struct chim_run *run, struct sk_buff *skb);
void chim_ooo_lost(struct chim_run *run, u32 end);
void chim_ooo_purge(struct chim_ooo *ooo);
void chim_ooo_duplicate(struct chim_ooo *ooo, u32 start, u32 end);
u8 chim_ooo_report(struct chim_run *run, u8 room, struct chim_range *out);

#endif /* CHIM_TCP_OOO_H */
