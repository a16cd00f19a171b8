/* SPDX-License-Identifier: GPL-2.0 */
/* Buffer lists of the host: data that comes and goes with a connection. */
#ifndef CHIM_KUNIT_LISTS_H
#define CHIM_KUNIT_LISTS_H

#include "fixture.h"

/* A buffer list with one buffer with one MDL, and its data. */
struct tl {
	NET_BUFFER_LIST nbl;
	NET_BUFFER nb;
	MDL mdl;
	u8 data[];
};

/* The bytes count up from @first. */
struct tl *tl_new(struct fx *fx, u32 len, u8 first);
void tl_next(struct tl *tl, struct tl *next);		/* append */
/* Is the data of a list, however it is divided, @len bytes from @first? */
bool tl_holds(PNET_BUFFER_LIST list, u32 len, u8 first);
/* Hands @chain over with a new connection, all of it sent but @unsent bytes. */
void tl_send_data(struct tb *conn, struct tl *chain, u32 unsent);

/*
 * Calls a handler; @context is what it is told of the connection. What it
 * completes with is tl_completion().
 */
NDIS_STATUS tl_post(struct fx *fx, PVOID context, enum chim_io io,
		    PNET_BUFFER_LIST list);

#define TL_IOS	(CHIM_IO_FORWARD + 1)

static inline u32 tl_completion(enum chim_io io)
{
	return io == CHIM_IO_ABORT ? CHIM_IO_DISCONNECT : io;
}

#endif /* CHIM_KUNIT_LISTS_H */
