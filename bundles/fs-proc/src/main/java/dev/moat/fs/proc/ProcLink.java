package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsPath;
import org.jspecify.annotations.Nullable;

/** A symbolic link of proc. */
@Stateful
final class ProcLink extends ProcInode {
    private final Target target;

    ProcLink(ProcFilesystem proc, long number, Owner owner, Target target) {
        this(proc, number, 0777, owner, target);
    }

    /**
     * @param permissions what stat(2) shows; nothing looks at them
     */
    ProcLink(ProcFilesystem proc, long number, int permissions, Owner owner, Target target) {
        super(proc, number, FileMode.S_IFLNK | permissions, owner);
        this.target = target;
    }

    @Override
    long sizeBytes() {
        return target.sizeBytes();
    }

    @Override
    public String readSymlink(Task task) {
        return target.text(proc(), task);
    }

    @Override
    public @Nullable VfsPath followMagicLink(Task task) {
        return target.place(proc(), task);
    }

    @Override
    public FileDescription open(Task task, int flags) {
        throw Errno.ELOOP.exception();
    }

    @Override
    public boolean acceptsMounts() {
        return !target.isFleeting();
    }

    /** Where a link leads. */
    @FunctionalInterface
    interface Target {
        /** What readlink(2) gives. */
        String text(ProcFilesystem proc, Task reader);

        /** What stat(2) shows as the size. */
        default long sizeBytes() {
            return 0;
        }

        /** Where a walk goes without reading the text; null: the text is walked. */
        default @Nullable VfsPath place(ProcFilesystem proc, Task reader) {
            return null;
        }

        /** Whether it comes and goes with a descriptor: nothing is mounted over such a link. */
        default boolean isFleeting() {
            return false;
        }
    }
}
