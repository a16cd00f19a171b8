// SPDX-License-Identifier: GPL-2.0
/* A bed for the TCP engine: its ops, the service of an event, the host's side. */
#include "bed.h"
#include "packing.h"

#include <linux/slab.h>

#define HEADROOM	64

u8 bd_byte(u32 seq)
{
	return (seq * 0x9e3779b1) >> 24;
}

static struct bd *bed_of(const struct chim_run *run)
{
	return container_of(run->tcb, struct bd, tcb);
}

static struct bd_sreq *sreq_of(struct chim_sreq *req)
{
	return container_of(req, struct bd_sreq, r);
}

static struct bd_rreq *rreq_of(struct chim_rreq *req)
{
	return container_of(req, struct bd_rreq, r);
}

static bool fails(int *left)
{
	if (!*left)
		return false;
	--*left;
	return true;
}

/* --- received data --------------------------------------------------------- */

static void skb_gone(struct sk_buff *skb)
{
	(*(struct bd **)skb->head)->skbs--;
}

struct sk_buff *bd_skb(struct bd *bd, u32 seq, u32 off, u32 len)
{
	struct sk_buff *skb = alloc_skb(HEADROOM + off + len, GFP_KERNEL);
	u8 *data;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(bd->test, skb);
	*(struct bd **)skb->head = bd;
	skb->destructor = skb_gone;
	bd->skbs++;
	skb_reserve(skb, HEADROOM);
	skb_put_zero(skb, off);
	data = skb_put(skb, len);
	for (i = 0; i < len; i++)
		data[i] = bd_byte(seq + i);
	return skb;
}

/* Is this what the host is to see next? */
static void look_at(struct bd *bd, const struct sk_buff *skb, u32 off, u32 len)
{
	u32 i, wrong = 0;

	KUNIT_ASSERT_LE(bd->test, off + len, skb->len);
	for (i = 0; i < len; i++)
		wrong += skb->data[off + i] != bd_byte(bd->read + i);
	KUNIT_EXPECT_EQ(bd->test, wrong, 0U);
	bd->read += len;
}

/* --- what the engine calls ------------------------------------------------- */

static int emit(struct chim_run *run, const struct chim_frame *frame)
{
	struct bd *bd = bed_of(run);
	struct chim_frame copy = *frame;

	if (fails(&bd->fail_emit))
		return -ENOMEM;
	bd_check_frame(bd, frame);
	if (bd->emit_most && frame->len > bd->emit_most) {
		copy.len = bd->emit_most;
		copy.flags &= ~(CHIM_FIN | CHIM_PSH);
	}
	if (bd->on_frame)
		bd->on_frame(bd, &copy);
	else
		bd->frames[bd->sent++ % BD_LOG] = copy;
	return copy.len;
}

static void copy(struct chim_run *run, struct chim_rreq *req, u32 at,
		 const struct sk_buff *skb, u32 off, u32 len)
{
	struct bd *bd = bed_of(run);

	KUNIT_EXPECT_EQ(bd->test, at, req->filled);
	KUNIT_EXPECT_LE(bd->test, at + len, req->len);
	look_at(bd, skb, off, len);
}

static bool describe(struct chim_run *run, struct sk_buff *skb)
{
	struct bd *bd = bed_of(run);

	KUNIT_EXPECT_NULL(bd->test, chim_rx_cb(skb)->desc);
	if (fails(&bd->fail_describe))
		return false;
	chim_rx_cb(skb)->desc = bd;
	bd->descs++;
	return true;
}

static void forget(struct chim_run *run, struct sk_buff *skb)
{
	struct bd *bd = bed_of(run);

	KUNIT_EXPECT_PTR_EQ(bd->test, chim_rx_cb(skb)->desc, (void *)bd);
	chim_rx_cb(skb)->desc = NULL;
	bd->descs--;
}

static struct sk_buff *pack(struct chim_run *run, struct sk_buff *to,
			    struct sk_buff *skb)
{
	struct bd *bd = bed_of(run);
	struct sk_buff *into;

	if (fails(&bd->fail_pack))
		return NULL;
	into = pk_pack(to, skb);
	if (into && !to && chim_rx_cb(skb)->desc && !describe(run, into)) {
		kfree_skb(into);
		return NULL;
	}
	bd->packed += !!into;
	return into;
}

static void *alloc_mem(struct chim_run *run, size_t size)
{
	struct bd *bd = bed_of(run);
	void *memory;

	if (fails(&bd->fail_alloc))
		return NULL;
	memory = kzalloc(size, GFP_KERNEL);
	bd->blocks += !!memory;
	return memory;
}

