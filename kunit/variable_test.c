// SPDX-License-Identifier: GPL-2.0
/* Variables of paths and connections as the host hands them over. */
#include "lists.h"
#include "terminate.h"

#include <linux/slab.h>

static struct fx_chain new_chain(struct fx *fx, struct tb *path)
{
	struct fx_chain c = { tb_neigh(fx), path, tb_conn(fx) };

	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	return c;
}

static void offload(struct fx *fx, struct fx_chain *c)
{
	wt_done(fx, CHIM_INITIATE, c->neigh);
	FX_EXPECT_STATUS(fx->test, c->path, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(fx->test, c->conn, NDIS_STATUS_SUCCESS);
	fx->logged = 0;
}

/* --- paths --------------------------------------------------------------- */

static u8 *exactly(struct kunit *test, const u8 *bytes, size_t len)
{
	u8 *copy = kunit_kmalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, bytes, len);
	return copy;
}

/* Addresses that end where their memory ends, and are then no more. */
static void check_addresses(struct fx *fx, struct tb *path, size_t len)
{
	struct kunit *test = fx->test;
	struct tb *neigh = tb_neigh(fx), *back;
	struct chim_path *obj;
	u8 *src, *dst;
	size_t i;

	for (i = 1; i < len; i++) {
		path->src[i] = 0x10 + i;
		path->dst[i] = 0x20 + i;
	}
	src = exactly(test, path->src, len);
	dst = exactly(test, path->dst, len);
	tb_pconst(path)->SourceAddress = src;
	tb_pconst(path)->DestinationAddress = dst;
	tb_depend(neigh, path);
	wt_done(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
	kunit_kfree(test, src);
	kunit_kfree(test, dst);
	obj = pr_path(fx, path);
	KUNIT_EXPECT_EQ(test, memcmp(&obj->c.src, path->src, len), 0);
	KUNIT_EXPECT_EQ(test, memcmp(&obj->c.dst, path->dst, len), 0);
	/* Places for them that end as well. */
	back = tb_ref(fx, path, path->b.Header.Type);
	src = exactly(test, back->src, len);
	dst = exactly(test, back->dst, len);
	tb_pconst(back)->SourceAddress = src;
	tb_pconst(back)->DestinationAddress = dst;
	wt_done(fx, CHIM_QUERY, back);
	KUNIT_EXPECT_EQ(test, memcmp(src, path->src, len), 0);
	KUNIT_EXPECT_EQ(test, memcmp(dst, path->dst, len), 0);
}

static void addresses_test(struct kunit *test)
{
	struct fx *fx = test->priv;

	CHIM_COVERS(test, "PTH-010 PTH-011");
	check_addresses(fx, tb_path4(fx), 4);
	check_addresses(fx, tb_path6(fx), 16);
}

/* A delegated structure that is its header, with nothing behind it. */
static struct tb *header_only(struct fx *fx, struct tb *of)
{
	const size_t len = sizeof(of->b) + sizeof(OFFLOAD_STATE_HEADER);
	struct tb *tb = wt_short(fx, len);
	OFFLOAD_STATE_HEADER *header = (void *)(&tb->b + 1);

	tb->b.Header.Type = tm_type(of);
	tb->b.MiniportOffloadContext = &of->context;
	tb->b.ProtocolReserved[0] = fx;
	header->Length = sizeof(*header);
	header->RecognizedOptions = 0x12345678;
	return tb;
}

static void header_only_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), d = fx_offload6(fx);
	struct tb *of[] = { c.path, d.path };
	OFFLOAD_STATE_HEADER *header;
	struct tb *tb;
	int i;

	CHIM_COVERS(test, "PTH-013 D-15");
	for (i = 0; i < ARRAY_SIZE(of); i++) {
		tb = header_only(fx, of[i]);
		header = (void *)(&tb->b + 1);
		wt_done(fx, CHIM_QUERY, tb);
		KUNIT_EXPECT_EQ(test, header->Length, 8U);
		KUNIT_EXPECT_EQ(test, header->RecognizedOptions, 0x12345678U);
		wt_done(fx, CHIM_TERMINATE, tm_ref(fx, i ? d.conn : c.conn));
		wt_done(fx, CHIM_TERMINATE, tb);
		KUNIT_EXPECT_EQ(test, header->Length, 8U);
		KUNIT_EXPECT_EQ(test, header->RecognizedOptions, 0x12345678U);
	}
}

