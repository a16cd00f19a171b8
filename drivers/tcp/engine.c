// SPDX-License-Identifier: GPL-2.0
/*
 * The engine: one event in, one result out. Here are the events that come from
 * the host; segments and timers have files of their own.
 */
#include "tcp/engine.h"

#include "tcp/close.h"
#include "tcp/cong.h"
#include "tcp/ended.h"
#include "tcp/flow.h"
#include "tcp/keepalive.h"
#include "tcp/recv.h"
#include "tcp/recvq.h"
#include "tcp/send.h"
#include "tcp/sendq.h"
#include "tcp/seq.h"
#include "tcp/timer.h"

#include <linux/minmax.h>
#include <linux/overflow.h>

/* RFC 7323, section 2.3 */
#define WND_MAX	BIT(30)

/* Saturates: a promise too large for any peer must not wrap to none. */
static void add_debt(struct chim_tcb *tcb, u32 bytes)
{
	if (check_add_overflow(tcb->rcv_debt, bytes, &tcb->rcv_debt))
		tcb->rcv_debt = U32_MAX;
}

/*
 * the window is InitialRcvWnd less what is undelivered. If
 * the host has promised more, the promise is kept and becomes a debt. But no
 * peer can have been told of more than the largest scale can express.
 */
static void start_window(struct chim_run *run, u32 promised, u32 buffered)
{
	struct chim_tcb *tcb = run->tcb;
	u32 room = run->v->rcv_wnd;

	promised = min_t(u32, promised, WND_MAX);
	tcb->rcv_wnd = promised;
	tcb->rcv_debt = 0;
	tcb->rcv_adv = tcb->rcv_nxt + promised;
	tcb->ack_sent = tcb->rcv_nxt;
	if (chim_close_received(tcb->state))
		return;
	if (buffered > room) {
		tcb->rcv_debt = promised;
		add_debt(tcb, buffered - room);
		return;
	}
	room -= buffered;
	if (promised > room)
		tcb->rcv_debt = promised - room;
	else
		tcb->rcv_wnd = room;
}

/**
 * chim_tcp_open() - event: a connection is handed over (CON-050 to CON-060)
 * @run: the run; its block is zeroed
 * @d: the host's delegated variables, found good
 * @buffered: received, acknowledged bytes the host hands over
 *
 * No call to the host is made before chim_tcp_start().
 *
 * Context: nobody else may use the block yet.
 */
void chim_tcp_open(struct chim_run *run, const struct chim_conn_deleg *d,
		   u32 buffered)
{
	struct chim_tcb *tcb = run->tcb;

	tcb->flags = CHIM_TCB_HOLD;
	if (READ_ONCE(run->cfg->ecn))
		tcb->flags |= CHIM_TCB_ECN;
	tcb->state = d->state;
	tcb->rcv_nxt = d->rcv_nxt;
	tcb->snd_una = d->snd_una;
	tcb->snd_nxt = d->snd_nxt;
	tcb->snd_max = d->snd_max;
	/* no peer can have given more, and more would wrap. */
	tcb->snd_wnd = min_t(u32, d->snd_wnd, WND_MAX);
	/* */
	tcb->max_snd_wnd = min_t(u32, max(d->max_snd_wnd, d->snd_wnd), WND_MAX);
	tcb->snd_wl1 = d->snd_wl1;
	tcb->cwnd = min_t(u32, d->cwnd, CHIM_CWND_MAX);
	tcb->ssthresh = d->ssthresh;
	tcb->srtt = d->srtt;
	tcb->rttvar = d->rttvar;
	tcb->ts_recent = d->ts_recent;
	tcb->ts_recent_at = run->now - d->ts_recent_age;
	tcb->ts_delta = d->ts_time - run->now;
	tcb->total_rt = d->total_rt;
	tcb->rt_from = run->now;
	tcb->dup_acks = d->dup_acks;
	tcb->wnd_probes = d->wnd_probes;
	tcb->ka_probes = d->ka_probes;
	tcb->rt_count = d->rt_count;
	tcb->dwnd = d->dwnd;
	tcb->answered_at = run->now - READ_ONCE(run->cfg->tps);
	if (!d->snd_wnd && d->rt_count)
		tcb->flags |= CHIM_TCB_PROBED;
	/* a FIN that came before is known to the host. */
	if (chim_close_received(tcb->state))
		tcb->told |= CHIM_PEND_FIN;
	start_window(run, d->rcv_wnd, buffered);
	chim_timer_load(run, d);
	chim_cong_load(run);
	if (tcb->state == CHIM_TCP_ESTABLISHED ||
	    tcb->state == CHIM_TCP_CLOSE_WAIT)
		run->mib->curr_estab++;
}

