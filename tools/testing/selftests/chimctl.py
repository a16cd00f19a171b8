#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Raw netlink for chimctl.sh: what chimctl itself never sends.

Requests are built, and replies read, by the netlink specification alone, so
what works here shows that the specification is right. Commands:

  refusals DEV OTHER   every command, with everything that must be refused;
                       DEV is an adapter, OTHER an Ethernet device that is none
  fill DEV N           offloads N connections, on as many paths as that takes
  dump DEV             dumps objects; prints how many, and if consistent
  dump-change DEV      the same, with an object made on the way
  object DEV HANDLE    asks for one connection; prints if its sequence numbers are
                       there
  json                 prints the value of each line of input, an expression
                       in which d is the JSON in /tmp/json

Prints what is wrong, one line each, and exits with 1 if anything is.
"""

import errno
import json
import os
import socket
import struct
import sys

TOP = os.environ['CHIM_TOP']
SPEC = os.path.join(TOP, 'Documentation', 'netlink', 'specs', 'chimney.yaml')

NETLINK_GENERIC, SOL_NETLINK = 16, 270
NETLINK_CAP_ACK, NETLINK_EXT_ACK = 10, 11
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x01, 0x04, 0x300
NLM_F_DUMP_INTR, NLM_F_ACK_TLVS = 0x10, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLA_F_NESTED = 0x8000
NUMBERS = {'u8': 'B', 'u16': 'H', 'u32': 'I', 'u64': 'Q'}
SIZES = {'u8': 1, 'u16': 2, 'u32': 4, 'u64': 8}
ANY = None                      # any message will do
SHAPE = 0                       # EINVAL or ERANGE, as the kernel likes

faults = 0


def fault(text):
    global faults
    faults += 1
    print(text, flush=True)


class Refused(Exception):
    """The kernel's answer to a request."""

    def __init__(self, number, message):
        super().__init__(f'{errno.errorcode.get(number, number)}: {message}')
        self.number = number
        self.message = message


class Raw:
    """An attribute whose payload is bytes, whatever its type."""

    def __init__(self, name, payload, flags=0):
        self.name = name
        self.payload = payload
        self.flags = flags


