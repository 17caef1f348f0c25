"""Signals, timers and the descriptors that tell of events."""
from files import CLOEXEC, NONBLOCK

# SA_NOCLDSTOP, NOCLDWAIT, SIGINFO, ONSTACK, RESTART, NODEFER, RESETHAND
FLAGS = (1, 2, 4, 0x08000000, 0x10000000, 0x40000000, 0x80000000)
BREAKER = 1 << 63


def signal_set(s):
    value = 0
    for _ in range(s.random.randrange(4)):
        value |= 1 << (s.signal() - 1) % 64
    return value & ~BREAKER


def action(s):
    handler = s.pick('$handler', '$handler', 0, 1)
    # SIGINFO always: the handler reads it
    at = s.struct((8, handler), (8, 0x04000004 | s.pick(0, 0x40000000, s.bits(*FLAGS) & ~0x02000000)), (8, '$restorer'), (8, signal_set(s)))
    old = s.blank(32)
    number = s.signal()
    if handler == '$handler' or number not in (34, 35, 10, 12):
        s.call('rt_sigaction', number, s.pointer(f'@{at:#x}') if s.chance(90) else 0, s.pick(0, f'@{old:#x}'), s.number(8, 8, 8, 8, 4))


def mask(s):
    at, old = s.struct((8, signal_set(s))), s.blank(8)
    s.call('rt_sigprocmask', s.pick(0, 1, 2, 2, 3), s.pointer(f'@{at:#x}') if s.chance(90) else 0, s.pick(0, f'@{old:#x}'), s.number(8, 8, 8, 8, 4))
    s.out(old, 8)


def send(s):
    roll = s.random.randrange(6)
    number = s.signal()
    if number in (9, 19) and not s.chance(10):
        number = 10
    if roll == 0:
        s.call('kill', s.pick('$pid', '$pid', 9999), number)
    elif roll == 1:
        s.call('tgkill', s.pick('$pid', '$pid', 9999, 0), s.pick('$tid', '$tid', 9999, -1), number)
    elif roll == 2:
        s.call('tkill', s.pick('$tid', '$tid', 9999, 0), number)
    else:
        at = s.struct((4, 0), (4, 0), (4, s.pick(-1, -1, -2, -6, 0, 1)), (4, 0), (4, '$pid'), (4, 65534), (8, s.random.randrange(100)))
        if roll < 5:
            s.call('rt_sigqueueinfo', s.pick('$pid', '$pid', 9999), number, s.pointer(f'@{at:#x}'))
        else:
            s.call('rt_tgsigqueueinfo', '$pid', s.pick('$tid', '$tid', 9999), number, s.pointer(f'@{at:#x}'))


def wait_for(s):
    at = s.struct((8, signal_set(s)))
    roll = s.random.randrange(4)
    if roll < 2:
        info, time = s.blank(128), s.struct((8, 0), (8, s.number(0, 0, 1000000000, -1)))
        s.call('rt_sigtimedwait', s.pointer(f'@{at:#x}'), s.pick(0, f'@{info:#x}'), s.pointer(f'@{time:#x}'), s.number(8, 8, 8, 4), mode='vb')
        s.out(info, 12)
    elif roll == 2:
        pending = s.blank(8)
        s.call('rt_sigpending', s.pointer(f'@{pending:#x}'), s.number(8, 8, 0, 9))
        s.out(pending, 8)
    else:
        s.call('rt_sigsuspend', s.pointer(f'@{at:#x}'), s.number(8, 8, 8, 4), mode='vb')


def stack(s):
    at, old = s.struct((8, '@0xe000'), (4, s.number(0, 0, 1, 2, 4)), (4, 0), (8, s.number(8192, 8192, 2048, 2047, 100))), s.blank(24)
    s.call('sigaltstack', s.pointer(f'@{at:#x}') if s.chance(80) else 0, s.pick(0, f'@{old:#x}'))
    s.out(old + 8, 4)


def timer(s):
    roll = s.random.randrange(7)
    known = s.random.choice(s.timers) if s.timers and s.chance(90) else s.pick(99, -1)
    if roll < 2 or not s.timers:
        event = s.struct((8, s.random.randrange(50)), (4, s.number(10, 12, 34, 64, 65, 0)), (4, s.pick(0, 1, 0, 1, 4, 3)), (4, '$tid'))
        at = s.blank(4)
        s.call('timer_create', s.number(0, 1, 2, 3, 7, 8, 9, 11), s.pointer(f'@{event:#x}') if s.chance(85) else 0, s.pointer(f'@{at:#x}'))
        s.timers.append(f'i{at:#x}')
    elif roll == 2:
        at = s.struct((8, s.number(0, 0, 100)), (8, s.number(0, 0, 999999999, 1000000000)), (8, s.number(0, 0, 100, 100)), (8, s.number(0, 0, 1000000000)))
        old = s.blank(32)
        s.call('timer_settime', known, s.pick(0, 0, 2), s.pointer(f'@{at:#x}'), s.pick(0, f'@{old:#x}'))
        s.out(old, 8)
    elif roll == 3:
        s.call('timer_gettime', known, s.pointer(f'@{s.blank(32):#x}'))
    elif roll == 4:
        s.call('timer_getoverrun', known)
    elif roll == 5:
        s.call('timer_delete', known)
    else:
        at = s.struct((8, 0), (8, s.number(0, 0, 999999, 1000000)), (8, s.number(0, 100, 200)), (8, s.number(0, 0, 1000000)))
        old = s.blank(32)
        s.call(s.pick('setitimer', 'setitimer', 'getitimer'), s.pick(0, 1, 2, 3), s.pointer(f'@{at:#x}'), s.pick(0, f'@{old:#x}'))
        s.call('alarm', s.pick(0, 100), mode='s')


