// SPDX-License-Identifier: GPL-2.0
/* Data out of order: kept, reported, joined, dropped. */
#include "bed.h"

#include <linux/prandom.h>

/* Emulation with KCSAN is slow; there, races are what is looked for. */
#define ROUNDS	(IS_ENABLED(CONFIG_KCSAN) ? 2 : 60)

static void expect_blocks(struct bd *bd, const struct chim_range *want, u8 n)
{
	const struct chim_frame *f = bd_frame(bd);
	u8 i;

	KUNIT_ASSERT_NOT_NULL(bd->test, f);
	KUNIT_EXPECT_EQ(bd->test, f->ack, bd->tcb.rcv_nxt);
	KUNIT_ASSERT_EQ(bd->test, (int)f->n_sack, (int)n);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ(bd->test, f->sack[i].start, want[i].start);
		KUNIT_EXPECT_EQ(bd->test, f->sack[i].end, want[i].end);
	}
	BD_QUIET(bd);
}

#define BLOCKS(bd, ...) do {						\
	const struct chim_range _r[] = { __VA_ARGS__ };			\
									\
	expect_blocks(bd, _r, ARRAY_SIZE(_r));				\
} while (0)

/* TCP-041: nothing that is in the window comes for nothing. */
static void ooo_queue_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-041 TCP-033 X-51");
	bd_open(bd);
	bd_data(bd, BD_RCV + 3000, 1000);
	BD_ACK(bd);
	bd_data(bd, BD_RCV + 1000, 1000);
	BD_ACK(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV);
	BD_NO_CALL(bd);
	/* The window is not used up by it. */
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_wnd, BD_WND);
	bd_data(bd, BD_RCV, 1000);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 2000);
	BD_ACK(bd);
	bd_data(bd, BD_RCV + 2000, 1000);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 4000);
	BD_ACK(bd);
	BD_QUIET(bd);
	KUNIT_EXPECT_NULL(test, bd->tcb.flow->ooo.last);
}

/* Requests are filled in sequence, never with what came too early. */
static void ooo_requests_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_rreq *req;

	CHIM_COVERS(test, "TCP-041 X-51");
	bd_open(bd);
	req = bd_post(bd, 2000, 0);
	bd_data(bd, BD_RCV + 1000, 1000);
	KUNIT_EXPECT_EQ(test, req->r.filled, 0U);
	bd_data(bd, BD_RCV, 1000);
	BD_FILLED(bd, req, CHIM_END_OK, 2000);
}

/* RFC 2018, section 4: the one that came last goes first. */
static void ooo_sack_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 s = BD_RCV;

	CHIM_COVERS(test, "CON-011 CAP-017 TCP-060 TCP-062");
	bd->c.flags = CHIM_CONN_SACK;
	bd_open(bd);
	bd_data(bd, s + 2000, 1000);
	BLOCKS(bd, { s + 2000, s + 3000 });
	bd_data(bd, s + 4000, 1000);
	BLOCKS(bd, { s + 4000, s + 5000 }, { s + 2000, s + 3000 });
	bd_data(bd, s + 6000, 1000);
	BLOCKS(bd, { s + 6000, s + 7000 }, { s + 4000, s + 5000 },
	       { s + 2000, s + 3000 });
	/* It grows, and so comes first. */
	bd_data(bd, s + 3000, 500);
	BLOCKS(bd, { s + 2000, s + 3500 }, { s + 6000, s + 7000 },
	       { s + 4000, s + 5000 });
	/* Two become one. */
	bd_data(bd, s + 5000, 1000);
	BLOCKS(bd, { s + 4000, s + 7000 }, { s + 2000, s + 3500 });
	bd_data(bd, s, 2000);
	BLOCKS(bd, { s + 4000, s + 7000 });
	bd_data(bd, s + 3500, 500);
	BD_ACK(bd);
}

/* As many as there is room for beside the timestamps. */
static void ooo_sack_room_test(struct kunit *test)
{
	static const u8 flags[] = {
		CHIM_CONN_SACK, CHIM_CONN_SACK | CHIM_CONN_TIMESTAMPS,
	};
	static const u8 room[] = { 4, 3 };
	struct bd *bd = test->priv;
	const struct chim_frame *f = NULL;
	u32 i, j;

	CHIM_COVERS(test, "CON-011 CON-010 TCP-062");
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		bd_reset(bd);
		bd->c.flags = flags[i];
		bd_open(bd);
		for (j = 1; j <= 10; j++)
			bd_data(bd, BD_RCV + 2000 * j, 1000);
		while (bd_count(bd))
			f = bd_frame(bd);
		KUNIT_ASSERT_NOT_NULL(test, f);
		KUNIT_EXPECT_EQ(test, (int)f->n_sack, (int)room[i]);
		KUNIT_EXPECT_EQ(test, f->sack[0].start, BD_RCV + 20000);
		/* All of it is kept, reported or not. */
		for (j = 0; j < 10; j++)
			bd_data(bd, BD_RCV + 1000 + 2000 * j - 1000, 2000);
		KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 21000);
	}
}

