// SPDX-License-Identifier: GPL-2.0
/*
 * Known flaws of TCP implementations, by the list of RFC 2525. Those about
 * opening a connection, and about an RST for data that nobody reads, are not
 * here: both are the host's decision (TCP-030, DSC-031).
 */
#include "bed.h"

/* 2.1, 2.3: the congestion window is the one handed over, and doubles. */
static void flaws_slow_start_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-011");
	bd->d.cwnd = 2000;
	bd_open(bd);
	bd_send(bd, 50000);
	KUNIT_EXPECT_EQ(test, bd_count(bd), 2U);
	for (i = 1; i <= 3; i++) {
		bd_drain(bd);
		bd_ack(bd, 1000);
		/* The one that has left, and one more. */
		KUNIT_EXPECT_EQ(test, bd_count(bd), 2U);
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, 2000 + i * 1000);
	}
}

/* 2.2, 2.10, 2.14: one segment per timeout, twice as late, then slow start. */
static void flaws_timeout_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-011");
	bd_open(bd);
	bd_send(bd, 50000);
	bd_drain(bd);
	for (i = 0; i < 2; i++) {
		bd_advance(bd, (BD_RTO << i) - 1);
		BD_QUIET(bd);
		bd_advance(bd, 1);
		BD_DATA(bd, BD_SND, 1000);
		BD_QUIET(bd);
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, BD_MSS);
	}
	bd_ack(bd, 1000);
	BD_DATA(bd, BD_SND + 1000, 1000);
	BD_DATA(bd, BD_SND + 2000, 1000);
	BD_QUIET(bd);
}

/* 2.4: a byte is the same byte whenever it is sent. */
static void flaws_same_bytes_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct chim_sreq *req;
	const struct chim_frame *f;
	struct bd_sreq *first;

	CHIM_COVERS(test, "TCP-011");
	bd_open(bd);
	first = bd_send(bd, 700);
	bd_drain(bd);
	bd_send(bd, 800);
	bd_drain(bd);
	bd_advance(bd, BD_RTO);
	f = bd_next(bd);
	req = &first->r;
	KUNIT_EXPECT_EQ(test, f->seq, BD_SND);
	KUNIT_EXPECT_PTR_EQ(test, f->req, req);
	KUNIT_EXPECT_EQ(test, f->off, 0U);
	KUNIT_EXPECT_EQ(test, f->len, 1000U);
}

/* 2.5: what lies above the next byte is kept. */
static void flaws_retain_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-011");
	bd_open(bd);
	bd_data(bd, BD_RCV + 1000, 1000);
	bd_data(bd, BD_RCV + 2000, 1000);
	bd_drain(bd);
	bd_data(bd, BD_RCV, 1000);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 3000);
	BD_ACK(bd);
}

/* 2.6: congestion avoidance adds a segment per window, and nothing beyond. */
static void flaws_additive_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-011");
	bd->d.ssthresh = 5000;
	bd_open(bd);
	bd_send(bd, 100000);
	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, BD_CWND);
		bd_ack(bd, 1000);
	}
	KUNIT_EXPECT_EQ(test, bd->tcb.cwnd, BD_CWND + BD_MSS);
}

/* 2.7: without a sample it is a second (RFC 6298, 2.1). */
static void flaws_first_timeout_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-011");
	bd->d.srtt = 0;
	bd->d.rttvar = 0;
	bd_open(bd);
	bd_send(bd, 100);
	bd_drain(bd);
	bd_advance(bd, 999);
	BD_QUIET(bd);
	bd_advance(bd, 1);
	BD_DATA(bd, BD_SND, 100);
}

/* 2.8: after recovery the window is no larger than the threshold. */
static void flaws_deflation_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-011");
	bd_open(bd);
	bd_send(bd, 10000);
	bd_drain(bd);
	bd_dup(bd, 9);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.cong, (int)CHIM_CONG_RECOVERY);
	bd_ack(bd, 10000);
	KUNIT_EXPECT_EQ(test, (int)bd->tcb.cong, (int)CHIM_CONG_OPEN);
	KUNIT_EXPECT_LE(test, bd->tcb.cwnd, 5000U);
	BD_CALL(bd, CHIM_CALL_SENT);
}

