# SPDX-License-Identifier: GPL-2.0-only
"""Third act: programs that know nothing of the target.

iperf3, curl, ssh and nc each move data between host and peer. In mid-transfer
their connections go to the target, follow another router, its new MAC address and a
smaller path MTU, and come back to the kernel; files must arrive as they were.
"""

import hashlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import traffic
import world
from netns import enter
from world import HOST, PEER, R1, R2, Trouble

HOST_MODULE = os.environ.get('CHIM_HOST', 'chimney_host')
DEV = 'h0'
RATE = '50mbit'
MIB = 1 << 20
SIZE = int(os.environ.get('CHIM_DEMO_PROGRAM_MIB', '32'))
NEW_MAC, OLD_MAC = '02:00:00:00:01:f2', '02:00:00:00:01:02'
SMALL_MTU, MTU = 1280, 1500
CHANGES = 5
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

    def moved(self):
        """Bytes so far, both ways together."""
        return sum(self.samples[-1][1:]) if self.samples else 0

    def end(self, path):
        self.ended.set()
        self.join()
        with open(path, 'w', encoding='ascii') as f:
            json.dump({'samples': self.samples, 'events': self.events}, f)


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


def listens(netns, port):
    world.wait_for(f'somebody who listens to port {port}', lambda: world.run(
        'ss', '-N', netns, '-H', '-l', '-t', '-n', f'( sport = :{port} )')
        or None)


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
        listens(PEER, self.port)

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
    """It has no file that could be compared: what it does with one is not exact,
    natively as well. What its server has received, it says itself.
    """

    name, family, port = 'iperf3', 4, 5201

    def begin(self):
        self.server('iperf3', '-s', '-1', '-B', self.to,
                    stdout=subprocess.DEVNULL)
        with open(self.target, 'wb') as out:
            self.client('iperf3', '-J', '-c', self.to, '-n',
                        str(os.path.getsize(self.source)), stdout=out)

    def finish(self):
        problems = super().finish() + ended(self.running[0], 'iperf3 -s')
        with open(self.target, encoding='ascii') as f:
            told = json.load(f)
        if 'error' in told:
            return [*problems, told['error']]
        sums = told['end']
        sent, got = (sums[f'sum_{way}']['bytes'] for way in ('sent',
                                                             'received'))
        # What is still on its way when it has sent all, it does not wait for.
        return problems + ([] if sent / 2 < got <= sent else
                           [f'sent {sent}, received {got}'])

    def pairs(self):
        return []


class Curl(Transfer):
    name, family, port = 'curl', 6, 8080
    to_peer = False

    def begin(self):
        self.server(sys.executable, '-m', 'http.server', '--bind', self.to,
                    '--directory', os.path.dirname(self.source),
                    str(self.port), stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
        # Without a scheme it takes HTTP; brackets are no pattern.
        self.client('curl', '-s', '-S', '-f', '-g', '-o', self.target,
                    f'[{self.to}]:{self.port}/{os.path.basename(self.source)}')


class Ssh(Transfer):
    name, family, port = 'ssh', 4, 2222

    def keys(self):
        """The host's key, which only the server needs, and that of the user."""
        world.run('dropbearkey', '-t', 'ed25519', '-f',
                  f'{self.directory}/host')
        world.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f',
                  f'{self.directory}/user')
        # Not $HOME: the server goes by the user.
        home = os.path.join(pwd.getpwuid(os.getuid()).pw_dir, '.ssh')
        os.makedirs(home, mode=0o700, exist_ok=True)
        shutil.copy(f'{self.directory}/user.pub', f'{home}/authorized_keys')
        os.chmod(f'{home}/authorized_keys', 0o600)

    def begin(self):
        self.keys()
        self.server('dropbear', '-F', '-E', '-s', '-p',
                    f'{self.to}:{self.port}', '-r', f'{self.directory}/host',
                    stderr=subprocess.DEVNULL)
        with open(self.source, 'rb') as f:
            self.client('ssh', '-q', '-F', 'none', '-p', str(self.port), '-i',
                        f'{self.directory}/user', '-o',
                        'StrictHostKeyChecking=no', '-o',
                        'UserKnownHostsFile=/dev/null', f'root@{self.to}',
                        f'cat >{self.target}', stdin=f)


class Netcat(Transfer):
    """Both ways at once."""

    name, family, port = 'nc', 6, 7009

    def begin(self):
        self.back = os.path.join(self.directory, 'nc.back')
        with open(self.source, 'rb') as f, open(self.target, 'wb') as out:
            self.server('nc', '-N', '-l', self.to, str(self.port), stdin=f,
                        stdout=out)
        with open(self.source, 'rb') as f, open(self.back, 'wb') as out:
            self.client('nc', '-N', self.to, str(self.port), stdin=f,
                        stdout=out)

    def finish(self):
        return super().finish() + ended(self.running[0], 'nc -l')

    def pairs(self):
        return [*super().pairs(), (self.source, self.back)]


def limit_rate():
    """So that there is time to look; and a queue that overflows now and then."""
    for router in R1, R2:
        for dev in 'lan0', 'wan0':
            world.run('tc', '-n', router, 'qdisc', 'add', 'dev', dev, 'root',
                      'netem', 'rate', RATE, 'limit', '200')


