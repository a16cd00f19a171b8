// SPDX-License-Identifier: GPL-2.0
/* Whose a block is when, and which of its members are whose. */
#include "witness.h"

#include <linux/prandom.h>

/* A tree with everything in it: what works, what fails, what is neither. */
#define MIXED	9

struct mixed {
	struct tb *tb[MIXED];
	NDIS_STATUS expect[MIXED];
	PVOID forged;
};

static void mixed_links(struct mixed *m)
{
	struct tb **tb = m->tb;

	tb_depend(tb[0], tb[1]);
	tb_depend(tb[1], tb[2]);
	tb_next(tb[0], tb[3]);
	tb_depend(tb[3], tb[4]);
	tb_depend(tb[4], tb[5]);
	tb_next(tb[0], tb[6]);
	tb_next(tb[1], tb[7]);
	tb_next(tb[2], tb[8]);
}

/* Neighbor, path, connection; placeholders; names of nothing; an odd layer. */
static void mixed_make(struct fx *fx, enum chim_verb verb, struct fx_chain c,
		       struct mixed *m)
{
	bool new = verb == CHIM_INITIATE;
	int i;

	m->forged = (PVOID)0x2fffffff00000001UL;
	m->tb[0] = new ? tb_neigh(fx) : wt_ref(fx, verb, c.neigh);
	m->tb[1] = new ? tb_path4(fx) : wt_ref(fx, verb, c.path);
	m->tb[2] = new ? tb_conn(fx) : wt_ref(fx, verb, c.conn);
	m->tb[3] = wt_bare(fx, 0x77, NULL);
	m->tb[4] = wt_bare(fx, NeighborOffloadState, NULL);
	m->tb[5] = wt_bare(fx, TcpOffloadConstState, &m->forged);
	m->tb[6] = wt_bare(fx, NeighborOffloadConstState, &m->forged);
	m->tb[7] = wt_bare(fx, TcpOffloadConstState, &m->forged);
	m->tb[8] = wt_bare(fx, TcpOffloadResourceState, &m->forged);
	mixed_links(m);
	for (i = 0; i < MIXED; i++) {
		m->tb[i]->b.ProtocolReserved[0] = fx;
		m->expect[i] = i <= 4 ? NDIS_STATUS_SUCCESS :
					NDIS_STATUS_FAILURE;
	}
	if (new) {
		m->expect[0] = NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS;
		m->expect[1] = NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS;
	}
}

static void every_status_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct fx_chain c;
	struct mixed m;
	int i;

	CHIM_COVERS(test, "BLK-080 D-04 BLK-060");
	c = fx_offload4(fx);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		mixed_make(fx, verb, c, &m);
		fx_run(fx, verb, m.tb[0]);
		for (i = 0; i < MIXED; i++)
			KUNIT_EXPECT_EQ_MSG(test, (u32)m.tb[i]->b.Status,
					    (u32)m.expect[i], "%s, block %d",
					    chim_verb_name(verb), i);
	}
}

/* The Status is there when the client is called, not at some time later. */
static void look_at_status(struct fx *fx, enum chim_verb verb,
			   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct mixed *m = fx->priv;
	int i;

	KUNIT_EXPECT_PTR_EQ(fx->test, tree, &m->tb[0]->b);
	for (i = 0; i < MIXED; i++)
		KUNIT_EXPECT_EQ(fx->test, (u32)m->tb[i]->b.Status,
				(u32)m->expect[i]);
}

static void before_completion_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct fx_chain c;
	struct mixed m;

	CHIM_COVERS(test, "BLK-080 BLK-082 D-04");
	c = fx_offload4(fx);
	fx->priv = &m;
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		mixed_make(fx, verb, c, &m);
		fx->on_complete = look_at_status;
		fx->logged = 0;
		fx_run(fx, verb, m.tb[0]);
		fx->on_complete = NULL;
		KUNIT_EXPECT_EQ(test, fx->logged, 1);
		KUNIT_EXPECT_EQ(test, (u32)fx->log[0].call, (u32)FX_COMPLETE);
		KUNIT_EXPECT_EQ(test, fx->log[0].a, (u32)verb);
		KUNIT_EXPECT_PTR_EQ(test, fx->log[0].p, (void *)&m.tb[0]->b);
	}
}

