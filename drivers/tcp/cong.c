// SPDX-License-Identifier: GPL-2.0
/*
 * Congestion control: how much may be in the network.
 *
 * Reno, counting bytes: RFC 5681 with NewReno (RFC 6582) or SACK (RFC 6675)
 * recovery, limited transmit (RFC 3042) and ECN (RFC 3168).
 */
#include "tcp/cong.h"

#include "tcp/board.h"
#include "tcp/flow.h"
#include "tcp/rtt.h"
#include "tcp/send.h"
#include "tcp/seq.h"

#include <linux/minmax.h>

static bool has_sack(const struct chim_run *run)
{
	return run->c->flags & CHIM_CONN_SACK;
}

static u32 flight(const struct chim_tcb *tcb)
{
	return tcb->snd_max - tcb->snd_una;
}

/* RFC 5681, equation 4 */
static u32 half(struct chim_run *run)
{
	return max(flight(run->tcb) / 2, 2 * chim_send_mss(run));
}

static void set_cwnd(struct chim_tcb *tcb, u32 cwnd)
{
	tcb->cwnd = min_t(u32, cwnd, CHIM_CWND_MAX);
}

/**
 * chim_cong_load() - go on where the host was
 * @run: the run; the delegated variables are loaded
 *
 * SND.NXT behind SND.MAX tells of a timeout (INI-107), duplicates beyond the
 * threshold of a fast recovery.
 *
 * Context: nobody else may use the block yet.
 */
void chim_cong_load(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	tcb->recover = tcb->snd_una;
	if (tcb->snd_nxt != tcb->snd_max) {
		tcb->cong = CHIM_CONG_LOSS;
		tcb->recover = tcb->snd_max;
	} else if (tcb->snd_una != tcb->snd_max &&
		   tcb->dup_acks >= READ_ONCE(run->cfg->dup_acks)) {
		tcb->cong = CHIM_CONG_RECOVERY;
		tcb->recover = tcb->snd_max;
	}
}

/*
 * RFC 5681, section 3.1, counting what is acknowledged (RFC 3465) so that few
 * acknowledgments for much data, as GRO makes them, open the window as far as
 * many would. A window that is not used does not grow (RFC 7661). What is left
 * of it behind whole segments is never used, so it is not waited for.
 */
static void grow(struct chim_run *run, u32 acked)
{
	struct chim_tcb *tcb = run->tcb;
	u32 mss = chim_send_mss(run);
	u32 used = tcb->cwnd > mss ? tcb->cwnd - tcb->cwnd % mss : tcb->cwnd;

	if (2 * (u64)(flight(tcb) + acked) < tcb->cwnd)
		return;
	if (tcb->cwnd < tcb->ssthresh) {
		u32 room = tcb->ssthresh - tcb->cwnd;

		set_cwnd(tcb, tcb->cwnd + min(acked, max(room, mss)));
		return;
	}
	if (!tcb->flow)
		return;
	tcb->flow->cwnd_acked += acked;
	if (tcb->flow->cwnd_acked >= used) {
		tcb->flow->cwnd_acked -= used;
		set_cwnd(tcb, tcb->cwnd + mss);
	}
}

/*
 * What was acknowledged before a loss counts for the next step all the same, but
 * for no more than one: the window was larger then.
 */
static void cap_credit(struct chim_tcb *tcb)
{
	if (tcb->flow)
		tcb->flow->cwnd_acked = min(tcb->flow->cwnd_acked, tcb->cwnd);
}

/* With SACK it is known which bytes have arrived by now: @fresh of them. */
static void leave_recovery(struct chim_run *run, u32 fresh)
{
	struct chim_tcb *tcb = run->tcb;
	u32 mss = chim_send_mss(run);
	u32 cwnd = tcb->ssthresh;

	/* RFC 6582, section 3.2, step 3: no burst. */
	if (!has_sack(run))
		cwnd = min(cwnd, max(flight(tcb), mss) + mss);
	set_cwnd(tcb, cwnd);
	cap_credit(tcb);
	tcb->cong = CHIM_CONG_OPEN;
	if (has_sack(run))
		grow(run, fresh);
}

/* RFC 6582, section 3.2, step 3: the next hole; window deflated. */
static void partial(struct chim_run *run, u32 acked)
{
	struct chim_tcb *tcb = run->tcb;
	u32 mss = chim_send_mss(run);

	if (has_sack(run))
		return;
	set_cwnd(tcb, max(tcb->cwnd - min(acked, tcb->cwnd), mss));
	if (acked >= mss)
		set_cwnd(tcb, tcb->cwnd + mss);
	chim_send_again(run);
}

/*
 * RFC 6582, section 3.2, step 2: duplicates behind a timeout are echoes of what it
 * sent again until more is acknowledged than was out at the time. With SACK they
 * can be told from losses.
 */
