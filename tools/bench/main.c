// SPDX-License-Identifier: GPL-2.0
/*
 * Benchmarks of the offload target, as an NDIS client like any other.
 *
 *   insmod chimney_bench.ko dev=DEV [only=NAME] [scale=N] [hold=N] [far=FD] [im=N]
 *
 * runs at load, prints one line of JSON a result to the kernel log, each
 * beginning with "chimbench: ", and refuses to stay. DEV must be an adapter of
 * the initial namespace. Counts are divided by scale, for machines that count
 * instructions instead of running them. Times are of the guest's clock in
 * nanoseconds; under QEMU's -icount shift=0 one is one instruction.
 */
#include "bench.h"
#include "data.h"

#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

static char *dev = "";
module_param(dev, charp, 0);
MODULE_PARM_DESC(dev, "network device of the adapter to measure");

static char *only = "";
module_param(only, charp, 0);
MODULE_PARM_DESC(only, "run just the benchmark of this name");

static uint scale = 1;
module_param(scale, uint, 0);
MODULE_PARM_DESC(scale, "divide all counts by this");

static uint hold = 2097152;
module_param(hold, uint, 0);
MODULE_PARM_DESC(hold, "connections at once where there are many");

static int im = -1;
module_param(im, int, 0);
MODULE_PARM_DESC(im, "intermediate drivers between client and target; -1: not even NDIS");

static int far = -1;
module_param(far, int, 0);
MODULE_PARM_DESC(far, "file descriptor of the namespace of the other ends");

static char *tag = "";
module_param(tag, charp, 0);
MODULE_PARM_DESC(tag, "part of the names of results of the data path");

static uint sides = ~0;
module_param(sides, uint, 0);
MODULE_PARM_DESC(sides, "mask of who drives the near end, for profiles");

/* --- results ------------------------------------------------------------- */

static void result(const char *name, u64 value, const char *unit, u64 count)
{
	pr_info("chimbench: {\"name\": \"%s\", \"value\": %llu, \"unit\": \"%s\", \"count\": %llu}\n",
		name, value, unit, count);
}

/* Value in hundredths, so that small figures keep their digits. */
static void per(const char *name, u64 ns, u64 count)
{
	u64 each = div64_u64(ns * 100, count);

	pr_info("chimbench: {\"name\": \"%s\", \"value\": %llu.%02llu, \"unit\": \"ns\", \"count\": %llu}\n",
		name, each / 100, each % 100, count);
}

bool bench_all_success(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b)
{
	for (; b; b = b->NextBlock)
		if (b->Status != NDIS_STATUS_SUCCESS) {
			pr_err("chimbench: status 0x%08x\n", b->Status);
			return false;
		}
	return true;
}

/* --- objects to measure on ----------------------------------------------- */

static struct bench_place neigh_place[2];
static struct bench_place path_place;
static struct low_block neighs[2];
static struct low_block path;

static bool make_base(void)
{
	bench_neigh(&neighs[0], &neigh_place[0].context, 1);
	bench_neigh(&neighs[1], &neigh_place[1].context, 2);
	bench_path(&path, &path_place.context, 0);
	neighs[0].b.DependentBlockList = &path.b;
	neighs[0].b.NextBlock = &neighs[1].b;
	bench_run(bench_target.InitiateOffloadHandler, &neighs[0]);
	return bench_all_success(&neighs[0].b) && bench_all_success(&path.b);
}

static void end_ref(PVOID *context, u8 type)
{
	struct ref_block ref;

	bench_head(&ref.b, type, context);
	bench_run(bench_target.TerminateOffloadHandler, &ref);
}

static void end_base(void)
{
	end_ref(&path_place.context, Ip4OffloadConstState);
	end_ref(&neigh_place[0].context, NeighborOffloadConstState);
	end_ref(&neigh_place[1].context, NeighborOffloadConstState);
}

