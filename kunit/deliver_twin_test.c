// SPDX-License-Identifier: GPL-2.0
/*
 * The delivery algorithm against a twin that knows single bytes only and is
 * written down from the charts, on long random runs: data, requests, calls and
 * what happens during them, time, the ends of a connection.
 */
#include "delivery.h"

#include <linux/prandom.h>
#include <linux/slab.h>

/* Emulation with KCSAN is slow; there, races are what is looked for. */
#define ROUNDS		(IS_ENABLED(CONFIG_KCSAN) ? 5 : 400)
#define STEPS		250
#define BYTES_MAX	4000
#define REQS_MAX	1024

struct tw_byte {
	bool psh;
	bool last;		/* of its skb */
};

struct tw_req {
	struct dl_req *req;
	u32 filled;
	bool placed;
	enum chim_end why;
};

/**
 * struct twin - what the charts say the machine is
 * @buf: undelivered bytes, buffered and queued, oldest first
 * @n: bytes in @buf
 * @later: bytes at the end of @buf that are queued by S.1
 * @out: bytes at the start of @buf that are being indicated
 * @req: all requests, in the order of posting
 * @first: first one that is not done
 * @count: requests in @req
 * @taken: those before this one were completed
 * @busy: a call is under way
 * @hold: the offload has not completed
 * @banned: refused data is not indicated
 * @posted: requests came during the call
 * @expired: the timer expired during the call
 * @timer: the push timer runs
 * @due: until then
 * @fin: a FIN is to be told
 * @rst: a reset is to be told
 * @closed: requests were ended for a FIN
 * @dead: a reset was told, or the host has aborted
 * @call: the last one
 */
struct twin {
	struct tw_byte buf[BYTES_MAX];
	u32 n;
	u32 later;
	u32 out;
	struct tw_req req[REQS_MAX];
	u32 first;
	u32 count;
	u32 taken;
	bool busy;
	bool hold;
	bool banned;
	bool posted;
	bool expired;
	bool timer;
	u32 due;
	bool fin;
	bool rst;
	bool closed;
	bool dead;
	enum chim_call_kind call;
};

/* --- the charts ------------------------------------------------------------ */

static bool tw_push_part(const struct twin *tw)
{
	const struct tw_req *q = &tw->req[tw->first];

	return tw->first < tw->count && q->filled > 0 &&
	       q->filled < q->req->r.len &&
	       !(q->req->r.flags & CHIM_RREQ_NOPUSH);
}

static void tw_done(struct twin *tw, enum chim_end why)
{
	tw->req[tw->first++].why = why;
	tw->timer = false;
}

/* F.2, D-49 */
static void tw_done_filled(struct twin *tw)
{
	while (tw->first < tw->count) {
		struct tw_req *q = &tw->req[tw->first];

		if (q->filled < q->req->r.len)
			return;
		if (!q->req->r.len && tw->n == tw->later)
			return;
		tw_done(tw, CHIM_END_OK);
	}
}

static void tw_drop(struct twin *tw, u32 n)
{
	memmove(tw->buf, tw->buf + n, (tw->n - n) * sizeof(tw->buf[0]));
	tw->n -= n;
}

/* F, with all bytes that are not queued. */
static void tw_fill(struct twin *tw)
{
	bool placed = false, pushed = false;

	tw_done_filled(tw);
	while (tw->first < tw->count && tw->n > tw->later) {
		tw->req[tw->first].filled++;
		tw->req[tw->first].placed = true;
		placed = true;
		pushed = tw->buf[0].psh;
		tw_drop(tw, 1);
		tw_done_filled(tw);
	}
	if (placed && pushed && tw->n == tw->later && tw_push_part(tw)) {
		tw_done(tw, CHIM_END_OK);
		tw_done_filled(tw);
	}
}

static void tw_start_timer(struct twin *tw, u32 now)
{
	if (!tw_push_part(tw) || tw->timer)
		return;
	tw->timer = true;
	tw->due = now + DL_PUSH_TICKS;
}

/* All that waits, in the order of D-53. */
static void tw_go(struct twin *tw, u32 now)
{
	if (tw->busy || tw->hold)
		return;
	tw_fill(tw);
	while (tw->later) {
		while (!tw->buf[tw->n - tw->later].last)
			tw->later--;
		tw->later--;
		tw_fill(tw);
	}
	if (tw->expired && tw_push_part(tw)) {
		tw_done(tw, CHIM_END_OK);
		tw_done_filled(tw);
	}
	tw->expired = false;
	tw_start_timer(tw, now);
}

