/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the host has of received data. It is found by its address in a table of
 * the binding: whatever else comes back is not touched.
 */
#ifndef CHIM_NDIS_OUT_H
#define CHIM_NDIS_OUT_H

#include <ndisnbl.h>

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct chim_binding;
struct chim_conn;
struct sk_buff;

#define CHIM_OUT_BUCKETS	256

/**
 * struct chim_out - what a client has of ours
 * @lock: covers the rest; taken in any context
 * @count: structures in @table
 * @table: descriptions by the address of their NET_BUFFER_LIST
 */
struct chim_out {
	spinlock_t lock;	/* see above */
	u32 count;
	struct hlist_head table[CHIM_OUT_BUCKETS];
};

void chim_out_init(struct chim_out *out);
void chim_out_return(struct chim_binding *binding, PNET_BUFFER_LIST list);
void chim_out_wait(struct chim_binding *binding);
u32 chim_out_indicate(struct chim_conn *conn, struct sk_buff *skbs, u32 bytes);
PNET_BUFFER_LIST chim_out_hand_back(struct chim_conn *conn,
				    struct sk_buff *skbs);

#endif /* CHIM_NDIS_OUT_H */