def event(s):
    roll = s.random.randrange(4)
    if roll == 0:
        s.opened(s.call('eventfd2', s.number(0, 1, 5), s.pick(NONBLOCK, NONBLOCK | 1, s.bits(1, NONBLOCK, CLOEXEC))), 'event')
    elif roll == 1:
        at = s.struct((8, s.pick(0, 1, 5, -1, -2, 1 << 63)))
        s.call('write', s.fd('event'), f'@{at:#x}', s.number(8, 8, 8, 4, 9), mode='vb')
    elif roll == 2:
        at = s.blank(8)
        s.call('read', s.fd('event', 'timer', 'signal'), f'@{at:#x}', s.number(8, 8, 8, 4, 128), mode='vb')
        s.out(at, 8)
    else:
        at = s.struct((8, signal_set(s)))
        s.opened(s.call('signalfd4', s.pick(-1, -1, s.fd('signal')), s.pointer(f'@{at:#x}'), s.number(8, 8, 8, 4), s.pick(NONBLOCK, s.bits(NONBLOCK, CLOEXEC))), 'signal')


def timer_descriptor(s):
    roll = s.random.randrange(3)
    if roll == 0:
        s.opened(s.call('timerfd_create', s.number(0, 1, 7, 2, 8), s.pick(NONBLOCK, s.bits(NONBLOCK, CLOEXEC))), 'timer')
    elif roll == 1:
        at = s.struct((8, s.number(0, 0, 100)), (8, s.number(0, 0, 1000000000)), (8, s.number(0, 0, 100, 100)), (8, s.number(0, 0, 1000000000)))
        old = s.blank(32)
        s.call('timerfd_settime', s.fd('timer'), s.pick(0, 0, 1, 2, 3, 4), s.pointer(f'@{at:#x}'), s.pick(0, f'@{old:#x}'))
    else:
        s.call('timerfd_gettime', s.fd('timer'), s.pointer(f'@{s.blank(32):#x}'))


POLLED = ('pipe', 'event', 'socket', 'timer', 'signal', 'inotify', 'file', 'epoll', 'dir')


def epoll(s):
    roll = s.random.randrange(4)
    if roll == 0:
        s.opened(s.call('epoll_create1', s.pick(0, CLOEXEC, s.bits(CLOEXEC))), 'epoll')
    elif roll < 3:
        at = s.struct((4, s.bits(1, 4, 0x2000, 1 << 30, 1 << 31, 1 << 28, 2, most=3)), (8, s.random.randrange(100)))
        s.call('epoll_ctl', s.fd('epoll'), s.pick(1, 1, 1, 2, 3, 4), s.fd(*POLLED), s.pointer(f'@{at:#x}'))
    else:
        at = s.blank(64)
        s.call('epoll_pwait', s.fd('epoll'), s.pointer(f'@{at:#x}'), s.number(4, 4, 1, 0), 0, s.pick(0, 0, '@0x7f00'), s.number(8, 8, 4), mode='vb')
        s.out(at, 48)


def poll(s):
    fields = []
    for _ in range(3):
        fields += [(4, s.fd(*POLLED)), (2, s.bits(1, 2, 4, 8, 0x10, 0x40, 0x80, 0x100, 0x200, 0x2000, most=3)), (2, 0)]
    at = s.struct(*fields)
    s.call('poll', s.pointer(f'@{at:#x}'), s.number(3, 3, 1, 0, 33), 0, mode='vb')
    for place in range(at, at + 24, 8):
        s.out(place + 6, 2)


def select(s):
    sets = [s.struct((8, s.random.randrange(1 << 12)), (8, 0)) for _ in range(3)]
    time = s.struct((8, 0), (8, s.number(0, 0, 1000000000, -1)))
    s.call('pselect6', s.number(12, 12, 3, 64, 0), *(s.pick(0, f'@{at:#x}', f'@{at:#x}') for at in sets), s.pointer(f'@{time:#x}'), 0, mode='vb')
    for at in sets:
        s.out(at, 8)


def inotify(s):
    roll = s.random.randrange(4)
    if roll == 0:
        s.opened(s.call('inotify_init1', s.pick(NONBLOCK, s.bits(NONBLOCK, CLOEXEC) | NONBLOCK)), 'inotify')
    elif roll == 1:
        s.call('inotify_add_watch', s.fd('inotify'), s.pick(s.path(), s.text('.')),
               s.pick(0xfff, 0xfff, s.bits(1, 2, 4, 0x100, 0x200, 0x40, 0x80, 0x400, 0x800, most=4) | s.bits(0x01000000, 0x02000000, 0x10000000, 0x20000000, 0x80000000)))
    elif roll == 2:
        s.call('inotify_rm_watch', s.fd('inotify'), s.pick(1, 1, 2, 9, -1))
    else:
        at = s.blank(512)
        s.call('read', s.fd('inotify'), f'@{at:#x}', s.number(512, 512, 512, 16, 15), mode='vb')
        # cookies of renames count on over all processes
        s.out(at, 8)
        s.out(at + 12, 16)
        s.out(at + 32, 8)


ALL = [(action, 10), (mask, 10), (send, 14), (wait_for, 6), (stack, 3), (timer, 9), (event, 9), (timer_descriptor, 4), (epoll, 9), (poll, 6), (select, 3),
       (inotify, 7)]
