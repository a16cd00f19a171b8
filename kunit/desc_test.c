// SPDX-License-Identifier: GPL-2.0
/* Received data as the host gets it: shown, refused, returned, handed back. */
#include "buffers.h"
#include "covers.h"

#include "ndis/binding.h"
#include "ndis/data.h"
#include "ndis/desc.h"
#include "ndis/out.h"
#include "ndis/pack.h"
#include "state/conn.h"
#include "tcp/tcb.h"

#include <linux/bottom_half.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#define LEN	200000
#define HASH	0xcafe1234U

/**
 * struct host - a client that answers indications, and what it saw
 * @test: the running case
 * @adapter: where it is
 * @binding: its binding
 * @conn: its connection
 * @bytes: the stream it expects
 * @at: how much of the stream it has taken
 * @answer: what it answers, and with which count
 * @consumed: see @answer
 * @within: return the structure from within the call
 * @takes: it takes what it is offered whole
 * @offers: offers made
 * @calls: indications made
 * @last: the structure it was shown last
 * @handle: what it was told which connection it is
 * @status: the Status it was given
 */
struct host {
	struct kunit *test;
	struct chim_adapter *adapter;
	struct chim_binding *binding;
	struct chim_conn *conn;
	const u8 *bytes;
	u32 at;
	NDIS_STATUS answer;
	ULONG consumed;
	bool within;
	bool takes;
	int offers;
	int calls;
	PNET_BUFFER_LIST last;
	NDIS_HANDLE handle;
	NDIS_STATUS status;
};

static struct host *now;

static u64 refused(const struct host *h)
{
	return atomic64_read(&h->adapter->stats.refused[CHIM_WHY_RETURNED]);
}

static NDIS_STATUS take(NDIS_HANDLE handle, PNET_BUFFER_LIST nbl,
			NDIS_STATUS status, PULONG consumed)
{
	struct host *h = now;

	h->calls++;
	h->last = nbl;
	h->handle = handle;
	h->status = status;
	KUNIT_EXPECT_TRUE(h->test, in_softirq());
	KUNIT_EXPECT_NULL(h->test, nbl->Next);
	KUNIT_EXPECT_NULL(h->test, nbl->FirstNetBuffer->Next);
	KUNIT_EXPECT_TRUE(h->test,
			  buf_equals(nbl, h->bytes + h->at,
				     nbl->FirstNetBuffer->DataLength));
	*consumed = h->consumed;
	if (h->within)
		chim_out_return(h->binding, nbl);
	return h->answer;
}

/* A client that is Linux itself. */
static bool take_skbs(NDIS_HANDLE handle, struct sk_buff *skbs, u32 bytes)
{
	struct host *h = now;
	struct sk_buff *skb;
	u32 at = h->at;
	void *data;

	h->offers++;
	h->handle = handle;
	for (skb = skbs; skb; skb = skb->next) {
		data = kunit_kmalloc(h->test, skb->len, GFP_ATOMIC);
		KUNIT_ASSERT_EQ(h->test,
				skb_copy_bits(skb, 0, data, skb->len), 0);
		KUNIT_EXPECT_EQ(h->test,
				memcmp(data, h->bytes + at, skb->len), 0);
		at += skb->len;
	}
	KUNIT_EXPECT_EQ(h->test, at - h->at, bytes);
	if (!h->takes)
		return false;
	/* All of it is the client's, the mark as well. */
	for (skb = skbs; skb; skb = skb->next)
		memset(skb->cb, 0xff, sizeof(skb->cb));
	kfree_skb_list(skbs);
	return true;
}

static const struct chim_ndis ndis = { .name = "kunit" };
static const struct chim_ndis linux_ndis = {
	.name = "kunit",
	.take = take_skbs,
};

