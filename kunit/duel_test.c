// SPDX-License-Identifier: GPL-2.0
/*
 * Random runs of two engines against each other: every byte arrives in order
 * and once, every request ends once, and all ends.
 */
#include "covers.h"
#include "duel.h"

static void calm_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "calm", .bytes = 60000,
	};

	CHIM_COVERS(test, "SND-011 SND-015 SND-016 RCV-016 RCV-017");
	duel_runs(test, &how);
}

static void lossy_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "lossy", .bytes = 60000, .loss = 3, .twice = 2,
		.jitter = 50,
	};

	CHIM_COVERS(test, "SND-060 RCV-059 EVT-030 D-56 TCP-039 TCP-041");
	duel_runs(test, &how);
}

static void harsh_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "harsh", .bytes = 20000, .loss = 20, .twice = 10,
		.jitter = 400, .noise = 1,
	};

	CHIM_COVERS(test, "DSC-050 DSC-053 DSC-054 DSC-055 EVT-031");
	duel_runs(test, &how);
}

/* Strangers guess numbers; headers are damaged. */
static void noisy_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "noisy", .bytes = 40000, .loss = 1, .jitter = 10,
		.noise = 10,
	};

	CHIM_COVERS(test, "NSP-031 TCP-042");
	duel_runs(test, &how);
}

static void small_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "small", .bytes = 5000, .loss = 3, .jitter = 50,
		.change = 20, .small = true,
	};

	CHIM_COVERS(test, "TCP-032 CON-014");
	duel_runs(test, &how);
}

static void changing_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "changing", .bytes = 60000, .loss = 3, .jitter = 50,
		.change = 100,
	};

	CHIM_COVERS(test, "UPD-122 UPD-146 D-28 CON-010 CON-012");
	duel_runs(test, &how);
}

static void lacking_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "lacking", .bytes = 30000, .loss = 3, .jitter = 20,
		.lack = 30,
	};

	CHIM_COVERS(test, "TRM-112");
	duel_runs(test, &how);
}

static void muting_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "muting", .bytes = 30000, .loss = 3, .jitter = 20,
		.mute = 5,
	};

	CHIM_COVERS(test, "D-29 UPD-108");
	duel_runs(test, &how);
}

static void aborting_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "aborting", .bytes = 60000, .loss = 5, .jitter = 50,
		.abort = 3,
	};

	CHIM_COVERS(test, "DSC-031 DSC-036 EVT-052 EVT-053 SND-062");
	duel_runs(test, &how);
}

static struct kunit_case duel_cases[] = {
	KUNIT_CASE(calm_test),
	KUNIT_CASE(lossy_test),
	KUNIT_CASE(harsh_test),
	KUNIT_CASE(noisy_test),
	KUNIT_CASE(small_test),
	KUNIT_CASE(changing_test),
	KUNIT_CASE(lacking_test),
	KUNIT_CASE(muting_test),
	KUNIT_CASE(aborting_test),
	{}
};

static struct kunit_suite duel_suite = {
	.name = "chim_duel",
	.test_cases = duel_cases,
};

kunit_test_suite(duel_suite);
