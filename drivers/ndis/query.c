// SPDX-License-Identifier: GPL-2.0
/* Query: current values of everything a block's Type names. */
#include "ndis/codec.h"
#include "ndis/op.h"
#include "state/conn.h"
#include "state/path.h"

static enum chim_why put_neigh(struct chim_op *op, chim_block_t block,
			       const struct chim_type *type,
			       struct chim_neigh *neigh)
{
	struct chim_neigh_cached cached;
	struct chim_neigh_deleg d;
	enum chim_why why = CHIM_OK;

	chim_neigh_read(neigh, chim_op_now(op), &cached, &d);
	if (type->parts & CHIM_PART_CONST)
		why = chim_put_neigh_const(block, type, &neigh->c);
	if (!why && type->parts & CHIM_PART_CACHED)
		why = chim_put_neigh_cached(block, type, &cached);
	if (!why && type->parts & CHIM_PART_DELEG)
		why = chim_put_neigh_deleg(block, type, &d);
	return why;
}

/* A delegated path structure is its header; there is nothing to write. */
static enum chim_why put_path(chim_block_t block, const struct chim_type *type,
			      const struct chim_path *path)
{
	struct chim_path_cached cached = { .mtu = path->mtu };
	enum chim_why why = CHIM_OK;

	if (type->parts & CHIM_PART_CONST)
		why = chim_put_path_const(block, type, &path->c);
	if (!why && type->parts & CHIM_PART_CACHED)
		why = chim_put_path_cached(block, type, &cached);
	return why;
}

static enum chim_why put_conn(struct chim_op *op, chim_block_t block,
			      const struct chim_type *type,
			      struct chim_conn *conn)
{
	struct chim_conn_cached cached;
	struct chim_conn_deleg d;
	enum chim_why why = CHIM_OK;

	chim_conn_read(conn, &cached, &d);
	if (type->parts & CHIM_PART_CONST)
		why = chim_put_conn_const(block, type, &conn->c);
	if (!why && type->parts & CHIM_PART_CACHED)
		why = chim_put_conn_cached(block, type, &cached);
	if (!why && type->parts & CHIM_PART_DELEG)
		why = chim_put_conn_deleg(block, type, &d, NULL);
	return why;
}

static enum chim_why visit(struct chim_op *op, chim_block_t block)
{
	const struct chim_type *type;
	struct chim_obj *obj;
	enum chim_why why;

	why = chim_walk_check(&op->walk, &type);
	if (why || !type)
		return why;
	why = chim_op_find(op, block, type, &obj);
	if (!why)
		why = chim_check_parts(block, type);
	if (why)
		return why;
	if (type->layer == CHIM_NEIGH)
		return put_neigh(op, block, type, chim_neigh(obj));
	if (type->layer == CHIM_PATH)
		return put_path(block, type, chim_path(obj));
	return put_conn(op, block, type, chim_conn(obj));
}

/**
 * chim_apply_query() - fill in a tree (area QRY)
 * @op: the operation
 *
 * Invalidated objects answer like any other (O-12), connections in whatever
 * state they are (QRY-014).
 *
 * Context: worker.
 */
void chim_apply_query(struct chim_op *op)
{
	do {
		if (!op->walk.leaving)
			chim_op_set(op, op->walk.block,
				    visit(op, op->walk.block));
	} while (chim_walk_step(&op->walk));
}
