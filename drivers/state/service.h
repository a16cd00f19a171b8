/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Service of a connection: what turns events into runs of the engine, and
 * results into frames and calls to the host.
 *
 * Events come from the wire, from the host's handlers, from the timer and from
 * the worker, on any processor. Each is run under the connection's lock; what
 * it wants done is done without the lock by whoever is the connection's owner
 * at the time, so that frames leave and calls are made one at a time and in
 * order.
 */
#ifndef CHIM_STATE_SERVICE_H
#define CHIM_STATE_SERVICE_H

#include "tcp/engine.h"

#include <linux/interrupt.h>
#include <linux/llist.h>
#include <linux/timer.h>

struct chim_conn;
struct chim_neigh;
struct chim_space;

/* What the host asks of a connection. */
enum chim_io {
	CHIM_IO_SEND,
	CHIM_IO_RECEIVE,
	CHIM_IO_DISCONNECT,
	CHIM_IO_ABORT,		/* TCP_DISCONNECT_ABORTIVE_CLOSE */
	CHIM_IO_FORWARD,
	CHIM_IO_UNWANTED,	/* a send, to be refused, as what follows */
};

/**
 * struct chim_io_item - one call of a handler, unpacked
 * @io: what is asked for
 * @sends: CHIM_IO_SEND, CHIM_IO_UNWANTED: the requests, linked, @len and @flags set;
 *	CHIM_IO_DISCONNECT, CHIM_IO_ABORT: the request
 * @reqs: CHIM_IO_RECEIVE: the requests, linked, @len, @filled, @flags set
 * @seg: CHIM_IO_FORWARD: the segment in hand, @skb set; no skb: none is left
 * @list: CHIM_IO_FORWARD: what is left of the call, for the boundary
 */
struct chim_io_item {
	enum chim_io io;
	struct chim_sreq *sends;
	struct chim_rreq *reqs;
	struct chim_seg seg;
	void *list;
};

/**
 * enum chim_fill - what becomes of the host's pages in a frame
 * @CHIM_FILL_LEND: referenced, but not to be kept by others (SND-060)
 * @CHIM_FILL_COPY: copied
 * @CHIM_FILL_SHARE: referenced for as long as anybody likes
 */
enum chim_fill {
	CHIM_FILL_LEND,
	CHIM_FILL_COPY,
	CHIM_FILL_SHARE,
};

/**
 * struct chim_conn_ops - the layers beside and above, wired in main.c
 * @build: wire/tx.c: make the frame, headers and all, from connection, path
 *	and neighbor; data is added by @fill. Sets @taken to the bytes of data
 *	it took: all, or fewer, see struct chim_tcp_ops. NULL if memory is
 *	short.
 * @fill: ndis/data.c: add bytes [@off, @off + @len) of @req, and of the
 *	requests after it if that is less, to @skb as @how says, as far as @skb
 *	has room for pages; buffers that cannot be referenced are copied.
 *	Returns the bytes added, or -ENOMEM.
 * @lend: ndis/data.c: a clone of the skb that holds the first @len bytes of @req
 *	and nothing else, with room for headers, or NULL
 * @copy: ndis/data.c: see struct chim_tcp_ops
 * @describe: ndis/desc.c: see struct chim_tcp_ops
 * @forget: ndis/desc.c: see struct chim_tcp_ops
 * @pack: ndis/pack.c: see struct chim_tcp_ops
 * @unpack: ndis/io.c: turn a node that chim_conn_submit() was given into an
 *	item
 * @segment: ndis/io.c: put the next forwarded segment of @item->list into
 *	@item->seg; false if there is none left
 * @judge: ndis/io.c: note how the forwarded list behind a node has ended
 * @xmit: wire/tx.c: send a built frame; consumes it
 * @pass_up: wire/rx.c: give the host's stack a segment that was held, or free it
 *	if the device it came from is gone; consumes it
 * @sent: ndis/io.c: complete send and disconnect requests, linked; each says
 *	how it ended
 * @received: ndis/io.c: complete receive requests, linked
 * @forwarded: ndis/io.c: complete the forwarded list behind a node
 * @indicate: ndis/out.c: indicate @bytes of data in @skbs (linked through
 *	skb->next). Returns the bytes the host accepted; if that is all, the
 *	skbs are the boundary's until the host returns them, else they are the
 *	caller's again.
 * @event: ndis/indicate.c: CHIM_CALL_ABORT, _DISCONNECT, _UPLOAD, _BACKLOG
 * @stale: ndis/indicate.c: NeighborReachabilityQuery about @neigh (NBR-050 to
 *	NBR-060); @doubt if it is made for R-01
 *
 * Those up to @judge are called under the connection's lock; the others by
 * the owner, without a lock, softirqs disabled, on the RCU read side.
 */
struct chim_conn_ops {
	struct sk_buff *(*build)(struct chim_conn *conn,
				 const struct chim_frame *frame, int *taken);
	int (*fill)(struct sk_buff *skb, const struct chim_sreq *req, u32 off,
		    u32 len, enum chim_fill how);
	struct sk_buff *(*lend)(const struct chim_conn *conn,
				const struct chim_sreq *req, u32 len);
	void (*copy)(struct chim_rreq *req, u32 at, const struct sk_buff *skb,
		     u32 off, u32 len);
	bool (*describe)(struct chim_conn *conn, struct sk_buff *skb);
	void (*forget)(struct chim_conn *conn, struct sk_buff *skb);
	struct sk_buff *(*pack)(struct sk_buff *to, struct sk_buff *skb);
	void (*unpack)(struct llist_node *node, struct chim_io_item *item);
	bool (*segment)(struct chim_io_item *item);
	void (*judge)(struct chim_conn *conn, struct llist_node *node,
		      enum chim_end why);

	void (*xmit)(struct chim_conn *conn, struct sk_buff *skb);
	void (*pass_up)(struct chim_conn *conn, struct sk_buff *skb);
	void (*sent)(struct chim_conn *conn, struct chim_sreq *sends);
	void (*received)(struct chim_conn *conn, struct chim_rreq *reqs);
	void (*forwarded)(struct chim_conn *conn, struct llist_node *node);
	u32 (*indicate)(struct chim_conn *conn, struct sk_buff *skbs,
			u32 bytes);
	void (*event)(struct chim_conn *conn, enum chim_call_kind kind,
		      u32 info);
	void (*stale)(struct chim_conn *conn, struct chim_neigh *neigh,
		      bool doubt);
};

extern const struct chim_conn_ops *chim_conn_ops;

enum chim_verdict chim_conn_segment(struct chim_conn *conn,
				    struct chim_seg *seg) __must_hold(RCU);
bool chim_conn_submit(struct chim_conn *conn, struct llist_node *node,
		      bool urgent)
	__must_hold(RCU);
void chim_conn_start(struct chim_conn *conn);
void chim_conn_kick(struct chim_conn *conn);
void chim_conn_congested(struct chim_conn *conn);
void chim_conn_fragment(struct chim_conn *conn) __must_hold(RCU);
void chim_conn_run(struct chim_conn *conn, struct chim_run *run)
	__must_hold(RCU);
void chim_conn_own(struct chim_conn *conn) __acquires(&conn->lock);
void chim_conn_kicked(struct tasklet_struct *t);
void chim_conn_expired(struct timer_list *timer);
void chim_conn_stop(struct chim_conn *conn, struct chim_conn_deleg *d,
		    struct chim_rest *rest);

#endif /* CHIM_STATE_SERVICE_H */
