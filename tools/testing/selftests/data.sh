#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Data through the offload target: the reference client on one side, the
# kernel's own TCP on the other. Every byte is compared with a pattern, and
# whatever the target does against the contract is counted as a violation.
#
# packages: iproute2 procps libmnl-dev
# timeout: 900
#
# Cases are called by name, and options have no blanks:
# shellcheck disable=SC2317,SC2086,SC2119

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/data.sh"

size=${SIZE:-4m}

# over_both OPTIONS PEER_OPTIONS: over IPv4 and IPv6.
over_both()
{
	local family

	for family in 4 6; do
		pair $family "$1" "$2" && same_hashes || return
	done
}

bulk_out()
{
	over_both "role=source:$size" "role=sink:$size"
}

bulk_in()
{
	over_both "role=sink:$size" "role=source:$size"
}

bulk_both()
{
	over_both "role=both:$size" "role=both:$size"
}

request_response()
{
	over_both "role=client:64:64:2000" "role=server:64:64:2000 nodelay"
	over_both "role=server:1000:30000:100" "role=client:1000:30000:100"
}

echo_back()
{
	over_both "role=echo" "role=both:$size"
}

if ! data_setup; then
	ktap_plan 1
	ktap_fail setup
	ktap_end
fi
ktap_run bulk_out bulk_in bulk_both request_response echo_back
