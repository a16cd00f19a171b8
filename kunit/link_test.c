// SPDX-License-Identifier: GPL-2.0
/*
 * Relinking paths to another neighbor, and updates that reach connections
 * through the path or neighbor they depend on.
 */
#include "probe.h"
#include "witness.h"

#include <linux/rtnetlink.h>

static const u8 hop_a[6] = { 2, 0, 0, 0, 0, 2 };
static const u8 hop_b[6] = { 2, 0xbb, 0xbb, 0xbb, 0xbb, 0xbb };
static const u8 src_b[6] = { 2, 0x5b, 0x5b, 0x5b, 0x5b, 0x5b };

static bool eq(const void *a, const void *b, size_t len)
{
	return !memcmp(a, b, len);
}

static void run(struct fx *fx, enum chim_verb verb, struct tb *root)
{
	fx_run(fx, verb, root);
	FX_EXPECT_STATUS(fx->test, root, NDIS_STATUS_SUCCESS);
}

/* A second neighbor that differs in everything a frame shows. */
static struct tb *offload_b(struct fx *fx)
{
	struct tb *b = tb_neigh(fx);

	memcpy(tb_ncached(b)->DlDestinationAddress, hop_b, 6);
	memcpy(tb_nconst(b)->DlSourceAddress, src_b, 6);
	tb_nconst(b)->VlanId = 0xbb;
	run(fx, CHIM_INITIATE, b);
	return b;
}

/* A bare reference; a const Type has nothing behind it in an update. */
static struct tb *bare(struct fx *fx, struct tb *of)
{
	return wt_bare_ref(fx, of);
}

/* Order to link @path to @neigh; returns the path's block. */
static struct tb *relink(struct fx *fx, struct tb *neigh, struct tb *path)
{
	struct tb *root = bare(fx, neigh), *dep = bare(fx, path);

	tb_depend(root, dep);
	fx_run(fx, CHIM_UPDATE, root);
	return dep;
}

static void expect_linked(struct fx *fx, struct tb *path, struct tb *neigh)
{
	KUNIT_EXPECT_PTR_EQ(fx->test, chim_path_neigh(pr_path(fx, path)),
			    pr_neigh(fx, neigh));
}

static void expect_way(struct fx *fx, struct tb *conn, bool b)
{
	struct pr_seg s;

	KUNIT_ASSERT_TRUE(fx->test, pr_nudge(fx, conn, &s));
	KUNIT_EXPECT_TRUE(fx->test, eq(s.dst, b ? hop_b : hop_a, 6));
	KUNIT_EXPECT_EQ(fx->test, eq(s.src, src_b, 6), b);
	KUNIT_EXPECT_EQ(fx->test, s.vid, b ? 0xbb : 0);
	KUNIT_EXPECT_EQ(fx->test, s.tcp_sum, 0);
}

static struct tb *add_conn(struct fx *fx, struct tb *neigh, struct tb *path)
{
	struct tb *conn = tb_conn(fx), *n = bare(fx, neigh);
	struct tb *p = bare(fx, path);

	tb_depend(n, p);
	tb_depend(p, conn);
	run(fx, CHIM_INITIATE, n);
	return conn;
}

static struct fx_chain add_path(struct fx *fx, struct tb *neigh,
				struct tb *path)
{
	struct fx_chain c = { neigh, path, tb_conn(fx) };
	struct tb *root = bare(fx, neigh);

	tb_depend(root, c.path);
	tb_depend(c.path, c.conn);
	run(fx, CHIM_INITIATE, root);
	FX_EXPECT_STATUS(fx->test, c.conn, NDIS_STATUS_SUCCESS);
	return c;
}

static bool is_stopped(struct fx *fx, struct tb *conn)
{
	struct chim_conn *c = pr_conn(fx, conn);
	bool stopped;

	rcu_read_lock();
	stopped = chim_conn_stopped(c);
	rcu_read_unlock();
	return stopped;
}

