// SPDX-License-Identifier: GPL-2.0
/* What the engine makes of TCP connection offload parameters. */
#include "fixture.h"

#include "params.h"

static struct chim_tcp_cfg apply(struct chim_params p, u32 tps, bool ms)
{
	struct chim_tcp_cfg cfg = { .ooo_bytes = 4711, .up_drops = 12 };

	chim_params_apply(&p, tps, ms, &cfg);
	return cfg;
}

static void default_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	const struct chim_tcp_cfg *cfg = &fx->adapter->space.tcp;

	CHIM_COVERS(test, "X-59 D-48 CAP-042 TMR-112");
	KUNIT_EXPECT_EQ(test, cfg->tps, 1000U);
	KUNIT_EXPECT_EQ(test, cfg->ack_ticks, 40U);
	KUNIT_EXPECT_EQ(test, cfg->push_ticks, 500U);
	KUNIT_EXPECT_EQ(test, cfg->sws_ticks, 1000U);
	KUNIT_EXPECT_EQ(test, cfg->dup_acks, 3U);
	KUNIT_EXPECT_EQ(test, (int)cfg->ack_segs, 2);
	KUNIT_EXPECT_EQ(test, (int)cfg->retransmissions, 6);
	KUNIT_EXPECT_EQ(test, (int)cfg->doubt, 3);
	KUNIT_EXPECT_EQ(test, cfg->stale_ticks, 30000U);
	KUNIT_EXPECT_GT(test, cfg->ooo_bytes, 0U);
	KUNIT_EXPECT_FALSE(test, cfg->ecn);
	KUNIT_EXPECT_EQ(test, cfg->up_drops + cfg->up_disorder + cfg->up_small +
			cfg->up_idle + cfg->up_prepost + cfg->up_fragments, 0U);
}

static const struct {
	u32 tps;
	bool ms;
	u32 value;
	u32 ticks;	/* of the push timer */
	u32 ack;	/* of a delayed acknowledgment, if @value fits */
} spans[] = {
	{ 1000, false, 200, 200, 200 },
	{ 1000, true, 200, 200, 200 },
	{ 100, false, 20, 20, 20 },
	/* */
	{ 100, true, 200, 20, 20 },
	{ 100, true, 1, 1, 1 },
	{ 100, true, 11, 2, 2 },
	{ 10, true, 200, 2, 2 },
	{ 1, true, 200, 1, 0 },
	{ 100, true, 0, 0, 0 },
	/* D-72: half a second at most */
	{ 100, false, 50, 50, 50 },
	{ 100, false, 51, 51, 50 },
	{ 10, false, 200, 200, 5 },
	{ 10, true, 255, 3, 3 },
	{ 1000, false, 255, 255, 255 },
	{ 400, false, 255, 255, 200 },
};

static void span_test(struct kunit *test)
{
	struct chim_tcp_cfg cfg;
	int i;

	CHIM_COVERS(test, "CAP-043 CAP-045 R-03 D-72");
	for (i = 0; i < ARRAY_SIZE(spans); i++) {
		struct chim_params p = chim_params_default;

		p.push_ticks = spans[i].value;
		p.sws_ticks = spans[i].value;
		p.delayed_ack_ticks = spans[i].value;
		p.nce_stale_ticks = spans[i].value;
		cfg = apply(p, spans[i].tps, spans[i].ms);
		KUNIT_EXPECT_EQ_MSG(test, cfg.tps, spans[i].tps, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, cfg.push_ticks, spans[i].ticks,
				    "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, cfg.ack_ticks, spans[i].ack,
				    "row %d", i);
		/* an override at once would prevent nothing. */
		KUNIT_EXPECT_EQ_MSG(test, cfg.sws_ticks,
				    spans[i].ticks ?: spans[i].tps, "row %d",
				    i);
		/* Always ticks: it is none of the three. */
		KUNIT_EXPECT_EQ_MSG(test, cfg.stale_ticks, spans[i].value,
				    "row %d", i);
		KUNIT_EXPECT_EQ(test, cfg.ooo_bytes, 4711U);
		KUNIT_EXPECT_EQ(test, cfg.up_drops, 12U);
	}
}

/* Spans that no clock of 32 bits could tell from the past. */
static void long_test(struct kunit *test)
{
	struct chim_params p = chim_params_default;
	struct chim_tcp_cfg cfg;
	int ms;

	p.push_ticks = U32_MAX;
	p.sws_ticks = U32_MAX;
	for (ms = 0; ms < 2; ms++) {
		cfg = apply(p, 1000, ms);
		KUNIT_EXPECT_EQ(test, cfg.push_ticks, (u32)S32_MAX);
		KUNIT_EXPECT_EQ(test, cfg.sws_ticks, (u32)S32_MAX);
	}
}

