#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The target beside what else works on a network device: under and on top of
# bridge, bond, VLAN and macvlan, with traffic control, XDP, netfilter hooks and
# taps. In each circumstance data flow both ways, every byte compared.
#
# packages: iproute2 procps libmnl-dev nftables tcpdump python3
# timeout: 400
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"

size=400k
lib=$(cd "$(dirname "$0")/../lib" && pwd -P)

# Data both ways, over both families.
flows()
{
	local family

	for family in 4 6; do
		pair $family "role=both:$size" "role=both:$size" || return
		same_hashes
	done
	[ -z "$ktap_case" ]
}

# move NETNS FROM TO: addresses, and what the host knows of the other one.
move()
{
	local netns=$1 from=$2 to=$3 family mac=$near_mac
	local -n addr=${netns}_addr
	local -n other=far_addr

	case $netns in
	near) mac=$far_mac ;;
	far) local -n other=near_addr ;;
	esac
	ip -n $netns addr flush dev $from scope global || return
	ns_addr $netns $to "${addr[4]}/24" "${addr[6]}/64" || return
	for family in 4 6; do
		ip -n $netns neigh replace "${other[$family]}" dev $to \
			lladdr $mac nud permanent || return
	done
}

# on_top DEVICE [MAC]: of what is there by now, the host and the target use this
# one.
on_top()
{
	ip -n near link set "$1" address "${2:-$near_mac}" up &&
		move near v0 "$1" && ns near "$CHIMCTL" adapter add "$1"
}

off_again()
{
	ns near "$CHIMCTL" adapter del "$1"
	move near "$1" v0
	ip -n near link del "$1"
}

# --- devices above ------------------------------------------------------------

bridge()
{
	ip -n near link add br0 type bridge mcast_snooping 0 &&
		ip -n near link set v0 master br0 && on_top br0 && flows
	off_again br0
	[ -z "$ktap_case" ]
}

macvlan()
{
	local mac=02:00:00:00:08:09 family

	ip -n near link add m0 link v0 type macvlan mode bridge &&
		on_top m0 $mac || return
	for family in 4 6; do
		ip -n far neigh replace "${near_addr[$family]}" dev v1 \
			lladdr $mac nud permanent || return
	done
	flows
	off_again m0
	data_resolve
	[ -z "$ktap_case" ]
}

vlan_device()
{
	ip -n near link add v0.7 link v0 type vlan id 7 &&
		ip -n far link add v1.7 link v1 type vlan id 7 &&
		ip -n far link set v1.7 up && move far v1 v1.7 &&
		on_top v0.7 && flows
	off_again v0.7
	move far v1.7 v1
	ip -n far link del v1.7
	[ -z "$ktap_case" ]
}

# The active one goes down in mid-transfer, and comes back.
bond()
{
	local family name

	ip -n near link add b0 type bond mode active-backup miimon 20 &&
		ip -n far link add fbr type bridge mcast_snooping 0 || return
	for name in w x; do
		ip -n near link add ${name}0 type veth peer name ${name}1 \
			netns far && ip -n near link set ${name}0 master b0 &&
			ip -n far link set ${name}1 master fbr up || return
	done
	ip -n far link set fbr address $far_mac up && move far v1 fbr &&
		on_top b0 && ns near ip link set b0 type bond active_slave w0 &&
		wait_until 20 bond_active w0 && flows || return
	for family in 4 6; do
		peer_start $family role=both:3m || return
		run_start $family role=both:3m
		run_offloaded 1 || return
		ip -n near link set w0 down
		wait_until 20 bond_active x0 ||
			ktap_fail_case "no other device takes over"
		ip -n near link set w0 up
		finish
		wait_until 20 active_again w0
	done
	off_again b0
	move far fbr v1
	ip -n far link del fbr
	ip -n near link del w0
	ip -n near link del x0
	data_resolve
	[ -z "$ktap_case" ]
}

active_again()
{
	ns near ip link set b0 type bond active_slave "$1" 2>/dev/null
}

bond_active()
{
	[ "$(ns near cat /sys/class/net/b0/bonding/active_slave)" = "$1" ] &&
		ip -n near link show b0 | grep -q LOWER_UP
}

