// SPDX-License-Identifier: GPL-2.0
/* Connections in the state layer: windows, sequence numbers, timers. */
#include "bare.h"

static struct chim_path *new_path(struct bare *bare)
{
	return bare_path(bare, bare_neigh(bare));
}

static enum chim_why try_conn(struct bare *bare,
			      const struct chim_conn_news *news)
{
	struct chim_conn *conn;
	enum chim_why why;

	why = chim_conn_create(&bare->owner, news, &conn);
	if (!why)
		bare_end_conn(conn);
	return why;
}

/* Nothing of a connection that was refused is left. */
static void expect_why(struct kunit *test, const struct chim_conn_news *news,
		       enum chim_why want, int row)
{
	struct bare *bare = test->priv;

	KUNIT_EXPECT_EQ_MSG(test, try_conn(bare, news), want, "row %d", row);
	KUNIT_EXPECT_EQ(test, bare->space.count[CHIM_CONN], 0U);
	KUNIT_EXPECT_EQ(test, bare->owner.count[CHIM_CONN], 0U);
	KUNIT_EXPECT_EQ(test, atomic_read(&bare->space.conns.nelems), 0);
	KUNIT_EXPECT_EQ(test, news->path->obj.deps, 0U);
}

static const struct {
	u32 state;
	bool ok;
} states[] = {
	{ CHIM_TCP_CLOSED, false },
	{ CHIM_TCP_LISTEN, false },
	{ CHIM_TCP_SYN_SENT, false },
	{ CHIM_TCP_SYN_RCVD, false },
	{ CHIM_TCP_ESTABLISHED, true },
	{ CHIM_TCP_FIN_WAIT1, true },
	{ CHIM_TCP_FIN_WAIT2, true },
	{ CHIM_TCP_CLOSE_WAIT, true },
	{ CHIM_TCP_CLOSING, true },
	{ CHIM_TCP_LAST_ACK, true },
	{ CHIM_TCP_TIME_WAIT, false },
	{ CHIM_TCP_STATES, false },
	{ 0x80000004, false },
	{ U32_MAX, false },
};

static void state_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = bare_news(new_path(bare));
	struct chim_conn_deleg d;
	struct chim_conn *conn;
	int i;

	CHIM_COVERS(test, "X-01");
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		news.d.state = states[i].state;
		expect_why(test, &news, states[i].ok ? CHIM_OK :
						       CHIM_WHY_TCP_STATE, i);
		if (!states[i].ok)
			continue;
		conn = bare_conn(bare, &news);
		chim_conn_read(conn, NULL, &d);
		KUNIT_EXPECT_EQ(test, d.state, states[i].state);
		bare_end_conn(conn);
	}
}

#define EST	CHIM_TCP_ESTABLISHED
#define FW1	CHIM_TCP_FIN_WAIT1
#define FW2	CHIM_TCP_FIN_WAIT2
#define CLW	CHIM_TCP_CLOSE_WAIT
#define CLO	CHIM_TCP_CLOSING
#define LAK	CHIM_TCP_LAST_ACK
#define SEQ	CHIM_WHY_SEQUENCE
#define DATA	CHIM_WHY_SEND_DATA

