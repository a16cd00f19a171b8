#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""demo.py OUT: the main job, from freezing a connection to giving it back.

Runs as root on a machine of its own. CHIM_MODULE, CHIM_CTL and CHIM_HANDOVER
name the module and the programs. Captures are left in the directory OUT; the
exit code is 1 if a proof is missing.
"""

import json
import os
import subprocess
import sys
import time

import chain
import programs
import traffic
import world
from world import HOST, PEER, R1, R2, Trouble

CHIMCTL = os.environ.get('CHIM_CTL', 'chimctl')
HANDOVER = os.environ.get('CHIM_HANDOVER', 'handover')
MODULE = os.environ.get('CHIM_MODULE', 'chimney')
CLIENT = os.environ.get('CHIM_CLIENT', 'chimney_client')
SIZE = int(os.environ.get('CHIM_DEMO_MIB', '64'))

PORT = 7007
DEV = 'h0'
MIB = 1 << 20
NEW_MAC = {4: '02:00:00:00:01:f4', 6: '02:00:00:00:01:f6'}
TTL, TOS, PRIO, MTU = 57, 0x28, 5, 1400
CAPTURED = {4: 'arp or ip or (vlan and ip)', 6: 'ip6 or (vlan and ip6)'}
# No multiple of 2^7, so that scaling is seen to round down.
WINDOWS = (300001, 400001, 500001, 600001, 700001)
ESTABLISHED = 1                 # as the kernel counts states
# What comes back from a query must be what was handed over, except the clock.
RETURNED = ('snd_una', 'snd_nxt', 'snd_max', 'rcv_nxt', 'snd_wnd',
            'max_snd_wnd', 'snd_wl1', 'cwnd', 'ssthresh', 'srtt', 'rttvar',
            'ts_recent')
GIVEN_BACK = ('rcv_nxt', 'snd_una', 'snd_nxt', 'snd_max', 'rcv_wnd', 'snd_wnd',
              'max_snd_wnd', 'snd_wl1', 'ts_time')


def flat(data):
    """All plain values of nested JSON by name."""
    values = {}
    if isinstance(data, list):
        for item in data:
            values = {**flat(item), **values}
    elif isinstance(data, dict):
        for name, value in data.items():
            if isinstance(value, (dict, list)):
                values = {**flat(value), **values}
            else:
                values[name] = value
    return values


class Story:
    """What is told, and how much of it is proven."""

    def __init__(self):
        self.proofs = 0
        self.missing = []
        self.step = ''
        self.start = time.monotonic()

    def tell(self, kind, text):
        print(f'    {kind + ":":<9}{text}', flush=True)

    def begin(self, step):
        self.step = step
        print(f'\n[{time.monotonic() - self.start:5.1f} s] {step}', flush=True)

    def prove(self, what, problems):
        """A proof is there if there are no problems."""
        self.proofs += 1
        if not problems:
            self.tell('proof', what)
            return
        self.missing.append(f'{self.step}: {what}')
        for problem in problems:
            self.tell('MISSING', f'{what}: {problem}')

    def equal(self, what, have, want):
        self.prove(f'{what} is {want}',
                   [] if have == want else [f'it is {have}'])

    def chimctl(self, *words):
        """Asks for an operation and returns what came back."""
        words = [str(word) for word in words]
        self.tell('asked', 'chimctl ' + ' '.join(words))
        with world.inside(HOST):
            done = subprocess.run((CHIMCTL, '-j', *words), text=True,
                                  capture_output=True, check=False)
        try:
            values = flat(json.loads(done.stdout or '{}'))
        except ValueError:
            values = {}
        said = done.stderr.strip()
        status = values.get('status')
        if status is not None or done.returncode:
            self.tell('status', f'{status} {said}'.strip())
        if done.returncode:
            self.prove(f'{" ".join(words[:2])} succeeds',
                       [f'exit code {done.returncode}: '
                        f'{said or done.stdout.strip()}'])
        return values


class Handover:
    """One connection, from the host's socket to the target and back."""

    def __init__(self, story, family, directory):
        self.story = story
        self.family = family
        self.captures = {router: world.Capture(router, directory,
                                               f'ipv{family}', CAPTURED[family])
                         for router in (R1, R2)}
        self.host = world.Program(HOST, 'call',
                                  world.address(family, 'wan', PEER), str(PORT))
        self.state = {}
        self.handle = {}
        self.expected = {}      # fields of the next acknowledgment
        self.proven = []        # (router, number) of frames of the target
        self.windows = list(WINDOWS)
        self.tsval = 0
        self.turn = {}          # frames captured before, by router
        self.settings = {}

    def begin(self, step):
        self.story.begin(f'IPv{self.family}: {step}')

    def ready(self):
        """Waits for the programs that have been started."""
        for capture in self.captures.values():
            capture.ready()
        self.host.read()

    # --- frames ---------------------------------------------------------------

    def sent(self, router):
        """The host's segments that this router got."""
        self.captures[router].update()
        key = (self.state['src'], self.state['sport'], self.state['dst'],
               PORT)
        return [frame for frame in self.captures[router].frames
                if frame.is_tcp() and frame.key() == key]

    def later_frames(self, router):
        """Those that came after the socket was frozen, or thawed."""
        return [frame for frame in self.sent(router)
                if frame.number > self.turn[router]]

    def take_turn(self):
        """What is captured from now on is sent by the other one."""
        for router, capture in self.captures.items():
            capture.update()
            self.turn[router] = len(capture.frames)

    def next_frame(self, router):
        """Waits for a segment not seen before, and shows it."""
        def poll():
            for frame in self.later_frames(router):
                if (router, frame.number) not in self.proven:
                    return frame
            return None
        frame = world.wait_for(f'a segment at {router}', poll)
        self.proven.append((router, frame.number))
        self.story.tell(f'at {router}', self.captures[router].text(frame))
        return frame

    def prove_frame(self, router, window):
        """The acknowledgment that must have come, in every field."""
        frame = self.next_frame(router)
        shift = self.state['rcv_wscale'] if self.state['wscale'] else 0
        self.expected['window'] = min(window >> shift, 0xffff)
        problems = frame.problems + frame.wrong(**self.expected)
        if self.family == 4 and not 0x8000 <= frame.id <= 0xffff:
            problems.append(f'identification {frame.id:#x} is the host\'s')
        if self.state['timestamps']:
            if (frame.tsval - self.tsval) & 0xffffffff > 0x7fffffff:
                problems.append(f'timestamp {frame.tsval} runs backwards')
            self.tsval = frame.tsval
        self.story.prove(f'{len(self.expected)} fields, lengths and checksums '
                         f'of the frame at {router}', problems)

    def prove_absence(self, router):
        count = len([f for f in self.later_frames(router)
                     if (router, f.number) not in self.proven])
        self.story.prove(f'no other segment went to {router}',
                         [f'{count} did'] if count else [])

    def tell_peer(self, view):
        """The ends of the connection and its window are what matters."""
        ends = ' '.join(word for word in view.split() if ']:' in word)
        self.story.tell('ss -ti', f'{ends} ... '
                        f'snd_wnd:{world.peer_window(view)}')

    def prove_peer(self, window):
        """The peer must take the window as it was sent, to the byte."""
        shift = self.state['rcv_wscale'] if self.state['wscale'] else 0
        want = min(window >> shift, 0xffff) << shift
        seen = []

        def poll():
            view = world.peer_view(self.state['sport'])
            seen[:] = [view]
            return view if world.peer_window(view) == want else None
        try:
            view = world.wait_for('the window at the peer', poll)
        except Trouble:
            view = seen[0]
        self.tell_peer(view)
        self.story.equal('snd_wnd at the peer', world.peer_window(view), want)

    # --- steps ----------------------------------------------------------------

    def announce(self, router, *more):
        """A larger receive window: the one thing that sends a segment."""
        window = self.windows.pop(0)
        self.story.chimctl('connection', 'update', 'dev', DEV, 'handle',
                           self.handle['connection'], *more, 'rcv-wnd-init',
                           window)
        self.prove_frame(router, window)
        self.prove_peer(window)

    def talk(self):
        self.ready()
        self.begin('two programs talk across router 1')
        reply = self.host.ask(f'say hello over IPv{self.family}')
        self.story.tell('program', reply)
        self.story.equal('the answer', reply,
                         f'you said: hello over IPv{self.family}')

    def last_words(self):
        """The last native segments: the answer, and the host's word on it."""
        self.captures[R1].update()
        ours = data = None
        for frame in filter(world.frames.Frame.is_tcp, self.captures[R1].frames):
            if frame.dport == PORT:
                ours = frame
            if frame.payload:
                data = frame
        if not data or data.sport != PORT or \
                ours.ack != (data.seq + data.payload) & 0xffffffff:
            return None
        return ours, data

    def freeze(self):
        self.begin('freeze the host\'s socket (TCP_REPAIR)')
        ours, theirs = world.wait_for('the last acknowledgment',
                                      self.last_words)
        words = [HANDOVER, 'freeze', str(self.host.pid), str(PORT)]
        self.story.tell('asked', 'handover ' + ' '.join(words[1:]))
        state = self.state = json.loads(world.run(*words))
        # The socket does not tell these two; the frames do.
        state['ts_recent'] = max(theirs.tsval, 0)
        state['ts_recent_age'] = max(0, int((time.time() - theirs.time) * 1000))
        state['flow_label'] = max(ours.flow, 0)
        self.tsval = max(ours.tsval, 0)
        self.story.tell('state', ' '.join(f'{name}={value}' for name, value
                                          in state.items()))
        self.take_turn()
        self.story.equal('state of the connection', state['state'], ESTABLISHED)
        self.story.prove('the socket says what the last frame said',
                         ours.wrong(seq=state['snd_nxt'], ack=state['rcv_nxt']))
        self.tell_peer(world.peer_view(state['sport']))
        self.expect_first(ours)

    def expect_first(self, native):
        state = self.state
        self.expected = {
            'src': native.src, 'dst': native.dst, 'tagged': False,
            'version': self.family, 'saddr': state['src'],
            'daddr': state['dst'], 'sport': state['sport'], 'dport': PORT,
            'ttl': state['ttl'], 'tos': state['tos'], 'flags': 'ack',
            'seq': state['snd_max'], 'ack': state['rcv_nxt'], 'urgent': 0,
            'payload': 0, 'options': '', 'tsecr': -1, 'df': 1, 'flow': -1,
        }
        if state['timestamps']:
            self.expected.update(options='nop,nop,ts',
                                 tsecr=state['ts_recent'])
        if self.family == 6:
            self.expected.update(df=0, flow=state['flow_label'])

    def initiate_neighbor(self, router):
        mac = world.resolve(self.family, router)
        self.story.tell('host', f'{world.address(self.family, "lan", router)} '
                        f'is at {mac}')
        values = self.story.chimctl('neighbor', 'initiate', 'dev', DEV,
                                    'lladdr', mac)
        self.handle[router] = values.get('handle')
        return mac

    def connection_words(self):
        """The values of the connection as chimctl takes them."""
        state = self.state
        yield from ('sport', state['sport'], 'dport', state['dport'])
        for name in ('timestamps', 'sack', 'wscale', 'keepalive', 'nagle'):
            yield from (name, 'on' if state[name] else 'off')
        # Nothing received waits to be read: the whole window is promised.
        yield from ('rcv-wnd-init', state['rcv_wnd'], 'state', 'established')
        names = ['snd_wscale', 'rcv_wscale', 'remote_mss', 'ttl', 'tos', 'prio',
                 'ka_probes', 'ka_timeout', 'ka_interval', 'rcv_wnd',
                 'ts_recent_age', 'ts_time', *RETURNED]
        if self.family == 6:
            names.append('flow_label')
        for name in names:
            yield from (name.replace('_', '-'), state[name])

    def initiate(self):
        story, state = self.story, self.state
        self.begin('initiate neighbor, path and connection from its state')
        self.initiate_neighbor(R1)
        self.handle['path'] = story.chimctl(
            'path', 'initiate', 'dev', DEV, 'neighbor', self.handle[R1], 'src',
            state['src'], 'dst', state['dst'], 'mtu', state['pmtu']).get(
                'handle')
        self.handle['connection'] = story.chimctl(
            'connection', 'initiate', 'dev', DEV, 'path', self.handle['path'],
            *self.connection_words()).get('handle')
        missing = [name for name in (R1, 'path', 'connection')
                   if not self.handle[name]]
        story.prove('three objects are offloaded',
                    [f'no handle for {name}' for name in missing])
        if missing:
            raise Trouble('nothing is offloaded')

    def update_window(self):
        self.begin('update the receive window')
        self.announce(R1)

    def update_neighbor(self):
        mac = NEW_MAC[self.family]
        self.begin('router 1 gets a new MAC address; update its neighbor')
        world.run('ip', '-n', R1, 'link', 'set', 'lan0', 'address', mac)
        world.wait_for('the new MAC address of r1',
                       lambda: world.neighbor_mac(self.family, R1) == mac
                       or None)
        self.story.tell('host', f'{world.address(self.family, "lan", R1)} '
                        f'is now at {mac}')
        self.story.chimctl('neighbor', 'update', 'dev', DEV, 'handle',
                           self.handle[R1], 'lladdr', mac)
        self.expected['dst'] = mac
        self.announce(R1)

    def relink(self):
        self.begin('relink the path to router 2')
        world.route_by(self.family, R2)
        self.expected['dst'] = self.initiate_neighbor(R2)
        self.story.chimctl('path', 'relink', 'dev', DEV, 'handle',
                           self.handle['path'], 'neighbor', self.handle[R2])
        self.announce(R2)
        self.prove_absence(R1)

    def update_headers(self):
        name = 'TTL, TOS' if self.family == 4 else 'hop limit, traffic class'
        self.begin(f'update {name} and user priority')
        self.expected.update(ttl=TTL, tos=TOS, tagged=True, vlan=0, prio=PRIO,
                             dei=0)
        self.announce(R2, 'ttl', TTL, 'tos', TOS, 'prio', PRIO)

    def update_mtu(self):
        story, path = self.story, self.handle['path']
        self.begin('update the path MTU')
        story.chimctl('path', 'update', 'dev', DEV, 'handle', path, 'mtu', MTU)
        values = story.chimctl('query', 'dev', DEV, 'handle', path)
        story.equal('the path MTU', values.get('mtu'), MTU)

    def prove_delegated(self, values):
        wrong = [f'{name} is {values.get(name)}, not {self.state[name]}'
                 for name in RETURNED if values.get(name) != self.state[name]]
        self.story.prove(f'{len(RETURNED)} values are those handed over', wrong)
        self.story.equal('the promised window', values.get('rcv_wnd'),
                         WINDOWS[len(WINDOWS) - len(self.windows) - 1])

    def query(self):
        self.begin('query the delegated state')
        values = self.story.chimctl('query', 'dev', DEV, 'handle',
                                    self.handle['connection'])
        self.story.tell('state', ' '.join(
            f'{name}={values.get(name)}' for name in
            ('state', 'rcv_wnd', 'ts_time', *RETURNED)))
        self.prove_delegated(values)

    def invalidate(self):
        self.begin('invalidate router 1\'s neighbor; the path is with '
                         'router 2, so the connection goes on')
        self.story.chimctl('invalidate', 'dev', DEV, 'handle', self.handle[R1])
        self.announce(R2)
        self.prove_absence(R1)

    def terminate(self):
        story = self.story
        self.begin('terminate everything')
        values = story.chimctl('terminate', 'dev', DEV, 'handle',
                               self.handle['connection'])
        self.prove_delegated(values)
        for name in ('path', R1, R2):
            story.chimctl('terminate', 'dev', DEV, 'handle', self.handle[name])
        left = story.chimctl('object', 'show', 'dev', DEV)
        story.prove('no object is left',
                    [f'handle {left["handle"]}'] if 'handle' in left else [])
        self.settings = {name: values.get(name) for name in GIVEN_BACK}

    def thaw(self):
        """The socket takes over: what came back, and what was updated."""
        self.begin('write the returned state back into the socket')
        values = {**self.settings, 'ttl': TTL, 'tos': TOS, 'prio': PRIO,
                  'rcvbuf': self.settings['rcv_wnd']}
        words = [f'{name}={value}' for name, value in values.items()]
        self.story.tell('asked', f'handover thaw {self.host.pid} {PORT} ' +
                        ' '.join(words))
        state = json.loads(world.run(HANDOVER, 'thaw', str(self.host.pid),
                                     str(PORT), *words))
        wrong = [f'{name} is {state[name]}, not {value}'
                 for name, value in self.settings.items()
                 if state[name] != value and name != 'ts_time']
        self.story.prove('the socket has taken the values', wrong)
        for router in (R1, R2):
            self.prove_absence(router)

    def exchange(self):
        self.begin('the two programs go on, natively')
        self.take_turn()
        for request in (f'push {MIB // 4}', f'pull {MIB // 4 + 4711}'):
            reply = self.host.ask(request)
            theirs, _, ours = reply.partition(' / ')
            self.story.tell('program', f'{request}: {theirs}')
            size = request.split()[1]
            self.story.prove('the other program has the same, byte for byte',
                             [] if ours == theirs and
                             theirs.startswith(f'{size} bytes')
                             else [f'this one has: {ours}'])
        native = self.next_frame(R2)
        self.story.prove('natively the connection has the updated values too',
                         native.wrong(ttl=TTL, tos=TOS))

    def finish(self):
        """Ends the program and looks at the whole of the captures."""
        self.begin('all is over; what the captures say as a whole')
        self.host.end()
        for capture in self.captures.values():
            capture.stop()
        native = self.later_frames(R1) + self.later_frames(R2)
        back = [frame.summary() for frame in native if frame.tsval >= 0 and
                (frame.tsval - self.tsval) & 0xffffffff > 0x7fffffff]
        self.story.prove(f'the timestamps of {len(native)} native segments go '
                         'on from the target\'s', back[:3])
        # The last one shown was native.
        self.story.equal('number of segments of the target',
                         len(self.proven) - 1, len(WINDOWS))
        resets = [frame.summary() for capture in self.captures.values()
                  for frame in capture.frames if 'rst' in frame.flags]
        self.story.prove('nobody reset the connection', resets)

    def stop(self):
        self.host.kill()
        for capture in self.captures.values():
            if capture.process.poll() is None:
                capture.stop()

    def tell(self):
        for step in (self.talk, self.freeze, self.initiate, self.update_window,
                     self.update_neighbor, self.relink, self.update_headers,
                     self.update_mtu, self.query, self.invalidate,
                     self.terminate, self.thaw, self.exchange, self.finish):
            step()


