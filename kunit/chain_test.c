// SPDX-License-Identifier: GPL-2.0
/* NetBufferListChain and the memory behind it. */
#include "witness.h"

#include <linux/highmem.h>

#define LISTS	3
#define DATA	100

/* Buffer lists with one buffer and one MDL each, DATA bytes in every one. */
struct chain {
	struct {
		NET_BUFFER_LIST nbl;
		NET_BUFFER nb;
		MDL mdl;
		ULONG64 pfns[2];
		u8 data[DATA];
	} link[LISTS];
};

static struct chain *make_chain(struct fx *fx)
{
	struct chain *chain = kunit_kzalloc(fx->test, sizeof(*chain),
					    GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(fx->test, chain);
	for (i = 0; i < LISTS; i++) {
		typeof(chain->link[0]) *l = &chain->link[i];

		l->mdl.Size = sizeof(l->mdl) + sizeof(l->pfns);
		l->mdl.MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL |
				  MDL_PAGES_LOCKED;
		l->mdl.MappedSystemVa = l->data;
		l->mdl.ByteCount = DATA;
		l->nb.MdlChain = &l->mdl;
		l->nb.CurrentMdl = &l->mdl;
		l->nb.DataLength = DATA;
		l->nbl.FirstNetBuffer = &l->nb;
		l->nbl.Status = NDIS_STATUS_PENDING;
		l->nbl.ProtocolReserved[0] = fx;
		if (i)
			chain->link[i - 1].nbl.Next = &l->nbl;
		memset(l->data, 'a' + i, DATA);
	}
	return chain;
}

static void give_chain(struct tb *conn, struct chain *chain)
{
	TCP_OFFLOAD_STATE_DELEGATED *d = tb_tdeleg(conn);

	conn->b.NetBufferListChain = &chain->link[0].nbl;
	d->SndNxt = d->SndUna + DATA;
	d->SndMax = d->SndUna + LISTS * DATA;
	d->SendDataHead = &chain->link[0].nbl;
	d->SendDataTail = &chain->link[LISTS - 1].nbl;
}

static void no_chain_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = tb_conn(fx), *link, *end;
	struct fx_chain c;

	CHIM_COVERS(test, "BLK-106 INI-102 TRM-074");
	c = fx_offload4(fx);
	/* These lead nowhere: following one would be found. */
	tb_tdeleg(conn)->SendDataHead = (PVOID)0x1110;
	tb_tdeleg(conn)->SendDataTail = (PVOID)0x2220;
	link = wt_bare_ref(fx, c.path);
	tb_depend(link, conn);
	wt_done(fx, CHIM_INITIATE, link);
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
	end = tb_ref(fx, conn, TcpOffloadDelegatedState);
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_NULL(test, end->b.NetBufferListChain);
	KUNIT_EXPECT_NULL(test, tb_tdeleg(end)->SendDataHead);
	KUNIT_EXPECT_NULL(test, tb_tdeleg(end)->SendDataTail);
	KUNIT_EXPECT_NULL(test, tb_tdeleg(end)->BufferedData);
}

static void good_chain_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = tb_conn(fx), *link, *end;
	struct chain *chain = make_chain(fx);
	struct fx_chain c;

	CHIM_COVERS(test, "TRM-071 TRM-072");
	c = fx_offload4(fx);
	give_chain(conn, chain);
	link = wt_bare_ref(fx, c.path);
	tb_depend(link, conn);
	wt_done(fx, CHIM_INITIATE, link);
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
	end = tb_ref(fx, conn, TcpOffloadDelegatedState);
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_PTR_EQ(test, end->b.NetBufferListChain,
			    &chain->link[0].nbl);
	KUNIT_EXPECT_PTR_EQ(test, tb_tdeleg(end)->SendDataHead,
			    &chain->link[0].nbl);
	KUNIT_EXPECT_PTR_EQ(test, tb_tdeleg(end)->SendDataTail,
			    &chain->link[LISTS - 1].nbl);
}

/* Ways in which a chain is no list of single buffers backed by MDLs. */
enum broken {
	NO_BUFFER, TWO_BUFFERS, LOOP_ONE, LOOP_TWO, LOOP_ALL, ODD_LIST,
	LOW_LIST, LOW_BUFFER, NO_MDL, SHORT_MDL, ODD_MDL, LOW_MDL, MDL_LOOP,
	MDL_LOOP_EMPTY, FAR_OFFSET, NO_MEMORY, NO_PAGE, BROKEN
};

