/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_SEND_H
#define _CHIM_HOST_SEND_H

#include "host/conn.h"

#include <chimney/target.h>

#include <linux/list.h>
#include <linux/tcp.h>
#include <linux/types.h>

struct kmem_cache;
struct sk_buff;
struct sock;

enum chim_host_kind {
	CHIM_HOST_SEND,
	CHIM_HOST_LIFT,
	CHIM_HOST_FORWARD,
};

/**
 * struct chim_host_req - a request to the target
 * @nbl: what the target sees
 * @nb: its buffer
 * @node: among the sends of its connection
 * @conn: whose it is
 * @skb: data: of the socket (a send), or nobody else's (a segment)
 * @pool: what its memory is from, or NULL
 * @kind: enum chim_host_kind
 * @back: it has come back; a send is the owner's of the socket then
 * @len: bytes of data
 * @counted: bytes of them that are known to be acknowledged
 * @n_mdls: MDLs
 * @mdls: they describe the skb's own memory
 */
struct chim_host_req {
	NET_BUFFER_LIST nbl;
	NET_BUFFER nb;
	struct list_head node;
	struct chim_host_conn *conn;
	struct sk_buff *skb;
	struct kmem_cache *pool;
	u8 kind;
	bool back;
	u32 len;
	u32 counted;
	u32 n_mdls;
	MDL mdls[];
};

/**
 * chim_host_send_next() - the request that was sent after another
 * @conn: the connection
 * @req: one of its sends
 *
 * Context: socket's spinlock held, or socket owned.
 * Return: the request, or NULL if @req was the last.
 */
static inline struct chim_host_req *
chim_host_send_next(const struct chim_host_conn *conn, struct chim_host_req *req)
{
	req = list_next_entry(req, node);
	return req == conn->sends ? NULL : req;
}

/**
 * chim_host_send_last() - the request that was sent last
 * @conn: the connection
 *
 * Context: socket's spinlock held, or socket owned.
 * Return: the request, or NULL.
 */
static inline struct chim_host_req *
chim_host_send_last(const struct chim_host_conn *conn)
{
	return conn->sends ? list_prev_entry(conn->sends, node) : NULL;
}

/**
 * chim_host_send_prev() - the request that was sent before another
 * @conn: the connection
 * @req: one of its sends
 *
 * Context: socket's spinlock held, or socket owned.
 * Return: the request, or NULL if @req is the oldest.
 */
static inline struct chim_host_req *
chim_host_send_prev(const struct chim_host_conn *conn, struct chim_host_req *req)
{
	return req == conn->sends ? NULL : list_prev_entry(req, node);
}

/**
 * chim_host_send_add() - a request is on its way
 * @conn: the connection
 * @req: request to send, on no list
 *
 * Context: socket's spinlock held, or socket owned.
 */
static inline void chim_host_send_add(struct chim_host_conn *conn,
				      struct chim_host_req *req)
{
	if (conn->sends)
		list_add_tail(&req->node, &conn->sends->node);
	else
		conn->sends = req;
}

/**
 * chim_host_send_del() - a request is dealt with
 * @conn: the connection
 * @req: one of its sends
 *
 * Context: socket's spinlock held, or socket owned.
 */
static inline void chim_host_send_del(struct chim_host_conn *conn,
				      struct chim_host_req *req)
{
	if (req == conn->sends)
		conn->sends = chim_host_send_next(conn, req);
	list_del_init(&req->node);
}

int chim_host_req_init(void);
void chim_host_req_exit(void);
struct chim_host_req *chim_host_req_alloc(struct chim_host_conn *conn,
					  struct sk_buff *skb, u32 skip,
					  gfp_t gfp);
void chim_host_req_free(struct chim_host_req *req);
VOID chim_host_req_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list);
struct sk_buff *chim_host_req_lend(PNET_BUFFER_LIST list, u32 len);
u32 chim_host_req_left(const struct chim_host_req *req);

void chim_host_drain_done(struct chim_host_conn *conn);
void chim_host_harvest(struct chim_host_conn *conn);
void chim_host_forward(struct chim_host_conn *conn, struct sk_buff *skb);

#endif /* _CHIM_HOST_SEND_H */
