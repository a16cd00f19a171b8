/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses that a device receives for besides its own. They come and go with the
 * neighbors that have them; the device is told by a work item, since that needs RTNL,
 * for which the worker of an adapter must not wait.
 */
#ifndef CHIM_HWADDR_H
#define CHIM_HWADDR_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct net_device;

/**
 * struct chim_hwaddrs - addresses of one device
 * @lock: covers @list; taken inside RTNL, and by itself
 * @list: those that are wanted, and those the device has still
 * @dev: the device, NULL once it is gone; written under RTNL
 * @work: tells the device
 */
struct chim_hwaddrs {
	struct mutex lock;	/* list, and what is in it */
	struct list_head list;
	struct net_device *dev;
	struct delayed_work work;
};

void chim_hwaddrs_init(struct chim_hwaddrs *hwaddrs, struct net_device *dev);
void chim_hwaddrs_destroy(struct chim_hwaddrs *hwaddrs);
int chim_hwaddr_add(struct chim_hwaddrs *hwaddrs, const u8 *addr);
void chim_hwaddr_del(struct chim_hwaddrs *hwaddrs, const u8 *addr);
void chim_hwaddrs_lose_dev(struct chim_hwaddrs *hwaddrs);

#endif /* CHIM_HWADDR_H */
