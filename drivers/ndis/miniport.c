// SPDX-License-Identifier: GPL-2.0
/*
 * The handlers of the target: they queue, and the worker does the rest.
 *
 * They may be called in hard interrupt context (REG-010). The queue link lies
 * in the block's MiniportReserved, so they allocate nothing, cannot fail and
 * follow no link of the tree (D-01).
 */
#include "ndis/miniport.h"

#include "ndis/attach.h"
#include "ndis/nbl.h"
#include "ndis/oid.h"
#include "ndis/op.h"
#include "trace.h"

#include <linux/build_bug.h>

static_assert(sizeof(struct chim_req) ==
	      sizeof_field(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST, MiniportReserved));
static_assert(sizeof(struct chim_req) ==
	      sizeof_field(NET_BUFFER_LIST, MiniportReserved));
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

/*
 * Without a TCP engine no connection carries data: each request comes back
 * with NDIS_STATUS_UPLOAD_IN_PROGRESS, and the host processes it itself.
 */
static NDIS_STATUS submit_io(NDIS_HANDLE context, PNET_BUFFER_LIST list,
			     enum chim_io io)
{
	struct chim_binding *binding = context;
	struct chim_req *req;

	if (!chim_pointer_ok(list, __alignof__(void *)))
		return NDIS_STATUS_PENDING;
	req = (struct chim_req *)list->MiniportReserved;
	req->tag = (unsigned long)binding | CHIM_TAG_IO;
	list->Scratch = (PVOID)(unsigned long)io;
	chim_queue_add(&binding->adapter->queue, req);
	return NDIS_STATUS_PENDING;
}

static NDIS_STATUS io_send(NDIS_HANDLE context, PVOID object,
			   PNET_BUFFER_LIST list)
{
	return submit_io(context, list, CHIM_IO_SEND);
}

static NDIS_STATUS io_receive(NDIS_HANDLE context, PVOID object,
			      PNET_BUFFER_LIST list)
{
	return submit_io(context, list, CHIM_IO_RECEIVE);
}

static NDIS_STATUS io_disconnect(NDIS_HANDLE context, PVOID object,
				 PNET_BUFFER_LIST list, ULONG flags)
{
	return submit_io(context, list, CHIM_IO_DISCONNECT);
}

static NDIS_STATUS io_forward(NDIS_HANDLE context, PVOID object,
			      PNET_BUFFER_LIST list)
{
	return submit_io(context, list, CHIM_IO_FORWARD);
}

/* Only data passed back in a termination comes this way (TRM-092). */
static NDIS_STATUS io_return(NDIS_HANDLE context, PNET_BUFFER_LIST list)
{
	PNET_BUFFER_LIST next;

	for (; list; list = next) {
		next = list->Next;
		chim_buffered_free(list);
	}
	return NDIS_STATUS_SUCCESS;
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

const NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS chim_provider_tcp = {
	.Header.Type = NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_CHARACTERISTICS,
	.Header.Revision =
		NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(chim_provider_tcp),
	.OffloadType = NdisTcpChimneyOffload,
	.TcpOffloadSendHandler = io_send,
	.TcpOffloadReceiveHandler = io_receive,
	.TcpOffloadDisconnectHandler = io_disconnect,
	.TcpOffloadForwardHandler = io_forward,
	.TcpOffloadReceiveReturnHandler = io_return,
};

/**
 * chim_miniport_return() - complete an I/O request that has not been served
 * @binding: the client
 * @list: its buffer lists; the client's again
 * @io: what was asked for
 * @status: why it was not served, for each of them
 *
 * Context: worker.
 */
void chim_miniport_return(const struct chim_binding *binding,
			  PNET_BUFFER_LIST list, enum chim_io io,
			  NDIS_STATUS status)
{
	const NDIS_TCP_OFFLOAD_EVENT_HANDLERS *events = &binding->events;
	PNET_BUFFER_LIST nbl;

	for (nbl = list; nbl; nbl = nbl->Next) {
		nbl->Status = status;
		NET_BUFFER_LIST_INFO(nbl, TcpOffloadBytesTransferred) = NULL;
	}
	switch (io) {
	case CHIM_IO_SEND:
		events->NdisTcpOffloadSendComplete(binding->driver_handle,
						   list);
		break;
	case CHIM_IO_RECEIVE:
		events->NdisTcpOffloadReceiveComplete(binding->driver_handle,
						      list);
		break;
	case CHIM_IO_DISCONNECT:
		events->NdisTcpOffloadDisconnectComplete(binding->driver_handle,
							 list);
		break;
	case CHIM_IO_FORWARD:
		events->NdisTcpOffloadForwardComplete(binding->driver_handle,
						      list);
		break;
	}
}

static void give_back(const struct chim_binding *binding, struct chim_req *req)
{
	PNET_BUFFER_LIST list = container_of((void *)req, NET_BUFFER_LIST,
					     MiniportReserved);

	chim_miniport_return(binding, list,
			     (enum chim_io)(unsigned long)list->Scratch,
			     NDIS_STATUS_UPLOAD_IN_PROGRESS);
}

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
		give_back(binding, req);
	else if (tag == CHIM_TAG_OID)
		chim_oid_take(binding, req);
	else if (tag == CHIM_INITIATE && adapter->paused && !binding->closing)
		park(adapter, req);
	else
		run(adapter, binding, req);
}
