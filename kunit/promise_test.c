// SPDX-License-Identifier: GPL-2.0
/* Promises of the host about data, broken; and what requests are kept in. */
#include "peer.h"
#include "terminate.h"

#include "ndis/nbl.h"
#include "tcp/flow.h"

#include <linux/if_ether.h>
#include <linux/kthread.h>
#include <linux/tcp.h>

#define UNA	1000U	/* of the fixture's connections */
#define NXT	2000U

static void post(struct fx *fx, struct tb *conn, enum chim_io io,
		 struct tl *tl)
{
	KUNIT_EXPECT_EQ(fx->test, tl_post(fx, &conn->context, io, &tl->nbl),
			NDIS_STATUS_PENDING);
}

static bool is_done(const struct tl *tl, NDIS_STATUS status)
{
	return tl->nbl.Status == status;
}

/* --- where requests wait ---------------------------------------------------- */

/* Members before, and behind, what is the target's. */
static bool same_around(const NET_BUFFER_LIST *a, const NET_BUFFER_LIST *b)
{
	size_t end = offsetofend(NET_BUFFER_LIST, Scratch);

	return !memcmp(a, b, offsetof(NET_BUFFER_LIST, MiniportReserved)) &&
	       !memcmp((u8 *)a + end, (u8 *)b + end, sizeof(*a) - end);
}

/* In MiniportReserved, and no other member is touched until the completion. */
static void promise_queue_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *a = tl_new(fx, 10, 0), *b = tl_new(fx, 20, 10);
	const struct chim_sreq *head;
	NET_BUFFER_LIST was_a, was_b;

	CHIM_COVERS(test, "SND-012 SND-011");
	memset(a->nbl.NetBufferListInfo, 0x5a, sizeof(a->nbl.NetBufferListInfo));
	was_a = a->nbl;
	was_b = b->nbl;
	post(fx, conn, CHIM_IO_SEND, a);
	post(fx, conn, CHIM_IO_SEND, b);
	head = pr_conn(fx, conn)->tcb.flow->sq.head;
	KUNIT_EXPECT_PTR_EQ(test, (PVOID)head, (PVOID)a->nbl.MiniportReserved);
	KUNIT_EXPECT_PTR_EQ(test, a->nbl.MiniportReserved[0],
			    (PVOID)b->nbl.MiniportReserved);
	KUNIT_EXPECT_TRUE(test, same_around(&a->nbl, &was_a));
	KUNIT_EXPECT_TRUE(test, same_around(&b->nbl, &was_b));
	pe_ack(fx, conn, UNA + 30);
	KUNIT_EXPECT_TRUE(test, is_done(b, NDIS_STATUS_SUCCESS));
}

/* --- calls that overlap ----------------------------------------------------- */

#define THREADS	4
#define CALLS	200
#define BYTES	10

struct caller {
	struct task_struct *task;
	struct fx *fx;
	struct tb *conn;
	enum chim_io io;
	struct tl *tl[CALLS];
	struct completion done;
};

static int call(void *data)
{
	struct caller *c = data;
	int i;

	for (i = 0; i < CALLS; i++) {
		tl_post(c->fx, &c->conn->context, c->io, &c->tl[i]->nbl);
		cond_resched();
	}
	complete(&c->done);
	return 0;
}

static void start(struct caller *c)
{
	int i;

	init_completion(&c->done);
	for (i = 0; i < CALLS; i++)
		c->tl[i] = tl_new(c->fx, BYTES, 0);
	c->task = kthread_run(call, c, "chim-promise");
	if (IS_ERR(c->task))
		complete(&c->done);
	KUNIT_EXPECT_FALSE(c->fx->test, IS_ERR(c->task));
}

static void drain(struct fx *fx)
{
	struct sk_buff *skb;

	while ((skb = fx_frame(fx)))
		kfree_skb(skb);
}

/* The peer answers all that is sent and sends what receives wait for. */
static void serve_all(struct fx *fx, struct tb *conn)
{
	struct chim_tcb *tcb = &pr_conn(fx, conn)->tcb;
	int i;

	for (i = 0; i < THREADS / 2 * CALLS; i++) {
		pe_data(fx, conn, BYTES, 0);
		pe_ack(fx, conn, tcb->snd_max);
		drain(fx);
	}
}

/* The host says it makes one call of a kind at a time; it makes several. */
static void promise_overlap_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct caller *c;
	int i, n, bad = 0;

	CHIM_COVERS(test, "SND-017 SND-018 RCV-013");
	c = kunit_kcalloc(test, THREADS, sizeof(*c), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c);
	for (i = 0; i < THREADS; i++) {
		c[i].fx = fx;
		c[i].conn = conn;
		c[i].io = i & 1 ? CHIM_IO_RECEIVE : CHIM_IO_SEND;
		start(&c[i]);
	}
	for (i = 0; i < THREADS; i++)
		wait_for_completion(&c[i].done);
	serve_all(fx, conn);
	for (i = 0; i < THREADS; i++)
		for (n = 0; n < CALLS; n++)
			bad += !is_done(c[i].tl[n], NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, bad, 0);
	KUNIT_EXPECT_EQ(test, pr_conn(fx, conn)->tcb.snd_una,
			UNA + THREADS / 2 * CALLS * BYTES);
	KUNIT_EXPECT_EQ(test, pr_conn(fx, conn)->tcb.rcv_nxt,
			NXT + THREADS / 2 * CALLS * BYTES);
}

