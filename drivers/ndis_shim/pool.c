// SPDX-License-Identifier: GPL-2.0
/*
 * Pools of NET_BUFFER_LIST and NET_BUFFER structures. A pool says what its
 * structures are like and counts them; the memory is the slab's, one piece for a
 * structure and all that comes with it.
 */
#include "ndis_shim/buffer.h"
#include "ndis_shim/handle.h"
#include "ndis_shim/mdl.h"
#include "ndis_shim/memory.h"
#include "ndis_shim/misuse.h"

#include <linux/align.h>
#include <linux/slab.h>

/**
 * struct chimn_pool - a pool
 * @obj: what it is found by; held by its structures
 * @lists: of NET_BUFFER_LIST structures, not of NET_BUFFER alone
 * @buffer: with a NET_BUFFER each
 * @context: bytes of context with each list
 * @data: bytes of memory with each buffer
 */
struct chimn_pool {
	struct chimn_obj obj;
	bool lists;
	bool buffer;
	u32 context;
	u32 data;
};

static size_t align(size_t bytes)
{
	return ALIGN(bytes, MEMORY_ALLOCATION_ALIGNMENT);
}

static NDIS_HANDLE make_pool(const struct chimn_pool *like)
{
	struct chimn_pool *pool = kmalloc(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return NULL;
	*pool = *like;
	if (chimn_obj_add(&pool->obj, CHIMN_POOL)) {
		kfree(pool);
		return NULL;
	}
	return pool->obj.handle;
}

static void free_pool(NDIS_HANDLE handle, bool lists, const char *who)
{
	struct chimn_pool *pool;

	rcu_read_lock();
	pool = (void *)chimn_obj_find(handle, CHIMN_POOL);
	if (pool && (pool->lists != lists ||
		     test_and_set_bit(0, &pool->obj.closing)))
		pool = NULL;
	rcu_read_unlock();
	if (!pool) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, who);
		return;
	}
	if (refcount_read(&pool->obj.refs) > 1)
		chimn_misuse(CHIMN_MISUSE_POOL, who);
	chimn_obj_drain(&pool->obj, who);
	chimn_obj_remove(&pool->obj);
	kfree_rcu(pool, obj.rcu);
}

/**
 * NdisAllocateNetBufferListPool() - make a pool of buffer lists (REG-070)
 * @NdisHandle: not used
 * @Parameters: what they are like
 *
 * Context: process, may sleep.
 * Return: its handle, or NULL.
 */
NDIS_HANDLE NdisAllocateNetBufferListPool(NDIS_HANDLE NdisHandle,
					  PNET_BUFFER_LIST_POOL_PARAMETERS Parameters)
{
	struct chimn_pool like = { .lists = true };

	if (Parameters->Header.Size < sizeof(*Parameters) ||
	    Parameters->ContextSize % MEMORY_ALLOCATION_ALIGNMENT ||
	    (Parameters->DataSize && !Parameters->fAllocateNetBuffer))
		return NULL;
	like.buffer = Parameters->fAllocateNetBuffer;
	like.context = Parameters->ContextSize;
	like.data = Parameters->DataSize;
	return make_pool(&like);
}

/**
 * NdisFreeNetBufferListPool() - the end of a pool
 * @PoolHandle: of the pool; waits for structures that are not freed
 *
 * Context: process, may sleep.
 */
VOID NdisFreeNetBufferListPool(NDIS_HANDLE PoolHandle)
{
	free_pool(PoolHandle, true, __func__);
}

/**
 * NdisAllocateNetBufferPool() - make a pool of buffers
 * @NdisHandle: not used
 * @Parameters: what they are like
 *
 * Context: process, may sleep.
 * Return: its handle, or NULL.
 */
NDIS_HANDLE NdisAllocateNetBufferPool(NDIS_HANDLE NdisHandle,
				      PNET_BUFFER_POOL_PARAMETERS Parameters)
{
	struct chimn_pool like = { .data = Parameters->DataSize };

	if (Parameters->Header.Size < sizeof(*Parameters))
		return NULL;
	return make_pool(&like);
}

