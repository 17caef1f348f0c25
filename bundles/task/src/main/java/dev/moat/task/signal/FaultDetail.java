package dev.moat.task.signal;

/**
 * What the signal frame tells of the last fault.
 *
 * @param trapNumber x86 vector: 14 page fault, 13 general protection...
 * @param errorCode as the CPU pushes it: bit 0 present, bit 1 write, bit 2 user, bit 4 fetch
 * @param address cr2
 */
public record FaultDetail(long trapNumber, long errorCode, long address) {
    /** Before the first fault. */
    public static final FaultDetail NONE = new FaultDetail(0, 0, 0);
}
