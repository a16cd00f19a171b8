#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""watch.py: looks at TCP frames as they arrive, for a test script beside it.

Commands come line by line, each is answered with one line that starts with
'ok' or 'bad'. A NETNS of '-' is the one this program was started in.

    open LINK NETNS DEV NETNS2 DEV2
                    watches what DEV receives; DEV2 is where frames come from
    close LINK
    frame LINK [FIELD=VALUE...]
                    takes the next TCP frame, which must come, must be right in
                    itself, and must have these values
    none LINK       no TCP frame must come before a marker sent through DEV2
    drop LINK       forgets what has come, up to a marker
    get LINK FIELD  'ok VALUE', of the frame taken last
    after LINK COUNT [FIELD=VALUE...] -- COMMAND...
                    runs the command; of the TCP frames that DEV2 sends from then
                    on (not what comes by way of others), COUNT in succession must have these values, or less where it
                    says FIELD<=VALUE; with FIELD>=VALUE those that have less do
                    not count. 'ok N before MS ms', where N came before
                    them, and the first of them so many milliseconds after the
                    command was started. The command 'sockset' is this
                    program's own
    sockset PID FD OPTION=VALUE...
                    as sockset.py, without the time that it takes to start it

Fields are those of frames.Frame; 'options=' without a value means none.
"""

import contextlib
import os
import select
import socket
import struct
import subprocess
import sys
import time

import frames
from netns import inside
from sockset import set_options

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_AUXDATA = 8
TAG_VALID = 0x10
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
MARKER_TYPE = 0x88b5            # for local experiments
# A limit for a machine that hangs, never a measure.
PATIENCE = 20 * int(os.environ.get('CHIM_SLOW', 1))
SHORT = 128                     # bytes that have all headers


def packet_socket(netns, dev, protocol):
    there = contextlib.nullcontext() if netns == '-' else inside(netns)
    with there:
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                          socket.htons(protocol))
    s.bind((dev, protocol))
    return s


class Link:
    """One direction of a pair of devices."""

    def __init__(self, netns, dev, netns2, dev2):
        self.last = None
        self.marks = 0
        with contextlib.ExitStack() as stack:
            self.receiver = stack.enter_context(
                packet_socket(netns, dev, ETH_P_ALL))
            self.sender = stack.enter_context(packet_socket(netns2, dev2, 0))
            self.receiver.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            self.receiver.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            self.receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE,
                                     1 << 26)
            self.sockets = stack.pop_all()

    def close(self):
        self.sockets.close()

    def skips(self, kind):
        return kind == socket.PACKET_OUTGOING

    def read(self, end, most=65535):
        """The next frame that came in, or None if none comes.

        Its time is when the kernel had it.
        """
        while True:
            left = max(0, end - time.monotonic())
            if not select.select([self.receiver], [], [], left)[0]:
                return None
            raw, ancillary, _, address = self.receiver.recvmsg(most, 256)
            if self.skips(address[2]):
                continue
            return frames.decode(untagged(raw, ancillary), stamp(ancillary))

    def next_tcp(self, most=65535):
        end = time.monotonic() + PATIENCE
        frame = self.read(end, most)
        while frame and not frame.is_tcp():
            frame = self.read(end, most)
        return frame

    def until_marker(self):
        """The TCP frames that come before a marker, None if it is lost."""
        self.marks += 1
        mark = struct.pack('!I', self.marks)
        own = self.sender.getsockname()[4]
        self.sender.send(b'\xff' * 6 + own + struct.pack('!H', MARKER_TYPE) +
                         mark.ljust(46, b'\0'))
        end = time.monotonic() + PATIENCE
        found = []
        while True:
            frame = self.read(end)
            if not frame:
                return None
            if frame.type == MARKER_TYPE and frame.raw[14:18] == mark:
                return found
            if frame.is_tcp():
                found.append(frame)


def untagged(raw, ancillary):
    """Puts the tag, which the kernel hands over apart, back into the frame."""
    for level, kind, data in ancillary:
        if (level, kind) != (SOL_PACKET, PACKET_AUXDATA):
            continue
        status, tci, tpid = struct.unpack_from('=I12xHH', data)
        if status & TAG_VALID:
            return raw[:12] + struct.pack('!HH', tpid or frames.TYPE_TAG,
                                          tci) + raw[12:]
    return raw


def stamp(ancillary):
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack_from('=qq', data)
            return seconds + nanoseconds * 1e-9
    return 0.0


def typed(word):
    """FIELD=VALUE with the value in the field's own type."""
    name, _, text = word.partition('=')
    have = getattr(frames.Frame(0.0, b'', 0), name)
    if isinstance(have, bool):
        return name, text in ('1', 'True')
    return name, int(text, 0) if isinstance(have, int) else text


