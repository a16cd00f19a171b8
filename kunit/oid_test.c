// SPDX-License-Identifier: GPL-2.0
/* OID requests: what the target can do, and what the host makes of it. */
#include "terminate.h"

#include "ndis/oid.h"

typedef NDIS_TCP_CONNECTION_OFFLOAD config_t;
typedef NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS params_t;

#define CAPABILITIES	OID_TCP_CONNECTION_OFFLOAD_HARDWARE_CAPABILITIES
#define CONFIG		OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG
#define PARAMETERS	OID_TCP_CONNECTION_OFFLOAD_PARAMETERS

/* The log has an end; what was in it does not matter here. */
static NDIS_STATUS oid(struct fx *fx, NDIS_REQUEST_TYPE type, NDIS_OID oid,
		       void *buffer, u32 len)
{
	fx->logged = 0;
	return fx_oid(fx, type, oid, buffer, len);
}

static NDIS_STATUS query(struct fx *fx, NDIS_OID id, void *buffer, u32 len)
{
	return oid(fx, NdisRequestQueryInformation, id, buffer, len);
}

static NDIS_STATUS set(struct fx *fx, NDIS_OID id, void *buffer, u32 len)
{
	return oid(fx, NdisRequestSetInformation, id, buffer, len);
}

static NDIS_OID_REQUEST *last_request(struct fx *fx)
{
	return fx->log[fx->logged - 1].p;
}

#define EXPECT_STATUS(test, status, want) \
	KUNIT_EXPECT_EQ(test, (u32)(status), (u32)(want))

static config_t make_config(bool ip4, bool ip6, bool sack)
{
	return (config_t) {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision = NDIS_TCP_CONNECTION_OFFLOAD_REVISION_1,
		.Header.Size = NDIS_SIZEOF_TCP_CONNECTION_OFFLOAD_REVISION_1,
		.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
		.SupportIPv4 = ip4 ? NDIS_OFFLOAD_SET_ON : NDIS_OFFLOAD_SET_OFF,
		.SupportIPv6 = ip6 ? NDIS_OFFLOAD_SET_ON : NDIS_OFFLOAD_SET_OFF,
		.SupportSack = sack ? NDIS_OFFLOAD_SET_ON :
				      NDIS_OFFLOAD_SET_OFF,
	};
}

static NDIS_STATUS enable(struct fx *fx, bool ip4, bool ip6, bool sack)
{
	config_t c = make_config(ip4, ip6, sack);

	return set(fx, CONFIG, &c, sizeof(c));
}

static void expect_config(struct fx *fx, bool ip4, bool ip6, bool sack)
{
	config_t c;

	EXPECT_STATUS(fx->test, query(fx, CONFIG, &c, sizeof(c)),
		      NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(fx->test, (bool)c.SupportIPv4, ip4);
	KUNIT_EXPECT_EQ(fx->test, (bool)c.SupportIPv6, ip6);
	KUNIT_EXPECT_EQ(fx->test, (bool)c.SupportSack, sack);
	KUNIT_EXPECT_EQ(fx->test, (u32)c.SupportIPv6ExtensionHeaders,
			(u32)NDIS_OFFLOAD_NOT_SUPPORTED);
}

static struct fx_chain new_chain(struct fx *fx, bool ip4, bool sack)
{
	struct fx_chain c = {
		tb_neigh(fx), ip4 ? tb_path4(fx) : tb_path6(fx), tb_conn(fx),
	};

	tb_depend(c.neigh, c.path);
	tb_depend(c.path, c.conn);
	if (sack)
		tb_tconst(c.conn)->Flags |= TCP_FLAG_SACK_ENABLED;
	return c;
}

/* --- capabilities -------------------------------------------------------- */

static void capabilities_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	config_t c;

	CHIM_COVERS(test, "CAP-015 CAP-016 CAP-019 CAP-020");
	memset(&c, 0xee, sizeof(c));
	EXPECT_STATUS(test, query(fx, CAPABILITIES, &c, sizeof(c)),
		      NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, last_request(fx)->DATA.QUERY_INFORMATION
			.BytesWritten, (u32)sizeof(c));
	KUNIT_EXPECT_EQ(test, (int)c.Header.Type, NDIS_OBJECT_TYPE_DEFAULT);
	KUNIT_EXPECT_EQ(test, (int)c.Header.Revision, 1);
	KUNIT_EXPECT_EQ(test, (size_t)c.Header.Size, sizeof(c));
	KUNIT_EXPECT_EQ(test, c.Encapsulation,
			(u32)NDIS_ENCAPSULATION_IEEE_802_3);
	KUNIT_EXPECT_EQ(test, (u32)c.SupportIPv4, (u32)NDIS_OFFLOAD_SUPPORTED);
	KUNIT_EXPECT_EQ(test, (u32)c.SupportIPv6, (u32)NDIS_OFFLOAD_SUPPORTED);
	KUNIT_EXPECT_EQ(test, (u32)c.SupportIPv6ExtensionHeaders,
			(u32)NDIS_OFFLOAD_NOT_SUPPORTED);
	KUNIT_EXPECT_EQ(test, (u32)c.SupportSack, (u32)NDIS_OFFLOAD_SUPPORTED);
	KUNIT_EXPECT_EQ(test, (u32)c.CongestionAlgorithm, 0U);
}

