// SPDX-License-Identifier: GPL-2.0
/* Data between the host's buffers and skbs, either way. */
#include "ndis/data.h"

#include "ndis/binding.h"
#include "ndis/bounce.h"
#include "ndis/foreign.h"
#include "ndis/mdl.h"
#include "ndis/nbl.h"
#include "state/conn.h"

#include <linux/skbuff.h>

/* A reference to a page costs more than to copy fewer bytes than this. */
#define COPY_MAX	256
/* Most bytes in one skb, and in its linear part, of one we make ourselves. */
#define SKB_BYTES	SZ_64K
#define SKB_LINEAR	SZ_1K

/**
 * struct filler - an skb that is being filled
 * @skb: the skb
 * @left: bytes that are still to come
 * @how: what becomes of the host's pages
 * @lent: some are referenced
 */
struct filler {
	struct sk_buff *skb;
	u32 left;
	enum chim_fill how;
	bool lent;
};

/* Takes a reference to @page only if it gets a fragment of its own. */
static bool add_frag(struct sk_buff *skb, struct page *page, u32 off, u32 len)
{
	int i = skb_shinfo(skb)->nr_frags;

	if (skb_can_coalesce(skb, i, page, off)) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[i - 1], len);
	} else if (i < MAX_SKB_FRAGS) {
		get_page(page);
		skb_fill_page_desc(skb, i, page, off, len);
	} else {
		return false;
	}
	skb->len += len;
	skb->data_len += len;
	skb->truesize += len;
	return true;
}

/* Copies up to @len bytes; returns how many there was room for. */
static u32 copy_bytes(struct filler *f, const u8 *from, u32 len)
{
	struct page *page;
	u32 off, room;

	if (!skb_is_nonlinear(f->skb) && skb_tailroom(f->skb) >= len) {
		skb_put_data(f->skb, from, len);
		return len;
	}
	page = chim_bounce_get(&off, &room);
	if (!page)
		return 0;
	len = min(len, room);
	if (!add_frag(f->skb, page, off, len))
		return 0;
	memcpy((u8 *)page_address(page) + off, from, len);
	chim_bounce_used(len);
	return len;
}

static u32 copy_piece(struct filler *f, const struct chim_piece *piece,
		      u32 done, u32 len)
{
	u32 end = done + len, start = done, n, got;
	u8 *from;

	while (done < end) {
		from = chim_piece_map(piece, done, &n);
		got = copy_bytes(f, from, min(n, end - done));
		chim_piece_unmap(piece, from);
		if (!got)
			break;
		done += got;
		f->left -= got;
	}
	return done - start;
}

/* Returns fewer bytes than the piece has if there is no room for more. */
static u32 fill_piece(struct filler *f, const struct chim_piece *piece)
{
	u32 done = 0, off, n, got;
	struct page *page;

	if (f->how == CHIM_FILL_COPY || piece->len < COPY_MAX)
		return copy_piece(f, piece, 0, piece->len);
	while (done < piece->len) {
		page = chim_piece_page(piece, done, &off, &n);
		if (!page) {
			got = copy_piece(f, piece, done, n);
		} else {
			got = add_frag(f->skb, page, off, n) ? n : 0;
			f->left -= got;
			f->lent |= got;
		}
		done += got;
		if (got < n)
			break;
	}
	return done;
}

/* Bytes of one request from @off on; false if there was no room for all. */
static bool fill_request(struct filler *f, const struct chim_sreq *req, u32 off)
{
	const NET_BUFFER_LIST *nbl = chim_sreq_nbl(req);
	struct chim_cursor *cursor = chim_cursor_of(nbl);
	struct chim_piece piece;

	chim_cursor_seek(cursor, nbl, off);
	while (f->left && chim_cursor_take(cursor, f->left, &piece))
		if (fill_piece(f, &piece) < piece.len)
			return false;
	return true;
}

/**
 * chim_data_fill() - add bytes of send requests to a frame (INI-103)
 * @skb: the frame, headers and all
 * @req: request that has the first byte
 * @off: offset of that byte in @req
 * @len: bytes, which may go on in later requests
 * @how: what becomes of the host's pages
 *
 * Bytes whose pages cannot be referenced, or are so few that it does not pay, are
 * copied.
 *
 * The host may write to them again as soon as the peer has acknowledged them
 * (SND-060). Therefore @skb says of pages that are lent that they are foreign,
 * and whoever wants to keep it for longer than a device needs to send it, such as
 * the receive queue of a peer on the same machine, has them copied first. Where
 * that is to be expected it costs less to do so here (%CHIM_FILL_COPY). A host that
 * shares its pages does not write to them.
 *
 * Context: connection's lock held, softirqs disabled.
 * Return: bytes added, fewer if @skb has no room for more pages; -ENOMEM.
 */
