/* SPDX-License-Identifier: GPL-2.0 */
/* The example intermediate driver, as part of the tests. */
#ifndef CHIM_KUNIT_NDIS_IM_H
#define CHIM_KUNIT_NDIS_IM_H

#include <ndischimney.h>

#include <linux/types.h>

bool im_load(void);
void im_unload(void);
/* Whether it allows offloading; to be set before it is loaded. */
void im_allow(bool allow);
/* From what a driver above knows an object by to what the one below does. */
PVOID im_context(PVOID context);

#endif /* CHIM_KUNIT_NDIS_IM_H */
