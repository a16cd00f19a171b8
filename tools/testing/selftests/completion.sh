#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What chimctl's help, its bash completion and its manual page name is the same,
# and completion finds the devices and handles that are there.
#
# packages: iproute2 procps
#
# Cases are called by name, and words have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"

# shellcheck source=tools/chimctl/chimctl.bash-completion
. "$chim_top/tools/chimctl/chimctl.bash-completion"
PATH=$(dirname "$CHIMCTL"):$PATH	# completion calls it by name
values='on|off|none|established|fin-wait[12]|close-wait|closing|last-ack'
values+='|time-wait|closed|listen|syn-sent|syn-rcvd'

sorted()
{
	printf '%s\n' "$@" | sort -u | tr '\n' ' '
}

# offered WORDS...: what completes the last of them, sorted.
offered()
{
	COMP_WORDS=(chimctl "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_chimctl
	offered=$(sorted "${COMPREPLY[@]}")
}

# All words that completion has behind OBJECT, and all that the help has.
words_completed()
{
	local command

	for command in $(_chimctl_commands "$1"); do
		[ "$command" = help ] || echo "$command"
		_chimctl_arguments "$1" "$command"
	done | tr -s '[:space:]' '\n' | sort -u
}

words_of_help()
{
	chimctl "$1" help 2>&1 | grep -oE '[A-Za-z][A-Za-z0-9-]*' |
		grep -vxE "[A-Z].*|chimctl|$1|$values" | sort -u
}

# All that stands first, as the help names it.
objects()
{
	chimctl --help | sed -n '/^OBJECT/,/^OPTION/p' | sed '/^OPTION/d' |
		grep -oE '[a-z]+' | grep -vxE 'without|an|object' &&
		# "object" is one of them as well.
		echo object
}

same_as_help()
{
	local object all

	all=$(objects)
	# What nobody names is not looked at.
	at_least objects "$(wc -w <<<"$all")" 14
	for object in $all; do
		expect "$object" "$(words_completed $object)" \
			"$(words_of_help $object)"
	done
	# States and the like are values of theirs.
	for object in state keepalive ka-left; do
		expect "$object" "$(_chimctl_value $object '' | tr -s '[:space:]' '\n' |
			grep -vxE "$values")" ""
	done
	offered ''
	# shellcheck disable=SC2046 # options, and one word for it all
	expect offered "$offered" "$(sorted $all help -j --json -b --batch -V \
		--version -h --help)"
}

# In troff a hyphen that is to be typed is '\-', and '\fB' changes the font.
manual_page()
{
	local object word page

	page=$(sed 's/\\-/-/g; s/\\f[BIR]/ /g' \
		"$chim_top/tools/chimctl/chimctl.8" | tr -cs 'A-Za-z0-9-' ' ')
	for object in $(objects); do
		[[ $page == *" $object "* ]] ||
			ktap_fail_case "no $object in the manual page"
		for word in $(words_of_help $object); do
			[[ $page == *" $word "* ]] ||
				ktap_fail_case "no $word in the manual page"
		done
	done
}

what_is_there()
{
	local neigh path

	expect_ok chimctl adapter add v0
	offered adapter del v
	[[ " $offered" == *" v0 v1 "* ]] || ktap_fail_case "devices: $offered"
	neigh=$(chimctl neighbor initiate dev v0 lladdr 02:00:00:00:00:02 |
		grep -oE '0x[0-9a-f]+')
	path=$(chimctl path initiate dev v0 neighbor "$neigh" src 10.9.0.1 \
		dst 10.9.0.2 mtu 1500 | grep -oE '0x[0-9a-f]+')
	offered neighbor update dev v0 handle ''
	expect neighbors "$offered" "$neigh "
	offered path relink dev v0 handle ''
	expect paths "$offered" "$path "
	offered -j terminate dev v0 handle 0x
	expect all "$offered" "$(sorted "$neigh" "$path")"
	offered path initiate dev v0 neighbor ''
	expect "next hops" "$offered" "$neigh "
	expect_ok chimctl adapter del v0
}

setup()
{
	chim_load && ip link add v0 type veth peer name v1
}

if ! setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
ktap_run same_as_help manual_page what_is_there
