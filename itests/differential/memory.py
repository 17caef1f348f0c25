"""Calls on memory, in the region that sequences may map."""
from sequence import PAGE, REGION, REGION_PAGES


def address(s):
    at = REGION + s.random.randrange(REGION_PAGES - 4) * PAGE
    if s.chance(4):
        at += s.pick(1, 100, 4095)
    return at if s.chance(97) else s.pick(0, 4096, 0x7ffffffff000, 1 << 47, -4096, '0xffff800000000000')


def size(s):
    return s.number(PAGE, PAGE, 2 * PAGE, 4 * PAGE, 8 * PAGE, 100, 5000)


def protection(s):
    return s.pick(3, 3, 3, 1, 0, 2, 5, 7, s.bits(1, 2, 4, 8, 0x01000000))


def map_memory(s):
    flags = s.pick(0x22, 0x22, 0x21, 0x02, 0x01, 0x03, 0x20, 0x00) | (0x10 if s.chance(85) else 0x100000)
    flags |= s.bits(0x100, 0x1000, 0x2000, 0x4000, 0x8000, 0x800, most=1) & ~0x40000
    fd = -1 if flags & 0x20 and s.chance(90) else s.fd('file', 'memfd', 'file', 'dir', 'pipe')
    s.call('mmap', address(s), s.pick(PAGE, PAGE, 2 * PAGE, 4 * PAGE, 8 * PAGE, 100, 5000, 0, 1 << 47, -1, 1 << 63), protection(s), flags, fd, s.number(0, 0, 0, PAGE, 2 * PAGE, 100))


def anonymous(s):
    s.call('mmap', REGION + s.random.randrange(REGION_PAGES - 8) * PAGE, s.random.randrange(1, 9) * PAGE, 3, 0x32, -1, 0)


def unmap(s):
    s.call('munmap', address(s), s.random.randrange(9) * PAGE if s.chance(90) else s.pick(1, 100, 5000))


def protect(s):
    s.call('mprotect', address(s), size(s), protection(s))


def remap(s):
    fixed = s.chance(60)
    flags = s.pick(3, 3, 7, 2, 5) if fixed else s.pick(0, 0, 8)
    mode = 'v' if flags & 2 else 's'
    s.call('mremap', address(s), s.pick(PAGE, 2 * PAGE, 4 * PAGE, 0, 100), s.pick(PAGE, 2 * PAGE, 4 * PAGE, 8 * PAGE, 0, 100), flags, address(s), mode=mode)


def advise(s):
    s.call('madvise', address(s), s.pick(PAGE, PAGE, 2 * PAGE, 4 * PAGE, 8 * PAGE, 0, 100, -1), s.pick(0, 1, 2, 3, 4, 4, 4, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23, 24, 99))


def other(s):
    roll = s.random.randrange(6)
    if roll == 0:
        s.call('msync', address(s), size(s), s.bits(1, 2, 4))
    elif roll == 1:
        at = s.blank(32)
        s.call('mincore', address(s), size(s), s.pointer(f'@{at:#x}'))
    elif roll == 2:
        s.call('mlock', address(s), size(s))
    elif roll == 3:
        s.call('munlock', address(s), size(s))
    elif roll == 4:
        s.call('mlock2', address(s), size(s), s.bits(1, most=1))
    else:
        s.call('munlockall')


def touch(s):
    at = REGION + s.random.randrange(REGION_PAGES) * PAGE
    if s.chance(50):
        s.line(f'poke {at + s.pick(0, 100, 4095):#x} {s.random.randrange(256)}')
    else:
        s.line(f'peek {at:#x} {s.pick(1, 100, 4096, 8192)}')


def across(s):
    local = s.struct((8, s.pointer('@0x8000')), (8, s.number(16, 5000)))
    remote = s.struct((8, address(s)), (8, s.number(16, 5000)))
    s.call(s.pick('process_vm_readv', 'process_vm_writev'), s.pick('$pid', '$pid', '$ppid', 9999), f'@{local:#x}', s.number(1, 1, 0, 1025), f'@{remote:#x}',
           s.number(1, 1, 0, 1025), s.number(0, 0, 0))


ALL = [(map_memory, 18), (anonymous, 8), (unmap, 8), (protect, 10), (remap, 10), (advise, 8), (other, 7), (touch, 16), (across, 3)]
