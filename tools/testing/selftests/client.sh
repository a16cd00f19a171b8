#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The client that the documentation shows, loaded beside chimctl: whose its
# object is, what it does when it is asked to upload, how it and the module go.
#
# packages: iproute2 procps
#
# Cases are called by name:
# shellcheck disable=SC2317,SC2119

. "$(dirname "$0")/../lib/ktap.sh"

handle=

# What is shown, without blanks and the time that passes.
objects()
{
	chimctl -j object show dev v0 | tr -d ' \n' | sed 's/,"nrd":[0-9]*//g'
}

# It is there, valid, and the example's.
offloads()
{
	local shown

	expect_ok insmod "$CHIM_EXAMPLE" dev=v0
	shown=$(objects)
	[[ $shown =~ ^\[\{[^{}]*\"handle\":\"(0x[0-9a-f]+)\",\"layer\":\"neighbor\" ]] ||
		ktap_fail_case "no neighbor: $shown"
	handle=${BASH_REMATCH[1]}
	[[ $shown == *'"client":"example","dependents":0,"marks":[]'* ]] ||
		ktap_fail_case "not the example's: $shown"
	[[ $shown == *'"lladdr":"02:00:00:00:00:02"'* ]] ||
		ktap_fail_case "another address: $shown"
}

# chimctl is another client.
belongs_to_it()
{
	local before

	before=$(objects)
	expect_error chimctl neighbor update dev v0 handle "$handle" \
		lladdr 02:00:00:00:00:03
	expect_error chimctl invalidate dev v0 handle "$handle"
	expect_error chimctl terminate dev v0 handle "$handle"
	expect objects "$(objects)" "$before"
	# What chimctl has beside it comes and goes.
	expect_ok chimctl neighbor initiate dev v0 lladdr 02:00:00:00:00:04
}

# It links to the module, so that goes last.
holds_the_module()
{
	expect_error rmmod chimney
	chim_loaded || ktap_fail_case "the module is gone"
}

uploads_when_asked()
{
	expect_ok chimctl adapter upload-all v0
	wait_until 60 nothing_offloaded || ktap_fail_case "left: $(objects)"
	# It has nothing to end now, and says nothing of what it has left.
	expect_ok rmmod example_client
	expect_error grep -q "client example left" <(dmesg)
}

nothing_offloaded()
{
	[ "$(objects)" = "[]" ]
}

# Unloaded while attached and with an object: it ends that and detaches.
detaches_at_exit()
{
	expect_ok insmod "$CHIM_EXAMPLE" dev=v0
	expect_error insmod "$CHIM_EXAMPLE" dev=v0
	expect_ok rmmod example_client
	nothing_offloaded || ktap_fail_case "left: $(objects)"
	expect_error grep -q "client example left" <(dmesg)
}

# An adapter that is to go asks for uploads and ends with its last client.
adapter_goes()
{
	expect_ok insmod "$CHIM_EXAMPLE" dev=v0
	expect_ok chimctl adapter del v0
	expect_ok rmmod example_client
	expect_error insmod "$CHIM_EXAMPLE" dev=v0
	expect_ok chim_unload
	expect_ok ip link del v0
}

setup()
{
	chim_load && ip link add v0 type veth peer name v1 &&
		chimctl adapter add v0
}

if ! setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
ktap_run offloads belongs_to_it holds_the_module uploads_when_asked \
	detaches_at_exit adapter_goes
