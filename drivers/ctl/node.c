// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks with their state structures, as a client of the target fills and
 * reads them.
 *
 * The structures lie back to back behind the block, some of them misaligned,
 * so each is built apart and copied as a whole.
 */
#include "ctl/op.h"

#include <linux/etherdevice.h>

#include <ndischimney.h>

static_assert(offsetof(struct chim_ctl_node, state) ==
	      sizeof(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST));
static_assert(sizeof(NEIGHBOR_OFFLOAD_STATE_CONST) +
	      sizeof(NEIGHBOR_OFFLOAD_STATE_CACHED) +
	      sizeof(NEIGHBOR_OFFLOAD_STATE_DELEGATED) <= CHIM_CTL_STATE_MAX);
static_assert(sizeof(PATH_OFFLOAD_STATE_CONST) +
	      sizeof(PATH_OFFLOAD_STATE_CACHED) +
	      sizeof(PATH_OFFLOAD_STATE_DELEGATED) <= CHIM_CTL_STATE_MAX);

#define NR_CONST	0
#define NR_CACHED	1
#define NR_DELEG	2
#define NR_PARTS	3

static const u8 sizes[CHIM_LAYERS][NR_PARTS] = {
	[CHIM_NEIGH] = {
		sizeof(NEIGHBOR_OFFLOAD_STATE_CONST),
		sizeof(NEIGHBOR_OFFLOAD_STATE_CACHED),
		sizeof(NEIGHBOR_OFFLOAD_STATE_DELEGATED),
	},
	[CHIM_PATH] = {
		sizeof(PATH_OFFLOAD_STATE_CONST),
		sizeof(PATH_OFFLOAD_STATE_CACHED),
		sizeof(PATH_OFFLOAD_STATE_DELEGATED),
	},
	[CHIM_CONN] = {
		sizeof(TCP_OFFLOAD_STATE_CONST),
		sizeof(TCP_OFFLOAD_STATE_CACHED),
		sizeof(TCP_OFFLOAD_STATE_DELEGATED),
	},
};

/*
 * A block without state has the type of all: neither an update nor a
 * termination looks behind it (D-02).
 */
static u8 type_of(const struct chim_ctl_node *node)
{
	u8 first = NeighborOffloadConstState;
	u8 all = NeighborOffloadState;

	if (node->layer == CHIM_PATH) {
		first = node->family == AF_INET ? Ip4OffloadConstState :
						  Ip6OffloadConstState;
		all = node->family == AF_INET ? Ip4OffloadState :
						Ip6OffloadState;
	} else if (node->layer == CHIM_CONN) {
		first = TcpOffloadConstState;
		all = TcpOffloadState;
	}
	switch (node->parts) {
	case CHIM_CTL_CONST:
		return first;
	case CHIM_CTL_CACHED:
		return first + 1;
	case CHIM_CTL_DELEG:
		return first + 2;
	default:
		return all;
	}
}

/* Where a part lies, or would. */
static size_t offset(const struct chim_ctl_node *node, int nr)
{
	size_t at = 0;
	int i;

	for (i = 0; i < nr; i++)
		if (node->parts & BIT(i))
			at += sizes[node->layer][i];
	return at;
}

/* Copies a part out of the node; false if it has none. */
static bool load(const struct chim_ctl_node *node, int nr, void *state)
{
	if (!(node->parts & BIT(nr)))
		return false;
	memcpy(state, node->state + offset(node, nr), sizes[node->layer][nr]);
	return true;
}

static void store(struct chim_ctl_node *node, int nr, const void *state)
{
	memcpy(node->state + offset(node, nr), state, sizes[node->layer][nr]);
}

/* Only its addresses have to lead somewhere before a query. */
static void start_path(struct chim_ctl_node *node)
{
	PATH_OFFLOAD_STATE_CONST s;

	if (!load(node, NR_CONST, &s))
		return;
	s.SourceAddress = node->src;
	s.DestinationAddress = node->dst;
	store(node, NR_CONST, &s);
}

/**
 * chim_ctl_node_start() - prepare a block
 * @node: layer, family and context are set
 * @parts: CHIM_CTL_* that are to follow it; their headers are written
 *	(BLK-040)
 *
 * Context: any.
 */
void chim_ctl_node_start(struct chim_ctl_node *node, u8 parts)
{
	OFFLOAD_STATE_HEADER header = {};
	int nr;

	node->parts = parts;
	node->block.Header.Type = type_of(node);
	node->block.Header.Revision =
		NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	node->block.Header.Size =
		NDIS_SIZEOF_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	node->block.MiniportOffloadContext = &node->context;
	node->block.PortNumber = NDIS_DEFAULT_PORT_NUMBER;
	node->block.Status = NDIS_STATUS_PENDING;
	for (nr = NR_CONST; nr < NR_PARTS; nr++) {
		if (!(parts & BIT(nr)))
			continue;
		header.Length = sizes[node->layer][nr];
		memcpy(node->state + offset(node, nr), &header, sizeof(header));
	}
	if (node->layer == CHIM_PATH)
		start_path(node);
}

