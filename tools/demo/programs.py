# SPDX-License-Identifier: GPL-2.0-only
"""Third act: programs that know nothing of the target.

iperf3, curl, ssh and nc each move data between host and peer, two at a time. In
mid-transfer their connections go to the target, follow another router when the first
one dies with all that it has queued, its new MAC address and a smaller path MTU, and
come back to the kernel; files must arrive as they were. The routers are slow until
then, so that no transfer ends before, however long it takes to look, and fast for what
is left.
"""

import functools
import hashlib
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import traffic
import world
from netns import enter
from world import HOST, PEER, R1, R2, SWITCH, Trouble

HOST_MODULE = os.environ.get('CHIM_HOST', 'chimney_host')
DEV = 'h0'
# Rates, and how many frames wait for their turn.
SLOW, FAST = ('2mbit', '60'), ('200mbit', '200')
LATE = 'refused: data out of order'
MIB = 1 << 20
SIZE = 16 * MIB
# What each program has to move between two changes.
TURN = MIB // 8
NEW_MAC, OLD_MAC = '02:00:00:00:01:f2', '02:00:00:00:01:02'
SMALL_MTU, MTU = 1280, 1500
EVERY_S = 0.1


class Sampler(threading.Thread):
    """What has gone through the peer's device, ten times a second."""

    def __init__(self):
        super().__init__(daemon=True)
        self.start_at = time.monotonic()
        self.samples = []
        self.events = []
        self.ended = threading.Event()

    @staticmethod
    def counters():
        with open('/proc/thread-self/net/dev', encoding='ascii') as f:
            for line in f:
                name, _, rest = line.partition(':')
                if name.strip() == 'p0':
                    words = rest.split()
                    return int(words[0]), int(words[8])
        raise Trouble('the peer has no device')

    def run(self):
        with open(f'/run/netns/{PEER}', 'rb') as there:
            enter(there)
        while not self.ended.wait(EVERY_S):
            self.samples.append((time.monotonic() - self.start_at,
                                 *self.counters()))

    def event(self, text):
        self.events.append((time.monotonic() - self.start_at, text))

    def end(self, path):
        self.ended.set()
        self.join()
        with open(path, 'w', encoding='ascii') as f:
            json.dump({'samples': self.samples, 'events': self.events}, f)


@functools.cache
def digest(path):
    with open(path, 'rb') as f:
        return hashlib.file_digest(f, 'sha256').hexdigest()[:16]


def start(netns, *command, **keywords):
    with world.inside(netns):
        return subprocess.Popen(command, **keywords)


def ended(process, what):
    """Waits until a program has ended; its problems."""
    try:
        process.wait(120)
    except subprocess.TimeoutExpired:
        process.kill()
        return [f'{what} does not end']
    return [] if not process.returncode else \
        [f'{what}: exit code {process.returncode}']


class Transfer:
    """A program at work, from host to peer unless it says otherwise."""

    name = ''
    family = 4
    port = 0
    to_peer = True

    def __init__(self, directory, source):
        self.directory = directory
        self.source = source
        self.target = os.path.join(directory, f'{self.name}.got')
        self.to = world.address(self.family, 'wan', PEER)
        self.running = []

    def server(self, *command, **keywords):
        self.running.append(start(PEER, *command, **keywords))

    @staticmethod
    def wait_listener(port):
        world.wait_for(f'a server at port {port}', lambda: world.run(
            'ss', '-N', PEER, '-H', '-l', '-t', '-n', f'( sport = :{port} )')
            or None, period=0.2)

    def listens(self):
        self.wait_listener(self.port)

    def moved(self):
        """Bytes so far, both ways together."""
        said = world.run('ss', '-N', PEER, '-H', '-t', '-n', '-O', '-i',
                         f'( sport = :{self.port} )')
        return sum(map(int, re.findall(r'\bbytes_(?:received|acked):(\d+)',
                                       said)))

    def client(self, *command, **keywords):
        self.running.append(start(HOST, *command, **keywords))

    def finish(self):
        """Problems, if there are any; the last program started ends first."""
        return ended(self.running[-1], self.name)

    def pairs(self):
        """Files that must be the same in the end."""
        return [(self.source, self.target)]

    def stop(self):
        for process in self.running:
            if process.poll() is None:
                process.terminate()
            process.wait()


