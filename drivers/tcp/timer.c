// SPDX-License-Identifier: GPL-2.0
/*
 * The timers of a connection, but for keepalive; set and stopped here only.
 *
 * There is one deadline for retransmission, window probing and FIN_WAIT_2,
 * since the host has one pair of variables for the three (TMR-050, TMR-090).
 */
#include "tcp/timer.h"

#include "tcp/close.h"
#include "tcp/cong.h"
#include "tcp/engine.h"
#include "tcp/flow.h"
#include "tcp/keepalive.h"
#include "tcp/rtt.h"
#include "tcp/send.h"
#include "tcp/sendq.h"
#include "tcp/seq.h"
#include "tcp/watch.h"

#include <linux/minmax.h>

#define FIN_WAIT2_S	120	/* TMR-051 */
#define IDLE_S		2

static u32 tps(const struct chim_run *run)
{
	return READ_ONCE(run->cfg->tps);
}

/**
 * chim_timer_set() - start or stop a timer
 * @tcb: the block
 * @timer: CHIM_TIMER_*
 * @due: its deadline, to be set
 * @now: ticks
 * @left: ticks until then, %CHIM_TICKS_NONE to stop it
 *
 * Half the clock's range is behind now: no timer can be set further ahead.
 *
 * Context: connection locked.
 */
void chim_timer_set(struct chim_tcb *tcb, u8 timer, u32 *due, u32 now, u32 left)
{
	if (left == CHIM_TICKS_NONE) {
		tcb->timers &= ~timer;
		return;
	}
	tcb->timers |= timer;
	*due = now + min_t(u32, left, S32_MAX);
}

/*
 * Timers that act. What makes a segment does not once the host has been asked
 * to take over (EVT-073); delivery goes on.
 */
static u8 live(const struct chim_tcb *tcb)
{
	if (tcb->flags & CHIM_TCB_HALTED)
		return tcb->timers & (CHIM_TIMER_PUSH | CHIM_TIMER_IDLE);
	return tcb->timers;
}

/**
 * chim_timer_left() - ticks left of a timer (TMR-015 to TMR-017)
 * @tcb: the block
 * @timer: CHIM_TIMER_KEEPALIVE or CHIM_TIMER_RETRANSMIT
 * @due: its deadline
 * @now: ticks
 *
 * Context: connection locked.
 * Return: ticks, 0 if it is overdue, %CHIM_TICKS_NONE if it does not run.
 */
u32 chim_timer_left(const struct chim_tcb *tcb, u8 timer, u32 due, u32 now)
{
	if (!(tcb->timers & timer))
		return CHIM_TICKS_NONE;
	return (s32)(due - now) > 0 ? due - now : 0;
}

/**
 * chim_timer_stop_all() - stop all that make a segment; delivery goes on
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_timer_stop_all(struct chim_run *run)
{
	run->tcb->timers &= CHIM_TIMER_PUSH | CHIM_TIMER_IDLE;
}

static void start_retransmit(struct chim_run *run, u32 left)
{
	chim_timer_set(run->tcb, CHIM_TIMER_RETRANSMIT, &run->tcb->rt_due,
		       run->now, left);
}

static void stop_retransmit(struct chim_tcb *tcb)
{
	tcb->timers &= ~CHIM_TIMER_RETRANSMIT;
}

/**
 * chim_timer_load() - go on with the timers of the host (TMR-013, TMR-014)
 * @run: the run
 * @d: the host's values
 *
 * Context: nobody else may use the block yet.
 */
void chim_timer_load(struct chim_run *run, const struct chim_conn_deleg *d)
{
	start_retransmit(run, d->rt_left);
	chim_keepalive_load(run, d->ka_left);
}

/* Time spent on retransmitting; counted from the first retransmission. */
static void count_total(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (tcb->rt_count)
		tcb->total_rt += run->now - tcb->rt_from;
	tcb->rt_from = run->now;
}

/* TMR-130 to TMR-133 */
static bool limit_reached(const struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;

	if (!run->v->max_rt)
		return tcb->rt_count >= READ_ONCE(run->cfg->retransmissions);
	return run->v->max_rt != U32_MAX && tcb->total_rt >= run->v->max_rt;
}

/* What MaxRT leaves for the segment in hand, or nothing but a large number. */
static u32 max_rt_left(const struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;
	u32 max_rt = run->v->max_rt;

	if (!tcb->rt_count || !max_rt || max_rt == U32_MAX)
		return U32_MAX;
	return max_rt > tcb->total_rt ? max_rt - tcb->total_rt : 0;
}

/* The timer stops when MaxRT is reached, if that is sooner (TMR-131). */
static u32 next_timeout(const struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;

	return min(chim_rtt_timeout(run, tcb->rt_count + tcb->backoff),
		   max_rt_left(run));
}

