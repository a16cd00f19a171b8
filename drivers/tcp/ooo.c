// SPDX-License-Identifier: GPL-2.0
/*
 * Data out of order: kept, reported, joined (TCP-041, TRM-096).
 *
 * The skbs lie in a tree by sequence number and never overlap: what arrives is
 * trimmed by what is there. Any number of ranges is kept, but only so much
 * memory; the bytes furthest from RCV.NXT are the first to go, since they are
 * needed last, and the peer sends them again.
 */
#include "tcp/ooo.h"

#include "tcp/pack.h"
#include "tcp/seq.h"

static struct sk_buff *to_skb(struct rb_node *node)
{
	return node ? rb_entry(node, struct sk_buff, rbnode) : NULL;
}

static struct chim_rx_cb *cb_of(struct sk_buff *skb)
{
	return chim_rx_cb(skb);
}

static void erase(struct chim_ooo *ooo, struct sk_buff *skb)
{
	if (ooo->last == skb)
		ooo->last = to_skb(rb_prev(&skb->rbnode));
	rb_erase(&skb->rbnode, &ooo->tree);
	RB_CLEAR_NODE(&skb->rbnode);
	skb->dev = NULL;
	skb->next = NULL;
	skb->prev = NULL;
	ooo->bytes -= skb->truesize;
	if (!ooo->last)
		ooo->waste = 0;
}

/*
 * RFC 2018, section 4: the range of the segment that came last goes first, the
 * others follow by age.
 */
static void note_range(struct chim_ooo *ooo, u32 start, u32 end)
{
	struct chim_range grown = { start, end };
	u8 i, kept = 0;

	for (i = 0; i < ooo->n; i++) {
		struct chim_range *r = &ooo->sack[i];

		if (seq_upto(r->start, grown.end) &&
		    seq_upto(grown.start, r->end)) {
			grown.start = seq_min(r->start, grown.start);
			grown.end = seq_max(r->end, grown.end);
		} else {
			ooo->sack[kept++] = *r;
		}
	}
	if (kept == CHIM_SACK_MAX)
		kept--;
	memmove(&ooo->sack[1], &ooo->sack[0], kept * sizeof(grown));
	ooo->sack[0] = grown;
	ooo->n = kept + 1;
}

/* What is dropped must not be reported any more. */
static void cut_ranges(struct chim_ooo *ooo, u32 start, u32 end)
{
	u8 i, kept = 0;

	for (i = 0; i < ooo->n; i++) {
		struct chim_range r = ooo->sack[i];

		if (seq_before(r.start, end) && seq_before(start, r.end)) {
			/* The part below stays; what is above was dropped before. */
			r.end = start;
			if (seq_from(r.start, r.end))
				continue;
		}
		ooo->sack[kept++] = r;
	}
	ooo->n = kept;
}

/* RCV.NXT has moved: ranges below it are not out of order any more. */
static void expire_ranges(struct chim_ooo *ooo, u32 rcv_nxt)
{
	u8 i, kept = 0;

	for (i = 0; i < ooo->n; i++)
		if (seq_after(ooo->sack[i].start, rcv_nxt))
			ooo->sack[kept++] = ooo->sack[i];
	ooo->n = kept;
}

/**
 * chim_ooo_duplicate() - bytes came that were there already (RFC 2883)
 * @ooo: the queue
 * @start: first of them
 * @end: behind the last of them
 *
 * Context: connection locked.
 */
void chim_ooo_duplicate(struct chim_ooo *ooo, u32 start, u32 end)
{
	ooo->dsack.start = start;
	ooo->dsack.end = end;
	ooo->has_dsack = true;
}

static void trim_front(struct chim_rx_cb *cb, u32 seq)
{
	cb->off += seq - cb->seq;
	cb->seq = seq;
}

/* The one with the highest number below @seq, or the one at @seq. */
static struct sk_buff *find_before(const struct chim_ooo *ooo, u32 seq,
				   struct rb_node **parent,
				   struct rb_node ***link)
{
	struct rb_node **p = (struct rb_node **)&ooo->tree.rb_node;
	struct sk_buff *before = NULL;

