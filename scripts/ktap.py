#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads KTAP logs: those of kernels with KUnit, and those of selftests.

ktap.py [--kunit] LOG...: prints each case that failed and one line
'N passed, N failed, N skipped'; exits with 1 if any failed.

A line '# covers: ID...' belongs to the case whose result is the next one.
"""

import dataclasses
import os
import re
import sys

RESULT = re.compile(r'^(?P<indent> *)(?P<status>ok|not ok) (?P<number>\d+)'
                    r'(?: -)? ?(?P<name>[^#]*?)\s*'
                    r'(?:#\s*(?:(?P<directive>SKIP|TODO|TIMEOUT)\b)?.*)?$',
                    re.IGNORECASE)
PLAN = re.compile(r'^(?P<indent> *)1\.\.(?P<count>\d+)')
SUBTEST = re.compile(r'^(?P<indent> *)# Subtest: (?P<name>.*)')
COVERS = re.compile(r'^ *#(?: [^:]+:)? covers:(?P<ids>.*)')
NOTE = re.compile(r'^ *# (?!Subtest|module:)(?P<text>.*)')
PREFIX = re.compile(r'^(?:<\d+>)?(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?)?')


@dataclasses.dataclass
class Case:
    """One test case that reported a result, or that never did."""
    suite: str
    name: str
    status: str                 # passed, failed, skipped
    covers: list = dataclasses.field(default_factory=list)
    why: str = ''


class Reader:
    """Collects the cases of one log.

    Cases stand at the given depth: 1 in a kernel's log, where depth 0 is the
    suite, and 0 in a selftest's. What is nested deeper belongs to its case.
    """

    def __init__(self, depth, name):
        self.depth = depth
        self.name = name
        self.suite = '' if depth else name
        self.cases = []
        self.covers = []
        self.notes = []         # of the case that has no result yet
        self.plans = {}
        self.seen = {}

    def fail(self, why):
        self.cases.append(Case(self.suite or self.name, '', 'failed', [], why))

    def result(self, match):
        depth = len(match['indent']) // 4
        if depth > self.depth:
            return
        if match['status'].lower() == 'not ok':
            status = 'failed'
        elif (match['directive'] or '').upper() == 'SKIP':
            status = 'skipped'
        else:
            status = 'passed'
        if (match['directive'] or '').upper() == 'TIMEOUT':
            status = 'failed'
        self.seen[depth] = self.seen.get(depth, 0) + 1
        if depth == self.depth:
            why = '; '.join(self.notes) if status == 'failed' else ''
            self.cases.append(Case(self.suite, match['name'], status,
                                   self.covers, why))
            self.covers = []
            self.notes = []
            return
        self.end_suite(match['name'], status)

    def end_suite(self, name, status):
        """A suite has no result of its own, but must agree with its cases."""
        self.suite = name
        ran = self.seen.get(self.depth, 0)
        failed = any(c.suite == name and c.status == 'failed'
                     for c in self.cases)
        self.check_plan(self.depth)
        if status == 'failed' and not failed:
            self.fail(f'the suite failed with {ran} good cases')
        self.suite = ''
        self.covers = []
        self.seen.pop(self.depth, None)
        self.plans.pop(self.depth, None)

    def check_plan(self, depth):
        ran = self.seen.get(depth, 0)
        planned = self.plans.get(depth)
        if planned is None:
            self.fail('no plan')
        elif planned != ran:
            self.fail(f'planned {planned}, ran {ran}')

    def line(self, line):
        match = RESULT.match(line)
        if match:
            self.result(match)
            return
        match = PLAN.match(line)
        if match:
            self.plans.setdefault(len(match['indent']) // 4,
                                  int(match['count']))
            return
        match = SUBTEST.match(line)
        if match and self.depth and len(match['indent']) // 4 == self.depth:
            self.suite = match['name'].strip()
            return
        match = COVERS.match(line)
        if match:
            self.covers += match['ids'].replace(',', ' ').split()
            return
        match = NOTE.match(line)
        if match:
            self.notes.append(match['text'].strip())

    def end(self):
        if self.depth and self.seen.get(self.depth):
            self.fail('the kernel stopped in this suite')
        self.suite = '' if self.depth else self.name
        self.check_plan(0)
        return self.cases


def read(path, kunit=False):
    """Returns the cases of the log at path."""
    name = os.path.basename(path)
    name = re.sub(r'^selftest-|\.log$', '', name)
    reader = Reader(1 if kunit else 0, name)
    with open(path, encoding='utf-8', errors='replace') as f:
        for line in f:
            reader.line(PREFIX.sub('', line.rstrip('\r\n')))
    return reader.end()


def summary(cases):
    """Returns 'N passed, N failed, N skipped'."""
    counts = [sum(c.status == s for c in cases)
              for s in ('passed', 'failed', 'skipped')]
    return '{} passed, {} failed, {} skipped'.format(*counts)


def main(args):
    kunit = '--kunit' in args
    cases = []
    for path in args:
        if path != '--kunit':
            cases += read(path, kunit)
    for case in cases:
        if case.status == 'failed':
            what = f'{case.suite}: {case.name}' if case.name else case.suite
            print(f'  failed: {what} {case.why}'.rstrip(), file=sys.stderr)
    print(summary(cases))
    return 1 if any(c.status == 'failed' for c in cases) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
