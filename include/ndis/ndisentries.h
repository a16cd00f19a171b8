/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The NDIS functions other than those of the chimney: result, name, parameters,
 * arguments. The one list of which prototypes, exported symbols and the entry
 * table in the Windows calling convention are made; included wherever one of
 * these is wanted, after
 *
 *   NDIS_ENTRY()     has been defined for functions that are the same in both
 *                    calling conventions, and
 *   NDIS_ENTRY_CB()  for those that are given functions of the driver.
 */

/* Registration and binding; PASSIVE_LEVEL: process context, may sleep */
NDIS_ENTRY_CB(NDIS_STATUS, NdisMRegisterMiniportDriver,
	      (PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath,
	       NDIS_HANDLE MiniportDriverContext,
	       PNDIS_MINIPORT_DRIVER_CHARACTERISTICS Characteristics,
	       PNDIS_HANDLE NdisMiniportDriverHandle),
	      (DriverObject, RegistryPath, MiniportDriverContext, Characteristics,
	       NdisMiniportDriverHandle))
NDIS_ENTRY(VOID, NdisMDeregisterMiniportDriver,
	   (NDIS_HANDLE NdisMiniportDriverHandle), (NdisMiniportDriverHandle))
NDIS_ENTRY(NDIS_STATUS, NdisMSetMiniportAttributes,
	   (NDIS_HANDLE NdisMiniportAdapterHandle,
	    PNDIS_MINIPORT_ADAPTER_ATTRIBUTES MiniportAttributes),
	   (NdisMiniportAdapterHandle, MiniportAttributes))
NDIS_ENTRY(VOID, NdisMPauseComplete, (NDIS_HANDLE MiniportAdapterHandle),
	   (MiniportAdapterHandle))
NDIS_ENTRY(VOID, NdisMRestartComplete,
	   (NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status),
	   (MiniportAdapterHandle, Status))
NDIS_ENTRY(NDIS_STATUS, NdisIMInitializeDeviceInstanceEx,
	   (NDIS_HANDLE DriverHandle, PNDIS_STRING DriverInstance,
	    NDIS_HANDLE DeviceContext),
	   (DriverHandle, DriverInstance, DeviceContext))
NDIS_ENTRY(NDIS_STATUS, NdisIMDeInitializeDeviceInstance,
	   (NDIS_HANDLE NdisMiniportHandle), (NdisMiniportHandle))
NDIS_ENTRY(VOID, NdisIMAssociateMiniport,
	   (NDIS_HANDLE DriverHandle, NDIS_HANDLE ProtocolHandle),
	   (DriverHandle, ProtocolHandle))
NDIS_ENTRY_CB(NDIS_STATUS, NdisRegisterProtocolDriver,
	      (NDIS_HANDLE ProtocolDriverContext,
	       PNDIS_PROTOCOL_DRIVER_CHARACTERISTICS Characteristics,
	       PNDIS_HANDLE NdisProtocolHandle),
	      (ProtocolDriverContext, Characteristics, NdisProtocolHandle))
NDIS_ENTRY(VOID, NdisDeregisterProtocolDriver, (NDIS_HANDLE NdisProtocolHandle),
	   (NdisProtocolHandle))
NDIS_ENTRY(NDIS_STATUS, NdisReEnumerateProtocolBindings,
	   (NDIS_HANDLE NdisProtocolHandle), (NdisProtocolHandle))
NDIS_ENTRY(VOID, NdisCompleteBindAdapterEx,
	   (NDIS_HANDLE BindAdapterContext, NDIS_STATUS Status),
	   (BindAdapterContext, Status))
NDIS_ENTRY(VOID, NdisCompleteUnbindAdapterEx, (NDIS_HANDLE UnbindContext),
	   (UnbindContext))
NDIS_ENTRY(NDIS_STATUS, NdisOpenAdapterEx,
	   (NDIS_HANDLE NdisProtocolHandle, NDIS_HANDLE ProtocolBindingContext,
	    PNDIS_OPEN_PARAMETERS OpenParameters, NDIS_HANDLE BindContext,
	    PNDIS_HANDLE NdisBindingHandle),
	   (NdisProtocolHandle, ProtocolBindingContext, OpenParameters, BindContext,
	    NdisBindingHandle))
