/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bed for the TCP engine: one connection's block with nothing around it, a
 * clock that stands still, a peer that is a function call, and a host that
 * looks at all it is given. Every event is served to its end as service.c does
 * it, and afterwards the books of the block are checked (bed_check.c).
 *
 * Both streams have known bytes: the one at sequence number s is bd_byte(s).
 * All defaults put sequence numbers and clock shortly before 2^32.
 *
 *	static void some_test(struct kunit *test)
 *	{
 *		struct bd *bd = test->priv;	(suite .init is bd_init)
 *		struct bd_sreq *req;
 *
 *		bd->c.flags = CHIM_CONN_SACK;	(whatever is not the default)
 *		bd_open(bd);
 *		req = bd_send(bd, 1500);
 *		BD_DATA(bd, BD_SND, 1000);	(frames, in order)
 *		BD_DATA(bd, BD_SND + 1000, 500);
 *		BD_QUIET(bd);
 *		bd_ack(bd, 1500);
 *		BD_CALL(bd, CHIM_CALL_SENT);	(calls to the host, in order)
 *		BD_ENDED(bd, req, CHIM_END_OK, 0);
 *	}
 */
#ifndef CHIM_KUNIT_BED_H
#define CHIM_KUNIT_BED_H

#include "covers.h"
#include "tcp/ended.h"
#include "tcp/engine.h"
#include "tcp/flow.h"
#include "tcp/seq.h"

#include <kunit/test.h>
#include <linux/list.h>
#include <linux/skbuff.h>

/* Defaults of struct bd, what they come to, and first numbers. */
#define BD_SND		((u32)-2500)	/* first byte we send */
#define BD_RCV		((u32)-1700)	/* first byte the peer sends */
#define BD_NOW		((u32)-20000)	/* the clock at first */
#define BD_MSS		1000U
#define BD_WND		60000U		/* both ways */
#define BD_CWND		10000U
#define BD_RTO		300U		/* SRTT 100, variation 50 */

/* @why of a request that has not ended. */
#define BD_NOT_ENDED	0xff
#define BD_LOG		256		/* frames and calls that are kept */

/**
 * struct bd_sreq - a send or disconnect request
 * @r: as the engine sees it; @r.why and @r.left count once it has ended
 * @all: in struct bd.sreqs
 * @seq: sequence number of its first byte
 * @order: it was the @order-th request to end, or 0: it has not ended
 * @back: handed back by bd_end(), not ended
 */
struct bd_sreq {
	struct chim_sreq r;
	struct list_head all;
	u32 seq;
	u32 order;
	bool back;
};

/* A receive request; members like those of struct bd_sreq. */
struct bd_rreq {
	struct chim_rreq r;
	struct list_head all;
	u32 order;
};

/* A call to the host: @n requests, or @bytes of data of which it took @took. */
struct bd_call {
	enum chim_call_kind kind;
	u32 info;
	u32 n;
	u32 bytes;
	u32 took;
};

/**
 * struct bd - the bed
 *
 * To be changed before bd_open():
 * @c: constant variables; no options
 * @v: cached variables; Nagle and keepalive off. Later: bd_update()
 * @d: delegated variables, ESTABLISHED; bd_end() writes them back
 * @buffered: bytes handed over that the host has not had yet
 *
 * To be changed at any time:
 * @cfg: parameters
 * @mtu: of the path
 * @burst: most data in a frame; one segment
 * @ip_len: bytes of IP header
 * @muted: see struct chim_run
 * @tight: likewise
 * @wnd: window field of the peer's segments
 * @accept: most bytes the host takes of an indication
 * @fail_emit: so many frames fail for lack of memory from now on
 * @fail_alloc: so many allocations fail
 * @fail_describe: so many descriptions fail
 * @fail_pack: so many skbs are not packed
 * @emit_most: bytes of data a frame takes at most, a multiple of the MSS; 0
 *	for all
 * @on_frame: has each frame instead of the log; called under the lock, so it
 *	may only keep the frame for later
 * @on_call: called from within each call to the host; it may make any event but
 *	those of the clock, and bd_end()
 * @priv: for the test
 *
 * To be read:
 * @tcb: the block
 * @mib: statistics
 * @now: the clock
 * @read: sequence number of the next byte the host will see
 * @progress: runs that saw forward progress
 * @doubt: runs that put the next hop in doubt
 * @backlog: of the last TcpIndicateSendBacklogChange, which is not logged
 * @packed: skbs that were packed
 * @rest_bytes: undelivered bytes bd_end() got back
 * @rest_urgent: urgent segments bd_end() got back
 * @rest_abort: see struct chim_rest
 *
 * The rest is the bed's own.
 */
