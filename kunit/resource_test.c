// SPDX-License-Identifier: GPL-2.0
/* Distinct values: counted once, limited by kind, taken off the device. */
#include "state/resource.h"

#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/if_ether.h>
#include <linux/string.h>

#define MANY	3000

/**
 * struct device_fake - a device that keeps the addresses it was given
 * @res: resources that use it
 * @limits: of @res
 * @full: refuse every address
 * @adds: addresses taken
 * @dels: addresses given back
 * @last: the last one, taken or given back
 */
struct device_fake {
	struct chim_resources res;
	u32 limits[CHIM_RES_KINDS];
	bool full;
	int adds;
	int dels;
	u8 last[ETH_ALEN];
};

static int fake_add(void *ctx, const u8 *addr)
{
	struct device_fake *fake = ctx;

	if (fake->full)
		return -ENOSPC;
	fake->adds++;
	memcpy(fake->last, addr, ETH_ALEN);
	return 0;
}

static void fake_del(void *ctx, const u8 *addr)
{
	struct device_fake *fake = ctx;

	fake->dels++;
	memcpy(fake->last, addr, ETH_ALEN);
}

static const struct chim_res_ops fake_ops = {
	.hwaddr_add = fake_add,
	.hwaddr_del = fake_del,
};

static int resource_init(struct kunit *test)
{
	struct device_fake *fake = kunit_kzalloc(test, sizeof(*fake),
						 GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, fake);
	KUNIT_ASSERT_EQ(test, chim_resources_init(&fake->res), 0);
	for (i = 0; i < CHIM_RES_KINDS; i++)
		fake->limits[i] = MANY;
	fake->res.ops = &fake_ops;
	fake->res.ctx = fake;
	test->priv = fake;
	return 0;
}

static void resource_exit(struct kunit *test)
{
	struct device_fake *fake = test->priv;
	int i;

	for (i = 0; i < CHIM_RES_KINDS; i++)
		KUNIT_EXPECT_EQ(test, fake->res.count[i], 0U);
	KUNIT_EXPECT_EQ(test, fake->adds, fake->dels);
	chim_resources_destroy(&fake->res);
}

static enum chim_why take(struct device_fake *fake, enum chim_res_kind kind,
			  const void *bytes, size_t len)
{
	return chim_resource_take(&fake->res, fake->limits, kind, bytes, len);
}

static void drop(struct device_fake *fake, enum chim_res_kind kind,
		 const void *bytes, size_t len)
{
	chim_resource_drop(&fake->res, kind, bytes, len);
}

static const u8 mac_a[ETH_ALEN] = { 2, 0, 0, 0, 0, 0xa };
static const u8 mac_b[ETH_ALEN] = { 2, 0, 0, 0, 0, 0xb };

/* However many use a value, it is counted and taken from the device once. */
static void users_test(struct kunit *test)
{
	struct device_fake *fake = test->priv;
	int i;

	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, take(fake, CHIM_RES_HWADDR, mac_a,
					   ETH_ALEN), CHIM_OK);
	KUNIT_EXPECT_EQ(test, fake->res.count[CHIM_RES_HWADDR], 1U);
	KUNIT_EXPECT_EQ(test, fake->adds, 1);
	KUNIT_EXPECT_EQ(test, memcmp(fake->last, mac_a, ETH_ALEN), 0);
	KUNIT_EXPECT_EQ(test, take(fake, CHIM_RES_HWADDR, mac_b, ETH_ALEN),
			CHIM_OK);
	KUNIT_EXPECT_EQ(test, fake->res.count[CHIM_RES_HWADDR], 2U);
	drop(fake, CHIM_RES_HWADDR, mac_b, ETH_ALEN);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, fake->res.count[CHIM_RES_HWADDR], 1U);
		KUNIT_EXPECT_EQ(test, fake->dels, 1);
		drop(fake, CHIM_RES_HWADDR, mac_a, ETH_ALEN);
	}
	KUNIT_EXPECT_EQ(test, fake->dels, 2);
	KUNIT_EXPECT_EQ(test, memcmp(fake->last, mac_a, ETH_ALEN), 0);
}

static const enum chim_why reached[CHIM_RES_KINDS] = {
	[CHIM_RES_VLAN] = CHIM_WHY_VLAN_LIMIT,
	[CHIM_RES_HWADDR] = CHIM_WHY_HWADDR_LIMIT,
	[CHIM_RES_IPADDR] = CHIM_WHY_IPADDR_LIMIT,
};

static void limit_test(struct kunit *test)
{
	struct device_fake *fake = test->priv;
	u16 values[3] = { 1, 2, 3 };
	int kind;

	for (kind = 0; kind < CHIM_RES_KINDS; kind++) {
		/* hwaddr_add() reads six bytes. */
		u8 bytes[3][ETH_ALEN] = {};
		int i;

		for (i = 0; i < 3; i++)
			memcpy(bytes[i], &values[i], sizeof(values[i]));
		fake->limits[kind] = 2;
		KUNIT_EXPECT_EQ(test, take(fake, kind, bytes[0], ETH_ALEN),
				CHIM_OK);
		KUNIT_EXPECT_EQ(test, take(fake, kind, bytes[1], ETH_ALEN),
				CHIM_OK);
		KUNIT_EXPECT_EQ(test, take(fake, kind, bytes[2], ETH_ALEN),
				reached[kind]);
		KUNIT_EXPECT_EQ(test, fake->res.count[kind], 2U);
		/* One that is there already needs no room. */
		KUNIT_EXPECT_EQ(test, take(fake, kind, bytes[0], ETH_ALEN),
				CHIM_OK);
		drop(fake, kind, bytes[0], ETH_ALEN);
		drop(fake, kind, bytes[1], ETH_ALEN);
		KUNIT_EXPECT_EQ(test, take(fake, kind, bytes[2], ETH_ALEN),
				CHIM_OK);
		drop(fake, kind, bytes[2], ETH_ALEN);
		drop(fake, kind, bytes[0], ETH_ALEN);
	}
}

