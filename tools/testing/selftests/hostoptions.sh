#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack: options of sockets that the target does not obey, and
# sockets that differ in nothing but their device.
#
# packages: iproute2 util-linux procps libmnl-dev python3
# timeout: 600
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119,SC2120,SC2154,SC2034

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"
. "$(dirname "$0")/../lib/watch.sh"
. "$(dirname "$0")/../lib/talk.sh"

near_mac=02:00:00:00:08:01

# Option, how it is taken back, reason.
options4=(
	"IP_MINTTL=64 IP_MINTTL=0 minimum TTL or hop count"
	"IP_OPTIONS=x01010101 IP_OPTIONS=x IP options or extension headers"
)
options6=(
	"IPV6_MINHOPCOUNT=64 IPV6_MINHOPCOUNT=0 minimum TTL or hop count"
	"IPV6_DSTOPTS=x0000010400000000 IPV6_DSTOPTS=x IP options or extension headers"
)
options=(
	"SO_MAX_PACING_RATE=1000000 SO_MAX_PACING_RATE=-1 pacing rate"
	"SO_MARK=5 SO_MARK=0 mark"
	"SO_PRIORITY=65537 SO_PRIORITY=0 priority above 7"
	"SO_ATTACH_FILTER=0xffffffff SO_DETACH_FILTER=0 socket filter or BPF"
	"SO_TIMESTAMPING=2 SO_TIMESTAMPING=0 send time or time stamps"
)

pid='' fd=''

# found: has near a connection? Sets pid and fd.
found()
{
	[[ $(ns near "$CHIMCTL" socket show dport $data_port) =~ \
		pid\ ([0-9]+)\ fd\ ([0-9]+) ]] &&
		pid=${BASH_REMATCH[1]} fd=${BASH_REMATCH[2]}
}

# quiet_pair FAMILY: connected, and nothing is sent before the end.
quiet_pair()
{
	talk_peer $1 1000 1000 stdin hold || return
	talk_run $1 1000 1000 stdin hold
	wait_until 20 found || ktap_fail_case "not connected"
}

quiet_end()
{
	go
	peer_go
	talk_end
}

offload_it()
{
	ns near "$CHIMCTL" offload dport $data_port
}

# obeyed SET UNSET REASON...: by TCP alone, so it is refused, or uploaded.
obeyed()
{
	local set=$1 unset=$2 what=${*:3} before out

	watch sockset $pid $fd $set || return
	out=$(offload_it)
	[[ $out == *" error: refused: $what" ]] ||
		ktap_fail_case "$set: $out"
	watch sockset $pid $fd $unset || return
	out=$(offload_it)
	[[ $out == *" offloaded moves "* ]] ||
		ktap_fail_case "$unset: $out"
	before=$(count "uploaded: $what")
	watch sockset $pid $fd $set || return
	wait_until 20 more_than "${before:-0}" "uploaded: $what" ||
		ktap_fail_case "$set: $(standing)"
	watch sockset $pid $fd $unset
	ns near "$CHIMCTL" upload dport $data_port >/dev/null
}

not_obeyed()
{
	local family line

	for family in 4 6; do
		quiet_pair $family || return
		local -n own=options$family
		for line in "${own[@]}" "${options[@]}"; do
			obeyed $line
		done
		quiet_end
	done
	[ -z "$ktap_case" ]
}

# The window is no larger than the program wants it, whenever that is said.
window_clamp()
{
	local family

	for family in 4 6; do
		quiet_pair $family || return
		watch sockset $pid $fd TCP_WINDOW_CLAMP=20000
		offload_it >/dev/null
		expect_told rcv_wnd_init 20000
		watch sockset $pid $fd TCP_WINDOW_CLAMP=10000
		expect_told rcv_wnd_init 10000
		quiet_end || return
	done
}

# A client whose first data went with the SYN.
fast_open()
{
	local family

	both_sysctl net.ipv4.tcp_fastopen=1543 || return
	for family in 4 6; do
		talk_peer $family $size $size || return
		talk_run $family $size $size ulp fastopen
		run_says offloaded
		grep -q offloaded "$run_out" || {
			ktap_fail_case "not offloaded"
			kill "$run_pid" "$peer_pid"
			return
		}
		talk_end || return
	done
	ns near nstat -asz TcpExtTCPFastOpenActive | grep -q 'Active *2' ||
		ktap_fail_case "no data with the SYN"
	both_sysctl net.ipv4.tcp_fastopen=1
	[ -z "$ktap_case" ]
}

# other_way: near reaches a host with far's addresses by another device.
other_way()
{
	ns_link near w0 side w1 &&
		ns_addr near w0 "${near_addr[4]}/24" "${near_addr[6]}/64" &&
		ns_addr side w1 "${far_addr[4]}/24" "${far_addr[6]}/64"
}

# twin FAMILY: a connection by the other device, from start to end.
twin()
{
	local to=$data_tmp/twin

	ip netns exec side "$talk" peer "${far_addr[$1]}" $data_port \
		$size $size >"$to.peer" 2>&1 &
	twins=$!
	wait_until 60 grep -q listening "$to.peer" || return
	ip netns exec near "$talk" run "${far_addr[$1]}" $data_port \
		$size $size dev=w0 port=6000 >"$to" 2>&1 &
	twins="$twins $!"
	wait_until 60 grep -q tx_hash "$to" && wait $twins
}

# Two sockets of the same addresses and ports, bound to different devices.
twins()
{
	local family twins=

	other_way || return
	for family in 4 6; do
		talk_peer $family $size $size stdin hold || return
		talk_run $family $size $size stdin hold ulp dev=v0 port=6000
		run_says offloaded || return
		twin $family || {
			ktap_fail_case "IPv$family: $(cat "$data_tmp/twin")"
			kill $twins
		}
		expect "standing" "$(ns near "$CHIMCTL" socket show dport \
			$data_port | grep -c ' offloaded moves 1')" 1
		quiet_end || return
	done
	ip -n near link del w0
	[ -z "$ktap_case" ]
}

setup()
{
	ns_add side && talk_setup && watch_start
}

if ! setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
if [ $# -gt 0 ]; then
	ktap_run "$@" talk_teardown
fi
ktap_run not_obeyed window_clamp fast_open twins talk_teardown
