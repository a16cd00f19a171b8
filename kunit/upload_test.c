// SPDX-License-Identifier: GPL-2.0
/* Asking for the upload, urgent data, silenced and invalidated connections. */
#include "bed.h"

static const u8 mandatory[] = {
	CHIM_UPLOAD_INVALID, CHIM_UPLOAD_URGENT, CHIM_UPLOAD_TIMEOUT,
	CHIM_UPLOAD_REQUESTED, CHIM_UPLOAD_HARDWARE,
};

static const u8 optional[] = {
	CHIM_UPLOAD_DROPS, CHIM_UPLOAD_FRAGMENTS, CHIM_UPLOAD_DISORDER,
	CHIM_UPLOAD_ACTIVITY, CHIM_UPLOAD_PREPOST, CHIM_UPLOAD_SMALL_IO,
};

/* --- mandatory and optional ------------------------------------------------ */

/* EVT-073: from then on nothing is processed. */
static void upload_mandatory_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req;
	u32 i;

	CHIM_COVERS(test, "EVT-073 EVT-070 TMR-016");
	for (i = 0; i < ARRAY_SIZE(mandatory); i++) {
		bd_reset(bd);
		bd->v.flags = CHIM_CONN_KEEPALIVE;
		bd->d.ka_left = 100;
		bd_open(bd);
		req = bd_send(bd, 20000);
		bd_data(bd, BD_RCV, 100);
		bd_drain(bd);
		bd_upload(bd, mandatory[i]);
		BD_UPLOAD(bd, mandatory[i]);
		bd_ack(bd, 1000);
		bd_data(bd, BD_RCV + 100, 100);
		bd_flags(bd, BD_RCV + 100, CHIM_FIN | CHIM_ACK);
		bd_advance(bd, 1000000);
		BD_QUIET(bd);
		BD_NO_CALL(bd);
		KUNIT_EXPECT_EQ(test, bd->tcb.snd_una, BD_SND);
		KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 100);
		BD_STATE(bd, CHIM_TCP_ESTABLISHED);
		bd_end(bd);
		BD_QUIET(bd);
		KUNIT_EXPECT_TRUE(test, req->back);
	}
}

/* TRM-112, TRM-075: requests that come meanwhile. */
static void upload_requests_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *s;
	struct bd_rreq *r;

	CHIM_COVERS(test, "TRM-112 TRM-075 SND-061 SND-063 DSC-056");
	bd_open(bd);
	bd_upload(bd, CHIM_UPLOAD_REQUESTED);
	s = bd_send(bd, 100);
	BD_ENDED(bd, s, CHIM_END_UPLOAD, 100);
	s = bd_disconnect(bd, 10);
	BD_ENDED(bd, s, CHIM_END_UPLOAD, 10);
	r = bd_post(bd, 100, 0);
	BD_FILLED(bd, r, CHIM_END_UPLOAD, 0);
	BD_QUIET(bd);
	BD_STATE(bd, CHIM_TCP_ESTABLISHED);
}

/* RCV-017: one that comes too late does not overtake one that waits. */
static void upload_receive_order_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_rreq *a, *b, *c;
	u32 i;

	CHIM_COVERS(test, "RCV-017 TRM-112 X-31");
	for (i = 0; i < 2; i++) {
		bd_reset(bd);
		bd_open(bd);
		a = bd_post(bd, 100, 0);
		bd_data(bd, BD_RCV, 40);
		if (i)
			bd_invalidate(bd);
		else
			bd_upload(bd, CHIM_UPLOAD_REQUESTED);
		b = bd_post(bd, 100, 0);
		c = bd_post(bd, 0, 0);
		BD_PENDING(bd, b);
		BD_PENDING(bd, c);
		bd_end(bd);
		BD_FILLED(bd, a, CHIM_END_OK, 40);
		BD_FILLED(bd, b, CHIM_END_UPLOAD, 0);
		BD_FILLED(bd, c, CHIM_END_UPLOAD, 0);
		KUNIT_EXPECT_LT(test, a->order, b->order);
		KUNIT_EXPECT_LT(test, b->order, c->order);
	}
}

static void send_within(struct bd *bd, const struct bd_call *call)
{
	if (call->kind == CHIM_CALL_INDICATE)
		bd->priv = bd_send(bd, 100);
}

