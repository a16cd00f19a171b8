/* SPDX-License-Identifier: GPL-2.0 */
/* Path objects: addresses, MTU and the neighbor they are linked to. */
#ifndef CHIM_STATE_PATH_H
#define CHIM_STATE_PATH_H

#include "state/neigh.h"
#include "state/object.h"
#include "state/values.h"
#include "stats.h"

/**
 * struct chim_path - a route
 * @obj: head; @obj.deps counts the connections on it
 * @c: constant variables
 * @mtu: cached variable, one word, so that it changes as a whole; written by
 *	the worker with WRITE_ONCE
 * @neigh: next hop; relinked by the worker, never NULL
 * @ip_id: counter behind IPv4 identifications (SND-042)
 * @rcu: frees the path once no reader can have it
 */
struct chim_path {
	struct chim_obj obj;
	struct chim_path_const c;
	u32 mtu;
	struct chim_neigh __rcu *neigh;
	atomic_t ip_id;
	struct rcu_head rcu;
};

static inline struct chim_path *chim_path(struct chim_obj *obj)
{
	return container_of(obj, struct chim_path, obj);
}

/**
 * chim_path_neigh() - the neighbor a path is linked to, for the worker
 * @path: the path
 *
 * Context: worker, the only writer.
 * Return: the neighbor.
 */
static inline struct chim_neigh *chim_path_neigh(const struct chim_path *path)
{
	return rcu_dereference_protected(path->neigh, true);
}

int chim_path_setup(void);
void chim_path_teardown(void);

enum chim_why chim_path_create(struct chim_owner *owner, void *ndis_handle,
			       struct chim_neigh *neigh,
			       const struct chim_path_const *c,
			       const struct chim_path_cached *cached,
			       struct chim_path **out);
enum chim_why chim_path_check(const struct chim_path *path,
			      const struct chim_path_cached *cached);
void chim_path_update(struct chim_path *path,
		      const struct chim_path_cached *cached);
void chim_path_link(struct chim_path *path, struct chim_neigh *neigh);
void chim_path_end(struct chim_path *path);
void chim_path_free(struct chim_path *path);

#endif /* CHIM_STATE_PATH_H */
