// SPDX-License-Identifier: GPL-2.0
/*
 * Segments in: what is acceptable, and where each part goes.
 *
 * The order is that of RFC 9293, section 3.10.7.4, with RFC 5961 as area RST
 * words it and PAWS (RFC 7323, section 5) before all.
 */
#include "tcp/segment.h"

#include "tcp/ack.h"
#include "tcp/close.h"
#include "tcp/engine.h"
#include "tcp/flow.h"
#include "tcp/keepalive.h"
#include "tcp/ooo.h"
#include "tcp/recv.h"
#include "tcp/send.h"
#include "tcp/seq.h"

#include <linux/kernel.h>

#define SYN_CHALLENGE_S	3		/* RST-034 */
#define ANSWERS		2		/* a second, to what is unacceptable */
#define TS_DAYS_S	(24 * 24 * 3600)	/* RFC 7323, section 5.5 */

static bool has_timestamp(const struct chim_run *run,
			  const struct chim_seg *seg)
{
	return run->c->flags & CHIM_CONN_TIMESTAMPS && seg->has_ts;
}

/* RFC 7323, section 5.5: not renewed for so long, TsRecent says nothing any more. */
static bool ts_expired(const struct chim_run *run)
{
	return run->now - run->tcb->ts_recent_at >
	       TS_DAYS_S * (u64)READ_ONCE(run->cfg->tps);
}

/* TCP-042 */
static bool paws_rejects(const struct chim_run *run, const struct chim_seg *seg)
{
	if (!has_timestamp(run, seg) || seg->flags & CHIM_RST)
		return false;
	return seq_before(seg->tsval, run->tcb->ts_recent) && !ts_expired(run);
}

/* TSP-016, RFC 7323, section 4.3 */
static void note_timestamp(struct chim_run *run, const struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;

	if (!has_timestamp(run, seg) ||
	    (seq_before(seg->tsval, tcb->ts_recent) && !ts_expired(run)))
		return;
	if (seq_after(seg->seq, tcb->ack_sent))
		return;
	tcb->ts_recent = seg->tsval;
	tcb->ts_recent_at = run->now;
}

/*
 * RFC 9293, section 3.10.7.4, first. A closed window still takes what carries
 * no text at RCV.NXT, and text there is cut off later.
 */
static bool in_window(const struct chim_tcb *tcb, const struct chim_seg *seg)
{
	u32 edge = chim_recv_edge(tcb);
	u32 len = seg->len + !!(seg->flags & CHIM_SYN) +
		  !!(seg->flags & CHIM_FIN);

	if (seg->seq == tcb->rcv_nxt)
		return true;
	if (!len)
		return seq_from(seg->seq, tcb->rcv_nxt) &&
		       seq_upto(seg->seq, edge);
	return seq_before(seg->seq, edge) &&
	       seq_after(seg->seq + len, tcb->rcv_nxt);
}

/*
 * RFC 5961, section 7: two ends that find each other's acknowledgments
 * unacceptable would answer them for ever. SYN and RST have rules of their own.
 */
static bool throttled(struct chim_run *run, const struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;

	if (seg->len || seg->flags & (CHIM_SYN | CHIM_FIN | CHIM_RST))
		return false;
	if (run->now - tcb->answered_at < READ_ONCE(run->cfg->tps) / ANSWERS)
		return true;
	tcb->answered_at = run->now;
	return false;
}

/* Sends an acknowledgment for what is not acceptable, and drops it. */
static enum chim_verdict answer(struct chim_run *run,
				const struct chim_seg *seg)
{
	if (!throttled(run, seg))
		run->tcb->flags |= CHIM_TCB_ACK_NOW;
	return CHIM_SEG_DONE;
}

static enum chim_verdict outside(struct chim_run *run,
				 const struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;
	u32 end = seg->seq + seg->len;

	if (seg->flags & CHIM_RST)
		return CHIM_SEG_DONE;	/* RST-011 */
	/* RST-030; D-SACK (RFC 2883) for what came twice. */
	if (seg->len && tcb->flow && seq_upto(end, tcb->rcv_nxt))
		chim_ooo_duplicate(&tcb->flow->ooo, seg->seq, end);
	return answer(run, seg);
}

/* RST-012 to RST-014 */
static enum chim_verdict reset(struct chim_run *run, const struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;

	if (seg->seq == tcb->rcv_nxt) {
		chim_close_reset(run);
		return CHIM_SEG_DONE;
	}
	if (tcb->flags & CHIM_TCB_CHALLENGED)
		return CHIM_SEG_DONE;
	tcb->flags |= CHIM_TCB_CHALLENGED;
	chim_keepalive_mitigate(run);
	return answer(run, seg);
}

