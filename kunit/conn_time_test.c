// SPDX-License-Identifier: GPL-2.0
/* Connections in the state layer: timers, timestamps, what an ACK says. */
#include "bare.h"

#include <linux/bottom_half.h>
#include <linux/skbuff.h>

#define NONE	CHIM_TICKS_NONE
#define KA	CHIM_CONN_KEEPALIVE

static struct chim_conn_news new_news(struct bare *bare)
{
	return bare_news(bare_path(bare, bare_neigh(bare)));
}

/* A segment that is old gets an acknowledgment (RFC 9293, section 3.10.7.4). */
static const struct chim_frame *provoke(struct bare *bare,
					struct chim_conn *conn)
{
	struct chim_seg seg = {
		.skb = alloc_skb(0, GFP_KERNEL),
		.seq = conn->tcb.rcv_nxt - 2,
		.ack = conn->tcb.snd_una,
		.flags = CHIM_ACK,
		.segs = 1,
		.has_ts = conn->c.flags & CHIM_CONN_TIMESTAMPS,
		.tsval = conn->tcb.ts_recent,
	};

	KUNIT_ASSERT_NOT_NULL(bare->test, seg.skb);
	bare->frames = 0;
	local_bh_disable();
	rcu_read_lock();
	KUNIT_EXPECT_EQ(bare->test, (int)chim_conn_segment(conn, &seg),
			(int)CHIM_SEG_DONE);
	rcu_read_unlock();
	local_bh_enable();
	kfree_skb(seg.skb);
	KUNIT_EXPECT_EQ(bare->test, bare->frames, 1);
	return &bare->frame;
}

static const struct {
	u32 now;
	u32 ka_left;
	u32 rt_left;
	u32 later;
	u32 ka_back;
	u32 rt_back;
} timers[] = {
	/* both pairs are kept, each idle or not */
	{ 1000, NONE, NONE, 1000, NONE, NONE },
	{ 1000, 500, NONE, 1000, 500, NONE },
	{ 1000, NONE, 500, 1000, NONE, 500 },
	{ 1000, 700, 500, 1000, 700, 500 },
	{ 1000, 700, 500, 1001, 699, 499 },
	{ 1000, 700, 500, 1499, 201, 1 },
	/* due, then overdue */
	{ 1000, 700, 500, 1500, 200, 0 },
	{ 1000, 700, 500, 1501, 199, 0 },
	{ 1000, 700, 500, 0x800003e7, 0, 0 },
	/* at once */
	{ 1000, 0, 0, 1000, 0, 0 },
	/* an idle timer stays idle */
	{ 1000, NONE, NONE, 0x90000000, NONE, NONE },
	/* across 2^32 */
	{ 0xffffffff, 1, 2, 0xffffffff, 1, 2 },
	{ 0xffffffff, 1, 2, 0, 0, 1 },
	{ 0xffffffff, 1, 2, 1, 0, 0 },
	{ 0xffffff00, 0x200, 0x100, 0xffffffff, 0x101, 1 },
	{ 0xffffff00, 0x200, 0x100, 0, 0x100, 0 },
	{ 0, 0x7fffffff, NONE, 0x7ffffffe, 1, NONE },
	{ 0x80000000, 0x7fffffff, 1, 0xffffffff, 0, 0 },
	/* further ahead than the clock can tell from behind */
	{ 1000, 0x80000000, 0xfffffffe, 1000, 0x7fffffff, 0x7fffffff },
	{ 1000, 0xf0000000, NONE, 1001, 0x7ffffffe, NONE },
};

static void timers_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = new_news(bare);
	struct chim_conn_deleg d;
	struct chim_conn *conn;
	int i;

	CHIM_COVERS(test, "X-07 TMR-014 TMR-017");
	news.v.flags = KA;
	for (i = 0; i < ARRAY_SIZE(timers); i++) {
		bare_at(bare, timers[i].now);
		news.d.ka_left = timers[i].ka_left;
		news.d.rt_left = timers[i].rt_left;
		news.d.ka_probes = 3;
		news.d.rt_count = 4;
		conn = bare_conn(bare, &news);
		bare_at(bare, timers[i].later);
		chim_conn_read(conn, NULL, &d);
		KUNIT_EXPECT_EQ_MSG(test, d.ka_left, timers[i].ka_back,
				    "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, d.rt_left, timers[i].rt_back,
				    "row %d", i);
		KUNIT_EXPECT_EQ(test, (int)d.ka_probes, 3);
		KUNIT_EXPECT_EQ(test, (int)d.rt_count, 4);
		bare_end_conn(conn);
	}
}

