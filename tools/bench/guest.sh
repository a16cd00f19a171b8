#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh SCALE HOLD NAME...: runs benchmarks in a test machine; leaves one
# line of JSON a result in /results/raw. The module with the benchmarks lies
# beside chimney.ko and never stays loaded.

set -eu
scale=$1 hold=$2
shift 2

modprobe -q veth || :
insmod "$CHIM_MODULE"
ip link add chb0 type veth peer name chb1
ip link set chb0 up
ip link set chb1 up
"$CHIMCTL" adapter add chb0 connections 4194304 paths 2097152
: >/results/raw
for name; do
	dmesg -C
	# EAGAIN: done, nothing to stay for.
	insmod "${CHIM_MODULE%/*}/chimney_bench.ko" dev=chb0 only="$name" \
		scale="$scale" hold="$hold" 2>/dev/null || :
	dmesg | sed -n 's/.*chimbench: //p' >>/results/raw
done
"$CHIMCTL" adapter del chb0
rmmod chimney
if grep -v '^{' /results/raw; then
	exit 1
fi
