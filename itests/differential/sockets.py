"""Sockets of AF_UNIX."""
from files import CLOEXEC, NONBLOCK
from sequence import BUFFER

STREAM, DGRAM, SEQPACKET = 1, 2, 5
DONTWAIT, PEEK, TRUNC, NOSIGNAL, OOB, EOR, WAITALL = 0x40, 2, 0x20, 0x4000, 1, 0x80, 0x100


def kind(s):
    return s.pick(STREAM, DGRAM, SEQPACKET) if s.chance(96) else s.pick(3, 4, 0, 10, 99)


def create(s):
    s.opened(s.call('socket', s.pick(1, 1, 1, 1, 1, 0, 99), kind(s) | s.pick(NONBLOCK, NONBLOCK | CLOEXEC, s.bits(NONBLOCK, CLOEXEC) | NONBLOCK), s.number(0, 0, 0, 1)), 'socket')


def pair(s):
    at = s.blank(8)
    # what it leaves in memory when it fails is left open
    s.call('socketpair', 1, s.pick(STREAM, DGRAM, SEQPACKET) | NONBLOCK | s.pick(0, CLOEXEC), s.pick(0, 0, 1), f'@{at:#x}')
    for place in (at, at + 4):
        word = f'i{place:#x}'
        s.opened(s.call('dup2', word, word), 'socket')


def address(s):
    """The place and the length of a name."""
    at = s.space(112)
    name = s.pick('S', 'T', 'a', 'a/S', 'b')
    s.line(f'mem {at:#x} ' + '00' * 110)
    s.line(f'put {at:#x} 2 {s.pick(1, 1, 1, 1, 1, 1, 0, 2, 99)}')
    roll = s.random.randrange(10)
    if roll < 6:
        s.line(f'str {at + 2:#x} {name}')
        return s.pointer(f'@{at:#x}'), s.number(2 + len(name) + 1, 2 + len(name) + 1, 110, 2 + len(name))
    if roll < 9:
        # abstract names are everybody's: not those of other sequences
        name = f'{s.tag}{name[0]}'
        s.line(f'str {at + 3:#x} {name}')
        return s.pointer(f'@{at:#x}'), 3 + len(name)
    return s.pointer(f'@{at:#x}'), s.number(2, 3, 1, 0, 110, 111, 128, 129)


def named(s):
    at, size = address(s)
    s.call(s.pick('bind', 'bind', 'connect', 'connect'), s.fd('socket'), at, size, mode='vb')


def server(s):
    roll = s.random.randrange(3)
    if roll == 0:
        s.call('listen', s.fd('socket'), s.number(0, 1, 5))
    else:
        at, size = s.blank(112), s.struct((4, s.number(110, 2, 0)))
        s.opened(s.call('accept4', s.fd('socket'), s.pick(0, f'@{at:#x}'), s.pointer(f'@{size:#x}'), s.pick(0, NONBLOCK, s.bits(CLOEXEC)), mode='vb'), 'socket')
        s.out(size, 4)


def names(s):
    at, size = s.blank(112), s.struct((4, s.number(110, 110, 5, 0, -1)))
    s.call(s.pick('getsockname', 'getpeername'), s.fd('socket'), s.pointer(f'@{at:#x}'), s.pointer(f'@{size:#x}'))
    s.out(size, 4)
    s.out(at, 16)


def send(s):
    flags = NOSIGNAL if s.chance(80) else s.bits(DONTWAIT, OOB, EOR, 4, 8, NOSIGNAL, 0x8000)
    if s.chance(30):
        at, size = address(s)
    else:
        at, size = 0, 0
    s.call('sendto', s.fd('socket'), s.pointer(f'@{BUFFER:#x}'), s.number(0, 1, 5, 100, 5000), flags, at, size, mode='vb')


def receive(s):
    at, size = s.blank(112), s.struct((4, 110))
    s.call('recvfrom', s.fd('socket'), s.pointer(f'@{BUFFER + 0x100:#x}'), s.number(0, 1, 3, 100, 8000), s.bits(DONTWAIT, PEEK, TRUNC, OOB, WAITALL, 0x40000000, most=1),
           s.pick(0, f'@{at:#x}'), s.pick(0, f'@{size:#x}', f'@{size:#x}'), mode='vb')
    s.out(size, 4)


def message(s):
    """sendmsg with descriptors or credentials and recvmsg."""
    vector = s.struct((8, s.pointer(f'@{BUFFER:#x}')), (8, s.number(0, 1, 10, 100)))
    if s.chance(50):
        if s.chance(60):
            count = s.pick(1, 1, 2, 0)
            control = s.struct((8, 16 + 4 * count), (4, s.pick(1, 1, 1, 0)), (4, 1), *[(4, s.fd('file', 'pipe', 'socket')) for _ in range(count)], (8, 0))
            size = (16 + 4 * count + 7) & ~7
        else:
            control = s.struct((8, s.pick(28, 28, 24, 100)), (4, 1), (4, 2), (4, s.pick('$pid', '$pid', 1)), (4, s.pick(65534, 65534, 0)), (4, 65534))
            size = 32
        at = s.struct((8, 0), (8, 0), (8, f'@{vector:#x}'), (8, s.number(1, 1, 0, 1025)), (8, f'@{control:#x}'), (8, s.pick(size, size, size, 16, 5)), (8, 0))
        s.call('sendmsg', s.fd('socket'), s.pointer(f'@{at:#x}'), NOSIGNAL | s.bits(DONTWAIT, EOR, OOB, most=1), mode='vb')
    else:
        control = s.blank(64)
        at = s.struct((8, 0), (8, 0), (8, f'@{vector:#x}'), (8, s.number(1, 1, 0, 1025)), (8, f'@{control:#x}'), (8, s.pick(64, 64, 64, 20, 16, 0)), (8, 0))
        s.call('recvmsg', s.fd('socket'), s.pointer(f'@{at:#x}'), s.bits(DONTWAIT, PEEK, TRUNC, 0x40000000, most=1), mode='vb')
        s.out(at + 40, 12)
        s.out(control, 32)


def shut(s):
    s.call('shutdown', s.fd('socket'), s.pick(0, 1, 2, 3))


def option(s):
    # SNDBUF and RCVBUF are left out: their figures are the kernel's own affair
    level = s.pick(1, 1, 1, 1, 1, 0, 41, 99)
    name = s.pick(2, 3, 4, 5, 6, 9, 13, 16, 17, 18, 20, 30, 38, 39, 10, 1, 999)
    if s.chance(50):
        at = s.struct((4, s.number(0, 1, 1, 5)), (4, 0), (8, 0))
        s.call('setsockopt', s.fd('socket'), level, name, s.pointer(f'@{at:#x}'), s.number(4, 4, 8, 16, 3, 0))
    else:
        at, size = s.blank(32), s.struct((4, s.number(4, 4, 16, 12, 2, 0)))
        s.call('getsockopt', s.fd('socket'), level, name, s.pointer(f'@{at:#x}'), s.pointer(f'@{size:#x}'))
        s.out(size, 4)
        if name != 77:
            s.out(at, 16)


ALL = [(create, 10), (pair, 7), (named, 14), (server, 9), (names, 4), (send, 10), (receive, 8), (message, 9), (shut, 3), (option, 6)]
