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
NEW_MAC = '02:00:00:00:02:f4'
SMALL_MTU, MTU = 1280, 1500
WINDOW = 3000000
# Of all that a router passes on; a frame that is not delayed overtakes others.
IMPAIRED = ('loss', '1%', 'delay', '1ms', 'reorder', '1%')
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


class Watch:
    """The next frames at a router that meet all conditions, in tcpdump's words.
    It looks from the moment it is made.
    """

    def __init__(self, router, *words):
        with world.inside(router):
            self.dump = subprocess.Popen(
                ('tcpdump', '-i', 'lan0', '-n', '-e', '-q', '-s', '128', '-c',
                 str(SEEN), '--immediate-mode', '-Z', 'root',
                 ' and '.join(words)),
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        # For a machine that hangs.
        self.guard = threading.Timer(world.PATIENCE * 3, self.dump.kill)
        self.guard.start()

    def lines(self):
        lines = self.dump.stdout.read().splitlines()
        self.dump.stdout.close()
        self.dump.wait()
        self.guard.cancel()
        return lines


def prove_frames(story, what, router, watched):
    """Frames of several connections, all looked for at the same time: @watched
    has a name and conditions for each.
    """
    watches = [(name, Watch(router, *words)) for name, words in watched]
    for name, watch in watches:
        lines = watch.lines()
        if lines:
            story.tell(f'at {router}', lines[0])
        story.prove(f'{name}: {SEEN} frames at {router} {what}',
                    [] if len(lines) == SEEN else [f'{len(lines)} are seen'])


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


class Flow:
    """A connection of one family that is handed over at once."""

    def __init__(self, story, family, size):
        self.story = story
        self.name = f'IPv{family}'
        self.size = size
        self.to = world.address(family, 'wan', PEER)
        self.role = f'role=both:{size}'
        self.id = None
        self.host = None
        self.before = 0         # the window that the peer saw
        self.filter = f'ip and tcp dst port {PORT} and greater 200'
        if family == 6:
            self.filter = f'ip6 proto 6 and ip6[42:2] = {PORT} and greater 200'
        self.peer = Player(PEER, 'peer', self.to, PORT, self.role)

    def begin(self):
        self.peer.expect('listening')
        self.host = Player(HOST, 'run', self.to, PORT, self.role)

    def peer_values(self, *names):
        """Numbers that ss tells about the connection, None if it does not."""
        out = world.run('ss', '-N', PEER, '-H', '-t', '-i', '-n', '-O',
                        f'( sport = :{PORT} and src [{self.to}] )')
        found = [re.search(rf'\b{name}:(\d+)', out) for name in names]
        return [int(match[1]) if match else None for match in found]

    def peer_value(self, name):
        return self.peer_values(name)[0]

    def handed_over(self):
        line = self.host.expect('"offloaded"')
        self.id = re.search(r'"id": (\d+)', line)[1]

    def wait_turn(self, part):
        """Until the peer has so much of the data."""
        want = int(self.size * part)

        def poll():
            got, sent = self.peer_values('bytes_received', 'bytes_acked')
            return (got, sent or 0) if got is not None and got >= want else None
        got, sent = world.wait_for(f'{want} bytes at the peer', poll,
                                   90 + (self.size >> 20), 0.2)
        self.story.tell('ss -ti', f'{self.name}: the peer has received '
                        f'{got >> 20} MiB, and sent {sent >> 20} MiB')

    def control(self, *words):
        self.story.tell('asked',
                        f'{self.name}: chimdata ctl ' + ' '.join(words))
        with world.inside(HOST):
            done = subprocess.run((CHIMDATA, 'ctl', self.id, *words), text=True,
                                  capture_output=True, check=False)
        status = re.search(r'"status": "(\w+)"', done.stdout)
        self.story.tell('status', status[1] if status else
                        done.stderr.strip())
        self.story.prove(f'{self.name}: {words[0]} succeeds',
                         [] if not done.returncode
                         else [done.stdout.strip() + done.stderr.strip()])
        return json.loads(done.stdout or '{}')

    def prove_window(self):
        most = 0

        def poll():
            nonlocal most
            most = max(most, self.peer_value('snd_wnd') or 0)
            return most if most > max(self.before, WINDOW // 2) else None
        try:
            world.wait_for('a larger window at the peer', poll, period=0.1)
        except Trouble:
            pass
        self.story.tell('ss -ti', f'{self.name}: snd_wnd:{self.before}, then '
                        f'snd_wnd:{most}')
        self.story.prove(f'{self.name}: the peer sees a larger window',
                         [] if most > self.before else ['it does not'])

    def prove_loss(self):
        """Each connection had to make up for frames that were lost."""
        again = self.peer_value('bytes_retrans') or 0
        self.story.prove(f'{self.name}: the peer had to send {again} bytes again',
                         [] if again else ['none'])

    def finish(self):
        story, name = self.story, self.name
        for player in self.host, self.peer:
            story.prove(f'{name}: {player.name} is content', player.end())
        ours, theirs = self.host.last, self.peer.last
        story.equal(f'{name}: number of violations of the contract',
                    ours.get('violations'), 0)
        for way, mine, other in ('to', 'tx', 'rx'), ('from', 'rx', 'tx'):
            story.equal(f'{name}: bytes {way} the peer', ours.get(mine),
                        self.size)
            have = ours.get('connection', {}).get(f'{mine}_hash')
            story.tell('hash', f'{name}: {way} the peer: {have}')
            story.equal(f'{name}: hash {way} the peer, as the peer has it',
                        theirs.get(f'{other}_hash'), have)

    def stop(self):
        for player in self.host, self.peer:
            if player:
                player.kill()


class Traffic:
    """Both families at the same time: a change meets the connections of both."""

    def __init__(self, story, size):
        self.story = story
        self.size = size
        self.done = 0
        self.flows = [Flow(story, family, size) for family in (4, 6)]

    def wait_turn(self):
        self.done += 1
        for flow in self.flows:
            flow.wait_turn(self.done / (CHANGES + 1))

    def control(self, *words):
        return [flow.control(*words) for flow in self.flows]

    def prove_frames(self, what, router, *words):
        prove_frames(self.story, what, router,
                     [(flow.name, (flow.filter, *words))
                      for flow in self.flows])

    def hand_over(self):
        size = f'{self.size >> 20} MiB'
        over = f' over {chain.DEPTH} intermediate drivers' if chain.DEPTH else ''
        self.story.begin(f'IPv4 and IPv6 at a time: {size} each way{over}, handed '
                         'over as they begin to flow')
        for flow in self.flows:
            flow.begin()
        for flow in self.flows:
            flow.handed_over()
        self.story.tell('tc', f'routers: netem {" ".join(IMPAIRED)}')
        self.prove_frames('carry data of the target', R1)

    def new_mac(self):
        self.story.begin('router 1 gets another MAC address')
        world.run('ip', '-n', R1, 'link', 'set', 'lan0', 'address', NEW_MAC)
        self.control('neighbor', NEW_MAC)
        self.prove_frames('go to it', R1, f'ether dst {NEW_MAC}')

    def new_router(self):
        self.story.begin('the paths move to router 2')
        mac = world.resolve(4, R2)
        self.control('relink', mac)
        self.prove_frames('go there', R2, f'ether dst {mac}')

    def new_mtu(self, mtu):
        self.control('mtu', str(mtu))
        most = mtu + ETHER_HEADER
        self.prove_frames(f'have {most} bytes', R2, f'len == {most}')

    def less_mtu(self):
        self.story.begin(f'the path MTU shrinks to {SMALL_MTU}')
        self.new_mtu(SMALL_MTU)

    def more_mtu(self):
        self.story.begin(f'the path MTU grows to {MTU}')
        self.new_mtu(MTU)

    def new_values(self):
        self.story.begin('keepalive and the receive window are updated')
        for flow in self.flows:
            flow.before = flow.peer_value('snd_wnd') or 0
            flow.control('update', 'keepalive=1', 'ka_timeout=60000',
                         'ka_interval=1000', f'rcv_wnd_init={WINDOW}')
            got = flow.control('query')
            self.story.equal(f'{flow.name}: keepalive of the connection',
                             got.get('keepalive'), 1)
        for flow in self.flows:
            flow.prove_window()
            flow.prove_loss()

    def finish(self):
        self.story.begin('both directions end')
        count = lost()
        self.story.prove(f'the routers have lost frames: {count}',
                         [] if count else ['none'])
        for flow in self.flows:
            flow.finish()

    def stop(self):
        for flow in self.flows:
            flow.stop()

    def tell(self):
        self.hand_over()
        for step in (self.new_mac, self.new_router, self.less_mtu,
                     self.more_mtu, self.new_values):
            self.wait_turn()
            step()
        self.finish()


def play(story, size):
    """Much data by both families."""
    for family in 4, 6:
        world.route_by(family, R1)
        world.resolve(family, R1)
    impair(*IMPAIRED)
    traffic = Traffic(story, size)
    try:
        traffic.tell()
        chain.prove(story)
    finally:
        traffic.stop()
        impair()
