// SPDX-License-Identifier: GPL-2.0
/* What drivers do that NDIS does not allow: counted, warned of, survived. */
#include "ndis_shim/misuse.h"

#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/string.h>

static atomic64_t counts[CHIMN_MISUSE_COUNT];

#define TEXT(name, text)	text,
static const char *const texts[] = { CHIMN_MISUSES(TEXT) };

#undef TEXT

/**
 * chimn_misuse() - count a misuse, and warn of it now and then
 * @what: which
 * @where: the NDIS function
 *
 * Context: any.
 */
void chimn_misuse(enum chimn_misuse what, const char *where)
{
	atomic64_inc(&counts[what]);
	pr_warn_ratelimited("chimney_ndis: %s: %s\n", where, texts[what]);
}

/**
 * chimn_misused() - how often so far
 * @what: which
 *
 * Context: any.
 * Return: the counter.
 */
u64 chimn_misused(enum chimn_misuse what)
{
	return atomic64_read(&counts[what]);
}

static int show(char *buffer, const struct kernel_param *kp)
{
	int i, len = 0;

	for (i = 0; i < CHIMN_MISUSE_COUNT; i++)
		len += scnprintf(buffer + len, PAGE_SIZE - len, "%llu %s\n",
				 chimn_misused(i), texts[i]);
	return len;
}

static const struct kernel_param_ops ops = { .get = show };

module_param_cb(misuse, &ops, NULL, 0444);
MODULE_PARM_DESC(misuse, "what drivers did that NDIS does not allow, counted");
