#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The control program and the netlink family behind it: every command, every
# refusal, dumps, permissions, network namespaces, and what is left behind.
#
# packages: iproute2 python3 python3-yaml util-linux procps
# timeout: 900
#
# Cases are called by name, and addresses have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"

raw=$(dirname "$0")/chimctl.py
export CHIM_TOP=$chim_top
mac=02:00:00:00:09:02
out='' err='' code=0
neigh='' path='' conn=''
answer=''

# One python for all looks at JSON: starting one takes long in this machine.
coproc JSON {
	exec python3 "$raw" json
}

# look EXPRESSION: answer is its value, d being the document in /tmp/json.
look()
{
	printf '%s\n' "${1//$'\n'/ }" >&"${JSON[1]}"
	answer="no answer"
	IFS= read -r -t 60 -u "${JSON[0]}" answer
}

# run WORDS...: out, err and code are what chimctl said and its exit code.
run()
{
	code=0
	chimctl "$@" >/tmp/out 2>/tmp/err || code=$?
	out=$(</tmp/out)
	err=$(</tmp/err)
}

# exits CODE WORDS...: chimctl exits with it; with 2 or 3 it says why.
exits()
{
	local want=$1
	shift

	run "$@"
	[ "$code" -eq "$want" ] ||
		ktap_fail_case "chimctl $*: exit code $code, not $want: $out $err"
	[ "$want" -lt 2 ] || [ -n "$err" ] ||
		ktap_fail_case "chimctl $*: no reason given"
}

# says TEXT CODE WORDS...: and the reason has this text.
says()
{
	local want=$1
	shift

	exits "$@"
	[[ $err == *"$want"* ]] ||
		ktap_fail_case "chimctl ${*:2}: '$err', not '$want'"
}

# is_json WORDS...: what chimctl prints with -j is JSON, and one document.
is_json()
{
	chimctl -j "$@" >/tmp/json 2>/tmp/err
	look 'type(d).__name__'
	[ "$answer" = list ] ||
		ktap_fail_case "chimctl -j $*: $answer: $(</tmp/json)"
}

# get EXPRESSION WORDS...: a value out of the JSON of chimctl; d is all of it.
get()
{
	chimctl -j "${@:2}" >/tmp/json
	look "$1"
}

# holds WHAT WANT EXPRESSION WORDS...: get EXPRESSION is WANT.
holds()
{
	get "${@:3}"
	expect "$1" "$answer" "$2"
}

# make NAME WORDS...: initiates an object; NAME is set to its handle.
make()
{
	run "${@:2}"
	[[ $out =~ ^handle\ (0x[0-9a-f]{16})\ status\ success$ ]] || {
		ktap_fail_case "chimctl ${*:2}: exit code $code: $out $err"
		return 1
	}
	printf -v "$1" %s "${BASH_REMATCH[1]}"
}

# chimney FAMILY: neigh, path and conn on v0.
chimney()
{
	local src=10.9.0.1 dst=10.9.1.2

	[ "$1" = 4 ] || src=fd09::1 dst=fd09:1::2
	make neigh neighbor initiate dev v0 lladdr $mac &&
		make "path" path initiate dev v0 neighbor "$neigh" src $src \
			dst $dst mtu 1500 &&
		make conn connection initiate dev v0 path "$path" sport 4000 \
			dport 5000
}

# objects COUNT: there are so many on v0.
objects()
{
	holds objects "$1" 'len(d)' object show dev v0
}

gone()
{
	exits 0 terminate dev v0 handle "$neigh,$path,$conn"
	objects 0
}

specification()
{
	expect_ok "$chim_top/scripts/netlink-spec-check"
	expect_ok "$chim_top/scripts/netlink-spec-check" \
		"$chim_top/include/uapi/linux/chimney_host_netlink.h" \
		"$chim_top/Documentation/netlink/specs/chimney_host.yaml"
	# What the two must agree on is looked at.
	sed 's/TX_DROPPED,/TX_DROPPED = 9,/' \
		"$chim_top/include/uapi/linux/chimney.h" >/tmp/header.h
	expect_error "$chim_top/scripts/netlink-spec-check" /tmp/header.h
}

