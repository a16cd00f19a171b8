/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The nine state structures: constant, cached and delegated variables of a
 * neighbor, a path and a TCP connection. They lie directly behind a block
 * list; the block's type says which of them do. Times are ticks of the host
 * clock, addresses and ports are in network byte order.
 */
#ifndef _NDIS_NDISSTATE_H
#define _NDIS_NDISSTATE_H

#include "ndisnbl.h"

/*
 * Header.Type of a block list. A plain state means const, cached and
 * delegated structures back to back in this order. Ip4 and Ip6 types share
 * the path structures and differ in the length of the addresses.
 */
typedef enum _OFFLOAD_STATE_TYPE {
	NeighborOffloadConstState = 1,
	NeighborOffloadCachedState = 2,
	NeighborOffloadDelegatedState = 3,
	NeighborOffloadState = 4,
	Ip4OffloadConstState = 5,
	Ip4OffloadCachedState = 6,
	Ip4OffloadDelegatedState = 7,
	Ip4OffloadState = 8,
	Ip6OffloadConstState = 9,
	Ip6OffloadCachedState = 10,
	Ip6OffloadDelegatedState = 11,
	Ip6OffloadState = 12,
	TcpOffloadConstState = 13,
	TcpOffloadCachedState = 14,
	TcpOffloadDelegatedState = 15,
	TcpOffloadResourceState = 16,	/* reserved */
	TcpOffloadState = 17,
	FilterReservedOffloadState = 0xFE,
	MaximumOffloadState = 0xFF,
} OFFLOAD_STATE_TYPE, *POFFLOAD_STATE_TYPE;

/* RFC 793 states */
typedef enum _TCP_OFFLOAD_CONNECTION_STATE {
	TcpConnectionClosed = 0,
	TcpConnectionListen = 1,
	TcpConnectionSynSent = 2,
	TcpConnectionSynRcvd = 3,
	TcpConnectionEstablished = 4,
	TcpConnectionFinWait1 = 5,
	TcpConnectionFinWait2 = 6,
	TcpConnectionCloseWait = 7,
	TcpConnectionClosing = 8,
	TcpConnectionLastAck = 9,
	TcpConnectionTimeWait = 10,
} TCP_OFFLOAD_CONNECTION_STATE, *PTCP_OFFLOAD_CONNECTION_STATE;

/* TCP_OFFLOAD_STATE_CONST.Flags */
#define TCP_FLAG_TIMESTAMP_ENABLED		0x01
#define TCP_FLAG_SACK_ENABLED			0x02
#define TCP_FLAG_WINDOW_SCALING_ENABLED		0x04

/* TCP_OFFLOAD_STATE_CACHED.Flags */
#define TCP_FLAG_KEEP_ALIVE_ENABLED		0x01
#define TCP_FLAG_NAGLING_ENABLED		0x02
#define TCP_FLAG_KEEP_ALIVE_RESTART		0x04
#define TCP_FLAG_MAX_RT_RESTART			0x08
#define TCP_FLAG_UPDATE_RCV_WND			0x10

#define OFFLOAD_DL_ADDRESS_LENGTH	32

typedef struct _OFFLOAD_STATE_HEADER {
	ULONG Length;			/* bytes, of the structure it opens */
	ULONG RecognizedOptions;	/* reserved */
} OFFLOAD_STATE_HEADER, *POFFLOAD_STATE_HEADER;

/*
 * Structures with bit-fields carry NDIS_MS_STRUCT: a field of one width never
 * shares storage with a field of another. Where the default rules of this
 * platform would do so, unnamed padding says the same to every compiler.
 */
typedef struct _NEIGHBOR_OFFLOAD_STATE_CONST {
	OFFLOAD_STATE_HEADER Header;
	UCHAR DlSourceAddress[OFFLOAD_DL_ADDRESS_LENGTH];	/* zero: not given */
	ULONG VlanId : 12;
	ULONG:20;
} NDIS_MS_STRUCT NEIGHBOR_OFFLOAD_STATE_CONST, *PNEIGHBOR_OFFLOAD_STATE_CONST;

typedef struct _NEIGHBOR_OFFLOAD_STATE_CACHED {
	OFFLOAD_STATE_HEADER Header;
	UCHAR DlDestinationAddress[OFFLOAD_DL_ADDRESS_LENGTH];
	ULONG HostReachabilityDelta;
} NEIGHBOR_OFFLOAD_STATE_CACHED, *PNEIGHBOR_OFFLOAD_STATE_CACHED;