class Scene:
    """One program, and what happens to its connections."""

    def __init__(self, story, sampler, transfer):
        self.story = story
        self.sampler = sampler
        self.transfer = transfer
        self.before = sampler.moved()
        self.turn = 0

    def begin(self, step):
        self.story.begin(f'{self.transfer.name}, IPv{self.transfer.family}: '
                         f'{step}')
        self.sampler.event(f'{self.transfer.name}: {step}')

    def wait_turn(self):
        """Until the next part of the data is through. The last parts may be in
        buffers when their program ends.
        """
        self.turn += 1
        want = self.before + SIZE * MIB * self.turn // (CHANGES + 4)
        world.wait_for(f'{want} bytes at the peer', lambda:
                       True if self.sampler.moved() >= want else None, 120)

    def sockets(self, *words):
        """What chimctl says of the program's connections."""
        command = ('chimctl', '-j', *words, 'dport', str(self.transfer.port))
        self.story.tell('asked', ' '.join(command))
        with world.inside(HOST):
            done = subprocess.run((os.environ.get('CHIM_CTL', 'chimctl'),
                                   *command[1:]), text=True,
                                  capture_output=True, check=False)
        try:
            return json.loads(done.stdout or '[]')
        except ValueError:
            return []

    def prove_state(self, sockets, offloaded):
        wrong = [json.dumps(s) for s in sockets if s['offloaded'] != offloaded]
        where = 'the target has' if offloaded else 'the kernel has'
        self.story.prove(f'{where} {len(sockets)} connections of the program',
                         wrong if sockets else ['there is none'])

    def prove_frames(self, what, *words):
        frames = 'tcp' if self.transfer.family == 4 else 'ip6 proto 6'
        lines = traffic.watch(R2, frames, f'ether src {world.mac(HOST)}',
                              *words)
        if lines:
            self.story.tell(f'at {R2}', lines[0])
        self.story.prove(f'{traffic.SEEN} frames at {R2} {what}',
                         [] if len(lines) == traffic.SEEN else
                         [f'{len(lines)} are seen'])

    def path_mtu(self):
        with world.inside(HOST):
            out = world.run(os.environ.get('CHIM_CTL', 'chimctl'), '-j',
                            'object', 'show', 'dev', DEV)
        mtus = [o['mtu'] for o in json.loads(out or '[]')
                if o.get('layer') == 'path' and 'mtu' in o]
        return mtus[0] if len(mtus) == 1 else None

    # --- what happens ---------------------------------------------------------

    def offload(self):
        self.begin('offloaded')
        self.prove_state(self.sockets('offload'), True)

    def new_router(self):
        self.begin('another router')
        world.route_by(self.transfer.family, R2)
        self.prove_frames('are the program\'s')
        self.prove_state(self.sockets('socket', 'show'), True)

    def new_mac(self):
        self.begin('its MAC address changes')
        world.run('ip', '-n', R2, 'link', 'set', 'lan0', 'address', NEW_MAC)
        self.prove_frames('go to it', f'ether dst {NEW_MAC}')
        self.prove_state(self.sockets('socket', 'show'), True)

    def less_mtu(self):
        """The router's next link takes less, and it says so."""
        self.begin(f'path MTU {SMALL_MTU}')
        world.run('ip', '-n', R2, 'link', 'set', 'wan0', 'mtu', str(SMALL_MTU))
        if self.transfer.to_peer:
            most = SMALL_MTU + traffic.ETHER_HEADER
            self.prove_frames(f'have {most} bytes', f'len == {most}')
            self.story.equal('MTU of the target\'s path', world.wait_for(
                'another MTU', self.path_mtu), SMALL_MTU)
        self.prove_state(self.sockets('socket', 'show'), True)

    def upload(self):
        self.begin('uploaded')
        self.prove_state(self.sockets('upload'), False)

    def finish(self):
        self.story.begin(f'{self.transfer.name}: all is there')
        self.story.prove('the programs are content', self.transfer.finish())
        for source, target in self.transfer.pairs():
            have = digest(target)
            self.story.tell('sha256', f'{os.path.basename(target)}: {have}')
            self.story.equal('hash of what has arrived', have, digest(source))

    def play(self):
        self.transfer.begin()
        for step in (self.offload, self.new_router, self.new_mac,
                     self.less_mtu, self.upload):
            self.wait_turn()
            step()
        self.finish()


def restore(family):
    world.run('ip', '-n', R2, 'link', 'set', 'wan0', 'mtu', str(MTU))
    world.run('ip', '-n', R2, 'link', 'set', 'lan0', 'address', OLD_MAC)
    world.route_by(family, R1)
    for netns in HOST, PEER:
        world.run('ip', '-n', netns, 'route', 'flush', 'cache')
        world.run('ip', '-n', netns, '-6', 'route', 'flush', 'cache')


def play(story, directory):
    """All programs, one after the other."""
    world.run('insmod', HOST_MODULE)
    limit_rate()
    sampler = Sampler()
    sampler.start()
    with tempfile.TemporaryDirectory() as work:
        source = os.path.join(work, 'file')
        with open(source, 'wb') as f:
            f.write(os.urandom(SIZE * MIB))
        try:
            for kind in Iperf, Curl, Ssh, Netcat:
                transfer = kind(work, source)
                try:
                    world.resolve(transfer.family, R1)
                    world.resolve(transfer.family, R2)
                    Scene(story, sampler, transfer).play()
                finally:
                    transfer.stop()
                restore(transfer.family)
        finally:
            traffic.impair()
            sampler.end(os.path.join(directory, 'programs.json'))
    world.run('rmmod', 'chimney_host')
