/* SPDX-License-Identifier: GPL-2.0 */
/* The name under which some sources include the annotations. */
#ifndef _NDIS_SAL_H
#define _NDIS_SAL_H

#include "ndisannotation.h"

#endif /* _NDIS_SAL_H */
