/* SPDX-License-Identifier: GPL-2.0 */
/* Memory for bytes that are copied into frames. */
#ifndef CHIM_NDIS_BOUNCE_H
#define CHIM_NDIS_BOUNCE_H

#include <linux/types.h>

struct page;

struct page *chim_bounce_get(u32 *off, u32 *room);
void chim_bounce_used(u32 bytes);
int chim_bounce_setup(void);
void chim_bounce_teardown(void);

#endif /* CHIM_NDIS_BOUNCE_H */
