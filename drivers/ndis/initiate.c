// SPDX-License-Identifier: GPL-2.0
/* Initiate: new objects, linked below to what is there or new as well. */
#include "ndis/codec.h"
#include "ndis/data.h"
#include "ndis/desc.h"
#include "ndis/nbl.h"
#include "ndis/op.h"
#include "state/conn.h"
#include "state/path.h"

#include <linux/skbuff.h>
#include <linux/string.h>

/* More buffered data than this is not copied. */
#define BUFFERED_MAX	SZ_16M

/* CAP-010, CAP-011: nothing is offloaded that the host has not enabled. */
static enum chim_why check_enabled(const struct chim_binding *binding)
{
	const struct chim_adapter *adapter = binding->adapter;

	if (!rcu_access_pointer(adapter->dev))
		return CHIM_WHY_GONE;
	if (READ_ONCE(adapter->closing) || binding->closing)
		return CHIM_WHY_CLOSING;
	if (adapter->paused && binding->ndis->awaits_resume)
		return CHIM_WHY_PAUSED;	/* */
	if (binding->asleep)
		return CHIM_WHY_DISABLED;	/* STA-070 */
	if (!binding->enabled.ip4 && !binding->enabled.ip6)
		return CHIM_WHY_DISABLED;
	return CHIM_OK;
}

static enum chim_why new_neigh(struct chim_op *op, chim_block_t block,
			       const struct chim_type *type,
			       struct chim_obj **out)
{
	struct chim_neigh_cached cached;
	struct chim_neigh_const c;
	struct chim_neigh_deleg d;
	struct chim_neigh *neigh;
	enum chim_why why;

	why = chim_get_neigh_const(block, type, &c);
	if (!why)
		why = chim_get_neigh_cached(block, type, &cached);
	if (!why)
		why = chim_get_neigh_deleg(block, type, &d);
	if (!why)
		why = chim_neigh_create(&op->binding->owner,
					block->NdisOffloadHandle, &c, &cached,
					&d, chim_op_now(op), &neigh);
	if (!why)
		*out = &neigh->obj;
	return why;
}

static enum chim_why new_path(struct chim_op *op, chim_block_t block,
			      const struct chim_type *type,
			      struct chim_obj **out)
{
	const struct chim_enabled *enabled = &op->binding->enabled;
	struct chim_obj *below = chim_op_below(op);
	struct chim_path_cached cached;
	struct chim_path_const c;
	struct chim_path *path;
	enum chim_why why;

	if (!below)
		return CHIM_WHY_ORPHAN;
	if (type->family == AF_INET ? !enabled->ip4 : !enabled->ip6)
		return CHIM_WHY_DISABLED;
	why = chim_get_path_const(block, type, &c);
	if (!why)
		why = chim_get_path_cached(block, type, &cached);
	if (!why)
		why = chim_get_path_deleg(block, type);
	if (!why)
		why = chim_path_create(&op->binding->owner,
				       block->NdisOffloadHandle,
				       chim_neigh(below), &c, &cached, &path);
	if (!why)
		*out = &path->obj;
	return why;
}

static enum chim_why read_conn(chim_block_t block, const struct chim_type *type,
			       struct chim_conn_news *news,
			       struct chim_data *data)
{
	enum chim_why why;

	why = chim_get_conn_const(block, type, &news->c);
	if (!why)
		why = chim_get_conn_cached(block, type, &news->v);
	if (!why)
		why = chim_get_conn_deleg(block, type, &news->d, data);
	return why;
}

/* INI-081, INI-082, D-17: what cannot be copied fails the connection. */
static struct sk_buff *copy_buffered(PNET_BUFFER_LIST list, u64 bytes)
{
	struct sk_buff *skb;

