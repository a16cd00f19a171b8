// SPDX-License-Identifier: GPL-2.0
/*
 * The acknowledgment that announces a window after an update: every field, from
 * what the host gave and gives.
 */
#include "lists.h"
#include "probe.h"

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

#define FLAG_ACK	0x10

static const u8 dev_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const u8 hop_mac[6] = { 2, 0, 0, 0, 0, 2 };
static const u8 own_mac[6] = { 2, 7, 7, 7, 7, 7 };

static u16 ntoh(USHORT port)
{
	return ntohs((__force __be16)port);
}

static bool eq(const void *a, const void *b, size_t len)
{
	return !memcmp(a, b, len);
}

/* Offloads a chain from blocks that the case has filled in. */
static struct fx_chain offload(struct fx *fx, struct fx_chain c)
{
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	fx_run(fx, CHIM_INITIATE, c.neigh);
	FX_EXPECT_STATUS(fx->test, c.neigh, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(fx->test, c.path, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(fx->test, c.conn, NDIS_STATUS_SUCCESS);
	fx->logged = 0;
	return c;
}

static struct fx_chain blocks4(struct fx *fx)
{
	return (struct fx_chain){ tb_neigh(fx), tb_path4(fx), tb_conn(fx) };
}

static struct fx_chain blocks6(struct fx *fx)
{
	return (struct fx_chain){ tb_neigh(fx), tb_path6(fx), tb_conn(fx) };
}

/* Sequence numbers, window and ports that no two fields share. */
static void fill_conn(struct tb *conn)
{
	TCP_OFFLOAD_STATE_DELEGATED *d = tb_tdeleg(conn);
	TCP_OFFLOAD_STATE_CACHED *v = tb_tcached(conn);
	TCP_OFFLOAD_STATE_CONST *c = tb_tconst(conn);

	c->Flags = TCP_FLAG_WINDOW_SCALING_ENABLED;
	c->SndWindScale = 3;
	c->RcvWindScale = 5;
	c->RemotePort = (__force u16)htons(0x1f91);
	v->FlowLabel = 0xabcde;
	v->TtlOrHopLimit = 77;
	v->TosOrTrafficClass = 0xb8;
	d->RcvNxt = 0xfffffff0;
	d->SndUna = 0x80000001;
	d->SndNxt = 0x80000001;
	d->SndMax = 0x80000001;
}

static void expect_tcp(struct kunit *test, struct tb *conn,
		       const struct pr_seg *s)
{
	KUNIT_EXPECT_EQ(test, s->tcp_sum, 0);
	KUNIT_EXPECT_EQ(test, s->sport, ntoh(tb_tconst(conn)->LocalPort));
	KUNIT_EXPECT_EQ(test, s->dport, 0x1f91);
	KUNIT_EXPECT_EQ(test, s->seq, 0x80000001U);
	KUNIT_EXPECT_EQ(test, s->ack, 0xfffffff0U);
	KUNIT_EXPECT_EQ(test, s->doff, 20);
	KUNIT_EXPECT_EQ(test, s->reserved, 0);
	KUNIT_EXPECT_EQ(test, s->flags, FLAG_ACK);
	KUNIT_EXPECT_EQ(test, s->wnd, (65536 + 1280) >> 5);
	KUNIT_EXPECT_EQ(test, s->urg, 0);
	KUNIT_EXPECT_EQ(test, s->data_len, 0U);
}

static void expect_eth(struct kunit *test, const struct pr_seg *s, u16 proto)
{
	KUNIT_EXPECT_TRUE(test, eq(s->dst, hop_mac, 6));
	KUNIT_EXPECT_TRUE(test, eq(s->src, dev_mac, 6));
	KUNIT_EXPECT_EQ(test, s->tags, 0);
	KUNIT_EXPECT_EQ(test, s->ethertype, proto);
	KUNIT_EXPECT_EQ(test, s->len, 14U + s->ip_len);
}

static void announce_ack_ip4(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = blocks4(fx);
	struct pr_seg s;

	CHIM_COVERS(test, "OBJ-051 NBR-011 NBR-015 CON-013 CON-033 CON-034");
	CHIM_COVERS(test, "CON-035 SND-041 VLN-050");
	fill_conn(c.conn);
	c = offload(fx, c);
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
	expect_eth(test, &s, 0x0800);
	KUNIT_EXPECT_EQ(test, s.version, 4);
	KUNIT_EXPECT_EQ(test, s.ip_hlen, 20);
	KUNIT_EXPECT_EQ(test, s.ip_len, 40);
	KUNIT_EXPECT_EQ(test, s.ip_sum, 0);
	KUNIT_EXPECT_EQ(test, s.tos, 0xb8);
	KUNIT_EXPECT_EQ(test, s.ttl, 77);
	KUNIT_EXPECT_EQ(test, s.frag, 0x4000);	/* DF, no fragment */
	KUNIT_EXPECT_EQ(test, s.proto, 6);
	KUNIT_EXPECT_TRUE(test, eq(s.saddr, c.path->src, 4));
	KUNIT_EXPECT_TRUE(test, eq(s.daddr, c.path->dst, 4));
	expect_tcp(test, c.conn, &s);
	KUNIT_EXPECT_FALSE(test, pr_segment(fx, &s));
}

static void announce_ack_ip6(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = blocks6(fx);
	struct pr_seg s;
	int i;

	CHIM_COVERS(test, "OBJ-051 NBR-011 NBR-015 CON-013 CON-033 CON-034");
	CHIM_COVERS(test, "CON-035 VLN-050");
	for (i = 0; i < 16; i++) {
		c.path->src[i] = 0x20 + i;
		c.path->dst[i] = 0x3f - i;
	}
	fill_conn(c.conn);
	c = offload(fx, c);
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
	expect_eth(test, &s, 0x86dd);
	KUNIT_EXPECT_EQ(test, s.version, 6);
	KUNIT_EXPECT_EQ(test, s.ip_len, 60);
	KUNIT_EXPECT_EQ(test, s.tos, 0xb8);
	KUNIT_EXPECT_EQ(test, s.flow, 0xabcdeU);
	KUNIT_EXPECT_EQ(test, s.ttl, 77);
	KUNIT_EXPECT_EQ(test, s.proto, 6);
	KUNIT_EXPECT_TRUE(test, eq(s.saddr, c.path->src, 16));
	KUNIT_EXPECT_TRUE(test, eq(s.daddr, c.path->dst, 16));
	expect_tcp(test, c.conn, &s);
	KUNIT_EXPECT_FALSE(test, pr_segment(fx, &s));
}

/* Sums over contents that stress them: carries, all ones, all zeros. */
static void announce_checksums(struct kunit *test)
{
	static const u32 numbers[] = {
		0, 1, 0xffff, 0x10000, 0xfffeffff, 0xffff0000, 0xffffffff,
	};
	struct fx *fx = test->priv;
	struct fx_chain c4 = fx_offload4(fx), c6 = fx_offload6(fx);
	struct pr_seg s;
	int i;

	CHIM_COVERS(test, "OBJ-051");
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		pr_conn(fx, c4.conn)->tcb.rcv_nxt = numbers[i];
		pr_conn(fx, c6.conn)->tcb.snd_max = numbers[i];
		KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c4.conn, &s));
		KUNIT_EXPECT_EQ(test, s.ack, numbers[i]);
		KUNIT_EXPECT_EQ(test, s.ip_sum, 0);
		KUNIT_EXPECT_EQ(test, s.tcp_sum, 0);
		KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c6.conn, &s));
		KUNIT_EXPECT_EQ(test, s.seq, numbers[i]);
		KUNIT_EXPECT_EQ(test, s.tcp_sum, 0);
	}
}

