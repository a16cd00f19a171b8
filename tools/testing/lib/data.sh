# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2086,SC2154
#
# For tests that move data. Sourced after ktap.sh.
#
# Namespaces near and far, each with an end of a pair of devices, v0 and v1;
# v0 is an adapter of the target. chimdata connects from near to far and hands
# the connection to the reference client; its peer is the kernel's own TCP,
# mostly under chimdata as well, which sends and expects the same patterns.

: "${CHIM_CLIENT:=$chim_top/build/mod-stock/chimney_client.ko}"
: "${CHIM_DATA:=$chim_top/build/tools/chimdata}"
# With CHIM_IM=N the client is a protocol driver of chimney_ndis, and N intermediate
# drivers stand between it and the target.
data_im=${CHIM_IM:-}
data_modules=$(dirname "$CHIM_CLIENT")

declare -A near_addr=([4]=10.8.0.1 [6]=fd08::1)
declare -A far_addr=([4]=10.8.0.2 [6]=fd08::2)
near_mac=02:00:00:00:08:01
far_mac=02:00:00:00:08:02	# of v1
far_mac2=02:00:00:00:08:03	# of another way to far
data_port=5000
data_tmp=$(mktemp -d)
data_total=0			# bytes moved and verified so far

# --- the network --------------------------------------------------------------

data_links()
{
	ip -n near link add v0 address $near_mac type veth peer name v1 \
		address $far_mac netns far || return
	# Frames reach far by either of two addresses.
	ip -n far link add v2 link v1 address $far_mac2 type macvlan \
		mode bridge || return
	ip -n near link set v0 up && ip -n far link set v1 up &&
		ip -n far link set v2 up || return
	ns_addr near v0 "${near_addr[4]}/24" "${near_addr[6]}/64" &&
		ns_addr far v1 "${far_addr[4]}/24" "${far_addr[6]}/64"
}

# What a connection needs to be known to the hosts before the first segment.
data_resolve()
{
	local family

	for family in 4 6; do
		ip -n near neigh replace "${far_addr[$family]}" dev v0 \
			lladdr $far_mac nud permanent || return
		ip -n far neigh replace "${near_addr[$family]}" dev v1 \
			lladdr $near_mac nud permanent || return
	done
}

data_setup()
{
	ns_add near far || return
	ns far sysctl -qw net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0 || return
	data_links && data_resolve && data_load && data_adapter_add
}

data_teardown()
{
	data_adapter_del
	data_unload
}

# The target, the client, and what is to be between them.
data_load()
{
	chim_load || return
	if [ -n "$data_im" ]; then
		insmod "$data_modules/chimney_ndis.ko" &&
			insmod "$data_modules/chimney_passthru.ko" &&
			insmod "$data_modules/chimney_over.ko" || return
	fi
	insmod "$CHIM_CLIENT" ${data_im:+im=$data_im}
}

data_unload()
{
	rmmod chimney_client && data_unload_below
}

# All but the client.
data_unload_below()
{
	if [ -n "$data_im" ]; then
		rmmod chimney_over && rmmod chimney_passthru &&
			rmmod chimney_ndis || return
	fi
	chim_unload
}

# data_bind LINE: says to chimney_ndis what to bind, see ndis-functions.rst.
data_bind()
{
	ns near sh -c "echo '$1' >/sys/module/chimney_ndis/parameters/bind"
}

data_adapter_add()
{
	local name=v0 i

	ns near "$CHIMCTL" adapter add v0 || return
	for ((i = 0; i < ${data_im:-0}; i++)); do
		data_bind "passthru $name" || return
		name=im.$name
	done
}

# All that stands on the first goes with it; then the rest.
data_unbind()
{
	local name=v0 i

	for ((i = 0; i < ${data_im:-0}; i++)); do
		data_bind "-passthru $name" || return
		name=im.$name
	done
}

data_adapter_del()
{
	data_unbind
	ns near "$CHIMCTL" adapter del v0
}

