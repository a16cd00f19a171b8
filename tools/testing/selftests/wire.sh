#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The acknowledgment that a larger receive window puts on the wire: every
# field, every circumstance, and where there must be none.
#
# packages: iproute2 python3 ethtool procps
# timeout: 600
#
# Cases are called by name, and addresses have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/watch.sh"

neigh= path= conn=

# within LOW VALUE HIGH: in sequence, modulo 2^32.
within()
{
	[ $((($2 - $1) & 0xffffffff)) -le $((($3 - $1) & 0xffffffff)) ]
}

every_field_over()
{
	local before after

	offload "$1" flow-label 703710 ttl 61 tos 0x1c || return
	before=$(value ts_time "$conn")
	update "$conn" rcv-wnd-init 300001
	after=$(value ts_time "$conn")
	# shellcheck disable=SC2046 # fields are words
	watch frame v $(ack_fields "$1") ttl=61 tos=0x1c window=2343 \
		"${@:2}"
	watch get v tsval
	within "$before" "$reply" "$after" ||
		ktap_fail_case "timestamp $reply, clock $before to $after"
	watch none v
	unload "$conn" "$path" "$neigh"
}

every_field()
{
	covers OBJ-051 CON-013 CON-033 CON-034 CON-035 PTH-011 NBR-011 NBR-015
	covers UPD-145 SND-040 SND-041 VLN-050 R-06
	every_field_over 4
	every_field_over 6 flow=703710
}

timestamps()
{
	local family

	covers CON-010
	for family in 4 6; do
		offload $family timestamps off
		update "$conn" rcv-wnd-init 131072
		watch frame v options= tsval=-1 window=1024 flags=ack \
			seq=$seq ack=$ack
		unload "$conn" "$path" "$neigh"
		offload $family timestamps on ts-recent 1
		update "$conn" rcv-wnd-init 131072
		watch frame v options=nop,nop,ts tsecr=1 window=1024
		unload "$conn" "$path" "$neigh"
	done
	watch none v
}

# scaled WINDOW FIELD WORDS...: a window as it must stand in the header.
scaled()
{
	offload 4 "${@:3}"
	update "$conn" rcv-wnd-init "$1"
	watch frame v window="$2"
	unload "$conn" "$path" "$neigh"
}

# The sending half of CON-012 needs received segments.
window_scale()
{
	local small=(rcv-wnd-init 1000 rcv-wnd 1000)

	scaled 65535 65535 rcv-wscale 0 "${small[@]}"
	scaled 65536 65535 rcv-wscale 0 "${small[@]}"
	scaled 1001 1001 rcv-wscale 0 "${small[@]}"
	scaled 70000 546 rcv-wscale 7
	scaled 8388607 65535 rcv-wscale 7
	scaled 8388608 65535 rcv-wscale 7
	scaled 1000000000 61035 rcv-wscale 14
	# Without the option the factor does not count.
	scaled 50000 50000 wscale off rcv-wscale 7 "${small[@]}"
	scaled 200000 65535 wscale off rcv-wscale 7 "${small[@]}"
	watch none v
}

# tagged VLAN PRIO FIELDS...
tagged()
{
	create neigh neighbor lladdr $hop_mac vlan "$1" || return
	create "path" path neighbor "$neigh" src "${src[6]}" dst "${dst[6]}" \
		mtu 1500 || return
	create conn connection path "$path" sport $sport dport $dport \
		"${state[@]}" prio "$2" || return
	update "$conn" rcv-wnd-init 131072
	watch frame v "${@:3}" dei=0 dst=$hop_mac version=6 window=1024 \
		seq=$seq ack=$ack
	unload "$conn" "$path" "$neigh"
}

vlan_tags()
{
	covers VLN-050 VLN-051 VLN-052 VLN-053 VLN-054
	tagged 0 0 tagged=0
	tagged 0 1 tagged=1 vlan=0 prio=1
	tagged 0 7 tagged=1 vlan=0 prio=7
	tagged 100 0 tagged=1 vlan=100 prio=0
	tagged 100 5 tagged=1 vlan=100 prio=5
	tagged 4094 7 tagged=1 vlan=4094 prio=7
	watch none v
}

# The tag must be in the frame also where the device does not insert it.
vlan_tag_in_software()
{
	covers VLN-051 VLN-052
	ethtool -K v0 txvlan off >/dev/null || return
	tagged 0 3 tagged=1 vlan=0 prio=3
	tagged 7 0 tagged=1 vlan=7 prio=0
	watch none v
	ethtool -K v0 txvlan on >/dev/null
}

own_source_address()
{
	local mine=02:00:00:00:09:77 mac

	covers NBR-010 NBR-011
	for mac in $mine $near_mac 00:00:00:00:00:00; do
		create neigh neighbor lladdr $hop_mac src $mac || return
		create "path" path neighbor "$neigh" src "${src[4]}" \
			dst "${dst[4]}" mtu 1500 || return
		create conn connection path "$path" sport $sport dport $dport \
			"${state[@]}" || return
		update "$conn" rcv-wnd-init 131072
		[ $mac != 00:00:00:00:00:00 ] || mac=$near_mac
		watch frame v src=$mac dst=$hop_mac
		unload "$conn" "$path" "$neigh"
	done
	watch none v
}

