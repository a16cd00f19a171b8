// SPDX-License-Identifier: GPL-2.0
/*
 * SACK scoreboard: what the peer has, and what is lost (RFC 6675).
 *
 * The ranges above SND.UNA that the peer has reported lie in a sorted array.
 * One with more holes than that is not worth more: the furthest are forgotten,
 * and their bytes sent again at worst.
 */
#include "tcp/board.h"

#include "tcp/send.h"
#include "tcp/seq.h"

#include <linux/string.h>

static struct chim_board *board_of(const struct chim_run *run)
{
	return run->tcb->flow ? run->tcb->flow->board : NULL;
}

static struct chim_board *board_get(struct chim_run *run)
{
	struct chim_flow *flow = chim_flow_get(run);

	if (!flow)
		return NULL;
	if (!flow->board) {
		flow->board = run->ops->alloc(run, sizeof(*flow->board));
		if (flow->board) {
			flow->board->high_rxt = run->tcb->snd_una;
			flow->board->rxt_end = run->tcb->snd_max;
		}
	}
	return flow->board;
}

static void remove(struct chim_board *b, u16 at, u16 count)
{
	memmove(&b->range[at], &b->range[at + count],
		(b->n - at - count) * sizeof(b->range[0]));
	b->n -= count;
}

static bool insert(struct chim_board *b, u16 at, struct chim_range r)
{
	if (b->n == CHIM_BOARD_RANGES) {
		if (at == b->n)
			return false;
		b->n--;
	}
	memmove(&b->range[at + 1], &b->range[at],
		(b->n - at) * sizeof(b->range[0]));
	b->range[at] = r;
	b->n++;
	return true;
}

/* Returns true if the range tells anything new. */
static bool add(struct chim_board *b, struct chim_range r)
{
	u16 at = 0, joined = 0;

	while (at < b->n && seq_before(b->range[at].end, r.start))
		at++;
	if (at < b->n && seq_upto(b->range[at].start, r.start) &&
	    seq_upto(r.end, b->range[at].end))
		return false;
	while (at + joined < b->n &&
	       seq_upto(b->range[at + joined].start, r.end)) {
		r.start = seq_min(r.start, b->range[at + joined].start);
		r.end = seq_max(r.end, b->range[at + joined].end);
		joined++;
	}
	if (!joined)
		return insert(b, at, r);
	b->range[at] = r;
	remove(b, at + 1, joined - 1);
	return true;
}

/*
 * RFC 2883, section 4: the first block reports a duplicate if it lies below
 * the acknowledgment number, or within the second.
 */
static bool is_duplicate(const struct chim_seg *seg)
{
	const struct chim_range *first = &seg->sack[0];

	if (seq_before(first->start, seg->ack))
		return true;
	return seg->n_sack > 1 &&
	       seq_from(first->start, seg->sack[1].start) &&
	       seq_upto(first->end, seg->sack[1].end);
}

/**
 * chim_board_note() - take in the SACK blocks of a segment
 * @run: the run; SND.UNA has been moved
 * @seg: the segment, its acknowledgment number valid
 *
 * Blocks that cannot be true are passed over.
 *
 * Context: connection locked.
 * Return: true if the peer has something it had not reported before.
 */
bool chim_board_note(struct chim_run *run, const struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;
	struct chim_board *b;
	bool news = false;
	u8 i;

	if (!seg->n_sack || !(run->c->flags & CHIM_CONN_SACK) ||
	    tcb->snd_una == tcb->snd_max)
		return false;
	b = board_get(run);
	if (!b)
		return false;
	for (i = is_duplicate(seg) ? 1 : 0; i < seg->n_sack; i++) {
		struct chim_range r = seg->sack[i];

		if (seq_from(r.start, r.end) ||
		    seq_after(r.end, tcb->snd_max) ||
		    seq_upto(r.end, tcb->snd_una))
			continue;
		r.start = seq_max(r.start, tcb->snd_una);
		news |= add(b, r);
	}
	return news;
}

/**
 * chim_board_acked() - SND.UNA has moved: what lies below is done
 * @run: the run
 *
 * Context: connection locked.
 * Return: bytes of it that the peer had reported before.
 */
u32 chim_board_acked(struct chim_run *run)
{
	u32 una = run->tcb->snd_una, known = 0, start;
	struct chim_board *b = board_of(run);
	u16 gone = 0;

	if (!b)
		return 0;
	while (gone < b->n && seq_upto(b->range[gone].end, una)) {
		known += b->range[gone].end - b->range[gone].start;
		gone++;
	}
	remove(b, 0, gone);
	if (b->n) {
		start = b->range[0].start;
		b->range[0].start = seq_max(start, una);
		known += b->range[0].start - start;
	}
	b->high_rxt = seq_max(b->high_rxt, una);
	return known;
}

