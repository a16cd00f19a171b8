#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tracepoints say of operations, refusals, indications and frames, and
# that they can be filtered.
#
# packages: iproute2 python3 procps
#
# Cases are called by name, and addresses have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/watch.sh"

tracing=/sys/kernel/tracing
events=$tracing/events/chimney
neigh='' path='' conn=''
index=''	# of v0

# traced CMD...: runs it; said is what the tracepoints have said meanwhile.
traced()
{
	echo >$tracing/trace
	"$@"
	said=$(sed -n 's/^.*: \(chim_[a-z_]*: .*\)/\1/p' $tracing/trace)
}

# saw PATTERN...: these are the lines that were said.
saw()
{
	local all

	printf -v all '%s\n' "$@"
	[[ $said =~ ^${all%$'\n'}$ ]] || ktap_fail_case "$said, not $all"
}

# operation VERB APPLIED...: what an operation says, from call to completion.
operation()
{
	local verb=$1 tree
	shift

	tree=$(sed -n '1s/.* tree=//p' <<<"$said")
	saw "chim_op_enqueue: ifindex=$index verb=$verb tree=$tree" \
		"${@/#/chim_block_apply: ifindex=$index verb=$verb }" \
		"chim_op_complete: ifindex=$index verb=$verb tree=$tree status=0x00000000"
}

success='status=0x00000000 why=0'

operations()
{
	local other=''

	traced create other neighbor lladdr $other_mac
	operation initiate "type=[0-9]+ depth=0 $success"
	traced expect_ok chimctl query dev v0 handle "$other"
	operation query "type=[0-9]+ depth=0 $success"
	traced expect_ok chimctl path relink dev v0 neighbor "$other" \
		handle "$path"
	operation update "type=[0-9]+ depth=0 $success" \
		"type=[0-9]+ depth=1 $success"
	traced expect_ok chimctl invalidate dev v0 handle "$other"
	operation invalidate "type=[0-9]+ depth=0 $success"
	traced expect_ok chimctl path relink dev v0 neighbor "$neigh" \
		handle "$path"
	traced unload "$other"
	operation terminate "type=[0-9]+ depth=0 $success"
}

# The block says why; the tree as a whole has been dealt with.
refusals()
{
	traced expect_error chimctl terminate dev v0 handle "$neigh"
	[[ $said =~ "verb=terminate "type=[0-9]+" depth=0 status=0xc0000001 why="[1-9] ]] ||
		ktap_fail_case "no reason given: $said"
}

# By number, since a filter knows no symbols: 2 is update.
filters()
{
	local event

	for event in op_enqueue block_apply op_complete; do
		echo 'verb == 2' >$events/chim_$event/filter
	done
	traced expect_ok chimctl neighbor update dev v0 handle "$neigh" \
		lladdr $hop_mac
	operation update "type=[0-9]+ depth=0 $success"
	echo "ifindex != $index" >$events/chim_op_enqueue/filter
	traced expect_ok chimctl neighbor update dev v0 handle "$neigh" \
		lladdr $hop_mac
	[[ $said != *op_enqueue* && $said == *op_complete* ]] ||
		ktap_fail_case "filtered by device: $said"
	for event in op_enqueue block_apply op_complete; do
		echo 0 >$events/chim_$event/filter
	done
}

frames()
{
	echo 1 >$events/chim_tx/enable
	echo 0 >$events/chim_op_enqueue/enable
	echo 0 >$events/chim_block_apply/enable
	echo 0 >$events/chim_op_complete/enable
	traced update "$conn" rcv-wnd-init 131072
	saw "chim_tx: ifindex=$index handle=$conn seq=$seq ack=$ack wnd=[0-9]+"
	echo 1 >$events/enable
}

indications()
{
	traced expect_ok chimctl adapter pause v0
	saw "chim_status: ifindex=$index code=0x40020001"
	traced expect_ok chimctl adapter resume v0
	saw "chim_status: ifindex=$index code=0x40020003"
	traced expect_ok chimctl adapter upload-all v0
	[[ $said == "chim_status: ifindex=$index code=0x40020002"$'\n'* ]] ||
		ktap_fail_case "upload: $said"
	[[ $said == *"verb=terminate"* ]] ||
		ktap_fail_case "nothing was terminated: $said"
}

setup()
{
	links_make && chim_load && chimctl adapter add v0 && offload 4 || return
	index=$(</sys/class/net/v0/ifindex)
	echo 1 >$events/enable
}

if ! setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
ktap_run operations refusals filters frames indications
