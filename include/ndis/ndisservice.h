/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The general services that chimney drivers lean on: strings, lists, locks,
 * events, timers, work items. What is a function is in ndisentries.h; what is
 * inline maps onto the kernel's own.
 */
#ifndef _NDIS_NDISSERVICE_H
#define _NDIS_NDISSERVICE_H

#include "ndisobject.h"
#include "ndisstatus.h"

#ifdef __KERNEL__
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/string.h>
#endif

/* Lengths in bytes; the characters have 16 bits, as a literal L"" here. */
typedef struct _UNICODE_STRING {
	USHORT Length;
	USHORT MaximumLength;
	PWCHAR Buffer;
} UNICODE_STRING, *PUNICODE_STRING, NDIS_STRING, *PNDIS_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

#define NDIS_STRING_CONST(x) \
	{ sizeof(L##x) - sizeof(WCHAR), sizeof(L##x), (PWCHAR)L##x }

typedef struct _LIST_ENTRY {
	struct _LIST_ENTRY *Flink;
	struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
	struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY, SLIST_ENTRY, *PSLIST_ENTRY;

/* Levels that drivers speak of: process context, and atomic. */
#define PASSIVE_LEVEL	0
#define APC_LEVEL	1
#define DISPATCH_LEVEL	2

typedef UCHAR KIRQL, *PKIRQL;
typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;

/* OldIrql: were interrupts on when the lock was taken? */
typedef struct _NDIS_SPIN_LOCK {
	KSPIN_LOCK SpinLock;
	KIRQL OldIrql;
} NDIS_SPIN_LOCK, *PNDIS_SPIN_LOCK;

typedef struct _NDIS_EVENT {
	LONG Signaled;
	PVOID Reserved[2];
} NDIS_EVENT, *PNDIS_EVENT;

typedef enum _EX_POOL_PRIORITY {
	LowPoolPriority = 0,
	NormalPoolPriority = 16,
	HighPoolPriority = 32,
} EX_POOL_PRIORITY;

typedef enum _MM_PAGE_PRIORITY {
	LowPagePriority = 0,
	NormalPagePriority = 16,
	HighPagePriority = 32,
} MM_PAGE_PRIORITY;

typedef VOID NDIS_TIMER_FUNCTION(PVOID SystemSpecific1, PVOID FunctionContext,
				 PVOID SystemSpecific2, PVOID SystemSpecific3);
typedef NDIS_TIMER_FUNCTION *PNDIS_TIMER_FUNCTION;
typedef VOID NDIS_IO_WORKITEM(PVOID WorkItemContext,
			      NDIS_HANDLE NdisIoWorkItemHandle);
typedef NDIS_IO_WORKITEM *NDIS_IO_WORKITEM_ROUTINE;

#define NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS		0x97
#define NDIS_TIMER_CHARACTERISTICS_REVISION_1		1
#define NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1 \
	sizeof(NDIS_TIMER_CHARACTERISTICS)

typedef struct _NDIS_TIMER_CHARACTERISTICS {
	NDIS_OBJECT_HEADER Header;
	ULONG AllocationTag;
	PNDIS_TIMER_FUNCTION TimerFunction;
	PVOID FunctionContext;
} NDIS_TIMER_CHARACTERISTICS, *PNDIS_TIMER_CHARACTERISTICS;

static_assert(sizeof(NDIS_SPIN_LOCK) == 16, "NDIS_SPIN_LOCK has 16 bytes");
static_assert(sizeof(UNICODE_STRING) == 16, "UNICODE_STRING has 16 bytes");
static_assert(sizeof(LIST_ENTRY) == 16, "LIST_ENTRY has 16 bytes");

#ifdef __KERNEL__

/* LIST_ENTRY and struct list_head have the same members in the same order. */
static inline struct list_head *ndis_list(PLIST_ENTRY entry)
{
	static_assert(offsetof(LIST_ENTRY, Flink) == offsetof(struct list_head, next));
	static_assert(offsetof(LIST_ENTRY, Blink) == offsetof(struct list_head, prev));
	return (struct list_head *)entry;
}

static inline VOID InitializeListHead(PLIST_ENTRY ListHead)
{
	INIT_LIST_HEAD(ndis_list(ListHead));
}

static inline BOOLEAN IsListEmpty(PLIST_ENTRY ListHead)
{
	return list_empty(ndis_list(ListHead));
}

static inline VOID InsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry)
{
	list_add(ndis_list(Entry), ndis_list(ListHead));
}

static inline VOID InsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry)
{
	list_add_tail(ndis_list(Entry), ndis_list(ListHead));
}

/* Return: TRUE if the list is empty now */
static inline BOOLEAN RemoveEntryList(PLIST_ENTRY Entry)
{
	PLIST_ENTRY next = Entry->Flink, prev = Entry->Blink;

	__list_del_entry(ndis_list(Entry));
	return next == prev;
}

/* Return: the head itself if the list is empty, as in NDIS */
static inline PLIST_ENTRY RemoveHeadList(PLIST_ENTRY ListHead)
{
	PLIST_ENTRY entry = ListHead->Flink;

	if (entry != ListHead)
		RemoveEntryList(entry);
	return entry;
}

/* Likewise */
static inline PLIST_ENTRY RemoveTailList(PLIST_ENTRY ListHead)
{
	PLIST_ENTRY entry = ListHead->Blink;

	if (entry != ListHead)
		RemoveEntryList(entry);
	return entry;
}

static inline VOID PushEntryList(PSINGLE_LIST_ENTRY ListHead, PSINGLE_LIST_ENTRY Entry)
{
	Entry->Next = ListHead->Next;
	ListHead->Next = Entry;
}

/* Return: NULL if the list is empty */
static inline PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY ListHead)
{
	PSINGLE_LIST_ENTRY entry = ListHead->Next;

	if (entry)
		ListHead->Next = entry->Next;
	return entry;
}

