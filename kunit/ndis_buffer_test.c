// SPDX-License-Identifier: GPL-2.0
/* Pools, buffer lists, buffers and MDLs of chimney_ndis. */
#include "covers.h"

#include "ndis_shim/misuse.h"

#include <ndis.h>

#include <linux/bottom_half.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

static NDIS_HANDLE list_pool(USHORT context, BOOLEAN buffer, ULONG data)
{
	NET_BUFFER_LIST_POOL_PARAMETERS p = {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
		.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
		.fAllocateNetBuffer = buffer,
		.ContextSize = context,
		.DataSize = data,
	};

	return NdisAllocateNetBufferListPool(NULL, &p);
}

static NDIS_HANDLE buffer_pool(ULONG data)
{
	NET_BUFFER_POOL_PARAMETERS p = {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision = NET_BUFFER_POOL_PARAMETERS_REVISION_1,
		.Header.Size = NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1,
		.DataSize = data,
	};

	return NdisAllocateNetBufferPool(NULL, &p);
}

static bool aligned(const void *p)
{
	return IS_ALIGNED((unsigned long)p, MEMORY_ALLOCATION_ALIGNMENT);
}

/* REG-071: one buffer with each list, and memory if the pool says so. */
static void ndis_buffer_pool_test(struct kunit *test)
{
	NDIS_HANDLE pool = list_pool(32, TRUE, 500);
	PNET_BUFFER_LIST nbl;
	PNET_BUFFER nb;

	CHIM_COVERS(test, "REG-070 REG-071");
	KUNIT_ASSERT_NOT_NULL(test, pool);
	nbl = NdisAllocateNetBufferList(pool, 0, 0);
	KUNIT_ASSERT_NOT_NULL(test, nbl);
	nb = NET_BUFFER_LIST_FIRST_NB(nbl);
	KUNIT_ASSERT_NOT_NULL(test, nb);
	KUNIT_EXPECT_NULL(test, NET_BUFFER_NEXT_NB(nb));
	KUNIT_EXPECT_TRUE(test, aligned(nbl) && aligned(nb));
	KUNIT_EXPECT_PTR_EQ(test, nbl->NdisPoolHandle, pool);
	KUNIT_EXPECT_EQ(test, NET_BUFFER_DATA_LENGTH(nb), 0U);
	KUNIT_EXPECT_EQ(test, NET_BUFFER_DATA_OFFSET(nb), 500U);
	KUNIT_EXPECT_EQ(test, NdisRetreatNetBufferDataStart(nb, 500, 0, NULL),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, NET_BUFFER_CURRENT_MDL(nb),
			    NET_BUFFER_FIRST_MDL(nb));
	memset(NdisGetDataBuffer(nb, 500, NULL, 1, 0), 0x55, 500);
	NdisFreeNetBufferList(nbl);
	nbl = NdisAllocateNetBufferAndNetBufferList(NULL, 0, 0, NULL, 0, 0);
	KUNIT_EXPECT_NULL(test, nbl);
	NdisFreeNetBufferListPool(pool);
	/* Not a pool that could be. */
	KUNIT_EXPECT_NULL(test, list_pool(8, TRUE, 0));
	KUNIT_EXPECT_NULL(test, list_pool(0, FALSE, 100));
}

