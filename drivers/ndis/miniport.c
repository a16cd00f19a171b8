// SPDX-License-Identifier: GPL-2.0
/*
 * The state handlers of the target: they queue, and the worker does the rest.
 *
 * They may be called in hard interrupt context (REG-010). The queue link lies
 * in the block's MiniportReserved, so they allocate nothing, cannot fail and
 * follow no link of the tree (D-01).
 */
#include "ndis/miniport.h"

#include "ndis/attach.h"
#include "ndis/io.h"
#include "ndis/oid.h"
#include "ndis/op.h"
#include "trace.h"

#include <linux/build_bug.h>

static_assert(sizeof(struct chim_req) ==
	      sizeof_field(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST, MiniportReserved));
static_assert(__alignof__(struct chim_binding) > CHIM_TAG_MASK);
static_assert(CHIM_TAG_OID <= CHIM_TAG_MASK);

static struct chim_req *block_req(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	return (struct chim_req *)block->MiniportReserved;
}

static PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST req_block(struct chim_req *req)
{
	return container_of((void *)req, NDIS_MINIPORT_OFFLOAD_BLOCK_LIST,
			    MiniportReserved);
}

/*
 * A block list that is still ours has our tag, which goes before completion;
 * any other value is left over from the host. Queued twice, it would tie the
 * queue into a knot.
 */
static bool take_over(struct chim_req *req, struct chim_binding *binding,
		      enum chim_verb verb)
{
	unsigned long old = READ_ONCE(req->tag);
	unsigned long tag = (unsigned long)binding;

	return (old & ~CHIM_TAG_MASK) != tag &&
	       cmpxchg(&req->tag, old, tag | verb) == old;
}

/* UPD-010: stores both arguments, enqueues, returns. */
static void submit(NDIS_HANDLE context, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree,
		   enum chim_verb verb)
{
	struct chim_binding *binding = context;
	struct chim_req *req;

	if (!binding)
		return;
	if (!chim_pointer_ok(tree, __alignof__(*tree))) {
		chim_refuse(&binding->adapter->stats, CHIM_WHY_NULL_TREE);
		return;
	}
	req = block_req(tree);
	if (!take_over(req, binding, verb)) {
		chim_refuse(&binding->adapter->stats, CHIM_WHY_BUSY);
		return;
	}
	trace_chim_op_enqueue(binding->adapter->ifindex, verb, tree);
	chim_queue_add(&binding->adapter->queue, req);
}

static VOID initiate(NDIS_HANDLE context, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	submit(context, tree, CHIM_INITIATE);
}

static VOID query(NDIS_HANDLE context, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	submit(context, tree, CHIM_QUERY);
}

static VOID update(NDIS_HANDLE context, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	submit(context, tree, CHIM_UPDATE);
}

static VOID invalidate(NDIS_HANDLE context,
		       PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	submit(context, tree, CHIM_INVALIDATE);
}

static VOID terminate(NDIS_HANDLE context,
		      PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	submit(context, tree, CHIM_TERMINATE);
}

const NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS
chim_provider_generic = {
	.Header.Type =
		NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS,
	.Header.Revision =
		NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(chim_provider_generic),
	.InitiateOffloadHandler = initiate,
	.TerminateOffloadHandler = terminate,
	.UpdateOffloadHandler = update,
	.InvalidateOffloadHandler = invalidate,
	.QueryOffloadHandler = query,
};

static void run(struct chim_adapter *adapter, struct chim_binding *binding,
		struct chim_req *req)
{
	struct chim_op op = {
		.adapter = adapter,
		.binding = binding,
		.tree = req_block(req),
		.verb = req->tag & CHIM_TAG_MASK,
	};

	chim_op_run(&op);
}

static struct chim_binding *req_binding(const struct chim_req *req)
{
	return (struct chim_binding *)(req->tag & ~CHIM_TAG_MASK);
}

/* An adapter that closes is never resumed. */
static bool must_wait(const struct chim_adapter *adapter,
		      const struct chim_binding *binding)
{
	return adapter->paused && !READ_ONCE(adapter->closing) &&
	       !binding->closing && !binding->ndis->awaits_resume;
}

/* STA-013: initiates that come during a pause are processed after it. */
static void park(struct chim_adapter *adapter, struct chim_req *req)
{
	req->node.next = NULL;
	*adapter->parked_end = req;
	adapter->parked_end = (struct chim_req **)&req->node.next;
}

/**
 * chim_miniport_unpark() - process initiate requests that were set aside
 * @adapter: the adapter
 * @binding: only those of this client, or NULL for all
 *
 * Context: worker.
 */
void chim_miniport_unpark(struct chim_adapter *adapter,
			  struct chim_binding *binding)
{
	struct chim_req *req = adapter->parked, *next;

	adapter->parked = NULL;
	adapter->parked_end = &adapter->parked;
	for (; req; req = next) {
		next = (struct chim_req *)req->node.next;
		if (binding && req_binding(req) != binding)
			park(adapter, req);
		else
			run(adapter, req_binding(req), req);
	}
}

/**
 * chim_miniport_take() - handle a request from the queue
 * @adapter: the adapter
 * @req: in a block list, a buffer list or an OID request
 *
 * Context: worker.
 */
void chim_miniport_take(struct chim_adapter *adapter, struct chim_req *req)
{
	struct chim_binding *binding = req_binding(req);
	unsigned long tag = req->tag & CHIM_TAG_MASK;

	if (tag == CHIM_TAG_IO)
		chim_io_take(binding, req);
	else if (tag == CHIM_TAG_OID)
		chim_oid_take(binding, req);
	else if (tag == CHIM_INITIATE && must_wait(adapter, binding))
		park(adapter, req);
	else
		run(adapter, binding, req);
}
