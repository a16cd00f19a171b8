// SPDX-License-Identifier: GPL-2.0
/* Calls to the host: which is due, one at a time; and the end of all. */
#include "tcp/close.h"
#include "tcp/deliver.h"
#include "tcp/engine.h"
#include "tcp/flow.h"
#include "tcp/recv.h"
#include "tcp/send.h"
#include "tcp/sendq.h"
#include "tcp/timer.h"

#include <linux/string.h>

/* Without a flow there is no data before the event, and no request behind. */
static bool bare_event(struct chim_run *run, struct chim_call *call)
{
	struct chim_tcb *tcb = run->tcb;

	if (tcb->pend & CHIM_PEND_ABORT) {
		call->kind = CHIM_CALL_ABORT;
		tcb->pend &= ~CHIM_PEND_ABORT;
		tcb->told |= CHIM_PEND_ABORT;
		return true;
	}
	if (tcb->pend & CHIM_PEND_FIN) {
		call->kind = CHIM_CALL_DISCONNECT;
		tcb->pend &= ~CHIM_PEND_FIN;
		tcb->told |= CHIM_PEND_FIN;
		return true;
	}
	return false;
}

static bool upload_event(struct chim_run *run, struct chim_call *call)
{
	struct chim_tcb *tcb = run->tcb;

	if (!(tcb->pend & CHIM_PEND_UPLOAD))
		return false;
	call->kind = CHIM_CALL_UPLOAD;
	call->info = tcb->upload;
	tcb->pend &= ~CHIM_PEND_UPLOAD;
	tcb->told |= CHIM_PEND_UPLOAD;
	return true;
}

static bool backlog_event(struct chim_run *run, struct chim_call *call)
{
	struct chim_tcb *tcb = run->tcb;

	if (!(tcb->pend & CHIM_PEND_BACKLOG))
		return false;
	call->kind = CHIM_CALL_BACKLOG;
	call->info = tcb->flow->backlog;
	tcb->pend &= ~CHIM_PEND_BACKLOG;
	return true;
}

static void take_done(struct chim_sendq *sq, struct chim_call *call)
{
	*call = (struct chim_call) {
		.kind = CHIM_CALL_SENT,
		.sent = sq->done,
	};
	sq->done = NULL;
	sq->done_tail = &sq->done;
}

/**
 * chim_tcp_call_due() - is a call to the host due?
 * @run: the run
 *
 * Context: connection locked.
 * Return: what chim_tcp_next_call() would.
 */
bool chim_tcp_call_due(const struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;
	const struct chim_flow *flow = tcb->flow;

	if (tcb->flags & CHIM_TCB_HOLD)
		return false;
	if (!flow)
		return tcb->pend & ~CHIM_PEND_BACKLOG;
	if (flow->rx.flags & CHIM_RX_BUSY)
		return false;
	return flow->sq.done || chim_rx_due(run) ||
	       tcb->pend & (CHIM_PEND_UPLOAD | CHIM_PEND_BACKLOG);
}

/**
 * chim_tcp_next_call() - which call to the host is due?
 * @run: the run
 * @call: filled in if one is
 *
 * Delivery goes on during the calls that are none of its own.
 *
 * Context: connection locked; the caller is the connection's owner, makes the
 * call without the lock and reports with chim_tcp_returned().
 * Return: false if none is due.
 */
bool chim_tcp_next_call(struct chim_run *run, struct chim_call *call)
{
	struct chim_flow *flow = run->tcb->flow;

	if (run->tcb->flags & CHIM_TCB_HOLD)
		return false;
	if (!flow) {
		memset(call, 0, sizeof(*call));
		return bare_event(run, call) || upload_event(run, call);
	}
	if (flow->rx.flags & CHIM_RX_BUSY)
		return false;
	/*
	 * Who waits for data need not wait for what the host does with its own, but
	 * only once: there may be no end of data.
	 */
	if (flow->sq.done && (run->shown || !chim_rx_only_data(run))) {
		run->shown = false;
		take_done(&flow->sq, call);
		return true;
	}
	run->shown = true;
	return chim_rx_next(run, call) || upload_event(run, call) ||
	       backlog_event(run, call);
}

/**
 * chim_tcp_returned() - a call to the host has returned
 * @run: the run
 * @call: the call
 * @accepted: for CHIM_CALL_INDICATE, bytes the host has taken
 *
 * Context: connection locked, by the owner.
 */
void chim_tcp_returned(struct chim_run *run, struct chim_call *call,
		       u32 accepted)
{
	/* Whatever the call was, delivery goes on with what came meanwhile. */
	if (run->tcb->flow)
		chim_rx_returned(run, call, accepted);
}

/**
 * chim_tcp_quiesce() - event: the connection is about to be read out
 * @run: the run
 *
 * An acknowledgment that is delayed goes out now (TRM-055, TMR-032).
 *
 * Context: connection locked.
 */
void chim_tcp_quiesce(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (tcb->flags & CHIM_TCB_HOLD || tcb->state == CHIM_TCP_CLOSED)
		return;
	if (tcb->timers & CHIM_TIMER_DELACK || chim_recv_must_ack(run))
		chim_send_ack(run);
}

/* Requests still queued for a peer that has reset end as they would have. */
static void finish_reset(struct chim_run *run, struct chim_rest *rest)
{
	struct chim_tcb *tcb = run->tcb;

	if (!(tcb->flags & CHIM_TCB_ABORTED))
		return;
	rest->abort = tcb->pend & CHIM_PEND_ABORT;
	chim_sendq_abort(run);
}

/**
 * chim_tcp_close() - event: the offload ends
 * @run: the run; no call to the host is under way
 * @rest: filled in; what is in there is the caller's
 *
 * The block can still be read, but takes no event any more.
 *
 * Context: connection locked. Does not allocate.
 */
void chim_tcp_close(struct chim_run *run, struct chim_rest *rest)
{
	struct chim_tcb *tcb = run->tcb;
	struct chim_flow *flow = tcb->flow;
	enum chim_end why = CHIM_END_UPLOAD;

	memset(rest, 0, sizeof(*rest));
	if (tcb->state == CHIM_TCP_ESTABLISHED ||
	    tcb->state == CHIM_TCP_CLOSE_WAIT)
		run->mib->curr_estab--;
	if (!flow) {
		rest->abort = tcb->pend & CHIM_PEND_ABORT;
		return;
	}
	if (tcb->flags & CHIM_TCB_ABORTED)
		why = CHIM_END_ABORTED;
	finish_reset(run, rest);
	rest->skbs = chim_rx_stop(run, why, &rest->reqs);
	rest->sends = chim_sendq_take(run);
	rest->done = flow->sq.done;
	flow->sq.done = NULL;
	rest->urgent = flow->urgent;
	flow->urgent = NULL;
	chim_flow_free(run);
}