identifications()
{
	local window last= id

	covers SND-041 SND-042
	offload 4
	for window in 100000 200000 300000 400000; do
		update "$conn" rcv-wnd-init $window
		watch frame v df=1
		watch get v id
		id=$reply
		[ $((id >> 15)) -eq 1 ] ||
			ktap_fail_case "identification $id is the host's"
		[ "$id" != "$last" ] ||
			ktap_fail_case "identification $id comes twice"
		last=$id
	done
	unload "$conn" "$path" "$neigh"
	watch none v
}

# Two connections on a path, a third one on a path of its own.
two_paths()
{
	offload 4 || return
	create conn2 connection path "$path" sport 4001 dport $dport \
		"${state[@]}" || return
	create path6 path neighbor "$neigh" src "${src[6]}" dst "${dst[6]}" \
		mtu 1500 || return
	create conn6 connection path "$path6" sport $sport dport $dport \
		"${state[@]}"
}

# each_frame WINDOW FIELD... / FIELD... / FIELD...: of the three connections.
three_frames()
{
	local window=$1 one two three

	shift
	IFS=/ read -r one two three <<<"$*"
	# shellcheck disable=SC2086 # fields are words
	{
		update "$conn" rcv-wnd-init "$window"
		watch frame v sport=$sport version=4 $one
		update "$conn2" rcv-wnd-init "$window"
		watch frame v sport=4001 version=4 $two
		update "$conn6" rcv-wnd-init "$window"
		watch frame v sport=$sport version=6 $three
	}
}

neighbor_address()
{
	local conn2= path6= conn6= before links='"(handle|below)":[^,}]*'

	covers UPD-120 UPD-109 OBJ-052
	two_paths || return
	three_frames 100000 dst=$hop_mac / dst=$hop_mac / dst=$hop_mac
	before=$(chimctl -j object show dev v0 | grep -oE "$links")
	expect_ok chimctl neighbor update dev v0 handle "$neigh" \
		lladdr $other_mac
	watch none v
	expect "links" "$(chimctl -j object show dev v0 | grep -oE "$links")" \
		"$before"
	three_frames 200000 dst=$other_mac / dst=$other_mac / dst=$other_mac
	unload "$conn" "$conn2" "$conn6" "$path" "$path6" "$neigh"
	watch none v
}

relink()
{
	local conn2= path6= conn6= new= mine=02:00:00:00:09:78
	local moved="dst=$other_mac src=$mine tagged=1 vlan=42"
	local stays="dst=$hop_mac src=$near_mac tagged=0"

	covers UPD-100 UPD-101 UPD-102 UPD-107 OBJ-050
	two_paths || return
	three_frames 100000 "$stays / $stays / $stays"
	create new neighbor lladdr $other_mac src $mine vlan 42 || return
	expect_ok chimctl path relink dev v0 handle "$path" neighbor "$new"
	watch none v
	three_frames 200000 "$moved / $moved / $stays"
	# The old neighbor is held by the other path only.
	expect_error chimctl terminate dev v0 handle "$neigh"
	expect_ok chimctl path relink dev v0 handle "$path6" neighbor "$new"
	unload "$neigh"
	three_frames 300000 "$moved / $moved / $moved"
	unload "$conn" "$conn2" "$conn6" "$path" "$path6" "$new"
	watch none v
}

# Paths of both families move in one tree, an MTU with them.
relink_together()
{
	local conn2= path6= conn6= new=

	covers UPD-100 UPD-102
	two_paths || return
	create new neighbor lladdr $other_mac || return
	expect_ok chimctl path relink dev v0 handle "$path,$path6" \
		neighbor "$new" mtu 1400
	expect mtu "$(value mtu "$path") $(value mtu "$path6")" "1400 1400"
	three_frames 100000 dst=$other_mac / dst=$other_mac / dst=$other_mac
	unload "$conn" "$conn2" "$conn6" "$path" "$path6" "$new" "$neigh"
	watch none v
}

# The right edge of a window never moves left, and nothing tells of it.
window_decrease()
{
	covers D-28
	offload 4
	update "$conn" rcv-wnd-init 30000
	watch none v
	expect promised "$(value rcv_wnd "$conn")" 65536
	expect wanted "$(value rcv_wnd_init "$conn")" 30000
	# Up to the edge that was promised there is nothing new to say.
	update "$conn" rcv-wnd-init 65536
	watch none v
	update "$conn" rcv-wnd-init 65664
	watch frame v window=513
	unload "$conn" "$path" "$neigh"
	watch none v
}

window_unchanged()
{
	local sent

	offload 6
	sent=$(counter tx_frames)
	update "$conn" rcv-wnd-init 65536
	update "$conn" rcv-wnd-init 65536 ttl 9
	update "$conn" ttl 10 tos 4 prio 1
	watch none v
	expect "frames sent" "$(counter tx_frames)" "$sent"
	update "$conn" rcv-wnd-init 131072
	watch frame v ttl=10 tos=4 prio=1 window=1024
	expect "frames sent" "$(counter tx_frames)" $((sent + 1))
	unload "$conn" "$path" "$neigh"
	watch none v
}

