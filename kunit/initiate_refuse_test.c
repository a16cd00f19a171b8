// SPDX-License-Identifier: GPL-2.0
/* Initiate: what it says, what it refuses, what becomes of the data. */
#include "lists.h"
#include "terminate.h"

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

/* --- what it says -------------------------------------------------------- */

static void success_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = new_chain(fx), d = new_chain(fx);
	struct tb *other = tb_path4(fx);

	CHIM_COVERS(test, "INI-030 INI-031 D-14");
	/* The path is offloaded, its connection is not. */
	tb_tcached(c.conn)->TtlOrHopLimit = 0;
	fx_run(fx, CHIM_INITIATE, c.neigh);
	FX_EXPECT_STATUS(test, c.conn, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, c.path, NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS);
	FX_EXPECT_STATUS(test, c.neigh, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_NULL(test, c.conn->context);
	KUNIT_EXPECT_NOT_NULL(test, tb_obj(fx, c.path));
	/* One of two paths is not. */
	tb_pcached(other)->PathMtu = 10;
	tb_depend(d.neigh, other);
	fx_run(fx, CHIM_INITIATE, d.neigh);
	FX_EXPECT_STATUS(test, other, NDIS_STATUS_FAILURE);
	FX_EXPECT_STATUS(test, d.neigh, NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS);
	FX_EXPECT_STATUS(test, d.path, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, d.conn, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, objects(fx), 5U);
}

/* One at a time: a chain in which one block asks for what is not to be had. */
struct refusal {
	const char *what;
	void (*spoil)(struct fx *fx, struct fx_chain *c);
	enum chim_layer layer;
	NDIS_STATUS status;
	enum chim_why why;
};

static void spoil_ttl(struct fx *fx, struct fx_chain *c)
{
	tb_tcached(c->conn)->TtlOrHopLimit = 0;
}

static void spoil_addr(struct fx *fx, struct fx_chain *c)
{
	tb_pconst(c->path)->SourceAddress = NULL;
}

static void spoil_mac(struct fx *fx, struct fx_chain *c)
{
	tb_ncached(c->neigh)->DlDestinationAddress[0] = 1;
}

static void no_conns(struct fx *fx, struct fx_chain *c)
{
	fx->adapter->space.limits.objects[CHIM_CONN] = 0;
}

static void no_paths(struct fx *fx, struct fx_chain *c)
{
	fx->adapter->space.limits.objects[CHIM_PATH] = 0;
}

static void no_neighs(struct fx *fx, struct fx_chain *c)
{
	fx->adapter->space.limits.objects[CHIM_NEIGH] = 0;
}

static void no_hwaddrs(struct fx *fx, struct fx_chain *c)
{
	tb_nconst(c->neigh)->DlSourceAddress[0] = 2;
	tb_nconst(c->neigh)->DlSourceAddress[5] = 7;
	fx->adapter->space.limits.resources[CHIM_RES_HWADDR] = 0;
}

static void odd_hwaddr(struct fx *fx, struct fx_chain *c)
{
	tb_nconst(c->neigh)->DlSourceAddress[0] = 1;
}

static void long_hwaddr(struct fx *fx, struct fx_chain *c)
{
	tb_nconst(c->neigh)->DlSourceAddress[0] = 2;
	tb_nconst(c->neigh)->DlSourceAddress[6] = 1;
}

static void no_ipaddrs(struct fx *fx, struct fx_chain *c)
{
	fx->adapter->space.limits.resources[CHIM_RES_IPADDR] = 0;
}

static void wide_window(struct fx *fx, struct fx_chain *c)
{
	fx->adapter->space.limits.rcv_wnd = 1000;
	tb_tcached(c->conn)->InitialRcvWnd = 1001;
}

static void wide_mtu(struct fx *fx, struct fx_chain *c)
{
	tb_pcached(c->path)->PathMtu = fx->dev->mtu + 1;
}

