#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""peeks.py FAMILY: who only looks gets what was refused while memory was short.

Nobody leaves the socket meanwhile. The memory of all TCP sockets is short from when
there is something to look at until more has been refused.
"""

import contextlib
import socket
import sys
import threading

from pair import PATIENCE, exchange
from refuse import counts, offloaded_pair, wait_until

SIZE = 50000
FIRST = 1000
REFUSED = 'indications refused for lack of room'
TCP_MEM = '/proc/sys/net/ipv4/tcp_mem'


@contextlib.contextmanager
def short():
    with open(TCP_MEM, 'r+', encoding='ascii') as file:
        saved = file.read()
        file.write('1 1 10000000')
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.write(saved)


def fill(stack):
    """Each processor has a reserve, of which nobody is told that it is in use."""
    listener = stack.enter_context(socket.create_server(('127.0.0.1', 0)))
    for _ in range(100):
        sock = stack.enter_context(
            socket.create_connection(listener.getsockname()))
        stack.enter_context(listener.accept()[0])
        sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                sock.send(bytes(1 << 16))


def use_memory():
    """Somebody has to ask for memory for TCP to see that there is some."""
    with socket.create_server(('127.0.0.1', 0)) as listener, \
            socket.create_connection(listener.getsockname()) as one:
        other, _ = listener.accept()
        with other:
            exchange(one, other)


def look(sock, into):
    into.append(sock.recv(SIZE, socket.MSG_PEEK | socket.MSG_WAITALL))


def main():
    data = bytes(range(250)) * (SIZE // 250)
    seen = []
    with contextlib.ExitStack() as stack:
        pair = offloaded_pair(stack, int(sys.argv[1]))
        pair.sock.settimeout(None)
        pair.peer.sendall(data[:FIRST])
        pair.sock.recv(FIRST, socket.MSG_PEEK | socket.MSG_WAITALL)
        looks = threading.Thread(target=look, args=(pair.sock, seen),
                                 daemon=True)
        looks.start()
        before = counts()[REFUSED]
        with contextlib.ExitStack() as others, short():
            fill(others)
            pair.peer.sendall(data[FIRST:])
            wait_until(lambda: counts()[REFUSED] > before)
        use_memory()
        looks.join(PATIENCE)
        if seen != [data]:
            sys.exit(f'{[len(part) for part in seen]} bytes were to be seen')


main()
