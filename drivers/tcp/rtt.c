// SPDX-License-Identifier: GPL-2.0
/*
 * Round-trip times and the retransmission timeout (RFC 6298), in host ticks.
 *
 * SRTT is kept times 8 and RTTVAR times 4, as the host hands them over
 * (CON-054, CON-055). A smoothed time of zero means that none was taken yet.
 */
#include "tcp/rtt.h"

#include "tcp/flow.h"
#include "tcp/seq.h"

#include <linux/minmax.h>

/* RFC 6298, 2.1: before the first sample. */
#define RTO_FIRST_S	1
/*
 * RFC 6298, 2.4 wants a second at least and lets experience decide: a fifth of
 * that is what Linux has used for decades, and what delayed acknowledgments of
 * common peers fit in.
 */
#define RTO_MIN_DIV	5
#define RTO_MAX_S	120
/* More doublings make no difference. */
#define DOUBLINGS	16

/**
 * chim_rtt_timeout() - current RTO (TCP-040)
 * @run: the run
 * @doublings: how often it is doubled
 *
 * Context: connection locked.
 * Return: ticks, at least 1.
 */
u32 chim_rtt_timeout(const struct chim_run *run, u32 doublings)
{
	const struct chim_tcb *tcb = run->tcb;
	u32 tps = READ_ONCE(run->cfg->tps);
	u64 rto;

	if (tcb->srtt)
		rto = (tcb->srtt >> 3) + max_t(u32, tcb->rttvar, 1);
	else
		rto = RTO_FIRST_S * tps;
	rto = max_t(u64, rto, tps / RTO_MIN_DIV);
	rto <<= min_t(u32, doublings, DOUBLINGS);
	return clamp_t(u64, rto, 1, RTO_MAX_S * tps);
}

/**
 * chim_rtt_sample() - a round trip was measured (RFC 6298, 2.2 and 2.3)
 * @tcb: the block
 * @ticks: its length
 *
 * From here on the timeout is what that makes it (RFC 6298, 5.7).
 *
 * Context: connection locked.
 */
void chim_rtt_sample(struct chim_tcb *tcb, u32 ticks)
{
	s32 err, dev;

	tcb->backoff = 0;
	/* the fields have 16 bits. */
	ticks = min_t(u32, ticks, U16_MAX >> 3);
	if (!tcb->srtt) {
		tcb->srtt = max_t(u32, ticks << 3, 1);
		tcb->rttvar = min_t(u32, ticks << 1, U16_MAX);
		return;
	}
	err = (s32)ticks - (tcb->srtt >> 3);
	dev = (err < 0 ? -err : err) - (tcb->rttvar >> 2);
	tcb->rttvar = clamp_t(s32, tcb->rttvar + dev, 0, U16_MAX);
	tcb->srtt = clamp_t(s32, tcb->srtt + err, 1, U16_MAX);
}

/**
 * chim_rtt_start() - new data goes out: time it, unless some is being timed
 * @run: the run
 * @end: sequence number behind it
 *
 * Without timestamps only; a retransmission ends the measurement (Karn).
 *
 * Context: connection locked.
 */
void chim_rtt_start(struct chim_run *run, u32 end)
{
	struct chim_tcb *tcb = run->tcb;

	if (!tcb->flow || tcb->flags & CHIM_TCB_RTT ||
	    run->c->flags & CHIM_CONN_TIMESTAMPS)
		return;
	tcb->flags |= CHIM_TCB_RTT;
	tcb->flow->rtt_seq = end;
	tcb->flow->rtt_at = run->now;
}

/*
 * Karn: where what was acknowledged had been sent again, the next segment starts
 * with the timeout as it was backed off, or it would be sent again as well, and
 * nothing could ever be timed (RFC 1122, section 4.2.3.1). Probes of a closed window
 * are no retransmissions.
 */
static void keep_backoff(struct chim_tcb *tcb)
{
	if (tcb->rt_count && tcb->snd_wnd)
		tcb->backoff = min(tcb->backoff + tcb->rt_count, DOUBLINGS);
}

/**
 * chim_rtt_acked() - a segment acknowledges new data
 * @run: the run; SND.UNA has been moved
 * @seg: the segment
 *
 * The echo of a timestamp tells the time even for data the host sent before
 * the offload (TSP-013).
 *
 * Context: connection locked.
 */
void chim_rtt_acked(struct chim_run *run, const struct chim_seg *seg)
{
	struct chim_tcb *tcb = run->tcb;
	u32 ticks;

	keep_backoff(tcb);
	if (run->c->flags & CHIM_CONN_TIMESTAMPS) {
		if (!seg->has_ts || !seg->tsecr)
			return;
		ticks = run->now + tcb->ts_delta - seg->tsecr;
		/* An echo from the future, or from before the flood. */
		if ((s32)ticks < 0)
			return;
		chim_rtt_sample(tcb, ticks);
		return;
	}
	if (!tcb->flow || !(tcb->flags & CHIM_TCB_RTT) ||
	    seq_before(tcb->snd_una, tcb->flow->rtt_seq))
		return;
	tcb->flags &= ~CHIM_TCB_RTT;
	chim_rtt_sample(tcb, run->now - tcb->flow->rtt_at);
}
