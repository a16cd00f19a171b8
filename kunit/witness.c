// SPDX-License-Identifier: GPL-2.0
/* Objects that must not change, blocks that are not what they should be. */
#include "witness.h"

#define ANY_MARK	0xff

static struct tb *witness_block(const struct witness *w, int layer)
{
	struct tb *const blocks[] = {
		[CHIM_NEIGH] = w->c.neigh,
		[CHIM_PATH] = w->c.path,
		[CHIM_CONN] = w->c.conn,
	};

	return blocks[layer];
}

void witness_look(struct fx *fx, struct witness *w, struct fx_chain c)
{
	struct tb *tb;
	int i;

	w->c = c;
	for (i = 0; i < CHIM_LAYERS; i++) {
		tb = witness_block(w, i);
		w->was[i] = pr_query(fx, tb);
		KUNIT_ASSERT_NOT_NULL(fx->test, tb_obj(fx, tb));
		w->deps[i] = tb_obj(fx, tb)->deps;
		w->count[i] = fx->adapter->space.count[i];
	}
}

void witness_take(struct fx *fx, struct witness *w)
{
	witness_look(fx, w, fx_offload4(fx));
}

void witness_check(struct fx *fx, struct witness *w)
{
	struct chim_obj *obj;
	struct tb *tb;
	int i;

	for (i = 0; i < CHIM_LAYERS; i++) {
		tb = witness_block(w, i);
		obj = tb_obj(fx, tb);
		KUNIT_ASSERT_NOT_NULL(fx->test, obj);
		KUNIT_EXPECT_FALSE(fx->test, chim_obj_marked(obj, ANY_MARK));
		KUNIT_EXPECT_EQ(fx->test, obj->deps, w->deps[i]);
		KUNIT_EXPECT_TRUE(fx->test,
				  pr_same(pr_query(fx, tb), w->was[i]));
	}
	KUNIT_EXPECT_PTR_EQ(fx->test, chim_path_neigh(pr_path(fx, w->c.path)),
			    pr_neigh(fx, w->c.neigh));
	KUNIT_EXPECT_PTR_EQ(fx->test, pr_conn(fx, w->c.conn)->path,
			    pr_path(fx, w->c.path));
}

void witness_check_all(struct fx *fx, struct witness *w)
{
	int i;

	witness_check(fx, w);
	for (i = 0; i < CHIM_LAYERS; i++)
		KUNIT_EXPECT_EQ(fx->test, fx->adapter->space.count[i],
				w->count[i]);
}

struct tb *wt_ref(struct fx *fx, enum chim_verb verb, struct tb *to)
{
	u8 type = to->b.Header.Type;

	switch (verb) {
	case CHIM_QUERY:
		return tb_ref(fx, to, type);
	case CHIM_UPDATE:
		return pr_cached(fx, to);
	case CHIM_TERMINATE:
		/* The Type before all of them is the delegated one, or but one. */
		return tb_ref(fx, to, type == TcpOffloadState ? type - 2 :
								type - 1);
	default:
		return wt_bare_ref(fx, to);
	}
}

struct tb *wt_good(struct fx *fx, enum chim_verb verb, struct fx_chain c)
{
	return verb == CHIM_INITIATE ? tb_neigh(fx) :
				       wt_ref(fx, verb, c.conn);
}

struct tb *wt_short(struct fx *fx, u16 size)
{
	struct tb *tb = kunit_kzalloc(fx->test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(fx->test, tb);
	tb->b.Header.Revision = NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	tb->b.Header.Size = size;
	tb->b.Status = NDIS_STATUS_PENDING;
	return tb;
}

struct tb *wt_bare(struct fx *fx, u8 type, PVOID *location)
{
	struct tb *tb = wt_short(fx, sizeof(tb->b));

	tb->b.Header.Type = type;
	tb->b.MiniportOffloadContext = location;
	tb->b.ProtocolReserved[0] = fx;
	tb->b.NdisOffloadHandle = tb;
	return tb;
}

/* Only a query has something behind a const Type (D-02). */
struct tb *wt_bare_ref(struct fx *fx, struct tb *to)
{
	static const u8 first[] = {
		[NeighborOffloadState] = NeighborOffloadConstState,
		[Ip4OffloadState] = Ip4OffloadConstState,
		[Ip6OffloadState] = Ip6OffloadConstState,
		[TcpOffloadState] = TcpOffloadConstState,
	};

	return wt_bare(fx, first[to->b.Header.Type], &to->context);
}

void wt_refused(struct fx *fx, enum chim_verb verb, struct tb *root,
		enum chim_why why)
{
	u64 before = fx_refused(fx, why);

	fx_run(fx, verb, root);
	FX_EXPECT_STATUS(fx->test, root, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ_MSG(fx->test, fx_refused(fx, why), before + 1,
			    "%s not refused for %s", chim_verb_name(verb),
			    chim_why_name(why));
}

void wt_done(struct fx *fx, enum chim_verb verb, struct tb *root)
{
	fx_run(fx, verb, root);
	KUNIT_EXPECT_EQ_MSG(fx->test, (u32)root->b.Status,
			    (u32)NDIS_STATUS_SUCCESS, "%s",
			    chim_verb_name(verb));
}

void wt_empty(struct fx *fx)
{
	int i;

	fx_flush(fx);
	for (i = 0; i < CHIM_LAYERS; i++)
		KUNIT_EXPECT_EQ(fx->test, fx->adapter->space.count[i], 0U);
	KUNIT_EXPECT_TRUE(fx->test, xa_empty(&fx->adapter->space.handles));
}
