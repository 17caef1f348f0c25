package dev.moat.benchmarks;

import static dev.moat.abi.SyscallNumbers.__NR_fstat;
import static dev.moat.abi.SyscallNumbers.__NR_getpid;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** The way to a handler and back: table, counters, binding, errors. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DispatchBenchmark {
    /** No call of any Linux. */
    private static final int UNKNOWN_CALL = 1023;

    /** A handler that does next to nothing. */
    @Benchmark
    public long served(GuestState guest) {
        return guest.call(__NR_getpid, 0, 0, 0, 0, 0, 0);
    }

    /** ENOSYS. */
    @Benchmark
    public long unserved(GuestState guest) {
        return guest.call(UNKNOWN_CALL, 0, 0, 0, 0, 0, 0);
    }

    /** A handler that throws: EBADF. */
    @Benchmark
    public long failing(GuestState guest) {
        return guest.call(__NR_fstat, -1, guest.buffer, 0, 0, 0, 0);
    }
}
