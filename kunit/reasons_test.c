// SPDX-License-Identifier: GPL-2.0
/*
 * Every TCP_UPLOAD_REASON, as the host comes to see it; the optional ones by the
 * settings that a person can make.
 */
#include "peer.h"

#define UNA	1000U	/* of the fixture's connections */
#define NXT	2000U

static int asked(struct fx *fx, struct tb *conn, TCP_UPLOAD_REASON reason)
{
	return pr_events(fx, conn, TcpIndicateRetrieve, reason);
}

/* EVT-010, EVT-011: nothing but the four, and what comes with each. */
static void expect_sound(struct fx *fx)
{
	int i;

	for (i = 0; i < min(fx->logged, FX_LOG_MAX); i++) {
		const struct fx_entry *e = &fx->log[i];

		if (e->call != FX_EVENT)
			continue;
		switch (e->a) {
		case TcpIndicateRetrieve:
			KUNIT_EXPECT_LE(fx->test, e->b, (u32)HardwareFailure);
			break;
		case TcpIndicateSendBacklogChange:
			KUNIT_EXPECT_GT(fx->test, e->b, 0U);
			break;
		case TcpIndicateDisconnect:
		case TcpIndicateAbort:
			KUNIT_EXPECT_EQ(fx->test, e->b, 0U);
			break;
		default:
			KUNIT_FAIL(fx->test, "event %u", e->a);
		}
	}
}

static struct tb *offload(struct fx *fx, const struct chim_settings *settings)
{
	chim_adapter_set(fx->adapter, settings);
	return fx_offload4(fx).conn;
}

/* The second in which things happened is over when this comes. */
static void judge(struct fx *fx, struct tb *conn)
{
	fx_advance(fx, 1000);
	pe_ack(fx, conn, pr_conn(fx, conn)->tcb.snd_max);
}

static void expect_judged(struct fx *fx, struct tb *conn,
			  TCP_UPLOAD_REASON reason)
{
	KUNIT_EXPECT_EQ(fx->test, asked(fx, conn, reason), 0);
	judge(fx, conn);
	KUNIT_EXPECT_EQ(fx->test, asked(fx, conn, reason), 1);
	expect_sound(fx);
}

static void drain(struct fx *fx)
{
	struct sk_buff *skb;

	while ((skb = fx_frame(fx)))
		kfree_skb(skb);
}

static void send_some(struct fx *fx, struct tb *conn, u32 len)
{
	struct tl *tl = tl_new(fx, len, 0);

	tl_post(fx, &conn->context, CHIM_IO_SEND, &tl->nbl);
	drain(fx);
}

/* --- optional reasons -------------------------------------------------------- */

/* Found out in the course of sending, told in the same round. */
static void reasons_small_io_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_settings settings = { .up_small_io = 100 };
	struct tb *conn = offload(fx, &settings);
	u32 i;

	CHIM_COVERS(test, "EVT-010 EVT-011 EVT-081 O-09");
	for (i = 0; i < 20; i++) {
		send_some(fx, conn, 10);
		pe_ack(fx, conn, UNA + 10 * i + 10);
	}
	fx->logged = 0;
	expect_judged(fx, conn, SmallIO);
}

/* Nothing is asked for unless it is set. */
static void reasons_off_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_settings settings = {};
	struct tb *conn = offload(fx, &settings);
	u32 i;

	CHIM_COVERS(test, "O-09");
	for (i = 0; i < 20; i++) {
		send_some(fx, conn, 10);
		pe_ack(fx, conn, UNA + 10 * i + 10);
	}
	fx->logged = 0;
	judge(fx, conn);
	KUNIT_EXPECT_EQ(test, pr_calls(fx, FX_EVENT), 0);
}

static void reasons_drops_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_settings settings = { .up_drops = 5 };
	struct tb *conn = offload(fx, &settings);
	u32 i;

	CHIM_COVERS(test, "EVT-080 O-09");
	/* Twenty segments, the first of which is lost. */
	for (i = 0; i < 20; i++)
		send_some(fx, conn, 100);
	for (i = 0; i < 5; i++)
		pe_ack(fx, conn, UNA);
	drain(fx);
	pe_ack(fx, conn, pr_conn(fx, conn)->tcb.snd_max);
	fx->logged = 0;
	/* One in twenty-one. */
	judge(fx, conn);
	KUNIT_EXPECT_EQ(test, asked(fx, conn, HighDropRate), 0);
	for (i = 0; i < 20; i++)
		send_some(fx, conn, 100);
	for (i = 0; i < 3; i++)
		pe_ack(fx, conn, UNA + 2000);
	pe_ack(fx, conn, UNA + 2100);
	drain(fx);
	pe_ack(fx, conn, pr_conn(fx, conn)->tcb.snd_max);
	fx->logged = 0;
	expect_judged(fx, conn, HighDropRate);
}

