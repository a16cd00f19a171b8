// SPDX-License-Identifier: GPL-2.0
/*
 * Send requests: what is sent, acknowledged, ended.
 *
 * Requests know their length only. The queue knows the sequence number of its
 * first byte and of the request being sent, so that neither sending nor
 * acknowledging has to walk it.
 */
#include "tcp/sendq.h"

#include "tcp/close.h"
#include "tcp/seq.h"

/**
 * chim_sendq_init() - make an empty queue
 * @sq: the queue
 * @seq: sequence number of the first byte it will be given
 *
 * Context: nobody else may use @sq yet.
 */
void chim_sendq_init(struct chim_sendq *sq, u32 seq)
{
	sq->head = NULL;
	sq->tail = &sq->head;
	sq->head_seq = seq;
	sq->cur = NULL;
	sq->cur_seq = seq;
	sq->unsent = 0;
	sq->done = NULL;
	sq->done_tail = &sq->done;
}

/**
 * chim_sendq_idle() - is there nothing in the queue?
 * @sq: the queue
 *
 * Context: connection locked.
 * Return: true if no request is queued or waits for its completion.
 */
bool chim_sendq_idle(const struct chim_sendq *sq)
{
	return !sq->head && !sq->done;
}

/**
 * chim_sendq_add() - append a request (SND-015, SND-016)
 * @sq: the queue
 * @req: the request
 *
 * Context: connection locked.
 */
void chim_sendq_add(struct chim_sendq *sq, struct chim_sreq *req)
{
	req->next = NULL;
	*sq->tail = req;
	sq->tail = &req->next;
	if (!sq->cur)
		sq->cur = req;
	sq->unsent += req->len;
}

/**
 * chim_sendq_sent() - bytes were sent for the first time
 * @sq: the queue
 * @upto: SND.MAX, a FIN not counted
 *
 * Context: connection locked.
 */
void chim_sendq_sent(struct chim_sendq *sq, u32 upto)
{
	struct chim_sreq *req = sq->cur;

	while (req && upto - sq->cur_seq >= req->len) {
		/* The request in hand may have been sent in part before. */
		sq->cur_seq += req->len;
		req = req->next;
	}
	sq->cur = req;
}

/**
 * chim_sendq_end() - a request that is in no queue has ended
 * @sq: the queue
 * @req: the request, with @left set
 * @why: how it ended
 *
 * Context: connection locked. The owner completes it.
 */
void chim_sendq_end(struct chim_sendq *sq, struct chim_sreq *req,
		    enum chim_end why)
{
	req->why = why;
	req->next = NULL;
	*sq->done_tail = req;
	sq->done_tail = &req->next;
}

static struct chim_sreq *pop(struct chim_sendq *sq)
{
	struct chim_sreq *req = sq->head;

	sq->head = req->next;
	if (!sq->head)
		sq->tail = &sq->head;
	if (sq->cur == req) {
		sq->cur = sq->head;
		sq->cur_seq = sq->head_seq + req->len;
	}
	sq->head_seq += req->len;
	return req;
}

/**
 * chim_sendq_acked() - end the requests that are acknowledged (SND-060)
 * @run: the run; SND.UNA has been moved
 *
 * A disconnect request ends when its FIN is acknowledged too (DSC-055).
 *
 * Context: connection locked.
 */
void chim_sendq_acked(struct chim_run *run)
{
	struct chim_sendq *sq = &run->tcb->flow->sq;
	u32 una = run->tcb->snd_una;
	struct chim_sreq *req;

	while ((req = sq->head) && una - sq->head_seq >= req->len) {
		if (req->flags & CHIM_SREQ_DISCONNECT &&
		    !chim_close_acked(run->tcb))
			break;
		/*
		 * Of no length, but its turn has not come yet. A long one may
		 * lie more than half the space behind.
		 */
		if (!req->len && seq_before(una, sq->head_seq))
			break;
		pop(sq);
		req->left = 0;
		chim_sendq_end(sq, req, CHIM_END_OK);
	}
}

/**
 * chim_sendq_at() - find the request that holds a byte
 * @sq: the queue
 * @seq: sequence number of a byte in it
 * @off: set to the byte's offset in the request
 *
 * Context: connection locked.
 * Return: the request, or NULL if no request holds it, as for a FIN.
 */
const struct chim_sreq *chim_sendq_at(const struct chim_sendq *sq, u32 seq,
				      u32 *off)
{
	const struct chim_sreq *req = sq->head;
	u32 start = sq->head_seq;

	if (sq->cur && seq_from(seq, sq->cur_seq)) {
		req = sq->cur;
		start = sq->cur_seq;
	}
	while (req && seq - start >= req->len) {
		start += req->len;
		req = req->next;
	}
	*off = seq - start;
	return req;
}

/**
 * chim_sendq_to_end() - bytes from a byte to the end of its request
 * @sq: the queue
 * @seq: sequence number of the byte
 *
 * Context: connection locked.
 * Return: bytes, 0 if no request holds it.
 */
u32 chim_sendq_to_end(const struct chim_sendq *sq, u32 seq)
{
	const struct chim_sreq *req;
	u32 off;

	req = chim_sendq_at(sq, seq, &off);
	return req ? req->len - off : 0;
}

/*
 * Sets how much of a request is not acknowledged; @acked is counted from its
 * start and left at what it does not account for. The queue may hold more than
 * the space has numbers, so those of later requests tell nothing.
 */
static void set_left(struct chim_sreq *req, u32 *acked)
{
	u32 part = min(*acked, req->len);

	req->left = req->len - part;
	*acked -= part;
}

/**
 * chim_sendq_abort() - end all requests with NDIS_STATUS_REQUEST_ABORTED
 * @run: the run
 *
 * Each says how much of it was acknowledged before (SND-062, EVT-052, DSC-032,
 * D-44).
 *
 * Context: connection locked.
 */
void chim_sendq_abort(struct chim_run *run)
{
	struct chim_flow *flow = run->tcb->flow;
	struct chim_sendq *sq;
	struct chim_sreq *req;
	u32 acked;

	if (!flow)
		return;
	sq = &flow->sq;
	acked = run->tcb->snd_una - sq->head_seq;
	while (sq->head) {
		req = pop(sq);
		set_left(req, &acked);
		chim_sendq_end(sq, req, CHIM_END_ABORTED);
	}
	/* One that comes later has no part that is acknowledged. */
	sq->head_seq = run->tcb->snd_una;
	sq->unsent = 0;
}

/**
 * chim_sendq_take() - take all requests that have not ended out of the queue
 * @run: the run
 *
 * Context: connection locked.
 * Return: the requests in order, @left set; those not wholly acknowledged
 * start at SND.UNA.
 */
struct chim_sreq *chim_sendq_take(struct chim_run *run)
{
	struct chim_sendq *sq = &run->tcb->flow->sq;
	struct chim_sreq *list = sq->head, *req;
	u32 acked = run->tcb->snd_una - sq->head_seq;

	for (req = list; req; req = req->next)
		set_left(req, &acked);
	sq->head = NULL;
	sq->tail = &sq->head;
	sq->cur = NULL;
	sq->unsent = 0;
	return list;
}
