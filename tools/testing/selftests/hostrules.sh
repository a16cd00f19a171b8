#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack beside rules of the IP layer: chains of nf_tables, tables of
# iptables in both variants, programs of control groups, connection tracking.
#
# packages: iproute2 util-linux procps libmnl-dev nftables iptables kmod python3
# timeout: 1500
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"
. "$(dirname "$0")/../lib/talk.sh"

cgroupbpf=$(dirname "$talk")/cgroupbpf.py
group=/sys/fs/cgroup/rules
by_rules="rules of netfilter"
by_hooks="unknown hook of netfilter"
by_group="BPF of the control group"
endless=1000000000000
answer=
legacy_tables="filter mangle raw security"
declare -A iptables=([4]=iptables [6]=ip6tables) prefix=([4]=ip [6]=ip6)
# Priorities: of the tables filter, and of connection tracking.
declare -A priority=([inet]=0 [ip]=-200 [ip6]=-200)

# --- rules --------------------------------------------------------------------

# chain FAMILY HOOK [TYPE PRIORITY]: a chain of nf_tables that counts.
chain()
{
	ns near nft -f - <<-EOT
	table $1 t {
		counter seen { }
		chain $2 {
			type ${3:-filter} hook $2 priority ${4:-0};
			counter name seen
		}
	}
	EOT
}

# rule KIND FAMILY: it appears.
rule()
{
	case $1 in
	nf_tables)
		chain inet input ;;
	nft)
		ns near "${iptables[$2]}-nft" -A OUTPUT -p udp -j DROP ;;
	legacy)
		ns near "${iptables[$2]}-legacy" -A INPUT -p udp -j DROP ;;
	*)	"$cgroupbpf" attach "$1" $group ;;
	esac
}

# rule_gone KIND FAMILY
rule_gone()
{
	case $1 in
	nf_tables|nft)
		ns near nft flush ruleset ;;
	legacy)
		# A table stays as long as its module, and that as its rules.
		ns near "${iptables[$2]}-legacy" -F
		rmmod "${prefix[$2]}table_filter" ;;
	*)	"$cgroupbpf" detach "$1" $group ;;
	esac
}

# bypass 0|1
bypass()
{
	echo "$1" >/sys/module/chimney_host/parameters/bypass_rules
}

# --- connections --------------------------------------------------------------

# idle FAMILY, idle_over: one on which nothing is said.
idle()
{
	talk_peer $1 0 0 stdin hold && talk_run $1 0 0 stdin hold &&
		wait_until 20 connected
}

connected()
{
	[ -n "$(standing)" ]
}

over()
{
	netem
	go
	peer_go
	talk_end
}

# busy FAMILY: one that is offloaded, on which data flow both ways.
busy()
{
	netem rate 20mbit && talk_peer $1 $endless $endless endless stdin &&
		talk_run $1 $endless $endless endless stdin ulp &&
		run_says offloaded
}

# ask: has the one connection offloaded; $answer is what chimctl says. While data flow,
# segments out of order ask for another try.
ask()
{
	answer=$(ns near "$CHIMCTL" offload dport $data_port)
}

refused_for()
{
	! ask && [[ $answer == *" native moves "*" error: refused: $1"* ]]
}

# expect_refused WHY WHAT...
expect_refused()
{
	local why=$1 before
	shift

	before=$(count "refused: $why")
	wait_until 30 refused_for "$why" || ktap_fail_case "$*: $answer"
	more_than "$before" "refused: $why" || ktap_fail_case "$*: not counted"
}

# expect_offloaded STANDING WHAT...
expect_offloaded()
{
	local want=$1
	shift

	wait_until 30 ask || ktap_fail_case "$*: $answer"
	expect "$*" "$(standing)" "$want"
}

# expect_accepted WHAT...: and back.
expect_accepted()
{
	wait_until 30 ask || ktap_fail_case "$*: $answer"
	expect "$*" "$(standing | cut -d ' ' -f 1)" offloaded
	expect_ok ns near "$CHIMCTL" upload dport $data_port
}

# --- refused ------------------------------------------------------------------

# Also where the kernel has harmless hooks of its own.
chains()
{
	local family table hook

	for family in 4 6; do
		idle $family || return
		for table in inet "${prefix[$family]}"; do
			for hook in prerouting input output postrouting; do
				chain "$table" $hook filter \
					"${priority[$table]}" || return
				expect_refused "$by_rules" "$table $hook"
				ns near nft flush ruleset
			done
		done
		rule nft $family || return
		expect_refused "$by_rules" "iptables-nft"
		rule_gone nft $family
		expect_accepted "no chain"
		over || return
	done
}

