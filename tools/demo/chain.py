# SPDX-License-Identifier: GPL-2.0-only
"""Intermediate drivers between the client that moves data and the target.

The client is then a protocol driver of chimney_ndis, and the example intermediate
driver, samples/passthru, stands below it as often as is asked for. How often each
of its functions was called is counted by the kernel, from outside.
"""

import os

import world
from world import HOST

DEPTH = int(os.environ.get('CHIM_DEMO_IM') or 0)
MODULES = os.path.dirname(os.environ.get('CHIM_CLIENT', ''))
BIND = '/sys/module/chimney_ndis/parameters/bind'
MISUSE = '/sys/module/chimney_ndis/parameters/misuse'
TRACING = '/sys/kernel/tracing'
DRIVER = 'chimney_passthru'
# Its functions: what it is asked from above, and what it is told from below.
DOWN = ('MpInitiate', 'MpUpdate', 'MpTerminate', 'MpSend', 'MpReceive')
UP = ('PtInitiateComplete', 'PtUpdateComplete', 'PtTerminateComplete',
      'PtSendComplete', 'PtReceiveComplete')


def write(path, text):
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def insmod(name, *parameters):
    world.run('insmod', os.path.join(MODULES, f'{name}.ko'), *parameters)


def load():
    """Loads what the client needs, and returns its own parameters."""
    if not DEPTH:
        return ()
    for name in 'chimney_ndis', DRIVER, 'chimney_over':
        insmod(name)
    write(f'{TRACING}/kprobe_events', ''.join(
        f'p:chain/{name} {DRIVER}:{name}\n' for name in DOWN + UP))
    write(f'{TRACING}/events/chain/enable', '1')
    return (f'im={DEPTH}',)


def unload():
    if DEPTH:
        write(f'{TRACING}/events/chain/enable', '0')
        write(f'{TRACING}/kprobe_events', '')
        for name in 'chimney_over', DRIVER, 'chimney_ndis':
            world.run('rmmod', name)


def names(dev):
    """Adapters that a driver is bound to, the lowest first."""
    return ['im.' * i + dev for i in range(DEPTH)]


def insert(story, dev):
    for name in names(dev):
        story.tell('asked', f'echo "passthru {name}" > bind')
        with world.inside(HOST):
            write(BIND, f'passthru {name}')
    if DEPTH:
        story.tell('note', 'the data of the second act goes through them; what '
                   'chimctl asks for does not, its client being in the target')
        lines = read(BIND).splitlines()
        story.prove(f'{DEPTH} intermediate drivers are on {dev}',
                    [f'{name} is not bound' for name in names(dev)
                     if f'passthru {name} bound' not in lines])


def remove(dev):
    for name in names(dev):
        with world.inside(HOST):
            write(BIND, f'-passthru {name}')


def counts():
    """How often each function was called so far."""
    calls = {}
    for line in read(f'{TRACING}/kprobe_profile').splitlines():
        name, hits, missed = line.split()
        calls[name] = int(hits) + int(missed)
    return calls


def prove(story):
    """All that was asked went through each driver, and all answers came back."""
    if not DEPTH:
        return
    calls = counts()
    story.tell('kprobes', ' '.join(f'{name}={calls.get(name)}'
                                   for name in DOWN + UP))
    story.prove(f'{DEPTH} drivers have passed on every request',
                [f'{name}: {calls.get(name)} calls' for name in DOWN
                 if not calls.get(name) or calls[name] % DEPTH])
    # Requests are completed in lists as the target likes.
    story.prove('and every completion',
                [f'{done}: {calls.get(done)} calls' for name, done
                 in zip(DOWN[:3], UP) if calls.get(done) != calls.get(name)] +
                [f'{done}: {calls.get(done)} calls' for done in UP[3:]
                 if not calls.get(done) or calls[done] % DEPTH])
    used = [line for line in read(MISUSE).splitlines()
            if not line.startswith('0 ')]
    story.prove('nobody misused an NDIS function', used)
