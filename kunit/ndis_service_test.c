// SPDX-License-Identifier: GPL-2.0
/* The general services of chimney_ndis: memory, locks, lists, events, timers. */
#include "ndis_msabi.h"

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>

static void ndis_service_memory_test(struct kunit *test)
{
	PVOID p = NULL;
	u32 n;

	for (n = 1; n < 3000; n += 37) {
		p = NdisAllocateMemoryWithTagPriority(NULL, n, 1,
						      NormalPoolPriority);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p,
						   MEMORY_ALLOCATION_ALIGNMENT));
		NdisFillMemory(p, n, 7);
		NdisFreeMemory(p, n, 0);
	}
	KUNIT_EXPECT_EQ(test, NdisAllocateMemoryWithTag(&p, 100, 1),
			NDIS_STATUS_SUCCESS);
	NdisFreeMemory(p, 100, 0);
	KUNIT_EXPECT_EQ(test, NdisAllocateMemoryWithTag(&p, ~0U, 1),
			NDIS_STATUS_FAILURE);
	NdisFreeMemory(NULL, 0, 0);
}

static void ndis_service_lock_test(struct kunit *test)
{
	NDIS_SPIN_LOCK lock;
	unsigned long flags;

	NdisAllocateSpinLock(&lock);
	NdisAcquireSpinLock(&lock);
	KUNIT_EXPECT_TRUE(test, irqs_disabled());
	NdisReleaseSpinLock(&lock);
	KUNIT_EXPECT_FALSE(test, irqs_disabled());
	/* Interrupts that were off stay so. */
	local_irq_save(flags);
	NdisDprAcquireSpinLock(&lock);
	NdisDprReleaseSpinLock(&lock);
	KUNIT_EXPECT_TRUE(test, irqs_disabled());
	local_irq_restore(flags);
	NdisFreeSpinLock(&lock);
}

static void ndis_service_list_test(struct kunit *test)
{
	LIST_ENTRY head, a, b;
	NDIS_SPIN_LOCK lock;

	NdisAllocateSpinLock(&lock);
	NdisInitializeListHead(&head);
	KUNIT_EXPECT_TRUE(test, IsListEmpty(&head));
	KUNIT_EXPECT_PTR_EQ(test, RemoveHeadList(&head), &head);
	KUNIT_EXPECT_NULL(test, NdisInterlockedRemoveHeadList(&head, &lock));
	KUNIT_EXPECT_NULL(test, NdisInterlockedInsertTailList(&head, &a, &lock));
	KUNIT_EXPECT_PTR_EQ(test, NdisInterlockedInsertHeadList(&head, &b, &lock),
			    &a);
	KUNIT_EXPECT_FALSE(test, RemoveEntryList(&a));
	KUNIT_EXPECT_TRUE(test, RemoveEntryList(&b));
	InsertTailList(&head, &a);
	InsertHeadList(&head, &b);
	KUNIT_EXPECT_PTR_EQ(test, NdisInterlockedRemoveHeadList(&head, &lock),
			    &b);
	KUNIT_EXPECT_PTR_EQ(test, RemoveHeadList(&head), &a);
	/* From the other end. */
	KUNIT_EXPECT_PTR_EQ(test, RemoveTailList(&head), &head);
	InsertTailList(&head, &a);
	InsertTailList(&head, &b);
	KUNIT_EXPECT_PTR_EQ(test, RemoveTailList(&head), &b);
	KUNIT_EXPECT_PTR_EQ(test, RemoveTailList(&head), &a);
	KUNIT_EXPECT_TRUE(test, IsListEmpty(&head));
}

static void ndis_service_single_list_test(struct kunit *test)
{
	SINGLE_LIST_ENTRY head = { }, a, b;

	KUNIT_EXPECT_NULL(test, PopEntryList(&head));
	PushEntryList(&head, &a);
	PushEntryList(&head, &b);
	KUNIT_EXPECT_PTR_EQ(test, PopEntryList(&head), &b);
	KUNIT_EXPECT_PTR_EQ(test, PopEntryList(&head), &a);
	KUNIT_EXPECT_NULL(test, PopEntryList(&head));
}

