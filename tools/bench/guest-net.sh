# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The network of the benchmarks that need two ends: chb0 here, chb1 in namespace
# far. Sourced.

modprobe -q veth || :
ip netns add far
ip link add chb0 address 02:00:00:00:00:fd type veth \
	peer name chb1 address 02:00:00:00:00:fe netns far
ip -n far link set lo up
ip link set chb0 up
ip -n far link set chb1 up
ip addr add 198.18.0.1/24 dev chb0
ip -n far addr add 198.18.0.2/24 dev chb1
ip neigh replace 198.18.0.2 dev chb0 lladdr 02:00:00:00:00:fe nud permanent
ip -n far neigh replace 198.18.0.1 dev chb1 lladdr 02:00:00:00:00:fd \
	nud permanent
