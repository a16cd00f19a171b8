/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two engines joined by a bad network, on a clock of their own: what random
 * runs are made of. Each side has a host that sends a stream whose bytes can
 * be told by their place, and sees that it gets the other's.
 */
#ifndef CHIM_KUNIT_DUEL_H
#define CHIM_KUNIT_DUEL_H

#include "tcp/ended.h"
#include "tcp/engine.h"
#include "tcp/flow.h"

#include <kunit/test.h>
#include <linux/list.h>
#include <linux/prandom.h>

/* Means nothing to anybody (CON-060). */
#define DUEL_DWND	4711

struct duel;
struct duel_side;

/**
 * struct duel_how - what kind of run it is to be
 * @name: for messages
 * @bytes: most bytes each side sends
 * @loss: percent of segments that are lost
 * @twice: percent that come twice
 * @jitter: most milliseconds by which a segment is late
 * @noise: percent of steps at which a segment comes that means harm
 * @lack: per thousand of allocations and frames that fail
 * @move: percent of events after which the connection changes hands
 * @change: per thousand of steps at which a variable is updated
 * @mute: per thousand of steps at which the path is invalidated for a while, and
 *	the same for the connection
 * @abort: per thousand of steps at which a host aborts
 * @small: windows and segments are small
 */
struct duel_how {
	const char *name;
	u32 bytes;
	u32 loss;
	u32 twice;
	u32 jitter;
	u32 noise;
	u32 lack;
	u32 move;
	u32 change;
	u32 mute;
	u32 abort;
	bool small;
};

/**
 * struct duel_send - a request of a host to send or disconnect
 * @req: the engine's part
 * @node: place in the host's list
 * @start: place of its first byte in the stream
 */
struct duel_send {
	struct chim_sreq req;
	struct list_head node;
	u64 start;
};

/**
 * struct duel_recv - a request of a host to receive
 * @req: the engine's part
 * @node: place in the host's list
 * @preset: bytes that were in it when it was posted
 * @placed: bytes that were copied to it
 * @late: it came when the requests were being ended because of a FIN
 */
struct duel_recv {
	struct chim_rreq req;
	struct list_head node;
	u32 preset;
	u32 placed;
	bool late;
};

/**
 * struct duel_frame - a segment in the network
 * @node: place in the network, by time
 * @due: when it arrives
 * @to: where
 * @seg: what it says
 * @pos: place of its first byte in the stream
 * @junk: its data is not of the stream
 */
struct duel_frame {
	struct list_head node;
	u32 due;
	struct duel_side *to;
	struct chim_seg seg;
	u64 pos;
	bool junk;
};

/* A block in memory of its own, so that nothing outlives it. */
struct duel_block {
	struct chim_tcb tcb;
	struct duel_side *side;
};

/**
 * struct duel_side - an engine, and the host above it
 * @duel: the run
 * @name: for messages
 * @block: the engine's block
 * @c: constant variables
 * @v: cached variables
 * @cfg: parameters
 * @mib: statistics
 * @mtu: path MTU
 * @burst: most bytes in one frame
 * @skew: its clock less that of the run
 * @salt: tells its stream from others
 * @iss: sequence number of the first byte
 * @goal: bytes of its stream
 * @posted: how many are in requests
 * @taken: bytes the host has of the other's stream
 * @acked: bytes the other has acknowledged
 * @sends: requests, oldest first
 * @recvs: requests, oldest first
 * @n_recvs: how many
 * @edge: rightmost edge of the window the other has told, as a number
 * @adv: rightmost edge this side has told
 * @last_ack: acknowledgment number sent last
 * @last_ts: timestamp sent last
 * @max_sent: highest number sent, SND.MAX
 * @described: descriptions of data that exist
 * @memory: blocks of memory the engine has
 * @depth: calls to the host within calls
 * @told_fin: the host knows that the other's stream has ended
 * @told_abort: the host knows that the connection was reset
 * @closing: the host has asked for a disconnect
 * @fin_out: a FIN was sent
 * @owed: refused data waits for a request
 * @sick: the engine has asked for the upload with a mandatory reason
 * @dead: aborted by this host
 * @muted: nothing may be sent
 * @invalid: the connection is invalidated
 * @owned: events are being served
 * @again: serve once more
 */
