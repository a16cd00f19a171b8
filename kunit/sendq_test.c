// SPDX-License-Identifier: GPL-2.0
/* Send requests: order, completion, where the bytes are. */
#include "bed.h"

#include "tcp/sendq.h"

/* SND-060: a request ends when its last byte is acknowledged, not before. */
static void sendq_acked_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *a, *b;

	CHIM_COVERS(test, "SND-060 SND-019 SND-065");
	bd_open(bd);
	a = bd_send(bd, 1500);
	b = bd_send(bd, 2500);
	BD_DATA(bd, BD_SND, 1000);
	BD_DATA(bd, BD_SND + 1000, 500);
	BD_DATA(bd, BD_SND + 1500, 1000);
	BD_DATA(bd, BD_SND + 2500, 1000);
	BD_DATA(bd, BD_SND + 3500, 500);
	BD_QUIET(bd);
	bd_ack(bd, 1499);
	BD_NO_CALL(bd);
	bd_ack(bd, 1);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_ENDED(bd, a, CHIM_END_OK, 0);
	BD_PENDING(bd, b);
	bd_ack(bd, 2499);
	BD_NO_CALL(bd);
	bd_ack(bd, 1);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_ENDED(bd, b, CHIM_END_OK, 0);
	BD_NO_CALL(bd);
}

/* SND-067: what one acknowledgment ends is completed in one call, in order. */
static void sendq_several_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req[20];
	const struct bd_call *call;
	u32 i;

	CHIM_COVERS(test, "SND-067 SND-016 SND-060 INI-109");
	bd_open(bd);
	for (i = 0; i < ARRAY_SIZE(req); i++)
		req[i] = bd_send(bd, 100 + i);
	bd_ack(bd, 20 * 100 + 190 - 1);
	call = bd_call(bd);
	KUNIT_ASSERT_NOT_NULL(test, call);
	KUNIT_EXPECT_EQ(test, call->n, 19U);
	BD_NO_CALL(bd);
	for (i = 0; i < 19; i++)
		KUNIT_EXPECT_EQ(test, req[i]->order, i + 1);
	BD_PENDING(bd, req[19]);
}

/* SND-015: those of one call, linked, in their order. */
static void sendq_list_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req[5];
	struct chim_run run;
	u32 i;

	CHIM_COVERS(test, "SND-015 SND-016");
	bd_open(bd);
	bd_send(bd, 10);
	for (i = 0; i < ARRAY_SIZE(req); i++) {
		req[i] = bd_sreq(bd, 700 + i, 0);
		if (i)
			req[i - 1]->r.next = &req[i]->r;
	}
	bd_begin(bd, &run);
	chim_tcp_send(&run, &req[0]->r);
	bd_finish(bd, &run);
	bd_send(bd, 10);
	/* The bed sees that each byte is where it belongs. */
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_max, BD_SND + 10 + 3510 + 10);
	bd_ack(bd, 10 + 3510);
	for (i = 0; i < ARRAY_SIZE(req); i++)
		KUNIT_EXPECT_EQ(test, req[i]->order, i + 2);
}

/* One of no length ends when all before it has. */
static void sendq_empty_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *a, *b, *c, *d;

	CHIM_COVERS(test, "SND-060 SND-016");
	bd_open(bd);
	a = bd_send(bd, 0);
	BD_ENDED(bd, a, CHIM_END_OK, 0);
	b = bd_send(bd, 100);
	c = bd_send(bd, 0);
	d = bd_send(bd, 100);
	BD_PENDING(bd, c);
	bd_ack(bd, 100);
	BD_ENDED(bd, b, CHIM_END_OK, 0);
	BD_ENDED(bd, c, CHIM_END_OK, 0);
	KUNIT_EXPECT_LT(test, b->order, c->order);
	BD_PENDING(bd, d);
	bd_ack(bd, 100);
	BD_ENDED(bd, d, CHIM_END_OK, 0);
}

