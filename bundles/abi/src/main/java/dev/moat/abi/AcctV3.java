package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;

/**
 * {@code struct acct_v3}: what process accounting writes for a process that has ended.
 *
 * @param flags AFORK and its like
 * @param terminal device number in 16 bits; 0 for none
 * @param exitCode the status word of wait(2)
 * @param beginSeconds of the real-time clock
 * @param elapsed hundredths of a second, as the bits of a float
 * @param userTime hundredths of a second, packed as {@link #pack}; the other counts, too
 * @param memoryKib average, which is that of its end; in KiB
 * @param command up to 15 bytes, one in each char
 * @see <a href="https://man7.org/linux/man-pages/man5/acct.5.html">acct(5)</a>
 */
public record AcctV3(
        int flags,
        int terminal,
        int exitCode,
        int uid,
        int gid,
        int pid,
        int parentPid,
        int beginSeconds,
        int elapsed,
        int userTime,
        int systemTime,
        int memoryKib,
        int minorFaults,
        int majorFaults,
        String command) {
    /** Has executed fork, but no exec. */
    public static final int AFORK = 1;

    /** Has written a core file. */
    public static final int ACORE = 8;

    /** Was ended by a signal. */
    public static final int AXSIG = 0x10;

    /** ac_version of the layout, of a machine with the least byte first. */
    private static final int VERSION = 3;

    private static final int COMMAND_BYTES = 16;

    private static final int FRACTION_BITS = 13;
    private static final int EXPONENT_SHIFT = 3;
    private static final int MOST_FRACTION = (1 << FRACTION_BITS) - 1;
    private static final int MOST_EXPONENT = 7;

    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_BYTE.withName("ac_flag"),
                            JAVA_BYTE.withName("ac_version"),
                            JAVA_SHORT.withName("ac_tty"),
                            JAVA_INT.withName("ac_exitcode"),
                            JAVA_INT.withName("ac_uid"),
                            JAVA_INT.withName("ac_gid"),
                            JAVA_INT.withName("ac_pid"),
                            JAVA_INT.withName("ac_ppid"),
                            JAVA_INT.withName("ac_btime"),
                            JAVA_INT.withName("ac_etime"),
                            JAVA_SHORT.withName("ac_utime"),
                            JAVA_SHORT.withName("ac_stime"),
                            JAVA_SHORT.withName("ac_mem"),
                            JAVA_SHORT.withName("ac_io"),
                            JAVA_SHORT.withName("ac_rw"),
                            JAVA_SHORT.withName("ac_minflt"),
                            JAVA_SHORT.withName("ac_majflt"),
                            JAVA_SHORT.withName("ac_swaps"),
                            sequenceLayout(COMMAND_BYTES, JAVA_BYTE).withName("ac_comm"))
                    .withName("struct acct_v3");

    /** Size in bytes: 64. */
    public static final long SIZE = LAYOUT.byteSize();

    /** A {@code comp_t}: 13 bits and an exponent of 8 in three; all ones for what is too much. */
    public static int pack(long value) {
        long fraction = value;
        int exponent = 0;
        boolean up = false;
        while (fraction > MOST_FRACTION) {
            up = (fraction & 1 << EXPONENT_SHIFT - 1) != 0;
            fraction >>>= EXPONENT_SHIFT;
            exponent++;
        }
        if (up && ++fraction > MOST_FRACTION) {
            fraction >>>= EXPONENT_SHIFT;
            exponent++;
        }
        return exponent > MOST_EXPONENT ? 0xffff : exponent << FRACTION_BITS | (int) fraction;
    }

    /** Writes the structure; input, output and swaps are 0, as Linux has them. */
    public void writeTo(MemorySegment segment, long at) {
        MemorySegment to = segment.asSlice(at, SIZE);
        to.fill((byte) 0);
        to.set(JAVA_BYTE, offset("ac_flag"), (byte) flags);
        to.set(JAVA_BYTE, offset("ac_version"), (byte) VERSION);
        putShort(to, "ac_tty", terminal);
        putInt(to, "ac_exitcode", exitCode);
        putInt(to, "ac_uid", uid);
        putInt(to, "ac_gid", gid);
        putInt(to, "ac_pid", pid);
        putInt(to, "ac_ppid", parentPid);
        putInt(to, "ac_btime", beginSeconds);
        putInt(to, "ac_etime", elapsed);
        putShort(to, "ac_utime", userTime);
        putShort(to, "ac_stime", systemTime);
        putShort(to, "ac_mem", memoryKib);
        putShort(to, "ac_minflt", minorFaults);
        putShort(to, "ac_majflt", majorFaults);
        byte[] name = command.getBytes(StandardCharsets.ISO_8859_1);
        int length = Math.min(name.length, COMMAND_BYTES - 1);
        MemorySegment.copy(name, 0, to, JAVA_BYTE, offset("ac_comm"), length);
    }

    private static void putShort(MemorySegment to, String field, int value) {
        to.set(JAVA_SHORT_UNALIGNED, offset(field), (short) value);
    }

    private static void putInt(MemorySegment to, String field, int value) {
        to.set(JAVA_INT_UNALIGNED, offset(field), value);
    }

    private static long offset(String field) {
        return LAYOUT.byteOffset(groupElement(field));
    }
}
