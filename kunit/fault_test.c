// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that runs out in the midst of an operation: at every allocation in
 * turn. What is asked for fails cleanly or works all the same, and either way
 * nothing is left behind.
 */
#include "bare.h"
#include "fault.h"
#include "lists.h"
#include "terminate.h"

#include "ndis/attach.h"

#include <linux/rtnetlink.h>

/* How many of everything an adapter has. */
struct stock {
	u32 objects[CHIM_LAYERS];
	u32 values[CHIM_RES_KINDS];
	int tuples;
	int hwaddrs;
};

static struct stock take_stock(struct fx *fx)
{
	struct chim_space *space = &fx->adapter->space;
	struct stock s = {};

	memcpy(s.objects, space->count, sizeof(s.objects));
	memcpy(s.values, space->resources.count, sizeof(s.values));
	s.tuples = atomic_read(&space->conns.nelems);
	s.hwaddrs = fx_hwaddrs(fx);
	return s;
}

static bool stock_is(struct fx *fx, const struct stock *was)
{
	struct stock now = take_stock(fx);

	return !memcmp(&now, was, sizeof(now));
}

/* A chain that needs all that can be needed, used over and over. */
struct order {
	struct tb *block[CHIM_LAYERS];
	struct tb *end[CHIM_LAYERS];
	struct tl *send;
	struct tl *received;
};

static void place_order(struct fx *fx, struct order *o, struct tb *path)
{
	struct tb *neigh = tb_neigh(fx), *conn = tb_conn(fx);
	int i;

	fx->dev->priv_flags |= IFF_UNICAST_FLT;
	tb_nconst(neigh)->DlSourceAddress[0] = 2;
	tb_nconst(neigh)->DlSourceAddress[1] = 7;
	tb_nconst(neigh)->VlanId = 7;
	o->send = tl_new(fx, 10, 0);
	o->received = tl_new(fx, 20, 5);
	tl_send_data(conn, o->send, 0);
	tb_tdeleg(conn)->BufferedData = &o->received->nbl;
	tb_depend(neigh, path);
	tb_depend(path, conn);
	o->block[CHIM_NEIGH] = neigh;
	o->block[CHIM_PATH] = path;
	o->block[CHIM_CONN] = conn;
	for (i = 0; i < CHIM_LAYERS; i++)
		o->end[i] = tm_ref(fx, o->block[i]);
	tb_depend(o->end[CHIM_NEIGH], o->end[CHIM_PATH]);
	tb_depend(o->end[CHIM_PATH], o->end[CHIM_CONN]);
}

/* D-17 and D-37 have other words for it than that memory is short. */
static bool clean_status(u32 status)
{
	return status == (u32)NDIS_STATUS_RESOURCES ||
	       status == (u32)NDIS_STATUS_FAILURE ||
	       status == (u32)NDIS_STATUS_OFFLOAD_TCP_XMIT_BUFFER ||
	       status == (u32)NDIS_STATUS_OFFLOAD_TCP_RCV_BUFFER ||
	       status == (u32)NDIS_STATUS_OFFLOAD_HW_ADDRESS_ENTRIES;
}

/* Returns whether all of it was offloaded; a block is either in or out. */
static bool check_order(struct fx *fx, struct order *o)
{
	bool whole = true;
	int i;

	for (i = 0; i < CHIM_LAYERS; i++) {
		struct tb *tb = o->block[i];
		bool in = tb->b.Status == NDIS_STATUS_SUCCESS ||
			  tb->b.Status == NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS;

		whole &= tb->b.Status == NDIS_STATUS_SUCCESS;
		KUNIT_EXPECT_TRUE(fx->test, in || clean_status(tb->b.Status));
		KUNIT_EXPECT_EQ(fx->test, in, !!tb->context);
		KUNIT_EXPECT_EQ(fx->test, in, !!tb_obj(fx, tb));
	}
	KUNIT_EXPECT_PTR_EQ(fx->test, o->block[CHIM_CONN]->b.NetBufferListChain,
			    &o->send->nbl);
	return whole;
}

/* Ends what was offloaded, and makes the blocks as good as new. */
static void undo_order(struct fx *fx, struct order *o)
{
	struct tb *conn = o->end[CHIM_CONN];
	int i;

	tb_tdeleg(conn)->BufferedData = NULL;
	fx_run(fx, CHIM_TERMINATE, o->end[CHIM_NEIGH]);
	for (i = 0; i < CHIM_LAYERS; i++) {
		KUNIT_EXPECT_EQ(fx->test,
				o->end[i]->b.Status == NDIS_STATUS_SUCCESS,
				!!o->block[i]->context);
		o->block[i]->context = NULL;
	}
	if (tb_tdeleg(conn)->BufferedData)
		fx->tcp.TcpOffloadReceiveReturnHandler(fx->attach.MiniportAdapterContext,
						       tb_tdeleg(conn)->BufferedData);
}

