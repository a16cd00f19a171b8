/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists of the host's NET_BUFFER_LIST structures: are they sound, what is in
 * them, and where our requests lie in them.
 */
#ifndef CHIM_NDIS_NBL_H
#define CHIM_NDIS_NBL_H

#include "tcp/tcb.h"

#include <ndisnbl.h>

#include <linux/stddef.h>

/* More than any window: a list that claims more is broken. */
#define CHIM_DATA_MAX	BIT_ULL(32)
/* More than any request: sequence numbers must tell its ends apart. */
#define CHIM_REQUEST_MAX	BIT(31)

/*
 * A request lies in MiniportReserved and Scratch, which follow each other and
 * are ours as long as the list is.
 */
#define CHIM_NBL_ROOM \
	(offsetofend(NET_BUFFER_LIST, Scratch) - \
	 offsetof(NET_BUFFER_LIST, MiniportReserved))

static inline void *chim_nbl_room(PNET_BUFFER_LIST nbl)
{
	return (u8 *)nbl + offsetof(NET_BUFFER_LIST, MiniportReserved);
}

static inline PNET_BUFFER_LIST chim_nbl_of(const void *room)
{
	return (PNET_BUFFER_LIST)((u8 *)room - offsetof(NET_BUFFER_LIST,
							MiniportReserved));
}

static inline struct chim_sreq *chim_nbl_sreq(PNET_BUFFER_LIST nbl)
{
	return chim_nbl_room(nbl);
}

static inline struct chim_rreq *chim_nbl_rreq(PNET_BUFFER_LIST nbl)
{
	return chim_nbl_room(nbl);
}

static inline PNET_BUFFER_LIST chim_sreq_nbl(const struct chim_sreq *req)
{
	return chim_nbl_of(req);
}

static inline PNET_BUFFER_LIST chim_rreq_nbl(const struct chim_rreq *req)
{
	return chim_nbl_of(req);
}

static inline bool chim_nbl_single(const NET_BUFFER_LIST *nbl)
{
	return !nbl->FirstNetBuffer->Next;
}

bool chim_nbl_measure(const NET_BUFFER_LIST *nbl, u32 *bytes);
bool chim_nbl_measure_list(PNET_BUFFER_LIST list, u64 *bytes);
void chim_nbl_mend(PNET_BUFFER_LIST list);
struct chim_sreq *chim_nbl_adopt(PNET_BUFFER_LIST chain);

#endif /* CHIM_NDIS_NBL_H */
