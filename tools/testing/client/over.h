/* SPDX-License-Identifier: GPL-2.0 */
/*
 * chim_attach() and what belongs to it, with chimney_ndis and intermediate drivers
 * between the client and the target. A client of this has room for two pointers in
 * front of each location of a context: an NDIS_OFFLOAD_HANDLE is made of the second
 * and the location, and what the client knows the object by is kept in the first.
 */
#ifndef CHIMC_OVER_H
#define CHIMC_OVER_H

#include <chimney/target.h>

int chimc_over_attach(struct net *net, int ifindex, unsigned int depth,
		      struct chim_attach *attach);
void chimc_over_detach(struct chim_attach *attach);
NDIS_STATUS chimc_over_oid_request(NDIS_HANDLE context,
				   PNDIS_OID_REQUEST request);

#endif /* CHIMC_OVER_H */
