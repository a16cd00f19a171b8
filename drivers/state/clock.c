// SPDX-License-Identifier: GPL-2.0
/* The tick clock of an adapter. */
#include "state/clock.h"

#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/timekeeping.h>

static u64 monotonic_ms(void)
{
	return ktime_to_ms(ktime_get());
}

/**
 * chim_clock_init() - start a clock at the default rate
 * @clock: the clock
 * @source: monotonic milliseconds, or NULL for the system's own
 *
 * Context: any; nobody else may use @clock yet.
 */
void chim_clock_init(struct chim_clock *clock, u64 (*source)(void))
{
	seqlock_init(&clock->lock);
	clock->source = source ?: monotonic_ms;
	clock->tps = CHIM_TPS_DEFAULT;
	clock->epoch_ms = clock->source();
	clock->epoch_ticks = (u32)clock->epoch_ms;
}

static u32 reading(const struct chim_clock *clock, u64 ms)
{
	u64 ticks = div_u64((ms - clock->epoch_ms) * clock->tps, MSEC_PER_SEC);

	return clock->epoch_ticks + (u32)ticks;
}

/**
 * chim_clock_now() - current time in host ticks (NCT)
 * @clock: the clock
 *
 * Context: any but hard interrupt (the writer side disables softirqs only).
 * Return: ticks, modulo 2^32 (NBR-031).
 */
u32 chim_clock_now(struct chim_clock *clock)
{
	unsigned int seq;
	u32 now;

	do {
		seq = read_seqbegin(&clock->lock);
		now = reading(clock, clock->source());
	} while (read_seqretry(&clock->lock, seq));
	return now;
}

/**
 * chim_clock_tps() - current rate
 * @clock: the clock
 *
 * Context: any.
 * Return: ticks per second.
 */
u32 chim_clock_tps(struct chim_clock *clock)
{
	return READ_ONCE(clock->tps);
}

/**
 * chim_clock_set_tps() - change the rate, keeping the reading
 * @clock: the clock
 * @tps: ticks per second
 *
 * 10, 100 and 1000 are exact; any other rate up to 1000 is converted (D-63).
 * A change drops the fraction of a tick; the same rate again changes nothing,
 * or a host that repeats itself would hold the clock back.
 *
 * Context: process or softirq.
 * Return: false, with nothing changed, if @tps is zero or above 1000.
 */
bool chim_clock_set_tps(struct chim_clock *clock, u32 tps)
{
	u64 ms;

	if (!tps || tps > CHIM_TPS_MAX)
		return false;
	if (tps == chim_clock_tps(clock))
		return true;
	write_seqlock_bh(&clock->lock);
	ms = clock->source();
	clock->epoch_ticks = reading(clock, ms);
	clock->epoch_ms = ms;
	WRITE_ONCE(clock->tps, tps);
	write_sequnlock_bh(&clock->lock);
	return true;
}
