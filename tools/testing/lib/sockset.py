#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""sockset.py PID FD OPTION=VALUE...: sets options of another program's socket.

The program need not know. OPTION is the name of a constant of Python's module
socket, as SO_PRIORITY, or of those below. VALUE is a number, or 'x' and bytes in
hexadecimal; that of a filter says what it returns.
"""

import ctypes
import os
import socket
import struct
import sys

SYS_PIDFD_GETFD = 438
# Not in that module.
OTHERS = {'IPV6_AUTOFLOWLABEL': 70, 'IPV6_MINHOPCOUNT': 73, 'IP_MINTTL': 21,
          'IP_MTU_DISCOVER': 10,
          'TCP_MD5SIG': 14, 'TCP_REPAIR': 19, 'TCP_TX_DELAY': 37,
          'SO_ATTACH_FILTER': 26, 'SO_DETACH_FILTER': 27,
          'SO_TIMESTAMPING': 37, 'SO_MAX_PACING_RATE': 47}
LEVELS = {'SO': socket.SOL_SOCKET, 'TCP': socket.IPPROTO_TCP,
          'IP': socket.IPPROTO_IP, 'IPV6': socket.IPPROTO_IPV6}


def set_filter(sock, option, returns):
    code = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, returns))
    sock.setsockopt(socket.SOL_SOCKET, option,
                    struct.pack('HP', 1, ctypes.addressof(code)))


def set_option(sock, name, value):
    option = OTHERS[name] if name in OTHERS else getattr(socket, name)
    level = LEVELS[name.partition('_')[0]]
    if name == 'SO_ATTACH_FILTER':
        set_filter(sock, option, int(value, 0))
    elif value.startswith('x'):
        sock.setsockopt(level, option, bytes.fromhex(value[1:]))
    else:
        sock.setsockopt(level, option, int(value, 0))


def set_options(pid, fd, *words):
    libc = ctypes.CDLL(None, use_errno=True)
    there = os.pidfd_open(int(pid))
    own = libc.syscall(SYS_PIDFD_GETFD, there, int(fd), 0)
    os.close(there)
    if own < 0:
        raise OSError(ctypes.get_errno(), 'no such socket')
    with socket.socket(fileno=own) as sock:
        for word in words:
            name, _, value = word.partition('=')
            set_option(sock, name, value)


if __name__ == '__main__':
    set_options(*sys.argv[1:])