static int desc_init(struct kunit *test)
{
	struct host *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);

	h->test = test;
	h->adapter = kunit_kzalloc(test, sizeof(*h->adapter), GFP_KERNEL);
	h->binding = kunit_kzalloc(test, sizeof(*h->binding), GFP_KERNEL);
	h->conn = kunit_kzalloc(test, sizeof(*h->conn), GFP_KERNEL);
	h->bytes = buf_data(test, LEN, 1);
	h->binding->ndis = &ndis;
	h->binding->adapter = h->adapter;
	h->binding->adapter_handle = h;
	h->binding->events.NdisTcpOffloadReceiveHandler = take;
	chim_out_init(&h->binding->out);
	h->conn->obj.owner = &h->binding->owner;
	h->conn->obj.ndis_handle = test;
	h->conn->c.hash = HASH;
	test->priv = h;
	now = h;
	return 0;
}

static void desc_exit(struct kunit *test)
{
	struct host *h = test->priv;

	KUNIT_EXPECT_EQ(test, h->binding->out.count, 0U);
}

/* A described skb with bytes of the stream, some of which are not wanted. */
static struct sk_buff *received(struct host *h, u32 at, u32 len, u32 off)
{
	PNET_BUFFER_LIST list = buf_list(h->test, BUF_POOL, h->bytes + at, len,
					 30000);
	struct sk_buff *skb = chim_data_gather(list, len, GFP_KERNEL);
	struct chim_rx_cb *cb;

	KUNIT_ASSERT_NOT_NULL(h->test, skb);
	cb = chim_rx_cb(skb);
	memset(cb, 0, sizeof(*cb));
	cb->off = off;
	cb->seq = at + off;
	cb->end = at + len;
	KUNIT_ASSERT_TRUE(h->test, chim_desc_describe(h->conn, skb));
	KUNIT_EXPECT_NOT_NULL(h->test, cb->desc);
	return skb;
}

static u32 indicate(struct host *h, struct sk_buff *skbs, u32 bytes)
{
	u32 taken;

	local_bh_disable();
	rcu_read_lock();
	taken = chim_out_indicate(h->conn, skbs, bytes);
	rcu_read_unlock();
	local_bh_enable();
	return taken;
}

static u32 out(const struct host *h)
{
	return h->binding->out.count;
}

static u64 hash(PNET_BUFFER_LIST nbl)
{
	return (u64)NET_BUFFER_LIST_INFO(nbl, NetBufferListHashValue);
}

/* Everything at once, in one structure, whatever it lies in. */
static void accept_test(struct kunit *test)
{
	static const u32 sizes[] = { 1, 64, 1460, 1024, 1025, 40000, 66000 };
	struct host *h = test->priv;
	int i;

	CHIM_COVERS(test, "RCV-081 RCV-083 RCV-084 RTN-010 OBJ-034 RSS-011");
	h->answer = NDIS_STATUS_SUCCESS;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct sk_buff *skb = received(h, 0, sizes[i], 0);

		KUNIT_EXPECT_EQ(test, indicate(h, skb, sizes[i]), sizes[i]);
		KUNIT_EXPECT_EQ(test, h->last->FirstNetBuffer->DataLength,
				sizes[i]);
		KUNIT_EXPECT_PTR_EQ(test, h->handle, (NDIS_HANDLE)test);
		KUNIT_EXPECT_EQ(test, h->status, NDIS_STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, h->last->Status, NDIS_STATUS_SUCCESS);
		KUNIT_EXPECT_EQ(test, hash(h->last), (u64)HASH);
		KUNIT_EXPECT_EQ(test, out(h), 1U);
		chim_out_return(h->binding, h->last);
		KUNIT_EXPECT_EQ(test, out(h), 0U);
	}
	KUNIT_EXPECT_EQ(test, h->calls, (int)ARRAY_SIZE(sizes));
	KUNIT_EXPECT_EQ(test, refused(h), 0ULL);
}

