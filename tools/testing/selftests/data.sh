#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Data through the offload target: the reference client on one side, the
# kernel's own TCP on the other. Every byte is compared with a pattern, and
# whatever the target does against the contract is counted as a violation.
#
# packages: iproute2 procps libmnl-dev ethtool
# timeout: 900
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"

# What make check can afford; make matrix has more time.
size=${CHIM_DATA_SIZE:-2m}
small=${CHIM_DATA_SMALL:-500k}
many=${CHIM_DATA_MANY:-100}
total=${CHIM_DATA_TOTAL:-0}

# Sets families: both for make matrix, one in turn for make check.
turn=6
take_turn()
{
	families="4 6"
	[ -n "${CHIM_DATA_ALL:-}" ] || families=$turn
	turn=$((10 - turn))
}

# over_both OPTIONS PEER_OPTIONS: over IPv4 and IPv6.
over_both()
{
	local family families

	take_turn
	for family in $families; do
		pair $family "$1" "$2" || return
		same_hashes
	done
	[ -z "$ktap_case" ]
}

# --- roles --------------------------------------------------------------------

bulk_out()
{
	over_both "role=source:$size" "role=sink:$size"
}

bulk_in()
{
	over_both "role=sink:$size" "role=source:$size"
}

bulk_both()
{
	over_both "role=both:$size" "role=both:$size"
}

request_response()
{
	over_both "role=client:64:64:2000" "role=server:64:64:2000 nodelay"
	over_both "role=server:1000:30000:100" "role=client:1000:30000:100"
}

echo_back()
{
	over_both "role=echo" "role=both:$small"
}

# Requests of many forms; MDLs in pieces, not mapped, not at a page's start.
request_forms()
{
	local forms

	for forms in send=1000:depth=64:batch=16 send=7:depth=100:batch=100 \
		recv=1000:post=1 recv=1000:post=64 recv=300000:post=2 \
		nopush recv=3001:nopush lead:split pfn pfn:lead:split:send=300k; do
		pair 4 "role=both:200k ${forms//:/ }" "role=both:200k" ||
			note "with $forms"
	done
	[ -z "$ktap_case" ]
}

# No requests: indications, taken, refused and taken in part, returned late.
indications()
{
	local forms

	for forms in post=0 post=0:keep=50 post=0:refuse=3 post=0:partly=2 \
		post=0:refuse=1 post=0:refuse=4:partly=3:keep=7 \
		post=1:recv=500:refuse=2 \
		post=0:set.rcv_ind_size=4000; do
		pair 6 "role=sink:300k ${forms//:/ }" "role=source:300k" ||
			note "with $forms"
	done
	[ -z "$ktap_case" ]
}

# --- ends ---------------------------------------------------------------------

half_close()
{
	# The one with less to send closes, and goes on receiving.
	over_both "role=both:1000:$small" "role=both:$small:1000"
	over_both "role=both:$small:1000" "role=both:1000:$small"
	over_both "role=both:0:$small waitfin" "role=both:$small:0"
}

data_in_disconnect()
{
	over_both "role=both:100k findata=1" "role=both:100k"
	over_both "role=both:100k findata=30000" "role=both:100k"
	over_both "role=both:5000 findata=5000" "role=both:5000"
}

simultaneous_close()
{
	netem delay 30ms || return
	over_both "role=both:1" "role=both:1"
	netem
}

reset_by_peer()
{
	local family families

	take_turn
	for family in $families; do
		peer_start $family role=sink reset=300000 || return
		run_start $family role=source:$size expect=reset
		wait_both
		expect violations "$(field violations "$run_out")" 0
	done
	[ -z "$ktap_case" ]
}

reset_by_us()
{
	local family families

	take_turn
	for family in $families; do
		peer_start $family role=sink expect=reset || return
		run_start $family role=source:300k rx=0 close=0 waitfin=0 abort
		wait_both
		expect violations "$(field violations "$run_out")" 0
		expect "bytes to the peer" "$(field rx "$peer_out")" 307200
	done
	[ -z "$ktap_case" ]
}

# --- circumstances ------------------------------------------------------------

zero_window()
{
	over_both "role=source:$small" \
		"role=sink:$small stallat=100000 stall=1500 rcvbuf=16k"
	# Ours: nothing is taken but what is asked for byte by byte.
	over_both "role=sink:300k post=0 refuse=1 recv=4000" "role=source:300k"
}

# The peer's urgent byte is no part of the stream; the host gets it.
urgent_data()
{
	local family families

	take_turn
	for family in $families; do
		pair $family "role=sink:$small" \
			"role=source:$small urgent=300000" || return
		expect uploads "$(field uploads "$run_out")" 1
		expect reason "$(field reason "$run_out")" 5
	done
	[ -z "$ktap_case" ]
}

impaired()
{
	netem "$@" && over_both "role=both:$small" "role=both:$small"
	netem
	[ -z "$ktap_case" ]
}

loss()
{
	impaired loss 1%
}

reordering()
{
	impaired delay 5ms reorder 25% 50%
}

duplication()
{
	impaired duplicate 5%
}

corruption()
{
	impaired corrupt 1%
}

