#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""halfway.py: a peer acknowledges some of what a client has sent with its SYN.

TCP has that in one piece, and not in pages. The connection is offloaded, some of it
is acknowledged, and the connection comes back: it is cut in the middle. The peer is
this program as well, in namespace far, where TCP must not reset what it does not know.
"""

import errno
import fcntl
import os
import socket
import struct
import sys
import termios

from frames import ones_sum
from netns import inside
from pair import FAR, NEAR, PATIENCE, offload

SOL_TCP = 6
TCP_CHIMNEY = 0x4348
TCP_FASTOPEN_CONNECT = 30
PORT = 5999
SYN, ACK = 2, 16
ISN = 1000
SOME = 10
HEADER = '!HHIIBBHHH'


class Peer:
    """A TCP that acknowledges what it is told to."""

    def __init__(self):
        with inside('far'):
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                      socket.IPPROTO_TCP)
        self.sock.settimeout(PATIENCE)
        self.port = 0
        self.seq = ISN
        self.first = 0

    def receive(self):
        """Sequence number, flags and data of the next segment."""
        while True:
            packet = self.sock.recv(65536)
            tcp = packet[(packet[0] & 15) * 4:]
            port, to, seq, _, words, flags, *_ = struct.unpack(HEADER,
                                                               tcp[:20])
            if to == PORT:
                self.port = port
                return seq, flags, tcp[(words >> 4) * 4:]

    def send(self, flags, ack):
        head = [PORT, self.port, self.seq, ack % (1 << 32), 5 << 4, flags,
                65535, 0, 0]
        pseudo = socket.inet_aton(FAR[4]) + socket.inet_aton(NEAR[4]) + \
            struct.pack('!HH', socket.IPPROTO_TCP, 20)
        head[7] = ~ones_sum(pseudo + struct.pack(HEADER, *head)) & 0xffff
        self.sock.sendto(struct.pack(HEADER, *head), (NEAR[4], 0))

    def accept(self):
        """Takes nothing of what is in the SYN; how much that is."""
        seq, flags, data = self.receive()
        while not flags & SYN:
            seq, flags, data = self.receive()
        self.first = seq + 1
        self.send(SYN | ACK, self.first)
        self.seq += 1
        return len(data)

    def take(self, size):
        """The rest, and acknowledges it."""
        got = {}
        have = SOME
        while have < size:
            seq, _, data = self.receive()
            got[(seq - self.first) % (1 << 32)] = data
            for at, some in sorted(got.items()):
                if at <= have < at + len(some):
                    have = at + len(some)
            self.send(ACK, self.first + have)
        out = bytearray(have)
        for at, some in got.items():
            out[at:at + len(some)] = some
        return bytes(out[SOME:])


def unacknowledged(sock):
    return struct.unpack('i', fcntl.ioctl(sock, termios.TIOCOUTQ, b'\0' * 4))[0]


def wait_unacknowledged(sock, want):
    while unacknowledged(sock) != want:
        pass


def main():
    peer = Peer()
    with inside('near'):
        sock = socket.socket()
    sock.settimeout(PATIENCE)
    sock.setsockopt(SOL_TCP, TCP_FASTOPEN_CONNECT, 1)
    sock.connect((FAR[4], PORT))
    data = os.urandom(500)
    sock.sendall(data)
    with_syn = peer.accept()
    print(f'# {with_syn} bytes came with the SYN')
    if with_syn < 450:
        sys.exit('too little')
    error = offload(sock)
    while error in (errno.EAGAIN, errno.ENOTCONN):
        error = offload(sock)
    if error:
        sys.exit(f'not offloaded: {os.strerror(error)}')
    peer.send(ACK, peer.first + SOME)
    wait_unacknowledged(sock, len(data) - SOME)
    sock.setsockopt(SOL_TCP, TCP_CHIMNEY, 0)
    if peer.take(len(data)) != data[SOME:]:
        sys.exit('other data')
    wait_unacknowledged(sock, 0)


main()
