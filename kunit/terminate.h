/* SPDX-License-Identifier: GPL-2.0 */
/* Blocks that end objects. */
#ifndef CHIM_KUNIT_TERMINATE_H
#define CHIM_KUNIT_TERMINATE_H

#include "witness.h"

/* The delegated Type of the object that a block brought. */
u8 tm_type(struct tb *of);
/* A block that ends it and takes its state back. */
struct tb *tm_ref(struct fx *fx, struct tb *of);
/* A tree of them for a chain. */
struct tb *tm_tree(struct fx *fx, struct fx_chain c);

#endif /* CHIM_KUNIT_TERMINATE_H */
