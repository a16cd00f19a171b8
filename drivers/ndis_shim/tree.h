/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trees that are outstanding: which block lists drivers below have, as roots of
 * operations, and for how many layers.
 */
#ifndef CHIMN_TREE_H
#define CHIMN_TREE_H

#include "ndis_shim/binding.h"
#include "ndis_shim/verb.h"

bool chimn_tree_begin(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree,
		      struct chimn_binding *binding, enum chimn_verb verb,
		      const char *who);
struct chimn_binding *chimn_tree_end(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree,
				     NDIS_HANDLE miniport, enum chimn_verb verb,
				     const char *who);

#endif /* CHIMN_TREE_H */
