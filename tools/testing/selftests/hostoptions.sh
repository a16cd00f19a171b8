#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack: what is special about a socket when it is to be offloaded, and
# sockets that differ in nothing but their device.
#
# packages: iproute2 util-linux procps libmnl-dev python3
# timeout: 600
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119,SC2154

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"
. "$(dirname "$0")/../lib/talk.sh"

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
	ns_add side && talk_setup
}

if ! setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
if [ $# -gt 0 ]; then
	ktap_run "$@" talk_teardown
fi
ktap_run fast_open twins talk_teardown
