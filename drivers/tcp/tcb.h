/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The transmission control block: everything a connection remembers, and what
 * the engine is handed and hands back.
 *
 * Only the engine (drivers/tcp) writes a block. It knows neither devices nor
 * buffer lists: data to send are requests of which it knows the length,
 * received data are skbs, and all it wants done comes back in a struct
 * chim_run.
 */
#ifndef CHIM_TCP_TCB_H
#define CHIM_TCP_TCB_H

#include "state/values.h"

#include <linux/rbtree.h>
#include <linux/skbuff.h>
#include <linux/types.h>

struct chim_flow;
struct chim_rreq;
struct chim_run;
struct chim_sreq;

/* Largest congestion window that is safe in sequence arithmetic. */
#define CHIM_CWND_MAX		BIT(30)

/* Timers that run; the others have no deadline. */
#define CHIM_TIMER_KEEPALIVE	0x01
#define CHIM_TIMER_RETRANSMIT	0x02	/* also persist and FIN_WAIT_2 */
#define CHIM_TIMER_DELACK	0x04
#define CHIM_TIMER_PUSH		0x08	/* deadline in the flow, as the rest */
#define CHIM_TIMER_SWS		0x10
#define CHIM_TIMER_IDLE		0x20
#define CHIM_TIMER_ALL		0x3f

/* Congestion state */
enum chim_cong {
	CHIM_CONG_OPEN,
	CHIM_CONG_RECOVERY,	/* fast recovery: RFC 6582, RFC 6675 */
	CHIM_CONG_LOSS,		/* after a retransmission timeout */
};

/* Flags of a block */
#define CHIM_TCB_PROBED		0x0001	/* a window probe of this round is out */
#define CHIM_TCB_MITIGATE	0x0002	/* keepalive runs to validate (RST-050) */
#define CHIM_TCB_CHALLENGED	0x0004	/* an RST was challenged (RST-014) */
#define CHIM_TCB_SYN_CHALLENGED	0x0008	/* @syn_ack_at is valid (RST-034) */
#define CHIM_TCB_URGENT		0x0010	/* acknowledges nothing more (NSP-033) */
#define CHIM_TCB_HALTED		0x0020	/* mandatory upload asked for (EVT-073) */
#define CHIM_TCB_ABORTED	0x0040	/* reset by either side */
#define CHIM_TCB_CLOSE		0x0080	/* a FIN ends the send queue */
#define CHIM_TCB_ECN		0x0100	/* negotiated, says the client */
#define CHIM_TCB_ECE		0x0200	/* echo congestion until CWR comes */
#define CHIM_TCB_CWR		0x0400	/* say CWR with the next new data */
#define CHIM_TCB_RTT		0x0800	/* a round trip is timed, see flow.h */
#define CHIM_TCB_ACK_NOW	0x1000	/* owes an acknowledgment at once */
#define CHIM_TCB_FORCE		0x4000	/* silly window override: send what fits */
#define CHIM_TCB_ANNOUNCE	0x8000	/* the window is to be told as it is */

#define CHIM_TCB_INVALID	0x10000	/* takes nothing in, sends nothing */

#define CHIM_TCB_HOLD		0x20000	/* no call to the host yet (INI-067) */

/* What the host is still to be told, and in which order (see deliver.h). */
#define CHIM_PEND_ABORT		0x01	/* TcpIndicateAbort */
#define CHIM_PEND_FIN		0x02	/* TcpIndicateDisconnect */
#define CHIM_PEND_UPLOAD	0x04	/* TcpIndicateRetrieve with @upload */
#define CHIM_PEND_BACKLOG	0x08	/* TcpIndicateSendBacklogChange */

