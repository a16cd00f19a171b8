/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_FIT_H
#define _CHIM_HOST_FIT_H

#include "host/why.h"

#include <linux/if_ether.h>

struct chim_host_tuple;
struct sock;

/* Where frames of a socket go. */
struct chim_host_hop {
	int ifindex;
	u32 mtu;
	u8 mac[ETH_ALEN];
};

enum chim_host_why chim_host_fit(struct sock *sk);
enum chim_host_why chim_host_fit_now(const struct sock *sk);
enum chim_host_why chim_host_hop(struct sock *sk,
				 const struct chim_host_tuple *tuple,
				 struct chim_host_hop *hop);

#endif /* _CHIM_HOST_FIT_H */
