# SPDX-License-Identifier: GPL-2.0-only
"""The small network of the demonstration, and what is watched in it.

    host --- lan --- r1 --- wan --- peer
              |               |
              +----- r2 ------+

Each is a network namespace; lan and wan are bridges in a fifth. The host has
one interface, on which it reaches both routers; so has the peer.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'testing', 'lib'))
import frames  # noqa: E402
from netns import inside  # noqa: E402

HOST, R1, R2, PEER, SWITCH = 'host', 'r1', 'r2', 'peer', 'switch'
DISCARD = 9
# A limit for a machine that hangs, never a measure.
PATIENCE = 20

# namespace: ((device, bridge it is on, MAC address), ...)
DEVICES = {
    HOST: (('h0', 'lan', '02:00:00:00:01:0a'),),
    R1: (('lan0', 'lan', '02:00:00:00:01:01'),
         ('wan0', 'wan', '02:00:00:00:02:01')),
    R2: (('lan0', 'lan', '02:00:00:00:01:02'),
         ('wan0', 'wan', '02:00:00:00:02:02')),
    PEER: (('p0', 'wan', '02:00:00:00:02:0a'),),
}
NUMBER = {HOST: 10, R1: 1, R2: 2, PEER: 10}
NET = {4: {'lan': '10.77.1.', 'wan': '10.77.2.'},
       6: {'lan': 'fd77:1::', 'wan': 'fd77:2::'}}
PREFIX = {4: 24, 6: 64}
SETTINGS = {
    # No address that has to be waited for, no router that is not asked for.
    'net.ipv6.conf.all.accept_dad': 0,
    'net.ipv6.conf.default.accept_dad': 0,
    'net.ipv6.conf.default.accept_ra': 0,
    # A packet may come back another way than it went.
    'net.ipv4.conf.all.rp_filter': 0,
    'net.ipv4.conf.default.rp_filter': 0,
}
ROUTER_SETTINGS = {
    'net.ipv4.ip_forward': 1,
    'net.ipv6.conf.all.forwarding': 1,
    # A new MAC address is announced at once, as by any router that cares.
    'net.ipv4.conf.default.arp_notify': 1,
    'net.ipv6.conf.default.ndisc_notify': 1,
}


class Trouble(Exception):
    """Something that the demonstration needs does not work."""


def run(*command, text=None, check=True):
    """Runs a command and returns its output."""
    done = subprocess.run(command, input=text, capture_output=True, text=True,
                          check=False)
    if check and done.returncode:
        raise Trouble(f'{" ".join(command)}: exit code {done.returncode}: '
                      f'{done.stderr.strip()}')
    return done.stdout


def wait_for(what, poll, patience=PATIENCE, period=0.02):
    """Polls until there is a result that is not None. A poll that starts a
    program should not take the time of those that are looked at.
    """
    end = time.monotonic() + patience
    while True:
        result = poll()
        if result is not None:
            return result
        if time.monotonic() > end:
            raise Trouble(f'nothing came: {what}')
        time.sleep(period)


def address(family, net, netns):
    return f'{NET[family][net]}{NUMBER[netns]}'


def mac(netns):
    """Of its first device."""
    return DEVICES[netns][0][2]


def prefix(family, net):
    return f'{NET[family][net]}{0 if family == 4 else ""}/{PREFIX[family]}'


# --- making it ----------------------------------------------------------------

def batch(lines):
    """One ip for many commands, which costs little more than one for one."""
    run('ip', '-batch', '-', text=''.join(f'{line}\n' for line in lines))


def settings(values):
    """The namespace sees its own values here."""
    for name, value in values.items():
        with open('/proc/sys/' + name.replace('.', '/'), 'w',
                  encoding='utf-8') as f:
            f.write(str(value))


def bridge_commands():
    for net in ('lan', 'wan'):
        yield f'link add {net} type bridge mcast_snooping 0'
        yield f'link set {net} up'
    for netns, devices in DEVICES.items():
        for name, net, mac in devices:
            port = f'{netns}.{net}'
            yield (f'link add {port} type veth peer name {name} '
                   f'address {mac} netns {netns}')
            yield f'link set {port} master {net}'
            yield f'link set {port} up'


def address_commands(netns):
    yield 'link set lo up'
    for name, net, _ in DEVICES[netns]:
        yield f'link set {name} up'
        for family in 4, 6:
            nodad = ' nodad' if family == 6 else ''
            yield (f'addr add {address(family, net, netns)}/{PREFIX[family]} '
                   f'dev {name}{nodad}')


def route_commands(netns):
    nets = {HOST: ('lan', 'wan'), PEER: ('wan', 'lan')}.get(netns)
    for family in (4, 6) if nets else ():
        near, far = nets
        yield (f'route add {prefix(family, far)} via '
               f'{address(family, near, R1)}')


def build():
    """Makes the namespaces; router 1 is the way between host and peer."""
    batch(f'netns add {netns}' for netns in (*DEVICES, SWITCH))
    for netns in (*DEVICES, SWITCH):
        with inside(netns):
            settings(SETTINGS)
            if netns in (R1, R2):
                settings(ROUTER_SETTINGS)
    with inside(SWITCH):
        batch(bridge_commands())
    for netns in DEVICES:
        with inside(netns):
            batch([*address_commands(netns), *route_commands(netns)])
    # Frames from the host are those of a wire where routers see them: no two in
    # one. Up to there it costs less to have many in one.
    for netns in R1, R2:
        run('ip', '-n', SWITCH, 'link', 'set', f'{netns}.lan', 'gso_max_segs',
            '1')


def destroy():
    with os.scandir('/run/netns') as there:
        names = {entry.name for entry in there} & {*DEVICES, SWITCH}
    batch(f'netns del {netns}' for netns in sorted(names))


def route_by(family, router):
    """The host's way to the peer from now on."""
    run('ip', '-n', HOST, 'route', 'replace', prefix(family, 'wan'), 'via',
        address(family, 'lan', router))


