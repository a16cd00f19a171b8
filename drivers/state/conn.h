/* SPDX-License-Identifier: GPL-2.0 */
/* Connection objects: the TCP layer of a chimney. */
#ifndef CHIM_STATE_CONN_H
#define CHIM_STATE_CONN_H

#include "state/object.h"
#include "state/path.h"
#include "state/values.h"
#include "stats.h"
#include "tcp/tcb.h"

#include <linux/rhashtable-types.h>
#include <linux/llist.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

struct chim_rest;
struct chim_tuple;

/* Largest window a peer can be told of (RFC 7323, section 2.3). */
#define CHIM_RCV_WND_MAX	BIT(30)
/* Bits of struct chim_conn.bits */
#define CHIM_CONN_OWNED		0	/* somebody does what runs want done */
#define CHIM_CONN_DEAD		1	/* being terminated; set under @lock */
#define CHIM_CONN_KICKED	2	/* on the space's list of kicked ones */
#define CHIM_CONN_WAITED	3	/* the worker waits for the owner */
#define CHIM_CONN_AGAIN		4	/* the owner is to go round once more */

/**
 * struct chim_conn - a connection
 * @obj: head; nothing depends on a connection
 * @node: place in the space's table
 * @path: the path, held from birth to end (UPD-103)
 * @c: constant variables
 * @lock: covers @v, @tcb with its flow, and @out
 * @v: cached variables, always changed as a whole under @lock (UPD-060)
 * @tcb: delegated variables
 * @bits: CHIM_CONN_OWNED and so on; atomic
 * @inbox: what handlers have submitted, last in first; closed once
 *	nothing is taken any more; see inbox.c
 * @kick: place in the space's list of kicked connections
 * @timer: expires when the first deadline of @tcb is due
 * @timer_node: of the timer, which object debugging knows by it
 * @rcu: frees the connection, when it needs no timer any more
 * @out: last of the frames that wait for the owner, a ring through skb->next
 */
struct chim_conn {
	struct chim_obj obj;
	/* What the table looks at, close together. */
	struct rhash_head node;
	struct chim_path *path;
	struct chim_conn_const c;
	/* Covers v, tcb and out. */
	spinlock_t lock;
	struct chim_conn_cached v;
	struct chim_tcb tcb;
	unsigned long bits;
	struct llist_node *inbox;
	struct llist_node kick;
	union {
		struct timer_list timer;
		struct {
			struct hlist_node timer_node;
			struct rcu_head rcu;
		};
	};
	struct sk_buff *out;
};

/*
 * Of idle connections there may be a million: 26 are to fit two pages, when locks
 * are not larger for debugging.
 */
static_assert(sizeof(spinlock_t) > sizeof(u32) || sizeof(struct chim_conn) <= 312);

static inline struct chim_conn *chim_conn(struct chim_obj *obj)
{
	return container_of(obj, struct chim_conn, obj);
}

/**
 * struct chim_conn_news - what a connection is made from
 * @ndis_handle: the host's handle for the object
 * @path: the path it runs on
 * @c: constant variables
 * @v: cached variables
 * @d: delegated variables
 * @sends: outstanding send data, oldest first, CHIM_SREQ_OFFLOADED set, or
 *	NULL; its first byte is SND.UNA (INI-104)
 * @send_data: bytes in @sends
 * @buffered: received, acknowledged bytes not yet delivered, described (see
 *	struct chim_tcp_ops), or NULL; skb->len is what there is
 *
 * A connection that is created owns @sends and @buffered, one that is not
 * leaves them as they were.
 */
struct chim_conn_news {
	void *ndis_handle;
	struct chim_path *path;
	struct chim_conn_const c;
	struct chim_conn_cached v;
	struct chim_conn_deleg d;
	struct chim_sreq *sends;
	u64 send_data;
	struct sk_buff *buffered;
};

int chim_conn_setup(void);
void chim_conn_teardown(void);

enum chim_why chim_conn_create(struct chim_owner *owner,
			       const struct chim_conn_news *news,
			       struct chim_conn **out);
enum chim_why chim_conn_check(const struct chim_conn *conn,
			      const struct chim_conn_cached *v);
void chim_conn_update(struct chim_conn *conn, const struct chim_conn_cached *v);
void chim_conn_read(struct chim_conn *conn, struct chim_conn_cached *v,
		    struct chim_conn_deleg *d);
void chim_conn_invalidate(struct chim_conn *conn);
void chim_conn_tuple(const struct chim_conn *conn, struct chim_tuple *tuple);
bool chim_conn_stopped(const struct chim_conn *conn) __must_hold(RCU);
void chim_conn_end(struct chim_conn *conn, struct chim_conn_deleg *d,
		   struct chim_rest *rest);
void chim_conn_free(struct chim_conn *conn);

#endif /* CHIM_STATE_CONN_H */
