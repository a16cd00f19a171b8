// SPDX-License-Identifier: GPL-2.0
/* Data requests: what they bring about, and how they complete. */
#include "peer.h"
#include "terminate.h"

#define UNA	1000U	/* of the fixture's connections */
#define NXT	2000U

static u32 transferred(const struct tl *tl)
{
	return (unsigned long)NET_BUFFER_LIST_INFO(&tl->nbl,
						   TcpOffloadBytesTransferred);
}

static NDIS_STATUS post(struct fx *fx, struct tb *conn, enum chim_io io,
			struct tl *tl)
{
	return tl_post(fx, &conn->context, io, &tl->nbl);
}

static void expect_posted(struct fx *fx, struct tb *conn, enum chim_io io,
			  struct tl *tl)
{
	KUNIT_EXPECT_EQ(fx->test, post(fx, conn, io, tl), NDIS_STATUS_PENDING);
}

static bool pending(const struct tl *tl)
{
	return tl->nbl.Status == NDIS_STATUS_PENDING;
}

static void expect_ended(struct kunit *test, const struct tl *tl,
			 NDIS_STATUS status, u32 bytes)
{
	KUNIT_EXPECT_EQ(test, (u32)tl->nbl.Status, (u32)status);
	KUNIT_EXPECT_EQ(test, transferred(tl), bytes);
	KUNIT_EXPECT_EQ(test, tl->nb.DataOffset, bytes);
	KUNIT_EXPECT_EQ(test, tl->nb.CurrentMdlOffset, bytes);
	KUNIT_EXPECT_EQ(test, tl->nb.DataLength, tl->mdl.ByteCount - bytes);
}

/* Is the @nr-th call of the log that completion, of that list? */
static void expect_call(struct fx *fx, int nr, enum chim_io io, struct tl *tl)
{
	KUNIT_ASSERT_LT(fx->test, nr, fx->logged);
	KUNIT_EXPECT_EQ(fx->test, (u32)fx->log[nr].call, (u32)FX_IO);
	KUNIT_EXPECT_EQ(fx->test, fx->log[nr].a, (u32)io);
	KUNIT_EXPECT_PTR_EQ(fx->test, fx->log[nr].p, (void *)&tl->nbl);
	KUNIT_EXPECT_PTR_EQ(fx->test, fx->log[nr].handle, FX_DRIVER_HANDLE);
}

/* A frame of data: its bytes count up from @first. */
static void expect_frame(struct fx *fx, u32 seq, u32 len, u8 first, u8 flags)
{
	struct sk_buff *skb = NULL;
	struct pr_seg seg = {};
	const u8 *data;
	u32 i, bad = 0;

	/* The device sends frames of its own, such as neighbor discovery. */
	do {
		kfree_skb(skb);
		skb = fx_frame(fx);
		KUNIT_ASSERT_NOT_NULL(fx->test, skb);
		KUNIT_ASSERT_EQ(fx->test, skb_linearize(skb), 0);
	} while (!sg_parse(&seg, skb, &data));
	KUNIT_EXPECT_EQ(fx->test, seg.seq, seq);
	KUNIT_EXPECT_EQ(fx->test, (u32)seg.flags, (u32)flags);
	KUNIT_ASSERT_EQ(fx->test, seg.data_len, len);
	for (i = 0; i < len; i++)
		bad += data[i] != (u8)(first + i);
	KUNIT_EXPECT_EQ(fx->test, bad, 0U);
	kfree_skb(skb);
}

/* --- sends --------------------------------------------------------------- */

