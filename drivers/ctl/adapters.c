// SPDX-License-Identifier: GPL-2.0
/* Commands that change adapters. */
#include "ctl/netlink.h"

#include "adapter.h"
#include "ctl/client.h"
#include "ctl/oid.h"
#include "ctl/policy.h"
#include "ndis/attach.h"

#include <linux/rtnetlink.h>
#include <net/genetlink.h>

/* Which member of struct chim_limits an attribute is. */
static u32 *limit_of(struct chim_limits *limits, int attr)
{
	switch (attr) {
	case CHIMNEY_A_LIMITS_NEIGHBORS:
		return &limits->objects[CHIM_NEIGH];
	case CHIMNEY_A_LIMITS_PATHS:
		return &limits->objects[CHIM_PATH];
	case CHIMNEY_A_LIMITS_CONNECTIONS:
		return &limits->objects[CHIM_CONN];
	case CHIMNEY_A_LIMITS_VLAN_IDS:
		return &limits->resources[CHIM_RES_VLAN];
	case CHIMNEY_A_LIMITS_HWADDRS:
		return &limits->resources[CHIM_RES_HWADDR];
	case CHIMNEY_A_LIMITS_IPADDRS:
		return &limits->resources[CHIM_RES_IPADDR];
	case CHIMNEY_A_LIMITS_RCV_MEM:
		return &limits->rcv_mem;
	default:
		return &limits->rcv_wnd;
	}
}

static int parse_limits(const struct nlattr *nest, struct chim_limits *limits,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CHIMNEY_A_LIMITS_MAX + 1];
	int err, attr;

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, CHIMNEY_A_LIMITS_MAX, nest,
			       chim_ctl_limits_policy, extack);
	if (err)
		return err;
	for (attr = 1; attr <= CHIMNEY_A_LIMITS_MAX; attr++)
		if (tb[attr])
			WRITE_ONCE(*limit_of(limits, attr),
				   nla_get_u32(tb[attr]));
	return 0;
}

/* VLN-013: true if any identifier is configured. */
static bool parse_vlans(const struct genl_info *info, unsigned long *vlans)
{
	const struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(attr) == CHIMNEY_A_ADAPTER_VLAN)
			set_bit(nla_get_u16(attr), vlans);
	return info->attrs[CHIMNEY_A_ADAPTER_VLAN];
}

static int add(struct genl_info *info, const struct chim_adapter_config *config)
{
	const struct nlattr *attr = info->attrs[CHIMNEY_A_ADAPTER_IFINDEX];
	struct chim_adapter *adapter;
	struct net_device *dev;

	dev = __dev_get_by_index(genl_info_net(info), nla_get_u32(attr));
	if (!dev) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "no such device");
		return -ENODEV;
	}
	NL_SET_BAD_ATTR(info->extack, attr);
	adapter = chim_adapter_add(dev, config, info->extack);
	return PTR_ERR_OR_ZERO(adapter);
}

/**
 * chim_ctl_adapter_add_doit() - let a device take offloads
 * @skb: request
 * @info: request
 *
 * Context: process; takes RTNL.
 * Return: 0, or -errno with a reason in @info->extack.
 */
int chim_ctl_adapter_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	DECLARE_BITMAP(vlans, VLAN_N_VID) = {};
	struct chim_adapter_config config = {};
	struct nlattr **attrs = info->attrs;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, CHIMNEY_A_ADAPTER_IFINDEX)) {
		NL_SET_ERR_MSG(info->extack, "ifindex is missing");
		return -EINVAL;
	}
	err = parse_limits(attrs[CHIMNEY_A_ADAPTER_LIMITS], &config.limits,
			   info->extack);
	if (err)
		return err;
	if (parse_vlans(info, vlans))
		config.vlans = vlans;
	if (attrs[CHIMNEY_A_ADAPTER_TICKS_MS])
		config.ticks_ms = nla_get_u8(attrs[CHIMNEY_A_ADAPTER_TICKS_MS]);
	rtnl_lock();
	err = add(info, &config);
	rtnl_unlock();
	return err;
}

/**
 * chim_ctl_adapter_del_doit() - let a device take no more offloads
 * @skb: request
 * @info: request; told if clients still have to leave
 *
 * Control's own objects are terminated when this returns.
 *
 * Context: process.
 * Return: 0, or -errno with a reason in @info->extack.
 */
int chim_ctl_adapter_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chim_adapter *adapter = chim_ctl_adapter(info);

	if (IS_ERR(adapter))
		return PTR_ERR(adapter);
	chim_adapter_close(adapter);
	chim_ctl_client_settle(adapter);
	if (!list_empty(&adapter->bindings))
		NL_SET_ERR_MSG(info->extack,
			       "clients have been asked to upload everything; the adapter ends when they have left");
	chim_adapter_put(adapter);
	return 0;
}