def load(story):
    story.begin(f'load the module on Linux {os.uname().release}')
    depends = world.run('modinfo', '-F', 'depends', MODULE).strip()
    for name in filter(None, depends.split(',')):
        world.run('modprobe', name)
    world.run('insmod', MODULE)
    world.run('insmod', CLIENT, *chain.load())
    story.tell('loaded', world.run('modinfo', '-F', 'description',
                                   MODULE).strip())


def unload(story):
    story.begin('unload the module')
    story.chimctl('adapter', 'del', DEV)
    world.run('rmmod', 'chimney_client')
    chain.unload()
    world.run('rmmod', 'chimney')
    story.prove('it is gone', ['it is still there']
                if os.path.exists('/sys/module/chimney') else [])


def hand_over(story, directory):
    """One family after the other. What takes its time to start does so for both."""
    handovers = [Handover(story, family, directory) for family in (4, 6)]
    try:
        for handover in handovers:
            handover.tell()
    finally:
        for handover in handovers:
            handover.stop()


def perform(story, directory):
    load(story)
    story.begin('make the network: host, two routers, peer')
    world.build()
    peer = world.Program(PEER, 'serve', str(PORT))
    try:
        peer.read()
        story.chimctl('adapter', 'add', DEV)
        chain.insert(story, DEV)
        hand_over(story, directory)
        traffic.play(story, SIZE * MIB)
        chain.remove(DEV)
        programs.play(story, directory)
        unload(story)
    finally:
        peer.kill()


def main(directory):
    story = Story()
    try:
        perform(story, directory)
    except Trouble as trouble:
        story.prove('the demonstration reaches its end', [str(trouble)])
    finally:
        world.destroy()
    print(f'\n{story.proofs - len(story.missing)} of {story.proofs} proofs in '
          f'{time.monotonic() - story.start:.0f} s')
    for proof in story.missing:
        print(f'missing: {proof}')
    return 1 if story.missing else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
