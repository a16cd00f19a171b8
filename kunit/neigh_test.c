// SPDX-License-Identifier: GPL-2.0
/*
 * Neighbors: reachability times, source addresses, VLAN identifiers and when
 * a neighbor is refused over them.
 */
#include "probe.h"
#include "witness.h"

static NDIS_STATUS initiate(struct fx *fx, struct tb *neigh)
{
	fx_run(fx, CHIM_INITIATE, neigh);
	return neigh->b.Status;
}

static void run(struct fx *fx, enum chim_verb verb, struct tb *root)
{
	fx_run(fx, verb, root);
	FX_EXPECT_STATUS(fx->test, root, NDIS_STATUS_SUCCESS);
}

static u32 now(struct fx *fx)
{
	return chim_clock_now(&fx->adapter->clock);
}

static struct tb *neigh_with(struct fx *fx, u32 hrd, u32 nrd)
{
	struct tb *neigh = tb_neigh(fx);

	tb_ncached(neigh)->HostReachabilityDelta = hrd;
	tb_ndeleg(neigh)->NicReachabilityDelta = nrd;
	run(fx, CHIM_INITIATE, neigh);
	return neigh;
}

static u32 nrd(struct fx *fx, struct tb *neigh)
{
	return tb_ndeleg(pr_query(fx, neigh))->NicReachabilityDelta;
}

static u32 hrd(struct fx *fx, struct tb *neigh)
{
	return tb_ncached(pr_query(fx, neigh))->HostReachabilityDelta;
}

static void set_ticks(struct fx *fx, u32 tps)
{
	NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS p;
	NDIS_STATUS status;

	status = fx_oid(fx, NdisRequestQueryInformation,
			OID_TCP_CONNECTION_OFFLOAD_PARAMETERS, &p, sizeof(p));
	KUNIT_ASSERT_EQ(fx->test, status, NDIS_STATUS_SUCCESS);
	p.TicksPerSecond = tps;
	status = fx_oid(fx, NdisRequestSetInformation,
			OID_TCP_CONNECTION_OFFLOAD_PARAMETERS, &p, sizeof(p));
	KUNIT_ASSERT_EQ(fx->test, status, NDIS_STATUS_SUCCESS);
}

static void neigh_times_at_offload(struct kunit *test)
{
	struct fx *fx = test->priv;
	u32 before = now(fx);
	struct chim_neigh *neigh;

	CHIM_COVERS(test, "NBR-030");
	neigh = pr_neigh(fx, neigh_with(fx, 1000, 1000));
	KUNIT_EXPECT_EQ(test, neigh->hrt, before - 1000);
	KUNIT_EXPECT_EQ(test, neigh->nrt, before - 1000);
	fx_advance(fx, 333);
	neigh = pr_neigh(fx, neigh_with(fx, 0, 0));
	KUNIT_EXPECT_EQ(test, neigh->hrt, before + 333);
	KUNIT_EXPECT_EQ(test, neigh->nrt, before + 333);
}

/* Deltas and times on both sides of 2^32. */
static void neigh_times_wrap(struct kunit *test)
{
	static const u32 deltas[] = {
		0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	};
	struct fx *fx = test->priv;
	struct tb *neigh;
	int i;

	CHIM_COVERS(test, "NBR-031 UPD-121");
	for (i = 0; i < ARRAY_SIZE(deltas); i++) {
		/* The clock stands shortly before it wraps, then after. */
		fx_advance(fx, (u32)(U32_MAX - 5 - now(fx)));
		KUNIT_EXPECT_EQ(test, now(fx), U32_MAX - 5);
		neigh = neigh_with(fx, deltas[i], deltas[i]);
		KUNIT_EXPECT_EQ(test, pr_neigh(fx, neigh)->hrt,
				U32_MAX - 5 - deltas[i]);
		KUNIT_EXPECT_EQ(test, nrd(fx, neigh), deltas[i]);
		fx_advance(fx, 10);
		KUNIT_EXPECT_EQ(test, now(fx), 4U);
		KUNIT_EXPECT_EQ(test, nrd(fx, neigh), deltas[i] + 10);
		tb_ncached(neigh)->HostReachabilityDelta = deltas[i];
		run(fx, CHIM_UPDATE, pr_cached(fx, neigh));
		KUNIT_EXPECT_EQ(test, pr_neigh(fx, neigh)->hrt, 4 - deltas[i]);
	}
}

