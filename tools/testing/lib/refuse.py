#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""refuse.py: gives the Linux host stack a cause to refuse a socket.

Commands come line by line, each is answered with one line that starts with 'ok',
'skip' or 'bad':

    CAUSE FAMILY ERRNO REASON...
                    connects a socket of namespace near to one of far, does what
                    CAUSE says, and has it offloaded, first by its own program,
                    which must get ERRNO, then by chimctl, which must say REASON
                    and otherwise finds it as it was. Each must count once, and
                    nothing else. Then what was done is undone, and data must
                    pass both ways
    accepted FAMILY one with which nothing is wrong is offloaded
    taken FAMILY    one that a network block device takes later is uploaded

CHIMCTL names the program. Causes are the functions below: what stands before their
yield is done, what stands behind it undone.
"""

import contextlib
import errno
import os
import subprocess
import sys
import time

import causes
from netns import inside
from pair import AGAIN, PATIENCE, Pair, Skip, offload

COUNTERS = '/proc/net/chimney_host'
UPLOADED = 'uploaded: socket option'
CHIMCTL = os.environ.get('CHIMCTL', 'chimctl')


class Wrong(Exception):
    """What should not be."""


def counts():
    with open(COUNTERS, encoding='ascii') as file:
        return {line.split(' ', 1)[1].strip(): int(line.split(' ', 1)[0])
                for line in file}


@contextlib.contextmanager
def counted_once(who, pair, reason):
    before = counts()
    yield
    more = {text: number - before[text] for text, number in counts().items()
            if number != before[text]}
    if more != ({reason: 1} if pair.counted else {}):
        raise Wrong(f'{who}: counted are {more}')


def wait_until(true):
    until = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > until:
            raise Wrong(f'never: {counts()}')
        time.sleep(0.01)


def ask_itself(pair, number, reason):
    with counted_once('program', pair, reason):
        got = offload(pair.sock)
    if got != number:
        raise Wrong(f'{errno.errorcode.get(got, got)} instead of '
                    f'{errno.errorcode[number]}')


def chimctl(pair, command, code, tail):
    """It must say of the one socket that it is TCP's."""
    words = ('pid', str(os.getpid()), 'fd', str(pair.sock.fileno()))
    with inside('near'):
        done = subprocess.run((CHIMCTL, 'socket', command, *words), text=True,
                              capture_output=True, check=False)
    if done.returncode != code or \
       not done.stdout.endswith(f' native moves 0{tail}\n'):
        raise Wrong(f'chimctl {command}: exit code {done.returncode}: '
                    f'{done.stdout}{done.stderr}')


def ask_chimctl(pair, reason):
    with counted_once('chimctl', pair, reason):
        chimctl(pair, 'offload', 1, f' error: {reason}')
    chimctl(pair, 'show', 0, '')
    chimctl(pair, 'upload', 0, '')


def refused(cause, family, number, reason):
    with contextlib.ExitStack() as stack:
        with getattr(causes, cause)(family, stack) as pair:
            ask_itself(pair, number, reason)
            if pair.named:
                ask_chimctl(pair, reason)
        pair.flow()


def offloaded_pair(stack, family):
    pair = Pair(stack, family)
    got = offload(pair.sock)
    while got == AGAIN:
        got = offload(pair.sock)
    if got:
        raise Wrong(f'not offloaded: {os.strerror(got)}')
    return pair


def accepted(family):
    with contextlib.ExitStack() as stack:
        offloaded_pair(stack, family).flow(native=False)


def taken(family):
    with contextlib.ExitStack() as stack:
        pair = offloaded_pair(stack, family)
        before = counts()[UPLOADED]
        with causes.network_device(pair, stack):
            wait_until(lambda: counts()[UPLOADED] > before)


def obey(verb, family, *words):
    if verb in ('accepted', 'taken'):
        globals()[verb](int(family))
    else:
        refused(verb, int(family), getattr(errno, words[0]),
                ' '.join(words[1:]))


def main():
    for line in sys.stdin:
        try:
            obey(*line.split())
            answer = 'ok'
        except Skip as why:
            answer = f'skip {why}'
        except subprocess.CalledProcessError as error:
            answer = f'bad {error}: {error.stderr}'
        except (OSError, Wrong, AttributeError, AssertionError) as error:
            answer = f'bad {error!r}'
        print(' '.join(answer.split()), flush=True)


if __name__ == '__main__':
    main()