/* Of a list, in order, each when all of its data is acknowledged. */
static void send_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *a = tl_new(fx, 100, 0), *b = tl_new(fx, 200, 100);
	struct tl *c = tl_new(fx, 50, 44);

	CHIM_COVERS(test, "SND-010 SND-011 SND-013 SND-014 SND-015 SND-016 SND-019");
	CHIM_COVERS(test, "SND-060 SND-065 SND-066");
	tl_next(a, b);
	expect_posted(fx, conn, CHIM_IO_SEND, a);
	expect_posted(fx, conn, CHIM_IO_SEND, c);
	expect_frame(fx, UNA, 300, 0, CHIM_ACK | CHIM_PSH);
	expect_frame(fx, UNA + 300, 50, 44, CHIM_ACK | CHIM_PSH);
	KUNIT_EXPECT_EQ(test, fx->logged, 0);
	pe_ack(fx, conn, UNA + 99);
	KUNIT_EXPECT_TRUE(test, pending(a));
	pe_ack(fx, conn, UNA + 250);
	expect_call(fx, 0, CHIM_IO_SEND, a);
	expect_ended(test, a, NDIS_STATUS_SUCCESS, 100);
	KUNIT_EXPECT_NULL(test, a->nbl.Next);
	KUNIT_EXPECT_TRUE(test, pending(b));
	KUNIT_EXPECT_TRUE(test, pending(c));
	pe_ack(fx, conn, UNA + 350);
	KUNIT_EXPECT_EQ(test, fx->logged, 2);
	expect_call(fx, 1, CHIM_IO_SEND, b);
	KUNIT_EXPECT_PTR_EQ(test, b->nbl.Next, &c->nbl);
	expect_ended(test, b, NDIS_STATUS_SUCCESS, 200);
	expect_ended(test, c, NDIS_STATUS_SUCCESS, 50);
}

/* The context itself will do as well as the place where it is. */
static void context_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload6(fx).conn;
	struct tl *tl = tl_new(fx, 10, 3);

	KUNIT_EXPECT_EQ(test, tl_post(fx, conn->context, CHIM_IO_SEND,
				      &tl->nbl), NDIS_STATUS_PENDING);
	expect_frame(fx, UNA, 10, 3, CHIM_ACK | CHIM_PSH);
	pe_ack(fx, conn, UNA + 10);
	expect_ended(test, tl, NDIS_STATUS_SUCCESS, 10);
}

/* Several buffers in one list structure are one request. */
static void buffers_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *a = tl_new(fx, 100, 0), *b = tl_new(fx, 70, 100);

	CHIM_COVERS(test, "SND-013 D-21");
	a->nb.Next = &b->nb;
	expect_posted(fx, conn, CHIM_IO_SEND, a);
	expect_frame(fx, UNA, 170, 0, CHIM_ACK | CHIM_PSH);
	pe_ack(fx, conn, UNA + 120);
	KUNIT_EXPECT_TRUE(test, pending(a));
	pe_ack(fx, conn, UNA + 170);
	KUNIT_EXPECT_EQ(test, transferred(a), 170U);
	KUNIT_EXPECT_EQ(test, a->nb.DataLength, 0U);
	KUNIT_EXPECT_EQ(test, b->nb.DataLength, 0U);
	KUNIT_EXPECT_EQ(test, b->nb.DataOffset, 70U);
}

/* No bytes to acknowledge: done at once, in its turn. */
static void empty_send_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *a = tl_new(fx, 10, 0), *b = tl_new(fx, 0, 0);

	expect_posted(fx, conn, CHIM_IO_SEND, a);
	expect_posted(fx, conn, CHIM_IO_SEND, b);
	KUNIT_EXPECT_EQ(test, fx->logged, 0);
	pe_ack(fx, conn, UNA + 10);
	expect_ended(test, b, NDIS_STATUS_SUCCESS, 0);
	expect_posted(fx, conn, CHIM_IO_SEND, tl_new(fx, 0, 0));
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->ios), 2);
}

