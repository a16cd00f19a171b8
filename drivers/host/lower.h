/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_LOWER_H
#define _CHIM_HOST_LOWER_H

#include <chimney/target.h>

#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/list.h>

struct chim_host_bind;
struct chim_host_tuple;

/* A next hop, as long as a path of ours is linked to it. */
struct chim_host_neigh {
	struct list_head node;
	unsigned int refs;
	PVOID context;
	u8 mac[ETH_ALEN];
};

/* A path, as long as a connection of ours is on it. */
struct chim_host_path {
	struct list_head node;
	unsigned int refs;
	PVOID context;
	struct chim_host_neigh *neigh;
	u32 family;
	u32 mtu;
	struct in6_addr local;
	struct in6_addr remote;
};

struct chim_host_path *chim_host_path_get(struct chim_host_bind *bind,
					  const struct chim_host_tuple *tuple,
					  const u8 *mac, u32 mtu);
void chim_host_path_put(struct chim_host_bind *bind,
			struct chim_host_path *path);

#endif /* _CHIM_HOST_LOWER_H */