/* Several skbs in one list of MDLs, none of them from its first byte on. */
static void chain_test(struct kunit *test)
{
	static const u32 sizes[] = { 1460, 70000, 1, 5000, 1460 };
	struct sk_buff *first = NULL, **link = &first, *skb;
	struct host *h = test->priv;
	u32 at = 100, len = 0;
	int i;

	CHIM_COVERS(test, "RCV-082 RCV-095 REG-071");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		/* Each begins some bytes before the end of the one before. */
		skb = received(h, at - 10 * i, sizes[i] + 10 * i, 10 * i);
		*link = skb;
		link = &skb->next;
		at += sizes[i];
		len += sizes[i];
	}
	h->at = 100;
	h->answer = NDIS_STATUS_SUCCESS;
	KUNIT_EXPECT_EQ(test, indicate(h, first, len), len);
	KUNIT_EXPECT_EQ(test, h->last->FirstNetBuffer->DataLength, len);
	KUNIT_EXPECT_EQ(test, out(h), 1U);
	chim_out_return(h->binding, h->last);
}

/* What is not taken is shown again, as it is by then. */
static void refuse_test(struct kunit *test)
{
	static const NDIS_STATUS answers[] = {
		NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED,
		NDIS_STATUS_NOT_ACCEPTED,
		NDIS_STATUS_FAILURE,
		NDIS_STATUS_PENDING,
		NDIS_STATUS_RESOURCES,
	};
	struct host *h = test->priv;
	struct sk_buff *skb = received(h, 0, 3000, 0);
	int i;

	CHIM_COVERS(test, "RCV-085 D-08");
	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		h->answer = answers[i];
		h->consumed = i * 1000;	/* of no account (RCV-087) */
		KUNIT_EXPECT_EQ(test, indicate(h, skb, 3000 - h->at), 0U);
		KUNIT_EXPECT_EQ(test, out(h), 0U);
		/* Requests took some of it meanwhile. */
		h->at += 300;
		chim_rx_cb(skb)->off += 300;
		chim_rx_cb(skb)->seq += 300;
	}
	h->answer = NDIS_STATUS_SUCCESS;
	KUNIT_EXPECT_EQ(test, indicate(h, skb, 3000 - h->at), 3000 - h->at);
	chim_out_return(h->binding, h->last);
}

static void partial_test(struct kunit *test)
{
	struct host *h = test->priv;
	struct sk_buff *skb = received(h, 0, 3000, 0);

	CHIM_COVERS(test, "RCV-086 RCV-087");
	h->answer = NDIS_STATUS_OFFLOAD_DATA_PARTIALLY_ACCEPTED;
	h->consumed = 1000;
	KUNIT_EXPECT_EQ(test, indicate(h, skb, 3000), 1000U);
	KUNIT_EXPECT_EQ(test, out(h), 0U);
	h->at = 1000;
	chim_rx_cb(skb)->off = 1000;
	chim_rx_cb(skb)->seq = 1000;
	/* A host that breaks its promise: nothing, everything, and more. */
	h->consumed = 0;
	KUNIT_EXPECT_EQ(test, indicate(h, skb, 2000), 0U);
	h->consumed = U32_MAX;
	KUNIT_EXPECT_EQ(test, indicate(h, skb, 2000), 2000U);
	KUNIT_EXPECT_EQ(test, out(h), 0U);
	skb = received(h, 0, 3000, 0);
	h->at = 0;
	h->consumed = 3000;
	KUNIT_EXPECT_EQ(test, indicate(h, skb, 3000), 3000U);
	KUNIT_EXPECT_EQ(test, out(h), 0U);
}

/* A host that has no use for the structure may return it at once. */
static void within_test(struct kunit *test)
{
	struct host *h = test->priv;

	h->within = true;
	h->answer = NDIS_STATUS_SUCCESS;
	KUNIT_EXPECT_EQ(test, indicate(h, received(h, 0, 5000, 0), 5000), 5000U);
	KUNIT_EXPECT_EQ(test, out(h), 0U);
	KUNIT_EXPECT_EQ(test, refused(h), 0ULL);
}