/* As many as it says, whatever their family, and not one more. */
static void capacity_test(struct kunit *test)
{
	const struct chim_adapter_config config = {
		.limits.objects[CHIM_CONN] = 3,
	};
	struct fx *fx = fx_adapter_with(test, &config);
	struct fx_chain c;
	config_t cap;
	int i;

	CHIM_COVERS(test, "CAP-018");
	query(fx, CAPABILITIES, &cap, sizeof(cap));
	KUNIT_EXPECT_EQ(test, cap.TcpConnectionOffloadCapacity, 3U);
	for (i = 0; i < 4; i++) {
		c = new_chain(fx, i & 1, false);
		fx_run(fx, CHIM_INITIATE, c.neigh);
		FX_EXPECT_STATUS(test, c.conn, i < 3 ? NDIS_STATUS_SUCCESS :
				 NDIS_STATUS_OFFLOAD_TCP_ENTRIES);
	}
	fx_end(fx);
}

/* Report, enable, offload; before, there is no offload. */
static void enable_first_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = new_chain(fx, true, false);
	config_t cap;

	CHIM_COVERS(test, "CAP-010 CAP-013");
	EXPECT_STATUS(test, enable(fx, false, false, false),
		      NDIS_STATUS_SUCCESS);
	expect_config(fx, false, false, false);
	EXPECT_STATUS(test, query(fx, CAPABILITIES, &cap, sizeof(cap)),
		      NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u32)cap.SupportIPv4,
			(u32)NDIS_OFFLOAD_SUPPORTED);
	wt_refused(fx, CHIM_INITIATE, c.neigh, CHIM_WHY_DISABLED);
	FX_EXPECT_STATUS(test, c.conn, NDIS_STATUS_FAILURE);
	wt_empty(fx);
	EXPECT_STATUS(test, enable(fx, true, false, false),
		      NDIS_STATUS_SUCCESS);
	wt_done(fx, CHIM_INITIATE, c.neigh);
	FX_EXPECT_STATUS(test, c.conn, NDIS_STATUS_SUCCESS);
}

static void expect_offload(struct fx *fx, bool ip4, bool sack, bool works)
{
	struct fx_chain c = new_chain(fx, ip4, sack);

	fx_run(fx, CHIM_INITIATE, c.neigh);
	KUNIT_EXPECT_EQ(fx->test, c.conn->b.Status == NDIS_STATUS_SUCCESS,
			works);
	KUNIT_EXPECT_EQ(fx->test, !!c.conn->context, works);
	if (c.conn->context)
		wt_done(fx, CHIM_TERMINATE, tm_ref(fx, c.conn));
	if (c.path->context)
		wt_done(fx, CHIM_TERMINATE, tm_ref(fx, c.path));
	if (c.neigh->context)
		wt_done(fx, CHIM_TERMINATE, tm_ref(fx, c.neigh));
	wt_empty(fx);
}