static bool is_over(const struct chim_run *run)
{
	const struct chim_tcb *tcb = run->tcb;

	if (tcb->cong == CHIM_CONG_LOSS && !has_sack(run))
		return seq_after(tcb->snd_una, tcb->recover);
	return seq_from(tcb->snd_una, tcb->recover);
}

/**
 * chim_cong_acked() - new data was acknowledged
 * @run: the run; SND.UNA has been moved
 * @acked: bytes
 * @known: those of them that are known to have arrived before
 * @congested: by a segment that tells of congestion: the window does not grow
 *	(RFC 3168, section 6.1.2)
 *
 * After a timeout the window grows by what has arrived since: an acknowledgment
 * that leaps over what had arrived long before tells of one segment that left the
 * network, not of all of them (RFC 5681, section 3.1; RFC 3465, section 2.3).
 *
 * Context: connection locked.
 */
void chim_cong_acked(struct chim_run *run, u32 acked, u32 known, bool congested)
{
	struct chim_tcb *tcb = run->tcb;
	/* A FIN may be known, but is none of the bytes. */
	u32 fresh = acked - min(known, acked);

	tcb->dup_acks = 0;
	if (tcb->flow)
		tcb->flow->limited = 0;
	if (tcb->cong == CHIM_CONG_OPEN) {
		/* Kept from falling half the space behind. */
		tcb->recover = seq_max(tcb->recover, tcb->snd_una);
		if (!congested)
			grow(run, acked);
		return;
	}
	if (is_over(run)) {
		if (tcb->cong == CHIM_CONG_RECOVERY)
			leave_recovery(run, congested ? 0 : fresh);
		tcb->cong = CHIM_CONG_OPEN;
		return;
	}
	if (tcb->cong == CHIM_CONG_RECOVERY)
		partial(run, acked);
	else if (!congested)
		grow(run, fresh);
}

/*
 * RFC 5681, section 3.2, step 2: what limited transmit has sent beyond the
 * window does not count, and from here on the window says how much may go.
 */
static void end_limited(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	u32 beyond = flight(tcb) - min(flight(tcb), tcb->cwnd);
	u32 sent = flight(tcb);

	if (tcb->flow) {
		sent -= min(beyond, tcb->flow->limited);
		tcb->flow->limited = 0;
	}
	tcb->ssthresh = max(sent / 2, 2 * chim_send_mss(run));
}

/*
 * RFC 3168, section 6.1.2: once for each window of data, whether it is a loss or
 * a notice that tells of congestion, and the peer is told.
 */
static void reduce(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (seq_before(tcb->snd_una, tcb->recover)) {
		if (tcb->flow)
			tcb->flow->limited = 0;
		return;
	}
	end_limited(run);
	tcb->flags |= CHIM_TCB_CWR;
}

static void enter_recovery(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	struct chim_board *board = tcb->flow ? tcb->flow->board : NULL;
	u32 sent;

	reduce(run);
	tcb->cong = CHIM_CONG_RECOVERY;
	tcb->recover = tcb->snd_max;
	tcb->flags &= ~CHIM_TCB_RTT;
	if (has_sack(run)) {
		set_cwnd(tcb, tcb->ssthresh);
		if (board) {
			board->high_rxt = tcb->snd_una;
			board->rescued = false;
		}
	} else {
		set_cwnd(tcb, tcb->ssthresh + 3 * chim_send_mss(run));
	}
	/* RFC 5681, section 3.2, step 3: whatever the window says. */
	sent = chim_send_again(run);
	/* What was not for lack of memory is one hole among others. */
	if (has_sack(run) && board)
		board->high_rxt = seq_max(board->high_rxt, tcb->snd_una + sent);
}

/*
 * RFC 5681, section 4.3: the loss of a retransmission is a second indication of
 * congestion, and the window falls twice. It need not wait for the timeout.
 */
static void lost_again(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	tcb->recover = tcb->snd_max;
	tcb->ssthresh = max(tcb->ssthresh / 2, 2 * chim_send_mss(run));
	set_cwnd(tcb, tcb->ssthresh);
	chim_send_again(run);
	/* Once, even if there was no memory to send it. */
	tcb->flow->board->rxt_end = tcb->snd_max;
}

/* RFC 3042: one new segment for each of the first duplicates. */
static void limited_transmit(struct chim_run *run)
{
	struct chim_flow *flow = run->tcb->flow;

	if (flow)
		flow->limited = min(flow->limited + chim_send_mss(run),
				    2 * chim_send_mss(run));
}