/* Fails each allocation in turn; how often the connection had that Status. */
static int count_status(struct fx *fx, struct tb *conn, NDIS_STATUS status)
{
	struct tb *link = tb_ref(fx, fx_offload4(fx).path, Ip4OffloadState);
	struct tb *end = tb_ref(fx, conn, TcpOffloadConstState);
	struct ft ft = { .nth = 1 };
	int count = 0;

	tb_depend(link, conn);
	do {
		ft_run(fx, &ft, CHIM_INITIATE, link);
		count += conn->b.Status == status;
		/* Not everything that fails is missed. */
		if (conn->context)
			wt_done(fx, CHIM_TERMINATE, end);
		conn->context = NULL;
	} while (ft_next(&ft));
	FX_EXPECT_STATUS(fx->test, conn, NDIS_STATUS_SUCCESS);
	return count;
}

/* What is short is memory for data, and which data. */
static void buffers_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = tb_conn(fx);

	CHIM_COVERS(test, "INI-037");
	tl_send_data(conn, tl_new(fx, 10, 0), 0);
	KUNIT_EXPECT_GE(test,
			count_status(fx, conn,
				     NDIS_STATUS_OFFLOAD_TCP_XMIT_BUFFER), 1);
	conn = tb_conn(fx);
	tb_tdeleg(conn)->BufferedData = &tl_new(fx, 20, 5)->nbl;
	KUNIT_EXPECT_GE(test,
			count_status(fx, conn,
				     NDIS_STATUS_OFFLOAD_TCP_RCV_BUFFER), 1);
	KUNIT_EXPECT_EQ(test, count_status(fx, tb_conn(fx),
					   NDIS_STATUS_OFFLOAD_TCP_XMIT_BUFFER),
			0);
}

/* Offloads a chain until no allocation is left to fail; how often it failed. */
static int offload_failing(struct fx *fx, struct tb *path, bool onwards)
{
	struct ft ft = { .nth = 1, .onwards = onwards };
	struct stock was = take_stock(fx);
	struct order o;
	int failed = 0;
	bool whole;

	place_order(fx, &o, path);
	do {
		ft_run(fx, &ft, CHIM_INITIATE, o.block[CHIM_NEIGH]);
		whole = check_order(fx, &o);
		failed += !whole;
		undo_order(fx, &o);
		KUNIT_EXPECT_TRUE_MSG(fx->test, stock_is(fx, &was),
				      "allocation %u", ft.nth);
	} while (ft_next(&ft));
	KUNIT_EXPECT_TRUE(fx->test, whole);
	KUNIT_EXPECT_GT(fx->test, ft.left, 0U);
	return failed;
}

/*
 * Those of ours that must be there: two values of the neighbor and its place
 * in the device's filter, neighbor, its cached set; the path's address and
 * the path; what is held, the copy of the received data and the connection.
 */
#define OWN_ALLOCATIONS	10

/*
 * With no other object the first handle needs no memory. Others get none only
 * if all that follows fails as well: the tree of handles tries twice.
 */
static void initiate_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	int one, onwards;

	one = offload_failing(fx, tb_path4(fx), false);
	KUNIT_EXPECT_GE(test, one, OWN_ALLOCATIONS);
	onwards = offload_failing(fx, tb_path4(fx), true);
	KUNIT_EXPECT_GT(test, onwards, one);
	fx_offload4(fx);
	KUNIT_EXPECT_GE(test, offload_failing(fx, tb_path6(fx), false),
			OWN_ALLOCATIONS);
	KUNIT_EXPECT_GE(test, offload_failing(fx, tb_path6(fx), true),
			OWN_ALLOCATIONS);
}

/* A block that failed left its object as it was. */
static bool check_update(struct fx *fx, struct tb *of, struct tb *update,
			 struct tb *was)
{
	bool done = update->b.Status == NDIS_STATUS_SUCCESS;
	struct tb *now = pr_query(fx, of);
	OFFLOAD_STATE_HEADER *header = tb_part(update, CHIM_PART_CACHED);
	struct tb *expected = done ? update : was;

	KUNIT_EXPECT_EQ(fx->test, memcmp(tb_part(now, CHIM_PART_CACHED),
					 tb_part(expected, CHIM_PART_CACHED),
					 header->Length), 0);
	if (!done)
		FX_EXPECT_STATUS(fx->test, update, NDIS_STATUS_FAILURE);
	return done;
}

