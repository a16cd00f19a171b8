// SPDX-License-Identifier: GPL-2.0
/* Pause, resume, upload of everything, power, and when the client is told. */
#include "lists.h"
#include "terminate.h"

#include "ndis/attach.h"

static void pause(struct fx *fx)
{
	chim_miniport_pause(fx->adapter, true, 0);
}

static void resume(struct fx *fx, u32 capacity)
{
	chim_miniport_pause(fx->adapter, false, capacity);
	fx_flush(fx);
}

static void expect_status(struct fx *fx, int at, NDIS_STATUS code, u32 size)
{
	KUNIT_EXPECT_EQ(fx->test, (u32)fx->log[at].call, (u32)FX_STATUS);
	KUNIT_EXPECT_EQ(fx->test, fx->log[at].a, (u32)code);
	KUNIT_EXPECT_EQ(fx->test, fx->log[at].b, size);
	KUNIT_EXPECT_PTR_EQ(fx->test, fx->log[at].handle, (void *)fx);
}

static u32 capacity(struct fx *fx, NDIS_TCP_CONNECTION_OFFLOAD *c)
{
	KUNIT_EXPECT_EQ(fx->test, (u32)NDIS_STATUS_SUCCESS,
			(u32)fx_oid(fx, NdisRequestQueryInformation,
				    OID_TCP_CONNECTION_OFFLOAD_HARDWARE_CAPABILITIES,
				    c, sizeof(*c)));
	return c->TcpConnectionOffloadCapacity;
}

/* Every client hears of it, once. */
static void pause_indication_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx *other = fx_second_client(fx);

	CHIM_COVERS(test, "STA-010 STA-030");
	pause(fx);
	pause(fx);
	expect_status(fx, 0, NDIS_STATUS_OFFLOAD_PAUSE, 0);
	expect_status(other, 0, NDIS_STATUS_OFFLOAD_PAUSE, 0);
	KUNIT_EXPECT_EQ(test, fx->logged, 1);
	resume(fx, 0);
	resume(fx, 0);
	expect_status(fx, 1, NDIS_STATUS_OFFLOAD_RESUME,
		      sizeof(NDIS_TCP_CONNECTION_OFFLOAD));
	expect_status(other, 1, NDIS_STATUS_OFFLOAD_RESUME,
		      sizeof(NDIS_TCP_CONNECTION_OFFLOAD));
	KUNIT_EXPECT_EQ(test, fx->logged, 2);
	fx_end(other);
}

/* What is offloaded is served as ever, and no resume ever comes. */
static void pause_goes_on_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *query = wt_good(fx, CHIM_QUERY, c);
	struct pr_seg seg;

	CHIM_COVERS(test, "STA-011 STA-031");
	pause(fx);
	KUNIT_EXPECT_TRUE(test, pr_nudge(fx, c.conn, &seg));
	wt_done(fx, CHIM_QUERY, query);
	KUNIT_EXPECT_EQ(test, tb_tcached(query)->InitialRcvWnd,
			tb_tcached(c.conn)->InitialRcvWnd);
	wt_done(fx, CHIM_INVALIDATE, wt_bare_ref(fx, c.neigh));
	wt_done(fx, CHIM_TERMINATE, tm_tree(fx, c));
	wt_empty(fx);
}

/* Offloads before the pause are done; those after it wait for the resume. */
static void pause_queues_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *before = tb_neigh(fx), *first = tb_neigh(fx);
	struct tb *second = tb_neigh(fx);

	CHIM_COVERS(test, "STA-012 STA-013 STA-032");
	fx_submit(fx, CHIM_INITIATE, before);
	pause(fx);
	FX_EXPECT_STATUS(test, before, NDIS_STATUS_SUCCESS);
	fx_submit(fx, CHIM_INITIATE, first);
	fx_submit(fx, CHIM_INITIATE, second);
	wt_done(fx, CHIM_QUERY, tb_ref(fx, before, NeighborOffloadState));
	FX_EXPECT_STATUS(test, first, NDIS_STATUS_PENDING);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[CHIM_INITIATE]), 1);
	fx->logged = 0;
	resume(fx, 0);
	expect_status(fx, 0, NDIS_STATUS_OFFLOAD_RESUME,
		      sizeof(NDIS_TCP_CONNECTION_OFFLOAD));
	KUNIT_EXPECT_PTR_EQ(test, fx->log[1].p, (void *)&first->b);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[2].p, (void *)&second->b);
	FX_EXPECT_STATUS(test, first, NDIS_STATUS_SUCCESS);
	FX_EXPECT_STATUS(test, second, NDIS_STATUS_SUCCESS);
	/* And after it they are done at once again. */
	wt_done(fx, CHIM_INITIATE, tb_neigh(fx));
}

