// SPDX-License-Identifier: GPL-2.0
/* The block of a connection, a stream of known bytes, a host that looks on. */
#include "delivery.h"
#include "packing.h"

#include "tcp/sendq.h"

#include <linux/slab.h>

#define HOST_BYTE	0xee
#define HEADROOM	64

static u8 stream_byte(u32 seq)
{
	return (seq * 0x9e3779b1) >> 24;
}

static struct dl *dl_of(struct chim_run *run)
{
	return container_of(run, struct dl, run);
}

static struct dl_req *req_of(struct chim_rreq *req)
{
	return container_of(req, struct dl_req, r);
}

/* --- what the machine calls ------------------------------------------------ */

static int no_emit(struct chim_run *run, const struct chim_frame *frame)
{
	return frame->len;
}

static void copy(struct chim_run *run, struct chim_rreq *req, u32 at,
		 const struct sk_buff *skb, u32 off, u32 len)
{
	struct kunit *test = dl_of(run)->test;

	KUNIT_EXPECT_GT(test, len, 0U);
	KUNIT_ASSERT_LE(test, at, req->len);
	KUNIT_ASSERT_LE(test, len, req->len - at);
	KUNIT_EXPECT_EQ(test, skb_copy_bits(skb, off, req_of(req)->data + at,
					    len), 0);
}

static bool describe(struct chim_run *run, struct sk_buff *skb)
{
	struct dl *dl = dl_of(run);

	KUNIT_EXPECT_NULL(dl->test, chim_rx_cb(skb)->desc);
	if (dl->starve)
		return false;
	chim_rx_cb(skb)->desc = kmalloc(1, GFP_KERNEL);
	if (!chim_rx_cb(skb)->desc)
		return false;
	dl->descs++;
	dl->described++;
	return true;
}

static void forget(struct chim_run *run, struct sk_buff *skb)
{
	KUNIT_EXPECT_NOT_NULL(dl_of(run)->test, chim_rx_cb(skb)->desc);
	kfree(chim_rx_cb(skb)->desc);
	chim_rx_cb(skb)->desc = NULL;
	dl_of(run)->descs--;
}

static struct sk_buff *pack(struct chim_run *run, struct sk_buff *to,
			    struct sk_buff *skb)
{
	struct dl *dl = dl_of(run);
	struct sk_buff *into;

	if (dl->starve)
		return NULL;
	into = pk_pack(to, skb);
	KUNIT_ASSERT_NOT_NULL(dl->test, chim_rx_cb(skb)->desc);
	if (into && !to)
		describe(run, into);
	dl->packed += !!into;
	return into;
}

static void *no_alloc(struct chim_run *run, size_t size)
{
	return NULL;
}

static void no_free(struct chim_run *run, void *memory, size_t size)
{
}

static const struct chim_tcp_ops ops = {
	.emit = no_emit,
	.copy = copy,
	.describe = describe,
	.forget = forget,
	.pack = pack,
	.alloc = no_alloc,
	.free = no_free,
};

/* --- setting up ------------------------------------------------------------ */

/* A new connection whose stream starts at @start. */
void dl_reset(struct dl *dl, u32 start)
{
	struct dl_req *req, *next;

	list_for_each_entry_safe(req, next, &dl->reqs, all)
		kfree(req);
	INIT_LIST_HEAD(&dl->reqs);
	memset(&dl->tcb, 0, sizeof(dl->tcb));
	memset(&dl->flow, 0, sizeof(dl->flow));
	dl->seq = start;
	dl->read = start;
	dl->wnd = 1 << 20;
	dl->v.rcv_wnd = dl->wnd;
	dl->v.rcv_ind_size = 0;
	dl->tcb.flow = &dl->flow;
	dl->tcb.state = CHIM_TCP_ESTABLISHED;
	dl->tcb.rcv_nxt = start;
	dl->tcb.rcv_wnd = dl->wnd;
	dl->tcb.rcv_adv = start + dl->wnd;
	chim_sendq_init(&dl->flow.sq, 0);
	chim_rx_init(&dl->flow.rx);
}

