package dev.moat.benchmarks;

import static dev.moat.abi.SyscallNumbers.__NR_mmap;
import static dev.moat.abi.SyscallNumbers.__NR_mprotect;

import dev.moat.api.mm.MemoryKey;
import dev.moat.api.mm.MemoryManager.FaultResult;
import dev.moat.api.platform.Access;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Finding the area of an address among a thousand, never the same one twice. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class VmaLookupBenchmark {
    private static final int AREAS = 1024;

    /** Start of {@link #AREAS} areas of one page, every other one read-only. */
    private long areas;

    private int next;

    @Setup(Level.Trial)
    public void mapAreas(GuestState guest) {
        int pageBytes = GuestState.PAGE_BYTES;
        areas = guest.call(__NR_mmap, 0, (long) AREAS * pageBytes, 3, 0x22, -1, 0);
        for (int i = 0; i < AREAS; i++) {
            guest.task.user().writeInt(areas + (long) i * pageBytes, i);
            if ((i & 1) == 1) {
                guest.require(__NR_mprotect, areas + (long) i * pageBytes, pageBytes, 1, 0);
            }
        }
    }

    /** A guest's write to a read-only area: the lookup that precedes each answer to a fault. */
    @Benchmark
    public FaultResult refusedFault(GuestState guest) {
        return guest.task
                .memory()
                .handleFault(address() + GuestState.PAGE_BYTES, Access.WRITE, true, 0);
    }

    /** The key of a futex that processes share. */
    @Benchmark
    public MemoryKey futexKey(GuestState guest) {
        return guest.task.user().keyOf(address());
    }

    private long address() {
        next = (next + 578) & (AREAS - 2);
        return areas + (long) next * GuestState.PAGE_BYTES;
    }
}
