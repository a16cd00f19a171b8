/* SPDX-License-Identifier: GPL-2.0 */
/* Ends of a connection: FIN each way, RST, and the states they lead to. */
#ifndef CHIM_TCP_CLOSE_H
#define CHIM_TCP_CLOSE_H

#include "tcp/tcb.h"

/* The peer's FIN has been received. */
static inline bool chim_close_received(u8 state)
{
	return state == CHIM_TCP_CLOSE_WAIT || state == CHIM_TCP_CLOSING ||
	       state == CHIM_TCP_LAST_ACK || state == CHIM_TCP_TIME_WAIT ||
	       state == CHIM_TCP_CLOSED;
}

/* Our FIN is sent and not acknowledged: it is the byte before SND.MAX. */
static inline bool chim_close_pending(u8 state)
{
	return state == CHIM_TCP_FIN_WAIT1 || state == CHIM_TCP_CLOSING ||
	       state == CHIM_TCP_LAST_ACK;
}

/* Our FIN is sent, acknowledged or not. */
static inline bool chim_close_sent(u8 state)
{
	return state != CHIM_TCP_ESTABLISHED && state != CHIM_TCP_CLOSE_WAIT;
}

/* Our FIN is acknowledged. */
static inline bool chim_close_acked(const struct chim_tcb *tcb)
{
	return chim_close_sent(tcb->state) && !chim_close_pending(tcb->state);
}

void chim_close_state(struct chim_run *run, u8 state);
void chim_close_fin(struct chim_run *run);
void chim_close_fin_sent(struct chim_run *run);
void chim_close_fin_acked(struct chim_run *run);
void chim_close_reset(struct chim_run *run);
void chim_close_upload(struct chim_run *run, enum chim_upload reason,
		       bool halt);

#endif /* CHIM_TCP_CLOSE_H */
