#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack: an offloaded connection follows what changes on the host.
# While data flow both ways under a program that knows nothing of it, its options
# are set, next hops get other addresses, routes and MTUs change; the first frames
# that show it are looked for, and every byte is compared.
#
# packages: iproute2 util-linux procps libmnl-dev ethtool nftables python3
# timeout: 1500
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119,SC2120

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"
. "$(dirname "$0")/../lib/watch.sh"
. "$(dirname "$0")/../lib/talk.sh"
. "$(dirname "$0")/../lib/routers.sh"

endless=1000000000000
# So many frames in succession are no accident.
some=10

# --- a connection under load --------------------------------------------------

pid='' fd=''

# busy FAMILY [RUN] [PEER]: data flow both ways, offloaded; more words for the two.
busy()
{
	local family=$1

	reset || return
	talk_peer $family $endless $endless endless stdin ${3:-} || return
	talk_run $family $endless $endless endless stdin ulp ${2:-}
	find_socket
}

# find_socket: sets pid and fd, when it is offloaded.
find_socket()
{
	local out

	run_says offloaded || return
	out=$(ns near "$CHIMCTL" socket show dport $data_port)
	[[ $out =~ pid\ ([0-9]+)\ fd\ ([0-9]+) ]] || {
		ktap_fail_case "no socket: $out $(cat "$run_out.err")"
		return 1
	}
	pid=${BASH_REMATCH[1]} fd=${BASH_REMATCH[2]}
}

# quiet FAMILY: one on which 100 bytes are sent when it is told to.
quiet()
{
	reset && talk_peer $1 1 $endless nofin stdin || return
	talk_run $1 $endless 2 nofin steps stdin chunk=100 ulp
	find_socket
}

