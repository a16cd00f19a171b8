// SPDX-License-Identifier: GPL-2.0
/*
 * Reassembly against a naive twin: a mark for each byte that has come. Random
 * segments, in any order, overlapping, again and again; after each the engine
 * must expect what the twin expects, and report nothing that it does not have.
 */
#include "bed.h"

#include "tcp/recv.h"

#include <linux/prandom.h>
#include <linux/sched.h>

/* Emulation with KCSAN is slow; there, races are what is looked for. */
#define RUNS	(IS_ENABLED(CONFIG_KCSAN) ? 5 : 150)
#define STREAM	12000

/**
 * struct ra - a run
 * @bd: the bed
 * @rnd: where chance comes from
 * @seed: of this run
 * @here: bytes that have come, as the twin has it
 * @nxt: the first one that has not
 * @edge: where the window ends
 * @end: length of the stream; the FIN follows
 * @fin: it has come in sequence
 * @maybe: it has come too early, with data: that may be kept or not
 * @owed: segments that are not acknowledged
 * @exact: nothing is dropped for lack of room, so the twin knows all
 */
struct ra {
	struct bd *bd;
	struct rnd_state rnd;
	u32 seed;
	bool here[STREAM];
	u32 nxt;
	u32 edge;
	u32 end;
	bool fin;
	bool maybe;
	u32 owed;
	bool exact;
};

/* A segment, and what the twin makes of it. */
struct piece {
	u32 from;
	u32 upto;
	bool fin;
	bool early;
	bool again;
};

static u32 below(struct ra *r, u32 ceiling)
{
	return (u64)prandom_u32_state(&r->rnd) * ceiling >> 32;
}

static void check(struct ra *r, bool what, const char *name)
{
	if (!what && !r->bd->test->status)
		KUNIT_FAIL(r->bd->test, "seed %u, next %u: %s", r->seed, r->nxt,
			   name);
}

/* --- the twin -------------------------------------------------------------- */

static void twin_takes(struct ra *r, struct piece *p)
{
	u32 i, was = r->nxt;

	p->early = p->from > r->nxt;
	p->again = false;
	for (i = p->from; i < p->upto && i < r->edge; i++) {
		p->again |= i < r->nxt || r->here[i];
		r->here[i] = true;
	}
	while (r->nxt < r->end && r->here[r->nxt])
		r->nxt++;
	if (p->fin && p->upto <= r->edge) {
		r->maybe |= p->from != p->upto;
		r->fin = p->from <= was && r->nxt == r->end;
	}
	r->edge = max(r->edge, r->nxt + r->bd->v.rcv_wnd);
}

/* --- the engine ------------------------------------------------------------ */

/* All of it lies in the queue, or is delivered. */
static bool is_held(struct ra *r, const struct chim_range *range)
{
	const struct chim_ooo *ooo = &r->bd->tcb.flow->ooo;
	struct rb_node *node;
	u32 at = range->start;

	if (seq_upto(range->end, r->bd->tcb.rcv_nxt))
		return true;
	for (node = rb_first(&ooo->tree); node; node = rb_next(node)) {
		struct chim_rx_cb *cb;

		cb = chim_rx_cb(rb_entry(node, struct sk_buff, rbnode));
		if (seq_upto(cb->seq, at) && seq_before(at, cb->end))
			at = cb->end;
	}
	return seq_from(at, range->end);
}

static void check_blocks(struct ra *r, const struct chim_frame *f,
			 const struct piece *p)
{
	u32 nxt = BD_RCV + r->nxt + r->fin;
	int i = 0;

	/* RFC 2883: what came twice goes first, once. */
	if (f->n_sack && (seq_before(f->sack[0].start, nxt) ||
			  (f->n_sack > 1 &&
			   seq_from(f->sack[0].start, f->sack[1].start) &&
			   seq_upto(f->sack[0].end, f->sack[1].end)))) {
		check(r, !r->exact || p->again, "reported as come again");
		check(r, is_held(r, &f->sack[0]) || !r->exact,
		      "duplicate of what never came");
		i = 1;
	}
	for (; i < f->n_sack; i++) {
		bool beyond = seq_after(f->sack[i].start, nxt);

		check(r, beyond && seq_before(f->sack[i].start, f->sack[i].end),
		      "block out of place");
		check(r, is_held(r, &f->sack[i]), "block of what is not there");
	}
}

