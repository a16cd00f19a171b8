// SPDX-License-Identifier: GPL-2.0
/* Registration: what a client gets, what it brings, and how it leaves. */
#include "lists.h"
#include "terminate.h"

#include "ndis/attach.h"

#include <linux/hrtimer.h>

/*
 * A client that registers by itself and then serves as the fixture's. What
 * the callbacks need stands here: they get handles that say nothing.
 */
static struct {
	struct fx *fx;
	struct chim_ndis ndis;
	NDIS_TCP_OFFLOAD_EVENT_HANDLERS events;
	PNDIS_OFFLOAD_EVENT_HANDLERS answer;
	NDIS_STATUS set_status[2];
	NDIS_STATUS get_status;
	int sets;
	int gets;
	NDIS_HANDLE set_handle;
	NDIS_HANDLE get_handle;
	NDIS_CHIMNEY_OFFLOAD_TYPE type;
	bool closes;
	atomic_t events_called;
} client;

static NDIS_STATUS set_handlers(NDIS_HANDLE handle,
				PNDIS_DRIVER_OPTIONAL_HANDLERS handlers)
{
	int nr = client.sets++;

	client.set_handle = handle;
	if (nr == 0)
		memcpy(&client.fx->generic, handlers,
		       sizeof(client.fx->generic));
	else
		memcpy(&client.fx->tcp, handlers, sizeof(client.fx->tcp));
	/* It is the client's now; the next one must not see this. */
	memset(handlers, 0x55, nr ? sizeof(client.fx->tcp) :
				    sizeof(client.fx->generic));
	return client.set_status[min(nr, 1)];
}

static NDIS_STATUS get_handlers(NDIS_HANDLE handle,
				NDIS_CHIMNEY_OFFLOAD_TYPE type,
				PNDIS_OFFLOAD_EVENT_HANDLERS *handlers)
{
	client.gets++;
	client.get_handle = handle;
	client.type = type;
	*handlers = client.answer;
	if (client.closes)
		chim_adapter_close(client.fx->adapter);
	return client.get_status;
}

static VOID count_event(NDIS_HANDLE handle, ULONG type, ULONG info)
{
	atomic_inc(&client.events_called);
}

static NDIS_STATUS take_data(NDIS_HANDLE handle, PNET_BUFFER_LIST list,
			     NDIS_STATUS status, PULONG consumed)
{
	return NDIS_STATUS_SUCCESS;
}

static VOID io_done(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	struct fx *fx = list->ProtocolReserved[0];

	atomic_inc(&fx->ios);
	wake_up_all(&fx->wait);
}

static const NDIS_TCP_OFFLOAD_EVENT_HANDLERS good_events = {
	.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
	.Header.Revision = NDIS_TCP_OFFLOAD_EVENT_HANDLERS_REVISION_1,
	.Header.Size = sizeof(good_events),
	.NdisTcpOffloadEventHandler = count_event,
	.NdisTcpOffloadReceiveHandler = take_data,
	.NdisTcpOffloadSendComplete = io_done,
	.NdisTcpOffloadReceiveComplete = io_done,
	.NdisTcpOffloadDisconnectComplete = io_done,
	.NdisTcpOffloadForwardComplete = io_done,
};

/* The fixture's own functions but for those of the registration. */
static void fresh_client(struct fx *fx)
{
	memset(&client, 0, sizeof(client));
	client.fx = fx;
	client.ndis = *fx->attach.ndis;
	client.ndis.NdisSetOptionalHandlers = set_handlers;
	client.ndis.NdisMGetOffloadHandlers = get_handlers;
	client.events = good_events;
	client.answer = (PNDIS_OFFLOAD_EVENT_HANDLERS)&client.events;
}

static int bindings(struct fx *fx)
{
	struct list_head *at;
	int n = 0;

	fx_flush(fx);
	list_for_each(at, &fx->adapter->bindings)
		n++;
	return n;
}

/* Refused, and no trace of the client stays: references, modules, bindings. */
static void expect_refused(struct fx *fx, int err)
{
	struct chim_attach attach = { .ndis = &client.ndis };
	int before = bindings(fx);
	unsigned int refs = refcount_read(&fx->adapter->refs);

	client.sets = 0;
	KUNIT_EXPECT_EQ(fx->test, chim_attach(&init_net, fx->adapter->ifindex,
					      &attach), err);
	KUNIT_EXPECT_NULL(fx->test, attach.MiniportAdapterContext);
	KUNIT_EXPECT_EQ(fx->test, bindings(fx), before);
	KUNIT_EXPECT_EQ(fx->test, refcount_read(&fx->adapter->refs), refs);
}

