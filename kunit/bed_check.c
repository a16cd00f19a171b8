// SPDX-License-Identifier: GPL-2.0
/* What must hold of a connection's block between events, and of every frame. */
#include "bed.h"

#include "tcp/close.h"
#include "tcp/recv.h"

static bool has(const struct bd *bd, u32 flag)
{
	return bd->tcb.flags & flag;
}

/* --- frames ---------------------------------------------------------------- */

/* The bytes are those of the stream, wherever they lie. */
static void check_place(struct bd *bd, const struct chim_frame *f)
{
	struct kunit *test = bd->test;
	const struct chim_sreq *req = f->req;
	u32 off = f->off, done = 0;

	while (done < f->len) {
		KUNIT_ASSERT_NOT_NULL(test, req);
		KUNIT_ASSERT_LE(test, off, req->len);
		if (off < req->len)
			KUNIT_EXPECT_EQ(test, f->seq + done, off +
				container_of(req, struct bd_sreq, r)->seq);
		done += min(f->len - done, req->len - off);
		req = req->next;
		off = 0;
	}
}

/* New data keeps to the peer's window; but a probe is for a closed one. */
static void check_window(struct bd *bd, const struct chim_frame *f)
{
	const struct chim_tcb *tcb = &bd->tcb;

	if (f->seq != tcb->snd_max || !f->len)
		return;
	if (!tcb->snd_wnd && f->len == 1)
		return;
	KUNIT_EXPECT_TRUE(bd->test, seq_upto(f->seq + f->len,
					     tcb->snd_una + tcb->snd_wnd));
}

static u32 mss_of(const struct bd *bd)
{
	u32 mss = min_t(u32, bd->mtu - bd->ip_len - 20, bd->c.remote_mss);

	return bd->c.flags & CHIM_CONN_TIMESTAMPS ? mss - 12 : mss;
}

/* D-28: what was promised stays promised, as far as the scale can say it. */
static void check_promise(struct bd *bd, const struct chim_frame *f)
{
	u8 shift = bd->c.flags & CHIM_CONN_WSCALE ? bd->c.rcv_wscale : 0;
	u32 edge = f->ack + ((u32)f->wnd << shift);

	KUNIT_EXPECT_EQ(bd->test, f->ack, bd->tcb.rcv_nxt);
	if (bd->tcb.state != CHIM_TCP_CLOSED)
		KUNIT_EXPECT_TRUE(bd->test, seq_after(edge + (1U << shift),
						      bd->told_edge));
	bd->told_edge = seq_max(bd->told_edge, edge);
}

void bd_check_frame(struct bd *bd, const struct chim_frame *f)
{
	struct kunit *test = bd->test;
	bool ts = bd->c.flags & CHIM_CONN_TIMESTAMPS;

	KUNIT_EXPECT_TRUE(test, f->flags & CHIM_ACK);
	KUNIT_EXPECT_FALSE(test, f->flags & (CHIM_SYN | CHIM_URG));
	KUNIT_EXPECT_FALSE(test, bd->muted);
	/* DSC-031 */
	KUNIT_EXPECT_TRUE(test, !(f->flags & CHIM_RST) || bd->resets);
	KUNIT_EXPECT_FALSE(test, has(bd, CHIM_TCB_HALTED | CHIM_TCB_ABORTED |
				     CHIM_TCB_INVALID) &&
			   !(f->flags & CHIM_RST));
	KUNIT_EXPECT_LE(test, f->mss + (f->n_sack ? 4 + 8 * f->n_sack : 0),
			mss_of(bd));
	KUNIT_EXPECT_LE(test, f->len, max(bd->burst, mss_of(bd)));
	KUNIT_EXPECT_EQ(test, f->timestamps, ts);
	if (ts) {
		KUNIT_EXPECT_TRUE(test, seq_from(f->tsval, bd->told_tsval));
		bd->told_tsval = f->tsval;
	}
	KUNIT_EXPECT_LE(test, (int)f->n_sack, ts ? 3 : 4);
	KUNIT_EXPECT_TRUE(test, !f->n_sack || bd->c.flags & CHIM_CONN_SACK);
	KUNIT_EXPECT_TRUE(test, !(f->flags & (CHIM_ECE | CHIM_CWR)) ||
			  has(bd, CHIM_TCB_ECN));
	check_place(bd, f);
	check_window(bd, f);
	check_promise(bd, f);
}

