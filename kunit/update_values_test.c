// SPDX-License-Identifier: GPL-2.0
/*
 * Update: which values go where, and what stays as it was when a block fails.
 * Links are in link_test.c, windows and timers in files of their own.
 */
#include "probe.h"
#include "witness.h"

static void run(struct fx *fx, struct tb *root)
{
	fx_run(fx, CHIM_UPDATE, root);
	FX_EXPECT_STATUS(fx->test, root, NDIS_STATUS_SUCCESS);
}

static bool same_cached(struct tb *a, struct tb *b)
{
	const OFFLOAD_STATE_HEADER *header = tb_part(a, CHIM_PART_CACHED);

	return !memcmp(header, tb_part(b, CHIM_PART_CACHED), header->Length);
}

/* References with other values in every member. */
static struct tb *new_neigh_values(struct fx *fx, struct tb *neigh)
{
	struct tb *ref = pr_cached(fx, neigh);

	memcpy(tb_ncached(ref)->DlDestinationAddress, "\x02\x11\x22\x33\x44\x55",
	       6);
	tb_ncached(ref)->HostReachabilityDelta = 0x01020304;
	return ref;
}

static struct tb *new_path_values(struct fx *fx, struct tb *path)
{
	struct tb *ref = pr_cached(fx, path);

	tb_pcached(ref)->PathMtu = 1357;
	return ref;
}

static struct tb *new_conn_values(struct fx *fx, struct tb *conn)
{
	struct tb *ref = pr_cached(fx, conn);
	TCP_OFFLOAD_STATE_CACHED *v = tb_tcached(ref);

	v->Flags = TCP_FLAG_KEEP_ALIVE_ENABLED | TCP_FLAG_NAGLING_ENABLED;
	v->InitialRcvWnd = 0x00abcdef;
	v->RcvIndicationSize = 0x10203040;
	v->KaProbeCount = 201;
	v->KaTimeout = 0x11121314;
	v->KaInterval = 0x21222324;
	v->MaxRT = 0x31323334;
	v->FlowLabel = 0xfedcb;
	v->TtlOrHopLimit = 202;
	v->TosOrTrafficClass = 203;
	v->UserPriority = 5;
	return ref;
}

/* Each alone: the object has what was behind the block, nobody else has. */
static void values_alone(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), d = fx_offload6(fx);
	struct tb *refs[] = {
		new_neigh_values(fx, c.neigh), new_path_values(fx, c.path),
		new_path_values(fx, d.path), new_conn_values(fx, c.conn),
	};
	struct tb *of[] = { c.neigh, c.path, d.path, c.conn };
	struct witness w;
	int i;

	CHIM_COVERS(test, "UPD-051 UPD-052 UPD-053");
	witness_take(fx, &w);
	for (i = 0; i < ARRAY_SIZE(refs); i++) {
		KUNIT_EXPECT_FALSE(test, same_cached(pr_query(fx, of[i]),
						     refs[i]));
		run(fx, refs[i]);
		KUNIT_EXPECT_TRUE_MSG(test, same_cached(pr_query(fx, of[i]),
							refs[i]), "block %d", i);
	}
	witness_check_all(fx, &w);
}

static void values_together(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload6(fx);
	struct tb *refs[] = {
		new_neigh_values(fx, c.neigh), new_path_values(fx, c.path),
		new_conn_values(fx, c.conn),
	};
	struct tb *of[] = { c.neigh, c.path, c.conn };
	int i;

	CHIM_COVERS(test, "UPD-052 UPD-053");
	tb_depend(refs[0], refs[1]);
	tb_depend(refs[1], refs[2]);
	run(fx, refs[0]);
	for (i = 0; i < 3; i++) {
		FX_EXPECT_STATUS(test, refs[i], NDIS_STATUS_SUCCESS);
		KUNIT_EXPECT_TRUE(test, same_cached(pr_query(fx, of[i]),
						    refs[i]));
	}
}

/* Siblings at the root, and below placeholders. */
static void values_in_any_tree(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx), d = fx_offload4(fx);
	struct tb *root = tb_placeholder(fx), *hop = tb_placeholder(fx);
	struct tb *refs[] = {
		new_conn_values(fx, c.conn), new_conn_values(fx, d.conn),
		new_neigh_values(fx, d.neigh),
	};
	struct tb *of[] = { c.conn, d.conn, d.neigh };
	int i;

	CHIM_COVERS(test, "UPD-053");
	tb_depend(root, hop);
	tb_depend(hop, refs[0]);
	tb_depend(hop, refs[1]);
	tb_next(root, refs[2]);
	run(fx, root);
	for (i = 0; i < 3; i++) {
		FX_EXPECT_STATUS(test, refs[i], NDIS_STATUS_SUCCESS);
		KUNIT_EXPECT_TRUE(test, same_cached(pr_query(fx, of[i]),
						    refs[i]));
	}
}

