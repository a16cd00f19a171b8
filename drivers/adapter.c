// SPDX-License-Identifier: GPL-2.0
/* Adapters: network devices that take offloads. */
#include "adapter.h"

#include <linux/if_arp.h>
#include <linux/mm.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#define DEFAULT_NEIGHS		65536
#define DEFAULT_PATHS		1048576
#define DEFAULT_CONNS		1048576
#define DEFAULT_HWADDRS		16
#define DEFAULT_IPADDRS		65536
/* Of a connection: more than most windows, so that loss costs no data. */
#define DEFAULT_OOO_BYTES	SZ_1M

static const struct chim_limits default_limits = {
	.objects = {
		[CHIM_NEIGH] = DEFAULT_NEIGHS,
		[CHIM_PATH] = DEFAULT_PATHS,
		[CHIM_CONN] = DEFAULT_CONNS,
	},
	.resources = {
		[CHIM_RES_VLAN] = VLAN_N_VID,
		[CHIM_RES_HWADDR] = DEFAULT_HWADDRS,
		[CHIM_RES_IPADDR] = DEFAULT_IPADDRS,
	},
	.rcv_wnd = BIT(30),
};

static const struct chim_adapter_ops *adapter_ops;
static struct workqueue_struct *reaper;
static atomic_t live = ATOMIC_INIT(0);	/* adapters not yet freed */

/* Covers the list of adapters and their closing. Taken inside RTNL. */
static DEFINE_MUTEX(chim_adapters_lock);
static LIST_HEAD(chim_adapters);
static u32 next_id = 1;
static u32 generation = 1;

static void take(struct chim_queue *queue, struct chim_req *req)
{
	struct chim_adapter *adapter;
	struct chim_job *call;

	adapter = container_of(queue, struct chim_adapter, queue);
	if ((req->tag & CHIM_TAG_MASK) != CHIM_TAG_CALL) {
		adapter_ops->take(adapter, req);
		return;
	}
	call = container_of(req, struct chim_job, req);
	call->fn(adapter, call);
	complete(&call->done);
}

static int hwaddr_add(void *ctx, const u8 *addr)
{
	return chim_hwaddr_add(ctx, addr);
}

static void hwaddr_del(void *ctx, const u8 *addr)
{
	chim_hwaddr_del(ctx, addr);
}

static const struct chim_res_ops res_ops = {
	.hwaddr_add = hwaddr_add,
	.hwaddr_del = hwaddr_del,
};

static void tell_news(struct chim_adapter *adapter, struct chim_job *call)
{
	unsigned long news = xchg(&adapter->news, 0);

	adapter_ops->news(adapter, news);
	chim_adapter_put(adapter);
}

static void free_adapter(struct work_struct *work)
{
	struct chim_adapter *adapter;
	struct net_device *dev;

	adapter = container_of(work, struct chim_adapter, reap);
	mutex_lock(&chim_adapters_lock);
	list_del_rcu(&adapter->node);
	mutex_unlock(&chim_adapters_lock);
	rtnl_lock();
	adapter_ops->unhook(adapter);
	rtnl_unlock();
	chim_queue_destroy(&adapter->queue);
	WARN_ON_ONCE(!list_empty(&adapter->bindings));
	WARN_ON_ONCE(adapter->parked);
	chim_space_destroy(&adapter->space);
	chim_hwaddrs_destroy(&adapter->hwaddrs);
	dev = rcu_dereference_protected(adapter->dev, true);
	netdev_put(dev, &adapter->tracker);
	kfree_rcu(adapter, rcu);
	if (atomic_dec_and_test(&live))
		wake_up_var(&live);
}

/* As much of the machine's memory as TCP has, in KiB. */
static u32 default_rcv_mem(void)
{
	u64 bytes = (u64)totalram_pages() << PAGE_SHIFT;

	return min_t(u64, bytes / 16 / SZ_1K, U32_MAX);
}

static u32 limit_or(u32 limit, u32 fallback)
{
	return limit ?: fallback;
}

static void set_limits(struct chim_adapter *adapter,
		       const struct chim_limits *limits)
{
	struct chim_limits *own = &adapter->space.limits;
	int i;

	for (i = 0; i < CHIM_LAYERS; i++)
		own->objects[i] = limit_or(limits->objects[i],
					   default_limits.objects[i]);
	for (i = 0; i < CHIM_RES_KINDS; i++)
		own->resources[i] = limit_or(limits->resources[i],
					     default_limits.resources[i]);
	own->rcv_wnd = limit_or(limits->rcv_wnd, default_limits.rcv_wnd);
	own->rcv_mem = limit_or(limits->rcv_mem, default_rcv_mem());
	adapter->capacity = own->objects[CHIM_CONN];
}

