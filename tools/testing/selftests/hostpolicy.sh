#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Policies of the Linux host stack, and the live table: sockets of programs that
# nobody has named are offloaded, or may be.
#
# packages: iproute2 util-linux procps libmnl-dev python3
# timeout: 900
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"
. "$(dirname "$0")/../lib/talk.sh"

small="rcvbuf=65536 sndbuf=65536"

policy()
{
	ns near "$CHIMCTL" policy "$@"
}

# policy_add WORDS...: prints its number.
policy_add()
{
	local out

	out=$(policy add "$@") && [[ $out == policy\ * ]] && echo "${out#policy }"
}

# offloads ID: how many a policy has brought about.
offloads_by()
{
	policy show | sed -n "s/^policy $1 .* offloads //p"
}

is_offloaded()
{
	[[ $(standing) == offloaded* ]]
}

# start_pair [FAMILY]: data flow both ways until the peer has read size bytes.
start_pair()
{
	local family=${1:-4}

	talk_peer $family $((10 * size)) $((10 * size)) pause=$size stdin $small &&
		talk_run $family $((10 * size)) $((10 * size)) $small &&
		peer_says paused
}

end_pair()
{
	peer_go
	talk_end
}

# A program that knows nothing of it, by the port it talks to.
by_port()
{
	local family id

	for family in 4 6; do
		id=$(policy_add dport $data_port) || return
		start_pair $family || return
		wait_until 60 is_offloaded || ktap_fail_case "not offloaded"
		expect "offloads" "$(offloads_by "$id")" 1
		end_pair
		expect "hand-overs" "$(field offloads "$run_out")" 1
		policy flush
	done
	[ -z "$ktap_case" ]
}

# found_by ID: has a policy had one offloaded?
found_by()
{
	[ "$(offloads_by "$1")" = 1 ]
}

# A connection to port 7777 that a policy of its own is to find, with WORDS: what
# is not found meanwhile, by a policy that is no younger, is not meant.
another_is_found()
{
	local id

	id=$(policy_add dport 7777 "$@") || return
	idle_start
	wait_until 60 found_by "$id" || ktap_fail_case "no other one is found"
	idle_end
	policy del "$id"
}

# What does not match is left alone.
not_meant()
{
	policy_add dport $data_port bytes 1000000000000 >/dev/null &&
		policy_add dport $data_port dev lo >/dev/null &&
		policy_add sport $data_port >/dev/null &&
		policy_add dport $data_port age 86400 >/dev/null || return
	start_pair || return
	another_is_found
	expect "the one" "$(standing)" "native moves 0"
	end_pair
	policy flush
	[ -z "$ktap_case" ]
}

# Bytes, age and device that do match.
all_conditions()
{
	local family

	for family in 4 6; do
		policy_add dport $data_port dev v0 age 1 bytes $size >/dev/null &&
			start_pair $family || return
		wait_until 60 is_offloaded || ktap_fail_case "not offloaded"
		end_pair
		policy flush
	done
	[ -z "$ktap_case" ]
}

# What comes back for another reason than that somebody wants it, goes again.
after_upload()
{
	local family id

	for family in 4 6; do
		id=$(policy_add dport $data_port) || return
		start_pair $family || return
		wait_until 60 is_offloaded || ktap_fail_case "not offloaded"
		ns near nft 'table inet t { chain c { type filter hook input priority 0;
			tcp sport '$data_port' counter; }
			}' && wait_until 60 stands native moves 1 || return
		expect "reason" "$(table why)" "uploaded: rules of netfilter"
		ns near nft flush ruleset
		wait_until 120 is_offloaded || ktap_fail_case "not again"
		expect "hand-overs" "$(standing)" "offloaded moves 2"
		expect "offloads" "$(offloads_by "$id")" 2
		end_pair
		policy flush
	done
	[ -z "$ktap_case" ]
}

