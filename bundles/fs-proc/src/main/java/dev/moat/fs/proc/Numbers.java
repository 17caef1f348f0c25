package dev.moat.fs.proc;

/** Inode numbers: of fixed files by path, of a process' files by pid and name. */
final class Numbers {
    static final long ROOT = 1;

    private static final long FIXED = 0xf000_0000L;
    private static final int NAME_BITS = 24;

    private Numbers() {}

    static long fixed(String path) {
        return FIXED + (path.hashCode() & 0x0fff_ffffL);
    }

    static long ofTask(int tid, String name) {
        return (tid + 1L << NAME_BITS + 8) + (name.hashCode() & (1L << NAME_BITS) - 1);
    }
}