static void ndis_buffer_context_test(struct kunit *test)
{
	u64 before = chimn_misused(CHIMN_MISUSE_POOL);
	NDIS_HANDLE pool = list_pool(32, TRUE, 0);
	PNET_BUFFER_LIST nbl;
	UCHAR *own, *mine;

	nbl = NdisAllocateNetBufferList(pool, 0, 0);
	KUNIT_ASSERT_NOT_NULL(test, nbl);
	/* The pool's comes first, without memory of its own. */
	KUNIT_EXPECT_EQ(test, NdisAllocateNetBufferListContext(nbl, 32, 0, 1),
			NDIS_STATUS_SUCCESS);
	own = NET_BUFFER_LIST_CONTEXT_DATA_START(nbl);
	KUNIT_EXPECT_EQ(test, NET_BUFFER_LIST_CONTEXT_DATA_SIZE(nbl), 32);
	KUNIT_EXPECT_TRUE(test, aligned(own));
	memset(own, 1, 32);
	KUNIT_EXPECT_EQ(test, NdisAllocateNetBufferListContext(nbl, 16, 16, 1),
			NDIS_STATUS_SUCCESS);
	mine = NET_BUFFER_LIST_CONTEXT_DATA_START(nbl);
	memset(mine, 2, 16);
	/* Its back fill is for the next. */
	KUNIT_EXPECT_EQ(test, NdisAllocateNetBufferListContext(nbl, 16, 0, 1),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, NET_BUFFER_LIST_CONTEXT_DATA_START(nbl),
			    mine - 16);
	NdisFreeNetBufferListContext(nbl, 16);
	NdisFreeNetBufferListContext(nbl, 16);
	KUNIT_EXPECT_PTR_EQ(test, NET_BUFFER_LIST_CONTEXT_DATA_START(nbl), own);
	KUNIT_EXPECT_EQ(test, own[31], 1);
	NdisFreeNetBufferListContext(nbl, 32);
	KUNIT_EXPECT_EQ(test, NdisAllocateNetBufferListContext(nbl, 8, 0, 1),
			NDIS_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_POOL), before);
	NdisFreeNetBufferListContext(nbl, 16);
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_POOL), before + 1);
	/* What is left goes with the list. */
	KUNIT_EXPECT_EQ(test, NdisAllocateNetBufferListContext(nbl, 64, 0, 1),
			NDIS_STATUS_SUCCESS);
	NdisFreeNetBufferList(nbl);
	NdisFreeNetBufferListPool(pool);
}

static void ndis_buffer_wrong_pool_test(struct kunit *test)
{
	u64 before = chimn_misused(CHIMN_MISUSE_POOL);
	NDIS_HANDLE lists = list_pool(0, TRUE, 0), buffers = buffer_pool(0);
	PNET_BUFFER_LIST nbl = NdisAllocateNetBufferList(lists, 0, 0);
	PNET_BUFFER nb = NdisAllocateNetBuffer(buffers, NULL, 0, 0);

	KUNIT_ASSERT_NOT_NULL(test, nbl);
	KUNIT_ASSERT_NOT_NULL(test, nb);
	KUNIT_EXPECT_NULL(test, NdisAllocateNetBufferList(buffers, 0, 0));
	KUNIT_EXPECT_NULL(test, NdisAllocateNetBuffer(lists, NULL, 0, 0));
	/* The buffer of a list is no buffer of its own. */
	NdisFreeNetBuffer(NET_BUFFER_LIST_FIRST_NB(nbl));
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_POOL), before + 1);
	NdisFreeNetBuffer(nb);
	NdisFreeNetBufferList(nbl);
	NdisFreeNetBufferPool(buffers);
	NdisFreeNetBufferListPool(lists);
	nb = NULL;
	buffers = buffer_pool(100);
	nb = NdisAllocateNetBufferMdlAndData(buffers);
	KUNIT_ASSERT_NOT_NULL(test, nb);
	KUNIT_EXPECT_EQ(test, NET_BUFFER_DATA_OFFSET(nb), 100U);
	KUNIT_EXPECT_EQ(test, MmGetMdlByteCount(NET_BUFFER_FIRST_MDL(nb)), 100U);
	NdisFreeNetBuffer(nb);
	NdisFreeNetBufferPool(buffers);
}

/* --- MDLs ------------------------------------------------------------------------- */

