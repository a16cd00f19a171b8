/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_SEND_H
#define _CHIM_HOST_SEND_H

#include <chimney/target.h>

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/types.h>

struct chim_host_conn;
struct kmem_cache;
struct sk_buff;
struct sock;
struct timer_list;

enum chim_host_kind {
	CHIM_HOST_SEND,
	CHIM_HOST_LIFT,
	CHIM_HOST_FORWARD,
};

/**
 * struct chim_host_req - a request to the target
 * @nbl: what the target sees
 * @nb: its buffer
 * @done: among those that have come back
 * @node: among the sends that are out
 * @conn: whose it is
 * @skb: data: of the socket (a send), or nobody else's (a segment)
 * @pool: what its memory is from, or NULL
 * @kind: what it asks for
 * @len: bytes of data
 * @counted: bytes of them that are known to be acknowledged
 * @n_mdls: MDLs
 * @mdls: they describe the skb's own memory
 */
struct chim_host_req {
	NET_BUFFER_LIST nbl;
	NET_BUFFER nb;
	struct llist_node done;
	struct list_head node;
	struct chim_host_conn *conn;
	struct sk_buff *skb;
	struct kmem_cache *pool;
	enum chim_host_kind kind;
	u32 len;
	u32 counted;
	u32 n_mdls;
	MDL mdls[];
};

int chim_host_req_init(void);
void chim_host_req_exit(void);
struct chim_host_req *chim_host_req_alloc(struct chim_host_conn *conn,
					  struct sk_buff *skb, u32 skip,
					  gfp_t gfp);
void chim_host_req_free(struct chim_host_req *req);
VOID chim_host_req_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list);
struct sk_buff *chim_host_req_lend(PNET_BUFFER_LIST list, u32 len);
u32 chim_host_req_left(const struct chim_host_req *req);

struct sk_buff *chim_host_split(struct sock *sk, struct sk_buff *skb, u32 len,
				gfp_t gfp);
bool chim_host_held_back(const struct chim_host_conn *conn,
			 const struct sk_buff *skb);
void chim_host_cork_timer(struct timer_list *timer);
void chim_host_drain_done(struct chim_host_conn *conn);
void chim_host_harvest(struct chim_host_conn *conn);
void chim_host_forward(struct chim_host_conn *conn, struct sk_buff *skb);

#endif /* _CHIM_HOST_SEND_H */
