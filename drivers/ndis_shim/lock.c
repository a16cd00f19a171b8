// SPDX-License-Identifier: GPL-2.0
/*
 * Spin locks, and lists that are changed under them.
 *
 * A lock is one bit of its word (bit_spin_lock()), since a lock of Linux with its
 * debugging does not fit what a driver has room for. Interrupts are off while one
 * is held: a completion may come in any context.
 */
#include <ndis.h>

#include <linux/spinlock.h>
#include <linux/bit_spinlock.h>
#include <linux/llist.h>

/* A list as Linux has it, and how long it is. */
struct slist {
	struct llist_head head;
	u64 depth;
};

static_assert(sizeof(struct slist) <= sizeof(SLIST_HEADER));
static_assert(sizeof(SLIST_ENTRY) == sizeof(struct llist_node));

static unsigned long lock(PKSPIN_LOCK word)
	__acquires(bitlock)
{
	unsigned long flags;

	local_irq_save(flags);
	bit_spin_lock(0, word);
	return flags;
}

static void unlock(PKSPIN_LOCK word, unsigned long flags)
	__releases(bitlock)
{
	bit_spin_unlock(0, word);
	local_irq_restore(flags);
}

/**
 * NdisAllocateSpinLock() - initialize a spin lock
 * @SpinLock: the lock
 *
 * Context: any.
 */
VOID NdisAllocateSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
	SpinLock->SpinLock = 0;
	SpinLock->OldIrql = 0;
}

/**
 * NdisFreeSpinLock() - a spin lock is not needed any more
 * @SpinLock: the lock, not held
 *
 * Context: any.
 */
VOID NdisFreeSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
	WARN_ON_ONCE(SpinLock->SpinLock);
}

/**
 * NdisAcquireSpinLock() - take a spin lock
 * @SpinLock: the lock
 *
 * Interrupts are off until it is released.
 *
 * Context: any.
 */
VOID NdisAcquireSpinLock(PNDIS_SPIN_LOCK SpinLock)
	__acquires(bitlock)
{
	bool were_on = !irqs_disabled();

	lock(&SpinLock->SpinLock);
	SpinLock->OldIrql = were_on;
}

/**
 * NdisReleaseSpinLock() - release a spin lock
 * @SpinLock: the lock
 *
 * Context: where it was taken.
 */
VOID NdisReleaseSpinLock(PNDIS_SPIN_LOCK SpinLock)
	__releases(bitlock)
{
	bool were_on = SpinLock->OldIrql;

	bit_spin_unlock(0, &SpinLock->SpinLock);
	if (were_on)
		local_irq_enable();
}

/**
 * NdisDprAcquireSpinLock() - take a spin lock at DISPATCH_LEVEL
 * @SpinLock: the lock
 *
 * Context: any.
 */
VOID NdisDprAcquireSpinLock(PNDIS_SPIN_LOCK SpinLock)
	__acquires(bitlock)
{
	NdisAcquireSpinLock(SpinLock);
}

/**
 * NdisDprReleaseSpinLock() - release a spin lock at DISPATCH_LEVEL
 * @SpinLock: the lock
 *
 * Context: where it was taken.
 */
VOID NdisDprReleaseSpinLock(PNDIS_SPIN_LOCK SpinLock)
	__releases(bitlock)
{
	NdisReleaseSpinLock(SpinLock);
}

/* --- doubly linked lists ------------------------------------------------------ */

/**
 * NdisInterlockedInsertHeadList() - insert at the head, under a lock
 * @ListHead: the list
 * @ListEntry: the entry
 * @SpinLock: the lock, not held
 *
 * Context: any.
 * Return: what was first before, or NULL.
 */
