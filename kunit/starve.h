/* SPDX-License-Identifier: GPL-2.0 */
/* Operations whose worker runs out of memory. */
#ifndef CHIM_KUNIT_STARVE_H
#define CHIM_KUNIT_STARVE_H

#include "fixture.h"

bool fx_can_starve(void);	/* does this kernel inject failures? */
/*
 * fx_run() in which the worker's allocation number @nth, from 1, fails, and
 * with @rest all that follow; false if it made fewer than that.
 */
bool fx_run_starved(struct fx *fx, enum chim_verb verb, struct tb *root,
		    u32 nth, bool rest);

#endif /* CHIM_KUNIT_STARVE_H */