/* Data that came with the offload completes like any other (INI-109). */
static void handed_over_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *link = tb_ref(fx, fx_offload4(fx).path, Ip4OffloadState);
	struct tl *a = tl_new(fx, 100, 0), *b = tl_new(fx, 50, 100);
	struct tl *c = tl_new(fx, 10, 150);
	struct tb *conn = tb_conn(fx);

	CHIM_COVERS(test, "BLK-110 INI-106 INI-108 INI-109");
	tl_next(a, b);
	tl_send_data(conn, a, 30);
	tb_depend(link, conn);
	fx->logged = 0;
	wt_done(fx, CHIM_INITIATE, link);
	KUNIT_EXPECT_EQ(test, fx->logged, 1);
	expect_frame(fx, UNA + 120, 30, 120, CHIM_ACK | CHIM_PSH);
	expect_posted(fx, conn, CHIM_IO_SEND, c);
	expect_frame(fx, UNA + 150, 10, 150, CHIM_ACK | CHIM_PSH);
	pe_ack(fx, conn, UNA + 140);
	expect_call(fx, 1, CHIM_IO_SEND, a);
	expect_ended(test, a, NDIS_STATUS_SUCCESS, 100);
	KUNIT_EXPECT_TRUE(test, pending(b));
	pe_ack(fx, conn, UNA + 160);
	expect_call(fx, 2, CHIM_IO_SEND, b);
	KUNIT_EXPECT_PTR_EQ(test, b->nbl.Next, &c->nbl);
	expect_ended(test, b, NDIS_STATUS_SUCCESS, 50);
}

/* The chain begins where the peer's acknowledgments end (TRM-073). */
static void pass_back_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn, *end = tm_ref(fx, conn);
	struct tl *a = tl_new(fx, 100, 0), *b = tl_new(fx, 200, 100);
	struct tl *c = tl_new(fx, 0, 0), *bye = tl_new(fx, 30, 44);
	TCP_OFFLOAD_STATE_DELEGATED *d = tb_tdeleg(end);

	CHIM_COVERS(test, "TRM-070 TRM-071 TRM-072 TRM-073 DSC-056 X-39");
	expect_posted(fx, conn, CHIM_IO_SEND, a);
	tl_next(b, c);
	expect_posted(fx, conn, CHIM_IO_SEND, b);
	expect_posted(fx, conn, CHIM_IO_DISCONNECT, bye);
	pe_ack(fx, conn, UNA + 130);
	expect_ended(test, a, NDIS_STATUS_SUCCESS, 100);
	fx->logged = 0;
	wt_done(fx, CHIM_TERMINATE, end);
	expect_call(fx, 0, CHIM_IO_DISCONNECT, bye);
	expect_ended(test, bye, NDIS_STATUS_UPLOAD_IN_PROGRESS, 0);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[1].p, (void *)&end->b);
	KUNIT_EXPECT_EQ(test, fx->logged, 2);
	KUNIT_EXPECT_PTR_EQ(test, end->b.NetBufferListChain, &b->nbl);
	KUNIT_EXPECT_PTR_EQ(test, b->nbl.Next, &c->nbl);
	KUNIT_EXPECT_NULL(test, c->nbl.Next);
	KUNIT_EXPECT_PTR_EQ(test, d->SendDataHead, &b->nbl);
	KUNIT_EXPECT_PTR_EQ(test, d->SendDataTail, &b->nbl);
	KUNIT_EXPECT_TRUE(test, tl_holds(&b->nbl, 170, 130));
	KUNIT_EXPECT_TRUE(test, pending(b));
	KUNIT_EXPECT_EQ(test, d->SndUna, UNA + 130);
	KUNIT_EXPECT_EQ(test, d->SndMax, UNA + 331);
	KUNIT_EXPECT_EQ(test, (u32)d->State, (u32)TcpConnectionFinWait1);
}