/* What the location holds when the tree is applied says which object. */
static void values_go_by_location(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *one = fx_offload4(fx).neigh, *two = fx_offload4(fx).neigh;
	struct tb *ref = new_neigh_values(fx, one), *before = pr_query(fx, one);
	struct pr_hold hold;

	CHIM_COVERS(test, "UPD-051");
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_UPDATE, ref);
	swap(one->context, two->context);
	pr_release(fx, &hold);
	swap(one->context, two->context);
	KUNIT_EXPECT_TRUE(test, pr_same(pr_query(fx, one), before));
	KUNIT_EXPECT_TRUE(test, same_cached(pr_query(fx, two), ref));
}

/* Full of rubbish but for the lengths: none of it is a cached value. */
static void garble(struct tb *ref)
{
	const struct chim_type *type = chim_type(ref->b.Header.Type);
	int i;

	for (i = 0; i < 3; i++) {
		OFFLOAD_STATE_HEADER *header;

		if (!(type->parts & BIT(i)))
			continue;
		header = tb_part(ref, BIT(i));
		memset(header + 1, 0x5a, header->Length - sizeof(*header));
	}
}

static const u8 bare_types[CHIM_LAYERS][3] = {
	{ NeighborOffloadConstState, NeighborOffloadDelegatedState,
	  NeighborOffloadState },
	{ Ip4OffloadConstState, Ip4OffloadDelegatedState, Ip4OffloadState },
	{ TcpOffloadConstState, TcpOffloadDelegatedState, TcpOffloadState },
};

static void values_cached_only(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *of[] = { c.neigh, c.path, c.conn };
	struct witness w;
	struct tb *ref;
	int layer, i;

	CHIM_COVERS(test, "UPD-050 UPD-054 OBJ-010");
	witness_look(fx, &w, c);
	for (layer = 0; layer < CHIM_LAYERS; layer++) {
		for (i = 0; i < 3; i++) {
			ref = tb_ref(fx, of[layer], bare_types[layer][i]);
			garble(ref);
			run(fx, ref);
		}
	}
	witness_check_all(fx, &w);
}

/* Such blocks may end where their memory ends. */
static void values_not_read(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *of[] = { c.neigh, c.path, c.conn };
	int layer, i;

	CHIM_COVERS(test, "UPD-054");
	for (layer = 0; layer < CHIM_LAYERS; layer++)
		for (i = 0; i < 3; i++)
			run(fx, wt_bare(fx, bare_types[layer][i],
					&of[layer]->context));
}

static void values_in_any_tcp_state(struct kunit *test)
{
	struct fx *fx = test->priv;
	u32 state;

	CHIM_COVERS(test, "UPD-055");
	for (state = 0; state < CHIM_TCP_STATES; state++) {
		struct tb *conn = fx_offload4(fx).conn;
		struct tb *ref = new_conn_values(fx, conn);

		pr_conn(fx, conn)->tcb.state = state;
		run(fx, ref);
		KUNIT_EXPECT_TRUE_MSG(test, same_cached(pr_query(fx, conn),
							ref), "state %u", state);
	}
}

/* Every second block is bad, at every layer. */
static void values_judged_alone(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c[4];
	struct tb *roots[4], *deps[4], *leaves[4];
	int i;

	CHIM_COVERS(test, "UPD-056");
	for (i = 0; i < 4; i++) {
		c[i] = fx_offload4(fx);
		roots[i] = new_neigh_values(fx, c[i].neigh);
		deps[i] = new_path_values(fx, c[i].path);
		leaves[i] = new_conn_values(fx, c[i].conn);
		if (i & 1)
			roots[i]->b.Header.Revision = 7;
		else
			tb_tcached(leaves[i])->TtlOrHopLimit = 0;
		if (i & 2)
			tb_pcached(deps[i])->PathMtu = 1;
		tb_depend(deps[i], leaves[i]);
		/* Not below the neighbor: that would be a relink. */
		if (i)
			tb_next(roots[0], roots[i]);
	}
	fx_run(fx, CHIM_UPDATE, roots[0]);
	for (i = 0; i < 4; i++) {
		fx_run(fx, CHIM_UPDATE, deps[i]);
		FX_EXPECT_STATUS(test, roots[i], i & 1 ? NDIS_STATUS_FAILURE :
				 NDIS_STATUS_SUCCESS);
		FX_EXPECT_STATUS(test, deps[i], i & 2 ? NDIS_STATUS_FAILURE :
				 NDIS_STATUS_SUCCESS);
		FX_EXPECT_STATUS(test, leaves[i], i & 1 ? NDIS_STATUS_SUCCESS :
				 NDIS_STATUS_FAILURE);
	}
}

/* One bad value among good ones. */
static void spoil_ttl(struct tb *ref)
{
	tb_tcached(ref)->TtlOrHopLimit = 0;
}

static void spoil_wnd(struct tb *ref)
{
	tb_tcached(ref)->InitialRcvWnd = U32_MAX;
}