/* RST-032 to RST-035, D-70 */
static enum chim_verdict syn(struct chim_run *run, const struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;

	if (tcb->state == CHIM_TCP_TIME_WAIT)
		return CHIM_SEG_HOST;
	if (seg->seq == tcb->rcv_nxt) {
		chim_close_state(run, CHIM_TCP_CLOSED);
		chim_close_upload(run, CHIM_UPLOAD_REQUESTED, true);
		return CHIM_SEG_DONE;
	}
	if (tcb->flags & CHIM_TCB_SYN_CHALLENGED &&
	    run->now - tcb->syn_ack_at <
	    SYN_CHALLENGE_S * READ_ONCE(run->cfg->tps))
		return CHIM_SEG_DONE;
	tcb->flags |= CHIM_TCB_SYN_CHALLENGED;
	tcb->syn_ack_at = run->now;
	chim_keepalive_mitigate(run);
	return answer(run, seg);
}

/* RFC 9293, section 3.10.7.4, fifth; RFC 5961, section 5.2 */
static bool ack_valid(const struct chim_tcb *tcb, const struct chim_seg *seg)
{
	return seq_upto(seg->ack, tcb->snd_max) &&
	       seq_from(seg->ack, tcb->snd_una - tcb->max_snd_wnd);
}

/* NSP-034: kept as it came, in bounds; what is left out the peer sends again. */
static enum chim_verdict hold(struct chim_run *run, struct chim_seg *seg)
{
	struct chim_flow *flow = chim_flow_get(run);

	if (!flow || run->tight || flow->urgent_bytes + seg->skb->truesize >
		     READ_ONCE(run->cfg->ooo_bytes)) {
		run->mib->in_discards++;
		return CHIM_SEG_DONE;
	}
	flow->urgent_bytes += seg->skb->truesize;
	seg->skb->next = NULL;
	*flow->urgent_tail = seg->skb;
	flow->urgent_tail = &seg->skb->next;
	return CHIM_SEG_KEPT;
}

/* NSP-032, NSP-033 */
static enum chim_verdict urgent(struct chim_run *run, struct chim_seg *seg)
{
	run->tcb->flags |= CHIM_TCB_URGENT;
	run->tcb->flags &= ~CHIM_TCB_ACK_NOW;
	chim_close_upload(run, CHIM_UPLOAD_URGENT, true);
	return hold(run, seg);
}

/* Is the connection past taking segments in? Then @verdict says what to do. */
static bool past(struct chim_run *run, struct chim_seg *seg,
		 enum chim_verdict *verdict)
{
	struct chim_tcb *tcb = run->tcb;

	*verdict = CHIM_SEG_DONE;
	if (tcb->flags & CHIM_TCB_URGENT)
		*verdict = hold(run, seg);
	else if (tcb->flags & CHIM_TCB_ABORTED || tcb->state == CHIM_TCP_CLOSED)
		*verdict = CHIM_SEG_HOST;	/* NSP-015, D-71 */
	else if (!(tcb->flags & (CHIM_TCB_HALTED | CHIM_TCB_INVALID)))
		return false;
	return true;
}

static enum chim_verdict process(struct chim_run *run, struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;

	if (seg->bad_options) {
		run->mib->in_errors++;
		return CHIM_SEG_DROPPED;
	}
	if (paws_rejects(run, seg))
		return answer(run, seg);
	if (!in_window(tcb, seg))
		return outside(run, seg);
	if (seg->flags & CHIM_RST)
		return reset(run, seg);
	if (seg->flags & CHIM_SYN)
		return syn(run, seg);
	if (!(seg->flags & CHIM_ACK))
		return CHIM_SEG_DONE;
	if (!ack_valid(tcb, seg))
		return seg->flags & CHIM_URG ? CHIM_SEG_DONE : answer(run, seg);
	if (seg->flags & CHIM_URG)
		return urgent(run, seg);
	chim_keepalive_heard(run);
	note_timestamp(run, seg);
	chim_ack_process(run, seg);
	/* The acknowledgment may have been of the last that was awaited. */
	if (tcb->state == CHIM_TCP_CLOSED)
		return CHIM_SEG_DONE;
	return chim_recv_segment(run, seg) ? CHIM_SEG_KEPT : CHIM_SEG_DONE;
}

/**
 * chim_tcp_segment() - event: a segment has come
 * @run: the run
 * @seg: the segment; changed
 *
 * What is to be sent on account of it is sent by chim_tcp_output(), which must
 * follow.
 *
 * Context: connection locked.
 * Return: what becomes of the skb.
 */
enum chim_verdict chim_tcp_segment(struct chim_run *run, struct chim_seg *seg)
{
	enum chim_verdict verdict;

	if (past(run, seg, &verdict))
		return verdict;
	return process(run, seg);
}

/**
 * chim_segment_free() - free a list of held skbs
 * @list: linked through skb->next
 *
 * Context: any but hard interrupt.
 */
void chim_segment_free(struct sk_buff *list)
{
	struct sk_buff *next;

	for (; list; list = next) {
		next = list->next;
		skb_mark_not_on_list(list);
		kfree_skb(list);
	}
}