class Family:
    """A socket and the specification."""

    def __init__(self, size=65536):
        import yaml             # takes long, and is not always needed
        loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
        with open(SPEC, encoding='utf-8') as f:
            spec = yaml.load(f, Loader=loader)
        self.sets = {s['name']: s['attributes'] for s in spec['attribute-sets']}
        self.commands = {c['name']: (i, c) for i, c in
                         enumerate(spec['operations']['list'], 1)}
        self.sequence = 0
        self.size = size
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                  NETLINK_GENERIC)
        self.sock.bind((0, 0))
        self.sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.id = 16
        # CTRL_CMD_GETFAMILY with CTRL_ATTR_FAMILY_NAME; CTRL_ATTR_FAMILY_ID
        self.send(3, 0, self.attr(2, spec['name'].encode() + b'\0'))
        for body, _ in self.replies():
            for number, payload in self.split(body):
                if number == 1:
                    self.id = struct.unpack('=H', payload)[0]

    # --- building ---------------------------------------------------------

    @staticmethod
    def attr(number, payload):
        return struct.pack('=HH', 4 + len(payload), number) + payload + \
            bytes(-len(payload) % 4)

    def find(self, name, set_name):
        for number, attr in enumerate(self.sets[set_name], 1):
            if attr['name'] == name:
                return number, attr
        raise KeyError(f'{set_name}.{name}')

    def encode(self, items, set_name):
        """A list of (name, value) or Raw; a number as name is any type."""
        data = b''
        for item in items:
            if isinstance(item, Raw):
                number = item.name if isinstance(item.name, int) else \
                    self.find(item.name, set_name)[0]
                data += self.attr(number | item.flags, item.payload)
                continue
            name, value = item
            number, attr = self.find(name, set_name)
            if attr['type'] == 'nest':
                number |= NLA_F_NESTED
                value = self.encode(value, attr['nested-attributes'])
            elif attr['type'] in NUMBERS:
                order = '>' if attr.get('byte-order') else '='
                value = struct.pack(order + NUMBERS[attr['type']], value)
            elif attr['type'] == 'string':
                value = value.encode() + b'\0'
            data += self.attr(number, value)
        return data

    # --- talking ----------------------------------------------------------

    def send(self, command, flags, data):
        self.sequence += 1
        body = struct.pack('=BBH', command, 1, 0) + data
        self.sock.send(struct.pack('=IHHII', 16 + len(body), self.id,
                                   NLM_F_REQUEST | NLM_F_ACK | flags,
                                   self.sequence, 0) + body)

    def error(self, flags, payload, skip=20):
        number = -struct.unpack_from('=i', payload)[0]
        message = ''
        if flags & NLM_F_ACK_TLVS:
            for kind, value in self.split(payload[skip:]):
                if kind == 1:
                    message = value.rstrip(b'\0').decode()
        if number:
            raise Refused(number, message)

    def replies(self):
        while True:
            data = self.sock.recv(self.size)
            while data:
                length, kind, flags = struct.unpack_from('=IHH', data)
                payload = data[16:length]
                data = data[(length + 3) & ~3:]
                if kind == NLMSG_ERROR:
                    self.error(flags, payload)
                    return
                if kind == NLMSG_DONE:
                    self.error(flags, payload, 4)
                    yield None, flags
                    return
                yield payload[4:], flags

    def request(self, command, items, flags=0):
        number, spec = self.commands[command]
        self.send(number, flags, self.encode(items, spec['attribute-set']))

    def do(self, command, items, flags=0):
        self.request(command, items, flags)
        set_name = self.commands[command][1]['attribute-set']
        return [self.decode(body, set_name) for body, _ in self.replies()
                if body is not None]

    # --- reading ----------------------------------------------------------

    @staticmethod
    def split(data):
        while len(data) >= 4:
            length, number = struct.unpack_from('=HH', data)
            yield number & 0x3fff, data[4:length]
            data = data[(length + 3) & ~3:]

    def decode(self, data, set_name):
        values = {}
        for number, payload in self.split(data):
            attr = self.sets[set_name][number - 1]
            if attr['type'] == 'nest':
                value = self.decode(payload, attr['nested-attributes'])
            elif attr['type'] in NUMBERS:
                order = '>' if attr.get('byte-order') else '='
                value = struct.unpack(order + NUMBERS[attr['type']],
                                      payload)[0]
            elif attr['type'] == 'string':
                value = payload.rstrip(b'\0').decode()
            else:
                value = payload
            if attr.get('multi-attr'):
                values.setdefault(attr['name'], []).append(value)
            else:
                values[attr['name']] = value
        return values


# What a request may contain where the specification shares a set of attributes
# between requests: by command, nest within nest.
CACHED_CONNECTION = (
    'rcv-wnd-init', 'rcv-ind-size', 'keepalive', 'nagle', 'ka-probes',
    'ka-timeout', 'ka-interval', 'max-rt', 'flow-label', 'ttl', 'tos', 'prio')
COMMANDS = ('ka-restart', 'max-rt-restart')
ALL = '*'
CONTENTS = {
    'object-initiate': {'object': {
        'below': {}, 'neighbor': ALL, 'path': ALL, 'connection': None}},
    'object-update': {'object': {
        'handle': {}, 'neighbor': {'lladdr': {}, 'hrd': {}},
        'path': {'mtu': {}},
        'connection': dict.fromkeys(CACHED_CONNECTION + COMMANDS, {})}},
    'path-relink': {'object': {'handle': {}, 'path': {'mtu': {}}}},
}


