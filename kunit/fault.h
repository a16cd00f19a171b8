/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Allocations that fail at will, those of one task only. Needs CONFIG_FAILSLAB
 * and CONFIG_FAULT_INJECTION_DEBUG_FS.
 */
#ifndef CHIM_KUNIT_FAULT_H
#define CHIM_KUNIT_FAULT_H

#include "probe.h"

/**
 * struct ft - which allocations fail
 * @nth: the first one that does, counted from 1; 0 for none
 * @onwards: so do all that follow it
 * @left: set: how many more it would have taken; 0 if it has failed
 */
struct ft {
	unsigned int nth;
	bool onwards;
	unsigned int left;
};

/* Suite .init and .exit; skips the case where the kernel has no injection. */
int ft_init(struct kunit *test);
void ft_exit(struct kunit *test);

/* From ft_arm() to ft_disarm() allocations of the calling task fail. */
void ft_arm(struct ft *ft);
void ft_disarm(struct ft *ft);
/* Runs an operation in which allocations of the worker fail. */
void ft_run(struct fx *fx, struct ft *ft, enum chim_verb verb, struct tb *root);
/* Goes on to the next allocation; false if there was none to fail. */
bool ft_next(struct ft *ft);

#endif /* CHIM_KUNIT_FAULT_H */
