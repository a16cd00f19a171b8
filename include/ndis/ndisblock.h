/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Block lists, the nodes of offload state trees: the miniport form, which an
 * offload target sees, and the protocol form, which a host stack builds. Both
 * have the same size, so that one can be turned into the other in place.
 */
#ifndef _NDIS_NDISBLOCK_H
#define _NDIS_NDISBLOCK_H

#include "ndisobject.h"
#include "ndisstatus.h"
#include "ndisnbl.h"

/* Held by the driver that offloaded an object, as long as it is offloaded */
typedef struct _NDIS_OFFLOAD_HANDLE {
	PVOID NdisReserved;
	PVOID MiniportOffloadContext;
} NDIS_OFFLOAD_HANDLE, *PNDIS_OFFLOAD_HANDLE;

#define NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1	1
#define NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST_REVISION_1	1

/*
 * MiniportOffloadContext leads to the place where the target's PVOID for the
 * object is kept. NULL: the block is a placeholder. Leading to NULL: the block
 * brings a new object. Leading to a value: the block names an existing object.
 */
typedef struct _NDIS_MINIPORT_OFFLOAD_BLOCK_LIST {
	NDIS_OBJECT_HEADER Header;
	struct _NDIS_MINIPORT_OFFLOAD_BLOCK_LIST *NextBlock;
	struct _NDIS_MINIPORT_OFFLOAD_BLOCK_LIST *DependentBlockList;
	NDIS_STATUS Status;
	PVOID NdisReserved[2];
	PVOID *MiniportOffloadContext;
	NDIS_HANDLE NdisOffloadHandle;
	PVOID ProtocolReserved[2];
	PVOID MiniportReserved[2];
	PVOID ImReserved[2];
	PVOID Scratch[2];
	PVOID SourceHandle;
	NDIS_PORT_NUMBER PortNumber;
	PNET_BUFFER_LIST NetBufferListChain;
} NDIS_MINIPORT_OFFLOAD_BLOCK_LIST, *PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST;

typedef struct _NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST {
	NDIS_OBJECT_HEADER Header;
	struct _NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST *NextBlock;
	struct _NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST *DependentBlockList;
	NDIS_STATUS Status;
	PVOID NdisReserved[3];
	PNDIS_OFFLOAD_HANDLE OffloadHandle;
	PVOID ProtocolReserved[2];
	PVOID MiniportReserved[2];
	PVOID ImReserved[2];
	PVOID Scratch[2];
	PVOID SourceHandle;
	NDIS_PORT_NUMBER PortNumber;
	PNET_BUFFER_LIST NetBufferListChain;
} NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST, *PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST;

#define NDIS_SIZEOF_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1 \
	sizeof(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST)
#define NDIS_SIZEOF_PROTOCOL_OFFLOAD_BLOCK_LIST_REVISION_1 \
	sizeof(NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST)

#endif /* _NDIS_NDISBLOCK_H */
