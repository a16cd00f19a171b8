/* SPDX-License-Identifier: GPL-2.0 */
/* Acknowledgments in. */
#ifndef CHIM_TCP_ACK_H
#define CHIM_TCP_ACK_H

#include "tcp/tcb.h"

u32 chim_ack_seq(const struct chim_run *run);
void chim_ack_process(struct chim_run *run, const struct chim_seg *seg);

#endif /* CHIM_TCP_ACK_H */