static const struct refusal refusals[] = {
	{ "INI-032", spoil_ttl, CHIM_CONN, NDIS_STATUS_FAILURE, CHIM_WHY_TTL },
	{ "INI-032", spoil_addr, CHIM_PATH, NDIS_STATUS_FAILURE,
	  CHIM_WHY_ADDRESS },
	{ "INI-032", spoil_mac, CHIM_NEIGH, NDIS_STATUS_FAILURE,
	  CHIM_WHY_MAC },
	{ "INI-034", no_conns, CHIM_CONN, NDIS_STATUS_OFFLOAD_TCP_ENTRIES,
	  CHIM_WHY_CONN_LIMIT },
	{ "INI-034", no_paths, CHIM_PATH, NDIS_STATUS_OFFLOAD_PATH_ENTRIES,
	  CHIM_WHY_PATH_LIMIT },
	{ "INI-034", no_neighs, CHIM_NEIGH,
	  NDIS_STATUS_OFFLOAD_NEIGHBOR_ENTRIES, CHIM_WHY_NEIGH_LIMIT },
	{ "INI-035", no_hwaddrs, CHIM_NEIGH,
	  NDIS_STATUS_OFFLOAD_HW_ADDRESS_ENTRIES, CHIM_WHY_HWADDR_LIMIT },
	{ "INI-035", odd_hwaddr, CHIM_NEIGH,
	  NDIS_STATUS_OFFLOAD_HW_ADDRESS_ENTRIES, CHIM_WHY_HWADDR },
	{ "INI-035", long_hwaddr, CHIM_NEIGH,
	  NDIS_STATUS_OFFLOAD_HW_ADDRESS_ENTRIES, CHIM_WHY_HWADDR },
	{ "INI-036", no_ipaddrs, CHIM_PATH,
	  NDIS_STATUS_OFFLOAD_IP_ADDRESS_ENTRIES, CHIM_WHY_IPADDR_LIMIT },
	{ "INI-038", wide_window, CHIM_CONN,
	  NDIS_STATUS_OFFLOAD_TCP_RCV_WINDOW, CHIM_WHY_RCV_WINDOW },
	{ "INI-039", wide_mtu, CHIM_PATH, NDIS_STATUS_OFFLOAD_PATH_MTU,
	  CHIM_WHY_MTU_LARGE },
};

/* The block itself, the partial success below it, nothing above it. */
static void expect_refusal(struct fx *fx, const struct refusal *r,
			   struct fx_chain *c)
{
	struct tb *tb[] = { c->neigh, c->path, c->conn };
	u64 before = fx_refused(fx, r->why);
	int i;

	fx_run(fx, CHIM_INITIATE, c->neigh);
	for (i = 0; i < CHIM_LAYERS; i++) {
		NDIS_STATUS want = NDIS_STATUS_SUCCESS;

		if (i + 1 == r->layer)
			want = NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS;
		else if (i == r->layer)
			want = r->status;
		else if (i > r->layer)
			want = NDIS_STATUS_FAILURE;
		KUNIT_EXPECT_EQ_MSG(fx->test, (u32)tb[i]->b.Status, (u32)want,
				    "%s, layer %d", r->what, i);
		KUNIT_EXPECT_EQ_MSG(fx->test, !tb[i]->context, i >= r->layer,
				    "%s, layer %d", r->what, i);
	}
	KUNIT_EXPECT_EQ_MSG(fx->test, fx_refused(fx, r->why), before + 1, "%s",
			    r->what);
	KUNIT_EXPECT_EQ(fx->test, objects(fx), (u32)r->layer);
}

static void end_chain(struct fx *fx, struct fx_chain *c)
{
	struct tb *tb[] = { c->conn, c->path, c->neigh };
	int i;

	for (i = 0; i < ARRAY_SIZE(tb); i++)
		if (tb[i]->context)
			wt_done(fx, CHIM_TERMINATE, wt_bare_ref(fx, tb[i]));
	wt_empty(fx);
}

static void refusals_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_limits limits = fx->adapter->space.limits;
	int i;

	CHIM_COVERS(test, "INI-015 INI-032 INI-034 INI-035 INI-036 INI-038 INI-039");
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct fx_chain c = new_chain(fx);

		refusals[i].spoil(fx, &c);
		expect_refusal(fx, &refusals[i], &c);
		fx->adapter->space.limits = limits;
		end_chain(fx, &c);
	}
}

