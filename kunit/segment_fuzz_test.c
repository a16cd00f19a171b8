// SPDX-License-Identifier: GPL-2.0
/*
 * Random segments: headers of good form, bad form and no form, with numbers
 * that mean something and numbers that do not. The header is read by the engine
 * and by a naive reader, which must agree; then the engine gets the segment,
 * and its block must stay sound.
 */
#include "bed.h"

#include "compat.h"
#include "tcp/close.h"

#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>

/* Emulation with KCSAN is slow; there, races are what is looked for. */
static unsigned int segments = IS_ENABLED(CONFIG_KCSAN) ? 2000 : 50000;
module_param(segments, uint, 0444);
MODULE_PARM_DESC(segments, "random segments");

static unsigned int seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "where chance comes from");

#define HEADER_MAX	64

/**
 * struct sf - a run
 * @bd: the bed
 * @rnd: where chance comes from
 * @header: bytes of the header
 * @len: how many
 * @last: headers of late, to be sent again with a change
 * @last_len: their lengths
 * @nr: number of the segment
 */
struct sf {
	struct bd *bd;
	struct rnd_state rnd;
	u8 header[HEADER_MAX];
	u32 len;
	u8 last[8][HEADER_MAX];
	u32 last_len[8];
	u32 nr;
};

static u32 below(struct sf *f, u32 ceiling)
{
	return (u64)prandom_u32_state(&f->rnd) * ceiling >> 32;
}

static bool one_in(struct sf *f, u32 n)
{
	return !below(f, n);
}

/* --- the naive reader ------------------------------------------------------ */

static u32 be(const u8 *at, int bytes)
{
	u32 v = 0;

	while (bytes--)
		v = v << 8 | *at++;
	return v;
}

static void read_option(struct chim_seg *seg, const u8 *opt, u32 size)
{
	u32 i;

	if (opt[0] == 8 && size == 10) {
		seg->has_ts = true;
		seg->tsval = be(opt + 2, 4);
		seg->tsecr = be(opt + 6, 4);
	}
	if (opt[0] != 5 || size < 10 || (size - 2) % 8)
		return;
	for (i = 2; i < size && seg->n_sack < 4; i += 8) {
		seg->sack[seg->n_sack].start = be(opt + i, 4);
		seg->sack[seg->n_sack++].end = be(opt + i + 4, 4);
	}
}

static bool naive_read(const u8 *h, u32 len, struct chim_seg *seg)
{
	u32 at = 20, end;

	if (len < 20)
		return false;
	end = (h[12] >> 4) * 4;
	if (end < 20 || end > len)
		return false;
	seg->seq = be(h + 4, 4);
	seg->ack = be(h + 8, 4);
	seg->flags = h[13];
	seg->wnd = be(h + 14, 2);
	while (at < end && h[at] != 0) {
		if (h[at] == 1) {
			at++;
			continue;
		}
		if (at + 1 == end || h[at + 1] < 2 || at + h[at + 1] > end) {
			seg->bad_options = true;
			break;
		}
		read_option(seg, h + at, h[at + 1]);
		at += h[at + 1];
	}
	return true;
}

static void same(struct sf *f, const struct chim_seg *a,
		 const struct chim_seg *b)
{
	bool sack = a->n_sack == b->n_sack &&
		    !memcmp(a->sack, b->sack, a->n_sack * sizeof(a->sack[0]));

	if (a->seq != b->seq || a->ack != b->ack || a->wnd != b->wnd ||
	    a->flags != b->flags || a->bad_options != b->bad_options ||
	    a->has_ts != b->has_ts || a->tsval != b->tsval ||
	    a->tsecr != b->tsecr || !sack)
		KUNIT_FAIL(f->bd->test, "seed %u, segment %u: read otherwise",
			   seed, f->nr);
}

