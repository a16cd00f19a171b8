/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A state operation under way: one tree, one verb, in the hands of the worker.
 */
#ifndef CHIM_NDIS_OP_H
#define CHIM_NDIS_OP_H

#include "ndis/binding.h"
#include "ndis/tree.h"

/* The Status of a block that was offloaded though a dependent was not. */
#define CHIM_PARTIAL	NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS

/**
 * struct chim_op - a state operation
 * @adapter: where
 * @binding: who asked; its owner is held in the objects
 * @tree: what the handler got; passed back as it is (BLK-082)
 * @verb: what is to be done
 * @now: ticks, if @timed; see chim_op_now()
 * @timed: @now is set
 * @walk: the walk over @tree
 * @granted: blocks that were not refused; counted when all are done
 * @at: object of the block at each depth above the current one, or NULL
 * @ended: terminated objects, freed after completion (TRM-014)
 * @corrupt: objects newly found corrupt (QRY-052)
 * @started: new connections, to be started after completion (INI-065)
 * @blocked: blocks to be tried again at the end of the walk, by layer, linked
 *	through MiniportReserved[0]; terminate only
 */
struct chim_op {
	struct chim_adapter *adapter;
	struct chim_binding *binding;
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree;
	enum chim_verb verb;
	u32 now;
	u32 granted;
	bool timed;
	struct chim_walk walk;
	struct chim_obj *at[CHIM_LAYERS];
	struct chim_obj *ended;
	struct chim_obj *corrupt;
	struct chim_obj *started;
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST blocked[CHIM_LAYERS];
};

typedef void (*chim_apply_t)(struct chim_op *op);

void chim_op_run(struct chim_op *op);
void chim_op_free(struct chim_op *op);
u32 chim_op_now(struct chim_op *op);
void chim_op_set(struct chim_op *op, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block,
		 enum chim_why why);
void chim_op_set_partial(struct chim_op *op,
			 PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block);
enum chim_why chim_op_find(struct chim_op *op,
			   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block,
			   const struct chim_type *type, struct chim_obj **out);
struct chim_obj *chim_op_below(const struct chim_op *op);
NDIS_STATUS chim_why_status(enum chim_why why);

void chim_apply_initiate(struct chim_op *op);
void chim_apply_query(struct chim_op *op);
void chim_apply_update(struct chim_op *op);
void chim_apply_invalidate(struct chim_op *op);
void chim_apply_terminate(struct chim_op *op);

#endif /* CHIM_NDIS_OP_H */
