// SPDX-License-Identifier: GPL-2.0
/* What a device receives for besides its own address: that neighbors have. */
#include "probe.h"
#include "witness.h"

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

static void run(struct fx *fx, enum chim_verb verb, struct tb *root)
{
	fx_run(fx, verb, root);
	FX_EXPECT_STATUS(fx->test, root, NDIS_STATUS_SUCCESS);
}

static struct tb *neigh_from(struct fx *fx, u8 last)
{
	struct tb *neigh = tb_neigh(fx);

	tb_nconst(neigh)->DlSourceAddress[0] = 2;
	tb_nconst(neigh)->DlSourceAddress[5] = last;
	return neigh;
}

/* The device receives for a source address as long as a neighbor has it. */
static void hwaddr_received(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh[2] = { tb_neigh(fx), tb_neigh(fx) };
	int i;

	CHIM_COVERS(test, "D-37");
	for (i = 0; i < 2; i++) {
		memcpy(tb_nconst(neigh[i])->DlSourceAddress, "\2\0\0\0\7\7", 6);
		run(fx, CHIM_INITIATE, neigh[i]);
		KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 1);
	}
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, neigh[0]));
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 1);
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, neigh[1]));
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 0);
}

static bool receives(struct fx *fx, const u8 *addr)
{
	struct netdev_hw_addr *ha;
	bool found = false;

	fx_hwaddrs(fx);
	rtnl_lock();
	netdev_for_each_uc_addr(ha, fx->dev)
		found |= ether_addr_equal(ha->addr, addr);
	rtnl_unlock();
	return found;
}

/* The device's own address, which may become another one meanwhile. */
static void hwaddr_own(struct kunit *test)
{
	static const u8 other[ETH_ALEN] = { 2, 0, 0, 0, 0, 9 };
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx);
	u8 own[ETH_ALEN];

	CHIM_COVERS(test, "D-37");
	ether_addr_copy(own, fx->dev->dev_addr);
	memcpy(tb_nconst(neigh)->DlSourceAddress, own, ETH_ALEN);
	run(fx, CHIM_INITIATE, neigh);
	rtnl_lock();
	eth_hw_addr_set(fx->dev, other);
	rtnl_unlock();
	KUNIT_EXPECT_TRUE(test, receives(fx, own));
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, neigh));
	KUNIT_EXPECT_FALSE(test, receives(fx, own));
}

/* Somebody else listens to it too, as a VLAN does whose device has moved on. */
static void hwaddr_of_others(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx);

	CHIM_COVERS(test, "D-37");
	memcpy(tb_nconst(neigh)->DlSourceAddress, fx->dev->dev_addr, ETH_ALEN);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_uc_add(fx->dev, fx->dev->dev_addr), 0);
	rtnl_unlock();
	run(fx, CHIM_INITIATE, neigh);
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, neigh));
	KUNIT_EXPECT_TRUE(test, receives(fx, fx->dev->dev_addr));
	rtnl_lock();
	dev_uc_del(fx->dev, fx->dev->dev_addr);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 0);
}

/*
 * Whoever has RTNL may wait for a socket whose owner waits for the worker. So the worker
 * does not wait for RTNL, whatever becomes of addresses meanwhile.
 */
static void hwaddr_under_rtnl(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *stays = neigh_from(fx, 7), *goes = neigh_from(fx, 8);
	struct tb *comes_back = neigh_from(fx, 9), *again = neigh_from(fx, 9);

	CHIM_COVERS(test, "D-37");
	run(fx, CHIM_INITIATE, goes);
	run(fx, CHIM_INITIATE, comes_back);
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 2);
	rtnl_lock();
	run(fx, CHIM_INITIATE, stays);
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, goes));
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, comes_back));
	run(fx, CHIM_INITIATE, again);
	KUNIT_EXPECT_EQ(test, netdev_uc_count(fx->dev), 2);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 2);
	KUNIT_EXPECT_TRUE(test, receives(fx, tb_nconst(stays)->DlSourceAddress));
	KUNIT_EXPECT_TRUE(test, receives(fx, tb_nconst(again)->DlSourceAddress));
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, stays));
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, again));
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 0);
}

/* Gone before the device was told of it. */
static void hwaddr_never_there(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = neigh_from(fx, 7);

	CHIM_COVERS(test, "D-37");
	rtnl_lock();
	run(fx, CHIM_INITIATE, neigh);
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, neigh));
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&fx->adapter->hwaddrs.list));
}

static void set_addr_len(struct fx *fx, u8 len)
{
	rtnl_lock();
	fx->dev->addr_len = len;
	rtnl_unlock();
}

/* A device that could not take an address is told again. */
static void hwaddr_again(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = neigh_from(fx, 7);

	CHIM_COVERS(test, "D-37");
	/* It has no room for any of such a length. */
	set_addr_len(fx, MAX_ADDR_LEN + 1);
	run(fx, CHIM_INITIATE, neigh);
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 0);
	set_addr_len(fx, ETH_ALEN);
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 1);
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, neigh));
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 0);
}

/* The device goes first: nothing of ours stays with it, and nothing is wanted of it. */
static void hwaddr_lose_dev(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = neigh_from(fx, 7), *late = neigh_from(fx, 8);

	CHIM_COVERS(test, "D-37");
	run(fx, CHIM_INITIATE, neigh);
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 1);
	rtnl_lock();
	run(fx, CHIM_INITIATE, late);
	chim_adapter_lose_dev(fx->adapter);
	KUNIT_EXPECT_EQ(test, netdev_uc_count(fx->dev), 0);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 0);
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, neigh));
	run(fx, CHIM_TERMINATE, wt_bare_ref(fx, late));
	KUNIT_EXPECT_EQ(test, fx_hwaddrs(fx), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&fx->adapter->hwaddrs.list));
}

static struct kunit_case hwaddr_cases[] = {
	KUNIT_CASE(hwaddr_received),
	KUNIT_CASE(hwaddr_own),
	KUNIT_CASE(hwaddr_of_others),
	KUNIT_CASE(hwaddr_under_rtnl),
	KUNIT_CASE(hwaddr_never_there),
	KUNIT_CASE(hwaddr_again),
	KUNIT_CASE(hwaddr_lose_dev),
	{}
};

static struct kunit_suite hwaddr_suite = {
	.name = "chim_hwaddr",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = hwaddr_cases,
};

kunit_test_suite(hwaddr_suite);
