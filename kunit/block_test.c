// SPDX-License-Identifier: GPL-2.0
/* Block lists: headers, Types, state structures behind them. */
#include "witness.h"

static void block_size_test(struct kunit *test)
{
	static const u16 sizes[] = {
		0, sizeof(NDIS_OBJECT_HEADER), 28,
		sizeof(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST) - 1,
	};
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct witness w;
	struct tb *tb;
	int i;

	CHIM_COVERS(test, "BLK-010");
	witness_take(fx, &w);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			tb = wt_good(fx, verb, w.c);
			tb->b.Header.Size = sizes[i];
			wt_refused(fx, verb, tb, CHIM_WHY_SIZE);
		}
	}
	witness_check_all(fx, &w);
	/* More than the block is what later revisions have. */
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		tb = wt_good(fx, verb, w.c);
		tb->b.Header.Size = verb == CHIM_QUERY ? U16_MAX :
						sizeof(tb->b) + 8;
		wt_done(fx, verb, tb);
	}
}

/* The header is read first: where it ends, so does what is touched. */
static void block_short_memory_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct witness w;

	CHIM_COVERS(test, "BLK-010 TREE-031");
	witness_take(fx, &w);
	for (verb = CHIM_QUERY; verb < CHIM_VERBS; verb++) {
		struct tb *below = wt_short(fx, 32), *next = wt_short(fx, 120);
		struct tb *dep = wt_bare(fx, Ip4OffloadConstState, NULL);
		struct tb *root = tb_placeholder(fx);

		tb_depend(root, dep);
		dep->b.DependentBlockList = &below->b;
		root->b.NextBlock = &next->b;
		wt_done(fx, verb, root);
		FX_EXPECT_STATUS(test, dep, NDIS_STATUS_SUCCESS);
		FX_EXPECT_STATUS(test, below, NDIS_STATUS_FAILURE);
		FX_EXPECT_STATUS(test, next, NDIS_STATUS_FAILURE);
	}
	witness_check_all(fx, &w);
}

static void block_short_dependent_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *below = wt_short(fx, 32);
	struct tb *root = tb_neigh(fx);

	CHIM_COVERS(test, "BLK-010 INI-031");
	root->b.DependentBlockList = &below->b;
	fx_run(fx, CHIM_INITIATE, root);
	FX_EXPECT_STATUS(test, root, NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS);
	FX_EXPECT_STATUS(test, below, NDIS_STATUS_FAILURE);
}

static void block_revision_test(struct kunit *test)
{
	static const u8 revisions[] = { 0, 2, 0xff };
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct witness w;
	struct tb *tb;
	int i;

	CHIM_COVERS(test, "BLK-011 D-03");
	witness_take(fx, &w);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		for (i = 0; i < ARRAY_SIZE(revisions); i++) {
			tb = wt_good(fx, verb, w.c);
			tb->b.Header.Revision = revisions[i];
			wt_refused(fx, verb, tb, CHIM_WHY_REVISION);
		}
	}
	witness_check_all(fx, &w);
	for (verb = 0; verb < CHIM_VERBS; verb++)
		wt_done(fx, verb, wt_good(fx, verb, w.c));
}

static void reject_type(struct kunit *test, u8 type)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct witness w;
	PVOID none = NULL;

	witness_take(fx, &w);
	/* Nothing lies behind these blocks: reading there would be found. */
	wt_refused(fx, CHIM_INITIATE, wt_bare(fx, type, &none), CHIM_WHY_TYPE);
	KUNIT_EXPECT_NULL(test, none);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		struct tb *tb = wt_bare(fx, type, &w.c.conn->context);

		if (verb == CHIM_INITIATE)
			tb_depend(tb, tb_path4(fx));
		wt_refused(fx, verb, tb, CHIM_WHY_TYPE);
	}
	witness_check_all(fx, &w);
}

static void block_resource_type_test(struct kunit *test)
{
	CHIM_COVERS(test, "BLK-020");
	reject_type(test, TcpOffloadResourceState);
}

