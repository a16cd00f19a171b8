/* SPDX-License-Identifier: GPL-2.0 */
/* Segments out: what may be sent, and its sending. */
#ifndef CHIM_TCP_SEND_H
#define CHIM_TCP_SEND_H

#include "tcp/tcb.h"

/* Nothing that was sent waits for its acknowledgment. */
static inline bool chim_send_idle(const struct chim_tcb *tcb)
{
	return tcb->snd_una == tcb->snd_max;
}

u32 chim_send_mss_now(struct chim_run *run);

/**
 * chim_send_mss() - most data in a segment
 * @run: the run
 *
 * What path and peer take without options, less the timestamps (X-19, CON-014,
 * UPD-122).
 *
 * Context: connection locked.
 * Return: bytes.
 */
static inline u32 chim_send_mss(struct chim_run *run)
{
	return run->mss ?: chim_send_mss_now(run);
}

bool chim_send_allowed(const struct chim_run *run);
u32 chim_send_again(struct chim_run *run);
void chim_send_probe(struct chim_run *run);
void chim_send_keepalive(struct chim_run *run);
void chim_send_ack(struct chim_run *run);
void chim_send_reset(struct chim_run *run);

#endif /* CHIM_TCP_SEND_H */
