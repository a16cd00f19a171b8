/* SPDX-License-Identifier: GPL-2.0 */
/* The usual name for the chimney: trees, states, handlers, on top of NDIS. */
#ifndef _NDIS_NDISCHIMNEY_H
#define _NDIS_NDISCHIMNEY_H

#include "ndis.h"
#include "ndisstate.h"
#include "ndisblock.h"
#include "ndishandler.h"

#endif /* _NDIS_NDISCHIMNEY_H */
