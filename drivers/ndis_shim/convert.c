// SPDX-License-Identifier: GPL-2.0
/*
 * Block lists: protocol form to miniport form and back, in place (NDI-010).
 *
 * The two forms differ in two words. OffloadHandle of the one is at the place of
 * NdisOffloadHandle of the other and has the same value, which is how a block
 * finds its way back without anything being saved: a miniport leaves
 * NdisOffloadHandle as it is, and an intermediate driver, which has put a handle
 * of its own there, knows the upper driver's from its entry (IMD-030). The third
 * word of NdisReserved becomes MiniportOffloadContext.
 *
 * The walk is that of an offload target: depth first, each block once, the way
 * back in Scratch, so that no shape of a tree needs memory or leads astray.
 */
#include "ndis_shim/convert.h"

#include "ndis_shim/list.h"

#include <linux/random.h>

static_assert(sizeof(NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST) ==
	      sizeof(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST));
static_assert(offsetof(NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST, OffloadHandle) ==
	      offsetof(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST, NdisOffloadHandle));
static_assert(offsetof(NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST, NdisReserved[2]) ==
	      offsetof(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST, MiniportOffloadContext));
static_assert(offsetof(NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST, ProtocolReserved) ==
	      offsetof(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST, ProtocolReserved));

/* Scratch[0] of a block under way: which walk, and which links to follow. */
#define HAS_NEXT	1UL
#define HAS_DEP		2UL
#define COOKIE_SHIFT	2

/**
 * struct walk - a walk over a tree
 * @visit: called for each block on arriving
 * @binding: for @visit
 * @verb: for @visit
 * @status: for @visit
 * @lists: buffer lists that @visit found to have come back
 * @cookie: marks blocks that this walk has seen
 */
struct walk {
	void (*visit)(struct walk *walk,
		      PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST block);
	struct chimn_binding *binding;
	enum chimn_verb verb;
	NDIS_STATUS status;
	unsigned int lists;
	unsigned long cookie;
};

/* BLK-010: nothing of such a block but its Status is there. */
static bool too_short(const NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST *block)
{
	return block->Header.Size < sizeof(*block);
}

/* BLK-108: the only layer with data. */
static PNET_BUFFER_LIST chain_of(const NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST *block)
{
	return block->Header.Type >= TcpOffloadConstState &&
	       block->Header.Type <= TcpOffloadState ?
	       block->NetBufferListChain : NULL;
}

static unsigned long scratch(const NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST *block)
{
	return (unsigned long)block->Scratch[0];
}

/* A link that was followed before, or leads nowhere, is the target's to refuse. */
static unsigned long claim(struct walk *walk,
			   PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST link,
			   PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST parent,
			   unsigned long flag)
{
	if (!chimn_pointer_ok(link, __alignof__(*link)))
		return 0;
	if (too_short(link))
		return flag;
	if (scratch(link) >> COOKIE_SHIFT == walk->cookie)
		return 0;
	link->Scratch[0] = (PVOID)(walk->cookie << COOKIE_SHIFT);
	link->Scratch[1] = parent;
	return flag;
}

static unsigned long arrive(struct walk *walk,
			    PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST block,
			    PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST parent)
{
	unsigned long links;

	if (too_short(block)) {
		walk->visit(walk, block);
		return 0;
	}
	links = claim(walk, block->NextBlock, parent, HAS_NEXT);
	links |= claim(walk, block->DependentBlockList, block, HAS_DEP);
	block->Scratch[0] = (PVOID)(walk->cookie << COOKIE_SHIFT | links);
	walk->visit(walk, block);
	return links;
}

/* Scratch may hold anything, the mark of an earlier module included. */
static atomic64_t last_cookie;

/**
 * chimn_convert_setup() - start numbering walks at a random number
 *
 * Context: module load.
 */
void chimn_convert_setup(void)
{
	atomic64_set(&last_cookie, get_random_u64());
}

static unsigned long new_cookie(void)
{
	return (unsigned long)atomic64_inc_return(&last_cookie) &
	       (~0UL >> COOKIE_SHIFT);
}