static void tw_data(struct twin *tw, u32 len, bool psh, u32 now)
{
	u32 i;

	for (i = 0; i < len; i++)
		tw->buf[tw->n++] = (struct tw_byte){ psh, i == len - 1 };
	tw->later += len;
	if (tw->timer)
		tw->due = now + DL_PUSH_TICKS;
	tw_go(tw, now);
}

static void tw_post(struct twin *tw, struct dl_req *req, u32 now)
{
	struct tw_req *q = &tw->req[tw->count++];

	*q = (struct tw_req){ .req = req, .filled = req->host };
	tw->banned = false;
	tw->posted = true;
	if (tw->dead || tw->closed) {
		tw->first = tw->count;
		q->why = tw->dead ? CHIM_END_ABORTED :
			 !req->r.len || tw->fin ? CHIM_END_OK : CHIM_END_STATE;
	} else if (q->filled && q->filled < req->r.len && !tw->timer &&
		   !(req->r.flags & CHIM_RREQ_NOPUSH)) {
		tw->timer = true;
		tw->due = now + DL_PUSH_TICKS;
	}
}

static void tw_end_all(struct twin *tw, enum chim_end why)
{
	while (tw->first < tw->count)
		tw_done(tw, why);
}

static enum chim_call_kind tw_end_call(struct twin *tw)
{
	if (tw->rst)
		return CHIM_CALL_ABORT;
	if (!tw->fin)
		return CHIM_CALL_NONE;
	if (!tw->closed) {
		tw->closed = true;
		tw_end_all(tw, CHIM_END_OK);
		if (tw->taken < tw->first)
			return CHIM_CALL_COMPLETE;
	}
	tw->fin = false;
	return CHIM_CALL_DISCONNECT;
}

static enum chim_call_kind tw_call(struct twin *tw)
{
	if (tw->busy || tw->hold)
		return CHIM_CALL_NONE;
	if (tw->closed && (tw->fin || tw->rst))
		return tw_end_call(tw);
	if (tw->taken < tw->first)
		return CHIM_CALL_COMPLETE;
	if (tw->n)
		return tw->banned ? CHIM_CALL_NONE : CHIM_CALL_INDICATE;
	return tw_end_call(tw);
}

static enum chim_call_kind tw_next(struct twin *tw, u32 wanted)
{
	enum chim_call_kind kind = tw_call(tw);

	if (kind == CHIM_CALL_NONE)
		return kind;
	tw->call = kind;
	tw->busy = true;
	tw->posted = false;
	tw->out = 0;
	if (kind == CHIM_CALL_INDICATE)
		while (tw->out < tw->n) {
			bool last = tw->buf[tw->out++].last;

			if (last && wanted && tw->out >= wanted)
				break;
		}
	return kind;
}

static void tw_return(struct twin *tw, u32 accepted, u32 now)
{
	tw->busy = false;
	if (tw->call == CHIM_CALL_INDICATE) {
		if (tw->dead)
			tw_drop(tw, tw->out);
		else
			tw_drop(tw, accepted);
		if (accepted < tw->out && !tw->dead && !tw->posted)
			tw->banned = true;
	} else if (tw->call == CHIM_CALL_ABORT) {
		tw->rst = false;
		tw->fin = false;
		tw->dead = true;
		tw_end_all(tw, CHIM_END_ABORTED);
	}
	tw->out = 0;
	tw_go(tw, now);
}

static void tw_abort(struct twin *tw)
{
	tw->fin = false;
	tw->rst = false;
	tw->dead = true;
	tw->n = tw->out;
	tw->later = 0;
	tw->expired = false;
	tw->timer = false;
	tw->banned = false;
	tw_end_all(tw, CHIM_END_ABORTED);
}

/* --- both, side by side ---------------------------------------------------- */

struct pair {
	struct dl *dl;
	struct twin *tw;
	struct rnd_state rnd;
	bool over;		/* the peer sends no more */
};

static u32 below(struct pair *p, u32 n)
{
	return prandom_u32_state(&p->rnd) % n;
}

