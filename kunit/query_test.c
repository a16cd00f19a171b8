// SPDX-License-Identifier: GPL-2.0
/* Query: the current value of everything a block's Type names. */
#include "lists.h"
#include "witness.h"

#include <linux/sched.h>

#define POISON	0xa5
/* What the host had there, wider than what takes its place. */
#define LEFT_OVER	((PVOID)0x1122334455667788UL)

/* Objects in which no two variables have the same value. */
static void distinct_neigh(struct tb *tb)
{
	static const u8 src[ETH_ALEN] = { 2, 0, 0, 0, 7, 7 };

	memcpy(tb_nconst(tb)->DlSourceAddress, src, ETH_ALEN);
	tb_nconst(tb)->VlanId = 100;
	tb_ncached(tb)->HostReachabilityDelta = 7;
	tb_ndeleg(tb)->NicReachabilityDelta = 9;
}

static void distinct_cached(struct tb *tb)
{
	TCP_OFFLOAD_STATE_CACHED *v = tb_tcached(tb);

	v->Flags = TCP_FLAG_KEEP_ALIVE_ENABLED | TCP_FLAG_NAGLING_ENABLED;
	v->InitialRcvWnd = 70000;
	v->RcvIndicationSize = 512;
	v->KaProbeCount = 5;
	v->KaTimeout = 7200000;
	v->KaInterval = 1000;
	v->MaxRT = 60000;
	v->FlowLabel = 0x54321;
	v->TtlOrHopLimit = 61;
	v->TosOrTrafficClass = 0x28;
	v->UserPriority = 6;
}

static void distinct_deleg(struct tb *tb)
{
	TCP_OFFLOAD_STATE_DELEGATED *d = tb_tdeleg(tb);

	d->RcvNxt = 0xfffffff0;
	d->RcvWnd = 70000;
	d->SndUna = 11;
	d->SndNxt = 11;
	d->SndMax = 11;
	d->SndWnd = 22;
	d->MaxSndWnd = 33;
	d->SendWL1 = 44;
	d->CWnd = 55;
	d->SsThresh = 66;
	d->SRtt = 77;
	d->RttVar = 88;
	d->TsRecent = 99;
	d->TsRecentAge = 111;
	d->TsTime = 122;
	d->TotalRT = 133;
	d->DupAckCount = 2;
	d->SndWndProbeCount = 3;
	d->KeepAlive.ProbeCount = 4;
	d->KeepAlive.TimeoutDelta = 5000;
	d->Retransmit.Count = 6;
	d->Retransmit.TimeoutDelta = 300;
	d->DWnd = 144;
}

static void distinct_conn(struct tb *tb)
{
	TCP_OFFLOAD_STATE_CONST *c = tb_tconst(tb);

	c->Flags = TCP_FLAG_TIMESTAMP_ENABLED | TCP_FLAG_SACK_ENABLED |
		   TCP_FLAG_WINDOW_SCALING_ENABLED;
	c->SndWindScale = 3;
	c->RcvWindScale = 5;
	c->RemoteMss = 1300;
	c->HashValue = 0xdeadbeef;
	distinct_cached(tb);
	distinct_deleg(tb);
}

static struct fx_chain offload_distinct(struct fx *fx, struct tb *path)
{
	struct fx_chain c = {
		.neigh = tb_neigh(fx),
		.path = path,
		.conn = tb_conn(fx),
	};
	struct chim_conn_deleg d;

	distinct_neigh(c.neigh);
	tb_pcached(path)->PathMtu = 1444;
	distinct_conn(c.conn);
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	wt_done(fx, CHIM_INITIATE, c.neigh);
	FX_EXPECT_STATUS(fx->test, c.conn, NDIS_STATUS_SUCCESS);
	/* What takes the place of the buffers in a query. */
	chim_conn_read(pr_conn(fx, c.conn), NULL, &d);
	tb_tdeleg(c.conn)->SendDataHead = NULL;
	tb_tdeleg(c.conn)->SendBacklogSize = d.snd_backlog;
	tb_tdeleg(c.conn)->BufferedData = NULL;
	return c;
}

