// SPDX-License-Identifier: GPL-2.0
/* The bed's events: from the peer, from the host, from the clock. */
#include "bed.h"

#include <linux/slab.h>

/* What stands before the data of a received segment. */
#define HEADERS		54

/* --- the peer -------------------------------------------------------------- */

struct chim_seg bd_seg(struct bd *bd)
{
	return (struct chim_seg) {
		.off = HEADERS,
		.seq = bd->tcb.rcv_nxt,
		.ack = bd->tcb.snd_una,
		.has_ts = bd->c.flags & CHIM_CONN_TIMESTAMPS,
		.tsval = bd->now,
		.wnd = bd->wnd,
		.segs = 1,
		.flags = CHIM_ACK,
	};
}

enum chim_verdict bd_input(struct bd *bd, struct chim_seg *seg)
{
	enum chim_verdict verdict;
	struct chim_run run;

	seg->skb = bd_skb(bd, seg->seq, seg->off, seg->len);
	bd_begin(bd, &run);
	verdict = chim_tcp_segment(&run, seg);
	if (verdict != CHIM_SEG_KEPT)
		kfree_skb(seg->skb);
	if (verdict != CHIM_SEG_HOST)
		bd_finish(bd, &run);
	return verdict;
}

void bd_ack(struct bd *bd, u32 bytes)
{
	struct chim_seg seg = bd_seg(bd);

	seg.ack += bytes;
	bd_input(bd, &seg);
}

void bd_dup(struct bd *bd, int n)
{
	while (n--)
		bd_ack(bd, 0);
}

void bd_sack(struct bd *bd, u32 start, u32 end)
{
	struct chim_seg seg = bd_seg(bd);

	seg.n_sack = 1;
	seg.sack[0].start = start;
	seg.sack[0].end = end;
	bd_input(bd, &seg);
}

enum chim_verdict bd_data(struct bd *bd, u32 seq, u32 len)
{
	struct chim_seg seg = bd_seg(bd);

	seg.seq = seq;
	seg.len = len;
	return bd_input(bd, &seg);
}

enum chim_verdict bd_flags(struct bd *bd, u32 seq, u8 flags)
{
	struct chim_seg seg = bd_seg(bd);

	seg.seq = seq;
	seg.flags = flags;
	return bd_input(bd, &seg);
}

void bd_peer_window(struct bd *bd, u16 wnd)
{
	bd->wnd = wnd;
	bd_ack(bd, 0);
}

/* --- the host -------------------------------------------------------------- */

/* What was not even queued takes no place in the stream. */
static void forget_refused(struct bd *bd, struct bd_sreq *req)
{
	if (req->r.why != BD_NOT_ENDED && req->r.why != CHIM_END_OK)
		bd->end -= req->r.len;
}

struct bd_sreq *bd_send(struct bd *bd, u32 len)
{
	struct bd_sreq *req = bd_sreq(bd, len, 0);
	struct chim_run run;

	bd_begin(bd, &run);
	chim_tcp_send(&run, &req->r);
	forget_refused(bd, req);
	bd_finish(bd, &run);
	return req;
}

struct bd_sreq *bd_disconnect(struct bd *bd, u32 len)
{
	struct bd_sreq *req = bd_sreq(bd, len, CHIM_SREQ_DISCONNECT);
	struct chim_run run;

	bd_begin(bd, &run);
	chim_tcp_disconnect(&run, &req->r);
	forget_refused(bd, req);
	bd_finish(bd, &run);
	return req;
}

struct bd_sreq *bd_abort(struct bd *bd)
{
	struct bd_sreq *req = bd_sreq(bd, 0, CHIM_SREQ_DISCONNECT);
	struct chim_run run;

	bd->resets = true;
	bd_begin(bd, &run);
	chim_tcp_abort(&run, &req->r);
	bd_finish(bd, &run);
	bd->resets = false;
	return req;
}

struct bd_rreq *bd_post(struct bd *bd, u32 len, u8 flags)
{
	struct bd_rreq *req = kzalloc(sizeof(*req), GFP_KERNEL);
	struct chim_run run;

	KUNIT_ASSERT_NOT_NULL(bd->test, req);
	req->r.len = len;
	req->r.flags = flags;
	req->r.why = BD_NOT_ENDED;
	list_add_tail(&req->all, &bd->rreqs);
	bd_begin(bd, &run);
	chim_tcp_receive(&run, &req->r);
	bd_finish(bd, &run);
	return req;
}

void bd_update(struct bd *bd, const struct chim_conn_cached *v, u8 commands)
{
	struct chim_conn_cached old = bd->v;
	struct chim_run run;

	bd->v = *v;
	bd_begin(bd, &run);
	chim_tcp_update(&run, &old, commands);
	bd_finish(bd, &run);
}

void bd_invalidate(struct bd *bd)
{
	struct chim_run run;

	bd_begin(bd, &run);
	chim_tcp_invalidate(&run);
	bd_check(bd);
}

void bd_upload(struct bd *bd, enum chim_upload reason)
{
	struct chim_run run;

	bd_begin(bd, &run);
	chim_tcp_upload(&run, reason);
	bd_finish(bd, &run);
}

void bd_congested(struct bd *bd)
{
	struct chim_run run;

	bd_begin(bd, &run);
	chim_tcp_congested(&run);
	bd_finish(bd, &run);
}

void bd_serve(struct bd *bd)
{
	struct chim_run run;

	bd_begin(bd, &run);
	bd_finish(bd, &run);
}

/* --- the clock ------------------------------------------------------------- */

void bd_timer(struct bd *bd)
{
	struct chim_run run;

	bd_begin(bd, &run);
	chim_tcp_timer(&run);
	bd_finish(bd, &run);
}

void bd_skip(struct bd *bd, u32 ticks)
{
	bd->now += ticks;
}

void bd_advance(struct bd *bd, u32 ticks)
{
	u32 end = bd->now + ticks, left;
	int stuck = 0;

	while (chim_tcp_due(&bd->tcb, bd->now, &left) &&
	       left <= end - bd->now) {
		stuck = left ? 0 : stuck + 1;
		KUNIT_ASSERT_LT(bd->test, stuck, 8);
		bd->now += left;
		bd_timer(bd);
	}
	bd->now = end;
}

/* --- what came of it ------------------------------------------------------- */

u32 bd_count(struct bd *bd)
{
	return bd->sent - bd->seen;
}

const struct chim_frame *bd_frame(struct bd *bd)
{
	if (!bd_count(bd))
		return NULL;
	KUNIT_ASSERT_LE(bd->test, bd_count(bd), (u32)BD_LOG);
	return &bd->frames[bd->seen++ % BD_LOG];
}

const struct chim_frame *bd_next(struct bd *bd)
{
	const struct chim_frame *frame = bd_frame(bd);

	KUNIT_ASSERT_NOT_NULL(bd->test, frame);
	return frame;
}

const struct bd_call *bd_call(struct bd *bd)
{
	if (bd->heard == bd->made)
		return NULL;
	KUNIT_ASSERT_LE(bd->test, bd->made - bd->heard, (u32)BD_LOG);
	return &bd->calls[bd->heard++ % BD_LOG];
}

void bd_drain(struct bd *bd)
{
	bd->seen = bd->sent;
	bd->heard = bd->made;
}
