// SPDX-License-Identifier: GPL-2.0
/* Update: the heart of the target. */
#include "fixture.h"

static void update_neigh_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *ref = tb_ref(fx, c.neigh, NeighborOffloadCachedState);
	struct tb *back = tb_ref(fx, c.neigh, NeighborOffloadCachedState);
	static const u8 mac[ETH_ALEN] = { 2, 9, 9, 9, 9, 9 };

	CHIM_COVERS(test, "UPD-051 UPD-052");
	memcpy(tb_ncached(ref)->DlDestinationAddress, mac, ETH_ALEN);
	tb_ncached(ref)->HostReachabilityDelta = 17;
	fx_run(fx, CHIM_UPDATE, ref);
	FX_EXPECT_STATUS(test, ref, NDIS_STATUS_SUCCESS);
	fx_run(fx, CHIM_QUERY, back);
	FX_EXPECT_STATUS(test, back, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, memcmp(tb_ncached(back)->DlDestinationAddress,
				     mac, ETH_ALEN), 0);
	KUNIT_EXPECT_EQ(test, tb_ncached(back)->HostReachabilityDelta, 17U);
}

static struct kunit_case update_cases[] = {
	KUNIT_CASE(update_neigh_test),
	{}
};

static struct kunit_suite update_suite = {
	.name = "chim_update",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = update_cases,
};

kunit_test_suite(update_suite);
