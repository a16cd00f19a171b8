/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_RECV_H
#define _CHIM_HOST_RECV_H

#include <chimney/target.h>

struct chim_host_conn;

bool chim_host_take_skbs(NDIS_HANDLE object, struct sk_buff *skbs, u32 bytes);
NDIS_STATUS chim_host_indicate(NDIS_HANDLE object, PNET_BUFFER_LIST list,
			       NDIS_STATUS status, PULONG consumed);
VOID chim_host_event(NDIS_HANDLE object, ULONG type, ULONG info);
void chim_host_kick(struct chim_host_conn *conn);
void chim_host_take(struct chim_host_conn *conn);
bool chim_host_lift_due(const struct chim_host_conn *conn);
void chim_host_lift(struct chim_host_conn *conn);
void chim_host_take_buffered(struct chim_host_conn *conn,
			     PNET_BUFFER_LIST list);
void chim_host_take_fin(struct chim_host_conn *conn);

#endif /* _CHIM_HOST_RECV_H */
