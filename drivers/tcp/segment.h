/* SPDX-License-Identifier: GPL-2.0 */
/* Segments in: what is acceptable, and where each part goes. */
#ifndef CHIM_TCP_SEGMENT_H
#define CHIM_TCP_SEGMENT_H

#include "tcp/tcb.h"

void chim_segment_free(struct sk_buff *list);

#endif /* CHIM_TCP_SEGMENT_H */
