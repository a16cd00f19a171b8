/* SPDX-License-Identifier: GPL-2.0 */
/* OID requests: capabilities, parameters, power. */
#ifndef CHIM_NDIS_OID_H
#define CHIM_NDIS_OID_H

#include "ndis/binding.h"

void chim_oid_take(struct chim_binding *binding, struct chim_req *req);
void chim_oid_poll(struct chim_binding *binding);
void chim_oid_abandon(struct chim_binding *binding);
void chim_oid_capabilities(const struct chim_adapter *adapter,
			   PNDIS_TCP_CONNECTION_OFFLOAD c);

#endif /* CHIM_NDIS_OID_H */
