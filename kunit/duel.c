// SPDX-License-Identifier: GPL-2.0
/* Runs of duels: chance, the clock, and the service of events. */
#include "duel.h"

#include "tcp/seq.h"

#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/slab.h>

/* Emulation with KCSAN is slow; there, races are what is looked for. */
static unsigned int runs = IS_ENABLED(CONFIG_KCSAN) ? 3 : 30;
module_param(runs, uint, 0444);
MODULE_PARM_DESC(runs, "random runs of each kind");

static unsigned int first = 1;
module_param(first, uint, 0444);
MODULE_PARM_DESC(first, "seed of the first run of each kind");

#define STEPS_MAX	400000
/* Longer than any timer: who does not move for so long never will. */
#define DEAD_S		(4 * 3600)

/**
 * duel_below() - a number below a ceiling
 * @d: the duel
 * @ceiling: the ceiling, at least 1
 *
 * Context: test thread.
 * Return: the number.
 */
u32 duel_below(struct duel *d, u32 ceiling)
{
	return (u64)prandom_u32_state(&d->rnd) * ceiling >> 32;
}

/**
 * duel_percent() - does it happen?
 * @d: the duel
 * @percent: how likely
 *
 * Context: test thread.
 * Return: true if so.
 */
bool duel_percent(struct duel *d, u32 percent)
{
	return percent && duel_below(d, 100) < percent;
}

/**
 * duel_permille() - does it happen?
 * @d: the duel
 * @permille: how likely
 *
 * Context: test thread.
 * Return: true if so.
 */
bool duel_permille(struct duel *d, u32 permille)
{
	return permille && duel_below(d, 1000) < permille;
}

/**
 * duel_byte() - a byte of a side's stream
 * @s: the side
 * @pos: its place
 *
 * Context: any.
 * Return: the byte.
 */
u8 duel_byte(const struct duel_side *s, u64 pos)
{
	u32 x = ((u32)pos ^ s->salt) * 0x9e3779b1U;

	return x >> 24 ^ x >> 13;
}

static void dump_side(struct duel_side *s)
{
	const struct chim_tcb *tcb = duel_tcb(s);

	kunit_info(s->duel->test,
		   "%s: state %u flags %x timers %x cong %u, una %u nxt %u max %u, wnd %u cwnd %u, rcv %u wnd %u debt %u, flow %d unsent %llu held %u\n",
		   s->name, tcb->state, tcb->flags, tcb->timers, tcb->cong,
		   tcb->snd_una - s->iss, tcb->snd_nxt - s->iss,
		   tcb->snd_max - s->iss, tcb->snd_wnd, tcb->cwnd,
		   tcb->rcv_nxt - duel_peer(s)->iss, tcb->rcv_wnd,
		   tcb->rcv_debt, !!tcb->flow,
		   tcb->flow ? tcb->flow->sq.unsent : 0,
		   tcb->flow ? tcb->flow->rx.bytes : 0);
	kunit_info(s->duel->test,
		   "%s: posted %llu of %llu, taken %llu, %d receives, told fin %d abort %d, closing %d fin %d sick %d dead %d muted %d\n",
		   s->name, s->posted, s->goal, s->taken, s->n_recvs,
		   s->told_fin, s->told_abort, s->closing, s->fin_out, s->sick,
		   s->dead, s->muted);
}

/**
 * duel_dump() - say how things stand
 * @d: the duel
 *
 * Context: test thread.
 */
void duel_dump(struct duel *d)
{
	dump_side(&d->side[0]);
	dump_side(&d->side[1]);
}

/**
 * duel_begin() - prepare a run of the engine
 * @s: the side
 * @run: filled in
 *
 * Context: test thread.
 */
void duel_begin(struct duel_side *s, struct chim_run *run)
{
	memset(run, 0, sizeof(*run));
	run->ops = &duel_ops;
	run->cfg = &s->cfg;
	run->mib = &s->mib;
	run->tcb = duel_tcb(s);
	run->c = &s->c;
	run->v = &s->v;
	run->now = s->duel->now + s->skew;
	run->mtu = s->mtu;
	run->burst = s->burst;
	run->ip_len = 20;
	run->muted = s->muted;
}

