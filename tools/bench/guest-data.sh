#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-data.sh SCALE NAME...: runs benchmarks of the data path in a test
# machine, as guest.sh does; the far ends are in a namespace of their own, at
# the other end of a pair of devices.
#
# NAME is WAY:BENCHMARK; WAY is gso (offloads of the devices as they are) or
# plain (none that cuts or merges).

set -eu
scale=$1
shift

modprobe -q veth || :
ip netns add far
ip link add chb0 address 02:00:00:00:00:fd type veth \
	peer name chb1 address 02:00:00:00:00:fe netns far
ip -n far link set lo up
ip link set chb0 up
ip -n far link set chb1 up
ip addr add 198.18.0.1/24 dev chb0
ip -n far addr add 198.18.0.2/24 dev chb1
ip neigh replace 198.18.0.2 dev chb0 lladdr 02:00:00:00:00:fe nud permanent
ip -n far neigh replace 198.18.0.1 dev chb1 lladdr 02:00:00:00:00:fd \
	nud permanent
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
	plain) offloads tso off gso off gro off ;;
	esac
	dmesg -C
	# EAGAIN: done, nothing to stay for.
	insmod "${CHIM_MODULE%/*}/chimney_bench.ko" dev=chb0 far=9 \
		tag="${name%%:*}" only="${name#*:}" scale="$scale" \
		2>/dev/null || :
	dmesg | sed -n 's/.*chimbench: //p' >>/results/raw
	dmesg | tail -n 3
done
"$CHIMCTL" adapter del chb0
rmmod chimney
if grep -v '^{' /results/raw; then
	exit 1
fi
