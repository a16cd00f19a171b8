// SPDX-License-Identifier: GPL-2.0
/* Events to wait for, and time. */
#include <ndis.h>

#include <linux/delay.h>
#include <linux/timekeeping.h>
#include <linux/wait_bit.h>

/* From 1601, where the clock of Windows begins, to 1970; in 100 ns. */
#define EPOCH	116444736000000000ULL

/**
 * NdisInitializeEvent() - make an event that is not signaled
 * @Event: the event
 *
 * Context: any.
 */
VOID NdisInitializeEvent(PNDIS_EVENT Event)
{
	WRITE_ONCE(Event->Signaled, 0);
}

/**
 * NdisSetEvent() - signal an event
 * @Event: the event; it stays until whoever waits for it has seen it
 *
 * Context: any.
 */
VOID NdisSetEvent(PNDIS_EVENT Event)
{
	smp_store_release(&Event->Signaled, 1); /* pairs with the acquires below */
	smp_mb(); /* pairs with that of a waiter that has queued itself */
	wake_up_var(Event);
}

/**
 * NdisResetEvent() - an event is not signaled any more
 * @Event: the event
 *
 * Context: any.
 */
VOID NdisResetEvent(PNDIS_EVENT Event)
{
	WRITE_ONCE(Event->Signaled, 0);
}

static bool is_signaled(PNDIS_EVENT event)
{
	return smp_load_acquire(&event->Signaled); /* pairs with the release */
}

/**
 * NdisWaitEvent() - wait for an event
 * @Event: the event; stays signaled
 * @MsToWait: milliseconds at most, 0 for ever
 *
 * Context: process, may sleep.
 * Return: TRUE if it is signaled.
 */
BOOLEAN NdisWaitEvent(PNDIS_EVENT Event, UINT MsToWait)
{
	if (!MsToWait) {
		wait_var_event(Event, is_signaled(Event));
		return TRUE;
	}
	return wait_var_event_timeout(Event, is_signaled(Event),
				      msecs_to_jiffies(MsToWait)) != 0;
}

/**
 * NdisMSleep() - sleep
 * @MicrosecondsToSleep: at least so long
 *
 * Context: process, may sleep.
 */
VOID NdisMSleep(ULONG MicrosecondsToSleep)
{
	fsleep(MicrosecondsToSleep);
}

/**
 * NdisGetCurrentSystemTime() - what time is it?
 * @SystemTime: set, 100 ns since 1601
 *
 * Context: any.
 */
VOID NdisGetCurrentSystemTime(PLARGE_INTEGER SystemTime)
{
	SystemTime->QuadPart = ktime_get_real_ns() / 100 + EPOCH;
}
