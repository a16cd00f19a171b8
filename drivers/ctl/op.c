// SPDX-License-Identifier: GPL-2.0
/* State operations of control. */
#include "ctl/op.h"

#include "state/conn.h"
#include "state/path.h"

#include <linux/slab.h>

/* In the client's own members of the root block, for its completion. */
static struct chim_ctl_op **owner_of(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST root)
{
	return (struct chim_ctl_op **)&root->ProtocolReserved[0];
}

/**
 * chim_ctl_op_alloc() - an operation without objects
 * @size: objects it is to have room for
 *
 * Context: process, may sleep.
 * Return: the operation, which belongs to the caller, or NULL.
 */
struct chim_ctl_op *chim_ctl_op_alloc(u32 size)
{
	struct chim_ctl_op *op;

	op = kvzalloc(struct_size(op, nodes, size + CHIM_LAYERS), GFP_KERNEL);
	if (!op)
		return NULL;
	refcount_set(&op->refs, 1);
	op->size = size;
	return op;
}

/**
 * chim_ctl_op_put() - drop a reference; the last one frees the operation
 * @op: the operation
 *
 * Context: process.
 */
void chim_ctl_op_put(struct chim_ctl_op *op)
{
	if (refcount_dec_and_test(&op->refs))
		kvfree(op);
}

static struct chim_ctl_node *take_node(struct chim_ctl_op *op)
{
	if (WARN_ON_ONCE(op->count == op->size))
		return &op->nodes[0];
	return &op->nodes[op->count++];
}

/**
 * chim_ctl_op_add() - add an object that is there
 * @op: the operation
 * @obj: the object
 * @parts: CHIM_CTL_* of state structures behind the block; with 0 it is a
 *	bare reference (D-02)
 *
 * Context: RCU read side.
 * Return: its node.
 */
struct chim_ctl_node *chim_ctl_op_add(struct chim_ctl_op *op,
				      struct chim_obj *obj, u8 parts)
{
	struct chim_ctl_node *node = take_node(op);

	node->context = (PVOID)READ_ONCE(obj->handle);
	node->layer = obj->layer;
	if (obj->layer == CHIM_PATH) {
		node->family = chim_path(obj)->c.family;
		node->below =
			rcu_dereference(chim_path(obj)->neigh)->obj.handle;
	} else if (obj->layer == CHIM_CONN) {
		node->below = chim_conn(obj)->path->obj.handle;
	}
	chim_ctl_node_start(node, parts);
	return node;
}

/**
 * chim_ctl_op_add_new() - add an object that is to be offloaded
 * @op: an initiate operation
 * @v: its variables
 * @below: handle of the object it depends on, 0 for a neighbor
 *
 * Context: any.
 * Return: its node.
 */
struct chim_ctl_node *chim_ctl_op_add_new(struct chim_ctl_op *op,
					  const struct chim_ctl_values *v,
					  u64 below)
{
	struct chim_ctl_node *node = take_node(op);

	node->layer = v->layer;
	node->family = v->family;
	node->below = below;
	chim_ctl_node_start(node, CHIM_CTL_ALL);
	chim_ctl_node_store(node, v);
	node->block.NdisOffloadHandle = op->client;
	return node;
}

static void append(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST *chain,
		   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	while (*chain)
		chain = &(*chain)->NextBlock;
	*chain = block;
}

/*
 * A placeholder of a layer, made when first needed: it stands in for objects
 * that are not part of the operation (BLK-130).
 */
static struct chim_ctl_node *placeholder(struct chim_ctl_op *op, u8 layer)
{
	struct chim_ctl_node *node = &op->nodes[op->count];
	u32 i;

	for (i = 0; i < op->spare; i++)
		if (node[i].layer == layer)
			return &node[i];
	node += op->spare++;
	node->layer = layer;
	node->family = AF_INET;
	chim_ctl_node_start(node, 0);
	node->block.MiniportOffloadContext = NULL;
	return node;
}

/* The node that another one is to depend on, NULL at the root layer. */
static struct chim_ctl_node *parent(struct chim_ctl_op *op,
				    const struct chim_ctl_node *node, u8 root)
{
	u32 i;

	if (node->layer == root)
		return NULL;
	for (i = 0; i < op->count; i++)
		if (op->nodes[i].layer + 1 == node->layer &&
		    chim_ctl_node_handle(&op->nodes[i]) == node->below)
			return &op->nodes[i];
	return placeholder(op, node->layer - 1);
}

