#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack: the peer of an offloaded connection is not there any more.
# What was waited for before the connection was moved counts, whoever waited.
#
# packages: iproute2 util-linux procps libmnl-dev nftables python3
# timeout: 600
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119,SC2154

by_target="uploaded: target: timeout"

# --- what is asked --------------------------------------------------------------

native()
{
	standing | grep -q native
}

heard_again()
{
	[ "$(ss_value backoff)" -eq 0 ]
}

# peer_dies: what it sends is lost from now on.
peer_dies()
{
	tc -n far qdisc add dev v1 root netem loss 100%
}

peer_returns()
{
	tc -n far qdisc del dev v1 root
}

# expect_timed_out FAMILY: the program was told so. The peer is there again then.
expect_timed_out()
{
	tail -n 1 "$run_out" | grep -q 'timed out' ||
		ktap_fail_case "IPv$1: $(tail -n 1 "$run_out")"
	kill "$run_pid" "$peer_pid" 2>/dev/null
	wait "$run_pid" "$peer_pid" 2>/dev/null
	peer_returns
}

# idle FAMILY WORD...: a connection on which a byte was sent either way.
idle()
{
	talk_peer $1 1 2 nofin stdin || return
	talk_run $1 1 2 nofin "${@:2}"
	wait_until 60 sees "bytes_acked:2 .*bytes_received:1 " && return
	note "$(see)"
	return 1
}

# --- cases ------------------------------------------------------------------------

# Nothing is said before the offload nor after it: the probes go on all the same.
keepalive_idle()
{
	local before family

	for family in 4 6; do
		before=$(count "$by_target")
		idle $family keepalive=10,1,2 && peer_dies &&
			ns near "$CHIMCTL" offload dport $data_port \
				>"$data_tmp/moved" || return
		expect_moved
		wait_until 60 run_ended || ktap_fail_case "nobody probes"
		expect_timed_out $family
		more_than "$before" "$by_target" ||
			ktap_fail_case "it was not the target that gave up"
	done
	[ -z "$ktap_case" ]
}

expect_moved()
{
	standing | grep -q 'offloaded moves 1' ||
		ktap_fail_case "not offloaded: $(cat "$data_tmp/moved")"
}

# The target gives up after three retransmissions; they count for the host as well.
gives_up()
{
	local words="$endless $endless endless stdin $small"

	talk_peer 4 $words && talk_run 4 $words ulp || return
	run_says offloaded && ns near "$CHIMCTL" adapter set v0 \
		max-retransmissions 3 && peer_dies || return
	wait_until 60 native || ktap_fail_case "the target does not give up"
	at_least "doublings of the timeout" "$(ss_value backoff)" 3
	peer_returns
	# Before TCP knows, the target would give up at once.
	wait_until 60 heard_again || ktap_fail_case "TCP does not go on: $(see)"
	offload_again 2 && expect_flow "offloaded again"
	go
	peer_go
	talk_end
	ns near "$CHIMCTL" adapter set v0 max-retransmissions 6
	[ -z "$ktap_case" ]
}

# back_and_forth: once; has the program ended meanwhile?
back_and_forth()
{
	ns near "$CHIMCTL" offload dport $data_port &&
		ns near "$CHIMCTL" upload dport $data_port
	run_ended
} >/dev/null 2>&1

# expect_end MS WORD...: however often a connection is moved, it is not alive for ever,
# nor dead before its time.
expect_end()
{
	local before family least=$1 start
	shift

	for family in 4 6; do
		before=$(count offloaded)
		talk_peer $family $endless 0 endless stdin &&
			talk_run $family $endless 0 endless stdin "$@" &&
			wait_until 60 offload_them 2>/dev/null && peer_dies || return
		start=$(ms)
		wait_until 120 back_and_forth ||
			ktap_fail_case "IPv$family: is not given up: $(see)"
		at_least "ms that it lived" $(($(ms) - start)) "$least"
		expect_timed_out $family
		note "IPv$family: offloaded $(($(count offloaded) - before)) times"
		more_than $((before + 1)) offloaded ||
			ktap_fail_case "it was not moved"
	done
	[ -z "$ktap_case" ]
}

user_timeout_moving()
{
	# Some of it was over when the last answer came.
	expect_end 2500 user-timeout=3000 || ktap_fail_case "is not set up"
	[ -z "$ktap_case" ]
}

# As long as these retransmissions would take TCP.
retries_moving()
{
	ns near sysctl -qw net.ipv4.tcp_retries2=4
	# 0.2 + 0.4 + 0.8 + 1.6 + 3.2 seconds.
	expect_end 5700 || ktap_fail_case "is not set up"
	ns near sysctl -qw net.ipv4.tcp_retries2=15
	[ -z "$ktap_case" ]
}

# probes_moving: of a connection on which nothing is said.
probes_moving()
{
	local family start

	for family in 4 6; do
		idle $family keepalive=3,1,5 && peer_dies || return
		start=$(ms)
		wait_until 120 back_and_forth ||
			ktap_fail_case "IPv$family: is not given up: $(see)"
		# Nothing was heard for three seconds, and then five times for one.
		at_least "ms that it lived" $(($(ms) - start)) 6500
		expect_timed_out $family
	done
	[ -z "$ktap_case" ]
}

[ $# -gt 0 ] || set -- keepalive_idle gives_up user_timeout_moving retries_moving \
	probes_moving
# shellcheck source=tools/testing/selftests/host.sh
. "$(dirname "$0")/host.sh"
