// SPDX-License-Identifier: GPL-2.0
/*
 * Source in the style of drivers for Windows, of the years of the chimney and of
 * later ones: what matters is that it compiles as it is, with the names of headers
 * and types that such source uses, and annotations of all ages.
 */
#define NDIS_OLD_ANNOTATIONS

#include <ntddk.h>
#include <ntdef.h>
#include <ntstatus.h>
#include <wdm.h>
#include <ndis.h>
#include <ntddndis.h>
#include <ndischimney.h>
#include <sal.h>
#include <specstrings.h>
#include <driverspecs.h>

#define STYLE_TAG	0x6c797453

typedef struct DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT) _STYLE_ENTRY {
	LIST_ENTRY Link;
	SINGLE_LIST_ENTRY Single;
	PUCHAR Data;
	ULONG Length;
	UINT_PTR Cookie;
	ULARGE_INTEGER Bytes;
} STYLE_ENTRY, *PSTYLE_ENTRY;

C_ASSERT(sizeof(STYLE_ENTRY) % MEMORY_ALLOCATION_ALIGNMENT == 0);
C_ASSERT(sizeof(INT8) == 1 && sizeof(UINT16) == 2 && sizeof(UINT32) == 4);
C_ASSERT(sizeof(INT64) == 8 && sizeof(ULONG32) == 4 && sizeof(HANDLE) == 8);
C_ASSERT(sizeof(INT_PTR) == sizeof(PVOID) && sizeof(ULARGE_INTEGER) == 8);

DRIVER_INITIALIZE StyleDriverEntry;
MINIPORT_DRIVER_UNLOAD StyleUnload;
MINIPORT_SET_OPTIONS StyleSetOptions;

/* --- as it was written first: what each parameter is for, in words of C ----------- */

static PSTYLE_ENTRY StyleAllocate(IN NDIS_HANDLE NdisHandle,
				  IN CONST UCHAR *Data OPTIONAL,
				  IN ULONG Length, OUT PNDIS_STATUS Status)
{
	PSTYLE_ENTRY Entry;

	PAGED_CODE();
	ASSERT(Length != 0);
	Entry = (PSTYLE_ENTRY)NdisAllocateMemoryWithTagPriority(NdisHandle,
			sizeof(STYLE_ENTRY) + Length, STYLE_TAG,
			NormalPoolPriority);
	if (!Entry) {
		*Status = NDIS_STATUS_RESOURCES;
		return NULL;
	}
	NdisZeroMemory(Entry, sizeof(STYLE_ENTRY));
	Entry->Data = (PUCHAR)(Entry + 1);
	Entry->Length = Length;
	Entry->Bytes.QuadPart = Length;
	if (Data)
		RtlCopyMemory(Entry->Data, Data, Length);
	else
		RtlFillMemory(Entry->Data, Length, 0xff);
	*Status = NDIS_STATUS_SUCCESS;
	return Entry;
}

/* --- as it was when analysers had come ---------------------------------------------- */

__drv_requiresIRQL(PASSIVE_LEVEL)
static __checkReturn BOOLEAN StyleQueue(__in PLIST_ENTRY ListHead,
					__inout PSTYLE_ENTRY Entry,
					__in_bcount_opt(Length) const UCHAR *Data,
					__in ULONG Length, __out PULONG Depth)
{
	UNREFERENCED_PARAMETER(Data);
	UNREFERENCED_PARAMETER(Length);

	InsertTailList(ListHead, &Entry->Link);
	*Depth = 1;
	return !IsListEmpty(ListHead);
}

/* --- and today ------------------------------------------------------------------------ */

_IRQL_requires_max_(DISPATCH_LEVEL)
_Success_(return != 0)
_Must_inspect_result_
static PSTYLE_ENTRY
StyleDequeue(_Inout_ PLIST_ENTRY ListHead, _In_opt_ PCWSTR Name,
	     _Out_writes_bytes_to_(Size, *Written) PVOID Buffer,
	     _In_ SIZE_T Size, _Out_ PULONG Written)
{
	PLIST_ENTRY Link = RemoveTailList(ListHead);
	PSTYLE_ENTRY Entry;

	UNREFERENCED_PARAMETER(Name);
	*Written = 0;
	if (Link == ListHead)
		return NULL;
	Entry = CONTAINING_RECORD(Link, STYLE_ENTRY, Link);
	NT_ASSERT(Entry->Length <= Size);
	RtlMoveMemory(Buffer, Entry->Data, Entry->Length);
	*Written = Entry->Length;
	KdPrint(("style: %u bytes\n", *Written));
	return Entry;
}

_Use_decl_annotations_
VOID StyleUnload(PDRIVER_OBJECT DriverObject)
{
	DriverObject->DriverUnload = NULL;
}

_Use_decl_annotations_
NDIS_STATUS StyleSetOptions(NDIS_HANDLE NdisDriverHandle,
			    NDIS_HANDLE DriverContext)
{
	UNREFERENCED_PARAMETER(NdisDriverHandle);
	UNREFERENCED_PARAMETER(DriverContext);
	return NDIS_STATUS_SUCCESS;
}

/* One entry goes in, and the same bytes come out. */
NTSTATUS StyleDriverEntry(_In_ PDRIVER_OBJECT DriverObject,
			  _In_ PUNICODE_STRING RegistryPath)
{
	static const UCHAR Text[] = { 's', 't', 'y', 'l', 'e' };
	UCHAR Buffer[RTL_NUMBER_OF(Text)];
	LIST_ENTRY Queue;
	PSTYLE_ENTRY Entry;
	NDIS_STATUS Status;
	ULONG Written, Depth;

	UNREFERENCED_PARAMETER(RegistryPath);
	DriverObject->DriverUnload = StyleUnload;
	NdisInitializeListHead(&Queue);
	Entry = StyleAllocate(NULL, Text, sizeof(Text), &Status);
	if (!NT_SUCCESS(Status))
		return STATUS_INSUFFICIENT_RESOURCES;
	if (!StyleQueue(&Queue, Entry, NULL, 0, &Depth) || Depth != 1)
		return STATUS_UNSUCCESSFUL;
	Entry = StyleDequeue(&Queue, NULL, Buffer, sizeof(Buffer), &Written);
	if (!Entry || Written != sizeof(Text) || !IsListEmpty(&Queue) ||
	    !RtlEqualMemory(Buffer, Text, sizeof(Text)))
		return STATUS_UNSUCCESSFUL;
	NdisFreeMemory(Entry, 0, 0);
	return STATUS_SUCCESS;
}
