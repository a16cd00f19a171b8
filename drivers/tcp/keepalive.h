/* SPDX-License-Identifier: GPL-2.0 */
/* Keepalive: is the peer still there? */
#ifndef CHIM_TCP_KEEPALIVE_H
#define CHIM_TCP_KEEPALIVE_H

#include "tcp/tcb.h"

void chim_keepalive_load(struct chim_run *run, u32 left);
void chim_keepalive_expired(struct chim_run *run);
void chim_keepalive_heard(struct chim_run *run);
void chim_keepalive_mitigate(struct chim_run *run);
void chim_keepalive_update(struct chim_run *run,
			   const struct chim_conn_cached *old, u8 commands);

#endif /* CHIM_TCP_KEEPALIVE_H */
