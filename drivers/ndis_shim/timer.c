// SPDX-License-Identifier: GPL-2.0
/* Timers of drivers, on those of the kernel. */
#include "ndis_shim/timer.h"

#include "ndis_shim/call.h"
#include "ndis_shim/handle.h"
#include "ndis_shim/misuse.h"

#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

/**
 * struct chimn_timer - a timer
 * @obj: what it is found by
 * @timer: the kernel's
 * @function: the driver's
 * @context: for @function, unless one is given when the timer is set
 * @lock: covers the two below, and setting @timer; interrupts off
 * @now: for @function, this time
 * @period: jiffies, or 0
 */
struct chimn_timer {
	struct chimn_obj obj;
	struct timer_list timer;
	PNDIS_TIMER_FUNCTION function;
	PVOID context;
	spinlock_t lock;		/* see above */
	PVOID now;
	unsigned long period;
};

static void expired(struct timer_list *t)
{
	struct chimn_timer *timer = from_timer(timer, t, timer);
	unsigned long flags;
	PVOID now;

	spin_lock_irqsave(&timer->lock, flags);
	now = timer->now;
	/* First, so that the function can cancel it. */
	if (timer->period && !timer_pending(t))
		mod_timer(t, jiffies + timer->period);
	spin_unlock_irqrestore(&timer->lock, flags);
	CHIMN_CALL(timer->obj.ms, VOID, (PVOID, PVOID, PVOID, PVOID),
		   timer->function, NULL, now, NULL, NULL);
}

/**
 * chimn_timer_alloc() - NdisAllocateTimerObject
 * @ms: the function has the Windows calling convention
 * @c: what the timer is to do
 * @out: set
 *
 * Context: process, may sleep.
 * Return: a status.
 */
NDIS_STATUS chimn_timer_alloc(bool ms, PNDIS_TIMER_CHARACTERISTICS c,
			      PNDIS_HANDLE out)
{
	struct chimn_timer *timer;

	if (!chimn_pointer_ok(c, __alignof__(void *)) || !c->TimerFunction ||
	    c->Header.Size < sizeof(*c))
		return NDIS_STATUS_INVALID_PARAMETER;
	timer = kzalloc(sizeof(*timer), GFP_KERNEL);
	if (!timer)
		return NDIS_STATUS_RESOURCES;
	timer->obj.ms = ms;
	timer->function = c->TimerFunction;
	timer->context = c->FunctionContext;
	spin_lock_init(&timer->lock);
	timer_setup(&timer->timer, expired, 0);
	if (chimn_obj_add(&timer->obj, CHIMN_TIMER)) {
		kfree(timer);
		return NDIS_STATUS_RESOURCES;
	}
	*out = timer->obj.handle;
	return NDIS_STATUS_SUCCESS;
}

/**
 * NdisAllocateTimerObject() - make a timer
 * @NdisHandle: not used
 * @TimerCharacteristics: what it is to do
 * @TimerObject: set
 *
 * Context: process, may sleep.
 * Return: NDIS_STATUS_SUCCESS, _RESOURCES, _INVALID_PARAMETER.
 */
NDIS_STATUS NdisAllocateTimerObject(NDIS_HANDLE NdisHandle,
				    PNDIS_TIMER_CHARACTERISTICS TimerCharacteristics,
				    PNDIS_HANDLE TimerObject)
{
	return chimn_timer_alloc(false, TimerCharacteristics, TimerObject);
}

/* Negative: from now on. Otherwise a time as of NdisGetCurrentSystemTime(). */
static unsigned long delay(LARGE_INTEGER due)
{
	LARGE_INTEGER now;
	s64 left = -due.QuadPart;

	if (due.QuadPart >= 0) {
		NdisGetCurrentSystemTime(&now);
		left = max_t(s64, due.QuadPart - now.QuadPart, 0);
	}
	return nsecs_to_jiffies(left * 100);
}

/**
 * NdisSetTimerObject() - set a timer
 * @TimerObject: the timer
 * @DueTime: in 100 ns; negative: from now on
 * @MillisecondsPeriod: again and again, if not 0
 * @FunctionContext: for the function; NULL for that of the timer
 *
 * Context: any. The function is called in a softirq.
 * Return: TRUE if it was set already.
 */
BOOLEAN NdisSetTimerObject(NDIS_HANDLE TimerObject, LARGE_INTEGER DueTime,
			   LONG MillisecondsPeriod, PVOID FunctionContext)
{
	struct chimn_timer *timer;
	BOOLEAN was = FALSE;
	unsigned long flags;

	rcu_read_lock();
	timer = (void *)chimn_obj_find(TimerObject, CHIMN_TIMER);
	if (timer) {
		spin_lock_irqsave(&timer->lock, flags);
		timer->now = FunctionContext ?: timer->context;
		timer->period = MillisecondsPeriod > 0 ?
				msecs_to_jiffies(MillisecondsPeriod) : 0;
		was = mod_timer(&timer->timer, jiffies + delay(DueTime));
		spin_unlock_irqrestore(&timer->lock, flags);
	} else {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
	}
	rcu_read_unlock();
	return was;
}

static BOOLEAN cancel(struct chimn_timer *timer)
{
	unsigned long flags;
	BOOLEAN was;

	spin_lock_irqsave(&timer->lock, flags);
	timer->period = 0;
	was = del_timer(&timer->timer);
	spin_unlock_irqrestore(&timer->lock, flags);
	return was;
}

/**
 * NdisCancelTimerObject() - cancel a timer
 * @TimerObject: the timer
 *
 * Context: any. The function may be running.
 * Return: TRUE if it was set.
 */
BOOLEAN NdisCancelTimerObject(NDIS_HANDLE TimerObject)
{
	struct chimn_timer *timer;
	BOOLEAN was = FALSE;

	rcu_read_lock();
	timer = (void *)chimn_obj_find(TimerObject, CHIMN_TIMER);
	if (timer)
		was = cancel(timer);
	else
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
	rcu_read_unlock();
	return was;
}

/**
 * NdisFreeTimerObject() - the end of a timer
 * @TimerObject: the timer, which nobody sets any more
 *
 * Context: process, may sleep: waits for the function to return.
 */
VOID NdisFreeTimerObject(NDIS_HANDLE TimerObject)
{
	struct chimn_timer *timer;

	rcu_read_lock();
	timer = (void *)chimn_obj_find(TimerObject, CHIMN_TIMER);
	if (timer && test_and_set_bit(0, &timer->obj.closing))
		timer = NULL;
	rcu_read_unlock();
	if (!timer) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
		return;
	}
	chimn_obj_remove(&timer->obj);
	synchronize_rcu();
	cancel(timer);
	/* It is not set again, but the function may be running. */
	del_timer_sync(&timer->timer);
	kfree(timer);
}