/* A second of the world is as many ticks of the host as it says. */
static void neigh_times_scale(struct kunit *test)
{
	static const u32 rates[] = { 10, 100, 1000 };
	struct fx *fx = test->priv;
	struct tb *neigh;
	int i;

	CHIM_COVERS(test, "NBR-032 NBR-037");
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		set_ticks(fx, rates[i]);
		neigh = neigh_with(fx, 7, 7);
		fx_advance(fx, 3000);
		KUNIT_EXPECT_EQ(test, nrd(fx, neigh), 7 + 3 * rates[i]);
		fx_advance(fx, 500);
		KUNIT_EXPECT_EQ(test, nrd(fx, neigh), 7 + 7 * rates[i] / 2);
	}
	set_ticks(fx, 1000);
}

static void neigh_times_returned(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = neigh_with(fx, 50, 50), *end;
	struct tb *part = tb_ref(fx, neigh, NeighborOffloadDelegatedState);

	CHIM_COVERS(test, "NBR-037 OBJ-012");
	fx_advance(fx, 1000);
	run(fx, CHIM_QUERY, part);
	KUNIT_EXPECT_EQ(test, tb_ndeleg(part)->NicReachabilityDelta, 1050U);
	/* What the host said last about itself is not computed on. */
	KUNIT_EXPECT_EQ(test, hrd(fx, neigh), 50U);
	fx_advance(fx, 1000);
	end = tb_ref(fx, neigh, NeighborOffloadDelegatedState);
	run(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_EQ(test, tb_ndeleg(end)->NicReachabilityDelta, 2050U);
}

/* They should be equal at offload; each goes its own way if they are not. */
static void neigh_times_unequal(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = neigh_with(fx, 70, 5000);

	CHIM_COVERS(test, "NBR-033");
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, neigh)->hrt, now(fx) - 70);
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, neigh)->nrt, now(fx) - 5000);
	KUNIT_EXPECT_EQ(test, hrd(fx, neigh), 70U);
	KUNIT_EXPECT_EQ(test, nrd(fx, neigh), 5000U);
}

/* A host that never asks how the neighbor is finds everything as it was. */
static void neigh_never_queried(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct pr_seg s;

	CHIM_COVERS(test, "NBR-061");
	fx_advance(fx, 40ULL * 24 * 3600 * 1000);
	KUNIT_EXPECT_TRUE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
	KUNIT_EXPECT_EQ(test, nrd(fx, c.neigh), 3456000000U);
	run(fx, CHIM_TERMINATE, tb_ref(fx, c.conn, TcpOffloadDelegatedState));
}

/* An update gives HRD anew and leaves NRD alone. */
static void neigh_hrd_update(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = neigh_with(fx, 90, 90);

	CHIM_COVERS(test, "UPD-121");
	fx_advance(fx, 1000);
	tb_ncached(neigh)->HostReachabilityDelta = 30;
	run(fx, CHIM_UPDATE, pr_cached(fx, neigh));
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, neigh)->hrt, now(fx) - 30);
	KUNIT_EXPECT_EQ(test, hrd(fx, neigh), 30U);
	KUNIT_EXPECT_EQ(test, nrd(fx, neigh), 1090U);
}

static void expect_refused(struct fx *fx, struct tb *neigh, NDIS_STATUS status)
{
	KUNIT_EXPECT_EQ(fx->test, (u32)initiate(fx, neigh), (u32)status);
	KUNIT_EXPECT_NULL(fx->test, neigh->context);
}

/* No source address: a group address, and more bytes than Ethernet has. */
static void neigh_source_unusable(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx);

	CHIM_COVERS(test, "NBR-012 D-37 O-06");
	memcpy(tb_nconst(neigh)->DlSourceAddress, "\1\0\x5e\0\0\1", 6);
	expect_refused(fx, neigh, NDIS_STATUS_OFFLOAD_HW_ADDRESS_ENTRIES);
	neigh = tb_neigh(fx);
	tb_nconst(neigh)->DlSourceAddress[0] = 2;
	tb_nconst(neigh)->DlSourceAddress[31] = 1;
	expect_refused(fx, neigh, NDIS_STATUS_OFFLOAD_HW_ADDRESS_ENTRIES);
	wt_empty(fx);
}

static int full_filter(void *ctx, const u8 *addr)
{
	return -ENOSPC;
}

static void nothing_to_delete(void *ctx, const u8 *addr)
{
}

