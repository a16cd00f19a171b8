#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack where memory is short: every allocation of every move, and of
# a message of which a part is held back, fails once. The socket goes on, with every
# byte right, or its program is told that it is broken.
#
# packages: iproute2 util-linux procps libmnl-dev nftables python3
# timeout: 900
#
# Cases are called by name, and lists have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119,SC2154

fault=$(cd "$(dirname "$0")/../lib" && pwd -P)/hostfault.py

# can_fail: skips the case on a kernel on which nothing can be made to fail.
can_fail()
{
	[ -d /sys/kernel/debug/failslab ] && [ -e /proc/self/fail-nth ] &&
		return
	skip "this kernel cannot inject failures"
	return 1
}

# steps FAMILY OPERATION task|workers [busy]: see hostfault.py.
steps()
{
	local family=$1 rc=0
	shift

	: >"$peer_out"
	(exec ip netns exec far "$fault" echo "${far_addr[$family]}" \
		$data_port >"$peer_out" 2>"$peer_out.err") &
	peer_pid=$!
	peer_says listening || return
	# Only where it is said: nothing fails by chance.
	faulty 0 all || return
	ns near "$fault" steps "${far_addr[$family]}" $data_port "$@" \
		>"$run_out" 2>"$run_out.err" || rc=$?
	kill "$peer_pid"
	wait "$peer_pid" 2>/dev/null
	note "IPv$family $*: $(cat "$run_out" "$run_out.err")"
	expect "exit code of $*" $rc 0
	at_least "steps with a failure" "$(field steps "$run_out")" "${least[$1]}"
	expect "broken connections" "$(field broken "$run_out")" 0
	# The last connection is back, and nothing is left of any.
	wait_until 30 no_objects ||
		ktap_fail_case "$(data_objects) objects are left"
}

# What each operation needs memory for, at the least.
declare -A least=([offload]=5 [upload]=1 [shutdown]=1 [hold]=3)

no_objects()
{
	[ "$(data_objects)" -eq 0 ]
}

# --- one allocation of a move ------------------------------------------------------

offload_steps()
{
	can_fail && steps 4 offload task && steps 6 offload task busy
	[ -z "$ktap_case" ]
}

upload_steps()
{
	can_fail && steps 6 upload task && steps 4 upload task busy
	[ -z "$ktap_case" ]
}

shutdown_steps()
{
	can_fail && steps 4 shutdown task && steps 6 shutdown task busy
	[ -z "$ktap_case" ]
}

hold_steps()
{
	can_fail && steps 4 hold task && steps 6 hold task
	[ -z "$ktap_case" ]
}

# The same of the target's part, which is done by workers.
target_steps()
{
	can_fail && steps 4 offload workers && steps 6 offload workers busy
	[ -z "$ktap_case" ]
}

[ $# -gt 0 ] || set -- offload_steps upload_steps shutdown_steps hold_steps target_steps
# shellcheck source=tools/testing/selftests/host.sh
. "$(dirname "$0")/host.sh"
