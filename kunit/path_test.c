// SPDX-License-Identifier: GPL-2.0
/* Neighbors and paths in the state layer: values, links, limits. */
#include "bare.h"

#include <linux/bitmap.h>
#include <linux/if_vlan.h>
#include <linux/in.h>

static enum chim_why make_neigh(struct bare *bare,
				const struct chim_neigh_const *c,
				const struct chim_neigh_cached *cached)
{
	const struct chim_neigh_deleg d = {};
	struct chim_neigh *neigh;
	enum chim_why why;

	why = chim_neigh_create(&bare->owner, bare, c, cached, &d, BARE_NOW,
				&neigh);
	if (!why)
		bare_end_neigh(neigh);
	return why;
}

static const struct {
	u8 src[ETH_ALEN];
	u16 vlan;
	enum chim_why why;
} neigh_consts[] = {
	{ { 0, 0, 0, 0, 0, 0 }, 0, CHIM_OK },
	{ { 2, 0, 0, 0, 0, 9 }, 0, CHIM_OK },
	{ { 0, 0, 0, 0, 0, 1 }, 0, CHIM_OK },
	{ { 3, 0, 0, 0, 0, 9 }, 0, CHIM_WHY_HWADDR },
	{ { 255, 255, 255, 255, 255, 255 }, 0, CHIM_WHY_HWADDR },
	{ { 0, 0, 0, 0, 0, 0 }, 1, CHIM_OK },
	{ { 0, 0, 0, 0, 0, 0 }, 4094, CHIM_OK },
	{ { 0, 0, 0, 0, 0, 0 }, 4095, CHIM_WHY_VLAN },
};

static void neigh_const_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(neigh_consts); i++) {
		struct chim_neigh_const c = { .vlan = neigh_consts[i].vlan };

		memcpy(c.src, neigh_consts[i].src, ETH_ALEN);
		KUNIT_EXPECT_EQ_MSG(test, make_neigh(bare, &c,
						     &bare_neigh_cached),
				    neigh_consts[i].why, "row %d", i);
	}
}

static void neigh_mac_test(struct kunit *test)
{
	static const u8 bad[][ETH_ALEN] = {
		{ 0, 0, 0, 0, 0, 0 },
		{ 1, 0, 0, 0, 0, 0 },
		{ 0x33, 0x33, 0, 0, 0, 1 },
		{ 255, 255, 255, 255, 255, 255 },
	};
	struct bare *bare = test->priv;
	struct chim_neigh *neigh = bare_neigh(bare);
	struct chim_neigh_cached cached = {}, back;
	struct chim_neigh_deleg d;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memcpy(cached.dst, bad[i], ETH_ALEN);
		KUNIT_EXPECT_EQ(test, make_neigh(bare, &bare_neigh_const,
						 &cached), CHIM_WHY_MAC);
		KUNIT_EXPECT_EQ(test, chim_neigh_update(neigh, &cached, 0),
				CHIM_WHY_MAC);
	}
	chim_neigh_read(neigh, BARE_NOW, &back, &d);
	KUNIT_EXPECT_EQ(test, memcmp(&back, &bare_neigh_cached, sizeof(back)),
			0);
}

/* VLAN identifiers of the interface, if it has any; zero always will do. */
static void neigh_vlan_test(struct kunit *test)
{
	DECLARE_BITMAP(vlans, VLAN_N_VID) = {};
	struct bare *bare = test->priv;
	struct chim_neigh_const c = { .vlan = 7 };

	bare->space.vlans = vlans;
	KUNIT_EXPECT_EQ(test, make_neigh(bare, &c, &bare_neigh_cached),
			CHIM_WHY_VLAN);
	__set_bit(7, vlans);
	KUNIT_EXPECT_EQ(test, make_neigh(bare, &c, &bare_neigh_cached),
			CHIM_OK);
	c.vlan = 0;
	KUNIT_EXPECT_EQ(test, make_neigh(bare, &c, &bare_neigh_cached),
			CHIM_OK);
	bare->space.vlans = NULL;
}