# What somebody has taken back stays back.
not_again()
{
	local id

	policy_add dport $data_port >/dev/null || return
	start_pair || return
	wait_until 60 is_offloaded || ktap_fail_case "not offloaded"
	expect_ok ns near "$CHIMCTL" upload dport $data_port
	policy flush
	id=$(policy_add dport $data_port) || return
	another_is_found age 1
	expect "hand-overs" "$(standing)" "native moves 1"
	expect "offloads" "$(offloads_by "$id")" 0
	end_pair
	policy flush
	[ -z "$ktap_case" ]
}

# A refusal harms nobody, and is not repeated within a minute: not while another
# connection is found.
refused()
{
	local what="refused: no adapter on the device" before id start i others=()

	before=$(count "$what")
	id=$(ns far "$CHIMCTL" policy add sport 7777) || return
	start=$SECONDS
	for i in 0 1; do
		idle_start
		others+=("$idle")
		wait_until 60 more_than $((before + i)) "$what" ||
			ktap_fail_case "not refused; $(grep '^[1-9].*refused:' \
				/proc/net/chimney_host)"
	done
	at_most "refusals" "$(count "$what")" \
		$((before + 2 + 2 * ((SECONDS - start) / 60)))
	idle="${others[*]}"
	idle_end
	expect "offloads" "$(ns far "$CHIMCTL" policy show |
		sed 's/.* offloads //')" 0
	ns far "$CHIMCTL" policy del "${id#policy }"
	[ -z "$ktap_case" ]
}

unprivileged()
{
	ns near setpriv --bounding-set -net_admin --inh-caps -net_admin "$@"
}

# Who may not offload, may where a policy allows it.
allowed()
{
	talk_peer 4 0 0 || return
	unprivileged "$talk" run "${far_addr[4]}" $data_port 0 0 ulp \
		>"$run_out" 2>"$run_out.err"
	expect "without a policy" \
		"$(grep -c 'Operation not permitted' "$run_out.err")" 1
	wait "$peer_pid"
	policy_add allow dport $data_port >/dev/null || return
	talk_peer 4 $size $size || return
	unprivileged "$talk" run "${far_addr[4]}" $data_port $size $size ulp \
		>"$run_out" 2>"$run_out.err" &
	run_pid=$!
	talk_end
	expect moves "$(field moves "$run_out")" 1
	expect_error unprivileged "$CHIMCTL" policy add
	expect_error unprivileged "$CHIMCTL" policy flush
	expect_ok unprivileged "$CHIMCTL" policy show
	policy flush
	[ -z "$ktap_case" ]
}

# Every mistake has an answer, and changes nothing.
mistakes()
{
	local id many

	id=$(policy_add dport 1 sport 2 dev v0 age 3 bytes 4) || return
	expect shown "$(policy show)" \
		"policy $id offload dev v0 sport 2 dport 1 age 3 bytes 4 offloads 0"
	expect json "$(ns near "$CHIMCTL" -j policy show | python3 -c '
import json, sys
print(*json.load(sys.stdin)[0].items())')" \
		"('id', $id) ('action', 'offload') ('dev', 'v0') ('sport', 2) ('dport', 1) ('age', 3) ('bytes', 4) ('offloads', 0)"
	expect_error policy add allow age 3
	expect_error policy add age 86401
	expect_error policy add dport 65536
	expect_error policy add dport 0
	expect_error policy add allow sport 0
	expect_error policy add dev nosuch
	expect_error policy add nosuch 1
	expect_error policy add dport
	mapfile -t many < <(printf 'age\n3\n%.0s' {1..9000})
	expect "more than there is room for" "$(policy add "${many[@]}" 2>&1)" \
		"Error: too many arguments"
	expect_error policy del 4294967295
	expect_error policy del 0
	expect_error policy del
	expect_error policy show more
	expect_error policy nosuch
	expect "there is one" "$(policy show | wc -l)" 1
	for ((i = 1; i < 64; i++)); do
		policy_add dport 1 >/dev/null || return
	done
	expect_error policy add
	expect "there are 64" "$(policy show | wc -l)" 64
	expect_ok policy del "$id"
	expect_error policy del "$id"
	expect_ok policy flush
	expect "there is none" "$(policy show)" ""
	[ -z "$ktap_case" ]
}