/* Refusals that have a Status of their own in an initiate operation. */
static void two_statuses_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct witness w;
	struct tb *tb;

	CHIM_COVERS(test, "BLK-081 UPD-123");
	witness_take(fx, &w);
	tb = pr_cached(fx, w.c.path);
	tb_pcached(tb)->PathMtu = 65536;
	wt_refused(fx, CHIM_UPDATE, tb, CHIM_WHY_MTU_LARGE);
	tb = pr_cached(fx, w.c.conn);
	tb_tcached(tb)->InitialRcvWnd = BIT(31);
	wt_refused(fx, CHIM_UPDATE, tb, CHIM_WHY_RCV_WINDOW);
	witness_check_all(fx, &w);
}

/* --- after completion ---------------------------------------------------- */

#define POISON	0x5a

static void take_away(struct fx *fx, enum chim_verb verb,
		      PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct mixed *m = fx->priv;
	int i;

	for (i = 0; i < MIXED; i++)
		memset(&m->tb[i]->b, POISON, sizeof(m->tb[i]->b));
	for (i = 0; i < 3; i++)
		if (verb == CHIM_INITIATE)
			memset(m->tb[i]->state, POISON, sizeof(m->tb[i]->state));
}

/* The host may use the memory for something else from the call on. */
static void not_touched_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct fx_chain c;
	struct mixed m;
	int i;

	CHIM_COVERS(test, "BLK-083 BLK-104");
	c = fx_offload4(fx);
	fx->priv = &m;
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		mixed_make(fx, verb, c, &m);
		fx->on_complete = take_away;
		fx_run(fx, verb, m.tb[0]);
		rcu_barrier();
		fx_flush(fx);
		fx->on_complete = NULL;
		for (i = 0; i < MIXED; i++)
			KUNIT_EXPECT_NULL(test,
					  memchr_inv(&m.tb[i]->b, POISON,
						     sizeof(m.tb[i]->b)));
	}
}

static void set_free(struct fx *fx, enum chim_verb verb,
		     PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	kunit_kfree(fx->test, container_of(tree, struct tb, b));
}

/* The same under the eyes of KASAN. */
static void freed_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct fx_chain c;

	CHIM_COVERS(test, "BLK-083");
	c = fx_offload4(fx);
	fx->on_complete = set_free;
	for (verb = 0; verb < CHIM_VERBS; verb++)
		fx_run(fx, verb, wt_good(fx, verb, c));
	fx->on_complete = NULL;
	KUNIT_EXPECT_NULL(test, tb_obj(fx, c.conn));
}

/* --- members ------------------------------------------------------------- */

static void member_order_test(struct kunit *test)
{
	typedef NDIS_MINIPORT_OFFLOAD_BLOCK_LIST b;
	static const u16 at[] = {
		offsetof(b, Header), offsetof(b, NextBlock),
		offsetof(b, DependentBlockList), offsetof(b, Status),
		offsetof(b, NdisReserved), offsetof(b, MiniportOffloadContext),
		offsetof(b, NdisOffloadHandle), offsetof(b, ProtocolReserved),
		offsetof(b, MiniportReserved), offsetof(b, ImReserved),
		offsetof(b, Scratch), offsetof(b, SourceHandle),
		offsetof(b, PortNumber), offsetof(b, NetBufferListChain),
	};
	static const u16 expect[] = {
		0, 8, 16, 24, 32, 48, 56, 64, 80, 96, 112, 128, 136, 144,
	};
	int i;

	CHIM_COVERS(test, "BLK-100");
	for (i = 0; i < ARRAY_SIZE(at); i++)
		KUNIT_EXPECT_EQ(test, at[i], expect[i]);
	KUNIT_EXPECT_EQ(test, sizeof(b), 152UL);
}

static void fill(void *member, size_t size, u8 with)
{
	memset(member, with, size);
}

static void reserve(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b, u8 nr)
{
	fill(b->NdisReserved, sizeof(b->NdisReserved), nr);
	fill(&b->ProtocolReserved[1], sizeof(b->ProtocolReserved[1]), nr + 20);
	fill(b->ImReserved, sizeof(b->ImReserved), nr + 40);
	fill(&b->SourceHandle, sizeof(b->SourceHandle), nr + 60);
}

static void expect_reserved(struct fx *fx, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b,
			    u8 nr)
{
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST want = *b;

	want.ProtocolReserved[0] = fx;
	reserve(&want, nr);
	KUNIT_EXPECT_EQ(fx->test, 0, memcmp(&want, b, sizeof(want)));
}