static void go_on(struct duel_side *s, struct chim_run *run)
{
	run->now = s->duel->now + s->skew;
	run->mtu = s->mtu;
	run->muted = s->muted;
	run->mss = 0;
}

static void complete_refused(struct duel_side *s, struct chim_run *run)
{
	struct chim_ended ended;

	chim_ended_take(run->tcb, &ended);
	duel_host_sent(s, ended.sends);
	duel_host_received(s, ended.reqs);
}

/* There are two ways to ask, and one answer. */
static bool is_due(struct duel_side *s, struct chim_run *run,
		   struct chim_call *call)
{
	bool due = chim_tcp_call_due(run);

	if (chim_tcp_next_call(run, call) == due)
		return due;
	duel_bad(s, "two answers to whether a call is due");
	return false;
}

static void make_calls(struct duel_side *s, struct chim_run *run)
{
	struct chim_call call;
	u32 accepted;

	while (!s->duel->failed && is_due(s, run, &call)) {
		duel_host_call(s, &call, &accepted);
		go_on(s, run);
		chim_tcp_returned(run, &call, accepted);
	}
}

static void ask_if_muted(struct chim_run *run)
{
	if (!run->wanted)
		return;
	run->wanted = false;
	chim_tcp_upload(run, CHIM_UPLOAD_INVALID);
}

/**
 * duel_serve() - do what a run wants done
 * @s: the side
 * @run: the run
 *
 * Like the service of connections: an event that comes while others are served
 * leaves a mark.
 *
 * Context: test thread.
 */
void duel_serve(struct duel_side *s, struct chim_run *run)
{
	if (s->owned) {
		s->again = true;
		return;
	}
	s->owned = true;
	do {
		s->again = false;
		make_calls(s, run);
		chim_tcp_output(run);
		ask_if_muted(run);
		s->again |= chim_tcp_call_due(run);
		chim_flow_rest(run);
		complete_refused(s, run);
		if (run->progress)
			s->duel->alive_at = s->duel->now;
		duel_check(s);
	} while (s->again && !s->duel->failed);
	s->owned = false;
}

/**
 * duel_timer() - the timer of a side runs out, perhaps early
 * @s: the side
 *
 * Context: test thread.
 */
void duel_timer(struct duel_side *s)
{
	struct chim_run run;

	duel_begin(s, &run);
	chim_tcp_timer(&run);
	duel_serve(s, &run);
}

static bool side_due(struct duel_side *s, u32 *due)
{
	u32 left;

	if (!chim_tcp_due(duel_tcb(s), s->duel->now + s->skew, &left))
		return false;
	*due = s->duel->now + left;
	return true;
}

/* A host with something to do does not wait for long timers. */
static bool is_waiting(struct duel *d)
{
	int i;

	for (i = 0; i < 2; i++) {
		const struct duel_side *s = &d->side[i];

		if (s->dead || s->told_abort)
			continue;
		if (s->sick || s->muted || !s->closing ||
		    (!s->n_recvs && !s->told_fin))
			return false;
	}
	return true;
}

/* Returns false if nothing will ever happen by itself. */
static bool pass_time(struct duel *d)
{
	u32 due, first = 0;
	bool any = false;
	int i;

	for (i = 0; i < 2; i++) {
		if (!side_due(&d->side[i], &due))
			continue;
		if (!any || seq_before(due, first))
			first = due;
		any = true;
	}
	if (duel_next_due(d, &due) && (!any || seq_before(due, first))) {
		first = due;
		any = true;
	}
	if (!any)
		return false;
	if (seq_after(first, d->now + d->tps) && !is_waiting(d))
		first = d->now + 1 + duel_below(d, d->tps);
	d->now = seq_max(d->now, first);
	/* Timers may be late. */
	if (duel_percent(d, 2))
		d->now += duel_below(d, 2 * d->tps);
	return true;
}

static void run_timers(struct duel *d)
{
	u32 due;
	int i;

	for (i = 0; i < 2 && !d->failed; i++)
		if ((side_due(&d->side[i], &due) && seq_upto(due, d->now)) ||
		    duel_percent(d, 1))
			duel_timer(&d->side[i]);
}