/* What lies beyond the peer's window would be ignored, its window included. */
static void announce_sequence_in_window(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = blocks4(fx);
	struct pr_seg s;

	/* All of it is to be sent again when the window opens. */
	tb_tdeleg(c.conn)->SndUna = 1000;
	tb_tdeleg(c.conn)->SndWnd = 0;
	tl_send_data(c.conn, tl_new(fx, 1460, 0), 0);
	tb_tdeleg(c.conn)->SndNxt = 1000;
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	fx_run(fx, CHIM_INITIATE, c.neigh);
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, s.seq, 1000U);
	KUNIT_EXPECT_EQ(test, s.data_len, 0U);
}

static void expect_timestamps(struct kunit *test, const struct pr_seg *s,
			      u32 val, u32 ecr)
{
	const u8 *o = s->opts;

	KUNIT_EXPECT_EQ(test, s->tcp_sum, 0);
	KUNIT_EXPECT_EQ(test, s->doff, 32);
	KUNIT_EXPECT_EQ(test, s->data_len, 0U);
	/* No operation, twice, so that the numbers are aligned. */
	KUNIT_EXPECT_TRUE(test, eq(o, ((u8 []){ 1, 1, 8, 10 }), 4));
	KUNIT_EXPECT_EQ(test, o[4] << 24 | o[5] << 16 | o[6] << 8 | o[7],
			(int)val);
	KUNIT_EXPECT_EQ(test, o[8] << 24 | o[9] << 16 | o[10] << 8 | o[11],
			(int)ecr);
}

