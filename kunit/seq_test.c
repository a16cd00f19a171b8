// SPDX-License-Identifier: GPL-2.0
/* Sequence numbers compare modulo 2^32. */
#include "covers.h"
#include "tcp/seq.h"

#include <linux/kernel.h>
#include <linux/limits.h>

/* Where numbers wrap, and where they do not. */
static const u32 bases[] = {
	0, 1, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe,
	0xffffffff, 12345,
};

/* How far one lies behind another, less than half the space. */
static const u32 steps[] = { 1, 2, 1000, 0x10000, 0x40000000, 0x7fffffff };

static void seq_order_test(struct kunit *test)
{
	u32 i, j;

	CHIM_COVERS(test, "TCP-031");
	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		for (j = 0; j < ARRAY_SIZE(steps); j++) {
			u32 a = bases[i], b = a + steps[j];

			KUNIT_EXPECT_TRUE(test, seq_before(a, b));
			KUNIT_EXPECT_FALSE(test, seq_before(b, a));
			KUNIT_EXPECT_TRUE(test, seq_after(b, a));
			KUNIT_EXPECT_FALSE(test, seq_after(a, b));
			KUNIT_EXPECT_TRUE(test, seq_upto(a, b));
			KUNIT_EXPECT_FALSE(test, seq_upto(b, a));
			KUNIT_EXPECT_TRUE(test, seq_from(b, a));
			KUNIT_EXPECT_FALSE(test, seq_from(a, b));
			KUNIT_EXPECT_EQ(test, seq_max(a, b), b);
			KUNIT_EXPECT_EQ(test, seq_max(b, a), b);
			KUNIT_EXPECT_EQ(test, seq_min(a, b), a);
			KUNIT_EXPECT_EQ(test, seq_min(b, a), a);
		}
	}
}

static void seq_equal_test(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		u32 a = bases[i];

		KUNIT_EXPECT_FALSE(test, seq_before(a, a));
		KUNIT_EXPECT_FALSE(test, seq_after(a, a));
		KUNIT_EXPECT_TRUE(test, seq_upto(a, a));
		KUNIT_EXPECT_TRUE(test, seq_from(a, a));
		KUNIT_EXPECT_EQ(test, seq_max(a, a), a);
		KUNIT_EXPECT_EQ(test, seq_min(a, a), a);
	}
}

/* The whole space is a range; an empty one has one number. */
static void seq_within_test(struct kunit *test)
{
	static const struct {
		u32 s;
		u32 lo;
		u32 hi;
		bool in;
	} cases[] = {
		{ 5, 5, 5, true },
		{ 4, 5, 5, false },
		{ 6, 5, 5, false },
		{ 5, 5, 9, true },
		{ 9, 5, 9, true },
		{ 10, 5, 9, false },
		{ 4, 5, 9, false },
		{ 0xffffffff, 0xfffffffe, 3, true },
		{ 0, 0xfffffffe, 3, true },
		{ 3, 0xfffffffe, 3, true },
		{ 4, 0xfffffffe, 3, false },
		{ 0xfffffffd, 0xfffffffe, 3, false },
		{ 0x80000000, 0xfffffffe, 3, false },
		{ 0x80000000, 0, 0xffffffff, true },
		{ 0x90000000, 0x70000000, 0x90000000, true },
		{ 0x90000001, 0x70000000, 0x90000000, false },
	};
	u32 i;

	CHIM_COVERS(test, "TCP-031");
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ(test, seq_within(cases[i].s, cases[i].lo,
						 cases[i].hi), cases[i].in);
}

static struct kunit_case seq_cases[] = {
	KUNIT_CASE(seq_order_test),
	KUNIT_CASE(seq_equal_test),
	KUNIT_CASE(seq_within_test),
	{}
};

static struct kunit_suite seq_suite = {
	.name = "chim_seq",
	.test_cases = seq_cases,
};

kunit_test_suite(seq_suite);
