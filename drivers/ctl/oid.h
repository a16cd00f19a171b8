/* SPDX-License-Identifier: GPL-2.0 */
/* OID requests that control makes of the target, and waits for. */
#ifndef CHIM_CTL_OID_H
#define CHIM_CTL_OID_H

#include "ctl/client.h"

VOID chim_ctl_oid_complete(NDIS_HANDLE MiniportAdapterHandle,
			   PNDIS_OID_REQUEST OidRequest, NDIS_STATUS Status);
int chim_ctl_oid_enable(struct chim_ctl_client *client);
int chim_ctl_oid_get_params(struct chim_ctl_client *client,
			    PNDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS params);
int chim_ctl_oid_set_params(struct chim_ctl_client *client,
			    const NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS *params);

#endif /* CHIM_CTL_OID_H */