int chim_data_fill(struct sk_buff *skb, const struct chim_sreq *req, u32 off,
		   u32 len, enum chim_fill how)
{
	struct filler f = { .skb = skb, .left = len, .how = how };
	bool more = true;

	for (; more && req && f.left; req = req->next) {
		if (off >= req->len) {
			off -= req->len;
			continue;
		}
		more = fill_request(&f, req, off);
		off = 0;
	}
	if (f.lent && how == CHIM_FILL_LEND)
		chim_foreign_mark(skb);
	if (f.left == len && len)
		return -ENOMEM;
	return len - f.left;
}

/**
 * chim_data_lend() - see struct chim_conn_ops
 * @conn: the connection
 * @req: a send request
 * @len: bytes
 *
 * Context: connection's lock held, softirqs disabled.
 * Return: a clone, the caller's, or NULL.
 */
struct sk_buff *chim_data_lend(const struct chim_conn *conn,
			       const struct chim_sreq *req, u32 len)
{
	const struct chim_ndis *ndis = chim_binding_of(conn->obj.owner)->ndis;

	return ndis->lend ? ndis->lend(chim_sreq_nbl(req), len) : NULL;
}

/**
 * chim_data_copy() - put received data into a posted request
 * @req: the request
 * @at: bytes of it to leave out, host data included
 * @skb: received data
 * @off: offset of the first byte from skb->data
 * @len: bytes; no more than either of the two has
 *
 * Context: connection's lock held, softirqs disabled.
 */
void chim_data_copy(struct chim_rreq *req, u32 at, const struct sk_buff *skb,
		    u32 off, u32 len)
{
	const NET_BUFFER_LIST *nbl = chim_rreq_nbl(req);
	struct chim_cursor *cursor = chim_cursor_of(nbl);
	struct chim_piece piece;
	u32 done, n;
	u8 *to;

	chim_cursor_seek(cursor, nbl, at);
	while (len && chim_cursor_take(cursor, len, &piece)) {
		for (done = 0; done < piece.len; done += n) {
			to = chim_piece_map(&piece, done, &n);
			skb_copy_bits(skb, off + done, to, n);
			chim_piece_unmap(&piece, to);
		}
		off += piece.len;
		len -= piece.len;
	}
}

static struct sk_buff *alloc_skbs(u32 len, gfp_t gfp)
{
	struct sk_buff *head = NULL, **link = &head, *skb;
	u32 linear, part;
	int err;

	do {
		part = min_t(u32, len, SKB_BYTES);
		linear = head ? 0 : min_t(u32, part, SKB_LINEAR);
		skb = alloc_skb_with_frags(linear, part - linear,
					   PAGE_ALLOC_COSTLY_ORDER, &err, gfp);
		if (!skb)
			goto free;
		skb_put(skb, linear);
		skb->len += part - linear;
		skb->data_len += part - linear;
		*link = skb;
		if (skb == head) {
			link = &skb_shinfo(head)->frag_list;
		} else {
			link = &skb->next;
			head->len += part;
			head->data_len += part;
			head->truesize += skb->truesize;
		}
		len -= part;
	} while (len);
	return head;

free:
	kfree_skb(head);
	return NULL;
}

/* What hangs on the list behind @len bytes is none of ours. */
static void store_list(struct sk_buff *skb, const NET_BUFFER_LIST *list, u32 len)
{
	struct chim_cursor cursor;
	struct chim_piece piece;
	u32 at = 0, done, n;
	u8 *from;

	for (; list && at < len; list = list->Next) {
		chim_cursor_start(&cursor, list);
		while (at < len && chim_cursor_take(&cursor, len - at, &piece))
			for (done = 0; done < piece.len; done += n, at += n) {
				from = chim_piece_map(&piece, done, &n);
				skb_store_bits(skb, at, from, n);
				chim_piece_unmap(&piece, from);
			}
	}
}

/**
 * chim_data_gather() - copy a list of buffers into an skb (INI-081)
 * @list: the list, all of whose buffers are backed
 * @len: bytes of data, no more than are in it
 * @gfp: how to allocate
 *
 * The first kilobyte is in the skb's linear part. What does not fit one skb
 * hangs on its list of fragments.
 *
 * Context: any that @gfp allows.
 * Return: the skb, the caller's, or NULL.
 */
struct sk_buff *chim_data_gather(const NET_BUFFER_LIST *list, u32 len,
				 gfp_t gfp)
{
	struct sk_buff *skb = alloc_skbs(len, gfp);

	if (skb)
		store_list(skb, list, len);
	return skb;
}
