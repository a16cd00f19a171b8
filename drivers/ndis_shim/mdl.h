/* SPDX-License-Identifier: GPL-2.0 */
/* MDLs: descriptions of kernel memory, page by page. */
#ifndef CHIMN_MDL_H
#define CHIMN_MDL_H

#include <ndis.h>

size_t chimn_mdl_size(const void *va, size_t length);
void chimn_mdl_init(PMDL mdl, void *va, u32 length);
PMDL chimn_mdl_alloc_data(u32 length);

#endif /* CHIMN_MDL_H */
