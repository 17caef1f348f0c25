package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.MemoryLayout.unionLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code siginfo_t}: why a signal was sent.
 *
 * <p>As {@code kernel_siginfo} it holds the first 48 bytes, which is all that any kind of signal
 * uses; the rest of the 128 is written as zeros. What the four words mean depends on signal and
 * code: use the factory and the accessors of the kind. Every accessor is total: of another kind it
 * returns bits without meaning.
 *
 * @param signal si_signo
 * @param errno si_errno, mostly 0
 * @param code si_code: see {@link SignalCodes}
 * @param word0 the first eight bytes of the union
 * @param word1 the next eight
 * @param word2 the next eight
 * @param word3 the last eight that are used
 * @see <a href="https://man7.org/linux/man-pages/man2/sigaction.2.html">sigaction(2)</a>
 */
public record SigInfo(
        int signal, int errno, int code, long word0, long word1, long word2, long word3) {
    private static final StructLayout KILL_LAYOUT =
            structLayout(JAVA_INT.withName("_pid"), JAVA_INT.withName("_uid")).withName("_kill");

    private static final StructLayout TIMER_LAYOUT =
            structLayout(
                            JAVA_INT.withName("_tid"),
                            JAVA_INT.withName("_overrun"),
                            JAVA_LONG.withName("_sigval"),
                            JAVA_INT.withName("_sys_private"),
                            paddingLayout(4))
                    .withName("_timer");

    private static final StructLayout QUEUE_LAYOUT =
            structLayout(
                            JAVA_INT.withName("_pid"),
                            JAVA_INT.withName("_uid"),
                            JAVA_LONG.withName("_sigval"))
                    .withName("_rt");

    private static final StructLayout CHILD_LAYOUT =
            structLayout(
                            JAVA_INT.withName("_pid"),
                            JAVA_INT.withName("_uid"),
                            JAVA_INT.withName("_status"),
                            paddingLayout(4),
                            JAVA_LONG.withName("_utime"),
                            JAVA_LONG.withName("_stime"))
                    .withName("_sigchld");

    private static final StructLayout FAULT_BOUNDS_LAYOUT =
            structLayout(
                            paddingLayout(8),
                            JAVA_LONG.withName("_lower"),
                            JAVA_LONG.withName("_upper"))
                    .withName("_addr_bnd");

    private static final StructLayout FAULT_KEY_LAYOUT =
            structLayout(paddingLayout(8), JAVA_INT.withName("_pkey")).withName("_addr_pkey");

    private static final StructLayout FAULT_LAYOUT =
            structLayout(
                            JAVA_LONG.withName("_addr"),
                            unionLayout(
                                    JAVA_SHORT.withName("_addr_lsb"),
                                    FAULT_BOUNDS_LAYOUT,
                                    FAULT_KEY_LAYOUT))
                    .withName("_sigfault");

    private static final StructLayout POLL_LAYOUT =
            structLayout(JAVA_LONG.withName("_band"), JAVA_INT.withName("_fd"), paddingLayout(4))
                    .withName("_sigpoll");

    private static final StructLayout SYSCALL_LAYOUT =
            structLayout(
                            JAVA_LONG.withName("_call_addr"),
                            JAVA_INT.withName("_syscall"),
                            JAVA_INT.withName("_arch"))
                    .withName("_sigsys");

    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("si_signo"),
                            JAVA_INT.withName("si_errno"),
                            JAVA_INT.withName("si_code"),
                            paddingLayout(4),
                            unionLayout(
                                            KILL_LAYOUT,
                                            TIMER_LAYOUT,
                                            QUEUE_LAYOUT,
                                            CHILD_LAYOUT,
                                            FAULT_LAYOUT,
                                            POLL_LAYOUT,
                                            SYSCALL_LAYOUT)
                                    .withName("_sifields"),
                            paddingLayout(80))
                    .withName("siginfo_t");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long SIGNO = LAYOUT.byteOffset(groupElement("si_signo"));
    private static final long ERRNO = LAYOUT.byteOffset(groupElement("si_errno"));
    private static final long CODE = LAYOUT.byteOffset(groupElement("si_code"));
    private static final long FIELDS = LAYOUT.byteOffset(groupElement("_sifields"));

    /** From kill(2), tkill(2) or the kernel: sender. */
    public static SigInfo kill(int signal, int code, int pid, int uid) {
        return new SigInfo(signal, 0, code, pair(pid, uid), 0, 0, 0);
    }

    /** From the kernel, without more to say: SI_KERNEL. */
    public static SigInfo kernel(int signal) {
        return new SigInfo(signal, 0, SignalCodes.SI_KERNEL, 0, 0, 0, 0);
    }

    /** From sigqueue(3) or a message queue: sender and value. */
    public static SigInfo queue(int signal, int code, int pid, int uid, long value) {
        return new SigInfo(signal, 0, code, pair(pid, uid), value, 0, 0);
    }

    /** From a POSIX timer. */
    public static SigInfo timer(int signal, int timerId, int overrun, long value) {
        return new SigInfo(signal, 0, SignalCodes.SI_TIMER, pair(timerId, overrun), value, 0, 0);
    }

    /** SIGCHLD: who, what with which status, and CPU times in clock ticks. */
    public static SigInfo child(
            int code, int pid, int uid, int status, long userTicks, long systemTicks) {
        return new SigInfo(
                Signals.SIGCHLD, 0, code, pair(pid, uid), pair(status, 0), userTicks, systemTicks);
    }

    /** SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP: the address of the fault. */
    public static SigInfo fault(int signal, int code, long address) {
        return new SigInfo(signal, 0, code, address, 0, 0, 0);
    }

    /** SIGIO or the signal of F_SETSIG: events and descriptor. */
    public static SigInfo poll(int signal, int code, long band, int fd) {
        return new SigInfo(signal, 0, code, band, pair(fd, 0), 0, 0);
    }

    /** SIGSYS of seccomp(2), whose filter gives {@code errno}, or of user dispatch. */
    public static SigInfo syscall(int code, int errno, long callAddress, int nr, int arch) {
        return new SigInfo(Signals.SIGSYS, errno, code, callAddress, pair(nr, arch), 0, 0);
    }

    /** Reads the struct that lies at {@code at}. */
    public static SigInfo readFrom(MemorySegment segment, long at) {
        long fields = at + FIELDS;
        return new SigInfo(
                segment.get(JAVA_INT_UNALIGNED, at + SIGNO),
                segment.get(JAVA_INT_UNALIGNED, at + ERRNO),
                segment.get(JAVA_INT_UNALIGNED, at + CODE),
                segment.get(JAVA_LONG_UNALIGNED, fields),
                segment.get(JAVA_LONG_UNALIGNED, fields + 8),
                segment.get(JAVA_LONG_UNALIGNED, fields + 16),
                segment.get(JAVA_LONG_UNALIGNED, fields + 24));
    }

    /** Writes the 128 bytes of the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_INT_UNALIGNED, at + SIGNO, signal);
        segment.set(JAVA_INT_UNALIGNED, at + ERRNO, errno);
        segment.set(JAVA_INT_UNALIGNED, at + CODE, code);
        long fields = at + FIELDS;
        segment.set(JAVA_LONG_UNALIGNED, fields, word0);
        segment.set(JAVA_LONG_UNALIGNED, fields + 8, word1);
        segment.set(JAVA_LONG_UNALIGNED, fields + 16, word2);
        segment.set(JAVA_LONG_UNALIGNED, fields + 24, word3);
    }

    /** Returns the same for another signal number: how rt_sigqueueinfo(2) sets si_signo. */
    public SigInfo withSignal(int newSignal) {
        return new SigInfo(newSignal, errno, code, word0, word1, word2, word3);
    }

    /** Whether the kernel has put in the id of a sender or child. */
    public boolean namesProcess() {
        return switch (code) {
            case SignalCodes.SI_USER, SignalCodes.SI_TKILL, SignalCodes.SI_MESGQ -> true;
            default -> signal == Signals.SIGCHLD && code > 0;
        };
    }

    /** Returns the same with another sender or child. */
    public SigInfo withSender(int pid, int uid) {
        return new SigInfo(signal, errno, code, pair(pid, uid), word1, word2, word3);
    }

    /** Kill, queue, child: the sender or the child. */
    public int pid() {
        return low(word0);
    }

    /** Kill, queue, child: real user id of the sender or child. */
    public int uid() {
        return high(word0);
    }

    /** Queue, timer: the value as a pointer; its low half is the value as an int. */
    public long value() {
        return word1;
    }

    /** Timer: the id that timer_create(2) gave. */
    public int timerId() {
        return low(word0);
    }

    /** Timer: expiries that were not delivered by themselves. */
    public int overrun() {
        return high(word0);
    }

    /** Child: exit code or signal. */
    public int status() {
        return low(word1);
    }

    /** Child: user time in clock ticks. */
    public long userTicks() {
        return word2;
    }

    /** Child: system time in clock ticks. */
    public long systemTicks() {
        return word3;
    }

    /** Fault: the address. */
    public long address() {
        return word0;
    }

    /** Fault with BUS_MCEERR_AR or BUS_MCEERR_AO: log2 of the size that is lost. */
    public int addressLsb() {
        return (short) word1;
    }

    /** Poll: the events, as poll(2) has them. */
    public long band() {
        return word0;
    }

    /** Poll: the descriptor. */
    public int fd() {
        return low(word1);
    }

    /** Syscall: the address after the instruction. */
    public long callAddress() {
        return word0;
    }

    /** Syscall: the number of the call. */
    public int syscallNumber() {
        return low(word1);
    }

    /** Syscall: its AUDIT_ARCH. */
    public int arch() {
        return high(word1);
    }

    private static long pair(int low, int high) {
        return Integer.toUnsignedLong(low) | (long) high << 32;
    }

    private static int low(long word) {
        return (int) word;
    }

    private static int high(long word) {
        return (int) (word >>> 32);
    }
}
