// SPDX-License-Identifier: GPL-2.0
/* SACK scoreboard: what the peer has, and what is lost. */
#include "bed.h"

#include "tcp/board.h"

#include <linux/prandom.h>

/* First number of the window; it passes zero after half of it. */
#define UNA	((u32)-32000)
#define SPAN	64000U

static struct chim_board *board(struct bd *bd)
{
	return bd->tcb.flow->board;
}

/* 64000 bytes are out and not acknowledged. */
static void open_board(struct bd *bd, struct chim_run *run)
{
	bd->c.flags = CHIM_CONN_SACK;
	bd->d.snd_una = UNA;
	bd->d.snd_nxt = UNA + SPAN;
	bd->d.snd_max = UNA + SPAN;
	bd->d.cwnd = 1000000;
	bd->d.rt_left = 1000000;
	bd_adopt(bd, SPAN);
	bd_open(bd);
	bd_begin(bd, run);
}

static bool note(struct bd *bd, struct chim_run *run, u32 start, u32 end)
{
	struct chim_seg seg = bd_seg(bd);

	seg.n_sack = 1;
	seg.sack[0].start = start;
	seg.sack[0].end = end;
	return chim_board_note(run, &seg);
}

/* From UNA: ranges that are reported, and what is known then. */
static const struct {
	u32 start;
	u32 end;
	bool news;
	u16 n;
	u32 first;	/* range that has the reported one */
	u32 last;
} reports[] = {
	{ 2000, 3000, true, 1, 2000, 3000 },
	{ 2000, 3000, false, 1, 2000, 3000 },
	{ 2100, 2900, false, 1, 2000, 3000 },
	{ 5000, 6000, true, 2, 5000, 6000 },
	{ 3000, 3500, true, 2, 2000, 3500 },		/* adjacent */
	{ 1500, 2000, true, 2, 1500, 3500 },
	{ 4500, 7000, true, 2, 4500, 7000 },
	{ 3400, 4600, true, 1, 1500, 7000 },		/* two become one */
	{ 9000, 9001, true, 2, 9000, 9001 },
	{ 31000, 33000, true, 3, 31000, 33000 },	/* across 2^32 */
	{ 63000, 64000, true, 4, 63000, 64000 },
	{ 1000, 64000, true, 1, 1000, 64000 },		/* all become one */
};

static void board_note_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_run run;
	u32 i, j;

	CHIM_COVERS(test, "TCP-062 CON-011 CAP-017");
	open_board(bd, &run);
	for (i = 0; i < ARRAY_SIZE(reports); i++) {
		bool found = false;

		KUNIT_EXPECT_EQ(test, note(bd, &run, UNA + reports[i].start,
					   UNA + reports[i].end),
				reports[i].news);
		bd_check(bd);
		KUNIT_EXPECT_EQ(test, (int)board(bd)->n, (int)reports[i].n);
		for (j = 0; j < board(bd)->n; j++)
			found |= board(bd)->range[j].start ==
				 UNA + reports[i].first &&
				 board(bd)->range[j].end ==
				 UNA + reports[i].last;
		KUNIT_EXPECT_TRUE(test, found);
	}
}

/* What cannot be true, or is not new, is passed over. */
static void board_bad_test(struct kunit *test)
{
	static const struct chim_range bad[] = {
		{ UNA + 2000, UNA + 2000 },
		{ UNA + 3000, UNA + 2000 },
		{ UNA + 1000, UNA + SPAN + 1 },
		{ UNA + SPAN, UNA + SPAN + 1 },
		{ UNA - 1000, UNA },
		{ UNA - 1000, UNA - 500 },
		{ UNA, UNA + 0x80000000 },
		{ UNA + 0x70000000, UNA + 1000 },
	};
	struct bd *bd = test->priv;
	struct chim_run run;
	u32 i;

	CHIM_COVERS(test, "TCP-062");
	open_board(bd, &run);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_FALSE(test, note(bd, &run, bad[i].start,
					      bad[i].end));
	KUNIT_EXPECT_TRUE(test, !board(bd) || !board(bd)->n);
}

