// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks, and the state structures behind them. Those lie back to back, some
 * misaligned, so each is built apart and copied as a whole.
 */
#include "client.h"

static void add(struct chimc_block *block, size_t *at, const void *state,
		size_t size)
{
	memcpy(block->state + *at, state, size);
	*at += size;
}

/**
 * chimc_block_head() - a block with nothing behind it
 * @block: memory
 * @type: OFFLOAD_STATE_TYPE
 * @context: place of the object's handle
 *
 * Context: any.
 */
void chimc_block_head(struct chimc_block *block, u8 type, PVOID *context)
{
	memset(block, 0, sizeof(*block));
	block->b.Header.Type = type;
	block->b.Header.Revision = NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	block->b.Header.Size = NDIS_SIZEOF_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	block->b.Status = NDIS_STATUS_PENDING;
	block->b.MiniportOffloadContext = context;
}

/**
 * chimc_block_neigh() - a new neighbor
 * @block: memory
 * @neigh: its values; must stay while it is offloaded
 *
 * Context: any.
 */
void chimc_block_neigh(struct chimc_block *block, struct chimc_neigh *neigh)
{
	NEIGHBOR_OFFLOAD_STATE_CONST c = {
		.Header.Length = sizeof(c),
		.VlanId = neigh->vlan,
	};
	NEIGHBOR_OFFLOAD_STATE_CACHED v = { .Header.Length = sizeof(v) };
	NEIGHBOR_OFFLOAD_STATE_DELEGATED d = { .Header.Length = sizeof(d) };
	size_t at = 0;

	ether_addr_copy(v.DlDestinationAddress, neigh->mac);
	chimc_block_head(block, NeighborOffloadState, &neigh->context);
	block->b.NdisOffloadHandle = neigh;
	add(block, &at, &c, sizeof(c));
	add(block, &at, &v, sizeof(v));
	add(block, &at, &d, sizeof(d));
}

/**
 * chimc_block_neigh_mac() - an update of a neighbor's address
 * @block: memory
 * @neigh: offloaded
 * @mac: new address
 *
 * Context: any.
 */
void chimc_block_neigh_mac(struct chimc_block *block, struct chimc_neigh *neigh,
			   const u8 *mac)
{
	NEIGHBOR_OFFLOAD_STATE_CACHED v = { .Header.Length = sizeof(v) };
	size_t at = 0;

	ether_addr_copy(v.DlDestinationAddress, mac);
	chimc_block_head(block, NeighborOffloadCachedState, &neigh->context);
	add(block, &at, &v, sizeof(v));
}

/**
 * chimc_block_path() - a new path
 * @block: memory
 * @path: its values; must stay while it is offloaded
 *
 * Context: any.
 */
void chimc_block_path(struct chimc_block *block, struct chimc_path *path)
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

	chimc_block_head(block, path->family == 4 ? Ip4OffloadState :
						    Ip6OffloadState,
			 &path->context);
	block->b.NdisOffloadHandle = path;
	add(block, &at, &c, sizeof(c));
	add(block, &at, &v, sizeof(v));
	add(block, &at, &d, sizeof(d));
}

/**
 * chimc_block_path_mtu() - an update of a path
 * @block: memory
 * @path: offloaded
 * @mtu: new MTU
 *
 * Context: any.
 */
void chimc_block_path_mtu(struct chimc_block *block, struct chimc_path *path,
			  u32 mtu)
{
	PATH_OFFLOAD_STATE_CACHED v = {
		.Header.Length = sizeof(v),
		.PathMtu = mtu,
	};
	size_t at = 0;

	chimc_block_head(block, path->family == 4 ? Ip4OffloadCachedState :
						    Ip6OffloadCachedState,
			 &path->context);
	add(block, &at, &v, sizeof(v));
}

static void fill_const(TCP_OFFLOAD_STATE_CONST *c,
		       const struct chimc_tuple *tuple,
		       const struct chimc_values *v)
{
	memset(c, 0, sizeof(*c));
	c->Header.Length = sizeof(*c);
	c->Flags = (v->timestamps ? TCP_FLAG_TIMESTAMP_ENABLED : 0) |
		   (v->sack ? TCP_FLAG_SACK_ENABLED : 0) |
		   (v->wscale ? TCP_FLAG_WINDOW_SCALING_ENABLED : 0);
	c->RemotePort = (__force u16)tuple->rport;
	c->LocalPort = (__force u16)tuple->lport;
	c->SndWindScale = v->snd_wscale;
	c->RcvWindScale = v->rcv_wscale;
	c->RemoteMss = v->remote_mss;
}

static void fill_cached(TCP_OFFLOAD_STATE_CACHED *c,
			const struct chimc_values *v)
{
	memset(c, 0, sizeof(*c));
	c->Header.Length = sizeof(*c);
	c->Flags = (v->keepalive ? TCP_FLAG_KEEP_ALIVE_ENABLED : 0) |
		   (v->nagle ? TCP_FLAG_NAGLING_ENABLED : 0) | v->restart;
	c->InitialRcvWnd = v->rcv_wnd_init;
	c->RcvIndicationSize = v->rcv_ind_size;
	c->KaProbeCount = v->ka_probes;
	c->KaTimeout = v->ka_timeout;
	c->KaInterval = v->ka_interval;
	c->MaxRT = v->max_rt;
	c->FlowLabel = v->flow_label;
	c->TtlOrHopLimit = v->ttl;
	c->TosOrTrafficClass = v->tos;
	c->UserPriority = v->prio;
}

