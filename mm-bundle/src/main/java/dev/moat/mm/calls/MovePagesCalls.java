package dev.moat.mm.calls;

import static dev.moat.abi.MempolicyFlags.MPOL_MF_MOVE;
import static dev.moat.abi.MempolicyFlags.MPOL_MF_MOVE_ALL;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Restart;
import dev.moat.api.mm.MemoryControl;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.PtraceAccess;
import dev.moat.api.task.PtraceAccess.Identity;
import dev.moat.api.task.Task;

/**
 * {@code move_pages(2)} and {@code migrate_pages(2)}: mm/migrate.c, mm/mempolicy.c. With one memory
 * node, pages are where they shall be.
 */
final class MovePagesCalls {
    /** Pages after which a signal is looked for; a power of two. */
    private static final long STEP_PAGES = 1 << 16;

    @Syscall(nr = 256, name = "migrate_pages")
    long migratePages(Task task, int pid, long maxNode, long from, long to) {
        NodeMask.read(task, from, maxNode);
        NodeMask target = NodeMask.read(task, to, maxNode);
        Task owner = owner(task, pid);
        boolean others = target.more() || (target.first() & ~NodeMask.ALL.first()) != 0;
        if (others && !task.credentials().can(Capabilities.CAP_SYS_NICE)) {
            throw Errno.EPERM.exception();
        }
        if (!target.hasNode()) {
            throw Errno.EINVAL.exception();
        }
        checkHasMemory(owner);
        return 0;
    }

    /** Begins anew after a signal, for a guest can ask for more pages than a day is long. */
    @Syscall(nr = 279, name = "move_pages")
    long movePages(Task task, int pid, long count, long pages, long nodes, long status, int flags) {
        if ((flags & ~(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) != 0) {
            throw Errno.EINVAL.exception();
        }
        if ((flags & MPOL_MF_MOVE_ALL) != 0) {
            MempolicyCalls.checkMayMoveAll(task);
        }
        Task owner = owner(task, pid);
        checkHasMemory(owner);
        MemoryControl memory = owner.memory().control();
        for (long i = 0; Long.compareUnsigned(i, count) < 0; i++) {
            long page = task.user().readLong(pages + i * Long.BYTES);
            if (nodes != 0 && task.user().readInt(nodes + i * Integer.BYTES) != 0) {
                throw Errno.ENODEV.exception();
            }
            task.user().writeInt(status + i * Integer.BYTES, memory.locate(page));
            if (((i + 1) & (STEP_PAGES - 1)) == 0 && task.signals().interruptPending()) {
                return -Restart.ERESTARTNOINTR;
            }
        }
        return 0;
    }

    private static Task owner(Task task, int pid) {
        if (pid == 0) {
            return task;
        }
        Task owner =
                task.sandbox()
                        .tasks()
                        .task(task.pids().meant(pid))
                        .orElseThrow(Errno.ESRCH::exception);
        if (!PtraceAccess.allows(task, owner, Identity.REAL)) {
            throw Errno.EPERM.exception();
        }
        return owner;
    }

    /** Who has ended has none. */
    private static void checkHasMemory(Task owner) {
        if (owner.group().isZombie()) {
            throw Errno.EINVAL.exception();
        }
    }
}
