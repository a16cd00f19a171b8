/* SPDX-License-Identifier: GPL-2.0 */
/* Timers of drivers. */
#ifndef CHIMN_TIMER_H
#define CHIMN_TIMER_H

#include <ndis.h>

NDIS_STATUS chimn_timer_alloc(bool ms, PNDIS_TIMER_CHARACTERISTICS c,
			      PNDIS_HANDLE out);

#endif /* CHIMN_TIMER_H */
