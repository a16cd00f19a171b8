# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2086,SC2154,SC2206
#
# For tests that look at what the target sends. Sourced after ktap.sh.
#
# Such a test has links 'v' and 'w': devices v0 and w0 here, adapters of the
# target, and their ends v1 and w1 in namespace far, where frames are watched.

dev=v0				# the adapter that is used
declare -A src=([4]=10.9.0.1 [6]=fd09::1) dst=([4]=10.9.1.2 [6]=fd09:1::2)
near_mac=02:00:00:00:09:01	# of v0
hop_mac=02:00:00:00:09:02	# of the next hop
other_mac=02:00:00:00:09:03	# of another one
reply=

# What every connection of these tests starts with; more can follow.
sport=4000 dport=5000 seq=4294967290 ack=305419896
ts_time=4294960000 ts_recent=287454020
state=(timestamps on sack on wscale on snd-wscale 7 rcv-wscale 7
	rcv-wnd-init 65536 rcv-wnd 65536 snd-una $seq snd-nxt $seq snd-max $seq
	rcv-nxt $ack snd-wnd 64000 max-snd-wnd 64000 snd-wl1 $ack
	ts-time $ts_time ts-recent $ts_recent)

# --- the network --------------------------------------------------------------

# link_add LETTER: a pair of devices, up, with fixed addresses.
link_add()
{
	local mac=$near_mac

	[ "$1" = v ] || mac=02:00:00:00:0a:01
	ip link add "${1}0" address "$mac" type veth peer name "${1}1" \
		netns far || return
	ip link set "${1}0" up && ip -n far link set "${1}1" up
}

links_make()
{
	ns_add far || return
	sysctl -qw net.ipv6.conf.default.accept_dad=0 || return
	link_add v && link_add w
}

# --- watching -----------------------------------------------------------------

watch_start()
{
	coproc WATCH {
		exec python3 "$(dirname "${BASH_SOURCE[0]}")/watch.py"
	}
}

# watch COMMAND...: the case fails unless the answer is ok; $reply is the rest.
watch()
{
	printf '%s\n' "$*" >&"${WATCH[1]}"
	reply=
	IFS= read -r -t $((60 * ${CHIM_SLOW:-1})) -u "${WATCH[0]}" reply || reply="bad no answer"
	case $reply in
	ok*)
		reply=${reply#ok}
		reply=${reply# }
		return 0
		;;
	esac
	note "${BASH_SOURCE[1]##*/}:${BASH_LINENO[0]}: $*: $reply"
	ktap_case=failed
	return 1
}

# watch_link LETTER: starts to watch, forgetting what was before.
watch_link()
{
	watch open "$1" far "${1}1" - "${1}0"
}

# ack_fields FAMILY: what the acknowledgment of such a connection must have.
ack_fields()
{
	local ip=(df=1 flow=-1)

	[ "$1" = 4 ] || ip=(df=0 flow=0)
	echo dst=$hop_mac src=$near_mac tagged=0 version="$1" \
		saddr="${src[$1]}" daddr="${dst[$1]}" "${ip[@]}" ttl=64 tos=0 \
		sport=$sport dport=$dport seq=$seq ack=$ack flags=ack urgent=0 \
		payload=0 options=nop,nop,ts tsecr=$ts_recent
}

# --- objects ------------------------------------------------------------------

# create NAME LAYER WORDS...: initiates an object and sets NAME to its handle.
create()
{
	local name=$1 layer=$2 out
	shift 2

	out=$(chimctl "$layer" initiate dev "$dev" "$@" 2>&1) || {
		note "$layer initiate $*: $out"
		ktap_case=failed
		printf -v "$name" %s 0
		return 1
	}
	[[ $out =~ 0x[0-9a-f]{16} ]]
	printf -v "$name" %s "${BASH_REMATCH[0]}"
}

# connection_words [WORDS...]: the usual values, with these instead or besides.
connection_words()
{
	local -A given=()
	local i

	for ((i = 1; i < $#; i += 2)); do
		given[${!i}]=1
	done
	words=("$@")
	for ((i = 0; i < ${#state[@]}; i += 2)); do
		[ -n "${given[${state[i]}]:-}" ] ||
			words+=("${state[@]:i:2}")
	done
}

# offload FAMILY [WORDS...]: a neighbor, a path and a connection with these
# values besides the usual ones; sets neigh, path and conn.
offload()
{
	local family=$1 words
	shift

	connection_words "$@"
	create neigh neighbor lladdr $hop_mac || return
	create "path" path neighbor "$neigh" src "${src[$family]}" \
		dst "${dst[$family]}" mtu 1500 || return
	create conn connection path "$path" sport $sport dport $dport \
		"${words[@]}"
}

# unload HANDLE...: terminates them, dependents first whatever the order here.
unload()
{
	local handles

	printf -v handles ',%s' "$@"
	expect_ok chimctl terminate dev "$dev" handle "${handles#,}"
}

# update HANDLE WORDS...: of the connection.
update()
{
	expect_ok chimctl connection update dev "$dev" handle "$@"
}

# value NAME HANDLE: a variable, out of a query.
value()
{
	local out

	out=$(chimctl -j query dev "$dev" handle "$2") || return
	[[ $out =~ \"$1\":[[:space:]]*\"?([^\",}[:space:]]+) ]] &&
		echo "${BASH_REMATCH[1]}"
}

# counter NAME: one of the statistics.
counter()
{
	local out

	out=$(chimctl -j stats show "$dev") || return
	[[ $out =~ \"$1\":[[:space:]]*([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# object_count DEV
object_count()
{
	chimctl -j object show dev "$1" | grep -o '"handle"' | wc -l
}
