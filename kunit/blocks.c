// SPDX-License-Identifier: GPL-2.0
/* Builders for the trees of the suites. */
#include "fixture.h"

#include <linux/etherdevice.h>

/* What a Type has directly behind the block, spelled out a second time. */
static const u16 sizes[CHIM_LAYERS][3] = {
	{ 44, 44, 12 },
	{ 24, 12, 8 },
	{ 24, 44, 128 },
};

void *tb_part(struct tb *tb, u8 part)
{
	const struct chim_type *type = chim_type(tb->b.Header.Type);
	u8 *at = tb->state;
	int i;

	for (i = 0; BIT(i) != part; i++)
		if (type->parts & BIT(i))
			at += sizes[type->layer][i];
	return at;
}

static void set_lengths(struct tb *tb)
{
	const struct chim_type *type = chim_type(tb->b.Header.Type);
	OFFLOAD_STATE_HEADER *header;
	int i;

	for (i = 0; i < 3; i++) {
		if (!(type->parts & BIT(i)))
			continue;
		header = tb_part(tb, BIT(i));
		header->Length = sizes[type->layer][i];
	}
}

static struct tb *tb_alloc(struct fx *fx, u8 type)
{
	struct tb *tb = kunit_kzalloc(fx->test, sizeof(*tb), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(fx->test, tb);
	tb->b.Header.Type = type;
	tb->b.Header.Revision = NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	tb->b.Header.Size = sizeof(tb->b);
	tb->b.ProtocolReserved[0] = fx;
	tb->b.NdisOffloadHandle = tb;
	tb->b.Status = NDIS_STATUS_PENDING;
	if (chim_type(type))
		set_lengths(tb);
	return tb;
}

struct tb *tb_placeholder(struct fx *fx)
{
	struct tb *tb = tb_alloc(fx, NeighborOffloadState);

	memset(tb->state, 0xee, sizeof(tb->state));
	return tb;
}

static struct tb *tb_new(struct fx *fx, u8 type)
{
	struct tb *tb = tb_alloc(fx, type);

	tb->b.MiniportOffloadContext = &tb->context;
	return tb;
}

struct tb *tb_neigh(struct fx *fx)
{
	struct tb *tb = tb_new(fx, NeighborOffloadState);
	static const u8 mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 2 };

	memcpy(tb_ncached(tb)->DlDestinationAddress, mac, ETH_ALEN);
	return tb;
}

static struct tb *tb_path(struct fx *fx, u8 type, u8 len)
{
	struct tb *tb = tb_new(fx, type);

	tb_pconst(tb)->SourceAddress = tb->src;
	tb_pconst(tb)->DestinationAddress = tb->dst;
	tb_pcached(tb)->PathMtu = 1500;
	tb->src[0] = len == 4 ? 192 : 0x20;
	tb->dst[0] = tb->src[0];
	tb->src[len - 1] = 1;
	tb->dst[len - 1] = 2;
	return tb;
}

struct tb *tb_path4(struct fx *fx)
{
	return tb_path(fx, Ip4OffloadState, 4);
}

struct tb *tb_path6(struct fx *fx)
{
	return tb_path(fx, Ip6OffloadState, 16);
}

struct tb *tb_conn(struct fx *fx)
{
	static atomic_t port = ATOMIC_INIT(0);
	struct tb *tb = tb_new(fx, TcpOffloadState);
	TCP_OFFLOAD_STATE_DELEGATED *d = tb_tdeleg(tb);
	TCP_OFFLOAD_STATE_CACHED *v = tb_tcached(tb);
	TCP_OFFLOAD_STATE_CONST *c = tb_tconst(tb);

	c->Flags = TCP_FLAG_WINDOW_SCALING_ENABLED;
	c->LocalPort = (__force u16)htons(1024 + atomic_inc_return(&port) %
					  60000);
	c->RemotePort = (__force u16)htons(80);
	c->SndWindScale = 7;
	c->RcvWindScale = 7;
	c->RemoteMss = 1460;
	v->InitialRcvWnd = 65536;
	v->TtlOrHopLimit = 64;
	v->KaTimeout = 7200000;
	v->KaInterval = 1000;
	v->KaProbeCount = 5;
	d->State = TcpConnectionEstablished;
	d->RcvNxt = 2000;
	d->RcvWnd = 65536;
	d->SndUna = 1000;
	d->SndNxt = 1000;
	d->SndMax = 1000;
	d->SndWnd = 65536;
	d->MaxSndWnd = 65536;
	d->CWnd = 14600;
	d->SsThresh = 65535;
	d->KeepAlive.TimeoutDelta = -1;
	d->Retransmit.TimeoutDelta = -1;
	return tb;
}

struct tb *tb_ref(struct fx *fx, struct tb *to, u8 type)
{
	struct tb *tb = tb_alloc(fx, type);

	tb->b.MiniportOffloadContext = &to->context;
	if (type == Ip4OffloadConstState || type == Ip6OffloadConstState ||
	    type == Ip4OffloadState || type == Ip6OffloadState) {
		tb_pconst(tb)->SourceAddress = tb->src;
		tb_pconst(tb)->DestinationAddress = tb->dst;
	}
	return tb;
}

void tb_next(struct tb *tb, struct tb *next)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b = &tb->b;

	while (b->NextBlock)
		b = b->NextBlock;
	b->NextBlock = &next->b;
}

void tb_depend(struct tb *below, struct tb *tb)
{
	if (below->b.DependentBlockList)
		tb_next(container_of(below->b.DependentBlockList, struct tb, b),
			tb);
	else
		below->b.DependentBlockList = &tb->b;
}

struct chim_obj *tb_obj(struct fx *fx, struct tb *tb)
{
	u64 handle = fx->resolve ? fx->resolve(fx, tb->context) :
				   (u64)tb->context;
	struct chim_obj *obj;

	rcu_read_lock();
	obj = chim_space_find(&fx->adapter->space, handle);
	rcu_read_unlock();
	return obj;
}

static struct fx_chain offload(struct fx *fx, struct tb *path)
{
	struct fx_chain chain = {
		.neigh = tb_neigh(fx),
		.path = path,
		.conn = tb_conn(fx),
	};

	tb_depend(chain.neigh, chain.path);
	tb_depend(chain.path, chain.conn);
	fx_run(fx, CHIM_INITIATE, chain.neigh);
	FX_EXPECT_STATUS(fx->test, chain.neigh, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(fx->test, chain.path, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(fx->test, chain.conn, NDIS_STATUS_SUCCESS);
	fx->logged = 0;
	return chain;
}

struct fx_chain fx_offload4(struct fx *fx)
{
	return offload(fx, tb_path4(fx));
}

struct fx_chain fx_offload6(struct fx *fx)
{
	return offload(fx, tb_path6(fx));
}
