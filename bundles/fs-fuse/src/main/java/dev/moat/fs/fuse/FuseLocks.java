package dev.moat.fs.fuse;

import dev.moat.abi.Fcntl;
import dev.moat.abi.Flock;
import dev.moat.abi.Fuse;
import dev.moat.abi.SeekWhence;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.OwnLocks;

/**
 * Locks by a server: FUSE_GETLK, FUSE_SETLK, FUSE_SETLKW.
 *
 * @param owner of locks of the open file description
 */
record FuseLocks(FuseHandle handle, long owner) implements OwnLocks {
    private static final int LOCK_BYTES = 24;

    @Override
    public boolean hasRecords() {
        return handle.connection().has(Fuse.FUSE_POSIX_LOCKS);
    }

    @Override
    public boolean hasWholes() {
        return handle.connection().has(Fuse.FUSE_FLOCK_LOCKS);
    }

    @Override
    public Flock test(Task task, Flock wanted, boolean ofDescription) {
        Answer found =
                handle.connection()
                        .call(
                                task,
                                FuseRequest.of(
                                        Fuse.FUSE_GETLK,
                                        handle.node(),
                                        body(task, wanted, ofDescription, 0),
                                        LOCK_BYTES));
        int type = found.u32(16);
        long start = found.u64(0);
        long end = found.u64(8);
        return switch (type) {
            case Fcntl.F_UNLCK -> new Flock(type, SeekWhence.SEEK_SET, 0, 0, 0);
            case Fcntl.F_RDLCK, Fcntl.F_WRLCK -> {
                if (start < 0 || end < start) {
                    throw dev.moat.abi.Errno.EIO.exception();
                }
                long length = end == Long.MAX_VALUE ? 0 : end - start + 1;
                yield new Flock(type, SeekWhence.SEEK_SET, start, length, found.u32(20));
            }
            default -> throw dev.moat.abi.Errno.EIO.exception();
        };
    }

    @Override
    public void set(Task task, Flock wanted, boolean ofDescription, boolean waits) {
        handle.connection()
                .call(
                        task,
                        FuseRequest.of(
                                waits ? Fuse.FUSE_SETLKW : Fuse.FUSE_SETLK,
                                handle.node(),
                                body(task, wanted, ofDescription, 0),
                                0));
    }

    @Override
    public void setWhole(Task task, int type, boolean waits) {
        handle.setLocker(owner);
        Flock whole = new Flock(type, SeekWhence.SEEK_SET, 0, 0, 0);
        handle.connection()
                .call(
                        task,
                        FuseRequest.of(
                                waits ? Fuse.FUSE_SETLKW : Fuse.FUSE_SETLK,
                                handle.node(),
                                body(task, whole, true, Fuse.FUSE_LK_FLOCK),
                                0));
    }

    /** {@code struct fuse_lk_in}. */
    private Body body(Task task, Flock wanted, boolean ofDescription, int flags) {
        boolean unlocks = wanted.type() == Fcntl.F_UNLCK;
        long end = wanted.length() == 0 ? Long.MAX_VALUE : wanted.start() + wanted.length() - 1;
        return new Body()
                .u64(handle.id())
                .u64(ofDescription ? owner : task.tgid())
                .u64(wanted.start())
                .u64(end)
                .u32(wanted.type())
                .u32(unlocks ? 0 : handle.connection().seen(task.tgid()))
                .u32(flags)
                .u32(0);
    }
}
