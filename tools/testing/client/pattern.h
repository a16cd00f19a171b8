/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What streams are filled with, so that a byte lost, repeated, moved or changed
 * is seen: the eight bytes at offset 8 * k are a mix of k and a seed. And a
 * running hash, which tells whether two programs saw the same. The same for
 * the module and for programs.
 */
#ifndef CHIMC_PATTERN_H
#define CHIMC_PATTERN_H

#include "uapi.h"

#ifdef __KERNEL__
#include "compat.h"

#include <linux/types.h>
#else
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

static inline u64 get_unaligned_le64(const void *p)
{
	u64 value;

	memcpy(&value, p, sizeof(value));
	return le64toh(value);
}

static inline void put_unaligned_le64(u64 value, void *p)
{
	value = htole64(value);
	memcpy(p, &value, sizeof(value));
}
#endif

/* No byte is bad. */
#define CHIMC_ALL_GOOD	(~0ULL)

/* A bijection of @k, so that no two words of a stream are equal. */
static inline u64 chimc_word(u64 seed, u64 k)
{
	u64 x = (k + seed * 0xd1342543de82ef95ULL) * 0x9e3779b97f4a7c15ULL;

	return x ^ x >> 29;
}

static inline u64 chimc_hash_word(u64 h, u64 word)
{
	h = (h << 13 | h >> 51) ^ word;
	return h * 0xff51afd7ed558ccdULL;
}

static inline void chimc_hash_byte(struct chimc_hash *hash, u64 offset, u8 byte)
{
	hash->part |= (u64)byte << 8 * (offset & 7);
	if ((offset & 7) == 7) {
		hash->h = chimc_hash_word(hash->h, hash->part);
		hash->part = 0;
	}
}

/* The hash of a stream of @length bytes. */
static inline u64 chimc_hash_end(const struct chimc_hash *hash, u64 length)
{
	return chimc_hash_word(hash->h, hash->part ^ length);
}

/* Writes the bytes from @offset on. */
static inline void chimc_fill(u8 *p, size_t len, u64 offset, u64 seed,
			      struct chimc_hash *hash)
{
	u64 word;

	for (; len && offset & 7; len--, offset++) {
		*p = chimc_word(seed, offset >> 3) >> 8 * (offset & 7);
		chimc_hash_byte(hash, offset, *p++);
	}
	for (; len >= 8; len -= 8, offset += 8, p += 8) {
		word = chimc_word(seed, offset >> 3);
		put_unaligned_le64(word, p);
		hash->h = chimc_hash_word(hash->h, word);
	}
	for (; len; len--, offset++) {
		*p = chimc_word(seed, offset >> 3) >> 8 * (offset & 7);
		chimc_hash_byte(hash, offset, *p++);
	}
}

/* One byte of chimc_check(). */
static inline bool chimc_check_byte(u8 byte, u64 offset, u64 seed,
				    struct chimc_hash *hash)
{
	u8 want = chimc_word(seed, offset >> 3) >> 8 * (offset & 7);

	chimc_hash_byte(hash, offset, byte);
	return byte == want;
}

/*
 * Reads the bytes from @offset on. Returns the offset of a bad one, the first
 * to within eight bytes, or CHIMC_ALL_GOOD.
 */
static inline u64 chimc_check(const u8 *p, size_t len, u64 offset, u64 seed,
			      struct chimc_hash *hash)
{
	u64 bad = CHIMC_ALL_GOOD, word;

	for (; len && offset & 7; len--, offset++)
		if (!chimc_check_byte(*p++, offset, seed, hash) &&
		    bad == CHIMC_ALL_GOOD)
			bad = offset;
	for (; len >= 8; len -= 8, offset += 8, p += 8) {
		word = get_unaligned_le64(p);
		hash->h = chimc_hash_word(hash->h, word);
		if (word != chimc_word(seed, offset >> 3) &&
		    bad == CHIMC_ALL_GOOD)
			bad = offset;
	}
	for (; len; len--, offset++)
		if (!chimc_check_byte(*p++, offset, seed, hash) &&
		    bad == CHIMC_ALL_GOOD)
			bad = offset;
	return bad;
}

#endif /* CHIMC_PATTERN_H */