help_and_usage()
{
	local what

	for what in help -h --help "adapter help" "adapter add help" \
		    "neighbor help" "neighbor initiate help" "path help" \
		    "path relink help" "connection help" \
		    "connection update help" "query help" "invalidate help" \
		    "terminate help" "object help" "object show help" \
		    "stats help" "stats show help"; do
			exits 0 $what
		[[ $out == Usage:* ]] || ktap_fail_case "$what: $out"
	done
	exits 0 -V
	[[ $out == "chimctl "* ]] || ktap_fail_case "-V: $out"
	exits 2
	exits 2 bogus
	exits 2 -x adapter
	exits 2 -b
	exits 2 adapter bogus
	exits 2 path bogus dev v0
	exits 2 neighbor
	# Nothing answers without the module.
	says "not seem to be loaded" 3 adapter show
}

usage_of_values()
{
	says "device is missing" 2 adapter add
	says "cannot find device" 3 adapter add nosuch
	says "unknown argument" 2 adapter add v0 bogus 1
	says "needs a value" 2 adapter add v0 paths
	says "not a number" 2 adapter add v0 paths many
	says "not a number" 2 adapter add v0 paths -1
	says "too large" 2 adapter add v0 paths 4294967296
	says "neither on nor off" 2 adapter add v0 ticks-ms 1
	says "unknown argument" 2 adapter pause v0 now
	says "not a MAC" 2 neighbor initiate dev v0 lladdr 1:2
	says "not an IP" 2 path initiate dev v0 neighbor 1 src 1.2.3 dst 1.1.1.1 mtu 9
	says "ambiguous" 2 connection initiate dev v0 path 1 s 1
	says "unknown state" 2 connection initiate dev v0 path 1 sport 1 dport 2 \
		state open
	says "handle is missing" 2 query dev v0
	says "handle is missing" 2 neighbor update dev v0 hrd 1
	says "neighbor is missing" 2 path relink dev v0 handle 1
	says "not a number" 2 terminate dev v0 handle x
	says "unknown argument" 2 neighbor update dev v0 handle 1 vlan 2
	says "no handle yet" 2 neighbor initiate dev v0 handle 1 lladdr $mac
}

adapters()
{
	covers CAP-040 CAP-041 CAP-044 STA-035
	exits 0 adapter add v0 neighbors 11 paths 12 connections 13 vlan-ids 14 \
		hwaddrs 15 ipaddrs 16 rcv-wnd 100000 rcv-mem 17 vlan 5,7,4094 \
		ticks-ms on
	is_json adapter show
	is_json adapter show v0
	holds limits "[11, 12, 13, 14, 15, 16, 100000, 17]" \
		'list(d[0]["limits"].values())' adapter show v0
	holds vlans "[5, 7, 4094]" 'd[0]["vlans"]' adapter show v0
	holds ticks True 'd[0]["ticks_ms"]' adapter show v0
	holds params "[1000, 2, 40, 6, 3, 1000, 3, 500, 30000]" \
		'list(d[0]["params"].values())' adapter show v0
	holds clients "[]" 'd[0]["clients"]' adapter show v0
	exits 0 adapter set v0 tps 100 ack-frequency 3 delayed-ack-ticks 4 \
		max-retransmissions 5 doubt-retransmissions 6 sws-ticks 70000 \
		dup-ack-threshold 8 push-ticks 9 nce-stale-ticks 10 connections 99
	holds params "[100, 3, 4, 5, 6, 70000, 8, 9, 10]" \
		'list(d[0]["params"].values())' adapter show v0
	exits 0 adapter set v0 push-ticks 11
	holds params "[100, 3, 4, 5, 6, 70000, 8, 11, 10]" \
		'list(d[0]["params"].values())' adapter show v0
	# The limit changes at once, what is reported does not.
	holds limit 99 'd[0]["limits"]["connections"]' adapter show v0
	holds capacity 13 'd[0]["capacity"]' adapter show v0
	exits 0 adapter show
	[[ $out == *"vlan 5,7,4094"* && $out == *"client chimctl"* ]] ||
		ktap_fail_case "$out"
	exits 0 adapter del v0
	holds adapters "[]" 'd' adapter show
}

