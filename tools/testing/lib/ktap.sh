# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What selftests share. A test sources this file first:
#
#	. "$(dirname "$0")/../lib/ktap.sh"
#
# and runs its cases, functions of its own, with
#
#	ktap_run case_one case_two
#
# A case says what it covers (covers UPD-050 UPD-051), and calls ktap_fail_case
# or simply returns non-zero when something is wrong, or "skip WHY; return".
# Where that form does not fit, ktap_plan, ktap_pass, ktap_fail and ktap_skip
# print single results and ktap_end ends the test.
#
# Header lines of a test that scripts/selftest reads:
#	# needs: fresh-guest     a machine of its own
#	# packages: NAME...      Debian packages it calls
#	# timeout: SECONDS       instead of 300

chim_top=${CHIM_TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)}
: "${CHIM_MODULE:=$chim_top/build/mod-stock/chimney.ko}"
: "${CHIMCTL:=$chim_top/build/tools/chimctl}"
export CHIM_MODULE CHIMCTL

ktap_number=0
ktap_failed=0
ktap_case=
ktap_why=

# --- results ------------------------------------------------------------------

ktap_plan()
{
	echo "KTAP version 1"
	echo "1..$1"
}

ktap_pass()
{
	ktap_number=$((ktap_number + 1))
	echo "ok $ktap_number $1"
}

# ktap_fail NAME [WHY]
ktap_fail()
{
	ktap_number=$((ktap_number + 1))
	ktap_failed=$((ktap_failed + 1))
	[ -z "${2:-}" ] || echo "# $2"
	echo "not ok $ktap_number $1"
}

# ktap_skip NAME WHY
ktap_skip()
{
	ktap_number=$((ktap_number + 1))
	echo "ok $ktap_number $1 # SKIP ${2:-}"
}

ktap_end()
{
	[ "$ktap_failed" -eq 0 ]
	exit
}

# covers ID...: what the next result covers, if it is a pass.
covers()
{
	echo "# covers: $*"
}

# A line for whoever reads the log.
note()
{
	printf '# %s\n' "${*//$'\n'/$'\n'# }"
}

# --- cases as functions -------------------------------------------------------

# Marks the running case as failed; it may go on.
ktap_fail_case()
{
	note "${BASH_SOURCE[1]##*/}:${BASH_LINENO[0]}: $*"
	ktap_case=failed
}

skip()
{
	ktap_case=skipped
	ktap_why=$*
}

# expect WHAT GOT WANT
expect()
{
	[ "$2" = "$3" ] && return
	note "${BASH_SOURCE[1]##*/}:${BASH_LINENO[0]}: $1: got '$2', want '$3'"
	ktap_case=failed
}

# at_least WHAT VALUE LIMIT
at_least()
{
	[ "${2:-0}" -ge "$3" ] || ktap_fail_case "$1: ${2:-none}, at least $3"
}

# at_most WHAT VALUE LIMIT
at_most()
{
	[ "${2:-$3 + 1}" -le "$3" ] || ktap_fail_case "$1: $2, more than $3"
}

# expect_ok CMD..., expect_error CMD...: CMD succeeds, or fails without a crash.
expect_ok()
{
	local out rc=0

	out=$("$@" 2>&1) || rc=$?
	[ "$rc" -ne 0 ] || return 0
	note "${BASH_SOURCE[1]##*/}:${BASH_LINENO[0]}: exit code $rc: $*: $out"
	ktap_case=failed
}

expect_error()
{
	local out rc=0

	out=$("$@" 2>&1) || rc=$?
	[ "$rc" -gt 0 ] && [ "$rc" -lt 128 ] && return
	note "${BASH_SOURCE[1]##*/}:${BASH_LINENO[0]}: exit code $rc: $*: $out"
	ktap_case=failed
}

ktap_run()
{
	local name rc

	ktap_plan $#
	for name; do
		ktap_case=
		rc=0
		"$name" || rc=$?
		if [ "$ktap_case" = skipped ]; then
			ktap_skip "$name" "$ktap_why"
		elif [ -z "$ktap_case" ] && [ "$rc" -eq 0 ]; then
			ktap_pass "$name"
		else
			[ "$rc" -eq 0 ] || note "$name returned $rc"
			ktap_fail "$name"
		fi
	done
	ktap_end
}

# wait_until SECONDS CMD...: until CMD succeeds. The seconds are a limit for a
# machine that hangs, never a measure; there are more where the kernel is slow.
wait_until()
{
	local end=$((SECONDS + $1 * ${CHIM_SLOW:-1}))
	shift

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		read -rt 0.05 <> <(:) || :
	done
}

# --- the module ---------------------------------------------------------------

# chim_load [PARAMETER=VALUE...]: with what it depends on, which insmod does not
# look for.
chim_load()
{
	local dep

	for dep in $(modinfo -F depends "$CHIM_MODULE" | tr , ' '); do
		modprobe "$dep" || return
	done
	insmod "$CHIM_MODULE" "$@"
}

chim_loaded()
{
	[ -d /sys/module/chimney ]
}

chim_unload()
{
	rmmod chimney
}

# drain 0|1: of chimney_host. With 1 it returns when nobody has its functions.
drain()
{
	echo "$1" >/sys/module/chimney_host/parameters/drain
}

# host_unload: chimney_host, which sockets hold that are on their way out.
host_unload()
{
	wait_until 60 rmmod chimney_host 2>/dev/null || rmmod chimney_host
}

# host_reload [PARAMETER=VALUE...]
host_reload()
{
	host_unload && insmod "$CHIM_HOST" "$@"
}

chimctl()
{
	"$CHIMCTL" "$@"
}

# --- network namespaces -------------------------------------------------------

# ns NAME CMD...
ns()
{
	ip netns exec "$@"
}

# ns_add NAME...: fresh ones, loopback up, without addresses that the kernel
# makes by itself and duplicate address detection that has to be waited for.
ns_add()
{
	local name

	for name; do
		ip netns add "$name" || return
		ns "$name" sysctl -qw net.ipv6.conf.all.accept_dad=0 \
			net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.accept_ra=0
		ip -n "$name" link set lo up || return
	done
}

# ns_link NS1 DEV1 NS2 DEV2: a veth pair between two namespaces, both ends up.
ns_link()
{
	ip -n "$1" link add "$2" type veth peer name "$4" netns "$3" || return
	ip -n "$1" link set "$2" up || return
	ip -n "$3" link set "$4" up
}

# ns_addr NS DEV ADDRESS/LEN...
ns_addr()
{
	local netns=$1 dev=$2 address
	shift 2

	for address; do
		case $address in
		*:*) ip -n "$netns" addr add "$address" dev "$dev" nodad ;;
		*) ip -n "$netns" addr add "$address" dev "$dev" ;;
		esac || return
	done
}

ns_del_all()
{
	ip -all netns delete 2>/dev/null
}
