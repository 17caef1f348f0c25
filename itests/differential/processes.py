"""Processes: children, identities, scheduling, limits."""


def child(s, write_some):
    """A block in a child, then perhaps a wait for it."""
    s.labels += 1
    label = s.labels
    s.line(f'fork {label}')
    write_some(s, s.random.randint(1, 6))
    if s.chance(40):
        s.line(f'exit {s.pick(0, 1, 7, 255, 256)}')
    s.line('done')
    s.children.append(f'r{label}')
    if s.chance(60):
        wait(s)


def thread(s, write_some):
    s.line('thread')
    write_some(s, s.random.randint(1, 5))
    s.line('done')


def some_process(s):
    if s.children and s.chance(60):
        return s.random.choice(s.children)
    return s.pick('$pid', 0, '$pid', 9999, -1 if s.chance(20) else '$pid')


def wait(s):
    which = s.random.choice(s.children) if s.children and s.chance(60) else s.pick(-1, 0, 9999, '$pid')
    status = s.blank(4)
    if s.chance(60):
        s.call('wait4', which, s.pick(0, s.pointer(f'@{status:#x}'), f'@{status:#x}'), s.pick(1, 1, 3, 9, s.bits(1, 2, 8, 0x40000000)), 0, mode='pb')
        s.out(status, 4)
    else:
        info = s.blank(128)
        s.call('waitid', s.pick(0, 1, 1, 2, 3, 4), which, s.pick(0, s.pointer(f'@{info:#x}'), f'@{info:#x}'), s.pick(5, 0x1000005, 3, 9, s.bits(1, 2, 4, 8, 0x1000000)), 0, mode='vb')
        s.out(info, 12)
        s.out(info + 24, 4)


def session(s):
    roll = s.random.randrange(6)
    if roll == 0:
        s.call('setpgid', some_process(s), some_process(s))
    elif roll == 1:
        s.call('getpgid', some_process(s), mode='p')
    elif roll == 2:
        s.call('getsid', some_process(s), mode='p')
    elif roll == 3:
        s.call('setsid', mode='p')
    elif roll == 4:
        s.call('kill', s.random.choice(s.children) if s.children else '$pid', s.pick(0, 10, 9, 18))
    else:
        s.call('getpgrp', mode='p')


def identity(s):
    def user():
        return s.number(65534, 65534, 0, 1000, -1)
    roll = s.random.randrange(9)
    if roll == 0:
        s.call(s.pick('setuid', 'setgid', 'setfsuid', 'setfsgid'), user())
    elif roll == 1:
        s.call(s.pick('setreuid', 'setregid'), user(), user())
    elif roll == 2:
        s.call(s.pick('setresuid', 'setresgid'), user(), user(), user())
    elif roll == 3:
        at = s.blank(12)
        s.call(s.pick('getresuid', 'getresgid'), f'@{at:#x}', s.pointer(f'@{at + 4:#x}'), f'@{at + 8:#x}')
        s.out(at, 12)
    elif roll == 4:
        at = s.blank(64)
        s.call('getgroups', s.number(0, 1, 16), s.pointer(f'@{at:#x}'))
    elif roll == 5:
        at = s.struct((4, 1000))
        s.call('setgroups', s.number(1, 0, 65537), s.pointer(f'@{at:#x}'))
    elif roll == 6:
        header, data = s.struct((4, s.pick(0x20080522, 0x20080522, 0x19980330, 0x20071026, 0)), (4, s.pick(0, '$pid', 9999, -1))), s.blank(24)
        s.call('capget', s.pointer(f'@{header:#x}'), s.pick(0, s.pointer(f'@{data:#x}'), f'@{data:#x}'))
        s.out(header, 4)
        s.out(data, 24)
    elif roll == 7:
        header = s.struct((4, s.pick(0x20080522, 0x20080522, 0x19980330, 0)), (4, s.pick(0, '$pid', 9999)))
        data = s.struct(*[(4, s.pick(0, 0, 0, 1, 0x200)) for _ in range(6)])
        s.call('capset', s.pointer(f'@{header:#x}'), s.pointer(f'@{data:#x}'))
    else:
        s.call(s.pick('getuid', 'geteuid', 'getgid', 'getegid'))


def process_control(s):
    option = s.pick(1, 2, 3, 4, 7, 8, 14, 15, 16, 21, 22, 25, 27, 28, 29, 30, 31, 32, 36, 37, 38, 39, 40, 41, 42, 43, 47, 99)
    at = s.blank(16)
    if option == 15:
        s.call('prctl', 15, s.pointer(s.text(s.pick('short', 'a name that is too long', ''))))
    elif option in (16, 2, 25, 37):
        s.call('prctl', option, s.pointer(f'@{at:#x}'))
        s.out(at, 16)
    elif option in (22, 35, 40):
        s.call('prctl', 21)
    elif option in (1,):
        s.call('prctl', 1, s.pick(0, 65, -1))
    elif option == 41:
        s.call('prctl', 42, 0, 0, 0, 0)
    elif option == 36:
        s.call('prctl', 36, s.pick(0, 1))
    else:
        s.call('prctl', option, s.number(0, 1, 2, 3, 4, 25, 40, 63), *(s.pick(0, 0, 0, 1, 5) for _ in range(3)))


