/* SPDX-License-Identifier: GPL-2.0 */
/* MDLs: descriptions of kernel memory, page by page. */
#ifndef CHIMN_MDL_H
#define CHIMN_MDL_H

#include <ndis.h>

#include <linux/types.h>

size_t chimn_mdl_size(const void *va, size_t length);
void chimn_mdl_init(PMDL mdl, void *va, u32 length);
PMDL chimn_mdl_alloc_data(u32 length);
void *chimn_mdl_look(PMDL mdl, u32 offset, u32 bytes);
bool chimn_mdl_copy(PMDL mdl, u32 offset, u8 *to, u32 bytes);
void chimn_mdl_teardown(void);

#endif /* CHIMN_MDL_H */
