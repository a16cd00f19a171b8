#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack: sockets of plain programs are offloaded and uploaded while
# data flow. tools/testing/lib/hosttalk.py is such a program; its threads block
# in recv() and send().
#
# packages: iproute2 util-linux procps libmnl-dev nftables python3
# timeout: 600
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"
. "$(dirname "$0")/../lib/talk.sh"

small="rcvbuf=65536 sndbuf=65536"

# --- cases --------------------------------------------------------------------

# Offloaded before the first byte; both ways, FIN included.
both_ways()
{
	local family what="uploaded: socket closed or shut down" before

	for family in 4 6; do
		before=$(count "$what")
		talk_peer $family $size $size || return
		talk_run $family $size $size ulp
		talk_end || return
		expect "$what" "$(count "$what")" $((before + 1))
		expect moves "$(field moves "$run_out")" 1
	done
}

# A writer is blocked in send(), a reader in recv(), when the connection moves.
blocked()
{
	local family

	for family in 4 6; do
		talk_peer $family $size $((4 * size)) pause=0 hold stdin \
			$small || return
		talk_run $family $((4 * size)) $size ulp-late $small
		run_says blocked || return
		run_says offloaded || return
		peer_go
		talk_end || return
		expect moves "$(field moves "$run_out")" 1
	done
}

# Back and forth while data flow both ways, as often as it can be until all is
# sent.
cycles()
{
	local family

	for family in 4 6; do
		talk_peer $family $((10 * size)) $((10 * size)) || return
		talk_run $family $((10 * size)) $((10 * size)) ulp cycles=1000 \
			every=50000
		talk_end || return
		at_least moves "$(field moves "$run_out")" 4
		note "$(field moves "$run_out") moves"
	done
}

# The same where segments are lost.
lossy()
{
	local family

	netem delay 2ms loss 1% || return
	for family in 4 6; do
		talk_peer $family $((10 * size)) $((10 * size)) || break
		talk_run $family $((10 * size)) $((10 * size)) ulp cycles=10 \
			every=200000
		talk_end || break
		at_least moves "$(field moves "$run_out")" 2
		note "$(tail -n 1 "$run_out")"
	done
	netem
	[ -z "$ktap_case" ]
}

# Nobody reads: data is refused, and indicated again when somebody does.
slow_reader()
{
	local before

	before=$(count "indications refused for lack of room")
	talk_peer 4 $((20 * size)) 0 || return
	talk_run 4 0 $((20 * size)) ulp pause=$size stdin hold rcvbuf=65536
	run_says paused || return
	wait_until 30 more_than "$before" "indications refused for lack of room" ||
		ktap_fail_case "nothing is refused"
	go
	talk_end
}

# What the target has not been able to deliver comes back with the connection.
upload_buffered()
{
	local before

	before=$(count "indications refused for lack of room")
	talk_peer 4 $((20 * size)) 0 || return
	talk_run 4 0 $((20 * size)) ulp pause=$size stdin hold rcvbuf=65536
	run_says paused || return
	wait_until 30 more_than "$before" "indications refused for lack of room" ||
		ktap_fail_case "nothing is refused"
	echo upload >&8
	run_says uploaded || return
	go
	talk_end
}

# The peer resets the connection: the program is told.
peer_aborts()
{
	local family what="uploaded: reset by the peer" before

	for family in 4 6; do
		before=$(count "$what")
		talk_peer $family 0 $((4 * size)) abort=$size nofin || return
		talk_run $family $((4 * size)) 0 ulp nofin
		wait "$run_pid"
		wait "$peer_pid"
		tail -n 1 "$run_out" | grep -q 'reset by peer' ||
			ktap_fail_case "$(tail -n 1 "$run_out")"
		expect "$what" "$(count "$what")" $((before + 1))
	done
}

# So is one that does not read, and waits for room to send.
reset_unread()
{
	local before

	before=$(count "indications refused for lack of room")
	talk_peer 4 $((20 * size)) $((20 * size)) pause=0 stdin nofin $small ||
		return
	talk_run 4 $((20 * size)) $((20 * size)) ulp pause=0 stdin nofin \
		$small
	run_says offloaded || return
	wait_until 30 more_than "$before" "indications refused for lack of room" ||
		ktap_fail_case "nothing is refused"
	echo abort >&9
	wait "$peer_pid"
	if ! run_says broken; then
		ktap_fail_case "the program waits for ever"
		kill "$run_pid"
	fi
	go
	wait "$run_pid"
	tail -n 1 "$run_out" | grep -qE '"right": true.*send: .*(reset by peer|pipe)' ||
		ktap_fail_case "$(tail -n 1 "$run_out")"
	at_least "bytes that were there before" "$(field rx "$run_out")" 1
}

