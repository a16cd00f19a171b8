#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""hostfault: a socket moves, and each step in turn finds no memory.

  hostfault.py echo ADDRESS PORT
  hostfault.py steps ADDRESS PORT offload|upload|shutdown|hold task|workers [busy]

echo sends back all that it gets, for any number of connections. steps connects to it
again and again. With each connection it has one allocation of the operation fail, the
first, the second and so on, until there is none left that could: an allocation of the
calling task, or of the kernel's workers, which do the target's part. The rest of
the data must go both ways all the same, or the program must be told that the connection
is broken. An offload that has failed is asked for again, and must succeed then.

hold: nothing moves, but a message is sent of which the end is held back (MSG_MORE),
which also takes memory. What was taken comes back without another word.
busy: the socket's buffers are full both ways when it moves. Prints a line of JSON:
how many steps met a failure, what programs were told, and how many connections broke.
lost_fins is for shutdowns, which upload the socket first: TCP itself forgets its FIN if
it has no memory for it, offloaded before or not.
"""

import collections
import errno
import json
import os
import select
import socket
import struct
import sys
import threading

from hosttalk import PATTERN, SHORT, SOL_TCP, TCP_CHIMNEY, TCP_ULP, TWICE, \
    tell

FIRST, TOTAL = 20000, 200000
# Some segments, and a part of one.
HELD = 5000
BUFFER = 65536
# In seconds, for what hangs; never a measure.
PATIENCE = 120 * int(os.environ.get('CHIM_SLOW', 1))
# More steps than any operation has. Workers have other work as well, and meet
# failures in it: so many steps in a row without one are the end.
MOST, QUIET = 400, 3


# Where fields of TCP_INFO are.
UNACKED, ACKED, NOTSENT = 24, 120, 144


class Wrong(Exception):
    """What must not happen."""


# --- failures -----------------------------------------------------------------

class Task:
    """Failures of the calling task."""

    def __init__(self):
        self.file = os.open(f'/proc/self/task/{threading.get_native_id()}'
                            '/fail-nth', os.O_RDWR)

    def arm(self, number):
        os.pwrite(self.file, b'%d' % number, 0)

    def disarm(self):
        """Returns whether there was a failure."""
        left = os.pread(self.file, 16, 0)
        os.pwrite(self.file, b'0', 0)
        return int(left) == 0


class Workers:
    """Failures of all the kernel's workers there are."""

    def __init__(self):
        self.files = []

    def arm(self, number):
        self.files = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open(f'/proc/{pid}/comm', encoding='ascii') as file:
                    if not file.read().startswith('kworker'):
                        continue
                self.files.append(os.open(f'/proc/{pid}/fail-nth', os.O_RDWR))
            except FileNotFoundError:
                continue
        for file in self.files:
            self.write(file, b'%d' % number)

    @staticmethod
    def write(file, text):
        try:
            os.pwrite(file, text, 0)
        except ProcessLookupError:
            pass

    def disarm(self):
        failed = False
        for file in self.files:
            try:
                failed |= int(os.pread(file, 16, 0)) == 0
            except ProcessLookupError:
                pass
            self.write(file, b'0')
            os.close(file)
        return failed


# --- one connection -----------------------------------------------------------

class Step:
    """A connection to echo: what is sent must come back."""

    def __init__(self, address, busy):
        family = socket.AF_INET6 if ':' in address[0] else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        for option in socket.SO_RCVBUF, socket.SO_SNDBUF:
            self.sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        self.sock.connect(address)
        self.sock.setblocking(False)
        self.sent = self.got = 0
        self.busy = busy

    def send(self, most):
        at = self.sent % len(PATTERN)
        try:
            self.sent += self.sock.send(PATTERN[at:at + most])
        except BlockingIOError:
            return False
        return True

    def receive(self):
        data = self.sock.recv(BUFFER)
        if not data:
            raise Wrong(f'end after {self.got} bytes of {self.sent}')
        at = self.got % len(PATTERN)
        if data != TWICE[at:at + len(data)]:
            raise Wrong(f'wrong bytes behind {self.got}')
        self.got += len(data)

    def carry(self, total):
        """Until so many bytes have been there and back."""
        while self.got < total:
            more = self.sent < total
            readable, writable, _ = select.select(
                [self.sock], [self.sock] if more else [], [], PATIENCE)
            if not readable and not writable:
                raise Wrong(f'nothing moves behind {self.got}, {self.sent}')
            if writable:
                self.send(min(total - self.sent, BUFFER))
            if readable:
                self.receive()

    def fill(self):
        """Nobody reads: until nothing more can be written."""
        while self.busy and self.send(BUFFER):
            pass

    # --- what is done to it ---

    def persist(self, operation):
        """Until it is not only a moment that is wrong."""
        while True:
            try:
                return operation()
            except BlockingIOError:
                # Data that is out of order, say, comes into order.
                select.select([], [], [], 0.01)

    def ulp(self):
        self.sock.setsockopt(SOL_TCP, TCP_ULP, b'chimney')

    def offload(self):
        self.persist(self.ulp)

    def upload(self):
        self.sock.setsockopt(SOL_TCP, TCP_CHIMNEY, 0)

    def shutdown(self):
        self.sock.shutdown(socket.SHUT_WR)

    def hold(self):
        at = self.sent % len(PATTERN)
        self.sent += self.sock.send(TWICE[at:at + HELD], socket.MSG_MORE)

    def is_offloaded(self):
        return self.sock.getsockopt(SOL_TCP, TCP_CHIMNEY) != 0

    def lost_fin(self):
        """Is TCP at an end that nobody will hear of? All data has been there and
        back. Any state may follow, since TCP takes the next acknowledgment for that
        of its FIN. But it counts what is acknowledged, SYN and FIN as well.
        """
        info = self.sock.getsockopt(SOL_TCP, socket.TCP_INFO, 256)
        waiting = [struct.unpack_from('I', info, at)[0]
                   for at in (UNACKED, NOTSENT)]
        acked = struct.unpack_from('Q', info, ACKED)[0]
        return not any(waiting) and acked == self.sent + 1

    def end(self):
        """What is still to come, and then the peer's end."""
        self.carry(self.sent)
        try:
            self.shutdown()
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise
        if not select.select([self.sock], [], [], PATIENCE)[0]:
            raise Wrong('the peer does not end')
        if self.sock.recv(1):
            raise Wrong('more than was sent')


