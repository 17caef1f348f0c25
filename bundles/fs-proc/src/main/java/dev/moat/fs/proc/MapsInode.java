package dev.moat.fs.proc;

import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** {@code /proc/pid/maps}. */
@Stateful
final class MapsInode extends ProcInode {
    static final String NAME = "maps";

    private final int tid;

    MapsInode(ProcFilesystem proc, int tid, Owner owner) {
        super(proc, Numbers.ofTask(tid, NAME), FileMode.S_IFREG | 0444, owner);
        this.tid = tid;
    }

    /** Who may open it may read it later, whoever he is then: proc_mem_open(), fs/proc/base.c. */
    @Override
    public FileDescription open(Task task, int flags) {
        Task target = Pids.task(proc(), tid);
        Inspection.checkMemory(task, target);
        return new MapsDescription(this, target.memory(), flags);
    }

    /** ESRCH if nobody has the number any more. */
    void checkAlive() {
        Pids.task(proc(), tid);
    }
}