# --- hooks --------------------------------------------------------------------

# The largest number of packets that is told in what tc or nft say.
packets()
{
	grep -oE '[0-9]+ pkt|packets [0-9]+' | tr -dc '0-9\n' | sort -n |
		tail -n 1
}

# expect_all WHAT: of what counts bytes, in input. How many frames that is depends on how
# large they are.
expect_all()
{
	at_least "bytes, $1" "$(grep -oE 'Sent [0-9]+|bytes [0-9]+' |
		tr -dc '0-9\n' | sort -n | tail -n 1)" $((2000 * ${size%k}))
}

traffic_control()
{
	local way

	tc -n near qdisc add dev v0 clsact || return
	for way in ingress egress; do
		tc -n near filter add dev v0 $way matchall action pass || return
	done
	flows
	for way in ingress egress; do
		expect_all "$way" < <(tc -s -n near filter show dev v0 $way)
	done
	tc -n near qdisc del dev v0 clsact
	[ -z "$ktap_case" ]
}

# What traffic control has sent another way comes back past the ingress hook:
# the host gets it, and forwards it to the target. Segments come one by one, or
# their number would be a matter of luck.
redirected()
{
	covers FWD-013
	modprobe -q ifb numifbs=0
	offloads gro off tso off gso off &&
		ip -n near link add ifb0 type ifb &&
		ip -n near link set ifb0 up &&
		tc -n near qdisc add dev ifb0 root netem delay 1ms loss 0.5% &&
		tc -n near qdisc add dev v0 clsact &&
		tc -n near filter add dev v0 ingress matchall \
			action mirred egress redirect dev ifb0 && flows
	at_least "forwarded segments" "$(field forwarded "$run_out")" 50
	tc -n near qdisc del dev v0 clsact
	ip -n near link del ifb0
	offloads gro on tso on gso on
	[ -z "$ktap_case" ]
}

xdp_generic()
{
	local bpf=$data_tmp/bpf

	mkdir -p "$bpf" && mount -t bpf none "$bpf" &&
		"$lib/xdp.py" "$bpf/pass" &&
		nsenter --net=/run/netns/near ip link set dev v0 xdpgeneric \
			pinned "$bpf/pass" || return
	ip -n near link show v0 | grep -q xdpgeneric ||
		ktap_fail_case "there is no program"
	flows
	ip -n near link set dev v0 xdpgeneric off
	umount "$bpf"
	[ -z "$ktap_case" ]
}

netfilter()
{
	local counts

	ns near nft -f - <<-'EOT' || return
	table netdev t {
		chain from {
			type filter hook ingress device v0 priority -500;
			counter packets 0 bytes 0
		}
		chain to {
			type filter hook egress device v0 priority 0;
			counter packets 0 bytes 0
		}
	}
	table inet t {
		chain host {
			type filter hook input priority 0;
			counter packets 0 bytes 0
		}
	}
	EOT
	flows
	for counts in from to; do
		expect_all "netdev $counts" \
			< <(ns near nft list chain netdev t $counts)
	done
	# The host's own hooks see what is before and after the offload.
	counts=$(ns near nft list chain inet t host | packets)
	[ "$counts" -lt 100 ] ||
		ktap_fail_case "the host has seen $counts packets"
	ns near nft flush ruleset
	[ -z "$ktap_case" ]
}

# A tap sees every segment, of both ways.
taps()
{
	local pid from

	ns near tcpdump -i v0 -n -q -U -Z root -w "$data_tmp/pcap" tcp \
		2>"$data_tmp/tcpdump" &
	pid=$!
	wait_until 20 grep -q 'listening on' "$data_tmp/tcpdump" || return
	flows
	kill $pid
	wait $pid
	for from in "${near_addr[4]}" "${far_addr[4]}" "${near_addr[6]}" \
		"${far_addr[6]}"; do
		at_least "segments from $from" "$(tcpdump -n -r \
			"$data_tmp/pcap" src host $from 2>/dev/null | wc -l)" 8
	done
	[ -z "$ktap_case" ]
}

if ! data_setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
ktap_run bridge macvlan vlan_device bond traffic_control redirected \
	xdp_generic netfilter taps data_teardown
