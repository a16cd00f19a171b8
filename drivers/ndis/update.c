// SPDX-License-Identifier: GPL-2.0
/*
 * Update: cached variables and path-to-neighbor links.
 *
 * Every block is judged by itself (UPD-056). All that can fail is done before
 * the first change, so a block that fails leaves its object as it was
 * (UPD-057).
 */
#include "ndis/codec.h"
#include "ndis/op.h"
#include "state/conn.h"
#include "state/path.h"

/* UPD-054, D-02: only a plain cached type has state behind the block. */
static bool has_state(const struct chim_type *type)
{
	return type->parts == CHIM_PART_CACHED;
}

static enum chim_why update_neigh(struct chim_op *op, chim_block_t block,
				  const struct chim_type *type,
				  struct chim_neigh *neigh)
{
	struct chim_neigh_cached cached;
	enum chim_why why;

	if (!has_state(type))
		return CHIM_OK;
	why = chim_get_neigh_cached(block, type, &cached);
	return why ?: chim_neigh_update(neigh, &cached, chim_op_now(op));
}

/*
 * A path below which a block stands that is no placeholder is to be linked to
 * that block's neighbor (UPD-100). If that neighbor cannot be used, neither
 * link nor variables change (UPD-033).
 */
static enum chim_why update_path(struct chim_op *op, chim_block_t block,
				 const struct chim_type *type,
				 struct chim_path *path)
{
	chim_block_t below = op->walk.parent;
	bool relink = below && !chim_walk_placeholder(below);
	struct chim_obj *neigh = chim_op_below(op);
	struct chim_path_cached cached;
	enum chim_why why = CHIM_OK;

	if (relink && !neigh)
		return CHIM_WHY_ORPHAN;
	if (has_state(type)) {
		why = chim_get_path_cached(block, type, &cached);
		why = why ?: chim_path_check(path, &cached);
	}
	if (why)
		return why;
	if (relink && chim_path_neigh(path) != chim_neigh(neigh))
		chim_path_link(path, chim_neigh(neigh));
	if (has_state(type))
		chim_path_update(path, &cached);
	return CHIM_OK;
}

static enum chim_why update_conn(struct chim_op *op, chim_block_t block,
				 const struct chim_type *type,
				 struct chim_conn *conn)
{
	struct chim_obj *path = chim_op_below(op);
	struct chim_conn_cached cached;
	enum chim_why why;

	/* UPD-103, UPD-104: a connection stays on its path. */
	if (path && chim_path(path) != conn->path)
		return CHIM_WHY_PARENT;
	if (!has_state(type))
		return CHIM_OK;
	why = chim_get_conn_cached(block, type, &cached);
	why = why ?: chim_conn_check(conn, &cached);
	if (!why)
		chim_conn_update(conn, &cached);
	return why;
}

static enum chim_why visit(struct chim_op *op, chim_block_t block,
			   struct chim_obj **out)
{
	const struct chim_type *type;
	struct chim_obj *obj;
	enum chim_why why;

	*out = NULL;
	why = chim_walk_check(&op->walk, &type);
	if (why || !type)
		return why;
	why = chim_op_find(op, block, type, &obj);
	if (why)
		return why;
	if (chim_obj_marked(obj, CHIM_OBJ_INVALID))
		return CHIM_WHY_INVALID;	/* UPD-085 */
	*out = obj;
	if (type->layer == CHIM_NEIGH)
		return update_neigh(op, block, type, chim_neigh(obj));
	if (type->layer == CHIM_PATH)
		return update_path(op, block, type, chim_path(obj));
	return update_conn(op, block, type, chim_conn(obj));
}

/**
 * chim_apply_update() - update the objects of a tree (area UPD)
 * @op: the operation
 *
 * Context: worker, may sleep.
 */
void chim_apply_update(struct chim_op *op)
{
	struct chim_obj *obj;
	enum chim_why why;

	do {
		if (op->walk.leaving)
			continue;
		why = visit(op, op->walk.block, &obj);
		if (op->walk.depth < CHIM_LAYERS)
			op->at[op->walk.depth] = obj;
		chim_op_set(op, op->walk.block, why);
	} while (chim_walk_step(&op->walk));
}