/* TRM-075: given up already, but not asked for yet. */
static void upload_not_asked_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req;

	CHIM_COVERS(test, "TRM-075");
	bd->accept = 0;
	bd_open(bd);
	bd_data(bd, BD_RCV, 100);
	bd_drain(bd);
	bd->on_call = send_within;
	bd->cfg.retransmissions = 0;
	bd_send(bd, 10);
	bd_drain(bd);
	/* The limit is reached; what is left of the data is told first. */
	bd_advance(bd, BD_RTO);
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
	req = bd_send(bd, 100);
	BD_ENDED(bd, req, CHIM_END_UPLOAD, 100);
}

/* EVT-074: it goes on as if nothing had been asked. */
static void upload_optional_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req;
	u32 i;

	CHIM_COVERS(test, "EVT-074 EVT-070 X-57");
	for (i = 0; i < ARRAY_SIZE(optional); i++) {
		bd_reset(bd);
		bd_open(bd);
		bd_upload(bd, optional[i]);
		BD_UPLOAD(bd, optional[i]);
		req = bd_send(bd, 100);
		BD_DATA(bd, BD_SND, 100);
		bd_data(bd, BD_RCV, 100);
		BD_CALL(bd, CHIM_CALL_INDICATE);
		bd_ack(bd, 100);
		BD_CALL(bd, CHIM_CALL_SENT);
		BD_ENDED(bd, req, CHIM_END_OK, 0);
		/* Once only, unless it has to be. */
		bd_upload(bd, optional[(i + 1) % ARRAY_SIZE(optional)]);
		BD_NO_CALL(bd);
		bd_upload(bd, CHIM_UPLOAD_REQUESTED);
		BD_UPLOAD(bd, CHIM_UPLOAD_REQUESTED);
		bd_upload(bd, CHIM_UPLOAD_TIMEOUT);
		bd_upload(bd, optional[i]);
		BD_NO_CALL(bd);
	}
}

/* never after a reset. */
static void upload_after_reset_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "X-57");
	bd_open(bd);
	bd_flags(bd, BD_RCV, CHIM_RST);
	BD_CALL(bd, CHIM_CALL_ABORT);
	bd_upload(bd, CHIM_UPLOAD_REQUESTED);
	bd_upload(bd, CHIM_UPLOAD_SMALL_IO);
	BD_NO_CALL(bd);
	bd_reset(bd);
	bd_open(bd);
	bd_abort(bd);
	bd_drain(bd);
	bd_upload(bd, CHIM_UPLOAD_REQUESTED);
	BD_NO_CALL(bd);
}

/* The last of a FIN and the upload: the event first, each once. */
static void upload_after_fin_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "EVT-030 EVT-083 D-59 X-57");
	bd->accept = 0;
	bd_open(bd);
	bd_disconnect(bd, 0);
	bd_ack(bd, 1);
	bd_data(bd, BD_RCV, 100);
	bd_flags(bd, BD_RCV + 100, CHIM_FIN | CHIM_ACK);
	BD_STATE(bd, CHIM_TCP_TIME_WAIT);
	bd_drain(bd);
	bd_post(bd, 100, 0);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_CALL(bd, CHIM_CALL_DISCONNECT);
	BD_NO_CALL(bd);
	/* TIME_WAIT still answers. */
	bd_flags(bd, BD_RCV + 100, CHIM_FIN | CHIM_ACK);
	BD_ACK(bd);
}

/* --- urgent data ----------------------------------------------------------- */

static enum chim_verdict urgent(struct bd *bd, u32 seq, u32 ack)
{
	struct chim_seg seg = bd_seg(bd);

	seg.seq = seq;
	seg.ack = ack;
	seg.len = 100;
	seg.flags |= CHIM_URG;
	return bd_input(bd, &seg);
}

/* NSP-030, NSP-031: what fails a check is as if it had not come. */
static void urgent_bad_test(struct kunit *test)
{
	static const struct {
		s32 seq;
		s32 ack;
	} cases[] = {
		{ BD_WND, 0 }, { -100, 0 }, { 0, 1001 }, { 0, -1000000 },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "NSP-030 NSP-031");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd_open(bd);
		bd_send(bd, 1000);
		KUNIT_EXPECT_EQ(test, urgent(bd, BD_RCV + cases[i].seq,
					     BD_SND + cases[i].ack),
				CHIM_SEG_DONE);
		bd_drain(bd);
		BD_NO_CALL(bd);
		bd_data(bd, BD_RCV, 100);
		BD_CALL(bd, CHIM_CALL_INDICATE);
		bd_ack(bd, 1000);
		BD_CALL(bd, CHIM_CALL_SENT);
	}
}