static void zero_test(struct kunit *test)
{
	struct chim_tcp_cfg cfg = apply((struct chim_params){}, 1000, false);

	CHIM_COVERS(test, "R-02 R-01 X-59");
	KUNIT_EXPECT_EQ(test, (int)cfg.ack_segs, 2);
	KUNIT_EXPECT_EQ(test, cfg.dup_acks, 3U);
	KUNIT_EXPECT_EQ(test, (int)cfg.retransmissions, 6);
	KUNIT_EXPECT_EQ(test, cfg.sws_ticks, 1000U);
	KUNIT_EXPECT_EQ(test, cfg.ack_ticks, 0U);
	KUNIT_EXPECT_EQ(test, cfg.push_ticks, 0U);
	/* These are off. */
	KUNIT_EXPECT_EQ(test, (int)cfg.doubt, 0);
	KUNIT_EXPECT_EQ(test, cfg.stale_ticks, 0U);
}

/* A set reaches the engine, each member as wide as it is. */
static void set_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	const struct chim_tcp_cfg *cfg = &fx->adapter->space.tcp;
	NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS p = {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision =
			NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS_REVISION_1,
		.Header.Size = sizeof(p),
		.TicksPerSecond = 100,
		.TcpAckFrequency = 255,
		.TcpDelayedAckTicks = 49,
		.TcpMaximumRetransmissions = 254,
		.TcpDoubtReachabilityRetransmissions = 253,
		.TcpSwsPreventionTicks = 0x12345678,
		.TcpDuplicateAckThreshold = 0x23456789,
		.TcpPushTicks = 0x3456789a,
		.NceStaleTicks = 0x456789ab,
	};

	CHIM_COVERS(test, "CAP-043 CAP-044 CAP-045 CAP-046");
	KUNIT_EXPECT_EQ(test, fx_oid(fx, NdisRequestSetInformation,
				     OID_TCP_CONNECTION_OFFLOAD_PARAMETERS, &p,
				     sizeof(p)), NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, cfg->tps, 100U);
	KUNIT_EXPECT_EQ(test, (int)cfg->ack_segs, 255);
	KUNIT_EXPECT_EQ(test, cfg->ack_ticks, 49U);
	KUNIT_EXPECT_EQ(test, (int)cfg->retransmissions, 254);
	KUNIT_EXPECT_EQ(test, (int)cfg->doubt, 253);
	KUNIT_EXPECT_EQ(test, cfg->sws_ticks, 0x12345678U);
	KUNIT_EXPECT_EQ(test, cfg->dup_acks, 0x23456789U);
	KUNIT_EXPECT_EQ(test, cfg->push_ticks, 0x3456789aU);
	KUNIT_EXPECT_EQ(test, cfg->stale_ticks, 0x456789abU);
	/* One that fails changes nothing. */
	p.TicksPerSecond = 0;
	p.TcpPushTicks = 1;
	KUNIT_EXPECT_EQ(test, fx_oid(fx, NdisRequestSetInformation,
				     OID_TCP_CONNECTION_OFFLOAD_PARAMETERS, &p,
				     sizeof(p)), NDIS_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, cfg->push_ticks, 0x3456789aU);
	KUNIT_EXPECT_EQ(test, cfg->tps, 100U);
}

/* What NDIS has no parameter for; the one span is of milliseconds. */
static void settings_test(struct kunit *test)
{
	const struct chim_settings s = {
		.ecn = true, .up_drops = 1, .up_fragments = 2, .up_disorder = 3,
		.up_prepost = 4, .up_small_io = 5, .up_idle_ms = 25,
	};
	struct chim_tcp_cfg cfg = apply(chim_params_default, 100, false);

	CHIM_COVERS(test, "O-09 TCP-063");
	chim_settings_apply(&s, 100, &cfg);
	KUNIT_EXPECT_TRUE(test, cfg.ecn);
	KUNIT_EXPECT_EQ(test, cfg.up_drops, 1U);
	KUNIT_EXPECT_EQ(test, cfg.up_fragments, 2U);
	KUNIT_EXPECT_EQ(test, cfg.up_disorder, 3U);
	KUNIT_EXPECT_EQ(test, cfg.up_prepost, 4U);
	KUNIT_EXPECT_EQ(test, cfg.up_small, 5U);
	/* Never none where there was something. */
	KUNIT_EXPECT_EQ(test, cfg.up_idle, 3U);
	KUNIT_EXPECT_EQ(test, cfg.push_ticks, 500U);
	/* Parameters leave them alone. */
	chim_params_apply(&chim_params_default, 1000, false, &cfg);
	KUNIT_EXPECT_TRUE(test, cfg.ecn);
	KUNIT_EXPECT_EQ(test, cfg.up_small, 5U);
}

static struct kunit_case params_cases[] = {
	KUNIT_CASE(default_test),
	KUNIT_CASE(span_test),
	KUNIT_CASE(long_test),
	KUNIT_CASE(zero_test),
	KUNIT_CASE(set_test),
	KUNIT_CASE(settings_test),
	{}
};

static struct kunit_suite params_suite = {
	.name = "chim_params",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = params_cases,
};

kunit_test_suite(params_suite);
