package dev.moat.api.vfs;

import dev.moat.api.task.Task;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Descriptor table, shared by tasks that were cloned with CLONE_FILES. Thread safe; lookups take no
 * lock.
 */
@ProviderType
public interface FdTable {
    /**
     * The description behind {@code fd}, with a reference that the caller releases.
     *
     * @throws dev.moat.abi.ErrnoException EBADF
     */
    FileDescription acquire(int fd);

    /** As {@link #acquire}, null instead of EBADF. */
    @Nullable FileDescription tryAcquire(int fd);

    /**
     * Puts a description under the lowest free number at or above {@code minimum}; takes over the
     * caller's reference (released if it throws).
     *
     * @param limit RLIMIT_NOFILE
     * @throws dev.moat.abi.ErrnoException EMFILE; EINVAL if minimum is at or above the limit
     */
    int install(FileDescription file, int minimum, boolean closeOnExec, long limit);

    /** {@link #install} with minimum 0 and the limit of {@code task}. */
    int install(Task task, FileDescription file, boolean closeOnExec);

    /**
     * dup3: puts a description under {@code fd}, closing what was there; takes over the reference.
     */
    void replace(Task task, int fd, FileDescription file, boolean closeOnExec);

    /** close(2): 0 or, although it is closed, the negative errno that the file tells; EBADF. */
    long close(Task task, int fd);

    boolean isCloseOnExec(int fd);

    void setCloseOnExec(int fd, boolean closeOnExec);

    /** Closes or marks a range: close_range(2). */
    void closeRange(Task task, int first, int last, boolean onlyMark);

    /** execve: closes what is marked. */
    void closeOnExec(Task task);

    /** A copy for fork. */
    FdTable fork();

    /**
     * For those who want a copy and can still be refused: dup_fd(), fs/file.c.
     *
     * @throws dev.moat.abi.ErrnoException EMFILE: the table is larger than fs.nr_open, which was
     *     lowered since
     */
    default void checkCopy() {}

    void retain();

    /** Drops a user; the last one closes everything. */
    void release(Task task);

    int users();

    /** How many descriptors are open. */
    int openCount();

    /** Open descriptors in ascending order. */
    List<Integer> collectFds();
}