typedef struct _NEIGHBOR_OFFLOAD_STATE_DELEGATED {
	OFFLOAD_STATE_HEADER Header;
	ULONG NicReachabilityDelta;
} NEIGHBOR_OFFLOAD_STATE_DELEGATED, *PNEIGHBOR_OFFLOAD_STATE_DELEGATED;

/* The pointers lead to 4 or 16 bytes, as the block's type says. */
typedef struct _PATH_OFFLOAD_STATE_CONST {
	OFFLOAD_STATE_HEADER Header;
	const UCHAR *SourceAddress;
	const UCHAR *DestinationAddress;
} PATH_OFFLOAD_STATE_CONST, *PPATH_OFFLOAD_STATE_CONST;

typedef struct _PATH_OFFLOAD_STATE_CACHED {
	OFFLOAD_STATE_HEADER Header;
	ULONG PathMtu;
} PATH_OFFLOAD_STATE_CACHED, *PPATH_OFFLOAD_STATE_CACHED;

typedef struct _PATH_OFFLOAD_STATE_DELEGATED {
	OFFLOAD_STATE_HEADER Header;
} PATH_OFFLOAD_STATE_DELEGATED, *PPATH_OFFLOAD_STATE_DELEGATED;

typedef struct _TCP_OFFLOAD_STATE_CONST {
	OFFLOAD_STATE_HEADER Header;
	USHORT Flags;
	USHORT RemotePort;
	USHORT LocalPort;
	UCHAR SndWindScale : 4;
	UCHAR RcvWindScale : 4;
	USHORT RemoteMss;
	ULONG HashValue;
} NDIS_MS_STRUCT TCP_OFFLOAD_STATE_CONST, *PTCP_OFFLOAD_STATE_CONST;

typedef struct _TCP_OFFLOAD_STATE_CACHED {
	OFFLOAD_STATE_HEADER Header;
	USHORT Flags;
	ULONG InitialRcvWnd;		/* bytes */
	ULONG RcvIndicationSize;	/* bytes, 0 for unspecified */
	UCHAR KaProbeCount;
	ULONG KaTimeout;		/* ticks */
	ULONG KaInterval;		/* ticks */
	ULONG MaxRT;			/* ticks */
	ULONG FlowLabel : 20;
	ULONG:12;
	UCHAR TtlOrHopLimit;
	UCHAR TosOrTrafficClass;
	UCHAR UserPriority : 3;
	UCHAR:5;
} NDIS_MS_STRUCT TCP_OFFLOAD_STATE_CACHED, *PTCP_OFFLOAD_STATE_CACHED;

/*
 * KeepAlive and Retransmit are structures, not unions (decision D-22). The
 * send data and the buffered data are given at initiate and terminate; a query
 * returns the backlog sizes in their place.
 */
typedef struct _TCP_OFFLOAD_STATE_DELEGATED {
	OFFLOAD_STATE_HEADER Header;
	TCP_OFFLOAD_CONNECTION_STATE State;
	USHORT Flags;			/* reserved for system use */
	ULONG RcvNxt;
	ULONG RcvWnd;			/* bytes, as all windows below */
	ULONG SndUna;
	ULONG SndNxt;
	ULONG SndMax;
	ULONG SndWnd;
	ULONG MaxSndWnd;
	ULONG SendWL1;
	ULONG CWnd;
	ULONG SsThresh;
	USHORT SRtt;			/* 8 times the ticks */
	USHORT RttVar;			/* 4 times the ticks */
	ULONG TsRecent;
	ULONG TsRecentAge;		/* ticks */
	ULONG TsTime;			/* ticks */
	ULONG TotalRT;			/* ticks */
	UCHAR DupAckCount;
	UCHAR SndWndProbeCount;
	struct {
		UCHAR ProbeCount;
		ULONG TimeoutDelta;	/* ticks, -1 for idle */
	} KeepAlive;
	struct {
		UCHAR Count;
		ULONG TimeoutDelta;	/* ticks, -1 for idle */
	} Retransmit;
	union {
		struct {
			PNET_BUFFER_LIST SendDataHead;
			PNET_BUFFER_LIST SendDataTail;
		};
		ULONG SendBacklogSize;
	};
	union {
		PNET_BUFFER_LIST BufferedData;
		ULONG ReceiveBacklogSize;
	};
	ULONG DWnd;
} TCP_OFFLOAD_STATE_DELEGATED, *PTCP_OFFLOAD_STATE_DELEGATED;

#endif /* _NDIS_NDISSTATE_H */
