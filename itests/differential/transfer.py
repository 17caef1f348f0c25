"""Calls that move bytes, and those on descriptors of every kind."""
from files import APPEND, CLOEXEC, NONBLOCK
from sequence import BUFFER


def buffer(s):
    return s.pick(f'@{BUFFER:#x}', f'@{BUFFER + 4096:#x}', '@0x10000') if s.chance(95) else s.pointer('@0x10ff0')


def length(s):
    return s.number(0, 1, 5, 100, 4096, 5000, 10000)


def offset(s):
    return s.number(0, 1, 100, 4096, 5000, 1 << 20, (1 << 20) - 5)


DATA = ('file', 'file', 'memfd', 'pipe', 'socket', 'event')


def read(s):
    fd = s.fd(*DATA, 'timer', 'signal', 'inotify', 'dir')
    roll = s.random.randrange(4)
    if roll < 2:
        s.call('read', fd, buffer(s), length(s), mode='vb')
        s.out(BUFFER, 16)
    elif roll == 2:
        s.call('pread64', fd, buffer(s), length(s), offset(s), mode='vb')
        s.out(BUFFER, 16)
    else:
        s.call('preadv2', fd, vectors(s), s.number(1, 2, 2, 0, 3, 1024, 1025), s.number(0, 100, -1, -1), 0, s.bits(1, 2, 4, 8, most=1), mode='vb')


def write(s):
    fd = s.fd(*DATA, 'dir')
    roll = s.random.randrange(4)
    if roll < 2:
        s.call('write', fd, buffer(s), length(s), mode='vb')
    elif roll == 2:
        s.call('pwrite64', fd, buffer(s), length(s), offset(s), mode='vb')
    else:
        s.call('pwritev2', fd, vectors(s), s.number(1, 2, 2, 0, 3, 1024, 1025), s.number(0, 100, -1, -1), 0, s.bits(1, 2, 4, 8, 0x10, 0x20, most=1), mode='vb')


def vectors(s):
    parts = []
    for _ in range(3):
        parts += [(8, s.pick(buffer(s), f'@{BUFFER + 100:#x}')), (8, length(s))]
    return s.pointer(f'@{s.struct(*parts):#x}')


def vectored(s):
    s.call(s.pick('readv', 'writev'), s.fd(*DATA), vectors(s), s.number(1, 2, 3, 0, 1025), mode='vb')


def seek(s):
    s.call('lseek', s.fd('file', 'file', 'memfd', 'dir', 'pipe', 'event'), s.number(0, 0, 1, 5000, 4096, -1, 1 << 20), s.pick(0, 1, 2, 3, 4, 5, -1))


def pipe(s):
    at = s.blank(8)
    s.call('pipe2', s.pointer(f'@{at:#x}'), s.pick(NONBLOCK, NONBLOCK | CLOEXEC, s.bits(NONBLOCK, CLOEXEC, 0o40000)))
    s.out(at, 8)
    for place in (at, at + 4):
        keep(s, place, 'pipe')


def keep(s, place, kind):
    """A descriptor that a call left in memory becomes one like the others."""
    word = f'i{place:#x}'
    # a dup of itself gives its number a label; the arena may be used again
    s.opened(s.call('dup2', word, word), kind)


def duplicate(s):
    fd = s.fd('file', 'pipe', 'dir', 'memfd', 'socket')
    roll = s.random.randrange(5)
    if roll == 0:
        s.opened(s.call('dup', fd), 'file')
    elif roll == 1:
        s.opened(s.call('dup2', fd, s.number(5, 20, 31, 32, -1)), 'file')
    elif roll == 2:
        s.opened(s.call('dup3', fd, s.number(5, 20, 31, 32), s.bits(CLOEXEC, most=1)), 'file')
    else:
        s.opened(s.call('fcntl', fd, s.pick(0, 1030), s.number(3, 10, 31, 32)), 'file')


def close(s):
    if s.chance(85):
        s.call('close', s.fd('file', 'pipe', 'socket', 'event', 'dir'))
    else:
        s.call('close_range', s.pick(3, 5, 10, 32), s.pick(4, 6, 20, 3), s.bits(2, 4, most=1))


