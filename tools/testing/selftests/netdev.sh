#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What happens to a network device happens to its adapter and to no other: w0
# keeps its objects and sends through everything that is done to v0. And what
# becomes of objects when the module goes.
#
# packages: iproute2 python3 procps
# timeout: 600
#
# Cases are called by name, and addresses have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/watch.sh"

neigh= path= conn=		# on v0
wneigh= wpath= wconn=		# on w0
window=65536

# on_w CMD...: with w0 as the adapter.
on_w()
{
	local dev=w0

	"$@"
}

# announces DEV LINK HANDLE [FIELDS...]: a window update leaves DEV.
announces()
{
	local dev=$1 link=$2

	window=$((window + 12800))
	update "$3" rcv-wnd-init $window
	watch frame "$link" window=$((window >> 7)) "${@:4}"
}

# The other adapter has not noticed anything.
w_unharmed()
{
	expect "objects of w0" "$(object_count w0)" 3
	announces w0 w "$wconn" src=02:00:00:00:0a:01
	watch none w
}

adapters()
{
	chimctl -j adapter show | grep -oE '"ifname": *"[^"]*"' |
		grep -oE '[^"]+"$' | tr -d '"' | sort | tr '\n' ' '
}

# A fresh v0 with an adapter and a connection.
v_make()
{
	[ -e /sys/class/net/v0 ] || link_add v || return
	expect_ok chimctl adapter add v0
	watch_link v
	offload 4
}

v_remove()
{
	expect_ok chimctl adapter del v0
	watch close v
	ip link del v0
}

mac_change()
{
	local new=02:00:00:00:09:55 mine=02:00:00:00:09:66 neigh2= path2= conn2=

	covers NBR-010 NBR-011
	v_make || return
	# One neighbor has a source address of its own and must keep it.
	create neigh2 neighbor lladdr $hop_mac src $mine || return
	create path2 path neighbor "$neigh2" src "${src[6]}" dst "${dst[6]}" \
		mtu 1500 || return
	create conn2 connection path "$path2" sport $sport dport $dport \
		"${state[@]}" || return
	announces v0 v "$conn" src=$near_mac
	announces v0 v "$conn2" src=$mine
	ip link set v0 address $new || return
	watch none v
	announces v0 v "$conn" src=$new
	announces v0 v "$conn2" src=$mine
	w_unharmed
	watch none v
	v_remove
}

mtu_change()
{
	local small=

	covers UPD-123 INI-039
	v_make || return
	ip link set v0 mtu 1400 || return
	# What is offloaded stays as it is; what is new must fit.
	expect mtu "$(value mtu "$path")" 1500
	expect_error chimctl path update dev v0 handle "$path" mtu 1401
	expect mtu "$(value mtu "$path")" 1500
	expect_error chimctl path initiate dev v0 neighbor "$neigh" \
		src "${src[6]}" dst "${dst[6]}" mtu 1401
	create small path neighbor "$neigh" src "${src[6]}" dst "${dst[6]}" \
		mtu 1400
	unload "$small"
	expect_ok chimctl path update dev v0 handle "$path" mtu 1400
	expect mtu "$(value mtu "$path")" 1400
	ip link set v0 mtu 9000 || return
	expect_ok chimctl path update dev v0 handle "$path" mtu 9000
	expect_error chimctl path update dev v0 handle "$path" mtu 9001
	expect mtu "$(value mtu "$path")" 9000
	announces v0 v "$conn"
	# The limit of w0 is its own.
	expect_error chimctl path update dev w0 handle "$wpath" mtu 1501
	expect_ok chimctl path update dev w0 handle "$wpath" mtu 1500
	w_unharmed
	watch none v
	v_remove
}

rename()
{
	v_make || return
	ip link set v0 down && ip link set v0 name other0 &&
		ip link set other0 up || return
	expect adapters "$(adapters)" "other0 w0 "
	expect "objects of other0" "$(object_count other0)" 3
	announces other0 v "$conn"
	expect_error chimctl object show dev v0
	w_unharmed
	ip link set other0 down && ip link set other0 name v0 &&
		ip link set v0 up || return
	announces v0 v "$conn"
	watch none v
	v_remove
}