/**
 * NdisFreeNetBufferPool() - the end of a pool
 * @PoolHandle: of the pool; waits for structures that are not freed
 *
 * Context: process, may sleep.
 */
VOID NdisFreeNetBufferPool(NDIS_HANDLE PoolHandle)
{
	free_pool(PoolHandle, false, __func__);
}

/* --- allocating --------------------------------------------------------------- */

static struct chimn_pool *get_pool(NDIS_HANDLE handle, bool lists,
				   const char *who)
{
	struct chimn_pool *pool = (void *)chimn_obj_get(handle, CHIMN_POOL);

	if (pool && pool->lists != lists) {
		chimn_obj_put(&pool->obj, 1);
		pool = NULL;
	}
	if (!pool)
		chimn_misuse(CHIMN_MISUSE_HANDLE, who);
	return pool;
}

/* Bytes for memory of @data bytes and its MDL, wherever in a page it begins. */
static size_t data_room(u32 data)
{
	if (!data)
		return 0;
	return align(chimn_mdl_size((void *)(PAGE_SIZE - 1), data)) + data;
}

/* All of it is free: the data begins, and ends, at the end. */
static void init_data(PNET_BUFFER nb, void *room, u32 data)
{
	u8 *va = (u8 *)room + data_room(data) - data;
	PMDL mdl = data ? room : NULL;

	if (mdl)
		chimn_mdl_init(mdl, va, data);
	chimn_buffer_init(nb, mdl, data, 0);
}

static size_t context_room(const struct chimn_pool *pool)
{
	if (!pool->context)
		return 0;
	return align(offsetof(NET_BUFFER_LIST_CONTEXT, ContextData) +
		     pool->context);
}

/* The context that is part of a list, if its pool says so. */
static PNET_BUFFER_LIST_CONTEXT own_context(PNET_BUFFER_LIST nbl)
{
	return (void *)((u8 *)nbl + align(sizeof(*nbl)));
}

static void init_context(PNET_BUFFER_LIST nbl, PNET_BUFFER_LIST_CONTEXT context,
			 u32 size, u32 offset)
{
	context->Next = nbl->Context;
	context->Size = size;
	context->Offset = offset;
	nbl->Context = context;
}

static PNET_BUFFER_LIST alloc_list(struct chimn_pool *pool)
{
	size_t contexts = context_room(pool);
	size_t head = align(sizeof(NET_BUFFER_LIST)) + contexts;
	size_t size = head;
	PNET_BUFFER_LIST nbl;
	PNET_BUFFER nb;

	if (pool->buffer)
		size += align(sizeof(*nb)) + data_room(pool->data);
	nbl = chimn_alloc(size);
	if (!nbl)
		return NULL;
	memset(nbl, 0, size - pool->data);
	nbl->NdisPoolHandle = pool->obj.handle;
	if (contexts)
		init_context(nbl, own_context(nbl), pool->context, pool->context);
	if (pool->buffer) {
		nb = (void *)((u8 *)nbl + head);
		init_data(nb, (u8 *)nb + align(sizeof(*nb)), pool->data);
		nbl->FirstNetBuffer = nb;
	}
	return nbl;
}

/* The pool is held by what comes of this. */
static PNET_BUFFER_LIST get_list(NDIS_HANDLE handle, u32 context, u32 backfill,
				 const char *who)
{
	struct chimn_pool *pool = get_pool(handle, true, who);
	PNET_BUFFER_LIST nbl;

	if (!pool)
		return NULL;
	nbl = alloc_list(pool);
	if (!nbl)
		goto put_pool;
	if ((context || backfill) &&
	    NdisAllocateNetBufferListContext(nbl, context, backfill, 0))
		goto free_list;
	return nbl;

free_list:
	kfree(nbl);
put_pool:
	chimn_obj_put(&pool->obj, 1);
	return NULL;
}

