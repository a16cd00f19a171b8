// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery of received data: charts S, R, F, N and T of requirements.md.
 *
 * Every event that starts a run of the algorithm (RCV-110) ends in run_on(),
 * which carries it to its end (RCV-112) as far as no call is under way. So when
 * the machine rests, data is left only if no request is, and chim_rx_next() has
 * nothing to do but to name the call that is due.
 */
#include "tcp/deliver.h"

#include "tcp/pack.h"
#include "tcp/recv.h"
#include "tcp/recvq.h"
#include "tcp/sendq.h"

/* What the host is told about the end of the stream. */
#define RX_EVENTS	(CHIM_PEND_ABORT | CHIM_PEND_FIN)

/* Aborted by the peer and the host knows, or aborted by the host. */
static bool aborted(const struct chim_tcb *tcb)
{
	return (tcb->flags & CHIM_TCB_ABORTED) &&
	       !(tcb->pend & CHIM_PEND_ABORT);
}

/* The mark in the block outlives the flow. */
static bool closed(const struct chim_run *run)
{
	return (chim_recvq(run)->flags & CHIM_RX_CLOSED) ||
	       (run->tcb->told & CHIM_PEND_FIN);
}

/* Does the algorithm have to wait? */
static bool barred(const struct chim_run *run)
{
	return (chim_recvq(run)->flags & (CHIM_RX_BUSY | CHIM_RX_STOPPED)) ||
	       (run->tcb->flags & CHIM_TCB_HOLD);
}

static void push_start(struct chim_run *run)
{
	run->tcb->timers |= CHIM_TIMER_PUSH;
	chim_recvq(run)->push_due = run->now + run->cfg->push_ticks;
}

static bool push_runs(const struct chim_run *run)
{
	return run->tcb->timers & CHIM_TIMER_PUSH;
}

static void push_stop(struct chim_run *run)
{
	run->tcb->timers &= ~CHIM_TIMER_PUSH;
}

/* Ends the oldest request; any completion stops the timer (F.3, F.7). */
static void end_first(struct chim_run *run, enum chim_end why)
{
	chim_recvq_end(chim_recvq(run), why);
	push_stop(run);
}

static void end_all(struct chim_run *run, enum chim_end why)
{
	while (chim_recvq(run)->req)
		end_first(run, why);
}

/* One without room is filled; without any room, as soon as there is data. */
static bool is_filled(const struct chim_rx *rx, const struct chim_rreq *req)
{
	return req->filled == req->len && (req->len || chim_recvq_ready(rx));
}

/* Partly filled, if only by the host (D-45), and in push mode. */
static bool is_push_part(const struct chim_rreq *req)
{
	return req && req->filled && req->filled < req->len &&
	       !(req->flags & CHIM_RREQ_NOPUSH);
}

static void end_filled(struct chim_run *run)
{
	struct chim_rx *rx = chim_recvq(run);

	while (rx->req && is_filled(rx, rx->req))
		end_first(run, CHIM_END_OK);
}

/*
 * F: the requests get what there is (F.1, F.2), and if that is all and its end
 * was pushed, the last one need not wait to be filled (F.7, D-51). Without data
 * no PSH is asked for: R.2 stops.
 */
static void fill(struct chim_run *run)
{
	struct chim_rx *rx = chim_recvq(run);
	bool placed = false;

	end_filled(run);
	while (rx->req && chim_recvq_ready(rx)) {
		chim_recvq_place(run);
		placed = true;
		end_filled(run);
	}
	if (placed && !chim_recvq_ready(rx) && (rx->flags & CHIM_RX_PUSHED) &&
	    is_push_part(rx->req)) {
		end_first(run, CHIM_END_OK);
		end_filled(run);
	}
}

/* T: the push timer has expired; there may be nothing to complete (TMR-115). */
static void expire(struct chim_run *run)
{
	struct chim_rx *rx = chim_recvq(run);

	rx->flags &= ~CHIM_RX_EXPIRED;
	if (!is_push_part(rx->req))
		return;
	end_first(run, CHIM_END_OK);
	end_filled(run);
}

/*
 * Carries on with all that has come, in the order of D-53: what is undelivered
 * and the requests, then each segment by itself, then the expiry. What finds no
 * request is buffered from here on (S.3).
 */
static void run_on(struct chim_run *run)
{
	struct chim_rx *rx = chim_recvq(run);

	if (barred(run))
		return;
	fill(run);
	while (rx->fresh) {
		rx->fresh = rx->fresh->next;
		fill(run);
	}
	if (rx->flags & CHIM_RX_EXPIRED)
		expire(run);
	if (is_push_part(rx->req) && !push_runs(run))
		push_start(run);
	/* It stays for as long as the host likes (RCV-088). */
	if (rx->flags & CHIM_RX_BANNED)
		chim_pack_waiting(run);
}

