"""Calls on files, directories and their names."""

RDONLY, WRONLY, RDWR = 0, 1, 2
CREAT, EXCL, NOCTTY, TRUNC, APPEND, NONBLOCK = 0o100, 0o200, 0o400, 0o1000, 0o2000, 0o4000
DSYNC, DIRECT, DIRECTORY, NOFOLLOW, NOATIME, CLOEXEC = 0o10000, 0o40000, 0o200000, 0o400000, 0o1000000, 0o2000000
PATH, TMPFILE = 0o10000000, 0o20200000
EMPTY_PATH, SYMLINK_NOFOLLOW, REMOVEDIR, SYMLINK_FOLLOW = 0x1000, 0x100, 0x200, 0x400


def open_flags(s):
    flags = s.pick(RDONLY, WRONLY, RDWR, RDWR, RDWR, 3 if s.chance(10) else RDWR) | NONBLOCK
    if s.chance(60):
        flags |= CREAT
    flags |= s.bits(EXCL, TRUNC, APPEND, DIRECTORY, NOFOLLOW, CLOEXEC, PATH, NOATIME, DSYNC, most=1 if s.chance(60) else 0)
    if s.chance(3):
        flags |= TMPFILE
    return flags


def mode(s):
    return s.number(0o644, 0o755, 0o600, 0o666, 0o777, 0, 0o4755, 0o2755, 0o1777, 0o444, 0o200, 0o100)


def open_file(s):
    flags = open_flags(s)
    kind = 'path' if flags & PATH else 'dir' if flags & DIRECTORY and not flags & CREAT else 'file'
    name = s.path()
    if s.chance(70):
        word = s.call('openat', s.dirfd(), name, flags, mode(s), mode='vb')
    elif s.chance(50):
        word = s.call('open', name, flags, mode(s), mode='vb')
    else:
        word = s.call('creat', name, mode(s), mode='vb')
    s.opened(word, kind)


def open_new(s):
    """One that works: most other calls need it."""
    s.opened(s.call('openat', -100, s.text(s.name()), CREAT | RDWR, 0o644), 'file')


def open_directory(s):
    s.opened(s.call('openat', -100, s.text(s.pick('.', s.name())), DIRECTORY | s.bits(CLOEXEC, PATH, most=1)), 'dir')


def openat2(s):
    flags, resolve = open_flags(s), s.bits(1, 2, 4, 8, 0x10, 0x20, most=1)
    flags &= ~(1 << 31)
    how = s.struct((8, flags), (8, mode(s) if flags & (CREAT | TMPFILE & ~DIRECTORY) or s.chance(10) else 0), (8, resolve))
    s.opened(s.call('openat2', s.dirfd(), s.path(), s.pointer(f'@{how:#x}'), s.number(24, 24, 24, 32, 16), mode='vb'), 'file')


def memfd(s):
    s.opened(s.call('memfd_create', s.path(), s.bits(1, 2, 8, 0x10, most=2)), 'memfd')


def make(s):
    name = s.path()
    roll = s.random.randrange(6)
    if roll < 3:
        s.call('mkdirat', s.dirfd(), name, mode(s))
    elif roll == 3:
        s.call('mkdir', name, mode(s))
    elif roll == 4:
        s.call('mknodat', s.dirfd(), name, s.pick(0o100000, 0, 0o10000, 0o140000, 0o20000, 0o40000, 0o120000, 0o60000, 0o170000) | mode(s) & 0o7777,
               s.pick(0, 0x103))
    else:
        s.call('symlinkat', s.path(), s.dirfd(), name)


def remove(s):
    s.call('unlinkat', s.dirfd(), s.path(), s.pick(0, REMOVEDIR, s.bits(REMOVEDIR)))


def link(s):
    if s.chance(15):
        s.call('linkat', s.fd('file', 'path', 'memfd'), s.text(''), -100, s.path(), EMPTY_PATH)
    else:
        s.call('linkat', s.dirfd(), s.path(), s.dirfd(), s.path(), s.bits(SYMLINK_FOLLOW, EMPTY_PATH, most=1))


def rename(s):
    s.call('renameat2', s.dirfd(), s.path(), s.dirfd(), s.path(), s.bits(1, 2, 4, most=1) if s.chance(40) else 0)


def readlink(s):
    at = s.blank(64)
    s.call('readlinkat', s.dirfd(), s.path(), s.pointer(f'@{at:#x}'), s.number(64, 64, 2, 1, 0), mode='s')
    s.out(at, 2)


def stat(s):
    at = s.blank(144)
    place = s.pointer(f'@{at:#x}')
    roll = s.random.randrange(3)
    if roll == 0:
        s.call('fstat', s.fd('file', 'dir', 'path', 'pipe', 'socket', 'memfd'), place)
    else:
        s.call('newfstatat', s.dirfd(), s.path() if roll == 1 else s.text(''), place, s.bits(EMPTY_PATH, SYMLINK_NOFOLLOW, most=2))
    s.out(at + 24, 4)


def statx(s):
    at = s.blank(256)
    s.call('statx', s.dirfd(), s.path(), s.bits(EMPTY_PATH, SYMLINK_NOFOLLOW, 0x2000, 0x4000), s.number(0x7ff, 0x7ff, 0, 0xfff, 1 << 31),
           s.pointer(f'@{at:#x}'))
    s.out(at + 28, 2)


