// SPDX-License-Identifier: GPL-2.0
/* Allocations that fail at will. */
#include "fault.h"

#include <linux/debugfs.h>
#include <linux/fault-inject.h>
#include <linux/sched.h>

/* Far more than any operation of these suites makes. */
#define NTH_MAX	2000

#if IS_ENABLED(CONFIG_FAILSLAB) && IS_ENABLED(CONFIG_FAULT_INJECTION_DEBUG_FS)

/* What a file below /sys/kernel/debug/failslab shows. */
static void *knob(const char *name)
{
	struct dentry *dir = debugfs_lookup("failslab", NULL);
	struct dentry *file = debugfs_lookup(name, dir);
	void *value = file ? d_inode(file)->i_private : NULL;

	dput(file);
	dput(dir);
	return value;
}

/* Nothing but tasks that are marked, and there everything. */
static void set_knobs(bool on)
{
	*(unsigned long *)knob("verbose") = on ? 0 : 2;
	*(bool *)knob("ignore-gfp-wait") = !on;
	*(bool *)knob("task-filter") = on;
	atomic_set(knob("times"), on ? -1 : 1);
	*(unsigned long *)knob("probability") = on ? 100 : 0;
}

int ft_init(struct kunit *test)
{
	if (!knob("verbose"))
		kunit_skip(test, "no fault injection found in debugfs");
	set_knobs(true);
	return fx_init(test);
}

void ft_exit(struct kunit *test)
{
	fx_exit(test);
	if (knob("verbose"))
		set_knobs(false);
}

/*
 * As long as fail_nth counts, nothing else is looked at. The allocations that
 * count are those from slabs, whatever helps to debug slabs included.
 */
void ft_arm(struct ft *ft)
{
	WRITE_ONCE(current->fail_nth, ft->nth);
	current->make_it_fail = ft->onwards;
}

void ft_disarm(struct ft *ft)
{
	current->make_it_fail = false;
	ft->left = READ_ONCE(current->fail_nth);
	WRITE_ONCE(current->fail_nth, 0);
}

#else

int ft_init(struct kunit *test)
{
	kunit_skip(test, "no fault injection in this kernel");
}

void ft_exit(struct kunit *test)
{
}

void ft_arm(struct ft *ft)
{
}

void ft_disarm(struct ft *ft)
{
	ft->left = ft->nth;
}

#endif

bool ft_next(struct ft *ft)
{
	if (ft->left || ft->nth >= NTH_MAX)
		return false;
	ft->nth++;
	return true;
}

struct window {
	struct chim_job open;
	struct chim_job close;
	struct ft *ft;
};

static void open_window(struct chim_adapter *adapter, struct chim_job *call)
{
	ft_arm(container_of(call, struct window, open)->ft);
}

static void close_window(struct chim_adapter *adapter, struct chim_job *call)
{
	ft_disarm(container_of(call, struct window, close)->ft);
}

static void queue_call(struct fx *fx, struct chim_job *call,
		       void (*fn)(struct chim_adapter *, struct chim_job *))
{
	call->fn = fn;
	call->req.tag = CHIM_TAG_CALL;
	init_completion(&call->done);
	chim_queue_add(&fx->adapter->queue, &call->req);
}

/*
 * What waits in the queue when the worker is let go is done in one run of its
 * work item, by one task: so it is that task's allocations that fail.
 */
void ft_run(struct fx *fx, struct ft *ft, enum chim_verb verb, struct tb *root)
{
	struct window w = { .ft = ft };
	struct pr_hold hold;

	pr_hold(fx, &hold);
	queue_call(fx, &w.open, open_window);
	fx_submit(fx, verb, root);
	queue_call(fx, &w.close, close_window);
	pr_release(fx, &hold);
}
