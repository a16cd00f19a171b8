// SPDX-License-Identifier: GPL-2.0
/* What each request may contain. */
#include "ctl/policy.h"

#include "state/clock.h"
#include "state/conn.h"
#include "state/object.h"

#include <linux/if_vlan.h>

#define IFINDEX		NLA_POLICY_MIN(NLA_U32, 1)
#define SWITCH		NLA_POLICY_MAX(NLA_U8, 1)
#define COUNT		NLA_POLICY_MIN(NLA_U32, 1)
#define PERCENT		NLA_POLICY_MAX(NLA_U32, 100)
#define WSCALE		NLA_POLICY_MAX(NLA_U8, 15)
#define PRIO		NLA_POLICY_MAX(NLA_U8, 7)
#define ADDRESS		NLA_POLICY_VALIDATE_FN(NLA_BINARY, check_address, \
					       sizeof(struct in6_addr))

static struct netlink_range_validation window_range = {
	.min = 1,
	.max = CHIM_RCV_WND_MAX,
};

static struct netlink_range_validation flow_label_range = {
	.max = GENMASK(19, 0),
};

static int check_address(const struct nlattr *attr,
			 struct netlink_ext_ack *extack)
{
	if (nla_len(attr) == sizeof(__be32) ||
	    nla_len(attr) == sizeof(struct in6_addr))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "address is not 4 or 16 bytes long");
	return -EINVAL;
}

const struct nla_policy chim_ctl_limits_policy[CHIMNEY_A_LIMITS_MAX + 1] = {
	[CHIMNEY_A_LIMITS_NEIGHBORS] = COUNT,
	[CHIMNEY_A_LIMITS_PATHS] = COUNT,
	[CHIMNEY_A_LIMITS_CONNECTIONS] = COUNT,
	[CHIMNEY_A_LIMITS_VLAN_IDS] = NLA_POLICY_RANGE(NLA_U32, 1, VLAN_N_VID),
	[CHIMNEY_A_LIMITS_HWADDRS] = COUNT,
	[CHIMNEY_A_LIMITS_IPADDRS] = COUNT,
	[CHIMNEY_A_LIMITS_RCV_WND] = NLA_POLICY_FULL_RANGE(NLA_U32,
							   &window_range),
	[CHIMNEY_A_LIMITS_RCV_MEM] = COUNT,
};

const struct nla_policy chim_ctl_params_policy[CHIMNEY_A_PARAMS_MAX + 1] = {
	[CHIMNEY_A_PARAMS_TPS] = NLA_POLICY_RANGE(NLA_U32, 1, CHIM_TPS_MAX),
	[CHIMNEY_A_PARAMS_ACK_FREQUENCY] = NLA_POLICY_MIN(NLA_U8, 1),
	[CHIMNEY_A_PARAMS_DELAYED_ACK_TICKS] = { .type = NLA_U8 },
	[CHIMNEY_A_PARAMS_MAX_RETRANSMISSIONS] = { .type = NLA_U8 },
	[CHIMNEY_A_PARAMS_DOUBT_RETRANSMISSIONS] = { .type = NLA_U8 },
	[CHIMNEY_A_PARAMS_SWS_TICKS] = { .type = NLA_U32 },
	[CHIMNEY_A_PARAMS_DUP_ACK_THRESHOLD] = { .type = NLA_U32 },
	[CHIMNEY_A_PARAMS_PUSH_TICKS] = { .type = NLA_U32 },
	[CHIMNEY_A_PARAMS_NCE_STALE_TICKS] = { .type = NLA_U32 },
};

const struct nla_policy
chim_ctl_settings_policy[CHIMNEY_A_SETTINGS_MAX + 1] = {
	[CHIMNEY_A_SETTINGS_ECN] = SWITCH,
	[CHIMNEY_A_SETTINGS_SNMP] = SWITCH,
	[CHIMNEY_A_SETTINGS_UP_DROPS] = PERCENT,
	[CHIMNEY_A_SETTINGS_UP_FRAGMENTS] = PERCENT,
	[CHIMNEY_A_SETTINGS_UP_DISORDER] = PERCENT,
	[CHIMNEY_A_SETTINGS_UP_PREPOST] = PERCENT,
	[CHIMNEY_A_SETTINGS_UP_SMALL_IO] = { .type = NLA_U32 },
	[CHIMNEY_A_SETTINGS_UP_IDLE] = { .type = NLA_U32 },
};

static const struct nla_policy new_neigh[CHIMNEY_A_NEIGHBOR_MAX + 1] = {
	[CHIMNEY_A_NEIGHBOR_LLADDR] = NLA_POLICY_ETH_ADDR,
	[CHIMNEY_A_NEIGHBOR_SRC] = NLA_POLICY_ETH_ADDR,
	[CHIMNEY_A_NEIGHBOR_VLAN] = NLA_POLICY_MAX(NLA_U16, VLAN_VID_MASK),
	[CHIMNEY_A_NEIGHBOR_HRD] = { .type = NLA_U32 },
	[CHIMNEY_A_NEIGHBOR_NRD] = { .type = NLA_U32 },
};