/* A tree of updates for a whole chain, other values each time. */
static struct tb *vary(struct fx_chain u, unsigned int nth)
{
	tb_ncached(u.neigh)->DlDestinationAddress[5] = nth;
	tb_pcached(u.path)->PathMtu = 1000 + nth % 500;
	tb_tcached(u.conn)->InitialRcvWnd += 1280;
	return u.neigh;
}

/* One allocation for the neighbor, two for the segment it takes. */
static void update_failing(struct fx *fx, struct fx_chain c, bool onwards)
{
	struct fx_chain u = { pr_cached(fx, c.neigh), pr_cached(fx, c.path),
			      pr_cached(fx, c.conn) };
	struct ft ft = { .nth = 1, .onwards = onwards };
	u64 nomem = atomic64_read(&fx->adapter->stats.tx_nomem);
	int failed_neigh = 0, silent = 0;
	struct tb *was_neigh, *was_conn;
	struct pr_seg seg;
	bool done;

	tb_depend(u.neigh, u.path);
	tb_depend(u.path, u.conn);
	do {
		was_neigh = pr_query(fx, c.neigh);
		was_conn = pr_query(fx, c.conn);
		ft_run(fx, &ft, CHIM_UPDATE, vary(u, ft.nth));
		failed_neigh += !check_update(fx, c.neigh, u.neigh, was_neigh);
		/* What cannot be announced is in force all the same. */
		done = check_update(fx, c.conn, u.conn, was_conn);
		KUNIT_EXPECT_TRUE(fx->test, done);
		silent += !pr_segment(fx, &seg);
		FX_EXPECT_STATUS(fx->test, u.path, NDIS_STATUS_SUCCESS);
	} while (ft_next(&ft));
	KUNIT_EXPECT_GT(fx->test, ft.left, 0U);
	KUNIT_EXPECT_GE(fx->test, failed_neigh, 1);
	KUNIT_EXPECT_GE(fx->test, silent, 2);
	/* What could not be built may have been tried more than once. */
	KUNIT_EXPECT_GE(fx->test, atomic64_read(&fx->adapter->stats.tx_nomem),
			(s64)nomem + silent);
}

static void update_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);

	update_failing(fx, c, false);
	/* The values have moved on. */
	tb_tcached(c.conn)->InitialRcvWnd =
		tb_tcached(pr_query(fx, c.conn))->InitialRcvWnd;
	update_failing(fx, c, true);
}

/* Runs an operation that nothing can keep from success. */
static void expect_done(struct fx *fx, struct ft *ft, enum chim_verb verb,
			struct tb *root)
{
	struct ft own = *ft;

	ft_run(fx, &own, verb, root);
	FX_EXPECT_STATUS(fx->test, root, NDIS_STATUS_SUCCESS);
	/* The loop ends when none of them has an allocation left to fail. */
	ft->left = min(ft->left, own.left);
}

/* The way out is never barred: no memory at all is needed for these. */
static void without_memory_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct ft ft = { .nth = 1, .onwards = true };
	struct stock was = take_stock(fx);
	struct order o;

	CHIM_COVERS(test, "X-38");
	place_order(fx, &o, tb_path4(fx));
	do {
		PNET_BUFFER_LIST buffered;
		struct tb *conn = o.block[CHIM_CONN];

		wt_done(fx, CHIM_INITIATE, o.block[CHIM_NEIGH]);
		ft.left = UINT_MAX;
		expect_done(fx, &ft, CHIM_QUERY,
			    tb_ref(fx, conn, TcpOffloadState));
		expect_done(fx, &ft, CHIM_INVALIDATE, wt_bare_ref(fx, conn));
		expect_done(fx, &ft, CHIM_TERMINATE, o.end[CHIM_NEIGH]);
		FX_EXPECT_STATUS(test, o.end[CHIM_CONN], NDIS_STATUS_SUCCESS);
		buffered = tb_tdeleg(o.end[CHIM_CONN])->BufferedData;
		KUNIT_EXPECT_TRUE(test, tl_holds(buffered, 20, 5));
		KUNIT_EXPECT_TRUE(test, stock_is(fx, &was));
		fx->tcp.TcpOffloadReceiveReturnHandler(fx->attach.MiniportAdapterContext,
						       buffered);
		o.block[CHIM_NEIGH]->context = NULL;
		o.block[CHIM_PATH]->context = NULL;
		conn->context = NULL;
	} while (ft_next(&ft));
	KUNIT_EXPECT_GT(test, ft.left, 0U);
}

#define FEW	64	/* connections that a new table holds */
#define SOME	40	/* whose handles lie in one piece */