static void check_acks(struct ra *r, const struct piece *p)
{
	const struct chim_frame *f;
	bool any = false;

	while ((f = bd_frame(r->bd))) {
		any = true;
		check(r, f->ack == r->bd->tcb.rcv_nxt, "acknowledgment");
		check_blocks(r, f, p);
	}
	check(r, any || !p->early, "early, and not acknowledged at once");
	r->owed = any ? 0 : r->owed + 1;
	check(r, r->owed < r->bd->cfg.ack_segs, "acknowledged too late");
}

static void engine_takes(struct ra *r, struct piece *p)
{
	struct chim_seg seg = bd_seg(r->bd);

	seg.seq = BD_RCV + p->from;
	seg.len = p->upto - p->from;
	seg.flags |= (p->fin ? CHIM_FIN : 0) | (below(r, 2) ? CHIM_PSH : 0);
	bd_input(r->bd, &seg);
	if (r->maybe && r->nxt == r->end &&
	    r->bd->tcb.rcv_nxt == BD_RCV + r->end + 1)
		r->fin = true;
	/* Where there is no room, it may expect less; then it leads. */
	if (!r->exact) {
		r->nxt = r->bd->tcb.rcv_nxt - BD_RCV;
		r->fin = r->nxt > r->end;
		r->nxt -= r->fin;
	}
	check(r, r->bd->tcb.rcv_nxt == BD_RCV + r->nxt + r->fin,
	      "the engine expects something else");
	check(r, r->bd->read == BD_RCV + r->nxt, "delivered is something else");
	check_acks(r, p);
}

/* --- runs ------------------------------------------------------------------ */

static void make_piece(struct ra *r, struct piece *p)
{
	u32 spread = below(r, 4) ? 3000 : 200;
	u32 from = r->nxt + below(r, spread);

	from -= min(from, below(r, 500));
	if (!below(r, 4))
		from = r->nxt;
	p->from = min(from, r->end);
	p->upto = min(p->from + 1 + below(r, 1000), r->end);
	p->fin = p->upto == r->end && below(r, 2);
	/* Nothing at all is no segment here. */
	if (p->from == p->upto)
		p->fin = true;
}

static void begin(struct ra *r, u32 seed)
{
	struct bd *bd = r->bd;

	memset(r->here, 0, sizeof(r->here));
	prandom_seed_state(&r->rnd, seed);
	r->seed = seed;
	r->nxt = 0;
	r->fin = false;
	r->maybe = false;
	r->owed = 0;
	r->end = 1 + below(r, STREAM);
	bd_reset(bd);
	bd->c.flags = below(r, 4) ? CHIM_CONN_SACK : 0;
	bd->v.rcv_wnd = 500 + below(r, 5000);
	bd->d.rcv_wnd = bd->v.rcv_wnd;
	bd->cfg.ack_segs = 1 + below(r, 4);
	if (!r->exact)
		bd->cfg.ooo_bytes = 2000 + below(r, 8000);
	r->edge = bd->v.rcv_wnd;
	bd_open(bd);
}

static void run(struct ra *r, u32 seed)
{
	struct piece p;
	u32 steps = 0;

	begin(r, seed);
	while (!r->fin && !r->bd->test->status && steps++ < 20000) {
		make_piece(r, &p);
		twin_takes(r, &p);
		engine_takes(r, &p);
	}
	check(r, r->fin, "the end never came");
	check(r, r->bd->tcb.state == CHIM_TCP_CLOSE_WAIT, "state");
	cond_resched();
}

static void go(struct kunit *test, bool exact)
{
	struct ra *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	u32 seed;

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->bd = test->priv;
	r->exact = exact;
	for (seed = 1; seed <= RUNS && !test->status; seed++)
		run(r, seed);
}

static void twin_test(struct kunit *test)
{
	CHIM_COVERS(test, "TCP-041 TCP-062 TMR-034 CON-011");
	go(test, true);
}

/* What was dropped for lack of room must not be reported (RFC 2018). */
static void no_room_test(struct kunit *test)
{
	CHIM_COVERS(test, "X-51");
	go(test, false);
}

static struct kunit_case reassembly_cases[] = {
	KUNIT_CASE(twin_test),
	KUNIT_CASE(no_room_test),
	{}
};

static struct kunit_suite reassembly_suite = {
	.name = "chim_reassembly",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = reassembly_cases,
};

kunit_test_suite(reassembly_suite);