NDIS_ENTRY(NDIS_STATUS, NdisCloseAdapterEx, (NDIS_HANDLE NdisBindingHandle),
	   (NdisBindingHandle))

/* OID requests and status indications; any context */
NDIS_ENTRY(NDIS_STATUS, NdisOidRequest,
	   (NDIS_HANDLE NdisBindingHandle, PNDIS_OID_REQUEST OidRequest),
	   (NdisBindingHandle, OidRequest))
NDIS_ENTRY(VOID, NdisMOidRequestComplete,
	   (NDIS_HANDLE MiniportAdapterHandle, PNDIS_OID_REQUEST OidRequest,
	    NDIS_STATUS Status),
	   (MiniportAdapterHandle, OidRequest, Status))
NDIS_ENTRY(VOID, NdisMIndicateStatusEx,
	   (NDIS_HANDLE MiniportAdapterHandle,
	    PNDIS_STATUS_INDICATION StatusIndication),
	   (MiniportAdapterHandle, StatusIndication))

/* Pools; PASSIVE_LEVEL */
NDIS_ENTRY(NDIS_HANDLE, NdisAllocateNetBufferListPool,
	   (NDIS_HANDLE NdisHandle, PNET_BUFFER_LIST_POOL_PARAMETERS Parameters),
	   (NdisHandle, Parameters))
NDIS_ENTRY(VOID, NdisFreeNetBufferListPool, (NDIS_HANDLE PoolHandle), (PoolHandle))
NDIS_ENTRY(NDIS_HANDLE, NdisAllocateNetBufferPool,
	   (NDIS_HANDLE NdisHandle, PNET_BUFFER_POOL_PARAMETERS Parameters),
	   (NdisHandle, Parameters))
NDIS_ENTRY(VOID, NdisFreeNetBufferPool, (NDIS_HANDLE PoolHandle), (PoolHandle))

/* Buffer lists, buffers and MDLs; any context */
NDIS_ENTRY(PNET_BUFFER_LIST, NdisAllocateNetBufferList,
	   (NDIS_HANDLE PoolHandle, USHORT ContextSize, USHORT ContextBackFill),
	   (PoolHandle, ContextSize, ContextBackFill))
NDIS_ENTRY(PNET_BUFFER_LIST, NdisAllocateNetBufferAndNetBufferList,
	   (NDIS_HANDLE PoolHandle, USHORT ContextSize, USHORT ContextBackFill,
	    PMDL MdlChain, ULONG DataOffset, SIZE_T DataLength),
	   (PoolHandle, ContextSize, ContextBackFill, MdlChain, DataOffset, DataLength))
NDIS_ENTRY(VOID, NdisFreeNetBufferList, (PNET_BUFFER_LIST NetBufferList),
	   (NetBufferList))
NDIS_ENTRY(PNET_BUFFER, NdisAllocateNetBuffer,
	   (NDIS_HANDLE PoolHandle, PMDL MdlChain, ULONG DataOffset, SIZE_T DataLength),
	   (PoolHandle, MdlChain, DataOffset, DataLength))
NDIS_ENTRY(PNET_BUFFER, NdisAllocateNetBufferMdlAndData, (NDIS_HANDLE PoolHandle),
	   (PoolHandle))
NDIS_ENTRY(VOID, NdisFreeNetBuffer, (PNET_BUFFER NetBuffer), (NetBuffer))
NDIS_ENTRY(NDIS_STATUS, NdisAllocateNetBufferListContext,
	   (PNET_BUFFER_LIST NetBufferList, USHORT ContextSize, USHORT ContextBackFill,
	    ULONG PoolTag),
	   (NetBufferList, ContextSize, ContextBackFill, PoolTag))
