# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2086,SC2154
#
# For tests of the Linux host stack: pairs of plain programs (hosttalk.py) in the
# namespaces of data.sh, one of which is moved. Sourced after data.sh.

: "${CHIM_HOST:=$(dirname "$CHIM_MODULE")/chimney_host.ko}"

talk=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/hosttalk.py
: "${size:=400000}"
# Until there is a word.
endless=1000000000000

# --- a pair of programs -------------------------------------------------------

# Not by "ns", which would leave the programs children of what is killed.

# talk_peer FAMILY SEND RECEIVE WORD...: in far, listening when this returns.
talk_peer()
{
	local family=$1
	shift

	: >"$peer_out"
	ip netns exec far "$talk" peer "${far_addr[$family]}" $data_port "$@" \
		>"$peer_out" 2>"$peer_out.err" <"$data_tmp/peer_in" &
	peer_pid=$!
	wait_until 60 grep -q listening "$peer_out" && return
	note "the peer does not listen: $(cat "$peer_out.err")"
	return 1
}

# talk_run FAMILY SEND RECEIVE WORD...: in near.
talk_run()
{
	local family=$1
	shift

	: >"$run_out"
	ip netns exec near "$talk" run "${far_addr[$family]}" $data_port "$@" \
		>"$run_out" 2>"$run_out.err" <"$data_tmp/run_in" &
	run_pid=$!
}

# idle_start [NETNS], idle_end: a connection to port 7777, from near if not said
# otherwise, on which nothing is said.
idle_start()
{
	ip netns exec far "$talk" peer "${far_addr[4]}" 7777 0 1 nofin \
		>"$data_tmp/other" </dev/null &
	idle=$!
	wait_until 60 grep -q listening "$data_tmp/other"
	ip netns exec "${1:-near}" "$talk" run "${far_addr[4]}" 7777 0 1 nofin \
		>/dev/null </dev/null &
	idle="$! $idle"
}

idle_end()
{
	kill $idle
	wait $idle 2>/dev/null
}

said()
{
	grep -q "\"$1\"" "$2" || ! kill -0 "$3" 2>/dev/null
}

# run_says WORD, peer_says WORD: waits for an event.
run_says()
{
	wait_until 60 said "$1" "$run_out" "$run_pid"
}

peer_says()
{
	wait_until 60 said "$1" "$peer_out" "$peer_pid"
}

# talk_end: waits for both, and compares what they saw.
talk_end()
{
	wait_both || return
	expect "bytes to the peer" "$(field rx "$peer_out")" \
		"$(field tx "$run_out")"
	expect "bytes from the peer" "$(field rx "$run_out")" \
		"$(field tx "$peer_out")"
	expect "hash to the peer" "$(field rx_hash "$peer_out")" \
		"$(field tx_hash "$run_out")"
	expect "hash from the peer" "$(field rx_hash "$run_out")" \
		"$(field tx_hash "$peer_out")"
	[ -z "$ktap_case" ]
}

# ms: of a clock.
ms()
{
	echo $((${EPOCHREALTIME/./} / 1000))
}

# count WORDS: how often, of /proc/net/chimney_host.
count()
{
	awk -v what="$*" '{ n = $1; sub(/^[0-9]+ /, ""); if ($0 == what) print n }' \
		/proc/net/chimney_host
}

# go, peer_go: what the program waits for.
go()
{
	echo go >&8
}

peer_go()
{
	echo go >&9
}

# more_than NUMBER WORDS: has it happened more often than that?
more_than()
{
	local before=$1
	shift

	[ "$(count "$*")" -gt "$before" ]
}

# see: what ss tells of the connection of near.
see()
{
	ns near ss -tinHOo dport = $data_port
}

sees()
{
	see | grep -q "$1"
}

# ss_value NAME: a number of it, or 0.
ss_value()
{
	local n

	n=$(see | grep -oE " $1:[0-9]+")
	echo "${n##*:}" | grep . || echo 0
}

# run_ended: has the program in near?
run_ended()
{
	! kill -0 "$run_pid" 2>/dev/null
}

# standing: how the one connection of near stands.
standing()
{
	ns near "$CHIMCTL" socket show dport $data_port |
		grep -oE '(native|offloaded) moves .*'
}

stands()
{
	[ "$(standing)" = "$*" ]
}

# table NAME: what the table of "chimctl watch" says of the one connection of near.
table()
{
	ns near "$CHIMCTL" -j watch count 1 |
		grep -oE "\"$1\": *(\"[^\"]*|[0-9]+)" | sed 's/^[^:]*: *"*//'
}

# flow_mark: what expect_flow counts from.
flow_mark()
{
	flow_sent=$(table bytes_sent)
	flow_received=$(table bytes_received)
}

flows()
{
	local sent received

	sent=$(table bytes_sent)
	received=$(table bytes_received)
	[ "${sent:-0}" -gt "${flow_sent:-0}" ] &&
		[ "${received:-0}" -gt "${flow_received:-0}" ]
}

# expect_flow WHEN: data flow on both ways.
expect_flow()
{
	wait_until 60 flows && return
	ktap_fail_case "nothing moves $1: from $flow_sent $flow_received" \
		"to $(table bytes_sent) $(table bytes_received)"
	return 1
}

offload_them()
{
	ns near "$CHIMCTL" offload dport $data_port >"$data_tmp/moved"
}

# offload_again MOVES: it can be, and has been so often then.
offload_again()
{
	wait_until 60 offload_them ||
		ktap_fail_case "not offloaded: $(cat "$data_tmp/moved")"
	expect "offloaded again" "$(standing)" "offloaded moves $1"
	flow_mark
	[ -z "$ktap_case" ]
}

# pipes_empty: what nobody has read.
pipes_empty()
{
	while read -rt 0.01 -u 8 || read -rt 0.01 -u 9; do
		:
	done
}

# told NAME: a variable of the connection, as the target has it.
told()
{
	ns near "$CHIMCTL" -j object show dev v0 |
		grep -oE "\"$1\": *[^,}]*" | head -n 1 | sed 's/^"[^"]*": *//; s/"//g'
}

is_told()
{
	[ "$(told "$1")" = "$2" ]
}

expect_told()
{
	wait_until 20 is_told "$1" "$2" ||
		ktap_fail_case "$1 is $(told "$1"), not $2"
}

expect_not_told()
{
	! is_told "$1" "$2" || ktap_fail_case "$1 is $2"
}

# set_adapter NAME VALUE: of v0, also for what is offloaded already.
set_adapter()
{
	expect_ok ns near "$CHIMCTL" adapter set v0 "$@"
}

# never_give_up: whatever is sent again meanwhile, the target keeps it (R-01).
never_give_up()
{
	set_adapter doubt-retransmissions 0
	set_adapter max-retransmissions 200
}

# give_up: as it is at first.
give_up()
{
	set_adapter max-retransmissions 6
	set_adapter doubt-retransmissions 3
}

# talk_pipes: what talk_run and talk_peer read from. Open all the time: who reads
# is not to wait, and gets no end.
talk_pipes()
{
	mkfifo "$data_tmp/run_in" "$data_tmp/peer_in" &&
		exec 8<>"$data_tmp/run_in" 9<>"$data_tmp/peer_in"
}

talk_load()
{
	chim_load && insmod "$CHIM_HOST" && data_adapter_add
}

talk_setup()
{
	ns_add near far && data_links && data_resolve && talk_load && talk_pipes
}

talk_teardown()
{
	data_adapter_del && host_unload && chim_unload
}