static void reasons_fragments_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_settings settings = { .up_fragments = 50 };
	struct tb *conn = offload(fx, &settings);
	u32 i;

	CHIM_COVERS(test, "EVT-080 O-09");
	for (i = 0; i < 20; i++) {
		local_bh_disable();
		rcu_read_lock();
		chim_conn_fragment(pr_conn(fx, conn));
		rcu_read_unlock();
		local_bh_enable();
	}
	expect_judged(fx, conn, HighFragmentation);
}

static void reasons_disorder_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_settings settings = { .up_disorder = 50 };
	struct tb *conn = offload(fx, &settings);
	struct pe_seg seg = { .ack = UNA, .len = 10 };
	u32 i;

	CHIM_COVERS(test, "EVT-080 O-09");
	for (i = 0; i < 20; i++) {
		seg.seq = NXT + 100 + 20 * i;
		pe_send(fx, conn, seg);
	}
	drain(fx);
	expect_judged(fx, conn, HighOutOfOrderPackets);
}

static NDIS_STATUS take_all(struct fx *fx, struct tb *conn,
			    PNET_BUFFER_LIST list, PULONG consumed)
{
	*consumed = list->FirstNetBuffer->DataLength;
	fx->tcp.TcpOffloadReceiveReturnHandler(fx->attach.MiniportAdapterContext,
					       list);
	return NDIS_STATUS_SUCCESS;
}

static void reasons_prepost_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_settings settings = { .up_prepost = 50 };
	struct tb *conn = offload(fx, &settings);
	u32 i;

	CHIM_COVERS(test, "EVT-081 O-09");
	fx->on_receive = take_all;
	for (i = 0; i < 20; i++)
		pe_data(fx, conn, 1000, 0);
	drain(fx);
	expect_judged(fx, conn, NoBufferPreposting);
}

/* The span is of milliseconds, whatever a tick is. */
static void reasons_idle_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_settings settings = { .up_idle_ms = 60000 };
	struct tb *conn;

	CHIM_COVERS(test, "EVT-081 O-09");
	chim_adapter_set_params(fx->adapter, 100, &chim_params_default);
	conn = offload(fx, &settings);
	KUNIT_EXPECT_EQ(test, fx->adapter->space.tcp.up_idle, 6000U);
	chim_adapter_set_params(fx->adapter, 200, &chim_params_default);
	KUNIT_EXPECT_EQ(test, fx->adapter->space.tcp.up_idle, 12000U);
	chim_adapter_set_params(fx->adapter, 100, &chim_params_default);
	send_some(fx, conn, 10);
	pe_ack(fx, conn, UNA + 10);
	fx->logged = 0;
	fx_advance(fx, 59000);
	chim_conn_kick(pr_conn(fx, conn));
	KUNIT_EXPECT_EQ(test, asked(fx, conn, LowActivity), 0);
	fx_advance(fx, 2000);
	chim_conn_kick(pr_conn(fx, conn));
	KUNIT_EXPECT_EQ(test, asked(fx, conn, LowActivity), 1);
	expect_sound(fx);
}

/* --- mandatory reasons ------------------------------------------------------- */