class Refusals:
    """Sends everything that must be refused, and says what was not."""

    def __init__(self, family, dev, other):
        self.family = family
        self.dev = dev
        self.other = other
        self.count = 0

    def expect(self, what, command, items, number, message, flags=0):
        self.count += 1
        numbers = (number,) if number else (errno.EINVAL, errno.ERANGE)
        want = f'{[errno.errorcode[n] for n in numbers]} with "{message}"'
        try:
            got = self.family.do(command, items, flags)
        except Refused as refused:
            if refused.number not in numbers or (message is not ANY and
                                            message not in refused.message):
                fault(f'{command}: {what}: {refused}; should be {want}')
            elif not refused.message:
                fault(f'{command}: {what}: {refused} gives no reason')
            return
        fault(f'{command}: {what}: not refused but {got}; should be {want}')

    # --- by the specification ---------------------------------------------

    def ways(self, spec):
        for way, flags in (('do', 0), ('dump', NLM_F_DUMP)):
            if way in spec:
                names = spec[way].get('request', {}).get('attributes', [])
                yield flags, names

    def contents(self, command, set_name, names, tree):
        """Attributes that a level of a request may have, and what is below."""
        for attr in self.family.sets[set_name]:
            name = attr['name']
            if name in names:
                yield attr, tree.get(name, {}) if tree else {}

    @staticmethod
    def one(kind):
        return b'\1' + bytes(SIZES.get(kind, 4) - 1)

    def level(self, command, flags, set_name, names, tree, wrap):
        """Spoils one attribute after the other at one level."""
        bad = lambda what, item, number, message: self.expect(
            what, command, wrap([item]), number, message, flags)
        bad('attribute 1000', Raw(1000, b'\0\0\0\0'), errno.EINVAL, 'ttribute')
        for attr in self.family.sets[set_name]:
            if attr['name'] not in names and attr['type'] != 'pad':
                bad(f'{attr["name"]}, which is not for it',
                    Raw(attr['name'], self.one(attr['type'])),
                    errno.EINVAL, ANY if flags else 'ttribute')
        for attr, below in self.contents(command, set_name, names, tree):
            self.values(attr, bad)
            if attr['type'] == 'nest':
                self.nest(command, flags, attr, below, wrap)

    def values(self, attr, bad):
        name, kind = attr['name'], attr['type']
        if kind in SIZES:
            bad(f'{name} of 3 bytes', Raw(name, b'\1\0\0'), SHAPE, ANY)
            bad(f'{name} of 9 bytes', Raw(name, bytes(9)), SHAPE, ANY)
        if kind == 'flag':
            bad(f'{name} with a value', Raw(name, b'\1'), SHAPE, ANY)
        checks = attr.get('checks', {})
        if 'min' in checks:
            bad(f'{name} too small', (name, checks['min'] - 1), errno.ERANGE,
                'out of range')
        if 'max' in checks:
            bad(f'{name} too large', (name, checks['max'] + 1), errno.ERANGE,
                'out of range')
        for size in (checks.get('exact-len', checks.get('max-len')),):
            if size:
                bad(f'{name} too long', Raw(name, bytes(size + 1)),
                    SHAPE, ANY)
                bad(f'{name} too short', Raw(name, bytes(size - 1)),
                    SHAPE, ANY)

    def nest(self, command, flags, attr, tree, wrap):
        name, inner = attr['name'], attr['nested-attributes']
        every = [a['name'] for a in self.family.sets[inner]
                 if a['name'] not in COMMANDS]
        names = every if tree in (ALL, None, {}) else list(tree)
        self.expect(f'{name} without the nested flag', command,
                    wrap([Raw(name, b'')]), errno.EINVAL, 'NLA_F_NESTED', flags)
        self.level(command, flags, inner, names,
                   tree if isinstance(tree, dict) else {},
                   lambda items: wrap([(name, items)]))

    def by_specification(self):
        for command, (_, spec) in self.family.commands.items():
            for flags, names in self.ways(spec):
                start = [('ifindex', self.dev)] if 'ifindex' in names else []
                self.level(command, flags, spec['attribute-set'], names,
                           CONTENTS.get(command, {}),
                           lambda items, s=start:
                           (s if items[0] != ('ifindex', 0) else []) + items)

    # --- by meaning -------------------------------------------------------

    def devices(self):
        for command, (_, spec) in self.family.commands.items():
            more = self.more(command)
            self.expect('no device', command, more, errno.EINVAL,
                        'ifindex is missing')
            for what, ifindex, number, message in (
                    ('unknown device', 999999, errno.ENODEV, 'no such device'),
                    ('other device', self.other, errno.ENODEV,
                     'not an adapter'),
                    ('loopback', 1, errno.ENODEV, 'not an adapter')):
                if command == 'adapter-add' and ifindex == self.other:
                    continue
                if command == 'adapter-add' and ifindex == 1:
                    number, message = errno.EOPNOTSUPP, 'not an Ethernet'
                self.expect(what, command, [('ifindex', ifindex)] + more,
                            number, message)
        self.expect('other device', 'object-get', [('ifindex', self.other)],
                    errno.ENODEV, 'not an adapter', NLM_F_DUMP)
        self.expect('a second time', 'adapter-add', [('ifindex', self.dev)],
                    errno.EEXIST, 'already')

    @staticmethod
    def more(command):
        """What a command needs besides a device to get as far as that."""
        mac = ('lladdr', b'\2\0\0\0\0\2')
        if command in ('object-get', 'object-query', 'object-invalidate',
                       'object-terminate'):
            return [('handle', 1)]
        if command == 'object-initiate':
            return [('object', [('neighbor', [mac])])]
        if command == 'object-update':
            return [('object', [('handle', 1), ('neighbor', [mac])])]
        if command == 'path-relink':
            return [('neighbor', 1), ('object', [('handle', 1)])]
        return []

    def on_dev(self, what, command, items, number, message, flags=0):
        self.expect(what, command, [('ifindex', self.dev)] + items, number,
                    message, flags)

    def handles(self, neighbor, path, connection):
        for command in ('object-query', 'object-invalidate',
                        'object-terminate'):
            self.on_dev('no handle', command, [], errno.EINVAL, 'no object')
            self.on_dev('33 handles', command, [('handle', neighbor)] * 33,
                        errno.E2BIG, 'too many')
        for command in ('object-get', 'object-query', 'object-invalidate',
                        'object-terminate'):
            for what, handle in (('0', 0), ('-1', 2 ** 64 - 1),
                                 ('stale', neighbor ^ 1 << 32),
                                 ('wrong layer', neighbor ^ 3 << 60)):
                self.on_dev(f'handle {what}', command, [('handle', handle)],
                            errno.ENOENT, 'names no object')
        self.on_dev('no handle', 'object-get', [], errno.EINVAL,
                    'handle is missing')
        self.on_dev('handle', 'object-get', [('handle', neighbor)],
                    errno.EINVAL, 'out of place', NLM_F_DUMP)
        relink = [('object', [('handle', path)])]
        self.on_dev('no neighbor', 'path-relink', relink, errno.EINVAL,
                    'neighbor is missing')
        self.on_dev('no path', 'path-relink', [('neighbor', neighbor)],
                    errno.EINVAL, 'no object')
        self.on_dev('path for neighbor', 'path-relink',
                    [('neighbor', path)] + relink, errno.EINVAL,
                    'another layer')
        self.on_dev('connection for path', 'path-relink',
                    [('neighbor', neighbor),
                     ('object', [('handle', connection)])], errno.EINVAL,
                    'another layer')
        self.on_dev('object without handle', 'path-relink',
                    [('neighbor', neighbor), ('object', [])], errno.EINVAL,
                    'needs handle')

    def updates(self, neighbor):
        update = lambda what, items, number, message: self.on_dev(
            what, 'object-update', [('object', items)], number, message)
        self.on_dev('no object', 'object-update', [], errno.EINVAL,
                    'no object')
        self.on_dev('33 objects', 'object-update', [('object', [])] * 33,
                    errno.E2BIG, 'too many')
        update('no handle', [('neighbor', [])], errno.EINVAL, 'needs handle')
        update('no variables', [('handle', neighbor)], errno.EINVAL,
               'no variables')
        update('other layer', [('handle', neighbor), ('path', [('mtu', 1400)])],
               errno.EINVAL, 'not those of')
        update('unknown', [('handle', 7), ('neighbor', [('hrd', 1)])],
               errno.ENOENT, 'names no object')

    def initiates(self, neighbor, path):
        mac = ('lladdr', b'\2\0\0\0\0\2')
        route = [('src', b'\12\0\0\1'), ('dst', b'\12\0\1\1'), ('mtu', 1500)]
        ports = [('sport', 1), ('dport', 2)]
        new = lambda what, items, number, message: self.on_dev(
            what, 'object-initiate', [('object', items)], number, message)
        self.on_dev('no object', 'object-initiate', [], errno.EINVAL,
                    'no object')
        new('nothing', [], errno.EINVAL, 'none of')
        new('two layers', [('neighbor', [mac]), ('path', route)],
            errno.EINVAL, 'two layers')
        new('no lladdr', [('neighbor', [])], errno.EINVAL, 'needs lladdr')
        new('neighbor on top', [('below', path), ('neighbor', [mac])],
            errno.EINVAL, 'out of place')
        for i, item in enumerate(route):
            new(f'no {item[0]}', [('below', neighbor),
                                  ('path', route[:i] + route[i + 1:])],
                errno.EINVAL, 'needs src, dst and mtu')
        for i, item in enumerate(ports):
            new(f'no {item[0]}', [('below', path), ('connection',
                                                    ports[:i] + ports[i + 1:])],
                errno.EINVAL, 'needs sport and dport')
        new('path below nothing', [('path', route)], errno.EINVAL,
            'needs below')
        new('connection below nothing', [('connection', ports)], errno.EINVAL,
            'needs below')
        new('path below a path', [('below', path), ('path', route)],
            errno.EINVAL, 'wrong layer')
        new('connection below a neighbor',
            [('below', neighbor), ('connection', ports)], errno.EINVAL,
            'wrong layer')
        new('unknown below', [('below', 5), ('path', route)], errno.ENOENT,
            'names no object')
        new('mixed families', [('below', neighbor), ('path', [
            ('src', b'\12\0\0\1'), ('dst', bytes(16)), ('mtu', 1500)])],
            errno.EINVAL, 'another family')
        self.on_dev('two layers in two objects', 'object-initiate', [
            ('object', [('neighbor', [mac])]),
            ('object', [('below', neighbor), ('path', route)])],
            errno.EINVAL, 'one layer')

    def states(self):
        self.on_dev('nothing', 'adapter-set', [], errno.EINVAL, 'neither')
        self.on_dev('not paused', 'adapter-resume', [], errno.EALREADY,
                    'not paused')
        self.family.do('adapter-pause', [('ifindex', self.dev)])
        self.on_dev('paused', 'adapter-pause', [], errno.EALREADY, 'already')
        self.on_dev('paused', 'object-initiate',
                    [('object', [('neighbor', [('lladdr',
                                                b'\2\0\0\0\0\2')])])],
                    errno.EAGAIN, 'paused')
        self.family.do('adapter-resume', [('ifindex', self.dev)])


