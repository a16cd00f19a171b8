/* SPDX-License-Identifier: GPL-2.0 */
/* What handlers have submitted to a connection, from any context. */
#ifndef CHIM_STATE_INBOX_H
#define CHIM_STATE_INBOX_H

#include <linux/llist.h>

struct chim_conn;

bool chim_inbox_add(struct chim_conn *conn, struct llist_node *node);
bool chim_inbox_waits(const struct chim_conn *conn);
struct llist_node *chim_inbox_take(struct chim_conn *conn);
struct llist_node *chim_inbox_close(struct chim_conn *conn);
void chim_inbox_kick(struct chim_conn *conn);
void chim_inbox_unkick(struct chim_conn *conn);

#endif /* CHIM_STATE_INBOX_H */
