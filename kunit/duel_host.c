// SPDX-License-Identifier: GPL-2.0
/* The hosts of a duel: what they ask for, and what they see to. */
#include "duel.h"

#include "tcp/close.h"
#include "tcp/seq.h"

#include <linux/slab.h>

#define RECVS_MAX	6

static u32 some_size(struct duel *d)
{
	switch (duel_below(d, 8)) {
	case 0:
		return 0;
	case 1:
		return 1 + duel_below(d, 20);
	case 2:
		return 1 + duel_below(d, 20000);
	default:
		return 1 + duel_below(d, 3000);
	}
}

static struct duel_send *new_send(struct duel_side *s, u32 len, u8 flags)
{
	struct duel_send *send = kzalloc(sizeof(*send), GFP_KERNEL);

	if (!send)
		return NULL;
	send->req.len = len;
	send->req.flags = flags;
	send->start = s->posted;
	s->posted += len;
	list_add_tail(&send->node, &s->sends);
	return send;
}

static void post_sends(struct duel_side *s)
{
	int n = 1 + duel_below(s->duel, 3);
	struct chim_sreq *first = NULL, **link = &first;
	struct chim_run run;

	while (n-- && s->posted < s->goal) {
		u32 len = min_t(u64, some_size(s->duel), s->goal - s->posted);
		struct duel_send *send = new_send(s, len, 0);

		if (!send)
			break;
		*link = &send->req;
		link = &send->req.next;
	}
	if (!first)
		return;
	duel_begin(s, &run);
	chim_tcp_send(&run, first);
	duel_serve(s, &run);
}

/* With the last of the data, or without any. */
static void post_disconnect(struct duel_side *s)
{
	struct duel_send *send;
	struct chim_run run;

	send = new_send(s, s->goal - s->posted, CHIM_SREQ_DISCONNECT);
	if (!send)
		return;
	s->closing = true;
	duel_begin(s, &run);
	chim_tcp_disconnect(&run, &send->req);
	duel_serve(s, &run);
}

static void post_abort(struct duel_side *s)
{
	struct duel_send *send;
	struct chim_run run;

	send = kzalloc(sizeof(*send), GFP_KERNEL);
	if (!send)
		return;
	INIT_LIST_HEAD(&send->node);
	s->dead = true;
	duel_begin(s, &run);
	chim_tcp_abort(&run, &send->req);
	duel_serve(s, &run);
}

static struct duel_recv *new_recv(struct duel_side *s)
{
	struct duel_recv *recv = kzalloc(sizeof(*recv), GFP_KERNEL);
	struct duel *d = s->duel;

	if (!recv)
		return NULL;
	recv->req.len = some_size(d);
	if (duel_percent(d, 30))
		recv->req.flags = CHIM_RREQ_NOPUSH;
	if (recv->req.len && duel_percent(d, 10)) {
		recv->req.flags |= CHIM_RREQ_PRELOADED;
		recv->req.filled = duel_below(d, recv->req.len + 1);
	}
	recv->preset = recv->req.filled;
	recv->late = duel_tcb(s)->flow &&
		     duel_tcb(s)->flow->rx.flags & CHIM_RX_CLOSED;
	list_add_tail(&recv->node, &s->recvs);
	s->n_recvs++;
	return recv;
}

static void post_recvs(struct duel_side *s)
{
	struct chim_rreq *first = NULL, **link = &first;
	int n = 1 + duel_below(s->duel, 3);
	struct chim_run run;

	while (n--) {
		struct duel_recv *recv = new_recv(s);

		if (!recv)
			break;
		*link = &recv->req;
		link = &recv->req.next;
	}
	if (!first)
		return;
	s->owed = false;
	duel_begin(s, &run);
	chim_tcp_receive(&run, first);
	duel_serve(s, &run);
}

static void change_window(struct duel_side *s)
{
	u32 unit = s->c.flags & CHIM_CONN_WSCALE ? 1U << s->c.rcv_wscale : 1;
	u32 most = duel_percent(s->duel, 20) ? 2000 : 400000;

	/* Less than a unit cannot be told. */
	s->v.rcv_wnd = max(1 + duel_below(s->duel, most), 4 * unit);
}

