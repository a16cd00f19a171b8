// SPDX-License-Identifier: GPL-2.0
/* The tick clock: rates, changes of rate, the turn of 2^32. */
#include "state/clock.h"

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

static atomic64_t source_ms;

static u64 source(void)
{
	return atomic64_read(&source_ms);
}

static void start(struct chim_clock *clock, u64 ms)
{
	atomic64_set(&source_ms, ms);
	chim_clock_init(clock, source);
}

static void default_rate_test(struct kunit *test)
{
	struct chim_clock clock;

	start(&clock, 777);
	KUNIT_EXPECT_EQ(test, chim_clock_tps(&clock), 1000U);
	KUNIT_EXPECT_EQ(test, chim_clock_now(&clock), 777U);
	atomic64_add(1, &source_ms);
	KUNIT_EXPECT_EQ(test, chim_clock_now(&clock), 778U);
}

static void system_source_test(struct kunit *test)
{
	struct chim_clock clock;
	u32 before, now, after;

	chim_clock_init(&clock, NULL);
	before = ktime_to_ms(ktime_get());
	now = chim_clock_now(&clock);
	after = ktime_to_ms(ktime_get());
	KUNIT_EXPECT_LE(test, before, now);
	KUNIT_EXPECT_LE(test, now, after);
}

static const struct {
	u32 tps;
	u64 ms;
	u32 ticks;
} rates[] = {
	{ 1000, 1, 1 },
	{ 1000, 86400000, 86400000 },
	{ 100, 9, 0 },
	{ 100, 10, 1 },
	{ 100, 19, 1 },
	{ 100, 86400000, 8640000 },
	{ 10, 99, 0 },
	{ 10, 100, 1 },
	{ 10, 86400000, 864000 },
	{ 1, 999, 0 },
	{ 1, 1000, 1 },
	{ 7, 1000, 7 },
	{ 64, 1000, 64 },
	{ 64, 15, 0 },
	{ 64, 16, 1 },
	{ 999, 1000, 999 },
	{ 333, 3000, 999 },
	/* A century, of which 2^32 milliseconds are a small part. */
	{ 1000, 3155760000000ULL, 3155760000000ULL & U32_MAX },
	{ 10, 3155760000000ULL, 31557600000ULL & U32_MAX },
};

static void rates_test(struct kunit *test)
{
	struct chim_clock clock;
	int i;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		start(&clock, 0);
		KUNIT_EXPECT_TRUE(test, chim_clock_set_tps(&clock,
							   rates[i].tps));
		KUNIT_EXPECT_EQ(test, chim_clock_tps(&clock), rates[i].tps);
		atomic64_set(&source_ms, rates[i].ms);
		KUNIT_EXPECT_EQ_MSG(test, chim_clock_now(&clock),
				    rates[i].ticks, "row %d", i);
	}
}

static void bad_rate_test(struct kunit *test)
{
	static const u32 bad[] = { 0, 1001, 10000, 0x80000000, U32_MAX };
	struct chim_clock clock;
	int i;

	start(&clock, 0);
	chim_clock_set_tps(&clock, 100);
	atomic64_set(&source_ms, 1000);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_FALSE(test, chim_clock_set_tps(&clock, bad[i]));
		KUNIT_EXPECT_EQ(test, chim_clock_tps(&clock), 100U);
		KUNIT_EXPECT_EQ(test, chim_clock_now(&clock), 100U);
	}
}

/* The reading goes on from where it is, at the new rate. */
static void change_rate_test(struct kunit *test)
{
	struct chim_clock clock;

	start(&clock, 5000);
	atomic64_add(250, &source_ms);
	KUNIT_EXPECT_EQ(test, chim_clock_now(&clock), 5250U);
	chim_clock_set_tps(&clock, 100);
	KUNIT_EXPECT_EQ(test, chim_clock_now(&clock), 5250U);
	atomic64_add(1000, &source_ms);
	KUNIT_EXPECT_EQ(test, chim_clock_now(&clock), 5350U);
	chim_clock_set_tps(&clock, 10);
	KUNIT_EXPECT_EQ(test, chim_clock_now(&clock), 5350U);
	atomic64_add(1000, &source_ms);
	KUNIT_EXPECT_EQ(test, chim_clock_now(&clock), 5360U);
	chim_clock_set_tps(&clock, 1000);
	atomic64_add(1, &source_ms);
	KUNIT_EXPECT_EQ(test, chim_clock_now(&clock), 5361U);
}

