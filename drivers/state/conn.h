/* SPDX-License-Identifier: GPL-2.0 */
/* Connection objects: the TCP layer of a chimney. */
#ifndef CHIM_STATE_CONN_H
#define CHIM_STATE_CONN_H

#include "state/object.h"
#include "state/path.h"
#include "state/values.h"
#include "stats.h"

#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>

struct chim_tuple;

/* Largest window a peer can be told of (RFC 7323, section 2.3). */
#define CHIM_RCV_WND_MAX	BIT(30)
/* Largest congestion window that is safe in sequence arithmetic. */
#define CHIM_CWND_MAX		BIT(30)

/* Timers that run; the others have no deadline. */
#define CHIM_TIMER_KEEPALIVE	0x01
#define CHIM_TIMER_RETRANSMIT	0x02

/**
 * struct chim_tcb - delegated variables as the target keeps them (OBJ-013)
 * @rcv_nxt: next sequence number expected
 * @rcv_wnd: bytes the peer may send from @rcv_nxt on
 * @rcv_debt: bytes that must be consumed before @rcv_wnd opens again, since
 *	the right edge was promised and never moves left (D-28, X-13, X-14)
 * @snd_una: oldest unacknowledged sequence number
 * @snd_nxt: next one to send; moved back to retransmit
 * @snd_max: next one that was never sent
 * @snd_wnd: window the peer gave last, in bytes
 * @max_snd_wnd: largest it ever gave, in bytes
 * @snd_wl1: sequence number of the segment that gave @snd_wnd
 * @cwnd: congestion window in bytes, at most %CHIM_CWND_MAX
 * @ssthresh: slow start threshold in bytes
 * @ts_recent: timestamp to echo
 * @ts_recent_at: clock when @ts_recent was taken
 * @ts_delta: TSval is the clock plus this (TSP-011, TSP-012)
 * @total_rt: ticks spent so far on retransmitting the current segment
 * @ka_due: when the keepalive timer expires, if it runs
 * @rt_due: when the retransmit timer expires, if it runs
 * @dwnd: carried through (CON-060)
 * @srtt: 8 times the smoothed round-trip time in ticks (CON-054)
 * @rttvar: 4 times the round-trip time variation in ticks (CON-055)
 * @state: enum chim_tcp_state
 * @timers: CHIM_TIMER_* that run
 * @dup_acks: acknowledgments accepted for the same sequence number
 * @wnd_probes: round of window probing
 * @ka_probes: keepalive probes without an answer
 * @rt_count: retransmissions of the current segment
 *
 * Times are ticks.
 */
struct chim_tcb {
	u32 rcv_nxt;
	u32 rcv_wnd;
	u32 rcv_debt;
	u32 snd_una;
	u32 snd_nxt;
	u32 snd_max;
	u32 snd_wnd;
	u32 max_snd_wnd;
	u32 snd_wl1;
	u32 cwnd;
	u32 ssthresh;
	u32 ts_recent;
	u32 ts_recent_at;
	u32 ts_delta;
	u32 total_rt;
	u32 ka_due;
	u32 rt_due;
	u32 dwnd;
	u16 srtt;
	u16 rttvar;
	u8 state;
	u8 timers;
	u8 dup_acks;
	u8 wnd_probes;
	u8 ka_probes;
	u8 rt_count;
};

/**
 * struct chim_conn - a connection
 * @obj: head; nothing depends on a connection
 * @node: place in the space's table
 * @path: the path, held from birth to end (UPD-103)
 * @c: constant variables
 * @lock: covers @v and @tcb
 * @v: cached variables, always changed as a whole under @lock (UPD-060)
 * @tcb: delegated variables
 * @held: send and receive data that came with the connection; belongs to the
 *	boundary, worker only
 */
struct chim_conn {
	struct chim_obj obj;
	/* What the table looks at, close together. */
	struct rhash_head node;
	struct chim_path *path;
	struct chim_conn_const c;
	void *held;
	/* Covers v and tcb. */
	spinlock_t lock;
	struct chim_conn_cached v;
	struct chim_tcb tcb;
};

static inline struct chim_conn *chim_conn(struct chim_obj *obj)
{
	return container_of(obj, struct chim_conn, obj);
}

/**
 * struct chim_conn_news - what a connection is made from
 * @ndis_handle: the host's handle for the object
 * @path: the path it runs on
 * @c: constant variables
 * @v: cached variables
 * @d: delegated variables
 * @buffered: received, acknowledged bytes not yet delivered
 * @send_data: bytes in the list of outstanding send data
 * @now: current ticks
 */
struct chim_conn_news {
	void *ndis_handle;
	struct chim_path *path;
	struct chim_conn_const c;
	struct chim_conn_cached v;
	struct chim_conn_deleg d;
	u32 buffered;
	u64 send_data;
	u32 now;
};

/**
 * struct chim_ack - all that a segment without data takes from a connection
 * @seq: sequence number
 * @ack: acknowledgment number
 * @tsval: timestamp
 * @tsecr: timestamp echoed
 * @flow_label: for IPv6
 * @lport: source port
 * @rport: destination port
 * @wnd: window, scaled
 * @ttl: time to live or hop limit
 * @tos: type of service or traffic class
 * @prio: user priority
 * @timestamps: the two timestamps are to be sent
 *
 * Ports are in network order, all else in host order.
 */
struct chim_ack {
	u32 seq;
	u32 ack;
	u32 tsval;
	u32 tsecr;
	u32 flow_label;
	__be16 lport;
	__be16 rport;
	u16 wnd;
	u8 ttl;
	u8 tos;
	u8 prio;
	bool timestamps;
};

int chim_conn_setup(void);
void chim_conn_teardown(void);

enum chim_why chim_conn_create(struct chim_owner *owner,
			       const struct chim_conn_news *news,
			       struct chim_conn **out);
enum chim_why chim_conn_check(const struct chim_conn *conn,
			      const struct chim_conn_cached *v);
bool chim_conn_opens(struct chim_conn *conn, const struct chim_conn_cached *v);
void chim_conn_update(struct chim_conn *conn, const struct chim_conn_cached *v,
		      u32 now);
void chim_conn_read(struct chim_conn *conn, u32 now, struct chim_conn_cached *v,
		    struct chim_conn_deleg *d);
void chim_conn_ack(struct chim_conn *conn, u32 now, struct chim_ack *ack);
void chim_conn_tuple(const struct chim_conn *conn, struct chim_tuple *tuple);
bool chim_conn_stopped(const struct chim_conn *conn) __must_hold(RCU);
void chim_conn_end(struct chim_conn *conn);
void chim_conn_free(struct chim_conn *conn);

#endif /* CHIM_STATE_CONN_H */
