package dev.moat.host;

import static dev.moat.abi.SyscallNumbers.*;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostSystem;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.stream.IntStream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@link HostSystem} by system calls, the JVM's own clocks and {@code /proc/sys}. */
@Component(service = HostSystem.class)
public final class JnrHostSystem implements HostSystem {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int UTSNAME_FIELD_BYTES = 65;
    private static final int AFFINITY_BYTES = 1024;
    private static final int CAPABILITY_VERSION_3 = 0x20080522;

    /** DEFAULT_MAX_MAP_COUNT, include/linux/mm.h. */
    private static final long DEFAULT_MAX_MAP_COUNT = 65530;

    private final HostContext context;
    private final NativeCalls calls;
    private final TimestampCounter timestampCounter;

    /** The service; loads the native library. */
    @Activate
    public JnrHostSystem() {
        this(HostContext.create());
    }

    JnrHostSystem(HostContext context) {
        this.context = context;
        this.calls = context.calls();
        this.timestampCounter = TimestampCounter.open(context);
    }

    @Override
    public long clockNs(int clockId) {
        return switch (clockId) {
            // the JVM's intrinsics read the same clocks without a native call
            case CLOCK_MONOTONIC -> System.nanoTime();
            case CLOCK_REALTIME -> {
                Instant now = Instant.now();
                yield now.getEpochSecond() * NANOS_PER_SECOND + now.getNano();
            }
            default -> readClock(clockId);
        };
    }

    private long readClock(int clockId) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment timespec = scratch.struct();
            calls.clock(clockId, timespec);
            return timespec.get(JAVA_LONG, 0) * NANOS_PER_SECOND + timespec.get(JAVA_LONG, 8);
        }
    }

    @Override
    public void random(byte[] target) {
        random(MemorySegment.ofArray(target));
    }

    @Override
    public void random(MemorySegment target) {
        long done = 0;
        while (done < target.byteSize()) {
            long length =
                    context.transfer(
                            target.asSlice(done),
                            true,
                            (address, bytes) -> calls.call(__NR_getrandom, address, bytes, 0));
            done += Math.max(0, length);
        }
    }

    @Override
    public HostName name() {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment uts = scratch.struct();
            HostResult.orThrow(calls.call(__NR_uname, uts.address()));
            return new HostName(
                    field(uts, 0), field(uts, 1), field(uts, 2), field(uts, 3), field(uts, 4));
        }
    }

    private static String field(MemorySegment uts, int index) {
        long at = (long) index * UTSNAME_FIELD_BYTES;
        int length = 0;
        while (length < UTSNAME_FIELD_BYTES && uts.get(JAVA_BYTE, at + length) != 0) {
            length++;
        }
        return ByteStrings.read(uts, at, length);
    }

    @Override
    public int usableCpus() {
        return Math.max(1, usableCpuNumbers().length);
    }

    @Override
    public int[] usableCpuNumbers() {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment mask = scratch.struct();
            int bytes =
                    (int)
                            calls.call(
                                    __NR_sched_getaffinity,
                                    processId(),
                                    AFFINITY_BYTES,
                                    mask.address());
            return IntStream.range(0, bytes * Byte.SIZE)
                    .filter(cpu ->
                            (mask.get(JAVA_BYTE, cpu / Byte.SIZE) >> cpu % Byte.SIZE & 1) != 0)
                    .toArray();
        }
    }

    @Override
    public long totalMemoryBytes() {
        // struct sysinfo: uptime, loads[3], totalram, freeram, sharedram, bufferram, ...; mem_unit
        // at 104
        return memory(32, 0);
    }

    @Override
    public long freeMemoryBytes() {
        return memory(40, 56);
    }

    private long memory(int offset, int secondOffset) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment info = scratch.struct();
            HostResult.orThrow(calls.call(__NR_sysinfo, info.address()));
            long units = info.get(JAVA_LONG, offset);
            if (secondOffset != 0) {
                units += info.get(JAVA_LONG, secondOffset);
            }
            return units * Math.max(1, info.get(JAVA_INT, 104));
        }
    }

    @Override
    public int uid() {
        return (int) calls.call(__NR_geteuid);
    }

    @Override
    public int gid() {
        return (int) calls.call(__NR_getegid);
    }

    @Override
    public int processId() {
        return (int) calls.call(__NR_getpid);
    }

    @Override
    public int ptraceScope() {
        return (int) sysctl("kernel/yama/ptrace_scope", 0);
    }

    @Override
    public long effectiveCapabilities() {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment header = scratch.struct();
            header.set(JAVA_INT, 0, CAPABILITY_VERSION_3);
            header.set(JAVA_INT, 4, 0);
            MemorySegment data = header.asSlice(64, 24);
            HostResult.orThrow(calls.call(__NR_capget, header.address(), data.address()));
            return (data.get(JAVA_INT, 0) & 0xffffffffL) | ((long) data.get(JAVA_INT, 12) << 32);
        }
    }

    @Override
    public long timestampCounter() {
        return timestampCounter.read();
    }

    @Override
    public long auxiliaryValue(int type) {
        byte[] vector =
                ProcFile.read(context, "/proc/self/auxv")
                        .orElse("")
                        .getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment words = MemorySegment.ofArray(vector);
        for (long at = 0; at + 16 <= words.byteSize(); at += 16) {
            if (words.get(JAVA_LONG_UNALIGNED, at) == type) {
                return words.get(JAVA_LONG_UNALIGNED, at + 8);
            }
        }
        return 0;
    }

    @Override
    public long maxMapCount() {
        return sysctl("vm/max_map_count", DEFAULT_MAX_MAP_COUNT);
    }

    private long sysctl(String name, long otherwise) {
        return ProcFile.read(context, "/proc/sys/" + name)
                .map(text -> Long.parseLong(text.trim()))
                .orElse(otherwise);
    }
}
