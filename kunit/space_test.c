// SPDX-License-Identifier: GPL-2.0
/* The space of objects: handles, counts, connections by address. */
#include "bare.h"

#include <linux/bottom_half.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/skbuff.h>

#define MANY	2000

static void handle_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_neigh *neigh = bare_neigh(bare);
	struct chim_path *path = bare_path(bare, neigh);
	struct chim_conn_news news = bare_news(path);
	struct chim_conn *conn = bare_conn(bare, &news);

	KUNIT_EXPECT_NE(test, neigh->obj.handle, 0ULL);
	KUNIT_EXPECT_NE(test, neigh->obj.handle, path->obj.handle);
	KUNIT_EXPECT_NE(test, path->obj.handle, conn->obj.handle);
	KUNIT_EXPECT_PTR_EQ(test, bare_find(bare, neigh->obj.handle),
			    &neigh->obj);
	KUNIT_EXPECT_PTR_EQ(test, bare_find(bare, path->obj.handle),
			    &path->obj);
	KUNIT_EXPECT_PTR_EQ(test, bare_find(bare, conn->obj.handle),
			    &conn->obj);
	KUNIT_EXPECT_PTR_EQ(test, conn->obj.owner, &bare->owner);
	KUNIT_EXPECT_EQ(test, (int)neigh->obj.layer, CHIM_NEIGH);
	KUNIT_EXPECT_EQ(test, (int)path->obj.layer, CHIM_PATH);
	KUNIT_EXPECT_EQ(test, (int)conn->obj.layer, CHIM_CONN);
	KUNIT_EXPECT_TRUE(test, chim_obj_sound(&conn->obj));
}

/* A number that is no handle names nothing, however near it comes. */
static void forged_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_neigh *neigh = bare_neigh(bare);
	u64 handle = neigh->obj.handle;
	int i;

	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_NULL(test, bare_find(bare, handle ^ BIT_ULL(i)));
	KUNIT_EXPECT_NULL(test, bare_find(bare, 0));
	KUNIT_EXPECT_NULL(test, bare_find(bare, ~0ULL));
	KUNIT_EXPECT_NULL(test, bare_find(bare, (u64)neigh));
	KUNIT_EXPECT_NULL(test, bare_find(bare, (u32)handle));
	KUNIT_EXPECT_PTR_EQ(test, bare_find(bare, handle), &neigh->obj);
}

static void stale_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_neigh *neigh = bare_neigh(bare);
	u64 stale = neigh->obj.handle;
	int i;

	bare_end_neigh(neigh);
	KUNIT_EXPECT_NULL(test, bare_find(bare, stale));
	for (i = 0; i < 100; i++) {
		neigh = bare_neigh(bare);
		KUNIT_EXPECT_NE(test, neigh->obj.handle, stale);
		/* It has the same place in the table. */
		KUNIT_EXPECT_EQ(test, (u32)neigh->obj.handle, (u32)stale);
		KUNIT_EXPECT_NULL(test, bare_find(bare, stale));
		bare_end_neigh(neigh);
	}
}

static void foreign_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct bare *other = bare_second(test);
	struct chim_neigh *neigh = bare_neigh(bare);
	struct chim_neigh *alien = bare_neigh(other);

	KUNIT_EXPECT_EQ(test, (u32)neigh->obj.handle, (u32)alien->obj.handle);
	KUNIT_EXPECT_NULL(test, bare_find(bare, alien->obj.handle));
	KUNIT_EXPECT_NULL(test, bare_find(other, neigh->obj.handle));
	bare_destroy(other);
}

static void ended_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_neigh *neigh = bare_neigh(bare);

	KUNIT_EXPECT_FALSE(test, chim_obj_marked(&neigh->obj, CHIM_OBJ_DEAD));
	chim_neigh_end(neigh);
	KUNIT_EXPECT_TRUE(test, chim_obj_marked(&neigh->obj, CHIM_OBJ_DEAD));
	chim_neigh_free(neigh);
}

