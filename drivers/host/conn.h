/* SPDX-License-Identifier: GPL-2.0 */
/* A socket that is, was or will be offloaded. */
#ifndef _CHIM_HOST_CONN_H
#define _CHIM_HOST_CONN_H

#include "host/fit.h"

#include <chimney/target.h>

#include <linux/in6.h>
#include <linux/llist.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

struct chim_host_bind;
struct chim_host_path;
struct net;
struct proto;
struct sock;

/* Whose the connection is. */
enum chim_host_state {
	CHIM_HOST_NATIVE,	/* the kernel's TCP has it */
	CHIM_HOST_HELD,		/* it changes hands: segments wait */
	CHIM_HOST_OFFLOADED,	/* the target has it */
};

/* Bits of struct chim_host_conn.todo: what callbacks leave to be done. */
#define CHIM_HOST_UPLOAD	0	/* end the offload */
#define CHIM_HOST_KICK		1	/* memory was short: look again */
#define CHIM_HOST_FOLLOW	2	/* socket or route may be another: see */
#define CHIM_HOST_ASK		3	/* somebody looks at TCP_INFO: renew it */

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
 * struct chim_host_held - segments kept from the host's TCP
 * @node: place in the table
 * @queue: what waits; its lock covers @verdict, and @okfn being written, as well
 * @verdict: what is to become of a segment
 * @okfn: where a segment would go on in the host's IP
 */
struct chim_host_held {
	struct hlist_node node;
	struct sk_buff_head queue;
	enum chim_host_state verdict;
	int (*okfn)(struct net *net, struct sock *sk, struct sk_buff *skb);
};

/**
 * struct chim_host_conn - the host's side of an offloaded socket
 * @refs: the socket and work that is queued
 * @rcu: frees it
 * @node: in the list of all
 * @sk: the socket, which outlives all calls of the target
 * @base: what its functions were before
 * @tuple: its addresses
 * @held: segments kept from it
 * @bind: adapter, while it is offloaded
 * @path: path, likewise
 * @context: the target's handle
 * @hop: the way that the socket's route led when it was looked at
 * @moved: &chim_host_path.moves then
 * @waits: the next hop was being resolved
 * @waits_from: since when, in jiffies
 * @track_relaxed: connection tracking checks no windows, because of us
 * @track_kept: its entry does not expire, because of us
 * @told: what the target was last told of its cached variables
 * @work: does @todo
 * @todo: CHIM_HOST_*
 * @done: requests that have come back (struct chim_host_req)
 * @state: enum chim_host_state; written by the socket's owner
 * @why: enum chim_host_why of the last upload or refusal
 * @moves: how often it was offloaded
 *
 * The rest belongs to who has the socket's spinlock, and is its owner or finds
 * that there is none:
 * @sent: requests to send that are out, oldest first
 * @cork: what is held back by TCP_CORK or MSG_MORE goes when it runs out
 * @push: it has; also set while somebody owns the socket
 * @rxq: data received while somebody owned the socket
 * @rxq_bytes: memory in @rxq
 * @options: what chim_host_cached_options() was when somebody looked
 * @looked: when that was, in jiffies
 * @confirmed: when the kernel was told that the next hop is reachable, in jiffies
 * @fin: the peer has closed, and the socket does not know yet
 * @aborted: the peer has reset it, and the socket does not know yet
 * @refused: data was refused for lack of room
 * @stalled: the target has returned what it has not sent: it gets no more
 * @lifting: an empty request to receive is out, which lifts the refusal
 * @tries: how often @work has found that somebody owns the socket
 * @later: it is to be queued when that ends
 */
struct chim_host_conn {
	refcount_t refs;
	struct rcu_head rcu;
	struct list_head node;
	struct sock *sk;
	const struct proto *base;
	struct chim_host_tuple tuple;
	struct chim_host_held held;
	struct chim_host_bind *bind;
	struct chim_host_path *path;
	PVOID context;
	struct chim_host_hop hop;
	u32 moved;
	bool waits;
	unsigned long waits_from;
	bool track_relaxed;
	bool track_kept;
	TCP_OFFLOAD_STATE_CACHED told;
	struct work_struct work;
	unsigned long todo;
	struct llist_head done;
	enum chim_host_state state;
	u32 why;
	u32 moves;

	struct list_head sent;
	struct timer_list cork;
	bool push;
	struct sk_buff_head rxq;
	u32 rxq_bytes;
	u32 options;
	u32 looked;
	unsigned long confirmed;
	bool fin;
	bool aborted;
	bool refused;
	bool stalled;
	bool lifting;
	u8 tries;
	bool later;
};

struct chim_host_conn *chim_host_conn_new(struct sock *sk);
void chim_host_conn_free(struct chim_host_conn *conn);
void chim_host_conn_put(struct chim_host_conn *conn);
struct chim_host_conn *chim_host_conn_of(const struct sock *sk);
bool chim_host_is_v4(const struct sock *sk);
void chim_host_tuple_read(const struct sock *sk, struct chim_host_tuple *tuple);
void chim_host_conn_todo(struct chim_host_conn *conn, unsigned int bit,
			 u32 why);
void chim_host_conn_do(struct chim_host_conn *conn);
void chim_host_conn_queue(struct work_struct *work);
int chim_host_conn_walk(const struct net *net, unsigned int *skip,
			int (*each)(struct chim_host_conn *conn, void *data),
			void *data);
u32 chim_host_conn_changes(void);
void chim_host_conn_upload_all(const struct chim_host_bind *bind, u32 why);
void chim_host_conn_follow_all(const struct net *net,
			       bool (*due)(const struct chim_host_conn *conn));
int chim_host_conn_init(void);
void chim_host_conn_exit(void);

#endif /* _CHIM_HOST_CONN_H */
