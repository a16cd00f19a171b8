#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack: what TCP has measured and counted goes with a connection that
# moves: windows of congestion, round-trip times, time stamps, and how long keepalive
# and the retransmission timer have waited. Where the value is the same, it is so to the
# last digit.
#
# packages: iproute2 util-linux procps libmnl-dev python3
# timeout: 900
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119,SC2154

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"
. "$(dirname "$0")/../lib/talk.sh"

endless=1000000000
names='wscale|rto|rtt|mss|pmtu|advmss|rcvmss|cwnd|ssthresh|snd_wnd|rcv_space|minrtt'
# A tick of the kernel's clock and more, in ms.
jiffy=10
forever=1000000

# --- a connection ---------------------------------------------------------------

chunk='' sent=''

# start FAMILY CHUNK [WORD...]: near sends so many bytes each time it is told to. What
# a case has left goes.
start()
{
	if [ -n "$run_pid" ] && ! run_ended; then
		echo abort >&8
		wait "$run_pid"
	fi
	chunk=$2 sent=0
	talk_peer $1 1 $endless nofin stdin || return
	talk_run $1 $endless 2 nofin steps stdin chunk=$2 "${@:3}"
	wait_until 60 sees "bytes_received:1 " && return
	ktap_fail_case "not connected: $(see)"
	return 1
}

# step: and the peer has them.
step()
{
	go
	sent=$((sent + chunk))
	wait_until 60 acknowledged && return
	ktap_fail_case "not acknowledged: $(see)"
	return 1
}

# The SYN counts as a byte.
acknowledged()
{
	[ "$(ss_value bytes_acked)" -eq $((sent + 1)) ]
}

# Dies of a reset, and the peer with it. What was said to one that had ended already
# is not for the next.
finish()
{
	local rest

	if kill -0 "$run_pid" 2>/dev/null; then
		echo abort >&8
	else
		echo abort >&9
	fi
	wait "$run_pid" "$peer_pid" || :
	while read -rt 0.1 -u 8 rest || read -rt 0.1 -u 9 rest; do
		:
	done
}

# moved offload|upload
moved()
{
	ns near "$CHIMCTL" "$1" dport $data_port >"$data_tmp/moved" && return
	ktap_fail_case "$1: $(cat "$data_tmp/moved")"
	return 1
}

# --- what ss says ---------------------------------------------------------------

is_at_least()
{
	[ "$(ss_value "$1")" -ge "$2" ]
}

values()
{
	see | grep -oE " (($names):[^ ]+|ts|sack|cubic)"
}

# rtt_us 2|3: the time, or its variance.
rtt_us()
{
	see | grep -oE ' rtt:[0-9./]+' |
		awk -F '[:/]' -v n="$1" '{ printf "%d\n", $n * 1000 + 0.5 }'
}

# timer NAME: what is left, in ms, rounded down to what ss shows, to which 1.234ms are
# a second and more.
timer()
{
	see | grep -oE "timer:\($1,[^,]*" | sed 's/.*,//' | awk '{
		gsub(/[0-9.]+/, " & ")
		for (i = 1; i < NF; i += 2)
			ms += $i * ($(i + 1) == "min" ? 60000 : \
				    $(i + 1) == "ms" && $i !~ /[.]/ ? 1 : 1000)
		printf "%d\n", ms
	}'
}

# heard: how long ago, in ms.
heard()
{
	see | grep -oE ' last(rcv|ack):[0-9]+' | cut -d : -f 2 | sort -n |
		head -n 1
}

# --- what was measured ----------------------------------------------------------

# lose [WORD...]: data are sent, and some of them lost.
lose()
{
	local i

	netem delay 10ms loss 4% || return
	for ((i = 0; i < 28; i++)); do
		step || return
		! "$@" || break
	done
	netem delay 10ms
}

# Since there is a threshold.
lost()
{
	[ "$(ss_value ssthresh)" -gt 0 ] && sees ' retrans:0/'
}

