package dev.moat.uring;

import dev.moat.abi.IoUring;
import dev.moat.api.swap.Stateful;

/**
 * Whether a ring is looked at for submissions, or sleeps: IORING_SETUP_SQPOLL. Changed by the
 * worker and, under the lock of the ring, by who wakes it.
 */
@Stateful
final class SubmissionPolling {
    /** When it goes to sleep; 0: it was woken a moment ago. */
    private volatile long untilNs;

    private volatile boolean asleep;

    boolean isAsleep() {
        return asleep;
    }

    /** Whether it stays awake, now that submissions were taken or not. */
    boolean staysAwake(boolean anyTaken, long nowNs, long idleNs) {
        if (anyTaken || untilNs == 0) {
            untilNs = nowNs + idleNs;
        }
        return nowNs < untilNs;
    }

    /** Says so first, then looks again: a guest that submits meanwhile sees one of the two. */
    boolean fallAsleep(RingMemory memory, boolean overflown) {
        memory.changeFlag(IoUring.IORING_SQ_NEED_WAKEUP, true);
        if (memory.submissionsWaiting() != 0 && !overflown) {
            memory.changeFlag(IoUring.IORING_SQ_NEED_WAKEUP, false);
            return false;
        }
        asleep = true;
        return true;
    }

    void wake(RingMemory memory) {
        asleep = false;
        untilNs = 0;
        memory.changeFlag(IoUring.IORING_SQ_NEED_WAKEUP, false);
    }
}
