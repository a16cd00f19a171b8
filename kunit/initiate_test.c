// SPDX-License-Identifier: GPL-2.0
/* Initiate: when it is done, and what may happen meanwhile. */
#include "lists.h"
#include "witness.h"

#include "ndis/attach.h"

static struct fx_chain new_chain(struct fx *fx)
{
	struct fx_chain c = { tb_neigh(fx), tb_path4(fx), tb_conn(fx) };

	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	return c;
}

static u32 objects(struct fx *fx)
{
	const u32 *count = fx->adapter->space.count;

	return count[CHIM_NEIGH] + count[CHIM_PATH] + count[CHIM_CONN];
}

/* Whatever becomes of it, nothing is done or said before the call is over. */
static void later_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain good = new_chain(fx), bad = new_chain(fx);
	struct pr_hold hold;

	CHIM_COVERS(test, "INI-010 INI-011 INI-012");
	bad.neigh->b.Header.Revision = 9;
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_INITIATE, good.neigh);
	fx_submit(fx, CHIM_INITIATE, bad.neigh);
	KUNIT_EXPECT_EQ(test, objects(fx), 0U);
	KUNIT_EXPECT_NULL(test, good.neigh->context);
	FX_EXPECT_STATUS(test, good.neigh, NDIS_STATUS_PENDING);
	FX_EXPECT_STATUS(test, bad.neigh, NDIS_STATUS_PENDING);
	KUNIT_EXPECT_EQ(test, fx->logged, 0);
	pr_release(fx, &hold);
	KUNIT_EXPECT_EQ(test, objects(fx), 3U);
	FX_EXPECT_STATUS(test, good.neigh, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, bad.neigh, NDIS_STATUS_FAILURE);
	KUNIT_ASSERT_EQ(test, fx->logged, 2);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].p, (void *)&good.neigh->b);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[1].p, (void *)&bad.neigh->b);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].handle, FX_DRIVER_HANDLE);
}

/* The handle of every completion is that of the driver. */
static void driver_handle_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	enum chim_verb verb;
	int i;

	CHIM_COVERS(test, "INI-012");
	for (verb = 0; verb < CHIM_VERBS; verb++)
		fx_run(fx, verb, wt_good(fx, verb, c));
	for (i = CHIM_IO_SEND; i <= CHIM_IO_FORWARD; i++)
		tl_post(fx, NULL, i, &tl_new(fx, 10, 0)->nbl);
	fx_flush(fx);
	KUNIT_ASSERT_EQ(test, fx->logged, CHIM_VERBS + TL_IOS);
	for (i = 0; i < fx->logged; i++)
		KUNIT_EXPECT_PTR_EQ(test, fx->log[i].handle, FX_DRIVER_HANDLE);
	for (i = 0; i < CHIM_VERBS; i++)
		KUNIT_EXPECT_EQ(test, fx->log[i].a, (u32)i);
}

struct seen {
	struct fx_chain c;
	PVOID context[3];
	struct tb *more;
	int calls;
};

static void note_contexts(struct fx *fx, enum chim_verb verb,
			  PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct seen *seen = fx->priv;

	if (seen->calls++)
		return;
	seen->context[0] = seen->c.neigh->context;
	seen->context[1] = seen->c.path->context;
	seen->context[2] = seen->c.conn->context;
}

/* Each object has a name of its own, and the host has it by the completion. */
static void context_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct seen seen = { .c = new_chain(fx) };

	CHIM_COVERS(test, "INI-014");
	fx->priv = &seen;
	fx->on_complete = note_contexts;
	wt_done(fx, CHIM_INITIATE, seen.c.neigh);
	fx->on_complete = NULL;
	KUNIT_EXPECT_NOT_NULL(test, seen.context[0]);
	KUNIT_EXPECT_NOT_NULL(test, seen.context[1]);
	KUNIT_EXPECT_NOT_NULL(test, seen.context[2]);
	KUNIT_EXPECT_PTR_EQ(test, (void *)tb_obj(fx, seen.c.neigh),
			    (void *)pr_neigh(fx, seen.c.neigh));
	KUNIT_EXPECT_EQ(test, tb_obj(fx, seen.c.neigh)->handle,
			(u64)seen.context[0]);
	KUNIT_EXPECT_EQ(test, tb_obj(fx, seen.c.path)->handle,
			(u64)seen.context[1]);
	KUNIT_EXPECT_EQ(test, tb_obj(fx, seen.c.conn)->handle,
			(u64)seen.context[2]);
}

