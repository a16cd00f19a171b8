// SPDX-License-Identifier: GPL-2.0
/* Segments out: what may be sent, and its sending. */
#include "tcp/send.h"

#include "tcp/ack.h"
#include "tcp/board.h"
#include "tcp/close.h"
#include "tcp/cong.h"
#include "tcp/engine.h"
#include "tcp/flow.h"
#include "tcp/ooo.h"
#include "tcp/recv.h"
#include "tcp/rtt.h"
#include "tcp/sendq.h"
#include "tcp/seq.h"
#include "tcp/timer.h"
#include "tcp/watch.h"

#include <linux/kernel.h>

#define TCP_HEADER	20
/* Timestamps with their padding (RFC 7323, appendix A). */
#define TS_OPTION	12
/* Room for at least one byte behind all options (RFC 9293, section 3.7.1). */
#define MSS_MIN		8

static bool has_timestamps(const struct chim_run *run)
{
	return run->c->flags & CHIM_CONN_TIMESTAMPS;
}

/**
 * chim_send_mss_now() - work out chim_send_mss()
 * @run: the run, which remembers it
 *
 * Context: connection locked.
 * Return: bytes.
 */
u32 chim_send_mss_now(struct chim_run *run)
{
	u32 mss;

	mss = min_t(u32, run->mtu - run->ip_len - TCP_HEADER,
		    run->c->remote_mss);
	mss = min_t(u32, mss, U16_MAX - run->ip_len - TCP_HEADER);
	if (has_timestamps(run))
		mss = mss > TS_OPTION + MSS_MIN ? mss - TS_OPTION : MSS_MIN;
	run->mss = mss;
	return mss;
}

/**
 * chim_send_allowed() - may anything be sent at all?
 * @run: the run
 *
 * Context: connection locked.
 * Return: false if the connection is muted (D-29), given up (EVT-073) or reset.
 */
bool chim_send_allowed(const struct chim_run *run)
{
	return !run->muted && !(run->tcb->flags &
				(CHIM_TCB_HALTED | CHIM_TCB_ABORTED |
				 CHIM_TCB_INVALID));
}

/* What every segment says, and the SACK blocks there are. */
static void start_frame(struct chim_run *run, struct chim_frame *f, u32 seq)
{
	struct chim_tcb *tcb = run->tcb;

	f->seq = seq;
	f->ack = tcb->rcv_nxt;
	f->wnd = chim_recv_window(run);
	f->flags = CHIM_ACK;
	if (tcb->flags & CHIM_TCB_ECE)
		f->flags |= CHIM_ECE;
	f->timestamps = has_timestamps(run);
	f->tsval = run->now + tcb->ts_delta;
	f->tsecr = tcb->ts_recent;
	f->len = 0;
	f->mss = chim_send_mss(run);
	f->ect = false;
	f->garbage = false;
	f->req = NULL;
	f->off = 0;
	f->n_sack = chim_ooo_report(run, f->timestamps ? CHIM_SACK_MAX - 1 :
						       CHIM_SACK_MAX, f->sack);
	/* RFC 6691: other options come out of the segment's data. */
	if (f->n_sack)
		f->mss = max_t(int, f->mss - 4 - 8 * f->n_sack, MSS_MIN);
}

static int emit(struct chim_run *run, const struct chim_frame *f)
{
	int taken = run->ops->emit(run, f);

	if (taken < 0) {
		run->mib->out_discards++;
		return taken;
	}
	chim_recv_ack_sent(run, f->wnd);
	return taken;
}

static u32 segments(u32 len, u32 mss)
{
	return len > mss ? DIV_ROUND_UP(len, mss) : 1;
}

/**
 * chim_send_ack() - send an acknowledgment without data
 * @run: the run
 *
 * If memory is short it is tried again when a delayed one
 * would be due.
 *
 * Context: connection locked.
 */
void chim_send_ack(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	struct chim_frame f;

	if (!chim_send_allowed(run)) {
		run->wanted |= run->muted;
		return;
	}
	start_frame(run, &f, chim_ack_seq(run));
	if (emit(run, &f) < 0) {
		tcb->timers |= CHIM_TIMER_DELACK;
		tcb->ack_due = run->now + max(READ_ONCE(run->cfg->tps) / 100, 1U);
		return;
	}
	run->mib->out_segs++;
}

/**
 * chim_send_reset() - send an RST (DSC-030); there is no second try
 * @run: the run
 *
 * Context: connection locked.
 */