def control(s):
    fd = s.fd('file', 'pipe', 'dir', 'memfd', 'socket', 'event', 'path')
    roll = s.random.randrange(12)
    if roll == 0:
        s.call('fcntl', fd, 1)
    elif roll == 1:
        s.call('fcntl', fd, 2, s.pick(0, 1, 3, -1))
    elif roll == 2:
        s.call('fcntl', fd, 3)
    elif roll == 3:
        s.call('fcntl', fd, 4, s.pick(NONBLOCK, APPEND | NONBLOCK, s.bits(NONBLOCK, APPEND, 0o1000000, 0o20000, 0o40000) | NONBLOCK))
    elif roll < 6:
        lock(s, fd)
    elif roll == 6:
        s.call('fcntl', s.fd('pipe', 'file'), s.pick(1031, 1031, 1032), s.number(0, 1, 4096, 5000, 65536, 1 << 20, (1 << 20) + 1, 131072))
    elif roll == 7:
        s.call('fcntl', s.fd('memfd', 'file'), s.pick(1033, 1033, 1034), s.bits(1, 2, 4, 8, 0x10, 0x20, most=2))
    elif roll == 8:
        # a lease that is taken shows as O_ASYNC: leases.c looks at them
        s.call('fcntl', s.fd('file'), s.pick(1024, 1025), s.pick(2, 3))
    elif roll == 9:
        s.call('fcntl', fd, s.pick(8, 9, 10, 11), s.pick(0, '$pid', 9999, 10, 65, -1))
    elif roll == 10:
        s.call('fcntl', fd, s.pick(13, 14, 20, 99, 1029, 1037, 1038), s.number(0))
    else:
        s.call('flock', s.fd('file', 'dir', 'pipe', 'path'), s.pick(1, 2, 4, 5, 6, 8, 0, 3, 32), mode='vb')


def lock(s, fd):
    at = s.struct((2, s.pick(0, 1, 2, 3)), (2, s.pick(0, 0, 1, 2, 5)), (4, 0), (8, s.number(0, 0, 10, 100, -10)), (8, s.number(0, 0, 10, 100, -5)),
                  (4, s.pick(0, 0, 0, 1)), (4, 0))
    s.call('fcntl', fd, s.pick(5, 6, 6, 7, 36, 37, 37, 38), s.pointer(f'@{at:#x}'), mode='vb')
    s.out(at, 28)


def device_control(s):
    at = s.blank(64)
    s.call('ioctl', s.fd('file', 'pipe', 'dir', 'socket', 'event', 'inotify', 'path'),
           s.pick(0x541b, 0x5450, 0x5451, 0x5421, 0x5452, 0x5401, 0x5413, 1, 0x5460, 0x541e, 0x8904, 0x8905, 0x40049409), s.pointer(f'@{at:#x}'))
    s.out(at, 4)


def copy(s):
    source, target = s.fd('file', 'memfd', 'pipe'), s.fd('file', 'memfd', 'pipe', 'socket')

    def position():
        return s.pointer(f'@{s.struct((8, offset(s))):#x}') if s.chance(40) else 0
    roll = s.random.randrange(5)
    if roll == 0:
        s.call('copy_file_range', source, position(), target, position(), length(s), s.bits(1, most=1) if s.chance(10) else 0, mode='vb')
    elif roll == 1:
        s.call('sendfile', target, source, position(), length(s), mode='vb')
    elif roll == 2:
        s.call('splice', source, position(), target, position(), length(s), s.bits(1, 2, 4, 8) | 2, mode='vb')
    elif roll == 3:
        s.call('tee', s.fd('pipe'), s.fd('pipe'), length(s), s.bits(1, 2, 4, 8) | 2, mode='vb')
    else:
        s.call('vmsplice', s.fd('pipe'), vectors(s), s.number(1, 2, 0), s.bits(1, 2, 4, 8) | 2, mode='vb')


def synchronise(s):
    fd = s.fd('file', 'dir', 'pipe', 'path', 'memfd')
    roll = s.random.randrange(5)
    if roll == 0:
        s.call(s.pick('fsync', 'fdatasync', 'syncfs'), fd)
    elif roll == 1:
        s.call('sync_file_range', fd, s.number(0, 4096), s.number(0, 4096), s.bits(1, 2, 4))
    elif roll == 2:
        s.call('fadvise64', fd, s.number(0, 4096), s.number(0, 4096), s.pick(0, 1, 2, 3, 4, 5, 6, 7))
    elif roll == 3:
        s.call('readahead', fd, s.number(0, 4096), s.number(0, 4096))
    else:
        s.call('fsync', fd)


ALL = [(read, 14), (write, 16), (vectored, 5), (seek, 7), (pipe, 4), (duplicate, 6), (close, 8), (control, 14), (device_control, 4), (copy, 9),
       (synchronise, 3)]