static void ooo_sack_off_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "CON-011 TCP-061");
	bd_open(bd);
	bd_data(bd, BD_RCV + 2000, 1000);
	BD_ACK(bd);
	bd_data(bd, BD_RCV + 2000, 1000);
	KUNIT_EXPECT_EQ(test, (int)bd_next(bd)->n_sack, 0);
	bd_data(bd, BD_RCV, 2000);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 3000);
}

/* Nor is a duplicate on its mind for ever: acknowledgments are delayed again. */
static void ooo_dsack_off_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-033 TMR-033");
	bd_open(bd);
	bd_data(bd, bd->tcb.rcv_nxt, 1000);
	bd_drain(bd);
	bd_data(bd, bd->tcb.rcv_nxt - 1000, 1000);
	bd_drain(bd);
	bd_data(bd, bd->tcb.rcv_nxt, 100);
	BD_QUIET(bd);
	bd_advance(bd, bd->cfg.ack_ticks);
	BD_ACK(bd);
}

/* RFC 2883: what came twice is said once, before all else. */
static void ooo_dsack_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 s = BD_RCV;

	CHIM_COVERS(test, "TCP-062");
	bd->c.flags = CHIM_CONN_SACK;
	bd_open(bd);
	bd_data(bd, s, 1000);
	/* Received and acknowledged, or about to be. */
	bd_data(bd, s, 1000);
	BLOCKS(bd, { s, s + 1000 });
	bd_data(bd, s + 2000, 1000);
	BLOCKS(bd, { s + 2000, s + 3000 });
	/* Out of order, in the block behind it. */
	bd_data(bd, s + 2000, 1000);
	BLOCKS(bd, { s + 2000, s + 3000 }, { s + 2000, s + 3000 });
	bd_data(bd, s + 2500, 1000);
	BLOCKS(bd, { s + 2500, s + 3000 }, { s + 2000, s + 3500 });
	/* Partly old. */
	bd_data(bd, s + 500, 1000);
	BLOCKS(bd, { s + 500, s + 1000 }, { s + 2000, s + 3500 });
	bd_data(bd, s + 4500, 500);
	BLOCKS(bd, { s + 4500, s + 5000 }, { s + 2000, s + 3500 });
}

/* Whatever comes in whatever pieces, the tree keeps each byte once. */
static void ooo_overlap_test(struct kunit *test)
{
	static const struct {
		u32 at;
		u32 len;
	} pieces[] = {
		{ 2000, 1000 }, { 2500, 100 }, { 1500, 1000 }, { 2800, 700 },
		{ 4000, 500 }, { 3300, 2000 }, { 1000, 9000 }, { 1000, 500 },
		{ 9999, 2 }, { 500, 10000 },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-041");
	bd_open(bd);
	for (i = 0; i < ARRAY_SIZE(pieces); i++)
		bd_data(bd, BD_RCV + pieces[i].at, pieces[i].len);
	BD_NO_CALL(bd);
	bd_data(bd, BD_RCV, 501);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 10500);
}

static void expect_there(struct kunit *test, const u8 *there,
			 const struct chim_range *r)
{
	u32 at = r->start - BD_RCV, len = r->end - r->start;

	KUNIT_ASSERT_LE(test, at, 2300U);
	KUNIT_ASSERT_LE(test, len, 2300U - at);
	KUNIT_EXPECT_NULL(test, memchr(there + at, 0, len));
}

/* Against one that only knows which bytes there are. */
static void ooo_twin_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct rnd_state rnd;
	u8 *there;
	u32 round, i, nxt;

	CHIM_COVERS(test, "TCP-041 CON-011");
	prandom_seed_state(&rnd, 20061);
	there = kunit_kzalloc(test, 4096, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, there);
	for (round = 0; round < ROUNDS; round++) {
		bd_reset(bd);
		bd->c.flags = CHIM_CONN_SACK;
		bd_open(bd);
		memset(there, 0, 4096);
		for (nxt = 0; nxt < 2000;) {
			u32 at = prandom_u32_state(&rnd) % 2000;
			u32 len = 1 + prandom_u32_state(&rnd) % 300;
			const struct chim_frame *f;

			bd_data(bd, BD_RCV + at, len);
			memset(there + at, 1, len);
			while (there[nxt])
				nxt++;
			KUNIT_ASSERT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + nxt);
			/* Only what is there is reported. */
			while ((f = bd_frame(bd)))
				for (i = 0; i < f->n_sack; i++)
					expect_there(test, there, &f->sack[i]);
		}
		KUNIT_EXPECT_EQ(test, bd->read, bd->tcb.rcv_nxt);
	}
}

