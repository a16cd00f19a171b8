// SPDX-License-Identifier: GPL-2.0
/* Statistics of offloaded connections, and their OIDs. */
#include "fixture.h"

#include "state/mib.h"

#include <linux/percpu.h>
#include <linux/smp.h>
#include <net/ip.h>
#include <net/tcp.h>

#define FIELDS	(sizeof(struct chim_mib) / sizeof(u64))

static struct chim_mib *mine(struct fx *fx, int family)
{
	return per_cpu_ptr(fx->adapter->space.mib, 0) + family;
}

/* Counters no two of which are alike, the sum over all processors included. */
static void fill(struct fx *fx, int family, u64 step)
{
	u64 *counter = (u64 *)mine(fx, family);
	size_t i;

	for (i = 0; i < FIELDS; i++)
		counter[i] += step * (i + 1);
}

static NDIS_STATUS stats(struct fx *fx, NDIS_REQUEST_TYPE type, NDIS_OID id,
			 void *buffer, u32 len)
{
	fx->logged = 0;
	return fx_oid(fx, type, id, buffer, len);
}

static void expect_query(struct fx *fx, NDIS_OID id, void *buffer, u32 len)
{
	KUNIT_EXPECT_EQ(fx->test, stats(fx, NdisRequestQueryInformation, id,
					buffer, len), NDIS_STATUS_SUCCESS);
}

static void expect_ip(struct fx *fx, NDIS_OID id, u64 step)
{
	struct kunit *test = fx->test;
	IP_OFFLOAD_STATS s;

	memset(&s, 0xee, sizeof(s));
	expect_query(fx, id, &s, sizeof(s));
	KUNIT_EXPECT_EQ(test, s.InReceives, step);
	KUNIT_EXPECT_EQ(test, s.InOctets, 2 * step);
	KUNIT_EXPECT_EQ(test, s.InDelivers, 3 * step);
	KUNIT_EXPECT_EQ(test, s.OutRequests, 4 * step);
	KUNIT_EXPECT_EQ(test, s.OutOctets, 5 * step);
	KUNIT_EXPECT_EQ(test, s.InHeaderErrors, (u32)(6 * step));
	KUNIT_EXPECT_EQ(test, s.InTruncatedPackets, (u32)(7 * step));
	KUNIT_EXPECT_EQ(test, s.InDiscards, (u32)(8 * step));
	KUNIT_EXPECT_EQ(test, s.OutDiscards, (u32)(9 * step));
	KUNIT_EXPECT_EQ(test, s.OutNoRoutes, (u32)(10 * step));
}

static void expect_tcp(struct fx *fx, NDIS_OID id, u64 step, u64 established)
{
	struct kunit *test = fx->test;
	TCP_OFFLOAD_STATS s;

	memset(&s, 0xee, sizeof(s));
	expect_query(fx, id, &s, sizeof(s));
	KUNIT_EXPECT_EQ(test, s.InSegments, 11 * step);
	KUNIT_EXPECT_EQ(test, s.OutSegments, 12 * step);
	KUNIT_EXPECT_EQ(test, s.RetransmittedSegments, (u32)(13 * step));
	KUNIT_EXPECT_EQ(test, s.InErrors, (u32)(14 * step));
	KUNIT_EXPECT_EQ(test, s.OutResets, (u32)(15 * step));
	KUNIT_EXPECT_EQ(test, s.ResetEstablished, (u32)(16 * step));
	KUNIT_EXPECT_EQ(test, s.CurrentlyEstablished, (u32)established);
}

static void query_test(struct kunit *test)
{
	struct fx *fx = test->priv, *other = fx_second_adapter(test);

	CHIM_COVERS(test, "STT-010 STT-011 STT-013 STT-014");
	expect_ip(fx, OID_IP4_OFFLOAD_STATS, 0);
	expect_tcp(fx, OID_TCP6_OFFLOAD_STATS, 0, 0);
	fill(fx, CHIM_MIB_IP4, 1000);
	fill(fx, CHIM_MIB_IP6, 7);
	expect_ip(fx, OID_IP4_OFFLOAD_STATS, 1000);
	expect_ip(fx, OID_IP6_OFFLOAD_STATS, 7);
	expect_tcp(fx, OID_TCP4_OFFLOAD_STATS, 1000, 17000);
	expect_tcp(fx, OID_TCP6_OFFLOAD_STATS, 7, 119);
	expect_ip(other, OID_IP4_OFFLOAD_STATS, 0);
	expect_tcp(other, OID_TCP4_OFFLOAD_STATS, 0, 0);
	KUNIT_EXPECT_EQ(test, stats(fx, NdisRequestQueryStatistics,
				    OID_IP4_OFFLOAD_STATS,
				    &(IP_OFFLOAD_STATS){},
				    sizeof(IP_OFFLOAD_STATS)),
			NDIS_STATUS_SUCCESS);
	fx_end(other);
}

