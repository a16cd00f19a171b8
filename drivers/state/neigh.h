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
 * @hrt: when the host last saw it reachable, in ticks (HRT)
 * @nrt: when we last saw it reachable, in ticks (NRT); written by anybody
 *	with WRITE_ONCE (NBR-034)
 */
struct chim_neigh {
	struct chim_obj obj;
	struct chim_neigh_const c;
	struct chim_neigh_set __rcu *set;
	u32 hrt;
	u32 nrt;
};

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
void chim_neigh_end(struct chim_neigh *neigh);
void chim_neigh_free(struct chim_neigh *neigh);

#endif /* CHIM_STATE_NEIGH_H */
