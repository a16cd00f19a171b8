/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine: one event in, one result out.
 *
 * Every function here is an event. It is given a struct chim_run, whose block
 * the caller has locked with softirqs disabled, and leaves in it what is to be
 * done. Nothing here sleeps, and nothing is remembered outside the block.
 */
#ifndef CHIM_TCP_ENGINE_H
#define CHIM_TCP_ENGINE_H

#include "tcp/deliver.h"
#include "tcp/tcb.h"

/* What becomes of a segment. */
enum chim_verdict {
	CHIM_SEG_KEPT,		/* the engine keeps the skb */
	CHIM_SEG_DONE,		/* dealt with, free the skb */
	CHIM_SEG_DROPPED,	/* refused as faulty, counted, free the skb */
	CHIM_SEG_HOST,		/* goes to the host, untouched */
};

bool chim_tcp_parse(const void *header, u32 header_len, struct chim_seg *seg);

void chim_tcp_open(struct chim_run *run, const struct chim_conn_deleg *d,
		   u32 buffered);
bool chim_tcp_adopt(struct chim_run *run, struct chim_sreq *sent,
		    struct sk_buff *buffered);
void chim_tcp_disown(struct chim_run *run);
void chim_tcp_start(struct chim_run *run);
void chim_tcp_read(struct chim_run *run, struct chim_conn_deleg *d);
u32 chim_tcp_undelivered(const struct chim_run *run);

enum chim_verdict chim_tcp_segment(struct chim_run *run, struct chim_seg *seg);
void chim_tcp_timer(struct chim_run *run);
void chim_tcp_send(struct chim_run *run, struct chim_sreq *reqs);
void chim_tcp_receive(struct chim_run *run, struct chim_rreq *reqs);
void chim_tcp_disconnect(struct chim_run *run, struct chim_sreq *req);
void chim_tcp_abort(struct chim_run *run, struct chim_sreq *req);
void chim_tcp_update(struct chim_run *run, const struct chim_conn_cached *old,
		     u8 commands);
void chim_tcp_invalidate(struct chim_run *run);
void chim_tcp_upload(struct chim_run *run, enum chim_upload reason);
void chim_tcp_output(struct chim_run *run);
void chim_tcp_congested(struct chim_run *run);
void chim_tcp_fragment(struct chim_run *run);
u32 chim_tcp_backlog(struct chim_run *run);

bool chim_tcp_next_call(struct chim_run *run, struct chim_call *call);
void chim_tcp_returned(struct chim_run *run, struct chim_call *call,
		       u32 accepted);
bool chim_tcp_call_due(const struct chim_run *run);
bool chim_tcp_due(const struct chim_tcb *tcb, u32 now, u32 *left);

/**
 * struct chim_rest - what an ended connection leaves behind
 * @done: requests that ended but are not completed
 * @sends: requests that did not end, in order, @left set
 * @reqs: receive requests, @why set
 * @skbs: received data not delivered, linked through skb->next
 * @urgent: segments with and after urgent data, likewise, untouched: they go
 *	to the host's stack (NSP-035)
 * @abort: a reset was not reported yet
 */
struct chim_rest {
	struct chim_sreq *done;
	struct chim_sreq *sends;
	struct chim_rreq *reqs;
	struct sk_buff *skbs;
	struct sk_buff *urgent;
	bool abort;
};

void chim_tcp_quiesce(struct chim_run *run);
void chim_tcp_close(struct chim_run *run, struct chim_rest *rest);

#endif /* CHIM_TCP_ENGINE_H */