/* Members of 32 bits hold what is left of 64. */
static void wrap_test(struct kunit *test)
{
	struct fx *fx = test->priv;

	CHIM_COVERS(test, "STT-016");
	fill(fx, CHIM_MIB_IP4, 0x40000001ULL);
	expect_ip(fx, OID_IP4_OFFLOAD_STATS, 0x40000001ULL);
	/* And those of 64 go round as well. */
	fill(fx, CHIM_MIB_IP6, U64_MAX);
	fill(fx, CHIM_MIB_IP6, 1);
	expect_tcp(fx, OID_TCP6_OFFLOAD_STATS, 0, 0);
}

/* One family and one protocol at a time, whatever the host supplies. */
static void reset_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	IP_OFFLOAD_STATS ip;
	TCP_OFFLOAD_STATS tcp;

	CHIM_COVERS(test, "STT-015 STT-053");
	memset(&ip, 0x5a, sizeof(ip));
	memset(&tcp, 0x5a, sizeof(tcp));
	fill(fx, CHIM_MIB_IP4, 10);
	fill(fx, CHIM_MIB_IP6, 20);
	KUNIT_EXPECT_EQ(test, stats(fx, NdisRequestSetInformation,
				    OID_IP4_OFFLOAD_STATS, &ip, sizeof(ip)),
			NDIS_STATUS_SUCCESS);
	expect_ip(fx, OID_IP4_OFFLOAD_STATS, 0);
	expect_tcp(fx, OID_TCP4_OFFLOAD_STATS, 10, 170);
	expect_ip(fx, OID_IP6_OFFLOAD_STATS, 20);
	KUNIT_EXPECT_EQ(test, stats(fx, NdisRequestSetInformation,
				    OID_TCP6_OFFLOAD_STATS, &tcp, sizeof(tcp)),
			NDIS_STATUS_SUCCESS);
	/* How many there are now is no count. */
	expect_tcp(fx, OID_TCP6_OFFLOAD_STATS, 0, 340);
	expect_ip(fx, OID_IP6_OFFLOAD_STATS, 20);
	fill(fx, CHIM_MIB_IP4, 3);
	expect_ip(fx, OID_IP4_OFFLOAD_STATS, 3);
	expect_tcp(fx, OID_TCP4_OFFLOAD_STATS, 13, 221);
	/* Once more from there. */
	stats(fx, NdisRequestSetInformation, OID_IP4_OFFLOAD_STATS, &ip,
	      sizeof(ip));
	expect_ip(fx, OID_IP4_OFFLOAD_STATS, 0);
}

static void size_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	TCP_OFFLOAD_STATS tcp;

	KUNIT_EXPECT_EQ(test, stats(fx, NdisRequestQueryInformation,
				    OID_TCP4_OFFLOAD_STATS, &tcp,
				    sizeof(tcp) - 1),
			NDIS_STATUS_BUFFER_TOO_SHORT);
	KUNIT_EXPECT_EQ(test, stats(fx, NdisRequestSetInformation,
				    OID_TCP4_OFFLOAD_STATS, &tcp,
				    sizeof(tcp) - 1),
			NDIS_STATUS_INVALID_LENGTH);
	KUNIT_EXPECT_EQ(test, stats(fx, NdisRequestQueryInformation,
				    OID_IP6_OFFLOAD_STATS, NULL,
				    sizeof(IP_OFFLOAD_STATS)),
			NDIS_STATUS_BUFFER_TOO_SHORT);
}

/* Connections that are there, and those only, by family. */
static void established_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	struct fx_chain c = fx_offload4(fx);
	TCP_OFFLOAD_STATS s;

	CHIM_COVERS(test, "STT-053 STT-012");
	fx_offload6(fx);
	fx_offload6(fx);
	expect_query(fx, OID_TCP4_OFFLOAD_STATS, &s, sizeof(s));
	KUNIT_EXPECT_EQ(test, s.CurrentlyEstablished, 1U);
	expect_query(fx, OID_TCP6_OFFLOAD_STATS, &s, sizeof(s));
	KUNIT_EXPECT_EQ(test, s.CurrentlyEstablished, 2U);
	fx_run(fx, CHIM_TERMINATE, tb_ref(fx, c.conn, TcpOffloadConstState));
	expect_query(fx, OID_TCP4_OFFLOAD_STATS, &s, sizeof(s));
	KUNIT_EXPECT_EQ(test, s.CurrentlyEstablished, 0U);
	KUNIT_EXPECT_EQ(test, s.ResetEstablished, 0U);
}