static void block_filter_type_test(struct kunit *test)
{
	CHIM_COVERS(test, "BLK-021");
	reject_type(test, FilterReservedOffloadState);
}

static void block_other_types_test(struct kunit *test)
{
	int type;

	CHIM_COVERS(test, "BLK-022");
	reject_type(test, 0);
	for (type = TcpOffloadState + 1; type <= 0xff; type++)
		if (type != FilterReservedOffloadState)
			reject_type(test, type);
}

/* --- what lies behind a block -------------------------------------------- */

/* Every variable has a value of its own, so that no two can be confused. */
static void fill_neigh(struct tb *tb)
{
	tb_nconst(tb)->VlanId = 1234;
	memcpy(tb_ncached(tb)->DlDestinationAddress, "\x02\x11\x22\x33\x44\x55",
	       6);
	tb_ncached(tb)->HostReachabilityDelta = 0x01020304;
	tb_ndeleg(tb)->NicReachabilityDelta = 0x05060708;
}

static void fill_conn_cached(TCP_OFFLOAD_STATE_CACHED *v)
{
	v->Flags = TCP_FLAG_KEEP_ALIVE_ENABLED | TCP_FLAG_NAGLING_ENABLED;
	v->InitialRcvWnd = 0x00112233;
	v->RcvIndicationSize = 0x1001;
	v->KaProbeCount = 0x12;
	v->KaTimeout = 0x2002;
	v->KaInterval = 0x3003;
	v->MaxRT = 0x4004;
	v->FlowLabel = 0xabcde;
	v->TtlOrHopLimit = 0x55;
	v->TosOrTrafficClass = 0x66;
	v->UserPriority = 5;
}

static void fill_conn_deleg(TCP_OFFLOAD_STATE_DELEGATED *d)
{
	d->State = TcpConnectionEstablished;
	d->RcvNxt = 0xa0000001;
	d->RcvWnd = 0x00112233;
	d->SndUna = 0xa0000003;
	d->SndNxt = 0xa0000003;
	d->SndMax = 0xa0000003;
	d->SndWnd = 0x0a000006;
	d->MaxSndWnd = 0x0a000007;
	d->SendWL1 = 0xa0000008;
	d->CWnd = 0x0a000009;
	d->SsThresh = 0x0a00000a;
	d->SRtt = 0x0b0b;
	d->RttVar = 0x0c0c;
	d->TsRecent = 0xa000000d;
	d->TsRecentAge = 0x0e0e;
	d->TsTime = 0xa000000f;
	d->TotalRT = 0x1010;
	d->DupAckCount = 0x11;
	d->SndWndProbeCount = 0x13;
	d->KeepAlive.ProbeCount = 0x14;
	d->KeepAlive.TimeoutDelta = 0x1515;
	d->Retransmit.Count = 0x16;
	d->Retransmit.TimeoutDelta = 0x1717;
	d->DWnd = 0xa0000018;
}

static void fill_conn(struct tb *tb)
{
	TCP_OFFLOAD_STATE_CONST *c = tb_tconst(tb);

	c->Flags = TCP_FLAG_TIMESTAMP_ENABLED | TCP_FLAG_SACK_ENABLED |
		   TCP_FLAG_WINDOW_SCALING_ENABLED;
	c->RemotePort = 0x3412;
	c->SndWindScale = 3;
	c->RcvWindScale = 9;
	c->RemoteMss = 0x0504;
	c->HashValue = 0xcafe0001;
	fill_conn_cached(tb_tcached(tb));
	fill_conn_deleg(tb_tdeleg(tb));
}

static struct fx_chain offload_filled(struct fx *fx, struct tb *path)
{
	struct fx_chain c = {
		.neigh = tb_neigh(fx),
		.path = path,
		.conn = tb_conn(fx),
	};
	struct chim_conn_deleg d;

