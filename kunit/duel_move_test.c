// SPDX-License-Identifier: GPL-2.0
/*
 * Delegated state is exact at any instant: random runs in which connections
 * change hands, some of them after every single event. What is handed back is
 * all that the next offload is made from.
 */
#include "covers.h"
#include "duel.h"

static void moving_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "moving", .bytes = 60000, .loss = 2, .jitter = 20,
		.move = 3, .change = 20,
	};

	CHIM_COVERS(test, "CON-050 CON-052 CON-053 CON-060 INI-106 INI-107");
	CHIM_COVERS(test, "INI-108 INI-109 TRM-071 TRM-073 TSP-015");
	duel_runs(test, &how);
}

static void everything_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "everything", .bytes = 30000, .loss = 5, .twice = 5,
		.jitter = 50, .noise = 2, .lack = 5, .move = 2, .change = 20,
		.mute = 1,
	};

	CHIM_COVERS(test, "INI-064 INI-067");
	duel_runs(test, &how);
}

/* Both sides after every event. */
static void restless_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "restless", .bytes = 10000, .move = 100,
	};

	CHIM_COVERS(test, "INI-083 INI-085 TRM-054 RCV-055 X-02 X-36 X-37");
	duel_runs(test, &how);
}

static void restless_lossy_test(struct kunit *test)
{
	static const struct duel_how how = {
		.name = "restless, lossy", .bytes = 10000, .loss = 3,
		.twice = 3, .jitter = 50, .move = 100,
	};

	CHIM_COVERS(test, "TRM-013 TRM-018 TRM-096 X-03 X-39 R-11");
	duel_runs(test, &how);
}

static struct kunit_case duel_move_cases[] = {
	KUNIT_CASE(moving_test),
	KUNIT_CASE(everything_test),
	KUNIT_CASE(restless_test),
	KUNIT_CASE(restless_lossy_test),
	{}
};

static struct kunit_suite duel_move_suite = {
	.name = "chim_duel_move",
	.test_cases = duel_move_cases,
};

kunit_test_suite(duel_move_suite);
