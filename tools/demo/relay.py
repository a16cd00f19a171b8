#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""relay.py ADDRESS PORT TO_PORT: between a client of iperf3 and its server here.

iperf3 does not say what it sends. All that its server sends on the second
connection, the one for data, comes from standard output as well.
"""

import contextlib
import socket
import sys
import threading

CHUNK = 1 << 16


def pump(come, go, copy=None):
    """One direction. Who has no more to say lets the other side know."""
    with contextlib.suppress(OSError):
        while data := come.recv(CHUNK):
            if copy:
                copy.write(data)
                copy.flush()
            go.sendall(data)
    with contextlib.suppress(OSError):
        go.shutdown(socket.SHUT_WR)


def main():
    address, port, to_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    pumps = []
    with socket.create_server((address, port), family=family) as listener:
        for copy in None, sys.stdout.buffer:
            client, _ = listener.accept()
            server = socket.create_connection(('127.0.0.1', to_port))
            for work in (client, server), (server, client, copy):
                pumps.append(threading.Thread(target=pump, args=work))
                pumps[-1].start()
    for thread in pumps:
        thread.join()


main()
