/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buffer lists: the MDL, NET_BUFFER and NET_BUFFER_LIST structures in the
 * layout of NDIS 6.20, with the members and macros a chimney client uses.
 */
#ifndef _NDIS_NDISNBL_H
#define _NDIS_NDISNBL_H

#include "ndistypes.h"

/* State of an MDL's memory, in MdlFlags */
#define MDL_MAPPED_TO_SYSTEM_VA		0x0001
#define MDL_PAGES_LOCKED		0x0002
#define MDL_SOURCE_IS_NONPAGED_POOL	0x0004

struct _EPROCESS;

typedef struct _MDL {
	struct _MDL *Next;
	CSHORT Size;
	CSHORT MdlFlags;
	struct _EPROCESS *Process;
	PVOID MappedSystemVa;
	PVOID StartVa;
	ULONG ByteCount;
	ULONG ByteOffset;
} MDL, *PMDL;

typedef struct _NET_BUFFER NET_BUFFER, *PNET_BUFFER;
typedef struct _NET_BUFFER_LIST NET_BUFFER_LIST, *PNET_BUFFER_LIST;
typedef struct _NET_BUFFER_LIST_CONTEXT NET_BUFFER_LIST_CONTEXT, *PNET_BUFFER_LIST_CONTEXT;

typedef union _NET_BUFFER_DATA_LENGTH {
	ULONG DataLength;
	SIZE_T stDataLength;
} NET_BUFFER_DATA_LENGTH, *PNET_BUFFER_DATA_LENGTH;

typedef struct _NET_BUFFER_DATA {
	PNET_BUFFER Next;
	PMDL CurrentMdl;
	ULONG CurrentMdlOffset;
	union {
		ULONG DataLength;
		SIZE_T stDataLength;
		NET_BUFFER_DATA_LENGTH NbDataLength;
	};
	PMDL MdlChain;
	ULONG DataOffset;
} NET_BUFFER_DATA, *PNET_BUFFER_DATA;

typedef union _NET_BUFFER_HEADER {
	NET_BUFFER_DATA NetBufferData;
	SLIST_HEADER Link;
} NET_BUFFER_HEADER, *PNET_BUFFER_HEADER;

struct _NET_BUFFER_SHARED_MEMORY;
struct _SCATTER_GATHER_LIST;

struct _NET_BUFFER {
	/* The members of NET_BUFFER_DATA may be named without the path to them. */
	union {
		struct {
			PNET_BUFFER Next;
			PMDL CurrentMdl;
			ULONG CurrentMdlOffset;
			union {
				ULONG DataLength;
				SIZE_T stDataLength;
				NET_BUFFER_DATA_LENGTH NbDataLength;
			};
			PMDL MdlChain;
			ULONG DataOffset;
		};
		SLIST_HEADER Link;
		NET_BUFFER_HEADER NetBufferHeader;
	};
	USHORT ChecksumBias;
	USHORT Reserved;
	NDIS_HANDLE NdisPoolHandle;
	PVOID NdisReserved[2] DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT);
	PVOID ProtocolReserved[6] DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT);
	PVOID MiniportReserved[4] DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT);
	NDIS_PHYSICAL_ADDRESS DataPhysicalAddress;
	union {
		struct _NET_BUFFER_SHARED_MEMORY *SharedMemoryInfo;
		struct _SCATTER_GATHER_LIST *ScatterGatherList;
	};
};

struct _NET_BUFFER_LIST_CONTEXT {
	PNET_BUFFER_LIST_CONTEXT Next;
	USHORT Size;
	USHORT Offset;
	UCHAR ContextData[1] DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT);
};

typedef struct _NET_BUFFER_LIST_DATA {
	PNET_BUFFER_LIST Next;
	PNET_BUFFER FirstNetBuffer;
} NET_BUFFER_LIST_DATA, *PNET_BUFFER_LIST_DATA;

