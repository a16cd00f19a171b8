/* SPDX-License-Identifier: GPL-2.0 */
/* Indications: from miniports to protocols. */
#ifndef CHIMN_INDICATE_H
#define CHIMN_INDICATE_H

#include <ndischimney.h>

extern NDIS_TCP_OFFLOAD_EVENT_HANDLERS chimn_event_handlers;

NDIS_STATUS chimn_offload_handlers(NDIS_HANDLE miniport,
				   NDIS_CHIMNEY_OFFLOAD_TYPE type,
				   PNDIS_OFFLOAD_EVENT_HANDLERS *out,
				   PNDIS_TCP_OFFLOAD_EVENT_HANDLERS handlers);

void chimn_indicate_missed(NDIS_HANDLE handle);

#endif /* CHIMN_INDICATE_H */