static void set_config(struct chim_adapter *adapter,
		       const struct chim_adapter_config *config)
{
	set_limits(adapter, &config->limits);
	adapter->ticks_ms = config->ticks_ms;
	adapter->space.clock = &adapter->clock;
	adapter->space.tcp.ooo_bytes = DEFAULT_OOO_BYTES;
	chim_adapter_set_params(adapter, CHIM_TPS_DEFAULT,
				&chim_params_default);
	if (!config->vlans)
		return;
	bitmap_copy(adapter->vlans, config->vlans, VLAN_N_VID);
	adapter->space.vlans = adapter->vlans;
}

/**
 * chim_adapter_follow() - take over what the device's settings limit
 * @adapter: the adapter
 * @dev: its device
 *
 * Context: process, under RTNL.
 */
void chim_adapter_follow(struct chim_adapter *adapter,
			 const struct net_device *dev)
{
	struct chim_space *space = &adapter->space;

	WRITE_ONCE(space->limits.mtu, dev->mtu);
	WRITE_ONCE(space->burst, adapter_ops->burst(dev));
}

/* All of an adapter but its place in the list and its hold on the device. */
static struct chim_adapter *make_adapter(struct net_device *dev,
					 const struct chim_adapter_config *config,
					 struct netlink_ext_ack *extack)
{
	struct chim_adapter *adapter;
	int err = -ENOMEM;

	adapter = kzalloc(sizeof(*adapter), GFP_KERNEL);
	if (!adapter)
		return ERR_PTR(err);
	err = chim_space_init(&adapter->space);
	if (err)
		goto free_adapter;
	err = chim_queue_init(&adapter->queue, dev->name, take);
	if (err)
		goto destroy_space;
	chim_clock_init(&adapter->clock, NULL);
	adapter->space.resources.ops = &res_ops;
	adapter->space.resources.ctx = &adapter->hwaddrs;
	chim_hwaddrs_init(&adapter->hwaddrs, dev);
	refcount_set(&adapter->refs, 1);
	INIT_WORK(&adapter->reap, free_adapter);
	INIT_LIST_HEAD(&adapter->bindings);
	adapter->news_call.req.tag = CHIM_TAG_CALL;
	adapter->news_call.fn = tell_news;
	init_completion(&adapter->news_call.done);
	chim_snmp_init(adapter);
	adapter->parked_end = &adapter->parked;
	adapter->ifindex = dev->ifindex;
	write_pnet(&adapter->net, dev_net(dev));
	adapter->link_up = netif_running(dev) && netif_oper_up(dev);
	set_config(adapter, config);
	chim_adapter_follow(adapter, dev);
	err = adapter_ops->hook(adapter, dev);
	if (err) {
		if (err != -ENOMEM)
			NL_SET_ERR_MSG(extack,
				       "cannot hook into what the device receives");
		goto destroy_queue;
	}
	atomic_inc(&live);
	return adapter;

destroy_queue:
	chim_queue_destroy(&adapter->queue);
destroy_space:
	chim_space_destroy(&adapter->space);
free_adapter:
	kfree(adapter);
	return ERR_PTR(err);
}

static struct chim_adapter *find(struct net *net, int ifindex)
{
	struct chim_adapter *adapter;

	list_for_each_entry_rcu(adapter, &chim_adapters, node,
				lockdep_is_held(&chim_adapters_lock))
		if (adapter->ifindex == ifindex &&
		    !READ_ONCE(adapter->closing) &&
		    net_eq(read_pnet(&adapter->net), net))
			return adapter;
	return NULL;
}

/**
 * chim_adapter_add() - let a network device take offloads
 * @dev: an Ethernet device
 * @config: settings
 * @extack: told why not, or NULL
 *
 * Context: process, under RTNL.
 * Return: the adapter, which belongs to the list, or an ERR_PTR().
 */
struct chim_adapter *chim_adapter_add(struct net_device *dev,
				      const struct chim_adapter_config *config,
				      struct netlink_ext_ack *extack)
{
	struct chim_adapter *adapter;

	ASSERT_RTNL();
	if (dev->type != ARPHRD_ETHER || dev->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG(extack, "device is not an Ethernet device");
		return ERR_PTR(-EOPNOTSUPP);
	}
	if (dev->reg_state != NETREG_REGISTERED) {
		NL_SET_ERR_MSG(extack, "device is being unregistered");
		return ERR_PTR(-ENODEV);
	}
	mutex_lock(&chim_adapters_lock);
	if (find(dev_net(dev), dev->ifindex)) {
		NL_SET_ERR_MSG(extack, "device is an adapter already");
		adapter = ERR_PTR(-EEXIST);
		goto unlock;
	}
	adapter = make_adapter(dev, config, extack);
	if (IS_ERR(adapter))
		goto unlock;
	netdev_hold(dev, &adapter->tracker, GFP_KERNEL);
	rcu_assign_pointer(adapter->dev, dev);
	adapter->id = next_id++;
	list_add_tail_rcu(&adapter->node, &chim_adapters);
	WRITE_ONCE(generation, generation + 1);
	netdev_info(dev, "chimney: takes offloads\n");
unlock:
	mutex_unlock(&chim_adapters_lock);
	return adapter;
}

