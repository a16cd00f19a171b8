/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Data that is handed over with a connection: outstanding send data, which
 * stays in the host's buffers, and received data not yet delivered, which is
 * copied (INI-081).
 */
#ifndef CHIM_NDIS_NBL_H
#define CHIM_NDIS_NBL_H

#include "ndis/codec.h"
#include "stats.h"

#include <ndisnbl.h>

struct chim_conn;

/* More than any window: a list that claims more is broken. */
#define CHIM_DATA_MAX	BIT_ULL(32)

/**
 * struct chim_held - data held for a connection
 * @chain: first of the host's buffer lists with send data, or NULL
 * @head: first one that has data (INI-101)
 * @tail: last one that has data
 * @send_data: bytes of send data
 * @buffered: our copy of the buffered data, or NULL
 */
struct chim_held {
	PNET_BUFFER_LIST chain;
	PNET_BUFFER_LIST head;
	PNET_BUFFER_LIST tail;
	u64 send_data;
	PNET_BUFFER_LIST buffered;
};

enum chim_why chim_held_take(PNET_BUFFER_LIST chain,
			     const struct chim_data *data,
			     struct chim_held **out);
u64 chim_held_send_data(const struct chim_held *held);
u32 chim_held_buffered(const struct chim_held *held);
void chim_held_return(struct chim_held *held, PNET_BUFFER_LIST *chain,
		      struct chim_data *data);
void chim_held_drop(struct chim_held *held);
void chim_buffered_free(PNET_BUFFER_LIST nbl);

#endif /* CHIM_NDIS_NBL_H */