static void pause_sends_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tl *tl = tl_new(fx, 10, 0);

	CHIM_COVERS(test, "STA-014");
	pause(fx);
	chim_miniport_upload_all(fx->adapter);
	fx_flush(fx);
	fx->tcp.TcpOffloadSendHandler(fx->attach.MiniportAdapterContext,
				      &c.conn->context, &tl->nbl);
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, (u32)tl->nbl.Status,
			(u32)NDIS_STATUS_UPLOAD_IN_PROGRESS);
}

static struct tl *post(struct fx *fx, struct tb *conn, enum chim_io io)
{
	struct tl *tl = tl_new(fx, 10, 0);

	tl_post(fx, &conn->context, io, &tl->nbl);
	fx_flush(fx);
	return tl;
}

/* Once a send was refused, nothing goes out in its place. */
static void pause_sends_sticky_test(struct kunit *test)
{
	const u32 refused = (u32)NDIS_STATUS_UPLOAD_IN_PROGRESS;
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct pr_seg seg;

	CHIM_COVERS(test, "STA-014 SND-016 R-17 TRM-075");
	pause(fx);
	chim_miniport_upload_all(fx->adapter);
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, (u32)post(fx, conn, CHIM_IO_SEND)->nbl.Status,
			refused);
	KUNIT_EXPECT_EQ(test, pr_events(fx, conn, TcpIndicateRetrieve,
					UploadRequested), 1);
	resume(fx, 0);
	KUNIT_EXPECT_EQ(test, (u32)post(fx, conn, CHIM_IO_SEND)->nbl.Status,
			refused);
	KUNIT_EXPECT_EQ(test,
			(u32)post(fx, conn, CHIM_IO_DISCONNECT)->nbl.Status,
			refused);
	KUNIT_EXPECT_FALSE(test, pr_segment(fx, &seg));
}

static void expect_sends(struct fx *fx, struct tb *conn)
{
	struct pr_seg seg;

	while (pr_segment(fx, &seg))
		;
	post(fx, conn, CHIM_IO_SEND);
	KUNIT_ASSERT_TRUE(fx->test, pr_segment(fx, &seg));
	KUNIT_EXPECT_EQ(fx->test, seg.data_len, 10U);
}

/* What came after all was uploaded goes on in a pause as ever. */
static void pause_evacuated_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);

	CHIM_COVERS(test, "STA-011 STA-014");
	chim_miniport_upload_all(fx->adapter);
	wt_done(fx, CHIM_TERMINATE, tm_tree(fx, c));
	c = fx_offload4(fx);
	pause(fx);
	expect_sends(fx, c.conn);
	resume(fx, 0);
	wt_done(fx, CHIM_TERMINATE, tm_tree(fx, c));
	chim_miniport_upload_all(fx->adapter);
	c = fx_offload4(fx);
	pause(fx);
	expect_sends(fx, c.conn);
}