# The table has the connection, its rates, and why it moved.
watched()
{
	local watch

	talk_peer 4 0 $((40 * size)) pause=$size stdin $small &&
		talk_run 4 $((40 * size)) 0 ulp $small && peer_says paused || return
	ns near "$CHIMCTL" -j watch count 2 interval 0 >"$data_tmp/watch" ||
		ktap_fail_case "watch: $?"
	expect "tables" "$(wc -l <"$data_tmp/watch")" 2
	python3 - "$data_tmp/watch" ${near_addr[4]} "${far_addr[4]}:$data_port" \
		$size <<-'EOT' || ktap_fail_case "$(cat "$data_tmp/watch")"
	import json, sys
	with open(sys.argv[1]) as file:
	    tables = [json.loads(line) for line in file]
	row = tables[1][0]
	assert len(tables[1]) == 1, tables
	assert row['local'].startswith(sys.argv[2] + ':'), row
	assert row['remote'] == sys.argv[3] and row['dev'] == 'v0', row
	assert row['state'] == 'offloaded' and row['moves'] == 1, row
	assert row['bytes_sent'] >= int(sys.argv[4]), row
	assert row['why'] == 'offloaded', row
	assert tables[0][0]['cookie'] == row['cookie'], tables
	EOT
	expect_ok ns near "$CHIMCTL" upload dport $data_port
	ns near "$CHIMCTL" watch count 1 >"$data_tmp/watch"
	grep -q "native .* 1  uploaded: asked for by the program" \
		"$data_tmp/watch" || ktap_fail_case "$(cat "$data_tmp/watch")"
	expect "elsewhere" "$(ns far "$CHIMCTL" -j watch count 1)" "[]"
	expect_error ns near "$CHIMCTL" watch count
	expect_error ns near "$CHIMCTL" watch nosuch 1
	# A rate is what was moved between two looks.
	ip netns exec near "$CHIMCTL" -j watch interval 0 >"$data_tmp/watch" &
	watch=$!
	wait_until 20 test -s "$data_tmp/watch"
	end_pair
	wait_until 20 grep -q '"tx_rate":[1-9]' "$data_tmp/watch" ||
		ktap_fail_case "no rate"
	kill $watch
	wait $watch 2>/dev/null
	[ -z "$ktap_case" ]
}

# has_rate WAY: of the connection, more than nothing.
has_rate()
{
	grep -q "\"$1_rate\":[1-9]" "$data_tmp/watch"
}

# One that does nothing but receive.
receives()
{
	local watch

	talk_peer 4 $((40 * size)) 0 hold stdin nofin $small &&
		talk_run 4 0 $((40 * size)) ulp nofin $small &&
		run_says offloaded || return
	ip netns exec near "$CHIMCTL" -j watch interval 0 >"$data_tmp/watch" &
	watch=$!
	wait_until 20 test -s "$data_tmp/watch"
	peer_go
	wait_until 60 has_rate rx || ktap_fail_case "no rate"
	kill $watch
	wait $watch 2>/dev/null
	! has_rate tx || ktap_fail_case "a rate of what was not sent"
	talk_end
	[ -z "$ktap_case" ]
}

# A namespace goes with its policies, and the module with those that are left: it
# would complain of one that has not gone.
goes()
{
	local since

	since=$(dmesg | wc -l)
	ip netns add gone &&
		ip netns exec gone "$CHIMCTL" policy add dport 1 >/dev/null &&
		ip netns del gone || return
	policy_add dport 1 >/dev/null && talk_teardown || return
	expect "complaints" "$(dmesg | tail -n +$((since + 1)) |
		grep 'WARNING:.*chim_host_rule_exit')" ""
	talk_load && expect "policies" "$(policy show)" ""
	[ -z "$ktap_case" ]
}

if ! talk_setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
if [ $# -gt 0 ]; then
	ktap_run "$@" talk_teardown
fi
ktap_run by_port not_meant all_conditions after_upload \
	not_again refused allowed mistakes watched receives goes talk_teardown