# --- objects ------------------------------------------------------------------

def initiate(family, dev, objects):
    reply = family.do('object-initiate', [('ifindex', dev)] +
                      [('object', o) for o in objects])
    objects = reply[0]['object']
    for o in objects:
        if o['status']:
            fault(f'initiate: {o}')
    return [o.get('handle') for o in objects]


def make_chimney(family, dev, number=0):
    """A neighbor, a path and a connection."""
    neighbor, = initiate(family, dev, [[
        ('neighbor', [('lladdr', b'\2\0\0\0\1' + bytes([number]))])]])
    path, = initiate(family, dev, [[('below', neighbor), ('path', [
        ('src', bytes([10, 1, number, 1])), ('dst', bytes([10, 2, number, 1])),
        ('mtu', 1500)])]])
    connection, = initiate(family, dev, [[('below', path), (
        'connection', [('sport', 1), ('dport', 2)])]])
    return neighbor, path, connection


def refusals(family, dev, other):
    handles = make_chimney(family, dev)
    before = family.do('object-get', [('ifindex', dev)], NLM_F_DUMP)
    run = Refusals(family, dev, other)
    run.by_specification()
    run.devices()
    run.handles(*handles)
    run.updates(handles[0])
    run.initiates(*handles[:2])
    run.states()
    after = family.do('object-get', [('ifindex', dev)], NLM_F_DUMP)
    if [o['object'][0]['handle'] for o in before] != \
            [o['object'][0]['handle'] for o in after]:
        fault(f'objects before: {before}, after: {after}')
    adapters = [a['ifindex'] for a in
                family.do('adapter-get', [], NLM_F_DUMP)]
    if adapters != [dev]:
        fault(f'adapters: {adapters}')
    family.do('object-terminate', [('ifindex', dev)] +
              [('handle', handle) for handle in handles])
    print(f'{run.count} requests refused')


