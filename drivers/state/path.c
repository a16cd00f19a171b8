// SPDX-License-Identifier: GPL-2.0
/* Path objects: addresses, MTU and the neighbor they are linked to. */
#include "state/path.h"

#include "state/space.h"

#include <linux/in.h>
#include <linux/slab.h>
#include <net/ipv6.h>

/* RFC 791, section 3.2 and RFC 8200, section 5: what every link carries. */
#define IP4_MTU_MIN	68
#define IP6_MTU_MIN	IPV6_MIN_MTU

static struct kmem_cache *path_cache;

/**
 * chim_path_setup() - make the cache of paths
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int chim_path_setup(void)
{
	path_cache = KMEM_CACHE(chim_path, 0);
	return path_cache ? 0 : -ENOMEM;
}

/**
 * chim_path_teardown() - destroy the cache
 *
 * Context: module unload, after rcu_barrier(). Complains if a path is left.
 */
void chim_path_teardown(void)
{
	kmem_cache_destroy(path_cache);
}

static bool usable4(__be32 addr)
{
	return addr && !ipv4_is_multicast(addr) && !ipv4_is_lbcast(addr);
}

static bool usable6(const struct in6_addr *addr)
{
	return !ipv6_addr_any(addr) && !ipv6_addr_is_multicast(addr);
}

static enum chim_why check_addrs(const struct chim_path_const *c)
{
	bool ok;

	if (c->family == AF_INET)
		ok = usable4(c->src.v4) && usable4(c->dst.v4);
	else
		ok = usable6(&c->src.v6) && usable6(&c->dst.v6);
	return ok ? CHIM_OK : CHIM_WHY_ADDRESS;
}

static enum chim_why check_mtu(const struct chim_space *space, u8 family,
			       u32 mtu)
{
	if (mtu > READ_ONCE(space->limits.mtu))
		return CHIM_WHY_MTU_LARGE;
	if (mtu < (family == AF_INET ? IP4_MTU_MIN : IP6_MTU_MIN))
		return CHIM_WHY_MTU_SMALL;
	return CHIM_OK;
}

static size_t addr_len(const struct chim_path_const *c)
{
	return c->family == AF_INET ? sizeof(c->src.v4) : sizeof(c->src.v6);
}

/**
 * chim_path_create() - offload a path (INI-013, PTH-010)
 * @owner: the client
 * @ndis_handle: its handle for the object (OBJ-032)
 * @neigh: the neighbor to link it to
 * @c: constant variables
 * @cached: cached variables
 * @out: the path
 *
 * Context: worker, may sleep.
 * Return: CHIM_OK, or why not; then nothing is left behind.
 */
enum chim_why chim_path_create(struct chim_owner *owner, void *ndis_handle,
			       struct chim_neigh *neigh,
			       const struct chim_path_const *c,
			       const struct chim_path_cached *cached,
			       struct chim_path **out)
{
	struct chim_space *space = owner->space;
	struct chim_path *path;
	enum chim_why why;

	why = check_addrs(c);
	if (!why)
		why = check_mtu(space, c->family, cached->mtu);
	if (why)
		return why;
	if (space->count[CHIM_PATH] >=
	    READ_ONCE(space->limits.objects[CHIM_PATH]))
		return CHIM_WHY_PATH_LIMIT;
	why = chim_resource_take(&space->resources, space->limits.resources,
				 CHIM_RES_IPADDR, &c->src, addr_len(c));
	if (why)
		return why;

	why = CHIM_WHY_NOMEM;
	path = kmem_cache_zalloc(path_cache, CHIM_GFP);
	if (!path)
		goto drop_ipaddr;
	path->obj.ndis_handle = ndis_handle;
	path->c = *c;
	path->mtu = cached->mtu;
	RCU_INIT_POINTER(path->neigh, neigh);
	why = chim_space_add(space, &path->obj, CHIM_PATH, owner);
	if (why)
		goto free_path;
	neigh->obj.deps++;
	*out = path;
	return CHIM_OK;

free_path:
	kmem_cache_free(path_cache, path);
drop_ipaddr:
	chim_resource_drop(&space->resources, CHIM_RES_IPADDR, &c->src,
			   addr_len(c));
	return why;
}

/**
 * chim_path_check() - would these cached variables do? (UPD-123)
 * @path: the path
 * @cached: new values
 *
 * Context: worker.
 * Return: CHIM_OK, or why not.
 */
enum chim_why chim_path_check(const struct chim_path *path,
			      const struct chim_path_cached *cached)
{
	return check_mtu(path->obj.owner->space, path->c.family, cached->mtu);
}

/**
 * chim_path_update() - replace the cached variables (UPD-122)
 * @path: the path
 * @cached: new values that chim_path_check() found good
 *
 * Context: worker. Cannot fail.
 */
void chim_path_update(struct chim_path *path,
		      const struct chim_path_cached *cached)
{
	WRITE_ONCE(path->mtu, cached->mtu);
}

/**
 * chim_path_link() - link a path to another neighbor (UPD-101, UPD-107)
 * @path: the path
 * @neigh: its next hop from now on
 *
 * The new neighbor is held before it is published, the old one let go after,
 * so a path never points to a neighbor that could end. A frame is built with
 * all of the old neighbor or all of the new one.
 *
 * Context: worker. Cannot fail, does not sleep.
 */
void chim_path_link(struct chim_path *path, struct chim_neigh *neigh)
{
	struct chim_neigh *old = chim_path_neigh(path);

	neigh->obj.deps++;
	rcu_assign_pointer(path->neigh, neigh);
	old->obj.deps--;
}

/**
 * chim_path_end() - take a path out of use; no connection may be on it
 * @path: the path
 *
 * Context: worker. Does not allocate.
 */
void chim_path_end(struct chim_path *path)
{
	struct chim_space *space = path->obj.owner->space;

	chim_space_del(space, &path->obj);
	chim_path_neigh(path)->obj.deps--;
	chim_resource_drop(&space->resources, CHIM_RES_IPADDR, &path->c.src,
			   addr_len(&path->c));
}

static void free_path_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(path_cache,
			container_of(rcu, struct chim_path, rcu));
}

/**
 * chim_path_free() - free an ended path once no reader can have it
 * @path: the path
 *
 * Its neighbor may be freed right after: readers that still see the one see
 * the other within the same grace period.
 *
 * Context: worker. Does not sleep or allocate.
 */
void chim_path_free(struct chim_path *path)
{
	call_rcu(&path->rcu, free_path_rcu);
}