/* Where is a byte? Requests of 1, 0, 10, 100 bytes across 2^32. */
static void sendq_at_test(struct kunit *test)
{
	static const u32 lens[] = { 1, 0, 10, 100, 0, 0, 7 };
	static const u32 bases[] = { 0, -1, -11, -60, -118, 0x7ffffff0 };
	struct bd *bd = test->priv;
	struct bd_sreq *req[ARRAY_SIZE(lens)];
	const struct chim_sreq *found;
	u32 i, j, off, seq;

	CHIM_COVERS(test, "INI-104 INI-105");
	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		bd_reset(bd);
		bd->d.snd_una = bases[i];
		bd->d.snd_nxt = bases[i];
		bd->d.snd_max = bases[i];
		bd->d.snd_wnd = 0;
		bd->wnd = 0;
		bd_open(bd);
		bd_send(bd, 1);
		for (j = 0; j < ARRAY_SIZE(lens); j++)
			req[j] = bd_send(bd, lens[j]);
		for (j = 0, seq = bases[i] + 1; j < ARRAY_SIZE(lens); j++)
			for (off = 0; off < lens[j]; off++, seq++) {
				u32 at;

				found = chim_sendq_at(&bd->tcb.flow->sq, seq,
						      &at);
				KUNIT_EXPECT_TRUE(test, found == &req[j]->r);
				KUNIT_EXPECT_EQ(test, at, off);
				at = chim_sendq_to_end(&bd->tcb.flow->sq, seq);
				KUNIT_EXPECT_EQ(test, at, lens[j] - off);
			}
		found = chim_sendq_at(&bd->tcb.flow->sq, seq, &off);
		KUNIT_EXPECT_NULL(test, found);
		off = chim_sendq_to_end(&bd->tcb.flow->sq, seq);
		KUNIT_EXPECT_EQ(test, off, 0U);
	}
}

static void open_huge(struct bd *bd)
{
	bd->c.flags = CHIM_CONN_WSCALE;
	bd->c.snd_wscale = 14;
	bd->wnd = 65535;
	bd->d.snd_wnd = 1 << 29;
	bd->d.max_snd_wnd = 1 << 29;
	bd->d.cwnd = 1 << 30;
	bd->d.srtt = 8;
	bd->burst = 1 << 20;
	bd_open(bd);
}

/* More than 2^32 bytes may be queued; the numbers go round meanwhile. */
static void sendq_huge_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req[4];
	u32 i;

	CHIM_COVERS(test, "SND-060");
	open_huge(bd);
	for (i = 0; i < ARRAY_SIZE(req); i++)
		req[i] = bd_send(bd, 0x7fffffff);
	KUNIT_EXPECT_GT(test, bd->tcb.flow->sq.unsent, 1ULL << 32);
	for (i = 0; i < ARRAY_SIZE(req); i++) {
		while (!req[i]->order) {
			KUNIT_ASSERT_NE(test, bd->tcb.snd_una,
					bd->tcb.snd_max);
			bd_ack(bd, bd->tcb.snd_max - bd->tcb.snd_una);
			bd_drain(bd);
		}
		BD_ENDED(bd, req[i], CHIM_END_OK, 0);
		if (i < 3)
			BD_PENDING(bd, req[i + 1]);
	}
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_una, BD_SND + 4 * 0x7fffffffU);
}

/* What of it is not acknowledged is right, however much that is. */
static void sendq_huge_left_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *req[4];
	u32 i, j;

	CHIM_COVERS(test, "SND-062 SND-065 D-44 TRM-071");
	for (j = 0; j < 2; j++) {
		bd_reset(bd);
		open_huge(bd);
		for (i = 0; i < ARRAY_SIZE(req); i++)
			req[i] = bd_send(bd, 0x7fffffff);
		bd_ack(bd, 12345);
		if (j)
			bd_flags(bd, BD_RCV, CHIM_RST);
		bd_end(bd);
		for (i = 0; i < ARRAY_SIZE(req); i++)
			KUNIT_EXPECT_EQ(test, req[i]->r.left,
					0x7fffffffU - (i ? 0 : 12345));
	}
}

static struct bd_sreq *nested[3];

static void send_more(struct bd *bd, const struct bd_call *call)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(nested); i++)
		if (!nested[i]) {
			nested[i] = bd_send(bd, 100);
			return;
		}
}

/* Sent from within a completion: taken at once, sent when it returns. */
static void sendq_within_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "SND-019 SND-016");
	memset(nested, 0, sizeof(nested));
	bd->on_call = send_more;
	bd_open(bd);
	bd_send(bd, 100);
	for (i = 0; i < 4; i++) {
		BD_DATA(bd, BD_SND + 100 * i, 100);
		BD_QUIET(bd);
		bd_ack(bd, 100);
		BD_CALL(bd, CHIM_CALL_SENT);
	}
	BD_QUIET(bd);
}

static struct kunit_case sendq_cases[] = {
	KUNIT_CASE(sendq_acked_test),
	KUNIT_CASE(sendq_several_test),
	KUNIT_CASE(sendq_list_test),
	KUNIT_CASE(sendq_empty_test),
	KUNIT_CASE(sendq_at_test),
	KUNIT_CASE(sendq_huge_test),
	KUNIT_CASE(sendq_huge_left_test),
	KUNIT_CASE(sendq_within_test),
	{}
};

static struct kunit_suite sendq_suite = {
	.name = "chim_sendq",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = sendq_cases,
};

kunit_test_suite(sendq_suite);
