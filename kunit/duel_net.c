// SPDX-License-Identifier: GPL-2.0
/* The network of a duel: loses, repeats, delays, and has strangers in it. */
#include "duel.h"

#include "tcp/seq.h"

#include <linux/slab.h>

static void enqueue(struct duel *d, const struct duel_frame *frame)
{
	struct duel_frame *copy, *at;
	struct list_head *before = &d->frames;

	copy = kmalloc(sizeof(*copy), GFP_KERNEL);
	if (!copy)
		return;
	*copy = *frame;
	copy->due = d->now + d->delay;
	if (d->how->jitter)
		copy->due += duel_below(d, d->how->jitter + 1) * d->tps / 1000;
	list_for_each_entry_reverse(at, &d->frames, node) {
		if (seq_upto(at->due, copy->due)) {
			before = at->node.next;
			goto found;
		}
	}
	before = d->frames.next;
found:
	list_add_tail(&copy->node, before);
}

/**
 * duel_send_frame() - put a segment into the network
 * @from: who sends it
 * @frame: the segment; copied
 *
 * Context: test thread.
 */
void duel_send_frame(struct duel_side *from, const struct duel_frame *frame)
{
	struct duel *d = from->duel;

	if (duel_percent(d, d->how->loss))
		return;
	enqueue(d, frame);
	if (duel_percent(d, d->how->twice))
		enqueue(d, frame);
}

/**
 * duel_next_due() - when does the next segment arrive?
 * @d: the duel
 * @due: set to the time
 *
 * Context: test thread.
 * Return: false if there is none.
 */
bool duel_next_due(struct duel *d, u32 *due)
{
	if (list_empty(&d->frames))
		return false;
	*due = list_first_entry(&d->frames, struct duel_frame, node)->due;
	return true;
}

static struct sk_buff *make_skb(struct duel_frame *frame)
{
	struct duel_side *from = duel_peer(frame->to);
	struct duel *d = from->duel;
	u32 i, room = duel_below(d, 60);
	struct sk_buff *skb;

	skb = alloc_skb(room + frame->seg.len, GFP_KERNEL);
	if (!skb)
		return NULL;
	memset(skb_put(skb, room), 0xee, room);
	frame->seg.skb = skb;
	frame->seg.off = room;
	for (i = 0; i < frame->seg.len; i++)
		*(u8 *)skb_put(skb, 1) = frame->junk ? 0xee :
			duel_byte(from, frame->pos + i);
	return skb;
}

/* The host's stack resets what it knows nothing of. */
static void answer_reset(struct duel_side *s, const struct chim_seg *seg)
{
	struct duel_frame out = { .to = duel_peer(s) };

	if (seg->flags & CHIM_RST || !(seg->flags & CHIM_ACK) || !s->dead)
		return;
	out.seg.seq = seg->ack;
	out.seg.flags = CHIM_RST;
	out.seg.segs = 1;
	duel_send_frame(s, &out);
}

/* The window an acknowledgment tells of counts from when it arrives. */
static void note_edge(struct duel_side *s, const struct duel_frame *frame)
{
	u8 shift = s->c.flags & CHIM_CONN_WSCALE ?
		   min_t(u8, s->c.snd_wscale, 14) : 0;

	if (frame->junk || frame->seg.flags & CHIM_RST)
		return;
	s->edge = seq_max(s->edge, frame->seg.ack +
			  ((u32)frame->seg.wnd << shift));
}

static void deliver(struct duel_frame *frame)
{
	struct duel_side *s = frame->to;
	struct chim_seg seg;
	enum chim_verdict verdict;
	struct chim_run run;

	if (!make_skb(frame))
		return;
	pr_debug("%u %s < %02x %u:%u ack %u wnd %u sack %u\n", s->duel->now, s->name,
		 frame->seg.flags, frame->seg.seq - duel_peer(s)->iss,
		 frame->seg.len, frame->seg.ack - s->iss, frame->seg.wnd,
		 frame->seg.n_sack);
	note_edge(s, frame);
	duel_begin(s, &run);
	seg = frame->seg;
	verdict = chim_tcp_segment(&run, &seg);
	if (verdict != CHIM_SEG_KEPT)
		kfree_skb(frame->seg.skb);
	if (verdict == CHIM_SEG_HOST) {
		answer_reset(s, &frame->seg);
		return;
	}
	duel_serve(s, &run);
}