# A program that knows nothing of all this, moved from outside in mid-transfer.
from_outside()
{
	local family out

	[ -e /sys/fs/cgroup/cgroup.procs ] ||
		mount -t cgroup2 none /sys/fs/cgroup || return
	mkdir -p /sys/fs/cgroup/talk
	for family in 4 6; do
		talk_peer $family $((10 * size)) $((10 * size)) pause=$size \
			stdin $small || return
		talk_run $family $((10 * size)) $((10 * size)) $small
		peer_says paused || return
		expect "before" "$(standing)" "native moves 0"
		expect_ok ns near "$CHIMCTL" offload dport $data_port \
			dst "${far_addr[$family]}"
		expect "by addresses" "$(standing)" "offloaded moves 1"
		out=$(ns near "$CHIMCTL" socket show dport $data_port)
		# shellcheck disable=SC2046 # words
		expect_ok ns near "$CHIMCTL" upload $(cut -d ' ' -f 1-4 <<<"$out")
		expect "by descriptor" "$(standing)" "native moves 1"
		cut -d ' ' -f 2 <<<"$out" >/sys/fs/cgroup/talk/cgroup.procs
		# "ip netns exec" has a /sys of its own.
		expect_ok nsenter --net=/run/netns/near "$CHIMCTL" socket \
			offload cgroup talk
		expect "by group" "$(standing)" "offloaded moves 2"
		peer_go
		talk_end || return
		expect "hand-overs" "$(field offloads "$run_out")" 2
	done
}

# connected_to PORT: has far a connection with it on its own side?
connected_to()
{
	[ -n "$(ns far "$CHIMCTL" socket show sport "$1")" ]
}

# refused_times N WHY: so many lines of $out say so.
refused_times()
{
	expect "$2" "$(grep -c " native moves 0 error: $2\$" <<<"$out")" "$1"
}

# Who is refused is told why, and counted once.
refused_outside()
{
	local out rc before none="refused: no adapter on the device"

	talk_peer 4 0 0 stdin hold || return
	talk_run 4 0 0 stdin hold
	wait_until 20 connected_to $data_port ||
		ktap_fail_case "not connected"
	before=$(count "$none")
	out=$(ns far "$CHIMCTL" offload sport $data_port)
	rc=$?
	expect "exit code" $rc 1
	refused_times 1 "$none"
	expect "counted" "$(count "$none")" $((before + 1))
	out=$(ns far "$CHIMCTL" -j offload sport $data_port)
	[[ $out == *'"offloaded":false'*'"error":"refused: '* ]] ||
		ktap_fail_case "$out"
	go
	peer_go
	talk_end
}

# Several at once, for one reason and for more.
refused_together()
{
	local out before none="refused: no adapter on the device"

	talk_peer 4 0 0 stdin hold || return
	talk_run 4 0 0 stdin hold
	idle_start
	wait_until 20 connected_to $data_port || ktap_fail_case "not connected"
	wait_until 20 connected_to 7777 || ktap_fail_case "nobody beside it"
	before=$(count "$none")
	out=$(ns far "$CHIMCTL" offload src "${far_addr[4]}")
	refused_times 2 "$none"
	expect "counted" "$(count "$none")" $((before + 2))
	idle_end
	idle_start far
	wait_until 20 connected_to 7777 || ktap_fail_case "not connected"
	out=$(ns far "$CHIMCTL" offload src "${far_addr[4]}")
	refused_times 1 "$none"
	refused_times 2 "refused: loopback"
	idle_end
	go
	peer_go
	talk_end
}

# What is not there cannot be moved.
not_there()
{
	expect_error ns near "$CHIMCTL" offload dport 1
	expect_error ns near "$CHIMCTL" offload
	expect_error ns near "$CHIMCTL" offload fd 3
	expect_error ns near "$CHIMCTL" offload dst 1.2.3
	expect_error ns near "$CHIMCTL" upload cgroup none-of-it
	[ -z "$ktap_case" ]
}

# Refused with a reason, and without harm: the same sockets go on as they were.
refusals()
{
	local before what

	what="refused: loopback"
	before=$(count "$what")
	expect "connection over loopback" "$(ns near "$talk" refused ::1)" \
		ENOTSUP
	expect "$what" "$(count "$what")" $((before + 1))
	expect "no adapter" "$(ns far "$talk" refused "${far_addr[4]}")" \
		ENOTSUP
	expect "without the capability" "$(ns near setpriv --bounding-set \
		-net_admin --inh-caps -net_admin "$talk" refused ::1)" EPERM
	expect "listening" "$(ns near "$talk" refused listen)" ENOTCONN
}

