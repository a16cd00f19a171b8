// SPDX-License-Identifier: GPL-2.0
/* What handlers have submitted to a connection, from any context. */
#include "state/inbox.h"

#include "state/conn.h"
#include "state/space.h"

#include <linux/atomic.h>
#include <linux/wait_bit.h>

/**
 * chim_inbox_add() - submit something
 * @conn: the connection
 * @node: what is submitted
 *
 * This is a full barrier.
 *
 * Context: any, hard interrupt included; RCU read side.
 * Return: false if nothing is taken any more.
 */
bool chim_inbox_add(struct chim_conn *conn, struct llist_node *node)
{
	struct llist_node *first;

	do {
		first = READ_ONCE(conn->inbox);
		if (first == CHIM_INBOX_CLOSED)
			return false;
		node->next = first;
	} while (cmpxchg(&conn->inbox, first, node) != first);
	return true;
}

/**
 * chim_inbox_take_all() - take out what was submitted, see chim_inbox_take()
 * @conn: the connection
 *
 * Context: connection locked.
 * Return: the nodes in the order they came, linked, or NULL.
 */
struct llist_node *chim_inbox_take_all(struct chim_conn *conn)
{
	struct llist_node *first;

	do {
		first = READ_ONCE(conn->inbox);
		if (!first || first == CHIM_INBOX_CLOSED)
			return NULL;
	} while (cmpxchg(&conn->inbox, first, NULL) != first);
	return first->next ? llist_reverse_order(first) : first;
}

/**
 * chim_inbox_close() - take nothing any more
 * @conn: the connection
 *
 * When this returns, no tasklet will look at the connection either.
 *
 * Context: worker, may sleep. Does not allocate.
 * Return: what is left in the inbox, in the order it came.
 */
struct llist_node *chim_inbox_close(struct chim_conn *conn)
{
	struct llist_node *node = xchg(&conn->inbox, CHIM_INBOX_CLOSED);

	wait_on_bit(&conn->bits, CHIM_CONN_KICKED, TASK_UNINTERRUPTIBLE);
	return node ? llist_reverse_order(node) : NULL;
}

/**
 * chim_inbox_unkick() - the connection is not on its space's list any more
 * @conn: the connection
 *
 * Context: any; RCU read side.
 */
void chim_inbox_unkick(struct chim_conn *conn)
{
	clear_bit_unlock(CHIM_CONN_KICKED, &conn->bits);
	/* Pairs with that of wait_on_bit(): a waiter is seen, or sees. */
	smp_mb__after_atomic();
	wake_up_bit(&conn->bits, CHIM_CONN_KICKED);
}

/**
 * chim_inbox_kick() - have the inbox looked at in a softirq
 * @conn: the connection, something was added
 *
 * The mark goes before the look: either the worker that ends the connection
 * sees it and waits, or we see that the inbox is closed, and the worker has
 * taken what was in there.
 *
 * Context: any, hard interrupt included; RCU read side.
 */
void chim_inbox_kick(struct chim_conn *conn)
{
	struct chim_space *space = conn->obj.owner->space;

	if (test_and_set_bit(CHIM_CONN_KICKED, &conn->bits))
		return;
	if (READ_ONCE(conn->inbox) == CHIM_INBOX_CLOSED)
		chim_inbox_unkick(conn);
	else if (llist_add(&conn->kick, &space->kicked))
		tasklet_schedule(&space->kick);
}