delay()
{
	impaired delay 20ms 10ms
}

all_at_once()
{
	impaired delay 3ms 2ms loss 2% duplicate 2% corrupt 1%
}

mtu_sizes()
{
	local bytes

	for bytes in 576 1280 1499 9000 65535; do
		mtu $bytes || return
		pair 4 "role=both:$small" "role=both:$small" ||
			note "with MTU $bytes"
		[ $bytes -ge 1280 ] || continue
		data_readdress || return
		pair 6 "role=both:$small" "role=both:$small" ||
			note "with MTU $bytes"
	done
	mtu 1500 && data_readdress
	[ -z "$ktap_case" ]
}

# data_readdress: a device with a small MTU loses its IPv6 addresses.
data_readdress()
{
	ip -n near addr replace "${near_addr[6]}/64" dev v0 nodad &&
		ip -n far addr replace "${far_addr[6]}/64" dev v1 nodad &&
		data_resolve
}

# without NAME=VALUE BACK...: both ways, with these settings of both hosts.
with_sysctl()
{
	both_sysctl "$1" && over_both "role=both:$small" "role=both:$small"
	both_sysctl "$2"
	[ -z "$ktap_case" ]
}

no_timestamps()
{
	with_sysctl net.ipv4.tcp_timestamps=0 net.ipv4.tcp_timestamps=1
}

no_sack()
{
	netem loss 1% || return
	with_sysctl net.ipv4.tcp_sack=0 net.ipv4.tcp_sack=1
	netem
	[ -z "$ktap_case" ]
}

no_window_scaling()
{
	with_sysctl net.ipv4.tcp_window_scaling=0 net.ipv4.tcp_window_scaling=1
}

ecn()
{
	netem delay 2ms loss 1% ecn || return
	with_sysctl net.ipv4.tcp_ecn=1 net.ipv4.tcp_ecn=2
	netem
	[ -z "$ktap_case" ]
}

no_offloads()
{
	offloads tso off gso off gro off &&
		over_both "role=both:$small" "role=both:$small"
	offloads tso on gso on gro on
	offloads tx off rx off && over_both "role=both:$small" "role=both:$small"
	offloads tx on rx on
	[ -z "$ktap_case" ]
}

# --- hand-overs ---------------------------------------------------------------

# Handed over with data in flight and data unread.
mid_stream()
{
	over_both "role=both:$size after=600000" "role=both:$size"
}

# Terminated and initiated again, again and again, without the host's TCP.
cycles()
{
	over_both "role=both:$size cycle=300000" "role=both:$size"
	netem delay 2ms loss 1% reorder 10% || return
	over_both "role=both:$small cycle=50000 after=100000" "role=both:$small"
	netem
	[ -z "$ktap_case" ]
}

# Given back to the host's TCP in mid-transfer, and taken again.
upload_and_back()
{
	local family families i

	take_turn
	for family in $families; do
		peer_start $family role=both:$size || return
		run_start $family role=both:$size after=200000 again=300000
		for i in 1 2 3; do
			run_offloaded $i || break
			ns near "$CHIM_DATA" ctl "$run_id" terminate \
				>/dev/null 2>&1 || :
		done
		finish
	done
	[ -z "$ktap_case" ]
}

many_connections()
{
	over_many 4
	over_many 6
}

over_many()
{
	local limit=$((240 + many / 10))

	pair "$1" "role=both:20000 count=$many quiet timeout=$limit send=4096 recv=4096 depth=2 post=2" \
		"role=both:20000 count=$many timeout=$limit"
}

memory_short()
{
	faulty 2 || return
	over_both "role=both:$small" "role=both:$small"
	faulty 0
	[ "$(counter tx_nomem)" -gt 0 ] ||
		ktap_fail_case "the target was never short of memory"
	[ -z "$ktap_case" ]
}

# counter NAME: of the adapter.
counter()
{
	ns near "$CHIMCTL" -j stats show v0 | grep -oE "\"$1\": ?[0-9]+" |
		grep -oE '[0-9]+$'
}

# The rest of what make matrix promises to move.
volume()
{
	while [ $data_total -lt $total ]; do
		over_both "role=both:1g" "role=both:1g" || return
	done
}

# --- while data flow ----------------------------------------------------------

# meanwhile FUNCTION: runs it while data flow both ways, for both families.
meanwhile()
{
	local family families

	take_turn
	for family in $families; do
		# Slow, so that something is left when the change comes.
		netem rate 2mbit limit 10000 || return
		peer_start $family role=both:$size || return
		run_start $family role=both:$size
		run_offloaded 1 && "$1" $family
		netem
		finish
		same_hashes
	done
	[ -z "$ktap_case" ]
}

change_values()
{
	local i words=()

	for i in 1 2 3 4 5; do
		words+=(, update ttl=$((60 + i)) tos=$((4 * i)) nagle=$((i & 1))
			rcv_wnd_init=$((100000 * i)) keepalive=$((i & 1))
			ka_timeout=1000 ka_interval=100)
	done
	ctl "${words[@]:1}"
}

updates()
{
	meanwhile change_values
}