static void store_neigh(struct chim_ctl_node *node,
			const struct chim_ctl_values *v)
{
	NEIGHBOR_OFFLOAD_STATE_CONST c;
	NEIGHBOR_OFFLOAD_STATE_CACHED cached;
	NEIGHBOR_OFFLOAD_STATE_DELEGATED d;

	if (load(node, NR_CONST, &c)) {
		ether_addr_copy(c.DlSourceAddress, v->src);
		c.VlanId = v->vlan;
		store(node, NR_CONST, &c);
	}
	if (load(node, NR_CACHED, &cached)) {
		ether_addr_copy(cached.DlDestinationAddress, v->lladdr);
		cached.HostReachabilityDelta = v->hrd;
		store(node, NR_CACHED, &cached);
	}
	if (load(node, NR_DELEG, &d)) {
		d.NicReachabilityDelta = v->nrd;
		store(node, NR_DELEG, &d);
	}
}

static void store_path(struct chim_ctl_node *node,
		       const struct chim_ctl_values *v)
{
	PATH_OFFLOAD_STATE_CACHED cached;

	memcpy(node->src, &v->local, sizeof(v->local));
	memcpy(node->dst, &v->remote, sizeof(v->remote));
	if (load(node, NR_CACHED, &cached)) {
		cached.PathMtu = v->mtu;
		store(node, NR_CACHED, &cached);
	}
}

/* Variables that are members of their own, one part of them. */
static void store_plain(void *state, const struct chim_ctl_values *v, u8 part)
{
	int attr;

	for (attr = 1; attr <= CHIMNEY_A_CONNECTION_MAX; attr++) {
		const struct chim_ctl_field *f = &chim_ctl_fields[attr];

		if (f->part == part && f->own_size)
			chim_ctl_store(state, f->ndis, f->size, v->conn[attr]);
	}
}

static void load_plain(const void *state, struct chim_ctl_values *v, u8 part)
{
	int attr;

	for (attr = 1; attr <= CHIMNEY_A_CONNECTION_MAX; attr++) {
		const struct chim_ctl_field *f = &chim_ctl_fields[attr];

		if (f->part == part && f->own_size)
			v->conn[attr] = chim_ctl_load(state, f->ndis, f->size);
	}
}

static u16 flag(const u32 *conn, int attr, u16 flag)
{
	return conn[attr] ? flag : 0;
}

static void store_conn_const(TCP_OFFLOAD_STATE_CONST *s,
			     const struct chim_ctl_values *v)
{
	const u32 *conn = v->conn;

	store_plain(s, v, CHIM_CTL_CONST);
	s->Flags = flag(conn, CHIMNEY_A_CONNECTION_TIMESTAMPS,
			TCP_FLAG_TIMESTAMP_ENABLED) |
		   flag(conn, CHIMNEY_A_CONNECTION_SACK,
			TCP_FLAG_SACK_ENABLED) |
		   flag(conn, CHIMNEY_A_CONNECTION_WSCALE,
			TCP_FLAG_WINDOW_SCALING_ENABLED);
	s->SndWindScale = conn[CHIMNEY_A_CONNECTION_SND_WSCALE];
	s->RcvWindScale = conn[CHIMNEY_A_CONNECTION_RCV_WSCALE];
}

static void store_conn_cached(TCP_OFFLOAD_STATE_CACHED *s,
			      const struct chim_ctl_values *v)
{
	const u32 *conn = v->conn;

	store_plain(s, v, CHIM_CTL_CACHED);
	s->Flags = flag(conn, CHIMNEY_A_CONNECTION_KEEPALIVE,
			TCP_FLAG_KEEP_ALIVE_ENABLED) |
		   flag(conn, CHIMNEY_A_CONNECTION_NAGLE,
			TCP_FLAG_NAGLING_ENABLED) |
		   flag(conn, CHIMNEY_A_CONNECTION_KA_RESTART,
			TCP_FLAG_KEEP_ALIVE_RESTART) |
		   flag(conn, CHIMNEY_A_CONNECTION_MAX_RT_RESTART,
			TCP_FLAG_MAX_RT_RESTART) |
		   (v->window ? TCP_FLAG_UPDATE_RCV_WND : 0);	/* UPD-144 */
	s->FlowLabel = conn[CHIMNEY_A_CONNECTION_FLOW_LABEL];
	s->UserPriority = conn[CHIMNEY_A_CONNECTION_PRIO];
}

static void store_conn(struct chim_ctl_node *node,
		       const struct chim_ctl_values *v)
{
	TCP_OFFLOAD_STATE_CONST c;
	TCP_OFFLOAD_STATE_CACHED cached;
	TCP_OFFLOAD_STATE_DELEGATED d;

	if (load(node, NR_CONST, &c)) {
		store_conn_const(&c, v);
		store(node, NR_CONST, &c);
	}
	if (load(node, NR_CACHED, &cached)) {
		store_conn_cached(&cached, v);
		store(node, NR_CACHED, &cached);
	}
	if (load(node, NR_DELEG, &d)) {
		store_plain(&d, v, CHIM_CTL_DELEG);
		store(node, NR_DELEG, &d);
	}
}

