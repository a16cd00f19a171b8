// SPDX-License-Identifier: GPL-2.0
/* Objects whose state is lost: memory corruption, staged. */
#include "lists.h"
#include "terminate.h"

#include "ndis/miniport.h"

#define POISON	0xa5

static void corrupt(struct fx *fx, struct tb *tb)
{
	struct chim_obj *obj = tb_obj(fx, tb);

	KUNIT_ASSERT_NOT_NULL(fx->test, obj);
	WRITE_ONCE(obj->canary, 0x1234);
}

/* The block failed, then came the two events, in this order, once. */
static void expect_reported(struct fx *fx, struct tb *root, struct tb *conn)
{
	struct kunit *test = fx->test;

	KUNIT_ASSERT_EQ(test, fx->logged, 3);
	KUNIT_EXPECT_EQ(test, (u32)fx->log[0].call, (u32)FX_COMPLETE);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].p, (void *)&root->b);
	KUNIT_EXPECT_EQ(test, (u32)fx->log[1].call, (u32)FX_EVENT);
	KUNIT_EXPECT_EQ(test, fx->log[1].a, (u32)TcpIndicateRetrieve);
	KUNIT_EXPECT_EQ(test, fx->log[1].b, (u32)HardwareFailure);
	KUNIT_EXPECT_EQ(test, (u32)fx->log[2].call, (u32)FX_EVENT);
	KUNIT_EXPECT_EQ(test, fx->log[2].a, (u32)TcpIndicateAbort);
	KUNIT_EXPECT_EQ(test, fx->log[2].b, 0U);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[1].handle, (void *)conn);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[2].handle, (void *)conn);
	KUNIT_EXPECT_TRUE(test, fx->log[1].atomic);
	KUNIT_EXPECT_TRUE(test, fx->log[2].atomic);
	fx->logged = 0;
}

/* The objects next to the corrupt one are read as ever. */
static void corrupt_query_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *neigh = tb_ref(fx, c.neigh, NeighborOffloadCachedState);
	struct tb *path = tb_ref(fx, c.path, Ip4OffloadCachedState);
	struct tb *conn = tb_ref(fx, c.conn, TcpOffloadState);

	CHIM_COVERS(test, "QRY-050 QRY-052");
	corrupt(fx, c.conn);
	tb_depend(neigh, path);
	tb_depend(path, conn);
	memset(conn->state, POISON, sizeof(conn->state));
	fx_run(fx, CHIM_QUERY, neigh);
	FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, tb_pcached(path)->PathMtu, 1500U);
	KUNIT_EXPECT_EQ(test, tb_ncached(neigh)->DlDestinationAddress[5], 2);
	KUNIT_EXPECT_NULL(test, memchr_inv(conn->state, POISON,
					   sizeof(conn->state)));
	expect_reported(fx, neigh, c.conn);
}

/* Every verb that meets it fails and reports; the host hears it only once. */
static void corrupt_reported_once_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb, next;
	struct fx_chain c;
	struct tb *tb;

	CHIM_COVERS(test, "QRY-052 INV-014 TRM-033 D-31 D-35 EVT-075");
	for (verb = CHIM_QUERY; verb < CHIM_VERBS; verb++) {
		c = fx_offload4(fx);
		corrupt(fx, c.conn);
		tb = wt_good(fx, verb, c);
		wt_refused(fx, verb, tb, CHIM_WHY_CORRUPT);
		expect_reported(fx, tb, c.conn);
		for (next = CHIM_QUERY; next < CHIM_VERBS; next++)
			wt_refused(fx, next, wt_good(fx, next, c),
				   CHIM_WHY_CORRUPT);
		KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
		wt_done(fx, CHIM_TERMINATE, tm_ref(fx, c.path));
		wt_done(fx, CHIM_TERMINATE, tm_ref(fx, c.neigh));
		fx->logged = 0;
	}
	wt_empty(fx);
}

/* An invalidation succeeds for what is sound, in the same tree. */
static void corrupt_invalidate_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *path = wt_bare_ref(fx, c.path);
	struct tb *conn = wt_bare_ref(fx, c.conn);

	CHIM_COVERS(test, "INV-014");
	corrupt(fx, c.conn);
	tb_depend(path, conn);
	wt_done(fx, CHIM_INVALIDATE, path);
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_FAILURE);
	expect_reported(fx, path, c.conn);
	KUNIT_EXPECT_TRUE(test, chim_obj_marked(tb_obj(fx, c.path),
						CHIM_OBJ_INVALID));
	KUNIT_EXPECT_FALSE(test, chim_obj_marked(tb_obj(fx, c.conn),
						 CHIM_OBJ_INVALID));
}

