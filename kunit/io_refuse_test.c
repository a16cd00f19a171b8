// SPDX-License-Identifier: GPL-2.0
/* Data requests that cannot be served, and what a client leaves behind. */
#include "peer.h"
#include "terminate.h"

#include "ndis/attach.h"

#include <linux/kthread.h>

static void post(struct fx *fx, PVOID context, enum chim_io io, struct tl *tl)
{
	KUNIT_EXPECT_EQ(fx->test, tl_post(fx, context, io, &tl->nbl),
			NDIS_STATUS_PENDING);
}

/* All structures of the list come back once, in one call, as they were (REG-012). */
static void expect_refused(struct fx *fx, enum chim_io io, struct tl *tl, int n,
			   NDIS_STATUS status)
{
	PNET_BUFFER_LIST nbl;
	int count = 0;

	fx_flush(fx);
	KUNIT_ASSERT_EQ(fx->test, fx->logged, 1);
	KUNIT_EXPECT_EQ(fx->test, (u32)fx->log[0].call, (u32)FX_IO);
	KUNIT_EXPECT_EQ(fx->test, fx->log[0].a, tl_completion(io));
	KUNIT_EXPECT_PTR_EQ(fx->test, fx->log[0].p, (void *)&tl->nbl);
	KUNIT_EXPECT_TRUE(fx->test, fx->log[0].atomic);
	for (nbl = &tl->nbl; nbl && count < 10; nbl = nbl->Next) {
		KUNIT_EXPECT_EQ(fx->test, (u32)nbl->Status, (u32)status);
		KUNIT_EXPECT_NULL(fx->test,
				  NET_BUFFER_LIST_INFO(nbl,
						       TcpOffloadBytesTransferred));
		count++;
	}
	KUNIT_EXPECT_EQ(fx->test, count, n);
	fx->logged = 0;
}

/* --- which connection ---------------------------------------------------- */

struct target {
	PVOID context;
	enum chim_why why;
};

static void expect_unknown(struct fx *fx, const struct target *t)
{
	enum chim_io io;

	for (io = 0; io < TL_IOS; io++) {
		struct tl *tl = tl_new(fx, 10, 0);
		u64 before = fx_refused(fx, t->why);

		post(fx, t->context, io, tl);
		expect_refused(fx, io, tl, 1, NDIS_STATUS_UPLOAD_IN_PROGRESS);
		KUNIT_EXPECT_EQ(fx->test, tl->nb.DataLength, 10U);
		KUNIT_EXPECT_EQ(fx->test, fx_refused(fx, t->why), before + 1);
	}
}

/* Stale, foreign and forged ones, by value and by place (OBJ-036). */
static void context_test(struct kunit *test)
{
	struct fx *fx = test->priv, *other = fx_second_client(fx);
	struct fx_chain gone = fx_offload4(fx), c = fx_offload4(fx);
	struct fx_chain theirs = fx_offload4(other);
	PVOID zero = NULL;
	struct target targets[] = {
		{ NULL, CHIM_WHY_HANDLE },
		{ &zero, CHIM_WHY_HANDLE },
		{ (PVOID)1, CHIM_WHY_HANDLE },
		{ gone.conn->context, CHIM_WHY_HANDLE },
		{ &gone.conn->context, CHIM_WHY_HANDLE },
		{ (PVOID)0x3fffffff12345678, CHIM_WHY_HANDLE },
		{ (PVOID)0x7000000000000001, CHIM_WHY_HANDLE },
		{ theirs.conn->context, CHIM_WHY_OWNER },
		{ &theirs.conn->context, CHIM_WHY_OWNER },
		{ c.path->context, CHIM_WHY_LAYER },
		{ &c.neigh->context, CHIM_WHY_LAYER },
	};
	struct witness w;
	int i;

	wt_done(fx, CHIM_TERMINATE, tm_ref(fx, gone.conn));
	witness_look(fx, &w, c);
	fx->logged = 0;
	for (i = 0; i < ARRAY_SIZE(targets); i++)
		expect_unknown(fx, &targets[i]);
	witness_check(fx, &w);
	fx_end(other);
}

/* QRY-053: what is lost cannot be gone on with. */
static void corrupt_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tl *sent = tl_new(fx, 10, 0), *late = tl_new(fx, 10, 0);
	struct tl *r = tl_new(fx, 10, 0);

	CHIM_COVERS(test, "QRY-053 D-35");
	post(fx, &c.conn->context, CHIM_IO_SEND, sent);
	post(fx, &c.conn->context, CHIM_IO_RECEIVE, r);
	WRITE_ONCE(tb_obj(fx, c.conn)->canary, 0);
	post(fx, &c.conn->context, CHIM_IO_SEND, late);
	expect_refused(fx, CHIM_IO_SEND, late, 1, NDIS_STATUS_REQUEST_ABORTED);
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, c.conn), CHIM_WHY_CORRUPT);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 1);
	fx->logged = 0;
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, c.conn), CHIM_WHY_CORRUPT);
	KUNIT_EXPECT_EQ(test, (u32)sent->nbl.Status,
			(u32)NDIS_STATUS_REQUEST_ABORTED);
	KUNIT_EXPECT_EQ(test, (u32)r->nbl.Status,
			(u32)NDIS_STATUS_REQUEST_ABORTED);
	KUNIT_EXPECT_EQ(test, (u32)fx->log[fx->logged - 1].call,
			(u32)FX_COMPLETE);
}