	*parent = NULL;
	while (*p) {
		struct sk_buff *skb = to_skb(*p);

		*parent = *p;
		if (seq_before(seq, cb_of(skb)->seq)) {
			p = &(*p)->rb_left;
		} else {
			before = skb;
			p = &(*p)->rb_right;
		}
	}
	*link = p;
	return before;
}

/* Nearly all that is out of order comes behind what is there. */
static bool append(struct chim_ooo *ooo, struct sk_buff *skb)
{
	struct sk_buff *last = ooo->last;

	if (last && seq_before(cb_of(skb)->seq, cb_of(last)->end))
		return false;
	if (last)
		rb_link_node(&skb->rbnode, &last->rbnode,
			     &last->rbnode.rb_right);
	else
		rb_link_node(&skb->rbnode, NULL, &ooo->tree.rb_node);
	rb_insert_color(&skb->rbnode, &ooo->tree);
	ooo->last = skb;
	return true;
}

/* Later ones that overlap give way; one that goes further is trimmed. */
static void trim_after(struct chim_ooo *ooo, struct sk_buff *skb)
{
	struct chim_rx_cb *cb = cb_of(skb);
	struct sk_buff *next;

	while ((next = to_skb(rb_next(&skb->rbnode)))) {
		struct chim_rx_cb *ncb = cb_of(next);

		if (seq_upto(cb->end, ncb->seq))
			return;
		if (seq_before(cb->end, ncb->end)) {
			chim_ooo_duplicate(ooo, ncb->seq, cb->end);
			cb->end = ncb->seq;
			/* There is more: whatever it says, it is not the end. */
			cb->fin = false;
			return;
		}
		chim_ooo_duplicate(ooo, ncb->seq, ncb->end);
		erase(ooo, next);
		kfree_skb(next);
	}
	ooo->last = skb;
}

/* Returns false if all of @skb is there already. */
static bool insert(struct chim_ooo *ooo, struct sk_buff *skb)
{
	struct chim_rx_cb *cb = cb_of(skb);
	struct rb_node *parent, **link;
	struct sk_buff *before;

	if (append(ooo, skb))
		return true;
	/* Its number grows as it is trimmed: the next one may overlap as well. */
	while ((before = find_before(ooo, cb->seq, &parent, &link)) &&
	       seq_before(cb->seq, cb_of(before)->end)) {
		u32 end = cb_of(before)->end;

		chim_ooo_duplicate(ooo, cb->seq, seq_min(end, cb->end));
		if (seq_upto(cb->end, end))
			return false;
		trim_front(cb, end);
	}
	rb_link_node(&skb->rbnode, parent, link);
	rb_insert_color(&skb->rbnode, &ooo->tree);
	trim_after(ooo, skb);
	return true;
}

static void drop_last(struct chim_run *run, struct chim_ooo *ooo)
{
	struct sk_buff *skb = ooo->last;

	cut_ranges(ooo, cb_of(skb)->seq, cb_of(skb)->end);
	erase(ooo, skb);
	kfree_skb(skb);
	run->mib->in_discards++;
}

/* Where memory is tight what is there may give way, but takes no more. */
static u32 most(const struct chim_run *run, const struct chim_ooo *ooo)
{
	u32 limit = READ_ONCE(run->cfg->ooo_bytes);

	return run->tight ? min(ooo->bytes, limit) : limit;
}

/**
 * chim_ooo_add() - keep data that came too early
 * @run: the run; its block has a flow
 * @skb: the data, chim_rx_cb() set, beyond RCV.NXT and within the window
 *
 * Context: connection locked.
 * Return: true if @skb is kept; false if the caller is to free it, because all
 * of it is there already or there is no room.
 */
