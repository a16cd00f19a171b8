// SPDX-License-Identifier: GPL-2.0
/* The example intermediate driver: registration, binding, OIDs, status. */
#include "passthru.h"

static NDIS_HANDLE MiniportDriver;
static NDIS_HANDLE ProtocolDriver;

/*
 * FALSE in a driver that changes packets: a connection that was offloaded would get
 * round it.
 */
static BOOLEAN AllowOffload = TRUE;

/* --- miniport: what protocols above see --------------------------------------- */

/* IMD-010: the same functions as an offload target, in two calls. */
static NDIS_STATUS MpSetOptions(NDIS_HANDLE NdisDriverHandle,
				NDIS_HANDLE DriverContext)
{
	NDIS_STATUS Status;

	/* NDI-019: without these functions NDIS lets nothing through. */
	if (!AllowOffload)
		return NDIS_STATUS_SUCCESS;
	Status = NdisSetOptionalHandlers(NdisDriverHandle,
					 &PtProviderGeneric.Header);
	if (Status == NDIS_STATUS_SUCCESS)
		Status = NdisSetOptionalHandlers(NdisDriverHandle,
						 &PtProviderTcp.Header);
	return Status;
}

/* REG-050 to REG-053: ask, check, copy. */
static NDIS_STATUS MpGetEvents(PPT_ADAPTER Adapter)
{
	PNDIS_OFFLOAD_EVENT_HANDLERS Handlers = NULL;
	NDIS_STATUS Status;

	Status = NdisMGetOffloadHandlers(Adapter->MiniportHandle,
					 NdisTcpChimneyOffload, &Handlers);
	if (Status != STATUS_SUCCESS)
		return Status;
	if (Handlers->Header.Type != NDIS_OBJECT_TYPE_DEFAULT ||
	    Handlers->Header.Revision !=
	    NDIS_TCP_OFFLOAD_EVENT_HANDLERS_REVISION_1 ||
	    Handlers->Header.Size < sizeof(Adapter->Events))
		return NDIS_STATUS_NOT_SUPPORTED;
	NdisMoveMemory(&Adapter->Events, Handlers, sizeof(Adapter->Events));
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS MpInitialize(NDIS_HANDLE NdisMiniportHandle,
				NDIS_HANDLE MiniportDriverContext,
				PNDIS_MINIPORT_INIT_PARAMETERS InitParameters)
{
	PPT_ADAPTER Adapter = InitParameters->IMDeviceInstanceContext;
	NDIS_MINIPORT_ADAPTER_ATTRIBUTES Attributes;
	NDIS_STATUS Status;

	NdisZeroMemory(&Attributes, sizeof(Attributes));
	Attributes.RegistrationAttributes.Header.Type =
		NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
	Attributes.RegistrationAttributes.Header.Revision =
		NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
	Attributes.RegistrationAttributes.Header.Size =
		sizeof(Attributes.RegistrationAttributes);
	Attributes.RegistrationAttributes.MiniportAdapterContext = Adapter;
	Status = NdisMSetMiniportAttributes(NdisMiniportHandle, &Attributes);
	if (Status != NDIS_STATUS_SUCCESS)
		return Status;
	Adapter->MiniportHandle = NdisMiniportHandle;
	Status = MpGetEvents(Adapter);
	if (Status != NDIS_STATUS_SUCCESS)
		Adapter->MiniportHandle = NULL;
	return Status;
}

/* The adapter's memory goes when we unbind below. */
static VOID MpHalt(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction)
{
	PPT_ADAPTER Adapter = MiniportAdapterContext;

	Adapter->MiniportHandle = NULL;
}

/* --- OID requests --------------------------------------------------------------- */

/* A request goes down as one of our own: the upper driver's stays with NDIS. */
typedef struct _PT_OID {
	NDIS_OID_REQUEST Request;
	PNDIS_OID_REQUEST Upper;
} PT_OID, *PPT_OID;

static VOID OidCopyBack(PPT_OID Oid)
{
	PNDIS_OID_REQUEST Upper = Oid->Upper;

	switch (Upper->RequestType) {
	case NdisRequestSetInformation:
		Upper->DATA.SET_INFORMATION.BytesRead =
			Oid->Request.DATA.SET_INFORMATION.BytesRead;
		Upper->DATA.SET_INFORMATION.BytesNeeded =
			Oid->Request.DATA.SET_INFORMATION.BytesNeeded;
		break;
	default:
		Upper->DATA.QUERY_INFORMATION.BytesWritten =
			Oid->Request.DATA.QUERY_INFORMATION.BytesWritten;
		Upper->DATA.QUERY_INFORMATION.BytesNeeded =
			Oid->Request.DATA.QUERY_INFORMATION.BytesNeeded;
		break;
	}
	NdisFreeMemory(Oid, 0, 0);
}

/* IMD-016 */
static BOOLEAN IsRefused(PNDIS_OID_REQUEST OidRequest)
{
	if (AllowOffload || OidRequest->RequestType != NdisRequestQueryInformation)
		return FALSE;
	switch (OidRequest->DATA.QUERY_INFORMATION.Oid) {
	case OID_TCP_TASK_OFFLOAD:
	case OID_TCP_CONNECTION_OFFLOAD_HARDWARE_CAPABILITIES:
	case OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG:
		return TRUE;
	default:
		return FALSE;
	}
}

/* IMD-014: queries of offload capabilities go down if allowed, sets always. */
static NDIS_STATUS MpOidRequest(NDIS_HANDLE MiniportAdapterContext,
				PNDIS_OID_REQUEST OidRequest)
{
	PPT_ADAPTER Adapter = MiniportAdapterContext;
	NDIS_STATUS Status;
	PPT_OID Oid;

	if (IsRefused(OidRequest))
		return NDIS_STATUS_NOT_SUPPORTED;
	Oid = NdisAllocateMemoryWithTagPriority(Adapter->MiniportHandle,
						sizeof(*Oid), PT_TAG,
						NormalPoolPriority);
	if (!Oid)
		return NDIS_STATUS_RESOURCES;
	NdisZeroMemory(Oid, sizeof(*Oid));
	Oid->Request.Header.Type = NDIS_OBJECT_TYPE_OID_REQUEST;
	Oid->Request.Header.Revision = NDIS_OID_REQUEST_REVISION_1;
	Oid->Request.Header.Size = NDIS_SIZEOF_OID_REQUEST_REVISION_1;
	Oid->Request.RequestType = OidRequest->RequestType;
	Oid->Request.PortNumber = OidRequest->PortNumber;
	Oid->Request.Timeout = OidRequest->Timeout;
	Oid->Request.DATA = OidRequest->DATA;
	Oid->Upper = OidRequest;
	Status = NdisOidRequest(Adapter->BindingHandle, &Oid->Request);
	if (Status != NDIS_STATUS_PENDING)
		OidCopyBack(Oid);
	return Status;
}

static VOID PtOidRequestComplete(NDIS_HANDLE ProtocolBindingContext,
				 PNDIS_OID_REQUEST OidRequest, NDIS_STATUS Status)
{
	PPT_OID Oid = CONTAINING_RECORD(OidRequest, PT_OID, Request);
	PPT_ADAPTER Adapter = ProtocolBindingContext;
	PNDIS_OID_REQUEST Upper = Oid->Upper;

	OidCopyBack(Oid);
	NdisMOidRequestComplete(Adapter->MiniportHandle, Upper, Status);
}

/* --- protocol: what the adapter below sees -------------------------------------- */

/* IMD-011: two calls here as well. */
static NDIS_STATUS PtSetOptions(NDIS_HANDLE NdisDriverHandle,
				NDIS_HANDLE DriverContext)
{
	NDIS_STATUS Status;

	Status = NdisSetOptionalHandlers(NdisDriverHandle,
					 &PtClientGeneric.Header);
	if (Status == NDIS_STATUS_SUCCESS)
		Status = NdisSetOptionalHandlers(NdisDriverHandle,
						 &PtClientTcp.Header);
	return Status;
}

static NDIS_STATUS PtOpen(PPT_ADAPTER Adapter, PNDIS_STRING Name,
			  NDIS_HANDLE BindContext)
{
	NDIS_MEDIUM Medium = NdisMedium802_3;
	NDIS_OPEN_PARAMETERS Parameters;
	UINT Selected = 0;

	NdisZeroMemory(&Parameters, sizeof(Parameters));
	Parameters.Header.Type = NDIS_OBJECT_TYPE_OPEN_PARAMETERS;
	Parameters.Header.Revision = NDIS_OPEN_PARAMETERS_REVISION_1;
	Parameters.Header.Size = sizeof(Parameters);
	Parameters.AdapterName = Name;
	Parameters.MediumArray = &Medium;
	Parameters.MediumArraySize = 1;
	Parameters.SelectedMediumIndex = &Selected;
	return NdisOpenAdapterEx(ProtocolDriver, Adapter, &Parameters,
				 BindContext, &Adapter->BindingHandle);
}

/* Our instance above "NAME" is "im.NAME". */
static NDIS_STATUS PtBecomeAdapter(PPT_ADAPTER Adapter, PNDIS_STRING Below)
{
	static const WCHAR Prefix[] = { 'i', 'm', '.' };
	NDIS_STRING Name;

	if (sizeof(Prefix) + Below->Length > sizeof(Adapter->Name))
		return NDIS_STATUS_INVALID_LENGTH;
	NdisMoveMemory(Adapter->Name, Prefix, sizeof(Prefix));
	NdisMoveMemory((PUCHAR)Adapter->Name + sizeof(Prefix), Below->Buffer,
		       Below->Length);
	Name.Buffer = Adapter->Name;
	Name.Length = sizeof(Prefix) + Below->Length;
	Name.MaximumLength = sizeof(Adapter->Name);
	return NdisIMInitializeDeviceInstanceEx(MiniportDriver, &Name, Adapter);
}

static NDIS_STATUS PtBindAdapter(NDIS_HANDLE ProtocolDriverContext,
				 NDIS_HANDLE BindContext,
				 PNDIS_BIND_PARAMETERS BindParameters)
{
	PPT_ADAPTER Adapter;
	NDIS_STATUS Status;

	Adapter = NdisAllocateMemoryWithTagPriority(ProtocolDriver,
						    sizeof(*Adapter), PT_TAG,
						    NormalPoolPriority);
	if (!Adapter)
		return NDIS_STATUS_RESOURCES;
	NdisZeroMemory(Adapter, sizeof(*Adapter));
	NdisAllocateSpinLock(&Adapter->Lock);
	NdisInitializeListHead(&Adapter->Objects);
	Status = PtOpen(Adapter, BindParameters->AdapterName, BindContext);
	if (Status != NDIS_STATUS_SUCCESS)
		goto FreeAdapter;
	Status = PtBecomeAdapter(Adapter, BindParameters->AdapterName);
	if (Status != NDIS_STATUS_SUCCESS)
		goto Close;
	return NDIS_STATUS_SUCCESS;

Close:
	NdisCloseAdapterEx(Adapter->BindingHandle);
FreeAdapter:
	NdisFreeMemory(Adapter, 0, 0);
	return Status;
}

/* From above to below: who is bound to us goes before we do. */
static NDIS_STATUS PtUnbindAdapter(NDIS_HANDLE UnbindContext,
				   NDIS_HANDLE ProtocolBindingContext)
{
	PPT_ADAPTER Adapter = ProtocolBindingContext;

	NdisIMDeInitializeDeviceInstance(Adapter->MiniportHandle);
	NdisCloseAdapterEx(Adapter->BindingHandle);
	PtFreeObjects(Adapter);
	NdisFreeSpinLock(&Adapter->Lock);
	NdisFreeMemory(Adapter, 0, 0);
	return NDIS_STATUS_SUCCESS;
}

/* What the adapter below tells us, we tell those above, as our own. */
static VOID PtStatus(NDIS_HANDLE ProtocolBindingContext,
		     PNDIS_STATUS_INDICATION StatusIndication)
{
	NDIS_STATUS_INDICATION Indication = *StatusIndication;
	PPT_ADAPTER Adapter = ProtocolBindingContext;
	NDIS_HANDLE Handle = Adapter->MiniportHandle;

	if (!Handle)
		return;
	Indication.SourceHandle = Handle;
	/* That was us, not one of those above; if anybody, all of them are told. */
	Indication.DestinationHandle = NULL;
	NdisMIndicateStatusEx(Handle, &Indication);
}

/* --- the driver ------------------------------------------------------------------ */

static VOID PtUnload(PDRIVER_OBJECT DriverObject)
{
	NdisDeregisterProtocolDriver(ProtocolDriver);
	NdisMDeregisterMiniportDriver(MiniportDriver);
}

static NDIS_STATUS RegisterMiniport(PDRIVER_OBJECT DriverObject,
				    PUNICODE_STRING RegistryPath)
{
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS Miniport;

	NdisZeroMemory(&Miniport, sizeof(Miniport));
	Miniport.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
	Miniport.Header.Revision =
		NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1;
	Miniport.Header.Size =
		NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1;
	Miniport.MajorNdisVersion = 6;
	Miniport.Flags = NDIS_INTERMEDIATE_DRIVER;
	Miniport.SetOptionsHandler = MpSetOptions;
	Miniport.InitializeHandlerEx = MpInitialize;
	Miniport.HaltHandlerEx = MpHalt;
	Miniport.UnloadHandler = PtUnload;
	Miniport.OidRequestHandler = MpOidRequest;
	return NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL,
					   &Miniport, &MiniportDriver);
}

