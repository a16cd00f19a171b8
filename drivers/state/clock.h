/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tick clock of an adapter.
 *
 * All times the host sees, and all times kept in objects, are ticks of
 * TicksPerSecond (CAP-042). The clock counts modulo 2^32 (NBR-031) and does
 * not jump when the rate is changed: it goes on from where it stands at the
 * new rate, so timestamps stay monotonic (TSP-015).
 */
#ifndef CHIM_STATE_CLOCK_H
#define CHIM_STATE_CLOCK_H

#include <linux/seqlock.h>
#include <linux/types.h>

#define CHIM_TPS_DEFAULT	1000
#define CHIM_TPS_MAX		1000

/**
 * struct chim_clock - a tick clock
 * @lock: covers @epoch_ms, @epoch_ticks and @tps
 * @epoch_ms: source time at which the clock read @epoch_ticks
 * @epoch_ticks: reading of the clock at @epoch_ms
 * @tps: ticks per second, 1 to %CHIM_TPS_MAX
 * @source: monotonic milliseconds; tests put their own here before use
 */
struct chim_clock {
	seqlock_t lock;
	u64 epoch_ms;
	u32 epoch_ticks;
	u32 tps;
	u64 (*source)(void);
};

void chim_clock_init(struct chim_clock *clock, u64 (*source)(void));
u32 chim_clock_now(struct chim_clock *clock);
u32 chim_clock_tps(struct chim_clock *clock);
bool chim_clock_set_tps(struct chim_clock *clock, u32 tps);

#endif /* CHIM_STATE_CLOCK_H */
