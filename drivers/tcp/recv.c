// SPDX-License-Identifier: GPL-2.0
/* Received data: in sequence, the window, when to acknowledge. */
#include "tcp/recv.h"

#include "tcp/close.h"
#include "tcp/deliver.h"
#include "tcp/flow.h"
#include "tcp/ooo.h"
#include "tcp/seq.h"
#include "tcp/send.h"

#include <linux/kernel.h>
#include <linux/overflow.h>

/* RFC 7323, section 2.3: a larger shift is used as 14. */
#define WSCALE_MAX	14

/* CON-012 */
static u8 rcv_shift(const struct chim_run *run)
{
	if (!(run->c->flags & CHIM_CONN_WSCALE))
		return 0;
	return min_t(u8, run->c->rcv_wscale, WSCALE_MAX);
}

/**
 * chim_recv_edge() - right edge of what is accepted
 * @tcb: the block
 *
 * What the peer was told of is accepted even if rounding to the scale has since
 * moved the window back (RFC 7323, section 2.4).
 *
 * Context: connection locked.
 * Return: the first sequence number that is not.
 */
u32 chim_recv_edge(const struct chim_tcb *tcb)
{
	return seq_max(tcb->rcv_adv, tcb->rcv_nxt + tcb->rcv_wnd);
}

/* How far the edge lies right of what the peer knows. */
static u32 moved(const struct chim_tcb *tcb)
{
	u32 edge = tcb->rcv_nxt + tcb->rcv_wnd;

	return seq_after(edge, tcb->rcv_adv) ? edge - tcb->rcv_adv : 0;
}

/* RFC 1122, section 4.2.3.3: the window opens in steps worth a segment. */
static u32 step(struct chim_run *run)
{
	return min(chim_send_mss(run), max(run->v->rcv_wnd / 2, 1U));
}

/*
 * How far the edge could be moved right of what the peer knows, in the units
 * of the field: what cannot be told is not worth an acknowledgment, and the
 * next one would be no better.
 */
static u32 growth(const struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;
	u8 shift = rcv_shift(run);
	u32 wnd = min_t(u32, tcb->rcv_wnd >> shift, U16_MAX) << shift;
	u32 edge = tcb->rcv_nxt + wnd;

	return seq_after(edge, tcb->rcv_adv) ? edge - tcb->rcv_adv : 0;
}

/**
 * chim_recv_window() - window field of a segment sent now (CON-012)
 * @run: the run
 *
 * The field counts in units of the scale, so the edge it tells can lie left or
 * right of the true one. It is kept from moving left (D-28) as far as that
 * promises less than a unit too much, so it never moves by a unit or more.
 *
 * Context: connection locked.
 * Return: the field, host order.
 */
u16 chim_recv_window(struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;
	u32 edge = tcb->rcv_nxt + tcb->rcv_wnd;
	u8 shift = rcv_shift(run);
	u32 unit = 1U << shift;
	u32 wnd, up;

	if (seq_before(tcb->rcv_adv, edge) &&
	    (moved(tcb) < step(run) || growth(run) < step(run)) &&
	    !(tcb->flags & CHIM_TCB_ANNOUNCE))
		edge = seq_max(tcb->rcv_adv, tcb->rcv_nxt);
	wnd = (edge - tcb->rcv_nxt) >> shift;
	if (seq_before(tcb->rcv_nxt + (wnd << shift), tcb->rcv_adv)) {
		up = DIV_ROUND_UP(tcb->rcv_adv - tcb->rcv_nxt, unit);
		wnd = min(up, DIV_ROUND_UP(tcb->rcv_wnd, unit));
	}
	return min_t(u32, wnd, U16_MAX);
}

/**
 * chim_recv_ack_sent() - a segment with this window field is on its way
 * @run: the run
 * @wnd: the field
 *
 * Context: connection locked.
 */
void chim_recv_ack_sent(struct chim_run *run, u16 wnd)
{
	struct chim_tcb *tcb = run->tcb;
	u32 edge = tcb->rcv_nxt + ((u32)wnd << rcv_shift(run));

	tcb->rcv_adv = seq_max(tcb->rcv_adv, edge);
	tcb->ack_sent = tcb->rcv_nxt;
	tcb->ack_segs = 0;
	tcb->timers &= ~CHIM_TIMER_DELACK;
	tcb->flags &= ~(CHIM_TCB_ACK_NOW | CHIM_TCB_ANNOUNCE);
}