static void counts_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_owner second = { .space = &bare->space };
	const struct chim_neigh_deleg d = {};
	struct chim_neigh *neigh, *others;
	struct chim_path *path;
	u32 changes = bare->space.changes;

	neigh = bare_neigh(bare);
	path = bare_path(bare, neigh);
	KUNIT_EXPECT_EQ(test, chim_neigh_create(&second, NULL,
						&bare_neigh_const,
						&bare_neigh_cached, &d, 0,
						&others), CHIM_OK);
	KUNIT_EXPECT_EQ(test, bare->space.count[CHIM_NEIGH], 2U);
	KUNIT_EXPECT_EQ(test, bare->space.count[CHIM_PATH], 1U);
	KUNIT_EXPECT_EQ(test, bare->owner.count[CHIM_NEIGH], 1U);
	KUNIT_EXPECT_EQ(test, bare->owner.count[CHIM_PATH], 1U);
	KUNIT_EXPECT_EQ(test, second.count[CHIM_NEIGH], 1U);
	KUNIT_EXPECT_EQ(test, bare->space.changes, changes + 3);
	bare_end_neigh(others);
	KUNIT_EXPECT_EQ(test, second.count[CHIM_NEIGH], 0U);
	KUNIT_EXPECT_EQ(test, bare->owner.count[CHIM_NEIGH], 1U);
	KUNIT_EXPECT_EQ(test, bare->space.count[CHIM_NEIGH], 1U);
	KUNIT_EXPECT_EQ(test, bare->space.changes, changes + 4);
	bare_end_path(path);
	KUNIT_EXPECT_EQ(test, bare->space.count[CHIM_PATH], 0U);
}

static u32 walk(struct bare *bare, struct chim_obj **seen)
{
	struct chim_obj *obj;
	u32 index = 0, n = 0;

	rcu_read_lock();
	while ((obj = chim_space_next(&bare->space, &index)))
		seen[n++] = obj;
	rcu_read_unlock();
	return n;
}

static void next_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_neigh *neigh[8];
	struct chim_obj *seen[8];
	int i;

	KUNIT_EXPECT_EQ(test, walk(bare, seen), 0U);
	for (i = 0; i < 8; i++)
		neigh[i] = bare_neigh(bare);
	KUNIT_ASSERT_EQ(test, walk(bare, seen), 8U);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_PTR_EQ(test, seen[i], &neigh[i]->obj);
	for (i = 0; i < 8; i += 2)
		bare_end_neigh(neigh[i]);
	KUNIT_ASSERT_EQ(test, walk(bare, seen), 4U);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_PTR_EQ(test, seen[i], &neigh[2 * i + 1]->obj);
}

static struct chim_conn *match(struct bare *bare, const struct chim_tuple *t)
{
	struct chim_conn *conn;

	rcu_read_lock();
	conn = chim_space_match(&bare->space, t);
	rcu_read_unlock();
	return conn;
}

/*
 * Every byte that counts tells connections apart, the others do not. All of
 * its values are tried, since most of them lead to another bucket anyway.
 */
static void check_bytes(struct kunit *test, struct bare *bare,
			struct chim_conn *conn, void *bytes, size_t len,
			const struct chim_tuple *tuple, bool counts)
{
	struct chim_conn *want = counts ? NULL : conn;
	u8 *at = bytes;
	u32 bits, wrong = 0;

	for (; len--; at++) {
		for (bits = 1; bits < 256; bits++) {
			*at ^= bits;
			wrong += match(bare, tuple) != want;
			*at ^= bits;
		}
	}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_PTR_EQ(test, match(bare, tuple), conn);
}

static void check_match(struct kunit *test, struct bare *bare,
			struct chim_path *path, size_t addr_len)
{
	struct chim_conn_news news = bare_news(path);
	struct chim_conn *conn = bare_conn(bare, &news);
	const size_t rest = sizeof(union chim_addr) - addr_len;
	struct chim_tuple t = {};
	u32 port, wrong = 0;