/* What an abort, a refused send or a full connection cannot do to it. */
static void halted_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct pe_seg urg = { .seq = 2000, .ack = 1000, .flags = CHIM_URG,
			      .len = 5 };
	enum chim_io io;

	CHIM_COVERS(test, "TRM-112 TRM-075 EVT-073 EVT-077");
	pe_send(fx, c.conn, urg);
	KUNIT_EXPECT_EQ(test, pr_events(fx, c.conn, TcpIndicateRetrieve,
					ReceivedUrgentData), 1);
	fx->logged = 0;
	for (io = 0; io < TL_IOS; io++) {
		struct tl *tl = tl_new(fx, 20, 0);

		if (io == CHIM_IO_ABORT)
			continue;
		post(fx, &c.conn->context, io, tl);
		expect_refused(fx, io, tl, 1, NDIS_STATUS_UPLOAD_IN_PROGRESS);
	}
}

/* --- broken promises ----------------------------------------------------- */

static struct tl *two(struct fx *fx, u32 len)
{
	struct tl *tl = tl_new(fx, len, 0);

	tl_next(tl, tl_new(fx, len, 0));
	return tl;
}

static void expect_broken(struct fx *fx, struct tb *conn, enum chim_io io,
			  struct tl *tl, int n)
{
	u64 before = fx_refused(fx, CHIM_WHY_LIST);

	post(fx, &conn->context, io, tl);
	expect_refused(fx, io, tl, n, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(fx->test, fx_refused(fx, CHIM_WHY_LIST), before + 1);
}

/* Structures that are not what they say, in the first or a later place. */
static void broken_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct witness w;
	struct tl *tl;

	CHIM_COVERS(test, "RCV-012 FWD-011 DSC-011 BLK-107");
	witness_take(fx, &w);
	fx->logged = 0;
	/* No buffer, one that leads nowhere, memory that is not there. */
	tl = two(fx, 10);
	tl->nbl.FirstNetBuffer = NULL;
	expect_broken(fx, conn, CHIM_IO_SEND, tl, 2);
	tl = two(fx, 10);
	tl->nbl.Next->FirstNetBuffer = (PNET_BUFFER)8;
	expect_broken(fx, conn, CHIM_IO_RECEIVE, tl, 2);
	tl = two(fx, 10);
	tl->nb.DataLength = 11;
	expect_broken(fx, conn, CHIM_IO_SEND, tl, 2);
	tl = two(fx, 10);
	tl->mdl.MappedSystemVa = NULL;
	expect_broken(fx, conn, CHIM_IO_FORWARD, tl, 2);
	tl = tl_new(fx, 10, 0);
	tl->nb.CurrentMdl = NULL;
	expect_broken(fx, conn, CHIM_IO_DISCONNECT, tl, 1);
	/* A list that leads back, or out of it. */
	tl = two(fx, 10);
	tl->nbl.Next->Next = &tl->nbl;
	expect_broken(fx, conn, CHIM_IO_SEND, tl, 2);
	tl = two(fx, 10);
	tl->nbl.Next->Next = (PNET_BUFFER_LIST)1;
	expect_broken(fx, conn, CHIM_IO_RECEIVE, tl, 2);
	/* Two buffers where one is promised, two lists where one is. */
	tl = tl_new(fx, 10, 0);
	tl->nb.Next = &tl_new(fx, 10, 0)->nb;
	expect_broken(fx, conn, CHIM_IO_RECEIVE, tl, 1);
	expect_broken(fx, conn, CHIM_IO_FORWARD, tl, 1);
	expect_broken(fx, conn, CHIM_IO_DISCONNECT, tl, 1);
	expect_broken(fx, conn, CHIM_IO_ABORT, tl, 1);
	expect_broken(fx, conn, CHIM_IO_DISCONNECT, two(fx, 0), 2);
	/* More host data than there is room for; no segment is that long. */
	tl = tl_new(fx, 10, 0);
	NET_BUFFER_LIST_INFO(&tl->nbl, TcpReceiveBytesTransferred) = (PVOID)11;
	expect_broken(fx, conn, CHIM_IO_RECEIVE, tl, 1);
	tl = tl_new(fx, 65536, 0);
	expect_broken(fx, conn, CHIM_IO_FORWARD, tl, 1);
	witness_check(fx, &w);
	/* And it goes on as if nothing had been. */
	tl = tl_new(fx, 10, 0);
	post(fx, &conn->context, CHIM_IO_SEND, tl);
	pe_ack(fx, conn, 1010);
	KUNIT_EXPECT_EQ(test, (u32)tl->nbl.Status, (u32)NDIS_STATUS_SUCCESS);
}

