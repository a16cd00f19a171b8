/* SPDX-License-Identifier: GPL-2.0 */
/* A round of service: one event of a connection, and all that follows. */
#ifndef CHIM_STATE_ROUND_H
#define CHIM_STATE_ROUND_H

#include "state/service.h"
#include "tcp/ended.h"

/**
 * struct chim_round - a round
 * @run: the engine's part
 * @conn: the connection
 * @space: where it is
 * @looked: when the clock was read, in jiffies
 * @in_handler: in a handler of the host's, where no call to the host is made
 * @ended: of chim_round_take(); the others are forwarded lists that are dealt with
 */
struct chim_round {
	struct chim_run run;
	struct chim_conn *conn;
	struct chim_space *space;
	u32 looked;
	bool in_handler;
	struct chim_ended ended;
};

void chim_round_begin(struct chim_round *r, struct chim_conn *conn)
	__must_hold(RCU);
void chim_round_items(struct chim_round *r, struct llist_node *node);
void chim_round_serve(struct chim_round *r) __releases(&r->conn->lock);
void chim_round_charge(struct chim_round *r);
void chim_round_take(struct chim_round *r);
void chim_round_complete(struct chim_round *r);

struct sk_buff *chim_conn_frames(struct chim_conn *conn);
void chim_conn_send(struct chim_conn *conn, struct sk_buff *skb);
void chim_conn_disown(struct chim_conn *conn);

#endif /* CHIM_STATE_ROUND_H */