/* Every parameter that is given replaces what the target has now. */
static void merge_params(struct nlattr **tb,
			 PNDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS p)
{
	if (tb[CHIMNEY_A_PARAMS_TPS])
		p->TicksPerSecond = nla_get_u32(tb[CHIMNEY_A_PARAMS_TPS]);
	if (tb[CHIMNEY_A_PARAMS_ACK_FREQUENCY])
		p->TcpAckFrequency =
			nla_get_u8(tb[CHIMNEY_A_PARAMS_ACK_FREQUENCY]);
	if (tb[CHIMNEY_A_PARAMS_DELAYED_ACK_TICKS])
		p->TcpDelayedAckTicks =
			nla_get_u8(tb[CHIMNEY_A_PARAMS_DELAYED_ACK_TICKS]);
	if (tb[CHIMNEY_A_PARAMS_MAX_RETRANSMISSIONS])
		p->TcpMaximumRetransmissions =
			nla_get_u8(tb[CHIMNEY_A_PARAMS_MAX_RETRANSMISSIONS]);
	if (tb[CHIMNEY_A_PARAMS_DOUBT_RETRANSMISSIONS])
		p->TcpDoubtReachabilityRetransmissions =
			nla_get_u8(tb[CHIMNEY_A_PARAMS_DOUBT_RETRANSMISSIONS]);
	if (tb[CHIMNEY_A_PARAMS_SWS_TICKS])
		p->TcpSwsPreventionTicks =
			nla_get_u32(tb[CHIMNEY_A_PARAMS_SWS_TICKS]);
	if (tb[CHIMNEY_A_PARAMS_DUP_ACK_THRESHOLD])
		p->TcpDuplicateAckThreshold =
			nla_get_u32(tb[CHIMNEY_A_PARAMS_DUP_ACK_THRESHOLD]);
	if (tb[CHIMNEY_A_PARAMS_PUSH_TICKS])
		p->TcpPushTicks = nla_get_u32(tb[CHIMNEY_A_PARAMS_PUSH_TICKS]);
	if (tb[CHIMNEY_A_PARAMS_NCE_STALE_TICKS])
		p->NceStaleTicks =
			nla_get_u32(tb[CHIMNEY_A_PARAMS_NCE_STALE_TICKS]);
}

static int set_params(struct chim_ctl_client *client, struct nlattr **tb)
{
	NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS params;
	int err;

	if (mutex_lock_killable(&client->merge))
		return -EINTR;
	err = chim_ctl_oid_get_params(client, &params);
	if (!err) {
		merge_params(tb, &params);
		err = chim_ctl_oid_set_params(client, &params);
	}
	mutex_unlock(&client->merge);
	return err;
}

static int change_params(struct chim_adapter *adapter,
			 const struct nlattr *nest,
			 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CHIMNEY_A_PARAMS_MAX + 1];
	struct chim_ctl_client *client;
	int err;

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, CHIMNEY_A_PARAMS_MAX, nest,
			       chim_ctl_params_policy, extack);
	if (err)
		return err;
	client = chim_ctl_client_enter(adapter, extack);
	if (IS_ERR(client))
		return PTR_ERR(client);
	err = set_params(client, tb);
	chim_ctl_client_exit(client);
	if (err && err != -ENOMEM)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "target does not take the parameters");
	return err;
}

/* Which member of struct chim_settings an attribute is; none for a switch. */
static u32 *threshold_of(struct chim_settings *settings, int attr)
{
	switch (attr) {
	case CHIMNEY_A_SETTINGS_UP_DROPS:
		return &settings->up_drops;
	case CHIMNEY_A_SETTINGS_UP_FRAGMENTS:
		return &settings->up_fragments;
	case CHIMNEY_A_SETTINGS_UP_DISORDER:
		return &settings->up_disorder;
	case CHIMNEY_A_SETTINGS_UP_PREPOST:
		return &settings->up_prepost;
	case CHIMNEY_A_SETTINGS_UP_SMALL_IO:
		return &settings->up_small_io;
	case CHIMNEY_A_SETTINGS_UP_IDLE:
		return &settings->up_idle_ms;
	default:
		return NULL;
	}
}

