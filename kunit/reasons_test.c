// SPDX-License-Identifier: GPL-2.0
/* Every TCP_UPLOAD_REASON, as the host comes to see it. */
#include "peer.h"

#define UNA	1000U	/* of the fixture's connections */
#define NXT	2000U

static int asked(struct fx *fx, struct tb *conn, TCP_UPLOAD_REASON reason)
{
	return pr_events(fx, conn, TcpIndicateRetrieve, reason);
}

/* The second in which things happened is over when this comes. */
static void judge(struct fx *fx, struct tb *conn)
{
	fx_advance(fx, 1000);
	pe_ack(fx, conn, pr_conn(fx, conn)->tcb.snd_max);
}

static void send_small(struct fx *fx, struct tb *conn, u32 n)
{
	struct pr_seg seg;

	while (n--) {
		struct tl *tl = tl_new(fx, 10, 0);

		tl_post(fx, &conn->context, CHIM_IO_SEND, &tl->nbl);
		KUNIT_EXPECT_TRUE(fx->test, pr_segment(fx, &seg));
		pe_ack(fx, conn, pr_conn(fx, conn)->tcb.snd_max);
	}
}

/* Found out in the course of sending, told in the same round. */
static void reasons_small_io_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;

	CHIM_COVERS(test, "EVT-081 O-09");
	fx->adapter->space.tcp.up_small = 100;
	send_small(fx, conn, 20);
	KUNIT_EXPECT_EQ(test, asked(fx, conn, SmallIO), 0);
	judge(fx, conn);
	KUNIT_EXPECT_EQ(test, asked(fx, conn, SmallIO), 1);
}

static struct kunit_case reasons_cases[] = {
	KUNIT_CASE(reasons_small_io_test),
	{}
};

static struct kunit_suite reasons_suite = {
	.name = "chim_reasons",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = reasons_cases,
};

kunit_test_suite(reasons_suite);