/**
 * chim_ctl_node_store() - write variables behind a block
 * @node: started
 * @v: of its layer; those of parts that do not follow it are ignored
 *
 * Context: any.
 */
void chim_ctl_node_store(struct chim_ctl_node *node,
			 const struct chim_ctl_values *v)
{
	if (node->layer == CHIM_NEIGH)
		store_neigh(node, v);
	else if (node->layer == CHIM_PATH)
		store_path(node, v);
	else
		store_conn(node, v);
}

static void load_neigh(const struct chim_ctl_node *node,
		       struct chim_ctl_values *v)
{
	NEIGHBOR_OFFLOAD_STATE_CONST c;
	NEIGHBOR_OFFLOAD_STATE_CACHED cached;
	NEIGHBOR_OFFLOAD_STATE_DELEGATED d;

	if (load(node, NR_CONST, &c)) {
		ether_addr_copy(v->src, c.DlSourceAddress);
		v->vlan = c.VlanId;
	}
	if (load(node, NR_CACHED, &cached)) {
		ether_addr_copy(v->lladdr, cached.DlDestinationAddress);
		v->hrd = cached.HostReachabilityDelta;
	}
	if (load(node, NR_DELEG, &d))
		v->nrd = d.NicReachabilityDelta;
}

static void load_path(const struct chim_ctl_node *node,
		      struct chim_ctl_values *v)
{
	PATH_OFFLOAD_STATE_CACHED cached;

	v->family = node->family;
	memcpy(&v->local, node->src, sizeof(v->local));
	memcpy(&v->remote, node->dst, sizeof(v->remote));
	if (load(node, NR_CACHED, &cached))
		v->mtu = cached.PathMtu;
}

static void load_conn_const(const TCP_OFFLOAD_STATE_CONST *s,
			    struct chim_ctl_values *v)
{
	u32 *conn = v->conn;

	load_plain(s, v, CHIM_CTL_CONST);
	conn[CHIMNEY_A_CONNECTION_TIMESTAMPS] =
		!!(s->Flags & TCP_FLAG_TIMESTAMP_ENABLED);
	conn[CHIMNEY_A_CONNECTION_SACK] =
		!!(s->Flags & TCP_FLAG_SACK_ENABLED);
	conn[CHIMNEY_A_CONNECTION_WSCALE] =
		!!(s->Flags & TCP_FLAG_WINDOW_SCALING_ENABLED);
	conn[CHIMNEY_A_CONNECTION_SND_WSCALE] = s->SndWindScale;
	conn[CHIMNEY_A_CONNECTION_RCV_WSCALE] = s->RcvWindScale;
}

static void load_conn_cached(const TCP_OFFLOAD_STATE_CACHED *s,
			     struct chim_ctl_values *v)
{
	u32 *conn = v->conn;

	load_plain(s, v, CHIM_CTL_CACHED);
	conn[CHIMNEY_A_CONNECTION_KEEPALIVE] =
		!!(s->Flags & TCP_FLAG_KEEP_ALIVE_ENABLED);
	conn[CHIMNEY_A_CONNECTION_NAGLE] =
		!!(s->Flags & TCP_FLAG_NAGLING_ENABLED);
	conn[CHIMNEY_A_CONNECTION_FLOW_LABEL] = s->FlowLabel;
	conn[CHIMNEY_A_CONNECTION_PRIO] = s->UserPriority;
}

static void load_conn(const struct chim_ctl_node *node,
		      struct chim_ctl_values *v)
{
	TCP_OFFLOAD_STATE_CONST c;
	TCP_OFFLOAD_STATE_CACHED cached;
	TCP_OFFLOAD_STATE_DELEGATED d;

	if (load(node, NR_CONST, &c))
		load_conn_const(&c, v);
	if (load(node, NR_CACHED, &cached))
		load_conn_cached(&cached, v);
	if (load(node, NR_DELEG, &d))
		load_plain(&d, v, CHIM_CTL_DELEG);
}

/**
 * chim_ctl_node_load() - read the variables behind a block
 * @node: from a completed operation
 * @v: variables of the parts that follow the block are set, the others keep
 *	their values
 *
 * Context: any.
 */
void chim_ctl_node_load(const struct chim_ctl_node *node,
			struct chim_ctl_values *v)
{
	v->layer = node->layer;
	if (node->layer == CHIM_NEIGH)
		load_neigh(node, v);
	else if (node->layer == CHIM_PATH)
		load_path(node, v);
	else
		load_conn(node, v);
}

/**
 * chim_ctl_node_buffered() - received data that a termination has passed back
 * @node: a node of a termination that has completed
 *
 * Context: any.
 * Return: the list, or NULL.
 */
PNET_BUFFER_LIST chim_ctl_node_buffered(const struct chim_ctl_node *node)
{
	TCP_OFFLOAD_STATE_DELEGATED d;

	if (node->layer != CHIM_CONN || !(node->parts & BIT(NR_DELEG)) ||
	    node->block.Status != NDIS_STATUS_SUCCESS)
		return NULL;
	memcpy(&d, node->state + offset(node, NR_DELEG), sizeof(d));
	return d.BufferedData;
}