settings()
{
	exits 0 adapter add v0
	holds settings "[False, False, 0, 0, 0, 0, 0, 0]" \
		'list(d[0]["settings"].values())' adapter show v0
	exits 0 adapter set v0 ecn on snmp on up-drops 1 up-fragments 2 \
		up-disorder 3 up-prepost 4 up-small-io 5 up-idle 6
	holds settings "[True, True, 1, 2, 3, 4, 5, 6]" \
		'list(d[0]["settings"].values())' adapter show v0
	exits 0 adapter set v0 up-idle 70000 ecn off tps 100 paths 9
	holds settings "[False, True, 1, 2, 3, 4, 5, 70000]" \
		'list(d[0]["settings"].values())' adapter show v0
	holds tps 100 'd[0]["params"]["tps"]' adapter show v0
	holds limit 9 'd[0]["limits"]["paths"]' adapter show v0
	says "neither on nor off" 2 adapter set v0 ecn 1
	says "up-drops" 3 adapter set v0 up-drops 101
	says "ambiguous" 2 adapter set v0 up-d 1
	# Whatever set they are of: neighbors, nce-stale-ticks.
	says "ambiguous" 2 adapter set v0 n 5
	exits 0 adapter set v0 nce 600 neigh 50
	holds settings "[False, True, 1, 2, 3, 4, 5, 70000]" \
		'list(d[0]["settings"].values())' adapter show v0
	exits 0 adapter show v0
	[[ $out == *"snmp on"*"up-idle 70000"* ]] || ktap_fail_case "$out"
	holds "dropped for their tag" 0 'd[0]["rx_vlan"]' stats show v0
	exits 0 adapter del v0
}

pauses()
{
	covers STA-010 STA-011 STA-030 STA-034
	exits 0 adapter add v0 connections 50
	chimney 4 || return
	exits 0 adapter pause v0
	holds paused True 'd[0]["paused"]' adapter show v0
	says "already" 3 adapter pause v0
	says "adapter is paused" 3 neighbor initiate dev v0 lladdr $mac
	# What is there goes on.
	exits 0 connection update dev v0 handle "$conn" ttl 9
	exits 0 query dev v0 handle "$conn"
	exits 0 adapter resume v0 capacity 77
	holds capacity 77 'd[0]["capacity"]' adapter show v0
	holds limit 50 'd[0]["limits"]["connections"]' adapter show v0
	says "not paused" 3 adapter resume v0
	gone
	exits 0 adapter del v0
}

uploads()
{
	covers STA-050 STA-052
	exits 0 adapter add v0
	chimney 4 || return
	exits 0 adapter upload-all v0
	objects 0
	expect_ok grep -q "chimctl on ifindex .* terminated 1 neighbors, 1 paths, 1 connections" <(dmesg)
	chimney 6 || return
	gone
	exits 0 adapter del v0
}

# limited LIMIT STATUS WORDS...: the second such object is one too many.
limited()
{
	local want=$1 status=$2
	shift 2

	exits 0 adapter set v0 "$want" 1
	exits 1 "$@"
	[ "$out" = "status $status" ] || ktap_fail_case "$*: $out"
	is_json "$@"
	exits 0 adapter set v0 "$want" 9
}

limits()
{
	local src='' vlan=''

	covers INI-034 INI-035 INI-036 INI-038 INI-039
	exits 0 adapter add v0
	chimney 4 || return
	limited neighbors offload-neighbor-entries \
		neighbor initiate dev v0 lladdr $mac
	limited paths offload-path-entries path initiate dev v0 \
		neighbor "$neigh" src 10.9.0.1 dst 10.9.1.3 mtu 1500
	limited connections offload-tcp-entries connection initiate dev v0 \
		path "$path" sport 1 dport 2
	limited ipaddrs offload-ip-address-entries path initiate dev v0 \
		neighbor "$neigh" src 10.9.0.9 dst 10.9.1.3 mtu 1500
	make src neighbor initiate dev v0 lladdr $mac src 02:00:00:00:00:01
	limited hwaddrs offload-hw-address-entries neighbor initiate dev v0 \
		lladdr $mac src 02:00:00:00:00:03
	make vlan neighbor initiate dev v0 lladdr $mac vlan 3
	limited vlan-ids offload-vlan-entries neighbor initiate dev v0 \
		lladdr $mac vlan 4
	exits 0 adapter set v0 rcv-wnd 1000
	exits 1 connection initiate dev v0 path "$path" sport 1 dport 2 \
		rcv-wnd-init 1001
	[ "$out" = "status offload-tcp-rcv-window" ] || ktap_fail_case "$out"
	exits 1 path initiate dev v0 neighbor "$neigh" src 10.9.0.1 \
		dst 10.9.1.3 mtu 1501
	[ "$out" = "status offload-path-mtu" ] || ktap_fail_case "$out"
	holds refusals 2 '{r["name"]: r["count"] for r in d[0]["refused"]
			}["neigh-limit"]' stats show v0
	exits 0 terminate dev v0 handle "$src,$vlan"
	gone
	exits 0 adapter del v0
}

