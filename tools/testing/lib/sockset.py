#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""sockset.py PID FD OPTION=VALUE...: sets options of another program's socket.

The program need not know. OPTION is the name of a constant of Python's module
socket, as SO_PRIORITY, or of those below.
"""

import ctypes
import os
import socket
import sys

SYS_PIDFD_GETFD = 438
# Not in that module.
OTHERS = {'IPV6_AUTOFLOWLABEL': 70}
LEVELS = {'SO': socket.SOL_SOCKET, 'TCP': socket.IPPROTO_TCP,
          'IP': socket.IPPROTO_IP, 'IPV6': socket.IPPROTO_IPV6}


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
            option = OTHERS[name] if name in OTHERS else getattr(socket, name)
            sock.setsockopt(LEVELS[name.partition('_')[0]], option,
                            int(value, 0))


if __name__ == '__main__':
    set_options(*sys.argv[1:])
