// SPDX-License-Identifier: GPL-2.0
/* FIN each way, and the states it leads to. */
#include "bed.h"

/* --- transitions ----------------------------------------------------------- */

enum step {
	NOTHING,
	CLOSE,		/* the host closes */
	FIN,		/* the peer closes */
	ACKED,		/* all we sent is acknowledged */
	FIN_ACKED,	/* both in one */
	RESET,
	ABORT,
};

/* RFC 9293, figure 5, as far as it concerns a connection that is offloaded. */
static const struct {
	enum step steps[4];
	u8 state;
	bool upload;	/* EVT-083, D-59, X-57 */
} paths[] = {
	{ { NOTHING }, CHIM_TCP_ESTABLISHED, false },
	{ { CLOSE }, CHIM_TCP_FIN_WAIT1, false },
	{ { CLOSE, ACKED }, CHIM_TCP_FIN_WAIT2, false },
	{ { CLOSE, ACKED, FIN }, CHIM_TCP_TIME_WAIT, true },
	{ { CLOSE, FIN }, CHIM_TCP_CLOSING, false },
	{ { CLOSE, FIN, ACKED }, CHIM_TCP_TIME_WAIT, true },
	{ { CLOSE, FIN_ACKED }, CHIM_TCP_TIME_WAIT, true },
	{ { FIN }, CHIM_TCP_CLOSE_WAIT, false },
	{ { FIN, CLOSE }, CHIM_TCP_LAST_ACK, false },
	{ { FIN, CLOSE, ACKED }, CHIM_TCP_CLOSED, true },
	{ { FIN, FIN }, CHIM_TCP_CLOSE_WAIT, false },
	{ { RESET }, CHIM_TCP_CLOSED, false },
	{ { CLOSE, RESET }, CHIM_TCP_CLOSED, false },
	{ { CLOSE, ACKED, RESET }, CHIM_TCP_CLOSED, false },
	{ { CLOSE, FIN, RESET }, CHIM_TCP_CLOSED, false },
	{ { FIN, RESET }, CHIM_TCP_CLOSED, false },
	{ { FIN, CLOSE, RESET }, CHIM_TCP_CLOSED, false },
	{ { ABORT }, CHIM_TCP_CLOSED, false },
	{ { CLOSE, ABORT }, CHIM_TCP_CLOSED, false },
	{ { CLOSE, ACKED, ABORT }, CHIM_TCP_CLOSED, false },
	{ { FIN, ABORT }, CHIM_TCP_CLOSED, false },
	{ { FIN, CLOSE, ABORT }, CHIM_TCP_CLOSED, false },
};

static void take(struct bd *bd, enum step step)
{
	struct chim_seg seg = bd_seg(bd);

	switch (step) {
	case NOTHING:
		break;
	case CLOSE:
		bd_disconnect(bd, 0);
		break;
	case FIN:
		bd_flags(bd, bd->tcb.rcv_nxt, CHIM_FIN | CHIM_ACK);
		break;
	case ACKED:
		bd_ack(bd, bd->tcb.snd_max - bd->tcb.snd_una);
		break;
	case FIN_ACKED:
		seg.ack = bd->tcb.snd_max;
		seg.flags |= CHIM_FIN;
		bd_input(bd, &seg);
		break;
	case RESET:
		bd_flags(bd, bd->tcb.rcv_nxt, CHIM_RST);
		break;
	case ABORT:
		bd_abort(bd);
		break;
	}
}

static void close_paths_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct bd_call *call;
	bool uploads;
	u32 i, j;

	CHIM_COVERS(test, "TCP-031 TCP-036 CON-050 EVT-083 D-59 X-39 X-57");
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		bd_reset(bd);
		bd_open(bd);
		for (j = 0; j < ARRAY_SIZE(paths[i].steps); j++)
			take(bd, paths[i].steps[j]);
		BD_STATE(bd, paths[i].state);
		for (uploads = false; (call = bd_call(bd));)
			if (call->kind == CHIM_CALL_UPLOAD) {
				uploads = true;
				KUNIT_EXPECT_EQ(test, call->info,
						(u32)CHIM_UPLOAD_REQUESTED);
			}
		KUNIT_EXPECT_EQ(test, uploads, paths[i].upload);
		bd_end(bd);
		KUNIT_EXPECT_EQ(test, bd->d.state, (u32)paths[i].state);
	}
}

