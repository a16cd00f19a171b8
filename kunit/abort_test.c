// SPDX-License-Identifier: GPL-2.0
/* The end by a reset, of the peer's or of ours. */
#include "bed.h"

static void reset(struct bd *bd)
{
	bd_flags(bd, bd->tcb.rcv_nxt, CHIM_RST);
}

/* --- the peer resets ------------------------------------------------------- */

/* EVT-050 to EVT-053, R-08: the event, then sends, then receives. */
static void abort_by_peer_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *a, *b, *c;
	struct bd_rreq *r, *s;

	CHIM_COVERS(test, "EVT-050 EVT-051 EVT-052 EVT-053 R-08 D-57");
	CHIM_COVERS(test, "SND-062 SND-064 SND-065 DSC-057 D-44");
	bd->d.snd_wnd = 2500;
	bd->wnd = 2500;
	bd_open(bd);
	r = bd_post(bd, 1000, CHIM_RREQ_NOPUSH);
	s = bd_post(bd, 1000, 0);
	bd_data(bd, BD_RCV, 300);
	a = bd_send(bd, 1000);
	b = bd_send(bd, 1000);
	c = bd_disconnect(bd, 1000);
	bd_ack(bd, 1400);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_ENDED(bd, a, CHIM_END_OK, 0);
	bd_drain(bd);
	reset(bd);
	BD_CALL(bd, CHIM_CALL_ABORT);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_NO_CALL(bd);
	/* One in part, all later ones as a whole. */
	BD_ENDED(bd, b, CHIM_END_ABORTED, 600);
	BD_ENDED(bd, c, CHIM_END_ABORTED, 1000);
	BD_FILLED(bd, r, CHIM_END_ABORTED, 300);
	BD_FILLED(bd, s, CHIM_END_ABORTED, 0);
	KUNIT_EXPECT_LT(test, b->order, c->order);
	KUNIT_EXPECT_LT(test, c->order, r->order);
	KUNIT_EXPECT_LT(test, r->order, s->order);
	BD_STATE(bd, CHIM_TCP_CLOSED);
	bd_advance(bd, 1000000);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
}

/* the application has the data first. */
static void abort_data_first_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req;

	CHIM_COVERS(test, "X-53 R-08 X-54");
	bd->accept = 0;
	bd_open(bd);
	req = bd_send(bd, 100);
	bd_data(bd, BD_RCV, 1000);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	reset(bd);
	BD_NO_CALL(bd);
	BD_PENDING(bd, req);
	bd->accept = U32_MAX;
	bd_post(bd, 400, 0);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 1000);
	BD_CALL(bd, CHIM_CALL_ABORT);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_NO_CALL(bd);
	BD_ENDED(bd, req, CHIM_END_ABORTED, 100);
}

/* what is sent until the host has been told is taken, and fails later. */
static void abort_send_meanwhile_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *a, *b;

	CHIM_COVERS(test, "X-54 SND-062 SND-063");
	bd->accept = 0;
	bd_open(bd);
	bd_data(bd, BD_RCV, 1000);
	reset(bd);
	bd_drain(bd);
	a = bd_send(bd, 100);
	BD_PENDING(bd, a);
	BD_QUIET(bd);
	bd_post(bd, 1000, 0);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_CALL(bd, CHIM_CALL_ABORT);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_ENDED(bd, a, CHIM_END_ABORTED, 100);
	b = bd_send(bd, 100);
	BD_ENDED(bd, b, CHIM_END_ABORTED, 100);
	b = bd_disconnect(bd, 0);
	BD_ENDED(bd, b, CHIM_END_ABORTED, 0);
}

/* it supersedes a FIN that was not reported. */
static void abort_after_fin_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "X-53 EVT-050");
	bd->accept = 0;
	bd_open(bd);
	bd_data(bd, BD_RCV, 1000);
	bd_flags(bd, BD_RCV + 1000, CHIM_FIN | CHIM_ACK);
	reset(bd);
	bd_drain(bd);
	bd_post(bd, 1000, 0);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_CALL(bd, CHIM_CALL_ABORT);
	BD_NO_CALL(bd);
	/* One that was reported stays so. */
	bd_reset(bd);
	bd_open(bd);
	bd_flags(bd, BD_RCV, CHIM_FIN | CHIM_ACK);
	BD_CALL(bd, CHIM_CALL_DISCONNECT);
	reset(bd);
	BD_CALL(bd, CHIM_CALL_ABORT);
	BD_NO_CALL(bd);
}