/**
 * duel_arrive() - the next segment arrives, if it is due
 * @d: the duel
 *
 * Context: test thread.
 * Return: false if none is due.
 */
bool duel_arrive(struct duel *d)
{
	struct duel_frame *frame;

	if (list_empty(&d->frames))
		return false;
	frame = list_first_entry(&d->frames, struct duel_frame, node);
	if (seq_after(frame->due, d->now))
		return false;
	list_del(&frame->node);
	deliver(frame);
	kfree(frame);
	return true;
}

/* A number that is not in the window and not at its edges. */
static u32 outside(struct duel_side *to)
{
	const struct chim_tcb *tcb = duel_tcb(to);

	return tcb->rcv_nxt + (1U << 31) - 200000 + duel_below(to->duel, 400000);
}

/* One that is in it, but not the next one expected; or it is outside. */
static u32 astray(struct duel_side *to)
{
	const struct chim_tcb *tcb = duel_tcb(to);

	if (tcb->rcv_wnd < 2)
		return outside(to);
	return tcb->rcv_nxt + 1 + duel_below(to->duel, tcb->rcv_wnd - 1);
}

/**
 * duel_noise() - a segment comes that nothing must come of
 * @to: to whom
 *
 * Somebody who does not know the numbers, or a fault in a header that the
 * checksum missed.
 *
 * Context: test thread.
 */
void duel_noise(struct duel_side *to)
{
	const struct chim_tcb *tcb = duel_tcb(to);
	struct duel *d = to->duel;
	struct duel_frame f = { .to = to, .junk = true };

	f.seg.segs = 1;
	f.seg.wnd = duel_below(d, 65536);
	f.seg.ack = tcb->snd_una;
	f.seg.tsval = tcb->ts_recent;
	f.seg.has_ts = to->c.flags & CHIM_CONN_TIMESTAMPS;
	f.seg.len = duel_percent(d, 50) ? duel_below(d, 1000) : 0;
	f.seg.flags = CHIM_ACK;
	f.seg.seq = tcb->rcv_nxt;
	switch (duel_below(d, 8)) {
	case 0:
		f.seg.seq = outside(to);
		f.seg.flags = duel_below(d, 256);
		break;
	case 1:
		f.seg.seq = astray(to);
		f.seg.flags = CHIM_RST | (duel_below(d, 2) ? CHIM_ACK : 0);
		break;
	case 2:
		f.seg.seq = astray(to);
		f.seg.flags = CHIM_SYN | (duel_below(d, 2) ? CHIM_ACK : 0);
		f.seg.has_ts = false;
		break;
	case 3:
		f.seg.ack = tcb->snd_max + 1 + duel_below(d, 1 << 30);
		f.seg.flags |= duel_below(d, 2) ? CHIM_URG : 0;
		break;
	case 4:
		f.seg.bad_options = true;
		f.seg.flags = duel_below(d, 256);
		break;
	case 5:
		f.seg.flags = CHIM_PSH | (duel_below(d, 2) ? CHIM_FIN : 0);
		break;
	case 6:
		if (!f.seg.has_ts)
			return;
		f.seg.tsval -= 1 + duel_below(d, 1 << 30);
		break;
	case 7:
		f.seg.ack = tcb->snd_una - (1 << 30) -
			    duel_below(d, 1 << 29) - tcb->max_snd_wnd;
		break;
	}
	deliver(&f);
}

/**
 * duel_net_clear() - whatever is still in the network is lost
 * @d: the duel
 *
 * Context: test thread.
 */
void duel_net_clear(struct duel *d)
{
	struct duel_frame *frame, *next;

	list_for_each_entry_safe(frame, next, &d->frames, node) {
		list_del(&frame->node);
		kfree(frame);
	}
}
