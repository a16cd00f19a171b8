#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack: the target has lost the state of an object, staged by
# chimney_spoil. The program of a connection whose state is lost is told that it is
# reset; all else goes on, and nothing is left behind.
#
# packages: iproute2 util-linux procps libmnl-dev nftables python3
# timeout: 300
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119,SC2154

lost="uploaded: target: hardware failure"

spoil()
{
	echo "$1" >/sys/module/chimney_spoil/parameters/layer
}

spoiled()
{
	[ "$(cat /sys/module/chimney_spoil/parameters/layer)" -eq -1 ]
}

spoiler()
{
	[ ! -d /sys/module/chimney_spoil ] || return 0
	if ! [ -f "$data_modules/chimney_spoil.ko" ]; then
		skip "this kernel has no kretprobes"
		return 1
	fi
	insmod "$data_modules/chimney_spoil.ko"
}

# quiet FAMILY: a connection that is offloaded, and a byte each way. There are two more
# to come, when they are told to.
quiet()
{
	spoiler || return
	talk_peer $1 3 3 stdin steps chunk=1 || return
	talk_run $1 3 3 stdin steps chunk=1 ulp
	run_says offloaded && step
}

step()
{
	flow_mark
	go
	peer_go
	expect_flow "at a step"
}

# is_lost FAMILY: the program was told, and the peer is as soon as it says something.
is_lost()
{
	wait_until 20 spoiled || ktap_fail_case "nobody came by"
	wait_until 20 run_is_over || {
		ktap_fail_case "IPv$1: the program is not told: $(standing)"
		kill "$run_pid"
	}
	wait "$run_pid"
	pipes_empty
	tail -n 1 "$run_out" | grep -q 'reset by peer' ||
		ktap_fail_case "IPv$1: $(tail -n 1 "$run_out")"
	wait_until 20 peer_is_over || {
		ktap_fail_case "IPv$1: the peer waits for ever"
		kill "$peer_pid"
	}
	wait "$peer_pid"
	pipes_empty
	expect "objects left" "$(data_objects)" 0
	[ -z "$ktap_case" ]
}

# Its threads may sleep until they have something to do.
run_is_over()
{
	go
	run_ended
}

# It hears of that by what it sends.
peer_is_over()
{
	peer_go
	! kill -0 "$peer_pid" 2>/dev/null
}

# The query of TCP_INFO comes by it, and the target says so.
by_query()
{
	local before family

	for family in 4 6; do
		before=$(count "$lost")
		quiet $family && spoil 2 || return
		echo info >&8
		is_lost $family || return
		expect counted "$(count "$lost")" $((before + 1))
	done
}

by_data()
{
	local family

	for family in 4 6; do
		quiet $family && spoil 2 || return
		go
		is_lost $family || return
	done
}

by_upload()
{
	local family

	for family in 4 6; do
		quiet $family && spoil 2 || return
		ns near "$CHIMCTL" upload dport $data_port >/dev/null
		is_lost $family || return
	done
}

# goes_on: the connection was uploaded, and is fine.
goes_on()
{
	wait_until 20 spoiled || ktap_fail_case "nobody came by"
	expect "objects left" "$(data_objects)" 0
	offload_again 2 && step
	expect standing "$(standing)" "offloaded moves 2"
	go
	peer_go
	talk_end
	[ -z "$ktap_case" ]
}

# below_by_upload LAYER: of what is below the connection.
below_by_upload()
{
	local family

	for family in 4 6; do
		quiet $family && spoil $1 || return
		ns near "$CHIMCTL" upload dport $data_port >/dev/null
		goes_on || return
	done
}

path_by_upload()
{
	below_by_upload 1
}

neighbor_by_upload()
{
	below_by_upload 0
}

# Updates fail from then on.
path_by_update()
{
	local family what="uploaded: target refused an update" before

	for family in 4 6; do
		before=$(count "$what")
		quiet $family && spoil 1 || return
		mtu 1400
		wait_until 20 more_than "$before" "$what" ||
			ktap_fail_case "not uploaded: $(standing)"
		goes_on || return
		mtu 1500
	done
}

# Nothing of it is left for whoever comes next.
spoiler_goes()
{
	spoiler && rmmod chimney_spoil
}

[ $# -gt 0 ] || set -- by_query by_data by_upload path_by_upload neighbor_by_upload \
	path_by_update spoiler_goes
# shellcheck source=tools/testing/selftests/host.sh
. "$(dirname "$0")/host.sh"