static void break_list(struct chain *c, enum broken how)
{
	NET_BUFFER_LIST *second = &c->link[1].nbl, *last = &c->link[2].nbl;

	switch (how) {
	case NO_BUFFER:
		second->FirstNetBuffer = NULL;
		break;
	case TWO_BUFFERS:
		c->link[1].nb.Next = &c->link[0].nb;
		break;
	case LOOP_ONE:
		last->Next = last;
		break;
	case LOOP_TWO:
		last->Next = second;
		break;
	case LOOP_ALL:
		last->Next = &c->link[0].nbl;
		break;
	case ODD_LIST:
		second->Next = (PVOID)((u8 *)last + 1);
		break;
	case LOW_LIST:
		second->Next = (PVOID)0x10;
		break;
	default:
		second->FirstNetBuffer = (PVOID)0x4440;
		break;
	}
}

static void break_mdl(struct chain *c, enum broken how)
{
	NET_BUFFER *nb = &c->link[1].nb;
	MDL *mdl = &c->link[1].mdl;

	switch (how) {
	case NO_MDL:
		nb->CurrentMdl = NULL;
		break;
	case SHORT_MDL:
		mdl->ByteCount = DATA - 1;
		break;
	case ODD_MDL:
		nb->CurrentMdl = (PVOID)((u8 *)mdl + 4);
		break;
	case LOW_MDL:
		mdl->ByteCount = 1;
		mdl->Next = (PVOID)0x5550;
		break;
	case MDL_LOOP:
		mdl->ByteCount = 1;
		mdl->Next = mdl;
		break;
	case MDL_LOOP_EMPTY:
		mdl->ByteCount = 0;
		mdl->Next = &c->link[2].mdl;
		c->link[2].mdl.ByteCount = 0;
		c->link[2].mdl.Next = mdl;
		break;
	case FAR_OFFSET:
		nb->CurrentMdlOffset = DATA + 1;
		break;
	case NO_MEMORY:
		mdl->MappedSystemVa = (PVOID)0x6660;
		break;
	default:
		mdl->MdlFlags = MDL_PAGES_LOCKED;
		c->link[1].pfns[0] = ~0ULL >> PAGE_SHIFT;
		break;
	}
}

static struct chain *broken_chain(struct fx *fx, enum broken how)
{
	struct chain *chain = make_chain(fx);

	if (how < NO_MDL)
		break_list(chain, how);
	else
		break_mdl(chain, how);
	return chain;
}

/* As send data and as data that was received. */
static void refuse_chain(struct fx *fx, struct fx_chain c, enum broken how,
			 bool buffered)
{
	struct tb *link = wt_bare_ref(fx, c.path), *conn = tb_conn(fx);
	struct chain *chain = broken_chain(fx, how), *was;
	u64 before = fx_refused(fx, CHIM_WHY_SEND_CHAIN);

	if (buffered)
		tb_tdeleg(conn)->BufferedData = &chain->link[0].nbl;
	else
		give_chain(conn, chain);
	was = kunit_kmalloc(fx->test, sizeof(*was), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(fx->test, was);
	memcpy(was, chain, sizeof(*was));
	tb_depend(link, conn);
	fx_run(fx, CHIM_INITIATE, link);
	KUNIT_EXPECT_EQ_MSG(fx->test, (u32)conn->b.Status,
			    (u32)NDIS_STATUS_FAILURE, "broken in way %d", how);
	KUNIT_EXPECT_EQ_MSG(fx->test, fx_refused(fx, CHIM_WHY_SEND_CHAIN),
			    before + 1, "broken in way %d", how);
	KUNIT_EXPECT_NULL(fx->test, conn->context);
	/* INI-041, INI-042: the host still has it all, as it was. */
	KUNIT_EXPECT_EQ(fx->test, 0, memcmp(was, chain, sizeof(*was)));
	KUNIT_EXPECT_EQ(fx->test, atomic_read(&fx->ios), 0);
}

static void chain_promise_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct witness w;
	int how;

	CHIM_COVERS(test, "BLK-107 INI-041 INI-042");
	witness_take(fx, &w);
	for (how = 0; how < BROKEN; how++) {
		refuse_chain(fx, w.c, how, false);
		refuse_chain(fx, w.c, how, true);
	}
	witness_check_all(fx, &w);
}

