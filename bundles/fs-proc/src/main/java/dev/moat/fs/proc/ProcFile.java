package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** A regular file of proc. */
@Stateful
final class ProcFile extends ProcInode {
    private final Content content;

    ProcFile(ProcFilesystem proc, long number, int permissions, Owner owner, Content content) {
        super(proc, number, FileMode.S_IFREG | permissions, owner);
        this.content = content;
    }

    @Override
    public FileDescription open(Task task, int flags) {
        content.checkOpen(proc(), task);
        return new ProcFileDescription(this, flags, task.credentials());
    }

    @Override
    public boolean acceptsMounts() {
        return !content.isFleeting();
    }

    boolean givesSplices() {
        return content.givesSplices();
    }

    /** Where the content ends for lseek(2): seq_lseek() knows no end, default_llseek() takes 0. */
    long endBytes() {
        if (!content.isSetting()) {
            throw Errno.EINVAL.exception();
        }
        return 0;
    }

    String render(Task reader) {
        return content.render(proc(), reader);
    }

    long take(Written written) {
        return content.take(proc(), written);
    }
}