/* Exactly what the latest request names, whatever was before. */
static void exactly_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	int i;

	CHIM_COVERS(test, "CAP-011 CAP-013");
	/* From each of the eight sets to others, and back to all. */
	for (i = 0; i < 64; i++) {
		int mask = (i * 5 + i / 8) & 7;
		bool ip4 = mask & 1, ip6 = mask & 2, sack = mask & 4;

		EXPECT_STATUS(test, enable(fx, ip4, ip6, sack),
			      NDIS_STATUS_SUCCESS);
		expect_config(fx, ip4, ip6, sack);
		if (i >= 16)
			continue;
		expect_offload(fx, true, false, ip4);
		expect_offload(fx, false, false, ip6);
		expect_offload(fx, true, true, ip4 && sack);
		expect_offload(fx, false, true, ip6 && sack);
	}
}

/* Values other than ON enable nothing; what is not there cannot be enabled. */
static void odd_config_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	config_t c = make_config(true, true, true), bad;

	CHIM_COVERS(test, "CAP-011 CAP-047");
	c.SupportIPv6 = NDIS_OFFLOAD_SET_NO_CHANGE;
	c.SupportSack = 3;
	c.CongestionAlgorithm = 15;
	c.TcpConnectionOffloadCapacity = 1;
	c.Flags = U32_MAX;
	EXPECT_STATUS(test, set(fx, CONFIG, &c, sizeof(c)),
		      NDIS_STATUS_SUCCESS);
	expect_config(fx, true, false, false);
	query(fx, CONFIG, &c, sizeof(c));
	KUNIT_EXPECT_EQ(test, (u32)c.CongestionAlgorithm, 0U);
	KUNIT_EXPECT_EQ(test, c.TcpConnectionOffloadCapacity,
			fx->adapter->capacity);
	bad = make_config(true, true, true);
	bad.SupportIPv6ExtensionHeaders = NDIS_OFFLOAD_SET_ON;
	EXPECT_STATUS(test, set(fx, CONFIG, &bad, sizeof(bad)),
		      NDIS_STATUS_NOT_SUPPORTED);
	bad = make_config(true, true, true);
	bad.Encapsulation = NDIS_ENCAPSULATION_IEEE_LLC_SNAP_ROUTED;
	EXPECT_STATUS(test, set(fx, CONFIG, &bad, sizeof(bad)),
		      NDIS_STATUS_NOT_SUPPORTED);
	expect_config(fx, true, false, false);
}

/* What a connection uses is not taken away from under it. */
static void in_use_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = new_chain(fx, true, false);
	struct fx_chain d = new_chain(fx, false, true);
	struct witness w, v;

	CHIM_COVERS(test, "CAP-012");
	wt_done(fx, CHIM_INITIATE, c.neigh);
	wt_done(fx, CHIM_INITIATE, d.neigh);
	witness_look(fx, &w, c);
	witness_look(fx, &v, d);
	EXPECT_STATUS(test, enable(fx, false, true, true),
		      NDIS_STATUS_INVALID_STATE);
	EXPECT_STATUS(test, enable(fx, true, false, true),
		      NDIS_STATUS_INVALID_STATE);
	EXPECT_STATUS(test, enable(fx, true, true, false),
		      NDIS_STATUS_INVALID_STATE);
	EXPECT_STATUS(test, enable(fx, false, false, false),
		      NDIS_STATUS_INVALID_STATE);
	expect_config(fx, true, true, true);
	witness_check(fx, &w);
	witness_check(fx, &v);
	wt_done(fx, CHIM_TERMINATE, tm_tree(fx, c));
	EXPECT_STATUS(test, enable(fx, false, true, true),
		      NDIS_STATUS_SUCCESS);
	wt_done(fx, CHIM_TERMINATE, tm_tree(fx, d));
	EXPECT_STATUS(test, enable(fx, false, false, false),
		      NDIS_STATUS_SUCCESS);
}