# As soon as somebody has looked at it, a table is there.
tables()
{
	local family table

	for family in 4 6; do
		idle $family || return
		for table in $legacy_tables; do
			ns near "${iptables[$family]}-legacy" -t "$table" \
				-L >/dev/null || return
			expect_refused "$by_rules" "${prefix[$family]} $table"
			rmmod "${prefix[$family]}table_$table" || return
		done
		expect_accepted "no table"
		over || return
	done
}

groups()
{
	local place

	idle 4 || return
	for place in ingress egress; do
		rule $place || return
		expect_refused "$by_group" "$place"
		rule_gone $place
	done
	expect_accepted "no program"
	over
}

# Where its packets do not come by, or are let pass.
no_reason()
{
	local other place

	mkdir -p $group/below $group-other || return
	idle 4 || return
	chain ip6 input && chain inet forward || return
	chain ip prerouting nat -100 && chain ip postrouting nat 100 || return
	ns near nft add rule inet t forward ct state established counter || return
	for other in $group/below $group-other; do
		for place in ingress egress; do
			"$cgroupbpf" attach $place "$other" || return
		done
	done
	ns near nft list ruleset | grep -q 'ct state' || return
	expect_accepted "other rules"
	ns near nft flush ruleset
	rmdir $group/below $group-other
	over
}

# --- appear and go ------------------------------------------------------------

# appears WHY KIND: while data flow both ways.
appears()
{
	local why=$1 kind=$2 family before

	for family in 4 6; do
		before=$(count "uploaded: $why")
		busy $family || return
		rule $kind $family || return
		wait_until 30 more_than "$before" "uploaded: $why" ||
			ktap_fail_case "$kind: nothing is uploaded"
		expect "$kind" "$(standing)" "native moves 1"
		expect_refused "$why" "$kind"
		rule_gone $kind $family || return
		expect_offloaded "offloaded moves 2" "$kind is gone"
		over || return
	done
}

rules_appear()
{
	local kind

	for kind in nf_tables nft legacy; do
		appears "$by_rules" $kind || return
	done
}

programs_appear()
{
	appears "$by_group" ingress && appears "$by_group" egress
}

# --- past the rules -----------------------------------------------------------

# bypasses WHY KIND: the administrator lets connections do so, until he does not.
bypasses()
{
	local why=$1 kind=$2 before

	before=$(count "uploaded: $why")
	bypass 1 && busy 4 || return
	rule "$kind" 4 || return
	expect_ok ns near "$CHIMCTL" upload dport $data_port
	expect_offloaded "offloaded moves 2" "$kind"
	bypass 0
	wait_until 30 more_than "$before" "uploaded: $why" ||
		ktap_fail_case "$kind: nothing is uploaded"
	rule_gone "$kind" 4
	over
}

bypassed()
{
	bypasses "$by_rules" nf_tables && bypasses "$by_rules" legacy &&
		bypasses "$by_group" ingress
}

# Whoever changes packets where nobody expects it is not bypassed.
unknown_hook()
{
	local before

	before=$(count "uploaded: $by_hooks")
	bypass 1 && busy 4 || return
	chain ip input || return
	ns near nft add rule ip t input tcp dport 1 synproxy mss 1400 || return
	wait_until 30 more_than "$before" "uploaded: $by_hooks" ||
		ktap_fail_case "nothing is uploaded"
	expect_refused "$by_hooks" "SYN proxy"
	ns near nft flush ruleset
	expect_accepted "no SYN proxy"
	bypass 0
	over
}

# Segments that a program accepts one by one come from a process, not an interrupt.
queued()
{
	local family queue

	for family in 4 6; do
		bypass 1 && ns near nft "table inet t { chain c {
			type filter hook input priority 0;
			tcp sport $data_port queue num 0; }
			}" || return
		ip netns exec near "$(dirname "$talk")/nfqueue.py" \
			>"$data_tmp/queue" 2>&1 &
		queue=$!
		wait_until 20 grep -q ready "$data_tmp/queue" || return
		talk_peer $family $((10 * size)) $((10 * size)) || return
		talk_run $family $((10 * size)) $((10 * size)) ulp cycles=20 \
			every=50000
		talk_end
		at_least moves "$(field moves "$run_out")" 4
		kill $queue
		wait $queue 2>/dev/null
		ns near nft flush ruleset
	done
	bypass 0
	[ -z "$ktap_case" ]
}