/* 2.9, 2.11: all probes that were asked for, no sooner than was asked for. */
static void flaws_keepalive_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-011");
	bd->v.flags = CHIM_CONN_KEEPALIVE;
	bd->d.ka_left = 10000;
	bd_open(bd);
	bd_advance(bd, 9999);
	BD_QUIET(bd);
	bd_advance(bd, 1);
	for (i = 1; i <= 5; i++) {
		BD_BARE(bd, BD_SND - 1, CHIM_ACK);
		BD_NO_CALL(bd);
		bd_advance(bd, 999);
		BD_QUIET(bd);
		bd_advance(bd, 1);
	}
	BD_UPLOAD(bd, CHIM_UPLOAD_TIMEOUT);
}

/* 2.12: data that comes meanwhile does not keep the window from being asked. */
static void flaws_probe_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-011");
	bd_open(bd);
	bd_send(bd, 100000);
	bd_drain(bd);
	bd->wnd = 0;
	bd_ack(bd, 10000);
	for (i = 0; i < 3; i++) {
		bd_advance(bd, BD_RTO / 4);
		bd_data(bd, bd->tcb.rcv_nxt, 10);
	}
	bd_drain(bd);
	bd_advance(bd, 2 * BD_RTO);
	KUNIT_EXPECT_EQ(test, bd_next(bd)->seq, BD_SND + 10000);
	bd_drain(bd);
	bd_peer_window(bd, BD_WND);
	BD_DATA(bd, BD_SND + 10000, 1);
	KUNIT_EXPECT_GT(test, bd_next(bd)->len, 1U);
}

/* 2.13: every second segment is acknowledged. */
static void flaws_stretch_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-011");
	bd_open(bd);
	for (i = 0; i < 20; i++)
		bd_data(bd, bd->tcb.rcv_nxt, 1000);
	KUNIT_EXPECT_EQ(test, bd_count(bd), 10U);
}

/* 2.15: a FIN does not wait for anything but the windows. */
static void flaws_prompt_fin_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct chim_frame *f;

	CHIM_COVERS(test, "TCP-011");
	bd->v.flags = CHIM_CONN_NAGLE;
	bd_open(bd);
	bd_send(bd, 1000);
	bd_send(bd, 10);
	BD_DATA(bd, BD_SND, 1000);
	BD_QUIET(bd);
	bd_disconnect(bd, 0);
	f = bd_next(bd);
	KUNIT_EXPECT_EQ(test, f->len, 10U);
	KUNIT_EXPECT_TRUE(test, f->flags & CHIM_FIN);
}

/* 2.18: options come out of the segment, not on top of it. */
static void flaws_options_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct chim_frame *f;

	CHIM_COVERS(test, "TCP-011");
	bd->c.flags = CHIM_CONN_TIMESTAMPS | CHIM_CONN_SACK;
	bd_open(bd);
	bd_data(bd, BD_RCV + 2000, 100);
	bd_data(bd, BD_RCV + 4000, 100);
	bd_drain(bd);
	bd_send(bd, 5000);
	f = bd_next(bd);
	KUNIT_EXPECT_EQ(test, (int)f->n_sack, 2);
	KUNIT_EXPECT_EQ(test, f->mss, BD_MSS - 12 - 4 - 2 * 8);
	KUNIT_EXPECT_LE(test, f->len, BD_MSS - 12);
}

static struct kunit_case flaws_cases[] = {
	KUNIT_CASE(flaws_slow_start_test),
	KUNIT_CASE(flaws_timeout_test),
	KUNIT_CASE(flaws_same_bytes_test),
	KUNIT_CASE(flaws_retain_test),
	KUNIT_CASE(flaws_additive_test),
	KUNIT_CASE(flaws_first_timeout_test),
	KUNIT_CASE(flaws_deflation_test),
	KUNIT_CASE(flaws_keepalive_test),
	KUNIT_CASE(flaws_probe_test),
	KUNIT_CASE(flaws_stretch_test),
	KUNIT_CASE(flaws_prompt_fin_test),
	KUNIT_CASE(flaws_options_test),
	{}
};

static struct kunit_suite flaws_suite = {
	.name = "chim_flaws",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = flaws_cases,
};

kunit_test_suite(flaws_suite);