/* The bytes needed last are the first to go, and are not reported. */
static void ooo_limit_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct chim_frame *f = NULL;
	u32 i, kept;

	CHIM_COVERS(test, "TCP-041 X-51 TCP-062");
	bd->c.flags = CHIM_CONN_SACK;
	bd->cfg.ooo_bytes = 20000;
	bd_open(bd);
	for (i = 20; i; i--)
		bd_data(bd, BD_RCV + 2000 * i, 1000);
	KUNIT_EXPECT_GT(test, bd->mib.in_discards, 0ULL);
	while (bd_count(bd))
		f = bd_frame(bd);
	KUNIT_ASSERT_NOT_NULL(test, f);
	for (i = 0; i < f->n_sack; i++)
		KUNIT_EXPECT_TRUE(test, seq_before(f->sack[i].end,
						   BD_RCV + 20000));
	/* Nothing further fits, and nothing is lost by it. */
	bd_data(bd, BD_RCV + 50000, 1000);
	for (kept = 0, i = 0; bd->tcb.rcv_nxt != BD_RCV + 41000; i++) {
		u32 nxt = bd->tcb.rcv_nxt;

		KUNIT_ASSERT_LT(test, i, 50U);
		bd_data(bd, nxt, 1000);
		kept += bd->tcb.rcv_nxt - nxt - 1000;
	}
	KUNIT_EXPECT_GE(test, kept, 5000U);
	KUNIT_EXPECT_LT(test, kept, 20000U);
}

/* TRM-096: neither handed back nor acknowledged. */
static void ooo_dropped_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TRM-096 X-38");
	bd->c.flags = CHIM_CONN_SACK;
	bd_open(bd);
	bd_data(bd, BD_RCV + 1000, 1000);
	bd_drain(bd);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->d.rcv_nxt, BD_RCV);
	KUNIT_EXPECT_EQ(test, bd->d.rcv_wnd, BD_WND);
	KUNIT_EXPECT_EQ(test, bd->rest_bytes, 0U);
	BD_QUIET(bd);
}

/* Memory for describing it is short: what is in sequence is not taken. */
static void ooo_starved_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-041");
	bd_open(bd);
	bd_data(bd, BD_RCV + 1000, 1000);
	bd_data(bd, BD_RCV + 2000, 1000);
	bd->accept = 0;
	bd_data(bd, BD_RCV, 500);
	bd->fail_describe = 2;
	bd_data(bd, BD_RCV + 500, 500);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 500);
	bd_data(bd, BD_RCV + 500, 250);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 500);
	bd_data(bd, BD_RCV + 500, 250);
	bd->fail_describe = 0;
	bd_data(bd, BD_RCV + 750, 3000);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 3750);
}

/* Memory is short for what comes into sequence: it is not reported any more. */
static void ooo_join_fails_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 s = BD_RCV;

	CHIM_COVERS(test, "TCP-060 TCP-041");
	bd->c.flags = CHIM_CONN_SACK;
	bd_open(bd);
	bd_data(bd, s + 1000, 1000);
	bd_data(bd, s + 2000, 1000);
	bd_data(bd, s + 4000, 1000);
	bd_drain(bd);
	/* The request has what fills the gap, and nobody what is behind it. */
	bd_post(bd, 1000, 0);
	bd->accept = 0;
	bd->fail_describe = 1;
	bd_data(bd, s, 1000);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, s + 1000);
	BLOCKS(bd, { s + 4000, s + 5000 }, { s + 2000, s + 3000 });
	bd_data(bd, s + 1000, 1000);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, s + 3000);
	BLOCKS(bd, { s + 4000, s + 5000 });
}

static struct kunit_case ooo_cases[] = {
	KUNIT_CASE(ooo_queue_test),
	KUNIT_CASE(ooo_requests_test),
	KUNIT_CASE(ooo_sack_test),
	KUNIT_CASE(ooo_sack_room_test),
	KUNIT_CASE(ooo_sack_off_test),
	KUNIT_CASE(ooo_dsack_test),
	KUNIT_CASE(ooo_dsack_off_test),
	KUNIT_CASE(ooo_overlap_test),
	KUNIT_CASE(ooo_twin_test),
	KUNIT_CASE(ooo_limit_test),
	KUNIT_CASE(ooo_dropped_test),
	KUNIT_CASE(ooo_starved_test),
	KUNIT_CASE(ooo_join_fails_test),
	{}
};

static struct kunit_suite ooo_suite = {
	.name = "chim_ooo",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = ooo_cases,
};

kunit_test_suite(ooo_suite);