static void check_mdl(struct kunit *test, u8 *va, u32 length)
{
	PMDL mdl = NdisAllocateMdl(NULL, va, length);
	const u64 *pfns = (const u64 *)(mdl + 1);
	unsigned int i, offset, bytes;
	struct page *page;
	PVOID at = NULL;

	KUNIT_ASSERT_NOT_NULL(test, mdl);
	NdisQueryMdl(mdl, &at, &bytes, NormalPagePriority);
	KUNIT_EXPECT_PTR_EQ(test, at, (PVOID)va);
	KUNIT_EXPECT_EQ(test, bytes, length);
	NdisQueryMdlOffset(mdl, &offset, &bytes);
	KUNIT_EXPECT_EQ(test, (unsigned long)offset, offset_in_page(va));
	for (i = 0; i * PAGE_SIZE < offset + length; i++) {
		page = is_vmalloc_addr(va) ?
		       vmalloc_to_page(va - offset + i * PAGE_SIZE) :
		       virt_to_page(va - offset + i * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, pfns[i], (u64)page_to_pfn(page));
	}
	NdisFreeMdl(mdl);
}

static void ndis_buffer_mdl_test(struct kunit *test)
{
	u8 *linear = kmalloc(3 * PAGE_SIZE, GFP_KERNEL);
	u8 *virtual = vmalloc(3 * PAGE_SIZE);
	PMDL mdl;

	CHIM_COVERS(test, "BLK-109");
	KUNIT_ASSERT_NOT_NULL(test, linear);
	KUNIT_ASSERT_NOT_NULL(test, virtual);
	check_mdl(test, linear + 100, 5000);
	check_mdl(test, linear, PAGE_SIZE);
	check_mdl(test, linear + PAGE_SIZE - 1, 2);
	check_mdl(test, virtual + 17, 2 * PAGE_SIZE);
	/* Locked pages that are not mapped. */
	mdl = NdisAllocateMdl(NULL, linear + 5, 2 * PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, mdl);
	mdl->MdlFlags = MDL_PAGES_LOCKED;
	mdl->MappedSystemVa = NULL;
	KUNIT_EXPECT_PTR_EQ(test,
			    MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority),
			    (PVOID)(linear + 5));
	NdisFreeMdl(mdl);
	vfree(virtual);
	kfree(linear);
}

/* The bytes of three pages, last page first. */
static bool holds(const u8 *at, u32 offset, u32 length)
{
	u32 i, nr;

	for (i = 0; i < length; i++) {
		nr = 2 - (offset + i) / PAGE_SIZE;
		if (at[i] != (u8)(nr * 50 + (offset + i) % PAGE_SIZE % 49))
			return false;
	}
	return true;
}

/* Three locked pages in the wrong order, without the first five bytes. */
static PMDL scattered(struct kunit *test, u8 *memory)
{
	PMDL mdl = NdisAllocateMdl(NULL, memory + 5, 3 * PAGE_SIZE - 5);
	u64 *pfns = (u64 *)(mdl + 1);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, mdl);
	for (i = 0; i < 3 * PAGE_SIZE; i++)
		memory[i] = i / PAGE_SIZE * 50 + i % PAGE_SIZE % 49;
	mdl->MdlFlags = MDL_PAGES_LOCKED;
	mdl->MappedSystemVa = NULL;
	swap(pfns[0], pfns[2]);
	return mdl;
}