static void ndis_service_slist_test(struct kunit *test)
{
	SLIST_ENTRY entry[3];
	KSPIN_LOCK lock = 0;
	SLIST_HEADER head;

	NdisInitializeSListHead(&head);
	KUNIT_EXPECT_NULL(test, NdisInterlockedPopEntrySList(&head, &lock));
	KUNIT_EXPECT_NULL(test, NdisInterlockedPushEntrySList(&head, &entry[0],
							      &lock));
	KUNIT_EXPECT_PTR_EQ(test, NdisInterlockedPushEntrySList(&head, &entry[1],
								&lock), &entry[0]);
	NdisInterlockedPushEntrySList(&head, &entry[2], &lock);
	KUNIT_EXPECT_EQ(test, NdisQueryDepthSList(&head), 3);
	KUNIT_EXPECT_PTR_EQ(test, NdisInterlockedPopEntrySList(&head, &lock),
			    &entry[2]);
	KUNIT_EXPECT_PTR_EQ(test, NdisInterlockedPopEntrySList(&head, &lock),
			    &entry[1]);
	KUNIT_EXPECT_EQ(test, NdisQueryDepthSList(&head), 1);
}

static void ndis_service_interlocked_test(struct kunit *test)
{
	LONG n = -1;

	KUNIT_EXPECT_EQ(test, NdisInterlockedIncrement(&n), 0);
	KUNIT_EXPECT_EQ(test, InterlockedIncrement(&n), 1);
	KUNIT_EXPECT_EQ(test, NdisInterlockedDecrement(&n), 0);
	KUNIT_EXPECT_EQ(test, InterlockedExchange(&n, 5), 0);
	KUNIT_EXPECT_EQ(test, InterlockedCompareExchange(&n, 7, 6), 5);
	KUNIT_EXPECT_EQ(test, InterlockedCompareExchange(&n, 7, 5), 5);
	KUNIT_EXPECT_EQ(test, InterlockedExchangeAdd(&n, -3), 7);
	KUNIT_EXPECT_EQ(test, n, 4);
}

/* --- timers and work items, in both calling conventions --------------------------- */

/**
 * struct tick - what a function of the driver is to do
 * @event: signaled by it
 * @times: how often it was called
 * @atomic: it was called in a softirq
 */
struct tick {
	NDIS_EVENT event;
	LONG times;
	bool atomic;
};

static void tick(struct tick *tick, int until)
{
	tick->atomic = in_softirq();
	if (NdisInterlockedIncrement(&tick->times) == until)
		NdisSetEvent(&tick->event);
}

static VOID on_timer(PVOID s1, PVOID context, PVOID s2, PVOID s3)
{
	tick(context, 3);
}

static VOID CHIMN_MS on_timer_ms(PVOID s1, PVOID context, PVOID s2, PVOID s3)
{
	tick(context, 1);
}

static VOID on_work(PVOID context, NDIS_HANDLE item)
{
	NdisFreeIoWorkItem(item);
	tick(context, 1);
}

static VOID CHIMN_MS on_work_ms(PVOID context, NDIS_HANDLE item)
{
	NdisFreeIoWorkItem(item);
	tick(context, 1);
}

static void ndis_service_timer_test(struct kunit *test)
{
	NDIS_TIMER_CHARACTERISTICS c = {
		.Header.Type = NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS,
		.Header.Revision = NDIS_TIMER_CHARACTERISTICS_REVISION_1,
		.Header.Size = NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1,
		.TimerFunction = on_timer,
	};
	LARGE_INTEGER due = { .QuadPart = -10000 }, far;
	struct tick t = { };
	NDIS_HANDLE timer;

	c.FunctionContext = &t;
	NdisInitializeEvent(&t.event);
	KUNIT_ASSERT_EQ(test, NdisAllocateTimerObject(NULL, &c, &timer),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, NdisCancelTimerObject(timer));
	/* Far away, by the clock; then now, and again and again. */
	NdisGetCurrentSystemTime(&far);
	far.QuadPart += 36000000000LL;
	KUNIT_EXPECT_FALSE(test, NdisSetTimerObject(timer, far, 0, NULL));
	KUNIT_EXPECT_TRUE(test, NdisSetTimerObject(timer, due, 1, NULL));
	KUNIT_EXPECT_TRUE(test, NdisWaitEvent(&t.event, 0));
	KUNIT_EXPECT_TRUE(test, t.atomic);
	NdisFreeTimerObject(timer);
	KUNIT_EXPECT_GE(test, t.times, 3);
	c.TimerFunction = NULL;
	KUNIT_EXPECT_EQ(test, NdisAllocateTimerObject(NULL, &c, &timer),
			NDIS_STATUS_INVALID_PARAMETER);
}