/**
 * chim_timer_rearm() - start the retransmit timer anew (RFC 6298, 5.3)
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_timer_rearm(struct chim_run *run)
{
	start_retransmit(run, next_timeout(run));
}

/**
 * chim_timer_max_rt() - MaxRT is new: the segment in hand keeps to it (UPD-151)
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_timer_max_rt(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	u32 left = chim_timer_left(tcb, CHIM_TIMER_RETRANSMIT, tcb->rt_due,
				   run->now);

	if (left == CHIM_TICKS_NONE || !tcb->rt_count || !tcb->snd_wnd ||
	    tcb->state == CHIM_TCP_FIN_WAIT2)
		return;
	count_total(run);
	start_retransmit(run, min(left, max_rt_left(run)));
}

/**
 * chim_timer_sent() - something that needs an acknowledgment went out
 * @run: the run
 *
 * RFC 6298, 5.1. While the window is closed the timer is that of the probes.
 *
 * Context: connection locked.
 */
void chim_timer_sent(struct chim_run *run)
{
	if (!(run->tcb->timers & CHIM_TIMER_RETRANSMIT) || chim_send_idle(run->tcb))
		chim_timer_rearm(run);
}

/**
 * chim_timer_acked() - new data was acknowledged
 * @run: the run; SND.UNA has been moved
 *
 * RFC 6298, 5.2 and 5.3; the next segment starts its own count (TMR-133).
 *
 * Context: connection locked.
 */
void chim_timer_acked(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	tcb->rt_count = 0;
	tcb->total_rt = 0;
	if (tcb->snd_una == tcb->snd_max)
		stop_retransmit(tcb);
	else
		chim_timer_rearm(run);
}

/**
 * chim_timer_fin_wait2() - FIN_WAIT_2 is entered, or goes on (TMR-050, TMR-052)
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_timer_fin_wait2(struct chim_run *run)
{
	start_retransmit(run, FIN_WAIT2_S * tps(run));
}

/* Is there anything the closed window keeps from the peer? */
static bool has_unsent(const struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;

	return tcb->snd_una != tcb->snd_max ||
	       (tcb->flow && tcb->flow->sq.unsent) ||
	       (tcb->flags & CHIM_TCB_CLOSE && !chim_close_sent(tcb->state));
}

static void start_persist(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	tcb->rt_count = 0;
	tcb->flags &= ~CHIM_TCB_PROBED;
	start_retransmit(run, chim_rtt_timeout(run, tcb->wnd_probes));
}

/**
 * chim_timer_window() - an acknowledgment has told of the peer's window
 * @run: the run; SND.WND is what it told
 * @was: SND.WND before
 *
 * TMR-091, TMR-094, TMR-095. The timer runs only while there is something to
 * send; it starts with that otherwise.
 *
 * Context: connection locked.
 */
void chim_timer_window(struct chim_run *run, u32 was)
{
	struct chim_tcb *tcb = run->tcb;

	if (tcb->state == CHIM_TCP_FIN_WAIT2)
		return;
	if (tcb->snd_wnd) {
		if (was)
			return;
		tcb->wnd_probes = 0;
		tcb->rt_count = 0;
		tcb->flags &= ~CHIM_TCB_PROBED;
		stop_retransmit(tcb);
		if (tcb->snd_una != tcb->snd_max)
			chim_timer_rearm(run);
		return;
	}
	if (!has_unsent(run)) {
		stop_retransmit(tcb);
		return;
	}
	if (tcb->flags & CHIM_TCB_PROBED) {
		/* D-65: the next round. */
		tcb->wnd_probes = min_t(u32, tcb->wnd_probes + 1, U8_MAX);
		start_persist(run);
	} else if (was || !(tcb->timers & CHIM_TIMER_RETRANSMIT)) {
		tcb->wnd_probes = 0;
		start_persist(run);
	}
}

/**
 * chim_timer_blocked() - the closed window keeps something from the peer
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_timer_blocked(struct chim_run *run)
{
	if (!run->tcb->snd_wnd &&
	    !(run->tcb->timers & CHIM_TIMER_RETRANSMIT))
		start_persist(run);
}

/**
 * chim_timer_give_up() - the peer does not answer: ask for the upload
 * @run: the run
 * @timer: CHIM_TIMER_* that has expired; it is due, as the host is to see
 *
 * Context: connection locked.
 */
void chim_timer_give_up(struct chim_run *run, u8 timer)
{
	run->tcb->timers |= timer;
	chim_close_upload(run, CHIM_UPLOAD_TIMEOUT, true);
}

/* TMR-096. The host's variable for the count has eight bits. */
static bool round_exceeds(const struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;

	return tcb->flags & CHIM_TCB_PROBED &&
	       (tcb->rt_count > READ_ONCE(run->cfg->retransmissions) ||
		tcb->rt_count == U8_MAX);
}

static void persist_expired(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (!has_unsent(run)) {
		stop_retransmit(tcb);
		return;
	}
	if (round_exceeds(run)) {
		chim_timer_give_up(run, CHIM_TIMER_RETRANSMIT);
		return;
	}
	/* TMR-092, TMR-093 */
	chim_send_probe(run);
	tcb->flags |= CHIM_TCB_PROBED;
	start_retransmit(run, chim_rtt_timeout(run, tcb->rt_count));
	tcb->rt_count = min_t(u32, tcb->rt_count + 1, U8_MAX);
}

