#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack: what ends an offload while data flow. The target asks for the
# upload, for each of its reasons; devices, namespaces and modules are to go. Each time
# data flow on as they would without an offload, the reason can be seen, and the
# connection is offloaded again, until both sides have every byte.
#
# packages: iproute2 util-linux procps kmod libmnl-dev ethtool python3
# timeout: 1200
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119,SC2120

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"
. "$(dirname "$0")/../lib/talk.sh"

# More would tell no more.
small="rcvbuf=131072 sndbuf=131072"
rate="rate 16mbit"
other_mac=02:00:00:00:08:09

# --- a connection under load ----------------------------------------------------

moves=0

# start FAMILY "RUN WORDS" "PEER WORDS": offloaded; what a case before has left is not
# to be in the way.
start()
{
	kill $run_pid $peer_pid 2>/dev/null
	wait $run_pid $peer_pid 2>/dev/null
	pipes_empty
	netem $rate && talk_peer $1 $3 && talk_run $1 $2 ulp && run_says offloaded || return
	moves=1
	expect "standing" "$(standing)" "offloaded moves 1"
	flow_mark
	[ -z "$ktap_case" ]
}

# busy FAMILY [RUN] [PEER]: data flow both ways; more words for the two.
busy()
{
	local words="$endless $endless endless stdin $small"

	start $1 "$words ${2:-}" "$words ${3:-}" && expect_flow "at the start"
}

# quiet FAMILY BYTES: they send one whenever they are told to.
quiet()
{
	local words="$2 $2 steps chunk=1 stdin"

	start $1 "$words" "$words" && step
}

# step: a byte each way.
step()
{
	flow_mark
	go
	peer_go
	expect_flow "at a step"
}

# uploads REASON COMMAND...: the command has that effect; count and table say so.
uploads()
{
	local what="uploaded: $1" before
	shift

	before=$(count "$what")
	"$@" || ktap_fail_case "$*: $?"
	if ! wait_until 60 more_than "${before:-0}" "$what"; then
		ktap_fail_case "no '$what': $(standing), $(table why)"
		return 1
	fi
	expect "counted" "$(count "$what")" $((before + 1))
	expect "standing" "$(standing)" "native moves $moves"
	expect "reason" "$(table why)" "$what"
	flow_mark
	[ -z "$ktap_case" ]
}

again()
{
	offload_again $((++moves))
}

# ended STANDING: every byte has come, both ways.
ended()
{
	expect "at the end" "$(standing)" "$*"
	[ -z "$ktap_case" ] || note "$(table why)"
	go
	peer_go
	talk_end
}

# over: without the offload, with it again, and the end.
over()
{
	expect_flow "after the upload" && again &&
		expect_flow "offloaded again" && ended offloaded moves $moves
}

# --- asked for by the target ----------------------------------------------------

# asked REASON SETTING VALUE: of the connection there is; the setting is taken back.
asked()
{
	covers EVT-072 EVT-074
	uploads "target: $1" set_adapter "$2" "$3"
	set_adapter "$2" 0
}

# Who has done nothing for long is not looked at any more.
no_idling()
{
	set_adapter up-idle 1000
	step
}

idle()
{
	local family

	covers EVT-072 EVT-074
	for family in 4 6; do
		quiet $family 5 || return
		uploads "target: low activity" no_idling
		set_adapter up-idle 0
		step && again && step && ended offloaded moves 2 || return
	done
}

many_lost()
{
	# Of merged segments too few are lost, and a doubt would ask as well.
	offloads gro off tso off gso off && busy 4 || return
	set_adapter doubt-retransmissions 0
	netem $rate loss 4%
	asked "high drop rate" up-drops 1
	netem $rate
	set_adapter doubt-retransmissions 3
	offloads gro on tso on gso on
	over
}