static void announce_timestamps(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c[2] = { blocks4(fx), blocks6(fx) };
	struct pr_seg s;
	int i;

	CHIM_COVERS(test, "CON-010");
	for (i = 0; i < 2; i++) {
		tb_tconst(c[i].conn)->Flags |= TCP_FLAG_TIMESTAMP_ENABLED;
		tb_tdeleg(c[i].conn)->TsTime = 0xffffff00;
		tb_tdeleg(c[i].conn)->TsRecent = 0x89abcdef;
		c[i] = offload(fx, c[i]);
		KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c[i].conn, &s));
		expect_timestamps(test, &s, 0xffffff00, 0x89abcdef);
		fx_advance(fx, 0x200);
		KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c[i].conn, &s));
		expect_timestamps(test, &s, 0x00000100, 0x89abcdef);
	}
}

static void announce_no_timestamps(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = blocks4(fx);
	struct pr_seg s;

	CHIM_COVERS(test, "CON-010");
	tb_tconst(c.conn)->Flags |= TCP_FLAG_SACK_ENABLED;
	tb_tdeleg(c.conn)->TsTime = 5;
	tb_tdeleg(c.conn)->TsRecent = 6;
	c = offload(fx, c);
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, s.opts_len, 0);
}

/* Flag, scale, window in bytes, field. */
static void announce_window_scale(struct kunit *test)
{
	static const struct {
		u16 flags;
		u8 scale;
		u32 bytes;
		u16 field;
	} rows[] = {
		{ TCP_FLAG_WINDOW_SCALING_ENABLED, 0, 30000, 30000 },
		{ TCP_FLAG_WINDOW_SCALING_ENABLED, 0, 70000, 65535 },
		{ TCP_FLAG_WINDOW_SCALING_ENABLED, 1, 70000, 35000 },
		{ TCP_FLAG_WINDOW_SCALING_ENABLED, 7, 1 << 20, 8192 },
		{ TCP_FLAG_WINDOW_SCALING_ENABLED, 14, 1 << 30, 65535 },
		/* RFC 7323, section 2.3: a shift above 14 counts as 14. */
		{ TCP_FLAG_WINDOW_SCALING_ENABLED, 15, 1 << 20, 64 },
		{ 0, 7, 30000, 30000 },
		{ 0, 7, 70000, 65535 },
	};
	struct fx *fx = test->priv;
	int i;

	CHIM_COVERS(test, "CON-012");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fx_chain c = blocks4(fx);
		struct pr_seg s;

		tb_tconst(c.conn)->Flags = rows[i].flags;
		tb_tconst(c.conn)->RcvWindScale = rows[i].scale;
		tb_tconst(c.conn)->SndWindScale = 15 - rows[i].scale;
		tb_tcached(c.conn)->InitialRcvWnd = rows[i].bytes - 1280;
		tb_tdeleg(c.conn)->RcvWnd = rows[i].bytes - 1280;
		c = offload(fx, c);
		KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
		KUNIT_EXPECT_EQ_MSG(test, s.wnd, rows[i].field, "row %d", i);
	}
}