static void free_mem(struct chim_run *run, void *memory, size_t size)
{
	bed_of(run)->blocks--;
	kfree(memory);
}

static const struct chim_tcp_ops ops = {
	.emit = emit,
	.copy = copy,
	.describe = describe,
	.forget = forget,
	.pack = pack,
	.alloc = alloc_mem,
	.free = free_mem,
};

/* --- what the host is told ------------------------------------------------- */

static u32 sends_ended(struct bd *bd, struct chim_sreq *req)
{
	struct chim_sreq *next;
	u32 n = 0;

	for (; req; req = next, n++) {
		next = req->next;
		KUNIT_EXPECT_EQ(bd->test, sreq_of(req)->order, 0U);
		KUNIT_EXPECT_NE(bd->test, (int)req->why, BD_NOT_ENDED);
		sreq_of(req)->order = ++bd->order;
	}
	return n;
}

static u32 receives_ended(struct bd *bd, struct chim_rreq *req)
{
	struct chim_rreq *next;
	u32 n = 0;

	for (; req; req = next, n++) {
		next = req->next;
		KUNIT_EXPECT_EQ(bd->test, rreq_of(req)->order, 0U);
		KUNIT_EXPECT_NE(bd->test, (int)req->why, BD_NOT_ENDED);
		rreq_of(req)->order = ++bd->order;
	}
	return n;
}

/* Looks at @bytes of data; if @all, they are the host's and are freed. */
static void take_data(struct bd *bd, struct sk_buff *skb, u32 bytes, bool all)
{
	struct sk_buff *next;

	for (; skb; skb = next) {
		struct chim_rx_cb *cb = chim_rx_cb(skb);
		u32 n = min(bytes, cb->end - cb->seq);

		next = skb->next;
		KUNIT_EXPECT_PTR_EQ(bd->test, cb->desc, (void *)bd);
		if (n)
			KUNIT_EXPECT_EQ(bd->test, cb->seq, bd->read);
		look_at(bd, skb, cb->off, n);
		bytes -= n;
		if (all) {
			bd->descs--;
			skb_mark_not_on_list(skb);
			kfree_skb(skb);
		}
	}
	KUNIT_EXPECT_EQ(bd->test, bytes, 0U);
}

static void make_call(struct bd *bd, struct chim_call *call, u32 *took)
{
	struct bd_call log = { .kind = call->kind, .info = call->info };

	*took = 0;
	if (call->kind == CHIM_CALL_SENT)
		log.n = sends_ended(bd, call->sent);
	else if (call->kind == CHIM_CALL_COMPLETE)
		log.n = receives_ended(bd, call->reqs);
	log.bytes = call->bytes;
	/* EVT-030 */
	if (call->kind == CHIM_CALL_DISCONNECT)
		KUNIT_EXPECT_EQ(bd->test, bd->read, bd->tcb.rcv_nxt - 1);
	if (bd->on_call)
		bd->on_call(bd, &log);
	if (call->kind == CHIM_CALL_INDICATE) {
		*took = min(call->bytes, bd->accept);
		take_data(bd, call->skbs, *took, *took == call->bytes);
		log.took = *took;
	}
	if (call->kind == CHIM_CALL_BACKLOG)
		bd->backlog = call->info;
	else
		bd->calls[bd->made++ % BD_LOG] = log;
}

/* --- service of an event, as in drivers/state/service.c -------------------- */

static void go_on(struct bd *bd, struct chim_run *run)
{
	run->now = bd->now;
	run->mtu = bd->mtu;
	run->muted = bd->muted;
	run->tight = bd->tight;
	run->mss = 0;
}

void bd_begin(struct bd *bd, struct chim_run *run)
{
	memset(run, 0, sizeof(*run));
	run->ops = &ops;
	run->cfg = &bd->cfg;
	run->mib = &bd->mib;
	run->tcb = &bd->tcb;
	run->c = &bd->c;
	run->v = &bd->v;
	run->burst = bd->burst;
	run->ip_len = bd->ip_len;
	go_on(bd, run);
}

static void take_notes(struct bd *bd, struct chim_run *run)
{
	bd->progress += run->progress;
	bd->doubt += run->doubt;
	run->progress = false;
	run->doubt = false;
}

