#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""plot.py DIRECTORY: throughput of the demonstration's programs over time.

Reads programs.json, writes throughput.svg, and prints the same for a terminal, with
what happened when below it. gnuplot draws.
"""

import json
import os
import shutil
import subprocess
import sys

MBIT = 1e6 / 8
SERIES = (('to the peer', 1), ('from the peer', 2))


def rates(samples):
    """(time, Mbit/s to the peer, Mbit/s from it), each over half a second."""
    rows = []
    first = 0
    for i, now in enumerate(samples):
        while first < i and now[0] - samples[first][0] > 0.5:
            first += 1
        old = samples[max(first - 1, 0)]
        if now[0] > old[0]:
            rows.append((now[0], *((now[n] - old[n]) / (now[0] - old[0]) / MBIT
                                   for _, n in SERIES)))
    return rows


def marks(events, labels):
    """A line for each event, and its text or number."""
    out = []
    for i, (at, text) in enumerate(events, 1):
        out.append(f'set arrow from {at:.2f}, graph 0 to {at:.2f}, graph 1 '
                   'nohead dashtype 3 linecolor rgb "#888888"')
        if labels == 'text':
            out.append(f'set label "{text}" at {at:.2f}, graph 0.98 right '
                       'rotate by 90 offset character 0.6, 0 '
                       'font ",9" textcolor rgb "#444444"')
        else:
            out.append(f'set label "{i}" at {at:.2f}, graph 1.04 center')
    return out


def draw(rows, events, terminal, labels):
    top = max(max(row[1:]) for row in rows) * (1.9 if labels == 'text' else 1.1)
    data = ''.join(' '.join(f'{v:.3f}' for v in row) + '\n' for row in rows)
    plots = ', '.join(f'$rows using 1:{n + 1} with lines '
                      f'title "{name}"{" linewidth 1.5" if labels == "text" else ""}'
                      for name, n in SERIES)
    script = '\n'.join((
        f'set terminal {terminal}', '$rows << EOD', data + 'EOD',
        'set xlabel "seconds"', 'set ylabel "Mbit/s"',
        f'set xrange [{rows[0][0]:.2f}:{rows[-1][0]:.2f}]',
        f'set yrange [0:{top:.1f}]', 'set key outside bottom horizontal',
        *marks(events, labels), f'plot {plots}', ''))
    done = subprocess.run(('gnuplot', '-'), input=script, text=True,
                          capture_output=True, check=False)
    if done.returncode:
        sys.exit(f'gnuplot: {done.stderr.strip()}')
    return done.stdout


def main(directory):
    with open(os.path.join(directory, 'programs.json'),
              encoding='ascii') as f:
        told = json.load(f)
    rows, events = rates(told['samples']), told['events']
    if not rows:
        sys.exit('nothing was measured')
    with open(os.path.join(directory, 'throughput.svg'), 'w',
              encoding='utf-8') as f:
        f.write(draw(rows, events,
                     'svg size 1200,560 dynamic background rgb "white"',
                     'text'))
    width = max(shutil.get_terminal_size((100, 0)).columns, 60)
    print(draw(rows, events, f'dumb size {width}, 24', 'numbers'))
    for i, (at, text) in enumerate(events, 1):
        print(f'{i:3} {at:6.1f} s  {text}')


if __name__ == '__main__':
    main(*sys.argv[1:])
