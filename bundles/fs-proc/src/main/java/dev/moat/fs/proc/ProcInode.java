package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;

/**
 * What all files of proc have in common. Two objects for one file are equal by number, not by
 * identity.
 */
@Stateful
abstract class ProcInode extends Inode {
    private final ProcFilesystem proc;
    private final long number;
    private final int mode;
    private final Owner owner;

    /** When somebody first looked for it, in realtime nanoseconds: fs/proc/inode.c. */
    private final long madeAtNs;

    ProcInode(ProcFilesystem proc, long number, int mode, Owner owner) {
        this.proc = proc;
        this.number = number;
        this.mode = mode;
        this.owner = owner;
        this.madeAtNs = proc.sandbox().clock().realtimeNs();
    }

    @Override
    public final Filesystem filesystem() {
        return proc;
    }

    final ProcFilesystem proc() {
        return proc;
    }

    @Override
    public final long number() {
        return number;
    }

    @Override
    public final Object identity() {
        return new Identity(proc, number);
    }

    private record Identity(ProcFilesystem proc, long number) {}

    @Override
    public final int mode() {
        return mode;
    }

    @Override
    public final int uid() {
        return owner.uid();
    }

    @Override
    public final int gid() {
        return owner.gid();
    }

    final Owner owner() {
        return owner;
    }

    /** Bytes as stat(2) shows them. */
    long sizeBytes() {
        return 0;
    }

    /** Links as stat(2) shows them. */
    long links() {
        return 1;
    }

    @Override
    public Attributes attributes() {
        return new Attributes(
                proc.deviceId(),
                number,
                mode,
                links(),
                uid(),
                gid(),
                0,
                sizeBytes(),
                4096,
                0,
                madeAtNs,
                madeAtNs,
                madeAtNs,
                Long.MIN_VALUE);
    }

    @Override
    public final void setAttributes(AttributeChange change) {
        throw Errno.EPERM.exception();
    }

    /**
     * Length zero is all that opening with O_TRUNC may ask of a writable file; there is nothing to
     * cut.
     */
    @Override
    public final void truncate(long sizeBytes) {
        // The next write replaces the value as a whole.
    }
}
