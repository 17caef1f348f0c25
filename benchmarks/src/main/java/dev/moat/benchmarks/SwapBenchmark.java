package dev.moat.benchmarks;

import static dev.moat.abi.SyscallNumbers.__NR_fstat;
import static dev.moat.abi.SyscallNumbers.__NR_getpid;
import static dev.moat.abi.SyscallNumbers.__NR_pread64;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What hot swap costs a system call: before one, after one, and without the machinery for it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SwapBenchmark {
    /** All that a call of these goes through. */
    private static final List<String> BUNDLES =
            List.of("syscall", "task", "vfs", "mm", "fs.tmpfs", "fs.overlay", "loader");

    /** How the kernel is reached. */
    @State(Scope.Benchmark)
    public static class Kernels {
        @Param({"bare", "before", "after", "twice"})
        String kernel = "before";

        private BareTable bare = new BareTable();
        private boolean isBare;

        @Setup(Level.Trial)
        public void prepare(GuestState guest) {
            switch (kernel) {
                case "bare" -> {
                    bare = BareTable.of(guest.calls);
                    isBare = true;
                }
                case "after" -> guest.swap(BUNDLES);
                case "twice" -> {
                    guest.swap(BUNDLES);
                    guest.swap(BUNDLES);
                }
                default -> {
                    // as it started
                }
            }
        }

        long call(GuestState guest, int number, long a0, long a1, long a2, long a3) {
            return isBare
                    ? bare.dispatch(guest.task, number, a0, a1, a2, a3, 0, 0)
                    : guest.call(number, a0, a1, a2, a3, 0, 0);
        }
    }

    /** A handler that does next to nothing. */
    @Benchmark
    public long getpid(Kernels kernels, GuestState guest) {
        return kernels.call(guest, __NR_getpid, 0, 0, 0, 0);
    }

    /** One byte of a file in tmpfs: descriptors, file, guest memory. */
    @Benchmark
    public long pread(Kernels kernels, GuestState guest) {
        return kernels.call(guest, __NR_pread64, guest.file, guest.buffer, 1, 0);
    }

    /** A handler that throws: EBADF. */
    @Benchmark
    public long failing(Kernels kernels, GuestState guest) {
        return kernels.call(guest, __NR_fstat, -1, guest.buffer, 0, 0);
    }
}