/* A host may set the same parameters again and again. */
static void same_rate_test(struct kunit *test)
{
	struct chim_clock clock;
	int i;

	start(&clock, 0);
	chim_clock_set_tps(&clock, 10);
	for (i = 0; i < 1000; i++) {
		atomic64_add(99, &source_ms);
		KUNIT_EXPECT_TRUE(test, chim_clock_set_tps(&clock, 10));
	}
	KUNIT_EXPECT_EQ(test, chim_clock_now(&clock), 990U);
}

static const struct {
	u64 start;
	u32 tps;
	u64 ms;
	u32 now;
} turns[] = {
	{ 0xffffffff, 1000, 0, 0xffffffff },
	{ 0xffffffff, 1000, 1, 0 },
	{ 0xfffffff0, 1000, 15, 0xffffffff },
	{ 0xfffffff0, 1000, 16, 0 },
	{ 0xfffffff0, 100, 159, 0xffffffff },
	{ 0xfffffff0, 100, 160, 0 },
	{ 0xfffffff0, 10, 1700, 1 },
	{ 0x1ffffffff, 1000, 1, 0 },
	{ 0x100000000, 1000, 0, 0 },
	{ 0x80000000, 1000, 0x80000000, 0 },
	{ 0x80000000, 1000, 0x7fffffff, 0xffffffff },
	{ 5, 1000, 0x100000000, 5 },
};

static void turn_test(struct kunit *test)
{
	struct chim_clock clock;
	int i;

	for (i = 0; i < ARRAY_SIZE(turns); i++) {
		start(&clock, turns[i].start);
		chim_clock_set_tps(&clock, turns[i].tps);
		atomic64_add(turns[i].ms, &source_ms);
		KUNIT_EXPECT_EQ_MSG(test, chim_clock_now(&clock), turns[i].now,
				    "row %d", i);
	}
}

struct watch {
	struct chim_clock clock;
	u32 reads;
	u32 backwards;
};

static int watch_clock(void *arg)
{
	struct watch *watch = arg;
	u32 last = chim_clock_now(&watch->clock);

	while (!kthread_should_stop()) {
		u32 now = chim_clock_now(&watch->clock);

		if ((s32)(now - last) < 0)
			watch->backwards++;
		last = now;
		WRITE_ONCE(watch->reads, watch->reads + 1);
		cond_resched();
	}
	return 0;
}

/* Whoever reads while the rate changes never sees time go back. */
static void readers_test(struct kunit *test)
{
	static const u32 tps[] = { 1000, 10, 999, 1, 100, 7 };
	struct watch *watch = kunit_kzalloc(test, sizeof(*watch), GFP_KERNEL);
	struct task_struct *task;
	int i = 0;

	KUNIT_ASSERT_NOT_NULL(test, watch);
	start(&watch->clock, 0xffff0000);
	task = kthread_run(watch_clock, watch, "chim-clock-test");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	while (i < 20000 || READ_ONCE(watch->reads) < 100) {
		atomic64_add(i % 13, &source_ms);
		chim_clock_set_tps(&watch->clock, tps[i++ % ARRAY_SIZE(tps)]);
		cond_resched();
	}
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, watch->backwards, 0U);
}

static struct kunit_case clock_cases[] = {
	KUNIT_CASE(default_rate_test),
	KUNIT_CASE(system_source_test),
	KUNIT_CASE(rates_test),
	KUNIT_CASE(bad_rate_test),
	KUNIT_CASE(change_rate_test),
	KUNIT_CASE(same_rate_test),
	KUNIT_CASE(turn_test),
	KUNIT_CASE(readers_test),
	{}
};

static struct kunit_suite clock_suite = {
	.name = "chim_clock",
	.test_cases = clock_cases,
};

kunit_test_suite(clock_suite);