/**
 * chim_rx_init() - start with no data and no request
 * @rx: the machine
 *
 * The push timer is the caller's to clear (TMR-110).
 *
 * Context: nobody else may use @rx yet.
 */
void chim_rx_init(struct chim_rx *rx)
{
	memset(rx, 0, sizeof(*rx));
	rx->tail = &rx->head;
	rx->req_tail = &rx->req;
	rx->done_tail = &rx->done;
}

/**
 * chim_rx_idle() - may the machine be forgotten?
 * @rx: the machine
 *
 * Context: connection locked.
 * Return: true if no data is undelivered, no request is posted or waits for its
 * completion and no call is under way.
 */
bool chim_rx_idle(const struct chim_rx *rx)
{
	return !rx->head && !rx->req && !rx->done &&
	       !(rx->flags & CHIM_RX_BUSY);
}

/**
 * chim_rx_data() - data has arrived in sequence (chart S)
 * @run: the run
 * @skb: the data, at least one byte, chim_rx_cb() set; taken over if true is
 *	returned, and possibly freed already
 *
 * The caller advances RCV.NXT in the same run, so before any completion
 * (RCV-052). A running push timer is restarted (RCV-038, D-46).
 *
 * Context: connection locked.
 * Return: false if memory is short, or nothing is received any more: nothing
 * has changed then, and the data counts as not received.
 */
bool chim_rx_data(struct chim_run *run, struct sk_buff *skb)
{
	struct chim_rx *rx = chim_recvq(run);

	if ((rx->flags & CHIM_RX_STOPPED) || closed(run) || aborted(run->tcb))
		return false;
	if (barred(run) || rx->head || chim_recvq_bytes(skb) > rx->room)
		if (!run->ops->describe(run, skb))
			return false;
	chim_recvq_append(rx, skb);
	if (!rx->fresh)
		rx->fresh = skb;
	if (push_runs(run))
		push_start(run);
	run_on(run);
	return true;
}

/**
 * chim_rx_preload() - data was handed over with the connection
 * @run: the run
 * @skb: the data, at least one byte, chim_rx_cb() set, described; taken over
 *
 * It has been acknowledged already (INI-083) and goes before all that is
 * received (INI-085). It is delivered like any other once chim_rx_start() says
 * that the offload has completed (R-04, D-18).
 *
 * Context: nobody else may use the block yet; %CHIM_TCB_HOLD is set.
 */
void chim_rx_preload(struct chim_run *run, struct sk_buff *skb)
{
	chim_recvq_append(chim_recvq(run), skb);
}

/* A request that comes too late is not queued; how does it end? */
static bool too_late(struct chim_run *run, const struct chim_rreq *req,
		     enum chim_end *why)
{
	if (aborted(run->tcb)) {
		*why = CHIM_END_ABORTED;
		return true;
	}
	if (!closed(run))
		return false;
	/* Until the event is made it counts as outstanding. */
	if (!req->len || (run->tcb->pend & CHIM_PEND_FIN))
		*why = CHIM_END_OK;
	else
		*why = CHIM_END_STATE;
	return true;
}

/**
 * chim_rx_post() - the host has posted requests (chart R)
 * @run: the run
 * @reqs: the requests, in order, linked through @next, @len, @filled and @flags
 *	set; the engine's until they come back in a completion
 *
 * They lift the ban on refused data, that which an indication under way would
 * bring as well (RCV-088, RCV-090, D-52, X-46). A push request with host data in
 * it starts the timer at once (RCV-032, D-45). Requests that come after the
 * disconnect event are refused, zero-byte ones succeed (RCV-056, X-52).
 *
 * Context: connection locked.
 */
void chim_rx_post(struct chim_run *run, struct chim_rreq *reqs)
{
	struct chim_rx *rx = chim_recvq(run);

	rx->flags &= ~CHIM_RX_BANNED;
	if (rx->flags & CHIM_RX_BUSY)
		rx->flags |= CHIM_RX_POSTED;
	while (reqs) {
		struct chim_rreq *req = reqs;
		enum chim_end why;

		reqs = req->next;
		req->filled = min(req->filled, req->len);
		if (too_late(run, req, &why)) {
			chim_recvq_finish(rx, req, why);
			continue;
		}
		chim_recvq_post(rx, req);
		if (is_push_part(req) && !push_runs(run))
			push_start(run);
	}
	run_on(run);
}