/* A form that does not come with an offload is completed with its count. */
static void complete_at_end_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn, *end = tm_ref(fx, conn);
	struct tl *a = tl_new(fx, 100, 0), *b = tl_new(fx, 70, 100);
	struct tl *c = tl_new(fx, 20, 0);

	CHIM_COVERS(test, "SND-061 SND-064 TRM-051 TRM-054 TRM-074 X-35");
	a->nb.Next = &b->nb;
	expect_posted(fx, conn, CHIM_IO_SEND, a);
	expect_posted(fx, conn, CHIM_IO_SEND, c);
	pe_ack(fx, conn, UNA + 110);
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_NULL(test, end->b.NetBufferListChain);
	KUNIT_EXPECT_NULL(test, tb_tdeleg(end)->SendDataHead);
	expect_call(fx, 0, CHIM_IO_SEND, a);
	KUNIT_EXPECT_PTR_EQ(test, a->nbl.Next, &c->nbl);
	KUNIT_EXPECT_EQ(test, (u32)a->nbl.Status,
			(u32)NDIS_STATUS_UPLOAD_IN_PROGRESS);
	KUNIT_EXPECT_EQ(test, transferred(a), 110U);
	KUNIT_EXPECT_EQ(test, a->nb.DataLength, 0U);
	KUNIT_EXPECT_EQ(test, b->nb.DataOffset, 10U);
	KUNIT_EXPECT_EQ(test, b->nb.DataLength, 60U);
	expect_ended(test, c, NDIS_STATUS_UPLOAD_IN_PROGRESS, 0);
	KUNIT_EXPECT_EQ(test, tb_tdeleg(end)->SndUna, UNA + 110);
}

/* --- receives ------------------------------------------------------------ */

static void set_info(struct tl *tl, NDIS_NET_BUFFER_LIST_INFO id, u64 value)
{
	NET_BUFFER_LIST_INFO(&tl->nbl, id) = (PVOID)value;
}

/* In the order of posting; filled ones at once, the last with a push. */
static void receive_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *a = tl_new(fx, 100, 0), *b = tl_new(fx, 100, 0);
	struct pe_seg push = { .seq = NXT + 130, .ack = UNA, .flags = CHIM_PSH,
			       .len = 10, .first = 131 };

	CHIM_COVERS(test, "RCV-010 RCV-011 RCV-014 RCV-016 RCV-017 RCV-034 RCV-036");
	CHIM_COVERS(test, "RCV-052 RCV-057 RCV-058");
	tl_next(a, b);
	expect_posted(fx, conn, CHIM_IO_RECEIVE, a);
	pe_data(fx, conn, 130, 1);
	KUNIT_ASSERT_EQ(test, fx->logged, 1);
	expect_call(fx, 0, CHIM_IO_RECEIVE, a);
	KUNIT_EXPECT_NULL(test, a->nbl.Next);
	expect_ended(test, a, NDIS_STATUS_SUCCESS, 100);
	KUNIT_EXPECT_TRUE(test, pending(b));
	pe_send(fx, conn, push);
	expect_call(fx, 1, CHIM_IO_RECEIVE, b);
	expect_ended(test, b, NDIS_STATUS_SUCCESS, 40);
	a->nb.CurrentMdlOffset = 0;
	a->nb.DataLength = 100;
	KUNIT_EXPECT_TRUE(test, tl_holds(&a->nbl, 100, 1));
	b->nb.CurrentMdlOffset = 0;
	b->nb.DataLength = 40;
	KUNIT_EXPECT_TRUE(test, tl_holds(&b->nbl, 40, 101));
}

/* What the host had put there counts, and stays (D-45, RCV-054). */
static void preloaded_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *tl = tl_new(fx, 100, 5), *full = tl_new(fx, 10, 0);

	CHIM_COVERS(test, "RCV-031 RCV-033 RCV-037 D-45");
	set_info(tl, TcpReceiveBytesTransferred, 30);
	set_info(tl, TcpReceiveNoPush, TRUE);
	expect_posted(fx, conn, CHIM_IO_RECEIVE, tl);
	pe_data(fx, conn, 69, 35);
	KUNIT_EXPECT_TRUE(test, pending(tl));
	pe_data(fx, conn, 1, 104);
	expect_ended(test, tl, NDIS_STATUS_SUCCESS, 100);
	tl->nb.CurrentMdlOffset = 0;
	tl->nb.DataLength = 100;
	KUNIT_EXPECT_TRUE(test, tl_holds(&tl->nbl, 100, 5));
	/* Filled before it comes: done at once. */
	set_info(full, TcpReceiveBytesTransferred, 10);
	expect_posted(fx, conn, CHIM_IO_RECEIVE, full);
	expect_ended(test, full, NDIS_STATUS_SUCCESS, 10);
}

