/* SPDX-License-Identifier: GPL-2.0 */
/* Queues of the delivery algorithm: undelivered data, receive requests. */
#ifndef CHIM_TCP_RECVQ_H
#define CHIM_TCP_RECVQ_H

#include "tcp/flow.h"
#include "tcp/tcb.h"

static inline struct chim_rx *chim_recvq(const struct chim_run *run)
{
	return &run->tcb->flow->rx;
}

/* Undelivered bytes of @skb. */
static inline u32 chim_recvq_bytes(struct sk_buff *skb)
{
	return chim_rx_cb(skb)->end - chim_rx_cb(skb)->seq;
}

/* Is there data whose turn it is to be delivered? */
static inline bool chim_recvq_ready(const struct chim_rx *rx)
{
	return rx->head && rx->head != rx->fresh;
}

void chim_recvq_append(struct chim_rx *rx, struct sk_buff *skb);
struct sk_buff *chim_recvq_detach(struct chim_rx *rx, u32 wanted, u32 *bytes);
void chim_recvq_put_back(struct chim_rx *rx, struct sk_buff *skbs);
struct sk_buff *chim_recvq_advance(struct chim_run *run, struct sk_buff *skbs,
				   u32 n);
void chim_recvq_place(struct chim_run *run);
void chim_recvq_drop(struct chim_run *run, struct sk_buff *skbs);

void chim_recvq_post(struct chim_rx *rx, struct chim_rreq *req);
void chim_recvq_finish(struct chim_rx *rx, struct chim_rreq *req,
		       enum chim_end why);
void chim_recvq_end(struct chim_rx *rx, enum chim_end why);
struct chim_rreq *chim_recvq_take_done(struct chim_rx *rx);

#endif /* CHIM_TCP_RECVQ_H */