/* --- delegated variables ------------------------------------------------- */

#define NOISE	0xee

static struct tb *noisy(struct fx *fx, struct tb *conn)
{
	struct tb *tb = tm_ref(fx, conn);
	TCP_OFFLOAD_STATE_DELEGATED *d = tb_tdeleg(tb);

	memset((u8 *)d + sizeof(d->Header), NOISE,
	       sizeof(*d) - sizeof(d->Header));
	return tb;
}

/* Every variable, none of them like another, none of them in round numbers. */
static void fill(struct fx *fx, struct tb *conn)
{
	TCP_OFFLOAD_STATE_DELEGATED *d = tb_tdeleg(conn);

	tb_tcached(conn)->InitialRcvWnd = 0x12345;
	tb_tcached(conn)->Flags = TCP_FLAG_KEEP_ALIVE_ENABLED;
	d->Flags = 0x4321;
	d->RcvNxt = 0xfffffffe;
	d->RcvWnd = 0x12345;
	d->SndUna = 0xfffffff0;
	tl_send_data(conn, tl_new(fx, 0x40, 0), 0x10);
	d->SndNxt = 0xfffffff8;
	/* All of it is in flight, or there would be something to send. */
	d->SndWnd = 0x8;
	d->MaxSndWnd = 0x34567;
	d->SendWL1 = 0xfffffffd;
	d->CWnd = 0x4567;
	d->SsThresh = 0x5678;
	d->SRtt = 0xfedc;
	d->RttVar = 0xba98;
	d->TsRecent = 0x98765432;
	d->TsRecentAge = 0x89;
	d->TsTime = 0xfffffff1;
	d->TotalRT = 0x6789;
	d->DupAckCount = 2;
	d->SndWndProbeCount = 3;
	d->KeepAlive.ProbeCount = 4;
	d->KeepAlive.TimeoutDelta = 0x789a;
	d->Retransmit.Count = 5;
	d->Retransmit.TimeoutDelta = 0x89ab;
	d->DWnd = 0xdeadbeef;
}

#define AT(member)	offsetof(TCP_OFFLOAD_STATE_DELEGATED, member)

/* Where the variables are, by their size; Flags are none (CON-051). */
static const u8 longs[] = {
	AT(State), AT(RcvNxt), AT(RcvWnd), AT(SndUna), AT(SndNxt), AT(SndMax),
	AT(SndWnd), AT(MaxSndWnd), AT(SendWL1), AT(CWnd), AT(SsThresh),
	AT(TsRecent), AT(TsRecentAge), AT(TsTime), AT(TotalRT),
	AT(KeepAlive.TimeoutDelta), AT(Retransmit.TimeoutDelta), AT(DWnd),
};

static const u8 shorts[] = { AT(SRtt), AT(RttVar) };

static const u8 chars[] = {
	AT(DupAckCount), AT(SndWndProbeCount), AT(KeepAlive.ProbeCount),
	AT(Retransmit.Count),
};

static void expect_same_at(struct kunit *test, const void *now,
			   const void *was, const u8 *at, int n, size_t len)
{
	for (; n--; at++)
		KUNIT_EXPECT_EQ_MSG(test, memcmp(now + *at, was + *at, len), 0,
				    "variable at %u", *at);
}

/* As they were, since no segment was received or sent and no time passed. */
static void expect_same(struct kunit *test,
			const TCP_OFFLOAD_STATE_DELEGATED *now,
			const TCP_OFFLOAD_STATE_DELEGATED *was)
{
	expect_same_at(test, now, was, longs, ARRAY_SIZE(longs), 4);
	expect_same_at(test, now, was, shorts, ARRAY_SIZE(shorts), 2);
	expect_same_at(test, now, was, chars, ARRAY_SIZE(chars), 1);
	KUNIT_EXPECT_EQ(test, now->Flags, NOISE << 8 | NOISE);
}