static const struct nla_policy new_path[CHIMNEY_A_PATH_MAX + 1] = {
	[CHIMNEY_A_PATH_SRC] = ADDRESS,
	[CHIMNEY_A_PATH_DST] = ADDRESS,
	[CHIMNEY_A_PATH_MTU] = { .type = NLA_U32 },
};

/* Cached variables, in a new connection as in an update. */
#define CACHED_CONN \
	[CHIMNEY_A_CONNECTION_RCV_WND_INIT] = { .type = NLA_U32 }, \
	[CHIMNEY_A_CONNECTION_RCV_IND_SIZE] = { .type = NLA_U32 }, \
	[CHIMNEY_A_CONNECTION_KEEPALIVE] = SWITCH, \
	[CHIMNEY_A_CONNECTION_NAGLE] = SWITCH, \
	[CHIMNEY_A_CONNECTION_KA_PROBES] = { .type = NLA_U8 }, \
	[CHIMNEY_A_CONNECTION_KA_TIMEOUT] = { .type = NLA_U32 }, \
	[CHIMNEY_A_CONNECTION_KA_INTERVAL] = { .type = NLA_U32 }, \
	[CHIMNEY_A_CONNECTION_MAX_RT] = { .type = NLA_U32 }, \
	[CHIMNEY_A_CONNECTION_FLOW_LABEL] = \
		NLA_POLICY_FULL_RANGE(NLA_U32, &flow_label_range), \
	[CHIMNEY_A_CONNECTION_TTL] = { .type = NLA_U8 }, \
	[CHIMNEY_A_CONNECTION_TOS] = { .type = NLA_U8 }, \
	[CHIMNEY_A_CONNECTION_PRIO] = PRIO

static const struct nla_policy new_conn[CHIMNEY_A_CONNECTION_MAX + 1] = {
	[CHIMNEY_A_CONNECTION_SPORT] = { .type = NLA_U16 },
	[CHIMNEY_A_CONNECTION_DPORT] = { .type = NLA_U16 },
	[CHIMNEY_A_CONNECTION_TIMESTAMPS] = SWITCH,
	[CHIMNEY_A_CONNECTION_SACK] = SWITCH,
	[CHIMNEY_A_CONNECTION_WSCALE] = SWITCH,
	[CHIMNEY_A_CONNECTION_SND_WSCALE] = WSCALE,
	[CHIMNEY_A_CONNECTION_RCV_WSCALE] = WSCALE,
	[CHIMNEY_A_CONNECTION_REMOTE_MSS] = { .type = NLA_U16 },
	[CHIMNEY_A_CONNECTION_HASH] = { .type = NLA_U32 },
	CACHED_CONN,
	[CHIMNEY_A_CONNECTION_STATE] =
		NLA_POLICY_MAX(NLA_U32, CHIMNEY_TCP_STATE_TIME_WAIT),
	[CHIMNEY_A_CONNECTION_RCV_NXT] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_RCV_WND] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_SND_UNA] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_SND_NXT] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_SND_MAX] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_SND_WND] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_MAX_SND_WND] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_SND_WL1] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_CWND] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_SSTHRESH] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_SRTT] = { .type = NLA_U16 },
	[CHIMNEY_A_CONNECTION_RTTVAR] = { .type = NLA_U16 },
	[CHIMNEY_A_CONNECTION_TS_RECENT] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_TS_RECENT_AGE] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_TS_TIME] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_TOTAL_RT] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_DUP_ACKS] = { .type = NLA_U8 },
	[CHIMNEY_A_CONNECTION_WND_PROBES] = { .type = NLA_U8 },
	[CHIMNEY_A_CONNECTION_KA_PROBE_COUNT] = { .type = NLA_U8 },
	[CHIMNEY_A_CONNECTION_KA_LEFT] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_RT_COUNT] = { .type = NLA_U8 },
	[CHIMNEY_A_CONNECTION_RT_LEFT] = { .type = NLA_U32 },
	[CHIMNEY_A_CONNECTION_DWND] = { .type = NLA_U32 },
};

static const struct nla_policy cached_neigh[CHIMNEY_A_NEIGHBOR_MAX + 1] = {
	[CHIMNEY_A_NEIGHBOR_LLADDR] = NLA_POLICY_ETH_ADDR,
	[CHIMNEY_A_NEIGHBOR_HRD] = { .type = NLA_U32 },
};

static const struct nla_policy cached_path[CHIMNEY_A_PATH_MAX + 1] = {
	[CHIMNEY_A_PATH_MTU] = { .type = NLA_U32 },
};

static const struct nla_policy cached_conn[CHIMNEY_A_CONNECTION_MAX + 1] = {
	CACHED_CONN,
	[CHIMNEY_A_CONNECTION_KA_RESTART] = { .type = NLA_FLAG },
	[CHIMNEY_A_CONNECTION_MAX_RT_RESTART] = { .type = NLA_FLAG },
};

const struct nla_policy * const chim_ctl_new_policies[] = {
	[CHIM_NEIGH] = new_neigh,
	[CHIM_PATH] = new_path,
	[CHIM_CONN] = new_conn,
};

