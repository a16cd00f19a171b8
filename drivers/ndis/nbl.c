// SPDX-License-Identifier: GPL-2.0
/* Lists of the host's NET_BUFFER_LIST structures. */
#include "ndis/nbl.h"

#include "ndis/mdl.h"
#include "ndis/tree.h"

#include <linux/build_bug.h>
#include <linux/string.h>

static_assert(sizeof(struct chim_sreq) <= CHIM_NBL_ROOM);
static_assert(sizeof(struct chim_rreq) <= CHIM_NBL_ROOM);
static_assert(offsetofend(NET_BUFFER_LIST, MiniportReserved) ==
	      offsetof(NET_BUFFER_LIST, Scratch));

/**
 * chim_nbl_measure() - is what hangs on a list structure sound? (BLK-107)
 * @nbl: the structure
 * @bytes: set to the data in all of its buffers
 *
 * A chain that never ends is found by a second pointer at half the speed.
 *
 * Context: any, hard interrupt included.
 * Return: false if it is not, or has no buffer.
 */
bool chim_nbl_measure(const NET_BUFFER_LIST *nbl, u32 *bytes)
{
	const NET_BUFFER *nb = nbl->FirstNetBuffer, *slow = nb;
	bool odd = false;
	u64 sum = 0;

	do {
		if (!chim_pointer_ok(nb, sizeof(void *)) || !chim_nb_backed(nb))
			return false;
		sum += nb->DataLength;
		if (sum >= CHIM_REQUEST_MAX)
			return false;
		nb = nb->Next;
		slow = odd ? slow->Next : slow;
		odd = !odd;
	} while (nb && nb != slow);
	*bytes = sum;
	return !nb;
}

/**
 * chim_nbl_measure_list() - bytes in a list of single buffers (BLK-107, D-21)
 * @list: the list, or NULL
 * @bytes: set
 *
 * Context: any, hard interrupt included.
 * Return: false if it is none, or not sound.
 */
bool chim_nbl_measure_list(PNET_BUFFER_LIST list, u64 *bytes)
{
	PNET_BUFFER_LIST slow = list, nbl;
	bool odd = false;
	u32 len;

	*bytes = 0;
	for (nbl = list; nbl; nbl = nbl->Next) {
		if (!chim_pointer_ok(nbl, __alignof__(void *)) ||
		    !chim_nbl_measure(nbl, &len) || !chim_nbl_single(nbl))
			return false;
		*bytes += len;
		if (*bytes >= CHIM_DATA_MAX)
			return false;
		slow = odd ? slow->Next : slow;
		odd = !odd;
		if (nbl->Next == slow)
			return false;
	}
	return true;
}

/* The next structure; a link that leads nowhere is cut. */
static PNET_BUFFER_LIST step(PNET_BUFFER_LIST nbl)
{
	if (nbl->Next && !chim_pointer_ok(nbl->Next, __alignof__(void *)))
		nbl->Next = NULL;
	return nbl->Next;
}

/* @met is in a cycle: finds the structure whose link closes it, and cuts. */
static void cut_cycle(PNET_BUFFER_LIST list, PNET_BUFFER_LIST met)
{
	PNET_BUFFER_LIST last;

	while (list != met) {
		list = list->Next;
		met = met->Next;
	}
	for (last = met; last->Next != met; last = last->Next)
		;
	last->Next = NULL;
}

/**
 * chim_nbl_mend() - make a list that is refused fit to be given back
 * @list: a list of the host's that may not be sound; not NULL
 *
 * It ends where it did not lead on. What hangs on its structures is not looked
 * at.
 *
 * Context: any, hard interrupt included.
 */
void chim_nbl_mend(PNET_BUFFER_LIST list)
{
	PNET_BUFFER_LIST slow = list, fast = list;

	do {
		fast = step(fast);
		fast = fast ? step(fast) : NULL;
		slow = slow->Next;
	} while (fast && fast != slow);
	if (fast)
		cut_cycle(list, fast);
}

/**
 * chim_nbl_adopt() - make send requests of the data of a new connection
 * @chain: a list that was measured, or NULL
 *
 * Its first byte is SND.UNA; structures without data are requests as well
 * (INI-104, INI-109).
 *
 * Context: worker.
 * Return: the requests, in order.
 */
struct chim_sreq *chim_nbl_adopt(PNET_BUFFER_LIST chain)
{
	struct chim_sreq *first = NULL, **link = &first;
	PNET_BUFFER_LIST nbl;

	for (nbl = chain; nbl; nbl = nbl->Next) {
		struct chim_sreq *req = chim_nbl_sreq(nbl);

		*req = (struct chim_sreq) {
			.len = nbl->FirstNetBuffer->DataLength,
			.flags = CHIM_SREQ_OFFLOADED,
		};
		memset(chim_cursor_of(nbl), 0, sizeof(struct chim_cursor));
		*link = req;
		link = &req->next;
	}
	return first;
}
