// SPDX-License-Identifier: GPL-2.0
/*
 * Terminate: delegated state goes back, objects end.
 *
 * Dependents are done before what they depend on, wherever in the tree the
 * two stand: an object that still has dependents when it is its turn waits
 * until the walk is over (TRM-017). Nothing is allocated.
 */
#include "ndis/codec.h"
#include "ndis/miniport.h"
#include "ndis/nbl.h"
#include "ndis/op.h"
#include "state/conn.h"
#include "state/path.h"

#include <linux/sched.h>

/* D-02, TRM-030: only a plain delegated type has state behind the block. */
static bool has_state(const struct chim_type *type)
{
	return type->parts == CHIM_PART_DELEG;
}

/* Freed after completion (TRM-014). */
static void bury(struct chim_op *op, struct chim_obj *obj)
{
	obj->link = op->ended;
	op->ended = obj;
}

static void put_neigh(struct chim_op *op, chim_block_t block,
		      const struct chim_type *type, struct chim_neigh *neigh)
{
	struct chim_neigh_cached cached;
	struct chim_neigh_deleg d;

	if (!has_state(type))
		return;
	chim_neigh_read(neigh, chim_op_now(op), &cached, &d);
	chim_put_neigh_deleg(block, type, &d);
}

/* TRM-070 to TRM-074: all data goes back in the termination itself. */
static void put_conn(struct chim_op *op, chim_block_t block,
		     const struct chim_type *type, struct chim_conn *conn)
{
	struct chim_conn_deleg d;
	struct chim_data data;

	chim_held_return(conn->held, &block->NetBufferListChain, &data);
	conn->held = NULL;
	if (!has_state(type)) {
		chim_buffered_free(data.buffered);
		return;
	}
	chim_conn_read(conn, chim_op_now(op), NULL, &d);
	chim_put_conn_deleg(block, type, &d, &data);
}

static void end(struct chim_op *op, struct chim_obj *obj)
{
	if (obj->layer == CHIM_CONN)
		chim_conn_end(chim_conn(obj));
	else if (obj->layer == CHIM_PATH)
		chim_path_end(chim_path(obj));
	else
		chim_neigh_end(chim_neigh(obj));
	bury(op, obj);
}

/*
 * Send data that cannot be passed back in a termination is completed (QRY-053,
 * D-33): either way the host gets each of its buffer lists back.
 */
static void abort_data(struct chim_binding *binding, struct chim_conn *conn)
{
	PNET_BUFFER_LIST chain;
	struct chim_data data;

	chim_held_return(conn->held, &chain, &data);
	conn->held = NULL;
	chim_buffered_free(data.buffered);
	if (chain)
		chim_miniport_return(binding, chain, CHIM_IO_SEND,
				     NDIS_STATUS_REQUEST_ABORTED);
}

/*
 * D-35: the first termination that meets corrupt state fails and the object
 * stays; once the host has been told, the next one frees it and still fails.
 */
static enum chim_why end_corrupt(struct chim_op *op, chim_block_t block,
				 struct chim_obj *obj)
{
	if (obj->layer == CHIM_CONN)
		block->NetBufferListChain = NULL;	/* TRM-074 */
	if (!chim_obj_marked(obj, CHIM_OBJ_REPORTED) || obj->deps)
		return CHIM_WHY_CORRUPT;
	if (obj->layer == CHIM_CONN)
		abort_data(op->binding, chim_conn(obj));
	end(op, obj);
	return CHIM_WHY_CORRUPT;
}

static enum chim_why end_sound(struct chim_op *op, chim_block_t block,
			       const struct chim_type *type,
			       struct chim_obj *obj)
{
	enum chim_why why = CHIM_OK;

	if (obj->deps)
		return CHIM_WHY_DEPENDENTS;
	if (has_state(type))
		why = chim_check_parts(block, type);
	if (why)
		return why;
	if (type->layer == CHIM_NEIGH)
		put_neigh(op, block, type, chim_neigh(obj));
	else if (type->layer == CHIM_CONN)
		put_conn(op, block, type, chim_conn(obj));
	end(op, obj);
	return CHIM_OK;
}

static enum chim_why terminate(struct chim_op *op, chim_block_t block,
			       const struct chim_type *type)
{
	struct chim_obj *obj;
	enum chim_why why;

	why = chim_op_find(op, block, type, &obj);
	if (why == CHIM_WHY_CORRUPT)
		return end_corrupt(op, block, obj);
	return why ?: end_sound(op, block, type, obj);
}

/* MiniportReserved is ours while the block is (BLK-102). */
static void block_until_end(struct chim_op *op, chim_block_t block, u8 layer)
{
	block->MiniportReserved[0] = op->blocked[layer];
	op->blocked[layer] = block;
}

static void leave(struct chim_op *op)
{
	chim_block_t block = op->walk.block;
	const struct chim_type *type;
	enum chim_why why;

	why = chim_walk_check(&op->walk, &type);
	if (!why && type)
		why = terminate(op, block, type);
	if (why == CHIM_WHY_DEPENDENTS)
		block_until_end(op, block, type->layer);
	else
		chim_op_set(op, block, why);
}

/* Paths first: they may be what the neighbors wait for. */
static void retry(struct chim_op *op, u8 layer)
{
	chim_block_t block;

	while ((block = op->blocked[layer])) {
		op->blocked[layer] = block->MiniportReserved[0];
		chim_op_set(op, block,
			    terminate(op, block, chim_type(block->Header.Type)));
		cond_resched();
	}
}

/**
 * chim_apply_terminate() - end the objects of a tree (area TRM)
 * @op: the operation
 *
 * Works whatever state a connection is in and sends nothing (TRM-013,
 * TRM-018).
 *
 * Context: worker. Does not allocate.
 */
void chim_apply_terminate(struct chim_op *op)
{
	do {
		if (op->walk.leaving)
			leave(op);
	} while (chim_walk_step(&op->walk));
	retry(op, CHIM_PATH);
	retry(op, CHIM_NEIGH);
}

static void reclaim_layer(struct chim_binding *binding, u8 layer,
			  struct chim_op *op)
{
	struct chim_space *space = binding->owner.space;
	struct chim_obj *obj;
	u32 index = 0;

	while (binding->owner.count[layer]) {
		rcu_read_lock();
		obj = chim_space_next(space, &index);
		rcu_read_unlock();
		if (!obj)
			break;
		if (obj->owner != &binding->owner || obj->layer != layer)
			continue;
		if (layer == CHIM_CONN)
			abort_data(binding, chim_conn(obj));
		end(op, obj);
		cond_resched();
	}
}

/**
 * chim_binding_reclaim() - end every object of a client that leaves
 * @binding: the client
 *
 * Send data that came with them is completed with NDIS_STATUS_REQUEST_ABORTED.
 *
 * Context: worker. Does not allocate.
 */
void chim_binding_reclaim(struct chim_binding *binding)
{
	struct chim_op op = { .adapter = binding->adapter };

	reclaim_layer(binding, CHIM_CONN, &op);
	reclaim_layer(binding, CHIM_PATH, &op);
	reclaim_layer(binding, CHIM_NEIGH, &op);
	chim_op_free(&op);
}