# The target has what TCP had, and TCP has it again.
same()
{
	local before cwnd ssthresh family mss rtt var

	for family in 4 6; do
		start $family 30000 && lose lost && step || return
		before=$(values)
		note "${before//$'\n'/}"
		cwnd=$(ss_value cwnd) ssthresh=$(ss_value ssthresh) mss=$(ss_value mss)
		rtt=$(rtt_us 2) var=$(rtt_us 3)
		at_least "the threshold" "$ssthresh" 2
		moved offload || return
		expect cwnd "$(told cwnd)" $((cwnd * mss))
		expect ssthresh "$(told ssthresh)" $((ssthresh * mss))
		# 8 and 4 times the value, of which ss shows whole us.
		at_least srtt "$(($(told srtt) * 1000))" $((8 * rtt - 8))
		at_most srtt "$(($(told srtt) * 1000))" $((8 * rtt + 1008))
		at_least rttvar "$(($(told rttvar) * 1000))" $((4 * var - 4))
		at_most rttvar "$(($(told rttvar) * 1000))" $((4 * var + 1004))
		moved upload || return
		expect "afterwards" "$(values)" "$before"
		step
		finish
		netem
	done
	[ -z "$ktap_case" ]
}

# una_is NUMBER: the target's.
una_is()
{
	[ "$(told snd_una)" = "$1" ]
}

# step_unseen: as step(), but TCP's values stay what they are: who looks at them has
# those of the target.
step_unseen()
{
	local una

	una=$((($(told snd_una) + chunk) % (1 << 32)))
	go
	sent=$((sent + chunk))
	wait_until 60 una_is $una && return
	ktap_fail_case "not acknowledged: $(told snd_una), not $una; $(table why)"
	return 1
}

# near_value NAME HAVE WANT SLACK
near_value()
{
	at_least "$1" "$2" $(($3 - $4))
	at_most "$1" "$2" $(($3 + $4))
}

# learn: some is lost, and then the way is longer. TCP knows neither.
learn()
{
	local i infinite=2147483647

	netem delay 10ms loss 4% || return
	# As long as it takes to lose one.
	for ((i = 0; i < 500; i++)); do
		[ $i -ge 16 ] && [ "$(told ssthresh)" -ne $infinite ] && break
		step_unseen || return
	done
	netem delay 60ms
	for ((i = 0; i < 16; i++)); do
		step_unseen || return
	done
}

# is_settled: nothing is left of it that ends with a pause (RFC 5681, section 4.1), after
# which the target may be seen or not.
is_settled()
{
	cwnd=$(told cwnd) ssthresh=$(told ssthresh)
	# shellcheck disable=SC2017 # as the target does it
	[ $cwnd -le $((10 * mss)) ] && [ $ssthresh -ge $((cwnd / 4 * 3)) ]
}

# is_shown: by ss.
is_shown()
{
	[ "$(ss_value cwnd)/$(ss_value ssthresh)" = \
		$((cwnd / mss))/$((ssthresh / mss)) ]
}

# expect_learned WHEN
expect_learned()
{
	note "$1: cwnd $cwnd ssthresh $ssthresh srtt $srtt rttvar $var"
	expect "cwnd $1" "$(ss_value cwnd)" $((cwnd / mss))
	expect "ssthresh $1" "$(ss_value ssthresh)" $((ssthresh / mss))
	near_value "round-trip time $1, us" "$(rtt_us 2)" $((srtt * 1000 / 8)) 1
	near_value "variance $1, us" "$(rtt_us 3)" $((var * 1000 / 4)) 1
}

# What the target has learned meanwhile, ss shows when it looks again, and TCP knows
# afterwards.
learned()
{
	local family mss srtt var cwnd ssthresh

	never_give_up
	for family in 4 6; do
		netem delay 10ms && start $family 30000 && step &&
			moved offload || return
		mss=$(ss_value mss)
		expect "a threshold at first" "$(ss_value ssthresh)" 0
		learn || return
		wait_until 60 is_settled || return
		srtt=$(told srtt) var=$(told rttvar)
		# Eighths of a ms. It was a third of that, or less.
		at_least "round-trip time" "$srtt" $((8 * 30))
		wait_until 60 is_shown ||
			ktap_fail_case "not shown: $(see)"
		expect_learned "while it is offloaded"
		moved upload || return
		expect_learned "afterwards"
		finish
		netem
	done
	give_up
	[ -z "$ktap_case" ]
}

# --- time stamps ----------------------------------------------------------------