# quiet_over: it dies, and is reset.
quiet_over()
{
	expect "moves" "$(standing)" "offloaded moves 1"
	[ -z "$ktap_case" ] ||
		note "$(grep -E '^[1-9][0-9]* uploaded:' /proc/net/chimney_host)"
	echo abort >&8
	wait "$run_pid" "$peer_pid"
	[ -z "$ktap_case" ]
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
	[ -z "$ktap_case" ] ||
		note "$(grep -E '^[1-9][0-9]* uploaded:' /proc/net/chimney_host)"
	go
	peer_go
	talk_end
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

# How much of a receive buffer is window differs from kernel to kernel, and with what
# came before the offload; it is half of it at least, of twice what was asked for.
is_window_of()
{
	local window

	window=$(told rcv_wnd_init)
	[ "${window:-0}" -ge "$1" ] && [ "$window" -le $((2 * $1)) ]
}

# window_follows: after SO_RCVBUF=12800. It does not grow beyond what it was.
window_follows()
{
	local window

	wait_until 20 is_window_of 12800
	window=$(told rcv_wnd_init)
	is_window_of 12800 || ktap_fail_case "the window is $window"
	watch sockset $pid $fd SO_RCVBUF=51200
	expect_told rcv_wnd_init $((4 * window))
}

options()
{
	local family scale

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
		scale=$(see | grep -oE ' wscale:[0-9]+,[0-9]+' | cut -d , -f 2)
		set_and_see "window<=$((25600 >> scale))" -- SO_RCVBUF=12800
		watch sockset $pid $fd SO_KEEPALIVE=1 TCP_KEEPIDLE=77 \
			TCP_KEEPINTVL=7 TCP_KEEPCNT=3 TCP_NODELAY=1
		expect_told keepalive true
		expect_told ka_timeout 77000
		expect_told ka_interval 7000
		expect_told ka_probes 3
		expect_told nagle false
		watch sockset $pid $fd TCP_USER_TIMEOUT=123456
		expect_told max_rt 123456
		# TCP gives up at the first probe after that.
		expect_told ka_probes 7
		window_follows
		watch sockset $pid $fd SO_KEEPALIVE=0 TCP_NODELAY=0
		expect_told keepalive false
		expect_told nagle true
		over || return
	done
}

# A label that the program has leased.
leased_label()
{
	busy 6 flow=0x12345 || return
	follows "leased label" flow=0x12345 -- true
	set_and_see flow=0x12345 tos=0x48 -- IPV6_TCLASS=0x48
	over
}

# Nothing is said, and the first probe comes.
keepalive()
{
	local family una

	for family in 4 6; do
		quiet $family || return
		una=$(told snd_una)
		watch open v mid v1 near v0
		watch after v 1 seq=$((una - 1)) flags=ack -- \
			sockset $pid $fd TCP_KEEPIDLE=1 TCP_KEEPINTVL=1 \
			SO_KEEPALIVE=1
		note "keepalive: $reply"
		watch close v
		quiet_over || return
	done
}

# --- next hops ----------------------------------------------------------------

# neigh_objects: how many neighbors the target has.
neigh_objects()
{
	ns near "$CHIMCTL" -j object show dev v0 | grep -o '"neighbor"' | wc -l
}

next_hop_address()
{
	local family

	for family in 4 6; do
		busy $family || return
		follows "address of the next hop" dst=$far_mac4 -- \
			ip -n mid link set v1 address $far_mac4
		expect "neighbors" "$(neigh_objects)" 1
		over || return
	done
}

# The new router is not known yet; the old one is let go of.
other_router()
{
	local family before

	before=$(count "paths linked to another next hop")
	for family in 4 6; do
		busy $family || return
		follows "another router" dst=$far_mac2 -- ip -$family -n near \
			route replace "${behind[$family]}" \
			via "${router2[$family]}" dev v0
		expect "neighbors" "$(neigh_objects)" 1
		follows "and back" dst=$far_mac -- ip -$family -n near \
			route replace "${behind[$family]}" \
			via "${router1[$family]}" dev v0
		over || return
	done
	expect "relinks" "$(count "paths linked to another next hop")" \
		$((before + 4))
}

redirects()
{
	ns side sysctl -qw net.ipv4.conf.all.send_redirects="$1" \
		net.ipv4.conf.v3.send_redirects="$1"
}

# The router knows a better one.
redirected()
{
	redirects 0 && busy 4 || return
	follows "the long way" dst=$far_mac3 -- ip -n near route replace \
		"${behind[4]}" via 10.8.0.4 dev v0
	follows "redirect" dst=$far_mac2 -- ip netns exec side sysctl -qw \
		net.ipv4.conf.all.send_redirects=1
	over
}

# link_local NETNS DEV: routers of IPv6 know each other by these.
link_local()
{
	ip -6 -n "$1" -o addr show dev "$2" scope link |
		grep -oE 'fe80:[^/]*'
}

# The same with IPv6, where a router always says so; it is not heard at first.
redirected6()
{
	ns side sysctl -qw net.ipv6.conf.all.forwarding=1 &&
		ip -6 -n side route replace "${behind[6]}" \
			via "$(link_local mid v2)" dev v3 &&
		ns side nft 'table ip6 t { chain c { type filter hook output priority 0;
			icmpv6 type nd-redirect drop; }
		}' && busy 6 || return
	follows "the long way" dst=$far_mac3 -- ip -6 -n near route replace \
		"${behind[6]}" via "$(link_local side v3)" dev v0
	follows "redirect" dst=$far_mac2 -- ip netns exec side nft flush ruleset
	over
}

# Nobody uses the socket.
idle()
{
	local family

	for family in 4 6; do
		busy $family "hold" "hold" || return
		route $family via "${router2[$family]}" dev v0 mtu 1300
		expect_told lladdr $far_mac2
		expect_told mtu 1300
		over || return
	done
}

# returns FAMILY: the route leads there again, and so the connection does.
returns()
{
	expect "standing" "$(standing)" "native moves 1"
	route $1 via "${router1[$1]}" dev v0 && offload_again 2 || return
	expect_flow "offloaded again"
	over "offloaded moves 2"
}

other_device()
{
	local family what="uploaded: route leads elsewhere" before

	before=$(count "$what")
	watch open w mid w1 near w0
	for family in 4 6; do
		busy $family || return
		watch after w $some dport=$data_port -- ip -$family -n near \
			route replace "${behind[$family]}" \
			via "${router3[$family]}" dev w0 &&
			note "another device: after ${reply#*before }"
		expect "uploaded" "$(count "$what")" $((++before))
		returns $family || return
	done
	watch close w
}

