// SPDX-License-Identifier: GPL-2.0
/* Counters: /proc/net/chimney_host. */
#include "host/why.h"

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

static atomic64_t counts[CHIM_HOST_N_WHYS];

static const struct {
	int err;
	const char *word;
} whys[] = {
#define X(name, error, text)	{ .err = error, .word = text },
	CHIM_HOST_WHYS(X)
#undef X
};

/**
 * chim_host_count() - it has happened
 * @why: what
 * @by: how often
 *
 * Context: any.
 */
void chim_host_count(enum chim_host_why why, u32 by)
{
	atomic64_add(by, &counts[why]);
}

/**
 * chim_host_refuse() - count a refusal
 * @why: reason
 *
 * Context: any.
 * Return: the -errno that goes with it.
 */
int chim_host_refuse(enum chim_host_why why)
{
	chim_host_count(why, 1);
	return -whys[why].err;
}

/**
 * chim_host_why_word() - what a reason is called
 * @why: enum chim_host_why
 *
 * Context: any.
 * Return: the words of its line.
 */
const char *chim_host_why_word(u32 why)
{
	return whys[why].word;
}

/* All of the machine, whatever the namespace. */
static int show(struct seq_file *seq, void *v)
{
	int i;

	for (i = 0; i < CHIM_HOST_N_WHYS; i++)
		seq_printf(seq, "%lld %s\n", atomic64_read(&counts[i]),
			   whys[i].word);
	return 0;
}

static int __net_init net_init(struct net *net)
{
	return proc_create_net_single("chimney_host", 0444, net->proc_net,
				      show, NULL) ? 0 : -ENOMEM;
}

static void __net_exit net_exit(struct net *net)
{
	remove_proc_entry("chimney_host", net->proc_net);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
};

/**
 * chim_host_why_init() - get ready
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chim_host_why_init(void)
{
	return register_pernet_subsys(&net_ops);
}

/**
 * chim_host_why_exit() - undo chim_host_why_init()
 *
 * Context: process, may sleep.
 */
void chim_host_why_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}