/**
 * chim_tcp_adopt() - event: data is handed over with the connection
 * @run: the run, after chim_tcp_open()
 * @sends: outstanding send data, its first byte is SND.UNA, or NULL
 * @buffered: received data that is not delivered, described, or NULL; its last
 *	byte is the one before RCV.NXT, or before the peer's FIN
 *
 * Context: nobody else may use the block yet.
 * Return: false, with nothing taken, if memory is short.
 */
bool chim_tcp_adopt(struct chim_run *run, struct chim_sreq *sends,
		    struct sk_buff *buffered)
{
	struct chim_tcb *tcb = run->tcb;
	struct chim_flow *flow;
	struct chim_sreq *next;
	u32 sent;

	if (!sends && !buffered)
		return true;
	flow = chim_flow_get(run);
	if (!flow)
		return false;
	chim_sendq_init(&flow->sq, tcb->snd_una);
	for (; sends; sends = next) {
		next = sends->next;
		chim_sendq_add(&flow->sq, sends);
	}
	sent = tcb->snd_max - tcb->snd_una - chim_close_pending(tcb->state);
	if (tcb->snd_una != tcb->snd_max) {
		flow->sq.unsent -= sent;
		chim_sendq_sent(&flow->sq, tcb->snd_una + sent);
	}
	if (buffered) {
		struct chim_rx_cb *cb = chim_rx_cb(buffered);

		cb->end = tcb->rcv_nxt - !!(tcb->told & CHIM_PEND_FIN);
		cb->seq = cb->end - buffered->len;
		cb->off = 0;
		cb->psh = true;
		cb->fin = false;
		cb->packed = false;
		chim_rx_preload(run, buffered);
	}
	return true;
}

/**
 * chim_tcp_disown() - undo chim_tcp_open() and chim_tcp_adopt()
 * @run: the run; chim_tcp_start() was never reached
 *
 * Data that was adopted is the caller's again, as it was.
 *
 * Context: nobody else uses the block.
 */
void chim_tcp_disown(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	struct chim_rreq *reqs;

	if (tcb->state == CHIM_TCP_ESTABLISHED ||
	    tcb->state == CHIM_TCP_CLOSE_WAIT)
		run->mib->curr_estab--;
	if (!tcb->flow)
		return;
	chim_rx_stop(run, CHIM_END_UPLOAD, &reqs);
	chim_sendq_take(run);
	chim_flow_free(run);
}

/**
 * chim_tcp_start() - event: the offload has completed (INI-065 to INI-067)
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_tcp_start(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	tcb->flags &= ~CHIM_TCB_HOLD;
	if (tcb->flow) {
		/* Requests of no length may be done already. */
		chim_sendq_acked(run);
		chim_rx_start(run);
	}
	/* Unacknowledged data without a timer would wait for ever. */
	if (tcb->snd_una != tcb->snd_max &&
	    !(tcb->timers & CHIM_TIMER_RETRANSMIT))
		chim_timer_rearm(run);
	if (tcb->state == CHIM_TCP_FIN_WAIT2 &&
	    !(tcb->timers & CHIM_TIMER_RETRANSMIT))
		chim_timer_fin_wait2(run);
	/* One that never does anything is watched all the same (O-09). */
	if (READ_ONCE(run->cfg->up_idle))
		chim_flow_get(run);
}

/* What was promised, whether or not rounding lets it stand. */
static u32 promised(const struct chim_tcb *tcb)
{
	u32 told = seq_after(tcb->rcv_adv, tcb->rcv_nxt) ?
		   tcb->rcv_adv - tcb->rcv_nxt : 0;

	return max(tcb->rcv_wnd, told);
}

/**
 * chim_tcp_read() - the delegated variables as they stand (CON-050 to CON-060)
 * @run: the run
 * @d: filled in
 *
 * Context: connection locked.
 */