static void reserved_members_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	enum chim_verb verb;
	struct fx_chain c;
	struct mixed m;
	int i;

	CHIM_COVERS(test, "BLK-101");
	c = fx_offload4(fx);
	for (verb = 0; verb < CHIM_VERBS; verb++) {
		mixed_make(fx, verb, c, &m);
		for (i = 0; i < MIXED; i++)
			reserve(&m.tb[i]->b, i + 1);
		fx_run(fx, verb, m.tb[0]);
		for (i = 0; i < MIXED; i++)
			expect_reserved(fx, &m.tb[i]->b, i + 1);
	}
}

static void scribble(struct tb **tb, int n, int round, struct rnd_state *rnd)
{
	int i;

	for (i = 0; i < n; i++) {
		PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b = &tb[i]->b;

		b->Status = NDIS_STATUS_PENDING;
		if (round % 3 == 0) {
			prandom_bytes_state(rnd, b->Scratch,
					    sizeof(b->Scratch));
			prandom_bytes_state(rnd, b->MiniportReserved,
					    sizeof(b->MiniportReserved));
		} else if (round % 3 == 1) {
			memcpy(b->Scratch, tb[0]->b.Scratch,
			       sizeof(b->Scratch));
		}
	}
}

/* What was left in them, by chance or by an operation before, means nothing. */
static void scratch_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct rnd_state rnd;
	struct fx_chain c;
	struct tb *tb[4];
	int round, i;

	CHIM_COVERS(test, "BLK-102 BLK-103 BLK-104");
	c = fx_offload4(fx);
	prandom_seed_state(&rnd, 20061108);
	tb[0] = tb_ref(fx, c.neigh, NeighborOffloadState);
	tb[1] = tb_ref(fx, c.path, Ip4OffloadState);
	tb[2] = tb_ref(fx, c.conn, TcpOffloadState);
	tb[3] = tb_ref(fx, c.conn, TcpOffloadCachedState);
	tb_depend(tb[0], tb[1]);
	tb_depend(tb[1], tb[2]);
	tb_next(tb[2], tb[3]);
	for (round = 0; round < 300; round++) {
		scribble(tb, ARRAY_SIZE(tb), round, &rnd);
		fx_run(fx, CHIM_QUERY, tb[0]);
		for (i = 0; i < ARRAY_SIZE(tb); i++)
			FX_EXPECT_STATUS(test, tb[i], NDIS_STATUS_SUCCESS);
	}
	/* From the last one a way led back. It does not any more. */
	scribble(tb, ARRAY_SIZE(tb), 2, &rnd);
	wt_done(fx, CHIM_QUERY, tb[3]);
	for (i = 0; i < ARRAY_SIZE(tb) - 1; i++)
		FX_EXPECT_STATUS(test, tb[i], NDIS_STATUS_PENDING);
}

static void port_test(struct kunit *test)
{
	static const NDIS_PORT_NUMBER ports[] = { 0, 1, 7, 0xffffffff };
	struct fx *fx = test->priv;
	struct pr_seg seg;
	struct fx_chain c;
	int i;

	CHIM_COVERS(test, "BLK-105");
	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		c = (struct fx_chain) { tb_neigh(fx), tb_path4(fx),
					tb_conn(fx) };
		c.neigh->b.PortNumber = ports[i];
		c.path->b.PortNumber = ports[i];
		c.conn->b.PortNumber = ports[i];
		tb_depend(c.neigh, c.path);
		tb_depend(c.path, c.conn);
		wt_done(fx, CHIM_INITIATE, c.neigh);
		FX_EXPECT_STATUS(test, c.conn, NDIS_STATUS_SUCCESS);
		/* It sends through the one port there is. */
		KUNIT_EXPECT_TRUE(test, pr_nudge(fx, c.conn, &seg));
		KUNIT_EXPECT_EQ(test, c.conn->b.PortNumber, ports[i]);
	}
}

static struct kunit_case ownership_cases[] = {
	KUNIT_CASE(every_status_test),
	KUNIT_CASE(before_completion_test),
	KUNIT_CASE(two_statuses_test),
	KUNIT_CASE(not_touched_test),
	KUNIT_CASE(freed_test),
	KUNIT_CASE(member_order_test),
	KUNIT_CASE(reserved_members_test),
	KUNIT_CASE(scratch_test),
	KUNIT_CASE(port_test),
	{}
};

static struct kunit_suite ownership_suite = {
	.name = "chim_ownership",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = ownership_cases,
};

kunit_test_suite(ownership_suite);
