// SPDX-License-Identifier: GPL-2.0
/* Received data on its way to the host, and what the host has of it. */
#include "ndis/out.h"

#include "ndis/binding.h"
#include "ndis/desc.h"
#include "state/conn.h"
#include "tcp/tcb.h"

#include <linux/hash.h>
#include <linux/skbuff.h>
#include <linux/wait_bit.h>

/**
 * chim_out_init() - the client has nothing
 * @out: of its binding
 *
 * Context: any; nobody else may use @out yet.
 */
void chim_out_init(struct chim_out *out)
{
	int i;

	spin_lock_init(&out->lock);
	out->count = 0;
	for (i = 0; i < CHIM_OUT_BUCKETS; i++)
		INIT_HLIST_HEAD(&out->table[i]);
}

static struct hlist_head *bucket(struct chim_out *out,
				 const NET_BUFFER_LIST *nbl)
{
	return &out->table[hash_ptr(nbl, ilog2(CHIM_OUT_BUCKETS))];
}

static void put_out(struct chim_out *out, struct chim_desc *desc,
		    enum chim_desc_state state)
{
	unsigned long flags;

	spin_lock_irqsave(&out->lock, flags);
	desc->state = state;
	hlist_add_head(&desc->node, bucket(out, &desc->nbl));
	out->count++;
	spin_unlock_irqrestore(&out->lock, flags);
}

static void take_in(struct chim_out *out, struct chim_desc *desc)
	__must_hold(&out->lock)
{
	hlist_del(&desc->node);
	desc->state = CHIM_DESC_OURS;
	if (!--out->count)
		wake_up_var(&out->count);
}

static struct chim_desc *find(struct chim_out *out, const NET_BUFFER_LIST *nbl)
	__must_hold(&out->lock)
{
	struct chim_desc *desc;

	hlist_for_each_entry(desc, bucket(out, nbl), node)
		if (&desc->nbl == nbl)
			return desc;
	return NULL;
}

/*
 * Takes one structure back from the host. False if it has no such structure:
 * then @nbl may be anything, and where it leads is not for us to know.
 */
static bool take_back(struct chim_out *out, PNET_BUFFER_LIST nbl,
		      PNET_BUFFER_LIST *next, struct sk_buff **skbs)
{
	struct chim_desc *desc;
	unsigned long flags;
	bool known = false;

	*skbs = NULL;
	spin_lock_irqsave(&out->lock, flags);
	desc = find(out, nbl);
	if (desc && desc->state != CHIM_DESC_EARLY) {
		known = true;
		*next = desc->nbl.Next;
		if (desc->state == CHIM_DESC_CALL) {
			desc->state = CHIM_DESC_EARLY;
		} else {
			*skbs = desc->skbs;
			take_in(out, desc);
		}
	}
	spin_unlock_irqrestore(&out->lock, flags);
	return known;
}

/**
 * chim_out_return() - the host returns indicated data (area RTN)
 * @binding: the client
 * @list: its list, which may hold structures of several indications (RTN-011)
 *	and of connections that have ended (RTN-012)
 *
 * A structure that is not out, because it was returned before or never was
 * ours, is counted, and what follows it stays with the host.
 *
 * Context: any, hard interrupt included.
 */
void chim_out_return(struct chim_binding *binding, PNET_BUFFER_LIST list)
{
	PNET_BUFFER_LIST next;
	struct sk_buff *skbs;

	for (; list; list = next) {
		if (!take_back(&binding->out, list, &next, &skbs)) {
			chim_refuse(&binding->adapter->stats,
				    CHIM_WHY_RETURNED);
			return;
		}
		chim_desc_drop(skbs);
	}
}

static bool nothing_out(struct chim_out *out)
{
	unsigned long flags;
	bool nothing;

	/* Under the lock, so that who took the last one in has left. */
	spin_lock_irqsave(&out->lock, flags);
	nothing = !out->count;
	spin_unlock_irqrestore(&out->lock, flags);
	return nothing;
}

/**
 * chim_out_wait() - wait until the client has returned everything (RTN-014)
 * @binding: the client, all of whose connections have ended
 *
 * Context: process, may sleep.
 */
void chim_out_wait(struct chim_binding *binding)
{
	struct chim_out *out = &binding->out;

	if (nothing_out(out))
		return;
	pr_notice("chimney: client %s on ifindex %d has received data that it must return\n",
		  binding->ndis->name, binding->adapter->ifindex);
	wait_var_event(&out->count, nothing_out(out));
}

/*
 * What the host made of an indication: bytes it took (RCV-084 to RCV-087,
 * D-08). @keeps: it has the structures.
 */
