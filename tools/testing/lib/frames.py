#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads Ethernet frames with TCP segments in them, and checks them.

frames.py PCAP...: prints every TCP frame of the files and what is wrong with
it; exits with 1 if anything is.

A frame is checked as a whole: every length against every other, every
checksum, every reserved bit, the form of the TCP options. Frames that are not
TCP are decoded as far as IP.
"""

import dataclasses
import ipaddress
import struct
import sys

ETH_LEN = 14
TAG_LEN = 4
ETH_MIN = 60                    # shorter frames may be padded to this
TYPE_IP4 = 0x0800
TYPE_IP6 = 0x86dd
TYPE_TAG = 0x8100
TCP = 6
FILE_HEADER = 24
RECORD_HEADER = 16

FLAGS = ('fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr')
OPTION_NAMES = {2: 'mss', 3: 'wscale', 4: 'sackok', 5: 'sack', 8: 'ts'}
OPTION_LENGTHS = {2: 4, 3: 3, 4: 2, 8: 10}


@dataclasses.dataclass
class Frame:
    """One frame, as far as it could be understood.

    Numbers are what the fields say, not what they should say. 'problems' are
    sentences; an empty list means that the frame is right in itself.
    """
    time: float
    raw: bytes
    size: int                   # on the wire; more than len(raw) if cut off
    dst: str = ''
    src: str = ''
    type: int = 0
    tagged: bool = False
    vlan: int = 0
    prio: int = 0
    dei: int = 0
    version: int = 0
    saddr: str = ''
    daddr: str = ''
    tos: int = 0                # or traffic class
    ttl: int = 0                # or hop limit
    id: int = -1                # of IPv4
    df: int = 0
    flow: int = -1              # of IPv6
    proto: int = 0
    sport: int = 0
    dport: int = 0
    seq: int = 0
    ack: int = 0
    flags: str = ''             # those set, joined with '+'
    window: int = 0
    urgent: int = 0
    options: str = ''           # names in order, joined with ','
    tsval: int = -1
    tsecr: int = -1
    payload: int = 0
    number: int = 0             # in its file, from 1
    problems: list = dataclasses.field(default_factory=list)

    def is_tcp(self):
        return self.proto == TCP and bool(self.version)

    def key(self):
        return self.saddr, self.sport, self.daddr, self.dport

    def wrong(self, **want):
        """What differs from the wanted values, as sentences."""
        return [f'{name} is {getattr(self, name)!r}, not {value!r}'
                for name, value in want.items()
                if getattr(self, name) != value]

    def summary(self):
        """One line that names every field."""
        tag = f' vlan={self.vlan} prio={self.prio}' if self.tagged else ''
        if not self.is_tcp():
            return f'{self.src} > {self.dst}{tag} type={self.type:#06x}'
        ip = f'id={self.id:#06x} df={self.df}' if self.version == 4 else \
            f'flow={self.flow:#07x}'
        ts = f' tsval={self.tsval} tsecr={self.tsecr}' \
            if self.tsval >= 0 else ''
        return (f'{self.src} > {self.dst}{tag} {self.saddr}.{self.sport} > '
                f'{self.daddr}.{self.dport} tos={self.tos:#04x} '
                f'ttl={self.ttl} {ip} {self.flags or "-"} seq={self.seq} '
                f'ack={self.ack} win={self.window}{ts} len={self.payload}')


def ones_sum(data, start=0):
    """The ones' complement sum of RFC 1071, folded; 0xffff if all is well."""
    if len(data) % 2:
        data = data + b'\0'
    total = start + sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def mac(data):
    return ':'.join(f'{byte:02x}' for byte in data)


def parse_options(frame, data):
    names = []
    at = 0
    while at < len(data):
        kind = data[at]
        if kind == 0:
            names.append('eol')
            if any(data[at:]):
                frame.problems.append('TCP options: bytes after their end')
            break
        if kind == 1:
            names.append('nop')
            at += 1
            continue
        length = data[at + 1] if at + 1 < len(data) else 0
        if length < 2 or at + length > len(data):
            frame.problems.append(f'TCP option {kind}: length {length}')
            break
        if length != OPTION_LENGTHS.get(kind, length):
            frame.problems.append(f'TCP option {kind}: length {length}')
        if kind == 8 and length == 10:
            frame.tsval, frame.tsecr = struct.unpack_from('!II', data, at + 2)
        names.append(OPTION_NAMES.get(kind, str(kind)))
        at += length
    frame.options = ','.join(names)


def parse_tcp(frame, data, length, pseudo):
    """Reads a segment of so many bytes, of which data may be the start."""
    if length < 20 or len(data) < 20:
        frame.problems.append(f'TCP: only {min(length, len(data))} bytes')
        return
    (frame.sport, frame.dport, frame.seq, frame.ack, offset, flags,
     frame.window, _, frame.urgent) = struct.unpack_from('!HHIIBBHHH', data)
    frame.flags = '+'.join(n for i, n in enumerate(FLAGS) if flags >> i & 1)
    header = (offset >> 4) * 4
    if offset & 0x0f:
        frame.problems.append('TCP: reserved bits are set')
    if header < 20 or header > length or header > len(data):
        frame.problems.append(f'TCP: header of {header} bytes')
        return
    if frame.urgent and not flags >> 5 & 1:
        frame.problems.append('TCP: urgent pointer without URG')
    frame.payload = length - header
    parse_options(frame, data[20:header])
    if len(data) == length:
        total = ones_sum(data, ones_sum(pseudo + struct.pack(
            '!HH', TCP, length)))
        if total != 0xffff:
            frame.problems.append('TCP: checksum is wrong')


