// SPDX-License-Identifier: GPL-2.0
/* Queues of the delivery algorithm: undelivered data, receive requests. */
#include "tcp/recvq.h"

#include "tcp/pack.h"
#include "tcp/recv.h"

static void set_head(struct chim_rx *rx, struct sk_buff *skb)
{
	rx->head = skb;
	if (skb)
		return;
	rx->tail = &rx->head;
	rx->waste = 0;
}

/**
 * chim_recvq_append() - add data behind what is there
 * @rx: the machine
 * @skb: the data
 *
 * Context: connection locked.
 */
void chim_recvq_append(struct chim_rx *rx, struct sk_buff *skb)
{
	skb->next = NULL;
	*rx->tail = skb;
	rx->tail = &skb->next;
	rx->bytes += chim_recvq_bytes(skb);
	rx->waste += chim_pack_waste(skb);
}

/**
 * chim_recvq_detach() - take data off the front for an indication
 * @rx: the machine, with data
 * @wanted: go on until there are that many bytes, or 0 for all (RCV-093 to
 *	RCV-095)
 * @bytes: set to what was taken
 *
 * It still counts as undelivered.
 *
 * Context: connection locked.
 * Return: whole skbs, linked through skb->next.
 */
struct sk_buff *chim_recvq_detach(struct chim_rx *rx, u32 wanted, u32 *bytes)
{
	struct sk_buff *skbs = rx->head;
	struct sk_buff *last = skbs;

	*bytes = chim_recvq_bytes(last);
	while (last->next && (!wanted || *bytes < wanted)) {
		last = last->next;
		*bytes += chim_recvq_bytes(last);
	}
	set_head(rx, last->next);
	last->next = NULL;
	return skbs;
}

/**
 * chim_recvq_put_back() - put detached data in front of what came meanwhile
 * @rx: the machine
 * @skbs: what chim_recvq_detach() gave, or the rest of it
 *
 * Context: connection locked.
 */
void chim_recvq_put_back(struct chim_rx *rx, struct sk_buff *skbs)
{
	struct sk_buff *last = skbs;

	rx->waste += chim_pack_waste(last);
	while (last->next) {
		last = last->next;
		rx->waste += chim_pack_waste(last);
	}
	last->next = rx->head;
	if (!rx->head)
		rx->tail = &last->next;
	rx->head = skbs;
}

/* Returns the one behind it. */
static struct sk_buff *forget(struct chim_run *run, struct sk_buff *skb)
{
	struct sk_buff *next = skb->next;

	if (chim_rx_cb(skb)->desc)
		run->ops->forget(run, skb);
	skb_mark_not_on_list(skb);
	return next;
}

/**
 * chim_recvq_advance() - take delivered bytes off the front of data
 * @run: the run
 * @skbs: the data, at least @n bytes
 * @n: how many
 *
 * Skbs without a byte left are freed.
 *
 * Context: connection locked.
 * Return: what is left of @skbs, or NULL.
 */
struct sk_buff *chim_recvq_advance(struct chim_run *run, struct sk_buff *skbs,
				   u32 n)
{
	while (n) {
		struct chim_rx_cb *cb = chim_rx_cb(skbs);
		u32 step = min(n, chim_recvq_bytes(skbs));
		struct sk_buff *next;

		cb->seq += step;
		cb->off += step;
		n -= step;
		if (cb->seq != cb->end)
			break;
		next = forget(run, skbs);
		consume_skb(skbs);
		skbs = next;
	}
	return skbs;
}

/**
 * chim_recvq_place() - copy from the oldest data to the oldest request (F.1)
 * @run: the run
 *
 * As much as fits; there must be data, and room in that request. Host data in
 * the request stays where it is (RCV-033). The window opens by it, and whether
 * the last byte came with PSH is remembered (D-51).
 *
 * Context: connection locked.
 */
void chim_recvq_place(struct chim_run *run)
{
	struct chim_rx *rx = chim_recvq(run);
	struct chim_rreq *req = rx->req;
	struct chim_rx_cb *cb = chim_rx_cb(rx->head);
	u32 n = min(req->len - req->filled, chim_recvq_bytes(rx->head));

	run->ops->copy(run, req, req->filled, rx->head, cb->off, n);
	req->filled += n;
	req->flags |= CHIM_RREQ_PLACED;
	if (cb->psh)
		rx->flags |= CHIM_RX_PUSHED;
	else
		rx->flags &= ~CHIM_RX_PUSHED;
	rx->room -= n;
	rx->bytes -= n;
	set_head(rx, chim_recvq_advance(run, rx->head, n));
	run->tcb->flow->opt.placed += n;
	chim_tcp_consumed(run, n);
}

/**
 * chim_recvq_drop() - free data that nobody will want
 * @run: the run
 * @skbs: the data, linked through skb->next, or NULL; not counted any more
 *
 * Context: connection locked.
 */
void chim_recvq_drop(struct chim_run *run, struct sk_buff *skbs)
{
	while (skbs) {
		struct sk_buff *next = forget(run, skbs);

		kfree_skb(skbs);
		skbs = next;
	}
}

/**
 * chim_recvq_post() - queue a request behind those posted before (RCV-011)
 * @rx: the machine
 * @req: the request
 *
 * Context: connection locked.
 */
void chim_recvq_post(struct chim_rx *rx, struct chim_rreq *req)
{
	req->next = NULL;
	*rx->req_tail = req;
	rx->req_tail = &req->next;
	rx->room += req->len - req->filled;
}

/**
 * chim_recvq_finish() - leave a request for completion, behind earlier ones
 * @rx: the machine
 * @req: the request, not queued
 * @why: how it ended
 *
 * Context: connection locked.
 */
void chim_recvq_finish(struct chim_rx *rx, struct chim_rreq *req,
		       enum chim_end why)
{
	req->next = NULL;
	req->why = why;
	*rx->done_tail = req;
	rx->done_tail = &req->next;
}

/**
 * chim_recvq_end() - end the oldest request (RCV-017)
 * @rx: the machine, with a request
 * @why: how it ended
 *
 * Context: connection locked.
 */
void chim_recvq_end(struct chim_rx *rx, enum chim_end why)
{
	struct chim_rreq *req = rx->req;

	rx->req = req->next;
	if (!rx->req)
		rx->req_tail = &rx->req;
	rx->room -= req->len - req->filled;
	chim_recvq_finish(rx, req, why);
}

/**
 * chim_recvq_take_done() - take the requests that wait for completion
 * @rx: the machine
 *
 * Context: connection locked.
 * Return: the requests in order, linked through @next, or NULL.
 */
struct chim_rreq *chim_recvq_take_done(struct chim_rx *rx)
{
	struct chim_rreq *reqs = rx->done;

	rx->done = NULL;
	rx->done_tail = &rx->done;
	return reqs;
}