static void reasons_mandatory_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	struct pe_seg urgent = { .seq = NXT, .ack = UNA, .flags = CHIM_URG,
				 .len = 1 };
	struct pe_seg syn = { .seq = NXT, .ack = UNA, .flags = CHIM_SYN };
	int i;

	CHIM_COVERS(test, "EVT-010 EVT-011 EVT-076 EVT-077 EVT-078 EVT-079");
	fx->logged = 0;
	pe_send(fx, c.conn, urgent);
	KUNIT_EXPECT_EQ(test, asked(fx, c.conn, ReceivedUrgentData), 1);
	/* Nobody answers: sent again and again, or until there is doubt. */
	c = fx_offload4(fx);
	fx->adapter->space.tcp.doubt = 0;
	send_some(fx, c.conn, 10);
	for (i = 0; i < 10; i++) {
		fx_advance(fx, 200000);
		chim_conn_kick(pr_conn(fx, c.conn));
		drain(fx);
	}
	KUNIT_EXPECT_EQ(test, asked(fx, c.conn, TimeoutExpiration), 1);
	c = fx_offload4(fx);
	fx->adapter->space.tcp.doubt = 2;
	send_some(fx, c.conn, 10);
	for (i = 0; i < 3; i++) {
		fx_advance(fx, 200000);
		chim_conn_kick(pr_conn(fx, c.conn));
		drain(fx);
	}
	KUNIT_EXPECT_EQ(test, asked(fx, c.conn, UploadRequested), 1);
	c = fx_offload4(fx);
	fx_run(fx, CHIM_INVALIDATE, tb_ref(fx, c.path, Ip4OffloadConstState));
	send_some(fx, c.conn, 10);
	KUNIT_EXPECT_EQ(test, asked(fx, c.conn, InvalidState), 1);
	c = fx_offload4(fx);
	pe_send(fx, c.conn, syn);
	expect_sound(fx);
}

/* The others of the four, and their information. */
static void reasons_events_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct tb *conn = fx_offload4(fx).conn;
	struct pe_seg fin = { .seq = NXT, .ack = UNA, .flags = CHIM_FIN };
	struct pe_seg rst = { .seq = NXT + 1, .ack = UNA, .flags = CHIM_RST };
	u32 i;

	CHIM_COVERS(test, "EVT-010 EVT-011 EVT-100");
	fx->logged = 0;
	send_some(fx, conn, 30000);
	pe_ack(fx, conn, pr_conn(fx, conn)->tcb.snd_max);
	for (i = 0; i < 3; i++) {
		judge(fx, conn);
		pr_conn(fx, conn)->tcb.cwnd *= 2;
		send_some(fx, conn, 10);
	}
	KUNIT_EXPECT_GT(test, pr_calls(fx, FX_EVENT), 0);
	pe_send(fx, conn, fin);
	KUNIT_EXPECT_EQ(test, pr_events(fx, conn, TcpIndicateDisconnect, 0), 1);
	pe_send(fx, conn, rst);
	KUNIT_EXPECT_EQ(test, pr_events(fx, conn, TcpIndicateAbort, 0), 1);
	expect_sound(fx);
}

/* --- ECN --------------------------------------------------------------------- */

static u8 tos_sent(struct fx *fx, struct tb *conn)
{
	struct tl *tl = tl_new(fx, 10, 0);
	struct pr_seg seg = {};

	tl_post(fx, &conn->context, CHIM_IO_SEND, &tl->nbl);
	KUNIT_EXPECT_TRUE(fx->test, pr_segment(fx, &seg));
	return seg.tos & 3;
}

/* What is offloaded from then on is marked, as the structures cannot say. */
static void reasons_ecn_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_settings settings = {};
	struct tb *conn = offload(fx, &settings);

	CHIM_COVERS(test, "TCP-063");
	settings.ecn = true;
	KUNIT_EXPECT_EQ(test, tos_sent(fx, offload(fx, &settings)), 2);
	KUNIT_EXPECT_EQ(test, tos_sent(fx, conn), 0);
	settings.ecn = false;
	KUNIT_EXPECT_EQ(test, tos_sent(fx, offload(fx, &settings)), 0);
}

static struct kunit_case reasons_cases[] = {
	KUNIT_CASE(reasons_small_io_test),
	KUNIT_CASE(reasons_off_test),
	KUNIT_CASE(reasons_drops_test),
	KUNIT_CASE(reasons_fragments_test),
	KUNIT_CASE(reasons_disorder_test),
	KUNIT_CASE(reasons_prepost_test),
	KUNIT_CASE(reasons_idle_test),
	KUNIT_CASE(reasons_mandatory_test),
	KUNIT_CASE(reasons_events_test),
	KUNIT_CASE(reasons_ecn_test),
	{}
};

static struct kunit_suite reasons_suite = {
	.name = "chim_reasons",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = reasons_cases,
};

kunit_test_suite(reasons_suite);
