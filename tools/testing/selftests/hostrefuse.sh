#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Linux host stack refuses a socket: each cause is there for real, its program
# gets the error number, chimctl tells the reason, both are counted, and data flow
# on without the target. tools/testing/lib/causes.py has the causes.
#
# Other tests have some of them: options that change (hostoptions), rules (hostrules),
# no adapter, a pause, and no capability (host, hostpolicy), no memory (hostfault).
# Nothing can provoke these: the authentication option, which neither kernel has
# (TCP_AO came with 6.7, and the distribution's 6.12 is built without it); sockets that
# are no plain TCP, for which nobody asks the host stack. Of Multipath TCP the kernel
# itself refuses TCP_ULP, and of sockets that have another one.
#
# packages: iproute2 kmod procps libmnl-dev nftables python3
# timeout: 600
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"
. "$(dirname "$0")/../lib/talk.sh"

# What is done, the error number, and the reason.
causes=(
	"md5 EOPNOTSUPP TCP MD5 signatures"
	"ecn EOPNOTSUPP ECN"
	"zero_copy EOPNOTSUPP zero-copy sends"
	"tx_delay EOPNOTSUPP send time or time stamps"
	"tx_time EOPNOTSUPP send time or time stamps"
	"tls EEXIST has another upper layer protocol: tls"
	"multipath ENOPROTOOPT Multipath TCP"
	"sock_ops EOPNOTSUPP socket filter or BPF"
	"repair EBUSY in repair"
	"swapped_over EOPNOTSUPP somebody else's socket"
	"closed ENOTCONN not established"
	"connecting ENOTCONN not established"
	"shut_down ENOTCONN shut down by the program"
	"shut_down_both ENOTCONN shut down by the program"
	"fast_open EAGAIN Fast Open not over"
	"urgent_in EAGAIN urgent data"
	"urgent_out EAGAIN urgent data"
	"stamps EAGAIN data with send time stamps"
	"out_of_order EAGAIN data out of order"
	"loopback EOPNOTSUPP loopback"
	"no_route ENETUNREACH no route"
	"not_resolved EAGAIN next hop not resolved"
	"ipsec EOPNOTSUPP IPsec"
	"tun EOPNOTSUPP no Ethernet next hop"
	"lwtunnel EOPNOTSUPP no Ethernet next hop"
	"snat EOPNOTSUPP NAT"
	"dnat EOPNOTSUPP NAT"
)

# refuse COMMAND...: of refuse.py.
refuse()
{
	local reply="bad no answer"

	printf '%s\n' "$*" >&"${REFUSE[1]}"
	IFS= read -r -t $((200 * ${CHIM_SLOW:-1})) -u "${REFUSE[0]}" reply
	case $reply in
	ok)	;;
	skip*)	skip "${reply#skip }" ;;
	*)	ktap_fail_case "$*: $reply" ;;
	esac
	[ "$reply" = ok ]
}

# for_both CAUSE ERRNO REASON...: with IPv4 and IPv6.
for_both()
{
	refuse "$1" 4 "${@:2}" && refuse "$1" 6 "${@:2}"
	[ "$ktap_case" != failed ]
}

for cause in "${causes[@]}"; do
	read -r name number reason <<<"$cause"
	eval "$name() { for_both $name $number \"refused: $reason\"; }"
	names+=("$name")
done

# The first socket that asks is in a map, and has functions of the map's: those of
# others stay TCP's.
in_map()
{
	local family

	host_reload || return
	for family in 4 6; do
		refuse in_map $family EOPNOTSUPP \
			refused: socket in a BPF map
		refuse accepted $family
	done
	[ -z "$ktap_case" ]
}

# One that is offloaded.
taken()
{
	refuse taken 4 && refuse taken 6
	[ "$ktap_case" != failed ]
}

no_room()
{
	for_both no_room EIO refused by the target
}

refuse_setup()
{
	talk_setup || return
	[ -e /sys/fs/cgroup/cgroup.procs ] ||
		mount -t cgroup2 none /sys/fs/cgroup || return
	modprobe -q tun
	coproc REFUSE {
		exec "$(dirname "$talk")/refuse.py"
	}
}

teardown()
{
	kill "$REFUSE_PID"
	wait "$REFUSE_PID" 2>/dev/null
	[ ! -d /sys/fs/cgroup/refuse ] || rmdir /sys/fs/cgroup/refuse
	talk_teardown
}

if ! refuse_setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
if [ $# -gt 0 ]; then
	ktap_run "$@" teardown
fi
ktap_run "${names[@]}" in_map taken no_room teardown