/* --- the block ------------------------------------------------------------- */

static void check_numbers(struct bd *bd)
{
	const struct chim_tcb *tcb = &bd->tcb, *was = &bd->was;
	struct kunit *test = bd->test;

	KUNIT_EXPECT_TRUE(test, seq_within(tcb->snd_nxt, tcb->snd_una,
					   tcb->snd_max));
	KUNIT_EXPECT_TRUE(test, seq_from(tcb->snd_una, was->snd_una));
	KUNIT_EXPECT_TRUE(test, seq_from(tcb->snd_max, was->snd_max));
	KUNIT_EXPECT_TRUE(test, seq_from(tcb->rcv_nxt, was->rcv_nxt));
	KUNIT_EXPECT_TRUE(test, seq_from(chim_recv_edge(tcb),
					 chim_recv_edge(was)));
	KUNIT_EXPECT_TRUE(test, seq_upto(tcb->ack_sent, tcb->rcv_nxt));
	KUNIT_EXPECT_LE(test, tcb->cwnd, (u32)CHIM_CWND_MAX);
	KUNIT_EXPECT_GE(test, tcb->max_snd_wnd, tcb->snd_wnd);
	KUNIT_EXPECT_GE(test, tcb->max_snd_wnd, was->max_snd_wnd);
	bd->was = *tcb;
}

/* window, undelivered bytes and debt come to InitialRcvWnd. */
static void check_credit(struct bd *bd)
{
	const struct chim_tcb *tcb = &bd->tcb;
	u32 held = tcb->flow ? tcb->flow->rx.bytes : 0;
	u32 sum = tcb->rcv_wnd + held - tcb->rcv_debt;

	if (chim_close_received(tcb->state) || has(bd, CHIM_TCB_ABORTED))
		return;
	KUNIT_EXPECT_EQ(bd->test, sum, bd->v.rcv_wnd);
}

static void check_sends(struct bd *bd, const struct chim_sendq *sq)
{
	const struct chim_tcb *tcb = &bd->tcb;
	u32 sent = tcb->snd_max - chim_close_pending(tcb->state);
	const struct chim_sreq *req;
	struct kunit *test = bd->test;
	u32 seq = sq->head_seq;
	u64 bytes = 0;

	if (tcb->state == CHIM_TCP_CLOSED || has(bd, CHIM_TCB_ABORTED))
		return;
	KUNIT_EXPECT_NULL(test, *sq->tail);
	if (sq->head)
		KUNIT_EXPECT_LE(test, tcb->snd_una - seq, sent + 1 - seq);
	for (req = sq->head; req; req = req->next) {
		KUNIT_EXPECT_EQ(test, seq,
				container_of(req, struct bd_sreq, r)->seq);
		if (req == sq->cur)
			KUNIT_EXPECT_EQ(test, seq, sq->cur_seq);
		seq += req->len;
		bytes += req->len;
	}
	/* There may be more bytes than numbers. */
	KUNIT_EXPECT_EQ(test, sq->unsent,
			bytes - (sq->head ? sent - sq->head_seq : 0));
}

static void check_receives(struct bd *bd, const struct chim_rx *rx)
{
	struct kunit *test = bd->test;
	const struct chim_rreq *req;
	struct sk_buff *skb;
	u32 bytes = 0;
	u64 room = 0;

	for (skb = rx->head; skb; skb = skb->next)
		bytes += chim_rx_cb(skb)->end - chim_rx_cb(skb)->seq;
	for (req = rx->req; req; req = req->next)
		room += req->len - req->filled;
	KUNIT_EXPECT_EQ(test, rx->bytes, bytes);
	KUNIT_EXPECT_EQ(test, rx->room, room);
	KUNIT_EXPECT_FALSE(test, rx->flags & CHIM_RX_BUSY);
	if (!(rx->flags & CHIM_RX_STOPPED) &&
	    !(bd->tcb.flags & CHIM_TCB_HOLD))
		KUNIT_EXPECT_NULL(test, rx->done);
}