int dl_init(struct kunit *test)
{
	struct dl *dl = kunit_kzalloc(test, sizeof(*dl), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, dl);
	test->priv = dl;
	dl->test = test;
	INIT_LIST_HEAD(&dl->reqs);
	dl->cfg.tps = 1000;
	dl->cfg.push_ticks = DL_PUSH_TICKS;
	dl->c.remote_mss = 1460;
	dl->run = (struct chim_run){
		.ops = &ops, .cfg = &dl->cfg, .mib = &dl->mib,
		.tcb = &dl->tcb, .c = &dl->c, .v = &dl->v,
		/* The clock passes zero as well. */
		.now = -250, .mtu = 1500, .burst = 65536, .ip_len = 20,
	};
	dl_reset(dl, DL_START);
	return 0;
}

static void host_frees(struct dl *dl, struct sk_buff *skb)
{
	while (skb) {
		struct sk_buff *next = skb->next;

		forget(&dl->run, skb);
		skb_mark_not_on_list(skb);
		kfree_skb(skb);
		skb = next;
	}
}

void dl_exit(struct kunit *test)
{
	struct dl *dl = test->priv;
	u32 bytes;

	if (!dl)
		return;
	if (dl->busy)
		dl_return(dl, 0);
	dl_stop(dl, &bytes);
	KUNIT_EXPECT_EQ(test, dl->skbs, 0);
	KUNIT_EXPECT_EQ(test, dl->descs, 0);
	dl_reset(dl, 0);
}

/* --- the machine's books --------------------------------------------------- */

static u32 sum_bytes(struct sk_buff *skb)
{
	u32 sum = 0;

	for (; skb; skb = skb->next)
		sum += chim_rx_cb(skb)->end - chim_rx_cb(skb)->seq;
	return sum;
}

static void check_queues(struct dl *dl)
{
	struct chim_rx *rx = &dl->flow.rx;
	struct chim_rreq *req, **tail;
	struct sk_buff *skb, **end = &rx->head;
	bool fresh = !rx->fresh;
	u64 room = 0;

	for (skb = rx->head; skb; skb = skb->next) {
		KUNIT_EXPECT_NE(dl->test, chim_rx_cb(skb)->seq,
				chim_rx_cb(skb)->end);
		KUNIT_EXPECT_NOT_NULL(dl->test, chim_rx_cb(skb)->desc);
		fresh |= skb == rx->fresh;
		end = &skb->next;
	}
	KUNIT_EXPECT_PTR_EQ(dl->test, rx->tail, end);
	KUNIT_EXPECT_TRUE(dl->test, fresh);
	for (tail = &rx->req; (req = *tail); tail = &req->next)
		room += req->len - req->filled;
	KUNIT_EXPECT_PTR_EQ(dl->test, rx->req_tail, tail);
	KUNIT_EXPECT_EQ(dl->test, rx->room, room);
	for (tail = &rx->done; *tail; tail = &(*tail)->next)
		;
	KUNIT_EXPECT_PTR_EQ(dl->test, rx->done_tail, tail);
}

