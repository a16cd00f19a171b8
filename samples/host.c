// SPDX-License-Identifier: GPL-2.0
/*
 * An example host stack, in NDIS style only: it binds to an adapter, enables
 * offloading, offloads a neighbor and a path on it, updates and queries them, and
 * takes both back when it is told to or unbound. It says how each of that ended.
 */
#include <ndis.h>
#include <ndischimney.h>

#define HOST_TAG	0x74736f48
#define HOST_MTU	1500
#define HOST_SMALL_MTU	1400

/* A block and behind it, without a gap, what its Type names (BLK-012). */
typedef struct _HOST_NEIGHBOR {
	NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Block;
	NEIGHBOR_OFFLOAD_STATE_CONST Const;
	NEIGHBOR_OFFLOAD_STATE_CACHED Cached;
	NEIGHBOR_OFFLOAD_STATE_DELEGATED Delegated;
} HOST_NEIGHBOR, *PHOST_NEIGHBOR;

typedef struct _HOST_PATH {
	NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Block;
	PATH_OFFLOAD_STATE_CONST Const;
	PATH_OFFLOAD_STATE_CACHED Cached;
	PATH_OFFLOAD_STATE_DELEGATED Delegated;
	/* Const leads here; a query writes what is there. */
	UCHAR Source[4];
	UCHAR Destination[4];
} HOST_PATH, *PHOST_PATH;

/* Only what can change: the cached state, again without a gap (UPD-054). */
typedef struct _HOST_NEIGHBOR_UPDATE {
	NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Block;
	NEIGHBOR_OFFLOAD_STATE_CACHED Cached;
} HOST_NEIGHBOR_UPDATE, *PHOST_NEIGHBOR_UPDATE;

typedef struct _HOST_PATH_UPDATE {
	NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Block;
	PATH_OFFLOAD_STATE_CACHED Cached;
} HOST_PATH_UPDATE, *PHOST_PATH_UPDATE;

/*
 * One for each adapter. The two NDIS_OFFLOAD_HANDLE structures stay where they are
 * as long as the objects are offloaded: NDIS and all drivers below know them by
 * their addresses.
 */
typedef struct _HOST {
	NDIS_HANDLE BindingHandle;
	NDIS_OFFLOAD_HANDLE NeighborHandle;
	NDIS_OFFLOAD_HANDLE PathHandle;
	HOST_NEIGHBOR Neighbor;
	HOST_PATH Path;
	HOST_NEIGHBOR_UPDATE NeighborUpdate;
	HOST_PATH_UPDATE PathUpdate;
	NDIS_EVENT Done;
	NDIS_STATUS RequestStatus;
	LONG Terminating;
} HOST, *PHOST;

static NDIS_HANDLE ProtocolDriver;

/* --- trees ---------------------------------------------------------------------- */

static VOID FillBlock(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Block, UCHAR Type,
		      PNDIS_OFFLOAD_HANDLE Handle)
{
	NdisZeroMemory(Block, sizeof(*Block));
	Block->Header.Type = Type;
	Block->Header.Revision = NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST_REVISION_1;
	Block->Header.Size = NDIS_SIZEOF_PROTOCOL_OFFLOAD_BLOCK_LIST_REVISION_1;
	/* A new object if its MiniportOffloadContext is NULL (BLK-170). */
	Block->OffloadHandle = Handle;
}

static VOID FillNeighbor(PHOST Host)
{
	static const UCHAR Mac[] = { 2, 0, 0, 0, 0, 2 };
	PHOST_NEIGHBOR Neighbor = &Host->Neighbor;

	NdisZeroMemory(Neighbor, sizeof(*Neighbor));
	FillBlock(&Neighbor->Block, NeighborOffloadState, &Host->NeighborHandle);
	/* Lengths are set in all structures, whatever the operation (BLK-040). */
	Neighbor->Const.Header.Length = sizeof(Neighbor->Const);
	Neighbor->Cached.Header.Length = sizeof(Neighbor->Cached);
	Neighbor->Delegated.Header.Length = sizeof(Neighbor->Delegated);
	NdisMoveMemory(Neighbor->Cached.DlDestinationAddress, Mac, sizeof(Mac));
}