later_segments_over()
{
	offload "$1" || return
	update "$conn" rcv-wnd-init 100000
	watch frame v ttl=64 tos=0 tagged=0
	update "$conn" ttl 1 tos 0xb8 prio 6 flow-label 0xfffff
	update "$conn" rcv-wnd-init 200000
	watch frame v ttl=1 tos=0xb8 tagged=1 vlan=0 prio=6 "${@:2}"
	update "$conn" ttl 255 tos 0x03 prio 0 flow-label 1 rcv-wnd-init 300000
	watch frame v ttl=255 tos=0x03 tagged=0
	update "$conn" rcv-wnd-init 400000
	watch frame v ttl=255 tos=0x03 tagged=0
	unload "$conn" "$path" "$neigh"
}

later_segments()
{
	covers UPD-153 UPD-154 CON-033 CON-034 CON-035
	later_segments_over 4 flow=-1
	later_segments_over 6 flow=0xfffff
	watch none v
}

# states STATE [WORDS...]: an update takes effect; what is sent, "$@" says.
in_state()
{
	offload 4 state "$@" || return
	update "$conn" ttl 33 rcv-wnd-init 131072
	expect "ttl in $1" "$(value ttl "$conn")" 33
	expect "window in $1" "$(value rcv_wnd_init "$conn")" 131072
}

every_state()
{
	# An own FIN that was sent counts; it is not sent again just now.
	local name fin=(snd-nxt $((seq + 1)) snd-max $((seq + 1))
		rt-left 3600000)

	covers UPD-055
	for name in established fin-wait2; do
		in_state $name && watch frame v seq=$seq ttl=33 window=1024
		unload "$conn" "$path" "$neigh"
	done
	in_state fin-wait1 "${fin[@]}" &&
		watch frame v seq=$((seq + 1)) ttl=33 window=1024
	unload "$conn" "$path" "$neigh"
	# After the peer's FIN no window matters.
	in_state close-wait && watch none v
	unload "$conn" "$path" "$neigh"
	for name in closing last-ack; do
		in_state $name "${fin[@]}" && watch none v
		unload "$conn" "$path" "$neigh"
	done
}

invalid_connection()
{
	covers INV-031 INV-035 UPD-085
	offload 4
	expect_ok chimctl invalidate dev v0 handle "$conn"
	expect_error chimctl connection update dev v0 handle "$conn" \
		rcv-wnd-init 131072
	watch none v
	expect window "$(value rcv_wnd_init "$conn")" 65536
	unload "$conn" "$path" "$neigh"
}

# Of two connections, the one below an invalid object is silent.
invalid_below()
{
	local conn2= path6= conn6= what new=

	covers INV-031 D-29
	for what in path neigh; do
		two_paths || return
		expect_ok chimctl invalidate dev v0 handle "${!what}"
		update "$conn" rcv-wnd-init 131072
		update "$conn2" rcv-wnd-init 131072
		watch none v
		if [ $what = path ]; then
			update "$conn6" rcv-wnd-init 131072
			watch frame v version=6
		else
			create new neighbor lladdr $other_mac || return
			expect_ok chimctl path relink dev v0 \
				handle "$path6" neighbor "$new"
			update "$conn6" rcv-wnd-init 131072
			watch frame v version=6 dst=$other_mac
		fi
		unload "$conn" "$conn2" "$conn6" "$path" "$path6" "$neigh"
		[ -z "$new" ] || unload "$new"
	done
	watch none v
}

# A relink revives a connection, but not one whose upload was asked for.
revived()
{
	local conn2= path6= conn6= new=

	covers UPD-108
	two_paths || return
	create new neighbor lladdr $other_mac || return
	expect_ok chimctl invalidate dev v0 handle "$neigh"
	update "$conn2" rcv-wnd-init 100000
	watch none v
	expect_ok chimctl path relink dev v0 handle "$path" neighbor "$new"
	watch none v
	update "$conn" rcv-wnd-init 131072
	watch frame v sport=$sport dst=$other_mac
	update "$conn2" rcv-wnd-init 131072
	watch none v
	unload "$conn" "$conn2" "$conn6" "$path" "$path6" "$neigh" "$new"
}

# Nothing is closed because its offload ends.
silent_end()
{
	covers TRM-018
	offload 4
	unload "$conn" "$path" "$neigh"
	offload 6
	expect_ok chimctl terminate dev v0 handle "$neigh,$path,$conn"
	expect objects "$(object_count v0)" 0
	watch none v
}

setup()
{
	links_make && chim_load && chimctl adapter add v0 && watch_start &&
		watch_link v
}

if ! setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
ktap_run every_field timestamps window_scale vlan_tags vlan_tag_in_software \
	own_source_address identifications neighbor_address relink \
	relink_together window_decrease window_unchanged later_segments \
	every_state invalid_connection invalid_below revived silent_end