/* But not one that it does not take: that is ours, and stays so. */
static void within_refused_test(struct kunit *test)
{
	struct host *h = test->priv;
	struct sk_buff *skb = received(h, 0, 5000, 0);

	h->within = true;
	h->answer = NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED;
	KUNIT_EXPECT_EQ(test, indicate(h, skb, 5000), 0U);
	KUNIT_EXPECT_EQ(test, refused(h), 1ULL);
	KUNIT_EXPECT_EQ(test, out(h), 0U);
	KUNIT_EXPECT_EQ(test, skb->len, 5000U);
	chim_desc_drop(skb);
}

/* Any order, lists of several indications (RTN-011). */
static void return_test(struct kunit *test)
{
	struct host *h = test->priv;
	PNET_BUFFER_LIST nbl[6];
	int i;

	CHIM_COVERS(test, "RTN-011");
	h->answer = NDIS_STATUS_SUCCESS;
	for (i = 0; i < 6; i++) {
		indicate(h, received(h, 0, 1000 * i + 1, 0), 1000 * i + 1);
		nbl[i] = h->last;
	}
	KUNIT_EXPECT_EQ(test, out(h), 6U);
	nbl[4]->Next = nbl[1];
	nbl[1]->Next = nbl[5];
	chim_out_return(h->binding, nbl[4]);
	KUNIT_EXPECT_EQ(test, out(h), 3U);
	chim_out_return(h->binding, nbl[2]);
	nbl[3]->Next = nbl[0];
	chim_out_return(h->binding, nbl[3]);
	KUNIT_EXPECT_EQ(test, out(h), 0U);
	KUNIT_EXPECT_EQ(test, refused(h), 0ULL);
}

/* What the host does not have cannot be returned, and harms nothing. */
static void foreign_test(struct kunit *test)
{
	struct host *h = test->priv;
	PNET_BUFFER_LIST own, other;
	NET_BUFFER_LIST *foreign;

	foreign = buf_wrap(test, NULL, 0, 0);
	chim_out_return(h->binding, foreign);
	KUNIT_EXPECT_EQ(test, refused(h), 1ULL);
	chim_out_return(h->binding, NULL);
	chim_out_return(h->binding, (PNET_BUFFER_LIST)1);
	chim_out_return(h->binding, (PNET_BUFFER_LIST)-8);
	KUNIT_EXPECT_EQ(test, refused(h), 3ULL);

	h->answer = NDIS_STATUS_SUCCESS;
	indicate(h, received(h, 0, 100, 0), 100);
	own = h->last;
	indicate(h, received(h, 0, 100, 0), 100);
	other = h->last;
	/* Behind one that is none, nothing is looked at: it can come again. */
	own->Next = foreign;
	foreign->Next = other;
	chim_out_return(h->binding, own);
	KUNIT_EXPECT_EQ(test, refused(h), 4ULL);
	KUNIT_EXPECT_EQ(test, out(h), 1U);
	/* Twice, and in a ring. */
	chim_out_return(h->binding, own);
	KUNIT_EXPECT_EQ(test, refused(h), 5ULL);
	other->Next = other;
	chim_out_return(h->binding, other);
	KUNIT_EXPECT_EQ(test, refused(h), 6ULL);
	KUNIT_EXPECT_EQ(test, out(h), 0U);
}

/* In one piece, from the first byte that was not delivered. */
static void hand_back_test(struct kunit *test)
{
	struct host *h = test->priv;
	struct sk_buff *first = received(h, 1000, 2000, 500);
	PNET_BUFFER_LIST nbl;

	CHIM_COVERS(test, "TRM-091 TRM-092 RTN-012 X-38");
	first->next = received(h, 3000, 70000, 0);
	first->next->next = received(h, 73000, 1, 0);
	nbl = chim_out_hand_back(h->conn, first);
	KUNIT_ASSERT_NOT_NULL(test, nbl);
	KUNIT_EXPECT_EQ(test, out(h), 1U);
	/* The connection may be gone long since. */
	memset(h->conn, 0xff, sizeof(*h->conn));
	KUNIT_EXPECT_EQ(test, nbl->FirstNetBuffer->DataLength, 71501U);
	KUNIT_EXPECT_TRUE(test, buf_equals(nbl, h->bytes + 1500, 71501));
	chim_out_return(h->binding, nbl);
	KUNIT_EXPECT_EQ(test, out(h), 0U);
	KUNIT_EXPECT_NULL(test, chim_out_hand_back(h->conn, NULL));
}

