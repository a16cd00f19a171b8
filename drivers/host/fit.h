/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_FIT_H
#define _CHIM_HOST_FIT_H

#include "host/why.h"

#include <linux/if_ether.h>
#include <linux/in6.h>

struct sk_buff;
struct sock;

/* There are no more in a tag. */
#define CHIM_HOST_PRIORITY_MAX	7

/**
 * struct chim_host_hop - where frames of a socket go
 * @ifindex: by which device
 * @mtu: of the path
 * @routes: what chim_host_routes() was before
 * @family: of the next hop, 4 or 6; 0 if it is not known
 * @addr: the next hop
 * @mac: its address on the link
 */
struct chim_host_hop {
	int ifindex;
	u32 mtu;
	u32 routes;
	u32 family;
	struct in6_addr addr;
	u8 mac[ETH_ALEN];
};

/**
 * struct chim_host_seen - what is kept of a hop, to see that the next one is another
 * @mtu: of the path
 * @routes: what chim_host_routes() was before
 * @digest: of the address of the next hop
 */
struct chim_host_seen {
	u32 mtu;
	u32 routes;
	u32 digest;
};

enum chim_host_why chim_host_fit_kind(const struct sock *sk);
enum chim_host_why chim_host_fit(struct sock *sk);
enum chim_host_why chim_host_fit_options(const struct sock *sk);
enum chim_host_why chim_host_fit_now(const struct sock *sk);
bool chim_host_stamped(const struct sk_buff *skb);
bool chim_host_unfit_data(const struct sock *sk, struct sk_buff *skb);
u32 chim_host_hop_digest(const struct chim_host_hop *hop);
u32 chim_host_routes(const struct sock *sk);
enum chim_host_why chim_host_route(struct sock *sk, struct chim_host_hop *hop);
enum chim_host_why chim_host_hop(struct sock *sk, struct chim_host_hop *hop);

#endif /* _CHIM_HOST_FIT_H */