static void move_some(struct duel *d)
{
	int i;

	for (i = 0; i < 2 && !d->failed; i++) {
		struct duel_side *s = &d->side[i];

		if (duel_percent(d, d->how->move) ||
		    (s->sick && duel_percent(d, 10)))
			duel_move(s);
	}
}

static void step(struct duel *d)
{
	struct duel_side *s = &d->side[duel_below(d, 2)];
	bool any = true;

	if (duel_percent(d, d->how->noise)) {
		duel_noise(s);
	} else if (duel_percent(d, 30)) {
		duel_host_act(s);
	} else if (!duel_arrive(d)) {
		any = pass_time(d);
		run_timers(d);
	}
	if (!any) {
		/* Only the hosts can go on. */
		d->now += d->tps;
		duel_host_act(&d->side[0]);
		duel_host_act(&d->side[1]);
	}
	move_some(d);
}

/* Halted in TIME_WAIT: the host was asked to take over and answers now. */
static bool is_left(struct duel_side *s)
{
	return duel_tcb(s)->state == CHIM_TCP_TIME_WAIT &&
	       duel_tcb(s)->flags & (CHIM_TCB_HALTED | CHIM_TCB_INVALID);
}

static bool is_over(struct duel *d)
{
	if (is_left(&d->side[0]) || is_left(&d->side[1]))
		d->gave_up = true;
	if (d->gave_up)
		return true;
	return duel_host_content(&d->side[0]) && duel_host_content(&d->side[1]);
}

/* Both sides agree on what was negotiated. */
static void agree(struct duel *d)
{
	struct duel_side *a = &d->side[0], *b = &d->side[1];
	u8 flags = duel_below(d, 8) & CHIM_CONN_FLAGS;
	bool ecn = duel_percent(d, 50);
	int i;

	for (i = 0; i < 2; i++) {
		struct duel_side *s = &d->side[i];

		s->c.flags = flags;
		s->c.remote_mss = d->how->small ? 48 + duel_below(d, 200) :
						  536 + duel_below(d, 1000);
		s->cfg.ecn = ecn;
	}
	for (i = 0; i < 2 && flags & CHIM_CONN_WSCALE; i++) {
		struct duel_side *s = &d->side[i];

		s->c.rcv_wscale = duel_below(d, 15);
		/* Less than a unit cannot be told. */
		s->v.rcv_wnd = max(s->v.rcv_wnd, 4U << s->c.rcv_wscale);
	}
	a->c.snd_wscale = b->c.rcv_wscale;
	b->c.snd_wscale = a->c.rcv_wscale;
}

static void set_up_side(struct duel *d, int i)
{
	struct duel_side *s = &d->side[i];

	s->duel = d;
	s->name = i ? "B" : "A";
	INIT_LIST_HEAD(&s->sends);
	INIT_LIST_HEAD(&s->recvs);
	s->mtu = duel_percent(d, 50) ? 1500 : 576;
	s->burst = duel_percent(d, 50) ? 65535 : 1 + duel_below(d, 5000);
	s->skew = prandom_u32_state(&d->rnd);
	s->salt = prandom_u32_state(&d->rnd);
	/* The numbers pass 2^32 during the run. */
	s->iss = -duel_below(d, d->how->bytes + 1);
	s->goal = duel_percent(d, 10) ? 0 : duel_below(d, d->how->bytes + 1);
	s->cfg.tps = d->tps;
	s->cfg.ack_ticks = duel_below(d, d->tps / 2);
	s->cfg.push_ticks = duel_below(d, d->tps / 2);
	s->cfg.sws_ticks = 1 + duel_below(d, d->tps);
	s->cfg.dup_acks = 3;
	s->cfg.ack_segs = 1 + duel_below(d, 3);
	s->cfg.retransmissions = 255;
	s->cfg.ooo_bytes = duel_percent(d, 20) ? 10000 : 1 << 20;
	s->v.rcv_wnd = d->how->small ? 1 + duel_below(d, 3000) :
		       1 + duel_below(d, 1 << (8 + duel_below(d, 10)));
	s->v.flags = duel_below(d, 4) & CHIM_CONN_SETTINGS;
	s->v.ka_probes = 255;
	s->v.ka_timeout = d->tps * (1 + duel_below(d, 60));
	s->v.ka_interval = d->tps * (1 + duel_below(d, 10));
	s->v.max_rt = U32_MAX;
	s->v.ttl = 64;
}

