// SPDX-License-Identifier: GPL-2.0
/* What happens to a device, and that it touches one adapter only. */
#include "terminate.h"

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/sockios.h>

/* An adapter beside, which must not notice. */
struct beside {
	struct fx *fx;
	struct witness w;
	u32 mtu;
};

static void beside_take(struct kunit *test, struct beside *b)
{
	b->fx = fx_second_adapter(test);
	witness_take(b->fx, &b->w);
	b->mtu = b->fx->adapter->space.limits.mtu;
	b->fx->logged = 0;
}

static void beside_check(struct beside *b)
{
	struct kunit *test = b->fx->test;
	struct pr_seg seg;

	fx_flush(b->fx);
	KUNIT_EXPECT_EQ(test, pr_calls(b->fx, FX_STATUS), 0);
	KUNIT_EXPECT_EQ(test, pr_calls(b->fx, FX_EVENT), 0);
	KUNIT_EXPECT_EQ(test, b->fx->adapter->space.limits.mtu, b->mtu);
	KUNIT_EXPECT_FALSE(test, b->fx->adapter->closing);
	witness_check_all(b->fx, &b->w);
	KUNIT_EXPECT_TRUE(test, pr_nudge(b->fx, b->w.c.conn, &seg));
	fx_end(b->fx);
}

static void expect_status(struct fx *fx, int at, NDIS_STATUS code)
{
	KUNIT_EXPECT_EQ(fx->test, (u32)fx->log[at].call, (u32)FX_STATUS);
	KUNIT_EXPECT_EQ(fx->test, fx->log[at].a, (u32)code);
}

/* Opens the window by one update; nothing can be sent. */
static void update_unsent(struct fx *fx, struct fx_chain c)
{
	u64 dropped = atomic64_read(&fx->adapter->stats.tx_dropped);
	struct tb *update = pr_cached(fx, c.conn);

	tb_tcached(c.conn)->InitialRcvWnd += 5000;
	tb_tcached(update)->InitialRcvWnd += 5000;
	wt_done(fx, CHIM_UPDATE, update);
	KUNIT_EXPECT_EQ(fx->test, atomic64_read(&fx->adapter->stats.tx_dropped),
			(s64)dropped + 1);
}

/* The device goes while objects are there: they stay until the host acts. */
static void unregister_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *other = tb_neigh(fx), *path = tb_path4(fx);
	int ifindex = fx->adapter->ifindex;
	struct beside b;

	tb_nconst(other)->DlSourceAddress[0] = 2;
	tb_nconst(other)->DlSourceAddress[1] = 7;
	wt_done(fx, CHIM_INITIATE, other);
	fx->logged = 0;
	beside_take(test, &b);
	fx_lose_dev(fx);
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, fx->logged, 2);
	expect_status(fx, 0, NDIS_STATUS_LINK_STATE);
	expect_status(fx, 1, NDIS_STATUS_UPLOAD_ALL);
	KUNIT_EXPECT_NULL(test, chim_adapter_get(&init_net, ifindex));
	wt_refused(fx, CHIM_INITIATE, tb_neigh(fx), CHIM_WHY_GONE);
	update_unsent(fx, c);
	pr_query(fx, c.path);
	path = tm_tree(fx, c);
	tb_next(path, tm_ref(fx, other));
	wt_done(fx, CHIM_TERMINATE, path);
	wt_empty(fx);
	beside_check(&b);
}

/* Requests that wait meanwhile are all completed. */
static void unregister_queued_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *initiate = tb_neigh(fx);
	struct tb *query = wt_good(fx, CHIM_QUERY, c);
	struct tb *end = tm_tree(fx, c);
	struct pr_hold hold;

	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_INITIATE, initiate);
	fx_submit(fx, CHIM_QUERY, query);
	fx_submit(fx, CHIM_TERMINATE, end);
	fx_lose_dev(fx);
	pr_release(fx, &hold);
	FX_EXPECT_STATUS(test, initiate, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, query, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_GONE), 1ULL);
	expect_status(fx, 4, NDIS_STATUS_UPLOAD_ALL);
}

/* The host does nothing at all: its objects end when it detaches. */
static void unregister_ignored_test(struct kunit *test)
{
	struct fx *fx = test->priv;

	fx_offload4(fx);
	fx_offload6(fx);
	fx_lose_dev(fx);
	chim_detach(&fx->attach);
	wt_empty(fx);
}

static void set_mtu(struct fx *fx, int mtu)
{
	rtnl_lock();
	KUNIT_EXPECT_EQ(fx->test, dev_set_mtu(fx->dev, mtu), 0);
	rtnl_unlock();
}

static struct tb *offload_path(struct fx *fx, struct tb *neigh, u32 mtu)
{
	struct tb *linker = tb_ref(fx, neigh, NeighborOffloadState);
	struct tb *path = tb_path4(fx);

