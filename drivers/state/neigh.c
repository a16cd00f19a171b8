// SPDX-License-Identifier: GPL-2.0
/* Neighbor objects: the next hop. */
#include "state/neigh.h"

#include "state/space.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

static struct kmem_cache *neigh_cache;

/**
 * chim_neigh_setup() - make the cache of neighbors
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int chim_neigh_setup(void)
{
	neigh_cache = KMEM_CACHE(chim_neigh, 0);
	return neigh_cache ? 0 : -ENOMEM;
}

/**
 * chim_neigh_teardown() - destroy the cache
 *
 * Context: module unload, after rcu_barrier(). Complains if a neighbor is
 * left.
 */
void chim_neigh_teardown(void)
{
	kmem_cache_destroy(neigh_cache);
}

static enum chim_why check_const(const struct chim_space *space,
				 const struct chim_neigh_const *c)
{
	if (is_multicast_ether_addr(c->src))
		return CHIM_WHY_HWADDR;
	/* 802.1Q reserves the identifier of all ones. */
	if (c->vlan >= VLAN_N_VID - 1)
		return CHIM_WHY_VLAN;
	/* VLN-031 to VLN-034: zero always will do. */
	if (c->vlan && space->vlans && !test_bit(c->vlan, space->vlans))
		return CHIM_WHY_VLAN;
	return CHIM_OK;
}

static enum chim_why check_cached(const struct chim_neigh_cached *cached)
{
	return is_valid_ether_addr(cached->dst) ? CHIM_OK : CHIM_WHY_MAC;
}

static enum chim_why take_resources(struct chim_space *space,
				    const struct chim_neigh_const *c)
{
	struct chim_resources *res = &space->resources;
	const u32 *limits = space->limits.resources;
	enum chim_why why;

	if (c->vlan) {
		why = chim_resource_take(res, limits, CHIM_RES_VLAN, &c->vlan,
					 sizeof(c->vlan));
		if (why)
			return why;
	}
	if (!is_zero_ether_addr(c->src)) {
		why = chim_resource_take(res, limits, CHIM_RES_HWADDR, c->src,
					 ETH_ALEN);
		if (why)
			goto drop_vlan;
	}
	return CHIM_OK;

drop_vlan:
	if (c->vlan)
		chim_resource_drop(res, CHIM_RES_VLAN, &c->vlan,
				   sizeof(c->vlan));
	return why;
}

static void drop_resources(struct chim_space *space,
			   const struct chim_neigh_const *c)
{
	struct chim_resources *res = &space->resources;

	if (!is_zero_ether_addr(c->src))
		chim_resource_drop(res, CHIM_RES_HWADDR, c->src, ETH_ALEN);
	if (c->vlan)
		chim_resource_drop(res, CHIM_RES_VLAN, &c->vlan,
				   sizeof(c->vlan));
}

static struct chim_neigh_set *make_set(const struct chim_neigh_cached *cached)
{
	struct chim_neigh_set *set = kmalloc(sizeof(*set), CHIM_GFP);

	if (set)
		set->v = *cached;
	return set;
}

/**
 * chim_neigh_create() - offload a neighbor (INI-013, NBR-030)
 * @owner: the client
 * @ndis_handle: its handle for the object
 * @c: constant variables
 * @cached: cached variables
 * @deleg: delegated variables
 * @now: current ticks
 * @out: the neighbor
 *
 * Context: worker, may sleep.
 * Return: CHIM_OK, or why not; then nothing is left behind.
 */
enum chim_why chim_neigh_create(struct chim_owner *owner, void *ndis_handle,
				const struct chim_neigh_const *c,
				const struct chim_neigh_cached *cached,
				const struct chim_neigh_deleg *deleg,
				u32 now, struct chim_neigh **out)
{
	struct chim_space *space = owner->space;
	struct chim_neigh_set *set;
	struct chim_neigh *neigh;
	enum chim_why why;

	why = check_const(space, c);
	if (!why)
		why = check_cached(cached);
	if (why)
		return why;
	if (space->count[CHIM_NEIGH] >=
	    READ_ONCE(space->limits.objects[CHIM_NEIGH]))
		return CHIM_WHY_NEIGH_LIMIT;
	why = take_resources(space, c);
	if (why)
		return why;

	why = CHIM_WHY_NOMEM;
	neigh = kmem_cache_zalloc(neigh_cache, CHIM_GFP);
	if (!neigh)
		goto drop_resources;
	set = make_set(cached);
	if (!set)
		goto free_neigh;
	neigh->obj.ndis_handle = ndis_handle;
	neigh->c = *c;
	neigh->hrt = now - cached->hrd;
	neigh->nrt = now - deleg->nrd;
	RCU_INIT_POINTER(neigh->set, set);
	why = chim_space_add(space, &neigh->obj, CHIM_NEIGH, owner);
	if (why)
		goto free_set;
	*out = neigh;
	return CHIM_OK;

free_set:
	kfree(set);
free_neigh:
	kmem_cache_free(neigh_cache, neigh);
drop_resources:
	drop_resources(space, c);
	return why;
}

/**
 * chim_neigh_update() - replace the cached variables (UPD-120, UPD-121)
 * @neigh: the neighbor
 * @cached: new values
 * @now: current ticks
 *
 * A frame is built with the old set or the new one, never with a mixture.
 *
 * Context: worker, may sleep.
 * Return: CHIM_OK, or why not; then nothing has changed.
 */
