/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An adapter: one network device that takes offloads, and the clients bound
 * to it.
 */
#ifndef CHIM_ADAPTER_H
#define CHIM_ADAPTER_H

#include "hwaddr.h"
#include "params.h"
#include "snmp.h"
#include "req/queue.h"
#include "state/clock.h"
#include "state/space.h"
#include "stats.h"

#include <linux/completion.h>
#include <linux/if_vlan.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/refcount.h>
#include <net/net_namespace.h>

struct chim_adapter;
struct netlink_ext_ack;

/**
 * struct chim_job - work for the adapter's worker, in order with requests
 * @req: place in the queue
 * @fn: run by the worker; may sleep
 * @done: completed after @fn
 */
struct chim_job {
	struct chim_req req;
	void (*fn)(struct chim_adapter *adapter, struct chim_job *call);
	struct completion done;
};

/* Tag of a request that is a struct chim_job; verbs have smaller ones. */
#define CHIM_TAG_CALL	((unsigned long)CHIM_VERBS)
#define CHIM_TAG_MASK	7UL

/* What the worker has still to tell the clients of an adapter. */
enum chim_news {
	CHIM_NEWS_UPLOAD_ALL,	/* every object should be terminated */
	CHIM_NEWS_LINK,		/* the link went up or down */
};

/**
 * struct chim_adapter_ops - what the layers above do for an adapter
 * @take: handles a request that is not a call; worker
 * @news: indicates news, a mask of BIT(enum chim_news); worker
 * @hook: begins to take segments from the device; RTNL; returns 0 or -errno
 * @unhook: takes no more and waits until nobody does, if it was hooked; RTNL
 * @burst: most bytes of data the device should be given at a time
 *
 * Set once at module load, before any adapter is made.
 */
struct chim_adapter_ops {
	void (*take)(struct chim_adapter *adapter, struct chim_req *req);
	void (*news)(struct chim_adapter *adapter, unsigned long news);
	int (*hook)(struct chim_adapter *adapter, struct net_device *dev);
	void (*unhook)(struct chim_adapter *adapter);
	u32 (*burst)(const struct net_device *dev);
};

/**
 * struct chim_adapter_config - settings of a new adapter
 * @limits: objects and resources; 0 for the default
 * @vlans: VLAN identifiers of the interface, or NULL
 * @ticks_ms: timer parameters are milliseconds, not ticks
 */
struct chim_adapter_config {
	struct chim_limits limits;
	const unsigned long *vlans;
	bool ticks_ms;
};

/**
 * struct chim_adapter - a network device that takes offloads
 * @node: in the list of adapters; written under chim_adapters_lock, read
 *	under RCU
 * @refs: held by the list, by each binding and while in use
 * @rcu: frees it
 * @reap: ends it after the last reference is gone
 * @dev: the device, NULL once it is gone; written under RTNL
 * @tracker: of the hold on @dev
 * @ingress: where segments are taken; its dev is NULL when none are; RTNL
 * @net: namespace of the device, valid until @closing
 * @ifindex: of the device; stays when the device has gone
 * @id: unique for the life of the module
 * @queue: where every request goes
 * @space: its objects
 * @hwaddrs: what its device receives for besides
 * @clock: host ticks
 * @stats: counters
 * @params: written by the worker, read with READ_ONCE by anybody; @space.tcp
 *	is made from them
 * @settings: likewise; a whole set at a time
 * @snmp: what the namespace has been told of @space
 * @vlans: VLAN identifiers configured for the interface (VLN-013)
 * @bindings: clients; written by the worker, read under RCU
 * @news_call: tells the clients; in the queue while @news is not zero
 * @news: BIT(enum chim_news), set by anybody
 * @parked: initiate requests that wait for a resume (STA-013); worker only
 * @parked_end: where the next one goes; worker only
 * @capacity: connections reported as capacity (CAP-018)
 * @ticks_ms: see struct chim_adapter_config
 * @paused: no new offloads wanted; written by the worker
 * @evacuating: every connection should be uploaded (STA-014), until none is left
 *	or a resume; written by the worker
 * @closing: not found any more; new offloads fail; written under
 *	chim_adapters_lock
 * @link_up: what the clients were last told; worker only
 */
struct chim_adapter {
	struct list_head node;
	refcount_t refs;
	struct rcu_head rcu;
	struct work_struct reap;
	struct net_device __rcu *dev;
	netdevice_tracker tracker;
	struct nf_hook_ops ingress;
	possible_net_t net;
	int ifindex;
	u32 id;
	struct chim_queue queue;
	struct chim_space space;
	struct chim_hwaddrs hwaddrs;
	struct chim_clock clock;
	struct chim_stats stats;
	struct chim_params params;
	struct chim_settings settings;
	struct chim_snmp snmp;
	DECLARE_BITMAP(vlans, VLAN_N_VID);
	struct list_head bindings;
	struct chim_job news_call;
	unsigned long news;
	struct chim_req *parked;
	struct chim_req **parked_end;
	u32 capacity;
	bool ticks_ms;
	bool paused;
	bool evacuating;
	bool closing;
	bool link_up;
};

int chim_adapters_setup(const struct chim_adapter_ops *ops);
void chim_adapters_teardown(void);

struct chim_adapter *chim_adapter_add(struct net_device *dev,
				      const struct chim_adapter_config *config,
				      struct netlink_ext_ack *extack);
void chim_adapter_close(struct chim_adapter *adapter);
struct chim_adapter *chim_adapter_get(struct net *net, int ifindex)
	__must_check;
struct chim_adapter *chim_adapter_of_dev(const struct net_device *dev,
					 u32 after) __must_check;
struct chim_adapter *chim_adapter_next(struct net *net, u32 after)
	__must_hold(RCU);
void chim_adapter_hold(struct chim_adapter *adapter);
void chim_adapter_put(struct chim_adapter *adapter);

void chim_adapter_call(struct chim_adapter *adapter, struct chim_job *call);
void chim_adapter_tell(struct chim_adapter *adapter, enum chim_news news);
void chim_adapter_set_params(struct chim_adapter *adapter, u32 tps,
			     const struct chim_params *params);
void chim_adapter_set(struct chim_adapter *adapter,
		      const struct chim_settings *settings);
void chim_adapter_follow(struct chim_adapter *adapter,
			 const struct net_device *dev);
void chim_adapter_lose_dev(struct chim_adapter *adapter);
u32 chim_adapters_generation(void);

#endif /* CHIM_ADAPTER_H */