static void expect_part(struct kunit *test, struct tb *got, struct tb *want,
			u8 part)
{
	const OFFLOAD_STATE_HEADER *header = tb_part(want, part);
	const u8 *at = tb_part(got, part);
	u32 i;

	for (i = 0; i < header->Length; i++)
		if (at[i] != ((const u8 *)header)[i])
			break;
	KUNIT_EXPECT_EQ_MSG(test, i, (u32)header->Length,
			    "type %u, part %u", got->b.Header.Type, part);
}

static void expect_addrs(struct kunit *test, struct tb *got, struct tb *want)
{
	KUNIT_EXPECT_EQ(test, memcmp(got->src, want->src, 16), 0);
	KUNIT_EXPECT_EQ(test, memcmp(got->dst, want->dst, 16), 0);
}

/* Queries @of as @type; every structure the type names is @of's. */
static void expect_query(struct fx *fx, struct tb *of, u8 type_id)
{
	const struct chim_type *type = chim_type(type_id);
	struct tb *got = tb_ref(fx, of, type_id);
	u8 part;

	wt_done(fx, CHIM_QUERY, got);
	for (part = CHIM_PART_CONST; part <= CHIM_PART_DELEG; part <<= 1) {
		if (!(type->parts & part))
			continue;
		if (type->layer == CHIM_PATH && part == CHIM_PART_CONST)
			expect_addrs(fx->test, got, of);
		else
			expect_part(fx->test, got, of, part);
	}
}

static void query_every_type_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c4 = offload_distinct(fx, tb_path4(fx));
	struct fx_chain c6 = offload_distinct(fx, tb_path6(fx));
	u8 i;

	CHIM_COVERS(test, "QRY-012 QRY-031");
	for (i = 0; i < 4; i++) {
		expect_query(fx, c4.neigh, NeighborOffloadConstState + i);
		expect_query(fx, c4.path, Ip4OffloadConstState + i);
		expect_query(fx, c6.path, Ip6OffloadConstState + i);
	}
	for (i = TcpOffloadConstState; i < TcpOffloadResourceState; i++)
		expect_query(fx, c4.conn, i);
	expect_query(fx, c4.conn, TcpOffloadState);
	expect_query(fx, c6.conn, TcpOffloadState);
}

/* One tree for a neighbor, its path and both of its connections. */
static void query_tree_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = offload_distinct(fx, tb_path4(fx));
	struct tb *neigh = tb_ref(fx, c.neigh, NeighborOffloadState);
	struct tb *path = tb_ref(fx, c.path, Ip4OffloadState);
	struct tb *conn = tb_ref(fx, c.conn, TcpOffloadState);

	CHIM_COVERS(test, "QRY-031");
	tb_depend(neigh, path);
	tb_depend(path, conn);
	wt_done(fx, CHIM_QUERY, neigh);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
	expect_part(test, neigh, c.neigh, CHIM_PART_DELEG);
	expect_part(test, path, c.path, CHIM_PART_CACHED);
	expect_part(test, conn, c.conn, CHIM_PART_DELEG);
}

/* Values that move by themselves are those of the moment. */
static void query_current_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = offload_distinct(fx, tb_path4(fx));
	TCP_OFFLOAD_STATE_DELEGATED *d;

	CHIM_COVERS(test, "QRY-031");
	fx_advance(fx, 250);
	d = tb_tdeleg(pr_query(fx, c.conn));
	KUNIT_EXPECT_EQ(test, d->TsRecentAge, 111U + 250);
	KUNIT_EXPECT_EQ(test, d->TsTime, 122U + 250);
	KUNIT_EXPECT_EQ(test, d->KeepAlive.TimeoutDelta, 5000U - 250);
	KUNIT_EXPECT_EQ(test, d->Retransmit.TimeoutDelta, 300U - 250);
	KUNIT_EXPECT_EQ(test, tb_ndeleg(pr_query(fx, c.neigh))->NicReachabilityDelta,
			9U + 250);
	KUNIT_EXPECT_EQ(test, tb_ncached(pr_query(fx, c.neigh))->HostReachabilityDelta,
			7U);
	fx_advance(fx, 1000);
	d = tb_tdeleg(pr_query(fx, c.conn));
	KUNIT_EXPECT_EQ(test, d->Retransmit.TimeoutDelta, 0U);
}

