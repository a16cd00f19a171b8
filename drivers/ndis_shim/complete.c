// SPDX-License-Identifier: GPL-2.0
/*
 * Completions: from miniports to protocols. Called in whatever context the
 * miniport completes in (REG-011), and so is the protocol.
 */
#include "ndis_shim/complete.h"

#include "ndis_shim/call.h"
#include "ndis_shim/convert.h"
#include "ndis_shim/list.h"
#include "ndis_shim/misuse.h"
#include "ndis_shim/tree.h"

/* --- state operations -------------------------------------------------------- */

static ndis_client_complete_fn_t *state_handler(const struct chimn_protocol *p,
						enum chimn_verb verb)
{
	switch (verb) {
	case CHIMN_INITIATE:
		return p->generic.InitiateOffloadCompleteHandler;
	case CHIMN_QUERY:
		return p->generic.QueryOffloadCompleteHandler;
	case CHIMN_UPDATE:
		return p->generic.UpdateOffloadCompleteHandler;
	case CHIMN_INVALIDATE:
		return p->generic.InvalidateOffloadCompleteHandler;
	case CHIMN_TERMINATE:
	default:
		return p->generic.TerminateOffloadCompleteHandler;
	}
}

/**
 * chimn_complete_tree() - a tree is the protocol's again (NDI-017)
 * @binding: that asked; its reference is dropped
 * @tree: the root, in protocol form
 * @verb: what was asked for
 *
 * Context: any.
 */
void chimn_complete_tree(struct chimn_binding *binding,
			 PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree,
			 enum chimn_verb verb)
{
	CHIMN_CALL(binding->obj.ms, VOID,
		   (NDIS_HANDLE, PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST),
		   state_handler(binding->protocol, verb), binding->context,
		   tree);
	chimn_binding_put(binding, 1);
}

static void complete_state(NDIS_HANDLE miniport,
			   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree,
			   enum chimn_verb verb, const char *who)
{
	struct chimn_binding *binding;

	binding = chimn_tree_end(tree, miniport, verb, who);
	if (binding)
		chimn_complete_tree(binding,
				    chimn_convert_up(tree, binding, verb), verb);
}

/**
 * NdisMInitiateOffloadComplete() - complete an initiate operation
 * @NdisMiniportHandle: of the miniport's adapter, or of its driver
 * @OffloadBlockList: the root that the handler was called with; an intermediate
 *	driver has put back SourceHandle and ImReserved (IMD-052), and in each
 *	block NdisOffloadHandle
 *
 * What is not outstanding, or not with this miniport, or for another operation,
 * is counted and goes no further.
 *
 * Serves INI-011 and INI-060.
 *
 * Context: any. So for the four functions below.
 */
VOID NdisMInitiateOffloadComplete(NDIS_HANDLE NdisMiniportHandle,
				  PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	complete_state(NdisMiniportHandle, OffloadBlockList, CHIMN_INITIATE,
		       __func__);
}

/**
 * NdisMQueryOffloadStateComplete() - complete a query operation
 * @NdisMiniportHandle: see NdisMInitiateOffloadComplete()
 * @OffloadBlockList: see NdisMInitiateOffloadComplete()
 *
 * Serves QRY-011.
 */
VOID NdisMQueryOffloadStateComplete(NDIS_HANDLE NdisMiniportHandle,
				    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	complete_state(NdisMiniportHandle, OffloadBlockList, CHIMN_QUERY,
		       __func__);
}

/**
 * NdisMUpdateOffloadComplete() - complete an update operation
 * @NdisMiniportHandle: see NdisMInitiateOffloadComplete()
 * @OffloadBlockList: see NdisMInitiateOffloadComplete()
 *
 * Serves UPD-030.
 */
VOID NdisMUpdateOffloadComplete(NDIS_HANDLE NdisMiniportHandle,
				PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	complete_state(NdisMiniportHandle, OffloadBlockList, CHIMN_UPDATE,
		       __func__);
}

/**
 * NdisMInvalidateOffloadComplete() - complete an invalidate operation
 * @NdisMiniportHandle: see NdisMInitiateOffloadComplete()
 * @OffloadBlockList: see NdisMInitiateOffloadComplete()
 *
 * Serves INV-011.
 */
VOID NdisMInvalidateOffloadComplete(NDIS_HANDLE NdisMiniportHandle,
				    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	complete_state(NdisMiniportHandle, OffloadBlockList, CHIMN_INVALIDATE,
		       __func__);
}

