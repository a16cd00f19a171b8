// SPDX-License-Identifier: GPL-2.0
/* Walking a tree of block lists. */
#include "ndis/tree.h"

#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/socket.h>

/* Scratch[0]: cookie of the walk above, notes below. Scratch[1]: parent. */
#define COOKIE_SHIFT	8
#define NOTE_NO_NEXT	0x01	/* NextBlock is not to be followed */
#define NOTE_NO_DEP	0x02	/* DependentBlockList is not to be followed */
#define NOTE_BAD_LINK	0x04	/* one of them is there but cannot be */
#define NOTE_MASK	0xff

static const struct chim_type types[] = {
	[NeighborOffloadConstState] = { CHIM_PART_CONST, CHIM_NEIGH, 0 },
	[NeighborOffloadCachedState] = { CHIM_PART_CACHED, CHIM_NEIGH, 0 },
	[NeighborOffloadDelegatedState] = { CHIM_PART_DELEG, CHIM_NEIGH, 0 },
	[NeighborOffloadState] = { CHIM_PART_ALL, CHIM_NEIGH, 0 },
	[Ip4OffloadConstState] = { CHIM_PART_CONST, CHIM_PATH, AF_INET },
	[Ip4OffloadCachedState] = { CHIM_PART_CACHED, CHIM_PATH, AF_INET },
	[Ip4OffloadDelegatedState] = { CHIM_PART_DELEG, CHIM_PATH, AF_INET },
	[Ip4OffloadState] = { CHIM_PART_ALL, CHIM_PATH, AF_INET },
	[Ip6OffloadConstState] = { CHIM_PART_CONST, CHIM_PATH, AF_INET6 },
	[Ip6OffloadCachedState] = { CHIM_PART_CACHED, CHIM_PATH, AF_INET6 },
	[Ip6OffloadDelegatedState] = { CHIM_PART_DELEG, CHIM_PATH, AF_INET6 },
	[Ip6OffloadState] = { CHIM_PART_ALL, CHIM_PATH, AF_INET6 },
	[TcpOffloadConstState] = { CHIM_PART_CONST, CHIM_CONN, 0 },
	[TcpOffloadCachedState] = { CHIM_PART_CACHED, CHIM_CONN, 0 },
	[TcpOffloadDelegatedState] = { CHIM_PART_DELEG, CHIM_CONN, 0 },
	[TcpOffloadState] = { CHIM_PART_ALL, CHIM_CONN, 0 },
};

/**
 * chim_type() - what a header's Type says
 * @type: the Type
 *
 * Context: any.
 * Return: NULL if no offload node may carry it (BLK-020 to BLK-022).
 */
const struct chim_type *chim_type(u8 type)
{
	if (type >= ARRAY_SIZE(types) || !types[type].parts)
		return NULL;
	return &types[type];
}

/*
 * BLK-010: such a header has no room for links or for our notes. The block is
 * a leaf that fails; nothing behind its Status is touched.
 */
static bool too_short(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	return block->Header.Size < sizeof(*block);
}

static u64 scratch(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	return (u64)block->Scratch[0];
}

/**
 * chim_walk_note() - keep a note on a block until the walk ends
 * @block: a block the walk has visited
 * @note: CHIM_NOTE_*
 *
 * Context: worker.
 */
void chim_walk_note(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block, u8 note)
{
	if (!too_short(block))
		block->Scratch[0] = (PVOID)(scratch(block) | note);
}

/**
 * chim_walk_notes() - the notes on a block
 * @block: a block the walk has visited
 *
 * Context: worker.
 * Return: CHIM_NOTE_*, among others.
 */
u8 chim_walk_notes(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	if (too_short(block))
		return NOTE_NO_NEXT | NOTE_NO_DEP | CHIM_NOTE_FAILED;
	return scratch(block) & NOTE_MASK;
}

/* Returns notes for the block that has the link; 0 if it can be followed. */
static u8 claim(struct chim_walk *walk, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST link,
		PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST parent, u8 no)
{
	if (!link)
		return no;
	if (!chim_pointer_ok(link, __alignof__(*link)))
		return no | NOTE_BAD_LINK;
	if (too_short(link))
		return 0;
	if (scratch(link) >> COOKIE_SHIFT == walk->cookie)
		return no | NOTE_BAD_LINK;
	link->Scratch[0] = (PVOID)(walk->cookie << COOKIE_SHIFT);
	link->Scratch[1] = parent;
	return 0;
}

static enum chim_why check_header(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	if (too_short(block))
		return CHIM_WHY_SIZE;	/* BLK-010 */
	if (block->Header.Revision !=
	    NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1)
		return CHIM_WHY_REVISION;	/* BLK-011, D-03 */
	return CHIM_OK;
}