/* Reads the header from memory that ends where it ends, at any alignment. */
static bool read_header(struct sf *f, struct chim_seg *seg)
{
	u32 shift = below(f, 4);
	struct chim_seg naive = {};
	bool good, well;
	u8 *copy;

	copy = kmalloc(shift + f->len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(f->bd->test, copy);
	memcpy(copy + shift, f->header, f->len);
	memset(seg, 0, sizeof(*seg));
	good = chim_tcp_parse(copy + shift, f->len, seg);
	kfree(copy);
	well = naive_read(f->header, f->len, &naive);
	KUNIT_EXPECT_EQ(f->bd->test, good, well);
	if (good && well)
		same(f, seg, &naive);
	return good && well;
}

/* --- headers --------------------------------------------------------------- */

static u32 near(struct sf *f, u32 number)
{
	switch (below(f, 6)) {
	case 0:
		return number + below(f, 20) - 10;
	case 1:
		return number + below(f, 200000) - 100000;
	default:
		return number + below(f, 6000) - 3000;
	}
}

static u32 some_seq(struct sf *f)
{
	const struct chim_tcb *tcb = &f->bd->tcb;

	switch (below(f, 16)) {
	case 0:
		return prandom_u32_state(&f->rnd);
	case 1:
		return near(f, tcb->rcv_nxt + tcb->rcv_wnd);
	case 2:
	case 3:
	case 4:
	case 5:
	case 6:
		return near(f, tcb->rcv_nxt);
	default:
		return tcb->rcv_nxt;
	}
}

static u32 some_ack(struct sf *f)
{
	const struct chim_tcb *tcb = &f->bd->tcb;
	u32 out = tcb->snd_max - tcb->snd_una;

	switch (below(f, 16)) {
	case 0:
		return prandom_u32_state(&f->rnd);
	case 1:
		return near(f, tcb->snd_max);
	case 2:
		return near(f, tcb->snd_una);
	case 3:
		return tcb->snd_max;
	case 4:
	case 5:
	case 6:
		return tcb->snd_una + below(f, out + 1);
	default:
		return tcb->snd_una;
	}
}

static u8 some_flags(struct sf *f)
{
	switch (below(f, 64)) {
	case 0:
		return below(f, 256);
	case 1:
		return CHIM_ACK | CHIM_FIN;
	case 2:
		return CHIM_ACK | CHIM_RST;
	case 3:
		return CHIM_ACK | CHIM_SYN;
	case 4:
		return CHIM_ACK | CHIM_URG;
	default:
		return CHIM_ACK | (below(f, 2) ? CHIM_PSH : 0) |
		       (one_in(f, 8) ? CHIM_ECE : 0) |
		       (one_in(f, 8) ? CHIM_CWR : 0);
	}
}

static u8 *push_timestamps(struct sf *f, u8 *at)
{
	const struct chim_tcb *tcb = &f->bd->tcb;
	u32 val = tcb->ts_recent + below(f, 20) - (one_in(f, 8) ? 100 : 0);
	u32 echo = f->bd->now + tcb->ts_delta - below(f, 500);

	*at++ = 1;
	*at++ = 1;
	*at++ = 8;
	*at++ = 10;
	put_unaligned_be32(one_in(f, 64) ? prandom_u32_state(&f->rnd) : val, at);
	put_unaligned_be32(one_in(f, 64) ? prandom_u32_state(&f->rnd) : echo,
			   at + 4);
	return at + 8;
}

static u8 *push_sack(struct sf *f, u8 *at, u32 room)
{
	const struct chim_tcb *tcb = &f->bd->tcb;
	u32 n = 1 + below(f, 4), from;

	if (room < 2 + 8 * n)
		return at;
	*at++ = 5;
	*at++ = 2 + 8 * n;
	while (n--) {
		from = one_in(f, 16) ? prandom_u32_state(&f->rnd) :
		       tcb->snd_una + below(f, tcb->snd_max - tcb->snd_una + 9);
		put_unaligned_be32(from, at);
		put_unaligned_be32(from + below(f, 4000) - one_in(f, 16) * 3000,
				   at + 4);
		at += 8;
	}
	return at;
}

static u8 *push_rubbish(struct sf *f, u8 *at, u32 room)
{
	u32 n = below(f, room + 1);

	prandom_bytes_state(&f->rnd, at, n);
	if (n > 1 && one_in(f, 2)) {
		at[0] = below(f, 12);
		at[1] = below(f, n + 2);
	}
	return at + n;
}

static void make_header(struct sf *f)
{
	u8 *h = f->header, *at = h + 20;

	memset(h, 0, sizeof(f->header));
	put_unaligned_be32(some_seq(f), h + 4);
	put_unaligned_be32(some_ack(f), h + 8);
	h[13] = some_flags(f);
	put_unaligned_be16(one_in(f, 8) ? below(f, 3) : below(f, 65536), h + 14);
	if (!one_in(f, 4))
		at = push_timestamps(f, at);
	if (one_in(f, 3))
		at = push_sack(f, at, h + 60 - at);
	if (one_in(f, 16))
		at = push_rubbish(f, at, h + 60 - at);
	while ((at - h) % 4)
		*at++ = 0;
	h[12] = (at - h) / 4 << 4;
	f->len = at - h;
}

/* An old one again, or the new one, with some bits turned. */
static void mutate(struct sf *f)
{
	u32 i = below(f, ARRAY_SIZE(f->last)), n;

	if (one_in(f, 8) && f->last_len[i]) {
		memcpy(f->header, f->last[i], HEADER_MAX);
		f->len = f->last_len[i];
	}
	if (one_in(f, 8))
		for (n = 1 + below(f, 3); n--;)
			f->header[below(f, f->len)] ^= 1 << below(f, 8);
	if (one_in(f, 64))
		f->len = below(f, HEADER_MAX + 1);
	memcpy(f->last[i], f->header, HEADER_MAX);
	f->last_len[i] = max(f->len, 1U);
}

/* --- the engine ------------------------------------------------------------ */

static u32 some_len(struct sf *f)
{
	switch (below(f, 8)) {
	case 0:
		return 1 + below(f, 20);
	case 1:
		return below(f, 20000);
	case 2:
	case 3:
	case 4:
		return below(f, 2000);
	default:
		return 0;
	}
}

static void peer_acts(struct sf *f)
{
	struct chim_seg seg;

	make_header(f);
	mutate(f);
	if (!read_header(f, &seg))
		return;
	seg.len = some_len(f);
	seg.off = 54;
	seg.segs = 1 + below(f, 3);
	seg.ce = one_in(f, 16);
	bd_input(f->bd, &seg);
}

static void update(struct sf *f)
{
	struct chim_conn_cached v = f->bd->v;

	if (one_in(f, 2))
		v.rcv_wnd = below(f, 100000);
	v.flags ^= below(f, 4);
	v.rcv_ind_size = one_in(f, 2) ? below(f, 5000) : 0;
	bd_update(f->bd, &v, below(f, 32) & CHIM_CONN_COMMANDS);
}

/* Requests that stay refuse nothing, but their number must have an end. */
static void host_acts(struct sf *f)
{
	struct bd *bd = f->bd;
	const struct chim_tcb *tcb = &bd->tcb;

	switch (below(f, 12)) {
	case 0:
	case 1:
	case 2:
		if (!(tcb->flags & CHIM_TCB_CLOSE) &&
		    !chim_close_sent(tcb->state))
			bd_send(bd, below(f, 10000));
		break;
	case 3:
	case 4:
	case 5:
		bd_post(bd, below(f, 5000), below(f, 2) * CHIM_RREQ_NOPUSH);
		break;
	case 6:
		update(f);
		break;
	case 7:
		bd->accept = one_in(f, 2) ? U32_MAX : below(f, 3000);
		bd->mtu = 300 + below(f, 9000);
		bd_timer(bd);
		break;
	case 8:
		bd->fail_emit = below(f, 3);
		bd->fail_describe = below(f, 3);
		break;
	case 9:
		if (one_in(f, 20))
			bd_disconnect(bd, below(f, 2000));
		break;
	case 10:
		if (one_in(f, 20))
			bd_congested(bd);
		break;
	default:
		bd_advance(bd, below(f, 1000));
		break;
	}
}

/* Data that was handed over, some of it sent, and numbers to match. */
static void adopt(struct sf *f)
{
	struct bd *bd = f->bd;
	u32 n = below(f, 4), all = 0, sent;
	bool fin = bd->d.state == CHIM_TCP_FIN_WAIT1 ||
		   bd->d.state == CHIM_TCP_CLOSING ||
		   bd->d.state == CHIM_TCP_LAST_ACK;

	if (bd->d.state == CHIM_TCP_FIN_WAIT2)
		return;
	while (n--) {
		u32 len = below(f, 3000);

		bd_adopt(bd, len);
		all += len;
	}
	/* The FIN is the last that was sent. */
	sent = fin ? all + 1 : below(f, all + 1);
	bd->d.snd_max = bd->d.snd_una + sent;
	bd->d.snd_nxt = bd->d.snd_una + below(f, sent + 1);
	bd->d.rt_left = one_in(f, 4) ? CHIM_TICKS_NONE : below(f, 2000);
	bd->buffered = one_in(f, 4) ? below(f, 5000) : 0;
}

/* Whatever a host may hand over that is not refused. */
static void hand_over(struct sf *f)
{
	static const u8 states[] = {
		CHIM_TCP_ESTABLISHED, CHIM_TCP_ESTABLISHED, CHIM_TCP_CLOSE_WAIT,
		CHIM_TCP_FIN_WAIT1, CHIM_TCP_FIN_WAIT2, CHIM_TCP_CLOSING,
		CHIM_TCP_LAST_ACK,
	};
	struct chim_conn_deleg *d = &f->bd->d;

	d->state = states[below(f, ARRAY_SIZE(states))];
	d->rcv_wnd = below(f, 65536);
	d->cwnd = prandom_u32_state(&f->rnd) >> below(f, 32);
	d->ssthresh = prandom_u32_state(&f->rnd) >> below(f, 32);
	d->snd_wnd = one_in(f, 4) ? 0 : below(f, 100000);
	d->max_snd_wnd = below(f, 100000);
	d->snd_wl1 = one_in(f, 8) ? prandom_u32_state(&f->rnd) : BD_RCV;
	d->dup_acks = one_in(f, 8) ? below(f, 256) : below(f, 5);
	d->srtt = prandom_u32_state(&f->rnd) >> below(f, 32);
	d->rttvar = prandom_u32_state(&f->rnd) >> below(f, 32);
	d->rt_count = one_in(f, 8) ? below(f, 256) : 0;
	d->wnd_probes = one_in(f, 8) ? below(f, 256) : 0;
	d->ka_probes = one_in(f, 8) ? below(f, 256) : 0;
	d->total_rt = one_in(f, 8) ? prandom_u32_state(&f->rnd) : 0;
	d->ka_left = one_in(f, 2) ? CHIM_TICKS_NONE : below(f, 20000);
	d->ts_recent_age = prandom_u32_state(&f->rnd) >> below(f, 32);
	adopt(f);
}

static void begin(struct sf *f)
{
	struct bd *bd = f->bd;

	bd_reset(bd);
	bd->c.flags = below(f, 8);
	bd->c.snd_wscale = below(f, 16);
	bd->c.rcv_wscale = below(f, 15);
	bd->c.remote_mss = 48 + below(f, 3000);
	bd->v.flags = below(f, 4);
	bd->v.rcv_wnd = below(f, 1 << (8 + below(f, 12)));
	bd->v.max_rt = one_in(f, 4) ? below(f, 10000) : 0;
	bd->cfg.ecn = one_in(f, 2);
	bd->cfg.doubt = below(f, 4);
	bd->cfg.ooo_bytes = 1 << (10 + below(f, 12));
	bd->cfg.retransmissions = below(f, 8);
	bd->burst = one_in(f, 2) ? 65535 : 1 + below(f, 5000);
	bd->ip_len = one_in(f, 2) ? 40 : 20;
	hand_over(f);
	bd_open(bd);
}

static bool is_over(const struct bd *bd)
{
	const struct chim_tcb *tcb = &bd->tcb;

	return tcb->state == CHIM_TCP_CLOSED ||
	       tcb->flags & (CHIM_TCB_HALTED | CHIM_TCB_ABORTED);
}

static void segments_test(struct kunit *test)
{
	struct sf *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	CHIM_COVERS(test, "TCP-061");
	f->bd = test->priv;
	prandom_seed_state(&f->rnd, seed);
	begin(f);
	for (f->nr = 0; f->nr < segments && !test->status; f->nr++) {
		/* It goes on for a while, in vain. */
		if ((is_over(f->bd) && one_in(f, 8)) || one_in(f, 500))
			begin(f);
		if (one_in(f, 6))
			host_acts(f);
		else
			peer_acts(f);
		bd_drain(f->bd);
		cond_resched();
	}
	if (test->status)
		kunit_info(test, "seed %u, segment %u\n", seed, f->nr);
}

static struct kunit_case segment_fuzz_cases[] = {
	KUNIT_CASE(segments_test),
	{}
};

static struct kunit_suite segment_fuzz_suite = {
	.name = "chim_segment_fuzz",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = segment_fuzz_cases,
};

kunit_test_suite(segment_fuzz_suite);
