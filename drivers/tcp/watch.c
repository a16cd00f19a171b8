// SPDX-License-Identifier: GPL-2.0
/*
 * How a connection fares: optional uploads, and the send backlog.
 *
 * Optional reasons are off unless a threshold is set (O-09). Each is judged
 * once a second by what happened in it, and only if enough did to tell.
 */
#include "tcp/watch.h"

#include "tcp/close.h"
#include "tcp/engine.h"
#include "tcp/flow.h"
#include "tcp/send.h"

#include <linux/minmax.h>
#include <linux/string.h>

#define ENOUGH_SEGMENTS	16
#define ENOUGH_REQUESTS	16
#define ENOUGH_BYTES	16384

/* EVT-082: these are left alone. */
static bool is_half_closed(u8 state)
{
	return state == CHIM_TCP_FIN_WAIT1 || state == CHIM_TCP_FIN_WAIT2 ||
	       state == CHIM_TCP_CLOSE_WAIT;
}

static void ask(struct chim_run *run, enum chim_upload reason)
{
	if (!is_half_closed(run->tcb->state))
		chim_close_upload(run, reason, false);
}

/* Is @part at least @percent of @all, and @all enough to tell? */
static bool reaches(u32 part, u32 all, u32 percent, u32 enough)
{
	return percent && all >= enough &&
	       (u64)part * 100 >= (u64)all * percent;
}

/* EVT-080, EVT-081 */
static enum chim_upload judge(const struct chim_run *run)
{
	const struct chim_opt *opt = &run->tcb->flow->opt;
	const struct chim_tcp_cfg *cfg = run->cfg;
	u32 small = READ_ONCE(cfg->up_small);

	if (reaches(opt->resent, opt->sent + opt->resent,
		    READ_ONCE(cfg->up_drops), ENOUGH_SEGMENTS))
		return CHIM_UPLOAD_DROPS;
	if (reaches(opt->fragments, opt->received + opt->fragments,
		    READ_ONCE(cfg->up_fragments), ENOUGH_SEGMENTS))
		return CHIM_UPLOAD_FRAGMENTS;
	if (reaches(opt->disordered, opt->received,
		    READ_ONCE(cfg->up_disorder), ENOUGH_SEGMENTS))
		return CHIM_UPLOAD_DISORDER;
	if (reaches(opt->indicated, opt->indicated + opt->placed,
		    READ_ONCE(cfg->up_prepost), ENOUGH_BYTES))
		return CHIM_UPLOAD_PREPOST;
	if (small && opt->requests >= ENOUGH_REQUESTS &&
	    opt->request_bytes / opt->requests < small)
		return CHIM_UPLOAD_SMALL_IO;
	return CHIM_UPLOAD_NONE;
}

/**
 * chim_tcp_backlog() - send bytes the host should have outstanding
 * @run: the run
 *
 * Two congestion windows: one on its way, one to send when that is
 * acknowledged; no more than the peer has ever had room for, twice. It does not
 * depend on what is posted (CON-080 to CON-082).
 *
 * Context: connection locked.
 * Return: bytes.
 */
u32 chim_tcp_backlog(struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;
	u32 most = max(min_t(u32, tcb->max_snd_wnd, CHIM_CWND_MAX),
		       chim_send_mss(run));

	return 2 * clamp(tcb->cwnd, chim_send_mss(run), most);
}

/* EVT-100, EVT-101, O-09: at most once a second, and a quarter at least. */
static void watch_backlog(struct chim_run *run)
{
	struct chim_flow *flow = run->tcb->flow;
	u32 backlog = chim_tcp_backlog(run);
	u32 change;

	if (!flow->backlog) {
		flow->backlog = backlog;
		return;
	}
	change = backlog > flow->backlog ? backlog - flow->backlog :
					   flow->backlog - backlog;
	if (change < flow->backlog / 4)
		return;
	flow->backlog = backlog;
	run->tcb->pend |= CHIM_PEND_BACKLOG;
}

/**
 * chim_watch() - look once a second how the connection fares
 * @run: the run; its block has a flow
 *
 * Context: connection locked.
 */
void chim_watch(struct chim_run *run)
{
	struct chim_flow *flow = run->tcb->flow;
	enum chim_upload reason;

	if (run->now - flow->opt.since < READ_ONCE(run->cfg->tps))
		return;
	reason = judge(run);
	if (reason)
		ask(run, reason);
	memset(&flow->opt, 0, sizeof(flow->opt));
	flow->opt.since = run->now;
	watch_backlog(run);
}

/**
 * chim_watch_idle() - nothing has happened for a while, it seems
 * @run: the run; its block has a flow
 *
 * Context: connection locked.
 */
void chim_watch_idle(struct chim_run *run)
{
	if (!chim_flow_put(run))
		return;
	if (READ_ONCE(run->cfg->up_idle))
		ask(run, CHIM_UPLOAD_ACTIVITY);
}

/**
 * chim_tcp_fragment() - event: a fragment of the connection went to the host
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_tcp_fragment(struct chim_run *run)
{
	struct chim_flow *flow = chim_flow_get(run);

	if (flow)
		flow->opt.fragments++;
}
