// SPDX-License-Identifier: GPL-2.0
/* Segments out: their size, PSH, Nagle, the silly window. */
#include "bed.h"

#include "tcp/send.h"

/* --- size ------------------------------------------------------------------ */

/* the least of path and peer, less the timestamps. */
static const struct {
	u32 mtu;
	u8 ip_len;
	u32 remote;
	u8 flags;
	u32 mss;
} sizes[] = {
	{ 1500, 20, 1460, 0, 1460 },
	{ 1500, 20, 536, 0, 536 },
	{ 1500, 20, 65535, 0, 1460 },
	{ 1500, 40, 1460, 0, 1440 },
	{ 576, 20, 1460, 0, 536 },
	{ 1280, 40, 1220, 0, 1220 },
	{ 1500, 20, 1460, CHIM_CONN_TIMESTAMPS, 1448 },
	{ 1500, 20, 536, CHIM_CONN_TIMESTAMPS, 524 },
	{ 1500, 20, 1440, CHIM_CONN_TIMESTAMPS, 1428 },
	{ 1500, 20, 1460, CHIM_CONN_SACK, 1460 },
	{ 65535, 20, 65535, 0, 65495 },
	{ 1000000, 20, 65535, 0, 65495 },
};

static void send_mss_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_run run;
	u32 i;

	CHIM_COVERS(test, "CON-014 PTH-012 X-19");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		bd_reset(bd);
		bd->mtu = sizes[i].mtu;
		bd->ip_len = sizes[i].ip_len;
		bd->c.remote_mss = sizes[i].remote;
		bd->c.flags = sizes[i].flags;
		bd->burst = 1;
		bd->d.cwnd = 10 * sizes[i].mss;
		bd->d.snd_wnd = 1 << 30;
		bd->d.max_snd_wnd = 1 << 30;
		bd_begin(bd, &run);
		KUNIT_EXPECT_EQ(test, chim_send_mss(&run), sizes[i].mss);
		bd_open(bd);
		bd_send(bd, 2 * sizes[i].mss + 1);
		BD_DATA(bd, BD_SND, sizes[i].mss);
		BD_DATA(bd, BD_SND + sizes[i].mss, sizes[i].mss);
		BD_DATA(bd, BD_SND + 2 * sizes[i].mss, 1);
	}
}

/* Whatever the path says, there is room for a byte behind all options. */
static void send_tiny_mss_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_run run;
	u32 remote;

	CHIM_COVERS(test, "X-19");
	for (remote = 1; remote < 40; remote++) {
		bd->c.remote_mss = remote;
		bd->c.flags = CHIM_CONN_TIMESTAMPS;
		bd_begin(bd, &run);
		KUNIT_EXPECT_GT(test, chim_send_mss(&run), 0U);
		KUNIT_EXPECT_LE(test, chim_send_mss(&run), 28U);
	}
}

/* UPD-122: every later segment, those sent again included. */
static void send_new_mtu_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 seq;

	CHIM_COVERS(test, "UPD-122 PTH-012 X-27");
	bd->burst = 3000;
	bd_open(bd);
	bd_send(bd, 3000);
	BD_DATA(bd, BD_SND, 3000);
	bd->mtu = 640;
	bd_advance(bd, BD_RTO);
	BD_DATA(bd, BD_SND, 600);
	bd_ack(bd, 600);
	bd_ack(bd, 600);
	for (seq = BD_SND + 600; bd_count(bd);) {
		const struct chim_frame *f = bd_frame(bd);

		KUNIT_EXPECT_EQ(test, f->seq, seq);
		KUNIT_EXPECT_EQ(test, (u32)f->mss, 600U);
		KUNIT_EXPECT_EQ(test, f->len % 600, 0U);
		seq += f->len;
	}
	bd_ack(bd, 1800);
	bd_send(bd, 1000);
	KUNIT_EXPECT_EQ(test, (u32)bd_next(bd)->mss, 600U);
	bd->mtu = 1500;
	bd_drain(bd);
	bd_ack(bd, 1000);
	bd_send(bd, 1000);
	BD_DATA(bd, BD_SND + 4000, 1000);
}

