// SPDX-License-Identifier: GPL-2.0
/* Blocks, and the state structures behind them. */
#include "host/block.h"

#include "host/lower.h"

#include <linux/etherdevice.h>
#include <linux/string.h>

static void add(struct chim_host_block *block, size_t *at, const void *state,
		size_t size)
{
	memcpy(block->state + *at, state, size);
	*at += size;
}

/**
 * chim_host_block_head() - a block with nothing behind it
 * @block: memory
 * @type: OFFLOAD_STATE_TYPE
 * @context: place of the object's handle
 *
 * Context: any.
 */
void chim_host_block_head(struct chim_host_block *block, u8 type,
			  PVOID *context)
{
	memset(block, 0, sizeof(*block));
	block->b.Header.Type = type;
	block->b.Header.Revision = NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	block->b.Header.Size = NDIS_SIZEOF_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	block->b.Status = NDIS_STATUS_PENDING;
	block->b.MiniportOffloadContext = context;
}

/**
 * chim_host_block_neigh() - a new neighbor
 * @block: memory
 * @neigh: its values; must stay while it is offloaded
 *
 * Context: any.
 */
void chim_host_block_neigh(struct chim_host_block *block,
			   struct chim_host_neigh *neigh)
{
	NEIGHBOR_OFFLOAD_STATE_CONST c = { .Header.Length = sizeof(c) };
	NEIGHBOR_OFFLOAD_STATE_CACHED v = { .Header.Length = sizeof(v) };
	NEIGHBOR_OFFLOAD_STATE_DELEGATED d = { .Header.Length = sizeof(d) };
	size_t at = 0;

	ether_addr_copy(v.DlDestinationAddress, neigh->mac);
	chim_host_block_head(block, NeighborOffloadState, &neigh->context);
	block->b.NdisOffloadHandle = neigh;
	add(block, &at, &c, sizeof(c));
	add(block, &at, &v, sizeof(v));
	add(block, &at, &d, sizeof(d));
}

/**
 * chim_host_block_neigh_cached() - an update of a neighbor
 * @block: memory
 * @neigh: offloaded
 * @mac: its address
 * @hrd: ticks since it was known to be reachable
 *
 * Context: any.
 */
void chim_host_block_neigh_cached(struct chim_host_block *block,
				  struct chim_host_neigh *neigh, const u8 *mac,
				  u32 hrd)
{
	NEIGHBOR_OFFLOAD_STATE_CACHED v = {
		.Header.Length = sizeof(v),
		.HostReachabilityDelta = hrd,
	};
	size_t at = 0;

	ether_addr_copy(v.DlDestinationAddress, mac);
	chim_host_block_head(block, NeighborOffloadCachedState,
			     &neigh->context);
	add(block, &at, &v, sizeof(v));
}

/**
 * chim_host_block_path() - a new path
 * @block: memory
 * @path: its values; must stay while it is offloaded
 *
 * Context: any.
 */
void chim_host_block_path(struct chim_host_block *block,
			  struct chim_host_path *path)
{
	PATH_OFFLOAD_STATE_CONST c = {
		.Header.Length = sizeof(c),
		.SourceAddress = path->local.s6_addr,
		.DestinationAddress = path->remote.s6_addr,
	};
	PATH_OFFLOAD_STATE_CACHED v = {
		.Header.Length = sizeof(v),
		.PathMtu = path->mtu,
	};
	PATH_OFFLOAD_STATE_DELEGATED d = { .Header.Length = sizeof(d) };
	size_t at = 0;

	chim_host_block_head(block, path->family == 4 ? Ip4OffloadState :
							Ip6OffloadState,
			     &path->context);
	block->b.NdisOffloadHandle = path;
	add(block, &at, &c, sizeof(c));
	add(block, &at, &v, sizeof(v));
	add(block, &at, &d, sizeof(d));
}

/**
 * chim_host_block_path_cached() - an update of a path
 * @block: memory
 * @path: offloaded
 * @mtu: its MTU
 *
 * Context: any.
 */
void chim_host_block_path_cached(struct chim_host_block *block,
				 struct chim_host_path *path, u32 mtu)
{
	PATH_OFFLOAD_STATE_CACHED v = {
		.Header.Length = sizeof(v),
		.PathMtu = mtu,
	};
	size_t at = 0;

	chim_host_block_head(block, path->family == 4 ? Ip4OffloadCachedState :
							Ip6OffloadCachedState,
			     &path->context);
	add(block, &at, &v, sizeof(v));
}

static PNET_BUFFER_LIST last(PNET_BUFFER_LIST list)
{
	while (list && list->Next)
		list = list->Next;
	return list;
}

/**
 * chim_host_block_conn() - a new connection
 * @block: memory
 * @context: place of its handle
 * @handle: what the target is to call it
 * @values: its state
 * @sends: outstanding send data, or NULL
 *
 * Context: any.
 */
void chim_host_block_conn(struct chim_host_block *block, PVOID *context,
			  NDIS_HANDLE handle,
			  const struct chim_host_values *values,
			  PNET_BUFFER_LIST sends)
{
	TCP_OFFLOAD_STATE_DELEGATED d = values->d;
	size_t at = 0;

	d.SendDataHead = sends;
	d.SendDataTail = last(sends);
	chim_host_block_head(block, TcpOffloadState, context);
	block->b.NdisOffloadHandle = handle;
	block->b.NetBufferListChain = sends;
	add(block, &at, &values->c, sizeof(values->c));
	add(block, &at, &values->v, sizeof(values->v));
	add(block, &at, &d, sizeof(d));
}

/**
 * chim_host_block_cached() - an update of a connection
 * @block: memory
 * @context: place of its handle
 * @v: its cached variables
 * @window: the receive window is among those that have changed
 *
 * Context: any.
 */
void chim_host_block_cached(struct chim_host_block *block, PVOID *context,
			    const TCP_OFFLOAD_STATE_CACHED *v, bool window)
{
	TCP_OFFLOAD_STATE_CACHED new = *v;
	size_t at = 0;

	if (window)
		new.Flags |= TCP_FLAG_UPDATE_RCV_WND;
	chim_host_block_head(block, TcpOffloadCachedState, context);
	add(block, &at, &new, sizeof(new));
}

/**
 * chim_host_block_deleg() - for a query or termination of a connection
 * @block: memory
 * @context: place of its handle
 *
 * Context: any.
 */
void chim_host_block_deleg(struct chim_host_block *block, PVOID *context)
{
	TCP_OFFLOAD_STATE_DELEGATED d = { .Header.Length = sizeof(d) };
	size_t at = 0;

	chim_host_block_head(block, TcpOffloadDelegatedState, context);
	add(block, &at, &d, sizeof(d));
}

/**
 * chim_host_block_read() - what came back
 * @block: from chim_host_block_deleg(), completed
 * @d: set
 *
 * Context: any.
 */
void chim_host_block_read(const struct chim_host_block *block,
			  TCP_OFFLOAD_STATE_DELEGATED *d)
{
	memcpy(d, block->state, sizeof(*d));
}