	chim_conn_tuple(conn, &t);
	check_bytes(test, bare, conn, &t.local, addr_len, &t, true);
	check_bytes(test, bare, conn, &t.remote, addr_len, &t, true);
	check_bytes(test, bare, conn, (u8 *)&t.local + addr_len, rest, &t,
		    false);
	check_bytes(test, bare, conn, (u8 *)&t.remote + addr_len, rest, &t,
		    false);
	for (port = 1; port <= U16_MAX; port++) {
		t.lport ^= (__force __be16)port;
		wrong += !!match(bare, &t);
		t.lport ^= (__force __be16)port;
		t.rport ^= (__force __be16)port;
		wrong += !!match(bare, &t);
		t.rport ^= (__force __be16)port;
	}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	t.family = t.family == AF_INET ? AF_INET6 : AF_INET;
	KUNIT_EXPECT_NULL(test, match(bare, &t));
	t.family = path->c.family;
	swap(t.local, t.remote);
	KUNIT_EXPECT_NULL(test, match(bare, &t));
}

static void match_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_neigh *neigh = bare_neigh(bare);

	check_match(test, bare, bare_path(bare, neigh), 4);
	check_match(test, bare, bare_path6(bare, neigh), 16);
}

static void hash_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_neigh *neigh = bare_neigh(bare);
	struct chim_conn_news news = bare_news(bare_path(bare, neigh));
	struct chim_conn *conn = bare_conn(bare, &news);
	struct chim_tuple t;

	chim_conn_tuple(conn, &t);
	KUNIT_EXPECT_EQ(test, chim_space_hash(&bare->space, conn),
			CHIM_WHY_DUPLICATE);
	chim_space_unhash(&bare->space, conn);
	KUNIT_EXPECT_NULL(test, match(bare, &t));
	KUNIT_EXPECT_PTR_EQ(test, bare_find(bare, conn->obj.handle),
			    &conn->obj);
	KUNIT_EXPECT_EQ(test, chim_space_hash(&bare->space, conn), CHIM_OK);
	KUNIT_EXPECT_PTR_EQ(test, match(bare, &t), conn);
}

/* Ports and addresses of its own for each, and all stay to be found. */
static void many_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_path *path = bare_path(bare, bare_neigh(bare));
	struct chim_path *path6 = bare_path6(bare, chim_path_neigh(path));
	struct chim_conn **conns;
	struct chim_tuple t;
	int i;

	conns = kunit_kcalloc(test, MANY, sizeof(*conns), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, conns);
	for (i = 0; i < MANY; i++) {
		struct chim_conn_news news = bare_news(i & 1 ? path : path6);

		conns[i] = bare_conn(bare, &news);
	}
	KUNIT_EXPECT_EQ(test, bare->space.count[CHIM_CONN], (u32)MANY);
	for (i = 0; i < MANY; i += 2)
		bare_end_conn(conns[i]);
	for (i = 1; i < MANY; i += 2) {
		chim_conn_tuple(conns[i], &t);
		KUNIT_EXPECT_PTR_EQ(test, match(bare, &t), conns[i]);
		KUNIT_EXPECT_PTR_EQ(test, bare_find(bare, conns[i]->obj.handle),
				    &conns[i]->obj);
	}
}

struct reader {
	struct bare *bare;
	struct chim_tuple tuple;
	u64 handle;
	u32 rounds;
	u32 wrong;
};

/* Looks up one connection that stays among others that come and go. */
static int read_space(void *arg)
{
	struct reader *reader = arg;
	struct chim_space *space = &reader->bare->space;

	while (!kthread_should_stop()) {
		struct chim_obj *obj;
		u32 index = 0;

		rcu_read_lock();
		obj = chim_space_find(space, reader->handle);
		if (!obj || &chim_space_match(space, &reader->tuple)->obj != obj)
			reader->wrong++;
		while ((obj = chim_space_next(space, &index)))
			if (obj->layer == CHIM_CONN &&
			    !chim_conn(obj)->c.rport)
				reader->wrong++;
		rcu_read_unlock();
		WRITE_ONCE(reader->rounds, reader->rounds + 1);
		cond_resched();
	}
	return 0;
}