/* What is taken for a neighbor that is then refused is given back. */
static void neigh_limits_test(struct kunit *test)
{
	struct chim_neigh_const c = { .src = { 2, 0, 0, 0, 0, 9 }, .vlan = 7 };
	struct bare *bare = test->priv;
	struct chim_limits *limits = &bare->space.limits;
	u32 *count = bare->space.resources.count;

	limits->resources[CHIM_RES_HWADDR] = 0;
	KUNIT_EXPECT_EQ(test, make_neigh(bare, &c, &bare_neigh_cached),
			CHIM_WHY_HWADDR_LIMIT);
	KUNIT_EXPECT_EQ(test, count[CHIM_RES_VLAN], 0U);
	limits->resources[CHIM_RES_HWADDR] = 1;
	limits->resources[CHIM_RES_VLAN] = 0;
	KUNIT_EXPECT_EQ(test, make_neigh(bare, &c, &bare_neigh_cached),
			CHIM_WHY_VLAN_LIMIT);
	KUNIT_EXPECT_EQ(test, count[CHIM_RES_HWADDR], 0U);
	limits->resources[CHIM_RES_VLAN] = 1;
	limits->objects[CHIM_NEIGH] = 0;
	KUNIT_EXPECT_EQ(test, make_neigh(bare, &c, &bare_neigh_cached),
			CHIM_WHY_NEIGH_LIMIT);
	KUNIT_EXPECT_EQ(test, count[CHIM_RES_HWADDR], 0U);
	KUNIT_EXPECT_EQ(test, count[CHIM_RES_VLAN], 0U);
	limits->objects[CHIM_NEIGH] = 1;
	KUNIT_EXPECT_EQ(test, make_neigh(bare, &c, &bare_neigh_cached),
			CHIM_OK);
	KUNIT_EXPECT_EQ(test, bare->space.count[CHIM_NEIGH], 0U);
}

static const struct {
	u32 hrd;
	u32 nrd;
	u32 now;
	u32 hrt;
	u32 nrt;
	u32 later;
	u32 nrd_later;
} reach[] = {
	{ 0, 0, 0, 0, 0, 0, 0 },
	{ 0, 0, 100, 100, 100, 100, 0 },
	{ 30, 40, 100, 70, 60, 110, 50 },
	{ 5, 5, 3, 0xfffffffe, 0xfffffffe, 3, 5 },
	{ 5, 5, 3, 0xfffffffe, 0xfffffffe, 13, 15 },
	{ 16, 16, 0xfffffff8, 0xffffffe8, 0xffffffe8, 8, 32 },
	{ 0xffffffff, 0xffffffff, 0, 1, 1, 0, 0xffffffff },
	{ 0xffffffff, 0xffffffff, 0, 1, 1, 1, 0 },
	{ 0x80000000, 1, 0x7fffffff, 0xffffffff, 0x7ffffffe, 0x80000000, 2 },
	{ 1, 0x80000000, 0x80000000, 0x7fffffff, 0, 0xffffffff, 0xffffffff },
};

static void neigh_reach_test(struct kunit *test)
{
	struct chim_neigh_cached cached = bare_neigh_cached, back;
	struct bare *bare = test->priv;
	struct chim_neigh_deleg d;
	struct chim_neigh *neigh;
	enum chim_why why;
	int i;

	CHIM_COVERS(test, "NBR-030 NBR-031 NBR-037");
	for (i = 0; i < ARRAY_SIZE(reach); i++) {
		cached.hrd = reach[i].hrd;
		d.nrd = reach[i].nrd;
		why = chim_neigh_create(&bare->owner, bare, &bare_neigh_const,
					&cached, &d, reach[i].now, &neigh);
		KUNIT_ASSERT_EQ(test, why, CHIM_OK);
		KUNIT_EXPECT_EQ_MSG(test, neigh->hrt, reach[i].hrt, "row %d",
				    i);
		KUNIT_EXPECT_EQ_MSG(test, neigh->nrt, reach[i].nrt, "row %d",
				    i);
		chim_neigh_read(neigh, reach[i].later, &back, &d);
		KUNIT_EXPECT_EQ_MSG(test, d.nrd, reach[i].nrd_later, "row %d",
				    i);
		KUNIT_EXPECT_EQ(test, back.hrd, reach[i].hrd);
		bare_end_neigh(neigh);
	}
}