/**
 * NdisMTerminateOffloadComplete() - complete a terminate operation
 * @NdisMiniportHandle: see NdisMInitiateOffloadComplete()
 * @OffloadBlockList: see NdisMInitiateOffloadComplete()
 *
 * Serves TRM-011.
 */
VOID NdisMTerminateOffloadComplete(NDIS_HANDLE NdisMiniportHandle,
				   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	complete_state(NdisMiniportHandle, OffloadBlockList, CHIMN_TERMINATE,
		       __func__);
}

/* --- I/O requests -------------------------------------------------------------- */

static ndis_client_tcp_complete_fn_t *io_handler(const struct chimn_protocol *p,
						 enum chimn_io io)
{
	switch (io) {
	case CHIMN_SEND:
		return p->tcp.TcpOffloadSendCompleteHandler;
	case CHIMN_RECEIVE:
		return p->tcp.TcpOffloadReceiveCompleteHandler;
	case CHIMN_DISCONNECT:
		return p->tcp.TcpOffloadDisconnectCompleteHandler;
	case CHIMN_FORWARD:
	default:
		return p->tcp.TcpOffloadForwardCompleteHandler;
	}
}

/* Structures of one binding, whose marks are gone. */
static void pass_up(struct chimn_binding *binding, PNET_BUFFER_LIST list,
		    unsigned int n, enum chimn_io io)
{
	CHIMN_CALL(binding->obj.ms, VOID, (NDIS_HANDLE, PNET_BUFFER_LIST),
		   io_handler(binding->protocol, io), binding->context, list);
	chimn_binding_put(binding, n);
}

/**
 * chimn_complete_list() - complete what has not gone down
 * @binding: that asked; the reference of each structure is dropped
 * @list: marked
 * @io: what was asked for
 * @status: why not
 *
 * Context: any.
 */
void chimn_complete_list(struct chimn_binding *binding, PNET_BUFFER_LIST list,
			 enum chimn_io io, NDIS_STATUS status)
{
	PNET_BUFFER_LIST nbl;
	unsigned int n = 0;

	for (nbl = list; nbl; nbl = nbl->Next) {
		NET_BUFFER_LIST_STATUS(nbl) = status;
		NET_BUFFER_LIST_INFO(nbl, TcpOffloadBytesTransferred) = NULL;
		n += chimn_list_end(nbl, io, __func__);
	}
	pass_up(binding, list, n, io);
}

/**
 * struct run - structures in a row that go to one binding
 * @binding: the binding; its outstanding requests keep it
 * @head: the first
 * @tail: the last
 * @n: how many
 */
struct run {
	struct chimn_binding *binding;
	PNET_BUFFER_LIST head;
	PNET_BUFFER_LIST tail;
	unsigned int n;
};

static void flush(struct run *run, enum chimn_io io)
{
	if (run->n) {
		run->tail->Next = NULL;
		pass_up(run->binding, run->head, run->n, io);
	}
	run->n = 0;
}

/* Takes a structure into the run, after making calls for those of others. */
static void add(struct run *run, struct chimn_binding *binding,
		PNET_BUFFER_LIST nbl, enum chimn_io io)
{
	if (run->binding != binding)
		flush(run, io);
	if (run->n)
		run->tail->Next = nbl;
	else
		run->head = nbl;
	run->binding = binding;
	run->tail = nbl;
	run->n++;
}

/**
 * chimn_completed() - a miniport completes requests (NDI-017)
 * @miniport: its handle
 * @list: the requests, of one binding or of several
 * @io: what was asked for
 * @who: NDIS function
 *
 * Context: any.
 */
void chimn_completed(NDIS_HANDLE miniport, PNET_BUFFER_LIST list,
		     enum chimn_io io, const char *who)
{
	struct chimn_binding *binding;
	struct run run = { };
	PNET_BUFFER_LIST nbl, next;

	for (nbl = list; nbl; nbl = next) {
		if (!chimn_pointer_ok(nbl, __alignof__(void *))) {
			chimn_misuse(CHIMN_MISUSE_LIST, who);
			break;
		}
		next = nbl->Next;
		rcu_read_lock();
		binding = chimn_list_binding(nbl, miniport);
		rcu_read_unlock();
		if (!binding)
			chimn_misuse(CHIMN_MISUSE_MINIPORT, who);
		else if (chimn_list_end(nbl, io, who))
			add(&run, binding, nbl, io);
	}
	flush(&run, io);
}
