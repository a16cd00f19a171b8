// SPDX-License-Identifier: GPL-2.0
/*
 * Events of network devices. Each touches the adapter of its device and no
 * other.
 *
 * A rename needs nothing: an adapter knows its device, not the name. A new MAC
 * address needs nothing either: frames take it from the device as they are
 * built. A move to another namespace is an unregistration in the old one.
 */
#include "netdev.h"

#include "adapter.h"

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

/* Repeated by netdev_wait_allrefs(): then the adapter has no device any more. */
static void unregister(struct chim_adapter *adapter)
{
	chim_adapter_close(adapter);
	chim_adapter_lose_dev(adapter);
}

static void on_event(struct chim_adapter *adapter, struct net_device *dev,
		     unsigned long event)
{
	switch (event) {
	case NETDEV_UNREGISTER:
		unregister(adapter);
		break;
	case NETDEV_CHANGEMTU:
	case NETDEV_FEAT_CHANGE:
		chim_adapter_follow(adapter, dev);
		break;
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		/* The sizes of frames may have been set without a word. */
		chim_adapter_follow(adapter, dev);
		chim_adapter_tell(adapter, CHIM_NEWS_LINK);
		break;
	}
}

static int notify(struct notifier_block *nb, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct chim_adapter *adapter;
	u32 after = 0;

	while ((adapter = chim_adapter_of_dev(dev, after))) {
		after = adapter->id;
		on_event(adapter, dev, event);
		chim_adapter_put(adapter);
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = notify,
};

/**
 * chim_netdev_setup() - listen to network devices
 *
 * Context: module load, before any adapter is made.
 * Return: 0 or -errno.
 */
int chim_netdev_setup(void)
{
	return register_netdevice_notifier(&notifier);
}

/**
 * chim_netdev_teardown() - stop listening
 *
 * Context: module unload, when no adapter is left.
 */
void chim_netdev_teardown(void)
{
	unregister_netdevice_notifier(&notifier);
}