/* Of two paths of one neighbor, one moves, with all its connections. */
static void check_relink(struct fx *fx, struct fx_chain c, struct tb *other)
{
	struct fx_chain stay = add_path(fx, c.neigh, other);
	struct tb *second = add_conn(fx, c.neigh, c.path);
	struct tb *b = offload_b(fx);

	expect_way(fx, c.conn, false);
	FX_EXPECT_STATUS(fx->test, relink(fx, b, c.path), NDIS_STATUS_SUCCESS);
	expect_linked(fx, c.path, b);
	expect_linked(fx, stay.path, c.neigh);
	expect_way(fx, c.conn, true);
	expect_way(fx, second, true);
	expect_way(fx, stay.conn, false);
	FX_EXPECT_STATUS(fx->test, relink(fx, c.neigh, c.path),
			 NDIS_STATUS_SUCCESS);
	expect_way(fx, c.conn, false);
	expect_way(fx, second, false);
}

static void link_ip4(struct kunit *test)
{
	struct fx *fx = test->priv;

	CHIM_COVERS(test, "UPD-100 UPD-101 UPD-102");
	check_relink(fx, fx_offload4(fx), tb_path6(fx));
}

static void link_ip6(struct kunit *test)
{
	struct fx *fx = test->priv;

	CHIM_COVERS(test, "UPD-100 UPD-101 UPD-102");
	check_relink(fx, fx_offload6(fx), tb_path4(fx));
}

/* O-15: a Type that is no *CachedState only refers. */
static void link_by_any_type(struct kunit *test)
{
	static const u8 neigh_types[] = {
		NeighborOffloadConstState, NeighborOffloadDelegatedState,
		NeighborOffloadState,
	};
	static const u8 path_types[] = {
		Ip4OffloadConstState, Ip4OffloadDelegatedState, Ip4OffloadState,
	};
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *ends[2] = { c.neigh, offload_b(fx) };
	struct tb *root, *dep, *to;
	int i, j, n = 0;

	CHIM_COVERS(test, "UPD-100 UPD-054 O-15");
	for (i = 0; i < 3; i++) {
		for (j = 0; j < 3; j++) {
			to = ends[++n % 2];
			root = wt_bare(fx, neigh_types[i], &to->context);
			dep = wt_bare(fx, path_types[j], &c.path->context);
			tb_depend(root, dep);
			run(fx, CHIM_UPDATE, root);
			FX_EXPECT_STATUS(test, dep, NDIS_STATUS_SUCCESS);
			expect_linked(fx, c.path, to);
		}
	}
}

/* Values travel with the link: both, or neither. */
static void link_with_values(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *b = offload_b(fx), *root = pr_cached(fx, b);
	struct tb *dep = pr_cached(fx, c.path);

	CHIM_COVERS(test, "UPD-033 UPD-053 X-28");
	tb_ncached(root)->HostReachabilityDelta = 5;
	tb_pcached(dep)->PathMtu = 1400;
	tb_depend(root, dep);
	run(fx, CHIM_UPDATE, root);
	FX_EXPECT_STATUS(test, dep, NDIS_STATUS_SUCCESS);
	expect_linked(fx, c.path, b);
	KUNIT_EXPECT_EQ(test, tb_pcached(pr_query(fx, c.path))->PathMtu, 1400U);
	KUNIT_EXPECT_EQ(test,
			tb_ncached(pr_query(fx, b))->HostReachabilityDelta, 5U);
	expect_way(fx, c.conn, true);
}

static void link_or_values_fail(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *b = offload_b(fx), *root = bare(fx, b);
	struct tb *dep = pr_cached(fx, c.path);

	CHIM_COVERS(test, "UPD-033 UPD-057 UPD-123");
	tb_pcached(dep)->PathMtu = 9001;	/* more than the device takes */
	tb_depend(root, dep);
	run(fx, CHIM_UPDATE, root);
	FX_EXPECT_STATUS(test, dep, NDIS_STATUS_FAILURE);
	expect_linked(fx, c.path, c.neigh);

	/* The neighbor is no good: the values do not go in alone. */
	run(fx, CHIM_INVALIDATE, bare(fx, b));
	root = bare(fx, b);
	dep = pr_cached(fx, c.path);
	tb_pcached(dep)->PathMtu = 1400;
	tb_depend(root, dep);
	fx_run(fx, CHIM_UPDATE, root);
	FX_EXPECT_STATUS(test, root, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, dep, NDIS_STATUS_FAILURE);
	expect_linked(fx, c.path, c.neigh);
	KUNIT_EXPECT_EQ(test, tb_pcached(pr_query(fx, c.path))->PathMtu, 1500U);
	expect_way(fx, c.conn, false);
}