/**
 * chim_board_clear() - forget all: the peer may have dropped it
 * @run: the run
 *
 * RFC 2018, section 8: after a timeout everything is sent again.
 *
 * Context: connection locked.
 */
void chim_board_clear(struct chim_run *run)
{
	struct chim_board *b = board_of(run);

	if (!b)
		return;
	b->n = 0;
	b->high_rxt = run->tcb->snd_una;
	b->rescued = false;
}

/**
 * chim_board_high() - the end of what the peer has
 * @run: the run
 *
 * Context: connection locked.
 * Return: the first number behind it, SND.UNA if it has reported nothing.
 */
u32 chim_board_high(const struct chim_run *run)
{
	const struct chim_board *b = board_of(run);

	return b && b->n ? b->range[b->n - 1].end : run->tcb->snd_una;
}

/**
 * chim_board_lost() - the end of what counts as lost (IsLost of RFC 6675)
 * @run: the run
 *
 * A byte is lost if DupThresh ranges above it, or more than DupThresh - 1
 * segments' worth of bytes, have arrived. All below a lost one is lost too.
 *
 * Context: connection locked.
 * Return: bytes below that are not reported are lost.
 */
u32 chim_board_lost(struct chim_run *run)
{
	u32 thresh = READ_ONCE(run->cfg->dup_acks);
	const struct chim_board *b = board_of(run);
	u32 una = run->tcb->snd_una;
	u64 above = 0;
	u16 i, ranges = 0;

	if (!b)
		return una;
	for (i = b->n; i--;) {
		const struct chim_range *r = &b->range[i];

		above += r->end - r->start;
		ranges++;
		if (ranges >= thresh ||
		    above > (u64)(thresh - 1) * chim_send_mss(run))
			return r->start;
	}
	return una;
}

/**
 * chim_board_again() - is what was retransmitted at SND.UNA lost once more?
 * @run: the run, in recovery
 *
 * By the measure of RFC 6675 (IsLost), taken of what was sent after the last
 * retransmission; a lost retransmission is foreseen by RFC 5681, section 4.3.
 *
 * Context: connection locked.
 * Return: true if so.
 */
bool chim_board_again(struct chim_run *run)
{
	u32 thresh = READ_ONCE(run->cfg->dup_acks);
	const struct chim_board *b = board_of(run);
	u64 above = 0;
	u16 i, ranges = 0;

	if (!b || seq_upto(b->high_rxt, run->tcb->snd_una))
		return false;
	for (i = b->n; i--; ranges++) {
		const struct chim_range *r = &b->range[i];

		if (seq_upto(r->end, b->rxt_end))
			break;
		above += r->end - seq_max(r->start, b->rxt_end);
	}
	return ranges >= thresh ||
	       above > (u64)(thresh - 1) * chim_send_mss(run);
}

/* Bytes in [@from, @upto) that the peer has not reported. */
static u32 missing(const struct chim_board *b, u32 from, u32 upto)
{
	u32 bytes = 0;
	u16 i;

	for (i = 0; i < b->n && seq_before(from, upto); i++) {
		const struct chim_range *r = &b->range[i];

		if (seq_before(from, r->start))
			bytes += seq_min(r->start, upto) - from;
		from = seq_max(from, r->end);
	}
	return bytes + (seq_before(from, upto) ? upto - from : 0);
}

/**
 * chim_board_pipe() - bytes thought to be in the network (SetPipe of RFC 6675)
 * @run: the run
 * @lost: from chim_board_lost()
 *
 * Context: connection locked.
 * Return: bytes.
 */
u32 chim_board_pipe(struct chim_run *run, u32 lost)
{
	const struct chim_board *b = board_of(run);
	const struct chim_tcb *tcb = run->tcb;

	if (!b)
		return tcb->snd_max - tcb->snd_una;
	return missing(b, lost, tcb->snd_max) +
	       missing(b, tcb->snd_una, b->high_rxt);
}

/**
 * chim_board_hole() - the first bytes of a span that the peer has not reported
 * @run: the run
 * @from: start of the span
 * @upto: end of the span
 * @hole: set to them, within the span
 *
 * Context: connection locked.
 * Return: false if there are none.
 */
bool chim_board_hole(struct chim_run *run, u32 from, u32 upto,
		     struct chim_range *hole)
{
	const struct chim_board *b = board_of(run);
	u16 i;

	for (i = 0; b && i < b->n && seq_before(from, upto); i++) {
		const struct chim_range *r = &b->range[i];

		if (seq_before(from, r->start)) {
			hole->start = from;
			hole->end = seq_min(r->start, upto);
			return true;
		}
		from = seq_max(from, r->end);
	}
	hole->start = from;
	hole->end = upto;
	return seq_before(from, upto);
}
