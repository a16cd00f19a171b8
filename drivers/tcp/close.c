// SPDX-License-Identifier: GPL-2.0
/* Ends of a connection: FIN each way, RST, and the states they lead to. */
#include "tcp/close.h"

#include "tcp/deliver.h"
#include "tcp/engine.h"
#include "tcp/flow.h"
#include "tcp/sendq.h"
#include "tcp/timer.h"

/* RFC 9293, figure 5: what each event leads to; 0 for no change. */
static const u8 on_fin[CHIM_TCP_STATES] = {
	[CHIM_TCP_ESTABLISHED] = CHIM_TCP_CLOSE_WAIT,
	[CHIM_TCP_FIN_WAIT1] = CHIM_TCP_CLOSING,
	[CHIM_TCP_FIN_WAIT2] = CHIM_TCP_TIME_WAIT,
};

static const u8 on_fin_sent[CHIM_TCP_STATES] = {
	[CHIM_TCP_ESTABLISHED] = CHIM_TCP_FIN_WAIT1,
	[CHIM_TCP_CLOSE_WAIT] = CHIM_TCP_LAST_ACK,
};

static bool counts_established(u8 state)
{
	return state == CHIM_TCP_ESTABLISHED || state == CHIM_TCP_CLOSE_WAIT;
}

/**
 * chim_close_state() - change the state; no one else does
 * @run: the run
 * @state: enum chim_tcp_state
 *
 * Context: connection locked.
 */
void chim_close_state(struct chim_run *run, u8 state)
{
	struct chim_tcb *tcb = run->tcb;
	bool was = counts_established(tcb->state);
	bool is = counts_established(state);

	if (was && !is)
		run->mib->curr_estab--;	/* STT-053 */
	if (was && state == CHIM_TCP_CLOSED)
		run->mib->reset_estab++;	/* STT-054 */
	tcb->state = state;
}

/**
 * chim_close_upload() - have the host asked for the upload
 * @run: the run
 * @reason: why
 * @halt: nothing more is processed (EVT-073)
 *
 * Each connection asks once; a mandatory reason may still follow an
 * optional one. Nothing is asked for after a reset. Timers of a connection that
 * lives on stand still but keep their deadlines, which the host takes over
 * (TMR-015).
 *
 * Context: connection locked. The owner asks.
 */
void chim_close_upload(struct chim_run *run, enum chim_upload reason, bool halt)
{
	struct chim_tcb *tcb = run->tcb;
	bool optional = reason > CHIM_UPLOAD_MANDATORY;

	if (halt) {
		tcb->flags |= CHIM_TCB_HALTED;
		if (tcb->state == CHIM_TCP_CLOSED)
			chim_timer_stop_all(run);
	}
	if (tcb->flags & CHIM_TCB_ABORTED)
		return;
	if (tcb->upload && (optional || tcb->upload <= CHIM_UPLOAD_MANDATORY))
		return;
	tcb->upload = reason;
	tcb->pend |= CHIM_PEND_UPLOAD;
}

static void both_closed(struct chim_run *run, u8 state)
{
	chim_close_state(run, state);
	chim_timer_stop_all(run);
	/* EVT-083, D-59, X-57 */
	chim_close_upload(run, CHIM_UPLOAD_REQUESTED, false);
}

/**
 * chim_close_fin() - the peer's FIN has come into sequence
 * @run: the run
 *
 * The host is told when it has all the data (EVT-030, D-56).
 *
 * Context: connection locked.
 */
void chim_close_fin(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	u8 state = on_fin[tcb->state];

	if (!state)
		return;
	tcb->rcv_nxt++;
	if (tcb->rcv_wnd)
		tcb->rcv_wnd--;	/* */
	tcb->pend |= CHIM_PEND_FIN;
	tcb->flags |= CHIM_TCB_ACK_NOW;
	if (state == CHIM_TCP_TIME_WAIT)
		both_closed(run, state);
	else
		chim_close_state(run, state);
}

/**
 * chim_close_fin_sent() - our FIN went out for the first time
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_close_fin_sent(struct chim_run *run)
{
	u8 state = on_fin_sent[run->tcb->state];

	if (state)
		chim_close_state(run, state);
}

/**
 * chim_close_fin_acked() - everything we sent is acknowledged, our FIN too
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_close_fin_acked(struct chim_run *run)
{
	switch (run->tcb->state) {
	case CHIM_TCP_FIN_WAIT1:
		chim_close_state(run, CHIM_TCP_FIN_WAIT2);
		chim_timer_fin_wait2(run);
		break;
	case CHIM_TCP_CLOSING:
		both_closed(run, CHIM_TCP_TIME_WAIT);
		break;
	case CHIM_TCP_LAST_ACK:
		both_closed(run, CHIM_TCP_CLOSED);
		break;
	default:
		break;
	}
}

/**
 * chim_close_reset() - an acceptable RST has come (EVT-050 to EVT-053)
 * @run: the run
 *
 * Data accepted before is delivered first; then the host is told, and
 * requests end.
 *
 * Context: connection locked.
 */
void chim_close_reset(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (tcb->flags & CHIM_TCB_ABORTED)
		return;
	tcb->flags |= CHIM_TCB_ABORTED;
	tcb->pend &= ~(CHIM_PEND_FIN | CHIM_PEND_UPLOAD | CHIM_PEND_BACKLOG);
	tcb->pend |= CHIM_PEND_ABORT;
	chim_close_state(run, CHIM_TCP_CLOSED);
	chim_timer_stop_all(run);
}
