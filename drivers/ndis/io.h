/* SPDX-License-Identifier: GPL-2.0 */
/* I/O requests: the five handlers, and the completions. */
#ifndef CHIM_NDIS_IO_H
#define CHIM_NDIS_IO_H

#include "ndis/binding.h"
#include "state/service.h"

extern const NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS
	chim_provider_tcp;

void chim_io_take(struct chim_binding *binding, struct chim_req *req);

void chim_io_unpack(struct llist_node *node, struct chim_io_item *item);
bool chim_io_segment(struct chim_io_item *item);
void chim_io_sent(struct chim_conn *conn, struct chim_sreq *sends);
void chim_io_received(struct chim_conn *conn, struct chim_rreq *reqs);
void chim_io_judge(struct chim_conn *conn, struct llist_node *node,
		   enum chim_end why);
void chim_io_forwarded(struct chim_conn *conn, struct llist_node *node);

#endif /* CHIM_NDIS_IO_H */
