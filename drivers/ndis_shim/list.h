/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buffer lists that are outstanding: which of them drivers below have, and for
 * how many layers.
 */
#ifndef CHIMN_LIST_H
#define CHIMN_LIST_H

#include "ndis_shim/binding.h"
#include "ndis_shim/verb.h"

void chimn_list_setup(void);
unsigned int chimn_list_begin(PNET_BUFFER_LIST list,
			      struct chimn_binding *binding, enum chimn_io io,
			      const char *who);
bool chimn_list_end(PNET_BUFFER_LIST nbl, enum chimn_io io, const char *who);
unsigned int chimn_list_forget(PNET_BUFFER_LIST list);
struct chimn_binding *chimn_list_binding(const NET_BUFFER_LIST *nbl,
					 NDIS_HANDLE miniport);

#endif /* CHIMN_LIST_H */
