/* SPDX-License-Identifier: GPL-2.0 */
/* What the boundary offers to the rest of the module. */
#ifndef CHIM_NDIS_ATTACH_H
#define CHIM_NDIS_ATTACH_H

#include "adapter.h"

struct chim_attach;

const struct chim_owner *chim_owner_next(struct chim_adapter *adapter,
					 const struct chim_owner *after)
	__must_hold(RCU);
const char *chim_owner_name(const struct chim_owner *owner);
bool chim_attach_owns(const struct chim_attach *attach,
		      const struct chim_obj *obj);

void chim_miniport_take(struct chim_adapter *adapter, struct chim_req *req);
void chim_miniport_pause(struct chim_adapter *adapter, bool pause,
			 u32 capacity);
void chim_miniport_upload_all(struct chim_adapter *adapter);

#endif /* CHIM_NDIS_ATTACH_H */