void chim_send_reset(struct chim_run *run)
{
	struct chim_frame f;

	if (run->muted)
		return;
	start_frame(run, &f, chim_ack_seq(run));
	f.flags = CHIM_RST | CHIM_ACK;
	f.n_sack = 0;
	if (emit(run, &f) >= 0) {
		run->mib->out_segs++;
		run->mib->out_resets++;
	}
}

/**
 * chim_send_keepalive() - ask the peer for a sign of life (TMR-071)
 * @run: the run
 *
 * A number the peer has had before makes it answer (RFC 1122, section
 * 4.2.3.6).
 *
 * Context: connection locked.
 */
void chim_send_keepalive(struct chim_run *run)
{
	struct chim_frame f;

	if (!chim_send_allowed(run))
		return;
	start_frame(run, &f, run->tcb->snd_una - 1);
	if (emit(run, &f) >= 0)
		run->mib->out_segs++;
}

/*
 * Sends [@seq, @seq + @len), or what one frame takes of it, again. Returns
 * what was sent, in sequence space.
 */
static u32 resend(struct chim_run *run, u32 seq, u32 len)
{
	struct chim_tcb *tcb = run->tcb;
	u32 fin = chim_close_pending(tcb->state);
	u32 data = min(len, tcb->snd_max - fin - seq);
	struct chim_frame f;
	int taken;

	start_frame(run, &f, seq);
	if (data) {
		/* Sound state has every byte that is not acknowledged. */
		f.req = tcb->flow ? chim_sendq_at(&tcb->flow->sq, seq, &f.off) :
				    NULL;
		if (!f.req)
			return 0;
	}
	f.len = data;
	fin = fin && len > data;
	if (fin)
		f.flags |= CHIM_FIN;
	if (data && chim_sendq_to_end(&tcb->flow->sq, seq + data - 1) == 1)
		f.flags |= CHIM_PSH;
	taken = emit(run, &f);
	if (taken < 0) {
		if (tcb->flow)
			chim_timer_sws(run);
		return 0;
	}
	run->mib->rexmit_segs += segments(taken, f.mss);
	tcb->flags &= ~CHIM_TCB_RTT;
	if (tcb->flow) {
		tcb->flow->opt.resent += segments(taken, f.mss);
		tcb->flow->sent_at = run->now;
		if (tcb->flow->board)
			tcb->flow->board->rxt_end = tcb->snd_max;
	}
	chim_timer_sent(run);
	return taken + (fin && taken == data);
}

/**
 * chim_send_again() - send the first unacknowledged segment again
 * @run: the run
 *
 * Context: connection locked.
 * Return: what was sent, in sequence space; 0 if it may not be, or memory is short.
 */
u32 chim_send_again(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	u32 len = min(tcb->snd_max - tcb->snd_una, chim_send_mss(run));

	if (!chim_send_allowed(run)) {
		run->wanted |= run->muted;
		return 0;
	}
	return len ? resend(run, tcb->snd_una, len) : 0;
}

/* Takes note that what starts at SND.MAX has been sent for the first time. */
static void sent_new(struct chim_run *run, u32 bytes, bool fin, u32 segs)
{
	struct chim_tcb *tcb = run->tcb;
	struct chim_flow *flow = tcb->flow;

	tcb->snd_max += bytes;
	if (flow && bytes) {
		flow->sq.unsent -= bytes;
		chim_sendq_sent(&flow->sq, tcb->snd_max);
		flow->opt.sent += segs;
		flow->sent_at = run->now;
	}
	if (fin) {
		tcb->snd_max++;
		chim_close_fin_sent(run);
	}
	run->mib->out_segs += segs;
}

/**
 * chim_send_probe() - ask about the closed window (TMR-092)
 * @run: the run
 *
 * With the first byte, or FIN, that is not acknowledged or not sent yet.
 *
 * Context: connection locked.
 */
void chim_send_probe(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	struct chim_flow *flow = tcb->flow;
	struct chim_frame f;
	bool fin;

	if (!chim_send_allowed(run))
		return;
	if (!chim_send_idle(tcb)) {
		resend(run, tcb->snd_una, 1);
		return;
	}
	start_frame(run, &f, tcb->snd_max);
	fin = !flow || !flow->sq.unsent;
	if (fin) {
		f.flags |= CHIM_FIN;
	} else {
		f.len = 1;
		f.req = chim_sendq_at(&flow->sq, tcb->snd_max, &f.off);
	}
	if (emit(run, &f) < 0)
		return;
	sent_new(run, !fin, fin, 1);
	tcb->snd_nxt = tcb->snd_max;
}