/*
 * BLK-065: the first block that has a layer of its own says what layer the
 * root is of, and so which one belongs at every depth. The first is the first
 * one reached, also for a verb that acts when it leaves.
 */
static void find_base(struct chim_walk *walk)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block = walk->block;
	const struct chim_type *type = chim_type(block->Header.Type);

	if (!type || check_header(block) || !block->MiniportOffloadContext)
		return;
	if (type->layer >= walk->depth)
		walk->base = type->layer - walk->depth;
}

/*
 * Links are claimed on arrival, both at a time, so that of two links to one
 * block the second is found out before its own block is applied.
 */
static void enter(struct chim_walk *walk,
		  PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block,
		  PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST parent)
{
	u8 notes;

	walk->block = block;
	walk->parent = parent;
	walk->leaving = false;
	if (too_short(block))
		return;
	notes = claim(walk, block->NextBlock, parent, NOTE_NO_NEXT);
	notes |= claim(walk, block->DependentBlockList, block, NOTE_NO_DEP);
	chim_walk_note(block, notes);
	if (walk->base == CHIM_BASE_UNKNOWN)
		find_base(walk);
}

/*
 * Scratch is the host's between operations and may hold anything, the mark of
 * a walk before the module was last unloaded included.
 */
static atomic64_t last_cookie;

/**
 * chim_walk_setup() - start numbering walks at a random number
 *
 * Context: module load.
 */
void chim_walk_setup(void)
{
	atomic64_set(&last_cookie, get_random_u64());
}

static u64 new_cookie(void)
{
	return (u64)atomic64_inc_return(&last_cookie) & (~0ULL >> COOKIE_SHIFT);
}

/**
 * chim_walk_start() - stand at the root (TREE-011)
 * @walk: the walk
 * @root: first block of the tree
 *
 * Context: worker.
 */
void chim_walk_start(struct chim_walk *walk,
		     PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST root)
{
	walk->cookie = new_cookie();
	walk->depth = 0;
	walk->base = CHIM_BASE_UNKNOWN;
	claim(walk, root, NULL, 0);
	enter(walk, root, NULL);
}

/**
 * chim_walk_step() - go on: dependents first, then leave, then next (TREE-010)
 * @walk: the walk
 *
 * Every block is visited twice, arriving and leaving (@walk->leaving).
 *
 * Context: worker, may sleep: a tree may be so large that others need a turn.
 * Return: false at the end of the tree.
 */
bool chim_walk_step(struct chim_walk *walk)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block = walk->block;
	u8 notes = chim_walk_notes(block);

	if (!walk->leaving) {
		if (notes & NOTE_NO_DEP) {
			walk->leaving = true;
			return true;
		}
		walk->depth++;
		enter(walk, block->DependentBlockList, block);
		return true;
	}
	cond_resched();
	if (!(notes & NOTE_NO_NEXT)) {
		enter(walk, block->NextBlock, walk->parent);
		return true;
	}
	walk->block = walk->parent;
	if (!walk->block)
		return false;
	walk->parent = walk->block->Scratch[1];
	walk->depth--;
	return true;
}

/* BLK-066 */
static bool fits(const struct chim_walk *walk, const struct chim_type *type)
{
	return walk->base != CHIM_BASE_UNKNOWN &&
	       type->layer - (int)walk->depth == walk->base;
}

/**
 * chim_walk_placeholder() - is the block a placeholder? (BLK-130)
 * @block: the block
 *
 * Context: worker.
 * Return: false also if the header cannot be understood.
 */
bool chim_walk_placeholder(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	return !check_header(block) && !block->MiniportOffloadContext;
}

/**
 * chim_walk_check() - can the block the walk stands at be used?
 * @walk: the walk, arriving at the block
 * @type: set to what the block's Type says, to NULL for a placeholder
 *
 * Context: worker.
 * Return: CHIM_OK, or why not; then nothing behind the block may be read.
 */
enum chim_why chim_walk_check(struct chim_walk *walk,
			      const struct chim_type **type)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block = walk->block;
	enum chim_why why = check_header(block);

	*type = NULL;
	if (why || !block->MiniportOffloadContext)
		return why;
	if (chim_walk_notes(block) & NOTE_BAD_LINK)
		return CHIM_WHY_LINK;
	*type = chim_type(block->Header.Type);
	if (!*type)
		return CHIM_WHY_TYPE;
	if (!fits(walk, *type))
		return CHIM_WHY_LEVEL;
	/* BLK-064: nothing depends on a connection. */
	if ((*type)->layer == CHIM_CONN && block->DependentBlockList)
		return CHIM_WHY_LINK;
	return CHIM_OK;
}
