package dev.moat.api.vfs;

import dev.moat.abi.Flock;
import dev.moat.api.task.Task;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The locks of an open file whose file system keeps them itself, as a server does that others use,
 * too. Called on the thread of the task that asks.
 */
@ConsumerType
public interface OwnLocks {
    /** Whether it keeps those of fcntl(2); else the VFS does. */
    boolean hasRecords();

    /** Whether it keeps those of flock(2); else the VFS does. */
    boolean hasWholes();

    /**
     * F_GETLK: the lock that is in the way of {@code wanted}, or one of type F_UNLCK. Ranges count
     * from the start of the file; pids as the task sees them.
     *
     * @param ofDescription whether the open file description owns it
     */
    Flock test(Task task, Flock wanted, boolean ofDescription);

    /**
     * F_SETLK, F_SETLKW.
     *
     * @throws dev.moat.abi.ErrnoException EAGAIN; EINTR: a signal came first; what it says
     */
    void set(Task task, Flock wanted, boolean ofDescription, boolean waits);

    /** flock(2) of the whole file; types as for {@link #set}. */
    void setWhole(Task task, int type, boolean waits);
}
