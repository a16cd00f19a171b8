#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-data.sh SCALE NAME...: runs benchmarks of the data path in a test
# machine, as guest.sh does; the far ends are in a namespace of their own, at
# the other end of a pair of devices.
#
# NAME is WAY:BENCHMARK[:HOLD]; WAY is gso (offloads of the devices as they are),
# plain (none that cuts or merges), rare (the same, with an acknowledgment for
# every 8 segments, as native TCP has it on one processor), or loss (single segments, of which what chb0
# sends is late by 20 ms and loses 1 %, and Reno everywhere). CHIM_BENCH_SIDES is a mask of what to run,
# for a profile: 1 and 2 native, 4 and 8 the target.

set -eu
scale=$1
shift

# shellcheck source=tools/bench/guest-net.sh
. "$(dirname "$0")/guest-net.sh"
exec 9</run/netns/far

# offloads WORDS...: of ethtool, on both ends.
offloads()
{
	ethtool -K chb0 "$@" >/dev/null
	ip netns exec far ethtool -K chb1 "$@" >/dev/null
}

insmod "$CHIM_MODULE"
"$CHIMCTL" adapter add chb0 connections 4194304 paths 2097152
: >/results/raw
for name; do
	case ${name%%:*} in
	gso) offloads tso on gso on gro on ;;
	plain|rare) offloads tso off gso off gro off ;;
	esac
	"$CHIMCTL" adapter set chb0 ack-frequency \
		"$([ "${name%%:*}" = rare ] && echo 8 || echo 2)"
	tc qdisc del dev chb0 root 2>/dev/null || :
	if [ "${name%%:*}" = loss ]; then
		ip link set chb0 gso_max_segs 1
		tc qdisc add dev chb0 root netem delay 20ms loss 1% limit 10000
		sysctl -qw net.ipv4.tcp_congestion_control=reno
	fi
	IFS=: read -r way what hold <<<"$name"
	dmesg -C
	# EAGAIN: done, nothing to stay for.
	insmod "${CHIM_MODULE%/*}/chimney_bench.ko" dev=chb0 far=9 \
		tag="$way" only="$what" scale="$scale" hold="${hold:-1}" \
		sides="${CHIM_BENCH_SIDES:-$((0xf))}" \
		2>/dev/null || :
	dmesg | sed -n 's/.*chimbench: //p' >>/results/raw
done
"$CHIMCTL" adapter del chb0
rmmod chimney
if grep -v '^{' /results/raw; then
	exit 1
fi