/* TCP_UPLOAD_REASON, as the engine uses it; ndis/ turns it into NDIS numbers */
enum chim_upload {
	CHIM_UPLOAD_NONE,
	CHIM_UPLOAD_INVALID,		/* InvalidState */
	CHIM_UPLOAD_URGENT,		/* ReceivedUrgentData */
	CHIM_UPLOAD_TIMEOUT,		/* TimeoutExpiration */
	CHIM_UPLOAD_REQUESTED,		/* UploadRequested */
	CHIM_UPLOAD_HARDWARE,		/* HardwareFailure */
	CHIM_UPLOAD_MANDATORY = CHIM_UPLOAD_HARDWARE,
	CHIM_UPLOAD_DROPS,		/* HighDropRate; from here on optional */
	CHIM_UPLOAD_FRAGMENTS,		/* HighFragmentation */
	CHIM_UPLOAD_DISORDER,		/* HighOutOfOrderPackets */
	CHIM_UPLOAD_ACTIVITY,		/* LowActivity */
	CHIM_UPLOAD_PREPOST,		/* NoBufferPreposting */
	CHIM_UPLOAD_SMALL_IO,		/* SmallIO */
	CHIM_UPLOADS
};

/**
 * struct chim_tcb - delegated variables as the target keeps them (OBJ-013)
 * @flow: queues and what else an active connection needs, or NULL
 * @rcv_nxt: next sequence number expected
 * @rcv_wnd: bytes the peer may send from @rcv_nxt on
 * @rcv_debt: bytes that must be consumed before @rcv_wnd opens again, since
 *	the right edge was promised and never moves left (D-28, X-13, X-14)
 * @rcv_adv: rightmost edge the peer was ever told of
 * @ack_sent: acknowledgment number sent last (Last.ACK.sent of RFC 7323)
 * @snd_una: oldest unacknowledged sequence number
 * @snd_nxt: next one to send; moved back to retransmit
 * @snd_max: next one that was never sent
 * @snd_wnd: window the peer gave last, in bytes
 * @max_snd_wnd: largest it ever gave, in bytes
 * @snd_wl1: sequence number of the segment that gave @snd_wnd
 * @cwnd: congestion window in bytes, at most %CHIM_CWND_MAX
 * @ssthresh: slow start threshold in bytes
 * @recover: where the current recovery ends (RFC 6582, RFC 6675)
 * @ts_recent: timestamp to echo
 * @ts_recent_at: clock when @ts_recent was taken
 * @ts_delta: TSval is the clock plus this (TSP-011, TSP-012)
 * @total_rt: ticks spent so far on retransmitting the current segment
 * @rt_from: clock up to which @total_rt counts
 * @syn_ack_at: clock when a SYN was challenged last
 * @ka_due: when the keepalive timer expires, if it runs
 * @rt_due: when the retransmit timer expires, if it runs
 * @ack_due: when a delayed acknowledgment is due, if one is
 * @dwnd: carried through (CON-060)
 * @flags: CHIM_TCB_*
 * @srtt: 8 times the smoothed round-trip time in ticks (CON-054)
 * @rttvar: 4 times the round-trip time variation in ticks (CON-055)
 * @state: enum chim_tcp_state
 * @timers: CHIM_TIMER_* that run
 * @cong: enum chim_cong
 * @dup_acks: acknowledgments accepted for the same sequence number
 * @wnd_probes: round of window probing
 * @ka_probes: keepalive probes without an answer
 * @rt_count: retransmissions of the current segment
 * @backoff: retransmissions before it since a round trip was measured last
 * @ack_segs: segments received since the last acknowledgment
 * @pend: CHIM_PEND_*
 * @told: CHIM_PEND_* that the host has been told
 * @upload: enum chim_upload, the reason of the upload that was asked for
 * @answered_at: clock when an unacceptable segment without data was answered last
 * @ended: what is to be completed and has no queue, see ended.c
 *
 * Times are ticks.
 */
struct chim_tcb {
	struct chim_flow *flow;
	u32 rcv_nxt;
	u32 rcv_wnd;
	u32 rcv_debt;
	u32 rcv_adv;
	u32 ack_sent;
	u32 snd_una;
	u32 snd_nxt;
	u32 snd_max;
	u32 snd_wnd;
	u32 max_snd_wnd;
	u32 snd_wl1;
	u32 cwnd;
	u32 ssthresh;
	u32 recover;
	u32 ts_recent;
	u32 ts_recent_at;
	u32 ts_delta;
	u32 total_rt;
	u32 rt_from;
	u32 syn_ack_at;
	u32 ka_due;
	u32 rt_due;
	u32 ack_due;
	u32 dwnd;
	u32 flags;
	u16 srtt;
	u16 rttvar;
	u8 state;
	u8 timers;
	u8 cong;
	u8 dup_acks;
	u8 wnd_probes;
	u8 ka_probes;
	u8 rt_count;
	u8 ack_segs;
	u8 pend;
	u8 told;
	u8 upload;
	u8 backoff;
	u32 answered_at;
	unsigned long ended;
};

