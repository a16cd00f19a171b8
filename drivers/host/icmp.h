/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_ICMP_H
#define _CHIM_HOST_ICMP_H

struct net;

int chim_host_icmp_get(struct net *net);
void chim_host_icmp_put(struct net *net);

#endif /* _CHIM_HOST_ICMP_H */