change_mtu()
{
	ctl mtu 1400 , mtu 1280 , mtu 1500
	[ "$1" = 6 ] || ctl mtu 576 , mtu 900 , mtu 1500
}

path_mtu_changes()
{
	meanwhile change_mtu
}

change_hop()
{
	ctl relink $far_mac2 , relink $far_mac , neighbor $far_mac2 , \
		neighbor $far_mac , relink $far_mac2 , relink $far_mac
}

hop_changes()
{
	meanwhile change_hop
}

ask_and_cycle()
{
	ctl query , cycle , query , cycle , cycle , query
}

queries_and_cycles()
{
	meanwhile ask_and_cycle
}

upload_all()
{
	local family families

	take_turn
	for family in $families; do
		netem rate 2mbit limit 10000 || return
		peer_start $family role=both:$size count=5 || return
		run_start $family role=both:$size count=5
		run_offloaded 5
		ns near "$CHIMCTL" adapter upload-all v0 || return
		netem
		finish
	done
	[ -z "$ktap_case" ]
}

# --- ends of the world --------------------------------------------------------

# In the middle of traffic the module goes; connections end, nothing else.
unload()
{
	peer_start 4 role=both:500m count=5 || return
	run_start 4 role=both:500m count=5
	run_offloaded 5
	rmmod chimney_client || return
	kill "$run_pid" "$peer_pid" 2>/dev/null
	wait "$run_pid" "$peer_pid"
	data_unload_below || return
	data_load && data_adapter_add
}

# A queue still has frames with the host's pages when the module goes: it waits for
# them. A VLAN's frames are not copied.
frames_queued()
{
	local pid

	data_adapter_del
	ip -n near link add link v0 name v5 type vlan id 5 &&
		ip -n far link add link v1 name v5 type vlan id 5 &&
		ip -n near link set v5 up && ip -n far link set v5 up || return
	ns_addr near v5 10.9.0.1/24 && ns_addr far v5 10.9.0.2/24 &&
		ip -n near neigh replace 10.9.0.2 dev v5 lladdr $far_mac \
			nud permanent || return
	ns near "$CHIMCTL" adapter add v5 || return
	far_addr[vlan]=10.9.0.2
	peer_start vlan role=sink:500m || return
	run_start vlan role=source:500m
	run_offloaded || return
	tc -n near qdisc add dev v0 root netem delay 200s || return
	wait_until 20 queued || ktap_fail_case "no frame waits"
	kill "$run_pid" "$peer_pid" 2>/dev/null
	wait "$run_pid" "$peer_pid"
	rmmod chimney_client || return
	rmmod chimney &
	pid=$!
	wait_until 20 stays $pid ||
		ktap_fail_case "the module does not wait"
	tc -n near qdisc del dev v0 root
	wait $pid || ktap_fail_case "the module does not go"
	ip -n near link del v5
	ip -n far link del v5
	data_load && data_adapter_add
}

# stays PID: does the module itself wait, when all else is done?
stays()
{
	[[ $(head -n 1 "/proc/$1/stack") == *chim_exit* ]]
}

queued()
{
	! tc -n near -s qdisc show dev v0 | grep -q "backlog 0b 0p"
}

device_goes()
{
	peer_start 6 role=both:500m count=5 || return
	run_start 6 role=both:500m count=5
	run_offloaded 5
	ip -n near link del v0 || return
	kill "$run_pid" "$peer_pid" 2>/dev/null
	wait "$run_pid" "$peer_pid"
	data_unbind && data_links && data_resolve && data_adapter_add
}

namespace_goes()
{
	peer_start 4 role=both:500m count=5 || return
	run_start 4 role=both:500m count=5
	run_offloaded 5
	ip netns del far || return
	kill "$run_pid" "$peer_pid" 2>/dev/null
	wait "$run_pid" "$peer_pid"
	ip netns del near || return
	wait_until 20 gone || ktap_fail_case "the adapter outlives its namespace"
	rmmod chimney_client && chim_unload
}

gone()
{
	! grep -q v0 <(dmesg | tail -n 1) || ! ip netns list | grep -q near
}

# What make check runs, and what is for make matrix besides.
cases=(bulk_out bulk_in bulk_both request_response echo_back request_forms
	indications half_close data_in_disconnect simultaneous_close
	reset_by_peer reset_by_us zero_window urgent_data loss reordering
	mtu_sizes no_timestamps no_sack no_offloads mid_stream cycles
	upload_and_back updates path_mtu_changes hop_changes
	queries_and_cycles upload_all many_connections)
more=(duplication corruption delay all_at_once
	no_window_scaling ecn volume)
last=(unload frames_queued device_goes namespace_goes)
[ ! -d /sys/kernel/debug/failslab ] || cases+=(memory_short)

[ -z "${CHIM_DATA_ALL:-}" ] || cases+=("${more[@]}")
cases+=("${last[@]}")
[ $# -eq 0 ] || cases=("$@")

if ! data_setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
# Said before the verdict, with which the test ends.
data_say_total()
{
	echo "# moved and verified: $data_total bytes"
}
trap data_say_total EXIT
ktap_run "${cases[@]}"
