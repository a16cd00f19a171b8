/* SPDX-License-Identifier: GPL-2.0 */
/* Waiting for what drivers owe. */
#ifndef CHIMN_WAIT_H
#define CHIMN_WAIT_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

/* In jiffies: who has waited so long says so, and goes on. Tests have less. */
extern unsigned long chimn_wait_max;

__printf(1, 2) void chimn_wait_said(const char *fmt, ...);
u64 chimn_waits(void);

#endif /* CHIMN_WAIT_H */
