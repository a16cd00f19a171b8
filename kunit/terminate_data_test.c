// SPDX-License-Identifier: GPL-2.0
/* Terminate: what becomes of data and of requests. */
#include "lists.h"
#include "peer.h"
#include "terminate.h"

/* A chain that brings 600 bytes to send and 130 received ones. */
struct laden {
	struct fx_chain c;
	struct tl *sent[3];
	struct tl *got;
};

static void offload_laden(struct fx *fx, struct laden *l, u32 unsent)
{
	l->c = (struct fx_chain){ tb_neigh(fx), tb_path4(fx), tb_conn(fx) };
	l->sent[0] = tl_new(fx, 100, 0);
	l->sent[1] = tl_new(fx, 200, 100);
	l->sent[2] = tl_new(fx, 300, 300 % 256);
	tl_next(l->sent[0], l->sent[1]);
	tl_next(l->sent[0], l->sent[2]);
	l->got = tl_new(fx, 60, 7);
	tl_next(l->got, tl_new(fx, 70, 67));
	tb_tdeleg(l->c.conn)->BufferedData = &l->got->nbl;
	tb_tdeleg(l->c.conn)->SndUna = 0xffffff80;
	tl_send_data(l->c.conn, l->sent[0], unsent);
	/* And the rest cannot be sent. */
	tb_tdeleg(l->c.conn)->SndWnd = 600 - unsent;
	tb_depend(l->c.neigh, l->c.path);
	tb_depend(l->c.path, l->c.conn);
	wt_done(fx, CHIM_INITIATE, l->c.neigh);
	FX_EXPECT_STATUS(fx->test, l->c.conn, NDIS_STATUS_SUCCESS);
	fx->logged = 0;
}

static NDIS_STATUS give_back(struct fx *fx, PNET_BUFFER_LIST list)
{
	return fx->tcp.TcpOffloadReceiveReturnHandler(fx->attach.MiniportAdapterContext,
						      list);
}

/* Each list once, in the order in which it came, with numbers that fit. */
static void terminate_send_data_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	TCP_OFFLOAD_STATE_DELEGATED *d, *was;
	struct laden l;
	struct tb *end;

	CHIM_COVERS(test, "TRM-071 TRM-072 TRM-073 D-33 D-34");
	offload_laden(fx, &l, 150);
	end = tm_ref(fx, l.c.conn);
	d = tb_tdeleg(end);
	was = tb_tdeleg(l.c.conn);
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_PTR_EQ(test, end->b.NetBufferListChain, &l.sent[0]->nbl);
	KUNIT_EXPECT_PTR_EQ(test, l.sent[0]->nbl.Next, &l.sent[1]->nbl);
	KUNIT_EXPECT_PTR_EQ(test, l.sent[1]->nbl.Next, &l.sent[2]->nbl);
	KUNIT_EXPECT_NULL(test, l.sent[2]->nbl.Next);
	KUNIT_EXPECT_PTR_EQ(test, d->SendDataHead, &l.sent[0]->nbl);
	KUNIT_EXPECT_PTR_EQ(test, d->SendDataTail, &l.sent[2]->nbl);
	KUNIT_EXPECT_TRUE(test, tl_holds(end->b.NetBufferListChain, 600, 0));
	KUNIT_EXPECT_EQ(test, d->SndUna, was->SndUna);
	KUNIT_EXPECT_EQ(test, d->SndNxt, was->SndUna + 450);
	KUNIT_EXPECT_EQ(test, d->SndMax, was->SndUna + 450);
	/* Passed back, so not completed as well. */
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 0);
	give_back(fx, d->BufferedData);
}

static void terminate_no_send_data_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *end = tm_ref(fx, c.conn);

	CHIM_COVERS(test, "TRM-074");
	end->b.NetBufferListChain = &tl_new(fx, 10, 0)->nbl;
	tb_tdeleg(end)->SendDataHead = end->b.NetBufferListChain;
	tb_tdeleg(end)->SendDataTail = end->b.NetBufferListChain;
	tb_tdeleg(end)->BufferedData = end->b.NetBufferListChain;
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_NULL(test, end->b.NetBufferListChain);
	KUNIT_EXPECT_NULL(test, tb_tdeleg(end)->SendDataHead);
	KUNIT_EXPECT_NULL(test, tb_tdeleg(end)->SendDataTail);
	KUNIT_EXPECT_NULL(test, tb_tdeleg(end)->BufferedData);
}

/* The chain comes back even if the state has no place to go to. */
static void terminate_data_without_state_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct laden l;
	struct tb *end;

	CHIM_COVERS(test, "TRM-030 D-33");
	offload_laden(fx, &l, 0);
	end = wt_bare_ref(fx, l.c.conn);
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_PTR_EQ(test, end->b.NetBufferListChain, &l.sent[0]->nbl);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 0);
}

