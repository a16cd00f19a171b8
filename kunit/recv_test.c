// SPDX-License-Identifier: GPL-2.0
/* Received data: when it is acknowledged, and what of it is taken. */
#include "bed.h"

/* --- delayed acknowledgments ----------------------------------------------- */

/* The clock passes zero while the acknowledgment waits. */
static void recv_delay_test(struct kunit *test)
{
	static const u32 ticks[] = { 1, 7, 200, 500 };
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-033 TCP-033 CAP-043");
	for (i = 0; i < ARRAY_SIZE(ticks); i++) {
		bd_reset(bd);
		bd->cfg.ack_ticks = ticks[i];
		bd->now = -(ticks[i] / 2);
		bd_open(bd);
		bd_data(bd, BD_RCV, 100);
		bd_advance(bd, ticks[i] - 1);
		BD_QUIET(bd);
		bd_advance(bd, 1);
		BD_ACK(bd);
		bd_advance(bd, 5000);
		BD_QUIET(bd);
	}
}

/* The wait counts from the first segment that is not acknowledged. */
static void recv_delay_first_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-033");
	bd->cfg.ack_segs = 10;
	bd_open(bd);
	bd_data(bd, BD_RCV, 100);
	bd_advance(bd, 150);
	bd_data(bd, BD_RCV + 100, 100);
	bd_advance(bd, 49);
	BD_QUIET(bd);
	bd_advance(bd, 1);
	BD_ACK(bd);
	BD_QUIET(bd);
}

static void recv_frequency_test(struct kunit *test)
{
	static const u8 segs[] = { 1, 2, 3, 8, 255 };
	struct bd *bd = test->priv;
	u32 i, j;

	CHIM_COVERS(test, "TMR-034 TCP-033 CAP-043");
	for (i = 0; i < ARRAY_SIZE(segs); i++) {
		bd_reset(bd);
		bd->cfg.ack_segs = segs[i];
		bd_open(bd);
		for (j = 1; j < segs[i]; j++)
			bd_data(bd, bd->tcb.rcv_nxt, 5);
		BD_QUIET(bd);
		bd_data(bd, bd->tcb.rcv_nxt, 5);
		BD_ACK(bd);
		/* The count starts anew. */
		for (j = 1; j < segs[i]; j++)
			bd_data(bd, bd->tcb.rcv_nxt, 5);
		BD_QUIET(bd);
	}
}

/* Segments that were merged on the way count one by one. */
static void recv_merged_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;

	CHIM_COVERS(test, "TMR-034");
	bd->cfg.ack_segs = 4;
	bd_open(bd);
	bd_data(bd, BD_RCV, 10);
	seg = bd_seg(bd);
	seg.len = 20;
	seg.segs = 2;
	bd_input(bd, &seg);
	BD_QUIET(bd);
	bd_data(bd, BD_RCV + 30, 10);
	BD_ACK(bd);
	BD_QUIET(bd);
}

/* Data that goes out carries the acknowledgment. */
static void recv_piggyback_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct chim_frame *f;

	CHIM_COVERS(test, "TCP-033 TMR-033");
	bd_open(bd);
	bd_data(bd, BD_RCV, 100);
	bd_send(bd, 10);
	f = bd_frame(bd);
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_EXPECT_EQ(test, f->len, 10U);
	KUNIT_EXPECT_EQ(test, f->ack, BD_RCV + 100);
	bd_ack(bd, 10);
	bd_advance(bd, 1000);
	BD_QUIET(bd);
}

static void answer(struct bd *bd, const struct bd_call *call)
{
	if (call->kind == CHIM_CALL_INDICATE)
		bd_send(bd, 10);
}

/* An answer given from within the indication does so as well. */
static void recv_answer_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-033");
	bd->cfg.ack_segs = 1;
	bd->on_call = answer;
	bd_open(bd);
	bd_data(bd, BD_RCV, 100);
	BD_DATA(bd, BD_SND, 10);
	BD_QUIET(bd);
}

