// SPDX-License-Identifier: GPL-2.0
/* A space of objects without an adapter, a worker or a device. */
#include "bare.h"
#include "packing.h"

#include "params.h"

#include <linux/skbuff.h>

const struct chim_neigh_const bare_neigh_const = {};

const struct chim_neigh_cached bare_neigh_cached = {
	.dst = { 2, 0, 0, 0, 0, 2 },
};

static const struct chim_limits no_limits = {
	.objects = { U32_MAX, U32_MAX, U32_MAX },
	.resources = { U32_MAX, U32_MAX, U32_MAX },
	.rcv_wnd = U32_MAX,
	.rcv_mem = U32_MAX,
	.mtu = BARE_MTU,
};

/* --- the layers beside and above ----------------------------------------- */

static struct bare *bare_of(const struct chim_conn *conn)
{
	return container_of(conn->obj.owner, struct bare, owner);
}

static struct sk_buff *build(struct chim_conn *conn,
			     const struct chim_frame *frame, int *taken)
{
	struct bare *bare = bare_of(conn);

	bare->frames++;
	bare->frame = *frame;
	*taken = frame->len;
	return alloc_skb(0, GFP_ATOMIC);
}

static bool describe(struct chim_conn *conn, struct sk_buff *skb)
{
	return true;
}

static void forget(struct chim_conn *conn, struct sk_buff *skb)
{
}

static struct sk_buff *pack(struct sk_buff *to, struct sk_buff *skb)
{
	return pk_pack(to, skb);
}

static void xmit(struct chim_conn *conn, struct sk_buff *skb)
{
	kfree_skb(skb);
}

static void sent(struct chim_conn *conn, struct chim_sreq *sends)
{
}

static void received(struct chim_conn *conn, struct chim_rreq *reqs)
{
}

static u32 indicate(struct chim_conn *conn, struct sk_buff *skbs, u32 bytes)
{
	return 0;
}

static void event(struct chim_conn *conn, enum chim_call_kind kind, u32 info)
{
	bare_of(conn)->events++;
}

static void stale(struct chim_conn *conn, struct chim_neigh *neigh, bool doubt)
{
}

static const struct chim_conn_ops bare_ops = {
	.build = build,
	.describe = describe,
	.forget = forget,
	.pack = pack,
	.xmit = xmit,
	.sent = sent,
	.received = received,
	.indicate = indicate,
	.event = event,
	.stale = stale,
};

/* What they stand in for; suites run one after the other. */
static const struct chim_conn_ops *own_ops;
static int users;

static u64 no_time(void)
{
	return 0;
}

void bare_at(struct bare *bare, u32 now)
{
	bare->clock.epoch_ticks = now;
}

struct bare *bare_second(struct kunit *test)
{
	struct bare *bare = kunit_kzalloc(test, sizeof(*bare), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bare);
	KUNIT_ASSERT_EQ(test, chim_space_init(&bare->space), 0);
	bare->test = test;
	bare->space.limits = no_limits;
	chim_clock_init(&bare->clock, no_time);
	bare_at(bare, BARE_NOW);
	bare->space.clock = &bare->clock;
	bare->space.burst = 65536;
	bare->space.tcp.ooo_bytes = SZ_1M;
	chim_params_apply(&chim_params_default, CHIM_TPS_DEFAULT, false,
			  &bare->space.tcp);
	bare->owner.space = &bare->space;
	if (!users++) {
		own_ops = chim_conn_ops;
		chim_conn_ops = &bare_ops;
	}
	return bare;
}

int bare_init(struct kunit *test)
{
	test->priv = bare_second(test);
	return 0;
}

void bare_end_conn(struct chim_conn *conn)
{
	struct chim_conn_deleg d;
	struct chim_rest rest;

	chim_conn_end(conn, &d, &rest);
	kfree_skb_list(rest.skbs);
	chim_conn_free(conn);
}

void bare_end_path(struct chim_path *path)
{
	chim_path_end(path);
	chim_path_free(path);
}

void bare_end_neigh(struct chim_neigh *neigh)
{
	chim_neigh_end(neigh);
	chim_neigh_free(neigh);
}

static void end_layer(struct bare *bare, enum chim_layer layer)
{
	struct chim_obj *obj;
	u32 index = 0;

	for (;;) {
		rcu_read_lock();
		obj = chim_space_next(&bare->space, &index);
		rcu_read_unlock();
		if (!obj)
			return;
		if (obj->layer != layer)
			continue;
		if (layer == CHIM_CONN)
			bare_end_conn(chim_conn(obj));
		else if (layer == CHIM_PATH)
			bare_end_path(chim_path(obj));
		else
			bare_end_neigh(chim_neigh(obj));
	}
}