static const struct {
	u32 state;
	u32 una;
	u32 nxt;
	u32 max;
	u64 data;
	enum chim_why why;
} sequences[] = {
	{ EST, 100, 100, 100, 0, CHIM_OK },
	{ EST, 100, 200, 200, 100, CHIM_OK },
	{ EST, 100, 150, 200, 100, CHIM_OK },
	{ EST, 100, 100, 200, 100, CHIM_OK },
	{ EST, 100, 100, 100, 5000, CHIM_OK },
	/* sent, but not there */
	{ EST, 100, 101, 101, 0, DATA },
	{ EST, 100, 100, 101, 0, DATA },
	{ EST, 100, 200, 200, 99, DATA },
	{ CLW, 100, 101, 101, 0, DATA },
	{ FW2, 100, 101, 101, 0, DATA },
	/* the one byte of an own FIN */
	{ FW1, 100, 101, 101, 0, CHIM_OK },
	{ CLO, 100, 101, 101, 0, CHIM_OK },
	{ LAK, 100, 101, 101, 0, CHIM_OK },
	{ FW1, 100, 102, 102, 0, DATA },
	{ CLO, 100, 102, 102, 0, DATA },
	{ LAK, 100, 102, 102, 0, DATA },
	{ FW1, 100, 201, 201, 100, CHIM_OK },
	{ FW1, 100, 202, 202, 100, DATA },
	{ FW1, 100, 100, 100, 0, CHIM_OK },
	{ FW2, 100, 100, 100, 0, CHIM_OK },
	/* out of order */
	{ EST, 100, 99, 100, 100, SEQ },
	{ EST, 100, 200, 199, 100, SEQ },
	{ EST, 100, 99, 99, 100, SEQ },
	{ EST, 0, 0x80000000, 0x80000000, 0x80000000, SEQ },
	/* across 2^32 */
	{ EST, 0xffffffff, 0, 0, 1, CHIM_OK },
	{ EST, 0xffffffff, 0, 0, 0, DATA },
	{ EST, 0xffffff9c, 0, 100, 200, CHIM_OK },
	{ EST, 0xffffff9c, 0, 100, 199, DATA },
	{ EST, 0xffffff9c, 0xffffffff, 0, 100, CHIM_OK },
	{ EST, 0, 0xffffffff, 0xffffffff, 0, SEQ },
	{ EST, 0, 0, 0xffffffff, 0, SEQ },
	{ LAK, 0xffffffff, 0, 0, 0, CHIM_OK },
	{ LAK, 0xfffffffe, 0, 0, 0, DATA },
	{ FW1, 0xffffff9c, 100, 101, 200, CHIM_OK },
	{ EST, 0x80000000, 0xffffffff, 0xffffffff, 0x7fffffff, CHIM_OK },
};

static void sequence_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = bare_news(new_path(bare));
	struct chim_sreq req;
	int i;

	CHIM_COVERS(test, "X-04 R-12");
	for (i = 0; i < ARRAY_SIZE(sequences); i++) {
		news.d.state = sequences[i].state;
		news.d.snd_una = sequences[i].una;
		news.d.snd_nxt = sequences[i].nxt;
		news.d.snd_max = sequences[i].max;
		news.send_data = sequences[i].data;
		req = (struct chim_sreq) { .len = sequences[i].data };
		news.sends = sequences[i].data ? &req : NULL;
		expect_why(test, &news, sequences[i].why, i);
	}
}

static const struct {
	u32 initial;
	u32 buffered;
	u32 promised;
	u32 state;
	u32 wnd;
	u32 debt;
} windows[] = {
	{ 65536, 0, 65536, EST, 65536, 0 },
	/* widened to what the host has room for */
	{ 65536, 0, 60000, EST, 65536, 0 },
	{ 65536, 0, 0, EST, 65536, 0 },
	{ 65536, 1000, 64536, EST, 64536, 0 },
	{ 65536, 1000, 100, EST, 64536, 0 },
	/* more was promised, and the promise stands */
	{ 65536, 0, 65537, EST, 65537, 1 },
	{ 65536, 1000, 65536, EST, 65536, 1000 },
	{ 65536, 65536, 0, EST, 0, 0 },
	{ 65536, 65536, 10, EST, 10, 10 },
	/* more is undelivered than there is room */
	{ 65536, 65537, 0, EST, 0, 1 },
	{ 1000, 5000, 0, EST, 0, 4000 },
	{ 1000, 5000, 100, EST, 100, 4100 },
	/* a closed window */
	{ 0, 0, 0, EST, 0, 0 },
	{ 0, 0, 1, EST, 1, 1 },
	{ 0, 1, 0, EST, 0, 1 },
	/* after the peer's FIN there is nothing to promise */
	{ 65536, 1000, 100, CLW, 100, 0 },
	{ 65536, 0, 65536, CLO, 65536, 0 },
	{ 1000, 5000, 7, LAK, 7, 0 },
	/* our own FIN changes nothing about it */
	{ 65536, 0, 100, FW1, 65536, 0 },
	{ 65536, 0, 100, FW2, 65536, 0 },
	/* the largest, and more than any peer can have been promised */
	{ BIT(30), 0, BIT(30), EST, BIT(30), 0 },
	{ 65536, 0, U32_MAX, EST, BIT(30), BIT(30) - 65536 },
	{ 65536, 65537, U32_MAX, EST, BIT(30), BIT(30) + 1 },
};

