/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For suites that break promises: objects that must not change meanwhile, and
 * blocks that are not what they should be.
 */
#ifndef CHIM_KUNIT_WITNESS_H
#define CHIM_KUNIT_WITNESS_H

#include "probe.h"

/**
 * struct witness - a neighbor, a path and a connection, and how they were
 * @c: the objects
 * @was: what a query said of each
 * @deps: how many objects depended on each
 * @count: objects of the adapter, by layer
 */
struct witness {
	struct fx_chain c;
	struct tb *was[CHIM_LAYERS];
	u32 deps[CHIM_LAYERS];
	u32 count[CHIM_LAYERS];
};

/* Looks at @c, or at objects offloaded for the purpose. */
void witness_look(struct fx *fx, struct witness *w, struct fx_chain c);
void witness_take(struct fx *fx, struct witness *w);
/* Fails the test if any of them is gone, marked or different. */
void witness_check(struct fx *fx, struct witness *w);
/* The same, and no object has come or gone. */
void witness_check_all(struct fx *fx, struct witness *w);

/* A block that @verb does to the connection of @c; a new neighbor if new. */
struct tb *wt_good(struct fx *fx, enum chim_verb verb, struct fx_chain c);
/* A reference to @to, of the Type with which @verb does most. */
struct tb *wt_ref(struct fx *fx, enum chim_verb verb, struct tb *to);
/* A block with nothing behind it, not even the rest of a struct tb. */
struct tb *wt_bare(struct fx *fx, u8 type, PVOID *location);
/* A reference with nothing behind it, of a Type that has none in @verb. */
struct tb *wt_bare_ref(struct fx *fx, struct tb *to);
/* Memory of exactly @size bytes that says it is a block of that size. */
struct tb *wt_short(struct fx *fx, u16 size);

/* Runs it: NDIS_STATUS_FAILURE, counted once under @why. */
void wt_refused(struct fx *fx, enum chim_verb verb, struct tb *root,
		enum chim_why why);
/* Runs it: NDIS_STATUS_SUCCESS in the root. */
void wt_done(struct fx *fx, enum chim_verb verb, struct tb *root);
/* Every object of the client is ended, or the test fails. */
void wt_empty(struct fx *fx);

#endif /* CHIM_KUNIT_WITNESS_H */
