/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Descriptions of received data: the NET_BUFFER_LIST by which the host gets
 * it, in an indication or with a terminated connection.
 *
 * Everything that takes memory is allocated when the data arrives, so neither
 * can fail later.
 */
#ifndef CHIM_NDIS_DESC_H
#define CHIM_NDIS_DESC_H

#include <ndisnbl.h>

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/types.h>

struct chim_conn;
struct kmem_cache;
struct sk_buff;

/* Pages of an skb that is made by us: 64 KiB, as others merge segments into. */
#define CHIM_DESC_PAGES		16

/* Where a description is. */
enum chim_desc_state {
	CHIM_DESC_OURS,
	CHIM_DESC_CALL,	/* the host is being shown it */
	CHIM_DESC_EARLY,	/* the host returned it before that call has */
	CHIM_DESC_OUT,	/* the host has it */
};

/**
 * struct chim_desc - describes the data of one skb
 * @node: in the table of the binding, unless CHIM_DESC_OURS
 * @skbs: first of the skbs whose data @nbl shows, linked through skb->next;
 *	valid unless CHIM_DESC_OURS
 * @next: that of the next skb, while they are offered whole
 * @room: bytes at @mdls
 * @state: enum chim_desc_state
 * @pooled: the pool it is from, or NULL
 * @nbl: used if this skb is the first one of an indication
 * @nb: the one buffer of @nbl (REG-071)
 * @mdls: MDLs of this skb's data, each followed by its page frame numbers
 */
struct chim_desc {
	struct hlist_node node;
	union {
		struct sk_buff *skbs;
		struct chim_desc *next;
	};
	u32 room;
	u8 state;
	struct kmem_cache *pooled;
	NET_BUFFER_LIST nbl;
	NET_BUFFER nb;
	u8 mdls[] __aligned(__alignof__(MDL));
};

int chim_desc_setup(void);
void chim_desc_teardown(void);

bool chim_desc_make(struct sk_buff *skb, gfp_t gfp);
bool chim_desc_reserve(struct sk_buff *skb, gfp_t gfp);
bool chim_desc_fits(struct sk_buff *skb, u32 pages);
bool chim_desc_describe(struct chim_conn *conn, struct sk_buff *skb);
void chim_desc_forget(struct chim_conn *conn, struct sk_buff *skb);
void chim_desc_drop(struct sk_buff *skbs);
void chim_desc_free(struct chim_desc *desc);
struct chim_desc *chim_desc_build(const struct chim_conn *conn,
				  struct sk_buff *skbs);

#endif /* CHIM_NDIS_DESC_H */