# Every variable a connection has, each with a value of its own.
words=(sport 1001 dport 1002 timestamps on sack on wscale on snd-wscale 3
	rcv-wscale 4 remote-mss 1005 hash 1006 rcv-wnd-init 1007
	rcv-ind-size 1008 keepalive on nagle off ka-probes 9 ka-timeout 1000010
	ka-interval 1011 max-rt 1012 flow-label 1013 ttl 14 tos 15 prio 6
	state close-wait rcv-nxt 1017 rcv-wnd 1018 snd-una 1019 snd-nxt 1019
	snd-max 1019 snd-wnd 1022 max-snd-wnd 1023 snd-wl1 1024 cwnd 1025
	ssthresh 1026 srtt 1027 rttvar 1028 ts-recent 1029
	ts-recent-age 1030 ts-time 1031 total-rt 1032 dup-acks 33 wnd-probes 34
	ka-probe-count 35 ka-left 1000036 rt-count 37 rt-left 1000038 dwnd 1039)

# value_check WHICH WORDS...: the last object of chimctl -j WHICH has these
# values, give or take what the clock moves.
value_check()
{
	is_json $1
	look "wrong(d[-1], '''${*:2}''')"
	expect "$1" "$answer" ""
}

every_value()
{
	covers QRY-012 QRY-030 QRY-031 TRM-030 TRM-031 TRM-032
	exits 0 adapter add v0
	make neigh neighbor initiate dev v0 lladdr $mac src 02:00:00:00:09:77 \
		vlan 77 hrd 1001 nrd 1002 || return
	value_check "query dev v0 handle $neigh" lladdr $mac \
		src 02:00:00:00:09:77 vlan 77 hrd 1001
	make "path" path initiate dev v0 neighbor "$neigh" src fd09::1 \
		dst fd09:1::2 mtu 1400 || return
	value_check "query dev v0 handle $path" src fd09::1 dst fd09:1::2 \
		mtu 1400 layer path status success handle "$path"
	make conn connection initiate dev v0 path "$path" "${words[@]}" || return
	value_check "query dev v0 handle $neigh,$path,$conn" "${words[@]}"
	value_check "object show dev v0" "${words[@]}" below "$path" \
		client chimctl
	value_check "terminate dev v0 handle $conn" "${words[@]:42}"
	! grep -q sport /tmp/json || ktap_fail_case "terminate gives constants"
	exits 0 terminate dev v0 handle "$neigh,$path"
	# That was every attribute, the two commands apart.
	expect "values" "$((${#words[@]} / 2 + 2))" "$(sed -n \
		'/CHIMNEY_A_CONNECTION_MAX =/q; /^\tCHIMNEY_A_CONNECTION/p' \
		"$chim_top/include/uapi/linux/chimney.h" | wc -l)"
	exits 0 adapter del v0
}

# Defaults are those that the specification names.
defaults()
{
	exits 0 adapter add v0
	chimney 4 || return
	value_check "query dev v0 handle $conn" timestamps off sack off \
		wscale off remote-mss 1460 rcv-wnd-init 65535 keepalive off \
		nagle on ka-probes 9 ka-timeout 7200000 ka-interval 75000 \
		max-rt 0 ttl 64 tos 0 prio 0 state established rcv-wnd 65535 \
		snd-wnd 65535 max-snd-wnd 65535 cwnd 14600 ssthresh 2147483647
	exits 0 terminate dev v0 handle "$conn"
	make conn connection initiate dev v0 path "$path" sport 1 dport 2 \
		snd-nxt 100 rcv-nxt 200 rcv-wnd-init 300 snd-wnd 400 \
		keepalive on ka-timeout 5000000 || return
	value_check "query dev v0 handle $conn" snd-una 100 snd-max 100 \
		snd-wl1 200 rcv-wnd 300 max-snd-wnd 400 ka-left 5000000 \
		rt-left 4294967295
	gone
	exits 0 adapter del v0
}