static void end_refused(struct bd *bd, struct chim_run *run)
{
	struct chim_ended ended;

	chim_ended_take(run->tcb, &ended);
	sends_ended(bd, ended.sends);
	receives_ended(bd, ended.reqs);
}

/* There are two ways to ask, and one answer. */
static bool is_due(struct bd *bd, struct chim_run *run, struct chim_call *call)
{
	bool due = chim_tcp_call_due(run);

	KUNIT_EXPECT_EQ(bd->test, chim_tcp_next_call(run, call), due);
	return due;
}

static void make_calls(struct bd *bd, struct chim_run *run)
{
	struct chim_call call;
	u32 took;

	while (is_due(bd, run, &call)) {
		make_call(bd, &call, &took);
		go_on(bd, run);
		chim_tcp_returned(run, &call, took);
	}
}

static void ask_if_muted(struct chim_run *run)
{
	if (!run->wanted)
		return;
	run->wanted = false;
	chim_tcp_upload(run, CHIM_UPLOAD_INVALID);
}

void bd_finish(struct bd *bd, struct chim_run *run)
{
	int rounds = 0;
	bool again;

	if (bd->serving) {
		take_notes(bd, run);
		bd->again = true;
		return;
	}
	bd->serving = true;
	do {
		KUNIT_ASSERT_LT(bd->test, rounds++, 1000);
		bd->again = false;
		make_calls(bd, run);
		chim_tcp_output(run);
		ask_if_muted(run);
		again = chim_tcp_call_due(run);
		chim_flow_rest(run);
		take_notes(bd, run);
		end_refused(bd, run);
		go_on(bd, run);
	} while (again || bd->again);
	bd->serving = false;
	bd_check(bd);
}

/* --- beginning and end ----------------------------------------------------- */

static void set_defaults(struct bd *bd)
{
	bd->c.remote_mss = BD_MSS;
	bd->v = (struct chim_conn_cached) {
		.rcv_wnd = BD_WND,
		.ka_probes = 5,
		.ka_timeout = 10000,
		.ka_interval = 1000,
	};
	bd->d = (struct chim_conn_deleg) {
		.state = CHIM_TCP_ESTABLISHED,
		.rcv_nxt = BD_RCV,
		.rcv_wnd = BD_WND,
		.snd_una = BD_SND,
		.snd_nxt = BD_SND,
		.snd_max = BD_SND,
		.snd_wnd = BD_WND,
		.max_snd_wnd = BD_WND,
		.snd_wl1 = BD_RCV,
		.cwnd = BD_CWND,
		.ssthresh = 100000,
		.ts_recent = BD_NOW - 100,
		.ka_left = CHIM_TICKS_NONE,
		.rt_left = CHIM_TICKS_NONE,
		.srtt = 8 * 100,
		.rttvar = 4 * 50,
	};
	bd->cfg = (struct chim_tcp_cfg) {
		.tps = 1000,
		.ack_ticks = 200,
		.push_ticks = 500,
		.sws_ticks = 1000,
		.dup_acks = 3,
		.ack_segs = 2,
		.retransmissions = 5,
		.ooo_bytes = 1 << 20,
	};
	bd->mtu = 1500;
	bd->burst = BD_MSS;
	bd->ip_len = 20;
	bd->wnd = BD_WND;
	bd->accept = U32_MAX;
	bd->now = BD_NOW;
}

static void clear(struct bd *bd)
{
	struct kunit *test = bd->test;

	memset(bd, 0, sizeof(*bd));
	bd->test = test;
	INIT_LIST_HEAD(&bd->sreqs);
	INIT_LIST_HEAD(&bd->rreqs);
	bd->adopt_tail = &bd->adopt;
	set_defaults(bd);
}

int bd_init(struct kunit *test)
{
	struct bd *bd = kunit_kzalloc(test, sizeof(*bd), GFP_KERNEL);

	if (!bd)
		return -ENOMEM;
	test->priv = bd;
	bd->test = test;
	clear(bd);
	return 0;
}

static void free_requests(struct bd *bd)
{
	struct bd_sreq *s, *next_s;
	struct bd_rreq *r, *next_r;

	list_for_each_entry_safe(s, next_s, &bd->sreqs, all)
		kfree(s);
	list_for_each_entry_safe(r, next_r, &bd->rreqs, all)
		kfree(r);
}

void bd_exit(struct kunit *test)
{
	struct bd *bd = test->priv;

	bd_end(bd);
	free_requests(bd);
}

void bd_reset(struct bd *bd)
{
	bd_exit(bd->test);
	clear(bd);
}

