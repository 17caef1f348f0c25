package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct signalfd_siginfo}: a signal as read(2) from a signalfd gives it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/signalfd.2.html">signalfd(2)</a>
 */
public record SignalfdSiginfo(
        int signal,
        int errno,
        int code,
        int pid,
        int uid,
        int fd,
        int timerId,
        int band,
        int overrun,
        int trapNumber,
        int status,
        int intValue,
        long pointerValue,
        long userTicks,
        long systemTicks,
        long address,
        int addressLsb,
        int syscallNumber,
        long callAddress,
        int arch) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("ssi_signo"),
                            JAVA_INT.withName("ssi_errno"),
                            JAVA_INT.withName("ssi_code"),
                            JAVA_INT.withName("ssi_pid"),
                            JAVA_INT.withName("ssi_uid"),
                            JAVA_INT.withName("ssi_fd"),
                            JAVA_INT.withName("ssi_tid"),
                            JAVA_INT.withName("ssi_band"),
                            JAVA_INT.withName("ssi_overrun"),
                            JAVA_INT.withName("ssi_trapno"),
                            JAVA_INT.withName("ssi_status"),
                            JAVA_INT.withName("ssi_int"),
                            JAVA_LONG.withName("ssi_ptr"),
                            JAVA_LONG.withName("ssi_utime"),
                            JAVA_LONG.withName("ssi_stime"),
                            JAVA_LONG.withName("ssi_addr"),
                            JAVA_SHORT.withName("ssi_addr_lsb"),
                            paddingLayout(2),
                            JAVA_INT.withName("ssi_syscall"),
                            JAVA_LONG.withName("ssi_call_addr"),
                            JAVA_INT.withName("ssi_arch"),
                            paddingLayout(28))
                    .withName("struct signalfd_siginfo");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long SSI_SIGNO = offset("ssi_signo");
    private static final long SSI_ERRNO = offset("ssi_errno");
    private static final long SSI_CODE = offset("ssi_code");
    private static final long SSI_PID = offset("ssi_pid");
    private static final long SSI_UID = offset("ssi_uid");
    private static final long SSI_FD = offset("ssi_fd");
    private static final long SSI_TID = offset("ssi_tid");
    private static final long SSI_BAND = offset("ssi_band");
    private static final long SSI_OVERRUN = offset("ssi_overrun");
    private static final long SSI_TRAPNO = offset("ssi_trapno");
    private static final long SSI_STATUS = offset("ssi_status");
    private static final long SSI_INT = offset("ssi_int");
    private static final long SSI_PTR = offset("ssi_ptr");
    private static final long SSI_UTIME = offset("ssi_utime");
    private static final long SSI_STIME = offset("ssi_stime");
    private static final long SSI_ADDR = offset("ssi_addr");
    private static final long SSI_ADDR_LSB = offset("ssi_addr_lsb");
    private static final long SSI_SYSCALL = offset("ssi_syscall");
    private static final long SSI_CALL_ADDR = offset("ssi_call_addr");
    private static final long SSI_ARCH = offset("ssi_arch");

    /** Reads the struct that lies at {@code at}. */
    public static SignalfdSiginfo readFrom(MemorySegment segment, long at) {
        return new SignalfdSiginfo(
                segment.get(JAVA_INT_UNALIGNED, at + SSI_SIGNO),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_ERRNO),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_CODE),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_PID),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_UID),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_FD),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_TID),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_BAND),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_OVERRUN),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_TRAPNO),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_STATUS),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_INT),
                segment.get(JAVA_LONG_UNALIGNED, at + SSI_PTR),
                segment.get(JAVA_LONG_UNALIGNED, at + SSI_UTIME),
                segment.get(JAVA_LONG_UNALIGNED, at + SSI_STIME),
                segment.get(JAVA_LONG_UNALIGNED, at + SSI_ADDR),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + SSI_ADDR_LSB)),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_SYSCALL),
                segment.get(JAVA_LONG_UNALIGNED, at + SSI_CALL_ADDR),
                segment.get(JAVA_INT_UNALIGNED, at + SSI_ARCH));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_SIGNO, signal);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_ERRNO, errno);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_CODE, code);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_PID, pid);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_UID, uid);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_FD, fd);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_TID, timerId);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_BAND, band);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_OVERRUN, overrun);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_TRAPNO, trapNumber);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_STATUS, status);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_INT, intValue);
        segment.set(JAVA_LONG_UNALIGNED, at + SSI_PTR, pointerValue);
        segment.set(JAVA_LONG_UNALIGNED, at + SSI_UTIME, userTicks);
        segment.set(JAVA_LONG_UNALIGNED, at + SSI_STIME, systemTicks);
        segment.set(JAVA_LONG_UNALIGNED, at + SSI_ADDR, address);
        segment.set(JAVA_SHORT_UNALIGNED, at + SSI_ADDR_LSB, (short) addressLsb);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_SYSCALL, syscallNumber);
        segment.set(JAVA_LONG_UNALIGNED, at + SSI_CALL_ADDR, callAddress);
        segment.set(JAVA_INT_UNALIGNED, at + SSI_ARCH, arch);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