/* What holds whenever the connection is not locked. */
void dl_check(struct dl *dl)
{
	struct chim_rx *rx = &dl->flow.rx;
	u32 bytes = sum_bytes(rx->head);

	check_queues(dl);
	if (dl->busy && dl->call.kind == CHIM_CALL_INDICATE)
		bytes += sum_bytes(dl->call.skbs);
	KUNIT_EXPECT_EQ(dl->test, rx->bytes, bytes);
	if (!(dl->tcb.flags & CHIM_TCB_ABORTED))
		KUNIT_EXPECT_EQ(dl->test, dl->tcb.rcv_wnd - dl->tcb.rcv_debt +
				bytes, dl->wnd);
	KUNIT_EXPECT_EQ(dl->test, !!(rx->flags & CHIM_RX_BUSY), dl->busy);
	KUNIT_EXPECT_EQ(dl->test, chim_rx_idle(rx), !rx->head && !rx->req &&
			!rx->done && !dl->busy);
	if (rx->flags & (CHIM_RX_BUSY | CHIM_RX_STOPPED) ||
	    dl->tcb.flags & CHIM_TCB_HOLD)
		return;
	/* At rest, a request is never left beside data for it. */
	KUNIT_EXPECT_FALSE(dl->test, rx->head && rx->req);
	KUNIT_EXPECT_NULL(dl->test, rx->fresh);
}

/* --- what happens to the machine ------------------------------------------- */

static void skb_gone(struct sk_buff *skb)
{
	(*(struct dl **)skb->head)->skbs--;
}

static struct sk_buff *make_skb(struct dl *dl, u32 seq, u32 len, bool psh)
{
	/* Headers of some size are still in front. */
	u32 i, off = dl->skbs % 7;
	struct sk_buff *skb = alloc_skb(HEADROOM + off + len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(dl->test, skb);
	*(struct dl **)skb->head = dl;
	skb->destructor = skb_gone;
	dl->skbs++;
	skb_reserve(skb, HEADROOM);
	skb_put_zero(skb, off);
	for (i = 0; i < len; i++)
		skb_put_u8(skb, stream_byte(seq + i));
	*chim_rx_cb(skb) = (struct chim_rx_cb){
		.seq = seq, .end = seq + len, .off = off, .psh = psh,
	};
	return skb;
}

/* A segment with the next @len bytes arrives; returns what the machine does. */
bool dl_data(struct dl *dl, u32 len, bool psh)
{
	struct sk_buff *skb = make_skb(dl, dl->seq, len, psh);
	bool taken = chim_rx_data(&dl->run, skb);

	if (taken) {
		dl->tcb.rcv_nxt += len;
		dl->tcb.rcv_wnd -= len;
		dl->seq += len;
	} else {
		KUNIT_EXPECT_NULL(dl->test, chim_rx_cb(skb)->desc);
		kfree_skb(skb);
	}
	dl_check(dl);
	return taken;
}

/* @len bytes come with the connection: acknowledged, not in the window. */
void dl_preload(struct dl *dl, u32 len)
{
	struct sk_buff *skb;

	dl->read -= len;
	skb = make_skb(dl, dl->read, len, false);
	KUNIT_ASSERT_TRUE(dl->test, describe(&dl->run, skb));
	chim_rx_preload(&dl->run, skb);
	dl->tcb.flags |= CHIM_TCB_HOLD;
	dl->tcb.rcv_debt = len;
	dl_check(dl);
}

struct dl_req *dl_req(struct dl *dl, u32 len, u8 flags, u32 host)
{
	struct dl_req *req = kzalloc(struct_size(req, data, len), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(dl->test, req);
	list_add_tail(&req->all, &dl->reqs);
	memset(req->data, HOST_BYTE, host);
	req->host = host;
	req->id = dl->ids++;
	req->r.len = len;
	req->r.filled = host;
	req->r.flags = flags | (host ? CHIM_RREQ_PRELOADED : 0);
	return req;
}

void dl_post_list(struct dl *dl, struct dl_req **reqs, int n)
{
	int i;

	for (i = 0; i < n - 1; i++)
		reqs[i]->r.next = &reqs[i + 1]->r;
	chim_rx_post(&dl->run, &reqs[0]->r);
	dl_check(dl);
}

/* The push timer expires, whether it runs or not. */
void dl_expire(struct dl *dl)
{
	chim_rx_push_timer(&dl->run);
	KUNIT_EXPECT_TRUE(dl->test, dl->busy || !(dl->tcb.timers &
						  CHIM_TIMER_PUSH) ||
			  dl->flow.rx.push_due == dl->run.now + DL_PUSH_TICKS);
	dl_check(dl);
}

void dl_start(struct dl *dl)
{
	dl->tcb.flags &= ~CHIM_TCB_HOLD;
	chim_rx_start(&dl->run);
	dl_check(dl);
}

/* The peer's FIN has come; all before it has. */
void dl_fin(struct dl *dl)
{
	dl->tcb.pend |= CHIM_PEND_FIN;
	dl->tcb.state = CHIM_TCP_CLOSE_WAIT;
}

/* The peer has reset the connection. */
void dl_rst(struct dl *dl)
{
	dl->tcb.pend |= CHIM_PEND_ABORT;
	dl->tcb.flags |= CHIM_TCB_ABORTED;
	dl->tcb.state = CHIM_TCP_CLOSED;
}

/* --- what the host sees ---------------------------------------------------- */

static void look_at_bytes(struct dl *dl, const u8 *data, u32 seq, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (data[i] != stream_byte(seq + i))
			break;
	KUNIT_EXPECT_EQ_MSG(dl->test, i, len, "bytes from %u on", seq);
}

static void look_at_req(struct dl *dl, struct dl_req *req)
{
	u32 i, n = req->r.filled - req->host;

	KUNIT_EXPECT_LE(dl->test, req->host, req->r.filled);
	KUNIT_EXPECT_LE(dl->test, req->r.filled, req->r.len);
	for (i = 0; i < req->host; i++)
		KUNIT_EXPECT_EQ(dl->test, req->data[i], HOST_BYTE);
	look_at_bytes(dl, req->data + req->host, dl->read, n);
	KUNIT_EXPECT_EQ(dl->test, !!(req->r.flags & CHIM_RREQ_PLACED), !!n);
	dl->read += n;
}

static void look_at_skbs(struct dl *dl, struct sk_buff *skb)
{
	u32 seq = dl->read;

	for (; skb; skb = skb->next) {
		struct chim_rx_cb *cb = chim_rx_cb(skb);
		u32 n = cb->end - cb->seq;

		KUNIT_EXPECT_EQ(dl->test, cb->seq, seq);
		KUNIT_EXPECT_NOT_NULL(dl->test, cb->desc);
		KUNIT_ASSERT_LE(dl->test, cb->off + n, skb->len);
		look_at_bytes(dl, skb->data + cb->off, seq, n);
		seq += n;
	}
}

/* Asks for the next call and looks at what it is given; it is under way then. */
enum chim_call_kind dl_next(struct dl *dl)
{
	struct chim_call call;
	struct chim_rreq *req;
	bool due = chim_rx_next(&dl->run, &call);

