package dev.moat.loader.vdso;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.Clocks;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The page that the vDSO reads clocks from, shared with all processes of a sandbox, or of one of
 * its time namespaces, who can only read it: a sequence number (odd while it changes), the clocks
 * it serves, a {@link ClockLine}, and per clock what to add to the line; and, for getcpu, which of
 * the sandbox' CPUs each CPU of the host is. One writer at a time.
 *
 * @param offsets of the clocks of those who read the page
 */
record ClockPage(MemorySegment memory, ClockOffsets offsets) {
    static final int SIZE_BYTES = 4096;
    static final int SEQUENCE = 0;
    static final int CLOCKS = 4;
    static final int COUNTER_BASE = 8;
    static final int MULTIPLIER = 16;
    static final int BASE = 24;
    static final int OFFSETS = 64;

    /** A byte for each CPU of the host: the number that guests know it by, or {@link #NO_CPU}. */
    static final int CPUS = 1024;

    /** CPUs of the host with higher numbers are asked for by system calls, as {@link #NO_CPU}. */
    static final int CPU_COUNT = SIZE_BYTES - CPUS;

    static final int NO_CPU = 0xff;

    /** Clock ids below this may be served. */
    static final int CLOCK_IDS = 8;

    private static final int SERVED =
            1 << Clocks.CLOCK_REALTIME
                    | 1 << Clocks.CLOCK_MONOTONIC
                    | 1 << Clocks.CLOCK_REALTIME_COARSE
                    | 1 << Clocks.CLOCK_MONOTONIC_COARSE
                    | 1 << Clocks.CLOCK_BOOTTIME;

    /** Ends the service of this page: from now on the vDSO makes system calls. */
    void retire() {
        int sequence = memory.get(JAVA_INT, SEQUENCE);
        memory.set(JAVA_INT, SEQUENCE, sequence + 1);
        VarHandle.storeStoreFence();
        memory.set(JAVA_INT, CLOCKS, 0);
        VarHandle.storeStoreFence();
        memory.set(JAVA_INT, SEQUENCE, sequence + 2);
    }

    /**
     * Publishes a line: from now on the vDSO answers by itself.
     *
     * @param realtimeNs what the host's CLOCK_REALTIME shows more than its CLOCK_MONOTONIC
     * @param boottimeNs as much of its CLOCK_BOOTTIME
     */
    void publish(ClockLine line, long realtimeNs, long boottimeNs) {
        int sequence = memory.get(JAVA_INT, SEQUENCE);
        memory.set(JAVA_INT, SEQUENCE, sequence + 1);
        VarHandle.storeStoreFence();
        memory.set(JAVA_INT, CLOCKS, SERVED);
        memory.set(JAVA_LONG, COUNTER_BASE, line.counterBase());
        memory.set(JAVA_LONG, MULTIPLIER, line.multiplier());
        memory.set(JAVA_LONG, BASE, line.baseNs());
        setOffset(Clocks.CLOCK_MONOTONIC, offsets.monotonicNs());
        setOffset(Clocks.CLOCK_MONOTONIC_COARSE, offsets.monotonicNs());
        setOffset(Clocks.CLOCK_REALTIME, realtimeNs);
        setOffset(Clocks.CLOCK_REALTIME_COARSE, realtimeNs);
        setOffset(Clocks.CLOCK_BOOTTIME, boottimeNs + offsets.boottimeNs());
        VarHandle.storeStoreFence();
        memory.set(JAVA_INT, SEQUENCE, sequence + 2);
    }

    /**
     * Says which CPUs guests run on.
     *
     * @param numbers of the host's CPUs, ascending: the first is 0 for guests
     */
    void setCpus(int[] numbers) {
        memory.asSlice(CPUS, CPU_COUNT).fill((byte) NO_CPU);
        for (int i = 0; i < Math.min(numbers.length, NO_CPU); i++) {
            if (numbers[i] < CPU_COUNT) {
                memory.set(JAVA_BYTE, CPUS + (long) numbers[i], (byte) i);
            }
        }
    }

    private void setOffset(int clock, long offsetNs) {
        memory.set(JAVA_LONG, OFFSETS + (long) clock * Long.BYTES, offsetNs);
    }
}
