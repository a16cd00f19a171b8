#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Everything at random: connections under load of many kinds are moved back and
# forth while the network loses, delays and reorders, the adapter comes and goes,
# and ends that come in every way. CHIM_SOAK says for how many seconds (10). CHIM_SEED
# repeats what the programs do, not what the network does.
#
# packages: iproute2 procps libmnl-dev libc6-dev
# timeout: 600
#
# Cases are called by name:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"

: "${CHIM_HOST:=$(dirname "$CHIM_MODULE")/chimney_host.ko}"
: "${CHIM_HOSTAPI:=$chim_top/build/tools/hostapi}"
: "${CHIM_SOAK:=10}"
soak_pid=

running()
{
	kill -0 "$soak_pid" 2>/dev/null
}

ended()
{
	! running
}

# Something of the network changes, and stays so for up to a second.
disturb()
{
	case $((RANDOM % 8)) in
	0)	netem ;;
	1)	netem delay 1ms loss 1% ;;
	2)	netem delay 2ms 1ms reorder 20% ;;
	3)	netem duplicate 2% ;;
	4)	data_adapter_del && data_adapter_add ;;
	5)	mtu $((1300 + RANDOM % 200)) ;;
	6)	ns near "$CHIMCTL" offload dport 5100 ;;
	7)	ns near "$CHIMCTL" upload dport 5100 ;;
	esac >/dev/null 2>&1
	wait_until 1 ended || return 0
}

soak()
{
	"$CHIM_HOSTAPI" soak "$CHIM_SOAK" $CHIM_SEED &
	soak_pid=$!
	while running; do
		disturb
	done
	netem
	mtu 1500
	wait "$soak_pid"
}

setup()
{
	ns_add near far && data_links && data_resolve && chim_load &&
		insmod "$CHIM_HOST" && data_adapter_add
}

teardown()
{
	note "$(grep -v '^0 ' /proc/net/chimney_host)"
	data_adapter_del && rmmod chimney_host && chim_unload
}

if ! setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
ktap_run soak teardown