updates()
{
	covers UPD-050 UPD-052 UPD-053
	exits 0 adapter add v0
	chimney 4 || return
	exits 0 neighbor update dev v0 handle "$neigh" lladdr 02:00:00:00:09:03
	exits 0 neighbor update dev v0 handle "$neigh" hrd 42
	value_check "query dev v0 handle $neigh" lladdr 02:00:00:00:09:03 hrd 42
	exits 0 path update dev v0 handle "$path" mtu 1300
	value_check "query dev v0 handle $path" mtu 1300 src 10.9.0.1
	exits 0 connection update dev v0 handle "$conn" rcv-wnd-init 70000 \
		rcv-ind-size 2 keepalive on nagle off ka-probes 3 \
		ka-timeout 4000000 ka-interval 5 max-rt 6 flow-label 7 ttl 8 \
		tos 9 prio 1 ka-restart max-rt-restart
	exits 0 connection update dev v0 handle "$conn" ttl 100
	value_check "query dev v0 handle $conn" rcv-wnd-init 70000 \
		rcv-ind-size 2 keepalive on nagle off ka-probes 3 \
		ka-timeout 4000000 ka-interval 5 max-rt 6 flow-label 7 ttl 100 \
		tos 9 prio 1 rcv-wnd 70000
	# What the target refuses changes nothing and says so.
	exits 1 connection update dev v0 handle "$conn" ttl 0 tos 3
	[ "$out" = "handle $conn status failure" ] || ktap_fail_case "$out"
	value_check "query dev v0 handle $conn" ttl 100 tos 9
	exits 1 path update dev v0 handle "$path" mtu 1501
	value_check "query dev v0 handle $path" mtu 1300
	gone
	exits 0 adapter del v0
}

relinks()
{
	local other='' path6='' old=

	covers UPD-100 UPD-101 UPD-107
	exits 0 adapter add v0
	chimney 4 || return
	old=$neigh
	make other neighbor initiate dev v0 lladdr 02:00:00:00:09:03 || return
	make path6 path initiate dev v0 neighbor "$neigh" src fd09::1 \
		dst fd09:1::2 mtu 1500 || return
	exits 1 terminate dev v0 handle "$neigh"
	exits 0 path relink dev v0 handle "$path,$path6" neighbor "$other"
	expect lines "$(wc -l <<<"$out")" 3
	for handle in "$path" "$path6"; do
		holds "below $handle" "['$other']" "[o['below'] for o in d
			if o['handle'] == '$handle']" object show
	done
	exits 0 path relink dev v0 handle "$path" neighbor "$old" mtu 1280
	value_check "query dev v0 handle $path" mtu 1280
	exits 0 path relink dev v0 handle "$path" neighbor "$other"
	value_check "query dev v0 handle $path" mtu 1280
	exits 0 terminate dev v0 handle "$old"
	# Any order will do: one tree, dependents first.
	exits 0 terminate dev v0 handle "$other,$conn,$path6,$path"
	objects 0
	exits 0 adapter del v0
}

invalidates()
{
	covers INV-013 INV-014 INV-030 INV-033
	exits 0 adapter add v0
	chimney 6 || return
	exits 0 invalidate dev v0 handle "$neigh,$path,$conn"
	holds marks "[['invalid'], ['invalid'], ['invalid']]" \
		'[o["marks"] for o in d]' object show
	exits 0 object show
	expect "marks in text" "$(grep -c ' invalid$' <<<"$out")" 3
	exits 1 connection update dev v0 handle "$conn" ttl 3
	exits 0 query dev v0 handle "$conn"
	gone
	exits 0 adapter del v0
}

every_json()
{
	local handle=

	exits 0 adapter add v0 vlan 1
	is_json adapter show
	is_json object show
	is_json stats show
	is_json stats show v0
	is_json neighbor initiate dev v0 lladdr $mac vlan 1
	is_json neighbor initiate dev v0 lladdr $mac vlan 2
	get 'd[0]["handle"]' object show
	handle=$answer
	is_json query dev v0 handle "$handle"
	is_json neighbor update dev v0 handle "$handle" hrd 1
	is_json invalidate dev v0 handle "$handle"
	is_json terminate dev v0 handle "$handle"
	# A command that fails prints no half of a document.
	exits 3 -j query dev v0 handle 1
	expect output "$out" ""
	exits 3 -j stats show v1
	expect output "$out" ""
	holds "refusal counters" True 'all(r["name"] and r["text"] for r in
		d[0]["refused"]) and len(d[0]["refused"]) > 40' stats show v0
	holds operations 2 'd[0]["initiate"]["operations"]' stats show v0
	exits 0 stats show v0
	[[ $out == *"refused vlan"* ]] || ktap_fail_case "$out"
	exits 0 adapter del v0
}