/**
 * chim_recv_must_ack() - is an acknowledgment due, data or not?
 * @run: the run
 *
 * A larger window is told of when it has grown by an MSS or half of
 * InitialRcvWnd. While the peer has plenty of window left, as many
 * segments' worth are waited for as TcpAckFrequency says, at least two, or
 * acknowledgments could never be delayed. After the peer's FIN the window does
 * not matter.
 *
 * Context: connection locked.
 * Return: true if so.
 */
bool chim_recv_must_ack(struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;
	u32 grown, wanted, segs;

	if (tcb->flags & (CHIM_TCB_ACK_NOW | CHIM_TCB_ANNOUNCE))
		return true;
	wanted = step(run);
	/* As is most often the case, without a look at the scale. */
	if (moved(tcb) < wanted || chim_close_received(tcb->state))
		return false;
	grown = growth(run);
	if (tcb->rcv_adv - tcb->rcv_nxt >= run->v->rcv_wnd / 2) {
		segs = max_t(u32, READ_ONCE(run->cfg->ack_segs), 2);
		wanted = min(segs * wanted, max(run->v->rcv_wnd / 2, 1U));
	}
	return grown >= wanted;
}

/**
 * chim_tcp_consumed() - the host has taken received data
 * @run: the run
 * @bytes: how much: placed in requests, or accepted when indicated
 *
 * A debt is paid before the window opens.
 *
 * Context: connection locked.
 */
void chim_tcp_consumed(struct chim_run *run, u32 bytes)
{
	struct chim_tcb *tcb = run->tcb;
	u32 paid = min(tcb->rcv_debt, bytes);

	tcb->rcv_debt -= paid;
	tcb->rcv_wnd += bytes - paid;
}

/* More than the window held, but no more than was promised: a debt. */
static void use_window(struct chim_tcb *tcb, u32 bytes)
{
	u32 held = min(tcb->rcv_wnd, bytes);

	tcb->rcv_nxt += bytes;
	tcb->rcv_wnd -= held;
	if (check_add_overflow(tcb->rcv_debt, bytes - held, &tcb->rcv_debt))
		tcb->rcv_debt = U32_MAX;
}

/* RCV-052: RCV.NXT and RCV.WND move before anything is delivered. */
static bool accept(struct chim_run *run, struct sk_buff *skb)
{
	struct chim_rx_cb *cb = chim_rx_cb(skb);
	struct chim_tcb *tcb = run->tcb;
	u32 nxt = tcb->rcv_nxt, wnd = tcb->rcv_wnd, debt = tcb->rcv_debt;

	use_window(tcb, cb->end - cb->seq);
	if (chim_rx_data(run, skb))
		return true;
	tcb->rcv_nxt = nxt;
	tcb->rcv_wnd = wnd;
	tcb->rcv_debt = debt;
	run->mib->in_discards++;
	return false;
}

/* What was out of order and is not any more. */
static bool join(struct chim_run *run)
{
	struct sk_buff *skb;
	bool fin = false;

	while (!fin && (skb = chim_ooo_next(run))) {
		fin = chim_rx_cb(skb)->fin;
		chim_ooo_took(run, skb);
		if (!accept(run, skb)) {
			chim_ooo_lost(run, chim_rx_cb(skb)->end);
			kfree_skb(skb);
			return false;
		}
	}
	return fin;
}

/*
 * TMR-033, TMR-034, RFC 5681 section 4.2: at the latest after so many segments
 * or so long; at once if anything is out of order, or just was.
 */
static void owe_ack(struct chim_run *run, u32 segs, bool at_once)
{
	struct chim_tcb *tcb = run->tcb;

	tcb->ack_segs = min_t(u32, tcb->ack_segs + segs, U8_MAX);
	if (at_once || tcb->ack_segs >= READ_ONCE(run->cfg->ack_segs)) {
		tcb->flags |= CHIM_TCB_ACK_NOW;
	} else if (!(tcb->timers & CHIM_TIMER_DELACK)) {
		tcb->timers |= CHIM_TIMER_DELACK;
		tcb->ack_due = run->now + READ_ONCE(run->cfg->ack_ticks);
	}
}