/* A page of a fragment is not where the fragment before it ends. */
static void fragments_test(struct kunit *test)
{
	struct host *h = test->priv;
	struct sk_buff *skb = alloc_skb(3000, GFP_KERNEL);
	struct sk_buff *part = alloc_skb(2000, GFP_KERNEL);
	u32 off;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_NOT_NULL(test, part);
	memset(skb->cb, 0, sizeof(skb->cb));
	/* Linear, and a list of one that is linear as GRO leaves it. */
	skb_put_data(skb, h->bytes, 2500);
	skb_put_data(part, h->bytes + 2500, 1500);
	skb_shinfo(skb)->frag_list = part;
	skb->len += part->len;
	skb->data_len += part->len;
	KUNIT_ASSERT_TRUE(test, chim_desc_describe(h->conn, skb));
	chim_rx_cb(skb)->end = 4000;
	h->answer = NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED;
	for (off = 0; off < 4000; off += 123) {
		h->at = off;
		chim_rx_cb(skb)->off = off;
		chim_rx_cb(skb)->seq = off;
		indicate(h, skb, 4000 - off);
		KUNIT_EXPECT_EQ(test, h->last->FirstNetBuffer->DataLength,
				4000 - off);
	}
	/* The end may go as well: a FIN or data that is there twice. */
	h->at = 100;
	chim_rx_cb(skb)->off = 100;
	chim_rx_cb(skb)->seq = 100;
	chim_rx_cb(skb)->end = 2600;
	indicate(h, skb, 2500);
	KUNIT_EXPECT_EQ(test, h->last->FirstNetBuffer->DataLength, 2500U);
	chim_desc_drop(skb);
}

static struct sk_buff *three(struct host *h)
{
	struct sk_buff *first = received(h, 900, 1100, 100);

	first->next = received(h, 1990, 70010, 10);
	first->next->next = received(h, 72000, 300, 0);
	/* As if a FIN followed, or data that has come before. */
	chim_rx_cb(first->next->next)->end -= 100;
	h->at = 1000;
	return first;
}

/* Nothing but the data, which leaves no trace once it is taken. */
static void offered_test(struct kunit *test)
{
	struct host *h = test->priv;

	h->binding->ndis = &linux_ndis;
	h->takes = true;
	KUNIT_EXPECT_EQ(test, indicate(h, three(h), 71200), 71200U);
	KUNIT_EXPECT_EQ(test, h->offers, 1);
	KUNIT_EXPECT_EQ(test, h->calls, 0);
	KUNIT_EXPECT_EQ(test, out(h), 0U);
	KUNIT_EXPECT_PTR_EQ(test, h->handle, (NDIS_HANDLE)test);
}

/* What is not taken whole is indicated, and may be offered again. */
static void not_taken_test(struct kunit *test)
{
	struct host *h = test->priv;
	struct sk_buff *skbs = three(h), *seen;

	h->binding->ndis = &linux_ndis;
	/* A capture has the last one, so it has to be copied to be cut. */
	seen = skb_clone(skbs->next->next, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, seen);
	h->answer = NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED;
	KUNIT_EXPECT_EQ(test, indicate(h, skbs, 71200), 0U);
	KUNIT_EXPECT_EQ(test, h->offers, 1);
	KUNIT_EXPECT_EQ(test, h->calls, 1);
	h->answer = NDIS_STATUS_SUCCESS;
	KUNIT_EXPECT_EQ(test, indicate(h, skbs, 71200), 71200U);
	KUNIT_EXPECT_EQ(test, h->offers, 2);
	KUNIT_EXPECT_EQ(test, out(h), 1U);
	KUNIT_EXPECT_EQ(test, seen->len, 300U);
	chim_out_return(h->binding, h->last);
	kfree_skb(seen);
}