/* Nothing but a resume after a pause changes what is reported. */
static void resume_capabilities_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	NDIS_TCP_CONNECTION_OFFLOAD c = {};
	u32 was = capacity(fx, &c);

	CHIM_COVERS(test, "STA-034 STA-035 D-61");
	resume(fx, 5);
	KUNIT_EXPECT_EQ(test, capacity(fx, &c), was);
	fx_offload4(fx);
	KUNIT_EXPECT_EQ(test, capacity(fx, &c), was);
	fx_enable(fx, true, false, false);
	KUNIT_EXPECT_EQ(test, capacity(fx, &c), was);
	chim_miniport_pause(fx->adapter, true, 5);
	KUNIT_EXPECT_EQ(test, capacity(fx, &c), was);
	fx->logged = 0;
	resume(fx, 7);
	KUNIT_EXPECT_EQ(test, memcmp(fx->log[0].buffer, &c, sizeof(c)) != 0,
			true);
	KUNIT_EXPECT_EQ(test, capacity(fx, &c), 7U);
	KUNIT_EXPECT_EQ(test, memcmp(fx->log[0].buffer, &c, sizeof(c)), 0);
	pause(fx);
	resume(fx, 0);
	KUNIT_EXPECT_EQ(test, capacity(fx, &c), 7U);
}

/* The host goes by what it knew: within the limits nothing is lost. */
static void resume_unread_test(struct kunit *test)
{
	struct fx *fx = test->priv;

	CHIM_COVERS(test, "STA-033");
	pause(fx);
	resume(fx, 1);
	fx_offload4(fx);
	fx_offload6(fx);
	KUNIT_EXPECT_EQ(test, fx->adapter->space.count[CHIM_CONN], 2U);
}

/* The host offloads more though it was asked for all: served or refused. */
static void upload_all_ignored_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *neigh = tb_neigh(fx);
	struct witness w;

	CHIM_COVERS(test, "STA-050 STA-051 D-60");
	chim_miniport_upload_all(fx->adapter);
	fx_flush(fx);
	expect_status(fx, 0, NDIS_STATUS_UPLOAD_ALL, 0);
	witness_take(fx, &w);
	chim_adapter_close(fx->adapter);
	fx_flush(fx);
	expect_status(fx, fx->logged - 1, NDIS_STATUS_UPLOAD_ALL, 0);
	wt_refused(fx, CHIM_INITIATE, neigh, CHIM_WHY_CLOSING);
	KUNIT_EXPECT_NULL(test, neigh->context);
	witness_check_all(fx, &w);
	wt_done(fx, CHIM_TERMINATE, tm_tree(fx, w.c));
	wt_empty(fx);
}

/* A bit in @singly: the objects of this layer go one by one. */
static void upload_split(struct fx *fx, u8 singly)
{
	struct fx_chain a = fx_offload4(fx), b = fx_offload6(fx);
	struct tb *const order[] = {
		tm_ref(fx, a.conn), tm_ref(fx, b.conn),
		tm_ref(fx, a.path), tm_ref(fx, b.path),
		tm_ref(fx, a.neigh), tm_ref(fx, b.neigh),
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(order); i += 2) {
		if (singly & BIT(i / 2)) {
			wt_done(fx, CHIM_TERMINATE, order[i]);
			wt_done(fx, CHIM_TERMINATE, order[i + 1]);
			continue;
		}
		tb_next(order[i], order[i + 1]);
		wt_done(fx, CHIM_TERMINATE, order[i]);
		FX_EXPECT_STATUS(fx->test, order[i + 1], NDIS_STATUS_SUCCESS);
	}
	wt_empty(fx);
}

static void upload_all_splits_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain a, b;
	struct tb *paths;
	u8 singly;

	CHIM_COVERS(test, "STA-052");
	chim_miniport_upload_all(fx->adapter);
	for (singly = 0; singly < 8; singly++)
		upload_split(fx, singly);
	/* All in one call; one chimney with each call; neighbors later. */
	a = fx_offload4(fx);
	b = fx_offload6(fx);
	paths = tm_tree(fx, a);
	tb_next(paths, tm_tree(fx, b));
	wt_done(fx, CHIM_TERMINATE, paths);
	wt_empty(fx);
	a = fx_offload4(fx);
	b = fx_offload6(fx);
	wt_done(fx, CHIM_TERMINATE, tm_tree(fx, b));
	paths = tm_ref(fx, a.path);
	tb_depend(paths, tm_ref(fx, a.conn));
	wt_done(fx, CHIM_TERMINATE, paths);
	wt_done(fx, CHIM_TERMINATE, tm_ref(fx, a.neigh));
	wt_empty(fx);
}