/* A frame takes many segments, but no more than it may, and whole ones. */
static void send_burst_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct chim_frame *f;

	CHIM_COVERS(test, "CON-014");
	bd->burst = 4500;
	bd_open(bd);
	bd_send(bd, 9500);
	BD_DATA(bd, BD_SND, 4000);
	BD_DATA(bd, BD_SND + 4000, 4000);
	f = bd_frame(bd);
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_EXPECT_EQ(test, f->len, 1500U);
	KUNIT_EXPECT_EQ(test, (u32)f->mss, 1000U);
	KUNIT_EXPECT_EQ(test, bd->mib.out_segs, 10ULL);
	/* One that takes less than all of it. */
	bd_reset(bd);
	bd->burst = 4500;
	bd->emit_most = 2000;
	bd_open(bd);
	bd_send(bd, 4500);
	BD_DATA(bd, BD_SND, 2000);
	BD_DATA(bd, BD_SND + 2000, 2000);
	BD_DATA(bd, BD_SND + 4000, 500);
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_max, BD_SND + 4500);
}

/* RFC 6691: blocks come out of the room for data. */
static void send_with_sack_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct chim_frame *f;

	CHIM_COVERS(test, "CON-014 CON-011");
	bd->c.flags = CHIM_CONN_SACK | CHIM_CONN_TIMESTAMPS;
	bd->burst = 10000;
	bd_open(bd);
	bd_data(bd, BD_RCV + 1000, 500);
	bd_data(bd, BD_RCV + 3000, 500);
	bd_drain(bd);
	bd_send(bd, 3000);
	f = bd_frame(bd);
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_EXPECT_EQ(test, (u32)f->n_sack, 2U);
	KUNIT_EXPECT_EQ(test, (u32)f->mss, 1000U - 12 - 4 - 16);
}

/* --- PSH ------------------------------------------------------------------- */

/* SND-021, SND-022, X-56 */
static void send_push_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	static const struct {
		u32 len;
		bool psh;
	} frames[] = {
		{ 1000, false }, { 500, true },		/* end of a request */
		{ 1000, true }, { 1000, false }, { 1000, false },
		{ 1, true },
	};
	u32 i;

	CHIM_COVERS(test, "SND-021 SND-022 X-56");
	bd_open(bd);
	bd_send(bd, 1500);
	bd_send(bd, 1000);
	bd_send(bd, 2001);
	for (i = 0; i < ARRAY_SIZE(frames); i++) {
		const struct chim_frame *f = bd_frame(bd);

		KUNIT_ASSERT_NOT_NULL(test, f);
		KUNIT_EXPECT_EQ(test, f->len, frames[i].len);
		KUNIT_EXPECT_EQ(test, !!(f->flags & CHIM_PSH), frames[i].psh);
	}
	BD_QUIET(bd);
	/* So it is when sent again. */
	bd_advance(bd, BD_RTO);
	bd_ack(bd, 1000);
	bd_frame(bd);
	KUNIT_EXPECT_TRUE(test, bd_next(bd)->seq == BD_SND + 1000);
}

/* Requests meet within a segment: the one that ends within is not marked. */
static void send_push_merged_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	const struct chim_frame *f;

	CHIM_COVERS(test, "SND-015 SND-016 SND-022");
	bd->d.snd_wnd = 0;
	bd->wnd = 0;
	bd_open(bd);
	bd_send(bd, 300);
	bd_send(bd, 300);
	bd_send(bd, 1000);
	bd_peer_window(bd, BD_WND);
	f = bd_frame(bd);
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_EXPECT_EQ(test, f->len, 1000U);
	KUNIT_EXPECT_FALSE(test, f->flags & CHIM_PSH);
	f = bd_frame(bd);
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_EXPECT_EQ(test, f->len, 600U);
	KUNIT_EXPECT_TRUE(test, f->flags & CHIM_PSH);
}

/* --- Nagle ----------------------------------------------------------------- */