static const struct {
	u8 flags;
	u32 timeout;
	u32 probes;
	u32 left;
	u32 back;
} keepalives[] = {
	{ KA, 7200, 5, NONE, NONE },
	{ KA, 7200, 5, 0, 0 },
	{ KA, 7200, 5, 44, 44 },
	/* due at once, but no probe may be sent */
	{ KA, 7200, 0, 0, 7200 },
	{ KA, NONE, 0, 0, NONE },
	{ KA, 7200, 0, 44, 44 },
	/* all ones means never */
	{ KA, NONE, 5, NONE, NONE },
	{ KA, NONE, 5, 44, 44 },
	/* off */
	{ 0, 7200, 5, 0, NONE },
	{ 0, 7200, 5, 44, NONE },
	{ 0, 0, 0, 0, NONE },
	{ CHIM_CONN_NAGLE, 0, 5, 44, NONE },
};

static void keepalive_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = new_news(bare);
	struct chim_conn_deleg d;
	struct chim_conn *conn;
	int i;

	for (i = 0; i < ARRAY_SIZE(keepalives); i++) {
		news.v.flags = keepalives[i].flags;
		news.v.ka_timeout = keepalives[i].timeout;
		news.v.ka_probes = keepalives[i].probes;
		news.d.ka_left = keepalives[i].left;
		conn = bare_conn(bare, &news);
		chim_conn_read(conn, NULL, &d);
		KUNIT_EXPECT_EQ_MSG(test, d.ka_left, keepalives[i].back,
				    "row %d", i);
		bare_end_conn(conn);
	}
}

/* A KaTimeout of all ones starts no timer when it is set, either. */
static void never_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = new_news(bare);
	struct chim_conn *conn = bare_conn(bare, &news);
	struct chim_conn_cached v = news.v;
	struct chim_conn_deleg d;

	CHIM_COVERS(test, "X-08");
	v.flags = KA | CHIM_CONN_KA_RESTART;
	v.ka_timeout = 500;
	bare_at(bare, 100);
	chim_conn_update(conn, &v);
	bare_at(bare, 100);
	chim_conn_read(conn, NULL, &d);
	KUNIT_EXPECT_EQ(test, d.ka_left, 500U);
	v.ka_timeout = NONE;
	bare_at(bare, 100);
	chim_conn_update(conn, &v);
	bare_at(bare, 0x90000000);
	chim_conn_read(conn, NULL, &d);
	KUNIT_EXPECT_EQ(test, d.ka_left, NONE);
	/* the same at offload, with no probe configured */
	news = new_news(bare);
	news.v.flags = KA;
	news.v.ka_probes = 0;
	news.v.ka_timeout = 500;
	news.d.ka_left = 0;
	conn = bare_conn(bare, &news);
	bare_at(bare, 0x90000000 + 499);
	chim_conn_read(conn, NULL, &d);
	KUNIT_EXPECT_EQ(test, d.ka_left, 1U);
}

static const struct {
	u8 flags;
	u32 timeout;
	u32 interval;
	enum chim_why why;
} pauses[] = {
	{ KA, 1, 1, CHIM_OK },
	{ KA, 0, 1, CHIM_WHY_KEEPALIVE },
	{ KA, 1, 0, CHIM_WHY_KEEPALIVE },
	{ KA, 0, 0, CHIM_WHY_KEEPALIVE },
	{ 0, 0, 0, CHIM_OK },
};

static void pause_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = new_news(bare);
	struct chim_conn *conn, *fresh;
	enum chim_why why;
	int i;

	CHIM_COVERS(test, "X-09");
	conn = bare_conn(bare, &news);
	news = new_news(bare);
	for (i = 0; i < ARRAY_SIZE(pauses); i++) {
		news.v.flags = pauses[i].flags;
		news.v.ka_timeout = pauses[i].timeout;
		news.v.ka_interval = pauses[i].interval;
		why = chim_conn_create(&bare->owner, &news, &fresh);
		KUNIT_EXPECT_EQ_MSG(test, why, pauses[i].why, "row %d", i);
		if (!why)
			bare_end_conn(fresh);
		KUNIT_EXPECT_EQ_MSG(test, chim_conn_check(conn, &news.v),
				    pauses[i].why, "row %d", i);
	}
}

