/* SPDX-License-Identifier: GPL-2.0 */
/* How a connection fares: optional uploads, and the send backlog. */
#ifndef CHIM_TCP_WATCH_H
#define CHIM_TCP_WATCH_H

#include "tcp/tcb.h"

void chim_watch(struct chim_run *run);
void chim_watch_idle(struct chim_run *run);

#endif /* CHIM_TCP_WATCH_H */
