/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device with an adapter on it and nobody above: what the suites of frames
 * work on. Objects are made from values, segments end in the test, frames are
 * built because the test says so.
 */
#ifndef CHIM_KUNIT_WIRE_H
#define CHIM_KUNIT_WIRE_H

#include "adapter.h"
#include "covers.h"
#include "segment.h"
#include "state/conn.h"
#include "state/service.h"

#include <kunit/test.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#define WR_QUEUES	4
#define WR_DATA		131072
#define WR_KEEP		2048

/**
 * struct wr_chain - a neighbor, a path and a connection, and their values
 * @neigh: or NULL as long as it is not offloaded
 * @path: likewise
 * @conn: likewise
 *
 * The rest is what they are made from.
 */
struct wr_chain {
	struct chim_neigh *neigh;
	struct chim_path *path;
	struct chim_conn *conn;
	struct chim_neigh_const nc;
	struct chim_neigh_cached nv;
	struct chim_path_const pc;
	struct chim_path_cached pv;
	struct chim_conn_const cc;
	struct chim_conn_cached cv;
	struct chim_conn_deleg cd;
};

/**
 * struct wire - a device, an adapter, and what came of frames
 * @test: the test it serves
 * @dev: the device; NULL once it is gone
 * @adapter: held
 * @owner: of the objects
 * @tx: frames the device was given
 * @tx_queues: mask of the queues they came from
 * @refuse: what the device says instead of taking one, unless it is 0
 * @up: copies of what went up to the host's stack, MAC header included
 * @types: handlers that make these copies
 * @tap: counts what a capture sees
 * @tapped: how much that was
 * @verdict: what the engine's stand-in says
 * @segs: how often it was called
 * @seg: what it was given last
 * @conn: for which connection
 * @data: first bytes of the data
 * @kept: what it kept
 * @watch: a clone of the frame that was made last
 * @ops: the stand-in of the boundary
 * @own_ops: what it stands in for
 * @pages: data to send, WR_DATA bytes; see wr_byte()
 * @req: a request for all of it
 * @at: offset of the request in @pages
 * @piece: most bytes it gives per page fragment
 * @limit: most bytes it gives at a time
 * @how: what it was last told to do with the pages
 * @lends: the client's own skb of that data, or NULL
 * @fill_err: what it says instead, unless it is 0
 */
struct wire {
	struct kunit *test;
	struct net_device *dev;
	struct chim_adapter *adapter;
	struct chim_owner owner;
	struct sk_buff_head tx;
	unsigned long tx_queues;
	int refuse;
	struct sk_buff_head up;
	struct packet_type types[4];
	struct packet_type tap;
	int tapped;
	enum chim_verdict verdict;
	int segs;
	struct chim_seg seg;
	struct chim_conn *conn;
	u8 data[WR_KEEP];
	struct sk_buff_head kept;
	struct sk_buff *watch;
	struct chim_conn_ops ops;
	const struct chim_conn_ops *own_ops;
	struct page *pages;
	struct chim_sreq req;
	u32 at;
	u32 piece;
	u32 limit;
	struct sk_buff *lends;
	enum chim_fill how;
	int fill_err;
};

int wr_init(struct kunit *test);	/* suite .init; test->priv is the wire */
void wr_exit(struct kunit *test);	/* suite .exit */
void wr_lose_dev(struct wire *w);

/* Values that are good; then the objects, which end with the test. */
struct wr_chain wr_values(struct wire *w, bool ip6);
void wr_offload(struct wire *w, struct wr_chain *c);
struct wr_chain wr_offload4(struct wire *w);
struct wr_chain wr_offload6(struct wire *w);
void wr_terminate(struct wire *w, struct wr_chain *c);

/* Byte of the data to send at @at. */
u8 wr_byte(u32 at);

/* Builds a frame, NULL as chim_tx_build() says; sends one; both in one. */
struct sk_buff *wr_build(struct chim_conn *conn, const struct chim_frame *frame,
			 int *taken);
void wr_xmit(struct chim_conn *conn, struct sk_buff *skb);
int wr_send(struct chim_conn *conn, const struct chim_frame *frame);
/* The next TCP segment the device was given; false if there is none. */
bool wr_segment(struct wire *w, struct pr_seg *seg, u8 *data, u32 room);

/**
 * struct wr_packet - a segment for the adapter, good unless told otherwise
 * @seq: sequence number
 * @ack: acknowledgment number
 * @wnd: window
 * @flags: of the TCP header
 * @tos: or traffic class
 * @opts: TCP options, four bytes each line
 * @opts_len: how many
 * @len: bytes of data; see wr_byte()
 * @pad: bytes behind the datagram
 * @ip_opts: bytes of IPv4 options
 * @ext: extension header behind the IPv6 header, 8 bytes, unless it is 0
 * @frag: flags and offset, IPv4
 * @proto: or next header, TCP if it is 0
 * @dst: destination MAC address, the device's if it is all zero
 */
struct wr_packet {
	u32 seq;
	u32 ack;
	u16 wnd;
	u8 flags;
	u8 tos;
	u8 opts[40];
	u8 opts_len;
	u32 len;
	u32 pad;
	u8 ip_opts;
	u8 ext;
	u16 frag;
	u8 proto;
	u8 dst[ETH_ALEN];
};

/* A frame with it as the peer of @c sends it, data at the MAC header. */
struct sk_buff *wr_make(struct wire *w, const struct wr_chain *c,
			const struct wr_packet *p);
/* Sums as they should be, after the bytes were changed. */
void wr_fix_sums(struct sk_buff *skb);
/* Is the frame that was made last free? */
bool wr_freed(struct wire *w);
/* Comes in on the device. */
void wr_inject(struct wire *w, struct sk_buff *skb);
/* Did the last one go up as it was? @skb is a copy made before. */
bool wr_went_up(struct wire *w, const struct sk_buff *skb);
/* Both in one; the frame must not reach the engine, nor be counted. */
void wr_expect_up(struct wire *w, struct sk_buff *skb);

/* Statistics of a family, all processors. */
struct chim_mib wr_mib(struct wire *w, int family);

#endif /* CHIM_KUNIT_WIRE_H */