static void compare(struct pair *p)
{
	struct dl *dl = p->dl;
	struct twin *tw = p->tw;
	struct kunit *test = dl->test;
	u32 i;

	KUNIT_ASSERT_EQ(test, dl->flow.rx.bytes, tw->n);
	KUNIT_ASSERT_EQ(test, !!(dl->tcb.timers & CHIM_TIMER_PUSH), tw->timer);
	if (tw->timer)
		KUNIT_ASSERT_EQ(test, dl->flow.rx.push_due, tw->due);
	for (i = tw->taken; i < tw->count; i++)
		KUNIT_ASSERT_EQ(test, tw->req[i].req->r.filled,
				tw->req[i].filled);
}

static void do_data(struct pair *p)
{
	struct dl *dl = p->dl;
	u32 len = below(p, 8) ? 1 + below(p, 40) : 1 + below(p, 300);
	bool psh = !below(p, 3);

	if (p->over || p->tw->dead || p->tw->n + len > BYTES_MAX)
		return;
	dl->starve = !below(p, 8);
	/* Whether it is taken then is seen elsewhere. */
	if (dl_data(dl, len, psh))
		tw_data(p->tw, len, psh, dl->run.now);
	else
		KUNIT_EXPECT_TRUE(dl->test, dl->starve);
	dl->starve = false;
}

static void do_post(struct pair *p)
{
	static const u32 most[] = { 1, 10, 100, 100, 300 };
	struct dl_req *req[3];
	u32 i, n = 1 + below(p, ARRAY_SIZE(req));

	if (p->tw->count + n > REQS_MAX)
		return;
	for (i = 0; i < n; i++) {
		u32 len = below(p, most[below(p, ARRAY_SIZE(most))]);
		u32 host = below(p, 6) ? 0 : below(p, len + 1);

		req[i] = dl_req(p->dl, len,
				below(p, 3) ? 0 : CHIM_RREQ_NOPUSH, host);
		tw_post(p->tw, req[i], p->dl->run.now);
	}
	tw_go(p->tw, p->dl->run.now);
	dl_post_list(p->dl, req, n);
}

static void do_time(struct pair *p)
{
	struct dl *dl = p->dl;

	dl->run.now += below(p, 60);
	if (p->tw->timer && (s32)(p->tw->due - dl->run.now) <= 0) {
		dl_expire(dl);
		p->tw->timer = false;
		p->tw->expired = true;
		tw_go(p->tw, dl->run.now);
	}
}

static void see_completion(struct pair *p)
{
	struct chim_rreq *r = p->dl->call.reqs;
	struct twin *tw = p->tw;

	for (; tw->taken < tw->first; tw->taken++, r = r->next) {
		struct tw_req *q = &tw->req[tw->taken];

		KUNIT_ASSERT_PTR_EQ(p->dl->test, r, &q->req->r);
		KUNIT_ASSERT_EQ(p->dl->test, (int)r->why, (int)q->why);
		KUNIT_ASSERT_EQ(p->dl->test, r->filled, q->filled);
	}
	KUNIT_ASSERT_NULL(p->dl->test, r);
}

/* RCV-094: it may be more than was wanted where small segments were joined. */
static void see_indication(struct pair *p)
{
	struct dl *dl = p->dl;
	struct twin *tw = p->tw;

	if (dl->v.rcv_ind_size && dl->packed) {
		KUNIT_ASSERT_GE(dl->test, dl->call.bytes, tw->out);
		KUNIT_ASSERT_LE(dl->test, dl->call.bytes, tw->n);
		tw->out = dl->call.bytes;
	}
	KUNIT_ASSERT_EQ(dl->test, dl->call.bytes, tw->out);
}

static bool do_next(struct pair *p)
{
	struct dl *dl = p->dl;
	enum chim_call_kind kind = tw_next(p->tw, dl->v.rcv_ind_size);

	KUNIT_ASSERT_EQ(dl->test, (int)dl_next(dl), (int)kind);
	if (kind == CHIM_CALL_COMPLETE)
		see_completion(p);
	if (kind == CHIM_CALL_INDICATE)
		see_indication(p);
	return kind != CHIM_CALL_NONE;
}

