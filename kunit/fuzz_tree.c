// SPDX-License-Identifier: GPL-2.0
/* Random trees with random faults. */
#include "fuzz.h"

u32 fuzz_below(struct fuzz *f, u32 ceiling)
{
	return prandom_u32_state(&f->rnd) % ceiling;
}

bool fuzz_one_in(struct fuzz *f, u32 n)
{
	return !fuzz_below(f, n);
}

/* --- trees --------------------------------------------------------------- */

static void link_blocks(struct fuzz *f, int base)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b, to;
	int i, at;

	f->n = 1 + fuzz_below(f, FUZZ_BLOCKS);
	f->depth[0] = 0;
	for (i = 1; i < f->n; i++) {
		b = &f->tb[i]->b;
		at = fuzz_below(f, i);
		to = &f->tb[at]->b;
		if (fuzz_one_in(f, 2) &&
		    (base + f->depth[at] < CHIM_CONN || fuzz_one_in(f, 40))) {
			f->depth[i] = f->depth[at] + 1;
			b->NextBlock = to->DependentBlockList;
			to->DependentBlockList = b;
		} else {
			f->depth[i] = f->depth[at];
			b->NextBlock = to->NextBlock;
			to->NextBlock = b;
		}
	}
}

/* Types of the kinds of blocks: const, cached, delegated, all. */
static const u8 kinds[4][4] = {
	{ NeighborOffloadConstState, NeighborOffloadCachedState,
	  NeighborOffloadDelegatedState, NeighborOffloadState },
	{ Ip4OffloadConstState, Ip4OffloadCachedState,
	  Ip4OffloadDelegatedState, Ip4OffloadState },
	{ Ip6OffloadConstState, Ip6OffloadCachedState,
	  Ip6OffloadDelegatedState, Ip6OffloadState },
	{ TcpOffloadConstState, TcpOffloadCachedState,
	  TcpOffloadDelegatedState, TcpOffloadState },
};

/* Whatever its Type is now, where it has addresses they can be written to. */
static void set_addresses(struct tb *tb)
{
	const struct chim_type *type = chim_type(tb->b.Header.Type);

	if (!type || type->layer != CHIM_PATH ||
	    !(type->parts & CHIM_PART_CONST))
		return;
	tb_pconst(tb)->SourceAddress = tb->src;
	tb_pconst(tb)->DestinationAddress = tb->dst;
}

/* Good values for the most part, few enough of them to meet again. */
static void vary(struct fuzz *f, struct tb *tb, u8 layer, u8 parts)
{
	static const u32 mtus[] = { 1500, 1400, 1300, 9000, 10 };
	static const u32 windows[] = { 0, 65536, 70000, BIT(20), BIT(31) };

	if (layer == CHIM_PATH) {
		tb->src[3] = 1 + fuzz_below(f, 3);
		tb->dst[3] = 1 + fuzz_below(f, 3);
		if (parts & CHIM_PART_CACHED)
			tb_pcached(tb)->PathMtu = mtus[fuzz_below(f, 5)];
		return;
	}
	if (layer == CHIM_NEIGH) {
		if (parts & CHIM_PART_CONST)
			tb_nconst(tb)->VlanId = fuzz_one_in(f, 8) ? fuzz_below(f, 4096) :
							       0;
		if (parts & CHIM_PART_CACHED)
			tb_ncached(tb)->DlDestinationAddress[0] =
				fuzz_one_in(f, 16) ? 3 : 2;
		return;
	}
	if (parts & CHIM_PART_CONST)
		tb_tconst(tb)->LocalPort = 1 + fuzz_below(f, 64);
	if (parts & CHIM_PART_CACHED) {
		tb_tcached(tb)->Flags = fuzz_below(f, 32);
		tb_tcached(tb)->InitialRcvWnd = windows[fuzz_below(f, 5)];
		tb_tcached(tb)->TtlOrHopLimit = fuzz_below(f, 16);
	}
	if (parts & CHIM_PART_DELEG)
		tb_tdeleg(tb)->State = fuzz_one_in(f, 8) ? fuzz_below(f, 16) :
						TcpConnectionEstablished;
}

static void fill_state(struct fuzz *f, struct tb *tb, struct tb *like)
{
	const struct chim_type *type = chim_type(tb->b.Header.Type);
	OFFLOAD_STATE_HEADER *header;
	int i;

	memcpy(tb->src, like->src, sizeof(tb->src));
	memcpy(tb->dst, like->dst, sizeof(tb->dst));
	memset(tb->state, 0, sizeof(tb->state));
	for (i = 0; i < 3; i++) {
		if (!(type->parts & BIT(i)))
			continue;
		header = tb_part(like, BIT(i));
		memcpy(tb_part(tb, BIT(i)), header, header->Length);
	}
	set_addresses(tb);
	vary(f, tb, type->layer, type->parts);
}

/*
 * Each layer has its places, of those of paths IPv4 the odd ones. A reference
 * may use any, but what is new goes where it belongs, or soon nothing would be
 * what it is taken for.
 */
static PVOID *find_place(struct fuzz *f, int kind)
{
	int layer = kind == 0 ? CHIM_NEIGH : kind == 3 ? CHIM_CONN : CHIM_PATH;
	u32 nr = fuzz_below(f, FUZZ_PLACES);
	PVOID *any = &f->place[fuzz_below(f, CHIM_LAYERS)][nr];

	if (fuzz_one_in(f, 40))
		return &f->forged[fuzz_below(f, FUZZ_FORGED)];
	if (fuzz_one_in(f, 40) && *any)
		return any;
	if (layer == CHIM_PATH)
		nr = (nr & ~1) | (kind & 1);
	return &f->place[layer][nr];
}