/* Commands act once, settings stay. */
static void update_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = new_news(bare);
	struct chim_conn_cached v, back;
	struct chim_conn_deleg d;
	struct chim_conn *conn;

	news.v.flags = KA;
	news.v.ka_timeout = 300;
	news.d.ka_left = 10;
	news.d.ka_probes = 2;
	news.d.total_rt = 77;
	bare_at(bare, 0xffffffff);
	conn = bare_conn(bare, &news);
	v = news.v;
	v.tos = 9;
	bare_at(bare, 4);
	chim_conn_update(conn, &v);
	bare_at(bare, 4);
	chim_conn_read(conn, &back, &d);
	KUNIT_EXPECT_EQ(test, (int)back.tos, 9);
	KUNIT_EXPECT_EQ(test, d.ka_left, 5U);
	KUNIT_EXPECT_EQ(test, (int)d.ka_probes, 2);
	KUNIT_EXPECT_EQ(test, d.total_rt, 77U);
	v.flags |= CHIM_CONN_COMMANDS | CHIM_CONN_NAGLE;
	bare_at(bare, 4);
	chim_conn_update(conn, &v);
	bare_at(bare, 4);
	chim_conn_read(conn, &back, &d);
	KUNIT_EXPECT_EQ(test, (int)back.flags, KA | CHIM_CONN_NAGLE);
	KUNIT_EXPECT_EQ(test, d.ka_left, 300U);
	KUNIT_EXPECT_EQ(test, (int)d.ka_probes, 0);
	KUNIT_EXPECT_EQ(test, d.total_rt, 0U);
	v.flags = 0;
	bare_at(bare, 5);
	chim_conn_update(conn, &v);
	bare_at(bare, 5);
	chim_conn_read(conn, NULL, &d);
	KUNIT_EXPECT_EQ(test, d.ka_left, NONE);
	v.flags = KA;
	bare_at(bare, 6);
	chim_conn_update(conn, &v);
	bare_at(bare, 7);
	chim_conn_read(conn, NULL, &d);
	KUNIT_EXPECT_EQ(test, d.ka_left, 299U);
}

static const struct {
	u32 ts_time;
	u32 nic_time;
	u32 delta;
	u32 later;
	u32 stamp;
} stamps[] = {
	/* the page's example: offload, send, terminate, offload again */
	{ 100, 200, -100, 210, 110 },
	{ 100, 200, -100, 250, 150 },
	{ 350, 320, 30, 320, 350 },
	{ 350, 320, 30, 330, 360 },
	/* across 2^32, clock and timestamp in turn and both */
	{ 100, 0xffffffff, 101, 0xffffffff, 100 },
	{ 100, 0xffffffff, 101, 0, 101 },
	{ 0xffffffff, 10, 0xfffffff5, 10, 0xffffffff },
	{ 0xffffffff, 10, 0xfffffff5, 11, 0 },
	{ 0xffffffff, 0xffffffff, 0, 0, 0 },
	{ 0x80000000, 0, 0x80000000, 0x80000000, 0 },
	{ 0, 0x80000000, 0x80000000, 0xffffffff, 0x7fffffff },
};

static void timestamp_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = new_news(bare);
	struct chim_conn_deleg d;
	struct chim_conn *conn;
	int i;

	CHIM_COVERS(test, "TSP-011 TSP-012");
	news.c.flags = CHIM_CONN_TIMESTAMPS;
	for (i = 0; i < ARRAY_SIZE(stamps); i++) {
		news.d.ts_time = stamps[i].ts_time;
		bare_at(bare, stamps[i].nic_time);
		conn = bare_conn(bare, &news);
		KUNIT_EXPECT_EQ_MSG(test, conn->tcb.ts_delta, stamps[i].delta,
				    "row %d", i);
		bare_at(bare, stamps[i].later);
		KUNIT_EXPECT_EQ_MSG(test, provoke(bare, conn)->tsval,
				    stamps[i].stamp, "row %d", i);
		chim_conn_read(conn, NULL, &d);
		KUNIT_EXPECT_EQ_MSG(test, d.ts_time, stamps[i].stamp,
				    "row %d", i);
		bare_end_conn(conn);
	}
}