batches_and_prefixes()
{
	local many

	exits 0 -b - <<-END
		# a comment
		adapter add v0
		neigh init dev v0 ll $mac	# abbreviated

		obj s dev v0
	END
	[[ $out == *"client chimctl"* ]] || ktap_fail_case "$out"
	says "stopped here" 3 -b - <<-END
		adapter add v0
		adapter del v0
	END
	[[ $err == *"already"* && $err == *"-:1:"* ]] || ktap_fail_case "$err"
	exits 0 adap sh v0
	exits 3 -b /nonexistent
	says "directory" 3 -b /
	says "more than 512 words" 2 -b - \
		<<<"adapter show v0 $(printf ' x%.0s' {1..510})"
	says "too many arguments" 2 adapter add v1 \
		vlan "1$(printf ',1%.0s' {1..9000})"
	mapfile -t many < <(printf 'ticks-ms\non\n%.0s' {1..9000})
	says "too many arguments" 2 adapter add v1 "${many[@]}"
	exits 0 a d v0
}

refusals()
{
	local said

	exits 0 adapter add v0
	said=$(python3 "$raw" refusals v0 v1 2>&1) || ktap_fail_case "$said"
	note "$said"
	objects 0
	# The attribute is named in the words of the command line.
	says "params.tps: integer out of range" 3 adapter set v0 tps 1001
	says "limits.vlan-ids: integer out of range" 3 adapter set v0 vlan-ids 0
	says "vlan: integer out of range" 3 adapter add v1 vlan 4095
	says "object.connection.prio: integer out of range" 3 \
		connection initiate dev v0 path 1 sport 1 dport 2 prio 8
	says "object.below: handle names no object" 3 \
		connection initiate dev v0 path 1 sport 1 dport 2
	says "dev: device is not an adapter" 3 query dev v1 handle 1
	says "device is not an adapter" 3 object show dev v1
	says "dev: device is not an Ethernet device" 3 adapter add lo
	says "dev: device is an adapter already" 3 adapter add v0
	exits 0 adapter del v0
	says "dev: device is not an adapter" 3 adapter del v0
}

# without_admin CMD...: as root, but without that capability.
without_admin()
{
	setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$@"
}

permissions()
{
	local words say

	exits 0 adapter add v0
	chimney 4 || return
	while read -r words; do
			out=$(without_admin "$CHIMCTL" $words 2>&1) &&
			ktap_fail_case "$words: allowed"
		[[ $out == *"not permitted"* ]] || ktap_fail_case "$words: $out"
	done <<-END
		adapter add v1
		adapter del v0
		adapter set v0 paths 1
		adapter pause v0
		adapter resume v0
		adapter upload-all v0
		neighbor initiate dev v0 lladdr $mac
		neighbor update dev v0 handle $neigh hrd 1
		path relink dev v0 handle $path neighbor $neigh
		query dev v0 handle $conn
		invalidate dev v0 handle $conn
		terminate dev v0 handle $conn
	END
	# Everybody may look.
	for words in "adapter show" "object show" "stats show v0"; do
			expect_ok without_admin "$CHIMCTL" $words
	done
	# But not at what would let them forge segments.
	for words in "object show" "object show dev v0"; do
		for say in "" -j; do
			out=$(setpriv --reuid nobody --clear-groups \
				"$CHIMCTL" $say $words 2>&1) ||
				ktap_fail_case "$say $words: $out"
			[[ $out == *"$conn"*established* ]] ||
				ktap_fail_case "$say $words: $out"
			[[ ! $out =~ (rcv|snd)[-_](nxt|una)|ts[-_]recent ]] ||
				ktap_fail_case "$say $words: $out"
		done
	done
	expect "one object" "$(setpriv --reuid nobody --clear-groups python3 \
		"$raw" object v0 "$conn" 2>&1)" "state, not rcv-nxt"
	expect "one object" "$(python3 "$raw" object v0 "$conn" 2>&1)" \
		"state, rcv-nxt"
	exits 0 object show
	[[ $out == *rcv-nxt*ts-recent* ]] || ktap_fail_case "$out"
	# Root of a user namespace of its own is not enough.
	out=$(unshare --user --map-root-user --net sh -c \
		"ip link add u0 type veth && exec $CHIMCTL adapter add u0" 2>&1)
	[[ $out == *"not permitted"* ]] || ktap_fail_case "user namespace: $out"
	gone
	exits 0 adapter del v0
}