void chim_tcp_read(struct chim_run *run, struct chim_conn_deleg *d)
{
	const struct chim_tcb *tcb = run->tcb;
	u32 now = run->now;

	*d = (struct chim_conn_deleg) {
		.state = tcb->state,
		.rcv_nxt = tcb->rcv_nxt,
		.rcv_wnd = promised(tcb),
		.snd_una = tcb->snd_una,
		.snd_nxt = tcb->snd_nxt,
		.snd_max = tcb->snd_max,
		.snd_wnd = tcb->snd_wnd,
		.max_snd_wnd = tcb->max_snd_wnd,
		.snd_wl1 = tcb->snd_wl1,
		.cwnd = tcb->cwnd,
		.ssthresh = tcb->ssthresh,
		.ts_recent = tcb->ts_recent,
		.ts_recent_age = now - tcb->ts_recent_at,
		.ts_time = now + tcb->ts_delta,
		.total_rt = tcb->total_rt,
		.ka_left = chim_timer_left(tcb, CHIM_TIMER_KEEPALIVE,
					   tcb->ka_due, now),
		.rt_left = chim_timer_left(tcb, CHIM_TIMER_RETRANSMIT,
					   tcb->rt_due, now),
		.dwnd = tcb->dwnd,
		.srtt = tcb->srtt,
		.rttvar = tcb->rttvar,
		.dup_acks = tcb->dup_acks,
		.wnd_probes = tcb->wnd_probes,
		.ka_probes = tcb->ka_probes,
		.rt_count = tcb->rt_count,
		.snd_backlog = chim_tcp_backlog(run),
		.rcv_backlog = chim_tcp_undelivered(run),
	};
	if (tcb->rt_count && tcb->snd_wnd && !chim_send_idle(tcb))
		d->total_rt += now - tcb->rt_from;
}

/**
 * chim_tcp_undelivered() - received bytes the host does not have (QRY-034)
 * @run: the run
 *
 * Context: connection locked.
 * Return: bytes, those of an indication under way included.
 */
u32 chim_tcp_undelivered(const struct chim_run *run)
{
	return run->tcb->flow ? run->tcb->flow->rx.bytes : 0;
}

static void refuse_send(struct chim_run *run, struct chim_sreq *req,
			enum chim_end why)
{
	struct chim_tcb *tcb = run->tcb;

	req->left = req->len;
	if (tcb->flow) {
		chim_sendq_end(&tcb->flow->sq, req, why);
		return;
	}
	req->why = why;
	chim_ended_send(tcb, req);
}

/* May requests still be taken? @why says how to refuse. */
static bool takes_requests(struct chim_run *run, enum chim_end *why)
{
	struct chim_tcb *tcb = run->tcb;

	if (tcb->flags & (CHIM_TCB_HALTED | CHIM_TCB_INVALID)) {
		*why = CHIM_END_UPLOAD;	/* TRM-112, X-31 */
		return false;
	}
	if (tcb->flags & CHIM_TCB_ABORTED && tcb->told & CHIM_PEND_ABORT) {
		*why = CHIM_END_ABORTED;
		return false;
	}
	if (!chim_flow_get(run)) {
		/* TRM-111 */
		chim_close_upload(run, CHIM_UPLOAD_REQUESTED, true);
		*why = CHIM_END_UPLOAD;
		return false;
	}
	return true;
}

/**
 * chim_tcp_send() - event: the host has data to send (SND-010 to SND-019)
 * @run: the run
 * @reqs: requests in order, linked
 *
 * Behind a disconnect request nothing is taken.
 *
 * Context: connection locked.
 */
void chim_tcp_send(struct chim_run *run, struct chim_sreq *reqs)
{
	struct chim_tcb *tcb = run->tcb;
	enum chim_end why;
	struct chim_sreq *next;

	for (; reqs; reqs = next) {
		next = reqs->next;
		if (!takes_requests(run, &why)) {
			refuse_send(run, reqs, why);
		} else if (tcb->flags & CHIM_TCB_CLOSE ||
			   chim_close_sent(tcb->state)) {
			if (tcb->flags & CHIM_TCB_ABORTED)
				chim_sendq_add(&tcb->flow->sq, reqs);
			else
				refuse_send(run, reqs, CHIM_END_ABORTED);
		} else {
			tcb->flow->opt.requests++;
			tcb->flow->opt.request_bytes += reqs->len;
			chim_sendq_add(&tcb->flow->sq, reqs);
		}
	}
	if (tcb->flow && !(tcb->flags & CHIM_TCB_ABORTED))
		chim_sendq_acked(run);
}

/* Behind one that waits for the upload it waits as well (RCV-017). */
static void refuse_receive(struct chim_run *run, struct chim_rreq *req,
			   enum chim_end why)
{
	struct chim_tcb *tcb = run->tcb;

	if (!tcb->flow) {
		req->why = why;
		chim_ended_receive(tcb, req);
	} else if (tcb->flow->rx.req) {
		chim_recvq_post(&tcb->flow->rx, req);
	} else {
		chim_recvq_finish(&tcb->flow->rx, req, why);
	}
}

/**
 * chim_tcp_receive() - event: the host posts receive requests
 * @run: the run
 * @reqs: requests in order, linked
 *
 * Context: connection locked.
 */
void chim_tcp_receive(struct chim_run *run, struct chim_rreq *reqs)
{
	struct chim_rreq *next;
	enum chim_end why;

	if (takes_requests(run, &why)) {
		chim_rx_post(run, reqs);
		return;
	}
	for (; reqs; reqs = next) {
		next = reqs->next;
		refuse_receive(run, reqs, why);
	}
}