enum chim_why chim_neigh_update(struct chim_neigh *neigh,
				const struct chim_neigh_cached *cached,
				u32 now)
{
	struct chim_neigh_set *set, *old;
	enum chim_why why;

	why = check_cached(cached);
	if (why)
		return why;
	set = make_set(cached);
	if (!set)
		return CHIM_WHY_NOMEM;
	old = rcu_replace_pointer(neigh->set, set, true);
	WRITE_ONCE(neigh->hrt, now - cached->hrd);
	kfree_rcu(old, rcu);
	return CHIM_OK;
}

/**
 * chim_neigh_read() - current values (QRY-031, NBR-037)
 * @neigh: the neighbor
 * @now: current ticks
 * @cached: filled in
 * @deleg: filled in
 *
 * HRD is what the host gave last (OBJ-012); NRD is computed.
 *
 * Context: RCU read side or worker.
 */
void chim_neigh_read(struct chim_neigh *neigh, u32 now,
		     struct chim_neigh_cached *cached,
		     struct chim_neigh_deleg *deleg)
{
	const struct chim_neigh_set *set;

	rcu_read_lock();
	set = rcu_dereference(neigh->set);
	ether_addr_copy(cached->dst, set->v.dst);
	cached->hrd = READ_ONCE(set->v.hrd);
	rcu_read_unlock();
	deleg->nrd = now - READ_ONCE(neigh->nrt);
}

/* NBR-050, NBR-057, and D-41 for a neighbor in doubt */
static bool time_to_ask(const struct chim_neigh *neigh, u32 now, u32 stale,
			bool doubt)
{
	if (!stale)
		return false;
	if (doubt)
		return !test_bit(CHIM_NEIGH_ASKED, &neigh->bits) ||
		       now - READ_ONCE(neigh->asked_at) > stale;
	return now - READ_ONCE(neigh->nrt) > stale &&
	       now - READ_ONCE(neigh->hrt) > stale;
}

/**
 * chim_neigh_ask() - is the host to be asked about a neighbor now?
 * @neigh: the neighbor
 * @now: current ticks
 * @stale: NceStaleTicks; 0 for never
 * @doubt: reachability is in doubt, however recent the evidence
 *
 * The evidence of the host counts as much as ours, so an HRD of zero silences
 * for @stale ticks.
 *
 * Context: RCU read side, softirqs disabled.
 * Return: true if so; then nobody else asks, and the neighbor does not end,
 * until chim_neigh_answer().
 */
bool chim_neigh_ask(struct chim_neigh *neigh, u32 now, u32 stale, bool doubt)
{
	if (likely(!time_to_ask(neigh, now, stale, doubt)) ||
	    test_and_set_bit(CHIM_NEIGH_ASKING, &neigh->bits))
		return false;
	/* Pairs with that in chim_neigh_end(): one of the two sees the other. */
	smp_mb__after_atomic();
	if (!chim_obj_marked(&neigh->obj, CHIM_OBJ_DEAD) &&
	    time_to_ask(neigh, now, stale, doubt))
		return true;
	clear_and_wake_up_bit(CHIM_NEIGH_ASKING, &neigh->bits);
	return false;
}

/**
 * chim_neigh_answer() - the host has been asked (NBR-056)
 * @neigh: the neighbor
 * @now: ticks at which it was
 * @hrd: what it wrote; the one place where an indication changes a cached
 *	variable (OBJ-012)
 *
 * Context: RCU read side, softirqs disabled.
 */
void chim_neigh_answer(struct chim_neigh *neigh, u32 now, u32 hrd)
{
	WRITE_ONCE(rcu_dereference(neigh->set)->v.hrd, hrd);
	WRITE_ONCE(neigh->hrt, now - hrd);
	WRITE_ONCE(neigh->asked_at, now);
	set_bit(CHIM_NEIGH_ASKED, &neigh->bits);
	clear_and_wake_up_bit(CHIM_NEIGH_ASKING, &neigh->bits);
}

/**
 * chim_neigh_end() - take a neighbor out of use; no path may be linked to it
 * @neigh: the neighbor
 *
 * Its values can still be read until chim_neigh_free(). Waits until an
 * indication about it has returned (TRM-052).
 *
 * Context: worker, may sleep. Does not allocate.
 */
void chim_neigh_end(struct chim_neigh *neigh)
{
	struct chim_space *space = neigh->obj.owner->space;

	chim_space_del(space, &neigh->obj);
	/* Pairs with that in chim_neigh_ask(). */
	smp_mb();
	wait_on_bit(&neigh->bits, CHIM_NEIGH_ASKING, TASK_UNINTERRUPTIBLE);
	drop_resources(space, &neigh->c);
}

static void free_neigh_rcu(struct rcu_head *rcu)
{
	struct chim_neigh *neigh = container_of(rcu, struct chim_neigh, rcu);

	kfree(rcu_dereference_protected(neigh->set, true));
	kmem_cache_free(neigh_cache, neigh);
}

/**
 * chim_neigh_free() - free an ended neighbor once no reader can have it
 * @neigh: the neighbor
 *
 * Context: worker. Does not sleep or allocate.
 */
void chim_neigh_free(struct chim_neigh *neigh)
{
	call_rcu(&neigh->rcu, free_neigh_rcu);
}
