#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The data matrix once more, with two intermediate drivers between client and
# target: no result may differ.
#
# packages: iproute2 procps libmnl-dev ethtool
# timeout: 900

export CHIM_IM=${CHIM_IM:-2}
# Neither a module nor a device nor a namespace goes here: those who stand on it
# are told by data.sh.
[ $# -gt 0 ] || set -- bulk_out bulk_in bulk_both request_response echo_back \
	request_forms indications half_close data_in_disconnect \
	simultaneous_close reset_by_peer reset_by_us zero_window urgent_data \
	loss reordering mtu_sizes no_timestamps no_sack no_offloads mid_stream \
	cycles upload_and_back updates path_mtu_changes hop_changes \
	queries_and_cycles data_teardown
exec bash "$(dirname "$0")/data.sh" "$@"
