#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Settings of an adapter and what they do to connections that carry data:
# optional uploads, ECN, and the statistics of the namespace.
#
# packages: iproute2 procps libmnl-dev ethtool
# timeout: 1800
#
# Cases are called by name, options have no blanks, and awk has its own dollars:
# shellcheck disable=SC2317,SC2086,SC2119,SC2016

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"

size=${CHIM_DATA_SIZE:-4m}

# setting NAME VALUE...: for what is offloaded from now on.
setting()
{
	expect_ok ns near "$CHIMCTL" adapter set v0 "$@"
}

# stat NAMESPACE NAME: a counter of the kernel's, as nstat has it.
stat()
{
	ns "$1" nstat -saz "$2" | awk -v name="$2" '$1 == name { print $2 }'
}

# established: connections of near, by the kernel's count, which nstat leaves out.
established()
{
	ns near awk '$1 == "Tcp:" && !n {
			for (n = NF; $n != "CurrEstab"; n--);
			next
		}
		$1 == "Tcp:" { print $n }' /proc/net/snmp
}

# asks REASON "RUN OPTIONS" "PEER OPTIONS" SETTING...: such a connection is
# uploaded for that reason with the setting, and not without it.
asks()
{
	local reason=$1 run=$2 peer=$3
	shift 3

	pair 4 "$run" "$peer" || return
	expect "uploads without $1, reason $(field reason "$run_out")" \
		"$(field uploads "$run_out")" 0
	setting "$@"
	pair 6 "$run" "$peer"
	expect "uploads with $1" "$(field uploads "$run_out")" 1
	expect "reason with $1" "$(field reason "$run_out")" "$reason"
	setting "$1" 0
	[ -z "$ktap_case" ]
}

small_requests()
{
	# For some seconds: it is judged once in each.
	local requests=64:64:$((60000 / ${CHIM_SLOW:-1}))

	covers EVT-081 EVT-074 O-09
	asks 3 "role=client:$requests timeout=600" \
		"role=server:$requests nodelay timeout=600" up-small-io 500
}

nothing_posted()
{
	covers EVT-081 EVT-074 O-09
	netem rate 20mbit || return
	asks 4 "role=sink:$size post=0" "role=source:$size" up-prepost 50
	netem
	[ -z "$ktap_case" ]
}

lost_segments()
{
	covers EVT-080 EVT-074 O-09
	# One by one: of merged segments too few are lost to be sure of one. And
	# what is lost three times in a row is a doubt, which asks as well (R-01).
	offloads gro off tso off gso off && netem rate 20mbit loss 4% ||
		return
	setting doubt-retransmissions 0
	asks 2 "role=source:$size" "role=sink:$size" up-drops 1
	setting doubt-retransmissions 3
	netem
	offloads gro on tso on gso on
	[ -z "$ktap_case" ]
}

disorder()
{
	covers EVT-080 EVT-074 O-09
	offloads gro off tso off gso off && netem delay 4ms reorder 30% ||
		return
	asks 7 "role=sink:$size" "role=source:$size" up-disorder 5
	netem
	offloads gro on tso on gso on
	[ -z "$ktap_case" ]
}

# The peer counts what comes marked as ECN-capable.
ecn_marks()
{
	local family before marked

	covers TCP-063
	both_sysctl net.ipv4.tcp_ecn=1 || return
	setting ecn on
	for family in 4 6; do
		before=$(stat far IpExtInECT0Pkts)
		[ $family = 4 ] || before=$(stat far Ip6InECT0Pkts)
		pair $family "role=source:$size" "role=sink:$size" || break
		marked=$(stat far IpExtInECT0Pkts)
		[ $family = 4 ] || marked=$(stat far Ip6InECT0Pkts)
		at_least "marked, IPv$family" $((marked - before)) 1000
	done
	# Congestion is noted by marks instead of losses.
	netem delay 2ms loss 1% ecn
	pair 4 "role=both:$size" "role=both:$size"
	netem
	setting ecn off
	both_sysctl net.ipv4.tcp_ecn=2
	[ -z "$ktap_case" ]
}

# Every datagram is one that another stack finds sound.
sound_for_others()
{
	local name

	covers TCP-012 TCP-013
	pair 4 "role=both:$size" "role=both:$size" || return
	pair 6 "role=both:$size" "role=both:$size" || return
	for name in IpInHdrErrors IpInAddrErrors IpInUnknownProtos \
		IpInDiscards IpReasmReqds IpExtInTruncatedPkts \
		IpExtInCsumErrors TcpInErrs TcpInCsumErrors Ip6InHdrErrors \
		Ip6InAddrErrors Ip6InUnknownProtos Ip6InTruncatedPkts \
		Ip6InDiscards Ip6ReasmReqds; do
		expect "$name of the peer" "$(stat far $name)" 0
	done
	[ -z "$ktap_case" ]
}

# The same bytes, counted by the host or not; the reset of ours is none of its.
namespace_statistics()
{
	local family prefix segs receives octets

	covers STT-012
	for family in 4 6; do
		prefix=Ip
		[ $family = 4 ] || prefix=Ip6
		segs=$(stat near TcpInSegs)
		pair $family "role=sink:$size" "role=source:$size" || return
		at_most "uncounted, IPv$family" \
			$(($(stat near TcpInSegs) - segs)) 60
		setting snmp on
		segs=$(stat near TcpInSegs)
		receives=$(stat near ${prefix}InReceives)
		octets=$(stat near Ip6InOctets)
		pair $family "role=sink:$size" "role=source:$size" || return
		setting snmp off
		at_least "segments, IPv$family" \
			$(($(stat near TcpInSegs) - segs)) 1000
		at_least "datagrams, IPv$family" \
			$(($(stat near ${prefix}InReceives) - receives)) 1000
		[ $family = 4 ] || at_least "octets, IPv6" \
			$(($(stat near Ip6InOctets) - octets)) 4000000
	done
	expect "connections left" "$(established)" 0
	[ -z "$ktap_case" ]
}

if ! data_setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
ktap_run sound_for_others namespace_statistics ecn_marks small_requests \
	nothing_posted lost_segments disorder data_teardown