static void update(struct duel_side *s)
{
	struct chim_conn_cached old = s->v;
	struct duel *d = s->duel;
	struct chim_run run;

	if (duel_percent(d, 30))
		s->v.flags ^= CHIM_CONN_NAGLE;
	if (duel_percent(d, 10))
		s->v.flags ^= CHIM_CONN_KEEPALIVE;
	if (duel_percent(d, 50))
		change_window(s);
	if (duel_percent(d, 30))
		s->v.rcv_ind_size = duel_below(d, 2) ? duel_below(d, 5000) : 0;
	duel_begin(s, &run);
	chim_tcp_update(&run, &old, duel_below(d, 32) & CHIM_CONN_COMMANDS);
	duel_serve(s, &run);
}

static void change_mtu(struct duel_side *s)
{
	static const u32 mtu[] = { 576, 1500, 296, 1280, 9000, 1006 };

	s->mtu = mtu[duel_below(s->duel, ARRAY_SIZE(mtu))];
	duel_timer(s);
}

static void query(struct duel_side *s)
{
	struct chim_conn_deleg d;
	struct chim_run run;

	duel_begin(s, &run);
	chim_tcp_read(&run, &d);
	if (d.state != duel_tcb(s)->state)
		duel_bad(s, "state read as %u", d.state);
}

static void congested(struct duel_side *s)
{
	struct chim_run run;

	duel_begin(s, &run);
	chim_tcp_congested(&run);
}

static void change(struct duel_side *s)
{
	switch (duel_below(s->duel, 4)) {
	case 0:
		change_mtu(s);
		break;
	case 1:
		query(s);
		break;
	case 2:
		congested(s);
		break;
	default:
		update(s);
		break;
	}
}

/* from here on it can only be handed back. */
static void invalidate(struct duel_side *s)
{
	struct chim_run run;

	duel_begin(s, &run);
	chim_tcp_invalidate(&run);
	s->invalid = true;
	s->sick = true;
}

static void act_sending(struct duel_side *s)
{
	if (s->closing)
		return;
	if (s->posted < s->goal && !duel_percent(s->duel, 2))
		post_sends(s);
	else
		post_disconnect(s);
}

/*
 * After a change of hands the end of the stream may be known before its data:
 * then requests only say that the host is ready for it.
 */
static bool has_all(struct duel_side *s)
{
	return s->told_fin && s->taken == duel_peer(s)->goal;
}

/* UPD-108: what was held back goes on. */
static void unmute(struct duel_side *s)
{
	s->muted = false;
	duel_timer(s);
}

/**
 * duel_host_act() - a host does something, if there is anything to do
 * @s: which
 *
 * Context: test thread.
 */
void duel_host_act(struct duel_side *s)
{
	struct duel *d = s->duel;

	if (s->muted && duel_percent(d, 20))
		unmute(s);
	if (s->dead || s->told_abort || s->sick)
		return;
	if (duel_permille(d, d->how->abort)) {
		post_abort(s);
		return;
	}
	if (duel_permille(d, d->how->change))
		change(s);
	if (duel_permille(d, d->how->mute))
		s->muted = true;
	if (!s->owned && duel_permille(d, d->how->mute))
		invalidate(s);
	if (s->sick)
		return;
	if (duel_percent(d, 50))
		act_sending(s);
	else if (s->n_recvs < RECVS_MAX && !has_all(s))
		post_recvs(s);
}

/* While the host is called, other events come. */
static void meanwhile(struct duel_side *s)
{
	struct duel *d = s->duel;

	if (s->depth > 1 || d->failed)
		return;
	s->depth++;
	switch (duel_below(d, 8)) {
	case 0:
		duel_host_act(s);
		break;
	case 1:
		duel_arrive(d);
		break;
	case 2:
		d->now += duel_below(d, 300);
		duel_timer(s);
		break;
	case 3:
		if (!s->told_fin && !s->sick && !s->dead && !s->told_abort)
			post_recvs(s);
		break;
	}
	s->depth--;
}

/* All of it has been received by the other side's engine. */
static bool is_acked(struct duel_side *s, u64 end)
{
	return (s32)(duel_tcb(s)->snd_una - (s->iss + (u32)end)) >= 0 &&
	       (s32)(duel_peer(s)->last_ack - (s->iss + (u32)end)) >= 0;
}

