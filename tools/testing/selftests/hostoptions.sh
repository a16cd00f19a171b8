#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack: what sockets and the system are set to that the target does
# not obey, and sockets that differ in nothing but their device.
#
# packages: iproute2 util-linux procps libmnl-dev nftables python3
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
	"IP_MTU_DISCOVER=0 IP_MTU_DISCOVER=1 packets that may be fragmented"
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

# key FAMILY: a signature's key for an address that nobody has, as TCP_MD5SIG takes it.
key()
{
	local address=0200 head

	[ $1 -eq 4 ] && address+=00000a080063 ||
		address=0a00000000000000fd080000000000000000000000000063
	head=$address$(printf '0%.0s' {1..256})
	printf 'x%s%s%s' "${head:0:256}" 0000010000000000 61
	printf '00%.0s' {1..79}
}

# Others only TCP can do, so that it is uploaded before they are set, whatever they say.
for_tcp_alone()
{
	local family line set unset what="uploaded: socket option" before

	for family in 4 6; do
		quiet_pair $family || return
		# Of keys something is left.
		for line in "TCP_TX_DELAY=1000 TCP_TX_DELAY=0" \
			"TCP_REPAIR=1 TCP_REPAIR=-1" "TCP_MD5SIG=$(key $family)"; do
			read -r set unset <<<"$line"
			[[ $(offload_it) == *" offloaded moves "* ]] ||
				ktap_fail_case "not offloaded before $set"
			before=$(count "$what")
			watch sockset $pid $fd $set
			expect "$set: $what" "$(count "$what")" $((before + 1))
			[ -z "$unset" ] || watch sockset $pid $fd $unset
		done
		quiet_end || return
	done
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

# probed: TCP itself has done so twice.
probed()
{
	ns near ss -tinHO dport = $data_port | grep -q ' backoff:[2-9] '
}

# Until input says so.
busy_pair()
{
	talk_peer 4 0 1000000000 rcvbuf=20000 || return
	talk_run 4 1000000000 0 endless "$@"
	wait_until 20 found &&
		reader=$(pgrep -f "hosttalk.py peer")
}

# A peer that does not read, and says so whenever it is asked.
closed_window()
{
	local reader what="uploaded: nothing acknowledged for the user timeout"
	local before how

	for how in stdin "stdin ulp"; do
		before=$(count "$what")
		busy_pair $how && kill -STOP $reader &&
			watch sockset $pid $fd TCP_USER_TIMEOUT=3000 || return
		wait_until 60 run_ended || ktap_fail_case "$how: is not given up"
		tail -n 1 "$run_out" | grep -q 'timed out' ||
			ktap_fail_case "$how: $(tail -n 1 "$run_out")"
		kill -CONT $reader
		kill $reader
		wait "$run_pid" "$peer_pid" 2>/dev/null
	done
	more_than "$before" "$what" || ktap_fail_case "$(tail -n 1 "$run_out")"
	[ -z "$ktap_case" ]
}

# What has been waited for before the offload does not count when it is over.
window_opens()
{
	local reader began

	busy_pair stdin && kill -STOP $reader || return
	wait_until 20 probed || ktap_fail_case "no probe"
	began=$SECONDS
	offload_it >/dev/null
	kill -CONT $reader
	wait_until 20 acked 10000000 || ktap_fail_case "does not go on"
	ns near "$CHIMCTL" upload dport $data_port >/dev/null
	# So long it may wait.
	[ $((began + 10)) -le $SECONDS ] || sleep $((began + 10 - SECONDS))
	watch sockset $pid $fd TCP_USER_TIMEOUT=10000
	kill -STOP $reader
	wait_until 20 probed || ktap_fail_case "no probes"
	kill -CONT $reader
	go
	wait "$run_pid"
	tail -n 1 "$run_out" | grep -q '"error": ""' ||
		ktap_fail_case "$(tail -n 1 "$run_out")"
	kill $reader 2>/dev/null
	wait "$peer_pid" 2>/dev/null
	[ -z "$ktap_case" ]
}

acked()
{
	local n

	n=$(ns near ss -tinHO dport = $data_port |
		grep -oE 'bytes_acked:[0-9]+')
	[ "${n##*:}" -gt $1 ]
}

# taken: memory in the receive queue of near.
taken()
{
	ns near ss -tmnHO dport = $data_port | grep -oE 'skmem:\(r[0-9]+' |
		cut -dr -f2
}

# Sockets together have too much. A program that does not read gets no more, one that
# does gets everything.
memory_short()
{
	local saved what="indications refused for lack of room" before

	saved=$(sysctl -n net.ipv4.tcp_mem)
	sysctl -qw net.ipv4.tcp_mem="1 1 10000000" net.core.rmem_max=16000000
	before=$(count "$what")
	talk_peer 4 20000000 1000 stdin hold || return
	talk_run 4 1000 20000000 pause=0 rcvbuf=4000000 ulp stdin hold
	run_says offloaded && peer_go
	wait_until 20 more_than "$before" "$what" ||
		ktap_fail_case "nothing is refused"
	[ "$(taken)" -lt 4000000 ] || ktap_fail_case "it has $(taken) bytes"
	go
	talk_end
	sysctl -qw net.ipv4.tcp_mem="$saved" net.core.rmem_max=212992
	[ -z "$ktap_case" ]
}

# What was refused comes when there is memory, even if nobody leaves the socket.
memory_back()
{
	expect_ok "$(dirname "$talk")/peeks.py" 4
	expect_ok "$(dirname "$talk")/peeks.py" 6
	[ -z "$ktap_case" ]
}

# A policy of IPsec on what is received. What it says does not matter.
policed()
{
	local policy="src ${far_addr[4]}/32 dst ${near_addr[4]}/32 dir in"
	local what="uploaded: route leads elsewhere" before

	quiet_pair 4 && offload_it >/dev/null || return
	before=$(count "$what")
	ip -n near xfrm policy add $policy action allow || return
	wait_until 20 more_than "$before" "$what" ||
		ktap_fail_case "$(standing)"
	[[ $(offload_it) == *" error: refused: IPsec" ]] ||
		ktap_fail_case "is not refused"
	ip -n near xfrm policy delete $policy
	[[ $(offload_it) == *" offloaded moves 2"* ]] ||
		ktap_fail_case "not again: $(standing)"
	quiet_end
}

# What ss shows is whose the connection is, not only that it has been offloaded.
named()
{
	quiet_pair 4 && offload_it >/dev/null || return
	ns near ss -tinHO | grep -q ' tcp-ulp-chimney$' ||
		ktap_fail_case "offloaded: $(ns near ss -tinHO)"
	ns near "$CHIMCTL" upload dport $data_port >/dev/null
	ns near ss -tinHO | grep -q ' tcp-ulp-chimney-native$' ||
		ktap_fail_case "uploaded: $(ns near ss -tinHO)"
	offload_it >/dev/null
	ns near ss -tinHO | grep -q ' tcp-ulp-chimney$' ||
		ktap_fail_case "again: $(ns near ss -tinHO)"
	quiet_end
}

# TCP does not count probes where a program says for how long.
keepalive_timeout()
{
	quiet_pair 4 && offload_it >/dev/null || return
	watch sockset $pid $fd SO_KEEPALIVE=1 TCP_KEEPIDLE=60 TCP_KEEPINTVL=10 \
		TCP_KEEPCNT=9
	expect_told ka_probes 9
	watch sockset $pid $fd TCP_USER_TIMEOUT=65000
	expect_told ka_probes 1
	watch sockset $pid $fd TCP_USER_TIMEOUT=101000
	expect_told ka_probes 5
	watch sockset $pid $fd TCP_USER_TIMEOUT=1000
	expect_told ka_probes 1
	quiet_end
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

# Of what went with the SYN, some is acknowledged while the target has it.
acknowledged_halfway()
{
	# 4: without a cookie
	ns near sysctl -qw net.ipv4.tcp_fastopen=5 &&
		ns far nft 'table ip t { chain c { type filter hook output priority 0;
			tcp sport 5999 tcp flags rst drop; }
		}' || return
	expect_ok "$(dirname "$talk")/halfway.py"
	ns far nft flush ruleset
	ns near sysctl -qw net.ipv4.tcp_fastopen=1
	[ -z "$ktap_case" ]
}

# Fragments of IPv6 reach TCP behind the host stack's back.
fragmented()
{
	local what="uploaded: IPv6 fragments received" before

	before=$(count "$what")
	expect_ok "$(dirname "$talk")/fragmented.py"
	expect "$what" "$(count "$what")" $((before + 1))
}

# A socket may be of another family in the end, of which none was ever offloaded.
other_family()
{
	host_reload || return
	expect_ok "$(dirname "$talk")/otherfamily.py"
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
ktap_run not_obeyed for_tcp_alone window_clamp closed_window window_opens memory_short memory_back policed \
	named keepalive_timeout fast_open acknowledged_halfway fragmented \
	other_family twins talk_teardown
