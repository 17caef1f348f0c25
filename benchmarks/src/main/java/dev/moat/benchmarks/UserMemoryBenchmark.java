package dev.moat.benchmarks;

import static dev.moat.abi.SyscallNumbers.__NR_mmap;
import static dev.moat.abi.SyscallNumbers.__NR_mprotect;

import dev.moat.api.mm.UserMemory;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Guest memory as handlers use it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class UserMemoryBenchmark {
    private static final int AREAS = 1024;

    private final MemorySegment page = MemorySegment.ofArray(new byte[GuestState.PAGE_BYTES]);

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
                guest.call(__NR_mprotect, areas + (long) i * pageBytes, pageBytes, 1, 0, 0, 0);
            }
        }
    }

    @Benchmark
    public long readLong(GuestState guest) {
        return guest.task.user().readLong(guest.buffer);
    }

    @Benchmark
    public void copyInPage(GuestState guest) {
        guest.task.user().copyIn(guest.buffer, page, 0, GuestState.PAGE_BYTES);
    }

    @Benchmark
    public void copyOutPage(GuestState guest) {
        guest.task.user().copyOut(guest.buffer, page, 0, GuestState.PAGE_BYTES);
    }

    /** One int out of a thousand areas, never the same twice: the lookup of the area. */
    @Benchmark
    public int readAcrossAreas(GuestState guest) {
        next = (next + 577) & (AREAS - 1);
        UserMemory user = guest.task.user();
        return user.readInt(areas + (long) next * GuestState.PAGE_BYTES);
    }
}