/* Its count goes neither way, and what is due goes out at the end. */
static void recv_handover_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct chim_frame *f;

	CHIM_COVERS(test, "TMR-030 TMR-032 TRM-055");
	bd_open(bd);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.timers, 0);
	bd_advance(bd, 1000);
	BD_QUIET(bd);
	bd_data(bd, BD_RCV, 100);
	BD_QUIET(bd);
	bd_end(bd);
	f = bd_frame(bd);
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_EXPECT_EQ(test, f->ack, BD_RCV + 100);
	KUNIT_EXPECT_EQ(test, f->len, 0U);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, bd->d.rt_left, CHIM_TICKS_NONE);
	KUNIT_EXPECT_EQ(test, bd->d.ka_left, CHIM_TICKS_NONE);
	/* Nothing is due: nothing goes out. */
	bd_reset(bd);
	bd_open(bd);
	bd_end(bd);
	BD_QUIET(bd);
}

/* Memory is short for it: it is tried again. */
static void recv_ack_retry_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-033");
	bd_open(bd);
	bd->fail_emit = 2;
	bd_data(bd, BD_RCV, 10);
	bd_data(bd, BD_RCV + 10, 10);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, bd->mib.out_discards, 1ULL);
	bd_advance(bd, 100);
	BD_ACK(bd);
	BD_QUIET(bd);
}

/* --- what is taken --------------------------------------------------------- */

static void recv_overlap_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-031");
	bd_open(bd);
	bd_data(bd, BD_RCV, 1000);
	BD_QUIET(bd);
	/* Half old, half new; acknowledged at once. */
	bd_data(bd, BD_RCV + 500, 1000);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 1500);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 1500);
	BD_ACK(bd);
	BD_QUIET(bd);
}

/* Memory is short: the data counts as not received. */
static void recv_starved_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-031");
	bd_open(bd);
	bd->fail_alloc = 1;
	bd_data(bd, BD_RCV, 100);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, BD_WND);
	KUNIT_EXPECT_EQ(test, bd->mib.in_discards, 1ULL);
	bd->fail_describe = 1;
	bd_data(bd, BD_RCV, 100);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, BD_WND);
	KUNIT_EXPECT_EQ(test, bd->mib.in_discards, 2ULL);
	BD_NO_CALL(bd);
	bd_data(bd, BD_RCV, 100);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 100);
}

/* NBR-035: what we acknowledged has arrived, or what we sent. */
static void recv_progress_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "NBR-034 NBR-035 NBR-036");
	bd_open(bd);
	bd_data(bd, BD_RCV, 100);
	KUNIT_EXPECT_EQ(test, bd->progress, 1U);
	/* Out of order, old, or of no content: they tell nothing. */
	bd_data(bd, BD_RCV + 200, 100);
	bd_data(bd, BD_RCV, 100);
	bd_ack(bd, 0);
	KUNIT_EXPECT_EQ(test, bd->progress, 1U);
	bd_send(bd, 100);
	KUNIT_EXPECT_EQ(test, bd->progress, 1U);
	bd_ack(bd, 50);
	KUNIT_EXPECT_EQ(test, bd->progress, 2U);
	bd_dup(bd, 3);
	KUNIT_EXPECT_EQ(test, bd->progress, 2U);
}

/* --- handed over ----------------------------------------------------------- */

static void recv_buffered_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "INI-083 INI-065 INI-067 R-04 X-17");
	bd->buffered = 500;
	bd->d.rcv_wnd = BD_WND - 500;
	bd_load(bd);
	BD_NO_CALL(bd);
	bd_serve(bd);
	BD_NO_CALL(bd);
	bd_start(bd);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV);
	bd_advance(bd, 1000);
	BD_QUIET(bd);
}

/* What comes during the offload waits for its end, behind what was there. */
static void recv_during_offload_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "INI-065 INI-066 INI-067 INI-085 X-18");
	bd->buffered = 500;
	bd->d.rcv_wnd = BD_WND - 500;
	bd_load(bd);
	bd_data(bd, BD_RCV, 100);
	bd_data(bd, BD_RCV + 100, 100);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 200);
	bd_flags(bd, BD_RCV + 200, CHIM_FIN | CHIM_ACK);
	BD_NO_CALL(bd);
	bd_start(bd);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 200);
	BD_CALL(bd, CHIM_CALL_DISCONNECT);
	BD_NO_CALL(bd);
}

