// SPDX-License-Identifier: GPL-2.0
/*
 * Chains: a host stack over intermediate drivers, as many as there are, over
 * chimney.ko and over another target.
 */
#include "ndis_host.h"
#include "ndis_target.h"
#include "peer.h"

#include "ndis/attach.h"
#include "ndis_shim/misuse.h"

#include <linux/bottom_half.h>

static const unsigned int depths[] = { 0, 1, 2, 5 };

static u64 misuses(void)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < CHIMN_MISUSE_COUNT; i++)
		sum += chimn_misused(i);
	return sum;
}

/* Each depth in turn, and nothing misused at any. */
static void at_depths(struct kunit *test,
		      void (*run)(struct kunit *test, struct fx *fx))
{
	struct fx *fx = test->priv;
	u64 before = misuses();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(depths); i++) {
		nd_over(fx, fx->dev->name, depths[i], true);
		run(test, fx);
		nd_end(fx);
		KUNIT_EXPECT_EQ(test, misuses(), before);
	}
}

/* --- chimney.ko ---------------------------------------------------------------- */

static void all_verbs(struct kunit *test, struct fx *fx)
{
	struct fx_chain c = fx_offload4(fx);
	struct tb *update, *query, *end;

	KUNIT_ASSERT_NOT_NULL(test, tb_obj(fx, c.conn));
	KUNIT_EXPECT_PTR_EQ(test, fx->ndis->proto.completed, (NDIS_HANDLE)fx);
	update = pr_cached(fx, c.path);
	tb_pcached(update)->PathMtu = 1300;
	fx_run(fx, CHIM_UPDATE, update);
	FX_EXPECT_STATUS(test, update, NDIS_STATUS_SUCCESS);
	query = pr_query(fx, c.path);
	KUNIT_EXPECT_EQ(test, tb_pcached(query)->PathMtu, 1300U);
	fx_run(fx, CHIM_INVALIDATE, tb_ref(fx, c.conn, TcpOffloadState));
	end = tb_ref(fx, c.neigh, NeighborOffloadState);
	tb_depend(end, tb_ref(fx, c.path, Ip4OffloadState));
	tb_depend(container_of(end->b.DependentBlockList, struct tb, b),
		  tb_ref(fx, c.conn, TcpOffloadState));
	fx_run(fx, CHIM_TERMINATE, end);
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, fx->adapter->space.count[CHIM_NEIGH], 0U);
	KUNIT_EXPECT_EQ(test, fx->adapter->space.count[CHIM_CONN], 0U);
}

static void ndis_chain_verbs_test(struct kunit *test)
{
	CHIM_COVERS(test, "NDI-010 NDI-012 NDI-013 NDI-014 NDI-017");
	CHIM_COVERS(test, "IMD-030 IMD-031 IMD-032 IMD-050 IMD-051 IMD-052");
	CHIM_COVERS(test, "IMD-053 REG-030");
	at_depths(test, all_verbs);
}