namespaces()
{
	local index

	exits 0 adapter add v0
	chimney 4 || return
	index=$(cat /sys/class/net/v0/ifindex)
	ns_add elsewhere || return
	expect "seen from elsewhere" \
		"$(ns elsewhere "$CHIMCTL" -j adapter show)" "[]"
	expect "seen from elsewhere" \
		"$(ns elsewhere "$CHIMCTL" -j object show)" "[]"
	expect "seen from elsewhere" \
		"$(ns elsewhere "$CHIMCTL" -j stats show)" "[]"
	# A device there with the index of the adapter here.
	ip -n elsewhere link add same index "$index" type dummy || return
	expect_error ns elsewhere "$CHIMCTL" query dev same handle "$conn"
	expect_error ns elsewhere "$CHIMCTL" adapter del same
	expect_ok ns elsewhere "$CHIMCTL" adapter add same
	expect_error ns elsewhere "$CHIMCTL" query dev same handle "$conn"
	expect_error ns elsewhere "$CHIMCTL" terminate dev same handle "$conn"
	holds "seen here" "['v0']" '[a["ifname"] for a in d]' adapter show
	ip netns del elsewhere
	gone
	exits 0 adapter del v0
}

dumps()
{
	exits 0 adapter add v0
	expect fill "$(python3 "$raw" fill v0 1000 2>&1)" "1000 connections"
	expect dump "$(python3 "$raw" dump v0 2>&1)" "1002 objects, consistent"
	expect dump "$(python3 "$raw" dump 2>&1)" "1002 objects, consistent"
	expect dump "$(python3 "$raw" dump-change v0 2>&1)" \
		"1003 objects, interrupted"
	is_json object show
	objects 1003
	exits 0 object show
	expect "lines with a client" "$(grep -c 'client chimctl' <<<"$out")" 1003
	# More handles than go into one request, dependents last.
	get '",".join(o["handle"] for o in d)' object show
	exits 0 terminate dev v0 handle "$answer"
	expect "status lines" "$(grep -c 'status success' <<<"$out")" 1003
	objects 0
	exits 0 adapter del v0
}

# Neither adapter's objects hide those of the next one.
dump_of_two()
{
	local i

	exits 0 adapter add v0
	exits 0 adapter add v1
	chimney 4 || return
	for i in 1 2; do
		exits 0 neighbor initiate dev v1 lladdr $mac
	done
	holds objects "['v0', 'v0', 'v0', 'v1', 'v1']" \
		'sorted(o["ifname"] for o in d)' object show
	exits 0 adapter del v1
	gone
	exits 0 adapter del v0
}

# An adapter that comes and goes under commands leaves nothing behind.
races()
{
	local i pids=()

	for i in 1 2; do
		while [ ! -e /tmp/stop ]; do
			chimctl neighbor initiate dev v0 lladdr $mac
			chimctl object show
			chimctl adapter set v0 tps 10
		done >/dev/null 2>&1 &
		pids+=($!)
	done
	for i in $(seq 20); do
		expect_ok chimctl adapter add v0
		expect_ok chimctl neighbor initiate dev v0 lladdr $mac
		[ $((i % 2)) -eq 0 ] || expect_ok chimctl adapter upload-all v0
		expect_ok chimctl adapter del v0
	done
	touch /tmp/stop
	wait "${pids[@]}"
	rm /tmp/stop
	holds adapters "[]" d adapter show
}

unload()
{
	local since

	exits 0 adapter add v0
	exits 0 adapter add v1
	chimney 4 || return
	make neigh neighbor initiate dev v1 lladdr $mac || return
	exits 0 adapter pause v1
	since=$(dmesg | wc -l)
	expect_ok chim_unload
	expect messages "$(dmesg | tail -n +$((since + 1)) |
		grep -c 'chimctl on ifindex .* terminated 1 neighbors')" 2
	expect_ok chim_load
	holds adapters "[]" d adapter show
	expect_ok chim_unload
	expect_ok ip link del v0
}

setup()
{
	chim_load || return
	ip link add v0 type veth peer name v1 && ip link set v0 up &&
		ip link set v1 up
}

ktap_run specification help_and_usage setup usage_of_values adapters \
	settings pauses \
	uploads limits every_value defaults updates relinks invalidates \
	every_json batches_and_prefixes refusals permissions namespaces dumps \
	dump_of_two races unload