/* Room in the window the peer gave, from @seq on. */
static u32 window_room(const struct chim_tcb *tcb, u32 seq)
{
	u32 edge = tcb->snd_una + tcb->snd_wnd;

	return seq_after(edge, seq) ? edge - seq : 0;
}

/* Whole segments only, if there is more to come. */
static u32 whole(u32 len, u32 all, u32 mss)
{
	return len < all && len > mss ? len - len % mss : len;
}

/* SND.NXT was moved back: everything again, but what the peer has. */
static void go_back(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	u32 mss = chim_send_mss(run);
	struct chim_range hole;

	while (tcb->snd_nxt != tcb->snd_max) {
		u32 len, all, room;

		if (!chim_board_hole(run, tcb->snd_nxt, tcb->snd_max, &hole)) {
			tcb->snd_nxt = tcb->snd_max;
			return;
		}
		tcb->snd_nxt = hole.start;
		all = hole.end - hole.start;
		room = min(chim_cong_room(run),
			   window_room(tcb, tcb->snd_nxt) +
			   chim_close_pending(tcb->state));
		/*
		 * The peer may have shrunk its window, or a late segment says
		 * so: what it still takes must go, or nothing ever would.
		 */
		if (room < min(all, mss) &&
		    (!room || tcb->snd_nxt != tcb->snd_una))
			return;
		len = whole(min3(all, room, run->burst), all, mss);
		len = resend(run, hole.start, len);
		if (!len)
			return;
		tcb->snd_nxt += len;
	}
}

/* RFC 6675, NextSeg, rule 1 up to @upto. Returns false if there is no room. */
static bool fill_holes(struct chim_run *run, u32 upto, u32 most)
{
	struct chim_board *board = run->tcb->flow->board;
	u32 mss = chim_send_mss(run);
	struct chim_range hole;

	while (chim_board_hole(run, board->high_rxt, upto, &hole)) {
		u32 room = min(chim_cong_room(run), most);
		u32 all = hole.end - hole.start, len;

		if (room < mss)
			return false;
		len = whole(min3(all, room, run->burst), all, mss);
		len = resend(run, hole.start, len);
		if (!len)
			return false;
		board->high_rxt = hole.start + len;
	}
	return true;
}

/* Rules 1, 3 and 4 of NextSeg; rule 2 is new data. */
static void recover_lost(struct chim_run *run)
{
	struct chim_flow *flow = run->tcb->flow;

	if (flow && flow->board)
		fill_holes(run, chim_board_lost(run), U32_MAX);
}

static void recover_rest(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	struct chim_flow *flow = tcb->flow;
	u32 mss = chim_send_mss(run);
	u32 high, from;

	if (!flow || !flow->board || chim_cong_room(run) < mss)
		return;
	high = chim_board_high(run);
	if (seq_before(flow->board->high_rxt, high)) {
		fill_holes(run, high, mss);
		return;
	}
	if (flow->board->rescued || high == tcb->snd_max)
		return;
	from = seq_max(high, tcb->snd_max - min(mss, tcb->snd_max - high));
	flow->board->rescued = true;
	resend(run, from, tcb->snd_max - from);
}

/* A FIN is due with or behind the last byte. */
static bool wants_fin(const struct chim_tcb *tcb)
{
	return tcb->flags & CHIM_TCB_CLOSE && !chim_close_sent(tcb->state);
}

/*
 * RFC 1122, section 4.2.3.4: may less than a segment, the last there is, go
 * while data is in flight? The tail of a request of a segment or more may
 * (X-56).
 */
static bool nagle_permits(struct chim_run *run, u32 end, bool flying)
{
	struct chim_tcb *tcb = run->tcb;
	const struct chim_sreq *req;
	u32 off;

	if (!flying || !(run->v->flags & CHIM_CONN_NAGLE) || wants_fin(tcb))
		return true;
	req = chim_sendq_at(&tcb->flow->sq, end - 1, &off);
	return req && req->len >= chim_send_mss(run);
}

/* TMR-151: less than a segment because the window takes no more. */
static bool sws_permits(struct chim_run *run, u32 len)
{
	struct chim_tcb *tcb = run->tcb;

	if (tcb->flags & CHIM_TCB_FORCE)
		return true;
	return len >= tcb->max_snd_wnd / 2 ||
	       chim_sendq_to_end(&tcb->flow->sq,
				 tcb->snd_max + len - 1) == 1;
}