/* Flags of a send request */
#define CHIM_SREQ_DISCONNECT	0x01	/* a FIN follows its data */
#define CHIM_SREQ_OFFLOADED	0x02	/* came with the connection (INI-109) */
#define CHIM_SREQ_DONE		0x04	/* its data is acknowledged */

/**
 * struct chim_sreq - a send or graceful disconnect request
 * @next: next one in the queue
 * @len: bytes of data, less than 2^31
 * @flags: CHIM_SREQ_*
 * @why: when handed back, how it ended: enum chim_end
 * @left: when handed back, bytes at its end that are not acknowledged
 *
 * It lies in MiniportReserved and Scratch of the host's NET_BUFFER_LIST, so
 * that taking a request cannot fail (SND-011, SND-012).
 */
struct chim_sreq {
	struct chim_sreq *next;
	u32 len;
	u8 flags;
	u8 why;
	u32 left;
};

/* How a request ended. */
enum chim_end {
	CHIM_END_OK,		/* NDIS_STATUS_SUCCESS */
	CHIM_END_UPLOAD,	/* NDIS_STATUS_UPLOAD_IN_PROGRESS */
	CHIM_END_ABORTED,	/* NDIS_STATUS_REQUEST_ABORTED */
	CHIM_END_STATE,		/* NDIS_STATUS_INVALID_STATE */
};

/* Flags of a receive request */
#define CHIM_RREQ_NOPUSH	0x01	/* TcpReceiveNoPush (RCV-031) */
#define CHIM_RREQ_PRELOADED	0x02	/* came with host data in it (D-45) */
#define CHIM_RREQ_PLACED	0x04	/* received data was placed in it */

/**
 * struct chim_rreq - a posted receive request
 * @next: next one in the queue
 * @len: bytes it has room for, host data included; may be zero
 * @filled: bytes in it, host data included
 * @flags: CHIM_RREQ_*
 * @why: when handed back, how it ended: enum chim_end
 *
 * Like struct chim_sreq it lies in the host's NET_BUFFER_LIST.
 */
struct chim_rreq {
	struct chim_rreq *next;
	u32 len;
	u32 filled;
	u8 flags;
	u8 why;
};

/**
 * struct chim_rx_cb - the engine's mark on a received skb, in skb->cb
 * @desc: of the boundary: describes the data for an indication, or NULL
 * @seq: sequence number of the first byte that is still wanted
 * @end: sequence number behind the last byte
 * @off: offset of the byte @seq from skb->data
 * @psh: the segment had PSH set
 * @fin: a FIN follows @end
 * @packed: made by @pack of struct chim_tcp_ops
 */
struct chim_rx_cb {
	void *desc;
	u32 seq;
	u32 end;
	u32 off;
	bool psh;
	bool fin;
	bool packed;
};

static inline struct chim_rx_cb *chim_rx_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct chim_rx_cb) > sizeof(skb->cb));
	return (struct chim_rx_cb *)skb->cb;
}

/* Flags of a segment or frame: the octet of the TCP header. */
#define CHIM_FIN	0x01
#define CHIM_SYN	0x02
#define CHIM_RST	0x04
#define CHIM_PSH	0x08
#define CHIM_ACK	0x10
#define CHIM_URG	0x20
#define CHIM_ECE	0x40
#define CHIM_CWR	0x80

#define CHIM_SACK_MAX	4

/* A range of sequence numbers, the end excluded. */
struct chim_range {
	u32 start;
	u32 end;
};