/* The sequence of an NDIS miniport: options first, then the initialization. */
static void attach_sequence_test(struct kunit *test)
{
	struct fx *fx = test->priv;

	CHIM_COVERS(test, "REG-030 REG-031 REG-050");
	fresh_client(fx);
	KUNIT_ASSERT_EQ(test, fx_reattach(fx, &client.ndis), 0);
	KUNIT_EXPECT_EQ(test, client.sets, 2);
	KUNIT_EXPECT_PTR_EQ(test, client.set_handle, FX_DRIVER_HANDLE);
	KUNIT_EXPECT_EQ(test, client.gets, 1);
	KUNIT_EXPECT_PTR_EQ(test, client.get_handle, (NDIS_HANDLE)fx);
	KUNIT_EXPECT_EQ(test, (u32)client.type, (u32)NdisTcpChimneyOffload);
	/* The handlers work, though the client overwrote what it was shown. */
	fx_offload4(fx);
}

static void attach_structures_test(struct kunit *test)
{
	struct fx *fx = test->priv;

	CHIM_COVERS(test, "REG-032 REG-033 REG-034 REG-035 REG-036");
	KUNIT_EXPECT_EQ(test, fx->generic.Header.Revision,
			NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS_REVISION_1);
	KUNIT_EXPECT_EQ(test, (size_t)fx->generic.Header.Size,
			sizeof(fx->generic));
	KUNIT_EXPECT_EQ(test, fx->tcp.Header.Revision,
			NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS_REVISION_1);
	KUNIT_EXPECT_EQ(test, (size_t)fx->tcp.Header.Size, sizeof(fx->tcp));
	KUNIT_EXPECT_EQ(test, fx->generic.Flags, 0U);
	KUNIT_EXPECT_EQ(test, fx->tcp.Flags, 0U);
	KUNIT_EXPECT_EQ(test, (u32)fx->tcp.OffloadType,
			(u32)NdisTcpChimneyOffload);
	KUNIT_EXPECT_NOT_NULL(test, fx->generic.InitiateOffloadHandler);
	KUNIT_EXPECT_NOT_NULL(test, fx->generic.TerminateOffloadHandler);
	KUNIT_EXPECT_NOT_NULL(test, fx->generic.UpdateOffloadHandler);
	KUNIT_EXPECT_NOT_NULL(test, fx->generic.InvalidateOffloadHandler);
	KUNIT_EXPECT_NOT_NULL(test, fx->generic.QueryOffloadHandler);
	KUNIT_EXPECT_NOT_NULL(test, fx->tcp.TcpOffloadSendHandler);
	KUNIT_EXPECT_NOT_NULL(test, fx->tcp.TcpOffloadReceiveHandler);
	KUNIT_EXPECT_NOT_NULL(test, fx->tcp.TcpOffloadDisconnectHandler);
	KUNIT_EXPECT_NOT_NULL(test, fx->tcp.TcpOffloadForwardHandler);
	KUNIT_EXPECT_NOT_NULL(test, fx->tcp.TcpOffloadReceiveReturnHandler);
}

/* Each handler does what its place in the structure says. */
static void attach_handlers_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	enum chim_verb verb;

	CHIM_COVERS(test, "REG-032");
	for (verb = CHIM_QUERY; verb < CHIM_VERBS; verb++) {
		int before = atomic_read(&fx->completions[verb]);

		fx_run(fx, verb, wt_good(fx, verb, c));
		KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[verb]),
				before + 1);
	}
}

static void attach_set_refused_test(struct kunit *test)
{
	struct fx *fx = test->priv;

	CHIM_COVERS(test, "REG-031");
	fresh_client(fx);
	client.set_status[0] = NDIS_STATUS_FAILURE;
	expect_refused(fx, -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, client.sets, 1);
	fresh_client(fx);
	client.set_status[1] = NDIS_STATUS_FAILURE;
	expect_refused(fx, -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, client.gets, 0);
}