void bare_destroy(struct bare *bare)
{
	struct kunit *test = bare->test;
	int i;

	end_layer(bare, CHIM_CONN);
	end_layer(bare, CHIM_PATH);
	end_layer(bare, CHIM_NEIGH);
	for (i = 0; i < CHIM_LAYERS; i++)
		KUNIT_EXPECT_EQ(test, bare->space.count[i], 0U);
	for (i = 0; i < CHIM_RES_KINDS; i++)
		KUNIT_EXPECT_EQ(test, bare->space.resources.count[i], 0U);
	/* Readers are gone, and every callback that frees has run. */
	rcu_barrier();
	chim_space_destroy(&bare->space);
	if (!--users)
		chim_conn_ops = own_ops;
}

struct sk_buff *bare_data(struct bare *bare, u32 len)
{
	struct sk_buff *skb;

	if (!len)
		return NULL;
	skb = alloc_skb(len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(bare->test, skb);
	memset(skb->cb, 0, sizeof(skb->cb));
	skb_put_zero(skb, len);
	return skb;
}

void bare_exit(struct kunit *test)
{
	if (test->priv)
		bare_destroy(test->priv);
}

struct chim_path_const bare_path_const(u32 dst)
{
	return (struct chim_path_const) {
		.src.v4 = htonl(0xc0000001),
		.dst.v4 = htonl(dst),
		.family = AF_INET,
	};
}

struct chim_path_const bare_path6_const(u32 dst)
{
	return (struct chim_path_const) {
		.src.v6.s6_addr32 = { htonl(0x20010db8), 0, 0, htonl(1) },
		.dst.v6.s6_addr32 = { htonl(0x20010db8), 0, 0, htonl(dst) },
		.family = AF_INET6,
	};
}

struct chim_conn_news bare_news(struct chim_path *path)
{
	static atomic_t port = ATOMIC_INIT(0);

	return (struct chim_conn_news) {
		.ndis_handle = path,
		.path = path,
		.c = {
			.lport = htons(1024 + atomic_inc_return(&port) % 60000),
			.rport = htons(80),
			.remote_mss = 1460,
		},
		.v = {
			.rcv_wnd = 65536,
			.ttl = 64,
			.ka_timeout = 7200000,
			.ka_interval = 1000,
			.ka_probes = 5,
		},
		.d = {
			.state = CHIM_TCP_ESTABLISHED,
			.rcv_nxt = 2000,
			.rcv_wnd = 65536,
			.snd_una = 1000,
			.snd_nxt = 1000,
			.snd_max = 1000,
			.snd_wnd = 65536,
			.max_snd_wnd = 65536,
			.cwnd = 14600,
			.ka_left = CHIM_TICKS_NONE,
			.rt_left = CHIM_TICKS_NONE,
		},
	};
}

struct chim_neigh *bare_neigh(struct bare *bare)
{
	const struct chim_neigh_deleg d = {};
	struct chim_neigh *neigh = NULL;
	enum chim_why why;

	why = chim_neigh_create(&bare->owner, bare, &bare_neigh_const,
				&bare_neigh_cached, &d, BARE_NOW, &neigh);
	KUNIT_ASSERT_EQ(bare->test, why, CHIM_OK);
	return neigh;
}

static struct chim_path *make_path(struct bare *bare, struct chim_neigh *neigh,
				   const struct chim_path_const *c)
{
	const struct chim_path_cached cached = { .mtu = BARE_MTU };
	struct chim_path *path = NULL;
	enum chim_why why;

	why = chim_path_create(&bare->owner, bare, neigh, c, &cached, &path);
	KUNIT_ASSERT_EQ(bare->test, why, CHIM_OK);
	return path;
}

struct chim_path *bare_path(struct bare *bare, struct chim_neigh *neigh)
{
	struct chim_path_const c = bare_path_const(0xc0000002);

	return make_path(bare, neigh, &c);
}

struct chim_path *bare_path6(struct bare *bare, struct chim_neigh *neigh)
{
	struct chim_path_const c = bare_path6_const(2);

	return make_path(bare, neigh, &c);
}

struct chim_conn *bare_conn(struct bare *bare,
			    const struct chim_conn_news *news)
{
	struct chim_conn *conn = NULL;
	enum chim_why why;

	why = chim_conn_create(&bare->owner, news, &conn);
	KUNIT_ASSERT_EQ(bare->test, why, CHIM_OK);
	return conn;
}

struct chim_obj *bare_find(struct bare *bare, u64 handle)
{
	struct chim_obj *obj;

	rcu_read_lock();
	obj = chim_space_find(&bare->space, handle);
	rcu_read_unlock();
	return obj;
}
