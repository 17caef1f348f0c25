package dev.moat.api.mm;

import dev.moat.api.task.WaitQueue;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A fault that a process answers, not the kernel: userfaultfd(2), fuse(4). The task waits on {@link
 * #queue} until it {@link #isOver}, and tries again.
 */
@ProviderType
public interface UserFault {
    WaitQueue queue();

    /** Whether somebody has answered, or nobody will. */
    boolean isOver();

    /** Whether it is over without a page: SIGBUS, EFAULT for a call. */
    default boolean hasFailed() {
        return false;
    }

    /** The task waits no longer, whatever the reason: nobody is told of the fault from here on. */
    void end();
}