disorder()
{
	offloads gro off tso off gso off && busy 6 || return
	netem $rate delay 4ms reorder 30%
	asked "segments out of order" up-disorder 5
	netem $rate
	offloads gro on tso on gso on
	over
}

# far's segments are larger than its route allows.
fragments()
{
	local before what="segments forwarded"

	ns far ethtool -K v1 tso off gso off >/dev/null &&
		ns far sysctl -qw net.ipv4.tcp_min_snd_mss=1000 &&
		ip -n far route replace 10.8.0.0/24 dev v1 mtu lock 600 ||
		return
	before=$(count "$what")
	busy 4 || return
	more_than "$before" "$what" || ktap_fail_case "no fragments"
	asked "high fragmentation" up-fragments 10
	over
	ip -n far route replace 10.8.0.0/24 dev v1
	ns far sysctl -qw net.ipv4.tcp_min_snd_mss=48
	ns far ethtool -K v1 tso on gso on >/dev/null
	[ -z "$ktap_case" ]
}

nothing_posted()
{
	local family

	for family in 4 6; do
		busy $family || return
		asked "no buffers posted" up-prepost 50
		over || return
	done
}

small_requests()
{
	busy 4 chunk=64 || return
	asked "small I/O" up-small-io 500
	over
}

# The peer's: the program is told of it.
urgent_received()
{
	local family

	covers EVT-072
	for family in 4 6; do
		quiet $family 5 || return
		uploads "target: urgent data received" eval 'go; echo urgent >&9'
		run_says urgent || ktap_fail_case "no signal"
		step && again && step && ended offloaded moves 2 || return
	done
}

# The program's own.
urgent_sent()
{
	local family

	for family in 4 6; do
		quiet $family 5 || return
		uploads "data only TCP itself can send" eval 'peer_go; echo urgent >&8'
		peer_says urgent || ktap_fail_case "no signal"
		step && again && step && ended offloaded moves 2 || return
	done
}

# silent: what far sends is lost.
silent()
{
	tc -n far qdisc replace dev v1 root netem loss 100%
}

timeout()
{
	covers EVT-072
	set_adapter doubt-retransmissions 0
	set_adapter max-retransmissions 3
	busy 4 || return
	uploads "target: timeout" silent
	netem $rate
	set_adapter max-retransmissions 6
	set_adapter doubt-retransmissions 3
	over
}

# Of a segment that was sent often the target asks about the path (R-01).
doubt()
{
	covers EVT-072
	busy 6 || return
	uploads "asked for by the target" silent
	netem $rate
	over
}

# --- refused by the target --------------------------------------------------------

# An MTU that the device cannot have.
update_refused()
{
	local family route

	covers UPD-059
	for family in 4 6; do
		route="${far_addr[$family]} dev v0"
		busy $family || return
		uploads "target refused an update" ip -$family -n near \
			route add $route mtu 9000 && expect_flow "natively"
		ip -$family -n near route del $route || return
		over || return
	done
}

# --- devices ------------------------------------------------------------------------

# near_returns: the device is up again, with what has gone with it.
near_returns()
{
	ip -n near link set v0 up && ip -n near addr replace \
		"${near_addr[6]}/64" dev v0 nodad && data_resolve
}

link_down()
{
	local family

	for family in 4 6; do
		busy $family || return
		uploads "route leads elsewhere" ip -n near link set v0 down ||
			return
		near_returns && over || return
	done
}

# expect_no_break WHEN: it flows on, and more than what was on its way.
expect_no_break()
{
	flow_mark
	expect_flow "$1" || return
	flow_mark
	expect_flow "$1"
}

# mac ADDRESS: of v0; far knows.
mac()
{
	ip -n near link set v0 address "$1" || return
	near_mac=$1
	data_resolve
}

own_address()
{
	local family own=$near_mac

	never_give_up
	for family in 4 6; do
		busy $family && mac $other_mac &&
			expect_no_break "with another address" &&
			ended offloaded moves 1
		mac $own || return
	done
	give_up
	[ -z "$ktap_case" ]
}

