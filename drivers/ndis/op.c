// SPDX-License-Identifier: GPL-2.0
/* A state operation under way: statuses, completion, what follows it. */
#include "ndis/op.h"

#include "ndis/indicate.h"
#include "ndis/oid.h"
#include "state/conn.h"
#include "state/path.h"
#include "state/service.h"
#include "trace.h"

#include <linux/sched.h>

/*
 * What the host is told for each refusal. Reasons that are not here are
 * NDIS_STATUS_FAILURE: they fit no other category (INI-032). Only initiate
 * may tell more than that (BLK-081).
 */
static const NDIS_STATUS initiate_status[CHIM_WHY_COUNT] = {
	[CHIM_WHY_NOMEM] = NDIS_STATUS_RESOURCES,
	[CHIM_WHY_NEIGH_LIMIT] = NDIS_STATUS_OFFLOAD_NEIGHBOR_ENTRIES,
	[CHIM_WHY_PATH_LIMIT] = NDIS_STATUS_OFFLOAD_PATH_ENTRIES,
	[CHIM_WHY_CONN_LIMIT] = NDIS_STATUS_OFFLOAD_TCP_ENTRIES,
	[CHIM_WHY_VLAN_LIMIT] = NDIS_STATUS_OFFLOAD_VLAN_ENTRIES,
	[CHIM_WHY_HWADDR_LIMIT] = NDIS_STATUS_OFFLOAD_HW_ADDRESS_ENTRIES,
	[CHIM_WHY_HWADDR] = NDIS_STATUS_OFFLOAD_HW_ADDRESS_ENTRIES,
	[CHIM_WHY_IPADDR_LIMIT] = NDIS_STATUS_OFFLOAD_IP_ADDRESS_ENTRIES,
	[CHIM_WHY_VLAN] = NDIS_STATUS_OFFLOAD_VLAN_MISMATCH,
	[CHIM_WHY_MTU_LARGE] = NDIS_STATUS_OFFLOAD_PATH_MTU,
	[CHIM_WHY_RCV_WINDOW] = NDIS_STATUS_OFFLOAD_TCP_RCV_WINDOW,
	[CHIM_WHY_PAUSED] = NDIS_STATUS_PAUSED,
	[CHIM_WHY_XMIT_BUFFER] = NDIS_STATUS_OFFLOAD_TCP_XMIT_BUFFER,
	[CHIM_WHY_RCV_BUFFER] = NDIS_STATUS_OFFLOAD_TCP_RCV_BUFFER,
};

/**
 * chim_why_status() - the Status an initiate operation reports for a reason
 * @why: the reason
 *
 * Context: any.
 * Return: the Status; every other verb reports NDIS_STATUS_FAILURE instead.
 */
NDIS_STATUS chim_why_status(enum chim_why why)
{
	if (why == CHIM_OK)
		return NDIS_STATUS_SUCCESS;
	return initiate_status[why] ?: NDIS_STATUS_FAILURE;
}

static void set_status(struct chim_op *op,
		       PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block,
		       NDIS_STATUS status, enum chim_why why)
{
	block->Status = status;
	trace_chim_block_apply(op->adapter->ifindex, op->verb,
			       block->Header.Type, op->walk.depth, status, why);
}

/**
 * chim_op_set() - write the Status of a block and count it (BLK-080)
 * @op: the operation
 * @block: the block
 * @why: CHIM_OK, or why it was refused
 *
 * Context: worker.
 */
void chim_op_set(struct chim_op *op, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block,
		 enum chim_why why)
{
	NDIS_STATUS status = chim_why_status(why);

	if (why)
		chim_refuse(&op->adapter->stats, why);
	else
		op->granted++;
	if (why && op->verb != CHIM_INITIATE)
		status = NDIS_STATUS_FAILURE;
	set_status(op, block, status, why);
}

/**
 * chim_op_set_partial() - the block is offloaded, a dependent is not (INI-031)
 * @op: an initiate operation
 * @block: the block
 *
 * Context: worker.
 */
void chim_op_set_partial(struct chim_op *op,
			 PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	op->granted++;
	set_status(op, block, CHIM_PARTIAL, CHIM_OK);
}

/* D-31, D-35: found once, reported once; it stays until it is terminated. */
static void found_corrupt(struct chim_op *op, struct chim_obj *obj)
{
	if (chim_obj_marked(obj, CHIM_OBJ_CORRUPT))
		return;
	chim_obj_mark(obj, CHIM_OBJ_CORRUPT);
	obj->link = op->corrupt;
	op->corrupt = obj;
}

/**
 * chim_op_find() - the object a block references (UPD-051, OBJ-036)
 * @op: the operation
 * @block: a block whose MiniportOffloadContext is not NULL
 * @type: what its Type says
 * @out: set to the object, also if its state is corrupt, else to NULL
 *
 * Context: worker.
 * Return: CHIM_OK, or why the block cannot be used.
 */