static void recv_buffered_posted_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_rreq *req;

	CHIM_COVERS(test, "INI-084 INI-085 R-04 TRM-090");
	bd->buffered = 500;
	bd->d.rcv_wnd = BD_WND - 500;
	bd->accept = 0;
	bd_open(bd);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	bd_data(bd, BD_RCV, 100);
	bd->accept = U32_MAX;
	req = bd_post(bd, 400, 0);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_FILLED(bd, req, CHIM_END_OK, 400);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 100);
}

/* behind the peer's FIN the last byte lies two before RCV.NXT. */
static void recv_buffered_fin_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "X-37 X-03 INI-083");
	bd->d.state = CHIM_TCP_CLOSE_WAIT;
	bd->d.rcv_nxt = 50;
	bd->d.snd_wl1 = 50;
	bd->d.rcv_wnd = BD_WND - 101;
	bd->buffered = 100;
	bd_open(bd);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	KUNIT_EXPECT_EQ(test, bd->read, 49U);
	BD_NO_CALL(bd);
	BD_QUIET(bd);
}

/* UPD-152: from the next indication on; 0 is for all there is. */
static void recv_indication_size_test(struct kunit *test)
{
	static const struct {
		u32 size;
		u32 bytes[4];
	} cases[] = {
		{ 0, { 4000 } },
		{ 1, { 1000, 1000, 1000, 1000 } },
		{ 1000, { 1000, 1000, 1000, 1000 } },
		{ 1001, { 2000, 2000 } },
		{ 4000, { 4000 } },
		{ 100000, { 4000 } },
	};
	struct bd *bd = test->priv;
	struct chim_conn_cached v;
	const struct bd_call *call;
	u32 i, j;

	CHIM_COVERS(test, "UPD-152 CON-031 X-16");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd->v.rcv_ind_size = 777;
		bd_load(bd);
		for (j = 0; j < 4; j++)
			bd_data(bd, bd->tcb.rcv_nxt, 1000);
		v = bd->v;
		v.rcv_ind_size = cases[i].size;
		bd_update(bd, &v, 0);
		BD_NO_CALL(bd);
		bd_start(bd);
		for (j = 0; j < 4 && cases[i].bytes[j]; j++) {
			call = bd_call(bd);
			KUNIT_ASSERT_NOT_NULL(test, call);
			KUNIT_EXPECT_EQ(test, call->bytes, cases[i].bytes[j]);
		}
		BD_NO_CALL(bd);
	}
}

/* RCV-091: buffered here it is acknowledged, though the host has had none. */
static void recv_ack_buffered_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "RCV-091 RCV-092");
	bd->accept = 0;
	bd_open(bd);
	bd_data(bd, BD_RCV, 1000);
	BD_QUIET(bd);
	bd_data(bd, BD_RCV + 1000, 1000);
	BD_ACK(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 2000);
	/* Without memory for it, it is not. */
	bd->fail_describe = 1;
	bd_data(bd, BD_RCV + 2000, 1000);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 2000);
	bd_drain(bd);
	bd_data(bd, BD_RCV + 2000, 1000);
	bd_data(bd, BD_RCV + 3000, 1000);
	BD_ACK(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 4000);
}

/* QRY-034, and X-38: what is buffered comes back whole. */
static void recv_undelivered_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_run run;

	CHIM_COVERS(test, "QRY-034 TRM-090 TRM-096 X-38 X-40");
	bd->c.flags = CHIM_CONN_SACK;
	bd_open(bd);
	bd_begin(bd, &run);
	KUNIT_EXPECT_EQ(test, chim_tcp_undelivered(&run), 0U);
	bd->accept = 300;
	bd_data(bd, BD_RCV, 1000);
	bd_data(bd, BD_RCV + 1000, 1000);
	bd_begin(bd, &run);
	KUNIT_EXPECT_EQ(test, chim_tcp_undelivered(&run), 1700U);
	/* Out of order, it is not acknowledged and does not count. */
	bd_data(bd, BD_RCV + 5000, 1000);
	KUNIT_EXPECT_EQ(test, chim_tcp_undelivered(&run), 1700U);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->rest_bytes, 1700U);
	KUNIT_EXPECT_EQ(test, bd->d.rcv_nxt, BD_RCV + 2000);
	/* Accepted counts as consumed, buffered as not. */
	KUNIT_EXPECT_EQ(test, bd->d.rcv_wnd, BD_WND - 1700);
}

