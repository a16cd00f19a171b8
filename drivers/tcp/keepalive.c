// SPDX-License-Identifier: GPL-2.0
/*
 * Keepalive: is the peer still there? Also what validates a connection after
 * an RST or SYN that may be an attacker's (area RST).
 */
#include "tcp/keepalive.h"

#include "tcp/close.h"
#include "tcp/engine.h"
#include "tcp/send.h"
#include "tcp/timer.h"

#include <linux/limits.h>
#include <linux/minmax.h>

#define MITIGATE_S	300	/* RST-050 */
#define MITIGATE_PROBES	10	/* RST-052 */

/*
 * A KaTimeout of all ones means never, like a timer that is off; so does zero
 * or a peer that answers would be probed without pause.
 */
static void start_keepalive(struct chim_run *run)
{
	chim_timer_set(run->tcb, CHIM_TIMER_KEEPALIVE, &run->tcb->ka_due,
		       run->now, run->v->ka_timeout ?: CHIM_TICKS_NONE);
}

static void stop_keepalive(struct chim_tcb *tcb)
{
	tcb->timers &= ~CHIM_TIMER_KEEPALIVE;
}

/**
 * chim_keepalive_load() - go on with the host's timer (TMR-013, TMR-014)
 * @run: the run
 * @left: the host's TimeoutDelta
 *
 * Context: nobody else may use the block yet.
 */
void chim_keepalive_load(struct chim_run *run, u32 left)
{
	struct chim_tcb *tcb = run->tcb;

	/* due at once makes no sense if no probe may be sent. */
	if (!left && !run->v->ka_probes)
		start_keepalive(run);
	else
		chim_timer_set(tcb, CHIM_TIMER_KEEPALIVE, &tcb->ka_due,
			       run->now, left);
	if (!(run->v->flags & CHIM_CONN_KEEPALIVE))
		stop_keepalive(tcb);
}

/* The host's variable for those sent has eight bits. */
static u32 probe_limit(const struct chim_run *run)
{
	if (run->tcb->flags & CHIM_TCB_MITIGATE && !run->v->ka_probes)
		return MITIGATE_PROBES;
	return min_t(u32, run->v->ka_probes, U8_MAX);
}

/* never probe without pause. */
static u32 probe_interval(const struct chim_run *run)
{
	return run->v->ka_interval ?: READ_ONCE(run->cfg->tps);
}

/**
 * chim_keepalive_expired() - the keepalive timer has expired
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_keepalive_expired(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	/* what is in flight is probe enough. */
	if (!chim_send_idle(tcb) && !(tcb->flags & CHIM_TCB_MITIGATE)) {
		start_keepalive(run);
		return;
	}
	if (run->muted) {
		run->wanted = true;
		start_keepalive(run);
		return;
	}
	if (tcb->ka_probes >= probe_limit(run)) {
		/* RST-054, TMR-075, O-10 */
		if (tcb->flags & CHIM_TCB_MITIGATE)
			chim_close_state(run, CHIM_TCP_CLOSED);
		chim_timer_give_up(run, CHIM_TIMER_KEEPALIVE);
		return;
	}
	chim_send_keepalive(run);
	tcb->ka_probes++;
	chim_timer_set(tcb, CHIM_TIMER_KEEPALIVE, &tcb->ka_due, run->now,
		       probe_interval(run));
}

/**
 * chim_keepalive_heard() - an acceptable segment has come
 * @run: the run
 *
 * The peer lives (TMR-071, TMR-074), mitigation has its answer (RST-056), and
 * FIN_WAIT_2 starts anew (TMR-052).
 *
 * Context: connection locked.
 */
void chim_keepalive_heard(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	tcb->ka_probes = 0;
	if (tcb->flags & (CHIM_TCB_MITIGATE | CHIM_TCB_CHALLENGED)) {
		tcb->flags &= ~(CHIM_TCB_MITIGATE | CHIM_TCB_CHALLENGED);
		stop_keepalive(tcb);
	}
	if (run->v->flags & CHIM_CONN_KEEPALIVE)
		start_keepalive(run);
	if (tcb->state == CHIM_TCP_FIN_WAIT2)
		chim_timer_fin_wait2(run);
}

/**
 * chim_keepalive_mitigate() - an RST or SYN was challenged (RST-050)
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_keepalive_mitigate(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	u32 wait = MITIGATE_S * READ_ONCE(run->cfg->tps);

	if (tcb->flags & CHIM_TCB_MITIGATE)
		return;
	tcb->flags |= CHIM_TCB_MITIGATE;
	if (chim_timer_left(tcb, CHIM_TIMER_KEEPALIVE, tcb->ka_due, run->now) <
	    wait)
		stop_keepalive(tcb);
	if (!(tcb->timers & CHIM_TIMER_KEEPALIVE))
		chim_timer_set(tcb, CHIM_TIMER_KEEPALIVE, &tcb->ka_due,
			       run->now, wait);
}

/**
 * chim_keepalive_update() - the keepalive variables have been updated
 * @run: the run; its cached variables are the new ones
 * @old: the old ones
 * @commands: CHIM_CONN_COMMANDS that came with them
 *
 * UPD-140, UPD-142, UPD-148 to UPD-150, with D-25 and D-26.
 *
 * Context: connection locked.
 */
void chim_keepalive_update(struct chim_run *run,
			   const struct chim_conn_cached *old, u8 commands)
{
	const struct chim_conn_cached *v = run->v;
	struct chim_tcb *tcb = run->tcb;
	bool reset = commands & (CHIM_CONN_KA_RESTART | CHIM_CONN_RT_RESTART);
	bool was_on = old->flags & CHIM_CONN_KEEPALIVE;
	bool is_on = v->flags & CHIM_CONN_KEEPALIVE;
	bool restart = commands & CHIM_CONN_KA_RESTART;

	if (reset && v->ka_probes != old->ka_probes)
		tcb->ka_probes = 0;
	if (reset && (v->ka_timeout != old->ka_timeout ||
		      v->ka_interval != old->ka_interval))
		restart = true;
	/* probes count within one run of the processing only. */
	if (commands & CHIM_CONN_KA_RESTART || is_on != was_on)
		tcb->ka_probes = 0;
	if (tcb->flags & (CHIM_TCB_MITIGATE | CHIM_TCB_HALTED))
		return;
	if (!is_on)
		stop_keepalive(tcb);
	else if (!was_on || restart)
		start_keepalive(run);
}
