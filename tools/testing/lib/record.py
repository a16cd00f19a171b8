#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""record.py NETNS DEV PORT: notes all segments of the one connection to a port.

Both ways are seen, at the end of whoever listens. Commands come line by line, each
is answered with one line that starts with 'ok' or 'bad':

    mark        forgets what has been seen, but not the last time stamps, and the clock
    stamps WHO  the time stamps since the mark must be right, those of both sides; WHO
                is who has sent them. 'ok N' segments to the port

Those to the port: their stamps never go back, by the clock they belong to the same
one as those before the mark, and what they echo has been sent by the other side and
never goes back. The first one after the mark echoes the last one before it. Those
of the other side never are in the future of what they echo.
"""

import sys

from watch import Link

WRAP = 1 << 32
# A clock that was started anew is further off; a segment that is late is not.
MOST_MS = 100


def before(one, other):
    return (one - other) % WRAP > WRAP // 2


class Recorder(Link):
    """Segments both ways, in the order in which the device had them."""

    def __init__(self, netns, dev, port):
        super().__init__(netns, dev, netns, dev)
        self.port = int(port)
        self.seen = []
        # The last of either side, and what that of the port echoed.
        self.there = self.back = self.echo = None
        self.clock = None

    def skips(self, _):
        return False

    def read_all(self):
        while True:
            frame = self.read(0)
            if not frame:
                return
            if frame.is_tcp() and self.port in (frame.dport, frame.sport):
                self.seen.append(frame)

    def mark(self):
        self.pass_over()
        self.clock = None
        return 'ok'

    def pass_over(self):
        for frame in self.seen:
            if frame.sport == self.port:
                self.back = frame.tsval
            else:
                self.there, self.echo = frame.tsval, frame.tsecr
        self.seen = []

    # --- time stamps ---

    def wrong_of_port(self, frame, sent):
        """Of a segment to the port; sent is what the other side has sent."""
        if self.there is not None and before(frame.tsval, self.there):
            yield f'goes back from {self.there}'
        if frame.tsecr not in sent:
            yield 'echoes what was not sent'
        if self.echo is not None and before(frame.tsecr, self.echo):
            yield f'echoes less than {self.echo}'

    def stamps(self, *words):
        who = ' '.join(words)
        sent = {self.back}
        problems = []
        last, first, clock = self.back, True, []
        for frame in self.seen:
            if frame.sport == self.port:
                sent.add(frame.tsval)
                if self.there is None or before(self.there, frame.tsecr):
                    problems.append(f'{frame.summary()}: not sent yet')
                self.back = frame.tsval
                continue
            wrong = list(self.wrong_of_port(frame, sent))
            if first and last is not None and frame.tsecr != last:
                wrong.append(f'does not echo {last}')
            problems += [f'{frame.summary()}: {w}' for w in wrong]
            first = False
            self.there, self.echo = frame.tsval, frame.tsecr
            clock.append((frame.tsval - round(frame.time * 1000)) % WRAP)
        if not clock:
            return f'bad {who} has sent nothing'
        # The segment that was least late.
        best = max(clock)
        if self.clock is not None and abs(best - self.clock) > MOST_MS:
            problems.append(f'clock of {who} differs by {best - self.clock}')
        self.clock = best if self.clock is None else self.clock
        self.seen = []
        return f'bad {"; ".join(problems)}' if problems else f'ok {len(clock)}'


def main():
    recorder = Recorder(*sys.argv[1:])
    print('ok', flush=True)
    for line in sys.stdin:
        verb, *words = line.split()
        recorder.read_all()
        print(getattr(recorder, verb)(*words), flush=True)


if __name__ == '__main__':
    main()
