package dev.moat.loader.vdso;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostSystem;
import dev.moat.api.time.Clock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ClockKeeperTest {
    private static final int SERVED = 0b1110_0011;
    private static final long REALTIME_AHEAD_NS = 1_700_000_000_000_000_000L;

    /**
     * Counter and monotonic clock at once: one count is one nanosecond; each look takes a
     * millisecond.
     */
    private final AtomicLong now = new AtomicLong(1_000_000);

    private final AtomicInteger unmapped = new AtomicInteger();
    private final MemorySegment memory = Arena.ofAuto().allocate(ClockPage.SIZE_BYTES, 8);

    private final HostSystem host =
            fake(
                    HostSystem.class,
                    (proxy, method, arguments) -> {
                        if (method.getName().equals("usableCpuNumbers")) {
                            return new int[] {2, 5, 4000};
                        }
                        long time = now.addAndGet(1_000_000);
                        return method.getName().equals("clockNs")
                                        && (int) arguments[0] == HostSystem.CLOCK_REALTIME
                                ? time + REALTIME_AHEAD_NS
                                : time;
                    });

    private final Clock clock = fake(Clock.class, (proxy, method, arguments) -> 0L);

    private final HostMemory hostMemory =
            fake(
                    HostMemory.class,
                    (proxy, method, arguments) ->
                            switch (method.getName()) {
                                case "map" -> memory;
                                case "unmap" -> unmapped.getAndIncrement() * 0;
                                default ->
                                        throw new UnsupportedOperationException(method.getName());
                            });

    @Test
    void newPage_isServedAtOnce() {
        try (ClockKeeper keeper = new ClockKeeper(host, hostMemory)) {
            keeper.add("sandbox", 3, 4096, ClockOffsets.of(clock));
            assertEquals(SERVED, memory.get(JAVA_INT, ClockPage.CLOCKS));
            assertEquals(0, memory.get(JAVA_INT, ClockPage.SEQUENCE) % 2);
            assertEquals(1L << 32, memory.get(JAVA_LONG, ClockPage.MULTIPLIER));
            assertEquals(0, memory.get(JAVA_LONG, ClockPage.OFFSETS + 8));
            assertEquals(REALTIME_AHEAD_NS, memory.get(JAVA_LONG, ClockPage.OFFSETS), 2_000_000.0);
        }
    }

    @Test
    void closedKeeper_leavesPagesThatAskTheKernel() {
        ClockKeeper keeper = new ClockKeeper(host, hostMemory);
        keeper.add("sandbox", 3, 4096, ClockOffsets.of(clock));
        keeper.close();
        assertEquals(0, memory.get(JAVA_INT, ClockPage.CLOCKS));
        assertEquals(0, memory.get(JAVA_INT, ClockPage.SEQUENCE) % 2);
        assertEquals(1, unmapped.get());
        keeper.remove("sandbox");
        assertEquals(1, unmapped.get(), "once");
    }

    @Test
    void clockThatWentOn_showsItsOffsets() {
        Clock restored =
                fake(
                        Clock.class,
                        (proxy, method, arguments) ->
                                method.getName().equals("monotonicOffsetNs") ? -7_000L : -9_000L);
        try (ClockKeeper keeper = new ClockKeeper(host, hostMemory)) {
            keeper.add("sandbox", 3, 4096, ClockOffsets.of(restored));
            assertEquals(-7_000, memory.get(JAVA_LONG, ClockPage.OFFSETS + 8));
            assertEquals(-7_000, memory.get(JAVA_LONG, ClockPage.OFFSETS + 6 * 8));
            assertEquals(-9_000, memory.get(JAVA_LONG, ClockPage.OFFSETS + 7 * 8), 2_000_000.0);
            assertEquals(REALTIME_AHEAD_NS, memory.get(JAVA_LONG, ClockPage.OFFSETS), 2_000_000.0);
        }
    }

    @Test
    void page_numbersUsableCpusFromZero() {
        try (ClockKeeper keeper = new ClockKeeper(host, hostMemory)) {
            keeper.add("sandbox", 3, 4096, ClockOffsets.of(clock));
            assertEquals(0, memory.get(JAVA_BYTE, ClockPage.CPUS + 2));
            assertEquals(1, memory.get(JAVA_BYTE, ClockPage.CPUS + 5));
            assertEquals((byte) ClockPage.NO_CPU, memory.get(JAVA_BYTE, ClockPage.CPUS));
            assertEquals(
                    (byte) ClockPage.NO_CPU,
                    memory.get(JAVA_BYTE, ClockPage.SIZE_BYTES - 1),
                    "beyond the table");
        }
    }

    @Test
    void removedPage_isWrittenNoMore() {
        try (ClockKeeper keeper = new ClockKeeper(host, hostMemory)) {
            keeper.add("sandbox", 3, 4096, ClockOffsets.of(clock));
            keeper.remove("sandbox");
            assertEquals(1, unmapped.get());
            keeper.remove("other");
            assertEquals(1, unmapped.get());
        }
    }

    @Test
    void hostWithoutTrustedCounter_isNotUsable() {
        HostSystem none = fake(HostSystem.class, (proxy, method, arguments) -> 0L);
        try (ClockKeeper keeper = new ClockKeeper(none, hostMemory)) {
            assertTrue(!keeper.isUsable());
        }
    }

    private static <T> T fake(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