struct bd {
	struct kunit *test;
	struct chim_conn_const c;
	struct chim_conn_cached v;
	struct chim_conn_deleg d;
	u32 buffered;
	struct chim_tcp_cfg cfg;
	u32 mtu;
	u32 burst;
	u8 ip_len;
	bool muted;
	bool tight;
	u16 wnd;
	u32 accept;
	int fail_emit;
	int fail_alloc;
	int fail_describe;
	int fail_pack;
	u32 emit_most;
	void (*on_frame)(struct bd *bd, const struct chim_frame *frame);
	void (*on_call)(struct bd *bd, const struct bd_call *call);
	void *priv;

	struct chim_tcb tcb;
	struct chim_mib mib;
	u32 now;
	u32 read;
	u32 packed;
	u32 progress;
	u32 doubt;
	u32 backlog;
	u32 rest_bytes;
	u32 rest_urgent;
	bool rest_abort;

	bool open;
	bool serving;
	bool again;
	struct chim_frame frames[BD_LOG];
	u32 sent;
	u32 seen;
	struct bd_call calls[BD_LOG];
	u32 made;
	u32 heard;
	struct list_head sreqs;
	struct list_head rreqs;
	struct chim_sreq *adopt;
	struct chim_sreq **adopt_tail;
	u32 end;
	u32 order;
	bool resets;
	bool fin;
	int skbs;
	int descs;
	int blocks;
	struct chim_tcb was;
	u32 told_edge;
	u32 told_tsval;
};

u8 bd_byte(u32 seq);

int bd_init(struct kunit *test);	/* suite .init; test->priv is the bed */
void bd_exit(struct kunit *test);	/* suite .exit; calls bd_end() */
/* Forget all and be as after bd_init(), for tables of cases. */
void bd_reset(struct bd *bd);

/* Send data that is handed over; before bd_open(), in order. */
struct bd_sreq *bd_adopt(struct bd *bd, u32 len);
void bd_load(struct bd *bd);		/* hand over: nothing is told or sent */
void bd_start(struct bd *bd);		/* the offload has completed */
void bd_open(struct bd *bd);		/* both */
/* Query; then terminate: what is left goes back, and must be all there is. */
void bd_read(struct bd *bd, struct chim_conn_deleg *d);
void bd_end(struct bd *bd);

/*
 * The peer. bd_seg() is an acknowledgment of all that is acknowledged already,
 * at RCV.NXT, with window @wnd, and, if there are timestamps, the clock as
 * TSval; change it as needed. bd_input() adds the data, if @len is not zero.
 */
struct chim_seg bd_seg(struct bd *bd);
enum chim_verdict bd_input(struct bd *bd, struct chim_seg *seg);
void bd_ack(struct bd *bd, u32 bytes);		/* that many more */
void bd_dup(struct bd *bd, int n);		/* n duplicates */
void bd_sack(struct bd *bd, u32 start, u32 end);/* one block */
enum chim_verdict bd_data(struct bd *bd, u32 seq, u32 len);
enum chim_verdict bd_flags(struct bd *bd, u32 seq, u8 flags);
void bd_peer_window(struct bd *bd, u16 wnd);	/* and an ACK to tell */

/* The host. */
struct bd_sreq *bd_send(struct bd *bd, u32 len);
struct bd_sreq *bd_disconnect(struct bd *bd, u32 len);
struct bd_sreq *bd_abort(struct bd *bd);
struct bd_rreq *bd_post(struct bd *bd, u32 len, u8 flags);
/* Copy bd->v, change the copy, hand it over. */
void bd_update(struct bd *bd, const struct chim_conn_cached *v, u8 commands);
void bd_invalidate(struct bd *bd);
void bd_upload(struct bd *bd, enum chim_upload reason);
void bd_congested(struct bd *bd);
void bd_serve(struct bd *bd);			/* look what can be sent */

/*
 * The clock. bd_advance() runs every timer at its time; bd_skip() only moves
 * the clock, so that the next event finds timers overdue.
 */
void bd_advance(struct bd *bd, u32 ticks);
void bd_skip(struct bd *bd, u32 ticks);
void bd_timer(struct bd *bd);

/* What came of it, oldest first; NULL if there is nothing. */
const struct chim_frame *bd_frame(struct bd *bd);
const struct chim_frame *bd_next(struct bd *bd);	/* there must be one */
const struct bd_call *bd_call(struct bd *bd);
void bd_drain(struct bd *bd);			/* forget all so far */
u32 bd_count(struct bd *bd);			/* frames not seen yet */

/*
 * Of the bed's own files: an event of the engine is bd_begin(), the event,
 * bd_finish(), which serves it to its end.
 */
void bd_begin(struct bd *bd, struct chim_run *run);
void bd_finish(struct bd *bd, struct chim_run *run);
struct sk_buff *bd_skb(struct bd *bd, u32 seq, u32 off, u32 len);
struct bd_sreq *bd_sreq(struct bd *bd, u32 len, u8 flags);
void bd_check(struct bd *bd);
void bd_check_frame(struct bd *bd, const struct chim_frame *frame);