down_up()
{
	local lost

	v_make || return
	lost=$(counter tx_dropped)
	ip link set v0 down || return
	window=$((window + 12800))
	update "$conn" rcv-wnd-init $window
	expect "frames lost" "$(counter tx_dropped)" $((lost + 1))
	expect "objects of v0" "$(object_count v0)" 3
	w_unharmed
	ip link set v0 up || return
	wait_until 10 grep -q up /sys/class/net/v0/operstate
	watch none v
	announces v0 v "$conn"
	watch none v
	v_remove
}

# The device ends although objects are left, and it does not wait for them.
unregister()
{
	local since

	v_make || return
	since=$(dmesg | wc -l)
	watch close v
	ip link del v0 || return
	expect adapters "$(adapters)" "w0 "
	expect_error chimctl query dev v0 handle "$conn"
	wait_until 10 told "$since" 'terminated 1 neighbors, 1 paths, 1 conn' ||
		ktap_fail_case "the log does not say what became of the objects"
	w_unharmed
	v_make && announces v0 v "$conn"
	v_remove
}

# told SINCE PATTERN: is it in the kernel log from this line on?
told()
{
	dmesg | tail -n +$(($1 + 1)) | grep -q "$2"
}

move_to_namespace()
{
	v_make || return
	ns_add elsewhere || return
	ip link set v0 netns elsewhere || return
	expect "adapters here" "$(adapters)" "w0 "
	expect "adapters there" "$(ns elsewhere "$CHIMCTL" -j adapter show |
		grep -c '"ifname"')" 0
	w_unharmed
	# It can be used there, with objects of its own.
	ip -n elsewhere link set v0 up || return
	expect_ok ns elsewhere "$CHIMCTL" adapter add v0
	expect "adapters here" "$(adapters)" "w0 "
	expect_ok ns elsewhere "$CHIMCTL" neighbor initiate dev v0 \
		lladdr $hop_mac
	# And end with the namespace.
	watch close v
	ip netns del elsewhere
	wait_until 10 device_gone far v1 ||
		ktap_fail_case "v0 outlives its namespace"
	w_unharmed
}

device_gone()
{
	! ip -n "$1" link show "$2" >/dev/null 2>&1
}

# Handles of one adapter mean nothing to the other.
foreign_handles()
{
	v_make || return
	expect_error chimctl terminate dev v0 handle "$wconn"
	expect_error chimctl query dev w0 handle "$conn"
	expect_error chimctl neighbor update dev w0 handle "$neigh" \
		lladdr $other_mac
	expect_error chimctl invalidate dev v0 handle "$wneigh"
	announces v0 v "$conn" dst=$hop_mac
	w_unharmed
	v_remove
	w_unharmed
}

# our_caches: caches of the module that the allocator keeps apart.
our_caches()
{
	grep -oE '^chim_[a-z]+' /proc/slabinfo
}

unload_with_objects()
{
	local since

	v_make && offload 6 || return
	announces v0 v "$conn"
	since=$(dmesg | wc -l)
	expect_ok chim_unload
	told "$since" 'terminated 2 neighbors, 2 paths, 2 connections' ||
		ktap_fail_case "the log does not tell of v0: $(dmesg | tail -n 5)"
	told "$since" 'terminated 1 neighbors, 1 paths, 1 connections' ||
		ktap_fail_case "the log does not tell of w0"
	expect "caches left" "$(our_caches)" ""
	watch none v
	watch none w
	# It comes back as new, and the devices are free to go.
	chim_load || return
	expect adapters "$(adapters)" ""
	v_make && announces v0 v "$conn" && v_remove
	expect_ok chim_unload
	watch close w
	expect_ok ip link del w0
	told "$since" 'unregister_netdevice: waiting' &&
		ktap_fail_case "a device is still held"
	return 0
}

setup()
{
	links_make && chim_load && chimctl adapter add w0 && watch_start &&
		watch_link w && on_w offload 6 || return
	wneigh=$neigh wpath=$path wconn=$conn
}

if ! setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
ktap_run mac_change mtu_change rename down_up unregister move_to_namespace \
	foreign_handles unload_with_objects
