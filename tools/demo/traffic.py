# SPDX-License-Identifier: GPL-2.0-only
"""Second act: much data, while everything under it changes.

The reference client plays on the target what an ordinary program plays on
the kernel's TCP at the peer: both send at the same time and compare every byte
that comes with the pattern that must come.
"""

import json
import os
import re
import subprocess
import threading

import chain
import world
from world import HOST, PEER, R1, R2, Trouble

CHIMDATA = os.environ.get('CHIM_DATA', 'chimdata')
PORT = 7008
DEV = 'h0'
ETHER_HEADER = 14
NEW_MAC = {4: '02:00:00:00:02:f4', 6: '02:00:00:00:02:f6'}
SMALL_MTU, MTU = 1280, 1500
WINDOW = 3000000
# Of all that a router passes on; a frame that is not delayed overtakes others.
IMPAIRED = ('loss', '1%', 'delay', '2ms', 'reorder', '1%')
# When things change, in parts of what the peer is to receive.
CHANGES = 6
SEEN = 20


def impair(*words):
    """What the routers do to the frames of both directions; nothing, if so."""
    for router in R1, R2:
        for dev in 'lan0', 'wan0':
            world.run('tc', '-n', router, 'qdisc', 'del', 'dev', dev, 'root',
                      check=False)
            if words:
                world.run('tc', '-n', router, 'qdisc', 'add', 'dev', dev,
                          'root', 'netem', 'limit', '100000', *words)


def lost():
    """Frames that the routers have dropped."""
    count = 0
    for router in R1, R2:
        for qdisc in json.loads(world.run('tc', '-j', '-s', '-n', router,
                                          'qdisc', 'show')):
            if qdisc['kind'] == 'netem':
                count += qdisc['drops']
    return count