/* NSP-032 to NSP-035 */
static void urgent_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "NSP-030 NSP-032 NSP-033 NSP-034 NSP-035 EVT-077 EVT-073");
	bd_open(bd);
	bd_data(bd, BD_RCV, 100);
	bd_drain(bd);
	KUNIT_EXPECT_EQ(test, urgent(bd, BD_RCV + 100, BD_SND),
			CHIM_SEG_KEPT);
	BD_UPLOAD(bd, CHIM_UPLOAD_URGENT);
	KUNIT_EXPECT_EQ(test, bd_data(bd, BD_RCV + 200, 100), CHIM_SEG_KEPT);
	KUNIT_EXPECT_EQ(test, bd_data(bd, BD_RCV + 100, 100), CHIM_SEG_KEPT);
	KUNIT_EXPECT_EQ(test, bd_flags(bd, BD_RCV + 300, CHIM_FIN | CHIM_ACK),
			CHIM_SEG_KEPT);
	bd_advance(bd, 100000);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 100);
	bd_end(bd);
	/* Not even what was received before is acknowledged any more. */
	BD_QUIET(bd);
	BD_NO_CALL(bd);
	KUNIT_EXPECT_EQ(test, bd->rest_urgent, 4U);
	KUNIT_EXPECT_EQ(test, bd->rest_bytes, 0U);
	KUNIT_EXPECT_EQ(test, bd->d.rcv_nxt, BD_RCV + 100);
}

/* Data that came before goes its way. */
static void urgent_after_data_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_rreq *r;

	CHIM_COVERS(test, "NSP-032 NSP-033 TRM-112");
	bd->accept = 0;
	bd_open(bd);
	bd_data(bd, BD_RCV, 100);
	urgent(bd, BD_RCV + 100, BD_SND);
	bd_drain(bd);
	r = bd_post(bd, 10, 0);
	BD_FILLED(bd, r, CHIM_END_UPLOAD, 0);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->rest_bytes, 100U);
	KUNIT_EXPECT_EQ(test, bd->rest_urgent, 1U);
}

/* In bounds: the peer sends again what is not kept. */
static void urgent_limit_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "NSP-034");
	bd->cfg.ooo_bytes = 20000;
	bd_open(bd);
	urgent(bd, BD_RCV, BD_SND);
	for (i = 1; i < 100; i++)
		bd_data(bd, BD_RCV + 100 * i, 100);
	KUNIT_EXPECT_GT(test, bd->mib.in_discards, 0ULL);
	BD_QUIET(bd);
	bd_end(bd);
	KUNIT_EXPECT_GE(test, bd->rest_urgent, 5U);
	KUNIT_EXPECT_LT(test, bd->rest_urgent, 50U);
}

/* Nor where too much of other connections waits. */
static void urgent_tight_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "NSP-034");
	bd_open(bd);
	urgent(bd, BD_RCV, BD_SND);
	bd->tight = true;
	bd_data(bd, BD_RCV + 100, 100);
	KUNIT_EXPECT_EQ(test, bd->mib.in_discards, 1ULL);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->rest_urgent, 1U);
}

/* --- invalidated ----------------------------------------------------------- */

/* D-29, D-30, EVT-076: what is below is invalid; nothing goes out. */
static void muted_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "D-29 D-30 EVT-076");
	for (i = 0; i < 5; i++) {
		bd_reset(bd);
		bd->v.flags = CHIM_CONN_KEEPALIVE;
		bd->d.ka_left = 1000;
		bd_open(bd);
		if (i == 2)
			bd_send(bd, 100);
		bd_drain(bd);
		bd->muted = true;
		bd_serve(bd);
		BD_NO_CALL(bd);
		switch (i) {
		case 0:
			bd_send(bd, 100);
			break;
		case 1:				/* an acknowledgment */
			bd_data(bd, BD_RCV, 100);
			BD_CALL(bd, CHIM_CALL_INDICATE);
			BD_NO_CALL(bd);
			bd_advance(bd, 200);
			break;
		case 2:				/* a retransmission */
			BD_NO_CALL(bd);
			bd_advance(bd, BD_RTO);
			break;
		case 3:				/* a probe */
			bd_advance(bd, 1000);
			break;
		case 4:				/* a FIN */
			bd_disconnect(bd, 0);
			break;
		}
		BD_UPLOAD(bd, CHIM_UPLOAD_INVALID);
		BD_NO_CALL(bd);
		bd_advance(bd, 100000);
		BD_QUIET(bd);
	}
}