/* held back by data, it is reported at the end. */
static void abort_unreported_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req;

	CHIM_COVERS(test, "R-11 X-35 X-36 EVT-032");
	bd->accept = 0;
	bd_open(bd);
	req = bd_send(bd, 100);
	bd_data(bd, BD_RCV, 1000);
	reset(bd);
	bd_drain(bd);
	bd_end(bd);
	KUNIT_EXPECT_TRUE(test, bd->rest_abort);
	BD_ENDED(bd, req, CHIM_END_ABORTED, 100);
	KUNIT_EXPECT_EQ(test, bd->rest_bytes, 1000U);
	KUNIT_EXPECT_EQ(test, bd->d.state, (u32)CHIM_TCP_CLOSED);
	/* Reported before, it is not again. */
	bd_reset(bd);
	bd_open(bd);
	reset(bd);
	BD_CALL(bd, CHIM_CALL_ABORT);
	bd_end(bd);
	KUNIT_EXPECT_FALSE(test, bd->rest_abort);
}

/* NSP-015, D-71: what comes later is not ours any more. */
static void abort_later_segments_test(struct kunit *test)
{
	static const u8 flags[] = {
		CHIM_ACK, CHIM_ACK | CHIM_FIN, CHIM_RST, CHIM_SYN, CHIM_ACK | CHIM_URG,
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "NSP-015 D-71 DSC-031");
	bd_open(bd);
	reset(bd);
	BD_CALL(bd, CHIM_CALL_ABORT);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		KUNIT_EXPECT_EQ(test, bd_flags(bd, bd->tcb.rcv_nxt, flags[i]),
				CHIM_SEG_HOST);
	KUNIT_EXPECT_EQ(test, bd_data(bd, bd->tcb.rcv_nxt, 10), CHIM_SEG_HOST);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
	/* Likewise after a close in both directions. */
	bd_reset(bd);
	bd_open(bd);
	bd_flags(bd, BD_RCV, CHIM_FIN | CHIM_ACK);
	bd_disconnect(bd, 0);
	bd_ack(bd, 1);
	BD_STATE(bd, CHIM_TCP_CLOSED);
	bd_drain(bd);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		KUNIT_EXPECT_EQ(test, bd_flags(bd, bd->tcb.rcv_nxt, flags[i]),
				CHIM_SEG_HOST);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
}

/* --- the host resets ------------------------------------------------------- */

/* DSC-030 to DSC-036, X-55 */
static void abort_by_host_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *a, *b, *c;
	struct bd_rreq *r;

	CHIM_COVERS(test, "DSC-030 DSC-031 DSC-032 DSC-033 DSC-036 DSC-058 X-55 D-44");
	CHIM_COVERS(test, "STT-054 STT-055");
	bd_open(bd);
	a = bd_send(bd, 1500);
	b = bd_send(bd, 1000);
	r = bd_post(bd, 1000, CHIM_RREQ_NOPUSH);
	bd_data(bd, BD_RCV, 200);
	bd_ack(bd, 400);
	bd_drain(bd);
	c = bd_abort(bd);
	BD_BARE(bd, BD_SND + 2500, CHIM_RST | CHIM_ACK);
	BD_QUIET(bd);
	BD_ENDED(bd, a, CHIM_END_ABORTED, 1100);
	BD_ENDED(bd, b, CHIM_END_ABORTED, 1000);
	BD_ENDED(bd, c, CHIM_END_OK, 0);
	BD_FILLED(bd, r, CHIM_END_ABORTED, 200);
	KUNIT_EXPECT_LT(test, a->order, b->order);
	KUNIT_EXPECT_LT(test, b->order, c->order);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_NO_CALL(bd);
	BD_STATE(bd, CHIM_TCP_CLOSED);
	KUNIT_EXPECT_EQ(test, bd->mib.out_resets, 1ULL);
	KUNIT_EXPECT_EQ(test, bd->mib.reset_estab, 1ULL);
	bd_advance(bd, 1000000);
	BD_QUIET(bd);
	BD_NO_CALL(bd);
}

/* DSC-035: nothing is taken in or acknowledged any more. */
static void abort_ends_all_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req;
	struct bd_rreq *r;

	CHIM_COVERS(test, "DSC-035 X-55");
	bd->accept = 0;
	bd_open(bd);
	bd_data(bd, BD_RCV, 1000);
	bd_data(bd, BD_RCV + 2000, 1000);
	bd_flags(bd, BD_RCV + 3000, CHIM_FIN | CHIM_ACK);
	bd_abort(bd);
	bd_drain(bd);
	bd_data(bd, BD_RCV + 1000, 1000);
	bd_advance(bd, 1000);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 1000);
	/* Undelivered data is dropped, no event is made. */
	r = bd_post(bd, 1000, 0);
	BD_FILLED(bd, r, CHIM_END_ABORTED, 0);
	req = bd_send(bd, 10);
	BD_ENDED(bd, req, CHIM_END_ABORTED, 10);
	BD_CALL(bd, CHIM_CALL_COMPLETE);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_NO_CALL(bd);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->rest_bytes, 0U);
	KUNIT_EXPECT_FALSE(test, bd->rest_abort);
	BD_QUIET(bd);
}