/* Makes @count connections in trees of @width; times only the target. */
bool bench_make_conns(PVOID *contexts, u32 first, u32 count, u32 width,
		      u64 *ns)
{
	struct conn_block *blocks = vmalloc(array_size(width, sizeof(*blocks)));
	struct ref_block linker;
	bool ok = blocks;
	u32 at, i, n;
	u64 start;

	for (at = 0; ok && at < count; at += n) {
		n = min(width, count - at);
		for (i = 0; i < n; i++) {
			bench_conn(&blocks[i], bench_context(contexts, at + i),
				   first + at + i);
			if (i)
				blocks[i - 1].b.NextBlock = &blocks[i].b;
		}
		bench_head(&linker.b, Ip4OffloadConstState, &path_place.context);
		linker.b.DependentBlockList = &blocks[0].b;
		start = ktime_get_ns();
		bench_run(bench_target.InitiateOffloadHandler, &linker);
		*ns += ktime_get_ns() - start;
		ok = bench_all_success(&linker.b) && bench_all_success(&blocks[0].b);
	}
	vfree(blocks);
	return ok;
}

bool bench_end_conns(PVOID *contexts, u32 count, u32 width, u64 *ns)
{
	struct end_block *blocks = vmalloc(array_size(width, sizeof(*blocks)));
	bool ok = blocks;
	u32 at, i, n;
	u64 start;

	for (at = 0; ok && at < count; at += n) {
		n = min(width, count - at);
		for (i = 0; i < n; i++) {
			bench_head(&blocks[i].b, TcpOffloadDelegatedState,
				   bench_context(contexts, at + i));
			bench_length(blocks[i].state, sizeof(blocks[i].state));
			if (i)
				blocks[i - 1].b.NextBlock = &blocks[i].b;
		}
		start = ktime_get_ns();
		bench_run(bench_target.TerminateOffloadHandler, &blocks[0]);
		*ns += ktime_get_ns() - start;
		ok = bench_all_success(&blocks[0].b);
		cond_resched();
	}
	vfree(blocks);
	return ok;
}

/* --- benchmarks ---------------------------------------------------------- */

static void empty_work(struct work_struct *work)
{
	complete(&bench_done);
}

/* Handler call to completion, beside the round trip of an empty work item. */
static bool bench_latency(void)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("chimbench", 0);
	u32 rounds = 20000 / scale, i;
	u64 work_ns = 0, op_ns = 0;
	struct work_struct work;
	struct ref_block ref;
	u64 start;

	if (!wq)
		return false;
	INIT_WORK_ONSTACK(&work, empty_work);
	bench_head(&ref.b, NeighborOffloadConstState, &neigh_place[0].context);
	/* In turns, so that both see the same machine. */
	for (i = 0; i < rounds; i++) {
		start = ktime_get_ns();
		queue_work(wq, &work);
		wait_for_completion(&bench_done);
		work_ns += ktime_get_ns() - start;
		start = ktime_get_ns();
		bench_run(bench_target.UpdateOffloadHandler, &ref);
		op_ns += ktime_get_ns() - start;
	}
	destroy_workqueue(wq);
	destroy_work_on_stack(&work);
	per("latency.empty_work", work_ns, rounds);
	per("latency.update", op_ns, rounds);
	return bench_all_success(&ref.b);
}

static bool run_updates(struct update_block *blocks, u32 width, u32 rounds)
{
	TCP_OFFLOAD_STATE_CACHED v;
	u64 ns = 0, start;
	u32 i, r;

	for (r = 0; r < rounds; r++) {
		bench_cached(&v, r);
		for (i = 0; i < width; i++)
			memcpy(blocks[i].state, &v, sizeof(v));
		start = ktime_get_ns();
		bench_run(bench_target.UpdateOffloadHandler, &blocks[0]);
		ns += ktime_get_ns() - start;
	}
	per("update.block", ns, (u64)rounds * width);
	return bench_all_success(&blocks[0].b);
}