/*
 * The host's clock is the faster one: after the first upload it has a delta
 * of its own, and what it gives at the second offload is ahead of ours.
 */
static void monotonic_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = new_news(bare);
	struct chim_conn_deleg d;
	struct chim_conn *conn;

	CHIM_COVERS(test, "TSP-015 D-67");
	news.c.flags = CHIM_CONN_TIMESTAMPS;
	news.d.ts_time = 100;
	bare_at(bare, 200);
	conn = bare_conn(bare, &news);
	bare_at(bare, 210);
	KUNIT_EXPECT_EQ(test, provoke(bare, conn)->tsval, 110U);
	bare_at(bare, 250);
	chim_conn_read(conn, NULL, &d);
	KUNIT_EXPECT_EQ(test, d.ts_time, 150U);
	bare_end_conn(conn);
	news.d.ts_time = 350;
	bare_at(bare, 320);
	conn = bare_conn(bare, &news);
	KUNIT_EXPECT_EQ(test, conn->tcb.ts_delta, 30U);
	KUNIT_EXPECT_EQ(test, provoke(bare, conn)->tsval, 350U);
}

static const struct {
	u32 age;
	u32 now;
	u32 later;
	u32 back;
} ages[] = {
	{ 0, 1000, 1000, 0 },
	{ 5, 1000, 1000, 5 },
	{ 5, 1000, 1010, 15 },
	{ 5, 3, 3, 5 },
	{ 5, 0xffffffff, 0, 6 },
	{ 0xffffffff, 0, 0, 0xffffffff },
	{ 0xffffffff, 7, 8, 0 },
};

static void age_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = new_news(bare);
	struct chim_conn_deleg d;
	struct chim_conn *conn;
	int i;

	for (i = 0; i < ARRAY_SIZE(ages); i++) {
		news.d.ts_recent_age = ages[i].age;
		bare_at(bare, ages[i].now);
		conn = bare_conn(bare, &news);
		bare_at(bare, ages[i].later);
		chim_conn_read(conn, NULL, &d);
		KUNIT_EXPECT_EQ_MSG(test, d.ts_recent_age, ages[i].back,
				    "row %d", i);
		bare_end_conn(conn);
	}
}

static const struct {
	u8 flags;
	u8 scale;
	u32 wnd;
	u16 field;
} scales[] = {
	{ CHIM_CONN_WSCALE, 0, 65535, 65535 },
	{ CHIM_CONN_WSCALE, 0, 65536, 65535 },
	{ CHIM_CONN_WSCALE, 7, 65536, 512 },
	/* rounded up: the edge that was promised never moves left (D-28) */
	{ CHIM_CONN_WSCALE, 7, 127, 1 },
	{ CHIM_CONN_WSCALE, 7, 128, 1 },
	{ CHIM_CONN_WSCALE, 14, BIT(30), 65535 },
	{ CHIM_CONN_WSCALE, 14, BIT(30) - BIT(14), 65535 },
	{ CHIM_CONN_WSCALE, 14, BIT(30) - BIT(15), 65534 },
	/* RFC 7323, section 2.3: more counts as 14 */
	{ CHIM_CONN_WSCALE, 15, BIT(20), BIT(6) },
	/* not agreed on */
	{ 0, 7, 65536, 65535 },
	{ 0, 7, 100, 100 },
	{ 0, 14, 0, 0 },
};

static void scale_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = new_news(bare);
	struct chim_conn *conn;
	int i;

	for (i = 0; i < ARRAY_SIZE(scales); i++) {
		news.c.flags = scales[i].flags;
		news.c.rcv_wscale = scales[i].scale;
		news.v.rcv_wnd = scales[i].wnd;
		news.d.rcv_wnd = scales[i].wnd;
		conn = bare_conn(bare, &news);
		KUNIT_EXPECT_EQ_MSG(test, provoke(bare, conn)->wnd,
				    scales[i].field, "row %d", i);
		bare_end_conn(conn);
	}
}