static void ndis_buffer_scattered_test(struct kunit *test)
{
	u8 *memory = kmalloc(4 * PAGE_SIZE, GFP_KERNEL), *at;
	PMDL mdl;

	KUNIT_ASSERT_NOT_NULL(test, memory);
	mdl = scattered(test, memory);
	/* Not where nobody may sleep. */
	local_bh_disable();
	KUNIT_EXPECT_NULL(test,
			  MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
	local_bh_enable();
	rcu_read_lock();
	KUNIT_EXPECT_NULL(test,
			  MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
	rcu_read_unlock();
	at = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
	KUNIT_ASSERT_NOT_NULL(test, at);
	KUNIT_EXPECT_EQ(test, offset_in_page(at), 5UL);
	KUNIT_EXPECT_TRUE(test, holds(at, 5, 3 * PAGE_SIZE - 5));
	/* It is the same memory, and stays where it is. */
	at[0] = 0xff;
	KUNIT_EXPECT_EQ(test, memory[2 * PAGE_SIZE + 5], 0xff);
	KUNIT_EXPECT_PTR_EQ(test,
			    MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority),
			    (PVOID)at);
	local_bh_disable();
	MmUnmapLockedPages(at, mdl);
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, mdl->MdlFlags, (CSHORT)MDL_PAGES_LOCKED);
	MmUnmapLockedPages(memory, mdl);	/* never mapped */
	KUNIT_EXPECT_NOT_NULL(test,
			      MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
	NdisFreeMdl(mdl);
	/* As memory that is mapped already. */
	mdl = NdisAllocateMdl(NULL, memory, PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, mdl);
	mdl->MdlFlags = 0;
	mdl->MappedSystemVa = NULL;
	MmBuildMdlForNonPagedPool(mdl);
	KUNIT_EXPECT_PTR_EQ(test, mdl->MappedSystemVa, (PVOID)memory);
	NdisFreeMdl(mdl);
	kfree(memory);
}

/* Data is looked at in place where it can be, and copied where it cannot. */
static void ndis_buffer_scattered_data_test(struct kunit *test)
{
	NDIS_HANDLE pool = buffer_pool(0);
	u8 *memory = kmalloc(4 * PAGE_SIZE, GFP_KERNEL), *at;
	u8 *storage = kmalloc(3 * PAGE_SIZE, GFP_KERNEL);
	PNET_BUFFER nb;
	PMDL mdl;

	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_ASSERT_NOT_NULL(test, storage);
	mdl = scattered(test, memory);
	nb = NdisAllocateNetBuffer(pool, mdl, 0, 3 * PAGE_SIZE - 5);
	KUNIT_ASSERT_NOT_NULL(test, nb);
	local_bh_disable();
	at = NdisGetDataBuffer(nb, PAGE_SIZE - 5, NULL, 1, 0);
	KUNIT_EXPECT_PTR_EQ(test, at, memory + 2 * PAGE_SIZE + 5);
	KUNIT_EXPECT_NULL(test, NdisGetDataBuffer(nb, PAGE_SIZE, NULL, 1, 0));
	at = NdisGetDataBuffer(nb, 3 * PAGE_SIZE - 5, storage, 1, 0);
	local_bh_enable();
	KUNIT_EXPECT_PTR_EQ(test, at, storage);
	KUNIT_EXPECT_TRUE(test, holds(storage, 5, 3 * PAGE_SIZE - 5));
	NdisAdvanceNetBufferDataStart(nb, PAGE_SIZE - 100, FALSE, NULL);
	at = NdisGetDataBuffer(nb, 200, storage, 1, 0);
	KUNIT_EXPECT_PTR_EQ(test, at, storage);
	KUNIT_EXPECT_TRUE(test, holds(at, PAGE_SIZE - 95, 200));
	/* Without a place to copy to, the pages are mapped. */
	at = NdisGetDataBuffer(nb, 200, NULL, 1, 0);
	KUNIT_ASSERT_NOT_NULL(test, at);
	KUNIT_EXPECT_TRUE(test, holds(at, PAGE_SIZE - 95, 200));
	NdisFreeNetBuffer(nb);
	NdisFreeNetBufferPool(pool);
	NdisFreeMdl(mdl);
	kfree(storage);
	kfree(memory);
}

/* --- data ------------------------------------------------------------------------------ */

#define PIECES	5
#define BYTES	64

/* A buffer whose memory is in pieces, with known bytes in it. */
struct split {
	u8 memory[PIECES][BYTES];
	PMDL mdl[PIECES];
	PNET_BUFFER nb;
	u32 total;
};

static void make_split(struct kunit *test, struct split *s, NDIS_HANDLE pool,
		       struct rnd_state *rnd)
{
	u32 i, j, n;

	s->total = 0;
	for (i = 0; i < PIECES; i++) {
		n = prandom_u32_state(rnd) % (BYTES + 1);
		for (j = 0; j < n; j++)
			s->memory[i][j] = s->total++;
		s->mdl[i] = NdisAllocateMdl(NULL, s->memory[i], n);
		KUNIT_ASSERT_NOT_NULL(test, s->mdl[i]);
		if (i)
			NDIS_MDL_LINKAGE(s->mdl[i - 1]) = s->mdl[i];
	}
	s->nb = NdisAllocateNetBuffer(pool, s->mdl[0], 0, s->total);
	KUNIT_ASSERT_NOT_NULL(test, s->nb);
}

static void check_data(struct kunit *test, struct split *s, u32 offset)
{
	u32 length = s->total - offset, n, i;
	u8 storage[PIECES * BYTES], *at;

	KUNIT_EXPECT_EQ(test, NET_BUFFER_DATA_OFFSET(s->nb), offset);
	KUNIT_EXPECT_EQ(test, NET_BUFFER_DATA_LENGTH(s->nb), length);
	KUNIT_EXPECT_NULL(test, NdisGetDataBuffer(s->nb, length + 1, storage,
						  1, 0));
	for (n = 1; n <= length; n += 7) {
		at = NdisGetDataBuffer(s->nb, n, storage, 1, 0);
		KUNIT_ASSERT_NOT_NULL(test, at);
		for (i = 0; i < n; i++)
			if (at[i] != (u8)(offset + i))
				break;
		KUNIT_EXPECT_EQ(test, i, n);
		/* In place if it lies in one piece, copied if not. */
		KUNIT_EXPECT_EQ(test, at == storage,
				!NdisGetDataBuffer(s->nb, n, NULL, 1, 0));
	}
}

/* Advance and retreat at random against the one number they come to. */
static void ndis_buffer_move_test(struct kunit *test)
{
	struct split *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	NDIS_HANDLE pool = buffer_pool(0);
	u32 run, step, by, offset;
	struct rnd_state rnd;
	NDIS_STATUS status;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	prandom_seed_state(&rnd, 99);
	for (run = 0; run < 50; run++) {
		make_split(test, s, pool, &rnd);
		offset = 0;
		for (step = 0; step < 20; step++) {
			by = prandom_u32_state(&rnd) % (s->total + 1);
			if (prandom_u32_state(&rnd) % 2) {
				by = min(by, s->total - offset);
				NdisAdvanceNetBufferDataStart(s->nb, by, FALSE,
							      NULL);
				offset += by;
			} else {
				by = min(by, offset);
				status = NdisRetreatNetBufferDataStart(s->nb, by,
								       0, NULL);
				KUNIT_EXPECT_EQ(test, status,
						NDIS_STATUS_SUCCESS);
				offset -= by;
			}
			check_data(test, s, offset);
		}
		NdisFreeNetBuffer(s->nb);
		for (i = 0; i < PIECES; i++)
			NdisFreeMdl(s->mdl[i]);
	}
	NdisFreeNetBufferPool(pool);
}

static int allocated, freed;

static PMDL alloc_mdl(PULONG size)
{
	u8 *memory = kmalloc(*size, GFP_KERNEL);

	allocated++;
	return memory ? NdisAllocateMdl(NULL, memory, *size) : NULL;
}

static VOID free_mdl(PMDL mdl)
{
	freed++;
	kfree(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
	NdisFreeMdl(mdl);
}

/* Room that is not there is allocated, and freed again. */
static void ndis_buffer_retreat_test(struct kunit *test)
{
	NDIS_HANDLE pool = buffer_pool(50);
	PNET_BUFFER nb = NdisAllocateNetBufferMdlAndData(pool);
	PMDL first;

	KUNIT_ASSERT_NOT_NULL(test, nb);
	first = NET_BUFFER_FIRST_MDL(nb);
	KUNIT_EXPECT_EQ(test, NdisRetreatNetBufferDataStart(nb, 80, 20, NULL),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, NET_BUFFER_DATA_LENGTH(nb), 80U);
	KUNIT_EXPECT_EQ(test, NET_BUFFER_DATA_OFFSET(nb), 20U);
	KUNIT_EXPECT_PTR_EQ(test, NDIS_MDL_LINKAGE(NET_BUFFER_FIRST_MDL(nb)),
			    first);
	NdisAdvanceNetBufferDataStart(nb, 31, TRUE, NULL);
	KUNIT_EXPECT_PTR_EQ(test, NET_BUFFER_FIRST_MDL(nb), first);
	KUNIT_EXPECT_EQ(test, NET_BUFFER_DATA_OFFSET(nb), 1U);
	/* With the driver's own functions. */
	KUNIT_EXPECT_EQ(test, NdisRetreatNetBufferDataStart(nb, 11, 0, alloc_mdl),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, NET_BUFFER_DATA_LENGTH(nb), 60U);
	KUNIT_EXPECT_EQ(test, NET_BUFFER_DATA_OFFSET(nb), 0U);
	NdisAdvanceNetBufferDataStart(nb, 10, TRUE, free_mdl);
	KUNIT_EXPECT_PTR_EQ(test, NET_BUFFER_FIRST_MDL(nb), first);
	KUNIT_EXPECT_EQ(test, allocated, 1);
	KUNIT_EXPECT_EQ(test, freed, 1);
	KUNIT_EXPECT_EQ(test, NdisRetreatNetBufferDataStart(nb, ~0U, ~0U, NULL),
			NDIS_STATUS_RESOURCES);
	NdisFreeNetBuffer(nb);
	NdisFreeNetBufferPool(pool);
}

static void ndis_buffer_align_test(struct kunit *test)
{
	NDIS_HANDLE pool = buffer_pool(0);
	u8 memory[32] __aligned(16), storage[32];
	PMDL mdl = NdisAllocateMdl(NULL, memory, sizeof(memory));
	PNET_BUFFER nb = NdisAllocateNetBuffer(pool, mdl, 3, 20);

	KUNIT_ASSERT_NOT_NULL(test, nb);
	KUNIT_EXPECT_NULL(test, NdisGetDataBuffer(nb, 4, NULL, 4, 0));
	KUNIT_EXPECT_PTR_EQ(test, NdisGetDataBuffer(nb, 4, NULL, 4, 3),
			    (PVOID)(memory + 3));
	KUNIT_EXPECT_PTR_EQ(test, NdisGetDataBuffer(nb, 4, storage, 4, 0),
			    (PVOID)storage);
	NdisFreeNetBuffer(nb);
	NdisFreeMdl(mdl);
	NdisFreeNetBufferPool(pool);
}

static struct kunit_case ndis_buffer_cases[] = {
	KUNIT_CASE(ndis_buffer_pool_test),
	KUNIT_CASE(ndis_buffer_context_test),
	KUNIT_CASE(ndis_buffer_wrong_pool_test),
	KUNIT_CASE(ndis_buffer_mdl_test),
	KUNIT_CASE(ndis_buffer_scattered_test),
	KUNIT_CASE(ndis_buffer_scattered_data_test),
	KUNIT_CASE(ndis_buffer_move_test),
	KUNIT_CASE(ndis_buffer_retreat_test),
	KUNIT_CASE(ndis_buffer_align_test),
	{}
};

static struct kunit_suite ndis_buffer_suite = {
	.name = "chim_ndis_buffer",
	.test_cases = ndis_buffer_cases,
};

kunit_test_suite(ndis_buffer_suite);