	fill_neigh(c.neigh);
	tb_pcached(path)->PathMtu = 1311;
	fill_conn(c.conn);
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	wt_done(fx, CHIM_INITIATE, c.neigh);
	FX_EXPECT_STATUS(fx->test, c.path, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(fx->test, c.conn, NDIS_STATUS_SUCCESS);
	/* What a query says where the host's buffers were (CON-080, QRY-034). */
	chim_conn_read(pr_conn(fx, c.conn), NULL, &d);
	tb_tdeleg(c.conn)->SendBacklogSize = d.snd_backlog;
	tb_tdeleg(c.conn)->ReceiveBacklogSize = 0;
	return c;
}

static void expect_part(struct fx *fx, struct tb *got, struct tb *was, u8 part)
{
	OFFLOAD_STATE_HEADER *header = tb_part(was, part);
	bool addrs = chim_type(was->b.Header.Type)->layer == CHIM_PATH &&
		     part == CHIM_PART_CONST;

	if (addrs) {
		KUNIT_EXPECT_EQ(fx->test, memcmp(got->src, was->src, 16), 0);
		KUNIT_EXPECT_EQ(fx->test, memcmp(got->dst, was->dst, 16), 0);
		return;
	}
	KUNIT_EXPECT_EQ_MSG(fx->test, 0, memcmp(tb_part(got, part),
						tb_part(was, part),
						header->Length),
			    "type %u part %u", got->b.Header.Type, part);
}

/* Types const, cached, delegated and all of them follow each other. */
static void expect_layer(struct fx *fx, struct tb *was, u8 first, u8 all)
{
	struct tb *tb;
	int i;

	for (i = 0; i < 3; i++) {
		tb = tb_ref(fx, was, first + i);
		wt_done(fx, CHIM_QUERY, tb);
		expect_part(fx, tb, was, BIT(i));
	}
	tb = tb_ref(fx, was, all);
	wt_done(fx, CHIM_QUERY, tb);
	for (i = 0; i < 3; i++)
		expect_part(fx, tb, was, BIT(i));
}

static void block_behind_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c;

	CHIM_COVERS(test, "BLK-012 BLK-013 BLK-014 BLK-018 BLK-019");
	c = offload_filled(fx, tb_path4(fx));
	expect_layer(fx, c.neigh, NeighborOffloadConstState,
		     NeighborOffloadState);
	expect_layer(fx, c.conn, TcpOffloadConstState, TcpOffloadState);
}

static void block_behind_path_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *path4 = tb_path4(fx), *path6 = tb_path6(fx);
	struct fx_chain c;

	CHIM_COVERS(test, "BLK-012 BLK-015 BLK-016 BLK-017 D-15");
	/* Behind an IPv4 address there is nothing to be read or written. */
	memset(path4->src + 4, 0xee, 12);
	c = offload_filled(fx, path4);
	memset(path4->src + 4, 0, 12);
	expect_layer(fx, c.path, Ip4OffloadConstState, Ip4OffloadState);
	memset(path6->src + 1, 0x66, 14);
	memset(path6->dst + 1, 0x77, 14);
	c = offload_filled(fx, path6);
	expect_layer(fx, c.path, Ip6OffloadConstState, Ip6OffloadState);
}

/* --- Length and RecognizedOptions ---------------------------------------- */

static const u8 part_bits[] = {
	CHIM_PART_CONST, CHIM_PART_CACHED, CHIM_PART_DELEG
};

/* Tries wrong values of Length in each structure behind the block. */
static void reject_lengths(struct fx *fx, enum chim_verb verb, struct tb *root,
			   struct tb *tb)
{
	static const s64 wrong[] = { -1, 1, 8, -8 };
	u8 parts = chim_type(tb->b.Header.Type)->parts;
	u8 before[sizeof(tb->state)];
	int i, j;

	for (i = 0; i < ARRAY_SIZE(part_bits); i++) {
		OFFLOAD_STATE_HEADER *header = tb_part(tb, part_bits[i]);
		ULONG length = header->Length;

		if (!(parts & part_bits[i]))
			continue;
		for (j = 0; j < ARRAY_SIZE(wrong) + 2; j++) {
			u64 refused = fx_refused(fx, CHIM_WHY_LENGTH);

			header->Length = j < ARRAY_SIZE(wrong) ?
				length + wrong[j] : j & 1 ? U32_MAX : 0;
			memcpy(before, tb->state, sizeof(before));
			fx_run(fx, verb, root);
			FX_EXPECT_STATUS(fx->test, tb, NDIS_STATUS_FAILURE);
			KUNIT_EXPECT_EQ(fx->test, refused + 1,
					fx_refused(fx, CHIM_WHY_LENGTH));
			KUNIT_EXPECT_EQ(fx->test, 0,
					memcmp(before, tb->state,
					       sizeof(before)));
		}
		header->Length = length;
	}
}

