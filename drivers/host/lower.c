// SPDX-License-Identifier: GPL-2.0
/* Neighbors and paths: offloaded when first needed, terminated when last. */
#include "host/lower.h"

#include "host/bind.h"
#include "host/block.h"
#include "host/conn.h"
#include "host/fit.h"
#include "host/reach.h"

#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/slab.h>
#include <net/ipv6.h>

/* Less than the kernel takes to give up, more than to delete all entries. */
#define FAILED_TWICE	HZ

static void initiate(struct chim_host_bind *bind, struct chim_host_block *root)
{
	chim_host_bind_run(bind, bind->generic.InitiateOffloadHandler,
			   &root->b);
}

/* What became of a new object; @root is its own block or that of what is below. */
static int outcome(const struct chim_host_block *root,
		   const struct chim_host_block *block)
{
	if (block->b.Status == NDIS_STATUS_SUCCESS)
		return 0;
	/* For what hangs on it there was no try. */
	return root->b.Status == NDIS_STATUS_PAUSED ? -EAGAIN : -EIO;
}

static void terminate(struct chim_host_bind *bind, u8 type, PVOID *context)
{
	struct chim_host_block block;

	chim_host_block_head(&block, type, context);
	chim_host_bind_end(bind, &block.b);
}

static NDIS_STATUS update(struct chim_host_bind *bind,
			  struct chim_host_block *block)
{
	chim_host_bind_run(bind, bind->generic.UpdateOffloadHandler, &block->b);
	return block->b.Status;
}

/* --- neighbors ------------------------------------------------------------ */

static bool leads_to(const struct chim_host_hop *hop,
		     const struct chim_host_neigh *neigh)
{
	return neigh->family == hop->family &&
	       ipv6_addr_equal(&neigh->addr, &hop->addr);
}

static struct chim_host_neigh *make_neigh(struct chim_host_bind *bind,
					  const struct chim_host_hop *hop)
{
	struct chim_host_neigh *neigh = kzalloc(sizeof(*neigh), GFP_KERNEL);
	struct chim_host_block block;
	int err;

	if (!neigh)
		return ERR_PTR(-ENOMEM);
	neigh->refs = 1;
	neigh->family = hop->family;
	neigh->addr = hop->addr;
	ether_addr_copy(neigh->mac, hop->mac);
	chim_host_block_neigh(&block, neigh);
	initiate(bind, &block);
	err = outcome(&block, &block);
	if (err) {
		kfree(neigh);
		return ERR_PTR(err);
	}
	list_add(&neigh->node, &bind->neighs);
	return neigh;
}

/* Its address is another, or the target is told that it is reachable. */
static bool update_neigh(struct chim_host_bind *bind,
			 struct chim_host_neigh *neigh,
			 const struct chim_host_reach *reach)
{
	struct chim_host_block block;

	if (ether_addr_equal(neigh->mac, reach->mac) && !reach->answered)
		return true;
	chim_host_block_neigh_cached(&block, neigh, reach->mac, reach->hrd);
	if (update(bind, &block) != NDIS_STATUS_SUCCESS)
		return false;
	if (!ether_addr_equal(neigh->mac, reach->mac))
		chim_host_count(CHIM_HOST_NEW_MAC, 1);
	ether_addr_copy(neigh->mac, reach->mac);
	if (reach->answered) {
		WRITE_ONCE(neigh->asked, false);
		chim_host_count(CHIM_HOST_ANSWERED, 1);
	}
	return true;
}

/* One that fails is asked once more: the entry may just have been deleted. */
static void note_failure(struct chim_host_neigh *neigh)
{
	if (!neigh->failed)
		neigh->failed_at = jiffies;
	else if (time_after(jiffies, neigh->failed_at + FAILED_TWICE))
		neigh->lost = true;
	neigh->failed = true;
}

/* What the kernel's table says; one that is being resolved stays as it is. */
static void check_neigh(struct chim_host_bind *bind,
			struct chim_host_neigh *neigh)
{
	struct chim_host_reach reach;