/* With this answer the pointer means nothing: it is not looked at. */
static void attach_not_supported_test(struct kunit *test)
{
	struct fx *fx = test->priv;

	CHIM_COVERS(test, "REG-051");
	fresh_client(fx);
	client.answer = (PNDIS_OFFLOAD_EVENT_HANDLERS)0x10UL;
	client.get_status = STATUS_NOT_SUPPORTED;
	expect_refused(fx, -EOPNOTSUPP);
	client.get_status = NDIS_STATUS_SUCCESS;
	client.answer = NULL;
	expect_refused(fx, -EOPNOTSUPP);
}

static void attach_event_handlers_test(struct kunit *test)
{
	struct fx *fx = test->priv;

	CHIM_COVERS(test, "REG-052");
	fresh_client(fx);
	client.events.Header.Type++;
	expect_refused(fx, -EPROTO);
	client.events = good_events;
	client.events.Header.Revision++;
	expect_refused(fx, -EPROTO);
	client.events = good_events;
	client.events.Header.Size--;
	expect_refused(fx, -EPROTO);
	client.events = good_events;
	client.events.NdisTcpOffloadForwardComplete = NULL;
	expect_refused(fx, -EPROTO);
	/* A later revision's larger structure starts like this one. */
	client.events = good_events;
	client.events.Header.Size += 8;
	client.sets = 0;
	KUNIT_EXPECT_EQ(test, fx_reattach(fx, &client.ndis), 0);
}

/* The entry points are the target's own copy. */
static void attach_copies_events_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tl *tl = tl_new(fx, 10, 0);
	struct fx_chain c;

	CHIM_COVERS(test, "REG-053");
	fresh_client(fx);
	KUNIT_ASSERT_EQ(test, fx_reattach(fx, &client.ndis), 0);
	memset(&client.events, 0, sizeof(client.events));
	c = fx_offload4(fx);
	tl_post(fx, &c.conn->context, CHIM_IO_ABORT, &tl->nbl);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 1);
	WRITE_ONCE(tb_obj(fx, c.conn)->canary, 0);
	wt_refused(fx, CHIM_QUERY, wt_good(fx, CHIM_QUERY, c),
		   CHIM_WHY_CORRUPT);
	KUNIT_EXPECT_EQ(test, atomic_read(&client.events_called), 2);
}

/* A client that lacks a function. */
static void attach_incomplete_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	void **function;

	/* The functions are the members from here on. */
	fresh_client(fx);
	for (function = (void **)&client.ndis.NdisSetOptionalHandlers;
	     (void *)function < (void *)(&client.ndis + 1); function++) {
		void *was = *function;

		*function = NULL;
		expect_refused(fx, -EINVAL);
		*function = was;
	}
	client.ndis.name = NULL;
	expect_refused(fx, -EINVAL);
	KUNIT_EXPECT_EQ(test, client.sets, 0);
}

static void attach_no_adapter_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_attach attach = { .ndis = fx->attach.ndis };

	KUNIT_EXPECT_EQ(test, chim_attach(&init_net, 0x7ffffff0, &attach),
			-ENODEV);
	KUNIT_EXPECT_NULL(test, attach.MiniportAdapterContext);
	chim_adapter_close(fx->adapter);
	fresh_client(fx);
	expect_refused(fx, -ENODEV);
	KUNIT_EXPECT_EQ(test, client.sets, 0);
}

/* The adapter closes while the client registers: it would never be told. */
static void attach_while_closing_test(struct kunit *test)
{
	struct chim_attach attach = { .ndis = &client.ndis };
	struct fx *fx = test->priv;

	fresh_client(fx);
	client.closes = true;
	KUNIT_EXPECT_EQ(test, chim_attach(&init_net, fx->adapter->ifindex,
					  &attach), -ENODEV);
	KUNIT_EXPECT_EQ(test, client.gets, 1);
	KUNIT_EXPECT_NULL(test, attach.MiniportAdapterContext);
	KUNIT_EXPECT_EQ(test, bindings(fx), 1);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_STATUS), 1);
}