/* Received data outlives the connection until the host is done with it. */
static void terminate_received_data_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct laden l;
	struct tb *end;
	PNET_BUFFER_LIST list;

	CHIM_COVERS(test, "TRM-092 D-36");
	offload_laden(fx, &l, 0);
	end = tm_tree(fx, l.c);
	wt_done(fx, CHIM_TERMINATE, end);
	end = container_of(end->b.DependentBlockList->DependentBlockList,
			   struct tb, b);
	list = tb_tdeleg(end)->BufferedData;
	KUNIT_ASSERT_NOT_NULL(test, list);
	wt_empty(fx);
	rcu_barrier();
	fx_offload4(fx);
	KUNIT_EXPECT_NULL(test, list->Next);
	KUNIT_EXPECT_NULL(test, list->FirstNetBuffer->Next);
	KUNIT_EXPECT_TRUE(test, tl_holds(list, 130, 7));
	KUNIT_EXPECT_EQ(test, give_back(fx, list), NDIS_STATUS_SUCCESS);
}

/* The peer's FIN, not reported, shows in state and RcvNxt only. */
static void terminate_after_fin_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = { tb_neigh(fx), tb_path4(fx), tb_conn(fx) };
	struct tb *end = tm_ref(fx, c.conn);
	TCP_OFFLOAD_STATE_DELEGATED *d = tb_tdeleg(c.conn);

	d->State = TcpConnectionCloseWait;
	d->RcvNxt = 0;	/* the FIN is 0xffffffff, the last byte before it */
	d->BufferedData = &tl_new(fx, 80, 3)->nbl;
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	wt_done(fx, CHIM_INITIATE, c.neigh);
	wt_done(fx, CHIM_TERMINATE, end);
	d = tb_tdeleg(end);
	KUNIT_EXPECT_EQ(test, (u32)d->State, (u32)TcpConnectionCloseWait);
	KUNIT_EXPECT_EQ(test, d->RcvNxt, 0U);
	KUNIT_EXPECT_TRUE(test, tl_holds(d->BufferedData, 80, 3));
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
	give_back(fx, d->BufferedData);
}

static void expect_status(struct kunit *test, PNET_BUFFER_LIST list,
			  NDIS_STATUS status)
{
	for (; list; list = list->Next) {
		KUNIT_EXPECT_EQ(test, (u32)list->Status, (u32)status);
		KUNIT_EXPECT_NULL(test,
				  NET_BUFFER_LIST_INFO(list,
						       TcpOffloadBytesTransferred));
	}
}

static void expect_io(struct fx *fx, int at, struct tl *tl, enum chim_io io,
		      NDIS_STATUS status)
{
	KUNIT_EXPECT_EQ(fx->test, (u32)fx->log[at].call, (u32)FX_IO);
	KUNIT_EXPECT_EQ(fx->test, fx->log[at].a, tl_completion(io));
	KUNIT_EXPECT_PTR_EQ(fx->test, fx->log[at].p, (void *)&tl->nbl);
	KUNIT_EXPECT_PTR_EQ(fx->test, fx->log[at].handle, FX_DRIVER_HANDLE);
	expect_status(fx->test, &tl->nbl, status);
}

/* Requests that wait when the end comes: of two lists each, if they may be. */
static void terminate_drains_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *end = tm_ref(fx, c.conn);
	struct tl *lists[TL_IOS] = {};
	struct pr_hold hold;
	int i;

	CHIM_COVERS(test, "TRM-051 TRM-054 D-32 DSC-056");
	lists[CHIM_IO_RECEIVE] = tl_new(fx, 10, 0);
	tl_next(lists[CHIM_IO_RECEIVE], tl_new(fx, 10, 0));
	/* Not in the form of an offload, so it is not passed back. */
	lists[CHIM_IO_SEND] = tl_new(fx, 10, 0);
	lists[CHIM_IO_SEND]->nb.Next = &tl_new(fx, 10, 0)->nb;
	tl_next(lists[CHIM_IO_SEND], tl_new(fx, 10, 0));
	lists[CHIM_IO_DISCONNECT] = tl_new(fx, 10, 0);
	pr_hold(fx, &hold);
	for (i = 0; i < TL_IOS; i++)
		if (lists[i])
			tl_post(fx, &c.conn->context, i, &lists[i]->nbl);
	fx_submit(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 0);
	pr_release(fx, &hold);
	expect_io(fx, 0, lists[CHIM_IO_RECEIVE], CHIM_IO_RECEIVE,
		  NDIS_STATUS_UPLOAD_IN_PROGRESS);
	expect_io(fx, 1, lists[CHIM_IO_SEND], CHIM_IO_SEND,
		  NDIS_STATUS_UPLOAD_IN_PROGRESS);
	expect_io(fx, 2, lists[CHIM_IO_DISCONNECT], CHIM_IO_DISCONNECT,
		  NDIS_STATUS_UPLOAD_IN_PROGRESS);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[3].p, (void *)&end->b);
	KUNIT_EXPECT_EQ(test, fx->logged, 4);
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_SUCCESS);
}

