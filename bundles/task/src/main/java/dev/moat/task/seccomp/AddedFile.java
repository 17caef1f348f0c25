package dev.moat.task.seccomp;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;

/**
 * A descriptor on its way into a task that waits for an answer: SECCOMP_IOCTL_NOTIF_ADDFD. The task
 * installs it itself. Guarded by the listener's lock but for what is volatile.
 */
@Stateful
final class AddedFile {
    /** The lowest free number. */
    static final int ANY = -1;

    /** One reference, which passes to the task or is released. */
    private final FileDescription file;

    private final int wanted;
    private final boolean closeOnExec;

    /** SECCOMP_ADDFD_FLAG_SEND: the number is the answer to the call, too. */
    final boolean isAnswer;

    /** Where the giver waits. */
    final WaitQueue bell = new WaitQueue();

    /** Volatile: polled by the giver. */
    private volatile boolean done;

    private volatile long result;

    AddedFile(FileDescription file, int wanted, boolean closeOnExec, boolean isAnswer) {
        this.file = file;
        this.wanted = wanted;
        this.closeOnExec = closeOnExec;
        this.isAnswer = isAnswer;
    }

    /** On the thread of the task that gets it, without locks. */
    void install(Task target) {
        try {
            if (wanted == ANY) {
                result = target.files().install(target, file, closeOnExec);
            } else {
                target.files().replace(target, wanted, file, closeOnExec);
                result = wanted;
            }
        } catch (ErrnoException e) {
            result = e.errno().negated();
        }
    }

    /** Nobody is going to take it. */
    void drop() {
        file.release();
        result = Errno.ESRCH.negated();
    }

    /** Lets the giver go on. */
    void finish() {
        done = true;
        bell.wakeAll(WaitQueue.ANY);
    }

    boolean isDone() {
        return done;
    }

    long result() {
        return result;
    }
}