static void fill_deleg(TCP_OFFLOAD_STATE_DELEGATED *d,
		       const struct chimc_values *v)
{
	memset(d, 0, sizeof(*d));
	d->Header.Length = sizeof(*d);
	d->State = v->state;
	d->RcvNxt = v->rcv_nxt;
	d->RcvWnd = v->rcv_wnd;
	d->SndUna = v->snd_una;
	d->SndNxt = v->snd_nxt;
	d->SndMax = v->snd_max;
	d->SndWnd = v->snd_wnd;
	d->MaxSndWnd = v->max_snd_wnd;
	d->SendWL1 = v->snd_wl1;
	d->CWnd = v->cwnd;
	d->SsThresh = v->ssthresh;
	d->SRtt = v->srtt;
	d->RttVar = v->rttvar;
	d->TsRecent = v->ts_recent;
	d->TsRecentAge = v->ts_recent_age;
	d->TsTime = v->ts_time;
	d->TotalRT = v->total_rt;
	d->DupAckCount = v->dup_acks;
	d->SndWndProbeCount = v->wnd_probes;
	d->KeepAlive.ProbeCount = v->ka_count;
	d->KeepAlive.TimeoutDelta = v->ka_left;
	d->Retransmit.Count = v->rt_count;
	d->Retransmit.TimeoutDelta = v->rt_left;
	d->DWnd = v->dwnd;
}

static PNET_BUFFER_LIST last(PNET_BUFFER_LIST list)
{
	while (list && list->Next)
		list = list->Next;
	return list;
}

/**
 * chimc_block_conn() - a new connection
 * @block: memory
 * @conn: its values
 * @sends: outstanding send data, or NULL
 * @buffered: received data not delivered, or NULL
 *
 * Context: any.
 */
void chimc_block_conn(struct chimc_block *block, struct chimc_conn *conn,
		      PNET_BUFFER_LIST sends, PNET_BUFFER_LIST buffered)
{
	TCP_OFFLOAD_STATE_CONST c;
	TCP_OFFLOAD_STATE_CACHED v;
	TCP_OFFLOAD_STATE_DELEGATED d;
	size_t at = 0;

	fill_const(&c, &conn->tuple, &conn->values);
	fill_cached(&v, &conn->values);
	fill_deleg(&d, &conn->values);
	d.SendDataHead = sends;
	d.SendDataTail = last(sends);
	d.BufferedData = buffered;
	chimc_block_head(block, TcpOffloadState, &conn->context);
	block->b.NdisOffloadHandle = conn;
	block->b.NetBufferListChain = sends;
	add(block, &at, &c, sizeof(c));
	add(block, &at, &v, sizeof(v));
	add(block, &at, &d, sizeof(d));
}

/**
 * chimc_block_conn_cached() - an update of a connection
 * @block: memory
 * @context: place of its handle
 * @v: values; the cached ones count
 *
 * Context: any.
 */
void chimc_block_conn_cached(struct chimc_block *block, PVOID *context,
			     const struct chimc_values *v)
{
	TCP_OFFLOAD_STATE_CACHED c;
	size_t at = 0;

	fill_cached(&c, v);
	c.Flags |= TCP_FLAG_UPDATE_RCV_WND;
	chimc_block_head(block, TcpOffloadCachedState, context);
	add(block, &at, &c, sizeof(c));
}

/**
 * chimc_block_conn_deleg() - for a query or termination of a connection
 * @block: memory
 * @context: place of its handle
 *
 * Context: any.
 */
void chimc_block_conn_deleg(struct chimc_block *block, PVOID *context)
{
	TCP_OFFLOAD_STATE_DELEGATED d = { .Header.Length = sizeof(d) };
	size_t at = 0;

	chimc_block_head(block, TcpOffloadDelegatedState, context);
	add(block, &at, &d, sizeof(d));
}

/**
 * chimc_block_read_deleg() - what came back
 * @block: from chimc_block_conn_deleg(), completed
 * @v: its delegated values are set
 * @buffered: set, if not NULL: received data (TRM-091); else the block is a
 *	query's, and the backlog sizes are set
 *
 * Context: any.
 */
void chimc_block_read_deleg(const struct chimc_block *block,
			    struct chimc_values *v, PNET_BUFFER_LIST *buffered)
{
	TCP_OFFLOAD_STATE_DELEGATED d;

	memcpy(&d, block->state, sizeof(d));
	v->state = d.State;
	v->rcv_nxt = d.RcvNxt;
	v->rcv_wnd = d.RcvWnd;
	v->snd_una = d.SndUna;
	v->snd_nxt = d.SndNxt;
	v->snd_max = d.SndMax;
	v->snd_wnd = d.SndWnd;
	v->max_snd_wnd = d.MaxSndWnd;
	v->snd_wl1 = d.SendWL1;
	v->cwnd = d.CWnd;
	v->ssthresh = d.SsThresh;
	v->srtt = d.SRtt;
	v->rttvar = d.RttVar;
	v->ts_recent = d.TsRecent;
	v->ts_recent_age = d.TsRecentAge;
	v->ts_time = d.TsTime;
	v->total_rt = d.TotalRT;
	v->dup_acks = d.DupAckCount;
	v->wnd_probes = d.SndWndProbeCount;
	v->ka_count = d.KeepAlive.ProbeCount;
	v->ka_left = d.KeepAlive.TimeoutDelta;
	v->rt_count = d.Retransmit.Count;
	v->rt_left = d.Retransmit.TimeoutDelta;
	v->dwnd = d.DWnd;
	v->send_bytes = d.SendBacklogSize;
	v->recv_bytes = d.ReceiveBacklogSize;
	if (buffered)
		*buffered = d.BufferedData;
}