class Iperf(Transfer):
    """The server sends; a relay in front of it keeps what, as iperf3 does not say."""

    name, family, port = 'iperf3', 4, 5201
    to_peer = False
    server_port = 5202

    @property
    def sent(self):
        return os.path.join(self.directory, 'iperf3.sent')

    def serve(self):
        self.server('iperf3', '-s', '-1', '-p', str(self.server_port), '-B',
                    '127.0.0.1', stdout=subprocess.DEVNULL)
        with open(self.sent, 'wb') as out:
            self.server(sys.executable, os.path.join(world.HERE, 'relay.py'),
                        self.to, str(self.port), str(self.server_port),
                        stdout=out)

    def listens(self):
        self.wait_listener(self.server_port)
        super().listens()

    def begin(self):
        with open(f'{self.target}.json', 'wb') as out:
            self.client('iperf3', '-J', '-c', self.to, '-R', '-n', str(SIZE),
                        '-F', self.target, stdout=out)

    def finish(self):
        """It closes its end when it has what it wants, whatever is on its way."""
        problems = super().finish()
        for server, what in zip(self.running, ('iperf3 -s', 'its relay')):
            problems += ended(server, what)
        with open(f'{self.target}.json', encoding='ascii') as f:
            told = json.load(f)
        got = os.path.getsize(self.target)
        if 'error' in told:
            problems.append(told['error'])
        elif not SIZE <= told['end']['sum_received']['bytes'] <= got:
            problems.append(f'{got} bytes, and it says: {told["end"]}')
        if os.path.getsize(self.sent) > got:
            os.truncate(self.sent, got)
        return problems

    def pairs(self):
        return [(self.sent, self.target)]


class Curl(Transfer):
    """Puts the file there, and takes it from there again."""

    name, family, port = 'curl', 6, 8080

    def serve(self):
        self.server(sys.executable, os.path.join(world.HERE, 'web.py'), self.to,
                    str(self.port), self.directory, stderr=subprocess.DEVNULL)

    @property
    def back(self):
        return os.path.join(self.directory, 'curl.back')

    def begin(self):
        # Without a scheme it takes HTTP; brackets are no pattern.
        url = f'[{self.to}]:{self.port}/{os.path.basename(self.target)}'
        always = '-s', '-S', '-f', '-g', url
        self.client('curl', '-T', self.source, *always, '--next', '-o',
                    self.back, *always)

    def pairs(self):
        return [*super().pairs(), (self.source, self.back)]


class Ssh(Transfer):
    name, family, port = 'ssh', 4, 2222

    def keys(self):
        """The host's key, which only the server needs, and that of the user."""
        world.run('dropbearkey', '-t', 'ed25519', '-f',
                  f'{self.directory}/host')
        world.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f',
                  f'{self.directory}/user')
        # Not $HOME: the server goes by the user.
        home = pwd.getpwuid(os.getuid()).pw_dir
        os.makedirs(f'{home}/.ssh', mode=0o700, exist_ok=True)
        shutil.copy(f'{self.directory}/user.pub', f'{home}/.ssh/authorized_keys')
        os.chmod(f'{home}/.ssh/authorized_keys', 0o600)
        # What the user's shell does first can take long in this machine, where
        # this is forgotten afterwards.
        with open(f'{home}/.bashrc', 'w', encoding='ascii'):
            pass

    def serve(self):
        self.keys()
        self.server('dropbear', '-F', '-E', '-s', '-p',
                    f'{self.to}:{self.port}', '-r', f'{self.directory}/host',
                    stderr=subprocess.DEVNULL)

    def begin(self):
        with open(self.source, 'rb') as f:
            self.client('ssh', '-q', '-F', 'none', '-p', str(self.port), '-i',
                        f'{self.directory}/user', '-o',
                        'StrictHostKeyChecking=no', '-o',
                        'UserKnownHostsFile=/dev/null', f'root@{self.to}',
                        f'cat >{self.target}', stdin=f)


