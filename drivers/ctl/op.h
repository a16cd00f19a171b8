/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State operations of control: a tree of block lists in kernel memory, handed
 * to a handler of the target, and the wait for its completion.
 */
#ifndef CHIM_CTL_OP_H
#define CHIM_CTL_OP_H

#include "ctl/client.h"
#include "ctl/values.h"

/* Largest run of state structures that follows a block: a connection's. */
#define CHIM_CTL_STATE_MAX (sizeof(TCP_OFFLOAD_STATE_CONST) + \
			    sizeof(TCP_OFFLOAD_STATE_CACHED) + \
			    sizeof(TCP_OFFLOAD_STATE_DELEGATED))

/**
 * struct chim_ctl_node - a block and all that belongs to it
 * @block: the block
 * @state: state structures, back to back, directly behind it
 * @context: the handle; @block.MiniportOffloadContext leads here
 * @src: source address of a path; its const structure leads here
 * @dst: destination address of a path
 * @below: handle of the object this one depends on, 0 if it does not matter
 * @layer: of the object
 * @family: of a path
 * @parts: CHIM_CTL_* in @state
 */
struct chim_ctl_node {
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST block;
	u8 state[CHIM_CTL_STATE_MAX];
	PVOID context;
	u8 src[sizeof(struct in6_addr)];
	u8 dst[sizeof(struct in6_addr)];
	u64 below;
	u8 layer;
	u8 family;
	u8 parts;
};

/**
 * struct chim_ctl_op - a state operation
 * @refs: the target has it until it completes, the caller as long as it likes
 * @client: whose it is
 * @verb: what is to be done
 * @done: completed; everything below may be read
 * @root: first block of the tree
 * @count: objects in @nodes
 * @size: objects there is room for
 * @spare: placeholders used, behind the objects in @nodes
 * @nodes: objects, then CHIM_LAYERS placeholders
 */
struct chim_ctl_op {
	refcount_t refs;
	struct chim_ctl_client *client;
	enum chim_verb verb;
	bool done;
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST root;
	u32 count;
	u32 size;
	u32 spare;
	struct chim_ctl_node nodes[];
};

struct chim_ctl_op *chim_ctl_op_alloc(u32 size);
void chim_ctl_op_put(struct chim_ctl_op *op);
struct chim_ctl_node *chim_ctl_op_add(struct chim_ctl_op *op,
				      struct chim_obj *obj, u8 parts)
	__must_hold(RCU);
struct chim_ctl_node *chim_ctl_op_add_new(struct chim_ctl_op *op,
					  const struct chim_ctl_values *v,
					  u64 below);
int chim_ctl_op_run(struct chim_ctl_client *client, struct chim_ctl_op *op);
u32 chim_ctl_op_successes(const struct chim_ctl_op *op);
VOID chim_ctl_op_complete(NDIS_HANDLE NdisMiniportHandle,
			  PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList);

void chim_ctl_node_start(struct chim_ctl_node *node, u8 parts);
void chim_ctl_node_store(struct chim_ctl_node *node,
			 const struct chim_ctl_values *v);
void chim_ctl_node_load(const struct chim_ctl_node *node,
			struct chim_ctl_values *v);
PNET_BUFFER_LIST chim_ctl_node_buffered(const struct chim_ctl_node *node);

/**
 * chim_ctl_node_handle() - handle of a node's object
 * @node: the node
 *
 * Context: any, once the operation has completed.
 * Return: the handle, 0 if there is no object.
 */
static inline u64 chim_ctl_node_handle(const struct chim_ctl_node *node)
{
	return (u64)node->context;
}

#endif /* CHIM_CTL_OP_H */
