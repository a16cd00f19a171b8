/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_REACH_H
#define _CHIM_HOST_REACH_H

#include <chimney/target.h>

#include <linux/if_ether.h>

struct chim_host_bind;
struct chim_host_conn;
struct chim_host_neigh;

/* How a neighbor stands in the kernel's table. */
enum chim_host_known {
	CHIM_HOST_KNOWN,	/* it has an address */
	CHIM_HOST_UNRESOLVED,	/* it is being asked for it */
	CHIM_HOST_FAILED,	/* it does not answer */
};

/**
 * struct chim_host_reach - what the table says of a neighbor
 * @mac: its address
 * @hrd: ticks since it was known to be reachable
 * @answered: that is an answer to the target's last query
 */
struct chim_host_reach {
	u8 mac[ETH_ALEN];
	u32 hrd;
	bool answered;
};

enum chim_host_known chim_host_reach_read(const struct chim_host_bind *bind,
					  const struct chim_host_neigh *neigh,
					  struct chim_host_reach *reach);
void chim_host_reach_query(const struct chim_host_bind *bind,
			   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree);
void chim_host_reach_confirm(struct chim_host_conn *conn);

#endif /* _CHIM_HOST_REACH_H */