# --- connection tracking ------------------------------------------------------

# tracked: counts what connection tracking says of segments.
tracked()
{
	ns near nft -f - <<-EOT
	table inet t {
		counter known { }
		counter invalid { }
		counter new { }
		chain in {
			type filter hook input priority 0;
			tcp sport != $data_port return
			ct state established counter name known
			ct state invalid counter name invalid
			ct state new counter name new
		}
		chain out {
			type filter hook output priority 0;
			tcp dport $data_port ct state invalid \
				counter name invalid
		}
	}
	EOT
}

# counted NAME: packets.
counted()
{
	[[ $(ns near nft list counter inet t "$1") =~ packets\ ([0-9]+) ]] &&
		echo "${BASH_REMATCH[1]}"
}

# Back and forth under load: nothing is found invalid, or new.
conntrack()
{
	local family

	bypass 1 || return
	for family in 4 6; do
		tracked || return
		talk_peer $family $((10 * size)) $((10 * size)) || return
		talk_run $family $((10 * size)) $((10 * size)) ulp cycles=1000 \
			every=50000
		talk_end || return
		at_least moves "$(field moves "$run_out")" 4
		at_least known "$(counted known)" 10
		expect invalid "$(counted invalid)" 0
		expect new "$(counted new)" 0
		note "$(field moves "$run_out") moves, $(counted known) known"
		ns near nft flush ruleset
	done
	bypass 0
	[ -z "$ktap_case" ]
}

# has_entry WORDS: has connection tracking an entry with them? no_entry: has it none?
has_entry()
{
	ns near grep -q "$1" /proc/net/nf_conntrack
}

no_entry()
{
	! has_entry "$1"
}

# lasts WORDS: for how many seconds, if nothing happens.
lasts()
{
	ns near grep "$1" /proc/net/nf_conntrack | awk '{ print $5; exit }'
}

# As if nothing had happened: it may be long until the next segment.
entry_of_refused()
{
	local ours

	bypass 1 && tracked && idle 4 && idle_start || return
	ours=$(ns near "$CHIMCTL" socket show dport $data_port |
		grep -o 'sport [0-9]*') && ours="${ours/ /=} "
	wait_until 20 ns near "$CHIMCTL" offload dport 7777 2>/dev/null
	expect_ok ns near "$CHIMCTL" adapter set v0 connections 1
	[[ $(ns near "$CHIMCTL" offload dport $data_port) == *"refused by the target" ]] ||
		ktap_fail_case "not refused: $(standing)"
	at_least "seconds that the entry lasts" "$(lasts "$ours")" 86400
	expect_ok ns near "$CHIMCTL" adapter set v0 connections 1000
	expect_ok ns near "$CHIMCTL" offload dport $data_port
	idle_end
	ns near nft flush ruleset
	bypass 0
	over
}

# The entry of an offloaded connection is there when that of another, younger one has
# expired; and again expires as others do afterwards.
entry_stays()
{
	local ours theirs="dport=7777 "

	bypass 1 && tracked || return
	ns near sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=20 ||
		return
	idle 4 || return
	ours=$(ns near "$CHIMCTL" socket show dport $data_port |
		grep -o 'sport [0-9]*') && ours="${ours/ /=} "
	expect_ok ns near "$CHIMCTL" offload dport $data_port
	idle_start
	wait_until 20 has_entry "$theirs" ||
		ktap_fail_case "the other one is not tracked"
	wait_until 60 no_entry "$theirs" || ktap_fail_case "the other entry stays"
	has_entry "$ours" || ktap_fail_case "the entry does not stay"
	expect_ok ns near "$CHIMCTL" upload dport $data_port
	wait_until 60 no_entry "$ours" || ktap_fail_case "the entry stays for ever"
	idle_end
	ns near nft flush ruleset
	bypass 0
	over
}

rules_setup()
{
	talk_setup || return
	[ -e /sys/fs/cgroup/cgroup.procs ] ||
		mount -t cgroup2 none /sys/fs/cgroup || return
	# Sockets belong to the group in which they are made.
	mkdir -p $group && echo $$ >$group/cgroup.procs
}

teardown()
{
	echo $$ >/sys/fs/cgroup/cgroup.procs
	rmdir $group
	talk_teardown
}

if ! rules_setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
if [ $# -gt 0 ]; then
	ktap_run "$@" teardown
fi
ktap_run chains tables groups no_reason rules_appear programs_appear bypassed \
	unknown_hook queued conntrack entry_of_refused entry_stays teardown
