// SPDX-License-Identifier: GPL-2.0
/* Adapters as they are. */
#include "ctl/netlink.h"

#include "adapter.h"
#include "ctl/policy.h"
#include "ndis/attach.h"

#include <net/genetlink.h>
#include <net/sock.h>

#define ADAPTER_SIZE	(NLMSG_DEFAULT_SIZE - GENL_HDRLEN)

static int put_limits(struct sk_buff *skb, const struct chim_limits *limits)
{
	const u32 *objects = limits->objects, *resources = limits->resources;
	struct nlattr *nest = nla_nest_start(skb, CHIMNEY_A_ADAPTER_LIMITS);

	if (!nest ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_NEIGHBORS,
			READ_ONCE(objects[CHIM_NEIGH])) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_PATHS,
			READ_ONCE(objects[CHIM_PATH])) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_CONNECTIONS,
			READ_ONCE(objects[CHIM_CONN])) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_VLAN_IDS,
			READ_ONCE(resources[CHIM_RES_VLAN])) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_HWADDRS,
			READ_ONCE(resources[CHIM_RES_HWADDR])) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_IPADDRS,
			READ_ONCE(resources[CHIM_RES_IPADDR])) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_RCV_WND,
			READ_ONCE(limits->rcv_wnd)) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_RCV_MEM,
			READ_ONCE(limits->rcv_mem)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_used(struct sk_buff *skb, const struct chim_space *space)
{
	const u32 *objects = space->count, *resources = space->resources.count;
	struct nlattr *nest = nla_nest_start(skb, CHIMNEY_A_ADAPTER_USED);

	if (!nest ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_NEIGHBORS,
			READ_ONCE(objects[CHIM_NEIGH])) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_PATHS,
			READ_ONCE(objects[CHIM_PATH])) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_CONNECTIONS,
			READ_ONCE(objects[CHIM_CONN])) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_VLAN_IDS,
			READ_ONCE(resources[CHIM_RES_VLAN])) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_HWADDRS,
			READ_ONCE(resources[CHIM_RES_HWADDR])) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_IPADDRS,
			READ_ONCE(resources[CHIM_RES_IPADDR])) ||
	    nla_put_u32(skb, CHIMNEY_A_LIMITS_RCV_MEM,
			atomic_long_read(&space->held) >> 10))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_params(struct sk_buff *skb, struct chim_adapter *adapter)
{
	const struct chim_params *p = &adapter->params;
	struct nlattr *nest = nla_nest_start(skb, CHIMNEY_A_ADAPTER_PARAMS);

	if (!nest ||
	    nla_put_u32(skb, CHIMNEY_A_PARAMS_TPS,
			chim_clock_tps(&adapter->clock)) ||
	    nla_put_u8(skb, CHIMNEY_A_PARAMS_ACK_FREQUENCY,
		       READ_ONCE(p->ack_frequency)) ||
	    nla_put_u8(skb, CHIMNEY_A_PARAMS_DELAYED_ACK_TICKS,
		       READ_ONCE(p->delayed_ack_ticks)) ||
	    nla_put_u8(skb, CHIMNEY_A_PARAMS_MAX_RETRANSMISSIONS,
		       READ_ONCE(p->max_retransmissions)) ||
	    nla_put_u8(skb, CHIMNEY_A_PARAMS_DOUBT_RETRANSMISSIONS,
		       READ_ONCE(p->doubt_retransmissions)) ||
	    nla_put_u32(skb, CHIMNEY_A_PARAMS_SWS_TICKS,
			READ_ONCE(p->sws_ticks)) ||
	    nla_put_u32(skb, CHIMNEY_A_PARAMS_DUP_ACK_THRESHOLD,
			READ_ONCE(p->dup_ack_threshold)) ||
	    nla_put_u32(skb, CHIMNEY_A_PARAMS_PUSH_TICKS,
			READ_ONCE(p->push_ticks)) ||
	    nla_put_u32(skb, CHIMNEY_A_PARAMS_NCE_STALE_TICKS,
			READ_ONCE(p->nce_stale_ticks)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_settings(struct sk_buff *skb, const struct chim_adapter *adapter)
{
	const struct chim_settings *s = &adapter->settings;
	struct nlattr *nest = nla_nest_start(skb, CHIMNEY_A_ADAPTER_SETTINGS);

	if (!nest ||
	    nla_put_u8(skb, CHIMNEY_A_SETTINGS_ECN, READ_ONCE(s->ecn)) ||
	    nla_put_u8(skb, CHIMNEY_A_SETTINGS_SNMP, READ_ONCE(s->snmp)) ||
	    nla_put_u32(skb, CHIMNEY_A_SETTINGS_UP_DROPS,
			READ_ONCE(s->up_drops)) ||
	    nla_put_u32(skb, CHIMNEY_A_SETTINGS_UP_FRAGMENTS,
			READ_ONCE(s->up_fragments)) ||
	    nla_put_u32(skb, CHIMNEY_A_SETTINGS_UP_DISORDER,
			READ_ONCE(s->up_disorder)) ||
	    nla_put_u32(skb, CHIMNEY_A_SETTINGS_UP_PREPOST,
			READ_ONCE(s->up_prepost)) ||
	    nla_put_u32(skb, CHIMNEY_A_SETTINGS_UP_SMALL_IO,
			READ_ONCE(s->up_small_io)) ||
	    nla_put_u32(skb, CHIMNEY_A_SETTINGS_UP_IDLE,
			READ_ONCE(s->up_idle_ms)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_vlans(struct sk_buff *skb, const struct chim_adapter *adapter)
{
	unsigned long vlan;

	for_each_set_bit(vlan, adapter->vlans, VLAN_N_VID)
		if (nla_put_u16(skb, CHIMNEY_A_ADAPTER_VLAN, vlan))
			return -EMSGSIZE;
	return 0;
}

static int put_client(struct sk_buff *skb, const struct chim_owner *owner)
{
	const u32 *count = owner->count;
	struct nlattr *nest = nla_nest_start(skb, CHIMNEY_A_ADAPTER_CLIENT);

	if (!nest ||
	    nla_put_string(skb, CHIMNEY_A_CLIENT_NAME, chim_owner_name(owner)) ||
	    nla_put_u32(skb, CHIMNEY_A_CLIENT_NEIGHBORS,
			READ_ONCE(count[CHIM_NEIGH])) ||
	    nla_put_u32(skb, CHIMNEY_A_CLIENT_PATHS,
			READ_ONCE(count[CHIM_PATH])) ||
	    nla_put_u32(skb, CHIMNEY_A_CLIENT_CONNECTIONS,
			READ_ONCE(count[CHIM_CONN])))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Called on the RCU read side. */
static int put_clients(struct sk_buff *skb, struct chim_adapter *adapter)
{
	const struct chim_owner *owner = NULL;
	int err = 0;

	while (!err && (owner = chim_owner_next(adapter, owner)))
		err = put_client(skb, owner);
	return err;
}

/* Called on the RCU read side. */
static int put_adapter(struct sk_buff *skb, struct chim_adapter *adapter)
{
	struct chim_space *space = &adapter->space;

	if (chim_ctl_put_dev(skb, adapter) ||
	    nla_put_u32(skb, CHIMNEY_A_ADAPTER_ID, adapter->id) ||
	    nla_put_u32(skb, CHIMNEY_A_ADAPTER_MTU,
			READ_ONCE(space->limits.mtu)) ||
	    put_limits(skb, &space->limits) || put_used(skb, space) ||
	    put_params(skb, adapter) || put_settings(skb, adapter) ||
	    put_vlans(skb, adapter) ||
	    nla_put_u8(skb, CHIMNEY_A_ADAPTER_TICKS_MS, adapter->ticks_ms) ||
	    nla_put_u32(skb, CHIMNEY_A_ADAPTER_CAPACITY,
			READ_ONCE(adapter->capacity)) ||
	    nla_put_u8(skb, CHIMNEY_A_ADAPTER_PAUSED,
		       READ_ONCE(adapter->paused)))
		return -EMSGSIZE;
	return put_clients(skb, adapter);
}

/* An adapter with many VLAN identifiers or clients needs more than a page. */
static size_t adapter_size(const struct chim_adapter *adapter)
{
	return ADAPTER_SIZE + bitmap_weight(adapter->vlans, VLAN_N_VID) *
			      nla_total_size(sizeof(u16));
}

/**
 * chim_ctl_adapter_get_doit() - show one adapter
 * @skb: request
 * @info: request
 *
 * Context: process.
 * Return: 0, or -errno with a reason in @info->extack.
 */
int chim_ctl_adapter_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chim_adapter *adapter = chim_ctl_adapter(info);
	struct sk_buff *reply;
	void *header;
	int err = -ENOMEM;

	if (IS_ERR(adapter))
		return PTR_ERR(adapter);
	reply = chim_ctl_reply(info, adapter_size(adapter), &header);
	if (!reply)
		goto put_adapter;
	rcu_read_lock();
	err = put_adapter(reply, adapter);
	rcu_read_unlock();
	if (err)
		goto free_reply;
	genlmsg_end(reply, header);
	chim_adapter_put(adapter);
	return genlmsg_reply(reply, info);

free_reply:
	nlmsg_free(reply);
put_adapter:
	chim_adapter_put(adapter);
	return err;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		    struct chim_adapter *adapter)
{
	void *header;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
			     cb->nlh->nlmsg_seq, &chim_ctl_family, NLM_F_MULTI,
			     CHIMNEY_CMD_ADAPTER_GET);
	if (!header)
		return -EMSGSIZE;
	if (put_adapter(skb, adapter)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genl_dump_check_consistent(cb, header);
	genlmsg_end(skb, header);
	return 0;
}

/**
 * chim_ctl_adapter_get_start() - make room for the largest adapter
 * @cb: dump
 *
 * Context: process.
 * Return: 0.
 */
int chim_ctl_adapter_get_start(struct netlink_callback *cb)
{
	struct net *net = sock_net(cb->skb->sk);
	struct chim_adapter *adapter;
	size_t size = 0;
	u32 id = 0;

	rcu_read_lock();
	while ((adapter = chim_adapter_next(net, id))) {
		size = max(size, adapter_size(adapter));
		id = adapter->id;
	}
	rcu_read_unlock();
	cb->min_dump_alloc = size;
	return 0;
}

/**
 * chim_ctl_adapter_get_dumpit() - show the adapters of the namespace
 * @skb: where to
 * @cb: args[0] is the id of the adapter shown last
 *
 * Context: process.
 * Return: bytes, 0 at the end, or -errno with a reason in @cb->extack.
 */
int chim_ctl_adapter_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct chim_adapter *adapter;
	int err = chim_ctl_check_dump(cb);

	if (err)
		return err;
	cb->seq = chim_adapters_generation();
	rcu_read_lock();
	while ((adapter = chim_adapter_next(net, cb->args[0]))) {
		err = dump_one(skb, cb, adapter);
		if (err)
			break;
		cb->args[0] = adapter->id;
	}
	rcu_read_unlock();
	return skb->len ?: err;
}
