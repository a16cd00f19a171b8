// SPDX-License-Identifier: GPL-2.0
/* Data that waits, in less memory: what is packed, and that nobody sees it. */
#include "bed.h"

#define SEG	1000U
/* Those of the bed take as many segments. */
#define EACH	6U

static u32 waiting(const struct bd *bd)
{
	const struct sk_buff *skb = bd->tcb.flow->rx.head;
	u32 n = 0;

	for (; skb; skb = skb->next)
		n++;
	return n;
}

static u32 memory(const struct bd *bd)
{
	const struct sk_buff *skb = bd->tcb.flow->rx.head;
	u32 bytes = 0;

	for (; skb; skb = skb->next)
		bytes += skb->truesize;
	return bytes;
}

static u32 early(const struct bd *bd)
{
	struct rb_node *node = rb_first(&bd->tcb.flow->ooo.tree);
	u32 n = 0;

	for (; node; node = rb_next(node))
		n++;
	return n;
}

/* Segments @from to @to of the peer's stream, the last one not included. */
static void come(struct bd *bd, u32 from, u32 to)
{
	for (; from < to; from++)
		bd_data(bd, BD_RCV + SEG * from, SEG);
}

static void push(struct bd *bd, u32 at)
{
	struct chim_seg seg = bd_seg(bd);

	seg.seq = BD_RCV + SEG * at;
	seg.len = SEG;
	seg.flags |= CHIM_PSH;
	bd_input(bd, &seg);
}

/* Refused data does not keep its skbs; a request gets all of it. */
static void pack_waiting_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_rreq *req;

	CHIM_COVERS(test, "RCV-085 RCV-088 RCV-089");
	bd->accept = 0;
	bd_open(bd);
	come(bd, 0, 48);
	KUNIT_EXPECT_LE(test, waiting(bd), 48 / EACH + 4);
	KUNIT_EXPECT_GE(test, bd->packed, 40U);
	KUNIT_EXPECT_EQ(test, bd->tcb.flow->rx.bytes, 48 * SEG);
	BD_CALL(bd, CHIM_CALL_INDICATE);
	BD_NO_CALL(bd);
	req = bd_post(bd, 47 * SEG + 1, 0);
	BD_FILLED(bd, req, CHIM_END_OK, 47 * SEG + 1);
	bd_end(bd);
	KUNIT_EXPECT_EQ(test, bd->rest_bytes, SEG - 1);
}

/* A few are let be. */
static void pack_few_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "RCV-085");
	bd->accept = 0;
	bd_open(bd);
	come(bd, 0, 3);
	KUNIT_EXPECT_EQ(test, bd->packed, 0U);
	KUNIT_EXPECT_EQ(test, waiting(bd), 3U);
}

static void during_call(struct bd *bd, const struct bd_call *call)
{
	if (call->kind != CHIM_CALL_INDICATE || bd->tcb.rcv_nxt != BD_RCV + SEG)
		return;
	come(bd, 1, 21);
	/* The host looks at the first, and the others have not had their turn. */
	KUNIT_EXPECT_EQ(bd->test, bd->packed, 0U);
}

/* During a call nothing is touched. */
static void pack_busy_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_rreq *req;

	CHIM_COVERS(test, "RCV-084 RCV-085 D-53");
	bd->accept = 0;
	bd->on_call = during_call;
	bd_open(bd);
	come(bd, 0, 1);
	KUNIT_EXPECT_EQ(test, bd->tcb.flow->rx.bytes, 21 * SEG);
	KUNIT_EXPECT_EQ(test, bd->packed, 21U);
	req = bd_post(bd, 21 * SEG, 0);
	BD_FILLED(bd, req, CHIM_END_OK, 21 * SEG);
}

/* What the host takes at once is never copied. */
static void pack_taken_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "RCV-084");
	bd_open(bd);
	come(bd, 0, 40);
	KUNIT_EXPECT_EQ(test, bd->packed, 0U);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 40 * SEG);
}

/* RcvIndicationSize is of the segments as they came, if they are not too wasteful. */
static void pack_size_test(struct kunit *test)
{
	static const u32 lens[] = { 1600, 20 };
	struct bd *bd = test->priv;
	struct bd_rreq *req;
	u32 i, j;

	CHIM_COVERS(test, "RCV-093 RCV-094 RCV-113");
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		u32 bytes = 35 * lens[i];

		bd_reset(bd);
		bd->accept = 0;
		bd->v.rcv_ind_size = 2000;
		bd_open(bd);
		for (j = 0; j < 35; j++)
			bd_data(bd, BD_RCV + lens[i] * j, lens[i]);
		KUNIT_EXPECT_EQ(test, !bd->packed, !i);
		bd->accept = U32_MAX;
		req = bd_post(bd, bytes - 1, 0);
		BD_FILLED(bd, req, CHIM_END_OK, bytes - 1);
		KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + bytes);
	}
}

