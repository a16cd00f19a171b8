/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry points of the chimney: what a target provides, what NDIS offers a
 * target, what a client (host stack or intermediate driver) provides, and the
 * structures that register them. As in NDIS, the names of handlers are pointers
 * to functions; the ..._fn_t types, shared by handlers of one shape, are
 * this project's.
 */
#ifndef _NDIS_NDISHANDLER_H
#define _NDIS_NDISHANDLER_H

#include "ndisblock.h"
#include "ndisindicate.h"
#include "ndisoid.h"

typedef enum _NDIS_CHIMNEY_OFFLOAD_TYPE {
	NdisTcpChimneyOffload = 1,
	NdisIpsecChimneyOffload = 2,		/* reserved */
	NdisRdmaChimneyOffload = 3,		/* reserved */
	NdisMaxChimneyOffload = 4,
} NDIS_CHIMNEY_OFFLOAD_TYPE, *PNDIS_CHIMNEY_OFFLOAD_TYPE;

/* IndicationCode of NdisMOffloadEventIndicate */
typedef enum _INDICATE_OFFLOAD_EVENT {
	NeighborReachabilityInDoubt = 1,	/* reserved */
	NeighborReachabilityQuery = 2,
} INDICATE_OFFLOAD_EVENT, *PINDICATE_OFFLOAD_EVENT;

/* EventType of NdisTcpOffloadEventHandler */
typedef enum _TCP_OFFLOAD_EVENT_TYPE {
	TcpIndicateSendBacklogChange = 1,
	TcpIndicateDisconnect = 2,
	TcpIndicateRetrieve = 3,
	TcpIndicateAbort = 4,
} TCP_OFFLOAD_EVENT_TYPE, *PTCP_OFFLOAD_EVENT_TYPE;

/* EventSpecificInformation of TcpIndicateRetrieve; aliases by decision D-10 */
typedef enum _TCP_UPLOAD_REASON {
	LowActivity = 1,
	HighDropRate = 2,
	SmallIO = 3,
	NoBufferPreposting = 4,
	NoBufferProposting = NoBufferPreposting,
	ReceivedUrgentData = 5,
	HighFragmentation = 6,
	HighOutOfOrderPackets = 7,
	HighOutofOrderPackets = HighOutOfOrderPackets,
	TimeoutExpiration = 8,
	InvalidState = 9,
	UploadRequested = 10,
	HardwareFailure = 11,
} TCP_UPLOAD_REASON, *PTCP_UPLOAD_REASON;

/* Flags of a disconnect request */
#define TCP_DISCONNECT_GRACEFUL_CLOSE		0x01
#define TCP_DISCONNECT_ABORTIVE_CLOSE		0x02

/*
 * The target's five state handlers. Called in any context; they only take the
 * tree over, which stays the target's until the matching completion.
 */
typedef VOID ndis_state_fn_t(NDIS_HANDLE MiniportAdapterContext,
			     PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList);

typedef ndis_state_fn_t *W_INITIATE_OFFLOAD_HANDLER;
typedef ndis_state_fn_t *W_TERMINATE_OFFLOAD_HANDLER;
typedef ndis_state_fn_t *W_UPDATE_OFFLOAD_HANDLER;
typedef ndis_state_fn_t *W_INVALIDATE_OFFLOAD_HANDLER;
typedef ndis_state_fn_t *W_QUERY_OFFLOAD_HANDLER;

/*
 * The target's five I/O handlers. MiniportOffloadContext leads to the PVOID
 * that the target gave the connection, as in a block list.
 */
typedef NDIS_STATUS ndis_tcp_io_fn_t(NDIS_HANDLE MiniportAdapterContext,
				     PVOID MiniportOffloadContext,
				     PNET_BUFFER_LIST NetBufferList);
typedef NDIS_STATUS ndis_tcp_disconnect_fn_t(NDIS_HANDLE MiniportAdapterContext,
					     PVOID MiniportOffloadContext,
					     PNET_BUFFER_LIST NetBufferList,
					     ULONG Flags);
typedef NDIS_STATUS ndis_tcp_return_fn_t(NDIS_HANDLE MiniportAdapterContext,
					 PNET_BUFFER_LIST NetBufferList);

typedef ndis_tcp_io_fn_t *W_TCP_OFFLOAD_SEND_HANDLER;
typedef ndis_tcp_io_fn_t *W_TCP_OFFLOAD_RECEIVE_HANDLER;
typedef ndis_tcp_io_fn_t *W_TCP_OFFLOAD_FORWARD_HANDLER;
typedef ndis_tcp_disconnect_fn_t *W_TCP_OFFLOAD_DISCONNECT_HANDLER;
typedef ndis_tcp_return_fn_t *W_TCP_OFFLOAD_RECEIVE_RETURN_HANDLER;

/* What NDIS offers a target for one chimney, from NdisMGetOffloadHandlers */
typedef VOID ndis_tcp_event_fn_t(NDIS_HANDLE NdisOffloadHandle, ULONG EventType,
				 ULONG EventSpecificInformation);