static void block_length_initiate_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *root, *tb;
	struct witness w;

	CHIM_COVERS(test, "BLK-040 BLK-041 INI-015");
	witness_take(fx, &w);
	tb = tb_neigh(fx);
	reject_lengths(fx, CHIM_INITIATE, tb, tb);
	KUNIT_EXPECT_NULL(test, tb->context);
	root = wt_bare(fx, NeighborOffloadState, &w.c.neigh->context);
	tb = tb_path4(fx);
	tb_depend(root, tb);
	reject_lengths(fx, CHIM_INITIATE, root, tb);
	root->b.DependentBlockList = NULL;
	tb = tb_path6(fx);
	tb_depend(root, tb);
	reject_lengths(fx, CHIM_INITIATE, root, tb);
	KUNIT_EXPECT_NULL(test, tb->context);
	root = wt_bare(fx, Ip4OffloadState, &w.c.path->context);
	tb = tb_conn(fx);
	tb_depend(root, tb);
	reject_lengths(fx, CHIM_INITIATE, root, tb);
	KUNIT_EXPECT_NULL(test, tb->context);
	witness_check_all(fx, &w);
	/* It was the Length and nothing else. */
	wt_done(fx, CHIM_INITIATE, root);
}

static void block_length_query_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct witness w, w6;
	struct tb *tb;
	int type;

	CHIM_COVERS(test, "BLK-040 BLK-041");
	witness_take(fx, &w);
	witness_look(fx, &w6, fx_offload6(fx));
	for (type = NeighborOffloadConstState; type <= TcpOffloadState; type++) {
		struct tb *to = w.c.neigh;

		if (type == TcpOffloadResourceState)
			continue;
		if (type >= Ip4OffloadConstState)
			to = w.c.path;
		if (type >= Ip6OffloadConstState)
			to = w6.c.path;
		if (type >= TcpOffloadConstState)
			to = w.c.conn;
		tb = tb_ref(fx, to, type);
		memset(tb->src, 0xee, sizeof(tb->src));
		reject_lengths(fx, CHIM_QUERY, tb, tb);
		KUNIT_EXPECT_NULL(test, memchr_inv(tb->src, 0xee, 16));
	}
	witness_check(fx, &w);
	witness_check_all(fx, &w6);
}

static void block_length_update_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct witness w;
	struct tb *tb;

	CHIM_COVERS(test, "BLK-040 BLK-041 UPD-057");
	witness_take(fx, &w);
	tb = pr_cached(fx, w.c.neigh);
	tb_ncached(tb)->HostReachabilityDelta = 99;
	reject_lengths(fx, CHIM_UPDATE, tb, tb);
	tb = pr_cached(fx, w.c.path);
	tb_pcached(tb)->PathMtu = 999;
	reject_lengths(fx, CHIM_UPDATE, tb, tb);
	tb = pr_cached(fx, w.c.conn);
	tb_tcached(tb)->TtlOrHopLimit = 99;
	reject_lengths(fx, CHIM_UPDATE, tb, tb);
	witness_check_all(fx, &w);
}

static void block_length_terminate_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct witness w;
	struct tb *tb;

	CHIM_COVERS(test, "BLK-040 BLK-041");
	witness_take(fx, &w);
	tb = tb_ref(fx, w.c.conn, TcpOffloadDelegatedState);
	reject_lengths(fx, CHIM_TERMINATE, tb, tb);
	witness_check_all(fx, &w);
	wt_done(fx, CHIM_TERMINATE, tb);
	tb = tb_ref(fx, w.c.path, Ip4OffloadDelegatedState);
	reject_lengths(fx, CHIM_TERMINATE, tb, tb);
	wt_done(fx, CHIM_TERMINATE, tb);
	tb = tb_ref(fx, w.c.neigh, NeighborOffloadDelegatedState);
	reject_lengths(fx, CHIM_TERMINATE, tb, tb);
	wt_done(fx, CHIM_TERMINATE, tb);
	wt_empty(fx);
}