static VOID FillPath(PHOST Host)
{
	static const UCHAR Source[] = { 10, 0, 0, 1 };
	static const UCHAR Destination[] = { 10, 0, 0, 2 };
	PHOST_PATH Path = &Host->Path;

	NdisZeroMemory(Path, sizeof(*Path));
	FillBlock(&Path->Block, Ip4OffloadState, &Host->PathHandle);
	Path->Const.Header.Length = sizeof(Path->Const);
	Path->Cached.Header.Length = sizeof(Path->Cached);
	Path->Delegated.Header.Length = sizeof(Path->Delegated);
	NdisMoveMemory(Path->Source, Source, sizeof(Source));
	NdisMoveMemory(Path->Destination, Destination, sizeof(Destination));
	Path->Const.SourceAddress = Path->Source;
	Path->Const.DestinationAddress = Path->Destination;
	Path->Cached.PathMtu = HOST_MTU;
}

/* The path depends on the neighbor: one tree, one call. */
static PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST FillTree(PHOST Host)
{
	FillNeighbor(Host);
	FillPath(Host);
	Host->Neighbor.Block.DependentBlockList = &Host->Path.Block;
	return &Host->Neighbor.Block;
}

/* The neighbor has another address, the path another MTU; they stay linked. */
static PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST FillUpdate(PHOST Host)
{
	static const UCHAR Mac[] = { 2, 0, 0, 0, 0, 3 };
	PHOST_NEIGHBOR_UPDATE Neighbor = &Host->NeighborUpdate;
	PHOST_PATH_UPDATE Path = &Host->PathUpdate;

	NdisZeroMemory(Neighbor, sizeof(*Neighbor));
	FillBlock(&Neighbor->Block, NeighborOffloadCachedState,
		  &Host->NeighborHandle);
	Neighbor->Cached.Header.Length = sizeof(Neighbor->Cached);
	NdisMoveMemory(Neighbor->Cached.DlDestinationAddress, Mac, sizeof(Mac));
	NdisZeroMemory(Path, sizeof(*Path));
	FillBlock(&Path->Block, Ip4OffloadCachedState, &Host->PathHandle);
	Path->Cached.Header.Length = sizeof(Path->Cached);
	Path->Cached.PathMtu = HOST_SMALL_MTU;
	Neighbor->Block.DependentBlockList = &Path->Block;
	return &Neighbor->Block;
}

/* --- completions: the tree is ours again ------------------------------------------ */

static VOID Report(PHOST Host, const char *What,
		   PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Neighbor)
{
	DbgPrint("host: %s: neighbor 0x%08x, path 0x%08x\n", What,
		 Neighbor->Status, Neighbor->DependentBlockList->Status);
	NdisSetEvent(&Host->Done);
}

static VOID InitiateComplete(NDIS_HANDLE ProtocolBindingContext,
			     PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	Report(ProtocolBindingContext, "offloaded", OffloadBlockList);
}

static VOID UpdateComplete(NDIS_HANDLE ProtocolBindingContext,
			   PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	Report(ProtocolBindingContext, "updated", OffloadBlockList);
}

/* What the target has written lies where we had our own values. */
static VOID QueryComplete(NDIS_HANDLE ProtocolBindingContext,
			  PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	PHOST Host = ProtocolBindingContext;

	DbgPrint("host: path MTU %u\n", Host->Path.Cached.PathMtu);
	Report(Host, "queried", OffloadBlockList);
}

static VOID InvalidateComplete(NDIS_HANDLE ProtocolBindingContext,
			       PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	Report(ProtocolBindingContext, "invalidated", OffloadBlockList);
}

static VOID TerminateComplete(NDIS_HANDLE ProtocolBindingContext,
			      PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList)
{
	PHOST Host = ProtocolBindingContext;

	/* What is new the next time must look so. */
	Host->NeighborHandle.MiniportOffloadContext = NULL;
	Host->PathHandle.MiniportOffloadContext = NULL;
	Report(Host, "terminated", OffloadBlockList);
}

/* NBR-056: how long ago was the neighbor last heard of? Just now, we say. */
static VOID OffloadEvent(NDIS_HANDLE ProtocolBindingContext,
			 PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList,
			 ULONG IndicationCode)
{
	PHOST_NEIGHBOR Neighbor = CONTAINING_RECORD(OffloadBlockList,
						    HOST_NEIGHBOR, Block);

	if (IndicationCode == NeighborReachabilityQuery)
		Neighbor->Cached.HostReachabilityDelta = 0;
}

/* --- connections: we offload none, so nothing of this is called -------------------- */

static VOID IoComplete(NDIS_HANDLE ProtocolBindingContext,
		       PNET_BUFFER_LIST NetBufferList)
{
}

static VOID TcpEvent(PVOID OffloadContext, ULONG EventType,
		     ULONG EventSpecificInformation)
{
}

static NDIS_STATUS TcpReceive(PVOID OffloadContext, PNET_BUFFER_LIST NetBufferList,
			      NDIS_STATUS Status, PULONG BytesConsumed)
{
	*BytesConsumed = 0;
	return NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED;
}

