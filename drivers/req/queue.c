// SPDX-License-Identifier: GPL-2.0
/* The request queue of an adapter. */
#include "req/queue.h"

#include <linux/bug.h>
#include <linux/sched.h>

static void run_queue(struct work_struct *work)
{
	struct chim_queue *queue = container_of(work, struct chim_queue, work);
	struct llist_node *node, *next;

	/* The list is last in, first out; turned round, it is the order. */
	node = llist_reverse_order(llist_del_all(&queue->fresh));
	for (; node; node = next) {
		/* Completing a request gives its memory back: look on first. */
		next = node->next;
		queue->take(queue, llist_entry(node, struct chim_req, node));
		cond_resched();
	}
}

/**
 * chim_queue_init() - make an empty queue
 * @queue: the queue
 * @name: shown in the name of its worker
 * @take: handles one request
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int chim_queue_init(struct chim_queue *queue, const char *name,
		    chim_take_t take)
{
	init_llist_head(&queue->fresh);
	INIT_WORK(&queue->work, run_queue);
	queue->take = take;
	queue->wq = alloc_ordered_workqueue("chim-%s", WQ_MEM_RECLAIM, name);
	return queue->wq ? 0 : -ENOMEM;
}

/**
 * chim_queue_destroy() - wait for the worker and end
 * @queue: the queue; nobody may add to it any more
 *
 * Context: process, may sleep.
 */
void chim_queue_destroy(struct chim_queue *queue)
{
	destroy_workqueue(queue->wq);
	WARN_ON_ONCE(!llist_empty(&queue->fresh));
}

/**
 * chim_queue_add() - queue a request
 * @queue: the queue
 * @req: the request; belongs to the queue until it is taken
 *
 * Context: any, hard interrupt included (UPD-011, REG-010). Cannot fail.
 */
void chim_queue_add(struct chim_queue *queue, struct chim_req *req)
{
	/* Whoever fills an empty list wakes the worker, who empties it whole. */
	if (llist_add(&req->node, &queue->fresh))
		queue_work(queue->wq, &queue->work);
}