/* One tree may carry paths for several neighbors, and one that fails. */
static void link_many(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c[4] = {
		fx_offload4(fx), fx_offload4(fx), fx_offload6(fx),
		fx_offload4(fx),
	};
	struct tb *root1 = bare(fx, c[3].neigh), *root2 = bare(fx, c[0].neigh);
	PVOID nothing = NULL;
	struct tb *lost = wt_bare(fx, Ip4OffloadConstState, &nothing);
	struct tb *deps[4];
	int i;

	CHIM_COVERS(test, "UPD-056 UPD-100 UPD-101");
	for (i = 0; i < 4; i++)
		deps[i] = bare(fx, c[i].path);
	tb_depend(root1, deps[0]);
	tb_depend(root1, lost);
	tb_depend(root1, deps[1]);
	tb_next(root1, root2);
	tb_depend(root2, deps[2]);
	tb_depend(root2, deps[3]);
	run(fx, CHIM_UPDATE, root1);
	FX_EXPECT_STATUS(test, root2, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, lost, NDIS_STATUS_FAILURE);
	for (i = 0; i < 4; i++) {
		FX_EXPECT_STATUS(test, deps[i], NDIS_STATUS_SUCCESS);
		expect_linked(fx, c[i].path, i < 2 ? c[3].neigh : c[0].neigh);
	}
}

/* Below a placeholder, or at the root, a path block carries values only. */
static void link_needs_a_neighbor_below(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *root = tb_placeholder(fx), *dep = pr_cached(fx, c.path);

	CHIM_COVERS(test, "UPD-100 UPD-053");
	tb_pcached(dep)->PathMtu = 1400;
	tb_depend(root, dep);
	run(fx, CHIM_UPDATE, root);
	FX_EXPECT_STATUS(test, dep, NDIS_STATUS_SUCCESS);
	expect_linked(fx, c.path, c.neigh);
	run(fx, CHIM_UPDATE, bare(fx, c.path));
	expect_linked(fx, c.path, c.neigh);
}

static void link_moves_the_hold(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *b = offload_b(fx), *end;

	CHIM_COVERS(test, "UPD-107");
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, c.neigh)->obj.deps, 1U);
	FX_EXPECT_STATUS(test, relink(fx, b, c.path), NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, c.neigh)->obj.deps, 0U);
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, b)->obj.deps, 1U);
	/* Linking it where it is linked already takes no second hold. */
	FX_EXPECT_STATUS(test, relink(fx, b, c.path), NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, b)->obj.deps, 1U);
	end = bare(fx, b);
	fx_run(fx, CHIM_TERMINATE, end);
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_FAILURE);
	run(fx, CHIM_TERMINATE, bare(fx, c.neigh));
	KUNIT_EXPECT_NULL(test, tb_obj(fx, c.neigh));
	expect_way(fx, c.conn, true);
}

/* The host ends the old neighbor before the relink, or never. */
static void link_old_neighbor_ended_early(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *b = offload_b(fx), *end = bare(fx, c.neigh);
	struct tb *root = bare(fx, b);
	struct pr_hold hold;

	CHIM_COVERS(test, "UPD-106");
	tb_depend(root, bare(fx, c.path));
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_TERMINATE, end);
	fx_submit(fx, CHIM_UPDATE, root);
	pr_release(fx, &hold);
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, root, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_NOT_NULL(test, tb_obj(fx, c.neigh));
	expect_linked(fx, c.path, b);
	expect_way(fx, c.conn, true);
}

/* The new neighbor is not offloaded, or not yet, or not any more. */
static void link_to_nothing(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *b = tb_neigh(fx), *dep;
	struct witness w;
	int i;

	CHIM_COVERS(test, "UPD-105 UPD-085");
	witness_look(fx, &w, c);
	for (i = 0; i < 3; i++) {
		dep = relink(fx, b, c.path);
		FX_EXPECT_STATUS(test, dep, NDIS_STATUS_FAILURE);
		witness_check(fx, &w);
		expect_way(fx, c.conn, false);
		witness_look(fx, &w, c);
		if (i == 0) {
			run(fx, CHIM_INITIATE, b);
			run(fx, CHIM_TERMINATE, bare(fx, b));
		} else {
			b->context = (PVOID)0x123456789abcULL;
		}
	}
}

