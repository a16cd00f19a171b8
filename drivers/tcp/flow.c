// SPDX-License-Identifier: GPL-2.0
/* What an active connection has beside its block: queues and scoreboard. */
#include "tcp/flow.h"

#include "tcp/close.h"
#include "tcp/cong.h"
#include "tcp/ooo.h"
#include "tcp/segment.h"
#include "tcp/sendq.h"
#include "tcp/timer.h"

static void flow_init(struct chim_run *run, struct chim_flow *flow)
{
	struct chim_tcb *tcb = run->tcb;

	/* Without a flow nothing but a FIN can be unacknowledged. */
	chim_sendq_init(&flow->sq, tcb->snd_max -
				   chim_close_pending(tcb->state));
	chim_rx_init(&flow->rx);
	if (tcb->told & CHIM_PEND_FIN)
		flow->rx.flags |= CHIM_RX_CLOSED;
	flow->ooo.tree = RB_ROOT;
	flow->urgent_tail = &flow->urgent;
	flow->sent_at = run->now;
	flow->used_at = run->now;
	flow->opt.since = run->now;
}

/**
 * chim_flow_get() - the flow of a connection, made if there is none
 * @run: the run
 *
 * Whoever asks for it has something to do: the connection is not idle.
 *
 * Context: connection locked.
 * Return: the flow, or NULL if memory is short.
 */
struct chim_flow *chim_flow_get(struct chim_run *run)
{
	struct chim_flow *flow = run->tcb->flow;

	if (flow) {
		flow->used_at = run->now;
		return flow;
	}
	flow = run->ops->alloc(run, sizeof(*flow));
	if (!flow)
		return NULL;
	flow_init(run, flow);
	run->tcb->flow = flow;
	return flow;
}

static bool is_idle(const struct chim_run *run)
{
	const struct chim_flow *flow = run->tcb->flow;

	return chim_sendq_idle(&flow->sq) && chim_rx_idle(&flow->rx) &&
	       !flow->ooo.last && !flow->urgent &&
	       run->tcb->snd_una == run->tcb->snd_max;
}

/**
 * chim_flow_rest() - if nothing is going on, look later whether that lasts
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_flow_rest(struct chim_run *run)
{
	if (!run->tcb->flow || run->tcb->timers & CHIM_TIMER_IDLE)
		return;
	if (is_idle(run))
		chim_timer_idle(run);
}

/**
 * chim_flow_free() - free a flow and the skbs in it
 * @run: the run
 *
 * The requests must have been taken out.
 *
 * Context: connection locked. Does not allocate.
 */
void chim_flow_free(struct chim_run *run)
{
	struct chim_flow *flow = run->tcb->flow;

	chim_ooo_purge(&flow->ooo);
	chim_segment_free(flow->urgent);
	if (flow->board)
		run->ops->free(run, flow->board, sizeof(*flow->board));
	run->tcb->timers &= ~(CHIM_TIMER_PUSH | CHIM_TIMER_SWS |
			      CHIM_TIMER_IDLE);
	run->tcb->flags &= ~CHIM_TCB_RTT;
	run->tcb->flow = NULL;
	run->released += flow->charged;
	run->ops->free(run, flow, sizeof(*flow));
}

/**
 * chim_flow_put() - free the flow if the connection is idle
 * @run: the run; its block has a flow
 *
 * Context: connection locked.
 * Return: true if it is.
 */
bool chim_flow_put(struct chim_run *run)
{
	if (!is_idle(run))
		return false;
	/* The next one does not know how long nothing was sent. */
	chim_cong_restart(run);
	chim_flow_free(run);
	return true;
}