/* Two protocols at once: each has what it has enabled and offloaded itself. */
static void two_clients_test(struct kunit *test)
{
	struct fx *fx = test->priv, *other = fx_second_client(fx);
	struct fx_chain c = fx_offload4(fx), d = fx_offload6(other);
	struct witness w, v;

	CHIM_COVERS(test, "CAP-014");
	witness_look(fx, &w, c);
	witness_look(other, &v, d);
	EXPECT_STATUS(test, enable(other, false, true, false),
		      NDIS_STATUS_SUCCESS);
	expect_config(fx, true, true, true);
	expect_config(other, false, true, false);
	wt_refused(other, CHIM_QUERY, tb_ref(other, c.conn, TcpOffloadState),
		   CHIM_WHY_OWNER);
	wt_refused(fx, CHIM_TERMINATE, wt_bare_ref(fx, d.conn),
		   CHIM_WHY_OWNER);
	witness_check(fx, &w);
	witness_check(other, &v);
	fx_end(other);
	witness_check(fx, &w);
	expect_config(fx, true, true, true);
}

/* --- parameters ---------------------------------------------------------- */

static params_t make_params(void)
{
	return (params_t) {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision =
			NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS_REVISION_1,
		.Header.Size = sizeof(params_t),
		.TicksPerSecond = 100,
		.TcpAckFrequency = 3,
		.TcpDelayedAckTicks = 4,
		.TcpMaximumRetransmissions = 5,
		.TcpDoubtReachabilityRetransmissions = 6,
		.TcpSwsPreventionTicks = 0x12345678,
		.TcpDuplicateAckThreshold = 0x23456789,
		.TcpPushTicks = 0x3456789a,
		.NceStaleTicks = 0x456789ab,
	};
}

/* All but the encapsulation, which lies between, and what is reserved. */
static void expect_params(struct fx *fx, const params_t *was)
{
	const u32 from = offsetof(params_t, TicksPerSecond);
	const u32 to = offsetof(params_t, CongestionAlgorithm);
	struct kunit *test = fx->test;
	params_t now;
	u32 i;

	memset(&now, 0xee, sizeof(now));
	EXPECT_STATUS(test, query(fx, PARAMETERS, &now, sizeof(now)),
		      NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, memcmp(&now.Header, &was->Header,
				     sizeof(now.Header)), 0);
	for (i = from; i < to; i++)
		KUNIT_EXPECT_EQ_MSG(test, ((u8 *)&now)[i], ((u8 *)was)[i],
				    "byte %u", i);
	KUNIT_EXPECT_EQ(test, now.CongestionAlgorithm, 0U);
}

static void parameters_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	params_t p = make_params();

	CHIM_COVERS(test, "CAP-040 CAP-041 CAP-047 D-62");
	EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p)),
		      NDIS_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, last_request(fx)->DATA.SET_INFORMATION.BytesRead,
			(u32)sizeof(p));
	expect_params(fx, &p);
	expect_config(fx, true, true, true);
	/* Each at its largest, to the last bit. */
	p.TcpAckFrequency = 0xff;
	p.TcpDelayedAckTicks = 0xff;
	p.TcpMaximumRetransmissions = 0xff;
	p.TcpDoubtReachabilityRetransmissions = 0xff;
	p.TcpSwsPreventionTicks = U32_MAX;
	p.TcpDuplicateAckThreshold = U32_MAX;
	p.TcpPushTicks = U32_MAX;
	p.NceStaleTicks = U32_MAX;
	p.CongestionAlgorithm = U32_MAX;
	EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p)),
		      NDIS_STATUS_SUCCESS);
	expect_params(fx, &p);
}

static void ack_frequency_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	params_t p = make_params();

	CHIM_COVERS(test, "R-02");
	p.TcpAckFrequency = 0;
	EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p)),
		      NDIS_STATUS_SUCCESS);
	p.TcpAckFrequency = 2;
	expect_params(fx, &p);
}