	tb_pcached(path)->PathMtu = mtu;
	tb_depend(linker, path);
	fx_run(fx, CHIM_INITIATE, linker);
	return path;
}

/* The limit follows the device; what is there already is left alone. */
static void mtu_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *update = pr_cached(fx, c.path), *path;
	struct beside b;

	CHIM_COVERS(test, "INI-039");
	beside_take(test, &b);
	set_mtu(fx, 1400);
	path = offload_path(fx, c.neigh, 1401);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_OFFLOAD_PATH_MTU);
	path = offload_path(fx, c.neigh, 1400);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, tb_pcached(pr_query(fx, c.path))->PathMtu, 1500U);
	wt_refused(fx, CHIM_UPDATE, update, CHIM_WHY_MTU_LARGE);
	set_mtu(fx, 9000);
	path = offload_path(fx, c.neigh, 9000);
	FX_EXPECT_STATUS(test, path, NDIS_STATUS_SUCCESS);
	wt_done(fx, CHIM_UPDATE, update);
	beside_check(&b);
}

/* A frame has the address that the device has when it is built. */
static void mac_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	static const u8 mac[ETH_ALEN] = { 2, 0, 0, 0, 9, 9 };
	struct sockaddr sa = { .sa_family = ARPHRD_ETHER };
	struct beside b;
	struct pr_seg seg;

	CHIM_COVERS(test, "NBR-011");
	memcpy(sa.sa_data_min, mac, ETH_ALEN);
	beside_take(test, &b);
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &seg));
	KUNIT_EXPECT_EQ(test, seg.src[4], 0);
	fx->dev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_set_mac_address(fx->dev, &sa, NULL), 0);
	rtnl_unlock();
	KUNIT_ASSERT_TRUE(test, pr_nudge(fx, c.conn, &seg));
	KUNIT_EXPECT_EQ(test, memcmp(seg.src, mac, ETH_ALEN), 0);
	beside_check(&b);
}

static void expect_link(struct fx *fx, int at, NDIS_MEDIA_CONNECT_STATE state)
{
	NDIS_LINK_STATE link = {};

	memcpy(&link, fx->log[at].buffer, sizeof(fx->log[at].buffer));
	expect_status(fx, at, NDIS_STATUS_LINK_STATE);
	KUNIT_EXPECT_EQ(fx->test, (size_t)fx->log[at].b, sizeof(link));
	KUNIT_EXPECT_EQ(fx->test, link.Header.Type, NDIS_OBJECT_TYPE_DEFAULT);
	KUNIT_EXPECT_EQ(fx->test, link.Header.Revision,
			NDIS_LINK_STATE_REVISION_1);
	KUNIT_EXPECT_EQ(fx->test, (size_t)link.Header.Size, sizeof(link));
	KUNIT_EXPECT_EQ(fx->test, (u32)link.MediaConnectState, (u32)state);
}

static void set_up(struct fx *fx, bool up)
{
	rtnl_lock();
	if (up)
		KUNIT_EXPECT_EQ(fx->test, dev_open(fx->dev, NULL), 0);
	else
		dev_close(fx->dev);
	rtnl_unlock();
	fx_flush(fx);
}

static int logged(struct fx *fx)
{
	int n;

	spin_lock_irq(&fx->lock);
	n = fx->logged;
	spin_unlock_irq(&fx->lock);
	return n;
}

static void set_carrier(struct fx *fx, bool on)
{
	int before = logged(fx);

	if (on)
		netif_carrier_on(fx->dev);
	else
		netif_carrier_off(fx->dev);
	wait_event(fx->wait, logged(fx) > before);
	fx_flush(fx);
}

/* The host is told, and no connection is given up for it. */
static void down_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct beside b;
	struct witness w;
	struct pr_seg seg;

	CHIM_COVERS(test, "TRM-110 TRM-012");
	witness_take(fx, &w);
	beside_take(test, &b);
	fx->logged = 0;
	set_up(fx, false);
	KUNIT_EXPECT_EQ(test, fx->logged, 1);
	expect_link(fx, 0, MediaConnectStateDisconnected);
	witness_check_all(fx, &w);
	update_unsent(fx, w.c);
	fx->logged = 0;
	set_up(fx, true);
	KUNIT_EXPECT_EQ(test, fx->logged, 1);
	expect_link(fx, 0, MediaConnectStateConnected);
	KUNIT_EXPECT_TRUE(test, pr_nudge(fx, w.c.conn, &seg));
	beside_check(&b);
}

