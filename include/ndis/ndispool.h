/* SPDX-License-Identifier: GPL-2.0 */
/* Pools of NET_BUFFER_LIST and NET_BUFFER structures; MDLs. */
#ifndef _NDIS_NDISPOOL_H
#define _NDIS_NDISPOOL_H

#include "ndisnbl.h"
#include "ndisobject.h"
#include "ndisservice.h"

#define NDIS_PROTOCOL_ID_DEFAULT		0x00
#define NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1	1
#define NET_BUFFER_POOL_PARAMETERS_REVISION_1	1
#define NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1 \
	sizeof(NET_BUFFER_LIST_POOL_PARAMETERS)
#define NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1 \
	sizeof(NET_BUFFER_POOL_PARAMETERS)

/* DataSize: bytes of memory with each buffer; only with fAllocateNetBuffer */
typedef struct _NET_BUFFER_LIST_POOL_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	UCHAR ProtocolId;
	BOOLEAN fAllocateNetBuffer;
	USHORT ContextSize;
	ULONG PoolTag;
	ULONG DataSize;
} NET_BUFFER_LIST_POOL_PARAMETERS, *PNET_BUFFER_LIST_POOL_PARAMETERS;

typedef struct _NET_BUFFER_POOL_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	ULONG PoolTag;
	ULONG DataSize;
} NET_BUFFER_POOL_PARAMETERS, *PNET_BUFFER_POOL_PARAMETERS;

/* A driver's own way to get and free an MDL; BufferSize may be made larger. */
typedef PMDL NET_BUFFER_ALLOCATE_MDL(PULONG BufferSize);
typedef VOID NET_BUFFER_FREE_MDL(PMDL Mdl);
typedef NET_BUFFER_ALLOCATE_MDL *NET_BUFFER_ALLOCATE_MDL_HANDLER;
typedef NET_BUFFER_FREE_MDL *NET_BUFFER_FREE_MDL_HANDLER;

#define NET_BUFFER_LIST_CONTEXT_DATA_START(nbl) \
	(&(nbl)->Context->ContextData[(nbl)->Context->Offset])
#define NET_BUFFER_LIST_CONTEXT_DATA_SIZE(nbl) \
	((USHORT)((nbl)->Context->Size - (nbl)->Context->Offset))

#endif /* _NDIS_NDISPOOL_H */