static void readers_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_path *path = bare_path(bare, bare_neigh(bare));
	struct chim_conn_news news = bare_news(path);
	struct reader *reader;
	struct task_struct *task;
	struct chim_conn *stays;
	int i;

	reader = kunit_kzalloc(test, sizeof(*reader), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, reader);
	stays = bare_conn(bare, &news);
	reader->bare = bare;
	reader->handle = stays->obj.handle;
	chim_conn_tuple(stays, &reader->tuple);
	task = kthread_run(read_space, reader, "chim-space-test");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	for (i = 0; i < 3000 || READ_ONCE(reader->rounds) < 100; i++) {
		news = bare_news(path);
		bare_end_conn(bare_conn(bare, &news));
		cond_resched();
	}
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, reader->wrong, 0U);
}

static void come(struct bare *bare, struct chim_conn *conn, u32 off)
{
	struct chim_seg seg = {
		.skb = alloc_skb(1000, GFP_KERNEL),
		.seq = conn->tcb.rcv_nxt + off,
		.ack = conn->tcb.snd_una,
		.len = 1000,
		.wnd = 65535,
		.flags = CHIM_ACK,
		.segs = 1,
	};
	enum chim_verdict verdict;

	KUNIT_ASSERT_NOT_NULL(bare->test, seg.skb);
	skb_put_zero(seg.skb, seg.len);
	local_bh_disable();
	rcu_read_lock();
	verdict = chim_conn_segment(conn, &seg);
	rcu_read_unlock();
	local_bh_enable();
	if (verdict != CHIM_SEG_KEPT)
		kfree_skb(seg.skb);
}

static long held(struct bare *bare)
{
	return atomic_long_read(&bare->space.held);
}

/* Received data that waits, of all connections, has one limit. */
static void held_test(struct kunit *test)
{
	struct bare *bare = test->priv;
	struct chim_path *path = bare_path(bare, bare_neigh(bare));
	struct chim_conn *conn[3];
	struct chim_conn_news news;
	u32 nxt, i;
	long was;

	for (i = 0; i < 3; i++) {
		news = bare_news(path);
		conn[i] = bare_conn(bare, &news);
		chim_conn_start(conn[i]);
	}
	KUNIT_EXPECT_EQ(test, held(bare), 0L);
	bare->space.limits.rcv_mem = 20;
	nxt = conn[0]->tcb.rcv_nxt;
	for (i = 0; i < 40; i++)
		come(bare, conn[0], 0);
	KUNIT_EXPECT_GE(test, held(bare), 20L * SZ_1K);
	KUNIT_EXPECT_LT(test, held(bare), 24L * SZ_1K);
	KUNIT_EXPECT_GE(test, conn[0]->tcb.rcv_nxt - nxt, 5000U);
	/* One of each of the others, and nothing out of order. */
	for (i = 0; i < 10; i++) {
		was = held(bare);
		come(bare, conn[1], 5000);
		KUNIT_EXPECT_EQ(test, held(bare), was);
		come(bare, conn[1], 0);
	}
	KUNIT_EXPECT_EQ(test, conn[1]->tcb.rcv_nxt, nxt + 1000);
	was = held(bare);
	bare_end_conn(conn[0]);
	KUNIT_EXPECT_LT(test, held(bare), was - 5000);
	come(bare, conn[1], 5000);
	come(bare, conn[2], 0);
	come(bare, conn[2], 0);
	KUNIT_EXPECT_EQ(test, conn[2]->tcb.rcv_nxt, nxt + 2000);
	bare_end_conn(conn[1]);
	bare_end_conn(conn[2]);
	KUNIT_EXPECT_EQ(test, held(bare), 0L);
}

static struct kunit_case space_cases[] = {
	KUNIT_CASE(handle_test),
	KUNIT_CASE(forged_test),
	KUNIT_CASE(stale_test),
	KUNIT_CASE(foreign_test),
	KUNIT_CASE(ended_test),
	KUNIT_CASE(counts_test),
	KUNIT_CASE(next_test),
	KUNIT_CASE(match_test),
	KUNIT_CASE(hash_test),
	KUNIT_CASE(many_test),
	KUNIT_CASE(readers_test),
	KUNIT_CASE(held_test),
	{}
};

static struct kunit_suite space_suite = {
	.name = "chim_space",
	.init = bare_init,
	.exit = bare_exit,
	.test_cases = space_cases,
};

kunit_test_suite(space_suite);
