package dev.moat.host;

import static dev.moat.abi.SyscallNumbers.*;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostNotifications;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@link HostNotifications} by system calls; requests from include/uapi/linux/seccomp.h. */
@Component(service = HostNotifications.class)
public final class JnrHostNotifications implements HostNotifications {
    private static final long SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100L;
    private static final long SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101L;
    private static final long SECCOMP_IOCTL_NOTIF_SET_FLAGS = 0x40082104L;
    private static final long SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP = 1;

    /** include/uapi/linux/pidfd.h, with the first published size of its struct. */
    private static final long PIDFD_GET_INFO = 0xc040ff0bL;

    private static final int PIDFD_INFO_BYTES = 64;
    private static final int PIDFD_INFO_PID = 16;

    private static final int FUTEX_WAIT = 0;
    private static final int FUTEX_WAKE = 1;
    private static final int POLLIN = 1;
    private static final int POLLHUP = 0x10;
    private static final int POLLFD_REVENTS = 6;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** Number and six arguments. */
    private static final int CALL_WORDS = 7;

    private final HostContext context;
    private final NativeCalls calls;

    /** The service; loads the native library. */
    @Activate
    public JnrHostNotifications() {
        this(HostContext.create());
    }

    JnrHostNotifications(HostContext context) {
        this.context = context;
        this.calls = context.calls();
    }

    @Override
    public int openProcess(int processId) {
        return (int) calls.call(__NR_pidfd_open, processId, 0);
    }

    @Override
    public int takeDescriptor(int pidfd, int fd) {
        return (int) calls.call(__NR_pidfd_getfd, pidfd, fd, 0);
    }

    @Override
    public int processOf(int pidfd) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment info = scratch.struct().asSlice(0, PIDFD_INFO_BYTES);
            info.fill((byte) 0);
            if (calls.call(__NR_ioctl, pidfd, PIDFD_GET_INFO, info.address()) == 0) {
                return info.get(JAVA_INT, PIDFD_INFO_PID);
            }
        }
        // before Linux 6.13, or gone
        return ProcFile.read(context, "/proc/self/fdinfo/" + pidfd)
                .flatMap(text -> text.lines().filter(line -> line.startsWith("Pid:")).findFirst())
                .map(line -> Integer.parseInt(line.substring(4).trim()))
                .filter(processId -> processId > 0)
                .orElse(-Errno.ESRCH.number());
    }

    @Override
    public int wakeOnSameCpu(int listener) {
        return (int)
                calls.call(
                        __NR_ioctl,
                        listener,
                        SECCOMP_IOCTL_NOTIF_SET_FLAGS,
                        SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
    }

    @Override
    public int receive(int listener, MemorySegment notification) {
        // the host wants it empty
        notification.fill((byte) 0);
        return (int)
                calls.call(__NR_ioctl, listener, SECCOMP_IOCTL_NOTIF_RECV, notification.address());
    }

    @Override
    public int answer(int listener, MemorySegment answer) {
        return (int) calls.call(__NR_ioctl, listener, SECCOMP_IOCTL_NOTIF_SEND, answer.address());
    }

    @Override
    public boolean isDeserted(int listener) {
        return (poll(listener, 0) & POLLHUP) != 0;
    }

    @Override
    public boolean isReady(int listener) {
        return poll(listener, POLLIN) != 0;
    }

    private int poll(int listener, int events) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment pollfd = scratch.struct();
            pollfd.set(JAVA_INT, 0, listener);
            pollfd.set(JAVA_INT, 4, events);
            calls.call(__NR_poll, pollfd.address(), 1, 0);
            return pollfd.get(JAVA_SHORT, POLLFD_REVENTS);
        }
    }

    @Override
    public int waitOnWord(MemorySegment word, int expected, long timeoutNs) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment timespec = scratch.struct();
            timespec.set(JAVA_LONG, 0, timeoutNs / NANOS_PER_SECOND);
            timespec.set(JAVA_LONG, 8, timeoutNs % NANOS_PER_SECOND);
            return (int)
                    calls.call(
                            __NR_futex, word.address(), FUTEX_WAIT, expected, timespec.address());
        }
    }

    @Override
    public int wakeWord(MemorySegment word) {
        return (int) calls.call(__NR_futex, word.address(), FUTEX_WAKE, 1);
    }

    @Override
    public long[] currentCall(int tid) {
        String[] words =
                ProcFile.read(context, "/proc/" + tid + "/syscall").orElse("").trim().split(" ");
        if (words.length < CALL_WORDS || words[0].startsWith("-")) {
            return new long[0];
        }
        long[] call = new long[CALL_WORDS];
        Arrays.setAll(
                call,
                i ->
                        words[i].startsWith("0x")
                                ? Long.parseUnsignedLong(words[i], 2, words[i].length(), 16)
                                : Long.parseLong(words[i]));
        return call;
    }

    @Override
    public long blockedSignals(int tid) {
        return ProcFile.read(context, "/proc/" + tid + "/status")
                .flatMap(
                        text -> text.lines().filter(line -> line.startsWith("SigBlk:")).findFirst())
                .map(line -> Long.parseUnsignedLong(line.substring(7).trim(), 16))
                .orElse(0L);
    }
}