def fill(family, dev, number):
    _, path, _ = make_chimney(family, dev, 1)
    made = 1
    while made < number:
        some = min(32, number - made)
        initiate(family, dev, [[('below', path), ('connection', [
            ('sport', 1 + made + i), ('dport', 2)])] for i in range(some)])
        made += some
    print(f'{made} connections')


def dump(family, dev, change=False):
    family.request('object-get', [('ifindex', dev)] if dev else [], NLM_F_DUMP)
    handles, interrupted = [], False
    for body, flags in family.replies():
        interrupted |= bool(flags & NLM_F_DUMP_INTR)
        if body is None:
            break
        values = family.decode(body, 'operation')
        handles.append(values['object'][0]['handle'])
        if change and len(handles) == 1:
            initiate(Family(), dev, [[('neighbor', [
                ('lladdr', b'\2\0\0\0\2\2')])]])
    if len(set(handles)) != len(handles):
        fault('objects twice in a dump')
    print(f'{len(handles)} objects, '
          f'{"interrupted" if interrupted else "consistent"}')


def one_object(family, dev, handle):
    reply, = family.do('object-get', [('ifindex', dev), ('handle', handle)])
    values = reply['object'][0]['connection']
    print(', '.join(name if name in values else 'not ' + name
                    for name in ('state', 'rcv-nxt')))