/**
 * chim_tcp_disconnect() - event: graceful disconnect (DSC-050 to DSC-058)
 * @run: the run
 * @req: the request, perhaps with data; CHIM_SREQ_DISCONNECT is set
 *
 * It is not refused for being the second: it ends with the FIN (DSC-012).
 *
 * Context: connection locked.
 */
void chim_tcp_disconnect(struct chim_run *run, struct chim_sreq *req)
{
	struct chim_tcb *tcb = run->tcb;
	enum chim_end why;
	bool closed;

	if (!takes_requests(run, &why)) {
		refuse_send(run, req, why);
		return;
	}
	closed = tcb->flags & CHIM_TCB_CLOSE || chim_close_sent(tcb->state);
	if (closed && req->len && !(tcb->flags & CHIM_TCB_ABORTED)) {
		refuse_send(run, req, CHIM_END_ABORTED);
		return;
	}
	tcb->flags |= CHIM_TCB_CLOSE;
	chim_sendq_add(&tcb->flow->sq, req);
	if (!(tcb->flags & CHIM_TCB_ABORTED))
		chim_sendq_acked(run);
}

/**
 * chim_tcp_abort() - event: abortive disconnect (DSC-030 to DSC-037, X-55)
 * @run: the run
 * @req: the request; ends well in every state, after all others
 *
 * Context: connection locked.
 */
void chim_tcp_abort(struct chim_run *run, struct chim_sreq *req)
{
	struct chim_tcb *tcb = run->tcb;

	if (!(tcb->flags & CHIM_TCB_INVALID))
		chim_send_reset(run);
	tcb->flags |= CHIM_TCB_ABORTED;
	tcb->flags &= ~CHIM_TCB_ACK_NOW;
	tcb->pend = 0;
	tcb->told |= CHIM_PEND_ABORT;
	chim_close_state(run, CHIM_TCP_CLOSED);
	chim_timer_stop_all(run);
	if (tcb->flow) {
		chim_sendq_abort(run);
		chim_rx_abort(run, CHIM_END_ABORTED);
	}
	refuse_send(run, req, CHIM_END_OK);
	req->left = 0;
}

/* D-28: opens at once, closes only as promised window is used up. */
static void move_window(struct chim_run *run, u32 old)
{
	struct chim_tcb *tcb = run->tcb;
	u32 new = run->v->rcv_wnd, offset;

	if (new <= old) {
		add_debt(tcb, old - new);
		return;
	}
	offset = min(tcb->rcv_debt, new - old);
	tcb->rcv_debt -= offset;
	if (new - old == offset)
		return;
	tcb->rcv_wnd += new - old - offset;
	/* after the peer's FIN nothing is announced. */
	if (!chim_close_received(tcb->state))
		tcb->flags |= CHIM_TCB_ANNOUNCE;
}

/**
 * chim_tcp_update() - event: the cached variables are new (UPD-140 to UPD-154)
 * @run: the run; @v are the new ones, without the commands
 * @old: the old ones
 * @commands: CHIM_CONN_COMMANDS that came with them (UPD-147)
 *
 * Context: connection locked.
 */
void chim_tcp_update(struct chim_run *run, const struct chim_conn_cached *old,
		     u8 commands)
{
	struct chim_tcb *tcb = run->tcb;

	move_window(run, old->rcv_wnd);
	chim_keepalive_update(run, old, commands);
	/* UPD-143, D-27 */
	if (commands & CHIM_CONN_RT_RESTART ||
	    (run->v->max_rt && run->v->max_rt != old->max_rt)) {
		tcb->total_rt = 0;
		tcb->rt_from = run->now;
	}
	if (run->v->max_rt != old->max_rt)
		chim_timer_max_rt(run);
}

/**
 * chim_tcp_invalidate() - event: the connection is invalidated
 * @run: the run
 *
 * Requests stay until the upload.
 *
 * Context: connection locked.
 */
void chim_tcp_invalidate(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	tcb->flags |= CHIM_TCB_INVALID;
	if (tcb->flow)
		tcb->flow->rx.flags |= CHIM_RX_STOPPED;
}

/**
 * chim_tcp_upload() - event: something outside wants the upload
 * @run: the run
 * @reason: why
 *
 * Context: connection locked.
 */
void chim_tcp_upload(struct chim_run *run, enum chim_upload reason)
{
	chim_close_upload(run, reason, reason <= CHIM_UPLOAD_MANDATORY);
}

/**
 * chim_tcp_congested() - event: the device's own queue dropped a frame
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_tcp_congested(struct chim_run *run)
{
	if (!chim_send_idle(run->tcb))
		chim_cong_notified(run);
}
