// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of connections in the statistics of the namespace, for those who ask
 * nstat or an SNMP agent how the machine's IP and TCP fare.
 *
 * Nothing is counted twice: the host's stack sees neither what is taken off a
 * device nor what is sent. Nothing is counted here as it happens either; what
 * the connections count anyway is added up from time to time.
 */
#include "snmp.h"

#include "adapter.h"
#include "state/mib.h"

#include <linux/netdevice.h>
#include <net/ip.h>
#include <net/tcp.h>

#define PERIOD	HZ

static const struct {
	u16 to;
	u16 from;
} ip_counters[] = {
	{ IPSTATS_MIB_INPKTS, offsetof(struct chim_mib, in_receives) },
	{ IPSTATS_MIB_INOCTETS, offsetof(struct chim_mib, in_octets) },
	{ IPSTATS_MIB_INDELIVERS, offsetof(struct chim_mib, in_delivers) },
	{ IPSTATS_MIB_OUTPKTS, offsetof(struct chim_mib, out_requests) },
	{ IPSTATS_MIB_OUTOCTETS, offsetof(struct chim_mib, out_octets) },
	{ IPSTATS_MIB_INHDRERRORS, offsetof(struct chim_mib, in_header_errors) },
	{ IPSTATS_MIB_INTRUNCATEDPKTS, offsetof(struct chim_mib, in_truncated) },
	{ IPSTATS_MIB_INDISCARDS, offsetof(struct chim_mib, in_discards) },
	{ IPSTATS_MIB_OUTDISCARDS, offsetof(struct chim_mib, out_discards) },
	{ IPSTATS_MIB_OUTNOROUTES, offsetof(struct chim_mib, out_no_routes) },
}, tcp_counters[] = {
	{ TCP_MIB_INSEGS, offsetof(struct chim_mib, in_segs) },
	{ TCP_MIB_OUTSEGS, offsetof(struct chim_mib, out_segs) },
	{ TCP_MIB_RETRANSSEGS, offsetof(struct chim_mib, rexmit_segs) },
	{ TCP_MIB_INERRS, offsetof(struct chim_mib, in_errors) },
	{ TCP_MIB_OUTRSTS, offsetof(struct chim_mib, out_resets) },
	{ TCP_MIB_ESTABRESETS, offsetof(struct chim_mib, reset_estab) },
	{ TCP_MIB_CURRESTAB, offsetof(struct chim_mib, curr_estab) },
};

static_assert((ARRAY_SIZE(ip_counters) + ARRAY_SIZE(tcp_counters)) *
	      sizeof(u64) == sizeof(struct chim_mib));

static u64 counter(const struct chim_mib *mib, u16 offset)
{
	return *(const u64 *)((const u8 *)mib + offset);
}

/* A difference may be negative where it is of a number, not of a count. */
static void add_tcp(struct net *net, const struct chim_mib *now,
		    const struct chim_mib *told)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(tcp_counters); i++)
		TCP_ADD_STATS(net, tcp_counters[i].to,
			      counter(now, tcp_counters[i].from) -
			      counter(told, tcp_counters[i].from));
}

static void add_ip(struct ipstats_mib __percpu *mib, const struct chim_mib *now,
		   const struct chim_mib *told)
{
	int i;

	/* IPv6 may not be there at all. */
	if (!mib)
		return;
	for (i = 0; i < ARRAY_SIZE(ip_counters); i++)
		SNMP_ADD_STATS64(mib, ip_counters[i].to,
				 counter(now, ip_counters[i].from) -
				 counter(told, ip_counters[i].from));
}

static struct ipstats_mib __percpu *ip_mib(struct net *net, int family)
{
	if (family == CHIM_MIB_IP4)
		return net->mib.ip_statistics;
#if IS_ENABLED(CONFIG_IPV6)
	return net->mib.ipv6_statistics;
#else
	return NULL;
#endif
}

/* @last: from now on the connections are somebody else's to count. */
static void publish(struct chim_adapter *adapter, bool last)
{
	struct chim_snmp *snmp = &adapter->snmp;
	const struct net_device *dev;
	struct chim_mib now;
	int family;

	rcu_read_lock();
	/* A namespace lives longer than the last device that can be found. */
	dev = rcu_dereference(adapter->dev);
	for (family = 0; family < CHIM_MIBS; family++) {
		chim_mib_total(&adapter->space, family, &now);
		if (last)
			now.curr_estab = 0;
		if (dev) {
			add_tcp(dev_net(dev), &now, &snmp->told[family]);
			add_ip(ip_mib(dev_net(dev), family), &now,
			       &snmp->told[family]);
		}
		snmp->told[family] = now;
	}
	rcu_read_unlock();
}

/* With the reference that chim_snmp_set() took. */
static void stop(struct chim_adapter *adapter)
{
	publish(adapter, true);
	WRITE_ONCE(adapter->snmp.on, false);
	chim_adapter_put(adapter);
}

static void tell(struct work_struct *work)
{
	struct chim_adapter *adapter;

	adapter = container_of(to_delayed_work(work), struct chim_adapter,
			       snmp.work);
	if (READ_ONCE(adapter->closing)) {
		stop(adapter);
		return;
	}
	publish(adapter, false);
	schedule_delayed_work(&adapter->snmp.work, PERIOD);
}

/**
 * chim_snmp_init() - get ready to tell the namespace
 * @adapter: a new adapter
 *
 * Context: process.
 */
void chim_snmp_init(struct chim_adapter *adapter)
{
	INIT_DELAYED_WORK(&adapter->snmp.work, tell);
}

/**
 * chim_snmp_set() - begin or cease to count in the namespace's statistics
 * @adapter: the adapter
 * @on: begin
 *
 * What was counted before is left out, connections that are there are not.
 *
 * Context: worker, may sleep.
 */
void chim_snmp_set(struct chim_adapter *adapter, bool on)
{
	struct chim_snmp *snmp = &adapter->snmp;
	int family;

	if (!on) {
		cancel_delayed_work_sync(&snmp->work);
		if (snmp->on)
			stop(adapter);
		return;
	}
	if (READ_ONCE(snmp->on))
		return;
	for (family = 0; family < CHIM_MIBS; family++) {
		chim_mib_total(&adapter->space, family, &snmp->told[family]);
		snmp->told[family].curr_estab = 0;
	}
	WRITE_ONCE(snmp->on, true);
	chim_adapter_hold(adapter);
	schedule_delayed_work(&snmp->work, 0);
}

/**
 * chim_snmp_settle() - tell the namespace the rest
 * @adapter: an adapter that closes
 *
 * Context: process, may sleep.
 */
void chim_snmp_settle(struct chim_adapter *adapter)
{
	/* Who was at it already may not have seen that it closes, and come again. */
	flush_delayed_work(&adapter->snmp.work);
	flush_delayed_work(&adapter->snmp.work);
}
