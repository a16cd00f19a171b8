// SPDX-License-Identifier: GPL-2.0
/* Neighbors and paths: offloaded when first needed, terminated when last. */
#include "client.h"

#include <linux/slab.h>
#include <net/ipv6.h>

static NDIS_STATUS initiate(struct chimc_bind *bind, struct chimc_block *block)
{
	chimc_bind_run(bind, bind->generic.InitiateOffloadHandler, &block->b);
	return block->b.Status;
}

static void terminate(struct chimc_bind *bind, u8 type, PVOID *context)
{
	struct chimc_block block;

	chimc_block_head(&block, type, context);
	chimc_bind_run(bind, bind->generic.TerminateOffloadHandler, &block.b);
	if (block.b.Status != NDIS_STATUS_SUCCESS)
		chimc_violation(NULL, "a neighbor or path does not end");
}

/* --- neighbors ------------------------------------------------------------ */

static struct chimc_neigh *make_neigh(struct chimc_bind *bind, const u8 *mac,
				      u16 vlan)
{
	struct chimc_neigh *neigh = kzalloc(sizeof(*neigh), GFP_KERNEL);
	struct chimc_block block;

	if (!neigh)
		return NULL;
	neigh->refs = 1;
	neigh->vlan = vlan;
	ether_addr_copy(neigh->mac, mac);
	chimc_block_neigh(&block, neigh);
	if (initiate(bind, &block) != NDIS_STATUS_SUCCESS) {
		kfree(neigh);
		return NULL;
	}
	list_add(&neigh->node, &bind->neighs);
	return neigh;
}

static struct chimc_neigh *get_neigh(struct chimc_bind *bind, const u8 *mac,
				     u16 vlan)
{
	struct chimc_neigh *neigh;

	list_for_each_entry(neigh, &bind->neighs, node)
		if (neigh->vlan == vlan && ether_addr_equal(neigh->mac, mac)) {
			neigh->refs++;
			return neigh;
		}
	return make_neigh(bind, mac, vlan);
}

static void put_neigh(struct chimc_bind *bind, struct chimc_neigh *neigh)
{
	if (--neigh->refs)
		return;
	terminate(bind, NeighborOffloadConstState, &neigh->context);
	list_del(&neigh->node);
	kfree(neigh);
}

/* --- paths ---------------------------------------------------------------- */

/* Linked below by a tree in which the neighbor is a linker. */
static NDIS_STATUS link_path(struct chimc_bind *bind, struct chimc_path *path)
{
	struct chimc_block linker, block;

	chimc_block_head(&linker, NeighborOffloadConstState,
			 &path->neigh->context);
	chimc_block_path(&block, path);
	linker.b.DependentBlockList = &block.b;
	initiate(bind, &linker);
	return block.b.Status;
}

static struct chimc_path *make_path(struct chimc_bind *bind,
				    const struct chimc_tuple *tuple,
				    const u8 *mac, u16 vlan, u32 mtu)
{
	struct chimc_path *path = kzalloc(sizeof(*path), GFP_KERNEL);

	if (!path)
		return NULL;
	path->refs = 1;
	path->family = tuple->family;
	path->mtu = mtu;
	path->local = tuple->local;
	path->remote = tuple->remote;
	path->neigh = get_neigh(bind, mac, vlan);
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

/**
 * chimc_path_get() - the path of a connection, offloaded
 * @bind: adapter
 * @tuple: the connection
 * @mac: of the next hop, for a path that is new
 * @vlan: of the next hop
 * @mtu: of the path, likewise
 * @out: set, put it with chimc_path_put()
 *
 * Context: process, may sleep.
 * Return: 0, or -EIO if the target does not take it.
 */
int chimc_path_get(struct chimc_bind *bind, const struct chimc_tuple *tuple,
		   const u8 *mac, u16 vlan, u32 mtu, struct chimc_path **out)
{
	struct chimc_path *path;

	mutex_lock(&bind->lower);
	list_for_each_entry(path, &bind->paths, node)
		if (path->family == tuple->family &&
		    ipv6_addr_equal(&path->local, &tuple->local) &&
		    ipv6_addr_equal(&path->remote, &tuple->remote)) {
			path->refs++;
			goto found;
		}
	path = make_path(bind, tuple, mac, vlan, mtu);
found:
	mutex_unlock(&bind->lower);
	*out = path;
	return path ? 0 : -EIO;
}

/**
 * chimc_path_put() - a connection leaves its path
 * @bind: adapter
 * @path: the path, or NULL
 *
 * Context: process, may sleep.
 */
void chimc_path_put(struct chimc_bind *bind, struct chimc_path *path)
{
	if (!path)
		return;
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

static NDIS_STATUS update(struct chimc_bind *bind, struct chimc_block *block)
{
	chimc_bind_run(bind, bind->generic.UpdateOffloadHandler, &block->b);
	return block->b.Status;
}

/**
 * chimc_path_set_mac() - the next hop has got another address
 * @bind: adapter
 * @path: whose next hop
 * @mac: the address
 *
 * Context: process, may sleep.
 * Return: the Status of the update.
 */
NDIS_STATUS chimc_path_set_mac(struct chimc_bind *bind, struct chimc_path *path,
			       const u8 *mac)
{
	struct chimc_block block;
	NDIS_STATUS status;

	mutex_lock(&bind->lower);
	chimc_block_neigh_mac(&block, path->neigh, mac);
	status = update(bind, &block);
	if (status == NDIS_STATUS_SUCCESS)
		ether_addr_copy(path->neigh->mac, mac);
	mutex_unlock(&bind->lower);
	return status;
}

/**
 * chimc_path_set_mtu() - the path has got another MTU
 * @bind: adapter
 * @path: the path
 * @mtu: the MTU
 *
 * Context: process, may sleep.
 * Return: the Status of the update.
 */
NDIS_STATUS chimc_path_set_mtu(struct chimc_bind *bind, struct chimc_path *path,
			       u32 mtu)
{
	struct chimc_block block;
	NDIS_STATUS status;

	mutex_lock(&bind->lower);
	chimc_block_path_mtu(&block, path, mtu);
	status = update(bind, &block);
	if (status == NDIS_STATUS_SUCCESS)
		path->mtu = mtu;
	mutex_unlock(&bind->lower);
	return status;
}

/**
 * chimc_path_relink() - the path goes by another next hop
 * @bind: adapter
 * @path: the path
 * @mac: of the next hop
 *
 * Context: process, may sleep.
 * Return: the Status of the path's block.
 */
NDIS_STATUS chimc_path_relink(struct chimc_bind *bind, struct chimc_path *path,
			      const u8 *mac)
{
	NDIS_STATUS status = NDIS_STATUS_RESOURCES;
	struct chimc_block linker, block;
	struct chimc_neigh *neigh;

	mutex_lock(&bind->lower);
	neigh = get_neigh(bind, mac, path->neigh->vlan);
	if (!neigh)
		goto unlock;
	chimc_block_head(&linker, NeighborOffloadConstState, &neigh->context);
	chimc_block_path_mtu(&block, path, path->mtu);
	linker.b.DependentBlockList = &block.b;
	update(bind, &linker);
	status = block.b.Status;
	if (status == NDIS_STATUS_SUCCESS)
		swap(path->neigh, neigh);
	put_neigh(bind, neigh);
unlock:
	mutex_unlock(&bind->lower);
	return status;
}
