/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_WRITE_H
#define _CHIM_HOST_WRITE_H

#include <linux/types.h>

struct msghdr;
struct sk_buff;
struct sock;

struct sk_buff *chim_host_skb(struct sock *sk, u32 linear, u32 more, gfp_t gfp);
struct sk_buff *chim_host_split(struct sock *sk, struct sk_buff *skb, u32 len,
				gfp_t gfp);
int chim_host_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);

#endif /* _CHIM_HOST_WRITE_H */