/**
 * struct chim_seg - a received segment, checked as far as its checksum
 * @skb: holds its data; the engine keeps it or leaves it, see chim_tcp_segment
 * @off: offset of the data from skb->data
 * @len: bytes of data
 * @seq: sequence number, that of the SYN included
 * @ack: acknowledgment number
 * @tsval: timestamp
 * @tsecr: timestamp echoed
 * @wnd: window, not scaled
 * @segs: segments on the wire that were merged into it, at least 1
 * @flags: CHIM_FIN and so on
 * @ce: a datagram of it was marked Congestion Experienced
 * @has_ts: it has a timestamp option
 * @bad_options: its options cannot be parsed
 * @n_sack: SACK blocks
 * @sack: SACK blocks
 *
 * Host byte order throughout.
 */
struct chim_seg {
	struct sk_buff *skb;
	u32 off;
	u32 len;
	u32 seq;
	u32 ack;
	u32 tsval;
	u32 tsecr;
	u16 wnd;
	u16 segs;
	u8 flags;
	bool ce;
	bool has_ts;
	bool bad_options;
	u8 n_sack;
	struct chim_range sack[CHIM_SACK_MAX];
};

/**
 * struct chim_frame - a segment to send, or several of equal make (GSO)
 * @seq: sequence number
 * @ack: acknowledgment number
 * @tsval: timestamp
 * @tsecr: timestamp to echo
 * @len: bytes of data
 * @mss: bytes of data per segment; more than that is to be cut (GSO)
 * @wnd: window field, scaled
 * @flags: CHIM_FIN and so on
 * @ect: mark the datagram ECN-capable (RFC 3168)
 * @timestamps: both timestamps are to be sent
 * @garbage: @len is 1 and stands for a byte of no value (keepalive probe)
 * @n_sack: SACK blocks
 * @sack: SACK blocks
 * @req: request that holds the first byte of data, if @len is not zero
 * @off: offset of that byte in @req; the data may go on in later requests
 */
struct chim_frame {
	u32 seq;
	u32 ack;
	u32 tsval;
	u32 tsecr;
	u32 len;
	u16 mss;
	u16 wnd;
	u8 flags;
	bool ect;
	bool timestamps;
	bool garbage;
	u8 n_sack;
	struct chim_range sack[CHIM_SACK_MAX];
	const struct chim_sreq *req;
	u32 off;
};

/**
 * struct chim_tcp_cfg - parameters of all connections of an adapter
 * @tps: ticks per second
 * @ack_ticks: longest delay of an acknowledgment (TcpDelayedAckTicks, D-72)
 * @push_ticks: push timer (TcpPushTicks, D-48)
 * @sws_ticks: silly window timer (TcpSwsPreventionTicks)
 * @dup_acks: duplicate acknowledgments that start fast retransmit
 * @ack_segs: segments that are acknowledged at the latest
 * @retransmissions: limit of a segment while MaxRT is 0
 * @doubt: retransmissions after which the next hop is in doubt, 0 for never
 * @stale_ticks: NceStaleTicks, 0 for never (NBR-050)
 * @ooo_bytes: most bytes kept out of order per connection
 * @up_drops: percent of segments retransmitted that asks for an upload (O-09)
 * @up_disorder: percent of segments out of order, likewise
 * @up_small: mean request size in bytes below which, likewise
 * @up_fragments: percent of datagrams that come in fragments, likewise
 * @up_idle: ticks without traffic, likewise
 * @up_prepost: percent of data indicated rather than placed, likewise
 * @ecn: connections offloaded from now on have negotiated ECN
 *
 * In ticks and bytes. The up_ members are 0 for never.
 */
struct chim_tcp_cfg {
	u32 tps;
	u32 ack_ticks;
	u32 push_ticks;
	u32 sws_ticks;
	u32 dup_acks;
	u8 ack_segs;
	u8 retransmissions;
	u8 doubt;
	bool ecn;
	u32 stale_ticks;
	u32 ooo_bytes;
	u32 up_drops;
	u32 up_disorder;
	u32 up_fragments;
	u32 up_small;
	u32 up_idle;
	u32 up_prepost;
};

/*
 * struct chim_mib - statistics of one family on one processor (area STT)
 *
 * The names are those of IP_OFFLOAD_STATS and TCP_OFFLOAD_STATS. Only
 * differences of @curr_estab between processors add up to a number.
 */