typedef union _NET_BUFFER_LIST_HEADER {
	NET_BUFFER_LIST_DATA NetBufferListData;
	SLIST_HEADER Link;
} NET_BUFFER_LIST_HEADER, *PNET_BUFFER_LIST_HEADER;

/* Slots of NetBufferListInfo; some have another meaning on chimney requests. */
typedef enum _NDIS_NET_BUFFER_LIST_INFO {
	TcpIpChecksumNetBufferListInfo = 0,
	TcpOffloadBytesTransferred = TcpIpChecksumNetBufferListInfo,
	TcpLargeSendNetBufferListInfo = 2,
	TcpReceiveNoPush = TcpLargeSendNetBufferListInfo,
	Ieee8021QNetBufferListInfo = 4,
	NetBufferListHashValue = 8,
	NetBufferListHashInfo = 9,
	TcpReceiveBytesTransferred = 17,
	MaxNetBufferListInfo = 18,
} NDIS_NET_BUFFER_LIST_INFO, *PNDIS_NET_BUFFER_LIST_INFO;

struct _NET_BUFFER_LIST {
	union {
		struct {
			PNET_BUFFER_LIST Next;
			PNET_BUFFER FirstNetBuffer;
		};
		SLIST_HEADER Link;
		NET_BUFFER_LIST_HEADER NetBufferListHeader;
	};
	PNET_BUFFER_LIST_CONTEXT Context;
	PNET_BUFFER_LIST ParentNetBufferList;
	NDIS_HANDLE NdisPoolHandle;
	PVOID NdisReserved[2] DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT);
	PVOID ProtocolReserved[4] DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT);
	PVOID MiniportReserved[2] DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT);
	PVOID Scratch;
	NDIS_HANDLE SourceHandle;
	ULONG NblFlags;
	LONG ChildRefCount;
	ULONG Flags;
	NDIS_STATUS Status;
	PVOID NetBufferListInfo[MaxNetBufferListInfo];
};

#define NET_BUFFER_NEXT_NB(nb)		((nb)->Next)
#define NET_BUFFER_FIRST_MDL(nb)	((nb)->MdlChain)
#define NET_BUFFER_CURRENT_MDL(nb)	((nb)->CurrentMdl)
#define NET_BUFFER_CURRENT_MDL_OFFSET(nb)	((nb)->CurrentMdlOffset)
#define NET_BUFFER_DATA_LENGTH(nb)	((nb)->DataLength)
#define NET_BUFFER_DATA_OFFSET(nb)	((nb)->DataOffset)
#define NET_BUFFER_PROTOCOL_RESERVED(nb)	((nb)->ProtocolReserved)
#define NET_BUFFER_MINIPORT_RESERVED(nb)	((nb)->MiniportReserved)
#define NET_BUFFER_CHECKSUM_BIAS(nb)	((nb)->ChecksumBias)

#define NET_BUFFER_LIST_NEXT_NBL(nbl)	((nbl)->Next)
#define NET_BUFFER_LIST_FIRST_NB(nbl)	((nbl)->FirstNetBuffer)
#define NET_BUFFER_LIST_FLAGS(nbl)	((nbl)->Flags)
#define NET_BUFFER_LIST_NBL_FLAGS(nbl)	((nbl)->NblFlags)
#define NET_BUFFER_LIST_STATUS(nbl)	((nbl)->Status)
#define NET_BUFFER_LIST_INFO(nbl, id)	((nbl)->NetBufferListInfo[(id)])
#define NET_BUFFER_LIST_PROTOCOL_RESERVED(nbl)	((nbl)->ProtocolReserved)
#define NET_BUFFER_LIST_MINIPORT_RESERVED(nbl)	((nbl)->MiniportReserved)

#define MmGetMdlByteCount(mdl)		((mdl)->ByteCount)
#define MmGetMdlByteOffset(mdl)		((mdl)->ByteOffset)
#define NDIS_MDL_LINKAGE(mdl)		((mdl)->Next)

#endif /* _NDIS_NDISNBL_H */