static void spoil_keepalive(struct tb *ref)
{
	tb_tcached(ref)->KaInterval = 0;
}

static void spoil_length(struct tb *ref)
{
	((OFFLOAD_STATE_HEADER *)ref->state)->Length++;
}

static void spoil_revision(struct tb *ref)
{
	ref->b.Header.Revision++;
}

static void spoil_mtu(struct tb *ref)
{
	tb_pcached(ref)->PathMtu = 1501;
}

static void spoil_mac(struct tb *ref)
{
	tb_ncached(ref)->DlDestinationAddress[0] |= 1;
}

static void spoil_mac_zero(struct tb *ref)
{
	memset(tb_ncached(ref)->DlDestinationAddress, 0, 6);
}

static void spoil_mac_tail(struct tb *ref)
{
	tb_ncached(ref)->DlDestinationAddress[6] = 1;
}

static const struct {
	void (*spoil)(struct tb *ref);
	enum chim_why why;
	u8 layer;
} spoilers[] = {
	{ spoil_ttl, CHIM_WHY_TTL, CHIM_CONN },
	{ spoil_wnd, CHIM_WHY_RCV_WINDOW, CHIM_CONN },
	{ spoil_keepalive, CHIM_WHY_KEEPALIVE, CHIM_CONN },
	{ spoil_length, CHIM_WHY_LENGTH, CHIM_CONN },
	{ spoil_revision, CHIM_WHY_REVISION, CHIM_CONN },
	{ spoil_mtu, CHIM_WHY_MTU_LARGE, CHIM_PATH },
	{ spoil_length, CHIM_WHY_LENGTH, CHIM_PATH },
	{ spoil_mac, CHIM_WHY_MAC, CHIM_NEIGH },
	{ spoil_mac_zero, CHIM_WHY_MAC, CHIM_NEIGH },
	{ spoil_mac_tail, CHIM_WHY_MAC, CHIM_NEIGH },
	{ spoil_length, CHIM_WHY_LENGTH, CHIM_NEIGH },
};

static struct tb *new_values(struct fx *fx, struct fx_chain c, u8 layer)
{
	if (layer == CHIM_NEIGH)
		return new_neigh_values(fx, c.neigh);
	if (layer == CHIM_PATH)
		return new_path_values(fx, c.path);
	return new_conn_values(fx, c.conn);
}

/* Wholly as it was, and nothing sent or asked for. */
static void values_failed(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct witness w;
	struct pr_seg s;
	struct tb *ref;
	int i;

	CHIM_COVERS(test, "UPD-057 UPD-032");
	witness_take(fx, &w);
	for (i = 0; i < ARRAY_SIZE(spoilers); i++) {
		ref = new_values(fx, w.c, spoilers[i].layer);
		spoilers[i].spoil(ref);
		wt_refused(fx, CHIM_UPDATE, ref, spoilers[i].why);
		witness_check_all(fx, &w);
		KUNIT_EXPECT_FALSE(test, pr_segment(fx, &s));
		KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
	}
}

/* The host neither ends what could not be updated nor tries again. */
static void values_failed_and_ignored(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct pr_seg s, old;
	struct tb *ref;
	int i;

	CHIM_COVERS(test, "UPD-058 UPD-059");
	KUNIT_ASSERT_TRUE(test, pr_ack(fx, c.conn, &old));
	for (i = 0; i < ARRAY_SIZE(spoilers); i++) {
		ref = new_values(fx, c, spoilers[i].layer);
		spoilers[i].spoil(ref);
		fx_run(fx, CHIM_UPDATE, ref);
		FX_EXPECT_STATUS(test, ref, NDIS_STATUS_FAILURE);
		KUNIT_ASSERT_TRUE(test, pr_ack(fx, c.conn, &s));
		KUNIT_EXPECT_EQ(test, s.ttl, old.ttl);
		KUNIT_EXPECT_EQ(test, s.tos, old.tos);
		KUNIT_EXPECT_EQ(test, s.tags, old.tags);
		KUNIT_EXPECT_EQ(test, memcmp(s.dst, old.dst, 6), 0);
		KUNIT_EXPECT_EQ(test, s.wnd, old.wnd);
	}
}

static struct kunit_case update_values_cases[] = {
	KUNIT_CASE(values_alone),
	KUNIT_CASE(values_together),
	KUNIT_CASE(values_in_any_tree),
	KUNIT_CASE(values_go_by_location),
	KUNIT_CASE(values_cached_only),
	KUNIT_CASE(values_not_read),
	KUNIT_CASE(values_in_any_tcp_state),
	KUNIT_CASE(values_judged_alone),
	KUNIT_CASE(values_failed),
	KUNIT_CASE(values_failed_and_ignored),
	{}
};

static struct kunit_suite update_values_suite = {
	.name = "chim_update_values",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = update_values_cases,
};

kunit_test_suite(update_values_suite);
