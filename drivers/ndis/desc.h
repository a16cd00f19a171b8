/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Descriptions of received data: the NET_BUFFER_LIST by which the host gets
 * it, in an indication or with a terminated connection.
 *
 * Everything that takes memory is allocated when the data arrives, so neither
 * can fail later. What the host has is found by its address in a table of its
 * binding: whatever else comes back is not touched.
 */
#ifndef CHIM_NDIS_DESC_H
#define CHIM_NDIS_DESC_H

#include <ndisnbl.h>

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct chim_binding;
struct chim_conn;
struct sk_buff;

#define CHIM_OUT_BUCKETS	256
/* Pages of an skb that is made by us: 64 KiB, as others merge segments into. */
#define CHIM_DESC_PAGES		16

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

int chim_desc_setup(void);
void chim_desc_teardown(void);

bool chim_desc_make(struct sk_buff *skb, gfp_t gfp);
bool chim_desc_reserve(struct sk_buff *skb, gfp_t gfp);
bool chim_desc_fits(struct sk_buff *skb, u32 pages);
bool chim_desc_describe(struct chim_conn *conn, struct sk_buff *skb);
void chim_desc_forget(struct chim_conn *conn, struct sk_buff *skb);
u32 chim_desc_indicate(struct chim_conn *conn, struct sk_buff *skbs,
		       u32 bytes);
PNET_BUFFER_LIST chim_desc_hand_back(struct chim_conn *conn,
				     struct sk_buff *skbs);
void chim_desc_drop(struct sk_buff *skbs);

void chim_out_init(struct chim_out *out);
void chim_out_return(struct chim_binding *binding, PNET_BUFFER_LIST list);
void chim_out_wait(struct chim_binding *binding);

#endif /* CHIM_NDIS_DESC_H */
