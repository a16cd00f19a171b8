// SPDX-License-Identifier: GPL-2.0
/* A minimal offload target, in NDIS style. */
#include "ndis_target.h"

#include "ndis_msabi.h"
#include "ndis_shim/name.h"

#include <linux/minmax.h>
#include <linux/string.h>

/* NT_MS: the target calls, and is called, in the Windows calling convention. */
#ifdef NT_MS
#define NT	CHIMN_MS
#define NT_OPS	nt_windows
static struct ms_ndis ms;
#define NDIS(name)	ms.name
#else
#define NT
#define NT_OPS	nt_linux
#define NDIS(name)	name
#endif

#define EVENT(nt, ret, params, member, ...) \
	(((ret (NT *)params)(unsigned long)(nt)->events.member)(__VA_ARGS__))

/* --- state ------------------------------------------------------------------- */

static void complete_tree(NDIS_HANDLE handle,
			  PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree,
			  enum chimn_verb verb)
{
	switch (verb) {
	case CHIMN_INITIATE:
		NDIS(NdisMInitiateOffloadComplete)(handle, tree);
		break;
	case CHIMN_QUERY:
		NDIS(NdisMQueryOffloadStateComplete)(handle, tree);
		break;
	case CHIMN_UPDATE:
		NDIS(NdisMUpdateOffloadComplete)(handle, tree);
		break;
	case CHIMN_INVALIDATE:
		NDIS(NdisMInvalidateOffloadComplete)(handle, tree);
		break;
	default:
		NDIS(NdisMTerminateOffloadComplete)(handle, tree);
		break;
	}
}

static void apply(struct nt *nt, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block,
		  enum chimn_verb verb)
{
	for (; block; block = block->NextBlock) {
		block->Status = nt->status;
		if (verb == CHIMN_INITIATE && block->MiniportOffloadContext &&
		    !*block->MiniportOffloadContext &&
		    nt->status == NDIS_STATUS_SUCCESS) {
			nt->handles[nt->n_handles % NT_MAX] =
				block->NdisOffloadHandle;
			nt->n_handles++;
			*block->MiniportOffloadContext =
				(PVOID)(unsigned long)nt->n_handles;
		}
		apply(nt, block->DependentBlockList, verb);
	}
}

static void state(struct nt *nt, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree,
		  enum chimn_verb verb)
{
	nt->seen = *tree;
	apply(nt, tree, verb);
	nt->trees[nt->n_trees % NT_MAX] = tree;
	nt->verbs[nt->n_trees % NT_MAX] = verb;
	nt->n_trees++;
	if (!nt->hold)
		complete_tree(nt->adapter, tree, verb);
}

#define STATE(name, verb) \
	static VOID NT name(NDIS_HANDLE context, \
			    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree) \
	{ \
		state(context, tree, verb); \
	}

STATE(initiate, CHIMN_INITIATE)
STATE(query, CHIMN_QUERY)
STATE(update, CHIMN_UPDATE)
STATE(invalidate, CHIMN_INVALIDATE)
STATE(terminate, CHIMN_TERMINATE)

/* --- I/O ---------------------------------------------------------------------- */

static void complete_list(struct nt *nt, PNET_BUFFER_LIST list, enum chimn_io io)
{
	switch (io) {
	case CHIMN_SEND:
		EVENT(nt, VOID, (NDIS_HANDLE, PNET_BUFFER_LIST),
		      NdisTcpOffloadSendComplete, nt->adapter, list);
		break;
	case CHIMN_RECEIVE:
		EVENT(nt, VOID, (NDIS_HANDLE, PNET_BUFFER_LIST),
		      NdisTcpOffloadReceiveComplete, nt->adapter, list);
		break;
	case CHIMN_DISCONNECT:
		EVENT(nt, VOID, (NDIS_HANDLE, PNET_BUFFER_LIST),
		      NdisTcpOffloadDisconnectComplete, nt->adapter, list);
		break;
	default:
		EVENT(nt, VOID, (NDIS_HANDLE, PNET_BUFFER_LIST),
		      NdisTcpOffloadForwardComplete, nt->adapter, list);
		break;
	}
}

