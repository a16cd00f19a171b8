// SPDX-License-Identifier: GPL-2.0
/* The scenarios below kunit/scenarios, each a case. */
#include "scenario.h"

/* Made by kunit/scenarios.sh. */
static const struct scenario {
	const char *name;
	const char *text;
} scenarios[] = {
#include <scenarios.inc>
};

static void describe(const struct scenario *s, char *desc)
{
	strscpy(desc, s->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(scenario, scenarios, describe);

static void scenario_test(struct kunit *test)
{
	const struct scenario *s = test->param_value;

	sc_play(test->priv, s->name, s->text);
}

static struct kunit_case scenario_cases[] = {
	KUNIT_CASE_PARAM(scenario_test, scenario_gen_params),
	{}
};

static struct kunit_suite scenario_suite = {
	.name = "chim_scenario",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = scenario_cases,
};

kunit_test_suite(scenario_suite);