/* Cached state of TCP objects, trees of 1,000 blocks. */
static bool bench_update(void)
{
	const u32 width = 1000, rounds = max(1000 / scale, 1U);
	PVOID *contexts = vzalloc(bench_contexts_size(width));
	struct update_block *blocks;
	bool ok = false;
	u64 ns = 0;
	u32 i;

	blocks = vmalloc(array_size(width, sizeof(*blocks)));
	if (!contexts || !blocks ||
	    !bench_make_conns(contexts, 0, width, width, &ns))
		goto free;
	for (i = 0; i < width; i++) {
		bench_head(&blocks[i].b, TcpOffloadCachedState,
			   bench_context(contexts, i));
		if (i)
			blocks[i - 1].b.NextBlock = &blocks[i].b;
	}
	ok = run_updates(blocks, width, rounds);
	ok &= bench_end_conns(contexts, width, width, &ns);
free:
	vfree(blocks);
	vfree(contexts);
	return ok;
}

/* Initiate plus terminate, a tree of 1,000 connections after the other. */
static bool bench_churn(void)
{
	const u32 width = 1000, rounds = max(1000 / scale, 1U);
	PVOID *contexts = vzalloc(bench_contexts_size(width));
	u64 init_ns = 0, term_ns = 0;
	bool ok = contexts;
	u32 r;

	for (r = 0; ok && r < rounds; r++) {
		memset(contexts, 0, bench_contexts_size(width));
		ok = bench_make_conns(contexts, 0, width, width, &init_ns) &&
		     bench_end_conns(contexts, width, width, &term_ns);
	}
	if (ok) {
		per("churn.initiate", init_ns, (u64)rounds * width);
		per("churn.terminate", term_ns, (u64)rounds * width);
		per("churn.both", init_ns + term_ns, (u64)rounds * width);
	}
	vfree(contexts);
	return ok;
}

/* The same in trees of 1,000 with 1,000,000 connections there at the peak. */
static bool bench_bulk(void)
{
	const u32 width = 1000, count = 1000000 / scale;
	PVOID *contexts = vzalloc(bench_contexts_size(count));
	u64 init_ns = 0, term_ns = 0;
	bool ok;

	if (!contexts)
		return false;
	ok = bench_make_conns(contexts, 0, count, width, &init_ns) &&
	     bench_end_conns(contexts, count, width, &term_ns);
	if (ok) {
		per("bulk.initiate", init_ns, count);
		per("bulk.terminate", term_ns, count);
		per("bulk.both", init_ns + term_ns, count);
	}
	vfree(contexts);
	return ok;
}

static bool make_paths(PVOID *contexts, u32 count)
{
	const u32 width = 1000;
	struct low_block *blocks = vmalloc(array_size(width, sizeof(*blocks)));
	struct ref_block linker;
	bool ok = blocks;
	u32 at, i, n;

	for (at = 0; ok && at < count; at += n) {
		n = min(width, count - at);
		for (i = 0; i < n; i++) {
			bench_path(&blocks[i], bench_context(contexts, at + i),
				   at + i + 1);
			if (i)
				blocks[i - 1].b.NextBlock = &blocks[i].b;
		}
		bench_head(&linker.b, NeighborOffloadConstState,
			   &neigh_place[0].context);
		linker.b.DependentBlockList = &blocks[0].b;
		bench_run(bench_target.InitiateOffloadHandler, &linker);
		ok = bench_all_success(&linker.b) && bench_all_success(&blocks[0].b);
	}
	vfree(blocks);
	return ok;
}

static void time_invalidate(const char *name, PVOID *context)
{
	u32 rounds = 20000 / scale, i;
	struct ref_block ref;
	u64 start, ns = 0;

	bench_head(&ref.b, NeighborOffloadConstState, context);
	for (i = 0; i < rounds; i++) {
		start = ktime_get_ns();
		bench_run(bench_target.InvalidateOffloadHandler, &ref);
		ns += ktime_get_ns() - start;
	}
	per(name, ns, rounds);
}

