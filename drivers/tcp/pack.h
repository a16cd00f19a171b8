/* SPDX-License-Identifier: GPL-2.0 */
/* Data that waits, in less memory. */
#ifndef CHIM_TCP_PACK_H
#define CHIM_TCP_PACK_H

#include "tcp/tcb.h"

u32 chim_pack_waste(struct sk_buff *skb);
void chim_pack_waiting(struct chim_run *run);
void chim_pack_early(struct chim_run *run);

#endif /* CHIM_TCP_PACK_H */