/* What holds until a host sets something else (D-48). */
static void defaults_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	params_t p = make_params();

	p.TicksPerSecond = 1000;
	p.TcpAckFrequency = 2;
	p.TcpDelayedAckTicks = 40;
	p.TcpMaximumRetransmissions = 6;
	p.TcpDoubtReachabilityRetransmissions = 3;
	p.TcpSwsPreventionTicks = 1000;
	p.TcpDuplicateAckThreshold = 3;
	p.TcpPushTicks = 500;
	p.NceStaleTicks = 30000;
	expect_params(fx, &p);
}

static const struct {
	u32 tps;
	u32 ticks;	/* in three seconds */
} rates[] = {
	{ 1000, 3000 },
	{ 10, 30 },
	{ 100, 300 },
	{ 1, 3 },
	{ 7, 21 },
	{ 999, 2997 },
	{ 0, 0 },
	{ 1001, 0 },
	{ 10000, 0 },
	{ U32_MAX, 0 },
};

static void rates_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct chim_clock *clock = &fx->adapter->clock;
	params_t p = make_params();
	u32 before, old;
	int i;

	CHIM_COVERS(test, "CAP-042 D-63");
	KUNIT_EXPECT_EQ(test, chim_clock_tps(clock), 1000U);
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		before = chim_clock_now(clock);
		old = chim_clock_tps(clock);
		p.TicksPerSecond = rates[i].tps;
		EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p)),
			      rates[i].ticks ? NDIS_STATUS_SUCCESS :
					       NDIS_STATUS_INVALID_PARAMETER);
		if (!rates[i].ticks) {
			KUNIT_EXPECT_EQ(test, chim_clock_tps(clock), old);
			continue;
		}
		fx_advance(fx, 3000);
		KUNIT_EXPECT_EQ(test, chim_clock_now(clock) - before,
				rates[i].ticks);
		expect_params(fx, &p);
	}
}

static void bad_parameters_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	params_t good = make_params(), p;

	CHIM_COVERS(test, "CAP-040");
	set(fx, PARAMETERS, &good, sizeof(good));
	p = good;
	p.TcpPushTicks = 1;
	p.Header.Type = NDIS_OBJECT_TYPE_OID_REQUEST;
	EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p)),
		      NDIS_STATUS_INVALID_DATA);
	p.Header = good.Header;
	p.Header.Revision = 2;
	EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p)),
		      NDIS_STATUS_INVALID_DATA);
	p.Header = good.Header;
	p.Header.Size--;
	EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p)),
		      NDIS_STATUS_INVALID_DATA);
	p.Header = good.Header;
	EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p) - 1),
		      NDIS_STATUS_INVALID_LENGTH);
	EXPECT_STATUS(test, set(fx, PARAMETERS, NULL, sizeof(p)),
		      NDIS_STATUS_INVALID_LENGTH);
	KUNIT_EXPECT_EQ(test, last_request(fx)->DATA.SET_INFORMATION
			.BytesNeeded, (u32)sizeof(p));
	expect_params(fx, &good);
}

