/* SPDX-License-Identifier: GPL-2.0 */
/* Completions: from miniports to protocols. */
#ifndef CHIMN_COMPLETE_H
#define CHIMN_COMPLETE_H

#include "ndis_shim/binding.h"
#include "ndis_shim/verb.h"

void chimn_complete_tree(struct chimn_binding *binding,
			 PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree,
			 enum chimn_verb verb);
void chimn_complete_list(struct chimn_binding *binding, PNET_BUFFER_LIST list,
			 enum chimn_io io, NDIS_STATUS status);
void chimn_completed(NDIS_HANDLE miniport, PNET_BUFFER_LIST list,
		     enum chimn_io io, const char *who);

#endif /* CHIMN_COMPLETE_H */
