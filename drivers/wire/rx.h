/* SPDX-License-Identifier: GPL-2.0 */
/* Segments in: at the ingress hook of a network device. */
#ifndef CHIM_WIRE_RX_H
#define CHIM_WIRE_RX_H

#include "state/service.h"

struct chim_adapter;
struct net_device;
struct sk_buff;

int chim_ingress_add(struct chim_adapter *adapter, struct net_device *dev);
void chim_ingress_del(struct chim_adapter *adapter);
void chim_rx_pass_up(struct chim_conn *conn, struct sk_buff *skb)
	__must_hold(RCU);

#if IS_ENABLED(CONFIG_CHIMNEY_KUNIT_TEST)
/* Where segments go; tests put themselves in place of the engine. */
extern enum chim_verdict (*chim_ingress_sink)(struct chim_conn *conn,
					      struct chim_seg *seg);
#endif

#endif /* CHIM_WIRE_RX_H */
