// SPDX-License-Identifier: GPL-2.0
/*
 * The example intermediate driver: the chimney. Block lists and buffer lists go
 * through as they are, in the memory of whoever made them; only handles change.
 */
#include "passthru.h"

/* --- trees ------------------------------------------------------------------------- */

/* IMD-051: one for each state operation under way. */
typedef struct _PT_CALL {
	PPT_ADAPTER Adapter;
	PVOID ImReserved[2];
	PVOID SourceHandle;
} PT_CALL, *PPT_CALL;

/* Neighbor, path, connection. What lies deeper is no tree, and fails below. */
#define PT_LEVELS	3

/*
 * The object of a block. A location that holds NULL brings a new one, or names one
 * that is gone, and the target will say so.
 */
static PPT_OBJECT FindOrMakeObject(PPT_ADAPTER Adapter,
				   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST Block)
{
	PPT_OBJECT Object = *Block->MiniportOffloadContext;

	if (Object)
		return Object;
	Object = NdisAllocateMemoryWithTagPriority(Adapter->MiniportHandle,
						   sizeof(*Object), PT_TAG,
						   NormalPoolPriority);
	if (!Object)
		return NULL;
	NdisZeroMemory(Object, sizeof(*Object));
	Object->Adapter = Adapter;
	Object->Upper = Block->NdisOffloadHandle;
	Object->UpperContext = Block->MiniportOffloadContext;
	NdisInterlockedInsertTailList(&Adapter->Objects, &Object->Link,
				      &Adapter->Lock);
	return Object;
}

static VOID FreeObject(PPT_OBJECT Object)
{
	PPT_ADAPTER Adapter = Object->Adapter;

	NdisAcquireSpinLock(&Adapter->Lock);
	RemoveEntryList(&Object->Link);
	NdisReleaseSpinLock(&Adapter->Lock);
	NdisFreeMemory(Object, 0, 0);
}

/* What a host stack has left behind when it went; nobody is above or below us. */
VOID PtFreeObjects(PPT_ADAPTER Adapter)
{
	while (!IsListEmpty(&Adapter->Objects))
		FreeObject(CONTAINING_RECORD(Adapter->Objects.Flink, PT_OBJECT,
					     Link));
}

/* IMD-053: the same memory, in the other form. Returns FALSE without memory. */
static BOOLEAN ToProtocol(PPT_ADAPTER Adapter,
			  PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST Block)
{
	PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Down =
		(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST)Block;
	PPT_OBJECT Object;

	if (!Block->MiniportOffloadContext) {
		Down->OffloadHandle = NULL;	/* a placeholder stays one */
		return TRUE;
	}
	Object = FindOrMakeObject(Adapter, Block);
	if (!Object)
		return FALSE;
	Down->OffloadHandle = &Object->Lower;	/* IMD-032 */
	return TRUE;
}

static PPT_OBJECT ObjectOf(PNDIS_OFFLOAD_HANDLE OffloadHandle)
{
	return CONTAINING_RECORD(OffloadHandle, PT_OBJECT, Lower);
}

/* And back: what the block said when we got it. */
static PPT_OBJECT ToMiniport(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Block)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST Up =
		(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST)Block;
	PPT_OBJECT Object;

	if (!Block->OffloadHandle) {
		Up->MiniportOffloadContext = NULL;
		return NULL;
	}
	Object = ObjectOf(Block->OffloadHandle);
	Up->MiniportOffloadContext = Object->UpperContext;
	Up->NdisOffloadHandle = Object->Upper;
	return Object;
}

/* Stops at the first block without memory, which it returns. */
static PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST
TreeToProtocol(PPT_ADAPTER Adapter, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST Block,
	       ULONG Levels)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST Failed = NULL;

	for (; Block && Levels && !Failed; Block = Block->NextBlock) {
		if (!ToProtocol(Adapter, Block))
			return Block;
		Failed = TreeToProtocol(Adapter, Block->DependentBlockList,
					Levels - 1);
	}
	return Failed;
}

/* Requests that come back with their connection, see ReleaseList(). */
static VOID ReleaseChain(PPT_ADAPTER Adapter,
			 PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Block);

/* Does the object of a block stay? If not, it goes. */
static VOID SettleObject(PPT_OBJECT Object)
{
	if (Object->Lower.MiniportOffloadContext) {
		*Object->UpperContext = Object;		/* IMD-031 */
		return;
	}
	*Object->UpperContext = NULL;
	FreeObject(Object);
}