static void link_to_foreign_neighbor(struct kunit *test)
{
	struct fx *fx = test->priv, *other = fx_second_client(fx);
	struct fx_chain c = fx_offload4(fx);
	struct tb *b = tb_neigh(other), *dep;
	u64 refused;

	fx_run(other, CHIM_INITIATE, b);
	FX_EXPECT_STATUS(test, b, NDIS_STATUS_SUCCESS);
	refused = fx_refused(fx, CHIM_WHY_OWNER);
	dep = relink(fx, b, c.path);
	FX_EXPECT_STATUS(test, dep, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_OWNER), refused + 1);
	expect_linked(fx, c.path, c.neigh);
	KUNIT_EXPECT_EQ(test, chim_neigh(tb_obj(fx, b))->obj.deps, 0U);
	fx_end(other);
}

/* A connection stays on its path, whatever the host asks for. */
static void link_conn_stays(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), d = fx_offload6(fx);
	struct tb *root = bare(fx, d.path), *dep = pr_cached(fx, c.conn);
	struct witness w;

	CHIM_COVERS(test, "UPD-103 UPD-104 UPD-057");
	witness_look(fx, &w, c);
	tb_tcached(dep)->TtlOrHopLimit = 3;
	tb_depend(root, dep);
	run(fx, CHIM_UPDATE, root);
	FX_EXPECT_STATUS(test, dep, NDIS_STATUS_FAILURE);
	witness_check(fx, &w);
	/* Nor along with its path's move. */
	root = bare(fx, d.neigh);
	tb_depend(root, bare(fx, c.path));
	dep = pr_cached(fx, c.conn);
	tb_tcached(dep)->TtlOrHopLimit = 3;
	tb_depend(container_of(root->b.DependentBlockList, struct tb, b), dep);
	run(fx, CHIM_UPDATE, root);
	FX_EXPECT_STATUS(test, dep, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, pr_conn(fx, c.conn)->path,
			    pr_path(fx, c.path));
	KUNIT_EXPECT_EQ(test, pr_conn(fx, c.conn)->v.ttl, 3);
}

/* A stopped connection goes on after the relink; nobody was bothered. */
static void link_revives(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *b = offload_b(fx);

	CHIM_COVERS(test, "UPD-108 D-30 R-10");
	run(fx, CHIM_INVALIDATE, bare(fx, c.neigh));
	KUNIT_EXPECT_TRUE(test, is_stopped(fx, c.conn));
	FX_EXPECT_STATUS(test, relink(fx, b, c.path), NDIS_STATUS_SUCCESS);
	expect_way(fx, c.conn, true);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
}

/* Once its upload has been asked for it stays stopped; others do not. */
static void link_too_late(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *second = add_conn(fx, c.neigh, c.path);
	struct tb *b = offload_b(fx);
	struct pr_seg s;

	CHIM_COVERS(test, "UPD-108 D-30 R-10");
	run(fx, CHIM_INVALIDATE, bare(fx, c.neigh));
	KUNIT_EXPECT_FALSE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, pr_events(fx, c.conn, TcpIndicateRetrieve,
					InvalidState), 1);
	FX_EXPECT_STATUS(test, relink(fx, b, c.path), NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 1);
	expect_way(fx, second, true);
}

/* A connection that is itself invalid can only be uploaded. */
static void link_does_not_revive_conn(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *b = offload_b(fx);

	CHIM_COVERS(test, "UPD-108 R-10 X-32");
	run(fx, CHIM_INVALIDATE, bare(fx, c.conn));
	FX_EXPECT_STATUS(test, relink(fx, b, c.path), NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, is_stopped(fx, c.conn));
}

/* UPD-082 broken: an invalidated path is not linked anywhere. */
static void link_invalid_path(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *b = offload_b(fx);

	CHIM_COVERS(test, "UPD-082 UPD-085");
	run(fx, CHIM_INVALIDATE, bare(fx, c.path));
	FX_EXPECT_STATUS(test, relink(fx, b, c.path), NDIS_STATUS_FAILURE);
	expect_linked(fx, c.path, c.neigh);
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, b)->obj.deps, 0U);
}