no_route()
{
	local family what="uploaded: route leads elsewhere" before

	for family in 4 6; do
		before=$(count "$what")
		busy $family || return
		ip -$family -n near route del "${behind[$family]}" || return
		wait_until 20 more_than "$before" "$what" ||
			ktap_fail_case "nothing is uploaded"
		returns $family || return
	done
}

# Its entry is deleted, and nobody answers any more.
next_hop_fails()
{
	local family what="uploaded: next hop does not answer" before

	for family in 4 6; do
		before=$(count "$what")
		busy $family || return
		ip -n mid addr del "${router1[$family]}/${length[$family]}" \
			dev v1 || return
		ip -n near neigh flush all
		wait_until 30 more_than "$before" "$what" ||
			ktap_fail_case "nothing is uploaded"
		ns_addr mid v1 "${router1[$family]}/${length[$family]}" ||
			return
		returns $family || return
	done
}

# An entry that is deleted is asked for again, and nothing else happens: by data that
# flow, or by whoever is told of it where nobody uses the socket.
next_hop_flushed()
{
	local family words

	for family in 4 6; do
		for words in "" hold; do
			busy $family "$words" "$words" || return
			ip -n near neigh flush all
			wait_until 20 entry_is $family REACHABLE ||
				ktap_fail_case "$words $(entry $family)"
			over || return
		done
	done
}

# --- path MTU -----------------------------------------------------------------

mtu_of_route()
{
	local family

	offloads_off || return
	for family in 4 6; do
		busy $family || return
		follows "MTU of the route" "payload>=1000" \
			"payload<=$((1300 - headers[$family]))" -- \
			ip -$family -n near route replace \
			"${behind[$family]}" via "${router1[$family]}" \
			dev v0 mtu 1300
		expect_told mtu 1300
		route $family via "${router1[$family]}" dev v0
		expect_told mtu 1500
		over || return
	done
}

# A router behind which the link is small tells so. Nothing is received, so the
# program sleeps in send() meanwhile.
mtu_of_link()
{
	local family

	offloads_off || return
	for family in 4 6; do
		busy $family '' hold || return
		follows "packet too big" "payload>=1000" \
			"payload<=$((1300 - headers[$family]))" -- \
			ip -n mid link set m0 mtu 1300
		# Or what far sends is lost.
		ip -n far link set f0 mtu 1300
		expect_told mtu 1300
		over || return
	done
}

mtu_of_device()
{
	local family

	offloads_off || return
	for family in 4 6; do
		busy $family || return
		follows "MTU of the device" "payload>=1000" \
			"payload<=$((1400 - headers[$family]))" -- \
			ip -n near link set v0 mtu 1400
		# Or what far sends is lost.
		ip -n mid link set v1 mtu 1400
		expect_told mtu 1400
		ip -n mid link set v1 mtu 1500
		ip -n near link set v0 mtu 1500
		expect_told mtu 1500
		over || return
	done
}

# What TCP has found to pass, without a word from routers, is what is sent.
mtu_found()
{
	local family

	offloads_off && ns near sysctl -qw net.ipv4.tcp_mtu_probing=2 \
		net.ipv4.tcp_base_mss=800 || return
	for family in 4 6; do
		busy $family || return
		follows "MTU that TCP has found" "payload>=500" \
			"payload<=800" -- true
		over || return
	done
	ns near sysctl -qw net.ipv4.tcp_mtu_probing=0 \
		net.ipv4.tcp_base_mss=1024
}

# --- reachability -------------------------------------------------------------

# entry FAMILY: what near's table says of the router.
entry()
{
	ip -s -"$1" -n near neigh show "${router1[$1]}" dev v0
}

# entry_is FAMILY STATE
entry_is()
{
	[[ $(entry "$1") == *" $2"* ]]
}

entry_is_not()
{
	! entry_is "$@"
}

# updated FAMILY: seconds since the state of the entry has changed.
updated()
{
	[[ $(entry "$1") =~ used\ [0-9]+/[0-9]+/([0-9]+) ]] &&
		echo "${BASH_REMATCH[1]}"
}

