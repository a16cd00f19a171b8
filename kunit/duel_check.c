// SPDX-License-Identifier: GPL-2.0
/* What holds of a block whenever no event is being served. */
#include "duel.h"

#include "tcp/close.h"
#include "tcp/seq.h"

static void check_numbers(struct duel_side *s)
{
	const struct chim_tcb *tcb = duel_tcb(s);

	if (!seq_upto(tcb->snd_una, tcb->snd_nxt) ||
	    !seq_upto(tcb->snd_nxt, tcb->snd_max))
		duel_bad(s, "una, nxt, max: %u %u %u", tcb->snd_una,
			 tcb->snd_nxt, tcb->snd_max);
	if (tcb->snd_max != s->max_sent)
		duel_bad(s, "SND.MAX is %u, sent is %u", tcb->snd_max,
			 s->max_sent);
	if (tcb->snd_una != s->iss + (u32)s->acked) {
		s->acked += tcb->snd_una - (s->iss + (u32)s->acked);
		s->duel->alive_at = s->duel->now;
	}
	if (tcb->cwnd > CHIM_CWND_MAX || !tcb->cwnd)
		duel_bad(s, "cwnd is %u", tcb->cwnd);
}

/* the window and what is undelivered are InitialRcvWnd. */
static void check_window(struct duel_side *s)
{
	const struct chim_tcb *tcb = duel_tcb(s);
	u32 held = tcb->flow ? tcb->flow->rx.bytes : 0;
	s64 sum = (s64)tcb->rcv_wnd - tcb->rcv_debt + held;

	if (chim_close_received(tcb->state))
		return;
	if (sum != s->v.rcv_wnd)
		duel_bad(s, "window %u less debt %u and %u held are not %u",
			 tcb->rcv_wnd, tcb->rcv_debt, held, s->v.rcv_wnd);
}

static void check_sends(struct duel_side *s)
{
	const struct chim_tcb *tcb = duel_tcb(s);
	const struct chim_sendq *sq = &tcb->flow->sq;
	const struct chim_sreq *req;
	u32 fin = chim_close_pending(tcb->state);
	u64 bytes = 0;

	for (req = sq->head; req; req = req->next)
		bytes += req->len;
	if (!sq->head)
		bytes = tcb->snd_una - sq->head_seq;
	if (tcb->flags & CHIM_TCB_ABORTED)
		return;
	if (chim_close_sent(tcb->state) && !fin)
		fin = 1;
	if (bytes - sq->unsent != tcb->snd_max - fin - sq->head_seq &&
	    sq->head)
		duel_bad(s, "%llu bytes queued, %llu unsent, %u sent", bytes,
			 sq->unsent, tcb->snd_max - fin - sq->head_seq);
}

static void check_data(struct duel_side *s)
{
	const struct chim_rx *rx = &duel_tcb(s)->flow->rx;
	struct duel_side *peer = duel_peer(s);
	const struct chim_rreq *req;
	u32 at = peer->iss + (u32)s->taken, bytes = 0;
	struct sk_buff *skb;
	u64 room = 0;

	for (skb = rx->head; skb; skb = skb->next) {
		struct chim_rx_cb *cb = chim_rx_cb(skb);

		if (cb->seq != at || !seq_before(cb->seq, cb->end))
			duel_bad(s, "data at %u, not %u", cb->seq, at);
		if (!cb->desc)
			duel_bad(s, "data kept without description");
		at = cb->end;
		bytes += cb->end - cb->seq;
	}
	for (req = rx->req; req; req = req->next)
		room += req->len - req->filled;
	if (bytes != rx->bytes || room != rx->room)
		duel_bad(s, "%u bytes held, not %u; room for %llu, not %llu",
			 bytes, rx->bytes, room, rx->room);
	if (rx->flags & CHIM_RX_BUSY)
		duel_bad(s, "busy");
}

static void check_ooo(struct duel_side *s)
{
	const struct chim_tcb *tcb = duel_tcb(s);
	const struct chim_ooo *ooo = &tcb->flow->ooo;
	struct sk_buff *last = NULL;
	u32 at = tcb->rcv_nxt, bytes = 0;
	struct rb_node *node;

	for (node = rb_first(&ooo->tree); node; node = rb_next(node)) {
		struct sk_buff *skb = rb_entry(node, struct sk_buff, rbnode);
		struct chim_rx_cb *cb = chim_rx_cb(skb);

		if (seq_before(cb->seq, at) || !seq_before(cb->seq, cb->end))
			duel_bad(s, "out of order: %u to %u behind %u",
				 cb->seq, cb->end, at);
		at = cb->end;
		bytes += skb->truesize;
		last = skb;
	}
	if (ooo->last != last || ooo->bytes != bytes)
		duel_bad(s, "out of order: %u bytes, not %u", ooo->bytes,
			 bytes);
}

static void check_board(struct duel_side *s)
{
	const struct chim_tcb *tcb = duel_tcb(s);
	const struct chim_board *b = tcb->flow->board;
	u32 at = tcb->snd_una;
	int i;

	if (!b)
		return;
	for (i = 0; i < b->n; i++) {
		const struct chim_range *r = &b->range[i];

		if (!seq_before(r->start, r->end) ||
		    (i && seq_upto(r->start, at)) || seq_before(r->start, at))
			duel_bad(s, "scoreboard: %u to %u behind %u",
				 r->start, r->end, at);
		at = r->end;
	}
	if (seq_after(at, tcb->snd_max))
		duel_bad(s, "scoreboard: %u beyond SND.MAX",
			 at - tcb->snd_max);
}

/* Whatever waits has a timer, or is another's turn. */
static void check_timers(struct duel_side *s)
{
	const struct chim_tcb *tcb = duel_tcb(s);

	if (tcb->flags & (CHIM_TCB_HALTED | CHIM_TCB_HOLD | CHIM_TCB_ABORTED |
			   CHIM_TCB_INVALID) ||
	    s->muted || tcb->state == CHIM_TCP_CLOSED)
		return;
	if (tcb->snd_una != tcb->snd_max &&
	    !(tcb->timers & CHIM_TIMER_RETRANSMIT))
		duel_bad(s, "%u bytes out, and no timer",
			 tcb->snd_max - tcb->snd_una);
	if (tcb->flow && tcb->flow->sq.unsent &&
	    !(tcb->timers & (CHIM_TIMER_RETRANSMIT | CHIM_TIMER_SWS)))
		duel_bad(s, "%llu bytes unsent, and no timer",
			 tcb->flow->sq.unsent);
}

/**
 * duel_check() - see that a block is sound
 * @s: the side
 *
 * Context: test thread; no call to the host is under way.
 */
void duel_check(struct duel_side *s)
{
	if (s->duel->failed)
		return;
	check_numbers(s);
	check_timers(s);
	if (duel_tcb(s)->flags & CHIM_TCB_ABORTED)
		return;
	check_window(s);
	if (!duel_tcb(s)->flow)
		return;
	check_sends(s);
	check_data(s);
	check_ooo(s);
	check_board(s);
}
