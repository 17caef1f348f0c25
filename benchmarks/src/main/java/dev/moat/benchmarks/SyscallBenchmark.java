package dev.moat.benchmarks;

import static dev.moat.abi.SyscallNumbers.__NR_close;
import static dev.moat.abi.SyscallNumbers.__NR_fstat;
import static dev.moat.abi.SyscallNumbers.__NR_lseek;
import static dev.moat.abi.SyscallNumbers.__NR_newfstatat;
import static dev.moat.abi.SyscallNumbers.__NR_openat;
import static dev.moat.abi.SyscallNumbers.__NR_pread64;
import static dev.moat.abi.SyscallNumbers.__NR_pwrite64;
import static dev.moat.abi.SyscallNumbers.__NR_read;
import static dev.moat.abi.SyscallNumbers.__NR_write;

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

    /** read(2) at the file position, and the position back: two calls. */
    @Benchmark
    public long readOneByteAndSeek(GuestState guest) {
        guest.call(__NR_read, guest.file, guest.buffer, 1, 0, 0, 0);
        return guest.call(__NR_lseek, guest.file, 0, 0, 0, 0, 0);
    }

    /** write(2) at the file position, and the position back: two calls. */
    @Benchmark
    public long writeOneByteAndSeek(GuestState guest) {
        guest.call(__NR_write, guest.file, guest.buffer, 1, 0, 0, 0);
        return guest.call(__NR_lseek, guest.file, 0, 0, 0, 0, 0);
    }

    @Benchmark
    public long seek(GuestState guest) {
        return guest.call(__NR_lseek, guest.file, 0, 0, 0, 0, 0);
    }

    /** One byte of a tmpfs file at an offset. */
    @Benchmark
    public long readOneByte(GuestState guest) {
        return guest.call(__NR_pread64, guest.file, guest.buffer, 1, 0, 0, 0);
    }

    @Benchmark
    public long writeOneByte(GuestState guest) {
        return guest.call(__NR_pwrite64, guest.file, guest.buffer, 1, 0, 0, 0);
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
    public long fstat(GuestState guest) {
        return guest.call(__NR_fstat, guest.file, guest.buffer, 0, 0, 0, 0);
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
