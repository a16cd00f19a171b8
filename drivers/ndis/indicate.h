/* SPDX-License-Identifier: GPL-2.0 */
/* Event and status indications to a client. */
#ifndef CHIM_NDIS_INDICATE_H
#define CHIM_NDIS_INDICATE_H

#include "ndis/binding.h"
#include "tcp/deliver.h"

struct chim_conn;
struct chim_neigh;

void chim_indicate_corrupt(struct chim_binding *binding,
			   struct chim_conn *conn);
void chim_indicate_event(struct chim_conn *conn, enum chim_call_kind kind,
			 u32 info);
void chim_indicate_stale(struct chim_conn *conn, struct chim_neigh *neigh,
			 bool doubt);
void chim_indicate_status(struct chim_binding *binding, NDIS_STATUS code,
			  PVOID buffer, ULONG size);
void chim_indicate_news(struct chim_adapter *adapter, unsigned long news);
void chim_indicate_all(struct chim_adapter *adapter, NDIS_STATUS code,
		       PVOID buffer, ULONG size);

#endif /* CHIM_NDIS_INDICATE_H */
