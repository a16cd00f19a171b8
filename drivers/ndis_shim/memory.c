// SPDX-License-Identifier: GPL-2.0
/* Memory, on kmalloc(); tags are for people who read the source. */
#include "ndis_shim/memory.h"

#include <ndis.h>

#include <linux/log2.h>
#include <linux/slab.h>

/**
 * chimn_alloc() - memory as drivers expect it
 * @bytes: how much
 *
 * Aligned for any type of NDIS: the slab does so for powers of two.
 *
 * Context: any.
 * Return: memory, not cleared, to be freed with kfree(); or NULL.
 */
void *chimn_alloc(size_t bytes)
{
	if (bytes > KMALLOC_MAX_SIZE)
		return NULL;
	bytes = max_t(size_t, bytes, MEMORY_ALLOCATION_ALIGNMENT);
	return kmalloc(roundup_pow_of_two(bytes), GFP_ATOMIC | __GFP_NOWARN);
}

/**
 * NdisAllocateMemoryWithTagPriority() - allocate memory
 * @NdisHandle: not used
 * @Length: bytes
 * @Tag: not used
 * @Priority: not used
 *
 * Context: any.
 * Return: memory, aligned to MEMORY_ALLOCATION_ALIGNMENT and not cleared, or NULL.
 */
PVOID NdisAllocateMemoryWithTagPriority(NDIS_HANDLE NdisHandle, UINT Length,
					ULONG Tag, EX_POOL_PRIORITY Priority)
{
	return chimn_alloc(Length);
}

/**
 * NdisAllocateMemoryWithTag() - allocate memory
 * @VirtualAddress: set
 * @Length: bytes
 * @Tag: not used
 *
 * Context: any.
 * Return: NDIS_STATUS_SUCCESS or _FAILURE.
 */
NDIS_STATUS NdisAllocateMemoryWithTag(PVOID *VirtualAddress, UINT Length,
				      ULONG Tag)
{
	*VirtualAddress = chimn_alloc(Length);
	return *VirtualAddress ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}

/**
 * NdisFreeMemory() - free memory
 * @VirtualAddress: from one of the two above, or NULL
 * @Length: not used
 * @MemoryFlags: not used
 *
 * Context: any.
 */
VOID NdisFreeMemory(PVOID VirtualAddress, UINT Length, UINT MemoryFlags)
{
	kfree(VirtualAddress);
}
