/* SPDX-License-Identifier: GPL-2.0 */
/* The data of a NET_BUFFER. */
#ifndef CHIMN_BUFFER_H
#define CHIMN_BUFFER_H

#include <ndis.h>

#include <linux/types.h>

void chimn_buffer_init(PNET_BUFFER nb, PMDL chain, u32 offset, u32 length);
NDIS_STATUS chimn_buffer_retreat(bool ms, PNET_BUFFER nb, u32 delta,
				 u32 backfill,
				 NET_BUFFER_ALLOCATE_MDL_HANDLER handler);
void chimn_buffer_advance(bool ms, PNET_BUFFER nb, u32 delta, bool free,
			  NET_BUFFER_FREE_MDL_HANDLER handler);

#endif /* CHIMN_BUFFER_H */