/* what the host is asked for is the upload of a black hole's victim. */
static void doubt(struct chim_run *run)
{
	u8 limit = READ_ONCE(run->cfg->doubt);

	if (!limit || run->tcb->rt_count != limit)
		return;
	run->doubt = true;
	chim_tcp_output(run);
	chim_close_upload(run, CHIM_UPLOAD_REQUESTED, true);
}

static void retransmit_expired(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (tcb->state == CHIM_TCP_FIN_WAIT2) {
		/* TMR-053, TMR-054, R-07 */
		chim_close_state(run, CHIM_TCP_CLOSED);
		chim_close_upload(run, CHIM_UPLOAD_TIMEOUT, true);
		return;
	}
	if (run->muted) {
		run->wanted = true;
		chim_timer_rearm(run);
		return;
	}
	if (!tcb->snd_wnd) {
		persist_expired(run);
		return;
	}
	if (tcb->snd_una == tcb->snd_max) {
		stop_retransmit(tcb);
		return;
	}
	count_total(run);
	if (limit_reached(run)) {
		chim_timer_give_up(run, CHIM_TIMER_RETRANSMIT);
		return;
	}
	chim_cong_timeout(run);
	tcb->rt_count = min_t(u32, tcb->rt_count + 1, U8_MAX);
	chim_timer_rearm(run);
	doubt(run);
}

/**
 * chim_timer_sws() - a segment is held back for being small (TMR-151)
 * @run: the run; its block has a flow
 *
 * Context: connection locked.
 */
void chim_timer_sws(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (!(tcb->timers & CHIM_TIMER_SWS))
		chim_timer_set(tcb, CHIM_TIMER_SWS, &tcb->flow->sws_due,
			       run->now, READ_ONCE(run->cfg->sws_ticks));
}

static u32 idle_wait(const struct chim_run *run)
{
	return max(IDLE_S * tps(run), READ_ONCE(run->cfg->up_idle));
}

static void start_idle(struct chim_run *run, u32 left)
{
	chim_timer_set(run->tcb, CHIM_TIMER_IDLE, &run->tcb->flow->idle_due,
		       run->now, left);
}

/**
 * chim_timer_idle() - look later whether the flow is still needed
 * @run: the run; its block has a flow
 *
 * Context: connection locked.
 */
void chim_timer_idle(struct chim_run *run)
{
	start_idle(run, idle_wait(run));
}

/* It has run since the first moment of rest; what counts is the last one. */
static void idle_expired(struct chim_run *run)
{
	u32 wait = idle_wait(run), spent = run->now - run->tcb->flow->used_at;

	if (spent < wait)
		start_idle(run, wait - spent);
	else
		chim_watch_idle(run);
}

static bool expired(struct chim_run *run, u8 timer, u32 due)
{
	struct chim_tcb *tcb = run->tcb;

	if (!(live(tcb) & timer) || (s32)(due - run->now) > 0)
		return false;
	tcb->timers &= ~timer;
	return true;
}

static void flow_timers(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (expired(run, CHIM_TIMER_PUSH, tcb->flow->rx.push_due))
		chim_rx_push_timer(run);
	if (expired(run, CHIM_TIMER_SWS, tcb->flow->sws_due))
		tcb->flags |= CHIM_TCB_FORCE;	/* TMR-152 */
	if (expired(run, CHIM_TIMER_IDLE, tcb->flow->idle_due))
		idle_expired(run);
}

/**
 * chim_tcp_timer() - event: a deadline may have passed
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_tcp_timer(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (expired(run, CHIM_TIMER_DELACK, tcb->ack_due))
		tcb->flags |= CHIM_TCB_ACK_NOW;
	if (expired(run, CHIM_TIMER_RETRANSMIT, tcb->rt_due))
		retransmit_expired(run);
	if (expired(run, CHIM_TIMER_KEEPALIVE, tcb->ka_due))
		chim_keepalive_expired(run);
	if (tcb->flow)
		flow_timers(run);
}

static void sooner(u32 due, u32 now, u32 *left)
{
	u32 wait = (s32)(due - now) > 0 ? due - now : 0;

	*left = min(*left, wait);
}

/**
 * chim_tcp_due() - when is the next deadline?
 * @tcb: the block
 * @now: ticks
 * @left: set to the ticks until then
 *
 * Context: connection locked.
 * Return: false if no timer runs.
 */
bool chim_tcp_due(const struct chim_tcb *tcb, u32 now, u32 *left)
{
	u8 timers = live(tcb);

	if (!timers)
		return false;
	*left = U32_MAX;
	if (timers & CHIM_TIMER_RETRANSMIT)
		sooner(tcb->rt_due, now, left);
	if (timers & CHIM_TIMER_KEEPALIVE)
		sooner(tcb->ka_due, now, left);
	if (timers & CHIM_TIMER_DELACK)
		sooner(tcb->ack_due, now, left);
	if (timers & CHIM_TIMER_PUSH)
		sooner(tcb->flow->rx.push_due, now, left);
	if (timers & CHIM_TIMER_SWS)
		sooner(tcb->flow->sws_due, now, left);
	if (timers & CHIM_TIMER_IDLE)
		sooner(tcb->flow->idle_due, now, left);
	return true;
}
