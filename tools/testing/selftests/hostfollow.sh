#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack: an offloaded connection follows what changes on the host.
# While data flow both ways under a program that knows nothing of it, its options
# are set, next hops get other addresses, routes and MTUs change; the first frames
# that show it are looked for, and every byte is compared.
#
# packages: iproute2 util-linux procps libmnl-dev ethtool python3
# timeout: 900
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119,SC2120

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"
. "$(dirname "$0")/../lib/watch.sh"
. "$(dirname "$0")/../lib/host.sh"

# near has two routers on v0, both in mid, and one on w0; far is behind them.
near_mac=02:00:00:00:08:01
far_addr=([4]=10.9.0.2 [6]=fd09::2)
declare -A router1=([4]=10.8.0.2 [6]=fd08::2) router2=([4]=10.8.0.3 [6]=fd08::3)
declare -A router3=([4]=10.7.0.2 [6]=fd07::2)
declare -A behind=([4]=10.9.0.0/24 [6]=fd09::/64)
rate=16mbit
endless=1000000000000
# So many frames in succession are no accident.
some=10

# --- the network --------------------------------------------------------------

links()
{
	ip -n near link add v0 address $near_mac type veth peer name v1 \
		address $far_mac netns mid &&
		ip -n mid link add v2 link v1 address $far_mac2 type macvlan \
			mode bridge && ns_link near w0 mid w1 &&
		ns_link mid m0 far f0 || return
	ip -n near link set v0 up && ip -n mid link set v1 up &&
		ip -n mid link set v2 up || return
	ns_addr near v0 "${near_addr[4]}/24" "${near_addr[6]}/64" &&
		ns_addr near w0 10.7.0.1/24 fd07::1/64 &&
		ns_addr mid v1 "${router1[4]}/24" "${router1[6]}/64" &&
		ns_addr mid v2 "${router2[4]}/24" "${router2[6]}/64" &&
		ns_addr mid w1 "${router3[4]}/24" "${router3[6]}/64" &&
		ns_addr mid m0 10.9.0.1/24 fd09::1/64 &&
		ns_addr far f0 "${far_addr[4]}/24" "${far_addr[6]}/64" &&
		ip -n far route add default via 10.9.0.1 &&
		ip -n far route add default via fd09::1
}

# A router answers for its own addresses only, and tells of new ones.
routers()
{
	local netns

	for netns in near mid far; do
		ns $netns sysctl -qw net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.default.rp_filter=0 || return
	done
	ns mid sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.arp_ignore=1 \
		net.ipv4.conf.all.arp_notify=1 \
		net.ipv6.conf.all.ndisc_notify=1 \
		net.ipv4.conf.all.send_redirects=0
}

slow()
{
	local place

	for place in mid:m0 far:f0; do
		tc -n "${place%:*}" qdisc replace dev "${place#*:}" root netem \
			rate $rate limit 30 || return
	done
}

# How it is at the start of each case.
reset()
{
	local family

	ip -n mid link set v1 address $far_mac || return
	mtu_behind 1500 || return
	for family in 4 6; do
		ip -$family -n near route replace "${behind[$family]}" \
			via "${router1[$family]}" dev v0 || return
	done
	ip -n near neigh flush all
}

mtu_behind()
{
	ip -n mid link set m0 mtu "$1" && ip -n far link set f0 mtu "$1"
}

# --- a connection under load --------------------------------------------------

pid='' fd=''

# busy FAMILY [WORDS...]: data flow both ways, offloaded.
busy()
{
	local family=$1 out
	shift

	reset || return
	talk_peer $family $endless $endless endless stdin || return
	talk_run $family $endless $endless endless stdin ulp "$@"
	run_says offloaded || return
	out=$(ns near "$CHIMCTL" socket show dport $data_port)
	[[ $out =~ pid\ ([0-9]+)\ fd\ ([0-9]+) ]] || {
		ktap_fail_case "no socket: $out $(cat "$run_out.err")"
		return 1
	}
	pid=${BASH_REMATCH[1]} fd=${BASH_REMATCH[2]}
}

# follows WHAT FIELDS -- COMMAND...: the command is followed by frames like that.
follows()
{
	local what=$1
	shift

	watch open v mid v1 near v0
	watch after v $some "$@" &&
		note "$what: ${reply/before/frames as before, then after}"
	watch close v
}

# over [STANDING]: it is offloaded as ever, or as said, and every byte has come.
over()
{
	expect "moves" "$(standing)" "${1:-offloaded moves 1}"
	go
	peer_go
	talk_end
}

# told NAME: a variable of the connection, as the target has it.
told()
{
	ns near "$CHIMCTL" -j object show dev v0 |
		grep -oE "\"$1\": *[^,}]*" | head -n 1 | sed 's/.*: *//; s/"//g'
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

# --- options ------------------------------------------------------------------

# set_and_see FIELDS -- OPTION=VALUE...
set_and_see()
{
	local fields=()

	while [ "$1" != -- ]; do
		fields+=("$1")
		shift
	done
	shift
	follows "$*" "${fields[@]}" -- sockset $pid $fd "$@"
}

options()
{
	local family

	for family in 4 6; do
		busy $family || return
		expect_told nagle true
		expect_told keepalive false
		if [ $family = 4 ]; then
			set_and_see ttl=33 -- IP_TTL=33
			set_and_see tos=8 ttl=33 -- IP_TOS=8
		else
			set_and_see ttl=34 -- IPV6_UNICAST_HOPS=34
			set_and_see tos=0x48 -- IPV6_TCLASS=0x48
			expect_not_told flow_label 0
			set_and_see flow=0 -- IPV6_AUTOFLOWLABEL=0
		fi
		set_and_see tagged=1 prio=5 -- SO_PRIORITY=5
		watch sockset $pid $fd SO_KEEPALIVE=1 TCP_KEEPIDLE=77 \
			TCP_KEEPINTVL=7 TCP_KEEPCNT=3 TCP_NODELAY=1 \
			TCP_USER_TIMEOUT=123456 SO_RCVBUF=100000
		expect_told keepalive true
		expect_told ka_timeout 77000
		expect_told ka_interval 7000
		expect_told ka_probes 3
		expect_told nagle false
		expect_told max_rt 123456
		expect_told rcv_wnd_init 100000
		watch sockset $pid $fd SO_KEEPALIVE=0 TCP_NODELAY=0
		expect_told keepalive false
		expect_told nagle true
		over || return
	done
}

ktap_host_setup()
{
	ns_add near mid far && links && routers && slow && chim_load &&
		insmod "$CHIM_HOST" && data_adapter_add && host_pipes &&
		watch_start
}

teardown()
{
	data_adapter_del && rmmod chimney_host && chim_unload
}

if ! ktap_host_setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
if [ $# -gt 0 ]; then
	ktap_run "$@" teardown
fi
ktap_run options teardown