class Netcat(Transfer):
    """Both ways at once."""

    name, family, port = 'nc', 6, 7009

    def serve(self):
        with open(self.source, 'rb') as f, open(self.target, 'wb') as out:
            self.server('nc', '-N', '-l', self.to, str(self.port), stdin=f,
                        stdout=out)

    def begin(self):
        with open(self.source, 'rb') as f, open(self.back, 'wb') as out:
            self.client('nc', '-N', self.to, str(self.port), stdin=f,
                        stdout=out)

    def finish(self):
        return super().finish() + ended(self.running[0], 'nc -l')

    @property
    def back(self):
        return os.path.join(self.directory, 'nc.back')

    def pairs(self):
        return [*super().pairs(), (self.source, self.back)]


def limit_rate(rate, limit):
    """A queue that overflows now and then."""
    for router in R1, R2:
        for dev in 'lan0', 'wan0':
            world.run('tc', '-n', router, 'qdisc', 'replace', 'dev', dev,
                      'root', 'netem', 'rate', rate, 'limit', limit)


def link_mtu(mtu):
    """Between the second router and the peer."""
    for netns, dev in (R2, 'wan0'), (PEER, 'p0'):
        world.run('ip', '-n', netns, 'link', 'set', dev, 'mtu', str(mtu))


def silence(router):
    """It forgets what it has queued, and sends nothing more."""
    for dev in 'lan0', 'wan0':
        of = ('dev', dev, 'root')
        # One of the same kind would keep the queue.
        world.run('tc', '-n', router, 'qdisc', 'del', *of)
        world.run('tc', '-n', router, 'qdisc', 'add', *of, 'netem', 'loss',
                  '100%')


def frames_from(router):
    """How many a router has sent so far, as those see it who it sends to."""
    links = json.loads(world.run('ip', '-j', '-s', '-n', SWITCH, 'link'))
    return sum(link['stats64']['rx']['packets'] for link in links
               if link['ifname'].startswith(f'{router}.'))


