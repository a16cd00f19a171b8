/* SPDX-License-Identifier: GPL-2.0 */
/* The handlers of the target, as a miniport driver registers them. */
#ifndef CHIM_NDIS_MINIPORT_H
#define CHIM_NDIS_MINIPORT_H

#include "ndis/binding.h"

extern const NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS
	chim_provider_generic;
extern const NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS
	chim_provider_tcp;

/* Tag of a request that is a buffer list, and what is asked (its Scratch). */
#define CHIM_TAG_IO	(CHIM_TAG_CALL + 1)
/* Tag of a request that is an OID request. */
#define CHIM_TAG_OID	(CHIM_TAG_CALL + 2)

enum chim_io {
	CHIM_IO_SEND,
	CHIM_IO_RECEIVE,
	CHIM_IO_DISCONNECT,
	CHIM_IO_FORWARD,
};

void chim_miniport_return(const struct chim_binding *binding,
			  PNET_BUFFER_LIST list, enum chim_io io,
			  NDIS_STATUS status);
void chim_miniport_unpark(struct chim_adapter *adapter,
			  struct chim_binding *binding);

#endif /* CHIM_NDIS_MINIPORT_H */