struct chim_mib {
	u64 in_receives;
	u64 in_octets;
	u64 in_delivers;
	u64 out_requests;
	u64 out_octets;
	u64 in_header_errors;
	u64 in_truncated;
	u64 in_discards;
	u64 out_discards;
	u64 out_no_routes;
	u64 in_segs;
	u64 out_segs;
	u64 rexmit_segs;
	u64 in_errors;
	u64 out_resets;
	u64 reset_estab;
	u64 curr_estab;
};

/**
 * struct chim_tcp_ops - what the engine needs from outside
 * @emit: build a frame and queue it for transmission after the run; may take
 *	fewer bytes of data than asked for (never more, and a multiple of the
 *	segment size unless it takes all); returns the bytes taken, 0 for a
 *	frame without data, or -ENOMEM, which the engine treats like a loss
 *	on the wire. FIN and PSH are left out if not all bytes are taken.
 * @copy: copy received data into a posted request; off is counted from
 *	skb->data; cannot fail
 * @describe: prepare what an indication or the hand-back of @skb's data will
 *	need (cb->desc), so that neither can fail; false if memory is short
 * @forget: undo @describe, or free a description that is not needed any more
 *	(skb is freed by the caller)
 * @pack: copy the wanted data of @skb behind that of @to, an skb made here whose
 *	data ends where that of @skb begins, or into a new one if @to is NULL,
 *	described if @skb is. Returns the skb that has it, or NULL if @to takes
 *	no more or memory is short. @skb is left as it is; but for its
 *	description the mark of a new one is the caller's to set
 * @alloc: zeroed memory, or NULL
 * @free: undo @alloc
 *
 * All are called under the connection's lock, softirqs disabled.
 */
struct chim_tcp_ops {
	int (*emit)(struct chim_run *run, const struct chim_frame *frame);
	void (*copy)(struct chim_run *run, struct chim_rreq *req, u32 at,
		     const struct sk_buff *skb, u32 off, u32 len);
	bool (*describe)(struct chim_run *run, struct sk_buff *skb);
	void (*forget)(struct chim_run *run, struct sk_buff *skb);
	struct sk_buff *(*pack)(struct chim_run *run, struct sk_buff *to,
				struct sk_buff *skb);
	void *(*alloc)(struct chim_run *run, size_t size);
	void (*free)(struct chim_run *run, void *memory, size_t size);
};

/**
 * struct chim_run - one event, and what comes of it
 * @ops: what the engine needs
 * @cfg: parameters
 * @mib: statistics of this processor and the connection's family
 * @tcb: the connection's block, locked by the caller
 * @c: its constant variables
 * @v: its cached variables
 * @now: ticks
 * @mtu: path MTU in bytes
 * @burst: most bytes of data in one frame handed to @ops->emit
 * @ip_len: bytes of IP header, 20 or 40
 * @muted: nothing may be sent: an object below is invalidated (D-29)
 * @resets_first: the host is told of a reset although it has refused data
 * @tight: there is too much received data that waits, of all connections
 * @mss: most data in a segment, for chim_send_mss(); 0 for not yet known
 * @shown: data was shown, and no send completed since
 *
 * @wanted: something should have been sent, but for @muted (D-30)
 * @progress: forward progress was seen (NBR-034)
 * @doubt: the next hop is in doubt
 * @released: @charged of a flow that was freed
 *
 * The caller sets the first part and zeroes the second.
 */
struct chim_run {
	const struct chim_tcp_ops *ops;
	const struct chim_tcp_cfg *cfg;
	struct chim_mib *mib;
	struct chim_tcb *tcb;
	const struct chim_conn_const *c;
	const struct chim_conn_cached *v;
	u32 now;
	u32 mtu;
	u32 burst;
	u8 ip_len;
	bool muted;
	bool resets_first;
	bool tight;
	u16 mss;
	bool shown;
	/* What comes of it. */
	bool wanted;
	bool progress;
	bool doubt;
	u32 released;
};

#endif /* CHIM_TCP_TCB_H */
