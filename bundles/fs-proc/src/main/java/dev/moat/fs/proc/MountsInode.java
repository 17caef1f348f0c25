package dev.moat.fs.proc;

import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** {@code /proc/pid/mounts}, {@code mountinfo} or {@code mountstats}. */
@Stateful
final class MountsInode extends ProcInode {
    private final int tid;
    private final MountsFormat format;

    MountsInode(ProcFilesystem proc, int tid, Owner owner, MountsFormat format) {
        super(
                proc,
                Numbers.ofTask(tid, format.fileName()),
                FileMode.S_IFREG | format.permissions(),
                owner);
        this.tid = tid;
        this.format = format;
    }

    MountsFormat format() {
        return format;
    }

    /**
     * What is open shows the namespace and root that the process had then: mounts_open_common().
     */
    @Override
    public FileDescription open(Task task, int flags) {
        Task target = Pids.task(proc(), tid);
        return new MountsDescription(
                this, proc().sandbox().vfs().watchMounts(target), target.fs().root(), flags);
    }
}