/* The next frame is of these bytes. */
#define BD_DATA(_bd, _seq, _len) do {					\
	struct bd *_b = (_bd);						\
	const struct chim_frame *_f = bd_frame(_b);			\
									\
	KUNIT_ASSERT_NOT_NULL(_b->test, _f);				\
	KUNIT_EXPECT_EQ(_b->test, _f->seq, (u32)(_seq));		\
	KUNIT_EXPECT_EQ(_b->test, _f->len, (u32)(_len));		\
} while (0)

/* The next frame has no data and these flags. */
#define BD_BARE(_bd, _seq, _flags) do {					\
	struct bd *_b = (_bd);						\
	const struct chim_frame *_f = bd_frame(_b);			\
									\
	KUNIT_ASSERT_NOT_NULL(_b->test, _f);				\
	KUNIT_EXPECT_EQ(_b->test, _f->seq, (u32)(_seq));		\
	KUNIT_EXPECT_EQ(_b->test, _f->len, 0U);				\
	KUNIT_EXPECT_EQ(_b->test, (u32)_f->flags, (u32)(_flags));	\
} while (0)

/* The next frame is an acknowledgment of all received so far. */
#define BD_ACK(_bd) do {						\
	struct bd *_b = (_bd);						\
	const struct chim_frame *_f = bd_frame(_b);			\
									\
	KUNIT_ASSERT_NOT_NULL(_b->test, _f);				\
	KUNIT_EXPECT_EQ(_b->test, _f->seq, _b->tcb.snd_max);		\
	KUNIT_EXPECT_EQ(_b->test, _f->ack, _b->tcb.rcv_nxt);		\
	KUNIT_EXPECT_EQ(_b->test, _f->len, 0U);				\
	KUNIT_EXPECT_EQ(_b->test, (u32)_f->flags, (u32)CHIM_ACK);	\
} while (0)

#define BD_QUIET(_bd) do {						\
	struct bd *_b = (_bd);						\
									\
	KUNIT_EXPECT_EQ(_b->test, bd_count(_b), 0U);			\
} while (0)

/* The next call to the host is of this kind. */
#define BD_CALL(_bd, _kind) do {					\
	struct bd *_b = (_bd);						\
	const struct bd_call *_c = bd_call(_b);				\
									\
	KUNIT_ASSERT_NOT_NULL(_b->test, _c);				\
	KUNIT_EXPECT_EQ(_b->test, (int)_c->kind, (int)(_kind));		\
} while (0)

/* The next call is TcpIndicateRetrieve for this reason. */
#define BD_UPLOAD(_bd, _reason) do {					\
	struct bd *_b = (_bd);						\
	const struct bd_call *_c = bd_call(_b);				\
									\
	KUNIT_ASSERT_NOT_NULL(_b->test, _c);				\
	KUNIT_EXPECT_EQ(_b->test, (int)_c->kind, (int)CHIM_CALL_UPLOAD);\
	KUNIT_EXPECT_EQ(_b->test, _c->info, (u32)(_reason));		\
} while (0)

#define BD_NO_CALL(_bd) do {						\
	struct bd *_b = (_bd);						\
									\
	KUNIT_EXPECT_EQ(_b->test, _b->made - _b->heard, 0U);		\
} while (0)

/* A send request ended like this; _left bytes of it are not acknowledged. */
#define BD_ENDED(_bd, _req, _why, _left) do {				\
	struct bd *_b = (_bd);						\
	struct bd_sreq *_r = (_req);					\
									\
	KUNIT_EXPECT_NE(_b->test, _r->order, 0U);			\
	KUNIT_EXPECT_EQ(_b->test, (int)_r->r.why, (int)(_why));		\
	KUNIT_EXPECT_EQ(_b->test, _r->r.left, (u32)(_left));		\
} while (0)

/* A receive request ended like this, with _filled bytes in it. */
#define BD_FILLED(_bd, _req, _why, _filled) do {			\
	struct bd *_b = (_bd);						\
	struct bd_rreq *_r = (_req);					\
									\
	KUNIT_EXPECT_NE(_b->test, _r->order, 0U);			\
	KUNIT_EXPECT_EQ(_b->test, (int)_r->r.why, (int)(_why));		\
	KUNIT_EXPECT_EQ(_b->test, _r->r.filled, (u32)(_filled));	\
} while (0)

#define BD_PENDING(_bd, _req) \
	KUNIT_EXPECT_EQ((_bd)->test, (_req)->order, 0U)

#define BD_STATE(_bd, _state) do {					\
	struct bd *_b = (_bd);						\
									\
	KUNIT_EXPECT_EQ(_b->test, (int)_b->tcb.state, (int)(_state));	\
} while (0)

#endif /* CHIM_KUNIT_BED_H */
