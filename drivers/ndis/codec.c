// SPDX-License-Identifier: GPL-2.0
/* State structures to values and back. */
#include "ndis/codec.h"

#include <linux/etherdevice.h>
#include <linux/kernel.h>
#include <linux/string.h>

/* Sizes of the structures of a layer, in memory order. */
static const u16 part_size[CHIM_LAYERS][3] = {
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

/* Where a part lies; @type must have it (BLK-013 to BLK-019). */
static void *part(chim_block_t block, const struct chim_type *type, int nr)
{
	u8 *at = (u8 *)(block + 1);
	int i;

	for (i = 0; i < nr; i++)
		if (type->parts & BIT(i))
			at += part_size[type->layer][i];
	return at;
}

/* Copies part @nr out and checks its Length. */
static enum chim_why load(chim_block_t block, const struct chim_type *type,
			  int nr, void *state)
{
	u32 size = part_size[type->layer][nr];
	const OFFLOAD_STATE_HEADER *header = state;

	memcpy(state, part(block, type, nr), size);
	return header->Length == size ? CHIM_OK : CHIM_WHY_LENGTH;
}

static void store(chim_block_t block, const struct chim_type *type, int nr,
		  const void *state)
{
	memcpy(part(block, type, nr), state, part_size[type->layer][nr]);
}

#define NR_CONST	0
#define NR_CACHED	1
#define NR_DELEG	2

/**
 * chim_check_parts() - check Length of every structure behind a block
 * @block: the block
 * @type: what its Type says
 *
 * Context: worker.
 * Return: CHIM_OK or CHIM_WHY_LENGTH (BLK-041).
 */
enum chim_why chim_check_parts(chim_block_t block, const struct chim_type *type)
{
	OFFLOAD_STATE_HEADER header;
	int nr;

	for (nr = NR_CONST; nr <= NR_DELEG; nr++) {
		if (!(type->parts & BIT(nr)))
			continue;
		memcpy(&header, part(block, type, nr), sizeof(header));
		if (header.Length != part_size[type->layer][nr])
			return CHIM_WHY_LENGTH;
	}
	return CHIM_OK;
}

/* O-06: 6 bytes count, the rest must be zero. */
static bool mac_fits(const UCHAR *address)
{
	return !memchr_inv(address + ETH_ALEN, 0,
			   OFFLOAD_DL_ADDRESS_LENGTH - ETH_ALEN);
}

/**
 * chim_get_neigh_const() - read NEIGHBOR_OFFLOAD_STATE_CONST
 * @block: the block
 * @type: what its Type says; has the part
 * @v: set
 *
 * Context: worker. So all functions of this file.
 * Return: CHIM_OK, or why not. So all functions of this file.
 */
enum chim_why chim_get_neigh_const(chim_block_t block,
				   const struct chim_type *type,
				   struct chim_neigh_const *v)
{
	NEIGHBOR_OFFLOAD_STATE_CONST s;
	enum chim_why why = load(block, type, NR_CONST, &s);

	if (why)
		return why;
	if (!mac_fits(s.DlSourceAddress))
		return CHIM_WHY_HWADDR;
	ether_addr_copy(v->src, s.DlSourceAddress);
	v->vlan = s.VlanId;
	return CHIM_OK;
}

/**
 * chim_get_neigh_cached() - read NEIGHBOR_OFFLOAD_STATE_CACHED
 * @block: the block
 * @type: what its Type says
 * @v: set
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_get_neigh_cached(chim_block_t block,
				    const struct chim_type *type,
				    struct chim_neigh_cached *v)
{
	NEIGHBOR_OFFLOAD_STATE_CACHED s;
	enum chim_why why = load(block, type, NR_CACHED, &s);

	if (why)
		return why;
	if (!mac_fits(s.DlDestinationAddress))
		return CHIM_WHY_MAC;
	ether_addr_copy(v->dst, s.DlDestinationAddress);
	v->hrd = s.HostReachabilityDelta;
	return CHIM_OK;
}

/**
 * chim_get_neigh_deleg() - read NEIGHBOR_OFFLOAD_STATE_DELEGATED
 * @block: the block
 * @type: what its Type says
 * @v: set
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_get_neigh_deleg(chim_block_t block,
				   const struct chim_type *type,
				   struct chim_neigh_deleg *v)
{
	NEIGHBOR_OFFLOAD_STATE_DELEGATED s;
	enum chim_why why = load(block, type, NR_DELEG, &s);

	v->nrd = s.NicReachabilityDelta;
	return why;
}

static size_t addr_len(const struct chim_type *type)
{
	return type->family == AF_INET ? sizeof(__be32) :
					 sizeof(struct in6_addr);
}

/**
 * chim_get_path_const() - read PATH_OFFLOAD_STATE_CONST (PTH-010, PTH-011)
 * @block: the block
 * @type: what its Type says
 * @v: set; the addresses are copied, not the pointers
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_get_path_const(chim_block_t block,
				  const struct chim_type *type,
				  struct chim_path_const *v)
{
	PATH_OFFLOAD_STATE_CONST s;
	enum chim_why why = load(block, type, NR_CONST, &s);

	if (why)
		return why;
	if (!chim_pointer_ok(s.SourceAddress, 1) ||
	    !chim_pointer_ok(s.DestinationAddress, 1))
		return CHIM_WHY_ADDRESS;
	memset(v, 0, sizeof(*v));
	v->family = type->family;
	memcpy(&v->src, s.SourceAddress, addr_len(type));
	memcpy(&v->dst, s.DestinationAddress, addr_len(type));
	return CHIM_OK;
}

/**
 * chim_get_path_cached() - read PATH_OFFLOAD_STATE_CACHED
 * @block: the block
 * @type: what its Type says
 * @v: set
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_get_path_cached(chim_block_t block,
				   const struct chim_type *type,
				   struct chim_path_cached *v)
{
	PATH_OFFLOAD_STATE_CACHED s;
	enum chim_why why = load(block, type, NR_CACHED, &s);

	v->mtu = s.PathMtu;
	return why;
}

/**
 * chim_get_path_deleg() - read PATH_OFFLOAD_STATE_DELEGATED (PTH-013)
 * @block: the block
 * @type: what its Type says
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_get_path_deleg(chim_block_t block,
				  const struct chim_type *type)
{
	PATH_OFFLOAD_STATE_DELEGATED s;

	return load(block, type, NR_DELEG, &s);
}

/**
 * chim_get_conn_const() - read TCP_OFFLOAD_STATE_CONST
 * @block: the block
 * @type: what its Type says
 * @v: set
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_get_conn_const(chim_block_t block,
				  const struct chim_type *type,
				  struct chim_conn_const *v)
{
	TCP_OFFLOAD_STATE_CONST s;
	enum chim_why why = load(block, type, NR_CONST, &s);

	if (why)
		return why;
	v->flags = s.Flags & CHIM_CONN_FLAGS;
	v->lport = (__force __be16)s.LocalPort;	/* O-02 */
	v->rport = (__force __be16)s.RemotePort;
	v->snd_wscale = s.SndWindScale;
	v->rcv_wscale = s.RcvWindScale;
	v->remote_mss = s.RemoteMss;
	v->hash = s.HashValue;
	return CHIM_OK;
}