static void window_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = bare_news(new_path(bare));
	struct chim_conn *conn;
	int i;

	CHIM_COVERS(test, "X-13 CON-030");
	for (i = 0; i < ARRAY_SIZE(windows); i++) {
		news.v.rcv_wnd = windows[i].initial;
		news.buffered = bare_data(bare, windows[i].buffered);
		news.d.rcv_wnd = windows[i].promised;
		news.d.state = windows[i].state;
		conn = bare_conn(bare, &news);
		KUNIT_EXPECT_EQ_MSG(test, conn->tcb.rcv_wnd, windows[i].wnd,
				    "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, conn->tcb.rcv_debt, windows[i].debt,
				    "row %d", i);
		bare_end_conn(conn);
	}
}

/* What a debt does to later values of InitialRcvWnd. */
static const struct {
	u32 initial;
	u32 buffered;
	u32 promised;
	u32 moves[3];
	u32 wnd[3];
	bool opens[3];
} moves[] = {
	/* without a debt, both ways and back again */
	{ 1000, 0, 1000, { 3000, 2000, 3000 }, { 3000, 3000, 3000 },
	  { true, false, false } },
	{ 1000, 0, 1000, { 0, 1000, 1001 }, { 1000, 1000, 1001 },
	  { false, false, true } },
	/* the surplus comes first */
	{ 1000, 5000, 0, { 4000, 5000, 5001 }, { 0, 0, 1 },
	  { false, false, true } },
	{ 1000, 5000, 0, { 9000, 500, 9000 }, { 4000, 4000, 4000 },
	  { true, false, false } },
	/* so does a promise */
	{ 1000, 0, 1500, { 1200, 1500, 1600 }, { 1500, 1500, 1600 },
	  { false, false, true } },
	{ 1000, 0, 1500, { 1000, 900, 1501 }, { 1500, 1500, 1501 },
	  { false, false, true } },
	/* from closed to the largest */
	{ 0, 0, 0, { 1, BIT(30), BIT(30) }, { 1, BIT(30), BIT(30) },
	  { true, true, false } },
};

static void move_window_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = bare_news(new_path(bare));
	struct chim_conn_cached v;
	struct chim_conn *conn;
	int i, j;

	CHIM_COVERS(test, "X-14");
	for (i = 0; i < ARRAY_SIZE(moves); i++) {
		news.v.rcv_wnd = moves[i].initial;
		news.buffered = bare_data(bare, moves[i].buffered);
		news.d.rcv_wnd = moves[i].promised;
		conn = bare_conn(bare, &news);
		chim_conn_start(conn);
		for (j = 0; j < 3; j++) {
			v = news.v;
			v.rcv_wnd = moves[i].moves[j];
			bare->frames = 0;
			chim_conn_update(conn, &v);
			KUNIT_EXPECT_EQ_MSG(test, bare->frames,
					    (int)moves[i].opens[j],
					    "row %d, %d", i, j);
			KUNIT_EXPECT_EQ_MSG(test, conn->tcb.rcv_wnd,
					    moves[i].wnd[j], "row %d, %d",
					    i, j);
			KUNIT_EXPECT_EQ(test, conn->v.rcv_wnd, v.rcv_wnd);
		}
		bare_end_conn(conn);
	}
}

