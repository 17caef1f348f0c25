package dev.moat.fs.proc;

import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** {@code /proc/pid/pagemap}. */
@Stateful
final class PagemapInode extends ProcInode {
    private final int tid;

    PagemapInode(ProcFilesystem proc, int tid, Owner owner) {
        super(proc, Numbers.ofTask(tid, "pagemap"), FileMode.S_IFREG | 0400, owner);
        this.tid = tid;
    }

    @Override
    public FileDescription open(Task task, int flags) {
        Task target = Pids.task(proc(), tid);
        Inspection.check(task, target);
        return new PagemapDescription(this, target.memory(), flags);
    }
}
