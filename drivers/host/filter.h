/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_FILTER_H
#define _CHIM_HOST_FILTER_H

#include "host/why.h"

struct net;
struct sock;

enum chim_host_why chim_host_filter(struct sock *sk);
void chim_host_filter_get(struct net *net);
void chim_host_filter_put(struct net *net);
int chim_host_filter_init(void);
void chim_host_filter_exit(void);

#endif /* _CHIM_HOST_FILTER_H */
