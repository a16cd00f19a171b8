// SPDX-License-Identifier: GPL-2.0
/*
 * A connection changes hands: its offload is terminated and initiated again,
 * from the values and data that were handed back and from nothing else.
 */
#include "duel.h"

#include "tcp/close.h"
#include "tcp/seq.h"

#include <linux/slab.h>

static struct duel_block *new_block(struct duel_side *s)
{
	struct duel_block *block = kzalloc(sizeof(*block), GFP_KERNEL);

	if (block)
		block->side = s;
	return block;
}

/**
 * duel_open() - the first offload of a connection
 * @s: the side
 * @d: its delegated variables
 *
 * Context: test thread.
 */
void duel_open(struct duel_side *s, const struct chim_conn_deleg *d)
{
	struct chim_run run;

	s->block = new_block(s);
	if (!s->block)
		return;
	duel_begin(s, &run);
	chim_tcp_open(&run, d, 0);
	chim_tcp_start(&run);
	duel_serve(s, &run);
}

static void check_rest(struct duel_side *s, const struct chim_conn_deleg *d)
{
	const struct duel_block *block = s->block;
	u64 chain = s->posted - s->acked;

	if (block->tcb.flow || s->memory)
		duel_bad(s, "%d blocks of memory left", s->memory);
	if (d->snd_max - d->snd_una - chim_close_pending(d->state) > chain)
		duel_bad(s, "%u bytes out, chain of %llu",
			 d->snd_max - d->snd_una, chain);
	if (d->ts_time - s->last_ts > S32_MAX)
		duel_bad(s, "timestamp handed back is %u old",
			 s->last_ts - d->ts_time);
	if (seq_before(d->rcv_nxt + d->rcv_wnd, s->adv))
		duel_bad(s, "window handed back is %u short",
			 s->adv - d->rcv_nxt - d->rcv_wnd);
	if (d->dwnd != DUEL_DWND)
		duel_bad(s, "DWnd is %u", d->dwnd);
}

/* Ends the offload. What is not completed is the caller's. */
static void terminate(struct duel_side *s, struct chim_conn_deleg *d,
		      struct chim_rest *rest)
{
	struct chim_run run;

	duel_begin(s, &run);
	chim_tcp_quiesce(&run);
	chim_tcp_read(&run, d);
	chim_tcp_close(&run, rest);
	s->acked += d->snd_una - (s->iss + (u32)s->acked);
	if (rest->abort) {
		if (s->told_abort || !duel_peer(s)->dead)
			duel_bad(s, "abort told at the end");
		s->told_abort = true;
	}
	duel_host_sent(s, rest->done);
	s->sick = true;
	duel_host_received(s, rest->reqs);
	s->sick = false;
	check_rest(s, d);
	if (s->n_recvs)
		duel_bad(s, "%d receives not ended", s->n_recvs);
}

/* What has no byte left, or is to be asked for again, is done with. */
static bool goes_back(struct duel_side *s, struct duel_send *send)
{
	struct chim_sreq *req = &send->req;

	if (req->left > req->len)
		duel_bad(s, "%u left of %u", req->left, req->len);
	send->start += req->len - req->left;
	req->len = req->left;
	if (req->flags & CHIM_SREQ_DISCONNECT && !s->fin_out)
		s->closing = false;
	/* The host's own from here on. */
	req->flags = CHIM_SREQ_OFFLOADED;
	req->why = 0xee;
	req->left = 0xeeeeeeee;
	return req->len;
}

/* The chain of the next offload, by the host's own list. */
static struct chim_sreq *chain(struct duel_side *s, struct chim_sreq *sends)
{
	struct chim_sreq *first = NULL, **link = &first, *next;
	u64 at = s->acked - (s->fin_out && s->acked > s->goal);

	for (; sends; sends = next) {
		struct duel_send *send;

		send = container_of(sends, struct duel_send, req);
		next = sends->next;
		if (!list_is_first(&send->node, &s->sends))
			duel_bad(s, "send at %llu handed back out of order",
				 send->start);
		list_del(&send->node);
		if (!goes_back(s, send)) {
			kfree(send);
			continue;
		}
		if (send->start != at)
			duel_bad(s, "send at %llu handed back, not %llu",
				 send->start, at);
		at += send->req.len;
		*link = &send->req;
		link = &send->req.next;
	}
	*link = NULL;
	if (at != s->posted)
		duel_bad(s, "sends handed back end at %llu, not %llu", at,
			 s->posted);
	for (sends = first; sends; sends = sends->next)
		list_add_tail(&container_of(sends, struct duel_send, req)->node,
			      &s->sends);
	return first;
}

/* What was not delivered, in one piece, as the host would copy it. */
static struct sk_buff *gather(struct duel_side *s, struct sk_buff *skbs)
{
	struct sk_buff *skb, *next;
	u32 len = 0;

	for (skb = skbs; skb; skb = skb->next)
		len += chim_rx_cb(skb)->end - chim_rx_cb(skb)->seq;
	if (!len)
		return NULL;
	skb = alloc_skb(len, GFP_KERNEL);
	for (; skbs; skbs = next) {
		struct chim_rx_cb *cb = chim_rx_cb(skbs);

		next = skbs->next;
		if (!cb->desc)
			duel_bad(s, "handed back without description");
		if (skb)
			skb_copy_bits(skbs, cb->off,
				      skb_put(skb, cb->end - cb->seq),
				      cb->end - cb->seq);
		skb_mark_not_on_list(skbs);
		kfree_skb(skbs);
		s->described--;
	}
	return skb;
}

