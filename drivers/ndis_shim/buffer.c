// SPDX-License-Identifier: GPL-2.0
/* The data of a NET_BUFFER: where it begins, and looking at it. */
#include "ndis_shim/buffer.h"

#include "ndis_shim/call.h"
#include "ndis_shim/mdl.h"

#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/string.h>

/* Stands at @offset from the start of the MDLs. */
static void set_current(PNET_BUFFER nb, u32 offset)
{
	PMDL mdl = nb->MdlChain;

	nb->DataOffset = offset;
	while (mdl && offset >= mdl->ByteCount && mdl->Next) {
		offset -= mdl->ByteCount;
		mdl = mdl->Next;
	}
	nb->CurrentMdl = mdl;
	nb->CurrentMdlOffset = offset;
}

/**
 * chimn_buffer_init() - a buffer for data
 * @nb: cleared
 * @chain: MDLs, or NULL
 * @offset: where in them data begins
 * @length: bytes
 *
 * Context: any.
 */
void chimn_buffer_init(PNET_BUFFER nb, PMDL chain, u32 offset, u32 length)
{
	nb->MdlChain = chain;
	nb->DataLength = length;
	set_current(nb, offset);
}

static PMDL alloc_front(bool ms, NET_BUFFER_ALLOCATE_MDL_HANDLER handler,
			ULONG *size)
{
	if (!handler)
		return chimn_mdl_alloc_data(*size);
	return CHIMN_CALL(ms, PMDL, (PULONG), handler, size);
}

/**
 * chimn_buffer_retreat() - NdisRetreatNetBufferDataStart
 * @ms: the handler has the Windows calling convention
 * @nb: the buffer
 * @delta: bytes
 * @backfill: bytes to have in front of them, if memory must be allocated
 * @handler: allocates, or NULL
 *
 * Context: any.
 * Return: a status.
 */
NDIS_STATUS chimn_buffer_retreat(bool ms, PNET_BUFFER nb, u32 delta,
				 u32 backfill,
				 NET_BUFFER_ALLOCATE_MDL_HANDLER handler)
{
	ULONG size, need;
	PMDL mdl;

	if (nb->DataOffset >= delta) {
		nb->DataLength += delta;
		set_current(nb, nb->DataOffset - delta);
		return NDIS_STATUS_SUCCESS;
	}
	need = delta - nb->DataOffset;
	if (check_add_overflow(need, backfill, &size))
		return NDIS_STATUS_RESOURCES;
	mdl = alloc_front(ms, handler, &size);
	if (!mdl || mdl->ByteCount < need)
		return NDIS_STATUS_RESOURCES;
	mdl->Next = nb->MdlChain;
	nb->MdlChain = mdl;
	nb->DataLength += delta;
	set_current(nb, mdl->ByteCount - need);
	return NDIS_STATUS_SUCCESS;
}

/**
 * NdisRetreatNetBufferDataStart() - make room in front of the data
 * @NetBuffer: the buffer
 * @DataOffsetDelta: bytes that the data becomes longer
 * @DataBackFill: bytes to have in front of that, if memory must be allocated
 * @AllocateMdlHandler: allocates it, with an MDL; NULL: NDIS does
 *
 * Context: any.
 * Return: NDIS_STATUS_SUCCESS or _RESOURCES.
 */
NDIS_STATUS NdisRetreatNetBufferDataStart(PNET_BUFFER NetBuffer,
					  ULONG DataOffsetDelta, ULONG DataBackFill,
					  NET_BUFFER_ALLOCATE_MDL_HANDLER AllocateMdlHandler)
{
	return chimn_buffer_retreat(false, NetBuffer, DataOffsetDelta,
				    DataBackFill, AllocateMdlHandler);
}

