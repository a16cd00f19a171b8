#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""fragmented.py: a peer sends a segment in IPv6 fragments to an offloaded socket.

IPv6 makes a segment of them behind the hooks of netfilter, unless somebody has asked
for connection tracking. Only TCP can have it: the connection comes back, and when the
peer sends the segment again, the program gets it.
"""

import contextlib
import os
import socket
import struct
import sys

from frames import ones_sum
from netns import inside
from pair import FAR, NEAR
from refuse import offloaded_pair

SOL_TCP = 6
TCP_REPAIR = 19
TCP_REPAIR_QUEUE = 20
TCP_QUEUE_SEQ = 21
RECEIVE, SEND = 1, 2
TCP_CHIMNEY = 0x4348
PSH_ACK = 24
HEADER = '!HHIIBBHHH'
FRAGMENT = 44
MORE = 1
PIECE = 512


def sequence(sock, queue):
    sock.setsockopt(SOL_TCP, TCP_REPAIR_QUEUE, queue)
    return sock.getsockopt(SOL_TCP, TCP_QUEUE_SEQ) % (1 << 32)


def segment(sock, data):
    """The next segment of a socket, which does not know of it."""
    sock.setsockopt(SOL_TCP, TCP_REPAIR, 1)
    head = [sock.getsockname()[1], sock.getpeername()[1],
            sequence(sock, SEND), sequence(sock, RECEIVE), 5 << 4, PSH_ACK,
            65535, 0, 0]
    pseudo = socket.inet_pton(socket.AF_INET6, FAR[6]) + \
        socket.inet_pton(socket.AF_INET6, NEAR[6]) + \
        struct.pack('!II', 20 + len(data), socket.IPPROTO_TCP)
    head[7] = ~ones_sum(pseudo + struct.pack(HEADER, *head) + data) & 0xffff
    return struct.pack(HEADER, *head) + data


def send(packet, name):
    """In fragments, which belong together by their name."""
    with inside('far'):
        raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, FRAGMENT)
    with raw:
        for at in range(0, len(packet), PIECE):
            more = MORE if at + PIECE < len(packet) else 0
            raw.sendto(struct.pack('!BBHI', socket.IPPROTO_TCP, 0, at | more,
                                   name) + packet[at:at + PIECE],
                       (NEAR[6], 0))


def state(sock):
    """Whether it is offloaded."""
    return struct.unpack('I', sock.getsockopt(SOL_TCP, TCP_CHIMNEY, 4))[0]


def main():
    data = os.urandom(1200)
    with contextlib.ExitStack() as stack:
        pair = offloaded_pair(stack, 6)
        packet = segment(pair.peer, data)
        send(packet, 1)
        while state(pair.sock):
            pass
        send(packet, 2)
        if pair.sock.recv(len(data), socket.MSG_WAITALL) != data:
            sys.exit('other data')


main()