# record WORD...: the answer of record.py, or the case fails.
record()
{
	printf '%s\n' "$*" >&"${RECORD[1]}"
	reply=
	read -r -t $((60 * ${CHIM_SLOW:-1})) -u "${RECORD[0]}" reply ||
		reply="bad no answer"
	case $reply in
	ok*) reply=${reply#ok }; return ;;
	esac
	ktap_fail_case "$*: $reply"
	return 1
}

steps()
{
	local i

	for ((i = 0; i < 8; i++)); do
		step || return
	done
}

stamps()
{
	local family i

	for family in 4 6; do
		start $family 3000 && record mark && steps &&
			record stamps "TCP" || return
		for i in 1 2; do
			moved offload && steps && record stamps "the target" &&
				note "$reply segments of the target" &&
				moved upload && steps &&
				record stamps "TCP afterwards" || return
		done
		finish
		record mark
	done
}

# --- timers ---------------------------------------------------------------------

# How long nothing has been heard is not forgotten.
keepalive_left()
{
	local limit=300000 since start_ms left

	start 4 100 keepalive=300,1,9 && step &&
		wait_until 60 is_at_least lastack 3000 || return
	start_ms=$(ms)
	since=$(heard)
	moved offload || return
	left=$(told ka_left)
	note "nothing heard for $since ms, left are $left"
	at_most "left there" "$left" $((limit - since + jiffy))
	at_least "left there" "$left" $((limit - since - ($(ms) - start_ms) -
		jiffy))
	moved upload || return
	left=$(timer keepalive)
	at_most "left afterwards" "$left" $((limit - since + jiffy))
	# ss leaves out what is less than a second.
	at_least "left afterwards" "$left" $((limit - since - 1000 -
		($(ms) - start_ms) - jiffy))
	at_least "nothing heard" "$(heard)" "$since"
	finish
	[ -z "$ktap_case" ]
}

# retries: how often it was sent again, which is more than timeouts were doubled if
# the first was a probe of the tail.
retries()
{
	see | grep -oE 'timer:\(on,[^)]*' | sed 's/.*,//'
}

# rto_ms: of a timeout that has been doubled, too.
rto_ms()
{
	see | grep -oE ' rto:[0-9]+' | cut -d : -f 2
}

half_over()
{
	[ $((2 * $(timer on))) -le "$(rto_ms)" ]
}

# expect_hurry WHEN LEFT TOTAL COUNT: none of them begins anew, but the first when it is
# sent once more: that is why the last is to be read last, and the first says nothing
# then.
expect_hurry()
{
	at_least "since when, $1" "$3" "$hurry_total"
	at_least "times it was sent again, $1" "$4" "$hurry_count"
	if [ "$4" -gt "$hurry_count" ]; then
		hurry_left=$forever
	else
		at_most "what is left of the timer, $1" "$2" "$hurry_left"
		# Of many seconds, ss leaves out the rest.
		hurry_left=$(($2 + jiffy + 1000))
	fi
	hurry_total=$3 hurry_count=$4
}

# How often, and since when, it was sent again, and when it is to be the next time.
retransmission_left()
{
	local family i hurry_count hurry_total hurry_left

	for family in 4 6; do
		start $family 100 && step && netem loss 100% || return
		go
		wait_until 60 is_at_least backoff 5 &&
			wait_until 60 half_over || return
		hurry_count=$(retries) hurry_left=$(($(timer on) + jiffy + 1000))
		hurry_total=0
		for i in 1 2 3; do
			moved offload && expect_hurry "offload $i" \
				"$(told rt_left)" "$(told total_rt)" "$(told rt_count)"
			moved upload && expect_hurry "upload $i" \
				"$(timer on)" "$hurry_total" "$(retries)"
		done
		note "waited for $hurry_total ms, left are $hurry_left"
		at_least "since when" "$hurry_total" 6000
		netem
		finish
	done
	[ -z "$ktap_case" ]
}

# --- all of it ------------------------------------------------------------------

setup()
{
	talk_setup || return
	coproc RECORD {
		exec python3 "$chim_top/tools/testing/lib/record.py" \
			far v1 $data_port
	}
	read -r -t 60 -u "${RECORD[0]}" reply
}

if ! setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
[ $# -gt 0 ] || set -- same learned stamps keepalive_left retransmission_left
ktap_run "$@" talk_teardown
