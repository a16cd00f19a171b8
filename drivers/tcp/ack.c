// SPDX-License-Identifier: GPL-2.0
/* Acknowledgments in: RFC 9293, section 3.10.7.4, fifth; and the peer's window. */
#include "tcp/ack.h"

#include "tcp/board.h"
#include "tcp/close.h"
#include "tcp/cong.h"
#include "tcp/flow.h"
#include "tcp/rtt.h"
#include "tcp/send.h"
#include "tcp/sendq.h"
#include "tcp/seq.h"
#include "tcp/timer.h"

#include <linux/minmax.h>

/* RFC 7323, section 2.3: a larger shift is used as 14. */
#define WSCALE_MAX	14

static u8 snd_shift(const struct chim_run *run)
{
	if (!(run->c->flags & CHIM_CONN_WSCALE))
		return 0;
	return min_t(u8, run->c->snd_wscale, WSCALE_MAX);
}

static u32 window(const struct chim_run *run, const struct chim_seg *seg)
{
	return (u32)seg->wnd << snd_shift(run);
}

/**
 * chim_ack_seq() - the number of a segment without data
 * @run: the run
 *
 * SND.NXT may have been moved back to retransmit, and the peer would take no window
 * from an old number (RFC 9293, section 3.10.7.4). Nor would it take anything from
 * beyond its window, where SND.MAX is once a closed one has been probed. But what
 * the units of a scaled window leave out the peer has not taken back (RFC 7323,
 * section 2.4).
 *
 * Context: connection locked.
 * Return: the number.
 */
u32 chim_ack_seq(const struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;
	u32 edge = tcb->snd_una + tcb->snd_wnd;

	if (!seq_before(edge, tcb->snd_max))
		return tcb->snd_max;
	if (tcb->snd_wnd && tcb->snd_max - edge < 1U << snd_shift(run))
		return tcb->snd_max;
	return edge;
}

static bool tells_congestion(const struct chim_run *run,
			     const struct chim_seg *seg)
{
	return seg->flags & CHIM_ECE && run->tcb->flags & CHIM_TCB_ECN;
}

static void new_data(struct chim_run *run, const struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;
	u32 acked = seg->ack - tcb->snd_una, known = 0;
	bool fin;

	tcb->snd_una = seg->ack;
	/* After a timeout: what was not sent again had arrived before. */
	if (seq_before(tcb->snd_nxt, seg->ack)) {
		known = seg->ack - tcb->snd_nxt;
		tcb->snd_nxt = seg->ack;
	}
	run->progress = true;
	known = max(known, chim_board_acked(run));
	chim_rtt_acked(run, seg);
	chim_timer_acked(run);
	fin = chim_close_pending(tcb->state) && tcb->snd_una == tcb->snd_max;
	chim_cong_acked(run, acked - fin, known, tells_congestion(run, seg));
	if (fin)
		chim_close_fin_acked(run);
	if (tcb->flow) {
		tcb->flow->used_at = run->now;
		chim_sendq_acked(run);
	}
}

/*
 * RFC 5681, section 2: nothing but the same acknowledgment. With SACK what
 * counts is that the peer has something new, even if it acknowledges more as
 * well (RFC 6675, section 5). What tells
 * that the window is still closed answers a probe, and nothing was lost.
 */
static bool is_duplicate(const struct chim_run *run, const struct chim_seg *seg,
			 bool newer, bool news)
{
	const struct chim_tcb *tcb = run->tcb;

	if (chim_send_idle(tcb) || seg->ack != tcb->snd_una || !tcb->snd_wnd)
		return false;
	if (run->c->flags & CHIM_CONN_SACK)
		return news;
	return !newer && !seg->len && !(seg->flags & (CHIM_SYN | CHIM_FIN)) &&
	       window(run, seg) == tcb->snd_wnd;
}

/*
 * RFC 9293, section 3.10.7.4; WL2 is SND.UNA, below which nothing gets here.
 * What acknowledges more was sent later than all before, even if it is a
 * retransmission with an old number: the window counts from SND.UNA, so the
 * old one would reach beyond what the peer has promised.
 */
static void update_window(struct chim_run *run, const struct chim_seg *seg,
			  bool newer)
{
	struct chim_tcb *tcb = run->tcb;
	u32 was = tcb->snd_wnd;

	if (seq_before(seg->seq, tcb->snd_wl1) && !newer)
		return;
	tcb->snd_wnd = window(run, seg);
	tcb->snd_wl1 = seq_max(tcb->snd_wl1, seg->seq);
	tcb->max_snd_wnd = max(tcb->max_snd_wnd, tcb->snd_wnd);
	if (was && tcb->snd_wnd)
		return;
	/* What the closed window turned away is sent again at once. */
	if (!was && tcb->snd_wnd && tcb->flow)
		tcb->snd_nxt = tcb->snd_una;
	chim_timer_window(run, was);
}

/**
 * chim_ack_process() - take in the acknowledgment of an acceptable segment
 * @run: the run
 * @seg: the segment; its acknowledgment number does not lie beyond SND.MAX
 *
 * Context: connection locked.
 */
void chim_ack_process(struct chim_run *run, const struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;
	bool news, newer = seg->ack != tcb->snd_una;

	if (seq_before(seg->ack, tcb->snd_una))
		return;
	if (tells_congestion(run, seg) && !chim_send_idle(tcb))
		chim_cong_notified(run);
	if (newer)
		new_data(run, seg);
	news = chim_board_note(run, seg);
	if (is_duplicate(run, seg, newer, news))
		chim_cong_duplicate(run);
	if (news)
		chim_cong_sacked(run);
	update_window(run, seg, newer);
}