/* A window full of bytes that come one by one does not take a thousand times that. */
static void pack_crumbs_test(struct kunit *test)
{
	static const u32 sizes[] = { 0, 1, 100 };
	struct bd *bd = test->priv;
	u32 i, j, most;

	CHIM_COVERS(test, "RCV-085 RCV-094");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		bd_reset(bd);
		bd->accept = 0;
		bd->v.rcv_ind_size = sizes[i];
		bd_open(bd);
		for (j = 0, most = 0; j < 5000; j++) {
			bd_data(bd, BD_RCV + j, 1);
			bd_drain(bd);
			most = max(most, memory(bd));
		}
		KUNIT_EXPECT_LE(test, most, SZ_64K);
		bd->accept = U32_MAX;
		bd_post(bd, 1, 0);
		KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 5000);
	}
}

/* The rest of what was taken in part goes on where that ended. */
static void pack_part_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_rreq *req;

	CHIM_COVERS(test, "RCV-086");
	bd->accept = 0;
	bd_open(bd);
	come(bd, 0, 30);
	bd->accept = 10 * SEG + 300;
	req = bd_post(bd, SEG / 2, 0);
	BD_FILLED(bd, req, CHIM_END_OK, SEG / 2);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 10 * SEG + 800);
	come(bd, 30, 50);
	KUNIT_EXPECT_LE(test, waiting(bd), 40 / EACH + 5);
	req = bd_post(bd, 60 * SEG, CHIM_RREQ_NOPUSH);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 50 * SEG);
	KUNIT_EXPECT_EQ(test, req->order, 0U);
}

/* Little of an skb that is left does not keep the whole of it. */
static void pack_front_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 packed;

	CHIM_COVERS(test, "RCV-085");
	bd->accept = 0;
	bd_open(bd);
	come(bd, 0, 12);
	packed = bd->packed;
	KUNIT_EXPECT_GT(test, packed, 0U);
	bd_post(bd, 12 * SEG - 100, 0);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 12 * SEG - 100);
	KUNIT_EXPECT_GT(test, bd->packed, packed);
	bd_post(bd, 100, 0);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 12 * SEG);
}

/* Without memory everything stays as it is. */
static void pack_starved_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "RCV-085 TCP-041");
	for (i = 0; i < 30; i++) {
		bd_reset(bd);
		bd->accept = 0;
		bd->fail_pack = i;
		bd_open(bd);
		come(bd, 0, 10);
		come(bd, 11, 30);
		come(bd, 10, 11);
		KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 30 * SEG);
		bd_post(bd, 30 * SEG, 0);
		KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 30 * SEG);
	}
}

/* What came too early: as many ranges as before, in fewer skbs. */
static void pack_early_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct chim_frame *f = NULL;

	CHIM_COVERS(test, "TCP-041 TCP-062");
	bd->c.flags = CHIM_CONN_SACK;
	bd_open(bd);
	come(bd, 1, 20);
	come(bd, 21, 40);
	KUNIT_EXPECT_LE(test, early(bd), 40 / EACH + 6);
	while (bd_count(bd))
		f = bd_frame(bd);
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_ASSERT_EQ(test, (int)f->n_sack, 2);
	KUNIT_EXPECT_EQ(test, f->sack[0].start, BD_RCV + 21 * SEG);
	KUNIT_EXPECT_EQ(test, f->sack[0].end, BD_RCV + 40 * SEG);
	KUNIT_EXPECT_EQ(test, f->sack[1].start, BD_RCV + 1 * SEG);
	KUNIT_EXPECT_EQ(test, f->sack[1].end, BD_RCV + 20 * SEG);
	/* Parts of it come again, and so does what lies between. */
	bd_data(bd, BD_RCV + 17 * SEG, 6 * SEG);
	come(bd, 0, 1);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 40 * SEG);
	KUNIT_EXPECT_EQ(test, early(bd), 0U);
}

/* One among others that have gaps on both sides is let be. */
static void pack_alone_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-041");
	bd_open(bd);
	for (i = 1; i < 50; i += 2)
		come(bd, i, i + 1);
	KUNIT_EXPECT_EQ(test, bd->packed, 0U);
	KUNIT_EXPECT_EQ(test, early(bd), 25U);
}