/**
 * chim_adapter_close() - take no more offloads
 * @adapter: the adapter
 *
 * It cannot be found by its device any more, and its clients are asked to upload everything.
 * It ends when the last of them has detached. Doing this again does nothing.
 *
 * Context: process.
 */
void chim_adapter_close(struct chim_adapter *adapter)
{
	mutex_lock(&chim_adapters_lock);
	if (adapter->closing) {
		mutex_unlock(&chim_adapters_lock);
		return;
	}
	WRITE_ONCE(adapter->closing, true);
	WRITE_ONCE(generation, generation + 1);
	mutex_unlock(&chim_adapters_lock);
	chim_snmp_settle(adapter);
	chim_adapter_tell(adapter, CHIM_NEWS_UPLOAD_ALL);
	chim_adapter_put(adapter);
}

/**
 * chim_adapter_set_params() - set timer parameters (CAP-042 to CAP-046)
 * @adapter: the adapter
 * @tps: ticks per second, which chim_clock_set_tps() takes
 * @params: the rest
 *
 * Context: worker, or nobody uses the adapter yet.
 */
void chim_adapter_set_params(struct chim_adapter *adapter, u32 tps,
			     const struct chim_params *params)
{
	struct chim_params *own = &adapter->params;

	chim_clock_set_tps(&adapter->clock, tps);
	WRITE_ONCE(own->ack_frequency, params->ack_frequency);
	WRITE_ONCE(own->delayed_ack_ticks, params->delayed_ack_ticks);
	WRITE_ONCE(own->max_retransmissions, params->max_retransmissions);
	WRITE_ONCE(own->doubt_retransmissions, params->doubt_retransmissions);
	WRITE_ONCE(own->sws_ticks, params->sws_ticks);
	WRITE_ONCE(own->dup_ack_threshold, params->dup_ack_threshold);
	WRITE_ONCE(own->push_ticks, params->push_ticks);
	WRITE_ONCE(own->nce_stale_ticks, params->nce_stale_ticks);
	chim_params_apply(own, tps, adapter->ticks_ms, &adapter->space.tcp);
	chim_settings_apply(&adapter->settings, tps, &adapter->space.tcp);
}

/* In the order of requests: what is offloaded from now on has them. */
struct set_call {
	struct chim_job job;
	const struct chim_settings *settings;
};

static void set_settings(struct chim_adapter *adapter, struct chim_job *job)
{
	const struct chim_settings *settings;

	settings = container_of(job, struct set_call, job)->settings;
	/* Whoever shows them may see some of the old ones still. */
	data_race(adapter->settings = *settings);
	chim_settings_apply(settings, chim_clock_tps(&adapter->clock),
			    &adapter->space.tcp);
	chim_snmp_set(adapter, settings->snmp);
}

/**
 * chim_adapter_set() - set what NDIS has no parameter for
 * @adapter: the adapter
 * @settings: all settings
 *
 * Context: process, may sleep; waits for the worker.
 */
void chim_adapter_set(struct chim_adapter *adapter,
		      const struct chim_settings *settings)
{
	struct set_call call = {
		.job.fn = set_settings,
		.settings = settings,
	};

	chim_adapter_call(adapter, &call.job);
}

/**
 * chim_adapter_lose_dev() - let go of the device
 * @adapter: a closed adapter
 *
 * No frame is sent through the device or taken from it after this returns.
 *
 * Context: process, under RTNL.
 */
void chim_adapter_lose_dev(struct chim_adapter *adapter)
{
	struct net_device *dev = rtnl_dereference(adapter->dev);

	if (!dev)
		return;
	RCU_INIT_POINTER(adapter->dev, NULL);
	/* Waits for those that found the device as well. */
	adapter_ops->unhook(adapter);
	chim_hwaddrs_lose_dev(&adapter->hwaddrs);
	netdev_put(dev, &adapter->tracker);
}

/**
 * chim_adapter_get() - find an adapter
 * @net: namespace
 * @ifindex: of its device
 *
 * Context: any but hard interrupt.
 * Return: the adapter, held, or NULL.
 */
struct chim_adapter *chim_adapter_get(struct net *net, int ifindex)
{
	struct chim_adapter *adapter;