/**
 * chim_rx_push_timer() - the push timer has expired (chart T)
 * @run: the run
 *
 * During a call the expiry is remembered (D-53).
 *
 * Context: connection locked.
 */
void chim_rx_push_timer(struct chim_run *run)
{
	push_stop(run);
	chim_recvq(run)->flags |= CHIM_RX_EXPIRED;
	run_on(run);
}

/**
 * chim_rx_start() - the offload has completed (INI-065, D-18)
 * @run: the run; %CHIM_TCB_HOLD is cleared
 *
 * Context: connection locked.
 */
void chim_rx_start(struct chim_run *run)
{
	run_on(run);
}

static void begin(struct chim_rx *rx, struct chim_call *call,
		  enum chim_call_kind kind)
{
	call->kind = kind;
	rx->flags |= CHIM_RX_BUSY;
	rx->flags &= ~CHIM_RX_POSTED;
}

static void begin_complete(struct chim_rx *rx, struct chim_call *call)
{
	begin(rx, call, CHIM_CALL_COMPLETE);
	call->reqs = chim_recvq_take_done(rx);
}

/*
 * All data is delivered: the host hears of the end (EVT-030, X-53). Requests
 * that are outstanding at a FIN come first. That is done once: the host
 * may post again from within, and is to get its event.
 */
static bool begin_event(struct chim_run *run, struct chim_call *call)
{
	struct chim_rx *rx = chim_recvq(run);
	struct chim_tcb *tcb = run->tcb;

	if (tcb->pend & CHIM_PEND_ABORT) {
		begin(rx, call, CHIM_CALL_ABORT);
		return true;
	}
	if (!(tcb->pend & CHIM_PEND_FIN))
		return false;
	if (!closed(run)) {
		rx->flags |= CHIM_RX_CLOSED;
		end_all(run, CHIM_END_OK);
		if (rx->done) {
			begin_complete(rx, call);
			return true;
		}
	}
	tcb->pend &= ~CHIM_PEND_FIN;
	begin(rx, call, CHIM_CALL_DISCONNECT);
	return true;
}

/* Data comes before it, but no host is to wait for what it has refused. */
static bool event_due(const struct chim_run *run)
{
	const struct chim_rx *rx = chim_recvq(run);
	u8 pend = run->tcb->pend & RX_EVENTS;

	if (!rx->head || closed(run))
		return pend;
	return run->resets_first && pend & CHIM_PEND_ABORT &&
	       rx->flags & CHIM_RX_BANNED;
}

/* Nothing is indicated behind a reset: it comes back with the connection. */
static bool data_due(const struct chim_run *run)
{
	const struct chim_rx *rx = chim_recvq(run);

	return rx->head && !(rx->flags & CHIM_RX_BANNED) && !aborted(run->tcb);
}

/**
 * chim_rx_due() - is a call to the host due?
 * @run: the run
 *
 * Context: connection locked.
 * Return: what chim_rx_next() would.
 */
bool chim_rx_due(const struct chim_run *run)
{
	if (barred(run))
		return false;
	return chim_recvq(run)->done || event_due(run) || data_due(run);
}

/**
 * chim_rx_only_data() - is there data to show, and nothing else to tell?
 * @run: the run
 *
 * Completions of receive requests and the end of the stream come after those of sends
 * data need not.
 *
 * Context: connection locked.
 * Return: true if chim_rx_next() would name an indication.
 */
bool chim_rx_only_data(const struct chim_run *run)
{
	return !barred(run) && !chim_recvq(run)->done &&
	       !(run->tcb->pend & RX_EVENTS) && data_due(run);
}

/**
 * chim_rx_next() - which call to the host is due?
 * @run: the run
 * @call: set to the call; @kind is CHIM_CALL_NONE if there is none
 *
 * Once a call is named, no other is until chim_rx_returned() (RCV-050, RCV-051).
 * Requests and skbs of the call are the caller's until then.
 *
 * Context: connection locked.
 * Return: true if a call is due.
 */
bool chim_rx_next(struct chim_run *run, struct chim_call *call)
{
	struct chim_rx *rx = chim_recvq(run);

	memset(call, 0, sizeof(*call));
	if (barred(run))
		return false;
	/* Requests that came after the end do not hold the event back. */
	if (closed(run) && (run->tcb->pend & RX_EVENTS))
		return begin_event(run, call);
	if (rx->done) {
		begin_complete(rx, call);
		return true;
	}
	if (event_due(run))
		return begin_event(run, call);
	if (!data_due(run))
		return false;
	begin(rx, call, CHIM_CALL_INDICATE);
	call->skbs = chim_recvq_detach(rx, run->v->rcv_ind_size, &call->bytes);
	return true;
}

