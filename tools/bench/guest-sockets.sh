#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-sockets.sh SECONDS TRIPS SOCKETS MOVES: live sockets of plain programs,
# natively and offloaded, in a test machine: iperf3 each way for so many seconds,
# round trips of 64 bytes, sockets moved at once, and the silence of a move. The far
# ends are in a namespace of their own, at the other end of a pair of devices. 0 leaves
# a benchmark out.

set -eu
seconds=$1 trips=$2 sockets=$3 moves=$4
port=5201
here=$(dirname "$0")

# shellcheck source=tools/bench/guest-net.sh
. "$(dirname "$0")/guest-net.sh"
insmod "$CHIM_MODULE"
insmod "${CHIM_MODULE%/*}/chimney_host.ko"
"$CHIMCTL" adapter add chb0
: >/results/raw

# iperf NAME SIDE [WORD...]: its connections are moved in the first second, which
# does not count.
iperf()
{
	local name=$1 side=$2 server client
	shift 2

	ip netns exec far iperf3 -s -1 -p $port >/dev/null &
	server=$!
	until ip netns exec far ss -Hltn "( sport = :$port )" | grep -q .; do
		:
	done
	iperf3 -c 198.18.0.2 -p $port -t "$seconds" -O 1 -J "$@" \
		>/tmp/iperf.json &
	client=$!
	if [ "$side" = offload ]; then
		# Two of them: the second carries the data.
		until [ "$("$CHIMCTL" offload dport $port 2>/dev/null |
			grep -c ' offloaded ')" = 2 ]; do
			kill -0 $client || return
		done
	fi
	wait $client $server
	"$here/iperf-result.py" "$name" "$side" /tmp/iperf.json >>/results/raw
}

if [ "$seconds" != 0 ]; then
	for side in native offload; do
		iperf send $side
		iperf receive $side -R
	done
fi
[ "$trips" = 0 ] ||
	"$CHIM_SOCKBENCH" far 198.18.0.2 pingpong "$trips" >>/results/raw
[ "$sockets" = 0 ] ||
	"$CHIM_SOCKBENCH" far 198.18.0.2 moves "$sockets" >>/results/raw
[ "$moves" = 0 ] ||
	"$CHIM_SOCKBENCH" far 198.18.0.2 silence "$moves" >>/results/raw
"$CHIMCTL" adapter del chb0
# The last close may still be under way.
until rmmod chimney_host 2>/dev/null; do
	:
done
rmmod chimney
if grep -v '^{' /results/raw; then
	exit 1
fi
