/* SPDX-License-Identifier: GPL-2.0 */
/* What an active connection has beside its block: queues and scoreboard. */
#ifndef CHIM_TCP_FLOW_H
#define CHIM_TCP_FLOW_H

#include "tcp/deliver.h"
#include "tcp/tcb.h"

/* Ranges the peer can have acknowledged selectively at a time. */
#define CHIM_BOARD_RANGES	64

/**
 * struct chim_board - SACK scoreboard (RFC 6675)
 * @high_rxt: retransmitted in this recovery up to here
 * @rxt_end: SND.MAX when something was retransmitted last
 * @rescued: the rescue retransmission of this recovery was made
 * @n: ranges
 * @range: what the peer has above SND.UNA, ascending, disjoint, not adjacent
 */
struct chim_board {
	u32 high_rxt;
	u32 rxt_end;
	bool rescued;
	u16 n;
	struct chim_range range[CHIM_BOARD_RANGES];
};

/**
 * struct chim_sendq - requests that are not acknowledged
 * @head: oldest one
 * @tail: where the next one goes
 * @head_seq: sequence number of the first byte of @head, at or before SND.UNA
 * @cur: request that holds byte SND.MAX, or NULL if all is sent
 * @cur_seq: sequence number of the first byte of @cur
 * @unsent: bytes from SND.MAX on
 * @done: requests that ended and are to be completed, in order
 * @done_tail: where the next one goes
 */
struct chim_sendq {
	struct chim_sreq *head;
	struct chim_sreq **tail;
	u32 head_seq;
	struct chim_sreq *cur;
	u32 cur_seq;
	u64 unsent;
	struct chim_sreq *done;
	struct chim_sreq **done_tail;
};

/**
 * struct chim_ooo - data out of order
 * @tree: skbs by sequence number, disjoint
 * @last: the one with the highest number, or NULL
 * @bytes: memory they take
 * @waste: memory there that packing could spare, or more; see pack.c
 * @n: ranges in @sack
 * @sack: what to report, the one that changed last first (RFC 2018, section 4)
 * @dsack: duplicate to be reported in the next acknowledgment (RFC 2883)
 * @has_dsack: @dsack is valid
 */
struct chim_ooo {
	struct rb_root tree;
	struct sk_buff *last;
	u32 bytes;
	u32 waste;
	u8 n;
	bool has_dsack;
	struct chim_range sack[CHIM_SACK_MAX];
	struct chim_range dsack;
};

/*
 * struct chim_opt - what the optional upload reasons are judged by (O-09)
 *
 * Counts of the current period; see watch.c.
 */
struct chim_opt {
	u32 since;
	u32 sent;
	u32 resent;
	u32 received;
	u32 disordered;
	u32 fragments;
	u32 requests;
	u32 request_bytes;
	u32 indicated;
	u32 placed;
};

/**
 * struct chim_flow - queues of an active connection; allocated on first use
 * @sq: data to send
 * @rx: received data
 * @ooo: data out of order
 * @board: SACK scoreboard, allocated with the first SACK block
 * @urgent: segments with and after urgent data (NSP-034)
 * @urgent_tail: where the next one goes
 * @urgent_bytes: memory they take
 * @charged: what the caller counts of chim_flow_held(); its own
 * @limited: bytes limited transmit may send beyond @cwnd (RFC 3042)
 * @rtt_seq: when this is acknowledged, a round trip from @rtt_at ends
 * @rtt_at: clock when the segment before @rtt_seq was sent
 * @cwnd_acked: bytes acknowledged towards the next step of the congestion window
 *	(RFC 3465)
 * @sent_at: clock when data was sent last
 * @sws_due: when the silly window timer expires
 * @used_at: clock when something happened last
 * @idle_due: when it is looked whether the flow may be freed
 * @backlog: send backlog size reported last
 * @backlog_at: when
 * @opt: see there
 */
struct chim_flow {
	struct chim_sendq sq;
	struct chim_rx rx;
	struct chim_ooo ooo;
	struct chim_board *board;
	struct sk_buff *urgent;
	struct sk_buff **urgent_tail;
	u32 urgent_bytes;
	u32 charged;
	u32 limited;
	u32 rtt_seq;
	u32 rtt_at;
	u32 cwnd_acked;
	u32 sent_at;
	u32 sws_due;
	u32 used_at;
	u32 idle_due;
	u32 backlog;
	u32 backlog_at;
	struct chim_opt opt;
};

/**
 * chim_flow_held() - memory that received data takes while it waits
 * @flow: the flow
 *
 * Context: connection locked.
 * Return: bytes, about.
 */
static inline u32 chim_flow_held(const struct chim_flow *flow)
{
	return flow->ooo.bytes + flow->urgent_bytes + flow->rx.bytes +
	       flow->rx.waste;
}

struct chim_flow *chim_flow_get(struct chim_run *run);
bool chim_flow_put(struct chim_run *run);
void chim_flow_rest(struct chim_run *run);
void chim_flow_free(struct chim_run *run);

#endif /* CHIM_TCP_FLOW_H */
