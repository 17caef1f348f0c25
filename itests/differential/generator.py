"""Writes sequences of calls from a seed: the same seed and number give the same sequence."""
import random

import files
import ipc
import memory
import processes
import signals
import sockets
import transfer
from sequence import BUFFER, Sequence

# What a sequence is about: families of calls and their weights.
THEMES = {
    'files': [(files, 6), (transfer, 4)],
    'descriptors': [(transfer, 6), (files, 2), (signals, 2)],
    'memory': [(memory, 8), (files, 1), (transfer, 1)],
    'signals': [(signals, 8), (processes, 1), (transfer, 1)],
    'processes': [(processes, 6), (transfer, 1), (files, 1), (signals, 2)],
    'sockets': [(sockets, 8), (transfer, 1), (signals, 1)],
    'ipc': [(ipc, 8), (memory, 1), (processes, 1)],
    'all': [(files, 1), (transfer, 1), (memory, 1), (signals, 1), (processes, 1), (sockets, 1), (ipc, 1)],
}
# What to begin with, so that the calls that follow have something to work on.
STARTS = {
    'files': [files.open_new, files.open_new, files.make, files.open_directory],
    'descriptors': [files.open_new, transfer.pipe, files.open_new, files.memfd],
    'memory': [memory.anonymous, memory.anonymous, files.open_new, files.resize],
    'signals': [signals.event, transfer.pipe, signals.timer],
    'processes': [files.open_new, transfer.pipe],
    'sockets': [sockets.pair, sockets.create, sockets.create, sockets.named],
    'ipc': [ipc.get, ipc.get, ipc.get, ipc.queue],
    'all': [files.open_new, transfer.pipe, sockets.pair, memory.anonymous],
}


def sequence(seed, number, theme=None):
    """The lines of a sequence."""
    source = random.Random(f'{seed}/{number}')
    theme = theme or source.choice(sorted(THEMES))
    families = THEMES[theme]
    s = Sequence(source)
    s.line(f'mem {BUFFER:#x} ' + ''.join(f'{(i * 7 + 1) % 256:02x}' for i in range(128)))

    def write_some(s, count, depth=0):
        for _ in range(count):
            if depth < 2 and s.chance(5 if theme == 'processes' else 1.5):
                processes.child(s, lambda s, count: write_some(s, count, depth + 1))
            elif depth < 1 and s.chance(1):
                processes.thread(s, lambda s, count: write_some(s, count, depth + 1))
            else:
                family = source.choices([f for f, _ in families], [w for _, w in families])[0]
                source.choices([f for f, _ in family.ALL], [w for _, w in family.ALL])[0](s)

    for start in STARTS[theme]:
        start(s)
    write_some(s, source.randint(8, 40))
    return s.finish(f'{seed}/{number}/{theme}')