/* after the peer's FIN no window is announced. */
static void opens_after_fin_test(struct kunit *test)
{
	static const u32 fin[] = { CLW, CLO, LAK };
	struct bare *bare = test->priv;
	struct chim_conn_news news = bare_news(new_path(bare));
	struct chim_conn_cached v = news.v;
	struct chim_conn *conn;
	int i;

	v.rcv_wnd = 2 * news.v.rcv_wnd;
	for (i = 0; i < ARRAY_SIZE(fin); i++) {
		news.d.state = fin[i];
		conn = bare_conn(bare, &news);
		chim_conn_start(conn);
		chim_conn_update(conn, &v);
		KUNIT_EXPECT_EQ(test, bare->frames, 0);
		bare_end_conn(conn);
	}
	news.d.state = FW2;
	conn = bare_conn(bare, &news);
	chim_conn_start(conn);
	chim_conn_update(conn, &v);
	KUNIT_EXPECT_EQ(test, bare->frames, 1);
}

static const struct {
	u32 given;
	u32 kept;
} cwnds[] = {
	{ 0, 0 },
	{ 1460, 1460 },
	{ BIT(30) - 1, BIT(30) - 1 },
	{ BIT(30), BIT(30) },
	{ BIT(30) + 1, BIT(30) },
	{ BIT(31), BIT(30) },
	{ U32_MAX, BIT(30) },
};

static void cwnd_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = bare_news(new_path(bare));
	struct chim_conn_deleg d;
	struct chim_conn *conn;
	int i;

	CHIM_COVERS(test, "X-05");
	for (i = 0; i < ARRAY_SIZE(cwnds); i++) {
		news.d.cwnd = cwnds[i].given;
		conn = bare_conn(bare, &news);
		chim_conn_read(conn, NULL, &d);
		KUNIT_EXPECT_EQ(test, d.cwnd, cwnds[i].kept);
		bare_end_conn(conn);
	}
}

/* Limits and values that no connection can have. */
static void refuse_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news good = bare_news(new_path(bare)), news;

	news = good;
	news.c.lport = 0;
	expect_why(test, &news, CHIM_WHY_ADDRESS, 0);
	news = good;
	news.c.rport = 0;
	expect_why(test, &news, CHIM_WHY_ADDRESS, 1);
	news = good;
	news.c.remote_mss = 47;
	expect_why(test, &news, CHIM_WHY_MSS, 2);
	news.c.remote_mss = 48;
	expect_why(test, &news, CHIM_OK, 3);
	news = good;
	news.v.ttl = 0;
	expect_why(test, &news, CHIM_WHY_TTL, 4);
	news = good;
	bare->space.limits.objects[CHIM_CONN] = 0;
	expect_why(test, &news, CHIM_WHY_CONN_LIMIT, 5);
	bare->space.limits.objects[CHIM_CONN] = 1;
	expect_why(test, &news, CHIM_OK, 6);
}

static const struct {
	u32 limit;
	u32 wnd;
	bool ok;
} rcv_wnds[] = {
	{ U32_MAX, 0, true },
	{ U32_MAX, 1, true },
	{ U32_MAX, BIT(30), true },
	{ U32_MAX, BIT(30) + 1, false },
	{ U32_MAX, BIT(31), false },
	{ U32_MAX, BIT(31) + 1, false },
	{ U32_MAX, U32_MAX, false },
	{ 1000, 1000, true },
	{ 1000, 1001, false },
};

static void rcv_wnd_limit_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_conn_news news = bare_news(new_path(bare));
	int i;

	CHIM_COVERS(test, "X-15");
	news.d.rcv_wnd = 0;
	for (i = 0; i < ARRAY_SIZE(rcv_wnds); i++) {
		bare->space.limits.rcv_wnd = rcv_wnds[i].limit;
		news.v.rcv_wnd = rcv_wnds[i].wnd;
		expect_why(test, &news, rcv_wnds[i].ok ? CHIM_OK :
							 CHIM_WHY_RCV_WINDOW,
			   i);
	}
}

