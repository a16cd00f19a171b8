// SPDX-License-Identifier: GPL-2.0
/*
 * MDLs: descriptions of kernel memory. Page frame numbers lie directly behind the
 * structure, as offload targets expect.
 */
#include "ndis_shim/mdl.h"

#include "ndis_shim/memory.h"

#include <linux/align.h>
#include <linux/llist.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

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
 * @Mdl: from NdisAllocateMdl() or NdisRetreatNetBufferDataStart(); or NULL
 *
 * What MmGetSystemAddressForMdlSafe() has mapped for it is unmapped.
 *
 * Context: any.
 */
VOID NdisFreeMdl(PMDL Mdl)
{
	if (Mdl && Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA)
		MmUnmapLockedPages(Mdl->MappedSystemVa, Mdl);
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

static bool is_mapped(const MDL *mdl)
{
	return mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA |
				MDL_SOURCE_IS_NONPAGED_POOL);
}

/**
 * chimn_mdl_look() - where is a part of the memory of an MDL?
 * @mdl: the MDL
 * @offset: of the first byte
 * @bytes: how many; at least one, no more than there are
 *
 * Nothing is mapped: pages that follow each other have addresses that do.
 *
 * Context: any.
 * Return: the address; NULL if it has none.
 */
void *chimn_mdl_look(PMDL mdl, u32 offset, u32 bytes)
{
	unsigned long at = (unsigned long)mdl->ByteOffset + offset, i;
	const u64 *pfns = pfns_of(mdl) + (at >> PAGE_SHIFT);

	if (is_mapped(mdl))
		return mdl->MappedSystemVa ?
		       (u8 *)mdl->MappedSystemVa + offset : NULL;
	if (!bytes || IS_ENABLED(CONFIG_HIGHMEM))
		return NULL;
	for (i = 0; i < span((void *)at, bytes); i++)
		if (!pfn_valid(pfns[i]) || pfns[i] != pfns[0] + i)
			return NULL;
	return (u8 *)page_address(pfn_to_page(pfns[0])) + offset_in_page(at);
}

/**
 * chimn_mdl_copy() - copy from the memory of an MDL
 * @mdl: the MDL; pages that are not mapped are taken one at a time
 * @offset: of the first byte
 * @to: where to
 * @bytes: how many; no more than there are
 *
 * Context: any.
 * Return: false if there is no memory behind it.
 */
bool chimn_mdl_copy(PMDL mdl, u32 offset, u8 *to, u32 bytes)
{
	u32 piece;
	u8 *va;

	for (; bytes; bytes -= piece, to += piece, offset += piece) {
		piece = min_t(u32, bytes, PAGE_SIZE -
			      offset_in_page(mdl->ByteOffset + offset));
		va = chimn_mdl_look(mdl, offset, piece);
		if (!va)
			return false;
		memcpy(to, va, piece);
	}
	return true;
}

/* --- locked pages ------------------------------------------------------------- */

/**
 * struct mapping - pages that do not follow each other, mapped as if they did
 * @node: in the list of those to be unmapped
 * @va: address of the first page, by whose number it is found
 */
struct mapping {
	struct llist_node node;
	void *va;
};

static DEFINE_XARRAY_FLAGS(mappings, XA_FLAGS_LOCK_IRQ);
static LLIST_HEAD(unused);

static unsigned long index_of(const void *va)
{
	return (unsigned long)va >> PAGE_SHIFT;
}

static void unmap_unused(struct work_struct *work)
{
	struct mapping *mapping, *next;

	llist_for_each_entry_safe(mapping, next, llist_del_all(&unused), node) {
		vunmap(mapping->va);
		kfree(mapping);
	}
}

static DECLARE_WORK(unmap_work, unmap_unused);

/* A kernel that cannot tell never may. */
static bool may_sleep(void)
{
	return preemptible() && !rcu_preempt_depth();
}

static void *map(const u64 *pfns, unsigned int n)
{
	struct mapping *mapping = kmalloc(sizeof(*mapping), GFP_KERNEL);
	struct page **pages = kmalloc_array(n, sizeof(*pages), GFP_KERNEL);
	unsigned int i;

	if (!mapping || !pages)
		goto free;
	for (i = 0; i < n; i++) {
		if (!pfn_valid(pfns[i]))
			goto free;
		pages[i] = pfn_to_page(pfns[i]);
	}
	mapping->va = vmap(pages, n, VM_MAP, PAGE_KERNEL);
	if (!mapping->va)
		goto free;
	if (xa_is_err(xa_store_irq(&mappings, index_of(mapping->va), mapping,
				   GFP_KERNEL)))
		goto unmap;
	kfree(pages);
	return mapping->va;

unmap:
	vunmap(mapping->va);
free:
	kfree(pages);
	kfree(mapping);
	return NULL;
}

/**
 * MmGetSystemAddressForMdlSafe() - where is the memory of an MDL?
 * @Mdl: the MDL; only one caller at a time
 * @Priority: not used
 *
 * Locked pages that do not follow each other are mapped, which takes a context that
 * may sleep, until NdisFreeMdl() or MmUnmapLockedPages().
 *
 * Context: any; see above.
 * Return: the address; NULL if pages cannot be mapped, for lack of memory or in
 * this context.
 */
PVOID MmGetSystemAddressForMdlSafe(PMDL Mdl, ULONG Priority)
{
	unsigned int n = span((void *)(unsigned long)Mdl->ByteOffset,
			      Mdl->ByteCount);
	u8 *va = chimn_mdl_look(Mdl, 0, Mdl->ByteCount);

	if (va || is_mapped(Mdl) || !n || !may_sleep())
		return va;
	va = map(pfns_of(Mdl), n);
	if (!va)
		return NULL;
	Mdl->MappedSystemVa = va + Mdl->ByteOffset;
	Mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
	return Mdl->MappedSystemVa;
}

/**
 * MmUnmapLockedPages() - undo what MmGetSystemAddressForMdlSafe() has mapped
 * @BaseAddress: the address it returned
 * @Mdl: the MDL; may be mapped again
 *
 * Context: any. An address that was not mapped for an MDL is left alone.
 */
VOID MmUnmapLockedPages(PVOID BaseAddress, PMDL Mdl)
{
	struct mapping *mapping;
	unsigned long flags;

	xa_lock_irqsave(&mappings, flags);
	mapping = __xa_erase(&mappings, index_of(BaseAddress));
	xa_unlock_irqrestore(&mappings, flags);
	if (!mapping)
		return;
	Mdl->MdlFlags &= ~MDL_MAPPED_TO_SYSTEM_VA;
	Mdl->MappedSystemVa = NULL;
	/* That may sleep. */
	if (llist_add(&mapping->node, &unused))
		schedule_work(&unmap_work);
}

/**
 * chimn_mdl_teardown() - wait until what was unmapped is
 *
 * Context: module exit.
 */
void chimn_mdl_teardown(void)
{
	flush_work(&unmap_work);
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
