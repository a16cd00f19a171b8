# SPDX-License-Identifier: GPL-2.0-only
"""Causes for which the Linux host stack refuses a socket, see refuse.py.

Each is a context manager that is given the family and where to leave what is to be
closed at last, and yields the connection.
"""

import contextlib
import fcntl
import os
import select
import socket
import struct
import threading
import time

import sockbpf
from netns import inside
from pair import (FAMILY, FAR, NEAR, PATIENCE, PORT, SOL_TCP, TCP_ULP, Pair,
                  deaf, new_socket, offload, rules, run, sysctl, try_run)

TCP_MD5SIG = 14
TCP_REPAIR = 19
TCP_REPAIR_QUEUE = 20
TCP_QUEUE_SEQ = 21
TCP_FASTOPEN = 23
TCP_TX_DELAY = 37
SEND_QUEUE = 2
REPAIR_OVER = -1
SO_TIMESTAMPING = 37
SO_ZEROCOPY = 60
SO_TXTIME = 61
STAMP_WHEN_ACKED = 1 << 9
MSG_FASTOPEN = 0x20000000
NBD = 'nbd0'
NBD_SET_SOCK, NBD_SET_SIZE, NBD_DO_IT = 0xab00, 0xab02, 0xab03
TUNSETIFF = 0x400454ca
IFF_TUN, IFF_NO_PI = 1, 0x1000
PREFIX = {4: '10.8.0.0/24', 6: 'fd08::/64'}
BITS = {4: 32, 6: 128}
GROUP = '/sys/fs/cgroup/refuse'

cause = contextlib.contextmanager


def chimctl(*words):
    run('near', os.environ.get('CHIMCTL', 'chimctl'), *words)


def simple(option, value, level=SOL_TCP, undo=None):
    """A socket option, set once the connection is there."""
    @cause
    def with_option(family, stack):
        pair = Pair(stack, family)
        pair.sock.setsockopt(level, option, value)
        yield pair
        if undo is not None:
            pair.sock.setsockopt(level, option, undo)
    return with_option


# --- what the socket itself is ------------------------------------------------

tx_delay = simple(TCP_TX_DELAY, 1000, undo=0)
tx_time = simple(SO_TXTIME, struct.pack('iI', time.CLOCK_MONOTONIC, 0),
                 socket.SOL_SOCKET)
zero_copy = simple(SO_ZEROCOPY, 1, socket.SOL_SOCKET, 0)
repair = simple(TCP_REPAIR, 1, undo=REPAIR_OVER)


@cause
def md5(family, stack):
    """Each side has a key for the other one."""
    others = iter((NEAR, FAR))

    def set_key(sock):
        address = socket.inet_pton(FAMILY[family], next(others)[family])
        head = struct.pack('HH', FAMILY[family], 0) + \
            bytes(4 if family == 6 else 0) + address
        sock.setsockopt(SOL_TCP, TCP_MD5SIG, head.ljust(128, b'\0') +
                        struct.pack('BBHi80s', 0, 0, 6, 0, b'secret'))
    yield Pair(stack, family, prepare=set_key)


@cause
def ecn(family, stack):
    with sysctl('net.ipv4.tcp_ecn', 1, 2):
        pair = Pair(stack, family)
    yield pair


@cause
def tls(family, stack):
    """Without keys, data pass as they are."""
    pair = Pair(stack, family)
    pair.sock.setsockopt(SOL_TCP, TCP_ULP, b'tls')
    pair.counted = False
    pair.protocol = b'tls'
    yield pair


@cause
def multipath(family, stack):
    """Its own protocol is asked."""
    pair = Pair(stack, family, protocol=socket.IPPROTO_MPTCP)
    pair.counted = False
    pair.protocol = b'mptcp'
    yield pair


@cause
def in_map(family, stack):
    pair = Pair(stack, family)
    with sockbpf.in_map(pair.sock):
        yield pair


@cause
def sock_ops(family, stack):
    with sockbpf.watched(GROUP):
        pair = Pair(stack, family)
    yield pair


def serve_device(device):
    """Until the peer has closed."""
    with contextlib.suppress(OSError):
        fcntl.ioctl(device, NBD_DO_IT)


def read_size():
    with open(f'/sys/block/{NBD}/size', encoding='ascii') as file:
        return int(file.read())


@contextlib.contextmanager
def network_device(pair, stack):
    """A network block device has it, which is written to for want of memory."""
    try_run('near', 'modprobe nbd')
    device = os.open(f'/dev/{NBD}', os.O_RDWR)
    stack.callback(os.close, device)
    fcntl.ioctl(device, NBD_SET_SOCK, pair.sock.fileno())
    fcntl.ioctl(device, NBD_SET_SIZE, 1 << 20)
    thread = threading.Thread(target=serve_device, args=(device,))
    thread.start()
    while read_size() == 0:
        time.sleep(0.01)
    yield
    pair.peer.close()
    thread.join()
    pair.both_ways = pair.peer = None


