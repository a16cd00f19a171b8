#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Everything at random: connections under load of many kinds are moved back and
# forth, by themselves, by chimctl and by policies, while their options change, the
# network loses, delays and reorders, routes, next hops, rules and policies of IPsec
# come and go, the adapter pauses, wants everything back or goes, the host stack lets go
# of all there is, and ends come in every way. Programs use all of send(), splice(),
# sendfile(), io_uring, zero copy and urgent data, and wait in poll(), select() and epoll
# (hostapi/ways.c); sockets are moved by duplicates, by children and by whom they are
# handed to as well. CHIM_SOAK says for how many seconds (10). CHIM_SEED repeats what the
# programs do, not what the network does.
#
# packages: iproute2 procps libmnl-dev libc6-dev nftables
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

on_adapter()
{
	ns near "$CHIMCTL" adapter "$@" v0
}

# for_a_while SET UNSET: two commands, some time between them.
for_a_while()
{
	$1
	wait_until 1 ended
	$2
}

route()
{
	ip -n near route "$1" "${far_addr[4]}" dev v0 mtu lock 1280
}

rules()
{
	ns near nft "$1 table inet soak"
	[ "$1" = delete ] || ns near nft "add chain inet soak in { type filter hook input priority 0; }"
}

ipsec()
{
	ip -n near xfrm policy "$1" src "${far_addr[6]}/128" \
		dst "${near_addr[6]}/128" dir in
}

policy()
{
	ns near "$CHIMCTL" policy "$@"
}

new_mac()
{
	ip -n far link set v1 address 02:00:00:00:09:0$((RANDOM % 8)) &&
		ip -n near neigh flush dev v0
}

# Who sends may not be done for long.
begin_to_drain()
{
	timeout -s INT 1 bash -c "$(declare -f drain); drain 1"
}

# Something of the network changes, and stays so for up to a second.
disturb()
{
	case ${1:-$((RANDOM % 18))} in
	0)	netem ;;
	1)	netem delay 1ms loss 1% ;;
	2)	netem delay 2ms 1ms reorder 20% ;;
	3)	netem duplicate 2% ;;
	4)	data_adapter_del && data_adapter_add ;;
	5)	mtu $((1300 + RANDOM % 200)) ;;
	6)	ns near "$CHIMCTL" offload dport 5100 ;;
	7)	ns near "$CHIMCTL" upload dport 5100 ;;
	8)	on_adapter upload-all ;;
	9)	for_a_while "on_adapter pause" "on_adapter resume" ;;
	10)	for_a_while "route add" "route del" ;;
	11)	for_a_while "rules add" "rules delete" ;;
	12)	for_a_while "ipsec add" "ipsec delete" ;;
	13)	policy add dport 5100 ;;
	14)	policy flush ;;
	15)	new_mac ;;
	16)	ip -n near neigh flush dev v0 ;;
	17)	for_a_while begin_to_drain "drain 0" ;;
	esac >/dev/null 2>&1
	wait_until 1 ended || return 0
}

soak()
{
	local what

	"$CHIM_HOSTAPI" soak "$CHIM_SOAK" $CHIM_SEED &
	soak_pid=$!
	# Each at least once, where there is time.
	for what in 3 15 12 9 11 6 10 8 13 1 4 16 5 14 2 7 17 0; do
		ended || disturb $what
	done
	while running; do
		disturb
	done
	netem
	mtu 1500
	wait "$soak_pid" || return
	# It may take a minute for each of them to hit one that is offloaded.
	[ "$CHIM_SOAK" -lt 300 ] || expect_disturbed
}

# expect_disturbed: what was done from outside has reached connections.
expect_disturbed()
{
	local what

	for what in "asked for by the program" "adapter wants everything uploaded" \
		"rules of netfilter" "route leads elsewhere" \
		"the host stack is drained"; do
		grep -q "^[1-9][0-9]* uploaded: $what$" /proc/net/chimney_host ||
			ktap_fail_case "never: $what"
	done
	[ -z "$ktap_case" ]
}

setup()
{
	ns_add near far && data_links && chim_load &&
		insmod "$CHIM_HOST" && data_adapter_add
}

teardown()
{
	note "$(grep -v '^0 ' /proc/net/chimney_host)"
	drain 1 && data_adapter_del && rmmod chimney_host && chim_unload
}

if ! setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
ktap_run soak teardown