static void check_ooo(struct bd *bd, const struct chim_ooo *ooo)
{
	struct kunit *test = bd->test;
	struct sk_buff *skb, *last = NULL;
	u32 bytes = 0, seq = bd->tcb.rcv_nxt + 1;
	struct rb_node *node;

	for (node = rb_first(&ooo->tree); node; node = rb_next(node)) {
		skb = rb_entry(node, struct sk_buff, rbnode);
		KUNIT_EXPECT_TRUE(test, seq_from(chim_rx_cb(skb)->seq, seq));
		KUNIT_EXPECT_TRUE(test, seq_before(chim_rx_cb(skb)->seq,
						   chim_rx_cb(skb)->end));
		seq = chim_rx_cb(skb)->end;
		bytes += skb->truesize;
		last = skb;
	}
	KUNIT_EXPECT_PTR_EQ(test, last, ooo->last);
	KUNIT_EXPECT_EQ(test, bytes, ooo->bytes);
	KUNIT_EXPECT_LE(test, bytes, bd->cfg.ooo_bytes);
}

static void check_board(struct bd *bd, const struct chim_board *b)
{
	const struct chim_tcb *tcb = &bd->tcb;
	struct kunit *test = bd->test;
	u16 i;

	KUNIT_EXPECT_LE(test, (int)b->n, CHIM_BOARD_RANGES);
	for (i = 0; i < b->n; i++) {
		const struct chim_range *r = &b->range[i];

		KUNIT_EXPECT_TRUE(test, seq_before(r->start, r->end));
		KUNIT_EXPECT_TRUE(test, seq_within(r->start, tcb->snd_una,
						   tcb->snd_max));
		KUNIT_EXPECT_TRUE(test, seq_within(r->end, tcb->snd_una,
						   tcb->snd_max));
		if (i)
			KUNIT_EXPECT_TRUE(test, seq_before(r[-1].end, r->start));
	}
}

/* What waits for an answer waits with a timer, or for ever. */
static void check_timers(struct bd *bd)
{
	const struct chim_tcb *tcb = &bd->tcb;
	u8 wanted = CHIM_TIMER_RETRANSMIT;

	if (!tcb->flow)
		KUNIT_EXPECT_FALSE(bd->test, tcb->timers &
				   (CHIM_TIMER_PUSH | CHIM_TIMER_SWS |
				    CHIM_TIMER_IDLE));
	if (has(bd, CHIM_TCB_HALTED | CHIM_TCB_ABORTED | CHIM_TCB_INVALID |
		CHIM_TCB_HOLD) || bd->muted || tcb->state == CHIM_TCP_CLOSED)
		return;
	if (tcb->flow && tcb->flow->sq.unsent)
		KUNIT_EXPECT_TRUE(bd->test, tcb->timers &
				  (wanted | CHIM_TIMER_SWS));
	if (tcb->snd_una != tcb->snd_max)
		KUNIT_EXPECT_TRUE(bd->test, tcb->timers & wanted);
}

void bd_check(struct bd *bd)
{
	const struct chim_tcb *tcb = &bd->tcb;
	bool established = tcb->state == CHIM_TCP_ESTABLISHED ||
			   tcb->state == CHIM_TCP_CLOSE_WAIT;

	check_numbers(bd);
	check_credit(bd);
	check_timers(bd);
	KUNIT_EXPECT_EQ(bd->test, bd->mib.curr_estab, (u64)established);
	if (!tcb->flow)
		return;
	check_receives(bd, &tcb->flow->rx);
	check_ooo(bd, &tcb->flow->ooo);
	check_sends(bd, &tcb->flow->sq);
	if (tcb->flow->board)
		check_board(bd, tcb->flow->board);
}