@cause
def swapped_over(family, stack):
    pair = Pair(stack, family)
    with network_device(pair, stack):
        yield pair


# --- what has become of it ----------------------------------------------------

@cause
def closed(family, stack):
    """One that was never connected."""
    pair = Pair(stack, family)
    other = pair.sock
    pair.sock = new_socket(stack, 'near', family)
    pair.named = False
    yield pair
    pair.sock.close()
    pair.sock = other


@cause
def connecting(family, stack):
    pair = Pair(stack, family)
    other = pair.sock
    with deaf():
        pair.sock = new_socket(stack, 'near', family)
        pair.sock.setblocking(False)
        pair.sock.connect_ex((FAR[family], PORT))
        pair.named = False
        yield pair
        pair.sock.close()
    pair.sock = other


@cause
def shut_down(family, stack):
    pair = Pair(stack, family)
    pair.sock.shutdown(socket.SHUT_WR)
    pair.both_ways = False
    yield pair


@cause
def shut_down_both(family, stack):
    """The peer has closed before."""
    pair = Pair(stack, family)
    pair.peer.shutdown(socket.SHUT_WR)
    assert not pair.sock.recv(1)
    with deaf():
        pair.sock.shutdown(socket.SHUT_WR)
        yield pair
    pair.both_ways = pair.peer = None


@cause
def fast_open(family, stack):
    """A server's, until the client has acknowledged that the server answers."""
    with sysctl('net.ipv4.tcp_fastopen', 1543, 1):
        listener = new_socket(stack, 'near', family)
        listener.bind((NEAR[family], PORT))
        listener.listen(1)
        pair = Pair(stack, family)
        pair.peer = new_socket(stack, 'far', family)
        pair.peer.setblocking(False)
        with deaf():
            with contextlib.suppress(BlockingIOError):
                pair.peer.sendto(b'early', MSG_FASTOPEN,
                                 (NEAR[family], PORT))
            pair.sock = stack.enter_context(listener.accept()[0])
            yield pair
    pair.peer.settimeout(PATIENCE)
    pair.sock.settimeout(PATIENCE)
    assert pair.sock.recv(5) == b'early'


@cause
def urgent_in(family, stack):
    pair = Pair(stack, family)
    pair.peer.send(b'!', socket.MSG_OOB)
    pair.wait_for(select.POLLPRI)
    yield pair
    # With a time limit it would wait for other data before.
    pair.sock.settimeout(None)
    assert pair.sock.recv(1, socket.MSG_OOB) == b'!'
    pair.sock.settimeout(PATIENCE)


@cause
def urgent_out(family, stack):
    pair = Pair(stack, family)
    with deaf():
        pair.sock.send(b'!', socket.MSG_OOB)
        yield pair


@cause
def stamps(family, stack):
    """Of data, that is, on a socket that does not want them any more."""
    pair = Pair(stack, family)
    with deaf():
        pair.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING,
                             STAMP_WHEN_ACKED)
        pair.sock.send(b'.')
        pair.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, 0)
        yield pair
    assert pair.peer.recv(1) == b'.'


def next_sequence(sock):
    sock.setsockopt(SOL_TCP, TCP_REPAIR, 1)
    sock.setsockopt(SOL_TCP, TCP_REPAIR_QUEUE, SEND_QUEUE)
    number = struct.unpack('I', sock.getsockopt(SOL_TCP, TCP_QUEUE_SEQ, 4))[0]
    sock.setsockopt(SOL_TCP, TCP_REPAIR, REPAIR_OVER)
    # What repair has left of it.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return number


@cause
def out_of_order(family, stack):
    pair = Pair(stack, family)
    pair.peer.setsockopt(SOL_TCP, socket.TCP_NODELAY, 1)
    with rules('near', 'table netdev t { chain c { type filter hook ingress '
               'device v0 priority 0; tcp sequence '
               f'{next_sequence(pair.peer)} drop; }}\n}}'):
        pair.peer.send(b'a')
        pair.peer.send(b'b')
        while not pair.ooo_packets():
            time.sleep(0.01)
        yield pair
    assert pair.sock.recv(2, socket.MSG_WAITALL) == b'ab'


# --- the way ------------------------------------------------------------------

@cause
def loopback(family, stack):
    yield Pair(stack, family, peer='near', to=NEAR[family])


@cause
def no_route(family, stack):
    pair = Pair(stack, family)
    run('near', f'ip -{family} route del {PREFIX[family]} dev v0')
    yield pair
    run('near', f'ip -{family} route add {PREFIX[family]} dev v0')


@cause
def not_resolved(family, stack):
    pair = Pair(stack, family)
    route = f'{FAR[family]}/{BITS[family]} via {NEAR[family]}7 dev v0'
    run('near', f'ip -{family} route add {route}')
    yield pair
    run('near', f'ip -{family} route del {route}')