/* --- urgent data ------------------------------------------------------------ */

/* Whatever is set in the structures, nothing is sent as urgent. */
static void promise_urgent_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct tl *tl = tl_new(fx, 10, 0);
	struct sk_buff *skb;
	int frames = 0;

	CHIM_COVERS(test, "SND-020");
	tl->nbl.Flags = ~0;
	tl->nbl.NblFlags = ~0;
	tl->nbl.Scratch = (void *)~0UL;
	memset(tl->nbl.NetBufferListInfo, 0xff,
	       sizeof(tl->nbl.NetBufferListInfo));
	drain(fx);
	post(fx, conn, CHIM_IO_SEND, tl);
	while ((skb = fx_frame(fx))) {
		if (skb->protocol == htons(ETH_P_IP)) {
			KUNIT_EXPECT_FALSE(test, tcp_hdr(skb)->urg);
			KUNIT_EXPECT_EQ(test, ntohs(tcp_hdr(skb)->urg_ptr), 0);
			frames++;
		}
		kfree_skb(skb);
	}
	KUNIT_EXPECT_EQ(test, frames, 1);
	pe_ack(fx, conn, UNA + 10);
	KUNIT_EXPECT_TRUE(test, is_done(tl, NDIS_STATUS_SUCCESS));
}

/* --- forwarded segments ------------------------------------------------------ */

struct late {
	struct tb *conn;
	struct tl *tl;
};

static void forward_at_once(struct fx *fx, enum chim_verb verb,
			    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct late *late = fx->priv;

	if (verb == CHIM_INITIATE)
		post(fx, late->conn, CHIM_IO_FORWARD, late->tl);
}

/* A datagram that came in fragments: longer than a segment, in two MDLs. */
static struct tl *reassembled(struct fx *fx, u32 seq, u32 len, u8 first)
{
	struct pe_seg seg = { .seq = seq, .ack = UNA, .len = len / 2,
			      .first = first };
	struct tl *a = pe_forward(fx, seg);
	struct tl *b = tl_new(fx, len - len / 2, first + len / 2);

	a->mdl.Next = &b->mdl;
	a->nb.DataLength += b->nb.DataLength;
	return a;
}

/* As they came during the offload, by another way, or were put together. */
static void promise_forward_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *link = tb_ref(fx, fx_offload4(fx).path, Ip4OffloadState);
	struct tb *conn = tb_conn(fx);
	struct pe_seg seg = { .seq = NXT, .ack = UNA, .len = 30, .first = 1 };
	struct late late = { .conn = conn };
	struct tl *r = tl_new(fx, 3130, 0), *tl;

	CHIM_COVERS(test, "FWD-014 FWD-013");
	late.tl = pe_forward(fx, seg);
	tb_depend(link, conn);
	fx->priv = &late;
	fx->on_complete = forward_at_once;
	wt_done(fx, CHIM_INITIATE, link);
	fx->on_complete = NULL;
	KUNIT_EXPECT_TRUE(test, is_done(late.tl, NDIS_STATUS_SUCCESS));
	KUNIT_EXPECT_EQ(test, pr_conn(fx, conn)->tcb.rcv_nxt, NXT + 30);
	post(fx, conn, CHIM_IO_RECEIVE, r);
	/* The second half of what follows comes first, from the wire. */
	seg = (struct pe_seg) { .seq = NXT + 3030, .ack = UNA, .len = 100,
				.first = (1 + 3030) & 0xff };
	pe_send(fx, conn, seg);
	tl = reassembled(fx, NXT + 30, 3000, 31);
	post(fx, conn, CHIM_IO_FORWARD, tl);
	KUNIT_EXPECT_TRUE(test, is_done(tl, NDIS_STATUS_SUCCESS));
	KUNIT_ASSERT_TRUE(test, is_done(r, NDIS_STATUS_SUCCESS));
	r->nb.CurrentMdlOffset = 0;
	r->nb.DataLength = 3130;
	KUNIT_EXPECT_TRUE(test, tl_holds(&r->nbl, 3130, 1));
}