/* The families can be switched here as well, with all or nothing. */
static void encapsulation_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	params_t p = make_params();
	NDIS_OFFLOAD_ENCAPSULATION *e = &p.Encapsulation;

	e->Header.Type = NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION;
	e->Header.Revision = NDIS_OFFLOAD_ENCAPSULATION_REVISION_1;
	e->Header.Size = sizeof(*e);
	e->IPv4.Enabled = NDIS_OFFLOAD_SET_OFF;
	EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p)),
		      NDIS_STATUS_SUCCESS);
	expect_config(fx, false, true, true);
	e->IPv4.Enabled = NDIS_OFFLOAD_SET_ON;
	e->IPv4.EncapsulationType = NDIS_ENCAPSULATION_IEEE_LLC_SNAP_ROUTED;
	p.TicksPerSecond = 10;
	EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p)),
		      NDIS_STATUS_NOT_SUPPORTED);
	e->IPv4.Enabled = 3;
	EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p)),
		      NDIS_STATUS_INVALID_PARAMETER);
	expect_config(fx, false, true, true);
	p.TicksPerSecond = 100;
	expect_params(fx, &p);
	e->IPv4.Enabled = NDIS_OFFLOAD_SET_ON;
	e->IPv4.EncapsulationType = NDIS_ENCAPSULATION_IEEE_802_3;
	EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p)),
		      NDIS_STATUS_SUCCESS);
	expect_config(fx, true, true, true);
	fx_offload4(fx);
	e->IPv4.Enabled = NDIS_OFFLOAD_SET_OFF;
	p.TicksPerSecond = 10;
	EXPECT_STATUS(test, set(fx, PARAMETERS, &p, sizeof(p)),
		      NDIS_STATUS_INVALID_STATE);
	KUNIT_EXPECT_EQ(test, chim_clock_tps(&fx->adapter->clock), 100U);
	expect_config(fx, true, true, true);
}

/* --- requests ------------------------------------------------------------ */

static void requests_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	NDIS_HANDLE context = fx->attach.MiniportAdapterContext;
	NDIS_OID_REQUEST request = {};
	params_t p = make_params();
	config_t c;

	EXPECT_STATUS(test, query(fx, CAPABILITIES, &c, sizeof(c) - 1),
		      NDIS_STATUS_BUFFER_TOO_SHORT);
	KUNIT_EXPECT_EQ(test, last_request(fx)->DATA.QUERY_INFORMATION
			.BytesNeeded, (u32)sizeof(c));
	KUNIT_EXPECT_EQ(test, last_request(fx)->DATA.QUERY_INFORMATION
			.BytesWritten, 0U);
	EXPECT_STATUS(test, query(fx, PARAMETERS, NULL, sizeof(p)),
		      NDIS_STATUS_BUFFER_TOO_SHORT);
	EXPECT_STATUS(test, query(fx, OID_TCP_TASK_OFFLOAD, &c, sizeof(c)),
		      NDIS_STATUS_NOT_SUPPORTED);
	EXPECT_STATUS(test, set(fx, CAPABILITIES, &c, sizeof(c)),
		      NDIS_STATUS_NOT_SUPPORTED);
	EXPECT_STATUS(test, oid(fx, NdisRequestMethod, PARAMETERS, &p,
				sizeof(p)), NDIS_STATUS_NOT_SUPPORTED);
	EXPECT_STATUS(test, oid(fx, NdisRequestQueryStatistics, PARAMETERS, &p,
				sizeof(p)), NDIS_STATUS_NOT_SUPPORTED);
	fx->logged = 0;
	EXPECT_STATUS(test, chim_oid_request(context, NULL),
		      NDIS_STATUS_INVALID_PARAMETER);
	EXPECT_STATUS(test, chim_oid_request(NULL, &request),
		      NDIS_STATUS_INVALID_PARAMETER);
	fx_flush(fx);
	KUNIT_EXPECT_EQ(test, fx->logged, 0);
}

static struct kunit_case oid_cases[] = {
	KUNIT_CASE(capabilities_test),
	KUNIT_CASE(capacity_test),
	KUNIT_CASE(enable_first_test),
	KUNIT_CASE(exactly_test),
	KUNIT_CASE(odd_config_test),
	KUNIT_CASE(in_use_test),
	KUNIT_CASE(two_clients_test),
	KUNIT_CASE(parameters_test),
	KUNIT_CASE(ack_frequency_test),
	KUNIT_CASE(defaults_test),
	KUNIT_CASE(rates_test),
	KUNIT_CASE(bad_parameters_test),
	KUNIT_CASE(encapsulation_test),
	KUNIT_CASE(requests_test),
	{}
};

static struct kunit_suite oid_suite = {
	.name = "chim_oid",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = oid_cases,
};

kunit_test_suite(oid_suite);
