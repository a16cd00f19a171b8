/* SPDX-License-Identifier: GPL-2.0 */
/* A socket that is, was or will be offloaded. */
#ifndef _CHIM_HOST_CONN_H
#define _CHIM_HOST_CONN_H

#include "host/fit.h"

#include <chimney/target.h>

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/in6.h>
#include <linux/llist.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

struct chim_host_bind;
struct chim_host_cork;
struct chim_host_held;
struct chim_host_path;
struct chim_host_req;
struct net;
struct sock;

/* Whose the connection is. */
enum chim_host_state {
	CHIM_HOST_NATIVE,	/* the kernel's TCP has it */
	CHIM_HOST_HELD,		/* what is shown while it changes hands */
	CHIM_HOST_OFFLOADED,	/* the target has it */
};

/* Bits of struct chim_host_conn.todo: what callbacks leave to be done. */
#define CHIM_HOST_UPLOAD	BIT(0)	/* end the offload */
#define CHIM_HOST_KICK		BIT(1)	/* memory was short: look again */
#define CHIM_HOST_FOLLOW	BIT(2)	/* socket or route may be another: see */
#define CHIM_HOST_ASK		BIT(3)	/* somebody looks at TCP_INFO: renew it */
#define CHIM_HOST_LET_GO	BIT(4)	/* upload it, and take the ULP from it */

/* The four addresses of a connection. */
struct chim_host_tuple {
	struct net *net;
	struct in6_addr local;
	struct in6_addr remote;
	__be16 lport;
	__be16 rport;
	u32 family;		/* 4 or 6 */
};

/**
 * struct chim_host_conn - the host's side of an offloaded socket
 * @refs: the socket and work that is queued
 * @moves: how often it was offloaded
 * @node: in the list of all, as long as the socket is there
 * @rcu: frees it, afterwards
 * @sk: the socket, which outlives all calls of the target
 * @held: segments kept from it, while it changes hands; written under the socket's
 *	spinlock
 * @path: path, while it is offloaded; others look at it under RCU
 * @context: the target's handle
 * @told: digest of the cached variables that the target was last told
 * @window: InitialRcvWnd among them
 * @ttl: TtlOrHopLimit among them
 * @work: does @todo
 * @todo: CHIM_HOST_*
 * @seen: the way that the socket's route led when it was looked at
 * @moved: &chim_host_path.moves then
 * @waits_from: since when @waits
 * @waits: the next hop was being resolved
 * @track_relaxed: connection tracking checks no windows, because of us
 * @track_kept: its entry does not expire, because of us
 * @state: enum chim_host_state; written by the socket's owner
 * @why: enum chim_host_why of the last upload or refusal
 * @aborted: the peer has reset it, and the socket does not know yet
 *
 * The rest belongs to who has the socket's spinlock, and is its owner or finds
 * that there is none:
 * @push: @cork has run out; also set while somebody owns the socket
 * @fin: the peer has closed; the socket knows once it has all that came before
 * @refused: data was refused for lack of room
 * @stalled: the target has returned what it has not sent: it gets no more
 * @lifting: an empty request to receive is out, which lifts the refusal; cleared
 *	wherever it comes back
 * @tries: how often @work has found that somebody owns the socket
 * @later: it is to be queued when that ends
 * @sends: the oldest of the requests to send that are out or have come back, which
 *	are in a ring. TCP's own list of what it has sent is idle, but emptied when
 *	somebody ends the socket, whoever the connection belongs to
 * @cork: timer for what is held back, once something has been
 * @rxq: data received while somebody owned the socket, newest first
 * @rxq_bytes: memory in @rxq
 * @options: what chim_host_cached_options() was when somebody looked
 * @looked: when that was
 * @passed: how much had been written and read when an owner left last
 * @confirmed: when the kernel was told that the next hop is reachable
 *
 * Flags are bytes, as they are written under different locks, if any; but for those
 * that are always written by the same ones.
 *
 * Where 16 bits are kept of a time, in jiffies, or a count, the whole range may pass
 * unseen. Then somebody looks when he need not, or a tick later.
 */
struct chim_host_conn {
	refcount_t refs;
	u32 moves;
	union {
		struct list_head node;
		struct rcu_head rcu;
	};
	struct sock *sk;
	struct chim_host_held *held;
	struct chim_host_path *path;
	PVOID context;
	u64 told;
	struct work_struct work;
	atomic_t todo;
	struct chim_host_seen seen;
	u32 window;
	u16 moved;
	u16 waits_from;
	u8 ttl;
	bool waits;
	bool track_relaxed : 1;
	bool track_kept : 1;
	u8 state;
	u8 why;
	bool aborted;

	bool push;
	bool stalled;
	bool lifting;
	u8 fin : 1;
	u8 refused : 1;
	u8 later : 1;
	u8 tries : 5;
	u16 looked;
	u16 passed;
	u16 confirmed;
	u32 rxq_bytes;
	u32 options;
	struct chim_host_req *sends;
	struct chim_host_cork *cork;
	struct llist_head rxq;
};

/* There may be many, and each has one of the target's besides. */
static_assert(sizeof(spinlock_t) > sizeof(u32) ||
	      sizeof(struct chim_host_conn) <= 168);

struct chim_host_conn *chim_host_conn_new(struct sock *sk);
void chim_host_conn_free(struct chim_host_conn *conn);
void chim_host_conn_put(struct chim_host_conn *conn);
struct chim_host_conn *chim_host_conn_of(const struct sock *sk);
void chim_host_conn_left(struct sock *sk);
void chim_host_conn_set(struct sock *sk, struct chim_host_conn *conn);
bool chim_host_is_v4(const struct sock *sk);
const void *chim_host_remote(const struct sock *sk);
void chim_host_tuple_read(const struct sock *sk, struct chim_host_tuple *tuple);
void chim_host_conn_todo(struct chim_host_conn *conn, int bit, u32 why);
void chim_host_conn_do(struct chim_host_conn *conn);
void chim_host_conn_queue(struct work_struct *work);
int chim_host_conn_walk(const struct net *net, unsigned int *skip,
			int (*each)(struct chim_host_conn *conn, void *data),
			void *data);
u32 chim_host_conn_changes(void);
void chim_host_conn_upload_all(const struct chim_host_bind *bind, u32 why);
void chim_host_conn_follow_all(const struct net *net,
			       bool (*due)(const struct chim_host_conn *conn));
void chim_host_conn_let_go_all(void);
bool chim_host_conn_none(void);
int chim_host_conn_init(void);
void chim_host_conn_exit(void);

#endif /* _CHIM_HOST_CONN_H */