static void free_front(bool ms, PNET_BUFFER nb,
		       NET_BUFFER_FREE_MDL_HANDLER handler)
{
	PMDL mdl = nb->MdlChain;

	nb->DataOffset -= mdl->ByteCount;
	nb->MdlChain = mdl->Next;
	if (handler)
		CHIMN_CALL(ms, VOID, (PMDL), handler, mdl);
	else
		NdisFreeMdl(mdl);
}

/**
 * chimn_buffer_advance() - NdisAdvanceNetBufferDataStart
 * @ms: the handler has the Windows calling convention
 * @nb: the buffer
 * @delta: bytes; no more than there are count
 * @free: free MDLs that have no data any more
 * @handler: frees them, or NULL
 *
 * Context: any.
 */
void chimn_buffer_advance(bool ms, PNET_BUFFER nb, u32 delta, bool free,
			  NET_BUFFER_FREE_MDL_HANDLER handler)
{
	delta = min(delta, nb->DataLength);
	nb->DataLength -= delta;
	set_current(nb, nb->DataOffset + delta);
	while (free && nb->MdlChain && nb->MdlChain != nb->CurrentMdl)
		free_front(ms, nb, handler);
}

/**
 * NdisAdvanceNetBufferDataStart() - the data begins later
 * @NetBuffer: the buffer
 * @DataOffsetDelta: bytes that the data becomes shorter
 * @FreeMdl: free MDLs in front that have no data any more
 * @FreeMdlHandler: frees them; NULL: NdisFreeMdl() does
 *
 * Serves SND-066, RCV-058 and DSC-058.
 *
 * Context: any.
 */
VOID NdisAdvanceNetBufferDataStart(PNET_BUFFER NetBuffer, ULONG DataOffsetDelta,
				   BOOLEAN FreeMdl,
				   NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler)
{
	chimn_buffer_advance(false, NetBuffer, DataOffsetDelta, FreeMdl,
			     FreeMdlHandler);
}

/* False if the MDLs end before. */
static bool copy(const NET_BUFFER *nb, u8 *to, u32 bytes)
{
	PMDL mdl = nb->CurrentMdl;
	u32 offset = nb->CurrentMdlOffset, piece;

	while (bytes) {
		if (!mdl || offset > mdl->ByteCount)
			return false;
		piece = min(bytes, mdl->ByteCount - offset);
		if (!chimn_mdl_copy(mdl, offset, to, piece))
			return false;
		to += piece;
		bytes -= piece;
		offset = 0;
		mdl = mdl->Next;
	}
	return true;
}

static bool is_aligned(const u8 *va, UINT multiple, UINT offset)
{
	return multiple <= 1 ||
	       ((unsigned long)va - offset) % multiple == 0;
}

/**
 * NdisGetDataBuffer() - look at the first bytes of a buffer
 * @NetBuffer: the buffer
 * @BytesNeeded: how many
 * @Storage: where to copy them if they do not lie in one piece, or not aligned;
 *	or NULL
 * @AlignMultiple: the address must be a multiple of this
 * @AlignOffset: plus this
 *
 * Context: any.
 * Return: their address, or NULL.
 */
PVOID NdisGetDataBuffer(PNET_BUFFER NetBuffer, ULONG BytesNeeded, PVOID Storage,
			UINT AlignMultiple, UINT AlignOffset)
{
	PMDL mdl = NetBuffer->CurrentMdl;
	u32 offset = NetBuffer->CurrentMdlOffset;
	u8 *va;

	if (!BytesNeeded || BytesNeeded > NetBuffer->DataLength || !mdl)
		return NULL;
	if (offset <= mdl->ByteCount &&
	    BytesNeeded <= mdl->ByteCount - offset) {
		/* Mapping pages takes more than copying a few bytes. */
		va = chimn_mdl_look(mdl, offset, BytesNeeded);
		if (!va && !Storage) {
			va = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
			va = va ? va + offset : NULL;
		}
		if (va && is_aligned(va, AlignMultiple, AlignOffset))
			return va;
	}
	return Storage && copy(NetBuffer, Storage, BytesNeeded) ? Storage : NULL;
}