/* TCP-038, UPD-141: less than a segment waits for what is in flight. */
static void send_nagle_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-038 UPD-141");
	bd->v.flags = CHIM_CONN_NAGLE;
	bd_open(bd);
	bd_send(bd, 10);
	BD_DATA(bd, BD_SND, 10);
	bd_send(bd, 20);
	bd_send(bd, 30);
	BD_QUIET(bd);
	bd_ack(bd, 10);
	BD_DATA(bd, BD_SND + 10, 50);
	/* A whole segment does not wait; what is behind it does. */
	bd_send(bd, 600);
	bd_send(bd, 600);
	BD_DATA(bd, BD_SND + 60, 1000);
	BD_QUIET(bd);
	bd_ack(bd, 50);
	BD_QUIET(bd);
	bd_ack(bd, 1000);
	BD_DATA(bd, BD_SND + 1060, 200);
}

static void send_nagle_off_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct chim_conn_cached v;

	CHIM_COVERS(test, "UPD-141");
	bd_open(bd);
	bd_send(bd, 10);
	bd_send(bd, 20);
	BD_DATA(bd, BD_SND, 10);
	BD_DATA(bd, BD_SND + 10, 20);
	v = bd->v;
	v.flags = CHIM_CONN_NAGLE;
	bd_update(bd, &v, 0);
	bd_send(bd, 30);
	BD_QUIET(bd);
	/* Switched off, it lets go what it held back. */
	v.flags = 0;
	bd_update(bd, &v, 0);
	BD_DATA(bd, BD_SND + 30, 30);
}

/* the short tail of a request of a segment or more does not wait. */
static void send_nagle_tail_test(struct kunit *test)
{
	static const struct {
		u32 len;
		u32 tail;	/* sent at once */
	} cases[] = {
		{ 999, 0 }, { 1000, 0 }, { 1001, 1 }, { 1500, 500 },
		{ 2999, 999 },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "UPD-141 X-56");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 whole = cases[i].len / 1000 * 1000;

		bd_reset(bd);
		bd->v.flags = CHIM_CONN_NAGLE;
		bd_open(bd);
		bd_send(bd, 10);
		BD_DATA(bd, BD_SND, 10);
		bd_send(bd, cases[i].len);
		KUNIT_EXPECT_EQ(test, bd->tcb.snd_max,
				BD_SND + 10 + whole + cases[i].tail);
	}
}

/* Nor if it is shifted by what was held back before. */
static void send_nagle_shifted_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	u32 len;

	CHIM_COVERS(test, "UPD-141 X-56");
	for (len = BD_MSS - 1; len <= BD_MSS; len++) {
		bd_reset(bd);
		bd->v.flags = CHIM_CONN_NAGLE;
		bd_open(bd);
		bd_send(bd, 10);
		bd_send(bd, 500);
		BD_DATA(bd, BD_SND, 10);
		BD_QUIET(bd);
		bd_send(bd, len);
		BD_DATA(bd, BD_SND + 10, 1000);
		if (len == BD_MSS)
			BD_DATA(bd, BD_SND + 1010, 500);
		BD_QUIET(bd);
	}
}

/* A FIN behind it makes waiting pointless. */
static void send_nagle_fin_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-038 DSC-051");
	bd->v.flags = CHIM_CONN_NAGLE;
	bd_open(bd);
	bd_send(bd, 10);
	bd_send(bd, 20);
	bd_drain(bd);
	bd_disconnect(bd, 0);
	KUNIT_EXPECT_TRUE(test, bd_next(bd)->flags & CHIM_FIN);
	BD_STATE(bd, CHIM_TCP_FIN_WAIT1);
}

/* --- silly window ---------------------------------------------------------- */

/*
 * TMR-151: what the window takes goes unless it is less than an MSS, does not
 * reach the end of a request, and is less than half the largest window.
 */
