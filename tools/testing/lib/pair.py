# SPDX-License-Identifier: GPL-2.0-only
"""Two connected sockets of this program, one of them in namespace near."""

import contextlib
import errno
import os
import select
import socket
import struct
import subprocess

from netns import inside

SOL_TCP = 6
TCP_ULP = 31
AGAIN = errno.EAGAIN
PORT = 5000
SIZE = 20000
# A limit for a machine that hangs, never a measure.
PATIENCE = 60 * int(os.environ.get('CHIM_SLOW', 1))
NEAR = {4: '10.8.0.1', 6: 'fd08::1'}
FAR = {4: '10.8.0.2', 6: 'fd08::2'}
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
OOO_PACKETS = 224               # where struct tcp_info has them


class Skip(Exception):
    """The kernel does not know it."""


def run(netns, *words):
    """A command, in one word or more."""
    if len(words) == 1:
        words = words[0].split()
    with inside(netns):
        subprocess.run(words, check=True, text=True, capture_output=True)


def try_run(netns, *words):
    try:
        run(netns, *words)
    except subprocess.CalledProcessError as error:
        raise Skip(error.stderr or error) from error


def offload(sock):
    """0, or the error number."""
    try:
        sock.setsockopt(SOL_TCP, TCP_ULP, b'chimney')
        return 0
    except OSError as error:
        return error.errno


def new_socket(stack, netns, family, protocol=socket.IPPROTO_TCP):
    with inside(netns):
        sock = socket.socket(FAMILY[family], socket.SOCK_STREAM, protocol)
    sock.settimeout(PATIENCE)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return stack.enter_context(sock)


def exchange(source, sink, size=SIZE):
    data = bytes(range(256)) * (size // 256 + 1)
    source.sendall(data[:size])
    got = b''
    while len(got) < size:
        part = sink.recv(size - len(got))
        assert part, 'the connection has ended'
        got += part
    assert got == data[:size], 'other data arrived'


class Pair:
    """A connection from near to peer.

    prepare is called with the socket that listens, then with the one that connects.
    named: it is a connection, which can be named to chimctl.
    counted: the host stack counts its refusal.
    protocol: name of its upper layer protocol when all is over.
    both_ways: near can send as well.
    """

    def __init__(self, stack, family, peer='far', to=None, prepare=None,
                 protocol=socket.IPPROTO_TCP):
        self.named = True
        self.both_ways = True
        self.counted = True
        self.protocol = b''
        self.listener = new_socket(stack, peer, family, protocol)
        self.sock = new_socket(stack, 'near', family, protocol)
        for sock in (self.listener, self.sock):
            if prepare:
                prepare(sock)
        self.listener.bind((to or FAR[family], PORT))
        self.listener.listen(1)
        self.sock.connect(self.listener.getsockname()[:2])
        self.peer = stack.enter_context(self.listener.accept()[0])
        self.peer.settimeout(PATIENCE)

    def flow(self, native=True):
        """Data pass, by TCP itself if it is to be native."""
        if self.both_ways:
            exchange(self.sock, self.peer)
        if self.peer:
            exchange(self.peer, self.sock)
        if native:
            name = self.sock.getsockopt(SOL_TCP, TCP_ULP, 16).strip(b'\0')
            assert name == self.protocol, f'has the protocol {name}'

    def wait_for(self, events):
        poll = select.poll()
        poll.register(self.sock, events)
        assert poll.poll(PATIENCE * 1000), 'nothing happens'

    def ooo_packets(self):
        info = self.sock.getsockopt(SOL_TCP, socket.TCP_INFO, 256)
        return struct.unpack_from('I', info, OOO_PACKETS)[0]


@contextlib.contextmanager
def rules(netns, text):
    """So long there are these of nf_tables, in a table of their own."""
    run(netns, 'nft', text)
    try:
        yield
    finally:
        run(netns, 'nft', 'flush ruleset')


def deaf():
    """So long no segment arrives at far."""
    return rules('far', 'table inet t { chain c { type filter hook '
                 'prerouting priority 0; meta l4proto tcp drop; }\n}')


@contextlib.contextmanager
def sysctl(name, value, back):
    for netns in ('near', 'far'):
        run(netns, f'sysctl -qw {name}={value}')
    try:
        yield
    finally:
        for netns in ('near', 'far'):
            run(netns, f'sysctl -qw {name}={back}')