bool chim_ooo_add(struct chim_run *run, struct sk_buff *skb)
{
	struct chim_ooo *ooo = &run->tcb->flow->ooo;
	struct chim_rx_cb *cb = cb_of(skb);
	u32 limit = most(run, ooo);
	u32 start = cb->seq, end = cb->end;

	while (ooo->last && ooo->bytes + skb->truesize > limit &&
	       seq_after(cb_of(ooo->last)->seq, start))
		drop_last(run, ooo);
	if (ooo->bytes + skb->truesize > limit) {
		run->mib->in_discards++;
		return false;
	}
	if (!insert(ooo, skb)) {
		note_range(ooo, start, end);
		return false;
	}
	ooo->bytes += skb->truesize;
	ooo->waste += chim_pack_waste(skb);
	note_range(ooo, start, end);
	chim_pack_early(run);
	return true;
}

/**
 * chim_ooo_next() - data that has come into sequence
 * @run: the run
 *
 * What lies below RCV.NXT is dropped on the way.
 *
 * Context: connection locked.
 * Return: the skb that goes on at RCV.NXT, trimmed to it and still in the
 * queue, or NULL.
 */
struct sk_buff *chim_ooo_next(struct chim_run *run)
{
	struct chim_ooo *ooo = &run->tcb->flow->ooo;
	u32 nxt = run->tcb->rcv_nxt;
	struct sk_buff *skb;

	while ((skb = to_skb(rb_first(&ooo->tree)))) {
		struct chim_rx_cb *cb = cb_of(skb);

		if (seq_after(cb->seq, nxt))
			break;
		if (seq_after(cb->end, nxt)) {
			if (cb->seq != nxt) {
				chim_ooo_duplicate(ooo, cb->seq, nxt);
				trim_front(cb, nxt);
			}
			return skb;
		}
		chim_ooo_duplicate(ooo, cb->seq, cb->end);
		erase(ooo, skb);
		kfree_skb(skb);
	}
	expire_ranges(ooo, nxt);
	return NULL;
}

/**
 * chim_ooo_took() - the skb of chim_ooo_next() leaves the queue
 * @run: the run
 * @skb: the skb, now the caller's
 *
 * Context: connection locked.
 */
void chim_ooo_took(struct chim_run *run, struct sk_buff *skb)
{
	erase(&run->tcb->flow->ooo, skb);
}

/**
 * chim_ooo_lost() - an skb of chim_ooo_took() is dropped after all
 * @run: the run
 * @end: behind the last of its bytes
 *
 * It was the first of the queue, so nothing up to there is reported any more.
 *
 * Context: connection locked.
 */
void chim_ooo_lost(struct chim_run *run, u32 end)
{
	struct chim_ooo *ooo = &run->tcb->flow->ooo;
	u8 i, kept = 0;

	for (i = 0; i < ooo->n; i++) {
		struct chim_range r = ooo->sack[i];

		r.start = seq_max(r.start, end);
		if (seq_before(r.start, r.end))
			ooo->sack[kept++] = r;
	}
	ooo->n = kept;
}

/**
 * chim_ooo_purge() - drop everything (TRM-096)
 * @ooo: the queue
 *
 * Context: connection locked. Does not allocate.
 */
void chim_ooo_purge(struct chim_ooo *ooo)
{
	struct sk_buff *skb;

	while ((skb = ooo->last)) {
		erase(ooo, skb);
		kfree_skb(skb);
	}
	ooo->n = 0;
	ooo->has_dsack = false;
}

/**
 * chim_ooo_report() - SACK blocks for the next acknowledgment
 * @run: the run
 * @room: blocks there is room for
 * @out: filled in
 *
 * A duplicate goes first and is reported once (RFC 2883, section 4).
 *
 * Context: connection locked.
 * Return: blocks filled in.
 */
u8 chim_ooo_report(struct chim_run *run, u8 room, struct chim_range *out)
{
	struct chim_flow *flow = run->tcb->flow;
	u8 n = 0, i;

	if (!flow)
		return 0;
	if (!(run->c->flags & CHIM_CONN_SACK)) {
		flow->ooo.has_dsack = false;
		return 0;
	}
	if (flow->ooo.has_dsack && room) {
		out[n++] = flow->ooo.dsack;
		flow->ooo.has_dsack = false;
	}
	for (i = 0; i < flow->ooo.n && n < room; i++)
		out[n++] = flow->ooo.sack[i];
	return n;
}
