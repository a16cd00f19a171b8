# SPDX-License-Identifier: GPL-2.0-only
"""Sockets in maps of BPF, and with programs of it that watch them."""

import contextlib
import ctypes
import os
import struct

from xdp import PROG_LOAD, address, bpf

MAP_CREATE, MAP_UPDATE, ATTACH, DETACH = 0, 2, 8, 9
TYPE_SOCKMAP = 15
TYPE_SOCK_OPS = 13
PLACE_SOCK_OPS = 3
# if (ctx->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
#	bpf_sock_ops_cb_flags_set(ctx, BPF_SOCK_OPS_RTO_CB_FLAG);
# return 1;
PROGRAM = b''.join(struct.pack('=BBhi', *i) for i in (
    (0x61, 0x12, 0, 0), (0x55, 0x02, 2, 4), (0xb7, 0x02, 0, 1),
    (0x85, 0, 0, 59), (0xb7, 0, 0, 1), (0x95, 0, 0, 0)))


def word(low, high):
    return low | high << 32


@contextlib.contextmanager
def in_map(sock):
    """So long a map without a program has it."""
    fd = bpf(MAP_CREATE, word(TYPE_SOCKMAP, 4), word(4, 1))
    try:
        key, value = ctypes.c_uint32(0), ctypes.c_uint32(sock.fileno())
        bpf(MAP_UPDATE, fd, ctypes.addressof(key), ctypes.addressof(value), 0)
        yield
    finally:
        os.close(fd)


def join(group):
    with open(f'{group}/cgroup.procs', 'w', encoding='ascii') as file:
        file.write(str(os.getpid()))


@contextlib.contextmanager
def watched(group):
    """Connections made so long have a program that wants to know of timeouts."""
    code = ctypes.create_string_buffer(PROGRAM, len(PROGRAM))
    licence = ctypes.create_string_buffer(b'GPL')
    program = bpf(PROG_LOAD, word(TYPE_SOCK_OPS, len(PROGRAM) // 8),
                  address(code), address(licence))
    os.makedirs(group, exist_ok=True)
    directory = os.open(group, os.O_RDONLY)
    join(group)
    bpf(ATTACH, word(directory, program), PLACE_SOCK_OPS)
    try:
        yield
    finally:
        bpf(DETACH, word(directory, 0), PLACE_SOCK_OPS)
        join('/sys/fs/cgroup')
        os.close(directory)
        os.close(program)