reachable_time()
{
	ns near sysctl -qw net.ipv4.neigh.v0.base_reachable_time_ms="$1" \
		net.ipv6.neigh.v0.base_reachable_time_ms="$1"
}

settled()
{
	! entry_is "$1" REACHABLE || [ "$(updated "$1")" -ge 5 ]
}

# An entry that nobody but us uses becomes reachable, and not stale within many
# times the time after which it would.
stays_reachable()
{
	local family

	reachable_time 1000 || return
	for family in 4 6; do
		busy $family || return
		wait_until 30 entry_is $family REACHABLE ||
			ktap_fail_case "$(entry $family)"
		wait_until 60 settled $family
		entry_is $family REACHABLE ||
			ktap_fail_case "$(entry $family)"
		note "$(entry $family)"
		over || return
	done
	reachable_time 30000
}

queried()
{
	local family asked answered

	reachable_time 1000 && ns near "$CHIMCTL" adapter set v0 \
		nce-stale-ticks 500 || return
	for family in 4 6; do
		asked=$(count "queries of reachability")
		answered=$(count "queries of reachability answered")
		reset || return
		# Not over before there is an answer.
		talk_peer $family 0 $((20 * size)) pause=1000 stdin || return
		talk_run $family $((20 * size)) 0 ulp hold stdin
		run_says offloaded || return
		wait_until 30 entry_is_not $family REACHABLE ||
			ktap_fail_case "$(entry $family)"
		go
		wait_until 20 more_than "$asked" "queries of reachability" ||
			ktap_fail_case "no query"
		wait_until 30 more_than "$answered" \
			"queries of reachability answered" ||
			ktap_fail_case "no answer: $(entry $family)"
		peer_go
		talk_end || return
	done
	ns near "$CHIMCTL" adapter set v0 nce-stale-ticks 30000
	reachable_time 30000
}

# ask_often TICKS TIMES TIMES: of the next hop; in doubt of it; before it gives up.
ask_often()
{
	ns near "$CHIMCTL" adapter set v0 nce-stale-ticks $1 &&
		ns near "$CHIMCTL" adapter set v0 doubt-retransmissions $2 &&
		ns near "$CHIMCTL" adapter set v0 max-retransmissions $3
}

# The target has asked, and all that mid says is lost: the true answer is an upload.
unanswered()
{
	local family asked answered before
	local what="uploaded: next hop does not answer"

	reachable_time 1000 && ask_often 500 0 200 || return
	for family in 4 6; do
		asked=$(count "queries of reachability")
		answered=$(count "queries of reachability answered")
		before=$(count "$what")
		reset || return
		talk_peer $family 0 $((20 * size)) pause=1000 stdin || return
		talk_run $family $((20 * size)) 0 ulp hold stdin
		run_says offloaded || return
		wait_until 30 entry_is_not $family REACHABLE ||
			ktap_fail_case "$(entry $family)"
		tc -n mid qdisc add dev v1 root netem loss 100% || return
		go
		wait_until 20 more_than "$asked" "queries of reachability" ||
			ktap_fail_case "no query"
		wait_until 60 more_than "$before" "$what" ||
			ktap_fail_case "not uploaded: $(entry $family)"
		expect "reason" "$(table why)" "$what"
		expect "answers" "$(count "queries of reachability answered")" \
			"$answered"
		tc -n mid qdisc del dev v1 root
		offload_again 2
		peer_go
		talk_end || return
	done
	ask_often 30000 3 6 && reachable_time 30000
}

ktap_host_setup()
{
	ns_add near mid side far && links && routers && slow && chim_load &&
		insmod "$CHIM_HOST" && data_adapter_add && talk_pipes &&
		watch_start
}

teardown()
{
	data_adapter_del && host_unload && chim_unload
}

if ! ktap_host_setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
if [ $# -gt 0 ]; then
	ktap_run "$@" teardown
fi
ktap_run options leased_label keepalive next_hop_address next_hop_flushed \
	next_hop_fails other_router redirected redirected6 idle other_device \
	no_route mtu_of_route mtu_of_link mtu_of_device mtu_found stays_reachable queried \
	unanswered teardown
