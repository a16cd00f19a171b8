// SPDX-License-Identifier: GPL-2.0
/* Starving an adapter's worker of memory. */
#include "starve.h"

#include "probe.h"

#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/sched.h>

#if IS_ENABLED(CONFIG_FAILSLAB) && IS_ENABLED(CONFIG_FAULT_INJECTION_DEBUG_FS)

/* What is behind a file of the failslab directory; only debugfs knows. */
static void *knob(const char *name)
{
	struct dentry *dir = debugfs_lookup("failslab", NULL);
	struct dentry *file;
	void *data = NULL;

	if (IS_ERR_OR_NULL(dir))
		return NULL;
	file = debugfs_lookup(name, dir);
	if (file)
		data = d_inode(file)->i_private;
	dput(file);
	dput(dir);
	return data;
}

bool fx_can_starve(void)
{
	return knob("ignore-gfp-wait") && knob("task-filter") &&
	       knob("probability") && knob("times");
}

/* Allocations that may sleep fail too, and marked tasks have no luck. */
static void set_failslab(bool on)
{
	*(bool *)knob("ignore-gfp-wait") = !on;
	*(bool *)knob("task-filter") = on;
	*(unsigned long *)knob("probability") = on ? 100 : 0;
	atomic_set(knob("times"), on ? -1 : 1);
}

struct starve {
	struct chim_call call;
	u32 nth;
	int rest;
};

/* Both count for this task alone; until the first is used up, it is obeyed. */
static void set_task(struct chim_adapter *adapter, struct chim_call *call)
{
	struct starve *starve = container_of(call, struct starve, call);

	swap(starve->nth, current->fail_nth);
	current->make_it_fail = starve->rest;
}

static void add_call(struct fx *fx, struct chim_call *call)
{
	call->req.tag = CHIM_TAG_CALL;
	init_completion(&call->done);
	chim_queue_add(&fx->adapter->queue, &call->req);
}

bool fx_run_starved(struct fx *fx, enum chim_verb verb, struct tb *root,
		    u32 nth, bool rest)
{
	int before = atomic_read(&fx->completions[verb]);
	struct starve begin = {
		.call.fn = set_task,
		.nth = nth,
		.rest = rest,
	};
	struct starve end = { .call.fn = set_task };
	struct pr_hold hold;

	set_failslab(true);
	/* All three in one run of the worker, hence in one task. */
	pr_hold(fx, &hold);
	add_call(fx, &begin.call);
	fx_submit(fx, verb, root);
	add_call(fx, &end.call);
	pr_release(fx, &hold);
	set_failslab(false);
	KUNIT_EXPECT_EQ(fx->test, atomic_read(&fx->completions[verb]),
			before + 1);
	return !end.nth;
}

#else

bool fx_can_starve(void)
{
	return false;
}

bool fx_run_starved(struct fx *fx, enum chim_verb verb, struct tb *root,
		    u32 nth, bool rest)
{
	return false;
}

#endif