	KUNIT_EXPECT_EQ(dl->test, due, call.kind != CHIM_CALL_NONE);
	if (!due) {
		dl_check(dl);
		return CHIM_CALL_NONE;
	}
	KUNIT_EXPECT_FALSE(dl->test, dl->busy);
	dl->call = call;
	dl->busy = true;
	KUNIT_EXPECT_EQ(dl->test, !call.reqs, call.kind != CHIM_CALL_COMPLETE);
	KUNIT_EXPECT_EQ(dl->test, !call.skbs, call.kind != CHIM_CALL_INDICATE);
	for (req = call.reqs; req; req = req->next)
		look_at_req(dl, req_of(req));
	look_at_skbs(dl, call.skbs);
	KUNIT_EXPECT_EQ(dl->test, sum_bytes(call.skbs), call.bytes);
	dl_check(dl);
	return call.kind;
}

/* The call returns, an indication with @accepted bytes taken. */
void dl_return(struct dl *dl, u32 accepted)
{
	struct sk_buff *all = NULL;

	KUNIT_ASSERT_TRUE(dl->test, dl->busy);
	dl->busy = false;
	if (dl->call.kind == CHIM_CALL_INDICATE) {
		dl->read += accepted;
		if (accepted == dl->call.bytes)
			all = dl->call.skbs;
	}
	chim_rx_returned(&dl->run, &dl->call, accepted);
	host_frees(dl, all);
	dl_check(dl);
}

/* The host aborts the connection; what it has not seen is lost. */
void dl_abort(struct dl *dl)
{
	chim_rx_abort(&dl->run, CHIM_END_ABORTED);
	dl_check(dl);
}

/* The connection is terminated; returns the requests, drops the data. */
struct chim_rreq *dl_stop(struct dl *dl, u32 *undelivered)
{
	struct chim_rreq *reqs, *req;
	struct sk_buff *skbs;