static void neigh_update_test(struct kunit *test)
{
	struct chim_neigh_cached cached = {
		.dst = { 2, 0, 0, 0, 0, 0x77 },
		.hrd = 20,
	}, back;
	struct bare *bare = test->priv;
	struct chim_neigh *neigh = bare_neigh(bare);
	u32 nrt = neigh->nrt;
	struct chim_neigh_deleg d;

	KUNIT_EXPECT_EQ(test, chim_neigh_update(neigh, &cached, 10), CHIM_OK);
	chim_neigh_read(neigh, 10, &back, &d);
	KUNIT_EXPECT_EQ(test, memcmp(back.dst, cached.dst, ETH_ALEN), 0);
	KUNIT_EXPECT_EQ(test, back.hrd, 20U);
	KUNIT_EXPECT_EQ(test, neigh->hrt, (u32)-10);
	KUNIT_EXPECT_EQ(test, neigh->nrt, nrt);
}

static enum chim_why make_path(struct bare *bare, struct chim_neigh *neigh,
			       const struct chim_path_const *c, u32 mtu)
{
	const struct chim_path_cached cached = { .mtu = mtu };
	struct chim_path *path;
	enum chim_why why;

	why = chim_path_create(&bare->owner, bare, neigh, c, &cached, &path);
	if (!why)
		bare_end_path(path);
	return why;
}

static const struct {
	u32 addr;
	bool ok;
} addrs4[] = {
	{ 0x0a000001, true },
	{ 0xdfffffff, true },
	{ 0x00000000, false },
	{ 0xe0000001, false },
	{ 0xefffffff, false },
	{ 0xf0000001, true },
	{ 0xffffffff, false },
};

static void path4_addr_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_neigh *neigh = bare_neigh(bare);
	int i;

	for (i = 0; i < ARRAY_SIZE(addrs4); i++) {
		enum chim_why why = addrs4[i].ok ? CHIM_OK : CHIM_WHY_ADDRESS;
		struct chim_path_const c = bare_path_const(addrs4[i].addr);

		KUNIT_EXPECT_EQ_MSG(test, make_path(bare, neigh, &c, 1500),
				    why, "row %d", i);
		swap(c.src, c.dst);
		KUNIT_EXPECT_EQ_MSG(test, make_path(bare, neigh, &c, 1500),
				    why, "row %d as source", i);
	}
	KUNIT_EXPECT_EQ(test, neigh->obj.deps, 0U);
}

static void path6_addr_test(struct kunit *test)
{
	static const struct in6_addr bad[] = {
		IN6ADDR_ANY_INIT,
		IN6ADDR_LINKLOCAL_ALLNODES_INIT,
		{ { { 0xff, 0x0e, [15] = 1 } } },
	};
	struct bare *bare = test->priv;
	struct chim_neigh *neigh = bare_neigh(bare);
	struct chim_path_const c;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		c = bare_path6_const(2);
		c.dst.v6 = bad[i];
		KUNIT_EXPECT_EQ(test, make_path(bare, neigh, &c, 1500),
				CHIM_WHY_ADDRESS);
		swap(c.src, c.dst);
		KUNIT_EXPECT_EQ(test, make_path(bare, neigh, &c, 1500),
				CHIM_WHY_ADDRESS);
	}
	c = bare_path6_const(2);
	KUNIT_EXPECT_EQ(test, make_path(bare, neigh, &c, 1500), CHIM_OK);
}

static const struct {
	u8 family;
	u32 mtu;
	enum chim_why why;
} mtus[] = {
	{ AF_INET, 0, CHIM_WHY_MTU_SMALL },
	{ AF_INET, 67, CHIM_WHY_MTU_SMALL },
	{ AF_INET, 68, CHIM_OK },
	{ AF_INET, 1500, CHIM_OK },
	{ AF_INET, 1501, CHIM_WHY_MTU_LARGE },
	{ AF_INET, 0x80000000, CHIM_WHY_MTU_LARGE },
	{ AF_INET, U32_MAX, CHIM_WHY_MTU_LARGE },
	{ AF_INET6, 0, CHIM_WHY_MTU_SMALL },
	{ AF_INET6, 1279, CHIM_WHY_MTU_SMALL },
	{ AF_INET6, 1280, CHIM_OK },
	{ AF_INET6, 1500, CHIM_OK },
	{ AF_INET6, 1501, CHIM_WHY_MTU_LARGE },
};