/* Memory may be short; then the host tries again. */
static void initiate(struct duel_side *s, const struct chim_conn_deleg *d,
		     struct chim_sreq *sends, struct sk_buff *skb)
{
	struct duel_block *old = s->block;
	struct chim_run run;
	bool done;

	if (skb) {
		memset(skb->cb, 0xee, sizeof(skb->cb));
		chim_rx_cb(skb)->desc = s;
		s->described++;
	}
	for (;;) {
		s->block = new_block(s);
		if (!s->block) {
			s->block = old;
			duel_bad(s, "no memory");
			return;
		}
		duel_begin(s, &run);
		chim_tcp_open(&run, d, skb ? skb->len : 0);
		done = chim_tcp_adopt(&run, sends, skb);
		kfree(old);
		if (done)
			break;
		chim_tcp_disown(&run);
		old = s->block;
	}
}

/*
 * Read back at once, the values are those handed over, but for a window that
 * opened and keepalive that is off.
 */
static void compare(struct duel_side *s, const struct chim_conn_deleg *d)
{
	struct chim_conn_deleg was = *d, is;
	struct chim_run run;

	duel_begin(s, &run);
	chim_tcp_read(&run, &is);
	if (is.rcv_wnd < was.rcv_wnd)
		duel_bad(s, "window %u taken over as %u", was.rcv_wnd,
			 is.rcv_wnd);
	was.rcv_wnd = is.rcv_wnd;
	if (!(s->v.flags & CHIM_CONN_KEEPALIVE))
		was.ka_left = CHIM_TICKS_NONE;
	if (memcmp(&was, &is, sizeof(is)))
		duel_bad(s, "values taken over are not those handed over");
}

static void start(struct duel_side *s)
{
	struct chim_run run;

	/* Segments may come before the offload has completed. */
	if (duel_percent(s->duel, 20))
		duel_arrive(s->duel);
	if (duel_percent(s->duel, 10))
		duel_timer(s);
	duel_begin(s, &run);
	chim_tcp_start(&run);
	duel_serve(s, &run);
}

static bool is_movable(struct duel_side *s)
{
	u8 state = duel_tcb(s)->state;

	return !s->owned && !s->dead && !s->told_abort &&
	       !(duel_tcb(s)->flags & CHIM_TCB_ABORTED) &&
	       state != CHIM_TCP_TIME_WAIT && state != CHIM_TCP_CLOSED;
}

/* What comes when the worker has the connection is taken, but not served. */
static void last_events(struct duel_side *s)
{
	s->owned = true;
	if (duel_percent(s->duel, 20))
		duel_host_act(s);
	if (duel_percent(s->duel, 20))
		duel_arrive(s->duel);
	s->owned = false;
	s->again = false;
}

/**
 * duel_move() - terminate the offload of a connection and initiate it again
 * @s: the side
 *
 * Everything that has a clock is handed over as a span: the clock of the next
 * offload is another one. Passes over connections that are at their end.
 *
 * Context: test thread.
 */
void duel_move(struct duel_side *s)
{
	struct chim_conn_deleg d;
	struct chim_sreq *sends;
	struct chim_rest rest;
	struct sk_buff *skb;

	if (!is_movable(s))
		return;
	last_events(s);
	if (!is_movable(s)) {
		duel_timer(s);
		return;
	}
	pr_debug("%u %s changes hands\n", s->duel->now, s->name);
	terminate(s, &d, &rest);
	if (rest.urgent)
		duel_bad(s, "urgent data from nowhere");
	sends = chain(s, rest.sends);
	skb = gather(s, rest.skbs);
	/* A FIN that was not told of: the state tells. */
	if (chim_close_received(d.state))
		s->told_fin = true;
	s->owed = false;
	s->invalid = false;
	s->skew = prandom_u32_state(&s->duel->rnd);
	initiate(s, &d, sends, skb);
	s->duel->moves++;
	if (s->duel->failed)
		return;
	compare(s, &d);
	start(s);
}

/**
 * duel_close() - the last termination: nothing may be left
 * @s: the side
 *
 * Context: test thread.
 */
void duel_close(struct duel_side *s)
{
	struct chim_conn_deleg d;
	struct chim_rest rest;
	struct chim_run run;

	duel_begin(s, &run);
	chim_tcp_read(&run, &d);
	if (duel_tcb(s)->flow)
		duel_tcb(s)->flow->rx.flags &= ~CHIM_RX_BUSY;
	chim_tcp_close(&run, &rest);
	if (!s->duel->failed && !s->duel->gave_up) {
		duel_host_sent(s, rest.done);
		duel_host_received(s, rest.reqs);
		if (rest.sends || rest.skbs || rest.urgent || s->n_recvs)
			duel_bad(s, "something is left");
		if (s->described || s->memory)
			duel_bad(s, "%d descriptions, %d blocks left",
				 s->described, s->memory);
	}
	kfree_skb(gather(s, rest.skbs));
	kfree(s->block);
	s->block = NULL;
}