/* --- the host closes ------------------------------------------------------- */

/* DSC-050 to DSC-052: with the last of the data, which is not waited for. */
static void close_with_data_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *a, *b;
	const struct chim_frame *f;

	CHIM_COVERS(test, "DSC-050 DSC-051 DSC-052 DSC-054 DSC-055 DSC-058 SND-060 X-56");
	bd_open(bd);
	a = bd_send(bd, 1000);
	b = bd_disconnect(bd, 1500);
	BD_DATA(bd, BD_SND, 1000);
	BD_DATA(bd, BD_SND + 1000, 1000);
	f = bd_frame(bd);
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_EXPECT_EQ(test, f->len, 500U);
	KUNIT_EXPECT_EQ(test, (u32)f->flags,
			(u32)(CHIM_FIN | CHIM_PSH | CHIM_ACK));
	BD_QUIET(bd);
	bd_ack(bd, 2500);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_ENDED(bd, a, CHIM_END_OK, 0);
	/* All data, but not the FIN. */
	BD_PENDING(bd, b);
	bd_ack(bd, 1);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_ENDED(bd, b, CHIM_END_OK, 0);
	KUNIT_EXPECT_LT(test, a->order, b->order);
	BD_NO_CALL(bd);
}

/* Both are acknowledged at once: the sends end first, in order. */
static void close_order_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req[4];
	u32 i;

	CHIM_COVERS(test, "DSC-054 DSC-055 X-56");
	bd_open(bd);
	for (i = 0; i < 3; i++)
		req[i] = bd_send(bd, 100 + i);
	req[3] = bd_disconnect(bd, 0);
	bd_ack(bd, 304);
	for (i = 0; i < 4; i++) {
		BD_ENDED(bd, req[i], CHIM_END_OK, 0);
		KUNIT_EXPECT_EQ(test, req[i]->order, i + 1);
	}
}

/* The FIN is lost: it is sent again, and what it ends with it. */
static void close_fin_lost_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req;
	const struct chim_frame *f;

	CHIM_COVERS(test, "DSC-050 DSC-055 TCP-039");
	bd_open(bd);
	req = bd_disconnect(bd, 500);
	bd_drain(bd);
	bd_advance(bd, BD_RTO);
	f = bd_frame(bd);
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_EXPECT_EQ(test, f->len, 500U);
	KUNIT_EXPECT_TRUE(test, f->flags & CHIM_FIN);
	bd_ack(bd, 500);
	bd_advance(bd, 2 * BD_RTO - 1);
	BD_QUIET(bd);
	bd_advance(bd, 1);
	BD_BARE(bd, BD_SND + 500, CHIM_FIN | CHIM_ACK);
	BD_PENDING(bd, req);
	bd_ack(bd, 1);
	BD_ENDED(bd, req, CHIM_END_OK, 0);
}

/* behind it nothing is taken; another one ends with the FIN. */
static void close_later_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *a, *b, *c, *d;

	CHIM_COVERS(test, "X-56 DSC-012");
	bd_open(bd);
	a = bd_disconnect(bd, 100);
	b = bd_send(bd, 100);
	BD_ENDED(bd, b, CHIM_END_ABORTED, 100);
	c = bd_disconnect(bd, 0);
	BD_PENDING(bd, c);
	bd_ack(bd, 101);
	BD_ENDED(bd, a, CHIM_END_OK, 0);
	BD_ENDED(bd, c, CHIM_END_OK, 0);
	/* Its turn has come long ago. */
	d = bd_disconnect(bd, 0);
	BD_ENDED(bd, d, CHIM_END_OK, 0);
	b = bd_send(bd, 1);
	BD_ENDED(bd, b, CHIM_END_ABORTED, 1);
}

