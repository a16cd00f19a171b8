/* SPDX-License-Identifier: GPL-2.0 */
/* Neighbor objects: the next hop. */
#ifndef CHIM_STATE_NEIGH_H
#define CHIM_STATE_NEIGH_H

#include "state/clock.h"
#include "state/object.h"
#include "state/values.h"
#include "stats.h"

/**
 * struct chim_neigh_set - cached variables, published as a whole (UPD-060)
 * @v: the values
 * @rcu: frees the set once no reader can have it
 */
struct chim_neigh_set {
	struct chim_neigh_cached v;
	struct rcu_head rcu;
};

/**
 * struct chim_neigh - a next hop
 * @obj: head; @obj.deps counts the paths linked to it
 * @c: constant variables
 * @set: cached variables; replaced by the worker
 * @hrt: when the host last saw it reachable, in ticks (HRT); written by the
 *	worker and by who asks the host, WRITE_ONCE
 * @nrt: when we last saw it reachable, in ticks (NRT); written by anybody
 *	with WRITE_ONCE (NBR-034)
 * @asked_at: when the host was asked about it last, if it was (D-41); written
 *	by who asks
 * @bits: CHIM_NEIGH_ASKED and so on; atomic
 * @rcu: frees the neighbor once no reader can have it
 */
struct chim_neigh {
	struct chim_obj obj;
	struct chim_neigh_const c;
	struct chim_neigh_set __rcu *set;
	u32 hrt;
	u32 nrt;
	u32 asked_at;
	unsigned long bits;
	struct rcu_head rcu;
};

/* Bits of struct chim_neigh.bits */
#define CHIM_NEIGH_ASKING	0	/* somebody asks the host about it */
#define CHIM_NEIGH_ASKED	1	/* @asked_at is valid */

static inline struct chim_neigh *chim_neigh(struct chim_obj *obj)
{
	return container_of(obj, struct chim_neigh, obj);
}

int chim_neigh_setup(void);
void chim_neigh_teardown(void);

enum chim_why chim_neigh_create(struct chim_owner *owner, void *ndis_handle,
				const struct chim_neigh_const *c,
				const struct chim_neigh_cached *cached,
				const struct chim_neigh_deleg *deleg,
				u32 now, struct chim_neigh **out);
enum chim_why chim_neigh_update(struct chim_neigh *neigh,
				const struct chim_neigh_cached *cached,
				u32 now);
void chim_neigh_read(struct chim_neigh *neigh, u32 now,
		     struct chim_neigh_cached *cached,
		     struct chim_neigh_deleg *deleg);
bool chim_neigh_ask(struct chim_neigh *neigh, u32 now, u32 stale, bool doubt)
	__must_hold(RCU);
void chim_neigh_answer(struct chim_neigh *neigh, u32 now, u32 hrd);
void chim_neigh_end(struct chim_neigh *neigh);
void chim_neigh_free(struct chim_neigh *neigh);

#endif /* CHIM_STATE_NEIGH_H */