/* --- asking the adapter --------------------------------------------------------------- */

static VOID OidRequestComplete(NDIS_HANDLE ProtocolBindingContext,
			       PNDIS_OID_REQUEST OidRequest, NDIS_STATUS Status)
{
	PHOST Host = ProtocolBindingContext;

	Host->RequestStatus = Status;
	NdisSetEvent(&Host->Done);
}

/* CAP-011: nothing is offloaded that has not been enabled. */
static NDIS_STATUS Enable(PHOST Host)
{
	NDIS_TCP_CONNECTION_OFFLOAD Config;
	NDIS_OID_REQUEST Request;
	NDIS_STATUS Status;

	NdisZeroMemory(&Config, sizeof(Config));
	Config.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
	Config.Header.Revision = NDIS_TCP_CONNECTION_OFFLOAD_REVISION_1;
	Config.Header.Size = NDIS_SIZEOF_TCP_CONNECTION_OFFLOAD_REVISION_1;
	Config.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
	Config.SupportIPv4 = NDIS_OFFLOAD_SET_ON;
	NdisZeroMemory(&Request, sizeof(Request));
	Request.Header.Type = NDIS_OBJECT_TYPE_OID_REQUEST;
	Request.Header.Revision = NDIS_OID_REQUEST_REVISION_1;
	Request.Header.Size = NDIS_SIZEOF_OID_REQUEST_REVISION_1;
	Request.RequestType = NdisRequestSetInformation;
	Request.DATA.SET_INFORMATION.Oid =
		OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG;
	Request.DATA.SET_INFORMATION.InformationBuffer = &Config;
	Request.DATA.SET_INFORMATION.InformationBufferLength = sizeof(Config);
	NdisResetEvent(&Host->Done);
	Status = NdisOidRequest(Host->BindingHandle, &Request);
	if (Status != NDIS_STATUS_PENDING)
		return Status;
	NdisWaitEvent(&Host->Done, 0);
	return Host->RequestStatus;
}

/* Once, whoever is first: the adapter, which asks for it, or we, who go. */
static BOOLEAN Terminate(PHOST Host)
{
	if (NdisInterlockedIncrement(&Host->Terminating) != 1)
		return FALSE;
	NdisTerminateOffload(Host->BindingHandle, FillTree(Host));
	return TRUE;
}

/* STA-050. A function of NDIS may be called from here, but not waited for. */
static VOID StatusIndication(NDIS_HANDLE ProtocolBindingContext,
			     PNDIS_STATUS_INDICATION Indication)
{
	PHOST Host = ProtocolBindingContext;

	if (Indication->StatusCode == NDIS_STATUS_UPLOAD_ALL &&
	    Host->NeighborHandle.MiniportOffloadContext)
		Terminate(Host);
}

/* --- binding ------------------------------------------------------------------------------ */

static NDIS_STATUS Open(PHOST Host, PNDIS_STRING Name, NDIS_HANDLE BindContext)
{
	NDIS_OPEN_PARAMETERS Parameters;

	NdisZeroMemory(&Parameters, sizeof(Parameters));
	Parameters.Header.Type = NDIS_OBJECT_TYPE_OPEN_PARAMETERS;
	Parameters.Header.Revision = NDIS_OPEN_PARAMETERS_REVISION_1;
	Parameters.Header.Size = sizeof(Parameters);
	Parameters.AdapterName = Name;
	return NdisOpenAdapterEx(ProtocolDriver, Host, &Parameters, BindContext,
				 &Host->BindingHandle);
}

typedef VOID HOST_VERB(NDIS_HANDLE NdisBindingHandle,
		       PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST OffloadBlockList);

/* The target says how it ended in the completion handler, in any context. */
static VOID Run(PHOST Host, HOST_VERB *Verb, PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST Tree)
{
	NdisResetEvent(&Host->Done);
	Verb(Host->BindingHandle, Tree);
	NdisWaitEvent(&Host->Done, 0);
}

