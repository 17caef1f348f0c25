package dev.moat.api.host;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ProviderType;

/**
 * seccomp user notifications (seccomp_unotify(2)), and what else it takes to have system calls of
 * another process served here without tracing it. Results: see the package description.
 */
@ProviderType
public interface HostNotifications {
    /** Bytes of {@code struct seccomp_notif}. */
    int NOTIFICATION_BYTES = 80;

    /** Bytes of {@code struct seccomp_notif_resp}. */
    int ANSWER_BYTES = 24;

    /** pidfd_open(2); the caller owns the descriptor. */
    int openProcess(int processId);

    /**
     * pidfd_getfd(2): a duplicate of descriptor {@code fd} of the process, owned by the caller.
     * Needs the rights that ptrace(2) needs.
     */
    int takeDescriptor(int pidfd, int fd);

    /**
     * The process that a pidfd stands for, by PIDFD_GET_INFO (Linux 6.13) or from {@code
     * /proc/self/fdinfo}; -ESRCH if it is gone.
     */
    int processOf(int pidfd);

    /**
     * SECCOMP_IOCTL_NOTIF_SET_FLAGS with SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (Linux 6.6): whoever
     * notifies or answers gives its CPU to the other side. -EINVAL where the host has no such flag.
     */
    int wakeOnSameCpu(int listener);

    /**
     * SECCOMP_IOCTL_NOTIF_RECV: waits for a notification. -ENOENT if the one that woke the caller
     * is gone again, or if all threads of the listener are: {@link #isDeserted} tells. Blocks:
     * platform threads only.
     *
     * @param notification {@link #NOTIFICATION_BYTES}; old contents do not matter
     */
    int receive(int listener, MemorySegment notification);

    /**
     * SECCOMP_IOCTL_NOTIF_SEND: lets the notifying thread go on. -ENOENT if it is gone.
     *
     * @param answer {@link #ANSWER_BYTES}
     */
    int answer(int listener, MemorySegment answer);

    /** Whether no thread is left that could notify (POLLHUP of poll(2)). */
    boolean isDeserted(int listener);

    /** Whether {@link #receive} would not wait (POLLIN of poll(2)). */
    boolean isReady(int listener);

    /**
     * futex(2) FUTEX_WAIT on a word of shared memory: waits while it holds {@code expected}.
     *
     * @return 0, -EAGAIN, -ETIMEDOUT or -EINTR
     */
    int waitOnWord(MemorySegment word, int expected, long timeoutNs);

    /** futex(2) FUTEX_WAKE of one waiter on a word of shared memory; gives how many were woken. */
    int wakeWord(MemorySegment word);

    /**
     * What a thread waits in ({@code /proc/tid/syscall}): number and six arguments; empty if it
     * runs, is gone, or may not be looked at.
     */
    long[] currentCall(int tid);

    /**
     * Signals that a thread blocks ({@code /proc/tid/status}), bit n - 1 is signal n; 0 if gone.
     */
    long blockedSignals(int tid);
}
