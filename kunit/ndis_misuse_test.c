// SPDX-License-Identifier: GPL-2.0
/* What no driver should do: it is counted, and nothing else happens. */
#include "lists.h"
#include "ndis_host.h"
#include "ndis_target.h"

#include "ndis_shim/handle.h"
#include "ndis_shim/misuse.h"

#include <linux/workqueue.h>

#define JUNK	((NDIS_HANDLE)0x4e44000000fff014UL)

struct mi {
	struct fx *fx;
	struct nt nt;
	struct fx_chain c;
};

/* The host directly over the other target, with three objects. */
static struct mi *setup(struct kunit *test)
{
	struct mi *mi = kunit_kzalloc(test, sizeof(*mi), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mi);
	mi->fx = test->priv;
	mi->nt.name = "nt0";
	mi->nt.chimney = true;
	KUNIT_ASSERT_EQ(test, nt_linux.load(&mi->nt), NDIS_STATUS_SUCCESS);
	nd_over(mi->fx, "nt0", 0, false);
	mi->c = fx_offload4(mi->fx);
	return mi;
}

static void teardown(struct mi *mi)
{
	nd_end(mi->fx);
	nt_linux.unload(&mi->nt);
}

#define EXPECT_MISUSE(test, what, n, call) \
do { \
	u64 was_ = chimn_misused(CHIMN_MISUSE_##what); \
	call; \
	KUNIT_EXPECT_EQ(test, chimn_misused(CHIMN_MISUSE_##what) - was_, \
			(u64)(n)); \
} while (0)

/* --- handles ------------------------------------------------------------------- */

#define EXPECT_UNKNOWN(call)	EXPECT_MISUSE(test, HANDLE, 1, call)
#define EXPECT_REFUSED(call) \
do { \
	NDIS_STATUS status_; \
	EXPECT_UNKNOWN(status_ = (call)); \
	KUNIT_EXPECT_LT(test, status_, 0); \
} while (0)

/* Every function that is given a handle, with one that names nothing. */
static void try_handle(struct kunit *test, NDIS_HANDLE h)
{
	static NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree;
	/* The head of a structure that has pointers in it. */
	NDIS_DRIVER_OPTIONAL_HANDLERS handlers __aligned(sizeof(void *)) = {
		.Revision = 1
	};
	NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = { };
	PNDIS_OFFLOAD_EVENT_HANDLERS events;
	NDIS_STATUS_INDICATION indication = { };
	NDIS_OID_REQUEST request = { };
	struct tl *tl = tl_new(test->priv, 1, 0);
	NDIS_OFFLOAD_HANDLE object = { };
	LARGE_INTEGER due = { };
	NDIS_HANDLE out;

	EXPECT_UNKNOWN(NdisInitiateOffload(h, &tree));
	EXPECT_UNKNOWN(NdisQueryOffloadState(h, &tree));
	EXPECT_UNKNOWN(NdisUpdateOffload(h, &tree));
	EXPECT_UNKNOWN(NdisInvalidateOffload(h, &tree));
	EXPECT_UNKNOWN(NdisTerminateOffload(h, &tree));
	EXPECT_REFUSED(NdisOffloadTcpSend(h, &object, &tl->nbl));
	EXPECT_UNKNOWN(NdisOffloadTcpReceive(h, &object, &tl->nbl));
	EXPECT_UNKNOWN(NdisOffloadTcpForward(h, &object, &tl->nbl));
	EXPECT_UNKNOWN(NdisOffloadTcpDisconnect(h, &object, &tl->nbl, 0));
	EXPECT_REFUSED(NdisOffloadTcpReceiveReturn(h, &tl->nbl));
	EXPECT_REFUSED(NdisSetOptionalHandlers(h, &handlers));
	EXPECT_REFUSED(NdisMGetOffloadHandlers(h, 1, &events));
	EXPECT_REFUSED(NdisMSetMiniportAttributes(h, &attributes));
	EXPECT_REFUSED(NdisOidRequest(h, &request));
	EXPECT_UNKNOWN(NdisMOidRequestComplete(h, &request, 0));
	EXPECT_UNKNOWN(NdisMIndicateStatusEx(h, &indication));
	EXPECT_REFUSED(nd_open(h, NULL, "nt0", &out));
	EXPECT_REFUSED(NdisCloseAdapterEx(h));
	EXPECT_UNKNOWN(NdisMDeregisterMiniportDriver(h));
	EXPECT_UNKNOWN(NdisDeregisterProtocolDriver(h));
	EXPECT_REFUSED(NdisIMDeInitializeDeviceInstance(h));
	EXPECT_UNKNOWN(NdisSetTimerObject(h, due, 0, NULL));
	EXPECT_UNKNOWN(NdisCancelTimerObject(h));
	EXPECT_UNKNOWN(NdisFreeTimerObject(h));
	EXPECT_UNKNOWN(NdisQueueIoWorkItem(h, NULL, NULL));
	EXPECT_UNKNOWN(NdisFreeIoWorkItem(h));
	EXPECT_UNKNOWN(NdisFreeNetBufferListPool(h));
	EXPECT_UNKNOWN(NdisFreeNetBufferPool(h));
	EXPECT_UNKNOWN(NdisAllocateNetBufferList(h, 0, 0));
}

static void ndis_misuse_handle_test(struct kunit *test)
{
	struct mi *mi = setup(test);

	try_handle(test, NULL);
	try_handle(test, JUNK);
	try_handle(test, (NDIS_HANDLE)-1L);
	try_handle(test, mi->fx);
	teardown(mi);
}

/* The handle of one kind of object is none of another. */
static void ndis_misuse_kind_test(struct kunit *test)
{
	struct mi *mi = setup(test);
	NDIS_HANDLE binding = mi->fx->ndis->proto.binding;

	EXPECT_MISUSE(test, HANDLE, 4, ({
		NdisDeregisterProtocolDriver(binding);
		NdisMDeregisterMiniportDriver(mi->nt.adapter);
		NdisCloseAdapterEx(mi->fx->ndis->protocol);
		NdisIMDeInitializeDeviceInstance(mi->nt.driver);
	}));
	teardown(mi);
	/* And what is gone is none any more. */
	EXPECT_MISUSE(test, HANDLE, 1, NdisCloseAdapterEx(binding));
}

/* A protocol without chimney functions cannot be called back, so it cannot ask. */
static void ndis_misuse_unregistered_test(struct kunit *test)
{
	static NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree;
	struct mi *mi = setup(test);
	struct tl *tl = tl_new(mi->fx, 1, 0);
	int trees = mi->nt.n_trees, lists = mi->nt.n_lists;
	PNDIS_OFFLOAD_HANDLE object = nd_handle(mi->c.conn);
	NDIS_HANDLE protocol, h;

	KUNIT_ASSERT_EQ(test, nd_register("plain", false, &protocol),
			NDIS_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, nd_open(protocol, mi, "nt0", &h),
			NDIS_STATUS_SUCCESS);
	EXPECT_MISUSE(test, CLIENT, 5, ({
		NdisInitiateOffload(h, &tree);
		NdisQueryOffloadState(h, &tree);
		NdisUpdateOffload(h, &tree);
		NdisInvalidateOffload(h, &tree);
		NdisTerminateOffload(h, &tree);
	}));
	EXPECT_MISUSE(test, CLIENT, 5, ({
		KUNIT_EXPECT_LT(test, NdisOffloadTcpSend(h, object, &tl->nbl), 0);
		NdisOffloadTcpReceive(h, object, &tl->nbl);
		NdisOffloadTcpForward(h, object, &tl->nbl);
		NdisOffloadTcpDisconnect(h, object, &tl->nbl, 0);
		KUNIT_EXPECT_LT(test, NdisOffloadTcpReceiveReturn(h, &tl->nbl), 0);
	}));
	KUNIT_EXPECT_EQ(test, mi->nt.n_trees, trees);
	KUNIT_EXPECT_EQ(test, mi->nt.n_lists, lists);
	KUNIT_EXPECT_EQ(test, mi->nt.n_returned, 0);
	KUNIT_EXPECT_EQ(test, NdisCloseAdapterEx(h), NDIS_STATUS_SUCCESS);
	NdisDeregisterProtocolDriver(protocol);
	teardown(mi);
}

/* --- completions ----------------------------------------------------------------- */

static void ndis_misuse_complete_test(struct kunit *test)
{
	struct mi *mi = setup(test);
	struct tb *ref = tb_ref(mi->fx, mi->c.conn, TcpOffloadState);
	struct nt other = { .name = "nt1", .chimney = true };
	int before;

	CHIM_COVERS(test, "NDI-017");
	KUNIT_ASSERT_EQ(test, nt_linux.load(&other), NDIS_STATUS_SUCCESS);
	mi->nt.hold = true;
	/* Never asked for, wherever the pointer leads. */
	EXPECT_MISUSE(test, UNASKED, 3, ({
		nt_linux.complete(mi->nt.adapter, &ref->b, CHIMN_QUERY);
		nt_linux.complete(mi->nt.adapter, NULL, CHIMN_QUERY);
		nt_linux.complete(mi->nt.adapter, (void *)8UL, CHIMN_QUERY);
	}));
	before = atomic_read(&mi->fx->completions[CHIM_QUERY]);
	fx_submit(mi->fx, CHIM_QUERY, ref);
	/* Asked for twice. */
	EXPECT_MISUSE(test, BUSY, 1, fx_submit(mi->fx, CHIM_QUERY, ref));
	EXPECT_MISUSE(test, BUSY, 1, fx_submit(mi->fx, CHIM_UPDATE, ref));
	/* As something else, and by somebody else. */
	EXPECT_MISUSE(test, VERB, 1, nt_linux.complete(mi->nt.adapter, &ref->b,
						       CHIMN_UPDATE));
	EXPECT_MISUSE(test, MINIPORT, 1, nt_linux.complete(other.adapter,
							   &ref->b, CHIMN_QUERY));
	KUNIT_EXPECT_EQ(test, atomic_read(&mi->fx->completions[CHIM_QUERY]),
			before);
	nt_linux.complete(mi->nt.driver, &ref->b, CHIMN_QUERY);
	KUNIT_EXPECT_EQ(test, atomic_read(&mi->fx->completions[CHIM_QUERY]),
			before + 1);
	/* Once more. */
	EXPECT_MISUSE(test, UNASKED, 1, nt_linux.complete(mi->nt.adapter,
							  &ref->b, CHIMN_QUERY));
	KUNIT_EXPECT_EQ(test, atomic_read(&mi->fx->completions[CHIM_QUERY]),
			before + 1);
	nt_linux.unload(&other);
	teardown(mi);
}

static void ndis_misuse_list_test(struct kunit *test)
{
	struct mi *mi = setup(test);
	struct tl *a = tl_new(mi->fx, 1, 0), *b = tl_new(mi->fx, 1, 0);
	PVOID object = &mi->c.conn->context;

	mi->nt.hold = true;
	EXPECT_MISUSE(test, UNASKED, 1, nt_linux.complete_list(&mi->nt, &a->nbl,
							       CHIMN_SEND));
	KUNIT_EXPECT_EQ(test, tl_post(mi->fx, object, CHIM_IO_SEND, &a->nbl),
			NDIS_STATUS_PENDING);
	EXPECT_MISUSE(test, LIST, 1, ({
		KUNIT_EXPECT_LT(test, tl_post(mi->fx, object, CHIM_IO_SEND,
					      &a->nbl), 0);
	}));
	EXPECT_MISUSE(test, VERB, 1, nt_linux.complete_list(&mi->nt, &a->nbl,
							    CHIMN_RECEIVE));
	KUNIT_EXPECT_EQ(test, atomic_read(&mi->fx->ios), 0);
	nt_linux.complete_list(&mi->nt, &a->nbl, CHIMN_SEND);
	EXPECT_MISUSE(test, UNASKED, 1, nt_linux.complete_list(&mi->nt, &a->nbl,
							       CHIMN_SEND));
	KUNIT_EXPECT_EQ(test, atomic_read(&mi->fx->ios), 1);
	/* A list that leads back, and one that leads nowhere, are cut. */
	a->nbl.Next = &b->nbl;
	b->nbl.Next = &a->nbl;
	EXPECT_MISUSE(test, LIST, 1, tl_post(mi->fx, object, CHIM_IO_SEND,
					     &a->nbl));
	KUNIT_EXPECT_NULL(test, b->nbl.Next);
	nt_linux.complete_list(&mi->nt, &a->nbl, CHIMN_SEND);
	a->nbl.Next = (void *)16UL;
	EXPECT_MISUSE(test, LIST, 1, tl_post(mi->fx, object, CHIM_IO_RECEIVE,
					     &a->nbl));
	KUNIT_EXPECT_NULL(test, a->nbl.Next);
	nt_linux.complete_list(&mi->nt, &a->nbl, CHIMN_RECEIVE);
	teardown(mi);
}

/* An object that is none of ours, or none any more. */
static void ndis_misuse_object_test(struct kunit *test)
{
	struct mi *mi = setup(test);
	struct tl *tl = tl_new(mi->fx, 1, 0);
	NDIS_OFFLOAD_HANDLE forged = { };
	ULONG consumed = 1;
	int ios = 0;

	EXPECT_MISUSE(test, OBJECT, 3, ({
		KUNIT_EXPECT_EQ(test, NdisOffloadTcpSend(mi->fx->ndis->proto.binding,
							 &forged, &tl->nbl),
				NDIS_STATUS_PENDING);
		KUNIT_EXPECT_EQ(test, NdisOffloadTcpSend(mi->fx->ndis->proto.binding,
							 NULL, &tl->nbl),
				NDIS_STATUS_PENDING);
		NdisOffloadTcpSend(mi->fx->ndis->proto.binding, (void *)24UL, &tl->nbl);
	}));
	KUNIT_EXPECT_EQ(test, atomic_read(&mi->fx->ios), ios + 3);
	KUNIT_EXPECT_EQ(test, tl->nbl.Status, NDIS_STATUS_UPLOAD_IN_PROGRESS);
	KUNIT_EXPECT_EQ(test, mi->nt.n_lists, 0);
	EXPECT_MISUSE(test, OBJECT, 3, ({
		nt_linux.event(&mi->nt, &forged, TcpIndicateAbort, 0);
		nt_linux.event(&mi->nt, NULL, TcpIndicateAbort, 0);
		KUNIT_EXPECT_EQ(test, nt_linux.receive(&mi->nt, &forged,
						       &tl->nbl, &consumed),
				NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED);
	}));
	KUNIT_EXPECT_EQ(test, consumed, 0U);
	/* TRM-016: its end is the end of indications for it. */
	fx_run(mi->fx, CHIM_TERMINATE, tb_ref(mi->fx, mi->c.conn,
					      TcpOffloadState));
	EXPECT_MISUSE(test, OBJECT, 1, nt_linux.event(&mi->nt, mi->nt.handles[2],
						      TcpIndicateAbort, 0));
	teardown(mi);
}

static void ndis_misuse_tree_test(struct kunit *test)
{
	struct mi *mi = setup(test);
	NDIS_HANDLE binding = mi->fx->ndis->proto.binding;
	struct tb *ref = tb_ref(mi->fx, mi->c.conn, TcpOffloadState);

	ref->b.Header.Size--;
	EXPECT_MISUSE(test, POINTER, 3, ({
		NdisQueryOffloadState(binding, NULL);
		NdisQueryOffloadState(binding, (void *)4UL);
		NdisQueryOffloadState(binding, (void *)ref);
	}));
	teardown(mi);
}

/* --- closing ---------------------------------------------------------------------- */

struct closer {
	struct work_struct work;
	NDIS_HANDLE binding;
	NDIS_STATUS status;
	bool done;
};

static void close_binding(struct work_struct *work)
{
	struct closer *closer = container_of(work, struct closer, work);

	closer->status = NdisCloseAdapterEx(closer->binding);
	WRITE_ONCE(closer->done, true);
}

/* Closing waits for a tree and for a list; nothing new goes down meanwhile. */
static void ndis_misuse_close_test(struct kunit *test)
{
	struct mi *mi = setup(test);
	struct closer closer = { .binding = mi->fx->ndis->proto.binding };
	struct tb *ref = tb_ref(mi->fx, mi->c.conn, TcpOffloadState);
	struct tb *late = tb_ref(mi->fx, mi->c.path, Ip4OffloadState);
	struct tl *tl = tl_new(mi->fx, 1, 0);
	int came;

	CHIM_COVERS(test, "NDI-018");
	mi->nt.hold = true;
	fx_submit(mi->fx, CHIM_QUERY, ref);
	tl_post(mi->fx, &mi->c.conn->context, CHIM_IO_SEND, &tl->nbl);
	INIT_WORK_ONSTACK(&closer.work, close_binding);
	queue_work(system_unbound_wq, &closer.work);
	/* From the first refusal on, it is closing. */
	came = mi->nt.n_trees;
	do {
		fx_submit(mi->fx, CHIM_QUERY, late);
		if (mi->nt.n_trees > came)
			nt_linux.complete(mi->nt.adapter, &late->b, CHIMN_QUERY);
		came = mi->nt.n_trees;
		cond_resched();
	} while (late->b.Status != NDIS_STATUS_FAILURE);
	KUNIT_EXPECT_EQ(test, NdisCloseAdapterEx(closer.binding),
			NDIS_STATUS_CLOSING);
	EXPECT_MISUSE(test, CLOSING, 1, fx_submit(mi->fx, CHIM_QUERY, late));
	KUNIT_EXPECT_EQ(test, NdisOffloadTcpReceiveReturn(closer.binding,
							  &tl->nbl),
			NDIS_STATUS_SUCCESS);
	nt_linux.complete(mi->nt.adapter, &ref->b, CHIMN_QUERY);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(closer.done));
	nt_linux.complete_list(&mi->nt, &tl->nbl, CHIMN_SEND);
	flush_work(&closer.work);
	KUNIT_EXPECT_TRUE(test, closer.done);
	KUNIT_EXPECT_EQ(test, closer.status, NDIS_STATUS_SUCCESS);
	destroy_work_on_stack(&closer.work);
	teardown(mi);
}

/* It is said what is waited for, and waited for all the same. */
static void ndis_misuse_wait_test(struct kunit *test)
{
	struct mi *mi = setup(test);
	struct closer closer = { .binding = mi->fx->ndis->proto.binding };
	struct tb *ref = tb_ref(mi->fx, mi->c.conn, TcpOffloadState);

	mi->nt.hold = true;
	fx_submit(mi->fx, CHIM_QUERY, ref);
	nd_impatient();
	INIT_WORK_ONSTACK(&closer.work, close_binding);
	queue_work(system_unbound_wq, &closer.work);
	/* Not once, but as long as it takes. */
	KUNIT_EXPECT_TRUE(test, nd_hear());
	KUNIT_EXPECT_TRUE(test, nd_hear());
	KUNIT_EXPECT_FALSE(test, READ_ONCE(closer.done));
	nt_linux.complete(mi->nt.adapter, &ref->b, CHIMN_QUERY);
	flush_work(&closer.work);
	KUNIT_EXPECT_EQ(test, closer.status, NDIS_STATUS_SUCCESS);
	destroy_work_on_stack(&closer.work);
	nd_patient();
	teardown(mi);
}

static void exit_misuse(struct kunit *test)
{
	struct fx *fx = test->priv;

	nd_patient();
	if (fx)
		nd_end(fx);
	fx_exit(test);
}

static struct kunit_case ndis_misuse_cases[] = {
	KUNIT_CASE(ndis_misuse_handle_test),
	KUNIT_CASE(ndis_misuse_kind_test),
	KUNIT_CASE(ndis_misuse_unregistered_test),
	KUNIT_CASE(ndis_misuse_complete_test),
	KUNIT_CASE(ndis_misuse_list_test),
	KUNIT_CASE(ndis_misuse_object_test),
	KUNIT_CASE(ndis_misuse_tree_test),
	KUNIT_CASE(ndis_misuse_close_test),
	KUNIT_CASE(ndis_misuse_wait_test),
	{}
};

static struct kunit_suite ndis_misuse_suite = {
	.name = "chim_ndis_misuse",
	.init = fx_init,
	.exit = exit_misuse,
	.test_cases = ndis_misuse_cases,
};

kunit_test_suite(ndis_misuse_suite);
