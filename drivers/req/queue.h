/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The request queue of an adapter: filled from any context, emptied first in,
 * first out by one work item on an ordered workqueue.
 *
 * A request brings its own link, so nothing is allocated and nothing can fail
 * (UPD-012). One queue for all five verbs makes terminate-after-update safe.
 */
#ifndef CHIM_REQ_QUEUE_H
#define CHIM_REQ_QUEUE_H

#include <linux/llist.h>
#include <linux/workqueue.h>

/**
 * struct chim_req - a queued request
 * @node: link in the queue
 * @tag: for the taker; see ndis/miniport.c
 *
 * It has the size of MiniportReserved of a block list and lies in there.
 */
struct chim_req {
	struct llist_node node;
	unsigned long tag;
};

struct chim_queue;
typedef void (*chim_take_t)(struct chim_queue *queue, struct chim_req *req);

/**
 * struct chim_queue - a queue of requests
 * @fresh: requests not seen by the worker, last in first
 * @work: the worker; never runs twice at a time
 * @wq: its ordered workqueue
 * @take: handles one request; process context, may sleep
 */
struct chim_queue {
	struct llist_head fresh;
	struct work_struct work;
	struct workqueue_struct *wq;
	chim_take_t take;
};

int chim_queue_init(struct chim_queue *queue, const char *name,
		    chim_take_t take);
void chim_queue_destroy(struct chim_queue *queue);
void chim_queue_add(struct chim_queue *queue, struct chim_req *req);

#endif /* CHIM_REQ_QUEUE_H */
