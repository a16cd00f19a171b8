/* SPDX-License-Identifier: GPL-2.0 */
/* Segments in: at the ingress hook of a network device. */
#ifndef CHIM_WIRE_RX_H
#define CHIM_WIRE_RX_H

struct chim_adapter;
struct net_device;

int chim_ingress_add(struct chim_adapter *adapter, struct net_device *dev);
void chim_ingress_del(struct chim_adapter *adapter);

#endif /* CHIM_WIRE_RX_H */
