package dev.moat.benchmarks;

import static dev.moat.abi.SyscallNumbers.__NR_close;
import static dev.moat.abi.SyscallNumbers.__NR_getpid;
import static dev.moat.abi.SyscallNumbers.__NR_newfstatat;
import static dev.moat.abi.SyscallNumbers.__NR_openat;
import static dev.moat.abi.SyscallNumbers.__NR_pread64;
import static dev.moat.abi.SyscallNumbers.__NR_pwrite64;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** The Java side of system calls: from the dispatcher to the result, without the platform. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SyscallBenchmark {
    private static final int AT_FDCWD = -100;

    @Benchmark
    public long getpid(GuestState guest) {
        return guest.call(__NR_getpid, 0, 0, 0, 0, 0, 0);
    }

    @Benchmark
    public long readOneByte(GuestState guest) {
        return guest.call(__NR_pread64, guest.file, guest.buffer, 1, 0, 0, 0);
    }

    @Benchmark
    public long readPage(GuestState guest) {
        return guest.call(__NR_pread64, guest.file, guest.buffer, GuestState.PAGE_BYTES, 0, 0, 0);
    }

    @Benchmark
    public long writePage(GuestState guest) {
        return guest.call(__NR_pwrite64, guest.file, guest.buffer, GuestState.PAGE_BYTES, 0, 0, 0);
    }

    @Benchmark
    public long openAndClose(GuestState guest) {
        long fd = guest.call(__NR_openat, AT_FDCWD, guest.path, 0, 0, 0, 0);
        return guest.call(__NR_close, fd, 0, 0, 0, 0, 0);
    }

    /** The path walk and the copy of the result. */
    @Benchmark
    public long stat(GuestState guest) {
        return guest.call(__NR_newfstatat, AT_FDCWD, guest.path, guest.buffer, 0, 0, 0);
    }
}