class Scene:
    """Two programs, one of either family, and what happens to their connections."""

    def __init__(self, story, sampler, transfers):
        self.story = story
        self.sampler = sampler
        self.transfers = transfers
        self.names = ' and '.join(t.name for t in transfers)
        self.turn = 0
        self.last_words = None

    def begin(self, step):
        self.story.begin(f'{self.names}: {step}')
        self.sampler.event(f'{self.names}: {step}')

    @staticmethod
    def wait_for(transfer, turn):
        want = TURN * turn
        world.wait_for(f'{want} bytes of {transfer.name}', lambda:
                       True if transfer.moved() >= want else None, 120, 0.2)

    def start(self):
        """One after the other: the first steps of one are not to wait behind the
        data of another one.
        """
        limit_rate(*SLOW)
        for transfer in self.transfers:
            transfer.listens()
            transfer.begin()
            self.wait_for(transfer, 1)
        self.turn = 1

    def wait_turn(self):
        """Until each of them has moved some more."""
        self.turn += 1
        for transfer in self.transfers:
            self.wait_for(transfer, self.turn)

    def sockets(self, transfer, *words):
        """What chimctl says of a program's connections."""
        command = ('chimctl', '-j', *words, 'dport', str(transfer.port))
        self.story.tell('asked', ' '.join(command))
        with world.inside(HOST):
            done = subprocess.run((os.environ.get('CHIM_CTL', 'chimctl'),
                                   *command[1:]), text=True,
                                  capture_output=True, check=False)
        try:
            return json.loads(done.stdout or '[]')
        except ValueError:
            return []

    def prove_state(self, offloaded, *words):
        where = 'the target has' if offloaded else 'the kernel has'
        for transfer in self.transfers:
            sockets = self.sockets(transfer, *words)
            wrong = [json.dumps(s) for s in sockets
                     if s['offloaded'] != offloaded]
            self.story.prove(f'{where} {len(sockets)} connections of '
                             f'{transfer.name}',
                             wrong if sockets else ['there is none'])

    def prove_frames(self, what, *words, transfers=None):
        traffic.prove_frames(self.story, what, R2, [
            (t.name, ('ip and tcp' if t.family == 4 else 'ip6 proto 6',
                      f'ether src {world.mac(HOST)}', *words))
            for t in transfers or self.transfers])

    def path_mtu(self, transfer):
        with world.inside(HOST):
            out = world.run(os.environ.get('CHIM_CTL', 'chimctl'), '-j',
                            'object', 'show', 'dev', DEV)
        mtus = [o['mtu'] for o in json.loads(out or '[]')
                if o.get('layer') == 'path' and o.get('dst') == transfer.to]
        return mtus[0] if len(mtus) == 1 else None

    # --- what happens ---------------------------------------------------------

    def hand_over(self):
        """Asked for again where data is missing at the moment: such a socket stays
        until it is there.
        """
        def poll(transfer):
            sockets = self.sockets(transfer, 'offload')
            late = [s.get('error') for s in sockets if not s['offloaded']]
            return None if LATE in late else True
        for transfer in self.transfers:
            world.wait_for(f'all data of {transfer.name}',
                           lambda t=transfer: poll(t), period=0.2)
        self.prove_state(True, 'socket', 'show')

    def offload(self):
        self.begin('offloaded')
        self.hand_over()

    def new_router(self):
        """A connection that has sent something three times to no avail by then has
        gone back to the kernel.
        """
        self.begin('router 1 dies, router 2 takes over')
        silence(R1)
        self.last_words = frames_from(R1)
        for transfer in self.transfers:
            world.route_by(transfer.family, R2)
            world.route_back_by(transfer.family, R2)
        self.prove_frames('are the program\'s')
        self.hand_over()

    def new_mac(self):
        """Said more than once: a queue that is full loses that as well."""
        self.begin('its MAC address changes')
        for _ in range(3):
            world.run('ip', '-n', R2, 'link', 'set', 'lan0', 'address', NEW_MAC)
        self.prove_frames('go to it', f'ether dst {NEW_MAC}')
        self.prove_state(True, 'socket', 'show')

    def less_mtu(self):
        """The router's next link takes less, at both ends, and it says so."""
        self.begin(f'path MTU {SMALL_MTU}')
        link_mtu(SMALL_MTU)
        most = SMALL_MTU + traffic.ETHER_HEADER
        senders = [t for t in self.transfers if t.to_peer]
        self.prove_frames(f'have {most} bytes', f'len == {most}',
                          transfers=senders)
        for sender in senders:
            self.story.equal(f'MTU of the target\'s path of {sender.name}',
                             world.wait_for('another MTU', lambda s=sender:
                                            self.path_mtu(s), period=0.2),
                             SMALL_MTU)
        self.prove_state(True, 'socket', 'show')

    def upload(self):
        self.begin('uploaded')
        self.prove_state(False, 'upload')
        self.story.equal('frames from router 1 since it died',
                         frames_from(R1) - self.last_words, 0)

    def finish(self):
        self.begin('the rest, at full speed')
        limit_rate(*FAST)
        for transfer in self.transfers:
            self.story.prove(f'the programs of {transfer.name} are content',
                             transfer.finish())
            for source, target in transfer.pairs():
                have = digest(target)
                self.story.tell('sha256',
                                f'{os.path.basename(target)}: {have}')
                self.story.equal('hash of what has arrived', have,
                                 digest(source))

    def play(self):
        self.start()
        self.offload()
        for step in (self.new_router, self.new_mac, self.less_mtu, self.upload):
            self.wait_turn()
            step()
        self.finish()


def restore():
    link_mtu(MTU)
    world.run('ip', '-n', R2, 'link', 'set', 'lan0', 'address', OLD_MAC)
    for family in 4, 6:
        world.route_by(family, R1)
        world.route_back_by(family, R1)
    for netns in HOST, PEER:
        world.run('ip', '-n', netns, 'route', 'flush', 'cache')
        world.run('ip', '-n', netns, '-6', 'route', 'flush', 'cache')


def play(story, directory):
    """All programs, two at a time."""
    world.run('insmod', HOST_MODULE)
    sampler = Sampler()
    sampler.start()
    with tempfile.TemporaryDirectory() as work:
        source = os.path.join(work, 'file')
        with open(source, 'wb') as f:
            f.write(os.urandom(SIZE))
        transfers = [kind(work, source) for kind in (Iperf, Curl, Ssh, Netcat)]
        try:
            for transfer in transfers:
                transfer.serve()
            for pair in transfers[:2], transfers[2:]:
                for family in 4, 6:
                    world.resolve(family, R1)
                    world.resolve(family, R2)
                Scene(story, sampler, pair).play()
                restore()
        finally:
            for transfer in transfers:
                transfer.stop()
            traffic.impair()
            sampler.end(os.path.join(directory, 'programs.json'))
    world.run('rmmod', 'chimney_host')