/* Partly filled or empty, the termination completes them all. */
static void receive_end_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn, *end = tm_ref(fx, conn);
	struct tl *a = tl_new(fx, 100, 0), *b = tl_new(fx, 100, 0);

	CHIM_COVERS(test, "RCV-055 RCV-059 TRM-051 TRM-054 X-50");
	tl_next(a, b);
	expect_posted(fx, conn, CHIM_IO_RECEIVE, a);
	pe_data(fx, conn, 40, 1);
	wt_done(fx, CHIM_TERMINATE, end);
	expect_call(fx, 0, CHIM_IO_RECEIVE, a);
	KUNIT_EXPECT_EQ(test, transferred(a), 40U);
	KUNIT_EXPECT_EQ(test, a->nb.DataOffset, 40U);
	expect_ended(test, b, NDIS_STATUS_UPLOAD_IN_PROGRESS, 0);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[fx->logged - 1].p, (void *)&end->b);
	KUNIT_EXPECT_NULL(test, tb_tdeleg(end)->BufferedData);
	KUNIT_EXPECT_EQ(test, tb_tdeleg(end)->RcvNxt, NXT + 40);
}

static NDIS_STATUS take_all(struct fx *fx, struct tb *conn,
			    PNET_BUFFER_LIST list, PULONG consumed)
{
	int *logged = fx->priv;

	*logged = fx->logged;
	KUNIT_EXPECT_TRUE(fx->test, tl_holds(list, 130, 7));
	*consumed = 130;
	fx->tcp.TcpOffloadReceiveReturnHandler(fx->attach.MiniportAdapterContext,
					       list);
	return NDIS_STATUS_SUCCESS;
}

/* Buffered data goes the usual way once the offload has completed. */
static void buffered_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *link = tb_ref(fx, fx_offload4(fx).path, Ip4OffloadState);
	struct tb *conn = tb_conn(fx), *end = tm_ref(fx, conn);
	struct tl *got = tl_new(fx, 60, 7);
	int logged = -1;

	CHIM_COVERS(test, "INI-065 INI-083 R-04 X-17 O-04");
	tl_next(got, tl_new(fx, 70, 67));
	tb_tdeleg(conn)->BufferedData = &got->nbl;
	tb_depend(link, conn);
	fx->priv = &logged;
	fx->on_receive = take_all;
	fx->logged = 0;
	wt_done(fx, CHIM_INITIATE, link);
	KUNIT_EXPECT_EQ(test, logged, 1);
	KUNIT_EXPECT_EQ(test, pr_conn(fx, conn)->tcb.rcv_nxt, NXT);
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_NULL(test, tb_tdeleg(end)->BufferedData);
	KUNIT_EXPECT_EQ(test, tb_tdeleg(end)->RcvNxt, NXT);
}

/* --- disconnects --------------------------------------------------------- */

static void graceful_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *a = tl_new(fx, 100, 0), *bye = tl_new(fx, 20, 100);

	CHIM_COVERS(test, "DSC-010 DSC-014 DSC-050 DSC-051 DSC-054 DSC-055 DSC-058 D-55");
	expect_posted(fx, conn, CHIM_IO_SEND, a);
	expect_posted(fx, conn, CHIM_IO_DISCONNECT, bye);
	expect_frame(fx, UNA, 100, 0, CHIM_ACK | CHIM_PSH);
	expect_frame(fx, UNA + 100, 20, 100, CHIM_ACK | CHIM_PSH | CHIM_FIN);
	pe_ack(fx, conn, UNA + 120);
	KUNIT_ASSERT_EQ(test, fx->logged, 1);
	expect_call(fx, 0, CHIM_IO_SEND, a);
	KUNIT_EXPECT_NULL(test, a->nbl.Next);
	KUNIT_EXPECT_TRUE(test, pending(bye));
	pe_ack(fx, conn, UNA + 121);
	expect_call(fx, 1, CHIM_IO_DISCONNECT, bye);
	KUNIT_EXPECT_NULL(test, bye->nbl.Next);
	expect_ended(test, bye, NDIS_STATUS_SUCCESS, 20);
}