typedef NDIS_STATUS ndis_tcp_indicate_fn_t(NDIS_HANDLE NdisOffloadHandle,
					   PNET_BUFFER_LIST NetBufferList,
					   NDIS_STATUS Status, PULONG BytesConsumed);
typedef VOID ndis_tcp_complete_fn_t(NDIS_HANDLE NdisMiniportHandle,
				    PNET_BUFFER_LIST NetBufferList);

typedef ndis_tcp_event_fn_t *NDIS_TCP_OFFLOAD_EVENT_INDICATE;
typedef ndis_tcp_indicate_fn_t *NDIS_TCP_OFFLOAD_RECEIVE_INDICATE;
typedef ndis_tcp_complete_fn_t *NDIS_TCP_OFFLOAD_SEND_COMPLETE;
typedef ndis_tcp_complete_fn_t *NDIS_TCP_OFFLOAD_RECEIVE_COMPLETE;
typedef ndis_tcp_complete_fn_t *NDIS_TCP_OFFLOAD_DISCONNECT_COMPLETE;
typedef ndis_tcp_complete_fn_t *NDIS_TCP_OFFLOAD_FORWARD_COMPLETE;

/* Opens the structure of a chimney; its header says which one and how large */
typedef struct _NDIS_OFFLOAD_EVENT_HANDLERS {
	NDIS_OBJECT_HEADER Header;
} NDIS_OFFLOAD_EVENT_HANDLERS, *PNDIS_OFFLOAD_EVENT_HANDLERS;

#define NDIS_TCP_OFFLOAD_EVENT_HANDLERS_REVISION_1	1

typedef struct _NDIS_TCP_OFFLOAD_EVENT_HANDLERS {
	NDIS_OBJECT_HEADER Header;
	NDIS_TCP_OFFLOAD_EVENT_INDICATE NdisTcpOffloadEventHandler;
	NDIS_TCP_OFFLOAD_RECEIVE_INDICATE NdisTcpOffloadReceiveHandler;
	NDIS_TCP_OFFLOAD_SEND_COMPLETE NdisTcpOffloadSendComplete;
	NDIS_TCP_OFFLOAD_RECEIVE_COMPLETE NdisTcpOffloadReceiveComplete;
	NDIS_TCP_OFFLOAD_DISCONNECT_COMPLETE NdisTcpOffloadDisconnectComplete;
	NDIS_TCP_OFFLOAD_FORWARD_COMPLETE NdisTcpOffloadForwardComplete;
} NDIS_TCP_OFFLOAD_EVENT_HANDLERS, *PNDIS_TCP_OFFLOAD_EVENT_HANDLERS;

/*
 * Types of the NDIS functions that a target calls by name: the five
 * NdisM...Complete functions of state operations, NdisMOffloadEventIndicate,
 * NdisMIndicateStatusEx and NdisMOidRequestComplete. The type names are this
 * project's; NDIS has only the functions.
 */
typedef VOID ndis_m_complete_fn_t(NDIS_HANDLE NdisMiniportHandle,
				  PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList);
typedef VOID ndis_m_event_fn_t(NDIS_HANDLE NdisMiniportHandle,
			       PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList,
			       ULONG IndicationCode);
typedef VOID ndis_m_status_fn_t(NDIS_HANDLE MiniportAdapterHandle,
				PNDIS_STATUS_INDICATION StatusIndication);
typedef VOID ndis_m_oid_complete_fn_t(NDIS_HANDLE MiniportAdapterHandle,
				      PNDIS_OID_REQUEST OidRequest, NDIS_STATUS Status);

typedef ndis_m_complete_fn_t *NDIS_M_OFFLOAD_COMPLETE;
typedef ndis_m_event_fn_t *NDIS_M_OFFLOAD_EVENT_INDICATE;
typedef ndis_m_status_fn_t *NDIS_M_INDICATE_STATUS_EX;
typedef ndis_m_oid_complete_fn_t *NDIS_M_OID_REQUEST_COMPLETE;

/* The client's completions of state operations and its event handler */
typedef VOID ndis_client_complete_fn_t(NDIS_HANDLE ProtocolBindingContext,
				       PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList);
typedef VOID ndis_client_event_fn_t(NDIS_HANDLE ProtocolBindingContext,
				    PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList,
				    ULONG IndicationCode);

typedef ndis_client_complete_fn_t *INITIATE_OFFLOAD_COMPLETE_HANDLER;
typedef ndis_client_complete_fn_t *TERMINATE_OFFLOAD_COMPLETE_HANDLER;
typedef ndis_client_complete_fn_t *UPDATE_OFFLOAD_COMPLETE_HANDLER;
typedef ndis_client_complete_fn_t *INVALIDATE_OFFLOAD_COMPLETE_HANDLER;
typedef ndis_client_complete_fn_t *QUERY_OFFLOAD_COMPLETE_HANDLER;
typedef ndis_client_event_fn_t *INDICATE_OFFLOAD_EVENT_HANDLER;

