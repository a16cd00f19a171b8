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
 * @high_rxt: highest sequence number retransmitted in this recovery
 * @rescue: the rescue retransmission of this recovery was made up to here
 * @n: ranges
 * @range: ranges above SND.UNA, ascending, disjoint, not adjacent
 */
struct chim_board {
	u32 high_rxt;
	u32 rescue;
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
 */
struct chim_sendq {
	struct chim_sreq *head;
	struct chim_sreq **tail;
	u32 head_seq;
	struct chim_sreq *cur;
	u32 cur_seq;
	u64 unsent;
};

/**
 * struct chim_flow - queues of an active connection; allocated on first use
 * @sq: data to send
 * @rx: received data
 * @board: SACK scoreboard, allocated with the first SACK block
 * @ooo: data out of order, by sequence number; see ooo.c
 * @ooo_bytes: memory it takes
 * @ooo_last: start of the range that grew last, the first to be reported
 * @dsack: duplicate to be reported in the next acknowledgment (RFC 2883)
 * @has_dsack: @dsack is valid
 * @limited: segments sent by limited transmit since the first duplicate
 * @fr_inflated: SACK is off: bytes @cwnd was inflated by (RFC 6582)
 * @sws_due: when the silly window timer expires
 * @idle_due: when the flow may be freed
 * @backlog: send backlog size reported last
 * @backlog_at: when
 * @opt: counters for the optional upload reasons (O-09), see upload.c
 */
struct chim_flow {
	struct chim_sendq sq;
	struct chim_rx rx;
	struct chim_board *board;
	struct rb_root ooo;
	u32 ooo_bytes;
	u32 ooo_last;
	struct chim_range dsack;
	bool has_dsack;
	u8 limited;
	u32 fr_inflated;
	u32 sws_due;
	u32 idle_due;
	u32 backlog;
	u32 backlog_at;
	struct {
		u32 sent;
		u32 resent;
		u32 received;
		u32 disordered;
		u32 requests;
		u32 request_bytes;
		u32 indicated;
		u32 placed;
		u32 active_at;
	} opt;
};

struct chim_flow *chim_flow_get(struct chim_run *run);
void chim_flow_put(struct chim_run *run);

#endif /* CHIM_TCP_FLOW_H */