const struct nla_policy * const chim_ctl_cached_policies[] = {
	[CHIM_NEIGH] = cached_neigh,
	[CHIM_PATH] = cached_path,
	[CHIM_CONN] = cached_conn,
};

const struct nla_policy chim_ctl_initiate_policy[CHIMNEY_A_OBJECT_MAX + 1] = {
	[CHIMNEY_A_OBJECT_BELOW] = { .type = NLA_U64 },
	[CHIMNEY_A_OBJECT_NEIGHBOR] = NLA_POLICY_NESTED(new_neigh),
	[CHIMNEY_A_OBJECT_PATH] = NLA_POLICY_NESTED(new_path),
	[CHIMNEY_A_OBJECT_CONNECTION] = NLA_POLICY_NESTED(new_conn),
};

const struct nla_policy chim_ctl_update_policy[CHIMNEY_A_OBJECT_MAX + 1] = {
	[CHIMNEY_A_OBJECT_HANDLE] = { .type = NLA_U64 },
	[CHIMNEY_A_OBJECT_NEIGHBOR] = NLA_POLICY_NESTED(cached_neigh),
	[CHIMNEY_A_OBJECT_PATH] = NLA_POLICY_NESTED(cached_path),
	[CHIMNEY_A_OBJECT_CONNECTION] = NLA_POLICY_NESTED(cached_conn),
};

const struct nla_policy chim_ctl_relink_policy[CHIMNEY_A_OBJECT_MAX + 1] = {
	[CHIMNEY_A_OBJECT_HANDLE] = { .type = NLA_U64 },
	[CHIMNEY_A_OBJECT_PATH] = NLA_POLICY_NESTED(cached_path),
};

const struct nla_policy
chim_ctl_adapter_name[CHIMNEY_A_ADAPTER_IFINDEX + 1] = {
	[CHIMNEY_A_ADAPTER_IFINDEX] = IFINDEX,
};

/* One policy serves all requests that name a device and no more. */
static_assert(CHIMNEY_A_ADAPTER_IFINDEX == (int)CHIMNEY_A_STATS_IFINDEX);
static_assert(CHIMNEY_A_ADAPTER_IFINDEX == (int)CHIMNEY_A_OPERATION_IFINDEX);

const struct nla_policy chim_ctl_adapter_add[CHIMNEY_A_ADAPTER_MAX + 1] = {
	[CHIMNEY_A_ADAPTER_IFINDEX] = IFINDEX,
	[CHIMNEY_A_ADAPTER_LIMITS] = NLA_POLICY_NESTED(chim_ctl_limits_policy),
	[CHIMNEY_A_ADAPTER_VLAN] =
		NLA_POLICY_RANGE(NLA_U16, 1, VLAN_VID_MASK - 1),
	[CHIMNEY_A_ADAPTER_TICKS_MS] = SWITCH,
};

const struct nla_policy chim_ctl_adapter_set[CHIMNEY_A_ADAPTER_MAX + 1] = {
	[CHIMNEY_A_ADAPTER_IFINDEX] = IFINDEX,
	[CHIMNEY_A_ADAPTER_LIMITS] = NLA_POLICY_NESTED(chim_ctl_limits_policy),
	[CHIMNEY_A_ADAPTER_PARAMS] = NLA_POLICY_NESTED(chim_ctl_params_policy),
	[CHIMNEY_A_ADAPTER_SETTINGS] =
		NLA_POLICY_NESTED(chim_ctl_settings_policy),
};

const struct nla_policy chim_ctl_adapter_resume[CHIMNEY_A_ADAPTER_MAX + 1] = {
	[CHIMNEY_A_ADAPTER_IFINDEX] = IFINDEX,
	[CHIMNEY_A_ADAPTER_CAPACITY] = COUNT,
};

const struct nla_policy
chim_ctl_object_handles[CHIMNEY_A_OPERATION_MAX + 1] = {
	[CHIMNEY_A_OPERATION_IFINDEX] = IFINDEX,
	[CHIMNEY_A_OPERATION_HANDLE] = { .type = NLA_U64 },
};

const struct nla_policy
chim_ctl_object_initiate[CHIMNEY_A_OPERATION_MAX + 1] = {
	[CHIMNEY_A_OPERATION_IFINDEX] = IFINDEX,
	[CHIMNEY_A_OPERATION_OBJECT] =
		NLA_POLICY_NESTED(chim_ctl_initiate_policy),
};

const struct nla_policy chim_ctl_object_update[CHIMNEY_A_OPERATION_MAX + 1] = {
	[CHIMNEY_A_OPERATION_IFINDEX] = IFINDEX,
	[CHIMNEY_A_OPERATION_OBJECT] = NLA_POLICY_NESTED(chim_ctl_update_policy),
};

const struct nla_policy chim_ctl_path_relink[CHIMNEY_A_OPERATION_MAX + 1] = {
	[CHIMNEY_A_OPERATION_IFINDEX] = IFINDEX,
	[CHIMNEY_A_OPERATION_NEIGHBOR] = { .type = NLA_U64 },
	[CHIMNEY_A_OPERATION_OBJECT] = NLA_POLICY_NESTED(chim_ctl_relink_policy),
};
