// SPDX-License-Identifier: GPL-2.0
/* Blocks for the benchmarks, valid and alike. */
#include "bench.h"

#include <linux/etherdevice.h>
#include <linux/string.h>

void bench_head(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b, u8 type, PVOID *context)
{
	memset(b, 0, sizeof(*b));
	b->Header.Type = type;
	b->Header.Revision = NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	b->Header.Size = sizeof(*b);
	b->Status = NDIS_STATUS_PENDING;
	b->MiniportOffloadContext = context;
}

void bench_neigh(struct low_block *n, PVOID *context, u8 last)
{
	memset(n, 0, sizeof(*n));
	bench_head(&n->b, NeighborOffloadState, context);
	bench_length(n->state, sizeof(NEIGHBOR_OFFLOAD_STATE_CONST));
	bench_length(n->state + 44, sizeof(NEIGHBOR_OFFLOAD_STATE_CACHED));
	bench_length(n->state + 88, sizeof(NEIGHBOR_OFFLOAD_STATE_DELEGATED));
	n->state[44 + 8] = 2;
	n->state[44 + 8 + ETH_ALEN - 1] = last;
}

void bench_path(struct low_block *p, PVOID *context, u32 nr)
{
	PATH_OFFLOAD_STATE_CACHED cached = {
		.Header.Length = sizeof(cached),
		.PathMtu = 1500,
	};
	PATH_OFFLOAD_STATE_CONST c = {
		.Header.Length = sizeof(c),
		.SourceAddress = p->src,
		.DestinationAddress = p->dst,
	};
	__be32 dst = htonl(0x0a000000 + 1 + nr);

	memset(p, 0, sizeof(*p));
	bench_head(&p->b, Ip4OffloadState, context);
	memcpy(p->src, &(__be32){ htonl(0xc0000201) }, 4);
	memcpy(p->dst, &dst, 4);
	memcpy(p->state, &c, sizeof(c));
	memcpy(p->state + sizeof(c), &cached, sizeof(cached));
	bench_length(p->state + sizeof(c) + sizeof(cached),
		     sizeof(PATH_OFFLOAD_STATE_DELEGATED));
}

void bench_cached(TCP_OFFLOAD_STATE_CACHED *v, u8 tos)
{
	*v = (TCP_OFFLOAD_STATE_CACHED) {
		.Header.Length = sizeof(*v),
		.InitialRcvWnd = 65536,
		.TtlOrHopLimit = 64,
		.TosOrTrafficClass = tos,
	};
}

void bench_conn(struct conn_block *t, PVOID *context, u32 nr)
{
	TCP_OFFLOAD_STATE_DELEGATED d = {
		.Header.Length = sizeof(d),
		.State = TcpConnectionEstablished,
		.RcvWnd = 65536,
		.SndWnd = 65536,
		.KeepAlive.TimeoutDelta = -1,
		.Retransmit.TimeoutDelta = -1,
	};
	TCP_OFFLOAD_STATE_CONST c = {
		.Header.Length = sizeof(c),
		.RemoteMss = 1460,
		.LocalPort = 1 + nr % 65535,
		.RemotePort = 1 + nr / 65535,
	};
	TCP_OFFLOAD_STATE_CACHED v;

	bench_head(&t->b, TcpOffloadState, context);
	bench_cached(&v, 0);
	memcpy(t->state, &c, sizeof(c));
	memcpy(t->state + sizeof(c), &v, sizeof(v));
	memcpy(t->state + sizeof(c) + sizeof(v), &d, sizeof(d));
}