static void merge_settings(struct nlattr **tb, struct chim_settings *settings)
{
	int attr;
	u32 *to;

	if (tb[CHIMNEY_A_SETTINGS_ECN])
		settings->ecn = nla_get_u8(tb[CHIMNEY_A_SETTINGS_ECN]);
	if (tb[CHIMNEY_A_SETTINGS_SNMP])
		settings->snmp = nla_get_u8(tb[CHIMNEY_A_SETTINGS_SNMP]);
	for (attr = 1; attr <= CHIMNEY_A_SETTINGS_MAX; attr++) {
		to = threshold_of(settings, attr);
		if (to && tb[attr])
			*to = nla_get_u32(tb[attr]);
	}
}

static int change_settings(struct chim_adapter *adapter,
			   const struct nlattr *nest,
			   struct netlink_ext_ack *extack)
{
	static DEFINE_MUTEX(merge);	/* one command at a time reads and sets */
	struct nlattr *tb[CHIMNEY_A_SETTINGS_MAX + 1];
	struct chim_settings settings;
	int err;

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, CHIMNEY_A_SETTINGS_MAX, nest,
			       chim_ctl_settings_policy, extack);
	if (err)
		return err;
	if (mutex_lock_killable(&merge))
		return -EINTR;
	settings = adapter->settings;
	merge_settings(tb, &settings);
	chim_adapter_set(adapter, &settings);
	mutex_unlock(&merge);
	return 0;
}

/**
 * chim_ctl_adapter_set_doit() - change limits, parameters and settings
 * @skb: request
 * @info: request
 *
 * Limits count for what is offloaded from now on. The capacity that the target
 * reports changes only with a resume (STA-034).
 *
 * Context: process.
 * Return: 0, or -errno with a reason in @info->extack.
 */
int chim_ctl_adapter_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *limits = info->attrs[CHIMNEY_A_ADAPTER_LIMITS];
	const struct nlattr *params = info->attrs[CHIMNEY_A_ADAPTER_PARAMS];
	const struct nlattr *settings = info->attrs[CHIMNEY_A_ADAPTER_SETTINGS];
	struct chim_adapter *adapter = chim_ctl_adapter(info);
	int err = -EINVAL;

	if (IS_ERR(adapter))
		return PTR_ERR(adapter);
	if (!limits && !params && !settings) {
		NL_SET_ERR_MSG(info->extack,
			       "neither limits nor params nor settings given");
		goto put_adapter;
	}
	err = change_params(adapter, params, info->extack);
	if (!err)
		err = change_settings(adapter, settings, info->extack);
	if (!err)
		err = parse_limits(limits, &adapter->space.limits,
				   info->extack);
put_adapter:
	chim_adapter_put(adapter);
	return err;
}

/**
 * chim_ctl_adapter_pause_doit() - ask clients for no more offloads (STA-010)
 * @skb: request
 * @info: request
 *
 * Context: process.
 * Return: 0, or -errno with a reason in @info->extack.
 */
int chim_ctl_adapter_pause_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chim_adapter *adapter = chim_ctl_adapter(info);
	int err = 0;

	if (IS_ERR(adapter))
		return PTR_ERR(adapter);
	if (READ_ONCE(adapter->paused)) {
		NL_SET_ERR_MSG(info->extack, "adapter is paused already");
		err = -EALREADY;
	} else {
		chim_miniport_pause(adapter, true, 0);
	}
	chim_adapter_put(adapter);
	return err;
}

/**
 * chim_ctl_adapter_resume_doit() - ask clients for offloads again (STA-030)
 * @skb: request
 * @info: request
 *
 * Context: process.
 * Return: 0, or -errno with a reason in @info->extack.
 */
int chim_ctl_adapter_resume_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[CHIMNEY_A_ADAPTER_CAPACITY];
	struct chim_adapter *adapter = chim_ctl_adapter(info);
	int err = 0;

	if (IS_ERR(adapter))
		return PTR_ERR(adapter);
	if (!READ_ONCE(adapter->paused)) {
		NL_SET_ERR_MSG(info->extack, "adapter is not paused");
		err = -EALREADY;
	} else {
		chim_miniport_pause(adapter, false, attr ? nla_get_u32(attr) : 0);
	}
	chim_adapter_put(adapter);
	return err;
}

/**
 * chim_ctl_adapter_upload_doit() - ask clients for everything (STA-050)
 * @skb: request
 * @info: request
 *
 * Control's own objects are terminated when this returns.
 *
 * Context: process.
 * Return: 0, or -errno with a reason in @info->extack.
 */
int chim_ctl_adapter_upload_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chim_adapter *adapter = chim_ctl_adapter(info);

	if (IS_ERR(adapter))
		return PTR_ERR(adapter);
	chim_miniport_upload_all(adapter);
	chim_ctl_client_settle(adapter);
	chim_adapter_put(adapter);
	return 0;
}