static void ndis_service_work_test(struct kunit *test)
{
	NDIS_HANDLE item = NdisAllocateIoWorkItem(NULL);
	struct tick t = { };

	KUNIT_ASSERT_NOT_NULL(test, item);
	NdisInitializeEvent(&t.event);
	NdisQueueIoWorkItem(item, on_work, &t);
	KUNIT_EXPECT_TRUE(test, NdisWaitEvent(&t.event, 0));
	KUNIT_EXPECT_FALSE(test, t.atomic);
	KUNIT_EXPECT_EQ(test, t.times, 1);
	NdisResetEvent(&t.event);
	KUNIT_EXPECT_FALSE(test, NdisWaitEvent(&t.event, 1));
}

static void ndis_service_windows_test(struct kunit *test)
{
	NDIS_TIMER_CHARACTERISTICS c = {
		.Header.Size = NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1,
		.TimerFunction = (void *)on_timer_ms,
	};
	LARGE_INTEGER due = { .QuadPart = -1 };
	NDIS_HANDLE timer, item;
	struct tick t = { };
	struct ms_ndis ms;

	if (!IS_ENABLED(CONFIG_X86_64))
		kunit_skip(test, "no such binaries on this machine");
	KUNIT_ASSERT_TRUE(test, ms_resolve(&ms));
	c.FunctionContext = &t;
	ms.NdisInitializeEvent(&t.event);
	KUNIT_ASSERT_EQ(test, ms.NdisAllocateTimerObject(NULL, &c, &timer),
			NDIS_STATUS_SUCCESS);
	ms.NdisSetTimerObject(timer, due, 0, NULL);
	KUNIT_EXPECT_TRUE(test, ms.NdisWaitEvent(&t.event, 0));
	ms.NdisFreeTimerObject(timer);
	t.times = 0;
	ms.NdisResetEvent(&t.event);
	item = ms.NdisAllocateIoWorkItem(NULL);
	KUNIT_ASSERT_NOT_NULL(test, item);
	ms.NdisQueueIoWorkItem(item, (void *)on_work_ms, &t);
	KUNIT_EXPECT_TRUE(test, ms.NdisWaitEvent(&t.event, 0));
	KUNIT_EXPECT_EQ(test, t.times, 1);
}

static void ndis_service_sleep_test(struct kunit *test)
{
	ktime_t before = ktime_get();

	NdisMSleep(1500);
	KUNIT_EXPECT_GE(test, ktime_us_delta(ktime_get(), before), 1500LL);
}

static void ndis_service_string_test(struct kunit *test)
{
	static const WCHAR text[] = { 'e', 't', 'h', '0', 0 };
	NDIS_STRING literal = NDIS_STRING_CONST("eth0"), string;

	NdisInitUnicodeString(&string, text);
	KUNIT_EXPECT_EQ(test, string.Length, 8);
	KUNIT_EXPECT_EQ(test, string.MaximumLength, 10);
	KUNIT_EXPECT_EQ(test, literal.Length, 8);
	KUNIT_EXPECT_TRUE(test, NdisEqualMemory(literal.Buffer, text, 10));
	NdisInitUnicodeString(&string, NULL);
	KUNIT_EXPECT_EQ(test, string.Length, 0);
}

DRIVER_INITIALIZE StyleDriverEntry;

static void ndis_service_style_test(struct kunit *test)
{
	DRIVER_OBJECT object = { };
	UNICODE_STRING path = { };

	KUNIT_EXPECT_EQ(test, StyleDriverEntry(&object, &path), STATUS_SUCCESS);
	KUNIT_ASSERT_NOT_NULL(test, (void *)object.DriverUnload);
	object.DriverUnload(&object);
	KUNIT_EXPECT_NULL(test, (void *)object.DriverUnload);
}

static struct kunit_case ndis_service_cases[] = {
	KUNIT_CASE(ndis_service_memory_test),
	KUNIT_CASE(ndis_service_lock_test),
	KUNIT_CASE(ndis_service_list_test),
	KUNIT_CASE(ndis_service_single_list_test),
	KUNIT_CASE(ndis_service_slist_test),
	KUNIT_CASE(ndis_service_interlocked_test),
	KUNIT_CASE(ndis_service_timer_test),
	KUNIT_CASE(ndis_service_work_test),
	KUNIT_CASE(ndis_service_windows_test),
	KUNIT_CASE(ndis_service_sleep_test),
	KUNIT_CASE(ndis_service_string_test),
	KUNIT_CASE(ndis_service_style_test),
	{}
};

static struct kunit_suite ndis_service_suite = {
	.name = "chim_ndis_service",
	.test_cases = ndis_service_cases,
};

kunit_test_suite(ndis_service_suite);
