/* SPDX-License-Identifier: GPL-2.0 */
/* What handlers have submitted to a connection, from any context. */
#ifndef CHIM_STATE_INBOX_H
#define CHIM_STATE_INBOX_H

#include "state/conn.h"

#include <linux/llist.h>

/* The inbox of a connection that takes nothing any more. */
#define CHIM_INBOX_CLOSED	((struct llist_node *)1)

struct llist_node *chim_inbox_take_all(struct chim_conn *conn);

/**
 * chim_inbox_waits() - is there something to take?
 * @conn: the connection
 *
 * Context: any.
 * Return: true if so.
 */
static inline bool chim_inbox_waits(const struct chim_conn *conn)
{
	const struct llist_node *first = READ_ONCE(conn->inbox);

	return first && first != CHIM_INBOX_CLOSED;
}

/**
 * chim_inbox_take() - take out what was submitted
 * @conn: the connection
 *
 * Context: connection locked.
 * Return: the nodes in the order they came, linked, or NULL.
 */
static inline struct llist_node *chim_inbox_take(struct chim_conn *conn)
{
	return chim_inbox_waits(conn) ? chim_inbox_take_all(conn) : NULL;
}

bool chim_inbox_add(struct chim_conn *conn, struct llist_node *node);
struct llist_node *chim_inbox_close(struct chim_conn *conn);
void chim_inbox_kick(struct chim_conn *conn);
void chim_inbox_unkick(struct chim_conn *conn);

#endif /* CHIM_STATE_INBOX_H */