/* The host breaks its word: requests on a connection that has ended. */
static void terminate_late_requests_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *end = tm_ref(fx, c.conn);
	struct tl *lists[TL_IOS];
	int io;

	CHIM_COVERS(test, "TRM-076 TRM-094");
	wt_done(fx, CHIM_TERMINATE, end);
	fx->logged = 0;
	for (io = 0; io < TL_IOS; io++) {
		lists[io] = tl_new(fx, 10, 0);
		KUNIT_EXPECT_EQ(test, tl_post(fx, &c.conn->context, io,
					      &lists[io]->nbl),
				NDIS_STATUS_PENDING);
	}
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, fx->logged, TL_IOS);
	for (io = 0; io < TL_IOS; io++)
		expect_io(fx, io, lists[io], io,
			  NDIS_STATUS_UPLOAD_IN_PROGRESS);
	wt_done(fx, CHIM_TERMINATE, tm_ref(fx, c.path));
	wt_done(fx, CHIM_TERMINATE, tm_ref(fx, c.neigh));
	wt_empty(fx);
}

/* its data stays with an invalidated connection until its end. */
static void terminate_invalidated_data_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tl *late = tl_new(fx, 10, 0);
	struct laden l;
	struct tb *end;

	CHIM_COVERS(test, "X-31");
	offload_laden(fx, &l, 0);
	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, l.c.conn));
	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, l.c.conn));
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 0);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
	tl_post(fx, &l.c.conn->context, CHIM_IO_SEND, &late->nbl);
	fx_flush(fx);
	expect_io(fx, fx->logged - 1, late, CHIM_IO_SEND,
		  NDIS_STATUS_UPLOAD_IN_PROGRESS);
	end = tm_ref(fx, l.c.conn);
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_TRUE(test, tl_holds(end->b.NetBufferListChain, 600, 0));
	KUNIT_EXPECT_TRUE(test, tl_holds(tb_tdeleg(end)->BufferedData, 130, 7));
	give_back(fx, tb_tdeleg(end)->BufferedData);
}

/* --- what it has left to send ---------------------------------------------- */

/* Not only built: it reaches the wire. */
static void terminate_delayed_ack_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_stats *stats = &fx->adapter->stats;
	struct fx_chain c = fx_offload4(fx);
	u32 nxt = pr_conn(fx, c.conn)->tcb.rcv_nxt;
	struct tb *end = tm_ref(fx, c.conn);
	struct pr_seg seg = {};

	CHIM_COVERS(test, "TRM-055 TMR-032");
	pe_data(fx, c.conn, 100, 0);
	KUNIT_EXPECT_FALSE(test, pr_segment(fx, &seg));
	wt_done(fx, CHIM_TERMINATE, end);
	give_back(fx, tb_tdeleg(end)->BufferedData);
	KUNIT_ASSERT_TRUE(test, pr_segment(fx, &seg));
	KUNIT_EXPECT_EQ(test, seg.ack, nxt + 100);
	KUNIT_EXPECT_EQ(test, seg.data_len, 0U);
	KUNIT_EXPECT_FALSE(test, pr_segment(fx, &seg));
	KUNIT_EXPECT_EQ(test, atomic64_read(&stats->tx_stopped), 0);
}

/* An invalidated path silences it even so. */
static void terminate_muted_ack_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *end = tm_ref(fx, c.conn);
	struct pr_seg seg = {};

	CHIM_COVERS(test, "INV-031");
	pe_data(fx, c.conn, 100, 0);
	wt_done(fx, CHIM_INVALIDATE, tb_ref(fx, c.path, Ip4OffloadConstState));
	wt_done(fx, CHIM_TERMINATE, end);
	give_back(fx, tb_tdeleg(end)->BufferedData);
	KUNIT_EXPECT_FALSE(test, pr_segment(fx, &seg));
}

static struct kunit_case data_cases[] = {
	KUNIT_CASE(terminate_send_data_test),
	KUNIT_CASE(terminate_no_send_data_test),
	KUNIT_CASE(terminate_data_without_state_test),
	KUNIT_CASE(terminate_received_data_test),
	KUNIT_CASE(terminate_after_fin_test),
	KUNIT_CASE(terminate_drains_test),
	KUNIT_CASE(terminate_late_requests_test),
	KUNIT_CASE(terminate_invalidated_data_test),
	KUNIT_CASE(terminate_delayed_ack_test),
	KUNIT_CASE(terminate_muted_ack_test),
	{}
};

static struct kunit_suite data_suite = {
	.name = "chim_terminate_data",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = data_cases,
};

kunit_test_suite(data_suite);
