// SPDX-License-Identifier: GPL-2.0
/* A frame on the wire, taken apart byte by byte. */
#include "segment.h"

#include <linux/if_vlan.h>

/*
 * Nothing here uses what the driver builds headers with: every field is read
 * from the bytes, every sum is added up.
 */
static u32 be(const u8 *at, int bytes)
{
	u32 v = 0;

	while (bytes--)
		v = v << 8 | *at++;
	return v;
}

/* Ones' complement addition of 16-bit words, as RFC 1071 has it. */
static u32 add_up(u32 sum, const u8 *at, u32 len)
{
	for (; len > 1; len -= 2, at += 2)
		sum += be(at, 2);
	if (len)
		sum += *at << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static u16 invert(u32 sum)
{
	return ~sum & 0xffff;
}

static void take_tag(struct pr_seg *seg, u16 tci, bool beside)
{
	seg->tags++;
	seg->beside = beside;
	seg->vid = tci & 0xfff;
	seg->cfi = tci >> 12 & 1;
	seg->prio = tci >> 13;
}

static const u8 *take_eth(struct pr_seg *seg, const struct sk_buff *skb)
{
	const u8 *at = skb->data;

	seg->len = skb->len;
	if (skb_vlan_tag_present(skb))
		take_tag(seg, skb_vlan_tag_get(skb), true);
	memcpy(seg->dst, at, 6);
	memcpy(seg->src, at + 6, 6);
	for (at += 12; be(at, 2) == 0x8100; at += 4)
		take_tag(seg, be(at + 2, 2), false);
	seg->ethertype = be(at, 2);
	return at + 2;
}

static const u8 *take_ip4(struct pr_seg *seg, const u8 *at)
{
	seg->ip_hlen = (at[0] & 15) * 4;
	seg->tos = at[1];
	seg->ip_len = be(at + 2, 2);
	seg->id = be(at + 4, 2);
	seg->frag = be(at + 6, 2);
	seg->ttl = at[8];
	seg->proto = at[9];
	seg->ip_sum = invert(add_up(0, at, seg->ip_hlen));
	memcpy(seg->saddr, at + 12, 4);
	memcpy(seg->daddr, at + 16, 4);
	return at + seg->ip_hlen;
}

static const u8 *take_ip6(struct pr_seg *seg, const u8 *at)
{
	u32 first = be(at, 4);

	seg->ip_hlen = 40;
	seg->tos = first >> 20 & 0xff;
	seg->flow = first & 0xfffff;
	seg->ip_len = be(at + 4, 2) + 40;
	seg->proto = at[6];
	seg->ttl = at[7];
	memcpy(seg->saddr, at + 8, 16);
	memcpy(seg->daddr, at + 24, 16);
	return at + 40;
}

/* Pseudo header and all: RFC 9293, section 3.1, and RFC 8200, section 8.1. */
static u16 tcp_sum(const struct pr_seg *seg, const u8 *at)
{
	u32 len = seg->ip_len - seg->ip_hlen;
	int addr = seg->version == 4 ? 4 : 16;
	u32 sum = len + seg->proto;

	sum = add_up(sum, seg->saddr, addr);
	sum = add_up(sum, seg->daddr, addr);
	return invert(add_up(sum, at, len));
}

static void take_tcp(struct pr_seg *seg, const u8 *at)
{
	seg->tcp_sum = tcp_sum(seg, at);
	seg->sport = be(at, 2);
	seg->dport = be(at + 2, 2);
	seg->seq = be(at + 4, 4);
	seg->ack = be(at + 8, 4);
	seg->doff = (at[12] >> 4) * 4;
	seg->reserved = at[12] & 15;
	seg->flags = at[13];
	seg->wnd = be(at + 14, 2);
	seg->urg = be(at + 18, 2);
	seg->opts_len = seg->doff - 20;
	memcpy(seg->opts, at + 20, min_t(int, seg->opts_len, 40));
	seg->data_len = seg->ip_len - seg->ip_hlen - seg->doff;
}

/* The kernel's own IPv6 speaks on a device too; it does not speak TCP here. */
bool sg_parse(struct pr_seg *seg, const struct sk_buff *skb, const u8 **data)
{
	const u8 *at;

	memset(seg, 0, sizeof(*seg));
	at = take_eth(seg, skb);
	seg->version = *at >> 4;
	at = seg->version == 4 ? take_ip4(seg, at) : take_ip6(seg, at);
	if (seg->proto != 6)
		return false;
	take_tcp(seg, at);
	if (data)
		*data = at + seg->doff;
	return true;
}