static void do_return(struct pair *p)
{
	u32 accepted = 0;

	if (p->dl->call.kind == CHIM_CALL_INDICATE)
		switch (below(p, 3)) {
		case 0:
			accepted = below(p, p->tw->out);
			break;
		case 1:
			accepted = p->tw->out;
			break;
		}
	dl_return(p->dl, accepted);
	tw_return(p->tw, accepted, p->dl->run.now);
}

/* The last things, none of them often. */
static void do_end(struct pair *p)
{
	if (below(p, 40))
		return;
	switch (below(p, 4)) {
	case 0:
	case 1:
		if (!p->over && !p->tw->dead) {
			dl_fin(p->dl);
			p->tw->fin = true;
			p->over = true;
		}
		break;
	case 2:
		if (!p->tw->dead && !p->tw->rst) {
			dl_rst(p->dl);
			p->tw->rst = true;
			p->over = true;
		}
		break;
	case 3:
		if (!below(p, 3)) {
			dl_abort(p->dl);
			tw_abort(p->tw);
		}
		break;
	}
}

static void step(struct pair *p)
{
	switch (below(p, 12)) {
	case 0 ... 2:
		do_data(p);
		break;
	case 3 ... 4:
		do_post(p);
		break;
	case 5:
		do_time(p);
		break;
	case 6:
		do_end(p);
		break;
	case 7:
		if (p->tw->hold && !below(p, 3)) {
			p->tw->hold = false;
			dl_start(p->dl);
			tw_go(p->tw, p->dl->run.now);
		}
		break;
	default:
		if (p->tw->busy)
			do_return(p);
		else
			do_next(p);
		break;
	}
	compare(p);
}

/* What is left comes back as the twin says. */
static void finish(struct pair *p)
{
	struct twin *tw = p->tw;
	struct chim_rreq *r;
	u32 undelivered;

	if (tw->busy)
		do_return(p);
	r = dl_stop(p->dl, &undelivered);
	KUNIT_EXPECT_EQ(p->dl->test, undelivered, tw->n);
	for (; tw->taken < tw->count; tw->taken++, r = r->next) {
		struct tw_req *q = &tw->req[tw->taken];

		if (tw->taken >= tw->first)
			q->why = q->placed ? CHIM_END_OK : CHIM_END_UPLOAD;
		KUNIT_ASSERT_PTR_EQ(p->dl->test, r, &q->req->r);
		KUNIT_EXPECT_EQ(p->dl->test, (int)r->why, (int)q->why);
	}
	KUNIT_EXPECT_NULL(p->dl->test, r);
}

static void play(struct pair *p, u32 round)
{
	static const u32 sizes[] = { 0, 0, 0, 1, 50, 1000 };
	struct twin *tw = p->tw;
	struct dl *dl = p->dl;
	u32 i;

	memset(tw, 0, sizeof(*tw));
	p->over = false;
	dl_reset(dl, -below(p, 3000));
	dl->v.rcv_ind_size = sizes[below(p, ARRAY_SIZE(sizes))];
	dl->run.now = -below(p, 6000);
	if (!below(p, 3)) {
		u32 len = 1 + below(p, 400);

		dl_preload(dl, len);
		tw->hold = true;
		for (; tw->n < len; tw->n++)
			tw->buf[tw->n].last = tw->n == len - 1;
	}
	for (i = 0; i < STEPS; i++)
		step(p);
	finish(p);
	KUNIT_ASSERT_EQ_MSG(dl->test, dl->skbs, 0, "round %u", round);
	KUNIT_ASSERT_EQ_MSG(dl->test, dl->descs, 0, "round %u", round);
}

static void twin_test(struct kunit *test)
{
	struct pair p = { .dl = test->priv };
	u32 round;

	CHIM_COVERS(test, "RCV-016 RCV-017 RCV-050 RCV-111 RCV-112 D-53");
	p.tw = kunit_kzalloc(test, sizeof(*p.tw), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p.tw);
	prandom_seed_state(&p.rnd, 4711);
	for (round = 0; round < ROUNDS; round++)
		play(&p, round);
}

static struct kunit_case deliver_twin_cases[] = {
	KUNIT_CASE(twin_test),
	{}
};

static struct kunit_suite deliver_twin_suite = {
	.name = "chim_deliver_twin",
	.init = dl_init,
	.exit = dl_exit,
	.test_cases = deliver_twin_cases,
};

kunit_test_suite(deliver_twin_suite);
