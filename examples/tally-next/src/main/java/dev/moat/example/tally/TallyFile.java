package dev.moat.example.tally;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** A file: the sum of the numbers that were written to it, and how many they were. */
@Stateful(version = 2, upgrade = TallyFileUpgrade.class)
final class TallyFile extends TallyInode {
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Guarded by lock, as {@link #count}. */
    private long total;

    /** Numbers since it was made, or since version 1 was replaced. */
    private long count;

    TallyFile(TallyFilesystem filesystem, int mode, Owner owner) {
        super(filesystem, mode, owner);
    }

    void add(long number) {
        lock.lock();
        try {
            total += number;
            count++;
        } finally {
            lock.unlock();
        }
    }

    /** What read(2) gives: sum, count and a newline. */
    String text() {
        lock.lock();
        try {
            return total + " of " + count + "\n";
        } finally {
            lock.unlock();
        }
    }

    /** What was added stays: O_TRUNC of {@code >} has no effect. */
    @Override
    public void truncate(long sizeBytes) {
        // As files of /proc.
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new TallyDescription(this, flags);
    }
}
