/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's memory: what NET_BUFFER structures and their MDLs describe.
 *
 * A buffer from the host is locked but need not be mapped. If it is not, its
 * page frame numbers lie directly behind the MDL (BLK-109).
 */
#ifndef CHIM_NDIS_MDL_H
#define CHIM_NDIS_MDL_H

#include <ndisnbl.h>

#include <linux/types.h>

struct page;
struct sk_buff;

/**
 * struct chim_cursor - a place in the data of a NET_BUFFER_LIST
 * @nb: buffer the place is in; NULL for a cursor that was not used yet
 * @mdl: piece of memory the place is in; means nothing while @left is 0
 * @at: bytes of the list's data before the place
 * @off: offset of the place in @mdl
 * @left: bytes of @nb's data from the place on
 *
 * One lies in MiniportReserved of the first buffer of a request, so that who
 * goes on where the last one stopped need not walk there again.
 */
struct chim_cursor {
	const NET_BUFFER *nb;
	const MDL *mdl;
	u32 at;
	u32 off;
	u32 left;
};

/**
 * struct chim_piece - bytes that lie in one MDL
 * @mdl: the MDL
 * @off: offset of the first byte in it
 * @len: bytes
 */
struct chim_piece {
	const MDL *mdl;
	u32 off;
	u32 len;
};

bool chim_nb_backed(const NET_BUFFER *nb);
void chim_nb_advance(PNET_BUFFER nb, u32 bytes);

struct chim_cursor *chim_cursor_of(const NET_BUFFER_LIST *nbl);
void chim_cursor_start(struct chim_cursor *cursor, const NET_BUFFER_LIST *nbl);
void chim_cursor_seek(struct chim_cursor *cursor, const NET_BUFFER_LIST *nbl,
		      u32 at);
bool chim_cursor_take(struct chim_cursor *cursor, u32 max,
		      struct chim_piece *piece);

u8 *chim_piece_map(const struct chim_piece *piece, u32 done, u32 *len);
void chim_piece_unmap(const struct chim_piece *piece, u8 *va);
struct page *chim_piece_page(const struct chim_piece *piece, u32 done,
			     u32 *off, u32 *len);

#endif /* CHIM_NDIS_MDL_H */