class Watcher:
    """Does what the commands say."""

    def __init__(self):
        self.links = {}

    def open(self, link, *where):
        self.links[link] = Link(*where)
        return 'ok'

    def close(self, link):
        self.links.pop(link).close()
        return 'ok'

    def frame(self, link, *words):
        frame = self.links[link].last = self.links[link].next_tcp()
        if not frame:
            return 'bad no frame came'
        problems = frame.problems + frame.wrong(**dict(map(typed, words)))
        if problems:
            return f'bad {"; ".join(problems)}: {frame.summary()}'
        return f'ok {frame.summary()}'

    def none(self, link):
        found = self.links[link].until_marker()
        if found is None:
            return 'bad not even the marker came'
        if found:
            return f'bad {len(found)} came: {found[0].summary()}'
        return 'ok'

    def drop(self, link):
        found = self.links[link].until_marker()
        return 'bad not even the marker came' if found is None else 'ok'

    def sockset(self, *words):
        set_options(*words)
        return 'ok'

    def after(self, link, count, *words):
        at = words.index('--')
        want = dict(typed(w) for w in words[:at]
                    if '<=' not in w and '>=' not in w)
        most = dict(typed(w.replace('<=', '=')) for w in words[:at]
                    if '<=' in w)
        least = dict(typed(w.replace('>=', '=')) for w in words[:at]
                     if '>=' in w)
        own = frames.mac(self.links[link].sender.getsockname()[4])
        start = time.time()
        if words[at + 1] == 'sockset':
            set_options(*words[at + 2:])
        else:
            subprocess.run(words[at + 1:], check=True)
        before, first, seen, wrong = 0, None, 0, ['none of them counts']
        end = time.monotonic() + 2 * PATIENCE
        while seen < int(count):
            if time.monotonic() > end:
                return f'bad {before} came, {"; ".join(wrong)}'
            frame = self.links[link].next_tcp(SHORT)
            if not frame:
                return f'bad no more came after {before + seen}'
            if frame.time < start or frame.src != own or any(
                    getattr(frame, name) < value
                    for name, value in least.items()):
                continue
            problems = frame.wrong(**want) + [
                f'{name} is {getattr(frame, name)}, more than {value}'
                for name, value in most.items()
                if getattr(frame, name) > value]
            if not problems:
                first = first or frame
                seen += 1
                continue
            before += seen + 1
            first, seen, wrong = None, 0, problems
        return f'ok {before} before {(first.time - start) * 1000:.1f} ms'

    def get(self, link, name):
        if not self.links[link].last:
            return 'bad no frame came'
        return f'ok {getattr(self.links[link].last, name)}'


def main():
    watcher = Watcher()
    for line in sys.stdin:
        verb, *words = line.split()
        try:
            answer = getattr(watcher, verb)(*words)
        except (OSError, KeyError, ValueError, AttributeError,
                TypeError, subprocess.CalledProcessError) as error:
            answer = f'bad {verb}: {error!r}'
        print(answer, flush=True)


if __name__ == '__main__':
    main()