/* The first termination leaves the object, the second one takes it away. */
static void corrupt_terminate_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *first = tm_ref(fx, c.conn), *second = tm_ref(fx, c.conn);

	CHIM_COVERS(test, "TRM-033 D-35 X-44");
	corrupt(fx, c.conn);
	wt_refused(fx, CHIM_TERMINATE, first, CHIM_WHY_CORRUPT);
	expect_reported(fx, first, c.conn);
	KUNIT_EXPECT_NOT_NULL(test, tb_obj(fx, c.conn));
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, c.path), CHIM_WHY_DEPENDENTS);
	wt_refused(fx, CHIM_TERMINATE, second, CHIM_WHY_CORRUPT);
	KUNIT_EXPECT_EQ(test, tb_tdeleg(second)->RcvNxt, 0U);
	KUNIT_EXPECT_NULL(test, tb_obj(fx, c.conn));
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, c.conn), CHIM_WHY_HANDLE);
	wt_done(fx, CHIM_TERMINATE, tm_ref(fx, c.path));
	wt_done(fx, CHIM_TERMINATE, tm_ref(fx, c.neigh));
	wt_empty(fx);
}

/* A query, and two terminations that wait behind it. */
static void corrupt_queued_test(struct kunit *test)
{
	static const enum fx_call calls[] = { FX_COMPLETE, FX_EVENT, FX_EVENT,
		FX_COMPLETE, FX_COMPLETE };
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *query = tb_ref(fx, c.conn, TcpOffloadState);
	struct tb *end = tm_ref(fx, c.conn), *again = tm_ref(fx, c.conn);
	struct pr_hold hold;
	int i;

	CHIM_COVERS(test, "QRY-052 TRM-016");
	corrupt(fx, c.conn);
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_QUERY, query);
	fx_submit(fx, CHIM_TERMINATE, end);
	fx_submit(fx, CHIM_TERMINATE, again);
	pr_release(fx, &hold);
	KUNIT_ASSERT_EQ(test, fx->logged, (int)ARRAY_SIZE(calls));
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		KUNIT_EXPECT_EQ(test, (u32)fx->log[i].call, (u32)calls[i]);
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, again, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_CORRUPT), 2ULL);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_HANDLE), 1ULL);
}

static struct fx_chain offload_laden(struct fx *fx, struct tl **sent)
{
	struct fx_chain c = { tb_neigh(fx), tb_path4(fx), tb_conn(fx) };

	*sent = tl_new(fx, 10, 0);
	tl_next(*sent, tl_new(fx, 20, 10));
	tl_send_data(c.conn, *sent, 0);
	tb_tdeleg(c.conn)->BufferedData = &tl_new(fx, 30, 0)->nbl;
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	wt_done(fx, CHIM_INITIATE, c.neigh);
	fx->logged = 0;
	return c;
}

static void expect_aborted(struct fx *fx, int at, struct tl *sent)
{
	struct kunit *test = fx->test;
	PNET_BUFFER_LIST nbl;

	KUNIT_EXPECT_EQ(test, (u32)fx->log[at].call, (u32)FX_IO);
	KUNIT_EXPECT_EQ(test, fx->log[at].a, (u32)CHIM_IO_SEND);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[at].p, (void *)&sent->nbl);
	for (nbl = &sent->nbl; nbl; nbl = nbl->Next) {
		KUNIT_EXPECT_EQ(test, (u32)nbl->Status,
				(u32)NDIS_STATUS_REQUEST_ABORTED);
		KUNIT_EXPECT_NULL(test, NET_BUFFER_LIST_INFO(nbl,
							     TcpOffloadBytesTransferred));
	}
}

/* Its send data comes back as aborted, before the termination completes. */
static void corrupt_send_data_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tl *sent;
	struct fx_chain c = offload_laden(fx, &sent);
	struct tb *end = tm_ref(fx, c.conn);

	CHIM_COVERS(test, "QRY-053 D-35");
	corrupt(fx, c.conn);
	wt_refused(fx, CHIM_QUERY, wt_good(fx, CHIM_QUERY, c),
		   CHIM_WHY_CORRUPT);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_IO), 0);
	fx->logged = 0;
	end->b.NetBufferListChain = &sent->nbl;
	wt_refused(fx, CHIM_TERMINATE, end, CHIM_WHY_CORRUPT);
	KUNIT_EXPECT_EQ(test, fx->logged, 2);
	expect_aborted(fx, 0, sent);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[1].p, (void *)&end->b);
	KUNIT_EXPECT_NULL(test, end->b.NetBufferListChain);
	KUNIT_EXPECT_NULL(test, tb_obj(fx, c.conn));
}

