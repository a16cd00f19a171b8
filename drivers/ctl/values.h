/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The variables of an object as control handles them: between netlink
 * attributes, NDIS state structures and the target's own objects.
 */
#ifndef CHIM_CTL_VALUES_H
#define CHIM_CTL_VALUES_H

#include "state/object.h"
#include "state/values.h"

#include <linux/chimney.h>
#include <net/netlink.h>

/* Which variables; the order is that in memory. */
#define CHIM_CTL_CONST		0x01
#define CHIM_CTL_CACHED		0x02
#define CHIM_CTL_DELEG		0x04
#define CHIM_CTL_ALL		0x07
/* Of the delegated ones, the state of a connection. */
#define CHIM_CTL_STATE		0x08
/* Sequence numbers and timestamps let who knows them forge segments. */
#define CHIM_CTL_PUBLIC \
	(CHIM_CTL_CONST | CHIM_CTL_CACHED | CHIM_CTL_STATE)

/**
 * struct chim_ctl_values - variables of one object
 * @layer: which member of the union counts
 * @family: of a path, AF_INET or AF_INET6
 * @lladdr: destination MAC address
 * @src: source MAC address, zero for the interface's own
 * @vlan: VLAN identifier
 * @hrd: HostReachabilityDelta, ticks
 * @nrd: NicReachabilityDelta, ticks
 * @local: source address
 * @remote: destination address
 * @mtu: path MTU, bytes
 * @conn: values of a connection by CHIMNEY_A_CONNECTION_*; ports in network
 *	order, switches and commands 0 or 1
 * @window: InitialRcvWnd was given
 */
struct chim_ctl_values {
	u8 layer;
	u8 family;
	union {
		struct {
			u8 lladdr[ETH_ALEN];
			u8 src[ETH_ALEN];
			u16 vlan;
			u32 hrd;
			u32 nrd;
		};
		struct {
			union chim_addr local;
			union chim_addr remote;
			u32 mtu;
		};
		struct {
			u32 conn[CHIMNEY_A_CONNECTION_MAX + 1];
			bool window;
		};
	};
};

/**
 * struct chim_ctl_field - a variable of a connection
 * @size: bytes, on netlink as in NDIS; 0 for a command
 * @part: CHIM_CTL_* it belongs to
 * @ndis: where it is in the NDIS structure of its part
 * @own: where it is in the target's values of its part
 * @own_size: bytes there; 0 for what is only bits of a member
 */
struct chim_ctl_field {
	u8 size;
	u8 part;
	u8 ndis;
	u8 own;
	u8 own_size;
};

extern const struct chim_ctl_field
	chim_ctl_fields[CHIMNEY_A_CONNECTION_MAX + 1];

u32 chim_ctl_load(const void *from, size_t offset, size_t size);
void chim_ctl_store(void *to, size_t offset, size_t size, u32 value);

void chim_ctl_values_start(struct chim_ctl_values *v, u8 layer);
int chim_ctl_values_parse(struct chim_ctl_values *v, const struct nlattr *nest,
			  const struct nla_policy *policy,
			  struct netlink_ext_ack *extack);
int chim_ctl_values_put(struct sk_buff *skb, const struct chim_ctl_values *v,
			u8 parts);
void chim_ctl_values_read(struct chim_ctl_values *v, struct chim_obj *obj,
			  u32 now) __must_hold(RCU);

#endif /* CHIM_CTL_VALUES_H */
