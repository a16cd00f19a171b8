// SPDX-License-Identifier: GPL-2.0
/*
 * No handler calls its caller back: what a request brings about at once is
 * told a little later, so that a client may hold a lock of its own around the
 * call. With softirqs off, "later" cannot come before the handler has returned.
 */
#include "peer.h"

#include <linux/bottom_half.h>

#define UNA	1000U	/* of the fixture's connections */
#define NXT	2000U

/* Posts, and sees that nobody is called from within. */
static void post_quietly(struct fx *fx, struct tb *conn, enum chim_io io,
			 struct tl *tl)
{
	int before = fx->logged, after;
	NDIS_STATUS status;

	local_bh_disable();
	status = tl_post(fx, &conn->context, io, &tl->nbl);
	after = fx->logged;
	local_bh_enable();
	KUNIT_EXPECT_EQ(fx->test, status, NDIS_STATUS_PENDING);
	KUNIT_EXPECT_EQ(fx->test, after, before);
	wait_event(fx->wait, fx->logged > before);
}

static void expect_done(struct fx *fx, struct tl *tl, enum chim_io io,
			NDIS_STATUS status)
{
	struct fx_entry *last = &fx->log[fx->logged - 1];

	KUNIT_EXPECT_EQ(fx->test, (u32)last->call, (u32)FX_IO);
	KUNIT_EXPECT_EQ(fx->test, last->a, tl_completion(io));
	KUNIT_EXPECT_PTR_EQ(fx->test, last->p, (void *)&tl->nbl);
	KUNIT_EXPECT_EQ(fx->test, (u32)tl->nbl.Status, (u32)status);
}

/* Requests that end as they come. */
static void async_request_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *tl = tl_new(fx, 0, 0);

	CHIM_COVERS(test, "SND-010 RCV-010 FWD-010");
	fx->logged = 0;
	post_quietly(fx, conn, CHIM_IO_SEND, tl);
	expect_done(fx, tl, CHIM_IO_SEND, NDIS_STATUS_SUCCESS);
	tl = tl_new(fx, 10, 0);
	NET_BUFFER_LIST_INFO(&tl->nbl, TcpReceiveBytesTransferred) = (PVOID)10;
	post_quietly(fx, conn, CHIM_IO_RECEIVE, tl);
	expect_done(fx, tl, CHIM_IO_RECEIVE, NDIS_STATUS_SUCCESS);
	tl = pe_forward(fx, (struct pe_seg) { .seq = NXT - 9, .ack = UNA });
	post_quietly(fx, conn, CHIM_IO_FORWARD, tl);
	expect_done(fx, tl, CHIM_IO_FORWARD, NDIS_STATUS_SUCCESS);
}

/* Data that waits for a request. */
static void async_waiting_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *tl = tl_new(fx, 100, 0);

	CHIM_COVERS(test, "RCV-010");
	fx->logged = 0;
	pe_data(fx, conn, 100, 7);
	post_quietly(fx, conn, CHIM_IO_RECEIVE, tl);
	expect_done(fx, tl, CHIM_IO_RECEIVE, NDIS_STATUS_SUCCESS);
	tl->nb.CurrentMdlOffset = 0;
	tl->nb.DataLength = 100;
	KUNIT_EXPECT_TRUE(test, tl_holds(&tl->nbl, 100, 7));
}

static void async_abort_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *send = tl_new(fx, 100, 0), *bye = tl_new(fx, 0, 0);
	struct pr_seg rst = {};

	CHIM_COVERS(test, "DSC-010 DSC-030");
	fx->logged = 0;
	tl_post(fx, &conn->context, CHIM_IO_SEND, &send->nbl);
	KUNIT_EXPECT_TRUE(test, pr_segment(fx, &rst));
	post_quietly(fx, conn, CHIM_IO_ABORT, bye);
	wait_event(fx->wait, atomic_read(&fx->ios) == 2);
	expect_done(fx, bye, CHIM_IO_ABORT, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, pr_segment(fx, &rst));
	KUNIT_EXPECT_TRUE(test, rst.flags & CHIM_RST);
}

struct told {
	int indications;
	struct tb *other;
	struct tl *tl;
	bool quiet;
};

static NDIS_STATUS count_indication(struct fx *fx, struct tb *conn,
				    PNET_BUFFER_LIST list, PULONG consumed)
{
	struct told *told = fx->priv;

	told->indications++;
	*consumed = 0;
	wake_up_all(&fx->wait);
	return NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED;
}