/* Until @End, which it leaves alone with all that comes after. */
static PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST
TreeToMiniport(PPT_ADAPTER Adapter, PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Block,
	       ULONG Levels, BOOLEAN Ended, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST End)
{
	PPT_OBJECT Object;

	for (; Block && Levels; Block = Block->NextBlock) {
		if ((PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST)Block == End)
			return End;
		Object = ToMiniport(Block);
		if (Object && Ended && Block->Status == NDIS_STATUS_SUCCESS) {
			ReleaseChain(Adapter, Block);
			Object->Lower.MiniportOffloadContext = NULL;
		}
		if (Object)
			SettleObject(Object);
		if (TreeToMiniport(Adapter, Block->DependentBlockList, Levels - 1,
				   Ended, End))
			return End;
	}
	return NULL;
}

static VOID FailTree(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST Block, ULONG Levels)
{
	for (; Block && Levels; Block = Block->NextBlock) {
		Block->Status = NDIS_STATUS_FAILURE;
		FailTree(Block->DependentBlockList, Levels - 1);
	}
}

/* --- state operations ----------------------------------------------------------------- */

typedef VOID PT_DOWN(NDIS_HANDLE NdisBindingHandle,
		     PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList);
typedef VOID PT_UP(NDIS_HANDLE NdisMiniportHandle,
		   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList);

/* IMD-050: down, with the function of the same kind. */
static VOID GoDown(NDIS_HANDLE MiniportAdapterContext,
		   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST Tree, PT_DOWN *Down, PT_UP *Up)
{
	PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Protocol =
		(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST)Tree;
	PPT_ADAPTER Adapter = MiniportAdapterContext;
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST Failed;
	PPT_CALL Call;

	Call = NdisAllocateMemoryWithTagPriority(Adapter->MiniportHandle,
						 sizeof(*Call), PT_TAG,
						 NormalPoolPriority);
	if (!Call) {
		FailTree(Tree, PT_LEVELS);
		Up(Adapter->MiniportHandle, Tree);
		return;
	}
	Failed = TreeToProtocol(Adapter, Tree, PT_LEVELS);
	if (Failed) {
		TreeToMiniport(Adapter, Protocol, PT_LEVELS, FALSE, Failed);
		FailTree(Tree, PT_LEVELS);
		NdisFreeMemory(Call, 0, 0);
		Up(Adapter->MiniportHandle, Tree);
		return;
	}
	/* IMD-051: NDIS will write its own SourceHandle, and we our call. */
	Call->Adapter = Adapter;
	Call->SourceHandle = Tree->SourceHandle;
	Call->ImReserved[0] = Tree->ImReserved[0];
	Call->ImReserved[1] = Tree->ImReserved[1];
	Tree->ImReserved[0] = Call;
	Down(Adapter->BindingHandle, Protocol);
}

/* IMD-052: up, with everything as it was. */
static VOID GoUp(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Tree, PT_UP *Up, BOOLEAN Ended)
{
	PPT_CALL Call = Tree->ImReserved[0];
	PPT_ADAPTER Adapter = Call->Adapter;

	TreeToMiniport(Adapter, Tree, PT_LEVELS, Ended, NULL);
	Tree->ImReserved[0] = Call->ImReserved[0];
	Tree->ImReserved[1] = Call->ImReserved[1];
	Tree->SourceHandle = Call->SourceHandle;
	NdisFreeMemory(Call, 0, 0);
	Up(Adapter->MiniportHandle, (PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST)Tree);
}

#define PT_VERB(Name, Function, Done, Ended) \
	static VOID Mp##Name(NDIS_HANDLE MiniportAdapterContext, \
			     PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST OffloadBlockList) \
	{ \
		GoDown(MiniportAdapterContext, OffloadBlockList, Function, \
		       Done); \
	} \
	static VOID Pt##Name##Complete(NDIS_HANDLE ProtocolBindingContext, \
				       PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST \
				       OffloadBlockList) \
	{ \
		GoUp(OffloadBlockList, Done, Ended); \
	}

PT_VERB(Initiate, NdisInitiateOffload, NdisMInitiateOffloadComplete, FALSE)
PT_VERB(Query, NdisQueryOffloadState, NdisMQueryOffloadStateComplete, FALSE)
PT_VERB(Update, NdisUpdateOffload, NdisMUpdateOffloadComplete, FALSE)
PT_VERB(Invalidate, NdisInvalidateOffload, NdisMInvalidateOffloadComplete, FALSE)
PT_VERB(Terminate, NdisTerminateOffload, NdisMTerminateOffloadComplete, TRUE)

/* O-08: the question goes up with the upper driver's handle, the answer down. */
static VOID PtOffloadEvent(NDIS_HANDLE ProtocolBindingContext,
			   PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList,
			   ULONG IndicationCode)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST Up =
		(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST)OffloadBlockList;
	PPT_OBJECT Object = ToMiniport(OffloadBlockList);

	NdisMOffloadEventIndicate(Object->Adapter->MiniportHandle, Up,
				  IndicationCode);
	OffloadBlockList->OffloadHandle = &Object->Lower;
}

