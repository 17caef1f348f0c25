"""System V IPC and POSIX message queues."""
CREAT, EXCL, NOWAIT = 0o1000, 0o2000, 0o4000


class Ids:
    """The ids that calls of a kind gave."""

    @staticmethod
    def some(s, kind):
        fitting = [word for word, other in s.watches if other == kind]
        return s.random.choice(fitting) if fitting and s.chance(93) else s.pick(-1, 9999999)


def key(s):
    return s.pick(0, 1, 1, 2, 2, 3)


def flags(s):
    return s.pick(0o600, *[0o600 | CREAT] * 6, 0o600 | CREAT | EXCL, 0, 0o400 | CREAT, 0o666)


def get(s):
    kind = s.pick('shm', 'sem', 'msg')
    if kind == 'shm':
        word = s.call('shmget', key(s), s.number(4096, 8192, 0, 1), flags(s), mode='s')
    elif kind == 'sem':
        word = s.call('semget', key(s), s.number(1, 3, 0, 4), flags(s), mode='s')
    else:
        word = s.call('msgget', key(s), flags(s), mode='s')
    s.watches.append((word, kind))


def memory(s):
    roll = s.random.randrange(4)
    if roll == 0:
        s.call('shmat', Ids.some(s, 'shm'), s.pick(0x30000000, 0x30004000, 0x30000001, 0x30010000), s.pick(0, 0, 0o10000, 0o20000, 0o40000, 0o30000))
    elif roll == 1:
        s.call('shmdt', s.pick(0x30000000, 0x30004000, 0x30008000, 0x30000001))
    elif roll == 2:
        s.call('shmctl', Ids.some(s, 'shm'), s.pick(0, 11, 11, 12, 12, 99))
    else:
        at = s.blank(112)
        s.call('shmctl', Ids.some(s, 'shm'), 2, s.pointer(f'@{at:#x}'))
        s.out(at + 20, 4)
        s.out(at + 48, 8)
        s.out(at + 88, 8)


def operation(s):
    return [(2, s.pick(0, 0, 1, 2, 3, 5)), (2, s.pick(0, 1, 1, -1, -1, 2, 32767, -32768)), (2, s.pick(NOWAIT, NOWAIT, 0, 0o10000 | NOWAIT))]


def semaphores(s):
    roll = s.random.randrange(5)
    one = Ids.some(s, 'sem')
    if roll < 2:
        at = s.struct(*(operation(s) + operation(s)))
        if s.chance(70):
            s.call('semop', one, s.pointer(f'@{at:#x}'), s.number(1, 2, 0, 501), mode='vb')
        else:
            time = s.struct((8, 0), (8, s.number(1000000, 0, 1000000000)))
            s.call('semtimedop', one, s.pointer(f'@{at:#x}'), s.number(1, 2, 0), s.pointer(f'@{time:#x}'), mode='vb')
    elif roll == 2:
        s.call('semctl', one, s.pick(0, 1, 2, 3, -1), s.pick(11, 12, 12, 14, 15, 16, 16), s.number(0, 1, 5, 32767, 32768))
    elif roll == 3:
        at = s.struct((2, s.number(0, 1, 5)), (2, s.number(0, 1)), (2, 0), (2, 0))
        s.call('semctl', one, 0, s.pick(13, 17), s.pointer(f'@{at:#x}'))
        s.out(at, 8)
    else:
        s.call('semctl', one, 0, s.pick(0, 99, 99, 99))


def messages(s):
    one = Ids.some(s, 'msg')
    roll = s.random.randrange(5)
    if roll < 2:
        at = s.struct((8, s.number(1, 2, 3, 0, -1)), (8, s.random.randrange(1000)))
        s.call('msgsnd', one, s.pointer(f'@{at:#x}'), s.number(0, 1, 8, 100, 8192, 8193), s.pick(NOWAIT, NOWAIT, 0), mode='vb')
    elif roll < 4:
        at = s.blank(64)
        s.call('msgrcv', one, s.pointer(f'@{at:#x}'), s.number(0, 1, 8, 48), s.pick(0, 0, 1, 2, -2, -3, 3), s.pick(NOWAIT, NOWAIT | 0o10000, NOWAIT | 0o20000, NOWAIT | 0o40000, 0), mode='vb')
        s.out(at, 24)
    else:
        at = s.blank(120)
        s.call('msgctl', one, s.pick(0, 2, 2, 2, 2, 2, 2, 99), s.pointer(f'@{at:#x}'))
        s.out(at + 72, 24)


def queue(s):
    roll = s.random.randrange(6)
    name = s.pointer(s.text(s.pick('q1', 'q1', 'q2', '', 'a/b', '/q1', '..', 'n' * 256)))
    if roll < 2:
        at = s.struct((8, 0), (8, s.number(5, 10, 11, 0)), (8, s.number(8, 100, 8192, 0)), (8, 0))
        s.opened(s.call('mq_open', name, s.pick(0o102, 0o102, 2, 0, 1, 0o302) | 0o4000, 0o600, s.pick(0, s.pointer(f'@{at:#x}'))), 'queue')
    elif roll == 2:
        s.call('mq_unlink', name)
    elif roll == 3:
        time = s.struct((8, 0), (8, s.number(0, 1000000000)))
        s.call('mq_timedsend', s.fd('queue'), s.pointer('@0x8000'), s.number(0, 5, 8, 100), s.number(0, 1, 5, 32767, 32768), s.pick(0, f'@{time:#x}'), mode='vb')
    elif roll == 4:
        at = s.blank(4)
        s.call('mq_timedreceive', s.fd('queue'), s.pointer('@0x8000'), s.number(8, 100, 8192, 8192, 1), s.pick(0, f'@{at:#x}'), 0, mode='vb')
        s.out(at, 4)
    else:
        new, old = s.struct((8, s.pick(0, 0o4000, 0o2000)), (8, 0), (8, 0), (8, 0)), s.blank(64)
        if s.chance(60):
            s.call('mq_getsetattr', s.fd('queue'), s.pick(0, s.pointer(f'@{new:#x}')), s.pick(0, s.pointer(f'@{old:#x}')))
            s.out(old, 32)
        else:
            event = s.struct((8, 5), (4, s.number(10, 12, 0, 65)), (4, s.pick(0, 1, 3, 9)), (8, 0))
            s.call('mq_notify', s.fd('queue'), s.pick(0, s.pointer(f'@{event:#x}')))


ALL = [(get, 12), (memory, 8), (semaphores, 12), (messages, 10), (queue, 12)]