enum chim_why chim_op_find(struct chim_op *op,
			   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block,
			   const struct chim_type *type, struct chim_obj **out)
{
	PVOID *location = block->MiniportOffloadContext;
	struct chim_obj *obj;

	*out = NULL;
	if (!chim_pointer_ok(location, sizeof(*location)))
		return CHIM_WHY_CONTEXT;
	/* Only the worker ends objects: it may use one outside the section. */
	rcu_read_lock();
	obj = chim_space_find(&op->adapter->space, (u64)*location);
	rcu_read_unlock();
	if (!obj)
		return CHIM_WHY_HANDLE;
	if (obj->owner != &op->binding->owner)
		return CHIM_WHY_OWNER;
	if (obj->layer != type->layer)
		return CHIM_WHY_LAYER;
	if (type->family && chim_path(obj)->c.family != type->family)
		return CHIM_WHY_LAYER;
	*out = obj;
	if (chim_obj_sound(obj))
		return CHIM_OK;
	found_corrupt(op, obj);
	return CHIM_WHY_CORRUPT;
}

/**
 * chim_op_below() - object of the block that the current one depends on
 * @op: the operation
 *
 * Context: worker.
 * Return: NULL at the root layer, above a placeholder, or if that block has
 * no usable object.
 */
struct chim_obj *chim_op_below(const struct chim_op *op)
{
	u32 depth = op->walk.depth;

	return depth && depth < CHIM_LAYERS ? op->at[depth - 1] : NULL;
}

/**
 * chim_op_now() - ticks, the same for all blocks of the operation
 * @op: the operation
 *
 * The clock is read when the first block asks: many have no use for it.
 *
 * Context: worker.
 * Return: ticks.
 */
u32 chim_op_now(struct chim_op *op)
{
	if (!op->timed) {
		op->now = chim_clock_now(&op->adapter->clock);
		op->timed = true;
	}
	return op->now;
}

static const chim_apply_t apply[CHIM_VERBS] = {
	[CHIM_INITIATE] = chim_apply_initiate,
	[CHIM_QUERY] = chim_apply_query,
	[CHIM_UPDATE] = chim_apply_update,
	[CHIM_INVALIDATE] = chim_apply_invalidate,
	[CHIM_TERMINATE] = chim_apply_terminate,
};

static NDIS_M_OFFLOAD_COMPLETE completion(const struct chim_op *op)
{
	const struct chim_ndis *ndis = op->binding->ndis;

	switch (op->verb) {
	case CHIM_INITIATE:
		return ndis->NdisMInitiateOffloadComplete;
	case CHIM_QUERY:
		return ndis->NdisMQueryOffloadStateComplete;
	case CHIM_UPDATE:
		return ndis->NdisMUpdateOffloadComplete;
	case CHIM_INVALIDATE:
		return ndis->NdisMInvalidateOffloadComplete;
	default:
		return ndis->NdisMTerminateOffloadComplete;
	}
}

/**
 * chim_op_free() - free the objects an operation has ended
 * @op: the operation
 *
 * Context: worker, may sleep. Does not allocate.
 */
void chim_op_free(struct chim_op *op)
{
	struct chim_obj *obj;

	while ((obj = op->ended)) {
		op->ended = obj->link;
		if (obj->layer == CHIM_CONN)
			chim_conn_free(chim_conn(obj));
		else if (obj->layer == CHIM_PATH)
			chim_path_free(chim_path(obj));
		else
			chim_neigh_free(chim_neigh(obj));
		cond_resched();
	}
}

/* Runs after completion: the tree is gone, the objects are not. */
static void follow_up(struct chim_op *op)
{
	struct chim_obj *obj;

	while ((obj = op->corrupt)) {
		op->corrupt = obj->link;
		/* EVT-070: events name connections only. */
		if (obj->layer == CHIM_CONN)
			chim_indicate_corrupt(op->binding, chim_conn(obj));
		chim_obj_mark(obj, CHIM_OBJ_REPORTED);
	}
	while ((obj = op->started)) {
		op->started = obj->link;
		chim_conn_start(chim_conn(obj));
	}
	chim_op_free(op);
}

/**
 * chim_op_run() - apply a tree, complete it, do what follows
 * @op: adapter, binding, tree and verb are set, the rest is zero
 *
 * No lock is held across the completion (UPD-036), and the tree is not touched
 * once it has begun (BLK-083, UPD-035).
 *
 * Context: worker.
 */
void chim_op_run(struct chim_op *op)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree = op->tree;

	chim_walk_start(&op->walk, tree);
	apply[op->verb](op);
	atomic64_inc(&op->adapter->stats.ops[op->verb]);
	atomic64_add(op->granted, &op->adapter->stats.blocks[op->verb]);
	/* The tag of the request: see take_over() in ndis/miniport.c. */
	WRITE_ONCE(tree->MiniportReserved[1], NULL);
	trace_chim_op_complete(op->adapter->ifindex, op->verb, tree,
			       tree->Status);
	completion(op)(op->binding->driver_handle, tree);
	follow_up(op);
	chim_oid_poll(op->binding);
}