/* Undo and free, for data that nobody gets. */
static void forget_test(struct kunit *test)
{
	struct host *h = test->priv;
	struct sk_buff *skb = received(h, 0, 100, 0), *large;

	chim_desc_forget(h->conn, skb);
	KUNIT_EXPECT_NULL(test, chim_rx_cb(skb)->desc);
	chim_desc_forget(h->conn, skb);
	kfree_skb(skb);
	large = received(h, 0, 100000, 0);
	large->next = received(h, 0, 1, 0);
	chim_desc_drop(large);
	chim_desc_drop(NULL);
}

/* Many skbs in few pages; the description says so. */
static void packed_test(struct kunit *test)
{
	struct host *h = test->priv;
	struct sk_buff *to = NULL, *skb;
	u32 at;

	CHIM_COVERS(test, "RCV-082 REG-071");
	for (at = 0; ; at += 1400) {
		skb = received(h, at - (at ? 10 : 0), 1400 + (at ? 10 : 0),
			       at ? 10 : 0);
		if (to && !chim_pack(to, skb))
			break;
		if (!to)
			to = chim_pack(NULL, skb);
		KUNIT_ASSERT_NOT_NULL(test, to);
		chim_desc_drop(skb);
		chim_rx_cb(to)->end = at + 1400;
	}
	chim_desc_drop(skb);
	/* As many as go into 64 KiB, and not much beside. */
	KUNIT_EXPECT_EQ(test, at, SZ_64K / 1400 * 1400U);
	KUNIT_EXPECT_EQ(test, to->len, at);
	KUNIT_EXPECT_LE(test, to->truesize, at + at / 20);
	h->at = 0;
	h->answer = NDIS_STATUS_SUCCESS;
	KUNIT_EXPECT_EQ(test, indicate(h, to, at), at);
	chim_out_return(h->binding, h->last);
}

/* One that was described as it was takes what there is a description for. */
static void packed_late_test(struct kunit *test)
{
	struct host *h = test->priv;
	struct sk_buff *to = NULL, *skb;
	u32 at;

	CHIM_COVERS(test, "RCV-082");
	for (at = 0; ; at += 1000) {
		skb = received(h, at, 1000, 0);
		if (!to)
			chim_desc_forget(h->conn, skb);
		if (to && !chim_pack(to, skb))
			break;
		if (!to) {
			to = chim_pack(NULL, skb);
			KUNIT_ASSERT_NOT_NULL(test, to);
			KUNIT_EXPECT_NULL(test, chim_rx_cb(to)->desc);
			KUNIT_ASSERT_TRUE(test,
					  chim_desc_describe(h->conn, to));
		}
		chim_desc_drop(skb);
		chim_rx_cb(to)->end = at + 1000;
	}
	chim_desc_drop(skb);
	KUNIT_EXPECT_GE(test, at, 4000U);
	KUNIT_EXPECT_LT(test, at, (u32)SZ_64K - 1000);
	h->at = 0;
	h->answer = NDIS_STATUS_SUCCESS;
	KUNIT_EXPECT_EQ(test, indicate(h, to, at), at);
	chim_out_return(h->binding, h->last);
}

static struct kunit_case desc_cases[] = {
	KUNIT_CASE(packed_test),
	KUNIT_CASE(packed_late_test),
	KUNIT_CASE(accept_test),
	KUNIT_CASE(chain_test),
	KUNIT_CASE(refuse_test),
	KUNIT_CASE(partial_test),
	KUNIT_CASE(within_test),
	KUNIT_CASE(within_refused_test),
	KUNIT_CASE(return_test),
	KUNIT_CASE(foreign_test),
	KUNIT_CASE(hand_back_test),
	KUNIT_CASE(offered_test),
	KUNIT_CASE(not_taken_test),
	KUNIT_CASE(fragments_test),
	KUNIT_CASE(forget_test),
	{}
};

static struct kunit_suite desc_suite = {
	.name = "chim_desc",
	.init = desc_init,
	.exit = desc_exit,
	.test_cases = desc_cases,
};

kunit_test_suite(desc_suite);
