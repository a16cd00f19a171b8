/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buffers of a host in every kind of memory. Every structure is an allocation
 * of its own and so is every piece of data, so that reading past one is found
 * out; all are freed with the test.
 */
#ifndef CHIM_KUNIT_BUFFERS_H
#define CHIM_KUNIT_BUFFERS_H

#include <ndisnbl.h>

#include <kunit/test.h>

/* The status a host leaves in its lists. */
#define BUF_STATUS	((NDIS_STATUS)0x5a5a5a5a)

/**
 * enum buf_kind - how the memory behind an MDL can be reached
 * @BUF_MAPPED: mapped for the system, from the slab allocator
 * @BUF_POOL: never unmapped, likewise
 * @BUF_PAGES: locked, known by page frame number only, likewise
 * @BUF_FRAMES: pages of their own, known by page frame number only
 * @BUF_BLOCK: pages that belong together, mapped
 * @BUF_VMALLOC: pages that lie anywhere, mapped next to each other
 */
enum buf_kind {
	BUF_MAPPED,
	BUF_POOL,
	BUF_PAGES,
	BUF_FRAMES,
	BUF_BLOCK,
	BUF_VMALLOC,
	BUF_KINDS
};

/* Memory of the slab allocator has no pages that can be referenced. */
static inline bool buf_referable(enum buf_kind kind)
{
	return kind >= BUF_FRAMES;
}

u8 *buf_data(struct kunit *test, u32 len, u32 seed);	/* bytes to expect */
/* @offset: where the memory begins in its page, if the kind leaves a choice */
MDL *buf_mdl(struct kunit *test, enum buf_kind kind, const u8 *data, u32 len,
	     u32 offset);
/* A list of one buffer of any MDLs. */
PNET_BUFFER_LIST buf_wrap(struct kunit *test, MDL *mdls, u32 offset, u32 len);
/* One list, one buffer, the MDLs of which hold @piece bytes each. */
PNET_BUFFER_LIST buf_list(struct kunit *test, enum buf_kind kind,
			  const u8 *data, u32 len, u32 piece);
void buf_append(PNET_BUFFER_LIST list, PNET_BUFFER_LIST nbl);
/* One more buffer in the first list; that of @nbl. */
void buf_add_buffer(PNET_BUFFER_LIST list, PNET_BUFFER_LIST nbl);

/* Data of a list, by MDLs that are mapped and by page frame numbers. */
bool buf_equals(PNET_BUFFER_LIST list, const u8 *data, u32 len);
/* Turns every bit round in the memory of a list, used or not. */
void buf_flip(PNET_BUFFER_LIST list);
bool buf_untouched(PNET_BUFFER_LIST list);

#endif /* CHIM_KUNIT_BUFFERS_H */
