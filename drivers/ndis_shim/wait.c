// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for what drivers owe: a completion, or a word that they have done what
 * they were told. It is waited for as long as it takes, but not in silence.
 */
#include "ndis_shim/wait.h"

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sysfs.h>

unsigned long chimn_wait_max = 10 * HZ;

static atomic64_t count;

/**
 * chimn_wait_said() - say that something is waited for, and count it
 * @fmt: who waits, and for what
 *
 * Called each time that chimn_wait_max has passed.
 *
 * Context: any.
 */
void chimn_wait_said(const char *fmt, ...)
{
	struct va_format text = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	text.va = &args;
	pr_warn("chimney_ndis: %pV\n", &text);
	va_end(args);
	atomic64_inc(&count);
}

/**
 * chimn_waits() - how often that was said
 *
 * Context: any.
 * Return: the counter.
 */
u64 chimn_waits(void)
{
	return atomic64_read(&count);
}

static int show(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%llu\n", chimn_waits());
}

static const struct kernel_param_ops ops = { .get = show };

module_param_cb(waits, &ops, NULL, 0444);
MODULE_PARM_DESC(waits, "how often something was waited for ten seconds, and still is");
