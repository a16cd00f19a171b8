/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Delivery of received data: the delivery algorithm of requirements.md, as a
 * machine that is stepped under the connection's lock and says which call to
 * the host is due next. The caller makes that call without the lock and
 * reports back; until then the machine is busy and starts no other (RCV-050,
 * RCV-051, D-53).
 */
#ifndef CHIM_TCP_DELIVER_H
#define CHIM_TCP_DELIVER_H

#include "tcp/tcb.h"

/* Flags of struct chim_rx */
#define CHIM_RX_BUSY	0x01	/* a call to the host is under way */
#define CHIM_RX_BANNED	0x02	/* refused data is not indicated (RCV-088) */
#define CHIM_RX_POSTED	0x04	/* a request was posted during the call */
#define CHIM_RX_PUSHED	0x08	/* last byte placed came with PSH (D-51) */
#define CHIM_RX_EXPIRED	0x10	/* the push timer expired during the call */
#define CHIM_RX_CLOSED	0x20	/* the stream has ended: requests are not
				 * queued any more (RCV-056)
				 */
#define CHIM_RX_STOPPED	0x40	/* invalidated or being terminated: no calls */

/**
 * struct chim_rx - received data and posted requests of a connection
 * @head: data in sequence that is not delivered, oldest first, linked through
 *	skb->next, described by chim_rx_cb()
 * @tail: where the next skb goes
 * @fresh: first one that came while a call was under way or the offload had not
 *	completed, and thus waits for its turn (chart S.1, D-53), or NULL
 * @req: posted requests, oldest first
 * @req_tail: where the next one goes
 * @done: requests that are to be completed, in order, before anything else
 * @done_tail: where the next one goes
 * @room: bytes free in the requests at @req
 * @bytes: data not delivered, that of an indication under way included
 * @waste: memory at @head that packing could spare, or more; see pack.c
 * @push_due: when the push timer expires, if CHIM_TIMER_PUSH runs
 * @flags: CHIM_RX_*
 */
struct chim_rx {
	struct sk_buff *head;
	struct sk_buff **tail;
	struct sk_buff *fresh;
	struct chim_rreq *req;
	struct chim_rreq **req_tail;
	struct chim_rreq *done;
	struct chim_rreq **done_tail;
	u64 room;
	u32 bytes;
	u32 waste;
	u32 push_due;
	u8 flags;
};

/* A call to the host that is due. */
enum chim_call_kind {
	CHIM_CALL_NONE,
	CHIM_CALL_SENT,		/* complete @sent */
	CHIM_CALL_COMPLETE,	/* complete receive requests @reqs */
	CHIM_CALL_INDICATE,	/* indicate @bytes of @skbs */
	CHIM_CALL_ABORT,	/* TcpIndicateAbort */
	CHIM_CALL_DISCONNECT,	/* TcpIndicateDisconnect */
	CHIM_CALL_UPLOAD,	/* TcpIndicateRetrieve with @info (chim_upload) */
	CHIM_CALL_BACKLOG,	/* TcpIndicateSendBacklogChange with @info */
};

/**
 * struct chim_call - a call to the host
 * @kind: which
 * @sent: for CHIM_CALL_SENT
 * @reqs: for CHIM_CALL_COMPLETE, linked through @next, @why set
 * @skbs: for CHIM_CALL_INDICATE, linked through skb->next, whole
 * @bytes: undelivered bytes in @skbs
 * @info: for the events
 */
struct chim_call {
	enum chim_call_kind kind;
	struct chim_sreq *sent;
	struct chim_rreq *reqs;
	struct sk_buff *skbs;
	u32 bytes;
	u32 info;
};

void chim_rx_init(struct chim_rx *rx);
bool chim_rx_idle(const struct chim_rx *rx);
bool chim_rx_data(struct chim_run *run, struct sk_buff *skb);
void chim_rx_preload(struct chim_run *run, struct sk_buff *skb);
void chim_rx_post(struct chim_run *run, struct chim_rreq *reqs);
void chim_rx_push_timer(struct chim_run *run);
void chim_rx_start(struct chim_run *run);
bool chim_rx_due(const struct chim_run *run);
bool chim_rx_only_data(const struct chim_run *run);
bool chim_rx_next(struct chim_run *run, struct chim_call *call);
void chim_rx_returned(struct chim_run *run, struct chim_call *call,
		      u32 accepted);
void chim_rx_abort(struct chim_run *run, enum chim_end why);
struct sk_buff *chim_rx_stop(struct chim_run *run, enum chim_end why,
			     struct chim_rreq **reqs);

#endif /* CHIM_TCP_DELIVER_H */