static void note_worker(struct fx *fx, enum chim_verb verb,
			PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	*(bool *)fx->priv = current->flags & PF_WQ_WORKER;
}

/* Nothing is done, and nothing refused, before the handler has returned. */
static void query_defers_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *ref = tb_ref(fx, c.neigh, NeighborOffloadState);
	struct tb *bad = tb_ref(fx, c.neigh, TcpOffloadResourceState);
	struct pr_hold hold;
	bool worker = false;

	CHIM_COVERS(test, "QRY-010 QRY-011");
	fx->priv = &worker;
	fx->on_complete = note_worker;
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_QUERY, ref);
	fx_submit(fx, CHIM_QUERY, bad);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[CHIM_QUERY]), 0);
	FX_EXPECT_STATUS(test, ref, NDIS_STATUS_PENDING);
	FX_EXPECT_STATUS(test, bad, NDIS_STATUS_PENDING);
	pr_release(fx, &hold);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[CHIM_QUERY]), 2);
	KUNIT_EXPECT_TRUE(test, worker);
	FX_EXPECT_STATUS(test, ref, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, bad, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].p, (void *)&ref->b);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].handle, FX_DRIVER_HANDLE);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[1].p, (void *)&bad->b);
}

/* Queries of one object that overlap, in several trees and in one. */
static void query_overlapping_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *before = tb_ref(fx, c.path, Ip4OffloadCachedState);
	struct tb *twice = tb_ref(fx, c.path, Ip4OffloadCachedState);
	struct tb *update = tb_ref(fx, c.path, Ip4OffloadCachedState);
	struct tb *after = tb_ref(fx, c.path, Ip4OffloadCachedState);
	struct pr_hold hold;

	CHIM_COVERS(test, "QRY-013");
	tb_next(before, twice);
	tb_pcached(update)->PathMtu = 1300;
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_QUERY, before);
	fx_submit(fx, CHIM_UPDATE, update);
	fx_submit(fx, CHIM_QUERY, after);
	pr_release(fx, &hold);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[CHIM_QUERY]), 2);
	FX_EXPECT_STATUS(test, twice, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, after, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, tb_pcached(before)->PathMtu, 1500U);
	KUNIT_EXPECT_EQ(test, tb_pcached(twice)->PathMtu, 1500U);
	KUNIT_EXPECT_EQ(test, tb_pcached(after)->PathMtu, 1300U);
}

/* Whatever state the connection got into, however it did. */
static void query_every_state_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct chim_conn *conn = pr_conn(fx, c.conn);
	u8 state;

	CHIM_COVERS(test, "QRY-014");
	for (state = TcpConnectionClosed; state <= TcpConnectionTimeWait;
	     state++) {
		spin_lock_bh(&conn->lock);
		conn->tcb.state = state;
		spin_unlock_bh(&conn->lock);
		KUNIT_EXPECT_EQ(test, (u8)tb_tdeleg(pr_query(fx, c.conn))->State,
				state);
	}
	wt_done(fx, CHIM_INVALIDATE, wt_good(fx, CHIM_INVALIDATE, c));
	pr_query(fx, c.conn);
}

static bool untouched(const struct tb *tb)
{
	return !memchr_inv(tb->state, POISON, sizeof(tb->state));
}

/* The PVOID that the location holds says what is queried, or that nothing is. */
static void query_reference_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *placeholder = tb_placeholder(fx);
	struct tb *null = tb_ref(fx, tb_conn(fx), TcpOffloadState);

	CHIM_COVERS(test, "QRY-030");
	memset(placeholder->state, POISON, sizeof(placeholder->state));
	memset(null->state, POISON, sizeof(null->state));
	wt_done(fx, CHIM_QUERY, placeholder);
	KUNIT_EXPECT_TRUE(test, untouched(placeholder));
	wt_refused(fx, CHIM_QUERY, null, CHIM_WHY_HANDLE);
	KUNIT_EXPECT_TRUE(test, untouched(null));
	null->b.MiniportOffloadContext = &c.conn->context;
	KUNIT_EXPECT_NOT_NULL(test, c.conn->context);
	/* Now it names an object, but the lengths are poison still. */
	wt_refused(fx, CHIM_QUERY, null, CHIM_WHY_LENGTH);
	KUNIT_EXPECT_TRUE(test, untouched(null));
}

