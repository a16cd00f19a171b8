// SPDX-License-Identifier: GPL-2.0
/* Block lists: protocol form to miniport form and back, byte by byte. */
#include "covers.h"

#include "ndis_shim/convert.h"
#include "ndis_shim/list.h"

#include <linux/prandom.h>

#define BLOCKS	24
#define RUNS	500
#define LAYERS	4

/* A block, what lies behind it, and the handles of each layer for its object. */
struct rb {
	NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST b;
	u8 behind[80];
	NDIS_OFFLOAD_HANDLE handle[LAYERS];
};

struct forest {
	struct rb rb[BLOCKS];
	struct rb was[BLOCKS];
	unsigned int n;
};

static u32 below(struct rnd_state *rnd, u32 n)
{
	return prandom_u32_state(rnd) % n;
}

static void plant(struct forest *f, struct rnd_state *rnd)
{
	PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST *link;
	unsigned int i, at;

	prandom_bytes_state(rnd, f->rb, sizeof(f->rb));
	f->n = 1 + below(rnd, BLOCKS);
	for (i = 0; i < f->n; i++) {
		f->rb[i].b.Header.Size = sizeof(f->rb[i].b);
		f->rb[i].b.Header.Type = NeighborOffloadState;
		f->rb[i].b.NextBlock = NULL;
		f->rb[i].b.DependentBlockList = NULL;
		memset(f->rb[i].handle, 0, sizeof(f->rb[i].handle));
		f->rb[i].b.OffloadHandle = below(rnd, 5) ?
					   &f->rb[i].handle[0] : NULL;
	}
	/* Each hangs on an earlier one, or on the chain of its dependents. */
	for (i = 1; i < f->n; i++) {
		at = below(rnd, i);
		link = below(rnd, 2) ? &f->rb[at].b.NextBlock :
				       &f->rb[at].b.DependentBlockList;
		while (*link)
			link = &(*link)->NextBlock;
		*link = &f->rb[i].b;
	}
	memcpy(f->was, f->rb, sizeof(f->was));
}

/* Equal, apart from what is NDIS's and what is scratch. */
static bool same(const struct rb *a, const struct rb *b)
{
	struct rb x = *a, y = *b;

	memset(x.b.NdisReserved, 0, sizeof(x.b.NdisReserved));
	memset(y.b.NdisReserved, 0, sizeof(y.b.NdisReserved));
	memset(x.b.Scratch, 0, sizeof(x.b.Scratch));
	memset(y.b.Scratch, 0, sizeof(y.b.Scratch));
	x.b.OffloadHandle = NULL;
	y.b.OffloadHandle = NULL;
	memset(x.handle, 0, sizeof(x.handle));
	memset(y.handle, 0, sizeof(y.handle));
	return !memcmp(&x, &y, sizeof(x));
}

static struct chimn_binding *make_binding(struct kunit *test)
{
	struct chimn_binding *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	refcount_set(&b->obj.refs, 1);
	b->obj.handle = (NDIS_HANDLE)0x4e44000000001234UL;
	return b;
}

static struct forest *make_forest(struct kunit *test)
{
	struct forest *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	return f;
}

/* What a miniport must find. */
static void check_down(struct kunit *test, struct forest *f, unsigned int layer)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST m;
	PNDIS_OFFLOAD_HANDLE handle;
	unsigned int i;

	for (i = 0; i < f->n; i++) {
		m = (PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST)&f->rb[i].b;
		handle = f->was[i].b.OffloadHandle ?
			 &f->rb[i].handle[layer] : NULL;
		KUNIT_EXPECT_PTR_EQ(test, m->NdisOffloadHandle,
				    (NDIS_HANDLE)handle);
		KUNIT_EXPECT_PTR_EQ(test, m->MiniportOffloadContext,
				    handle ? &handle->MiniportOffloadContext :
					     NULL);
		KUNIT_EXPECT_TRUE(test, same(&f->rb[i], &f->was[i]));
	}
}

/* As an intermediate driver does, in either direction. */
static void change_handles(struct forest *f, unsigned int layer)
{
	unsigned int i;

	for (i = 0; i < f->n; i++)
		if (f->was[i].b.OffloadHandle)
			f->rb[i].b.OffloadHandle = &f->rb[i].handle[layer];
}

static void round_trip(struct kunit *test, struct forest *f,
		       struct chimn_binding *binding, enum chimn_verb verb)
{
	PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST m = NULL;
	unsigned int i, layer;

	for (layer = 0; layer < LAYERS; layer++) {
		change_handles(f, layer);
		m = chimn_convert_down(&f->rb[0].b, binding, verb);
		check_down(test, f, layer);
	}
	KUNIT_EXPECT_PTR_EQ(test, (void *)m, (void *)&f->rb[0]);
	while (layer--) {
		change_handles(f, layer);
		chimn_convert_up(m, binding, verb);
		for (i = 0; i < f->n; i++)
			KUNIT_EXPECT_TRUE(test, same(&f->rb[i], &f->was[i]));
	}
	for (i = 0; i < f->n; i++)
		KUNIT_EXPECT_PTR_EQ(test, f->rb[i].b.OffloadHandle,
				    f->was[i].b.OffloadHandle);
}