/* Requests in the queue are completed, objects ended, and then silence. */
static void detach_completes_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx *other = fx_second_client(fx);
	struct fx_chain c = fx_offload4(fx);
	struct tl *tl = tl_new(fx, 10, 0);
	struct tb *query = wt_good(fx, CHIM_QUERY, c);
	struct witness w;

	fx_offload4(fx);
	witness_take(other, &w);
	fx_submit(fx, CHIM_QUERY, query);
	fx->tcp.TcpOffloadSendHandler(fx->attach.MiniportAdapterContext,
				      &c.conn->context, &tl->nbl);
	chim_detach(&fx->attach);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->completions[CHIM_QUERY]), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 1);
	FX_EXPECT_STATUS(test, query, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_NULL(test, fx->attach.MiniportAdapterContext);
	KUNIT_EXPECT_EQ(test, bindings(other), 1);
	witness_check(other, &w);
	KUNIT_EXPECT_EQ(test, fx->adapter->space.count[CHIM_CONN], 1U);
	fx->logged = 0;
	chim_miniport_upload_all(other->adapter);
	fx_flush(other);
	KUNIT_EXPECT_EQ(test, fx->logged, 0);
	KUNIT_EXPECT_EQ(test, pr_calls(other, FX_STATUS), 1);
	fx_end(other);
}

/* Initiates set aside during a pause are completed as well: they fail. */
static void detach_while_paused_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx *other = fx_second_client(fx);
	struct tb *mine = tb_neigh(fx), *theirs = tb_neigh(other);

	CHIM_COVERS(test, "STA-013");
	chim_miniport_pause(fx->adapter, true, 0);
	fx_submit(fx, CHIM_INITIATE, mine);
	fx_submit(other, CHIM_INITIATE, theirs);
	chim_detach(&fx->attach);
	FX_EXPECT_STATUS(test, mine, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_CLOSING), 1ULL);
	KUNIT_EXPECT_EQ(test, atomic_read(&other->completions[CHIM_INITIATE]),
			0);
	chim_miniport_pause(fx->adapter, false, 0);
	fx_flush(other);
	FX_EXPECT_STATUS(test, theirs, NDIS_STATUS_SUCCESS);
	fx_end(other);
}

/* So they are when the adapter closes, which is never resumed. */
static void close_while_paused_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *before = tb_neigh(fx);

	CHIM_COVERS(test, "STA-013");
	chim_miniport_pause(fx->adapter, true, 0);
	fx_submit(fx, CHIM_INITIATE, before);
	fx_flush(fx);
	FX_EXPECT_STATUS(test, before, NDIS_STATUS_PENDING);
	chim_adapter_close(fx->adapter);
	fx_flush(fx);
	FX_EXPECT_STATUS(test, before, NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, fx_refused(fx, CHIM_WHY_CLOSING), 1ULL);
	wt_refused(fx, CHIM_INITIATE, tb_neigh(fx), CHIM_WHY_CLOSING);
}

static void refused_for_pause(struct fx *fx, struct tb *root)
{
	u64 before = fx_refused(fx, CHIM_WHY_PAUSED);

	fx_run(fx, CHIM_INITIATE, root);
	FX_EXPECT_STATUS(fx->test, root, NDIS_STATUS_PAUSED);
	KUNIT_EXPECT_EQ(fx->test, fx_refused(fx, CHIM_WHY_PAUSED), before + 1);
}

/* A client that says so is refused instead, whatever it links to. */
static void awaits_resume_test(struct kunit *test)
{
	static struct chim_ndis ndis;
	struct fx *fx = test->priv;
	struct fx_chain c;
	struct tb *again;

	CHIM_COVERS(test, "R-16");
	ndis = fx_ndis;
	ndis.awaits_resume = true;
	KUNIT_ASSERT_EQ(test, fx_reattach(fx, &ndis), 0);
	c = fx_offload4(fx);
	chim_miniport_pause(fx->adapter, true, 0);
	refused_for_pause(fx, tb_neigh(fx));
	again = tb_ref(fx, c.neigh, NeighborOffloadConstState);
	tb_depend(again, tb_path4(fx));
	refused_for_pause(fx, again);
	chim_miniport_pause(fx->adapter, false, 0);
	wt_done(fx, CHIM_INITIATE, tb_neigh(fx));
}

/* All that is called from the hard interrupt, prepared beforehand. */
struct irq_calls {
	struct hrtimer timer;
	struct fx *fx;
	struct tb *conn;
	struct tb *blocks[CHIM_VERBS];
	struct tl *lists[TL_IOS];
	PNET_BUFFER_LIST buffered;
	NDIS_STATUS status[TL_IOS + 1];
	bool in_irq;
	struct completion done;
};