def watch(router, *words):
    """The next frames at a router that meet all conditions, in tcpdump's words."""
    with world.inside(router):
        dump = subprocess.Popen(
            ('tcpdump', '-i', 'lan0', '-n', '-e', '-q', '-s', '128', '-c',
             str(SEEN), '--immediate-mode', '-Z', 'root', ' and '.join(words)),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    # For a machine that hangs.
    guard = threading.Timer(world.PATIENCE * 3, dump.kill)
    guard.start()
    lines = dump.stdout.read().splitlines()
    dump.wait()
    guard.cancel()
    return lines


class Player:
    """A program that says what happens to it line by line, in JSON."""

    def __init__(self, netns, *args):
        self.name = f'chimdata {args[0]}'
        with world.inside(netns):
            self.process = subprocess.Popen(
                (CHIMDATA, *map(str, args)), stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True)
        self.last = {}

    def expect(self, word):
        for line in self.process.stdout:
            if word in line:
                return line
        raise Trouble(f'{self.name}: {self.process.stderr.read().strip()}')

    def end(self):
        """The problems it has had, and sets @last to its last words."""
        lines = self.process.stdout.read().strip().splitlines()
        problems = self.process.stderr.read().strip().splitlines()
        try:
            self.last = json.loads(lines[-1])
        except (IndexError, ValueError):
            problems.append('no result')
        if self.process.wait():
            problems.append(f'exit code {self.process.returncode}')
        return problems

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class Traffic:
    """One connection that is handed over at once, and its changes."""

    def __init__(self, story, family, size):
        self.story = story
        self.family = family
        self.size = size
        self.to = world.address(family, 'wan', PEER)
        self.id = None
        self.done = 0
        role = f'role=both:{size}'
        self.peer = Player(PEER, 'peer', self.to, PORT, role)
        self.peer.expect('listening')
        self.host = Player(HOST, 'run', self.to, PORT, role)

    def begin(self, step):
        self.story.begin(f'IPv{self.family}: {step}')

    # --- what is seen ---------------------------------------------------------

    def peer_value(self, name):
        """A number that ss tells about the connection, or None."""
        out = world.run('ss', '-N', PEER, '-H', '-t', '-i', '-n', '-O',
                        f'( sport = :{PORT} )')
        found = re.search(rf'\b{name}:(\d+)', out)
        return int(found[1]) if found else None

    def wait_turn(self):
        """Until the peer has the next part of the data."""
        self.done += 1
        want = self.size * self.done // (CHANGES + 1)
        got = world.wait_for(f'{want} bytes at the peer', lambda: (
            lambda n: n if n is not None and n >= want else None)(
                self.peer_value('bytes_received')), 90)
        self.story.tell('ss -ti', f'the peer has received {got >> 20} MiB')

    def prove_frames(self, what, router, *words):
        port = f'tcp and dst port {PORT} and greater 200'
        if self.family == 6:
            port = f'ip6 proto 6 and ip6[42:2] = {PORT} and greater 200'
        lines = watch(router, port, *words)
        if lines:
            self.story.tell(f'at {router}', lines[0])
        self.story.prove(f'{SEEN} frames at {router} {what}',
                         [] if len(lines) == SEEN else
                         [f'{len(lines)} are seen'])

    # --- what is changed ------------------------------------------------------

    def control(self, *words):
        self.story.tell('asked', 'chimdata ctl ' + ' '.join(words))
        with world.inside(HOST):
            done = subprocess.run((CHIMDATA, 'ctl', self.id, *words), text=True,
                                  capture_output=True, check=False)
        status = re.search(r'"status": "(\w+)"', done.stdout)
        self.story.tell('status', status[1] if status else
                        done.stderr.strip())
        self.story.prove(f'{words[0]} succeeds', [] if not done.returncode
                         else [done.stdout.strip() + done.stderr.strip()])
        return json.loads(done.stdout or '{}')

    def hand_over(self):
        size = f'{self.size >> 20} MiB'
        over = f' over {chain.DEPTH} intermediate drivers' if chain.DEPTH else ''
        self.begin(f'{size} each way{over}, handed over as they begin to flow')
        line = self.host.expect('"offloaded"')
        self.id = re.search(r'"id": (\d+)', line)[1]
        self.story.tell('tc', f'routers: netem {" ".join(IMPAIRED)}')
        self.prove_frames('carry data of the target', R1)

    def new_mac(self):
        self.begin('router 1 gets another MAC address')
        mac = NEW_MAC[self.family]
        world.run('ip', '-n', R1, 'link', 'set', 'lan0', 'address', mac)
        self.control('neighbor', mac)
        self.prove_frames('go to it', R1, f'ether dst {mac}')

    def new_router(self):
        self.begin('the path moves to router 2')
        mac = world.resolve(self.family, R2)
        self.control('relink', mac)
        self.prove_frames('go there', R2, f'ether dst {mac}')

    def less_mtu(self):
        self.begin(f'the path MTU shrinks to {SMALL_MTU}')
        self.control('mtu', str(SMALL_MTU))
        most = SMALL_MTU + ETHER_HEADER
        self.prove_frames(f'have {most} bytes', R2, f'len == {most}')

    def more_mtu(self):
        self.begin(f'the path MTU grows to {MTU}')
        self.control('mtu', str(MTU))
        most = MTU + ETHER_HEADER
        self.prove_frames(f'have {most} bytes', R2, f'len == {most}')

    def new_values(self):
        self.begin('keepalive and the receive window are updated')
        before = self.peer_value('snd_wnd') or 0
        self.control('update', 'keepalive=1', 'ka_timeout=60000',
                     'ka_interval=1000', f'rcv_wnd_init={WINDOW}')
        got = self.control('query')
        self.story.equal('keepalive of the connection',
                         got.get('keepalive'), 1)
        most = 0

        def poll():
            nonlocal most
            most = max(most, self.peer_value('snd_wnd') or 0)
            return most if most > max(before, WINDOW // 2) else None
        try:
            world.wait_for('a larger window at the peer', poll)
        except Trouble:
            pass
        self.story.tell('ss -ti', f'snd_wnd:{before}, then snd_wnd:{most}')
        self.story.prove('the peer sees a larger window', [] if most > before
                         else ['it does not'])

    def finish(self):
        story = self.story
        self.begin('both directions end')
        count = lost()
        story.prove(f'the routers have lost frames: {count}',
                    [] if count else ['none'])
        for player in self.host, self.peer:
            story.prove(f'{player.name} is content', player.end())
        ours, theirs = self.host.last, self.peer.last
        story.equal('number of violations of the contract',
                    ours.get('violations'), 0)
        for way, mine, other in ('to', 'tx', 'rx'), ('from', 'rx', 'tx'):
            story.equal(f'bytes {way} the peer', ours.get(mine), self.size)
            have = ours.get('connection', {}).get(f'{mine}_hash')
            story.tell('hash', f'{way} the peer: {have}')
            story.equal(f'hash {way} the peer, as the peer has it',
                        theirs.get(f'{other}_hash'), have)

    def stop(self):
        self.host.kill()
        self.peer.kill()

    def tell(self):
        self.hand_over()
        for step in (self.new_mac, self.new_router, self.less_mtu,
                     self.more_mtu, self.new_values):
            self.wait_turn()
            step()
        self.finish()


def play(story, size):
    """Both families, one after the other."""
    for family in 4, 6:
        world.route_by(family, R1)
        world.resolve(family, R1)
        impair(*IMPAIRED)
        traffic = Traffic(story, family, size)
        try:
            traffic.tell()
            chain.prove(story)
        finally:
            traffic.stop()
            impair()