/**
 * NdisAllocateNetBufferList() - a buffer list from a pool (REG-071)
 * @PoolHandle: of the pool; it says if there is a buffer in it, and memory
 * @ContextSize: bytes of context, beyond that of the pool
 * @ContextBackFill: bytes in front of it
 *
 * Context: any.
 * Return: the list, or NULL.
 */
PNET_BUFFER_LIST NdisAllocateNetBufferList(NDIS_HANDLE PoolHandle,
					   USHORT ContextSize,
					   USHORT ContextBackFill)
{
	return get_list(PoolHandle, ContextSize, ContextBackFill, __func__);
}

/**
 * NdisAllocateNetBufferAndNetBufferList() - a buffer list for given memory
 * @PoolHandle: of a pool whose lists have a buffer, without memory
 * @ContextSize: see NdisAllocateNetBufferList()
 * @ContextBackFill: see NdisAllocateNetBufferList()
 * @MdlChain: the memory
 * @DataOffset: where in it the data begins
 * @DataLength: bytes of data
 *
 * Context: any.
 * Return: the list, or NULL.
 */
PNET_BUFFER_LIST NdisAllocateNetBufferAndNetBufferList(NDIS_HANDLE PoolHandle,
						       USHORT ContextSize,
						       USHORT ContextBackFill,
						       PMDL MdlChain, ULONG DataOffset,
						       SIZE_T DataLength)
{
	PNET_BUFFER_LIST nbl;

	nbl = get_list(PoolHandle, ContextSize, ContextBackFill, __func__);
	if (!nbl)
		return NULL;
	if (!nbl->FirstNetBuffer || DataLength > U32_MAX) {
		NdisFreeNetBufferList(nbl);
		return NULL;
	}
	chimn_buffer_init(nbl->FirstNetBuffer, MdlChain, DataOffset, DataLength);
	return nbl;
}

static PNET_BUFFER get_buffer(NDIS_HANDLE handle, bool data, const char *who)
{
	struct chimn_pool *pool = get_pool(handle, false, who);
	PNET_BUFFER nb = NULL;
	size_t size;

	if (!pool)
		return NULL;
	size = align(sizeof(*nb)) + (data ? data_room(pool->data) : 0);
	if (!data || pool->data)
		nb = chimn_alloc(size);
	if (!nb) {
		chimn_obj_put(&pool->obj, 1);
		return NULL;
	}
	memset(nb, 0, sizeof(*nb));
	nb->NdisPoolHandle = handle;
	if (data)
		init_data(nb, (u8 *)nb + align(sizeof(*nb)), pool->data);
	return nb;
}

/**
 * NdisAllocateNetBuffer() - a buffer from a pool, for given memory
 * @PoolHandle: of a pool of buffers
 * @MdlChain: the memory
 * @DataOffset: where in it the data begins
 * @DataLength: bytes of data
 *
 * Context: any.
 * Return: the buffer, or NULL.
 */
PNET_BUFFER NdisAllocateNetBuffer(NDIS_HANDLE PoolHandle, PMDL MdlChain,
				  ULONG DataOffset, SIZE_T DataLength)
{
	PNET_BUFFER nb = get_buffer(PoolHandle, false, __func__);

	if (nb)
		chimn_buffer_init(nb, MdlChain, DataOffset, DataLength);
	return nb;
}

/**
 * NdisAllocateNetBufferMdlAndData() - a buffer from a pool, with memory
 * @PoolHandle: of a pool of buffers with a DataSize
 *
 * The data has no bytes yet: NdisRetreatNetBufferDataStart() makes room for them.
 *
 * Context: any.
 * Return: the buffer, or NULL.
 */
PNET_BUFFER NdisAllocateNetBufferMdlAndData(NDIS_HANDLE PoolHandle)
{
	return get_buffer(PoolHandle, true, __func__);
}

/* --- freeing -------------------------------------------------------------------- */

