// SPDX-License-Identifier: GPL-2.0
/* Neighbors and paths: offloaded when first needed, terminated when last. */
#include "host/lower.h"

#include "host/bind.h"
#include "host/block.h"
#include "host/conn.h"

#include <linux/etherdevice.h>
#include <linux/slab.h>
#include <net/ipv6.h>

static NDIS_STATUS initiate(struct chim_host_bind *bind,
			    struct chim_host_block *block)
{
	chim_host_bind_run(bind, bind->generic.InitiateOffloadHandler,
			   &block->b);
	return block->b.Status;
}

static void terminate(struct chim_host_bind *bind, u8 type, PVOID *context)
{
	struct chim_host_block block;

	chim_host_block_head(&block, type, context);
	chim_host_bind_run(bind, bind->generic.TerminateOffloadHandler,
			   &block.b);
	WARN_ONCE(block.b.Status != NDIS_STATUS_SUCCESS,
		  "chimney_host: a neighbor or path does not end: 0x%08x\n",
		  block.b.Status);
}

/* --- neighbors ------------------------------------------------------------ */

static struct chim_host_neigh *make_neigh(struct chim_host_bind *bind,
					  const u8 *mac)
{
	struct chim_host_neigh *neigh = kzalloc(sizeof(*neigh), GFP_KERNEL);
	struct chim_host_block block;

	if (!neigh)
		return NULL;
	neigh->refs = 1;
	ether_addr_copy(neigh->mac, mac);
	chim_host_block_neigh(&block, neigh);
	if (initiate(bind, &block) != NDIS_STATUS_SUCCESS) {
		kfree(neigh);
		return NULL;
	}
	list_add(&neigh->node, &bind->neighs);
	return neigh;
}

static struct chim_host_neigh *get_neigh(struct chim_host_bind *bind,
					 const u8 *mac)
{
	struct chim_host_neigh *neigh;

	list_for_each_entry(neigh, &bind->neighs, node)
		if (ether_addr_equal(neigh->mac, mac)) {
			neigh->refs++;
			return neigh;
		}
	return make_neigh(bind, mac);
}

static void put_neigh(struct chim_host_bind *bind,
		      struct chim_host_neigh *neigh)
{
	if (--neigh->refs)
		return;
	terminate(bind, NeighborOffloadConstState, &neigh->context);
	list_del(&neigh->node);
	kfree(neigh);
}

/* --- paths ---------------------------------------------------------------- */

/* Linked below by a tree in which the neighbor is a linker. */
static NDIS_STATUS link_path(struct chim_host_bind *bind,
			     struct chim_host_path *path)
{
	struct chim_host_block linker, block;

	chim_host_block_head(&linker, NeighborOffloadConstState,
			     &path->neigh->context);
	chim_host_block_path(&block, path);
	linker.b.DependentBlockList = &block.b;
	initiate(bind, &linker);
	return block.b.Status;
}

static struct chim_host_path *make_path(struct chim_host_bind *bind,
					const struct chim_host_tuple *tuple,
					const u8 *mac, u32 mtu)
{
	struct chim_host_path *path = kzalloc(sizeof(*path), GFP_KERNEL);

	if (!path)
		return NULL;
	path->refs = 1;
	path->family = tuple->family;
	path->mtu = mtu;
	path->local = tuple->local;
	path->remote = tuple->remote;
	path->neigh = get_neigh(bind, mac);
	if (!path->neigh)
		goto free_path;
	if (link_path(bind, path) != NDIS_STATUS_SUCCESS)
		goto put_neigh;
	list_add(&path->node, &bind->paths);
	return path;

put_neigh:
	put_neigh(bind, path->neigh);
free_path:
	kfree(path);
	return NULL;
}

static bool same(const struct chim_host_path *path,
		 const struct chim_host_tuple *tuple, const u8 *mac, u32 mtu)
{
	return path->family == tuple->family && path->mtu == mtu &&
	       ether_addr_equal(path->neigh->mac, mac) &&
	       ipv6_addr_equal(&path->local, &tuple->local) &&
	       ipv6_addr_equal(&path->remote, &tuple->remote);
}

/**
 * chim_host_path_get() - the path of a connection, offloaded
 * @bind: adapter
 * @tuple: the connection
 * @mac: of the next hop
 * @mtu: of the path
 *
 * Context: process, may sleep.
 * Return: the path, to be put with chim_host_path_put(), or NULL if the target
 * does not take it.
 */
struct chim_host_path *chim_host_path_get(struct chim_host_bind *bind,
					  const struct chim_host_tuple *tuple,
					  const u8 *mac, u32 mtu)
{
	struct chim_host_path *path;

	mutex_lock(&bind->lower);
	list_for_each_entry(path, &bind->paths, node)
		if (same(path, tuple, mac, mtu)) {
			path->refs++;
			goto found;
		}
	path = make_path(bind, tuple, mac, mtu);
found:
	mutex_unlock(&bind->lower);
	return path;
}

/**
 * chim_host_path_put() - a connection leaves its path
 * @bind: adapter
 * @path: the path
 *
 * Context: process, may sleep.
 */
void chim_host_path_put(struct chim_host_bind *bind,
			struct chim_host_path *path)
{
	mutex_lock(&bind->lower);
	if (!--path->refs) {
		terminate(bind, path->family == 4 ? Ip4OffloadConstState :
						    Ip6OffloadConstState,
			  &path->context);
		put_neigh(bind, path->neigh);
		list_del(&path->node);
		kfree(path);
	}
	mutex_unlock(&bind->lower);
}