/* All paths move to the other neighbor in one tree; then back or away. */
static bool move_paths(struct ref_block *refs, PVOID *contexts, u32 count)
{
	struct ref_block root;
	bool ok = true;
	u64 start, ns;
	u32 i, r;

	for (i = 0; i < count; i++) {
		bench_head(&refs[i].b, Ip4OffloadConstState,
			   bench_context(contexts, i));
		if (i)
			refs[i - 1].b.NextBlock = &refs[i].b;
	}
	ns = 0;
	for (r = 0; r < 3; r++) {
		bench_head(&root.b, NeighborOffloadConstState,
			   &neigh_place[(r + 1) % 2].context);
		root.b.DependentBlockList = &refs[0].b;
		start = ktime_get_ns();
		bench_run(bench_target.UpdateOffloadHandler, &root);
		ns += ktime_get_ns() - start;
		ok &= bench_all_success(&refs[0].b);
	}
	per("relink.path", ns, 3ULL * count);
	return ok;
}

static bool bench_relink(void)
{
	const u32 count = 1000000 / scale;
	PVOID *contexts = vzalloc(bench_contexts_size(count));
	struct ref_block *refs = vmalloc(array_size(count, sizeof(*refs)));
	bool ok = contexts && refs && make_paths(contexts, count) &&
		  move_paths(refs, contexts, count);

	if (ok) {
		/* Three moves: all are on the second neighbor, one on the first. */
		time_invalidate("invalidate.dependents_1", &neigh_place[0].context);
		time_invalidate("invalidate.dependents_all", &neigh_place[1].context);
		bench_run(bench_target.TerminateOffloadHandler, &refs[0]);
		ok = bench_all_success(&refs[0].b);
	}
	vfree(refs);
	vfree(contexts);
	return ok;
}

u64 bench_used_bytes(void)
{
	struct sysinfo info;

	si_meminfo(&info);
	return (u64)(info.totalram - info.freeram) * info.mem_unit;
}

/* Objects at once, and what one of them takes, tables included. */
static bool bench_memory(void)
{
	PVOID *contexts = vzalloc(bench_contexts_size(hold));
	u64 before, after, ns = 0;
	bool ok;

	if (!contexts)
		return false;
	before = bench_used_bytes();
	ok = bench_make_conns(contexts, 0, hold, 1000, &ns);
	after = bench_used_bytes();
	if (ok)
		result("memory.conn", div64_u64(after - before, hold), "bytes",
		       hold);
	ok &= bench_end_conns(contexts, hold, 1000, &ns);
	vfree(contexts);
	return ok;
}

static const struct {
	const char *name;
	bool (*run)(void);
	bool standard;
} benchmarks[] = {
	{ "latency", bench_latency, true },
	{ "update", bench_update, true },
	{ "churn", bench_churn, true },
	{ "bulk", bench_bulk, true },
	{ "memory", bench_memory, false },
	{ "relink", bench_relink, true },	/* last: it invalidates */
};

static int run_all(void)
{
	struct bench_env env = {
		.tag = tag,
		.far_fd = far,
		.scale = scale,
		.sides = sides,
		.hold = hold,
	};
	int i, failed = 0;

	if (far >= 0)
		return !bench_data_run(only, &env);

	for (i = 0; i < ARRAY_SIZE(benchmarks); i++) {
		if (*only ? strcmp(only, benchmarks[i].name) :
			    !benchmarks[i].standard)
			continue;
		if (benchmarks[i].run())
			continue;
		pr_err("chimbench: %s failed\n", benchmarks[i].name);
		failed++;
	}
	return failed;
}

static int __init chim_bench_init(void)
{
	int err;

	err = bench_attach(dev, im);
	if (err)
		return err;
	err = -EIO;
	if (make_base() && !run_all())
		err = -EAGAIN;	/* done: there is nothing to stay for */
	end_base();
	bench_detach();
	return err;
}

module_init(chim_bench_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Benchmarks of the chimney offload target");