/* --- power --------------------------------------------------------------- */

static NDIS_OID_REQUEST *set_power(struct fx *fx,
				   NDIS_DEVICE_POWER_STATE *state)
{
	NDIS_OID_REQUEST *r = kunit_kzalloc(fx->test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(fx->test, r);
	r->Header.Type = NDIS_OBJECT_TYPE_OID_REQUEST;
	r->Header.Revision = NDIS_OID_REQUEST_REVISION_1;
	r->Header.Size = sizeof(*r);
	r->RequestType = NdisRequestSetInformation;
	r->DATA.SET_INFORMATION.Oid = OID_PNP_SET_POWER;
	r->DATA.SET_INFORMATION.InformationBuffer = state;
	r->DATA.SET_INFORMATION.InformationBufferLength = sizeof(*state);
	KUNIT_EXPECT_EQ(fx->test, (u32)NDIS_STATUS_PENDING,
			(u32)chim_oid_request(fx->attach.MiniportAdapterContext,
					      r));
	fx_flush(fx);
	return r;
}

static void expect_oid(struct fx *fx, int at, NDIS_OID_REQUEST *r,
		       NDIS_STATUS status)
{
	KUNIT_EXPECT_EQ(fx->test, (u32)fx->log[at].call, (u32)FX_OID);
	KUNIT_EXPECT_PTR_EQ(fx->test, fx->log[at].p, (void *)r);
	KUNIT_EXPECT_EQ(fx->test, fx->log[at].a, (u32)status);
}

/* The host should have ended the connection first; the target waits. */
static void power_waits_test(struct kunit *test)
{
	NDIS_DEVICE_POWER_STATE d3 = NdisDeviceStateD3, d0 = NdisDeviceStateD0;
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	NDIS_OID_REQUEST *r, *again;
	struct tb *end;

	CHIM_COVERS(test, "STA-070 STA-071 STA-072 STA-073");
	r = set_power(fx, &d3);
	KUNIT_EXPECT_EQ(test, fx->logged, 0);
	again = set_power(fx, &d3);
	expect_oid(fx, 0, again, NDIS_STATUS_INVALID_PARAMETER);
	wt_refused(fx, CHIM_INITIATE, tb_neigh(fx), CHIM_WHY_DISABLED);
	pr_query(fx, c.conn);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_OID), 1);
	fx->logged = 0;
	end = tm_ref(fx, c.conn);
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].p, (void *)&end->b);
	expect_oid(fx, 1, r, NDIS_STATUS_SUCCESS);
	set_power(fx, &d0);
	expect_oid(fx, 2, fx->log[2].p, NDIS_STATUS_SUCCESS);
	wt_done(fx, CHIM_INITIATE, tb_neigh(fx));
}

/* Without connections of this client there is nothing to wait for. */
static void power_at_once_test(struct kunit *test)
{
	NDIS_DEVICE_POWER_STATE d2 = NdisDeviceStateD2;
	NDIS_DEVICE_POWER_STATE bad = NdisDeviceStateMaximum;
	struct fx *fx = test->priv;
	struct fx *other = fx_second_client(fx);
	NDIS_OID_REQUEST *r;

	CHIM_COVERS(test, "STA-071");
	fx_offload4(other);
	wt_done(fx, CHIM_INITIATE, tb_neigh(fx));
	fx->logged = 0;
	r = set_power(fx, &d2);
	expect_oid(fx, 0, r, NDIS_STATUS_SUCCESS);
	r = set_power(fx, &bad);
	expect_oid(fx, 1, r, NDIS_STATUS_INVALID_PARAMETER);
	/* The other client sleeps by itself. */
	fx_offload6(other);
	fx_end(other);
}

static void power_abandoned_test(struct kunit *test)
{
	NDIS_DEVICE_POWER_STATE d3 = NdisDeviceStateD3;
	struct fx *fx = test->priv;
	NDIS_OID_REQUEST *r;

	CHIM_COVERS(test, "STA-070 STA-073");
	fx_offload4(fx);
	r = set_power(fx, &d3);
	KUNIT_EXPECT_EQ(test, fx->logged, 0);
	chim_detach(&fx->attach);
	expect_oid(fx, 0, r, NDIS_STATUS_SUCCESS);
}