/* Found by the termination itself: the data waits for the second one. */
static void corrupt_send_data_later_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tl *sent;
	struct fx_chain c = offload_laden(fx, &sent);

	CHIM_COVERS(test, "QRY-053 D-35");
	corrupt(fx, c.conn);
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, c.conn), CHIM_WHY_CORRUPT);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_IO), 0);
	fx->logged = 0;
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, c.conn), CHIM_WHY_CORRUPT);
	expect_aborted(fx, 0, sent);
}

/* There are no events for a neighbor or a path; the rest is the same. */
static void corrupt_below_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *tree;

	CHIM_COVERS(test, "QRY-050 INV-014 TRM-033 OBJ-035");
	corrupt(fx, c.neigh);
	corrupt(fx, c.path);
	wt_refused(fx, CHIM_QUERY, tb_ref(fx, c.neigh, NeighborOffloadState),
		   CHIM_WHY_CORRUPT);
	wt_refused(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.path),
		   CHIM_WHY_CORRUPT);
	/* Each has a dependent, so each stays. */
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, c.path), CHIM_WHY_CORRUPT);
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, c.neigh), CHIM_WHY_CORRUPT);
	pr_query(fx, c.conn);
	tree = tm_tree(fx, c);
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, c.path), CHIM_WHY_CORRUPT);
	fx_run(fx, CHIM_TERMINATE, tree);
	FX_EXPECT_STATUS(test, tree, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
	wt_empty(fx);
}

/* Nothing new hangs on to a corrupt object, and no path is linked to one. */
static void corrupt_link_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), bad = fx_offload6(fx);
	struct tb *linker = tb_ref(fx, bad.neigh, NeighborOffloadState);
	struct tb *relink = tb_ref(fx, bad.neigh, NeighborOffloadState);
	struct tb *path = tb_path4(fx), *moved;
	struct witness w;

	CHIM_COVERS(test, "UPD-033");
	witness_look(fx, &w, c);
	corrupt(fx, bad.neigh);
	tb_depend(linker, path);
	wt_refused(fx, CHIM_INITIATE, linker, CHIM_WHY_CORRUPT);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_FAILURE);
	moved = tb_ref(fx, c.path, Ip4OffloadState);
	tb_depend(relink, moved);
	wt_refused(fx, CHIM_UPDATE, relink, CHIM_WHY_CORRUPT);
	FX_EXPECT_STATUS(test, moved, NDIS_STATUS_FAILURE);
	witness_check_all(fx, &w);
}

/* The host never comes back for it: it ends when the host detaches. */
static void corrupt_abandoned_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tl *sent;
	struct fx_chain c = offload_laden(fx, &sent);

	CHIM_COVERS(test, "QRY-051 D-35");
	corrupt(fx, c.conn);
	corrupt(fx, c.neigh);
	wt_refused(fx, CHIM_QUERY, wt_good(fx, CHIM_QUERY, c),
		   CHIM_WHY_CORRUPT);
	fx->logged = 0;
	chim_detach(&fx->attach);
	expect_aborted(fx, 0, sent);
	KUNIT_EXPECT_EQ(test, fx->logged, 1);
	wt_empty(fx);
}

/* The host does not give the connection up but offloads it once more. */
static void corrupt_offload_again_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *linker = tb_ref(fx, c.path, Ip4OffloadState);
	struct tb *conn = tb_conn(fx);

	CHIM_COVERS(test, "TRM-034");
	tb_tconst(conn)->LocalPort = tb_tconst(c.conn)->LocalPort;
	tb_depend(linker, conn);
	corrupt(fx, c.conn);
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, c.conn), CHIM_WHY_CORRUPT);
	wt_refused(fx, CHIM_INITIATE, linker, CHIM_WHY_LINKER_FAILED);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_DUPLICATE), 1ULL);
	wt_refused(fx, CHIM_TERMINATE, tm_ref(fx, c.conn), CHIM_WHY_CORRUPT);
	wt_done(fx, CHIM_INITIATE, linker);
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
	pr_query(fx, conn);
}

static struct kunit_case corrupt_cases[] = {
	KUNIT_CASE(corrupt_query_test),
	KUNIT_CASE(corrupt_reported_once_test),
	KUNIT_CASE(corrupt_invalidate_test),
	KUNIT_CASE(corrupt_terminate_test),
	KUNIT_CASE(corrupt_queued_test),
	KUNIT_CASE(corrupt_send_data_test),
	KUNIT_CASE(corrupt_send_data_later_test),
	KUNIT_CASE(corrupt_below_test),
	KUNIT_CASE(corrupt_link_test),
	KUNIT_CASE(corrupt_abandoned_test),
	KUNIT_CASE(corrupt_offload_again_test),
	{}
};

static struct kunit_suite corrupt_suite = {
	.name = "chim_corrupt",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = corrupt_cases,
};

kunit_test_suite(corrupt_suite);