/* The host may do with its blocks what it likes once they are completed. */
static void own_copy_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *was[3], *of[3] = { c.neigh, c.path, c.conn }, *back;
	int i;

	CHIM_COVERS(test, "INI-013");
	for (i = 0; i < 3; i++) {
		was[i] = pr_query(fx, of[i]);
		memset(of[i]->state, 0xee, sizeof(of[i]->state));
		memset(of[i]->src, 0xee, sizeof(of[i]->src));
		memset(of[i]->dst, 0xee, sizeof(of[i]->dst));
	}
	for (i = 0; i < 3; i++) {
		back = pr_query(fx, of[i]);
		KUNIT_EXPECT_TRUE(test, pr_same(was[i], back));
	}
}

static void offload_more(struct fx *fx, enum chim_verb verb,
			 PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct seen *seen = fx->priv;

	if (!seen->calls++)
		fx_submit(fx, CHIM_INITIATE, seen->more);
}

/* While offloads are in progress, one of them within its completion. */
static void in_progress_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct seen seen = { .more = tb_neigh(fx) };
	struct fx_chain c[20];
	struct pr_hold hold;
	int i;

	CHIM_COVERS(test, "INI-060");
	fx->priv = &seen;
	fx->on_complete = offload_more;
	for (i = 0; i < ARRAY_SIZE(c); i++)
		c[i] = new_chain(fx);
	pr_hold(fx, &hold);
	for (i = 0; i < ARRAY_SIZE(c); i++)
		fx_submit(fx, CHIM_INITIATE, c[i].neigh);
	pr_release(fx, &hold);
	fx_flush(fx);
	KUNIT_ASSERT_EQ(test, fx->logged, (int)ARRAY_SIZE(c) + 1);
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		FX_EXPECT_STATUS(test, c[i].neigh, NDIS_STATUS_SUCCESS);
		FX_EXPECT_STATUS(test, c[i].conn, NDIS_STATUS_SUCCESS);
		KUNIT_EXPECT_PTR_EQ(test, fx->log[i].p,
				    (void *)&c[i].neigh->b);
	}
	FX_EXPECT_STATUS(test, seen.more, NDIS_STATUS_SUCCESS);
}

/* Another tree with the same connection, known by its location or by name. */
static void same_object_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = new_chain(fx);
	struct tb *link = tb_ref(fx, c.path, Ip4OffloadState);
	struct tb *same = tb_conn(fx), *alike = tb_conn(fx);
	struct pr_hold hold;
	struct witness w;

	CHIM_COVERS(test, "INI-061");
	same->b.MiniportOffloadContext = &c.conn->context;
	*tb_tconst(alike) = *tb_tconst(c.conn);
	tb_depend(link, same);
	tb_depend(link, alike);
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_INITIATE, c.neigh);
	/* The very same list: there is only one completion to come. */
	fx_submit(fx, CHIM_INITIATE, c.neigh);
	fx_submit(fx, CHIM_INITIATE, link);
	pr_release(fx, &hold);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[CHIM_INITIATE]), 2);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_BUSY), 1ULL);
	FX_EXPECT_STATUS(test, c.neigh, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, c.conn, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, link, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, same, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, alike, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_NULL(test, alike->context);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_DUPLICATE), 1ULL);
	KUNIT_EXPECT_EQ(test, objects(fx), 3U);
	witness_look(fx, &w, c);
	witness_check_all(fx, &w);
}