	rcu_read_lock();
	adapter = find(net, ifindex);
	if (adapter && !refcount_inc_not_zero(&adapter->refs))
		adapter = NULL;
	rcu_read_unlock();
	return adapter;
}

/**
 * chim_adapter_of_dev() - walk the adapters of a device, oldest first
 * @dev: the device
 * @after: id of the one before, 0 to start
 *
 * There is one that can be found otherwise, and any number of closing ones
 * whose clients have not yet detached.
 *
 * Context: process, under RTNL.
 * Return: the adapter, held, or NULL at the end.
 */
struct chim_adapter *chim_adapter_of_dev(const struct net_device *dev,
					 u32 after)
{
	struct chim_adapter *adapter;

	rcu_read_lock();
	list_for_each_entry_rcu(adapter, &chim_adapters, node)
		if (adapter->id > after &&
		    rcu_access_pointer(adapter->dev) == dev &&
		    refcount_inc_not_zero(&adapter->refs))
			goto unlock;
	adapter = NULL;
unlock:
	rcu_read_unlock();
	return adapter;
}

/**
 * chim_adapter_next() - walk the adapters of a namespace, oldest first
 * @net: namespace, or NULL for all
 * @after: id of the one before, 0 to start
 *
 * Context: RCU read side.
 * Return: the adapter, or NULL at the end.
 */
struct chim_adapter *chim_adapter_next(struct net *net, u32 after)
{
	struct chim_adapter *adapter;

	list_for_each_entry_rcu(adapter, &chim_adapters, node)
		if (adapter->id > after && !READ_ONCE(adapter->closing) &&
		    (!net || net_eq(read_pnet(&adapter->net), net)))
			return adapter;
	return NULL;
}

/**
 * chim_adapter_hold() - one more reference
 * @adapter: an adapter the caller holds
 *
 * Context: any.
 */
void chim_adapter_hold(struct chim_adapter *adapter)
{
	refcount_inc(&adapter->refs);
}

/**
 * chim_adapter_put() - drop a reference; the last one ends the adapter
 * @adapter: the adapter
 *
 * Context: any; does not sleep.
 */
void chim_adapter_put(struct chim_adapter *adapter)
{
	if (refcount_dec_and_test(&adapter->refs))
		queue_work(reaper, &adapter->reap);
}

/**
 * chim_adapter_call() - have the worker do something, and wait for it
 * @adapter: an adapter the caller holds
 * @call: what to do; @call->fn is set
 *
 * It is done after every request queued before, and before any queued after.
 *
 * Context: process, may sleep; not the worker itself, and not under RTNL,
 * since a client's completion may wait for that.
 */
void chim_adapter_call(struct chim_adapter *adapter, struct chim_job *call)
{
	call->req.tag = CHIM_TAG_CALL;
	init_completion(&call->done);
	chim_queue_add(&adapter->queue, &call->req);
	wait_for_completion(&call->done);
}

/**
 * chim_adapter_tell() - have the clients told, some time soon
 * @adapter: an adapter the caller holds
 * @news: what to tell
 *
 * Indications come from the worker, between requests, so that none is made
 * while an offload is in progress (INI-067).
 *
 * Context: any.
 */
void chim_adapter_tell(struct chim_adapter *adapter, enum chim_news news)
{
	unsigned long old = READ_ONCE(adapter->news);
	unsigned long seen;

	while ((seen = cmpxchg(&adapter->news, old, old | BIT(news))) != old)
		old = seen;
	if (old)
		return;
	chim_adapter_hold(adapter);
	chim_queue_add(&adapter->queue, &adapter->news_call.req);
}

/**
 * chim_adapters_generation() - changes whenever the list of adapters does
 *
 * Context: any.
 * Return: a number for nl_dump_check_consistent().
 */
u32 chim_adapters_generation(void)
{
	return READ_ONCE(generation);
}

/**
 * chim_adapters_setup() - get ready for adapters
 * @ops: the layer above
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int chim_adapters_setup(const struct chim_adapter_ops *ops)
{
	adapter_ops = ops;
	reaper = alloc_workqueue("chim-reaper", WQ_UNBOUND, 0);
	return reaper ? 0 : -ENOMEM;
}

/**
 * chim_adapters_teardown() - close all adapters and wait for their end
 *
 * Context: module unload; all clients have detached or will on being told.
 */
void chim_adapters_teardown(void)
{
	struct chim_adapter *adapter;

	for (;;) {
		rcu_read_lock();
		adapter = chim_adapter_next(NULL, 0);
		if (adapter && !refcount_inc_not_zero(&adapter->refs))
			adapter = NULL;
		rcu_read_unlock();
		if (!adapter)
			break;
		chim_adapter_close(adapter);
		chim_adapter_put(adapter);
	}
	wait_var_event(&live, !atomic_read(&live));
	destroy_workqueue(reaper);
}