#define OPTIONS	0xdeadbeefU

static void set_options(struct tb *tb)
{
	u8 parts = chim_type(tb->b.Header.Type)->parts;
	OFFLOAD_STATE_HEADER *header;
	int i;

	for (i = 0; i < ARRAY_SIZE(part_bits); i++) {
		header = tb_part(tb, part_bits[i]);
		if (parts & part_bits[i])
			header->RecognizedOptions = OPTIONS + i;
	}
}

static void expect_options(struct fx *fx, enum chim_verb verb, struct tb *tb)
{
	u8 parts = chim_type(tb->b.Header.Type)->parts;
	OFFLOAD_STATE_HEADER *header;
	int i;

	for (i = 0; i < ARRAY_SIZE(part_bits); i++) {
		header = tb_part(tb, part_bits[i]);
		if (parts & part_bits[i])
			KUNIT_EXPECT_EQ_MSG(fx->test, OPTIONS + i,
					    header->RecognizedOptions, "%s",
					    chim_verb_name(verb));
	}
}

static void run_options(struct fx *fx, enum chim_verb verb, struct tb *tb)
{
	set_options(tb);
	wt_done(fx, verb, tb);
	expect_options(fx, verb, tb);
}

static void block_options_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = { tb_neigh(fx), tb_path4(fx), tb_conn(fx) };

	CHIM_COVERS(test, "BLK-042");
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	set_options(c.path);
	set_options(c.conn);
	run_options(fx, CHIM_INITIATE, c.neigh);
	FX_EXPECT_STATUS(test, c.conn, NDIS_STATUS_SUCCESS);
	expect_options(fx, CHIM_INITIATE, c.path);
	expect_options(fx, CHIM_INITIATE, c.conn);
	run_options(fx, CHIM_QUERY, tb_ref(fx, c.neigh, NeighborOffloadState));
	run_options(fx, CHIM_QUERY, tb_ref(fx, c.path, Ip4OffloadState));
	run_options(fx, CHIM_QUERY, tb_ref(fx, c.conn, TcpOffloadState));
	run_options(fx, CHIM_UPDATE, pr_cached(fx, c.neigh));
	run_options(fx, CHIM_UPDATE, pr_cached(fx, c.path));
	run_options(fx, CHIM_UPDATE, pr_cached(fx, c.conn));
	run_options(fx, CHIM_TERMINATE,
		    tb_ref(fx, c.conn, TcpOffloadDelegatedState));
	run_options(fx, CHIM_TERMINATE,
		    tb_ref(fx, c.path, Ip4OffloadDelegatedState));
	run_options(fx, CHIM_TERMINATE,
		    tb_ref(fx, c.neigh, NeighborOffloadDelegatedState));
}

static struct kunit_case block_cases[] = {
	KUNIT_CASE(block_size_test),
	KUNIT_CASE(block_short_memory_test),
	KUNIT_CASE(block_short_dependent_test),
	KUNIT_CASE(block_revision_test),
	KUNIT_CASE(block_resource_type_test),
	KUNIT_CASE(block_filter_type_test),
	KUNIT_CASE(block_other_types_test),
	KUNIT_CASE(block_behind_test),
	KUNIT_CASE(block_behind_path_test),
	KUNIT_CASE(block_length_initiate_test),
	KUNIT_CASE(block_length_query_test),
	KUNIT_CASE(block_length_update_test),
	KUNIT_CASE(block_length_terminate_test),
	KUNIT_CASE(block_options_test),
	{}
};

static struct kunit_suite block_suite = {
	.name = "chim_block",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = block_cases,
};

kunit_test_suite(block_suite);