# The segments of such a connection have another address on the wire.
translated()
{
	local what before

	what="refused: NAT"
	before=$(count "$what")
	ns near nft -f - <<-'EOT' || return
	table ip t {
		chain out {
			type nat hook output priority -100;
			ip daddr 10.8.0.77 dnat to 10.8.0.2
		}
	}
	EOT
	talk_peer 4 0 0 || return
	ns near "$talk" run 10.8.0.77 $data_port 0 0 ulp 2>"$run_out.err"
	wait "$peer_pid" || ktap_fail_case "the peer is not content"
	expect "$what" "$(count "$what")" $((before + 1))
	ns near nft flush ruleset
	[ -z "$ktap_case" ]
}

# The adapter goes in mid-transfer: the connection goes on.
adapter_goes()
{
	local before what="uploaded: adapter wants everything uploaded"

	before=$(count "$what")
	talk_peer 4 $((40 * size)) $((40 * size)) pause=$size stdin $small ||
		return
	talk_run 4 $((40 * size)) $((40 * size)) ulp $small
	peer_says paused || return
	data_adapter_del || return
	wait_until 20 more_than "$before" "$what" ||
		ktap_fail_case "nothing is uploaded"
	expect "reason" "$(table why)" "$what"
	data_adapter_add && offload_again 2
	peer_go
	talk_end
	expect "hand-overs" "$(field offloads "$run_out")" 2
}

# adapter WORD: of the command.
adapter()
{
	ns near "$CHIMCTL" adapter "$@" v0
}

# What comes after an upload of everything is not uploaded by a pause.
pause_after_upload()
{
	talk_peer 4 0 2000 stdin hold || return
	talk_run 4 2000 0 ulp steps chunk=1000 stdin
	run_says offloaded || return
	adapter upload-all || return
	wait_until 20 stands native moves 1 || ktap_fail_case "$(standing)"
	echo offload >&8
	wait_until 20 stands offloaded moves 2 || ktap_fail_case "$(standing)"
	adapter pause || return
	go
	run_says "sent 1000" || return
	expect "in the pause" "$(standing)" "offloaded moves 2"
	adapter resume || return
	go
	peer_go
	talk_end
}

# Whatever is asked of the adapter while data flow: each byte once, and in order.
pause_and_upload()
{
	local i words="$endless $endless endless stdin $small"

	talk_peer 4 $words && talk_run 4 $words ulp && run_says offloaded ||
		return
	for ((i = 1; i <= 10; i++)); do
		adapter pause && adapter upload-all && adapter resume || return
		wait_until 20 stands native moves $i ||
			ktap_fail_case "$(standing)"
		offload_again $((i + 1)) || break
	done
	go
	peer_go
	talk_end
}

# Nothing is offloaded in a pause, and nobody waits for its end.
paused()
{
	local what="refused: adapter is paused" out before

	idle_start
	wait_until 20 near_connected || ktap_fail_case "not connected"
	expect_ok ns near "$CHIMCTL" offload dport 7777
	adapter pause || return
	before=$(count "$what")
	talk_peer 4 0 0 stdin hold || return
	talk_run 4 0 0 stdin hold
	wait_until 20 connected_to $data_port || ktap_fail_case "not connected"
	out=$(ns near "$CHIMCTL" offload dport $data_port)
	refused_times 1 "$what"
	expect "$what" "$(count "$what")" $((before + 1))
	# One that was offloaded before can be closed, and is the last to go.
	idle_end
	out=$(ns near "$CHIMCTL" offload dport $data_port)
	refused_times 1 "$what"
	expect objects "$(data_objects)" 0
	adapter resume || return
	expect_ok ns near "$CHIMCTL" offload dport $data_port
	expect standing "$(standing)" "offloaded moves 1"
	go
	peer_go
	talk_end
}

near_connected()
{
	[ -n "$(ns near "$CHIMCTL" socket show dport 7777)" ]
}

# The adapter goes while it is paused.
paused_goes()
{
	talk_peer 4 0 0 stdin hold || return
	talk_run 4 0 0 ulp stdin hold
	run_says offloaded || return
	adapter pause || return
	data_adapter_del || return
	wait_until 20 stands native moves 1 || ktap_fail_case "$(standing)"
	go
	peer_go
	talk_end
	data_adapter_add
}

if ! talk_setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
if [ $# -gt 0 ]; then
	ktap_run "$@" talk_teardown
fi
ktap_run both_ways blocked cycles lossy slow_reader upload_buffered \
	peer_aborts reset_unread from_outside refused_outside refused_together \
	not_there refusals translated adapter_goes pause_after_upload \
	pause_and_upload paused paused_goes talk_teardown