no_carrier()
{
	ip -n near link show dev v0 | grep -q NO-CARRIER
}

# far_up: likewise.
far_up()
{
	ip -n far link set v1 up && ip -n far link set v2 up &&
		ip -n far addr replace "${far_addr[6]}/64" dev v1 nodad &&
		data_resolve
}

carrier()
{
	local family

	never_give_up
	for family in 4 6; do
		busy $family && ip -n far link set v1 down || return
		wait_until 20 no_carrier || ktap_fail_case "carrier is left"
		far_up && expect_no_break "with a carrier again" &&
			ended offloaded moves 1 || return
	done
	give_up
	[ -z "$ktap_case" ]
}

native()
{
	[[ $(standing) == native* ]]
}

# loses_device COMMAND...: the connection does, and its adapter is no more.
loses_device()
{
	"$@" || ktap_fail_case "$*: $?"
	wait_until 60 native || ktap_fail_case "$*: $(standing)"
	# Whichever is seen first.
	[[ $(table why) =~ ^uploaded:\ (route leads elsewhere|adapter wants) ]] ||
		ktap_fail_case "$(table why)"
	expect "adapters" "$(adapter show)" ""
	flow_mark
	[ -z "$ktap_case" ]
}

to_another_namespace()
{
	local family

	for family in 4 6; do
		busy $family && loses_device ip -n near link set v0 netns side &&
			ip -n side link set v0 netns near || return
		ns_addr near v0 "${near_addr[4]}/24" && near_returns &&
			data_adapter_add && over || return
	done
}

deleted()
{
	local family

	for family in 4 6; do
		busy $family && loses_device ip -n near link del v0 &&
			data_links && data_resolve && data_adapter_add &&
			over || return
	done
}

# --- namespaces and modules -----------------------------------------------------------

far_alone()
{
	! ip -n far link show dev v1 >/dev/null 2>&1
}

# unnamed: near has no name any more, but it has the program, which is not disturbed.
unnamed()
{
	busy $1 && ip netns del near && ip netns attach near "$run_pid" &&
		expect_no_break "in a namespace without a name" || return
	expect "standing" "$(standing)" "offloaded moves 1"
	ip netns del near
}

# It goes with the last who is in there, whether the program ends or is killed.
namespace_goes()
{
	local family

	for family in 4 6; do
		unnamed $family || return
		if [ $family = 4 ]; then
			go
			peer_go
			talk_end
		else
			kill -9 "$run_pid"
			wait "$run_pid" 2>/dev/null
		fi
		wait_until 60 far_alone || ktap_fail_case "it does not go"
		ns_add near && data_links && data_resolve && data_adapter_add ||
			return
	done
	[ -z "$ktap_case" ]
}

# in_use MODULE: it cannot be unloaded.
in_use()
{
	local out

	out=$(rmmod "$1" 2>&1)
	[[ $out == *" is in use"* ]] || ktap_fail_case "rmmod $1: $out"
}

modules_in_use()
{
	in_use chimney_host
	in_use chimney
	expect_no_break "$1"
}

# Offloaded or not, the socket has functions of the module. Adapters go with theirs.
unloading()
{
	local family

	for family in 4 6; do
		busy $family && modules_in_use offloaded || return
		uploads "asked for by the program" eval 'echo upload >&8'
		modules_in_use native && again && modules_in_use again &&
			ended offloaded moves 2 || return
	done
	host_unload || ktap_fail_case "somebody is left"
	rmmod chimney && talk_load
}

if ! talk_setup || ! ns_add side; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
if [ $# -gt 0 ]; then
	ktap_run "$@" talk_teardown
fi
ktap_run idle many_lost disorder fragments nothing_posted small_requests \
	urgent_received urgent_sent timeout doubt update_refused link_down \
	own_address carrier to_another_namespace deleted namespace_goes \
	unloading talk_teardown