/* All acknowledged at once: two calls all the same. */
static void graceful_at_once_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *a = tl_new(fx, 100, 0), *bye = tl_new(fx, 0, 0);

	CHIM_COVERS(test, "DSC-014 DSC-054");
	expect_posted(fx, conn, CHIM_IO_SEND, a);
	expect_posted(fx, conn, CHIM_IO_DISCONNECT, bye);
	pe_ack(fx, conn, UNA + 101);
	KUNIT_ASSERT_EQ(test, fx->logged, 2);
	expect_call(fx, 0, CHIM_IO_SEND, a);
	KUNIT_EXPECT_NULL(test, a->nbl.Next);
	expect_call(fx, 1, CHIM_IO_DISCONNECT, bye);
	expect_ended(test, bye, NDIS_STATUS_SUCCESS, 0);
}

static void abortive_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *a = tl_new(fx, 100, 0), *r = tl_new(fx, 100, 0);
	struct tl *bye = tl_new(fx, 20, 0);
	struct pr_seg rst;
	int i, at = -1;

	CHIM_COVERS(test, "DSC-010 DSC-030 DSC-032 DSC-036 DSC-037 X-55 D-07");
	expect_posted(fx, conn, CHIM_IO_SEND, a);
	expect_posted(fx, conn, CHIM_IO_RECEIVE, r);
	expect_frame(fx, UNA, 100, 0, CHIM_ACK | CHIM_PSH);
	/* Data that an abort must not have is left alone. */
	expect_posted(fx, conn, CHIM_IO_ABORT, bye);
	KUNIT_ASSERT_TRUE(test, pr_segment(fx, &rst));
	KUNIT_EXPECT_TRUE(test, rst.flags & CHIM_RST);
	KUNIT_EXPECT_EQ(test, rst.data_len, 0U);
	KUNIT_EXPECT_EQ(test, fx->logged, 3);
	expect_ended(test, a, NDIS_STATUS_REQUEST_ABORTED, 0);
	expect_ended(test, r, NDIS_STATUS_REQUEST_ABORTED, 0);
	expect_ended(test, bye, NDIS_STATUS_SUCCESS, 0);
	for (i = 0; i < fx->logged; i++) {
		if (fx->log[i].p == &bye->nbl)
			at = i;
		if (fx->log[i].p == &a->nbl)
			KUNIT_EXPECT_EQ(test, at, -1);
	}
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
}

struct within {
	struct tb *conn;
	struct tl *bye;
	bool reset;
};

static void abort_within(struct fx *fx, const struct fx_entry *entry)
{
	struct within *w = fx->priv;
	struct pr_seg rst;

	if (entry->call != FX_EVENT || w->reset)
		return;
	expect_posted(fx, w->conn, CHIM_IO_ABORT, w->bye);
	w->reset = pr_segment(fx, &rst) && rst.flags & CHIM_RST;
	KUNIT_EXPECT_TRUE(fx->test, pending(w->bye));
}

/* The RST goes out while the host is in an indication. */
static void abort_within_event_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct within w = { .conn = fx_offload4(fx).conn };
	struct pe_seg fin = { .seq = NXT, .ack = UNA, .flags = CHIM_FIN };
	struct pr_seg seg;

	CHIM_COVERS(test, "DSC-034 DSC-036");
	w.bye = tl_new(fx, 0, 0);
	fx->priv = &w;
	fx->on_call = abort_within;
	pe_send(fx, w.conn, fin);
	fx->on_call = NULL;
	KUNIT_EXPECT_TRUE(test, w.reset);
	expect_ended(test, w.bye, NDIS_STATUS_SUCCESS, 0);
	KUNIT_EXPECT_FALSE(test, pr_segment(fx, &seg));
}

