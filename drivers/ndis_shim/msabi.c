// SPDX-License-Identifier: GPL-2.0
/*
 * The NDIS functions in the calling convention of 64-bit Windows, made from the
 * same list as those of Linux. A driver that registers through one of these has
 * its own functions called in that convention.
 */
#include <chimney/msabi.h>

#include "ndis_shim/buffer.h"
#include "ndis_shim/call.h"
#include "ndis_shim/driver.h"
#include "ndis_shim/indicate.h"
#include "ndis_shim/timer.h"
#include "ndis_shim/work.h"

#include <linux/kernel.h>
#include <linux/module.h>

#ifdef CONFIG_X86_64

/* Functions that are given none of the driver's are called as they are. */
#define NDIS_ENTRY(ret, name, params, args) \
	static ret CHIMN_MS ms_##name params \
	{ \
		return name args; \
	}
#define NDIS_ENTRY_CB(ret, name, params, args)
#include <ndisentries.h>
#include <ndischimneyentries.h>
#undef NDIS_ENTRY
#undef NDIS_ENTRY_CB

static NDIS_STATUS CHIMN_MS
ms_NdisMRegisterMiniportDriver(PDRIVER_OBJECT object, PUNICODE_STRING path,
			       NDIS_HANDLE context,
			       PNDIS_MINIPORT_DRIVER_CHARACTERISTICS chars,
			       PNDIS_HANDLE out)
{
	NDIS_STATUS status;

	status = chimn_miniport_register(true, context, chars, out);
	if (status == NDIS_STATUS_SUCCESS && object)
		object->DriverUnload = chars->UnloadHandler;
	return status;
}

static NDIS_STATUS CHIMN_MS
ms_NdisRegisterProtocolDriver(NDIS_HANDLE context,
			      PNDIS_PROTOCOL_DRIVER_CHARACTERISTICS chars,
			      PNDIS_HANDLE out)
{
	return chimn_protocol_register(true, context, chars, out);
}

/* How the driver has registered decides. */
static NDIS_STATUS CHIMN_MS
ms_NdisSetOptionalHandlers(NDIS_HANDLE handle,
			   PNDIS_DRIVER_OPTIONAL_HANDLERS handlers)
{
	return NdisSetOptionalHandlers(handle, handlers);
}

static NDIS_STATUS CHIMN_MS
ms_NdisRetreatNetBufferDataStart(PNET_BUFFER nb, ULONG delta, ULONG backfill,
				 NET_BUFFER_ALLOCATE_MDL_HANDLER handler)
{
	return chimn_buffer_retreat(true, nb, delta, backfill, handler);
}

static VOID CHIMN_MS
ms_NdisAdvanceNetBufferDataStart(PNET_BUFFER nb, ULONG delta, BOOLEAN free,
				 NET_BUFFER_FREE_MDL_HANDLER handler)
{
	chimn_buffer_advance(true, nb, delta, free, handler);
}

static NDIS_STATUS CHIMN_MS
ms_NdisAllocateTimerObject(NDIS_HANDLE handle, PNDIS_TIMER_CHARACTERISTICS chars,
			   PNDIS_HANDLE out)
{
	return chimn_timer_alloc(true, chars, out);
}

static VOID CHIMN_MS ms_NdisQueueIoWorkItem(NDIS_HANDLE handle,
					    NDIS_IO_WORKITEM_ROUTINE routine,
					    PVOID context)
{
	chimn_work_queue(true, handle, routine, context);
}

/* --- what NdisMGetOffloadHandlers gives --------------------------------------- */

static VOID CHIMN_MS ms_event(NDIS_HANDLE object, ULONG type, ULONG info)
{
	chimn_event_handlers.NdisTcpOffloadEventHandler(object, type, info);
}

static NDIS_STATUS CHIMN_MS ms_receive(NDIS_HANDLE object, PNET_BUFFER_LIST list,
				       NDIS_STATUS status, PULONG consumed)
{
	return chimn_event_handlers.NdisTcpOffloadReceiveHandler(object, list,
								 status, consumed);
}

#define COMPLETE(name, member) \
	static VOID CHIMN_MS name(NDIS_HANDLE miniport, PNET_BUFFER_LIST list) \
	{ \
		chimn_event_handlers.member(miniport, list); \
	}

COMPLETE(ms_send_complete, NdisTcpOffloadSendComplete)
COMPLETE(ms_receive_complete, NdisTcpOffloadReceiveComplete)
COMPLETE(ms_disconnect_complete, NdisTcpOffloadDisconnectComplete)
COMPLETE(ms_forward_complete, NdisTcpOffloadForwardComplete)

/* The types of the members do not say in which convention they are. */
static NDIS_TCP_OFFLOAD_EVENT_HANDLERS ms_event_handlers = {
	.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
	.Header.Revision = NDIS_TCP_OFFLOAD_EVENT_HANDLERS_REVISION_1,
	.Header.Size = sizeof(ms_event_handlers),
	.NdisTcpOffloadEventHandler = (void *)ms_event,
	.NdisTcpOffloadReceiveHandler = (void *)ms_receive,
	.NdisTcpOffloadSendComplete = (void *)ms_send_complete,
	.NdisTcpOffloadReceiveComplete = (void *)ms_receive_complete,
	.NdisTcpOffloadDisconnectComplete = (void *)ms_disconnect_complete,
	.NdisTcpOffloadForwardComplete = (void *)ms_forward_complete,
};

static NDIS_STATUS CHIMN_MS
ms_NdisMGetOffloadHandlers(NDIS_HANDLE miniport, NDIS_CHIMNEY_OFFLOAD_TYPE type,
			   PNDIS_OFFLOAD_EVENT_HANDLERS *out)
{
	return chimn_offload_handlers(miniport, type, out, &ms_event_handlers);
}

#define NDIS_ENTRY(ret, name, params, args)	{ #name, (void *)ms_##name },
#define NDIS_ENTRY_CB(ret, name, params, args)	{ #name, (void *)ms_##name },
static const struct chim_ndis_entry entries[] = {
#include <ndisentries.h>
#include <ndischimneyentries.h>
};

#define ENTRIES	ARRAY_SIZE(entries)

#else /* !CONFIG_X86_64 */

static const struct chim_ndis_entry entries[1];

#define ENTRIES	0

#endif

/**
 * chim_ndis_entries() - all NDIS functions, for a loader of Windows binaries
 * @n: set to how many; 0 on machines that know no such binaries
 *
 * Context: any.
 * Return: the table, which stays as long as the module.
 */
const struct chim_ndis_entry *chim_ndis_entries(unsigned int *n)
{
	*n = ENTRIES;
	return entries;
}
EXPORT_SYMBOL_GPL(chim_ndis_entries);
