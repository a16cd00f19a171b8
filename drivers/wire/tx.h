/* SPDX-License-Identifier: GPL-2.0 */
/* Segments out: headers from connection, path and neighbor. */
#ifndef CHIM_WIRE_TX_H
#define CHIM_WIRE_TX_H

#include "adapter.h"
#include "state/conn.h"

struct sk_buff *chim_tx_alloc(struct chim_adapter *adapter);
void chim_tx_ack(struct chim_adapter *adapter, struct chim_conn *conn,
		 struct sk_buff *skb);

#endif /* CHIM_WIRE_TX_H */
