#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What programs do with sockets, natively, offloaded, and with the connection
# offloaded, uploaded or let go in the middle of it: it must look the same to them. The
# cases are those of tools/testing/hostapi, mostly of the end that connects; some of
# the other end and of IPv6 sockets on IPv4. CHIM_HOST_CYCLES says how often one
# connection is moved back and forth (20), CHIM_HOST_MANY how many are moved at
# once (300).
#
# packages: iproute2 procps libmnl-dev libc6-dev ethtool
# timeout: 1800
#
# Cases are called by name:
# shellcheck disable=SC2317,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"

: "${CHIM_HOST:=$(dirname "$CHIM_MODULE")/chimney_host.ko}"
: "${CHIM_HOSTAPI:=$chim_top/build/tools/hostapi}"

: "${CHIM_HOST_CYCLES:=20}"
: "${CHIM_HOST_MANY:=300}"

# Cases in which it can matter how the connection has come about.
some=(blocked_send cork nodelay sendfile out_queue urgent blocked_recv wait_all
	full_buffer unread both_ways zerocopy_recv buffer_grows shutdown_write
	peer_closes peer_resets close_unsent close_unread linger_reset
	handed_on epoll_in ring_recv info_idle seen_by_ss seen_by_diag ipsec)

# some_cases FAMILY [accepted]
some_cases()
{
	local name rc=0

	for name in "${some[@]}"; do
		"$CHIM_HOSTAPI" run "$name" "$@" || {
			note "$name"
			rc=1
		}
	done
	return "$rc"
}

accepted()
{
	some_cases 4 accepted
}

accepted6()
{
	some_cases 6 accepted
}

# IPv4 on an IPv6 socket, as servers have it that listen on both.
mapped()
{
	some_cases 46
}

mapped_accepted()
{
	some_cases 46 accepted
}

# Under load both ways, while segments are lost.
back_and_forth()
{
	local family rc=0

	netem delay 2ms loss 1% || return
	for family in 4 6; do
		"$CHIM_HOSTAPI" cycles "$family" "$CHIM_HOST_CYCLES" || rc=1
	done
	netem
	return "$rc"
}

# Where the peer's device takes no pages, what it sends lies in memory of kmalloc()
# when it is received, of which there is less.
copied()
{
	local name bytes rc=0

	ns far ethtool -K v1 sg off >/dev/null || return
	for bytes in 1500 6000; do
		mtu "$bytes" || return
		for name in small_pieces large_pieces full_buffer; do
			"$CHIM_HOSTAPI" run "$name" || rc=1
		done
	done
	mtu 1500
	ns far ethtool -K v1 sg on >/dev/null
	return "$rc"
}

# many_say WORD: waits until the program says it.
many_say()
{
	wait_until 300 many_said "$1" &&
		grep -q "$1" "$data_tmp/many"
}

many_said()
{
	grep -q "$1" "$data_tmp/many" || ! kill -0 "$many_pid" 2>/dev/null
}

# many_move OPERATION: all of them; says how long it took.
many_move()
{
	local start=$EPOCHREALTIME

	ns near "$CHIMCTL" "$1" dport 5100 >"$data_tmp/moved" ||
		ktap_fail_case "$(grep -m 3 error "$data_tmp/moved")"
	note "$1 of $CHIM_HOST_MANY: $((${EPOCHREALTIME/./} - ${start/./})) us"
}

# All at once, from outside.
crowd()
{
	local many_pid

	mkfifo "$data_tmp/many_in"
	"$CHIM_HOSTAPI" many "$CHIM_HOST_MANY" <"$data_tmp/many_in" \
		>"$data_tmp/many" &
	many_pid=$!
	exec 7>"$data_tmp/many_in"
	many_say ready || return
	many_move offload
	echo go >&7
	many_say "used, $CHIM_HOST_MANY offloaded" || return
	many_move upload
	echo go >&7
	many_say "used, 0 offloaded" || return
	exec 7>&-
	wait "$many_pid"
}

# More programs than there are workers own their sockets for long.
owners_asleep()
{
	if [ ! -e /proc/sys/vm/unprivileged_userfaultfd ]; then
		skip "this kernel has no userfaultfd"
		return 1
	fi
	"$CHIM_HOSTAPI" asleep 80
}

# A neighbor with a source address of its own comes and goes; a line each time.
addresses_come()
{
	local said

	while said=$(ns near "$CHIMCTL" neighbor initiate dev v0 \
		lladdr 02:00:00:00:00:01 src 02:00:00:00:01:01) &&
		ns near "$CHIMCTL" terminate dev v0 handle "${said:7:18}" >/dev/null &&
		echo 2>/dev/null; do
		:
	done
}

# That takes RTNL; so does who joins a group, and waits for the socket then.
joins_groups()
{
	addresses_come | "$CHIM_HOSTAPI" groups 30
}

setup()
{
	ns_add near far && data_links && data_resolve && chim_load &&
		insmod "$CHIM_HOST" && data_adapter_add
}

teardown()
{
	# A case that ends may take back what it has drained for.
	drain 1 && data_adapter_del && rmmod chimney_host && chim_unload
}

if ! setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
cases=("$@")
[ $# -gt 0 ] || readarray -t cases < <("$CHIM_HOSTAPI" list)
for name in "${cases[@]}"; do
	declare -F "$name" >/dev/null ||
		eval "$name() { \"\$CHIM_HOSTAPI\" run $name; }"
done
[ $# -gt 0 ] || cases+=(accepted accepted6 mapped mapped_accepted \
	copied back_and_forth owners_asleep joins_groups crowd)
ktap_run "${cases[@]}" teardown