def check_padding(frame, rest, length):
    """What stands behind the datagram can only be padding."""
    cut = frame.size - len(frame.raw)
    extra = len(rest) + cut - length
    if extra < 0:
        frame.problems.append(f'IP: says {length} bytes, has '
                              f'{len(rest) + cut}')
    elif extra and (frame.size > ETH_MIN or any(rest[length:])):
        frame.problems.append(f'IP: {extra} bytes behind the datagram')


def parse_ip4(frame, data):
    if len(data) < 20:
        frame.problems.append('IPv4: header is cut off')
        return
    (first, frame.tos, length, frame.id, fragment, frame.ttl, frame.proto,
     _, saddr, daddr) = struct.unpack_from('!BBHHHBBH4s4s', data)
    header = (first & 0x0f) * 4
    frame.saddr = str(ipaddress.IPv4Address(saddr))
    frame.daddr = str(ipaddress.IPv4Address(daddr))
    frame.df = fragment >> 14 & 1
    if first >> 4 != 4:
        frame.problems.append(f'IPv4: version {first >> 4}')
        return
    frame.version = 4
    if header < 20 or header > length or header > len(data):
        frame.problems.append(f'IPv4: header of {header} bytes')
        return
    if ones_sum(data[:header]) != 0xffff:
        frame.problems.append('IPv4: checksum is wrong')
    if fragment >> 15:
        frame.problems.append('IPv4: the reserved flag is set')
    check_padding(frame, data, length)
    if fragment & 0x3fff:
        frame.problems.append('IPv4: a fragment')
    elif frame.proto == TCP:
        parse_tcp(frame, data[header:length], length - header, saddr + daddr)


def parse_ip6(frame, data):
    if len(data) < 40:
        frame.problems.append('IPv6: header is cut off')
        return
    first, length, frame.proto, frame.ttl, saddr, daddr = \
        struct.unpack_from('!IHBB16s16s', data)
    frame.tos = first >> 20 & 0xff
    frame.flow = first & 0xfffff
    frame.saddr = str(ipaddress.IPv6Address(saddr))
    frame.daddr = str(ipaddress.IPv6Address(daddr))
    if first >> 28 != 6:
        frame.problems.append(f'IPv6: version {first >> 28}')
        return
    frame.version = 6
    check_padding(frame, data, 40 + length)
    if frame.proto == TCP:
        parse_tcp(frame, data[40:40 + length], length, saddr + daddr)


def decode(raw, time=0.0, size=None):
    """Returns the Frame in these bytes."""
    frame = Frame(time, raw, len(raw) if size is None else size)
    if len(raw) < ETH_LEN:
        frame.problems.append('Ethernet: header is cut off')
        return frame
    frame.dst, frame.src = mac(raw[0:6]), mac(raw[6:12])
    frame.type, = struct.unpack_from('!H', raw, 12)
    at = ETH_LEN
    if frame.type == TYPE_TAG:
        if len(raw) < ETH_LEN + TAG_LEN:
            frame.problems.append('802.1Q: tag is cut off')
            return frame
        tci, frame.type = struct.unpack_from('!HH', raw, ETH_LEN)
        at += TAG_LEN
        frame.tagged = True
        frame.vlan, frame.dei, frame.prio = tci & 0xfff, tci >> 12 & 1, \
            tci >> 13
    if frame.type == TYPE_IP4:
        parse_ip4(frame, raw[at:])
    elif frame.type == TYPE_IP6:
        parse_ip6(frame, raw[at:])
    return frame


class Pcap:
    """A capture file that may still be growing."""

    def __init__(self, path):
        self.path = path
        self.at = 0
        self.order = ''
        self.unit = 1e-6
        self.count = 0

    def start(self, data):
        magic, = struct.unpack_from('<I', data)
        kinds = {0xa1b2c3d4: ('<', 1e-6), 0xa1b23c4d: ('<', 1e-9),
                 0xd4c3b2a1: ('>', 1e-6), 0x4d3cb2a1: ('>', 1e-9)}
        if magic not in kinds:
            raise ValueError(f'{self.path}: not a pcap file')
        self.order, self.unit = kinds[magic]
        link, = struct.unpack_from(self.order + 'I', data, 20)
        if link & 0xffff != 1:
            raise ValueError(f'{self.path}: not Ethernet')

    def more(self):
        """Returns the frames written since the last call."""
        frames = []
        with open(self.path, 'rb') as f:
            f.seek(self.at)
            data = f.read()
        done = 0
        if not self.order:
            if len(data) < FILE_HEADER:
                return frames
            self.start(data)
            done = FILE_HEADER
        while len(data) >= done + RECORD_HEADER:
            sec, part, have, size = struct.unpack_from(
                self.order + 'IIII', data, done)
            raw = data[done + RECORD_HEADER:done + RECORD_HEADER + have]
            if len(raw) < have:
                break
            self.count += 1
            frames.append(decode(raw, sec + part * self.unit, size))
            frames[-1].number = self.count
            done += RECORD_HEADER + have
        self.at += done
        return frames


def read_pcap(path):
    return Pcap(path).more()


def main(paths):
    bad = 0
    for path in paths:
        for frame in filter(Frame.is_tcp, read_pcap(path)):
            print(f'{path}:{frame.number}: {frame.summary()}')
            for problem in frame.problems:
                print(f'    {problem}')
                bad = 1
    return bad


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