	switch (chim_host_reach_read(bind, neigh, &reach)) {
	case CHIM_HOST_KNOWN:
		neigh->failed = false;
		neigh->lost = !update_neigh(bind, neigh, &reach);
		break;
	case CHIM_HOST_UNRESOLVED:
		break;
	case CHIM_HOST_FAILED:
		note_failure(neigh);
		break;
	}
}

/* The table is read once it is in the list: what changes later, is told of. */
static struct chim_host_neigh *get_neigh(struct chim_host_bind *bind,
					 const struct chim_host_hop *hop)
{
	struct chim_host_neigh *neigh;

	list_for_each_entry(neigh, &bind->neighs, node)
		if (leads_to(hop, neigh)) {
			neigh->refs++;
			goto check;
		}
	neigh = make_neigh(bind, hop);
check:
	if (!IS_ERR(neigh))
		check_neigh(bind, neigh);
	return neigh;
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
static int link_path(struct chim_host_bind *bind, struct chim_host_path *path)
{
	struct chim_host_block linker, block;

	chim_host_block_head(&linker, NeighborOffloadConstState,
			     &path->neigh->context);
	chim_host_block_path(&block, path);
	linker.b.DependentBlockList = &block.b;
	initiate(bind, &linker);
	return outcome(&linker, &block);
}

static struct chim_host_path *make_path(struct chim_host_bind *bind,
					const struct chim_host_tuple *tuple,
					const struct chim_host_hop *hop)
{
	struct chim_host_path *path = kzalloc(sizeof(*path), GFP_KERNEL);
	int err;

	if (!path)
		return ERR_PTR(-ENOMEM);
	path->bind = bind;
	path->refs = 1;
	path->family = tuple->family;
	path->mtu = hop->mtu;
	path->local = tuple->local;
	path->remote = tuple->remote;
	path->neigh = get_neigh(bind, hop);
	err = PTR_ERR_OR_ZERO(path->neigh);
	if (err)
		goto free_path;
	err = link_path(bind, path);
	if (err)
		goto put_neigh;
	list_add(&path->node, &bind->paths);
	return path;

put_neigh:
	put_neigh(bind, path->neigh);
free_path:
	kfree(path);
	return ERR_PTR(err);
}

static bool same(const struct chim_host_path *path,
		 const struct chim_host_tuple *tuple,
		 const struct chim_host_hop *hop)
{
	return path->family == tuple->family && path->mtu == hop->mtu &&
	       leads_to(hop, path->neigh) &&
	       ipv6_addr_equal(&path->local, &tuple->local) &&
	       ipv6_addr_equal(&path->remote, &tuple->remote);
}

/**
 * chim_host_path_get() - the path of a connection, offloaded
 * @bind: adapter
 * @tuple: the connection
 * @hop: its next hop, resolved, and the MTU
 * @moves: set to how often it was linked to another one
 *
 * Context: process, may sleep.
 * Return: the path, to be put with chim_host_path_put(), or an ERR_PTR(): -EAGAIN
 * if the adapter is paused, -EIO if the target does not take it for another reason.
 */
struct chim_host_path *chim_host_path_get(struct chim_host_bind *bind,
					  const struct chim_host_tuple *tuple,
					  const struct chim_host_hop *hop,
					  u32 *moves)
{
	struct chim_host_path *path;

	mutex_lock(&bind->lower);
	list_for_each_entry(path, &bind->paths, node)
		if (same(path, tuple, hop)) {
			path->refs++;
			goto found;
		}
	path = make_path(bind, tuple, hop);
found:
	if (!IS_ERR(path))
		*moves = path->moves;
	mutex_unlock(&bind->lower);
	return path;
}

/**
 * chim_host_path_put() - a connection leaves its path
 * @path: the path, to be looked at under RCU alone from now on
 *
 * Context: process, may sleep.
 */
void chim_host_path_put(struct chim_host_path *path)
{
	struct chim_host_bind *bind = path->bind;

	mutex_lock(&bind->lower);
	if (!--path->refs) {
		terminate(bind, path->family == 4 ? Ip4OffloadConstState :
						    Ip6OffloadConstState,
			  &path->context);
		put_neigh(bind, path->neigh);
		list_del(&path->node);
		kfree_rcu(path, rcu);
	}
	mutex_unlock(&bind->lower);
}

/* --- what changes --------------------------------------------------------- */

/* UPD-100: the new next hop is offloaded first, the old one ends afterwards. */
static bool relink(struct chim_host_bind *bind, struct chim_host_path *path,
		   const struct chim_host_hop *hop)
{
	struct chim_host_neigh *neigh = get_neigh(bind, hop);
	struct chim_host_block linker, block;
	bool done;

	if (IS_ERR(neigh))
		return false;
	chim_host_block_head(&linker, NeighborOffloadConstState,
			     &neigh->context);
	chim_host_block_path_cached(&block, path, hop->mtu);
	linker.b.DependentBlockList = &block.b;
	update(bind, &linker);
	done = block.b.Status == NDIS_STATUS_SUCCESS;
	if (done) {
		swap(path->neigh, neigh);
		path->mtu = hop->mtu;
		WRITE_ONCE(path->moves, path->moves + 1);
		chim_host_count(CHIM_HOST_NEW_HOP, 1);
	}
	put_neigh(bind, neigh);
	return done;
}

static bool set_mtu(struct chim_host_bind *bind, struct chim_host_path *path,
		    u32 mtu)
{
	struct chim_host_block block;

	if (mtu == path->mtu)
		return true;
	chim_host_block_path_cached(&block, path, mtu);
	if (update(bind, &block) != NDIS_STATUS_SUCCESS)
		return false;
	path->mtu = mtu;
	chim_host_count(CHIM_HOST_NEW_MTU, 1);
	return true;
}

static enum chim_host_why follow(struct chim_host_bind *bind,
				 struct chim_host_path *path,
				 const struct chim_host_seen *was,
				 const struct chim_host_hop *now, bool resolved)
{
	if (leads_to(now, path->neigh)) {
		if (path->neigh->lost)
			return CHIM_HOST_UP_HOP;
	} else if (resolved) {
		/*
		 * Somebody else's connection has taken the path along. Should two next
		 * hops have the same digest, an upload is no mistake either.
		 */
		if (was->digest == chim_host_hop_digest(now))
			return CHIM_HOST_UP_ROUTE;
		return relink(bind, path, now) ? CHIM_HOST_FITS :
						 CHIM_HOST_UP_UPDATE;
	}
	if (now->mtu != was->mtu && !set_mtu(bind, path, now->mtu))
		return CHIM_HOST_UP_UPDATE;
	return CHIM_HOST_FITS;
}

/**
 * chim_host_path_follow() - a connection's route may have changed
 * @path: its path
 * @was: what the connection saw last
 * @now: what it sees
 * @resolved: @now has the address of the next hop; if it has not, the path stays
 *	linked to the old one
 *
 * All connections of the path go with it. One whose own route does not lead there
 * has to leave it.
 *
 * Context: process, may sleep.
 * Return: CHIM_HOST_FITS, or why the connection cannot stay.
 */
enum chim_host_why chim_host_path_follow(struct chim_host_path *path,
					 const struct chim_host_seen *was,
					 const struct chim_host_hop *now,
					 bool resolved)
{
	struct chim_host_bind *bind = path->bind;
	enum chim_host_why why;

	mutex_lock(&bind->lower);
	why = follow(bind, path, was, now, resolved);
	mutex_unlock(&bind->lower);
	return why;
}

/**
 * chim_host_neighs_follow() - the kernel's table of neighbors has changed
 * @bind: adapter
 *
 * Context: process, may sleep.
 * Return: true if a next hop is lost, and connections have to be looked at.
 */
bool chim_host_neighs_follow(struct chim_host_bind *bind)
{
	struct chim_host_neigh *neigh;
	bool lost = false;

	mutex_lock(&bind->lower);
	list_for_each_entry(neigh, &bind->neighs, node) {
		check_neigh(bind, neigh);
		lost |= neigh->lost;
	}
	mutex_unlock(&bind->lower);
	return lost;
}