/* A change that is taken back before it could be told is no change. */
static void carrier_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct pr_hold hold;

	CHIM_COVERS(test, "TRM-110");
	set_carrier(fx, false);
	expect_link(fx, 0, MediaConnectStateDisconnected);
	set_up(fx, false);
	set_up(fx, true);
	KUNIT_EXPECT_EQ(test, fx->logged, 1);
	set_carrier(fx, true);
	KUNIT_EXPECT_EQ(test, fx->logged, 2);
	expect_link(fx, 1, MediaConnectStateConnected);
	pr_hold(fx, &hold);
	rtnl_lock();
	dev_close(fx->dev);
	KUNIT_EXPECT_EQ(test, dev_open(fx->dev, NULL), 0);
	rtnl_unlock();
	pr_release(fx, &hold);
	KUNIT_EXPECT_EQ(test, fx->logged, 2);
}

/* An adapter made of a device that is down. */
static void up_later_test(struct kunit *test)
{
	struct chim_adapter_config config = {};
	struct fx *fx = test->priv;
	const struct chim_ndis *ndis = fx->attach.ndis;

	CHIM_COVERS(test, "TRM-110");
	chim_detach(&fx->attach);
	chim_adapter_close(fx->adapter);
	chim_adapter_put(fx->adapter);
	fx->holds = false;
	rtnl_lock();
	dev_close(fx->dev);
	fx->adapter = chim_adapter_add(fx->dev, &config, NULL);
	rtnl_unlock();
	KUNIT_ASSERT_FALSE(test, IS_ERR(fx->adapter));
	chim_adapter_hold(fx->adapter);
	fx->holds = true;
	KUNIT_ASSERT_EQ(test, fx_reattach(fx, ndis), 0);
	set_up(fx, true);
	KUNIT_EXPECT_EQ(test, fx->logged, 1);
	expect_link(fx, 0, MediaConnectStateConnected);
}

/* Neither a new name nor the time it takes makes a difference. */
static void rename_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_adapter *found;
	struct ifreq ifr = { .ifr_newname = "chimrenamed" };
	struct beside b;
	struct witness w;
	struct pr_seg seg;

	witness_take(fx, &w);
	beside_take(test, &b);
	set_up(fx, false);
	strscpy(ifr.ifr_name, fx->dev->name, IFNAMSIZ);
	KUNIT_EXPECT_EQ(test, dev_ioctl(&init_net, SIOCSIFNAME, &ifr, NULL,
					NULL), 0);
	KUNIT_EXPECT_STREQ(test, fx->dev->name, "chimrenamed");
	set_up(fx, true);
	found = chim_adapter_get(&init_net, fx->adapter->ifindex);
	KUNIT_EXPECT_PTR_EQ(test, found, fx->adapter);
	if (found)
		chim_adapter_put(found);
	witness_check_all(fx, &w);
	KUNIT_EXPECT_TRUE(test, pr_nudge(fx, w.c.conn, &seg));
	beside_check(&b);
}

/* For an adapter, a device that goes to another namespace is gone. */
static void move_test(struct kunit *test)
{
	struct chim_adapter_config config = {};
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct chim_adapter *again;
	struct beside b;
	struct net *net;

	if (!IS_ENABLED(CONFIG_NET_NS))
		kunit_skip(test, "no network namespaces in this kernel");
	net = copy_net_ns(CLONE_NEWNET, &init_user_ns, &init_net);
	KUNIT_ASSERT_EQ(test, PTR_ERR_OR_ZERO(net), 0L);
	beside_take(test, &b);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_change_net_namespace(fx->dev, net, NULL), 0);
	rtnl_unlock();
	fx_flush(fx);
	expect_status(fx, fx->logged - 1, NDIS_STATUS_UPLOAD_ALL);
	wt_refused(fx, CHIM_INITIATE, tb_neigh(fx), CHIM_WHY_GONE);
	KUNIT_EXPECT_NULL(test, chim_adapter_get(net, fx->dev->ifindex));
	rtnl_lock();
	again = chim_adapter_add(fx->dev, &config, NULL);
	rtnl_unlock();
	KUNIT_EXPECT_FALSE(test, IS_ERR(again));
	KUNIT_EXPECT_NULL(test, chim_adapter_get(&init_net, fx->dev->ifindex));
	wt_done(fx, CHIM_TERMINATE, tm_tree(fx, c));
	fx_lose_dev(fx);
	put_net(net);
	beside_check(&b);
}

static struct kunit_case netdev_cases[] = {
	KUNIT_CASE(unregister_test),
	KUNIT_CASE(unregister_queued_test),
	KUNIT_CASE(unregister_ignored_test),
	KUNIT_CASE(mtu_test),
	KUNIT_CASE(mac_test),
	KUNIT_CASE(down_test),
	KUNIT_CASE(carrier_test),
	KUNIT_CASE(up_later_test),
	KUNIT_CASE(rename_test),
	KUNIT_CASE(move_test),
	{}
};

static struct kunit_suite netdev_suite = {
	.name = "chim_netdev",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = netdev_cases,
};

kunit_test_suite(netdev_suite);