/* RCV-036: each segment counts by itself, whatever it was packed with. */
static void pack_push_test(struct kunit *test)
{
	static const int fails[] = { 0, 100 };
	struct bd *bd = test->priv;
	struct bd_rreq *req, *next;
	int i;

	CHIM_COVERS(test, "RCV-036 RCV-110");
	for (i = 0; i < ARRAY_SIZE(fails); i++) {
		bd_reset(bd);
		bd->fail_pack = fails[i];
		bd_open(bd);
		req = bd_post(bd, 50 * SEG, 0);
		next = bd_post(bd, 50 * SEG, 0);
		come(bd, 1, 10);
		push(bd, 10);
		come(bd, 11, 20);
		come(bd, 0, 1);
		BD_FILLED(bd, req, CHIM_END_OK, 11 * SEG);
		KUNIT_EXPECT_EQ(test, next->order, 0U);
		KUNIT_EXPECT_EQ(test, next->r.filled, 9 * SEG);
	}
}

/* The limit holds at every moment; the bed looks. */
static void pack_limit_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 limit;

	CHIM_COVERS(test, "TCP-041");
	for (limit = 10000; limit < 60000; limit += 7000) {
		bd_reset(bd);
		bd->cfg.ooo_bytes = limit;
		bd_open(bd);
		come(bd, 1, 55);
		KUNIT_EXPECT_LE(test, bd->tcb.flow->ooo.bytes, limit);
		come(bd, 0, 1);
		KUNIT_EXPECT_TRUE(test, seq_after(bd->read, BD_RCV + SEG));
	}
}

/* --- too much of all connections ------------------------------------------- */

/* One segment waits, and no more; what is not taken is not acknowledged. */
static void pack_tight_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "RCV-085 STT-035");
	bd->accept = 0;
	bd_open(bd);
	bd->tight = true;
	come(bd, 0, 1);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + SEG);
	bd_drain(bd);
	for (i = 0; i < 5; i++)
		come(bd, 1, 2);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + SEG);
	KUNIT_EXPECT_EQ(test, bd->mib.in_discards, 5ULL);
	/* Where the host reads it goes on, whether it posts or not. */
	bd_post(bd, 3 * SEG, 0);
	bd->accept = U32_MAX;
	come(bd, 1, 30);
	KUNIT_EXPECT_EQ(test, bd->read, BD_RCV + 30 * SEG);
	KUNIT_EXPECT_EQ(test, bd->mib.in_discards, 5ULL);
	/* And where there is memory again. */
	bd->accept = 0;
	come(bd, 30, 31);
	bd->tight = false;
	come(bd, 31, 40);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 40 * SEG);
}

/* What is needed sooner takes the place of what is needed later, no more. */
static void pack_tight_early_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 bytes;

	CHIM_COVERS(test, "TCP-041");
	bd_open(bd);
	bd->tight = true;
	come(bd, 1, 2);
	KUNIT_EXPECT_EQ(test, early(bd), 0U);
	bd->tight = false;
	come(bd, 6, 8);
	bytes = bd->tcb.flow->ooo.bytes;
	bd->tight = true;
	come(bd, 9, 10);
	KUNIT_EXPECT_EQ(test, bd->tcb.flow->ooo.bytes, bytes);
	come(bd, 1, 3);
	KUNIT_EXPECT_EQ(test, bd->tcb.flow->ooo.bytes, bytes);
	KUNIT_EXPECT_EQ(test, early(bd), 2U);
	/* What is there already is not thrown away when its turn comes. */
	bd->accept = 0;
	come(bd, 0, 1);
	KUNIT_EXPECT_EQ(test, bd->tcb.rcv_nxt, BD_RCV + 3 * SEG);
}

static struct kunit_case pack_cases[] = {
	KUNIT_CASE(pack_waiting_test),
	KUNIT_CASE(pack_few_test),
	KUNIT_CASE(pack_busy_test),
	KUNIT_CASE(pack_taken_test),
	KUNIT_CASE(pack_size_test),
	KUNIT_CASE(pack_crumbs_test),
	KUNIT_CASE(pack_part_test),
	KUNIT_CASE(pack_front_test),
	KUNIT_CASE(pack_starved_test),
	KUNIT_CASE(pack_early_test),
	KUNIT_CASE(pack_alone_test),
	KUNIT_CASE(pack_push_test),
	KUNIT_CASE(pack_limit_test),
	KUNIT_CASE(pack_tight_test),
	KUNIT_CASE(pack_tight_early_test),
	{}
};

static struct kunit_suite pack_suite = {
	.name = "chim_pack",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = pack_cases,
};

kunit_test_suite(pack_suite);
