/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_HOLD_H
#define _CHIM_HOST_HOLD_H

#include <linux/skbuff.h>
#include <linux/types.h>

struct chim_host_conn;
struct chim_host_tuple;
struct net;
struct sock;

/**
 * struct chim_host_held - segments kept from the host's TCP, on the stack of the one
 * that moves their connection
 * @queue: what waits; the socket's spinlock covers it
 * @okfn: where they would go on in the host's IP, the same for all of a family
 */
struct chim_host_held {
	struct sk_buff_head queue;
	int (*okfn)(struct net *net, struct sock *sk, struct sk_buff *skb);
};

/**
 * struct chim_host_way_in - by which device a packet has come
 * @dif: the device, or the VRF that it belongs to
 * @sdif: the device, if it belongs to a VRF
 */
struct chim_host_way_in {
	int dif;
	int sdif;
};

int chim_host_hold(struct chim_host_conn *conn, struct chim_host_held *held);
void chim_host_hold_again(struct chim_host_conn *conn,
			  struct chim_host_held *held);
void chim_host_pass_on(struct chim_host_conn *conn);
void chim_host_unhold(struct chim_host_conn *conn);
struct sock *chim_host_hold_find(const struct chim_host_tuple *tuple,
				 const struct chim_host_way_in *in);
void chim_host_hold_todo(const struct sock *sk, int bit);
int chim_host_hold_init(void);
void chim_host_hold_exit(void);

#endif /* _CHIM_HOST_HOLD_H */