static void ndis_convert_random_test(struct kunit *test)
{
	struct chimn_binding *binding = make_binding(test);
	struct forest *f = make_forest(test);
	struct rnd_state rnd;
	unsigned int i;

	CHIM_COVERS(test, "NDI-010 NDI-011 NDI-012 NDI-013 NDI-014");
	prandom_seed_state(&rnd, 4711);
	for (i = 0; i < RUNS; i++) {
		plant(f, &rnd);
		round_trip(test, f, binding, i % CHIMN_VERBS);
	}
	KUNIT_EXPECT_EQ(test, refcount_read(&binding->obj.refs), 1U);
}

/* Links that lead back, are shared, or lead nowhere: the walk ends all the same. */
static void ndis_convert_broken_test(struct kunit *test)
{
	struct chimn_binding *binding = make_binding(test);
	struct forest *f = make_forest(test);
	PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST *link;
	struct rnd_state rnd;
	unsigned int i, j;

	prandom_seed_state(&rnd, 815);
	for (i = 0; i < RUNS; i++) {
		plant(f, &rnd);
		for (j = 0; j < 3; j++) {
			struct rb *from = &f->rb[below(&rnd, f->n)];

			link = below(&rnd, 2) ? &from->b.NextBlock :
						&from->b.DependentBlockList;
			*link = below(&rnd, 4) ? &f->rb[below(&rnd, f->n)].b :
						 (void *)8UL;
			/* Such a block has no room for anything. */
			if (!below(&rnd, 4))
				from->b.Header.Size = 4;
		}
		memcpy(f->was, f->rb, sizeof(f->was));
		chimn_convert_up(chimn_convert_down(&f->rb[0].b, binding,
						    CHIMN_QUERY),
				 binding, CHIMN_QUERY);
		for (j = 0; j < f->n; j++) {
			KUNIT_EXPECT_TRUE(test, same(&f->rb[j], &f->was[j]));
			KUNIT_EXPECT_PTR_EQ(test, f->rb[j].b.OffloadHandle,
					    f->was[j].b.OffloadHandle);
		}
	}
}

/* Whom indications are for, from the request to the end. */
static void ndis_convert_owner_test(struct kunit *test)
{
	struct chimn_binding *binding = make_binding(test);
	struct forest *f = make_forest(test);
	PNDIS_OFFLOAD_HANDLE handle = &f->rb[0].handle[0];
	PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST b = &f->rb[0].b;

	CHIM_COVERS(test, "NDI-016");
	b->Header.Size = sizeof(*b);
	b->Header.Type = TcpOffloadState;
	b->OffloadHandle = handle;
	chimn_convert_down(b, binding, CHIMN_INITIATE);
	KUNIT_EXPECT_PTR_EQ(test, handle->NdisReserved, binding->obj.handle);
	/* It was not offloaded. */
	b->Status = NDIS_STATUS_FAILURE;
	chimn_convert_up((void *)b, binding, CHIMN_INITIATE);
	KUNIT_EXPECT_NULL(test, handle->NdisReserved);
	chimn_convert_down(b, binding, CHIMN_INITIATE);
	handle->MiniportOffloadContext = handle;
	b->Status = NDIS_STATUS_SUCCESS;
	chimn_convert_up((void *)b, binding, CHIMN_INITIATE);
	KUNIT_EXPECT_PTR_EQ(test, handle->NdisReserved, binding->obj.handle);
	chimn_convert_down(b, binding, CHIMN_TERMINATE);
	b->Status = NDIS_STATUS_FAILURE;
	chimn_convert_up((void *)b, binding, CHIMN_TERMINATE);
	KUNIT_EXPECT_PTR_EQ(test, handle->NdisReserved, binding->obj.handle);
	b->Status = NDIS_STATUS_SUCCESS;
	chimn_convert_up((void *)b, binding, CHIMN_TERMINATE);
	KUNIT_EXPECT_NULL(test, handle->NdisReserved);
}

static void ndis_convert_refuse_test(struct kunit *test)
{
	struct forest *f = make_forest(test);
	struct rnd_state rnd;
	unsigned int i;

	CHIM_COVERS(test, "NDI-019");
	prandom_seed_state(&rnd, 2);
	plant(f, &rnd);
	chimn_convert_refuse(&f->rb[0].b, NDIS_STATUS_NOT_SUPPORTED);
	for (i = 0; i < f->n; i++)
		KUNIT_EXPECT_EQ(test, f->rb[i].b.Status,
				NDIS_STATUS_NOT_SUPPORTED);
}

static struct kunit_case ndis_convert_cases[] = {
	KUNIT_CASE(ndis_convert_random_test),
	KUNIT_CASE(ndis_convert_broken_test),
	KUNIT_CASE(ndis_convert_owner_test),
	KUNIT_CASE(ndis_convert_refuse_test),
	{}
};

static struct kunit_suite ndis_convert_suite = {
	.name = "chim_ndis_convert",
	.test_cases = ndis_convert_cases,
};

kunit_test_suite(ndis_convert_suite);
