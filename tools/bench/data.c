// SPDX-License-Identifier: GPL-2.0
/*
 * The data path, beside native TCP on the same devices in the same run. The
 * near end of a connection is either a socket or the target's; the far end is
 * always a socket in another namespace, with a thread of its own.
 *
 * A result is the time that one processor was busy with both ends, and how
 * much that did; @elapsed is what the clock says. Under QEMU's -icount both are
 * instructions.
 */
#include "data.h"

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/tick.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#define WINDOW		SZ_1M
#define ROUNDS		4
/* Bytes of a small list. */
#define BENCH_LIST	1000

static const char *const side_names[] = {
	[BENCH_COPY] = "copy",
	[BENCH_PAGE] = "page",
	[BENCH_OFFLOAD] = "offload",
	[BENCH_WAKE] = "wake",
};

/* One line of JSON to the kernel log. */
void bench_figure(const char *name, const struct bench_env *env,
		  const char *what, u64 count, const struct bench_figure *f)
{
	pr_info("chimbench: {\"name\": \"%s.%s.%s\", \"value\": %llu, \"unit\": \"ns\", \"count\": %llu, \"elapsed\": %llu, \"segs_in\": %llu, \"segs_out\": %llu}\n",
		name, env->tag, what, f->busy, count, f->elapsed, f->segs_in,
		f->segs_out);
}

static u64 idle_ns(void)
{
	u64 us = get_cpu_idle_time_us(0, NULL);

	return us == -1ULL ? 0 : us * NSEC_PER_USEC;
}

static int run_near(struct bench_link *link, struct bench_job *job)
{
	if (job->side >= BENCH_OFFLOAD)
		return bench_offload_run(job, &link->conn.context);
	return bench_native_run(job, 0);
}

/* Both ends of an open connection; adds to @f. */
static int run_pair(struct bench_link *link, struct bench_job *near,
		    struct bench_job *far, struct bench_figure *f)
{
	const struct tcp_sock *tp = tcp_sk(link->far->sk);
	u64 start = ktime_get_ns(), idle = idle_ns();
	u32 in = tp->segs_in, out = tp->segs_out;
	int err;

	near->sock = link->near;
	far->sock = link->far;
	err = bench_native_start(far, "chimbench-far");
	if (err)
		return err;
	err = run_near(link, near);
	/* A far end that waits for more would do so for ever. */
	if (err)
		kernel_sock_shutdown(link->far, SHUT_RDWR);
	bench_wait(&far->done);
	start = ktime_get_ns() - start;
	f->elapsed += start;
	f->busy += start - (idle_ns() - idle);
	f->segs_in += tp->segs_in - in;
	f->segs_out += tp->segs_out - out;
	return err ?: far->err;
}

/* A job on a connection of its own; adds to @f. */
int bench_measure(const struct bench_job *want, enum bench_role peer,
		  const struct bench_env *env, struct bench_figure *f)
{
	struct bench_job near = *want, far = *want;
	struct bench_link link;
	int err;

	far.role = peer;
	far.side = BENCH_COPY;
	err = bench_link_open(&link, env->far_net);
	if (err)
		return err;
	if (near.side >= BENCH_OFFLOAD &&
	    !bench_link_offload(&link, WINDOW, NULL))
		err = -EIO;
	if (!err)
		err = run_pair(&link, &near, &far, f);
	bench_link_upload(&link);
	bench_link_close(&link);
	return err;
}

/* In turns, so that all see the same machine. */
static int compare(const char *name, const struct bench_env *env,
		   struct bench_job *job, enum bench_role peer, u32 sides)
{
	struct bench_figure f[ARRAY_SIZE(side_names)] = {};
	enum bench_side side;
	u32 round;
	int err;

	sides &= env->sides;
	for (round = 0; round < ROUNDS; round++)
		for (side = 0; side < ARRAY_SIZE(f); side++) {
			if (!(sides & BIT(side)))
				continue;
			job->side = side;
			err = bench_measure(job, peer, env, &f[side]);
			if (err) {
				pr_err("chimbench: %s.%s: %d\n", name,
				       side_names[side], err);
				return err;
			}
		}
	for (side = 0; side < ARRAY_SIZE(f); side++)
		if (sides & BIT(side))
			bench_figure(name, env, side_names[side],
				     job->total * ROUNDS, &f[side]);
	return 0;
}

static int bulk_send(const struct bench_env *env)
{
	struct bench_job job = {
		.role = BENCH_SOURCE,
		.total = SZ_1G / env->scale,
		.size = BENCH_SIZE,
	};

	return compare("bulk_send", env, &job, BENCH_SINK,
		       BIT(BENCH_COPY) | BIT(BENCH_PAGE) | BIT(BENCH_OFFLOAD));
}

static int bulk_receive(const struct bench_env *env)
{
	struct bench_job job = {
		.role = BENCH_SINK,
		.total = SZ_1G / env->scale,
		.size = BENCH_SIZE,
	};

	return compare("bulk_receive", env, &job, BENCH_SOURCE,
		       BIT(BENCH_COPY) | BIT(BENCH_OFFLOAD));
}

static int transactions(const struct bench_env *env)
{
	struct bench_job job = {
		.role = BENCH_CLIENT,
		.total = 200000 / env->scale,
		.size = 64,
	};

	return compare("transactions", env, &job, BENCH_SERVER,
		       BIT(BENCH_COPY) | BIT(BENCH_OFFLOAD) | BIT(BENCH_WAKE));
}

/* One list a request, small ones, so that what a list costs is most of it. */
static int lists(const char *name, const struct bench_env *env,
		 enum bench_role role, enum bench_role peer)
{
	struct bench_job job = {
		.role = role,
		.total = 100000ULL * BENCH_LIST / env->scale,
		.size = BENCH_LIST,
	};

	return compare(name, env, &job, peer, BIT(BENCH_OFFLOAD));
}

static int list_send(const struct bench_env *env)
{
	return lists("list_send", env, BENCH_SOURCE, BENCH_SINK);
}

static int list_receive(const struct bench_env *env)
{
	return lists("list_receive", env, BENCH_SINK, BENCH_SOURCE);
}

/* Over a network that loses; the script makes it. */
static int lossy_send(const struct bench_env *env)
{
	struct bench_job job = {
		.role = BENCH_SOURCE,
		.total = SZ_256M / env->scale,
		.size = BENCH_SIZE,
	};

	return compare("lossy_send", env, &job, BENCH_SINK,
		       BIT(BENCH_COPY) | BIT(BENCH_OFFLOAD));
}

static const struct {
	const char *name;
	int (*run)(const struct bench_env *env);
} benchmarks[] = {
	{ "bulk_send", bulk_send },
	{ "bulk_receive", bulk_receive },
	{ "transactions", transactions },
	{ "list_send", list_send },
	{ "list_receive", list_receive },
	{ "lossy_send", lossy_send },
	{ "crowd", bench_crowd },
	{ "held", bench_held },
};

/**
 * bench_data_run() - run a benchmark of the data path
 * @name: which
 * @env: where
 *
 * Context: process, may sleep.
 * Return: true if it ran to its end.
 */
bool bench_data_run(const char *name, struct bench_env *env)
{
	int err = -ENOENT;
	u32 i;

	env->far_net = get_net_ns_by_fd(env->far_fd);
	if (IS_ERR(env->far_net))
		return false;
	if (!bench_buffers_get())
		for (i = 0; i < ARRAY_SIZE(benchmarks); i++)
			if (!strcmp(name, benchmarks[i].name))
				err = benchmarks[i].run(env);
	bench_buffers_put();
	put_net(env->far_net);
	return !err;
}