/*
 * N.3, N.4: what was not accepted is buffered again and, unless a request was
 * posted meanwhile, not indicated before one is (RCV-085, RCV-086, D-50, X-46).
 */
static void indicated(struct chim_run *run, struct chim_call *call,
		      u32 accepted)
{
	struct chim_rx *rx = chim_recvq(run);
	struct sk_buff *rest = NULL;

	accepted = min(accepted, call->bytes);
	rx->bytes -= accepted;
	run->tcb->flow->opt.indicated += accepted;
	if (accepted < call->bytes)
		rest = chim_recvq_advance(run, call->skbs, accepted);
	if (accepted)
		chim_tcp_consumed(run, accepted);
	if (!rest)
		return;
	if (aborted(run->tcb)) {
		rx->bytes -= call->bytes - accepted;
		chim_recvq_drop(run, rest);
		return;
	}
	chim_recvq_put_back(rx, rest);
	if (!(rx->flags & CHIM_RX_POSTED))
		rx->flags |= CHIM_RX_BANNED;
}

/* The event first, then sends, disconnects and receive requests. */
static void abort_told(struct chim_run *run)
{
	run->tcb->pend &= ~RX_EVENTS;
	run->tcb->told |= CHIM_PEND_ABORT;
	chim_sendq_abort(run);
	end_all(run, CHIM_END_ABORTED);
}

/**
 * chim_rx_returned() - the call to the host has returned
 * @run: the run
 * @call: as chim_rx_next() gave it
 * @accepted: for CHIM_CALL_INDICATE, bytes the host took; if that is all, the
 *	skbs are not the caller's any more, else they are taken back
 *
 * Context: connection locked.
 */
void chim_rx_returned(struct chim_run *run, struct chim_call *call,
		      u32 accepted)
{
	chim_recvq(run)->flags &= ~CHIM_RX_BUSY;
	switch (call->kind) {
	case CHIM_CALL_INDICATE:
		indicated(run, call, accepted);
		break;
	case CHIM_CALL_ABORT:
		abort_told(run);
		break;
	case CHIM_CALL_DISCONNECT:
		run->tcb->told |= CHIM_PEND_FIN;
		break;
	default:
		break;
	}
	run_on(run);
}

/**
 * chim_rx_abort() - the host aborts the connection (DSC-030, X-55)
 * @run: the run
 * @why: how the receive requests end
 *
 * Undelivered data is dropped, that of an indication under way as far as it is
 * not accepted; nothing is received or told any more.
 *
 * Context: connection locked.
 */
void chim_rx_abort(struct chim_run *run, enum chim_end why)
{
	struct chim_rx *rx = chim_recvq(run);
	struct sk_buff *skbs = rx->head;
	struct sk_buff *skb;

	run->tcb->flags |= CHIM_TCB_ABORTED;
	run->tcb->pend &= ~RX_EVENTS;
	rx->flags &= ~(CHIM_RX_BANNED | CHIM_RX_EXPIRED);
	for (skb = skbs; skb; skb = skb->next)
		rx->bytes -= chim_recvq_bytes(skb);
	rx->head = NULL;
	rx->tail = &rx->head;
	rx->fresh = NULL;
	chim_recvq_drop(run, skbs);
	end_all(run, why);
	push_stop(run);
}

/**
 * chim_rx_stop() - the connection is being terminated (TMR-114)
 * @run: the run
 * @why: how requests end
 * @reqs: set to all requests, in order, linked through @next, @why set; at an
 *	upload one that was partly filled succeeds with what it has
 *
 * Context: connection locked; no call may be under way.
 * Return: the undelivered data, described, linked through skb->next, or NULL.
 */
struct sk_buff *chim_rx_stop(struct chim_run *run, enum chim_end why,
			     struct chim_rreq **reqs)
{
	struct chim_rx *rx = chim_recvq(run);
	struct sk_buff *skbs = rx->head;

	WARN_ON_ONCE(rx->flags & CHIM_RX_BUSY);
	while (rx->req) {
		bool part = rx->req->flags & CHIM_RREQ_PLACED;

		end_first(run, part && why == CHIM_END_UPLOAD ? CHIM_END_OK :
			  why);
	}
	*reqs = rx->done;
	push_stop(run);
	chim_rx_init(rx);
	rx->flags = CHIM_RX_STOPPED;
	return skbs;
}
