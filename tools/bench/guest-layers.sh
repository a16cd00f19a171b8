#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-layers.sh SCALE DEPTH...: what intermediate drivers cost. Runs benchmarks of
# the state operations and of the data path over each number of them, where -1 is
# the client on the target alone and 0 has chimney_ndis in between; results are
# named NAME@DEPTH. Sourced parts and the rest as in guest-data.sh.

set -eu
scale=$1
shift
modules=${CHIM_MODULE%/*}

# shellcheck source=tools/bench/guest-net.sh
. "$(dirname "$0")/guest-net.sh"
exec 9</run/netns/far

# run DEPTH PARAMETER...: a benchmark, which does not stay loaded (EAGAIN).
run()
{
	dmesg -C
	insmod "$modules/chimney_bench.ko" dev=chb0 im="$1" scale="$scale" \
		tag=lists "${@:2}" 2>/dev/null || :
	dmesg | sed -n 's/.*chimbench: //p' |
		sed "s/\"name\": \"\([^\"]*\)\"/\"name\": \"\1@$1\"/" >>/results/raw
}

insmod "$CHIM_MODULE"
for name in ndis passthru over; do
	insmod "$modules/chimney_$name.ko"
done
"$CHIMCTL" adapter add chb0 connections 4194304 paths 2097152
name=chb0 there=0
: >/results/raw
for depth; do
	for ((; there < depth; there++)); do
		echo "passthru $name" >/sys/module/chimney_ndis/parameters/bind
		name=im.$name
	done
	run "$depth" only=update
	run "$depth" only=churn
	run "$depth" far=9 only=list_send
	run "$depth" far=9 only=list_receive
done
echo "-passthru chb0" >/sys/module/chimney_ndis/parameters/bind
"$CHIMCTL" adapter del chb0
rmmod chimney_over chimney_passthru chimney_ndis chimney
if grep -v '^{' /results/raw; then
	exit 1
fi
