/* SPDX-License-Identifier: GPL-2.0 */
/* Random trees with random faults: what the fuzzer runs on. */
#ifndef CHIM_KUNIT_FUZZ_H
#define CHIM_KUNIT_FUZZ_H

#include "witness.h"

#include <linux/prandom.h>

#define FUZZ_BLOCKS	24	/* in a tree, at most */
#define FUZZ_PLACES	12	/* for handles, of each layer */
#define FUZZ_FORGED	4

/**
 * struct fuzz - all that a run has
 * @fx: the fixture
 * @rnd: where chance comes from
 * @like: a valid new block of each kind, to copy state from
 * @tb: blocks; each in memory of its own, so that KASAN sees an overrun
 * @was: the blocks before the operation
 * @n: blocks in use
 * @depth: of each block, when the tree was still one
 * @reached: can be reached from the root
 * @place: where handles are kept
 * @placed: the same before the operation
 * @forged: what is no handle
 * @done: tree of the last completion
 * @completions: since the last tree was submitted
 * @tree: number of the tree
 * @verb: what is done to it
 */
struct fuzz {
	struct fx *fx;
	struct rnd_state rnd;
	struct tb *like[4];
	struct tb *tb[FUZZ_BLOCKS];
	struct tb *was;
	int n;
	int depth[FUZZ_BLOCKS];
	bool reached[FUZZ_BLOCKS];
	PVOID place[CHIM_LAYERS][FUZZ_PLACES];
	PVOID placed[CHIM_LAYERS][FUZZ_PLACES];
	PVOID forged[FUZZ_FORGED];
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST done;
	int completions;
	u32 tree;
	enum chim_verb verb;
};

u32 fuzz_below(struct fuzz *f, u32 ceiling);
bool fuzz_one_in(struct fuzz *f, u32 n);
void fuzz_make_tree(struct fuzz *f);

#endif /* CHIM_KUNIT_FUZZ_H */
