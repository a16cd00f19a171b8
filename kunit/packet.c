// SPDX-License-Identifier: GPL-2.0
/* Segments for an adapter, put together byte by byte. */
#include "wire.h"

#include <linux/etherdevice.h>

static void put(u8 *at, u32 v, int bytes)
{
	while (bytes--) {
		at[bytes] = v;
		v >>= 8;
	}
}

static u32 get(const u8 *at, int bytes)
{
	u32 v = 0;

	while (bytes--)
		v = v << 8 | *at++;
	return v;
}

static u32 add_up(u32 sum, const u8 *at, u32 len)
{
	for (; len > 1; len -= 2, at += 2)
		sum += get(at, 2);
	if (len)
		sum += *at << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* As far as the frame goes, if the headers say more; no extension headers. */
void wr_fix_sums(struct sk_buff *skb)
{
	u8 *ip = skb->data + 14;
	bool ip6 = ip[0] >> 4 == 6;
	u32 ip_len = ip6 ? 40 : (ip[0] & 15) * 4;
	u32 said = (ip6 ? get(ip + 4, 2) + 40 : get(ip + 2, 2)) - ip_len;
	u32 len = min(said, skb->len - 14 - ip_len);
	u8 *tcp = ip + ip_len;
	u32 sum = 6 + said;

	if (!ip6) {
		put(ip + 10, 0, 2);
		put(ip + 10, ~add_up(0, ip, ip_len), 2);
	}
	sum = ip6 ? add_up(sum, ip + 8, 32) : add_up(sum, ip + 12, 8);
	put(tcp + 16, 0, 2);
	put(tcp + 16, ~add_up(sum, tcp, len), 2);
}

static u8 *make_eth(struct wire *w, u8 *at, const struct wr_chain *c,
		    const struct wr_packet *p)
{
	memcpy(at, is_zero_ether_addr(p->dst) ? w->dev->dev_addr : p->dst, 6);
	memcpy(at + 6, c->nv.dst, 6);
	put(at + 12, c->pc.family == AF_INET ? 0x0800 : 0x86dd, 2);
	return at + 14;
}

static u8 *make_ip4(u8 *at, const struct wr_chain *c, const struct wr_packet *p,
		    u32 len)
{
	at[0] = 0x45 + p->ip_opts / 4;
	at[1] = p->tos;
	put(at + 2, 20 + p->ip_opts + len, 2);
	put(at + 4, 0x1234, 2);
	put(at + 6, p->frag, 2);
	at[8] = 64;
	at[9] = p->proto ?: 6;
	memcpy(at + 12, &c->pc.dst.v4, 4);
	memcpy(at + 16, &c->pc.src.v4, 4);
	memset(at + 20, 1, p->ip_opts);
	put(at + 10, 0, 2);
	put(at + 10, ~add_up(0, at, 20 + p->ip_opts), 2);
	return at + 20 + p->ip_opts;
}

/* An extension header does nothing: padding, or the first fragment of one. */
static u8 *make_ip6(u8 *at, const struct wr_chain *c, const struct wr_packet *p,
		    u32 len)
{
	put(at, 6 << 28 | p->tos << 20, 4);
	put(at + 4, len + (p->ext ? 8 : 0), 2);
	at[6] = p->ext ?: p->proto ?: 6;
	at[7] = 64;
	memcpy(at + 8, &c->pc.dst.v6, 16);
	memcpy(at + 24, &c->pc.src.v6, 16);
	at += 40;
	if (!p->ext)
		return at;
	memset(at, 0, 8);
	at[0] = p->proto ?: 6;
	if (p->ext != 44)
		put(at + 2, 0x0104, 2);
	return at + 8;
}

static u8 *make_tcp(u8 *at, const struct wr_chain *c, const struct wr_packet *p)
{
	u32 i;

	memcpy(at, &c->cc.rport, 2);
	memcpy(at + 2, &c->cc.lport, 2);
	put(at + 4, p->seq, 4);
	put(at + 8, p->ack, 4);
	put(at + 12, (5 + p->opts_len / 4) << 12 | p->flags, 2);
	put(at + 14, p->wnd, 2);
	put(at + 16, 0, 4);
	memcpy(at + 20, p->opts, p->opts_len);
	at += 20 + p->opts_len;
	for (i = 0; i < p->len; i++)
		*at++ = wr_byte(i);
	return at;
}

static u16 sum_tcp(const struct wr_chain *c, const u8 *tcp, u32 len)
{
	int addr = c->pc.family == AF_INET ? 4 : 16;
	u32 sum = 6 + len;

	sum = add_up(sum, (const u8 *)&c->pc.dst, addr);
	sum = add_up(sum, (const u8 *)&c->pc.src, addr);
	return ~add_up(sum, tcp, len);
}

struct sk_buff *wr_make(struct wire *w, const struct wr_chain *c,
			const struct wr_packet *p)
{
	u32 len = 20 + p->opts_len + p->len;
	struct sk_buff *skb;
	u8 *at, *tcp;

	skb = alloc_skb(2 + 14 + 60 + len + p->pad, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(w->test, skb);
	skb_reserve(skb, 2);
	at = make_eth(w, skb->data, c, p);
	if (c->pc.family == AF_INET)
		tcp = make_ip4(at, c, p, len);
	else
		tcp = make_ip6(at, c, p, len);
	at = make_tcp(tcp, c, p);
	put(tcp + 16, sum_tcp(c, tcp, len), 2);
	memset(at, 0xee, p->pad);
	skb_put(skb, at + p->pad - skb->data);
	kfree_skb(w->watch);
	w->watch = skb_clone(skb, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(w->test, w->watch);
	return skb;
}

bool wr_freed(struct wire *w)
{
	return !skb_cloned(w->watch);
}

void wr_inject(struct wire *w, struct sk_buff *skb)
{
	skb->dev = w->dev;
	skb->protocol = eth_type_trans(skb, w->dev);
	local_bh_disable();
	netif_receive_skb(skb);
	local_bh_enable();
}

static bool same(const struct sk_buff *a, const struct sk_buff *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

bool wr_went_up(struct wire *w, const struct sk_buff *skb)
{
	struct sk_buff *up = skb_dequeue(&w->up);
	bool ok = up && !skb_linearize(up) && same(up, skb);

	kfree_skb(up);
	return ok && skb_queue_empty(&w->up);
}

void wr_expect_up(struct wire *w, struct sk_buff *skb)
{
	struct sk_buff *copy = skb_copy(skb, GFP_KERNEL);
	struct chim_mib mib[2];
	int segs = w->segs;
	int i;

	KUNIT_ASSERT_NOT_NULL(w->test, copy);
	for (i = 0; i < 2; i++)
		mib[i] = wr_mib(w, i);
	wr_inject(w, skb);
	KUNIT_EXPECT_EQ(w->test, w->segs, segs);
	KUNIT_EXPECT_TRUE(w->test, wr_went_up(w, copy));
	for (i = 0; i < 2; i++) {
		struct chim_mib now = wr_mib(w, i);

		KUNIT_EXPECT_EQ(w->test, memcmp(&now, &mib[i], sizeof(now)), 0);
	}
	kfree_skb(copy);
}