static void announce_identification(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	static const int starts[] = { 0, 0x7ffd, 0xfffd, S32_MAX - 1, -2 };
	struct pr_seg s;
	u16 last = 0;
	int i, j;

	CHIM_COVERS(test, "SND-042 SND-044");
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		atomic_set(&pr_path(fx, c.path)->ip_id, starts[i]);
		for (j = 0; j < 5; j++) {
			KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
			KUNIT_EXPECT_GE(test, s.id, 0x8000);
			KUNIT_EXPECT_NE(test, s.id, last);
			last = s.id;
		}
	}
}

static void announce_source_address(struct kunit *test)
{
	static const u8 new_mac[6] = { 2, 3, 4, 5, 6, 7 };
	struct fx *fx = test->priv;
	struct fx_chain own = blocks4(fx), dev = fx_offload4(fx);
	struct sockaddr sa = { .sa_family = fx->dev->type };
	struct pr_seg s;

	CHIM_COVERS(test, "NBR-010 NBR-011");
	memcpy(tb_nconst(own.neigh)->DlSourceAddress, own_mac, 6);
	own = offload(fx, own);
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, own.conn, &s));
	KUNIT_EXPECT_TRUE(test, eq(s.src, own_mac, 6));
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, dev.conn, &s));
	KUNIT_EXPECT_TRUE(test, eq(s.src, dev_mac, 6));

	/* What is configured for the interface may change under way. */
	memcpy(sa.sa_data, new_mac, 6);
	rtnl_lock();
	fx->dev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	KUNIT_EXPECT_EQ(test, dev_set_mac_address(fx->dev, &sa, NULL), 0);
	rtnl_unlock();
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, own.conn, &s));
	KUNIT_EXPECT_TRUE(test, eq(s.src, own_mac, 6));
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, dev.conn, &s));
	KUNIT_EXPECT_TRUE(test, eq(s.src, new_mac, 6));
}

/* Updates of what a header takes from the connection (UPD-153, UPD-154). */
static void update_header_values(struct kunit *test, struct fx_chain c,
				 bool ip6)
{
	TCP_OFFLOAD_STATE_CACHED *v = tb_tcached(c.conn);
	struct fx *fx = test->priv;
	struct pr_seg s;
	int i;

	for (i = 1; i < 8; i++) {
		v->TtlOrHopLimit = 255 - i;
		v->TosOrTrafficClass = 0x1f * i;
		v->FlowLabel = 0x11111 * i;
		v->UserPriority = i;
		KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
		KUNIT_EXPECT_EQ(test, s.ttl, 255 - i);
		KUNIT_EXPECT_EQ(test, s.tos, 0x1f * i);
		KUNIT_EXPECT_EQ(test, s.flow, ip6 ? 0x11111U * i : 0);
		KUNIT_EXPECT_EQ(test, s.tags, 1);
		KUNIT_EXPECT_EQ(test, s.prio, i);
		KUNIT_EXPECT_EQ(test, s.tcp_sum, 0);
		KUNIT_EXPECT_EQ(test, s.ip_sum, 0);
	}
	v->UserPriority = 0;
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, s.tags, 0);
}

static void announce_updated_values_ip4(struct kunit *test)
{
	CHIM_COVERS(test, "UPD-153 UPD-154 CON-033 CON-034 CON-035");
	update_header_values(test, fx_offload4(test->priv), false);
}

static void announce_updated_values_ip6(struct kunit *test)
{
	CHIM_COVERS(test, "UPD-153 UPD-154 CON-033 CON-034 CON-035");
	update_header_values(test, fx_offload6(test->priv), true);
}

static struct fx_chain tagged(struct fx *fx, bool ip6, u16 vid, u8 prio)
{
	struct fx_chain c = ip6 ? blocks6(fx) : blocks4(fx);

	tb_nconst(c.neigh)->VlanId = vid;
	tb_tcached(c.conn)->UserPriority = prio;
	return offload(fx, c);
}

