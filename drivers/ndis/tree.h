/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walking a tree of block lists: depth first, breadth next, each block once.
 *
 * The walk needs no stack and no memory of its own (TREE-015): a block's
 * Scratch holds the way back and the mark of the walk that has claimed it
 * (BLK-103). A link to a block that is claimed already leads back or is shared
 * (TREE-016): it is not followed, and the block that has it fails.
 */
#ifndef CHIM_NDIS_TREE_H
#define CHIM_NDIS_TREE_H

#include "state/object.h"
#include "stats.h"

#include <ndischimney.h>

#include <linux/err.h>
#include <linux/mm.h>

/* State structures behind a block. */
#define CHIM_PART_CONST		0x01
#define CHIM_PART_CACHED	0x02
#define CHIM_PART_DELEG		0x04
#define CHIM_PART_ALL		0x07

/**
 * struct chim_type - what an OFFLOAD_STATE_TYPE says (BLK-012 to BLK-022)
 * @parts: CHIM_PART_* in memory order const, cached, delegated; 0 for a type
 *	that is no offload state
 * @layer: of the object
 * @family: AF_INET or AF_INET6 for a path, else 0
 */
struct chim_type {
	u8 parts;
	u8 layer;
	u8 family;
};

/* Notes a verb may keep on a block during a walk. */
#define CHIM_NOTE_LINKER	0x08	/* references an older object */
#define CHIM_NOTE_FAILED	0x10	/* not offloaded */
#define CHIM_NOTE_DEP_OK	0x20	/* a dependent was offloaded */
#define CHIM_NOTE_DEP_FAILED	0x40	/* a dependent was not */

/**
 * struct chim_walk - a walk under way
 * @block: the block it stands at
 * @parent: the block that @block depends on, NULL for the root and its siblings
 * @cookie: number of the walk, never used before on this machine
 * @depth: 0 for the root and its siblings
 * @base: layer of depth 0, or CHIM_BASE_UNKNOWN while only placeholders have
 *	been met
 * @leaving: all dependents of @block have been visited
 */
struct chim_walk {
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block;
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST parent;
	u64 cookie;
	u32 depth;
	int base;
	bool leaving;
};

#define CHIM_BASE_UNKNOWN	(-1)

void chim_walk_setup(void);
void chim_walk_start(struct chim_walk *walk,
		     PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST root);
bool chim_walk_step(struct chim_walk *walk);
enum chim_why chim_walk_check(struct chim_walk *walk,
			      const struct chim_type **type);
bool chim_walk_placeholder(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block);
void chim_walk_note(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block, u8 note);
u8 chim_walk_notes(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block);

/**
 * chim_pointer_ok() - could this be an address the host means?
 * @pointer: from a block or a state structure
 * @align: what the pointed-to type needs, a power of two
 *
 * Catches NULL, offsets from NULL either way, addresses below those of the
 * kernel (on 64 bits with them most of what is no address at all) and unaligned
 * values.
 * That the memory is mapped is the host's promise.
 *
 * Context: any.
 * Return: false if it must not be followed.
 */
static inline bool chim_pointer_ok(const void *pointer, size_t align)
{
	unsigned long addr = (unsigned long)pointer;

	return addr >= PAGE_SIZE && addr >= PAGE_OFFSET &&
	       !IS_ERR_VALUE(addr) && IS_ALIGNED(addr, align);
}

const struct chim_type *chim_type(u8 type);

#endif /* CHIM_NDIS_TREE_H */