/* The Type that the verb has most to do with, or another one. */
static u8 pick_type(struct fuzz *f, int kind)
{
	static const u8 usual[CHIM_VERBS] = {
		[CHIM_INITIATE] = 3,
		[CHIM_QUERY] = 3,
		[CHIM_UPDATE] = 1,
		[CHIM_INVALIDATE] = 0,
		[CHIM_TERMINATE] = 2,
	};

	return kinds[kind][fuzz_one_in(f, 4) ? fuzz_below(f, 4) : usual[f->verb]];
}

static void fill_block(struct fuzz *f, int i, int base)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b = &f->tb[i]->b;
	int layer = base + f->depth[i];
	int kind;

	if (layer >= CHIM_LAYERS || fuzz_one_in(f, 60))
		layer = fuzz_below(f, CHIM_LAYERS);
	kind = layer == CHIM_NEIGH ? 0 : layer == CHIM_CONN ? 3 :
					 1 + fuzz_below(f, 2);
	b->Header.Type = pick_type(f, kind);
	fill_state(f, f->tb[i], f->like[kind]);
	b->MiniportOffloadContext = fuzz_one_in(f, 8) ? NULL : find_place(f, kind);
}

static void blank_block(struct fuzz *f, int i)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b = &f->tb[i]->b;

	prandom_bytes_state(&f->rnd, b, sizeof(*b));
	b->Header.Revision = NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	b->Header.Size = sizeof(*b);
	b->NextBlock = NULL;
	b->DependentBlockList = NULL;
	b->Status = NDIS_STATUS_PENDING;
	b->ProtocolReserved[0] = f->fx;
	b->NdisOffloadHandle = f->tb[i];
	b->NetBufferListChain = NULL;
}

/* --- faults -------------------------------------------------------------- */

static PVOID nowhere(struct fuzz *f)
{
	static const unsigned long at[] = {
		0, 1, 8, 0x100, 0x12340, 0x400000, -1UL, -8UL, -152UL,
	};

	return (PVOID)at[fuzz_below(f, ARRAY_SIZE(at))];
}

static PVOID bad_link(struct fuzz *f)
{
	return fuzz_one_in(f, 2) ? nowhere(f) : &f->tb[fuzz_below(f, f->n)]->b;
}

static void break_state(struct fuzz *f, struct tb *tb)
{
	static const ULONG lengths[] = { 0, 8, 11, 12, 24, 43, 45, 128, ~0U };
	const struct chim_type *type = chim_type(tb->b.Header.Type);
	OFFLOAD_STATE_HEADER *header;
	u8 part;

	part = BIT(fuzz_below(f, 3));
	if (!type || !(type->parts & part))
		return;
	header = tb_part(tb, part);
	header->Length = lengths[fuzz_below(f, ARRAY_SIZE(lengths))];
	header->RecognizedOptions = prandom_u32_state(&f->rnd);
}

static void break_block(struct fuzz *f)
{
	static const u16 sizes[] = { 0, 4, 28, 96, 151, 153, 0xffff };
	struct tb *tb = f->tb[fuzz_below(f, f->n)];
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b = &tb->b;

	switch (fuzz_below(f, 7)) {
	case 0:
		b->Header.Size = sizes[fuzz_below(f, ARRAY_SIZE(sizes))];
		break;
	case 1:
		b->Header.Revision = fuzz_below(f, 256);
		break;
	case 2:
		b->Header.Type = fuzz_one_in(f, 2) ? fuzz_below(f, 20) : fuzz_below(f, 256);
		set_addresses(tb);
		break;
	case 3:
		b->NextBlock = bad_link(f);
		break;
	case 4:
		b->DependentBlockList = bad_link(f);
		break;
	case 5:
		b->MiniportOffloadContext = nowhere(f);
		break;
	default:
		break_state(f, tb);
		break;
	}
}

void fuzz_make_tree(struct fuzz *f)
{
	static const u8 bases[] = {
		CHIM_NEIGH, CHIM_NEIGH, CHIM_NEIGH, CHIM_PATH, CHIM_CONN
	};
	/* Enough must come, and stay valid, for others to find something. */
	static const u8 verbs[] = {
		CHIM_INITIATE, CHIM_INITIATE, CHIM_INITIATE, CHIM_INITIATE,
		CHIM_INITIATE, CHIM_QUERY, CHIM_QUERY, CHIM_UPDATE,
		CHIM_UPDATE, CHIM_UPDATE, CHIM_TERMINATE,
	};
	int faults = fuzz_one_in(f, 2) ? 1 + fuzz_below(f, 3) : 0;
	int i, base;

	f->verb = fuzz_one_in(f, 16) ? CHIM_INVALIDATE :
				  verbs[fuzz_below(f, ARRAY_SIZE(verbs))];
	base = f->verb == CHIM_INITIATE && !fuzz_one_in(f, 8) ?
	       CHIM_NEIGH : bases[fuzz_below(f, ARRAY_SIZE(bases))];
	prandom_bytes_state(&f->rnd, f->forged, sizeof(f->forged));
	for (i = 0; i < FUZZ_BLOCKS; i++)
		blank_block(f, i);
	link_blocks(f, base);
	for (i = 0; i < f->n; i++)
		fill_block(f, i, base);
	while (faults--)
		break_block(f);
}
