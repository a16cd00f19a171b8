/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sequence numbers compare modulo 2^32 (RFC 9293, section 3.4): a number is
 * before another if it lies less than half the space behind it.
 */
#ifndef CHIM_TCP_SEQ_H
#define CHIM_TCP_SEQ_H

#include <linux/types.h>

/* a < b */
static inline bool seq_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/* a > b */
static inline bool seq_after(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

/* a <= b */
static inline bool seq_upto(u32 a, u32 b)
{
	return (s32)(a - b) <= 0;
}

/* a >= b */
static inline bool seq_from(u32 a, u32 b)
{
	return (s32)(a - b) >= 0;
}

/* lo <= s <= hi, for lo <= hi */
static inline bool seq_within(u32 s, u32 lo, u32 hi)
{
	return s - lo <= hi - lo;
}

static inline u32 seq_max(u32 a, u32 b)
{
	return seq_after(a, b) ? a : b;
}

static inline u32 seq_min(u32 a, u32 b)
{
	return seq_before(a, b) ? a : b;
}

#endif /* CHIM_TCP_SEQ_H */