PLIST_ENTRY NdisInterlockedInsertHeadList(PLIST_ENTRY ListHead,
					  PLIST_ENTRY ListEntry,
					  PNDIS_SPIN_LOCK SpinLock)
{
	unsigned long flags = lock(&SpinLock->SpinLock);
	PLIST_ENTRY was = IsListEmpty(ListHead) ? NULL : ListHead->Flink;

	InsertHeadList(ListHead, ListEntry);
	unlock(&SpinLock->SpinLock, flags);
	return was;
}

/**
 * NdisInterlockedInsertTailList() - insert at the tail, under a lock
 * @ListHead: the list
 * @ListEntry: the entry
 * @SpinLock: the lock, not held
 *
 * Context: any.
 * Return: what was last before, or NULL.
 */
PLIST_ENTRY NdisInterlockedInsertTailList(PLIST_ENTRY ListHead,
					  PLIST_ENTRY ListEntry,
					  PNDIS_SPIN_LOCK SpinLock)
{
	unsigned long flags = lock(&SpinLock->SpinLock);
	PLIST_ENTRY was = IsListEmpty(ListHead) ? NULL : ListHead->Blink;

	InsertTailList(ListHead, ListEntry);
	unlock(&SpinLock->SpinLock, flags);
	return was;
}

/**
 * NdisInterlockedRemoveHeadList() - take the first entry, under a lock
 * @ListHead: the list
 * @SpinLock: the lock, not held
 *
 * Context: any.
 * Return: the entry, or NULL.
 */
PLIST_ENTRY NdisInterlockedRemoveHeadList(PLIST_ENTRY ListHead,
					  PNDIS_SPIN_LOCK SpinLock)
{
	unsigned long flags = lock(&SpinLock->SpinLock);
	PLIST_ENTRY entry = RemoveHeadList(ListHead);

	unlock(&SpinLock->SpinLock, flags);
	return entry == ListHead ? NULL : entry;
}

/* --- singly linked lists ------------------------------------------------------- */

/**
 * NdisInitializeSListHead() - make an empty list
 * @ListHead: the list
 *
 * Context: any.
 */
VOID NdisInitializeSListHead(PSLIST_HEADER ListHead)
{
	struct slist *list = (struct slist *)ListHead;

	init_llist_head(&list->head);
	list->depth = 0;
}

/**
 * NdisInterlockedPushEntrySList() - add an entry in front
 * @ListHead: the list
 * @ListEntry: the entry
 * @Lock: the lock of the list, not held
 *
 * Context: any.
 * Return: what was first before, or NULL.
 */
PSLIST_ENTRY NdisInterlockedPushEntrySList(PSLIST_HEADER ListHead,
					   PSLIST_ENTRY ListEntry,
					   PKSPIN_LOCK Lock)
{
	struct slist *list = (struct slist *)ListHead;
	unsigned long flags = lock(Lock);
	PSLIST_ENTRY was = (PSLIST_ENTRY)list->head.first;

	__llist_add((struct llist_node *)ListEntry, &list->head);
	WRITE_ONCE(list->depth, list->depth + 1);
	unlock(Lock, flags);
	return was;
}

/**
 * NdisInterlockedPopEntrySList() - take the entry in front
 * @ListHead: the list
 * @Lock: the lock of the list, not held
 *
 * Context: any.
 * Return: the entry, or NULL.
 */
PSLIST_ENTRY NdisInterlockedPopEntrySList(PSLIST_HEADER ListHead,
					  PKSPIN_LOCK Lock)
{
	struct slist *list = (struct slist *)ListHead;
	unsigned long flags = lock(Lock);
	struct llist_node *node = llist_del_first(&list->head);

	if (node)
		WRITE_ONCE(list->depth, list->depth - 1);
	unlock(Lock, flags);
	return (PSLIST_ENTRY)node;
}

/**
 * NdisQueryDepthSList() - how long is a list?
 * @ListHead: the list
 *
 * Context: any.
 * Return: entries in it.
 */
USHORT NdisQueryDepthSList(PSLIST_HEADER ListHead)
{
	struct slist *list = (struct slist *)ListHead;

	return READ_ONCE(list->depth);
}