NDIS_ENTRY(VOID, NdisFreeNetBufferListContext,
	   (PNET_BUFFER_LIST NetBufferList, USHORT ContextSize),
	   (NetBufferList, ContextSize))
NDIS_ENTRY_CB(NDIS_STATUS, NdisRetreatNetBufferDataStart,
	      (PNET_BUFFER NetBuffer, ULONG DataOffsetDelta, ULONG DataBackFill,
	       NET_BUFFER_ALLOCATE_MDL_HANDLER AllocateMdlHandler),
	      (NetBuffer, DataOffsetDelta, DataBackFill, AllocateMdlHandler))
NDIS_ENTRY_CB(VOID, NdisAdvanceNetBufferDataStart,
	      (PNET_BUFFER NetBuffer, ULONG DataOffsetDelta, BOOLEAN FreeMdl,
	       NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler),
	      (NetBuffer, DataOffsetDelta, FreeMdl, FreeMdlHandler))
NDIS_ENTRY(PVOID, NdisGetDataBuffer,
	   (PNET_BUFFER NetBuffer, ULONG BytesNeeded, PVOID Storage,
	    UINT AlignMultiple, UINT AlignOffset),
	   (NetBuffer, BytesNeeded, Storage, AlignMultiple, AlignOffset))
NDIS_ENTRY(PMDL, NdisAllocateMdl,
	   (NDIS_HANDLE NdisHandle, PVOID VirtualAddress, UINT Length),
	   (NdisHandle, VirtualAddress, Length))
NDIS_ENTRY(VOID, NdisFreeMdl, (PMDL Mdl), (Mdl))
NDIS_ENTRY(VOID, NdisQueryMdl,
	   (PMDL Mdl, PVOID *VirtualAddress, PUINT Length, MM_PAGE_PRIORITY Priority),
	   (Mdl, VirtualAddress, Length, Priority))
NDIS_ENTRY(VOID, NdisQueryMdlOffset, (PMDL Mdl, PUINT Offset, PUINT Length),
	   (Mdl, Offset, Length))
NDIS_ENTRY(PVOID, MmGetSystemAddressForMdlSafe, (PMDL Mdl, ULONG Priority),
	   (Mdl, Priority))
NDIS_ENTRY(VOID, MmUnmapLockedPages, (PVOID BaseAddress, PMDL Mdl),
	   (BaseAddress, Mdl))
NDIS_ENTRY(VOID, MmBuildMdlForNonPagedPool, (PMDL Mdl), (Mdl))

/* Memory; any context */
NDIS_ENTRY(PVOID, NdisAllocateMemoryWithTagPriority,
	   (NDIS_HANDLE NdisHandle, UINT Length, ULONG Tag, EX_POOL_PRIORITY Priority),
	   (NdisHandle, Length, Tag, Priority))
NDIS_ENTRY(NDIS_STATUS, NdisAllocateMemoryWithTag,
	   (PVOID *VirtualAddress, UINT Length, ULONG Tag),
	   (VirtualAddress, Length, Tag))
NDIS_ENTRY(VOID, NdisFreeMemory,
	   (PVOID VirtualAddress, UINT Length, UINT MemoryFlags),
	   (VirtualAddress, Length, MemoryFlags))

/* Locks and interlocked lists; any context */
NDIS_ENTRY(VOID, NdisAllocateSpinLock, (PNDIS_SPIN_LOCK SpinLock), (SpinLock))
NDIS_ENTRY(VOID, NdisFreeSpinLock, (PNDIS_SPIN_LOCK SpinLock), (SpinLock))
NDIS_ENTRY(VOID, NdisAcquireSpinLock, (PNDIS_SPIN_LOCK SpinLock), (SpinLock))
NDIS_ENTRY(VOID, NdisReleaseSpinLock, (PNDIS_SPIN_LOCK SpinLock), (SpinLock))
NDIS_ENTRY(VOID, NdisDprAcquireSpinLock, (PNDIS_SPIN_LOCK SpinLock), (SpinLock))
NDIS_ENTRY(VOID, NdisDprReleaseSpinLock, (PNDIS_SPIN_LOCK SpinLock), (SpinLock))
NDIS_ENTRY(PLIST_ENTRY, NdisInterlockedInsertHeadList,
	   (PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry, PNDIS_SPIN_LOCK SpinLock),
	   (ListHead, ListEntry, SpinLock))