# netem WORDS...: on both ends; without words no more.
netem()
{
	local place

	for place in near:v0 far:v1; do
		tc -n "${place%:*}" qdisc del dev "${place#*:}" root 2>/dev/null
		[ $# -eq 0 ] || tc -n "${place%:*}" qdisc add dev \
			"${place#*:}" root netem "$@" || return
	done
}

# mtu BYTES: of both ends.
mtu()
{
	ip -n near link set v0 mtu "$1" && ip -n far link set v1 mtu "$1"
}

# offloads WORDS...: of ethtool, on both ends.
offloads()
{
	ns near ethtool -K v0 "$@" >/dev/null &&
		ns far ethtool -K v1 "$@" >/dev/null
}

# both_sysctl NAME=VALUE...: in both namespaces.
both_sysctl()
{
	ns near sysctl -qw "$@" && ns far sysctl -qw "$@"
}

# faulty PERCENT [all]: so many allocations fail, everywhere; of those that may wait,
# and of single pages, only with "all".
faulty()
{
	local kind dir some=1

	[ $# -eq 1 ] || some=0
	for kind in failslab fail_page_alloc; do
		dir=/sys/kernel/debug/$kind
		echo $some >$dir/ignore-gfp-wait && echo 0 >$dir/verbose &&
			echo -1 >$dir/times && echo "$1" >$dir/probability ||
			return
	done
	echo $some >$dir/min-order
}

# data_objects: how many the target has.
data_objects()
{
	ns near "$CHIMCTL" -j object show dev v0 | grep -o '"handle"' | wc -l
}

# --- results ------------------------------------------------------------------

# field NAME FILE: a value of the last line.
field()
{
	[[ $(tail -n 1 "$2") =~ \"$1\":[[:space:]]*\"?([^\",}[:space:]]*) ]] &&
		echo "${BASH_REMATCH[1]}"
}

# --- a pair of programs -------------------------------------------------------

peer_pid= run_pid= run_id=
peer_out=$data_tmp/peer run_out=$data_tmp/run

# peer_start FAMILY OPTION...: in far, listening when this returns.
peer_start()
{
	local family=$1
	shift

	: >"$peer_out"
	ns far "$CHIM_DATA" peer "${far_addr[$family]}" $data_port "$@" \
		>"$peer_out" 2>"$peer_out.err" &
	peer_pid=$!
	wait_until 20 grep -q listening "$peer_out" && return
	note "the peer does not listen: $(cat "$peer_out.err")"
	return 1
}

# run_start FAMILY OPTION...: in near, on its way when this returns.
run_start()
{
	local family=$1
	shift

	: >"$run_out"
	ns near "$CHIM_DATA" run "${far_addr[$family]}" $data_port "$@" \
		>"$run_out" 2>"$run_out.err" &
	run_pid=$!
}

# run_offloaded [COUNT]: waits until there were so many hand-overs, and sets
# run_id to the last one.
run_offloaded()
{
	wait_until 30 offloaded "${1:-1}" || {
		ktap_fail_case "nothing is handed over"
		return 1
	}
	run_id=$(sed -n 's/.*"offloaded", "id": \([0-9]*\).*/\1/p' "$run_out" |
		tail -n 1)
}

offloaded()
{
	[ "$(grep -c '"offloaded"' "$run_out")" -ge "$1" ] ||
		! kill -0 "$run_pid" 2>/dev/null
}

# ctl OPERATION...: on the connection that is under way.
ctl()
{
	local out

	out=$(ns near "$CHIM_DATA" ctl "$run_id" "$@" 2>&1) && return
	note "ctl $*: $out"
	ktap_case=failed
}

# wait_both: until both programs have ended; both must be content.
wait_both()
{
	local rc=0 peer_rc=0

	wait "$run_pid" || rc=$?
	wait "$peer_pid" || peer_rc=$?
	[ $rc -ne 0 ] || [ $peer_rc -ne 0 ] || return 0
	ktap_fail_case "exit codes $rc and $peer_rc" \
		"$(cat "$run_out.err" "$peer_out.err")"
	note "client: $(tail -n 1 "$run_out")"
	note "peer:   $(tail -n 1 "$peer_out")"
	return 1
}

# finish: waits for both, and compares what they saw.
finish()
{
	wait_both || return
	expect violations "$(field violations "$run_out")" 0
	expect "bytes to the peer" "$(field tx "$run_out")" \
		"$(field rx "$peer_out")"
	expect "bytes from the peer" "$(field rx "$run_out")" \
		"$(field tx "$peer_out")"
	data_total=$((data_total + $(field tx "$run_out") +
		$(field rx "$run_out")))
	[ -z "$ktap_case" ]
}

# same_hashes: of a single connection that ended offloaded.
same_hashes()
{
	expect "hash to the peer" "$(field tx_hash "$run_out")" \
		"$(field rx_hash "$peer_out")"
	expect "hash from the peer" "$(field rx_hash "$run_out")" \
		"$(field tx_hash "$peer_out")"
}

# pair FAMILY "RUN OPTIONS" "PEER OPTIONS"
pair()
{
	peer_start "$1" $3 || return
	run_start "$1" $2
	finish
}
