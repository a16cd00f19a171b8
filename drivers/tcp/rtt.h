/* SPDX-License-Identifier: GPL-2.0 */
/* Round-trip times and the retransmission timeout. */
#ifndef CHIM_TCP_RTT_H
#define CHIM_TCP_RTT_H

#include "tcp/tcb.h"

u32 chim_rtt_timeout(const struct chim_run *run, u32 doublings);
void chim_rtt_sample(struct chim_tcb *tcb, u32 ticks);
void chim_rtt_acked(struct chim_run *run, const struct chim_seg *seg);
void chim_rtt_start(struct chim_run *run, u32 end);

#endif /* CHIM_TCP_RTT_H */