static void end_send(struct duel_side *s, struct duel_send *send)
{
	u64 end = send->start + send->req.len;

	switch (send->req.why) {
	case CHIM_END_OK:
		if (s->dead)
			break;	/* the abort itself, or done before it */
		if (!list_is_first(&send->node, &s->sends))
			duel_bad(s, "send at %llu ended out of order",
				 send->start);
		if (!is_acked(s, end) || send->req.left)
			duel_bad(s, "send to %llu is not acknowledged", end);
		if (send->req.flags & CHIM_SREQ_DISCONNECT && !s->fin_out)
			duel_bad(s, "disconnect without a FIN");
		break;
	case CHIM_END_UPLOAD:
		/* It was refused: the host will ask again. */
		if (send->req.left != send->req.len)
			duel_bad(s, "refused with %u of %u left",
				 send->req.left, send->req.len);
		s->posted = min(s->posted, send->start);
		if (send->req.flags & CHIM_SREQ_DISCONNECT)
			s->closing = false;
		s->sick = true;
		break;
	case CHIM_END_ABORTED:
		if (!s->dead && !s->told_abort)
			duel_bad(s, "send aborted, nobody knows why");
		break;
	default:
		duel_bad(s, "send ended with %u", send->req.why);
		break;
	}
}

/**
 * duel_host_sent() - send and disconnect requests come back
 * @s: the side
 * @reqs: the requests
 *
 * Context: test thread.
 */
void duel_host_sent(struct duel_side *s, struct chim_sreq *reqs)
{
	struct chim_sreq *next;

	for (; reqs; reqs = next) {
		struct duel_send *send;

		send = container_of(reqs, struct duel_send, req);
		next = reqs->next;
		end_send(s, send);
		list_del(&send->node);
		kfree(send);
	}
}

static bool stream_ended(struct duel_side *s)
{
	return s->dead || s->told_abort || s->told_fin ||
	       duel_tcb(s)->pend & CHIM_PEND_FIN;
}

static void end_recv(struct duel_side *s, struct duel_recv *recv)
{
	const struct chim_rreq *req = &recv->req;

	if (req->filled != recv->preset + recv->placed)
		duel_bad(s, "receive says %u bytes, not %u", req->filled,
			 recv->preset + recv->placed);
	switch (req->why) {
	case CHIM_END_OK:
		if (!list_is_first(&recv->node, &s->recvs))
			duel_bad(s, "receive ended out of order");
		if (req->filled < req->len && !stream_ended(s) && !s->sick &&
		    (req->flags & CHIM_RREQ_NOPUSH || !req->filled))
			duel_bad(s, "receive ended with %u of %u",
				 req->filled, req->len);
		break;
	case CHIM_END_UPLOAD:
		if (recv->placed)
			duel_bad(s, "receive with %u bytes refused",
				 recv->placed);
		break;
	case CHIM_END_ABORTED:
		if (!s->dead && !s->told_abort)
			duel_bad(s, "receive aborted, nobody knows why");
		break;
	case CHIM_END_STATE:
		if (!s->told_fin)
			duel_bad(s, "receive refused before the end");
		break;
	}
}

/**
 * duel_host_received() - receive requests come back
 * @s: the side
 * @reqs: the requests
 *
 * Context: test thread.
 */
void duel_host_received(struct duel_side *s, struct chim_rreq *reqs)
{
	struct chim_rreq *next;

	for (; reqs; reqs = next) {
		struct duel_recv *recv;

		recv = container_of(reqs, struct duel_recv, req);
		next = reqs->next;
		end_recv(s, recv);
		list_del(&recv->node);
		s->n_recvs--;
		kfree(recv);
	}
}

/* What is indicated is what comes next; it is described (INI-085). */
static void look_at(struct duel_side *s, const struct chim_call *call)
{
	struct duel_side *peer = duel_peer(s);
	struct sk_buff *skb;
	u32 total = 0, i;

	for (skb = call->skbs; skb && !s->duel->failed; skb = skb->next) {
		struct chim_rx_cb *cb = chim_rx_cb(skb);

		if (!cb->desc)
			duel_bad(s, "indicated, but not described");
		if (cb->off + (cb->end - cb->seq) > skb->len)
			duel_bad(s, "indicated beyond the data");
		for (i = 0; i < cb->end - cb->seq && !s->duel->failed; i++)
			if (skb->data[cb->off + i] !=
			    duel_byte(peer, s->taken + total + i))
				duel_bad(s, "wrong byte %llu indicated",
					 s->taken + total + i);
		total += cb->end - cb->seq;
	}
	if (total != call->bytes)
		duel_bad(s, "%u bytes indicated, not %u", total, call->bytes);
}