static void no_room_test(struct kunit *test)
{
	struct device_fake *fake = test->priv;
	int kind;

	for (kind = 0; kind < CHIM_RES_KINDS; kind++) {
		fake->limits[kind] = 0;
		KUNIT_EXPECT_EQ(test, take(fake, kind, mac_a, ETH_ALEN),
				reached[kind]);
	}
	KUNIT_EXPECT_EQ(test, fake->adds, 0);
}

static void device_full_test(struct kunit *test)
{
	struct device_fake *fake = test->priv;

	fake->full = true;
	KUNIT_EXPECT_EQ(test, take(fake, CHIM_RES_HWADDR, mac_a, ETH_ALEN),
			CHIM_WHY_HWADDR);
	KUNIT_EXPECT_EQ(test, fake->res.count[CHIM_RES_HWADDR], 0U);
	fake->full = false;
	KUNIT_EXPECT_EQ(test, take(fake, CHIM_RES_HWADDR, mac_a, ETH_ALEN),
			CHIM_OK);
	/* One that is there already does not ask the device. */
	fake->full = true;
	KUNIT_EXPECT_EQ(test, take(fake, CHIM_RES_HWADDR, mac_a, ETH_ALEN),
			CHIM_OK);
	drop(fake, CHIM_RES_HWADDR, mac_a, ETH_ALEN);
	drop(fake, CHIM_RES_HWADDR, mac_a, ETH_ALEN);
}

/* The same bytes are another value in another kind or length. */
static void apart_test(struct kunit *test)
{
	struct device_fake *fake = test->priv;
	static const u8 bytes[16] = { 192, 0, 2, 1 };

	KUNIT_EXPECT_EQ(test, take(fake, CHIM_RES_IPADDR, bytes, 4), CHIM_OK);
	KUNIT_EXPECT_EQ(test, take(fake, CHIM_RES_IPADDR, bytes, 16), CHIM_OK);
	KUNIT_EXPECT_EQ(test, take(fake, CHIM_RES_HWADDR, bytes, 6), CHIM_OK);
	KUNIT_EXPECT_EQ(test, take(fake, CHIM_RES_VLAN, bytes, 2), CHIM_OK);
	KUNIT_EXPECT_EQ(test, fake->res.count[CHIM_RES_IPADDR], 2U);
	KUNIT_EXPECT_EQ(test, fake->res.count[CHIM_RES_HWADDR], 1U);
	KUNIT_EXPECT_EQ(test, fake->res.count[CHIM_RES_VLAN], 1U);
	KUNIT_EXPECT_EQ(test, fake->adds, 1);
	drop(fake, CHIM_RES_IPADDR, bytes, 4);
	drop(fake, CHIM_RES_VLAN, bytes, 2);
	KUNIT_EXPECT_EQ(test, fake->res.count[CHIM_RES_IPADDR], 1U);
	drop(fake, CHIM_RES_HWADDR, bytes, 6);
	drop(fake, CHIM_RES_IPADDR, bytes, 16);
}

static void many_test(struct kunit *test)
{
	struct device_fake *fake = test->priv;
	u32 i;

	for (i = 0; i < MANY; i++)
		KUNIT_EXPECT_EQ(test, take(fake, CHIM_RES_IPADDR, &i,
					   sizeof(i)), CHIM_OK);
	KUNIT_EXPECT_EQ(test, take(fake, CHIM_RES_IPADDR, &i, sizeof(i)),
			CHIM_WHY_IPADDR_LIMIT);
	KUNIT_EXPECT_EQ(test, fake->res.count[CHIM_RES_IPADDR], (u32)MANY);
	while (i--)
		drop(fake, CHIM_RES_IPADDR, &i, sizeof(i));
}

/* Without a device below, every address will do. */
static void no_device_test(struct kunit *test)
{
	static const u32 limits[CHIM_RES_KINDS] = { 1, 1, 1 };
	struct chim_resources *res = kunit_kzalloc(test, sizeof(*res),
						   GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, res);
	KUNIT_ASSERT_EQ(test, chim_resources_init(res), 0);
	KUNIT_EXPECT_EQ(test, chim_resource_take(res, limits, CHIM_RES_HWADDR,
						 mac_a, ETH_ALEN), CHIM_OK);
	KUNIT_EXPECT_EQ(test, res->count[CHIM_RES_HWADDR], 1U);
	chim_resource_drop(res, CHIM_RES_HWADDR, mac_a, ETH_ALEN);
	KUNIT_EXPECT_EQ(test, res->count[CHIM_RES_HWADDR], 0U);
	chim_resources_destroy(res);
}

static struct kunit_case resource_cases[] = {
	KUNIT_CASE(users_test),
	KUNIT_CASE(limit_test),
	KUNIT_CASE(no_room_test),
	KUNIT_CASE(device_full_test),
	KUNIT_CASE(apart_test),
	KUNIT_CASE(many_test),
	KUNIT_CASE(no_device_test),
	{}
};

static struct kunit_suite resource_suite = {
	.name = "chim_resource",
	.init = resource_init,
	.exit = resource_exit,
	.test_cases = resource_cases,
};

kunit_test_suite(resource_suite);