/* --- forwards ------------------------------------------------------------ */

static void forward_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *r = tl_new(fx, 50, 0);
	struct tl *a, *b, *bad = tl_new(fx, 19, 0), *worse;
	struct pe_seg seg = { .seq = NXT, .ack = UNA, .len = 30, .first = 1 };

	CHIM_COVERS(test, "FWD-010 FWD-012 FWD-013 FWD-018 D-54");
	expect_posted(fx, conn, CHIM_IO_RECEIVE, r);
	a = pe_forward(fx, seg);
	seg = (struct pe_seg) { .seq = NXT + 30, .ack = UNA, .len = 20,
				.first = 31 };
	b = pe_forward(fx, seg);
	worse = pe_forward(fx, seg);
	worse->data[12] = 0xf0;		/* a header longer than all of it */
	tl_next(a, bad);
	tl_next(a, worse);
	tl_next(a, b);
	expect_posted(fx, conn, CHIM_IO_FORWARD, a);
	KUNIT_EXPECT_EQ(test, (u32)a->nbl.Status, (u32)NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u32)bad->nbl.Status, (u32)NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u32)b->nbl.Status, (u32)NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, fx->logged, 2);
	KUNIT_EXPECT_PTR_EQ(test, a->nbl.Next, &bad->nbl);
	KUNIT_EXPECT_PTR_EQ(test, worse->nbl.Next, &b->nbl);
	expect_ended(test, r, NDIS_STATUS_SUCCESS, 50);
	r->nb.CurrentMdlOffset = 0;
	r->nb.DataLength = 50;
	KUNIT_EXPECT_TRUE(test, tl_holds(&r->nbl, 50, 1));
}

/* However late it comes, it is taken for what it is: something old. */
static void late_forward_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct pe_seg seg = { .seq = NXT - 500, .ack = UNA, .len = 300 };
	struct tl *late = pe_forward(fx, seg), *abort = tl_new(fx, 0, 0);

	CHIM_COVERS(test, "FWD-016 D-54");
	fx_advance(fx, 3600000);
	expect_posted(fx, conn, CHIM_IO_FORWARD, late);
	KUNIT_EXPECT_EQ(test, (u32)late->nbl.Status, (u32)NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, pr_conn(fx, conn)->tcb.rcv_nxt, NXT);
	expect_posted(fx, conn, CHIM_IO_ABORT, abort);
	late = pe_forward(fx, seg);
	expect_posted(fx, conn, CHIM_IO_FORWARD, late);
	KUNIT_EXPECT_EQ(test, (u32)late->nbl.Status,
			(u32)NDIS_STATUS_REQUEST_ABORTED);
}

static struct kunit_case io_cases[] = {
	KUNIT_CASE(send_test),
	KUNIT_CASE(context_test),
	KUNIT_CASE(buffers_test),
	KUNIT_CASE(empty_send_test),
	KUNIT_CASE(handed_over_test),
	KUNIT_CASE(pass_back_test),
	KUNIT_CASE(complete_at_end_test),
	KUNIT_CASE(receive_test),
	KUNIT_CASE(preloaded_test),
	KUNIT_CASE(receive_end_test),
	KUNIT_CASE(buffered_test),
	KUNIT_CASE(graceful_test),
	KUNIT_CASE(graceful_at_once_test),
	KUNIT_CASE(abortive_test),
	KUNIT_CASE(abort_within_event_test),
	KUNIT_CASE(forward_test),
	KUNIT_CASE(late_forward_test),
	{}
};

static struct kunit_suite io_suite = {
	.name = "chim_io",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = io_cases,
};

kunit_test_suite(io_suite);