static NDIS_STATUS BindAdapter(NDIS_HANDLE ProtocolDriverContext,
			       NDIS_HANDLE BindContext,
			       PNDIS_BIND_PARAMETERS BindParameters)
{
	NDIS_STATUS Status;
	PHOST Host;

	Host = NdisAllocateMemoryWithTagPriority(ProtocolDriver, sizeof(*Host),
						 HOST_TAG, NormalPoolPriority);
	if (!Host)
		return NDIS_STATUS_RESOURCES;
	NdisZeroMemory(Host, sizeof(*Host));
	NdisInitializeEvent(&Host->Done);
	Status = Open(Host, BindParameters->AdapterName, BindContext);
	if (Status != NDIS_STATUS_SUCCESS)
		goto FreeHost;
	Status = Enable(Host);
	if (Status != NDIS_STATUS_SUCCESS)
		goto Close;
	Run(Host, NdisInitiateOffload, FillTree(Host));
	if (Host->PathHandle.MiniportOffloadContext) {
		Run(Host, NdisUpdateOffload, FillUpdate(Host));
		Run(Host, NdisQueryOffloadState, FillTree(Host));
	}
	return NDIS_STATUS_SUCCESS;

Close:
	NdisCloseAdapterEx(Host->BindingHandle);
FreeHost:
	NdisFreeMemory(Host, 0, 0);
	return Status;
}

/* What was offloaded is taken back before the adapter is closed. */
static NDIS_STATUS UnbindAdapter(NDIS_HANDLE UnbindContext,
				 NDIS_HANDLE ProtocolBindingContext)
{
	PHOST Host = ProtocolBindingContext;

	if (Host->NeighborHandle.MiniportOffloadContext) {
		/* Nothing is sent that depends on it any more (INV-031). */
		Run(Host, NdisInvalidateOffload, FillTree(Host));
		NdisResetEvent(&Host->Done);
		if (Terminate(Host))
			NdisWaitEvent(&Host->Done, 0);
	}
	NdisCloseAdapterEx(Host->BindingHandle);
	NdisFreeMemory(Host, 0, 0);
	return NDIS_STATUS_SUCCESS;
}

/* --- the driver ---------------------------------------------------------------------------- */

static NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS ClientGeneric = {
	.Header.Type =
		NDIS_OBJECT_TYPE_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS,
	.Header.Revision =
		NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(ClientGeneric),
	.InitiateOffloadCompleteHandler = InitiateComplete,
	.TerminateOffloadCompleteHandler = TerminateComplete,
	.UpdateOffloadCompleteHandler = UpdateComplete,
	.InvalidateOffloadCompleteHandler = InvalidateComplete,
	.QueryOffloadCompleteHandler = QueryComplete,
	.IndicateOffloadEventHandler = OffloadEvent,
};

static NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS ClientTcp = {
	.Header.Type = NDIS_OBJECT_TYPE_CLIENT_CHIMNEY_OFFLOAD_CHARACTERISTICS,
	.Header.Revision =
		NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS_REVISION_1,
	.Header.Size = sizeof(ClientTcp),
	.OffloadType = NdisTcpChimneyOffload,
	.TcpOffloadSendCompleteHandler = IoComplete,
	.TcpOffloadReceiveCompleteHandler = IoComplete,
	.TcpOffloadDisconnectCompleteHandler = IoComplete,
	.TcpOffloadForwardCompleteHandler = IoComplete,
	.TcpOffloadEventHandler = TcpEvent,
	.TcpOffloadReceiveIndicateHandler = TcpReceive,
};

static NDIS_STATUS SetOptions(NDIS_HANDLE NdisDriverHandle,
			      NDIS_HANDLE DriverContext)
{
	NDIS_STATUS Status;

	Status = NdisSetOptionalHandlers(NdisDriverHandle, &ClientGeneric.Header);
	if (Status == NDIS_STATUS_SUCCESS)
		Status = NdisSetOptionalHandlers(NdisDriverHandle,
						 &ClientTcp.Header);
	return Status;
}

static VOID HostUnload(PDRIVER_OBJECT DriverObject)
{
	NdisDeregisterProtocolDriver(ProtocolDriver);
}

DRIVER_INITIALIZE DriverEntry;

_Use_decl_annotations_
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS Protocol;
	NDIS_STRING Name = NDIS_STRING_CONST("host");

	UNREFERENCED_PARAMETER(RegistryPath);
	PAGED_CODE();
	NdisZeroMemory(&Protocol, sizeof(Protocol));
	Protocol.Header.Type = NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS;
	Protocol.Header.Revision =
		NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1;
	Protocol.Header.Size =
		NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1;
	Protocol.MajorNdisVersion = 6;
	Protocol.Name = Name;
	Protocol.SetOptionsHandler = SetOptions;
	Protocol.BindAdapterHandlerEx = BindAdapter;
	Protocol.UnbindAdapterHandlerEx = UnbindAdapter;
	Protocol.OidRequestCompleteHandler = OidRequestComplete;
	Protocol.StatusHandlerEx = StatusIndication;
	DriverObject->DriverUnload = HostUnload;
	return NdisRegisterProtocolDriver(NULL, &Protocol, &ProtocolDriver);
}