/* Takes the handle out of a structure, so that a second time is found out. */
static bool put_pool(NDIS_HANDLE *handle, bool lists, const char *who)
{
	struct chimn_pool *pool;

	rcu_read_lock();
	pool = (void *)chimn_obj_find(*handle, CHIMN_POOL);
	if (pool && pool->lists != lists)
		pool = NULL;
	rcu_read_unlock();
	if (!pool) {
		chimn_misuse(CHIMN_MISUSE_POOL, who);
		return false;
	}
	*handle = NULL;
	/* The structure held it until now. */
	chimn_obj_put(&pool->obj, 1);
	return true;
}

/**
 * NdisFreeNetBufferList() - free a buffer list
 * @NetBufferList: from a pool; its MDLs, unless they came with it, are the
 *	caller's, and so is whatever it is linked to
 *
 * Context: any.
 */
VOID NdisFreeNetBufferList(PNET_BUFFER_LIST NetBufferList)
{
	PNET_BUFFER_LIST_CONTEXT context, next, own = own_context(NetBufferList);

	if (!put_pool(&NetBufferList->NdisPoolHandle, true, __func__))
		return;
	for (context = NetBufferList->Context; context; context = next) {
		next = context->Next;
		if (context != own)
			kfree(context);
	}
	kfree(NetBufferList);
}

/**
 * NdisFreeNetBuffer() - free a buffer
 * @NetBuffer: from a pool of buffers
 *
 * Context: any.
 */
VOID NdisFreeNetBuffer(PNET_BUFFER NetBuffer)
{
	if (put_pool(&NetBuffer->NdisPoolHandle, false, __func__))
		kfree(NetBuffer);
}

/* --- context ---------------------------------------------------------------------- */

/**
 * NdisAllocateNetBufferListContext() - room for a driver's own data with a list
 * @NetBufferList: any
 * @ContextSize: bytes, a multiple of MEMORY_ALLOCATION_ALIGNMENT; then they are at
 *	NET_BUFFER_LIST_CONTEXT_DATA_START()
 * @ContextBackFill: bytes in front of them, for drivers below; likewise
 * @PoolTag: not used
 *
 * Context: any.
 * Return: NDIS_STATUS_SUCCESS, _RESOURCES, _INVALID_PARAMETER.
 */
NDIS_STATUS NdisAllocateNetBufferListContext(PNET_BUFFER_LIST NetBufferList,
					     USHORT ContextSize,
					     USHORT ContextBackFill, ULONG PoolTag)
{
	PNET_BUFFER_LIST_CONTEXT context = NetBufferList->Context;
	u32 size = ContextSize + ContextBackFill;

	if (ContextSize % MEMORY_ALLOCATION_ALIGNMENT ||
	    ContextBackFill % MEMORY_ALLOCATION_ALIGNMENT || size > U16_MAX)
		return NDIS_STATUS_INVALID_PARAMETER;
	if (context && context->Offset >= ContextSize) {
		context->Offset -= ContextSize;
		return NDIS_STATUS_SUCCESS;
	}
	context = chimn_alloc(offsetof(NET_BUFFER_LIST_CONTEXT, ContextData) +
			      size);
	if (!context)
		return NDIS_STATUS_RESOURCES;
	init_context(NetBufferList, context, size, ContextBackFill);
	return NDIS_STATUS_SUCCESS;
}

/**
 * NdisFreeNetBufferListContext() - undo NdisAllocateNetBufferListContext()
 * @NetBufferList: as given there
 * @ContextSize: as given there
 *
 * Context: any.
 */
VOID NdisFreeNetBufferListContext(PNET_BUFFER_LIST NetBufferList,
				  USHORT ContextSize)
{
	PNET_BUFFER_LIST_CONTEXT context = NetBufferList->Context;

	if (!context || context->Size - context->Offset < ContextSize) {
		chimn_misuse(CHIMN_MISUSE_POOL, __func__);
		return;
	}
	context->Offset += ContextSize;
	if (context->Offset < context->Size)
		return;
	/* The list's own one stays, to be used again. */
	if (NetBufferList->NdisPoolHandle && context == own_context(NetBufferList))
		return;
	NetBufferList->Context = context->Next;
	kfree(context);
}
