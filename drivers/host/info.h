/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_INFO_H
#define _CHIM_HOST_INFO_H

#include <chimney/target.h>

#include <linux/types.h>

struct chim_host_conn;
struct sk_buff;
struct sock;
struct tcp_chimney_info;

void chim_host_info_mirror(struct sock *sk,
			   const TCP_OFFLOAD_STATE_DELEGATED *d);
bool chim_host_info_renew(struct chim_host_conn *conn,
			  TCP_OFFLOAD_STATE_DELEGATED *d);
bool chim_host_info_ask(struct chim_host_conn *conn,
			TCP_OFFLOAD_STATE_DELEGATED *d);
int chim_host_info_get(struct chim_host_conn *conn, char __user *optval,
		       int __user *optlen);
void chim_host_info_standing(const struct chim_host_conn *conn,
			     struct tcp_chimney_info *info);
int chim_host_info_put(struct sock *sk, struct sk_buff *skb);
size_t chim_host_info_size(const struct sock *sk);

#endif /* _CHIM_HOST_INFO_H */