/* --- when the client is told --------------------------------------------- */

/* A source address is new to the adapter, in the midst of the offload. */
static int news_from_within(void *ctx, const u8 *addr)
{
	struct fx *fx = ctx;

	fx->priv = NULL;
	chim_miniport_upload_all(fx->adapter);
	return 0;
}

static void forget(void *ctx, const u8 *addr)
{
}

static void no_status_during_offload_test(struct kunit *test)
{
	static const struct chim_res_ops ops = {
		.hwaddr_add = news_from_within,
		.hwaddr_del = forget,
	};
	struct fx *fx = test->priv;
	struct chim_resources *res = &fx->adapter->space.resources;
	struct fx_chain c = { tb_neigh(fx), tb_path4(fx), tb_conn(fx) };

	CHIM_COVERS(test, "INI-067");
	fx->priv = fx;
	res->ops = &ops;
	res->ctx = fx;
	tb_nconst(c.neigh)->DlSourceAddress[0] = 2;
	tb_nconst(c.neigh)->DlSourceAddress[1] = 7;
	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	wt_done(fx, CHIM_INITIATE, c.neigh);
	KUNIT_EXPECT_NULL(test, fx->priv);
	KUNIT_EXPECT_EQ(test, fx->logged, 2);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].p, (void *)&c.neigh->b);
	expect_status(fx, 1, NDIS_STATUS_UPLOAD_ALL, 0);
}

/* The object ends while the client is being called. */
static void end_from_within(struct fx *fx, const struct fx_entry *entry)
{
	struct tb *end = fx->priv;

	if (end)
		fx_submit(fx, CHIM_TERMINATE, end);
	fx->priv = NULL;
	/* Whoever else could end it gets the time to do so. */
	if (entry->call == FX_STATUS)
		synchronize_rcu();
}

static void no_end_during_status_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *end = tm_ref(fx, c.conn);

	CHIM_COVERS(test, "TRM-052");
	fx->priv = end;
	fx->on_call = end_from_within;
	chim_miniport_upload_all(fx->adapter);
	fx_flush(fx);
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, fx->logged, 2);
	expect_status(fx, 0, NDIS_STATUS_UPLOAD_ALL, 0);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[1].p, (void *)&end->b);
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_SUCCESS);
}

static void no_end_during_event_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *query = wt_good(fx, CHIM_QUERY, c);
	struct tb *end = tm_ref(fx, c.conn);

	CHIM_COVERS(test, "TRM-052");
	WRITE_ONCE(tb_obj(fx, c.conn)->canary, 0);
	fx->priv = end;
	fx->on_call = end_from_within;
	fx_run(fx, CHIM_QUERY, query);
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, fx->logged, 4);
	KUNIT_EXPECT_EQ(test, (u32)fx->log[1].call, (u32)FX_EVENT);
	KUNIT_EXPECT_EQ(test, (u32)fx->log[2].call, (u32)FX_EVENT);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[3].p, (void *)&end->b);
}

static struct kunit_case status_cases[] = {
	KUNIT_CASE(pause_indication_test),
	KUNIT_CASE(pause_goes_on_test),
	KUNIT_CASE(pause_queues_test),
	KUNIT_CASE(pause_sends_test),
	KUNIT_CASE(pause_sends_sticky_test),
	KUNIT_CASE(pause_evacuated_test),
	KUNIT_CASE(resume_capabilities_test),
	KUNIT_CASE(resume_unread_test),
	KUNIT_CASE(upload_all_ignored_test),
	KUNIT_CASE(upload_all_splits_test),
	KUNIT_CASE(power_waits_test),
	KUNIT_CASE(power_at_once_test),
	KUNIT_CASE(power_abandoned_test),
	KUNIT_CASE(no_status_during_offload_test),
	KUNIT_CASE(no_end_during_status_test),
	KUNIT_CASE(no_end_during_event_test),
	{}
};

static struct kunit_suite status_suite = {
	.name = "chim_status",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = status_cases,
};

kunit_test_suite(status_suite);