def schedule(s):
    roll = s.random.randrange(11)
    at = s.struct((4, s.pick(0, 0, 1, 50, 99, 100, -1)))
    who = some_process(s)
    if roll == 0:
        s.call('sched_setscheduler', who, s.number(0, 1, 2, 3, 5, 6, 0x40000000), s.pointer(f'@{at:#x}'))
    elif roll == 1:
        s.call('sched_getscheduler', who)
    elif roll == 2:
        s.call('sched_setparam', who, s.pointer(f'@{at:#x}'))
    elif roll == 3:
        s.call('sched_getparam', who, s.pointer(f'@{at:#x}'))
        s.out(at, 4)
    elif roll == 4:
        s.call(s.pick('sched_get_priority_max', 'sched_get_priority_min'), s.number(0, 1, 2, 3, 4, 5, 6, 7))
    elif roll == 5:
        s.call('getpriority', s.pick(0, 0, 1, 2, 3), some_process(s))
    elif roll == 6:
        # not of a user: that reaches who runs the sequences
        s.call('setpriority', s.pick(0, 0, 1, 3), some_process(s), s.pick(0, 1, 5, 19, 20, -1, -20, 100))
    elif roll == 7:
        attributes = s.struct((4, s.pick(48, 48, 56, 0, 47, 200)), (4, s.pick(0, 0, 1, 3, 5, 6, 9)), (8, s.bits(1, 2, 4, 8)), (4, s.pick(0, 5, 20, -21)), (4, s.pick(0, 1, 100)),
                              (8, 0), (8, 0), (8, 0), (8, 0))
        s.call('sched_setattr', who, s.pointer(f'@{attributes:#x}'), s.pick(0, 0, 1))
    elif roll == 8:
        attributes = s.blank(64)
        s.call('sched_getattr', who, s.pointer(f'@{attributes:#x}'), s.number(56, 48, 47, 64), s.pick(0, 0, 1))
        s.out(attributes + 4, 20)
    elif roll == 9:
        s.call('ioprio_set', s.pick(1, 1, 2, 0), some_process(s), s.pick(0, 0x2000, 0x4004, 0x4007, 0x4008, 0x6000, 0x8000))
    else:
        s.call('ioprio_get', s.pick(1, 1, 2, 3, 0), some_process(s))


def limits(s):
    new, old = s.struct((8, s.number(20, 32, 0)), (8, s.number(32, 32, 40, 0))), s.blank(16)
    which = s.pick(0, 4, 5, 8, 10, 11, 12, 13, 14, 15, 16, 99)
    s.call('prlimit64', s.pick(0, '$pid', 9999), which, s.pointer(f'@{new:#x}') if s.chance(50) else 0, s.pick(0, f'@{old:#x}'))
    if which not in (5, 10, 15):
        s.out(old, 16)


def descriptor_of_process(s):
    roll = s.random.randrange(4)
    if roll == 0:
        s.opened(s.call('pidfd_open', some_process(s), s.pick(0, 0, 0o4000, 1)), 'process')
    elif roll == 1:
        s.call('pidfd_send_signal', s.fd('process'), s.pick(0, 10, 12, 65), 0, s.pick(0, 0, 0, 8))
    elif roll == 2:
        s.opened(s.call('pidfd_getfd', s.fd('process'), s.pick(0, 3, 4, 31, -1), s.pick(0, 0, 0, 1)), 'file')
    else:
        info = s.blank(128)
        s.call('waitid', 3, s.fd('process'), f'@{info:#x}', s.pick(5, 0x1000005, 4), 0, mode='vb')
        s.out(info, 12)


def futex(s):
    at = s.struct((4, s.pick(0, 1)))
    time = s.struct((8, 0), (8, s.number(0, 1000000, 1000000000)))
    flag = s.pick(0, 128)
    roll = s.random.randrange(6)
    place = s.pointer(f'@{at:#x}') if s.chance(95) else f'@{at + 1:#x}'
    if roll < 2:
        s.call('futex', place, s.pick(0, 9) | flag, s.pick(0, 1, 2), s.pointer(f'@{time:#x}'), 0, s.pick(-1, 1, 0), mode='vb')
    elif roll == 2:
        s.call('futex', place, s.pick(1, 10) | flag, s.number(1, 0), 0, 0, s.pick(-1, 0))
    elif roll == 3:
        s.call('futex', place, s.pick(3, 4) | flag, s.number(1, 0), s.number(1, 0), s.pointer(f'@{at:#x}'), s.pick(0, 1))
    elif roll == 4:
        s.line(f'put {at:#x} 4 {s.pick(0, "$tid")}')
        s.call('futex', place, s.pick(6, 7, 8, 11, 12, 13, 99, 0x100) | flag, 0, s.pointer(f'@{time:#x}'), s.pointer(f'@{at:#x}'), 0, mode='vb')
    else:
        s.call('futex', place, 5 | flag, 1, 1, f'@{at:#x}', s.number(0x10000000, 0x01001000, 0x40000000, 0xf0000000))
    s.out(at, 4)


def clock(s):
    at = s.struct((8, s.number(0, 0)), (8, s.number(0, 1000, 999999999 + 1, -1)))
    roll = s.random.randrange(4)
    which = s.number(0, 1, 2, 3, 4, 5, 6, 7, 11, 8, 9, 10, 12, 16)
    if roll == 0:
        s.call('clock_gettime', which, s.pointer(f'@{s.blank(16):#x}'))
    elif roll == 1:
        s.call('clock_getres', which, s.pick(0, s.pointer(f'@{s.blank(16):#x}')))
    elif roll == 2:
        s.call('clock_nanosleep', which, s.pick(0, 1), s.pointer(f'@{at:#x}'), 0, mode='vb')
    else:
        s.call('nanosleep', s.pointer(f'@{at:#x}'), 0, mode='vb')


ALL = [(wait, 6), (session, 10), (identity, 8), (process_control, 9), (schedule, 10), (limits, 5), (descriptor_of_process, 5), (futex, 7), (clock, 4)]