/* One connection of a tuple at a time, whatever the path object. */
static void duplicate_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_path *path = new_path(bare);
	struct chim_path *same = bare_path(bare, chim_path_neigh(path));
	struct chim_conn_news news = bare_news(path);
	struct chim_conn *conn = bare_conn(bare, &news);

	KUNIT_EXPECT_EQ(test, try_conn(bare, &news), CHIM_WHY_DUPLICATE);
	news.path = same;
	KUNIT_EXPECT_EQ(test, try_conn(bare, &news), CHIM_WHY_DUPLICATE);
	KUNIT_EXPECT_EQ(test, path->obj.deps, 1U);
	KUNIT_EXPECT_EQ(test, same->obj.deps, 0U);
	KUNIT_EXPECT_EQ(test, bare->space.count[CHIM_CONN], 1U);
	KUNIT_EXPECT_PTR_EQ(test, bare_find(bare, conn->obj.handle),
			    &conn->obj);
	bare_end_conn(conn);
	KUNIT_EXPECT_EQ(test, path->obj.deps, 0U);
	KUNIT_EXPECT_EQ(test, try_conn(bare, &news), CHIM_OK);
}

/* What must be silent: the connection, what it runs on, nothing else. */
static void stopped_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_path *path = new_path(bare);
	struct chim_neigh *other = bare_neigh(bare);
	struct chim_conn_news news = bare_news(path);
	struct chim_conn *conn = bare_conn(bare, &news);
	struct chim_obj *objs[] = {
		&conn->obj, &path->obj, &chim_path_neigh(path)->obj,
	};
	static const u8 conn_marks[] = {
		CHIM_OBJ_UPLOAD, CHIM_OBJ_CORRUPT, CHIM_OBJ_DEAD,
	};
	int i;

	rcu_read_lock();
	KUNIT_EXPECT_FALSE(test, chim_conn_stopped(conn));
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		chim_obj_mark(objs[i], CHIM_OBJ_INVALID);
		KUNIT_EXPECT_TRUE(test, chim_conn_stopped(conn));
		chim_obj_unmark(objs[i], CHIM_OBJ_INVALID);
		KUNIT_EXPECT_FALSE(test, chim_conn_stopped(conn));
	}
	for (i = 0; i < ARRAY_SIZE(conn_marks); i++) {
		chim_obj_mark(&conn->obj, conn_marks[i]);
		KUNIT_EXPECT_TRUE(test, chim_conn_stopped(conn));
		chim_obj_unmark(&conn->obj, conn_marks[i]);
	}
	chim_obj_mark(&other->obj, CHIM_OBJ_INVALID);
	KUNIT_EXPECT_FALSE(test, chim_conn_stopped(conn));
	chim_path_link(path, other);
	KUNIT_EXPECT_TRUE(test, chim_conn_stopped(conn));
	rcu_read_unlock();
}

/* One that cannot stay never had a handle: none is used up, and nothing changes. */
static void unnamed_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_path *path = new_path(bare);
	struct chim_conn_news news = bare_news(path);
	struct chim_conn *conn = bare_conn(bare, &news);
	u64 handle = path->obj.handle, gen = 1ULL << 32;
	u32 changes = bare->space.changes, events = bare->events;
	struct chim_path *next;

	KUNIT_EXPECT_EQ(test, try_conn(bare, &news), CHIM_WHY_DUPLICATE);
	KUNIT_EXPECT_EQ(test, bare->space.changes, changes);
	KUNIT_EXPECT_EQ(test, bare->events, (int)events);
	/* The next one has the next number, and the place that was left. */
	next = bare_path(bare, chim_path_neigh(path));
	KUNIT_EXPECT_EQ(test, next->obj.handle - handle, 2 * (gen + 1));
	KUNIT_EXPECT_PTR_EQ(test, bare_find(bare, conn->obj.handle),
			    &conn->obj);
}

static struct kunit_case conn_cases[] = {
	KUNIT_CASE(state_test),
	KUNIT_CASE(sequence_test),
	KUNIT_CASE(window_test),
	KUNIT_CASE(move_window_test),
	KUNIT_CASE(opens_after_fin_test),
	KUNIT_CASE(cwnd_test),
	KUNIT_CASE(refuse_test),
	KUNIT_CASE(rcv_wnd_limit_test),
	KUNIT_CASE(duplicate_test),
	KUNIT_CASE(stopped_test),
	KUNIT_CASE(unnamed_test),
	{}
};

static struct kunit_suite conn_suite = {
	.name = "chim_conn",
	.init = bare_init,
	.exit = bare_exit,
	.test_cases = conn_cases,
};

kunit_test_suite(conn_suite);
