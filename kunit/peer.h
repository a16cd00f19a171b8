/* SPDX-License-Identifier: GPL-2.0 */
/* The peer of a connection: its segments go straight to the service. */
#ifndef CHIM_KUNIT_PEER_H
#define CHIM_KUNIT_PEER_H

#include "lists.h"
#include "probe.h"

/**
 * struct pe_seg - a segment of the peer
 * @seq: sequence number
 * @ack: acknowledgment number
 * @flags: CHIM_ACK is added
 * @len: bytes of data
 * @first: the bytes count up from here, as in lists.h
 */
struct pe_seg {
	u32 seq;
	u32 ack;
	u8 flags;
	u32 len;
	u8 first;
};

/* The window it gives stays that of the fixture. */
enum chim_verdict pe_send(struct fx *fx, struct tb *conn, struct pe_seg seg);
/* An acknowledgment up to @ack, with the next sequence number expected. */
void pe_ack(struct fx *fx, struct tb *conn, u32 ack);
/* Data that is expected next, and an acknowledgment of all that was sent. */
void pe_data(struct fx *fx, struct tb *conn, u32 len, u8 first);
/* The same segment as a host forwards it: a TCP header and what follows. */
struct tl *pe_forward(struct fx *fx, struct pe_seg seg);

#endif /* CHIM_KUNIT_PEER_H */
