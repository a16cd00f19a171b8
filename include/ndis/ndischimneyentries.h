/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The NDIS functions of the chimney: result, name, parameters, arguments. Used
 * like ndisentries.h.
 */

/* Registration; from within SetOptionsHandler, process context */
NDIS_ENTRY_CB(NDIS_STATUS, NdisSetOptionalHandlers,
	      (NDIS_HANDLE NdisHandle, PNDIS_DRIVER_OPTIONAL_HANDLERS OptionalHandlers),
	      (NdisHandle, OptionalHandlers))
NDIS_ENTRY_CB(NDIS_STATUS, NdisMGetOffloadHandlers,
	      (NDIS_HANDLE NdisMiniportHandle, NDIS_CHIMNEY_OFFLOAD_TYPE ChimneyOffloadType,
	       PNDIS_OFFLOAD_EVENT_HANDLERS *OffloadHandlers),
	      (NdisMiniportHandle, ChimneyOffloadType, OffloadHandlers))

/* State operations; any context */
NDIS_ENTRY(VOID, NdisInitiateOffload,
	   (NDIS_HANDLE NdisBindingHandle,
	    PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList),
	   (NdisBindingHandle, OffloadBlockList))
NDIS_ENTRY(VOID, NdisQueryOffloadState,
	   (NDIS_HANDLE NdisBindingHandle,
	    PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList),
	   (NdisBindingHandle, OffloadBlockList))
NDIS_ENTRY(VOID, NdisUpdateOffload,
	   (NDIS_HANDLE NdisBindingHandle,
	    PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList),
	   (NdisBindingHandle, OffloadBlockList))
NDIS_ENTRY(VOID, NdisInvalidateOffload,
	   (NDIS_HANDLE NdisBindingHandle,
	    PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList),
	   (NdisBindingHandle, OffloadBlockList))
NDIS_ENTRY(VOID, NdisTerminateOffload,
	   (NDIS_HANDLE NdisBindingHandle,
	    PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList),
	   (NdisBindingHandle, OffloadBlockList))
NDIS_ENTRY(VOID, NdisMInitiateOffloadComplete,
	   (NDIS_HANDLE NdisMiniportHandle,
	    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList),
	   (NdisMiniportHandle, OffloadBlockList))
NDIS_ENTRY(VOID, NdisMQueryOffloadStateComplete,
	   (NDIS_HANDLE NdisMiniportHandle,
	    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList),
	   (NdisMiniportHandle, OffloadBlockList))
NDIS_ENTRY(VOID, NdisMUpdateOffloadComplete,
	   (NDIS_HANDLE NdisMiniportHandle,
	    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList),
	   (NdisMiniportHandle, OffloadBlockList))
NDIS_ENTRY(VOID, NdisMInvalidateOffloadComplete,
	   (NDIS_HANDLE NdisMiniportHandle,
	    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList),
	   (NdisMiniportHandle, OffloadBlockList))
NDIS_ENTRY(VOID, NdisMTerminateOffloadComplete,
	   (NDIS_HANDLE NdisMiniportHandle,
	    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList),
	   (NdisMiniportHandle, OffloadBlockList))
NDIS_ENTRY(VOID, NdisMOffloadEventIndicate,
	   (NDIS_HANDLE NdisMiniportHandle,
	    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList, ULONG IndicationCode),
	   (NdisMiniportHandle, OffloadBlockList, IndicationCode))

/* I/O; any context */
NDIS_ENTRY(NDIS_STATUS, NdisOffloadTcpSend,
	   (NDIS_HANDLE NdisBindingHandle, PNDIS_OFFLOAD_HANDLE NdisOffloadHandle,
	    PNET_BUFFER_LIST NetBufferList),
	   (NdisBindingHandle, NdisOffloadHandle, NetBufferList))
NDIS_ENTRY(NDIS_STATUS, NdisOffloadTcpReceive,
	   (NDIS_HANDLE NdisBindingHandle, PNDIS_OFFLOAD_HANDLE NdisOffloadHandle,
	    PNET_BUFFER_LIST NetBufferList),
	   (NdisBindingHandle, NdisOffloadHandle, NetBufferList))
NDIS_ENTRY(NDIS_STATUS, NdisOffloadTcpDisconnect,
	   (NDIS_HANDLE NdisBindingHandle, PNDIS_OFFLOAD_HANDLE NdisOffloadHandle,
	    PNET_BUFFER_LIST NetBufferList, ULONG Flags),
	   (NdisBindingHandle, NdisOffloadHandle, NetBufferList, Flags))
NDIS_ENTRY(NDIS_STATUS, NdisOffloadTcpForward,
	   (NDIS_HANDLE NdisBindingHandle, PNDIS_OFFLOAD_HANDLE NdisOffloadHandle,
	    PNET_BUFFER_LIST NetBufferList),
	   (NdisBindingHandle, NdisOffloadHandle, NetBufferList))
NDIS_ENTRY(NDIS_STATUS, NdisOffloadTcpReceiveReturn,
	   (NDIS_HANDLE NdisBindingHandle, PNET_BUFFER_LIST NetBufferList),
	   (NdisBindingHandle, NetBufferList))