/* How much new data one frame may carry now. */
static u32 sendable(struct chim_run *run, u32 mss)
{
	struct chim_tcb *tcb = run->tcb;
	u64 unsent = tcb->flow->sq.unsent;
	u32 wnd = window_room(tcb, tcb->snd_max);
	u32 room = chim_cong_room(run);
	u32 len = min_t(u64, unsent, min3(wnd, room, max(run->burst, mss)));
	u32 tail = len % mss;

	if (!tail)
		return len;
	if (len == unsent) {
		if (nagle_permits(run, tcb->snd_max + len,
				  len > mss || !chim_send_idle(tcb)))
			return len;
		return len - tail;
	}
	if (len > mss)
		return len - tail;
	/* What is in flight will make room. */
	if (room < wnd && !chim_send_idle(tcb))
		return 0;
	if (sws_permits(run, len))
		return len;
	chim_timer_sws(run);
	return 0;
}

static bool send_data(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	struct chim_sendq *sq = &tcb->flow->sq;
	struct chim_frame f;
	bool fin, flying = !chim_send_idle(tcb);
	int taken;
	u32 len;

	if (!flying && sq->unsent)
		chim_cong_idle(run);
	len = sendable(run, chim_send_mss(run));
	if (!len)
		return false;
	start_frame(run, &f, tcb->snd_max);
	f.len = len;
	f.req = chim_sendq_at(sq, tcb->snd_max, &f.off);
	f.ect = tcb->flags & CHIM_TCB_ECN;
	if (tcb->flags & CHIM_TCB_CWR && f.ect)
		f.flags |= CHIM_CWR;
	fin = len == sq->unsent && wants_fin(tcb);
	if (fin)
		f.flags |= CHIM_FIN;
	/* SND-021, SND-022 */
	if (len == sq->unsent ||
	    chim_sendq_to_end(sq, tcb->snd_max + len - 1) == 1)
		f.flags |= CHIM_PSH;
	taken = emit(run, &f);
	if (taken <= 0) {
		chim_timer_sws(run);
		return false;
	}
	tcb->flags &= ~(CHIM_TCB_CWR | CHIM_TCB_FORCE);
	sent_new(run, taken, fin && taken == len, segments(taken, f.mss));
	tcb->snd_nxt = tcb->snd_max;
	chim_rtt_start(run, tcb->snd_max);
	if (!flying)
		chim_timer_rearm(run);
	return true;
}

static void send_fin(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	bool flying = !chim_send_idle(tcb);
	struct chim_frame f;

	start_frame(run, &f, tcb->snd_max);
	f.flags |= CHIM_FIN;
	if (emit(run, &f) < 0) {
		if (tcb->flow)
			chim_timer_sws(run);
		return;
	}
	sent_new(run, 0, true, 1);
	tcb->snd_nxt = tcb->snd_max;
	if (!flying)
		chim_timer_rearm(run);
}

static void send_new(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (tcb->snd_nxt != tcb->snd_max || chim_close_sent(tcb->state))
		return;
	if (tcb->flow && tcb->flow->sq.unsent) {
		while (tcb->flow->sq.unsent && send_data(run))
			;
		if (tcb->flow->sq.unsent) {
			if (chim_send_idle(tcb))
				chim_timer_blocked(run);
			return;
		}
	}
	if (!wants_fin(tcb))
		return;
	if (tcb->snd_wnd || !chim_send_idle(tcb))
		send_fin(run);
	else
		chim_timer_blocked(run);
}

/* D-30: is there something that should go out? */
static bool is_wanting(struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;

	return chim_recv_must_ack(run) || tcb->snd_nxt != tcb->snd_max ||
	       (tcb->flow && tcb->flow->sq.unsent) || wants_fin(tcb);
}

/**
 * chim_tcp_output() - send what may be sent, data first
 * @run: the run
 *
 * To be called when the events of a run are done and the host has been called:
 * so an answer the host gives on receipt carries the acknowledgment.
 *
 * Context: connection locked.
 */
void chim_tcp_output(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (!chim_send_allowed(run)) {
		if (is_wanting(run) &&
		    (run->muted || tcb->flags & CHIM_TCB_INVALID))
			run->wanted = true;
		return;
	}
	if (tcb->state == CHIM_TCP_CLOSED)
		return;
	if (tcb->flow)
		chim_watch(run);
	go_back(run);
	if (tcb->cong == CHIM_CONG_RECOVERY)
		recover_lost(run);
	send_new(run);
	if (tcb->cong == CHIM_CONG_RECOVERY)
		recover_rest(run);
	if (chim_recv_must_ack(run))
		chim_send_ack(run);
}