/* A chain that is no outstanding send data is somebody else's. */
static void other_chain_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chain *chain = make_chain(fx), *was;
	struct tb *tb[4], *neigh = tb_neigh(fx);
	struct fx_chain c;
	int i;

	CHIM_COVERS(test, "BLK-108");
	c = fx_offload4(fx);
	was = kunit_kmalloc(test, sizeof(*was), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, was);
	memcpy(was, chain, sizeof(*was));
	neigh->b.NetBufferListChain = &chain->link[0].nbl;
	wt_done(fx, CHIM_INITIATE, neigh);
	tb[0] = tb_ref(fx, c.conn, TcpOffloadState);
	tb[1] = pr_cached(fx, c.conn);
	tb[2] = wt_bare_ref(fx, c.conn);
	tb[3] = tb_ref(fx, neigh, NeighborOffloadDelegatedState);
	for (i = 0; i < ARRAY_SIZE(tb); i++) {
		tb[i]->b.NetBufferListChain = &chain->link[0].nbl;
		wt_done(fx, CHIM_QUERY + i, tb[i]);
		KUNIT_EXPECT_PTR_EQ(test, tb[i]->b.NetBufferListChain,
				    &chain->link[0].nbl);
	}
	KUNIT_EXPECT_EQ(test, 0, memcmp(was, chain, sizeof(*was)));
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 0);
	/* Nor does it come back with a termination. */
	wt_done(fx, CHIM_TERMINATE, tb_ref(fx, c.conn,
					   TcpOffloadDelegatedState));
}

/* --- memory that is locked but not mapped -------------------------------- */

#define OFFSET	(PAGE_SIZE - 40)
#define FIRST	40
#define BYTES	70

struct pages {
	struct page *page[3];
};

/* The data lies at the end of one page and at the start of another. */
static void unmap_buffer(struct fx *fx, struct chain *chain,
			 struct pages *pages)
{
	typeof(chain->link[0]) *l = &chain->link[0];
	u8 data[BYTES];
	int i;

	for (i = 0; i < BYTES; i++)
		data[i] = i + 1;
	memcpy_to_page(pages->page[2], OFFSET, data, FIRST);
	memcpy_to_page(pages->page[0], 0, data + FIRST, BYTES - FIRST);
	l->pfns[0] = page_to_pfn(pages->page[2]);
	l->pfns[1] = page_to_pfn(pages->page[0]);
	l->mdl.MdlFlags = MDL_PAGES_LOCKED;
	l->mdl.MappedSystemVa = (PVOID)0x7770;
	/* Ten bytes before are nobody's. */
	l->mdl.ByteOffset = OFFSET - 10;
	l->mdl.ByteCount = BYTES + 10;
	l->nb.CurrentMdlOffset = 10;
	l->nb.DataLength = BYTES;
	l->nbl.Next = NULL;
}

static void expect_unmapped(struct fx *fx, struct tb *conn)
{
	struct tb *end = tb_ref(fx, conn, TcpOffloadDelegatedState);
	PNET_BUFFER_LIST list;
	const u8 *at;
	int i;

	wt_done(fx, CHIM_TERMINATE, end);
	list = tb_tdeleg(end)->BufferedData;
	KUNIT_ASSERT_NOT_NULL(fx->test, list);
	KUNIT_EXPECT_EQ(fx->test, list->FirstNetBuffer->DataLength, BYTES);
	at = (u8 *)list->FirstNetBuffer->CurrentMdl->MappedSystemVa +
	     list->FirstNetBuffer->CurrentMdlOffset;
	for (i = 0; i < BYTES; i++)
		KUNIT_EXPECT_EQ(fx->test, at[i], i + 1);
	fx->tcp.TcpOffloadReceiveReturnHandler(fx->attach.MiniportAdapterContext,
					       list);
}

static void unmapped_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *link, *conn = tb_conn(fx);
	struct chain *chain = make_chain(fx);
	struct pages pages = {};
	int i, got;

	CHIM_COVERS(test, "BLK-109 INI-081");
	link = wt_bare_ref(fx, fx_offload4(fx).path);
	for (got = 0; got < ARRAY_SIZE(pages.page); got++) {
		pages.page[got] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!pages.page[got])
			goto free_pages;
	}
	unmap_buffer(fx, chain, &pages);
	tb_tdeleg(conn)->BufferedData = &chain->link[0].nbl;
	tb_depend(link, conn);
	wt_done(fx, CHIM_INITIATE, link);
	FX_EXPECT_STATUS(test, conn, NDIS_STATUS_SUCCESS);
	/* The host's memory is its own again. */
	for (i = 0; i < got; i++)
		memset_page(pages.page[i], 0, 0xee, PAGE_SIZE);

free_pages:
	for (i = 0; i < got; i++)
		__free_page(pages.page[i]);
	KUNIT_ASSERT_EQ(test, got, (int)ARRAY_SIZE(pages.page));
	expect_unmapped(fx, conn);
}

static struct kunit_case chain_cases[] = {
	KUNIT_CASE(no_chain_test),
	KUNIT_CASE(good_chain_test),
	KUNIT_CASE(chain_promise_test),
	KUNIT_CASE(other_chain_test),
	KUNIT_CASE(unmapped_test),
	{}
};

static struct kunit_suite chain_suite = {
	.name = "chim_chain",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = chain_cases,
};

kunit_test_suite(chain_suite);