/* A device that can receive for no further address. */
static void neigh_source_not_received(struct kunit *test)
{
	static const struct chim_res_ops full = {
		.hwaddr_add = full_filter,
		.hwaddr_del = nothing_to_delete,
	};
	struct fx *fx = test->priv;
	struct chim_resources *res = &fx->adapter->space.resources;
	const struct chim_res_ops *ops = res->ops;
	struct tb *neigh = tb_neigh(fx);

	CHIM_COVERS(test, "NBR-012 D-37");
	tb_nconst(neigh)->DlSourceAddress[0] = 2;
	tb_nconst(neigh)->VlanId = 9;
	res->ops = &full;
	expect_refused(fx, neigh, NDIS_STATUS_OFFLOAD_HW_ADDRESS_ENTRIES);
	KUNIT_EXPECT_EQ(test, res->count[CHIM_RES_HWADDR], 0U);
	KUNIT_EXPECT_EQ(test, res->count[CHIM_RES_VLAN], 0U);
	res->ops = ops;
	KUNIT_EXPECT_EQ(test, initiate(fx, neigh), NDIS_STATUS_SUCCESS);
}

static struct tb *neigh_in_vlan(struct fx *fx, u16 vid)
{
	struct tb *neigh = tb_neigh(fx);

	tb_nconst(neigh)->VlanId = vid;
	return neigh;
}

static void expect_vlan(struct fx *fx, u16 vid, NDIS_STATUS status)
{
	struct tb *neigh = neigh_in_vlan(fx, vid);

	if (status == NDIS_STATUS_SUCCESS)
		KUNIT_EXPECT_EQ_MSG(fx->test, (u32)initiate(fx, neigh), 0U,
				    "VLAN %u", vid);
	else
		expect_refused(fx, neigh, status);
}

static void vlan_any(struct kunit *test)
{
	static const u16 vids[] = { 0, 1, 2, 0x7ff, 0x800, 0xffe };
	struct fx *fx = test->priv;
	int i;

	CHIM_COVERS(test, "VLN-010 VLN-031 NBR-014");
	for (i = 0; i < ARRAY_SIZE(vids); i++)
		expect_vlan(fx, vids[i], NDIS_STATUS_SUCCESS);
	/* 802.1Q keeps the identifier of all ones for itself. */
	expect_vlan(fx, 0xfff, NDIS_STATUS_OFFLOAD_VLAN_MISMATCH);
}

/* The bits beside VlanId belong to nobody. */
static void vlan_stray_bits(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = neigh_in_vlan(fx, 0xa5), *q;
	u8 *at = (u8 *)tb_nconst(neigh);

	CHIM_COVERS(test, "NBR-014");
	/* Offset as in abi.csv. */
	at[41] |= 0xf0;
	at[42] = 0xff;
	at[43] = 0xff;
	KUNIT_EXPECT_EQ(test, initiate(fx, neigh), NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, pr_neigh(fx, neigh)->c.vlan, 0xa5);
	q = pr_query(fx, neigh);
	KUNIT_EXPECT_EQ(test, (u32)tb_nconst(q)->VlanId, 0xa5U);
}

/* What the interface has, read once: the caller's map may go. */
static void vlan_configured(struct kunit *test)
{
	struct chim_adapter_config config = {};
	DECLARE_BITMAP(map, VLAN_N_VID);
	struct fx *fx;

	CHIM_COVERS(test, "VLN-013 VLN-032 VLN-033 VLN-034");
	bitmap_zero(map, VLAN_N_VID);
	__set_bit(10, map);
	__set_bit(20, map);
	config.vlans = map;
	fx = fx_adapter_with(test, &config);
	bitmap_fill(map, VLAN_N_VID);
	expect_vlan(fx, 0, NDIS_STATUS_SUCCESS);
	expect_vlan(fx, 10, NDIS_STATUS_SUCCESS);
	expect_vlan(fx, 20, NDIS_STATUS_SUCCESS);
	expect_vlan(fx, 10, NDIS_STATUS_SUCCESS);
	expect_vlan(fx, 11, NDIS_STATUS_OFFLOAD_VLAN_MISMATCH);
	expect_vlan(fx, 1, NDIS_STATUS_OFFLOAD_VLAN_MISMATCH);
	expect_vlan(fx, 0xffe, NDIS_STATUS_OFFLOAD_VLAN_MISMATCH);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_VLAN), 3ULL);
	fx_end(fx);
}

