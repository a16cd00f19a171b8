// SPDX-License-Identifier: GPL-2.0
/*
 * What is to be completed and is in no queue: requests refused while there is no
 * flow, and what the engine's user has besides. That is rare, and of idle connections
 * there may be a million: one word leads to all of it, whatever its kind.
 */
#include "tcp/ended.h"

#include <linux/llist.h>
#include <linux/stddef.h>

/* What a link leads to is said by its low bits; the next link comes first there. */
enum kind {
	SEND,
	RECEIVE,
	OTHER,
};

#define KIND	3UL

static_assert(!offsetof(struct chim_sreq, next));
static_assert(!offsetof(struct chim_rreq, next));
static_assert(!offsetof(struct llist_node, next));

static void add(struct chim_tcb *tcb, void *what, enum kind kind)
{
	unsigned long *link = what;

	*link = tcb->ended;
	tcb->ended = (unsigned long)what | kind;
}

/**
 * chim_ended_send() - a send or disconnect request is to be completed
 * @tcb: the block, which has no flow
 * @req: the request, which says how
 *
 * Context: connection locked.
 */
void chim_ended_send(struct chim_tcb *tcb, struct chim_sreq *req)
{
	add(tcb, req, SEND);
}

/**
 * chim_ended_receive() - a receive request is to be completed
 * @tcb: the block, which has no flow
 * @req: the request, which says how
 *
 * Context: connection locked.
 */
void chim_ended_receive(struct chim_tcb *tcb, struct chim_rreq *req)
{
	add(tcb, req, RECEIVE);
}

/**
 * chim_ended_other() - something else is to be completed
 * @tcb: the block
 * @node: known to the engine's user
 *
 * Context: connection locked.
 */
void chim_ended_other(struct chim_tcb *tcb, struct llist_node *node)
{
	add(tcb, node, OTHER);
}

static void sort(struct chim_ended *to, void *what, enum kind kind)
{
	struct llist_node *node = what;
	struct chim_sreq *send = what;
	struct chim_rreq *req = what;

	switch (kind) {
	case SEND:
		send->next = to->sends;
		to->sends = send;
		break;
	case RECEIVE:
		req->next = to->reqs;
		to->reqs = req;
		break;
	case OTHER:
		node->next = to->others;
		to->others = node;
		break;
	}
}

/**
 * chim_ended_take() - take all of it
 * @tcb: the block
 * @to: set to it
 *
 * Context: connection locked, by the owner, who completes it. Does not allocate.
 */
void chim_ended_take(struct chim_tcb *tcb, struct chim_ended *to)
{
	unsigned long link = tcb->ended, next;

	*to = (struct chim_ended){};
	tcb->ended = 0;
	for (; link; link = next) {
		unsigned long *what = (unsigned long *)(link & ~KIND);

		next = *what;
		sort(to, what, link & KIND);
	}
}