static void send_silly_test(struct kunit *test)
{
	static const struct {
		u32 wnd;
		u32 max;
		u32 len;	/* of the request */
		bool goes;
	} cases[] = {
		{ 1000, 60000, 5000, true },
		{ 999, 60000, 5000, false },
		{ 999, 60000, 999, true },
		{ 999, 60000, 1000, false },
		{ 500, 1000, 5000, true },
		{ 499, 1000, 5000, false },
		{ 1, 60000, 1, true },
		{ 1, 60000, 2, false },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-150 TMR-151 TCP-064");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bool goes = cases[i].goes;

		bd_reset(bd);
		bd->d.snd_wnd = cases[i].wnd;
		bd->d.max_snd_wnd = cases[i].max;
		bd_open(bd);
		bd_send(bd, cases[i].len);
		KUNIT_EXPECT_EQ(test, bd_count(bd), (u32)goes);
		KUNIT_EXPECT_EQ(test, !!(bd->tcb.timers & CHIM_TIMER_SWS),
				!goes);
		if (goes)
			BD_DATA(bd, BD_SND, min(cases[i].wnd, 1000U));
	}
}

/* TMR-152: then as much as the window allows. */
static void send_silly_expired_test(struct kunit *test)
{
	static const u32 ticks[] = { 1, 200, 1000 };
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TMR-152 TMR-153 CAP-045 TCP-064");
	for (i = 0; i < ARRAY_SIZE(ticks); i++) {
		bd_reset(bd);
		bd->cfg.sws_ticks = ticks[i];
		bd->d.snd_wnd = 700;
		bd->wnd = 700;
		bd_open(bd);
		bd_send(bd, 5000);
		bd_advance(bd, ticks[i] - 1);
		BD_QUIET(bd);
		bd_advance(bd, 1);
		BD_DATA(bd, BD_SND, 700);
		BD_QUIET(bd);
		KUNIT_EXPECT_FALSE(test, bd->tcb.timers & CHIM_TIMER_SWS);
		/* The next small one waits again. */
		bd_ack(bd, 700);
		BD_QUIET(bd);
		bd_advance(bd, ticks[i]);
		BD_DATA(bd, BD_SND + 700, 700);
	}
}

/* A larger window comes first: nothing is held back any more. */
static void send_silly_opened_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-151 TCP-064");
	bd->d.snd_wnd = 700;
	bd_open(bd);
	bd_send(bd, 2000);
	BD_QUIET(bd);
	bd_peer_window(bd, 5000);
	BD_DATA(bd, BD_SND, 1000);
	BD_DATA(bd, BD_SND + 1000, 1000);
	BD_QUIET(bd);
}

/* TMR-154, TMR-156: not handed over, either way. */
static void send_silly_handover_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TMR-154 TMR-155 TMR-156");
	bd->d.snd_wnd = 700;
	bd_adopt(bd, 2000);
	bd_load(bd);
	KUNIT_EXPECT_FALSE(test, bd->tcb.timers & CHIM_TIMER_SWS);
	bd_start(bd);
	KUNIT_EXPECT_TRUE(test, bd->tcb.timers & CHIM_TIMER_SWS);
	bd_skip(bd, 10);
	bd_end(bd);
	KUNIT_EXPECT_FALSE(test, bd->tcb.timers & CHIM_TIMER_SWS);
	KUNIT_EXPECT_EQ(test, bd->d.rt_left, CHIM_TICKS_NONE);
	KUNIT_EXPECT_EQ(test, bd->d.ka_left, CHIM_TICKS_NONE);
}

/* --- the window of the peer ------------------------------------------------ */

/* RFC 9293, section 3.10.7.4: only from segments that are not older. */
static void send_window_update_test(struct kunit *test)
{
	static const struct {
		s32 seq;	/* from the segment that gave the last window */
		bool taken;
	} cases[] = {
		{ -1, false }, { 0, true }, { -1000, false },
	};
	struct bd *bd = test->priv;
	struct chim_seg seg;
	u32 i;

	CHIM_COVERS(test, "TCP-031 CON-052");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd->d.snd_wl1 = bd->d.rcv_nxt;
		bd_open(bd);
		bd_data(bd, BD_RCV, 1700);	/* RCV.NXT is 0 now */
		seg = bd_seg(bd);
		KUNIT_EXPECT_EQ(test, seg.seq, 0U);
		seg.seq += cases[i].seq;
		if (seg.seq)
			seg.len = 10 - seg.seq;
		bd_ack(bd, 0);
		KUNIT_EXPECT_EQ(test, bd->tcb.snd_wl1, 0U);
		seg.wnd = 4444;
		bd_input(bd, &seg);
		KUNIT_EXPECT_EQ(test, bd->tcb.snd_wnd == 4444,
				cases[i].taken);
	}
}