/* The place of the buffers holds sizes, and nothing is handed over. */
static void query_backlog_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx), *path = tb_path4(fx);
	struct tb *conn = tb_conn(fx);
	struct tb *query = tb_ref(fx, conn, TcpOffloadDelegatedState);
	struct tb *end = tb_ref(fx, conn, TcpOffloadDelegatedState);
	struct tl *sent = tl_new(fx, 100, 0), *got = tl_new(fx, 50, 9);
	TCP_OFFLOAD_STATE_DELEGATED *d = tb_tdeleg(query);

	CHIM_COVERS(test, "QRY-032 QRY-033 QRY-034 QRY-035 CON-080");
	tl_send_data(conn, sent, 0);
	tb_tdeleg(conn)->BufferedData = &got->nbl;
	tb_depend(neigh, path);
	tb_depend(path, conn);
	wt_done(fx, CHIM_INITIATE, neigh);
	d->SendDataHead = LEFT_OVER;
	d->SendDataTail = LEFT_OVER;
	d->BufferedData = LEFT_OVER;
	wt_done(fx, CHIM_QUERY, query);
	/* Twice the congestion window; what was handed over and is refused. */
	KUNIT_EXPECT_EQ(test, d->SendBacklogSize, 2 * 14600U);
	KUNIT_EXPECT_EQ(test, d->ReceiveBacklogSize, 50U);
	KUNIT_EXPECT_EQ(test, (u64)d->SendDataHead, 2 * 14600ULL);
	KUNIT_EXPECT_NULL(test, d->SendDataTail);
	KUNIT_EXPECT_EQ(test, (u64)d->BufferedData, 50ULL);
	KUNIT_EXPECT_NULL(test, query->b.NetBufferListChain);
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_PTR_EQ(test, end->b.NetBufferListChain, &sent->nbl);
	d = tb_tdeleg(end);
	KUNIT_ASSERT_NOT_NULL(test, d->BufferedData);
	KUNIT_EXPECT_TRUE(test, tl_holds(d->BufferedData, 50, 9));
	fx->tcp.TcpOffloadReceiveReturnHandler(fx->attach.MiniportAdapterContext,
					       d->BufferedData);
}

/* Objects that are not there, not the client's, or of another kind. */
static void query_refusal_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx *other = fx_second_client(fx);
	struct fx_chain c = fx_offload4(fx);
	struct witness w;
	struct tb *tb;

	witness_look(fx, &w, c);
	tb = tb_ref(other, c.conn, TcpOffloadState);
	wt_refused(other, CHIM_QUERY, tb, CHIM_WHY_OWNER);
	tb = tb_ref(fx, c.conn, Ip4OffloadState);
	wt_refused(fx, CHIM_QUERY, tb, CHIM_WHY_LAYER);
	tb = tb_ref(fx, c.path, Ip6OffloadState);
	wt_refused(fx, CHIM_QUERY, tb, CHIM_WHY_LAYER);
	tb = tb_ref(fx, c.neigh, NeighborOffloadState);
	tb_ndeleg(tb)->Header.Length++;
	wt_refused(fx, CHIM_QUERY, tb, CHIM_WHY_LENGTH);
	KUNIT_EXPECT_EQ(test, tb_ncached(tb)->DlDestinationAddress[0], 0);
	witness_check_all(fx, &w);
	fx_end(other);
}

static struct kunit_case query_cases[] = {
	KUNIT_CASE(query_every_type_test),
	KUNIT_CASE(query_tree_test),
	KUNIT_CASE(query_current_test),
	KUNIT_CASE(query_defers_test),
	KUNIT_CASE(query_overlapping_test),
	KUNIT_CASE(query_every_state_test),
	KUNIT_CASE(query_reference_test),
	KUNIT_CASE(query_backlog_test),
	KUNIT_CASE(query_refusal_test),
	{}
};

static struct kunit_suite query_suite = {
	.name = "chim_query",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = query_cases,
};

kunit_test_suite(query_suite);