/* RFC 2883, section 4: a first block that reports a duplicate is no news. */
static void board_dsack_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_run run;
	struct chim_seg seg;

	CHIM_COVERS(test, "TCP-062");
	open_board(bd, &run);
	seg = bd_seg(bd);
	seg.n_sack = 2;
	seg.sack[0].start = UNA - 500;
	seg.sack[0].end = UNA + 500;
	seg.sack[1].start = UNA + 2000;
	seg.sack[1].end = UNA + 3000;
	KUNIT_EXPECT_TRUE(test, chim_board_note(&run, &seg));
	KUNIT_EXPECT_EQ(test, (int)board(bd)->n, 1);
	seg.sack[0].start = UNA + 2500;
	seg.sack[0].end = UNA + 3000;
	KUNIT_EXPECT_FALSE(test, chim_board_note(&run, &seg));
	KUNIT_EXPECT_EQ(test, (int)board(bd)->n, 1);
}

/* The array is full: the furthest are forgotten. */
static void board_full_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_run run;
	u32 i;

	CHIM_COVERS(test, "TCP-062");
	open_board(bd, &run);
	for (i = 0; i < CHIM_BOARD_RANGES; i++)
		KUNIT_EXPECT_TRUE(test, note(bd, &run, UNA + 1000 + 400 * i,
					     UNA + 1200 + 400 * i));
	/* Further than all: not taken. */
	KUNIT_EXPECT_FALSE(test, note(bd, &run, UNA + 60000, UNA + 60100));
	KUNIT_EXPECT_EQ(test, (int)board(bd)->n, CHIM_BOARD_RANGES);
	/* In between: the last one goes. */
	KUNIT_EXPECT_TRUE(test, note(bd, &run, UNA + 100, UNA + 200));
	KUNIT_EXPECT_EQ(test, (int)board(bd)->n, CHIM_BOARD_RANGES);
	KUNIT_EXPECT_EQ(test, chim_board_high(&run), UNA + 1200 + 400 * 62);
	bd_check(bd);
}

static void board_acked_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_run run;

	CHIM_COVERS(test, "TCP-062");
	open_board(bd, &run);
	note(bd, &run, UNA + 1000, UNA + 2000);
	note(bd, &run, UNA + 31000, UNA + 33000);
	note(bd, &run, UNA + 40000, UNA + 41000);
	bd->tcb.snd_una = UNA + 1500;
	KUNIT_EXPECT_EQ(test, chim_board_acked(&run), 500U);
	KUNIT_EXPECT_EQ(test, board(bd)->range[0].start, UNA + 1500);
	bd->tcb.snd_una = UNA + 2000;
	KUNIT_EXPECT_EQ(test, chim_board_acked(&run), 500U);
	KUNIT_EXPECT_EQ(test, (int)board(bd)->n, 2);
	bd->tcb.snd_una = UNA + 32000;
	KUNIT_EXPECT_EQ(test, chim_board_acked(&run), 1000U);
	KUNIT_EXPECT_EQ(test, board(bd)->range[0].start, UNA + 32000);
	KUNIT_EXPECT_EQ(test, board(bd)->high_rxt, UNA + 32000);
	bd->tcb.snd_una = UNA + SPAN;
	KUNIT_EXPECT_EQ(test, chim_board_acked(&run), 2000U);
	KUNIT_EXPECT_EQ(test, (int)board(bd)->n, 0);
	bd->tcb.snd_una = UNA;
}