static void path_mtu_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_neigh *neigh = bare_neigh(bare);
	struct chim_path *path4 = bare_path(bare, neigh);
	struct chim_path *path6 = bare_path6(bare, neigh);
	int i;

	for (i = 0; i < ARRAY_SIZE(mtus); i++) {
		bool ip4 = mtus[i].family == AF_INET;
		struct chim_path_const c = ip4 ? bare_path_const(0x0a000001) :
						 bare_path6_const(9);
		struct chim_path_cached cached = { .mtu = mtus[i].mtu };

		KUNIT_EXPECT_EQ_MSG(test, make_path(bare, neigh, &c,
						    mtus[i].mtu),
				    mtus[i].why, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, chim_path_check(ip4 ? path4 : path6,
							  &cached),
				    mtus[i].why, "row %d", i);
	}
	KUNIT_EXPECT_EQ(test, path4->mtu, (u32)BARE_MTU);
	chim_path_update(path4, &(struct chim_path_cached){ .mtu = 1400 });
	KUNIT_EXPECT_EQ(test, path4->mtu, 1400U);
	KUNIT_EXPECT_EQ(test, path6->mtu, (u32)BARE_MTU);
}

static void path_limits_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_neigh *neigh = bare_neigh(bare);
	struct chim_path_const c = bare_path_const(0x0a000001);
	struct chim_path *path = bare_path(bare, neigh);
	struct chim_limits *limits = &bare->space.limits;

	limits->objects[CHIM_PATH] = 1;
	KUNIT_EXPECT_EQ(test, make_path(bare, neigh, &c, 1500),
			CHIM_WHY_PATH_LIMIT);
	limits->objects[CHIM_PATH] = 2;
	limits->resources[CHIM_RES_IPADDR] = 1;
	KUNIT_EXPECT_EQ(test, make_path(bare, neigh, &c, 1500), CHIM_OK);
	c.src.v4 ^= htonl(1);
	KUNIT_EXPECT_EQ(test, make_path(bare, neigh, &c, 1500),
			CHIM_WHY_IPADDR_LIMIT);
	KUNIT_EXPECT_EQ(test, neigh->obj.deps, 1U);
	KUNIT_EXPECT_EQ(test, bare->space.count[CHIM_PATH], 1U);
	KUNIT_EXPECT_EQ(test, bare->space.resources.count[CHIM_RES_IPADDR], 1U);
	bare_end_path(path);
	KUNIT_EXPECT_EQ(test, bare->space.resources.count[CHIM_RES_IPADDR], 0U);
	KUNIT_EXPECT_EQ(test, neigh->obj.deps, 0U);
}

/* Each path counts at the one neighbor it is linked to. */
static void path_link_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_neigh *one = bare_neigh(bare);
	struct chim_neigh *two = bare_neigh(bare);
	struct chim_path *path = bare_path(bare, one);
	struct chim_path *stays = bare_path6(bare, one);

	KUNIT_EXPECT_EQ(test, one->obj.deps, 2U);
	chim_path_link(path, two);
	KUNIT_EXPECT_PTR_EQ(test, chim_path_neigh(path), two);
	KUNIT_EXPECT_PTR_EQ(test, chim_path_neigh(stays), one);
	KUNIT_EXPECT_EQ(test, one->obj.deps, 1U);
	KUNIT_EXPECT_EQ(test, two->obj.deps, 1U);
	chim_path_link(path, two);
	KUNIT_EXPECT_EQ(test, two->obj.deps, 1U);
	bare_end_path(stays);
	KUNIT_EXPECT_EQ(test, one->obj.deps, 0U);
	bare_end_neigh(one);
	bare_end_path(path);
	KUNIT_EXPECT_EQ(test, two->obj.deps, 0U);
}

static struct kunit_case path_cases[] = {
	KUNIT_CASE(neigh_const_test),
	KUNIT_CASE(neigh_mac_test),
	KUNIT_CASE(neigh_vlan_test),
	KUNIT_CASE(neigh_limits_test),
	KUNIT_CASE(neigh_reach_test),
	KUNIT_CASE(neigh_update_test),
	KUNIT_CASE(path4_addr_test),
	KUNIT_CASE(path6_addr_test),
	KUNIT_CASE(path_mtu_test),
	KUNIT_CASE(path_limits_test),
	KUNIT_CASE(path_link_test),
	{}
};

static struct kunit_suite path_suite = {
	.name = "chim_path",
	.init = bare_init,
	.exit = bare_exit,
	.test_cases = path_cases,
};

kunit_test_suite(path_suite);
