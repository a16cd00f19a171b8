#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Unloading the Linux host stack: first everything is uploaded, and TCP has all sockets
# as if nobody else had ever had them. They can be offloaded again by the next module.
#
# packages: iproute2 util-linux procps libmnl-dev kmod python3
# timeout: 900
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119,SC2154

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"
. "$(dirname "$0")/../lib/talk.sh"

endless=1000000000
size=1000000
small="rcvbuf=131072 sndbuf=131072"
what="uploaded: the host stack is drained"
drainer=

# busy FAMILY: offloaded, and data flow both ways.
busy()
{
	local words="$endless $endless endless stdin $small"

	netem rate 16mbit && talk_peer $1 $words && talk_run $1 $words ulp &&
		run_says offloaded
}

# acked: what ss counts, whoever has the connection.
acked()
{
	ss_value bytes_acked
}

has_more()
{
	[ "$(acked)" -gt "$1" ]
}

# flows_on WHEN: the peer gets more.
flows_on()
{
	wait_until 60 has_more "$(acked)" || ktap_fail_case "nothing moves $1"
	[ -z "$ktap_case" ]
}

in_use()
{
	[[ $(rmmod chimney_host 2>&1) == *" is in use"* ]] ||
		ktap_fail_case "not in use $1"
}

is_let_go()
{
	! sees chimney
}

# refused: no connection is taken meanwhile.
refused()
{
	! offload_them || ktap_fail_case "offloaded while drained"
	grep -q "the host stack is drained" "$data_tmp/moved" ||
		ktap_fail_case "refused because: $(cat "$data_tmp/moved")"
}

# Both modules go under a connection in use, and come back.
unload()
{
	local family before

	for family in 4 6; do
		busy $family && flows_on "at first" || return
		in_use "when it is offloaded"
		before=$(count "$what")
		drain 1 || ktap_fail_case "not drained"
		expect "uploads" "$(count "$what")" $((before + 1))
		is_let_go || ktap_fail_case "still known: $(see)"
		refused
		flows_on "when it is drained"
		rmmod chimney_host && rmmod chimney || return
		flows_on "without modules" && talk_load || return
		wait_until 60 offload_them ||
			ktap_fail_case "not offloaded: $(cat "$data_tmp/moved")"
		expect "standing" "$(standing)" "offloaded moves 1"
		flows_on "offloaded again"
		go
		peer_go
		talk_end || return
	done
}

start_drain()
{
	drain 1 &
	drainer=$!
}

drain_ended()
{
	! kill -0 $drainer 2>/dev/null
}

parameter()
{
	cat /sys/module/chimney_host/parameters/$1
}

drains()
{
	[ "$(parameter drain)" = Y ]
}

blocked()
{
	grep -qs sk_stream_wait_memory /proc/$run_pid/task/*/stack
}

# Who waits in a function of the module keeps it, but not the socket.
writer_waits()
{
	local family words="0 $((8 * size)) rcvbuf=16384 pause=0 stdin"

	netem
	for family in 4 6; do
		talk_peer $family $words && talk_run $family $((8 * size)) 0 \
			ulp sndbuf=16384 || return
		wait_until 60 blocked || ktap_fail_case "nobody waits for memory"
		start_drain
		wait_until 60 is_let_go || ktap_fail_case "not let go"
		in_use "when a call has not returned"
		! drain_ended || ktap_fail_case "drained too early"
		kill $drainer
		! wait $drainer || ktap_fail_case "drained when it was told not to"
		in_use "when draining was given up"
		start_drain
		wait_until 60 drains && expect_ok parameter unprivileged
		drain 0
		! wait $drainer || ktap_fail_case "drained when told to end that"
		start_drain
		peer_go
		wait $drainer || ktap_fail_case "not drained"
		rmmod chimney_host || ktap_fail_case "still in use"
		talk_end && insmod "$CHIM_HOST" || return
	done
}

# Again and again, while data flow both ways, and none is lost.
cycles()
{
	local family n words="$endless $endless endless stdin $small"

	for family in 4 6; do
		netem delay 1ms loss 1%
		if ! talk_peer $family $words ||
			! talk_run $family $words ulp ||
			! run_says offloaded; then
			break
		fi
		for ((n = 0; n < 20; n++)); do
			if ! drain 1 || ! drain 0; then
				break
			fi
			wait_until 60 offload_them || break
		done
		expect "let go" $n 20
		go
		peer_go
		talk_end || break
	done
	netem
	[ -z "$ktap_case" ]
}

# A module that is loaded so takes nothing until it is told to.
from_the_start()
{
	host_reload drain=1 || return
	talk_peer 4 1 1 stdin hold && talk_run 4 1 1 stdin hold || return
	wait_until 60 sees ESTAB || ktap_fail_case "not connected"
	refused
	drain 0
	wait_until 60 offload_them || ktap_fail_case "refused: $(cat "$data_tmp/moved")"
	go
	peer_go
	talk_end
}

if ! talk_setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
if [ $# -gt 0 ]; then
	ktap_run "$@" talk_teardown
fi
ktap_run unload writer_waits cycles from_the_start talk_teardown