#define NdisInitializeListHead(head)	InitializeListHead(head)
#define NdisZeroMemory(p, n)		memset(p, 0, n)
#define NdisFillMemory(p, n, v)		memset(p, v, n)
#define NdisMoveMemory(to, from, n)	memmove(to, from, n)
#define NdisEqualMemory(a, b, n)	(!memcmp(a, b, n))
#define RtlZeroMemory(p, n)		memset(p, 0, n)
#define RtlFillMemory(p, n, v)		memset(p, v, n)
#define RtlCopyMemory(to, from, n)	memcpy(to, from, n)
#define RtlMoveMemory(to, from, n)	memmove(to, from, n)
#define RtlEqualMemory(a, b, n)		(!memcmp(a, b, n))

/* Return: the new value */
#define NdisInterlockedIncrement(p)	atomic_inc_return((atomic_t *)(p))
#define NdisInterlockedDecrement(p)	atomic_dec_return((atomic_t *)(p))
#define InterlockedIncrement(p)		NdisInterlockedIncrement(p)
#define InterlockedDecrement(p)		NdisInterlockedDecrement(p)

/* Return: the old value */
#define InterlockedExchange(p, v)	atomic_xchg((atomic_t *)(p), v)
#define InterlockedCompareExchange(p, v, old) \
	atomic_cmpxchg((atomic_t *)(p), old, v)
#define InterlockedExchangeAdd(p, v)	atomic_fetch_add(v, (atomic_t *)(p))

/* As in Windows, only where a driver is built with DBG=1. */
#ifndef DBG
#define DBG	0
#endif
#if DBG
#define NT_ASSERT(expression)		WARN_ON_ONCE(!(expression))
#define KdPrint(arguments)		(DbgPrint arguments)
#else
#define NT_ASSERT(expression)		((void)sizeof(expression))
#define KdPrint(arguments)		((void)0)
#endif
#ifndef ASSERT
#define ASSERT(expression)		NT_ASSERT(expression)
#endif

#define DbgPrint(...)			pr_info(__VA_ARGS__)
#define PAGED_CODE()			might_sleep()

#endif /* __KERNEL__ */

#endif /* _NDIS_NDISSERVICE_H */
