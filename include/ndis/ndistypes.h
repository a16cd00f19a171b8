/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scalar types and annotations that NDIS client source expects, with the
 * widths of 64-bit Windows: long is 32 bits there and 64 bits here, so no
 * type below is built on long, except those as wide as a pointer.
 */
#ifndef _NDIS_NDISTYPES_H
#define _NDIS_NDISTYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/stddef.h>
#include <linux/build_bug.h>
#else
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#endif

#include "ndisannotation.h"

#ifndef CONST
#define CONST const
#endif
#ifndef NTAPI
#define NTAPI
#endif
#ifndef VOID
#define VOID void
#endif

/* Layout attributes; the indirection keeps one spelling for both worlds. */
#define NDIS_ATTRIBUTE(x)	__attribute__((x))
#define DECLSPEC_ALIGN(x)	NDIS_ATTRIBUTE(__aligned__(x))
#define NDIS_MS_STRUCT		NDIS_ATTRIBUTE(__ms_struct__)

#define MEMORY_ALLOCATION_ALIGNMENT	16

typedef void *PVOID, *HANDLE, **PHANDLE;
typedef char CHAR, *PCHAR, *PSTR;
typedef const char *PCSTR;
typedef signed char CCHAR;
typedef unsigned char UCHAR, *PUCHAR;
typedef short SHORT, CSHORT, *PSHORT;
typedef unsigned short USHORT, *PUSHORT;
typedef int INT, *PINT;
typedef unsigned int UINT, *PUINT;
typedef int LONG, *PLONG;
typedef unsigned int ULONG, *PULONG;
typedef long long LONGLONG, LONG64, *PLONGLONG, *PLONG64;
typedef unsigned long long ULONGLONG, ULONG64, *PULONGLONG, *PULONG64;
typedef unsigned char BOOLEAN, *PBOOLEAN;
typedef size_t SIZE_T, *PSIZE_T;
typedef unsigned long ULONG_PTR, *PULONG_PTR, UINT_PTR, *PUINT_PTR;
typedef long LONG_PTR, *PLONG_PTR, INT_PTR, *PINT_PTR;
typedef unsigned short WCHAR, *PWCHAR, *PWSTR;
typedef const WCHAR *PCWSTR;

typedef signed char INT8, *PINT8;
typedef unsigned char UINT8, *PUINT8;
typedef short INT16, *PINT16;
typedef unsigned short UINT16, *PUINT16;
typedef int INT32, *PINT32, LONG32, *PLONG32;
typedef unsigned int UINT32, *PUINT32, ULONG32, *PULONG32;
typedef long long INT64, *PINT64;
typedef unsigned long long UINT64, *PUINT64;

#ifndef TRUE
#define TRUE	1
#endif
#ifndef FALSE
#define FALSE	0
#endif

typedef union _LARGE_INTEGER {
	struct {
		ULONG LowPart;
		LONG HighPart;
	};
	struct {
		ULONG LowPart;
		LONG HighPart;
	} u;
	LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
	struct {
		ULONG LowPart;
		ULONG HighPart;
	};
	struct {
		ULONG LowPart;
		ULONG HighPart;
	} u;
	ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;
typedef PHYSICAL_ADDRESS NDIS_PHYSICAL_ADDRESS, *PNDIS_PHYSICAL_ADDRESS;

/* Head of an interlocked list; only its size and alignment matter here. */
typedef union _SLIST_HEADER {
	struct {
		ULONGLONG Alignment;
		ULONGLONG Region;
	};
	UCHAR Opaque[16] DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT);
} SLIST_HEADER, *PSLIST_HEADER;

typedef struct _GUID {
	ULONG Data1;
	USHORT Data2;
	USHORT Data3;
	UCHAR Data4[8];
} GUID, *PGUID;

typedef LONG NTSTATUS;
typedef PVOID NDIS_HANDLE, *PNDIS_HANDLE;
typedef int NDIS_STATUS, *PNDIS_STATUS;
typedef ULONG NDIS_PORT_NUMBER, *PNDIS_PORT_NUMBER;
typedef ULONG NDIS_OID, *PNDIS_OID;

#define NDIS_DEFAULT_PORT_NUMBER	((NDIS_PORT_NUMBER)0)

#ifndef FIELD_OFFSET
#define FIELD_OFFSET(type, field)	((LONG)offsetof(type, field))
#endif
#ifndef CONTAINING_RECORD
#define CONTAINING_RECORD(address, type, field) \
	((type *)((UCHAR *)(address) - offsetof(type, field)))
#endif
#ifndef NT_SUCCESS
#define NT_SUCCESS(status)	((NTSTATUS)(status) >= 0)
#endif
#ifndef C_ASSERT
#define C_ASSERT(e)		static_assert(e, #e)
#endif
#ifndef RTL_NUMBER_OF
#define RTL_NUMBER_OF(array)	(sizeof(array) / sizeof((array)[0]))
#endif
#ifndef UNREFERENCED_PARAMETER
#define UNREFERENCED_PARAMETER(p)	((void)(p))
#endif

/* The structures of this directory have the layout of 64-bit Windows only. */
static_assert(sizeof(PVOID) == 8, "NDIS structures need 64-bit pointers");
static_assert(sizeof(ULONG) == 4, "ULONG has 32 bits");
static_assert(sizeof(ULONG64) == 8, "ULONG64 has 64 bits");
static_assert(sizeof(SIZE_T) == 8, "SIZE_T has 64 bits");
static_assert(sizeof(GUID) == 16, "GUID has 16 bytes");
static_assert(sizeof(SLIST_HEADER) == 16, "SLIST_HEADER has 16 bytes");

#endif /* _NDIS_NDISTYPES_H */