static void delegated_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c;
	struct tb *query, *end;
	int state;

	CHIM_COVERS(test, "CON-050 CON-051 CON-052 CON-053 CON-056 CON-057");
	CHIM_COVERS(test, "CON-058 CON-059 CON-060 D-22 D-64 O-03");
	for (state = TcpConnectionEstablished; state <= TcpConnectionLastAck;
	     state++) {
		c = new_chain(fx, tb_path4(fx));
		fill(fx, c.conn);
		tb_tdeleg(c.conn)->State = state;
		offload(fx, &c);
		query = noisy(fx, c.conn);
		wt_done(fx, CHIM_QUERY, query);
		expect_same(test, tb_tdeleg(query), tb_tdeleg(c.conn));
		end = noisy(fx, c.conn);
		wt_done(fx, CHIM_TERMINATE, end);
		expect_same(test, tb_tdeleg(end), tb_tdeleg(c.conn));
	}
}

/* Whatever is posted, it does not vary, nor get in the pointers' way. */
static void backlog_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = new_chain(fx, tb_path4(fx));
	struct fx_chain d = new_chain(fx, tb_path6(fx));
	struct tb *empty, *full;

	CHIM_COVERS(test, "CON-082 CON-083");
	tl_send_data(d.conn, tl_new(fx, 5000, 0), 3000);
	offload(fx, &c);
	offload(fx, &d);
	empty = pr_query(fx, c.conn);
	full = pr_query(fx, d.conn);
	KUNIT_EXPECT_GT(test, tb_tdeleg(empty)->SendBacklogSize, 0U);
	KUNIT_EXPECT_EQ(test, tb_tdeleg(full)->SendBacklogSize,
			tb_tdeleg(empty)->SendBacklogSize);
	empty = noisy(fx, c.conn);
	full = noisy(fx, d.conn);
	wt_done(fx, CHIM_TERMINATE, empty);
	wt_done(fx, CHIM_TERMINATE, full);
	KUNIT_EXPECT_NULL(test, tb_tdeleg(empty)->SendDataHead);
	KUNIT_EXPECT_NULL(test, tb_tdeleg(empty)->SendDataTail);
	KUNIT_EXPECT_PTR_EQ(test, tb_tdeleg(full)->SendDataHead,
			    full->b.NetBufferListChain);
	KUNIT_EXPECT_PTR_EQ(test, tb_tdeleg(full)->SendDataTail,
			    full->b.NetBufferListChain);
}

/* --- addresses and tags -------------------------------------------------- */

static void check_tag(struct fx *fx, u16 vlan, u8 prio)
{
	struct fx_chain c = new_chain(fx, tb_path4(fx));
	struct kunit *test = fx->test;
	struct pr_seg s;

	tb_nconst(c.neigh)->VlanId = vlan;
	tb_tcached(c.conn)->UserPriority = prio;
	offload(fx, &c);
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, (int)s.tags, vlan || prio);
	KUNIT_EXPECT_EQ(test, (int)s.vid, (int)vlan);
	KUNIT_EXPECT_EQ(test, (int)s.prio, (int)prio);
	KUNIT_EXPECT_EQ(test, memcmp(s.dst, tb_ncached(c.neigh)
				     ->DlDestinationAddress, 6), 0);
}

