// SPDX-License-Identifier: GPL-2.0
/* Buffer lists of the host. */
#include "lists.h"

struct tl *tl_new(struct fx *fx, u32 len, u8 first)
{
	struct tl *tl = kunit_kzalloc(fx->test, struct_size(tl, data, len),
				      GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(fx->test, tl);
	for (i = 0; i < len; i++)
		tl->data[i] = first + i;
	tl->mdl.Size = sizeof(tl->mdl);
	tl->mdl.MdlFlags = MDL_MAPPED_TO_SYSTEM_VA | MDL_PAGES_LOCKED;
	tl->mdl.MappedSystemVa = tl->data;
	tl->mdl.ByteCount = len;
	tl->nb.MdlChain = &tl->mdl;
	tl->nb.CurrentMdl = &tl->mdl;
	tl->nb.DataLength = len;
	tl->nbl.FirstNetBuffer = &tl->nb;
	tl->nbl.ProtocolReserved[0] = fx;
	tl->nbl.Status = NDIS_STATUS_PENDING;
	return tl;
}

void tl_next(struct tl *tl, struct tl *next)
{
	PNET_BUFFER_LIST nbl = &tl->nbl;

	while (nbl->Next)
		nbl = nbl->Next;
	nbl->Next = &next->nbl;
}

static bool mdl_holds(const MDL *mdl, u32 offset, u32 len, u8 first)
{
	const u8 *at = mdl->MappedSystemVa;
	u32 i;

	for (i = 0; i < len; i++)
		if (at[offset + i] != (u8)(first + i))
			return false;
	return true;
}

bool tl_holds(PNET_BUFFER_LIST list, u32 len, u8 first)
{
	u32 done = 0;

	for (; list; list = list->Next) {
		const NET_BUFFER *nb = list->FirstNetBuffer;
		u32 offset = nb->CurrentMdlOffset;
		u32 left = nb->DataLength;
		const MDL *mdl;

		for (mdl = nb->CurrentMdl; mdl && left; mdl = mdl->Next) {
			u32 piece = min(left, mdl->ByteCount - offset);

			if (!mdl_holds(mdl, offset, piece, first + done))
				return false;
			done += piece;
			left -= piece;
			offset = 0;
		}
		if (left)
			return false;
	}
	return done == len;
}

void tl_send_data(struct tb *conn, struct tl *chain, u32 unsent)
{
	TCP_OFFLOAD_STATE_DELEGATED *d = tb_tdeleg(conn);
	PNET_BUFFER_LIST nbl;
	u32 len = 0;

	conn->b.NetBufferListChain = &chain->nbl;
	d->SendDataHead = &chain->nbl;
	for (nbl = &chain->nbl; nbl; nbl = nbl->Next) {
		len += nbl->FirstNetBuffer->DataLength;
		d->SendDataTail = nbl;
	}
	d->SndNxt = d->SndUna + len - unsent;
	d->SndMax = d->SndNxt;
}

NDIS_STATUS tl_post(struct fx *fx, PVOID context, enum chim_io io,
		    PNET_BUFFER_LIST list)
{
	NDIS_HANDLE handle = fx->attach.MiniportAdapterContext;

	switch (io) {
	case CHIM_IO_SEND:
		return fx->tcp.TcpOffloadSendHandler(handle, context, list);
	case CHIM_IO_RECEIVE:
		return fx->tcp.TcpOffloadReceiveHandler(handle, context, list);
	case CHIM_IO_DISCONNECT:
		return fx->tcp.TcpOffloadDisconnectHandler(handle, context,
				list, TCP_DISCONNECT_GRACEFUL_CLOSE);
	case CHIM_IO_ABORT:
		return fx->tcp.TcpOffloadDisconnectHandler(handle, context,
				list, TCP_DISCONNECT_ABORTIVE_CLOSE);
	default:
		return fx->tcp.TcpOffloadForwardHandler(handle, context, list);
	}
}