static void hear_ecn(struct chim_run *run, const struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;

	/* RFC 3168, section 6.1.3 */
	if (!(tcb->flags & CHIM_TCB_ECN))
		return;
	if (seg->flags & CHIM_CWR)
		tcb->flags &= ~CHIM_TCB_ECE;
	if (seg->ce)
		tcb->flags |= CHIM_TCB_ECE | CHIM_TCB_ACK_NOW;
}

/* Cuts what is there already and what is beyond the window. */
static void trim(struct chim_run *run, struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;
	u32 edge = chim_recv_edge(tcb);
	u32 end = seg->seq + seg->len;

	if (seq_before(seg->seq, tcb->rcv_nxt)) {
		u32 cut = min(tcb->rcv_nxt - seg->seq, seg->len);

		if (cut && tcb->flow)
			chim_ooo_duplicate(&tcb->flow->ooo, seg->seq,
					   seg->seq + cut);
		/* A FIN that is there already has its own number. */
		if (seq_before(seg->seq + seg->len, tcb->rcv_nxt))
			seg->flags &= ~CHIM_FIN;
		seg->seq += cut;
		seg->off += cut;
		seg->len -= cut;
		tcb->flags |= CHIM_TCB_ACK_NOW;
	}
	if (seq_after(end, edge)) {
		seg->len -= min(end - edge, seg->len);
		seg->flags &= ~CHIM_FIN;
		tcb->flags |= CHIM_TCB_ACK_NOW;
	}
}

static void mark(struct chim_seg *seg)
{
	struct chim_rx_cb *cb = chim_rx_cb(seg->skb);

	cb->desc = NULL;
	cb->seq = seg->seq;
	cb->end = seg->seq + seg->len;
	cb->off = seg->off;
	cb->psh = seg->flags & CHIM_PSH;
	cb->fin = seg->flags & CHIM_FIN;
	cb->packed = false;
}

/* TCP-041; a FIN alone is not kept: the peer sends it again. */
static bool too_early(struct chim_run *run, struct chim_seg *seg)
{
	struct chim_flow *flow = run->tcb->flow;

	owe_ack(run, seg->segs, true);
	flow->opt.disordered += seg->segs;
	if (!seg->len)
		return false;
	mark(seg);
	return chim_ooo_add(run, seg->skb);
}

/*
 * Not acknowledged, it counts as lost on the wire. Where nothing waits one segment is
 * taken all the same, so that every connection whose host reads goes on.
 */
static bool no_room(struct chim_run *run)
{
	if (likely(!run->tight) || !run->tcb->flow->rx.head)
		return false;
	run->mib->in_discards++;
	return true;
}

static bool in_sequence(struct chim_run *run, struct chim_seg *seg)
{
	struct chim_ooo *ooo = &run->tcb->flow->ooo;
	bool gap = ooo->last;
	bool fin = seg->flags & CHIM_FIN;

	if (seg->len) {
		if (no_room(run))
			return false;
		mark(seg);
		if (!accept(run, seg->skb))
			return false;
	}
	if (gap && !fin)
		fin = join(run);
	if (fin) {
		chim_ooo_purge(ooo);
		chim_close_fin(run);
	}
	owe_ack(run, seg->segs, gap || fin || ooo->has_dsack);
	/* NBR-035: it shows that what we acknowledged has arrived. */
	run->progress = true;
	return seg->len;
}

/**
 * chim_recv_segment() - text and FIN of an acceptable segment
 * @run: the run
 * @seg: the segment; changed
 *
 * RFC 9293, section 3.10.7.4, seventh and eighth.
 *
 * Context: connection locked.
 * Return: true if the skb is kept, or freed already because all of its data
 * has been placed; false if the caller is to free it.
 */
bool chim_recv_segment(struct chim_run *run, struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;
	struct chim_flow *flow;

	hear_ecn(run, seg);
	if (!seg->len && !(seg->flags & CHIM_FIN))
		return false;
	if (chim_close_received(tcb->state)) {
		tcb->flags |= CHIM_TCB_ACK_NOW;
		return false;
	}
	flow = chim_flow_get(run);
	if (!flow) {
		run->mib->in_discards++;
		return false;
	}
	trim(run, seg);
	if (!seg->len && !(seg->flags & CHIM_FIN))
		return false;
	flow->opt.received += seg->segs;
	if (seg->seq == tcb->rcv_nxt)
		return in_sequence(run, seg);
	return too_early(run, seg);
}
