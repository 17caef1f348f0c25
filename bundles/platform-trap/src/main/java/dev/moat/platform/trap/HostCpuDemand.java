package dev.moat.platform.trap;

import dev.moat.api.host.HostFiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How many threads of the host want to run right now: proc_loadavg(5). Thread safe. */
final class HostCpuDemand implements CpuDemand, AutoCloseable {
    private static final int LINE_BYTES = 64;

    /** Fields of the line in front of the one that matters. */
    private static final int AVERAGES = 3;

    private final HostFiles files;
    private final int fd;
    private final int cpus;

    /**
     * @param allowed CPUs that may be used, as a bit set
     */
    HostCpuDemand(HostFiles files, long[] allowed) {
        this.files = files;
        int count = 0;
        for (long word : allowed) {
            count += Long.bitCount(word);
        }
        cpus = count;
        fd = files.openAt(HostFiles.AT_FDCWD, "/proc/loadavg", 0, 0);
    }

    @Override
    public boolean hasFree(int more) {
        return cpus > more && running() + more <= cpus;
    }

    @Override
    public boolean isCrowded() {
        return running() > cpus;
    }

    /** Threads that run or could, the caller among them; very many if that cannot be told. */
    private int running() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment line = arena.allocate(LINE_BYTES);
            long length = fd < 0 ? fd : files.pread(fd, line, 0);
            if (length <= 0) {
                return Integer.MAX_VALUE;
            }
            byte[] text = line.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            return running(text);
        }
    }

    /** The fourth field of {@code 0.20 0.18 0.12 1/80 11206}, up to its slash. */
    static int running(byte[] line) {
        int at = 0;
        for (int field = 0; field < AVERAGES && at < line.length; at++) {
            field += line[at] == ' ' ? 1 : 0;
        }
        int value = 0;
        int start = at;
        for (; at < line.length && line[at] >= '0' && line[at] <= '9'; at++) {
            value = value * 10 + (line[at] - '0');
        }
        return at == start || at == line.length || line[at] != '/' ? Integer.MAX_VALUE : value;
    }

    @Override
    public void close() {
        if (fd >= 0) {
            files.close(fd);
        }
    }
}
