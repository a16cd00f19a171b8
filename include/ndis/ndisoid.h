/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Object identifiers that concern an offload target, and the request that
 * carries one to a miniport.
 */
#ifndef _NDIS_NDISOID_H
#define _NDIS_NDISOID_H

#include "ndisobject.h"

#define OID_TCP_TASK_OFFLOAD					0xFC010201
#define OID_TCP4_OFFLOAD_STATS					0xFC010207
#define OID_TCP6_OFFLOAD_STATS					0xFC010208
#define OID_IP4_OFFLOAD_STATS					0xFC010209
#define OID_IP6_OFFLOAD_STATS					0xFC01020A
#define OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG		0xFC01020E
#define OID_TCP_CONNECTION_OFFLOAD_HARDWARE_CAPABILITIES	0xFC01020F
#define OID_TCP_CONNECTION_OFFLOAD_PARAMETERS			0xFC030201
#define OID_PNP_SET_POWER					0xFD010101

typedef enum _NDIS_REQUEST_TYPE {
	NdisRequestQueryInformation = 0,
	NdisRequestSetInformation = 1,
	NdisRequestQueryStatistics = 2,
	NdisRequestMethod = 12,
} NDIS_REQUEST_TYPE, *PNDIS_REQUEST_TYPE;

/* The value that a set of OID_PNP_SET_POWER carries */
typedef enum _NDIS_DEVICE_POWER_STATE {
	NdisDeviceStateUnspecified = 0,
	NdisDeviceStateD0 = 1,
	NdisDeviceStateD1 = 2,
	NdisDeviceStateD2 = 3,
	NdisDeviceStateD3 = 4,
	NdisDeviceStateMaximum = 5,
} NDIS_DEVICE_POWER_STATE, *PNDIS_DEVICE_POWER_STATE;

#define NDIS_OID_REQUEST_REVISION_1		1
#define NDIS_OID_REQUEST_NDIS_RESERVED_SIZE	16

typedef struct _NDIS_OID_REQUEST {
	NDIS_OBJECT_HEADER Header;
	NDIS_REQUEST_TYPE RequestType;
	NDIS_PORT_NUMBER PortNumber;
	UINT Timeout;		/* seconds */
	PVOID RequestId;
	NDIS_HANDLE RequestHandle;
	union _REQUEST_DATA {
		struct _QUERY {
			NDIS_OID Oid;
			PVOID InformationBuffer;
			UINT InformationBufferLength;
			UINT BytesWritten;
			UINT BytesNeeded;
		} QUERY_INFORMATION;
		struct _SET {
			NDIS_OID Oid;
			PVOID InformationBuffer;
			UINT InformationBufferLength;
			UINT BytesRead;
			UINT BytesNeeded;
		} SET_INFORMATION;
		struct _METHOD {
			NDIS_OID Oid;
			PVOID InformationBuffer;
			ULONG InputBufferLength;
			ULONG OutputBufferLength;
			ULONG MethodId;
			UINT BytesWritten;
			UINT BytesRead;
			UINT BytesNeeded;
		} METHOD_INFORMATION;
	} DATA;
	UCHAR NdisReserved[NDIS_OID_REQUEST_NDIS_RESERVED_SIZE * sizeof(PVOID)];
	UCHAR MiniportReserved[2 * sizeof(PVOID)];
	UCHAR SourceReserved[2 * sizeof(PVOID)];
	UCHAR SupportedRevision;
	UCHAR Reserved1;
	USHORT Reserved2;
} NDIS_OID_REQUEST, *PNDIS_OID_REQUEST;

/* Through the last member, not counting the padding behind it */
#define NDIS_SIZEOF_OID_REQUEST_REVISION_1 \
	(offsetof(NDIS_OID_REQUEST, Reserved2) + sizeof(USHORT))

#endif /* _NDIS_NDISOID_H */
