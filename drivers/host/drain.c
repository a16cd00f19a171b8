// SPDX-License-Identifier: GPL-2.0
/*
 * Draining: every socket is uploaded and gets back the functions of TCP, whoever has it
 * open and whatever he waits for. Then nothing holds the module but calls that have
 * begun before, and they return in their own time.
 */
#include "host/drain.h"

#include "host/conn.h"

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/wait.h>

bool chim_host_drains;
/* Together: how many calls have begun, and not returned. */
DEFINE_PER_CPU(int, chim_host_calls);
/* References to the module, of sockets that were let go. */
static atomic_t owed = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(changed);

/**
 * chim_host_drain_owe() - a socket was let go, which had a reference to the module
 *
 * Context: process.
 */
void chim_host_drain_owe(void)
{
	atomic_inc(&owed);
}

/**
 * chim_host_drain_look() - a call has returned, or a socket has gone
 *
 * Context: any but hard interrupts.
 */
void chim_host_drain_look(void)
{
	wake_up(&changed);
}

/*
 * When no socket has functions that could begin one, each processor's number goes only
 * down from here: the sum is never less than there are.
 */
static bool calls_ended(void)
{
	int cpu, sum = 0;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(chim_host_calls, cpu));
	return !sum;
}

/* Until that is so, somebody wants no draining any more, or a signal comes. */
static int wait_for(bool (*is_so)(void))
{
	int err;

	err = wait_event_interruptible(changed, is_so() || !chim_host_draining());
	return err ?: chim_host_draining() ? 0 : -ECANCELED;
}

static int drain(void)
{
	int err;

	chim_host_conn_let_go_all();
	err = wait_for(chim_host_conn_none);
	if (err)
		return err;
	/* Whoever was about to begin a call has done so, or will call TCP. */
	synchronize_rcu_tasks();
	err = wait_for(calls_ended);
	if (err)
		return err;
	while (atomic_add_unless(&owed, -1, 0))
		module_put(THIS_MODULE);
	return 0;
}

/*
 * What it waits for is up to programs, and is not to keep anybody from this parameter or
 * the others.
 */
static int set(const char *val, const struct kernel_param *param)
{
	bool was = chim_host_draining(), now;
	int err = kstrtobool(val, &now);

	if (err || (!was && !now))
		return err;
	WRITE_ONCE(chim_host_drains, now);
	chim_host_drain_look();
	if (!now)
		return 0;
	kernel_param_unlock(THIS_MODULE);
	err = drain();
	kernel_param_lock(THIS_MODULE);
	return err;
}

static const struct kernel_param_ops ops = {
	.set = set,
	.get = param_get_bool,
};

module_param_cb(drain, &ops, &chim_host_drains, 0644);
MODULE_PARM_DESC(drain, "upload all sockets and take none, so that the module can be unloaded");
