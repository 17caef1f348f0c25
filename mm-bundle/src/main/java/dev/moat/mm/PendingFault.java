package dev.moat.mm;

import dev.moat.api.mm.UserFault;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;

/** A task that waits for a page, and the message about it. */
@Stateful
final class PendingFault implements UserFault {
    private final UserfaultFile file;
    final long address;

    final boolean write;

    /** UFFD_PAGEFAULT_FLAG_* that say why: none for a page that is missing. */
    final long reason;

    final int tid;

    /** The message was read. Guarded by the lock of the file. */
    boolean told;

    /** Set under the lock of the file; volatile: read by the task while it waits. */
    private volatile boolean over;

    PendingFault(UserfaultFile file, long address, long reason, boolean write, int tid) {
        this.file = file;
        this.address = address;
        this.reason = reason;
        this.write = write;
        this.tid = tid;
    }

    void finish() {
        over = true;
    }

    @Override
    public WaitQueue queue() {
        return file.faulters();
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void end() {
        file.forget(this);
    }
}
