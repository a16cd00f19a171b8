/* SPDX-License-Identifier: GPL-2.0 */
/* A frame on the wire, read by nothing that the driver builds it with. */
#ifndef CHIM_KUNIT_SEGMENT_H
#define CHIM_KUNIT_SEGMENT_H

#include <linux/skbuff.h>
#include <linux/types.h>

/**
 * struct pr_seg - a TCP segment, taken apart byte by byte
 * @len: bytes of the frame, a tag that travels beside it not counted
 * @dst: MAC address
 * @src: MAC address
 * @tags: number of 802.1Q tags, in the frame or beside it
 * @beside: the tag travels beside the frame, for the device to insert
 * @vid: of the tag
 * @prio: of the tag
 * @cfi: of the tag
 * @ethertype: behind the tag
 * @version: 4 or 6
 * @ip_hlen: bytes of the IP header
 * @ip_len: bytes of the IP datagram, as its header says
 * @tos: or traffic class
 * @flow: label, IPv6 only
 * @id: IPv4 only
 * @frag: flags and fragment offset, IPv4 only
 * @ttl: or hop limit
 * @proto: or next header
 * @ip_sum: what the checksum of an IPv4 header comes to, 0 if it is right
 * @saddr: 4 or 16 bytes
 * @daddr: 4 or 16 bytes
 * @sport: source port
 * @dport: destination port
 * @seq: sequence number
 * @ack: acknowledgment number
 * @doff: bytes of the TCP header
 * @reserved: bits that must be zero
 * @flags: the low eight bits
 * @wnd: as it stands there
 * @tcp_sum: what the checksum over all comes to, 0 if it is right
 * @urg: urgent pointer
 * @opts: options
 * @opts_len: bytes of options
 * @data_len: bytes behind the TCP header
 *
 * All numbers are in host order.
 */
struct pr_seg {
	u32 len;
	u8 dst[6];
	u8 src[6];
	u8 tags;
	bool beside;
	u16 vid;
	u8 prio;
	bool cfi;
	u16 ethertype;
	u8 version;
	u8 ip_hlen;
	u16 ip_len;
	u8 tos;
	u32 flow;
	u16 id;
	u16 frag;
	u8 ttl;
	u8 proto;
	u16 ip_sum;
	u8 saddr[16];
	u8 daddr[16];
	u16 sport;
	u16 dport;
	u32 seq;
	u32 ack;
	u8 doff;
	u8 reserved;
	u8 flags;
	u16 wnd;
	u16 tcp_sum;
	u16 urg;
	u8 opts[40];
	u8 opts_len;
	u32 data_len;
};

/*
 * Takes a frame in one piece apart; false if it is no TCP segment. @data is set
 * to the bytes behind the TCP header, or NULL.
 */
bool sg_parse(struct pr_seg *seg, const struct sk_buff *skb, const u8 **data);

#endif /* CHIM_KUNIT_SEGMENT_H */
