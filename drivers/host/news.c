// SPDX-License-Identifier: GPL-2.0
/*
 * News of the host: neighbors, routes, devices. Whoever tells of them may hold
 * anything; so they only set a bit, and a work item of the namespace looks at
 * what offloaded connections have to do with it.
 */
#include "host/news.h"

#include "host/bind.h"
#include "host/conn.h"
#include "host/icmp.h"

#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/workqueue.h>
#include <net/fib_notifier.h>
#include <net/neighbour.h>
#include <net/net_namespace.h>
#include <net/netevent.h>
#include <net/netns/generic.h>

/* Bits of struct news_net.news */
#define NEIGHS	0
#define ROUTES	1

/**
 * struct news_net - news of a namespace, from its first offload on
 * @net: the namespace
 * @lock: covers @on
 * @on: it is listened to
 * @news: what is to be looked at
 * @work: does so
 * @fib: tells of routes
 * @routes: it does
 */
struct news_net {
	struct net *net;
	struct mutex lock;	/* see above */
	bool on;
	unsigned long news;
	struct work_struct work;
	struct notifier_block fib;
	bool routes;
};

static unsigned int net_id;

static void tell(struct net *net, unsigned int bit)
{
	struct news_net *nn = net_generic(net, net_id);

	if (!READ_ONCE(nn->on))
		return;
	set_bit(bit, &nn->news);
	queue_work(system_unbound_wq, &nn->work);
}

static int on_fib(struct notifier_block *nb, unsigned long event, void *info)
{
	struct news_net *nn = container_of(nb, struct news_net, fib);

	tell(nn->net, ROUTES);
	return NOTIFY_DONE;
}

/*
 * That takes RTNL, as those do who change routes. RTNL comes before sockets are
 * locked, so neither may be done where a socket is offloaded.
 */
static void wait_for_routes(struct news_net *nn)
{
	if (!nn->routes) {
		nn->fib.notifier_call = on_fib;
		nn->routes = !register_fib_notifier(nn->net, &nn->fib, NULL,
						    NULL);
	}
	/* Of a route one is told before it is there. */
	rtnl_lock();
	rtnl_unlock();
}

static bool waits(const struct chim_host_conn *conn)
{
	return READ_ONCE(conn->waits);
}

static void work(struct work_struct *work)
{
	struct news_net *nn = container_of(work, struct news_net, work);
	bool neighs = test_and_clear_bit(NEIGHS, &nn->news);
	bool routes = test_and_clear_bit(ROUTES, &nn->news);

	if (routes)
		wait_for_routes(nn);
	if (neighs)
		routes |= chim_host_bind_neighs(nn->net);
	chim_host_conn_follow_all(nn->net, routes ? NULL : waits);
}

/* Redirects of IPv4 are seen where they come in. */
static int on_netevent(struct notifier_block *nb, unsigned long event,
		       void *info)
{
	const struct netevent_redirect *redirect = info;
	const struct neighbour *neigh = info;

	switch (event) {
	case NETEVENT_NEIGH_UPDATE:
		tell(dev_net(neigh->dev), NEIGHS);
		break;
	case NETEVENT_REDIRECT:
		tell(dev_net(redirect->neigh->dev), ROUTES);
		break;
	}
	return NOTIFY_DONE;
}

/* Frames take the device's own address as they are built: no news. */
static int on_device(struct notifier_block *nb, unsigned long event, void *info)
{
	switch (event) {
	case NETDEV_CHANGEMTU:
	case NETDEV_DOWN:
		tell(dev_net(netdev_notifier_info_to_dev(info)), ROUTES);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block netevents = { .notifier_call = on_netevent };
static struct notifier_block devices = { .notifier_call = on_device };

/**
 * chim_host_news_get() - listen to the news of a namespace, from now on
 * @net: the namespace
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chim_host_news_get(struct net *net)
{
	struct news_net *nn = net_generic(net, net_id);
	int err = 0;

	mutex_lock(&nn->lock);
	if (nn->on)
		goto unlock;
	err = chim_host_icmp_get(net);
	if (err)
		goto unlock;
	WRITE_ONCE(nn->on, true);
	tell(net, ROUTES);
unlock:
	mutex_unlock(&nn->lock);
	return err;
}

static int __net_init net_init(struct net *net)
{
	struct news_net *nn = net_generic(net, net_id);

	nn->net = net;
	mutex_init(&nn->lock);
	INIT_WORK(&nn->work, work);
	return 0;
}

/* Sockets hold their namespace: none of this one is left. */
static void __net_exit net_pre_exit(struct net *net)
{
	struct news_net *nn = net_generic(net, net_id);

	if (!nn->on)
		return;
	WRITE_ONCE(nn->on, false);
	chim_host_icmp_put(net);
}

/* Between the two there is a grace period: nobody queues it any more. */
static void __net_exit net_exit(struct net *net)
{
	struct news_net *nn = net_generic(net, net_id);

	cancel_work_sync(&nn->work);
	if (nn->routes)
		unregister_fib_notifier(net, &nn->fib);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.id = &net_id,
	.size = sizeof(struct news_net),
};

/**
 * chim_host_news_init() - get ready
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chim_host_news_init(void)
{
	int err;

	err = register_pernet_subsys(&net_ops);
	if (err)
		return err;
	err = register_netevent_notifier(&netevents);
	if (err)
		goto unregister_net;
	err = register_netdevice_notifier(&devices);
	if (err)
		goto unregister_netevent;
	return 0;

unregister_netevent:
	unregister_netevent_notifier(&netevents);
unregister_net:
	unregister_pernet_subsys(&net_ops);
	return err;
}

/**
 * chim_host_news_exit() - undo chim_host_news_init(); no socket is left
 *
 * Context: process, may sleep.
 */
void chim_host_news_exit(void)
{
	unregister_netdevice_notifier(&devices);
	unregister_netevent_notifier(&netevents);
	unregister_pernet_subsys(&net_ops);
}