/* --- the namespace ----------------------------------------------------------- */

static u64 tcp_stat(int item)
{
	return snmp_fold_field(init_net.mib.tcp_statistics, item);
}

static u64 ip_stat(int item)
{
	return snmp_fold_field64(init_net.mib.ip_statistics, item,
				 offsetof(struct ipstats_mib, syncp));
}

static void set_snmp(struct fx *fx, bool on)
{
	struct chim_settings settings = { .snmp = on };

	chim_adapter_set(fx->adapter, &settings);
	chim_snmp_settle(fx->adapter);
}

/* If it is wanted, and only what comes from then on; never anything twice. */
static void snmp_test(struct kunit *test)
{
	struct fx *fx = test->priv;
	u64 segs = tcp_stat(TCP_MIB_INSEGS), open = tcp_stat(TCP_MIB_CURRESTAB);
	u64 resets = tcp_stat(TCP_MIB_OUTRSTS);
	u64 octets = ip_stat(IPSTATS_MIB_OUTOCTETS);
	struct chim_mib now;

	CHIM_COVERS(test, "STT-012");
	fx_offload4(fx);
	fill(fx, CHIM_MIB_IP4, 100000);
	chim_mib_total(&fx->adapter->space, CHIM_MIB_IP4, &now);
	set_snmp(fx, false);
	KUNIT_EXPECT_EQ(test, tcp_stat(TCP_MIB_INSEGS), segs);
	set_snmp(fx, true);
	KUNIT_EXPECT_EQ(test, tcp_stat(TCP_MIB_INSEGS), segs);
	KUNIT_EXPECT_EQ(test, tcp_stat(TCP_MIB_CURRESTAB),
			open + now.curr_estab);
	mine(fx, CHIM_MIB_IP4)->in_segs += 1000;
	mine(fx, CHIM_MIB_IP6)->in_segs += 10;
	mine(fx, CHIM_MIB_IP4)->out_octets += 77;
	mine(fx, CHIM_MIB_IP6)->out_resets += 3;
	chim_snmp_settle(fx->adapter);
	chim_snmp_settle(fx->adapter);
	KUNIT_EXPECT_EQ(test, tcp_stat(TCP_MIB_INSEGS), segs + 1010);
	KUNIT_EXPECT_EQ(test, tcp_stat(TCP_MIB_OUTRSTS), resets + 3);
	KUNIT_EXPECT_EQ(test, ip_stat(IPSTATS_MIB_OUTOCTETS), octets + 77);
	/* A reset of ours is none of theirs (STT-015). */
	chim_mib_reset(&fx->adapter->space, CHIM_MIB_IP4, CHIM_MIB_TCP);
	mine(fx, CHIM_MIB_IP4)->in_segs += 1;
	set_snmp(fx, false);
	KUNIT_EXPECT_EQ(test, tcp_stat(TCP_MIB_INSEGS), segs + 1011);
	KUNIT_EXPECT_EQ(test, tcp_stat(TCP_MIB_CURRESTAB), open);
	mine(fx, CHIM_MIB_IP4)->in_segs += 1;
	set_snmp(fx, true);
	mine(fx, CHIM_MIB_IP4)->in_segs += 5;
	/* The end of the adapter is the last time. */
	chim_adapter_close(fx->adapter);
	KUNIT_EXPECT_EQ(test, tcp_stat(TCP_MIB_INSEGS), segs + 1016);
	KUNIT_EXPECT_EQ(test, tcp_stat(TCP_MIB_CURRESTAB), open);
	KUNIT_EXPECT_FALSE(test, fx->adapter->snmp.on);
}

static struct kunit_case mib_cases[] = {
	KUNIT_CASE(query_test),
	KUNIT_CASE(wrap_test),
	KUNIT_CASE(reset_test),
	KUNIT_CASE(size_test),
	KUNIT_CASE(established_test),
	KUNIT_CASE(snmp_test),
	{}
};

static struct kunit_suite mib_suite = {
	.name = "chim_mib",
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = mib_cases,
};

kunit_test_suite(mib_suite);
