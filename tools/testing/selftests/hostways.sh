#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The ways into the Linux host stack from outside, with others beside that are not
# meant; and who may go there.
#
# packages: iproute2 util-linux procps libmnl-dev kmod python3
# timeout: 900
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"
. "$(dirname "$0")/../lib/talk.sh"

declare -A near2=([4]=10.8.0.11 [6]=fd08::11) far2=([4]=10.8.0.12 [6]=fd08::12)
group=/sys/fs/cgroup/ways
parameter=/sys/module/chimney_host/parameters/unprivileged
answer=
# Programs without rights, and root of a user namespace.
nobody="setpriv --reuid nobody --regid nogroup --clear-groups"
root="$nobody unshare --user --map-root-user"
# Who cannot trace everybody, and is not asked for more than that of others like it.
untraced="setpriv --bounding-set -sys_ptrace"
# What chimctl is run by.
as=

# way COMMAND...: of ways.py; $answer is what it says.
way()
{
	answer="bad no answer"
	printf '%s\n' "$*" >&"${WAYS[1]}"
	IFS= read -r -t $((200 * ${CHIM_SLOW:-1})) -u "${WAYS[0]}" answer
	case $answer in
	ok*)	answer=${answer#ok}
		answer=${answer# }
		return ;;
	esac
	ktap_fail_case "$*: $answer"
	return 1
}

# "ip netns exec" has a /sys of its own, without the groups.
ctl()
{
	$as nsenter --net=/run/netns/near "$CHIMCTL" "$@"
}

# moves COMMAND WORDS...: the connections that chimctl says it has moved; in $all those
# that are offloaded afterwards. Both by their places.
moves()
{
	moved=$(ctl "$@" 2>&1 | places)
	all=$(ctl socket show | grep ' offloaded ' | places)
}

# places: "PID FD" of each line, or all of what has none.
places()
{
	sed -E 's/^pid ([0-9]+) fd ([0-9]+) .*/\1 \2/' | sort
}

# expect_moves "PLACE..." "PLACE..." COMMAND...: such are moved, such are there then.
# A place is PID:FD.
expect_moves()
{
	local moved all

	moves "${@:3}"
	expect "${*:3}: moved" "$moved" "$(lines $1)"
	expect "${*:3}: offloaded then" "$all" "$(lines $2)"
}

lines()
{
	printf '%s\n' "$@" | tr : ' ' | sort
}

# --- which ones ---------------------------------------------------------------

# by_tuple FAMILY: four that differ in a single word from the one that is meant.
by_tuple()
{
	local a=${near_addr[$1]} a2=${near2[$1]} b=${far_addr[$1]} b2=${far2[$1]}
	local pid one field fields places=() i=0
	local -a others=("$a2 6001 $b 5000" "$a 6002 $b 5000" "$a 6001 $b2 5000"
		"$a 6001 $b 5001")

	way process p && pid=$answer || return
	way connect p $a 6001 $b 5000 && one=$pid:$answer || return
	for field in "${others[@]}"; do
		way connect p $field && places+=("$pid:$answer") || return
	done
	fields=("src $a2" "sport 6002" "dst $b2" "dport 5001")
	expect_moves $one $one offload src $a sport 6001 dst $b dport 5000
	for field in "${fields[@]}"; do
		expect_moves ${places[i]} "$one ${places[i]}" offload $field
		expect_moves ${places[i]} $one upload $field
		i=$((i + 1))
	done
	expect_moves $one "" upload src $a sport 6001 dst $b dport 5000
	way flow && way over
}

four_tuple()
{
	by_tuple 4 && by_tuple 6
	[ -z "$ktap_case" ]
}

# Others of the same process, and one of the same number elsewhere.
descriptors()
{
	local p q all=() other port

	way process p && p=$answer && way process q && q=$answer || return
	for port in 6001 6002 6003; do
		way connect p ${near_addr[4]} $port ${far_addr[4]} 5000 &&
			all+=("$answer") || return
	done
	way connect q ${near_addr[4]} 6004 ${far_addr[4]} 5000 &&
		other=$answer || return
	expect "the other one's descriptor" "$other" "${all[0]}"
	expect_moves $p:${all[0]} $p:${all[0]} offload pid $p fd ${all[0]}
	expect_moves "$p:${all[0]} $p:${all[1]} $p:${all[2]}" \
		"$p:${all[0]} $p:${all[1]} $p:${all[2]}" offload pid $p
	expect_moves $p:${all[1]} "$p:${all[0]} $p:${all[2]}" \
		upload pid $p fd ${all[1]}
	expect "of neither" "$(ctl offload pid $q fd 1000 2>&1)" \
		"Error: there is no such socket"
	way flow && way over
}

# A raw socket that is connected has a peer and TCP's number, and is no connection.
raw()
{
	local family pid one

	for family in 4 6; do
		way process p$family && pid=$answer || return
		way connect p$family ${near_addr[$family]} 6001 \
			${far_addr[$family]} 5000 && one=$pid:$answer || return
		way raw p$family ${far_addr[$family]} 5000 || return
		expect_moves $one $one offload pid $pid
		expect "those that are shown" \
			"$(ctl socket show dport 5000 pid $pid | places)" \
			"$(lines $one)"
		expect_moves $one "" upload dst ${far_addr[$family]} dport 5000
	done
	way flow && way over
}

# Who may see of a process which descriptors it has may not take them: the next one
# that has the socket is asked.
shared()
{
	local scope=/proc/sys/kernel/yama/ptrace_scope before as=$untraced place

	[ -e $scope ] || { skip "the kernel has no Yama"; return; }
	before=$(cat $scope)
	way process p || return
	way connect p ${near_addr[4]} 6001 ${far_addr[4]} 5000 &&
		place=$answer || return
	way child p && place=$answer:$place || return
	echo 1 >$scope
	expect_moves $place $place offload sport 6001
	expect_moves $place "" upload sport 6001
	echo "$before" >$scope
	way flow && way over
}

# little COUNT COMMAND...: chimctl, with so many descriptors, some of which are the
# test's. Its output is in $out, its exit code is returned.
little()
{
	out=$(exec 2>&1 && ulimit -n "$1" && ctl "${@:2}")
}

# Descriptors for a few sockets at a time, or for none.
few_descriptors()
{
	local port few out

	way process p || return
	for port in {6001..6040}; do
		way connect p ${near_addr[4]} $port ${far_addr[4]} 5000 || return
	done
	little 16 offload dport 5000
	expect "exit code" $? 0
	expect "moved to the target" "$(grep -c ' offloaded ' <<<"$out")" 40
	little 16 upload cgroup . dport 5000
	expect "exit code" $? 0
	expect "taken back" "$(grep -c ' native ' <<<"$out")" 40
	expect_ok ns near "$CHIMCTL" adapter pause v0
	little 16 offload dport 5000
	expect "exit code of refusals" $? 1
	expect "refusals" "$(grep -c 'refused: adapter is paused' <<<"$out")" 40
	expect_ok ns near "$CHIMCTL" adapter resume v0
	for few in 4 5 6 7; do
		little $few offload dport 5000
		expect "exit code with $few" $? 3
		expect "output with $few" "$out" \
			"Error: processes: Too many open files"
	done
	way flow && way over
}

# A group has those below it, not the one whose name begins like its own.
groups()
{
	local name place=() port=6001 below

	mkdir -p $group/below/deep ${group}2 || return
	for name in ways ways/below ways/below/deep ways2 .; do
		way process p$port $name && place[port]=$answer || return
		way connect p$port ${near_addr[4]} $port ${far_addr[4]} 5000 &&
			place[port]+=:$answer || return
		port=$((port + 1))
	done
	expect_moves ${place[6003]} ${place[6003]} \
		offload cgroup $group/below/deep
	expect_moves "${place[6001]} ${place[6002]} ${place[6003]}" \
		"${place[6001]} ${place[6002]} ${place[6003]}" offload cgroup ways
	expect_moves "${place[6002]} ${place[6003]}" ${place[6001]} \
		upload cgroup ways/below
	expect_moves ${place[6001]} "" upload cgroup ways sport 6001
	below=${place[6002]%:*}
	expect_moves ${place[6002]} ${place[6002]} offload pid $below cgroup ways
	for name in ways/below/deep ways2; do
		expect "not of $name" \
			"$(ctl upload pid $below cgroup $name 2>&1)" \
			"Error: there is no such socket"
	done
	expect_moves ${place[6002]} "" upload pid $below cgroup ways/below
	way flow && way over
	rmdir $group/below/deep $group/below $group ${group}2
}

# --- who may ------------------------------------------------------------------

# may CMD...: a program without rights that is run by CMD has its socket offloaded, and
# data flow.
may()
{
	talk_peer 4 $size $size || return
	ip netns exec near "$@" "$talk" run "${far_addr[4]}" $data_port \
		$size $size ulp >"$run_out" 2>"$run_out.err" &
	run_pid=$!
	talk_end
	expect "$*: moves" "$(field moves "$run_out")" 1
}

# may_not CMD...
may_not()
{
	talk_peer 4 0 0 || return
	ip netns exec near "$@" "$talk" run "${far_addr[4]}" $data_port 0 0 ulp \
		>"$run_out" 2>"$run_out.err" && ktap_fail_case "$*: may"
	grep -q 'Operation not permitted' "$run_out.err" ||
		ktap_fail_case "$*: $(cat "$run_out.err")"
	wait "$peer_pid"
}

# The parameter of the module, which may change; nobody gets at sockets of others.
parameter()
{
	may_not $nobody
	host_reload unprivileged=1 || return
	others_stay
	echo 0 >$parameter
	may_not $nobody
	[ -z "$ktap_case" ]
}

others_stay()
{
	local pid

	may $nobody
	way process p && pid=$answer || return
	way connect p ${near_addr[4]} 6001 ${far_addr[4]} 5001 || return
	expect "of others" \
		"$(ns near $nobody "$CHIMCTL" offload sport 6001 2>&1)" \
		"Error: there is no such socket"
	expect_moves $pid:$answer $pid:$answer offload sport 6001
	way flow && way over
}

# own_world: a program that is root of a user namespace and has a network namespace of
# it, with a device that is an adapter. It waits for input; $world is its process.
own_world()
{
	mkfifo "$data_tmp/world" || return
	: >"$data_tmp/pid"
	$root --net sh -c \
		'echo $$ >&3; read -r _; exec "$@"' sh "$talk" run 10.9.0.2 \
		$data_port $size $size ulp 3>"$data_tmp/pid" \
		>"$run_out" 2>"$run_out.err" <"$data_tmp/world" &
	run_pid=$!
	exec 7>"$data_tmp/world"
	wait_until 60 test -s "$data_tmp/pid" && world=$(cat "$data_tmp/pid") ||
		return
	ip link add u0 netns "$world" type veth peer name u1 netns far &&
		ns_addr far u1 10.9.0.2/24 && ip -n far link set u1 up &&
		in_world ip addr add 10.9.0.1/24 dev u0 &&
		in_world ip link set u0 up && in_world "$CHIMCTL" adapter add u0
}

in_world()
{
	nsenter --net=/proc/"$world"/ns/net "$@"
}

# Root of the user namespace that owns the network namespace may, and nowhere else.
user_namespace()
{
	local world='' address=${far_addr[4]}

	may_not $root && own_world || return
	far_addr[4]=10.9.0.2
	talk_peer 4 $size $size || return
	far_addr[4]=$address
	echo go >&7
	talk_end
	exec 7>&-
	expect moves "$(field moves "$run_out")" 1
	expect "policies of its own" "$($root --net "$CHIMCTL" policy add \
		dport 1 2>&1 | tr -d 0-9)" "policy "
	expect "policies elsewhere" "$(ns near $root "$CHIMCTL" policy add \
		dport 1 2>&1 | grep -c 'not permitted')" 1
	[ -z "$ktap_case" ]
}

ways_setup()
{
	local family

	talk_setup || return
	[ -e /sys/fs/cgroup/cgroup.procs ] ||
		mount -t cgroup2 none /sys/fs/cgroup || return
	ns_addr near v0 "${near2[4]}/24" "${near2[6]}/64" &&
		ns_addr far v1 "${far2[4]}/24" "${far2[6]}/64" || return
	for family in 4 6; do
		ip -n near neigh replace "${far2[$family]}" dev v0 \
			lladdr $far_mac nud permanent || return
		ip -n far neigh replace "${near2[$family]}" dev v1 \
			lladdr $near_mac nud permanent || return
	done
	coproc WAYS {
		exec $untraced "$(dirname "$talk")/ways.py"
	}
}

teardown()
{
	kill "$WAYS_PID"
	wait "$WAYS_PID" 2>/dev/null
	talk_teardown
}

if ! ways_setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
if [ $# -gt 0 ]; then
	ktap_run "$@" teardown
fi
ktap_run four_tuple descriptors raw shared few_descriptors groups parameter \
	user_namespace teardown
