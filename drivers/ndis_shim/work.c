// SPDX-License-Identifier: GPL-2.0
/* Work items of drivers, on the system's workqueue. */
#include "ndis_shim/work.h"

#include "ndis_shim/call.h"
#include "ndis_shim/handle.h"
#include "ndis_shim/misuse.h"

#include <linux/slab.h>
#include <linux/workqueue.h>

/**
 * struct chimn_work - a work item
 * @obj: what it is found by; held while queued
 * @work: the kernel's
 * @routine: the driver's
 * @context: for @routine
 */
struct chimn_work {
	struct chimn_obj obj;
	struct work_struct work;
	NDIS_IO_WORKITEM_ROUTINE routine;
	PVOID context;
};

/* The routine may free the item: the last reference to go does. */
static void put(struct chimn_work *item)
{
	if (refcount_dec_and_test(&item->obj.refs))
		kfree_rcu(item, obj.rcu);
}

static void run(struct work_struct *work)
{
	struct chimn_work *item = container_of(work, struct chimn_work, work);

	CHIMN_CALL(item->obj.ms, VOID, (PVOID, NDIS_HANDLE), item->routine,
		   item->context, item->obj.handle);
	put(item);
}

/**
 * NdisAllocateIoWorkItem() - make a work item
 * @NdisObjectHandle: not used
 *
 * Context: process, may sleep.
 * Return: its handle, or NULL.
 */
NDIS_HANDLE NdisAllocateIoWorkItem(NDIS_HANDLE NdisObjectHandle)
{
	struct chimn_work *item = kzalloc(sizeof(*item), GFP_KERNEL);

	if (!item)
		return NULL;
	INIT_WORK(&item->work, run);
	if (chimn_obj_add(&item->obj, CHIMN_WORK)) {
		kfree(item);
		return NULL;
	}
	return item->obj.handle;
}

/**
 * chimn_work_queue() - NdisQueueIoWorkItem
 * @ms: the routine has the Windows calling convention
 * @handle: of the work item
 * @routine: what to call
 * @context: for it
 *
 * Context: any.
 */
void chimn_work_queue(bool ms, NDIS_HANDLE handle,
		      NDIS_IO_WORKITEM_ROUTINE routine, PVOID context)
{
	struct chimn_work *item;

	item = (void *)chimn_obj_get(handle, CHIMN_WORK);
	if (!item || !routine) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, "NdisQueueIoWorkItem");
		if (item)
			put(item);
		return;
	}
	/* One that is queued already stays as it is. */
	if (work_pending(&item->work)) {
		chimn_misuse(CHIMN_MISUSE_BUSY, "NdisQueueIoWorkItem");
		put(item);
		return;
	}
	item->obj.ms = ms;
	item->routine = routine;
	item->context = context;
	if (!queue_work(system_unbound_wq, &item->work))
		put(item);
}

/**
 * NdisQueueIoWorkItem() - have a routine called in process context
 * @NdisIoWorkItemHandle: a work item that is not queued; it may be queued again
 *	from within its routine
 * @Routine: what to call
 * @WorkItemContext: for it
 *
 * Context: any.
 */
VOID NdisQueueIoWorkItem(NDIS_HANDLE NdisIoWorkItemHandle,
			 NDIS_IO_WORKITEM_ROUTINE Routine, PVOID WorkItemContext)
{
	chimn_work_queue(false, NdisIoWorkItemHandle, Routine, WorkItemContext);
}

/**
 * NdisFreeIoWorkItem() - the end of a work item
 * @NdisIoWorkItemHandle: of one that is not queued; its routine may call this
 *
 * Context: process.
 */
VOID NdisFreeIoWorkItem(NDIS_HANDLE NdisIoWorkItemHandle)
{
	struct chimn_work *item;

	rcu_read_lock();
	item = (void *)chimn_obj_find(NdisIoWorkItemHandle, CHIMN_WORK);
	if (item && test_and_set_bit(0, &item->obj.closing))
		item = NULL;
	rcu_read_unlock();
	if (!item) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
		return;
	}
	chimn_obj_remove(&item->obj);
	put(item);
}