/**
 * chim_cong_duplicate() - an acknowledgment that acknowledges nothing has come
 * @run: the run; the scoreboard has what it reported
 *
 * RFC 5681, section 3.2; RFC 6675, section 5; with TcpDuplicateAckThreshold
 * (TCP-035).
 *
 * Context: connection locked.
 */
void chim_cong_duplicate(struct chim_run *run)
{
	u32 thresh = READ_ONCE(run->cfg->dup_acks);
	struct chim_tcb *tcb = run->tcb;

	tcb->dup_acks = min_t(u32, tcb->dup_acks + 1, U8_MAX);
	if (tcb->cong == CHIM_CONG_RECOVERY) {
		if (!has_sack(run))
			set_cwnd(tcb, tcb->cwnd + chim_send_mss(run));
		return;
	}
	/* RFC 6582, section 4: echoes of what the timeout sent again. */
	if (tcb->cong == CHIM_CONG_LOSS)
		return;
	if (tcb->dup_acks >= thresh)
		enter_recovery(run);
	else
		limited_transmit(run);
}

/**
 * chim_cong_sacked() - the scoreboard has changed
 * @run: the run
 *
 * RFC 6675, section 5, step 2: what has arrived can tell of a loss sooner than
 * the number of acknowledgments, and in recovery, of a second one.
 *
 * Context: connection locked.
 */
void chim_cong_sacked(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (tcb->cong == CHIM_CONG_RECOVERY && chim_board_again(run))
		lost_again(run);
	if (tcb->cong != CHIM_CONG_OPEN)
		return;
	if (seq_after(chim_board_lost(run), tcb->snd_una))
		enter_recovery(run);
}

/**
 * chim_cong_timeout() - the retransmit timer has expired
 * @run: the run
 *
 * RFC 5681, section 3.1: everything unacknowledged is sent again from one
 * segment on; the threshold is halved once for each segment.
 *
 * Context: connection locked.
 */
void chim_cong_timeout(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (!tcb->rt_count)
		tcb->ssthresh = half(run);
	tcb->flags |= CHIM_TCB_CWR;
	set_cwnd(tcb, chim_send_mss(run));
	if (tcb->flow)
		tcb->flow->cwnd_acked = 0;
	tcb->dup_acks = 0;
	tcb->cong = CHIM_CONG_LOSS;
	tcb->recover = tcb->snd_max;
	tcb->snd_nxt = tcb->snd_una;
	tcb->flags &= ~CHIM_TCB_RTT;
	if (tcb->flow)
		tcb->flow->limited = 0;
	chim_board_clear(run);
}

/**
 * chim_cong_notified() - told of congestion without a loss
 * @run: the run
 *
 * By ECN-Echo (RFC 3168, section 6.1.2), or by the device's own queue. Once
 * for each window of data.
 *
 * Context: connection locked.
 */
void chim_cong_notified(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (tcb->cong != CHIM_CONG_OPEN ||
	    seq_before(tcb->snd_una, tcb->recover))
		return;
	tcb->recover = tcb->snd_max;
	tcb->ssthresh = half(run);
	set_cwnd(tcb, tcb->ssthresh);
	cap_credit(tcb);
	tcb->flags |= CHIM_TCB_CWR;
}

/**
 * chim_cong_idle() - new data after a pause
 * @run: the run; nothing is in flight
 *
 * RFC 5681, section 4.1: what the path could take then says little about now.
 *
 * Context: connection locked.
 */
void chim_cong_idle(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;

	if (run->now - tcb->flow->sent_at > chim_rtt_timeout(run, 0))
		chim_cong_restart(run);
}

/**
 * chim_cong_restart() - what is sent next comes after a pause
 * @run: the run; nothing is in flight
 *
 * Context: connection locked.
 */
void chim_cong_restart(struct chim_run *run)
{
	u32 initial = 10 * chim_send_mss(run);	/* RFC 6928 */
	struct chim_tcb *tcb = run->tcb;

	tcb->ssthresh = max(tcb->ssthresh, tcb->cwnd / 4 * 3);
	tcb->cwnd = min(tcb->cwnd, initial);
}

/**
 * chim_cong_room() - bytes that may be sent into the network now
 * @run: the run
 *
 * Context: connection locked.
 * Return: bytes.
 */
u32 chim_cong_room(struct chim_run *run)
{
	struct chim_tcb *tcb = run->tcb;
	u32 used = flight(tcb), cwnd = max(tcb->cwnd, chim_send_mss(run));

	if (tcb->cong == CHIM_CONG_RECOVERY && has_sack(run))
		used = chim_board_pipe(run, chim_board_lost(run));
	else if (tcb->snd_nxt != tcb->snd_max)
		used = tcb->snd_nxt - tcb->snd_una;
	if (tcb->flow)
		cwnd += tcb->flow->limited;
	return cwnd > used ? cwnd - used : 0;
}