def route_back_by(family, router):
    """The peer's way to the host."""
    run('ip', '-n', PEER, 'route', 'replace', prefix(family, 'lan'), 'via',
        address(family, 'wan', router))


def neighbor_mac(family, router):
    """What the host's kernel knows of a router; None if nothing."""
    out = run('ip', '-j', '-n', HOST, 'neigh', 'show', 'to',
              address(family, 'lan', router), 'dev', 'h0')
    entries = json.loads(out or '[]')
    return entries[0].get('lladdr') if entries else None


def resolve(family, router):
    """Has the host find out a router's MAC address, and returns it."""
    kind = socket.AF_INET if family == 4 else socket.AF_INET6
    with inside(HOST), socket.socket(kind, socket.SOCK_DGRAM) as s:
        s.sendto(b'hello', (address(family, 'lan', router), DISCARD))
    return wait_for(f'the MAC address of {router}',
                    lambda: neighbor_mac(family, router))


def peer_view(port):
    """What ss says at the peer about the connection from this port."""
    out = run('ss', '-N', PEER, '-H', '-t', '-i', '-n', '-O',
              'state', 'established', f'( dport = :{port} )')
    return ' '.join(out.split())


def peer_window(view):
    match = re.search(r'\bsnd_wnd:(\d+)', view)
    return int(match[1]) if match else None


# --- watching it --------------------------------------------------------------

class Capture:
    """tcpdump on the interface of a router towards the host. It has begun when
    ready() returns; several can be on their way to it.
    """

    def __init__(self, router, directory, name, *words):
        self.router = router
        self.base = os.path.join(directory, f'{name}-{router}')
        self.text_path = self.base + '.txt'
        self.frames = []
        self.pcap = None
        with open(self.text_path, 'wb') as text, inside(router):
            self.process = subprocess.Popen(
                ['tcpdump', '-i', 'lan0', '-n', '-e', '-vv', '-S', '-s', '256',
                 '--immediate-mode', '-U', '-l', '-Z', 'root', '--print', '-w',
                 self.base + '.pcap', *words],
                stdout=text, stderr=subprocess.PIPE, text=True)

    def ready(self):
        said = []
        for line in self.process.stderr:
            said.append(line.strip())
            if 'listening on' in line:
                break
        else:
            raise Trouble(f'tcpdump at {self.router}: {" ".join(said)}')
        self.pcap = wait_for('a capture file', lambda: frames.Pcap(
            self.base + '.pcap') if os.path.exists(self.base + '.pcap') else None)

    def update(self):
        self.frames += self.pcap.more()

    def text(self, frame):
        """tcpdump's own words on a frame."""
        def poll():
            with open(self.text_path, encoding='utf-8', errors='replace') as f:
                text = f.read()
            # What belongs to a frame and stands on another line is indented;
            # the words on a segment are whole when its flags are among them.
            records = re.split(r'\n(?=\S)', text)[frame.number - 1:]
            if records and (len(records) > 1 or text.endswith('\n') and
                            'Flags [' in records[0]):
                return ' '.join(records[0].split())
            return None
        return wait_for(f'tcpdump\'s words at {self.router}', poll)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()
        if self.pcap:
            self.update()


class Program:
    """One of the two programs; what it says comes line by line."""

    def __init__(self, netns, *args):
        self.name = ' '.join(args)
        with inside(netns):
            self.process = subprocess.Popen(
                [sys.executable, os.path.join(HERE, 'talk.py'), *args],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise Trouble(f'{self.name} has ended')
        return line.strip()

    def ask(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        return self.read()

    def end(self):
        self.process.stdin.close()
        return self.process.wait()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
