// SPDX-License-Identifier: GPL-2.0
/* Invalidate: nothing is sent any more on what depends on these objects. */
#include "ndis/op.h"
#include "state/conn.h"

#include <linux/rcupdate.h>

static enum chim_why visit(struct chim_op *op,
			   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	const struct chim_type *type;
	struct chim_obj *obj;
	enum chim_why why;

	why = chim_walk_check(&op->walk, &type);
	if (why || !type)
		return why;
	why = chim_op_find(op, block, type, &obj);
	if (why)
		return why;
	/*
	 * One mark stops every dependent, however many: a sender looks at its
	 * own, its path's and its neighbor's (chim_conn_stopped()).
	 */
	chim_obj_mark(obj, CHIM_OBJ_INVALID);
	/* there is no way back for the connection itself. */
	if (type->layer == CHIM_CONN)
		chim_conn_invalidate(chim_conn(obj));
	return CHIM_OK;
}

/**
 * chim_apply_invalidate() - invalidate the objects of a tree (area INV)
 * @op: the operation
 *
 * Reads nothing behind the blocks (INV-012) and keeps all resources (INV-033).
 *
 * Context: worker. Does not allocate.
 */
void chim_apply_invalidate(struct chim_op *op)
{
	do {
		if (!op->walk.leaving)
			chim_op_set(op, op->walk.block,
				    visit(op, op->walk.block));
	} while (chim_walk_step(&op->walk));
}