static enum hrtimer_restart call_handlers(struct hrtimer *timer)
{
	struct irq_calls *ic = container_of(timer, struct irq_calls, timer);
	NDIS_HANDLE h = ic->fx->attach.MiniportAdapterContext;
	PVOID *at = &ic->conn->context;
	struct fx *fx = ic->fx;
	enum chim_verb verb;
	int io;

	ic->in_irq = in_hardirq();
	for (io = 0; io < TL_IOS; io++)
		ic->status[io] = tl_post(fx, at, io, &ic->lists[io]->nbl);
	ic->status[io] = fx->tcp.TcpOffloadReceiveReturnHandler(h,
								ic->buffered);
	for (verb = 0; verb < CHIM_VERBS; verb++)
		fx_submit(fx, verb, ic->blocks[verb]);
	complete(&ic->done);
	return HRTIMER_NORESTART;
}

/* Buffered data that the target has handed out and the host gives back. */
static PNET_BUFFER_LIST take_buffered(struct fx *fx, struct fx_chain c)
{
	struct tb *linker = tb_ref(fx, c.path, Ip4OffloadState);
	struct tb *conn = tb_conn(fx), *end;

	tb_tdeleg(conn)->BufferedData = &tl_new(fx, 30, 0)->nbl;
	tb_depend(linker, conn);
	wt_done(fx, CHIM_INITIATE, linker);
	end = tm_ref(fx, conn);
	wt_done(fx, CHIM_TERMINATE, end);
	return tb_tdeleg(end)->BufferedData;
}

static void handlers_in_interrupt_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct irq_calls *ic = kunit_kzalloc(test, sizeof(*ic), GFP_KERNEL);
	enum chim_verb verb;
	int i;

	CHIM_COVERS(test, "REG-010");
	KUNIT_ASSERT_NOT_NULL(test, ic);
	ic->fx = fx;
	ic->conn = c.conn;
	ic->buffered = take_buffered(fx, c);
	init_completion(&ic->done);
	for (verb = 0; verb < CHIM_VERBS; verb++)
		ic->blocks[verb] = wt_good(fx, verb, c);
	for (i = 0; i < ARRAY_SIZE(ic->lists); i++)
		ic->lists[i] = tl_new(fx, 10, 0);
	hrtimer_init(&ic->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	ic->timer.function = call_handlers;
	hrtimer_start(&ic->timer, 0, HRTIMER_MODE_REL_HARD);
	wait_for_completion(&ic->done);
	hrtimer_cancel(&ic->timer);
	fx_flush(fx);
	KUNIT_EXPECT_TRUE(test, ic->in_irq);
	for (verb = 0; verb < CHIM_VERBS; verb++)
		FX_EXPECT_STATUS(test, ic->blocks[verb], NDIS_STATUS_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(ic->lists); i++) {
		KUNIT_EXPECT_EQ(test, ic->status[i], NDIS_STATUS_PENDING);
		/* All but the abort itself is aborted. */
		KUNIT_EXPECT_EQ(test, (u32)ic->lists[i]->nbl.Status,
				(u32)(i == CHIM_IO_ABORT ?
				      NDIS_STATUS_SUCCESS :
				      NDIS_STATUS_REQUEST_ABORTED));
	}
	KUNIT_EXPECT_EQ(test, ic->status[i], NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), TL_IOS);
	KUNIT_EXPECT_NULL(test, tb_obj(fx, c.conn));
}

static struct kunit_case attach_cases[] = {
	KUNIT_CASE(attach_sequence_test),
	KUNIT_CASE(attach_structures_test),
	KUNIT_CASE(attach_handlers_test),
	KUNIT_CASE(attach_set_refused_test),
	KUNIT_CASE(attach_not_supported_test),
	KUNIT_CASE(attach_event_handlers_test),
	KUNIT_CASE(attach_copies_events_test),
	KUNIT_CASE(attach_incomplete_test),
	KUNIT_CASE(attach_no_adapter_test),
	KUNIT_CASE(attach_while_closing_test),
	KUNIT_CASE(detach_completes_test),
	KUNIT_CASE(detach_while_paused_test),
	KUNIT_CASE(close_while_paused_test),
	KUNIT_CASE(awaits_resume_test),
	KUNIT_CASE(handlers_in_interrupt_test),
	{}
};

static struct kunit_suite attach_suite = {
	.name = "chim_attach",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = attach_cases,
};

kunit_test_suite(attach_suite);