/* A new MAC address of the hop is no new hop. */
static void neigh_mac_update(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *second = add_conn(fx, c.neigh, c.path);
	struct tb *conns[] = { c.conn, second, add_conn(fx, c.neigh, c.path) };
	struct chim_neigh *neigh = pr_neigh(fx, c.neigh);
	struct tb *ref = pr_cached(fx, c.neigh);
	struct pr_seg s;
	int i;

	CHIM_COVERS(test, "UPD-109 UPD-120 NBR-015");
	memcpy(tb_ncached(ref)->DlDestinationAddress, hop_b, 6);
	run(fx, CHIM_UPDATE, ref);
	expect_linked(fx, c.path, c.neigh);
	KUNIT_EXPECT_PTR_EQ(test, pr_neigh(fx, c.neigh), neigh);
	KUNIT_EXPECT_EQ(test, neigh->obj.deps, 1U);
	KUNIT_EXPECT_EQ(test, pr_path(fx, c.path)->obj.deps, 3U);
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_TRUE(test, pr_nudge(fx, conns[i], &s));
		KUNIT_EXPECT_TRUE(test, eq(s.dst, hop_b, 6));
	}
}

/* Path updates do not depend on what became of the connections. */
static void path_with_invalid_conn(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *root = pr_cached(fx, c.path), *dep = pr_cached(fx, c.conn);

	CHIM_COVERS(test, "X-29");
	run(fx, CHIM_INVALIDATE, bare(fx, c.conn));
	tb_pcached(root)->PathMtu = 1300;
	tb_depend(root, dep);
	run(fx, CHIM_UPDATE, root);
	FX_EXPECT_STATUS(test, dep, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, tb_pcached(pr_query(fx, c.path))->PathMtu, 1300U);
}

/* The protocol's minimum, and the device's maximum as it is now. */
static void path_mtu_limits(struct kunit *test)
{
	static const struct {
		bool ip6;
		u32 mtu;
		bool good;
	} rows[] = {
		{ false, 68, true }, { false, 67, false }, { false, 0, false },
		{ false, 1500, true }, { false, 1501, false },
		{ false, U32_MAX, false }, { true, 1280, true },
		{ true, 1279, false }, { true, 1501, false },
	};
	struct fx *fx = test->priv;
	struct tb *paths[] = { fx_offload4(fx).path, fx_offload6(fx).path };
	int i;

	CHIM_COVERS(test, "UPD-123 UPD-032 UPD-057");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tb *path = paths[rows[i].ip6];
		struct tb *before = pr_query(fx, path);
		struct tb *ref = pr_cached(fx, path);

		tb_pcached(ref)->PathMtu = rows[i].mtu;
		fx_run(fx, CHIM_UPDATE, ref);
		FX_EXPECT_STATUS(test, ref, rows[i].good ? NDIS_STATUS_SUCCESS :
				 NDIS_STATUS_FAILURE);
		KUNIT_EXPECT_EQ_MSG(test,
				    tb_pcached(pr_query(fx, path))->PathMtu,
				    rows[i].good ? rows[i].mtu :
				    tb_pcached(before)->PathMtu, "row %d", i);
	}
}

static void path_mtu_follows_device(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *path = fx_offload4(fx).path, *ref = pr_cached(fx, path);

	CHIM_COVERS(test, "UPD-123");
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_set_mtu(fx->dev, 9000), 0);
	rtnl_unlock();
	tb_pcached(ref)->PathMtu = 9000;
	run(fx, CHIM_UPDATE, ref);
	KUNIT_EXPECT_EQ(test, tb_pcached(pr_query(fx, path))->PathMtu, 9000U);
}

static struct kunit_case link_cases[] = {
	KUNIT_CASE(link_ip4),
	KUNIT_CASE(link_ip6),
	KUNIT_CASE(link_by_any_type),
	KUNIT_CASE(link_with_values),
	KUNIT_CASE(link_or_values_fail),
	KUNIT_CASE(link_many),
	KUNIT_CASE(link_needs_a_neighbor_below),
	KUNIT_CASE(link_moves_the_hold),
	KUNIT_CASE(link_old_neighbor_ended_early),
	KUNIT_CASE(link_to_nothing),
	KUNIT_CASE(link_to_foreign_neighbor),
	KUNIT_CASE(link_conn_stays),
	KUNIT_CASE(link_revives),
	KUNIT_CASE(link_too_late),
	KUNIT_CASE(link_does_not_revive_conn),
	KUNIT_CASE(link_invalid_path),
	KUNIT_CASE(neigh_mac_update),
	KUNIT_CASE(path_with_invalid_conn),
	KUNIT_CASE(path_mtu_limits),
	KUNIT_CASE(path_mtu_follows_device),
	{}
};

static struct kunit_suite link_suite = {
	.name = "chim_link",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = link_cases,
};

kunit_test_suite(link_suite);