/* The client's I/O completions; indications pass its NDIS_OFFLOAD_HANDLE */
typedef VOID ndis_client_tcp_complete_fn_t(NDIS_HANDLE ProtocolBindingContext,
					   PNET_BUFFER_LIST NetBufferList);
typedef VOID ndis_client_tcp_event_fn_t(PVOID OffloadContext, ULONG EventType,
					ULONG EventSpecificInformation);
typedef NDIS_STATUS ndis_client_tcp_indicate_fn_t(PVOID OffloadContext,
						  PNET_BUFFER_LIST NetBufferList,
						  NDIS_STATUS Status, PULONG BytesConsumed);

typedef ndis_client_tcp_complete_fn_t *TCP_OFFLOAD_SEND_COMPLETE_HANDLER;
typedef ndis_client_tcp_complete_fn_t *TCP_OFFLOAD_RECV_COMPLETE_HANDLER;
typedef ndis_client_tcp_complete_fn_t *TCP_OFFLOAD_DISCONNECT_COMPLETE_HANDLER;
typedef ndis_client_tcp_complete_fn_t *TCP_OFFLOAD_FORWARD_COMPLETE_HANDLER;
typedef ndis_client_tcp_event_fn_t *TCP_OFFLOAD_EVENT_HANDLER;
typedef ndis_client_tcp_indicate_fn_t *TCP_OFFLOAD_RECEIVE_INDICATE_HANDLER;

/*
 * What is given to NdisSetOptionalHandlers: a characteristics structure, which
 * starts with its header.
 */
typedef NDIS_OBJECT_HEADER NDIS_DRIVER_OPTIONAL_HANDLERS,
	*PNDIS_DRIVER_OPTIONAL_HANDLERS;

/* The structures of NdisSetOptionalHandlers; Flags are reserved for the system */
#define NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS_REVISION_1	1
#define NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS_REVISION_1		1
#define NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS_REVISION_1		1
#define NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS_REVISION_1		1

typedef struct _NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags;
	W_INITIATE_OFFLOAD_HANDLER InitiateOffloadHandler;
	W_TERMINATE_OFFLOAD_HANDLER TerminateOffloadHandler;
	W_UPDATE_OFFLOAD_HANDLER UpdateOffloadHandler;
	W_INVALIDATE_OFFLOAD_HANDLER InvalidateOffloadHandler;
	W_QUERY_OFFLOAD_HANDLER QueryOffloadHandler;
} NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS,
	*PNDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS;

typedef struct _NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags;
	NDIS_CHIMNEY_OFFLOAD_TYPE OffloadType;
	W_TCP_OFFLOAD_SEND_HANDLER TcpOffloadSendHandler;
	W_TCP_OFFLOAD_RECEIVE_HANDLER TcpOffloadReceiveHandler;
	W_TCP_OFFLOAD_DISCONNECT_HANDLER TcpOffloadDisconnectHandler;
	W_TCP_OFFLOAD_FORWARD_HANDLER TcpOffloadForwardHandler;
	W_TCP_OFFLOAD_RECEIVE_RETURN_HANDLER TcpOffloadReceiveReturnHandler;
} NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS,
	*PNDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS;

typedef struct _NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags;
	INITIATE_OFFLOAD_COMPLETE_HANDLER InitiateOffloadCompleteHandler;
	TERMINATE_OFFLOAD_COMPLETE_HANDLER TerminateOffloadCompleteHandler;
	UPDATE_OFFLOAD_COMPLETE_HANDLER UpdateOffloadCompleteHandler;
	INVALIDATE_OFFLOAD_COMPLETE_HANDLER InvalidateOffloadCompleteHandler;
	QUERY_OFFLOAD_COMPLETE_HANDLER QueryOffloadCompleteHandler;
	INDICATE_OFFLOAD_EVENT_HANDLER IndicateOffloadEventHandler;
} NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS,
	*PNDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS;

typedef struct _NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags;
	NDIS_CHIMNEY_OFFLOAD_TYPE OffloadType;
	TCP_OFFLOAD_SEND_COMPLETE_HANDLER TcpOffloadSendCompleteHandler;
	TCP_OFFLOAD_RECV_COMPLETE_HANDLER TcpOffloadReceiveCompleteHandler;
	TCP_OFFLOAD_DISCONNECT_COMPLETE_HANDLER TcpOffloadDisconnectCompleteHandler;
	TCP_OFFLOAD_FORWARD_COMPLETE_HANDLER TcpOffloadForwardCompleteHandler;
	TCP_OFFLOAD_EVENT_HANDLER TcpOffloadEventHandler;
	TCP_OFFLOAD_RECEIVE_INDICATE_HANDLER TcpOffloadReceiveIndicateHandler;
} NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS,
	*PNDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS;

#endif /* _NDIS_NDISHANDLER_H */