/* D-30: relinked before there was anything to send, nothing is asked. */
static void muted_relinked_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "D-30");
	bd_open(bd);
	bd_data(bd, BD_RCV, 100);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	bd->muted = true;
	bd_serve(bd);
	bd_ack(bd, 0);
	bd->muted = false;
	bd_serve(bd);
	bd_advance(bd, 200);
	BD_ACK(bd);
	BD_NO_CALL(bd);
	bd_send(bd, 100);
	BD_DATA(bd, BD_SND, 100);
}

/*
 * O-11: what comes is taken in, and acknowledged when that can be. Where an
 * acknowledgment is due at once the upload is asked for, and that is the end.
 */
static void muted_takes_in_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "O-11 EVT-073");
	bd_open(bd);
	bd->muted = true;
	bd_serve(bd);
	bd_data(bd, BD_RCV, 100);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 100);
	BD_QUIET(bd);
	bd->muted = false;
	bd_serve(bd);
	bd_advance(bd, 200);
	BD_ACK(bd);
	bd->muted = true;
	bd_serve(bd);
	bd_data(bd, BD_RCV + 100, 100);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	/* Beyond the window; answered at once if that were possible. */
	bd_data(bd, BD_RCV + 200 + BD_WND, 100);
	BD_UPLOAD(bd, CHIM_UPLOAD_INVALID);
	KUNIT_EXPECT_NULL(test, bd->tcb.flow->ooo.last);
	bd_data(bd, BD_RCV + 200, 100);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 200);
	BD_NO_CALL(bd);
	BD_QUIET(bd);
}

/* it takes nothing in, sends nothing, and keeps all. */
static void invalidated_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *a, *b;
	struct bd_rreq *r, *s;

	CHIM_COVERS(test, "R-10 X-31 X-32");
	bd_open(bd);
	a = bd_send(bd, 1000);
	r = bd_post(bd, 1000, CHIM_RREQ_NOPUSH);
	bd_data(bd, BD_RCV, 100);
	bd_drain(bd);
	bd_invalidate(bd);
	bd_ack(bd, 1000);
	bd_data(bd, BD_RCV + 100, 100);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 100);
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_una, BD_SND);
	BD_PENDING(bd, a);
	BD_PENDING(bd, r);
	b = bd_send(bd, 10);
	BD_ENDED(bd, b, CHIM_END_UPLOAD, 10);
	BD_QUIET(bd);
	bd_end(bd);
	BD_QUIET(bd);
	KUNIT_EXPECT_TRUE(test, a->back);
	BD_FILLED(bd, r, CHIM_END_OK, 100);
	KUNIT_EXPECT_EQ(test, bd->d.rcv_nxt, BD_RCV + 100);
	/* Refused as well, though not called back before the end. */
	bd_reset(bd);
	bd_open(bd);
	bd_invalidate(bd);
	s = bd_post(bd, 10, 0);
	bd_end(bd);
	BD_FILLED(bd, s, CHIM_END_UPLOAD, 0);
}

static struct kunit_case upload_cases[] = {
	KUNIT_CASE(upload_mandatory_test),
	KUNIT_CASE(upload_requests_test),
	KUNIT_CASE(upload_receive_order_test),
	KUNIT_CASE(upload_not_asked_test),
	KUNIT_CASE(upload_optional_test),
	KUNIT_CASE(upload_after_reset_test),
	KUNIT_CASE(upload_after_fin_test),
	KUNIT_CASE(urgent_bad_test),
	KUNIT_CASE(urgent_test),
	KUNIT_CASE(urgent_after_data_test),
	KUNIT_CASE(urgent_limit_test),
	KUNIT_CASE(urgent_tight_test),
	KUNIT_CASE(muted_test),
	KUNIT_CASE(muted_relinked_test),
	KUNIT_CASE(muted_takes_in_test),
	KUNIT_CASE(invalidated_test),
	{}
};

static struct kunit_suite upload_suite = {
	.name = "chim_upload",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = upload_cases,
};

kunit_test_suite(upload_suite);
