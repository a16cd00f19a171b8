#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""otherfamily.py: a socket that was offloaded listens, and is one of IPv4 in the end.

Whoever listens has the functions of TCP again, and may change the family with
IPV6_ADDRFORM. The ULP stays.
"""

import ctypes
import os
import socket
import struct
import sys

from netns import inside
from pair import FAR, PATIENCE, exchange, offload

IPV6_ADDRFORM = 1
PORT = 5997


def disconnect(sock):
    libc = ctypes.CDLL(None, use_errno=True)
    nowhere = struct.pack('H14x', socket.AF_UNSPEC)
    if libc.connect(sock.fileno(), nowhere, len(nowhere)):
        raise OSError(ctypes.get_errno(), 'not disconnected')


def main():
    with inside('far'):
        listener = socket.create_server(('::', PORT), reuse_port=True,
                                        family=socket.AF_INET6,
                                        dualstack_ipv6=True)
    with inside('near'):
        sock = socket.socket(socket.AF_INET6)
    sock.settimeout(PATIENCE)
    sock.connect((FAR[6], PORT))
    first, _ = listener.accept()
    error = offload(sock)
    if error:
        sys.exit(f'not offloaded: {os.strerror(error)}')
    exchange(sock, first)
    disconnect(sock)
    sock.listen()
    disconnect(sock)
    sock.connect((f'::ffff:{FAR[4]}', PORT))
    second, _ = listener.accept()
    sock.setsockopt(socket.IPPROTO_IPV6, IPV6_ADDRFORM, socket.AF_INET)
    sock4 = socket.socket(fileno=os.dup(sock.fileno()))
    sock.close()
    exchange(sock4, second)
    exchange(second, sock4)
    sock4.close()
    if second.recv(1):
        sys.exit('more data')


main()
