package dev.moat.api.task;

import dev.moat.abi.SigInfo;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/** The signal state of one task. Masks have bit {@code signal - 1}. */
@ProviderType
public interface Signals {
    /** Sends a signal to this very task (tkill). */
    void send(SigInfo info);

    /**
     * Forces a synchronous signal (fault): unblocks it, resets an ignored disposition, as
     * force_sig.
     */
    void force(SigInfo info);

    long blocked();

    /** Sets the mask; SIGKILL and SIGSTOP are taken out. On the task's own thread. */
    void setBlocked(long mask);

    /**
     * Sets a mask for the duration of one call (sigsuspend, ppoll, epoll_pwait): the old one comes
     * back after the call, or by sigreturn if a handler runs.
     */
    void setTemporaryMask(long mask);

    /** Pending for this task and its group. */
    long pending();

    /** Pending for this very task only. */
    long pendingPrivate();

    /** Bits ignored by disposition and caught by handlers, for /proc/pid/status. */
    long ignored();

    long caught();

    /** Takes a pending signal of {@code mask}; null if there is none (signalfd, sigtimedwait). */
    @Nullable SigInfo dequeue(long mask);

    /** Woken when a signal becomes pending for this task or its group. */
    WaitQueue arrivals();

    /** Whether the task must end, whatever it does. */
    boolean isKilled();

    /** Whether a signal (or the end of the task) wants the task out of a wait. */
    boolean interruptPending();
}
