#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""hosttalk: a plain program with a socket, for tests of the Linux host stack.

  hosttalk.py peer ADDRESS PORT SEND RECEIVE [WORD...]
  hosttalk.py run ADDRESS PORT SEND RECEIVE [WORD...]
  hosttalk.py refused ADDRESS|listen

Both send SEND bytes and receive RECEIVE, each in a thread of its own that
blocks, and print one line of JSON: bytes and hashes both ways. What each side
sends is known to the other.

Words of both: pause=BYTES stops reading after so many bytes until input says
"go"; hold sends nothing before that, endless everything until then, and steps a
chunk each time; chunk=BYTES a call; rcvbuf=BYTES, sndbuf=BYTES;
keepalive=IDLE,INTERVAL,PROBES; user-timeout=MS; stdin: input is
listened to, which also may say offload and upload; urgent, a step that ends with
urgent data, which is told of where it comes; info: it asks for TCP_INFO; and abort:
it dies of that;
abort=BYTES resets the connection after so many bytes; nofin does not close. Of
run: flow=LABEL, of IPv6; ulp (before the first byte), ulp-late (when both threads are blocked),
cycles=N, every=BYTES: the connection is uploaded and offloaded again N times,
every so many bytes; dev=NAME, port=PORT: what it is bound to; fastopen: the first
bytes go with the SYN.
"""

import ctypes
import errno
import fcntl
import hashlib
import json
import os
import signal
import socket
import struct
import sys
import threading
import time

SOL_TCP = 6
TCP_USER_TIMEOUT = 18
TCP_ULP = 31
TCP_CHIMNEY = 0x4348
PATTERN = hashlib.shake_256(b'chimney').digest(1 << 20) + b'odd'
# As many bytes from any place of it are a piece of this.
TWICE = PATTERN + PATTERN
# So many go with the SYN.
EARLY = 100
MSG_FASTOPEN = 0x20000000
AGAIN = (errno.EAGAIN,)
IPV6_FLOWLABEL_MGR = 32
IPV6_FLOWINFO_SEND = 33
# Of a refusal for lack of memory; the target's has one number for all reasons.
SHORT = (errno.ENOMEM, errno.ENOBUFS, errno.EIO)


class Side:
    """One socket, a thread for each way."""

    def __init__(self, sock, send, receive, words):
        self.sock = sock
        self.want = {'tx': send, 'rx': receive}
        self.done = {'tx': 0, 'rx': 0}
        self.hash = {'tx': hashlib.sha256(), 'rx': hashlib.sha256()}
        self.right = True
        self.words = words
        self.error = ''
        self.eof = False
        self.go = threading.Event()
        self.settled = threading.Event()
        self.moves = 0
        self.refusals = 0
        self.flags = 0
        self.chunk = int(words.get('chunk', 65536))
        if 'fastopen' in words:
            self.hash['tx'].update(PATTERN[:EARLY])
            self.done['tx'] = EARLY

    def transmit(self):
        if 'hold' in self.words:
            self.go.wait()
        try:
            while self.done['tx'] < self.want['tx'] and \
                    not ('endless' in self.words and self.go.is_set()):
                at = self.done['tx'] % len(PATTERN)
                n = min(self.chunk, self.want['tx'] - self.done['tx'],
                        len(PATTERN))
                data = TWICE[at:at + n]
                if 'steps' in self.words:
                    self.go.wait()
                    self.go.clear()
                self.sock.sendall(data, self.flags)
                self.flags = 0
                self.hash['tx'].update(data)
                self.done['tx'] += n
                if 'steps' in self.words:
                    tell(f'sent {self.done["tx"]}')
            if 'nofin' not in self.words:
                self.settled.wait()
                self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            self.error += f'send: {error}; '
            tell('broken')

    def receive(self):
        pause = int(self.words.get('pause', -1))
        try:
            while self.done['rx'] < self.want['rx'] or not self.eof:
                if 0 <= pause <= self.done['rx']:
                    pause = -1
                    tell('paused')
                    self.go.wait()
                data = self.sock.recv(self.chunk)
                if not data:
                    self.eof = True
                    break
                at = self.done['rx'] % len(PATTERN)
                part = TWICE[at:at + len(data)]
                self.right = self.right and data == part
                self.hash['rx'].update(data)
                self.done['rx'] += len(data)
                if self.done['rx'] >= int(self.words.get('abort', 1 << 60)):
                    self.abort()
                    return
                if 'nofin' in self.words and \
                   self.done['rx'] >= self.want['rx']:
                    break
        except OSError as error:
            self.error += f'recv: {error}; '

    def linger(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack('ii', 1, 0))

    def abort(self):
        self.linger()
        os.close(self.sock.detach())

    def die(self):
        """The same where another thread is in send(), and keeps it open."""
        self.linger()
        os.kill(os.getpid(), signal.SIGKILL)

    def busy(self):
        return any(self.done[w] < self.want[w] for w in ('tx', 'rx')) and \
            not self.error

    # --- moving ---

    def ulp(self):
        """The first offload. EAGAIN asks for another try, as host.rst says."""
        while True:
            try:
                self.sock.setsockopt(SOL_TCP, TCP_ULP, b'chimney')
                self.moves += 1
                return
            except OSError as error:
                if error.errno not in AGAIN or not self.busy():
                    raise
                self.refusals += 1

    def move(self, there):
        while self.busy():
            try:
                self.sock.setsockopt(SOL_TCP, TCP_CHIMNEY, int(there))
                self.moves += there
                return
            except OSError as error:
                if error.errno not in AGAIN:
                    raise
                self.refusals += 1
                time.sleep(0.001)

    def cycle(self):
        """Moves back and forth, every so many bytes."""
        # One that shuts down is TCP's for good: that comes after all moves.
        every = int(self.words.get('every', 1 << 18))
        there = True
        for _ in range(2 * int(self.words.get('cycles', 0))):
            target = sum(self.done.values()) + every
            while sum(self.done.values()) < target and self.busy():
                time.sleep(0.0005)
            there = not there
            self.move(there)

    def info(self):
        try:
            raw = self.sock.getsockopt(SOL_TCP, TCP_CHIMNEY, 12)
        except OSError:
            return {}
        return dict(zip(('offloaded', 'why', 'offloads'),
                        struct.unpack('III', raw)))

    def result(self):
        out = {way: self.done[way] for way in self.done}
        out.update({way + '_hash': self.hash[way].hexdigest()[:16]
                    for way in self.hash})
        out.update(right=self.right, eof=self.eof, error=self.error,
                   moves=self.moves, refusals=self.refusals, **self.info())
        return out


def tell(event):
    print(json.dumps({'event': event}), flush=True)


def threads_blocked():
    """Waits until all other threads of this process sleep."""
    me = ctypes.CDLL(None).gettid()
    while True:
        states = []
        for tid in os.listdir('/proc/self/task'):
            if int(tid) != me:
                with open(f'/proc/self/task/{tid}/stat',
                          encoding='ascii') as file:
                    states.append(file.read().rsplit(')')[-1].split()[0])
        if states and all(state == 'S' for state in states):
            return
        time.sleep(0.01)


def listen_urgent(sock):
    """It is of the stream all the same."""
    signal.signal(signal.SIGURG, lambda *_: tell('urgent'))
    fcntl.fcntl(sock, fcntl.F_SETOWN, os.getpid())
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)


def listen_input(side):
    for line in sys.stdin:
        word = line.strip()
        if word == 'go':
            side.go.set()
        elif word == 'abort':
            side.die()
        elif word == 'info':
            side.sock.getsockopt(SOL_TCP, socket.TCP_INFO, 104)
        elif word == 'urgent':
            side.flags = socket.MSG_OOB
            side.go.set()
        elif word in ('offload', 'upload'):
            side.move(word == 'offload')
            tell(word + 'ed')


def lease_label(sock, host, label):
    """A flow label for anybody, which is to be sent."""
    sock.setsockopt(socket.IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, struct.pack(
        '=16s4sBBHHHI', socket.inet_pton(socket.AF_INET6, host),
        struct.pack('!I', label), 0, 255, 1, 0, 0, 0))
    sock.setsockopt(socket.IPPROTO_IPV6, IPV6_FLOWINFO_SEND, 1)


def connect(mode, address, words):
    family = socket.AF_INET6 if ':' in address[0] else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for name, option in (('rcvbuf', socket.SO_RCVBUF),
                         ('sndbuf', socket.SO_SNDBUF)):
        if name in words:
            sock.setsockopt(socket.SOL_SOCKET, option, int(words[name]))
    if 'user-timeout' in words:
        sock.setsockopt(SOL_TCP, TCP_USER_TIMEOUT, int(words['user-timeout']))
    if 'keepalive' in words:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in zip((socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL,
                                  socket.TCP_KEEPCNT),
                                 words['keepalive'].split(',')):
            sock.setsockopt(SOL_TCP, option, int(value))
    if 'dev' in words:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                        words['dev'].encode())
    if 'port' in words:
        sock.bind(('', int(words['port'])))
    if 'fastopen' in words:
        sock.sendto(PATTERN[:EARLY], MSG_FASTOPEN, address)
        return sock
    if 'flow' in words:
        label = int(words['flow'], 0)
        lease_label(sock, address[0], label)
        address = (*address, label, 0)
    if mode == 'run':
        sock.connect(address)
        return sock
    sock.bind(address)
    sock.listen(1)
    tell('listening')
    return sock.accept()[0]


def refused(host):
    """Prints with which error a connection within this namespace is refused."""
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    sock = socket.socket(family, socket.SOCK_STREAM)
    if host == 'listen':
        sock.listen(1)
    else:
        listener.bind((host, 0))
        listener.listen(1)
        sock.connect(listener.getsockname()[:2])
    try:
        sock.setsockopt(SOL_TCP, TCP_ULP, b'chimney')
        print('accepted')
    except OSError as error:
        print(errno.errorcode[error.errno])
    if host != 'listen':
        sock.sendall(b'still works')
        assert listener.accept()[0].recv(100) == b'still works'


def main():
    if sys.argv[1] == 'refused':
        refused(sys.argv[2])
        return
    mode, host, port, send, receive, *rest = sys.argv[1:]
    words = {w.partition('=')[0]: w.partition('=')[2] for w in rest}
    sock = connect(mode, (host, int(port)), words)
    side = Side(sock, int(send), int(receive), words)
    if 'ulp' in words:
        side.ulp()
        tell('offloaded')
    threads = [threading.Thread(target=side.transmit),
               threading.Thread(target=side.receive)]
    for thread in threads:
        thread.start()
    if 'ulp-late' in words:
        threads_blocked()
        tell('blocked')
        side.ulp()
        tell('offloaded')
    if 'steps' in words:
        listen_urgent(sock)
    if 'stdin' in words:
        threading.Thread(target=listen_input, args=(side,),
                         daemon=True).start()
    side.cycle()
    side.settled.set()
    for thread in threads:
        thread.join()
    out = side.result()
    sock.close()
    print(json.dumps(out), flush=True)
    sys.exit(0 if side.right and not side.error else 1)


if __name__ == '__main__':
    main()