	skbs = chim_rx_stop(&dl->run, CHIM_END_UPLOAD, &reqs);
	for (req = reqs; req; req = req->next)
		look_at_req(dl, req_of(req));
	look_at_skbs(dl, skbs);
	*undelivered = sum_bytes(skbs);
	dl->wnd -= *undelivered;
	host_frees(dl, skbs);
	KUNIT_EXPECT_FALSE(dl->test, dl->tcb.timers & CHIM_TIMER_PUSH);
	KUNIT_EXPECT_TRUE(dl->test, chim_rx_idle(&dl->flow.rx));
	return reqs;
}

bool dl_is_list(struct chim_rreq *list, struct dl_req **reqs, int n)
{
	int i;

	for (i = 0; i < n; i++, list = list->next)
		if (list != &reqs[i]->r)
			return false;
	return !list;
}

/* Does the push timer run, to expire in @due ticks? */
bool dl_timer(struct dl *dl, u32 due)
{
	return (dl->tcb.timers & CHIM_TIMER_PUSH) &&
	       dl->flow.rx.push_due == dl->run.now + due;
}

/* --- what a test expects --------------------------------------------------- */

void dl_calls(struct dl *dl, enum chim_call_kind kind, int line)
{
	KUNIT_ASSERT_EQ_MSG(dl->test, (int)dl_next(dl), (int)kind, "line %d",
			    line);
}

void dl_completing(struct dl *dl, struct dl_req **reqs, int n, int line)
{
	dl_calls(dl, CHIM_CALL_COMPLETE, line);
	KUNIT_EXPECT_TRUE_MSG(dl->test, dl_is_list(dl->call.reqs, reqs, n),
			      "line %d", line);
}

void dl_completes(struct dl *dl, struct dl_req **reqs, int n, int line)
{
	dl_completing(dl, reqs, n, line);
	dl_return(dl, 0);
}

void dl_indicating(struct dl *dl, u32 n, int line)
{
	dl_calls(dl, CHIM_CALL_INDICATE, line);
	KUNIT_EXPECT_EQ_MSG(dl->test, dl->call.bytes, n, "line %d", line);
}

void dl_indicates(struct dl *dl, u32 n, u32 taken, int line)
{
	dl_indicating(dl, n, line);
	dl_return(dl, taken);
}

void dl_event(struct dl *dl, enum chim_call_kind kind, int line)
{
	dl_calls(dl, kind, line);
	dl_return(dl, 0);
}

void dl_ended(struct dl *dl, const struct dl_req *req, enum chim_end why, u32 n,
	      int line)
{
	KUNIT_EXPECT_EQ_MSG(dl->test, (int)req->r.why, (int)why, "line %d",
			    line);
	KUNIT_EXPECT_EQ_MSG(dl->test, req->r.filled - req->host, n, "line %d",
			    line);
}

void dl_timer_runs(struct dl *dl, u32 due, int line)
{
	KUNIT_EXPECT_TRUE_MSG(dl->test, dl_timer(dl, due), "line %d", line);
}

void dl_timer_rests(struct dl *dl, int line)
{
	KUNIT_EXPECT_FALSE_MSG(dl->test, dl->tcb.timers & CHIM_TIMER_PUSH,
			       "line %d", line);
}
