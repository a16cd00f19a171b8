#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ways.py: processes of namespace near with connections to far, to be told apart.

Commands come line by line, each is answered with one line that starts with 'ok' or
'bad':

    process NAME [GROUP]
                    a new one, in this control group: 'ok PID'
    connect NAME FROM PORT TO PORT
                    a connection of it: 'ok FD'
    raw NAME TO PORT
                    a raw socket of it that is connected there: 'ok FD'
    child NAME      a child of it that has all its descriptors, and which anybody may
                    trace: 'ok PID'
    flow            data pass both ways on all connections
    over            all processes end
"""

import ctypes
import os
import socket
import sys

from netns import inside
from pair import PATIENCE, exchange

GROUPS = '/sys/fs/cgroup'
PR_SET_PTRACER = 0x59616d61
PR_SET_PTRACER_ANY = ctypes.c_ulong(-1)


def tcp(address, port):
    """Bound to it. Descriptors are the same in all processes."""
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(PATIENCE)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # One port for several connections.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((address, int(port)))
    return sock


class Child:
    """What a process does with its connections."""

    def __init__(self, line):
        self.connections = {}
        self.others = []
        with line.makefile('rw') as talk:
            for words in map(str.split, talk):
                try:
                    answer = getattr(self, words[0])(*words[1:])
                except OSError as error:
                    answer = f'bad {error}'
                print(answer, file=talk, flush=True)

    def connect(self, address, port, to, to_port):
        sock = tcp(address, port)
        sock.connect((to, int(to_port)))
        self.connections[sock.fileno()] = sock
        return f'ok {sock.fileno()}'

    def raw(self, address, port):
        family = socket.AF_INET6 if ':' in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP)
        self.others.append(sock)
        sock.connect((address, int(port)))
        return f'ok {sock.fileno()}'

    def child(self):
        here, there = socket.socketpair()
        pid = os.fork()
        if not pid:
            here.close()
            ctypes.CDLL(None).prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY)
            there.send(b'.')
            # Until its parent ends.
            there.recv(1)
            os._exit(0)
        there.close()
        self.others.append(here)
        here.recv(1)
        return f'ok {pid}'

    def flow(self, fd):
        sock = self.connections[int(fd)]
        exchange(sock, sock)
        return 'ok'


class Process:
    """One of them, and the other ends of its connections."""

    def __init__(self, group):
        self.line, there = socket.socketpair()
        self.peers = {}
        with inside('near'):
            self.pid = os.fork()
            if not self.pid:
                os.dup2(there.fileno(), 0)
                os.closerange(3, 4096)
                Child(socket.socket(fileno=0))
                os._exit(0)
        there.close()
        self.talk = self.line.makefile('rw')
        with open(f'{GROUPS}/{group}/cgroup.procs', 'w',
                  encoding='ascii') as file:
            file.write(str(self.pid))

    def ask(self, *words):
        print(*words, file=self.talk, flush=True)
        return self.talk.readline().strip()

    def connect(self, *words):
        with inside('far'), tcp(*words[2:]) as listener:
            listener.listen(1)
            answer = self.ask('connect', *words)
            if answer.startswith('ok'):
                self.peers[int(answer[3:])] = listener.accept()[0]
        return answer

    def flow(self):
        for fd, peer in self.peers.items():
            peer.settimeout(PATIENCE)
            print('flow', fd, file=self.talk, flush=True)
            exchange(peer, peer)
            answer = self.talk.readline().strip()
            if answer != 'ok':
                return answer
        return 'ok'

    def end(self):
        self.talk.close()
        self.line.close()
        os.waitpid(self.pid, 0)
        for peer in self.peers.values():
            peer.close()


class Ways:
    """Does what the commands say."""

    def __init__(self):
        self.processes = {}

    def process(self, name, group='.'):
        self.processes[name] = Process(group)
        return f'ok {self.processes[name].pid}'

    def connect(self, name, *words):
        return self.processes[name].connect(*words)

    def raw(self, name, *words):
        return self.processes[name].ask('raw', *words)

    def child(self, name):
        return self.processes[name].ask('child')

    def flow(self):
        for process in self.processes.values():
            answer = process.flow()
            if answer != 'ok':
                return answer
        return 'ok'

    def over(self):
        for process in self.processes.values():
            process.end()
        self.processes.clear()
        return 'ok'


def main():
    ways = Ways()
    for line in sys.stdin:
        verb, *words = line.split()
        try:
            answer = getattr(ways, verb)(*words)
        except (OSError, AssertionError) as error:
            answer = f'bad {verb}: {error!r}'
        print(answer, flush=True)


if __name__ == '__main__':
    main()