/* DSC-053, TCP-036: only the send half. */
static void close_half_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "DSC-053 TCP-036 DSC-013");
	bd_open(bd);
	bd_disconnect(bd, 0);
	for (i = 0; i < 5; i++)
		bd_data(bd, bd->tcb.rcv_nxt, 1000);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 5000);
	bd_ack(bd, 1);
	for (i = 0; i < 5; i++)
		bd_data(bd, bd->tcb.rcv_nxt, 1000);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 10000);
	bd_drain(bd);
	bd_flags(bd, bd->tcb.rcv_nxt, CHIM_FIN | CHIM_ACK);
	BD_CALL(bd, CHIM_CALL_DISCONNECT);
	BD_ACK(bd);
}

/* a FIN that has not gone out leaves the state, and the request. */
static void close_not_sent_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *a, *b;

	CHIM_COVERS(test, "X-39 CON-050 DSC-056");
	bd->d.snd_wnd = 500;
	bd->wnd = 500;
	bd_open(bd);
	a = bd_send(bd, 2000);
	b = bd_disconnect(bd, 10);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->d.state, (u32)CHIM_TCP_ESTABLISHED);
	KUNIT_EXPECT_TRUE(test, a->back);
	KUNIT_EXPECT_TRUE(test, b->back);
	KUNIT_EXPECT_EQ(test, b->r.left, 10U);
	/* Sent, not acknowledged: the state tells, the request goes back. */
	bd_reset(bd);
	bd_open(bd);
	b = bd_disconnect(bd, 10);
	bd_ack(bd, 10);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->d.state, (u32)CHIM_TCP_FIN_WAIT1);
	KUNIT_EXPECT_EQ(test, bd->d.snd_max - bd->d.snd_una, 1U);
	KUNIT_EXPECT_TRUE(test, b->back);
	KUNIT_EXPECT_EQ(test, b->r.left, 0U);
}

/* --- the peer closes ------------------------------------------------------- */

/* EVT-030: after the data, however it comes. */
static void close_fin_after_data_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;

	CHIM_COVERS(test, "EVT-030 EVT-031 D-56 X-37 X-53");
	bd->accept = 0;
	bd_open(bd);
	bd_data(bd, BD_RCV, 1000);
	seg = bd_seg(bd);
	seg.len = 700;
	seg.flags |= CHIM_FIN;
	bd_input(bd, &seg);
	BD_STATE(bd, CHIM_TCP_CLOSE_WAIT);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 1701);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, BD_WND - 1701);
	BD_ACK(bd);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	BD_NO_CALL(bd);
	bd_advance(bd, 100000);
	BD_NO_CALL(bd);
	bd_post(bd, 1699, 0);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	BD_NO_CALL(bd);
	bd->accept = 1;
	bd_post(bd, 0, 0);
	/* The bed sees that everything has been read. */
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	BD_CALL(bd, CHIM_CALL_DISCONNECT);
	BD_NO_CALL(bd);
	/* We go on sending. */
	bd_drain(bd);
	bd_send(bd, 100);
	BD_DATA(bd, BD_SND, 100);
	bd_ack(bd, 100);
	BD_CALL(bd, CHIM_CALL_SENT);
}

/* requests that are outstanding come first. */
static void close_fin_requests_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_rreq *req[4];
	u32 i;

	CHIM_COVERS(test, "R-09 X-50 X-52 EVT-030");
	bd_open(bd);
	for (i = 0; i < 3; i++)
		req[i] = bd_post(bd, 1000, i ? 0 : CHIM_RREQ_NOPUSH);
	bd_data(bd, BD_RCV, 300);
	BD_NO_CALL(bd);
	bd_flags(bd, BD_RCV + 300, CHIM_FIN | CHIM_ACK);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_CALL(bd, CHIM_CALL_DISCONNECT);
	BD_NO_CALL(bd);
	BD_FILLED(bd, req[0], CHIM_END_OK, 300);
	BD_FILLED(bd, req[1], CHIM_END_OK, 0);
	BD_FILLED(bd, req[2], CHIM_END_OK, 0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, req[i]->order, i + 1);
	req[3] = bd_post(bd, 100, 0);
	BD_FILLED(bd, req[3], CHIM_END_STATE, 0);
	req[3] = bd_post(bd, 0, 0);
	BD_FILLED(bd, req[3], CHIM_END_OK, 0);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_NO_CALL(bd);
}

