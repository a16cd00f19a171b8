#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""cgroupbpf.py attach|detach ingress|egress DIRECTORY: a BPF program of a control
group, which lets every packet pass.
"""

import ctypes
import os
import sys

from xdp import PROG_LOAD, address, bpf

TYPE_CGROUP_SKB = 8
COMMANDS = {'attach': 8, 'detach': 9}
PLACES = {'ingress': 0, 'egress': 1}
# mov r0, 1; exit
PROGRAM = bytes((0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0))


def load():
    code = ctypes.create_string_buffer(PROGRAM, len(PROGRAM))
    licence = ctypes.create_string_buffer(b'GPL')
    return bpf(PROG_LOAD, TYPE_CGROUP_SKB | (len(PROGRAM) // 8) << 32,
               address(code), address(licence))


def main(command, place, directory):
    group = os.open(directory, os.O_RDONLY)
    program = load() if command == 'attach' else 0
    bpf(COMMANDS[command], group | program << 32, PLACES[place])


if __name__ == '__main__':
    main(*sys.argv[1:])