/**
 * chim_get_conn_cached() - read TCP_OFFLOAD_STATE_CACHED
 * @block: the block
 * @type: what its Type says
 * @v: set
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_get_conn_cached(chim_block_t block,
				   const struct chim_type *type,
				   struct chim_conn_cached *v)
{
	TCP_OFFLOAD_STATE_CACHED s;
	enum chim_why why = load(block, type, NR_CACHED, &s);

	if (why)
		return why;
	v->flags = s.Flags & (CHIM_CONN_SETTINGS | CHIM_CONN_COMMANDS);
	v->rcv_wnd = s.InitialRcvWnd;
	v->rcv_ind_size = s.RcvIndicationSize;
	v->ka_probes = s.KaProbeCount;
	v->ka_timeout = s.KaTimeout;
	v->ka_interval = s.KaInterval;
	v->max_rt = s.MaxRT;
	v->flow_label = s.FlowLabel;
	v->ttl = s.TtlOrHopLimit;
	v->tos = s.TosOrTrafficClass;
	v->prio = s.UserPriority;
	return CHIM_OK;
}

/**
 * chim_get_conn_deleg() - read TCP_OFFLOAD_STATE_DELEGATED
 * @block: the block
 * @type: what its Type says
 * @v: set
 * @data: set
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_get_conn_deleg(chim_block_t block,
				  const struct chim_type *type,
				  struct chim_conn_deleg *v,
				  struct chim_data *data)
{
	TCP_OFFLOAD_STATE_DELEGATED s;
	enum chim_why why = load(block, type, NR_DELEG, &s);

	if (why)
		return why;
	*v = (struct chim_conn_deleg) {
		.state = s.State,
		.rcv_nxt = s.RcvNxt,
		.rcv_wnd = s.RcvWnd,
		.snd_una = s.SndUna,
		.snd_nxt = s.SndNxt,
		.snd_max = s.SndMax,
		.snd_wnd = s.SndWnd,
		.max_snd_wnd = s.MaxSndWnd,
		.snd_wl1 = s.SendWL1,
		.cwnd = s.CWnd,
		.ssthresh = s.SsThresh,
		.ts_recent = s.TsRecent,
		.ts_recent_age = s.TsRecentAge,
		.ts_time = s.TsTime,
		.total_rt = s.TotalRT,
		.ka_left = s.KeepAlive.TimeoutDelta,
		.rt_left = s.Retransmit.TimeoutDelta,
		.dwnd = s.DWnd,
		.srtt = s.SRtt,
		.rttvar = s.RttVar,
		.dup_acks = s.DupAckCount,
		.wnd_probes = s.SndWndProbeCount,
		.ka_probes = s.KeepAlive.ProbeCount,
		.rt_count = s.Retransmit.Count,
	};
	data->head = s.SendDataHead;
	data->tail = s.SendDataTail;
	data->buffered = s.BufferedData;
	return CHIM_OK;
}

/**
 * chim_put_neigh_const() - write NEIGHBOR_OFFLOAD_STATE_CONST
 * @block: the block
 * @type: what its Type says
 * @v: values
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_put_neigh_const(chim_block_t block,
				   const struct chim_type *type,
				   const struct chim_neigh_const *v)
{
	NEIGHBOR_OFFLOAD_STATE_CONST s;
	enum chim_why why = load(block, type, NR_CONST, &s);

	if (why)
		return why;
	memset(s.DlSourceAddress, 0, sizeof(s.DlSourceAddress));
	ether_addr_copy(s.DlSourceAddress, v->src);
	s.VlanId = v->vlan;
	store(block, type, NR_CONST, &s);
	return CHIM_OK;
}

/**
 * chim_put_neigh_cached() - write NEIGHBOR_OFFLOAD_STATE_CACHED
 * @block: the block
 * @type: what its Type says
 * @v: values
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_put_neigh_cached(chim_block_t block,
				    const struct chim_type *type,
				    const struct chim_neigh_cached *v)
{
	NEIGHBOR_OFFLOAD_STATE_CACHED s;
	enum chim_why why = load(block, type, NR_CACHED, &s);

	if (why)
		return why;
	memset(s.DlDestinationAddress, 0, sizeof(s.DlDestinationAddress));
	ether_addr_copy(s.DlDestinationAddress, v->dst);
	s.HostReachabilityDelta = v->hrd;
	store(block, type, NR_CACHED, &s);
	return CHIM_OK;
}

/**
 * chim_put_neigh_deleg() - write NEIGHBOR_OFFLOAD_STATE_DELEGATED
 * @block: the block
 * @type: what its Type says
 * @v: values
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_put_neigh_deleg(chim_block_t block,
				   const struct chim_type *type,
				   const struct chim_neigh_deleg *v)
{
	NEIGHBOR_OFFLOAD_STATE_DELEGATED s;
	enum chim_why why = load(block, type, NR_DELEG, &s);

	if (why)
		return why;
	s.NicReachabilityDelta = v->nrd;
	store(block, type, NR_DELEG, &s);
	return CHIM_OK;
}

static void put_addr(const UCHAR *to, const union chim_addr *addr, size_t len)
{
	if (chim_pointer_ok(to, 1))
		memcpy((void *)to, addr, len);
}

/**
 * chim_put_path_const() - write the addresses of PATH_OFFLOAD_STATE_CONST
 * @block: the block
 * @type: what its Type says
 * @v: values
 *
 * The variables are the addresses; they go where the host's pointers lead. A
 * pointer that leads nowhere is left alone.
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_put_path_const(chim_block_t block,
				  const struct chim_type *type,
				  const struct chim_path_const *v)
{
	PATH_OFFLOAD_STATE_CONST s;
	enum chim_why why = load(block, type, NR_CONST, &s);

	if (why)
		return why;
	put_addr(s.SourceAddress, &v->src, addr_len(type));
	put_addr(s.DestinationAddress, &v->dst, addr_len(type));
	return CHIM_OK;
}

/**
 * chim_put_path_cached() - write PATH_OFFLOAD_STATE_CACHED
 * @block: the block
 * @type: what its Type says
 * @v: values
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_put_path_cached(chim_block_t block,
				   const struct chim_type *type,
				   const struct chim_path_cached *v)
{
	PATH_OFFLOAD_STATE_CACHED s;
	enum chim_why why = load(block, type, NR_CACHED, &s);

	if (why)
		return why;
	s.PathMtu = v->mtu;
	store(block, type, NR_CACHED, &s);
	return CHIM_OK;
}

/**
 * chim_put_conn_const() - write TCP_OFFLOAD_STATE_CONST
 * @block: the block
 * @type: what its Type says
 * @v: values
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_put_conn_const(chim_block_t block,
				  const struct chim_type *type,
				  const struct chim_conn_const *v)
{
	TCP_OFFLOAD_STATE_CONST s;
	enum chim_why why = load(block, type, NR_CONST, &s);

	if (why)
		return why;
	s.Flags = v->flags;
	s.LocalPort = (__force u16)v->lport;
	s.RemotePort = (__force u16)v->rport;
	s.SndWindScale = v->snd_wscale;
	s.RcvWindScale = v->rcv_wscale;
	s.RemoteMss = v->remote_mss;
	s.HashValue = v->hash;
	store(block, type, NR_CONST, &s);
	return CHIM_OK;
}

/**
 * chim_put_conn_cached() - write TCP_OFFLOAD_STATE_CACHED
 * @block: the block
 * @type: what its Type says
 * @v: values; the commands among the flags read back as clear (O-07)
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_put_conn_cached(chim_block_t block,
				   const struct chim_type *type,
				   const struct chim_conn_cached *v)
{
	TCP_OFFLOAD_STATE_CACHED s;
	enum chim_why why = load(block, type, NR_CACHED, &s);

	if (why)
		return why;
	s.Flags = v->flags;
	s.InitialRcvWnd = v->rcv_wnd;
	s.RcvIndicationSize = v->rcv_ind_size;
	s.KaProbeCount = v->ka_probes;
	s.KaTimeout = v->ka_timeout;
	s.KaInterval = v->ka_interval;
	s.MaxRT = v->max_rt;
	s.FlowLabel = v->flow_label;
	s.TtlOrHopLimit = v->ttl;
	s.TosOrTrafficClass = v->tos;
	s.UserPriority = v->prio;
	store(block, type, NR_CACHED, &s);
	return CHIM_OK;
}

static void fill_deleg(TCP_OFFLOAD_STATE_DELEGATED *s,
		       const struct chim_conn_deleg *v)
{
	s->State = v->state;
	s->RcvNxt = v->rcv_nxt;
	s->RcvWnd = v->rcv_wnd;
	s->SndUna = v->snd_una;
	s->SndNxt = v->snd_nxt;
	s->SndMax = v->snd_max;
	s->SndWnd = v->snd_wnd;
	s->MaxSndWnd = v->max_snd_wnd;
	s->SendWL1 = v->snd_wl1;
	s->CWnd = v->cwnd;
	s->SsThresh = v->ssthresh;
	s->SRtt = v->srtt;
	s->RttVar = v->rttvar;
	s->TsRecent = v->ts_recent;
	s->TsRecentAge = v->ts_recent_age;
	s->TsTime = v->ts_time;
	s->TotalRT = v->total_rt;
	s->DupAckCount = v->dup_acks;
	s->SndWndProbeCount = v->wnd_probes;
	s->KeepAlive.ProbeCount = v->ka_probes;
	s->KeepAlive.TimeoutDelta = v->ka_left;
	s->Retransmit.Count = v->rt_count;
	s->Retransmit.TimeoutDelta = v->rt_left;
	s->DWnd = v->dwnd;
}

/**
 * chim_put_conn_deleg() - write TCP_OFFLOAD_STATE_DELEGATED
 * @block: the block
 * @type: what its Type says
 * @v: values
 * @data: buffers to hand over (terminate), or NULL for backlog sizes (query,
 *	QRY-035)
 *
 * Return: see chim_get_neigh_const().
 */
enum chim_why chim_put_conn_deleg(chim_block_t block,
				  const struct chim_type *type,
				  const struct chim_conn_deleg *v,
				  const struct chim_data *data)
{
	TCP_OFFLOAD_STATE_DELEGATED s;
	enum chim_why why = load(block, type, NR_DELEG, &s);

	if (why)
		return why;
	fill_deleg(&s, v);
	if (data) {
		s.SendDataHead = data->head;
		s.SendDataTail = data->tail;
		s.BufferedData = data->buffered;
	} else {
		s.SendDataHead = NULL;
		s.SendDataTail = NULL;
		s.BufferedData = NULL;
		/* CON-080, QRY-034 */
		s.SendBacklogSize = v->snd_backlog;
		s.ReceiveBacklogSize = v->rcv_backlog;
	}
	store(block, type, NR_DELEG, &s);
	return CHIM_OK;
}