static NDIS_STATUS RegisterProtocol(VOID)
{
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS Protocol;
	NDIS_STRING Name = NDIS_STRING_CONST("passthru");

	NdisZeroMemory(&Protocol, sizeof(Protocol));
	Protocol.Header.Type = NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS;
	Protocol.Header.Revision =
		NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1;
	Protocol.Header.Size =
		NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1;
	Protocol.MajorNdisVersion = 6;
	Protocol.Name = Name;
	Protocol.SetOptionsHandler = PtSetOptions;
	Protocol.BindAdapterHandlerEx = PtBindAdapter;
	Protocol.UnbindAdapterHandlerEx = PtUnbindAdapter;
	Protocol.OidRequestCompleteHandler = PtOidRequestComplete;
	Protocol.StatusHandlerEx = PtStatus;
	return NdisRegisterProtocolDriver(NULL, &Protocol, &ProtocolDriver);
}

DRIVER_INITIALIZE DriverEntry;

/* REG-030: the miniport first, since the protocol is told to bind at once. */
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	NDIS_STATUS Status;

	Status = RegisterMiniport(DriverObject, RegistryPath);
	if (Status != NDIS_STATUS_SUCCESS)
		return Status;
	NdisIMAssociateMiniport(MiniportDriver, ProtocolDriver);
	Status = RegisterProtocol();
	if (Status != NDIS_STATUS_SUCCESS)
		NdisMDeregisterMiniportDriver(MiniportDriver);
	return Status;
}