static NDIS_STATUS io(struct nt *nt, PVOID context, PNET_BUFFER_LIST list,
		      enum chimn_io io)
{
	PNET_BUFFER_LIST nbl;

	nt->contexts[0] = context;
	nt->contexts[1] = *(PVOID *)context;
	nt->lists[nt->n_lists % NT_MAX] = list;
	nt->ios[nt->n_lists % NT_MAX] = io;
	nt->n_lists++;
	if (nt->hold)
		return NDIS_STATUS_PENDING;
	for (nbl = list; nbl; nbl = nbl->Next)
		NET_BUFFER_LIST_STATUS(nbl) = nt->status;
	complete_list(nt, list, io);
	return NDIS_STATUS_PENDING;
}

#define IO(name, kind) \
	static NDIS_STATUS NT name(NDIS_HANDLE context, PVOID object, \
				   PNET_BUFFER_LIST list) \
	{ \
		return io(context, object, list, kind); \
	}

IO(send, CHIMN_SEND)
IO(receive, CHIMN_RECEIVE)
IO(forward, CHIMN_FORWARD)

static NDIS_STATUS NT disconnect(NDIS_HANDLE context, PVOID object,
				 PNET_BUFFER_LIST list, ULONG flags)
{
	struct nt *nt = context;

	nt->flags = flags;
	return io(context, object, list, CHIMN_DISCONNECT);
}

static NDIS_STATUS NT give_back(NDIS_HANDLE context, PNET_BUFFER_LIST list)
{
	struct nt *nt = context;

	nt->returned = list;
	nt->n_returned++;
	return NDIS_STATUS_SUCCESS;
}

/* --- registration --------------------------------------------------------------- */

static NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS generic = {
	.Header.Revision =
		NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(generic),
	.InitiateOffloadHandler = (void *)initiate,
	.TerminateOffloadHandler = (void *)terminate,
	.UpdateOffloadHandler = (void *)update,
	.InvalidateOffloadHandler = (void *)invalidate,
	.QueryOffloadHandler = (void *)query,
};

static NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS tcp = {
	.Header.Revision =
		NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(tcp),
	.OffloadType = NdisTcpChimneyOffload,
	.TcpOffloadSendHandler = (void *)send,
	.TcpOffloadReceiveHandler = (void *)receive,
	.TcpOffloadDisconnectHandler = (void *)disconnect,
	.TcpOffloadForwardHandler = (void *)forward,
	.TcpOffloadReceiveReturnHandler = (void *)give_back,
};

static NDIS_STATUS NT set_options(NDIS_HANDLE handle, NDIS_HANDLE context)
{
	struct nt *nt = context;
	NDIS_STATUS status;

	if (!nt->chimney)
		return NDIS_STATUS_SUCCESS;
	status = NDIS(NdisSetOptionalHandlers)(handle, &generic.Header);
	if (status != NDIS_STATUS_SUCCESS)
		return status;
	return NDIS(NdisSetOptionalHandlers)(handle, &tcp.Header);
}

static NDIS_STATUS NT initialize(NDIS_HANDLE handle, NDIS_HANDLE context,
				 PNDIS_MINIPORT_INIT_PARAMETERS parameters)
{
	NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {
		.RegistrationAttributes = {
			.Header.Type =
		NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES,
			.Header.Revision = 1,
			.Header.Size =
		sizeof(NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES),
			.MiniportAdapterContext = context,
		},
	};
	PNDIS_OFFLOAD_EVENT_HANDLERS handlers = NULL;
	struct nt *nt = context;
	NDIS_STATUS status;

	nt->adapter = handle;
	status = NDIS(NdisMSetMiniportAttributes)(handle, &attributes);
	if (status != NDIS_STATUS_SUCCESS)
		return status;
	status = NDIS(NdisMGetOffloadHandlers)(handle, NdisTcpChimneyOffload,
					       &handlers);
	if (status == STATUS_SUCCESS)
		memcpy(&nt->events, handlers, sizeof(nt->events));
	return status;
}

