// SPDX-License-Identifier: GPL-2.0
/* Addresses that a device receives for besides its own. */
#include "hwaddr.h"

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

/* When a device that had no memory for an address is asked again. */
#define RETRY	HZ

struct hwaddr {
	struct list_head node;
	u8 addr[ETH_ALEN];
	bool wanted;
	bool there;	/* the device has it */
};

/* Returns false if it is to be told again. */
static bool tell_dev(struct chim_hwaddrs *hwaddrs, struct hwaddr *hwaddr)
{
	struct net_device *dev = hwaddrs->dev;

	if (hwaddr->wanted) {
		/* Its own too: that may change, and who has added it may take it away. */
		if (dev && !hwaddr->there)
			hwaddr->there = !dev_uc_add(dev, hwaddr->addr);
		return hwaddr->there || !dev;
	}
	if (hwaddr->there)
		dev_uc_del(dev, hwaddr->addr);
	list_del(&hwaddr->node);
	kfree(hwaddr);
	return true;
}

/*
 * A device without a filter for unicast addresses goes into promiscuous mode instead,
 * so this needs RTNL.
 */
static void tell(struct work_struct *work)
{
	struct hwaddr *hwaddr, *next;
	struct chim_hwaddrs *hwaddrs;
	bool told = true;

	hwaddrs = container_of(to_delayed_work(work), struct chim_hwaddrs, work);
	rtnl_lock();
	mutex_lock(&hwaddrs->lock);
	list_for_each_entry_safe(hwaddr, next, &hwaddrs->list, node)
		told &= tell_dev(hwaddrs, hwaddr);
	mutex_unlock(&hwaddrs->lock);
	rtnl_unlock();
	if (!told)
		queue_delayed_work(system_unbound_wq, &hwaddrs->work, RETRY);
}

static void tell_soon(struct chim_hwaddrs *hwaddrs)
{
	mod_delayed_work(system_unbound_wq, &hwaddrs->work, 0);
}

static struct hwaddr *find(struct chim_hwaddrs *hwaddrs, const u8 *addr)
{
	struct hwaddr *hwaddr;

	lockdep_assert_held(&hwaddrs->lock);
	list_for_each_entry(hwaddr, &hwaddrs->list, node)
		if (ether_addr_equal(hwaddr->addr, addr))
			return hwaddr;
	return NULL;
}

/**
 * chim_hwaddrs_init() - start with none
 * @hwaddrs: the addresses
 * @dev: the device, which stays until it is lost
 *
 * There is nothing to undo until one is added.
 *
 * Context: process.
 */
void chim_hwaddrs_init(struct chim_hwaddrs *hwaddrs, struct net_device *dev)
{
	mutex_init(&hwaddrs->lock);
	INIT_LIST_HEAD(&hwaddrs->list);
	INIT_DELAYED_WORK(&hwaddrs->work, tell);
	hwaddrs->dev = dev;
}

/**
 * chim_hwaddrs_destroy() - end; none is wanted any more
 * @hwaddrs: the addresses
 *
 * The device has none of them when this returns.
 *
 * Context: process, may sleep; not under RTNL.
 */
void chim_hwaddrs_destroy(struct chim_hwaddrs *hwaddrs)
{
	/* Not cancelled: what it has to say is said, if anything. */
	flush_delayed_work(&hwaddrs->work);
	WARN_ON_ONCE(!list_empty(&hwaddrs->list));
	mutex_destroy(&hwaddrs->lock);
}

/**
 * chim_hwaddr_add() - have the device receive for an address (D-37)
 * @hwaddrs: the addresses
 * @addr: one that is not wanted yet
 *
 * It does so soon after this returns. What is sent to it before is lost. A device
 * never refuses: one that cannot filter for so many receives everything.
 *
 * Context: process, may sleep, but does not wait for RTNL.
 * Return: 0 or -ENOMEM.
 */
int chim_hwaddr_add(struct chim_hwaddrs *hwaddrs, const u8 *addr)
{
	struct hwaddr *hwaddr;
	int err = 0;

	mutex_lock(&hwaddrs->lock);
	hwaddr = find(hwaddrs, addr);
	if (!hwaddr) {
		err = -ENOMEM;
		hwaddr = kzalloc(sizeof(*hwaddr), GFP_KERNEL | __GFP_NOWARN);
		if (!hwaddr)
			goto unlock;
		ether_addr_copy(hwaddr->addr, addr);
		list_add_tail(&hwaddr->node, &hwaddrs->list);
		err = 0;
	}
	hwaddr->wanted = true;
	tell_soon(hwaddrs);
unlock:
	mutex_unlock(&hwaddrs->lock);
	return err;
}

/**
 * chim_hwaddr_del() - have it receive for an address no longer
 * @hwaddrs: the addresses
 * @addr: one that is wanted
 *
 * Context: process, may sleep, but does not wait for RTNL. Does not allocate.
 */
void chim_hwaddr_del(struct chim_hwaddrs *hwaddrs, const u8 *addr)
{
	struct hwaddr *hwaddr;

	mutex_lock(&hwaddrs->lock);
	hwaddr = find(hwaddrs, addr);
	if (!WARN_ON_ONCE(!hwaddr)) {
		hwaddr->wanted = false;
		tell_soon(hwaddrs);
	}
	mutex_unlock(&hwaddrs->lock);
}

/**
 * chim_hwaddrs_lose_dev() - let go of the device, which has none of them then
 * @hwaddrs: the addresses
 *
 * Context: process, under RTNL.
 */
void chim_hwaddrs_lose_dev(struct chim_hwaddrs *hwaddrs)
{
	struct hwaddr *hwaddr;

	ASSERT_RTNL();
	mutex_lock(&hwaddrs->lock);
	list_for_each_entry(hwaddr, &hwaddrs->list, node) {
		if (hwaddr->there)
			dev_uc_del(hwaddrs->dev, hwaddr->addr);
		hwaddr->there = false;
	}
	hwaddrs->dev = NULL;
	mutex_unlock(&hwaddrs->lock);
}
