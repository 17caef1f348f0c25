package dev.moat.vfs.pipe;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Limits;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.api.vfs.VfsSettings.Setting;
import org.jspecify.annotations.Nullable;

/**
 * Who made a pipe, and pays for it: pages of its capacity out of what the user may have, and memory
 * of the kernel for what is in it. Guarded by the lock of the pipe.
 */
@Stateful
final class PipeUser {
    /** PIPE_MIN_DEF_BUFFERS: pages of a new pipe of a user who has many. */
    private static final int FEW_PAGES = 2;

    private static final int DEFAULT_PAGES = Limits.PIPE_DEF_SIZE / PipeRing.SMALLEST;

    /** A pipe, its inode and its queues. */
    private static final int OBJECT_BYTES = 1536;

    private final HeapCharge heap = HeapCharge.ofCaller(HeapUse.PIPES);

    /** Null: the kernel host itself. */
    private final @Nullable PipeUsage usage;

    private final int uid;
    private int pages;

    private PipeUser(@Nullable PipeUsage usage, int uid) {
        this.usage = usage;
        this.uid = uid;
    }

    /**
     * The calling thread's task makes a pipe: alloc_pipe_info().
     *
     * @throws dev.moat.abi.ErrnoException ENFILE: the user has pages up to the hard limit; ENOMEM
     */
    static PipeUser ofCaller() {
        Task task = PayingThread.current();
        if (task == null) {
            PipeUser host = new PipeUser(null, 0);
            host.pages = DEFAULT_PAGES;
            return host;
        }
        PipeUser made = new PipeUser(PipeUsage.of(task), task.credentials().uid());
        made.takeFirst(task);
        if (!made.heap.tryGrow(OBJECT_BYTES + PipeRing.SMALLEST)) {
            made.close();
            throw Errno.ENOMEM.exception();
        }
        return made;
    }

    private void takeFirst(Task task) {
        long has = take(DEFAULT_PAGES);
        if (isOver(task, has, Setting.PIPE_USER_PAGES_SOFT)) {
            has = take(FEW_PAGES);
        }
        if (isOver(task, has, Setting.PIPE_USER_PAGES_HARD)) {
            close();
            throw Errno.ENFILE.exception();
        }
    }

    /** Has so many pages from here on; gives what the user has in all. */
    private long take(int count) {
        PipeUsage counted = usage;
        long has = counted == null ? 0 : counted.add(uid, count - pages);
        pages = count;
        return has;
    }

    private static boolean isOver(Task task, long pages, Setting setting) {
        VfsSettings settings = task.sandbox().vfs().settings();
        int limit = settings.get(setting);
        return limit != 0
                && pages > limit
                && !task.credentials().can(Capabilities.CAP_SYS_RESOURCE)
                && !task.credentials().can(Capabilities.CAP_SYS_ADMIN);
    }

    /** Pages of the pipe's capacity. */
    int pages() {
        return pages;
    }

    /**
     * The calling thread's task changes the capacity: pipe_set_size().
     *
     * @throws dev.moat.abi.ErrnoException EPERM: the user would have too many pages
     */
    void resize(int wanted) {
        int had = pages;
        long has = take(wanted);
        Task task = PayingThread.current();
        if (wanted > had
                && task != null
                && (isOver(task, has, Setting.PIPE_USER_PAGES_HARD)
                        || isOver(task, has, Setting.PIPE_USER_PAGES_SOFT))) {
            take(had);
            throw Errno.EPERM.exception();
        }
    }

    HeapCharge heap() {
        return heap;
    }

    /** Gives everything back. */
    void close() {
        take(0);
        heap.clear();
    }
}