struct duel_side {
	struct duel *duel;
	const char *name;
	struct duel_block *block;
	struct chim_conn_const c;
	struct chim_conn_cached v;
	struct chim_tcp_cfg cfg;
	struct chim_mib mib;
	u32 mtu;
	u32 burst;
	u32 skew;
	u32 salt;
	u32 iss;
	u64 goal;
	u64 posted;
	u64 taken;
	u64 acked;
	struct list_head sends;
	struct list_head recvs;
	int n_recvs;
	u32 edge;
	u32 adv;
	u32 last_ack;
	u32 last_ts;
	u32 max_sent;
	int described;
	int memory;
	int depth;
	bool told_fin;
	bool told_abort;
	bool closing;
	bool fin_out;
	bool owed;
	bool sick;
	bool dead;
	bool muted;
	bool invalid;
	bool owned;
	bool again;
};

/**
 * struct duel - a run
 * @test: the case
 * @how: what kind
 * @seed: where chance comes from, printed with every complaint
 * @rnd: its state
 * @now: the clock, in ticks
 * @tps: ticks in a second
 * @steps: so far
 * @alive_at: clock when something was delivered or acknowledged last
 * @delay: ticks a segment takes
 * @side: the two
 * @frames: segments in the network
 * @failed: something was wrong
 * @gave_up: a host was told that the other side is gone: so many segments were
 *	lost in a row
 * @moves: times a connection changed hands
 */
struct duel {
	struct kunit *test;
	const struct duel_how *how;
	u32 seed;
	struct rnd_state rnd;
	u32 now;
	u32 tps;
	u32 steps;
	u32 alive_at;
	u32 delay;
	struct duel_side side[2];
	struct list_head frames;
	bool failed;
	bool gave_up;
	u32 moves;
};

/* The first thing that is wrong ends a run. */
#define duel_bad(s, fmt, ...) do {					\
	struct duel_side *_s = (s);					\
									\
	if (!_s->duel->failed) {					\
		KUNIT_FAIL(_s->duel->test,				\
			   "%s, seed %u, step %u, side %s: " fmt,	\
			   _s->duel->how->name, _s->duel->seed,		\
			   _s->duel->steps, _s->name, ##__VA_ARGS__);	\
		duel_dump(_s->duel);					\
	}								\
	_s->duel->failed = true;					\
} while (0)

static inline struct duel_side *duel_peer(struct duel_side *s)
{
	return &s->duel->side[s == &s->duel->side[0]];
}

static inline struct chim_tcb *duel_tcb(struct duel_side *s)
{
	return &s->block->tcb;
}

/* duel.c */
u32 duel_below(struct duel *d, u32 ceiling);
bool duel_percent(struct duel *d, u32 percent);
bool duel_permille(struct duel *d, u32 permille);
void duel_dump(struct duel *d);
u8 duel_byte(const struct duel_side *s, u64 pos);
void duel_begin(struct duel_side *s, struct chim_run *run);
void duel_serve(struct duel_side *s, struct chim_run *run);
void duel_timer(struct duel_side *s);
void duel_runs(struct kunit *test, const struct duel_how *how);

/* duel_ops.c */
extern const struct chim_tcp_ops duel_ops;

/* duel_net.c */
void duel_send_frame(struct duel_side *from, const struct duel_frame *frame);
bool duel_next_due(struct duel *d, u32 *due);
bool duel_arrive(struct duel *d);
void duel_noise(struct duel_side *to);
void duel_net_clear(struct duel *d);

/* duel_host.c */
void duel_host_act(struct duel_side *s);
void duel_host_call(struct duel_side *s, struct chim_call *call, u32 *accepted);
void duel_host_sent(struct duel_side *s, struct chim_sreq *reqs);
void duel_host_received(struct duel_side *s, struct chim_rreq *reqs);
void duel_host_clear(struct duel_side *s);
bool duel_host_content(struct duel_side *s);

/* duel_move.c */
void duel_open(struct duel_side *s, const struct chim_conn_deleg *d);
void duel_move(struct duel_side *s);
void duel_close(struct duel_side *s);

/* duel_check.c */
void duel_check(struct duel_side *s);

#endif /* CHIM_KUNIT_DUEL_H */