/* A tree of which a part fails comes back with the same statuses. */
static void partial(struct kunit *test, struct fx *fx)
{
	struct tb *neigh = tb_neigh(fx), *path = tb_path4(fx);
	struct tb *good = tb_conn(fx), *bad = tb_conn(fx);

	tb_tdeleg(bad)->State = TcpConnectionListen;
	tb_depend(neigh, path);
	tb_depend(path, good);
	tb_depend(path, bad);
	fx_run(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS);
	FX_EXPECT_STATUS(test, good, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, bad, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_NOT_NULL(test, good->context);
	KUNIT_EXPECT_NULL(test, bad->context);
	KUNIT_EXPECT_NULL(test, bad->reserved);
}

static void ndis_chain_partial_test(struct kunit *test)
{
	CHIM_COVERS(test, "NDI-014 IMD-031");
	at_depths(test, partial);
}

static void wait_io(struct fx *fx, int n)
{
	wait_event(fx->wait, atomic_read(&fx->ios) >= n);
}

static void data(struct kunit *test, struct fx *fx)
{
	struct fx_chain c = fx_offload4(fx);
	struct tl *send = tl_new(fx, 100, 1), *recv = tl_new(fx, 50, 0);
	struct tl *fin = tl_new(fx, 0, 0);
	struct tl *forward = pe_forward(fx, (struct pe_seg) {
		.seq = 2050, .ack = 1101, .len = 0 });
	int ios = atomic_read(&fx->ios);

	KUNIT_EXPECT_EQ(test, tl_post(fx, &c.conn->context, CHIM_IO_SEND,
				      &send->nbl), NDIS_STATUS_PENDING);
	KUNIT_EXPECT_EQ(test, tl_post(fx, &c.conn->context, CHIM_IO_RECEIVE,
				      &recv->nbl), NDIS_STATUS_PENDING);
	pe_data(fx, c.conn, 50, 7);
	pe_ack(fx, c.conn, 1100);
	wait_io(fx, ios + 2);
	KUNIT_EXPECT_EQ(test, send->nbl.Status, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, recv->nbl.Status, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, recv->data[49], 7 + 49);
	KUNIT_EXPECT_EQ(test, tl_post(fx, &c.conn->context, CHIM_IO_DISCONNECT,
				      &fin->nbl), NDIS_STATUS_PENDING);
	KUNIT_EXPECT_EQ(test, tl_post(fx, &c.conn->context, CHIM_IO_FORWARD,
				      &forward->nbl), NDIS_STATUS_PENDING);
	wait_io(fx, ios + 4);
	KUNIT_EXPECT_EQ(test, fin->nbl.Status, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, forward->nbl.Status, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, fx->ndis->proto.completed, (NDIS_HANDLE)fx);
	/* Nothing of ours is left in them. */
	KUNIT_EXPECT_NULL(test, send->nbl.NdisReserved[0]);
	KUNIT_EXPECT_NULL(test, send->nbl.Context);
}

static void ndis_chain_data_test(struct kunit *test)
{
	CHIM_COVERS(test, "NDI-015 NDI-017 NDI-018 IMD-070 IMD-072");
	at_depths(test, data);
}

static NDIS_STATUS keep(struct fx *fx, struct tb *conn, PNET_BUFFER_LIST list,
			PULONG consumed)
{
	fx->priv = list;
	KUNIT_EXPECT_TRUE(fx->test, in_softirq());
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS take_some(struct fx *fx, struct tb *conn,
			     PNET_BUFFER_LIST list, PULONG consumed)
{
	*consumed = 10;
	return NDIS_STATUS_OFFLOAD_DATA_PARTIALLY_ACCEPTED;
}

static void indications(struct kunit *test, struct fx *fx)
{
	struct fx_chain c = fx_offload4(fx);
	struct chim_tcb *tcb = &pr_conn(fx, c.conn)->tcb;

	fx->on_receive = keep;
	pe_data(fx, c.conn, 40, 3);
	KUNIT_ASSERT_NOT_NULL(test, fx->priv);
	KUNIT_EXPECT_TRUE(test, tl_holds(fx->priv, 40, 3));
	KUNIT_EXPECT_EQ(test,
			fx->tcp.TcpOffloadReceiveReturnHandler(fx, fx->priv),
			NDIS_STATUS_SUCCESS);
	fx->on_receive = NULL;
	fx->priv = NULL;
	pe_send(fx, c.conn, (struct pe_seg) { .seq = tcb->rcv_nxt,
		.ack = tcb->snd_max, .flags = CHIM_RST });
	KUNIT_EXPECT_EQ(test, pr_events(fx, c.conn, TcpIndicateAbort, 0), 1);
}

static void ndis_chain_indicate_test(struct kunit *test)
{
	CHIM_COVERS(test, "NDI-016 NDI-018 IMD-071 IMD-073 REG-012");
	at_depths(test, indications);
}

static void stale(struct fx *fx, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block,
		  ULONG code)
{
	NEIGHBOR_OFFLOAD_STATE_CACHED *v = (void *)((u8 *)(block + 1) +
		sizeof(NEIGHBOR_OFFLOAD_STATE_CONST));

	fx->priv = block->NdisOffloadHandle;
	v->HostReachabilityDelta = 5;
}

static void ask_neighbor(struct kunit *test, struct fx *fx)
{
	struct fx_chain c = fx_offload4(fx);
	struct chim_conn *conn = pr_conn(fx, c.conn);

	fx->on_stale = stale;
	fx_advance(fx, 10000);
	WRITE_ONCE(fx->adapter->space.tcp.stale_ticks, 1000);
	local_bh_disable();
	rcu_read_lock();
	chim_conn_ops->stale(conn, rcu_dereference(conn->path->neigh), true);
	rcu_read_unlock();
	local_bh_enable();
	KUNIT_EXPECT_PTR_EQ(test, fx->priv, (void *)c.neigh);
	WRITE_ONCE(fx->adapter->space.tcp.stale_ticks, 0);
	fx->priv = NULL;
}

static void ndis_chain_stale_test(struct kunit *test)
{
	CHIM_COVERS(test, "O-08 NDI-016");
	at_depths(test, ask_neighbor);
}

/* Send data that comes with a connection, and goes back with it. */
static void send_data(struct kunit *test, struct fx *fx)
{
	struct tb *neigh = tb_neigh(fx), *path = tb_path4(fx);
	struct tb *conn = tb_conn(fx), *end;
	struct tl *one = tl_new(fx, 100, 1), *two = tl_new(fx, 100, 101);
	struct tl *three = tl_new(fx, 100, 201);
	int ios = atomic_read(&fx->ios);

	tl_next(one, two);
	tl_send_data(conn, one, 0);
	tb_depend(neigh, path);
	tb_depend(path, conn);
	fx_run(fx, CHIM_INITIATE, neigh);
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
	tl_post(fx, &conn->context, CHIM_IO_SEND, &three->nbl);
	pe_ack(fx, conn, 1100);
	wait_io(fx, ios + 1);
	KUNIT_EXPECT_EQ(test, one->nbl.Status, NDIS_STATUS_SUCCESS);
	end = tb_ref(fx, conn, TcpOffloadState);
	fx_run(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_PTR_EQ(test, end->b.NetBufferListChain, &two->nbl);
	KUNIT_EXPECT_PTR_EQ(test, two->nbl.Next, &three->nbl);
	KUNIT_EXPECT_NULL(test, two->nbl.NdisReserved[0]);
	KUNIT_EXPECT_NULL(test, three->nbl.Context);
}

static void ndis_chain_send_data_test(struct kunit *test)
{
	CHIM_COVERS(test, "NDI-014 BLK-110 D-33");
	at_depths(test, send_data);
}

static NDIS_STATUS ask(struct fx *fx, void *buffer, u32 len)
{
	return fx_oid(fx, NdisRequestQueryInformation,
		      OID_TCP_CONNECTION_OFFLOAD_HARDWARE_CAPABILITIES, buffer,
		      len);
}

static void status(struct kunit *test, struct fx *fx)
{
	u64 capabilities[4];

	chim_miniport_upload_all(fx->adapter);
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, fx->logged, 1);
	KUNIT_EXPECT_EQ(test, (u32)fx->log[0].a, (u32)NDIS_STATUS_UPLOAD_ALL);
	WRITE_ONCE(fx->adapter->evacuating, false);
	KUNIT_EXPECT_EQ(test, ask(fx, capabilities, sizeof(capabilities)),
			NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, ask(fx, capabilities, 1),
			NDIS_STATUS_BUFFER_TOO_SHORT);
}

static void ndis_chain_status_test(struct kunit *test)
{
	CHIM_COVERS(test, "IMD-014");
	at_depths(test, status);
}

/* --- another target --------------------------------------------------------------- */

static void over_target(struct kunit *test, const struct nt_ops *ops)
{
	struct nt nt = { .name = "nt0", .chimney = true };
	struct fx *fx = test->priv;
	struct tl *tl = tl_new(fx, 10, 0);
	struct fx_chain c;
	ULONG consumed;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, ops->load(&nt), NDIS_STATUS_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(depths); i++) {
		nd_over(fx, "nt0", depths[i], false);
		nt.n_handles = 0;
		c = fx_offload4(fx);
		KUNIT_EXPECT_EQ(test, nt.n_handles, 3);
		KUNIT_EXPECT_EQ(test, fx->resolve(fx, c.conn->context), 3ULL);
		tl_post(fx, &c.conn->context, CHIM_IO_SEND, &tl->nbl);
		KUNIT_EXPECT_PTR_EQ(test, nt.contexts[1], (PVOID)3UL);
		KUNIT_EXPECT_PTR_EQ(test, nt.lists[(nt.n_lists - 1) % NT_MAX],
				    &tl->nbl);
		tl_post(fx, &c.conn->context, CHIM_IO_ABORT, &tl->nbl);
		KUNIT_EXPECT_EQ(test, nt.flags,
				(ULONG)TCP_DISCONNECT_ABORTIVE_CLOSE);
		ops->event(&nt, nt.handles[2], TcpIndicateRetrieve, LowActivity);
		KUNIT_EXPECT_EQ(test, pr_events(fx, c.conn, TcpIndicateRetrieve,
						LowActivity), 1);
		fx->on_receive = take_some;
		KUNIT_EXPECT_EQ(test, ops->receive(&nt, nt.handles[2], &tl->nbl,
						   &consumed),
				NDIS_STATUS_OFFLOAD_DATA_PARTIALLY_ACCEPTED);
		KUNIT_EXPECT_EQ(test, consumed, 10U);
		fx->on_receive = NULL;
		fx->tcp.TcpOffloadReceiveReturnHandler(fx, &tl->nbl);
		KUNIT_EXPECT_PTR_EQ(test, nt.returned, &tl->nbl);
		fx_run(fx, CHIM_TERMINATE, tb_ref(fx, c.conn, TcpOffloadState));
		fx_run(fx, CHIM_TERMINATE, tb_ref(fx, c.path, Ip4OffloadState));
		fx_run(fx, CHIM_TERMINATE,
		       tb_ref(fx, c.neigh, NeighborOffloadState));
		nd_end(fx);
	}
	ops->unload(&nt);
	KUNIT_EXPECT_TRUE(test, nt.halted);
}

static void ndis_chain_target_test(struct kunit *test)
{
	u64 before = misuses();

	CHIM_COVERS(test, "NDI-015 NDI-016 NDI-018 IMD-070 IMD-071 IMD-073 IMD-010");
	over_target(test, &nt_linux);
	KUNIT_EXPECT_EQ(test, misuses(), before);
}

/* Every call both ways crosses from one calling convention to the other. */
static void ndis_chain_windows_test(struct kunit *test)
{
	u64 before = misuses();

	if (!IS_ENABLED(CONFIG_X86_64))
		kunit_skip(test, "no such binaries on this machine");
	CHIM_COVERS(test, "NDI-015 NDI-016 NDI-018");
	over_target(test, &nt_windows);
	KUNIT_EXPECT_EQ(test, misuses(), before);
}

static void exit_chain(struct kunit *test)
{
	struct fx *fx = test->priv;

	if (fx)
		nd_end(fx);
	fx_exit(test);
}

static struct kunit_case ndis_chain_cases[] = {
	KUNIT_CASE(ndis_chain_verbs_test),
	KUNIT_CASE(ndis_chain_partial_test),
	KUNIT_CASE(ndis_chain_data_test),
	KUNIT_CASE(ndis_chain_indicate_test),
	KUNIT_CASE(ndis_chain_stale_test),
	KUNIT_CASE(ndis_chain_send_data_test),
	KUNIT_CASE(ndis_chain_status_test),
	KUNIT_CASE(ndis_chain_target_test),
	KUNIT_CASE(ndis_chain_windows_test),
	{}
};

static struct kunit_suite ndis_chain_suite = {
	.name = "chim_ndis_chain",
	.init = fx_init,
	.exit = exit_chain,
	.test_cases = ndis_chain_cases,
};

kunit_test_suite(ndis_chain_suite);
