/* SPDX-License-Identifier: GPL-2.0 */
/* SACK scoreboard: what the peer has, and what is lost. */
#ifndef CHIM_TCP_BOARD_H
#define CHIM_TCP_BOARD_H

#include "tcp/flow.h"
#include "tcp/tcb.h"

bool chim_board_note(struct chim_run *run, const struct chim_seg *seg);
u32 chim_board_acked(struct chim_run *run);
void chim_board_clear(struct chim_run *run);
bool chim_board_again(struct chim_run *run);
u32 chim_board_lost(struct chim_run *run);
u32 chim_board_pipe(struct chim_run *run, u32 lost);
bool chim_board_hole(struct chim_run *run, u32 from, u32 upto,
		     struct chim_range *hole);
u32 chim_board_high(const struct chim_run *run);

#endif /* CHIM_TCP_BOARD_H */
