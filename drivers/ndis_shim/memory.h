/* SPDX-License-Identifier: GPL-2.0 */
/* Memory as drivers expect it. */
#ifndef CHIMN_MEMORY_H
#define CHIMN_MEMORY_H

#include <linux/types.h>

void *chimn_alloc(size_t bytes);

#endif /* CHIMN_MEMORY_H */