/*
 * How many allocations of a connection can fail so that it is refused: from the
 * first on, from the second on, and so on. It is there in the end.
 */
static u32 count_fatal(struct bare *bare, struct chim_path *path)
{
	struct chim_conn_news news = bare_news(path);
	struct chim_space *space = &bare->space;
	struct ft ft = { .nth = 1, .onwards = true };
	u32 changes = space->changes, had = space->count[CHIM_CONN], fatal;
	struct chim_conn *conn;
	enum chim_why why;

	for (fatal = 0;; fatal++, ft.nth++) {
		ft_arm(&ft);
		why = chim_conn_create(&bare->owner, &news, &conn);
		ft_disarm(&ft);
		if (!why)
			break;
		KUNIT_ASSERT_EQ(bare->test, (int)why, (int)CHIM_WHY_NOMEM);
		KUNIT_EXPECT_EQ(bare->test, space->changes, changes);
		KUNIT_EXPECT_EQ(bare->test, space->count[CHIM_CONN], had);
		KUNIT_EXPECT_EQ(bare->test, path->obj.deps, had);
		KUNIT_EXPECT_EQ(bare->test, atomic_read(&space->conns.nelems), (int)had);
		KUNIT_ASSERT_LT(bare->test, fatal, 100U);
	}
	return fatal;
}

/*
 * More connections than the table has room for. It would grow in the background
 * first, but whoever does that needs the mutex.
 */
static void table_test(struct kunit *test)
{
	struct bare *bare = bare_second(test);
	struct chim_path *path = bare_path(bare, bare_neigh(bare));
	struct chim_space *space = &bare->space;
	u32 i, n, least = U32_MAX, most = 0;

	mutex_lock(&space->conns.mutex);
	for (i = 0; i < FEW + 6; i++) {
		n = count_fatal(bare, path);
		if (i < SOME)
			least = min(least, n);
		else if (i >= FEW)
			most = max(most, n);
	}
	mutex_unlock(&space->conns.mutex);
	KUNIT_EXPECT_GE(test, least, 1U);
	/* That of the table comes last. */
	KUNIT_EXPECT_GT(test, most, least);
	bare_destroy(bare);
}

static void attach_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct ft ft = { .nth = 1 };
	int err, failed = 0;
	unsigned int refs;

	chim_detach(&fx->attach);
	refs = refcount_read(&fx->adapter->refs);
	do {
		fx->set_calls = 0;
		ft_arm(&ft);
		err = chim_attach(&init_net, fx->adapter->ifindex, &fx->attach);
		ft_disarm(&ft);
		if (!err) {
			chim_detach(&fx->attach);
			continue;
		}
		failed++;
		KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		KUNIT_EXPECT_NULL(test, fx->attach.MiniportAdapterContext);
		KUNIT_EXPECT_EQ(test, refcount_read(&fx->adapter->refs), refs);
	} while (ft_next(&ft));
	KUNIT_EXPECT_GT(test, ft.left, 0U);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_GE(test, failed, 1);
}

/* The device is no adapter then; were it held, it could not go at the end. */
static void adapter_test(struct kunit *test)
{
	struct chim_adapter_config config = {};
	struct fx *fx = test->priv;
	struct chim_adapter *adapter;
	struct ft ft = { .nth = 1 };
	int failed = 0;

	chim_adapter_close(fx->adapter);
	do {
		rtnl_lock();
		ft_arm(&ft);
		adapter = chim_adapter_add(fx->dev, &config, NULL);
		ft_disarm(&ft);
		if (!IS_ERR(adapter)) {
			chim_adapter_close(adapter);
			rtnl_unlock();
			continue;
		}
		failed++;
		KUNIT_EXPECT_EQ(test, PTR_ERR(adapter), -ENOMEM);
		KUNIT_EXPECT_NULL(test, chim_adapter_get(&init_net,
							 fx->dev->ifindex));
		rtnl_unlock();
	} while (ft_next(&ft));
	KUNIT_EXPECT_GT(test, ft.left, 0U);
	KUNIT_EXPECT_GE(test, failed, 2);
}

static struct kunit_case fault_cases[] = {
	KUNIT_CASE(buffers_test),
	KUNIT_CASE(initiate_test),
	KUNIT_CASE(update_test),
	KUNIT_CASE(without_memory_test),
	KUNIT_CASE(table_test),
	KUNIT_CASE(attach_test),
	KUNIT_CASE(adapter_test),
	{}
};

static struct kunit_suite fault_suite = {
	.name = "chim_fault",
	.init = ft_init,
	.exit = ft_exit,
	.test_cases = fault_cases,
};

kunit_test_suite(fault_suite);
