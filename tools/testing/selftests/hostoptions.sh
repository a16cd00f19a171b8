#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack: what is special about a socket when it is to be offloaded.
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

setup()
{
	talk_setup
}

if ! setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
if [ $# -gt 0 ]; then
	ktap_run "$@" talk_teardown
fi
ktap_run fast_open talk_teardown