/* RFC 6675, IsLost: three ranges above, or more than two segments' bytes. */
static void board_lost_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_run run;

	CHIM_COVERS(test, "TCP-062 TCP-035");
	open_board(bd, &run);
	KUNIT_EXPECT_EQ(test, chim_board_lost(&run), UNA);
	note(bd, &run, UNA + 1000, UNA + 1001);
	note(bd, &run, UNA + 3000, UNA + 3001);
	KUNIT_EXPECT_EQ(test, chim_board_lost(&run), UNA);
	note(bd, &run, UNA + 5000, UNA + 5001);
	KUNIT_EXPECT_EQ(test, chim_board_lost(&run), UNA + 1000);
	note(bd, &run, UNA + 5001, UNA + 7000);
	KUNIT_EXPECT_EQ(test, chim_board_lost(&run), UNA + 3000);
	note(bd, &run, UNA + 7000, UNA + 7001);
	KUNIT_EXPECT_EQ(test, chim_board_lost(&run), UNA + 5000);
	bd->cfg.dup_acks = 1;
	KUNIT_EXPECT_EQ(test, chim_board_lost(&run), UNA + 5000);
	bd->cfg.dup_acks = 100;
	KUNIT_EXPECT_EQ(test, chim_board_lost(&run), UNA);
}

/* Against one that counts byte by byte. */
static void board_twin_test(struct kunit *test)
{
	u8 *there = kunit_kzalloc(test, SPAN, GFP_KERNEL);
	struct bd *bd = test->priv;
	struct chim_range hole;
	struct rnd_state rnd;
	struct chim_run run;
	u32 i, j, from, pipe;

	CHIM_COVERS(test, "TCP-062");
	KUNIT_ASSERT_NOT_NULL(test, there);
	prandom_seed_state(&rnd, 6675);
	open_board(bd, &run);
	for (i = 0; i < 60; i++) {
		u32 at = prandom_u32_state(&rnd) % (SPAN - 600);
		u32 len = 1 + prandom_u32_state(&rnd) % 600;

		note(bd, &run, UNA + at, UNA + at + len);
		memset(there + at, 1, len);
		from = prandom_u32_state(&rnd) % SPAN;
		for (pipe = 0, j = from; j < SPAN; j++)
			pipe += !there[j];
		KUNIT_EXPECT_EQ(test, chim_board_pipe(&run, UNA + from), pipe);
		for (j = from; j < SPAN && there[j]; j++)
			;
		KUNIT_EXPECT_EQ(test, chim_board_hole(&run, UNA + from,
						      UNA + SPAN, &hole),
				j < SPAN);
		KUNIT_EXPECT_EQ(test, hole.start, UNA + j);
		for (; j < SPAN && !there[j]; j++)
			;
		KUNIT_EXPECT_EQ(test, hole.end, UNA + j);
	}
}

/* Memory for it is short: recovery does without. */
static void board_starved_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_run run;

	CHIM_COVERS(test, "TCP-062");
	open_board(bd, &run);
	bd->fail_alloc = 1;
	KUNIT_EXPECT_FALSE(test, note(bd, &run, UNA + 1000, UNA + 2000));
	KUNIT_EXPECT_NULL(test, board(bd));
	KUNIT_EXPECT_EQ(test, chim_board_pipe(&run, UNA), SPAN);
	KUNIT_EXPECT_EQ(test, chim_board_lost(&run), UNA);
	bd_sack(bd, UNA + 1000, UNA + 2000);
	KUNIT_EXPECT_NOT_NULL(test, board(bd));
}

static struct kunit_case board_cases[] = {
	KUNIT_CASE(board_note_test),
	KUNIT_CASE(board_bad_test),
	KUNIT_CASE(board_dsack_test),
	KUNIT_CASE(board_full_test),
	KUNIT_CASE(board_acked_test),
	KUNIT_CASE(board_lost_test),
	KUNIT_CASE(board_twin_test),
	KUNIT_CASE(board_starved_test),
	{}
};

static struct kunit_suite board_suite = {
	.name = "chim_board",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = board_cases,
};

kunit_test_suite(board_suite);
