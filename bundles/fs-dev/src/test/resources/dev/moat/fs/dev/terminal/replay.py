#!/usr/bin/env python3
"""Replays line-discipline.trace on the terminals of this machine: what the trace says has to be true on Linux."""
import array, fcntl, os, re, select, signal, sys, termios, time

CONSTANTS = {'IUTF8': 0o40000, 'IUCLC': 0o1000, 'OLCUC': 0o2, 'XTABS': 0o14000, 'ECHOPRT': 0o2000,
             'EXTPROC': 0o200000, 'ECHOCTL': 0o1000, 'ECHOKE': 0o4000}
CC = {'VEOL': 11, 'VEOL2': 16}
WATCHED = {signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP}


def text(raw):
    raw = re.sub(r'\{(.*?)\}\*(\d+)', lambda m: m.group(1) * int(m.group(2)), raw)
    return raw.encode('latin-1').decode('unicode_escape').encode('latin-1')


def settle(fd):
    """What can be read until nothing comes for a while: the kernel echoes on a work queue."""
    out = b''
    while select.select([fd], [], [], 0.03)[0]:
        out += os.read(fd, 65536)
    return out


def change(slave, index, words):
    mode = termios.tcgetattr(slave)
    for word in words:
        name = word.lstrip('-')
        bits = CONSTANTS.get(name) or getattr(termios, name)
        mode[index] = mode[index] & ~bits if word.startswith('-') else mode[index] | bits
    termios.tcsetattr(slave, termios.TCSANOW, mode)


def replay(name, steps):
    master = os.open('/dev/ptmx', os.O_RDWR | os.O_NOCTTY)
    number = array.array('i', [0])
    fcntl.ioctl(master, 0x40045431, number)  # TIOCSPTLCK
    fcntl.ioctl(master, 0x80045430, number)  # TIOCGPTN
    slave = os.open(f'/dev/pts/{number[0]}', os.O_RDWR)
    os.set_blocking(slave, False)
    bad = []
    for step in steps:
        word, _, raw = step.partition(' ')
        arg = text(raw)
        got = want = None
        if word in ('iflag', 'oflag', 'lflag'):
            change(slave, ('iflag', 'oflag', '', 'lflag').index(word), raw.split())
        elif word == 'cc':
            key, value = raw.split()
            mode = termios.tcgetattr(slave)
            mode[6][CC[key]] = value.encode()
            termios.tcsetattr(slave, termios.TCSANOW, mode)
        elif word == 'type':
            while arg:
                arg = arg[os.write(master, arg[:500]):]
                time.sleep(0.01)
        elif word == 'print':
            os.write(slave, arg)
        elif word == 'show':
            got, want = settle(master), arg
        elif word.startswith('read') and word != 'ready':
            time.sleep(0.02)
            limit = int(word[5:-1]) if '(' in word else 8192
            try:
                got = os.read(slave, limit)
            except BlockingIOError:
                got = 'nothing'
            want = arg
        elif word == 'nothing':
            time.sleep(0.02)
            try:
                got, want = os.read(slave, 8192), 'nothing'
            except BlockingIOError:
                pass
        elif word == 'signal':
            time.sleep(0.02)
            got = {s.name[3:] for s in signal.sigpending() & WATCHED}
            want = set(raw.split())
            for s in signal.sigpending() & WATCHED:
                signal.sigtimedwait([s], 0)
        elif word == 'ready':
            count = array.array('i', [0])
            time.sleep(0.02)
            fcntl.ioctl(slave, termios.FIONREAD, count)
            got, want = count[0], int(raw)
        else:
            bad.append('unknown step ' + step)
        if got != want:
            bad.append(f'{step!r}: got {str(got)[:60]} ({len(got) if isinstance(got, bytes) else 0} bytes)')
    os.close(slave)
    return bad


def main():
    traces, steps = [], None
    for line in open(sys.argv[1], encoding='latin-1'):
        line = line.rstrip('\n')
        if line.startswith('== '):
            steps = []
            traces.append((line[3:], steps))
        elif line and not line.startswith('#'):
            steps.append(line)
    failed = 0
    for name, steps in traces:
        pid = os.fork()
        if pid == 0:
            os.setsid()
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
            bad = replay(name, steps)
            for line in bad:
                print(f'{name}: {line}', flush=True)
            os._exit(1 if bad else 0)
        failed += os.waitpid(pid, 0)[1] != 0
    print(f'{len(traces)} traces, {failed} failed')
    sys.exit(failed != 0)


main()