static void tag_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx);

	CHIM_COVERS(test, "X-20 O-06");
	check_tag(fx, 0, 0);
	check_tag(fx, 0, 7);
	check_tag(fx, 1, 0);
	check_tag(fx, 4094, 5);
	/* Six bytes count, so no seventh can be meant. */
	tb_ncached(neigh)->DlDestinationAddress[6] = 1;
	wt_refused(fx, CHIM_INITIATE, neigh, CHIM_WHY_MAC);
	neigh = tb_neigh(fx);
	tb_ncached(neigh)->DlDestinationAddress[31] = 1;
	wt_refused(fx, CHIM_INITIATE, neigh, CHIM_WHY_MAC);
	neigh = tb_neigh(fx);
	tb_nconst(neigh)->DlSourceAddress[31] = 1;
	fx_run(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_OFFLOAD_HW_ADDRESS_ENTRIES);
	/* The field ends at 4095, which no VLAN has. */
	neigh = tb_neigh(fx);
	tb_nconst(neigh)->VlanId = 4095;
	fx_run(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_OFFLOAD_VLAN_MISMATCH);
	KUNIT_EXPECT_EQ(test, fx->adapter->space.count[CHIM_NEIGH], 4U);
}

/* --- timestamps ---------------------------------------------------------- */

static u32 tsval(const struct pr_seg *s)
{
	return (u32)s->opts[4] << 24 | s->opts[5] << 16 | s->opts[6] << 8 |
	       s->opts[7];
}

static void check_stamps(struct fx *fx, u32 tps, u32 ts_time)
{
	struct fx_chain c = new_chain(fx, tb_path4(fx));
	struct kunit *test = fx->test;
	struct tb *end = tm_ref(fx, c.conn);
	struct pr_seg s;

	chim_clock_set_tps(&fx->adapter->clock, tps);
	tb_tconst(c.conn)->Flags |= TCP_FLAG_TIMESTAMP_ENABLED;
	tb_tdeleg(c.conn)->TsTime = ts_time;
	offload(fx, &c);
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_ASSERT_EQ(test, (int)s.opts_len, 12);
	KUNIT_EXPECT_EQ(test, tsval(&s), ts_time);
	fx_advance(fx, 1000);
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, tsval(&s), ts_time + tps);
	fx_advance(fx, 2000);
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_EQ(test, tb_tdeleg(end)->TsTime, ts_time + 3 * tps);
}

/* In ticks as they are, and whatever the host's own delta may be. */
static void stamps_test(struct kunit *test)
{
	static const u32 tps[] = { 1000, 100, 10 };
	struct fx *fx = test->priv;
	int i;

	CHIM_COVERS(test, "TSP-010 TSP-014 TSP-017 X-12");
	for (i = 0; i < ARRAY_SIZE(tps); i++) {
		check_stamps(fx, tps[i], 0);
		check_stamps(fx, tps[i], 100);
		check_stamps(fx, tps[i], 0x80000000);
		check_stamps(fx, tps[i], 0xffffffff);
		check_stamps(fx, tps[i], fx_ms());
	}
}

/* A change of rate is no reason to go back (TSP-015). */
static void rate_change_test(struct kunit *test)
{
	static const u32 tps[] = { 100, 10, 1000, 7, 1000 };
	struct fx *fx = test->priv;
	struct fx_chain c = new_chain(fx, tb_path4(fx));
	u32 last = 0xfffffff0;
	struct pr_seg s;
	int i;

	CHIM_COVERS(test, "TSP-010");
	tb_tconst(c.conn)->Flags |= TCP_FLAG_TIMESTAMP_ENABLED;
	tb_tdeleg(c.conn)->TsTime = last;
	offload(fx, &c);
	for (i = 0; i < ARRAY_SIZE(tps); i++) {
		chim_clock_set_tps(&fx->adapter->clock, tps[i]);
		fx_advance(fx, 1000);
		KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
		KUNIT_EXPECT_EQ(test, tsval(&s), last + tps[i]);
		last = tsval(&s);
	}
}

static struct kunit_case variable_cases[] = {
	KUNIT_CASE(addresses_test),
	KUNIT_CASE(header_only_test),
	KUNIT_CASE(delegated_test),
	KUNIT_CASE(backlog_test),
	KUNIT_CASE(tag_test),
	KUNIT_CASE(stamps_test),
	KUNIT_CASE(rate_change_test),
	{}
};

static struct kunit_suite variable_suite = {
	.name = "chim_variable",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = variable_cases,
};

kunit_test_suite(variable_suite);
