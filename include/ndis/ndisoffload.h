/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an offload target can do, how a host configures it, and what it counts:
 * the structures behind the OIDs of the chimney.
 */
#ifndef _NDIS_NDISOFFLOAD_H
#define _NDIS_NDISOFFLOAD_H

#include "ndisobject.h"

/* Values of capability members */
#define NDIS_OFFLOAD_NOT_SUPPORTED	0
#define NDIS_OFFLOAD_SUPPORTED		1

/* Values of Enabled */
#define NDIS_OFFLOAD_SET_NO_CHANGE	0
#define NDIS_OFFLOAD_SET_ON		1
#define NDIS_OFFLOAD_SET_OFF		2

/* Encapsulations, combined with bitwise OR */
#define NDIS_ENCAPSULATION_NOT_SUPPORTED		0x00000000
#define NDIS_ENCAPSULATION_NULL				0x00000001
#define NDIS_ENCAPSULATION_IEEE_802_3			0x00000002
#define NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q		0x00000004
#define NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q_IN_OOB	0x00000008
#define NDIS_ENCAPSULATION_IEEE_LLC_SNAP_ROUTED		0x00000010

#define NDIS_OFFLOAD_ENCAPSULATION_REVISION_1		1
#define NDIS_TCP_CONNECTION_OFFLOAD_REVISION_1		1
#define NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS_REVISION_1	1

typedef struct _NDIS_OFFLOAD_ENCAPSULATION {
	NDIS_OBJECT_HEADER Header;
	struct {
		ULONG Enabled;
		ULONG EncapsulationType;
		ULONG HeaderSize;	/* bytes */
	} IPv4;
	struct {
		ULONG Enabled;
		ULONG EncapsulationType;
		ULONG HeaderSize;	/* bytes */
	} IPv6;
} NDIS_OFFLOAD_ENCAPSULATION, *PNDIS_OFFLOAD_ENCAPSULATION;

#define NDIS_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1 \
	sizeof(NDIS_OFFLOAD_ENCAPSULATION)

typedef struct _NDIS_TCP_CONNECTION_OFFLOAD {
	NDIS_OBJECT_HEADER Header;
	ULONG Encapsulation;
	ULONG SupportIPv4 : 2;
	ULONG SupportIPv6 : 2;
	ULONG SupportIPv6ExtensionHeaders : 2;
	ULONG SupportSack : 2;
	ULONG CongestionAlgorithm : 4;	/* reserved */
	ULONG:20;
	ULONG TcpConnectionOffloadCapacity;
	ULONG Flags;
} NDIS_MS_STRUCT NDIS_TCP_CONNECTION_OFFLOAD, *PNDIS_TCP_CONNECTION_OFFLOAD;

#define NDIS_SIZEOF_TCP_CONNECTION_OFFLOAD_REVISION_1 \
	sizeof(NDIS_TCP_CONNECTION_OFFLOAD)

typedef struct _NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	NDIS_OFFLOAD_ENCAPSULATION Encapsulation;
	ULONG TicksPerSecond;
	UCHAR TcpAckFrequency;		/* segments */
	UCHAR TcpDelayedAckTicks;
	UCHAR TcpMaximumRetransmissions;
	UCHAR TcpDoubtReachabilityRetransmissions;
	ULONG TcpSwsPreventionTicks;
	ULONG TcpDuplicateAckThreshold;
	ULONG TcpPushTicks;
	ULONG NceStaleTicks;
	ULONG CongestionAlgorithm;	/* reserved */
} NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS, *PNDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS;

#define NDIS_SIZEOF_TCP_CONNECTION_OFFLOAD_PARAMETERS_REVISION_1 \
	sizeof(NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS)

typedef struct _TCP_OFFLOAD_STATS {
	ULONG64 InSegments;
	ULONG64 OutSegments;
	ULONG CurrentlyEstablished;
	ULONG ResetEstablished;
	ULONG RetransmittedSegments;
	ULONG InErrors;
	ULONG OutResets;
} TCP_OFFLOAD_STATS, *PTCP_OFFLOAD_STATS;

typedef struct _IP_OFFLOAD_STATS {
	ULONG64 InReceives;
	ULONG64 InOctets;
	ULONG64 InDelivers;
	ULONG64 OutRequests;
	ULONG64 OutOctets;
	ULONG InHeaderErrors;
	ULONG InTruncatedPackets;
	ULONG InDiscards;
	ULONG OutDiscards;
	ULONG OutNoRoutes;
} IP_OFFLOAD_STATS, *PIP_OFFLOAD_STATS;

#endif /* _NDIS_NDISOFFLOAD_H */