/* --- I/O requests ---------------------------------------------------------------------- */

/*
 * Kept with each structure while the driver below has it: the upper driver's
 * binding, by which NDIS finds it again if several are bound to us (IMD-075).
 */
typedef struct _PT_IO {
	PPT_ADAPTER Adapter;
	NDIS_HANDLE SourceHandle;
} PT_IO, *PPT_IO;

static PPT_IO IoOf(PPT_ADAPTER Adapter, PNET_BUFFER_LIST List)
{
	PPT_IO Io;

	if (!List->Context ||
	    NET_BUFFER_LIST_CONTEXT_DATA_SIZE(List) < sizeof(*Io))
		return NULL;
	Io = (PPT_IO)NET_BUFFER_LIST_CONTEXT_DATA_START(List);
	return Io->Adapter == Adapter ? Io : NULL;
}

/* Send data that came with a connection has none of it. */
static VOID ReleaseList(PPT_ADAPTER Adapter, PNET_BUFFER_LIST List,
			PNET_BUFFER_LIST End)
{
	PPT_IO Io;

	for (; List && List != End; List = List->Next) {
		Io = IoOf(Adapter, List);
		if (!Io)
			continue;
		List->SourceHandle = Io->SourceHandle;
		Io->Adapter = NULL;
		NdisFreeNetBufferListContext(List, sizeof(*Io));
	}
}

static VOID ReleaseChain(PPT_ADAPTER Adapter,
			 PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Block)
{
	if (Block->Header.Type >= TcpOffloadConstState &&
	    Block->Header.Type <= TcpOffloadState)
		ReleaseList(Adapter, Block->NetBufferListChain, NULL);
}

static BOOLEAN KeepList(PPT_ADAPTER Adapter, PNET_BUFFER_LIST List)
{
	PNET_BUFFER_LIST This;
	PPT_IO Io;

	for (This = List; This; This = This->Next) {
		if (NdisAllocateNetBufferListContext(This, sizeof(*Io), 0,
						     PT_TAG)) {
			ReleaseList(Adapter, List, This);
			return FALSE;
		}
		Io = (PPT_IO)NET_BUFFER_LIST_CONTEXT_DATA_START(This);
		Io->Adapter = Adapter;
		Io->SourceHandle = This->SourceHandle;
	}
	return TRUE;
}

/* IMD-074, D-09 */
static VOID FailList(PNET_BUFFER_LIST List)
{
	NDIS_STATUS Status = NDIS_STATUS_REQUEST_UPLOAD;

	for (; List; List = List->Next) {
		NET_BUFFER_LIST_STATUS(List) = Status;
		NET_BUFFER_LIST_INFO(List, TcpOffloadBytesTransferred) = NULL;
		Status = NDIS_STATUS_UPLOAD_REQUESTED;
	}
}

static PNDIS_OFFLOAD_HANDLE LowerOf(PVOID MiniportOffloadContext)
{
	PPT_OBJECT Object = *(PVOID *)MiniportOffloadContext;

	return &Object->Lower;
}

/* IMD-070, IMD-072: the same structures down, and up again. */
#define PT_IO_REQUEST(Name, Function, Member) \
	static NDIS_STATUS Mp##Name(NDIS_HANDLE MiniportAdapterContext, \
				    PVOID MiniportOffloadContext, \
				    PNET_BUFFER_LIST NetBufferList) \
	{ \
		PPT_ADAPTER Adapter = MiniportAdapterContext; \
		\
		if (KeepList(Adapter, NetBufferList)) \
			return Function(Adapter->BindingHandle, \
					LowerOf(MiniportOffloadContext), \
					NetBufferList); \
		FailList(NetBufferList); \
		Adapter->Events.Member(Adapter->MiniportHandle, NetBufferList); \
		return NDIS_STATUS_PENDING; \
	}

#define PT_IO_COMPLETE(Name, Member) \
	static VOID Pt##Name##Complete(NDIS_HANDLE ProtocolBindingContext, \
				       PNET_BUFFER_LIST NetBufferList) \
	{ \
		PPT_ADAPTER Adapter = ProtocolBindingContext; \
		\
		ReleaseList(Adapter, NetBufferList, NULL); \
		Adapter->Events.Member(Adapter->MiniportHandle, NetBufferList); \
	}

PT_IO_REQUEST(Send, NdisOffloadTcpSend, NdisTcpOffloadSendComplete)
PT_IO_REQUEST(Receive, NdisOffloadTcpReceive, NdisTcpOffloadReceiveComplete)
PT_IO_REQUEST(Forward, NdisOffloadTcpForward, NdisTcpOffloadForwardComplete)
PT_IO_COMPLETE(Send, NdisTcpOffloadSendComplete)
PT_IO_COMPLETE(Receive, NdisTcpOffloadReceiveComplete)
PT_IO_COMPLETE(Disconnect, NdisTcpOffloadDisconnectComplete)
PT_IO_COMPLETE(Forward, NdisTcpOffloadForwardComplete)

