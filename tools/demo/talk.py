#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Two ordinary programs that talk to each other over one TCP connection.

talk.py serve PORT          answers, both over IPv4 and IPv6
talk.py call ADDRESS PORT   calls, and does what it reads from its input:
    say TEXT        has the server say it back
    push BYTES      sends so many random bytes
    pull BYTES      has the server send so many random bytes

Neither knows that anything happens to the connection beneath it.
"""

import hashlib
import os
import socket
import sys
import threading


def digest(data):
    return hashlib.sha256(data).hexdigest()


def answer(stream, line):
    """Serves one request."""
    verb, _, rest = line.decode().strip().partition(' ')
    if verb == 'say':
        stream.write(f'you said: {rest}\n'.encode())
    elif verb == 'push':
        data = stream.read(int(rest))
        stream.write(f'{len(data)} bytes, sha256 {digest(data)}\n'.encode())
    elif verb == 'pull':
        data = os.urandom(int(rest))
        stream.write(data)
        stream.write(f'{len(data)} bytes, sha256 {digest(data)}\n'.encode())
    stream.flush()


def serve_one(connection):
    with connection, connection.makefile('rwb') as stream:
        for line in stream:
            answer(stream, line)


def serve(port):
    listener = socket.create_server(('', int(port)), family=socket.AF_INET6,
                                    dualstack_ipv6=True)
    print('listening', flush=True)
    while True:
        threading.Thread(target=serve_one, args=listener.accept()[:1],
                         daemon=True).start()


def call(address, port):
    with socket.create_connection((address, int(port))) as connection, \
            connection.makefile('rwb') as stream:
        print('connected', flush=True)
        for line in sys.stdin:
            verb, _, rest = line.strip().partition(' ')
            stream.write(line.encode())
            data = b''
            if verb == 'push':
                data = os.urandom(int(rest))
                stream.write(data)
            stream.flush()
            if verb == 'pull':
                data = stream.read(int(rest))
            reply = stream.readline().decode().strip()
            mine = f'{len(data)} bytes, sha256 {digest(data)}' if data else ''
            print(f'{reply} / {mine}' if mine else reply, flush=True)


if __name__ == '__main__':
    {'serve': serve, 'call': call}[sys.argv[1]](*sys.argv[2:])
