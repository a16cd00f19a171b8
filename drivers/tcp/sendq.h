/* SPDX-License-Identifier: GPL-2.0 */
/* Send requests: what is sent, acknowledged, ended. */
#ifndef CHIM_TCP_SENDQ_H
#define CHIM_TCP_SENDQ_H

#include "tcp/flow.h"
#include "tcp/tcb.h"

void chim_sendq_init(struct chim_sendq *sq, u32 seq);
bool chim_sendq_idle(const struct chim_sendq *sq);
void chim_sendq_add(struct chim_sendq *sq, struct chim_sreq *req);
void chim_sendq_sent(struct chim_sendq *sq, u32 upto);
void chim_sendq_acked(struct chim_run *run);
const struct chim_sreq *chim_sendq_at(const struct chim_sendq *sq, u32 seq,
				      u32 *off);
u32 chim_sendq_to_end(const struct chim_sendq *sq, u32 seq);
void chim_sendq_end(struct chim_sendq *sq, struct chim_sreq *req,
		    enum chim_end why);
void chim_sendq_abort(struct chim_run *run);
struct chim_sreq *chim_sendq_take(struct chim_run *run);

#endif /* CHIM_TCP_SENDQ_H */