/* DSC-012, X-55: in every state, whatever happened before. */
static void abort_in_any_state_test(struct kunit *test)
{
	static const u8 states[] = {
		CHIM_TCP_ESTABLISHED, CHIM_TCP_FIN_WAIT1, CHIM_TCP_FIN_WAIT2,
		CHIM_TCP_CLOSE_WAIT, CHIM_TCP_CLOSING, CHIM_TCP_LAST_ACK,
	};
	struct bd *bd = test->priv;
	struct bd_sreq *req;
	u32 i;

	CHIM_COVERS(test, "DSC-012 DSC-030 DSC-036 X-55");
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		bool fin = states[i] == CHIM_TCP_FIN_WAIT1 ||
			   states[i] == CHIM_TCP_CLOSING ||
			   states[i] == CHIM_TCP_LAST_ACK;

		bd_reset(bd);
		bd->d.state = states[i];
		bd->d.snd_max += fin;
		bd->d.snd_nxt += fin;
		bd_open(bd);
		req = bd_abort(bd);
		BD_BARE(bd, BD_SND + fin, CHIM_RST | CHIM_ACK);
		BD_ENDED(bd, req, CHIM_END_OK, 0);
		req = bd_abort(bd);
		BD_ENDED(bd, req, CHIM_END_OK, 0);
	}
	/* Even if the peer has reset already. */
	bd_reset(bd);
	bd_open(bd);
	reset(bd);
	bd_drain(bd);
	req = bd_abort(bd);
	BD_BARE(bd, BD_SND, CHIM_RST | CHIM_ACK);
	BD_ENDED(bd, req, CHIM_END_OK, 0);
}

/* a reset of the peer's that was not reported is not any more. */
static void abort_drops_event_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "X-55");
	bd->accept = 0;
	bd_open(bd);
	bd_data(bd, BD_RCV, 1000);
	reset(bd);
	bd_drain(bd);
	bd_abort(bd);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_NO_CALL(bd);
	bd_end(bd);
	KUNIT_EXPECT_FALSE(test, bd->rest_abort);
}

static void abort_within(struct bd *bd, const struct bd_call *call)
{
	if (call->kind != CHIM_CALL_INDICATE || bd->priv)
		return;
	bd->priv = bd_abort(bd);
	/* DSC-034, as far as it is the engine's: it has been emitted. */
	BD_BARE(bd, BD_SND, CHIM_RST | CHIM_ACK);
}

/* From within an indication: what is left of its data is dropped. */
static void abort_within_call_test(struct kunit *test)
{
	static const u32 accept[] = { 0, 400, 1000 };
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "DSC-035 DSC-036 X-55");
	for (i = 0; i < ARRAY_SIZE(accept); i++) {
		bd_reset(bd);
		bd->accept = accept[i];
		bd->on_call = abort_within;
		bd_open(bd);
		bd_data(bd, BD_RCV, 1000);
		KUNIT_ASSERT_NOT_NULL(test, bd->priv);
		BD_ENDED(bd, ((struct bd_sreq *)bd->priv), CHIM_END_OK, 0);
		BD_CALL(bd, CHIM_CALL_INDICATE);
		BD_CALL(bd, CHIM_CALL_SENT);
		BD_NO_CALL(bd);
		BD_QUIET(bd);
		bd_end(bd);
		KUNIT_EXPECT_EQ(test, bd->rest_bytes, 0U);
	}
}

/* DSC-036 has no second try; DSC-012 no failure. */
static void abort_no_memory_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req;

	CHIM_COVERS(test, "DSC-012");
	bd_open(bd);
	bd->fail_emit = 1;
	req = bd_abort(bd);
	BD_ENDED(bd, req, CHIM_END_OK, 0);
	KUNIT_EXPECT_EQ(test, bd->mib.out_resets, 0ULL);
	KUNIT_EXPECT_EQ(test, bd->mib.out_discards, 1ULL);
	BD_STATE(bd, CHIM_TCP_CLOSED);
}

static struct kunit_case abort_cases[] = {
	KUNIT_CASE(abort_by_peer_test),
	KUNIT_CASE(abort_data_first_test),
	KUNIT_CASE(abort_send_meanwhile_test),
	KUNIT_CASE(abort_after_fin_test),
	KUNIT_CASE(abort_unreported_test),
	KUNIT_CASE(abort_later_segments_test),
	KUNIT_CASE(abort_by_host_test),
	KUNIT_CASE(abort_ends_all_test),
	KUNIT_CASE(abort_in_any_state_test),
	KUNIT_CASE(abort_drops_event_test),
	KUNIT_CASE(abort_within_call_test),
	KUNIT_CASE(abort_no_memory_test),
	{}
};

static struct kunit_suite abort_suite = {
	.name = "chim_abort",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = abort_cases,
};

kunit_test_suite(abort_suite);
