# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# What the scripts share: places, progress lines, locks. Sourced, never run.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$top/build
logs=$build/logs
kernels=$build/kernels
jobs=$(nproc)
# Prepared kernels survive here for the next clone. Only a shortcut: an empty
# value switches it off, and nothing breaks when the directory is gone.
cache=${CHIM_CACHE-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/chimney}

export LC_ALL=C PYTHONDONTWRITEBYTECODE=1
# What packages install, whatever stands before it in the path: another python
# does not have their modules.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

# From now on a file that was compiled before, in this clone or another one, is not
# compiled again. Only for builds in a kernel's tree: paths are relative there.
compiler_cache()
{
	[ -n "$cache" ] && "$top/scripts/need" ccache || return 0
	export CCACHE_DIR=$cache/ccache CCACHE_MAXSIZE=2G CCACHE_NOHASHDIR=1
	export PATH=/usr/lib/ccache:$PATH
}

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "${0##*/}: $*"
	exit 1
}

# lock NAME: one holder per checkout; released when the script ends. A script
# called by a holder of the same lock does not take it again.
lock_fds=()
lock()
{
	local held=CHIM_LOCK_${1//-/_}
	local fd

	[ "${!held:-}" = "$build" ] && return
	mkdir -p "$build/locks"
	exec {fd}>"$build/locks/$1"
	lock_fds+=("$fd")
	if ! flock -n "$fd"; then
		say "  waiting for another run that uses $1"
		flock "$fd"
	fi
	export "$held=$build"
}

# Says every twenty seconds how far a log has grown. It waits on a pipe that never
# speaks instead of a sleep, which would outlive it and hold locks and output.
heartbeat()
{
	local start=$SECONDS fd never

	for fd in "${lock_fds[@]}"; do
		exec {fd}>&-
	done
	exec {never}<> <(:)
	while :; do
		read -rt 20 -u "$never" || :
		say "  $1: $((SECONDS - start)) s, $(wc -l <"$2") lines"
	done
}

# progress LABEL LOG CMD...: runs CMD with its output in LOG and says every
# twenty seconds that it is still at work; on failure LOG's errors and its end
# are shown.
progress()
{
	local label=$1 log=$2 start=$SECONDS pid beat rc
	shift 2

	mkdir -p "$(dirname "$log")"
	say "  $label ..."
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	heartbeat "$label" "$log" &
	beat=$!
	rc=0
	wait "$pid" || rc=$?
	kill "$beat" 2>/dev/null
	wait "$beat" 2>/dev/null
	if [ "$rc" -ne 0 ]; then
		say "  $label: failed after $((SECONDS - start)) s, see ${log#"$top"/}:"
		grep -nE -A5 '(^|[ :])(fatal )?error: |undefined reference' "$log" |
			head -n 40 >&2
		say "  ---"
		tail -n 40 "$log" >&2
		return "$rc"
	fi
	say "  $label: done in $((SECONDS - start)) s"
}
