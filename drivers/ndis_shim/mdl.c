// SPDX-License-Identifier: GPL-2.0
/*
 * MDLs: descriptions of kernel memory. Page frame numbers lie directly behind the
 * structure, as offload targets expect.
 */
#include "ndis_shim/mdl.h"

#include "ndis_shim/memory.h"

#include <linux/align.h>
#include <linux/mm.h>
#include <linux/slab.h>

static unsigned int span(const void *va, size_t length)
{
	return PAGE_ALIGN(offset_in_page(va) + length) >> PAGE_SHIFT;
}

static u64 *pfns_of(PMDL mdl)
{
	return (u64 *)(mdl + 1);
}

/**
 * chimn_mdl_size() - how large is the MDL of some memory?
 * @va: its address; only the offset in its page counts
 * @length: bytes
 *
 * Context: any.
 * Return: bytes, page frame numbers included.
 */
size_t chimn_mdl_size(const void *va, size_t length)
{
	return sizeof(MDL) + span(va, length) * sizeof(u64);
}

/**
 * chimn_mdl_init() - describe memory
 * @mdl: chimn_mdl_size() bytes
 * @va: kernel address
 * @length: bytes
 *
 * Context: any.
 */
void chimn_mdl_init(PMDL mdl, void *va, u32 length)
{
	*mdl = (MDL) {
		.Size = chimn_mdl_size(va, length),
		.StartVa = PTR_ALIGN_DOWN(va, PAGE_SIZE),
		.ByteOffset = offset_in_page(va),
		.ByteCount = length,
	};
	MmBuildMdlForNonPagedPool(mdl);
}

/**
 * chimn_mdl_alloc_data() - memory with an MDL that describes it
 * @length: bytes
 *
 * Context: any.
 * Return: the MDL, freed with its memory by NdisFreeMdl(); or NULL.
 */
PMDL chimn_mdl_alloc_data(u32 length)
{
	/* Wherever the memory will begin in its page. */
	size_t room = ALIGN(chimn_mdl_size((void *)(PAGE_SIZE - 1), length),
			    MEMORY_ALLOCATION_ALIGNMENT);
	PMDL mdl = chimn_alloc(room + length);

	if (mdl)
		chimn_mdl_init(mdl, (u8 *)mdl + room, length);
	return mdl;
}

/**
 * NdisAllocateMdl() - describe memory
 * @NdisHandle: not used
 * @VirtualAddress: kernel memory that stays
 * @Length: bytes
 *
 * Context: any.
 * Return: the MDL, or NULL.
 */
PMDL NdisAllocateMdl(NDIS_HANDLE NdisHandle, PVOID VirtualAddress, UINT Length)
{
	size_t size = chimn_mdl_size(VirtualAddress, Length);
	PMDL mdl = size <= S16_MAX ? chimn_alloc(size) : NULL;

	if (mdl)
		chimn_mdl_init(mdl, VirtualAddress, Length);
	return mdl;
}

/**
 * NdisFreeMdl() - free an MDL
 * @Mdl: from NdisAllocateMdl() or NdisRetreatNetBufferDataStart()
 *
 * Context: any.
 */
VOID NdisFreeMdl(PMDL Mdl)
{
	kfree(Mdl);
}

static unsigned long pfn_of(const u8 *va)
{
	if (is_vmalloc_addr(va) || !virt_addr_valid(va))
		return vmalloc_to_pfn(va);
	return page_to_pfn(virt_to_page(va));
}

/**
 * MmBuildMdlForNonPagedPool() - fill in the pages of an MDL
 * @Mdl: StartVa, ByteOffset and ByteCount are set
 *
 * Context: any.
 */
VOID MmBuildMdlForNonPagedPool(PMDL Mdl)
{
	u8 *va = (u8 *)Mdl->StartVa + Mdl->ByteOffset;
	unsigned int i, n = span(va, Mdl->ByteCount);

	for (i = 0; i < n; i++)
		pfns_of(Mdl)[i] = pfn_of((u8 *)Mdl->StartVa + i * PAGE_SIZE);
	Mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
	Mdl->MappedSystemVa = va;
}

/* Locked pages that follow each other are mapped where all memory is. */
static void *map_pages(PMDL mdl)
{
	const u64 *pfns = pfns_of(mdl);
	unsigned int i, n;

	n = span((void *)(unsigned long)mdl->ByteOffset, mdl->ByteCount);
	for (i = 1; i < n; i++)
		if (pfns[i] != pfns[0] + i)
			return NULL;
	if (!n || IS_ENABLED(CONFIG_HIGHMEM) || !pfn_valid(pfns[0]))
		return NULL;
	return (u8 *)page_address(pfn_to_page(pfns[0])) + mdl->ByteOffset;
}

/**
 * MmGetSystemAddressForMdlSafe() - where is the memory of an MDL?
 * @Mdl: the MDL
 * @Priority: not used
 *
 * Context: any.
 * Return: the address; NULL for locked pages that do not follow each other, which
 * can only be mapped one at a time.
 */
PVOID MmGetSystemAddressForMdlSafe(PMDL Mdl, ULONG Priority)
{
	if (Mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA |
			     MDL_SOURCE_IS_NONPAGED_POOL))
		return Mdl->MappedSystemVa;
	return map_pages(Mdl);
}

/**
 * NdisQueryMdl() - where is the memory of an MDL, and how much of it?
 * @Mdl: the MDL
 * @VirtualAddress: set as by MmGetSystemAddressForMdlSafe(), unless NULL
 * @Length: set to bytes
 * @Priority: not used
 *
 * Context: any.
 */
VOID NdisQueryMdl(PMDL Mdl, PVOID *VirtualAddress, PUINT Length,
		  MM_PAGE_PRIORITY Priority)
{
	if (VirtualAddress)
		*VirtualAddress = MmGetSystemAddressForMdlSafe(Mdl, Priority);
	*Length = Mdl->ByteCount;
}

/**
 * NdisQueryMdlOffset() - where in its first page does the memory begin?
 * @Mdl: the MDL
 * @Offset: set to bytes
 * @Length: set to bytes
 *
 * Context: any.
 */
VOID NdisQueryMdlOffset(PMDL Mdl, PUINT Offset, PUINT Length)
{
	*Offset = Mdl->ByteOffset;
	*Length = Mdl->ByteCount;
}
