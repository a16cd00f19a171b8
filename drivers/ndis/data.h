/* SPDX-License-Identifier: GPL-2.0 */
/* Data between the host's buffers and skbs, either way. */
#ifndef CHIM_NDIS_DATA_H
#define CHIM_NDIS_DATA_H

#include "state/service.h"
#include "tcp/tcb.h"

#include <ndisnbl.h>

#include <linux/gfp.h>

int chim_data_fill(struct sk_buff *skb, const struct chim_sreq *req, u32 off,
		   u32 len, enum chim_fill how);
struct sk_buff *chim_data_lend(const struct chim_conn *conn,
			       const struct chim_sreq *req, u32 len);
void chim_data_copy(struct chim_rreq *req, u32 at, const struct sk_buff *skb,
		    u32 off, u32 len);
struct sk_buff *chim_data_gather(const NET_BUFFER_LIST *list, u32 len,
				 gfp_t gfp);

#endif /* CHIM_NDIS_DATA_H */
