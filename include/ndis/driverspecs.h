/* SPDX-License-Identifier: GPL-2.0 */
/* The other name under which some sources include the older annotations. */
#ifndef _NDIS_DRIVERSPECS_H
#define _NDIS_DRIVERSPECS_H

#include "specstrings.h"

#endif /* _NDIS_DRIVERSPECS_H */
