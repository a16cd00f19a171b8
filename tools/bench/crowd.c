// SPDX-License-Identifier: GPL-2.0
/* The data path where there are many connections. */
#include "data.h"

#include <linux/delay.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>
#include <net/tcp.h>

#define WIDTH		1000
#define WINDOW		SZ_1M
/* Bytes that each connection holds. */
#define HELD		SZ_256K
/* Looks at a connection before it is given up. */
#define PATIENCE	10000

static int once(const struct bench_env *env, const char *what,
		const struct bench_job *job)
{
	struct bench_figure f = {};
	int err = bench_measure(job, BENCH_SERVER, env, &f);

	if (!err)
		bench_figure("crowd", env, what, job->total, &f);
	return err;
}

/**
 * bench_crowd() - transactions with many other connections, and with none
 * @env: where
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int bench_crowd(const struct bench_env *env)
{
	struct bench_job job = {
		.role = BENCH_CLIENT,
		.side = BENCH_OFFLOAD,
		.total = 400000 / env->scale,
		.size = 64,
	};
	PVOID *contexts = vzalloc(bench_contexts_size(env->hold));
	int err = -ENOMEM;
	u64 ns = 0;

	if (!contexts)
		return err;
	err = once(env, "one", &job);
	if (!err && !bench_make_conns(contexts, 0, env->hold, WIDTH, &ns))
		err = -EIO;
	if (!err) {
		err = once(env, "many", &job);
		bench_end_conns(contexts, env->hold, WIDTH, &ns);
	}
	vfree(contexts);
	return err;
}

/* --- what a connection holds ---------------------------------------------- */

static bool acknowledged(struct bench_link *link)
{
	const struct tcp_sock *tp = tcp_sk(link->far->sk);

	return READ_ONCE(tp->snd_una) == READ_ONCE(tp->write_seq);
}

/* Data that the near end has to keep, and the far end need not any more. */
static int fill_up(struct bench_link *link)
{
	const struct tcp_sock *tp = tcp_sk(link->far->sk);
	struct kvec vec;
	struct msghdr msg;
	u32 done;
	int n;

	WRITE_ONCE(link->far->sk->sk_sndbuf, 4 * HELD);
	for (done = 0; done < HELD; done += n) {
		vec.iov_base = bench_buffers[1][0];
		vec.iov_len = BENCH_SIZE;
		memset(&msg, 0, sizeof(msg));
		n = kernel_sendmsg(link->far, &msg, &vec, 1, BENCH_SIZE);
		if (n < 0)
			return n;
	}
	for (n = 0; n < PATIENCE; n++) {
		if (acknowledged(link))
			return 0;
		usleep_range(100, 200);
	}
	pr_err("chimbench: %u of %u bytes acknowledged\n",
	       done - (tp->write_seq - tp->snd_una), done);
	return -ETIMEDOUT;
}

static int open_all(const struct bench_env *env, struct bench_link *links)
{
	bool ok = true;
	int err = 0;
	u32 i;

	for (i = 0; !err && ok && i < env->hold; i++) {
		err = bench_link_open(&links[i], env->far_net);
		if (!err)
			ok = bench_link_offload(&links[i], WINDOW,
						i ? &links[0].path.context : NULL);
	}
	return ok ? err : -EIO;
}

static void close_all(const struct bench_env *env, struct bench_link *links)
{
	u32 i;

	for (i = env->hold; i--; ) {
		if (!links[i].near)
			continue;
		bench_link_upload(&links[i]);
		bench_link_close(&links[i]);
	}
}

/**
 * bench_held() - memory of connections that hold undelivered data
 * @env: where
 *
 * Nobody posts a request, and every indication is refused. The first half is not
 * measured: its memory comes from what the allocators have set aside by then.
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int bench_held(const struct bench_env *env)
{
	struct bench_link *links = vzalloc(array_size(env->hold,
						      sizeof(*links)));
	struct bench_figure f = {};
	u32 first = env->hold / 2, i;
	u64 before = 0;
	int err;

	if (!links)
		return -ENOMEM;
	err = open_all(env, links);
	/* What earlier ones have left is freed a grace period later. */
	rcu_barrier();
	for (i = 0; !err && i < env->hold; i++) {
		if (i == first)
			before = bench_used_bytes();
		err = fill_up(&links[i]);
	}
	f.busy = bench_used_bytes() - before;
	if (!err)
		bench_figure("held", env, "bytes", (u64)(env->hold - first) * HELD, &f);
	close_all(env, links);
	vfree(links);
	return err;
}
