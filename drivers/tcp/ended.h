/* SPDX-License-Identifier: GPL-2.0 */
/* What is to be completed and is in no queue. */
#ifndef CHIM_TCP_ENDED_H
#define CHIM_TCP_ENDED_H

#include "tcp/tcb.h"

struct llist_node;

/**
 * struct chim_ended - what chim_ended_take() has taken, in the order it came
 * @sends: send and disconnect requests, or NULL
 * @reqs: receive requests, or NULL (RCV-017)
 * @others: what chim_ended_other() was given, or NULL
 */
struct chim_ended {
	struct chim_sreq *sends;
	struct chim_rreq *reqs;
	struct llist_node *others;
};

void chim_ended_send(struct chim_tcb *tcb, struct chim_sreq *req);
void chim_ended_receive(struct chim_tcb *tcb, struct chim_rreq *req);
void chim_ended_other(struct chim_tcb *tcb, struct llist_node *node);
void chim_ended_take(struct chim_tcb *tcb, struct chim_ended *to);

#endif /* CHIM_TCP_ENDED_H */