static void states_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct refusal r = {
		.what = "state",
		.layer = CHIM_CONN,
		.status = NDIS_STATUS_FAILURE,
		.why = CHIM_WHY_TCP_STATE,
	};
	struct fx_chain c;
	int state;

	CHIM_COVERS(test, "INI-043 INI-044");
	for (state = TcpConnectionClosed; state <= TcpConnectionTimeWait + 1;
	     state++) {
		c = new_chain(fx);
		tb_tdeleg(c.conn)->State = state;
		if (state >= TcpConnectionEstablished &&
		    state <= TcpConnectionLastAck)
			wt_done(fx, CHIM_INITIATE, c.neigh);
		else
			expect_refusal(fx, &r, &c);
		end_chain(fx, &c);
	}
}

/* --- data ---------------------------------------------------------------- */

static void give_back(struct fx *fx, PNET_BUFFER_LIST list)
{
	fx->tcp.TcpOffloadReceiveReturnHandler(fx->attach.MiniportAdapterContext,
					       list);
}

/* What is buffered comes back whole, though the host has freed its own. */
static void buffered_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = new_chain(fx);
	struct tl *got = tl_new(fx, 300, 9), *more = tl_new(fx, 5000, 53);
	struct tb *end = tm_ref(fx, c.conn);

	CHIM_COVERS(test, "INI-081");
	tl_next(got, more);
	tb_tdeleg(c.conn)->BufferedData = &got->nbl;
	wt_done(fx, CHIM_INITIATE, c.neigh);
	FX_EXPECT_STATUS(test, c.conn, NDIS_STATUS_SUCCESS);
	memset(got->data, 0xff, 300);
	memset(more->data, 0xff, 5000);
	memset(&got->nbl, 0xff, sizeof(got->nbl));
	memset(&more->nb, 0xff, sizeof(more->nb));
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_TRUE(test, tl_holds(tb_tdeleg(end)->BufferedData, 5300,
					 9));
	KUNIT_EXPECT_EQ(test, tb_tdeleg(end)->RcvNxt,
			tb_tdeleg(c.conn)->RcvNxt);
	give_back(fx, tb_tdeleg(end)->BufferedData);
}

/* D-17: neither resources nor receive buffers, but failure. */
static void too_much_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct refusal r = {
		.what = "buffered data",
		.layer = CHIM_CONN,
		.status = NDIS_STATUS_FAILURE,
		.why = CHIM_WHY_BUFFERED,
	};
	struct fx_chain c = new_chain(fx);
	struct tl *got = tl_new(fx, 1, 0);

	CHIM_COVERS(test, "INI-082 D-17");
	/* It only says so; no kernel has that much to give. */
	got->mdl.ByteCount = U32_MAX;
	got->nb.DataLength = S32_MAX;
	tb_tdeleg(c.conn)->BufferedData = &got->nbl;
	expect_refusal(fx, &r, &c);
	end_chain(fx, &c);
}

/* More than one buffer, no buffer, no end, no memory; O-04. */
static void spoil_list(struct tl *tl, int how)
{
	switch (how) {
	case 0:
		tl->nb.Next = &tl->nb;
		break;
	case 1:
		tl->nbl.FirstNetBuffer = NULL;
		break;
	case 2:
		tl->nbl.Next = &tl->nbl;
		break;
	case 3:
		tl->nb.DataLength++;
		break;
	case 4:
		tl->nb.CurrentMdl = NULL;
		break;
	}
}

static void expect_bad_data(struct fx *fx, int how, bool buffered)
{
	struct refusal r = {
		.what = buffered ? "buffered data" : "send data",
		.layer = CHIM_CONN,
		.status = NDIS_STATUS_FAILURE,
		.why = CHIM_WHY_SEND_CHAIN,
	};
	struct fx_chain c = new_chain(fx);
	struct tl *first = tl_new(fx, 10, 0), *second = tl_new(fx, 10, 10);

	tl_next(first, second);
	if (buffered)
		tb_tdeleg(c.conn)->BufferedData = &first->nbl;
	else
		tl_send_data(c.conn, first, 0);
	spoil_list(second, how);
	expect_refusal(fx, &r, &c);
	KUNIT_EXPECT_EQ(fx->test, (u32)first->nbl.Status,
			(u32)NDIS_STATUS_PENDING);
	KUNIT_EXPECT_EQ(fx->test, (u32)second->nbl.Status,
			(u32)NDIS_STATUS_PENDING);
	KUNIT_EXPECT_EQ(fx->test, atomic_read(&fx->ios), 0);
	end_chain(fx, &c);
}

