// SPDX-License-Identifier: GPL-2.0
/* Memory that runs out in an intermediate driver. */
#include "fault.h"
#include "lists.h"
#include "ndis_host.h"
#include "ndis_target.h"

/* Over one intermediate driver over the other target. */
static void setup(struct kunit *test, struct nt *nt)
{
	nt->name = "nt0";
	nt->chimney = true;
	KUNIT_ASSERT_EQ(test, nt_linux.load(nt), NDIS_STATUS_SUCCESS);
	nd_over(test->priv, "nt0", 1, false);
}

/* IMD-074: nothing goes down, whichever structure there is no memory for. */
static void ndis_fault_send_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tl *a = tl_new(fx, 1, 0), *b = tl_new(fx, 1, 0);
	struct tl *c = tl_new(fx, 1, 0);
	struct ft ft = { .nth = 1 };
	struct fx_chain chain;
	struct nt nt = { };
	int came, failed = 0;

	CHIM_COVERS(test, "IMD-074 D-09");
	setup(test, &nt);
	chain = fx_offload4(fx);
	came = nt.n_lists;
	for (;; ft_next(&ft)) {
		a->nbl.Next = &b->nbl;
		b->nbl.Next = &c->nbl;
		c->nbl.Next = NULL;
		ft_arm(&ft);
		tl_post(fx, &chain.conn->context, CHIM_IO_SEND, &a->nbl);
		ft_disarm(&ft);
		KUNIT_EXPECT_NULL(test, a->nbl.Context);
		KUNIT_EXPECT_NULL(test, c->nbl.Context);
		if (ft.left)
			break;
		/* It may have hit what helps to debug the slab. */
		if (nt.n_lists > came) {
			came = nt.n_lists;
			continue;
		}
		failed++;
		KUNIT_EXPECT_EQ(test, a->nbl.Status, NDIS_STATUS_REQUEST_UPLOAD);
		KUNIT_EXPECT_EQ(test, b->nbl.Status,
				NDIS_STATUS_UPLOAD_REQUESTED);
		KUNIT_EXPECT_EQ(test, c->nbl.Status,
				NDIS_STATUS_UPLOAD_REQUESTED);
	}
	/* One for each structure. */
	KUNIT_EXPECT_EQ(test, failed, 3);
	KUNIT_EXPECT_EQ(test, nt.n_lists, came + 1);
	KUNIT_EXPECT_EQ(test, a->nbl.Status, NDIS_STATUS_SUCCESS);
	nd_end(fx);
	nt_linux.unload(&nt);
}

/* The whole tree fails, comes back as it was, and may be tried again. */
static void ndis_fault_tree_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx), *path = tb_path4(fx);
	struct tb *conn = tb_conn(fx);
	struct ft ft = { .nth = 1 };
	struct nt nt = { };
	int failed = 0;

	setup(test, &nt);
	tb_depend(neigh, path);
	tb_depend(path, conn);
	for (;; ft_next(&ft)) {
		ft_arm(&ft);
		fx_submit(fx, CHIM_INITIATE, neigh);
		ft_disarm(&ft);
		KUNIT_EXPECT_PTR_EQ(test, conn->b.NdisOffloadHandle,
				    (NDIS_HANDLE)conn);
		if (conn->context) {
			FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
			fx_submit(fx, CHIM_TERMINATE, neigh);
			KUNIT_EXPECT_NULL(test, conn->context);
			if (ft.left)
				break;
			continue;
		}
		failed++;
		FX_EXPECT_STATUS(test, neigh, NDIS_STATUS_FAILURE);
		FX_EXPECT_STATUS(test, conn, NDIS_STATUS_FAILURE);
		KUNIT_EXPECT_NULL(test, neigh->context);
		KUNIT_EXPECT_NULL(test, conn->reserved);
	}
	/* The call, and an entry for each object. */
	KUNIT_EXPECT_EQ(test, failed, 4);
	nd_end(fx);
	nt_linux.unload(&nt);
}

static void exit_fault(struct kunit *test)
{
	struct fx *fx = test->priv;

	if (fx)
		nd_end(fx);
	ft_exit(test);
}

static struct kunit_case ndis_fault_cases[] = {
	KUNIT_CASE(ndis_fault_send_test),
	KUNIT_CASE(ndis_fault_tree_test),
	{}
};

static struct kunit_suite ndis_fault_suite = {
	.name = "chim_ndis_fault",
	.init = ft_init,
	.exit = exit_fault,
	.test_cases = ndis_fault_cases,
};

kunit_test_suite(ndis_fault_suite);
