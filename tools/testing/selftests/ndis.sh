#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The data matrix once more, with two intermediate drivers between client and
# target: no result may differ. Then the example host stack, over none and more.
#
# packages: iproute2 procps libmnl-dev ethtool
# timeout: 900
#
# Cases are called by name, and lists have no blanks:
# shellcheck disable=SC2317,SC2119,SC2154

export CHIM_IM=${CHIM_IM:-2}

# --- the example host stack ---------------------------------------------------

# host_marks TEXT: what the host says from now on is host_said.
host_marks()
{
	host_mark="chimney: host $1 $RANDOM"
	echo "$host_mark" >/dev/kmsg
}

host_said()
{
	dmesg | sed -n "1,/$host_mark/d; s/.*\] host: //p"
}

host_says_something()
{
	[ -n "$(host_said)" ]
}

host_misuses()
{
	grep -v '^0 ' /sys/module/chimney_ndis/parameters/misuse
}

host_alive="offloaded: neighbor 0x00000000, path 0x00000000
updated: neighbor 0x00000000, path 0x00000000
path MTU 1400
queried: neighbor 0x00000000, path 0x00000000"
host_ended="terminated: neighbor 0x00000000, path 0x00000000"
host_ended_itself="invalidated: neighbor 0x00000000, path 0x00000000
$host_ended"

# host_begins NAME: is bound, and does all it does then before that returns.
host_begins()
{
	host_marks "begins"
	data_bind "host $1" || return
	expect "life of the host" "$(host_said)" "$host_alive"
	expect "objects offloaded" "$(data_objects)" 2
	host_marks "ends"
}

# host_over DEPTH: everything is loaded, used, and unloaded again.
host_over()
{
	local name=v0 i

	chim_load && insmod "$data_modules/chimney_ndis.ko" &&
		insmod "$data_modules/chimney_passthru.ko" &&
		insmod "$data_modules/chimney_ndishost.ko" || return
	ns near "$CHIMCTL" adapter add v0 || return
	for ((i = 0; i < $1; i++)); do
		data_bind "passthru $name" || return
		name=im.$name
	done

	host_begins "$name" || return
	data_bind "-host $name" || return
	expect "end, unbound" "$(host_said)" "$host_ended_itself"
	expect "objects left" "$(data_objects)" 0

	# The adapter asks for everything back.
	host_begins "$name" || return
	ns near "$CHIMCTL" adapter upload-all v0 || return
	wait_until 20 host_says_something ||
		ktap_fail_case "the host does not end"
	expect "end, asked for" "$(host_said)" "$host_ended"
	data_bind "-host $name" || return
	expect "end, unbound later" "$(host_said)" "$host_ended"
	expect "objects left" "$(data_objects)" 0

	# The lowest goes, with all that stands on it; or the host.
	host_begins "$name" || return
	if [ "$1" -gt 0 ]; then
		data_bind "-passthru v0" || return
	else
		rmmod chimney_ndishost || return
	fi
	expect "end, from below" "$(host_said)" "$host_ended_itself"
	expect "objects left" "$(data_objects)" 0
	expect misuses "$(host_misuses)" ""

	ns near "$CHIMCTL" adapter del v0 || return
	[ "$1" -eq 0 ] || rmmod chimney_ndishost || return
	rmmod chimney_passthru && rmmod chimney_ndis && chim_unload || return
	[ -z "$ktap_case" ]
}

host_alone()
{
	host_over 0
}

host_over_one()
{
	host_over 1
}

host_over_two()
{
	host_over 2
}

# No namespace goes: a link holds the one it was made in.
[ $# -gt 0 ] || set -- bulk_out bulk_in bulk_both request_response echo_back \
	request_forms indications half_close data_in_disconnect \
	simultaneous_close reset_by_peer reset_by_us zero_window urgent_data \
	loss reordering mtu_sizes no_timestamps no_sack no_offloads mid_stream \
	cycles upload_and_back updates path_mtu_changes hop_changes \
	queries_and_cycles upload_all many_connections unload device_goes \
	data_teardown host_alone host_over_one host_over_two
# shellcheck source=tools/testing/selftests/data.sh
. "$(dirname "$0")/data.sh"
