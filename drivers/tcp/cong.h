/* SPDX-License-Identifier: GPL-2.0 */
/* Congestion control: how much may be in the network. */
#ifndef CHIM_TCP_CONG_H
#define CHIM_TCP_CONG_H

#include "tcp/tcb.h"

void chim_cong_load(struct chim_run *run);
void chim_cong_acked(struct chim_run *run, u32 acked, u32 known,
		     bool congested);
void chim_cong_duplicate(struct chim_run *run);
void chim_cong_sacked(struct chim_run *run);
void chim_cong_timeout(struct chim_run *run);
void chim_cong_notified(struct chim_run *run);
void chim_cong_idle(struct chim_run *run);
void chim_cong_restart(struct chim_run *run);
u32 chim_cong_room(struct chim_run *run);

#endif /* CHIM_TCP_CONG_H */