static void expect_tag(struct kunit *test, struct fx_chain c, u16 vid, u8 prio,
		       bool beside)
{
	struct fx *fx = test->priv;
	struct pr_seg s;

	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, s.tags, vid || prio);
	KUNIT_EXPECT_EQ(test, s.vid, vid);
	KUNIT_EXPECT_EQ(test, s.prio, prio);
	KUNIT_EXPECT_FALSE(test, s.cfi);
	KUNIT_EXPECT_EQ(test, s.tags && s.beside, s.tags && beside);
	KUNIT_EXPECT_EQ(test, s.ethertype, s.version == 4 ? 0x0800 : 0x86dd);
	KUNIT_EXPECT_EQ(test, s.ip_sum, 0);
	KUNIT_EXPECT_EQ(test, s.tcp_sum, 0);
}

static void expect_tags(struct kunit *test, bool beside)
{
	struct fx *fx = test->priv;
	int ip6;

	for (ip6 = 0; ip6 < 2; ip6++) {
		expect_tag(test, tagged(fx, ip6, 0, 0), 0, 0, beside);
		expect_tag(test, tagged(fx, ip6, 0, 1), 0, 1, beside);
		expect_tag(test, tagged(fx, ip6, 0, 7), 0, 7, beside);
		expect_tag(test, tagged(fx, ip6, 1, 0), 1, 0, beside);
		expect_tag(test, tagged(fx, ip6, 0x5a5, 4), 0x5a5, 4, beside);
		expect_tag(test, tagged(fx, ip6, 0xffe, 7), 0xffe, 7, beside);
	}
}

/* The device inserts the tag. */
static void announce_tag_beside(struct kunit *test)
{
	CHIM_COVERS(test, "VLN-010 VLN-050 VLN-051 VLN-052 VLN-053 VLN-054");
	CHIM_COVERS(test, "NBR-014");
	expect_tags(test, true);
}

/* The device cannot, so the tag must be in the frame. */
static void announce_tag_in_frame(struct kunit *test)
{
	struct fx *fx = test->priv;

	CHIM_COVERS(test, "VLN-010 VLN-050 VLN-051 VLN-052 VLN-053 VLN-054");
	CHIM_COVERS(test, "NBR-014");
	rtnl_lock();
	fx->dev->wanted_features &= ~NETIF_F_HW_VLAN_CTAG_TX;
	fx->dev->features &= ~NETIF_F_HW_VLAN_CTAG_TX;
	rtnl_unlock();
	expect_tags(test, false);
}

/* The bits beside UserPriority and FlowLabel belong to nobody. */
static void announce_stray_bits(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload6(fx);
	struct pr_seg s;
	u8 *v = (u8 *)tb_tcached(c.conn);

	CHIM_COVERS(test, "VLN-054 CON-033");
	/* Offsets as in abi.csv: FlowLabel 36, UserPriority 42. */
	v[38] |= 0xf0;
	v[39] |= 0xff;
	v[42] |= 0xf8;
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, s.flow, 0U);
	KUNIT_EXPECT_EQ(test, s.tags, 0);
}

static void announce_device_down(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct pr_seg s;

	rtnl_lock();
	dev_close(fx->dev);
	rtnl_unlock();
	KUNIT_EXPECT_FALSE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, atomic64_read(&fx->adapter->stats.tx_dropped), 1);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_open(fx->dev, NULL), 0);
	rtnl_unlock();
	KUNIT_EXPECT_TRUE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, atomic64_read(&fx->adapter->stats.tx_frames), 1);
}

static struct kunit_case announce_cases[] = {
	KUNIT_CASE(announce_ack_ip4),
	KUNIT_CASE(announce_ack_ip6),
	KUNIT_CASE(announce_checksums),
	KUNIT_CASE(announce_sequence_in_window),
	KUNIT_CASE(announce_timestamps),
	KUNIT_CASE(announce_no_timestamps),
	KUNIT_CASE(announce_window_scale),
	KUNIT_CASE(announce_identification),
	KUNIT_CASE(announce_source_address),
	KUNIT_CASE(announce_updated_values_ip4),
	KUNIT_CASE(announce_updated_values_ip6),
	KUNIT_CASE(announce_tag_beside),
	KUNIT_CASE(announce_tag_in_frame),
	KUNIT_CASE(announce_stray_bits),
	KUNIT_CASE(announce_device_down),
	{}
};

static struct kunit_suite announce_suite = {
	.name = "chim_announce",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = announce_cases,
};

kunit_test_suite(announce_suite);