def esp(netns, family):
    ends = (NEAR[family], FAR[family])
    for number, (src, dst) in enumerate((ends, ends[::-1]), 1):
        try_run(netns, 'ip', 'xfrm', 'state', 'add', 'src', src, 'dst', dst,
                'proto', 'esp', 'spi', str(number), 'mode', 'transport',
                'enc', 'cbc(aes)', '0x' + '11' * 16,
                'auth', 'hmac(sha256)', '0x' + '22' * 32)
    src, dst = ends if netns == 'near' else ends[::-1]
    run(netns, f'ip xfrm policy add src {src} dst {dst} proto tcp dir out '
        f'tmpl src {src} dst {dst} proto esp mode transport')


@cause
def ipsec(family, stack):
    """Data flow, in ESP."""
    pair = Pair(stack, family)
    for netns in ('near', 'far'):
        stack.callback(run, netns, 'ip xfrm state flush')
        stack.callback(run, netns, 'ip xfrm policy flush')
        esp(netns, family)
    yield pair


def open_tun(stack, netns, family, address):
    with inside(netns):
        tun = os.open('/dev/net/tun', os.O_RDWR)
        fcntl.ioctl(tun, TUNSETIFF,
                    struct.pack('16sH22x', b't0', IFF_TUN | IFF_NO_PI))
    stack.callback(os.close, tun)
    run(netns, 'ip link set t0 up')
    run(netns, f'ip addr add {address}/{64 if family == 6 else 24} dev t0' +
        (' nodad' if family == 6 else ''))
    return tun


def pump(ends, stop):
    """What one device sends, the other receives."""
    while stop not in (ready := select.select((*ends, stop), (), ())[0]):
        for end in ready:
            os.write(ends[1 - ends.index(end)], os.read(end, 65536))


@cause
def tun(family, stack):
    near, far = ('10.9.0.1', '10.9.0.2') if family == 4 else \
        ('fd09::1', 'fd09::2')
    ends = (open_tun(stack, 'near', family, near),
            open_tun(stack, 'far', family, far))
    stop, end = os.pipe()
    thread = threading.Thread(target=pump, args=(ends, stop))
    thread.start()
    stack.callback(os.close, stop)
    stack.callback(thread.join)
    stack.callback(os.close, end)
    yield Pair(stack, family, to=far)


def mpls(stack):
    for module in ('mpls_router', 'mpls_iptunnel'):
        try_run('near', f'modprobe {module}')
    run('far', 'sysctl -qw net.mpls.platform_labels=1000 '
        'net.mpls.conf.v1.input=1')
    run('far', 'ip -f mpls route add 100 dev lo')
    stack.callback(run, 'far', 'ip -f mpls route del 100 dev lo')
    return f'encap mpls 100 via inet {FAR[4]} dev v0'


def segments(stack):
    for where in ('all', 'v1'):
        try_run('far', f'sysctl -qw net.ipv6.conf.{where}.seg6_enabled=1')
    stack.callback(run, 'far', 'sysctl -qw net.ipv6.conf.v1.seg6_enabled=0')
    return f'encap seg6 mode encap segs {FAR[6]} dev v0'


@cause
def lwtunnel(family, stack):
    """MPLS, or segments of IPv6, that the route puts in front."""
    to = '10.77.0.2' if family == 4 else 'fd77::2'
    end = f'{to}/{BITS[family]}'
    encap = mpls(stack) if family == 4 else segments(stack)
    run('far', f'ip addr add {end} dev lo')
    stack.callback(run, 'far', f'ip addr del {end} dev lo')
    try_run('near', f'ip -{family} route add {end} {encap}')
    stack.callback(run, 'near', f'ip -{family} route del {end}')
    yield Pair(stack, family, to=to)


def nat(family, hook, what):
    return rules('near', f'table {"ip" if family == 4 else "ip6"} t {{ '
                 f'chain c {{ type nat hook {hook}; {what}; }}\n}}')


def spell(family, address, port=''):
    if family == 6:
        address = f'[{address}]'
    return f'{address}:{port}'.rstrip(':')


@cause
def snat(family, stack):
    stack.enter_context(nat(
        family, 'postrouting priority 100',
        f'tcp dport {PORT} snat to {spell(family, NEAR[family], 6666)}'))
    yield Pair(stack, family)


@cause
def dnat(family, stack):
    stack.enter_context(nat(
        family, 'output priority -100',
        f'tcp dport 7 dnat to {spell(family, FAR[family], PORT)}'))
    pair = Pair(stack, family)
    pair.sock.close()
    pair.sock = new_socket(stack, 'near', family)
    pair.sock.connect((FAR[family], 7))
    pair.peer = stack.enter_context(pair.listener.accept()[0])
    pair.peer.settimeout(PATIENCE)
    yield pair


# --- the target ---------------------------------------------------------------

@cause
def no_room(family, stack):
    """The target has as many connections as it is allowed."""
    other = Pair(stack, family)
    other.listener.close()
    pair = Pair(stack, family)
    assert not offload(other.sock)
    chimctl('adapter', 'set', 'v0', 'connections', '1')
    yield pair
    chimctl('adapter', 'set', 'v0', 'connections', '1000')