/* An indication is a call like any other. */
static void async_indication_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *tl = tl_new(fx, 0, 0);
	struct told told = {};
	int at_once;

	CHIM_COVERS(test, "RCV-010 RCV-090");
	fx->priv = &told;
	fx->on_receive = count_indication;
	pe_data(fx, conn, 100, 7);
	KUNIT_EXPECT_EQ(test, told.indications, 1);
	local_bh_disable();
	tl_post(fx, &conn->context, CHIM_IO_RECEIVE, &tl->nbl);
	at_once = told.indications - 1;
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, at_once, 0);
	wait_event(fx->wait, told.indications == 2);
}

static void give_up(struct fx *fx, struct tb *conn)
{
	struct chim_conn *c = pr_conn(fx, conn);
	struct chim_run run;

	rcu_read_lock();
	spin_lock_bh(&c->lock);
	chim_conn_run(c, &run);
	chim_tcp_upload(&run, CHIM_UPLOAD_REQUESTED);
	spin_unlock_bh(&c->lock);
	rcu_read_unlock();
	chim_conn_kick(c);
}

/* Where there is no queue to wait in, requests end in their order. */
static void async_refused_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *a = tl_new(fx, 10, 0), *b = tl_new(fx, 20, 0);

	CHIM_COVERS(test, "SND-010 RCV-010 RCV-017 TRM-112");
	give_up(fx, conn);
	KUNIT_ASSERT_NULL(test, pr_conn(fx, conn)->tcb.flow);
	fx->logged = 0;
	tl_next(a, b);
	post_quietly(fx, conn, CHIM_IO_RECEIVE, a);
	expect_done(fx, a, CHIM_IO_RECEIVE, NDIS_STATUS_UPLOAD_IN_PROGRESS);
	KUNIT_EXPECT_PTR_EQ(test, a->nbl.Next, &b->nbl);
	post_quietly(fx, conn, CHIM_IO_SEND, a);
	expect_done(fx, a, CHIM_IO_SEND, NDIS_STATUS_UPLOAD_IN_PROGRESS);
	KUNIT_EXPECT_PTR_EQ(test, a->nbl.Next, &b->nbl);
}

static void send_on_other(struct fx *fx, const struct fx_entry *entry)
{
	struct told *told = fx->priv;
	int before = atomic_read(&fx->ios);
	struct tl *tl = told->tl;

	told->tl = NULL;
	if (!tl)
		return;
	tl_post(fx, &told->other->context, CHIM_IO_SEND, &tl->nbl);
	told->quiet = atomic_read(&fx->ios) == before;
}

/* From within a completion, on another connection. */
static void async_nested_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain chain = fx_offload4(fx);
	struct tb *link = tb_ref(fx, chain.path, Ip4OffloadState);
	struct told told = { .other = tb_conn(fx), .tl = tl_new(fx, 0, 0) };
	struct tl *tl = tl_new(fx, 100, 0);

	CHIM_COVERS(test, "SND-010");
	tb_depend(link, told.other);
	fx_run(fx, CHIM_INITIATE, link);
	fx->priv = &told;
	fx->on_call = send_on_other;
	tl_post(fx, &chain.conn->context, CHIM_IO_SEND, &tl->nbl);
	pe_ack(fx, chain.conn, UNA + 100);
	wait_event(fx->wait, atomic_read(&fx->ios) == 2);
	KUNIT_EXPECT_TRUE(test, told.quiet);
	fx->on_call = NULL;
}

static void count_query(struct fx *fx, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST list,
			ULONG code)
{
	struct told *told = fx->priv;

	told->indications++;
	wake_up_all(&fx->wait);
}

/* Nor is the host asked about a next hop from within; the data waits. */
static void async_query_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *tl = tl_new(fx, 100, 0);
	struct told told = {};
	struct pr_seg seg;
	int at_once;

	CHIM_COVERS(test, "SND-010 NBR-050");
	fx->adapter->space.tcp.stale_ticks = 1000;
	fx_advance(fx, 2000);
	fx->priv = &told;
	fx->on_stale = count_query;
	local_bh_disable();
	tl_post(fx, &conn->context, CHIM_IO_SEND, &tl->nbl);
	at_once = told.indications;
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, at_once, 0);
	wait_event(fx->wait, told.indications == 1);
	chim_conn_kick(pr_conn(fx, conn));
	KUNIT_EXPECT_TRUE(test, pr_segment(fx, &seg));
	pe_ack(fx, conn, UNA + 100);
}

static struct kunit_case async_cases[] = {
	KUNIT_CASE(async_request_test),
	KUNIT_CASE(async_waiting_test),
	KUNIT_CASE(async_abort_test),
	KUNIT_CASE(async_indication_test),
	KUNIT_CASE(async_refused_test),
	KUNIT_CASE(async_nested_test),
	KUNIT_CASE(async_query_test),
	{}
};

static struct kunit_suite async_suite = {
	.name = "chim_async",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = async_cases,
};

kunit_test_suite(async_suite);