/* A FIN out of order counts when it is its turn, and once. */
static void close_fin_early_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;

	CHIM_COVERS(test, "EVT-030 TCP-031 TCP-041");
	bd_open(bd);
	seg = bd_seg(bd);
	seg.seq += 1000;
	seg.len = 500;
	seg.flags |= CHIM_FIN;
	bd_input(bd, &seg);
	BD_ACK(bd);
	bd_flags(bd, BD_RCV + 1500, CHIM_FIN | CHIM_ACK);
	BD_ACK(bd);
	BD_STATE(bd, CHIM_TCP_ESTABLISHED);
	BD_NO_CALL(bd);
	bd_data(bd, BD_RCV, 1000);
	BD_ACK(bd);
	BD_STATE(bd, CHIM_TCP_CLOSE_WAIT);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 1501);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	BD_CALL(bd, CHIM_CALL_DISCONNECT);
	/* Again: it is acknowledged, and that is all. */
	bd_flags(bd, BD_RCV + 1500, CHIM_FIN | CHIM_ACK);
	BD_ACK(bd);
	bd_data(bd, BD_RCV + 1501, 10);
	BD_ACK(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 1501);
	BD_NO_CALL(bd);
	BD_QUIET(bd);
}

/* Beyond the window it does not count: there is data to come before it. */
static void close_fin_outside_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;

	CHIM_COVERS(test, "TCP-031");
	bd->v.rcv_wnd = 1000;
	bd->d.rcv_wnd = 1000;
	bd->accept = 0;
	bd_open(bd);
	seg = bd_seg(bd);
	seg.len = 1500;
	seg.flags |= CHIM_FIN;
	bd_input(bd, &seg);
	BD_STATE(bd, CHIM_TCP_ESTABLISHED);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 1000);
	/* With the window closed it is taken, since it needs no room. */
	bd_flags(bd, BD_RCV + 1000, CHIM_FIN | CHIM_ACK);
	BD_STATE(bd, CHIM_TCP_CLOSE_WAIT);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, 0U);
}

/* not reported when the offload ends, it is never reported. */
static void close_fin_unreported_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "R-11 X-36 X-37 EVT-032");
	bd->accept = 0;
	bd_open(bd);
	bd_data(bd, BD_RCV, 1000);
	bd_flags(bd, BD_RCV + 1000, CHIM_FIN | CHIM_ACK);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	bd_end(bd);
	BD_NO_CALL(bd);
	KUNIT_EXPECT_EQ(test, bd->d.state, (u32)CHIM_TCP_CLOSE_WAIT);
	KUNIT_EXPECT_EQ(test, bd->d.rcv_nxt, BD_RCV + 1001);
	KUNIT_EXPECT_EQ(test, bd->rest_bytes, 1000U);
	KUNIT_EXPECT_FALSE(test, bd->rest_abort);
}

static struct kunit_case close_cases[] = {
	KUNIT_CASE(close_paths_test),
	KUNIT_CASE(close_with_data_test),
	KUNIT_CASE(close_order_test),
	KUNIT_CASE(close_fin_lost_test),
	KUNIT_CASE(close_later_test),
	KUNIT_CASE(close_half_test),
	KUNIT_CASE(close_not_sent_test),
	KUNIT_CASE(close_fin_after_data_test),
	KUNIT_CASE(close_fin_requests_test),
	KUNIT_CASE(close_fin_early_test),
	KUNIT_CASE(close_fin_outside_test),
	KUNIT_CASE(close_fin_unreported_test),
	{}
};

static struct kunit_suite close_suite = {
	.name = "chim_close",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = close_cases,
};

kunit_test_suite(close_suite);