	if (bytes > BUFFERED_MAX)
		return NULL;
	skb = chim_data_gather(list, bytes, CHIM_GFP);
	if (!skb)
		return NULL;
	memset(skb->cb, 0, sizeof(skb->cb));
	if (!chim_desc_make(skb, CHIM_GFP)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

/*
 * The send pointers are ignored (INI-101, INI-102). Send data stays in the
 * host's memory; if the connection fails, its lists are as they were but for
 * what is ours in them (INI-041).
 */
static enum chim_why take_data(chim_block_t block, const struct chim_data *data,
			       struct chim_conn_news *news)
{
	PNET_BUFFER_LIST chain = block->NetBufferListChain;
	u64 bytes;

	if (!chim_nbl_measure_list(chain, &news->send_data) ||
	    !chim_nbl_measure_list(data->buffered, &bytes))
		return CHIM_WHY_SEND_CHAIN;
	if (bytes) {
		news->buffered = copy_buffered(data->buffered, bytes);
		if (!news->buffered)
			return CHIM_WHY_BUFFERED;
	}
	news->sends = chim_nbl_adopt(chain);
	return CHIM_OK;
}

/* INI-065: it is started when the host knows of it. */
static void start_later(struct chim_op *op, struct chim_obj *obj)
{
	obj->link = op->started;
	op->started = obj;
}

static enum chim_why new_conn(struct chim_op *op, chim_block_t block,
			      const struct chim_type *type,
			      struct chim_obj **out)
{
	struct chim_obj *below = chim_op_below(op);
	struct chim_conn_news news = {};
	struct chim_conn *conn;
	struct chim_data data;
	enum chim_why why;

	if (!below)
		return CHIM_WHY_ORPHAN;
	why = read_conn(block, type, &news, &data);
	if (why)
		return why;
	if (news.c.flags & CHIM_CONN_SACK && !op->binding->enabled.sack)
		return CHIM_WHY_DISABLED;
	why = take_data(block, &data, &news);
	if (why)
		return why;
	news.ndis_handle = block->NdisOffloadHandle;
	news.path = chim_path(below);
	why = chim_conn_create(&op->binding->owner, &news, &conn);
	if (why)
		goto drop_buffered;
	start_later(op, &conn->obj);
	*out = &conn->obj;
	return CHIM_OK;

drop_buffered:
	chim_desc_drop(news.buffered);
	return why;
}

/* BLK-170, BLK-171: a new object; its handle goes to the host (INI-014). */
static enum chim_why visit_new(struct chim_op *op, chim_block_t block,
			       const struct chim_type *type,
			       struct chim_obj **out)
{
	enum chim_why why;

	if (type->parts != CHIM_PART_ALL)
		return CHIM_WHY_TYPE;
	/* All of it, before a pointer in some of it is followed (BLK-041). */
	why = chim_check_parts(block, type);
	if (why)
		return why;
	if (type->layer == CHIM_NEIGH)
		why = new_neigh(op, block, type, out);
	else if (type->layer == CHIM_PATH)
		why = new_path(op, block, type, out);
	else
		why = new_conn(op, block, type, out);
	if (!why)
		*block->MiniportOffloadContext = (PVOID)(*out)->handle;
	return why;
}

/* BLK-150 to BLK-154: a reference to something offloaded before. */
static enum chim_why visit_linker(struct chim_op *op, chim_block_t block,
				  const struct chim_type *type,
				  struct chim_obj **out)
{
	enum chim_why why = chim_op_find(op, block, type, out);

	chim_walk_note(block, CHIM_NOTE_LINKER);
	if (!why && chim_obj_marked(*out, CHIM_OBJ_INVALID))
		why = CHIM_WHY_INVALID;
	/* A linker is there to bring dependents (BLK-152). */
	if (!why && !block->DependentBlockList)
		why = CHIM_WHY_LINKER_EMPTY;
	if (why)
		*out = NULL;
	return why;
}

/* TREE-031: not tried if the block below was not offloaded. */
static bool below_failed(const struct chim_walk *walk)
{
	return walk->parent &&
	       chim_walk_notes(walk->parent) & CHIM_NOTE_FAILED;
}

static enum chim_why visit(struct chim_op *op, bool stop,
			   struct chim_obj **out)
{
	chim_block_t block = op->walk.block;
	const struct chim_type *type;
	enum chim_why why;

	*out = NULL;
	why = chim_walk_check(&op->walk, &type);
	if (why || !type)
		return why;
	if (stop || below_failed(&op->walk))
		return CHIM_WHY_SKIPPED;
	if (!chim_pointer_ok(block->MiniportOffloadContext, sizeof(PVOID)))
		return CHIM_WHY_CONTEXT;
	why = check_enabled(op->binding);
	if (why)
		return why;
	if (*block->MiniportOffloadContext)
		return visit_linker(op, block, type, out);
	return visit_new(op, block, type, out);
}

/* A placeholder that hangs below a failed block passes the failure on. */
static void pass_failure(const struct chim_walk *walk)
{
	if (below_failed(walk))
		chim_walk_note(walk->block, CHIM_NOTE_FAILED);
}

/* Remembers at a block's parent what became of the block (TREE-035, D-14). */
static void report_below(const struct chim_walk *walk, bool failed)
{
	if (walk->parent)
		chim_walk_note(walk->parent, failed ? CHIM_NOTE_DEP_FAILED :
						      CHIM_NOTE_DEP_OK);
}

static void arrive(struct chim_op *op, bool *stop)
{
	chim_block_t block = op->walk.block;
	struct chim_obj *obj;
	enum chim_why why;

	why = visit(op, *stop, &obj);
	if (op->walk.depth < CHIM_LAYERS)
		op->at[op->walk.depth] = obj;
	if (chim_walk_placeholder(block))
		pass_failure(&op->walk);
	if (!why)
		return;
	chim_walk_note(block, CHIM_NOTE_FAILED);
	chim_op_set(op, block, why);
	if (block == op->tree)
		*stop = true;	/* TREE-030 */
}

/* All dependents are done: BLK-135, BLK-155, INI-030, INI-031, D-12. */
static void leave(struct chim_op *op)
{
	chim_block_t block = op->walk.block;
	u8 notes = chim_walk_notes(block);
	bool failed = notes & CHIM_NOTE_FAILED;

	if (chim_walk_placeholder(block)) {
		chim_op_set(op, block, CHIM_OK);
		failed = false;
	} else if (!failed && !(notes & CHIM_NOTE_DEP_FAILED)) {
		chim_op_set(op, block, CHIM_OK);
	} else if (!failed && notes & CHIM_NOTE_LINKER &&
		   !(notes & CHIM_NOTE_DEP_OK)) {
		chim_op_set(op, block, CHIM_WHY_LINKER_FAILED);
		failed = true;
	} else if (!failed) {
		chim_op_set_partial(op, block);
	}
	report_below(&op->walk, failed);
}

/**
 * chim_apply_initiate() - offload a tree (area INI)
 * @op: the operation
 *
 * Context: worker, may sleep.
 */
void chim_apply_initiate(struct chim_op *op)
{
	bool stop = false;

	do {
		if (op->walk.leaving)
			leave(op);
		else
			arrive(op, &stop);
	} while (chim_walk_step(&op->walk));
}