NDIS_ENTRY(PLIST_ENTRY, NdisInterlockedInsertTailList,
	   (PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry, PNDIS_SPIN_LOCK SpinLock),
	   (ListHead, ListEntry, SpinLock))
NDIS_ENTRY(PLIST_ENTRY, NdisInterlockedRemoveHeadList,
	   (PLIST_ENTRY ListHead, PNDIS_SPIN_LOCK SpinLock), (ListHead, SpinLock))
NDIS_ENTRY(VOID, NdisInitializeSListHead, (PSLIST_HEADER ListHead), (ListHead))
NDIS_ENTRY(PSLIST_ENTRY, NdisInterlockedPushEntrySList,
	   (PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry, PKSPIN_LOCK Lock),
	   (ListHead, ListEntry, Lock))
NDIS_ENTRY(PSLIST_ENTRY, NdisInterlockedPopEntrySList,
	   (PSLIST_HEADER ListHead, PKSPIN_LOCK Lock), (ListHead, Lock))
NDIS_ENTRY(USHORT, NdisQueryDepthSList, (PSLIST_HEADER ListHead), (ListHead))

/* Events, time, timers, work items */
NDIS_ENTRY(VOID, NdisInitializeEvent, (PNDIS_EVENT Event), (Event))
NDIS_ENTRY(VOID, NdisSetEvent, (PNDIS_EVENT Event), (Event))
NDIS_ENTRY(VOID, NdisResetEvent, (PNDIS_EVENT Event), (Event))
NDIS_ENTRY(BOOLEAN, NdisWaitEvent, (PNDIS_EVENT Event, UINT MsToWait),
	   (Event, MsToWait))
NDIS_ENTRY(VOID, NdisMSleep, (ULONG MicrosecondsToSleep), (MicrosecondsToSleep))
NDIS_ENTRY(VOID, NdisGetCurrentSystemTime, (PLARGE_INTEGER SystemTime), (SystemTime))
NDIS_ENTRY_CB(NDIS_STATUS, NdisAllocateTimerObject,
	      (NDIS_HANDLE NdisHandle, PNDIS_TIMER_CHARACTERISTICS TimerCharacteristics,
	       PNDIS_HANDLE TimerObject),
	      (NdisHandle, TimerCharacteristics, TimerObject))
NDIS_ENTRY(BOOLEAN, NdisSetTimerObject,
	   (NDIS_HANDLE TimerObject, LARGE_INTEGER DueTime, LONG MillisecondsPeriod,
	    PVOID FunctionContext),
	   (TimerObject, DueTime, MillisecondsPeriod, FunctionContext))
NDIS_ENTRY(BOOLEAN, NdisCancelTimerObject, (NDIS_HANDLE TimerObject), (TimerObject))
NDIS_ENTRY(VOID, NdisFreeTimerObject, (NDIS_HANDLE TimerObject), (TimerObject))
NDIS_ENTRY(NDIS_HANDLE, NdisAllocateIoWorkItem, (NDIS_HANDLE NdisObjectHandle),
	   (NdisObjectHandle))
NDIS_ENTRY_CB(VOID, NdisQueueIoWorkItem,
	      (NDIS_HANDLE NdisIoWorkItemHandle, NDIS_IO_WORKITEM_ROUTINE Routine,
	       PVOID WorkItemContext),
	      (NdisIoWorkItemHandle, Routine, WorkItemContext))
NDIS_ENTRY(VOID, NdisFreeIoWorkItem, (NDIS_HANDLE NdisIoWorkItemHandle),
	   (NdisIoWorkItemHandle))
NDIS_ENTRY(VOID, NdisInitUnicodeString, (PNDIS_STRING Destination, const WCHAR *Source),
	   (Destination, Source))
