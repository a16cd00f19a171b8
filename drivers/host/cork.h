/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_CORK_H
#define _CHIM_HOST_CORK_H

#include <linux/types.h>

struct chim_host_conn;
struct sk_buff;
struct sock;

bool chim_host_held_back(const struct chim_host_conn *conn,
			 const struct sk_buff *skb);
bool chim_host_cork_holds(struct chim_host_conn *conn, struct sk_buff *skb);
bool chim_host_cork_waits(const struct chim_host_conn *conn);
void chim_host_cork_watch(struct chim_host_conn *conn, bool held);
void chim_host_cork_stop(struct chim_host_conn *conn);
void chim_host_cork_acked(struct chim_host_conn *conn);
void chim_host_uncork(struct sock *sk);

#endif /* _CHIM_HOST_CORK_H */