/* Data requests that come too early go back to where they came from. */
static void early_io_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = new_chain(fx);
	struct tl *tl[TL_IOS];
	struct pr_hold hold;
	int i;

	CHIM_COVERS(test, "INI-062");
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_INITIATE, c.neigh);
	for (i = CHIM_IO_SEND; i <= CHIM_IO_FORWARD; i++) {
		tl[i] = tl_new(fx, 10, 0);
		tl_post(fx, &c.conn->context, i, &tl[i]->nbl);
	}
	pr_release(fx, &hold);
	KUNIT_ASSERT_EQ(test, fx->logged, TL_IOS + 1);
	for (i = CHIM_IO_SEND; i <= CHIM_IO_FORWARD; i++) {
		KUNIT_EXPECT_EQ(test, (int)fx->log[i + 1].call, FX_IO);
		KUNIT_EXPECT_EQ(test, fx->log[i + 1].a, tl_completion(i));
		KUNIT_EXPECT_PTR_EQ(test, fx->log[i + 1].p,
				    (void *)&tl[i]->nbl);
		KUNIT_EXPECT_EQ(test, (u32)tl[i]->nbl.Status,
				(u32)NDIS_STATUS_UPLOAD_IN_PROGRESS);
	}
	FX_EXPECT_STATUS(test, c.conn, NDIS_STATUS_SUCCESS);
}

/* A pause holds the offload back; what comes for its objects does not wait. */
static void early_operation_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = new_chain(fx);
	enum chim_verb verb;

	CHIM_COVERS(test, "INI-063");
	chim_miniport_pause(fx->adapter, true, 0);
	fx_submit(fx, CHIM_INITIATE, c.neigh);
	for (verb = CHIM_QUERY; verb < CHIM_VERBS; verb++) {
		wt_refused(fx, verb, wt_ref(fx, verb, c.neigh),
			   CHIM_WHY_HANDLE);
		wt_refused(fx, verb, wt_ref(fx, verb, c.path),
			   CHIM_WHY_HANDLE);
		wt_refused(fx, verb, wt_ref(fx, verb, c.conn),
			   CHIM_WHY_HANDLE);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[CHIM_INITIATE]), 0);
	chim_miniport_pause(fx->adapter, false, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[CHIM_INITIATE]), 1);
	FX_EXPECT_STATUS(test, c.neigh, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, c.path, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, c.conn, NDIS_STATUS_SUCCESS);
}

static void ask_for_upload(struct fx *fx, enum chim_verb verb,
			   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct seen *seen = fx->priv;

	/* The calls so far, none of them this one. */
	seen->calls = fx->logged;
	chim_miniport_upload_all(fx->adapter);
}

/* What there is to tell waits for the return of the completion. */
static void silent_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = new_chain(fx);
	struct seen seen = {};
	struct pr_hold hold;

	CHIM_COVERS(test, "INI-067");
	fx->priv = &seen;
	fx->on_complete = ask_for_upload;
	pr_hold(fx, &hold);
	fx_submit(fx, CHIM_INITIATE, c.neigh);
	chim_miniport_upload_all(fx->adapter);
	pr_release(fx, &hold);
	fx->on_complete = NULL;
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, seen.calls, 0);
	KUNIT_ASSERT_GE(test, fx->logged, 2);
	KUNIT_EXPECT_EQ(test, (int)fx->log[0].call, FX_COMPLETE);
	KUNIT_EXPECT_EQ(test, (int)fx->log[1].call, FX_STATUS);
	KUNIT_EXPECT_EQ(test, fx->log[1].a, (u32)NDIS_STATUS_UPLOAD_ALL);
}

static struct kunit_case initiate_cases[] = {
	KUNIT_CASE(later_test),
	KUNIT_CASE(driver_handle_test),
	KUNIT_CASE(context_test),
	KUNIT_CASE(own_copy_test),
	KUNIT_CASE(in_progress_test),
	KUNIT_CASE(same_object_test),
	KUNIT_CASE(early_io_test),
	KUNIT_CASE(early_operation_test),
	KUNIT_CASE(silent_test),
	{}
};

static struct kunit_suite initiate_suite = {
	.name = "chim_initiate",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = initiate_cases,
};

kunit_test_suite(initiate_suite);
