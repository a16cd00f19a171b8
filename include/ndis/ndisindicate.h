/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Status indications: what a miniport reports through NdisMIndicateStatusEx.
 */
#ifndef _NDIS_NDISINDICATE_H
#define _NDIS_NDISINDICATE_H

#include "ndisobject.h"
#include "ndisstatus.h"

#define NDIS_STATUS_INDICATION_REVISION_1	1

typedef struct _NDIS_STATUS_INDICATION {
	NDIS_OBJECT_HEADER Header;
	NDIS_HANDLE SourceHandle;
	NDIS_PORT_NUMBER PortNumber;
	NDIS_STATUS StatusCode;
	ULONG Flags;
	NDIS_HANDLE DestinationHandle;
	PVOID RequestId;
	PVOID StatusBuffer;
	ULONG StatusBufferSize;
	GUID Guid;
	PVOID NdisReserved[4];
} NDIS_STATUS_INDICATION, *PNDIS_STATUS_INDICATION;

#define NDIS_SIZEOF_STATUS_INDICATION_REVISION_1 \
	sizeof(NDIS_STATUS_INDICATION)

typedef enum _NDIS_MEDIA_CONNECT_STATE {
	MediaConnectStateUnknown = 0,
	MediaConnectStateConnected = 1,
	MediaConnectStateDisconnected = 2,
} NDIS_MEDIA_CONNECT_STATE, *PNDIS_MEDIA_CONNECT_STATE;

typedef enum _NDIS_MEDIA_DUPLEX_STATE {
	MediaDuplexStateUnknown = 0,
	MediaDuplexStateHalf = 1,
	MediaDuplexStateFull = 2,
} NDIS_MEDIA_DUPLEX_STATE, *PNDIS_MEDIA_DUPLEX_STATE;

typedef enum _NDIS_SUPPORTED_PAUSE_FUNCTIONS {
	NdisPauseFunctionsUnsupported = 0,
	NdisPauseFunctionsSendOnly = 1,
	NdisPauseFunctionsReceiveOnly = 2,
	NdisPauseFunctionsSendAndReceive = 3,
	NdisPauseFunctionsUnknown = 4,
} NDIS_SUPPORTED_PAUSE_FUNCTIONS, *PNDIS_SUPPORTED_PAUSE_FUNCTIONS;

#define NDIS_LINK_STATE_REVISION_1	1
#define NDIS_LINK_SPEED_UNKNOWN		(~(ULONG64)0)

/* The status buffer of NDIS_STATUS_LINK_STATE; speeds in bits per second */
typedef struct _NDIS_LINK_STATE {
	NDIS_OBJECT_HEADER Header;
	NDIS_MEDIA_CONNECT_STATE MediaConnectState;
	NDIS_MEDIA_DUPLEX_STATE MediaDuplexState;
	ULONG64 XmitLinkSpeed;
	ULONG64 RcvLinkSpeed;
	NDIS_SUPPORTED_PAUSE_FUNCTIONS PauseFunctions;
	ULONG AutoNegotiationFlags;
} NDIS_LINK_STATE, *PNDIS_LINK_STATE;

#define NDIS_SIZEOF_LINK_STATE_REVISION_1 \
	sizeof(NDIS_LINK_STATE)

#endif /* _NDIS_NDISINDICATE_H */