# --- JSON ---------------------------------------------------------------------

# What the clock moves, and which way.
MOVING = {'ts_recent_age': 1, 'ts_time': 1, 'nrd': 1, 'ka_left': -1,
          'rt_left': -1}


def wrong(have, words):
    """What of the words, names and values, an object does not have."""
    words = words.split()
    found = []
    for name, want in zip(words[::2], words[1::2]):
        value = have.get(name.replace('-', '_'))
        if isinstance(value, bool):
            value = 'on' if value else 'off'
        way = MOVING.get(name.replace('-', '_'), 0)
        if way and 0 <= way * (value - int(want)) < 600000:
            continue
        if str(value) != want:
            found.append(f'{name} is {value}, not {want}')
    return ', '.join(found)


def evaluate():
    for line in sys.stdin:
        try:
            with open('/tmp/json', encoding='utf-8') as f:
                value = eval(line, {'d': json.load(f), 'wrong': wrong})
        except Exception as error:      # whatever it is, it is the answer
            value = f'{type(error).__name__}: {error}'
        print(str(value).replace('\n', ' '), flush=True)


def main():
    command, *names = sys.argv[1:]
    if command == 'json':
        evaluate()
        return 0
    # The kernel's are as small as ours, so that a dump takes many reads.
    family = Family(8192 if command.startswith('dump') else 65536)
    index = socket.if_nametoindex
    try:
        if command == 'refusals':
            refusals(family, index(names[0]), index(names[1]))
        elif command == 'fill':
            fill(family, index(names[0]), int(names[1]))
        elif command == 'dump':
            dump(family, index(names[0]) if names else 0)
        elif command == 'dump-change':
            dump(family, index(names[0]), True)
        elif command == 'object':
            one_object(family, index(names[0]), int(names[1], 16))
    except Refused as refused:
        fault(str(refused))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
