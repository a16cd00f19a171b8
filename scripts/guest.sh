# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# What qemu-run and uml-run share: how a command gets into a test machine and
# its verdict out. Sourced after common.sh; works on results and quiet.

guest_own=

# guest_prepare KIND COMMAND...: leaves the command, and the environment it is
# to find, in the results directory.
guest_prepare()
{
	if [ -z "$results" ]; then
		mkdir -p "$logs"
		results=$(mktemp -d "$logs/guest.XXXXXX")
		guest_own=1
	fi
	mkdir -p "$results"
	results=$(cd "$results" && pwd -P)
	rm -f "$results"/{output,exit-code,dmesg,console,tainted,command}
	: >"$results/console"

	export CHIM_GUEST=$1
	shift
	{
		declare -px "${!CHIM@}" | grep -v '^declare -x CHIM_LOCK_'
		printf 'cd %q 2>/dev/null || cd /\n' "$PWD"
		printf '%q ' "$@"
		echo
	} >"$results/command"
}

# guest_start SECONDS MACHINE...: runs the machine; its standard output is the
# command's.
guest_start()
{
	local limit=$1
	shift

	if [ -n "${quiet:-}" ]; then
		timeout -k 5 "$limit" "$@" </dev/null >"$results/output" 2>&1
		guest_rc=$?
	else
		timeout -k 5 "$limit" "$@" </dev/null 2>&1 |
			tee "$results/output"
		guest_rc=${PIPESTATUS[0]}
	fi
}

guest_last_words()
{
	say "  $1; the kernel's last words (${results#"$top"/}/console):"
	tail -n 30 "$results/console" >&2
}

# Exits with the command's code, or 124 (timeout), 125 (no verdict) or 126 (the
# kernel complained though the command succeeded).
guest_verdict()
{
	local verdict

	if [ "$guest_rc" -eq 124 ] || [ "$guest_rc" -eq 137 ]; then
		guest_last_words "the machine did not end in time"
		exit 124
	fi
	if [ ! -s "$results/exit-code" ]; then
		guest_last_words "the machine stopped without a verdict"
		exit 125
	fi
	verdict=$(cat "$results/exit-code")
	if ! "$top/scripts/splats" --module chimney "$results/dmesg" \
		"$results/tainted"; then
		[ "$verdict" -ne 0 ] || verdict=126
	fi
	if [ -n "$guest_own" ] && [ "$verdict" -eq 0 ]; then
		rm -rf "$results"
	fi
	exit "$verdict"
}
