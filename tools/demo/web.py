#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""web.py ADDRESS PORT DIRECTORY: a server that takes files besides giving them."""

import functools
import http.server
import socket
import sys

CHUNK = 1 << 16


class Handler(http.server.SimpleHTTPRequestHandler):
    # A connection lasts for more than one request.
    protocol_version = 'HTTP/1.1'

    def do_PUT(self):
        left = int(self.headers['Content-Length'])
        with open(self.translate_path(self.path), 'wb') as f:
            while left and (data := self.rfile.read(min(left, CHUNK))):
                f.write(data)
                left -= len(data)
        self.send_response(http.HTTPStatus.CREATED)
        self.send_header('Content-Length', '0')
        self.end_headers()


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET


Server((sys.argv[1], int(sys.argv[2])), functools.partial(
    Handler, directory=sys.argv[3])).serve_forever()