static void run(struct walk *walk, PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST root)
{
	PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST block = root, parent = NULL;
	unsigned long links;

	walk->cookie = new_cookie();
	claim(walk, root, NULL, 0);
	for (;;) {
		links = arrive(walk, block, parent);
		if (links & HAS_DEP) {
			parent = block;
			block = block->DependentBlockList;
			continue;
		}
		while (!(links & HAS_NEXT)) {
			block = parent;
			if (!block)
				return;
			links = scratch(block);
			parent = block->Scratch[1];
		}
		block = block->NextBlock;
	}
}

/* --- down ----------------------------------------------------------------- */

/* NDI-016: whom an indication for the object is for. */
static void own(struct walk *walk, PNDIS_OFFLOAD_HANDLE handle,
		PNET_BUFFER_LIST chain)
{
	if (READ_ONCE(handle->MiniportOffloadContext))
		return;
	WRITE_ONCE(handle->NdisReserved, walk->binding->obj.handle);
	/* BLK-110: this data comes back by itself, as if it had been sent. */
	if (chain)
		refcount_add(chimn_list_begin(chain, walk->binding, CHIMN_SEND,
					      "NdisInitiateOffload"),
			     &walk->binding->obj.refs);
}

static void visit_down(struct walk *walk,
		       PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST block)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST m = (void *)block;
	PNDIS_OFFLOAD_HANDLE handle;

	if (too_short(block))
		return;
	handle = block->OffloadHandle;
	if (walk->verb == CHIMN_INITIATE &&
	    chimn_pointer_ok(handle, __alignof__(*handle)))
		own(walk, handle, chain_of(block));
	/* NDI-012 */
	m->MiniportOffloadContext = handle ? &handle->MiniportOffloadContext :
					     NULL;
	m->NdisOffloadHandle = handle;
}

/**
 * chimn_convert_down() - a tree as the miniport below sees it
 * @tree: its root, in protocol form
 * @binding: what it goes through
 * @verb: what for
 *
 * Context: any.
 * Return: the same root, in miniport form.
 */
PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST
chimn_convert_down(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree,
		   struct chimn_binding *binding, enum chimn_verb verb)
{
	struct walk walk = {
		.visit = visit_down,
		.binding = binding,
		.verb = verb,
	};

	run(&walk, tree);
	return (PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST)tree;
}

/* --- up -------------------------------------------------------------------- */

/* Not offloaded, or no more: no indication is for it (TRM-016). */
static void disown(struct walk *walk, PNDIS_OFFLOAD_HANDLE handle,
		   PNET_BUFFER_LIST chain)
{
	WRITE_ONCE(handle->NdisReserved, NULL);
	walk->lists += chimn_list_forget(chain);
}

static void visit_up(struct walk *walk, PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST block)
{
	PNDIS_OFFLOAD_HANDLE handle;

	if (too_short(block))
		return;
	handle = block->OffloadHandle;
	block->NdisReserved[2] = NULL;
	if (!chimn_pointer_ok(handle, __alignof__(*handle)))
		return;
	if (walk->verb == CHIMN_INITIATE) {
		if (!READ_ONCE(handle->MiniportOffloadContext))
			disown(walk, handle, chain_of(block));
	} else if (walk->verb == CHIMN_TERMINATE) {
		if (block->Status == NDIS_STATUS_SUCCESS)
			disown(walk, handle, chain_of(block));
	}
}

/**
 * chimn_convert_up() - a tree as the driver above knows it
 * @tree: its root, in miniport form
 * @binding: what it went through; the reference of each buffer list that comes
 *	back in it is dropped
 * @verb: what for
 *
 * Context: any.
 * Return: the same root, in protocol form.
 */
PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST
chimn_convert_up(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree,
		 struct chimn_binding *binding, enum chimn_verb verb)
{
	struct walk walk = {
		.visit = visit_up,
		.binding = binding,
		.verb = verb,
	};

	run(&walk, (PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST)tree);
	chimn_binding_put(binding, walk.lists);
	return (PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST)tree;
}

/* --- refused ---------------------------------------------------------------- */

static void visit_refuse(struct walk *walk,
			 PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST block)
{
	block->Status = walk->status;
}

/**
 * chimn_convert_refuse() - give every block of a tree a status
 * @tree: its root, in protocol form
 * @status: the status
 *
 * Context: any.
 */
void chimn_convert_refuse(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree,
			  NDIS_STATUS status)
{
	struct walk walk = {
		.visit = visit_refuse,
		.status = status,
	};

	run(&walk, tree);
}