static void keep(struct duel_side *s, struct sk_buff *skbs)
{
	struct sk_buff *next;

	for (; skbs; skbs = next) {
		next = skbs->next;
		skb_mark_not_on_list(skbs);
		s->described--;
		kfree_skb(skbs);
	}
}

static u32 indicate(struct duel_side *s, struct chim_call *call)
{
	u32 accepted = call->bytes;

	if (s->owed)
		duel_bad(s, "refused data indicated again");
	look_at(s, call);
	if (duel_percent(s->duel, 25))
		accepted = 0;
	else if (duel_percent(s->duel, 30))
		accepted = duel_below(s->duel, call->bytes + 1);
	/* A request posted from within lifts the ban. */
	s->owed = accepted != call->bytes;
	meanwhile(s);
	if (!s->dead)
		s->taken += accepted;
	s->duel->alive_at = s->duel->now;
	if (accepted == call->bytes)
		keep(s, call->skbs);
	return accepted;
}

static void disconnected(struct duel_side *s)
{
	struct duel_side *peer = duel_peer(s);
	struct duel_recv *recv;

	if (s->told_fin || s->told_abort || s->dead)
		duel_bad(s, "disconnect told once too often");
	if (s->taken != peer->goal || !peer->fin_out)
		duel_bad(s, "disconnect told at %llu of %llu", s->taken,
			 peer->goal);
	list_for_each_entry(recv, &s->recvs, node)
		if (!recv->late)
			duel_bad(s, "disconnect told before a receive ended");
	s->told_fin = true;
}

static void uploaded(struct duel_side *s, u32 reason)
{
	u8 state = duel_tcb(s)->state;

	if (s->told_abort || s->dead)
		duel_bad(s, "upload asked for after the reset");
	if (reason > CHIM_UPLOAD_MANDATORY)
		return;
	if (reason == CHIM_UPLOAD_TIMEOUT && state == CHIM_TCP_CLOSED) {
		if (!s->duel->how->loss)
			duel_bad(s, "timed out");
		s->duel->gave_up = true;
	}
	if (state == CHIM_TCP_TIME_WAIT || state == CHIM_TCP_CLOSED)
		return;
	s->sick = true;
}

/**
 * duel_host_call() - the engine calls the host
 * @s: the side
 * @call: the call
 * @accepted: set to the bytes accepted
 *
 * Context: test thread.
 */
void duel_host_call(struct duel_side *s, struct chim_call *call, u32 *accepted)
{
	*accepted = 0;
	switch (call->kind) {
	case CHIM_CALL_SENT:
		duel_host_sent(s, call->sent);
		break;
	case CHIM_CALL_COMPLETE:
		duel_host_received(s, call->reqs);
		break;
	case CHIM_CALL_INDICATE:
		*accepted = indicate(s, call);
		return;
	case CHIM_CALL_ABORT:
		if (s->told_abort || s->dead || !duel_peer(s)->dead)
			duel_bad(s, "abort told");
		s->told_abort = true;
		break;
	case CHIM_CALL_DISCONNECT:
		disconnected(s);
		break;
	case CHIM_CALL_UPLOAD:
		uploaded(s, call->info);
		break;
	default:
		break;
	}
	meanwhile(s);
}

/**
 * duel_host_content() - has a host got all it wanted?
 * @s: the side
 *
 * Context: test thread.
 * Return: true if so.
 */
bool duel_host_content(struct duel_side *s)
{
	u8 state = duel_tcb(s)->state;

	if (state != CHIM_TCP_TIME_WAIT && state != CHIM_TCP_CLOSED)
		return false;
	if (s->dead || s->told_abort)
		return true;
	return has_all(s) && list_empty(&s->sends) && !s->n_recvs;
}

/**
 * duel_host_clear() - free what a failed run leaves
 * @s: the side
 *
 * Context: test thread.
 */
void duel_host_clear(struct duel_side *s)
{
	struct duel_send *send, *send_next;
	struct duel_recv *recv, *recv_next;

	list_for_each_entry_safe(send, send_next, &s->sends, node)
		kfree(send);
	list_for_each_entry_safe(recv, recv_next, &s->recvs, node)
		kfree(recv);
	INIT_LIST_HEAD(&s->sends);
	INIT_LIST_HEAD(&s->recvs);
}