static void vlan_limit(struct kunit *test)
{
	struct chim_adapter_config config = {
		.limits.resources[CHIM_RES_VLAN] = 2,
	};
	struct fx *fx = fx_adapter_with(test, &config);
	struct tb *first = neigh_in_vlan(fx, 5);

	CHIM_COVERS(test, "VLN-030 VLN-031");
	KUNIT_EXPECT_EQ(test, initiate(fx, first), NDIS_STATUS_SUCCESS);
	expect_vlan(fx, 6, NDIS_STATUS_SUCCESS);
	expect_vlan(fx, 7, NDIS_STATUS_OFFLOAD_VLAN_ENTRIES);
	/* No further identifier is needed for these. */
	expect_vlan(fx, 6, NDIS_STATUS_SUCCESS);
	expect_vlan(fx, 0, NDIS_STATUS_SUCCESS);
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, first));
	expect_vlan(fx, 7, NDIS_STATUS_SUCCESS);
	expect_vlan(fx, 5, NDIS_STATUS_OFFLOAD_VLAN_ENTRIES);
	fx_end(fx);
}

/* With identifiers configured the limit holds all the same. */
static void vlan_configured_limit(struct kunit *test)
{
	struct chim_adapter_config config = {
		.limits.resources[CHIM_RES_VLAN] = 1,
	};
	DECLARE_BITMAP(map, VLAN_N_VID);
	struct fx *fx;

	CHIM_COVERS(test, "VLN-030 VLN-032 VLN-033");
	bitmap_zero(map, VLAN_N_VID);
	bitmap_set(map, 1, 3);
	config.vlans = map;
	fx = fx_adapter_with(test, &config);
	expect_vlan(fx, 1, NDIS_STATUS_SUCCESS);
	expect_vlan(fx, 2, NDIS_STATUS_OFFLOAD_VLAN_ENTRIES);
	expect_vlan(fx, 0, NDIS_STATUS_SUCCESS);
	fx_end(fx);
}

/*
 * Somebody between the host and us writes other values into the blocks, at
 * the last moment: those are the ones to use, whatever the host meant.
 */
static void vlan_changed_on_the_way(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = {
		neigh_in_vlan(fx, 5), tb_path4(fx), tb_conn(fx)
	};
	struct pr_hold hold;
	struct pr_seg s;

	CHIM_COVERS(test, "VLN-011");
	tb_tcached(c.conn)->UserPriority = 1;
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_INITIATE, c.neigh);
	tb_nconst(c.neigh)->VlanId = 6;
	tb_tcached(c.conn)->UserPriority = 2;
	pr_release(fx, &hold);
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &s));
	KUNIT_EXPECT_EQ(test, s.vid, 6);
	KUNIT_EXPECT_EQ(test, s.prio, 2);
	/* Nor does it confuse what is counted and given back. */
	KUNIT_EXPECT_EQ(test, (u32)tb_nconst(pr_query(fx, c.neigh))->VlanId,
			6U);
	KUNIT_EXPECT_EQ(test,
			fx->adapter->space.resources.count[CHIM_RES_VLAN], 1U);
}

/* A VLAN is the neighbor's own: others send as they did. */
static void vlan_of_one_neighbor(struct kunit *test)
{
	struct fx *fx = test->priv;
	static const u16 vids[] = { 5, 0, 6 };
	struct tb *conns[3];
	struct pr_seg s;
	int i;

	CHIM_COVERS(test, "NBR-014 VLN-052");
	for (i = 0; i < 3; i++) {
		struct tb *neigh = neigh_in_vlan(fx, vids[i]);
		struct tb *path = tb_path4(fx);

		conns[i] = tb_conn(fx);
		tb_depend(neigh, path);
		tb_depend(path, conns[i]);
		run(fx, CHIM_INITIATE, neigh);
	}
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_TRUE(test, pr_nudge(fx, conns[i], &s));
		KUNIT_EXPECT_EQ(test, s.vid, vids[i]);
		KUNIT_EXPECT_EQ(test, s.tags, vids[i] ? 1 : 0);
	}
}

static struct kunit_case neigh_cases[] = {
	KUNIT_CASE(neigh_times_at_offload),
	KUNIT_CASE(neigh_times_wrap),
	KUNIT_CASE(neigh_times_scale),
	KUNIT_CASE(neigh_times_returned),
	KUNIT_CASE(neigh_times_unequal),
	KUNIT_CASE(neigh_never_queried),
	KUNIT_CASE(neigh_hrd_update),
	KUNIT_CASE(neigh_source_unusable),
	KUNIT_CASE(neigh_source_not_received),
	KUNIT_CASE(vlan_any),
	KUNIT_CASE(vlan_stray_bits),
	KUNIT_CASE(vlan_configured),
	KUNIT_CASE(vlan_limit),
	KUNIT_CASE(vlan_configured_limit),
	KUNIT_CASE(vlan_changed_on_the_way),
	KUNIT_CASE(vlan_of_one_neighbor),
	{}
};

static struct kunit_suite neigh_suite = {
	.name = "chim_neigh",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = neigh_cases,
};

kunit_test_suite(neigh_suite);
