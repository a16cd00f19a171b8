#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""plotted.py DIRECTORY: are both plots of the demonstration there, and complete?

Each event of programs.json must have its mark and its text in throughput.svg, and
its line in throughput.txt, below a curve.
"""

import json
import os
import re
import sys
import xml.etree.ElementTree as tree

GRAY = 'rgb(136, 136, 136)'


def count(what, have, want):
    if have != want:
        sys.exit(f'plot: {have} {what}, not {want}')


def check_svg(path, texts):
    root = tree.parse(path).getroot()
    marks = sum(line.get('d').count('L') for line in root.findall('.//{*}path')
                if line.get('stroke') == GRAY)
    count('marks in the picture', marks, len(texts))
    drawn = [' '.join(''.join(label.itertext()).split())
             for label in root.findall('.//{*}text')]
    for text in texts:
        if text not in drawn:
            sys.exit(f'plot: the picture does not have "{text}"')


def check_text(path, texts):
    with open(path, encoding='utf-8') as file:
        lines = file.read().splitlines()
    listed = [found[1] for found in
              (re.fullmatch(r' *\d+ +[\d.]+ s  (.*)', line) for line in lines)
              if found]
    count('events below the curve', listed, texts)
    if not any('*' in line for line in lines):
        sys.exit('plot: there is no curve')


def main(directory):
    with open(os.path.join(directory, 'programs.json'),
              encoding='ascii') as file:
        texts = [text for _, text in json.load(file)['events']]
    if not texts:
        sys.exit('plot: nothing has happened')
    check_svg(os.path.join(directory, 'throughput.svg'), texts)
    check_text(os.path.join(directory, 'throughput.txt'), texts)


if __name__ == '__main__':
    main(*sys.argv[1:])
