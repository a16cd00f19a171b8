#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""nfqueue.py: accepts what a rule of netfilter puts into queue 0, until it is killed.

Says 'ready' when it does. The rest of the hooks then runs in this process.
"""

import errno
import socket
import struct

NETLINK_NETFILTER = 12
SUBSYSTEM = 3 << 8
PACKET, VERDICT, CONFIG = SUBSYSTEM, SUBSYSTEM | 1, SUBSYSTEM | 2
REQUEST = 1
HEAD = struct.Struct('=IHHII')
OWN = struct.pack('>BBH', 0, 0, 0)      # family, version, queue
PACKET_HEAD, CFG_CMD, CFG_PARAMS, VERDICT_HEAD = 1, 1, 2, 2
BIND, COPY_META, ACCEPT = 1, 1, 1


def message(kind, attribute, value):
    body = OWN + struct.pack('=HH', 4 + len(value), attribute) + value
    body += bytes(-len(body) % 4)
    return HEAD.pack(HEAD.size + len(body), kind, REQUEST, 0, 0) + body


def packets(data):
    """The numbers of those in some messages."""
    while data:
        length, kind, *_ = HEAD.unpack_from(data)
        at = HEAD.size + len(OWN)
        while kind == PACKET and at < length:
            size, attribute = struct.unpack_from('=HH', data, at)
            if attribute == PACKET_HEAD:
                yield struct.unpack_from('>I', data, at + 4)[0]
            at += size + -size % 4
        data = data[length + -length % 4:]


def main():
    queue = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                          NETLINK_NETFILTER)
    queue.send(message(CONFIG, CFG_CMD, struct.pack('>BxH', BIND, 0)))
    queue.send(message(CONFIG, CFG_PARAMS, struct.pack('>IB', 0, COPY_META)))
    print('ready', flush=True)
    while True:
        try:
            data = queue.recv(1 << 16)
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            continue
        for number in packets(data):
            queue.send(message(VERDICT, VERDICT_HEAD,
                               struct.pack('>II', ACCEPT, number)))


main()