struct bd_sreq *bd_sreq(struct bd *bd, u32 len, u8 flags)
{
	struct bd_sreq *req = kzalloc(sizeof(*req), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(bd->test, req);
	req->r.len = len;
	req->r.flags = flags;
	req->r.why = BD_NOT_ENDED;
	req->seq = bd->end;
	bd->end += len;
	list_add_tail(&req->all, &bd->sreqs);
	return req;
}

struct bd_sreq *bd_adopt(struct bd *bd, u32 len)
{
	struct bd_sreq *req;

	if (!bd->adopt)
		bd->end = bd->d.snd_una;
	req = bd_sreq(bd, len, CHIM_SREQ_OFFLOADED);
	*bd->adopt_tail = &req->r;
	bd->adopt_tail = &req->r.next;
	return req;
}

void bd_load(struct bd *bd)
{
	struct sk_buff *skb = NULL;
	struct chim_run run;

	KUNIT_ASSERT_FALSE(bd->test, bd->open);
	if (!bd->adopt)
		bd->end = bd->d.snd_una;
	bd_begin(bd, &run);
	chim_tcp_open(&run, &bd->d, bd->buffered);
	bd->fin = bd->tcb.told & CHIM_PEND_FIN;
	bd->read = bd->d.rcv_nxt - bd->fin - bd->buffered;
	if (bd->buffered) {
		skb = bd_skb(bd, bd->read, 0, bd->buffered);
		describe(&run, skb);
	}
	KUNIT_ASSERT_TRUE(bd->test, chim_tcp_adopt(&run, bd->adopt, skb));
	bd->open = true;
	bd->was = bd->tcb;
	bd->told_edge = bd->tcb.rcv_adv;
	bd->told_tsval = bd->d.ts_time;
	bd_check(bd);
}

void bd_start(struct bd *bd)
{
	struct chim_run run;

	bd_begin(bd, &run);
	chim_tcp_start(&run);
	bd_finish(bd, &run);
}

void bd_open(struct bd *bd)
{
	bd_load(bd);
	bd_start(bd);
}

void bd_read(struct bd *bd, struct chim_conn_deleg *d)
{
	struct chim_run run;

	bd_begin(bd, &run);
	chim_tcp_read(&run, d);
}

/* What goes back is what has not ended, in order. */
static void take_sends(struct bd *bd, struct chim_sreq *req)
{
	struct bd_sreq *next = NULL;

	list_for_each_entry(next, &bd->sreqs, all) {
		if (next->order)
			continue;
		KUNIT_EXPECT_PTR_EQ(bd->test, req, &next->r);
		if (req)
			req = req->next;
		next->back = true;
	}
	KUNIT_EXPECT_NULL(bd->test, req);
}

static void take_urgent(struct bd *bd, struct sk_buff *skb)
{
	struct sk_buff *next;

	for (; skb; skb = next, bd->rest_urgent++) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		kfree_skb(skb);
	}
}

static void take_rest(struct bd *bd, struct chim_rest *rest)
{
	struct sk_buff *skb;
	struct bd_rreq *r;
	u32 from = bd->read;

	bd->rest_abort = rest->abort;
	for (skb = rest->skbs; skb; skb = skb->next)
		bd->rest_bytes += chim_rx_cb(skb)->end - chim_rx_cb(skb)->seq;
	take_data(bd, rest->skbs, bd->rest_bytes, true);
	bd->read = from;
	sends_ended(bd, rest->done);
	receives_ended(bd, rest->reqs);
	take_sends(bd, rest->sends);
	list_for_each_entry(r, &bd->rreqs, all)
		KUNIT_EXPECT_NE(bd->test, r->order, 0U);
	take_urgent(bd, rest->urgent);
}

void bd_end(struct bd *bd)
{
	struct chim_rest rest;
	struct chim_run run;

	if (!bd->open)
		return;
	bd_begin(bd, &run);
	chim_tcp_quiesce(&run);
	chim_tcp_read(&run, &bd->d);
	chim_tcp_close(&run, &rest);
	take_notes(bd, &run);
	bd->open = false;
	take_rest(bd, &rest);
	KUNIT_EXPECT_EQ(bd->test, bd->skbs, 0);
	KUNIT_EXPECT_EQ(bd->test, bd->descs, 0);
	KUNIT_EXPECT_EQ(bd->test, bd->blocks, 0);
	KUNIT_EXPECT_EQ(bd->test, bd->mib.curr_estab, 0ULL);
}