/* One that shrinks: what is beyond is not sent, and not taken back. */
static void send_window_shrinks_test(struct kunit *test)
{
	struct bd *bd = test->priv;

	CHIM_COVERS(test, "TCP-031");
	bd_open(bd);
	bd_send(bd, 20000);
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_max, BD_SND + 10000);
	bd_drain(bd);
	bd_peer_window(bd, 3000);
	bd_ack(bd, 5000);
	BD_QUIET(bd);
	KUNIT_EXPECT_EQ(test, bd->tcb.snd_max, BD_SND + 10000);
	bd_ack(bd, 5000);
	BD_DATA(bd, BD_SND + 10000, 1000);
	BD_DATA(bd, BD_SND + 11000, 1000);
	BD_DATA(bd, BD_SND + 12000, 1000);
	BD_QUIET(bd);
}

/* RFC 7323, section 2.4: less than a unit of the scale is not taken back. */
static void send_window_rounded_test(struct kunit *test)
{
	static const struct {
		u8 scale;
		u16 wnd;	/* told with 500 of 1280 bytes: 780 are left */
		u32 short_by;
	} cases[] = {
		{ 7, 6, 0 }, { 7, 5, 780 - 640 }, { 7, 0, 780 },
		{ 0, 780, 0 }, { 0, 779, 1 }, { 9, 1, 0 }, { 9, 0, 780 },
	};
	struct bd *bd = test->priv;
	u32 i;

	CHIM_COVERS(test, "TCP-031");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bd_reset(bd);
		bd->c.flags = CHIM_CONN_WSCALE;
		bd->c.snd_wscale = cases[i].scale;
		bd->d.snd_wnd = 1280;
		bd->d.max_snd_wnd = 1280;
		bd_open(bd);
		bd_send(bd, 1280);
		KUNIT_EXPECT_EQ(test, bd->tcb.snd_max, BD_SND + 1280);
		bd->wnd = cases[i].wnd;
		bd_ack(bd, 500);
		bd_drain(bd);
		/* Two segments of the peer are acknowledged at once. */
		bd_data(bd, bd->tcb.rcv_nxt, 1000);
		bd_data(bd, bd->tcb.rcv_nxt, 1000);
		BD_BARE(bd, BD_SND + 1280 - cases[i].short_by, CHIM_ACK);
	}
}

static struct kunit_case send_cases[] = {
	KUNIT_CASE(send_mss_test),
	KUNIT_CASE(send_tiny_mss_test),
	KUNIT_CASE(send_new_mtu_test),
	KUNIT_CASE(send_burst_test),
	KUNIT_CASE(send_with_sack_test),
	KUNIT_CASE(send_push_test),
	KUNIT_CASE(send_push_merged_test),
	KUNIT_CASE(send_nagle_test),
	KUNIT_CASE(send_nagle_off_test),
	KUNIT_CASE(send_nagle_tail_test),
	KUNIT_CASE(send_nagle_shifted_test),
	KUNIT_CASE(send_nagle_fin_test),
	KUNIT_CASE(send_silly_test),
	KUNIT_CASE(send_silly_expired_test),
	KUNIT_CASE(send_silly_opened_test),
	KUNIT_CASE(send_silly_handover_test),
	KUNIT_CASE(send_window_update_test),
	KUNIT_CASE(send_window_shrinks_test),
	KUNIT_CASE(send_window_rounded_test),
	{}
};

static struct kunit_suite send_suite = {
	.name = "chim_send",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = send_cases,
};

kunit_test_suite(send_suite);
