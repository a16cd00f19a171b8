// SPDX-License-Identifier: GPL-2.0
/* Names of counters and verbs, for netlink, the log and traces. */
#include "stats.h"

#include <linux/kernel.h>

static const char * const why_name[CHIM_WHY_COUNT] = {
#define CHIM_WHY(name, tool, text) \
	[CHIM_WHY_##name] = tool,
#include "whys.h"
#undef CHIM_WHY
};

static const char * const why_text[CHIM_WHY_COUNT] = {
#define CHIM_WHY(name, tool, text) \
	[CHIM_WHY_##name] = text,
#include "whys.h"
#undef CHIM_WHY
};

static const char * const verb_name[CHIM_VERBS] = {
	[CHIM_INITIATE] = "initiate",
	[CHIM_QUERY] = "query",
	[CHIM_UPDATE] = "update",
	[CHIM_INVALIDATE] = "invalidate",
	[CHIM_TERMINATE] = "terminate",
};

/**
 * chim_why_name() - short name of a refusal, as tools print it
 * @why: the reason
 *
 * Context: any.
 * Return: a constant string, never NULL.
 */
const char *chim_why_name(enum chim_why why)
{
	return why < CHIM_WHY_COUNT ? why_name[why] : "unknown";
}

/**
 * chim_why_text() - what a refusal means, in a sentence fragment
 * @why: the reason
 *
 * Context: any.
 * Return: a constant string, never NULL.
 */
const char *chim_why_text(enum chim_why why)
{
	return why < CHIM_WHY_COUNT ? why_text[why] : "unknown reason";
}

/**
 * chim_verb_name() - name of a state operation
 * @verb: the operation
 *
 * Context: any.
 * Return: a constant string, never NULL.
 */
const char *chim_verb_name(enum chim_verb verb)
{
	return verb < CHIM_VERBS ? verb_name[verb] : "unknown";
}
