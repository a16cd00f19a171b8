// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics of an adapter's connections.
 *
 * Each processor counts for itself and nothing is ever set to zero under it: a
 * reset remembers what had been counted.
 */
#include "state/mib.h"

#include <linux/build_bug.h>
#include <linux/percpu.h>
#include <linux/stddef.h>

#define COUNTERS	(sizeof(struct chim_mib) / sizeof(u64))
#define INDEX(member)	(offsetof(struct chim_mib, member) / sizeof(u64))

static_assert(sizeof(struct chim_mib) % sizeof(u64) == 0);
static_assert(INDEX(in_segs) < INDEX(curr_estab));

/**
 * chim_mib_init() - make statistics, all zero (STT-013, STT-014)
 * @space: an adapter's space
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int chim_mib_init(struct chim_space *space)
{
	memset(space->mib_base, 0, sizeof(space->mib_base));
	space->mib = __alloc_percpu(CHIM_MIBS * sizeof(struct chim_mib),
				    __alignof__(struct chim_mib));
	return space->mib ? 0 : -ENOMEM;
}

/**
 * chim_mib_destroy() - free statistics
 * @space: the space; nobody counts any more
 *
 * Context: process, may sleep.
 */
void chim_mib_destroy(struct chim_space *space)
{
	free_percpu(space->mib);
}

static u64 total(const struct chim_space *space, int family, size_t i)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct chim_mib *mib = per_cpu_ptr(space->mib, cpu);

		/* Each processor counts plainly; a moment's value will do. */
		sum += data_race(((const u64 *)&mib[family])[i]);
	}
	return sum;
}

/**
 * chim_mib_total() - what was counted ever, whatever was reset
 * @space: the space
 * @family: CHIM_MIB_IP4 or CHIM_MIB_IP6
 * @sum: filled in, see chim_mib_read()
 *
 * Context: any.
 */
void chim_mib_total(const struct chim_space *space, int family,
		    struct chim_mib *sum)
{
	u64 *out = (u64 *)sum;
	size_t i;

	for (i = 0; i < COUNTERS; i++)
		out[i] = total(space, family, i);
}

/**
 * chim_mib_read() - what was counted since the last reset
 * @space: the space
 * @family: CHIM_MIB_IP4 or CHIM_MIB_IP6
 * @sum: filled in
 *
 * Each counter is whole; they are not all from one moment.
 *
 * Context: any.
 */
void chim_mib_read(const struct chim_space *space, int family,
		   struct chim_mib *sum)
{
	const u64 *base = (const u64 *)&space->mib_base[family];
	u64 *out = (u64 *)sum;
	size_t i;

	for (i = 0; i < COUNTERS; i++)
		out[i] = total(space, family, i) - READ_ONCE(base[i]);
}

/**
 * chim_mib_reset() - count from zero again (STT-015)
 * @space: the space
 * @family: CHIM_MIB_IP4 or CHIM_MIB_IP6
 * @part: the protocol
 *
 * The number of connections is none that can be reset (STT-053).
 *
 * Context: worker.
 */
void chim_mib_reset(struct chim_space *space, int family,
		    enum chim_mib_part part)
{
	u64 *base = (u64 *)&space->mib_base[family];
	size_t i, end;

	i = part == CHIM_MIB_IP ? 0 : INDEX(in_segs);
	end = part == CHIM_MIB_IP ? INDEX(in_segs) : COUNTERS;
	for (; i < end; i++)
		if (i != INDEX(curr_estab))
			WRITE_ONCE(base[i], total(space, family, i));
}
