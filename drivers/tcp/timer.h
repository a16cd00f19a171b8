/* SPDX-License-Identifier: GPL-2.0 */
/* The timers of a connection; they are set and stopped here only. */
#ifndef CHIM_TCP_TIMER_H
#define CHIM_TCP_TIMER_H

#include "tcp/tcb.h"

void chim_timer_set(struct chim_tcb *tcb, u8 timer, u32 *due, u32 now,
		    u32 left);
void chim_timer_give_up(struct chim_run *run, u8 timer);
void chim_timer_stop_all(struct chim_run *run);
void chim_timer_load(struct chim_run *run, const struct chim_conn_deleg *d);
u32 chim_timer_left(const struct chim_tcb *tcb, u8 timer, u32 due, u32 now);
void chim_timer_rearm(struct chim_run *run);
void chim_timer_max_rt(struct chim_run *run);
void chim_timer_sent(struct chim_run *run);
void chim_timer_acked(struct chim_run *run);
void chim_timer_fin_wait2(struct chim_run *run);
void chim_timer_window(struct chim_run *run, u32 was);
void chim_timer_blocked(struct chim_run *run);
void chim_timer_sws(struct chim_run *run);
void chim_timer_idle(struct chim_run *run);

#endif /* CHIM_TCP_TIMER_H */