/* What an acknowledgment says; what is in other headers is the wire's. */
static void ack_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = new_news(bare);
	struct chim_sreq req = { .len = 0x20 };
	const struct chim_frame *ack;
	struct chim_conn *conn;

	news.c.flags = CHIM_CONN_TIMESTAMPS;
	news.d.snd_una = 0xfffffff0;
	news.d.snd_nxt = 0xfffffff8;
	news.d.snd_max = 0x10;
	news.d.snd_wnd = 0;
	news.sends = &req;
	news.send_data = req.len;
	news.d.rcv_nxt = 0xffffffff;
	news.d.ts_recent = 0x12345678;
	conn = bare_conn(bare, &news);
	ack = provoke(bare, conn);
	/* As far as the peer's window goes. */
	KUNIT_EXPECT_EQ(test, ack->seq, 0xfffffff0U);
	KUNIT_EXPECT_EQ(test, ack->ack, 0xffffffffU);
	KUNIT_EXPECT_EQ(test, (int)ack->flags, CHIM_ACK);
	KUNIT_EXPECT_EQ(test, ack->len, 0U);
	KUNIT_EXPECT_TRUE(test, ack->timestamps);
	KUNIT_EXPECT_EQ(test, ack->tsecr, 0x12345678U);
	bare_end_conn(conn);
	news = new_news(bare);
	conn = bare_conn(bare, &news);
	KUNIT_EXPECT_FALSE(test, provoke(bare, conn)->timestamps);
}

/* Read the one, the other, both, or nothing. */
static void read_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = new_news(bare);
	struct chim_conn *conn = bare_conn(bare, &news);
	struct chim_conn_deleg d = {};
	struct chim_conn_cached v = {};

	chim_conn_read(conn, NULL, NULL);
	chim_conn_read(conn, &v, NULL);
	KUNIT_EXPECT_EQ(test, memcmp(&v, &news.v, sizeof(v)), 0);
	chim_conn_read(conn, NULL, &d);
	/* None of the host's. */
	news.d.snd_backlog = d.snd_backlog;
	KUNIT_EXPECT_EQ(test, memcmp(&d, &news.d, sizeof(d)), 0);
}

/*
 * D-30: something should be sent again, and what is below is invalid. Whoever finds
 * that out may not be the owner, who asks the host then, and not a timeout later.
 */
static void muted_test(struct kunit *test)
{
	struct chim_sreq req = { .len = 100, .flags = CHIM_SREQ_OFFLOADED };
	struct bare *bare = test->priv;
	struct chim_conn_news news = new_news(bare);
	struct chim_conn *conn;

	CHIM_COVERS(test, "D-30 INV-032");
	news.d.snd_nxt += 100;
	news.d.snd_max += 100;
	news.d.rt_left = 50;
	news.sends = &req;
	news.send_data = 100;
	conn = bare_conn(bare, &news);
	chim_conn_start(conn);
	chim_obj_mark(&conn->path->obj, CHIM_OBJ_INVALID);
	set_bit(CHIM_CONN_OWNED, &conn->bits);
	bare_at(bare, BARE_NOW + 50);
	chim_conn_kick(conn);
	KUNIT_EXPECT_TRUE(test, test_bit(CHIM_CONN_AGAIN, &conn->bits));
	KUNIT_EXPECT_EQ(test, bare->events, 0);
	clear_bit(CHIM_CONN_OWNED, &conn->bits);
	chim_conn_kick(conn);
	KUNIT_EXPECT_EQ(test, bare->events, 1);
	KUNIT_EXPECT_EQ(test, (int)conn->tcb.upload, (int)CHIM_UPLOAD_INVALID);
	KUNIT_EXPECT_EQ(test, bare->frames, 0);
	bare_end_conn(conn);
}

static struct kunit_case conn_time_cases[] = {
	KUNIT_CASE(timers_test),
	KUNIT_CASE(keepalive_test),
	KUNIT_CASE(never_test),
	KUNIT_CASE(pause_test),
	KUNIT_CASE(update_test),
	KUNIT_CASE(timestamp_test),
	KUNIT_CASE(monotonic_test),
	KUNIT_CASE(age_test),
	KUNIT_CASE(scale_test),
	KUNIT_CASE(ack_test),
	KUNIT_CASE(read_test),
	KUNIT_CASE(muted_test),
	{}
};

static struct kunit_suite conn_time_suite = {
	.name = "chim_conn_time",
	.init = bare_init,
	.exit = bare_exit,
	.test_cases = conn_time_cases,
};

kunit_test_suite(conn_time_suite);