/* --- congestion on the way here -------------------------------------------- */

static void recv_ecn_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;

	CHIM_COVERS(test, "TCP-063");
	bd->cfg.ecn = true;
	bd->cfg.ack_segs = 1;
	bd_open(bd);
	seg = bd_seg(bd);
	seg.len = 10;
	seg.ce = true;
	bd_input(bd, &seg);
	KUNIT_EXPECT_EQ(test, (u32)bd_next(bd)->flags,
			(u32)(CHIM_ACK | CHIM_ECE));
	/* Until the peer says that it has heard. */
	bd_data(bd, BD_RCV + 10, 10);
	KUNIT_EXPECT_EQ(test, (u32)bd_next(bd)->flags,
			(u32)(CHIM_ACK | CHIM_ECE));
	seg = bd_seg(bd);
	seg.len = 10;
	seg.flags |= CHIM_CWR;
	bd_input(bd, &seg);
	BD_ACK(bd);
	/* Nothing of the kind where it was not negotiated. */
	bd_reset(bd);
	bd->cfg.ack_segs = 1;
	bd_open(bd);
	seg = bd_seg(bd);
	seg.len = 10;
	seg.ce = true;
	bd_input(bd, &seg);
	BD_ACK(bd);
}

/* More comes while it is shown. */
static void more_data(struct bd *bd, const struct bd_call *call)
{
	if (call->kind != CHIM_CALL_INDICATE)
		return;
	bd->on_call = NULL;
	bd_data(bd, bd->tcb.rcv_nxt, 300);
}

/*
 * A response that acknowledges the request: it is shown first, but not all that comes
 * meanwhile. Receive requests and the end of the stream come after sends.
 */
static void recv_response_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_seg seg;

	bd_open(bd);
	bd_send(bd, 1000);
	bd_drain(bd);
	seg = bd_seg(bd);
	seg.ack += 1000;
	seg.len = 300;
	bd->on_call = more_data;
	bd_input(bd, &seg);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	BD_NO_CALL(bd);
	bd_send(bd, 1000);
	bd_post(bd, 300, 0);
	bd_drain(bd);
	seg = bd_seg(bd);
	seg.ack += 1000;
	seg.len = 300;
	seg.flags |= CHIM_FIN;
	bd_input(bd, &seg);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_CALL(bd, CHIM_CALL_DISCONNECT);
	BD_NO_CALL(bd);
}

static struct kunit_case recv_cases[] = {
	KUNIT_CASE(recv_delay_test),
	KUNIT_CASE(recv_delay_first_test),
	KUNIT_CASE(recv_frequency_test),
	KUNIT_CASE(recv_merged_test),
	KUNIT_CASE(recv_piggyback_test),
	KUNIT_CASE(recv_answer_test),
	KUNIT_CASE(recv_handover_test),
	KUNIT_CASE(recv_ack_retry_test),
	KUNIT_CASE(recv_overlap_test),
	KUNIT_CASE(recv_starved_test),
	KUNIT_CASE(recv_progress_test),
	KUNIT_CASE(recv_buffered_test),
	KUNIT_CASE(recv_during_offload_test),
	KUNIT_CASE(recv_buffered_posted_test),
	KUNIT_CASE(recv_buffered_fin_test),
	KUNIT_CASE(recv_indication_size_test),
	KUNIT_CASE(recv_ack_buffered_test),
	KUNIT_CASE(recv_undelivered_test),
	KUNIT_CASE(recv_ecn_test),
	KUNIT_CASE(recv_response_test),
	{}
};

static struct kunit_suite recv_suite = {
	.name = "chim_recv",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = recv_cases,
};

kunit_test_suite(recv_suite);
