/* SPDX-License-Identifier: GPL-2.0 */
/* Received data: in sequence, the window, when to acknowledge. */
#ifndef CHIM_TCP_RECV_H
#define CHIM_TCP_RECV_H

#include "tcp/tcb.h"

u32 chim_recv_edge(const struct chim_tcb *tcb);
u16 chim_recv_window(struct chim_run *run);
void chim_tcp_consumed(struct chim_run *run, u32 bytes);
bool chim_recv_segment(struct chim_run *run, struct chim_seg *seg);
void chim_recv_ack_sent(struct chim_run *run, u16 wnd);
bool chim_recv_must_ack(struct chim_run *run);

#endif /* CHIM_TCP_RECV_H */
