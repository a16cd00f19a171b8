# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2086,SC2119,SC2154
#
# For tests of the Linux host stack in which routes matter. Sourced after data.sh.
#
# near has two routers on v0, both in mid, and one on w0; far is behind them. One
# more on v0, in side, knows that the second is nearer.
near_mac=02:00:00:00:08:01
far_mac3=02:00:00:00:08:05
far_mac4=02:00:00:00:08:04
far_addr=([4]=10.9.0.2 [6]=fd09::2)
declare -A router1=([4]=10.8.0.2 [6]=fd08::2) router2=([4]=10.8.0.3 [6]=fd08::3)
declare -A router3=([4]=10.7.0.2 [6]=fd07::2)
declare -A behind=([4]=10.9.0.0/24 [6]=fd09::/64)
declare -A headers=([4]=52 [6]=72) length=([4]=24 [6]=64)
rate=16mbit

# --- the network --------------------------------------------------------------

links()
{
	ip -n near link add v0 address $near_mac type veth peer name v1 \
		address $far_mac netns mid &&
		ip -n mid link add v2 link v1 address $far_mac2 type macvlan \
			mode bridge &&
		ip -n mid link add v3 link v1 address $far_mac3 netns side \
			type macvlan mode bridge && ns_link near w0 mid w1 &&
		ns_link mid m0 far f0 || return
	ip -n near link set v0 up && ip -n mid link set v1 up &&
		ip -n mid link set v2 up && ip -n side link set v3 up || return
	ns_addr near v0 "${near_addr[4]}/24" "${near_addr[6]}/64" &&
		ns_addr near w0 10.7.0.1/24 fd07::1/64 &&
		ns_addr mid v1 "${router1[4]}/24" "${router1[6]}/64" &&
		ns_addr mid v2 "${router2[4]}/24" "${router2[6]}/64" &&
		ns_addr mid w1 "${router3[4]}/24" "${router3[6]}/64" &&
		ns_addr mid m0 10.9.0.1/24 fd09::1/64 &&
		ns_addr far f0 "${far_addr[4]}/24" "${far_addr[6]}/64" &&
		ns_addr side v3 10.8.0.4/24 fd08::4/64 &&
		ip -n side route add "${behind[4]}" via "${router2[4]}" &&
		ip -n far route add default via 10.9.0.1 &&
		ip -n far route add default via fd09::1
}

# A router answers for its own addresses only, and tells of new ones.
routers()
{
	local netns

	for netns in near mid side far; do
		ns $netns sysctl -qw net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.default.rp_filter=0 || return
	done
	ns side sysctl -qw net.ipv4.ip_forward=1 || return
	ns mid sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.arp_ignore=1 \
		net.ipv4.conf.all.arp_announce=2 \
		net.ipv4.conf.all.arp_notify=1 \
		net.ipv6.conf.all.ndisc_notify=1 \
		net.ipv4.conf.all.send_redirects=0
}

slow()
{
	local place

	for place in mid:m0 far:f0; do
		tc -n "${place%:*}" qdisc replace dev "${place#*:}" root tbf \
			rate $rate burst 100kb limit 400kb || return
	done
}

# route FAMILY WORDS...: to where far is.
route()
{
	ip -"$1" -n near route replace "${behind[$1]}" "${@:2}"
}

# How it is at the start of each case.
reset()
{
	local family

	ip -n mid link set v1 address $far_mac || return
	mtu_behind 1500 || return
	for family in 4 6; do
		# What was learned of the route goes with it.
		ip -$family -n near route del "${behind[$family]}" 2>/dev/null
		route $family via "${router1[$family]}" dev v0 || return
	done
	ip -n near neigh flush all
}

# Each frame that is captured is one on the wire.
offloads_off()
{
	ns near ethtool -K v0 tso off gso off >/dev/null
}

mtu_behind()
{
	ip -n mid link set m0 mtu "$1" && ip -n far link set f0 mtu "$1"
}
