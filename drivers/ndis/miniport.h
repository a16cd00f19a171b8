/* SPDX-License-Identifier: GPL-2.0 */
/* The state handlers of the target, as a miniport driver registers them. */
#ifndef CHIM_NDIS_MINIPORT_H
#define CHIM_NDIS_MINIPORT_H

#include "ndis/binding.h"

extern const NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS
	chim_provider_generic;

/* Tag of a request that is a buffer list. */
#define CHIM_TAG_IO	(CHIM_TAG_CALL + 1)
/* Tag of a request that is an OID request. */
#define CHIM_TAG_OID	(CHIM_TAG_CALL + 2)

void chim_miniport_unpark(struct chim_adapter *adapter,
			  struct chim_binding *binding);

#endif /* CHIM_NDIS_MINIPORT_H */