/* Nothing to complete, so nothing but a count. */
static void no_list_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	enum chim_io io;

	for (io = 0; io < TL_IOS; io++) {
		KUNIT_EXPECT_EQ(test, tl_post(fx, &conn->context, io, NULL),
				NDIS_STATUS_PENDING);
		KUNIT_EXPECT_EQ(test, tl_post(fx, &conn->context, io,
					      (PNET_BUFFER_LIST)12),
				NDIS_STATUS_PENDING);
	}
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_LIST), 2ULL * TL_IOS);
	KUNIT_EXPECT_EQ(test, fx->logged, 0);
}

/* --- what is left behind ------------------------------------------------- */

/* A client that goes gets everything back, as aborted. */
static void detach_test(struct kunit *test)
{
	struct fx *fx = test->priv, *other = fx_second_client(fx);
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *a = tl_new(fx, 10, 0), *b = tl_new(fx, 10, 0);
	struct tl *bye = tl_new(fx, 10, 0);

	post(fx, &conn->context, CHIM_IO_SEND, a);
	post(fx, &conn->context, CHIM_IO_RECEIVE, b);
	post(fx, &conn->context, CHIM_IO_DISCONNECT, bye);
	chim_detach(&fx->attach);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 3);
	KUNIT_EXPECT_EQ(test, (u32)a->nbl.Status,
			(u32)NDIS_STATUS_REQUEST_ABORTED);
	KUNIT_EXPECT_EQ(test, (u32)b->nbl.Status,
			(u32)NDIS_STATUS_REQUEST_ABORTED);
	KUNIT_EXPECT_EQ(test, (u32)bye->nbl.Status,
			(u32)NDIS_STATUS_REQUEST_ABORTED);
	fx_flush(other);
	fx_end(other);
}

struct keeper {
	PNET_BUFFER_LIST got;
	struct fx *fx;
	struct task_struct *task;
	struct completion begun;
	struct completion gone;
};

static NDIS_STATUS keep(struct fx *fx, struct tb *conn, PNET_BUFFER_LIST list,
			PULONG consumed)
{
	struct keeper *k = fx->priv;

	k->got = list;
	return NDIS_STATUS_SUCCESS;
}

static int leave(void *data)
{
	struct keeper *k = data;

	complete(&k->begun);
	chim_detach(&k->fx->attach);
	complete(&k->gone);
	return 0;
}

static bool has_left(struct fx *fx)
{
	bool left;

	rcu_read_lock();
	left = !chim_owner_next(fx->adapter, NULL);
	rcu_read_unlock();
	return left;
}

/* The adapter stays until the host has returned what it was given. */
static void outstanding_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct keeper k = { .fx = fx };
	NDIS_HANDLE context = fx->attach.MiniportAdapterContext;

	CHIM_COVERS(test, "RTN-010 RTN-012 RTN-014 RTN-015 X-42");
	init_completion(&k.begun);
	init_completion(&k.gone);
	fx->priv = &k;
	fx->on_receive = keep;
	pe_data(fx, conn, 50, 7);
	KUNIT_ASSERT_NOT_NULL(test, k.got);
	k.task = kthread_run(leave, &k, "chim-leave");
	KUNIT_ASSERT_FALSE(test, IS_ERR(k.task));
	wait_for_completion(&k.begun);
	while (!has_left(fx))
		schedule();
	/* All objects are gone; what the host has is not. */
	fx_flush(fx);
	KUNIT_EXPECT_FALSE(test, completion_done(&k.gone));
	KUNIT_EXPECT_EQ(test, fx->adapter->space.count[CHIM_CONN], 0U);
	KUNIT_EXPECT_TRUE(test, tl_holds(k.got, 50, 7));
	KUNIT_EXPECT_EQ(test,
			fx->tcp.TcpOffloadReceiveReturnHandler(context, k.got),
			NDIS_STATUS_SUCCESS);
	wait_for_completion(&k.gone);
}

static struct kunit_case io_refuse_cases[] = {
	KUNIT_CASE(context_test),
	KUNIT_CASE(corrupt_test),
	KUNIT_CASE(halted_test),
	KUNIT_CASE(broken_test),
	KUNIT_CASE(no_list_test),
	KUNIT_CASE(detach_test),
	KUNIT_CASE(outstanding_test),
	{}
};

static struct kunit_suite io_refuse_suite = {
	.name = "chim_io_refuse",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = io_refuse_cases,
};

kunit_test_suite(io_refuse_suite);