/* As a host that has just set up the connection. */
static void start_side(struct duel_side *s)
{
	struct duel_side *peer = duel_peer(s);
	struct duel *d = s->duel;
	u8 shift = s->c.flags & CHIM_CONN_WSCALE ? s->c.rcv_wscale : 0;
	u8 peers = s->c.flags & CHIM_CONN_WSCALE ? peer->c.rcv_wscale : 0;
	struct chim_conn_deleg deleg = {
		.state = CHIM_TCP_ESTABLISHED,
		.rcv_nxt = peer->iss,
		.rcv_wnd = min(s->v.rcv_wnd >> shift, 65535U) << shift,
		.snd_una = s->iss,
		.snd_nxt = s->iss,
		.snd_max = s->iss,
		.snd_wnd = min(peer->v.rcv_wnd >> peers, 65535U) << peers,
		.snd_wl1 = peer->iss - 1,
		.cwnd = duel_percent(d, 10) ? U32_MAX : 1 + duel_below(d, 15000),
		.ssthresh = duel_percent(d, 50) ? U32_MAX :
						  1 + duel_below(d, 30000),
		.ts_recent = -duel_below(d, 5000),
		.ts_time = 1000 - duel_below(d, 2000),
		.dwnd = DUEL_DWND,
		.ka_left = CHIM_TICKS_NONE,
		.rt_left = CHIM_TICKS_NONE,
	};

	s->last_ts = deleg.ts_time;
	s->last_ack = deleg.rcv_nxt;
	s->max_sent = s->iss;
	s->adv = deleg.rcv_nxt + deleg.rcv_wnd;
	s->edge = s->iss + deleg.snd_wnd;
	duel_open(s, &deleg);
}

static void match_timestamps(struct duel *d)
{
	struct duel_side *a = &d->side[0], *b = &d->side[1];

	duel_tcb(a)->ts_recent = b->last_ts;
	duel_tcb(b)->ts_recent = a->last_ts;
}

static void play(struct duel *d)
{
	while (!d->failed && !is_over(d)) {
		step(d);
		if (++d->steps > STEPS_MAX)
			duel_bad(&d->side[0], "never ends");
		if (d->now - d->alive_at > DEAD_S * d->tps)
			duel_bad(&d->side[0], "stalled");
	}
}

static void tear_down(struct duel *d)
{
	int i;

	for (i = 0; i < 2; i++)
		if (d->side[i].block)
			duel_close(&d->side[i]);
	duel_net_clear(d);
	for (i = 0; i < 2; i++)
		duel_host_clear(&d->side[i]);
}

static void run_one(struct kunit *test, const struct duel_how *how, u32 seed)
{
	static const u32 tps[] = { 1000, 1000, 1000, 100, 10 };	/* D-63 */
	struct duel *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int i;

	if (!d) {
		KUNIT_FAIL(test, "no memory");
		return;
	}
	d->test = test;
	d->how = how;
	d->seed = seed;
	prandom_seed_state(&d->rnd, seed);
	INIT_LIST_HEAD(&d->frames);
	d->now = prandom_u32_state(&d->rnd);
	d->alive_at = d->now;
	d->tps = tps[duel_below(d, ARRAY_SIZE(tps))];
	d->delay = 1 + duel_below(d, d->tps / 10);
	for (i = 0; i < 2; i++)
		set_up_side(d, i);
	agree(d);
	for (i = 0; i < 2; i++)
		start_side(&d->side[i]);
	match_timestamps(d);
	play(d);
	tear_down(d);
	kfree(d);
}

/**
 * duel_runs() - random runs of one kind, until one fails
 * @test: the case
 * @how: what kind
 *
 * As many as the parameter duel.runs says, from seed duel.first on.
 *
 * Context: test thread.
 */
void duel_runs(struct kunit *test, const struct duel_how *how)
{
	u32 i;

	for (i = 0; i < runs && !test->status; i++) {
		run_one(test, how, first + i);
		cond_resched();
	}
}