/* Too early, there is no connection; during the termination, it still is. */
static void promise_forward_when_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct tb *conn = tb_conn(fx), *end = tm_ref(fx, c.conn);
	struct pe_seg seg = { .seq = NXT, .ack = UNA, .len = 30, .first = 1 };
	struct tl *early = pe_forward(fx, seg), *late = pe_forward(fx, seg);
	struct tl *last = pe_forward(fx, seg);
	PVOID context = c.conn->context;
	struct pr_hold *hold;

	CHIM_COVERS(test, "FWD-015 TRM-051");
	hold = kunit_kzalloc(test, sizeof(*hold), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, hold);
	post(fx, conn, CHIM_IO_FORWARD, early);
	fx_flush(fx);
	KUNIT_EXPECT_TRUE(test, is_done(early, NDIS_STATUS_UPLOAD_IN_PROGRESS));
	fx->logged = 0;
	pr_hold(fx, hold);
	fx_submit(fx, CHIM_TERMINATE, end);
	post(fx, c.conn, CHIM_IO_FORWARD, late);
	pr_release(fx, hold);
	KUNIT_EXPECT_TRUE(test, is_done(late, NDIS_STATUS_SUCCESS));
	FX_EXPECT_STATUS(test, end, NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, fx->logged, 2);
	KUNIT_EXPECT_PTR_EQ(test, fx->log[0].p, (void *)&late->nbl);
	KUNIT_EXPECT_EQ(test, tb_tdeleg(end)->RcvNxt, NXT + 30);
	if (tb_tdeleg(end)->BufferedData)
		fx->tcp.TcpOffloadReceiveReturnHandler(fx->attach.MiniportAdapterContext,
						       tb_tdeleg(end)->BufferedData);
	tl_post(fx, context, CHIM_IO_FORWARD, &last->nbl);
	fx_flush(fx);
	KUNIT_EXPECT_TRUE(test, is_done(last, NDIS_STATUS_UPLOAD_IN_PROGRESS));
}

/* --- a host that does not terminate ------------------------------------------ */

/* Everything is refused with one status; state is there to the end. */
static void stay(struct fx *fx, struct tb *conn, NDIS_STATUS status)
{
	static const enum chim_io ios[] = {
		CHIM_IO_SEND, CHIM_IO_RECEIVE, CHIM_IO_FORWARD,
		CHIM_IO_DISCONNECT,
	};
	struct pe_seg seg = { .seq = NXT, .ack = UNA, .len = 30, .first = 1 };
	struct tb *end = tm_ref(fx, conn);
	struct tl *tl;
	int i;

	for (i = 0; i < ARRAY_SIZE(ios); i++) {
		tl = ios[i] == CHIM_IO_FORWARD ? pe_forward(fx, seg) :
						 tl_new(fx, 10, 0);
		post(fx, conn, ios[i], tl);
		KUNIT_EXPECT_EQ_MSG(fx->test, (u32)tl->nbl.Status, (u32)status,
				    "request %d", i);
	}
	pe_send(fx, conn, seg);
	fx_advance(fx, 3600000);
	chim_conn_kick(pr_conn(fx, conn));
	KUNIT_EXPECT_EQ(fx->test, tb_tdeleg(pr_query(fx, conn))->RcvNxt, NXT);
	drain(fx);
	fx->logged = 0;
	wt_done(fx, CHIM_TERMINATE, end);
	KUNIT_EXPECT_EQ(fx->test, fx->logged, 1);
	KUNIT_EXPECT_EQ(fx->test, tb_tdeleg(end)->RcvNxt, NXT);
	KUNIT_EXPECT_EQ(fx->test, tb_tdeleg(end)->SndUna, UNA);
}

static void promise_after_abort_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct pe_seg rst = { .seq = NXT, .ack = UNA, .flags = CHIM_RST };

	CHIM_COVERS(test, "EVT-054");
	pe_send(fx, conn, rst);
	KUNIT_EXPECT_EQ(test, pr_events(fx, conn, TcpIndicateAbort, 0), 1);
	stay(fx, conn, NDIS_STATUS_REQUEST_ABORTED);
}

static void promise_after_upload_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct pe_seg urgent = { .seq = NXT, .ack = UNA,
				 .flags = CHIM_URG | CHIM_PSH, .len = 1 };

	CHIM_COVERS(test, "EVT-072 EVT-073");
	pe_send(fx, conn, urgent);
	KUNIT_EXPECT_EQ(test, pr_events(fx, conn, TcpIndicateRetrieve,
					ReceivedUrgentData), 1);
	stay(fx, conn, NDIS_STATUS_UPLOAD_IN_PROGRESS);
}

static struct kunit_case promise_cases[] = {
	KUNIT_CASE(promise_queue_test),
	KUNIT_CASE(promise_overlap_test),
	KUNIT_CASE(promise_urgent_test),
	KUNIT_CASE(promise_forward_test),
	KUNIT_CASE(promise_forward_when_test),
	KUNIT_CASE(promise_after_abort_test),
	KUNIT_CASE(promise_after_upload_test),
	{}
};

static struct kunit_suite promise_suite = {
	.name = "chim_promise",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = promise_cases,
};

kunit_test_suite(promise_suite);
