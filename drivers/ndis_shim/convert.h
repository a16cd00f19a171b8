/* SPDX-License-Identifier: GPL-2.0 */
/* Block lists: protocol form to miniport form and back, in place. */
#ifndef CHIMN_CONVERT_H
#define CHIMN_CONVERT_H

#include "ndis_shim/binding.h"
#include "ndis_shim/verb.h"

void chimn_convert_setup(void);
PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST
chimn_convert_down(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree,
		   struct chimn_binding *binding, enum chimn_verb verb);
PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST
chimn_convert_up(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree,
		 struct chimn_binding *binding, enum chimn_verb verb);
void chimn_convert_refuse(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree,
			  NDIS_STATUS status);

#endif /* CHIMN_CONVERT_H */