static NDIS_STATUS MpDisconnect(NDIS_HANDLE MiniportAdapterContext,
				PVOID MiniportOffloadContext,
				PNET_BUFFER_LIST NetBufferList, ULONG Flags)
{
	PPT_ADAPTER Adapter = MiniportAdapterContext;

	if (KeepList(Adapter, NetBufferList))
		return NdisOffloadTcpDisconnect(Adapter->BindingHandle,
						LowerOf(MiniportOffloadContext),
						NetBufferList, Flags);
	FailList(NetBufferList);
	Adapter->Events.NdisTcpOffloadDisconnectComplete(Adapter->MiniportHandle,
							 NetBufferList);
	return NDIS_STATUS_PENDING;
}

/* IMD-071: the data is the target's again when this returns. */
static NDIS_STATUS MpReceiveReturn(NDIS_HANDLE MiniportAdapterContext,
				   PNET_BUFFER_LIST NetBufferList)
{
	PPT_ADAPTER Adapter = MiniportAdapterContext;

	return NdisOffloadTcpReceiveReturn(Adapter->BindingHandle, NetBufferList);
}

/* --- indications -------------------------------------------------------------------------- */

/* IMD-073: the upper driver's handle, and all else as it is. */
static VOID PtEvent(PVOID OffloadContext, ULONG EventType,
		    ULONG EventSpecificInformation)
{
	PPT_OBJECT Object = ObjectOf(OffloadContext);

	Object->Adapter->Events.NdisTcpOffloadEventHandler(Object->Upper,
		EventType, EventSpecificInformation);
}

static NDIS_STATUS PtReceiveIndicate(PVOID OffloadContext,
				     PNET_BUFFER_LIST NetBufferList,
				     NDIS_STATUS Status, PULONG BytesConsumed)
{
	PPT_OBJECT Object = ObjectOf(OffloadContext);

	return Object->Adapter->Events.NdisTcpOffloadReceiveHandler(Object->Upper,
		NetBufferList, Status, BytesConsumed);
}

/* --- what is registered --------------------------------------------------------------------- */

NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS PtProviderGeneric = {
	.Header.Type =
		NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS,
	.Header.Revision =
		NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(PtProviderGeneric),
	.InitiateOffloadHandler = MpInitiate,
	.TerminateOffloadHandler = MpTerminate,
	.UpdateOffloadHandler = MpUpdate,
	.InvalidateOffloadHandler = MpInvalidate,
	.QueryOffloadHandler = MpQuery,
};

NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS PtProviderTcp = {
	.Header.Type = NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_CHARACTERISTICS,
	.Header.Revision =
		NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(PtProviderTcp),
	.OffloadType = NdisTcpChimneyOffload,
	.TcpOffloadSendHandler = MpSend,
	.TcpOffloadReceiveHandler = MpReceive,
	.TcpOffloadDisconnectHandler = MpDisconnect,
	.TcpOffloadForwardHandler = MpForward,
	.TcpOffloadReceiveReturnHandler = MpReceiveReturn,
};

/* IMD-012 */
NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS PtClientGeneric = {
	.Header.Type =
		NDIS_OBJECT_TYPE_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS,
	.Header.Revision =
		NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(PtClientGeneric),
	.InitiateOffloadCompleteHandler = PtInitiateComplete,
	.TerminateOffloadCompleteHandler = PtTerminateComplete,
	.UpdateOffloadCompleteHandler = PtUpdateComplete,
	.InvalidateOffloadCompleteHandler = PtInvalidateComplete,
	.QueryOffloadCompleteHandler = PtQueryComplete,
	.IndicateOffloadEventHandler = PtOffloadEvent,
};

/* IMD-013 */
NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS PtClientTcp = {
	.Header.Type = NDIS_OBJECT_TYPE_CLIENT_CHIMNEY_OFFLOAD_CHARACTERISTICS,
	.Header.Revision =
		NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(PtClientTcp),
	.OffloadType = NdisTcpChimneyOffload,
	.TcpOffloadSendCompleteHandler = PtSendComplete,
	.TcpOffloadReceiveCompleteHandler = PtReceiveComplete,
	.TcpOffloadDisconnectCompleteHandler = PtDisconnectComplete,
	.TcpOffloadForwardCompleteHandler = PtForwardComplete,
	.TcpOffloadEventHandler = PtEvent,
	.TcpOffloadReceiveIndicateHandler = PtReceiveIndicate,
};