static void bad_data_test(struct kunit *test)
{
	int how;

	CHIM_COVERS(test, "INI-041 INI-042 INI-080 INI-100");
	for (how = 0; how < 5; how++) {
		expect_bad_data(test->priv, how, false);
		expect_bad_data(test->priv, how, true);
	}
}

/* Sent, so the sequence says, but in no list: none, or too short a one. */
static void missing_data_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct refusal r = {
		.what = "missing data",
		.layer = CHIM_CONN,
		.status = NDIS_STATUS_FAILURE,
		.why = CHIM_WHY_SEND_DATA,
	};
	struct fx_chain c = new_chain(fx);
	struct tl *sent = tl_new(fx, 100, 0);

	CHIM_COVERS(test, "INI-100 X-04 INI-041 INI-042");
	tb_tdeleg(c.conn)->SndNxt++;
	tb_tdeleg(c.conn)->SndMax++;
	expect_refusal(fx, &r, &c);
	end_chain(fx, &c);
	c = new_chain(fx);
	tl_send_data(c.conn, sent, 0);
	tb_tdeleg(c.conn)->SndMax++;
	expect_refusal(fx, &r, &c);
	KUNIT_EXPECT_EQ(test, (u32)sent->nbl.Status, (u32)NDIS_STATUS_PENDING);
	KUNIT_EXPECT_PTR_EQ(test, c.conn->b.NetBufferListChain, &sent->nbl);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 0);
	end_chain(fx, &c);
}

/* Whatever the host's pointers say, the ends are those that have data. */
static void ends_test(struct kunit *test)
{
	static const u32 sizes[] = { 0, 30, 0, 50, 0 };
	struct fx *fx = test->priv;
	struct fx_chain c = new_chain(fx);
	struct tb *end = tm_ref(fx, c.conn);
	struct tl *tl[ARRAY_SIZE(sizes)];
	int i;

	CHIM_COVERS(test, "INI-101");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		tl[i] = tl_new(fx, sizes[i], 0);
		if (i)
			tl_next(tl[0], tl[i]);
	}
	tl_send_data(c.conn, tl[0], 0);
	tb_tdeleg(c.conn)->SendDataHead = (PVOID)0x1110;
	tb_tdeleg(c.conn)->SendDataTail = (PVOID)0x2220;
	wt_done(fx, CHIM_INITIATE, c.neigh);
	FX_EXPECT_STATUS(test, c.conn, NDIS_STATUS_SUCCESS);
	wt_done(fx, CHIM_TERMINATE, end);
	/* What comes before all data waits for nothing. */
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 1);
	KUNIT_EXPECT_EQ(test, (u32)tl[0]->nbl.Status, (u32)NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_NULL(test, tl[0]->nbl.Next);
	KUNIT_EXPECT_PTR_EQ(test, end->b.NetBufferListChain, &tl[1]->nbl);
	KUNIT_EXPECT_PTR_EQ(test, tb_tdeleg(end)->SendDataHead, &tl[1]->nbl);
	KUNIT_EXPECT_PTR_EQ(test, tb_tdeleg(end)->SendDataTail, &tl[3]->nbl);
	for (i = 1; i < ARRAY_SIZE(sizes); i++)
		KUNIT_EXPECT_PTR_EQ(test, tl[i]->nbl.Next,
				    i < 4 ? &tl[i + 1]->nbl : NULL);
}

static struct kunit_case initiate_refuse_cases[] = {
	KUNIT_CASE(success_test),
	KUNIT_CASE(refusals_test),
	KUNIT_CASE(states_test),
	KUNIT_CASE(buffered_test),
	KUNIT_CASE(too_much_test),
	KUNIT_CASE(bad_data_test),
	KUNIT_CASE(missing_data_test),
	KUNIT_CASE(ends_test),
	{}
};

static struct kunit_suite initiate_refuse_suite = {
	.name = "chim_initiate_refuse",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = initiate_refuse_cases,
};

kunit_test_suite(initiate_refuse_suite);