def access(s):
    if s.chance(50):
        s.call('faccessat2', s.dirfd(), s.path(), s.number(0, 1, 2, 4, 7, 8), s.bits(0x200, EMPTY_PATH, SYMLINK_NOFOLLOW, most=1))
    else:
        s.call('access', s.path(), s.number(0, 1, 2, 4, 6, 7, 8))


def change_mode(s):
    roll = s.random.randrange(3)
    if roll == 0:
        s.call('fchmod', s.fd('file', 'dir', 'path', 'pipe'), mode(s))
    elif roll == 1:
        s.call('chmod', s.path(), mode(s))
    else:
        s.call('fchmodat2', s.dirfd(), s.path(), mode(s), s.bits(SYMLINK_NOFOLLOW, EMPTY_PATH, most=1))


def change_owner(s):
    user, group = s.number(-1, -1, 65534, 0, 1000), s.number(-1, -1, 65534, 0, 1000)
    if s.chance(50):
        s.call('fchown', s.fd('file', 'dir', 'path', 'pipe'), user, group)
    else:
        s.call('fchownat', s.dirfd(), s.path(), user, group, s.bits(SYMLINK_NOFOLLOW, EMPTY_PATH, most=1))


def change_times(s):
    def nanoseconds():
        return s.number(0, 999999999, 1000000000, 0x3fffffff, 0x3ffffffe)
    at = s.struct((8, s.number(0, 1, 1000000)), (8, nanoseconds()), (8, s.number(0, 1, 1000000)), (8, nanoseconds()))
    s.call('utimensat', s.dirfd() if s.chance(80) else s.fd('file'), s.path() if s.chance(75) else 0, s.pointer(f'@{at:#x}') if s.chance(80) else 0,
           s.bits(SYMLINK_NOFOLLOW, EMPTY_PATH, most=1))
    result = s.blank(144)
    s.call('newfstatat', -100, s.text(s.name()), f'@{result:#x}', SYMLINK_NOFOLLOW)


def resize(s):
    size = s.number(0, 1, 100, 4096, 5000, 12288, 1 << 20, (1 << 20) + 1)
    if s.chance(60):
        s.call('ftruncate', s.fd('file', 'memfd', 'dir', 'path', 'pipe'), size)
    elif s.chance(30):
        s.call('truncate', s.path(), size)
    else:
        s.call('fallocate', s.fd('file', 'memfd', 'pipe'), s.pick(0, 1, 3, 0x10, 0x11, s.bits(1, 2, 8, 0x10, 0x20, 0x40)), s.number(0, 1, 4096, 8192),
               s.number(0, 1, 4096, 10000))


def directory_entries(s):
    at = s.blank(1024)
    word = s.call('getdents64', s.fd('dir', 'file'), s.pointer(f'@{at:#x}'), s.number(1024, 1024, 1024, 24, 10), mode='s')
    s.line(f'list {at:#x} {word[1:]}')


def extended_attribute(s):
    name = s.pointer(s.text(s.pick('user.a', 'user.b', 'user.', 'trusted.a', 'security.a', 'a', 'bogus.a', '', 'user.' + 'n' * 251)))
    roll = s.random.randrange(5)
    at = s.blank(64)
    size = s.number(0, 5, 64, 64)
    if roll < 2:
        target = (s.path(),) if s.chance(50) else (s.fd('file', 'dir', 'path'),)
        call = 'setxattr' if target[0] and isinstance(target[0], str) and not target[0].startswith('r') else 'fsetxattr'
        s.call(call, target[0], name, s.pointer('@0x8000'), s.number(0, 1, 10, 64), s.bits(1, 2, most=1))
    elif roll == 2:
        s.call('fgetxattr', s.fd('file', 'dir', 'path'), name, s.pointer(f'@{at:#x}'), size)
        s.out(at, 64)
    elif roll == 3:
        s.call('lgetxattr', s.path(), name, s.pointer(f'@{at:#x}'), size)
        s.out(at, 64)
    else:
        s.call('fremovexattr', s.fd('file', 'dir', 'path'), name)


def place(s):
    roll = s.random.randrange(5)
    if roll == 0:
        s.call('chdir', s.text(s.pick('.', s.name(), s.name(), s.name() + '/..')))
    elif roll == 1:
        at = s.blank(64)
        s.call('getcwd', s.pointer(f'@{at:#x}'), s.number(64, 64, 4, 1, 0), mode='s')
    elif roll == 2:
        s.call('umask', s.number(0o22, 0, 0o77, 0o777))
    elif roll == 3:
        at = s.blank(120)
        s.call('fstatfs', s.fd('file', 'dir', 'path', 'pipe', 'socket'), s.pointer(f'@{at:#x}'))
    else:
        at = s.blank(120)
        s.call('statfs', s.path(), s.pointer(f'@{at:#x}'))


ALL = [(open_file, 14), (open_new, 10), (open_directory, 4), (openat2, 3), (memfd, 3), (make, 10), (remove, 6), (link, 4), (rename, 7),
       (readlink, 2), (stat, 5), (statx, 2), (access, 3), (change_mode, 5), (change_owner, 3), (change_times, 3), (resize, 7),
       (directory_entries, 3), (extended_attribute, 4), (place, 3)]