static u32 judge(NDIS_STATUS status, u32 consumed, u32 bytes, bool *keeps)
{
	*keeps = status == NDIS_STATUS_SUCCESS;
	if (status == NDIS_STATUS_SUCCESS)
		return bytes;
	if (status == NDIS_STATUS_OFFLOAD_DATA_PARTIALLY_ACCEPTED)
		return min(consumed, bytes);
	return 0;
}

/* True if the data is to be freed: all of it was taken, and it is back. */
static bool end_call(struct chim_binding *binding, struct chim_desc *desc,
		     bool keeps, bool all)
{
	struct chim_out *out = &binding->out;
	unsigned long flags;
	bool early;

	spin_lock_irqsave(&out->lock, flags);
	early = desc->state == CHIM_DESC_EARLY;
	if (keeps && !early)
		desc->state = CHIM_DESC_OUT;
	else
		take_in(out, desc);
	spin_unlock_irqrestore(&out->lock, flags);
	/* What was not given cannot be returned. */
	if (early && !keeps)
		chim_refuse(&binding->adapter->stats, CHIM_WHY_RETURNED);
	return keeps ? early : all;
}

/* Leaves nothing but the data in an skb. */
static bool strip(struct sk_buff *skb)
{
	struct chim_rx_cb *cb = chim_rx_cb(skb);

	if (!pskb_pull(skb, cb->off))
		return false;
	cb->off = 0;
	/* What covered more than the data does not fit it any more. */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return !pskb_trim(skb, cb->end - cb->seq);
}

/* struct chim_ndis @take; true if it has. */
static bool offer(struct chim_conn *conn, struct sk_buff *skbs, u32 bytes)
{
	const struct chim_ndis *ndis = chim_binding_of(conn->obj.owner)->ndis;
	struct chim_desc *desc, *next, *first = NULL, **link = &first;
	struct sk_buff *skb;

	if (!ndis->take)
		return false;
	for (skb = skbs; skb; skb = skb->next) {
		if (!strip(skb))
			return false;
		*link = chim_rx_cb(skb)->desc;
		link = &(*link)->next;
	}
	*link = NULL;
	if (!ndis->take(conn->obj.ndis_handle, skbs, bytes))
		return false;
	for (desc = first; desc; desc = next) {
		next = desc->next;
		chim_desc_free(desc);
	}
	return true;
}

/**
 * chim_out_indicate() - show received data to the host (RCV-081 to RCV-087)
 * @conn: the connection
 * @skbs: the data, described, linked through skb->next
 * @bytes: how much there is
 *
 * Context: owner of the connection, no lock held, softirqs disabled (REG-012).
 * Return: bytes the host took. If all, @skbs are gone, or will be when the host
 * returns them; if fewer, they are the caller's as before.
 */
u32 chim_out_indicate(struct chim_conn *conn, struct sk_buff *skbs, u32 bytes)
{
	struct chim_binding *binding = chim_binding_of(conn->obj.owner);
	ULONG consumed = 0;
	NDIS_STATUS status;
	struct chim_desc *desc;
	bool keeps;
	u32 taken;

	if (offer(conn, skbs, bytes))
		return bytes;
	desc = chim_desc_build(conn, skbs);
	if (!desc)
		return 0;
	put_out(&binding->out, desc, CHIM_DESC_CALL);
	status = binding->events.NdisTcpOffloadReceiveHandler(conn->obj.ndis_handle,
							      &desc->nbl,
							      NDIS_STATUS_SUCCESS,
							      &consumed);
	taken = judge(status, consumed, bytes, &keeps);
	if (end_call(binding, desc, keeps, taken == bytes))
		chim_desc_drop(skbs);
	return taken;
}

/**
 * chim_out_hand_back() - pass undelivered data back (TRM-091, TRM-092, X-38)
 * @conn: the connection, which ends
 * @skbs: the data, described, linked through skb->next, or NULL
 *
 * Context: worker. Does not allocate.
 * Return: a list of one structure, which the host returns one day, or NULL.
 */
PNET_BUFFER_LIST chim_out_hand_back(struct chim_conn *conn,
				    struct sk_buff *skbs)
{
	struct chim_binding *binding = chim_binding_of(conn->obj.owner);
	struct chim_desc *desc;

	if (!skbs)
		return NULL;
	desc = chim_desc_build(conn, skbs);
	if (!desc) {
		chim_desc_drop(skbs);
		return NULL;
	}
	put_out(&binding->out, desc, CHIM_DESC_OUT);
	return &desc->nbl;
}