static VOID NT halt_adapter(NDIS_HANDLE context, NDIS_HALT_ACTION action)
{
	struct nt *nt = context;

	nt->halted = true;
}

static NDIS_STATUS NT oid_request(NDIS_HANDLE context, PNDIS_OID_REQUEST request)
{
	struct nt *nt = context;

	nt->oid = request;
	nt->n_oids++;
	if (nt->inside) {
		nt->deepest = max(nt->deepest, ++nt->nested);
		NDIS(NdisMOidRequestComplete)(nt->adapter, request, nt->status);
		nt->nested--;
		return NDIS_STATUS_PENDING;
	}
	if (nt->answer == NDIS_STATUS_SUCCESS)
		request->DATA.QUERY_INFORMATION.BytesWritten = 42;
	return nt->answer;
}

static NDIS_STATUS load(struct nt *nt)
{
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS c = {
		.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
		.Header.Revision = 1,
		.Header.Size = sizeof(c),
		.MajorNdisVersion = 6,
		.SetOptionsHandler = (void *)set_options,
		.InitializeHandlerEx = (void *)initialize,
		.HaltHandlerEx = (void *)halt_adapter,
		.OidRequestHandler = (void *)oid_request,
	};
	struct chimn_wide wide;
	NDIS_STATUS status;

#ifdef NT_MS
	if (!ms_resolve(&ms))
		return NDIS_STATUS_NOT_SUPPORTED;
#endif
	chimn_name_write(&wide, nt->name);
	status = NDIS(NdisMRegisterMiniportDriver)(NULL, NULL, nt, &c,
						   &nt->driver);
	if (status != NDIS_STATUS_SUCCESS)
		return status;
	return NDIS(NdisIMInitializeDeviceInstanceEx)(nt->driver, &wide.string,
						      NULL);
}

static void unload(struct nt *nt)
{
	NDIS(NdisMDeregisterMiniportDriver)(nt->driver);
}

/* --- indications ------------------------------------------------------------------ */

static void event(struct nt *nt, NDIS_HANDLE object, ULONG type, ULONG info)
{
	EVENT(nt, VOID, (NDIS_HANDLE, ULONG, ULONG), NdisTcpOffloadEventHandler,
	      object, type, info);
}

static NDIS_STATUS indicate(struct nt *nt, NDIS_HANDLE object,
			    PNET_BUFFER_LIST list, PULONG consumed)
{
	return EVENT(nt, NDIS_STATUS,
		     (NDIS_HANDLE, PNET_BUFFER_LIST, NDIS_STATUS, PULONG),
		     NdisTcpOffloadReceiveHandler, object, list,
		     NDIS_STATUS_SUCCESS, consumed);
}

static void ask(struct nt *nt, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	NDIS(NdisMOffloadEventIndicate)(nt->adapter, block,
					NeighborReachabilityQuery);
}

static void report(struct nt *nt, NDIS_STATUS code)
{
	NDIS_STATUS_INDICATION indication = {
		.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION,
		.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1,
		.Header.Size = sizeof(indication),
		.SourceHandle = nt->adapter,
		.StatusCode = code,
		.DestinationHandle = nt->to,
	};

	NDIS(NdisMIndicateStatusEx)(nt->adapter, &indication);
}

static void answer(struct nt *nt, PNDIS_OID_REQUEST request, NDIS_STATUS status)
{
	NDIS(NdisMOidRequestComplete)(nt->adapter, request, status);
}

const struct nt_ops NT_OPS = {
	.load = load,
	.unload = unload,
	.complete = complete_tree,
	.complete_list = complete_list,
	.event = event,
	.receive = indicate,
	.ask = ask,
	.report = report,
	.answer = answer,
};