# --- the steps ----------------------------------------------------------------

class Steps:
    """All steps of an operation."""

    def __init__(self, address, operation, who, busy):
        self.address = address
        self.operation = operation
        self.failures = Task() if who == 'task' else Workers()
        self.busy = busy
        self.told = collections.Counter()
        self.broken = self.lost_fins = self.failed = 0

    def fail(self, step, number):
        """Returns whether there was a failure, and what the program is told."""
        error = None
        operation = getattr(step, self.operation)
        self.failures.arm(number)
        try:
            operation()
        except OSError as trouble:
            error = trouble
        finally:
            failed = self.failures.disarm()
        self.told[errno.errorcode[error.errno] if error else 'success'] += 1
        return failed, error

    def check_offload(self, step, error):
        if error and error.errno not in SHORT:
            raise Wrong(f'an offload fails with {error}')
        step.carry(step.sent + FIRST)
        if error:
            step.offload()
        if not step.is_offloaded():
            raise Wrong('not offloaded')

    def check_upload(self, step, error):
        if error:
            raise Wrong(f'an upload fails with {error}')
        if step.is_offloaded():
            raise Wrong('still offloaded')

    def check_shutdown(self, step, error):
        if error:
            raise Wrong(f'a shutdown fails with {error}')

    def check_hold(self, step, error):
        # Who would wait for memory is told so.
        if error and error.errno not in (*SHORT, errno.EAGAIN):
            raise Wrong(f'to send fails with {error}')
        step.carry(step.sent)

    def go_on(self, step, error):
        try:
            getattr(self, 'check_' + self.operation)(step, error)
            if self.operation != 'shutdown':
                step.carry(max(step.sent, TOTAL))
            else:
                step.carry(step.sent)
                if step.lost_fin():
                    self.lost_fins += 1
                    return
            step.end()
        except (ConnectionResetError, BrokenPipeError):
            # The program knows.
            self.broken += 1

    def run(self, number):
        step = Step(self.address, self.busy)
        step.carry(FIRST)
        if self.operation != 'offload':
            step.offload()
        step.fill()
        failed, error = self.fail(step, number)
        self.failed += failed
        if error and not failed:
            raise Wrong(f'without a failure: {error}')
        try:
            self.go_on(step, error)
        finally:
            step.sock.close()
        return failed

    def all(self):
        quiet = number = 0
        while quiet < QUIET and number < MOST:
            number += 1
            try:
                quiet = 0 if self.run(number) else quiet + 1
            except (Wrong, OSError) as trouble:
                raise Wrong(f'step {number}: {trouble}') from trouble
        return {'steps': self.failed, 'told': self.told, 'broken': self.broken,
                'lost_fins': self.lost_fins}


# --- the other end ------------------------------------------------------------

def serve(sock):
    with sock:
        try:
            while True:
                data = sock.recv(BUFFER)
                if not data:
                    return
                sock.sendall(data)
        except OSError:
            pass


def echo(address):
    family = socket.AF_INET6 if ':' in address[0] else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for option in socket.SO_RCVBUF, socket.SO_SNDBUF:
        listener.setsockopt(socket.SOL_SOCKET, option, BUFFER)
    listener.bind(address)
    listener.listen(16)
    tell('listening')
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],),
                         daemon=True).start()


def main():
    mode, host, port, *rest = sys.argv[1:]
    if mode == 'echo':
        echo((host, int(port)))
        return
    operation, who, *words = rest
    steps = Steps((host, int(port)), operation, who, 'busy' in words)
    try:
        print(json.dumps(steps.all()), flush=True)
    except Wrong as wrong:
        print(f'{wrong}; so far told {dict(steps.told)}', file=sys.stderr)
        sys.exit(1)


if __name__ == '__main__':
    main()