/*
 * One tree: the lowest layer that there is at the root, dependents below what
 * they depend on if that is there too, else below a placeholder.
 */
static void make_tree(struct chim_ctl_op *op)
{
	struct chim_ctl_node *below;
	u8 root = CHIM_CONN;
	u32 i;

	for (i = 0; i < op->count; i++)
		root = min(root, op->nodes[i].layer);
	/* Placeholders come behind the nodes and are met in their turn. */
	for (i = 0; i < op->count + op->spare; i++) {
		below = parent(op, &op->nodes[i], root);
		append(below ? &below->block.DependentBlockList : &op->root,
		       &op->nodes[i].block);
	}
}

/* TRM-092: nobody reads what a connection of control has received. */
static void give_back(struct chim_ctl_client *client, struct chim_ctl_op *op)
{
	PNET_BUFFER_LIST list;
	u32 i;

	if (op->verb != CHIM_TERMINATE)
		return;
	for (i = 0; i < op->count; i++) {
		list = chim_ctl_node_buffered(&op->nodes[i]);
		if (list)
			client->give_back(client->attach.MiniportAdapterContext,
					  list);
	}
}

/**
 * chim_ctl_op_complete() - the five completion functions of control
 * @NdisMiniportHandle: control's client
 * @OffloadBlockList: its tree
 *
 * Context: the adapter's worker.
 */
VOID chim_ctl_op_complete(NDIS_HANDLE NdisMiniportHandle,
			  PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	struct chim_ctl_client *client = NdisMiniportHandle;
	struct chim_ctl_op *op = *owner_of(OffloadBlockList);

	give_back(client, op);
	/* Pairs with the acquire in completed(): the results are there. */
	smp_store_release(&op->done, true);
	wake_up_all(&client->wait);
	chim_ctl_op_put(op);
}

static ndis_state_fn_t *handler(const struct chim_ctl_client *client,
				enum chim_verb verb)
{
	switch (verb) {
	case CHIM_INITIATE:
		return client->generic.InitiateOffloadHandler;
	case CHIM_QUERY:
		return client->generic.QueryOffloadHandler;
	case CHIM_UPDATE:
		return client->generic.UpdateOffloadHandler;
	case CHIM_INVALIDATE:
		return client->generic.InvalidateOffloadHandler;
	default:
		return client->generic.TerminateOffloadHandler;
	}
}

static bool completed(const struct chim_ctl_op *op)
{
	/* Pairs with the release in chim_ctl_op_complete(). */
	return smp_load_acquire(&op->done);
}

/*
 * An initiate that the worker has not met when it pauses the adapter will be
 * set aside until it resumes (STA-013): no use to wait for that.
 */
static bool set_aside(const struct chim_ctl_client *client,
		      const struct chim_ctl_op *op)
{
	return op->verb == CHIM_INITIATE && READ_ONCE(client->adapter->paused);
}

/**
 * chim_ctl_op_run() - have the target carry an operation out
 * @client: entered
 * @op: verb and objects are set; not to be used again if this fails
 *
 * Context: process, may sleep. A caller that is killed does not wait.
 * Return: 0 if it has completed, whatever the Status of its blocks; -EAGAIN if
 * the adapter has been paused, and the offload takes place when it resumes;
 * -EINTR.
 */
int chim_ctl_op_run(struct chim_ctl_client *client, struct chim_ctl_op *op)
{
	op->client = client;
	make_tree(op);
	*owner_of(op->root) = op;
	refcount_inc(&op->refs);
	handler(client, op->verb)(client->attach.MiniportAdapterContext,
				  op->root);
	if (wait_event_killable(client->wait,
				completed(op) || set_aside(client, op)))
		return -EINTR;
	return completed(op) ? 0 : -EAGAIN;
}

/**
 * chim_ctl_op_successes() - objects for which the operation succeeded
 * @op: a completed operation
 *
 * Context: any.
 * Return: how many.
 */
u32 chim_ctl_op_successes(const struct chim_ctl_op *op)
{
	u32 i, successes = 0;

	for (i = 0; i < op->count; i++)
		successes += op->nodes[i].block.Status == NDIS_STATUS_SUCCESS;
	return successes;
}
