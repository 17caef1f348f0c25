"""A sequence of instructions for the executor, and what its writers need to choose from."""

# Pointers that no call may use: nothing there, the kernel's half, read-only memory, the end of the arena.
BAD_POINTERS = ['0', '8', '@0x11000', '0xffff800000000000', '0x7fffffffffffffff']
NUMBERS = [0, 1, 2, 3, 7, 8, 16, 100, 4095, 4096, 4097, 8192, 65535, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32,
           (1 << 63) - 1, 1 << 63, -1, -2, -4096]
NAMES = ['a', 'b', 'c', 'd', 'e']
BUFFER, BUFFER_SIZE = 0x8000, 0x6000
REGION, REGION_PAGES, PAGE = 0x30000000, 32, 4096
MASK64 = (1 << 64) - 1


class Sequence:
    """Collects lines; keeps the descriptors that calls gave, by kind."""

    def __init__(self, random):
        self.random = random
        self.lines = []
        self.labels = 0
        self.next = 0
        self.descriptors = []
        self.timers = []
        self.children = []
        self.watches = []
        self.tag = f'{random.randrange(1000000):06}'

    # choosing

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def pick(self, *choices):
        return self.random.choice(choices)

    def bits(self, *bits, most=2):
        """A few of the bits; seldom some that mean nothing here."""
        value = 0
        for _ in range(self.random.randint(0, most)):
            value |= self.random.choice(bits)
        if self.chance(3):
            # not O_ASYNC: see fcntl(2)
            value |= (1 << self.random.randrange(32)) & ~0x2000
        return value

    def number(self, *usual):
        return self.random.choice(NUMBERS) if self.chance(8) or not usual else self.random.choice(usual)

    def pointer(self, word):
        return self.random.choice(BAD_POINTERS) if self.chance(3) else word

    # writing

    def line(self, text):
        self.lines.append(text)

    def space(self, size):
        """A fresh place in the arena."""
        size = (size + 15) & ~15
        if self.next + size > BUFFER:
            self.next = 0
        at = self.next
        self.next += size
        return at

    def text(self, value):
        at = self.space(len(value) + 1)
        self.line(f'str {at:#x} {value}')
        return f'@{at:#x}'

    def struct(self, *fields):
        """Fields are (size, word): puts them one after another and gives the place."""
        at = self.space(sum(size for size, _ in fields))
        place = at
        for size, value in fields:
            self.line(f'put {place:#x} {size} {value}')
            place += size
        return at

    def blank(self, size):
        at = self.space(size)
        self.line(f'mem {at:#x} ' + '00' * size)
        return at

    def call(self, name, *words, mode='v'):
        self.labels += 1
        label = self.labels
        self.line(f'call {label} {mode} {name} ' + ' '.join(str(w) for w in words))
        return f'r{label}'

    def out(self, at, size):
        self.line(f'out {at:#x} {size}')

    # objects

    def opened(self, word, kind):
        self.descriptors.append((word, kind))
        return word

    def fd(self, *kinds):
        if self.chance(2):
            return self.pick(-1, 31, 999, -100, 1 << 31)
        fitting = [word for word, kind in self.descriptors if kind in kinds]
        if fitting and not self.chance(6):
            # the newest ones have a chance to be open still
            return self.random.choice(fitting[-4:] if self.chance(70) else fitting)
        if self.descriptors:
            return self.random.choice(self.descriptors)[0]
        return self.pick(0, 1, 2)

    def name(self):
        return self.random.choice(NAMES)

    def path_text(self):
        roll = self.random.random() * 100
        if roll < 62:
            return self.name()
        if roll < 84:
            return self.name() + '/' + self.name()
        if roll < 86:
            return self.name() + '/../' + self.name()
        if roll < 88:
            return self.name() + '/'
        if roll < 90:
            return self.name() + '/.'
        if roll < 91:
            return './/' + self.name()
        return self.pick('.', '', '/', '/dev/null', '/nonexistent', 'a/b/c', 'x' * 255, 'x' * 256, 'a/..', '/proc/self/fd/3',
                         '/proc/self/fd/4', 'y/' * 2047 + 'yy', '/dev/full', '/dev/zero')

    def path(self):
        return self.pointer(self.text(self.path_text()))

    def dirfd(self):
        return self.fd('dir', 'path') if self.chance(15) else -100

    def signal(self):
        return self.number(1, 10, 10, 12, 12, 17, 18, 20, 34, 35, 40, 0, 9, 19, 64, 65) if self.chance(30) else self.pick(10, 12, 34, 35)

    def finish(self, name):
        return [f'seq {name}', *self.lines, 'end']
