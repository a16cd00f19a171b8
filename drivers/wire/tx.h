/* SPDX-License-Identifier: GPL-2.0 */
/* Segments out: headers from connection, path and neighbor. */
#ifndef CHIM_WIRE_TX_H
#define CHIM_WIRE_TX_H

#include <linux/types.h>

struct chim_conn;
struct chim_frame;
struct net_device;
struct sk_buff;

struct sk_buff *chim_tx_build(struct chim_conn *conn,
			      const struct chim_frame *frame, int *taken);
void chim_tx_xmit(struct chim_conn *conn, struct sk_buff *skb);
u32 chim_tx_burst(const struct net_device *dev);

#endif /* CHIM_WIRE_TX_H */
