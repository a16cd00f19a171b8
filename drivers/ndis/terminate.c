// SPDX-License-Identifier: GPL-2.0
/*
 * Terminate: delegated state goes back, objects end.
 *
 * Dependents are done before what they depend on, wherever in the tree the
 * two stand: an object that still has dependents when it is its turn waits
 * until the walk is over (TRM-017). Nothing is allocated.
 */
#include "ndis/codec.h"
#include "ndis/desc.h"
#include "ndis/io.h"
#include "ndis/mdl.h"
#include "ndis/nbl.h"
#include "ndis/op.h"
#include "ndis/out.h"
#include "state/conn.h"
#include "state/path.h"

#include <linux/bottom_half.h>
#include <linux/rcupdate.h>
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

/* In the form that comes with an offload, a buffer each (D-21)? */
static bool all_single(const struct chim_sreq *sends)
{
	for (; sends; sends = sends->next)
		if (!(sends->flags & CHIM_SREQ_DISCONNECT) &&
		    !chim_nbl_single(chim_sreq_nbl(sends)))
			return false;
	return true;
}

/*
 * TRM-071 to TRM-073: the chain begins with the byte SndUna. A disconnect stays
 * with the requests that are to be completed (DSC-056).
 */
static void chain_sends(struct chim_rest *rest, chim_block_t block,
			struct chim_data *data)
{
	PNET_BUFFER_LIST *link = &block->NetBufferListChain, nbl;
	struct chim_sreq **left = &rest->sends, *req, *next;

	for (req = rest->sends; req; req = next) {
		next = req->next;
		if (req->flags & CHIM_SREQ_DISCONNECT) {
			*left = req;
			left = &req->next;
			continue;
		}
		nbl = chim_sreq_nbl(req);
		chim_nb_advance(nbl->FirstNetBuffer, req->len - req->left);
		*link = nbl;
		link = &nbl->Next;
		if (!req->left)
			continue;
		data->head = data->head ?: nbl;
		data->tail = nbl;
	}
	*left = NULL;
	*link = NULL;
}

/* TRM-051: what is not passed back is completed before the termination is. */
static void complete_sends(struct chim_conn *conn, struct chim_sreq *sends,
			   enum chim_end why)
{
	struct chim_sreq *req;

	for (req = sends; req; req = req->next)
		req->why = why;
	local_bh_disable();
	rcu_read_lock();
	chim_io_sent(conn, sends);
	rcu_read_unlock();
	local_bh_enable();
}

/*
 * Send data goes back in the termination if it can, otherwise it is completed:
 * either way the host gets each of its buffer lists once (TRM-070, D-33).
 */
static void end_conn(struct chim_op *op, chim_block_t block,
		     const struct chim_type *type, struct chim_conn *conn)
{
	struct chim_data data = {};
	struct chim_conn_deleg d;
	struct chim_rest rest;

	chim_conn_end(conn, &d, &rest);
	block->NetBufferListChain = NULL;	/* TRM-074 */
	if (all_single(rest.sends))
		chain_sends(&rest, block, &data);
	complete_sends(conn, rest.sends, CHIM_END_UPLOAD);
	if (!has_state(type)) {
		chim_desc_drop(rest.skbs);
		return;
	}
	data.buffered = chim_out_hand_back(conn, rest.skbs);
	chim_put_conn_deleg(block, type, &d, &data);
}

/* QRY-053: nobody can go on where state is lost or the client has left. */
static void abort_conn(struct chim_conn *conn)
{
	struct chim_conn_deleg d;
	struct chim_rest rest;

	chim_conn_end(conn, &d, &rest);
	complete_sends(conn, rest.sends, CHIM_END_ABORTED);
	chim_desc_drop(rest.skbs);
}

static void end_below(struct chim_obj *obj)
{
	if (obj->layer == CHIM_PATH)
		chim_path_end(chim_path(obj));
	else
		chim_neigh_end(chim_neigh(obj));
}

static void end_lost(struct chim_op *op, struct chim_obj *obj)
{
	if (obj->layer == CHIM_CONN)
		abort_conn(chim_conn(obj));
	else
		end_below(obj);
	bury(op, obj);
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
	end_lost(op, obj);
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
	if (type->layer == CHIM_CONN)
		end_conn(op, block, type, chim_conn(obj));
	else
		end_below(obj);
	bury(op, obj);
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

/* STA-014: what is offloaded from here on has not been asked for. */
static void note_empty(struct chim_adapter *adapter)
{
	if (!adapter->space.count[CHIM_CONN])
		WRITE_ONCE(adapter->evacuating, false);
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
	note_empty(op->adapter);
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
		end_lost(op, obj);
		cond_resched();
	}
}

/**
 * chim_binding_reclaim() - end every object of a client that leaves
 * @binding: the client
 *
 * Their requests are completed with NDIS_STATUS_REQUEST_ABORTED, the send data
 * that came with them included.
 *
 * Context: worker. Does not allocate.
 */
void chim_binding_reclaim(struct chim_binding *binding)
{
	struct chim_op op = { .adapter = binding->adapter };

	reclaim_layer(binding, CHIM_CONN, &op);
	reclaim_layer(binding, CHIM_PATH, &op);
	reclaim_layer(binding, CHIM_NEIGH, &op);
	note_empty(op.adapter);
	chim_op_free(&op);
}
